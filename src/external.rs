//! Reviews made elsewhere: a note whose schedule is not the one that the log left it with. Pure.
//!
//! A note without an event about its schedule is not compared: what stands in it when `study` first sees it is where its
//! history begins. Nor is a note that says what it said at an earlier time, which is an older copy on its way through a
//! synchroniser, or an old version that was checked out.

use chrono::NaiveDate;

use crate::clock::Now;
use crate::item::{ItemId, NotePath};
use crate::log::{Change, Entry, EventId, Kind, Log, Seen, Transition, What};
use crate::schedule::{Algorithm, Scheduled};

/// What changed without `study`.
#[derive(Debug, Default, PartialEq)]
pub struct Noticed<'a> {
    /// The changes, for the log to hold.
    pub changes: Vec<Change>,
    /// Items that changed, but of which a line of the log may tell that cannot be read: nothing is said of these.
    pub doubtful: Vec<&'a ItemId>,
}

/// The changes since the last run of `items` (those with a schedule), in their order, for the log to hold.
///
/// Every machine that notices the same change names the event alike, so that merged logs hold it once. A change that
/// some machine made and logged itself, but whose log has not arrived here yet, is noticed all the same; when that log
/// is there, [`Log::reviews`] counts it once.
///
/// What the log says nothing of is compared with `seen`, what this device saw last.
///
/// What this device, called `here`, took back it knows to be gone from its notes: if a note says so again, it was graded
/// the same once more. From another device that may still be an older copy.
pub fn noticed<'a>(
    items: impl IntoIterator<Item = (&'a ItemId, Scheduled)>,
    log: &Log,
    here: &str,
    seen: Option<&Seen>,
    algorithm: &Algorithm,
    now: &Now,
) -> Noticed<'a> {
    let mut numbers = log.numbers();
    let is_taken_back = |entry: &Entry| match entry.kind {
        Kind::Undo => TakenBack { before: log.device(entry) == here, after: false },
        _ => TakenBack { before: false, after: entry.is_undone() && log.device(entry) == here },
    };
    let mut noticed = Noticed::default();
    for (item, after) in items {
        // A number past the last stands for no note.
        let events = log.of_number(numbers.of(item.note.as_str()).unwrap_or(usize::MAX));
        let events = events.map(|entry| (entry, is_taken_back(entry)));
        let seen = seen.and_then(|seen| Some((seen.day, seen_of(item, log, seen)?)));
        let Some(change) = change(item, after, events, seen, log, algorithm, now) else { continue };
        let is_known = || log.refused_about(item.note.as_str()).any(|line| line.names(after));
        match log.doubt(item) {
            _ if is_known() => {}
            Some(_) => noticed.doubtful.push(item),
            None => noticed.changes.push(change),
        }
    }
    noticed
}

/// Which of the two schedules of an event was taken back here.
#[derive(Clone, Copy)]
struct TakenBack {
    before: bool,
    after: bool,
}

