//! How many study days in a row.
//!
//! A day counts when something was reviewed on it. A day on which nothing was due neither counts nor breaks; what was due
//! on a past day is derived from the log and, after the last event of a note, from the note itself. A note that is not in
//! the vault any more was due up to its last event only. Counting starts with the first review in the log.

use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::Context;
use crate::schedule::Scheduled;

/// How many study days in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Streak {
    /// Days up to today. Today counts once something is reviewed, and never breaks.
    pub current: u32,
    /// Days of the longest streak there ever was.
    pub longest: u32,
    /// The last day of the longest streak; of several, the latest.
    pub longest_ended: Option<NaiveDate>,
    /// Where today stands.
    pub today: Today,
}

/// Where today stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Today {
    /// Something was reviewed: the day counts.
    Done,
    /// Something is due and nothing was reviewed yet.
    Open,
    /// Nothing is due: the day neither counts nor breaks.
    Free,
}

pub(super) fn streak(context: &Context<'_>) -> Streak {
    let due_now = context.scheduled.iter().any(|item| item.schedule.is_due(context.today));
    let past = context.log.reviews().map(|entry| entry.day).filter(|day| *day <= context.today);
    let Some(first) = past.min() else {
        let today = if due_now { Today::Open } else { Today::Free };
        return Streak { current: 0, longest: 0, longest_ended: None, today };
    };
    let mut days = Span::new(first, context.today);
    for entry in context.log.reviews() {
        days.review(entry.day);
    }
    mark_due(context, &mut days);

    let (mut run, mut longest, mut longest_ended) = (0, 0, None);
    for (day, reviewed, due) in days.iter() {
        if reviewed {
            run += 1;
            if run >= longest {
                (longest, longest_ended) = (run, Some(day));
            }
        } else if due && day < context.today {
            run = 0;
        }
    }
    let today = match days.iter().last() {
        Some((_, true, _)) => Today::Done,
        _ if due_now => Today::Open,
        _ => Today::Free,
    };
    Streak { current: run, longest, longest_ended, today }
}

/// Marks the days on which some note was due.
fn mark_due(context: &Context<'_>, days: &mut Span) {
    let mut now: Vec<Option<Scheduled>> = vec![None; context.log.note_count()];
    for item in &context.scheduled {
        match item.number.and_then(|number| now.get_mut(number)) {
            Some(slot) => *slot = Some(item.schedule),
            None => days.due(item.schedule.due, context.today),
        }
    }
    let after = |day: NaiveDate| day.checked_add_days(Days::new(1)).unwrap_or(day);
    for (number, now) in now.into_iter().enumerate() {
        let mut held: Option<(NaiveDate, Scheduled)> = None;
        let mut moved = None;
        for entry in context.log.of_number(number) {
            let Some(schedule) = entry.schedule() else { continue };
            if moved.is_none() {
                held = schedule.before.map(|before| (before.due, before));
            }
            if let Some((from, schedule)) = held {
                days.due(schedule.due.max(from), entry.day);
            }
            held = schedule.after.map(|schedule| (after(entry.day), schedule));
            moved = Some(entry.day);
        }
        if let Some(schedule) = now {
            days.due(moved.map_or(schedule.due, |day| schedule.due.max(after(day))), context.today);
        }
    }
}

/// Day by day from the first review to today.
struct Span {
    first: NaiveDate,
    reviewed: Vec<bool>,
    /// How many notes become due on a day less how many cease to be.
    change: Vec<i32>,
}

impl Span {
    fn new(first: NaiveDate, last: NaiveDate) -> Self {
        let days = usize::try_from((last - first).num_days()).unwrap_or(0) + 1;
        Self { first, reviewed: vec![false; days], change: vec![0; days + 1] }
    }

    fn index(&self, day: NaiveDate) -> i64 {
        (day - self.first).num_days()
    }

    fn review(&mut self, day: NaiveDate) {
        if let Some(slot) = usize::try_from(self.index(day)).ok().and_then(|at| self.reviewed.get_mut(at)) {
            *slot = true;
        }
    }

    /// Something was due on every day from `from` to `to`, both included.
    fn due(&mut self, from: NaiveDate, to: NaiveDate) {
        let from = self.index(from).max(0);
        let end = self.index(to).saturating_add(1).min(self.reviewed.len() as i64);
        if from < end {
            for (at, step) in [(from, 1), (end, -1)] {
                if let Some(slot) = usize::try_from(at).ok().and_then(|at| self.change.get_mut(at)) {
                    *slot += step;
                }
            }
        }
    }

