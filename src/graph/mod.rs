//! Which note links to which, how often, and how much each note weighs.
//!
//! A scan gathers the links of each note in a [`LinkTable`], one for each thread, and what they say in [`Targets`];
//! [`Graph::new`] then knows all notes and resolves each target once. Names stand in a few large texts and notes are
//! numbers, so that a vault of 100,000 notes and half a million links takes a few tens of megabytes.

mod rank;
mod resolve;
mod table;

use std::sync::OnceLock;
use std::thread;

use crate::schedule::LinkSums;

use resolve::{Names, Resolved};
pub use table::{LinkTable, Targets};

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

/// What `work` makes of each of `parts`, where there is much to do each on a thread of its own, the first on this one.
fn side_by_side<P: Send, R: Send>(
    parts: impl IntoIterator<Item = P>,
    is_much: bool,
    work: impl Fn(P) -> R + Sync,
) -> Vec<R> {
    if !is_much {
        return parts.into_iter().map(work).collect();
    }
    thread::scope(|scope| {
        let work = &work;
        let mut parts = parts.into_iter();
        let first = parts.next();
        let workers: Vec<_> = parts.map(|part| scope.spawn(move || work(part))).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, R>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        let first = first.map(work);
        first.into_iter().chain(workers.into_iter().map(join)).collect()
    })
}

/// The number of a table, and a row there.
type Row = (u32, u32);

/// Into how many runs the notes are cut to put their links together.
const RUNS: usize = 8;

/// The links of a run of notes, of which the first has the number `first`: where those of each note begin, and for each of
/// its targets how many there are.
fn rows(
    run: &[Row],
    first: u32,
    tables: &[LinkTable],
    resolved: &Resolved,
    names: &Names,
) -> (Vec<u32>, Vec<(u32, u32)>) {
    let mut starts = Vec::with_capacity(run.len());
    let mut links: Vec<(u32, u32)> = Vec::new();
    // Where in `links` each target was last put.
    let mut places: Vec<u32> = vec![u32::MAX; names.len()];
    for ((table, row), source) in run.iter().zip(first..) {
        let start = links.len();
        starts.push(start as u32);
        let targets = tables.get(*table as usize).map_or(&[][..], |table| table.targets(*row as usize));
        for target in targets {
            let target = resolved.note(names, *target, source);
            let Some(place) = places.get_mut(target as usize) else { continue };
            match links.get_mut(*place as usize) {
                Some((known, count)) if *place as usize >= start && *known == target => {
                    *count = count.saturating_add(1)
                }
                _ => {
                    *place = links.len() as u32;
                    links.push((target, 1));
                }
            }
        }
    }
    (starts, links)
}

/// The notes of a vault and the links between them.
#[derive(Debug)]
pub struct Graph {
    names: Names,
    /// Where the links of each note begin in `links`, and behind them all their number.
    starts: Vec<u32>,
    /// Target and number of links, by source, each target once for a source.
    links: Vec<(u32, u32)>,
    /// The same the other way round, once it was asked for.
    back: OnceLock<Back>,
}

/// Links by their targets.
#[derive(Debug)]
struct Back {
    /// Where the links to each note begin in `links`, and behind them all their number.
    starts: Vec<u32>,
    /// Source and number of links, in the order of the sources.
    links: Vec<(u32, u32)>,
}

/// The part of `links` that belongs to `note`.
fn row<'a>(starts: &[u32], links: &'a [(u32, u32)], note: u32) -> &'a [(u32, u32)] {
    let at = note as usize;
    let range = starts.get(at).zip(starts.get(at + 1));
    range.and_then(|(start, end)| links.get(*start as usize..*end as usize)).unwrap_or_default()
}

impl Graph {
    /// The graph of all notes that were put into `tables`. Links that lead to no note are left out.
    ///
    /// A path that stands in the tables more than once counts once, with the links that came first.
    pub fn new(tables: Vec<LinkTable>, targets: Targets) -> Self {
        Self::with_rows(tables, targets).0
    }

