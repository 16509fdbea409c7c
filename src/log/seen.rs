//! What one device saw last: the schedule of every item, to tell by what changed since without it.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

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

    /// The text for the schedules of `items`, which come in their order, seen on `day`: one line for the day and one for
    /// each item.
    pub fn text<'a>(day: NaiveDate, items: impl IntoIterator<Item = (&'a ItemId, Scheduled)>) -> String {
        let mut text = serde_json::to_vec(&Head { v: 1, day }).unwrap_or_default();
        for (item, Scheduled { due, interval, ease }) in items {
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
        String::from_utf8(text).unwrap_or_default()
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
        let seen = Seen::new(day, items);
        assert_eq!(
            text,
            "{\"v\":1,\"day\":\"2026-01-10\"}\n[\"2026-01-15\",2.5,230,\"a.md\"]\n\
             [\"2026-01-15\",2.5,230,\"b\\n\\\"é\\\".md\"]\n"
        );
        assert_eq!(Seen::parse(&text), Some(seen));
        for bad in ["", "{}", "{\"v\":2,\"day\":\"2026-01-10\"}\n", &text[..text.len() - 5]] {
            assert_eq!(Seen::parse(bad), None, "{bad}");
        }
    }
}
