//! What other programs open for the screen.

use std::fmt;
use std::time::Duration;

use crate::note::NotePath;
use crate::program::Launch;

/// Opens notes and addresses in other programs. What is not done is told as a sentence: lower case, no final stop,
/// untrusted text.
pub trait Openers: fmt::Debug {
    /// The program that opens the note in the user's editor.
    ///
    /// # Errors
    /// When no editor is named, or there is no such program.
    fn editor(&self, note: &NotePath) -> Result<Launch, String>;

    /// Starts to open the note in Obsidian; [`Openers::ended`] tells how that ended.
    ///
    /// # Errors
    /// When the system's opener cannot be started.
    fn obsidian(&self, note: &NotePath) -> Result<(), String>;

    /// Starts to open an address with the system's opener; [`Openers::ended`] tells how that ended.
    ///
    /// # Errors
    /// When it is an address that is not opened, or the opener cannot be started.
    fn url(&self, url: &str) -> Result<(), String>;

    /// How the last opening ended, told once: `None` when it does not end before `patience` is over, or was told.
    fn ended(&self, patience: Duration) -> Option<Result<(), String>>;
}

/// Opens nothing.
#[derive(Debug)]
pub(super) struct NoOpeners;

impl Openers for NoOpeners {
    fn editor(&self, _: &NotePath) -> Result<Launch, String> {
        Err("no editor is started from here".into())
    }

    fn obsidian(&self, _: &NotePath) -> Result<(), String> {
        Err("nothing is opened from here".into())
    }

    fn url(&self, _: &str) -> Result<(), String> {
        Err("nothing is opened from here".into())
    }

    fn ended(&self, _: Duration) -> Option<Result<(), String>> {
        None
    }
}
