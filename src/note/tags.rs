//! Tags in the text of a note, found as Obsidian finds them.
//!
//! Almost every note is decided on bytes. Markdown is parsed only where something before a tag could hide it.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::{memchr, memchr_iter, memchr2, memchr3, memmem, memrchr};

use crate::tag::{Starts, TagSet, is_tag, is_tag_char};
use crate::within::Within;

use super::blocks::{hidden_blocks, paragraph_around};
use super::comments::{FILLER, blank};
use super::markdown::{has_lone_return, text_ranges};

/// The tags of `body` (the text below the frontmatter) without `#`, each once, in order of appearance.
///
/// Not in code, math, HTML, `%%comments%%` or links, not inside of words and not when all digits.
pub fn inline_tags(body: &str) -> Vec<String> {
    collect(body, body.len(), memchr_iter(b'#', body.as_bytes()), |_| true)
}

/// Of more tags than this, each is not searched for by itself.
pub(super) const FEW: usize = 16;

/// A set of tags to look for in many notes.
#[derive(Clone, Debug)]
pub struct WantedTags {
    tags: TagSet,
    search: Search,
}

/// How the `#` before a wanted tag is found.
#[derive(Clone, Debug)]
enum Search {
    /// Of few tags, each is searched for.
    Each(Vec<memmem::Finder<'static>>),
    /// Of many, what follows each `#` is looked up among them.
    All(Starts),
}

impl Search {
    /// Where in `text` a `#` stands with one of the tags behind it, in order.
    fn hits<'a>(&'a self, text: &'a [u8]) -> Box<dyn Iterator<Item = usize> + 'a> {
        match self {
            Self::Each(finders) => match finders.as_slice() {
                [finder] => Box::new(finder.find_iter(text)),
                finders => {
                    let mut hits: Vec<usize> = finders.iter().flat_map(|finder| finder.find_iter(text)).collect();
                    // One tag may begin as another does.
                    hits.sort_unstable();
                    hits.dedup();
                    Box::new(hits.into_iter())
                }
            },
            Self::All(tags) => Box::new(memchr_iter(b'#', text).filter(|at| {
                let behind = text.within(at + 1..);
                let length = behind.iter().position(|byte| !may_be_in_tag(*byte)).unwrap_or(behind.len());
                let behind = behind.within(..length);
                tags.start(behind)
            })),
        }
    }
}

/// Whether a byte can be part of a tag, or of a character that is.
fn may_be_in_tag(byte: u8) -> bool {
    !byte.is_ascii() || is_tag_char(char::from(byte))
}

impl WantedTags {
    /// The tags to look for, without `#`.
    pub fn new<S: AsRef<str>>(tags: impl IntoIterator<Item = S>) -> Self {
        let mut tags: Vec<String> = tags.into_iter().map(|tag| tag.as_ref().to_owned()).collect();
        tags.sort_unstable();
        tags.dedup();
        let finder = |tag: &String| memmem::Finder::new(&format!("#{tag}")).into_owned();
        let search = if tags.len() <= FEW {
            Search::Each(tags.iter().map(finder).collect())
        } else {
            Search::All(Starts::new(tags.iter().map(|tag| tag.as_bytes())))
        };
        Self { tags: TagSet::new(&tags), search }
    }

    /// Where in `raw`, a whole note, the first of the tags may stand in its text: a search of bytes that never misses one.
    pub fn first_in(&self, raw: &[u8]) -> Option<usize> {
        match &self.search {
            Search::Each(finders) => finders.iter().filter_map(|finder| finder.find(raw)).min(),
            all => all.hits(raw).next(),
        }
    }

    /// The tags of `body` that equal or are below one of these, without `#`, each once.
    pub fn find_in(&self, body: &str) -> Vec<String> {
        self.find_from(body, 0)
    }

