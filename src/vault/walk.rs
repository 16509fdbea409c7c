//! Which files of a vault are notes.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::copies::Originals;
use super::links::{Link, Links};
use super::read::plain;
use super::{Leftover, Vault};
use crate::config::ignore::IgnorePaths;
use crate::item::{composed, is_below};
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
    /// Hand out templates and what the patterns cover too, since other notes may link to them; and walk in the byte order
    /// of the paths, with what lies behind symlinks last.
    pub linked: bool,
}

impl Skip {
    /// Whether the note at `path` lies in a template folder.
    pub fn is_template(&self, path: &str) -> bool {
        self.folders.iter().any(|folder| is_below(path, folder))
    }
}

/// What a note is to the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can be for review.
    Note,
    /// It is a template: never for review, though its links count.
    Template,
    /// A pattern leaves it out: nothing in it counts, but links may lead to it.
    Ignored,
}

/// What a walk tells of one place.
#[derive(Debug)]
pub enum Listing {
    /// A note. Other than [`Standing::Note`] only where [`Skip::linked`] asks for them.
    Note(NotePath, Standing),
    /// Something that cannot be listed, or a copy that a synchroniser left.
    Problem(Problem),
    /// A file that a replacement left.
    Leftover(NotePath, Leftover),
    /// A note that a cloud drive has put away, by its path when it is there.
    Away(NotePath),
}

impl Vault {
    /// Walks the vault and hands each note, and each problem on the way, to `each`, in no particular order.
    pub fn walk(&self, skip: &Skip, each: &mut dyn FnMut(Listing)) {
        self.walk_places(skip, &mut |place| {
            each(match place {
                Place::Note(path, standing) => Listing::Note(NotePath::new(path), standing),
                Place::Problem(problem) => Listing::Problem(*problem),
                Place::Leftover(path, kind) => Listing::Leftover(path, kind),
                Place::Away(path) => Listing::Away(path),
            });
        });
    }

