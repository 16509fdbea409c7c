//! What the merged log is asked.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::identity::Identities;
use super::names::Texts;
use super::{About, Entry, EventId, Kind, RefusedLine};
use crate::item::{ItemId, Part, composed};
use crate::schedule::{ScheduleKey, Scheduled};

/// The merged log: every event once, earliest first.
#[derive(Debug, Default, PartialEq)]
pub struct Log {
    entries: Vec<Entry>,
    names: Names,
    identities: Identities,
    /// The entries of each note, note after note, each in order.
    by_note: Vec<u32>,
    /// Where the entries of each note begin in `by_note`; one more than there are notes.
    starts: Vec<u32>,
    /// Lines that are known to later programs alone.
    refused: Vec<RefusedLine>,
}

/// The strings that entries refer to by number, each list in order (files: in the order of reading).
#[derive(Debug, Default, PartialEq)]
pub(super) struct Names {
    pub notes: Texts,
    pub sr_ids: Texts,
    pub devices: Texts,
    pub files: Vec<String>,
}

/// What one `study undo` takes back: one event, or all of a bulk operation. Latest first, never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Step<'a> {
    /// The events, latest first.
    pub entries: Vec<&'a Entry>,
}

impl Log {
    /// `entries` earliest first and without copies.
    pub(super) fn new(entries: Vec<Entry>, names: Names, identities: Identities, refused: Vec<RefusedLine>) -> Self {
        let mut starts = vec![0_u32; names.notes.len() + identities.gone + 1];
        for entry in &entries {
            if let Some(count) = starts.get_mut(entry.note as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut by_note = vec![0; entries.len()];
        for (index, entry) in entries.iter().enumerate() {
            if let Some(at) = next.get_mut(entry.note as usize) {
                if let Some(slot) = by_note.get_mut(*at as usize) {
                    *slot = index as u32;
                }
                *at += 1;
            }
        }
        let mut log = Self { entries, names, identities, by_note, starts, refused };
        log.move_refused();
        log.mark();
        log
    }

    /// What a refused line did to a note concerns it wherever that lies now.
    fn move_refused(&mut self) {
        let mut refused = std::mem::take(&mut self.refused);
        for line in &mut refused {
            let About::Note(note) = &mut line.about else { continue };
            let Some(path) = self.numbers().of(note) else { continue };
            if !self.identities.left.contains_key(&(path as u32)) {
                continue;
            }
            let last = self.entries.iter().rev().find(|entry| entry.path as usize == path);
            if let Some(last) = last {
                *note = self.note(last).to_owned();
            }
        }
        self.refused = refused;
    }

    /// Marks what was taken back, what could not be, and what is explained.
    fn mark(&mut self) {
        let undoes = |(at, entry): (usize, &Entry)| Some((entry.undoes()?, at));
        let undone: HashMap<EventId, usize> = self.entries.iter().enumerate().filter_map(undoes).collect();
        let skipped: HashSet<EventId> = self.entries.iter().filter_map(Entry::skips).collect();
        let explained: HashSet<EventId> = self.explained(&undone);
        let doubtful: HashSet<EventId> = self.doubtful();
        if [&skipped, &explained, &doubtful].iter().all(|events| events.is_empty()) && undone.is_empty() {
            return;
        }
        for entry in &mut self.entries {
            entry.undone = entry.kind.can_be_undone() && undone.contains_key(&entry.id);
            entry.skipped = entry.kind.can_be_undone() && skipped.contains(&entry.id);
            entry.explained = explained.contains(&entry.id);
            entry.doubtful = doubtful.contains(&entry.id);
        }
    }

    /// Externals whose outcome some device logged itself: it was noticed here before that device's log arrived. What was
    /// taken back before it was noticed is another review.
    fn explained(&self, undone: &HashMap<EventId, usize>) -> HashSet<EventId> {
        let mut noticed: HashMap<u32, Vec<(usize, &Entry)>> = HashMap::new();
        for (at, entry) in self.entries.iter().enumerate().filter(|(_, entry)| entry.kind == Kind::External) {
            noticed.entry(entry.note).or_default().push((at, entry));
        }
        let mut explained = HashSet::new();
        for (note, externals) in noticed {
            let leads_somewhere = |entry: &&Entry| matches!(entry.kind, Kind::Review | Kind::Reschedule | Kind::Add);
            // Up to which place in the log some event stood that left the note with this outcome, and what took the last back.
            let mut stood: HashMap<_, (usize, Option<&Entry>)> = HashMap::new();
            for own in self.of_number(note as usize).filter(leads_somewhere).filter(|entry| entry.moves) {
                let until = undone.get(&own.id).copied().unwrap_or(usize::MAX);
                let known = stood.entry(outcome(own)).or_default();
                if until >= known.0 {
                    *known = (until, self.entries.get(until));
                }
            }
            // A device that noticed what another took back later may seem to have begun from there. Then the clocks tell.
            let was_later = |undo: &Entry, entry: &Entry| undo.device != entry.device && undo.at > entry.at;
            let is_explained = |at: usize, entry: &Entry| {
                let stood = stood.get(&outcome(entry));
                stood.is_some_and(|(until, undo)| *until > at || undo.is_some_and(|undo| was_later(undo, entry)))
            };
            let of_note = externals.into_iter().filter(|(at, entry)| is_explained(*at, entry));
            explained.extend(of_note.map(|(_, entry)| entry.id));
        }
        explained
    }

    /// Externals that may be what a refused line tells of: a program that could not read it may have written them.
    fn doubtful(&self) -> HashSet<EventId> {
        let mut doubtful = HashSet::new();
        let mut of_notes: HashMap<&str, Vec<&RefusedLine>> = HashMap::new();
        for line in &self.refused {
            if let About::Note(note) = &line.about {
                of_notes.entry(note).or_default().push(line);
            }
        }
        let unknown: Vec<&RefusedLine> = self.refused.iter().filter(|line| line.about == About::Unknown).collect();
        let is_outcome = |line: &&RefusedLine, entry: &Entry| line.after.is_some() && line.after == entry.after;
        let externals = self.entries.iter().filter(|entry| entry.kind == Kind::External);
        let in_doubt = externals.filter(|entry| {
            let about = of_notes.get(self.note(entry)).map_or(&[][..], Vec::as_slice);
            about.iter().chain(&unknown).any(|line| is_outcome(line, entry))
                || about.iter().any(|line| self.may_tell_of(line, entry))
        });
        doubtful.extend(in_doubt.map(|entry| entry.id));
        doubtful
    }

    /// Whether `line` may tell of the change that `external` was noticed by.
    fn may_tell_of(&self, line: &RefusedLine, external: &Entry) -> bool {
        // Who started from where it left the note knew it, or what came after it.
        let knew = line.after.is_some() && external.before == line.after;
        let is_earlier = line.is_before(external, self.device(external)) || line.at.is_none();
        let is_settled = |entry: &Entry| {
            entry.after.is_some() && entry.after == external.before && line.is_settled_by(entry, self.device(entry))
        };
        is_earlier && !knew && !self.of_number(external.note as usize).any(is_settled)
    }

    /// The lines that were refused about the note of this path, or about nobody knows what.
    pub fn refused_about(&self, note: &str) -> impl Iterator<Item = &RefusedLine> {
        let note = composed(note).into_owned();
        self.refused.iter().filter(move |line| match &line.about {
            About::Note(about) => *about == note,
            About::Unknown => true,
            About::Vault => false,
        })
    }

    /// A line that was refused and may tell what became of the schedule of this note since the last event that is known.
    /// Then nobody can say here where the log left the note.
    pub fn doubt(&self, item: &ItemId) -> Option<&RefusedLine> {
        if self.refused.is_empty() {
            return None;
        }
        let is_settled = |line: &RefusedLine| self.of(item).any(|entry| line.is_settled_by(entry, self.device(entry)));
        self.refused_about(item.note.as_str()).find(|line| !is_settled(line))
    }

    /// A refused line that the device of `entry` wrote after it: something done later, which cannot be taken back here.
    pub fn done_later(&self, entry: &Entry) -> Option<&RefusedLine> {
        self.refused.iter().find(|line| self.is_done_later(line, entry))
    }

    /// As [`Log::done_later`], of what may be about the same note.
    pub fn done_to_it_later(&self, entry: &Entry) -> Option<&RefusedLine> {
        self.refused_about(self.note(entry)).find(|line| self.is_done_later(line, entry))
    }

    fn is_done_later(&self, line: &RefusedLine, entry: &Entry) -> bool {
        let device = self.device(entry);
        line.kind != Some(Kind::External) && line.is_of(entry, device) && !line.is_before(entry, device)
    }

    /// Where a refused line stands, as problems name it: `.study/log/desk.jsonl:7`.
    pub fn place_of(&self, line: &RefusedLine) -> String {
        let file = self.names.files.get(line.place.file as usize).map_or("", String::as_str);
        format!("{file}:{}", line.number)
    }

    /// Every event, earliest first, those taken back included.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether nothing was ever logged.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The files that were read, as [`Place::file`](super::Place::file) counts them.
    pub fn files(&self) -> &[String] {
        &self.names.files
    }

    /// The path that the note of `entry` has now, as far as the log knows, in composed form; that of then if another note has
    /// it since.
    pub fn note(&self, entry: &Entry) -> &str {
        self.names.notes.name(entry.note as usize).unwrap_or_else(|| self.path_then(entry))
    }

    /// The path that the note of `entry` had then, in composed form.
    pub fn path_then(&self, entry: &Entry) -> &str {
        self.names.notes.get(entry.path as usize)
    }

    /// More than the number of any note, see [`Log::note_number`].
    pub fn note_count(&self) -> usize {
        self.names.notes.len() + self.identities.gone
    }

    /// The paths that events name, in the order of their numbers, which is their own.
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        self.names.notes.iter()
    }

    /// The number of the note that `entry` is about: small, for tables by note.
    pub fn note_number(&self, entry: &Entry) -> usize {
        entry.note as usize
    }

    /// The number of this item, if there are events of it.
    pub fn number_of(&self, item: &ItemId) -> Option<usize> {
        self.numbers().of(key(item))
    }

    /// Looks up the numbers of one note after the other.
    pub fn numbers(&self) -> Numbers<'_> {
        Numbers { notes: &self.names.notes, at: 0 }
    }

