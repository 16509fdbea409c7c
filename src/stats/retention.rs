//! True retention, as Anki counts it: of the notes that were due, the share not graded Again.

use chrono::NaiveDate;
use hashbrown::{HashMap, HashSet};
use serde::Serialize;

use super::Context;
use crate::log::Entry;
use crate::schedule::Grade;

/// From this interval on a note is mature; below it, it is young. In days, as Anki has it.
pub const MATURE_DAYS: f64 = 21.0;

/// Retention over several periods.
///
/// Counted is the first review of a note on a day, where its grade is known. A review before the due date counts
/// nowhere here; a first review ever counts as new and not towards retention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Retention {
    /// Today.
    pub today: Period,
    /// The day before.
    pub yesterday: Period,
    /// The last 7 days, today included.
    pub days_7: Period,
    /// The last 30 days.
    pub days_30: Period,
    /// The last 365 days.
    pub days_365: Period,
    /// Since the first event in the log.
    pub total: Period,
}

/// The reviews of a period by the interval that the note had before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Period {
    /// First reviews ever.
    pub new: Tally,
    /// Due notes with an interval below [`MATURE_DAYS`].
    pub young: Tally,
    /// Due notes with an interval of [`MATURE_DAYS`] or more.
    pub mature: Tally,
    /// All due notes: young and mature.
    pub due: Tally,
}

/// Grades, and the share that was recalled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Reviews.
    pub reviews: u32,
    /// Forgotten.
    pub again: u32,
    /// Recalled with trouble. Recalled all the same, though the interval gets shorter.
    pub hard: u32,
    /// Recalled.
    pub good: u32,
    /// Recalled at once.
    pub easy: u32,
    /// The share not graded Again, 0 to 1; `None` without reviews.
    pub recalled: Option<f64>,
}

impl Tally {
    fn add(&mut self, grade: Grade) {
        self.reviews += 1;
        match grade {
            Grade::Again => self.again += 1,
            Grade::Hard => self.hard += 1,
            Grade::Good => self.good += 1,
            Grade::Easy => self.easy += 1,
        }
    }

    /// Computes the share.
    fn close(&mut self) {
        // Four digits are more than a share of reviews means.
        let share = f64::from(self.reviews - self.again) / f64::from(self.reviews);
        self.recalled = (self.reviews > 0).then_some((share * 10_000.0).round() / 10_000.0);
    }
}

pub(super) fn retention(context: &Context<'_>) -> Retention {
    let mut retention = Retention::default();
    let today = context.today;
    let yesterday = today.pred_opt();
    let (week, month, year) = (context.days_ago(7), context.days_ago(30), context.days_ago(365));
    let mut firsts = Firsts::new(context);
    for entry in context.log.reviews() {
        if !firsts.is_first(context.log.note_number(entry), entry.day) {
            continue;
        }
        let Retention { today: t, yesterday: y, days_7, days_30, days_365, total } = &mut retention;
        let within = |from| from <= entry.day && entry.day <= today;
        let periods = [
            (t, entry.day == today),
            (y, Some(entry.day) == yesterday),
            (days_7, within(week)),
            (days_30, within(month)),
            (days_365, within(year)),
            (total, true),
        ];
        for (period, _) in periods.into_iter().filter(|(_, counts)| *counts) {
            count(period, entry);
        }
    }
    let Retention { today: t, yesterday: y, days_7, days_30, days_365, total } = &mut retention;
    for Period { new, young, mature, due } in [t, y, days_7, days_30, days_365, total] {
        [new, young, mature, due].into_iter().for_each(Tally::close);
    }
    retention
}

/// Tells which reviews are the first of their note on their day.
struct Firsts {
    /// The latest day of each note so far.
    latest: Vec<Option<NaiveDate>>,
    /// Notes whose days go back and forth, as where a review made elsewhere was noticed late: all their days so far.
    unordered: HashMap<usize, HashSet<NaiveDate>>,
}

impl Firsts {
    fn new(context: &Context<'_>) -> Self {
        let mut latest: Vec<Option<NaiveDate>> = vec![None; context.log.note_count()];
        let mut unordered = HashMap::new();
        for entry in context.log.reviews() {
            let number = context.log.note_number(entry);
            let Some(latest) = latest.get_mut(number) else { continue };
            if *latest > Some(entry.day) {
                unordered.insert(number, HashSet::new());
            }
            *latest = Some(entry.day);
        }
        latest.fill(None);
        Self { latest, unordered }
    }

    fn is_first(&mut self, number: usize, day: NaiveDate) -> bool {
        if let Some(days) = self.unordered.get_mut(&number) {
            return days.insert(day);
        }
        self.latest.get_mut(number).is_some_and(|latest| latest.replace(day) != Some(day))
    }
}

fn count(period: &mut Period, entry: &Entry) {
    let (Some(grade), Some(moved)) = (entry.grade, entry.schedule()) else { return };
    match moved.before {
        None => period.new.add(grade),
        Some(before) if before.due <= entry.day => {
            let class = if before.interval.days() >= MATURE_DAYS { &mut period.mature } else { &mut period.young };
            class.add(grade);
            period.due.add(grade);
        }
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{figure, log};
    use super::*;

    #[test]
    fn a_review_noticed_late_makes_no_second_first_review_of_a_day() {
        let log = log(&[
            "2026-01-10 a.md good 2026-01-09/4/250 2026-01-20/10/250",
            "2026-01-11 a.md again 2026-01-20/10/250 2026-01-11/0/230",
            "external 2026-01-10 a.md good 2026-01-09/4/250 2026-01-19/9/250",
        ]);
        assert_eq!(figure(&[], &log, "2026-01-15", retention).total.due.reviews, 1);
    }

    #[test]
    fn the_first_review_of_a_due_note_counts_and_hard_is_recalled() {
        let log = log(&[
            "2026-01-15 a.md again 2026-01-15/20/250 2026-01-15/0/230",
            "2026-01-15 a.md good 2026-01-15/0/230 2026-01-17/2/230",
            "2026-01-15 b.md hard 2026-01-10/21/250 2026-01-25/10/230",
            "2026-01-15 c.md good 2026-01-16/30/250 2026-04-15/90/250",
            "2026-01-15 d.md easy - 2026-01-19/4/270",
            "2026-01-14 e.md easy 2026-01-14/400/250 2029-01-19/1100/270",
            "external 2026-01-15 f.md - 2026-01-15/4/250 2026-01-20/5/251",
            "external 2026-01-15 g.md good 2026-01-15/4/250 2026-01-25/10/250",
        ]);
        let found = figure(&[], &log, "2026-01-15", retention);
        let young = Tally { reviews: 2, again: 1, good: 1, recalled: Some(0.5), ..Tally::default() };
        let mature = Tally { reviews: 1, hard: 1, recalled: Some(1.0), ..Tally::default() };
        let new = Tally { reviews: 1, easy: 1, recalled: Some(1.0), ..Tally::default() };
        let due = Tally { reviews: 3, again: 1, hard: 1, good: 1, easy: 0, recalled: Some(0.6667) };
        assert_eq!(found.today, Period { new, young, mature, due });
        assert_eq!(found.yesterday.mature.easy, 1);
        assert_eq!((found.days_7.due.reviews, found.total.due.reviews), (4, 4));
        assert_eq!(found.days_7.due.recalled, Some(0.75));
    }

    #[test]
    fn without_reviews_there_is_no_share() {
        assert_eq!(figure(&[], &log(&[]), "2026-01-15", retention).total.due.recalled, None);
    }
}
