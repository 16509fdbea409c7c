//! Links by bytes: what stands in plain text is read here, a paragraph with anything that could hide or reshape a link
//! is parsed by itself, and a note in which a block may be one thing or another is left to the parser altogether.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2, memchr3, memchr3_iter, memmem, memrchr};

use super::{Link, has_definition, into_owned, markdown_target, parse, wiki_file};
use crate::note::blocks::{Blocks, after_run, paragraph_around};
use crate::note::trim;

/// Adds the links of `body` to `links`, which holds none, without parsing it as a whole; `None`, and some of them, when
/// that is not safe.
pub(super) fn links<'a>(body: &'a str, links: &mut Vec<Link<'a>>) -> Option<()> {
    let bytes = body.as_bytes();
    if memchr(b'[', bytes).is_none() {
        return Some(());
    }
    let mut tildes = first_tildes(bytes)?;
    let mut scan = Scan::new(body, links);
    let (mut at, mut next) = (0, None);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        // Looked for again only once it is passed: before it may stand any number of tildes.
        let near = next.filter(|next| *next >= at);
        let near = near.unwrap_or_else(|| memchr3(b'[', b'`', b'<', rest).map_or(bytes.len(), |found| at + found));
        next = Some(near);
        let mark = near.min(tildes);
        let Some(byte) = bytes.get(mark) else { break };
        at = if *byte == b'[' {
            scan.bracket(mark)?
        } else if let Some(end) = scan.blocks.at(mark)? {
            if tildes < end {
                tildes = memmem::find(bytes.get(end..)?, b"~~~").map_or(bytes.len(), |found| end + found);
            }
            end
        } else {
            scan.mark(mark)
        };
    }
    Some(())
}

/// Where the first `~~~` stands, or the end; `None` where a `%%comment%%` may hide links, or a lone carriage return ends a
/// line.
fn first_tildes(body: &[u8]) -> Option<usize> {
    let mut first = body.len();
    for at in memchr3_iter(b'%', b'\r', b'~', body) {
        match body.get(at..)? {
            [b'%', b'%', ..] => return None,
            [b'\r', next @ ..] if next.first() != Some(&b'\n') => return None,
            [b'~', b'~', b'~', ..] => first = first.min(at),
            _ => {}
        }
    }
    Some(first)
}

/// What is known on the way through a note.
struct Scan<'a, 'l> {
    body: &'a str,
    blocks: Blocks<'a>,
    links: &'l mut Vec<Link<'a>>,
    /// The end of the last link read here. Up to there nothing in its paragraph reshapes a link.
    checked: usize,
    /// The start of the first line that may still divide a table of the paragraph at hand.
    undivided: usize,
    /// The first dollar sign or backslash behind what was known when it was looked for.
    escape: Option<usize>,
    /// Up to here no `](` follows an embed.
    no_destination: usize,
    /// Behind the last mark that may begin HTML or code of more than a line.
    marked: usize,
    /// The end of the last paragraph that was parsed.
    parsed: usize,
}

impl<'a, 'l> Scan<'a, 'l> {
    fn new(body: &'a str, links: &'l mut Vec<Link<'a>>) -> Self {
        Self {
            body,
            blocks: Blocks::new(body.as_bytes()),
            links,
            checked: 0,
            undivided: 0,
            escape: None,
            no_destination: 0,
            marked: 0,
            parsed: 0,
        }
    }

