//! What is to be reviewed, in which decks and in which order.

use std::cmp::Ordering;

use chrono::NaiveDate;

use crate::config::Selection;
use crate::config::ignore::IgnorePaths;
use crate::item::{Folders, ItemId, NotePath};
use crate::note::State;
use crate::schedule::{DueLoad, Scheduled};
use crate::tag::{TagSet, is_at_or_below};

/// What may be for review.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What it is.
    pub id: ItemId,
    /// What is stored of its schedule.
    pub state: State,
    /// Its tags without `#`, from frontmatter and text. Those that no setting and no filter names may be left out.
    pub tags: Vec<String>,
    /// Its page rank, 0 when it has none or ranks are not asked for.
    pub rank: f64,
}

/// An item in the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it is.
    pub id: ItemId,
    /// Its schedule; `None` when it is new.
    pub schedule: Option<Scheduled>,
    /// Its decks, as positions in [`Queue::decks`], in the order of the review tags.
    pub decks: Vec<usize>,
    /// The tags it came with.
    pub tags: Vec<String>,
    /// Its page rank.
    pub rank: f64,
}

/// What is to be reviewed as of one day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queue {
    /// The names of the decks (review tags without `#`) in the order in which the notes, by path, first need them.
    pub decks: Vec<String>,
    /// Due on the day or before: by due date, then rank (high to low), then path.
    pub due: Vec<Entry>,
    /// Never graded: by rank (high to low), then path.
    pub new: Vec<Entry>,
    /// Due after the day, in the order of `due`.
    pub upcoming: Vec<Entry>,
    /// Suspended or buried: not offered, though what they are due counts in the load of the days.
    pub aside: Vec<Entry>,
}

/// Which notes are for review, as the settings say.
#[derive(Debug)]
pub struct Choice<'a> {
    selection: &'a Selection,
    ignored: IgnorePaths,
    ignore_tags: TagSet,
    review_tags: TagSet,
    review_folders: Folders,
}

impl<'a> Choice<'a> {
    /// The choice of these settings.
    pub fn new(selection: &'a Selection) -> Self {
        Self {
            selection,
            ignored: IgnorePaths::new(&selection.ignore_paths),
            ignore_tags: TagSet::new(&selection.ignore_tags),
            review_tags: TagSet::new(&selection.review_tags),
            review_folders: Folders::new(&selection.review_folders),
        }
    }

    /// Whether a note is for review.
    ///
    /// As long as neither an ignored path nor an ignored tag covers them, these are: notes with a schedule, and notes
    /// without one that are in a deck, in a review folder, or have schedule lines waiting to be filled. With
    /// `strict_decks`, only notes in a deck. Parked and damaged notes never are.
    pub fn takes(&self, path: &NotePath, state: State, tags: &[String]) -> bool {
        if self.ignored.covers(path.as_str()) || self.ignore_tags.holds_any(tags) {
            return false;
        }
        let in_deck = || self.review_tags.holds_any(tags);
        match state {
            State::Parked | State::Damaged => false,
            _ if self.selection.strict_decks => in_deck(),
            State::Scheduled(_) | State::Placeholder | State::Partial => true,
            State::Unscheduled => in_deck() || self.review_folders.hold(path),
        }
    }

    /// How often a note for review counts in the load of its day: once for each of its decks, as in the plugin, and once
    /// when it is in none. `None` for one that is not for review.
    pub fn weight(&self, path: &NotePath, state: State, tags: &[String]) -> Option<u32> {
        self.takes(path, state, tags).then(|| self.decks(tags).len().max(1) as u32)
    }

    /// The decks of a note with `tags`: which of the review tags, in their order.
    fn decks(&self, tags: &[String]) -> Vec<usize> {
        let mut decks: Vec<usize> = tags.iter().flat_map(|tag| self.review_tags.above(tag)).collect();
        decks.sort_unstable();
        decks.dedup();
        decks
    }
}

/// One deck in figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeckSummary<'a> {
    /// Its name: the review tag without `#`.
    pub name: &'a str,
    /// Notes due.
    pub due: usize,
    /// Notes never graded.
    pub new: usize,
    /// Notes with a schedule, due or not.
    pub scheduled: usize,
    /// The note to review next: the first one due, else the first new one.
    pub next: Option<&'a ItemId>,
}

