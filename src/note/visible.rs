//! How the text of a note is read as Markdown: the extensions that count, and Obsidian's comments left out.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;
use pulldown_cmark::{Event, Options, Parser, Tag};

/// The extensions of Markdown that notes are read with. Callouts, highlights and comments are not among those that the
/// parser knows; frontmatter is cut off before.
pub fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH
        | Options::ENABLE_WIKILINKS
}

/// The character that stands for each byte of a comment that shares its line with text. [`shown`] takes it out again.
const FILLER: char = '\x01';

/// `body` with every `%%comment%%` blotted out, byte for byte, so that all offsets stay. `%%` in code is text.
///
/// A comment that opens at the start of a line may hold whole paragraphs; any other ends within its own.
pub fn without_comments(body: &str) -> Cow<'_, str> {
    let marks: Vec<usize> = memmem::find_iter(body.as_bytes(), b"%%").collect();
    if marks.len() < 2 {
        return Cow::Borrowed(body);
    }
    let comments = comments(body, &marks);
    if comments.is_empty() {
        return Cow::Borrowed(body);
    }
    let mut text = String::with_capacity(body.len());
    let mut at = 0;
    for comment in comments {
        text.push_str(body.get(at..comment.start).unwrap_or_default());
        blot(body, &comment, &mut text);
        at = comment.end;
    }
    text.push_str(body.get(at..).unwrap_or_default());
    Cow::Owned(text)
}

/// `text` of an event, without what [`without_comments`] put in the place of a comment.
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.contains(FILLER) { Cow::Owned(text.replace(FILLER, "")) } else { Cow::Borrowed(text) }
}

/// The byte ranges of the comments, in order, with their marks.
fn comments(body: &str, marks: &[usize]) -> Vec<Range<usize>> {
    let code = code_ranges(body);
    let mut code = code.iter().peekable();
    let mut found = Vec::new();
    let mut open: Option<usize> = None;
    for &mark in marks {
        if found.last().is_some_and(|last: &Range<usize>| mark < last.end) || open.is_some_and(|at| mark < at + 2) {
            continue;
        }
        if let Some(at) = open {
            if starts_line(body, at) || !crosses_paragraph(body, at..mark) {
                found.push(at..mark + 2);
                open = None;
                continue;
            }
            open = None;
        }
        while code.next_if(|range| range.end <= mark).is_some() {}
        if code.peek().is_none_or(|range| mark < range.start) {
            open = Some(mark);
        }
    }
    found
}

/// Where code and math stand, in order.
fn code_ranges(body: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    for (event, range) in Parser::new_ext(body, options()).into_offset_iter() {
        let code = matches!(
            event,
            Event::Start(Tag::CodeBlock(_)) | Event::Code(_) | Event::InlineMath(_) | Event::DisplayMath(_)
        );
        if code {
            ranges.push(range);
        }
    }
    ranges
}

/// Whether only blanks stand before `at` on its line.
fn starts_line(body: &str, at: usize) -> bool {
    let before = body.get(..at).unwrap_or_default();
    before.bytes().rev().take_while(|&b| b != b'\n').all(|b| b == b' ' || b == b'\t')
}

/// Whether there is a blank line inside `range`.
fn crosses_paragraph(body: &str, range: Range<usize>) -> bool {
    let text = body.get(range).unwrap_or_default();
    let mut lines = text.split('\n').skip(1).peekable();
    while let Some(line) = lines.next() {
        if lines.peek().is_some() && line.trim().is_empty() {
            return true;
        }
    }
    false
}

/// Adds as many bytes to `text` as `comment` has: line ends as they are, blanks on a line that holds nothing else.
fn blot(body: &str, comment: &Range<usize>, text: &mut String) {
    let inside = body.get(comment.clone()).unwrap_or_default();
    let before_blank = starts_line(body, comment.start);
    let after = body.get(comment.end..).unwrap_or_default();
    let after_blank = after.bytes().take_while(|&b| b != b'\n').all(|b| b.is_ascii_whitespace());
    let lines = inside.split('\n').count();
    for (i, line) in inside.split_inclusive('\n').enumerate() {
        let alone = (i > 0 || before_blank) && (i + 1 < lines || after_blank);
        let filler = if alone { ' ' } else { FILLER };
        text.extend(line.bytes().map(|b| if b == b'\n' || b == b'\r' { char::from(b) } else { filler }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(body: &str) -> String {
        let text = without_comments(body);
        assert_eq!(text.len(), body.len());
        shown(&text).into_owned()
    }

    #[test]
    fn comments_go_and_offsets_stay() {
        assert_eq!(plain("a %%b%% c"), "a  c");
        assert_eq!(plain("%%b%%    c"), "    c");
        assert_eq!(plain("x\n%%\none\n\ntwo\n%%\ny"), "x\n  \n   \n\n   \n  \ny");
        assert_eq!(plain("日 %%日本%% 本"), "日  本");
    }

    #[test]
    fn what_is_no_comment_stays() {
        for text in ["50%% of\n\n20%% too", "`a %%b%%`", "```\n%%x%%\n```\n", "%%", "a %% b", "%%%"] {
            assert_eq!(plain(text), text);
        }
        assert_eq!(plain("`%%` a %%b%%"), "`%%` a ");
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_length_and_its_lines(body in "[%a`\n $~日-]{0,60}") {
            let text = without_comments(&body);
            proptest::prop_assert_eq!(text.len(), body.len());
            proptest::prop_assert_eq!(text.matches('\n').count(), body.matches('\n').count());
        }
    }
}
