//! What holds of every log: whatever the order, the copies and the damage.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Days, NaiveDate};
use proptest::prelude::*;
use study::clock::Now;
use study::item::{ItemId, NotePath};
use study::log::{Change, Event, EventId, Kind, Log, Transition, Undo, What, merge};
use study::note::{Fingerprint, Was, edit};
use study::schedule::{Algorithm, Grade, Scheduled};
use study::undo::{restored, skip_of, undo_of};

fn now(minute: i64) -> Now {
    let start = DateTime::parse_from_rfc3339("2026-01-15T06:00:00+01:00").unwrap();
    let instant = start + chrono::TimeDelta::minutes(minute);
    Now { instant, today: instant.date_naive() }
}

fn item(path: &str) -> ItemId {
    ItemId::of_note(NotePath::new(path))
}

fn undoes(change: &Change) -> Option<EventId> {
    if let What::Undo { of, .. } = change.what { Some(of) } else { None }
}

fn skips(change: &Change) -> Option<EventId> {
    if let What::Skip { of } = change.what { Some(of) } else { None }
}

fn grade() -> impl Strategy<Value = Grade> {
    prop::sample::select(Grade::ALL.to_vec())
}

/// A schedule such as reviews lead to.
fn scheduled() -> impl Strategy<Value = Scheduled> {
    (0..400_u64, grade(), grade()).prop_map(|(day, first, second)| {
        let today = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap() + Days::new(day);
        let algorithm = Algorithm::default();
        let start = algorithm.start(algorithm.sm2().base_ease);
        let one = algorithm.outcomes(&start, today, None).of(first).after;
        algorithm.outcomes(&algorithm.resume(one), one.due, None).of(second).after
    })
}

fn event() -> impl Strategy<Value = Event> {
    let text = "[a-z \"\\\\\n\u{e9}\u{1f600}]{0,8}";
    let values = (prop::option::of(scheduled()), prop::option::of(scheduled()), grade());
    let small = (0..600_i64, 0..4_u8, 0..3_u8, 0..2_u64, prop::option::of(0..90_000_u32), any::<bool>());
    let known = (prop::option::of("[a-z0-9]{1,4}"), prop::option::of(text));
    (0..14_u8, values, small, text, known).prop_map(
        |(kind, (before, after, grade), (minute, note, device, seq, ms, certain), text, (sr_id, print))| {
            let path = ["a.md", "b/c.md", "日本.md", "q\"uote\\.md"][usize::from(note)];
            let moved = Transition { before, after };
            let some_moved = certain.then_some(moved);
            let of = EventId::of(&[text.as_bytes()]);
            let was = Was { block: certain, due: Some(text.clone()), interval: None, ease: Some("250".into()) };
            let values = Undo::Values(was);
            let block = Undo::Block { before: text.clone(), after: String::new() };
            let line = Undo::Line { number: seq, before: String::new(), after: text };
            let what = match kind {
                0 => What::Review { grade, ms, moved, undo: values },
                1 => What::External { grade: certain.then_some(grade), moved },
                2 => What::Undo { of, moved: some_moved },
                3 => What::Skip { of },
                4 => What::Fix { moved, undo: block },
                5 => What::Rebuild { moved, undo: values },
                6 => What::Reset { moved, undo: block },
                7 => What::Reschedule { moved, undo: values },
                8 => What::Suspend,
                9 => What::Resume,
                10 => What::Bury,
                11 => What::Add { moved: some_moved, undo: block },
                12 => What::Tick { undo: line },
                _ => What::Incomplete { kind: Kind::Review, grade: None, ms, moved: some_moved },
            };
            let print = print.and_then(|text| Fingerprint::of(text.as_bytes()));
            let change = Change::new(what, item(path), &now(minute)).known_by(sr_id, print);
            change.seal(["desk", "phone", "büro 2"][usize::from(device)], seq)
        },
    )
}

/// Which other events one names, by their numbers.
fn links() -> impl Strategy<Value = (Option<usize>, u8)> {
    (prop::option::of(0..30_usize), 0..3_u8)
}

/// Events that name others, in circles too.
fn linked(events: Vec<(Event, (Option<usize>, u8))>) -> Vec<Event> {
    let id = |number: usize| EventId::of(&[&number.to_le_bytes()]);
    let link = |(number, (event, (other, how))): (usize, (Event, (Option<usize>, u8)))| {
        let other = other.map(id);
        let mut change = Change { fixed_id: Some(id(number)), ..event.change };
        match how {
            0 => change.follows = other,
            1 => change.what = other.map_or(What::Suspend, |of| What::Undo { of, moved: None }),
            _ => change.what = other.map_or(What::Bury, |of| What::Skip { of }),
        }
        change.seal(&event.device, event.seq)
    };
    events.into_iter().enumerate().map(link).collect()
}

