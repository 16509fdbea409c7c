use super::*;
use crate::item::NotePath;
use crate::log::{Change, Event, Transition, What, merge};
use crate::schedule::{Ease, Grade, Interval};

fn scheduled(due: &str, interval: f64) -> Scheduled {
    Scheduled { due: due.parse().unwrap(), interval: Interval::new(interval).unwrap(), ease: Ease::new(250.0).unwrap() }
}

fn item(path: &str) -> ItemId {
    ItemId::of_note(NotePath::new(path))
}

/// An event of `note` at `minute` of one morning.
fn change(kind: Kind, note: &str, minute: u32) -> Change {
    let now = crate::clock::Now {
        instant: chrono::DateTime::parse_from_rfc3339(&format!("2026-01-15T08:{minute:02}:00+01:00")).unwrap(),
        today: "2026-01-15".parse().unwrap(),
    };
    let what = match kind {
        Kind::Suspend => What::Suspend,
        Kind::Resume => What::Resume,
        Kind::Bury => What::Bury,
        _ => What::Incomplete { kind, grade: None, ms: None, moved: None },
    };
    Change::new(what, item(note), &now)
}

/// An event of that kind that moves the schedule.
fn moving(kind: Kind, note: &str, minute: u32, before: Scheduled, after: Scheduled) -> Change {
    let moved = Some(Transition { before: Some(before), after: Some(after) });
    let what = What::Incomplete { kind, grade: Some(Grade::Good), ms: None, moved };
    Change { what, ..change(kind, note, minute) }
}

fn review(note: &str, minute: u32, before: Scheduled, after: Scheduled) -> Change {
    moving(Kind::Review, note, minute, before, after)
}

fn undo(event: &Event, minute: u32) -> Change {
    let moved = event.change.what.moved().map(|moved| Transition { before: moved.after, after: moved.before });
    let what = What::Undo { of: event.id, moved };
    Change { subject: event.change.subject.clone(), what, ..change(Kind::Undo, "", minute) }
}

fn log(events: &[&Event]) -> Log {
    let text: String = events.iter().map(|event| event.line()).collect();
    let (log, problems) = merge(&[("desk.jsonl", text.as_bytes())]);
    assert_eq!(problems, []);
    log
}

#[test]
fn what_was_taken_back_does_not_count_and_the_note_stands_where_it_stood() {
    let (x, y) = (scheduled("2026-01-10", 4.0), scheduled("2026-01-31", 16.0));
    let first = review("a.md", 1, x, y).seal("desk", 0);
    let second = review("b.md", 2, x, y).seal("desk", 1);
    let undone = undo(&second, 3).seal("desk", 2);
    let log = log(&[&undone, &second, &first]);
    assert_eq!(log.reviews().map(|e| e.id).collect::<Vec<_>>(), [first.id]);
    assert_eq!(log.last_schedule(&item("a.md")), Some(Some(y)));
    assert_eq!(log.last_schedule(&item("b.md")), Some(Some(x)));
    assert_eq!(log.last_schedule(&item("c.md")), None);
    assert_eq!(log.of(&item("b.md")).map(|e| e.id).collect::<Vec<_>>(), [second.id, undone.id]);
    assert_eq!(log.notes().collect::<Vec<_>>(), ["a.md", "b.md"]);
    let mut numbers = log.numbers();
    let asked = ["", "a.md", "a.md", "b.md", "c.md", "a.md", "b.md", "ab.md", "b.md"];
    assert_eq!(
        asked.map(|note| numbers.of(note)),
        [None, Some(0), Some(0), Some(1), None, Some(0), Some(1), None, Some(1)]
    );
}

#[test]
fn undo_goes_back_step_by_step_and_takes_a_bulk_operation_whole() {
    let (x, y) = (scheduled("2026-01-10", 4.0), scheduled("2026-01-31", 16.0));
    let batch = Some(EventId::of(&[b"batch"]));
    let a = review("a.md", 1, x, y).seal("desk", 0);
    let b = Change { batch, ..review("b.md", 2, x, y) }.seal("desk", 1);
    let c = Change { batch, ..review("c.md", 2, x, y) }.seal("desk", 2);
    let other = review("d.md", 3, x, y).seal("phone", 0);
    let outside = moving(Kind::External, "e.md", 4, x, y).seal("desk", 3);
    let f = review("f.md", 5, x, y).seal("desk", 4);
    let taken = undo(&f, 6).seal("desk", 5);
    let log = log(&[&a, &b, &c, &other, &outside, &f, &taken]);
    let steps = |count, device| -> Vec<Vec<EventId>> {
        log.undoable(count, device).iter().map(|s| s.entries.iter().map(|e| e.id).collect()).collect()
    };
    assert_eq!(steps(1, Some("desk")), [vec![c.id, b.id]]);
    assert_eq!(steps(9, Some("desk")), [vec![c.id, b.id], vec![a.id]]);
    assert_eq!(steps(9, None), [vec![other.id], vec![c.id, b.id], vec![a.id]]);
    assert_eq!(steps(0, None), Vec::<Vec<EventId>>::new());
}

