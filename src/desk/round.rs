//! One turn at writing: notes that are read, decided, replaced and logged together.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use super::at_once::at_once;
use super::intent::Intent;
use super::watch::is_being_saved;
use super::{Decision, Desk, Refused, Seat, Watch, refused};
use crate::fault;
use crate::journal::OpenLog;
use crate::log::{Change, Event, EventId, MAX_LINE_BYTES};
use crate::note::properties::id_of;
use crate::note::{Fingerprint, NotePath};
use crate::problem::Code;
use crate::vault::descriptors;
use crate::vault::dir::Dir;
use crate::vault::{
    Held, ReplaceError, Replacement, Stamp, folder_id, is_short_of_something, plain, unreadable as finding,
};

/// So many notes at most change in one round: another process gives up its wait for the lock after two seconds.
const MOST_NOTES: usize = 128;

/// How many files a note takes while it changes: its folder, itself, and the temporary file, once more where it is looked at.
const FILES_OF_A_NOTE: usize = 4;

/// How many files all else may have open: the standard ones, the log, and the threads that write.
const OTHER_FILES: usize = 48;

/// A round that has so many bytes in hand takes no further note.
const MOST_BYTES: usize = 4 << 20;

/// What became of a note in a round.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It was changed, or refused.
    Done(Box<Result<Event, Refused>>),
    /// Another program has changed it since it was read: it is as that has made it, and may be read again.
    Changed,
    /// Another program is saving it: nothing was done.
    Saved(Option<Stamp>),
}

impl Outcome {
    fn done(result: Result<Event, Refused>) -> Self {
        Self::Done(Box::new(result))
    }
}

/// Notes with what became of them, each by the number that it came with.
pub(super) type Outcomes = Vec<(usize, Outcome)>;

/// A note that is to be changed.
#[derive(Debug)]
pub(super) struct Turn<'n> {
    pub number: usize,
    pub note: &'n NotePath,
    /// How often it was read in vain.
    pub reads: usize,
    pub watch: Watch,
}

impl<'n> Turn<'n> {
    pub fn new(number: usize, note: &'n NotePath) -> Self {
        Self { number, note, reads: 0, watch: Watch::default() }
    }
}

/// What is to be done with a note.
struct Plan {
    number: usize,
    held: Held,
    old: String,
    new: String,
    change: Change,
}

/// A note whose new bytes lie beside it, on disk.
struct Ready {
    number: usize,
    /// `None` for what only the log tells of.
    replacement: Option<Replacement>,
    old: EventId,
    new: EventId,
    change: Change,
    /// It could not be taken back: the note may hold the new bytes.
    may_be_in: bool,
}

