use chrono::{DateTime, Duration};
use proptest::prelude::*;

use crate::clock::Now;
use crate::item::{ItemId, NotePath};
use crate::log::{Change, Event, EventId, Kind, Log, Transition, What, merge};
use crate::note::Was;
use crate::schedule::{Ease, Grade, Interval, Scheduled};

fn item(path: &str) -> ItemId {
    ItemId::of_note(NotePath::new(path))
}

fn now(minute: i64) -> Now {
    let start = DateTime::parse_from_rfc3339("2026-01-15T08:00:00+01:00").unwrap();
    Now { instant: start + Duration::minutes(minute), today: "2026-01-15".parse().unwrap() }
}

/// A schedule of its own for each number.
fn scheduled(number: u32) -> Scheduled {
    Scheduled {
        due: "2026-01-20".parse().unwrap(),
        interval: Interval::new(f64::from(number)).unwrap(),
        ease: Ease::new(250.0).unwrap(),
    }
}

/// Devices that write one after the other, with clocks that may be wrong.
#[derive(Default)]
struct World {
    events: Vec<Event>,
    seq: u64,
    minute: i64,
}

impl World {
    fn write(&mut self, device: &str, change: Change) -> EventId {
        self.seq += 1000;
        let event = change.seal(device, self.seq);
        let id = event.id;
        self.events.push(event);
        id
    }

    fn now(&mut self) -> Now {
        self.minute += 1;
        now(self.minute)
    }

    fn review(&mut self, path: &str, before: Option<u32>, after: u32) -> EventId {
        let now = self.now();
        let (before, after) = (before.map(scheduled), scheduled(after));
        let change = Change::review(item(path), &now, Grade::Good, None, before, after, Was::default());
        self.write("desk", change)
    }

    fn review_with_id(&mut self, path: &str, sr_id: &str, before: Option<u32>, after: u32) -> EventId {
        let now = self.now();
        let (before, after) = (before.map(scheduled), scheduled(after));
        let change = Change::review(item(path), &now, Grade::Good, None, before, after, Was::default());
        self.write("desk", change.known_by(Some(sr_id.into()), None))
    }

    /// A note moves; its last event is `follows`.
    fn moved(&mut self, device: &str, from: &str, to: &str, follows: EventId) -> EventId {
        let now = self.now();
        let what = What::Move { from: NotePath::new(from) };
        let name = follows.to_string();
        let fixed_id = Some(EventId::of(&[from.as_bytes(), to.as_bytes(), name.as_bytes()]));
        self.write(device, Change { follows: Some(follows), fixed_id, ..Change::new(what, item(to), &now) })
    }

    fn suspend(&mut self, device: &str, path: &str, follows: Option<EventId>) -> EventId {
        let now = self.now();
        self.write(device, Change { follows, ..Change::new(What::Suspend, item(path), &now) })
    }

    fn log(&self) -> Log {
        log(&self.events)
    }
}

fn log(events: &[Event]) -> Log {
    let text: String = events.iter().map(Event::line).collect();
    let (log, problems) = merge(&[("desk.jsonl", text.as_bytes())]);
    assert_eq!(problems, []);
    log
}

fn of(log: &Log, path: &str) -> Vec<EventId> {
    log.of(&item(path)).map(|entry| entry.id).collect()
}

#[test]
fn a_note_takes_its_events_along_and_leaves_the_path_to_the_next() {
    let mut world = World::default();
    let first = world.review("a.md", None, 1);
    let to_b = world.moved("desk", "a.md", "b.md", first);
    let second = world.review("b.md", Some(1), 2);
    let to_c = world.moved("desk", "b.md", "c.md", second);
    let log = world.log();
    assert_eq!(of(&log, "c.md"), [first, to_b, second, to_c]);
    assert_eq!((of(&log, "a.md").len(), of(&log, "b.md").len()), (0, 0));
    assert_eq!(log.last_schedule(&item("c.md")), Some(Some(scheduled(2))));
    assert_eq!(log.last_move(&item("a.md")), Some(to_b));
    assert_eq!(log.origin(&item("c.md")), ("a.md", None));
    // A new note, whose first review names the move.
    let other = world.review("a.md", None, 1);
    let log = world.log();
    assert_eq!((of(&log, "a.md"), of(&log, "c.md").len()), (vec![other], 4));
    assert_eq!(log.origin(&item("a.md")), ("a.md", Some(other)));
}