#[test]
fn a_change_from_outside_that_another_device_had_logged_counts_once() {
    let (x, y) = (scheduled("2026-01-12", 4.0), scheduled("2026-01-31", 16.0));
    let theirs = review("a.md", 1, x, y).seal("phone", 0);
    let noticed = moving(Kind::External, "a.md", 2, x, y).seal("desk", 0);
    let alone = log(&[&noticed]);
    assert_eq!(alone.reviews().count(), 1);
    let both = log(&[&noticed, &theirs]);
    assert_eq!(both.reviews().map(|e| e.id).collect::<Vec<_>>(), [theirs.id]);
    assert!(both.entries().iter().any(|e| e.is_explained()));
}

#[test]
fn a_change_from_outside_goes_with_the_review_that_its_device_takes_back_later() {
    let (x, y) = (scheduled("2026-01-12", 4.0), scheduled("2026-01-31", 16.0));
    let theirs = review("a.md", 1, x, y).seal("phone", 0);
    let noticed = moving(Kind::External, "a.md", 2, x, y).seal("desk", 0);
    // It seems to begin from where this one leads.
    let taken = undo(&theirs, 3).seal("phone", 500);
    let log = log(&[&theirs, &noticed, &taken]);
    assert_eq!((log.reviews().count(), log.kept_schedule(&item("a.md"))), (0, None));
}

#[test]
fn of_many_changes_from_outside_those_are_explained_that_were_logged() {
    let x = scheduled("2026-01-12", 4.0);
    let after = |at: u32| scheduled("2026-01-31", f64::from(at));
    let events: Vec<Event> = (0..20_000)
        .map(|at| {
            let kind = if at % 4 == 0 { Kind::Review } else { Kind::External };
            moving(kind, "a.md", at % 60, x, after(at / 2)).seal("desk", u64::from(at))
        })
        .collect();
    let log = log(&events.iter().collect::<Vec<_>>());
    assert_eq!(log.entries().iter().filter(|entry| entry.is_explained()).count(), 5_000);
}

#[test]
fn going_back_to_a_change_from_outside_does_not_explain_it() {
    let (x, y, z) = (scheduled("2026-01-12", 4.0), scheduled("2026-01-31", 16.0), scheduled("2026-02-20", 40.0));
    let noticed = moving(Kind::External, "a.md", 1, x, y).seal("desk", 0);
    let next = review("a.md", 2, y, z).seal("desk", 1);
    let back = undo(&next, 3).seal("desk", 2);
    assert_eq!(log(&[&noticed, &next, &back]).reviews().map(|e| e.id).collect::<Vec<_>>(), [noticed.id]);
}

#[test]
fn a_change_from_outside_counts_as_a_review_when_its_date_is_that_of_one() {
    let x = scheduled("2026-01-12", 4.0);
    let counts = |after| {
        let noticed = moving(Kind::External, "a.md", 2, x, after).seal("desk", 0);
        log(&[&noticed]).reviews().count()
    };
    assert_eq!(counts(scheduled("2026-01-25", 10.0)), 1);
    assert_eq!(counts(scheduled("2026-03-25", 10.0)), 0);
}

#[test]
fn events_of_one_instant_keep_the_order_of_their_device() {
    let (x, y, z) = (scheduled("2026-01-12", 4.0), scheduled("2026-01-15", 0.0), scheduled("2026-01-18", 3.0));
    let first = review("a.md", 1, x, y).seal("desk", 0);
    let second = review("a.md", 1, y, z).seal("desk", 900);
    assert_eq!(log(&[&second, &first]).last_schedule(&item("a.md")), Some(Some(z)));
}

#[test]
fn a_note_is_out_of_the_queue_until_it_is_resumed_or_the_next_day() {
    let suspend = change(Kind::Suspend, "a.md", 1).seal("desk", 0);
    let resume = change(Kind::Resume, "a.md", 2).seal("phone", 0);
    let bury = change(Kind::Bury, "b.md", 3).seal("desk", 1);
    let undone = undo(&bury, 4).seal("desk", 2);
    let (today, tomorrow) = ("2026-01-15".parse().unwrap(), "2026-01-16".parse().unwrap());
    assert!(log(&[&suspend]).is_suspended(&item("a.md")));
    assert!(!log(&[&suspend, &resume]).is_suspended(&item("a.md")));
    assert!(log(&[&bury]).is_buried(&item("b.md"), today));
    assert!(!log(&[&bury]).is_buried(&item("b.md"), tomorrow));
    assert!(!log(&[&bury, &undone]).is_buried(&item("b.md"), today));
}

#[test]
fn a_note_is_found_again_by_its_sr_id() {
    let (x, y) = (scheduled("2026-01-10", 4.0), scheduled("2026-01-31", 16.0));
    let old = review("old.md", 1, x, y).known_by(Some("n1".into()), None).seal("desk", 0);
    let new = review("new.md", 2, x, y).known_by(Some("n1".into()), None).seal("desk", 1);
    let log = log(&[&old, &new]);
    assert_eq!(log.of(&item("new.md")).count(), 2);
    assert_eq!(log.of(&item("old.md")).count(), 0);
    assert_eq!(log.of_sr_id("n1"), log.number_of(&item("new.md")));
}
