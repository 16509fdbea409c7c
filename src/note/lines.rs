//! The frontmatter read line by line: where each `sr-*` line stands, whether or not the rest is valid YAML.
//!
//! Only keys at the column of the block's first key count. A line inside a flow value or a quoted text of several lines
//! is text; so is anything indented. This reader finds the bytes to edit; what they mean is for
//! [`schedule`](super::schedule) to say.

use std::ops::Range;

use memchr::memchr;

use super::frontmatter::{is_blank, line_at};
use super::scalar::{Scalar, flow_end, is_rest, quoted_end, scalar};
use crate::within::Within;

/// One of the three keys of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `sr-due`
    Due,
    /// `sr-interval`
    Interval,
    /// `sr-ease`
    Ease,
}

impl Key {
    /// The keys in the order in which they are written.
    pub const ALL: [Key; 3] = [Key::Due, Key::Interval, Key::Ease];

    /// The key as it stands in a note.
    pub fn name(self) -> &'static str {
        match self {
            Key::Due => "sr-due",
            Key::Interval => "sr-interval",
            Key::Ease => "sr-ease",
        }
    }

    /// The key of that exact name.
    pub fn named(name: &[u8]) -> Option<Key> {
        Key::ALL.into_iter().find(|key| key.name().as_bytes() == name)
    }
}

/// A schedule line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which of the three it is.
    pub key: Key,
    /// The whole line, its line end included.
    pub line: Range<usize>,
    /// The bytes of the value, quotes included. For [`Scalar::Empty`]: the blanks behind the colon.
    pub value: Range<usize>,
    /// The value.
    pub scalar: Scalar,
    /// The line in the file, from 1.
    pub number: usize,
    /// Whether indented lines or list items follow.
    pub continued: bool,
}

/// What the lines of a block hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// The schedule lines, in their order; a key may come twice.
    pub entries: Vec<Entry>,
    /// Other keys that begin with `sr-`, with their values: name, value, line.
    pub others: Vec<(String, String, usize)>,
    /// `sr-due:2030-01-02`, or an indented `sr-due: 2030-01-02` below no key: meant as a schedule line, and none.
    pub glued: Option<usize>,
    /// The first and the last line with a merge marker.
    pub conflict: Option<(usize, usize)>,
    /// A line that is neither blank nor a comment, key, list item or template: prose.
    pub prose: Option<usize>,
    /// A line with a carriage return in its middle.
    pub lone_cr: Option<usize>,
    /// The column of the keys, in blanks from the start of the line.
    pub column: usize,
    /// Whether there is any key.
    pub keys: bool,
    /// Looking for the ends of unclosed values took too long.
    pub too_complex: bool,
}

/// What a line of frontmatter looks like by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Nothing but blanks.
    Blank,
    /// `# ...`, indented or not.
    Comment,
    /// Something indented.
    Indented,
    /// `- ...`
    Item,
    /// `key:`, with a blank or nothing behind the colon.
    Key,
    /// Anything else.
    Other,
}

/// The kind of a line, `content` being without its line end.
pub fn kind(content: &[u8]) -> LineKind {
    kind_and_key(content).0
}

/// The same, and of [`LineKind::Key`] the [`key`].
pub(super) fn kind_and_key(content: &[u8]) -> (LineKind, Option<(&[u8], usize)>) {
    let kind = match content.first() {
        None => LineKind::Blank,
        Some(b'#') => LineKind::Comment,
        Some(b' ' | b'\t') => match content.iter().find(|b| !matches!(b, b' ' | b'\t')) {
            None => LineKind::Blank,
            Some(b'#') => LineKind::Comment,
            Some(_) => LineKind::Indented,
        },
        Some(b'-') if is_item(content) => LineKind::Item,
        Some(_) => match key(content) {
            None => LineKind::Other,
            key => return (LineKind::Key, key),
        },
    };
    (kind, None)
}

/// `- x`, or `-` alone.
fn is_item(content: &[u8]) -> bool {
    matches!(content, [b'-'] | [b'-', b' ' | b'\t', ..])
}

