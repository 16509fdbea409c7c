//! List markers, boxes and hand-made numbers, read from the text itself: Markdown knows two marks, people use many.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::{Standing, sign};
use crate::within::Within;

/// The box at the start of a title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Box {
    /// `[ ]`, `[x]`, `[/]`...: the bytes between the brackets, and where the title begins.
    Mark(Range<usize>, usize),
    /// `[]`, and where the title begins.
    Hollow(usize),
}

/// Where the content of a list item begins, when there is a bullet or a number at `at`.
pub fn item_content(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?.as_bytes();
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let marker = match (digits, rest.get(digits)?) {
        (0, b'-' | b'*' | b'+') => 1,
        (1..=9, b'.' | b')') => digits + 1,
        _ => return None,
    };
    match rest.get(marker) {
        None | Some(b' ' | b'\t' | b'\n' | b'\r') => Some(skip_blanks(text, at + marker)),
        Some(_) => None,
    }
}

/// The box at `at`, where the content of an item or a heading begins.
///
/// `[C](address)`, `[C][ref]` and `[[note]]` are links. A mark other than blank or `x` with a dash or an equals sign
/// behind it (`[>] - moved`) explains the mark and is no box.
pub fn box_at(text: &str, at: usize) -> Option<Box> {
    let inner = text.get(at..)?.strip_prefix('[')?;
    if let Some(rest) = inner.strip_prefix(']') {
        return rest
            .is_empty()
            .then_some(at + 2)
            .or_else(|| blank_first(rest).then(|| skip_blanks(text, at + 2)))
            .map(Box::Hollow);
    }
    let glyph = shortcode(inner).or_else(|| inner.graphemes(true).next())?;
    let rest = inner.get(glyph.len()..)?.strip_prefix(']')?;
    if glyph == "[" || glyph.contains(['\n', '\r']) || !(rest.is_empty() || blank_first(rest)) {
        return None;
    }
    let usual = matches!(glyph, " " | "x" | "X");
    let explains = rest.trim_start_matches([' ', '\t']).starts_with(['-', '–', '—', '=', ':', '→']);
    if !usual && explains {
        return None;
    }
    let mark = at + 1..at + 1 + glyph.len();
    let content = skip_blanks(text, mark.end + 1);
    Some(Box::Mark(mark, content))
}

/// Whether a box can begin before `inner`, what stands behind its opening bracket: a search without reading any text.
pub fn may_be_box(inner: &[u8]) -> bool {
    /// More than any sign or its short code has: a line of brackets is not searched to its end for each of them.
    const LONGEST: usize = 256;
    let near = inner.get(..LONGEST).unwrap_or(inner);
    let end = memchr::memchr3(b']', b'\n', b'\r', near).filter(|&end| inner.get(end) == Some(&b']'));
    let Some((glyph, rest)) = end.and_then(|end| inner.split_at_checked(end)) else { return false };
    let ascii = || glyph.iter().filter(|byte| byte.is_ascii()).count();
    matches!(rest.get(1), None | Some(b' ' | b'\t' | b'\n' | b'\r' | b'|'))
        && (glyph.first() == Some(&b':') || ascii() <= 1)
}

/// What the character between the brackets says. An unknown one is kept and read as open.
pub fn standing(mark: &str) -> Standing {
    match mark {
        "x" | "X" => Standing::Done,
        "/" => Standing::Begun,
        "-" => Standing::Dropped,
        mark => sign::in_box(mark).unwrap_or(Standing::Open),
    }
}

/// The number of parts of a number like `1.2` or `1.2.1.` at `at`, and where the title begins. One part alone is a list.
pub fn hand_number(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = text.get(at..)?;
    let number = rest.bytes().take(40).take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let parts = rest.get(..number)?.trim_end_matches('.').split('.');
    let count = parts.clone().count();
    let sound = parts.clone().all(|part| (1..=3).contains(&part.len()));
    let after = rest.get(number..)?.strip_prefix(')').map_or(number, |_| number + 1);
    let content = skip_blanks(text, at + after);
    let titled = text.get(content..).and_then(|t| t.chars().next()).is_some_and(|c| !matches!(c, '\n' | '\r'));
    (count >= 2 && sound && content > at + after && titled).then_some((count, content))
}

