//! Where the frontmatter of a note stands, by byte ranges. Nothing is decoded, copied or normalised.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr, memchr2};

use super::lines::{Key, LineKind, is_template, kind};
use super::misplaced;
use crate::problem::Code;
use crate::within::Within;

/// The bytes of a byte order mark in UTF-8.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// A frontmatter block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where the opening fence starts: 0, or 3 after a byte order mark.
    pub start: usize,
    /// The lines between the fences, the last line end included. Its first line is line 2 of the file.
    pub inner: Range<usize>,
    /// Where the text after the closing fence and its line end starts.
    pub end: usize,
}

/// What the top of a note holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Top {
    /// No frontmatter.
    Bare,
    /// A frontmatter block.
    Block(Block),
    /// Something that was meant as frontmatter, and is none.
    Broken(Broken),
}

/// Frontmatter with something wrong about its fences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// [`Code::UnclosedFence`], [`Code::GluedFence`], [`Code::LateFence`], [`Code::AmbiguousRule`] or
    /// [`Code::HiddenSchedule`].
    pub code: Code,
    /// The line of the fence in question, from 1.
    pub line: usize,
    /// The lines that would be the block.
    pub inner: Range<usize>,
}

/// Where the text starts: behind a byte order mark if there is one.
pub fn start(text: &[u8]) -> usize {
    if text.starts_with(BOM) { BOM.len() } else { 0 }
}

/// Looks for frontmatter at the top of `text`.
///
/// A fence is `---` at the start of a line with nothing but blanks and tabs behind it; the opening one is the first
/// line. `...` closes nothing, as in Obsidian.
///
/// A block with a schedule below something else (another block, a comment, a few lines of text) is read by nobody: a note
/// with one is not taken for a note without a schedule. Nor is one that begins with a fence of another kind.
pub fn find(text: &[u8]) -> Top {
    match find_first(text) {
        Top::Bare => match hidden(text, start(text), false).or_else(|| dressed(text, start(text))) {
            Some(broken) => Top::Broken(broken),
            None => Top::Bare,
        },
        Top::Block(block) => match hidden(text, block.end, true) {
            Some(hidden) if !has_schedule(text, block.inner.clone()) => Top::Broken(hidden),
            _ => Top::Block(block),
        },
        broken @ Top::Broken(_) => broken,
    }
}

fn find_first(text: &[u8]) -> Top {
    let start = start(text);
    let first = line_at(text, start);
    let Some(content) = text.get(start..first.content_end) else { return Top::Bare };
    if !is_fence(content) {
        return match content {
            _ if is_blank(content) => late(text, first.next),
            // An indented fence is none: what stands below it is text, unless it is a schedule.
            _ if is_fence(content.trim_ascii_start()) => match late(text, start) {
                Top::Broken(broken) if !has_schedule(text, broken.inner.clone()) => Top::Bare,
                top => top,
            },
            [b'+', b'+', b'+', rest @ ..] if is_blank(rest) => toml(text, first.next),
            [b'{', ..] => json(text, start),
            [0xef, 0xbb, 0xbf, ..] => second_mark(text, start),
            _ => lone_cr(text, start, content),
        };
    }
    let inner = first.next;
    match close(text, inner) {
        Close::At { line, end } => Top::Block(Block { start, inner: inner..line, end }),
        Close::Glued(at) => {
            let line = 2 + lines_in(text, inner..at);
            Top::Broken(Broken { code: Code::GluedFence, line, inner: inner..at })
        }
        Close::Never => Top::Broken(Broken { code: Code::UnclosedFence, line: 1, inner: inner..run(text, inner) }),
    }
}

/// The block at the very top, whatever stands below it.
pub(super) fn first_block(text: &[u8]) -> Option<Block> {
    match find_first(text) {
        Top::Block(block) => Some(block),
        Top::Bare | Top::Broken(_) => None,
    }
}

/// The frontmatter block of `text`, if it has one with both fences in order.
pub fn block(text: &[u8]) -> Option<Block> {
    match find(text) {
        Top::Block(block) => Some(block),
        Top::Bare | Top::Broken(_) => None,
    }
}

/// Where the body of `text` starts: behind the frontmatter, or where the text starts when it has none.
pub fn body(text: &[u8]) -> usize {
    block(text).map_or_else(|| start(text), |block| block.end)
}