/// What to narrow a queue to. The default narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only notes of the deck with this name, with or without `#`.
    pub deck: Option<String>,
    /// Only notes in this folder or below it, relative to the vault.
    pub folder: Option<String>,
    /// Only notes with this tag or one below it, with or without `#`.
    pub tag: Option<String>,
    /// No notes that are due after this day.
    pub until: Option<NaiveDate>,
    /// Only notes never graded.
    pub only_new: bool,
    /// At most this many, counted over due, new and upcoming notes in this order.
    pub limit: Option<usize>,
}

impl Queue {
    /// The queue of `notes` on `today`: those that [`Choice`] takes.
    ///
    /// A note is in the deck of each review tag that one of its tags equals or is below.
    pub fn new(mut notes: Vec<Candidate>, selection: &Selection, today: NaiveDate) -> Self {
        notes.sort_by(|a, b| a.id.cmp(&b.id));
        let choice = Choice::new(selection);
        let mut queue = Self::default();
        // Where each review tag stands in `queue.decks`.
        let mut places: Vec<Option<usize>> = vec![None; selection.review_tags.len()];
        for note in notes {
            if !choice.takes(&note.id.note, note.state, &note.tags) {
                continue;
            }
            let mut decks = choice.decks(&note.tags);
            for deck in &mut decks {
                let (Some(place), Some(name)) = (places.get_mut(*deck), selection.review_tags.get(*deck)) else {
                    continue;
                };
                let names = &mut queue.decks;
                *deck = *place.get_or_insert_with(|| {
                    names.push(name.clone());
                    names.len() - 1
                });
            }
            // Most are in one, and many are kept.
            decks.shrink_to_fit();
            let schedule = if let State::Scheduled(schedule) = note.state { Some(schedule) } else { None };
            let entry = Entry { id: note.id, schedule, decks, tags: note.tags, rank: note.rank };
            match schedule {
                None => queue.new.push(entry),
                Some(schedule) if schedule.is_due(today) => queue.due.push(entry),
                Some(_) => queue.upcoming.push(entry),
            }
        }
        for part in [&mut queue.due, &mut queue.new, &mut queue.upcoming] {
            // No two are alike in it: their ids differ.
            part.sort_unstable_by(in_order);
        }
        queue
    }

    /// Puts the notes that `is_aside` names aside.
    pub fn put_aside(&mut self, is_aside: impl Fn(&ItemId) -> bool) {
        for part in [&mut self.due, &mut self.new, &mut self.upcoming] {
            self.aside.extend(part.extract_if(.., |entry| is_aside(&entry.id)));
        }
    }

    /// Gives the notes that are not put aside their ranks, and puts them in the order that these lead to: as if they had been
    /// known when the queue was made.
    pub fn rank(&mut self, rank_of: impl Fn(&ItemId) -> f64) {
        for part in [&mut self.due, &mut self.new, &mut self.upcoming] {
            part.iter_mut().for_each(|entry| entry.rank = rank_of(&entry.id));
            part.sort_unstable_by(in_order);
        }
    }

    /// The part that is due or new, for itself.
    #[must_use]
    pub fn offered(&self) -> Self {
        let Self { decks, due, new, .. } = self;
        Self { decks: decks.clone(), due: due.clone(), new: new.clone(), ..Self::default() }
    }

    /// The number of notes due on each day. A note counts once for each of its decks, as in the plugin; one in no deck
    /// counts once.
    pub fn load(&self, today: NaiveDate) -> DueLoad {
        let days =
            self.scheduled().flat_map(|(entry, schedule)| std::iter::repeat_n(schedule.due, entry.decks.len().max(1)));
        DueLoad::of(today, days)
    }

    /// The first day after today on which a note is due.
    pub fn next_day(&self) -> Option<NaiveDate> {
        self.upcoming.first().and_then(|entry| entry.schedule).map(|schedule| schedule.due)
    }

    /// The position of the deck `name`, with or without `#`, in [`Queue::decks`].
    pub fn deck(&self, name: &str) -> Option<usize> {
        let name = without_hash(name);
        self.decks.iter().position(|deck| deck == name)
    }

    /// Whether any note in the queue, due or not, has this tag or one below it, with or without `#`.
    pub fn has_tag(&self, tag: &str) -> bool {
        let tag = without_hash(tag);
        let mut all = self.due.iter().chain(&self.new).chain(&self.upcoming).chain(&self.aside);
        all.any(|entry| entry.tags.iter().any(|own| is_at_or_below(own, tag)))
    }