/// What the line at `at` says if it is one run of italics or bold: `*then the second part*`.
pub fn whole_emphasis(text: &str, at: usize) -> Option<&str> {
    let line = text.get(at..).and_then(|t| t.split(['\n', '\r']).next()).unwrap_or_default().trim();
    ['*', '_'].into_iter().find_map(|c| {
        let marks = line.bytes().take_while(|b| char::from(*b) == c).count();
        let end = line.len().checked_sub(marks).filter(|end| (1..=3).contains(&marks) && *end > marks)?;
        let inner =
            line.get(marks..end).filter(|_| line.get(end..).is_some_and(|last| last.chars().all(|l| l == c)))?;
        // Inside a word an underscore is a letter.
        let ends_inside = match c {
            '_' => inner.split('_').zip(inner.split('_').skip(1)).any(|(before, after)| {
                !before.ends_with(char::is_alphanumeric) || !after.starts_with(char::is_alphanumeric)
            }),
            c => inner.contains(c),
        };
        (!ends_inside && !inner.starts_with([' ', '\t'])).then_some(inner)
    })
}

/// The column of the byte `at` in its line, from 0, with tabs to the next multiple of four.
pub fn column(text: &str, at: usize) -> usize {
    let before = text.within(..at);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    columns(before.within(start..), 0)
}

/// The column after `between`, which begins in the column `from`.
pub fn columns(between: &str, from: usize) -> usize {
    between.bytes().fold(from, |column, b| if b == b'\t' { (column / 4 + 1) * 4 } else { column + 1 })
}

/// `at` moved past blanks and tabs.
pub fn skip_blanks(text: &str, at: usize) -> usize {
    at + text.get(at..).map_or(0, |rest| rest.bytes().take_while(|b| matches!(b, b' ' | b'\t')).count())
}

/// The sign written as a name between colons that `text` begins with, if a bracket ends it.
fn shortcode(text: &str) -> Option<&str> {
    let name = text.get(..text.find(']').filter(|end| *end <= 40)?)?;
    (name.len() > 2 && sign::in_box(name).is_some() && name.starts_with(':')).then_some(name)
}

fn blank_first(text: &str) -> bool {
    text.starts_with([' ', '\t', '\n', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_told_from_links_and_legends() {
        let boxes = [
            "[ ] a",
            "[x] a",
            "[X]",
            "[/]\ta",
            "[-] a",
            "[>] later",
            "[!] a",
            "[✔\u{fe0f}] a",
            "[ ] - a",
            "[p] a",
            "[\"] a",
            "[✗] a",
            "[:x:] a",
        ];
        for text in boxes {
            assert!(matches!(box_at(text, 0), Some(Box::Mark(..))), "{text}");
        }
        let others =
            ["[C](u)", "[[x]]", "[>] - greater than", "[/] = begun", "[ab] c", "[x]a", "[x", "a", "", "[[]]", "[x](u)"];
        for text in others {
            assert_eq!(box_at(text, 0), None, "{text}");
        }
        assert_eq!(box_at("[] a", 0), Some(Box::Hollow(3)));
        assert_eq!(box_at("[x]  a", 0), Some(Box::Mark(1..2, 5)));
    }

    #[test]
    fn numbers_of_two_parts_and_more_are_topics() {
        let cases = [
            ("1.2 Sets", Some((2, 4))),
            ("1.2.1. Sets", Some((3, 7))),
            ("2.10) Sets", Some((2, 6))),
            ("1. Sets", None),
            ("1.2", None),
            ("1.2\nSets", None),
            ("192.168.1.1", None),
            ("3.1415 is pi", None),
            ("1..2 a", None),
        ];
        for (text, expected) in cases {
            assert_eq!(hand_number(text, 0), expected, "{text}");
        }
    }

    #[test]
    fn markers_of_items() {
        let cases =
            [("- a", Some(2)), ("12)  a", Some(5)), ("-", Some(1)), ("-a", None), ("1.a", None), ("**b**", None)];
        for (text, expected) in cases {
            assert_eq!(item_content(text, 0), expected, "{text}");
        }
        assert_eq!(column("x\n \t- a", 4), 4);
    }

    #[test]
    fn a_line_of_italics_or_bold_is_a_follow_up() {
        for (text, expected) in [
            ("*then b*", Some("then b")),
            ("_b_ ", Some("b")),
            ("_a snake_case b_", Some("a snake_case b")),
            ("**b**", Some("b")),
            ("***b***", Some("b")),
            ("* b *", None),
            ("*a* b", None),
            ("*a* *b*", None),
            ("_a_ _b_", None),
            ("**a", None),
            ("****", None),
            ("*", None),
        ] {
            assert_eq!(whole_emphasis(text, 0), expected, "{text}");
        }
    }
}
