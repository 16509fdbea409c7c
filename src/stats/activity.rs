//! What was reviewed, and when.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use serde::Serialize;

use super::Context;
use crate::log::{Entry, Kind};
use crate::schedule::Grade;

/// The weeks that a heatmap shows, this one included.
pub const HEATMAP_WEEKS: u64 = 53;

/// What was reviewed lately. Periods end today and take today in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// Today.
    pub today: Counts,
    /// The last 7 days.
    pub days_7: Counts,
    /// The last 30 days.
    pub days_30: Counts,
    /// The last 365 days.
    pub days_365: Counts,
    /// Since the first event in the log.
    pub total: Counts,
}

/// Reviews of a period. Every grade counts, also several of one note on one day; none that was taken back does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All reviews.
    pub reviews: u32,
    /// Those graded Again.
    pub again: u32,
    /// Those graded Hard.
    pub hard: u32,
    /// Those graded Good.
    pub good: u32,
    /// Those graded Easy.
    pub easy: u32,
    /// Those noticed from outside whose grade is not certain.
    pub ungraded: u32,
    /// Those noticed from outside, graded or not.
    pub external: u32,
    /// Days with a review.
    pub days: u32,
    /// Reviews whose time is known.
    pub timed: u32,
    /// Milliseconds that they took.
    pub ms: u64,
}

impl Counts {
    fn add(&mut self, entry: &Entry) {
        self.reviews += 1;
        match entry.grade {
            Some(Grade::Again) => self.again += 1,
            Some(Grade::Hard) => self.hard += 1,
            Some(Grade::Good) => self.good += 1,
            Some(Grade::Easy) => self.easy += 1,
            None => self.ungraded += 1,
        }
        self.external += u32::from(entry.kind == Kind::External);
        if let Some(ms) = entry.ms() {
            self.timed += 1;
            self.ms = self.ms.saturating_add(ms.into());
        }
    }

    /// Milliseconds that a review took on average, of those whose time is known.
    pub fn mean_ms(&self) -> Option<u64> {
        self.ms.checked_div(self.timed.into())
    }
}

pub(super) fn activity(context: &Context<'_>) -> Activity {
    let mut activity = Activity::default();
    let mut by_day: BTreeMap<NaiveDate, Counts> = BTreeMap::new();
    // A day that is still to come was logged by a clock that was wrong: it counts in the total alone.
    let mut reviews = context.log.reviews().peekable();
    while let Some(entry) = reviews.next() {
        let counts = by_day.entry(entry.day).or_default();
        counts.add(entry);
        // In the log a day is all but in one piece.
        while let Some(entry) = reviews.next_if(|next| next.day == entry.day) {
            counts.add(entry);
        }
    }
    let periods = [
        (&mut activity.today, 1),
        (&mut activity.days_7, 7),
        (&mut activity.days_30, 30),
        (&mut activity.days_365, 365),
    ];
    for (counts, days) in periods {
        *counts = sum(by_day.range(context.days_ago(days)..=context.today).map(|(_, day)| day));
    }
    activity.total = sum(by_day.values());
    activity
}

fn sum<'a>(days: impl Iterator<Item = &'a Counts>) -> Counts {
    days.fold(Counts::default(), |a, b| Counts {
        reviews: a.reviews + b.reviews,
        again: a.again + b.again,
        hard: a.hard + b.hard,
        good: a.good + b.good,
        easy: a.easy + b.easy,
        ungraded: a.ungraded + b.ungraded,
        external: a.external + b.external,
        days: a.days + 1,
        timed: a.timed + b.timed,
        ms: a.ms.saturating_add(b.ms),
    })
}

/// A year of reviews, in whole weeks from Monday on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Heatmap {
    /// The first day, a Monday.
    pub from: NaiveDate,
    /// The last day: today.
    pub to: NaiveDate,
    /// The days with reviews, earliest first. Every other day had none.
    pub days: Vec<Day>,
}

/// The reviews of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Day {
    /// The study day.
    pub day: NaiveDate,
    /// Reviews in the log.
    pub reviews: u32,
    /// Reviews that are not in the log and follow from a schedule: its due date less its interval.
    pub inferred: u32,
}

