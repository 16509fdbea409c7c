//! Copies of a note that synchronisers make of conflicting edits: which names are theirs, and of what they are copies.
//!
//! Only names that hardly anybody gives are in the table, and a file of such a name is a copy only with its original beside it.
//! `Note 2.md` (iCloud), `Note (1).md` (browsers, Google Drive) and `Note-LAPTOP.md` (OneDrive) are names like any other.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use super::Vault;
use crate::item::{NotePath, folded};

/// A form of name.
struct Form {
    /// What it is looked for by: its names hold this, in lower case.
    sign: &'static str,
    /// The lengths of the names that the originals of a copy may have, given the name of the copy without its extension, in
    /// lower case.
    originals: fn(&str) -> Vec<usize>,
    /// Names of copies of `Note.md`.
    #[cfg(test)]
    examples: &'static [&'static str],
}

/// The forms, each with the place where it is told.
const FORMS: &[Form] = &[
    // Syncthing: https://docs.syncthing.net/users/syncing.html#conflicting-changes
    Form {
        sign: ".sync-conflict-",
        originals: |name| before_digits(name, ".sync-conflict-", 14),
        #[cfg(test)]
        examples: &["Note.sync-conflict-20260112-113000-ABCDEFG.md", "Note.sync-conflict-20260112-113000.md"],
    },
    // Dropbox: https://help.dropbox.com/organize/conflicted-copy
    // Obsidian Sync: https://help.obsidian.md/sync/troubleshoot#Conflict+resolution
    // Nextcloud, ownCloud, OpenCloud: "(conflicted copy YYYY-MM-DD HHMMSS)",
    // https://docs.opencloud.eu/docs/user/desktop-client/file-conflicts
    Form {
        sign: "conflicted copy",
        originals: |name| parenthesised(name, |inner| inner.contains("conflicted copy")),
        #[cfg(test)]
        examples: &[
            "Note (Conflicted copy Laptop-7 202601121129).md",
            "Note (Ann's conflicted copy 2026-01-12).md",
            "Note (ANN-PC's conflicted copy 2026-01-12 (1)).md",
            "Note (conflicted copy 2026-01-12 113000).md",
            "Note (conflicted copy Ann 2026-01-12 113000).md",
        ],
    },
    // Dropbox in other languages: the same words, with the date.
    Form {
        sign: "onfli",
        originals: |name| {
            // The second spelling is that of capitals, of which only those of ASCII are made small.
            const WORDS: [&str; 6] = [
                "in konflikt stehende kopie",
                "copie en conflit",
                "copia en conflicto",
                "copia in conflitto",
                "cópia em conflito",
                "cÓpia em conflito",
            ];
            parenthesised(name, |inner| digits(inner) >= 8 && WORDS.iter().any(|words| inner.contains(words)))
        },
        #[cfg(test)]
        examples: &[
            "Note (Copie en conflit de Ann 2026-01-12).md",
            "Note (In Konflikt stehende Kopie von Ann 2026-01-12).md",
            "Note (Cópia em conflito de Ann 2026-01-12).md",
        ],
    },
    // Dropbox, names that differ in case or encoding alone: https://help.dropbox.com/organize/conflicted-copy
    // Nextcloud: "(case clash from NAME)"
    Form {
        sign: "(case c",
        originals: |name| {
            parenthesised(name, |inner| inner.starts_with("case conflict") || inner.starts_with("case clash from "))
        },
        #[cfg(test)]
        examples: &["Note (Case Conflict).md", "Note (Case Conflict 1).md", "Note (case clash from Ann).md"],
    },
    // ownCloud before 2.5: https://doc.owncloud.com/desktop/next/conflicts.html
    Form {
        sign: "_conflict-",
        originals: |name| before_digits(name, "_conflict-", 14),
        #[cfg(test)]
        examples: &["Note_conflict-20260112-113000.md"],
    },
    // Seafile: https://help.seafile.com/syncing_client/file_conflicts/
    Form {
        sign: "(sfconflict ",
        originals: |name| parenthesised(name, |inner| inner.starts_with("sfconflict ") && digits(inner) >= 8),
        #[cfg(test)]
        examples: &[
            "Note (SFConflict ann@example.org 2026-01-12-11-30-00).md",
            "Note (SFConflict 2026-01-12-11-30-00).md",
        ],
    },
    // Resilio Sync: https://help.resilio.com/hc/en-us/articles/204753629-Conflict-files-in-Sync
    Form {
        sign: ".conflict",
        originals: |name| {
            let before = name.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix(".conflict");
            before.map(str::len).into_iter().collect()
        },
        #[cfg(test)]
        examples: &["Note.Conflict.md", "Note.Conflict2.md", "Note.Conflict.Conflict.md"],
    },
    // Synology Drive: https://kb.synology.com/en-global/DSM/tutorial/Synology_Drive_file_conflict_resolution
    Form {
        sign: "conflict",
        originals: synology,
        #[cfg(test)]
        examples: &["Note_Andy-PC_Jan-12-1130-2026_CaseConflict_1.md", "Note_my_nas_Jan-12-113000-2026_Conflict.md"],
    },
    // FileCloud: https://www.getfilecloud.com/supportdocs/display/2SD/20.1+Managing+Sync+Conflicts
    Form {
        sign: "(conflict_",
        originals: |name| parenthesised(name, |inner| inner.starts_with("conflict_") && digits(inner) >= 8),
        #[cfg(test)]
        examples: &["Note(Conflict_Ann (Web browser)_2026-01-12-11-30-00).md"],
    },
    // pCloud: https://www.pcloud.com/help/drive-help-center/what-are-conflicted-files
    Form {
        sign: "[conflicted]",
        originals: |name| {
            let before = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ').strip_suffix("[conflicted]");
            before.map(|before| before.trim_end().len()).into_iter().collect()
        },
        #[cfg(test)]
        examples: &["Note [conflicted].md"],
    },
    // git-annex: https://git-annex.branchable.com/automatic_conflict_resolution/
    Form {
        sign: ".variant-",
        originals: |name| {
            let found = name.rsplit_once(".variant-");
            // A word of these letters has no digit.
            let is_hex = |key: &str| key.bytes().all(|b| b.is_ascii_hexdigit());
            let is_key = |key: &str| (3..=8).contains(&key.len()) && is_hex(key) && digits(key) > 0;
            found.filter(|(_, key)| is_key(key)).map(|(before, _)| before.len()).into_iter().collect()
        },
        #[cfg(test)]
        examples: &["Note.variant-f4e2.md"],
    },
];

