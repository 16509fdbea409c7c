//! Notes that another program may be saving: how long to wait for it, and what is not to be taken for a new note.

use std::cell::OnceCell;
use std::time::{Duration, Instant};

use super::{Desk, Refused};
use crate::item::{ItemId, NotePath};
use crate::log::{Change, Log, Seen, Undo, What};
use crate::note::raw::Raw;
use crate::schedule::Scheduled;
use crate::vault::{Now, Stamp, Writers};

/// How long to wait before such a note is looked at again.
pub(super) const PAUSE: Duration = Duration::from_millis(20);
/// How long it is waited for in all, however long each look takes.
const LONGEST: Duration = Duration::from_secs(4);
/// Not changed for so long, it is not being saved, whatever the times of files say.
const STILL: Duration = Duration::from_secs(2);

/// What was seen of a note that is waited for.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// The first look.
    first: Option<Instant>,
    /// What the last look saw, and the first look that saw the same.
    seen: Option<(Stamp, Instant)>,
    is_still: bool,
}

impl Watch {
    /// Notes that another program was at work again at `now`. `false` when it was waited for long enough.
    pub fn goes_on(&mut self, stamp: Option<Stamp>, now: Instant) -> bool {
        let first = *self.first.get_or_insert(now);
        let since = self.seen.filter(|(seen, _)| Some(*seen) == stamp).map_or(now, |(_, since)| since);
        self.seen = stamp.map(|stamp| (stamp, since));
        self.is_still = stamp.is_some() && now.saturating_duration_since(since) >= STILL;
        now.saturating_duration_since(first) < LONGEST
    }

    /// Whether it did not change for so long that nobody can be saving it.
    pub fn is_still(&self) -> bool {
        self.is_still
    }
}

/// What this device knows of the schedules that notes had before.
#[derive(Debug, Default)]
pub(super) struct Before(OnceCell<(Log, Option<Seen>)>);

impl Before {
    fn known(&self, desk: &Desk<'_>) -> &(Log, Option<Seen>) {
        self.0.get_or_init(|| {
            let seen = desk.journal.seen();
            (desk.journal.read().0, seen.and_then(|text| Seen::parse(&text)))
        })
    }

    /// The log as it was when it was first asked for.
    pub fn log(&self, desk: &Desk<'_>) -> &Log {
        &self.known(desk).0
    }

    /// The last schedule that the note was known to have.
    fn of(&self, note: &NotePath, desk: &Desk<'_>) -> Option<Scheduled> {
        let (log, seen) = self.known(desk);
        let item = ItemId::of_note(note.clone());
        match log.last_schedule(&item) {
            Some(_) => log.kept_schedule(&item),
            // What was seen there was another note.
            None if log.last_move(&item).is_some() => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(text: &str) -> Stamp {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, text).unwrap();
        Stamp::of(&file.as_file().metadata().unwrap())
    }

    #[test]
    fn a_note_is_waited_for_no_longer_however_long_a_look_takes() {
        let start = Instant::now();
        for look in [20, 500, 1_500, 60_000].map(Duration::from_millis) {
            let mut watch = Watch::default();
            let mut now = start;
            let mut looks = 0;
            while watch.goes_on(None, now) {
                now += look;
                looks += 1;
            }
            assert!(now - start < LONGEST + look, "{look:?}");
            assert_eq!(looks, LONGEST.as_millis().div_ceil(look.as_millis()), "{look:?}");
            assert!(!watch.is_still());
        }
    }

    #[test]
    fn a_note_is_still_once_it_did_not_change_for_two_seconds() {
        let (one, other) = (stamp("one"), stamp("other"));
        let start = Instant::now();
        let mut watch = Watch::default();
        for (at, seen, is_still) in
            [(0, Some(one), false), (1900, Some(one), false), (1950, Some(other), false), (3900, Some(other), false)]
        {
            assert!(watch.goes_on(seen, start + Duration::from_millis(at)));
            assert_eq!(watch.is_still(), is_still, "{at}");
        }
        assert!(watch.goes_on(Some(other), start + Duration::from_millis(3950)) && watch.is_still());
        assert!(!watch.goes_on(None, start + LONGEST) && !watch.is_still());
    }
}
