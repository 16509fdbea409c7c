//! Files that a replacement leaves in a folder of notes: temporary ones, for a moment, and versions of a note that
//! somebody else wrote and that nobody may lose.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::super::dir::{Kind, Stat};
use super::super::locate::Located;

/// What the names of temporary files start with: hidden from Obsidian and from a walk.
pub const TEMPORARY_PREFIX: &str = ".study-";
pub(super) const TEMPORARY_SUFFIX: &str = ".tmp";
/// What is put behind the name of a note to keep a version of it.
const KEPT_SUFFIX: &str = ".study-kept";

/// A temporary file older than this was left by a process that died: no replacement takes as long.
const STALE: Duration = Duration::from_secs(600);
/// One that is younger than this may be in use.
const FRESH: Duration = Duration::from_secs(10);

/// What kind of file a replacement left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// A temporary file: of use to nobody once the process that made it is gone.
    Temporary,
    /// A version of a note that another program wrote in the moment of a replacement.
    Kept,
}

impl Leftover {
    /// What a file of this name is.
    pub fn of(name: &OsStr) -> Option<Self> {
        let name = name.as_encoded_bytes();
        if name.starts_with(TEMPORARY_PREFIX.as_bytes()) && name.ends_with(TEMPORARY_SUFFIX.as_bytes()) {
            return Some(Self::Temporary);
        }
        let digits = name.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let stem = name.get(..name.len() - digits).unwrap_or_default();
        let stem = if digits > 0 { stem.strip_suffix(b"-").unwrap_or_default() } else { stem };
        stem.ends_with(KEPT_SUFFIX.as_bytes()).then_some(Self::Kept)
    }
}

/// Whether the temporary file `name` carries `mark`.
pub(super) fn is_marked(name: &OsStr, mark: &str) -> bool {
    let rest = name.as_encoded_bytes().strip_prefix(TEMPORARY_PREFIX.as_bytes());
    rest.and_then(|rest| rest.strip_prefix(mark.as_bytes())).is_some_and(|rest| rest.starts_with(b"-"))
}

/// Whether the process that made a temporary file must be gone.
pub(super) fn is_stale(file: &Stat) -> bool {
    age(file).is_some_and(|age| age > STALE)
}

/// Whether the process that made a temporary file may well be at work.
pub(super) fn is_fresh(file: &Stat) -> bool {
    age(file).is_none_or(|age| age < FRESH)
}

/// How long ago the file was written; `None` when it is no file, or from the future.
fn age(file: &Stat) -> Option<Duration> {
    file.modified.filter(|_| file.kind == Kind::File)?.elapsed().ok()
}

/// Gives the file `from` beside `note`, a version of it, a lasting name, one that no program takes for a note.
pub(super) fn keep(note: &Located, from: &OsStr) -> io::Result<PathBuf> {
    /// More versions of one note than anybody leaves lying about.
    const MOST: u32 = 1000;
    for number in 1..=MOST {
        let mut name = note.name.clone();
        name.push(KEPT_SUFFIX);
        if number > 1 {
            name.push(format!("-{number}"));
        }
        match note.dir.rename_new(from, &note.dir, &name) {
            Ok(()) => return Ok(note.path().with_file_name(name)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            // A file system that cannot rename without the risk of replacing: then as good as it can.
            Err(error) if note.dir.stat(&name).is_ok() => return Err(error),
            Err(_) => {
                note.dir.rename(from, &note.dir, &name)?;
                return Ok(note.path().with_file_name(name));
            }
        }
    }
    // It stays where it is.
    Ok(note.path().with_file_name(from))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::vault::dir::Dir;

    #[test]
    fn leftovers_are_known_by_their_names() {
        let cases = [
            (".study-a1b2c3-XYZ.tmp", Some(Leftover::Temporary)),
            (".study-XYZ", None),
            ("study-XYZ.tmp", None),
            ("a.md.study-kept", Some(Leftover::Kept)),
            ("a.md.study-kept-12", Some(Leftover::Kept)),
            ("a.md.study-kept12", None),
            ("a.md.study-kept-", None),
            ("12", None),
            ("a.md", None),
        ];
        for (name, kind) in cases {
            assert_eq!(Leftover::of(OsStr::new(name)), kind, "{name}");
        }
        assert!(is_marked(OsStr::new(".study-a1b2c3-XYZ.tmp"), "a1b2c3"));
        assert!(!is_marked(OsStr::new(".study-a1b2c34-XYZ.tmp"), "a1b2c3"));
    }

    #[test]
    fn kept_versions_never_replace_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let note = Located { dir: Dir::open_root(dir.path()).unwrap(), name: "a.md".into() };
        for text in ["one", "two"] {
            fs::write(dir.path().join("version"), text).unwrap();
            let kept = keep(&note, "version".as_ref()).unwrap();
            assert_eq!(Leftover::of(kept.file_name().unwrap()), Some(Leftover::Kept));
        }
        assert_eq!(fs::read_to_string(dir.path().join("a.md.study-kept")).unwrap(), "one");
        assert_eq!(fs::read_to_string(dir.path().join("a.md.study-kept-2")).unwrap(), "two");
    }
}
