//! A roadmap over time: what was done by the end of each week, and when all of it would be.

use chrono::{Datelike, Days, NaiveDate};
use serde::Serialize;

/// The weeks over which the pace is taken.
pub const PACE_WEEKS: u64 = 8;

/// A week of a [`Chart`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Week {
    /// Its Monday.
    pub monday: NaiveDate,
    /// Topics done in it.
    pub ticked: usize,
    /// Topics done by its end.
    pub done: usize,
}

/// A burn-up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chart {
    /// The weeks from the first tick to today, oldest first, without gaps.
    pub weeks: Vec<Week>,
    /// Topics that are done.
    pub done: usize,
    /// Of these, the ones of which nothing tells the day: they count as done from the start.
    pub undated: usize,
    /// Topics that count.
    pub total: usize,
    /// Topics done in a week, over the last [`PACE_WEEKS`] weeks or since the first tick if that is shorter.
    pub per_week: f64,
    /// The day on which all would be done at that pace; `None` without a pace, when all is done, or too far off.
    pub finish: Option<NaiveDate>,
}

/// The burn-up of a roadmap of `total` topics, of which those done were done on `days` (`None`: not known), seen from
/// `today` and showing at most the last `most` weeks. Days after today count as today.
pub fn chart(days: &[Option<NaiveDate>], total: usize, today: NaiveDate, most: usize) -> Chart {
    let mut dated: Vec<NaiveDate> = days.iter().flatten().map(|day| (*day).min(today)).collect();
    dated.sort_unstable();
    let undated = days.len() - dated.len();
    let done = days.len();
    let per_week = pace(&dated, today);
    let left = total.saturating_sub(done);
    let finish = (left > 0 && per_week > 0.0).then(|| (left as f64 / per_week * 7.0).ceil());
    // Ten years on, a projection says nothing.
    let finish = finish.filter(|days| *days <= 3653.0).and_then(|days| today.checked_add_days(Days::new(days as u64)));
    Chart { weeks: weeks(&dated, undated, today, most), done, undated, total, per_week, finish }
}

/// Topics a week; `dated` is sorted and holds nothing after today.
fn pace(dated: &[NaiveDate], today: NaiveDate) -> f64 {
    let window = today.checked_sub_days(Days::new(PACE_WEEKS * 7 - 1)).unwrap_or(NaiveDate::MIN);
    let recent = dated.iter().filter(|day| **day >= window).count();
    let Some(first) = dated.first() else { return 0.0 };
    let days = (today - *first.max(&window)).num_days() + 1;
    recent as f64 * 7.0 / days.max(7) as f64
}

fn weeks(dated: &[NaiveDate], undated: usize, today: NaiveDate, most: usize) -> Vec<Week> {
    let Some(first) = dated.first() else { return Vec::new() };
    let last = monday(today);
    let back = u64::try_from(most.saturating_sub(1)).unwrap_or(u64::MAX).min(100_000) * 7;
    let earliest = last.checked_sub_days(Days::new(back)).unwrap_or(NaiveDate::MIN);
    let mut start = monday(*first).max(earliest);
    let before = dated.partition_point(|day| *day < start);
    let mut rest = dated.iter().skip(before).peekable();
    let mut done = undated + before;
    let mut weeks = Vec::new();
    while start <= last {
        let Some(after) = start.checked_add_days(Days::new(7)) else { break };
        let mut ticked = 0;
        while rest.next_if(|day| **day < after).is_some() {
            ticked += 1;
        }
        done += ticked;
        weeks.push(Week { monday: start, ticked, done });
        start = after;
    }
    weeks
}

fn monday(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        crate::clock::parse_day(text).unwrap()
    }

    #[test]
    fn weeks_add_up_and_have_no_gaps() {
        let days =
            [Some(day("2026-03-02")), None, Some(day("2026-03-18")), Some(day("2026-03-08")), Some(day("2027-01-01"))];
        let chart = chart(&days, 10, day("2026-03-20"), 52);
        let weeks: Vec<_> = chart.weeks.iter().map(|week| (week.monday.to_string(), week.ticked, week.done)).collect();
        assert_eq!(weeks, [("2026-03-02".into(), 2, 3), ("2026-03-09".into(), 0, 3), ("2026-03-16".into(), 2, 5)]);
        assert_eq!((chart.done, chart.undated, chart.total), (5, 1, 10));
        // Four in nineteen days, five to go: 23.75 days.
        assert_eq!(chart.finish, Some(day("2026-04-13")));
    }

    #[test]
    fn only_the_last_weeks_are_shown_and_the_rest_counted() {
        let days: Vec<_> = (0..100).map(|i| day("2024-01-01").checked_add_days(Days::new(i))).collect();
        let chart = chart(&days, 200, day("2024-05-01"), 4);
        assert_eq!(chart.weeks.len(), 4);
        assert_eq!(chart.weeks.last().unwrap().done, 100);
    }

    #[test]
    fn without_ticks_there_is_no_projection() {
        let none = chart(&[None, None], 5, day("2026-03-20"), 10);
        assert_eq!((none.finish, none.weeks.len(), none.per_week), (None, 0, 0.0));
        let all = chart(&[Some(day("2026-03-20"))], 1, day("2026-03-20"), 10);
        assert_eq!(all.finish, None);
        let long_ago = chart(&[Some(day("2020-01-01"))], 5, day("2026-03-20"), 10);
        assert_eq!(long_ago.finish, None);
        assert!(chart(&[Some(NaiveDate::MIN)], 5, NaiveDate::MAX, usize::MAX).weeks.len() <= 100_001);
    }
}