/// The key at the start of `content` without its quotes, and where the text behind its colon starts.
pub(super) fn key(content: &[u8]) -> Option<(&[u8], usize)> {
    match content.first()? {
        b'[' | b'{' | b'#' => None,
        quote @ (b'"' | b'\'') => {
            let close = quoted_end(content, 0, *quote)?;
            let behind = content.get(close..)?;
            let blanks = behind.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
            let colon = close + blanks;
            (content.get(colon) == Some(&b':') && is_gap(content.get(colon + 1)))
                .then(|| (content.within(1..close - 1), colon + 1))
        }
        _ => {
            let mut from = 0;
            loop {
                let colon = from + memchr(b':', content.get(from..)?)?;
                if is_gap(content.get(colon + 1)) {
                    let name = content.get(..colon)?.trim_ascii_end();
                    let comment = name.windows(2).any(|w| matches!(w, [b' ' | b'\t', b'#']));
                    return (!name.is_empty() && !comment).then_some((name, colon + 1));
                }
                from = colon + 1;
            }
        }
    }
}

/// What must stand behind the colon of a key: a blank, or nothing more on the line.
fn is_gap(next: Option<&u8>) -> bool {
    matches!(next, None | Some(b' ' | b'\t' | b'\r' | b'\n'))
}

/// How many bytes may be looked at in search of the ends of values, over all values of a block.
const LOOK_AHEAD: usize = 4 << 20;

/// Reads the lines of a block. `inner` is the range between the fences, its first line being line `first` of the file.
pub fn scan(text: &[u8], inner: Range<usize>, first: usize) -> Lines {
    let text = text.within(..inner.end);
    let lines = Lines { column: column(text, inner.clone()), ..Lines::default() };
    let mut scan = Scan { text, lines, budget: LOOK_AHEAD };
    let mut at = inner.start;
    let mut number = first;
    let mut open = Open::Nothing;
    while at < inner.end {
        let ends = line_at(text, at);
        open = scan.line(at, ends.content_end, ends.next, number, open);
        at = ends.next;
        number += 1;
    }
    scan.lines
}

/// The column of the line that is indented least.
fn column(text: &[u8], inner: Range<usize>) -> usize {
    let mut least = usize::MAX;
    let mut at = inner.start;
    while at < inner.end && least > 0 {
        let line = line_at(text, at);
        let content = text.within(at..line.content_end);
        if !matches!(kind(content), LineKind::Blank | LineKind::Comment) {
            let blanks = content.iter().take_while(|b| **b == b' ').count();
            least = least.min(if content.get(blanks) == Some(&b'\t') { 0 } else { blanks });
        }
        at = line.next;
    }
    if least == usize::MAX { 0 } else { least }
}

/// What a line may belong to because of the lines above it.
#[derive(Clone, Copy)]
enum Open {
    Nothing,
    /// The value of a key: indented lines and list items belong to it.
    Value {
        entry: bool,
        empty: bool,
    },
    /// A block scalar whose lines are indented by more than this.
    Literal {
        indent: usize,
    },
    /// A quoted text or a flow value that ends at this byte.
    Until(usize),
}

struct Scan<'a> {
    text: &'a [u8],
    lines: Lines,
    budget: usize,
}

