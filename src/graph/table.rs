//! Links as a scan gathers them, before it is known which notes there are.

use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

/// The notes that one thread has read, and what they link to. Each text is kept once.
#[derive(Debug, Default)]
pub struct LinkTable {
    paths: Texts,
    /// Where the targets of each note end in `targets`.
    ends: Vec<u32>,
    /// For each link, its number in `texts`.
    targets: Vec<u32>,
    texts: Texts,
    /// The numbers of all `texts`, by hash.
    known: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

/// Many short texts in one.
#[derive(Debug, Default)]
pub(super) struct Texts {
    text: String,
    ends: Vec<u32>,
}

impl Texts {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
    }

    pub(super) fn get(&self, at: usize) -> &str {
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let range = start.zip(self.ends.get(at).copied());
        range.and_then(|(start, end)| self.text.get(start as usize..end as usize)).unwrap_or_default()
    }

    fn has_room(&self, more: usize) -> bool {
        self.text.len() + more < u32::MAX as usize
    }
}

impl LinkTable {
    /// Adds a note and what it links to: targets as in [`crate::note::links::Link::target`], one for each link. A note
    /// whose links do not count comes without any.
    pub fn add<T: AsRef<str>>(&mut self, path: &str, targets: impl IntoIterator<Item = T>) {
        if !self.paths.has_room(path.len()) {
            return;
        }
        self.paths.push(path);
        for target in targets {
            let number = self.number(target.as_ref());
            self.targets.extend(number);
        }
        self.ends.push(self.targets.len() as u32);
    }

    /// The number of notes.
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// Whether no note was added.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn number(&mut self, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        if let Some(number) = self.known.find(hash, |number| self.texts.get(*number as usize) == text) {
            return Some(*number);
        }
        if !self.texts.has_room(text.len()) {
            return None;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text);
        let (texts, hasher) = (&self.texts, &self.hasher);
        self.known.insert_unique(hash, number, |number| hasher.hash_one(texts.get(*number as usize)));
        Some(number)
    }

    /// Gives back the memory that only [`LinkTable::add`] needs.
    pub(super) fn close(&mut self) {
        self.known = HashTable::new();
    }

    pub(super) fn path(&self, row: usize) -> &str {
        self.paths.get(row)
    }

    /// Where the targets of a note stand among those of all.
    pub(super) fn range(&self, row: usize) -> Range<usize> {
        let start = row.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        start.zip(self.ends.get(row).copied()).map_or(0..0, |(start, end)| start as usize..end as usize)
    }

    /// The targets of a note, as numbers of texts.
    pub(super) fn targets(&self, row: usize) -> &[u32] {
        self.targets.get(self.range(row)).unwrap_or_default()
    }

    pub(super) fn target_count(&self) -> usize {
        self.targets.len()
    }

    pub(super) fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize)
    }

    pub(super) fn text_count(&self) -> usize {
        self.texts.len()
    }
}