#[test]
fn notes_that_change_places_keep_their_events() {
    let mut world = World::default();
    // The same schedules: nothing but the moves tells them apart.
    let a = world.review("a.md", None, 1);
    let b = world.review("b.md", None, 1);
    for (here, there) in [("a.md", "b.md"), ("b.md", "a.md"), ("a.md", "b.md")] {
        let last = |log: &Log, path: &str| log.of(&item(path)).next_back().unwrap().id;
        let log = world.log();
        let (of_a, of_b) = (last(&log, here), last(&log, there));
        world.moved("desk", here, there, of_a);
        world.moved("desk", there, here, of_b);
    }
    let log = world.log();
    assert_eq!((of(&log, "b.md")[0], of(&log, "a.md")[0]), (a, b));
    assert_eq!((of(&log, "b.md").len(), of(&log, "a.md").len()), (4, 4));
}

#[test]
fn a_note_whose_path_another_takes_is_gone_and_its_reviews_still_count() {
    let mut world = World::default();
    let a = world.review("a.md", None, 1);
    let b = world.review("b.md", None, 2);
    let moved = world.moved("desk", "b.md", "a.md", b);
    let log = world.log();
    assert_eq!(of(&log, "a.md"), [b, moved]);
    assert_eq!(of(&log, "b.md"), []);
    assert_eq!(log.reviews().map(|entry| entry.id).collect::<Vec<_>>(), [a, b]);
    assert_eq!(log.note(log.find(a).unwrap()), "a.md");
    assert_eq!(log.of_number(log.note_number(log.find(a).unwrap())).count(), 1);
}

#[test]
fn a_device_that_had_not_heard_of_the_move_writes_about_the_moved_note() {
    let mut world = World::default();
    let first = world.review("a.md", None, 1);
    let moved = world.moved("desk", "a.md", "b.md", first);
    let late = world.review("a.md", Some(1), 2);
    let aside = world.suspend("phone", "a.md", None);
    let log = world.log();
    assert_eq!(of(&log, "b.md"), [first, moved, late, aside]);
    assert!(log.is_suspended(&item("b.md")) && !log.is_suspended(&item("a.md")));
    // Who names the move has heard of it.
    let new = world.suspend("phone", "a.md", Some(moved));
    let after = world.review("a.md", Some(2), 3);
    let log = world.log();
    assert_eq!(of(&log, "a.md"), [new]);
    assert_eq!(of(&log, "b.md"), [first, moved, late, aside, after]);
}

#[test]
fn a_move_that_is_told_of_twice_is_one() {
    let mut world = World::default();
    let first = world.review("a.md", None, 1);
    let second = world.review("a.md", Some(1), 2);
    let moved = world.moved("desk", "a.md", "b.md", second);
    let on = world.moved("desk", "b.md", "c.md", moved);
    // The phone knew of the first review alone.
    let again = world.moved("phone", "a.md", "b.md", first);
    let log = world.log();
    assert_eq!(of(&log, "c.md"), [first, second, moved, on, again]);
    assert_eq!(of(&log, "b.md"), []);
}

#[test]
fn what_is_taken_back_is_of_the_note_it_was_done_with() {
    let mut world = World::default();
    let first = world.review("a.md", None, 1);
    let moved = world.moved("desk", "a.md", "b.md", first);
    let now = world.now();
    let back = Some(Transition { before: Some(scheduled(1)), after: None });
    let undo = Change::new(What::Undo { of: first, moved: back }, item("b.md"), &now);
    let undo = world.write("desk", undo);
    let log = world.log();
    assert_eq!(of(&log, "b.md"), [first, moved, undo]);
    assert_eq!(log.reviews().count(), 0);
}