/// Finds the originals of copies, for whatever many of them each folder is listed once at most.
#[derive(Debug)]
pub(crate) struct Originals<'v> {
    vault: &'v Vault,
    /// The names in the folders that were listed, by the form in which names are compared.
    listed: RefCell<HashMap<String, HashMap<String, String>>>,
}

impl<'v> Originals<'v> {
    /// Those of a vault, of which nothing is listed yet.
    pub fn new(vault: &'v Vault) -> Self {
        Self { vault, listed: RefCell::default() }
    }

    /// The note that the one at `path` is a copy of, made by a synchroniser, where that is beside it.
    pub fn of(&self, path: &str) -> Option<NotePath> {
        let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
        let in_folder = |name: &str| match folder {
            "" => NotePath::new(name),
            folder => NotePath::new(format!("{folder}/{name}")),
        };
        let candidates = candidates(name);
        let found = candidates.iter().map(|name| in_folder(name)).find(|note| self.vault.has_note(note));
        if found.is_some() || candidates.is_empty() {
            return found;
        }
        // Some copies are made because of the case of the name.
        let mut listed = self.listed.borrow_mut();
        if !listed.contains_key(folder) {
            listed.insert(folder.to_owned(), names_in(&self.vault.real.join(folder)));
        }
        let names = listed.get(folder)?;
        candidates.iter().find_map(|name| names.get(&folded(name))).map(|name| in_folder(name))
    }
}

fn names_in(folder: &Path) -> HashMap<String, String> {
    #[cfg(test)]
    crate::effort::count(|effort| effort.listed += 1);
    let mut names = HashMap::new();
    for name in
        folder.read_dir().into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok())
    {
        names.entry(folded(&name)).or_insert(name);
    }
    names
}

/// The names that the original of a copy called `name` may have; none when it is no copy. A copy of a copy has the names of
/// both originals.
fn candidates(name: &str) -> Vec<String> {
    // Nearly all names end here.
    if !may_be_copy(name.as_bytes()) {
        return Vec::new();
    }
    let Some((stem, end)) = name.rsplit_once('.') else { return Vec::new() };
    let mut candidates = Vec::new();
    let mut open = vec![stem];
    while let Some(stem) = open.pop() {
        let lower = stem.to_ascii_lowercase();
        let forms = FORMS.iter().filter(|form| lower.contains(form.sign));
        for length in forms.flat_map(|form| (form.originals)(&lower)) {
            let Some(original) = stem.get(..length).filter(|original| !original.trim().is_empty()) else { continue };
            let candidate = format!("{original}.{end}");
            if !candidates.contains(&candidate) {
                candidates.push(candidate);
                open.push(original);
            }
        }
    }
    candidates
}

/// Whether the name may hold the sign of a form, in any case: asked of every name of the vault, so without an allocation.
fn may_be_copy(name: &[u8]) -> bool {
    let begins = |at: usize, sign: &[u8]| name.get(at..at + sign.len()).is_some_and(|it| it.eq_ignore_ascii_case(sign));
    let around = |letter: u8, before: usize, sign: &'static [u8]| {
        let upper = letter.to_ascii_uppercase();
        memchr::memchr2_iter(letter, upper, name).any(|at| at.checked_sub(before).is_some_and(|at| begins(at, sign)))
    };
    around(b'f', 2, b"onfli") || around(b'(', 0, b"(case c") || around(b'v', 1, b".variant-")
}