fn bytes(events: &[Event]) -> Vec<u8> {
    events.iter().map(Event::line).collect::<String>().into_bytes()
}

const DEVICES: [&str; 3] = ["desk", "phone", "tablet"];
const NOTES: [&str; 4] = ["a.md", "b.md", "c.md", "d/e.md"];

/// Something that somebody does, on one of three devices that all know of everything done before.
#[derive(Clone, Debug)]
enum Act {
    /// A grade in a note, alone or together with the next note.
    Grade { note: usize, grade: Grade, both: bool },
    /// The last thing of this device is taken back.
    Undo,
    /// A note is taken out of the queue or put back.
    Turn { note: usize },
    /// Somebody changes the schedule by hand.
    Touch { note: usize },
}

/// What is done, where, and how far the clock of that device then goes back, in minutes.
fn acts() -> impl Strategy<Value = Vec<(usize, Act, i64)>> {
    let note = 0..NOTES.len();
    let act = prop_oneof![
        6 => (note.clone(), grade(), any::<bool>()).prop_map(|(note, grade, both)| Act::Grade { note, grade, both }),
        2 => Just(Act::Undo),
        2 => note.clone().prop_map(|note| Act::Turn { note }),
        1 => note.prop_map(|note| Act::Touch { note }),
    ];
    let back = prop_oneof![8 => Just(0), 1 => 1..60_i64, 1 => 60..100_000_i64];
    prop::collection::vec((0..DEVICES.len(), act, back), 1..24)
}

/// A vault and its log, as three devices with wrong clocks make it.
struct World {
    /// How many minutes each clock is ahead.
    ahead: [i64; 3],
    minute: i64,
    lengths: [u64; 3],
    /// In the order in which they really happened.
    events: Vec<Event>,
    texts: BTreeMap<&'static str, String>,
    touched: BTreeSet<&'static str>,
}

impl World {
    fn new(ahead: [i64; 3]) -> Self {
        let text = "---\nsr-due: 2026-01-01\nsr-interval: 4\nsr-ease: 250\n---\nText\n";
        let texts = NOTES.map(|note| (note, format!("{text}{note}"))).into();
        Self { ahead, minute: 0, lengths: [0; 3], events: Vec::new(), texts, touched: BTreeSet::new() }
    }

    fn now(&self, device: usize) -> Now {
        // What is due on which day is none of the clock's business here.
        Now { today: "2026-01-15".parse().unwrap(), ..now(self.minute + self.ahead[device]) }
    }

    fn log(&self) -> Log {
        merge(&[("x.jsonl", &bytes(&self.events))]).0
    }

    fn write(&mut self, device: usize, change: Change) {
        let event = change.seal(DEVICES[device], self.lengths[device]);
        self.lengths[device] += event.line().len() as u64;
        self.events.push(event);
    }

    fn grade(&mut self, device: usize, note: &'static str, grade: Grade, batch: Option<EventId>) {
        let text = &self.texts[note];
        let study::note::State::Scheduled(before) = study::note::schedule::read(text.as_bytes()).state else {
            panic!()
        };
        // No schedule comes twice, so that it is known where each event starts.
        let algorithm = Algorithm::default();
        let memory = algorithm.resume(before);
        let mut after = algorithm.outcomes(&memory, self.now(device).today, None).of(grade).after;
        after.interval = study::schedule::Interval::new((self.events.len() + 1) as f64).unwrap();
        let edit = edit::set(text, &after).unwrap();
        self.texts.insert(note, edit.text);
        let now = self.now(device);
        let review = Change::review(item(note), &now, grade, None, Some(before), after, edit.was);
        let follows = self.log().last_elsewhere(&item(note), DEVICES[device]);
        self.write(device, Change { batch, follows, ..review });
    }

    /// Takes a step back as far as its notes let it. Says whether there was one.
    fn undo(&mut self, device: usize) -> bool {
        let log = self.log();
        let steps = log.undoable(1, Some(DEVICES[device]));
        let Some(step) = steps.first() else { return false };
        for id in step.entries.iter().map(|entry| entry.id) {
            let event = self.events.iter().find(|event| event.id == id).unwrap().clone();
            let (note, now) = (
                *NOTES.iter().find(|note| item(note) == *event.change.subject.id().unwrap()).unwrap(),
                self.now(device),
            );
            match restored(&self.texts[note], &event) {
                Ok(text) => {
                    self.texts.insert(note, text);
                    let follows = self.log().last_elsewhere(&item(note), DEVICES[device]);
                    self.write(device, Change { follows, ..undo_of(&event, &now) });
                }
                Err(_) => self.write(device, skip_of(event.id, &event.change.subject, &now)),
            }
        }
        true
    }

