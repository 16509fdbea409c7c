//! Where a note and the review log change together: the one way in which `study` writes.
//!
//! The order is: lock, read, decide, leave a word of what is about to happen, replace the note, append to the log,
//! take the word away. A process that dies in between leaves the note in its old or its new bytes; whoever takes the
//! lock next finds the word and completes the log.
//!
//! The folder of the note and the log are flushed at the same time. Should the power fail in that moment, one may be
//! kept without the other: a grade that only the note kept is noticed as one made elsewhere; a note that lost a grade the
//! log kept is due as before, and is asked again.
//!
//! A bulk operation leaves one word for all of its notes, replaces several at once and appends to the log in one go.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde::{Deserialize, Serialize};

use crate::journal::{Journal, JournalError, Writer};
use crate::log::{Change, Event, EventId, Log};
use crate::note::NotePath;
use crate::problem::Finding;
use crate::vault::{ReplaceError, Unsettled, Vault};

/// How often a note that another program keeps changing is read again before giving up.
const READS: usize = 5;

/// Notes of a bulk operation that are under way together. Their texts are held in memory.
const AT_ONCE: usize = 256;

/// Threads that replace notes at once: while one waits for the disk, others prepare.
const WRITERS: usize = 8;

/// Why a note was not changed. Neither the note nor the log has a trace of the attempt.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The note says something else than what the user saw.
    #[error("{0}")]
    Stale(String),
    /// The note cannot be edited safely.
    #[error("{}", .0.message)]
    Unsafe(Finding),
    /// The disk or another process stood in the way.
    #[error("{0}")]
    Disk(String),
    /// The log could not be written; the note was put back to what it was.
    #[error(transparent)]
    Log(#[from] JournalError),
}

/// What to write, as decided from the text of a note.
#[derive(Debug)]
pub struct Decision {
    /// The whole new text.
    pub text: String,
    /// What the log says of it.
    pub change: Change,
}

/// The vault and its log, for writing.
#[derive(Debug)]
pub struct Desk<'a> {
    vault: &'a Vault,
    journal: Journal,
}

/// The right to change notes: as long as it lives, no other `study` does.
#[derive(Debug)]
pub struct Seat<'a> {
    desk: &'a Desk<'a>,
    writer: Writer<'a>,
}

/// What is about to happen to a note, left where the next process finds it.
#[derive(Debug, Serialize, Deserialize)]
struct Intent {
    old: EventId,
    new: EventId,
    event: String,
}

impl<'a> Desk<'a> {
    /// The desk of a vault with the given log.
    pub fn new(vault: &'a Vault, journal: Journal) -> Self {
        Self { vault, journal }
    }

    /// The log.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Takes the lock and completes what a process that died had begun.
    ///
    /// # Errors
    /// When another process is writing for longer than two seconds, or the log cannot be written.
    pub fn sit(&self) -> Result<Seat<'_>, Refused> {
        let mut seat = Seat { desk: self, writer: self.journal.lock()? };
        seat.settle()?;
        Ok(seat)
    }

    /// Changes one note, see [`Seat::change`].
    ///
    /// # Errors
    /// As [`Desk::sit`] and [`Seat::change`].
    pub fn change(
        &self,
        note: &NotePath,
        decide: impl FnMut(&str) -> Result<Decision, Refused>,
    ) -> Result<Event, Refused> {
        self.sit()?.change(note, decide)
    }

    /// Whether a process died while it changed a note.
    pub fn is_unsettled(&self) -> bool {
        self.intent_file().exists()
    }

    fn intent_file(&self) -> PathBuf {
        self.journal.file().with_extension("pending")
    }
}

