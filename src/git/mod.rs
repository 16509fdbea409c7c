//! The history of a note, read from the objects of the vault's git repository.
//!
//! No program is run, and of the repository only `HEAD`, references, loose objects and packs are read: no settings,
//! attributes, mail maps, hooks, alternates, replacements, grafts or commit graphs. Everything is opened beneath the
//! folder `.git` without following links, and only regular files are read. How much is read is bounded: see [`Limits`].

mod delta;
mod folder;
mod index;
mod inflate;
mod object;
mod pack;
mod refs;
mod renames;
mod store;
#[cfg(test)]
mod tests;
mod versions;

use std::fmt;
use std::path::Path;

use self::folder::Folder;
use self::store::Store;
use crate::note::NotePath;
use crate::vault::Vault;

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
        let git = top.join(".git");
        if !git.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
            return Err(Ignored::Elsewhere);
        }
        let folder = |path: &Path| Folder::open(path).ok();
        let (Some(around), Some(git)) = (folder(top), folder(&git)) else { return Ok(None) };
        if !(around.is_own() && git.is_own()) {
            return Err(Ignored::Foreign);
        }
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
    pub fn bytes(&mut self, version: Id) -> Option<Vec<u8>> {
        self.store.blob(version).ok().map(|bytes| bytes.to_vec())
    }
}