    /// Passes by a backtick or `<` that begins no block. Returns where to go on.
    fn mark(&mut self, mark: usize) -> usize {
        let bytes = self.body.as_bytes();
        if bytes.get(mark) == Some(&b'`') {
            let code = bytes.get(mark + 1..).unwrap_or_default();
            // A backtick and the next one, on one line, with something between that is no link: a span of code, whatever
            // block the line belongs to.
            let close = code.iter().position(|b| matches!(b, b'`' | b'[' | b'<' | b'\n')).unwrap_or(0);
            if close > 0 && code.get(close) == Some(&b'`') && code.get(close + 1) != Some(&b'`') {
                return mark + 1 + close + 1;
            }
            self.marked = after_run(bytes, mark);
            return self.marked;
        }
        if bytes.get(mark + 1).is_none_or(|next| next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?')) {
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
        match simple_link(self.body.get(open..)?) {
            Some((None, length)) => Some(open + length),
            Some((Some(target), length)) if self.is_in_plain_text(open, open + length) => {
                let embed = open > 0 && self.body.as_bytes().get(open - 1) == Some(&b'!');
                if embed && !self.stays_embed(open + length) {
                    self.parse_around(open)?;
                    return Some(open + 1);
                }
                self.checked = open + length;
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
        let slice = |from: usize, to: usize| bytes.get(from..to).unwrap_or_default();
        // Up to here all is known, and unless a block ends here, it is in the middle of a line.
        let least = self.checked.max(self.blocks.end);
        let in_line = self.checked > self.blocks.end;
        let line_before = |end: usize| memrchr(b'\n', slice(least, end)).map_or(least, |lf| least + lf + 1);
        let line = line_before(open);
        let is_whole_line = line > least || !in_line;
        if is_whole_line && kind(slice(line, bytes.len())) == Line::Odd {
            return false;
        }
        if self.escape.is_none_or(|escape| escape < least) {
            let found = memchr2(b'$', b'\\', slice(least, bytes.len()));
            self.escape = Some(found.map_or(bytes.len(), |found| least + found));
        }
        if self.marked > least || self.escape < Some(open) {
            let mut start = line;
            while is_whole_line && start > least {
                let before = line_before(start - 1);
                if (before > least || !in_line) && kind(slice(before, start)) == Line::Blank {
                    break;
                }
                start = before;
            }
            if self.marked > start || memchr2(b'$', b'\\', slice(start, open)).is_some() {
                return false;
            }
        }
        memchr(b'|', slice(line, end)).is_none() || self.is_undivided(open, end)
    }

    /// Whether no line of the paragraph, up to the one after `end`, may divide a table: there, bars divide links, and what
    /// stands in cells too many is dropped.
    fn is_undivided(&mut self, open: usize, end: usize) -> bool {
        if self.undivided > end {
            // Told for another link of the line.
            return true;
        }
        let bytes = self.body.as_bytes();
        let line_after =
            |at: usize| memchr(b'\n', bytes.get(at..).unwrap_or_default()).map_or(bytes.len(), |found| at + found + 1);
        let next = line_after(end);
        let least = self.undivided.max(self.blocks.end);
        let mut line = paragraph_around(bytes, open, least, open).start;
        while line < next {
            if kind(bytes.get(line..).unwrap_or_default()) == Line::Odd {
                return false;
            }
            line = line_after(line);
        }
        self.undivided = next;
        kind(bytes.get(next..).unwrap_or_default()) != Line::Odd
    }

    /// Whether no destination follows, up to the end of the paragraph, that the parser takes for that of the embed which
    /// ends at `end`.
    fn stays_embed(&mut self, end: usize) -> bool {
        if end >= self.no_destination {
            let bytes = self.body.as_bytes();
            let rest = paragraph_around(bytes, end, end, bytes.len());
            if memmem::find(bytes.get(rest.clone()).unwrap_or_default(), b"](").is_some() {
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
            let line = bytes.get(*at..).unwrap_or_default();
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

/// What closes brackets, or makes what they hold anything but simple.
static IN_BRACKETS: Set = set(b"[]`<$\\\n\r\0");
/// The same in a wikilink, up to its alias.
static IN_WIKILINK: Set = set(b"|[]`<$\\\n\r\0");

/// The first place from `from` on with a byte of `set`.
fn stop(bytes: &[u8], from: usize, set: &Set) -> Option<usize> {
    bytes.get(from..)?.iter().position(|byte| set[*byte as usize]).map(|found| from + found)
}

/// What a `[` opens: the target, if it is a link into the vault, and the length of it all. `None`: not simple.
fn simple_link(text: &str) -> Option<(Option<Cow<'_, str>>, usize)> {
    let bytes = text.as_bytes();
    if bytes.get(1) == Some(&b'[') {
        let mut end = stop(bytes, 2, &IN_WIKILINK)?;
        let bar = Some(end).filter(|end| bytes.get(*end) == Some(&b'|'));
        if let Some(bar) = bar {
            end = stop(bytes, bar + 1, &IN_BRACKETS)?;
        }
        if bytes.get(end) != Some(&b']') {
            return None;
        }
        let dest = text.get(2..bar.unwrap_or(end))?;
        // An alias that is empty is none.
        let is_simple = bar != Some(end - 1) && bytes.get(end + 1) == Some(&b']') && bytes.get(end + 2) != Some(&b']');
        if !is_simple || trim(dest).is_empty() {
            return None;
        }
        return Some((wiki_file(dest).map(Cow::Borrowed), end + 2));
    }
    let close = stop(bytes, 1, &IN_BRACKETS)?;
    if bytes.get(close) != Some(&b']') {
        return None;
    }
    match bytes.get(close + 1) {
        Some(b'(') => {}
        // Brackets in brackets, a reference, a definition.
        Some(b'[' | b':' | b']') => return None,
        _ => return Some((None, close + 1)),
    }
    if close == 1 || bytes.get(1) == Some(&b'^') {
        return None;
    }
    let from = close + 2;
    let rest = bytes.get(from..)?;
    let (dest, length) = if rest.first() == Some(&b'<') {
        let end = 1 + rest
            .get(1..)?
            .iter()
            .position(|b| matches!(b, b'>' | b'<' | b'\n' | b'\r' | b'&' | b'`' | b'$' | b'\\'))?;
        (rest.get(end..end + 2) == Some(b">)")).then_some((1..end, end + 2))?
    } else {
        let end = rest
            .iter()
            .position(|b| matches!(b, b')' | b'(' | b'<' | b'&' | b'`' | b'$' | b'\\') || *b <= b' ' || *b == 0x7f)?;
        (rest.get(end) == Some(&b')')).then_some((0..end, end + 1))?
    };
    let dest = text.get(from + dest.start..from + dest.end)?;
    Some((markdown_target(Cow::Borrowed(dest)), from + length))
}