#[test]
fn the_sr_id_needs_no_move() {
    let mut world = World::default();
    let a = world.review_with_id("a.md", "A", None, 1);
    let b = world.review_with_id("b.md", "B", None, 2);
    // They changed places.
    let a2 = world.review_with_id("b.md", "A", Some(1), 3);
    let b2 = world.review_with_id("a.md", "B", Some(2), 4);
    let log = world.log();
    assert_eq!((of(&log, "a.md"), of(&log, "b.md")), (vec![b, b2], vec![a, a2]));
    assert_eq!(log.of_sr_id("A"), log.number_of(&item("b.md")));
    assert_eq!(log.of_sr_id("C"), None);
}

#[test]
fn a_copy_that_was_told_apart_stays_so() {
    let mut world = World::default();
    let a = world.review_with_id("a.md", "A", None, 1);
    let copy = world.review("copy.md", Some(1), 2);
    let by_another_program = world.review_with_id("copy.md", "A", Some(2), 3);
    let log = world.log();
    assert_eq!((of(&log, "a.md"), of(&log, "copy.md")), (vec![a], vec![copy, by_another_program]));
}

#[test]
fn another_note_at_the_path_begins_anew() {
    let mut world = World::default();
    let a = world.review_with_id("a.md", "A", None, 1);
    let place = world.moved("desk", "a.md", "a.md", a);
    let log = world.log();
    assert_eq!(of(&log, "a.md"), [place]);
    assert_eq!(log.find(a).map(|entry| log.of_number(log.note_number(entry)).count()), Some(1));
    assert_eq!(log.reviews().count(), 1);
}

#[test]
fn logs_without_moves_are_as_they_were() {
    let mut world = World::default();
    let a = world.review("a.md", None, 1);
    let b = world.suspend("phone", "b.md", None);
    let log = world.log();
    assert_eq!((of(&log, "a.md"), of(&log, "b.md"), log.note_count()), (vec![a], vec![b], 2));
}

#[derive(Clone, Debug)]
enum Act {
    Review(usize),
    Suspend(usize),
    Move(usize, usize),
    Swap(usize, usize),
    New(usize),
}

