//! One line of text with its links: what a title, a paragraph or a cell of a table says.

use std::collections::HashSet;
use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::Target;
use crate::note::links::is_media;
use crate::within::Within;

/// A link as it stands in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub target: Target,
    /// What it says.
    pub label: String,
    /// Its first byte in the text that is read; `None` for an address in plain text.
    pub at: Option<usize>,
}

/// A line while its events come in.
#[derive(Clone, Debug, Default)]
pub struct Inline {
    /// Everything that is shown.
    pub text: String,
    /// What is shown outside links.
    pub outside: String,
    /// The links, in order.
    pub links: Vec<Link>,
    /// Links to headings of the same note.
    pub inner_links: usize,
    /// The end of the bold text that the line begins with.
    pub lead: Option<usize>,
    /// Whether a picture is shown.
    pub pictures: bool,
    /// Spans that are open: links, bold, italics.
    pub depth: usize,
    open: Option<Open>,
    strong: Option<usize>,
    struck: usize,
    struck_letters: usize,
    image: usize,
}

#[derive(Clone, Debug)]
struct Open {
    target: Option<Target>,
    from: usize,
    at: usize,
    html: bool,
    /// Shown in place of the text of a wikilink without an alias.
    instead: bool,
}

impl Inline {
    /// Whether nothing is shown and nothing linked.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.links.is_empty()
    }

    /// Whether every letter is struck out.
    pub fn is_struck(&self) -> bool {
        self.struck_letters > 0 && self.struck_letters == letters(&self.text)
    }

    /// Takes an event of the line. `from` is where the line begins for its reader; text before it (a box) is left out.
    pub fn take(&mut self, event: &Event<'_>, range: Range<usize>, from: usize) {
        match event {
            Event::Start(tag) => self.start(tag, &range),
            Event::End(tag) => self.end(*tag),
            _ if range.end <= from && from > 0 => {}
            Event::Text(text) => match from.checked_sub(range.start) {
                Some(skip) if range.len() == text.len() => self.push(text.within(skip..)),
                _ => self.push(text),
            },
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => self.push(text),
            Event::SoftBreak | Event::HardBreak => self.push(" "),
            Event::InlineHtml(html) | Event::Html(html) => self.html(html, range.start),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: &Range<usize>) {
        self.depth += 1;
        match tag {
            Tag::Link { link_type, dest_url, .. } => self.link(*link_type, dest_url, range.start),
            Tag::Image { link_type: LinkType::WikiLink { .. }, dest_url, .. }
                if !is_media(dest_url) && self.image == 0 =>
            {
                self.image += 1;
                if let Some(target) = wiki(dest_url) {
                    self.links.push(Link { target, label: String::new(), at: Some(range.start) });
                }
            }
            Tag::Image { .. } => {
                self.image += 1;
                self.pictures = true;
            }
            Tag::Strong if self.text.trim().is_empty() => self.strong = Some(self.depth),
            Tag::Strikethrough => self.struck += 1,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Link => self.close(),
            TagEnd::Image => self.image = self.image.saturating_sub(1),
            TagEnd::Strong if self.strong == Some(self.depth) => {
                self.strong = None;
                self.lead = Some(self.text.len());
            }
            TagEnd::Strikethrough => self.struck = self.struck.saturating_sub(1),
            _ => {}
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn link(&mut self, link_type: LinkType, dest: &str, at: usize) {
        self.close();
        let (target, instead) = match link_type {
            LinkType::WikiLink { has_pothole } => (wiki(dest), !has_pothole),
            _ => (target(dest), false),
        };
        self.inner_links += usize::from(target.is_none());
        self.open = Some(Open { target, from: self.text.len(), at, html: false, instead: false });
        if instead {
            let name = dest.trim_end_matches('\\');
            self.push(match name.rsplit_once('#') {
                Some(("", heading)) => heading,
                _ => name.rsplit('/').next().unwrap_or(name),
            });
            if let Some(open) = &mut self.open {
                open.instead = true;
            }
        }
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        if let Some(target) = open.target {
            let label = self.text.within(open.from..);
            let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
            self.links.push(Link { target, label, at: Some(open.at) });
        }
    }

    fn push(&mut self, text: &str) {
        if self.image > 0 || self.open.as_ref().is_some_and(|open| open.instead) {
            return;
        }
        self.text.push_str(text);
        if self.open.is_none() {
            self.outside.push_str(text);
        }
        if self.struck > 0 {
            self.struck_letters += letters(text);
        }
    }

    /// Takes HTML: `<a href>` is a link, whatever closes it; other tags are left out, text between them is kept.
    fn html(&mut self, html: &str, at: usize) {
        let mut rest = html;
        while let Some(open) = rest.find('<') {
            let (before, tag) = rest.split_at(open);
            self.push(before);
            let Some(close) = tag.find('>') else {
                rest = "";
                break;
            };
            self.tag(tag.within(1..close), at);
            rest = tag.within(close + 1..);
        }
        self.push(rest);
    }

    fn tag(&mut self, tag: &str, at: usize) {
        let name: String = tag.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
        match name.to_ascii_lowercase().as_str() {
            "a" if let Some(dest) = href(tag) => {
                self.close();
                let target = target(dest);
                self.inner_links += usize::from(target.is_none());
                self.open = Some(Open { target, from: self.text.len(), at, html: true, instead: false });
            }
            // `<a/>` and a second `<a>` are how a closing tag is mistyped.
            "/a" | "a" | "a/" => self.close(),
            "br" | "br/" | "p" | "/p" | "/li" => self.push(" "),
            _ => {}
        }
    }

    /// The line with every link closed, a mistyped `</a` cut off, and addresses in plain text made links.
    pub fn finish(mut self) -> Self {
        if self.open.as_ref().is_some_and(|open| open.html) {
            for text in [&mut self.text, &mut self.outside] {
                if let Some(cut) = text.trim_end().strip_suffix("</a") {
                    text.truncate(cut.len());
                }
            }
        }
        self.close();
        if self.outside.contains("://") {
            let found: Vec<String> = self.outside.split_whitespace().filter_map(bare_url).map(str::to_owned).collect();
            let known: HashSet<&str> = found.iter().map(String::as_str).collect();
            self.outside = without(&self.outside, &known);
            let text = without(&self.text, &known);
            self.text = if text.trim().is_empty() { found.first().cloned().unwrap_or_default() } else { text };
            let link = |url| Link { target: Target::Url(url), label: String::new(), at: None };
            self.links.extend(found.into_iter().map(link));
        }
        self
    }
}

/// `text` without the words that are one of `urls`.
fn without(text: &str, urls: &HashSet<&str>) -> String {
    let kept = text.split_inclusive(char::is_whitespace).map(|word| match bare_url(word.trim_end()) {
        Some(url) if urls.contains(url) => word.replacen(url, "", 1),
        _ => word.to_owned(),
    });
    kept.collect()
}

/// The address that a word in plain text is.
fn bare_url(word: &str) -> Option<&str> {
    let at = word.find("https://").or_else(|| word.find("http://"))?;
    let url = word.get(at..)?.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '>', '"', '\'', '*', '_']);
    (url.len() > "https://".len()).then_some(url)
}

