//! What linked notes tell of a note, gathered while the vault is scanned; for one note alone, the flashcards of those linked
//! with it are read when it is asked for.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};

use memchr::memmem::Finder;

use super::workspace::Workspace;
use crate::config::{Config, Selection};
use crate::graph::{Graph, LinkTable, Names, NoteId, Paths};
use crate::note::cards::CardReader;
use crate::note::facts::{ScheduledTags, Wanted};
use crate::note::links::{NoteLinks, Spare};
use crate::note::raw::Raw;
use crate::note::{NotePath, Reading, State, schedule};
use crate::schedule::{CardEases, Ease, LinkSums};
use crate::vault::{Seen, Standing, Vault, Walked};

/// What linked notes tell of a note: where its ease starts, and how much it weighs.
#[derive(Debug)]
pub struct Links {
    graph: Graph,
    /// The page ranks, once they are asked for.
    ranks: OnceLock<Vec<f64>>,
    /// The eases of the notes with a schedule; empty where nobody asks for a first ease.
    eases: Vec<Option<Known>>,
    /// The eases of notes that were graded since, by their numbers; `None` where a first grade was taken back.
    since: Mutex<HashMap<usize, Option<Ease>>>,
}

/// What is known of the ease that a note lends to others.
#[derive(Clone, Copy, Debug)]
enum Known {
    /// It is this, in percent and rounded.
    Whole(f64),
    /// Its own; that of its cards is read when somebody asks.
    WithoutCards(Ease),
}

/// Of how many notes the ease that their first review starts from will be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstEases {
    /// Of none: only the links matter.
    None,
    /// Of one: the flashcards of the notes around it are read then.
    One,
    /// Of many: flashcards are read in the scan.
    Many,
}

/// Gathers the links of all notes while the vault is scanned, and what is known of their eases.
///
/// As soon as the walk is at its end, all names are known and a link is resolved where it is read.
pub struct Gatherer<'a> {
    config: &'a Config,
    first_eases: FirstEases,
    /// Where flashcards are read in the scan.
    cards: Option<Cards<'a>>,
    /// Links are resolved once the scan is over, and not where they are read.
    later: bool,
    names: OnceLock<Names>,
}

/// What one thread gathers of the links.
#[derive(Default)]
pub struct Gathered {
    links: LinkTable,
    spare: Spare,
    /// The eases of notes, by their numbers in the walk.
    eases: Vec<(u32, Known)>,
}

impl<'a> Gatherer<'a> {
    /// Nothing is gathered yet.
    pub fn new(config: &'a Config, first_eases: FirstEases) -> Self {
        let cards = (first_eases == FirstEases::Many).then(|| Cards::new(config));
        Self { config, first_eases, cards, later: false, names: OnceLock::new() }
    }

    /// The same, which leaves as much as it can for [`Unlinked::link`].
    #[must_use]
    pub fn for_later(self) -> Self {
        Self { later: true, ..self }
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
        if self.first_eases != FirstEases::None {
            gathered.eases.extend(self.known(note, raw, reading).map(|known| (note.number, known)));
        }
        let links = NoteLinks::read(raw.text().unwrap_or_default(), raw.top(), std::mem::take(&mut gathered.spare));
        gathered.links.add(note.number, links.targets(), self.names.get().filter(|_| !self.later));
        gathered.spare = links.into_spare();
    }

    /// What there is to know of the ease of a note with a schedule.
    fn known(&self, note: Seen<'_>, raw: &Raw<'_>, reading: Option<&Reading>) -> Option<Known> {
        let reading = match (reading, note.standing) {
            (Some(reading), _) => Cow::Borrowed(reading),
            // A note that a look keeps nothing of has no schedule.
            (None, Standing::Note) => return None,
            (None, Standing::Template | Standing::Ignored) => Cow::Owned(schedule::read_raw(raw)),
        };
        let State::Scheduled(scheduled) = reading.state else { return None };
        let (own, algorithm) = (scheduled.ease, &self.config.algorithm);
        match &self.cards {
            _ if !may_hold_scheduled(raw) => algorithm.known_ease(own, CardEases::default()).map(Known::Whole),
            Some(cards) => algorithm.known_ease(own, cards.eases(note.path, raw, &reading)).map(Known::Whole),
            None => Some(Known::WithoutCards(own)),
        }
    }

    /// Collects what all threads gathered, to be put together later.
    pub fn collect(self, gathered: impl IntoIterator<Item = Gathered>) -> Unlinked {
        let names = self.names.into_inner().unwrap_or_else(|| Names::new(Paths::default()));
        let (tables, known): (Vec<_>, Vec<_>) = gathered.into_iter().map(|part| (part.links, part.eases)).unzip();
        Unlinked { names, tables, known, asks_eases: self.first_eases != FirstEases::None }
    }
}

/// What was gathered of all links, not put together yet.
#[derive(Debug)]
pub struct Unlinked {
    names: Names,
    tables: Vec<LinkTable>,
    known: Vec<Vec<(u32, Known)>>,
    /// Whether anybody asks for a first ease.
    asks_eases: bool,
}

