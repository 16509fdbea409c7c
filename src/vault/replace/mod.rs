//! Replacing a note: whole or not at all, durably, and never over an edit that somebody else made meanwhile.
//!
//! The new bytes are written to a temporary file beside the note and flushed. Then the two files are exchanged in one
//! step, where the system can, and what came out is looked at: if it is not what was read, somebody wrote the note in that
//! moment, and it is exchanged back. Until the replacement is finished the old bytes stay in the temporary file, so that
//! it can be taken back without needing room on the disk, and so that whoever finds the file after a crash knows from
//! its bytes how far the replacement came.

mod leftover;
mod metadata;
mod swap;
mod system;

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::Vault;
use super::read::{MAX_NOTE_BYTES, Reader, plain};
use crate::fault;
use crate::note::NotePath;

use swap::swap;
use system::exchange;

pub use leftover::{Leftover, TEMPORARY_PREFIX};
#[cfg(test)]
pub(crate) use system::meddle;
pub(crate) use system::sync_folder;

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

/// A replacement that is prepared, or in place and not finished. Dropped before it is in place, it leaves the note alone
/// and nothing behind.
#[derive(Debug)]
pub struct Replacement {
    /// The temporary file: the new bytes before, the old ones after it is in place. `None` when it took the name of the
    /// note for want of an exchange.
    temporary: Option<TempPath>,
    name: String,
    target: PathBuf,
    old: Vec<u8>,
    new: Vec<u8>,
}

/// How far a replacement came whose process died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// There is no temporary file: the replacement is finished, or was given up, or made without an exchange.
    None,
    /// The temporary file holds the new bytes: they are not in the note.
    NotPlaced,
    /// The temporary file holds the old bytes: the new ones were put into the note.
    Placed,
    /// It holds what another program wrote in that moment.
    Foreign,
}

impl Vault {
    /// Replaces the bytes of `note`, which must still be `old`, by `new`, and finishes at once.
    ///
    /// # Errors
    /// [`ReplaceError`]; the note is as it was.
    pub fn replace(&self, note: &NotePath, old: &[u8], new: &[u8]) -> Result<(), ReplaceError> {
        let mut replacement = self.prepare(note, old, new, "once")?;
        replacement.place()?;
        if let Err(error) = sync_folder(replacement.folder()) {
            replacement.take_back();
            return Err(error.into());
        }
        replacement.finish();
        Ok(())
    }

    /// Prepares to replace the bytes of `note` by `new`: everything is written and flushed, and the note untouched. It
    /// must hold `old` when they are put in place. `mark` stands in the name of the temporary file, see [`Vault::sweep`].
    ///
    /// Symlinks are resolved first, so that a link stays a link. Mode, owner and extended attributes are kept.
    ///
    /// # Errors
    /// [`ReplaceError`].
    pub fn prepare(&self, note: &NotePath, old: &[u8], new: &[u8], mark: &str) -> Result<Replacement, ReplaceError> {
        let target = self.file(note).canonicalize()?;
        if !self.holds(&target) {
            let to = target.display();
            return Err(ReplaceError::Refused(format!(
                "is a link out of the vault, to `{to}`; set `follow_links = true` to have such notes written"
            )));
        }
        // The log, which other machines write too, can name any file of the vault.
        if !note.is_markdown() || target.extension().is_none_or(|end| !end.eq_ignore_ascii_case("md")) {
            return Err(ReplaceError::Refused("is no Markdown file, or a link to one that is none".into()));
        }
        if new.len() > MAX_NOTE_BYTES {
            // It could not be read again, and nothing of it taken back.
            return Err(ReplaceError::Refused(format!("would be larger than {} MiB; split it", MAX_NOTE_BYTES >> 20)));
        }
        let meta = fs::metadata(&target)?;
        refuse_special(&target, &meta)?;
        let folder = target.parent().unwrap_or(Path::new("."));
        let temporary = write_beside(folder, &target, &meta, new, mark)?;
        let name = temporary.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (old, new) = (old.to_owned(), new.to_owned());
        Ok(Replacement { temporary: Some(temporary), name, target, old, new })
    }

    /// Removes a temporary file, given by its path in the vault, if the process that made it is gone: it carries `mark`
    /// and the caller knows that no other process with that mark writes, or it is ten minutes old. Says whether it did.
    pub fn sweep(&self, file: &NotePath, mark: Option<&str>) -> bool {
        let path = self.file(file);
        let name = path.file_name().unwrap_or_default();
        if Leftover::of(name) != Some(Leftover::Temporary) {
            return false;
        }
        let own = mark.is_some_and(|mark| leftover::is_marked(name, mark));
        (own || leftover::is_stale(&path)) && fs::remove_file(&path).is_ok()
    }

