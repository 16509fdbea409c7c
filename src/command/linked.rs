//! What linked notes tell of a note, gathered while the vault is scanned.

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

use memchr::memmem::Finder;

use crate::config::{Config, Selection};
use crate::graph::{Graph, LinkTable, Names, Paths};
use crate::note::cards::{CardReader, holds_cards};
use crate::note::facts::{ScheduledTags, Wanted};
use crate::note::links::{NoteLinks, Spare};
use crate::note::raw::Raw;
use crate::note::{NotePath, Reading, State, schedule};
use crate::schedule::{CardEases, Ease, LinkSums, Sm2, first_ease, known_ease};
use crate::vault::{Seen, Standing, Walked};

/// What linked notes tell of a note: where its ease starts, and how much it weighs.
#[derive(Debug)]
pub struct Links {
    graph: Graph,
    /// The page ranks, once they are asked for.
    ranks: OnceLock<Vec<f64>>,
    /// The known ease of each note with a schedule, rounded.
    eases: Vec<Option<f64>>,
}

/// Gathers the links of all notes while the vault is scanned, and the known eases.
///
/// As soon as the walk is at its end, all names are known and a link is resolved where it is read.
pub struct Gatherer<'a> {
    config: &'a Config,
    cards: CardReader<'a>,
    /// Which tags of notes with flashcards matter.
    decks: Wanted,
    names: OnceLock<Names>,
}

/// What one thread gathers of the links.
#[derive(Default)]
pub struct Gathered {
    links: LinkTable,
    spare: Spare,
    /// The known eases of notes, by their numbers in the walk.
    eases: Vec<(u32, f64)>,
}

impl<'a> Gatherer<'a> {
    /// Nothing is gathered yet.
    pub fn new(config: &'a Config) -> Self {
        let decks = Selection {
            review_tags: config.cards.flashcard_tags.clone(),
            ignore_tags: config.cards.ignore_tags.clone(),
            ..Selection::default()
        };
        let decks = Wanted::new(&decks, None, ScheduledTags::All);
        Self { config, cards: CardReader::new(&config.cards), decks, names: OnceLock::new() }
    }

    /// Follows the walk.
    pub fn follow(&self) -> impl FnMut(Walked<'_>) {
        let mut paths = Paths::default();
        move |walked| match walked {
            Walked::Note(path) => paths.push(path),
            Walked::End => {
                // A walk ends once.
                let _ = self.names.set(Names::new(std::mem::take(&mut paths)));
            }
        }
    }

    /// Adds the links of a note, and its ease. `reading` is what a look at it found, if anything. Of an ignored note there
    /// are no bytes.
    pub fn add(&self, gathered: &mut Gathered, note: Seen<'_>, raw: &Raw<'_>, reading: Option<&Reading>) {
        let reading = match (reading, note.standing) {
            (Some(reading), _) => Some(Cow::Borrowed(reading)),
            // A note that a look keeps nothing of has no schedule.
            (None, Standing::Note) => None,
            (None, Standing::Template | Standing::Ignored) => Some(Cow::Owned(schedule::read_raw(raw))),
        };
        if let Some(reading) = reading
            && let State::Scheduled(scheduled) = reading.state
        {
            let cards = self.card_eases(note.path, raw, &reading);
            let ease = known_ease(scheduled.ease, cards, self.config.sm2.base_ease);
            gathered.eases.extend(ease.map(|ease| (note.number, ease)));
        }
        let links = NoteLinks::read(raw.text().unwrap_or_default(), raw.top(), std::mem::take(&mut gathered.spare));
        gathered.links.add(note.number, links.targets(), self.names.get());
        gathered.spare = links.into_spare();
    }

    /// The eases of the scheduled flashcards of a note.
    fn card_eases(&self, path: &NotePath, raw: &Raw<'_>, reading: &Reading) -> CardEases {
        /// Without a comment of the plugin there is no scheduled card, and nothing else needs to be read.
        static COMMENT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("<!--SR:"));
        let Some(text) = raw.text().filter(|text| COMMENT.find(text.as_bytes()).is_some()) else {
            return CardEases::default();
        };
        let settings = &self.config.cards;
        let tags = self.decks.tags(raw, reading);
        if holds_cards(path.folder(), &tags, settings) { self.cards.eases(text) } else { CardEases::default() }
    }

    /// Puts together what all threads gathered.
    pub fn finish(self, gathered: impl IntoIterator<Item = Gathered>) -> Links {
        let names = self.names.into_inner().unwrap_or_else(|| Names::new(Paths::default()));
        let (tables, known): (Vec<_>, Vec<_>) = gathered.into_iter().map(|part| (part.links, part.eases)).unzip();
        let graph = Graph::new(names, tables);
        let mut eases = vec![None; graph.len()];
        for (number, ease) in known.into_iter().flatten() {
            let slot = graph.walked(number).and_then(|note| eases.get_mut(note.index()));
            slot.into_iter().for_each(|slot| *slot = Some(ease));
        }
        Links { graph, ranks: OnceLock::new(), eases }
    }
}

impl Links {
    /// The page rank of each note, in the order of their paths.
    pub fn ranks(&self) -> &[f64] {
        self.ranks.get_or_init(|| self.graph.ranks())
    }

    /// Tells the ranks of notes that are asked for in the order of their paths.
    pub fn ranks_in_order(&self) -> impl FnMut(&NotePath) -> f64 {
        let mut notes = self.graph.notes().zip(self.ranks()).peekable();
        move |path| {
            while notes.next_if(|(note, _)| self.graph.path(*note) < path.as_str()).is_some() {}
            let found = notes.next_if(|(note, _)| self.graph.path(*note) == path.as_str());
            found.map_or(0.0, |(_, rank)| *rank)
        }
    }

    /// The sums over the notes linked with `path` that its first ease follows from.
    pub fn sums(&self, path: &NotePath) -> LinkSums {
        let Some(note) = self.graph.note(path.as_str()) else { return LinkSums::default() };
        self.graph.link_sums(note, |other| {
            let ease = self.eases.get(other.index()).copied().flatten()?;
            Some((ease, self.ranks().get(other.index()).copied().unwrap_or(0.0)))
        })
    }

    /// The ease that the first review of `path` starts from.
    pub fn first_ease(&self, path: &NotePath, sm2: &Sm2) -> Ease {
        first_ease(&self.sums(path), sm2)
    }

    /// How many notes link to `path`, itself left out.
    pub fn backlinks(&self, path: &NotePath) -> usize {
        let Some(note) = self.graph.note(path.as_str()) else { return 0 };
        self.graph.links_to(note).filter(|(source, _)| *source != note).count()
    }

    /// The note that `target`, as a link in `from` names it, leads to.
    pub fn resolve(&self, from: &NotePath, target: &str) -> Option<NotePath> {
        // A note that was made meanwhile resolves its links as any other does.
        let source = self.graph.note(from.as_str()).or_else(|| self.graph.notes().next())?;
        let file = target.split('#').next().unwrap_or(target);
        self.graph.resolve(file, source).map(|note| NotePath::new(self.graph.path(note)))
    }
}
