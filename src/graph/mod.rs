//! Which note links to which, how often, and how much each note weighs.
//!
//! A walk lists the [`Paths`] of all notes, which make the [`Names`]; a scan gathers what each note links to in a
//! [`LinkTable`], one for each thread, and [`Graph::new`] puts them together. Names stand in a few large texts and notes
//! are numbers, so that a vault of 100,000 notes and half a million links takes a few tens of megabytes.

mod rank;
mod resolve;
mod table;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::schedule::LinkSums;
use crate::threads;

use resolve::Room;

pub use resolve::Names;
pub use table::{LinkTable, Paths};

/// A note of one [`Graph`]. Notes are numbered in the byte order of their paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoteId(u32);

impl NoteId {
    /// The number: below [`Graph::len`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Of fewer notes or links, a thread costs more than it saves.
const MANY: usize = 10_000;

/// The notes of a vault and the links between them.
#[derive(Debug)]
pub struct Graph {
    names: Names,
    /// Where the links of each note stand in `links`.
    rows: Vec<Range<u32>>,
    /// Target and number of links, each target once for a source.
    links: Vec<(u32, u32)>,
    /// The same the other way round, once it was asked for often enough.
    back: OnceLock<Back>,
    /// How often it was done without.
    searches: AtomicU32,
    /// What is known from links that were resolved one by one.
    room: Mutex<Room>,
}

/// Links by their targets.
#[derive(Debug)]
struct Back {
    /// Where the links to each note begin in `links`, and behind them all their number.
    starts: Vec<u32>,
    /// Source and number of links, in the order of the sources.
    links: Vec<(u32, u32)>,
}

impl Back {
    fn row(&self, note: u32) -> &[(u32, u32)] {
        let at = note as usize;
        let range = self.starts.get(at).zip(self.starts.get(at + 1));
        row(range.map(|(start, end)| *start..*end), &self.links)
    }
}

/// The part of `links` at `range`.
fn row(range: Option<Range<u32>>, links: &[(u32, u32)]) -> &[(u32, u32)] {
    range.and_then(|range| links.get(range.start as usize..range.end as usize)).unwrap_or_default()
}

impl Graph {
    /// The graph of all notes, with the links that were put into `tables`. Those that lead to no note are left out.
    pub fn new(names: Names, mut tables: Vec<LinkTable>) -> Self {
        let is_much = tables.iter().map(LinkTable::waiting).sum::<usize>() > MANY;
        let most = if is_much { tables.len() } else { 1 };
        threads::map(&mut tables, most, |table| table.settle(&names));
        // The most links stay where they are.
        tables.sort_by_key(|table| std::cmp::Reverse(table.links.len()));
        let mut rows = vec![0..0; names.len()];
        let mut links = tables.first_mut().map(|table| std::mem::take(&mut table.links)).unwrap_or_default();
        links.reserve_exact(tables.iter().map(|table| table.links.len()).sum());
        let mut first = 0;
        for table in tables {
            let mut start = first;
            for (number, end) in table.rows {
                let own = start..first + end;
                start = own.end;
                let slot = names.walked(number).and_then(|note| rows.get_mut(note as usize));
                slot.into_iter().for_each(|slot| *slot = own.clone());
            }
            links.extend(table.links);
            first = links.len() as u32;
        }
        Self { names, rows, links, back: OnceLock::new(), searches: AtomicU32::new(0), room: Mutex::default() }
    }

    /// The note with this number among the [`Paths`]; `None` for a path that came before.
    pub fn walked(&self, number: u32) -> Option<NoteId> {
        self.names.walked(number).map(NoteId)
    }

    /// The number of notes.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are no notes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The note at `path`, relative to the vault.
    pub fn note(&self, path: &str) -> Option<NoteId> {
        self.names.find(path).map(NoteId)
    }

    /// The path of a note.
    pub fn path(&self, note: NoteId) -> &str {
        self.names.path(note.0)
    }

    /// All notes, in the byte order of their paths.
    pub fn notes(&self) -> impl Iterator<Item = NoteId> + use<> {
        (0..self.names.len() as u32).map(NoteId)
    }

    /// The note that a link to `target` (as in [`crate::note::links::Link::target`]) in the note `source` leads to.
    pub fn resolve(&self, target: &str, source: NoteId) -> Option<NoteId> {
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        self.names.resolve(target, source.0, &mut room).map(NoteId)
    }

    /// The notes that `note` links to and how often, itself included, in the order of the first link to each.
    pub fn links_from(&self, note: NoteId) -> impl Iterator<Item = (NoteId, u32)> + '_ {
        self.row(note.0).iter().map(|(target, count)| (NoteId(*target), *count))
    }

