//! How intervals and eases are spread over the notes.

use serde::Serialize;

use super::Context;

/// Lower bounds of the classes of intervals, in days.
const INTERVALS: [u32; 9] = [0, 1, 3, 7, 21, 60, 120, 240, 365];
/// Lower bounds of the classes of eases, in percent. Hard and Again lead down to 130; 250 is where a note begins.
const EASES: [u32; 9] = [0, 131, 170, 210, 230, 250, 270, 290, 330];

/// How values are spread.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The classes, lowest first; empty ones too.
    pub buckets: Vec<Bucket>,
    /// The mean of all values, to a tenth; `None` without any.
    #[serde(serialize_with = "shortest")]
    pub mean: Option<f64>,
    #[serde(serialize_with = "shortest")]
    /// The median, see [`median`].
    pub median: Option<f64>,
}

/// The notes of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bucket {
    /// From this value on.
    pub from: u32,
    /// Up to this one and without it; `None` for the last class.
    pub below: Option<u32>,
    /// How many notes.
    pub notes: u32,
}

pub(super) fn intervals(context: &Context<'_>) -> Spread {
    spread(context.scheduled.iter().map(|item| item.schedule.interval.days()).collect(), &INTERVALS)
}

pub(super) fn eases(context: &Context<'_>) -> Spread {
    spread(context.scheduled.iter().map(|item| item.schedule.ease.percent()).collect(), &EASES)
}

fn spread(mut values: Vec<f64>, bounds: &[u32]) -> Spread {
    let mut buckets = classes(bounds);
    values.iter().for_each(|value| count(&mut buckets, *value));
    let mean = (!values.is_empty()).then(|| tenth(values.iter().sum::<f64>() / values.len() as f64));
    Spread { buckets, mean, median: median(&mut values) }
}

/// The value in the middle, or the mean of the two in the middle, to a hundredth. The values are put into another order.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let is_odd = !values.len().is_multiple_of(2);
    let (lower, middle, _) = values.select_nth_unstable_by(values.len() / 2, f64::total_cmp);
    let below = lower.iter().copied().max_by(f64::total_cmp).filter(|_| !is_odd);
    Some(below.map_or(*middle, |below| (f64::midpoint(below, *middle) * 100.0).round() / 100.0))
}

/// Empty classes with these lower bounds.
pub(super) fn classes(bounds: &[u32]) -> Vec<Bucket> {
    let class = |(at, from): (usize, &u32)| Bucket { from: *from, below: bounds.get(at + 1).copied(), notes: 0 };
    bounds.iter().enumerate().map(class).collect()
}

/// Counts one more note with this value.
pub(super) fn count(buckets: &mut [Bucket], value: f64) {
    if let Some(bucket) = buckets.iter_mut().rev().find(|bucket| f64::from(bucket.from) <= value) {
        bucket.notes += 1;
    }
}

fn shortest<S: serde::Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => crate::schedule::serialize_shortest(*value, serializer),
        None => serializer.serialize_none(),
    }
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{figure, log, note};
    use super::*;

    #[test]
    fn each_value_is_in_one_class() {
        let notes = [
            note("a.md", "2026-01-14 0 130"),
            note("b.md", "2026-01-14 0.9 130.5"),
            note("c.md", "2026-01-14 20.9 249.9"),
            note("d.md", "2026-01-14 21 250"),
            note("e.md", "2026-01-14 1000000 1000000"),
            note("f.md", ""),
        ];
        let counts = |spread: Spread| spread.buckets.iter().map(|b| b.notes).collect::<Vec<_>>();
        let empty = log(&[]);
        assert_eq!(counts(figure(&notes, &empty, "2026-01-15", intervals)), [2, 0, 0, 1, 1, 0, 0, 0, 1]);
        assert_eq!(counts(figure(&notes, &empty, "2026-01-15", eases)), [2, 0, 0, 0, 1, 1, 0, 0, 1]);
        let spread = figure(&notes, &empty, "2026-01-15", intervals);
        assert_eq!((spread.mean, spread.median), (Some(200_008.6), Some(20.9)));
        assert_eq!((spread.buckets[8].from, spread.buckets[8].below), (365, None));
    }

    #[test]
    fn the_median_of_an_even_number_is_half_way_between_the_two_in_the_middle() {
        let notes =
            [note("a.md", "2026-01-14 1 130"), note("b.md", "2026-01-14 2.1 250"), note("c.md", "2026-01-14 9 250")];
        let of = |count: usize| figure(&notes[..count], &log(&[]), "2026-01-15", intervals).median;
        assert_eq!([of(1), of(2), of(3)], [Some(1.0), Some(1.55), Some(2.1)]);
    }

    #[test]
    fn nothing_has_no_middle() {
        let spread = figure(&[], &log(&[]), "2026-01-15", intervals);
        assert_eq!((spread.mean, spread.median), (None, None));
    }
}
