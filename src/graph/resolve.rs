//! From what a link says to the note it means, as Obsidian finds it.
//!
//! Case does not matter. `./` and `../` start from the note, `/` from the vault, and then the path must be complete.
//! Otherwise a target is the end of a path: the path that is the target itself comes first, then the shortest one in or
//! below the folder of the note, then the shortest one anywhere. Unlike in Obsidian, `oo/b` is not the end of `foo/b`,
//! and of two notes whose paths differ only in case, the one written like the target is meant.

use std::borrow::Cow;
use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;
use memchr::{memchr, memrchr};

use super::table::{SHELVES, Texts};
use super::{MANY, side_by_side};

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

/// The same into a text that is used again.
fn lower_into(text: &str, lowered: &mut String) {
    lowered.clear();
    if text.is_ascii() {
        lowered.push_str(text);
        lowered.make_ascii_lowercase();
    } else {
        lowered.push_str(&text.to_lowercase());
    }
}

/// Whether `lowered` is `text` in lower case.
fn is_lowered(text: &str, lowered: &str) -> bool {
    if text.is_ascii() { text.eq_ignore_ascii_case(lowered) } else { lower(text) == lowered }
}

fn name_of(path: &str) -> &str {
    memrchr(b'/', path.as_bytes()).and_then(|at| path.get(at + 1..)).unwrap_or(path)
}

fn folder_of(path: &str) -> &str {
    memrchr(b'/', path.as_bytes()).and_then(|at| path.get(..at)).unwrap_or_default()
}

impl Names {
    /// The names of notes at `paths`, which come in byte order and without repetition.
    pub(super) fn new<'a>(paths: impl Iterator<Item = &'a str>) -> Self {
        let hasher = DefaultHashBuilder::default();
        let mut texts = Texts::default();
        paths.for_each(|path| texts.push(path));
        let index = |by_name: bool| {
            let part = |path| if by_name { name_of(path) } else { path };
            let mut lowered = String::new();
            let entry = |note: u32| {
                lower_into(part(texts.get(note as usize)), &mut lowered);
                (hasher.hash_one(lowered.as_str()), note)
            };
            Index::new((0..texts.len() as u32).map(entry).collect())
        };
        let [by_path, by_name] =
            <[Index; 2]>::try_from(side_by_side([false, true], texts.len() > MANY, index)).unwrap_or_default();
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
        exact.or_else(|| group.iter().find(|note| is_lowered(self.path(**note), lowered))).copied()
    }

    /// The notes named like the last part of `lowered`; `None` when there are none.
    fn named(&self, lowered: &str) -> Option<&[u32]> {
        let name = name_of(lowered);
        let group = self.by_name.get(self.hasher.hash_one(name));
        // A hash may belong to two names.
        let is_named = group.first().is_some_and(|note| is_lowered(name_of(self.path(*note)), name));
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

/// Where targets lead, by their numbers.
pub(super) struct Resolved {
    /// What was found for each target, in the parts that [`super::Targets`] gives.
    parts: Vec<(Texts, Vec<Found>)>,
}

/// What is known about a target.
#[derive(Clone, Copy, Debug)]
enum Found {
    /// The same note from everywhere, or [`NO_NOTE`].
    Always(u32),
    /// Not the same note from every folder; from most, the shortest path in the vault, if there is one.
    Depends(u32),
}

impl Resolved {
    /// Looks up all targets of `parts`.
    pub(super) fn new(names: &Names, parts: Vec<Texts>) -> Self {
        let count: usize = parts.iter().map(Texts::len).sum();
        // Some parts for each thread.
        let mut groups: Vec<Vec<Texts>> = Vec::new();
        let mut parts = parts.into_iter().peekable();
        while parts.peek().is_some() {
            groups.push(parts.by_ref().take(8).collect());
        }
        let look_up = |texts: Texts| {
            let mut lowered = String::new();
            let found = (0..texts.len()).map(|at| names.look_up(texts.get(at), &mut lowered)).collect();
            (texts, found)
        };
        let work = |group: Vec<Texts>| group.into_iter().map(look_up).collect::<Vec<_>>();
        Self { parts: side_by_side(groups, count > MANY, work).into_iter().flatten().collect() }
    }

    /// The note that the target with this number leads to from the note `source`, [`NO_NOTE`] for none.
    pub(super) fn note(&self, names: &Names, target: u32, source: u32) -> u32 {
        let (part, at) = (target as usize % SHELVES, target as usize / SHELVES);
        let Some((texts, found)) = self.parts.get(part) else { return NO_NOTE };
        match found.get(at) {
            Some(Found::Always(note)) => *note,
            Some(Found::Depends(elsewhere)) => {
                let elsewhere = Some(*elsewhere).filter(|note| *note != NO_NOTE);
                names.resolve_with(texts.get(at), source, |_, _, _| elsewhere).unwrap_or(NO_NOTE)
            }
            None => NO_NOTE,
        }
    }
}

impl Names {
    /// What can be said of a target without knowing where it stands. `lowered` is room to work in.
    fn look_up(&self, target: &str, lowered: &mut String) -> Found {
        let is_ascii = target.is_ascii();
        if target.is_empty() || is_relative(target) || !is_ascii && target.contains(['\u{a0}', '\u{202f}']) {
            return Found::Depends(self.elsewhere(target));
        }
        lower_into(target, lowered);
        // Every note is named so: without the ending there is nothing to find.
        let group = if lowered.ends_with(".md") { self.named(lowered) } else { None };
        let group = group.or_else(|| {
            lowered.push_str(".md");
            self.named(lowered)
        });
        match group {
            None => Found::Always(NO_NOTE),
            // A mere name, and one note of that name.
            Some([only]) if memchr(b'/', target.as_bytes()).is_none() => Found::Always(*only),
            // The end of a path, and one path that may end so.
            Some([only]) if is_ascii && !target.starts_with('/') => {
                let path = lower(self.path(*only));
                let rest = path.strip_suffix(lowered.as_str());
                let is_end = rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
                Found::Always(if is_end { *only } else { NO_NOTE })
            }
            Some(_) => Found::Depends(self.elsewhere(target)),
        }
    }

    /// The shortest path in the vault that `target` can mean.
    fn elsewhere(&self, target: &str) -> u32 {
        let mut found = None;
        self.resolve_with(target, 0, |group, target, lowered| {
            found = self.shortest(group, target, lowered);
            found
        });
        found.unwrap_or(NO_NOTE)
    }
}
