//! The text inside a block: emphasis, links, and the marks that the parser does not know.

use std::sync::Arc;

use pulldown_cmark::LinkType;

use super::fold::Frag;
use crate::show::line::{Role, Style, Target};
use crate::show::text::clean;
use crate::within::Within;

/// What was collected for the block at hand, and the styles that are open.
#[derive(Default)]
pub(super) struct Inline {
    pub frags: Vec<Frag>,
    /// The role of text that has no other, in headings and heads of tables.
    pub base: Option<Role>,
    pub strong: u32,
    pub emphasis: u32,
    pub struck: u32,
    pub link: Option<u32>,
    pub link_role: Role,
    /// The note that the last picture of the block embeds.
    pub embed: Option<String>,
    image: Option<Image>,
    /// HTML elements that are open: never more than one deep in effect, closed with the block.
    html: Html,
    /// The next text must not be joined to the last one.
    apart: bool,
}

#[derive(Default)]
struct Html {
    strong: bool,
    emphasis: bool,
    struck: bool,
    code: bool,
    highlight: bool,
}

/// HTML elements that start and end a line.
const BLOCKS: [&str; 23] = [
    "p",
    "div",
    "li",
    "tr",
    "ul",
    "ol",
    "table",
    "details",
    "summary",
    "pre",
    "blockquote",
    "dt",
    "dd",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "section",
    "center",
    "figure",
    "article",
];

/// A picture while its description is read.
pub(super) struct Image {
    pub destination: String,
    /// What `![[...]]` names.
    pub wiki: Option<String>,
    pub alt: String,
    pub at: usize,
    /// Pictures inside the description.
    depth: u32,
}

impl Inline {
    /// The style of text at this point.
    pub fn style(&self) -> Style {
        let role = match self.link {
            Some(_) => self.link_role,
            None if self.html.code => Role::Code,
            None => self.base.unwrap_or_default(),
        };
        Style {
            role,
            strong: self.strong > 0 || self.html.strong,
            emphasis: self.emphasis > 0 || self.html.emphasis,
            struck: self.struck > 0 || self.html.struck,
            highlight: self.html.highlight,
        }
    }

    /// Adds text, made harmless; `apart` when it must not be joined to what stands before.
    pub fn push(&mut self, text: &str, style: Style, link: Option<u32>, at: usize, apart: bool) {
        let joins = !apart && !std::mem::replace(&mut self.apart, apart);
        if text.is_empty() {
            return;
        }
        let text = clean(text);
        match self.frags.last_mut() {
            Some(last)
                if joins
                    && !last.hard
                    && last.style == style
                    && last.link == link
                    && last.at + last.text.len() == at =>
            {
                last.text.push_str(&text);
            }
            _ => self.frags.push(Frag { text: text.into_owned(), style, link, at, hard: false }),
        }
    }

    /// An HTML element opens or closes.
    pub fn tag(&mut self, name: &str, open: bool, at: usize) {
        match name {
            "b" | "strong" | "summary" | "th" => self.html.strong = open,
            "i" | "em" | "cite" | "var" | "dfn" => self.html.emphasis = open,
            "s" | "del" | "strike" => self.html.struck = open,
            "code" | "kbd" | "samp" | "tt" | "pre" => self.html.code = open,
            "mark" => self.html.highlight = open,
            "a" => self.link = None,
            _ => {}
        }
        if matches!(name, "br" | "hr") || (BLOCKS.contains(&name) && self.frags.last().is_some_and(|last| !last.hard)) {
            self.frags.push(Frag::hard(at));
        }
        match name {
            "li" if open => self.push("* ", Role::Bullet.style(), None, at, true),
            "td" | "th" if !open => self.push("  ", Style::default(), None, at, true),
            _ => {}
        }
    }

    pub fn start_image(&mut self, link_type: LinkType, destination: &str, at: usize) {
        if let Some(image) = &mut self.image {
            image.depth += 1;
            return;
        }
        let wiki = matches!(link_type, LinkType::WikiLink { .. });
        self.image = Some(Image {
            destination: destination.to_owned(),
            wiki: wiki.then(|| wiki_target(destination, true)).flatten(),
            alt: String::new(),
            at,
            depth: 0,
        });
    }