    /// The notes that link to `note` and how often, itself included, in the order of their paths.
    pub fn links_to(&self, note: NoteId) -> impl Iterator<Item = (NoteId, u32)> + '_ {
        let found = match self.back.get() {
            Some(back) => Cow::Borrowed(back.row(note.0)),
            // Turning all links round takes as long as to look through them some six times.
            None if self.searches.fetch_add(1, Ordering::Relaxed) < 6 => Cow::Owned(self.search(note.0)),
            None => Cow::Borrowed(self.back.get_or_init(|| self.turned()).row(note.0)),
        };
        (0..found.len()).filter_map(move |at| found.get(at).map(|(source, count)| (NoteId(*source), *count)))
    }

    /// The links to `note`, among all.
    fn search(&self, note: u32) -> Vec<(u32, u32)> {
        let found = self.links.iter().zip(0..).filter(|((target, _), _)| *target == note);
        let places: Vec<u32> = found.map(|(_, at)| at).collect();
        let to_note = |source: NoteId| {
            let row = self.rows.get(source.index())?;
            // Few, and each source holds one of them at most.
            let at = places.get(places.partition_point(|at| *at < row.start)).filter(|at| **at < row.end)?;
            self.links.get(*at as usize).map(|(_, count)| (source.0, *count))
        };
        if places.is_empty() { Vec::new() } else { self.notes().filter_map(to_note).collect() }
    }

    fn turned(&self) -> Back {
        let mut starts = vec![0_u32; self.len() + 1];
        for (target, _) in &self.links {
            starts.get_mut(*target as usize + 1).into_iter().for_each(|count| *count += 1);
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut links = vec![(0, 0); self.links.len()];
        for source in self.notes() {
            for (target, count) in self.row(source.0) {
                let Some(next) = next.get_mut(*target as usize) else { continue };
                links.get_mut(*next as usize).into_iter().for_each(|slot| *slot = (source.0, *count));
                *next += 1;
            }
        }
        Back { starts, links }
    }

    /// The eases around `note`, as its first review sums them up: over the notes that link to it and then over those it
    /// links to, a note that does both (or is the note itself) twice. `known` tells the ease of a note, rounded, if it has
    /// one, and its page rank.
    pub fn link_sums(&self, note: NoteId, mut known: impl FnMut(NoteId) -> Option<(f64, f64)>) -> LinkSums {
        let mut sums = LinkSums::default();
        for (other, links) in self.links_to(note).chain(self.links_from(note)) {
            if let Some((ease, rank)) = known(other) {
                sums.add(links, rank, ease);
            }
        }
        sums
    }

    /// The page rank of each note, times 10,000, by [`NoteId::index`]; 0 for a note without any link.
    pub fn ranks(&self) -> Vec<f64> {
        rank::ranks(&self.rows, &self.links)
    }

    fn row(&self, note: u32) -> &[(u32, u32)] {
        row(self.rows.get(note as usize).cloned(), &self.links)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::item::{composed, folded};

    /// The graph of these notes, read by two threads, some of the links before all names were known.
    fn graph<P: AsRef<str>, T: AsRef<str>>(notes: &[(P, Vec<T>)]) -> Graph {
        let mut paths = Paths::default();
        notes.iter().for_each(|(path, _)| paths.push(path.as_ref()));
        let names = Names::new(paths);
        let mut tables = vec![LinkTable::default(), LinkTable::default()];
        for ((_, targets), i) in notes.iter().zip(0..) {
            tables[i as usize % 2].add(i, targets.iter().map(AsRef::as_ref), Some(&names).filter(|_| i % 3 > 0));
        }
        Graph::new(names, tables)
    }

    /// `source -> target count` for all links.
    fn edges(graph: &Graph) -> Vec<String> {
        let of = |source| {
            graph
                .links_from(source)
                .map(move |(target, n)| format!("{} -> {} {n}", graph.path(source), graph.path(target)))
        };
        graph.notes().flat_map(of).collect()
    }

    #[test]
    fn links_are_counted_by_note() {
        let g = graph(&[("b.md", vec!["a", "gone", "a", "b", ""]), ("a.md", vec!["b"]), ("c.md", vec![])]);
        assert_eq!(edges(&g), ["a.md -> b.md 1", "b.md -> a.md 2", "b.md -> b.md 2"]);
        let b = g.note("b.md").unwrap();
        let to: Vec<_> = g.links_to(b).map(|(note, count)| (g.path(note), count)).collect();
        assert_eq!(to, [("a.md", 1), ("b.md", 2)]);
        assert_eq!(g.note("B.md"), None);
        assert_eq!(g.resolve("B", b), Some(b));
    }

    #[test]
    fn a_link_goes_where_obsidian_leads_it() {
        let notes = [
            "note.md",
            "x/note.md",
            "x/y/note.md",
            "z/Deep.md",
            "z/q/deep.md",
            "v1.2.md",
            "x/a b.md",
            "Ünï.md",
            "oo/b.md",
            "foo/bar/b.md",
            "K.md",
            "k.md",
            "x/ΟΔΟΣ.md",
        ];
        let cases: &[(&str, &str, Option<&str>)] = &[
            ("note", "z/Deep.md", Some("note.md")),
            ("note", "x/y/note.md", Some("note.md")),
            ("NOTE.md", "z/Deep.md", Some("note.md")),
            ("x/note", "z/Deep.md", Some("x/note.md")),
            ("y/note", "z/Deep.md", Some("x/y/note.md")),
            ("x/y/Note.MD", "note.md", Some("x/y/note.md")),
            ("deep", "note.md", Some("z/Deep.md")),
            ("deep", "z/q/deep.md", Some("z/q/deep.md")),
            ("deep", "z/Deep.md", Some("z/Deep.md")),
            ("v1.2", "note.md", Some("v1.2.md")),
            ("a b", "note.md", Some("x/a b.md")),
            ("a\u{a0}b", "note.md", Some("x/a b.md")),
            ("ÜNÏ", "note.md", Some("Ünï.md")),
            ("./note", "x/y/note.md", Some("x/y/note.md")),
            ("../note", "x/y/note.md", Some("x/note.md")),
            ("../../z/deep", "x/y/note.md", Some("z/Deep.md")),
            ("../../../note", "x/y/note.md", None),
            ("../note", "note.md", None),
            ("/x/note", "z/Deep.md", Some("x/note.md")),
            ("/y/note", "z/Deep.md", None),
            ("o/b", "note.md", None),
            ("ar/b", "note.md", None),
            ("bar/b", "note.md", Some("foo/bar/b.md")),
            ("b", "note.md", Some("oo/b.md")),
            ("k", "note.md", Some("k.md")),
            ("K", "note.md", Some("K.md")),
            ("οδος", "note.md", Some("x/ΟΔΟΣ.md")),
            ("ΟΔΟΣ.md", "note.md", Some("x/ΟΔΟΣ.md")),
            ("x/ΟΔΟΣ", "note.md", Some("x/ΟΔΟΣ.md")),
            ("/x/οδοσ.md", "note.md", Some("x/ΟΔΟΣ.md")),
            ("./ΟΔΟΣ.md", "x/note.md", Some("x/ΟΔΟΣ.md")),
            ("gone", "note.md", None),
            ("", "note.md", Some("note.md")),
            ("/", "note.md", None),
            ("..", "x/note.md", None),
            (".md", "note.md", None),
            ("note.md/", "note.md", None),
        ];
        let g = graph(&notes.map(|path| (path, Vec::<&str>::new())));
        for (target, source, found) in cases {
            let source = g.note(source).unwrap();
            assert_eq!(g.resolve(target, source).map(|note| g.path(note)), *found, "{target}");
        }
        // The same through tables.
        for (target, source, found) in cases {
            let g = graph(&notes.map(|path| (path, vec![*target; if path == *source { 2 } else { 0 }])));
            let expected: Vec<String> = found.iter().map(|found| format!("{source} -> {found} 2")).collect();
            assert_eq!(edges(&g), expected, "{target}");
        }
    }

    #[test]
    fn strange_vaults_do_no_harm() {
        assert!(graph::<&str, &str>(&[]).ranks().is_empty());
        let many: Vec<String> = (0..10_000).map(|i| format!("n{}", i % 300)).collect();
        let link = |to: &str| vec![to.to_owned()];
        let g = graph(&[("hub.md", many.clone()), ("n1.md", link("hub")), ("n1.md", link("n1"))]);
        assert_eq!(edges(&g), ["hub.md -> n1.md 34", "n1.md -> hub.md 1"]);
        let all: Vec<_> = (0..300).map(|i| (format!("n{i}.md"), many.clone())).collect();
        let g = graph(&all);
        assert!(edges(&g).iter().all(|edge| edge.ends_with(" 33") || edge.ends_with(" 34")));
        assert_eq!(g.links_from(g.note("n7.md").unwrap()).count(), 300);
        let links = ["readme", "../f7/README.md", "f8/readme", "x/readme"];
        let same: Vec<_> = (0..5_000).map(|i| (format!("f{i}/readme.md"), links.to_vec())).collect();
        let g = graph(&same);
        assert_eq!(
            edges(&g)[..3],
            ["f0/readme.md -> f0/readme.md 1", "f0/readme.md -> f7/readme.md 1", "f0/readme.md -> f8/readme.md 1"]
        );
    }

    #[test]
    fn of_many_notes_of_one_name_each_folder_has_its_own() {
        let mut notes: Vec<(String, Vec<&str>)> = Vec::new();
        for (folder, i) in ["x", "y"].into_iter().flat_map(|folder| (0..200).map(move |i| (folder, i))) {
            notes.push((format!("{folder}/f{i}/b.md"), vec![]));
            notes.push((format!("{folder}/h{i}.md"), vec!["b", "f7/b", "f7/B.md", "gone/b"]));
        }
        let of = |folder: &str| format!("{folder}/h5.md -> {folder}/f0/b.md 1, {folder}/h5.md -> {folder}/f7/b.md 2");
        let found = edges(&graph(&notes));
        let of_h5: Vec<&str> = found.iter().filter(|edge| edge.contains("/h5.md ->")).map(String::as_str).collect();
        assert_eq!(of_h5.join(", "), [of("x"), of("y")].join(", "));
    }

    /// The rules of resolution, one after the other over all notes.
    fn by_the_rules<'a>(paths: &[&'a str], target: &str, source: &'a str) -> Option<&'a str> {
        if target.is_empty() {
            return Some(source);
        }
        let folder = source.rsplit_once('/').map_or("", |(folder, _)| folder);
        // Case folded by character: no letter depends on those around it.
        let lower = |text: &str| folded(text).replace('ς', "σ");
        let target = &*composed(target);
        let name = |path: &str| lower(path.rsplit('/').next().unwrap());
        let target = if paths.iter().any(|path| name(path) == name(target)) {
            target.to_owned()
        } else {
            format!("{target}.md")
        };
        let same = |wanted: &str| {
            let exact = paths.iter().find(|path| composed(path) == composed(wanted));
            exact.or_else(|| paths.iter().find(|path| lower(path) == lower(wanted))).copied()
        };
        if target.starts_with("./") || target.starts_with("../") {
            let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
            for part in target.split('/') {
                match part {
                    "." => {}
                    ".." => {
                        parts.pop()?;
                    }
                    part => parts.push(part),
                }
            }
            return same(&parts.join("/"));
        }
        if let Some(rooted) = target.strip_prefix('/') {
            return same(rooted);
        }
        let ending = |path: &&&str| lower(path).ends_with(&format!("/{}", lower(&target)));
        let below = |path: &&&str| !folder.is_empty() && path.starts_with(&format!("{folder}/"));
        let shortest = |paths: Vec<&&'a str>| {
            paths
                .into_iter()
                .min_by_key(|path| {
                    let form = composed(path);
                    (form.encode_utf16().count(), !form.ends_with(&format!("/{target}")), **path)
                })
                .copied()
        };
        same(&target)
            .or_else(|| shortest(paths.iter().filter(ending).filter(below).collect()))
            .or_else(|| shortest(paths.iter().filter(ending).collect()))
    }

    fn path() -> impl Strategy<Value = String> {
        "((x|X|y|xy|É|é|e\u{301})/){0,3}(a|A|b|ab|a.md|aΣ|ας|aσ|k|\u{212a})".prop_map(|path| format!("{path}.md"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

        #[test]
        fn every_way_to_resolve_agrees_with_the_rules(
            paths in prop::collection::btree_set(path(), 1..9),
            targets in prop::collection::vec("(|/|\\./|\\.\\./|\\.\\./\\.\\./)((x|X|y|xy|é|e\u{301}|\\.\\.)/){0,2}(a|A|b|B|ab|a\\.md|A\\.MD|AΣ|ας|aσ\\.md|Σ|K|\u{212a}|)", 1..9),
        ) {
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            // In another order than theirs, as a folder of the disk may be.
            let notes: Vec<_> = paths.iter().rev().map(|path| (path, targets.iter().collect())).collect();
            let g = graph(&notes);
            for path in &paths {
                let source = g.note(path).unwrap();
                let mut counted = std::collections::BTreeMap::new();
                for target in &targets {
                    let found = g.resolve(target, source).map(|note| g.path(note));
                    prop_assert_eq!(found, by_the_rules(&paths, target, path), "{} in {}", target, path);
                    if let Some(found) = found {
                        *counted.entry(found).or_insert(0) += 1;
                    }
                }
                for (target, count) in g.links_from(source) {
                    prop_assert!(g.links_to(target).any(|link| link == (source, count)));
                }
                let back: Vec<_> = g.links_to(source).collect();
                prop_assert!(back.is_sorted());
                for (other, count) in back {
                    prop_assert!(g.links_from(other).any(|link| link == (source, count)));
                }
                let linked: std::collections::BTreeMap<&str, u32> = g.links_from(source).map(|(note, n)| (g.path(note), n)).collect();
                prop_assert_eq!(linked, counted);
            }
        }
    }
}
