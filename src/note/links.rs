//! The links of a note: wikilinks, Markdown links and links in properties.
//!
//! [`body_links`] reads most notes on bytes and parses Markdown only for the paragraphs, or at worst the notes, where
//! something could hide or reshape a link. [`read_markdown`] is the slow reading that it agrees with.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memmem, memrchr};
use percent_encoding::percent_decode_str;
use pulldown_cmark::{Event, LinkType, Tag};

use super::comments::blank;
use super::markdown::{has_lone_return, parser};

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
    let bytes = body.as_bytes();
    if memmem::find(bytes, b"[[").is_none() && memmem::find(bytes, b"](").is_none() && !has_definition(bytes) {
        return Vec::new();
    }
    scan(body).unwrap_or_else(|| read_markdown(body))
}

/// The targets of all links of a note, frontmatter and text, one for each link.
pub fn targets(text: &str) -> Vec<Cow<'_, str>> {
    let block = super::frontmatter::block(text.as_bytes());
    let inner = block.as_ref().and_then(|block| text.get(block.inner.clone())).unwrap_or_default();
    let body = text.get(super::frontmatter::body(text.as_bytes())..).unwrap_or_default();
    property_links(inner).into_iter().chain(body_links(body)).map(|link| link.target).collect()
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
    if memmem::find(block.as_bytes(), b"[[").is_none() && memmem::find(block.as_bytes(), b"](").is_none() {
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
    let mut links = Vec::new();
    for (event, range) in parser(text).into_offset_iter() {
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

/// The file that the inside of a wikilink, up to `|`, names.
pub(crate) fn wiki_target(dest: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if dest.contains('\n') {
        return None;
    }
    cut(dest, |dest| {
        // In a table the bar is escaped, and the parser leaves the backslash.
        let dest = dest.strip_suffix('\\').unwrap_or(dest).trim();
        let (path, heading) = dest.split_once('#').map_or((dest, false), |(path, _)| (path, true));
        (heading || !path.is_empty()).then(|| path.trim())
    })
}

/// The file that the destination of a Markdown link names.
pub(crate) fn markdown_target(dest: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if leads_out(&dest) {
        return None;
    }
    let path = cut(dest, |dest| {
        let (path, heading) = dest.split_once('#').map_or((dest, false), |(path, _)| (path, true));
        (heading || !path.is_empty()).then_some(path)
    })?;
    if !path.contains('%') {
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
    let Some((scheme, _)) = dest.split_once(':') else { return dest.starts_with("//") };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        || dest.starts_with("//")
}

/// Whether there may be a link reference definition: `[name]: target`. Footnotes do not count.
fn has_definition(body: &[u8]) -> bool {
    memmem::find_iter(body, b"]:").any(|at| {
        let before = body.get(..at).unwrap_or_default();
        memrchr(b'[', before).is_none_or(|open| body.get(open + 1) != Some(&b'^'))
    })
}

/// The links of `body` without parsing it as a whole; `None` when that is not safe.
fn scan(body: &str) -> Option<Vec<Link<'_>>> {
    let bytes = body.as_bytes();
    if memmem::find(bytes, b"%%").is_some() || has_definition(bytes) || has_lone_return(bytes) {
        return None;
    }
    let hidden = hidden_blocks(bytes)?;
    let mut hidden = hidden.iter().peekable();
    let mut links = Vec::new();
    let mut at = 0;
    while let Some(open) = memchr(b'[', bytes.get(at..)?).map(|found| at + found) {
        while let Some(block) = hidden.next_if(|block| block.end <= open) {
            at = at.max(block.end);
        }
        let mut limit = bytes.len();
        if let Some(block) = hidden.peek() {
            if block.contains(&open) {
                at = block.end;
                continue;
            }
            limit = block.start;
        }
        let paragraph = paragraph_around(bytes, open, at, limit);
        at = paragraph.end;
        let text = body.get(paragraph.clone())?;
        let known = links.len();
        if !scan_paragraph(text, paragraph.start, &mut links) {
            links.truncate(known);
            if text.starts_with([' ', '\t']) || text.contains("[^") {
                // It may continue a list item, be indented code, or refer to a footnote.
                return None;
            }
            let shift = |link: Link<'_>| {
                let range = link.range.start + paragraph.start..link.range.end + paragraph.start;
                Link { range, ..into_owned(link) }
            };
            links.extend(parse(text).into_iter().map(shift));
        }
    }
    Some(links)
}

/// The fenced code and HTML comments that stand at the start of lines; `None` when a block could be something else.
fn hidden_blocks(body: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut blocks = Vec::new();
    let marks: [&[u8]; 3] = [b"```", b"~~~", b"<"];
    let mut next: [Option<usize>; 3] = marks.map(|mark| memmem::find(body, mark));
    while let Some((kind, start)) =
        next.iter().enumerate().filter_map(|(kind, at)| Some((kind, (*at)?))).min_by_key(|(_, at)| *at)
    {
        let line_start = memrchr(b'\n', body.get(..start)?).map_or(0, |end| end + 1);
        let mut after = start + 1;
        if kind < 2 {
            if start != line_start {
                return None;
            }
            opens_block(body, start, &blocks)?;
            let block = fence(body, start)?;
            after = block.end;
            blocks.push(block);
        } else {
            match body.get(start + 1)? {
                b'!' | b'?' if body.get(line_start..start)?.iter().all(|b| *b == b' ') => {
                    // An HTML comment to the end of the line on which it is closed.
                    let rest = body.get(start..)?;
                    if !rest.starts_with(b"<!--") || line_start != start {
                        return None;
                    }
                    opens_block(body, start, &blocks)?;
                    // `<!-->` closes itself.
                    let close = memmem::find(rest.get(2..)?, b"-->")? + 2;
                    let end = memchr(b'\n', rest.get(close..)?).map_or(rest.len(), |end| close + end + 1);
                    after = start + end;
                    blocks.push(start..after);
                }
                // A comment in a list item or a quote, or an inline one: left to the paragraph, if it ends there.
                b'!' | b'?' => {
                    let rest = body.get(start..)?;
                    let line = memchr(b'\n', rest).map_or(rest, |end| rest.get(..end).unwrap_or_default());
                    memmem::find(line, b">")?;
                }
                // Blocks of HTML that go on over blank lines.
                b's' | b'S' | b'p' | b'P' | b't' | b'T' => {
                    let name: Vec<u8> = body.get(start + 1..)?.iter().take(8).map(u8::to_ascii_lowercase).collect();
                    if [&b"script"[..], b"style", b"pre", b"textarea"].iter().any(|raw| name.starts_with(raw)) {
                        return None;
                    }
                }
                _ => {}
            }
        }
        for (mark, at) in marks.iter().zip(&mut next) {
            if at.is_some_and(|at| at < after) {
                *at = memmem::find(body.get(after..)?, mark).map(|found| after + found);
            }
        }
    }
    Some(blocks)
}

/// Makes sure that no block of HTML reaches down to the line at `start`, after the `blocks` so far.
fn opens_block(body: &[u8], start: usize, blocks: &[Range<usize>]) -> Option<()> {
    let least = blocks.last().map_or(0, |block| block.end);
    if start == least {
        return Some(());
    }
    let before = body.get(paragraph_around(body, start - 1, least, start))?;
    (!memchr_iter(b'<', before).any(|at| may_be_html(before, at))).then_some(())
}

/// The fenced code that opens at the start of the line at `start`; `None` when it is none.
fn fence(body: &[u8], start: usize) -> Option<Range<usize>> {
    let rest = body.get(start..)?;
    let mark = *rest.first()?;
    let run = rest.iter().take_while(|b| **b == mark).count();
    let mut line_end = memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
    if mark == b'`' && memchr(b'`', rest.get(run..line_end)?).is_some() {
        return None;
    }
    while line_end < rest.len() {
        let line = rest.get(line_end..)?;
        let line = line.get(..memchr(b'\n', line).map_or(line.len(), |end| end + 1))?;
        line_end += line.len();
        let indent = line.iter().take_while(|b| **b == b' ').count();
        let closing = line.get(indent..)?.trim_ascii_end();
        if indent < 4 && closing.len() >= run && closing.iter().all(|b| *b == mark) {
            break;
        }
    }
    Some(start..start + line_end)
}

/// The lines around `at` up to the nearest blank ones, within `least..most`.
fn paragraph_around(body: &[u8], at: usize, least: usize, most: usize) -> Range<usize> {
    let line_before =
        |end: usize| memrchr(b'\n', body.get(least..end).unwrap_or_default()).map_or(least, |lf| least + lf + 1);
    let is_blank = |line: &[u8]| line.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
    let mut start = line_before(at);
    while start > least {
        let before = line_before(start - 1);
        if is_blank(body.get(before..start).unwrap_or_default()) {
            break;
        }
        start = before;
    }
    let mut end = at;
    while end < most {
        let line = body.get(end..most).unwrap_or_default();
        let line_end = memchr(b'\n', line).map_or(line.len(), |end| end + 1);
        if end != at && is_blank(line.get(..line_end).unwrap_or_default()) {
            break;
        }
        end += line_end;
    }
    start..end
}

/// Adds the links of a paragraph; false when it holds anything that only a parser gets right.
fn scan_paragraph<'a>(text: &'a str, offset: usize, links: &mut Vec<Link<'a>>) -> bool {
    let bytes = text.as_bytes();
    if bytes.iter().any(|b| matches!(b, b'`' | b'$' | b'\\' | b'\t' | 0)) || memmem::find(bytes, b"    ").is_some() {
        return false;
    }
    if memchr_iter(b'<', bytes).any(|at| may_be_html(bytes, at)) || may_be_table(bytes) {
        return false;
    }
    let mut at = 0;
    while let Some(open) = memchr(b'[', bytes.get(at..).unwrap_or_default()).map(|found| at + found) {
        let (Some(rest), Some(between)) = (text.get(open..), bytes.get(at..open)) else { return false };
        if memchr(b']', between).is_some() {
            return false;
        }
        let embed = open > 0 && bytes.get(open - 1) == Some(&b'!');
        let Some((target, length)) = simple_link(rest) else { return false };
        if let Some(target) = target {
            let range = offset + open - usize::from(embed)..offset + open + length;
            links.push(Link { target, range, embed });
        }
        at = open + length;
    }
    bytes.get(at..).is_none_or(|rest| memchr(b']', rest).is_none())
}

