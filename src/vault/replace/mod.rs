//! Replacing a note: whole or not at all, durably, and never over an edit that somebody else made meanwhile.
//!
//! The folder of the note is opened, without following links, and everything is done in it: renamed, it is still the same.
//! The new bytes are written to a temporary file beside the note and flushed. Then the two files are exchanged in one
//! step, where the system can, and what came out is looked at: if it is not what was read, or another program has it open
//! for writing, it is exchanged back. Until the replacement is finished the old bytes stay in the temporary file, so that
//! it can be taken back without needing room on the disk, and so that whoever finds the file after a crash knows from
//! its bytes how far the replacement came.

mod held;
mod leftover;
mod mark;
#[cfg(test)]
pub(crate) mod meddle;
mod metadata;
mod remains;
mod swap;
mod temporary;
#[cfg(test)]
mod tests;

use std::fs::{File, Metadata};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::Vault;
use super::dir::{Access, Dir, Stat};
use super::lease::Stamp;
use super::locate::Located;
use super::read::{MAX_NOTE_BYTES, Reader, plain};
use crate::fault;
use crate::note::NotePath;

use metadata::Kept;
use swap::{Ours, is_just, swap};
use temporary::Temporary;

pub use held::{Held, Now};
pub use leftover::{Leftover, TEMPORARY_PREFIX};
pub(crate) use mark::Files;
pub(crate) use remains::{Moved, Remains, folder_id};

/// Why a note was not replaced. The note has the bytes that it had.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// It no longer holds what was read.
    #[error("changed meanwhile")]
    Changed,
    /// Another program has it open for writing.
    #[error("another program is writing it; try again when it is done")]
    Busy,
    /// Others wrote to it in that moment: one version of several is kept beside it, under this name.
    #[error(
        "another program is writing it; one of its versions is kept as `{}`: merge that into the note and delete it",
        .0.display()
    )]
    Parted(PathBuf),
    /// The note became a file that another program put in the place of ours, or of the note: what it held is kept beside it.
    #[error(
        "another program put a file of its own in its place; what it held before is kept as `{}`: compare the two, and \
         rename that back if the other is not meant to be the note",
        .0.display()
    )]
    Replaced(PathBuf),
    /// The same, but it could not be given a name of its own: it stays as the temporary file.
    #[error("another program is writing it; {0}")]
    Unkept(String),
    /// It cannot be replaced without losing something.
    #[error("{0}")]
    Refused(String),
    /// The disk or the system said no.
    #[error("cannot be written: {}", plain(.0))]
    Io(#[from] io::Error),
}

/// A replacement that is prepared, or in place and not finished. Dropped before it is in place, it leaves the note alone
/// and nothing behind.
#[derive(Debug)]
pub struct Replacement {
    /// The temporary file: the new bytes before, the old ones after it is in place. `None` when it took the name of the
    /// note for want of an exchange.
    temporary: Option<Temporary>,
    name: String,
    /// The note as it was read, and the temporary file as it was written.
    files: Files,
    note: Arc<Located>,
    old: Vec<u8>,
    new: Vec<u8>,
    /// Mode, owner and attributes of the note as they were given to the temporary file.
    given: Kept,
    /// Where a version was kept that others wrote, until that is asked for.
    kept: Option<PathBuf>,
}

/// What has the name of the temporary file of a replacement whose process died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// Nothing: the replacement is finished, or was given up, or made without an exchange.
    None,
    /// The file that was made, with the new bytes: they are not in the note.
    NotPlaced,
    /// The file that was the note, with the old bytes: the new ones were put into the note.
    Placed,
    /// Another file that holds the old or the new bytes, from wherever: it tells nothing.
    Copy,
    /// What another program wrote.
    Foreign,
}

impl Vault {
    /// Replaces the bytes of `note`, which must still be `old`, by `new`, and finishes at once.
    ///
    /// # Errors
    /// [`ReplaceError`]; the note is as it was.
    pub fn replace(&self, note: &NotePath, old: &[u8], new: &[u8]) -> Result<(), ReplaceError> {
        let mut replacement = self.hold(note)?.prepare(old, new, "once")?;
        replacement.place()?;
        if let Err(error) = replacement.sync() {
            replacement.take_back();
            return Err(error.into());
        }
        if !replacement.is_settled() && replacement.take_back() {
            return Err(ReplaceError::Changed);
        }
        replacement.finish();
        Ok(())
    }

