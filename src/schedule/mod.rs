//! When an item is next seen: the values of a schedule and the arithmetic that moves them.

mod algorithm;
mod ease;
mod grade;
mod load;
mod sm2;

use std::fmt;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize, Serializer};

pub use algorithm::{Algorithm, Explanation, Memory, Outcome, Outcomes, Standing};
pub use ease::{CardEases, LinkSums};
use ease::{first_ease, known_ease};
pub use grade::Grade;
pub use load::DueLoad;
pub(crate) use sm2::round;
pub use sm2::{Moved, Product, Sm2, Sm2Explanation, Sm2Step};

/// The time between two reviews, in days: finite, from 0 to [`Interval::MAX_DAYS`].
///
/// One decimal at most when it comes from [`Algorithm::outcomes`]; 0 means "again today".
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Deserialize)]
#[serde(try_from = "f64")]
pub struct Interval(f64);

impl Interval {
    /// The longest interval that is read or written, in days. With it every due date stays within year 9999.
    pub const MAX_DAYS: f64 = 1_000_000.0;

    /// An interval of `days`, or `None` when that is negative, too long or not a number.
    pub fn new(days: f64) -> Option<Self> {
        // A negative zero is zero.
        (0.0..=Self::MAX_DAYS).contains(&days).then_some(Self(days.abs()))
    }

    /// The length in days.
    pub fn days(self) -> f64 {
        self.0
    }

    /// The whole days from a review to the due date: halves count up (2.5 days are 3).
    pub fn whole_days(self) -> u64 {
        sm2::round(self.0) as u64
    }
}

/// How easy an item is, in percent: the factor by which Good multiplies the interval (250 is 2.5).
///
/// Finite and above 0. There is no upper bound in the arithmetic; [`Ease::MAX_PERCENT`] bounds what is read.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Deserialize)]
#[serde(try_from = "f64")]
pub struct Ease(f64);

impl Ease {
    /// The highest ease that is read or written, in percent.
    pub const MAX_PERCENT: f64 = 1_000_000.0;

    /// An ease of `percent`, or `None` when that is not above 0, too high or not a number.
    pub fn new(percent: f64) -> Option<Self> {
        (percent > 0.0 && percent <= Self::MAX_PERCENT).then_some(Self(percent))
    }

    /// The ease in percent.
    pub fn percent(self) -> f64 {
        self.0
    }
}

/// Shortest decimal, never an exponent and never a trailing `.0`: as the `sr-*` lines are written.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Shortest decimal, never an exponent and never a trailing `.0`: as the `sr-*` lines are written.
impl fmt::Display for Ease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_shortest(self.0, serializer)
    }
}

impl Serialize for Ease {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_shortest(self.0, serializer)
    }
}

/// A whole number without a trailing `.0`. The bounds of both types are far below those of `i64`.
pub(crate) fn serialize_shortest<S: Serializer>(number: f64, serializer: S) -> Result<S::Ok, S::Error> {
    if number.fract() == 0.0 { serializer.serialize_i64(number as i64) } else { serializer.serialize_f64(number) }
}

impl TryFrom<f64> for Interval {
    type Error = String;
    fn try_from(days: f64) -> Result<Self, String> {
        Self::new(days).ok_or_else(|| format!("{days} is no interval in days"))
    }
}

impl From<Interval> for f64 {
    fn from(interval: Interval) -> f64 {
        interval.0
    }
}

impl TryFrom<f64> for Ease {
    type Error = String;
    fn try_from(percent: f64) -> Result<Self, String> {
        Self::new(percent).ok_or_else(|| format!("{percent} is no ease in percent"))
    }
}

impl From<Ease> for f64 {
    fn from(ease: Ease) -> f64 {
        ease.0
    }
}

/// A schedule as it is stored with an item: what the three `sr-*` lines say, whatever algorithm computed them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scheduled {
    /// The day on which the item is to be seen next.
    pub due: NaiveDate,
    /// The days between the review before and `due`.
    pub interval: Interval,
    /// The ease that the next review starts from.
    pub ease: Ease,
}

/// A schedule, to be compared and looked up. No number in it is negative, and so none has two forms.
pub type ScheduleKey = (NaiveDate, u64, u64);

impl Scheduled {
    /// The same, to be looked up.
    pub fn key(self) -> ScheduleKey {
        (self.due, self.interval.days().to_bits(), self.ease.percent().to_bits())
    }

    /// Whole days from the due date to `today`: negative before it, positive when overdue.
    pub fn days_overdue(&self, today: NaiveDate) -> i64 {
        (today - self.due).num_days()
    }

    /// Whether the item is to be seen on `today`.
    pub fn is_due(&self, today: NaiveDate) -> bool {
        self.due <= today
    }

    /// The day of the review that led to this schedule, as far as due date and interval tell it.
    pub fn inferred_last_review(&self) -> Option<NaiveDate> {
        self.due.checked_sub_days(Days::new(self.interval.whole_days()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_shortest() {
        let cases = [(4.0, "4"), (2.5, "2.5"), (40.4, "40.4"), (0.0, "0"), (1e6, "1000000")];
        for (days, text) in cases {
            assert_eq!(Interval::new(days).unwrap().to_string(), text);
        }
        assert_eq!(Ease::new(310.44).unwrap().to_string(), "310.44");
    }

    #[test]
    fn whole_numbers_are_whole_in_json() {
        let scheduled = Scheduled {
            due: NaiveDate::from_ymd_opt(2026, 1, 31).unwrap(),
            interval: Interval::new(4.0).unwrap(),
            ease: Ease::new(250.5).unwrap(),
        };
        let json = r#"{"due":"2026-01-31","interval":4,"ease":250.5}"#;
        assert_eq!(serde_json::to_string(&scheduled).unwrap(), json);
        assert_eq!(serde_json::from_str::<Scheduled>(json).unwrap(), scheduled);
    }

    #[test]
    fn values_out_of_range_are_not_made() {
        for days in [-0.1, f64::NAN, f64::INFINITY, 1_000_000.1] {
            assert!(Interval::new(days).is_none(), "{days}");
        }
        for percent in [0.0, -130.0, f64::NAN, f64::INFINITY] {
            assert!(Ease::new(percent).is_none(), "{percent}");
        }
    }

    #[test]
    fn half_days_count_up() {
        assert_eq!(Interval::new(2.5).unwrap().whole_days(), 3);
        assert_eq!(Interval::new(2.4).unwrap().whole_days(), 2);
    }
}
