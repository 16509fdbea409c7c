//! The dates of `sr-due`: what is accepted, and what a refused text most likely means.
//!
//! Accepted are `YYYY-MM-DD`, also unpadded and with a time behind a `T`, `DD-MM-YYYY`, and `ddd MMM DD YYYY`. The plugin
//! guesses at far more; where it guesses, this refuses (`docs/plugin-compatibility.md`, "Dates").

use chrono::{DateTime, Datelike, NaiveDate};

use crate::problem::Code;

/// A text that is not accepted as a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoDate {
    /// [`Code::BadDue`] or [`Code::EpochDue`].
    pub code: Code,
    /// Why, as the end of "sr-due is not a date: `...`"; empty when there is nothing to add.
    pub why: String,
    /// The only day that can be meant.
    pub certain: Option<NaiveDate>,
    /// The day at the start of a text that says more than a day: good for a list, not to be written over.
    pub listed: Option<NaiveDate>,
}

/// No date is longer than this, in bytes.
const LONGEST: usize = 100;

/// Reads a date. Blanks around it do not count.
///
/// # Errors
/// When it is none of the accepted forms, or a day that does not exist.
pub fn read(text: &str) -> Result<NaiveDate, NoDate> {
    let text = text.trim_ascii();
    if text.len() > LONGEST {
        return Err(because(""));
    }
    if let Some((year, month, day, rest)) = year_first(text, '-') {
        return match NaiveDate::from_ymd_opt(year, month, day).filter(|date| date.year() > 0) {
            Some(date) if rest.is_empty() || is_time(rest) => Ok(date),
            Some(date) if rest.chars().all(is_invisible) => {
                let why = "an invisible character stands behind it";
                Err(NoDate { certain: Some(date), listed: Some(date), ..because(why) })
            }
            Some(date) if !rest.starts_with(|c: char| c.is_ascii_digit()) => Err(NoDate {
                listed: Some(date),
                ..because(format!("more than a day stands there, {date} and `{rest}`"))
            }),
            Some(_) => Err(because("")),
            None => Err(impossible(year, month, day)),
        };
    }
    if let Some((year, month, day, "")) = day_first(text, '-') {
        return NaiveDate::from_ymd_opt(year, month, day)
            .filter(|date| date.year() > 0)
            .ok_or_else(|| impossible(year, month, day));
    }
    if let Some(result) = in_words(text) {
        return result;
    }
    Err(unlike(text))
}

fn because(why: impl Into<String>) -> NoDate {
    NoDate { code: Code::BadDue, why: why.into(), certain: None, listed: None }
}

fn surely(date: NaiveDate) -> NoDate {
    NoDate { certain: Some(date), ..because(format!("most likely {date}")) }
}

/// A day that does not exist; with day and month swapped it may.
fn impossible(year: i32, month: u32, day: u32) -> NoDate {
    match NaiveDate::from_ymd_opt(year, day, month) {
        Some(date) if month > 12 => {
            NoDate { certain: Some(date), ..because(format!("there is no month {month}, most likely {date}")) }
        }
        _ => because("there is no such day"),
    }
}

/// The number at the start of `text`, of `min` to `max` ASCII digits and no more.
fn number(text: &str, min: usize, max: usize) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits)?;
    ((min..=max).contains(&digits)).then(|| number.parse().ok()).flatten().map(|number| (number, rest))
}

/// `2030-1-2...`: year, month, day and what follows.
fn year_first(text: &str, separator: char) -> Option<(i32, u32, u32, &str)> {
    let (year, rest) = number(text, 4, 4)?;
    let (month, rest) = number(rest.strip_prefix(separator)?, 1, 2)?;
    let (day, rest) = number(rest.strip_prefix(separator)?, 1, 2)?;
    Some((i32::try_from(year).ok()?, month, day, rest))
}

/// `2-1-2030...`: year, month, day and what follows.
fn day_first(text: &str, separator: char) -> Option<(i32, u32, u32, &str)> {
    let (day, rest) = number(text, 1, 2)?;
    let (month, rest) = number(rest.strip_prefix(separator)?, 1, 2)?;
    let (year, rest) = number(rest.strip_prefix(separator)?, 4, 4)?;
    Some((i32::try_from(year).ok()?, month, day, rest))
}

