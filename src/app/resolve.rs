//! Which note is meant by what was typed.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Component, Path};

use self::similar::similar;
use super::external;
use super::workspace::Workspace;
use crate::item::{NotePath, composed, folded};
use crate::vault::{Listing, Originals};

pub mod similar;

/// Why a name is that of no note or folder. Untrusted text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// No note has the name.
    #[error("there is no note `{typed}` in the vault")]
    NoNote {
        /// What was typed.
        typed: String,
        /// The folder that has the name.
        folder: Option<String>,
        /// Notes of similar names, the closest first.
        similar: Vec<NotePath>,
    },
    /// Several notes have the name.
    #[error("`{typed}` is the name of {} notes", .notes.len())]
    Ambiguous {
        /// What was typed.
        typed: String,
        /// The notes, in the order of their paths.
        notes: Vec<NotePath>,
    },
    /// Two notes have the path, in different encodings.
    #[error("`{0}` is the name of 2 notes: only the encoding of the letters differs")]
    Twins(NotePath),
    /// The note is a copy that a synchroniser made of another.
    #[error("{note}: is a copy that a synchroniser made of `{original}`")]
    Copy {
        /// The copy.
        note: NotePath,
        /// What it is a copy of.
        original: NotePath,
    },
    /// No folder has the name.
    #[error("there is no folder `{0}` in the vault")]
    NoFolder(String),
}

/// The note meant by `typed`, see [`Names::resolve`].
///
/// # Errors
/// When nothing of that name is there, or several notes are.
pub fn resolve(typed: &str, workspace: &Workspace) -> Result<NotePath, ResolveError> {
    Names::new(workspace).resolve(typed)
}

/// The names of a vault, for whatever many words are typed listed once at most.
pub struct Names<'a> {
    workspace: &'a Workspace,
    listed: OnceCell<Listed>,
    originals: Originals<'a>,
}

/// Every note, and where in the list those of each name stand, the name in lower case.
#[derive(Default)]
struct Listed {
    notes: Vec<NotePath>,
    by_name: HashMap<String, Vec<usize>>,
}

impl<'a> Names<'a> {
    /// The names of the vault, of which nothing is read yet.
    pub fn new(workspace: &'a Workspace) -> Self {
        Self { workspace, listed: OnceCell::new(), originals: Originals::new(&workspace.vault) }
    }

    /// The note meant by `typed`: the path of a file, a path in the vault with or without `.md`, or the name of a note.
    ///
    /// # Errors
    /// When nothing of that name is there, or several notes are.
    pub fn resolve(&self, typed: &str) -> Result<NotePath, ResolveError> {
        let note = self.find(typed)?;
        if self.workspace.vault.has_twin(&note) {
            return Err(ResolveError::Twins(note));
        }
        match self.originals.of(note.as_str()) {
            Some(original) => Err(ResolveError::Copy { note, original }),
            None => Ok(note),
        }
    }

    fn find(&self, typed: &str) -> Result<NotePath, ResolveError> {
        if let Some(note) = by_file(Path::new(typed), self.workspace) {
            return Ok(note);
        }
        let vault = &self.workspace.vault;
        let inside = typed.trim_start_matches("./").replace('\\', "/");
        let in_vault = |path: &str| {
            // Part by part, so that `a//b.md` and `a/./b.md` are the note that the log knows.
            let part = |c: Component<'_>| match c {
                Component::Normal(name) => name.to_str().map(str::to_owned),
                _ => None,
            };
            let parts: Vec<String> = Path::new(path).components().map(part).collect::<Option<_>>()?;
            let note = NotePath::new(parts.join("/"));
            (note.is_markdown() && vault.has_note(&note)).then_some(note)
        };
        if let Some(note) = in_vault(&inside).or_else(|| in_vault(&format!("{inside}.md"))) {
            return Ok(vault.real_note(&note).unwrap_or(note));
        }
        self.by_name(typed)
    }

    /// The notes called `typed`: as written first, in any case second.
    fn by_name(&self, typed: &str) -> Result<NotePath, ResolveError> {
        let listed = self.listed.get_or_init(|| Listed::of(self.workspace));
        let wanted = typed.strip_suffix(".md").unwrap_or(typed);
        let lower = folded(wanted);
        let found = listed.called(wanted);
        match found.as_slice() {
            [note] => Ok((*note).clone()),
            [] => {
                let folder = folder(typed, self.workspace).ok().filter(|folder| !folder.is_empty());
                let similar = if folder.is_some() { Vec::new() } else { listed.similar(&lower) };
                Err(ResolveError::NoNote { typed: typed.to_owned(), folder, similar })
            }
            notes => Err(ResolveError::Ambiguous {
                typed: typed.to_owned(),
                notes: notes.iter().copied().cloned().collect(),
            }),
        }
    }
}