/// One line: where its text ends and where the next line starts.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineEnds {
    /// The end of the text, line end left out.
    pub content_end: usize,
    /// The start of the next line; the end of the text after the last.
    pub next: usize,
}

/// The line that starts at `at`. Lines end with LF or CRLF.
pub(super) fn line_at(text: &[u8], at: usize) -> LineEnds {
    let rest = text.within(at..);
    match memchr(b'\n', rest) {
        Some(0) => LineEnds { content_end: at, next: at + 1 },
        Some(n) if rest.get(n - 1) == Some(&b'\r') => LineEnds { content_end: at + n - 1, next: at + n + 1 },
        Some(n) => LineEnds { content_end: at + n, next: at + n + 1 },
        None => LineEnds { content_end: text.len(), next: text.len() },
    }
}

/// How many line ends `range` holds.
pub(super) fn lines_in(text: &[u8], range: Range<usize>) -> usize {
    memchr::memchr_iter(b'\n', text.within(range)).count()
}

/// Nothing but blanks and tabs.
pub(super) fn is_blank(content: &[u8]) -> bool {
    content.iter().all(|b| matches!(b, b' ' | b'\t'))
}

/// `---` and nothing but blanks and tabs behind it.
fn is_fence(content: &[u8]) -> bool {
    content.strip_prefix(b"---").is_some_and(is_blank)
}

enum Close {
    At { line: usize, end: usize },
    Glued(usize),
    Never,
}

/// What a closing fence starts with, found by one searcher for all notes.
static FENCE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\n---"));

/// The closing fence of a block whose lines start at `inner`, which is just behind a line end.
fn close(text: &[u8], inner: usize) -> Close {
    let mut glued = None;
    let Some(from) = inner.checked_sub(1) else { return Close::Never };
    if text.get(from) != Some(&b'\n') {
        return Close::Never;
    }
    let haystack = text.within(from..);
    for hit in FENCE.find_iter(haystack) {
        let at = from + hit + 1;
        let line = line_at(text, at);
        if is_fence(text.within(at..line.content_end)) {
            return match glued {
                Some(at) => Close::Glued(at),
                None => Close::At { line: at, end: line.next },
            };
        }
        glued = glued.or(Some(at));
    }
    // Without any fence below, dashes in a table or a rule of the text are no attempt at one.
    match glued {
        Some(at) if at > inner && run(text, inner) == at => Close::Glued(at),
        _ => Close::Never,
    }
}

/// The end of the lines from `at` on that could be frontmatter: neither blank nor prose.
fn run(text: &[u8], mut at: usize) -> usize {
    while at < text.len() {
        let line = line_at(text, at);
        let content = text.within(at..line.content_end);
        if matches!(kind(content), LineKind::Blank | LineKind::Other) || content.starts_with(b"---") {
            break;
        }
        at = line.next;
    }
    at
}

/// Frontmatter that starts below blank lines: to Obsidian it is text.
fn late(text: &[u8], mut at: usize) -> Top {
    let mut number = 1 + lines_in(text, 0..at);
    while at < text.len() {
        let line = line_at(text, at);
        let content = text.within(at..line.content_end);
        if is_fence(content.trim_ascii_start()) {
            if let Close::At { line: end, .. } = close(text, line.next)
                && (has_only_properties(text, line.next..end) || has_schedule(text, line.next..end))
            {
                return Top::Broken(Broken { code: Code::LateFence, line: number, inner: line.next..end });
            }
            return Top::Bare;
        }
        if !is_blank(content) {
            return Top::Bare;
        }
        at = line.next;
        number += 1;
    }
    Top::Bare
}

/// Frontmatter between `+++`, which is another language: a second block on top of it would hide it.
fn toml(text: &[u8], inner: usize) -> Top {
    let mut at = inner;
    while at < text.len() {
        let line = line_at(text, at);
        if text.within(at..line.content_end).trim_ascii_end() == b"+++" {
            return Top::Broken(Broken { code: Code::AmbiguousRule, line: 1, inner: inner..at });
        }
        at = line.next;
    }
    Top::Bare
}

