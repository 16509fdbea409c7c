//! Files beneath a folder, opened without following any link and without waiting.

use std::fs::File;
use std::io;
use std::path::Path;

#[cfg(unix)]
use std::os::fd::OwnedFd;

/// An open folder.
#[derive(Debug)]
pub(super) struct Folder {
    #[cfg(unix)]
    open: OwnedFd,
    #[cfg(not(unix))]
    path: std::path::PathBuf,
}

#[cfg(unix)]
impl Folder {
    /// Opens `path`, whose last name must be a folder and no link.
    pub fn open(path: &Path) -> io::Result<Self> {
        let open = rustix::fs::open(path, FOLDER, rustix::fs::Mode::empty())?;
        Ok(Self { open })
    }

    /// The folder `name` in this one.
    pub fn folder(&self, name: &str) -> io::Result<Self> {
        let open = rustix::fs::openat(&self.open, name, FOLDER, rustix::fs::Mode::empty())?;
        Ok(Self { open })
    }

    /// The regular file `name` in this folder.
    pub fn file(&self, name: &str) -> io::Result<File> {
        let file = File::from(rustix::fs::openat(&self.open, name, FILE, rustix::fs::Mode::empty())?);
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        Ok(file)
    }

    /// The names in this folder that are UTF-8, `most` at most.
    pub fn names(&self, most: usize) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.open)?.take(most) {
            names.extend(entry?.file_name().to_str().ok().map(str::to_owned));
        }
        Ok(names)
    }

    /// Whether it belongs to the user of this process.
    pub fn is_own(&self) -> bool {
        rustix::fs::fstat(&self.open).is_ok_and(|stat| stat.st_uid == rustix::process::geteuid().as_raw())
    }
}

#[cfg(unix)]
mod flags {
    use rustix::fs::OFlags;
    pub(super) const FOLDER: OFlags =
        OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
    pub(super) const FILE: OFlags =
        OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);
}
#[cfg(unix)]
use flags::{FILE, FOLDER};

#[cfg(not(unix))]
impl Folder {
    /// Opens `path`, whose last name must be a folder and no link.
    pub fn open(path: &Path) -> io::Result<Self> {
        if !path.symlink_metadata()?.is_dir() {
            return Err(io::Error::other("not a folder"));
        }
        Ok(Self { path: path.to_owned() })
    }

    /// The folder `name` in this one.
    pub fn folder(&self, name: &str) -> io::Result<Self> {
        Self::open(&self.path.join(name))
    }

    /// The regular file `name` in this folder.
    pub fn file(&self, name: &str) -> io::Result<File> {
        let path = self.path.join(name);
        if !path.symlink_metadata()?.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        File::open(path)
    }

    /// The names in this folder that are UTF-8, `most` at most.
    pub fn names(&self, most: usize) -> io::Result<Vec<String>> {
        let entries = std::fs::read_dir(&self.path)?.take(most);
        Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
    }

    /// Whether it belongs to the user of this process; not asked on this system.
    pub fn is_own(&self) -> bool {
        true
    }
}

/// Reads at `at` without moving anything; fewer bytes than there is room for only at the end of the file.
pub(super) fn read_at(file: &File, mut at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        #[cfg(unix)]
        let got = std::os::unix::fs::FileExt::read_at(file, room, at);
        #[cfg(windows)]
        let got = std::os::windows::fs::FileExt::seek_read(file, room, at);
        match got {
            Ok(0) => break,
            Ok(got) => {
                filled += got;
                at = at.saturating_add(got as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
