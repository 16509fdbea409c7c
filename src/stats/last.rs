//! When the notes were last seen.

use serde::Serialize;

use super::Context;
use super::spread::{Bucket, classes, count};
use crate::log::Entry;

/// Lower bounds of the classes, in days.
const DAYS: [u32; 6] = [0, 7, 30, 90, 180, 365];

/// When the notes were last seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastReviews {
    /// Notes whose last review is in the log.
    pub logged: u32,
    /// Notes whose last review follows from the schedule alone: the due date less the interval.
    pub inferred: u32,
    /// Notes whose schedule points to a review on a day to come: it was edited by hand.
    pub unknown: u32,
    /// Days since the last review, by class; the unknown left out.
    pub days_ago: Vec<Bucket>,
}

pub(super) fn last_reviews(context: &Context<'_>) -> LastReviews {
    let mut last = LastReviews { logged: 0, inferred: 0, unknown: 0, days_ago: classes(&DAYS) };
    for item in &context.scheduled {
        // One that was noticed late may stand behind another that was made after it.
        let counts = |entry: &&Entry| entry.counts() && entry.day <= context.today;
        let logged = context.events(item).filter(counts).map(|entry| entry.day).max();
        let inferred = || item.schedule.inferred_last_review().filter(|day| *day <= context.today);
        let day = match logged {
            Some(day) => {
                last.logged += 1;
                day
            }
            None => match inferred() {
                Some(day) => {
                    last.inferred += 1;
                    day
                }
                None => {
                    last.unknown += 1;
                    continue;
                }
            },
        };
        count(&mut last.days_ago, (context.today - day).num_days() as f64);
    }
    last
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{figure, log, note};
    use super::*;

    #[test]
    fn the_log_knows_best_and_else_the_schedule_tells() {
        let notes = [
            note("logged.md", "2026-01-25 10 250"),
            note("inferred.md", "2026-01-20 100 250"),
            note("edited.md", "2026-03-20 10 250"),
            note("new.md", ""),
        ];
        let log = log(&["2026-01-15 logged.md good 2026-01-14/4/250 2026-01-25/10/250"]);
        let last = figure(&notes, &log, "2026-01-15", last_reviews);
        assert_eq!((last.logged, last.inferred, last.unknown), (1, 1, 1));
        assert_eq!(last.days_ago.iter().map(|b| b.notes).collect::<Vec<_>>(), [1, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_review_noticed_late_is_not_the_last_for_that() {
        let notes = [note("a.md", "2026-01-25 10 250")];
        let log = log(&[
            "2026-01-14 a.md good 2026-01-01/4/250 2026-01-24/10/250",
            "external 2026-01-02 a.md good 2026-01-01/4/250 2026-01-12/10/250",
        ]);
        let last = figure(&notes, &log, "2026-01-15", last_reviews);
        assert_eq!(last.days_ago.iter().map(|b| b.notes).collect::<Vec<_>>(), [1, 0, 0, 0, 0, 0]);
    }
}