    /// The same without a text of its own for each path.
    pub(super) fn walk_places(&self, skip: &Skip, each: &mut dyn FnMut(Place<'_>)) {
        let mut links = Links::new(self, skip.follow_links);
        let originals = Originals::new(self);
        let mut folders: Vec<PathBuf> = vec![self.root.clone()];
        while !folders.is_empty() {
            let mut symlinks = Vec::new();
            for start in std::mem::take(&mut folders) {
                // `filter_entry` keeps a walk out of a folder; the start itself may have any name.
                let mut entries = WalkDir::new(&start);
                if skip.linked {
                    entries = entries.sort_by(in_order_of_paths);
                }
                let mut entries = entries.into_iter();
                while let Some(entry) = entries.next() {
                    match entry {
                        Err(error) => each(Place::Problem(Box::new(self.walk_problem(&error)))),
                        Ok(entry) if entry.depth() == 0 => {}
                        Ok(entry) if entry.path_is_symlink() => {
                            symlinks.extend(Some(entry).filter(|entry| !is_hidden_name(entry.file_name())));
                        }
                        Ok(entry) => match self.kind(&entry, skip, &originals) {
                            Kind::Place(place) => each(place),
                            Kind::SkipFolder => entries.skip_current_dir(),
                            Kind::Other => {}
                        },
                    }
                }
            }
            // Of several to one place the first counts: not the first that the disk lists, so that every walk takes the
            // same, and none under which it is no note or left out, unless all are.
            symlinks.sort_by_cached_key(|link| {
                (self.is_left_out(link.path(), skip), !is_markdown(link.file_name()), link.path().to_owned())
            });
            for link in symlinks {
                match links.decide(link.path()) {
                    Link::Note if is_markdown(link.file_name()) => {
                        if let Kind::Place(place) = self.note(link.path(), skip, &originals) {
                            each(place);
                        }
                    }
                    Link::Folder if !self.is_template_folder(link.path(), skip) => folders.push(link.into_path()),
                    _ => {}
                }
            }
        }
    }

    /// Whether what lies at `path` is never for review.
    fn is_left_out(&self, path: &Path, skip: &Skip) -> bool {
        self.inside(path).is_some_and(|path| skip.patterns.covers(&path) || skip.is_template(&path))
    }

    fn kind<'a>(&self, entry: &'a DirEntry, skip: &Skip, originals: &Originals<'_>) -> Kind<'a> {
        let (name, file_type) = (name_of(entry.path()), entry.file_type());
        let hidden = is_hidden_name(name);
        if file_type.is_dir() {
            let skipped = hidden || (!skip.linked && self.is_template_folder(entry.path(), skip));
            return if skipped { Kind::SkipFolder } else { Kind::Other };
        }
        if hidden || !is_markdown(name) {
            if let Some(note) = name.to_str().and_then(put_away)
                && let Some(place) = self.relative(&entry.path().with_file_name(note))
            {
                return Kind::Place(Place::Away(place));
            }
            let left = Leftover::of(name).filter(|_| file_type.is_file());
            let left = left.zip(self.relative(entry.path()));
            return left.map_or(Kind::Other, |(left, path)| Kind::Place(Place::Leftover(path, left)));
        }
        if file_type.is_file() { self.note(entry.path(), skip, originals) } else { Kind::Other }
    }

    fn note<'a>(&self, path: &'a Path, skip: &Skip, originals: &Originals<'_>) -> Kind<'a> {
        let Some(note) = self.inside(path) else {
            let shown = path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned();
            return Kind::Place(Place::Problem(Box::new(problem(
                shown,
                Code::UnreadableName,
                "its name is not UTF-8".into(),
                "rename the file",
            ))));
        };
        if let Some(original) = originals.of(&note) {
            let finding = Finding {
                code: Code::SyncConflict,
                severity: Severity::Notice,
                line: None,
                column: None,
                message: format!("is a copy that a synchroniser made of `{original}`, and is passed over"),
                advice: Advice::Do("merge it into the note and delete it"),
            };
            return Kind::Place(Place::Problem(Box::new(finding.at(NotePath::new(note)))));
        }
        let standing = if skip.patterns.covers(&note) {
            Standing::Ignored
        } else if skip.linked && skip.is_template(&note) {
            Standing::Template
        } else {
            Standing::Note
        };
        if standing == Standing::Note
            && let Cow::Owned(composed) = composed(&note)
            && self.has_twin(&NotePath::new(&*note))
        {
            let message =
                format!("looks like `{composed}`, which is another file: only the encoding of the letters differs");
            let advice = "it is passed over; rename one of the two, or merge and delete it";
            return Kind::Place(Place::Problem(Box::new(problem(note.into_owned(), Code::TwinName, message, advice))));
        }
        if standing == Standing::Note || skip.linked { Kind::Place(Place::Note(note, standing)) } else { Kind::Other }
    }

    fn is_template_folder(&self, path: &Path, skip: &Skip) -> bool {
        !skip.folders.is_empty()
            && self
                .inside(path)
                .is_some_and(|path| skip.folders.iter().any(|folder| composed(folder) == composed(&path)))
    }

    /// The note that the file at `path` holds, by its real place in the vault; `None` when it lies outside, in a hidden
    /// folder, or is no Markdown file.
    pub fn note_of(&self, path: &Path) -> Option<NotePath> {
        let real = path.canonicalize().ok().filter(|real| real.is_file())?;
        let inside = real.strip_prefix(&self.real).ok()?;
        let known = is_markdown(inside.file_name()?) && !is_hidden(inside);
        known.then(|| self.relative(&self.root.join(inside))).flatten()
    }

    /// The folder at `path` relative to the vault, empty for the vault itself; `None` when it is no folder inside it.
    pub fn folder_of(&self, path: &Path) -> Option<String> {
        let real = path.canonicalize().ok().filter(|real| real.is_dir())?;
        let inside = real.strip_prefix(&self.real).ok()?;
        self.relative(&self.root.join(inside)).map(|path| path.as_str().trim_end_matches('/').to_owned())
    }

    /// The note that `note` is a symlink to, where that lies in the vault.
    pub fn real_note(&self, note: &NotePath) -> Option<NotePath> {
        self.note_of(&self.file(note))
    }

    /// `path` relative to the vault, or `None` when it is not UTF-8 or not below it.
    pub(super) fn relative(&self, path: &Path) -> Option<NotePath> {
        self.inside(path).map(NotePath::new)
    }

    /// The text of [`Vault::relative`], borrowed where separators need no change.
    fn inside<'a>(&self, path: &'a Path) -> Option<Cow<'a, str>> {
        // What a walk gives starts with the bytes of the root: no need to compare part by part.
        let bytes = path.as_os_str().as_encoded_bytes();
        let root = self.root.as_os_str().as_encoded_bytes();
        let behind = bytes.strip_prefix(root).and_then(|rest| rest.strip_prefix(b"/").filter(|rest| is_plain(rest)));
        let relative = match behind {
            Some(rest) if !cfg!(windows) => std::str::from_utf8(rest).ok()?,
            _ => path.strip_prefix(&self.root).ok()?.to_str()?,
        };
        Some(if cfg!(windows) { relative.replace('\\', "/").into() } else { relative.into() })
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

/// What a walk tells of one place, as [`Listing`] does.
#[derive(Debug)]
pub(super) enum Place<'a> {
    Note(Cow<'a, str>, Standing),
    Problem(Box<Problem>),
    Leftover(NotePath, Leftover),
    Away(NotePath),
}

enum Kind<'a> {
    Place(Place<'a>),
    SkipFolder,
    Other,
}

/// The order of what lies in one folder, such that all paths come in their byte order.
fn in_order_of_paths(a: &DirEntry, b: &DirEntry) -> Ordering {
    let [a_path, b_path] = [a, b].map(|entry| entry.path().as_os_str().as_encoded_bytes());
    let same = a_path.len().min(b_path.len());
    // Behind the name of a folder its paths go on.
    let after = |entry: &DirEntry, path: &[u8]| match path.get(same) {
        None if entry.file_type().is_dir() => Some(b'/'),
        next => next.copied(),
    };
    a_path.get(..same).cmp(&b_path.get(..same)).then_with(|| after(a, a_path).cmp(&after(b, b_path)))
}

/// The last part of a path that a walk gives, found without looking at the others.
fn name_of(path: &Path) -> &OsStr {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let bytes = path.as_os_str().as_bytes();
        let start = memchr::memrchr(b'/', bytes).map_or(0, |slash| slash + 1);
        OsStr::from_bytes(bytes.get(start..).unwrap_or_default())
    }
    #[cfg(not(unix))]
    path.file_name().unwrap_or(path.as_os_str())
}

