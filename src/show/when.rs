//! Days and intervals in words: one style for lists, buttons, tables and sentences.
//!
//! - A day is `Sat 17 Jan`, with the year where it is another one. Tables that go over years, and all that programs read, have
//!   `2026-01-17`.
//! - How far away a day is stands in whole days: `tomorrow`, `in 12 days`, `3 days ago`. A note is `due today`, `due in 12 days`
//!   or `7 days late`; many notes together are `overdue`.
//! - An interval is a number and a unit: `4 d`. Where it has to be short, long ones are `2.5 mo` and `1.2 y`; where somebody may
//!   want to compute with it, all of its days.
//! - What changes goes from `4 d to 10 d` in a sentence, and `4 d → 10 d` in a table.

use chrono::{Datelike, NaiveDate};

use crate::schedule::Interval;

/// A day as a date with its weekday, the year only where it is another: `Sat 17 Jan`.
pub fn day(day: NaiveDate, today: NaiveDate) -> String {
    let format = if day.year() == today.year() { "%a %-d %b" } else { "%a %-d %b %Y" };
    day.format(format).to_string()
}

/// That a study day began while something was going on.
pub fn new_day(today: NaiveDate) -> String {
    format!("a new study day began, {}; what is graded now counts for it", day(today, today))
}

/// How far `day` lies from today: `today`, `tomorrow`, `in 12 days`, `3 days ago`.
pub fn distance(day: NaiveDate, today: NaiveDate) -> String {
    match (day - today).num_days() {
        0 => "today".into(),
        1 => "tomorrow".into(),
        -1 => "yesterday".into(),
        days if days > 0 => format!("in {days} days"),
        days => format!("{} days ago", -days),
    }
}

/// How a note that is due on `day` stands: `due today`, `7 days late`, `due in 12 days`.
pub fn due(day: NaiveDate, today: NaiveDate) -> String {
    match (today - day).num_days() {
        days if days > 0 => late(days.unsigned_abs()),
        _ => format!("due {}", distance(day, today)),
    }
}

/// `1 day late`, `7 days late`.
pub fn late(days: u64) -> String {
    format!("{} late", count(usize::try_from(days).unwrap_or(usize::MAX), "day"))
}

/// An interval in the unit that a person would use: `4 d`, `2.5 mo`, `1.2 y`. Short, for columns and buttons.
pub fn span(interval: Interval) -> String {
    let days = interval.days();
    let (value, unit) = match days {
        d if d < 60.0 => (d, "d"),
        d if d < 365.0 => (d / 30.4375, "mo"),
        d => (d / 365.25, "y"),
    };
    let rounded = (value * 10.0).round() / 10.0;
    format!("{rounded} {unit}")
}

/// `1 note`, `2 notes`: a count and its word, with `s` where there is not exactly one.
pub fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// What is left of a day; `None` when nothing is.
pub fn left(due: usize, new: usize) -> Option<String> {
    let kinds = [(due, "due"), (new, "new")].into_iter().filter(|(notes, _)| *notes > 0);
    let kinds: Vec<String> = kinds.map(|(notes, kind)| format!("{notes} {kind}")).collect();
    (!kinds.is_empty()).then(|| format!("Left for today: {}.", kinds.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_read_as_people_say_them() {
        let today: NaiveDate = "2026-01-15".parse().unwrap();
        let cases = [
            ("2026-01-15", "today", "Thu 15 Jan"),
            ("2026-01-16", "tomorrow", "Fri 16 Jan"),
            ("2026-01-14", "yesterday", "Wed 14 Jan"),
            ("2027-01-15", "in 365 days", "Fri 15 Jan 2027"),
            ("2025-12-31", "15 days ago", "Wed 31 Dec 2025"),
        ];
        for (date, words, short) in cases {
            let date = date.parse().unwrap();
            assert_eq!((distance(date, today).as_str(), day(date, today).as_str()), (words, short));
        }
    }

    #[test]
    fn intervals_take_the_unit_that_fits() {
        let cases = [(0.0, "0 d"), (2.5, "2.5 d"), (59.0, "59 d"), (91.0, "3 mo"), (400.0, "1.1 y")];
        for (days, text) in cases {
            assert_eq!(span(Interval::new(days).unwrap()), text);
        }
    }
}
