//! From what a link says to the note it means, as Obsidian finds it.
//!
//! Case does not matter. `./` and `../` start from the note, `/` from the vault, and then the path must be complete.
//! Otherwise a target is the end of a path: the path that is the target itself comes first, then the shortest one in or
//! below the folder of the note, then the shortest one anywhere. Unlike in Obsidian, `oo/b` is not the end of `foo/b`,
//! and of two notes whose paths differ only in case, the one written like the target is meant.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

use hashbrown::DefaultHashBuilder;
use memchr::memrchr;

use super::table::{Paths, Texts};
use crate::item::{composed, folded};
use crate::within::Within;

/// Spaces that are typed for others.
const SPACES: [char; 2] = ['\u{a0}', '\u{202f}'];

/// Up to so many notes of a name are looked through. In tests so few that all ways are taken.
const FEW: usize = if cfg!(test) { 2 } else { 64 };

/// Stands for a note that is not there.
const NO_NOTE: u32 = u32::MAX;

/// The notes of a vault by path and by name.
#[derive(Debug)]
pub struct Names {
    /// In byte order, each once.
    paths: Texts,
    /// The note of each path of the walk; `None` when they came in that order.
    walked: Option<Vec<u32>>,
    by_name: Index,
    /// Of the notes with a name that very many have.
    by_path: Index,
    /// The same as the paths are written, in composed form, and not in lower case.
    by_form: Index,
    /// The same by the last folder and the name, for links that tell the folder.
    by_end: Index,
    hasher: DefaultHashBuilder,
}

/// Room to resolve links in, kept from one to the next.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// The shortest paths in the whole vault, by the target in lower case.
    elsewhere: HashMap<String, Option<Shortest>>,
    /// The shortest paths below a folder where very many notes have the name: by the folder and the target in lower case.
    below: HashMap<(String, String), Option<Shortest>>,
    /// Notes of a name that very many have, in the order of their paths in lower case read backwards: those that end in a
    /// target stand together. By the first of them and their number.
    backwards: HashMap<(u32, usize), Vec<Backwards>>,
}

/// The path of a note in lower case, read backwards, and its number.
type Backwards = (Vec<u8>, u32);

/// The shortest of the paths that end in a target.
#[derive(Debug)]
struct Shortest {
    /// The first of them.
    first: u32,
    /// The first of each way to write the target, in the order of these.
    written: Vec<u32>,
}

/// Notes by the hash of a text in lower case.
///
/// Two texts are the same when their hashes are: of half a million links, one is led wrong in a hundred million vaults, and
/// to compare the texts takes longer than all the rest.
#[derive(Debug)]
struct Index {
    /// The first bits of a hash and behind them a note, or, above all notes, the place of several. A slot is found by
    /// the last bits of the hash, in the next one when it is taken. At most half of them are.
    slots: Vec<u64>,
    /// The bits of a slot that hold the note.
    mask: u64,
    /// The number of notes in the vault.
    notes: u32,
    several: Vec<Vec<u32>>,
}

/// A search that has begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    hash: u64,
    /// What stands where it begins, and nearly always ends.
    first: u64,
    /// A mere name is searched for, in ASCII.
    is_name: bool,
}

/// No note and no bits of a hash.
const FREE: u64 = u64::MAX;

impl Index {
    /// The index of `some` of `notes` notes, with their hashes.
    fn new(notes: usize, some: usize, hashed: impl Iterator<Item = (u64, u32)>) -> Self {
        let slots = vec![FREE; (some * 2).next_power_of_two().max(8)];
        let mask = (notes * 2).next_power_of_two().max(8) as u64 - 1;
        let mut index = Self { slots, mask, notes: notes as u32, several: Vec::new() };
        hashed.take(some).for_each(|(hash, note)| index.insert(hash, note));
        index
    }

    /// The place where the search for `hash` begins.
    fn start(&self, hash: u64) -> u64 {
        hash & (self.slots.len() as u64 - 1)
    }

    /// What stands where the search for `hash` begins.
    fn probe(&self, hash: u64) -> Probe {
        Probe { hash, first: self.slots.get(self.start(hash) as usize).copied().unwrap_or(FREE), is_name: false }
    }

    /// Whether the search for `hash` ends at this slot.
    fn is_end(&self, slot: u64, hash: u64) -> bool {
        slot == FREE || (slot ^ hash) & !self.mask == 0
    }