/// What the destination of a Markdown or HTML link is; `None` for a place in the same note.
fn target(dest: &str) -> Option<Target> {
    let dest = dest.trim();
    if dest.is_empty() || dest.starts_with('#') {
        return None;
    }
    let scheme = dest.split_once(':').map_or("", |(scheme, _)| scheme);
    let schemed = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    Some(if schemed || dest.starts_with("//") { Target::Url(dest.to_owned()) } else { Target::File(dest.to_owned()) })
}

/// What `[[dest]]` leads to; `None` for a place in the same note.
fn wiki(dest: &str) -> Option<Target> {
    // A `|` in a table is written `\|`, and the parser leaves the backslash.
    let dest = dest.trim_end_matches('\\');
    let dest = dest.split_whitespace().collect::<Vec<_>>().join(" ");
    (!dest.is_empty() && !dest.starts_with('#')).then_some(Target::Wiki(dest))
}

/// The value of `href` in the inside of a tag.
fn href(tag: &str) -> Option<&str> {
    let at = tag.to_ascii_lowercase().find("href")?;
    let value = tag.get(at + 4..)?.trim_start().strip_prefix('=')?.trim_start();
    match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next(),
        _ => value.split(|c: char| c.is_whitespace()).next(),
    }
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::Parser;

    use super::*;

    fn read(text: &str) -> Inline {
        let mut line = Inline::default();
        for (event, range) in Parser::new_ext(text, crate::roadmap::scan::OPTIONS).into_offset_iter() {
            if !matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)) {
                line.take(&event, range, 0);
            }
        }
        line.finish()
    }

    #[test]
    fn links_in_html_are_read_however_they_are_closed() {
        for text in [
            "<a href=\"https://a.example/x\">Sets</a>",
            "<a href='https://a.example/x' target=_blank>Sets<a/>",
            "<a  HREF = https://a.example/x >Sets<a>",
            "<a href=\"https://a.example/x\">Sets</a",
            "<a href=\"https://a.example/x\"><b>Sets</b>",
        ] {
            let line = read(text);
            assert_eq!(line.text.trim(), "Sets", "{text}");
            let [link] = line.links.as_slice() else { panic!("{text}") };
            assert_eq!((link.target.as_str(), link.label.as_str()), ("https://a.example/x", "Sets"), "{text}");
        }
    }

    #[test]
    fn every_kind_of_target() {
        let line = read(
            "[a](./b/c%20d.md) [[E#f|g]] [[h/i]] <https://j.example> see https://k.example/l_m. [n](#o) ![p](q.png)",
        );
        let targets: Vec<_> = line.links.iter().map(|link| (link.target.clone(), link.label.as_str())).collect();
        assert_eq!(
            targets,
            [
                (Target::File("./b/c%20d.md".into()), "a"),
                (Target::Wiki("E#f".into()), "g"),
                (Target::Wiki("h/i".into()), "i"),
                (Target::Url("https://j.example".into()), "https://j.example"),
                (Target::Url("https://k.example/l_m".into()), ""),
            ]
        );
        assert_eq!(line.inner_links, 1);
    }
}
