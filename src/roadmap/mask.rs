//! A note without what its reader never sees: frontmatter and comments, with every byte left at its place.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::names;
use super::scan::OPTIONS;
use crate::note::frontmatter;
use crate::note::properties::{Properties, properties};
use crate::note::visible::Shallow;
use crate::within::Within;

/// A note as the scan reads it.
pub struct Source<'a> {
    /// The whole text, as long as the note; comments are blanks.
    pub text: Cow<'a, str>,
    /// Where the body begins, after byte-order mark and frontmatter.
    pub body: usize,
    /// Whether the frontmatter says that it is a Kanban board.
    pub board: bool,
    /// The title in the frontmatter.
    pub title: Option<String>,
    /// Whether its name, its title in the frontmatter or a tag calls it a roadmap.
    pub named: bool,
    /// Whether a tag says that it is about a project.
    pub project: bool,
    /// The first byte of every line.
    lines: Vec<usize>,
}

impl<'a> Source<'a> {
    /// `note` with frontmatter told apart and comments blanked. `name` is what the note is called.
    pub fn new(note: &'a str, name: &str) -> Self {
        let (body, block) = frontmatter(note);
        let board = note.get(block).is_some_and(|block| block.lines().any(|line| line.starts_with("kanban-plugin:")));
        let lines = std::iter::once(0).chain(memchr::memchr_iter(b'\n', note.as_bytes()).map(|at| at + 1)).collect();
        let properties = if body > 0 { properties(note.as_bytes()) } else { Properties::default() };
        let title = properties.title.as_deref().unwrap_or_default();
        let named = [name, title].into_iter().any(names::names_roadmap) || names::tags_roadmap(&properties.tags);
        let project = names::tags_project(&properties.tags);
        Self { text: blank_comments(note, body), body, board, title: properties.title, named, project, lines }
    }

    /// The line of the byte `at`, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|&start| start <= at)
    }
}

/// Where the body begins, and the bytes between the fences.
fn frontmatter(note: &str) -> (usize, Range<usize>) {
    match frontmatter::block(note.as_bytes()) {
        Some(block) => (block.end, block.inner),
        None => (frontmatter::start(note.as_bytes()), 0..0),
    }
}

/// `note` with the bytes of `%% ... %%` and `<!-- ... -->` outside code as blanks; line breaks stay.
///
/// A comment that opens at the start of a line runs to its end wherever that is; one that opens inside a line ends before
/// the next blank line or is none.
fn blank_comments(note: &str, body: usize) -> Cow<'_, str> {
    let rest = note.within(body..);
    if !rest.contains("%%") && !rest.contains("<!--") {
        return Cow::Borrowed(note);
    }
    let code = code(rest);
    let comments = comments(rest, &code);
    let mut bytes = note.as_bytes().to_vec();
    for comment in comments {
        for byte in bytes.get_mut(body + comment.start..body + comment.end).unwrap_or_default() {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(note), Cow::Owned)
}

/// The bytes of code blocks and code spans, in order.
fn code(text: &str) -> Vec<Range<usize>> {
    let text = Shallow::with_blanks(text);
    let events = Parser::new_ext(text.text(), OPTIONS).into_offset_iter();
    events
        .filter_map(|(event, range)| matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(_))).then_some(range))
        .collect()
}

const COMMENTS: [(&str, &str); 2] = [("%%", "%%"), ("<!--", "-->")];