    /// The place of the slot for `hash`: one that holds it, or else a free one.
    fn find(&self, hash: u64) -> usize {
        let mut at = self.start(hash);
        while self.slots.get(at as usize).is_some_and(|slot| !self.is_end(*slot, hash)) {
            at = self.start(at + 1);
        }
        at as usize
    }

    fn insert(&mut self, hash: u64, note: u32) {
        let (at, mask, place) = (self.find(hash), self.mask, self.notes + self.several.len() as u32);
        let Some(slot) = self.slots.get_mut(at) else { return };
        if *slot == FREE {
            *slot = hash & !mask | u64::from(note);
            return;
        }
        let known = (*slot & mask) as u32;
        match known.checked_sub(self.notes).and_then(|place| self.several.get_mut(place as usize)) {
            Some(several) => several.push(note),
            None => {
                self.several.push(vec![known, note]);
                *slot = *slot & !mask | u64::from(place);
            }
        }
    }

    fn get(&self, hash: u64) -> Group<'_> {
        self.found(self.probe(hash))
    }

    /// What was probed for.
    fn found(&self, Probe { hash, first, .. }: Probe) -> Group<'_> {
        let slot = match self.is_end(first, hash) {
            true => first,
            false => self.slots.get(self.find(hash)).copied().unwrap_or(FREE),
        };
        if slot == FREE {
            return Group::None;
        }
        let known = (slot & self.mask) as u32;
        match known.checked_sub(self.notes) {
            None => Group::One(known),
            Some(place) => self.several.get(place as usize).map_or(Group::None, |notes| Group::Several(notes)),
        }
    }
}

/// The notes of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group<'a> {
    None,
    One(u32),
    /// In ascending order.
    Several(&'a [u32]),
}

impl<'a> Group<'a> {
    fn is_none(self) -> bool {
        self == Self::None
    }

    fn notes(&'a self) -> &'a [u32] {
        match self {
            Self::None => &[],
            Self::One(note) => std::slice::from_ref(note),
            Self::Several(notes) => notes,
        }
    }
}

/// `text` in lower case and composed form, untouched where it already is.
fn lower(text: &str) -> Cow<'_, str> {
    let is_lower = |b: u8| b.is_ascii() && !b.is_ascii_uppercase();
    if text.bytes().all(is_lower) {
        Cow::Borrowed(text)
    } else if text.is_ascii() {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Owned(by_character(text))
    }
}

/// `text` in lower case and composed form, each character by itself, so that a part of a text is the same alone and in the whole: a small
/// sigma has one form, not another at the end of a word.
fn by_character(text: &str) -> String {
    let lowered = folded(text);
    if lowered.contains('ς') { lowered.replace('ς', "σ") } else { lowered }
}

/// Whether `lowered` is `text` in lower case.
fn is_lowered(text: &str, lowered: &str) -> bool {
    if text.is_ascii() { text.eq_ignore_ascii_case(lowered) } else { lower(text) == lowered }
}

/// Whether two texts differ in encoding at most.
fn is_same(a: &str, b: &str) -> bool {
    a == b || composed(a) == composed(b)
}

fn name_of(path: &str) -> &str {
    memrchr(b'/', path.as_bytes()).and_then(|at| path.get(at + 1..)).unwrap_or(path)
}

/// The last folder of a path and the name.
fn end_of(path: &str) -> &str {
    let folder = folder_of(path);
    memrchr(b'/', folder.as_bytes()).and_then(|at| path.get(at + 1..)).unwrap_or(path)
}

/// A name or path without the ending that all notes have.
fn stem(name: &str) -> &str {
    if ends_in_md(name) { name.get(..name.len() - 3).unwrap_or(name) } else { name }
}

fn folder_of(path: &str) -> &str {
    memrchr(b'/', path.as_bytes()).and_then(|at| path.get(..at)).unwrap_or_default()
}

/// The paths of a walk in byte order, each once, and the note of each of the walk where that is another order.
fn in_order(Paths { texts: walked, unordered }: Paths) -> (Texts, Option<Vec<u32>>) {
    if !unordered {
        return (walked, None);
    }
    let mut order: Vec<u32> = (0..walked.len() as u32).collect();
    order.sort_by(|a, b| walked.get(*a as usize).cmp(walked.get(*b as usize)));
    let mut paths = Texts::default();
    let mut notes = vec![NO_NOTE; walked.len()];
    let mut before = None;
    for number in order {
        let path = walked.get(number as usize);
        if before.replace(path) != Some(path) {
            notes.get_mut(number as usize).into_iter().for_each(|note| *note = paths.len() as u32);
            paths.push(path);
        }
    }
    (paths, Some(notes))
}

