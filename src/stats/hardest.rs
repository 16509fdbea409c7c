//! The notes that give most trouble.

use chrono::NaiveDate;
use serde::Serialize;

use super::Context;
use crate::note::NotePath;
use crate::schedule::{Ease, Grade, Interval};

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

/// The lowest ease first; of equal ones the most often forgotten, then by path. Only notes below the usual ease of the
/// vault, or forgotten at least once.
pub(super) fn hardest(context: &Context<'_>) -> Vec<Hard> {
    let mut eases: Vec<f64> = context.scheduled().map(|(_, schedule)| schedule.ease.percent()).collect();
    let middle = eases.len() / 2;
    if eases.is_empty() {
        return Vec::new();
    }
    let (_, usual, _) = eases.select_nth_unstable_by(middle, f64::total_cmp);
    let usual = *usual;
    let lapses = lapses(context);
    let of = |path: &NotePath| {
        context.log.number_of(path.as_str()).and_then(|number| lapses.get(number)).copied().unwrap_or_default()
    };
    let mut found: Vec<(f64, u32, &NotePath, crate::schedule::Scheduled)> = context
        .scheduled()
        .map(|(path, schedule)| (schedule.ease.percent(), of(path).0, path, schedule))
        .filter(|(ease, lapses, ..)| *ease < usual || *lapses > 0)
        .collect();
    found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)).then(a.2.cmp(b.2)));
    found.truncate(HARDEST);
    let hard = |(_, lapses, path, schedule): (f64, u32, &NotePath, crate::schedule::Scheduled)| Hard {
        path: path.clone(),
        ease: schedule.ease,
        interval: schedule.interval,
        due: schedule.due,
        lapses,
        reviews: of(path).1,
    };
    found.into_iter().map(hard).collect()
}

/// For each note of the log, how often it was forgotten and how often reviewed.
fn lapses(context: &Context<'_>) -> Vec<(u32, u32)> {
    let mut counts = vec![(0, 0); context.log.note_count()];
    for entry in context.log.reviews() {
        let Some(count) = counts.get_mut(context.log.note_number(entry)) else { continue };
        let known = entry.schedule().and_then(|moved| moved.before).is_some_and(|before| before.interval.days() >= 1.0);
        count.0 += u32::from(entry.grade == Some(Grade::Again) && known);
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
}
