//! Roadmaps: what a note asks its owner to learn, in order, and how far that has come.
//!
//! A [`Roadmap`] is a flat list of topics in the order of the text; each knows its parent and where its branch ends, so
//! that a branch is a slice and no walk over it recurses. What is read as a topic is told in `docs/roadmaps.md`.

pub mod astray;
pub mod chart;
pub mod find;
pub mod history;
mod inline;
mod mark;
mod mask;
mod names;
pub mod next;
mod outline;
pub mod progress;
mod scan;
mod sign;
mod table;
pub mod template;
pub mod tick;
mod title;
mod unlike;
pub mod weak;
mod words;

use std::ops::Range;

use crate::within::Within;
use chrono::NaiveDate;
use serde::Serialize;

/// How far a topic has come, as its own mark, status cell or lane says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// The text says nothing about it: a plain bullet, a heading with something below it.
    #[default]
    None,
    /// Not begun: `[ ]`, a mark that is not known, an empty heading, an open status cell.
    Open,
    /// Begun: `[/]`, a lane or a cell that says so.
    Begun,
    /// Done: `[x]`, `✅`, a lane or a cell that says so.
    Done,
    /// Given up: `[-]`, a struck-out title. Not counted, nor is what is below it.
    Dropped,
}

impl Standing {
    /// Whether there is still something to learn.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Begun)
    }
}

/// The shape in which a topic stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A heading; for a board, a lane.
    Heading,
    /// An item of a list, with a box or without.
    Item,
    /// A row of a table with a status column.
    Row,
    /// A line numbered by hand (`1.2.1 Sets`), which Markdown does not see as a list.
    Numbered,
    /// A line set in italics below an item: what comes after it.
    FollowUp,
}

/// Where a link leads, as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "to")]
pub enum Target {
    /// An address with a scheme.
    Url(String),
    /// What stands in `[[...]]`, without the alias: a note's name or path, perhaps with `#heading`.
    Wiki(String),
    /// The destination of a Markdown link without a scheme: a path relative to the note, maybe percent-encoded.
    File(String),
}

impl Target {
    /// The destination as written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Url(to) | Self::Wiki(to) | Self::File(to) => to,
        }
    }
}

/// Something to learn a topic from: a link in its title, in its text, or in an item below it that is only a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Where it leads.
    pub target: Target,
    /// What the link says; empty when it says nothing.
    pub label: String,
    /// What the box of its own item says; [`Standing::None`] when it is not an item with a box.
    pub standing: Standing,
    /// The bytes between the brackets of its own item's box.
    pub mark: Option<Range<usize>>,
    /// The line on which it stands, from 1.
    pub line: usize,
}

impl Resource {
    /// The label, or the destination when there is none.
    pub fn name(&self) -> &str {
        if self.label.is_empty() { self.target.as_str() } else { &self.label }
    }
}

/// Something to learn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// What it is called: plain text without marks, dates, tags and markup; empty for a box without text that has topics
    /// below it. Untrusted text.
    pub title: String,
    /// Emoji beside the title that are no part of its name, such as a level `🟢`.
    pub badge: String,
    /// How many topics it is below.
    pub depth: usize,
    /// The position of the topic right above it in the outline.
    pub parent: Option<usize>,
    /// The position after the last topic below it: its branch is `topics[i..end]`.
    pub end: usize,
    /// The shape in which it stands in the text.
    pub kind: Kind,
    /// How far it has come.
    pub standing: Standing,
    /// The bytes between the brackets of its box: one character, which may take several bytes.
    pub mark: Option<Range<usize>>,
    /// A box without a character, `[]`: read as open, and not to be ticked.
    pub hollow: bool,
    /// A title that is struck out: dropped, whatever a box says.
    pub struck: bool,
    /// A row with several boxes, none of which speaks for the whole.
    pub several_boxes: bool,
    /// What to learn it from, in the order of the text.
    pub resources: Vec<Resource>,
    /// When it was done, where the text tells: `✅ 2026-01-31` or `[completion:: 2026-01-31]`.
    pub finished: Option<NaiveDate>,
    /// Whether there is text of its own below the title.
    pub written: bool,
    /// Whether it counts as one thing to learn: it says how far it has come, or it has no topics below it (follow-ups aside)
    /// and none above it says so for it. Lanes of a board, dropped topics and what is below these never count.
    pub counts: bool,
    /// The bytes of the topic with everything below it.
    pub range: Range<usize>,
    /// The line of its title, from 1.
    pub line: usize,
}