fn change<'a>(
    item: &ItemId,
    after: Scheduled,
    events: impl Iterator<Item = (&'a Entry, TakenBack)>,
    seen: Option<(NaiveDate, Option<Scheduled>)>,
    log: &Log,
    algorithm: &Algorithm,
    now: &Now,
) -> Option<Change> {
    let moving = events.filter_map(|(entry, taken_back)| Some((entry, taken_back, entry.schedule()?)));
    let mut last: Option<(NaiveDate, Option<Scheduled>)> = None;
    for (entry, taken_back, moved) in moving {
        let said = |schedule: Option<Scheduled>, taken_back: bool| schedule == Some(after) && !taken_back;
        if said(moved.before, taken_back.before) || said(moved.after, taken_back.after) {
            return None;
        }
        last = Some((entry.day, moved.after));
    }
    let (last, before) = match (last, seen) {
        (Some(last), _) => last,
        (None, Some(seen)) => Some(seen).filter(|seen| is_news(after, *seen))?,
        (None, None) => return None,
    };

    let day = after.inferred_last_review().filter(|day| last <= *day && *day <= now.today);
    let grades = before.zip(day).map(|(before, day)| algorithm.grades_between(before, after, day)).unwrap_or_default();
    // A due date that alone is another was moved by hand, unless a grade leads there.
    let moved_only = before.is_some_and(|before| (before.interval, before.ease) == (after.interval, after.ease));
    let day = day.filter(|_| !moved_only || !grades.is_empty());
    let grade = match grades.as_slice() {
        [grade] => Some(*grade),
        _ => None,
    };
    let after_text = [after.due.to_string(), after.interval.to_string(), after.ease.to_string()];
    let [due, interval, ease] = after_text.each_ref().map(String::as_bytes);
    // The same outcome is never noticed twice, so note and outcome are name enough: also for machines that know of
    // different events before it, or noticed it before the note was moved.
    let (path, first) = log.origin(item);
    let first = first.map(|first| first.to_string());
    let mut name = vec![b"external".as_slice(), path.as_bytes(), due, interval, ease];
    name.extend(first.as_deref().map(str::as_bytes));
    let what = What::External { grade, moved: Transition { before, after: Some(after) } };
    let fixed_id = Some(EventId::of(&name));
    let follows = log.last_move(item);
    Some(Change { day: day.unwrap_or(now.today), fixed_id, follows, ..Change::new(what, item.clone(), now) })
}

/// What this device saw of an item that the log says nothing of, if that is not what it says now. Only a schedule that
/// tells of a review since counts: an earlier one is that of an older copy, or of a note that was there before.
fn is_news(after: Scheduled, (day, before): (NaiveDate, Option<Scheduled>)) -> bool {
    let since = after.inferred_last_review().is_some_and(|reviewed| reviewed >= day);
    since && before != Some(after)
}

