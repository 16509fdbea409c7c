//! What happened, as events tell it.

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::{EventId, Kind};
use crate::clock::Now;
use crate::item::{ItemId, NotePath};
use crate::note::{Fingerprint, Was};
use crate::schedule::{Grade, Scheduled};

/// How the log names the plugin's SM-2 variant.
pub const SM2_OSR: &str = "sm2-osr";

/// How an event moved the schedule of an item. `None` is an item without a readable schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Transition {
    /// The schedule before.
    pub before: Option<Scheduled>,
    /// The schedule after.
    pub after: Option<Scheduled>,
}

/// Something that happened: an event that no device has written down yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The instant, with the local offset from UTC.
    pub at: DateTime<FixedOffset>,
    /// The study day it counts for.
    pub day: NaiveDate,
    /// What it is about.
    pub subject: Subject,
    /// What the events of one bulk operation have in common: they are taken back together.
    pub batch: Option<EventId>,
    /// An event that this one comes after, where the clocks could say otherwise.
    pub follows: Option<EventId>,
    /// The name, where it must be the same whichever device writes the event down.
    pub fixed_id: Option<EventId>,
    /// What happened.
    pub what: What,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The vault as a whole.
    Vault,
    /// An item, and what its note can be known by when it is moved.
    Item {
        /// Its name.
        id: ItemId,
        /// The `sr-id` of its note, where that has one.
        sr_id: Option<String>,
        /// The text of its note without the schedule, after the event.
        text: Option<Fingerprint>,
    },
}

impl Subject {
    /// An item of whose note nothing more is said.
    pub fn item(id: ItemId) -> Self {
        Self::Item { id, sr_id: None, text: None }
    }

    /// The item; `None` for the vault.
    pub fn id(&self) -> Option<&ItemId> {
        match self {
            Self::Vault => None,
            Self::Item { id, .. } => Some(id),
        }
    }

    /// The note that it is, or that holds it; `None` for the vault.
    pub fn note(&self) -> Option<&NotePath> {
        self.id().map(|id| &id.note)
    }

    /// The `sr-id` of the note.
    pub fn sr_id(&self) -> Option<&str> {
        match self {
            Self::Item { sr_id, .. } => sr_id.as_deref(),
            Self::Vault => None,
        }
    }

    /// The text of the note without the schedule, after the event.
    pub fn text(&self) -> Option<Fingerprint> {
        match self {
            Self::Item { text, .. } => *text,
            Self::Vault => None,
        }
    }
}

/// As messages name it. Untrusted text.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vault => f.write_str("the vault"),
            Self::Item { id, .. } => id.fmt(f),
        }
    }
}

/// What happened. Only an [`What::Incomplete`] event has less than its kind needs.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// An item was graded with `study`.
    Review {
        /// The grade.
        grade: Grade,
        /// Milliseconds from showing the item to its grade.
        ms: Option<u32>,
        /// How its schedule moved.
        moved: Transition,
        /// What takes it back.
        undo: Undo,
    },
    /// Its schedule changed without `study`: graded in Obsidian, or edited by hand.
    External {
        /// The grade, where it is certain.
        grade: Option<Grade>,
        /// How the schedule moved.
        moved: Transition,
    },
    /// An event was taken back.
    Undo {
        /// That event.
        of: EventId,
        /// How the schedule moved, if that event was about it.
        moved: Option<Transition>,
    },
    /// An event could not be taken back, and is passed over from now on.
    Skip {
        /// That event.
        of: EventId,
    },
    /// Frontmatter was repaired.
    Fix {
        /// How the schedule moved.
        moved: Transition,
        /// What takes it back.
        undo: Undo,
    },
    /// A lost schedule was written again from the log.
    Rebuild {
        /// How the schedule moved.
        moved: Transition,
        /// What takes it back.
        undo: Undo,
    },
    /// The item became new again.
    Reset {
        /// How the schedule moved.
        moved: Transition,
        /// What takes it back.
        undo: Undo,
    },
    /// Its due date was set without a grade.
    Reschedule {
        /// How the schedule moved.
        moved: Transition,
        /// What takes it back.
        undo: Undo,
    },
    /// It was taken out of the queue.
    Suspend,
    /// It was put back into the queue.
    Resume,
    /// It was put aside until the next study day.
    Bury,
    /// It was put under review.
    Add {
        /// How the schedule moved, if it did.
        moved: Option<Transition>,
        /// What takes it back.
        undo: Undo,
    },
    /// A checkbox was marked.
    Tick {
        /// What takes it back.
        undo: Undo,
    },
    /// It lies elsewhere now, as was noticed.
    Move {
        /// Where it was before.
        from: NotePath,
    },
    /// A line that another program wrote, which lacks what its kind needs. It counts by what it has, and cannot be taken
    /// back in a note.
    Incomplete {
        /// Its kind.
        kind: Kind,
        /// The grade, if there is one.
        grade: Option<Grade>,
        /// Milliseconds taken, if it tells.
        ms: Option<u32>,
        /// How the schedule moved, if it tells.
        moved: Option<Transition>,
    },
}