/// What a note says about what to learn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roadmap {
    /// The heading that names the whole, else the title in the frontmatter, else the name of the note.
    pub title: String,
    /// Whether it is a Kanban board.
    pub board: bool,
    /// Whether topics have boxes. If so, what has none is text.
    pub boxed: bool,
    /// Whether its only topics are headings with text below them.
    pub prose: bool,
    /// Whether the note calls itself a roadmap, by its name, its title or a tag.
    pub named: bool,
    /// Links above the first topic.
    pub resources: Vec<Resource>,
    /// The topics in the order of the text.
    pub topics: Vec<Topic>,
    /// What there is in the note altogether, to tell a list from an article that holds one.
    pub(crate) bulk: Bulk,
}

/// How much there is in a note.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bulk {
    /// Words in the text.
    pub words: usize,
    /// Items of lists.
    pub items: usize,
    /// Items with a box, and rows of tables that say how far topics have come.
    pub stated: usize,
    /// Such rows alone.
    pub rows: usize,
    /// Whether a line says that things to do follow.
    pub todo: bool,
    /// Whether its headings are those of a plan for a product or a project.
    pub project: bool,
}

impl Topic {
    /// Whether the text says nothing of how far it has come, or has no place to say it: a heading with nothing below it.
    pub fn is_silent(&self) -> bool {
        match self.standing {
            Standing::None => true,
            Standing::Open => self.kind == Kind::Heading && self.mark.is_none() && !self.hollow,
            _ => false,
        }
    }
}

impl Roadmap {
    /// Reads `text`, the whole note with its frontmatter. `name` is the note's name: a first heading that repeats it is
    /// the title and no topic. Any text gives a roadmap, perhaps one without topics.
    pub fn parse(text: &str, name: &str) -> Self {
        let source = mask::Source::new(text, name);
        outline::build(scan::scan(&source), &source, name)
    }

    /// The positions of the topics right below `parent`, or of the topmost ones.
    pub fn children(&self, parent: Option<usize>) -> impl Iterator<Item = usize> + '_ {
        let (mut at, end) = match parent {
            Some(parent) => (parent + 1, self.topics.get(parent).map_or(0, |topic| topic.end)),
            None => (0, self.topics.len()),
        };
        std::iter::from_fn(move || {
            let child = (at < end).then_some(at)?;
            at = self.topics.get(child)?.end.max(child + 1);
            Some(child)
        })
    }

    /// The positions of the topics above the topic at `at`, from the topmost to its parent.
    pub fn ancestors(&self, at: usize) -> Vec<usize> {
        let mut above: Vec<usize> = std::iter::successors(self.topics.get(at).and_then(|topic| topic.parent), |&up| {
            self.topics.get(up)?.parent
        })
        .collect();
        above.reverse();
        above
    }

    /// `Databases > SQL > Joins`: the titles from the topmost topic to the one at `at`. Untrusted text.
    pub fn path(&self, at: usize) -> String {
        let titles = self.ancestors(at).into_iter().chain([at]).filter_map(|i| self.topics.get(i));
        titles.map(|topic| topic.title.as_str()).collect::<Vec<_>>().join(" > ")
    }

    /// The bytes of a topic without those of the topics below it: what a recall prompt reveals.
    pub fn own_range(&self, at: usize) -> Option<Range<usize>> {
        let topic = self.topics.get(at)?;
        let below = self.topics.get(at + 1).filter(|_| topic.end > at + 1);
        Some(topic.range.start..below.map_or(topic.range.end, |below| below.range.start))
    }

    /// Whether the note is listed as a roadmap without being asked for.
    ///
    /// It is when its name or its title is that of a roadmap and it has [`NAMED_TOPICS`] topics; when it has the word among
    /// others or in its tags (or is `tagged`), and as many topics with a state or hardly a word beside its topics; or when
    /// [`STATED_TOPICS`] of its topics have a box or stand in a table of states, and the note is such a list for the most
    /// part, and its name is not that of a day, a meeting or a list of things to do. Naming the note reads any outline with
    /// a topic.
    pub fn is_one(&self, name: &str, tagged: bool) -> bool {
        let other = unlike::is_other(name) || unlike::is_other(&self.title);
        let Bulk { words, items, stated, todo, project, rows } = self.bulk;
        let topics = self.topics.len();
        if project || self.prose {
            return false;
        }
        let is_name = !names::is_about(name)
            && !names::is_about(&self.title)
            && (names::is_named_roadmap(name)
                || (names::is_named_roadmap(&self.title) && !names::names_other(&self.title, name)));
        if is_name {
            // A day's note about a roadmap, and an article about one, have the word in their names too.
            let least = if other { STATED_TOPICS } else { NAMED_TOPICS };
            // The front page of a program or a course tells of a roadmap; if it is one, it has states.
            let front_page = stated == 0 && name.eq_ignore_ascii_case("readme");
            return !front_page && topics >= least && words <= topics * WORDS_OF_NAMED;
        }
        // A row has other cells.
        let most = stated * WORDS_OF_STATED + rows * (WORDS_OF_ROW - WORDS_OF_STATED);
        let is_long = stated >= MANY && words <= stated * WORDS_OF_MANY;
        let is_list = stated * 10 >= items * 3 && words <= most;
        if (tagged || self.named || names::names_roadmap(name)) && !other && topics >= NAMED_TOPICS {
            let is_outline = words <= topics * WORDS_OF_OUTLINE && !name.eq_ignore_ascii_case("readme");
            if is_outline || (stated >= NAMED_TOPICS && (is_list || is_long)) {
                return true;
            }
        }
        let is_row = |topic: &Topic| topic.kind == Kind::Row && rows > 0;
        let says = |topic: &&Topic| topic.mark.is_some() || topic.hollow || is_row(topic) || self.board;
        let says = || self.topics.iter().filter(|topic| topic.standing != Standing::None).filter(says);
        let headed = |topic: &Topic| topic.kind == Kind::Heading && !self.board && unlike::is_other(&topic.title);
        (is_list || is_long)
            && !other
            && !todo
            && says().take(STATED_TOPICS).count() == STATED_TOPICS
            && !self.topics.iter().any(headed)
            && (is_long || !unlike::are_errands(says().map(|topic| topic.title.as_str())))
            && !unlike::are_answers(says().map(|topic| topic.title.as_str()))
            && !self.is_quiz()
    }
}