    fn act(&mut self, device: usize, act: &Act) {
        match act {
            Act::Grade { note, grade, both } => {
                let batch = both.then(|| EventId::of(&[&self.events.len().to_le_bytes()]));
                self.grade(device, NOTES[*note], *grade, batch);
                if *both {
                    self.grade(device, NOTES[(note + 1) % NOTES.len()], *grade, batch);
                }
            }
            Act::Undo => _ = self.undo(device),
            Act::Turn { note } => {
                let (log, now) = (self.log(), self.now(device));
                let what = if log.is_suspended(&item(NOTES[*note])) { What::Resume } else { What::Suspend };
                let follows = log.followed(&item(NOTES[*note]), now.instant);
                self.write(device, Change { follows, ..Change::new(what, item(NOTES[*note]), &now) });
            }
            Act::Touch { note } => {
                let text = &self.texts[NOTES[*note]];
                let touched = text.replacen("sr-ease: ", "sr-ease: 1", 1);
                if let study::note::State::Scheduled(_) = study::note::schedule::read(touched.as_bytes()).state {
                    self.texts.insert(NOTES[*note], touched);
                    self.touched.insert(NOTES[*note]);
                }
            }
        }
    }

    fn of(ahead: [i64; 3], acts: &[(usize, Act, i64)]) -> Self {
        let mut world = Self::new(ahead);
        for (device, act, back) in acts {
            world.minute += 1;
            world.ahead[*device] -= back;
            world.act(*device, act);
        }
        world
    }
}

