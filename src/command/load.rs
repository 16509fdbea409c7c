//! From the vault to the queue: scan, read, select, put in order.

use std::collections::HashMap;
use std::thread;

use chrono::NaiveDate;

use crate::command::Context;
use crate::config::{CardSettings, Selection};
use crate::graph::{Graph, LinkTable, Targets};
use crate::note::cards::{CardReader, holds_cards};
use crate::note::facts::{Facts, ScheduledTags, Shown, Wanted};
use crate::note::{NotePath, State, links, schedule};
use crate::problem::{Problem, Severity};
use crate::queue::{Candidate, Queue};
use crate::schedule::{CardEases, Ease, LinkSums, Sm2, first_ease, known_ease};
use crate::vault::{Leftover, Scan, Skip, Standing};

/// The queue of a vault, before any filter narrows it.
#[derive(Debug)]
pub struct Loaded {
    /// What is to be reviewed.
    pub queue: Queue,
    /// What the schedule lines of each note in the queue say, in the order of the paths.
    pub states: Vec<(NotePath, State)>,
    /// Title and tags of the notes that are shown, where asked for.
    pub shown: HashMap<NotePath, Shown>,
    /// What is wrong with notes that are, or would be, in the queue, and with the walk.
    pub problems: Vec<Problem>,
    /// Temporary files that lie about in the vault.
    pub temporaries: Vec<NotePath>,
    /// Which notes link to which, where asked for.
    pub links: Option<Links>,
    /// Where notes that are due later were left out: the first day after today on which one is.
    pub later: Option<NaiveDate>,
}

/// What linked notes tell of a note: where its ease starts, and how much it weighs.
#[derive(Debug)]
pub struct Links {
    graph: Graph,
    ranks: Vec<f64>,
    /// The known ease of each note with a schedule, rounded.
    eases: Vec<Option<f64>>,
}

/// Scans the vault for what `wanted` asks of each note.
pub fn load(context: &Context, wanted: &Wanted) -> Loaded {
    let _reading = context.reading();
    let scan = context.vault.scan(&context.skip(), |path, bytes| wanted.look(path, bytes));
    queued(context, collect(scan, true), None, true)
}

/// Scans the vault for what is due or new. Of what is due later, most of a vault, only the first day is kept, and no
/// states are. Not for a vault in which something is set aside.
pub fn load_due(context: &Context, wanted: &Wanted) -> Loaded {
    let _reading = context.reading();
    let today = context.now.today;
    let look = |later: &mut Option<NaiveDate>, path: &NotePath, _: Standing, bytes: &[u8]| {
        let facts = wanted.look(path, bytes)?;
        match facts.reading.state {
            State::Scheduled(scheduled) if scheduled.due > today && facts.reading.findings.is_empty() => {
                *later = Some(later.map_or(scheduled.due, |day| day.min(scheduled.due)));
                None
            }
            _ => Some(facts),
        }
    };
    let (scan, later) = context.vault.scan_gathering(&context.skip(), look);
    let loaded = queued(context, collect(scan, false), None, false);
    Loaded { later: later.into_iter().flatten().min(), ..loaded }
}

/// Scans the vault, and reads the links of every note too: for the order of the queue and for first reviews.
pub fn load_with_links(context: &Context, wanted: &Wanted) -> Loaded {
    let _reading = context.reading();
    let skip = Skip { linked: true, ..context.skip() };
    let config = &context.config;
    let reader = CardReader::new(&config.cards);
    let decks = Selection {
        review_tags: config.cards.flashcard_tags.clone(),
        ignore_tags: config.cards.ignore_tags.clone(),
        ..Selection::default()
    };
    let decks = Wanted::new(&decks, None, ScheduledTags::All);
    let targets = Targets::default();
    let look = |gathered: &mut Gathered, path: &NotePath, standing: Standing, bytes: &[u8]| {
        let text =
            if standing == Standing::Ignored { "" } else { simdutf8::basic::from_utf8(bytes).unwrap_or_default() };
        let facts = if standing == Standing::Note { wanted.look(path, bytes) } else { None };
        let state = match (&facts, standing) {
            (Some(facts), _) => facts.reading.state,
            // A note that a look keeps nothing of has no schedule.
            (None, Standing::Note) => State::Unscheduled,
            (None, Standing::Template | Standing::Ignored) => schedule::read(text.as_bytes()).state,
        };
        if let State::Scheduled(scheduled) = state {
            let cards = card_eases(path, text, &reader, &decks, &config.cards);
            let ease = known_ease(scheduled.ease, cards, config.sm2.base_ease);
            gathered.eases.extend(ease.map(|ease| (gathered.links.len(), ease)));
        }
        gathered.links.add(path.as_str(), links::targets(text), &targets);
        facts
    };
    let (scan, gathered) = context.vault.scan_gathering(&skip, look);
    let mut tables = Vec::with_capacity(gathered.len());
    let mut known = Vec::new();
    for part in gathered {
        tables.push(part.links);
        known.push(part.eases);
    }
    let (graph, rows) = Graph::with_rows(tables, targets);
    // The ranks take one thread as long as the rest takes another.
    let (ranks, collected) = thread::scope(|scope| {
        let ranks = scope.spawn(|| graph.ranks());
        let collected = collect(scan, true);
        (ranks.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), collected)
    });
    let mut eases = vec![None; graph.len()];
    for (rows, known) in rows.iter().zip(known) {
        for (row, ease) in known {
            let slot = rows.get(row).copied().flatten().and_then(|note| eases.get_mut(note.index()));
            slot.into_iter().for_each(|slot| *slot = Some(ease));
        }
    }
    queued(context, collected, Some(Links { graph, ranks, eases }), true)
}