    /// The device that wrote `entry` down.
    pub fn device(&self, entry: &Entry) -> &str {
        self.names.devices.get(entry.device as usize)
    }

    /// The `sr-id` that the note of `entry` had.
    pub fn sr_id(&self, entry: &Entry) -> Option<&str> {
        self.names.sr_ids.name(entry.sr_id as usize)
    }

    /// The event of this name.
    pub fn find(&self, id: EventId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// The events of this item, earliest first, those taken back included.
    pub fn of(&self, item: &ItemId) -> impl DoubleEndedIterator<Item = &Entry> + Clone {
        // A number past the last stands for no note.
        self.of_number(self.number_of(item).unwrap_or(usize::MAX))
    }

    /// The events of the note of this number, see [`Log::number_of`].
    pub fn of_number(&self, note: usize) -> impl DoubleEndedIterator<Item = &Entry> + Clone {
        let bound = |at: usize| self.starts.get(at).map(|at| *at as usize);
        let range: Option<Range<usize>> = bound(note).zip(bound(note.saturating_add(1))).map(|(from, to)| from..to);
        let indexes = range.and_then(|range| self.by_note.get(range)).unwrap_or_default();
        indexes.iter().filter_map(|index| self.entries.get(*index as usize))
    }

    /// The number of the note that has this `sr-id`, if the log knows one.
    pub fn of_sr_id(&self, sr_id: &str) -> Option<usize> {
        let names = &self.names.sr_ids;
        let at = names.first_not_before(sr_id, 0);
        self.identities.by_sr_id.get(&(at as u32)).filter(|_| names.name(at) == Some(sr_id)).map(|note| *note as usize)
    }

    /// Whether any event names an `sr-id`.
    pub fn knows_sr_ids(&self) -> bool {
        self.names.sr_ids.len() > 0
    }

    /// The `sr-id` that the note of this number had last.
    pub fn last_sr_id(&self, note: usize) -> Option<&str> {
        if !self.knows_sr_ids() {
            return None;
        }
        self.of_number(note).rev().find_map(|entry| self.sr_id(entry))
    }

    /// What tells the note of an item from all others, on every device and wherever it lies: where it lay first, and for a
    /// later note at the same path its first event.
    pub fn origin<'a>(&'a self, item: &'a ItemId) -> (&'a str, Option<EventId>) {
        let Some(first) = self.of(item).next() else { return (item.note.composed(), self.last_move(item)) };
        let is_later = self.identities.shared.get(&first.path).is_some_and(|note| *note != first.note);
        (self.path_then(first), is_later.then_some(first.id))
    }

