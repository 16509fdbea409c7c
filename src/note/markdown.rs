//! How a body is read as Markdown, the same everywhere.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::comments::FILLER;
use crate::within::Within;

/// A text to be parsed of which no more is Markdown than memory holds, and in which nothing stands deeper than `DEEPEST`: the parser takes as many steps for a line as there
/// are quotes, lists and footnotes around it, and hostile notes have tens of thousands. And a carriage return alone is a line
/// feed in it: to the parser both end a line, but from some places it looks through the whole text for the next feed.
#[derive(Clone, Debug)]
pub struct Shallow<'a>(Cow<'a, str>);

/// The line ends and punctuation marks of a text that may mean something: what stands behind is plain text. A parsed note takes
/// some 250 bytes for each of them, and no note that somebody wrote has a tenth as many.
pub const MOST_MARKS: usize = 1 << 20;

/// The columns from the left in which a quote, an item or a footnote may begin.
pub const DEEPEST: usize = 256;

impl<'a> Shallow<'a> {
    /// `text`, with a filler that no text holds in place of the marks of what begins too deep. All offsets stay.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self::with(text, FILLER)
    }

    /// The same with blanks in their place.
    pub fn with_blanks(text: impl Into<Cow<'a, str>>) -> Self {
        Self::with(text, b' ')
    }

    fn with(text: impl Into<Cow<'a, str>>, filler: u8) -> Self {
        let text = text.into();
        let plain_from = end_of_marks(text.as_bytes());
        let marks = deep_marks(text.as_bytes());
        let has_lone_return = has_lone_return(text.as_bytes());
        if marks.is_empty() && !has_lone_return && plain_from.is_none() {
            return Self(text);
        }
        let mut bytes = text.into_owned().into_bytes();
        let plain = plain_from.and_then(|from| bytes.get_mut(from..)).unwrap_or_default();
        plain.iter_mut().filter(|byte| is_mark(**byte)).for_each(|byte| *byte = filler);
        for mark in marks {
            bytes.get_mut(mark).unwrap_or_default().fill(filler);
        }
        if has_lone_return {
            let ends = memchr::memchr_iter(b'\r', &bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n'));
            for end in ends.collect::<Vec<usize>>() {
                bytes.get_mut(end).into_iter().for_each(|byte| *byte = b'\n');
            }
        }
        // Marks are of whole characters, and what they become is of one byte.
        Self(Cow::Owned(String::from_utf8(bytes).unwrap_or_default()))
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The text, borrowed where nothing had to be changed.
    pub fn into_text(self) -> Cow<'a, str> {
        self.0
    }
}

/// Whether a byte may begin or end something in Markdown.
fn is_mark(byte: u8) -> bool {
    byte.is_ascii_punctuation() || matches!(byte, b'\n' | b'\r')
}

/// Where the text is plain from, if it has more than [`MOST_MARKS`].
fn end_of_marks(text: &[u8]) -> Option<usize> {
    if text.len() <= MOST_MARKS {
        return None;
    }
    text.iter().enumerate().filter(|(_, byte)| is_mark(**byte)).nth(MOST_MARKS).map(|(at, _)| at)
}

/// Where the marks stand that begin a quote, an item or a footnote at column [`DEEPEST`] or behind it.
fn deep_marks(text: &[u8]) -> Vec<Range<usize>> {
    let mut marks = Vec::new();
    let mut start = 0;
    // To Markdown, a carriage return ends a line as well.
    for end in memchr::memchr2_iter(b'\n', b'\r', text).chain([text.len()]) {
        // A tab takes four columns at most.
        if end - start > DEEPEST / 4 {
            deep_marks_of_line(text, start..end, &mut marks);
        }
        start = end + 1;
    }
    marks
}

fn deep_marks_of_line(text: &[u8], line: Range<usize>, marks: &mut Vec<Range<usize>>) {
    let byte = |at: usize| text.get(at).copied().filter(|_| at < line.end);
    let ends_mark = |at: usize| matches!(byte(at), None | Some(b' ' | b'\t'));
    let (mut at, mut column) = (line.start, 0);
    while let Some(here) = byte(at) {
        // Whether it is a mark, and how long it is.
        let (is_mark, length) = match here {
            b' ' | b'\t' => (false, 1),
            b'>' => (true, 1),
            b'-' | b'+' | b'*' if ends_mark(at + 1) => (true, 1),
            b'0'..=b'9' => {
                // The parser takes nine digits.
                let digits = (at..at + 10).take_while(|at| byte(*at).is_some_and(|byte| byte.is_ascii_digit())).count();
                match byte(at + digits) {
                    Some(b'.' | b')') if ends_mark(at + digits + 1) => (true, digits + 1),
                    _ => return,
                }
            }
            // A box.
            b'[' if byte(at + 2) == Some(b']') => (false, 3),
            b'[' if byte(at + 1) == Some(b'^') => {
                let name = text.within(at..line.end);
                match memchr::memmem::find(name, b"]:") {
                    Some(length) => (true, length + 2),
                    None => return,
                }
            }
            _ => return,
        };
        if column >= DEEPEST && is_mark {
            marks.push(at..at + length);
        }
        column = if here == b'\t' { (column / 4 + 1) * 4 } else { column + length };
        at += length;
    }
}

