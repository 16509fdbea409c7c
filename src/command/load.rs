//! From the vault to the queue: scan, read, select, put in order.

use std::collections::HashMap;

use crate::command::Context;
use crate::desk::{Desk, Refused};
use crate::external;
use crate::log::{Change, Log};
use crate::note::facts::{Shown, Wanted};
use crate::note::{NotePath, State};
use crate::problem::{Problem, Severity};
use crate::queue::{Candidate, Queue};
use crate::vault::Leftover;

/// The queue of a vault, before any filter narrows it.
#[derive(Debug)]
pub struct Loaded {
    /// What is to be reviewed.
    pub queue: Queue,
    /// What the schedule lines of each note in the queue say.
    pub states: HashMap<NotePath, State>,
    /// Title and tags of the notes that are shown, where asked for.
    pub shown: HashMap<NotePath, Shown>,
    /// What is wrong with notes that are, or would be, in the queue, and with the walk.
    pub problems: Vec<Problem>,
    /// Temporary files in the vault.
    pub temporaries: Vec<NotePath>,
}

/// Scans the vault for what `wanted` asks of each note.
pub fn load(context: &Context, wanted: &Wanted) -> Loaded {
    let scan = context.vault.scan(&context.skip(), |path, bytes| wanted.look(path, bytes));
    let mut problems = scan.problems;
    let mut candidates = Vec::with_capacity(scan.seen.len());
    let mut states = HashMap::with_capacity(scan.seen.len());
    let mut shown = HashMap::new();
    for (path, facts) in scan.seen {
        problems.extend(facts.reading.findings.into_iter().map(|finding| finding.at(path.clone())));
        states.insert(path.clone(), facts.reading.state);
        if let Some(facts) = facts.shown {
            shown.insert(path.clone(), facts);
        }
        candidates.push(Candidate { path, state: facts.reading.state, tags: facts.tags, rank: 0.0 });
    }
    let queue = Queue::new(candidates, &context.config.selection, context.now.today);
    let temporary = |(path, kind): (NotePath, Leftover)| (kind == Leftover::Temporary).then_some(path);
    let temporaries = scan.leftovers.into_iter().filter_map(temporary).collect();
    Loaded { queue, states, shown, problems, temporaries }
}

/// Before a command writes: completes and clears away what a process that died had begun, writes down what was reviewed
/// elsewhere since the last run, and gives the log. What stands in the way is remarked; the command goes on.
pub fn catch_up(context: &Context, loaded: &Loaded) -> Log {
    let desk = Desk::new(&context.vault, context.journal());
    if desk.is_unsettled() || !loaded.temporaries.is_empty() {
        let swept = desk.sit().map(|seat| {
            seat.sweep(&loaded.temporaries);
            remark_kept(seat.kept(), context);
        });
        remark(swept, context);
    }
    let scheduled = loaded.states.iter().filter_map(|(path, state)| match state {
        State::Scheduled(scheduled) => Some((path, *scheduled)),
        _ => None,
    });
    let scheduled: Vec<_> = scheduled.collect();
    let noticed = |log: &Log| -> Vec<Change> {
        let mut changes = external::noticed(scheduled.iter().copied(), log, &context.config.sm2, &context.now);
        changes.sort_by(|a, b| a.note.cmp(&b.note));
        changes
    };
    let (log, problems) = desk.journal().read();
    for problem in &problems {
        context.notice(problem.to_string());
    }
    if noticed(&log).is_empty() {
        return log;
    }
    // Asked again under the lock: another process may just be between a note and its line in the log.
    let recorded = desk.sit().and_then(|mut seat| {
        let changes = noticed(&desk.journal().read().0);
        if changes.is_empty() { Ok(Vec::new()) } else { seat.record(changes) }
    });
    remark(recorded, context);
    desk.journal().read().0
}

/// Tells of versions of notes that were put beside them.
pub fn remark_kept(kept: &[std::path::PathBuf], context: &Context) {
    for path in kept {
        let path = path.strip_prefix(context.vault.root()).unwrap_or(path).display();
        context.notice(format!(
            "{path}: another program wrote this in the moment of a change; merge it into the note and delete it"
        ));
    }
}

fn remark<T>(done: Result<T, Refused>, context: &Context) {
    if let Err(refused) = done {
        context.notice(refused.to_string());
    }
}

impl Loaded {
    /// Says on stderr what is wrong with notes: refusals one by one up to a limit, the rest as a number.
    pub fn report(&self, context: &Context) {
        /// Enough to act on, few enough to read.
        const LISTED: usize = 10;
        let (refusals, notices): (Vec<_>, Vec<_>) =
            self.problems.iter().partition(|problem| problem.finding.severity == Severity::Refusal);
        for problem in refusals.iter().take(LISTED) {
            context.notice(problem.to_string());
        }
        let more = refusals.len().saturating_sub(LISTED);
        if more > 0 {
            context.notice(format!("{more} more notes have problems; `study check` lists them all"));
        }
        for problem in notices.iter().take(LISTED) {
            context.notice(problem.to_string());
        }
        let more = notices.len().saturating_sub(LISTED);
        if more > 0 {
            context.notice(format!("{more} more notices; `study check` lists them all"));
        }
    }
}
