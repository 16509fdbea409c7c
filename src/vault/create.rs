//! Making a note that is not there yet.

use std::io::{self, Write};
use std::path::Path;

use super::dir::{Access, Dir, link_in_the_way};
use super::{TEMPORARY_PREFIX, Vault};
use crate::note::NotePath;

/// How many names for a temporary file are tried: a process that had the same number may have left some.
const NAMES: u32 = 1000;

impl Vault {
    /// Makes a new note with the given text: whole, or not at all.
    ///
    /// # Errors
    /// When something has that name, a link on the way leads out of the vault, or it cannot be written.
    pub fn create(&self, note: &NotePath, text: &[u8]) -> io::Result<()> {
        if self.is_away(note) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let on_disk = self.on_disk(note);
        let path = Path::new(&*on_disk);
        let above = path.parent().unwrap_or(Path::new(""));
        let folder = match self.dir().make_folder(above) {
            // A link to a folder of the vault is as good as that.
            Err(error) if link_in_the_way(&error).is_some() => self.folder_at(above)?,
            made => made?,
        };
        let temporary = temporary_name(&folder)?;
        let made = write(&folder, &temporary, text)
            .and_then(|()| folder.rename_new(&temporary, &folder, path.file_name().unwrap_or_default()));
        if made.is_err() {
            let _ = folder.remove(&temporary);
        }
        made?;
        let _ = folder.sync();
        Ok(())
    }
}

/// A name that nothing in the folder has, known to be that of a temporary file.
fn temporary_name(folder: &Dir) -> io::Result<String> {
    let names = (0..NAMES).map(|at| format!("{TEMPORARY_PREFIX}new-{}-{at}.tmp", std::process::id()));
    for name in names {
        match folder.create(&name, Access::Write) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return created.map(|_| name),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many temporary files beside it"))
}

fn write(folder: &Dir, name: &str, text: &[u8]) -> io::Result<()> {
    let mut file = folder.open(name, Access::Write)?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_note_never_replaces_another() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.md"), "old").unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let refused = vault.create(&NotePath::new("a.md"), b"x").unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        vault.create(&NotePath::new("sub/b.md"), b"x").unwrap();
        assert_eq!(fs::read(dir.path().join("sub/b.md")).unwrap(), b"x");
        assert_eq!(fs::read(dir.path().join("a.md")).unwrap(), b"old");
        assert_eq!(
            (names(dir.path()), names(&dir.path().join("sub"))),
            (vec!["a.md".into(), "sub".into()], vec!["b.md".into()])
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_new_note_is_made_through_no_link_that_leads_out() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("vault/real")).unwrap();
        fs::create_dir(dir.path().join("outside")).unwrap();
        let vault = Vault::open(&dir.path().join("vault")).unwrap();
        symlink("../outside", dir.path().join("vault/out")).unwrap();
        symlink("../../outside", dir.path().join("vault/real/out")).unwrap();
        symlink("real", dir.path().join("vault/in")).unwrap();
        symlink("../outside/new.md", dir.path().join("vault/dangling.md")).unwrap();
        for note in ["out/a.md", "real/out/a.md", "real/out/b/a.md", "in/out/a.md", "dangling.md", "../outside/a.md"] {
            assert!(vault.create(&NotePath::new(note), b"x").is_err(), "{note}");
        }
        assert!(names(&dir.path().join("outside")).is_empty());
        vault.create(&NotePath::new("in/a.md"), b"x").unwrap();
        assert_eq!(names(&dir.path().join("vault/real")), ["a.md", "out"]);
        vault.following_links(true).create(&NotePath::new("out/a.md"), b"x").unwrap();
        assert_eq!(names(&dir.path().join("outside")), ["a.md"]);
    }
}