fn may_be_html(text: &[u8], at: usize) -> bool {
    let angled = at >= 2 && text.get(at - 2..at) == Some(b"](");
    let next = text.get(at + 1).copied().unwrap_or(b' ');
    !angled && (next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?'))
}

/// What a `[` opens: the target, if it is a link into the vault, and the length of it all. `None`: not simple.
fn simple_link(text: &str) -> Option<(Option<Cow<'_, str>>, usize)> {
    let bytes = text.as_bytes();
    let stop = |from: usize| {
        let found = bytes.get(from..)?.iter().position(|b| matches!(b, b'[' | b']' | b'\n' | b'\r'))?;
        Some(from + found)
    };
    if bytes.get(1) == Some(&b'[') {
        let end = stop(2)?;
        if end == 2 || bytes.get(end..end + 2) != Some(b"]]") || bytes.get(end + 2) == Some(&b']') {
            return None;
        }
        let inside = text.get(2..end)?;
        let dest = match inside.split_once('|') {
            Some((dest, alias)) if !dest.is_empty() && !alias.is_empty() => dest,
            Some(_) => return None,
            None => inside,
        };
        if dest.trim().is_empty() {
            return None;
        }
        return Some((wiki_target(Cow::Borrowed(dest)), end + 2));
    }
    let close = stop(1)?;
    if bytes.get(close) != Some(&b']') {
        return None;
    }
    match bytes.get(close + 1) {
        Some(b'(') => {}
        // Brackets in brackets, a reference, a definition.
        Some(b'[' | b':' | b']') => return None,
        _ => return Some((None, close + 1)),
    }
    if close == 1 || bytes.get(1) == Some(&b'^') {
        return None;
    }
    let from = close + 2;
    let rest = bytes.get(from..)?;
    let (dest, length) = if rest.first() == Some(&b'<') {
        let end = 1 + rest.get(1..)?.iter().position(|b| matches!(b, b'>' | b'<' | b'\n' | b'\r' | b'&'))?;
        (rest.get(end..end + 2) == Some(b">)")).then_some((1..end, end + 2))?
    } else {
        let end = rest.iter().position(|b| matches!(b, b')' | b'(' | b'<' | b'&') || *b <= b' ' || *b == 0x7f)?;
        (rest.get(end) == Some(&b')')).then_some((0..end, end + 1))?
    };
    let dest = text.get(from + dest.start..from + dest.end)?;
    Some((markdown_target(Cow::Borrowed(dest)), from + length))
}

/// Whether a line of the paragraph looks like the one below the heads of a table, where bars divide links and what
/// stands in cells too many is dropped.
fn may_be_table(paragraph: &[u8]) -> bool {
    memchr(b'-', paragraph).is_some()
        && paragraph.split(|b| *b == b'\n').any(|line| {
            line.contains(&b'-')
                && line.iter().all(|b| matches!(b, b'-' | b'|' | b':' | b' ' | b'\r' | b'>' | b'*' | b'+'))
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
            "&amp;",
            "\"",
            "!",
            "<pre>",
            "<!-- x -->",
            "***\n",
            "---\n",
            "%%",
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
