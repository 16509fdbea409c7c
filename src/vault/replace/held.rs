//! A note that is read in order to be changed.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::super::Vault;
use super::super::dir::Access;
use super::super::lease::{Writers, is_local, writers};
use super::super::locate::{Located, leads_out};
use super::super::read::{Reader, text};
use super::{ReplaceError, Stamp};
use crate::note::NotePath;
use crate::problem::Finding;

/// A note whose folder is held open, from when it is read until it is replaced.
#[derive(Debug)]
pub struct Held {
    pub(super) path: NotePath,
    pub(super) note: Arc<Located>,
    /// The file that was read last: its mode, owner and attributes are those that are kept.
    pub(super) file: Option<File>,
}

/// What a note says at the moment, and whether somebody may be changing that.
#[derive(Debug)]
pub struct Now {
    /// The text, or why there is none.
    pub text: Result<String, Finding>,
    /// To tell later whether it has changed.
    pub stamp: Stamp,
    /// Whether another program has it open for writing.
    pub writers: Writers,
    /// It was changed within the last seconds.
    pub is_recent: bool,
}

impl Vault {
    /// Finds the folder in which `note` really lies, and holds it open.
    ///
    /// # Errors
    /// When there is none, or it may not be written.
    pub fn hold(&self, note: &NotePath) -> Result<Held, ReplaceError> {
        // No walk finds one there, but a log, which other machines write too, may name any path.
        if note.as_str().split('/').any(|part| part.starts_with('.')) {
            return Err(ReplaceError::Refused("is hidden, and hidden files and folders are left alone".into()));
        }
        let located = self.locate(note).map_err(|error| match leads_out(&error) {
            Some(to) => ReplaceError::Refused(format!(
                "is a link out of the vault, to `{}`; set `follow_links = true` to have such notes written",
                to.display()
            )),
            None => error.into(),
        })?;
        Ok(Held { path: note.clone(), note: Arc::new(located), file: None })
    }
}

impl Held {
    /// Reads the note.
    ///
    /// # Errors
    /// When it cannot be opened. What is in it may still be no text.
    pub fn read(&mut self) -> io::Result<Now> {
        let file = self.note.open(Access::Read)?;
        let writers = writers(&file);
        let stamp = Stamp::of(&file.metadata()?);
        let is_recent = stamp.is_recent();
        let writers =
            if is_recent && writers == Writers::None && !is_local(&file) { Writers::Unknown } else { writers };
        let mut reader = Reader::default();
        let text = reader.read_open(&file).and_then(|bytes| text(bytes).map(str::to_owned));
        self.file = Some(file);
        Ok(Now { text, stamp, writers, is_recent })
    }
}
