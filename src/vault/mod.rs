//! The vault on disk: the one module that finds, reads and replaces notes and settings.

mod batch;
mod create;
mod descriptors;
pub(crate) mod dir;
mod find;
mod folder;
mod lease;
mod links;
mod locate;
mod read;
mod replace;
mod scan;
mod settings;
mod walk;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::item::{NotePath, composed, decomposed};

use dir::Dir;
pub use find::{Found, NotFound, find, path_of_user_config};
pub use lease::{Stamp, Writers};
pub use read::{MAX_NOTE_BYTES, Reader, text};
pub(crate) use read::{plain, unreadable};
#[cfg(test)]
pub(crate) use replace::meddle;
pub use replace::{Held, Leftover, Now, ReplaceError, Replacement, TEMPORARY_PREFIX, Trace};
pub(crate) use replace::{Moved, Remains, folder_id};
pub use scan::{Scan, Seen, Walked};
pub use settings::{SettingsError, SettingsFile};
pub use walk::{Listing, Skip, Standing};

/// An existing folder of notes.
#[derive(Clone, Debug)]
pub struct Vault {
    /// The folder as the user named it or as it was found.
    root: PathBuf,
    /// The same with every symlink resolved: to tell what lies inside.
    real: PathBuf,
    /// The same, open: what lies inside is reached from here.
    dir: Arc<Dir>,
    /// Notes outside that links lead to may be written.
    follow_links: bool,
}

impl PartialEq for Vault {
    fn eq(&self, other: &Self) -> bool {
        (&self.root, &self.real, self.follow_links) == (&other.root, &other.real, other.follow_links)
    }
}

impl Eq for Vault {}

impl Vault {
    /// The vault at `root`.
    ///
    /// # Errors
    /// When `root` is not a folder that can be opened.
    pub fn open(root: &Path) -> std::io::Result<Self> {
        let real = root.canonicalize()?;
        if !real.is_dir() {
            return Err(std::io::Error::new(std::io::ErrorKind::NotADirectory, "not a folder"));
        }
        let dir = Arc::new(Dir::open_root(&real)?);
        Ok(Self { root: root.to_owned(), real, dir, follow_links: false })
    }

    /// The same vault, in which notes that links lead to outside of it may be written, or not.
    #[must_use]
    pub fn following_links(self, follow_links: bool) -> Self {
        Self { follow_links, ..self }
    }

    /// The folder as the user named it.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder with every symlink resolved.
    pub(crate) fn real(&self) -> &Path {
        &self.real
    }

    /// Where tool data of this vault is kept: `.study` at its top.
    pub fn study_dir(&self) -> PathBuf {
        self.root.join(".study")
    }

    /// Whether a file lies where `note` says.
    pub fn has_note(&self, note: &NotePath) -> bool {
        self.file(note).is_file()
    }

    /// Whether `folder`, relative to the vault, is one.
    pub fn has_folder(&self, folder: &str) -> bool {
        find_in(&self.root, folder).is_dir()
    }

    /// The file of a note, as a path that can be opened from the working directory. A path that came from elsewhere (the
    /// command line, the log of another device, a link) may be encoded in another form than the name on this disk.
    pub fn file(&self, note: &NotePath) -> PathBuf {
        find_in(&self.root, note.as_str())
    }

    /// Whether there are two files at this path whose names differ only in how letters are encoded, and this is the one
    /// that is passed over: the other is in composed form. Where the file system takes both names for one file, there is
    /// only one.
    pub fn has_twin(&self, note: &NotePath) -> bool {
        let Cow::Owned(composed) = note.composed() else { return false };
        let real = |path: &str| self.root.join(path).canonicalize().ok();
        real(&composed).is_some_and(|twin| real(note.as_str()).is_some_and(|own| own != twin))
    }
}

/// What lies at `path` below `base`: under this very name, else under the same in composed or in decomposed form, folder by
/// folder. Where there is none, the name as given.
fn find_in(base: &Path, path: &str) -> PathBuf {
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    let as_given = base.join(path);
    if path.is_ascii() || is_there(&as_given) {
        return as_given;
    }
    let mut found = base.to_owned();
    for part in path.split('/') {
        let forms = [part.into(), composed(part), decomposed(part)];
        let other = forms.iter().map(|form| found.join(&**form)).find(|path| is_there(path));
        found = other.unwrap_or_else(|| found.join(part));
    }
    found
}
