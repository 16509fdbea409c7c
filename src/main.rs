//! The program `study`: reads what was typed, runs the command, and turns the result into an exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    study::main()
}