    /// Whether a file was written in the last seconds, so that a process may be at work on it.
    pub fn is_fresh(&self, file: &NotePath) -> bool {
        leftover::is_fresh(&self.file(file))
    }

    /// How far the replacement of `note` came that used the temporary file `name`, see [`Replacement::name`].
    /// `is_old` and `is_new` know the bytes by sight.
    pub fn trace(
        &self,
        note: &NotePath,
        name: &str,
        is_old: impl Fn(&[u8]) -> bool,
        is_new: impl Fn(&[u8]) -> bool,
    ) -> Trace {
        let mut reader = Reader::default();
        match self.left_beside(note, name).map(|path| reader.read(&path).map(|bytes| (is_old(bytes), is_new(bytes)))) {
            None => Trace::None,
            Some(Ok((true, _))) => Trace::Placed,
            Some(Ok((_, true))) => Trace::NotPlaced,
            Some(_) => Trace::Foreign,
        }
    }

    /// Removes the temporary file of a replacement whose process died.
    pub fn clear(&self, note: &NotePath, name: &str) {
        if let Some(path) = self.left_beside(note, name) {
            let _ = fs::remove_file(path);
        }
    }

    /// Saves what another program wrote in the moment of a replacement whose process died: back into the note if that
    /// still holds what the process put there, else under a name of its own, which is given.
    ///
    /// # Errors
    /// When the file system refuses; then everything stays where it is.
    pub fn rescue(&self, note: &NotePath, name: &str, is_new: impl Fn(&[u8]) -> bool) -> io::Result<Option<PathBuf>> {
        let Some(path) = self.left_beside(note, name) else { return Ok(None) };
        let target = self.file(note).canonicalize().unwrap_or_else(|_| self.file(note));
        if Reader::default().read(&target).is_ok_and(&is_new) && exchange(&path, &target)? {
            if Reader::default().read(&path).is_ok_and(&is_new) {
                fs::remove_file(&path)?;
                return Ok(None);
            }
            // Written again in this very moment; what was just put there is the older of the two.
            exchange(&path, &target)?;
        }
        leftover::keep(TempPath::try_from_path(path)?, &target).map(Some)
    }

    /// The temporary file `name` in the folder where `note` really lies, if it is there. The name comes from a file that
    /// anybody may have written.
    fn left_beside(&self, note: &NotePath, name: &str) -> Option<PathBuf> {
        let fit = Leftover::of(name.as_ref()) == Some(Leftover::Temporary) && !name.contains(['/', '\\', '\0']);
        let file = self.file(note);
        let real = file.canonicalize().unwrap_or(file);
        let path = real.parent()?.join(name);
        let there = fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_file());
        (fit && there && self.holds(&path.canonicalize().ok()?)).then_some(path)
    }

    /// Whether a real path may be written: it lies in the vault, or links out of it are followed.
    fn holds(&self, real: &Path) -> bool {
        self.follow_links || real.starts_with(&self.real)
    }
}

