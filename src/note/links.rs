//! The links of a note: wikilinks, Markdown links and links in properties.
//!
//! [`body_links`] reads most notes on bytes and parses Markdown only for the paragraphs, or at worst the notes, where
//! something could hide or reshape a link. [`read_markdown`] is the slow reading that it agrees with.

mod marks;
mod scan;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr, memchr2_iter, memrchr};
use percent_encoding::percent_decode_str;
use pulldown_cmark::{Event, LinkType, Tag};

use super::comments::blank;
use super::frontmatter::{self, Top};
use super::markdown::{Shallow, parser_of_shallow};
use super::trim;
use crate::within::Within;
use marks::Room;

/// A link to a note or another file of the vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    /// What it points to, as far as it names a file: no heading, block or alias, percent signs decoded, trimmed. Empty
    /// when the link points into its own note.
    pub target: Cow<'a, str>,
    /// Where the whole link stands, in bytes of the text it was read from.
    pub range: Range<usize>,
    /// Whether the content is shown in place: `![[..]]` or `![..](..)`.
    pub embed: bool,
}

/// The links in the text of a note (below the frontmatter), in order: not those in code, math, HTML or `%%comments%%`,
/// and not those that lead out of the vault by a scheme.
pub fn body_links(body: &str) -> Vec<Link<'_>> {
    let mut links = Vec::new();
    add_body_links(body, &mut Room::default(), &mut links);
    links
}

/// The same, in a list that holds none.
fn add_body_links<'a>(body: &'a str, marks: &mut Room, links: &mut Vec<Link<'a>>) {
    if scan::links(body, marks.find(body.as_bytes()), links).is_none() {
        links.clear();
        // Without a bracket there is none that leads into the vault.
        if memchr(b'[', body.as_bytes()).is_some() {
            links.append(&mut read_markdown(body));
        }
    }
}

/// All links of a note.
#[derive(Debug)]
pub struct NoteLinks<'a> {
    properties: Vec<Link<'static>>,
    body: Vec<Link<'a>>,
    marks: Room,
}

/// What [`NoteLinks`] took of memory, for those of the next note.
#[derive(Debug, Default)]
pub struct Spare {
    body: Vec<Link<'static>>,
    marks: Room,
}

impl<'a> NoteLinks<'a> {
    /// The links of a note, frontmatter and text. `top` is what stands at the top of it.
    pub fn read(text: &'a str, top: &Top, spare: Spare) -> Self {
        let block = if let Top::Block(block) = top { Some(block) } else { None };
        let inner = block.and_then(|block| text.get(block.inner.clone())).unwrap_or_default();
        let start = block.map_or_else(|| frontmatter::start(text.as_bytes()), |block| block.end);
        let (mut body, mut marks) = (emptied(spare.body), spare.marks);
        add_body_links(text.within(start..), &mut marks, &mut body);
        Self { properties: property_links(inner), body, marks }
    }

    /// What they point to, one for each link.
    pub fn targets(&self) -> impl Iterator<Item = &str> + Clone {
        self.properties.iter().chain(&self.body).map(|link| &*link.target)
    }

    /// Gives back the memory they took, unless it was very much.
    pub fn into_spare(self) -> Spare {
        /// More links than nearly all notes have.
        const MOST: usize = 4096;
        let is_much = self.body.capacity() > MOST || self.marks.is_much();
        if is_much { Spare::default() } else { Spare { body: emptied(self.body), marks: self.marks } }
    }
}

/// An empty list in the memory of another.
fn emptied<'b>(mut links: Vec<Link<'_>>) -> Vec<Link<'b>> {
    links.clear();
    // An item of the one has the size of an item of the other: collected, they take the same place.
    links.into_iter().map_while(|_| None).collect()
}

/// The same links by way of Markdown alone.
pub fn read_markdown(body: &str) -> Vec<Link<'_>> {
    match blank(body) {
        Cow::Borrowed(body) => parse(body),
        Cow::Owned(text) => parse(&text).into_iter().map(into_owned).collect(),
    }
}

/// The links in the values of properties: texts that are one wikilink or Markdown link and nothing else, as in
/// `up: "[[Sets]]"`. `block` is the YAML between the fences; when it is not valid there are none.
pub fn property_links(block: &str) -> Vec<Link<'static>> {
    let may_link = |at: usize| match block.as_bytes().get(at..) {
        Some([b'[', rest @ ..]) => rest.first() == Some(&b'['),
        _ => at.checked_sub(1).and_then(|before| block.as_bytes().get(before)) == Some(&b']'),
    };
    if !memchr2_iter(b'[', b'(', block.as_bytes()).any(may_link) {
        return Vec::new();
    }
    let mut links = Vec::new();
    for event in granit_parser::Parser::new_from_str(block) {
        let Ok((event, span)) = event else { return Vec::new() };
        let granit_parser::Event::Scalar(value, ..) = event else { continue };
        let text = value.trim();
        if !(text.starts_with('[') || text.starts_with("![")) {
            continue;
        }
        if let [link] = parse(text).as_slice()
            && link.range == (0..text.len())
        {
            let range = span.byte_range().unwrap_or(0..0);
            links.push(into_owned(Link { range, ..link.clone() }));
        }
    }
    links
}