impl Seat<'_> {
    /// Reads a note, asks `decide` what it becomes, replaces it and appends to the log.
    ///
    /// When another program changes the note in between, it is read again and `decide` asked again: it sees the newer
    /// text and refuses if the schedule is not the one shown any more.
    ///
    /// # Errors
    /// What `decide` refuses, and what keeps the note or the log from being written.
    pub fn change(
        &mut self,
        note: &NotePath,
        mut decide: impl FnMut(&str) -> Result<Decision, Refused>,
    ) -> Result<Event, Refused> {
        for _ in 0..READS {
            let old = self.desk.vault.read(note).map_err(Refused::Unsafe)?;
            let Decision { text, change } = decide(&old)?;
            if text == old {
                return Ok(self.writer.append(change)?);
            }
            let edit = Edit { note, old, text, change };
            self.announce(&[&edit])?;
            match edit.write(self.desk.vault) {
                Ok(unsettled) => return self.log(edit, unsettled),
                Err(error) => {
                    self.withdraw();
                    if !matches!(error, ReplaceError::Changed) {
                        return Err(Refused::Disk(error.to_string()));
                    }
                }
            }
        }
        Err(Refused::Disk("another program keeps changing it; try again when it is done".into()))
    }

    /// Appends events that are about no edit of ours.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn record(&mut self, changes: Vec<Change>) -> Result<Vec<Event>, Refused> {
        Ok(self.writer.append_all(changes)?)
    }

    /// A name that the events of one bulk operation share, see [`Writer::batch`].
    pub fn batch(&self, changes: &[Change]) -> Option<EventId> {
        self.writer.batch(changes)
    }

    /// Changes several notes, each as [`Seat::change`] does. `decide` gets the place of the note in `notes`, of which no
    /// two may be the same. The results are in the order of `notes`; one that is refused does not keep back the others.
    pub fn change_all(
        &mut self,
        notes: &[NotePath],
        decide: impl Fn(usize, &str) -> Result<Decision, Refused>,
    ) -> Vec<Result<Event, Refused>> {
        let mut results = Vec::with_capacity(notes.len());
        for (chunk, start) in notes.chunks(AT_ONCE).zip((0..).step_by(AT_ONCE)) {
            results.extend(self.change_some(chunk, |at, text| decide(start + at, text)));
        }
        results
    }

    fn change_some(
        &mut self,
        notes: &[NotePath],
        decide: impl Fn(usize, &str) -> Result<Decision, Refused>,
    ) -> Vec<Result<Event, Refused>> {
        let mut refused = Vec::new();
        let mut edits = Vec::new();
        for (at, note) in notes.iter().enumerate() {
            let decided = self.desk.vault.read(note).map_err(Refused::Unsafe).and_then(|old| {
                let Decision { text, change } = decide(at, &old)?;
                Ok(Edit { note, old, text, change })
            });
            match decided {
                Ok(edit) => edits.push((at, edit)),
                Err(why) => refused.push((at, why)),
            }
        }
        if let Err(why) = self.announce(&edits.iter().map(|(_, edit)| edit).collect::<Vec<_>>()) {
            let why = why.to_string();
            refused.extend(edits.drain(..).map(|(at, _)| (at, Refused::Disk(why.clone()))));
        }
        let mut written = Vec::new();
        let mut again = Vec::new();
        for ((at, edit), result) in edits.iter().zip(self.write_all(&edits)) {
            match result {
                Ok(unsettled) => written.push((*at, edit, unsettled)),
                Err(ReplaceError::Changed) => again.push(*at),
                Err(error) => refused.push((*at, Refused::Disk(error.to_string()))),
            }
        }
        let mut done = Vec::new();
        let changes = written.iter().map(|(_, edit, _)| edit.change.clone()).collect();
        let mut folders: Vec<&Unsettled> = written.iter().filter_map(|(.., unsettled)| unsettled.as_ref()).collect();
        folders.sort_unstable();
        folders.dedup();
        let flush = || {
            for folder in &folders {
                folder.settle();
            }
        };
        match self.writer.append_while(changes, Some(&flush)) {
            Ok(events) => {
                done.extend(written.iter().map(|(at, ..)| *at).zip(events.into_iter().map(Ok)));
                self.withdraw();
            }
            Err(error) => {
                // Each is put back, whatever becomes of the others.
                let back: Vec<bool> = written.iter().map(|(_, edit, _)| edit.take_back(self.desk.vault)).collect();
                if back.into_iter().all(|back| back) {
                    self.withdraw();
                }
                let why = error.to_string();
                let left = written.into_iter().map(|(at, ..)| at).chain(again.drain(..));
                refused.extend(left.map(|at| (at, Refused::Disk(why.clone()))));
            }
        }
        for at in again {
            let Some(note) = notes.get(at) else { continue };
            done.push((at, self.change(note, |text| decide(at, text))));
        }
        done.extend(refused.into_iter().map(|(at, why)| (at, Err(why))));
        done.sort_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, result)| result).collect()
    }

    /// Replaces notes, several at once. The results are in the order of `edits`.
    fn write_all(&self, edits: &[(usize, Edit<'_>)]) -> Vec<Result<Option<Unsettled>, ReplaceError>> {
        let (vault, next) = (self.desk.vault, AtomicUsize::new(0));
        let work = || {
            let mut results = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some((_, edit)) = edits.get(at) else { return results };
                results.push((at, edit.write(vault)));
            }
        };
        let mut results = thread::scope(|scope| {
            let others: Vec<_> = (1..WRITERS.min(edits.len())).map(|_| scope.spawn(work)).collect();
            let mut results = work();
            for other in others {
                results.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            results
        });
        results.sort_by_key(|(at, _)| *at);
        results.into_iter().map(|(_, result)| result).collect()
    }

    fn log(&mut self, edit: Edit<'_>, unsettled: Option<Unsettled>) -> Result<Event, Refused> {
        let flush = || {
            unsettled.as_ref().map(Unsettled::settle);
        };
        let flush: Option<&(dyn Fn() + Sync)> = if unsettled.is_some() { Some(&flush) } else { None };
        let appended = self.writer.append_while(vec![edit.change.clone()], flush);
        match appended.and_then(|mut events| events.pop().ok_or(JournalError::Busy)) {
            Ok(event) => {
                self.withdraw();
                Ok(event)
            }
            Err(error) => {
                // A grade that the log does not know cannot be taken back: better none at all.
                if edit.take_back(self.desk.vault) {
                    self.withdraw();
                }
                Err(error.into())
            }
        }
    }

    /// Leaves one line for each edit that changes a text.
    fn announce(&self, edits: &[&Edit<'_>]) -> Result<(), Refused> {
        let path = self.desk.intent_file();
        let mut lines = Vec::new();
        for edit in edits.iter().filter(|edit| edit.text != edit.old) {
            let event = edit.change.clone().seal(self.desk.journal.device(), 0).line();
            let intent = Intent { old: fingerprint(&edit.old), new: fingerprint(&edit.text), event };
            lines.extend(serde_json::to_vec(&intent).unwrap_or_default());
            lines.push(b'\n');
        }
        if lines.is_empty() {
            return Ok(());
        }
        // Not flushed: it is there for a process that dies. After a power failure, a change that the log missed is
        // noticed as one made elsewhere.
        fs::write(&path, &lines).map_err(|e| {
            let _ = fs::remove_file(&path);
            Refused::Disk(format!("cannot write `{}`: {}", path.display(), crate::vault::plain(&e)))
        })
    }

    fn withdraw(&self) {
        let _ = fs::remove_file(self.desk.intent_file());
    }

    /// Completes the log for a process that died after it had replaced a note and before it had logged that.
    fn settle(&mut self) -> Result<(), Refused> {
        let Ok(bytes) = fs::read(self.desk.intent_file()) else { return Ok(()) };
        let mut missing = Vec::new();
        for line in bytes.split(|b| *b == b'\n') {
            // Half a word was written before anything was done.
            let Ok(intent) = serde_json::from_slice::<Intent>(line) else { continue };
            let Ok(event) = Event::parse(intent.event.as_bytes()) else { continue };
            if self.was_written(&intent, &event) {
                missing.push(event);
            }
        }
        if !missing.is_empty() {
            let (log, _) = self.desk.journal.read();
            missing.retain(|event| !is_logged(&log, event));
            self.writer.append_all(missing.into_iter().map(|event| event.change).collect())?;
        }
        self.withdraw();
        Ok(())
    }

    fn was_written(&self, intent: &Intent, event: &Event) -> bool {
        let Ok(text) = self.desk.vault.read(&event.change.note) else { return false };
        let now = fingerprint(&text);
        if now == intent.new || now == intent.old {
            return now == intent.new;
        }
        // Edited since. The schedule alone tells whether the change is in it.
        let after = event.change.schedule.and_then(|moved| moved.after);
        matches!(crate::note::schedule::read(text.as_bytes()).state,
            crate::note::State::Scheduled(scheduled) if Some(scheduled) == after)
    }
}

/// A note, its text, and what both are to become.
#[derive(Debug)]
struct Edit<'a> {
    note: &'a NotePath,
    old: String,
    text: String,
    change: Change,
}

impl Edit<'_> {
    /// Replaces the note; `None` where its text stays as it is.
    fn write(&self, vault: &Vault) -> Result<Option<Unsettled>, ReplaceError> {
        if self.text == self.old {
            return Ok(None);
        }
        vault.replace_unsettled(self.note, self.old.as_bytes(), self.text.as_bytes()).map(Some)
    }

    /// Puts the old text back. Says whether the note holds it now.
    fn take_back(&self, vault: &Vault) -> bool {
        self.text == self.old || vault.replace(self.note, self.text.as_bytes(), self.old.as_bytes()).is_ok()
    }
}

