//! Why something was not done. How an error is worded where days are told in a person's way, and what to do about it, is for
//! the faces to say.

use std::fmt;

use chrono::NaiveDate;

use crate::desk::Refused;
use crate::log::{Kind, Subject};
use crate::note::NotePath;
use crate::problem::{Finding, Problem};

/// Why a note was not changed. Untrusted text.
#[derive(Debug)]
pub struct ChangeError {
    /// The note.
    pub note: NotePath,
    /// Why not.
    pub why: Box<Refused>,
}

impl ChangeError {
    /// The refusal to change `note`.
    pub fn new(note: NotePath, why: Refused) -> Self {
        Self { note, why: Box::new(why) }
    }
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let note = &self.note;
        match &*self.why {
            Refused::Unsafe(finding) => finding.clone().at(note.clone()).fmt(f),
            Refused::Stale(what) => write!(f, "{note}: {what}; look at it again"),
            other => write!(f, "{note}: {other}"),
        }
    }
}

impl std::error::Error for ChangeError {}

/// Why something was not taken back. Untrusted text.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// The note is nowhere.
    #[error("{0}: is not there any more")]
    Gone(Subject),
    /// The note was not changed.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// Something that was done to the note later was not taken back.
    #[error("{0}: something newer could not be taken back, so nothing older was tried")]
    Newer(Subject),
    /// The log was not written.
    #[error("{0}")]
    Log(Refused),
}

/// Why something of a review was not done. Untrusted text.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// There is no item.
    #[error("the session is over")]
    Over,
    /// The note cannot be read, or must not be written.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// The note was named, and is not due.
    #[error("{note}: is not due before {due}")]
    NotDue {
        /// The note.
        note: NotePath,
        /// When it will be.
        due: NaiveDate,
        /// The study day.
        today: NaiveDate,
    },
    /// The note is not due any more.
    #[error("{0}: was reviewed elsewhere meanwhile; it is passed over")]
    ReviewedElsewhere(NotePath),
    /// The note has no due date that could be set to another.
    #[error("{0}: is new and has no date yet; grade it first")]
    New(NotePath),
    /// The note was not changed, or the log not written.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// It was not taken back now, and can be tried again.
    #[error("{0}")]
    Undo(Box<UndoError>),
    /// It cannot be taken back, and is stepped over from now on.
    #[error("{why}; it was stepped over")]
    Stays {
        /// What keeps it.
        why: Box<UndoError>,
        /// What it was that was done.
        kind: Kind,
        /// The day on which it was done.
        day: NaiveDate,
        /// The study day.
        today: NaiveDate,
    },
}

impl ReviewError {
    /// The error of a note with something wrong.
    pub fn problem(note: &NotePath, finding: Finding) -> Self {
        Self::Problem(Box::new(finding.at(note.clone())))
    }

    /// What is wrong with the note, if that is the reason.
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Problem(problem) => Some(&problem.finding),
            Self::Change(ChangeError { why, .. }) => match &**why {
                Refused::Unsafe(finding) => Some(finding),
                _ => None,
            },
            _ => None,
        }
    }
}