    /// The same, and the note of each row of each table. Of a path that came again, the row is no note's.
    pub fn with_rows(mut tables: Vec<LinkTable>, targets: Targets) -> (Self, Vec<Vec<Option<NoteId>>>) {
        let is_much = tables.iter().map(LinkTable::target_count).sum::<usize>() > MANY;
        // Each table by itself, so that putting them together is a merge.
        let sorted = side_by_side(tables.iter().zip(0..), is_much, |(table, number): (&LinkTable, u32)| {
            let mut rows: Vec<(&str, u32, u32)> =
                (0..table.len()).map(|row| (table.path(row), number, row as u32)).collect();
            rows.sort_unstable();
            rows
        });
        let mut order = sorted.concat();
        drop(sorted);
        order.sort();
        order.dedup_by_key(|(path, ..)| *path);
        let names = Names::new(order.iter().map(|(path, ..)| *path));
        let order: Vec<Row> = order.into_iter().map(|(_, table, row)| (table, row)).collect();
        tables.iter_mut().for_each(LinkTable::forget_paths);

        let resolved = Resolved::new(&names, targets.into_parts());
        let size = order.len().div_ceil(RUNS).max(1);
        let runs = side_by_side(order.chunks(size).zip(0..), is_much, |(run, number): (&[Row], usize)| {
            rows(run, (number * size) as u32, &tables, &resolved, &names)
        });
        let mut starts = Vec::with_capacity(order.len() + 1);
        let mut links = Vec::with_capacity(runs.iter().map(|(_, links)| links.len()).sum());
        for (run, of_run) in runs {
            let before = links.len() as u32;
            starts.extend(run.iter().map(|start| before + start));
            links.extend(of_run);
        }
        starts.push(links.len() as u32);

        let mut notes: Vec<Vec<Option<NoteId>>> = tables.iter().map(|table| vec![None; table.len()]).collect();
        for ((table, row), note) in order.iter().zip(0..) {
            let rows = notes.get_mut(*table as usize);
            rows.and_then(|rows| rows.get_mut(*row as usize)).into_iter().for_each(|slot| *slot = Some(NoteId(note)));
        }
        (Self { names, starts, links, back: OnceLock::new() }, notes)
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
        self.names.resolve(target, source.0).map(NoteId)
    }

