//! What truly happened, kept beside the program and without its help, and what each device can know of it.
//!
//! This follows `docs/log-format.md` and nothing of `src/log`, `src/external` or `src/stats`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use crate::paper::Schedule;
use crate::person::Place;

/// A note, whatever it is called.
pub type NoteId = usize;

/// An event, by its place among all that ever were.
pub type EventId = usize;

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Graded with `study`, for so many milliseconds.
    Review {
        grade: u8,
        ms: Option<u64>,
    },
    /// Noticed.
    External {
        grade: Option<u8>,
    },
    Suspend,
    Resume,
    Bury,
    Reschedule,
    Add,
    Undo {
        of: EventId,
    },
    /// Could not be taken back, and is passed over since.
    Skip {
        of: EventId,
    },
}

/// What a device wrote down.
#[derive(Clone, Debug)]
pub struct Event {
    pub device: Place,
    pub at: DateTime<Utc>,
    pub day: NaiveDate,
    pub note: NoteId,
    pub what: What,
    /// The schedule before and after, of what is about it.
    pub moved: Option<(Option<Schedule>, Option<Schedule>)>,
    /// What was done in one go with it.
    pub batch: Option<usize>,
}

impl Event {
    pub fn after(&self) -> Option<Schedule> {
        self.moved.and_then(|(_, after)| after)
    }

    /// Whether it stands for a review: a change from outside does where its day is that of the schedule.
    pub fn is_review(&self) -> bool {
        match self.what {
            What::Review { .. } => true,
            What::External { .. } => self.after().is_some_and(|after| after.reviewed() == self.day),
            _ => false,
        }
    }

    pub fn grade(&self) -> Option<u8> {
        match self.what {
            What::Review { grade, .. } => Some(grade),
            What::External { grade } => grade,
            _ => None,
        }
    }

    fn can_be_undone(&self) -> bool {
        !matches!(self.what, What::External { .. } | What::Undo { .. } | What::Skip { .. })
    }
}

/// What a device saw last.
#[derive(Clone, Debug)]
struct Seen {
    day: NaiveDate,
    notes: BTreeMap<NoteId, Schedule>,
}

/// All that happened, and who knows of it.
#[derive(Default)]
pub struct Model {
    pub events: Vec<Event>,
    /// What each device wrote, in its order.
    logs: BTreeMap<Place, Vec<EventId>>,
    /// How much of another device's log has come to each.
    arrived: BTreeMap<(Place, Place), usize>,
    seen: BTreeMap<Place, Seen>,
    /// Copies: of which note, and the schedule that they came with, which tells of what was done with the original.
    copies: BTreeMap<NoteId, (NoteId, Schedule)>,
    batches: usize,
}

/// What one device knows: the events in the order in which they happened, each with its number.
pub struct Known<'m> {
    pub events: Vec<(EventId, &'m Event)>,
    /// Which of them were taken back, and the place of what did so.
    undone: BTreeMap<EventId, usize>,
    /// The places of those of each note.
    by_note: BTreeMap<NoteId, Vec<usize>>,
}

impl Model {
    pub fn write(&mut self, event: Event) -> EventId {
        let id = self.events.len();
        self.logs.entry(event.device).or_default().push(id);
        self.events.push(event);
        id
    }

    pub fn new_batch(&mut self) -> usize {
        self.batches += 1;
        self.batches
    }

    /// How many events `device` wrote down.
    pub fn written(&self, device: Place) -> usize {
        self.logs.get(&device).map_or(0, Vec::len)
    }

    /// The log of `from` has come to `to` as far as its first `count` events.
    pub fn arrive(&mut self, from: Place, to: Place, count: usize) {
        let known = self.arrived.entry((from, to)).or_default();
        *known = count.max(*known);
    }

