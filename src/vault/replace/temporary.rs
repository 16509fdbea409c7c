//! The temporary file of a replacement, in the folder of the note, which is held open.

use std::cell::{Cell, RefCell};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::dir::{Kind, Stat};
use super::super::lease::{Writers, writers};
use super::super::locate::Located;
use super::super::read::{Reader, unreadable};
use super::leftover;
use super::metadata::Kept;
use crate::problem::Finding;

/// A file with a name of its own beside a note. Removed when it is dropped.
#[derive(Debug)]
pub(super) struct Temporary {
    pub note: Arc<Located>,
    pub name: OsString,
    /// The file that has the name, as far as we know: others may take it.
    file: RefCell<Option<Box<Known>>>,
    /// It is removed in the end.
    is_ours: Cell<bool>,
}

/// A file that was seen before.
#[derive(Debug)]
pub(super) struct Known {
    pub stat: Stat,
    /// Open, so that no other file gets its number.
    open: Option<File>,
}

/// What stands in a file of the folder.
pub(super) struct Looked<'r> {
    pub bytes: &'r [u8],
    /// What tells the file from every other.
    pub id: (u64, u64),
    /// How many names (hard links) it has.
    pub names: u64,
    /// Another program has it open for writing: the bytes may change at any moment.
    pub is_busy: bool,
}

impl Temporary {
    /// A new one beside `note`. `mark` stands in its name and says whose it is.
    pub fn make(note: &Arc<Located>, mark: &str) -> io::Result<(Self, File)> {
        let prefix = format!("{}{mark}-", leftover::TEMPORARY_PREFIX);
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(leftover::TEMPORARY_SUFFIX);
        // Only the name is the crate's: its path may lead elsewhere by now.
        let made = builder.make_in(note.dir.path(), |path| note.dir.create_private(file_name(path)))?;
        let (file, path) = made.into_parts();
        let name = file_name(&path).to_owned();
        let _ = path.keep();
        Ok((Self::found(note, name), file))
    }

    /// The one of this name beside `note`.
    pub fn found(note: &Arc<Located>, name: OsString) -> Self {
        Self { note: Arc::clone(note), name, file: RefCell::default(), is_ours: Cell::new(true) }
    }

    /// Looks at what it holds.
    pub fn look<'r>(&self, reader: &'r mut Reader) -> Result<Looked<'r>, Finding> {
        look(&self.note, &self.name, reader)
    }

    /// Says which file has the name now.
    pub fn is_file(&self, stat: Stat, open: Option<File>) {
        self.file.replace(Some(Box::new(Known { stat, open })));
    }

    /// What the file that has the name has besides its bytes; `None` where it is not open.
    pub fn kept(&self) -> Option<Kept> {
        Kept::of(self.file.borrow().as_ref()?.open.as_ref()?).ok()
    }

    /// The file that has the name, as it was said last; asked once.
    pub fn take_file(&self) -> Option<Box<Known>> {
        self.file.take()
    }

    /// Exchanges it with the note. `false` where the system or the file system cannot.
    pub fn exchange(&self) -> io::Result<bool> {
        #[cfg(test)]
        super::meddle::run();
        self.note.dir.exchange(&self.name, &self.note.dir, &self.note.name)
    }

    /// The same, but that the note does not become anything else than a regular file. What is none stays beside it.
    pub fn exchange_files(&self) -> io::Result<bool> {
        let exchanged = self.exchange()?;
        if exchanged && self.note.dir.stat(&self.note.name).is_ok_and(|stat| stat.kind != Kind::File) {
            self.leave();
            self.exchange()?;
            return Err(taken());
        }
        Ok(exchanged)
    }

    /// Puts it in the place of the note, where files cannot be exchanged.
    pub fn rename(self) -> Result<(), (Self, io::Error)> {
        match self.note.dir.rename(&self.name, &self.note.dir, &self.note.name) {
            Ok(()) => {
                self.leave();
                Ok(())
            }
            Err(error) => Err((self, error)),
        }
    }

    /// Leaves it where it is.
    pub fn leave(&self) {
        self.is_ours.set(false);
    }

    /// Gives what it holds a lasting name beside the note, one that no program takes for a note.
    pub fn keep(self) -> io::Result<PathBuf> {
        // Whatever comes of it, it is not removed.
        self.leave();
        leftover::keep(&self.note, &self.name)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.is_ours.get() {
            let _ = self.note.dir.remove(&self.name);
        }
    }
}

/// Looks at the file `name` in the folder of `note`.
pub(super) fn look<'r>(note: &Located, name: &OsStr, reader: &'r mut Reader) -> Result<Looked<'r>, Finding> {
    look_at(&note.dir.open(name, super::super::dir::Access::Read).map_err(|e| unreadable(&e))?, reader)
}

/// Looks at an open file.
pub(super) fn look_at<'r>(file: &File, reader: &'r mut Reader) -> Result<Looked<'r>, Finding> {
    #[cfg(test)]
    crate::effort::count(|effort| effort.opened += 1);
    let Stat { id, names, .. } = Stat::of(file).map_err(|e| unreadable(&e))?;
    // Asked first: nobody else opens a file that the note was exchanged for, so what is read then is all there will be.
    let is_busy = writers(file) == Writers::Some;
    Ok(Looked { bytes: reader.read_open(file)?, id, names, is_busy })
}

/// What is said when another file has the name of a temporary one.
pub(super) fn taken() -> io::Error {
    io::Error::other("another program has put something else in the place of its temporary file")
}

fn file_name(path: &Path) -> &OsStr {
    path.file_name().unwrap_or_default()
}
