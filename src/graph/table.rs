//! Links as a scan gathers them.

use std::collections::HashMap;

use super::resolve::{Names, Probe, Room};
use crate::within::Within;

/// The paths of the notes of a vault as a walk finds them, numbered from 0.
#[derive(Debug, Default)]
pub struct Paths {
    pub(super) texts: Texts,
    /// Whether one is not in byte order behind the one before it.
    pub(super) unordered: bool,
}

impl Paths {
    /// Adds the path of a note, relative to the vault. A path that came before is the same note again, and only what
    /// the first of them links to counts.
    pub fn push(&mut self, path: &str) {
        // Compared while the one before is at hand.
        let before = self.texts.len().checked_sub(1).map(|last| self.texts.get(last));
        self.unordered |= before.is_some_and(|before| before >= path);
        self.texts.push(path);
    }
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

/// What the notes that one thread has read link to.
#[derive(Debug, Default)]
pub struct LinkTable {
    /// The number of each note with links, and where they end in `links`.
    pub(super) rows: Vec<(u32, u32)>,
    /// Target and number of links, each target once for a note, in the order of the first link to each.
    pub(super) links: Vec<(u32, u32)>,
    /// Notes that came before all names were known, and where their links end in `texts`.
    waiting: Vec<(u32, u32)>,
    /// What those links say.
    texts: Texts,
    room: Room,
    /// The searches for the targets at hand.
    probes: Vec<Option<Probe>>,
    /// Where in `links` the targets of a note with very many links stand.
    places: HashMap<u32, usize>,
}

/// Up to so many targets of a note are looked through for one that comes again.
const FEW: usize = 32;

impl LinkTable {
    /// Adds what the note with the number `note` among the [`Paths`] links to: targets as in
    /// [`crate::note::links::Link::target`], one for each link. Without `names`, the walk is not at its end: they are
    /// kept as they are and resolved later.
    pub fn add<'t>(&mut self, note: u32, targets: impl Iterator<Item = &'t str> + Clone, names: Option<&Names>) {
        let Some(names) = names else {
            let before = self.texts.len();
            targets.for_each(|target| self.texts.push(target));
            if self.texts.len() > before {
                self.waiting.push((note, self.texts.len() as u32));
            }
            return;
        };
        if !self.waiting.is_empty() {
            self.settle(names);
        }
        let start = self.links.len();
        if let Some(source) = names.walked(note) {
            self.probes.clear();
            // All searches begin before one ends, so that memory is waited for once and not for each.
            self.probes.extend(targets.clone().map(|target| names.probe(target)));
            let probes = std::mem::take(&mut self.probes);
            for (target, probe) in targets.zip(&probes) {
                if let Some(target) = names.target(target, *probe, source, &mut self.room) {
                    self.count(start, target);
                }
            }
            self.probes = probes;
        }
        if self.links.len() > start {
            self.rows.push((note, self.links.len() as u32));
        }
        self.places.clear();
    }

    /// Counts a link to `target` in the note whose links begin at `start`.
    fn count(&mut self, start: usize, target: u32) {
        let own = self.links.within(start..);
        let known = if own.len() <= FEW {
            own.iter().position(|(known, _)| *known == target).map(|at| start + at)
        } else {
            if self.places.is_empty() {
                self.places.extend(own.iter().zip(start..).map(|((known, _), at)| (*known, at)));
            }
            self.places.get(&target).copied()
        };
        if let Some((_, count)) = known.and_then(|at| self.links.get_mut(at)) {
            *count = count.saturating_add(1);
            return;
        }
        if !self.places.is_empty() {
            self.places.insert(target, self.links.len());
        }
        self.links.push((target, 1));
    }

    /// Resolves the links that wait for it.
    pub(super) fn settle(&mut self, names: &Names) {
        let texts = std::mem::take(&mut self.texts);
        let mut start = 0;
        for (note, end) in std::mem::take(&mut self.waiting) {
            self.add(note, (start..end).map(|at| texts.get(at as usize)), Some(names));
            start = end;
        }
    }

    /// How many links wait to be resolved.
    pub(super) fn waiting(&self) -> usize {
        self.texts.len()
    }
}
