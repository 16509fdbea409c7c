//! From the vault to what is asked of it: one scan for every command.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::external;
use super::links::{FirstEases, Gathered, Gatherer, Links, Unlinked};
use super::moved::{self, LastSeen, Standing};
use super::workspace::Workspace;
use crate::item::ItemId;
use crate::log::Sum;
use crate::note::facts::{Facts, ScheduledTags, Shown, Wanted};
use crate::note::raw::Raw;
use crate::note::{NotePath, State};
use crate::problem::{Code, Problem};
use crate::queue::{Candidate, Choice, Queue};
use crate::schedule::DueLoad;
use crate::threads::{self, Later};
use crate::vault::{Pace, Seen, Skip, Standing as Place, Walked};

pub mod census;

/// What is asked of the notes of a vault.
#[derive(Debug)]
pub struct Request<'a> {
    workspace: &'a Workspace,
    wanted: Wanted,
    keep: Keep,
    /// Links are read, and of so many notes the ease that their first review starts from will be asked for.
    links: Option<FirstEases>,
    /// What can wait is done when links are put together.
    later: bool,
}

/// What is kept of the notes: a large vault is scanned in a tenth of a second as long as little is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// What is wanted of each.
    Facts,
    /// The same of what is due or new; of what is due later, most of a vault, only the first day.
    DueAndNew,
    /// How many are due and new.
    Count,
    /// The days on which they are due.
    Days,
}

impl<'a> Request<'a> {
    /// Asks what `wanted` asks of each note.
    pub fn new(workspace: &'a Workspace, wanted: Wanted) -> Self {
        Self { workspace, wanted, keep: Keep::Facts, links: None, later: false }
    }

    /// The same of what is due or new alone. Not for a vault in which something is set aside.
    #[must_use]
    pub fn due_and_new(self) -> Self {
        Self { keep: Keep::DueAndNew, ..self }
    }

    /// The same, and the links of every note too: for the order of the queue and for first reviews.
    #[must_use]
    pub fn with_links(self, first_eases: FirstEases) -> Self {
        Self { links: Some(first_eases), ..self }
    }

    /// The same with links for many first reviews, which are put together later.
    #[must_use]
    pub fn with_links_later(self) -> Self {
        Self { later: true, ..self.with_links(FirstEases::Many) }
    }

    /// Asks how many notes are due and new. Not for a vault in which something is set aside.
    pub fn count(workspace: &'a Workspace) -> Self {
        let wanted = Wanted::new(&workspace.config.selection, None, ScheduledTags::None);
        Self { keep: Keep::Count, ..Self::new(workspace, wanted) }
    }

    /// Asks for what grading a few notes needs of all others, of each no more than a day. The links only where some,
    /// `new`, are reviewed for the first time.
    pub fn others(workspace: &'a Workspace, new: usize) -> Self {
        let selection = &workspace.config.selection;
        // In one deck or in none, a note counts once.
        let tags = if selection.review_tags.len() > 1 { ScheduledTags::All } else { ScheduledTags::None };
        let links = match new {
            0 => None,
            1 => Some(FirstEases::One),
            _ => Some(FirstEases::Many),
        };
        Self { keep: Keep::Days, links, ..Self::new(workspace, Wanted::new(selection, None, tags)) }
    }

    /// Scans the vault.
    pub fn scan(&self) -> Snapshot {
        self.scan_keeping(|facts, path, choice, gathering| self.keep(facts, path, choice, gathering))
    }