    /// Removes a temporary file, given by its path in the vault, if the process that made it is gone: it carries `mark`
    /// and the caller knows that no other process with that mark writes, or it is ten minutes old. One that a program
    /// has open for writing stays. Says whether it was removed.
    pub fn sweep(&self, file: &NotePath, mark: Option<&str>) -> bool {
        let Ok(found) = self.locate(file) else { return false };
        if Leftover::of(&found.name) != Some(Leftover::Temporary) {
            return false;
        }
        let own = mark.is_some_and(|mark| leftover::is_marked(&found.name, mark));
        let is_stale = || found.dir.stat(&found.name).is_ok_and(|stat| leftover::is_stale(&stat));
        let is_busy = || temporary::look(&found, &found.name, &mut Reader::default()).is_ok_and(|look| look.is_busy);
        (own || is_stale()) && !is_busy() && found.dir.remove(&found.name).is_ok()
    }

    /// Whether a file was written in the last seconds, so that a process may be at work on it.
    pub fn is_fresh(&self, file: &NotePath) -> bool {
        let stat = self.locate(file).and_then(|found| found.dir.stat(&found.name));
        stat.is_ok_and(|stat| leftover::is_fresh(&stat))
    }
}

impl Held {
    /// Prepares to replace the bytes of the note by `new`: everything is written and flushed, and the note untouched. It
    /// must hold `old` when they are put in place. `mark` stands in the name of the temporary file, see [`Vault::sweep`].
    ///
    /// Symlinks are resolved, so that a link stays a link. Mode, owner and extended attributes are kept.
    ///
    /// # Errors
    /// [`ReplaceError`].
    pub fn prepare(&self, old: &[u8], new: &[u8], mark: &str) -> Result<Replacement, ReplaceError> {
        let note = &self.note;
        // The log, which other machines write too, can name any file of the vault.
        let is_markdown = std::path::Path::new(&note.name).extension();
        if !self.path.is_markdown() || is_markdown.is_none_or(|end| !end.eq_ignore_ascii_case("md")) {
            return Err(ReplaceError::Refused("is no Markdown file, or a link to one that is none".into()));
        }
        if new.len() > MAX_NOTE_BYTES {
            // It could not be read again, and nothing of it taken back.
            return Err(ReplaceError::Refused(format!("would be larger than {} MiB; split it", MAX_NOTE_BYTES >> 20)));
        }
        let opened;
        let file = match &self.file {
            Some(file) => file,
            None => {
                opened = note.open(Access::Read)?;
                &opened
            }
        };
        let meta = file.metadata()?;
        self.refuse_special(&meta)?;
        let before = Stat::of(file)?;
        let (temporary, made, given) = write_beside(note, file, new, mark)?;
        let name = temporary.name.to_string_lossy().into_owned();
        let (old, new, files) = (old.to_owned(), new.to_owned(), Files::new(&before, &made));
        let note = Arc::clone(note);
        Ok(Replacement { temporary: Some(temporary), name, files, note, old, new, given, kept: None })
    }

    fn refuse_special(&self, meta: &Metadata) -> Result<(), ReplaceError> {
        if !metadata::may_write(&self.note, meta) {
            return Err(ReplaceError::Refused("is read-only; make it writable first".into()));
        }
        match self.note.dir.stat(&self.note.name)?.names {
            0 | 1 => Ok(()),
            names => Err(ReplaceError::Refused(format!(
                "has {names} names (hard links), which a replacement would part; copy it to a file of its own first"
            ))),
        }
    }
}

impl Replacement {
    /// The name of the temporary file, which lies in the folder of the note.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What tells the note and the temporary file from any other.
    pub(crate) fn files(&self) -> Files {
        self.files
    }

    /// Puts the new bytes into the note. It takes a flush of its folder to make that last through a power failure.
    ///
    /// # Errors
    /// [`ReplaceError`]; the note is as it was, or as somebody else has made it meanwhile.
    pub fn place(&mut self) -> Result<(), ReplaceError> {
        let Some(temporary) = self.temporary.take() else { return Ok(()) };
        match swap(temporary, Ours::Temporary, &self.old, &self.new) {
            Ok(temporary) => self.temporary = temporary,
            Err((temporary, error)) => {
                self.temporary = temporary;
                return Err(error);
            }
        }
        self.keep_up();
        Ok(())
    }

    /// Gives the note what was given to the file that came out of it since: a note that was made private in that moment
    /// stays private.
    fn keep_up(&self) {
        let since = self.temporary.as_ref().and_then(Temporary::kept).filter(|now| *now != self.given);
        if let Some(since) = since {
            let _ = self.note.open(Access::Read).and_then(|note| since.give(&note));
        }
    }