impl Seat<'_> {
    /// Changes the first of `notes`, as many as go together: at least one, no note twice. Whatever keeps one of them from
    /// being changed leaves the others alone.
    pub(super) fn round(
        &mut self,
        notes: &[Turn<'_>],
        decide: &mut dyn FnMut(usize, &str) -> Result<Decision, Refused>,
    ) -> Outcomes {
        let mut outcomes = Vec::new();
        let plans = self.plans(notes, decide, &mut outcomes);
        let mark = self.desk.journal.mark();
        let prepared = at_once(&plans, |plan| match plan.new == plan.old {
            true => Ok(None),
            false => plan.held.prepare(plan.old.as_bytes(), plan.new.as_bytes(), &mark).map(Some),
        });
        let mut ready = Vec::new();
        for (plan, prepared) in plans.into_iter().zip(prepared) {
            match prepared {
                Ok(replacement) => ready.push(Ready::new(plan, replacement)),
                Err(error) => outcomes.push((plan.number, outcome(error))),
            }
        }
        if !ready.is_empty() {
            self.commit(ready, &mut outcomes);
        }
        outcomes
    }

    /// Reads notes and asks what becomes of them.
    fn plans(
        &self,
        notes: &[Turn<'_>],
        decide: &mut dyn FnMut(usize, &str) -> Result<Decision, Refused>,
        outcomes: &mut Outcomes,
    ) -> Vec<Plan> {
        let mut plans = Vec::new();
        let mut seen = HashSet::new();
        let mut bytes = 0;
        // Systems differ in how many files may be open, and one note always goes.
        let room = descriptors::allowed().saturating_sub(OTHER_FILES) / FILES_OF_A_NOTE;
        for turn in notes.iter().take(room.clamp(1, MOST_NOTES)) {
            // What comes to the same note again starts from what was made of it.
            if bytes > MOST_BYTES || !seen.insert(turn.note) {
                break;
            }
            match self.plan(turn, decide) {
                Ok(plan) => {
                    bytes += plan.old.len() + plan.new.len();
                    plans.push(plan);
                }
                Err(outcome) => outcomes.push((turn.number, outcome)),
            }
        }
        plans
    }

    fn plan(
        &self,
        turn: &Turn<'_>,
        decide: &mut dyn FnMut(usize, &str) -> Result<Decision, Refused>,
    ) -> Result<Plan, Outcome> {
        let (desk, note) = (self.desk, turn.note);
        let no = |refused| Outcome::done(Err(refused));
        let mut held = desk.vault.hold(note).map_err(|error| no(unreadable(error)))?;
        let now = held.read().map_err(|error| no(unreadable(error.into())))?;
        if is_being_saved(&now, &turn.watch) {
            return Err(Outcome::Saved(Some(now.stamp)));
        }
        let old = now.text.map_err(|finding| no(Refused::Unsafe(finding)))?;
        let Decision { text: new, change } = decide(turn.number, &old).map_err(no)?;
        let id = change.subject.sr_id().map(str::to_owned).or_else(|| id_of(new.as_bytes()));
        let follows = desk.last_move(note, &change);
        let change = Change { follows, ..change };
        let change = change.known_by(desk.own_sr_id_of(id, note), Fingerprint::of(new.as_bytes()));
        if let Err(lost) = desk.refuse_to_start_over(note, &change) {
            let may_be_saved = now.is_recent && !turn.watch.is_still();
            return Err(if may_be_saved { Outcome::Saved(Some(now.stamp)) } else { no(lost) });
        }
        Ok(Plan { number: turn.number, held, old, new, change })
    }

    /// Announces, replaces and logs what is ready.
    fn commit(&mut self, ready: Vec<Ready>, outcomes: &mut Outcomes) {
        let (desk, lost) = (self.desk, &self.lost);
        let mut log = match self.writer.open() {
            Ok(log) => log,
            Err(error) => return outcomes.extend(all(numbers(&ready), error.into())),
        };
        let sealed = log.seal(ready.iter().map(|ready| ready.change.clone()));
        // What is not read again cannot be taken back.
        let (ready, long): (Vec<_>, Vec<_>) = ready.into_iter().zip(sealed).partition(|(_, event)| fits(event));
        outcomes.extend(long.into_iter().map(|(ready, _)| (ready.number, Outcome::done(Err(too_long())))));
        if ready.is_empty() {
            return;
        }
        let (ready, events): (Vec<Ready>, Vec<Event>) = ready.into_iter().unzip();
        let intents: Vec<Intent> = ready.iter().zip(&events).filter_map(|(ready, event)| ready.intent(event)).collect();
        let announced = !intents.is_empty();
        if announced && let Err(refused) = desk.announce(lost, &intents) {
            return outcomes.extend(all(numbers(&ready), refused));
        }
        // Whether the log can tell how far it came: else the record stays, and whoever takes the lock next completes it.
        let mut is_clear = true;
        let (mut placed, mut others): (Vec<(Ready, Event)>, Vec<Ready>) = (Vec::new(), Vec::new());
        for (mut ready, event) in ready.into_iter().zip(events) {
            match ready.place() {
                Ok(()) => placed.push((ready, event)),
                Err(error) => {
                    ready.may_be_in = !ready.is_out();
                    outcomes.push((ready.number, outcome(error)));
                    others.push(ready);
                }
            }
        }
        let failed = flush(placed.iter().filter_map(|(ready, _)| ready.replacement.as_ref()));
        let said = |ready: &Ready| failed.get(&ready.replacement.as_ref().and_then(|r| folder_id(r.folder()))).cloned();
        for (mut ready, _) in placed.extract_if(.., |(ready, _)| said(ready).is_some()) {
            ready.take_back();
            outcomes.push((ready.number, Outcome::done(Err(Refused::Disk(said(&ready).unwrap_or_default())))));
            others.push(ready);
        }
        // A program may have written to a file that it had open before, or be about to.
        for (ready, _) in placed.extract_if(.., |(ready, _)| !ready.is_settled() && ready.take_back()) {
            outcomes.push((ready.number, Outcome::Saved(None)));
            others.push(ready);
        }
        let (mut placed, events): (Vec<Ready>, Vec<Event>) = placed.into_iter().unzip();
        let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
        let logged = match placed.is_empty() {
            true => Ok(events),
            false => log.write(events).and_then(|events| log.flush().map(|()| events)),
        };
        let results: Vec<Result<Event, Refused>> = match logged {
            Ok(events) => events.into_iter().map(Ok).collect(),
            Err(error) => {
                let known = left_in_the_log(desk, &log, &ids);
                let said = Refused::from(error).to_string();
                let known = known.unwrap_or_else(|| {
                    is_clear = false;
                    ids.iter().map(|_| None).collect()
                });
                // A grade that the log does not know cannot be taken back: better none at all.
                let mut result = |(ready, event): (&mut Ready, Option<Event>)| {
                    event.ok_or_else(|| {
                        ready.take_back();
                        Refused::Disk(said.clone())
                    })
                };
                placed.iter_mut().zip(known).map(&mut result).collect()
            }
        };
        for (ready, result) in placed.into_iter().zip(results) {
            let number = ready.number;
            if result.is_err() {
                others.push(ready);
            } else if fault::step("remove the temporary file").is_ok() {
                // The log tells of the change: nobody will ask the temporary file.
                desk.kept.borrow_mut().extend(ready.replacement.and_then(Replacement::finish));
            }
            outcomes.push((number, Outcome::done(result)));
        }
        if announced && is_clear && others.iter().all(|ready| !ready.may_be_in) {
            desk.withdraw(lost);
        }
        // Until the record was removed, their temporary files told how far it came with these notes.
        desk.kept.borrow_mut().extend(others.into_iter().filter_map(Ready::let_go));
    }
}

/// What is left of the events in the log after it could not be written to: nothing, where they can be cut off again. `None`
/// where nobody can tell.
fn left_in_the_log(desk: &Desk<'_>, log: &OpenLog<'_>, ids: &[EventId]) -> Option<Vec<Option<Event>>> {
    if log.take_back() {
        return Some(ids.iter().map(|_| None).collect());
    }
    let (known, problems) = desk.journal.read();
    if problems.iter().any(|problem| problem.finding.code == Code::Unreadable) {
        return None;
    }
    let event = |id: &EventId| {
        let Some(entry) = known.find(*id) else { return Some(None) };
        desk.journal.events(&known, &[entry]).ok()?.pop().map(Some)
    };
    ids.iter().map(event).collect()
}

type FolderId = Option<(u64, u64)>;

/// Makes the names in the folders of replacements last. Gives the folders in which that failed, and what to say of it.
fn flush<'r>(replacements: impl Iterator<Item = &'r Replacement>) -> HashMap<FolderId, String> {
    let folders: HashMap<FolderId, &Dir> =
        replacements.map(|replacement| (folder_id(replacement.folder()), replacement.folder())).collect();
    let folders: Vec<(FolderId, &Dir)> = folders.into_iter().collect();
    let flushed = at_once(&folders, |(_, folder)| fault::step("flush the folder").and_then(|()| folder.sync()));
    let failed = folders.into_iter().zip(flushed).filter_map(|((id, _), flushed)| Some((id, flushed.err()?)));
    failed.map(|(id, error)| (id, refused(error.into()).to_string())).collect()
}