impl Scan<'_> {
    /// Takes in the line from `at`, and says what the next one may belong to.
    fn line(&mut self, at: usize, content_end: usize, next: usize, number: usize, open: Open) -> Open {
        let content = self.text.within(at..content_end);
        if memchr(b'\r', content).is_some() {
            self.lines.lone_cr.get_or_insert(number);
        }
        if is_marker(content) {
            let first = self.lines.conflict.map_or(number, |(first, _)| first);
            self.lines.conflict = Some((first, number));
            return Open::Nothing;
        }
        let indent = content.iter().take_while(|b| **b == b' ').count();
        match open {
            Open::Until(end) if at < end => return open,
            Open::Literal { indent: parent } if is_blank(content) || leading(content) > parent => return open,
            _ => {}
        }
        let line_kind = kind(content);
        if matches!(line_kind, LineKind::Blank | LineKind::Comment) {
            return open;
        }
        if leading(content) > self.lines.column {
            return self.belonging(at, content_end, number, open);
        }
        let body = content.within(indent..);
        if is_item(body) {
            return self.belonging(at, content_end, number, open);
        }
        let Some((name, behind)) = key(body).filter(|_| indent == self.lines.column) else {
            if !is_template(body) {
                self.lines.prose.get_or_insert(number);
            }
            self.glued(body, number);
            return self.opened(at + indent, content_end).unwrap_or(Open::Nothing);
        };
        self.lines.keys = true;
        let colon = at + indent + behind;
        match Key::named(name) {
            Some(key) => {
                let from = skip_blanks(self.text, colon, content_end);
                let (value, scalar) = scalar(self.text, colon, from, content_end);
                let empty = scalar == Scalar::Empty;
                self.lines.entries.push(Entry { key, line: at..next, value, scalar, number, continued: false });
                self.opened(at + indent, content_end).unwrap_or(Open::Value { entry: true, empty })
            }
            None => {
                self.glued(body, number);
                if name.starts_with(b"sr-") {
                    let value = self.text.within(colon..content_end).trim_ascii();
                    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
                    self.lines.others.push((text(name), text(value), number));
                }
                let value = skip_blanks(self.text, colon, content_end);
                let empty = value == content_end || self.text.get(value) == Some(&b'#');
                self.opened(at + indent, content_end).unwrap_or(Open::Value { entry: false, empty })
            }
        }
    }

    /// Notes a line that was meant as a schedule line and is none.
    fn glued(&mut self, body: &[u8], number: usize) {
        if Key::ALL.iter().any(|key| glued(body, *key)) {
            self.lines.glued.get_or_insert(number);
        }
    }

    /// An indented line or a list item: part of the value above it. A value that is already there on its line is taken as
    /// whole; if YAML sees more of it, the two readers differ, and that is noticed.
    fn belonging(&mut self, at: usize, content_end: usize, number: usize, open: Open) -> Open {
        let from = skip_blanks(self.text, at, content_end);
        // Below no key at all, or below a schedule line, it was meant as one.
        if matches!(open, Open::Nothing | Open::Value { entry: true, .. }) {
            self.glued(self.text.within(from..content_end), number);
        }

        if let Open::Value { entry: true, empty } = open
            && let Some(entry) = self.lines.entries.last_mut()
        {
            entry.continued = true;
            if empty {
                entry.scalar = Scalar::Other { what: "a value over several lines", raw: String::new() };
            }
        }
        self.opened(from, content_end).unwrap_or(open)
    }

    /// What the value at the end of the line from `at` leaves open, if anything.
    fn opened(&mut self, at: usize, content_end: usize) -> Option<Open> {
        let mut from = at;
        let mut parent = 0;
        let line_start = self.text.get(..at)?.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        loop {
            let rest = self.text.get(from..content_end)?;
            if is_item(rest) {
                parent = from - line_start;
                from = skip_blanks(self.text, from + 1, content_end);
            } else if let Some((_, behind)) = key(rest) {
                parent = from - line_start;
                from = skip_blanks(self.text, from + behind, content_end);
                break;
            } else {
                break;
            }
        }
        while matches!(self.text.get(from), Some(b'&' | b'!')) && from < content_end {
            let word = self.text.get(from..content_end)?.iter().take_while(|b| !matches!(b, b' ' | b'\t')).count();
            from = skip_blanks(self.text, from + word, content_end);
        }
        let first = self.text.get(from..content_end)?.first()?;
        let end = match first {
            b'|' | b'>' => return Some(Open::Literal { indent: parent }),
            b'"' | b'\'' => self.bounded(from, |text| quoted_end(text, 0, *first)),
            b'[' | b'{' => self.bounded(from, flow_end),
            _ => None,
        }?;
        // An end with more text behind it is none: one of the two marks was meant as a letter.
        let line = line_at(self.text, end);
        (end > content_end && is_rest(self.text.get(end..line.content_end)?)).then_some(Open::Until(end))
    }

    /// `find` over the text from `from`, as far as the budget goes.
    fn bounded(&mut self, from: usize, find: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
        let rest = self.text.within(from..);
        if rest.len() > self.budget {
            self.lines.too_complex = true;
            return None;
        }
        let found = find(rest);
        self.budget -= found.unwrap_or(rest.len());
        found.map(|n| from + n)
    }
}

