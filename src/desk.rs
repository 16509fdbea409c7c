//! Where a note and the review log change together: the one way in which `study` writes.
//!
//! The order is: lock, read, decide, write the new text to a temporary file, leave a word of what is about to happen, put
//! the new text in place, append to the log, take the word away, remove the temporary file. A process that dies in between
//! leaves the note in its old or its new bytes; whoever takes the lock next finds the word, sees from the temporary file
//! how far it came, and completes the log or clears away.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::fault;
use crate::journal::{Journal, JournalError, Writer};
use crate::log::{Change, Event, EventId};
use crate::note::NotePath;
use crate::problem::Finding;
use crate::vault::{ReplaceError, Replacement, Trace, Vault};

/// How often a note that another program keeps changing is read again before giving up.
const READS: usize = 5;

/// How long to wait for a program that has emptied a note to fill it again.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

/// No word about a change is longer: it holds a line of the log and little else.
const LARGEST_INTENT: u64 = 2 * crate::log::MAX_LINE_BYTES as u64;

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
    kept: RefCell<Vec<PathBuf>>,
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
    /// Stands for the bytes of the note before.
    old: EventId,
    /// Stands for the bytes of the note after.
    new: EventId,
    /// The temporary file, in the folder of the note.
    temporary: String,
    /// The line of the log, as it will be written.
    event: String,
}

