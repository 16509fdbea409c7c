//! From the vault to the queue: scan, read, select, put in order.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::links::{FirstEases, Gathered, Gatherer, Links, Unlinked};
use super::workspace::Workspace;
use crate::item::ItemId;
use crate::note::facts::{Facts, ScheduledTags, Shown, Wanted};
use crate::note::raw::Raw;
use crate::note::{NotePath, State};
use crate::problem::{Code, Problem};
use crate::queue::{Candidate, Choice, Queue};
use crate::schedule::DueLoad;
use crate::threads::{self, Later};
use crate::vault::{Leftover, Scan, Seen, Skip, Standing, Walked};

pub mod census;

/// The queue of a vault, before any filter narrows it.
#[derive(Debug)]
pub struct Loaded {
    /// What is to be reviewed.
    pub queue: Queue,
    /// What is stored of the schedule of each item in the queue, in their order, where asked for.
    pub states: Vec<(ItemId, State)>,
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

/// What grading a few notes needs of all others.
#[derive(Debug)]
pub struct Others {
    /// How many notes are due on which day.
    pub load: DueLoad,
    /// Which notes link to which, where asked for.
    pub links: Option<Links>,
    /// Temporary files that lie about in the vault.
    pub temporaries: Vec<NotePath>,
}

/// Scans the vault for what `wanted` asks of each note.
pub fn load(workspace: &Workspace, wanted: &Wanted) -> Loaded {
    let scan = workspace.vault.scan(&workspace.skip(), |path, bytes| wanted.look(path, bytes));
    queued(workspace, collect(scan, false), None, true)
}

/// Scans the vault for what is due or new. Of what is due later, most of a vault, only the first day is kept. Not for a
/// vault in which something is set aside.
pub fn load_due(workspace: &Workspace, wanted: &Wanted) -> Loaded {
    let today = workspace.now.today;
    let look = |later: &mut Option<NaiveDate>, note: Seen<'_>, bytes: &[u8]| {
        let facts = wanted.look(note.path, bytes)?;
        match facts.reading.state {
            State::Scheduled(scheduled) if scheduled.due > today && facts.reading.findings.is_empty() => {
                *later = Some(later.map_or(scheduled.due, |day| day.min(scheduled.due)));
                None
            }
            _ => Some(facts),
        }
    };
    let (scan, later) = workspace.vault.scan_gathering(&workspace.skip(), &mut |_| {}, look);
    let loaded = queued(workspace, collect(scan, false), None, false);
    Loaded { later: later.into_iter().flatten().min(), ..loaded }
}

/// How many notes are due and new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Due today or before.
    pub due: usize,
    /// Never graded.
    pub new: usize,
}

/// Counts what [`load_due`] would put in the queue, and keeps nothing. Not for a vault in which something is set aside.
pub fn count_due(workspace: &Workspace) -> Counted {
    let today = workspace.now.today;
    let selection = &workspace.config.selection;
    let choice = Choice::new(selection);
    let wanted = Wanted::new(selection, None, ScheduledTags::None);
    let look = |counted: &mut Counted, note: Seen<'_>, bytes: &[u8]| -> Option<()> {
        let facts = wanted.look(note.path, bytes)?;
        let state = facts.state();
        let number = match state {
            State::Scheduled(scheduled) if scheduled.is_due(today) => &mut counted.due,
            State::Scheduled(_) => return None,
            _ => &mut counted.new,
        };
        *number += usize::from(choice.takes(note.path, state, &facts.tags));
        None
    };
    let (_, parts) = workspace.vault.scan_gathering(&workspace.skip(), &mut |_| {}, look);
    let add = |sum: Counted, part: Counted| Counted { due: sum.due + part.due, new: sum.new + part.new };
    parts.into_iter().fold(Counted::default(), add)
}

/// Scans the vault, and reads the links of every note too: for the order of the queue and for first reviews. A review, where
/// many first eases are asked for, wants the states as well.
pub fn load_with_links(workspace: &Workspace, wanted: &Wanted, first_eases: FirstEases) -> Loaded {
    let (scan, unlinked) = scan_with_links(workspace, wanted, Gatherer::new(&workspace.config, first_eases));
    let links = unlinked.link();
    // The ranks take one thread as long as the rest takes another.
    let (collected, _) = threads::both(|| collect(scan, first_eases == FirstEases::Many), || links.ranks().len());
    queued(workspace, collected, Some(links), true)
}

/// The same for a review, in which many first eases are asked for, but without waiting for the links: the scan gathers them,
/// and another thread puts them together and computes the ranks. Until then the queue is in order as far as due dates tell.
pub(crate) fn load_before_links(workspace: &Workspace, wanted: &Wanted) -> (Loaded, Later<Links>) {
    let gatherer = Gatherer::new(&workspace.config, FirstEases::Many).for_later();
    let (scan, unlinked) = scan_with_links(workspace, wanted, gatherer);
    let links = Later::start(move || {
        let links = unlinked.link();
        links.ranks();
        links
    });
    (queued(workspace, collect(scan, true), None, true), links)
}

/// Scans the vault, and gathers the links of every note.
fn scan_with_links(workspace: &Workspace, wanted: &Wanted, gatherer: Gatherer<'_>) -> (Scan<Facts>, Unlinked) {
    let skip = Skip { linked: true, ..workspace.skip() };
    let look = |gathered: &mut Gathered, note: Seen<'_>, bytes: &[u8]| {
        let raw = Raw::new(bytes);
        let is_note = note.standing == Standing::Note;
        let facts = if is_note { wanted.look_at(note.path, &raw) } else { None };
        gatherer.add(gathered, note, &raw, facts.as_ref().map(|facts| &facts.reading));
        facts
    };
    let (scan, gathered) = workspace.vault.scan_gathering(&skip, &mut gatherer.follow(), look);
    (scan, gatherer.collect(gathered))
}

