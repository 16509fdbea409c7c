//! How a command ends when it cannot do what was asked.

use std::fmt;
use std::io;

use crate::app::error::{ChangeError, ReviewError};
use crate::app::resolve::ResolveError;
use crate::app::workspace::OpenError;
use crate::item::NotePath;
use crate::problem::shell_word;
use crate::show::refusal;
use crate::vault::NotFound;

/// How many candidates an error lists.
const LISTED: usize = 8;

/// Why a command stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It failed, or refused: exit status 1.
    Failed,
    /// It was called in a way that makes no sense: exit status 2.
    Usage,
    /// The user broke it off: exit status 130.
    Interrupted,
    /// Whoever read the output went away: a quiet success.
    PipeClosed,
}

/// An error as the user sees it.
#[derive(Debug)]
pub struct CliError {
    /// What it means for the exit status.
    pub kind: Kind,
    /// What is wrong: lower case, no final stop. May quote a note: untrusted text.
    pub message: String,
    /// What to do, each a sentence of its own.
    pub hints: Vec<String>,
    /// What else is wrong, told after this.
    pub others: Vec<CliError>,
}

impl CliError {
    /// A failure or a refusal.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { kind: Kind::Failed, message: message.into(), hints: Vec::new(), others: Vec::new() }
    }

    /// Several failures as one, in their order; `None` when there are none.
    pub fn several(errors: Vec<Self>) -> Option<Self> {
        let mut errors = errors.into_iter();
        let first = errors.next()?;
        Some(Self { others: errors.collect(), ..first })
    }

    /// A call that makes no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { kind: Kind::Usage, ..Self::failed(message) }
    }

    /// Broken off by the user.
    pub fn interrupted() -> Self {
        Self { kind: Kind::Interrupted, ..Self::failed("") }
    }

    /// The same with a further hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The exit status: 0, 1, 2 or 130.
    pub fn status(&self) -> u8 {
        match self.kind {
            Kind::PipeClosed => 0,
            Kind::Failed => 1,
            Kind::Usage => 2,
            Kind::Interrupted => 130,
        }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CliError {}

/// An error of writing output: a closed pipe is no failure.
impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { kind: Kind::PipeClosed, ..Self::failed("") };
        }
        Self::failed(format!("cannot write the output: {}", crate::vault::plain(&error)))
    }
}

impl From<OpenError> for CliError {
    fn from(error: OpenError) -> Self {
        let hint = match &error {
            OpenError::NoVault(NotFound::Named { .. }) => "name an existing folder of notes",
            OpenError::NoVault(NotFound::Nowhere) => {
                "name one with --vault DIR, set STUDY_VAULT, or put `vault = \"DIR\"` into the user's config"
            }
            OpenError::Settings(_) => {
                "the settings are told under \"Settings\" in the README; elsewhere, `study config` lists them"
            }
            OpenError::Unreadable(_) => return Self::failed(error.to_string()),
        };
        Self::failed(error.to_string()).hint(hint)
    }
}

impl From<ChangeError> for CliError {
    fn from(error: ChangeError) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<ReviewError> for CliError {
    fn from(error: ReviewError) -> Self {
        Self::failed(refusal::of_review(&error))
    }
}

impl From<ResolveError> for CliError {
    fn from(error: ResolveError) -> Self {
        let hint = match &error {
            ResolveError::NoNote { folder: Some(folder), .. } => {
                format!("for what is due in the folder: --folder {}", shell_word(folder))
            }
            ResolveError::NoNote { similar, .. } if similar.is_empty() => return Self::failed(error.to_string()),
            ResolveError::NoNote { similar, .. } => format!("did you mean {}?", list(similar)),
            ResolveError::Ambiguous { notes, .. } => format!("say which by its path: {}", list(notes)),
            ResolveError::Twins(_) => "rename one of the two, or merge and delete it".to_owned(),
            ResolveError::Copy { .. } => "merge it into the note and delete it".to_owned(),
            ResolveError::NoFolder(_) => "name it by its path in the vault, or as seen from here".to_owned(),
        };
        Self::failed(error.to_string()).hint(hint)
    }
}

/// The notes as words: "`a.md`, `b.md` or 3 more".
fn list(notes: &[NotePath]) -> String {
    let mut names: Vec<String> = notes.iter().take(LISTED).map(|note| format!("`{note}`")).collect();
    if notes.len() > LISTED {
        names.push(format!("{} more", notes.len() - LISTED));
    }
    match names.pop() {
        Some(end) if !names.is_empty() => format!("{} or {end}", names.join(", ")),
        end => end.unwrap_or_default(),
    }
}
