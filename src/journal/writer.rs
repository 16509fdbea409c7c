//! Writing the log: under the lock, behind what is there, and on disk before it counts.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::{Journal, JournalError};
use crate::fault;
use crate::log::{Change, Event};
use crate::vault::dir::{Access, Dir, Stat};

/// The right to write: as long as it lives, no other process writes to the log. It holds the folder of the log open, and
/// writes nowhere else.
#[derive(Debug)]
pub struct Writer<'a> {
    pub(super) journal: &'a Journal,
    pub(super) dir: Dir,
    pub(super) alone: bool,
    pub(super) _lock: File,
}

/// The file of this device, open to append to.
#[derive(Debug)]
pub struct OpenLog<'a> {
    journal: &'a Journal,
    dir: &'a Dir,
    file: File,
    created: bool,
    /// How long it was when it was opened, and whether it ended in half a line.
    length: u64,
    torn: bool,
    /// How long it is at most, by what was written since.
    end: u64,
}

impl Writer<'_> {
    /// Writes the events of a bulk operation down, in one go. When this returns, they are on disk.
    ///
    /// # Errors
    /// When the file system refuses; then nothing of the events is left in the file, as far as it still obeys.
    pub fn append_all(&mut self, changes: Vec<Change>) -> Result<Vec<Event>, JournalError> {
        let mut log = self.open()?;
        let events = log.seal(changes);
        let written = log.write(events).and_then(|events| log.flush().map(|()| events));
        written.inspect_err(|_| {
            // The disk is full, perhaps. Half a line is worth nothing, so try to leave none.
            log.take_back();
        })
    }

    /// Opens the log to append to. Nothing is written yet.
    ///
    /// # Errors
    /// When the file system refuses, or the file is a link or has further names: what is written could land in a file
    /// that is none of the log's.
    pub fn open(&mut self) -> Result<OpenLog<'_>, JournalError> {
        let name = self.journal.beside("jsonl");
        let fail = |source| self.journal.failed("write", name.as_ref(), source);
        fault::step("open the log").map_err(fail)?;
        let (mut file, created) = self.dir.open_or_create(&name, Access::Append).map_err(fail)?;
        let names = Stat::of(&file).map_err(fail)?.names;
        if names > 1 {
            return Err(JournalError::HardLink { path: self.journal.file(), names });
        }
        let (length, torn) = end(&mut file).map_err(fail)?;
        Ok(OpenLog { journal: self.journal, dir: &self.dir, file, created, length, torn, end: length })
    }

    /// Whether the lock holds: there are file systems without.
    pub fn is_alone(&self) -> bool {
        self.alone
    }
}

impl OpenLog<'_> {
    /// The events that `changes` become when they are written now, name and all.
    pub fn seal(&self, changes: impl IntoIterator<Item = Change>) -> Vec<Event> {
        let mut at = self.length + u64::from(self.torn);
        let seal = |change: Change| {
            let event = change.seal(&self.journal.device, at);
            at += event.line().len() as u64;
            event
        };
        changes.into_iter().map(seal).collect()
    }

    /// Writes sealed events down, in one go. Those that another one was to stand before keep their names, and get the
    /// place that they really have. Not on disk before [`OpenLog::flush`].
    ///
    /// # Errors
    /// When the file system refuses. Part of the lines may be there, see [`OpenLog::take_back`].
    pub fn write(&mut self, events: Vec<Event>) -> Result<Vec<Event>, JournalError> {
        let mut text = String::new();
        // A line that a crash cut off stays what it is: a line of its own, passed over by readers.
        if self.torn {
            text.push('\n');
        }
        let place = |event| {
            let event = Event { seq: self.length + text.len() as u64, ..event };
            text.push_str(&event.line());
            event
        };
        let events: Vec<Event> = events.into_iter().map(place).collect();
        self.end = self.length + text.len() as u64;
        let written = fault::write(&mut self.file, text.as_bytes(), "write the log");
        let apart = |()| if text.starts_with('\n') { Ok(()) } else { self.write_apart(text.len(), &events) };
        written.and_then(apart).map_err(|source| self.failed(source))?;
        Ok(events)
    }

    /// Writes the first of `events`, which were just written with `length` bytes, once more where it does not stand on a line
    /// of its own: a program that takes no lock may have left half a line in that moment. What is there twice counts once.
    fn write_apart(&mut self, mut length: usize, events: &[Event]) -> io::Result<()> {
        /// More often than others ever come between in a row.
        const TURNS: usize = 10;
        let Some(first) = events.first().map(Event::line) else { return Ok(()) };
        for _ in 0..TURNS {
            // Where the system put it: behind whatever was there.
            let start = self.file.stream_position()?.saturating_sub(length as u64);
            if start == self.length || ends_line(&mut self.file, start)? {
                return Ok(());
            }
            length = first.len();
            self.file.write_all(first.as_bytes())?;
        }
        Err(io::Error::other("another program writes to it"))
    }

    /// Puts what was written on disk.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn flush(&self) -> Result<(), JournalError> {
        let flushed = fault::step("flush the log").and_then(|()| self.file.sync_data());
        flushed.map_err(|source| self.failed(source))?;
        // Somebody may have deleted the file, or put another in its place: then nobody would ever read what was written.
        if !self.dir.leads_to(self.journal.beside("jsonl"), &self.file) {
            return Err(self.failed(io::Error::other("it was replaced or deleted while it was written")));
        }
        if self.created {
            // The event is written; that a new file may lose its name in a power failure is no reason to say it is not.
            let _ = fault::step("flush the folder of the log").and_then(|()| self.dir.sync());
        }
        Ok(())
    }

    fn failed(&self, source: io::Error) -> JournalError {
        self.journal.failed("write", self.journal.beside("jsonl").as_ref(), source)
    }

    /// Cuts off what was written. Says whether nothing of it is left.
    pub fn take_back(&self) -> bool {
        // Where no lock holds, another process may have written behind it.
        let is_last = self.file.metadata().is_ok_and(|meta| meta.len() <= self.end);
        let short = is_last && fault::step("shorten the log").and_then(|()| self.file.set_len(self.length)).is_ok();
        if short {
            let _ = self.file.sync_data();
        }
        short
    }
}

/// How long the file is, and whether it ends in half a line.
fn end(file: &mut File) -> io::Result<(u64, bool)> {
    let length = file.metadata()?.len();
    if length == 0 {
        return Ok((0, false));
    }
    Ok((length, !ends_line(file, length)?))
}

/// Whether a line ends before the byte `at` of the file, which is not its first.
fn ends_line(file: &mut File, at: u64) -> io::Result<bool> {
    let mut byte = [0];
    file.seek(SeekFrom::Start(at.saturating_sub(1)))?;
    file.read_exact(&mut byte)?;
    Ok(byte == *b"\n")
}
