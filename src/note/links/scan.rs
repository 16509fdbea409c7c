//! Links by bytes: what stands in plain text is read here, a paragraph with anything that could hide or reshape a link
//! is parsed by itself, and a note in which a block may be one thing or another is left to the parser altogether.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter};

use super::marks::{Mark, Marks};
use super::{Link, has_definition, into_owned, markdown_target, parse};
use crate::note::blocks::{Blocks, after_run, paragraph_around};
use crate::note::trim;
use crate::within::Within;

/// Adds the links of `body` to `links`, which holds none, without parsing it as a whole; `None`, and some of them, when
/// that is not safe. `marks` are those of `body`.
pub(super) fn links<'a>(body: &'a str, marks: Marks<'_>, links: &mut Vec<Link<'a>>) -> Option<()> {
    let bytes = body.as_bytes();
    // A `%%comment%%` may hide links, and a lone carriage return ends a line.
    if marks.has(Mark::Odd) && marks.odd().any(|at| bytes.get(at) == Some(&b'\r') || bytes.get(at + 1) == Some(&b'%')) {
        return None;
    }
    let mut scan = Scan::new(body, marks, links);
    let mut at = 0;
    while let Some(mark) = marks.next(Mark::Opening, at) {
        at = match bytes.get(mark)? {
            b'[' => scan.bracket(mark)?,
            b'~' if bytes.get(mark..mark + 3) != Some(b"~~~") => mark + 1,
            byte => match scan.blocks.at(mark)? {
                Some(end) => end,
                None if *byte == b'`' => scan.backtick(mark),
                None => scan.angle(mark),
            },
        };
    }
    Some(())
}

/// What the destination of a link begins with, behind its text.
static DESTINATION: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("]("));

/// What is known on the way through a note.
struct Scan<'a, 'l> {
    body: &'a str,
    marks: Marks<'l>,
    /// Whether there is a dollar sign or backslash anywhere.
    has_escapes: bool,
    blocks: Blocks<'a>,
    links: &'l mut Vec<Link<'a>>,
    /// The end of the last link read here. Up to there nothing in its paragraph reshapes a link.
    checked: usize,
    /// The start of the first line that may still divide a table of the paragraph at hand.
    undivided: usize,
    /// Up to here no `](` follows an embed.
    no_destination: usize,
    /// Behind the last mark that may begin HTML or code of more than a line.
    marked: usize,
    /// The end of the last paragraph that was parsed.
    parsed: usize,
}

impl<'a, 'l> Scan<'a, 'l> {
    fn new(body: &'a str, marks: Marks<'l>, links: &'l mut Vec<Link<'a>>) -> Self {
        Self {
            body,
            marks,
            has_escapes: marks.has(Mark::Escape),
            blocks: Blocks::new(body.as_bytes()),
            links,
            checked: 0,
            undivided: 0,
            no_destination: 0,
            marked: 0,
            parsed: 0,
        }
    }

    /// Passes by a backtick that begins no block. Returns where to go on.
    fn backtick(&mut self, mark: usize) -> usize {
        let bytes = self.body.as_bytes();
        // A backtick and the next one, on one line, with something between that is no link: a span of code, whatever block
        // the line belongs to.
        let close = self.stop_but(mark + 1, b"|]#$\\\r\0");
        if let Some(close) = close.filter(|close| *close > mark + 1)
            && bytes.get(close) == Some(&b'`')
            && bytes.get(close + 1) != Some(&b'`')
        {
            return close + 1;
        }
        self.marked = after_run(bytes, mark);
        self.marked
    }

    /// Passes by a `<` that begins no block. Returns where to go on.
    fn angle(&mut self, mark: usize) -> usize {
        let next = self.body.as_bytes().get(mark + 1);
        if next.is_none_or(|next| next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?')) {
            self.marked = mark + 1;
        }
        mark + 1
    }

    /// Reads what a `[` opens. Returns where to go on; `None` when the note must be parsed.
    fn bracket(&mut self, open: usize) -> Option<usize> {
        if open < self.parsed {
            return Some(open + 1);
        }
        // A box of a task, by far the most frequent.
        if let Some([b' ' | b'x' | b'X', b']', b' ']) = self.body.as_bytes().get(open + 1..open + 4) {
            return Some(open + 3);
        }
        match self.simple_link(open) {
            Some((None, end)) => Some(end),
            Some((Some(target), end)) if self.is_in_plain_text(open, end) => {
                let embed = open > 0 && self.body.as_bytes().get(open - 1) == Some(&b'!');
                if embed && !self.stays_embed(end) {
                    self.parse_around(open)?;
                    return Some(open + 1);
                }
                self.checked = end;
                self.links.push(Link { target, range: open - usize::from(embed)..self.checked, embed });
                Some(self.checked)
            }
            _ => {
                self.parse_around(open)?;
                Some(open + 1)
            }
        }
    }

