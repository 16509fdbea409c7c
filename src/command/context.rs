//! What a command starts from: the workspace, and what its face needs to know of the terminal and the environment.

use std::cell::Cell;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::ops::Deref;
use std::path::PathBuf;

use chrono::{DateTime, Local, SubsecRound};

use super::progress::Progress;
use crate::app::workspace::{Surroundings, Workspace};
use crate::cli::Global;
use crate::clock::{Clock, Now};
use crate::config::ascii;
use crate::error::CliError;
use crate::problem::Problem;
use crate::show::ascii::spelled;
use crate::show::text::clean;
use crate::vault;

/// A workspace as a command sees it.
#[derive(Debug)]
pub struct Context {
    workspace: Workspace,
    /// Problems are not worth a word.
    pub quiet: bool,
    /// The problems of the settings are told by the command itself.
    settings_told: Cell<bool>,
}

impl Deref for Context {
    type Target = Workspace;

    fn deref(&self) -> &Workspace {
        &self.workspace
    }
}

impl Context {
    /// Opens the workspace that the command line and the environment name.
    ///
    /// # Errors
    /// When there is no vault, or a settings file is wrong.
    pub fn load(global: &Global) -> Result<Self, CliError> {
        let folder = std::env::current_dir()
            .map_err(|e| CliError::failed(format!("cannot tell the working directory: {}", vault::plain(&e))))?;
        let workspace = Workspace::open(Surroundings {
            vault: global.vault.clone(),
            vault_variable: variable("STUDY_VAULT").filter(|name| !name.is_empty()).map(PathBuf::from),
            user_config: variable("STUDY_CONFIG").map(PathBuf::from),
            device: Some(variable_text("STUDY_DEVICE")),
            other_charset: other_charset(),
            host: host_name(),
            folder,
            clock: clock()?,
            today: global.today,
        })?;
        Ok(Self { workspace, quiet: global.quiet, settings_told: Cell::new(false) })
    }

    /// The workspace without a command line, for tests.
    #[cfg(test)]
    pub fn of(workspace: Workspace) -> Self {
        Self { workspace, quiet: true, settings_told: Cell::new(false) }
    }

    /// The columns to lay a page out for: of the terminal, else of COLUMNS, else 80.
    pub fn columns(&self) -> usize {
        let typed = || variable_text("COLUMNS").parse().ok();
        let terminal = || crossterm::terminal::size().ok().map(|(columns, _)| usize::from(columns));
        let columns = if io::stdout().is_terminal() { terminal().or_else(typed) } else { typed() };
        columns.unwrap_or(80).clamp(20, 1000)
    }

    /// Says that the vault is being read, should that take long, for as long as the value lives.
    pub fn reading(&self) -> Progress {
        Progress::start("reading the vault", self.quiet)
    }

    /// Does `work`, which reads the vault, and says so should it take long.
    pub fn read<T>(&self, work: impl FnOnce(&Workspace) -> T) -> T {
        let _reading = self.reading();
        work(&self.workspace)
    }

    /// What is odd about the plugin's settings. Whoever asks tells the user of it.
    pub fn settings_problems(&self) -> &[Problem] {
        self.settings_told.set(true);
        &self.workspace.settings_problems
    }

    /// Prints what was remarked on stderr.
    pub fn report_notices(&self) {
        if self.quiet {
            return;
        }
        let mut stderr = io::stderr().lock();
        let untold = self.workspace.settings_problems.iter().filter(|_| !self.settings_told.get());
        for notice in untold.map(Problem::to_string).chain(self.take_notices()) {
            let _ = writeln!(stderr, "study: {}", legible(&notice));
        }
    }
}

fn host_name() -> String {
    #[cfg(unix)]
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    #[cfg(not(unix))]
    let name = variable_text("COMPUTERNAME");
    if name.is_empty() { "device".to_owned() } else { name }
}

/// The variable by which the locale asks for another charset than UTF-8, if it does.
pub(super) fn other_charset() -> Option<&'static str> {
    ascii::asked_by(variable_text)
}

/// `text` made fit for the terminal that messages go to.
pub(super) fn legible(text: &str) -> String {
    let shown = clean(text);
    if other_charset().is_some() { spelled(&shown).into_owned() } else { shown.into_owned() }
}

/// A variable of the environment.
pub(super) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// A variable of the environment that is text; empty when it is not set.
pub(super) fn variable_text(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// The clock, or `STUDY_NOW` (an RFC 3339 instant) so that whole runs can be repeated to the byte.
fn clock() -> Result<Clock, CliError> {
    let Ok(text) = std::env::var("STUDY_NOW") else {
        return Ok(Clock::new(|start| Now::at(Local::now().trunc_subsecs(3), start)));
    };
    let pinned = DateTime::parse_from_rfc3339(&text).map_err(|_| {
        CliError::usage(format!("STUDY_NOW is not an instant like 2026-01-31T08:00:00+01:00: `{text}`"))
    })?;
    Ok(Clock::new(move |start| Now::at(pinned, start)))
}