/// The hash of `text` in lower case, without a copy of it where it is ASCII.
fn hash(hasher: &DefaultHashBuilder, text: &str) -> u64 {
    let text = if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(by_character(text)) };
    hash_of_words(hasher, text.as_bytes(), |_| {})
}

/// The same of a text that is a mere name; `None` when it is none in ASCII.
fn hash_of_name(hasher: &DefaultHashBuilder, name: &str) -> Option<u64> {
    let mut odd = 0;
    let hash = hash_of_words(hasher, name.as_bytes(), |word| odd |= word | slashes(word));
    (odd & HIGH == 0).then_some(hash)
}

/// The hash of `bytes` with `A` to `Z` in lower case, word by word. `each` is shown the words.
fn hash_of_words(hasher: &DefaultHashBuilder, bytes: &[u8], mut each: impl FnMut(u64)) -> u64 {
    let mut hasher = hasher.build_hasher();
    let mut write = |word: [u8; 8]| {
        let word = u64::from_le_bytes(word);
        each(word);
        hasher.write_u64(lower_word(word));
    };
    bytes.as_chunks().0.iter().for_each(|word| write(*word));
    // The last bytes once more, which is faster than those that are left one by one.
    write(bytes.last_chunk().copied().unwrap_or_else(|| {
        let mut word = [0; 8];
        word.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = *byte);
        word
    }));
    hasher.write_usize(bytes.len());
    hasher.finish()
}

const ONES: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGH: u64 = ONES << 7;

/// The highest bit of each byte of a word that is a slash, and perhaps of some behind one.
fn slashes(word: u64) -> u64 {
    let other = word ^ (ONES * b'/' as u64);
    other.wrapping_sub(ONES) & !other & HIGH
}

/// Eight bytes with those of `A` to `Z` in lower case: the highest bit of each says whether it is one of them.
fn lower_word(word: u64) -> u64 {
    let low = word & !HIGH;
    let from_a = low + ONES * (0x80 - b'A' as u64);
    let behind_z = low + ONES * (0x7f - b'Z' as u64);
    word | (from_a & !behind_z & !word & HIGH) >> 2
}

impl Names {
    /// The names of the notes at `paths`.
    pub fn new(paths: Paths) -> Self {
        let (paths, walked) = in_order(paths);
        let hasher = DefaultHashBuilder::default();
        let of = |note: u32, part: fn(&str) -> &str| (hash(&hasher, part(paths.get(note as usize))), note);
        let all = 0..paths.len() as u32;
        let by_name = Index::new(paths.len(), all.len(), all.map(|note| of(note, |path| stem(name_of(path)))));
        let frequent = || by_name.several.iter().filter(|notes| notes.len() > FEW).flatten().copied();
        let some = frequent().count();
        let by_path = Index::new(paths.len(), some, frequent().map(|note| of(note, |path| path)));
        let by_end = Index::new(paths.len(), some, frequent().map(|note| of(note, end_of)));
        let by_form = |note: u32| (hasher.hash_one(&*composed(paths.get(note as usize))), note);
        let by_form = Index::new(paths.len(), some, frequent().map(by_form));
        Self { paths, walked, by_name, by_path, by_form, by_end, hasher }
    }

    pub(super) fn len(&self) -> usize {
        self.paths.len()
    }

    pub(super) fn path(&self, note: u32) -> &str {
        self.paths.get(note as usize)
    }

    /// The note with this number in the walk.
    pub(super) fn walked(&self, number: u32) -> Option<u32> {
        match &self.walked {
            Some(notes) => notes.get(number as usize).copied().filter(|note| *note != NO_NOTE),
            None => Some(number).filter(|note| (*note as usize) < self.len()),
        }
    }

    /// The note at `path`, in whatever form that is encoded.
    pub(super) fn find(&self, path: &str) -> Option<u32> {
        let other_form = || self.at(path, &lower(path)).filter(|note| is_same(self.path(*note), path));
        self.find_exactly(path).or_else(|| if path.is_ascii() { None } else { other_form() })
    }

    fn find_exactly(&self, path: &str) -> Option<u32> {
        let (mut from, mut to) = (0, self.len() as u32);
        while from < to {
            let middle = from + (to - from) / 2;
            match self.path(middle).cmp(path) {
                Ordering::Less => from = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => to = middle,
            }
        }
        None
    }

