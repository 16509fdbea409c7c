//! The instant of a command and the study day it falls on. The clock is read once, at the edge, and passed down.

use std::fmt;
use std::sync::Arc;

use chrono::{
    DateTime, Days, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike,
};
use serde::Serialize;

/// Tells the time and the study day: those of the system, or what a test wants them to be.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn(StartOfDay) -> Now + Send + Sync>);

impl Clock {
    /// A clock that tells what `now` gives when days start as it is told.
    pub fn new(now: impl Fn(StartOfDay) -> Now + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time now.
    pub fn now(&self, start: StartOfDay) -> Now {
        (self.0)(start)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// When a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The instant, with the local offset from UTC.
    pub instant: DateTime<FixedOffset>,
    /// The study day: the calendar day, or the one before while the day has not started yet.
    pub today: NaiveDate,
}

impl Now {
    /// The study day of `instant` when days start at `start`: the last day that has started, in the zone of the instant. It
    /// never goes back where clocks do, and a day whose start the clocks leave out starts when they do so.
    pub fn at<Z: TimeZone>(instant: DateTime<Z>, start: StartOfDay) -> Self {
        let date = instant.naive_local().date();
        let today = study_day(&instant.timezone(), instant.naive_utc(), date, start);
        Self { instant: instant.fixed_offset(), today }
    }
}

/// The study day of an instant that has the calendar date `date` in `zone`.
fn study_day<Z: TimeZone>(zone: &Z, utc: NaiveDateTime, date: NaiveDate, start: StartOfDay) -> NaiveDate {
    let has_started = |day: &NaiveDate| start.on(*day, zone).is_some_and(|start| start <= utc);
    // Clocks may have gone back over the start of the next day; and they may leave out a whole one.
    let around = [1, 0, -1, -2].map(|days| date + TimeDelta::days(days));
    around.into_iter().find(has_started).unwrap_or(date)
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

    /// The instant, in UTC, at which `day` starts: when its time of day comes for the first time, or when the clocks leave it
    /// out. `None` at the end of time.
    fn on<Z: TimeZone>(self, day: NaiveDate, zone: &Z) -> Option<NaiveDateTime> {
        let start = day.and_time(self.0);
        match zone.from_local_datetime(&start) {
            LocalResult::Single(one) => Some(one.naive_utc()),
            LocalResult::Ambiguous(one, other) => Some(one.naive_utc().min(other.naive_utc())),
            LocalResult::None => {
                // No offset from UTC is larger than a day.
                let earliest = start.checked_sub_days(Days::new(2))?;
                let at = |second: i64| earliest.checked_add_signed(TimeDelta::seconds(second));
                let (mut before, mut after) = (0, 4 * 24 * 60 * 60);
                while after - before > 1 {
                    let middle = i64::midpoint(before, after);
                    let has_come = zone.from_utc_datetime(&at(middle)?).naive_local() >= start;
                    *(if has_come { &mut after } else { &mut before }) = middle;
                }
                at(after)
            }
        }
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

    /// A zone whose clocks are set from one offset to another, in hours, at an instant of the year 2026 in UTC.
    #[derive(Clone, Copy, Debug)]
    struct Shifting {
        at: NaiveDateTime,
        before: i32,
        after: i32,
    }

    impl Shifting {
        fn new(at: &str, before: i32, after: i32) -> Self {
            Self { at: format!("2026-{at}").parse().unwrap(), before, after }
        }
    }

    impl TimeZone for Shifting {
        type Offset = FixedOffset;

        fn from_offset(_: &FixedOffset) -> Self {
            unreachable!("nothing here asks for it")
        }

        fn offset_from_local_date(&self, _: &NaiveDate) -> LocalResult<FixedOffset> {
            unreachable!("nothing here asks for it")
        }

        fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> LocalResult<FixedOffset> {
            let [before, after] = [self.before, self.after].map(|hours| FixedOffset::east_opt(hours * 3600).unwrap());
            match (*local - before < self.at, *local - after >= self.at) {
                (true, true) => LocalResult::Ambiguous(before, after),
                (true, false) => LocalResult::Single(before),
                (false, true) => LocalResult::Single(after),
                (false, false) => LocalResult::None,
            }
        }

        fn offset_from_utc_date(&self, _: &NaiveDate) -> FixedOffset {
            unreachable!("nothing here asks for it")
        }

        fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> FixedOffset {
            let hours = if *utc < self.at { self.before } else { self.after };
            FixedOffset::east_opt(hours * 3600).unwrap()
        }
    }

    /// The zone comes with an instant only through `from_offset`, which this one does not have.
    fn day_in(zone: Shifting, utc: &str, start: &str) -> String {
        let utc: NaiveDateTime = format!("2026-{utc}").parse().unwrap();
        let local = zone.from_utc_datetime(&utc);
        study_day(&zone, utc, local.naive_local().date(), StartOfDay::parse(start).unwrap()).to_string()
    }

    #[test]
    fn clocks_that_go_back_over_the_start_of_the_day_do_not_bring_the_old_day_back() {
        // At 03:00 it is 02:00 again.
        let autumn = Shifting::new("10-25T01:00:00", 2, 1);
        let days = |start| {
            ["10-25T00:20:00", "10-25T00:40:00", "10-25T01:10:00", "10-25T01:40:00"].map(|at| day_in(autumn, at, start))
        };
        assert_eq!(days("02:30"), ["2026-10-24", "2026-10-25", "2026-10-25", "2026-10-25"]);
        assert_eq!(days("02:00"), ["2026-10-25"; 4]);
        assert_eq!(days("04:00"), ["2026-10-24"; 4]);
        // At 00:30 it is 23:30 again.
        let midnight = Shifting::new("10-24T22:30:00", 2, 1);
        let days = ["10-24T21:50:00", "10-24T22:10:00", "10-24T22:40:00", "10-24T23:10:00"];
        assert_eq!(
            days.map(|at| day_in(midnight, at, "00:00")),
            ["2026-10-24", "2026-10-25", "2026-10-25", "2026-10-25"]
        );
    }

    #[test]
    fn a_day_whose_start_the_clocks_leave_out_starts_when_they_do() {
        // At 00:00 it is 01:00.
        let spring = Shifting::new("03-28T22:00:00", 2, 3);
        let days = |start| {
            ["03-28T21:59:59", "03-28T22:00:00", "03-28T22:20:00", "03-28T23:10:00"].map(|at| day_in(spring, at, start))
        };
        let [old, new] = ["2026-03-28", "2026-03-29"];
        assert_eq!(days("00:00"), [old, new, new, new]);
        assert_eq!(days("00:30"), [old, new, new, new]);
        assert_eq!(days("02:00"), [old, old, old, new]);
    }

    #[test]
    fn no_later_instant_has_an_earlier_day() {
        for (before, after) in [(2, 1), (1, 2), (-11, 13), (13, -11), (0, 0)] {
            let zone = Shifting::new("06-15T10:30:00", before, after);
            for start in ["00:00", "02:30", "04:00", "12:00", "23:59"] {
                let first: NaiveDateTime = "2026-06-13T00:00:00".parse().unwrap();
                let days: Vec<String> = (0..700)
                    .map(|tick| (first + TimeDelta::minutes(tick * 7)).format("%m-%dT%H:%M:%S").to_string())
                    .map(|at| day_in(zone, &at, start))
                    .collect();
                assert!(days.is_sorted(), "{before} {after} {start}: {days:?}");
            }
        }
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
