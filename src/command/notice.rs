//! Reviews made elsewhere: noticed at the start of a review and of `stats`, and written into the log.

use std::collections::HashMap;

use super::Context;
use crate::desk::Desk;
use crate::external;
use crate::log::{Log, Seen};
use crate::note::{NotePath, State};

/// Which notes were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every note of the vault: what was seen is kept for the next run.
    Whole,
    /// Some.
    Some,
}

/// The log, completed by what was reviewed in Obsidian, or edited by hand, since the last run. `states` are all notes
/// with schedule lines. What cannot be written down is remarked and stops nothing.
pub fn outside_reviews(context: &Context, states: &HashMap<NotePath, State>, extent: Extent) -> Log {
    let desk = Desk::new(&context.vault, context.journal());
    clear_away(&desk, &[], context);
    let (mut log, problems) = desk.journal().read();
    for problem in &problems {
        context.notice(problem.to_string());
    }
    let mut scheduled: Vec<_> = states
        .iter()
        .filter_map(|(note, state)| match state {
            State::Scheduled(scheduled) => Some((note, *scheduled)),
            _ => None,
        })
        .collect();
    scheduled.sort_unstable_by(|a, b| a.0.cmp(b.0));
    let seen = desk.journal().seen();
    let notes = || scheduled.iter().copied();
    let noticed = |log: &Log| external::noticed(notes(), log, seen.as_ref(), &context.config.sm2, &context.now);
    if !noticed(&log).is_empty() {
        // Asked again under the lock: another process may just be between a note and its line in the log.
        let recorded = desk.sit().and_then(|mut seat| {
            let changes = noticed(&desk.journal().read().0);
            if changes.is_empty() { Ok(Vec::new()) } else { seat.record(changes) }
        });
        match recorded {
            Ok(_) => log = desk.journal().read().0,
            Err(refused) => {
                context.notice(format!("reviews made elsewhere were noticed and could not be logged: {refused}"));
                return log;
            }
        }
    }
    // A folder in which nothing is scheduled is left as it is: it may have been named by mistake.
    if extent == Extent::Some || (scheduled.is_empty() && seen.is_none()) {
        return log;
    }
    let now = Seen::new(context.now.today, notes().map(|(note, scheduled)| (note.clone(), scheduled)));
    if seen.as_ref() != Some(&now)
        && let Err(error) = desk.journal().keep_seen(&now)
    {
        context.notice(error.to_string());
    }
    log
}

/// Completes and clears away what a process that died had begun, and removes its `temporaries`. What stands in the way is
/// remarked and stops nothing.
pub fn clear_away(desk: &Desk<'_>, temporaries: &[NotePath], context: &Context) {
    if temporaries.is_empty() && !desk.is_unsettled() {
        return;
    }
    match desk.sit() {
        Ok(seat) => {
            seat.sweep(temporaries);
        }
        Err(refused) => context.notice(refused.to_string()),
    }
    kept(desk, context);
}

/// Tells of versions of notes that had to be put beside them.
pub fn kept(desk: &Desk<'_>, context: &Context) {
    for path in desk.take_kept() {
        let path = path.strip_prefix(context.vault.root()).unwrap_or(&path).display();
        context.notice(format!(
            "{path}: another program wrote this in the moment of a change; merge it into the note and delete it"
        ));
    }
}