    /// Whether nothing before the link at `open..end` in its paragraph, nor a table, makes it something else.
    fn is_in_plain_text(&mut self, open: usize, end: usize) -> bool {
        let bytes = self.body.as_bytes();
        let slice = |from: usize, to: usize| bytes.within(from..to);
        // Up to here all is known, and unless a block ends here, it is in the middle of a line.
        let least = self.checked.max(self.blocks.end);
        let in_line = self.checked > self.blocks.end;
        let line_before = |end: usize| self.marks.last(Mark::LineEnd, least..end).map_or(least, |lf| lf + 1);
        let line = line_before(open);
        let is_whole_line = line > least || !in_line;
        if is_whole_line && kind(slice(line, bytes.len())) == Line::Odd {
            return false;
        }
        if self.marked > least || self.has_escapes && self.marks.is_in(Mark::Escape, least..open) {
            let mut start = line;
            while is_whole_line && start > least {
                let before = line_before(start - 1);
                if (before > least || !in_line) && kind(slice(before, start)) == Line::Blank {
                    break;
                }
                start = before;
            }
            if self.marked > start || self.marks.is_in(Mark::Escape, start..open) {
                return false;
            }
        }
        !self.marks.is_in(Mark::Bar, line..end) || self.is_undivided(open, end)
    }

    /// Whether no line of the paragraph, up to the one after `end`, may divide a table: there, bars divide links, and what
    /// stands in cells too many is dropped.
    fn is_undivided(&mut self, open: usize, end: usize) -> bool {
        if self.undivided > end {
            // Told for another link of the line.
            return true;
        }
        let bytes = self.body.as_bytes();
        let line_after = |at: usize| memchr(b'\n', bytes.within(at..)).map_or(bytes.len(), |found| at + found + 1);
        let next = line_after(end);
        let least = self.undivided.max(self.blocks.end);
        let mut line = paragraph_around(bytes, open, least, open).start;
        while line < next {
            if kind(bytes.within(line..)) == Line::Odd {
                return false;
            }
            line = line_after(line);
        }
        self.undivided = next;
        kind(bytes.within(next..)) != Line::Odd
    }

    /// Whether no destination follows, up to the end of the paragraph, that the parser takes for that of the embed which
    /// ends at `end`.
    fn stays_embed(&mut self, end: usize) -> bool {
        if end >= self.no_destination {
            let bytes = self.body.as_bytes();
            let rest = paragraph_around(bytes, end, end, bytes.len());
            if DESTINATION.find(bytes.within(rest.clone())).is_some() {
                return false;
            }
            self.no_destination = rest.end;
        }
        true
    }

