//! The pieces that a scan, a review and a page of figures spend their time in: `cargo bench`.

use std::fmt::Write as _;
use std::hint::black_box;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use study::graph::{Graph, LinkTable, Names, Paths};
use study::log::merge;
use study::note::frontmatter::find;
use study::note::links::{NoteLinks, Spare};
use study::note::{edit, schedule};
use study::schedule::{Algorithm, DueLoad, Ease, Interval, Scheduled};
use study::show::markdown::{Layout, render};

fn main() {
    divan::main();
}

/// A note with a schedule among other keys, and a body.
const NOTE: &str = "---\ntags:\n  - review\n  - source/book\naliases: [one, \"two\"]\ntitle: \"A \\\"quoted\\\" title\"\n\
    date: 2026-01-15\nsr-due: 2026-01-15\nsr-interval: 12\nsr-ease: 250\n---\n# A note\n\nText with a [[link]].\n";

/// The same with a line that only YAML can tell the meaning of.
const UNUSUAL: &str = "---\ntags: &t [review]\nsr-due: Thu Jan 15 2026\nsr-interval: 12\nsr-ease: 250\n---\nText.\n";

fn scheduled() -> Option<Scheduled> {
    Some(Scheduled { due: "2026-01-15".parse().ok()?, interval: Interval::new(12.0)?, ease: Ease::new(250.0)? })
}

#[divan::bench(args = [("regular", NOTE), ("unusual", UNUSUAL)])]
fn frontmatter_read(bencher: Bencher, (_, text): (&str, &str)) {
    bencher.counter(ItemsCount::new(1_u32)).bench(|| schedule::read(black_box(text).as_bytes()));
}

#[divan::bench]
fn edit_and_proof(bencher: Bencher) {
    let Some(to) = scheduled() else { return };
    bencher.counter(ItemsCount::new(1_u32)).bench(|| edit::set(black_box(NOTE), &to));
}

#[divan::bench]
fn schedule_outcomes(bencher: Bencher) {
    let Some(before) = scheduled() else { return };
    let days = (0..200).filter_map(|days| before.due.checked_add_days(chrono::Days::new(days)));
    let load = DueLoad::of(before.due, days);
    let algorithm = Algorithm::default();
    bencher
        .counter(ItemsCount::new(4_u32))
        .bench(|| algorithm.outcomes(&algorithm.resume(black_box(before)), before.due, Some(&load)));
}

/// About `bytes` of Markdown with everything that a note holds.
fn markdown(bytes: usize) -> String {
    let mut text = String::new();
    let mut n = 0;
    while text.len() < bytes {
        n += 1;
        let _ = write!(
            text,
            "## Section {n}\n\nA paragraph about [[note {}|this]] and [that](<note {}.md>), with **bold**, *slanted* and \
             `code`, long enough to be wrapped at the width of a page more than once.\n\n- one\n- two [[note {n}#part]]\n\n\
             | a | b |\n|---|---|\n| {n} | $x^2$ |\n\n```rust\nlet n = {n};\n```\n\n> [!note] A callout\n> with text\n\n",
            n % 97,
            n % 31
        );
    }
    text
}

#[divan::bench]
fn link_scan(bencher: Bencher) {
    let text = markdown(4_000);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| NoteLinks::read(black_box(&text), &find(text.as_bytes()), Spare::default()).targets().count());
}

#[divan::bench(sample_count = 10)]
fn rendering_of_500_kb(bencher: Bencher) {
    let text = markdown(500_000);
    bencher.counter(BytesCount::of_str(&text)).bench(|| render(black_box(&text), &Layout::of(80)));
}

/// What 100,000 notes with about 470,000 links, most to few of them, link to.
fn targets() -> Vec<Vec<String>> {
    let mut state = 1_u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut of_note = |_| (0..random() % 9).map(|_| format!("note {}", random() % (1 + random() % 100_000))).collect();
    (0..100_000).map(&mut of_note).collect()
}

fn names() -> Names {
    let mut paths = Paths::default();
    (0..100_000).for_each(|note| paths.push(&format!("folder {}/note {note}.md", note % 4000)));
    Names::new(paths)
}

fn graph(targets: &[Vec<String>]) -> Graph {
    let (names, mut table) = (names(), LinkTable::default());
    for (targets, note) in targets.iter().zip(0..) {
        table.add(note, targets.iter().map(String::as_str), Some(&names));
    }
    Graph::new(names, vec![table])
}

#[divan::bench(sample_count = 10)]
fn link_graph_of_100_000_notes(bencher: Bencher) {
    bencher.with_inputs(targets).bench_refs(|targets| graph(targets));
}

#[divan::bench(sample_count = 10)]
fn page_rank_of_100_000_notes(bencher: Bencher) {
    let graph = graph(&targets());
    bencher.bench(|| black_box(&graph).ranks());
}

/// The log of `events` reviews as two devices wrote it, half of it in both files.
fn log(events: usize) -> [String; 2] {
    use study::clock::Now;
    use study::item::{ItemId, NotePath};
    use study::log::{Change, What};
    let mut files = [String::new(), String::new()];
    let Ok(start) = chrono::DateTime::parse_from_rfc3339("2025-01-15T07:30:00+01:00") else { return files };
    for n in 0..events {
        let instant = start + chrono::Duration::seconds(30 * n as i64);
        let now = Now { instant, today: instant.date_naive() };
        let item = ItemId::of_note(NotePath::new(format!("folder/note {}.md", n % 5000)));
        let change = Change::new(What::Bury, item, &now);
        let line = change.seal("desk", n as u64).line();
        let [first, second] = &mut files;
        first.push_str(&line);
        if n % 2 == 0 {
            second.push_str(&line);
        }
    }
    files
}

#[divan::bench(sample_count = 3)]
fn log_merge_of_1_000_000_events(bencher: Bencher) {
    let [first, second] = log(1_000_000);
    bencher
        .counter(ItemsCount::new(1_500_000_u32))
        .bench(|| merge(&[("a.jsonl", black_box(first.as_bytes())), ("b.jsonl", second.as_bytes())]));
}
