//! What every command starts from: the vault, the settings and the day.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset, Local, SubsecRound};

use super::progress::Progress;
use crate::cli::Global;
use crate::clock::{Now, StartOfDay};
use crate::config::ignore::IgnorePaths;
use crate::config::{self, Config, Ground, Owner, Row, Settings, Source, Sourced};
use crate::error::CliError;
use crate::journal::Journal;
use crate::note::NotePath;
use crate::problem::{Advice, Code, Finding, Problem, Severity};
use crate::show::text::clean;
use crate::vault::{self, NotFound, SettingsError, SettingsFile, Skip, Vault};

/// The vault, the settings in force and the day of a command.
#[derive(Debug)]
pub struct Context {
    /// The vault.
    pub vault: Vault,
    /// The settings in force.
    pub config: Config,
    /// Each setting with its source.
    pub rows: Vec<Row>,
    /// When the command runs.
    pub now: Now,
    /// Problems are not worth a word.
    pub quiet: bool,
    notices: RefCell<Notices>,
    settings_problems: Vec<Problem>,
    /// The problems of the settings are told by the command itself.
    settings_told: Cell<bool>,
}

impl Context {
    /// Finds the vault and reads its settings and the user's.
    ///
    /// # Errors
    /// When there is no vault, or a settings file is wrong.
    pub fn load(global: &Global) -> Result<Self, CliError> {
        let user = user_settings()?;
        let cwd = std::env::current_dir()
            .map_err(|e| CliError::failed(format!("cannot tell the working directory: {}", vault::plain(&e))))?;
        let configured = user.as_ref().and_then(|s| s.vault.as_ref()).map(|v| v.value.clone());
        let named = variable("STUDY_VAULT").filter(|name| !name.is_empty()).map(PathBuf::from);
        let found = vault::find(global.vault.as_deref(), named.as_deref(), &cwd, configured.as_deref());
        let found = found.map_err(no_vault)?;
        // Only the user may have links out of the vault followed, for its settings as for its notes.
        let follow_links = user.as_ref().and_then(|settings| settings.follow_links.as_ref()).is_some_and(|f| f.value);
        let vault = found.vault.following_links(follow_links);

        let mut notices = Vec::new();
        let mut layers = vec![environment()];
        let mut problems = Vec::new();
        match vault.own_settings() {
            Ok(Some(file)) => layers.push(parse(&file, Owner::Vault)?),
            Ok(None) => {}
            Err(error @ SettingsError::LeadsOut(_)) => problems.push(passed_over(error, &vault)),
            Err(error) => return Err(CliError::failed(error.to_string())),
        }
        layers.push(plugin_layer(&vault, &mut notices, &mut problems));
        layers.extend(user);
        let ground =
            Ground { vault: Sourced::new(vault.root().to_owned(), Source::Found(found.by)), host: host_name() };
        let (config, rows) = config::resolve(&layers, ground);
        let vault = vault.following_links(config.follow_links);

        let usual = vault.study_dir().join("log");
        if config.log_dir != usual && vault.holds_log(".study/log") {
            let (left, now) = (usual.display(), config.log_dir.display());
            notices.push(format!("`{left}` holds a review log that is not read; move its files to `{now}`"));
        }

        let mut now = now(config.start_of_day)?;
        if let Some(today) = global.today {
            now.today = today;
        }
        Ok(Self {
            vault,
            config,
            rows,
            now,
            quiet: global.quiet,
            notices: RefCell::new(notices.into_iter().collect()),
            settings_problems: problems,
            settings_told: Cell::new(false),
        })
    }

