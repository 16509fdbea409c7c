//! Links by bytes: paragraphs that hold nothing but text and simple links are read here, others are parsed one by one,
//! and a note in which a block may be one thing or another is left to the parser altogether.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter, memchr2, memchr3, memmem, memrchr};

use super::{Link, has_definition, into_owned, markdown_target, parse, wiki_target};
use crate::note::markdown::has_lone_return;

/// A longer inline comment or declaration is left to the parser, in bytes.
const LONGEST_INLINE: usize = 1024;

// Made once: to make a searcher takes as long as to search a short text.
static COMMENT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("%%"));
static INDENT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("    "));
static MARKS: LazyLock<[Finder<'static>; 3]> = LazyLock::new(|| ["```", "~~~", "<"].map(Finder::new));

/// The links of `body` without parsing it as a whole; `None` when that is not safe.
pub(super) fn links(body: &str) -> Option<Vec<Link<'_>>> {
    let bytes = body.as_bytes();
    if COMMENT.find(bytes).is_some() || has_definition(bytes) || has_lone_return(bytes) {
        return None;
    }
    let hidden = hidden_blocks(bytes)?;
    let mut hidden = hidden.iter().peekable();
    let mut links = Vec::new();
    let mut at = 0;
    while let Some(open) = memchr(b'[', bytes.get(at..)?).map(|found| at + found) {
        while let Some(block) = hidden.next_if(|block| block.end <= open) {
            at = at.max(block.end);
        }
        let mut limit = bytes.len();
        if let Some(block) = hidden.peek() {
            if block.contains(&open) {
                at = block.end;
                continue;
            }
            limit = block.start;
        }
        let paragraph = paragraph_around(bytes, open, at, limit);
        at = paragraph.end;
        let text = body.get(paragraph.clone())?;
        let known = links.len();
        if !scan_paragraph(text, paragraph.start, &mut links) {
            links.truncate(known);
            if text.starts_with([' ', '\t']) || text.contains("[^") {
                // It may continue a list item, be indented code, or refer to a footnote.
                return None;
            }
            let shift = |link: Link<'_>| {
                let range = link.range.start + paragraph.start..link.range.end + paragraph.start;
                Link { range, ..into_owned(link) }
            };
            links.extend(parse(text).into_iter().map(shift));
        }
    }
    Some(links)
}

/// The fenced code and HTML comments that stand at the start of lines; `None` when a block could be something else.
pub(in crate::note) fn hidden_blocks(body: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut blocks = Vec::new();
    // The start of the line of the last mark, and the mark: each line is gone back over once.
    let (mut line_start, mut seen) = (0, 0);
    let mut next: [Option<usize>; 3] = MARKS.each_ref().map(|mark| mark.find(body));
    while let Some((kind, start)) =
        next.iter().enumerate().filter_map(|(kind, at)| Some((kind, (*at)?))).min_by_key(|(_, at)| *at)
    {
        line_start = memrchr(b'\n', body.get(seen..start)?).map_or(line_start, |end| seen + end + 1);
        seen = start;
        let mut after = start + 1;
        if kind < 2 {
            if start != line_start {
                return None;
            }
            opens_block(body, start, &blocks)?;
            let block = fence(body, start)?;
            after = block.end;
            blocks.push(block);
        } else {
            match body.get(start + 1)? {
                b'!' | b'?' if body.get(line_start..start)?.iter().all(|b| *b == b' ') => {
                    // An HTML comment to the end of the line on which it is closed.
                    let rest = body.get(start..)?;
                    if !rest.starts_with(b"<!--") || line_start != start {
                        return None;
                    }
                    opens_block(body, start, &blocks)?;
                    // `<!-->` closes itself.
                    let close = memmem::find(rest.get(2..)?, b"-->")? + 2;
                    let end = memchr(b'\n', rest.get(close..)?).map_or(rest.len(), |end| close + end + 1);
                    after = start + end;
                    blocks.push(start..after);
                }
                // A comment in a list item or a quote, or an inline one: left to the paragraph, if it ends there.
                b'!' | b'?' => {
                    let rest = body.get(start..)?;
                    let rest = rest.get(..rest.len().min(LONGEST_INLINE)).unwrap_or_default();
                    let line = memchr(b'\n', rest).map_or(rest, |end| rest.get(..end).unwrap_or_default());
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
                    let name: Vec<u8> = body.get(start + 1..)?.iter().take(8).map(u8::to_ascii_lowercase).collect();
                    if [&b"script"[..], b"style", b"pre", b"textarea"].iter().any(|raw| name.starts_with(raw)) {
                        return None;
                    }
                }
                _ => {}
            }
        }
        for (mark, at) in MARKS.iter().zip(&mut next) {
            if at.is_some_and(|at| at < after) {
                *at = mark.find(body.get(after..)?).map(|found| after + found);
            }
        }
    }
    Some(blocks)
}

/// Makes sure that no block of HTML reaches down to the line at `start`, after the `blocks` so far.
fn opens_block(body: &[u8], start: usize, blocks: &[Range<usize>]) -> Option<()> {
    let least = blocks.last().map_or(0, |block| block.end);
    if start == least {
        return Some(());
    }
    let before = body.get(paragraph_around(body, start - 1, least, start))?;
    (!memchr_iter(b'<', before).any(|at| may_be_html(before, at))).then_some(())
}