/// The same refusal for each note.
pub(super) fn all(numbers: Vec<usize>, refused: Refused) -> Outcomes {
    let said = refused.to_string();
    let mut first = Some(refused);
    let mut again = || first.take().unwrap_or_else(|| Refused::Disk(said.clone()));
    numbers.into_iter().map(|number| (number, Outcome::done(Err(again())))).collect()
}

fn numbers(ready: &[Ready]) -> Vec<usize> {
    ready.iter().map(|ready| ready.number).collect()
}

/// Whether the line of the event is one that is read again.
fn fits(event: &Event) -> bool {
    event.line().len() <= MAX_LINE_BYTES
}

fn too_long() -> Refused {
    let most = MAX_LINE_BYTES >> 20;
    Refused::Disk(format!("what changes is too long for the log, of which a line has {most} MiB at most; shorten it"))
}

fn outcome(error: ReplaceError) -> Outcome {
    match error {
        ReplaceError::Changed => Outcome::Changed,
        ReplaceError::Busy => Outcome::Saved(None),
        error => Outcome::done(Err(refused(error))),
    }
}

/// What is said of a note that cannot be opened: whether that is the note's fault, or the system's and soon over.
fn unreadable(error: ReplaceError) -> Refused {
    match error {
        ReplaceError::Io(error) if is_short_of_something(&error) => {
            Refused::Disk(format!("cannot be read: {}; try again", plain(&error)))
        }
        ReplaceError::Io(error) => Refused::Unsafe(finding(&error)),
        error => refused(error),
    }
}

