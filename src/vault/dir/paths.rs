//! [`Dir`] as a path, where folders cannot be opened: checks come first, and use soon after.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::{Access, Kind, Stat, is_link, not_regular, single};

/// A folder.
#[derive(Debug)]
pub(crate) struct Dir {
    path: PathBuf,
}

impl Dir {
    /// The folder at `path`, which is trusted: links in it are followed.
    ///
    /// # Errors
    /// When it is no folder.
    pub(crate) fn open_root(path: &Path) -> io::Result<Self> {
        if !fs::metadata(path)?.is_dir() {
            return Err(io::Error::new(io::ErrorKind::NotADirectory, "not a folder"));
        }
        Ok(Self { path: path.to_owned() })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The same folder once more.
    pub(crate) fn again(&self) -> io::Result<Self> {
        Ok(Self { path: self.path.clone() })
    }

    pub(super) fn folder_at_once(&self, _: &Path) -> Option<Self> {
        None
    }

    /// The folder `name` in this one.
    pub(super) fn step(&self, name: &OsStr) -> io::Result<Self> {
        let path = self.path.join(name);
        match self.stat(name)?.kind {
            Kind::Folder => Ok(Self { path }),
            Kind::Link => Err(is_link(path)),
            _ => Err(io::Error::new(io::ErrorKind::NotADirectory, "not a folder")),
        }
    }

    /// Makes the folder `name` in this one.
    pub(super) fn make_one(&self, name: &OsStr) -> io::Result<()> {
        fs::create_dir(self.path.join(single(name)?))
    }

    /// Opens the regular file `name`. It is never a symlink.
    ///
    /// # Errors
    /// When it is not there, is a symlink ([`super::link_in_the_way`]) or no regular file, or may not be opened.
    pub(crate) fn open(&self, name: impl AsRef<OsStr>, access: Access) -> io::Result<File> {
        let name = name.as_ref();
        match self.stat(name)?.kind {
            Kind::File => options(access).open(self.path.join(name)),
            Kind::Link => Err(is_link(self.path.join(name))),
            _ => Err(not_regular()),
        }
    }

    /// Makes the file `name` and opens it.
    ///
    /// # Errors
    /// When something carries that name, or it cannot be made.
    pub(crate) fn create(&self, name: impl AsRef<OsStr>, access: Access) -> io::Result<File> {
        options(access).write(true).create_new(true).open(self.path.join(single(name.as_ref())?))
    }

    /// The same, as private as the folder makes it.
    ///
    /// # Errors
    /// As [`Dir::create`].
    pub(crate) fn create_private(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        self.create(name, Access::Write)
    }

    /// What carries the name `name`: a symlink is not followed.
    ///
    /// # Errors
    /// When nothing does, or the system does not tell.
    pub(crate) fn stat(&self, name: impl AsRef<OsStr>) -> io::Result<Stat> {
        Ok(Stat::from(&fs::symlink_metadata(self.path.join(single(name.as_ref())?))?))
    }

    /// The names in the folder, in no order.
    ///
    /// # Errors
    /// When it cannot be listed.
    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    /// Takes the name `name` away from what is no folder.
    ///
    /// # Errors
    /// When it is not there, or the system refuses.
    pub(crate) fn remove(&self, name: impl AsRef<OsStr>) -> io::Result<()> {
        fs::remove_file(self.path.join(single(name.as_ref())?))
    }

    /// Gives `from` the name `to` in the folder `there`, in place of what had it.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn rename(&self, from: impl AsRef<OsStr>, there: &Self, to: impl AsRef<OsStr>) -> io::Result<()> {
        fs::rename(self.path.join(single(from.as_ref())?), there.path.join(single(to.as_ref())?))
    }

    /// The same, unless something has that name already.
    ///
    /// # Errors
    /// When the name is taken (`AlreadyExists`), or the system refuses.
    pub(crate) fn rename_new(&self, from: impl AsRef<OsStr>, there: &Self, to: impl AsRef<OsStr>) -> io::Result<()> {
        let from = from.as_ref();
        fs::hard_link(self.path.join(single(from)?), there.path.join(single(to.as_ref())?))?;
        self.remove(from)
    }

    /// Exchanges two names in one step: not here.
    ///
    /// # Errors
    /// When one is no name.
    pub(crate) fn exchange(&self, a: impl AsRef<OsStr>, _: &Self, b: impl AsRef<OsStr>) -> io::Result<bool> {
        single(a.as_ref()).and_then(|_| single(b.as_ref())).map(|_| false)
    }

    /// Makes the names in the folder last: the system does, in its own time.
    ///
    /// # Errors
    /// Never.
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Stat {
    /// Of an open file.
    ///
    /// # Errors
    /// When the system does not tell.
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        Ok(Self::from(&file.metadata()?))
    }
}

impl From<&Metadata> for Stat {
    fn from(meta: &Metadata) -> Self {
        Self { kind: Kind::of(meta), size: meta.len(), names: 1, id: (0, 0), modified: meta.modified().ok() }
    }
}

fn options(access: Access) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    match access {
        Access::Read => {}
        Access::Append => _ = options.append(true),
        Access::Write => _ = options.write(true),
    }
    options
}
