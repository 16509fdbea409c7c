//! In which form the letters of a name are encoded on this disk.
//!
//! A path may come from a keyboard, a link or the log of another device, where `ü` is one character and on this disk two, or the other
//! way round. What a walk finds has the bytes of the disk already.

use std::borrow::Cow;
use std::path::Path;

use super::Vault;
use crate::item::{NotePath, composed, decomposed};

impl Vault {
    /// The path of `note` with the bytes that the disk has, where it is there in any form.
    pub(super) fn on_disk<'n>(&self, note: &'n NotePath) -> Cow<'n, str> {
        on_disk(&self.real, note.as_str())
    }

    /// Whether there are two files at this path whose names differ only in how letters are encoded, and this is the one
    /// that is passed over: the other is in composed form. Where the file system takes both names for one file, there is
    /// only one.
    pub fn has_twin(&self, note: &NotePath) -> bool {
        let composed = note.composed();
        if composed == note.as_str() {
            return false;
        }
        let real = |path: &str| self.real.join(path).canonicalize().ok();
        // Nearly always there is none.
        if self.real.join(composed).symlink_metadata().is_err() {
            return false;
        }
        real(composed).is_some_and(|twin| real(note.as_str()).is_some_and(|own| own != twin))
    }
}

/// The name of what lies at `path` below `base`: as given, else in composed or in decomposed form, folder by folder. What is
/// not there keeps the name given.
pub(super) fn on_disk<'p>(base: &Path, path: &'p str) -> Cow<'p, str> {
    let is_there = |path: &str| base.join(path).symlink_metadata().is_ok();
    if path.is_ascii() || is_there(path) {
        return Cow::Borrowed(path);
    }
    let mut found = String::with_capacity(path.len());
    for (at, part) in path.split('/').enumerate() {
        if at > 0 {
            found.push('/');
        }
        let above = found.len();
        let forms = [part.into(), composed(part), decomposed(part)];
        let is_known = forms.iter().any(|form| {
            found.truncate(above);
            found.push_str(form);
            is_there(&found)
        });
        if !is_known {
            found.truncate(above);
            found.push_str(part);
        }
    }
    Cow::Owned(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_path_is_found_in_its_own_form() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = ("\u{fc}", "u\u{308}");
        let inside = format!("{one}/{two}");
        std::fs::create_dir_all(dir.path().join(&inside)).unwrap();
        std::fs::write(dir.path().join(format!("{inside}/{one}.md")), "").unwrap();
        for [a, b, c] in [[one, one, one], [two, two, two], [one, two, one], [two, one, two]] {
            assert_eq!(on_disk(dir.path(), &format!("{a}/{b}/{c}.md")), format!("{inside}/{one}.md"));
            // What is not there yet is put where its folder is.
            assert_eq!(on_disk(dir.path(), &format!("{a}/{b}/new {c}.md")), format!("{inside}/new {c}.md"));
        }
        assert!(matches!(on_disk(dir.path(), "gone/a.md"), Cow::Borrowed("gone/a.md")));
    }
}
