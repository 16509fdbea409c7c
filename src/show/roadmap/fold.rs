//! Long titles on several lines.

use unicode_segmentation::UnicodeSegmentation;

use crate::show::text::{clean, width};

/// The most lines that one title takes: what is longer is no title.
const MOST_LINES: usize = 8;

/// `text`, made harmless, as lines of at most `columns`: between words where it can, else between graphemes. Never empty;
/// at most eight lines, the last with `…` when there is more.
pub fn fold(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(4);
    let text = clean(text);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    'words: for word in text.split_whitespace() {
        let wide = width(word);
        if used > 0 && used + 1 + wide <= columns {
            line.push(' ');
            line.push_str(word);
            used += 1 + wide;
            continue;
        }
        if used > 0 {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        for grapheme in word.graphemes(true) {
            let wide = width(grapheme);
            if used + wide > columns {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            if lines.len() > MOST_LINES {
                break 'words;
            }
            line.push_str(grapheme);
            used += wide;
        }
    }
    if used > 0 || lines.is_empty() {
        lines.push(line);
    }
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        if let Some(last) = lines.last_mut() {
            let kept = crate::show::text::fit(&format!("{last} and more"), columns).into_owned();
            *last = kept;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_fold_between_words_and_wide_text_anywhere() {
        assert_eq!(fold("one two three", 8), ["one two", "three"]);
        assert_eq!(fold("日本語の題名", 7), ["日本語", "の題名"]);
        assert_eq!(fold("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(fold("a abcdefgh", 6), ["a", "abcdef", "gh"]);
        assert_eq!(fold("", 8), [""]);
        assert_eq!(fold("a\x1b[31m\u{202e}b", 20), ["a␛[31m\u{fffd}b"]);
    }

    #[test]
    fn no_title_takes_a_screen() {
        let lines = fold(&"word ".repeat(10_000), 20);
        assert_eq!(lines.len(), MOST_LINES);
        assert!(lines.iter().all(|line| width(line) <= 20) && lines[7].ends_with('…'), "{lines:?}");
        assert_eq!(fold(&"x".repeat(100_000), 20).len(), MOST_LINES);
    }
}