    /// Scans the vault, and keeps of the facts about each note what `keep` makes of them: the less, the faster.
    fn scan_keeping<T: Send>(
        &self,
        keep: impl Fn(Facts, &NotePath, &Choice<'_>, &mut Gathering) -> Option<T> + Sync,
    ) -> Snapshot<T> {
        let workspace = self.workspace;
        let choice = Choice::new(&workspace.config.selection);
        let gatherer = self.links.map(|first_eases| Gatherer::new(&workspace.config, first_eases));
        let gatherer = gatherer.map(|gatherer| if self.later { gatherer.for_later() } else { gatherer });
        let skip = Skip { linked: gatherer.is_some(), ..workspace.skip() };
        let look = |gathering: &mut Gathering, note: Seen<'_>, bytes: &[u8]| -> Option<T> {
            let raw = Raw::new(bytes);
            let facts = match self.keep {
                _ if note.standing != Place::Note => None,
                Keep::Days => self.wanted.look_if_scheduled(note.path, &raw),
                Keep::Facts | Keep::DueAndNew | Keep::Count => self.wanted.look_at(note.path, &raw),
            };
            if let Some(gatherer) = &gatherer {
                gatherer.add(&mut gathering.links, note, &raw, facts.as_ref().map(|facts| &facts.reading));
            }
            let facts = facts?;
            if let State::Scheduled(scheduled) = facts.state() {
                gathering.sum = gathering.sum.with(note.path, scheduled);
            }
            keep(facts, note.path, &choice, gathering)
        };
        let mut follow = gatherer.as_ref().map(Gatherer::follow);
        let mut walked = |walked: Walked<'_>| follow.iter_mut().for_each(|follow| follow(walked));
        // A link is resolved where it is read, unless that can wait.
        let pace = if gatherer.is_some() && !self.later { Pace::WalkFirst } else { Pace::Even };
        let (scan, gathered) = workspace.vault.scan_gathering(&skip, pace, &mut walked, look);
        drop(follow);
        let mut snapshot = Snapshot {
            seen: scan.seen,
            problems: scan.problems,
            temporaries: external::temporaries(scan.leftovers, workspace),
            sum: Sum::default(),
            counted: Counted::default(),
            days: Vec::new(),
            later: None,
            links: None,
        };
        let mut links = Vec::with_capacity(gathered.len());
        for part in gathered {
            snapshot.sum = snapshot.sum.and(part.sum);
            snapshot.counted.due += part.counted.due;
            snapshot.counted.new += part.counted.new;
            snapshot.days.extend(part.days);
            snapshot.problems.extend(part.problems);
            snapshot.later = snapshot.later.into_iter().chain(part.later).min();
            links.push(part.links);
        }
        snapshot.links = gatherer.map(|gatherer| gatherer.collect(links));
        snapshot
    }

    /// What is kept of the facts about a note.
    fn keep(&self, facts: Facts, path: &NotePath, choice: &Choice<'_>, gathering: &mut Gathering) -> Option<Facts> {
        let today = self.workspace.now.today;
        match (self.keep, facts.state()) {
            (Keep::Facts, _) => return Some(facts),
            (Keep::DueAndNew, State::Scheduled(scheduled))
                if scheduled.due > today && facts.reading.findings.is_empty() =>
            {
                gathering.later = Some(gathering.later.map_or(scheduled.due, |day| day.min(scheduled.due)));
            }
            (Keep::DueAndNew, _) => return Some(facts),
            (Keep::Count, State::Scheduled(scheduled)) if !scheduled.is_due(today) => {}
            (Keep::Count, state) => {
                let Counted { due, new } = &mut gathering.counted;
                let number = if matches!(state, State::Scheduled(_)) { due } else { new };
                *number += usize::from(choice.takes(path, state, &facts.tags));
            }
            (Keep::Days, state) => {
                if let State::Scheduled(scheduled) = state
                    && let Some(weight) = choice.weight(path, state, &facts.tags)
                {
                    gathering.days.extend(std::iter::repeat_n(scheduled.due, weight as usize));
                }
            }
        }
        None
    }
}

/// What one thread gathers.
#[derive(Default)]
struct Gathering {
    sum: Sum,
    counted: Counted,
    days: Vec<NaiveDate>,
    later: Option<NaiveDate>,
    problems: Vec<Problem>,
    links: Gathered,
}

/// How many notes are due and new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Due today or before.
    pub due: usize,
    /// Never graded.
    pub new: usize,
}

/// What a scan found of what was asked for.
#[derive(Debug)]
pub struct Snapshot<T = Facts> {
    /// What is kept of each note, in the order of their paths.
    seen: Vec<(NotePath, T)>,
    problems: Vec<Problem>,
    temporaries: Vec<NotePath>,
    /// The sum of all schedules.
    pub sum: Sum,
    /// How many notes are due and new, where that was asked for.
    pub counted: Counted,
    days: Vec<NaiveDate>,
    /// The first day after today on which a note is due of which nothing was kept.
    later: Option<NaiveDate>,
    links: Option<Unlinked>,
}

/// The queue of a vault, before any filter narrows it.
#[derive(Debug)]
pub struct Loaded {
    /// What is to be reviewed.
    pub queue: Queue,
    /// What is stored of the schedule of each item in the queue, in their order, where asked for.
    pub states: Vec<(ItemId, State)>,
    /// The `sr-id` of each item that has one, where asked for.
    pub sr_ids: HashMap<ItemId, Box<str>>,
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

impl Loaded {
    /// The items, as far as they can be known again when they are moved; where their states were asked for.
    pub fn standing(&self) -> Vec<Standing<'_>> {
        self.states.iter().map(|(item, state)| at_place(item, *state, &self.sr_ids)).collect()
    }
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

impl Snapshot {
    /// The queue.
    pub fn queue(mut self, workspace: &Workspace) -> Loaded {
        let Some(unlinked) = self.links.take() else { return self.collect(false).queue(workspace, None) };
        let links = unlinked.link();
        // The ranks take one thread as long as the rest takes another.
        let (collected, _) = threads::both(|| self.collect(false), || links.ranks().len());
        collected.queue(workspace, Some(links))
    }