/// Frontmatter that is a JSON object, as Hugo reads it: a second block on top of it would hide it.
fn json(text: &[u8], start: usize) -> Top {
    let note = text.within(start..text.len().min(start + MOST_JSON));
    let mut values =
        serde_json::Deserializer::from_slice(note).into_iter::<serde_json::Map<String, serde_json::Value>>();
    let is_object = matches!(values.next(), Some(Ok(object)) if !object.is_empty());
    let end = start + values.byte_offset();
    let line = line_at(text, end);
    match is_object && is_blank(text.within(end..line.content_end)) {
        true => Top::Broken(Broken { code: Code::AmbiguousRule, line: 1, inner: start..line.content_end }),
        false => Top::Bare,
    }
}

/// A longer object is no frontmatter.
const MOST_JSON: usize = 64 << 10;

/// Frontmatter behind further byte order marks, however many.
fn second_mark(text: &[u8], mut start: usize) -> Top {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    while text.get(start..).is_some_and(|rest| rest.starts_with(MARK)) {
        start += MARK.len();
    }
    match find_first(text.within(start..)) {
        Top::Bare => Top::Bare,
        Top::Block(Block { inner, .. }) | Top::Broken(Broken { inner, .. }) => {
            Top::Broken(Broken { code: Code::AmbiguousRule, line: 1, inner: start + inner.start..start + inner.end })
        }
    }
}

/// The lines of text among which a block that nobody reads is looked for.
const LINES_ABOVE: usize = 10;

/// A block with a schedule that starts a few lines below `from`; with `only_blank`, behind nothing but blank lines and
/// comments.
fn hidden(text: &[u8], from: usize, only_blank: bool) -> Option<Broken> {
    let mut at = from;
    for above in 0..LINES_ABOVE {
        if at >= text.len() {
            return None;
        }
        let line = line_at(text, at);
        let content = text.within(at..line.content_end).trim_ascii();
        if is_fence(content) {
            let Close::At { line: end, .. } = close(text, line.next) else { return None };
            let inner = line.next..end;
            let is_schedule = has_schedule(text, inner.clone()) && has_only_properties(text, inner.clone());
            let number = || 1 + lines_in(text, 0..at);
            return is_schedule.then(|| Broken { code: Code::HiddenSchedule, line: number(), inner });
        }
        let is_code = content.starts_with(b"```") || content.starts_with(b"~~~");
        let is_comment = content.starts_with(b"<!--") || content.starts_with(b"%%");
        if is_code || (only_blank && !content.is_empty() && !is_comment) || above + 1 == LINES_ABOVE {
            return None;
        }
        at = line.next;
    }
    None
}

/// A schedule below a first line that is meant as a fence and is none to Obsidian: indented, `----`, `---json`, `;;;`, with long
/// dashes, or with something invisible in it.
fn dressed(text: &[u8], start: usize) -> Option<Broken> {
    /// Frontmatter is shorter.
    const MOST: usize = 4 << 10;
    /// Its start says enough.
    const FENCE_BYTES: usize = 64;
    const FENCES: [&str; 7] = ["--", "–", "—", "−", ";;;", "+++", "{"];
    let blank = text.get(start..)?.iter().take(MOST).take_while(|b| b.is_ascii_whitespace()).count();
    let first = line_at(text, start + blank);
    let content = text.get(start + blank..first.content_end.min(start + MOST))?;
    // Only a long dash or something invisible may stand before the first ASCII character.
    if !matches!(content, [b'-' | b';' | b'+' | b'{' | 0x80.., ..]) {
        return None;
    }
    let line = String::from_utf8_lossy(content.get(..FENCE_BYTES).unwrap_or(content));
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || is_invisible(c));
    if !FENCES.iter().any(|fence| line.starts_with(fence)) {
        return None;
    }
    // Up to a blank line, or to code.
    let mut end = first.next;
    while end < text.len() && end - start < MOST {
        let line = line_at(text, end);
        let content = text.get(end..line.content_end)?.trim_ascii();
        if content.is_empty() || content.starts_with(b"```") || content.starts_with(b"~~~") {
            break;
        }
        end = line.next;
    }
    let block = text.get(start..end.min(start + MOST))?;
    let line = 1 + lines_in(text, 0..start + blank);
    let broken = Broken { code: Code::HiddenSchedule, line, inner: start..end };
    misplaced::names_schedule(block).then_some(broken)
}