    /// The note whose path is `lowered` in lower case; of several, the one that is `path` as written.
    fn at(&self, path: &str, lowered: &str) -> Option<u32> {
        let mut group = self.named(lowered);
        if group.notes().len() > FEW {
            group = self.by_path.get(hash(&self.hasher, lowered));
        }
        let notes = group.notes();
        let exact = match notes.len() > FEW {
            true => self.by_form.get(self.hasher.hash_one(&*composed(path))).notes().first().copied(),
            false => notes.iter().copied().find(|note| is_same(self.path(*note), path)),
        };
        exact.or_else(|| notes.iter().copied().find(|note| is_lowered(self.path(*note), lowered)))
    }

    /// The notes named like the last part of `lowered`: none where that lacks the ending.
    fn named(&self, lowered: &str) -> Group<'_> {
        let stem = lowered.strip_suffix(".md").map(name_of);
        stem.map_or(Group::None, |stem| self.by_name.get(hash(&self.hasher, stem)))
    }

    /// Begins the search by which [`Names::target`] finds `target`; `None` when its place is by more than a name.
    pub(super) fn probe(&self, target: &str) -> Option<Probe> {
        if target.is_empty() {
            return None;
        }
        match hash_of_name(&self.hasher, stem(target)) {
            Some(hash) => Some(Probe { is_name: true, ..self.by_name.probe(hash) }),
            None if is_relative(target) || target.contains(SPACES) => None,
            None => Some(self.by_name.probe(hash(&self.hasher, name_of(stem(target))))),
        }
    }

    /// The note that a link to `target`, for which this [`Names::probe`] was begun, in the note `source` leads to.
    pub(super) fn target(&self, target: &str, probe: Option<Probe>, source: u32, room: &mut Room) -> Option<u32> {
        match probe.map_or(Group::None, |probe| self.by_name.found(probe)) {
            // A mere name, and one note of that name.
            Group::One(only) if probe.is_some_and(|probe| probe.is_name) || !target.contains('/') => Some(only),
            // The end of a path, and one path that may end so.
            Group::One(only) if let Some(is_end) = is_end_of(self.path(only), target) => is_end.then_some(only),
            // No note has that name; every one has the ending, and what comes with it may lack it all the same.
            Group::None if probe.is_some() && !ends_in_md(target) => None,
            _ => self.resolve(target, source, room),
        }
    }

    /// The same, whatever the target looks like.
    pub(super) fn resolve(&self, target: &str, source: u32, room: &mut Room) -> Option<u32> {
        if target.is_empty() {
            return Some(source);
        }
        let mut target = composed(target);
        if target.contains(SPACES) {
            target = Cow::Owned(target.replace(SPACES, " "));
        }
        let mut lowered = lower(&target).into_owned();
        let mut group = self.named(&lowered);
        if group.is_none() {
            lowered.push_str(".md");
            target.to_mut().push_str(".md");
            group = self.named(&lowered);
        }
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
        if group.notes().len() > FEW && target.contains('/') {
            group = self.by_end.get(hash(&self.hasher, end_of(&lowered)));
        }
        let group = group.notes();
        if !room.elsewhere.contains_key(&lowered) {
            let shortest = match group.len() > FEW {
                true => self.shortest(self.backwards(group, &lowered, room), &lowered),
                false => self.shortest(group.iter().copied(), &lowered),
            };
            room.elsewhere.insert(lowered.clone(), shortest);
        }
        let elsewhere = room.elsewhere.get(&lowered)?.as_ref()?;
        let elsewhere = self.written(elsewhere, &target);
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
            let near = group.get(start..end)?;
            let shortest = || self.shortest(near.iter().copied(), &lowered);
            let nearest = if near.len() > FEW {
                let key = (folder.to_owned(), lowered.clone());
                let shortest = room.below.entry(key).or_insert_with(shortest).as_ref();
                shortest.map(|shortest| self.written(shortest, &target))
            } else {
                shortest().map(|shortest| self.written(&shortest, &target))
            };
            return nearest.or(Some(elsewhere));
        }
        Some(elsewhere)
    }

    /// The shortest of the paths of `notes`, in their order, that end in the target, which is `lowered` in lower case.
    fn shortest(&self, notes: impl Iterator<Item = u32>, lowered: &str) -> Option<Shortest> {
        let mut length = usize::MAX;
        let mut written = Vec::new();
        for note in notes {
            let path = self.path(note);
            let own = composed(path).encode_utf16().count();
            if own <= length && lower(path).strip_suffix(lowered).is_some_and(|rest| rest.ends_with('/')) {
                if own < length {
                    written.clear();
                }
                length = own;
                written.push(note);
            }
        }
        let first = written.iter().copied().min()?;
        let end = |note: &u32| end_like(self.path(*note), lowered);
        written.sort_by(|a, b| end(a).cmp(&end(b)).then(a.cmp(b)));
        written.dedup_by(|note, before| end(note) == end(before));
        Some(Shortest { first, written })
    }

    /// Of the shortest paths the first that is written like the target, else the first.
    fn written(&self, shortest: &Shortest, target: &str) -> u32 {
        let end = |note: &u32| end_like(self.path(*note), target);
        let found = shortest.written.binary_search_by(|note| (*end(note)).cmp(target));
        found.ok().and_then(|at| shortest.written.get(at)).map_or(shortest.first, |note| *note)
    }

    /// Those of `group`, the notes of a name, whose paths end in `lowered`.
    fn backwards<'r>(&self, group: &[u32], lowered: &str, room: &'r mut Room) -> impl Iterator<Item = u32> + 'r {
        let backwards = |text: &str| text.bytes().rev().collect::<Vec<u8>>();
        let key = (group.first().copied().unwrap_or(NO_NOTE), group.len());
        let sorted = room.backwards.entry(key).or_insert_with(|| {
            let mut paths: Vec<(Vec<u8>, u32)> =
                group.iter().map(|note| (backwards(&lower(self.path(*note))), *note)).collect();
            paths.sort_unstable();
            paths
        });
        let end = backwards(lowered);
        let start = sorted.partition_point(|(path, _)| *path < end);
        let found = sorted.within(start..).iter();
        found.take_while(move |(path, _)| path.starts_with(&end)).map(|(_, note)| *note)
    }
}

