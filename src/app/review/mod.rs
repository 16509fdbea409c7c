//! A review session on a vault, and what a face of it (the dialogue, the full screen) may ask for.

use std::time::Duration;

use chrono::NaiveDate;

pub use super::error::ReviewError;
use crate::note::NotePath;
use crate::review::{Done, Item, Session};
use crate::schedule::{Grade, Outcome, Scheduled};

pub mod listing;
pub mod named;
pub mod reviewer;

/// A note opened for showing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opened {
    /// The whole text, frontmatter included.
    pub text: String,
    /// The title from the frontmatter, if it has one.
    pub title: Option<String>,
    /// Its tags, without `#`.
    pub tags: Vec<String>,
    /// The decks it is in.
    pub decks: Vec<String>,
    /// The day of the last review, as the log or else the schedule tells it.
    pub last_seen: Option<NaiveDate>,
    /// How often it was graded Again after it had been recalled once.
    pub lapses: usize,
    /// How many notes link to it; `None` where links were not read.
    pub backlinks: Option<usize>,
    /// In a roadmap, the lines of the topics whose note has a schedule, in order.
    pub scheduled_topics: Vec<usize>,
}

/// What is left for today and what comes then, in the whole vault, whatever the session was limited to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ahead {
    /// How many notes are still due today.
    pub due: usize,
    /// How many are new.
    pub new: usize,
    /// How many are due on which day after today. What was buried is due tomorrow.
    pub days: Vec<(NaiveDate, usize)>,
}

/// Everything a face can ask for. Each change is on disk, in the note and in the log, when a method returns `Ok`, and
/// the session tells of it; on `Err` nothing has changed but what the method says.
pub trait Review {
    /// The session as it stands.
    fn session(&self) -> &Session;

    /// Lets the session go on in the study day that it is by now. Gives that day if it is a new one.
    fn begin_day(&mut self) -> Option<NaiveDate> {
        None
    }

    /// Opens the current item for showing. When its note says something else than when it was listed, the session is
    /// brought up to date first.
    ///
    /// # Errors
    /// When there is nothing to show of it any more (gone, unreadable, damaged, not due any more): it is dropped from
    /// the session.
    fn open(&mut self) -> Result<Opened, ReviewError>;

    /// Reads another note of the vault, to peek at it.
    ///
    /// # Errors
    /// When it cannot be read.
    fn peek(&mut self, note: &NotePath) -> Result<Opened, ReviewError>;

    /// The note that a wikilink or link in `from` leads to, if there is one.
    fn resolve(&mut self, from: &NotePath, target: &str) -> Option<NotePath>;

    /// Grades the current item, after `taken` of looking at it.
    ///
    /// # Errors
    /// When the note was not written; it stays the current item.
    fn grade(&mut self, grade: Grade, taken: Duration) -> Result<Outcome, ReviewError>;

    /// Passes over the current item until the others are done.
    fn skip(&mut self);

    /// Takes the last thing back, in the note and in the log. `None` when nothing was done in this session.
    ///
    /// # Errors
    /// When the note has changed since: then that thing stays, and the next call takes back what was done before it. Or
    /// when the note or the log cannot be written now.
    fn undo(&mut self) -> Result<Option<Done>, ReviewError>;

    /// Puts the current item aside until tomorrow.
    ///
    /// # Errors
    /// When the log was not written.
    fn bury(&mut self) -> Result<(), ReviewError>;

    /// Takes the current item out of the queue until it is resumed by hand.
    ///
    /// # Errors
    /// When the log was not written.
    fn suspend(&mut self) -> Result<(), ReviewError>;

    /// Sets the due date of the current item without a grade.
    ///
    /// # Errors
    /// When the item is new or the note was not written.
    fn set_due(&mut self, due: NaiveDate) -> Result<Scheduled, ReviewError>;

    /// Goes on after the time of the session was up.
    fn go_on(&mut self);

    /// Brings the item at place `index` of the queue to the front.
    fn jump(&mut self, index: usize);

    /// The current streak in days, today's reviews included.
    fn streak(&self) -> usize;

    /// What is left for today and what comes then, for the end of a session.
    fn ahead(&self) -> Ahead;

    /// How many reviews there were on which day of the last weeks, today's included; empty where the log was not read.
    fn reviewed(&self) -> Vec<(NaiveDate, usize)> {
        Vec::new()
    }

    /// Whether links are still being read. Until they are known, notes due on one day and new ones stand in no certain order,
    /// and the first eases of new ones are open. Whatever leaves the first note waits for them.
    fn awaits_links(&self) -> bool {
        false
    }

    /// Takes over the links and what follows from them, if they are known by now.
    fn look_for_links(&mut self) {}

    /// The same, and waits until they are.
    fn await_links(&mut self) {}

    /// How many notes link to `note`; `None` where that is not known.
    fn backlinks(&self, note: &NotePath) -> Option<usize> {
        let _ = note;
        None
    }

    /// The item under review, if any; a shorthand.
    fn current(&self) -> Option<&Item> {
        self.session().current()
    }
}
