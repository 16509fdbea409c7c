//! Reviews made elsewhere: noticed before figures are computed from the log, and written into the log.

use std::fmt::Display;

use super::copies::Copies;
use super::moved::{self, Keep, LastSeen, Standing};
use super::scan::census::Census;
use super::workspace::Workspace;
use crate::desk::Desk;
use crate::external;
use crate::item::ItemId;
use crate::journal::Journal;
use crate::log::{Change, Log, Seen, Sum};
use crate::note::NotePath;
use crate::problem::Problem;
use crate::schedule::Scheduled;
use crate::threads;
use crate::vault::Leftover;

/// Which notes were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every note of the vault: what was seen is kept for the next run.
    Whole,
    /// Some.
    Some,
}

/// What stands in the folder of the log.
#[derive(Debug)]
pub struct Held {
    log: Log,
    problems: Vec<Problem>,
    seen: Option<String>,
}

impl Held {
    fn read(journal: &Journal) -> Self {
        let (log, problems) = journal.read();
        Self { log, problems, seen: journal.seen() }
    }
}

/// Does `work` while another thread reads the log, which may then be as old as the beginning of the work. `None` for a
/// log that is about to be completed.
pub fn reading<T>(workspace: &Workspace, work: impl FnOnce() -> T) -> (T, Option<Held>) {
    let journal = workspace.journal();
    if Desk::new(&workspace.vault, workspace.journal()).is_unsettled() {
        return (work(), None);
    }
    let (done, held) = threads::both(work, || Held::read(&journal));
    (done, Some(held))
}