/// `T10:00`, seconds, fraction and offset optional.
fn is_time(rest: &str) -> bool {
    let two = |text| number(text, 2, 2);
    let read = || {
        let (hour, rest) = number(rest.strip_prefix(['T', 't'])?, 1, 2)?;
        let (minute, mut rest) = two(rest.strip_prefix(':')?)?;
        let mut second = 0;
        if let Some(seconds) = rest.strip_prefix(':') {
            (second, rest) = two(seconds)?;
            if let Some(fraction) = rest.strip_prefix('.') {
                rest = number(fraction, 1, 9)?.1;
            }
        }
        let rest = match rest.strip_prefix(['+', '-']) {
            Some(offset) => {
                let (_, minutes) = two(offset)?;
                minutes.strip_prefix(':').map_or_else(|| two(minutes), two).map_or(minutes, |(_, rest)| rest)
            }
            None => rest.strip_prefix(['Z', 'z']).unwrap_or(rest),
        };
        Some(hour < 24 && minute < 60 && second < 61 && rest.is_empty())
    };
    read().unwrap_or(false)
}

/// `Mon Nov 06 2023`, short or full English names in any case. `None` when it is not of that form.
fn in_words(text: &str) -> Option<Result<NaiveDate, NoDate>> {
    let mut words = text.split_ascii_whitespace();
    let [weekday, month, day, year] = [words.next()?, words.next()?, words.next()?, words.next()?];
    let weekday: chrono::Weekday = weekday.parse().ok()?;
    let month: chrono::Month = month.parse().ok()?;
    let ((day, ""), (year, "")) = (number(day, 1, 2)?, number(year, 4, 4)?) else { return None };
    if words.next().is_some() {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month.number_from_month(), day);
    Some(match date {
        Some(date) if date.weekday() == weekday => Ok(date),
        Some(date) => Err(because(format!("{date} is a {}", name(date.weekday())))),
        None => Err(because("there is no such day")),
    })
}

fn name(weekday: chrono::Weekday) -> &'static str {
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        .get(weekday.num_days_from_monday() as usize)
        .unwrap_or(&"day")
}

/// A blank that is none, and other characters that nobody sees.
fn is_invisible(c: char) -> bool {
    !c.is_ascii()
        && (c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}'))
}

/// What a text of no accepted form may mean.
fn unlike(text: &str) -> NoDate {
    let lower = text.to_ascii_lowercase();
    if lower == "invalid date" || lower.contains("nan") {
        return because("a scheduler wrote it when it could not compute the day");
    }
    if let Some(inner) = text.strip_prefix("[[").and_then(|t| t.strip_suffix("]]")) {
        return match read(inner) {
            Ok(date) if !inner.contains('[') => surely(date),
            _ => because("a link"),
        };
    }
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return digits(text);
    }
    let separator = ['/', '.'].into_iter().find(|separator| text.contains(*separator)).unwrap_or('-');
    if let Some((year, month, day, "")) = year_first(text, separator) {
        return NaiveDate::from_ymd_opt(year, month, day).map_or_else(|| impossible(year, month, day), surely);
    }
    if let Some((year, month, day, "")) = day_first(text, separator) {
        return match NaiveDate::from_ymd_opt(year, month, day) {
            Some(date) if day > 12 || day == month => surely(date),
            Some(_) => because("day and month cannot be told apart"),
            None => impossible(year, month, day),
        };
    }
    let parts: Vec<&str> = text.split(separator).collect();
    if parts.len() == 3 && parts.iter().all(|part| number(part, 1, 2).is_some_and(|(_, rest)| rest.is_empty())) {
        return because("a year of two digits");
    }
    if let Some(c) = text.chars().find(|c| is_invisible(*c)) {
        let plain: String = text.chars().filter(|c| !is_invisible(*c)).collect();
        let why = format!("an invisible character U+{:04X} stands there", u32::from(c));
        return NoDate { certain: read(&plain).ok(), ..because(why) };
    }
    because("")
}

/// A number of nothing but digits.
fn digits(text: &str) -> NoDate {
    let number: Option<i64> = text.parse().ok();
    let epoch = |unit: &str, date: Option<DateTime<chrono::Utc>>| match date {
        Some(at) => {
            let date = at.date_naive();
            let why = format!("{unit} since 1970, {date}");
            NoDate { code: Code::EpochDue, why, certain: Some(date), listed: None }
        }
        None => because(""),
    };
    match (text.len(), number) {
        (8, _) => {
            let part = |range| text.get(range).and_then(|part: &str| part.parse().ok()).unwrap_or(0);
            let year = i32::try_from(part(0..4)).unwrap_or(0);
            NaiveDate::from_ymd_opt(year, part(4..6), part(6..8))
                .filter(|date| (1900..2200).contains(&date.year()))
                .map_or_else(|| because(""), surely)
        }
        (9..=10, Some(seconds)) => epoch("seconds", DateTime::from_timestamp(seconds, 0)),
        (12..=13, Some(millis)) => epoch("milliseconds", DateTime::from_timestamp_millis(millis)),
        _ => because(""),
    }
}
