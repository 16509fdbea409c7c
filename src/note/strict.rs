//! The fast reader: the regular triple, and nothing else.
//!
//! It reads a block only when every line is of a kind that it fully understands and the three lines are plain. In all
//! other cases it says so, and the full readers decide. It works on bytes and allocates nothing.

use chrono::NaiveDate;
use memchr::memchr;

use super::date;
use super::frontmatter::{is_blank, line_at};
use super::lines::{LineKind, key, kind, kind_and_key};
use super::scalar::{flow_end, is_rest, quoted_end};
use crate::schedule::{Ease, Interval, Scheduled};

/// What the fast reader made of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strict {
    /// Nothing but ordinary lines, and no key that begins with `sr-`.
    Nothing,
    /// The regular triple among ordinary lines.
    Triple(Scheduled),
    /// Something else: not for this reader.
    Unusual,
}

/// Reads the lines between the fences.
pub fn read(inner: &[u8]) -> Strict {
    scan(inner).unwrap_or(Strict::Unusual)
}

/// Whether every line is one that frontmatter is made of, judged by itself: blank, a comment, a key, or below a key.
pub fn is_ordinary(inner: &[u8]) -> bool {
    let mut keys = false;
    let is_whole = whole_lines(inner);
    let mut at = 0;
    while at < inner.len() {
        let line = line_at(inner, at);
        let Some(content) = inner.get(at..line.content_end) else { return false };
        at = line.next;
        match kind(content) {
            LineKind::Blank | LineKind::Comment => {}
            LineKind::Key if is_whole(content) && !is_sign(content) => keys = true,
            LineKind::Indented | LineKind::Item if keys && is_whole(content) => {}
            _ => return false,
        }
    }
    true
}

/// A line that begins with a sign which means something else than a key to YAML.
fn is_sign(content: &[u8]) -> bool {
    content.first().is_some_and(|b| b"&!*?|>%@`,".contains(b))
}

/// Tells of each line of a block whether it is without a carriage return; most blocks have none at all.
fn whole_lines(inner: &[u8]) -> impl Fn(&[u8]) -> bool {
    let has_returns = memchr(b'\r', inner).is_some();
    move |content| !has_returns || memchr(b'\r', content).is_none()
}

fn scan(inner: &[u8]) -> Option<Strict> {
    let (mut due, mut interval, mut ease) = (None, None, None);
    let mut below = Below::Nothing;
    let is_whole = whole_lines(inner);
    let mut at = 0;
    while at < inner.len() {
        let line = line_at(inner, at);
        let content = inner.get(at..line.content_end)?;
        at = line.next;
        if content.starts_with(b"sr-") {
            below = Below::Nothing;
            if let Some(value) = content.strip_prefix(b"sr-due: ") {
                put(&mut due, day(value)?)?;
            } else if let Some(value) = content.strip_prefix(b"sr-interval: ") {
                put(&mut interval, Interval::new(decimal(value)?)?)?;
            } else if let Some(value) = content.strip_prefix(b"sr-ease: ") {
                put(&mut ease, Ease::new(decimal(value)?).filter(|ease| ease.percent() >= 10.0)?)?;
            } else {
                return None;
            }
            continue;
        }
        if !is_whole(content) || is_sign(content) {
            return None;
        }
        let (kind, key) = kind_and_key(content);
        match (kind, below) {
            (LineKind::Blank | LineKind::Comment, _) | (LineKind::Indented, Below::Text) => {}
            (LineKind::Key, _) => {
                let (name, behind) = key?;
                if name.starts_with(b"sr-") {
                    return None;
                }
                below = closed(content.get(behind..)?)?;
            }
            // A block of text inside a list or map ends in ways that only YAML knows.
            (LineKind::Indented | LineKind::Item, Below::Values) if closed(content)? == Below::Values => {}
            _ => return None,
        }
    }
    match (due, interval, ease) {
        (None, None, None) => Some(Strict::Nothing),
        (Some(due), Some(interval), Some(ease)) => Some(Strict::Triple(Scheduled { due, interval, ease })),
        _ => None,
    }
}

