//! Blocks of a note by bytes: fenced code and HTML comments, and the paragraphs between them.

use std::ops::Range;
use std::sync::LazyLock;

use crate::within::Within;
use memchr::memmem::{self, Finder};
use memchr::{memchr, memchr_iter, memchr3, memrchr};

/// A longer inline comment or declaration is left to the parser, in bytes.
const LONGEST_INLINE: usize = 1024;

/// The fenced code and HTML comments that stand at the start of lines; `None` when a block could be something else.
pub(super) fn hidden_blocks(body: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut found = Vec::new();
    let mut blocks = Blocks::new(body);
    let mut at = 0;
    while let Some(mark) = memchr3(b'`', b'~', b'<', body.get(at..)?).map(|found| at + found) {
        at = match blocks.at(mark)? {
            Some(end) => {
                found.push(mark..end);
                end
            }
            None => after_run(body, mark),
        };
    }
    Some(found)
}

/// Where the run of equal bytes that begins at `start` ends.
pub(super) fn after_run(body: &[u8], start: usize) -> usize {
    let rest = body.within(start..);
    start + rest.first().map_or(1, |mark| rest.iter().take_while(|b| *b == mark).count())
}

/// Finds what hides text, from mark to mark.
pub(super) struct Blocks<'a> {
    body: &'a [u8],
    /// Where the last block ends.
    pub end: usize,
    /// Behind the last `<`.
    angle: usize,
    /// The start of a line that was looked for, and how far: each line is gone back over once.
    line_start: usize,
    seen: usize,
}

impl<'a> Blocks<'a> {
    /// No mark of `body` has been looked at.
    pub(super) fn new(body: &'a [u8]) -> Self {
        Self { body, end: 0, angle: 0, line_start: 0, seen: 0 }
    }

    /// The end of the block that the backtick, `~` or `<` at `mark` begins, if it begins one; `None` when it could be
    /// something else. Marks come in order, and those inside a block not at all.
    pub(super) fn at(&mut self, mark: usize) -> Option<Option<usize>> {
        let end = match self.body.get(mark)? {
            b'<' => {
                let end = self.html(mark)?;
                self.angle = mark + 1;
                end
            }
            byte if self.body.get(mark..)?.starts_with(&[*byte; 3]) => {
                if mark > 0 && self.body.get(mark - 1) != Some(&b'\n') {
                    return None;
                }
                self.opens(mark)?;
                Some(fence(self.body, mark)?)
            }
            _ => None,
        };
        self.end = end.unwrap_or(self.end);
        Some(end)
    }

    fn html(&mut self, mark: usize) -> Option<Option<usize>> {
        let rest = self.body.get(mark..)?;
        match rest.get(1)? {
            b'!' | b'?' => {
                let line_start = self.start_of_line(mark)?;
                if self.body.get(line_start..mark)?.iter().all(|b| *b == b' ') {
                    // An HTML comment to the end of the line on which it is closed.
                    if !rest.starts_with(b"<!--") || line_start != mark {
                        return None;
                    }
                    self.opens(mark)?;
                    // `<!-->` closes itself.
                    let close = memmem::find(rest.get(2..)?, b"-->")? + 2;
                    let end = memchr(b'\n', rest.get(close..)?).map_or(rest.len(), |end| close + end + 1);
                    return Some(Some(mark + end));
                }
                // A comment in a list item or a quote, or an inline one: left to the paragraph, if it ends there.
                let rest = rest.within(..rest.len().min(LONGEST_INLINE));
                let line = memchr(b'\n', rest).map_or(rest, |end| rest.within(..end));
                let close: &[u8] = match rest {
                    [b'<', b'!', b'-', b'-', ..] => b"-->",
                    [b'<', b'?', ..] => b"?>",
                    [b'<', b'!', b'[', ..] => b"]]>",
                    _ => b">",
                };
                memmem::find(line.get(2..)?, close)?;
            }
            // Blocks of HTML that go on over blank lines.
            b's' | b'S' | b'p' | b'P' | b't' | b'T' => {
                let is_named =
                    |name: &[u8]| rest.get(1..=name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
                if [&b"script"[..], b"style", b"pre", b"textarea"].into_iter().any(is_named) {
                    return None;
                }
            }
            _ => {}
        }
        Some(None)
    }

    fn start_of_line(&mut self, at: usize) -> Option<usize> {
        let found = memrchr(b'\n', self.body.get(self.seen..at)?);
        self.line_start = found.map_or(self.line_start, |end| self.seen + end + 1);
        self.seen = at;
        Some(self.line_start)
    }

    /// Makes sure that no block of HTML reaches down to the line at `start`.
    fn opens(&self, start: usize) -> Option<()> {
        if start == self.end || self.angle <= self.end {
            return Some(());
        }
        let before = self.body.get(paragraph_around(self.body, start - 1, self.end, start))?;
        (!memchr_iter(b'<', before).any(|at| may_be_html(before, at))).then_some(())
    }
}

/// Searchers for the least that closes fenced code.
static MARKS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| ["```", "~~~"].map(Finder::new));