impl Replacement {
    /// The name of the temporary file, which lies in the folder of the note.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Puts the new bytes into the note. It takes a flush of its folder to make that last through a power failure.
    ///
    /// # Errors
    /// [`ReplaceError`]; the note is as it was, or as somebody else has made it meanwhile.
    pub fn place(&mut self) -> Result<(), ReplaceError> {
        let Some(temporary) = self.temporary.take() else { return Ok(()) };
        match swap(temporary, &self.target, &self.old, &self.new) {
            Ok(temporary) => self.temporary = temporary,
            Err((temporary, error)) => {
                self.temporary = temporary;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Whether it left no trace in the note, when it could not be put in place. After two programs came between, the note
    /// may hold the new bytes with an edit behind them.
    pub fn is_out(&self) -> bool {
        self.temporary.is_some()
    }

    /// Whether nobody has written to the old file since it came out, as a program can that had opened it before. Once it
    /// is finished such an edit would be lost.
    pub fn is_settled(&self) -> bool {
        let Some(temporary) = &self.temporary else { return true };
        Reader::default().read(temporary).is_ok_and(|bytes| bytes == self.old)
    }

    /// Puts back what the note held before (or what was written to the old file since), unless the note was changed
    /// again. Says whether it did.
    pub fn take_back(&mut self) -> bool {
        let Some(temporary) = self.temporary.take() else {
            // Without an exchange the old bytes are gone from the disk: they are written anew.
            return match write_again(&self.target, &self.new, &self.old) {
                Ok(temporary) => fs::rename(&temporary, &self.target).is_ok(),
                Err(_) => false,
            };
        };
        let back = Reader::default().read(&temporary).map(<[u8]>::to_owned).unwrap_or_default();
        let (back_in_place, temporary) = match swap(temporary, &self.target, &self.new, &back) {
            Ok(temporary) => (true, temporary),
            Err((temporary, _)) => (false, temporary),
        };
        self.temporary = temporary;
        let _ = sync_folder(self.folder());
        back_in_place
    }

    /// Removes the temporary file. When somebody has written to the old file after all, that is kept under a name of
    /// its own, which is given.
    pub fn finish(mut self) -> Option<PathBuf> {
        if self.is_settled() {
            return None;
        }
        leftover::keep(self.temporary.take()?, &self.target).ok()
    }

    /// The folder in which the note really lies.
    pub fn folder(&self) -> &Path {
        self.target.parent().unwrap_or(Path::new("."))
    }
}

fn refuse_special(target: &Path, meta: &Metadata) -> Result<(), ReplaceError> {
    if !meta.is_file() {
        return Err(ReplaceError::Refused("is not a regular file".into()));
    }
    if !metadata::may_write(target, meta) {
        return Err(ReplaceError::Refused("is read-only; make it writable first".into()));
    }
    match metadata::names(meta) {
        0 | 1 => Ok(()),
        names => Err(ReplaceError::Refused(format!(
            "has {names} names (hard links), which a replacement would part; copy it to a file of its own first"
        ))),
    }
}

/// A flushed temporary file in `folder` with the bytes `new` and everything else like `target`.
fn write_beside(folder: &Path, target: &Path, meta: &Metadata, new: &[u8], mark: &str) -> io::Result<TempPath> {
    fault::step("make a temporary file")?;
    let mut temporary = leftover::temporary_in(folder, mark)?;
    fault::write(temporary.as_file_mut(), new, "write the temporary file")?;
    fault::step("set mode and owner")?;
    metadata::keep(temporary.as_file(), target, meta)?;
    fault::step("flush the temporary file")?;
    temporary.as_file().sync_all()?;
    Ok(temporary.into_temp_path())
}

/// A temporary file with the bytes `new`, if the note still holds `old`.
fn write_again(target: &Path, old: &[u8], new: &[u8]) -> io::Result<TempPath> {
    let unchanged = Reader::default().read(target).is_ok_and(|bytes| bytes == old);
    if !unchanged {
        return Err(io::Error::other("changed"));
    }
    let folder = target.parent().unwrap_or(Path::new("."));
    write_beside(folder, target, &fs::metadata(target)?, new, "back")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

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
        vault.replace(&NotePath::new("a.md"), b"old", b"new").unwrap();
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

    fn prepared(vault: &Vault) -> Replacement {
        vault.prepare(&NotePath::new("a.md"), b"old", b"new", "mark").unwrap()
    }

    #[test]
    fn an_edit_in_the_last_moment_is_put_back() {
        let (dir, vault) = vault();
        let target = dir.path().join("a.md");
        let mut replacement = prepared(&vault);
        fs::write(&target, "written by another program").unwrap();
        assert!(matches!(replacement.place(), Err(ReplaceError::Changed)));
        assert_eq!(fs::read(&target).unwrap(), b"written by another program");
        drop(replacement);
        assert_eq!(names(dir.path()), ["a.md"]);
    }

    #[test]
    fn a_note_does_not_grow_beyond_what_can_be_read() {
        let (dir, vault) = vault();
        let large = vec![b'x'; MAX_NOTE_BYTES + 1];
        let error = vault.replace(&NotePath::new("a.md"), b"old", &large).unwrap_err();
        assert_eq!(error.to_string(), "would be larger than 32 MiB; split it");
        assert_eq!(fs::read(dir.path().join("a.md")).unwrap(), b"old");
    }

    #[test]
    fn a_note_that_was_deleted_stays_deleted() {
        let (dir, vault) = vault();
        let mut replacement = prepared(&vault);
        fs::remove_file(dir.path().join("a.md")).unwrap();
        assert!(replacement.place().is_err());
        drop(replacement);
        assert_eq!(names(dir.path()), Vec::<String>::new());
    }

    #[test]
    fn what_is_in_place_can_be_taken_back_until_somebody_edits_it() {
        let (dir, vault) = vault();
        let target = dir.path().join("a.md");
        let mut replacement = prepared(&vault);
        replacement.place().unwrap();
        assert!(replacement.take_back());
        assert_eq!(fs::read(&target).unwrap(), b"old");
        drop(replacement);
        let mut replacement = prepared(&vault);
        replacement.place().unwrap();
        fs::write(&target, "new, and edited").unwrap();
        assert!(!replacement.take_back());
        drop(replacement);
        assert_eq!(fs::read(&target).unwrap(), b"new, and edited");
        assert_eq!(names(dir.path()), ["a.md"]);
    }

    #[cfg(any(target_os = "linux", target_os = "macos"))]
    #[test]
    fn an_edit_through_a_file_that_was_open_before_is_not_lost() {
        use std::io::Seek;
        let (dir, vault) = vault();
        let mut open = fs::OpenOptions::new().write(true).open(dir.path().join("a.md")).unwrap();
        let mut replacement = prepared(&vault);
        replacement.place().unwrap();
        assert!(replacement.is_settled());
        open.write_all(b"OLD").unwrap();
        assert!(!replacement.is_settled());
        let kept = replacement.finish().unwrap();
        assert_eq!(
            (kept.file_name().unwrap().to_str(), fs::read(&kept).unwrap()),
            (Some("a.md.study-kept"), b"OLD".to_vec())
        );
        fs::remove_file(kept).unwrap();

        fs::write(dir.path().join("a.md"), "old").unwrap();
        let mut open = fs::OpenOptions::new().write(true).open(dir.path().join("a.md")).unwrap();
        let mut replacement = prepared(&vault);
        replacement.place().unwrap();
        open.rewind().unwrap();
        open.write_all(b"late").unwrap();
        assert!(replacement.take_back());
        drop(replacement);
        assert_eq!(fs::read(dir.path().join("a.md")).unwrap(), b"late");
        assert_eq!(names(dir.path()), ["a.md"]);
    }

    #[test]
    fn how_far_a_dead_process_came_shows_in_what_it_left() {
        let (dir, vault) = vault();
        let note = NotePath::new("a.md");
        let trace = |name: &str| vault.trace(&note, name, |b| b == b"old", |b| b == b"new");
        let mut replacement = prepared(&vault);
        let name = replacement.name().to_owned();
        assert_eq!(trace(&name), Trace::NotPlaced);
        replacement.place().unwrap();
        assert_eq!(trace(&name), if replacement.temporary.is_some() { Trace::Placed } else { Trace::None });
        drop(replacement);
        assert_eq!(trace(&name), Trace::None);
        fs::write(dir.path().join(".study-x-1.tmp"), "foreign").unwrap();
        assert_eq!(trace(".study-x-1.tmp"), Trace::Foreign);
        assert_eq!(trace("../a.md"), Trace::None);
        assert_eq!(trace("a.md"), Trace::None);
        // The note does not hold the new bytes: nothing in it may be replaced.
        let kept = vault.rescue(&note, ".study-x-1.tmp", |b| b == b"new, other").unwrap().unwrap();
        assert_eq!(fs::read(&kept).unwrap(), b"foreign");
        assert_eq!(names(dir.path()), ["a.md", "a.md.study-kept"]);
        // It does: what was written in that moment comes back.
        fs::write(dir.path().join(".study-x-1.tmp"), "foreign").unwrap();
        assert_eq!(vault.rescue(&note, ".study-x-1.tmp", |b| b == b"new").unwrap(), None);
        assert_eq!(fs::read(dir.path().join("a.md")).unwrap(), b"foreign");
        assert_eq!(names(dir.path()), ["a.md", "a.md.study-kept"]);
    }

    #[test]
    fn temporary_files_are_swept_when_nobody_can_be_using_them() {
        let (dir, vault) = vault();
        for name in [".study-mine-1.tmp", ".study-other-1.tmp", ".study-mine.txt"] {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        let sweep = |name: &str, mark| vault.sweep(&NotePath::new(name), mark);
        assert!(!sweep(".study-mine-1.tmp", None));
        assert!(sweep(".study-mine-1.tmp", Some("mine")));
        assert!(!sweep(".study-other-1.tmp", Some("mine")));
        assert!(!sweep(".study-mine.txt", Some("mine")) && !sweep("a.md", Some("mine")));
        let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
        fs::File::options()
            .append(true)
            .open(dir.path().join(".study-other-1.tmp"))
            .unwrap()
            .set_modified(old)
            .unwrap();
        assert!(sweep(".study-other-1.tmp", Some("mine")));
        assert_eq!(names(dir.path()), [".study-mine.txt", "a.md"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_vault_is_written_through_only_where_that_is_asked_for() {
        let outside = tempfile::tempdir().unwrap();
        let far = outside.path().join("far.md");
        fs::write(&far, "old").unwrap();
        let (dir, vault) = vault();
        std::os::unix::fs::symlink(&far, dir.path().join("link.md")).unwrap();
        let note = NotePath::new("link.md");
        assert!(matches!(vault.replace(&note, b"old", b"new"), Err(ReplaceError::Refused(_))));
        vault.clone().following_links(true).replace(&note, b"old", b"new").unwrap();
        assert_eq!(fs::read(&far).unwrap(), b"new");
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
}
