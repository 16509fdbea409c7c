//! Links as a scan gathers them, before it is known which notes there are.

use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use hashbrown::{DefaultHashBuilder, HashTable};

/// The notes that one thread has read, and what they link to.
#[derive(Debug, Default)]
pub struct LinkTable {
    paths: Texts,
    /// Where the targets of each note end in `targets`.
    ends: Vec<u32>,
    /// For each link, the number of its target.
    targets: Vec<u32>,
    /// Hashes and numbers of some of the targets met last: most links lead to few notes.
    recent: Vec<(u64, u32)>,
}

/// Targets that a table remembers: a power of two.
const RECENT: usize = 4096;

/// What all links of a vault say: each target once, numbered. Several threads can add to it.
#[derive(Debug)]
pub struct Targets {
    hasher: DefaultHashBuilder,
    /// Of a number, the last bits name the shelf.
    shelves: Vec<Mutex<Shelf>>,
}

/// So many that two threads hardly ever want the same.
pub(super) const SHELVES: usize = 64;

/// Some of the targets.
#[derive(Debug, Default)]
struct Shelf {
    texts: Texts,
    /// The hashes of all `texts`, and their places.
    known: HashTable<(u64, u32)>,
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

    /// Adds a text; an empty one once there is no room in four gigabytes.
    pub(super) fn push(&mut self, text: &str) {
        if self.text.len() + text.len() < u32::MAX as usize {
            self.text.push_str(text);
        }
        self.ends.push(self.text.len() as u32);
    }

    pub(super) fn get(&self, at: usize) -> &str {
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let range = start.zip(self.ends.get(at).copied());
        range.and_then(|(start, end)| self.text.get(start as usize..end as usize)).unwrap_or_default()
    }
}

impl Default for Targets {
    fn default() -> Self {
        Self { hasher: DefaultHashBuilder::default(), shelves: (0..SHELVES).map(|_| Mutex::default()).collect() }
    }
}

impl Targets {
    /// The number of a target with this hash. Two are the same when their hashes are: of half a million, two different
    /// ones agree in 64 bits once in a hundred million vaults, and to compare the texts takes as long again as all the
    /// rest.
    fn number(&self, text: &str, hash: u64) -> u32 {
        let at = hash as usize % SHELVES;
        let Some(shelf) = self.shelves.get(at) else { return 0 };
        let Shelf { texts, known } = &mut *shelf.lock().unwrap_or_else(PoisonError::into_inner);
        // The table looks at the first and the last bits.
        let in_table = |hash: u64| hash.rotate_right(SHELVES.ilog2());
        let found = known.entry(in_table(hash), |(known, _)| *known == hash, |(known, _)| in_table(*known));
        let (_, place) = *found
            .or_insert_with(|| {
                texts.push(text);
                (hash, texts.len() as u32 - 1)
            })
            .get();
        place * SHELVES as u32 + at as u32
    }

    /// All targets: the number of each is its place in its part, times [`SHELVES`], plus the place of the part.
    pub(super) fn into_parts(self) -> Vec<Texts> {
        let texts = |shelf: Mutex<Shelf>| shelf.into_inner().unwrap_or_else(PoisonError::into_inner).texts;
        self.shelves.into_iter().map(texts).collect()
    }
}

impl LinkTable {
    /// Adds a note and what it links to: targets as in [`crate::note::links::Link::target`], one for each link. A note
    /// whose links do not count comes without any. Its row is the number of notes that were added before. All tables
    /// of a graph share their targets.
    pub fn add<T: AsRef<str>>(&mut self, path: &str, links: impl IntoIterator<Item = T>, targets: &Targets) {
        self.paths.push(path);
        if self.recent.is_empty() {
            self.recent.resize(RECENT, (0, 0));
        }
        for link in links {
            let hash = targets.hasher.hash_one(link.as_ref());
            let Some(recent) = self.recent.get_mut(hash as usize / SHELVES % RECENT) else { continue };
            if recent.0 != hash || hash == 0 {
                *recent = (hash, targets.number(link.as_ref(), hash));
            }
            self.targets.push(recent.1);
        }
        self.ends.push(self.targets.len() as u32);
    }

    /// The number of notes.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no note was added.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives back the memory of the paths, which are empty from now on.
    pub(super) fn forget_paths(&mut self) {
        self.paths = Texts::default();
        self.recent = Vec::new();
    }

    pub(super) fn path(&self, row: usize) -> &str {
        self.paths.get(row)
    }

    /// Where the targets of a note stand among those of all.
    pub(super) fn range(&self, row: usize) -> Range<usize> {
        let start = row.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        start.zip(self.ends.get(row).copied()).map_or(0..0, |(start, end)| start as usize..end as usize)
    }

    /// The numbers of the targets of a note.
    pub(super) fn targets(&self, row: usize) -> &[u32] {
        self.targets.get(self.range(row)).unwrap_or_default()
    }

    pub(super) fn target_count(&self) -> usize {
        self.targets.len()
    }
}