    /// All decks in figures, in their order.
    pub fn summaries(&self) -> Vec<DeckSummary<'_>> {
        let of = |deck: usize| move |entry: &&Entry| entry.decks.contains(&deck);
        self.decks
            .iter()
            .enumerate()
            .map(|(deck, name)| {
                let due = self.due.iter().filter(of(deck)).count();
                DeckSummary {
                    name,
                    due,
                    new: self.new.iter().filter(of(deck)).count(),
                    scheduled: due + self.upcoming.iter().filter(of(deck)).count(),
                    next: self.due.iter().chain(&self.new).find(of(deck)).map(|entry| &entry.id),
                }
            })
            .collect()
    }

    /// The due notes counted once for each of their decks, and once when in none: the count the plugin shows.
    pub fn due_count(&self) -> usize {
        self.due.iter().map(|entry| entry.decks.len().max(1)).sum()
    }

    /// Narrows the queue. The decks keep their positions. Of what was put aside, deck, folder and tag choose.
    pub fn narrow(&mut self, filter: &Filter) {
        let deck = filter.deck.as_deref().map(|name| self.deck(name));
        let tag = filter.tag.as_deref().map(without_hash);
        let is_meant = |entry: &Entry| {
            deck.is_none_or(|deck| deck.is_some_and(|deck| entry.decks.contains(&deck)))
                && filter.folder.as_deref().is_none_or(|folder| entry.id.note.is_in(folder))
                && tag.is_none_or(|tag| entry.tags.iter().any(|own| is_at_or_below(own, tag)))
        };
        let keeps = |entry: &Entry| {
            is_meant(entry)
                && filter.until.is_none_or(|until| entry.schedule.is_none_or(|schedule| schedule.due <= until))
                && (!filter.only_new || entry.schedule.is_none())
        };
        self.aside.retain(is_meant);
        let mut left = filter.limit.unwrap_or(usize::MAX);
        for part in [&mut self.due, &mut self.new, &mut self.upcoming] {
            part.retain(keeps);
            part.truncate(left);
            left -= part.len();
        }
    }

    /// Puts the due notes into another order; notes that are alike in it stay as they are. New notes have no ease and no
    /// date: they keep their order. [`Order::Random`] is for [`Queue::shuffle`], and changes nothing here.
    pub fn sort(&mut self, order: Order, today: NaiveDate) {
        let ease = |entry: &Entry| entry.schedule.map_or(0.0, |schedule| schedule.ease.percent());
        // A day late matters more after a short interval than after a long one.
        let overdueness =
            |entry: &Entry| entry.schedule.map_or(0.0, |s| s.days_overdue(today) as f64 / s.interval.days().max(1.0));
        match order {
            Order::Due => self.due.sort_by(in_order),
            Order::Random => {}
            Order::Easiest => self.due.sort_by(|a, b| ease(b).total_cmp(&ease(a))),
            Order::Hardest => self.due.sort_by(|a, b| ease(a).total_cmp(&ease(b))),
            Order::Overdueness => self.due.sort_by(|a, b| overdueness(b).total_cmp(&overdueness(a))),
        }
    }

    /// Puts due and new notes, each among themselves, into the random order that belongs to `seed`.
    pub fn shuffle(&mut self, seed: u64) {
        let mut random = SplitMix(seed);
        for part in [&mut self.due, &mut self.new] {
            for last in (1..part.len()).rev() {
                part.swap(last, random.below(last + 1));
            }
        }
    }

    fn scheduled(&self) -> impl Iterator<Item = (&Entry, Scheduled)> {
        let scheduled = self.due.iter().chain(&self.upcoming).chain(&self.aside);
        scheduled.filter_map(|entry| Some((entry, entry.schedule?)))
    }
}

/// In which order due notes are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The longest due first.
    Due,
    /// In no order.
    Random,
    /// The highest ease first.
    Easiest,
    /// The lowest ease first.
    Hardest,
    /// The most days overdue for their interval first.
    Overdueness,
}

/// By due date, then rank from high to low, then path.
fn in_order(a: &Entry, b: &Entry) -> Ordering {
    let due = |entry: &Entry| entry.schedule.map(|schedule| schedule.due);
    due(a).cmp(&due(b)).then_with(|| b.rank.total_cmp(&a.rank)).then_with(|| a.id.cmp(&b.id))
}