/// A parser with the extensions that Obsidian knows, as far as they decide what is text and what a link.
pub fn parser<'t>(text: &'t Shallow<'_>) -> Parser<'t> {
    parser_of_shallow(text.text())
}

/// The same for what [`Shallow::into_text`] gave.
pub(super) fn parser_of_shallow(text: &str) -> Parser<'_> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH
        | Options::ENABLE_WIKILINKS;
    Parser::new_ext(text, options)
}

/// The stretches of `body` that are plain text: no code, math, HTML or link. Neighbours are joined.
pub(super) fn text_ranges(body: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut hidden = 0usize;
    for (event, range) in parser(&Shallow::new(body)).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::Link { .. } | Tag::Image { .. } | Tag::HtmlBlock) => hidden += 1,
            Event::End(TagEnd::CodeBlock | TagEnd::Link | TagEnd::Image | TagEnd::HtmlBlock) => {
                hidden = hidden.saturating_sub(1);
            }
            Event::Text(_) if hidden == 0 => match ranges.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => ranges.push(range),
            },
            _ => {}
        }
    }
    ranges
}

/// Whether a carriage return stands without a line feed: to Markdown it ends a line, too.
pub(super) fn has_lone_return(body: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', body).any(|at| body.get(at + 1) != Some(&b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How deep the parser goes in what is left of `text`.
    fn depth(text: &str) -> usize {
        let (mut depth, mut deepest) = (0_usize, 0);
        for event in parser(&Shallow::new(text)) {
            match event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        deepest
    }

    #[test]
    fn behind_more_marks_than_anybody_writes_all_is_plain() {
        let bold = "**a** ".repeat(MOST_MARKS / 4);
        let text = format!("{bold}\n\n- [ ] b\n\n[[c]]\n");
        let shallow = Shallow::new(text.as_str());
        assert_eq!(shallow.text().len(), text.len());
        let bolds = parser(&shallow).filter(|event| matches!(event, Event::Start(Tag::Strong))).count();
        assert_eq!(bolds, MOST_MARKS / 4);
        assert!(!parser(&shallow).any(|event| matches!(event, Event::Start(Tag::Item | Tag::Link { .. }))));
        // A long text is read whole.
        let prose = "Words of a long text, and more of them.\n".repeat(MOST_MARKS / 8);
        assert!(matches!(Shallow::new(prose.as_str()).into_text(), Cow::Borrowed(_)));
    }

    #[test]
    fn nothing_stands_deeper_than_it_may() {
        // An item is two: it stands in a list. And text stands in a paragraph.
        let most = 2 * DEEPEST + 10;
        for mark in [
            "> ",
            ">",
            "- ",
            "* ",
            "+ ",
            "1. ",
            "999999999) ",
            "-\t",
            "1.\t",
            "> - ",
            "- > 1. ",
            "- [ ] ",
            "[^a]: ",
            "- [^a]: > ",
        ] {
            let one_line = mark.repeat(2000) + "x\n";
            // Each line goes on where the one before ended.
            let step = mark.repeat(100);
            let lines: String =
                (0..20).map(|i| format!("{}{step}x\n\n", "\t".repeat(i * 100 * mark.len() / 4))).collect();
            for text in [one_line.clone(), lines, "x\n".to_owned() + &one_line, one_line.replace('\n', "\r")] {
                assert!(depth(&text) <= most, "{} for {mark:?}", depth(&text));
            }
        }
    }

    #[test]
    fn a_carriage_return_alone_becomes_a_line_feed() {
        assert_eq!(Shallow::new("a\rb\r\nc\r\r\n\r").text(), "a\nb\r\nc\n\r\n\n");
    }

    #[test]
    fn what_is_not_deep_is_left_alone() {
        for text in [
            &"- ".repeat(DEEPEST / 2),
            &("> ".repeat(100) + &"-".repeat(1000)),
            &("x ".repeat(200) + "- y"),
            &("\t".repeat(60) + "- a\n" + &" ".repeat(1000) + "**a** -b 12 [x](y) 1234567890123. \n"),
        ] {
            assert!(matches!(Shallow::new(text.as_str()).into_text(), Cow::Borrowed(_)), "{text}");
        }
        let deep = "\t".repeat(64) + "- > 12. [x] a - b\n- c";
        let marks = deep.replacen("- >", "\u{1} \u{1}", 1).replacen("12.", "\u{1}\u{1}\u{1}", 1);
        assert_eq!(Shallow::new(deep.as_str()).text(), marks);
        assert_eq!(Shallow::with_blanks(deep.as_str()).text(), marks.replace('\u{1}', " "));
    }
}