    /// Takes `text` for the description of a picture, if one is being read.
    pub fn in_image(&mut self, text: &str) -> bool {
        match &mut self.image {
            Some(image) => {
                image.alt.push_str(text);
                true
            }
            None => false,
        }
    }

    /// The picture that ends here.
    pub fn end_image(&mut self) -> Option<Image> {
        if let Some(image) = &mut self.image
            && image.depth > 0
        {
            image.depth -= 1;
            return None;
        }
        self.image.take()
    }

    /// The note that the block embeds, if it does nothing else.
    pub fn only_embed(&mut self) -> Option<String> {
        let target = self.embed.take();
        let alone = self.frags.iter().filter(|frag| !frag.text.trim().is_empty()).count() == 1;
        target.filter(|_| alone)
    }

    /// The text of the block, with highlights, tags, addresses and block names worked out. What was open is closed.
    pub fn finish(&mut self, links: &mut Vec<Arc<Target>>) -> Vec<Frag> {
        self.html = Html::default();
        self.embed = None;
        let mut frags = std::mem::take(&mut self.frags);
        while frags.last().is_some_and(|frag| frag.hard) {
            frags.pop();
        }
        drop_block_name(&mut frags);
        let frags = highlights(frags);
        marks(frags, links)
    }
}

/// What a wikilink names: without a backslash that protects the bar in a table, without line ends.
pub(super) fn wiki_target(destination: &str, in_table: bool) -> Option<String> {
    let name = destination.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = if in_table { name.trim_end_matches('\\') } else { &name };
    let name = name.trim().trim_end_matches(".md");
    (!name.is_empty()).then(|| name.to_owned())
}

/// The last part of a path or address, without what follows `?` or `#`.
pub(super) fn file_name(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
    let decoded = percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned();
    if decoded.trim().is_empty() { "?".into() } else { decoded }
}

/// The mark of a task that the parser does not know, as in `[/] half done`; takes it off the text.
pub(super) fn task_mark(frags: &mut [Frag], at_item: bool) -> Option<char> {
    let first = frags.first_mut().filter(|_| at_item)?;
    let mut characters = first.text.chars();
    let mark = match (characters.next(), characters.next(), characters.next(), characters.next()) {
        (Some('['), Some(mark), Some(']'), Some(' ')) => mark,
        _ => return None,
    };
    let length = 3 + mark.len_utf8();
    first.text.drain(..length);
    first.at += length;
    Some(mark)
}

/// Whether marks in this text are marks.
fn is_prose(frag: &Frag) -> bool {
    !frag.hard && !matches!(frag.style.role, Role::Code | Role::Math | Role::Image | Role::Footnote)
}

/// Takes ` ^name` off the end of a block: it is there for links.
fn drop_block_name(frags: &mut Vec<Frag>) {
    let Some(last) = frags.last_mut().filter(|last| is_prose(last)) else { return };
    let Some(at) = last.text.rfind('^') else { return };
    let (before, name) = last.text.split_at(at);
    let named = name.len() > 1 && name[1..].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if named && (before.is_empty() || before.ends_with(' ')) {
        let kept = before.trim_end().len();
        last.text.truncate(kept);
        if kept == 0 {
            frags.pop();
        }
    }
}

/// Lays the marker over what stands between `==` and `==`.
fn highlights(frags: Vec<Frag>) -> Vec<Frag> {
    let mut marks: Vec<(usize, usize)> = Vec::new();
    for (index, frag) in frags.iter().enumerate().filter(|(_, frag)| is_prose(frag)) {
        let mut from = 0;
        while let Some(at) = frag.text.get(from..).and_then(|rest| rest.find("==")) {
            let at = from + at;
            let run = frag.text.bytes().skip(at).take_while(|&b| b == b'=').count();
            if run == 2 {
                marks.push((index, at));
            }
            from = at + run;
        }
    }
    if marks.len() < 2 {
        return frags;
    }
    // A mark opens when text follows it, and closes when text stands before it.
    let text_at = |index: usize, at: usize| frags.get(index).and_then(|frag| frag.text.get(at..)).unwrap_or_default();
    let opens = |&(index, at): &(usize, usize)| match text_at(index, at + 2).chars().next() {
        Some(c) => !c.is_whitespace(),
        None => index + 1 < frags.len(),
    };
    let closes = |&(index, at): &(usize, usize)| match frags
        .get(index)
        .and_then(|frag| frag.text.get(..at))
        .and_then(|before| before.chars().next_back())
    {
        Some(c) => !c.is_whitespace(),
        None => index > 0,
    };
    let mut used: Vec<(usize, usize)> = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    for mark in marks {
        match open {
            Some(start) if closes(&mark) => {
                used.extend([start, mark]);
                open = None;
            }
            None if opens(&mark) => open = Some(mark),
            _ => {}
        }
    }
    let mut result = Vec::with_capacity(frags.len() + used.len());
    let mut used = used.into_iter().peekable();
    let mut on = false;
    for (index, frag) in frags.into_iter().enumerate() {
        let mut start = 0;
        while let Some((_, at)) = used.next_if(|&(frag, _)| frag == index) {
            push_part(&mut result, &frag, start, at, on);
            on = !on;
            start = at + 2;
        }
        if frag.hard {
            result.push(frag);
        } else {
            push_part(&mut result, &frag, start, frag.text.len(), on);
        }
    }
    result
}