    /// The same where it is known that none stands before `from`.
    pub(super) fn find_from(&self, body: &str, from: usize) -> Vec<String> {
        let bytes = body.as_bytes();
        let rest = bytes.within(from..);
        let hits: Vec<usize> = self.search.hits(rest).map(|hit| from + hit).collect();
        let Some(last) = hits.last() else { return Vec::new() };
        // Nothing below the line of the last one hides it.
        let end = bytes.get(*last..).and_then(|rest| memchr(b'\n', rest)).map_or(body.len(), |end| last + end + 1);
        collect(body, end, hits, |tag| self.tags.holds(tag))
    }
}

/// The tags of `body` that are wanted, whose `#` stand at some of `hits`, in their order, and before `end`.
fn collect(
    body: &str,
    end: usize,
    hits: impl IntoIterator<Item = usize>,
    wanted: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    let mut keep = |tag: &str| {
        if !known.contains(tag) {
            known.insert(tag.to_owned());
            tags.push(tag.to_owned());
        }
    };
    let mut plain = Plain::new(body.as_bytes().within(..end));
    for at in hits {
        let Some(tag) = tag_at(body, at, body.len()) else { continue };
        match boundary(body, at) {
            Boundary::Inside => {}
            // Bytes tell of nearly every tag whether anything hides it.
            Boundary::Blank if wanted(tag) && plain.place(at) == Place::Text && !may_end_emphasis(tag) => keep(tag),
            Boundary::Blank if wanted(tag) && plain.place(at) == Place::Code => {}
            Boundary::Blank | Boundary::Markup if wanted(tag) || may_end_emphasis(tag) => {
                read(body, &wanted, &mut keep);
                break;
            }
            Boundary::Blank | Boundary::Markup => {}
        }
    }
    tags
}

/// All tags, by way of Markdown.
fn read(body: &str, wanted: &impl Fn(&str) -> bool, keep: &mut impl FnMut(&str)) {
    let body = blank(body);
    for range in text_ranges(&body) {
        let Some(text) = body.as_bytes().get(range.clone()) else { continue };
        for at in memchr_iter(b'#', text).map(|at| range.start + at) {
            let Some(tag) = tag_at(&body, at, range.end) else { continue };
            let shown = match boundary(&body, at) {
                Boundary::Blank => true,
                Boundary::Markup => at == range.start || highlighted(&body, at) || follows_comment(&body, at),
                Boundary::Inside => false,
            };
            if shown && wanted(tag) {
                keep(tag);
            }
        }
    }
}

/// Whether an underscore in `tag` may be a mark that ends the tag.
fn may_end_emphasis(tag: &str) -> bool {
    tag.split('_').skip(1).any(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

/// What stands before a `#`.
#[derive(PartialEq)]
enum Boundary {
    /// White space, or nothing.
    Blank,
    /// Something that Markdown may take for a mark.
    Markup,
    /// A word, an escape, a bracket: no tag.
    Inside,
}

fn boundary(body: &str, at: usize) -> Boundary {
    match body.get(..at).and_then(|before| before.chars().next_back()) {
        None => Boundary::Blank,
        Some(c) if c.is_whitespace() || c == '\u{feff}' => Boundary::Blank,
        Some('*' | '_' | '~' | '=' | '>' | '|' | '%') => Boundary::Markup,
        Some(c) if c == char::from(FILLER) => Boundary::Markup,
        Some(_) => Boundary::Inside,
    }
}

/// `==#tag`, which Markdown does not know.
fn highlighted(body: &str, at: usize) -> bool {
    let before = body.get(..at).and_then(|before| before.strip_suffix("=="));
    before.is_some_and(|before| before.chars().next_back().is_none_or(char::is_whitespace))
}

fn follows_comment(body: &str, at: usize) -> bool {
    at.checked_sub(1).and_then(|before| body.as_bytes().get(before)) == Some(&FILLER)
}

/// The tag whose `#` is at `at`, at most up to `end`.
fn tag_at(body: &str, at: usize, end: usize) -> Option<&str> {
    let text = body.get(at + 1..end)?;
    let length = text.find(|c| !is_tag_char(c)).unwrap_or(text.len());
    let tag = text.get(..length)?;
    is_tag(tag).then_some(tag)
}

/// How far back from a tag its line and its paragraph are looked at, in bytes: longer ones are left to the parser.
const LOOK_BACK: usize = 4 << 10;

/// Tells which positions nothing can hide, without parsing.
struct Plain<'a> {
    body: &'a [u8],
    marks: Option<Marks>,
    /// The blocks of code and comments; `None` inside where they are not plain to see.
    blocks: Option<Option<Vec<Range<usize>>>>,
    /// The last opening bracket before `seen`, unless its paragraph has ended.
    bracket: Option<usize>,
    /// Up to where brackets were looked for.
    seen: usize,
}

/// What stands at a position.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Text,
    /// A block of code, or a comment.
    Code,
    /// For the parser to say.
    Unknown,
}

impl<'a> Plain<'a> {
    fn new(body: &'a [u8]) -> Self {
        Self { body, marks: None, blocks: None, bracket: None, seen: 0 }
    }

