//! Untrusted text made fit for a terminal.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// `text` on one line with nothing in it that a terminal would obey: every control character, line break, bidirectional
/// override and other invisible format character is shown as a visible substitute.
///
/// Characters are replaced one by one and never sequences, so that an escape split over two calls stays harmless.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| substitute(c).is_none()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| substitute(c).unwrap_or(c)).collect())
}

/// Whether a terminal shows `c` and does not obey it.
pub(super) fn is_harmless(c: char) -> bool {
    substitute(c).is_none()
}

/// What stands for a character that must not reach a terminal.
fn substitute(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        // The control pictures block mirrors C0.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)),
        '\x7f' => Some('\u{2421}'),
        '\u{80}'..='\u{9f}' => Some('\u{fffd}'),
        // Overrides, isolates and marks can make a line read as something else.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => Some('\u{fffd}'),
        '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}' => Some('\u{fffd}'),
        _ => None,
    }
}

/// The columns that `text` takes in a terminal. The text is [`clean`].
pub fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// `text` cut to at most `columns`, with `…` where something was left out. Never splits a grapheme.
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let w = grapheme.width();
        if used + w + 1 > columns {
            break;
        }
        kept.push_str(grapheme);
        used += w;
    }
    if columns > 0 {
        kept.push('…');
    }
    Cow::Owned(kept)
}

/// `text` followed by as many blanks as make it `columns` wide.
pub fn pad(text: &str, columns: usize) -> String {
    let mut padded = text.to_owned();
    padded.extend(std::iter::repeat_n(' ', columns.saturating_sub(width(text))));
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_terminal_obeys_gets_through() {
        let hostile = "a\x1b[31mb\u{9b}2Jc\u{202e}d\x07\x08\r\n\tz\x7f\0";
        let shown = clean(hostile);
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
        assert_eq!(shown, "a␛[31mb\u{fffd}2Jc\u{fffd}d␇␈   z␡␀");
        assert!(matches!(clean("plain 日本 ünï 👨‍👩‍👧"), Cow::Borrowed(_)));
    }

    #[test]
    fn text_is_cut_by_columns_and_between_graphemes() {
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 6), "日本語");
        assert_eq!(fit("日本語", 4), "日…");
        assert_eq!(fit("abc", 0), "");
        assert_eq!(pad("日", 4), "日  ");
    }
}
