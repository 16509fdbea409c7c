//! Opening one note after the other, most of them in the folder of the one before.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

#[cfg(unix)]
use rustix::fs::OFlags;

use super::batch::Waiting;
use super::descriptors::Spent;

/// Opens notes by their path in the vault.
///
/// On Unix the folder of neighbours is opened once and they are opened in it: the system then looks up one name for
/// each, not the whole path.
#[derive(Debug)]
pub(super) struct Opener<'a> {
    root: &'a Path,
    /// The path of the note at hand, in a buffer that is used again.
    file: PathBuf,
    #[cfg(unix)]
    open: Option<(String, std::os::fd::OwnedFd)>,
    spent: Spent,
    /// What keeps a look from being noted in the files, as long as that is allowed.
    #[cfg(unix)]
    without_trace: OFlags,
}

impl<'a> Opener<'a> {
    pub fn new(root: &'a Path) -> Self {
        Self {
            root,
            file: PathBuf::new(),
            #[cfg(unix)]
            open: None,
            spent: Spent::default(),
            #[cfg(any(target_os = "linux", target_os = "android"))]
            without_trace: OFlags::NOATIME,
            #[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
            without_trace: OFlags::empty(),
        }
    }

    /// Closes a note, now or a little later.
    pub fn close(&mut self, file: File) {
        self.spent.push(file);
    }

    /// Closes all notes that still wait for it.
    pub fn close_all(&mut self) {
        self.spent.close();
    }

    /// Opens a note for reading.
    pub fn open(&mut self, note: Waiting<'_>) -> io::Result<File> {
        let opened = self.try_open(note);
        #[cfg(unix)]
        if let Err(error) = &opened
            && is_for_want_of_room(error)
        {
            self.spent.close();
            return self.try_open(note);
        }
        opened
    }

    fn try_open(&mut self, note: Waiting<'_>) -> io::Result<File> {
        #[cfg(unix)]
        if let Some(file) = self.open_in_folder(note) {
            return file;
        }
        self.file.as_mut_os_string().clear();
        self.file.push(self.root);
        self.file.push(note.folder);
        self.file.push(note.name);
        open(&self.file)
    }

    /// Opens a note in its open folder; `None` where that is not open and not worth opening.
    #[cfg(unix)]
    fn open_in_folder(&mut self, note: Waiting<'_>) -> Option<io::Result<File>> {
        if self.open.as_ref().is_none_or(|(open, _)| open != note.folder) {
            if !note.has_sibling {
                return None;
            }
            self.file.as_mut_os_string().clear();
            self.file.push(self.root);
            self.file.push(note.folder);
            let mut folder = self.open.take().map_or_else(String::new, |(folder, _)| folder);
            // What opens next must not come between those that are closed together.
            self.spent.close();
            let opened = rustix::fs::open(&self.file, FOLDER, rustix::fs::Mode::empty()).ok()?;
            folder.clear();
            folder.push_str(note.folder);
            self.open = Some((folder, opened));
        }
        let (_, open) = self.open.as_ref()?;
        let openat = |flags| rustix::fs::openat(open, note.name, flags, rustix::fs::Mode::empty());
        let file = match openat(NOTE | self.without_trace) {
            // Only the owner of a file may leave the time of its last reading as it is.
            Err(rustix::io::Errno::PERM) if !self.without_trace.is_empty() => {
                self.without_trace = OFlags::empty();
                openat(NOTE)
            }
            file => file,
        };
        Some(file.map(File::from).map_err(io::Error::from))
    }
}

/// Whether there are too many open files, of this program or of all.
#[cfg(unix)]
fn is_for_want_of_room(error: &io::Error) -> bool {
    let errno = rustix::io::Errno::from_io_error(error);
    matches!(errno, Some(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE))
}

/// Opens a file for reading. A pipe that carries the name of a note does not hold up the open.
#[cfg(unix)]
pub(super) fn open(path: &Path) -> io::Result<File> {
    Ok(File::from(rustix::fs::open(path, NOTE, rustix::fs::Mode::empty())?))
}

/// Opens a file for reading.
#[cfg(not(unix))]
pub(super) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
const NOTE: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

/// Only a place to look up names from, where the system has such a thing: no right to list it is needed.
#[cfg(any(target_os = "linux", target_os = "android"))]
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