impl Ready {
    fn new(plan: Plan, replacement: Option<Replacement>) -> Self {
        let [old, new] = [&plan.old, &plan.new].map(|text| EventId::of(&[text.as_bytes()]));
        Self { number: plan.number, replacement, old, new, change: plan.change, may_be_in: false }
    }

    fn intent(&self, event: &Event) -> Option<Intent> {
        let to = self.replacement.as_ref()?;
        Some(Intent::new(self.old, self.new, to, event))
    }

    fn place(&mut self) -> Result<(), ReplaceError> {
        self.replacement.as_mut().map_or(Ok(()), Replacement::place)
    }

    fn is_out(&self) -> bool {
        self.replacement.as_ref().is_none_or(Replacement::is_out)
    }

    fn is_settled(&self) -> bool {
        self.replacement.as_ref().is_none_or(Replacement::is_settled)
    }

    /// Puts the note back to what it was, unless somebody changed it again. Says whether it did.
    fn take_back(&mut self) -> bool {
        self.may_be_in = !self.replacement.as_mut().is_none_or(Replacement::take_back);
        !self.may_be_in
    }

    /// Gives it up, and the path of a version that others wrote and that was kept.
    fn let_go(self) -> Option<PathBuf> {
        let replacement = self.replacement?;
        if self.may_be_in { replacement.abandon() } else { replacement.discard() }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// What is over soon may be tried again; `study undo` passes over the rest for good.
    #[test]
    fn a_lack_of_open_files_is_not_the_fault_of_the_note() {
        let refused = |errno: rustix::io::Errno| unreadable(ReplaceError::Io(errno.into()));
        for short in [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE, rustix::io::Errno::NOMEM] {
            let Refused::Disk(said) = refused(short) else { panic!("{short:?}") };
            assert!(said.starts_with("cannot be read: ") && said.ends_with("; try again"), "{said}");
        }
        assert!(matches!(refused(rustix::io::Errno::ACCESS), Refused::Unsafe(_)));
        assert!(matches!(refused(rustix::io::Errno::NOENT), Refused::Unsafe(_)));
    }
}
