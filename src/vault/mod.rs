//! The vault on disk: the one module that finds, reads and replaces notes and settings.

mod attachments;
mod batch;
mod copies;
mod create;
pub(crate) mod descriptors;
pub(crate) mod dir;
mod encoding;
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

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::item::NotePath;

pub(crate) use copies::Originals;
use dir::Dir;
pub use find::{Found, NotFound, find, path_of_user_config};
pub use lease::{Stamp, Writers};
pub use read::{MAX_NOTE_BYTES, Reader, text};
pub(crate) use read::{is_short_of_something, plain, unreadable};
#[cfg(test)]
pub(crate) use replace::meddle;
pub(crate) use replace::{Files, Moved, Remains, folder_id};
pub use replace::{Held, Leftover, Now, ReplaceError, Replacement, TEMPORARY_PREFIX, Trace};
pub use scan::{Pace, Scan, Seen, Walked};
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

    /// Whether iCloud has put the note away and keeps its place with a hidden file, `.Name.md.icloud`.
    pub fn is_away(&self, note: &NotePath) -> bool {
        let (folder, name) = note.as_str().rsplit_once('/').unwrap_or(("", note.as_str()));
        self.folder_at(Path::new(folder)).is_ok_and(|folder| folder.stat(format!(".{name}.icloud")).is_ok())
    }

    /// Whether `folder`, relative to the vault, is one.
    pub fn has_folder(&self, folder: &str) -> bool {
        self.root.join(&*encoding::on_disk(&self.root, folder)).is_dir()
    }

    /// The file of a note, as a path that can be opened from the working directory. A path that came from elsewhere (the
    /// command line, the log of another device, a link) may be encoded in another form than the name on this disk.
    pub fn file(&self, note: &NotePath) -> PathBuf {
        self.root.join(&*self.on_disk(note))
    }
}