    /// What `place` knows.
    pub fn known(&self, place: Place) -> Known<'_> {
        let part = |from: Place| {
            let log = self.logs.get(&from).map_or(&[][..], Vec::as_slice);
            let count = if from == place { log.len() } else { *self.arrived.get(&(from, place)).unwrap_or(&0) };
            log[..count].iter().map(|id| (*id, &self.events[*id]))
        };
        let mut events: Vec<_> = Place::DEVICES.into_iter().flat_map(part).collect();
        // Numbers grow with time, so that of what happened in one instant the device and its own order decide.
        events.sort_by_key(|(id, event)| (event.at, event.device, *id));
        // Two devices that notice the same write the same event.
        let mut noticed: BTreeMap<NoteId, Vec<Option<Schedule>>> = BTreeMap::new();
        events.retain(|(_, event)| {
            if !matches!(event.what, What::External { .. }) {
                return true;
            }
            let of_note = noticed.entry(event.note).or_default();
            let is_new = !of_note.contains(&event.after());
            of_note.push(event.after());
            is_new
        });
        let events = in_order(events);
        let undoes = |(at, (_, event)): (usize, &(EventId, &Event))| match event.what {
            What::Undo { of } => Some((of, at)),
            _ => None,
        };
        let undone = events.iter().enumerate().filter_map(undoes).collect();
        let mut by_note: BTreeMap<NoteId, Vec<usize>> = BTreeMap::new();
        for (at, (_, event)) in events.iter().enumerate() {
            by_note.entry(event.note).or_default().push(at);
        }
        Known { events, undone, by_note }
    }

    /// What `study` notices on `device` of the notes that it looks at: each with its schedule, in the order of their paths.
    /// `is_whole` where it looks at all there are.
    pub fn notice(
        &mut self,
        device: Place,
        notes: &[(NoteId, Schedule)],
        is_whole: bool,
        now: DateTime<Utc>,
        today: NaiveDate,
        grades: &dyn Fn(Schedule, Schedule, NaiveDate) -> Vec<u8>,
    ) {
        let known = self.known(device);
        let new: Vec<Event> = notes
            .iter()
            .filter_map(|(note, now_says)| {
                let (since, before) = self.last_known(&known, device, *note, *now_says)?;
                let reviewed = Some(now_says.reviewed()).filter(|day| since <= *day && *day <= today);
                let candidates =
                    before.zip(reviewed).map_or_else(Vec::new, |(before, day)| grades(before, *now_says, day));
                let date_alone = before.is_some_and(|b| (b.interval, b.ease) == (now_says.interval, now_says.ease));
                let reviewed = reviewed.filter(|_| !date_alone || !candidates.is_empty());
                let grade = if let [grade] = candidates[..] { Some(grade) } else { None };
                Some(Event {
                    device,
                    at: now,
                    day: reviewed.unwrap_or(today),
                    note: *note,
                    what: What::External { grade },
                    moved: Some((before, Some(*now_says))),
                    batch: None,
                })
            })
            .collect();
        new.into_iter().for_each(|event| {
            self.write(event);
        });
        if is_whole && (self.seen.contains_key(&device) || !notes.is_empty()) {
            self.seen.insert(device, Seen { day: today, notes: notes.iter().copied().collect() });
        }
    }

    /// Where the log leaves the note, if what it says now is news.
    fn last_known(
        &self,
        known: &Known<'_>,
        device: Place,
        note: NoteId,
        says: Schedule,
    ) -> Option<(NaiveDate, Option<Schedule>)> {
        let mut last = None;
        for (id, event) in known.of(note) {
            let Some((before, after)) = event.moved else { continue };
            let is_here = event.device == device;
            let is_undo = matches!(event.what, What::Undo { .. });
            // What was taken back here is gone from the notes here.
            let before_is_gone = is_undo && is_here;
            let after_is_gone = !is_undo && is_here && known.undone.contains_key(&id);
            if before == Some(says) && !before_is_gone || after == Some(says) && !after_is_gone {
                return None;
            }
            last = Some((event.day, after));
        }
        last.or_else(|| {
            let seen = self.seen.get(&device)?;
            let before = seen.notes.get(&note).copied();
            let is_news = before != Some(says) && self.copy_of(note).map(|(_, came)| came) != Some(says);
            (says.reviewed() >= seen.day && is_news).then_some((seen.day, before))
        })
    }

    /// A note is a copy of another that had this schedule.
    pub fn copied(&mut self, note: NoteId, original: NoteId, schedule: Schedule) {
        self.copies.insert(note, (original, schedule));
    }

    /// Of what note this is a copy, and the schedule that it came with.
    pub fn copy_of(&self, note: NoteId) -> Option<(NoteId, Schedule)> {
        self.copies.get(&note).copied()
    }

    /// Whether the note had a schedule, as far as `device` knows, that nobody took away.
    pub fn had_schedule(&self, device: Place, note: NoteId) -> bool {
        let known = self.known(device);
        if known.of(note).all(|(_, event)| event.moved.is_none()) {
            return self.seen.get(&device).is_some_and(|seen| seen.notes.contains_key(&note));
        }
        let stands = |(at, (id, event)): &(usize, &(EventId, &Event))| {
            let is_undo = matches!(event.what, What::Undo { .. });
            event.note == note && event.moved.is_some() && !is_undo && !known.is_undone(*id) && !known.is_told(*at)
        };
        known.events.iter().enumerate().rfind(stands).is_some_and(|(_, (_, event))| event.after().is_some())
    }

    /// What `study undo` turns to on `device`: the last `steps` things that were done there, latest first.
    pub fn undoable(&self, device: Place, steps: u32) -> Vec<EventId> {
        let own = self.logs.get(&device).map_or(&[][..], Vec::as_slice);
        let over: BTreeSet<EventId> = own
            .iter()
            .filter_map(|id| match self.events[*id].what {
                What::Undo { of } | What::Skip { of } => Some(of),
                _ => None,
            })
            .collect();
        let (mut found, mut begun, mut last) = (Vec::new(), 0, None);
        for id in own.iter().rev().filter(|id| self.events[**id].can_be_undone() && !over.contains(id)) {
            let batch = self.events[*id].batch;
            if batch.is_none() || batch != last {
                begun += 1;
            }
            last = batch;
            if begun > steps {
                break;
            }
            found.push(*id);
        }
        found
    }
}

