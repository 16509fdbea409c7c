//! Notes that another program may be saving: how long to wait for it, and what is not to be taken for a new note.

use std::cell::OnceCell;
use std::time::Duration;

use super::{Desk, Refused};
use crate::item::{ItemId, NotePath};
use crate::log::{Change, Log, Seen, Undo, What};
use crate::note::raw::Raw;
use crate::schedule::Scheduled;
use crate::vault::{Now, Stamp, Writers};

/// How long to wait before such a note is looked at again.
pub(super) const PAUSE: Duration = Duration::from_millis(20);
/// How many times it is looked at: four seconds in all.
const LOOKS: u32 = 200;
/// Not changed for so many looks, it is not being saved, whatever the clocks say.
const STILL: u32 = 100;

/// What was seen of a note that is waited for.
#[derive(Debug, Default)]
pub(super) struct Watch {
    looks: u32,
    still: u32,
    stamp: Option<Stamp>,
}

impl Watch {
    /// Notes that another program was at work again. `false` when it was waited for long enough.
    pub fn goes_on(&mut self, stamp: Option<Stamp>) -> bool {
        self.looks += 1;
        self.still = if stamp.is_some() && stamp == self.stamp { self.still + 1 } else { 0 };
        self.stamp = stamp;
        self.looks < LOOKS
    }

    /// Whether it did not change for so long that nobody can be saving it.
    pub fn is_still(&self) -> bool {
        self.still >= STILL
    }
}

/// What this device knows of the schedules that notes had before.
#[derive(Debug, Default)]
pub(super) struct Before(OnceCell<(Log, Option<Seen>)>);

impl Before {
    /// The last schedule that the note was known to have.
    fn of(&self, note: &NotePath, desk: &Desk<'_>) -> Option<Scheduled> {
        let (log, seen) = self.0.get_or_init(|| {
            let seen = desk.journal.seen();
            (desk.journal.read().0, seen.and_then(|text| Seen::parse(&text)))
        });
        let item = ItemId::of_note(note.clone());
        match log.last_schedule(&item) {
            Some(_) => log.kept_schedule(&item),
            None => seen.as_ref().and_then(|seen| seen.of(&item)),
        }
    }
}

impl Desk<'_> {
    /// Refuses a first review of a note that had a schedule before.
    pub(super) fn refuse_to_start_over(&self, note: &NotePath, change: &Change) -> Result<(), Refused> {
        let starts_from_nothing = match &change.what {
            What::Review { moved, undo: Undo::Values(was), .. } => moved.before.is_none() && was.is_empty(),
            _ => false,
        };
        if !starts_from_nothing {
            return Ok(());
        }
        self.before.of(note, self).map_or(Ok(()), |before| Err(Refused::Lost(before)))
    }
}

/// Whether another program is saving the note, as far as anybody can tell: it has it open for writing; or it was
/// changed within the last seconds, and the system does not tell who has it open, or what stands in it is not whole.
pub(super) fn is_being_saved(now: &Now, watch: &Watch) -> bool {
    match now.writers {
        Writers::Some => true,
        _ if !now.is_recent || watch.is_still() => false,
        Writers::Unknown => true,
        Writers::None => now.text.as_ref().map_or(true, |text| is_hollow(text)),
    }
}

/// Whether a text is one that a program leaves in a note while it saves it: none, or a frontmatter that does not end.
fn is_hollow(text: &str) -> bool {
    use crate::note::frontmatter::Top;
    text.trim().is_empty() || matches!(Raw::new(text.as_bytes()).top(), Top::Broken(_))
}
