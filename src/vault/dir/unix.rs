//! [`Dir`] as a descriptor.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, mkdirat, openat, renameat, statat, unlinkat};
use rustix::io::Errno;

use super::{Access, Kind, Stat, is_link, not_regular, single};

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
/// A pipe does not hold up the open, and no terminal becomes ours.
const FILE: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// How often a file is asked for again that another process has a lease on, and how long apart: the system tells that
/// process to give it up.
const LEASE_TRIES: u32 = 100;
const LEASE_PAUSE: Duration = Duration::from_millis(10);

/// An open folder.
#[derive(Debug)]
pub(crate) struct Dir {
    fd: OwnedFd,
    path: PathBuf,
}

impl Dir {
    /// The folder at `path`, which is trusted: links in it are followed. It may be moved later and stays open.
    ///
    /// # Errors
    /// When it is no folder that can be opened.
    pub(crate) fn open_root(path: &Path) -> io::Result<Self> {
        let fd = open_folder(CWD, path.as_os_str(), FOLDER.difference(OFlags::NOFOLLOW))?;
        Ok(Self { fd, path: path.to_owned() })
    }

    /// Where it was when it was opened: for messages alone.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The same folder once more.
    pub(crate) fn again(&self) -> io::Result<Self> {
        Ok(Self { fd: self.fd.try_clone()?, path: self.path.clone() })
    }