fn into_owned(link: Link<'_>) -> Link<'static> {
    Link { target: Cow::Owned(link.target.into_owned()), range: link.range, embed: link.embed }
}

fn parse(text: &str) -> Vec<Link<'_>> {
    match Shallow::new(text).into_text() {
        Cow::Borrowed(text) => parse_shallow(text),
        Cow::Owned(text) => parse_shallow(&text).into_iter().map(into_owned).collect(),
    }
}

fn parse_shallow(text: &str) -> Vec<Link<'_>> {
    let mut links = Vec::new();
    for (event, range) in parser_of_shallow(text).into_offset_iter() {
        let (link_type, dest, embed) = match event {
            Event::Start(Tag::Link { link_type, dest_url, .. }) => (link_type, dest_url, false),
            Event::Start(Tag::Image { link_type, dest_url, .. }) => (link_type, dest_url, true),
            _ => continue,
        };
        let dest = match dest {
            pulldown_cmark::CowStr::Borrowed(dest) => Cow::Borrowed(dest),
            dest => Cow::Owned(dest.into_string()),
        };
        let target = match link_type {
            LinkType::Autolink | LinkType::Email => None,
            LinkType::WikiLink { .. } => wiki_target(dest),
            _ => markdown_target(dest),
        };
        links.extend(target.map(|target| Link { target, range, embed }));
    }
    links
}

/// Whether the target of an embed is a picture, a sound, a film or a drawing, and no note.
pub(crate) fn is_media(target: &str) -> bool {
    const ENDINGS: &str = "png jpg jpeg gif svg webp bmp avif tiff mp3 wav ogg m4a flac 3gp mp4 webm mov mkv ogv pdf canvas \
                           base excalidraw";
    let file = target.split('#').next().unwrap_or(target);
    let ending = file.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| ENDINGS.split(' ').any(|known| known.eq_ignore_ascii_case(ending)))
}

/// The file that the inside of a wikilink, up to `|`, names.
pub(crate) fn wiki_target(dest: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if memchr(b'\n', dest.as_bytes()).is_some() {
        return None;
    }
    // In a table the bar is escaped, and the parser leaves the backslash.
    cut(dest, |dest| wiki_file(dest.strip_suffix('\\').unwrap_or(dest)))
}

/// The same of a text without escapes, on one line.
fn wiki_file(dest: &str) -> Option<&str> {
    let dest = trim(dest);
    match dest.as_bytes().iter().position(|b| *b == b'#') {
        Some(heading) => dest.get(..heading).map(trim),
        None => Some(dest).filter(|path| !path.is_empty()),
    }
}

/// The file that the destination of a Markdown link names.
pub(crate) fn markdown_target(dest: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if leads_out(&dest) {
        return None;
    }
    let path = cut(dest, |dest| match memchr(b'#', dest.as_bytes()) {
        Some(heading) => dest.get(..heading),
        None => Some(dest).filter(|path| !path.is_empty()),
    })?;
    if memchr(b'%', path.as_bytes()).is_none() {
        return Some(path);
    }
    let decoded = percent_decode_str(&path).decode_utf8().ok()?.into_owned();
    Some(Cow::Owned(decoded))
}

/// A part of a text, borrowed where the text is.
fn cut<'a>(text: Cow<'a, str>, part: impl Fn(&str) -> Option<&str>) -> Option<Cow<'a, str>> {
    match text {
        Cow::Borrowed(text) => part(text).map(Cow::Borrowed),
        Cow::Owned(text) => part(&text).map(|part| Cow::Owned(part.to_owned())),
    }
}

/// Whether a destination has a scheme like `https:`, or a host.
fn leads_out(dest: &str) -> bool {
    let scheme = dest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')).count();
    let has_scheme = dest.starts_with(|c: char| c.is_ascii_alphabetic()) && dest.as_bytes().get(scheme) == Some(&b':');
    has_scheme || dest.starts_with("//")
}

