//! What one device saw last: the schedule of every item, to tell by what changed since without it.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::item::{ItemId, NotePath, Part};
use crate::schedule::{Ease, Interval, Scheduled};

/// The schedules that a device saw on its last run.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The study day of that run.
    pub day: NaiveDate,
    items: HashMap<ItemId, Scheduled>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    v: u32,
    day: NaiveDate,
    #[serde(default)]
    sum: Sum,
}

/// What stands for many schedules, in whatever order they come: as long as it is the same, so are they.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum(u64);

impl Sum {
    /// With the schedule of one item more.
    #[must_use]
    pub fn with(self, note: &NotePath, schedule: Scheduled) -> Self {
        let mut digest = Digest::new();
        let numbers = [schedule.interval.days().to_bits(), schedule.ease.percent().to_bits()];
        let numbers = numbers.into_iter().flat_map(u64::to_le_bytes);
        let due = schedule.due.num_days_from_ce().to_le_bytes();
        note.as_str().bytes().chain([0]).chain(due).chain(numbers).for_each(|byte| digest.push(byte));
        self.and(Self(digest.finish()))
    }

    /// Of these schedules and others.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

type Row = (NaiveDate, Interval, Ease, NotePath);

impl Seen {
    /// The schedules of `items`, seen on `day`.
    pub fn new(day: NaiveDate, items: impl IntoIterator<Item = (ItemId, Scheduled)>) -> Self {
        Self { day, items: items.into_iter().collect() }
    }

    /// The schedule that `item` had; `None` when it had none or was not there.
    pub fn of(&self, item: &ItemId) -> Option<Scheduled> {
        self.items.get(item).copied()
    }

    /// Every item that was seen, in no order.
    pub fn items(&self) -> impl Iterator<Item = (&ItemId, Scheduled)> {
        self.items.iter().map(|(item, schedule)| (item, *schedule))
    }

    /// Reads what [`Seen::text`] wrote. `None` when it is not that, or of another version: then nothing was seen.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let head: Head = serde_json::from_str(lines.next()?).ok()?;
        let row = |line: &str| {
            let (due, interval, ease, note): Row = serde_json::from_str(line).ok()?;
            Some((ItemId::of_note(note), Scheduled { due, interval, ease }))
        };
        let items = lines.map(row).collect::<Option<HashMap<_, _>>>()?;
        (head.v == 1).then_some(Self { day: head.day, items })
    }

    /// The sum of the schedules in what [`Seen::text`] wrote, of which this is the start. `None` when it is not that.
    pub fn sum(start: &[u8]) -> Option<Sum> {
        let line = start.split(|byte| *byte == b'\n').next()?;
        let head: Head = serde_json::from_slice(line).ok()?;
        (head.v == 1).then_some(head.sum)
    }

    /// The text for the schedules of `items`, which come in their order, seen on `day`: one line for the day and one for
    /// each item.
    pub fn text<'a>(day: NaiveDate, items: impl IntoIterator<Item = (&'a ItemId, Scheduled)>) -> String {
        let mut sum = Sum::default();
        let mut text = Vec::new();
        for (item, schedule) in items {
            sum = sum.with(&item.note, schedule);
            let Scheduled { due, interval, ease } = schedule;
            text.extend_from_slice(b"\n[");
            push_day(&mut text, due);
            // Nothing in these can fail to be written to memory.
            text.push(b',');
            let _ = serde_json::to_writer(&mut text, &interval);
            text.push(b',');
            let _ = serde_json::to_writer(&mut text, &ease);
            text.push(b',');
            match item.part {
                Part::Note => _ = serde_json::to_writer(&mut text, &item.note),
            }
            text.push(b']');
        }
        text.push(b'\n');
        let mut whole = serde_json::to_string(&Head { v: 1, day, sum }).unwrap_or_default();
        whole.push_str(&String::from_utf8(text).unwrap_or_default());
        whole
    }
}

/// The day as JSON has it: most of the time that writing a row took went into the date.
fn push_day(text: &mut Vec<u8>, day: NaiveDate) {
    let year = day.year();
    if !(0..=9999).contains(&year) {
        let _ = serde_json::to_writer(text, &day);
        return;
    }
    let digit = |number: u32| b'0' + (number % 10) as u8;
    let (y, m, d) = (year.unsigned_abs(), day.month(), day.day());
    let [y0, y1, y2, y3] = [y / 1000, y / 100, y / 10, y].map(digit);
    let [m0, m1, d0, d1] = [m / 10, m, d / 10, d].map(digit);
    text.extend_from_slice(&[b'"', y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'"']);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_json_has_it() {
        let start = NaiveDate::from_ymd_opt(-2, 12, 30).unwrap();
        let days = (0..4_000_000).step_by(997).filter_map(|n| start.checked_add_days(chrono::Days::new(n)));
        for day in days.chain([NaiveDate::MIN, NaiveDate::MAX]) {
            let mut text = Vec::new();
            push_day(&mut text, day);
            assert_eq!(text, serde_json::to_vec(&day).unwrap(), "{day}");
        }
    }

    #[test]
    fn what_was_seen_is_read_back_and_nothing_else_is() {
        let schedule = Scheduled {
            due: "2026-01-15".parse().unwrap(),
            interval: Interval::new(2.5).unwrap(),
            ease: Ease::new(230.0).unwrap(),
        };
        let items = ["b\n\"é\".md", "a.md"].map(|path| (ItemId::of_note(NotePath::new(path)), schedule));
        let day = "2026-01-10".parse().unwrap();
        let text = Seen::text(day, items.iter().rev().map(|(item, schedule)| (item, *schedule)));
        let seen = Seen::new(day, items.clone());
        let (head, rows) = text.split_once('\n').unwrap();
        assert!(head.starts_with("{\"v\":1,\"day\":\"2026-01-10\",\"sum\":"), "{head}");
        assert_eq!(rows, "[\"2026-01-15\",2.5,230,\"a.md\"]\n[\"2026-01-15\",2.5,230,\"b\\n\\\"é\\\".md\"]\n");
        // Whatever the order, and by the start of the text alone.
        let sum = |items: &[(ItemId, Scheduled)]| {
            items.iter().fold(Sum::default(), |sum, (item, schedule)| sum.with(&item.note, *schedule))
        };
        assert_eq!(Seen::sum(text.as_bytes().get(..100).unwrap()), Some(sum(&items)));
        assert_ne!(sum(&items), sum(&items[..1]));
        assert_eq!(Seen::sum(b""), None);
        assert_eq!(Seen::parse(&text), Some(seen));
        for bad in ["", "{}", "{\"v\":2,\"day\":\"2026-01-10\"}\n", &text[..text.len() - 5]] {
            assert_eq!(Seen::parse(bad), None, "{bad}");
        }
    }
}
