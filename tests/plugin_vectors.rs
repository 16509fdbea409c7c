//! Whole vaults, decided as obsidian-spaced-repetition 1.15.4 was measured to decide them: from the texts of the notes
//! and the plugin's settings to decks, ranks and new schedules.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use study::config::ignore::IgnorePaths;
use study::config::{CardSettings, Selection, plugin};
use study::graph::{Graph, LinkTable, Names, NoteId, Paths};
use study::item::ItemId;
use study::note::cards::CardReader;
use study::note::frontmatter::{Top, find};
use study::note::links::{body_links, property_links};
use study::note::properties::properties;
use study::note::tags::inline_tags;
use study::note::{NotePath, State, schedule};
use study::queue::{Candidate, Queue};
use study::schedule::{Algorithm, Ease, Grade, Scheduled, Sm2};

#[derive(Deserialize)]
struct Review {
    path: String,
    response: Grade,
}

#[derive(Deserialize)]
struct Record<Out> {
    id: String,
    today: NaiveDate,
    settings: serde_json::Value,
    files: BTreeMap<String, String>,
    links: Option<BTreeMap<String, BTreeMap<String, u32>>>,
    review: Option<Review>,
    before: Option<Scheduled>,
    out: Out,
    debug: Debug,
}

#[derive(Deserialize)]
struct Debug {
    initial_ease: Option<f64>,
    #[serde(default)]
    pageranks: BTreeMap<String, f64>,
}

