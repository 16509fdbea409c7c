//! From the vault to the queue: scan, read, select, put in order.

use std::collections::HashMap;

use crate::command::Context;
use crate::note::facts::{Shown, Wanted};
use crate::note::{NotePath, State};
use crate::problem::{Problem, Severity};
use crate::queue::{Candidate, Queue};

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
    Loaded { queue, states, shown, problems }
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