/// Events that come as the clock has them, put so that none stands before what it starts from: what a device noticed late may
/// be where another one went on from. Those of one device keep their order.
fn in_order(events: Vec<(EventId, &Event)>) -> Vec<(EventId, &Event)> {
    let mut waits: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); events.len()];
    let mut by_note: BTreeMap<NoteId, Vec<(usize, &Event)>> = BTreeMap::new();
    for (at, (_, event)) in events.iter().enumerate() {
        by_note.entry(event.note).or_default().push((at, event));
    }
    for of_note in by_note.values() {
        for (number, (at, event)) in of_note.iter().enumerate() {
            let Some((Some(before), _)) = event.moved else { continue };
            let (earlier, later) = (&of_note[..number], &of_note[number + 1..]);
            let was_so =
                |(_, one): &(usize, &Event)| one.moved.is_some_and(|(b, a)| a == Some(before) || b == Some(before));
            let led = later.iter().find(|(_, one)| one.device != event.device && one.after() == Some(before));
            if let Some((cause, _)) = led.filter(|_| !earlier.iter().any(was_so)) {
                waits[*at].insert(*cause);
            }
        }
    }
    if waits.iter().all(BTreeSet::is_empty) {
        return events;
    }
    let mut left: BTreeSet<usize> = (0..events.len()).collect();
    let mut ordered = Vec::with_capacity(events.len());
    while let Some(first) = left.first().copied() {
        let mut waiting: BTreeSet<Place> = BTreeSet::new();
        let next = left.iter().copied().find(|at| {
            let is_ready = waits[*at].is_disjoint(&left) && !waiting.contains(&events[*at].1.device);
            waiting.insert(events[*at].1.device);
            is_ready
        });
        // In a circle the clock decides.
        let next = next.unwrap_or(first);
        left.remove(&next);
        ordered.push(events[next]);
    }
    ordered
}

impl<'m> Known<'m> {
    /// The events of a note.
    pub fn of(&self, note: NoteId) -> impl Iterator<Item = (EventId, &'m Event)> + '_ {
        self.by_note.get(&note).into_iter().flatten().map(|at| self.events[*at])
    }

    pub fn is_undone(&self, id: EventId) -> bool {
        self.undone.contains_key(&id)
    }

    /// The reviews that count, in order: none that was taken back, and none twice.
    pub fn reviews(&self) -> Vec<&'m Event> {
        let counts = |(at, (id, event)): (usize, &(EventId, &'m Event))| {
            (event.is_review() && !self.is_undone(*id) && !self.is_told(at)).then_some(*event)
        };
        self.events.iter().enumerate().filter_map(counts).collect()
    }

    /// Whether what was noticed is what a device did and wrote down itself, and had not taken back by then.
    fn is_told(&self, at: usize) -> bool {
        let (_, noticed) = self.events[at];
        let tells = |(id, event): &(EventId, &Event)| {
            let leads = matches!(event.what, What::Review { .. } | What::Reschedule | What::Add);
            let stood = self.undone.get(id).is_none_or(|undone| {
                let (_, undo) = self.events[*undone];
                *undone > at || undo.device != noticed.device && undo.at > noticed.at
            });
            leads && event.moved.is_some() && event.after() == noticed.after() && stood
        };
        matches!(noticed.what, What::External { .. }) && self.of(noticed.note).any(|event| tells(&event))
    }

    pub fn is_suspended(&self, note: NoteId) -> bool {
        let kept = self.of(note).filter(|(id, _)| !self.is_undone(*id));
        kept.filter(|(_, event)| matches!(event.what, What::Suspend | What::Resume))
            .last()
            .is_some_and(|(_, event)| event.what == What::Suspend)
    }

    pub fn is_aside(&self, note: NoteId, today: NaiveDate) -> bool {
        let is_buried =
            |(id, event): (EventId, &Event)| event.what == What::Bury && event.day == today && !self.is_undone(id);
        self.is_suspended(note) || self.of(note).any(is_buried)
    }

    /// Whether the note was aside at the end of `day`. What is done later changes nothing of it.
    pub fn was_aside(&self, note: NoteId, day: NaiveDate) -> bool {
        let is_about = |event: &Event| matches!(event.what, What::Suspend | What::Resume | What::Bury);
        if !self.of(note).any(|(_, event)| is_about(event)) {
            return false;
        }
        let until: Vec<_> = self.of(note).filter(|(_, event)| event.day <= day).collect();
        let is_back = |id: EventId| until.iter().any(|(_, event)| event.what == What::Undo { of: id });
        let kept = || until.iter().filter(|(id, _)| !is_back(*id)).map(|(_, event)| event);
        let last = kept().rfind(|event| matches!(event.what, What::Suspend | What::Resume));
        last.is_some_and(|event| event.what == What::Suspend)
            || kept().any(|event| event.what == What::Bury && event.day == day)
    }
}