impl Unlinked {
    /// Puts it together.
    pub fn link(self) -> Links {
        let graph = Graph::new(self.names, self.tables);
        let mut eases = vec![None; if self.asks_eases { graph.len() } else { 0 }];
        for (number, ease) in self.known.into_iter().flatten() {
            let slot = graph.walked(number).and_then(|note| eases.get_mut(note.index()));
            slot.into_iter().for_each(|slot| *slot = Some(ease));
        }
        Links { graph, ranks: OnceLock::new(), eases, since: Mutex::default() }
    }
}

/// Whether a note may have scheduled flashcards: without a comment of the plugin there is none.
fn may_hold_scheduled(raw: &Raw<'_>) -> bool {
    static COMMENT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("<!--SR:"));
    COMMENT.find(raw.bytes()).is_some()
}

/// Reads the flashcards of notes.
struct Cards<'a> {
    reader: CardReader<'a>,
    /// Which tags of notes with flashcards matter.
    decks: Wanted,
}

impl<'a> Cards<'a> {
    fn new(config: &'a Config) -> Self {
        let decks = Selection {
            review_tags: config.cards.flashcard_tags.clone(),
            ignore_tags: config.cards.ignore_tags.clone(),
            ..Selection::default()
        };
        let decks = Wanted::new(&decks, None, ScheduledTags::All);
        Self { reader: CardReader::new(&config.cards), decks }
    }

    /// The eases of the scheduled flashcards of a note.
    fn eases(&self, path: &NotePath, raw: &Raw<'_>, reading: &Reading) -> CardEases {
        let tags = self.decks.tags(raw, reading);
        let text = raw.text().filter(|_| self.reader.reads(path.folder(), &tags));
        text.map_or_else(CardEases::default, |text| self.reader.eases(text))
    }

    /// The same of a note that is read for it. One that is gone by now or cannot be read has none, and its own ease counts.
    fn read(&self, path: &NotePath, vault: &Vault) -> CardEases {
        let Ok(text) = vault.read(path) else { return CardEases::default() };
        let raw = Raw::new(text.as_bytes());
        self.eases(path, &raw, &schedule::read_raw(&raw))
    }
}

impl Links {
    /// The page rank of each note, in the order of their paths.
    pub fn ranks(&self) -> &[f64] {
        self.ranks.get_or_init(|| self.graph.ranks())
    }

    /// The page rank of a note; 0 when it has none.
    pub fn rank(&self, path: &NotePath) -> f64 {
        let note = self.graph.note(path.as_str());
        note.and_then(|note| self.ranks().get(note.index()).copied()).unwrap_or(0.0)
    }

    /// Tells the ranks of notes that are asked for in the order of their paths.
    pub fn ranks_in_order(&self) -> impl FnMut(&NotePath) -> f64 {
        let mut notes = self.graph.notes().zip(self.ranks()).peekable();
        move |path| {
            // Such paths may come in another order, or be encoded in another form.
            if !path.as_str().is_ascii() {
                return self.rank(path);
            }
            while notes.next_if(|(note, _)| self.graph.path(*note) < path.as_str()).is_some() {}
            let found = notes.next_if(|(note, _)| self.graph.path(*note) == path.as_str());
            found.map_or(0.0, |(_, rank)| *rank)
        }
    }

    /// The sums over the notes linked with `path` that its first ease follows from.
    pub fn sums(&self, path: &NotePath, workspace: &Workspace) -> LinkSums {
        let Some(note) = self.graph.note(path.as_str()) else { return LinkSums::default() };
        let cards = LazyCell::new(|| Cards::new(&workspace.config));
        // A note that links and is linked comes twice.
        let mut with_cards = HashMap::new();
        let read = |other: NoteId, own| {
            let eases = cards.read(&NotePath::new(self.graph.path(other)), &workspace.vault);
            workspace.config.algorithm.known_ease(own, eases)
        };
        let since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        self.graph.link_sums(note, |other| {
            let known = match since.get(&other.index()) {
                Some(own) => own.map(Known::WithoutCards),
                None => self.eases.get(other.index()).copied().flatten(),
            };
            let ease = match known? {
                Known::Whole(ease) => Some(ease),
                Known::WithoutCards(own) => *with_cards.entry(other).or_insert_with(|| read(other, own)),
            };
            Some((ease?, self.ranks().get(other.index()).copied().unwrap_or(0.0)))
        })
    }

    /// Takes in the ease that a note has now, `None` without a schedule: first reviews after that start from it, as they would
    /// had the vault been read again.
    pub fn learn(&self, path: &NotePath, ease: Option<Ease>) {
        if let Some(note) = self.graph.note(path.as_str()) {
            self.since.lock().unwrap_or_else(PoisonError::into_inner).insert(note.index(), ease);
        }
    }

    /// The notes that link to `path` or are linked from it: those whose first reviews its ease tells on.
    pub fn around(&self, path: &NotePath) -> HashSet<NotePath> {
        let Some(note) = self.graph.note(path.as_str()) else { return HashSet::new() };
        let others = self.graph.links_to(note).chain(self.graph.links_from(note));
        others.map(|(other, _)| NotePath::new(self.graph.path(other))).collect()
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

/// What the first review of a note starts from.
pub fn first_ease(note: &NotePath, links: Option<&Links>, workspace: &Workspace) -> Ease {
    let algorithm = &workspace.config.algorithm;
    algorithm.first_ease(&links.map_or_else(LinkSums::default, |links| links.sums(note, workspace)))
}
