//! From what a link says to the note it means, as Obsidian finds it.
//!
//! Case does not matter. `./` and `../` start from the note, `/` from the vault, and then the path must be complete.
//! Otherwise a target is the end of a path: the path that is the target itself comes first, then the shortest one in or
//! below the folder of the note, then the shortest one anywhere. Unlike in Obsidian, `oo/b` is not the end of `foo/b`,
//! and of two notes whose paths differ only in case, the one written like the target is meant.

use std::borrow::Cow;
use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use super::LinkTable;
use super::table::Texts;

/// Stands for a note that is not there.
pub(super) const NO_NOTE: u32 = u32::MAX;

/// All notes by path and by name.
#[derive(Debug)]
pub(super) struct Names {
    /// In byte order.
    paths: Texts,
    by_path: Index,
    by_name: Index,
    hasher: DefaultHashBuilder,
}

/// Notes by the hash of a text in lower case.
#[derive(Debug, Default)]
struct Index {
    /// In ascending order.
    hashes: Vec<u64>,
    /// Where the hashes begin that start with each number of `bits` bits, and behind them all their number.
    heads: Vec<u32>,
    bits: u32,
    /// The note of each hash; for one hash in ascending order.
    notes: Vec<u32>,
}

impl Index {
    fn new(mut entries: Vec<(u64, u32)>) -> Self {
        entries.sort_unstable();
        let bits = entries.len().checked_ilog2().unwrap_or(0);
        let mut heads = vec![0_u32; (1 << bits) + 1];
        for (hash, _) in &entries {
            if let Some(count) = heads.get_mut(first_bits(*hash, bits) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for head in &mut heads {
            sum += *head;
            *head = sum;
        }
        Self {
            hashes: entries.iter().map(|(hash, _)| *hash).collect(),
            heads,
            bits,
            notes: entries.iter().map(|(_, note)| *note).collect(),
        }
    }

    fn get(&self, hash: u64) -> &[u32] {
        let first = first_bits(hash, self.bits);
        let ends = self.heads.get(first).zip(self.heads.get(first + 1));
        let Some((from, to)) = ends.map(|(from, to)| (*from as usize, *to as usize)) else { return &[] };
        let near = self.hashes.get(from..to).unwrap_or_default();
        let start = from + near.partition_point(|known| *known < hash);
        let same = near.get(start - from..).unwrap_or_default().partition_point(|known| *known == hash);
        self.notes.get(start..start + same).unwrap_or_default()
    }
}

/// The number that the first `bits` bits of `hash` are.
fn first_bits(hash: u64, bits: u32) -> usize {
    hash.checked_shr(u64::BITS - bits).unwrap_or(0) as usize
}

/// `text` in lower case, untouched where it already is.
fn lower(text: &str) -> Cow<'_, str> {
    let is_lower = |b: u8| b.is_ascii() && !b.is_ascii_uppercase();
    if text.bytes().all(is_lower) {
        Cow::Borrowed(text)
    } else if text.is_ascii() {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

impl Names {
    /// The names of notes at `paths`, which come in byte order and without repetition.
    pub(super) fn new<'a>(paths: impl Iterator<Item = &'a str>) -> Self {
        let hasher = DefaultHashBuilder::default();
        let mut texts = Texts::default();
        paths.for_each(|path| texts.push(path));
        let index = |part: fn(&str) -> &str| {
            let entry = |note: u32| (hasher.hash_one(part(&lower(texts.get(note as usize)))), note);
            Index::new((0..texts.len() as u32).map(entry).collect())
        };
        let (by_path, by_name) = (index(|path| path), index(name_of));
        Self { paths: texts, by_path, by_name, hasher }
    }

    pub(super) fn len(&self) -> usize {
        self.paths.len()
    }

    pub(super) fn path(&self, note: u32) -> &str {
        self.paths.get(note as usize)
    }

    /// The note at exactly `path`.
    pub(super) fn find(&self, path: &str) -> Option<u32> {
        self.at(path, &lower(path)).filter(|note| self.path(*note) == path)
    }

    /// The note whose path is `lowered` in lower case; of several, the one that is `path` as written.
    fn at(&self, path: &str, lowered: &str) -> Option<u32> {
        let group = self.by_path.get(self.hasher.hash_one(lowered));
        let exact = group.iter().find(|note| self.path(**note) == path);
        exact.or_else(|| group.iter().find(|note| lower(self.path(**note)) == lowered)).copied()
    }

    /// The notes named like the last part of `lowered`; `None` when there are none.
    fn named(&self, lowered: &str) -> Option<&[u32]> {
        let name = name_of(lowered);
        let group = self.by_name.get(self.hasher.hash_one(name));
        // A hash may belong to two names.
        let is_named = group.first().is_some_and(|note| lower(name_of(self.path(*note))) == name);
        is_named.then_some(group)
    }

    pub(super) fn resolve(&self, target: &str, source: u32) -> Option<u32> {
        self.resolve_with(target, source, |group, target, lowered| self.shortest(group, target, lowered))
    }

    /// `elsewhere` finds the shortest path in the whole vault when there is no better one, which does not depend on
    /// `source`.
    fn resolve_with(
        &self,
        target: &str,
        source: u32,
        elsewhere: impl FnOnce(&[u32], &str, &str) -> Option<u32>,
    ) -> Option<u32> {
        if target.is_empty() {
            return Some(source);
        }
        let mut target = Cow::Borrowed(target);
        if target.contains(['\u{a0}', '\u{202f}']) {
            target = Cow::Owned(target.replace(['\u{a0}', '\u{202f}'], " "));
        }
        let mut lowered = lower(&target).into_owned();
        let group = match self.named(&lowered) {
            Some(group) => group,
            None => {
                lowered.push_str(".md");
                target.to_mut().push_str(".md");
                self.named(&lowered)?
            }
        };
        let folder = folder_of(self.path(source));
        if is_relative(&target) {
            let path = join(folder, &target)?;
            return self.at(&path, &lower(&path));
        }
        if let Some(rooted) = target.strip_prefix('/') {
            return self.at(rooted, &lower(rooted));
        }
        if let Some(note) = self.at(&target, &lowered) {
            return Some(note);
        }
        let elsewhere = elsewhere(group, &target, &lowered)?;
        if !folder.is_empty() {
            let below = format!("{folder}/");
            let is_below = |note: &u32| self.path(*note).starts_with(&below);
            // A note right beside is the shortest there can be, unless the target names folders.
            if !target.contains('/') {
                let beside = format!("{below}{target}");
                if let Some(note) = self.at(&beside, &lower(&beside)).filter(is_below) {
                    return Some(note);
                }
            }
            // The group is in the order of paths, so what lies below a folder stands together.
            let start = group.partition_point(|note| self.path(*note) < below.as_str());
            let end = start + group.get(start..)?.partition_point(is_below);
            if let Some(note) = self.shortest(group.get(start..end)?, &target, &lowered) {
                return Some(note);
            }
        }
        Some(elsewhere)
    }

    /// The shortest path that ends in the target; of equal ones the one written like it, and then the first.
    fn shortest(&self, group: &[u32], target: &str, lowered: &str) -> Option<u32> {
        let ends_in = |path: &str, target: &str| path.strip_suffix(target).is_some_and(|rest| rest.ends_with('/'));
        group
            .iter()
            .copied()
            .filter(|note| {
                let path = self.path(*note);
                ends_in(path, target) || ends_in(&lower(path), lowered)
            })
            .min_by_key(|note| {
                let path = self.path(*note);
                (path.encode_utf16().count(), !ends_in(path, target), *note)
            })
    }

    /// A resolver that remembers what it found for each text of `table`.
    pub(super) fn resolver<'a>(&'a self, table: &'a LinkTable) -> Resolver<'a> {
        Resolver { names: self, table, known: vec![Known::Open; table.text_count()] }
    }
}

fn is_relative(target: &str) -> bool {
    target.starts_with("./") || target.starts_with("../")
}

/// `target`, which is relative, seen from `folder`; `None` when that leads out of the vault.
fn join(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// What is known about a target text.
#[derive(Clone, Copy, Debug)]
enum Known {
    /// Not looked at yet.
    Open,
    /// The same from everywhere.
    Always(Option<u32>),
    /// Not the same from every folder; the shortest path in the vault once it was needed.
    Depends(Option<Option<u32>>),
}

/// Resolves the texts of one table.
pub(super) struct Resolver<'a> {
    names: &'a Names,
    table: &'a LinkTable,
    known: Vec<Known>,
}

impl Resolver<'_> {
    /// The note that each target of the table leads to, [`NO_NOTE`] for none. `sources` are the notes of its rows.
    pub(super) fn all(mut self, sources: &[u32]) -> Vec<u32> {
        let table = self.table;
        let mut found = Vec::with_capacity(table.target_count());
        for (row, source) in sources.iter().enumerate() {
            let notes = table.targets(row).iter().map(|text| self.resolve(*text, *source).unwrap_or(NO_NOTE));
            found.extend(notes);
        }
        found
    }

    fn resolve(&mut self, text: u32, source: u32) -> Option<u32> {
        let known = self.known.get_mut(text as usize)?;
        let target = self.table.text(text);
        if let Known::Always(note) = known {
            return *note;
        }
        if let Known::Open = known {
            let is_plain = !target.is_empty() && !is_relative(target) && !target.contains(['\u{a0}', '\u{202f}']);
            let mut lowered = lower(target).into_owned();
            // Every note is named so: without the ending there is nothing to find.
            let group = if lowered.ends_with(".md") { self.names.named(&lowered) } else { None };
            let group = group.or_else(|| {
                lowered.push_str(".md");
                self.names.named(&lowered)
            });
            let note = match group {
                None => Some(None),
                // A mere name, and one note of that name.
                Some([only]) if !target.contains('/') => Some(Some(*only)),
                Some([_]) => Some(self.names.resolve(target, source)),
                Some(_) => None,
            };
            if let Some(note) = note.filter(|_| is_plain) {
                *known = Known::Always(note);
                return note;
            }
            *known = Known::Depends(None);
        }
        self.names.resolve_with(target, source, |group, target, lowered| match known {
            Known::Depends(Some(elsewhere)) => *elsewhere,
            known => {
                let elsewhere = self.names.shortest(group, target, lowered);
                *known = Known::Depends(Some(elsewhere));
                elsewhere
            }
        })
    }
}
