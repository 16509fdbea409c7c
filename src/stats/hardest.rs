//! The notes that give most trouble.

use chrono::NaiveDate;
use serde::Serialize;

use super::spread::median;
use super::{Context, Item};
use crate::note::NotePath;
use crate::schedule::{Ease, Interval, Scheduled};

/// How many notes are named.
pub const HARDEST: usize = 10;

/// A note that gives trouble.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hard {
    /// The note.
    pub path: NotePath,
    /// Its ease, in percent.
    pub ease: Ease,
    /// Its interval, in days.
    pub interval: Interval,
    /// When it is due.
    pub due: NaiveDate,
    /// How often it was forgotten. Again once more in one sitting is not another time.
    pub lapses: u32,
    /// How often it was reviewed, as far as the log tells.
    pub reviews: u32,
}

/// The lowest ease first; of equal ones the most often forgotten, then by path. Only notes below the median ease of the
/// vault, or forgotten at least once.
pub(super) fn hardest(context: &Context<'_>) -> Vec<Hard> {
    let mut eases: Vec<f64> = context.scheduled.iter().map(|item| item.schedule.ease.percent()).collect();
    let Some(usual) = median(&mut eases) else { return Vec::new() };
    let counts = counts(context);
    let of = |item: &Item| item.number.and_then(|number| counts.get(number)).copied().unwrap_or_default();
    let hard = |item: &Item| {
        let ((lapses, reviews), Scheduled { due, interval, ease }) = (of(item), item.schedule);
        Hard { path: item.path.clone(), ease, interval, due, lapses, reviews }
    };
    let mut found: Vec<&Item> =
        context.scheduled.iter().filter(|item| item.schedule.ease.percent() < usual || of(item).0 > 0).collect();
    let order = |a: &&Item, b: &&Item| {
        let ease = |item: &Item| item.schedule.ease.percent();
        ease(a).total_cmp(&ease(b)).then(of(b).0.cmp(&of(a).0)).then(a.path.cmp(b.path))
    };
    // Only the few that are named need to be in order.
    if found.len() > HARDEST {
        found.select_nth_unstable_by(HARDEST, order);
        found.truncate(HARDEST);
    }
    found.sort_unstable_by(order);
    found.into_iter().map(hard).collect()
}

/// For each note of the log, how often it was forgotten and how often reviewed.
fn counts(context: &Context<'_>) -> Vec<(u32, u32)> {
    let mut counts = vec![(0, 0); context.log.note_count()];
    for entry in context.log.reviews() {
        let Some(count) = counts.get_mut(context.log.note_number(entry)) else { continue };
        count.0 += u32::from(entry.is_lapse());
        count.1 += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{figure, log, note};
    use super::*;

    #[test]
    fn low_ease_comes_first_then_lapses() {
        let notes = [
            note("easy.md", "2026-02-01 40 290"),
            note("usual.md", "2026-02-01 40 250"),
            note("usual2.md", "2026-02-01 40 250"),
            note("usual3.md", "2026-02-01 40 250"),
            note("low.md", "2026-02-01 4 170"),
            note("low-forgotten.md", "2026-01-16 1 170"),
            note("forgotten-once.md", "2026-01-16 1 290"),
        ];
        let log = log(&[
            "2026-01-14 low-forgotten.md again 2026-01-14/20/190 2026-01-14/0/170",
            "2026-01-14 low-forgotten.md again 2026-01-14/0/170 2026-01-14/0/150",
            "2026-01-15 forgotten-once.md again 2026-01-14/20/310 2026-01-15/0/290",
            "2026-01-15 usual.md again - 2026-01-15/0/250",
        ]);
        let found = figure(&notes, &log, "2026-01-15", hardest);
        let told: Vec<_> = found.iter().map(|hard| (hard.path.as_str(), hard.lapses, hard.reviews)).collect();
        assert_eq!(told, [("low-forgotten.md", 1, 2), ("low.md", 0, 0), ("forgotten-once.md", 1, 1)]);
        assert_eq!(figure(&[], &log, "2026-01-15", hardest), []);
    }

    #[test]
    fn hard_is_what_lies_below_the_median_that_is_told() {
        let notes = [note("a.md", "2026-02-01 40 250"), note("b.md", "2026-02-01 40 230")];
        let names = |count| figure(&notes[..count], &log(&[]), "2026-01-15", hardest).len();
        assert_eq!([names(1), names(2)], [0, 1]);
    }
}