/// What a log says, apart from where its lines stand.
fn told(log: &Log) -> Vec<(EventId, String, String, bool)> {
    let all = log.entries().iter();
    all.map(|e| (e.id, log.note(e).into(), log.device(e).into(), e.counts())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_line_reads_back(event in event()) {
        let line = event.line();
        prop_assert_eq!(line.matches('\n').count(), 1);
        prop_assert_eq!(Event::parse(line.as_bytes()), Ok(event));
    }

    #[test]
    fn merging_is_free_of_order_and_of_copies(
        (events, other) in prop::collection::vec(event(), 0..30)
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        cut in 0..30_usize,
        copied in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let (plain, problems) = merge(&[("a.jsonl", &bytes(&events))]);
        prop_assert!(problems.is_empty());
        let (left, right) = other.split_at(cut.min(other.len()));
        let copies: Vec<Event> =
            copied.iter().filter(|_| !events.is_empty()).map(|index| index.get(&events).clone()).collect();
        let files = [bytes(left), bytes(right), bytes(&copies)];
        let one = [("x.jsonl", &files[0][..]), ("y.jsonl", &files[1][..]), ("y.sync-conflict-1.jsonl", &files[2][..])];
        let two = [one[2], one[0], one[1]];
        let ((first, _), (second, _)) = (merge(&one), merge(&two));
        prop_assert_eq!(told(&first), told(&plain));
        prop_assert_eq!(&first, &second);
        let names: BTreeSet<EventId> = first.entries().iter().map(|e| e.id).collect();
        prop_assert_eq!(names.len(), first.entries().len());
    }

    #[test]
    fn no_bytes_stop_a_log(noise in prop::collection::vec(any::<u8>(), 0..400), events in prop::collection::vec(event(), 0..4)) {
        let mut file = noise;
        file.push(b'\n');
        file.extend(bytes(&events));
        let (log, _) = merge(&[("a.jsonl", &file)]);
        let names: BTreeSet<EventId> = events.iter().map(|e| e.id).collect();
        prop_assert_eq!(log.entries().len(), names.len());
    }

    #[test]
    fn json_of_any_shape_stops_no_log(
        event in event(),
        key in "(v|kind|id|at|day|device|seq|note|grade|ms|before|after|was|batch|undoes)",
        value in prop::sample::select(vec!["null", "1e999", "-1", "\"\"", "[[]]", "{}", "\"2026-02-30\"", "99999999999999999999"]),
    ) {
        let line = event.line();
        let mut json: serde_json::Value = serde_json::from_str(&line).unwrap();
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(value) {
            json[key] = value;
        }
        let text = json.to_string();
        let (log, problems) = merge(&[("a.jsonl", text.as_bytes())]);
        prop_assert_eq!(log.entries().len() + problems.len(), 1);
        let _ = Event::parse(text.as_bytes());
    }

    #[test]
    fn a_torn_tail_costs_its_line_alone(events in prop::collection::vec(event(), 1..8), cut in 1..200_usize) {
        let file = bytes(&events);
        let kept = file.len() - cut.min(events.last().map_or(1, |e| e.line().len()));
        let (log, problems) = merge(&[("a.jsonl", &file[..kept])]);
        prop_assert!(problems.len() <= 1);
        for event in &events[..events.len() - 1] {
            prop_assert!(log.find(event.id).is_some());
        }
    }

    #[test]
    fn undo_steps_back_through_all_that_was_done_and_restores_every_byte(
        grades in prop::collection::vec((grade(), 0..4_u32), 1..8),
        text in prop::sample::select(vec![
            "no frontmatter\n",
            "---\ntitle: x\n---\n",
            "---\r\nsr-due: \"2026-01-01\"\r\nsr-interval: 4 # days\r\nsr-ease: 250\r\ntags: [a]\r\n---\r\nText",
            "---\nsr-due:\nsr-interval:\nsr-ease:\n---\n",
        ]),
    ) {
        let algorithm = Algorithm::default();
        let note = item("a.md");
        let mut texts = vec![text.to_owned()];
        let mut events = Vec::new();
        let mut before: Option<Scheduled> = match study::note::schedule::read(text.as_bytes()).state {
            study::note::State::Scheduled(scheduled) => Some(scheduled),
            _ => None,
        };
        let mut minute = 0;
        for (step, (grade, later)) in grades.iter().enumerate() {
            minute += 1 + 1440 * i64::from(*later);
            let now = now(minute);
            let start = algorithm.start(algorithm.sm2().base_ease);
            let from = before.map_or(start, |before| algorithm.resume(before));
            let after = algorithm.outcomes(&from, now.today, None).of(*grade).after;
            let edit = edit::set(texts.last().unwrap(), &after).unwrap();
            events.push(Change::review(note.clone(), &now, *grade, None, before, after, edit.was).seal("desk", step as u64));
            texts.push(edit.text);
            before = Some(after);
        }
        for undone in 0..grades.len() {
            let (log, _) = merge(&[("desk.jsonl", &bytes(&events))]);
            let steps = log.undoable(1, Some("desk"));
            prop_assert_eq!(steps.len(), 1);
            let id = steps[0].entries[0].id;
            let event = events.iter().find(|event| event.id == id).unwrap();
            let back = restored(texts.last().unwrap(), event).unwrap();
            texts.pop();
            prop_assert_eq!(&back, texts.last().unwrap());
            prop_assert_eq!(log.reviews().count(), grades.len() - undone);
            let undo = undo_of(event, &now(100_000 + undone as i64)).seal("desk", 1000 + undone as u64);
            events.push(undo);
        }
        let (log, _) = merge(&[("desk.jsonl", &bytes(&events))]);
        prop_assert_eq!(log.reviews().count(), 0);
        prop_assert!(log.undoable(9, None).is_empty());
        let start = study::note::schedule::read(text.as_bytes()).state;
        let left = log.last_schedule(&item("a.md")).flatten();
        prop_assert_eq!(left.map(study::note::State::Scheduled).unwrap_or(start), start);
    }

    #[test]
    fn every_device_keeps_its_order_and_nothing_comes_before_what_it_starts_from(
        ahead in prop::array::uniform3(-3_000..3_000_i64), acts in acts(),
    ) {
        let world = World::of(ahead, &acts);
        let log = world.log();
        let place: HashMap<EventId, usize> = log.entries().iter().enumerate().map(|(at, e)| (e.id, at)).collect();
        prop_assert_eq!(place.len(), world.events.len());
        for device in DEVICES {
            let own = world.events.iter().filter(|event| event.device == device).map(|event| place[&event.id]);
            prop_assert!(own.is_sorted(), "{}", device);
        }
        let mut last = BTreeMap::new();
        let mut suspended = BTreeMap::new();
        let find = |id| world.events.iter().find(|event| event.id == id).unwrap();
        for (at, event) in world.events.iter().enumerate() {
            let (change, here) = (&event.change, place[&event.id]);
            for named in [undoes(change), skips(change), change.follows].into_iter().flatten() {
                prop_assert!(place[&named] < here);
            }
            if let Some(moved) = change.what.moved() {
                let same = |other: &&Event| other.change.note() == change.note() && other.change.what.moved().is_some();
                let leads = |other: &&Event| other.change.what.moved().is_some_and(|there| there.after == moved.before);
                let starts = |other: &&Event| other.change.what.moved().is_some_and(|there| there.before == moved.before);
                let mut causes = world.events[..at].iter().filter(same).filter(leads).peekable();
                // What a note was like before the log knew of it, it can be like again.
                let first = world.events.iter().filter(same).find(|other| starts(other) || leads(other)).unwrap();
                if leads(&first) && causes.peek().is_some() {
                    prop_assert!(causes.any(|cause| place[&cause.id] < here), "{:?}", event);
                }
                last.insert(change.note().unwrap().as_str(), moved.after);
            }
            match (change.kind(), undoes(change).map(|id| find(id).change.kind())) {
                (Kind::Suspend, _) => _ = suspended.insert(change.note().unwrap().as_str(), true),
                (Kind::Resume, _) => _ = suspended.insert(change.note().unwrap().as_str(), false),
                _ => {}
            }
        }
        let is_turn_undone = world.events.iter().any(|event| {
            undoes(&event.change).is_some_and(|id| matches!(find(id).change.kind(), Kind::Suspend | Kind::Resume))
        });
        for note in NOTES {
            if !world.touched.contains(note) {
                prop_assert_eq!(log.last_schedule(&item(note)), last.get(note).copied(), "{}", note);
            }
            if !is_turn_undone {
                prop_assert_eq!(log.is_suspended(&item(note)), suspended.get(note).copied().unwrap_or(false), "{}", note);
            }
        }
    }

    #[test]
    fn undo_until_nothing_is_left_brings_every_note_back_that_nobody_else_touched(
        ahead in prop::array::uniform3(-3_000..3_000_i64), acts in acts(),
    ) {
        let start = World::new(ahead).texts;
        let mut world = World::of(ahead, &acts);
        let mut writers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for event in &world.events {
            writers.entry(event.change.subject.to_string()).or_default().insert(event.device.clone());
        }
        for (device, name) in DEVICES.iter().enumerate() {
            let mut steps = 0;
            while world.undo(device) {
                steps += 1;
                prop_assert!(steps <= 2 * acts.len(), "undo goes on for ever");
            }
            prop_assert!(world.log().undoable(9, Some(name)).is_empty());
        }
        let is_alone = |note: &str| !world.touched.contains(note) && writers.get(note).is_none_or(|by| by.len() == 1);
        for note in NOTES.into_iter().filter(|note| is_alone(note)) {
            prop_assert_eq!(&world.texts[note], &start[note], "{}", note);
        }
    }

    #[test]
    fn a_made_up_log_has_one_order_whatever_its_lines_say(
        (events, other) in prop::collection::vec((event(), links()), 0..30).prop_map(linked)
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        cut in 0..30_usize,
    ) {
        let (plain, problems) = merge(&[("a.jsonl", &bytes(&events))]);
        prop_assert!(problems.is_empty());
        prop_assert_eq!(plain.entries().len(), events.len());
        let (left, right) = other.split_at(cut.min(other.len()));
        let (again, _) = merge(&[("y.jsonl", &bytes(right)), ("x.jsonl", &bytes(left)), ("z.jsonl", &bytes(right))]);
        prop_assert_eq!(told(&again), told(&plain));
    }

    #[test]
    fn a_file_that_began_anew_and_copies_of_it_keep_their_order(
        lengths in prop::collection::vec(0..4_usize, 2..6), back in 0..50_i64, fork in 0..6_usize,
    ) {
        // The device's file, begun anew once, and a copy of the second that went on apart. The clocks are right but for
        // one moment within a file.
        let mut minute = 0;
        let mut file = |count: usize, mut length: u64, name: &str| -> Vec<Event> {
            let write = |at: usize| {
                minute += 10;
                let note = item(&format!("{name}{}.md", "x".repeat(lengths[at % lengths.len()])));
                // The clock goes back after the third.
                let clock = if at == 3 { minute - back } else { minute };
                let event = Change::new(What::Bury, note, &now(clock)).seal("desk", length);
                length += event.line().len() as u64;
                event
            };
            (0..count).map(write).collect()
        };
        let first = file(5, 0, "first");
        let second = file(6, 0, "second");
        let shared = &second[..fork.min(second.len())];
        let apart = file(3, shared.iter().map(|event| event.line().len() as u64).sum(), "apart");
        let copy = [shared, &apart].concat();
        let (log, _) = merge(&[
            ("desk.jsonl", &bytes(&second)),
            ("desk.old.jsonl", &bytes(&first)),
            ("desk.sync-conflict-1.jsonl", &bytes(&copy)),
        ]);
        let place: HashMap<EventId, usize> = log.entries().iter().enumerate().map(|(at, e)| (e.id, at)).collect();
        for file in [&first, &second, &copy] {
            prop_assert!(file.iter().map(|event| place[&event.id]).is_sorted());
        }
    }
}
