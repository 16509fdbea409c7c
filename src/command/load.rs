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
    /// Says on stderr what is wrong with notes, a line each: refusals up to a limit, then notices, the rest as a number.
    pub fn report(&self, context: &Context) {
        self.report_of(Severity::Refusal, context);
        self.report_of(Severity::Notice, context);
    }

    fn report_of(&self, severity: Severity, context: &Context) {
        /// Enough to act on, few enough to read.
        const LISTED: usize = 10;
        let mut problems: Vec<&Problem> = self.problems.iter().filter(|p| p.finding.severity == severity).collect();
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
