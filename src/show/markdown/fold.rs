//! Text in many styles, folded into lines of a width in columns.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::show::line::{Span, Style};
use crate::within::Within;

/// A stretch of text in one style, or a forced end of a line.
#[derive(Clone, Debug)]
pub(super) struct Frag {
    /// The text: harmless, without line ends.
    pub text: String,
    pub style: Style,
    pub link: Option<u32>,
    /// The byte of the source that the text starts at.
    pub at: usize,
    /// The line ends here, and `text` is empty.
    pub hard: bool,
}

impl Frag {
    /// The end of a line.
    pub fn hard(at: usize) -> Self {
        Self { text: String::new(), style: Style::default(), link: None, at, hard: true }
    }

    fn span(&self, range: Range<usize>) -> Span {
        let text = self.text.within(range.clone()).to_owned();
        Span { text, style: self.style, link: self.link, at: Some(self.at + range.start) }
    }
}

/// Whether a wide character must not start a line.
fn closes(grapheme: &str) -> bool {
    grapheme.starts_with([
        '、', '。', '，', '．', '：', '；', '！', '？', '）', '」', '』', '】', '》', '〉', '”', '’', 'ー',
    ])
}

/// `frags` as lines of at most `width` columns. Blanks at the ends of lines go; a word longer than a line is cut.
pub(super) fn fold(frags: &[Frag], width: usize) -> Vec<Vec<Span>> {
    let mut folder = Folder::new(frags, width);
    for (index, frag) in frags.iter().enumerate() {
        if frag.hard {
            folder.end_word();
            folder.end_line();
        } else if frag.text.is_ascii() {
            folder.ascii(index, &frag.text);
        } else {
            folder.unicode(index, &frag.text);
        }
    }
    folder.end_word();
    if !folder.line.is_empty() || folder.lines.is_empty() {
        folder.end_line();
    }
    folder.lines
}

/// The columns of the longest line that `frags` make when nothing is folded, and of the longest word.
pub(super) fn natural(frags: &[Frag]) -> (usize, usize) {
    let (mut line, mut longest, mut word, mut longest_word) = (0_usize, 0, 0_usize, 0);
    for frag in frags {
        if frag.hard {
            longest = longest.max(line);
            (line, word) = (0, 0);
        }
        for grapheme in frag.text.graphemes(true) {
            let w = grapheme.width();
            line += w;
            word = if grapheme == " " { 0 } else { word + w };
            longest_word = longest_word.max(word);
        }
    }
    (longest.max(line), longest_word)
}

/// Text with its blanks kept, cut into lines of at most `width` columns.
pub(super) fn cut(frag: &Frag, width: usize) -> Vec<Span> {
    let mut lines = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, grapheme) in frag.text.grapheme_indices(true) {
        let w = grapheme.width();
        if used + w > width && used > 0 {
            lines.push(frag.span(start..at));
            (start, used) = (at, 0);
        }
        used += w;
    }
    lines.push(frag.span(start..frag.text.len()));
    lines
}

struct Folder<'a> {
    frags: &'a [Frag],
    width: usize,
    lines: Vec<Vec<Span>>,
    line: Vec<Span>,
    /// The fragment that the last span of the line was cut from, and where the cut ended.
    last: Option<(usize, usize)>,
    used: usize,
    /// The pieces of the word at hand: fragment and byte range.
    word: Vec<(usize, Range<usize>)>,
    word_width: usize,
    /// The blank before the word.
    space: Option<(usize, usize)>,
}

impl<'a> Folder<'a> {
    fn new(frags: &'a [Frag], width: usize) -> Self {
        Self {
            frags,
            width: width.max(1),
            lines: vec![],
            line: vec![],
            last: None,
            used: 0,
            word: vec![],
            word_width: 0,
            space: None,
        }
    }

    fn ascii(&mut self, index: usize, text: &str) {
        let mut start = 0;
        for (at, _) in text.bytes().enumerate().filter(|&(_, b)| b == b' ') {
            self.piece(index, start..at, at - start);
            self.blank(index, at);
            start = at + 1;
        }
        self.piece(index, start..text.len(), text.len() - start);
    }

    fn unicode(&mut self, index: usize, text: &str) {
        let mut after_wide = false;
        for (at, grapheme) in text.grapheme_indices(true) {
            if grapheme == " " {
                self.blank(index, at);
                after_wide = false;
                continue;
            }
            let w = grapheme.width();
            let wide = w == 2;
            if (wide || after_wide) && !closes(grapheme) {
                self.end_word();
            }
            after_wide = wide;
            self.piece(index, at..at + grapheme.len(), w);
        }
        if after_wide {
            self.end_word();
        }
    }