    /// The queue for a review, without waiting for the links: another thread puts them together and computes the ranks.
    /// Until then the queue is in order as far as due dates tell.
    pub(crate) fn queue_before_links(mut self, workspace: &Workspace) -> (Loaded, Later<Links>) {
        debug_assert!(self.links.is_some(), "links were asked for");
        let unlinked = self.links.take();
        let unlinked = unlinked.unwrap_or_else(|| Gatherer::new(&workspace.config, FirstEases::None).collect([]));
        let links = Later::start(move || {
            let links = unlinked.link();
            links.ranks();
            links
        });
        (self.collect(true).queue(workspace, None), links)
    }

    /// What grading needs.
    pub fn others(self, workspace: &Workspace) -> Others {
        Others {
            load: DueLoad::of(workspace.now.today, self.days),
            links: self.links.map(Unlinked::link),
            temporaries: self.temporaries,
        }
    }

    /// Sorts what was seen: the candidates without their ranks, and `with_states` what each says.
    fn collect(self, with_states: bool) -> Collected {
        let mut states = Vec::with_capacity(if with_states { self.seen.len() } else { 0 });
        let (mut shown, mut sr_ids, mut problems) = (HashMap::new(), HashMap::new(), self.problems);
        // Collected as they are gone through, the candidates take the place of what was seen.
        let to_candidate = |(path, facts): (NotePath, Facts)| {
            let state = facts.state();
            problems.extend(facts.reading.findings.into_iter().map(|finding| finding.at(path.clone())));
            if let Some(it) = facts.shown {
                shown.insert(path.clone(), *it);
            }
            let id = ItemId::of_note(path);
            if let Some(sr_id) = facts.sr_id {
                sr_ids.insert(id.clone(), sr_id);
            }
            if with_states {
                states.push((id.clone(), state));
            }
            Candidate { id, state, tags: facts.tags, rank: 0.0 }
        };
        let candidates = self.seen.into_iter().map(to_candidate).collect();
        Collected { candidates, states, sr_ids, shown, problems, temporaries: self.temporaries, later: self.later }
    }
}

/// The notes as the search for moved ones sees them.
fn standing<'a>(candidates: &'a [Candidate], sr_ids: &'a HashMap<ItemId, Box<str>>) -> Vec<Standing<'a>> {
    candidates.iter().map(|note| at_place(&note.id, note.state, sr_ids)).collect()
}

fn at_place<'a>(item: &'a ItemId, state: State, sr_ids: &'a HashMap<ItemId, Box<str>>) -> Standing<'a> {
    let schedule = if let State::Scheduled(schedule) = state { Some(schedule) } else { None };
    Standing { item, schedule, sr_id: sr_ids.get(item).map(|sr_id| &**sr_id) }
}

/// What a scan saw, sorted.
struct Collected {
    candidates: Vec<Candidate>,
    states: Vec<(ItemId, State)>,
    sr_ids: HashMap<ItemId, Box<str>>,
    shown: HashMap<NotePath, Shown>,
    problems: Vec<Problem>,
    temporaries: Vec<NotePath>,
    later: Option<NaiveDate>,
}

impl Collected {
    /// The queue of what was collected.
    fn queue(self, workspace: &Workspace, links: Option<Links>) -> Loaded {
        let Collected { mut candidates, states, sr_ids, shown, problems, temporaries, later } = self;
        if let Some(links) = &links {
            let mut rank_of = links.ranks_in_order();
            candidates.iter_mut().for_each(|note| note.rank = rank_of(&note.id.note));
        }
        let journal = workspace.journal();
        // Where something may be set aside, everything is kept.
        let aside = journal.may_set_aside().then(|| {
            let (log, problems) = journal.read();
            // Part of the log that cannot be read may say that more notes are set aside.
            let unread = problems.iter().filter(|problem| problem.finding.code == Code::Unreadable);
            unread.for_each(|problem| workspace.notice(problem.to_string()));
            moved::followed(log, &standing(&candidates, &sr_ids), LastSeen::Unread, moved::Keep::Unlogged, workspace)
        });
        let mut queue = Queue::new(candidates, &workspace.config.selection, workspace.now.today);
        if let Some(log) = aside {
            queue.put_aside(|id| log.is_aside(id, workspace.now.today));
        }
        Loaded { queue, states, sr_ids, shown, problems, temporaries, links, later }
    }
}
