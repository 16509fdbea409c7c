//! Replacing a note: whole or not at all, durably, and never over an edit that somebody else made meanwhile.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::Vault;
use super::read::{Reader, plain};
use crate::note::NotePath;

/// What the names of temporary files start with: hidden from Obsidian and from a walk.
pub const TEMPORARY_PREFIX: &str = ".study-";
const TEMPORARY_SUFFIX: &str = ".tmp";

/// A temporary file that is older than this was left by a process that died: no replacement takes as long.
const STALE: std::time::Duration = std::time::Duration::from_secs(600);

/// Why a note was not replaced. The note has the bytes that it had.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// It no longer holds what was read.
    #[error("changed meanwhile")]
    Changed,
    /// It cannot be replaced without losing something.
    #[error("{0}")]
    Refused(String),
    /// The disk or the system said no.
    #[error("cannot be written: {}", plain(.0))]
    Io(#[from] io::Error),
}

/// What a replacement did beyond the bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replaced {
    /// The folder was told to keep the new name through a power failure.
    pub durable: bool,
}

/// A replacement that stands, but for a flush of the folder that keeps its name through a power failure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[must_use]
pub struct Unsettled {
    folder: PathBuf,
}

impl Unsettled {
    /// Flushes the folder. Several replacements in one folder are equal, and need it once.
    pub fn settle(&self) -> Replaced {
        Replaced { durable: sync_folder(&self.folder) }
    }
}

impl Vault {
    /// Replaces the bytes of `note`, which must still be `old`, by `new`.
    ///
    /// The new bytes are written to a temporary file beside the note, with its mode, owner and extended attributes,
    /// flushed to disk and put in its place in one step. Symlinks are resolved first, so that a link stays a link.
    ///
    /// # Errors
    /// [`ReplaceError`]; the note is as it was.
    pub fn replace(&self, note: &NotePath, old: &[u8], new: &[u8]) -> Result<Replaced, ReplaceError> {
        self.replace_unsettled(note, old, new).map(|unsettled| unsettled.settle())
    }

    /// Does what [`Vault::replace`] does but for the last step: a power failure may still bring the old bytes back until
    /// [`Unsettled::settle`] has been called.
    ///
    /// # Errors
    /// As [`Vault::replace`].
    pub fn replace_unsettled(&self, note: &NotePath, old: &[u8], new: &[u8]) -> Result<Unsettled, ReplaceError> {
        let target = self.file(note).canonicalize()?;
        let mut reader = Reader::default();
        let meta = fs::metadata(&target)?;
        refuse_special(&target, &meta)?;
        match reader.read(&target) {
            Ok(bytes) if bytes == old => {}
            Ok(_) => return Err(ReplaceError::Changed),
            Err(finding) => return Err(ReplaceError::Refused(finding.message)),
        }
        let folder = target.parent().unwrap_or(Path::new(".")).to_owned();
        let temporary = write_beside(&folder, &target, &meta, new)?;
        put_in_place(temporary, &target, old, new, &mut reader)?;
        Ok(Unsettled { folder })
    }

    /// Makes a new note with the given text.
    ///
    /// # Errors
    /// When a file of that name exists, or it cannot be written.
    pub fn create(&self, note: &NotePath, text: &[u8]) -> io::Result<()> {
        let target = self.file(note);
        let folder = target.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder)?;
        let mut temporary = temporary_in(folder)?;
        temporary.write_all(text)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            temporary.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
        }
        temporary.as_file().sync_all()?;
        temporary.persist_noclobber(&target).map_err(|e| e.error)?;
        sync_folder(folder);
        Ok(())
    }

    /// Removes a temporary file of ours if the process that made it is long gone. Says whether it did.
    pub fn sweep(&self, file: &Path) -> bool {
        let name = file.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if !name.starts_with(TEMPORARY_PREFIX) || !name.ends_with(TEMPORARY_SUFFIX) {
            return false;
        }
        let stale = fs::symlink_metadata(file)
            .ok()
            .filter(Metadata::is_file)
            .and_then(|meta| meta.modified().ok()?.elapsed().ok())
            .is_some_and(|age| age > STALE);
        stale && fs::remove_file(file).is_ok()
    }
}

