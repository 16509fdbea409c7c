//! The commands, one file each. A command resolves what was typed, loads, decides, applies and reports.

mod add;
mod ask;
mod check;
mod config;
#[allow(clippy::disallowed_methods, reason = "the one place that reads the environment and the clock")]
mod context;
mod due;
mod fix;
mod history;
mod next;
mod note;
mod open;
mod progress;
mod report;
mod review;
mod roadmap;
mod stats;
mod suspend;
mod tick;
mod undo;
mod why;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::cli::{Cli, ColorWhen, Command};
use crate::command::context::{legible, other_charset, variable};
use crate::error::{self, CliError};
use crate::log::Kind;
use crate::roadmap::tick::Tick;
use crate::show::ascii::Speller;

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
        Command::Man(args) => man(args.command.as_deref(), out),
        command => {
            let context = Context::load(&cli.global)?;
            let mut speller;
            let out: &mut dyn Write = if other_charset().is_some() && !command.is_data() {
                speller = Speller::new(out);
                &mut speller
            } else {
                out
            };
            let result = match command {
                Command::Due(args) => due::run(args, &context, out),
                Command::Review(args) => review::run(args, &context, out),
                Command::Stats(args) => stats::run(args, &context, out),
                Command::Undo(args) => undo::run(args, &context, out),
                Command::Check(args) => check::run(args, &context, out),
                Command::Fix(args) => fix::run(args, &context, out),
                Command::History(args) => history::run(args, &context, out),
                Command::Why(args) => why::run(args, &context, out),
                Command::Suspend(args) => suspend::run(args, Kind::Suspend, &context, out),
                Command::Resume(args) => suspend::run(args, Kind::Resume, &context, out),
                Command::Roadmap(args) => roadmap::run(args, &context, out),
                Command::Next(args) => next::run(args, &context, out),
                Command::Done(args) => tick::run(args, Tick::Done, &context, out),
                Command::Begin(args) => tick::run(args, Tick::Begin, &context, out),
                Command::Add(args) => add::run(args, &context, out),
                Command::Note(args) => note::run(args, &context, out),
                Command::Config(args) => config::run(args, &context, out),
                Command::Completions(_) | Command::Man(_) => Ok(()),
            };
            context.report_notices();
            result
        }
    }
}

/// The manual page of the program or of one of its commands.
fn man(name: Option<&str>, out: &mut dyn Write) -> Result<(), CliError> {
    let mut program = Cli::command();
    program.build();
    let page = match name {
        None => program,
        Some(name) => match program.find_subcommand(name) {
            Some(command) => command.clone(),
            None => {
                let names: Vec<String> = program.get_subcommands().map(|c| format!("`{}`", c.get_name())).collect();
                let hint = format!("the commands are {}", names.join(", "));
                return Err(CliError::usage(format!("there is no command `{name}`")).hint(hint));
            }
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    // The examples stand under the heading EXTRA, filled like prose.
    let text = String::from_utf8_lossy(&text);
    let text = match text.split_once(".SH EXTRA\n") {
        None => text.into_owned(),
        Some((before, after)) => {
            let (examples, rest) = after.split_at(after.find("\n.SH ").unwrap_or(after.len()));
            format!("{before}.SH EXAMPLES\n.nf\n{}\n.fi{rest}", examples.trim_end())
        }
    };
    writeln!(out, "{}", text.trim_end())?;
    Ok(())
}

fn report(error: &CliError) {
    if matches!(error.kind, error::Kind::PipeClosed) || error.message.is_empty() {
        return;
    }
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "study: {}", legible(&error.message));
    for hint in &error.hints {
        let _ = writeln!(stderr, "hint: {}", legible(hint));
    }
    drop(stderr);
    error.others.iter().for_each(report);
}

/// Decides once whether output is coloured: the crate asked for colours looks at the same terminal and variables, but
/// neither at `--color` nor at `TERM=dumb`, and lets CLICOLOR_FORCE win over NO_COLOR.
fn set_colors(when: ColorWhen) {
    use std::io::IsTerminal;
    let is_other_than = |name: &str, word: &str| variable(name).is_some_and(|value| value != word);
    let colored = match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto if variable("NO_COLOR").is_some() => false,
        ColorWhen::Auto if is_other_than("CLICOLOR_FORCE", "0") => true,
        ColorWhen::Auto => io::stdout().is_terminal() && is_other_than("TERM", "dumb"),
    };
    colored::control::set_override(colored);
}
