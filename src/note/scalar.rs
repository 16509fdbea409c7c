//! One value in the frontmatter: what it is, and where it ends.

use std::borrow::Cow;
use std::ops::Range;

use crate::within::Within;
use memchr::memchr;

/// What stands behind a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// Nothing, or nothing but blanks or a comment.
    Empty,
    /// `null` or `~`.
    Null,
    /// A text, quotes taken off. It may be empty (`""`).
    Text(String),
    /// Something that is no plain value on one line.
    Other {
        /// What it is: "a list", "a map", ...
        what: &'static str,
        /// The bytes on the line of the key.
        raw: String,
    },
}

/// The value that starts at `from` on the line that ends at `end`.
pub(super) fn scalar(text: &[u8], colon: usize, from: usize, end: usize) -> (Range<usize>, Scalar) {
    let rest = text.within(from..end);
    let owned = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let plain_end = from + plain_len(rest);
    let other = |what| (from..plain_end, Scalar::Other { what, raw: owned(rest.trim_ascii_end()) });
    match rest.first() {
        None => (colon..from, Scalar::Empty),
        Some(b'#') if from > colon => (colon..from, Scalar::Empty),
        Some(quote @ (b'"' | b'\'')) => {
            let Some(close) = quoted_end(rest, 0, *quote) else { return other("a quote that is not closed") };
            if !is_rest(rest.within(close..)) {
                return other("more than a quoted text");
            }
            let inside = rest.within(1..close - 1);
            let text = String::from_utf8_lossy(inside);
            let text = match quote {
                b'"' if memchr(b'\\', inside).is_some() => return other("a text with escapes"),
                b'"' => text,
                _ => Cow::Owned(text.replace("''", "'")),
            };
            (from..from + close, Scalar::Text(text.into_owned()))
        }
        Some(b'[') => other("a list"),
        Some(b'{') => other("a map"),
        Some(b'|' | b'>') => other("a block of text"),
        Some(b'&') => other("a value with an anchor"),
        Some(b'*') => other("an alias"),
        Some(b'!') => other("a value with a tag"),
        Some(b'@' | b'`' | b'%') => other("not valid YAML"),
        Some(_) => {
            let plain = text.within(from..plain_end);
            let scalar = match plain {
                b"null" | b"Null" | b"NULL" | b"~" => Scalar::Null,
                _ => Scalar::Text(owned(plain)),
            };
            (from..plain_end, scalar)
        }
    }
}

/// How much of a line is an unquoted value: up to a comment or the blanks at the end.
fn plain_len(rest: &[u8]) -> usize {
    let comment = rest.windows(2).position(|w| matches!(w, [b' ' | b'\t', b'#']));
    let value = rest.within(..comment.unwrap_or(rest.len()));
    let blanks = value.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
    value.len() - blanks
}

/// What may stand behind a closed value: blanks, and a comment behind a blank.
pub(super) fn is_rest(rest: &[u8]) -> bool {
    let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    blanks == rest.len() || (blanks > 0 && rest.get(blanks) == Some(&b'#'))
}

/// The end of the flow list or map at the start of `text`, just behind its last bracket.
pub(super) fn flow_end(text: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = 0;
    // Quotes and comments count only where a value can begin.
    let mut fresh = true;
    loop {
        let b = *text.get(at)?;
        match b {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'"' | b'\'' if fresh => {
                at = quoted_end(text, at, b)?;
                fresh = false;
                continue;
            }
            b'#' if at > 0 && text.get(at - 1).is_some_and(u8::is_ascii_whitespace) => {
                at += memchr(b'\n', text.get(at..)?)?;
                fresh = true;
                continue;
            }
            _ => {}
        }
        fresh = matches!(b, b'[' | b'{' | b',' | b':') || (fresh && b.is_ascii_whitespace());
        at += 1;
    }
}

/// Just behind the quote that closes the one at `open`.
pub(super) fn quoted_end(text: &[u8], open: usize, quote: u8) -> Option<usize> {
    let mut at = open + 1;
    loop {
        match *text.get(at)? {
            b'\\' if quote == b'"' => at += 2,
            b if b == quote => {
                if quote == b'\'' && text.get(at + 1) == Some(&b'\'') {
                    at += 2;
                } else {
                    return Some(at + 1);
                }
            }
            _ => at += 1,
        }
    }
}