    /// The folder at `beneath` in one step; `None` where the system cannot do that, or something is in the way.
    pub(super) fn folder_at_once(&self, beneath: &Path) -> Option<Self> {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{ResolveFlags, openat2};
            let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
            let fd = openat2(&self.fd, beneath, FOLDER, Mode::empty(), resolve).ok()?;
            Some(Self { fd, path: self.path.join(beneath) })
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = beneath;
            None
        }
    }

    /// The folder `name` in this one.
    pub(super) fn step(&self, name: &OsStr) -> io::Result<Self> {
        let path = self.path.join(name);
        match open_folder(self.fd.as_fd(), name, FOLDER) {
            Ok(fd) => Ok(Self { fd, path }),
            // Which of the two a link gives depends on the system.
            Err(Errno::LOOP | Errno::NOTDIR | Errno::MLINK) if self.is_link(name) => Err(is_link(path)),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the folder `name` in this one.
    pub(super) fn make_one(&self, name: &OsStr) -> io::Result<()> {
        Ok(mkdirat(&self.fd, single(name)?, Mode::from_raw_mode(0o777))?)
    }

    /// Opens the regular file `name`. It is never a symlink, and nothing is waited for.
    ///
    /// # Errors
    /// When it is not there, is a symlink ([`super::link_in_the_way`]) or no regular file, or may not be opened.
    pub(crate) fn open(&self, name: impl AsRef<OsStr>, access: Access) -> io::Result<File> {
        let name = single(name.as_ref())?;
        let mut tries = 0;
        let opened = loop {
            match openat(&self.fd, name, FILE | flags(access), Mode::empty()) {
                Err(Errno::WOULDBLOCK) if tries < LEASE_TRIES => {
                    tries += 1;
                    std::thread::sleep(LEASE_PAUSE);
                }
                opened => break opened,
            }
        };
        match opened {
            Ok(fd) => {
                let file = File::from(fd);
                if Stat::of(&file)?.kind == Kind::File { Ok(file) } else { Err(not_regular()) }
            }
            Err(Errno::LOOP | Errno::MLINK) if self.is_link(name) => Err(is_link(self.path.join(name))),
            Err(Errno::NXIO) => Err(not_regular()),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the file `name`, readable for whom the user's mask allows, and opens it.
    ///
    /// # Errors
    /// When something carries that name, be it a symlink that leads nowhere, or it cannot be made.
    pub(crate) fn create(&self, name: impl AsRef<OsStr>, access: Access) -> io::Result<File> {
        let flags = FILE | flags(access) | OFlags::CREATE | OFlags::EXCL;
        Ok(File::from(openat(&self.fd, single(name.as_ref())?, flags, Mode::from_raw_mode(0o666))?))
    }

    /// The same, readable for its owner alone.
    ///
    /// # Errors
    /// As [`Dir::create`].
    pub(crate) fn create_private(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        let flags = FILE | OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
        Ok(File::from(openat(&self.fd, single(name.as_ref())?, flags, Mode::from_raw_mode(0o600))?))
    }

    /// What carries the name `name`: a symlink is not followed.
    ///
    /// # Errors
    /// When nothing does, or the system does not tell.
    pub(crate) fn stat(&self, name: impl AsRef<OsStr>) -> io::Result<Stat> {
        Ok(Stat::from(&statat(&self.fd, single(name.as_ref())?, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    /// The names in the folder, in no order.
    ///
    /// # Errors
    /// When it cannot be listed.
    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.fd)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        Ok(names)
    }

    /// Takes the name `name` away from what is no folder.
    ///
    /// # Errors
    /// When it is not there, or the system refuses.
    pub(crate) fn remove(&self, name: impl AsRef<OsStr>) -> io::Result<()> {
        Ok(unlinkat(&self.fd, single(name.as_ref())?, AtFlags::empty())?)
    }

    /// Gives `from` the name `to` in the folder `there`, in one step, in place of what had it.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn rename(&self, from: impl AsRef<OsStr>, there: &Self, to: impl AsRef<OsStr>) -> io::Result<()> {
        Ok(renameat(&self.fd, single(from.as_ref())?, &there.fd, single(to.as_ref())?)?)
    }

    /// The same, unless something has that name already.
    ///
    /// # Errors
    /// When the name is taken (`AlreadyExists`), or the system refuses.
    pub(crate) fn rename_new(&self, from: impl AsRef<OsStr>, there: &Self, to: impl AsRef<OsStr>) -> io::Result<()> {
        let (from, to) = (single(from.as_ref())?, single(to.as_ref())?);
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        match rustix::fs::renameat_with(&self.fd, from, &there.fd, to, rustix::fs::RenameFlags::NOREPLACE) {
            // This file system knows no such rename.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            renamed => return Ok(renamed?),
        }
        rustix::fs::linkat(&self.fd, from, &there.fd, to, AtFlags::empty())?;
        self.remove(from)
    }

    /// Exchanges two names in one step. `false` where the system or the file system cannot.
    ///
    /// # Errors
    /// When one of them is not there, or the system refuses.
    pub(crate) fn exchange(&self, a: impl AsRef<OsStr>, there: &Self, b: impl AsRef<OsStr>) -> io::Result<bool> {
        let (a, b) = (single(a.as_ref())?, single(b.as_ref())?);
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        match rustix::fs::renameat_with(&self.fd, a, &there.fd, b, rustix::fs::RenameFlags::EXCHANGE) {
            Ok(()) => Ok(true),
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
            Err(error) => Err(error.into()),
        }
        #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
        {
            let _ = (a, b, there);
            Ok(false)
        }
    }

    /// Makes the names in the folder last, where there is a way to do so.
    ///
    /// # Errors
    /// When the disk fails.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match rustix::fs::fsync(&self.fd) {
            // A folder that may be written but not listed, or a file system that flushes none.
            Err(Errno::BADF | Errno::INVAL | Errno::ACCESS | Errno::NOTSUP) => Ok(()),
            done => Ok(done?),
        }
    }

    fn is_link(&self, name: &OsStr) -> bool {
        self.stat(name).is_ok_and(|stat| stat.kind == Kind::Link)
    }
}

impl AsFd for Dir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl From<Dir> for OwnedFd {
    fn from(dir: Dir) -> Self {
        dir.fd
    }
}

impl Stat {
    /// Of an open file.
    ///
    /// # Errors
    /// When the system does not tell.
    pub(crate) fn of(file: &impl AsFd) -> io::Result<Self> {
        Ok(Self::from(&rustix::fs::fstat(file)?))
    }
}

impl From<&rustix::fs::Stat> for Stat {
    #[allow(clippy::unnecessary_cast, clippy::useless_conversion, reason = "the types differ between systems")]
    fn from(stat: &rustix::fs::Stat) -> Self {
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Link,
            _ => Kind::Other,
        };
        let since = Duration::new(u64::try_from(stat.st_mtime).unwrap_or(0), stat.st_mtime_nsec as u32);
        Self {
            kind,
            size: stat.st_size as u64,
            names: stat.st_nlink as u64,
            id: (stat.st_dev as u64, stat.st_ino as u64),
            modified: SystemTime::UNIX_EPOCH.checked_add(since),
        }
    }
}

fn flags(access: Access) -> OFlags {
    match access {
        Access::Read => OFlags::RDONLY,
        Access::Append => OFlags::RDWR | OFlags::APPEND,
        Access::Write => OFlags::RDWR,
    }
}

/// Opens a folder, be it one that may not be listed.
fn open_folder(at: BorrowedFd<'_>, name: &OsStr, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    match openat(at, name, flags, Mode::empty()) {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        Err(Errno::ACCESS) => openat(at, name, flags | OFlags::PATH, Mode::empty()),
        opened => opened,
    }
}