    /// What stands at `at`, which is never before what was asked about last.
    fn place(&mut self, at: usize) -> Place {
        let near = at.saturating_sub(LOOK_BACK);
        let before = self.body.within(near..at);
        let line = match memrchr(b'\n', before) {
            Some(end) => before.within(end + 1..),
            None if near == 0 => before,
            None => return Place::Unknown,
        };
        let indented = line.contains(&b'\t') || memmem::find(line, b"    ").is_some();
        let marks = *self.marks.get_or_insert_with(|| Marks::of(self.body));
        if at < marks.first {
            return if indented || self.in_brackets(at) { Place::Unknown } else { Place::Text };
        }
        let blocks = self.blocks.get_or_insert_with(|| if marks.plain { hidden_blocks(self.body) } else { None });
        let Some(blocks) = blocks else { return Place::Unknown };
        let next = blocks.partition_point(|block| block.end <= at);
        if blocks.get(next).is_some_and(|block| block.contains(&at)) {
            return Place::Code;
        }
        // What opens in the text of one paragraph ends in it.
        let last = next.checked_sub(1).and_then(|last| blocks.get(last)).map_or(0, |block| block.end);
        // Whole lines alone: the rest of one may be blank where the line is not.
        let near = if near == 0 { 0 } else { near + before.iter().position(|b| *b == b'\n').map_or(0, |end| end + 1) };
        let least = last.max(near);
        let paragraph = paragraph_around(self.body, at, least, at);
        if paragraph.start == least && least > last {
            return Place::Unknown;
        }
        let own = self.body.within(paragraph.start..at);
        if indented || first_mark_in(own).is_some() || self.in_brackets(at) { Place::Unknown } else { Place::Text }
    }

    /// Whether a bracket stands open, or stood, in the same paragraph: a link may reach over the position.
    fn in_brackets(&mut self, at: usize) -> bool {
        let found = memrchr(b'[', self.body.within(self.seen..at));
        self.bracket = found.map(|found| self.seen + found).or(self.bracket);
        self.seen = at;
        let Some(open) = self.bracket else { return false };
        let between = self.body.within(open..at);
        if memmem::find(between, b"\n\n").is_some() || memmem::find(between, b"\n\r\n").is_some() {
            self.bracket = None;
        }
        self.bracket.is_some()
    }
}

// Made once: to make a searcher takes as long as to search a short text.
static COMMENT: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("%%"));
static TILDES: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("~~~"));

/// What in a text can hide what follows.
#[derive(Clone, Copy)]
struct Marks {
    /// The first position of code, math, HTML or a comment.
    first: usize,
    /// Whether there is no comment, and no lone carriage return: that makes lines that bytes do not tell apart.
    plain: bool,
}

impl Marks {
    fn of(body: &[u8]) -> Self {
        // Nearly all texts have neither, which one search tells.
        let (lone_return, comment) = match memchr2(b'\r', b'%', body) {
            None => (false, None),
            Some(_) => (has_lone_return(body), COMMENT.find(body)),
        };
        let first = first_mark_in(body).into_iter().chain(comment).min().unwrap_or(body.len());
        Self { first: if lone_return { 0 } else { first }, plain: !lone_return && comment.is_none() }
    }
}