    fn blank(&mut self, index: usize, at: usize) {
        self.end_word();
        self.space = Some((index, at));
    }

    fn piece(&mut self, index: usize, range: Range<usize>, width: usize) {
        if range.is_empty() {
            return;
        }
        self.word_width += width;
        match self.word.last_mut() {
            Some((last, piece)) if *last == index && piece.end == range.start => piece.end = range.end,
            _ => self.word.push((index, range)),
        }
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let space = self.space.take().filter(|_| self.used > 0);
        let gap = usize::from(space.is_some());
        if self.used > 0 && self.used + gap + self.word_width > self.width {
            self.end_line();
        } else if let Some((index, at)) = space {
            self.put(index, at..at + 1);
            self.used += 1;
        }
        let word = std::mem::take(&mut self.word);
        let width = std::mem::take(&mut self.word_width);
        if self.used + width <= self.width {
            for (index, range) in word {
                self.put(index, range);
            }
            self.used += width;
            return;
        }
        for (index, range) in word {
            let frags = self.frags;
            let text = frags.get(index).and_then(|frag| frag.text.get(range.clone())).unwrap_or_default();
            for (at, grapheme) in text.grapheme_indices(true) {
                let w = grapheme.width();
                if self.used > 0 && self.used + w > self.width {
                    self.end_line();
                }
                let at = range.start + at;
                self.put(index, at..at + grapheme.len());
                self.used += w;
            }
        }
    }

    fn end_line(&mut self) {
        self.lines.push(std::mem::take(&mut self.line));
        self.used = 0;
        self.last = None;
        self.space = None;
    }

    /// Adds a piece of a fragment to the line; to the last span when it goes on where that one stopped.
    fn put(&mut self, index: usize, range: Range<usize>) {
        let Some(frag) = self.frags.get(index) else { return };
        let end = range.end;
        match (self.last, self.line.last_mut()) {
            (Some((last, stopped)), Some(span)) if last == index && stopped == range.start => {
                span.text.push_str(frag.text.within(range));
            }
            // Several blanks in a row count for one.
            (Some((last, stopped)), Some(span)) if last == index && stopped < range.start => {
                span.text.push_str(frag.text.within(range));
            }
            _ => self.line.push(frag.span(range)),
        }
        self.last = Some((index, end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::text::width;

    fn frag(text: &str, at: usize) -> Frag {
        Frag { text: text.into(), style: Style::default(), link: None, at, hard: false }
    }

    fn lines(frags: &[Frag], width: usize) -> Vec<String> {
        fold(frags, width).iter().map(|line| line.iter().map(|span| span.text.as_str()).collect()).collect()
    }

    #[test]
    fn words_are_kept_whole_where_they_can() {
        assert_eq!(lines(&[frag("one two  three", 0)], 7), ["one two", "three"]);
        assert_eq!(lines(&[frag("abcdefgh ij", 0)], 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(lines(&[frag("in", 0), frag("sep", 2), frag("arable x", 5)], 8), ["insepara", "ble x"]);
        assert_eq!(lines(&[frag("", 0)], 3), [""]);
    }

    #[test]
    fn wide_text_breaks_between_characters_but_not_before_a_stop() {
        assert_eq!(lines(&[frag("日本語の文。", 0)], 6), ["日本語", "の文。"]);
        assert_eq!(lines(&[frag("日本語。文", 0)], 6), ["日本", "語。文"]);
        assert_eq!(lines(&[frag("a 👨‍👩‍👧 b", 0)], 4), ["a 👨‍👩‍👧", "b"]);
    }

    #[test]
    fn pieces_know_where_they_stand() {
        let spans = fold(&[frag("one two", 10)], 4);
        let at: Vec<_> = spans.iter().flatten().map(|span| span.at).collect();
        assert_eq!(at, [Some(10), Some(14)]);
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_too_long_and_nothing_but_blanks_is_lost(texts in proptest::collection::vec("[a-c 日é\u{301}👍。]{0,20}", 1..4), columns in 2_usize..20) {
            let frags: Vec<Frag> = texts.iter().map(|text| frag(text, 0)).collect();
            let lines = lines(&frags, columns);
            for line in &lines {
                proptest::prop_assert!(width(line) <= columns, "{line:?}");
            }
            let squeeze = |text: &str| text.replace(' ', "");
            proptest::prop_assert_eq!(squeeze(&lines.concat()), squeeze(&texts.concat()));
        }
    }
}
