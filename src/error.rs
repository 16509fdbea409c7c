//! How a command ends when it cannot do what was asked.

use std::fmt;
use std::io;

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
    /// What to do, as a sentence of its own.
    pub hint: Option<String>,
    /// What else is wrong, told after this.
    pub others: Vec<CliError>,
}

impl CliError {
    /// A failure or a refusal.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { kind: Kind::Failed, message: message.into(), hint: None, others: Vec::new() }
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

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
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