fn first_mark_in(text: &[u8]) -> Option<usize> {
    let mark = memchr3(b'`', b'$', b'<', text);
    TILDES.find(text.within(..mark.unwrap_or(text.len()))).or(mark)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tag::is_at_or_below;

    #[test]
    fn tags_are_found_where_obsidian_finds_them() {
        let cases: &[(&str, &[&str])] = &[
            ("#review\n", &["review"]),
            ("text #a/b-c_d, #ünï #日本 #🧠 #матан.", &["a/b-c_d", "ünï", "日本", "🧠", "матан"]),
            ("#123 #1a #2024/x #_", &["1a", "2024/x", "_"]),
            ("a#b (#c) [#d] '#e' \\#f", &[]),
            ("# heading\n## two #t\n#x#y", &["t", "x"]),
            ("http://x.y/#a <a title=\"x #b\">", &[]),
            ("`#a` ``b ` #c`` #d", &["d"]),
            ("```\n#a\n```\n#b", &["b"]),
            ("~~~\n#a\n~~~\n#b", &["b"]),
            ("> ```\n> #a\n> ```\n> #b", &["b"]),
            ("~~~\n~~~\t\n\n#a", &[]),
            ("    #a\n\n#b", &["b"]),
            ("\t#a\n\n#b", &["b"]),
            ("- x\n\n    #in-the-list\n", &["in-the-list"]),
            ("<!-- #a -->\n\n#b <!-- #c --> #d", &["b", "d"]),
            ("%% #a %% #b", &["b"]),
            ("%%\n#a\n\n#b\n%%\n#c", &["c"]),
            ("$ #a$ $x #b$ #c", &["a", "c"]),
            ("$$\n#a\n$$\n#b", &["b"]),
            ("it costs $5 #a and $6", &["a"]),
            ("[[note #a]] [text #b](u) [[n|#c]] #d", &["d"]),
            ("[open\n#a](u) #b", &["b"]),
            ("**#a** *#b* _#c_ ~~#d~~ ==#e== >#f", &["a", "b", "c", "d", "e"]),
            (">#a\n> #b", &["a", "b"]),
            ("| a | b |\n|---|---|\n| #x |#y|", &["x", "y"]),
            ("- [ ] #a\n- [x] do #b", &["a", "b"]),
            ("<b>#a</b> <div #b>", &["a", "b"]),
            ("#a #a #A", &["a", "A"]),
            ("#a\u{3000}#b\u{2026}#c", &["a", "b"]),
            ("#flashcards/x/", &["flashcards/x/"]),
            ("", &[]),
            ("#", &[]),
        ];
        for (body, tags) in cases {
            assert_eq!(inline_tags(body), *tags, "{body:?}");
        }
    }

    #[test]
    fn hostile_texts_take_linear_time() {
        let many = 60_000;
        let distinct: String = (0..many).map(|n| format!("#t{n}\n")).collect();
        assert_eq!(inline_tags(&distinct).len(), many);
        for body in [
            "#a ".repeat(many),
            "#a\n".repeat(many),
            format!("`x`\n\n{}", "#a\n".repeat(many)),
            "```\n```\n#a\n".repeat(many),
            format!("[{}\n\n{}", "x".repeat(500_000), "#a\n\n".repeat(many)),
        ] {
            assert_eq!(inline_tags(&body), ["a"], "{:?}", body.get(..20));
        }
    }

    #[test]
    fn only_wanted_tags_are_looked_for() {
        let wanted = WantedTags::new(["review", "skip"]);
        assert_eq!(wanted.first_in(b"#other review"), None);
        assert_eq!(wanted.first_in(b"x #skip #review"), Some(2));
        assert_eq!(wanted.find_in("#a #review/x `code` #skip #reviewed"), ["review/x", "skip"]);
    }

    /// Texts made of what matters to tags.
    fn body() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "#a", "#b/c", "#1", " ", "\n", "\n\n", "`", "```\n", "~~~", "$", "$$", "<!--", "-->", "<b>", "%%", "\t",
            "    ", "[", "]", "](u)", "[[", "]]", "> ", "- ", "\\", "*", "_", "word", "==", "|", "é", "\r\n", "\r",
            "(", "# ", "1. ", "~", "\n```\n", "```\n", "\n~~~\n", "\n<!--", "<pre>", "<div>\n", " ", "#a\n", "#b\n\n",
            "\n\n#a", "-->\n\n", "#a_", "#c_ ", "\r#a",
        ]);
        prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn bytes_and_markdown_agree(body in body()) {
            let mut by_markdown: Vec<String> = Vec::new();
            read(&body, &|_| true, &mut |tag| if !by_markdown.iter().any(|t| t == tag) { by_markdown.push(tag.to_owned()) });
            prop_assert_eq!(&inline_tags(&body), &by_markdown, "{:?}", body);
            for wanted in [&["a"][..], &["b"], &["b/c", "a", "b"]] {
                let found = WantedTags::new(wanted).find_in(&body);
                let is_wanted = |tag: &&String| wanted.iter().any(|wanted| is_at_or_below(tag, wanted));
                let expected: Vec<&String> = by_markdown.iter().filter(is_wanted).collect();
                prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{:?}", body);
            }
        }

        #[test]
        fn no_text_is_too_strange(body in "\\PC{0,200}") {
            inline_tags(&body);
        }
    }
}