fn skip_blanks(text: &[u8], from: usize, end: usize) -> usize {
    let rest = text.within(from..end);
    from + rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

/// How far a line is indented, blanks and tabs.
fn leading(content: &[u8]) -> usize {
    content.iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

/// `<<<<<<< ours`, `=======`, `>>>>>>> theirs` or `||||||| base`.
fn is_marker(content: &[u8]) -> bool {
    let behind = |mark: &[u8]| content.strip_prefix(mark);
    [b"<<<<<<<", b">>>>>>>", b"|||||||"]
        .iter()
        .any(|mark| behind(*mark).is_some_and(|rest| rest.is_empty() || rest.starts_with(b" ")))
        || behind(b"=======").is_some_and(is_blank)
}

/// `sr-due:2030-01-02`, `'sr-due':2030-01-02` or `sr-due 2030-01-02`: meant as the key, and none. So is a key behind
/// characters that are not seen, as pasted text has them.
fn glued(body: &[u8], key: Key) -> bool {
    let unseen = body.iter().take_while(|b| !b.is_ascii()).count();
    let seen = |text: &[u8]| std::str::from_utf8(text).is_ok_and(|text| text.chars().any(char::is_alphanumeric));
    let body = body.split_at_checked(unseen).filter(|(front, _)| !seen(front)).map_or(body, |(_, rest)| rest);
    let body = body.strip_prefix(b"\"").or_else(|| body.strip_prefix(b"'")).unwrap_or(body);
    let rest = body.strip_prefix(key.name().as_bytes());
    rest.is_some_and(|rest| !rest.first().is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')))
}

/// A line that is no key and yet no prose: a template, a leftover of a flow value, `key:value`.
pub(super) fn is_template(body: &[u8]) -> bool {
    let word = body.iter().take_while(|b| !b.is_ascii_whitespace()).count();
    let first = body.within(..word);
    [b"{{".as_slice(), b"<%", b"@", b"`", b"]", b"}", b"{", b"\"", b"'", b"?", b":"].iter().any(|m| body.starts_with(m))
        || memchr(b':', first).is_some_and(|colon| colon > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Lines {
        scan(text.as_bytes(), 0..text.len(), 2)
    }

    /// `line:key=value bytes` of each schedule line.
    fn entries(text: &str) -> Vec<String> {
        let show = |e: &Entry| {
            let raw = &text[e.value.clone()];
            match &e.scalar {
                Scalar::Empty => format!("{}:{}:empty {raw:?}", e.number, e.key.name()),
                Scalar::Null => format!("{}:{}:null", e.number, e.key.name()),
                Scalar::Text(t) => format!("{}:{}:{raw}>{t}", e.number, e.key.name()),
                Scalar::Other { what, .. } => format!("{}:{}:{what}", e.number, e.key.name()),
            }
        };
        lines(text).entries.iter().map(show).collect()
    }

    #[test]
    fn values_are_found_to_the_byte() {
        let cases = [
            ("sr-due: 2030-01-02\n", "2:sr-due:2030-01-02>2030-01-02"),
            ("sr-due:   2030-01-02  \n", "2:sr-due:2030-01-02>2030-01-02"),
            ("sr-due:\t2030-01-02\t\r\n", "2:sr-due:2030-01-02>2030-01-02"),
            ("sr-due : 2030-01-02 # later\n", "2:sr-due:2030-01-02>2030-01-02"),
            ("sr-due: 2030-01-02#x\n", "2:sr-due:2030-01-02#x>2030-01-02#x"),
            ("\"sr-due\": \"2030-01-02\" # x\n", "2:sr-due:\"2030-01-02\">2030-01-02"),
            ("'sr-due' : 'it''s'\n", "2:sr-due:'it''s'>it's"),
            ("sr-due:\n", "2:sr-due:empty \"\""),
            ("sr-due:  \n", "2:sr-due:empty \"  \""),
            ("sr-due: # x\n", "2:sr-due:empty \" \""),
            ("sr-due: \"\"\n", "2:sr-due:\"\">"),
            ("sr-due: null\n", "2:sr-due:null"),
            ("sr-due: ~ # parked\n", "2:sr-due:null"),
            ("sr-due: [2030-01-02]\n", "2:sr-due:a list"),
            ("sr-due: &a 2030-01-02\n", "2:sr-due:a value with an anchor"),
            ("sr-due: \"2030\\-01-02\"\n", "2:sr-due:a text with escapes"),
            ("sr-due: \"2030\n", "2:sr-due:a quote that is not closed"),
            ("sr-due: >-\n  2030-01-02\n", "2:sr-due:a block of text"),
            ("sr-due:\n  2030-01-02\n", "2:sr-due:a value over several lines"),
            ("sr-due:\n- 2030-01-02\n", "2:sr-due:a value over several lines"),
            ("sr-due: 2030-01-02\n\n  more\n", "2:sr-due:2030-01-02>2030-01-02"),
            ("sr-due: 2030-01-02\n  # a comment\nb: 1\n", "2:sr-due:2030-01-02>2030-01-02"),
            ("# x\n\na: 1\nsr-due: 2030-01-02", "5:sr-due:2030-01-02>2030-01-02"),
            ("  a: 1\n  sr-due: 2030-01-02\n", "3:sr-due:2030-01-02>2030-01-02"),
        ];
        for (text, expected) in cases {
            assert_eq!(entries(text), [expected], "{text:?}");
        }
    }

    #[test]
    fn lines_of_a_longer_value_are_text() {
        let cases = [
            "a: |\n  sr-due: 2030-01-02\n",
            "a: |\n\n  x\n\n  sr-due: 2030-01-02\n",
            "a: [x,\nsr-due: 2030-01-02\n]\n",
            "a: {x: 1,\nsr-due: 2030-01-02\n}\n",
            "a: [\"]\",\nsr-due: 2030-01-02\n] # end\n",
            "a:\n- [x,\nsr-due: 2030-01-02\n]\n",
            "a: \"x\nsr-due: 2030-01-02\n\"\n",
            "a: 'it''s\nsr-due: 2030-01-02\n'\n",
            "a:\n  sr-due: 2030-01-02\n",
            "sr-due:2030-01-02\n",
            "sr-due:\u{a0}2030-01-02\n",
            "sr_due: 2030-01-02\n",
            "SR-due: 2030-01-02\n",
            "# sr-due: 2030-01-02\n",
            "x # sr-due: 2030-01-02\n",
            "- sr-due: 2030-01-02\n",
            "{a: b,\nsr-due: 2030-01-02\n}\n",
        ];
        for text in cases {
            assert!(entries(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn a_broken_line_hides_no_other() {
        for broken in [
            "title: a: b",
            "\tx: 1",
            "x: [a, b",
            "x: \"a",
            "x: 'a",
            "x: \"a\" b",
            "up: [[A]], [[B]]",
            "x: @y",
            "x: `z`",
            "{{date}}",
            "<% tp.date.now() %>",
            "\"References:\": ",
            "date created: x",
            "..: \"[[x]]\"",
            "分类: x",
            "key:value",
            "x: *gone",
            "note: |\n  see [a\n  \"b",
            "- item",
            "x: [a, # ]\nb: 'x",
        ] {
            let text = format!("{broken}\nsr-due: 2030-01-02\ny: \"b\"\nz: [c]\n");
            assert_eq!(entries(&text).len(), 1, "{text:?}");
            assert_eq!(lines(&text).prose, None, "{text:?}");
        }
    }

    #[test]
    fn oddities_are_noted() {
        assert_eq!(lines("a: 1\nsome words\n").prose, Some(3));
        assert_eq!(lines("a: 1\n* bullet\n").prose, Some(3));
        assert_eq!(lines("a: 1\nsr-due:2030-01-02\n").glued, Some(3));
        assert_eq!(lines("a: 1\n<<<<<<< HEAD\nb: 1\n=======\n>>>>>>> x\n").conflict, Some((3, 6)));
        assert_eq!(lines("a: 1\rb: 2\n").lone_cr, Some(2));
        let fsrs = lines("sr-algorithm: fsrs\nsr-id: x\n");
        assert_eq!(fsrs.others.len(), 2);
        assert!(fsrs.keys);
        assert!(!lines("# only\n\n").keys);
    }

    #[test]
    fn the_search_for_ends_is_bounded() {
        let text = "a: [x\n".repeat(40_000);
        assert!(lines(&text).too_complex);
    }
}
