//! Which note each event is about: a note keeps its events when it is moved.
//!
//! The events are gone through in their order, with a table of which note lies where. A `move` takes a note to another path;
//! so does an event with the `sr-id` of a note that was known at another path. What happens at a path is about the note
//! that lies there then. A path that a note has left may still be named by a device that had not heard of the move: its
//! event starts from a schedule that the note had, or does not name the move with `follows`, as one of a new note does.

use hashbrown::{HashMap, HashSet};

use super::{Entry, EventId, Kind};
use crate::schedule::ScheduleKey;

const NONE: u32 = u32::MAX;

/// What the events tell of notes and their paths.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Identities {
    /// How many notes there were, less those that have a path: their numbers are behind those of the paths.
    pub gone: usize,
    /// Paths under which the log knows no note any more, each with the move by which the last one left it.
    pub left: HashMap<u32, Option<EventId>>,
    /// The note that has each `sr-id`.
    pub by_sr_id: HashMap<u32, u32>,
    /// Paths that more than one note had, each with the note that had it first.
    pub shared: HashMap<u32, u32>,
}

impl Identities {
    /// Gives each of `entries`, which are in order, the number of its note: that of the path it has in the end.
    /// `follows` and `from` are sorted; `paths` is the number of paths.
    pub fn resolve(
        entries: &mut [Entry],
        follows: &[(EventId, EventId)],
        from: &[(EventId, u32)],
        paths: usize,
    ) -> Self {
        // Without these, a path is a note.
        if from.is_empty() && entries.iter().all(|entry| entry.sr_id == NONE) {
            return Self::default();
        }
        let named = entries.iter().filter(|entry| entry.kind == Kind::Undo).filter_map(|entry| entry.link);
        let mut walk = Walk {
            follows,
            from,
            named: named.chain(follows.iter().map(|(_, followed)| *followed)).collect(),
            ..Walk::default()
        };
        let notes: Vec<u32> = entries.iter().map(|entry| walk.pass(entry)).collect();
        let mut gone = 0;
        let number = |note: &Note| {
            note.path.unwrap_or_else(|| {
                gone += 1;
                (paths + gone - 1) as u32
            })
        };
        let numbers: Vec<u32> = walk.notes.iter().map(number).collect();
        let number = |note: u32| numbers.get(note as usize).copied().unwrap_or(NONE);
        for (entry, note) in entries.iter_mut().zip(notes) {
            entry.note = number(note);
        }
        let left = walk.left.iter().filter(|(path, _)| !walk.at.contains_key(*path));
        Self {
            gone,
            left: left.map(|(path, left)| (*path, left.by)).collect(),
            by_sr_id: walk.by_sr_id.iter().map(|(sr_id, note)| (*sr_id, number(*note))).collect(),
            shared: walk.shared.iter().map(|(path, note)| (*path, number(*note))).collect(),
        }
    }
}

/// A note, wherever it lies.
#[derive(Default)]
struct Note {
    /// Its path; `None` once another note has that.
    path: Option<u32>,
    sr_id: Option<u32>,
    /// The paths that it had before.
    been: Vec<u32>,
}

/// A note that left a path, and the move by which it did.
#[derive(Clone, Copy)]
struct Left {
    note: u32,
    by: Option<EventId>,
}

#[derive(Default)]
struct Walk<'a> {
    follows: &'a [(EventId, EventId)],
    from: &'a [(EventId, u32)],
    /// Events that others name.
    named: HashSet<EventId>,
    notes: Vec<Note>,
    /// The note at each path.
    at: HashMap<u32, u32>,
    /// The note that was the last to leave a path.
    left: HashMap<u32, Left>,
    by_sr_id: HashMap<u32, u32>,
    /// The first note at each path.
    first: HashMap<u32, u32>,
    shared: HashMap<u32, u32>,
    /// The notes of the events that others name.
    known: HashMap<EventId, u32>,
    /// Which schedules each note had.
    had: HashSet<(u32, ScheduleKey)>,
}