impl<'a> Desk<'a> {
    /// The desk of a vault with the given log.
    pub fn new(vault: &'a Vault, journal: Journal) -> Self {
        Self { vault, journal, kept: RefCell::new(Vec::new()) }
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

    /// Versions of notes that other programs wrote in the moment of a change and that could not be put back: each is
    /// kept under a name of its own beside the note. Told once. Empty, but for the rarest of accidents.
    pub fn take_kept(&self) -> Vec<PathBuf> {
        self.kept.take()
    }

    /// Whether a process died while it changed a note.
    pub fn is_unsettled(&self) -> bool {
        self.intent_file().exists()
    }

    /// Where the word about an unfinished change stands.
    pub fn intent_file(&self) -> PathBuf {
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
        let vault = self.desk.vault;
        while vault.is_being_filled(note) {
            std::thread::sleep(PAUSE);
        }
        for _ in 0..READS {
            let old = vault.read(note).map_err(Refused::Unsafe)?;
            let Decision { text, change } = decide(&old)?;
            if text == old {
                return Ok(self.writer.append(change)?);
            }
            let mut replacement = match vault.prepare(note, old.as_bytes(), text.as_bytes(), &self.desk.journal.mark())
            {
                Err(ReplaceError::Changed) => continue,
                prepared => prepared.map_err(refused)?,
            };
            self.announce(&old, &text, &replacement, &change)?;
            if let Err(error) = replacement.place() {
                self.withdraw();
                match error {
                    ReplaceError::Changed => continue,
                    error => return Err(refused(error)),
                }
            }
            if !replacement.is_settled() && replacement.take_back() {
                self.withdraw();
                continue;
            }
            return self.log(replacement, change);
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

    /// Removes temporary files that a process of this device left when it died. Says how many.
    pub fn sweep<'f>(&self, temporaries: impl IntoIterator<Item = &'f NotePath>) -> usize {
        let mark = self.desk.journal.mark();
        let mark = self.writer.is_alone().then_some(mark.as_str());
        temporaries.into_iter().filter(|file| self.desk.vault.sweep(file, mark)).count()
    }

    fn log(&mut self, mut replacement: Replacement, change: Change) -> Result<Event, Refused> {
        match self.writer.append(change) {
            Ok(event) => {
                self.withdraw();
                // Whoever finds the temporary file now finds no word about it, and removes it.
                if fault::step("remove the temporary file").is_ok() {
                    self.desk.kept.borrow_mut().extend(replacement.finish());
                }
                Ok(event)
            }
            Err(error) => {
                // A grade that the log does not know cannot be taken back: better none at all.
                if replacement.take_back() {
                    self.withdraw();
                }
                Err(error.into())
            }
        }
    }

    fn announce(&self, old: &str, new: &str, to: &Replacement, change: &Change) -> Result<(), Refused> {
        let event = self.writer.sealed(change.clone())?.line();
        let intent = Intent { old: fingerprint(old), new: fingerprint(new), temporary: to.name().to_owned(), event };
        let path = self.desk.intent_file();
        // Not flushed: it is there for a process that dies. After a power failure, a change that the log missed is
        // noticed as one made elsewhere.
        let write = || -> io::Result<()> {
            fault::step("announce")?;
            // Never through a link that somebody put there.
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
            fault::write(&mut file, &serde_json::to_vec(&intent)?, "announce")
        };
        write().map_err(|e| {
            let _ = fs::remove_file(&path);
            Refused::Disk(format!("cannot write `{}`: {}", path.display(), crate::vault::plain(&e)))
        })
    }

    fn withdraw(&self) {
        if fault::step("withdraw").is_ok() {
            let _ = fs::remove_file(self.desk.intent_file());
        }
    }

    /// Completes the log for a process that died after it had replaced a note and before it had logged that, and clears
    /// away what it left.
    fn settle(&mut self) -> Result<(), Refused> {
        let file = self.desk.intent_file();
        let there = fs::symlink_metadata(&file).is_ok_and(|meta| meta.is_file() && meta.len() < LARGEST_INTENT);
        let Some(bytes) = there.then(|| fs::read(&file).ok()).flatten() else { return Ok(()) };
        // Half a word was written before anything was done.
        let intent = serde_json::from_slice::<Intent>(&bytes).ok();
        let event = intent.as_ref().and_then(|intent| Event::parse(intent.event.as_bytes()).ok());
        let Some((intent, event)) = intent.zip(event) else {
            self.withdraw();
            return Ok(());
        };
        let note = event.change.note.clone();
        let (log, _) = self.desk.journal.read();
        let logged = log.find(event.id).is_some();
        let vault = self.desk.vault;
        let is = |id: EventId| move |bytes: &[u8]| EventId::of(&[bytes]) == id;
        let placed = match vault.trace(&note, &intent.temporary, is(intent.old), is(intent.new)) {
            Trace::Placed => true,
            Trace::NotPlaced => false,
            Trace::None => self.is_in_the_note(&intent, &event),
            Trace::Foreign => {
                let rescue = vault.rescue(&note, &intent.temporary, |bytes| !logged && is(intent.new)(bytes));
                self.desk.kept.borrow_mut().extend(rescue.map_err(|e| refused(e.into()))?);
                logged
            }
        };
        if placed && !logged {
            // Under the name it was announced with, so that a crash in this very moment does not log it twice.
            self.writer.append(Change { fixed_id: Some(event.id), ..event.change })?;
        }
        self.withdraw();
        vault.clear(&note, &intent.temporary);
        Ok(())
    }

    /// Whether the note says that the change was made. Asked where no temporary file tells it.
    fn is_in_the_note(&self, intent: &Intent, event: &Event) -> bool {
        let Ok(text) = self.desk.vault.read(&event.change.note) else { return false };
        let now = fingerprint(&text);
        if now == intent.new || now == intent.old {
            return now == intent.new;
        }
        // Edited since. The schedule alone tells, if the change moved it.
        let moved = event.change.schedule.filter(|moved| moved.before != moved.after);
        matches!(crate::note::schedule::read(text.as_bytes()).state,
            crate::note::State::Scheduled(scheduled) if moved.is_some_and(|moved| moved.after == Some(scheduled)))
    }
}

fn refused(error: ReplaceError) -> Refused {
    Refused::Disk(error.to_string())
}

fn fingerprint(text: &str) -> EventId {
    EventId::of(&[text.as_bytes()])
}