/// The fenced code that opens at the start of the line at `start`; `None` when it is none.
fn fence(body: &[u8], start: usize) -> Option<Range<usize>> {
    let rest = body.get(start..)?;
    let mark = *rest.first()?;
    let run = rest.iter().take_while(|b| **b == mark).count();
    let mut line_end = memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
    if mark == b'`' && memchr(b'`', rest.get(run..line_end)?).is_some() {
        return None;
    }
    while line_end < rest.len() {
        let line = rest.get(line_end..)?;
        let line = line.get(..memchr(b'\n', line).map_or(line.len(), |end| end + 1))?;
        line_end += line.len();
        let indent = line.iter().take_while(|b| **b == b' ').count();
        let ended = line.strip_suffix(b"\n").unwrap_or(line);
        let ended = ended.strip_suffix(b"\r").unwrap_or(ended);
        // Blanks may follow, and not a tab: to the parser that closes nothing.
        let last = ended.iter().rposition(|b| *b != b' ').map_or(0, |last| last + 1);
        let closing = ended.get(..last)?.get(indent..).unwrap_or_default();
        if indent < 4 && closing.len() >= run && closing.iter().all(|b| *b == mark) {
            break;
        }
    }
    Some(start..start + line_end)
}

/// The lines around `at` up to the nearest blank ones, within `least..most`.
pub(in crate::note) fn paragraph_around(body: &[u8], at: usize, least: usize, most: usize) -> Range<usize> {
    let line_before =
        |end: usize| memrchr(b'\n', body.get(least..end).unwrap_or_default()).map_or(least, |lf| least + lf + 1);
    let is_blank = |line: &[u8]| line.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
    let mut start = line_before(at);
    while start > least {
        let before = line_before(start - 1);
        if is_blank(body.get(before..start).unwrap_or_default()) {
            break;
        }
        start = before;
    }
    let mut end = at;
    while end < most {
        let line = body.get(end..most).unwrap_or_default();
        let line_end = memchr(b'\n', line).map_or(line.len(), |end| end + 1);
        if end != at && is_blank(line.get(..line_end).unwrap_or_default()) {
            break;
        }
        end += line_end;
    }
    start..end
}

/// Adds the links of a paragraph; false when it holds anything that only a parser gets right.
fn scan_paragraph<'a>(text: &'a str, offset: usize, links: &mut Vec<Link<'a>>) -> bool {
    let bytes = text.as_bytes();
    if memchr3(b'`', b'$', b'\\', bytes).is_some() || memchr2(b'\t', 0, bytes).is_some() || INDENT.find(bytes).is_some()
    {
        return false;
    }
    if memchr_iter(b'<', bytes).any(|at| may_be_html(bytes, at)) || may_be_table(bytes) {
        return false;
    }
    let mut at = 0;
    while let Some(open) = memchr(b'[', bytes.get(at..).unwrap_or_default()).map(|found| at + found) {
        let (Some(rest), Some(between)) = (text.get(open..), bytes.get(at..open)) else { return false };
        if memchr(b']', between).is_some() {
            return false;
        }
        let embed = open > 0 && bytes.get(open - 1) == Some(&b'!');
        let Some((target, length)) = simple_link(rest) else { return false };
        if let Some(target) = target {
            let range = offset + open - usize::from(embed)..offset + open + length;
            links.push(Link { target, range, embed });
        }
        at = open + length;
    }
    bytes.get(at..).is_none_or(|rest| memchr(b']', rest).is_none())
}

fn may_be_html(text: &[u8], at: usize) -> bool {
    let angled = at >= 2 && text.get(at - 2..at) == Some(b"](");
    let next = text.get(at + 1).copied().unwrap_or(b' ');
    !angled && (next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?'))
}

/// What a `[` opens: the target, if it is a link into the vault, and the length of it all. `None`: not simple.
fn simple_link(text: &str) -> Option<(Option<Cow<'_, str>>, usize)> {
    let bytes = text.as_bytes();
    let stop = |from: usize| {
        let found = bytes.get(from..)?.iter().position(|b| matches!(b, b'[' | b']' | b'\n' | b'\r'))?;
        Some(from + found)
    };
    if bytes.get(1) == Some(&b'[') {
        let end = stop(2)?;
        if end == 2 || bytes.get(end..end + 2) != Some(b"]]") || bytes.get(end + 2) == Some(&b']') {
            return None;
        }
        let inside = text.get(2..end)?;
        let dest = match inside.split_once('|') {
            Some((dest, alias)) if !dest.is_empty() && !alias.is_empty() => dest,
            Some(_) => return None,
            None => inside,
        };
        if dest.trim().is_empty() {
            return None;
        }
        return Some((wiki_target(Cow::Borrowed(dest)), end + 2));
    }
    let close = stop(1)?;
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
        let end = 1 + rest.get(1..)?.iter().position(|b| matches!(b, b'>' | b'<' | b'\n' | b'\r' | b'&'))?;
        (rest.get(end..end + 2) == Some(b">)")).then_some((1..end, end + 2))?
    } else {
        let end = rest.iter().position(|b| matches!(b, b')' | b'(' | b'<' | b'&') || *b <= b' ' || *b == 0x7f)?;
        (rest.get(end) == Some(&b')')).then_some((0..end, end + 1))?
    };
    let dest = text.get(from + dest.start..from + dest.end)?;
    Some((markdown_target(Cow::Borrowed(dest)), from + length))
}

/// Whether a line of the paragraph looks like the one below the heads of a table, where bars divide links and what
/// stands in cells too many is dropped.
fn may_be_table(paragraph: &[u8]) -> bool {
    memchr(b'-', paragraph).is_some()
        && paragraph.split(|b| *b == b'\n').any(|line| {
            line.contains(&b'-')
                && line.iter().all(|b| matches!(b, b'-' | b'|' | b':' | b' ' | b'\r' | b'>' | b'*' | b'+'))
        })
}