/// The schedule that this device saw last of an item, wherever its note lay; `None` for a note that came to the place of
/// another, of which it cannot have seen anything.
fn seen_of(item: &ItemId, log: &Log, seen: &Seen) -> Option<Option<Scheduled>> {
    let mut entries = log.of(item);
    if entries.next().is_some_and(|first| first.kind == Kind::Move) {
        return None;
    }
    let then = || log.of(item).rev().find_map(|entry| seen.of(&ItemId::of_note(NotePath::new(log.path_then(entry)))));
    Some(seen.of(item).or_else(then))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Event, Undo, merge};
    use crate::note::Was;
    use crate::schedule::{Ease, Grade, Interval};

    fn scheduled(text: &str) -> Scheduled {
        let parts: Vec<&str> = text.split(' ').collect();
        Scheduled {
            due: parts[0].parse().unwrap(),
            interval: Interval::new(parts[1].parse().unwrap()).unwrap(),
            ease: Ease::new(parts[2].parse().unwrap()).unwrap(),
        }
    }

    fn item(path: &str) -> ItemId {
        ItemId::of_note(NotePath::new(path))
    }

    fn now(day: &str) -> Now {
        let instant = chrono::DateTime::parse_from_rfc3339(&format!("{day}T18:00:00+01:00")).unwrap();
        Now { instant, today: day.parse().unwrap() }
    }

    /// A log that left `a.md` with this schedule on the 10th.
    fn logged(after: &str) -> Event {
        let (day, was) = (now("2026-01-10"), Was::default());
        Change::review(item("a.md"), &day, Grade::Good, None, None, scheduled(after), was).seal("desk", 0)
    }

    fn graded(before: &str, after: &str) -> What {
        let moved = Transition { before: Some(scheduled(before)), after: Some(scheduled(after)) };
        What::Review { grade: Grade::Good, ms: None, moved, undo: Undo::Values(Was::default()) }
    }

    fn log(events: &[Event]) -> Log {
        let text: String = events.iter().map(Event::line).collect();
        let (log, problems) = merge(&[("desk.jsonl", text.as_bytes())]);
        assert_eq!(problems, []);
        log
    }

    fn noticed_on(today: &str, log: &Log, note: &str, schedule: &str) -> Vec<Change> {
        noticed([(&item(note), scheduled(schedule))], log, "desk", None, &Algorithm::default(), &now(today)).changes
    }

    #[test]
    fn a_grade_is_told_only_where_it_is_certain() {
        // Due on the 14th, graded on the 16th: base 4 days, two days late.
        let cases = [
            ("2026-01-29 13 250", Some(Grade::Good)),
            ("2026-01-28 12 250", Some(Grade::Good)), // moved a day by load balancing
            ("2026-02-06 21 270", Some(Grade::Easy)),
            ("2026-01-18 2 230", Some(Grade::Hard)),
            ("2026-01-16 0 230", Some(Grade::Again)),
            ("2026-02-15 30 250", None), // more than one review
            ("2026-01-18 2 225", None),  // no step of the arithmetic
            ("2026-03-16 59 290", None), // two reviews
        ];
        let log = log(&[logged("2026-01-14 4 250")]);
        for (after, grade) in cases {
            let found = noticed_on("2026-01-17", &log, "a.md", after);
            assert_eq!(found.len(), 1);
            assert_eq!(
                (found[0].what.grade(), found[0].kind(), found[0].day.to_string().as_str()),
                (grade, Kind::External, "2026-01-16")
            );
        }
    }

    #[test]
    fn at_the_lowest_ease_the_interval_tells() {
        let log = log(&[logged("2026-01-14 4 130")]);
        let grade = |after| noticed_on("2026-01-14", &log, "a.md", after)[0].what.grade();
        assert_eq!(grade("2026-01-16 2 130"), Some(Grade::Hard));
        assert_eq!(grade("2026-01-19 5 130"), Some(Grade::Good));
        assert_eq!(grade("2026-01-20 6 130"), None);
        // Of an interval of one day, Good makes 1.3 or, in whole days, 1, and so does Hard.
        let short = self::log(&[logged("2026-01-14 1 130")]);
        let either = noticed_on("2026-01-16", &short, "a.md", "2026-01-15 1 130");
        assert_eq!((either[0].what.grade(), either[0].day.to_string().as_str()), (None, "2026-01-14"));
        let late = noticed_on("2026-01-16", &short, "a.md", "2026-01-17 1 130");
        assert_eq!(late[0].what.grade(), Some(Grade::Hard));
    }

    #[test]
    fn a_date_moved_by_hand_is_no_review() {
        let log_of = log(&[logged("2026-01-14 4 250")]);
        let found = noticed_on("2026-01-17", &log_of, "a.md", "2026-01-20 4 250");
        assert_eq!((found[0].what.grade(), found[0].day), (None, "2026-01-17".parse().unwrap()));
        let log = log(&[logged("2026-01-14 4 250"), found[0].clone().seal("desk", 1)]);
        assert_eq!(log.reviews().filter(|entry| entry.kind == Kind::External).count(), 0);
    }

    #[test]
    fn what_was_never_logged_or_was_so_before_is_not_noticed() {
        let review = logged("2026-01-14 4 250");
        let mut second = review.change.clone();
        second.at = now("2026-01-14").instant;
        second.what = graded("2026-01-14 4 250", "2026-01-24 10 250");
        let log = log(&[review, second.seal("desk", 900)]);
        assert_eq!(noticed_on("2026-01-17", &log, "new.md", "2026-01-24 10 250"), []);
        assert_eq!(noticed_on("2026-01-17", &log, "a.md", "2026-01-24 10 250"), []);
        assert_eq!(noticed_on("2026-01-17", &log, "a.md", "2026-01-14 4 250"), []);
        assert_eq!(noticed_on("2026-01-17", &log, "a.md", "2026-01-27 10 250").len(), 1);
        assert_eq!(noticed_on("2026-01-17", &Log::default(), "a.md", "2026-01-27 10 250"), []);
    }

    #[test]
    fn what_was_taken_back_here_and_graded_the_same_elsewhere_is_noticed() {
        let first = logged("2026-01-14 4 250");
        let what = graded("2026-01-14 4 250", "2026-01-24 10 250");
        let second = Change { at: now("2026-01-14").instant, what, ..first.change.clone() };
        for (device, found) in [("desk", 1), ("phone", 0)] {
            let review = second.clone().seal(device, 900);
            let undo = crate::undo::undo_of(&review, &now("2026-01-14")).seal(device, 1800);
            let log_of = log(&[first.clone(), review.clone(), undo.clone()]);
            let noticed = noticed_on("2026-01-15", &log_of, "a.md", "2026-01-24 10 250");
            assert_eq!(noticed.len(), found, "{device}");
            assert_eq!(noticed_on("2026-01-15", &log_of, "a.md", "2026-01-14 4 250"), []);
            let Some(external) = noticed.into_iter().next() else { continue };
            assert_eq!((external.what.grade(), external.day.to_string().as_str()), (Some(Grade::Good), "2026-01-14"));
            let log = log(&[first.clone(), review, undo, external.seal("desk", 2700)]);
            assert_eq!(log.reviews().count(), 2);
            assert_eq!(noticed_on("2026-01-16", &log, "a.md", "2026-01-24 10 250"), []);
        }
    }

    #[test]
    fn a_note_that_is_not_in_the_log_is_compared_with_what_was_seen() {
        let seen = Seen::new("2026-01-12".parse().unwrap(), [(item("a.md"), scheduled("2026-01-14 4 250"))]);
        let found = |note: &str, schedule: &str| {
            let items = [(&item(note), scheduled(schedule))];
            noticed(items, &Log::default(), "desk", Some(&seen), &Algorithm::default(), &now("2026-01-17")).changes
        };
        let good = found("a.md", "2026-01-24 10 250");
        assert_eq!((good[0].what.grade(), good[0].day.to_string().as_str()), (Some(Grade::Good), "2026-01-14"));
        assert_eq!(found("a.md", "2026-01-14 4 250"), []);
        assert_eq!(found("a.md", "2026-01-04 2 250"), []); // an older copy
        assert_eq!(found("b.md", "2026-01-04 2 250"), []); // was there before
        let first = found("b.md", "2026-01-18 3 250");
        assert_eq!((first[0].what.grade(), first[0].what.moved().unwrap().before), (None, None));
    }

    #[test]
    fn machines_that_know_of_different_events_before_write_the_same_event() {
        let first = logged("2026-01-14 4 250");
        let mut second = first.change.clone();
        second.at = now("2026-01-14").instant;
        second.what = graded("2026-01-14 4 250", "2026-01-24 10 250");
        let second = second.seal("phone", 0);
        let all = log(&[first.clone(), second.clone()]);
        let here = noticed_on("2026-01-24", &all, "a.md", "2026-02-18 25 250").remove(0).seal("desk", 300);
        let behind = log(std::slice::from_ref(&first));
        let there = noticed_on("2026-01-24", &behind, "a.md", "2026-02-18 25 250").remove(0).seal("laptop", 0);
        assert_eq!((here.change.what.grade(), there.change.what.grade()), (Some(Grade::Good), None));
        assert_eq!(log(&[first, second, here, there]).entries().len(), 3);
    }

    #[test]
    fn two_machines_write_the_same_event_and_one_run_writes_it_once() {
        let review = logged("2026-01-14 4 250");
        let before = log(std::slice::from_ref(&review));
        let here = noticed_on("2026-01-15", &before, "a.md", "2026-01-24 10 250").remove(0).seal("desk", 300);
        let there = noticed_on("2026-01-17", &before, "a.md", "2026-01-24 10 250").remove(0).seal("phone", 0);
        assert_eq!((here.id, here.change.day), (there.id, there.change.day));
        let merged = log(&[there.clone(), review, here.clone()]);
        assert_eq!(merged.entries().len(), 2);
        assert_eq!(merged.device(&merged.entries()[1]), "desk");
        assert_eq!(noticed_on("2026-01-18", &merged, "a.md", "2026-01-24 10 250"), []);
    }
}
