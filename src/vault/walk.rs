//! Which files of a vault are notes.

use std::ffi::OsStr;
use std::fs::FileType;
use std::path::{Component, Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::Leftover;
use super::Vault;
use super::links::{Link, Links};
use super::read::plain;
use crate::config::ignore::IgnorePaths;
use crate::note::NotePath;
use crate::problem::{Advice, Code, Finding, Problem, Severity};

/// Paths that are passed over, besides hidden names.
#[derive(Clone, Debug, Default)]
pub struct Skip {
    /// Template folders: vault-relative, without a final `/`.
    pub folders: Vec<String>,
    /// Patterns of paths.
    pub patterns: IgnorePaths,
    /// Follow symlinks that lead out of the vault.
    pub follow_links: bool,
}

/// What a walk tells of one place.
#[derive(Debug)]
pub enum Listing {
    /// A note.
    Note(NotePath),
    /// Something that cannot be listed, or a copy that a synchroniser left.
    Problem(Problem),
    /// A file that a replacement left.
    Leftover(NotePath, Leftover),
}

impl Vault {
    /// Walks the vault and hands each note, and each problem on the way, to `each`, in no particular order.
    pub fn walk(&self, skip: &Skip, each: &mut dyn FnMut(Listing)) {
        let mut links = Links::new(self, skip.follow_links);
        let mut folders: Vec<PathBuf> = vec![self.root.clone()];
        while let Some(start) = folders.pop() {
            // `filter_entry` keeps a walk out of a folder; the start itself may have any name.
            let mut entries = WalkDir::new(&start).into_iter();
            while let Some(entry) = entries.next() {
                match entry {
                    Err(error) => each(Listing::Problem(self.walk_problem(&error))),
                    Ok(entry) if entry.depth() == 0 => {}
                    Ok(entry) => match self.kind(&entry, entry.file_type(), skip, &mut links) {
                        Kind::Note(listing) => each(listing),
                        Kind::Folder(path) => folders.push(path),
                        Kind::SkipFolder => entries.skip_current_dir(),
                        Kind::Other => {}
                    },
                }
            }
        }
    }

    fn kind(&self, entry: &DirEntry, file_type: FileType, skip: &Skip, links: &mut Links) -> Kind {
        let name = entry.file_name();
        let hidden = name.as_encoded_bytes().first() == Some(&b'.');
        if file_type.is_dir() {
            return if hidden || self.is_template_folder(entry.path(), skip) { Kind::SkipFolder } else { Kind::Other };
        }
        if hidden || !is_markdown(name) && !file_type.is_symlink() {
            let left = Leftover::of(name).filter(|_| file_type.is_file());
            let left = left.zip(self.relative(entry.path()));
            return left.map_or(Kind::Other, |(left, path)| Kind::Note(Listing::Leftover(path, left)));
        }
        if file_type.is_symlink() {
            return match links.decide(entry.path()) {
                Link::Note if is_markdown(name) => self.note(entry.path(), skip),
                Link::Folder if !self.is_template_folder(entry.path(), skip) => Kind::Folder(entry.path().to_owned()),
                _ => Kind::Other,
            };
        }
        if file_type.is_file() { self.note(entry.path(), skip) } else { Kind::Other }
    }

    fn note(&self, path: &Path, skip: &Skip) -> Kind {
        let Some(note) = self.relative(path) else {
            let shown = path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned();
            return Kind::Note(Listing::Problem(problem(
                shown,
                Code::UnreadableName,
                "its name is not UTF-8".into(),
                "rename the file",
            )));
        };
        if is_sync_conflict(note.as_str()) {
            return Kind::Note(Listing::Problem(Problem {
                path: note,
                finding: Finding {
                    code: Code::SyncConflict,
                    severity: Severity::Notice,
                    line: None,
                    column: None,
                    message: "is a copy that a synchroniser made of a conflicting edit, and is passed over".into(),
                    advice: Advice::Do("merge it into the note and delete it"),
                },
            }));
        }
        if skip.patterns.covers(note.as_str()) { Kind::Other } else { Kind::Note(Listing::Note(note)) }
    }

    fn is_template_folder(&self, path: &Path, skip: &Skip) -> bool {
        !skip.folders.is_empty()
            && self.relative(path).is_some_and(|p| skip.folders.iter().any(|f| f.as_str() == p.as_str()))
    }

    /// The note that the file at `path` holds, by its real place in the vault; `None` when it lies outside, in a hidden
    /// folder, or is no Markdown file.
    pub fn note_of(&self, path: &Path) -> Option<NotePath> {
        let real = path.canonicalize().ok()?;
        let inside = real.strip_prefix(&self.real).ok()?;
        let known = is_markdown(inside.file_name()?) && !is_hidden(inside);
        known.then(|| self.relative(&self.root.join(inside))).flatten()
    }

    /// The note that `note` is a symlink to, where that lies in the vault.
    pub fn real_note(&self, note: &NotePath) -> Option<NotePath> {
        self.note_of(&self.file(note))
    }

    /// `path` relative to the vault, or `None` when it is not UTF-8 or not below it.
    pub(super) fn relative(&self, path: &Path) -> Option<NotePath> {
        let relative = path.strip_prefix(&self.root).ok()?.to_str()?;
        let relative = if cfg!(windows) { relative.replace('\\', "/") } else { relative.to_owned() };
        Some(NotePath::new(relative))
    }

    fn walk_problem(&self, error: &walkdir::Error) -> Problem {
        let path = error.path().unwrap_or(&self.root);
        let shown = path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned();
        let shown = if shown.is_empty() { ".".to_owned() } else { shown };
        let reason = error.io_error().map_or_else(|| error.to_string(), plain);
        problem(shown, Code::Unreadable, format!("cannot be read: {reason}"), "check its permissions")
    }
}

fn problem(path: String, code: Code, message: String, advice: &'static str) -> Problem {
    let finding =
        Finding { code, severity: Severity::Refusal, line: None, column: None, message, advice: Advice::Do(advice) };
    finding.at(NotePath::new(path))
}

enum Kind {
    Note(Listing),
    Folder(PathBuf),
    SkipFolder,
    Other,
}

/// Whether a file name ends in `.md`, in any case.
fn is_markdown(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.len() >= 3 && name[name.len() - 3..].eq_ignore_ascii_case(b".md")
}

/// Whether any name on a relative path starts with a dot.
pub(super) fn is_hidden(relative: &Path) -> bool {
    relative.components().any(|part| match part {
        Component::Normal(name) => name.as_encoded_bytes().first() == Some(&b'.'),
        _ => false,
    })
}

/// Whether a path is the copy that Syncthing, Dropbox or a like program makes of a conflicting edit.
fn is_sync_conflict(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.contains(".sync-conflict-") || name.contains("conflicted copy")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn listed(root: &Path, skip: &Skip) -> (Vec<String>, Vec<Code>) {
        let vault = Vault::open(root).unwrap();
        let (mut notes, mut problems) = (Vec::new(), Vec::new());
        vault.walk(skip, &mut |listing| match listing {
            Listing::Note(path) => notes.push(path.as_str().to_owned()),
            Listing::Problem(problem) => problems.push(problem.finding.code),
            Listing::Leftover(..) => panic!("nothing was left"),
        });
        notes.sort();
        (notes, problems)
    }

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "text").unwrap();
        }
        dir
    }

    #[test]
    fn notes_are_markdown_files_outside_hidden_names() {
        let dir =
            tree(&["a.md", "B/c.MD", "d.txt", ".obsidian/x.md", ".trash/y.md", ".md", "B/.z.md", "md", "e.md.bak"]);
        assert_eq!(listed(dir.path(), &Skip::default()), (vec!["B/c.MD".into(), "a.md".into()], vec![]));
    }

    #[test]
    fn what_a_replacement_left_is_told_apart() {
        let dir = tree(&["a.md", "B/.study-x-1.tmp", "a.md.study-kept", ".obsidian/.study-x-1.tmp", ".studyrc"]);
        let mut left = Vec::new();
        Vault::open(dir.path()).unwrap().walk(&Skip::default(), &mut |listing| {
            if let Listing::Leftover(path, kind) = listing {
                left.push((path.as_str().to_owned(), kind));
            }
        });
        left.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(
            left,
            [("B/.study-x-1.tmp".to_owned(), Leftover::Temporary), ("a.md.study-kept".to_owned(), Leftover::Kept)]
        );
    }

    #[test]
    fn template_folders_and_conflict_copies_are_passed_over() {
        let dir = tree(&["meta/T/a.md", "meta/b.md", "n.sync-conflict-20260101-101010-ABCDEFG.md", "T/c.md"]);
        let skip = Skip { folders: vec!["meta/T".into()], ..Skip::default() };
        assert_eq!(listed(dir.path(), &skip), (vec!["T/c.md".into(), "meta/b.md".into()], vec![Code::SyncConflict]));
    }

    #[cfg(unix)]
    #[test]
    fn a_symlinked_note_counts_once_and_loops_end() {
        use std::os::unix::fs::symlink;
        let outside = tree(&["far.md"]);
        let dir = tree(&["real.md", "sub/deep.md", ".store/hidden.md"]);
        let at = |name: &str| dir.path().join(name);
        symlink(at("real.md"), at("alias.md")).unwrap();
        symlink(dir.path(), at("sub/loop")).unwrap();
        symlink(at("sub"), at("twin")).unwrap();
        symlink(at(".store/hidden.md"), at("shown.md")).unwrap();
        symlink(at(".store/hidden.md"), at("shown again.md")).unwrap();
        symlink(outside.path().join("far.md"), at("out.md")).unwrap();
        symlink(at("nowhere"), at("dangling.md")).unwrap();
        let (notes, problems) = listed(dir.path(), &Skip::default());
        assert!(problems.is_empty());
        assert_eq!(notes.len(), 3, "{notes:?}");
        assert!(notes.iter().any(|n| n.starts_with("shown")));
        let (notes, _) = listed(dir.path(), &Skip { follow_links: true, ..Skip::default() });
        assert!(notes.contains(&"out.md".to_owned()));
    }
}