    /// The schedule that the log leaves the note with: `None` when no event is about its schedule, `Some(None)` when the
    /// last such event left it without.
    pub fn last_schedule(&self, item: &ItemId) -> Option<Option<Scheduled>> {
        self.of(item).rev().find(|entry| entry.moves).map(|entry| entry.after)
    }

    /// The schedule that the events leave the note with that were not taken back: what [`Log::last_schedule`] would be had
    /// they never been. `None` when there is no such event, or the last one left it without.
    pub fn kept_schedule(&self, item: &ItemId) -> Option<Scheduled> {
        // What was noticed of an event that a device wrote itself goes with that.
        let is_gone = |entry: &Entry| entry.is_undone() || entry.is_explained();
        let kept = |entry: &&Entry| entry.moves && entry.kind != Kind::Undo && !is_gone(entry);
        self.of(item).rev().find(kept).and_then(|entry| entry.after)
    }

    /// Whether any note was ever taken out of the queue or put aside.
    pub fn may_set_aside(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.kind, Kind::Suspend | Kind::Bury))
    }

    /// Whether the note was taken out of the queue and not put back since.
    pub fn is_suspended(&self, item: &ItemId) -> bool {
        let last = |entry: &&Entry| matches!(entry.kind, Kind::Suspend | Kind::Resume) && !entry.is_undone();
        self.of(item).rev().find(last).is_some_and(|entry| entry.kind == Kind::Suspend)
    }

    /// Whether the note was put aside for the rest of the study day `today`.
    pub fn is_buried(&self, item: &ItemId, today: NaiveDate) -> bool {
        self.of(item).any(|entry| entry.kind == Kind::Bury && entry.day == today && !entry.is_undone())
    }

    /// Whether the note is not to be offered on `today`: suspended, or buried for the day.
    pub fn is_aside(&self, item: &ItemId, today: NaiveDate) -> bool {
        self.is_suspended(item) || self.is_buried(item, today)
    }

    /// The reviews that count, earliest first: none that was taken back, none twice.
    pub fn reviews(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.counts())
    }

    /// The last `count` things that `study` did and that were neither taken back yet nor passed over because they could
    /// not be, latest first; of `device` alone, or of all devices. A bulk operation is one step.
    pub fn undoable(&self, count: usize, device: Option<&str>) -> Vec<Step<'_>> {
        let mut steps: Vec<Step> = Vec::new();
        let mut batches: HashMap<EventId, usize> = HashMap::new();
        for entry in self.entries.iter().rev() {
            if !self.can_be_undone(entry, device) || entry.skipped {
                continue;
            }
            match entry.batch().and_then(|batch| batches.get(&batch).copied()) {
                Some(at) => steps.get_mut(at).into_iter().for_each(|step| step.entries.push(entry)),
                None if steps.len() < count => {
                    if let Some(batch) = entry.batch() {
                        batches.insert(batch, steps.len());
                    }
                    steps.push(Step { entries: vec![entry] });
                }
                None if batches.is_empty() => break,
                None => {}
            }
        }
        steps
    }

    /// What was done with one note and not taken back yet, latest first, what was passed over included; of `device` alone,
    /// or of all devices.
    pub fn undoable_of(&self, item: &ItemId, device: Option<&str>) -> Vec<&Entry> {
        self.of(item).rev().filter(|entry| self.can_be_undone(entry, device)).collect()
    }

    fn can_be_undone(&self, entry: &Entry, device: Option<&str>) -> bool {
        entry.kind.can_be_undone() && !entry.undone && device.is_none_or(|device| self.device(entry) == device)
    }

    /// What a new event of `device` that moves the schedule of `note` has to name with
    /// [`Change::follows`](super::Change::follows): the last such event that is known, where another device wrote it. The
    /// schedules alone do not tell in which order devices left one and came back to it. Or the move since, see
    /// [`Log::last_move`].
    pub fn last_elsewhere(&self, item: &ItemId, device: &str) -> Option<EventId> {
        match self.of(item).rev().find(|entry| entry.moves || entry.kind == Kind::Move) {
            Some(last) => (last.kind == Kind::Move || self.device(last) != device).then_some(last.id),
            None => self.last_move(item),
        }
    }

    /// The move that a new event of the item has to name with [`Change::follows`](super::Change::follows), where it names
    /// nothing later: the one by which its note came; or the one by which another note left its path.
    pub fn last_move(&self, item: &ItemId) -> Option<EventId> {
        let mut entries = self.of(item).rev().peekable();
        match entries.peek() {
            Some(_) => entries.find(|entry| entry.kind == Kind::Move).map(|entry| entry.id),
            None if self.identities.left.is_empty() => None,
            None => self.number_of(item).and_then(|path| *self.identities.left.get(&(path as u32))?),
        }
    }

    /// What a new event that takes `note` out of the queue or puts it back has to name with
    /// [`Change::follows`](super::Change::follows): the last of these, where the clock could put the new one before it; or
    /// the move since, see [`Log::last_move`].
    pub fn followed(&self, item: &ItemId, now: DateTime<FixedOffset>) -> Option<EventId> {
        let is_last = |entry: &&Entry| matches!(entry.kind, Kind::Suspend | Kind::Resume) && !entry.is_undone();
        let later = |entry: &&Entry| is_last(entry) || entry.kind == Kind::Move;
        let Some(last) = self.of(item).rev().find(later) else { return self.last_move(item) };
        if last.kind == Kind::Move {
            return Some(last.id);
        }
        // It may stand behind something that is later by its clock than itself.
        let up_to = self.entries.split_inclusive(|entry| entry.id == last.id).next().unwrap_or_default();
        up_to.iter().any(|entry| entry.at >= now).then_some(last.id)
    }
}

/// What the events of an item are kept under.
fn key(item: &ItemId) -> &str {
    match item.part {
        Part::Note => item.note.as_str(),
    }
}

/// Where an event leaves its note, to be compared.
fn outcome(entry: &Entry) -> Option<ScheduleKey> {
    entry.after.map(Scheduled::key)
}

/// Looks up the numbers of notes, quickly where these come in the order of their paths.
#[derive(Debug)]
pub struct Numbers<'a> {
    notes: &'a Texts,
    /// Where the last search ended.
    at: usize,
}

impl Numbers<'_> {
    /// The number of the note of this path, if there are events of it.
    pub fn of(&mut self, note: &str) -> Option<usize> {
        let note = &*composed(note);
        if self.at.checked_sub(1).and_then(|before| self.notes.name(before)).is_some_and(|before| before >= note) {
            self.at = 0;
        }
        self.at = self.notes.first_not_before(note, self.at);
        (self.notes.name(self.at) == Some(note)).then_some(self.at)
    }
}

#[cfg(test)]
mod tests;
