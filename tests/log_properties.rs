//! What holds of every log: whatever the order, the copies and the damage.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate};
use proptest::prelude::*;
use study::clock::Now;
use study::log::{Change, Event, EventId, Kind, Log, Transition, merge};
use study::note::{NotePath, edit};
use study::schedule::{Algorithm, Grade, Scheduled};
use study::undo::{restored, undo_of};

fn now(minute: i64) -> Now {
    let start = DateTime::parse_from_rfc3339("2026-01-15T06:00:00+01:00").unwrap();
    let instant = start + chrono::TimeDelta::minutes(minute);
    Now { instant, today: instant.date_naive() }
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
    let kind = prop::sample::select(vec![
        Kind::Review,
        Kind::External,
        Kind::Reset,
        Kind::Reschedule,
        Kind::Suspend,
        Kind::Bury,
        Kind::Tick,
    ]);
    let text = prop::option::of("[a-z \"\\\\\n\u{e9}\u{1f600}]{0,8}");
    let values = (prop::option::of(scheduled()), prop::option::of(scheduled()), prop::option::of(grade()));
    let small = (0..600_i64, 0..4_u8, 0..3_u8, 0..2_u64, prop::option::of(0..90_000_u32), any::<bool>());
    (kind, values, small, text).prop_map(
        |(kind, (before, after, grade), (minute, note, device, seq, ms, moves), text)| {
            let path = ["a.md", "b/c.md", "日本.md", "q\"uote\\.md"][usize::from(note)];
            let mut change = Change::new(kind, NotePath::new(path), &now(minute));
            change.grade = grade;
            change.ms = ms;
            change.schedule = moves.then_some(Transition { before, after });
            change.line_before = text.clone();
            change.line_after = text;
            change.seal(["desk", "phone", "büro 2"][usize::from(device)], seq)
        },
    )
}

fn bytes(events: &[Event]) -> Vec<u8> {
    events.iter().map(Event::line).collect::<String>().into_bytes()
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
        let note = NotePath::new("a.md");
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
            events.push(Change::review(note.clone(), &now, *grade, before, after, edit.was).seal("desk", step as u64));
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
        let left = log.last_schedule("a.md").flatten();
        prop_assert_eq!(left.map(study::note::State::Scheduled).unwrap_or(start), start);
    }
}