/// Scans the vault for what grading a few notes needs: of each note no more than a day. The links only where some, `new`,
/// are reviewed for the first time.
pub fn load_others(workspace: &Workspace, new: usize) -> Others {
    /// What one thread gathers.
    #[derive(Default)]
    struct Gathering {
        days: Vec<NaiveDate>,
        links: Gathered,
    }
    let first_eases = match new {
        0 => FirstEases::None,
        1 => FirstEases::One,
        _ => FirstEases::Many,
    };
    let with_links = first_eases != FirstEases::None;
    let skip = Skip { linked: with_links, ..workspace.skip() };
    let selection = &workspace.config.selection;
    let choice = Choice::new(selection);
    // In one deck or in none, a note counts once.
    let tags = if selection.review_tags.len() > 1 { ScheduledTags::All } else { ScheduledTags::None };
    let wanted = Wanted::new(selection, None, tags);
    let gatherer = with_links.then(|| Gatherer::new(&workspace.config, first_eases));
    let look = |gathering: &mut Gathering, note: Seen<'_>, bytes: &[u8]| -> Option<()> {
        let raw = Raw::new(bytes);
        let is_note = note.standing == Standing::Note;
        let facts = if is_note { wanted.look_if_scheduled(note.path, &raw) } else { None };
        if let Some(facts) = &facts
            && let state @ State::Scheduled(scheduled) = facts.state()
            && let Some(weight) = choice.weight(note.path, state, &facts.tags)
        {
            gathering.days.extend(std::iter::repeat_n(scheduled.due, weight as usize));
        }
        if let Some(gatherer) = &gatherer {
            gatherer.add(&mut gathering.links, note, &raw, facts.as_ref().map(|facts| &facts.reading));
        }
        None
    };
    let mut follow = gatherer.as_ref().map(Gatherer::follow);
    let mut walked = |walked: Walked<'_>| follow.iter_mut().for_each(|follow| follow(walked));
    let (scan, gathered) = workspace.vault.scan_gathering(&skip, &mut walked, look);
    drop(follow);
    let (days, links): (Vec<_>, Vec<_>) = gathered.into_iter().map(|part| (part.days, part.links)).unzip();
    Others {
        load: DueLoad::of(workspace.now.today, days.into_iter().flatten()),
        links: gatherer.map(|gatherer| gatherer.finish(links)),
        temporaries: temporaries(scan.leftovers),
    }
}

/// Those of `leftovers` that are in the way of nothing.
fn temporaries(leftovers: Vec<(NotePath, Leftover)>) -> Vec<NotePath> {
    let temporary = |(path, kind): (NotePath, Leftover)| (kind == Leftover::Temporary).then_some(path);
    leftovers.into_iter().filter_map(temporary).collect()
}

/// What a scan saw, sorted.
struct Collected {
    candidates: Vec<Candidate>,
    states: Vec<(ItemId, State)>,
    shown: HashMap<NotePath, Shown>,
    problems: Vec<Problem>,
    temporaries: Vec<NotePath>,
}

/// Sorts what a scan saw: the candidates without their ranks, and `with_states` what each says.
fn collect(scan: Scan<Facts>, with_states: bool) -> Collected {
    let mut states = Vec::with_capacity(if with_states { scan.seen.len() } else { 0 });
    let (mut shown, mut problems) = (HashMap::new(), scan.problems);
    // Collected as they are gone through, the candidates take the place of what was seen.
    let to_candidate = |(path, facts): (NotePath, Facts)| {
        let state = facts.state();
        problems.extend(facts.reading.findings.into_iter().map(|finding| finding.at(path.clone())));
        if let Some(it) = facts.shown {
            shown.insert(path.clone(), *it);
        }
        let id = ItemId::of_note(path);
        if with_states {
            states.push((id.clone(), state));
        }
        Candidate { id, state, tags: facts.tags, rank: 0.0 }
    };
    let candidates = scan.seen.into_iter().map(to_candidate).collect();
    Collected { candidates, states, shown, problems, temporaries: temporaries(scan.leftovers) }
}

/// The queue of what was collected; `whole` when that is all there is, so that what was set aside may be in it.
fn queued(workspace: &Workspace, collected: Collected, links: Option<Links>, whole: bool) -> Loaded {
    let Collected { mut candidates, states, shown, problems, temporaries } = collected;
    if let Some(links) = &links {
        let mut rank_of = links.ranks_in_order();
        candidates.iter_mut().for_each(|note| note.rank = rank_of(&note.id.note));
    }
    let mut queue = Queue::new(candidates, &workspace.config.selection, workspace.now.today);
    let journal = workspace.journal();
    if whole && journal.may_set_aside() {
        let (log, problems) = journal.read();
        // Part of the log that cannot be read may say that more notes are set aside.
        let unread = problems.iter().filter(|problem| problem.finding.code == Code::Unreadable);
        unread.for_each(|problem| workspace.notice(problem.to_string()));
        queue.put_aside(|id| log.is_aside(id, workspace.now.today));
    }
    Loaded { queue, states, shown, problems, temporaries, links, later: None }
}
