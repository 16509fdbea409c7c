//! How many items are due on each day, and the search for a quieter day nearby.

use std::collections::BTreeMap;

use chrono::NaiveDate;

/// The number of items due on each day, as days from today (negative: overdue).
///
/// A day with an entry of 0 is not the same as a day without one: the search stops at a day without an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DueLoad(BTreeMap<i64, u32>);

impl DueLoad {
    /// The load of items due on the given days.
    pub fn of(today: NaiveDate, due: impl IntoIterator<Item = NaiveDate>) -> Self {
        let mut load = Self::default();
        for day in due {
            load.add((day - today).num_days());
        }
        load
    }

    /// Counts one more item `days` from today.
    pub fn add(&mut self, days: i64) {
        *self.0.entry(days).or_insert(0) += 1;
    }

    /// Takes one item off the count of the day `days` from today. The last one takes the entry with it.
    pub fn remove(&mut self, days: i64) {
        if let Some(count) = self.0.get_mut(&days) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.0.remove(&days);
            }
        }
    }

    /// Takes `items` off the day `from` and adds as many to the day `to`, as far as there are such days.
    pub fn shift(&mut self, today: NaiveDate, items: u32, from: Option<NaiveDate>, to: Option<NaiveDate>) {
        for _ in 0..items {
            if let Some(from) = from {
                self.remove((from - today).num_days());
            }
            if let Some(to) = to {
                self.add((to - today).num_days());
            }
        }
    }

    /// The same, counted from a day that is `days` later.
    #[must_use]
    pub fn from_day_later(&self, days: i64) -> Self {
        self.iter().map(|(day, count)| (day - days, count)).collect()
    }

    /// The items due `days` from today, or `None` when that day has no entry.
    pub fn on(&self, days: i64) -> Option<u32> {
        self.0.get(&days).copied()
    }

    /// Days and counts, earliest first.
    pub fn iter(&self) -> impl Iterator<Item = (i64, u32)> + '_ {
        self.0.iter().map(|(day, count)| (*day, *count))
    }

    /// How many days [`DueLoad::balance`] looks to each side of `interval` whole days from today.
    pub fn reach(interval: i64) -> i64 {
        match interval {
            ..=7 => 0,
            8..=21 => 1,
            22..=180 => (interval / 20).min(3),
            _ => (interval / 40).min(7),
        }
    }

    /// The quietest day near `interval` whole days from today, as obsidian-spaced-repetition 1.15.4 finds it.
    ///
    /// Up to 7 days nothing moves. Up to 21 days the search goes one day each way, up to 180 days 5 % (three days at
    /// most), above that 2.5 % (seven at most), nearest days first and the earlier of two before the later. A day with
    /// nothing due is taken at once.
    pub fn balance(&self, interval: i64) -> i64 {
        let width = Self::reach(interval);
        if width == 0 {
            return interval;
        }
        let Some(mut fewest) = self.on(interval) else { return interval };
        let mut best = interval;
        for distance in 1..=width {
            for day in [interval - distance, interval + distance] {
                match self.on(day) {
                    None => return day,
                    Some(count) if count < fewest => (best, fewest) = (day, count),
                    Some(_) => {}
                }
            }
        }
        best
    }
}

impl FromIterator<(i64, u32)> for DueLoad {
    fn from_iter<T: IntoIterator<Item = (i64, u32)>>(counts: T) -> Self {
        Self(counts.into_iter().collect())
    }
}
