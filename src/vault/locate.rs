//! Where a note really lies, reached without a path that others can change.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Vault;
use super::dir::{Access, Dir, Kind, link_in_the_way};
use crate::note::NotePath;

/// A note in its folder, which is held open: symlinks are resolved, and the folder lies in the vault, or outside where
/// links out of it are followed.
#[derive(Debug)]
pub(crate) struct Located {
    pub dir: Dir,
    pub name: OsString,
}

/// A link that leads out of the vault where none is followed. The reason inside an [`io::Error`], see [`leads_out`].
#[derive(Debug, thiserror::Error)]
#[error("is a link out of the vault, to `{}`", .0.display())]
struct LeadsOut(PathBuf);

/// Where the link leads that was not followed, if that was the reason.
pub(crate) fn leads_out(error: &io::Error) -> Option<&Path> {
    Some(&error.get_ref()?.downcast_ref::<LeadsOut>()?.0)
}

impl Located {
    /// Opens the note. It is a regular file, and the one that was located or one that has taken its name since: never
    /// one that a link leads to.
    ///
    /// # Errors
    /// As [`Dir::open`].
    pub(crate) fn open(&self, access: Access) -> io::Result<File> {
        #[cfg(test)]
        crate::effort::count(|effort| effort.opened += 1);
        self.dir.open(&self.name, access)
    }

    /// Where it is: for messages alone.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join(&self.name)
    }
}

impl Vault {
    /// The top of the vault, open.
    pub(crate) fn dir(&self) -> &Arc<Dir> {
        &self.dir
    }

    /// Finds the folder in which the file at `note` really lies.
    ///
    /// # Errors
    /// When it is not there, or a link on its path leads out of the vault ([`leads_out`]) and none is followed.
    pub(crate) fn locate(&self, note: &NotePath) -> io::Result<Located> {
        self.locate_file(Path::new(&*self.on_disk(note)))
    }

    /// The same for any file, at a path relative to the vault.
    ///
    /// # Errors
    /// As [`Vault::locate`].
    pub(crate) fn locate_file(&self, path: &Path) -> io::Result<Located> {
        match self.beneath(path) {
            Ok(located) if located.dir.stat(&located.name)?.kind != Kind::Link => return Ok(located),
            Err(error) if link_in_the_way(&error).is_none() => return Err(error),
            _ => {}
        }
        // What the links lead to is asked of the system. The way there is gone once more, without links: one that has
        // been put on it meanwhile leads nowhere.
        let real = self.real.join(path).canonicalize()?;
        match real.strip_prefix(&self.real) {
            Ok(inside) => self.beneath(inside),
            Err(_) if self.follow_links => {
                let name = real.file_name().unwrap_or_default().to_owned();
                Ok(Located { dir: Dir::open_root(real.parent().unwrap_or(&real))?, name })
            }
            Err(_) => Err(io::Error::other(LeadsOut(real))),
        }
    }

    /// The folder at `path`, links resolved likewise.
    ///
    /// # Errors
    /// As [`Vault::locate`], or when it is no folder.
    pub(crate) fn folder_at(&self, path: &Path) -> io::Result<Dir> {
        match self.dir.folder(path) {
            Err(error) if link_in_the_way(&error).is_some() => {}
            opened => return opened,
        }
        let real = self.real.join(path).canonicalize()?;
        match real.strip_prefix(&self.real) {
            Ok(inside) => self.dir.folder(inside),
            Err(_) if self.follow_links => Dir::open_root(&real),
            Err(_) => Err(io::Error::other(LeadsOut(real))),
        }
    }

    /// The same vault with a descriptor of its own, for a thread that cannot use those of others.
    ///
    /// # Errors
    /// When it is gone.
    pub(super) fn reopened(&self) -> io::Result<Self> {
        Ok(Self { dir: Arc::new(Dir::open_root(&self.real)?), ..self.clone() })
    }

    fn beneath(&self, path: &Path) -> io::Result<Located> {
        let dir = self.dir.folder(path.parent().unwrap_or(Path::new("")))?;
        Ok(Located { dir, name: path.file_name().unwrap_or_default().to_owned() })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_resolved_as_long_as_they_stay_inside() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap().join("vault");
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::create_dir(temp.path().join("outside")).unwrap();
        fs::write(root.join("a/b/real.md"), "inside").unwrap();
        fs::write(temp.path().join("outside/far.md"), "far").unwrap();
        symlink("a/b", root.join("folder")).unwrap();
        symlink(root.join("a/b/real.md"), root.join("a/absolute.md")).unwrap();
        symlink("../outside", root.join("out")).unwrap();
        symlink("../../outside/far.md", root.join("a/far.md")).unwrap();
        let vault = Vault::open(&root).unwrap();
        let text =
            |vault: &Vault, note: &str| io::read_to_string(vault.locate(&NotePath::new(note))?.open(Access::Read)?);
        for note in ["a/b/real.md", "folder/real.md", "a/absolute.md"] {
            assert_eq!(text(&vault, note).unwrap(), "inside");
            assert_eq!(vault.locate(&NotePath::new(note)).unwrap().path(), root.join("a/b/real.md"));
        }
        for note in ["out/far.md", "a/far.md"] {
            let error = text(&vault, note).unwrap_err();
            assert!(leads_out(&error).is_some_and(|to| to.ends_with("outside/far.md")), "{error}");
            assert_eq!(text(&vault.clone().following_links(true), note).unwrap(), "far");
        }
        for note in ["gone.md", "gone/x.md", "out/gone.md"] {
            assert_eq!(text(&vault, note).unwrap_err().kind(), io::ErrorKind::NotFound, "{note}");
        }
        for note in ["../outside/far.md", "a/../../outside/far.md"] {
            assert!(text(&vault, note).is_err());
        }
    }

    #[test]
    fn what_was_located_is_not_lost_to_a_link_that_takes_its_place() {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir_all(temp.path().join("vault/a")).unwrap();
        fs::create_dir(temp.path().join("outside")).unwrap();
        fs::write(temp.path().join("vault/a/x.md"), "inside").unwrap();
        fs::write(temp.path().join("outside/x.md"), "precious").unwrap();
        let vault = Vault::open(&temp.path().join("vault")).unwrap();
        let located = vault.locate(&NotePath::new("a/x.md")).unwrap();
        fs::rename(temp.path().join("vault/a"), temp.path().join("vault/b")).unwrap();
        symlink("../outside", temp.path().join("vault/a")).unwrap();
        assert_eq!(io::read_to_string(located.open(Access::Read).unwrap()).unwrap(), "inside");
        fs::remove_file(temp.path().join("vault/b/x.md")).unwrap();
        symlink("../../outside/x.md", temp.path().join("vault/b/x.md")).unwrap();
        assert!(located.open(Access::Read).is_err());
    }
}
