//! Which note is meant by what was typed.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Component, Path};

use crate::command::Context;
use crate::command::alike::alike;
use crate::error::CliError;
use crate::item::{NotePath, composed, folded};
use crate::problem::shell_word;
use crate::vault::Listing;

/// How many candidates an error lists.
const LISTED: usize = 8;

/// The note meant by `typed`, see [`Names::resolve`].
///
/// # Errors
/// When nothing of that name is there, or several notes are.
pub fn resolve(typed: &str, context: &Context) -> Result<NotePath, CliError> {
    Names::new(context).resolve(typed)
}

/// The names of a vault, for whatever many words are typed listed once at most.
pub struct Names<'a> {
    context: &'a Context,
    listed: OnceCell<Listed>,
}

/// Every note, and where in the list those of each name stand, the name in lower case.
#[derive(Default)]
struct Listed {
    notes: Vec<NotePath>,
    by_name: HashMap<String, Vec<usize>>,
}

impl<'a> Names<'a> {
    /// The names of the vault, of which nothing is read yet.
    pub fn new(context: &'a Context) -> Self {
        Self { context, listed: OnceCell::new() }
    }

    /// The note meant by `typed`: the path of a file, a path in the vault with or without `.md`, or the name of a note.
    ///
    /// # Errors
    /// When nothing of that name is there, or several notes are.
    pub fn resolve(&self, typed: &str) -> Result<NotePath, CliError> {
        let note = self.find(typed)?;
        if self.context.vault.has_twin(&note) {
            return Err(CliError::failed(format!(
                "`{note}` is the name of 2 notes: only the encoding of the letters differs"
            ))
            .hint("rename one of the two, or merge and delete it"));
        }
        Ok(note)
    }

    fn find(&self, typed: &str) -> Result<NotePath, CliError> {
        if let Some(note) = by_file(Path::new(typed), self.context) {
            return Ok(note);
        }
        let vault = &self.context.vault;
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
    fn by_name(&self, typed: &str) -> Result<NotePath, CliError> {
        let listed = self.listed.get_or_init(|| Listed::of(self.context));
        let wanted = typed.strip_suffix(".md").unwrap_or(typed);
        let lower = folded(wanted);
        let found = listed.called(wanted);
        match found.as_slice() {
            [note] => Ok((*note).clone()),
            [] => {
                let error = CliError::failed(format!("there is no note `{typed}` in the vault"));
                if let Some(folder) = folder(typed, self.context).ok().filter(|folder| !folder.is_empty()) {
                    let hint = format!("for what is due in the folder: --folder {}", shell_word(&folder));
                    return Err(error.hint(hint));
                }
                let alike = listed.alike(&lower);
                Err(if alike.is_empty() { error } else { error.hint(format!("did you mean {}?", list(&alike))) })
            }
            notes => Err(CliError::failed(format!("`{typed}` is the name of {} notes", notes.len()))
                .hint(format!("say which by its path: {}", list(notes)))),
        }
    }
}

impl Listed {
    fn of(context: &Context) -> Self {
        let mut listed = Self::default();
        context.vault.walk(&context.skip(), &mut |listing| {
            let Listing::Note(note, _) = listing else { return };
            listed.by_name.entry(folded(note.name())).or_default().push(listed.notes.len());
            listed.notes.push(note);
        });
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

    /// The notes whose name is like the last part of `wanted`, which is in lower case, the closest first.
    fn alike(&self, wanted: &str) -> Vec<&NotePath> {
        let last = wanted.rsplit('/').next().unwrap_or(wanted);
        let names = alike(last, self.by_name.keys().map(String::as_str));
        let of = |name: &str| {
            let places = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
            let mut notes: Vec<&NotePath> = places.iter().filter_map(|place| self.notes.get(*place)).collect();
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
pub fn folder(typed: &str, context: &Context) -> Result<String, CliError> {
    let inside = typed.replace('\\', "/");
    let inside = inside.trim_start_matches("./").trim_end_matches('/');
    let plain = !inside.is_empty() && Path::new(inside).components().all(|c| matches!(c, Component::Normal(_)));
    if plain && context.vault.has_folder(inside) {
        return Ok(inside.to_owned());
    }
    let missing = || {
        CliError::failed(format!("there is no folder `{typed}` in the vault"))
            .hint("name it by its path in the vault, or as seen from here")
    };
    context.vault.folder_of(Path::new(typed)).ok_or_else(missing)
}

/// The note in the file `path`, as seen from the working directory.
fn by_file(path: &Path, context: &Context) -> Option<NotePath> {
    let mut with_end = path.as_os_str().to_owned();
    with_end.push(".md");
    context.vault.note_of(path).or_else(|| context.vault.note_of(Path::new(&with_end)))
}

/// The notes as words: "`a.md`, `b.md` or 3 more".
fn list(notes: &[&NotePath]) -> String {
    let mut names: Vec<String> = notes.iter().take(LISTED).map(|note| format!("`{note}`")).collect();
    if notes.len() > LISTED {
        names.push(format!("{} more", notes.len() - LISTED));
    }
    match names.pop() {
        Some(end) if !names.is_empty() => format!("{} or {end}", names.join(", ")),
        end => end.unwrap_or_default(),
    }
}
