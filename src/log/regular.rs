//! A line as this program writes it, read without a JSON parser: a long log is almost nothing else.
//!
//! Reads a part of what [`Fields::parse`] reads, and says exactly the same about it; whatever is unusual (escapes, other
//! fields, another order, a bad value) is left to that. A property test holds the two equal.

use std::borrow::Cow;

use chrono::{DateTime, FixedOffset, NaiveDate, TimeZone};

use super::entry::Fields;
use super::line::{self, IsVault, VERSION};
use super::{EventId, Kind, SM2_OSR};
use crate::schedule::{Ease, Grade, Interval, Scheduled};

/// The fields of a regular line.
pub(super) fn parse(line: &[u8]) -> Option<Fields<'_>> {
    // One look at all bytes spares one at each text: without escapes and control characters a text ends at its quote.
    let is_plain = line.iter().fold(true, |plain, byte| plain & (*byte >= b' ') & (*byte != b'\\'));
    let mut at = Cursor(simdutf8::basic::from_utf8(line).ok().filter(|_| is_plain)?);
    at.skip(r#"{"v":1,"kind":"#)?;
    let kind = Kind::ALL.into_iter().find(|kind| at.skip_text(kind.word()))?;
    at.skip(r#","id":"#)?;
    let id = EventId::parse(at.fixed(16)?)?;
    at.skip(r#","at":"#)?;
    let instant = instant(at.text()?)?;
    at.skip(r#","day":"#)?;
    let day = day(at.fixed(10)?.as_bytes())?;
    at.skip(r#","device":"#)?;
    let device = Cow::Borrowed(at.text()?);
    at.skip(r#","seq":"#)?;
    let seq = at.whole()?;
    at.skip(r#","note":"#)?;
    let note = at.text().filter(|path| line::is_path(path))?;
    if at.skip(r#","text":"#).is_some() {
        at.text()?;
    }
    let grade = match at.skip(r#","grade":"#) {
        Some(()) => Some(Grade::ALL.into_iter().find(|grade| at.skip_text(grade.word()))?),
        None => None,
    };
    let ms = match at.skip(r#","ms":"#) {
        Some(()) => Some(u32::try_from(at.whole()?).ok()?),
        None => None,
    };
    let before = at.schedule(r#","before":"#)?;
    let after = at.schedule(r#","after":"#)?;
    let algorithm = match at.skip(r#","algorithm":"#) {
        Some(()) => Some(at.text().filter(|name| *name == SM2_OSR)?),
        None => None,
    };
    at.was()?;
    let batch = at.id(r#","batch":"#)?;
    let undoes = at.id(r#","undoes":"#)?;
    let skips = at.id(r#","skips":"#)?;
    let follows = at.id(r#","follows":"#)?;
    (at.0 == "}").then_some(Fields {
        v: VERSION,
        kind,
        id,
        at: instant,
        day,
        device,
        seq,
        note: Some(Cow::Borrowed(note)),
        from: None,
        sr_id: None,
        grade,
        ms,
        before,
        after,
        batch,
        undoes,
        skips,
        follows,
        _algorithm: algorithm.map(Cow::Borrowed),
        subject: IsVault(false),
        _part: (),
    })
}

/// Exactly `2026-01-15`.
fn day(text: &[u8]) -> Option<NaiveDate> {
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *text else { return None };
    let year = i32::try_from(number([y0, y1, y2, y3])?).ok()?;
    NaiveDate::from_ymd_opt(year, number([m0, m1])?, number([d0, d1])?)
}

/// `2026-01-15T07:30:12.345+01:00`, with or without milliseconds, or `Z` for the offset; any other form as chrono reads it.
fn instant(text: &str) -> Option<DateTime<FixedOffset>> {
    usual_instant(text.as_bytes()).or_else(|| DateTime::parse_from_rfc3339(text).ok())
}

fn usual_instant(text: &[u8]) -> Option<DateTime<FixedOffset>> {
    let (date, time) = text.split_at_checked(10)?;
    let [b'T', h0, h1, b':', m0, m1, b':', s0, s1] = *time.get(..9)? else { return None };
    let (ms, offset) = match *time.get(9..)? {
        [b'.', a, b, c, ref offset @ ..] => (number([a, b, c])?, offset),
        ref offset => (0, offset),
    };
    let seconds = match *offset {
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] => {
            let (hours, minutes) = (number([h0, h1])?, number([m0, m1]).filter(|minutes| *minutes < 60)?);
            let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
            if sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    let clock = day(date)?.and_hms_milli_opt(number([h0, h1])?, number([m0, m1])?, number([s0, s1])?, ms)?;
    FixedOffset::east_opt(seconds)?.from_local_datetime(&clock).single()
}

/// The number that these digits make.
fn number<const N: usize>(digits: [u8; N]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |n, byte| byte.is_ascii_digit().then(|| n * 10 + u32::from(byte - b'0')))
}

/// What is left of the line. A method that returns `None` may have gone on all the same: then the line is given up.
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    /// Passes over exactly `text`, or stays.
    fn skip(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    /// Passes over exactly `"word"`, or stays.
    fn skip_text(&mut self, word: &str) -> bool {
        let rest = self.0.strip_prefix('"').and_then(|rest| rest.strip_prefix(word));
        match rest.and_then(|rest| rest.strip_prefix('"')) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// A string, which has no escapes.
    fn text(&mut self) -> Option<&'a str> {
        let rest = self.0.strip_prefix('"')?;
        let end = memchr::memchr(b'"', rest.as_bytes())?;
        self.0 = rest.get(end + 1..)?;
        rest.get(..end)
    }

    /// A string of `length` bytes. What is read in it has no quotes.
    fn fixed(&mut self, length: usize) -> Option<&'a str> {
        let (text, rest) = self.0.strip_prefix('"')?.split_at_checked(length)?;
        self.0 = rest.strip_prefix('"')?;
        Some(text)
    }

    fn id(&mut self, field: &str) -> Option<Option<EventId>> {
        match self.skip(field) {
            Some(()) => EventId::parse(self.fixed(16)?).map(Some),
            None => Some(None),
        }
    }

    /// A number as JSON has it, without sign or exponent and with few enough digits to be exact.
    fn number(&mut self) -> Option<&'a str> {
        let end = self.0.bytes().position(|byte| !byte.is_ascii_digit() && byte != b'.')?;
        let (text, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let regular = !whole.is_empty() && (whole == "0" || !whole.starts_with('0'));
        (regular && !fraction.is_empty() && !fraction.contains('.') && text.len() <= 15).then_some(text)
    }

    fn decimal(&mut self) -> Option<f64> {
        // Most are whole, and so few digits make an exact number.
        self.digits().map(|whole| whole as f64).or_else(|| self.number()?.parse().ok())
    }

    fn whole(&mut self) -> Option<u64> {
        self.digits().or_else(|| self.number()?.parse().ok())
    }

    /// A whole number as [`Cursor::number`] has it, or stays.
    fn digits(&mut self) -> Option<u64> {
        let mut number = 0;
        for (at, byte) in self.0.bytes().enumerate().take(16) {
            if byte.is_ascii_digit() && !(at == 1 && number == 0) {
                number = number * 10 + u64::from(byte - b'0');
                continue;
            }
            let regular = at > 0 && at < 16 && !byte.is_ascii_digit() && byte != b'.';
            self.0 = self.0.get(at..).filter(|_| regular)?;
            return Some(number);
        }
        None
    }

    /// A schedule field: `Some(None)` when it is not there, `Some(Some(None))` when it is `null`.
    fn schedule(&mut self, field: &str) -> Option<Option<Option<Scheduled>>> {
        if self.skip(field).is_none() {
            return Some(None);
        }
        if self.skip("null").is_some() {
            return Some(Some(None));
        }
        self.skip(r#"{"due":"#)?;
        let due = day(self.fixed(10)?.as_bytes())?;
        self.skip(r#","interval":"#)?;
        let interval = Interval::new(self.decimal()?)?;
        self.skip(r#","ease":"#)?;
        let ease = Ease::new(self.decimal()?)?;
        self.skip("}")?;
        Some(Some(Some(Scheduled { due, interval, ease })))
    }

    /// Passes over what undo needs.
    fn was(&mut self) -> Option<()> {
        if self.skip(r#","was":{"block":"#).is_none() {
            return Some(());
        }
        self.skip("true").or_else(|| self.skip("false"))?;
        for field in [r#","due":"#, r#","interval":"#, r#","ease":"#] {
            self.skip(field)?;
            if self.skip("null").is_none() {
                self.text()?;
            }
        }
        self.skip("}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::LineError;

    const LINES: [&str; 5] = [
        concat!(
            r#"{"v":1,"kind":"review","id":"5b1c0d0f2a7e9d43","at":"2026-01-15T07:30:12.345+01:00","day":"2026-01-15","#,
            r#""device":"büro","seq":4711,"note":"math/sets.md","grade":"good","ms":5120,"#,
            r#""before":{"due":"2026-01-14","interval":4,"ease":250},"after":{"due":"2026-01-25","interval":10.4,"ease":250.5},"#,
            r#""algorithm":"sm2-osr","was":{"block":true,"due":"2026-01-14","interval":"4","ease":null},"batch":"5b1c0d0f2a7e9d44"}"#
        ),
        r#"{"v":1,"kind":"undo","id":"5b1c0d0f2a7e9d45","at":"2026-01-15T06:30:12Z","day":"2026-01-15","device":"d","seq":0,"note":"日.md","before":null,"after":null,"undoes":"5b1c0d0f2a7e9d43"}"#,
        r#"{"v":1,"kind":"undo","id":"5b1c0d0f2a7e9d48","at":"2026-01-15T06:30:12Z","day":"2026-01-15","device":"d","seq":0,"note":"日.md","text":"x","skips":"5b1c0d0f2a7e9d43","follows":"5b1c0d0f2a7e9d42"}"#,
        r#"{"v":1,"kind":"bury","id":"5b1c0d0f2a7e9d46","at":"2026-01-15T06:30:12Z","day":"2026-01-15","device":"d","seq":999999999999999,"note":"a"}"#,
        r#"{"v":1,"kind":"tick","id":"5b1c0d0f2a7e9d47","at":"2026-01-15T06:30:12Z","day":"2026-01-15","device":"d","seq":0,"note":"a","was":{"block":false,"due":"'x'","interval":"","ease":""}}"#,
    ];

    /// What later versions may put in the place of something.
    const STRANGE: [(&str, &str); 12] = [
        ("{", "{\"card\":\"c\","),
        ("{", "{\"subject\":\"vault\","),
        (",\"", ",\"topic\":[1],\""),
        (",\"", ",\"part\":null,\""),
        (",\"", ",\"mood\":1,\""),
        (",\"note\"", ",\"item\""),
        ("sm2-osr", "fsrs-6"),
        ("\"sm2-osr\"", "null"),
        ("\"v\":1", "\"v\":2"),
        ("\"v\":1", "\"v\":3"),
        ("\"v\":1", "\"mood\":1,\"v\":2"),
        ("\"kind\":\"", "\"kind\":\"pre"),
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
            ("sm2-osr", "fsrs"),
            ("\"seq\"", "\"card\":\"x\",\"seq\""),
            ("9d44\"}", "9d44\"} "),
            ("9d44\"}", "9d44\",\"x\":1}"),
        ];
        for (from, to) in cases {
            let line = LINES[0].replacen(from, to, 1);
            assert_ne!(line, LINES[0]);
            assert_eq!(parse(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn an_instant_is_read_as_chrono_reads_it() {
        let usual = [
            "2026-01-15T07:30:12.345+01:00",
            "2026-01-15T07:30:12+01:00",
            "2026-01-15T07:30:12Z",
            "0000-01-01T00:00:00-23:59",
            "9999-12-31T23:59:59.999+00:00",
            "2024-02-29T00:00:00.000-00:00",
        ];
        for text in usual {
            assert_eq!(usual_instant(text.as_bytes()), DateTime::parse_from_rfc3339(text).ok(), "{text}");
            assert!(usual_instant(text.as_bytes()).is_some(), "{text}");
        }
        let others = [
            "2026-01-15T07:30:60Z",
            "2026-01-15T07:30:12.3Z",
            "2026-01-15T07:30:12.345678Z",
            "2026-01-15t07:30:12z",
            "2026-01-15 07:30:12Z",
            "2026-02-29T07:30:12Z",
            "2026-01-15T24:00:00Z",
            "2026-01-15T07:30:12+0100",
            "2026-01-15T07:30:12+24:00",
            "2026-01-15T07:30:12+01:60",
            "2026-01-15T07:30:12",
            "2026-01-15",
            "",
        ];
        for text in others {
            assert_eq!(usual_instant(text.as_bytes()), None, "{text}");
            assert_eq!(instant(text), DateTime::parse_from_rfc3339(text).ok(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_instant_is_read_is_what_chrono_says(
            text in "[0-9]{2}[0-9]{2}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,4})?(Z|[+-][0-2][0-9]:[0-6][0-9])",
        ) {
            if let Some(instant) = usual_instant(text.as_bytes()) {
                let told = DateTime::parse_from_rfc3339(&text).ok();
                prop_assert_eq!(Some(instant), told, "{}", text);
                prop_assert_eq!(Some(instant.offset()), told.as_ref().map(DateTime::offset), "{}", text);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_read_is_what_json_says(
            line in prop::sample::select(LINES.to_vec()),
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8, any::<u8>(), any::<prop::sample::Index>()), 0..4),
            strange in prop::option::of((any::<prop::sample::Index>(), prop::sample::select(STRANGE.to_vec()))),
        ) {
            let mut bytes = line.as_bytes().to_vec();
            if let Some((at, (from, to))) = strange {
                // One of the places where it can stand.
                let places: Vec<usize> = line.match_indices(from).map(|(at, _)| at).collect();
                if !places.is_empty() {
                    let at = *at.get(&places);
                    bytes.splice(at..at + from.len(), to.bytes());
                }
            }
            for (at, how, byte, from) in edits {
                let at = at.index(bytes.len());
                match how {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    2 => bytes[at] = bytes[from.index(bytes.len())],
                    _ => drop(bytes.remove(at)),
                }
            }
            let json = Fields::parse_json(&bytes);
            if let Some(fields) = parse(&bytes) {
                prop_assert_eq!(Some(&fields), json.as_ref().ok());
            }
            // Who reads all of it refuses what these refuse, and for the same reason.
            match json {
                Err(LineError::Malformed(_) | LineError::Torn) => prop_assert!(crate::log::Event::parse(&bytes).is_err()),
                // Text that is passed over here may be none.
                Err(_) if std::str::from_utf8(&bytes).is_err() => prop_assert!(crate::log::Event::parse(&bytes).is_err()),
                Err(error) => prop_assert_eq!(crate::log::Event::parse(&bytes), Err(error)),
                Ok(_) => {}
            }
        }
    }
}