/// The eases of the scheduled flashcards of a note.
fn card_eases(
    path: &NotePath,
    text: &str,
    reader: &CardReader<'_>,
    decks: &Wanted,
    settings: &CardSettings,
) -> CardEases {
    // Without a comment of the plugin there is no scheduled card, and nothing else needs to be read.
    if memchr::memmem::find(text.as_bytes(), b"<!--SR:").is_none() {
        return CardEases::default();
    }
    let tags = decks.look(path, text.as_bytes()).map(|facts| facts.tags).unwrap_or_default();
    if holds_cards(path.folder(), &tags, settings) { reader.eases(text) } else { CardEases::default() }
}

/// What one thread gathers of the links.
#[derive(Default)]
struct Gathered {
    links: LinkTable,
    /// The known eases of notes, by their rows among the links.
    eases: Vec<(usize, f64)>,
}

/// What a scan saw, sorted.
struct Collected {
    candidates: Vec<Candidate>,
    states: Vec<(NotePath, State)>,
    shown: HashMap<NotePath, Shown>,
    problems: Vec<Problem>,
    temporaries: Vec<NotePath>,
}

/// Sorts what a scan saw: the candidates without their ranks, and `with_states` what each says.
fn collect(scan: Scan<Facts>, with_states: bool) -> Collected {
    let temporary = |(path, kind): (NotePath, Leftover)| (kind == Leftover::Temporary).then_some(path);
    let mut collected = Collected {
        candidates: Vec::with_capacity(scan.seen.len()),
        states: Vec::with_capacity(if with_states { scan.seen.len() } else { 0 }),
        shown: HashMap::new(),
        problems: scan.problems,
        temporaries: scan.leftovers.into_iter().filter_map(temporary).collect(),
    };
    for (path, facts) in scan.seen {
        let state = facts.state();
        collected.problems.extend(facts.reading.findings.into_iter().map(|finding| finding.at(path.clone())));
        if with_states {
            collected.states.push((path.clone(), state));
        }
        if let Some(facts) = facts.shown {
            collected.shown.insert(path.clone(), facts);
        }
        collected.candidates.push(Candidate { path, state, tags: facts.tags, rank: 0.0 });
    }
    collected
}

/// The queue of what was collected; `whole` when that is all there is, so that what was set aside may be in it.
fn queued(context: &Context, collected: Collected, links: Option<Links>, whole: bool) -> Loaded {
    let Collected { mut candidates, states, shown, problems, temporaries } = collected;
    if let Some(links) = &links {
        let mut rank_of = links.ranks_in_order();
        candidates.iter_mut().for_each(|note| note.rank = rank_of(&note.path));
    }
    let mut queue = Queue::new(candidates, &context.config.selection, context.now.today);
    let journal = context.journal();
    if whole && journal.may_set_aside() {
        let (log, _) = journal.read();
        queue.put_aside(|path| log.is_aside(path.as_str(), context.now.today));
    }
    Loaded { queue, states, shown, problems, temporaries, links, later: None }
}

impl Links {
    /// Tells the ranks of notes that are asked for in the order of their paths.
    fn ranks_in_order(&self) -> impl FnMut(&NotePath) -> f64 {
        let mut notes = self.graph.notes().zip(&self.ranks).peekable();
        move |path| {
            while notes.next_if(|(note, _)| self.graph.path(*note) < path.as_str()).is_some() {}
            let found = notes.next_if(|(note, _)| self.graph.path(*note) == path.as_str());
            found.map_or(0.0, |(_, rank)| *rank)
        }
    }

    /// The sums over the notes linked with `path` that its first ease follows from.
    pub fn sums(&self, path: &NotePath) -> LinkSums {
        let Some(note) = self.graph.note(path.as_str()) else { return LinkSums::default() };
        self.graph.link_sums(note, &self.ranks, |other| self.eases.get(other.index()).copied().flatten())
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

impl Loaded {
    /// What the schedule lines of a note in the queue say.
    pub fn state(&self, path: &NotePath) -> Option<State> {
        let at = self.states.binary_search_by(|(known, _)| known.cmp(path)).ok()?;
        self.states.get(at).map(|(_, state)| *state)
    }

    /// Says on stderr what is wrong with notes, see [`report`].
    pub fn report(&self, context: &Context) {
        report(&self.problems, context);
    }
}

/// Says on stderr what is wrong with notes, a line each: refusals up to a limit, then notices, the rest as a number.
pub fn report(problems: &[Problem], context: &Context) {
    /// Enough to act on, few enough to read.
    const LISTED: usize = 10;
    for severity in [Severity::Refusal, Severity::Notice] {
        let mut problems: Vec<&Problem> = problems.iter().filter(|p| p.finding.severity == severity).collect();
        problems.sort_by(|a, b| a.path.cmp(&b.path));
        problems.dedup_by(|next, first| next.path == first.path);
        for problem in problems.iter().take(LISTED) {
            context.notice(problem.to_string());
        }
        let more = problems.len().saturating_sub(LISTED);
        if more > 0 {
            let what = if severity == Severity::Refusal { "problems" } else { "notices" };
            let notes = if more == 1 { "1 more note has" } else { &format!("{more} more notes have") };
            context.notice(format!("{notes} {what}; `study check` lists them all"));
        }
    }
}
