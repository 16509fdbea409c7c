//! The instant of a command and the study day it falls on. The clock is read once, at the edge, and passed down.

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Timelike};
use serde::Serialize;

/// When a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The instant, with the local offset from UTC.
    pub instant: DateTime<FixedOffset>,
    /// The study day: the calendar day, or the one before while the day has not started yet.
    pub today: NaiveDate,
}

impl Now {
    /// The study day of `instant` when days start at `start`, in the offset of the instant.
    pub fn at(instant: DateTime<FixedOffset>, start: StartOfDay) -> Self {
        let local = instant.naive_local();
        let shift = chrono::TimeDelta::seconds(start.0.num_seconds_from_midnight().into());
        let today = local.checked_sub_signed(shift).unwrap_or(local).date();
        Self { instant, today }
    }
}

/// The local time at which a study day starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StartOfDay(NaiveTime);

impl StartOfDay {
    /// Reads `H:MM`, `HH:MM` or `HH:MM:SS`.
    ///
    /// # Errors
    /// When the text is no such time of day.
    pub fn parse(text: &str) -> Result<Self, String> {
        let digits = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let parts: Vec<&str> = text.trim().split(':').collect();
        let time = match parts.as_slice() {
            [h, m] | [h, m, _] if digits(h) && m.len() == 2 && digits(m) => {
                let second = parts.get(2).map_or(Some(0), |s| digits(s).then(|| s.parse().ok()).flatten());
                match (h.parse(), m.parse(), second) {
                    (Ok(h), Ok(m), Some(s)) => NaiveTime::from_hms_opt(h, m, s),
                    _ => None,
                }
            }
            _ => None,
        };
        time.map(Self).ok_or_else(|| format!("`{text}` is not a time of day like 04:00"))
    }

    /// The time of day.
    pub fn time(self) -> NaiveTime {
        self.0
    }
}

impl fmt::Display for StartOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())?;
        if self.0.second() == 0 { Ok(()) } else { write!(f, ":{:02}", self.0.second()) }
    }
}

impl Serialize for StartOfDay {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads exactly `YYYY-MM-DD`, as commands and the log write it.
///
/// # Errors
/// When the text has another shape or names a day that does not exist.
pub fn parse_day(text: &str) -> Result<NaiveDate, String> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    let day = shape.then(|| text.parse().ok()).flatten();
    day.ok_or_else(|| format!("`{text}` is not a date like 2026-01-31"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(instant: &str, start: &str) -> String {
        let instant = DateTime::parse_from_rfc3339(instant).unwrap();
        Now::at(instant, StartOfDay::parse(start).unwrap()).today.to_string()
    }

    #[test]
    fn a_study_day_starts_at_its_hour() {
        assert_eq!(day("2026-03-02T03:59:59+01:00", "04:00"), "2026-03-01");
        assert_eq!(day("2026-03-02T04:00:00+01:00", "4:00"), "2026-03-02");
        assert_eq!(day("2026-03-02T00:00:00+01:00", "00:00"), "2026-03-02");
        assert_eq!(day("2026-03-02T04:30:29-08:00", "04:30:30"), "2026-03-01");
    }

    #[test]
    fn times_that_are_none_are_refused() {
        for text in ["", "4", "24:00", "04:60", "4:0", "04:00:61", "-1:00", "04:00:00:00", "a:bc"] {
            assert!(StartOfDay::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn days_are_read_strictly() {
        assert!(parse_day("2026-02-28").is_ok());
        for text in ["2026-2-28", "2026-02-30", "26-02-28", "2026-02-28 ", "+2026-02-2", "２026-02-28"] {
            assert!(parse_day(text).is_err(), "{text}");
        }
    }
}