fn comments(text: &str, code: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut opens = [Seen::default(), Seen::default()];
    let mut closes = [Seen::default(), Seen::default()];
    let mut place = Place::default();
    let mut code = code.iter().peekable();
    let mut at = 0;
    loop {
        let starts = opens.iter_mut().zip(&mut closes).zip(COMMENTS);
        let first = starts.filter_map(|((open, closing), (opener, closer))| {
            Some((open.next(text, opener, at)?, opener, closer, closing))
        });
        let Some((start, opener, closer, closing)) = first.min_by_key(|(start, ..)| *start) else { return found };
        while code.next_if(|range| range.end <= start).is_some() {}
        if let Some(range) = code.peek().filter(|range| range.contains(&start)) {
            at = range.end;
            continue;
        }
        place.move_to(text, start);
        let inner = start + opener.len();
        let close = closing.next(text, closer, inner).filter(|&close| place.leads(start) || close < place.paragraph);
        at = inner;
        if let Some(close) = close {
            found.push(start..close + closer.len());
            at = close + closer.len();
        }
    }
}

/// The next place of a needle, remembered, so that a whole text is searched for it once.
#[derive(Default)]
struct Seen(Option<Option<usize>>);

impl Seen {
    fn next(&mut self, text: &str, needle: &str, from: usize) -> Option<usize> {
        if let Some(known) = self.0
            && known.is_none_or(|at| at >= from)
        {
            return known;
        }
        let place = memchr::memmem::find(text.as_bytes().get(from..)?, needle.as_bytes()).map(|at| from + at);
        self.0 = Some(place);
        place
    }
}

/// The line and the paragraph that a position is in, found by going forward only.
#[derive(Default)]
struct Place {
    /// The first byte of the line that is not blank.
    first: usize,
    /// The first byte after the line.
    line_end: usize,
    /// The first byte of the next blank line.
    paragraph: usize,
    /// The line there is known to be blank.
    is_end: bool,
}

impl Place {
    fn move_to(&mut self, text: &str, at: usize) {
        while self.line_end <= at {
            let line = after_line(text, self.line_end);
            let shown = text.within(self.line_end..line);
            self.first = self.line_end + (shown.len() - shown.trim_start().len());
            if line == self.line_end {
                break;
            }
            self.line_end = line;
        }
        while self.paragraph <= at || (self.paragraph < text.len() && !self.ends_paragraph(text)) {
            self.is_end = false;
            let next = after_line(text, self.paragraph);
            if next == self.paragraph {
                break;
            }
            self.paragraph = next;
        }
    }

    fn ends_paragraph(&mut self, text: &str) -> bool {
        // Asked for every comment, and the line may be long.
        let line = || text.get(self.paragraph..after_line(text, self.paragraph));
        self.is_end = self.is_end || line().is_some_and(|line| line.trim().is_empty());
        self.is_end
    }

    fn leads(&self, at: usize) -> bool {
        self.first == at
    }
}

/// The first byte after the line that begins at `at`.
fn after_line(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().within(at..);
    at + memchr::memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_blanked_and_code_is_kept() {
        let cases = [
            ("a %%b%% c", "a       c"),
            ("%%\nb\n\nc\n%%\nd", "  \n \n\n \n  \nd"),
            ("100%% a\n\n50%% b", "100%% a\n\n50%% b"),
            ("`%%` a %%", "`%%` a %%"),
            ("```\n%%\n```\n- a\n%%b%%", "```\n%%\n```\n- a\n     "),
            ("a <!-- %% --> b %%c%%", "a             b      "),
            ("%% never closed", "%% never closed"),
            ("é %%é%% é", "é        é"),
        ];
        for (text, expected) in cases {
            let source = Source::new(text, "n");
            assert_eq!(source.text, expected);
            assert_eq!(source.text.len(), text.len());
        }
    }

    #[test]
    fn frontmatter_is_set_apart() {
        for (text, body, board) in [
            ("---\na: b\n---\nc", 13, false),
            ("\u{feff}---\r\nkanban-plugin: board\r\n--- \r\n", 36, true),
            ("---\nnever closed", 0, false),
            ("a\n---\n", 0, false),
            ("\u{feff}a", 3, false),
        ] {
            let source = Source::new(text, "n");
            assert_eq!((source.body, source.board), (body, board), "{text:?}");
        }
        assert_eq!(Source::new("a\nb\n", "n").line(2), 2);
    }
}