/// What takes an edit of a note back.
#[derive(Clone, Debug, PartialEq)]
pub enum Undo {
    /// What stood in the three lines before.
    Values(Was),
    /// The frontmatter, from the first byte after a byte-order mark to the end of the closing fence's line.
    Block {
        /// Before.
        before: String,
        /// After.
        after: String,
    },
    /// A line without its line end.
    Line {
        /// Its number, from 1.
        number: u64,
        /// The line before.
        before: String,
        /// The line after.
        after: String,
    },
}

impl What {
    /// What kind of event it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Review { .. } => Kind::Review,
            Self::External { .. } => Kind::External,
            Self::Undo { .. } | Self::Skip { .. } => Kind::Undo,
            Self::Fix { .. } => Kind::Fix,
            Self::Rebuild { .. } => Kind::Rebuild,
            Self::Reset { .. } => Kind::Reset,
            Self::Reschedule { .. } => Kind::Reschedule,
            Self::Suspend => Kind::Suspend,
            Self::Resume => Kind::Resume,
            Self::Bury => Kind::Bury,
            Self::Add { .. } => Kind::Add,
            Self::Tick { .. } => Kind::Tick,
            Self::Move { .. } => Kind::Move,
            Self::Incomplete { kind, .. } => *kind,
        }
    }

    /// How the schedule moved; `None` when the event is not about the schedule.
    pub fn moved(&self) -> Option<Transition> {
        match self {
            Self::Review { moved, .. }
            | Self::External { moved, .. }
            | Self::Fix { moved, .. }
            | Self::Rebuild { moved, .. }
            | Self::Reset { moved, .. }
            | Self::Reschedule { moved, .. } => Some(*moved),
            Self::Undo { moved, .. } | Self::Add { moved, .. } | Self::Incomplete { moved, .. } => *moved,
            Self::Skip { .. } | Self::Suspend | Self::Resume | Self::Bury | Self::Tick { .. } | Self::Move { .. } => {
                None
            }
        }
    }

    /// The grade, where there was one and it is known.
    pub fn grade(&self) -> Option<Grade> {
        match self {
            Self::Review { grade, .. } => Some(*grade),
            Self::External { grade, .. } | Self::Incomplete { grade, .. } => *grade,
            _ => None,
        }
    }

    /// What takes the edit of a note back; `None` where no note was edited, or nobody knows how.
    pub fn undo(&self) -> Option<&Undo> {
        match self {
            Self::Review { undo, .. }
            | Self::Fix { undo, .. }
            | Self::Rebuild { undo, .. }
            | Self::Reset { undo, .. }
            | Self::Reschedule { undo, .. }
            | Self::Add { undo, .. }
            | Self::Tick { undo } => Some(undo),
            Self::External { .. }
            | Self::Undo { .. }
            | Self::Skip { .. }
            | Self::Suspend
            | Self::Resume
            | Self::Bury
            | Self::Move { .. }
            | Self::Incomplete { .. } => None,
        }
    }
}

impl Change {
    /// Something that happens to an item now.
    pub fn new(what: What, item: ItemId, now: &Now) -> Self {
        Self::of(Subject::item(item), what, now)
    }

    /// Something that happens now.
    pub fn of(subject: Subject, what: What, now: &Now) -> Self {
        Self { at: now.instant, day: now.today, subject, batch: None, follows: None, fixed_id: None, what }
    }

    /// An item graded now. `before` is `None` for its first review; `was` is what the edit replaced.
    pub fn review(
        item: ItemId,
        now: &Now,
        grade: Grade,
        ms: Option<u32>,
        before: Option<Scheduled>,
        after: Scheduled,
        was: Was,
    ) -> Self {
        let moved = Transition { before, after: Some(after) };
        Self::new(What::Review { grade, ms, moved, undo: Undo::Values(was) }, item, now)
    }

    /// What kind of event it is.
    pub fn kind(&self) -> Kind {
        self.what.kind()
    }

    /// The note that it is about, or that holds what it is about; `None` for the vault.
    pub fn note(&self) -> Option<&NotePath> {
        self.subject.note()
    }

    /// The same, with what the note that it is about can be known by when it is moved.
    pub fn known_by(mut self, now: Option<String>, fingerprint: Option<Fingerprint>) -> Self {
        if let Subject::Item { sr_id, text, .. } = &mut self.subject {
            (*sr_id, *text) = (now, fingerprint);
        }
        self
    }
}
