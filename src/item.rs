//! What can be reviewed, and how it is named.

mod folders;
mod path;

use std::fmt;

pub use folders::Folders;
pub use path::{NotePath, composed, folded};
pub(crate) use path::{decomposed, is_below};

/// The name of something that can be reviewed.
///
/// Two names are equal when they mean the same item, however the path of its note is encoded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId {
    /// The note that it is, or that holds it.
    pub note: NotePath,
    /// Which part of the note.
    pub part: Part,
}

/// Which part of a note is reviewed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The note as a whole.
    Note,
}

impl ItemId {
    /// The note as a whole.
    pub fn of_note(note: NotePath) -> Self {
        Self { note, part: Part::Note }
    }
}

/// As messages and lists name it: a note by its path. Untrusted text.
impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Part::Note => self.note.fmt(f),
        }
    }
}
