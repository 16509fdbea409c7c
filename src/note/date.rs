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
                let (hours, minutes) = offset.split_at_checked(2)?;
                let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
                two(hours)?;
                if minutes.is_empty() { minutes } else { two(minutes)?.1 }
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
            Some(date) => {
                let swapped = NaiveDate::from_ymd_opt(year, day, month).unwrap_or(date);
                because(format!("{date} or {swapped}"))
            }
            None => impossible(year, month, day),
        };
    }
    if let Some(why) = short_year(text, separator) {
        return because(why);
    }
    if let Some(c) = text.chars().find(|c| is_invisible(*c)) {
        let plain: String = text.chars().filter(|c| !is_invisible(*c)).collect();
        let why = format!("an invisible character U+{:04X} stands there", u32::from(c));
        return NoDate { certain: read(&plain).ok(), ..because(why) };
    }
    because("")
}

/// `23-11-06`: a year of two digits can stand on either side.
fn short_year(text: &str, separator: char) -> Option<String> {
    let mut parts = text.split(separator).map(|part| number(part, 1, 2).filter(|(_, rest)| rest.is_empty()));
    let [Some((a, _)), Some((b, _)), Some((c, _)), None] =
        [parts.next()?, parts.next()?, parts.next()?, parts.next().flatten()]
    else {
        return None;
    };
    let day = |year: u32, day| NaiveDate::from_ymd_opt(i32::try_from(2000 + year).unwrap_or(0), b, day);
    Some(match (day(a, c), day(c, a)) {
        (Some(first), Some(last)) if first != last => format!("a year of two digits, {first} or {last}"),
        (Some(date), _) | (_, Some(date)) => format!("a year of two digits, maybe {date}"),
        (None, None) => "a year of two digits".into(),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Record {
        input: Option<String>,
        out: Out,
    }

    #[derive(serde::Deserialize)]
    struct Out {
        date: Option<NaiveDate>,
    }

    /// Every measured text that the plugin takes for a date and this does not, with the day it takes it for.
    const REFUSED: [(&str, &str, &str); 47] = [
        ("2023/11/06", "2023-11-06", "written in one certain way only; `study fix` turns it into ISO"),
        ("20231106", "2023-11-06", "written in one certain way only; `study fix` turns it into ISO"),
        ("[[2023-11-06]]", "2023-11-06", "a link is no date; `study fix` takes the day out of it"),
        ("2023-13-45", "2023-01-20", "no such day; the plugin reads other digits as day and month"),
        ("2023-02-30", "2030-02-20", "no such day; the plugin reads other digits as day and month"),
        (
            "2023-11-06 10:00",
            "2023-11-06",
            "more than a day stands there, and writing would lose the rest; listed by its day, not written",
        ),
        ("23-11-06", "2023-11-06", "the year has two digits, and can stand on either side"),
        ("06-11-23", "2006-11-23", "the year has two digits, and can stand on either side"),
        ("6-1-23", "0006-01-23", "the year has two digits, and can stand on either side"),
        ("06/11/2023", "2023-11-06", "day and month cannot be told apart"),
        ("11/06/2023", "2023-06-11", "day and month cannot be told apart"),
        ("2023.11.06", "2023-11-06", "written in one certain way only; `study fix` turns it into ISO"),
        ("06.11.2023", "2023-11-06", "day and month cannot be told apart"),
        ("2023-02-29", "2029-02-20", "no such day; the plugin reads other digits as day and month"),
        ("12-31-2023", "2031-01-12", "month and day are swapped; `study fix` makes it 2023-12-31"),
        ("2023-00-10", "2023-01-20", "no such day; the plugin reads other digits as day and month"),
        ("2023-12-00", "2000-12-20", "no such day; the plugin reads other digits as day and month"),
        ("2023-12-32", "2032-12-20", "no such day; the plugin reads other digits as day and month"),
        ("2023-11", "2023-11-01", "no full date; the plugin fills in the rest"),
        ("11", "2011-01-01", "no full date; the plugin fills in the rest"),
        ("06", "2006-01-01", "no full date; the plugin fills in the rest"),
        ("06-11", "2006-11-01", "no full date; the plugin fills in the rest"),
        ("Mon, Nov 06 2023", "2023-11-06", "not the form `ddd MMM DD YYYY`"),
        ("Mon 2023-11-06", "2023-11-06", "text beside a day; the day is not searched for"),
        (
            "2023-11-06 Mon",
            "2023-11-06",
            "more than a day stands there, and writing would lose the rest; listed by its day, not written",
        ),
        ("due 2023-11-06", "2023-11-06", "text beside a day; the day is not searched for"),
        (
            "2023-11-06 (moved)",
            "2023-11-06",
            "more than a day stands there, and writing would lose the rest; listed by its day, not written",
        ),
        ("2023 11 06", "2023-11-06", "not a shape that anything writes; the day is not searched for"),
        ("2023--11--06", "2023-11-06", "not a shape that anything writes; the day is not searched for"),
        (
            "2023-11-06-07",
            "2023-11-06",
            "more than a day stands there, and writing would lose the rest; listed by its day, not written",
        ),
        ("12023-11-06", "1202-11-06", "not a shape that anything writes; the day is not searched for"),
        ("1e3", "0001-03-01", "not a shape that anything writes; the day is not searched for"),
        (
            "1699228800000",
            "9922-01-16",
            "seconds or milliseconds since 1970; `study fix` turns them into the right day",
        ),
        ("1699228800", "9922-01-16", "seconds or milliseconds since 1970; `study fix` turns them into the right day"),
        ("-5", "0005-01-01", "no full date; the plugin fills in the rest"),
        (
            "2023-11-06Z",
            "2023-11-06",
            "more than a day stands there, and writing would lose the rest; listed by its day, not written",
        ),
        ("2023-310", "2023-01-20", "not a shape that anything writes; the day is not searched for"),
        ("\"2023-11-06\"", "2023-11-06", "quotes inside the value; quotes around it are fine"),
        ("[[06-11-2023]]", "2023-11-06", "a link is no date; `study fix` takes the day out of it"),
        ("[[notes/2023-11-06|6 Nov]]", "2023-11-06", "a link is no date"),
        ("2023-06-31", "2031-06-20", "no such day; the plugin reads other digits as day and month"),
        ("1-2-3", "0001-02-03", "the year has two digits, and can stand on either side"),
        ("01-02-03", "2001-02-03", "the year has two digits, and can stand on either side"),
        ("Mon", "2025-03-10", "a weekday alone; the plugin takes the one of the current week"),
        ("Friday", "2025-03-14", "a weekday alone; the plugin takes the one of the current week"),
        ("Sun", "2025-03-09", "a weekday alone; the plugin takes the one of the current week"),
        ("Mo Nov 06 2023", "2023-11-06", "not the form `ddd MMM DD YYYY`"),
    ];

    #[test]
    fn measured_dates_are_the_same_or_a_stated_deviation() {
        let records = std::fs::read_to_string("tests/vectors/dates.jsonl").unwrap();
        let doc = std::fs::read_to_string("docs/plugin-compatibility.md").unwrap();
        let mut refused = Vec::new();
        for line in records.lines() {
            let record: Record = serde_json::from_str(line).unwrap();
            let Some(input) = record.input else { continue };
            match (read(&input).ok(), record.out.date) {
                (ours, theirs) if ours == theirs => {}
                (None, theirs) => refused.push((input, theirs.map(|date| date.to_string()).unwrap_or_default())),
                (Some(ours), theirs) => panic!("{input:?} is read as {ours}, by the plugin as {theirs:?}"),
            }
        }
        let stated: Vec<_> =
            REFUSED.iter().map(|(input, theirs, _)| ((*input).to_owned(), (*theirs).to_owned())).collect();
        assert_eq!(refused, stated);
        for (input, theirs, why) in REFUSED {
            let row = format!("| `{}` | {theirs} | {why} |", input.replace('|', "\\|"));
            assert!(doc.contains(&row), "docs/plugin-compatibility.md lacks {row}");
        }
    }

    #[test]
    fn accepted_forms() {
        let cases = [
            ("2030-01-02", "2030-01-02"),
            ("2030-1-2", "2030-01-02"),
            (" 2030-01-02\t", "2030-01-02"),
            ("02-01-2030", "2030-01-02"),
            ("2-1-2030", "2030-01-02"),
            ("Wed Jan 02 2030", "2030-01-02"),
            ("wednesday january 2 2030", "2030-01-02"),
            ("2030-01-02T10:00", "2030-01-02"),
            ("2030-01-02T23:59:59.123Z", "2030-01-02"),
            ("2030-01-02T23:59:59+05:00", "2030-01-02"),
            ("2030-01-02T23:59-0530", "2030-01-02"),
            ("9999-12-31", "9999-12-31"),
            ("0001-01-01", "0001-01-01"),
        ];
        for (text, day) in cases {
            assert_eq!(read(text).map(|date| date.to_string()).as_deref(), Ok(day), "{text}");
        }
    }

    #[test]
    fn refused_texts_say_what_they_may_mean() {
        let cases = [
            ("2030-28-08", Some("2030-08-28"), "there is no month 28, most likely 2030-08-28"),
            ("12-31-2030", Some("2030-12-31"), "there is no month 31, most likely 2030-12-31"),
            ("2030-02-30", None, "there is no such day"),
            ("2030-00-01", None, "there is no such day"),
            ("0000-01-01", None, "there is no such day"),
            ("30-02-2030", None, "there is no such day"),
            ("Thu Jan 02 2030", None, "2030-01-02 is a Wednesday"),
            ("Fri Feb 30 2024", None, "there is no such day"),
            ("1893456000", Some("2030-01-01"), "seconds since 1970, 2030-01-01"),
            ("1893456000000", Some("2030-01-01"), "milliseconds since 1970, 2030-01-01"),
            ("20300102", Some("2030-01-02"), "most likely 2030-01-02"),
            ("2030/01/02", Some("2030-01-02"), "most likely 2030-01-02"),
            ("31.12.2030", Some("2030-12-31"), "most likely 2030-12-31"),
            ("02/01/2030", None, "2030-01-02 or 2030-02-01"),
            ("23-11-06", None, "a year of two digits, 2023-11-06 or 2006-11-23"),
            ("23-11-31", None, "a year of two digits, maybe 2031-11-23"),
            ("[[2030-01-02]]", Some("2030-01-02"), "most likely 2030-01-02"),
            ("[[x]]", None, "a link"),
            ("Invalid date", None, "a scheduler wrote it when it could not compute the day"),
            ("NaN", None, "a scheduler wrote it when it could not compute the day"),
            ("2030-01-02\u{a0}", Some("2030-01-02"), "an invisible character stands behind it"),
            ("\u{200b}2030-01-02", Some("2030-01-02"), "an invisible character U+200B stands there"),
            ("2030-01-023", None, ""),
            ("2030-01-02-11-56", None, "more than a day stands there, 2030-01-02 and `-11-56`"),
            ("2030-01-02T25:00", None, "more than a day stands there, 2030-01-02 and `T25:00`"),
            ("true", None, ""),
            ("", None, ""),
            ("99999999999999999999", None, ""),
            ("２０３０-０１-０２", None, ""),
        ];
        for (text, certain, why) in cases {
            let no = read(text).unwrap_err();
            let day = no.certain.map(|date| date.to_string());
            assert_eq!((day.as_deref(), no.why.as_str()), (certain, why), "{text:?}");
        }
        assert!(read(&"[[".repeat(100_000)).is_err());
        assert_eq!(read("2030-01-02-11-56").unwrap_err().listed, NaiveDate::from_ymd_opt(2030, 1, 2));
    }
}
