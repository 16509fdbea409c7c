//! Opening one note after the other, most of them in the folder of the one before.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
use rustix::fs::ResolveFlags;
#[cfg(unix)]
use rustix::fs::{Mode, OFlags, openat};
#[cfg(unix)]
use rustix::io::Errno;

use super::Vault;
use super::batch::Waiting;
use super::descriptors::Spent;
use super::dir::Access;
#[cfg(unix)]
use super::dir::link_in_the_way;

/// Opens notes by their path in the vault.
///
/// On Unix the folder of neighbours is opened once and they are opened in it: the system then looks up one name for
/// each, not the whole path. No symlink is followed, unless the walk has found the note behind one; then it is resolved
/// as [`Vault::locate`] does.
#[derive(Debug)]
pub(super) struct Opener<'a> {
    vault: &'a Vault,
    /// The same with a descriptor of its own: the thread may not see those of others.
    top: Option<Vault>,
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
    pub fn new(vault: &'a Vault) -> Self {
        Self {
            vault,
            top: None,
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
        let mut opened = self.open_as(note, NOTE | self.without_trace);
        if matches!(opened, Err(Errno::MFILE | Errno::NFILE)) {
            self.spent.close();
            opened = self.open_as(note, NOTE | self.without_trace);
        }
        if matches!(opened, Err(error) if error != Errno::NOENT && error != Errno::LOOP)
            && !self.without_trace.is_empty()
        {
            // Only the owner of a file may leave the time of its last reading as it is, and not on every file system.
            opened = self.open_as(note, NOTE);
            if opened.is_ok() {
                self.without_trace = OFlags::empty();
            }
        }
        match opened {
            Err(Errno::NOENT) => Err(Errno::NOENT.into()),
            // The walk has found it behind a link, or somebody has put one there since.
            Err(_) => self.open_behind_links(note),
            Ok(file) => Ok(file),
        }
    }

    /// Opens a note for reading.
    #[cfg(not(unix))]
    pub fn open(&mut self, note: Waiting<'_>) -> io::Result<File> {
        self.open_behind_links(note)
    }

    fn open_behind_links(&mut self, note: Waiting<'_>) -> io::Result<File> {
        self.set_path(note);
        self.top()?;
        let top = self.top.as_ref().unwrap_or(self.vault);
        top.locate_file(&self.file)?.open(Access::Read)
    }

    /// Opens a note, in no folder but those of the vault itself.
    #[cfg(unix)]
    fn open_as(&mut self, note: Waiting<'_>, flags: OFlags) -> rustix::io::Result<File> {
        if self.open.as_ref().is_none_or(|(open, _)| open != note.folder) {
            #[cfg(target_os = "linux")]
            if !note.has_sibling {
                self.set_path(note);
                self.top().map_err(errno)?;
                let top = self.top.as_ref().unwrap_or(self.vault);
                match rustix::fs::openat2(top.dir(), &self.file, flags, Mode::empty(), BENEATH) {
                    // From here on as with systems that cannot do it in one step.
                    Err(Errno::NOSYS | Errno::PERM | Errno::INVAL) => {}
                    opened => return opened.map(File::from),
                }
            }
            let folder = self.open.take().map_or_else(String::new, |(folder, _)| folder);
            // What opens next must not come between those that are closed together.
            self.spent.close();
            self.open = Some(self.open_folder(note.folder, folder)?);
        }
        match &self.open {
            Some((_, folder)) => openat(folder, note.name, flags, Mode::empty()).map(File::from),
            None => Err(Errno::NOENT),
        }
    }

    /// Opens a folder of the vault. Its path is kept in `buffer`.
    #[cfg(unix)]
    fn open_folder(&mut self, folder: &str, mut buffer: String) -> rustix::io::Result<(String, std::os::fd::OwnedFd)> {
        let top = self.top().map_err(errno)?;
        buffer.clear();
        buffer.push_str(folder);
        #[cfg(target_os = "linux")]
        if let Ok(open) =
            rustix::fs::openat2(top.dir(), if folder.is_empty() { "." } else { folder }, FOLDER, Mode::empty(), BENEATH)
        {
            return Ok((buffer, open));
        }
        let open = top.folder_at(Path::new(folder)).map_err(errno)?;
        Ok((buffer, open.into()))
    }

    /// The vault, with the descriptor of this thread.
    fn top(&mut self) -> io::Result<&Vault> {
        let top = match self.top.take() {
            Some(top) => top,
            None => self.vault.reopened()?,
        };
        Ok(self.top.insert(top))
    }

    /// Sets the path to that of a note.
    fn set_path(&mut self, note: Waiting<'_>) {
        self.file.as_mut_os_string().clear();
        self.file.push(note.folder);
        self.file.push(note.name);
    }
}

/// What the system said, as far as it was the system.
#[cfg(unix)]
fn errno(error: io::Error) -> Errno {
    match link_in_the_way(&error) {
        Some(_) => Errno::LOOP,
        None => Errno::from_io_error(&error).unwrap_or(Errno::IO),
    }
}

/// Opens a file for reading. A pipe that carries the name of a note does not hold up the open.
#[cfg(unix)]
pub(super) fn open(path: &Path) -> io::Result<File> {
    Ok(File::from(rustix::fs::open(path, NOTE.difference(OFlags::NOFOLLOW), Mode::empty())?))
}

/// Opens a file for reading.
#[cfg(not(unix))]
pub(super) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
const NOTE: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOFOLLOW);

/// Only a place to look up names from: no right to list it is needed.
#[cfg(target_os = "linux")]
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(target_os = "linux")]
const BENEATH: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS);

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
        let vault = Vault::open(dir.path()).unwrap();
        let mut opener = Opener::new(&vault);
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