pub(super) fn heatmap(context: &Context<'_>) -> Heatmap {
    let to = context.today;
    let days = u64::from(to.weekday().num_days_from_monday()) + 7 * (HEATMAP_WEEKS - 1);
    let from = to.checked_sub_days(Days::new(days)).unwrap_or(to);
    let mut by_day: BTreeMap<NaiveDate, Day> = BTreeMap::new();
    let shown = from..=to;
    let mut on = |day: NaiveDate, reviews, inferred| {
        if shown.contains(&day) {
            let at = by_day.entry(day).or_insert(Day { day, reviews: 0, inferred: 0 });
            at.reviews += reviews;
            at.inferred += inferred;
        }
    };
    // In the log a day is all but in one piece.
    let mut reviews = context.log.reviews().map(|entry| entry.day).peekable();
    while let Some(day) = reviews.next() {
        let more = std::iter::from_fn(|| reviews.next_if_eq(&day)).count();
        on(day, 1 + more as u32, 0);
    }
    // Who sets a note aside does not take back what was reviewed.
    for item in context.scheduled.iter().chain(&context.aside) {
        // What was reviewed before the log knew the note shows in the schedule that its first event found.
        let first = context.events(item).find_map(|entry| Some((entry.day, entry.schedule()?)));
        let (schedule, until) = match first {
            Some((day, moved)) => (moved.before, day),
            None if item.is_copy => continue,
            None => (Some(item.schedule), to),
        };
        let day = schedule.and_then(|schedule| schedule.inferred_last_review());
        day.filter(|day| *day <= until).into_iter().for_each(|day| on(day, 0, 1));
    }
    Heatmap { from, to, days: by_day.into_values().collect() }
}

#[cfg(test)]
mod tests {
    use super::super::Known;
    use super::super::fixture::{day, figure, log, note};
    use super::*;

    #[test]
    fn reviews_are_counted_by_period_and_grade() {
        let log = log(&[
            "2025-01-01 a.md easy - 2025-01-05/4/270 1000",
            "2025-12-17 a.md hard 2025-12-10/4/250 2025-12-20/4/250 2000",
            "2026-01-09 a.md good 2026-01-09/4/250 2026-01-13/4/250",
            "external 2026-01-14 a.md - 2026-01-13/4/250 2026-01-18/4/251",
            "2026-01-15 b.md again 2026-01-15/4/250 2026-01-15/0/230 3000",
            "2026-01-15 b.md good 2026-01-15/0/230 2026-01-17/2/230 500",
        ]);
        let found = figure(&[], &log, "2026-01-15", activity);
        let today = Counts { reviews: 2, again: 1, good: 1, days: 1, timed: 2, ms: 3500, ..Counts::default() };
        assert_eq!(found.today, today);
        assert_eq!(found.days_7, Counts { reviews: 4, good: 2, ungraded: 1, external: 1, days: 3, ..today });
        assert_eq!((found.days_30.reviews, found.days_30.hard, found.days_30.ms), (5, 1, 5500));
        assert_eq!((found.days_365.reviews, found.total.reviews, found.total.easy), (5, 6, 1));
        assert_eq!((found.today.mean_ms(), Counts::default().mean_ms()), (Some(1750), None));
    }

    #[test]
    fn the_heatmap_holds_a_year_of_whole_weeks() {
        // A Thursday.
        let map = figure(&[], &log(&[]), "2026-01-15", heatmap);
        assert_eq!((map.from, map.to), (day("2025-01-13"), day("2026-01-15")));
        assert_eq!(figure(&[], &log(&[]), "2026-01-12", heatmap).from, day("2025-01-13"));
    }

    #[test]
    fn reviews_before_the_log_follow_from_the_schedules() {
        let notes = [
            note("logged.md", "2026-01-25 10 250"),
            note("never.md", "2026-01-20 10 250"),
            note("odd.md", "2026-03-20 10 250"),
            note("new.md", ""),
        ];
        let log = log(&["2026-01-15 logged.md good 2026-01-14/4/250 2026-01-25/10/250"]);
        let map = figure(&notes, &log, "2026-01-15", heatmap);
        let expected = [
            Day { day: day("2026-01-10"), reviews: 0, inferred: 2 },
            Day { day: day("2026-01-15"), reviews: 1, inferred: 0 },
        ];
        assert_eq!(map.days, expected);
    }

    #[test]
    fn a_review_before_the_log_stays_when_its_note_is_set_aside_or_reviewed_again_on_that_day() {
        let log = log(&["2026-01-15 again.md good 2026-01-15/0/250 2026-01-16/1/250"]);
        let (again, aside) = (note("again.md", "2026-01-16 1 250"), note("aside.md", "2026-01-20 10 250"));
        let notes = [(&again, false), (&aside, true)];
        let notes =
            notes.map(|((path, schedule), is_aside)| Known { path, schedule: *schedule, is_aside, is_copy: false });
        let map = heatmap(&Context::new(&notes, &log, day("2026-01-15")));
        let expected = [
            Day { day: day("2026-01-10"), reviews: 0, inferred: 1 },
            Day { day: day("2026-01-15"), reviews: 1, inferred: 1 },
        ];
        assert_eq!(map.days, expected);
    }
}