    /// Each day, whether something was reviewed on it, and whether something was due.
    fn iter(&self) -> impl Iterator<Item = (NaiveDate, bool, bool)> + '_ {
        let due = self.change.iter().scan(0, |sum, step| {
            *sum += step;
            Some(*sum > 0)
        });
        self.first.iter_days().zip(&self.reviewed).zip(due).map(|((day, reviewed), due)| (day, *reviewed, due))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{day, figure, log, note};
    use super::*;

    #[test]
    fn days_in_a_row_count_and_a_missed_one_breaks() {
        let notes = [note("a.md", "2026-01-20 4 250"), note("b.md", "2026-01-21 4 250")];
        let log = log(&[
            "2026-01-10 a.md good 2026-01-10/1/250 2026-01-11/1/250",
            "2026-01-11 a.md good 2026-01-11/1/250 2026-01-12/1/250",
            "2026-01-12 a.md good 2026-01-12/1/250 2026-01-13/1/250",
            // Due on the 13th and 14th, and not reviewed.
            "2026-01-15 a.md good 2026-01-13/1/250 2026-01-20/5/250",
            "2026-01-16 b.md good - 2026-01-21/5/250",
        ]);
        assert_eq!(
            figure(&notes, &log, "2026-01-16", streak),
            Streak { current: 2, longest: 3, longest_ended: Some(day("2026-01-12")), today: Today::Done }
        );
    }

    #[test]
    fn a_day_with_nothing_due_neither_counts_nor_breaks() {
        let notes = [note("a.md", "2026-01-20 5 250")];
        let log = log(&[
            "2026-01-10 a.md good 2026-01-10/1/250 2026-01-15/5/250",
            "2026-01-15 a.md good 2026-01-15/5/250 2026-01-20/5/250",
        ]);
        let streak = |today| figure(&notes, &log, today, streak);
        assert_eq!((streak("2026-01-15").current, streak("2026-01-15").today), (2, Today::Done));
        assert_eq!((streak("2026-01-19").current, streak("2026-01-19").today), (2, Today::Free));
        assert_eq!((streak("2026-01-20").current, streak("2026-01-20").today), (2, Today::Open));
        assert_eq!((streak("2026-01-21").current, streak("2026-01-21").today), (0, Today::Open));
        assert_eq!(streak("2026-01-21").longest, 2);
    }

    #[test]
    fn a_note_that_was_never_logged_is_due_all_the_same() {
        let log = log(&[
            "2026-01-10 a.md good 2026-01-10/1/250 2026-01-12/2/250",
            "2026-01-12 a.md good 2026-01-12/2/250 2026-01-22/10/250",
        ]);
        let alone = [note("a.md", "2026-01-22 10 250")];
        assert_eq!(figure(&alone, &log, "2026-01-12", streak).current, 2);
        let more = [note("a.md", "2026-01-22 10 250"), note("old.md", "2025-12-01 10 250")];
        assert_eq!(figure(&more, &log, "2026-01-12", streak).current, 1);
    }

    #[test]
    fn a_note_that_is_gone_is_not_due_for_ever() {
        let log = log(&["2026-01-10 a.md good 2026-01-10/1/250 2026-01-12/2/250"]);
        assert_eq!(figure(&[], &log, "2026-01-20", streak).current, 1);
    }

    #[test]
    fn reviews_from_outside_count_and_those_of_a_day_to_come_do_not() {
        let notes = [note("a.md", "2026-01-16 5 250")];
        let log = log(&[
            "external 2026-01-11 a.md - 2026-01-10/1/250 2026-01-16/5/250",
            "2027-01-01 b.md good - 2027-01-03/3/250",
        ]);
        assert_eq!(
            figure(&notes, &log, "2026-01-11", streak),
            Streak { current: 1, longest: 1, longest_ended: Some(day("2026-01-11")), today: Today::Done }
        );
    }

    #[test]
    fn without_a_log_there_is_no_streak_yet() {
        let notes = [note("a.md", "2026-01-16 5 250")];
        let empty = log(&[]);
        let none = |today| Streak { current: 0, longest: 0, longest_ended: None, today };
        assert_eq!(figure(&notes, &empty, "2026-01-16", streak), none(Today::Open));
        assert_eq!(figure(&notes, &empty, "2026-01-15", streak), none(Today::Free));
    }
}
