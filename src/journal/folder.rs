//! The folder of the review log: where it lies, and how it is opened.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::vault::Vault;
use crate::vault::dir::Dir;

/// Where the log is kept.
#[derive(Clone, Debug)]
pub(super) enum Folder {
    /// Beneath the vault, which may come from a stranger: no link is followed on the way.
    Inside { top: Arc<Dir>, beneath: PathBuf },
    /// Where only the user's own settings can put it.
    Outside(PathBuf),
}

impl Folder {
    /// The folder `path` of `vault`'s log, and whether it lies inside, by whatever name.
    pub(super) fn of(path: &Path, vault: &Vault) -> Self {
        let is_plain = |rest: &Path| rest.components().all(|part| matches!(part, Component::Normal(_)));
        let inside = |beneath: &Path| Self::Inside { top: Arc::clone(vault.dir()), beneath: beneath.to_owned() };
        if let Some(beneath) = path.strip_prefix(vault.root()).ok().filter(|rest| is_plain(rest)) {
            return inside(beneath);
        }
        let is_vault = |above: &&Path| above.canonicalize().is_ok_and(|real| real == vault.dir().path());
        let vault_above = path.ancestors().find(is_vault);
        match vault_above.and_then(|above| path.strip_prefix(above).ok()).filter(|rest| is_plain(rest)) {
            Some(beneath) => inside(beneath),
            None => Self::Outside(path.to_owned()),
        }
    }

    /// The folder, open; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be opened, or a link is in the way.
    pub(super) fn open(&self) -> io::Result<Option<Dir>> {
        let opened = match self {
            Self::Inside { top, beneath } => top.folder(beneath),
            Self::Outside(path) => Dir::open_root(path),
        };
        match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// The folder, open, and made if it was missing.
    ///
    /// # Errors
    /// As [`Folder::open`], or when it cannot be made.
    pub(super) fn make(&self) -> io::Result<Dir> {
        match self {
            Self::Inside { top, beneath } => top.folder(beneath).or_else(|_| top.make_folder(beneath)),
            Self::Outside(path) => {
                if let Some(open) = self.open()? {
                    return Ok(open);
                }
                fs::create_dir_all(path)?;
                // The names of new folders stand in those above them.
                for above in path.ancestors().skip(1).take(2) {
                    let _ = Dir::open_root(above).and_then(|above| above.sync());
                }
                Dir::open_root(path)
            }
        }
    }

    /// The path of something in it, as the user knows it: relative to the vault where that holds it.
    pub(super) fn shown<'a>(&self, path: &'a Path) -> &'a Path {
        match self {
            Self::Inside { top, .. } => path.strip_prefix(top.path()).unwrap_or(path),
            Self::Outside(_) => path,
        }
    }
}