fn refuse_special(target: &Path, meta: &Metadata) -> Result<(), ReplaceError> {
    if !meta.is_file() {
        return Err(ReplaceError::Refused("is not a regular file".into()));
    }
    // A new file in its place needs no right to write the old one: so ask for it.
    if !may_write(target, meta) {
        return Err(ReplaceError::Refused("is read-only; make it writable first".into()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if meta.nlink() > 1 {
            return Err(ReplaceError::Refused(format!(
                "has {} names (hard links), which a replacement would part; copy it to a file of its own first",
                meta.nlink()
            )));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn may_write(target: &Path, _: &Metadata) -> bool {
    rustix::fs::access(target, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn may_write(_: &Path, meta: &Metadata) -> bool {
    !meta.permissions().readonly()
}

fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(TEMPORARY_PREFIX).suffix(TEMPORARY_SUFFIX).tempfile_in(folder)
}

/// A flushed temporary file in `folder` with the bytes `new` and everything else like `target`.
fn write_beside(folder: &Path, target: &Path, meta: &Metadata, new: &[u8]) -> io::Result<TempPath> {
    let mut temporary = temporary_in(folder)?;
    temporary.write_all(new)?;
    let file = temporary.as_file();
    keep_owner(file, meta);
    keep_attributes(file, target);
    // After the owner: changing that clears the set-id bits.
    file.set_permissions(meta.permissions())?;
    file.sync_all()?;
    Ok(temporary.into_temp_path())
}

#[cfg(unix)]
fn keep_owner(file: &File, meta: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let Ok(own) = file.metadata() else { return };
    if own.uid() != meta.uid() || own.gid() != meta.gid() {
        // Only root may give a file away; the group alone may be allowed.
        let _ = fchown(file, Some(meta.uid()), Some(meta.gid())).or_else(|_| fchown(file, None, Some(meta.gid())));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) {}

/// Best effort: a file system without attributes, or one that may not be set, is no reason to refuse.
#[cfg(unix)]
fn keep_attributes(file: &File, target: &Path) {
    use xattr::FileExt;
    let Ok(names) = xattr::list(target) else { return };
    for name in names {
        if let Ok(Some(value)) = xattr::get(target, &name) {
            let _ = file.set_xattr(&name, &value);
        }
    }
}

#[cfg(not(unix))]
fn keep_attributes(_: &File, _: &Path) {}

/// Puts the temporary file in the place of `target`, which held `old` a moment ago.
///
/// Where the system can, the two are exchanged in one step and what came out is looked at: if it is not `old`, somebody
/// wrote the note in that moment, and it is exchanged back.
fn put_in_place(
    temporary: TempPath,
    target: &Path,
    old: &[u8],
    new: &[u8],
    reader: &mut Reader,
) -> Result<(), ReplaceError> {
    /// More turns than two writers ever take from each other.
    const TURNS: usize = 1000;
    for turn in 0..TURNS {
        if !exchange(&temporary, target)? {
            if turn > 0 {
                break;
            }
            return temporary.persist(target).map_err(|e| ReplaceError::Io(e.error));
        }
        let out = reader.read(&temporary).map_err(|f| ReplaceError::Refused(f.message));
        match out {
            Ok(bytes) if bytes == old => return Ok(()),
            Ok(bytes) if bytes == new && turn > 0 => return Err(ReplaceError::Changed),
            _ => {}
        }
    }
    let kept = keep(temporary)?;
    Err(ReplaceError::Refused(format!(
        "another program keeps writing it; one of its versions is kept as `{}`",
        kept.display()
    )))
}

fn keep(temporary: TempPath) -> io::Result<PathBuf> {
    temporary.keep().map_err(|e| e.error)
}

/// Exchanges two files in one step. `false` where the system or the file system cannot.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(a: &Path, b: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Flushes the names in a folder. `false` where that cannot be done: the new bytes are safe all the same, under the
/// old name or the new one.
fn sync_folder(folder: &Path) -> bool {
    cfg!(unix) && File::open(folder).and_then(|f| f.sync_all()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> (tempfile::TempDir, Vault) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.md"), "old").unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        (dir, vault)
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_note_is_replaced_and_nothing_else_is_left() {
        let (dir, vault) = vault();
        assert!(vault.replace(&NotePath::new("a.md"), b"old", b"new").unwrap().durable || cfg!(not(unix)));
        assert_eq!(fs::read(dir.path().join("a.md")).unwrap(), b"new");
        assert_eq!(names(dir.path()), ["a.md"]);
    }

    #[test]
    fn a_note_that_changed_is_left_alone() {
        let (dir, vault) = vault();
        let error = vault.replace(&NotePath::new("a.md"), b"older", b"new").unwrap_err();
        assert!(matches!(error, ReplaceError::Changed));
        assert_eq!(fs::read(dir.path().join("a.md")).unwrap(), b"old");
        assert_eq!(names(dir.path()), ["a.md"]);
    }

    #[test]
    fn an_edit_in_the_last_moment_is_put_back() {
        let (dir, _) = vault();
        let target = dir.path().join("a.md");
        let meta = fs::metadata(&target).unwrap();
        let temporary = write_beside(dir.path(), &target, &meta, b"new").unwrap();
        fs::write(&target, "written by another program").unwrap();
        let result = put_in_place(temporary, &target, b"old", b"new", &mut Reader::default());
        if cfg!(target_os = "linux") {
            assert!(matches!(result, Err(ReplaceError::Changed)), "{result:?}");
            assert_eq!(fs::read(&target).unwrap(), b"written by another program");
        }
        assert_eq!(names(dir.path()), ["a.md"]);
    }

    #[cfg(unix)]
    #[test]
    fn mode_attributes_and_links_are_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let (dir, vault) = vault();
        let real = dir.path().join("a.md");
        fs::set_permissions(&real, fs::Permissions::from_mode(0o664)).unwrap();
        let tagged = xattr::set(&real, "user.tag", b"blue").is_ok();
        symlink("a.md", dir.path().join("link.md")).unwrap();
        vault.replace(&NotePath::new("link.md"), b"old", b"new").unwrap();
        assert!(fs::symlink_metadata(dir.path().join("link.md")).unwrap().is_symlink());
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o7777, 0o664);
        if tagged {
            assert_eq!(xattr::get(&real, "user.tag").unwrap().unwrap(), b"blue");
        }
    }

    #[cfg(unix)]
    #[test]
    fn hard_links_and_read_only_notes_are_refused() {
        use std::os::unix::fs::PermissionsExt;
        let (dir, vault) = vault();
        let real = dir.path().join("a.md");
        fs::hard_link(&real, dir.path().join("b.md")).unwrap();
        assert!(matches!(vault.replace(&NotePath::new("a.md"), b"old", b"new"), Err(ReplaceError::Refused(_))));
        fs::remove_file(dir.path().join("b.md")).unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o444)).unwrap();
        let replaced = vault.replace(&NotePath::new("a.md"), b"old", b"old");
        // Root may write it all the same.
        assert_eq!(replaced.is_ok(), fs::OpenOptions::new().append(true).open(&real).is_ok());
        assert_eq!(fs::read(&real).unwrap(), b"old");
    }

    #[test]
    fn a_new_note_never_replaces_another() {
        let (dir, vault) = vault();
        assert!(vault.create(&NotePath::new("a.md"), b"x").is_err());
        vault.create(&NotePath::new("sub/b.md"), b"x").unwrap();
        assert_eq!(fs::read(dir.path().join("sub/b.md")).unwrap(), b"x");
        assert_eq!(names(dir.path()), ["a.md", "sub"]);
    }
}