/// What indented lines and list items would be.
#[derive(Clone, Copy, PartialEq)]
enum Below {
    /// Part of a schedule line, or of no key at all.
    Nothing,
    /// More of the value of a key.
    Values,
    /// The lines of a block of text.
    Text,
}

/// Fills `slot` once.
fn put<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.is_none().then(|| *slot = Some(value))
}

/// What may stand below a value; `None` if it may go on in the next line at any column.
fn closed(value: &[u8]) -> Option<Below> {
    let mut value = value.trim_ascii_start();
    loop {
        if let Some(item) = value.strip_prefix(b"- ") {
            value = item.trim_ascii_start();
        } else if !matches!(value.first(), Some(b'"' | b'\''))
            && let Some((_, behind)) = key(value)
        {
            value = value.get(behind..)?.trim_ascii_start();
        } else {
            break;
        }
    }
    let end = match value.first() {
        Some(quote @ (b'"' | b'\'')) => quoted_end(value, 0, *quote)?,
        Some(b'[' | b'{') => flow_end(value)?,
        Some(b'|' | b'>') => return Some(Below::Text),
        Some(b'&' | b'!' | b'*') => return None,
        _ => return Some(Below::Values),
    };
    is_rest(value.get(end..)?).then_some(Below::Values)
}

/// Exactly `2030-01-02`, or as the plugin wrote it long ago `02-01-2030` or `Wed Jan 02 2030`; in quotes or not, and blanks
/// behind it.
fn day(value: &[u8]) -> Option<NaiveDate> {
    let value = value.trim_ascii_start();
    let (day, rest) = match value.split_first() {
        Some((quote @ (b'"' | b'\''), inside)) => {
            let end = memchr(*quote, inside)?;
            (inside.get(..end)?, inside.get(end + 1..)?)
        }
        _ => {
            let end = value.iter().rposition(|byte| !matches!(byte, b' ' | b'\t')).map_or(0, |last| last + 1);
            (value.get(..end)?, &b""[..])
        }
    };
    if !is_blank(rest) {
        return None;
    }
    if let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = day {
        let digits = |digits: &[u8]| {
            digits.iter().try_fold(0u32, |n, d| d.is_ascii_digit().then(|| n * 10 + u32::from(*d - b'0')))
        };
        let year = i32::try_from(digits(&[y1, y2, y3, y4])?).ok().filter(|year| *year > 0)?;
        return NaiveDate::from_ymd_opt(year, digits(&[m1, m2])?, digits(&[d1, d2])?);
    }
    // 9 for a digit and a for a letter.
    let shape = |byte: &u8| match byte {
        b'0'..=b'9' => b'9',
        b'A'..=b'Z' | b'a'..=b'z' => b'a',
        other => *other,
    };
    let is = |form: &[u8]| day.len() == form.len() && day.iter().map(shape).eq(form.iter().copied());
    if is(b"99-99-9999") || is(b"aaa aaa 99 9999") { date::read(std::str::from_utf8(day).ok()?).ok() } else { None }
}

/// Digits with at most one point between them, and blanks behind.
fn decimal(value: &[u8]) -> Option<f64> {
    number(std::str::from_utf8(value).ok()?.trim_ascii())
}

