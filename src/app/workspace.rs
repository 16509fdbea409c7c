//! What every use of a vault starts from: the vault, the settings in force and the day.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, FixedOffset, NaiveDate};

use crate::clock::{Clock, Now};
use crate::config::ignore::IgnorePaths;
use crate::config::{self, Config, ConfigError, Ground, Owner, Row, Settings, Source, Sourced};
use crate::journal::Journal;
use crate::note::NotePath;
use crate::problem::{Advice, Code, Finding, Problem, Severity};
use crate::vault::{self, NotFound, SettingsError, SettingsFile, Skip, Vault};

/// What the caller knows of the world around it: where a vault may be named, and the time.
#[derive(Debug)]
pub struct Surroundings {
    /// The vault that was asked for.
    pub vault: Option<PathBuf>,
    /// The vault that the environment names.
    pub vault_variable: Option<PathBuf>,
    /// Where the user's own settings lie, if not at the usual place.
    pub user_config: Option<PathBuf>,
    /// The name of this device that the environment gives.
    pub device: Option<String>,
    /// The variable by which the locale asks for another charset than UTF-8 ([`config::ascii`]).
    pub other_charset: Option<&'static str>,
    /// The name of the host, for a device that has no other.
    pub host: String,
    /// The working directory.
    pub folder: PathBuf,
    /// The time.
    pub clock: Clock,
    /// The study day, if it is not to follow from the time.
    pub today: Option<NaiveDate>,
}

/// Why there is no workspace.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no vault.
    #[error(transparent)]
    NoVault(#[from] NotFound),
    /// A settings file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] SettingsError),
    /// A settings file is wrong.
    #[error(transparent)]
    Settings(#[from] ConfigError),
}

/// A vault, the settings in force and the day.
#[derive(Debug)]
pub struct Workspace {
    /// The vault.
    pub vault: Vault,
    /// The settings in force.
    pub config: Config,
    /// Each setting with its source.
    pub rows: Vec<Row>,
    /// When the work began.
    pub now: Now,
    /// What is odd about the plugin's settings.
    pub settings_problems: Vec<Problem>,
    clock: Clock,
    /// The study day that was asked for.
    day: Option<NaiveDate>,
    notices: Mutex<Notices>,
}

impl Workspace {
    /// Finds the vault and reads its settings and the user's.
    ///
    /// # Errors
    /// When there is no vault, or a settings file is wrong.
    pub fn open(around: Surroundings) -> Result<Self, OpenError> {
        let user = user_settings(around.user_config.as_deref())?;
        let configured = user.as_ref().and_then(|s| s.vault.as_ref()).map(|v| v.value.clone());
        let (flag, variable) = (around.vault.as_deref(), around.vault_variable.as_deref());
        let found = vault::find(flag, variable, &around.folder, configured.as_deref())?;
        // Only the user may have links out of the vault followed, for its settings as for its notes.
        let follow_links = user.as_ref().and_then(|settings| settings.follow_links.as_ref()).is_some_and(|f| f.value);
        let vault = found.vault.following_links(follow_links);

        let mut notices = Notices::default();
        let mut layers = vec![environment(around.device, around.other_charset)];
        let mut problems = Vec::new();
        match vault.own_settings() {
            Ok(Some(file)) => layers.push(parse(&file, Owner::Vault)?),
            Ok(None) => {}
            Err(error @ SettingsError::LeadsOut(_)) => problems.push(passed_over(error, &vault)),
            Err(error) => return Err(error.into()),
        }
        layers.push(plugin_layer(&vault, &mut notices, &mut problems));
        layers.extend(user);
        let ground =
            Ground { vault: Sourced::new(vault.root().to_owned(), Source::Found(found.by)), host: around.host };
        let (config, rows) = config::resolve(&layers, ground);
        let vault = vault.following_links(config.follow_links);

        let usual = vault.study_dir().join("log");
        if config.log_dir != usual && vault.holds_log(".study/log") {
            let (left, now) = (usual.display(), config.log_dir.display());
            notices.add(format!("`{left}` holds a review log that is not read; move its files to `{now}`"));
        }

        let mut now = around.clock.now(config.start_of_day);
        if let Some(today) = around.today {
            now.today = today;
        }
        let (clock, notices) = (around.clock, Mutex::new(notices));
        Ok(Self { vault, config, rows, now, settings_problems: problems, clock, day: around.today, notices })
    }

    /// The clock, read again: for the times of what happens later in the same work.
    pub fn instant(&self) -> DateTime<FixedOffset> {
        self.clock.now(self.config.start_of_day).instant
    }

    /// The study day by the clock, read again; the one that was asked for, if one was.
    pub fn today(&self) -> NaiveDate {
        self.day.unwrap_or_else(|| self.clock.now(self.config.start_of_day).today)
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

    /// Keeps a remark for the user, once.
    pub fn notice(&self, text: impl Into<String>) {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).add(text.into());
    }

    /// What was remarked since this was asked last, in order. Untrusted text.
    pub fn take_notices(&self) -> Vec<String> {
        std::mem::take(&mut self.notices.lock().unwrap_or_else(PoisonError::into_inner).in_order)
    }
}

/// Remarks, each once.
#[derive(Debug, Default)]
struct Notices {
    in_order: Vec<String>,
    known: HashSet<String>,
}

impl Notices {
    fn add(&mut self, text: String) {
        if self.known.insert(text.clone()) {
            self.in_order.push(text);
        }
    }
}

fn user_settings(named: Option<&Path>) -> Result<Option<Settings>, OpenError> {
    let Some(path) = vault::path_of_user_config(named) else { return Ok(None) };
    let file = SettingsFile::read(&path)?;
    file.map(|file| parse(&file, Owner::User)).transpose()
}

fn parse(file: &SettingsFile, owner: Owner) -> Result<Settings, OpenError> {
    Ok(config::parse(&file.path, &file.text, owner)?)
}

fn environment(device: Option<String>, other_charset: Option<&'static str>) -> Settings {
    let device = device.filter(|name| !name.trim().is_empty());
    Settings {
        device: device.map(|name| Sourced::new(name, Source::Environment("STUDY_DEVICE"))),
        ascii: other_charset.map(|name| Sourced::new(true, Source::Environment(name))),
        ..Settings::default()
    }
}

/// The plugin's settings as a layer. Nothing in them is an error: what is not understood is remarked and left out.
fn plugin_layer(vault: &Vault, notices: &mut Notices, problems: &mut Vec<Problem>) -> Settings {
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
            Some(error) => notices.add(format!("{error}{effect}")),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_goes_to_other_threads() {
        fn is_shared<T: Send + Sync>() {}
        is_shared::<Workspace>();
    }
}