    /// Whether it left no trace in the note, when it could not be put in place. After two programs came between, the note
    /// may hold the new bytes with an edit behind them.
    pub fn is_out(&self) -> bool {
        self.temporary.is_some()
    }

    /// Whether nobody has written to the old file since it came out, or still could, as a program can that had opened it
    /// before, or gave it another name. Once it is finished such an edit would be lost, and the names parted.
    pub fn is_settled(&self) -> bool {
        self.temporary.as_ref().is_none_or(|temporary| {
            let looked = temporary.look(&mut Reader::default()).map(|out| is_just(&out, &self.old));
            looked.unwrap_or(false)
        })
    }

    /// Puts back what the note held before (or what was written to the old file since), unless the note was changed
    /// again. Says whether it did.
    pub fn take_back(&mut self) -> bool {
        let Some(temporary) = self.temporary.take() else {
            // Without an exchange the old bytes are gone from the disk: they are written anew.
            return write_again(&self.note, &self.new, &self.old).is_ok_and(|again| again.rename().is_ok());
        };
        let mut reader = Reader::default();
        let back = temporary.look(&mut reader).map(|looked| looked.bytes.to_owned()).unwrap_or_default();
        let (back_in_place, temporary) = match swap(temporary, Ours::Note, &self.new, &back) {
            Ok(temporary) => (true, temporary),
            Err((temporary, ReplaceError::Parted(path) | ReplaceError::Replaced(path))) => {
                self.kept = Some(path);
                (false, temporary)
            }
            Err((temporary, _)) => (false, temporary),
        };
        self.temporary = temporary;
        self.keep_up();
        let _ = self.sync();
        back_in_place
    }

    /// Gives the replacement up where it could not be taken back: the temporary file stays and tells whoever settles this
    /// later how far it came. Where a version that others wrote was kept, its path is given.
    pub fn abandon(mut self) -> Option<PathBuf> {
        self.temporary.take().inspect(Temporary::leave);
        self.kept.take()
    }

    /// Lets go of a replacement that is not in the note: the temporary file is removed. What others wrote to it is kept, as
    /// by [`Replacement::finish`].
    pub fn discard(mut self) -> Option<PathBuf> {
        let Some(temporary) = self.temporary.take() else { return self.kept.take() };
        if holds(&temporary, &[&self.new, &self.old]) {
            return None;
        }
        temporary.keep().ok()
    }

    /// Removes the temporary file. When somebody has written to the old file after all, or still has it open to do so,
    /// that is kept under a name of its own, which is given.
    pub fn finish(mut self) -> Option<PathBuf> {
        let Some(temporary) = self.temporary.take() else { return self.kept.take() };
        if holds(&temporary, &[&self.old]) {
            return None;
        }
        temporary.keep().ok()
    }

    /// The folder in which the note really lies.
    pub(crate) fn folder(&self) -> &Dir {
        &self.note.dir
    }

    /// Makes the names in that folder last.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn sync(&self) -> io::Result<()> {
        self.note.dir.sync()
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some(temporary) = self.temporary.take()
            && !holds(&temporary, &[&self.new, &self.old])
        {
            let _ = temporary.keep();
        }
    }
}

/// Whether a file holds one of `known` and nobody is at work on it: then it may go.
fn holds(file: &Temporary, known: &[&[u8]]) -> bool {
    file.look(&mut Reader::default()).is_ok_and(|looked| !looked.is_busy && known.contains(&looked.bytes))
}

/// A flushed temporary file with the bytes `new` and everything else like the note, which is `open`.
fn write_beside(note: &Arc<Located>, open: &File, new: &[u8], mark: &str) -> io::Result<(Temporary, Stat, Kept)> {
    fault::step("make a temporary file")?;
    let (temporary, mut file) = Temporary::make(note, mark)?;
    fault::write(&mut file, new, "write the temporary file")?;
    fault::step("set mode and owner")?;
    let given = Kept::of(open)?;
    given.give(&file)?;
    fault::step("flush the temporary file")?;
    file.sync_all()?;
    let made = Stat::of(&file)?;
    temporary.is_file(made, None);
    Ok((temporary, made, given))
}

/// A temporary file with the bytes `new`, if the note still holds `old`.
fn write_again(note: &Arc<Located>, old: &[u8], new: &[u8]) -> io::Result<Temporary> {
    let unchanged = temporary::look(note, &note.name, &mut Reader::default())
        .is_ok_and(|looked| looked.bytes == old && !looked.is_busy);
    if !unchanged {
        return Err(io::Error::other("changed"));
    }
    let open = note.open(Access::Read)?;
    Ok(write_beside(note, &open, new, "back")?.0)
}
