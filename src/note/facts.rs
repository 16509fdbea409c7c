//! What a scan keeps of a note: as little as the command needs, found with as little work as possible.

use std::collections::HashSet;

use chrono::NaiveDate;
use memchr::memmem::Finder;

use super::frontmatter::Top;
use super::raw::Raw;
use super::tags::{FEW, WantedTags};
use super::{NotePath, Reading, State, frontmatter, properties, schedule, tag_lines};
use crate::config::Selection;
use crate::item::Folders;
use crate::problem::Finding;
use crate::tag::TagSet;
use crate::within::Within;

/// What a command wants to know of each note.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Tags that make a note one for review, or that a filter or setting asks for. Others are not looked for.
    tags: WantedTags,
    names: TagSet,
    /// Searchers for `names`; none where there are many.
    finders: Option<Vec<Finder<'static>>>,
    folders: Folders,
    scheduled_tags: ScheduledTags,
    titles: bool,
}

/// Of which notes with a schedule the tags are wanted: reading them costs more than the schedule itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduledTags {
    /// Of none: nothing but their schedules is asked for.
    None,
    /// Of those due on this day or before: the ones that are shown.
    DueBy(NaiveDate),
    /// Of all: decks count them, or a filter asks.
    All,
}

/// What was found in a note.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// What its schedule lines say.
    pub reading: Reading,
    /// Its tags without `#`, of those wanted.
    pub tags: Vec<String>,
    /// All tags and the title, of notes that are shown and only where asked for.
    pub shown: Option<Box<Shown>>,
    /// Its `sr-id`.
    pub sr_id: Option<Box<str>>,
}

impl Facts {
    /// What the queue goes by: what cannot be written cannot be graded for the first time, though a schedule is listed all
    /// the same.
    pub fn state(&self) -> State {
        match self.reading.state {
            State::Scheduled(scheduled) => State::Scheduled(scheduled),
            _ if self.reading.refusal().is_some() => State::Damaged,
            state => state,
        }
    }
}

/// What a listing shows of a note beside its schedule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// Its title: from the frontmatter, else its first heading of level 1, else its name.
    pub title: String,
    /// All its tags, those of the frontmatter first, each once.
    pub tags: Vec<String>,
}

impl Wanted {
    /// What the queue needs. `filter_tag` is a tag that the notes shown must have.
    pub fn new(selection: &Selection, filter_tag: Option<&str>, scheduled_tags: ScheduledTags) -> Self {
        let mut names: Vec<String> = selection.review_tags.iter().chain(&selection.ignore_tags).cloned().collect();
        names.extend(filter_tag.map(|tag| tag.trim_start_matches('#').to_owned()));
        let needs_all = selection.strict_decks || !selection.ignore_tags.is_empty() || filter_tag.is_some();
        Self {
            tags: WantedTags::new(&names),
            finders: (names.len() <= FEW).then(|| names.iter().map(|name| Finder::new(name).into_owned()).collect()),
            names: TagSet::new(&names),
            folders: Folders::new(&selection.review_folders),
            scheduled_tags: if needs_all { ScheduledTags::All } else { scheduled_tags },
            titles: false,
        }
    }

    /// The same with titles and all tags of the notes that are shown.
    #[must_use]
    pub fn titles(mut self) -> Self {
        self.titles = true;
        self
    }

    /// What there is to know of the note `path` with these bytes; `None` when it is not for review and has nothing wrong
    /// with its schedule.
    pub fn look(&self, path: &NotePath, bytes: &[u8]) -> Option<Facts> {
        self.look_at(path, &Raw::new(bytes))
    }

    /// The same of a note of which more is asked.
    pub fn look_at(&self, path: &NotePath, note: &Raw<'_>) -> Option<Facts> {
        self.look_further(path, note, schedule::read_raw(note))
    }

    /// The same where only notes with a schedule are of interest: in others, no tags are looked for.
    pub fn look_if_scheduled(&self, path: &NotePath, note: &Raw<'_>) -> Option<Facts> {
        if schedule::is_missing(note) {
            return None;
        }
        let reading = schedule::read_raw(note);
        matches!(reading.state, State::Scheduled(_)).then(|| self.look_further(path, note, reading))?
    }