fn is_logged(log: &Log, event: &Event) -> bool {
    let same = |entry: &&crate::log::Entry| entry.kind == event.change.kind && entry.at == event.change.at;
    log.of(event.change.note.as_str()).any(|entry| same(&entry))
}

fn fingerprint(text: &str) -> EventId {
    EventId::of(&[text.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Now;
    use crate::log::Kind;

    fn vault(notes: usize) -> (tempfile::TempDir, Vault, Vec<NotePath>) {
        let dir = tempfile::tempdir().unwrap();
        let notes: Vec<NotePath> = (0..notes).map(|i| NotePath::new(format!("f{}/{i}.md", i % 3))).collect();
        for note in &notes {
            let file = dir.path().join(note.as_str());
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "old").unwrap();
        }
        let vault = Vault::open(dir.path()).unwrap();
        (dir, vault, notes)
    }

    fn journal(vault: &Vault) -> Journal {
        Journal::new(vault.study_dir().join("log"), "log", "desk")
    }

    fn change(note: &NotePath) -> Change {
        let instant = chrono::DateTime::parse_from_rfc3339("2026-01-15T07:30:00+01:00").unwrap();
        Change::new(Kind::Tick, note.clone(), &Now { instant, today: "2026-01-15".parse().unwrap() })
    }

    fn logged(journal: &Journal) -> Vec<String> {
        let (log, problems) = journal.read();
        assert_eq!(problems, []);
        log.entries().iter().map(|entry| log.note(entry).to_owned()).collect()
    }

    #[test]
    fn a_bulk_operation_changes_each_note_and_logs_each() {
        let (_dir, vault, mut notes) = vault(AT_ONCE + 20);
        notes.insert(7, NotePath::new("gone.md"));
        let desk = Desk::new(&vault, journal(&vault));
        let results = desk.sit().unwrap().change_all(&notes, |at, text| {
            if at == 3 {
                return Err(Refused::Stale("not this one".into()));
            }
            Ok(Decision { text: format!("{text} new"), change: change(&notes[at]) })
        });
        assert_eq!(results.len(), notes.len());
        for (at, (note, result)) in notes.iter().zip(&results).enumerate() {
            assert_eq!(result.is_err(), at == 3 || at == 7, "{note}");
            if let Ok(event) = result {
                assert_eq!(
                    (event.change.note.as_str(), vault.read(note).unwrap().as_str()),
                    (note.as_str(), "old new")
                );
            }
        }
        assert_eq!(vault.read(&notes[3]).unwrap(), "old");
        assert_eq!(logged(desk.journal()).len(), notes.len() - 2);
        assert!(!desk.is_unsettled());
    }

    #[test]
    fn what_a_process_that_died_had_written_of_a_bulk_operation_is_logged() {
        let (dir, vault, notes) = vault(5);
        let desk = Desk::new(&vault, journal(&vault));
        let edits: Vec<Edit<'_>> = notes
            .iter()
            .map(|note| Edit { note, old: "old".into(), text: format!("new {note}"), change: change(note) })
            .collect();
        desk.sit().unwrap().announce(&edits.iter().collect::<Vec<_>>()).unwrap();
        // Two were replaced, one of them was logged, and the word was cut off.
        for at in [1, 4] {
            fs::write(dir.path().join(notes[at].as_str()), &edits[at].text).unwrap();
        }
        desk.journal().lock().unwrap().append(change(&notes[4])).unwrap();
        let word = fs::read(desk.intent_file()).unwrap();
        fs::write(desk.intent_file(), [&word[..], b"{\"old\":"].concat()).unwrap();
        assert!(desk.is_unsettled());
        drop(desk.sit().unwrap());
        assert!(!desk.is_unsettled());
        let mut logged = logged(desk.journal());
        logged.sort();
        assert_eq!(logged, [notes[1].as_str(), notes[4].as_str()]);
    }

    #[test]
    fn a_log_that_cannot_be_written_takes_the_notes_back() {
        let (_dir, vault, notes) = vault(3);
        let desk = Desk::new(&vault, journal(&vault));
        let mut seat = desk.sit().unwrap();
        fs::create_dir(desk.journal().file()).unwrap();
        let decide = |at: usize, text: &str| Ok(Decision { text: format!("{text} new"), change: change(&notes[at]) });
        assert!(seat.change_all(&notes, decide).iter().all(Result::is_err));
        assert!(seat.change(&notes[0], |text| decide(0, text)).is_err());
        for note in &notes {
            assert_eq!(vault.read(note).unwrap(), "old");
        }
        assert!(!desk.is_unsettled());
    }
}