/// As many parts of the end of `path` as `target` has, in composed form.
fn end_like<'p>(path: &'p str, target: &str) -> Cow<'p, str> {
    let slashes = target.bytes().filter(|byte| *byte == b'/').count();
    let start = memchr::memrchr_iter(b'/', path.as_bytes()).nth(slashes).map_or(0, |at| at + 1);
    composed(path.get(start..).unwrap_or(path))
}

/// Whether `path` ends in the parts that `target` names, of which the last agrees; `None` when that takes more than a
/// comparison of ASCII.
fn is_end_of(path: &str, target: &str) -> Option<bool> {
    if target.starts_with('/') || !target.is_ascii() || !path.is_ascii() {
        return None;
    }
    let path = path.as_bytes();
    let end = if ends_in_md(target) { path.len() } else { path.len().checked_sub(3)? };
    let Some(start) = end.checked_sub(target.len()) else { return Some(false) };
    let is_same = path.get(start..end)?.eq_ignore_ascii_case(target.as_bytes());
    Some(is_same && (start == 0 || path.get(start - 1) == Some(&b'/')))
}

fn ends_in_md(target: &str) -> bool {
    target.as_bytes().last_chunk().is_some_and(|end: &[u8; 3]| end.eq_ignore_ascii_case(b".md"))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

        #[test]
        fn words_are_lowered_as_bytes_are(word in any::<[u8; 8]>(), letters in "[@-\\[`-{ÄäKİΣς]{0,20}") {
            prop_assert_eq!(lower_word(u64::from_le_bytes(word)).to_le_bytes(), word.map(|byte| byte.to_ascii_lowercase()));
            let hasher = DefaultHashBuilder::default();
            prop_assert_eq!(hash(&hasher, &letters), hash(&hasher, &lower(&letters)));
            let by_character: String = letters.chars().map(|letter| lower(letter.encode_utf8(&mut [0; 4])).into_owned()).collect();
            prop_assert_eq!(lower(&letters), by_character);
        }
    }

    #[test]
    fn every_byte_and_the_length_of_a_name_count() {
        let hasher = DefaultHashBuilder::default();
        let mut texts = Vec::new();
        for length in 0..40 {
            let same = "a".repeat(length);
            let other = |at: usize| format!("{}b{}", &same[..at], &same[at + 1..]);
            texts.extend((0..length).map(other));
            texts.push(same);
        }
        let hashes: std::collections::HashSet<u64> = texts.iter().map(|text| hash(&hasher, text)).collect();
        assert_eq!(hashes.len(), texts.len());
    }
}