fn without_hash(name: &str) -> &str {
    name.strip_prefix('#').unwrap_or(name)
}

/// SplitMix64 (Steele, Lea and Flood, 2014): enough to shuffle with.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        // The high half of a product: no bias worth mentioning below 2^32.
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::parse_day;
    use crate::schedule::{Ease, Interval};

    fn day(text: &str) -> NaiveDate {
        parse_day(text).unwrap()
    }

    fn on(due: &str) -> State {
        let (interval, ease) = (Interval::new(4.0).unwrap(), Ease::new(250.0).unwrap());
        State::Scheduled(Scheduled { due: day(due), interval, ease })
    }

    fn note(path: &str, state: State, tags: &[&str], rank: f64) -> Candidate {
        Candidate {
            id: ItemId::of_note(NotePath::new(path)),
            state,
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            rank,
        }
    }

    fn paths(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.id.note.as_str()).collect()
    }

    fn today() -> NaiveDate {
        day("2026-03-01")
    }

    fn vault() -> Vec<Candidate> {
        vec![
            note("z.md", on("2026-03-01"), &["review"], 1.0),
            note("a.md", on("2026-03-01"), &["review/x"], 1.0),
            note("rank.md", on("2026-03-01"), &[], 5.0),
            note("late.md", on("2026-02-01"), &["later", "review"], 0.0),
            note("soon.md", on("2026-03-05"), &["later", "review"], 0.0),
            note("untagged.md", on("2026-03-04"), &[], 0.0),
            note("new.md", State::Unscheduled, &["review"], 0.0),
            note("plain.md", State::Unscheduled, &["reviewed", "Review"], 0.0),
            note("box/b.md", State::Unscheduled, &[], 2.0),
            note("boxes/b.md", State::Unscheduled, &[], 2.0),
            note("empty.md", State::Placeholder, &[], 0.0),
            note("half.md", State::Partial, &[], 0.0),
            note("parked.md", State::Parked, &["review"], 0.0),
            note("broken.md", State::Damaged, &["review"], 0.0),
            note("skipped.md", on("2026-03-01"), &["review", "skip/it"], 9.0),
            note("archive/old.md", on("2026-03-01"), &["review"], 9.0),
        ]
    }

    fn selection() -> Selection {
        Selection {
            review_tags: vec!["review".into(), "later".into()],
            ignore_tags: vec!["skip".into()],
            review_folders: vec!["box".into()],
            ignore_paths: vec!["archive/".into()],
            strict_decks: false,
        }
    }

    #[test]
    fn what_is_for_review_and_in_which_order() {
        let queue = Queue::new(vault(), &selection(), today());
        assert_eq!(paths(&queue.due), ["late.md", "rank.md", "a.md", "z.md"]);
        assert_eq!(paths(&queue.new), ["box/b.md", "empty.md", "half.md", "new.md"]);
        assert_eq!(paths(&queue.upcoming), ["untagged.md", "soon.md"]);
        assert_eq!(queue.decks, ["review", "later"]);
        assert_eq!(queue.next_day(), Some(day("2026-03-04")));
        assert_eq!(queue.due_count(), 5);
        let load: Vec<_> = queue.load(today()).iter().collect();
        assert_eq!(load, [(-28, 2), (0, 3), (3, 1), (4, 2)]);
    }

    #[test]
    fn strict_decks_hold_what_the_plugin_shows() {
        let queue = Queue::new(vault(), &Selection { strict_decks: true, ..selection() }, today());
        assert_eq!(paths(&queue.due), ["late.md", "a.md", "z.md"]);
        assert_eq!(paths(&queue.new), ["new.md"]);
        assert_eq!(paths(&queue.upcoming), ["soon.md"]);
        assert_eq!(queue.load(today()).iter().collect::<Vec<_>>(), [(-28, 2), (0, 2), (4, 2)]);
        let late = ItemId::of_note(NotePath::new("late.md"));
        assert_eq!(
            queue.summaries(),
            [
                DeckSummary { name: "review", due: 3, new: 1, scheduled: 4, next: Some(&late) },
                DeckSummary { name: "later", due: 1, new: 0, scheduled: 2, next: Some(&late) },
            ]
        );
    }

    #[test]
    fn a_queue_is_narrowed() {
        let narrowed = |filter: Filter| {
            let mut queue = Queue::new(vault(), &selection(), today());
            queue.narrow(&filter);
            let all = [paths(&queue.due), paths(&queue.new), paths(&queue.upcoming)].concat();
            all.iter().map(|path| path.trim_end_matches(".md").to_owned()).collect::<Vec<_>>().join(" ")
        };
        let some = |text: &str| Some(text.to_owned());
        let cases = [
            (Filter { deck: some("#later"), ..Filter::default() }, "late soon"),
            (Filter { deck: some("none"), ..Filter::default() }, ""),
            (Filter { folder: some("./box/"), ..Filter::default() }, "box/b"),
            (Filter { tag: some("#review/x"), ..Filter::default() }, "a"),
            (Filter { until: Some(day("2026-03-04")), deck: some("review"), ..Filter::default() }, "late a z new"),
            (Filter { only_new: true, limit: Some(2), ..Filter::default() }, "box/b empty"),
            (Filter { limit: Some(5), ..Filter::default() }, "late rank a z box/b"),
        ];
        for (filter, left) in cases {
            assert_eq!(narrowed(filter.clone()), left, "{filter:?}");
        }
    }

    #[test]
    fn what_is_put_aside_is_narrowed_by_where_it_is() {
        let mut queue = Queue::new(vault(), &selection(), today());
        queue.put_aside(|id| ["late.md", "soon.md", "box/b.md"].contains(&id.note.as_str()));
        queue.narrow(&Filter { until: Some(today()), only_new: true, limit: Some(0), ..Filter::default() });
        assert_eq!(paths(&queue.aside), ["late.md", "box/b.md", "soon.md"]);
        queue.narrow(&Filter { deck: Some("later".into()), ..Filter::default() });
        assert_eq!(paths(&queue.aside), ["late.md", "soon.md"]);
    }

    #[test]
    fn a_shuffle_belongs_to_its_seed_and_loses_nothing() {
        let shuffled = |seed| {
            let mut queue = Queue::new(vault(), &selection(), today());
            queue.shuffle(seed);
            queue
        };
        assert_eq!(shuffled(7), shuffled(7));
        let orders: std::collections::BTreeSet<Vec<String>> =
            (0..200).map(|seed| shuffled(seed).due.into_iter().map(|entry| entry.id.to_string()).collect()).collect();
        assert_eq!(orders.len(), 24);
    }

    mod load {
        use proptest::prelude::*;

        use super::*;

        fn tags(most: usize) -> impl Strategy<Value = Vec<String>> {
            let tag = prop::sample::select(vec!["review", "review/x", "Review", "later", "skip", "skip/it", "other"]);
            prop::collection::vec(tag.prop_map(str::to_owned), 0..most)
        }

        fn candidate() -> impl Strategy<Value = Candidate> {
            let states = vec![on("2026-02-01"), on("2026-03-01"), on("2026-03-02"), State::Unscheduled, State::Parked];
            let folder = prop::sample::select(vec!["", "archive/", "box/"]);
            (folder, prop::sample::select(states), tags(4)).prop_map(|(folder, state, tags)| {
                let id = ItemId::of_note(NotePath::new(format!("{folder}n.md")));
                Candidate { id, state, tags, rank: 0.0 }
            })
        }

        proptest! {
            #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

            #[test]
            fn notes_one_by_one_make_the_load_of_the_queue(
                notes in prop::collection::vec(candidate(), 0..9),
                review_tags in tags(4),
                ignore_tags in tags(2),
                strict_decks: bool,
            ) {
                let selection = Selection { review_tags, ignore_tags, strict_decks, ..selection() };
                let choice = Choice::new(&selection);
                let days = notes.iter().filter_map(|note| {
                    let State::Scheduled(scheduled) = note.state else { return None };
                    let weight = choice.weight(&note.id.note, note.state, &note.tags)?;
                    Some(std::iter::repeat_n(scheduled.due, weight as usize))
                });
                let load = DueLoad::of(today(), days.flatten());
                let mut queue = Queue::new(notes.clone(), &selection, today());
                prop_assert_eq!(&load, &queue.load(today()));
                queue.put_aside(|id| id.note.as_str().starts_with("box/"));
                prop_assert_eq!(load, queue.load(today()));
            }
        }
    }
}
