//! Lines that were written whole and are not read all the same: what they say is known to a later `study` alone.
//!
//! What such a line did to a note is not known, so that nothing is inferred behind it: see [`Log::doubt`](super::Log::doubt).

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

use super::line::{instant, is_path, schedule};
use super::{Entry, Kind, Place};
use crate::item::composed;
use crate::schedule::Scheduled;

/// A line that was refused, as far as it can be understood.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedLine {
    /// What it is about.
    pub about: About,
    /// Where it stands.
    pub place: Place,
    /// The number of the line, from 1.
    pub number: usize,
    pub(super) kind: Option<Kind>,
    pub(super) device: Option<String>,
    pub(super) at: Option<DateTime<FixedOffset>>,
    pub(super) before: Option<Scheduled>,
    pub(super) after: Option<Scheduled>,
}

/// What a refused line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The vault as a whole, and no schedule of a note.
    Vault,
    /// A note, or a part of it: its path in composed form.
    Note(String),
    /// Nobody knows: perhaps any note.
    Unknown,
}

impl About {
    /// What a line is about, in every version of the format.
    pub(super) fn of(line: &Value) -> Self {
        let note = line.get("note").and_then(Value::as_str).filter(|path| is_path(path));
        match (note, line.get("subject").and_then(Value::as_str)) {
            (Some(path), _) => Self::Note(composed(path).into_owned()),
            (None, Some("vault")) => Self::Vault,
            (None, _) => Self::Unknown,
        }
    }
}

impl RefusedLine {
    pub(super) fn new(line: &Value, place: Place, number: usize) -> Self {
        let moved = |field: &str| schedule(line.get(field)?).ok()?.flatten();
        Self {
            about: About::of(line),
            place,
            number,
            kind: line.get("kind").and_then(|kind| serde_json::from_value(kind.clone()).ok()),
            device: line.get("device").and_then(Value::as_str).map(str::to_owned),
            at: line.get("at").and_then(|at| instant(at).ok()),
            before: moved("before"),
            after: moved("after"),
        }
    }

    /// Whether it says that the note had this schedule, before or after.
    pub fn names(&self, schedule: Scheduled) -> bool {
        [self.before, self.after].contains(&Some(schedule))
    }

    /// Whether the device that wrote `entry`, called `device`, wrote this line too.
    pub(super) fn is_of(&self, entry: &Entry, device: &str) -> bool {
        self.device.as_deref().map_or(self.place.file == entry.place.file, |own| own == device)
    }

    /// Whether `entry`, an event of `device`, was written after this line, as far as anybody can tell.
    pub(super) fn is_before(&self, entry: &Entry, device: &str) -> bool {
        if self.place.file == entry.place.file && self.is_of(entry, device) {
            return self.place.offset < entry.place.offset;
        }
        self.at.is_some_and(|at| at < entry.at)
    }

    /// Whether `entry`, an event of `device` about the same note, tells what became of the note after this line.
    pub(super) fn is_settled_by(&self, entry: &Entry, device: &str) -> bool {
        let starts_there = self.after.is_some() && entry.before == self.after;
        entry.moves
            && entry.kind != Kind::External
            && (starts_there || (self.is_of(entry, device) && self.is_before(entry, device)))
    }
}
