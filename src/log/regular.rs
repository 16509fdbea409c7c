//! A line as this program writes it, read without a JSON parser: a long log is almost nothing else.
//!
//! Reads a part of what [`Fields::parse`] reads, and says exactly the same about it; whatever is unusual (escapes, other
//! fields, another order, a bad value) is left to that. A property test holds the two equal.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate};

use super::entry::Fields;
use super::event::{self, VERSION};
use super::{EventId, Kind};
use crate::schedule::{Ease, Grade, Interval, Scheduled};

/// The fields of a regular line.
pub(super) fn parse(line: &[u8]) -> Option<Fields<'_>> {
    let mut at = Cursor(line);
    at.skip(br#"{"v":1,"kind":"#)?;
    let kind = Kind::ALL.into_iter().find(|kind| at.skip_text(kind.word()))?;
    at.skip(br#","id":"#)?;
    let id = EventId::parse(at.text()?)?;
    at.skip(br#","at":"#)?;
    let instant = DateTime::parse_from_rfc3339(at.text()?).ok()?;
    at.skip(br#","day":"#)?;
    let day = at.day()?;
    at.skip(br#","device":"#)?;
    let device = Cow::Borrowed(at.text()?);
    at.skip(br#","seq":"#)?;
    let seq = at.whole()?;
    at.skip(br#","note":"#)?;
    let note = at.text().filter(|path| event::is_path(path))?;
    let grade = match at.skip(br#","grade":"#) {
        Some(()) => Some(Grade::ALL.into_iter().find(|grade| at.skip_text(grade.word()))?),
        None => None,
    };
    let ms = match at.skip(br#","ms":"#) {
        Some(()) => Some(u32::try_from(at.whole()?).ok()?),
        None => None,
    };
    let before = at.schedule(br#","before":"#)?;
    let after = at.schedule(br#","after":"#)?;
    if at.skip(br#","algorithm":"#).is_some() {
        at.text()?;
    }
    at.was()?;
    let batch = at.id(br#","batch":"#)?;
    let undoes = at.id(br#","undoes":"#)?;
    (at.0 == b"}").then_some(Fields {
        _v: VERSION,
        kind,
        id,
        at: instant,
        day,
        device,
        seq,
        note: Cow::Borrowed(note),
        sr_id: None,
        grade,
        ms,
        before,
        after,
        batch,
        undoes,
    })
}

/// What is left of the line. A method that returns `None` may have gone on all the same: then the line is given up.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    /// Passes over exactly `bytes`, or stays.
    fn skip(&mut self, bytes: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(bytes)?;
        Some(())
    }

    /// Passes over exactly `"word"`, or stays.
    fn skip_text(&mut self, word: &str) -> bool {
        let rest = self.0.strip_prefix(b"\"").and_then(|rest| rest.strip_prefix(word.as_bytes()));
        match rest.and_then(|rest| rest.strip_prefix(b"\"")) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// A string without escapes.
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let rest = self.0.strip_prefix(b"\"")?;
        let end = memchr::memchr(b'"', rest)?;
        let (text, rest) = (rest.get(..end)?, rest.get(end + 1..)?);
        self.0 = rest;
        text.iter().all(|byte| *byte >= b' ' && *byte != b'\\').then_some(text)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    fn id(&mut self, field: &[u8]) -> Option<Option<EventId>> {
        match self.skip(field) {
            Some(()) => EventId::parse(self.text()?).map(Some),
            None => Some(None),
        }
    }

    fn day(&mut self) -> Option<NaiveDate> {
        let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *self.bytes()? else { return None };
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_u32, |n, byte| byte.is_ascii_digit().then(|| n * 10 + u32::from(byte - b'0')))
        };
        let year = i32::try_from(number(&[y0, y1, y2, y3])?).ok()?;
        NaiveDate::from_ymd_opt(year, number(&[m0, m1])?, number(&[d0, d1])?)
    }

    /// A number as JSON has it, without sign or exponent and with few enough digits to be exact.
    fn number(&mut self) -> Option<&'a str> {
        let end = self.0.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.')?;
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        let text = std::str::from_utf8(digits).ok()?;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let regular = !whole.is_empty() && (whole == "0" || !whole.starts_with('0'));
        (regular && !fraction.is_empty() && !fraction.contains('.') && text.len() <= 15).then_some(text)
    }

    fn whole(&mut self) -> Option<u64> {
        self.number()?.parse().ok()
    }

    /// A schedule field: `Some(None)` when it is not there, `Some(Some(None))` when it is `null`.
    fn schedule(&mut self, field: &[u8]) -> Option<Option<Option<Scheduled>>> {
        if self.skip(field).is_none() {
            return Some(None);
        }
        if self.skip(b"null").is_some() {
            return Some(Some(None));
        }
        self.skip(br#"{"due":"#)?;
        let due = self.day()?;
        self.skip(br#","interval":"#)?;
        let interval = Interval::new(self.number()?.parse().ok()?)?;
        self.skip(br#","ease":"#)?;
        let ease = Ease::new(self.number()?.parse().ok()?)?;
        self.skip(b"}")?;
        Some(Some(Some(Scheduled { due, interval, ease })))
    }

    /// Passes over what undo needs.
    fn was(&mut self) -> Option<()> {
        if self.skip(br#","was":{"block":"#).is_none() {
            return Some(());
        }
        self.skip(b"true").or_else(|| self.skip(b"false"))?;
        for field in [&br#","due":"#[..], br#","interval":"#, br#","ease":"#] {
            self.skip(field)?;
            if self.skip(b"null").is_none() {
                self.bytes()?;
            }
        }
        self.skip(b"}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINES: [&str; 4] = [
        concat!(
            r#"{"v":1,"kind":"review","id":"5b1c0d0f2a7e9d43","at":"2026-01-15T07:30:12.345+01:00","day":"2026-01-15","#,
            r#""device":"büro","seq":4711,"note":"math/sets.md","grade":"good","ms":5120,"#,
            r#""before":{"due":"2026-01-14","interval":4,"ease":250},"after":{"due":"2026-01-25","interval":10.4,"ease":250.5},"#,
            r#""algorithm":"sm2-osr","was":{"block":true,"due":"2026-01-14","interval":"4","ease":null},"batch":"5b1c0d0f2a7e9d44"}"#
        ),
        r#"{"v":1,"kind":"undo","id":"5b1c0d0f2a7e9d45","at":"2026-01-15T06:30:12Z","day":"2026-01-15","device":"d","seq":0,"note":"日.md","before":null,"after":null,"undoes":"5b1c0d0f2a7e9d43"}"#,
        r#"{"v":1,"kind":"bury","id":"5b1c0d0f2a7e9d46","at":"2026-01-15T06:30:12Z","day":"2026-01-15","device":"d","seq":999999999999999,"note":"a"}"#,
        r#"{"v":1,"kind":"tick","id":"5b1c0d0f2a7e9d47","at":"2026-01-15T06:30:12Z","day":"2026-01-15","device":"d","seq":0,"note":"a","was":{"block":false,"due":"'x'","interval":"","ease":""}}"#,
    ];

    #[test]
    fn regular_lines_are_read_as_json_is() {
        for line in LINES {
            assert_eq!(parse(line.as_bytes()), Fields::parse_json(line.as_bytes()).ok(), "{line}");
            assert!(parse(line.as_bytes()).is_some(), "{line}");
        }
    }

    #[test]
    fn what_is_unusual_is_left_to_json() {
        let cases = [
            ("4711", "04711"),
            ("4711", "4711.0"),
            ("4711", "-1"),
            ("10.4", "1e3"),
            ("10.4", "10."),
            ("10.4", ".4"),
            ("10.4", "1234567890123456"),
            ("10.4", "1000001"),
            ("sets.md", "\\u0041.md"),
            ("sets.md", ".."),
            ("sets.md", "a\tb"),
            ("2026-01-25", "2026-02-30"),
            ("2026-01-25", "2026-1-25"),
            ("\"ms\":5120", "\"ms\":4294967296"),
            ("\"grade\"", "\"sr_id\":\"x\",\"grade\""),
            ("\"v\":1", "\"v\":2"),
            ("{\"v\"", "{ \"v\""),
            ("9d44\"}", "9d44\"} "),
            ("9d44\"}", "9d44\",\"x\":1}"),
        ];
        for (from, to) in cases {
            let line = LINES[0].replacen(from, to, 1);
            assert_ne!(line, LINES[0]);
            assert_eq!(parse(line.as_bytes()), None, "{line}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_read_is_what_json_says(
            line in prop::sample::select(LINES.to_vec()),
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8, any::<u8>(), any::<prop::sample::Index>()), 1..4),
        ) {
            let mut bytes = line.as_bytes().to_vec();
            for (at, how, byte, from) in edits {
                let at = at.index(bytes.len());
                match how {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    2 => bytes[at] = bytes[from.index(bytes.len())],
                    _ => drop(bytes.remove(at)),
                }
            }
            if let Some(fields) = parse(&bytes) {
                prop_assert_eq!(Some(fields), Fields::parse_json(&bytes).ok());
            }
        }
    }
}