/// A character that nobody sees, and that takes no place.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{ad}')
}

/// Whether a line begins as one of the three lines does.
fn has_schedule(text: &[u8], inner: Range<usize>) -> bool {
    let block = text.within(inner);
    block.split(|b| *b == b'\n').any(|line| Key::ALL.iter().any(|key| line.starts_with(key.name().as_bytes())))
}

/// At least one `key:`, and no line that could not stand in frontmatter.
fn has_only_properties(text: &[u8], inner: Range<usize>) -> bool {
    let mut keys = false;
    let mut at = inner.start;
    while at < inner.end {
        let line = line_at(text, at);
        let content = text.within(at..line.content_end);
        match kind(content) {
            LineKind::Other if !is_template(content) => return false,
            LineKind::Key => keys = true,
            _ => {}
        }
        at = line.next;
    }
    keys
}

/// A first line `---` that ends with a lone CR may or may not be a fence to others: not touched.
fn lone_cr(text: &[u8], start: usize, content: &[u8]) -> Top {
    match memchr2(b'\r', b'\n', content) {
        Some(cr) if content.get(cr) == Some(&b'\r') && is_fence(content.within(..cr)) => {
            // With a lone CR everywhere the first line is the whole text; with two before each line feed it is not.
            let inner = start + cr + 1;
            let closed = FENCE.find(text.within(inner..)).map(|at| inner + at + 1);
            let inner = inner..closed.unwrap_or(text.len()).max(start + content.len());
            Top::Broken(Broken { code: Code::AmbiguousRule, line: 1, inner })
        }
        _ => Top::Bare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `start|inner|rest` of the block, or the trouble with its line.
    fn top(text: &str) -> String {
        match find(text.as_bytes()) {
            Top::Bare => "bare".into(),
            Top::Block(b) => format!("{}|{}|{}", b.start, &text[b.inner.clone()], &text[b.end..]),
            Top::Broken(b) => format!("{}:{}", b.code.word(), b.line),
        }
    }

    #[test]
    fn fences_are_found_by_byte_range() {
        let cases = [
            ("", "bare"),
            ("text", "bare"),
            ("---", "unclosed-fence:1"),
            ("---\n---", "0||"),
            ("---\n---\n", "0||"),
            ("---\na: 1\n---\nBody", "0|a: 1\n|Body"),
            ("---\r\na: 1\r\n---\r\nBody", "0|a: 1\r\n|Body"),
            ("---\r\na: 1\n---\r\nBody", "0|a: 1\n|Body"),
            ("\u{feff}---\na: 1\n---\nBody", "3|a: 1\n|Body"),
            ("--- \t\na: 1\n---\t\nBody", "0|a: 1\n|Body"),
            ("---\na: 1\n---", "0|a: 1\n|"),
            ("---\na: 1\n--- ", "0|a: 1\n|"),
            ("---\na: 1\n---\n\n---\nb: 2\n---\n", "0|a: 1\n|\n---\nb: 2\n---\n"),
            ("---\nsr-due: 1\n---\n---\nsr-due: 2\n---\n", "0|sr-due: 1\n|---\nsr-due: 2\n---\n"),
            ("---\na: 1\n---\nWords\n---\nsr-due: 2\n---\n", "0|a: 1\n|Words\n---\nsr-due: 2\n---\n"),
            ("---\n\n---\n", "0|\n|"),
            ("---\na: |\n  ---\n---\n", "0|a: |\n  ---\n|"),
            (" ---\na: 1\n---\n", "bare"),
            ("----\na: 1\n---\n", "bare"),
            ("+++\nwords\n", "bare"),
            ("a: []\nsr-due: true\n---\n", "bare"),
        ];
        for (text, expected) in cases {
            assert_eq!(top(text), expected, "{text:?}");
        }
    }

    #[test]
    fn fences_that_are_none_are_told_apart() {
        let cases = [
            ("---\na: 1\n---> [!info] text\n", "glued-fence:3"),
            ("---\na: 1\n---> [!info] text\n\n---\n", "glued-fence:3"),
            ("---\na: 1\n---\u{a0}\nBody", "glued-fence:3"),
            ("---\na: 1\n----\nb: 2\n---\n", "glued-fence:3"),
            ("---\n---x\n", "unclosed-fence:1"),
            ("---\na: 1\n\nBody\n", "unclosed-fence:1"),
            ("---\na: 1\n...\nBody\n", "unclosed-fence:1"),
            ("---\n\nprose\n\n| a |\n---|---\n", "unclosed-fence:1"),
            ("\n---\na: 1\n---\nBody", "late-fence:2"),
            ("\r\n \r\n---\r\na: 1\r\n---\r\n", "late-fence:3"),
            ("\n---\na: 1\n{{date}}\n---\nBody", "late-fence:2"),
            ("+++\na = 1\n+++\n", "ambiguous-rule:1"),
            ("\n---\nprose\n---\n", "bare"),
            ("\n---\n---\n", "bare"),
            ("\n\n", "bare"),
            ("---\ra: 1\r---\rBody", "ambiguous-rule:1"),
            ("---\ra: 1\r---\rBody\n", "ambiguous-rule:1"),
            ("---\r\r\na: 1\r\r\n---\r\r\nBody\r\r\n", "ambiguous-rule:1"),
            ("{\n  \"a\": 1\n}\n\nBody", "ambiguous-rule:1"),
            ("{\"a\": {\"b\": 1}}\nBody", "ambiguous-rule:1"),
            ("\u{feff}\u{feff}---\na: 1\n---\n", "ambiguous-rule:1"),
            ("{\n\"a\": [\n{\"b\": 1}\n],\n\"x\": 1\n}\nBody", "ambiguous-rule:1"),
            ("{\n\"a\": {\n\"b\": 1\n}\n}\n", "ambiguous-rule:1"),
            ("{\"a\": 1} and words\n", "bare"),
            ("{\n}\nBody", "bare"),
            ("{{< figure >}}\n}\n", "bare"),
            ("{a: 1}\nBody", "bare"),
            ("\u{feff}\u{feff}Body\n", "bare"),
            (&"\u{feff}".repeat(200_000), "bare"),
            ("---\na: 1\n---\n---\nsr-due: 1\n---\n", "hidden-schedule:4"),
            ("---\na: 1\n---\n\n<!-- x -->\n---\nsr-due: 1\n---\n", "hidden-schedule:6"),
            ("%% x %%\n---\nsr-due: 1\n---\n", "hidden-schedule:2"),
            ("# Title\nWords.\n\n---\na: 1\nsr-ease: 250\n---\n", "hidden-schedule:4"),
            ("```yaml\n---\nsr-due: 1\n---\n```\n", "bare"),
            ("Words\n---\nMore words\nsr-due: 1\n---\n", "bare"),
            ("----\nsr-due: 1\nsr-interval: 2\nsr-ease: 3\n----\n", "hidden-schedule:1"),
            (" ---\n sr-due: 1\n sr-interval: 2\n sr-ease: 3\n ---\n", "hidden-schedule:1"),
            ("———\nsr-due: 1\nsr-interval: 2\nsr-ease: 3\n———\n", "hidden-schedule:1"),
            ("\u{200b}---\nsr-due: 1\nsr-interval: 2\nsr-ease: 3\n---\n", "hidden-schedule:1"),
            ("---\u{2028}sr-due: 1\u{2028}sr-interval: 2\u{2028}sr-ease: 3", "hidden-schedule:1"),
            ("---json\n{\"sr-due\": 1, \"sr-interval\": 2, \"sr-ease\": 3}\n---\n", "hidden-schedule:1"),
            (";;;\n{\"sr-due\": 1, \"sr-interval\": 2, \"sr-ease\": 3}\n;;;\n", "hidden-schedule:1"),
            ("----\n\nsr-due: 1\nsr-interval: 2\nsr-ease: 3\n", "bare"),
            ("----\n```\nsr-due: 1\nsr-interval: 2\nsr-ease: 3\n", "bare"),
            ("- sr-due, sr-interval and sr-ease are three\n", "bare"),
            ("- one\nsr-due: 1\nsr-interval: 2\nsr-ease: 3\n", "bare"),
        ];
        for (text, expected) in cases {
            assert_eq!(top(text), expected, "{text:?}");
        }
    }
}
