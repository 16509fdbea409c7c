//! What a note is known by when it is moved: how events tell of it.

use std::cell::OnceCell;

use super::Desk;
use crate::item::{ItemId, NotePath};
use crate::log::{Change, EventId, Kind, Log};
use crate::note::Fingerprint;
use crate::note::properties::id_of;

/// Whether the log tells of moves.
#[derive(Debug, Default)]
pub(super) struct Moves(OnceCell<bool>);

impl Desk<'_> {
    /// The change with the `sr-id` and the fingerprint of its note, where that can be read. `log` is the log as it is.
    pub fn known_by_note(&self, change: Change, log: &Log) -> Change {
        let Some(item) = change.subject.id().cloned() else { return change };
        let Ok(text) = self.vault.read(&item.note) else { return change };
        let sr_id = self.own_sr_id(id_of(text.as_bytes()), &item, log);
        change.known_by(sr_id, Fingerprint::of(text.as_bytes()))
    }

    /// The `sr-id` that stands in a note, unless it is that of another note, which has it still: then the note is a copy, and
    /// its events are its own.
    fn own_sr_id(&self, sr_id: Option<String>, item: &ItemId, log: &Log) -> Option<String> {
        let sr_id = sr_id?;
        let other = log.of_sr_id(&sr_id).filter(|number| Some(*number) != log.number_of(item));
        let has_it = |number: usize| {
            let last = log.of_number(number).next_back()?;
            let text = self.vault.read(&NotePath::new(log.note(last))).ok()?;
            Some(id_of(text.as_bytes())? == sr_id)
        };
        if other.and_then(has_it) == Some(true) { None } else { Some(sr_id) }
    }

    /// The same for a note that is being changed.
    pub(super) fn own_sr_id_of(&self, sr_id: Option<String>, note: &NotePath) -> Option<String> {
        sr_id.as_ref()?;
        self.own_sr_id(sr_id, &ItemId::of_note(note.clone()), self.before.log(self))
    }

    /// What the change of a note has to follow where that was moved, or another one was that had its path. Whoever changes
    /// a schedule has asked the log already.
    pub(super) fn last_move(&self, note: &NotePath, change: &Change) -> Option<EventId> {
        if change.follows.is_some() || matches!(change.kind(), Kind::Review | Kind::Reschedule) {
            return change.follows;
        }
        let knows_moves = *self.moves.0.get_or_init(|| self.journal.may_tell_of_moves());
        if knows_moves { self.before.log(self).last_move(&ItemId::of_note(note.clone())) } else { None }
    }
}