/// The end of the fenced code that opens at the start of the line at `start`; `None` when it is none.
fn fence(body: &[u8], start: usize) -> Option<usize> {
    let rest = body.get(start..)?;
    let mark = *rest.first()?;
    let run = rest.iter().take_while(|b| **b == mark).count();
    let line_after = |at: usize| memchr(b'\n', rest.within(at..)).map_or(rest.len(), |end| at + end + 1);
    let mut line = line_after(0);
    if mark == b'`' && memchr(b'`', rest.get(run..line)?).is_some() {
        return None;
    }
    // What closes it is a line that begins with as many marks, and with three at least.
    while let Some(marks) = MARKS[usize::from(mark == b'~')].find(rest.get(line..)?).map(|found| line + found) {
        let start_of_line = memrchr(b'\n', rest.get(line..marks)?).map_or(line, |end| line + end + 1);
        let indent = rest.get(start_of_line..marks)?;
        line = line_after(marks);
        let ended = rest.get(marks..line)?;
        let ended = ended.strip_suffix(b"\n").unwrap_or(ended);
        let ended = ended.strip_suffix(b"\r").unwrap_or(ended);
        // Blanks may follow, and not a tab: to the parser that closes nothing.
        let last = ended.iter().rposition(|b| *b != b' ').map_or(0, |last| last + 1);
        let is_indented = indent.len() < 4 && indent.iter().all(|b| *b == b' ');
        if is_indented && last >= run && ended.get(..last)?.iter().all(|b| *b == mark) {
            return Some(start + line);
        }
    }
    Some(body.len())
}

/// The lines around `at` up to the nearest blank ones, within `least..most`.
pub(super) fn paragraph_around(body: &[u8], at: usize, least: usize, most: usize) -> Range<usize> {
    let line_before =
        |end: usize| memrchr(b'\n', body.get(least..end).unwrap_or_default()).map_or(least, |lf| least + lf + 1);
    let is_blank = |line: &[u8]| line.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
    let mut start = line_before(at);
    while start > least {
        let before = line_before(start - 1);
        if is_blank(body.within(before..start)) {
            break;
        }
        start = before;
    }
    let mut end = at;
    while end < most {
        let line = body.within(end..most);
        let line_end = memchr(b'\n', line).map_or(line.len(), |end| end + 1);
        if end != at && is_blank(line.within(..line_end)) {
            break;
        }
        end += line_end;
    }
    start..end
}

/// Whether the `<` at `at` may begin HTML or an address.
fn may_be_html(text: &[u8], at: usize) -> bool {
    let angled = at >= 2 && text.get(at - 2..at) == Some(b"](");
    let next = text.get(at + 1).copied().unwrap_or(b' ');
    !angled && (next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?'))
}