/// The log, completed by what was moved, reviewed in Obsidian, or edited by hand since the last run. `notes` are all items
/// that have a schedule or are for review, in their order; `held` is the log where it was read already. What cannot be
/// written down is remarked and stops nothing.
pub fn outside_reviews(workspace: &Workspace, notes: &[Standing<'_>], extent: Extent, held: Option<Held>) -> Log {
    let desk = Desk::new(&workspace.vault, workspace.journal());
    let held = held.filter(|_| !desk.is_unsettled());
    clear_away(&desk, &[], workspace);
    let Held { mut log, problems, seen } = held.unwrap_or_else(|| Held::read(desk.journal()));
    for problem in &problems {
        workspace.notice(problem.to_string());
    }
    let scheduled = || notes.iter().filter_map(|note| Some((note.item, note.schedule?)));
    let now = (extent == Extent::Whole).then(|| Seen::text(workspace.now.today, scheduled()));
    // As long as nothing differs from what was seen, there is nothing to compare with.
    let same = now.is_some() && seen == now;
    let nothing_seen = seen.is_none();
    let seen = seen.filter(|_| !same).and_then(|text| Seen::parse(&text));
    let (device, algorithm) = (&workspace.config.device, &workspace.config.algorithm);
    // A note that was moved is no new one, and nothing was done to it.
    let last = match &seen {
        Some(seen) => LastSeen::Was(seen),
        None if same => LastSeen::Same,
        None => LastSeen::Unknown,
    };
    log = match extent {
        Extent::Whole => moved::followed(log, notes, last, Keep::Logged, workspace),
        Extent::Some => {
            let items: Vec<ItemId> = notes.iter().map(|note| note.item.clone()).collect();
            moved::of_named(log, &items, last, Keep::Logged, workspace)
        }
    };
    let noticed = |log: &Log| {
        let mut found = external::noticed(scheduled(), log, device, seen.as_ref(), algorithm, &workspace.now);
        if let Some(seen) = &seen {
            drop_copies(&mut found.changes, log, notes, seen, workspace);
        }
        found
    };
    let found = noticed(&log);
    tell_doubt(&found.doubtful, &log, workspace);
    if !found.changes.is_empty() {
        // Asked again under the lock: another process may just be between a note and its line in the log.
        let recorded = desk.sit().and_then(|mut seat| {
            let changes = noticed(&desk.journal().read().0).changes;
            let changes = changes.into_iter().map(|change| desk.known_by_note(change, &log)).collect::<Vec<_>>();
            if changes.is_empty() { Ok(Vec::new()) } else { seat.record(changes) }
        });
        match recorded {
            Ok(_) => log = desk.journal().read().0,
            Err(refused) => {
                workspace.notice(format!("reviews made elsewhere were noticed and could not be logged: {refused}"));
                return log;
            }
        }
    }
    // A folder in which nothing is scheduled is left as it is: it may have been named by mistake.
    let idle = same || (nothing_seen && scheduled().next().is_none());
    if let Some(now) = now.filter(|_| !idle)
        && let Err(error) = desk.journal().keep_seen(&now)
    {
        workspace.notice(error.to_string());
    }
    log
}

/// Notices what was reviewed elsewhere where the sum of all schedules is another than what this device saw last. Where nothing
/// was ever logged, nothing is written.
pub fn notice_since(workspace: &Workspace, sum: Sum) {
    let Some(start) = workspace.journal().seen_start() else { return };
    if Seen::sum(&start) == Some(sum) {
        return;
    }
    let census = Census::take(workspace);
    outside_reviews(workspace, &census.standing(), Extent::Whole, None);
}

/// Leaves out first reviews that were those of other notes, of which these are copies.
fn drop_copies(changes: &mut Vec<Change>, log: &Log, notes: &[Standing<'_>], seen: &Seen, workspace: &Workspace) {
    let first = |change: &Change| {
        let moved = change.what.moved()?;
        let item = change.subject.id().filter(|item| moved.before.is_none() && log.last_schedule(item).is_none())?;
        Some((item.clone(), moved.after?))
    };
    let first: Vec<(ItemId, Scheduled)> = changes.iter().filter_map(first).collect();
    if first.is_empty() {
        return;
    }
    let new: Vec<(&ItemId, Scheduled)> = first.iter().map(|(item, schedule)| (item, *schedule)).collect();
    let copies = Copies::new(log, workspace);
    // Of notes that went since, one may be this.
    let has_gone = |note: &NotePath| seen.of(&ItemId::of_note(note.clone())).is_some();
    let mut found = copies.of_logged(new.iter().copied(), has_gone);
    found.extend(copies.of_seen(&new, notes, seen));
    changes.retain(|change| change.subject.id().is_none_or(|item| !found.contains(item)));
}

/// Says of notes that changed without an event that this may be what a line tells of that cannot be read.
fn tell_doubt(notes: &[&ItemId], log: &Log, workspace: &Workspace) {
    let Some((first, others)) = notes.split_first() else { return };
    let Some(line) = log.doubt(first) else { return };
    let them = match others.len() {
        0 => String::new(),
        1 => " and 1 more note".into(),
        more => format!(" and {more} more notes"),
    };
    workspace.notice(format!(
        "{first}{them}: the schedule is another than the log knows, but {} cannot be read and may tell of it; it is not \
         counted as a review made elsewhere until `study` is updated or the line is mended",
        log.place_of(line)
    ));
}

/// Completes and clears away what a process that died had begun, and removes its `temporaries`. What stands in the way is
/// remarked and stops nothing.
pub fn clear_away(desk: &Desk<'_>, temporaries: &[NotePath], workspace: &Workspace) {
    if temporaries.is_empty() && !desk.is_unsettled() {
        return;
    }
    match desk.sit() {
        Ok(seat) => {
            seat.sweep(temporaries);
        }
        Err(refused) => workspace.notice(refused.to_string()),
    }
    kept(desk, workspace);
}

/// Tells of versions of notes that lie beside them, and gives the temporary files among `leftovers`, which are in the way of
/// nothing. Whoever had to keep such a version may have died before saying so.
pub fn temporaries(leftovers: Vec<(NotePath, Leftover)>, workspace: &Workspace) -> Vec<NotePath> {
    const MOST: usize = 5;
    let of_kind = |kind| move |(path, of): &(NotePath, Leftover)| (*of == kind).then(|| path.clone());
    let mut kept: Vec<NotePath> = leftovers.iter().filter_map(of_kind(Leftover::Kept)).collect();
    kept.sort();
    kept.iter().take(MOST).for_each(|path| tell_kept(path, workspace));
    if kept.len() > MOST {
        let more = kept.len() - MOST;
        workspace.notice(format!("{more} more such versions of notes are kept; `study check --all` lists them"));
    }
    leftovers.iter().filter_map(of_kind(Leftover::Temporary)).collect()
}

/// The same text whenever it is told, so that it is told once.
fn tell_kept(path: impl Display, workspace: &Workspace) {
    workspace.notice(format!(
        "{path}: is a version of the note that was kept because another program wrote in the moment of a change; compare \
         the two, and delete it when the note has all that it should"
    ));
}

/// Tells of versions of notes that had to be put beside them, and of notes that were being changed and are gone.
pub fn kept(desk: &Desk<'_>, workspace: &Workspace) {
    for path in desk.take_kept() {
        tell_kept(path.strip_prefix(workspace.vault.root()).unwrap_or(&path).display(), workspace);
    }
    for note in desk.take_lost() {
        let record = desk.intent_file();
        let record = record.strip_prefix(workspace.vault.root()).unwrap_or(&record).display();
        workspace.notice(match note {
            Some(note) => format!(
                "{note}: was being changed when `study` was interrupted, and cannot be found; put it back where it was, \
                 or delete {record} if it is gone for good"
            ),
            None => format!(
                "{record}: a later `study` was interrupted while it changed a note, and only that can complete the log; \
                 run it here, or delete the file if there is none"
            ),
        });
    }
}
