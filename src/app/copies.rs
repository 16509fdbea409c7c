//! Notes that are copies of others: what their schedules tell of was done with the others.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::moved::Standing;
use super::workspace::Workspace;
use crate::item::ItemId;
use crate::log::{Entry, EventId, Log, Seen};
use crate::note::{Fingerprint, NotePath};
use crate::schedule::{ScheduleKey, Scheduled};

/// Looks for copies: notes with the schedule and the text of another one.
pub struct Copies<'a> {
    log: &'a Log,
    workspace: &'a Workspace,
    texts: RefCell<HashMap<NotePath, Option<Fingerprint>>>,
}

impl<'a> Copies<'a> {
    /// Among notes of which `log` may tell.
    pub fn new(log: &'a Log, workspace: &'a Workspace) -> Self {
        Self { log, workspace, texts: RefCell::default() }
    }

    /// Those of `notes`, which the log says nothing of, that have the schedule that an event left another note with, and its
    /// text; or that note is gone, of those that may be.
    pub fn of_logged<'n>(
        &self,
        notes: impl Iterator<Item = (&'n ItemId, Scheduled)>,
        may_have_gone: impl Fn(&NotePath) -> bool,
    ) -> HashSet<&'n ItemId> {
        let Some(first) = self.log.entries().iter().map(|entry| entry.day).min() else { return HashSet::new() };
        let may_be =
            |(_, schedule): &(&ItemId, Scheduled)| schedule.inferred_last_review().is_some_and(|day| day >= first);
        let notes: Vec<(&ItemId, Scheduled)> = notes.filter(may_be).collect();
        let mut left: HashMap<ScheduleKey, Vec<&Entry>> =
            notes.iter().map(|(_, schedule)| (schedule.key(), Vec::new())).collect();
        for entry in self.log.entries() {
            let after = entry.schedule().and_then(|moved| moved.after);
            let with_it = after.and_then(|after| left.get_mut(&after.key()));
            with_it.into_iter().for_each(|entries| entries.push(entry));
        }
        let entries: Vec<&Entry> = left.values().flatten().copied().collect();
        if entries.is_empty() {
            return HashSet::new();
        }
        let events = self.workspace.journal().events(self.log, &entries).unwrap_or_default();
        let then: HashMap<EventId, Fingerprint> =
            events.iter().filter_map(|event| Some((event.id, event.change.subject.text()?))).collect();
        let is_copy = |(item, schedule): &(&ItemId, Scheduled)| {
            let entries = left.get(&schedule.key()).map_or(&[][..], Vec::as_slice);
            let text = if entries.is_empty() { None } else { self.text(&item.note) };
            entries.iter().any(|entry| {
                let note = NotePath::new(self.log.note(entry));
                let is_text = || then.get(&entry.id).copied() == text || self.text(&note) == text;
                (text.is_some() && is_text()) || (may_have_gone(&note) && !self.workspace.vault.has_note(&note))
            })
        };
        notes.into_iter().filter(is_copy).map(|(item, _)| item).collect()
    }

    /// Those of `new`, which this device had not seen, that have the schedule of a note that it saw and that is gone; or the
    /// schedule that one of `notes` has, which it had seen, and its text.
    pub fn of_seen<'n>(
        &self,
        new: &[(&'n ItemId, Scheduled)],
        notes: &[Standing<'_>],
        seen: &Seen,
    ) -> HashSet<&'n ItemId> {
        if new.is_empty() {
            return HashSet::new();
        }
        let mut like: HashMap<ScheduleKey, Vec<&ItemId>> = HashMap::new();
        let is_new: HashSet<&ItemId> = new.iter().map(|(item, _)| *item).collect();
        for note in notes.iter().filter(|note| !is_new.contains(note.item) && seen.of(note.item).is_some()) {
            if let Some(schedule) = note.schedule {
                like.entry(schedule.key()).or_default().push(note.item);
            }
        }
        let there: HashSet<&ItemId> = notes.iter().map(|note| note.item).collect();
        let gone: HashSet<ScheduleKey> =
            seen.items().filter(|(item, _)| !there.contains(item)).map(|(_, schedule)| schedule.key()).collect();
        let is_copy = |(item, schedule): &&(&ItemId, Scheduled)| {
            let key = schedule.key();
            let text = || self.text(&item.note).filter(|_| like.contains_key(&key));
            gone.contains(&key)
                || text().is_some_and(|text| {
                    like.get(&key).into_iter().flatten().any(|other| self.text(&other.note) == Some(text))
                })
        };
        new.iter().filter(is_copy).map(|(item, _)| *item).collect()
    }

    /// The fingerprint of a note as it is now.
    fn text(&self, note: &NotePath) -> Option<Fingerprint> {
        let read = || Fingerprint::of(self.workspace.vault.read(note).ok()?.as_bytes());
        if let Some(known) = self.texts.borrow().get(note) {
            return *known;
        }
        let text = read();
        self.texts.borrow_mut().insert(note.clone(), text);
        text
    }
}