    fn look_further(&self, path: &NotePath, note: &Raw<'_>, reading: Reading) -> Option<Facts> {
        let by_day = match (&reading.state, self.scheduled_tags) {
            (State::Scheduled(_), ScheduledTags::None) => false,
            (State::Scheduled(scheduled), ScheduledTags::DueBy(day)) => scheduled.due <= day,
            _ => true,
        };
        let found = if by_day { self.find_tags(note, reading.refusal().is_some()) } else { Ok(Vec::new()) };
        let tags = match found {
            Ok(tags) => tags,
            Err(finding) => {
                let reading = Reading { state: State::Damaged, findings: vec![finding] };
                return Some(Facts { reading, tags: Vec::new(), shown: None, sr_id: None });
            }
        };
        let selected = !tags.is_empty() || self.folders.hold(path);
        if reading.state == State::Unscheduled && !selected {
            return None;
        }
        let shown = (self.titles && by_day).then(|| shown(path, note.text()));
        let sr_id = properties::id_of(note.bytes()).map(String::into_boxed_str);
        Some(Facts { reading, tags, shown: shown.flatten().map(Box::new), sr_id })
    }

    /// The wanted tags of a note of which `reading` is known; none when it is no text.
    pub fn tags(&self, note: &Raw<'_>, reading: &Reading) -> Vec<String> {
        self.find_tags(note, reading.refusal().is_some()).unwrap_or_default()
    }

    /// The wanted tags in frontmatter and text; or what is wrong with a note that seems to have one and is no text. In an
    /// `odd` note, which may be text from the top, all of it is searched.
    fn find_tags(&self, note: &Raw<'_>, odd: bool) -> Result<Vec<String>, Finding> {
        let block = if let Top::Block(block) = note.top() { Some(block) } else { None };
        // A search of bytes that never misses a tag rules out nearly every note.
        let in_block = match &self.finders {
            Some(finders) => finders.iter().any(|finder| finder.find(note.inner()).is_some()),
            None => !note.inner().is_empty(),
        };
        let first = self.tags.first_in(note.bytes());
        if !in_block && first.is_none() {
            return Ok(Vec::new());
        }
        // A NUL byte was a reason to refuse the note.
        let text = match note.text() {
            Some(text) if !odd => text,
            text => match schedule::not_text(note.bytes()) {
                Some(finding) => return Err(finding),
                None => text.unwrap_or_default(),
            },
        };
        let mut tags = Vec::new();
        if in_block {
            let inner = block.and_then(|block| text.get(block.inner.clone())).unwrap_or_default();
            tags = tag_lines::read(inner).unwrap_or_else(|| properties::properties(note.bytes()).tags);
            tags.retain(|tag| self.names.holds(tag));
        }
        if let Some(first) = first {
            let start = block.filter(|_| !odd).map_or(0, |block| block.end);
            let body = text.within(start..);
            tags.extend(self.tags.find_from(body, first.saturating_sub(start)));
        }
        // They are kept, for many notes.
        tags.shrink_to_fit();
        Ok(tags)
    }
}

/// The title and all tags of a note.
pub fn shown(path: &NotePath, text: Option<&str>) -> Option<Shown> {
    let text = text?;
    let properties = properties::properties(text.as_bytes());
    let body = text.within(frontmatter::body(text.as_bytes())..);
    let mut tags = properties.tags;
    let known: HashSet<String> = tags.iter().cloned().collect();
    tags.extend(super::tags::inline_tags(body).into_iter().filter(|tag| !known.contains(tag)));
    let title = properties.title.unwrap_or_else(|| heading(body).unwrap_or_else(|| path.name().to_owned()));
    Some(Shown { title, tags })
}

/// The first heading of level 1, as plain text.
fn heading(body: &str) -> Option<String> {
    use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

    use super::visible::{Shallow, parser};
    let mut title = None::<String>;
    for event in parser(&Shallow::new(body)) {
        match (event, &mut title) {
            (Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }), None) => title = Some(String::new()),
            (Event::End(TagEnd::Heading(_)), Some(_)) => break,
            (Event::Text(text) | Event::Code(text), Some(title)) => title.push_str(&text),
            _ => {}
        }
    }
    title.map(|title| title.trim().to_owned()).filter(|title| !title.is_empty())
}