fn push_part(result: &mut Vec<Frag>, frag: &Frag, start: usize, end: usize, highlight: bool) {
    let text = frag.text.within(start..end);
    if !text.is_empty() {
        let style = Style { highlight: frag.style.highlight || highlight, ..frag.style };
        result.push(Frag { text: text.to_owned(), style, link: frag.link, at: frag.at + start, hard: false });
    }
}

/// Finds `#tags` and bare addresses.
fn marks(frags: Vec<Frag>, links: &mut Vec<Arc<Target>>) -> Vec<Frag> {
    let plain = |frag: &Frag| is_prose(frag) && frag.link.is_none();
    if !frags.iter().any(|frag| plain(frag) && (frag.text.contains('#') || frag.text.contains("://"))) {
        return frags;
    }
    let mut result = Vec::with_capacity(frags.len());
    for frag in frags {
        if !plain(&frag) {
            result.push(frag);
            continue;
        }
        let mut start = 0;
        let mut at = 0;
        while let Some(word) = next_word(&frag.text, &mut at) {
            let text = frag.text.within(word.clone());
            let marked = tag(text).map(|length| (length, Role::Tag, None)).or_else(|| {
                let length = address(text)?;
                let index = u32::try_from(links.len()).ok()?;
                links.push(Arc::new(Target::of(text.get(..length)?)?));
                Some((length, Role::Link, Some(index)))
            });
            if let Some((length, role, link)) = marked {
                push_part(&mut result, &frag, start, word.start, false);
                let end = word.start + length;
                push_part(&mut result, &frag, word.start, end, false);
                if let Some(last) = result.last_mut() {
                    last.style.role = role;
                    last.link = link;
                }
                start = end;
            }
        }
        push_part(&mut result, &frag, start, frag.text.len(), false);
    }
    result
}

/// The next word that may be a tag or an address, from byte `at` on: it starts after a blank or an opening bracket.
fn next_word(text: &str, at: &mut usize) -> Option<std::ops::Range<usize>> {
    let rest = text.get(*at..)?;
    let start = *at + rest.find(|c: char| !c.is_whitespace() && c != '(')?;
    let length = text.get(start..)?.find(char::is_whitespace);
    let end = length.map_or(text.len(), |length| start + length);
    *at = end;
    Some(start..end)
}

/// The bytes of the tag that `word` starts with.
fn tag(word: &str) -> Option<usize> {
    let name = word.strip_prefix('#')?;
    let allowed =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/') || (!c.is_ascii() && !c.is_whitespace());
    let end = name.find(|c| !allowed(c)).unwrap_or(name.len());
    let name = name.get(..end)?;
    name.chars().any(|c| !c.is_ascii_digit()).then_some(1 + end)
}

/// The bytes of the address that `word` starts with, without a stop that belongs to the sentence.
fn address(word: &str) -> Option<usize> {
    let scheme = ["https://", "http://", "obsidian://"].into_iter().find(|scheme| word.starts_with(scheme))?;
    let end = word.find(['<', '>', '"', '`']).unwrap_or(word.len());
    let mut address = word.get(..end)?.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_']);
    if !address.contains('(') {
        address = address.split(')').next().unwrap_or(address);
    }
    (address.len() > scheme.len()).then_some(address.len())
}