/// What stands before `sign` and a date of `least` digits with dashes between them, which end the name.
fn before_digits(name: &str, sign: &str, least: usize) -> Vec<usize> {
    let found = name.rfind(sign).filter(|at| {
        let rest = name.get(at + sign.len()..).unwrap_or_default();
        let plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let date = rest.get(..least + 1).unwrap_or_default();
        plain && digits(date) == least && date.as_bytes().get(8) == Some(&b'-')
    });
    found.into_iter().collect()
}

/// What stands before parentheses that end the name and hold what is `meant`.
fn parenthesised(name: &str, meant: impl Fn(&str) -> bool) -> Vec<usize> {
    let Some(inside) = name.strip_suffix(')') else { return Vec::new() };
    let opened = inside.match_indices('(').map(|(at, _)| at).filter(|at| {
        let inner = inside.get(at + 1..).unwrap_or_default();
        inner.matches('(').count() == inner.matches(')').count() && meant(inner)
    });
    opened.map(|at| name.get(..at).unwrap_or_default().trim_end_matches(' ').len()).collect()
}

/// What stands before `_CLIENT_Jan-12-1130-2026_CaseConflict_1`: the client may have any name.
fn synology(name: &str) -> Vec<usize> {
    let reason = match name.rsplit_once('_') {
        Some((before, number)) if !number.is_empty() && digits(number) == number.len() => before,
        _ => name,
    };
    let Some((before, reason)) = reason.rsplit_once('_') else { return Vec::new() };
    let Some((before, time)) = before.rsplit_once('_') else { return Vec::new() };
    let parts: Vec<&str> = time.split('-').collect();
    let is_time = matches!(parts.as_slice(), [month, day, clock, year]
        if month.len() == 3 && digits(day) == day.len() && digits(clock) >= 4 && digits(year) == 4);
    if !is_time || !reason.ends_with("conflict") {
        return Vec::new();
    }
    before.match_indices('_').map(|(at, _)| at).collect()
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{Listing, Skip};

    #[test]
    fn copies_are_known_in_any_case_and_by_their_form() {
        for example in FORMS.iter().flat_map(|form| form.examples) {
            for name in [(*example).to_owned(), example.to_lowercase(), example.to_uppercase()] {
                assert!(may_be_copy(name.as_bytes()), "{name}");
                let found = candidates(&name);
                assert!(found.iter().any(|found| found.eq_ignore_ascii_case("note.md")), "{name}: {found:?}");
            }
        }
        let copied_twice = "Note (Ann's conflicted copy 2026-01-12).sync-conflict-20260113-101010-ABCDEFG.md";
        assert_eq!(candidates(copied_twice), ["Note (Ann's conflicted copy 2026-01-12).md", "Note.md"]);
    }

    #[test]
    fn ordinary_names_are_no_copies() {
        for name in [
            "Note.md",
            "Note 2.md",
            "Note (1).md",
            "Note-LAPTOP.md",
            "Conflict.md",
            "Armed conflict (1914).md",
            "The conflicted copy.md",
            "Note (conflict).md",
            "Note sync-conflict.md",
            "Note.sync-conflict-resolution.md",
            "Merge_conflict-resolution.md",
            "A_b_Conflict.md",
            "(conflicted copy 2026-01-12).md",
            "Variants.variant-one.md",
            "Conflict (SFConflict).md",
            "ü (conflicted) ß.md",
        ] {
            assert_eq!(candidates(name), Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn a_copy_has_its_original_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str| std::fs::write(dir.path().join(name), "x").unwrap();
        std::fs::create_dir(dir.path().join("sub")).unwrap();
        for name in ["sub/Note.md", "sub/note.Conflict.md", "Lone.Conflict.md", "Case.md", "CASE.Conflict.md"] {
            write(name);
        }
        let vault = Vault::open(dir.path()).unwrap();
        let originals = Originals::new(&vault);
        let original = |path: &str| originals.of(path).map(|note| note.as_str().to_owned());
        assert_eq!(original("sub/note.Conflict.md").as_deref(), Some("sub/Note.md"));
        assert_eq!(original("CASE.Conflict.md").as_deref(), Some("Case.md"));
        assert_eq!(original("Lone.Conflict.md"), None);
        assert_eq!(original("Case.md"), None);
    }

    #[test]
    fn a_folder_full_of_copies_without_originals_is_listed_once() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["a", "b"] {
            std::fs::create_dir(dir.path().join(folder)).unwrap();
            for n in 0..200 {
                std::fs::write(dir.path().join(format!("{folder}/{n}.Conflict.md")), "x").unwrap();
            }
        }
        let vault = Vault::open(dir.path()).unwrap();
        let mut notes = 0;
        crate::effort::take();
        vault.walk(&Skip::default(), &mut |listing| notes += usize::from(matches!(listing, Listing::Note(..))));
        assert_eq!((notes, crate::effort::take().listed), (400, 2));
    }
}