    /// The notes that `note` links to and how often, itself included, in the order of the first link to each.
    pub fn links_from(&self, note: NoteId) -> impl Iterator<Item = (NoteId, u32)> + '_ {
        self.row(note.0).iter().map(|(target, count)| (NoteId(*target), *count))
    }

    /// The notes that link to `note` and how often, itself included, in the order of their paths.
    pub fn links_to(&self, note: NoteId) -> impl Iterator<Item = (NoteId, u32)> + '_ {
        let back = self.back.get_or_init(|| self.turned());
        row(&back.starts, &back.links, note.0).iter().map(|(source, count)| (NoteId(*source), *count))
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
    /// links to, a note that does both (or is the note itself) twice. `ease` tells the known ease of a note, rounded.
    pub fn link_sums(&self, note: NoteId, ranks: &[f64], ease: impl Fn(NoteId) -> Option<f64>) -> LinkSums {
        let mut sums = LinkSums::default();
        for (other, links) in self.links_to(note).chain(self.links_from(note)) {
            if let Some(ease) = ease(other) {
                sums.add(links, ranks.get(other.index()).copied().unwrap_or(0.0), ease);
            }
        }
        sums
    }

    /// The page rank of each note, times 10,000, by [`NoteId::index`]; 0 for a note without any link.
    pub fn ranks(&self) -> Vec<f64> {
        rank::ranks(&self.starts, &self.links)
    }

    fn row(&self, note: u32) -> &[(u32, u32)] {
        row(&self.starts, &self.links, note)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn graph(notes: &[(&str, &[&str])]) -> Graph {
        let mut tables = vec![LinkTable::default(), LinkTable::default()];
        let all = Targets::default();
        for (i, (path, targets)) in notes.iter().enumerate() {
            tables[i % 2].add(path, targets.iter(), &all);
        }
        Graph::new(tables, all)
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
        let g = graph(&[("b.md", &["a", "gone", "a", "b", ""]), ("a.md", &["b"]), ("c.md", &[])]);
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
            ("gone", "note.md", None),
            ("", "note.md", Some("note.md")),
            ("/", "note.md", None),
            ("..", "x/note.md", None),
            (".md", "note.md", None),
            ("note.md/", "note.md", None),
        ];
        let g = graph(&notes.map(|path| (path, &[][..])));
        for (target, source, found) in cases {
            let source = g.note(source).unwrap();
            assert_eq!(g.resolve(target, source).map(|note| g.path(note)), *found, "{target}");
        }
        // The same through tables, where a target is resolved once.
        for (target, source, found) in cases {
            let (mut table, all) = (LinkTable::default(), Targets::default());
            for path in notes {
                table.add(path, [*target; 2].iter().take(if path == *source { 2 } else { 0 }), &all);
            }
            let expected: Vec<String> = found.iter().map(|found| format!("{source} -> {found} 2")).collect();
            assert_eq!(edges(&Graph::new(vec![table], all)), expected, "{target}");
        }
    }

    #[test]
    fn strange_vaults_do_no_harm() {
        assert!(graph(&[]).ranks().is_empty());
        let many: Vec<String> = (0..10_000).map(|i| format!("n{}", i % 300)).collect();
        let (mut table, all) = (LinkTable::default(), Targets::default());
        table.add("hub.md", &many, &all);
        table.add("n1.md", ["hub"], &all);
        table.add("n1.md", ["n1"], &all);
        let g = Graph::new(vec![table], all);
        assert_eq!(edges(&g), ["hub.md -> n1.md 34", "n1.md -> hub.md 1"]);
        let (mut same, all) = (LinkTable::default(), Targets::default());
        for i in 0..5_000 {
            same.add(&format!("f{i}/readme.md"), ["readme", "../f7/README.md", "f8/readme", "x/readme"], &all);
        }
        let g = Graph::new(vec![same], all);
        assert_eq!(
            edges(&g)[..3],
            ["f0/readme.md -> f0/readme.md 1", "f0/readme.md -> f7/readme.md 1", "f0/readme.md -> f8/readme.md 1"]
        );
    }

    /// The rules of resolution, one after the other over all notes.
    fn by_the_rules<'a>(paths: &[&'a str], target: &str, source: &'a str) -> Option<&'a str> {
        if target.is_empty() {
            return Some(source);
        }
        let folder = source.rsplit_once('/').map_or("", |(folder, _)| folder);
        let name = |path: &str| path.rsplit('/').next().unwrap().to_lowercase();
        let target = if paths.iter().any(|path| name(path) == name(target)) {
            target.to_owned()
        } else {
            format!("{target}.md")
        };
        let same = |wanted: &str| {
            let exact = paths.iter().find(|path| **path == wanted);
            exact.or_else(|| paths.iter().find(|path| path.to_lowercase() == wanted.to_lowercase())).copied()
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
        let ending = |path: &&&str| path.to_lowercase().ends_with(&format!("/{}", target.to_lowercase()));
        let below = |path: &&&str| !folder.is_empty() && path.starts_with(&format!("{folder}/"));
        let shortest = |paths: Vec<&&'a str>| {
            paths.into_iter().min_by_key(|path| (path.len(), !path.ends_with(&format!("/{target}")), **path)).copied()
        };
        same(&target)
            .or_else(|| shortest(paths.iter().filter(ending).filter(below).collect()))
            .or_else(|| shortest(paths.iter().filter(ending).collect()))
    }

    fn path() -> impl Strategy<Value = String> {
        "((x|X|y|xy)/){0,3}(a|A|b|ab|a.md)".prop_map(|path| format!("{path}.md"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

        #[test]
        fn every_way_to_resolve_agrees_with_the_rules(
            paths in prop::collection::btree_set(path(), 1..9),
            targets in prop::collection::vec("(|/|\\./|\\.\\./|\\.\\./\\.\\./)((x|X|y|xy|\\.\\.)/){0,2}(a|A|b|B|ab|a\\.md|A\\.MD|)", 1..9),
        ) {
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            let (mut table, all) = (LinkTable::default(), Targets::default());
            for path in &paths {
                table.add(path, &targets, &all);
            }
            let g = Graph::new(vec![table], all);
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
