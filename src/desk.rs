//! Where a note and the review log change together: the one way in which `study` writes.
//!
//! The order is: lock, read, decide, leave a word of what is about to happen, replace the note, append to the log,
//! take the word away. A process that dies in between leaves the note in its old or its new bytes; whoever takes the
//! lock next finds the word and completes the log.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::journal::{Journal, JournalError, Writer};
use crate::log::{Change, Event, EventId};
use crate::note::NotePath;
use crate::problem::Finding;
use crate::vault::{ReplaceError, Vault};

/// How often a note that another program keeps changing is read again before giving up.
const READS: usize = 5;

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
            self.announce(&old, &text, &change)?;
            match self.desk.vault.replace(note, old.as_bytes(), text.as_bytes()) {
                Ok(_) => return self.log(note, &old, &text, change),
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

    fn log(&mut self, note: &NotePath, old: &str, new: &str, change: Change) -> Result<Event, Refused> {
        match self.writer.append(change) {
            Ok(event) => {
                self.withdraw();
                Ok(event)
            }
            Err(error) => {
                // A grade that the log does not know cannot be taken back: better none at all.
                if self.desk.vault.replace(note, new.as_bytes(), old.as_bytes()).is_ok() {
                    self.withdraw();
                }
                Err(error.into())
            }
        }
    }

    fn announce(&self, old: &str, new: &str, change: &Change) -> Result<(), Refused> {
        let event = change.clone().seal(self.desk.journal.device(), 0).line();
        let intent = Intent { old: fingerprint(old), new: fingerprint(new), event };
        let path = self.desk.intent_file();
        // Not flushed: it is there for a process that dies. After a power failure, a change that the log missed is
        // noticed as one made elsewhere.
        let write = || -> io::Result<()> {
            let mut file = fs::File::create(&path)?;
            file.write_all(&serde_json::to_vec(&intent)?)
        };
        write().map_err(|e| {
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
        // Half a word was written before anything was done.
        let intent = serde_json::from_slice::<Intent>(&bytes).ok();
        let event = intent.as_ref().and_then(|intent| Event::parse(intent.event.as_bytes()).ok());
        if let (Some(intent), Some(event)) = (intent, event)
            && self.was_written(&intent, &event)
            && !self.is_logged(&event)
        {
            self.writer.append(event.change)?;
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

    fn is_logged(&self, event: &Event) -> bool {
        let (log, _) = self.desk.journal.read();
        let same = |entry: &&crate::log::Entry| entry.kind == event.change.kind && entry.at == event.change.at;
        log.of(event.change.note.as_str()).any(|entry| same(&entry))
    }
}

fn fingerprint(text: &str) -> EventId {
    EventId::of(&[text.as_bytes()])
}
