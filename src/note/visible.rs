//! What of a note is for reading: `%%comments%%` are not.

use std::borrow::Cow;
use std::ops::Range;

pub use super::markdown::{Shallow, parser};

use super::comments::{self, FILLER};
use crate::within::Within;

/// `body` with every `%%comment%%` blotted out, byte for byte, so that all offsets stay: blanks where a comment has a
/// line to itself, else a character that [`shown`] takes out again. `%%` in code is text.
pub fn without_comments(body: &str) -> Cow<'_, str> {
    let comments = comments::ranges(body);
    if comments.is_empty() {
        return Cow::Borrowed(body);
    }
    let mut text = String::with_capacity(body.len());
    let mut at = 0;
    for comment in comments {
        text.push_str(body.within(at..comment.start));
        blot(body, &comment, &mut text);
        at = comment.end;
    }
    text.push_str(body.within(at..));
    Cow::Owned(text)
}

/// `text` of an event, without what [`without_comments`] put in the place of a comment.
pub fn shown(text: &str) -> Cow<'_, str> {
    let filler = char::from(FILLER);
    if text.contains(filler) { Cow::Owned(text.replace(filler, "")) } else { Cow::Borrowed(text) }
}

/// Whether only blanks stand before `at` on its line.
fn starts_line(body: &str, at: usize) -> bool {
    let before = body.within(..at);
    before.bytes().rev().take_while(|&b| b != b'\n').all(|b| b == b' ' || b == b'\t')
}

/// Adds as many bytes to `text` as `comment` has: line ends as they are, blanks on a line that holds nothing else.
fn blot(body: &str, comment: &Range<usize>, text: &mut String) {
    let inside = body.within(comment.clone());
    let before_blank = starts_line(body, comment.start);
    let after = body.within(comment.end..);
    let after_blank = after.bytes().take_while(|&b| b != b'\n').all(|b| b.is_ascii_whitespace());
    let lines = inside.split('\n').count();
    for (i, line) in inside.split_inclusive('\n').enumerate() {
        let alone = (i > 0 || before_blank) && (i + 1 < lines || after_blank);
        let filler = if alone { ' ' } else { char::from(FILLER) };
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
        assert_eq!(plain("`%%` a %%b%%"), "`%%` a ");
    }

    #[test]
    fn what_is_no_comment_stays() {
        for text in ["`a %%b%%`", "```\n%%x%%\n```\n", "a %% b", "a %%%"] {
            assert_eq!(plain(text), text);
        }
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
