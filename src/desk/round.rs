//! One turn at writing: notes that are read, decided, replaced and logged together.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::at_once::at_once;
use super::intent::Intent;
use super::{Decision, Refused, Seat, refused};
use crate::fault;
use crate::log::{Change, Event, EventId, MAX_LINE_BYTES};
use crate::note::NotePath;
use crate::vault::{ReplaceError, Replacement, sync_folder};

/// How long to wait for a program that has emptied a note to fill it again.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

/// So many notes at most change in one round: another process gives up its wait for the lock after two seconds.
const MOST_NOTES: usize = 128;

/// A round that has so many bytes in hand takes no further note.
const MOST_BYTES: usize = 4 << 20;

/// What became of a note in a round. `None` where another program has changed it since it was read: it is as that has
/// made it, and may be read again.
pub(super) type Outcome = Option<Result<Event, Refused>>;

/// Notes with what became of them, each by the number that it came with.
pub(super) type Outcomes = Vec<(usize, Outcome)>;

/// What is to be done with a note.
struct Plan<'n> {
    number: usize,
    note: &'n NotePath,
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
}

impl Seat<'_> {
    /// Changes the first of `notes`, as many as go together: at least one, no note twice. Whatever keeps one of them from
    /// being changed leaves the others alone.
    pub(super) fn round(
        &mut self,
        notes: &[(usize, &NotePath)],
        decide: &mut dyn FnMut(usize, &str) -> Result<Decision, Refused>,
    ) -> Outcomes {
        let mut outcomes = Vec::new();
        let plans = self.plans(notes, decide, &mut outcomes);
        let (vault, mark) = (self.desk.vault, self.desk.journal.mark());
        let prepared = at_once(&plans, |plan| match plan.new == plan.old {
            true => Ok(None),
            false => vault.prepare(plan.note, plan.old.as_bytes(), plan.new.as_bytes(), &mark).map(Some),
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
    fn plans<'n>(
        &self,
        notes: &[(usize, &'n NotePath)],
        decide: &mut dyn FnMut(usize, &str) -> Result<Decision, Refused>,
        outcomes: &mut Outcomes,
    ) -> Vec<Plan<'n>> {
        let mut plans = Vec::new();
        let mut seen = HashSet::new();
        let mut bytes = 0;
        for (number, note) in notes.iter().take(MOST_NOTES) {
            // What comes to the same note again starts from what was made of it.
            if bytes > MOST_BYTES || !seen.insert(*note) {
                break;
            }
            let decided = self.read(note).and_then(|old| decide(*number, &old).map(|decision| (old, decision)));
            match decided {
                Ok((old, Decision { text: new, change })) => {
                    bytes += old.len() + new.len();
                    plans.push(Plan { number: *number, note, old, new, change });
                }
                Err(refused) => outcomes.push((*number, Some(Err(refused)))),
            }
        }
        plans
    }

    fn read(&self, note: &NotePath) -> Result<String, Refused> {
        let vault = self.desk.vault;
        let read = || vault.read(note).map_err(Refused::Unsafe);
        let text = read()?;
        if !text.is_empty() {
            return Ok(text);
        }
        while vault.is_being_filled(note) {
            std::thread::sleep(PAUSE);
        }
        // Filled since, perhaps.
        read()
    }

    /// Announces, replaces and logs what is ready.
    fn commit(&mut self, ready: Vec<Ready>, outcomes: &mut Outcomes) {
        let desk = self.desk;
        let mut log = match self.writer.open() {
            Ok(log) => log,
            Err(error) => return outcomes.extend(all(numbers(&ready), error.into())),
        };
        let sealed = log.seal(ready.iter().map(|ready| ready.change.clone()));
        // What is not read again cannot be taken back.
        let (ready, long): (Vec<_>, Vec<_>) = ready.into_iter().zip(sealed).partition(|(_, event)| fits(event));
        outcomes.extend(long.into_iter().map(|(ready, _)| (ready.number, Some(Err(too_long())))));
        if ready.is_empty() {
            return;
        }
        let (ready, events): (Vec<Ready>, Vec<Event>) = ready.into_iter().unzip();
        let intents: Vec<Intent> = ready.iter().zip(&events).filter_map(|(ready, event)| ready.intent(event)).collect();
        let announced = !intents.is_empty();
        if announced && let Err(refused) = desk.announce(&intents) {
            return outcomes.extend(all(numbers(&ready), refused));
        }
        // Whether every note that did not come through is as it was: else the word stays, and whoever takes the lock next
        // completes what is in the note.
        let mut is_clear = true;
        let (mut placed, mut others): (Vec<(Ready, Event)>, Vec<Ready>) = (Vec::new(), Vec::new());
        for (mut ready, event) in ready.into_iter().zip(events) {
            match ready.place() {
                Ok(()) => placed.push((ready, event)),
                Err(error) => {
                    is_clear &= ready.is_out();
                    outcomes.push((ready.number, outcome(error)));
                    others.push(ready);
                }
            }
        }
        let failed = flush(placed.iter().filter_map(|(ready, _)| ready.folder()).collect());
        let is_lost = |ready: &Ready| ready.folder().is_some_and(|folder| failed.contains_key(folder));
        for (mut ready, _) in placed.extract_if(.., |(ready, _)| is_lost(ready)) {
            let said = ready.folder().and_then(|folder| failed.get(folder)).cloned().unwrap_or_default();
            is_clear &= ready.take_back();
            outcomes.push((ready.number, Some(Err(Refused::Disk(said)))));
            others.push(ready);
        }
        // A program may have written to a file that it had open before.
        for (ready, _) in placed.extract_if(.., |(ready, _)| !ready.is_settled() && ready.take_back()) {
            outcomes.push((ready.number, None));
            others.push(ready);
        }
        let (mut placed, events): (Vec<Ready>, Vec<Event>) = placed.into_iter().unzip();
        let logged = match placed.is_empty() {
            true => Ok(events),
            false => log.write(events).and_then(|events| log.flush().map(|()| events)),
        };
        if logged.is_err() {
            // A grade that the log does not know cannot be taken back: better none at all.
            is_clear &= log.take_back() && placed.iter_mut().map(Ready::take_back).fold(true, |all, back| all & back);
        }
        if announced && is_clear {
            desk.withdraw();
        }
        match logged {
            Ok(events) => {
                for (ready, event) in placed.into_iter().zip(events) {
                    // Whoever finds the temporary file now finds no word about it, and removes it.
                    if fault::step("remove the temporary file").is_ok() {
                        desk.kept.borrow_mut().extend(ready.replacement.and_then(Replacement::finish));
                    }
                    outcomes.push((ready.number, Some(Ok(event))));
                }
            }
            Err(error) => outcomes.extend(all(numbers(&placed), error.into())),
        }
        // Until the word was taken away, their temporary files told that nothing was done to these notes.
        drop(others);
    }
}

/// Makes the names in `folders` last. Gives the folders in which that failed, and what to say of it.
fn flush(folders: HashSet<&Path>) -> HashMap<PathBuf, String> {
    let folders: Vec<&Path> = folders.into_iter().collect();
    let flushed = at_once(&folders, |folder| fault::step("flush the folder").and_then(|()| sync_folder(folder)));
    let failed = folders.into_iter().zip(flushed).filter_map(|(folder, flushed)| Some((folder, flushed.err()?)));
    failed.map(|(folder, error)| (folder.to_owned(), refused(error.into()).to_string())).collect()
}

/// The same refusal for each note.
pub(super) fn all(numbers: Vec<usize>, refused: Refused) -> Outcomes {
    let said = refused.to_string();
    let mut first = Some(refused);
    let mut again = || first.take().unwrap_or_else(|| Refused::Disk(said.clone()));
    numbers.into_iter().map(|number| (number, Some(Err(again())))).collect()
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
        ReplaceError::Changed => None,
        error => Some(Err(refused(error))),
    }
}

impl Ready {
    fn new(plan: Plan<'_>, replacement: Option<Replacement>) -> Self {
        let [old, new] = [&plan.old, &plan.new].map(|text| EventId::of(&[text.as_bytes()]));
        Self { number: plan.number, replacement, old, new, change: plan.change }
    }

    fn intent(&self, event: &Event) -> Option<Intent> {
        let to = self.replacement.as_ref()?;
        Some(Intent::new(self.old, self.new, to, event))
    }

    fn folder(&self) -> Option<&Path> {
        self.replacement.as_ref().map(Replacement::folder)
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

    fn take_back(&mut self) -> bool {
        self.replacement.as_mut().is_none_or(Replacement::take_back)
    }
}