impl Listed {
    fn of(workspace: &Workspace) -> Self {
        let mut listed = Self::default();
        let mut leftovers = Vec::new();
        workspace.vault.walk(&workspace.skip(), &mut |listing| match listing {
            Listing::Note(note, _) => {
                listed.by_name.entry(folded(note.name())).or_default().push(listed.notes.len());
                listed.notes.push(note);
            }
            Listing::Leftover(path, kind) => leftovers.push((path, kind)),
            _ => {}
        });
        external::temporaries(leftovers, workspace);
        listed
    }

    /// The notes that are called `wanted`, which may say the end of the path, else those that are in another case; in the
    /// order of their paths.
    fn called(&self, wanted: &str) -> Vec<&NotePath> {
        let wanted = &*composed(wanted);
        let tail = format!("/{wanted}.md");
        let last = wanted.rsplit('/').next().unwrap_or(wanted);
        let of = |name: &str| {
            let places = self.by_name.get(&folded(name)).map_or(&[][..], Vec::as_slice);
            places.iter().filter_map(|place| self.notes.get(*place))
        };
        let mut found: Vec<&NotePath> =
            of(last).filter(|note| composed(note.name()) == wanted || note.composed().ends_with(&tail)).collect();
        if found.is_empty() {
            found = of(wanted).collect();
        }
        found.sort();
        found
    }

    /// The notes whose name is similar to the last part of `wanted`, which is in lower case, the closest first.
    fn similar(&self, wanted: &str) -> Vec<NotePath> {
        let last = wanted.rsplit('/').next().unwrap_or(wanted);
        let names = similar(last, self.by_name.keys().map(String::as_str));
        let of = |name: &str| {
            let places = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
            let mut notes: Vec<NotePath> = places.iter().filter_map(|place| self.notes.get(*place)).cloned().collect();
            notes.sort();
            notes
        };
        names.into_iter().flat_map(of).collect()
    }
}

/// The folder of the vault meant by `typed`: a folder in the vault, else the path of one as seen from the working
/// directory. Relative to the vault; empty for the vault itself.
///
/// # Errors
/// When there is no such folder in the vault.
pub fn folder(typed: &str, workspace: &Workspace) -> Result<String, ResolveError> {
    let inside = typed.replace('\\', "/");
    let inside = inside.trim_start_matches("./").trim_end_matches('/');
    let plain = !inside.is_empty() && Path::new(inside).components().all(|c| matches!(c, Component::Normal(_)));
    if plain && workspace.vault.has_folder(inside) {
        return Ok(inside.to_owned());
    }
    let missing = || ResolveError::NoFolder(typed.to_owned());
    workspace.vault.folder_of(Path::new(typed)).ok_or_else(missing)
}

/// The note in the file `path`, as seen from the working directory.
fn by_file(path: &Path, workspace: &Workspace) -> Option<NotePath> {
    let mut with_end = path.as_os_str().to_owned();
    with_end.push(".md");
    workspace.vault.note_of(path).or_else(|| workspace.vault.note_of(Path::new(&with_end)))
}