/// A number as the `sr-*` lines have it: digits, at most one point between them, and nothing else. No sign, no exponent.
pub fn number(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| (1..=18).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    (digits(whole) && digits(fraction)).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIPLE: &str = "sr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n";

    fn is_triple(inner: &str) -> bool {
        matches!(read(inner.as_bytes()), Strict::Triple(s)
            if (s.due.to_string().as_str(), s.interval.days(), s.ease.percent()) == ("2030-01-02", 4.0, 250.0))
    }

    #[test]
    fn the_regular_triple_is_read_among_ordinary_lines() {
        assert!(is_triple(TRIPLE));
        assert!(is_triple(&TRIPLE.replace('\n', "\r\n")));
        assert!(is_triple(&TRIPLE.replace("2030-01-02", "\"2030-01-02\"")));
        assert!(is_triple("sr-ease: 250\nsr-due:  2030-01-02 \n\n# it's\nsr-interval: 4"));
        for due in ["02-01-2030", "Wed Jan 02 2030", "'02-01-2030' ", "\"Wed Jan 02 2030\"", "wed jan 02 2030\t"] {
            assert!(is_triple(&TRIPLE.replace("2030-01-02", due)), "{due:?}");
        }
        for line in [
            "title: it's [odd]",
            "a: [b, c]",
            "a: \"b: c\"",
            "\"a: b\": 'c'",
            "a:\n  - b\n  - \"c\"",
            "a:\n- b: c\n- [d]",
            "a:\n  b:\n    c: d",
            "a: 'O''B'",
            "a: \"b \\\"c\\\"\" # d",
            "a: [\"b\", [c, 'd]'], {e: f}]",
            "a: [[b]] # c",
            "a: |\n  text [\n\n  \"more\n  # no comment",
            "a: >-\n  text",
            "日付: x",
            "date created: x",
        ] {
            assert!(is_triple(&format!("{line}\n{TRIPLE}")), "{line:?}");
            assert!(is_triple(&format!("{TRIPLE}{line}\n")), "{line:?}");
        }
        assert_eq!(read(b"a: b\n"), Strict::Nothing);
        assert_eq!(read(b""), Strict::Nothing);
    }

    #[test]
    fn anything_else_is_left_to_others() {
        for line in [
            "a: [b,",
            "a: [[b]], [[c]]",
            "a: \"b",
            "a: \"b\" \"c\"",
            "a:\n- |\n  b",
            "a: |\n  b\n- c",
            "a: &x b",
            "{a: b}",
            "? a",
            "prose",
            "- item",
            "  indented",
            "sr-id: x",
            "sr-due: 2030-01-02",
            "<<<<<<< HEAD",
            "a: b\rc: d",
            "...",
        ] {
            assert!(!is_triple(&format!("{line}\n{TRIPLE}")), "{line:?}");
        }
        for (from, to) in [
            ("2030-01-02", "2030-1-2"),
            ("2030-01-02", "2030-02-30"),
            ("2030-01-02", "30-02-2030"),
            ("2030-01-02", "02-01-30"),
            ("2030-01-02", "02.01.2030"),
            ("2030-01-02", "Thu Jan 02 2030"),
            ("2030-01-02", "Wed Jan 2 2030"),
            ("2030-01-02", "Wed Jan 02 2030 10"),
            ("2030-01-02", "'Wed Jan 02 2030"),
            ("2030-01-02", "'Wed Jan 02 2030' x"),
            ("2030-01-02", "\"2030-01-02"),
            ("2030-01-02", "\"2030-01-02'"),
            ("2030-01-02", "2030-01-02 # x"),
            ("2030-01-02", ""),
            ("2030-01-02", "2030-01-02\n  x"),
            ("2030-01-02", "2030-01-02\n- x"),
            (": 4", ": 1e3"),
            (": 4", ":4"),
            (": 4", ":\t4"),
            (": 250", ": 2.5"),
            ("sr-ease: 250\n", ""),
        ] {
            let text = TRIPLE.replace(from, to);
            assert_eq!(read(text.as_bytes()), Strict::Unusual, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_plain_decimals() {
        assert_eq!(number("3.5"), Some(3.5));
        assert_eq!(number("007"), Some(7.0));
        for text in ["", ".", "1.", ".5", "+1", "-1", "1e3", "0x1f", "1_000", "NaN", "inf", "1,5", "１"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