    /// The clock, read again: for the times of what happens later in the same command.
    pub fn instant(&self) -> DateTime<FixedOffset> {
        now(self.config.start_of_day).map_or(self.now.instant, |now| now.instant)
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

    /// What a walk of the vault passes over.
    pub fn skip(&self) -> Skip {
        let selection = &self.config.selection;
        // Drawings hold data, not text: left out whatever the patterns say, unless the plugin's own view is asked for.
        let drawings = (!selection.strict_decks).then(|| "**/*.excalidraw.md".to_owned());
        let patterns: Vec<String> = drawings.into_iter().chain(selection.ignore_paths.iter().cloned()).collect();
        let patterns = IgnorePaths::new(&patterns);
        match patterns.left_out() {
            0 => {}
            left_out => self.notice(format!(
                "the patterns in ignore_paths stand for too many globs: {left_out} of them cover only the paths that begin \
                 with them as they are written; use fewer, or broader ones"
            )),
        }
        Skip {
            folders: self.vault.template_folders(|error| {
                if matches!(error, SettingsError::LeadsOut(_)) {
                    self.notice(passed_over(error, &self.vault).to_string());
                }
            }),
            patterns,
            follow_links: self.config.follow_links,
            linked: false,
        }
    }

    /// The review log.
    pub fn journal(&self) -> Journal {
        Journal::of(&self.config, &self.vault)
    }

    /// Keeps a remark for the end of the command, once.
    pub fn notice(&self, text: impl Into<String>) {
        self.notices.borrow_mut().extend([text.into()]);
    }

    /// What is odd about the plugin's settings. Whoever asks tells the user of it.
    pub fn settings_problems(&self) -> &[Problem] {
        self.settings_told.set(true);
        &self.settings_problems
    }

    /// Prints what was remarked on stderr.
    pub fn report_notices(&self) {
        if self.quiet {
            return;
        }
        let mut stderr = io::stderr().lock();
        let settings = self.settings_problems.iter().filter(|_| !self.settings_told.get()).map(Problem::to_string);
        for notice in settings.chain(std::mem::take(&mut *self.notices.borrow_mut()).in_order) {
            let _ = writeln!(stderr, "study: {}", clean(&notice));
        }
    }
}

/// Remarks, each once.
#[derive(Debug, Default)]
struct Notices {
    in_order: Vec<String>,
    known: HashSet<String>,
}

impl Extend<String> for Notices {
    fn extend<I: IntoIterator<Item = String>>(&mut self, texts: I) {
        for text in texts {
            if self.known.insert(text.clone()) {
                self.in_order.push(text);
            }
        }
    }
}

impl FromIterator<String> for Notices {
    fn from_iter<I: IntoIterator<Item = String>>(texts: I) -> Self {
        let mut notices = Self::default();
        notices.extend(texts);
        notices
    }
}

fn no_vault(error: NotFound) -> CliError {
    let hint = match &error {
        NotFound::Named { .. } => "name an existing folder of notes",
        NotFound::Nowhere => {
            "name one with --vault DIR, set STUDY_VAULT, or put `vault = \"DIR\"` into the user's config"
        }
    };
    CliError::failed(error.to_string()).hint(hint)
}

fn user_settings() -> Result<Option<Settings>, CliError> {
    let named = variable("STUDY_CONFIG").map(PathBuf::from);
    let Some(path) = vault::path_of_user_config(named.as_deref()) else { return Ok(None) };
    match SettingsFile::read(&path).map_err(|error| CliError::failed(error.to_string()))? {
        None => Ok(None),
        Some(file) => parse(&file, Owner::User).map(Some),
    }
}

fn parse(file: &SettingsFile, owner: Owner) -> Result<Settings, CliError> {
    config::parse(&file.path, &file.text, owner).map_err(|e| {
        CliError::failed(e.to_string())
            .hint("the settings are told under \"Settings\" in the README; elsewhere, `study config` lists them")
    })
}

fn environment() -> Settings {
    let device = Some(variable_text("STUDY_DEVICE")).filter(|name| !name.trim().is_empty());
    Settings {
        device: device.map(|name| Sourced::new(name, Source::Environment("STUDY_DEVICE"))),
        ..Settings::default()
    }
}

/// The plugin's settings as a layer. Nothing in them is an error: what is not understood is remarked and left out.
fn plugin_layer(vault: &Vault, notices: &mut Vec<String>, problems: &mut Vec<Problem>) -> Settings {
    let mut tell = |findings: Vec<Finding>, path: &Path| {
        let shown = path.strip_prefix(vault.root()).unwrap_or(path).to_owned();
        let note = NotePath::new(shown.to_string_lossy());
        problems.extend(findings.into_iter().map(|finding| finding.at(note.clone())));
        shown
    };
    let fork = vault.fork_settings();
    if let Ok(Some(file)) = &fork {
        tell(config::plugin::parse_fork(&file.text), &file.path);
    }
    let plugin = vault.plugin_settings();
    let layer = match &plugin {
        Ok(Some(file)) => {
            let (plugin, findings) = config::plugin::parse(&file.text);
            let shown = tell(findings, &file.path);
            Settings::from_plugin(plugin, &Source::File { path: shown, line: None })
        }
        _ => Settings::default(),
    };
    for (error, effect) in [(fork.err(), ""), (plugin.err(), "; the plugin's settings are left out")] {
        match error {
            Some(error @ SettingsError::LeadsOut(_)) => problems.push(passed_over(error, vault)),
            Some(error) => notices.push(format!("{error}{effect}")),
            None => {}
        }
    }
    layer
}

/// The problem of settings that a link out of the vault leads to.
fn passed_over(error: SettingsError, vault: &Vault) -> Problem {
    let (SettingsError::LeadsOut(path) | SettingsError::Unreadable { path, .. }) = error;
    let shown = path.strip_prefix(vault.root()).unwrap_or(&path).to_string_lossy().replace('\\', "/");
    let finding = Finding {
        code: Code::Setting,
        severity: Severity::Notice,
        line: None,
        column: None,
        message: "lies behind a link out of the vault, and is not read".to_owned(),
        advice: Advice::Do("put a file there, or set `follow_links = true` in your own settings"),
    };
    finding.at(NotePath::new(shown))
}

fn host_name() -> String {
    #[cfg(unix)]
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    #[cfg(not(unix))]
    let name = variable_text("COMPUTERNAME");
    if name.is_empty() { "device".to_owned() } else { name }
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
fn now(start: StartOfDay) -> Result<Now, CliError> {
    match std::env::var("STUDY_NOW") {
        Ok(text) => DateTime::parse_from_rfc3339(&text).map(|instant| Now::at(instant, start)).map_err(|_| {
            CliError::usage(format!("STUDY_NOW is not an instant like 2026-01-31T08:00:00+01:00: `{text}`"))
        }),
        Err(_) => Ok(Now::at(Local::now().trunc_subsecs(3), start)),
    }
}
