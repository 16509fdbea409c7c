//! Opening one note after the other, most of them in the folder of the one before.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::batch::Waiting;

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
}

impl<'a> Opener<'a> {
    pub fn new(root: &'a Path) -> Self {
        Self {
            root,
            file: PathBuf::new(),
            #[cfg(unix)]
            open: None,
        }
    }

    /// Opens a note for reading.
    pub fn open(&mut self, note: Waiting<'_>) -> io::Result<File> {
        #[cfg(unix)]
        if let Some(file) = self.open_in_folder(note) {
            return file;
        }
        self.file.as_mut_os_string().clear();
        self.file.push(self.root);
        self.file.push(note.path);
        open(&self.file)
    }

    /// Opens a note in its open folder; `None` where that is not open and not worth opening.
    #[cfg(unix)]
    fn open_in_folder(&mut self, note: Waiting<'_>) -> Option<io::Result<File>> {
        let (folder, name) = super::batch::folder_and_name(note.path);
        if self.open.as_ref().is_none_or(|(open, _)| open != folder) {
            if !note.has_sibling {
                return None;
            }
            self.file.as_mut_os_string().clear();
            self.file.push(self.root);
            self.file.push(folder);
            let mut name = self.open.take().map_or_else(String::new, |(name, _)| name);
            let opened = rustix::fs::open(&self.file, FOLDER, rustix::fs::Mode::empty()).ok()?;
            name.clear();
            name.push_str(folder);
            self.open = Some((name, opened));
        }
        let (_, open) = self.open.as_ref()?;
        let file = rustix::fs::openat(open, name, NOTE, rustix::fs::Mode::empty());
        Some(file.map(File::from).map_err(io::Error::from))
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
const NOTE: rustix::fs::OFlags =
    rustix::fs::OFlags::RDONLY.union(rustix::fs::OFlags::CLOEXEC).union(rustix::fs::OFlags::NONBLOCK);

/// Only a place to look up names from, where the system has such a thing: no right to list it is needed.
#[cfg(any(target_os = "linux", target_os = "android"))]
const FOLDER: rustix::fs::OFlags =
    rustix::fs::OFlags::PATH.union(rustix::fs::OFlags::DIRECTORY).union(rustix::fs::OFlags::CLOEXEC);
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
const FOLDER: rustix::fs::OFlags =
    rustix::fs::OFlags::RDONLY.union(rustix::fs::OFlags::DIRECTORY).union(rustix::fs::OFlags::CLOEXEC);