fn records<Out: for<'a> Deserialize<'a>>(file: &str) -> Vec<Record<Out>> {
    let text = std::fs::read_to_string(format!("tests/vectors/{file}")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A vault read once.
struct Vault {
    algorithm: Algorithm,
    selection: Selection,
    graph: Graph,
    ranks: Vec<f64>,
    /// By note number: the state and the known ease.
    notes: Vec<(State, Option<f64>)>,
    queue: Queue,
}

impl Vault {
    fn read<Out>(record: &Record<Out>) -> Self {
        let settings = serde_json::json!({ "settings": record.settings }).to_string();
        let (settings, findings) = plugin::parse(&settings);
        assert_eq!(findings, [], "{}", record.id);
        let default = Sm2::default();
        let algorithm = Algorithm::Sm2(Sm2 {
            base_ease: settings.base_ease.unwrap_or(default.base_ease),
            lapse_interval_change: settings.lapse_interval_change.unwrap_or(default.lapse_interval_change),
            easy_bonus: settings.easy_bonus.unwrap_or(default.easy_bonus),
            maximum_interval: settings.maximum_interval.unwrap_or(default.maximum_interval),
            load_balance: settings.load_balance.unwrap_or(default.load_balance),
            max_link_factor: settings.max_link_factor.unwrap_or(default.max_link_factor),
        });
        let default = Selection::default();
        let selection = Selection {
            review_tags: settings.review_tags.unwrap_or(default.review_tags),
            ignore_tags: settings.ignore_tags.unwrap_or(default.ignore_tags),
            ignore_paths: settings.ignore_paths.unwrap_or(default.ignore_paths),
            strict_decks: true,
            ..Selection::default()
        };
        let cards = CardSettings {
            flashcard_tags: settings.cards.flashcard_tags.unwrap_or(CardSettings::default().flashcard_tags),
            ..CardSettings::default()
        };
        let reader = CardReader::new(&cards);
        let ignored = IgnorePaths::new(&selection.ignore_paths);

        let (mut paths, mut table) = (Paths::default(), LinkTable::default());
        let mut notes = Vec::new();
        let mut candidates = Vec::new();
        for ((path, text), number) in record.files.iter().zip(0..) {
            let (block, body) = match find(text.as_bytes()) {
                Top::Block(block) => (&text[block.inner], &text[block.end..]),
                _ => ("", text.as_str()),
            };
            let ignored = ignored.covers(path);
            let mut links = body_links(body);
            links.extend(property_links(block));
            paths.push(path);
            table.add(number, links.iter().filter(|_| !ignored).map(|link| &*link.target), None);
            let state = schedule::read(text.as_bytes()).state;
            let mut tags = properties(text.as_bytes()).tags;
            tags.extend(inline_tags(body));
            let path = NotePath::new(path);
            let ease = match state {
                State::Scheduled(own) if !ignored => {
                    let cards = reader.reads(path.folder(), &tags).then(|| reader.eases(text));
                    algorithm.known_ease(own.ease, cards.unwrap_or_default())
                }
                _ => None,
            };
            notes.push((state, ease));
            candidates.push(Candidate { id: ItemId::of_note(path), state, tags, rank: 0.0 });
        }
        let graph = Graph::new(Names::new(paths), vec![table]);
        let ranks = graph.ranks();
        for (candidate, rank) in candidates.iter_mut().zip(&ranks) {
            candidate.rank = *rank;
        }
        let queue = Queue::new(candidates, &selection, record.today);
        Self { algorithm, selection, graph, ranks, notes, queue }
    }

    fn first_ease(&self, note: NoteId) -> Ease {
        let known = |other: NoteId| Some((self.notes[other.index()].1?, self.ranks[other.index()]));
        self.algorithm.first_ease(&self.graph.link_sums(note, known))
    }

    fn check_links<Out>(&self, record: &Record<Out>) {
        let Some(links) = &record.links else { return };
        for note in self.graph.notes() {
            let found: BTreeMap<String, u32> = self
                .graph
                .links_from(note)
                .map(|(target, count)| (self.graph.path(target).to_owned(), count))
                .collect();
            let path = self.graph.path(note);
            let ignored = IgnorePaths::new(&self.selection.ignore_paths).covers(path);
            let expected = links.get(path).filter(|_| !ignored).cloned().unwrap_or_default();
            assert_eq!(found, expected, "{} {path}", record.id);
        }
        for (path, rank) in &record.debug.pageranks {
            let found = self.ranks[self.graph.note(path).unwrap().index()];
            assert_eq!(found, *rank, "{} {path}", record.id);
        }
    }
}

#[test]
fn every_measured_first_review_is_the_same() {
    let records = records::<Scheduled>("first-review.jsonl");
    for record in &records {
        let vault = Vault::read(record);
        vault.check_links(record);
        let review = record.review.as_ref().unwrap();
        let note = vault.graph.note(&review.path).unwrap();
        let ease = vault.first_ease(note);
        assert_eq!(Some(ease.percent()), record.debug.initial_ease, "{}", record.id);
        let load = vault.queue.load(record.today);
        let start = vault.algorithm.start(ease);
        let after = vault.algorithm.outcomes(&start, record.today, Some(&load)).of(review.response).after;
        assert_eq!(after, record.out, "{}", record.id);
    }
    assert_eq!(records.len(), 60);
}

#[test]
fn every_measured_later_review_is_the_same() {
    let records = records::<Scheduled>("note-review.jsonl");
    for record in &records {
        let vault = Vault::read(record);
        let review = record.review.as_ref().unwrap();
        let note = vault.graph.note(&review.path).unwrap();
        let State::Scheduled(before) = vault.notes[note.index()].0 else { panic!("{}", record.id) };
        assert_eq!(Some(before), record.before, "{}", record.id);
        let load = vault.queue.load(record.today);
        let known = vault.algorithm.resume(before);
        let after = vault.algorithm.outcomes(&known, record.today, Some(&load)).of(review.response).after;
        assert_eq!(after, record.out, "{}", record.id);
    }
    assert_eq!(records.len(), 60);
}

#[test]
fn every_measured_queue_is_the_same() {
    #[derive(Deserialize)]
    struct Due {
        path: String,
        due: NaiveDate,
    }
    #[derive(Deserialize)]
    struct Deck {
        name: String,
        due_count: usize,
        new: Vec<String>,
        scheduled: Vec<Due>,
        next: Option<String>,
    }
    #[derive(Deserialize)]
    struct Out {
        decks: Vec<Deck>,
        due_count: usize,
    }
    let records = records::<Out>("queue.jsonl");
    for record in &records {
        let vault = Vault::read(record);
        vault.check_links(record);
        let (queue, id) = (&vault.queue, &record.id);
        assert_eq!(queue.due_count(), record.out.due_count, "{id}");
        let names: Vec<String> = queue.decks.iter().map(|name| format!("#{name}")).collect();
        assert_eq!(names, record.out.decks.iter().map(|deck| deck.name.clone()).collect::<Vec<_>>(), "{id}");
        for (at, (deck, summary)) in record.out.decks.iter().zip(queue.summaries()).enumerate() {
            let inside = |entry: &&study::queue::Entry| entry.decks.contains(&at);
            let new: Vec<&str> = queue.new.iter().filter(inside).map(|entry| entry.id.note.as_str()).collect();
            assert_eq!(new, deck.new, "{id} {}", deck.name);
            let scheduled = queue.due.iter().chain(&queue.upcoming).filter(inside);
            let scheduled: Vec<_> =
                scheduled.map(|entry| (entry.id.note.as_str(), entry.schedule.unwrap().due)).collect();
            let expected: Vec<_> = deck.scheduled.iter().map(|note| (note.path.as_str(), note.due)).collect();
            assert_eq!(scheduled, expected, "{id} {}", deck.name);
            assert_eq!(summary.due, deck.due_count, "{id} {}", deck.name);
            assert_eq!(summary.next.map(|id| id.note.as_str()), deck.next.as_deref(), "{id} {}", deck.name);
        }
    }
    assert_eq!(records.len(), 30);
}
