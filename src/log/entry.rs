//! What most questions need of an event, kept small: a log of a million events stays in memory.

use std::borrow::Cow;

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Deserialize;

use super::line::{self, IsVault};
use super::{EventId, Kind, LineError, Transition, regular};
use crate::schedule::{Grade, Scheduled};

/// Where the line of an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as an index into [`Log::files`](super::Log::files).
    pub file: u32,
    /// Its length in bytes, line end left out.
    pub length: u32,
    /// The byte at which it begins.
    pub offset: u64,
}

/// An event without what only undo needs. The rest is in its line, see [`Place`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Its name.
    pub id: EventId,
    /// The instant, with the local offset from UTC.
    pub at: DateTime<FixedOffset>,
    /// The study day it counts for.
    pub day: NaiveDate,
    /// What kind of event.
    pub kind: Kind,
    /// The grade, where there was one and it is known.
    pub grade: Option<Grade>,
    /// Whether the event is about the schedule.
    pub(super) moves: bool,
    pub(super) before: Option<Scheduled>,
    pub(super) after: Option<Scheduled>,
    /// Milliseconds taken, `u32::MAX` for none told.
    pub(super) ms: u32,
    /// The path that its line names.
    pub(super) path: u32,
    /// The note that it is about: the number of the path that this has now.
    pub(super) note: u32,
    pub(super) sr_id: u32,
    pub(super) device: u32,
    pub(super) seq: u64,
    /// The event taken back or passed over (of an undo), or the bulk operation (of any other).
    pub(super) link: Option<EventId>,
    /// Whether it is an undo that could not be made: it passes over the event.
    pub(super) skips: bool,
    /// Where its line stands.
    pub place: Place,
    /// Whether it was taken back.
    pub(super) undone: bool,
    /// Whether it could not be taken back when that was asked for.
    pub(super) skipped: bool,
    /// Whether it is a change from outside that a device has since logged as its own.
    pub(super) explained: bool,
    /// Whether it is a change from outside that may be what a refused line tells of.
    pub(super) doubtful: bool,
}

impl Entry {
    /// How the schedule moved; `None` when the event is not about the schedule.
    pub fn schedule(&self) -> Option<Transition> {
        self.moves.then_some(Transition { before: self.before, after: self.after })
    }

    /// Milliseconds from showing the note to its grade.
    pub fn ms(&self) -> Option<u32> {
        (self.ms != u32::MAX).then_some(self.ms)
    }

    /// The event that this one takes back.
    pub fn undoes(&self) -> Option<EventId> {
        self.link.filter(|_| self.kind == Kind::Undo && !self.skips)
    }

    /// The event that could not be taken back, of an undo that was not made.
    pub fn skips(&self) -> Option<EventId> {
        self.link.filter(|_| self.skips)
    }

    /// The bulk operation this event was part of.
    pub fn batch(&self) -> Option<EventId> {
        self.link.filter(|_| self.kind != Kind::Undo)
    }

    /// Whether it was taken back.
    pub fn is_undone(&self) -> bool {
        self.undone
    }

    /// Whether it could not be taken back when that was asked for: from then on `study undo` passes over it.
    pub fn is_skipped(&self) -> bool {
        self.skipped
    }

    /// Whether it is a change from outside that a device has since logged as its own.
    pub fn is_explained(&self) -> bool {
        self.explained
    }

    /// Whether it is a change from outside that may be what a line of the log tells of which cannot be read here.
    pub fn is_doubtful(&self) -> bool {
        self.doubtful
    }

    /// Whether it counts as a review: one given and not taken back, or one noticed from outside, and that only once.
    pub fn counts(&self) -> bool {
        self.is_review() && !self.undone && !self.explained && !self.doubtful
    }

    /// Whether it is a lapse: a note forgotten that had been recalled, so that its interval was a day or more.
    pub fn is_lapse(&self) -> bool {
        let before = self.schedule().and_then(|moved| moved.before);
        self.grade == Some(Grade::Again) && before.is_some_and(|before| before.interval.days() >= 1.0)
    }

    /// Whether it stands for a review: a grade given with `study`, or a change from outside that is dated like one.
    pub fn is_review(&self) -> bool {
        match self.kind {
            Kind::Review => true,
            Kind::External => self.after.is_some_and(|after| after.inferred_last_review() == Some(self.day)),
            _ => false,
        }
    }
}

/// The fields of a line that an entry holds; every other is passed over unread.
#[derive(Debug, PartialEq, Deserialize)]
pub(super) struct Fields<'a> {
    #[serde(deserialize_with = "line::version")]
    pub v: u32,
    pub kind: Kind,
    pub id: EventId,
    #[serde(deserialize_with = "line::instant")]
    pub at: DateTime<FixedOffset>,
    #[serde(deserialize_with = "line::day")]
    pub day: NaiveDate,
    #[serde(borrow)]
    pub device: Cow<'a, str>,
    pub seq: u64,
    /// `None` for an event about the vault.
    #[serde(borrow, default, deserialize_with = "line::path")]
    pub note: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "line::path")]
    pub from: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub sr_id: Option<Cow<'a, str>>,
    #[serde(default)]
    pub grade: Option<Grade>,
    #[serde(default)]
    pub ms: Option<u32>,
    #[serde(default, deserialize_with = "line::schedule")]
    pub before: Option<Option<Scheduled>>,
    #[serde(default, deserialize_with = "line::schedule")]
    pub after: Option<Option<Scheduled>>,
    #[serde(default)]
    pub batch: Option<EventId>,
    #[serde(default)]
    pub undoes: Option<EventId>,
    #[serde(default)]
    pub skips: Option<EventId>,
    #[serde(default)]
    pub follows: Option<EventId>,
    #[serde(default, borrow, rename = "algorithm", deserialize_with = "line::algorithm")]
    pub _algorithm: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "line::subject")]
    pub subject: IsVault,
    #[serde(
        default,
        deserialize_with = "line::no_part",
        rename = "card",
        alias = "topic",
        alias = "part",
        alias = "item"
    )]
    pub _part: (),
}

impl<'a> Fields<'a> {
    /// Reads a line.
    pub fn parse(line: &'a [u8]) -> Result<Self, LineError> {
        regular::parse(line).map_or_else(|| Self::parse_json(line), Ok)
    }

    /// Reads a line of any shape.
    pub fn parse_json(line: &'a [u8]) -> Result<Self, LineError> {
        let fields: Self = line::read(line)?;
        line::check_subject(fields.v, fields.kind, fields.note.is_some(), fields.subject.0)?;
        Ok(fields)
    }
}
