//! Links, pictures, embeds and HTML inside a note.

use std::ops::Range;
use std::sync::Arc;

use pulldown_cmark::LinkType;

use super::fold::{Frag, fold};
use super::{EMBEDS, Kind, Layout, Renderer, html, inline, render_within};
use crate::show::line::{Role, Target};

impl Renderer<'_, '_> {
    pub(super) fn html(&mut self, html: &str, at: usize) {
        for bit in html::bits(html) {
            match bit {
                html::Bit::Text(text) => {
                    let text = html::decode(text).split(['\n', '\r']).collect::<Vec<_>>().join(" ");
                    let (style, link) = (self.inline.style(), self.inline.link);
                    self.inline.push(&text, style, link, at, false);
                }
                html::Bit::Open(name, attributes) => self.open_tag(&name.to_ascii_lowercase(), attributes, at),
                html::Bit::Close(name) => self.inline.tag(&name.to_ascii_lowercase(), false, at),
            }
        }
    }

    fn open_tag(&mut self, name: &str, attributes: &str, at: usize) {
        match name {
            "a" => {
                // `<a/>` is often written for `</a>`.
                self.inline.link = None;
                if let Some(to) = html::attribute(attributes, "href") {
                    let target = Target::of(&to);
                    self.inline.link = self.link(target);
                    self.inline.link_role = Role::Link;
                }
            }
            "img" => {
                let to = html::attribute(attributes, "src").unwrap_or_default();
                let alt = html::attribute(attributes, "alt").filter(|alt| !alt.trim().is_empty());
                let link = self.link(Target::of(&to));
                self.image(&alt.unwrap_or_else(|| inline::file_name(&to)), link, at);
            }
            _ => self.inline.tag(name, true, at),
        }
    }

    // Links and pictures.

    pub(super) fn link(&mut self, target: Option<Target>) -> Option<u32> {
        let target = target?;
        let index = u32::try_from(self.page.links.len()).ok()?;
        self.page.links.push(Arc::new(target));
        Some(index)
    }

    pub(super) fn start_link(&mut self, link_type: LinkType, destination: &str) {
        let target = match link_type {
            LinkType::WikiLink { .. } => inline::wiki_target(destination, self.table.is_some()).map(Target::Note),
            LinkType::Email => Target::of(&format!("mailto:{destination}")),
            _ => Target::of(destination),
        };
        self.inline.link_role = match &target {
            Some(Target::Note(name)) if self.layout.surroundings.leads(name) => Role::Wikilink,
            Some(Target::Note(_)) => Role::Dangling,
            _ => Role::Link,
        };
        self.inline.link = self.link(target);
    }

    pub(super) fn end_image(&mut self, range: Range<usize>) {
        let Some(image) = self.inline.end_image() else { return };
        let at = image.at.min(range.start);
        match image.wiki {
            Some(target) if !inline::is_media(&target) => {
                let leads = self.layout.surroundings.leads(&target);
                let link = self.link(Some(Target::Note(target.clone())));
                let role = if leads { Role::Wikilink } else { Role::Dangling };
                self.inline.push(&format!("![[{target}]]"), role.style(), link, at, true);
                self.inline.embed = Some(target);
            }
            Some(target) => {
                let link = self.link(Some(Target::Note(target.clone())));
                self.image(&inline::file_name(&target), link, at);
            }
            None => {
                let link = self.link(Target::of(&image.destination));
                let name = if image.alt.trim().is_empty() { inline::file_name(&image.destination) } else { image.alt };
                self.image(&name, link, at);
            }
        }
    }

    fn image(&mut self, name: &str, link: Option<u32>, at: usize) {
        self.inline.push(&format!("[image: {}]", name.trim()), Role::Image.style(), link, at, true);
    }

    /// Puts the text of another note in place; false when there is none to put.
    pub(super) fn embed(&mut self, target: &str, frags: &[Frag]) -> bool {
        let (surroundings, block_at) = (self.layout.surroundings, self.block_at);
        if self.embeds >= EMBEDS {
            return false;
        }
        let Some(budget) = self.budget.as_deref_mut() else { return false };
        self.embeds += 1;
        let Some(text) = surroundings.embed(target).filter(|text| text.len() <= *budget) else { return false };
        *budget -= text.len();
        self.open(Kind::Embed, 2, None);
        for spans in fold(frags, self.width()) {
            self.emit(spans);
        }
        let inner = Layout { width: self.width(), cuts: &[], ..*self.layout };
        let page = render_within(&text, &inner, None);
        let shift = u32::try_from(self.page.links.len()).unwrap_or(u32::MAX);
        self.page.links.extend(page.links);
        for mut line in page.lines {
            for span in &mut line.spans {
                span.link = span.link.and_then(|link| link.checked_add(shift));
                // The offsets of another note mean nothing in this one.
                span.at = span.at.map(|_| block_at);
            }
            self.emit(line.spans);
        }
        self.close();
        self.apart = true;
        true
    }
}
