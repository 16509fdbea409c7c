//! Foldable parts, `<details>` with a `<summary>`: branches like those of a heading.

use super::{Into, Pending, Reader};
use crate::roadmap::Kind;
use crate::roadmap::inline::Inline;
use crate::within::Within;
use pulldown_cmark::Event;

/// The level of a summary: below every heading.
const LEVEL: usize = 7;

/// The foldable parts that are open.
#[derive(Debug)]
pub(super) struct Folds {
    open: Vec<Fold>,
    /// Whether every part that is opened is closed. If not, any heading may close one.
    balanced: bool,
}

#[derive(Debug)]
struct Fold {
    /// The headings around it.
    outside: usize,
    /// The headings around what is in it.
    inside: usize,
    titled: bool,
}

impl Folds {
    pub(super) fn new(text: &str) -> Self {
        let count = |tag: &str| memchr::memmem::find_iter(text.as_bytes(), tag).count();
        Self { open: Vec::new(), balanced: count("<details") <= count("</details") }
    }

    /// How many headings a heading within the innermost part cannot close.
    pub(super) fn floor(&self) -> usize {
        self.open.last().filter(|_| self.balanced).map_or(0, |fold| fold.inside)
    }
}

/// Whether `html` opens or closes a foldable part or its summary.
pub(super) fn has_tag(html: &str) -> bool {
    tags(html).any(|(_, name)| name != Name::Other)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    Open,
    Close,
    Summary,
    EndOfSummary,
    Other,
}

/// The tags in `html`: the bytes of each, and its name.
fn tags(html: &str) -> impl Iterator<Item = (std::ops::Range<usize>, Name)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = html.get(at..)?;
        let start = at + rest.find('<')?;
        let end = start + html.get(start..)?.find('>')? + 1;
        at = end;
        let inner = html.get(start + 1..end - 1)?;
        let name: String = inner.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
        let name = match name.to_ascii_lowercase().as_str() {
            "details" => Name::Open,
            "/details" => Name::Close,
            "summary" => Name::Summary,
            "/summary" => Name::EndOfSummary,
            _ => Name::Other,
        };
        Some((start..end, name))
    })
}

impl Reader<'_> {
    /// Takes HTML with tags of foldable parts in it; `at` is its first byte.
    pub(super) fn fold(&mut self, html: &str, at: usize) {
        let mut done = 0;
        for (tag, name) in tags(html).filter(|(_, name)| *name != Name::Other) {
            self.html(html.within(done..tag.start), at + done);
            done = tag.end;
            match name {
                Name::Open => self.open_fold(at + tag.start),
                Name::Summary => self.begin_summary(at + tag.start),
                Name::Close => self.close_fold(at + tag.start),
                Name::EndOfSummary => self.flush(),
                Name::Other => {}
            }
        }
        self.html(html.within(done..), at + done);
    }

    fn html(&mut self, html: &str, at: usize) {
        if html.trim().is_empty() {
            return;
        }
        if self.pending.is_none() {
            self.begin(at);
        }
        if let Some(pending) = &mut self.pending {
            pending.line.take(&Event::Html(html.into()), at..at + html.len(), 0);
        }
    }

    /// Opens a part. It is below the heading above it, unless that has a list of its own: then it comes beside it.
    fn open_fold(&mut self, at: usize) {
        self.flush();
        let above = self.headings.last().and_then(|(_, node)| self.found.nodes.get(*node));
        let beside = self.items.is_empty() && above.is_some_and(|heading| heading.lists);
        if beside {
            self.close_headings((self.headings.len() - 1).max(self.folds.floor()), at);
        }
        let outside = self.headings.len();
        self.folds.open.push(Fold { outside, inside: outside, titled: false });
    }

    fn begin_summary(&mut self, at: usize) {
        self.flush();
        let Some(fold) = self.folds.open.last_mut().filter(|fold| !fold.titled && self.items.is_empty()) else {
            return;
        };
        fold.titled = true;
        fold.inside = fold.outside + 1;
        let outside = fold.outside;
        self.close_headings(outside, at);
        let parent = self.headings.last().map(|(_, node)| *node);
        let node = self.add(Kind::Heading, parent, at..at);
        if let Some(node) = self.found.nodes.get_mut(node) {
            node.level = LEVEL;
        }
        self.headings.push((LEVEL, node));
        self.pending = Some(Pending { into: Into::Title(node), content: 0, from: at, line: Inline::default() });
    }

    fn close_fold(&mut self, at: usize) {
        self.flush();
        if let Some(fold) = self.folds.open.pop() {
            self.close_headings(fold.outside, at);
        }
    }
}