impl Walk<'_> {
    /// The note of the next event.
    fn pass(&mut self, entry: &Entry) -> u32 {
        if entry.path == NONE {
            return NONE;
        }
        let note = self.note_of(entry);
        if self.named.contains(&entry.id) {
            self.known.insert(entry.id, note);
        }
        for schedule in [entry.before, entry.after].into_iter().flatten() {
            self.had.insert((note, schedule.key()));
        }
        if entry.sr_id != NONE
            && let Some(known) = self.notes.get_mut(note as usize)
            && known.sr_id.is_none()
            && !self.by_sr_id.contains_key(&entry.sr_id)
        {
            known.sr_id = Some(entry.sr_id);
            self.by_sr_id.insert(entry.sr_id, note);
        }
        note
    }

    fn note_of(&mut self, entry: &Entry) -> u32 {
        let path = entry.path;
        let followed = value(self.follows, entry.id);
        let of_followed = followed.and_then(|id| self.known.get(&id).copied());
        if let Some(from) = value(self.from, entry.id) {
            let known = of_followed.or_else(|| self.at.get(&from).copied());
            let note = known.or_else(|| Some(self.left.get(&from)?.note)).unwrap_or_else(|| self.new_note());
            if from == path {
                // Another note took its place.
                let is_new = self.at.get(&path).is_none_or(|there| Some(*there) == known);
                return if is_new { self.new_at(path) } else { note };
            }
            // A device that hears late of a move may tell of it again, after the note has moved on.
            let is_old = self.path(note).is_some_and(|at| at != from) && self.was_at(note, path);
            if !is_old {
                self.put(note, path, Some(entry.id));
            }
            return note;
        }
        let undone = entry.link.filter(|_| entry.kind == Kind::Undo).and_then(|id| self.known.get(&id).copied());
        if let Some(note) = undone {
            if !entry.skips {
                self.may_have_come(note, path);
            }
            return note;
        }
        if entry.sr_id != NONE {
            return self.by_sr_id(entry);
        }
        // The first event of a note at a path that another one left names the move.
        let is_of_another = followed.is_some_and(|id| value(self.from, id) == Some(path));
        if let Some(note) = of_followed.filter(|_| !is_of_another) {
            self.may_have_come(note, path);
            return note;
        }
        match (self.at.get(&path).copied(), self.late(entry).filter(|_| !is_of_another)) {
            (Some(note), Some(late))
                if !entry.before.is_some_and(|before| self.had.contains(&(note, before.key()))) =>
            {
                late
            }
            (Some(note), _) => note,
            (None, Some(late)) => late,
            (None, None) => self.new_at(path),
        }
    }

    /// The note of an event that names an `sr-id`.
    fn by_sr_id(&mut self, entry: &Entry) -> u32 {
        let (path, there) = (entry.path, self.at.get(&entry.path).copied());
        let sr_id = there.and_then(|note| self.notes.get(note as usize)?.sr_id);
        match (self.by_sr_id.get(&entry.sr_id).copied(), there) {
            (Some(note), Some(there)) if note == there => note,
            // A copy that had the same `sr-id`, and was told apart.
            (Some(_), Some(there)) if sr_id.is_none() => there,
            (Some(note), _) => {
                if !self.was_at(note, path) {
                    self.put(note, path, None);
                }
                note
            }
            (None, Some(there)) if sr_id.is_none() => there,
            (None, None) => {
                let is_free = |note: &u32| self.notes.get(*note as usize).is_some_and(|note| note.sr_id.is_none());
                self.late(entry).filter(is_free).unwrap_or_else(|| self.new_at(path))
            }
            (None, Some(_)) => self.new_at(path),
        }
    }

    /// The note that has left the path of an event, if the device that wrote the event did not know that.
    fn late(&self, entry: &Entry) -> Option<u32> {
        let left = self.left.get(&entry.path)?;
        let is_late = match entry.before {
            Some(before) => self.had.contains(&(left.note, before.key())),
            // What is about no schedule, and no note is known to lie there.
            None => !entry.moves && !self.at.contains_key(&entry.path),
        };
        is_late.then_some(left.note)
    }

    fn new_note(&mut self) -> u32 {
        self.notes.push(Note::default());
        (self.notes.len() - 1) as u32
    }

    fn new_at(&mut self, path: u32) -> u32 {
        let note = self.new_note();
        self.put(note, path, None);
        note
    }

    fn path(&self, note: u32) -> Option<u32> {
        self.notes.get(note as usize)?.path
    }

    fn was_at(&self, note: u32, path: u32) -> bool {
        self.notes.get(note as usize).is_some_and(|note| note.path == Some(path) || note.been.contains(&path))
    }

    /// Puts a note where something is told of it, if it can have come there.
    fn may_have_come(&mut self, note: u32, path: u32) {
        if !self.at.contains_key(&path) && !self.was_at(note, path) {
            self.put(note, path, None);
        }
    }

    /// Puts a note to a path, by that move. Whatever lay there lies nowhere then, unless it is told of again.
    fn put(&mut self, note: u32, path: u32, by: Option<EventId>) {
        let Some(known) = self.notes.get_mut(note as usize) else { return };
        let before = known.path.replace(path);
        if before == Some(path) {
            return;
        }
        if let Some(before) = before {
            known.been.push(before);
            self.at.remove(&before);
            self.left.insert(before, Left { note, by });
        }
        if let Some(other) = self.at.insert(path, note) {
            if let Some(known) = self.notes.get_mut(other as usize) {
                known.path = None;
                known.been.push(path);
            }
            self.left.insert(path, Left { note: other, by });
        }
        let first = *self.first.entry(path).or_insert(note);
        if first != note {
            self.shared.insert(path, first);
        }
    }
}

/// What stands for `id` in sorted pairs.
fn value<T: Copy>(pairs: &[(EventId, T)], id: EventId) -> Option<T> {
    let at = pairs.partition_point(|(other, _)| *other < id);
    pairs.get(at).filter(|(other, _)| *other == id).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests;
