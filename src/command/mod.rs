//! The commands, one file each. A command resolves what was typed, loads, decides, applies and reports.

mod add;
mod config;
mod context;
mod due;
mod load;
mod named;
mod next;
mod note;
mod open;
mod review;
mod roadmap;
mod stats;
mod tick;
mod undo;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::cli::{Cli, ColorWhen, Command};
use crate::error::{CliError, Kind};
use crate::roadmap::tick::Tick;
use crate::show::text::clean;

pub use context::Context;

/// Runs what was typed and gives the exit status of the process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    set_colors(cli.global.color);
    let mut out = io::BufWriter::with_capacity(64 << 10, io::stdout().lock());
    let result = run(&cli, &mut out).and_then(|()| out.flush().map_err(CliError::from));
    // What is buffered after an error was printed before it; a closed pipe shows in `result` already.
    let _ = out.flush();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::from(error.status())
        }
    }
}

fn run(cli: &Cli, out: &mut dyn Write) -> Result<(), CliError> {
    match &cli.command {
        Command::Completions(args) => {
            clap_complete::generate(args.shell, &mut Cli::command(), "study", out);
            Ok(())
        }
        Command::Man => Ok(clap_mangen::Man::new(Cli::command()).render(out)?),
        command => {
            let context = Context::load(&cli.global)?;
            let result = match command {
                Command::Due(args) => due::run(args, &context, out),
                Command::Review(args) => review::run(args, &context, out),
                Command::Stats(args) => stats::run(args, &context, out),
                Command::Undo(args) => undo::run(args, &context, out),
                Command::Roadmap(args) => roadmap::run(args, &context, out),
                Command::Next(args) => next::run(args, &context, out),
                Command::Done(args) => tick::run(args, Tick::Done, &context, out),
                Command::Begin(args) => tick::run(args, Tick::Begin, &context, out),
                Command::Add(args) => add::run(args, &context, out),
                Command::Note(args) => note::run(args, &context, out),
                Command::Config(args) => config::run(args, &context, out),
                _ => Err(CliError::failed("not yet")),
            };
            context.report_notices();
            result
        }
    }
}

fn report(error: &CliError) {
    if matches!(error.kind, Kind::PipeClosed) || error.message.is_empty() {
        return;
    }
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "study: {}", clean(&error.message));
    if let Some(hint) = &error.hint {
        let _ = writeln!(stderr, "hint: {}", clean(hint));
    }
}

/// Decides once whether output is coloured: the crate asked for colours looks at the same terminal and variables, but
/// neither at `--color` nor at `TERM=dumb`, and lets CLICOLOR_FORCE win over NO_COLOR.
fn set_colors(when: ColorWhen) {
    use std::io::IsTerminal;
    let set = |name: &str| std::env::var_os(name).is_some();
    let colored = match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto if set("NO_COLOR") => false,
        ColorWhen::Auto if std::env::var("CLICOLOR_FORCE").is_ok_and(|v| v != "0") => true,
        ColorWhen::Auto => io::stdout().is_terminal() && std::env::var("TERM").is_ok_and(|term| term != "dumb"),
    };
    colored::control::set_override(colored);
}