/// Whether a path has no parts that the system would read away: `x//y`, a final `/`.
fn is_plain(path: &[u8]) -> bool {
    !path.starts_with(b"/") && !path.ends_with(b"/")
}

/// Whether a file name ends in `.md`, in any case.
fn is_markdown(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.len() >= 3 && name[name.len() - 3..].eq_ignore_ascii_case(b".md")
}

/// The note for which iCloud keeps the place with the file `name`, `.Name.md.icloud`.
fn put_away(name: &str) -> Option<&str> {
    name.strip_prefix('.')?
        .strip_suffix(".icloud")
        .filter(|note| is_markdown(OsStr::new(note)) && !note.starts_with('.'))
}

fn is_hidden_name(name: &OsStr) -> bool {
    name.as_encoded_bytes().first() == Some(&b'.')
}

/// Whether any name on a relative path starts with a dot.
pub(super) fn is_hidden(relative: &Path) -> bool {
    relative.components().any(|part| match part {
        Component::Normal(name) => is_hidden_name(name),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn listed(root: &Path, skip: &Skip) -> (Vec<String>, Vec<Code>) {
        let vault = Vault::open(root).unwrap();
        let (mut notes, mut problems) = (Vec::new(), Vec::new());
        vault.walk(skip, &mut |listing| match listing {
            Listing::Note(path, _) => notes.push(path.as_str().to_owned()),
            Listing::Problem(problem) => problems.push(problem.finding.code),
            Listing::Leftover(..) | Listing::Away(_) => panic!("nothing was left"),
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
        let copy = "meta/b.sync-conflict-20260101-101010-ABCDEFG.md";
        let dir = tree(&["meta/T/a.md", "meta/b.md", copy, "T/c.md"]);
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
    /// The notes in the order of the walk.
    fn walked(root: &Path, skip: &Skip) -> Vec<(String, Standing)> {
        let mut notes = Vec::new();
        Vault::open(root).unwrap().walk(skip, &mut |listing| {
            if let Listing::Note(path, standing) = listing {
                notes.push((path.as_str().to_owned(), standing));
            }
        });
        notes
    }

    #[cfg(unix)]
    #[test]
    fn every_walk_takes_the_same_of_several_symlinks() {
        use std::os::unix::fs::symlink;
        let dir = tree(&[".store/a.md", ".far/b.md", "Templates/t.md", "old/o.md", "x/n.md", "y.md"]);
        let at = |name: &str| dir.path().join(name);
        // Made in different orders, as a disk may list them.
        for name in ["x/z.md", "x/m.md", "Templates/a.md", "old/a.md", "a.txt", "q.md"] {
            symlink(at(".store/a.md"), at(name)).unwrap();
        }
        for name in ["far9", "Templates/far", "far1", "x/far"] {
            symlink(at(".far"), at(name)).unwrap();
        }
        let skip = Skip {
            folders: vec!["Templates".into()],
            patterns: IgnorePaths::new(&["old".to_owned()]),
            ..Skip::default()
        };
        let mut plain: Vec<String> = walked(dir.path(), &skip).into_iter().map(|(path, _)| path).collect();
        plain.sort();
        assert_eq!(plain, ["far1/b.md", "q.md", "x/n.md", "y.md"]);
        let linked = walked(dir.path(), &Skip { linked: true, ..skip });
        let mut notes: Vec<&str> =
            linked.iter().filter(|note| note.1 == Standing::Note).map(|note| note.0.as_str()).collect();
        notes.sort_unstable();
        assert_eq!(notes, plain);
        assert_eq!(linked.len(), notes.len() + 2);
    }

    mod order {
        use proptest::prelude::*;

        use super::*;

        proptest! {
            #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

            #[test]
            fn a_walk_for_links_is_in_byte_order(
                files in prop::collection::btree_set("([aé](-|!|0|\\.x)?/){0,3}[abé](-|!|0| b|\\.md)?\\.md", 1..12),
            ) {
                let mut files: Vec<&str> = files.iter().map(String::as_str).collect();
                // The name of a file is not that of a folder.
                let is_folder = |name: &str| files.iter().any(|file| file.starts_with(&format!("{name}/")));
                let (dir, root) = (tempfile::tempdir().unwrap(), "n");
                let clashes: Vec<&str> = files.iter().copied().filter(|name| is_folder(name)).collect();
                files.retain(|name| !clashes.contains(name));
                for file in &files {
                    let path = dir.path().join(root).join(file);
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, "").unwrap();
                }
                fs::create_dir_all(dir.path().join(root)).unwrap();
                let walked = walked(&dir.path().join(root), &Skip { linked: true, ..Skip::default() });
                prop_assert_eq!(walked.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), files);
            }
        }
    }
}
