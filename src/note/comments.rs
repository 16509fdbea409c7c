//! `%%comments%%`, which Markdown does not know.

use std::borrow::Cow;
use std::ops::Range;

use crate::within::Within;
use memchr::memmem;

/// What stands for each byte of a comment: no blank, so that nothing becomes indented, and nothing that Markdown knows.
pub(super) const FILLER: u8 = 0x01;

/// The longest run of backticks that is taken for the start of a code span.
const LONGEST_TICKS: usize = 32;

/// `body` with every `%%comment%%` outside of code overwritten: the same length, the same line ends.
///
/// A comment runs to the next `%%` anywhere; one that is not closed counts only at the start of a line, and then runs to
/// the end.
pub(super) fn blank(body: &str) -> Cow<'_, str> {
    let comments = ranges(body);
    if comments.is_empty() {
        return Cow::Borrowed(body);
    }
    let mut bytes = body.as_bytes().to_vec();
    for comment in comments {
        for byte in bytes.get_mut(comment).unwrap_or_default() {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = FILLER;
            }
        }
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(body), Cow::Owned)
}

/// Where the comments of `body` stand, with their marks, in order.
pub(super) fn ranges(body: &str) -> Vec<Range<usize>> {
    if memmem::find(body.as_bytes(), b"%%").is_none() { Vec::new() } else { find(body.as_bytes()) }
}

fn find(body: &[u8]) -> Vec<Range<usize>> {
    let mut comments = Vec::new();
    let mut ticks = Ticks { none_before: [0; LONGEST_TICKS + 1], paragraph_end: 0 };
    let mut at = 0;
    let mut line_start = true;
    // Once no HTML comment is closed, none further down is: looked for once.
    let mut html_closes = true;
    while at < body.len() {
        if line_start {
            if let Some(after) = skip_fence(body, at) {
                at = after;
                continue;
            }
            line_start = false;
        }
        let rest = body.within(at..);
        match rest {
            [b'\n', ..] => {
                at += 1;
                line_start = true;
            }
            [b'\\', b'\n' | b'\r', ..] => at += 1,
            [b'\\', _, ..] => at += 2,
            [b'`', ..] => {
                let run = rest.iter().take_while(|b| **b == b'`').count();
                at = ticks.close(body, at + run, run).unwrap_or(at + run);
            }
            [b'<', b'!', b'-', b'-', ..] => match html_closes.then(|| memmem::find(rest, b"-->")).flatten() {
                Some(end) => at += end + 3,
                None if starts_line(body, at) => break,
                None => {
                    html_closes = false;
                    at += 4;
                }
            },
            [b'%', b'%', text @ ..] => match memmem::find(text, b"%%") {
                Some(end) => {
                    comments.push(at..at + end + 4);
                    at += end + 4;
                }
                None if starts_line(body, at) => {
                    comments.push(at..body.len());
                    break;
                }
                None => at += 2,
            },
            _ => at += memchr_special(rest.within(1..)) + 1,
        }
    }
    comments
}

fn memchr_special(bytes: &[u8]) -> usize {
    bytes.iter().position(|b| matches!(b, b'\n' | b'\\' | b'`' | b'<' | b'%')).unwrap_or(bytes.len())
}

fn starts_line(body: &[u8], at: usize) -> bool {
    let before = body.within(..at);
    before.iter().rev().take_while(|b| **b != b'\n').all(|b| matches!(b, b' ' | b'\t'))
}

/// The position behind the fenced code that opens on the line at `at`, if one does.
fn skip_fence(body: &[u8], at: usize) -> Option<usize> {
    let line = line_at(body, at);
    let content = inside_containers(line);
    let mark = *content.first().filter(|b| matches!(b, b'`' | b'~'))?;
    let run = content.iter().take_while(|b| **b == mark).count();
    if run < 3 || (mark == b'`' && content.get(run..).is_some_and(|info| info.contains(&b'`'))) {
        return None;
    }
    let quoted = line.iter().find(|b| **b != b' ') == Some(&b'>');
    let mut next = at + line.len();
    while next < body.len() {
        let line = line_at(body, next);
        if quoted && line.iter().find(|b| **b != b' ') != Some(&b'>') {
            return Some(next);
        }
        next += line.len();
        let content = inside_containers(line).trim_ascii_end();
        if content.len() >= run && content.iter().all(|b| *b == mark) {
            return Some(next);
        }
    }
    Some(body.len())
}