fn acts() -> impl Strategy<Value = Vec<(Act, usize, i64)>> {
    let note = || 0..4_usize;
    let act = prop_oneof![
        4 => note().prop_map(Act::Review),
        1 => note().prop_map(Act::Suspend),
        3 => (note(), 0..6_usize).prop_map(|(note, path)| Act::Move(note, path)),
        2 => (note(), note()).prop_map(|(a, b)| Act::Swap(a, b)),
        1 => (0..6_usize).prop_map(Act::New),
    ];
    // How far the clock of the device goes back.
    let back = prop_oneof![6 => Just(0_i64), 1 => 1..2000_i64];
    prop::collection::vec((act, 0..2_usize, back), 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Two devices that know of everything, and whose clocks are wrong.
    #[test]
    fn every_event_stays_with_its_note(acts in acts()) {
        const PATHS: [&str; 6] = ["a.md", "b.md", "c.md", "d/e.md", "f.md", "g.md"];
        const DEVICES: [&str; 2] = ["desk", "phone"];
        struct Note { path: Option<usize>, events: Vec<EventId>, schedule: Option<Scheduled> }
        let mut notes: Vec<Note> =
            (0..4).map(|path| Note { path: Some(path), events: Vec::new(), schedule: None }).collect();
        let (mut events, mut seqs, mut slow): (Vec<Event>, [u64; 2], [i64; 2]) = (Vec::new(), [0; 2], [0; 2]);
        let mut minute = 0;
        let mut number = 0;
        // A move to a path that another note had names no event of that: then the clocks tell, and have to be right.
        let are_clocks_right = acts.iter().all(|(.., back)| *back == 0);
        for (act, device, back) in acts {
            minute += 3;
            slow[device] += back;
            let clock = now(minute - slow[device]);
            let log_of = log(&events);
            let name = DEVICES[device];
            let mut write = |note: &mut Note, change: Change| {
                let event = change.seal(name, seqs[device]);
                seqs[device] += event.line().len() as u64;
                note.events.push(event.id);
                events.push(event);
            };
            let moved = |note: &Note, to: usize| {
                let (from, to) = (PATHS[note.path.unwrap()], PATHS[to]);
                let last = log_of.of(&item(from)).next_back()?.id;
                let fixed_id = Some(EventId::of(&[from.as_bytes(), to.as_bytes(), last.to_string().as_bytes()]));
                let what = What::Move { from: NotePath::new(from) };
                Some(Change { follows: Some(last), fixed_id, ..Change::new(what, item(to), &clock) })
            };
            match act {
                Act::Review(at) | Act::Suspend(at) => {
                    let Some(note) = notes.get_mut(at) else { continue };
                    let Some(path) = note.path.map(|path| item(PATHS[path])) else { continue };
                    let change = if let Act::Review(_) = act {
                        number += 1;
                        let (before, after) = (note.schedule, scheduled(number));
                        note.schedule = Some(after);
                        let follows = log_of.last_elsewhere(&path, name);
                        let was = Was::default();
                        Change { follows, ..Change::review(path, &clock, Grade::Good, None, before, after, was) }
                    } else {
                        let follows = log_of.followed(&path, clock.instant);
                        Change { follows, ..Change::new(What::Suspend, path, &clock) }
                    };
                    write(note, change);
                }
                Act::Move(at, to) => {
                    let is_known = log_of.number_of(&item(PATHS[to])).is_some();
                    let is_taken = is_known || notes.iter().any(|note| note.path == Some(to));
                    if is_taken && !are_clocks_right {
                        continue;
                    }
                    // Whatever lay there is deleted.
                    if notes[at].path.is_none() || notes[at].path == Some(to) || notes[at].events.is_empty() {
                        continue;
                    }
                    notes.iter_mut().filter(|note| note.path == Some(to)).for_each(|note| note.path = None);
                    let change = moved(&notes[at], to);
                    notes[at].path = Some(to);
                    change.into_iter().for_each(|change| write(&mut notes[at], change));
                }
                Act::Swap(a, b) => {
                    let is_ready = |note: &Note| note.path.is_some() && !note.events.is_empty();
                    if a == b || !are_clocks_right || !is_ready(&notes[a]) || !is_ready(&notes[b]) {
                        continue;
                    }
                    let (of_a, of_b) = (notes[a].path, notes[b].path);
                    let changes = [moved(&notes[a], of_b.unwrap()), moved(&notes[b], of_a.unwrap())];
                    (notes[a].path, notes[b].path) = (of_b, of_a);
                    for (at, change) in [a, b].into_iter().zip(changes) {
                        change.into_iter().for_each(|change| write(&mut notes[at], change));
                    }
                }
                Act::New(path) => {
                    // A new note where none lies and the log knows of none.
                    let is_free = notes.iter().all(|note| note.path != Some(path));
                    let gone = notes.iter().position(|note| note.path.is_none());
                    if let Some(at) = gone.filter(|_| is_free && log_of.of(&item(PATHS[path])).next().is_none()) {
                        notes[at] = Note { path: Some(path), events: Vec::new(), schedule: None };
                    }
                }
            }
        }
        let log = log(&events);
        for note in notes.iter().filter(|note| note.path.is_some() && !note.events.is_empty()) {
            let mut expected = note.events.clone();
            let mut found = of(&log, PATHS[note.path.unwrap()]);
            expected.sort_unstable();
            found.sort_unstable();
            prop_assert_eq!(found, expected, "{}", PATHS[note.path.unwrap()]);
        }
        let reviews = events.iter().filter(|event| event.change.kind() == Kind::Review).count();
        prop_assert_eq!(log.reviews().count(), reviews);
        events.reverse();
        prop_assert_eq!(self::log(&events).entries().len(), log.entries().len());
    }
}