/// Whether there may be a link reference definition: `[name]: target`. Footnotes do not count.
fn has_definition(body: &[u8]) -> bool {
    static END: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("]:"));
    let (mut seen, mut open) = (0, None);
    END.find_iter(body).any(|at| {
        let found = memrchr(b'[', body.within(seen..at));
        open = found.map(|found| seen + found).or(open);
        seen = at;
        open.is_none_or(|open| body.get(open + 1) != Some(&b'^'))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn targets(body: &str) -> Vec<String> {
        body_links(body).into_iter().map(|link| link.target.into_owned()).collect()
    }

    #[test]
    fn links_of_one_note_after_the_other_take_the_same_memory() {
        let many = format!("---\nup: \"[[a]]\"\n---\n{}", "[[b]] [c](%C3%A4.md)\n".repeat(50));
        let of = |text: &str, spare| {
            let links = NoteLinks::read(text, &frontmatter::find(text.as_bytes()), spare);
            let targets: Vec<String> = links.targets().map(str::to_owned).collect();
            (targets, links.into_spare())
        };
        let (targets, spare) = of(&many, Spare::default());
        assert_eq!((targets.len(), &targets[..3]), (101, &["a", "b", "ä.md"].map(str::to_owned)[..]));
        let room = spare.body.capacity();
        assert!(room >= 100);
        // In the second a quick reading stops half way.
        for (text, expected) in [("[[x]]", ["x"].as_slice()), ("[[x]]\n\n%%[[y]]%%\n[[z]]", &["x", "z"]), ("", &[])] {
            let (targets, spare) = of(text, Spare { body: emptied(Vec::with_capacity(room)), ..Spare::default() });
            assert_eq!(targets, expected);
            assert_eq!((spare.body.len(), spare.body.capacity()), (0, room), "{text}");
        }
    }

    #[test]
    fn links_are_found_where_obsidian_finds_them() {
        let cases: &[(&str, &[&str])] = &[
            ("[[a]] [[b|alias]] [[c#head]] [[d#^block]] ![[e]] [[x/y z]]", &["a", "b", "c", "d", "e", "x/y z"]),
            ("[[ a ]] [[#own heading]] [[]] [[|x]] [[a", &["a", ""]),
            ("| a | b |\n|---|---|\n| [[n\\|alias]] | [[m]] |", &["n", "m"]),
            (
                "[t](a.md) [t](<b c.md>) [t](d%20e.md#h) [t](../f/g.md \"title\") ![i](h.md)",
                &["a.md", "b c.md", "d e.md", "../f/g.md", "h.md"],
            ),
            ("[t](https://x.y/a.md) [t](mailto:a@b) <http://a> [t](//h/a) [t](obsidian://open?file=a)", &[]),
            ("[t][ref] and [ref]\n\n[ref]: a.md\n[web]: http://x", &["a.md", "a.md"]),
            ("[t](#heading) [t]()", &[""]),
            ("`[[a]]` ``[[b]]`` [[c]] `[[d`]]", &["c"]),
            ("```\n[[a]]\n```\n[[b]]\n~~~\n[[c]]\n~~~", &["b"]),
            ("> ```\n> [[a]]\n> ```\n> [[b]]", &["b"]),
            ("    [[a]]\n\n[[b]]\n\n- x\n\n    [[c]]", &["b", "c"]),
            ("- a\n    - [[b]]\n\t- [[c]]", &["b", "c"]),
            ("<!-- [[a]] -->\n[[b]] <!-- [[c]] --> [[d]]", &["b", "d"]),
            ("<div>\n[[a]]\n</div>\n\n[[b]]", &["b"]),
            ("%% [[a]] %% [[b]]", &["b"]),
            ("\\[[a]] [[b]]", &["b"]),
            ("$x[[a]]$ [[b]]", &["b"]),
            ("[[a\nb]] [[日本|x]] [[🧠]]", &["日本", "🧠"]),
            ("Q::[[a]]\n<!--SR:!2030-01-02,4,270-->\n\n[[b]]", &["a", "b"]),
            ("[^1] and [^2]\n\n[^1]: see [[a]]\n[^2]: [t](b.md)", &["a", "b.md"]),
            ("- [ ] [[a]]\n- [x] [t](b.md)", &["a", "b.md"]),
            ("[[a]]\r\n\r\n[[b]]\r\n", &["a", "b"]),
            ("[bad](%FF.md)", &[]),
            ("[a [[b]] c](d.md)", &["b"]),
        ];
        for (body, found) in cases {
            assert_eq!(targets(body), *found, "{body:?}");
            assert_eq!(body_links(body), read_markdown(body), "{body:?}");
        }
    }

    #[test]
    fn a_range_covers_the_whole_link() {
        let body = "é [[a|b]], ![[c]]\n\n`x` [t](<d e.md>)";
        let shown: Vec<&str> = body_links(body).into_iter().map(|link| &body[link.range]).collect();
        assert_eq!(shown, ["[[a|b]]", "![[c]]", "[t](<d e.md>)"]);
    }

    #[test]
    fn properties_link_by_values_that_are_a_link() {
        let cases: &[(&str, &[&str])] = &[
            ("up: \"[[Sets]]\"\n", &["Sets"]),
            ("up: ' [[Sets|x]] '\nsee:\n  - \"[[b#h]]\"\n  - '![[c]]'\n", &["Sets", "b", "c"]),
            ("see: [\"[[a]]\", \"[t](b.md)\"]\n", &["a", "b.md"]),
            ("up: [[Sets]]\n", &[]),
            ("title: \"about [[Sets]]\"\n", &[]),
            ("text: |\n  \"[[a]]\"\n", &[]),
            ("up: \"[[a]]\"\nbroken: [\n", &[]),
            ("# \"[[a]]\"\nx: 1\n", &[]),
        ];
        for (block, found) in cases {
            let targets: Vec<_> = property_links(block).into_iter().map(|link| link.target).collect();
            assert_eq!(targets, *found, "{block:?}");
        }
        let block = "é: 1\nup: \"[[Sets]]\"\n";
        assert_eq!(&block[property_links(block)[0].range.clone()], "\"[[Sets]]\"");
    }

    #[test]
    fn ten_thousand_links_in_one_note_are_counted() {
        let body = "[[a]] [[b|x]] `code` [t](c.md)\n".repeat(2500);
        assert_eq!(body_links(&body).len(), 7500);
        let deep = "[".repeat(50_000) + "a" + &"]".repeat(50_000);
        body_links(&deep);
    }

    #[test]
    fn hostile_texts_take_linear_time() {
        let many = 30_000;
        let repeated = [
            "<a ",
            "]: ",
            "[a](b) <!x ",
            "[[a|b]]\n",
            "[[a]] | ",
            "![[a]] ",
            "[[a]]\n",
            "`a` [[b]] ",
            "`[",
            "[[a]] $ ",
            "[a](<b c>)\n|",
            "> - [ ] [[a]]\n",
            "~~~\n[[a]]\n~~~\n",
            "[[a]]\n\n    [[b]]\n",
            "50%% off\n",
            "   ```\na line\n",
            "`$ [[a#",
            "[[a#|",
        ];
        for body in repeated.map(|part| part.repeat(many)).into_iter().chain(["x <? ".repeat(many) + "?>"]) {
            body_links(&format!("[[n]] [^1]: {body}\n"));
            body_links(&body);
            body_links(&format!("{body}](x)"));
        }
        assert_eq!(body_links(&"[[a|b]] ".repeat(many)).len(), many);
        assert_eq!(body_links(&("~~~\n~~~\n".repeat(many) + "[[a]]")).len(), 1);
    }

    /// Texts made of what matters to links.
    fn body() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "[[a]]",
            "[[b|c]]",
            "![[d]]",
            "[t](e.md)",
            "[t](<f g>)",
            "[t](http://x)",
            "[[",
            "]]",
            "[",
            "]",
            "(",
            ")",
            "](",
            "|",
            "`",
            "`x`",
            "``",
            "\0",
            "2. ",
            "```\n",
            "~~~\n",
            "$",
            "$$",
            "<!--",
            "-->",
            "<b>",
            "<div>",
            "</div>",
            "<",
            "\\",
            " ",
            "\n",
            "\n\n",
            "\n",
            "\t",
            "    ",
            "> ",
            "- ",
            "1. ",
            "# ",
            "word",
            "é",
            "\r\n",
            "|---|\n",
            "[ ] ",
            "[^1]",
            "[^1]: ",
            "[x]: y\n",
            "\\[",
            "~~~\t\n",
            "`a",
            "| [[a|b]] |",
            "[ ]",
            "[x] ",
            "](z)",
            "&amp;",
            "\"",
            "!",
            "<pre>",
            "<!-- x -->",
            "***\n",
            "---\n",
            "%%",
            "5 %",
            "#",
            "[[e#f]]",
            "[[#g|h]]",
            "`$i`",
            "`j]`",
        ]);
        prop::collection::vec(pieces, 0..20).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn bytes_and_markdown_agree(body in body()) {
            prop_assert_eq!(body_links(&body), read_markdown(&body), "{:?}", body);
        }

        #[test]
        fn no_text_is_too_strange(body in "[\\[\\](|#%`é\u{0}]{0,60}|\\PC{0,100}") {
            body_links(&body);
            property_links(&body);
        }
    }
}
