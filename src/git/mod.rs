//! The history of a note, read from the objects of the vault's git repository.
//!
//! No program is run, and of the repository only `HEAD`, references, loose objects and packs are read: no settings,
//! attributes, mail maps, hooks, alternates, replacements, grafts or commit graphs. Everything is opened beneath the
//! folder `.git` without following links, and only regular files are read. How much is read is bounded: see [`Limits`].

mod delta;
mod index;
mod inflate;
mod object;
mod pack;
mod read;
mod refs;
mod renames;
mod store;
#[cfg(test)]
mod tests;
mod versions;

use std::fmt;
use std::fs::Metadata;
use std::path::Path;
use std::rc::Rc;

use self::store::Store;
use crate::note::NotePath;
use crate::vault::Vault;
use crate::vault::dir::Dir;

pub use self::object::Id;
pub use self::versions::{Before, History, Version};

/// How much of a history is read at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Versions of the note.
    pub versions: usize,
    /// Work to find them, and again to read them: in bytes that are unpacked. What is only copied or looked through counts
    /// less, every object some more.
    pub work: u64,
}

impl Default for Limits {
    /// What takes a second or two.
    fn default() -> Self {
        Self { versions: 5000, work: 512 << 20 }
    }
}

/// Why the repository of a vault is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// It belongs to another user.
    Foreign,
    /// Its `.git` is a link, or a file that names another place.
    Elsewhere,
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Foreign => "the git history is not read: the repository belongs to another user",
            Self::Elsewhere => "the git history is not read: `.git` is no folder, but leads to another place",
        })
    }
}

/// The repository that a vault lies in.
#[derive(Debug)]
pub struct Repository {
    store: Store,
    /// The last commit.
    head: Id,
    /// The folders from the top of the repository to the vault.
    prefix: Vec<String>,
    limits: Limits,
}

impl Repository {
    /// The repository whose top is the vault or the nearest folder above it that has a `.git`; `None` where there is
    /// none, it has no commit, or it is of a kind that is not read (reftable, SHA-256).
    ///
    /// # Errors
    /// When there is one that is not to be trusted.
    pub fn of(vault: &Vault, limits: Limits) -> Result<Option<Self>, Ignored> {
        let real = vault.real();
        let Some(top) = real.ancestors().find(|top| top.join(".git").symlink_metadata().is_ok()) else {
            return Ok(None);
        };
        let meta = |path: &Path| path.symlink_metadata().ok();
        let (Some(around), Some(git)) = (meta(top), meta(&top.join(".git"))) else { return Ok(None) };
        if !git.is_dir() {
            return Err(Ignored::Elsewhere);
        }
        if !(is_own(&around) && is_own(&git)) {
            return Err(Ignored::Foreign);
        }
        let Ok(git) = Dir::open_root(top).and_then(|top| top.folder(Path::new(".git"))) else { return Ok(None) };
        let inside = real.strip_prefix(top).unwrap_or(Path::new(""));
        let prefix = inside.iter().map(|name| name.to_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
        let (Some(head), Some(prefix)) = (refs::head(&git), prefix) else { return Ok(None) };
        let Some(store) = Store::open(&git) else { return Ok(None) };
        Ok(Some(Self { store, head, prefix, limits }))
    }

    /// The versions of a note that the last commit goes back to.
    pub fn history(&mut self, note: &NotePath) -> History {
        let path = self.prefix.iter().map(String::as_str).chain(note.as_str().split('/'));
        let path = path.map(|name| name.as_bytes().to_vec()).collect();
        self.store.allow(self.limits.work);
        let history = versions::history(&mut self.store, self.head, path, self.limits.versions);
        // What it names can be read even if the way there was long.
        self.store.allow(self.limits.work);
        history
    }

    /// The bytes of a version of the last history; `None` when they cannot be read, or the limit is reached.
    pub fn bytes(&mut self, version: Id) -> Option<Rc<Vec<u8>>> {
        self.store.blob(version).ok()
    }
}

/// Whether a folder belongs to the user of this process. On other systems than Unix that is not asked.
#[cfg(unix)]
fn is_own(meta: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(meta) == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_own(_: &Metadata) -> bool {
    true
}
