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

    /// Says whether notes may wait to be closed together: see [`Spent`].
    pub fn close_together(&mut self, together: bool) {
        self.spent.together = together;
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
    #[cfg(unix)]
    pub fn open(&mut self, note: Waiting<'_>) -> io::Result<File> {
        use rustix::io::Errno;
        let mut opened = self.open_as(note, NOTE | self.without_trace);
        if matches!(opened, Err(Errno::MFILE | Errno::NFILE)) {
            self.spent.close();
            opened = self.open_as(note, NOTE | self.without_trace);
        }
        if matches!(opened, Err(error) if error != Errno::NOENT) && !self.without_trace.is_empty() {
            // Only the owner of a file may leave the time of its last reading as it is, and not on every file system.
            opened = self.open_as(note, NOTE);
            if opened.is_ok() {
                self.without_trace = OFlags::empty();
            }
        }
        Ok(opened?)
    }

    /// Opens a note for reading.
    #[cfg(not(unix))]
    pub fn open(&mut self, note: Waiting<'_>) -> io::Result<File> {
        open(self.path(note.folder, note.name))
    }

    #[cfg(unix)]
    fn open_as(&mut self, note: Waiting<'_>, flags: OFlags) -> rustix::io::Result<File> {
        if let Some(file) = self.open_in_folder(note, flags) {
            return file;
        }
        let opened = rustix::fs::open(self.path(note.folder, note.name), flags, rustix::fs::Mode::empty());
        opened.map(File::from)
    }

    /// The path of a file.
    fn path(&mut self, folder: &str, name: &str) -> &Path {
        self.file.as_mut_os_string().clear();
        self.file.push(self.root);
        self.file.push(folder);
        self.file.push(name);
        &self.file
    }

    /// Opens a note in its open folder; `None` where that is not open and not worth opening.
    #[cfg(unix)]
    fn open_in_folder(&mut self, note: Waiting<'_>, flags: OFlags) -> Option<rustix::io::Result<File>> {
        if self.open.as_ref().is_none_or(|(open, _)| open != note.folder) {
            if !note.has_sibling {
                return None;
            }
            let mut folder = self.open.take().map_or_else(String::new, |(folder, _)| folder);
            // What opens next must not come between those that are closed together.
            self.spent.close();
            let opened = rustix::fs::open(self.path(note.folder, ""), FOLDER, rustix::fs::Mode::empty()).ok()?;
            folder.clear();
            folder.push_str(note.folder);
            self.open = Some((folder, opened));
        }
        let (_, open) = self.open.as_ref()?;
        Some(rustix::fs::openat(open, note.name, flags, rustix::fs::Mode::empty()).map(File::from))
    }
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::vault::batch::Batch;
    use crate::vault::walk::Standing;

    #[test]
    fn a_flag_that_is_refused_is_left_out_from_then_on() {
        let dir = tempfile::tempdir().unwrap();
        let mut batch = Batch::default();
        for path in ["missing.md", "a.md", "b.md", "c/alone.md"] {
            batch.push(path, Standing::Note);
            if path != "missing.md" {
                std::fs::create_dir_all(dir.path().join("c")).unwrap();
                std::fs::write(dir.path().join(path), path).unwrap();
            }
        }
        let mut opener = Opener::new(dir.path());
        // No file is opened as a folder.
        opener.without_trace = OFlags::DIRECTORY;
        let mut notes = batch.iter();
        assert_eq!(opener.open(notes.next().unwrap()).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(opener.without_trace, OFlags::DIRECTORY);
        for note in notes {
            let text = io::read_to_string(opener.open(note).unwrap()).unwrap();
            assert_eq!(text, format!("{}{}", note.folder, note.name));
            assert!(opener.without_trace.is_empty());
        }
    }
}