    /// Parses the paragraph around `at`. `None` when what it says depends on what stands before or behind it.
    fn parse_around(&mut self, at: usize) -> Option<()> {
        let bytes = self.body.as_bytes();
        let mut range = paragraph_around(bytes, at, self.blocks.end, bytes.len());
        let begins_block = |at: &usize| {
            let line = bytes.within(*at..);
            line.starts_with(b"```") || line.starts_with(b"~~~") || line.starts_with(b"<!--")
        };
        let mut lines = memchr_iter(b'\n', bytes.get(at..range.end)?).map(|end| at + end + 1);
        range.end = lines.find(begins_block).unwrap_or(range.end);
        let text = self.body.get(range.clone())?;
        if text.starts_with([' ', '\t']) || text.contains("[^") || has_definition(text.as_bytes()) {
            // It may continue a list item, be indented code, or tell what a footnote or a link elsewhere means.
            return None;
        }
        while self.links.pop_if(|link| link.range.start >= range.start).is_some() {}
        let shift = |link: Link<'_>| {
            let range = link.range.start + range.start..link.range.end + range.start;
            Link { range, ..into_owned(link) }
        };
        self.links.extend(parse(text).into_iter().map(shift));
        self.parsed = range.end;
        Some(())
    }

    /// What the `[` at `open` opens: the target, if it is a link into the vault, and the end of it all. `None`: not simple.
    fn simple_link(&self, open: usize) -> Option<(Option<Cow<'a, str>>, usize)> {
        let bytes = self.body.as_bytes();
        let is = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
        if is(open + 1, b'[') {
            let mut end = self.marks.next(Mark::Stop, open + 2)?;
            let heading = Some(end).filter(|end| is(*end, b'#'));
            while is(end, b'#') {
                end = self.marks.next(Mark::Stop, end + 1)?;
            }
            let bar = Some(end).filter(|end| is(*end, b'|'));
            if bar.is_some() {
                end = self.end_of_text(end + 1)?;
            }
            if !is(end, b']') {
                return None;
            }
            let dest = self.body.get(open + 2..heading.or(bar).unwrap_or(end))?;
            let target = trim(dest);
            // An alias that is empty is none.
            let is_simple = bar != Some(end - 1) && is(end + 1, b']') && !is(end + 2, b']');
            if !is_simple || target.is_empty() && heading.is_none() {
                return None;
            }
            return Some((Some(Cow::Borrowed(target)), end + 2));
        }
        let close = self.end_of_text(open + 1)?;
        if !is(close, b']') {
            return None;
        }
        match bytes.get(close + 1) {
            Some(b'(') => {}
            // Brackets in brackets, a reference, a definition.
            Some(b'[' | b':' | b']') => return None,
            _ => return Some((None, close + 1)),
        }
        if close == open + 1 || is(open + 1, b'^') {
            return None;
        }
        let in_angles = is(close + 2, b'<');
        let from = close + 2 + usize::from(in_angles);
        let ends = if in_angles { &ENDS_IN_ANGLES } else { &ENDS };
        let end = from + bytes.get(from..)?.iter().position(|byte| ends[usize::from(*byte)])?;
        let after = match (bytes.get(end..)?, in_angles) {
            ([b'>', b')', ..], true) => end + 2,
            ([b')', ..], false) => end + 1,
            _ => return None,
        };
        Some((markdown_target(Cow::Borrowed(self.body.get(from..end)?)), after))
    }

    /// What the text of a link from `from` on ends at, or what makes it anything but simple.
    fn end_of_text(&self, from: usize) -> Option<usize> {
        self.stop_but(from, b"|#")
    }

    /// The first [`Mark::Stop`] from `from` on that is none of `harmless`.
    fn stop_but(&self, mut from: usize, harmless: &[u8]) -> Option<usize> {
        loop {
            let stop = self.marks.next(Mark::Stop, from)?;
            if !harmless.contains(self.body.as_bytes().get(stop)?) {
                return Some(stop);
            }
            from = stop + 1;
        }
    }
}

/// What the beginning of a line tells of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Blank,
    Text,
    /// It may be indented code, or divide a table.
    Odd,
}

/// What the first line of `text` is.
fn kind(text: &[u8]) -> Line {
    let (mut spaces, mut is_odd, mut is_blank) = (0, false, true);
    for byte in text {
        match byte {
            b'\n' => break,
            b' ' => {
                spaces += 1;
                is_odd |= spaces == 4;
                continue;
            }
            b'\r' => continue,
            b'\t' => {
                is_odd = true;
                continue;
            }
            // What quotes and list items begin with, where code may be indented anew, and what divides a table.
            b'>' | b'*' | b'+' | b'-' | b'.' | b')' | b'|' | b':' | b'0'..=b'9' => is_blank = false,
            _ => return if is_odd { Line::Odd } else { Line::Text },
        }
        spaces = 0;
    }
    if is_blank { Line::Blank } else { Line::Odd }
}

/// For each byte, whether it is one of some.
type Set = [bool; 256];

const fn set(of: &[u8]) -> Set {
    let mut set = [false; 256];
    let mut at = 0;
    while at < of.len() {
        set[of[at] as usize] = true;
        at += 1;
    }
    set
}

/// What a destination ends at, or what makes it anything but simple.
static ENDS: Set = {
    let mut set = set(b")(<&`$\\\x7f");
    let mut control = 0;
    while control <= b' ' {
        set[control as usize] = true;
        control += 1;
    }
    set
};
/// The same in angle brackets.
static ENDS_IN_ANGLES: Set = set(b"><\n\r&`$\\");