/// The line from `at` on, with its line feed.
fn line_at(body: &[u8], at: usize) -> &[u8] {
    let rest = body.within(at..);
    rest.within(..memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1))
}

/// `line` without indent, quote marks and list marks.
fn inside_containers(line: &[u8]) -> &[u8] {
    let mut rest = line;
    loop {
        rest = match rest {
            [b' ' | b'\t' | b'>', after @ ..] | [b'-' | b'*' | b'+', b' ' | b'\t', after @ ..] => after,
            [b'0'..=b'9', ..] => {
                let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
                match rest.get(digits..) {
                    Some([b'.' | b')', b' ', after @ ..]) => after,
                    _ => return rest,
                }
            }
            _ => return rest,
        }
    }
}

/// The search for closing runs of backticks, each stretch of text looked at once for each length.
struct Ticks {
    /// For each length: up to where it is known that there is no such run.
    none_before: [usize; LONGEST_TICKS + 1],
    /// Where the paragraph that was looked at last ends.
    paragraph_end: usize,
}

impl Ticks {
    /// The position behind the next run of exactly `length` backticks in the paragraph.
    fn close(&mut self, body: &[u8], from: usize, length: usize) -> Option<usize> {
        let none_before = self.none_before.get_mut(length)?;
        if from < *none_before {
            return None;
        }
        if from >= self.paragraph_end {
            let rest = body.get(from..)?;
            self.paragraph_end = from + memmem::find(rest, b"\n\n").unwrap_or(rest.len());
        }
        let rest = body.get(from..self.paragraph_end)?;
        let mut at = 0;
        while let Some(start) = memchr::memchr(b'`', rest.get(at..)?).map(|found| at + found) {
            let run = rest.iter().skip(start).take_while(|b| **b == b'`').count();
            at = start + run;
            if run == length {
                return Some(from + at);
            }
        }
        *none_before = self.paragraph_end;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_blanked_outside_of_code() {
        let cases = [
            ("a %%b%% c", "a ····· c"),
            ("a\n%%\nb\n\nc\n%%\nd", "a\n··\n·\n\n·\n··\nd"),
            ("`%%` a %%b%%", "`%%` a ·····"),
            ("```\n%%\n```\n%%b%%", "```\n%%\n```\n·····"),
            ("> ```\n> %%\nout %%b%%", "> ```\n> %%\nout ·····"),
            ("- ~~~\n  %%\n  ~~~\n%%b%%", "- ~~~\n  %%\n  ~~~\n·····"),
            ("%%open\nto the end", "······\n·· ··· ···"),
            ("50 %% is half", "50 %% is half"),
            ("<!-- %% --> %%b%%", "<!-- %% --> ·····"),
            (r"\%% a %%b%%", r"\%% a ·····"),
            ("`open %%b%%", "`open ·····"),
        ];
        for (body, blanked) in cases {
            let shown: String = blank(body).replace('\u{1}', "·");
            // Blanks inside of a comment are overwritten too.
            assert_eq!(shown, blanked.replace("·· ··· ···", "··········"), "{body:?}");
        }
    }

    #[test]
    fn hostile_texts_take_linear_time() {
        let many = 300_000;
        for body in ["x<!-- ".repeat(many), "`a` ".repeat(many), "`a ``".repeat(many), "x%%a%% ".repeat(many)] {
            assert_eq!(blank(&format!("{body}%%c%%")).len(), body.len() + 5);
        }
    }

    #[test]
    fn length_and_line_ends_stay() {
        let body = "é %%ü\r\n%% z";
        assert_eq!(blank(body).len(), body.len());
        assert!(blank(body).contains("\r\n"));
    }
}