impl Roadmap {
    /// Whether a third of the boxes, or more, are below a question: they are its answers.
    fn is_quiz(&self) -> bool {
        let boxes = || self.topics.iter().filter(|topic| topic.mark.is_some() && topic.kind == Kind::Item);
        let asks = |topic: &&Topic| {
            let parent = topic.parent.and_then(|parent| self.topics.get(parent));
            parent.is_some_and(|parent| parent.title.trim_end_matches(['*', '_', ' ']).ends_with(['?', '？']))
        };
        boxes().filter(asks).count() * 3 >= boxes().count().max(1)
    }
}

/// The roadmap in the note `name` with this text, if it is one without being asked for.
pub fn in_note(name: &str, text: &str) -> Option<Roadmap> {
    if !may_be_one(name, text.as_bytes()) {
        return None;
    }
    let roadmap = Roadmap::parse(text, name);
    roadmap.is_one(name, false).then_some(roadmap)
}

/// The topics that a note has to have to be listed as a roadmap when it calls itself one.
pub const NAMED_TOPICS: usize = 3;

/// The topics with a box, a status or a lane that make any note a roadmap.
pub const STATED_TOPICS: usize = 10;

/// The words for each topic in a note whose name is that of a roadmap, at most: with more of them it is an article.
const WORDS_OF_NAMED: usize = 200;

/// The same for each topic with a state in any other note.
const WORDS_OF_STATED: usize = 30;

/// The same for each such row of a table.
const WORDS_OF_ROW: usize = 50;

/// The same in a note without states that only mentions the word.
const WORDS_OF_OUTLINE: usize = 10;

/// So many boxes are a list, whatever else stands in the note, up to [`WORDS_OF_MANY`] for each.
const MANY: usize = 50;

/// The words for each of many topics with a state.
const WORDS_OF_MANY: usize = 60;

/// Whether the note `name` with these bytes may be listed as a roadmap: a search that spares reading nearly all others. It
/// misses only one that calls itself a roadmap all in capitals and in another language than English.
pub fn may_be_one(name: &str, bytes: &[u8]) -> bool {
    /// The title and the tags stand within the first bytes of a note.
    const TOP: usize = 4096;
    let top = bytes.within(..bytes.len().min(TOP));
    if names::names_roadmap(name) || names::may_name_roadmap(top) {
        return true;
    }
    if memchr::memmem::find(top, b"kanban-plugin").is_some() {
        return true;
    }
    // Any other topic that counts for it has a box or stands in a table, on a line of its own.
    let mut lines = 0;
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'[', b'|', bytes.within(at..)).map(|found| at + found) {
        at = found + 1;
        let rest = bytes.within(at..);
        if bytes.get(found) == Some(&b'|') || mark::may_be_box(rest) {
            lines += 1;
            let Some(end) = memchr::memchr2(b'\n', b'\r', rest).filter(|_| lines < STATED_TOPICS) else { break };
            at += end;
        }
    }
    lines >= STATED_TOPICS
}
