//! The versions of one file: a walk over the commits as `git log --follow` makes it.

use std::collections::{BinaryHeap, HashMap, HashSet};
use std::rc::Rc;

use chrono::{DateTime, FixedOffset};
use unicode_normalization::UnicodeNormalization;

use super::object::{Commit, Id, What, entries};
use super::renames;
use super::store::{Store, Trouble};

/// A commit that changed the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The commit.
    pub commit: Id,
    /// When it was made, on the author's clock.
    pub authored: Option<DateTime<FixedOffset>>,
    /// When it was committed, in seconds since 1970.
    pub committed: i64,
    /// The file as the commit left it; `None` when it removed it.
    pub file: Option<Id>,
    /// The file in each of the commits before, under the name it had there. Empty for the first commit.
    pub before: Vec<Before>,
}

/// The file in a commit that came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// It was this.
    File(Id),
    /// There was none.
    Absent,
    /// The commit cannot be read: the clone is shallow or partial, or the limit is reached.
    Unknown,
}

/// The versions of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The newest first, by the clock of those who committed.
    pub versions: Vec<Version>,
    /// Older versions may have been left out: objects are missing, or the limit was reached.
    pub is_cut: bool,
}

/// The folders that lead to a file, and its name.
pub(super) type Path = Vec<Vec<u8>>;

/// A commit that is still to be looked at. The one that was committed last comes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    committed: i64,
    /// Of commits of one second, the one that was met first.
    turn: std::cmp::Reverse<usize>,
    id: Id,
    path: usize,
}

struct Walk<'a> {
    store: &'a mut Store,
    /// The names that the file had.
    paths: Vec<Rc<Path>>,
    commits: HashMap<Id, Rc<Commit>>,
    /// The file in a tree: the tree, which of the paths, and how many of its folders lead to the tree.
    files: HashMap<(Id, usize, usize), Option<Id>>,
    waiting: BinaryHeap<Waiting>,
    met: HashSet<(Id, usize)>,
}

/// The versions of the file at `path`, `most` of them, back from `head`.
///
/// As in `git log`, where a commit joins lines of work and the file is that of one of them, only that one is followed.
pub(super) fn history(store: &mut Store, head: Id, path: Path, most: usize) -> History {
    let mut walk = Walk {
        store,
        paths: vec![Rc::new(path)],
        commits: HashMap::new(),
        files: HashMap::new(),
        waiting: BinaryHeap::new(),
        met: HashSet::new(),
    };
    let mut history = History::default();
    let Ok(commit) = walk.commit(head) else { return History { is_cut: true, ..history } };
    walk.push(head, &commit, 0);
    while let Some(next) = walk.waiting.pop() {
        if history.versions.len() >= most {
            history.is_cut = true;
            break;
        }
        match walk.look(&next) {
            Ok(Look { version, is_cut }) => {
                history.is_cut |= is_cut;
                history.versions.extend(version);
            }
            Err(Trouble::Missing) => history.is_cut = true,
            Err(Trouble::Spent) => {
                history.is_cut = true;
                break;
            }
        }
    }
    history
}

/// What looking at a commit gave.
#[derive(Default)]
struct Look {
    version: Option<Version>,
    is_cut: bool,
}

impl Walk<'_> {
    fn commit(&mut self, id: Id) -> Result<Rc<Commit>, Trouble> {
        if let Some(known) = self.commits.get(&id) {
            return Ok(Rc::clone(known));
        }
        let commit = Rc::new(self.store.commit(id)?);
        self.commits.insert(id, Rc::clone(&commit));
        Ok(commit)
    }

    fn push(&mut self, id: Id, commit: &Commit, path: usize) {
        if self.met.insert((id, path)) {
            let turn = std::cmp::Reverse(self.met.len());
            self.waiting.push(Waiting { committed: commit.committed, turn, id, path });
        }
    }

    /// Compares a commit with those before it and puts these on the list.
    fn look(&mut self, at: &Waiting) -> Result<Look, Trouble> {
        let commit = self.commit(at.id)?;
        // Nobody comes here again.
        self.commits.remove(&at.id);
        let here = self.file(commit.tree, at.path)?;
        let mut look = Look::default();
        let mut parents = Vec::with_capacity(commit.parents.len());
        for id in &commit.parents {
            let parent = self.commit(*id);
            let there = parent.and_then(|parent| Ok((self.file(parent.tree, at.path)?, parent)));
            match there {
                Ok((there, parent)) if there == here => {
                    self.push(*id, &parent, at.path);
                    return Ok(look);
                }
                Ok((there, parent)) => parents.push((*id, Some((there, parent)))),
                Err(Trouble::Missing) => parents.push((*id, None)),
                Err(Trouble::Spent) => return Err(Trouble::Spent),
            }
        }
        if commit.parents.is_empty() && here.is_none() {
            return Ok(look);
        }
        let mut before = Vec::with_capacity(parents.len());
        for (id, parent) in parents {
            let Some((there, parent)) = parent else {
                look.is_cut = true;
                before.push(Before::Unknown);
                continue;
            };
            let (mut there, mut path) = (there, at.path);
            if let (Some(file), None) = (here, there)
                && let Some((old, renamed)) =
                    renames::find(self.store, parent.tree, commit.tree, file, &self.paths_of(path))?
            {
                there = Some(old);
                path = self.path(renamed);
            }
            before.push(there.map_or(Before::Absent, Before::File));
            self.push(id, &parent, path);
        }
        // A mere change of the name.
        let is_same = here.is_some_and(|file| before.contains(&Before::File(file)));
        look.version = (!is_same).then(|| Version {
            commit: at.id,
            authored: commit.authored,
            committed: commit.committed,
            file: here,
            before,
        });
        Ok(look)
    }

    fn paths_of(&self, path: usize) -> Rc<Path> {
        self.paths.get(path).cloned().unwrap_or_default()
    }

    /// The number of a name of the file.
    fn path(&mut self, path: Path) -> usize {
        let known = self.paths.iter().position(|known| **known == path);
        known.unwrap_or_else(|| {
            self.paths.push(Rc::new(path));
            self.paths.len() - 1
        })
    }

    /// The file in the tree of a commit.
    fn file(&mut self, tree: Id, path: usize) -> Result<Option<Id>, Trouble> {
        let names = self.paths_of(path);
        let mut passed = Vec::new();
        let mut at = tree;
        let mut found = None;
        for (depth, name) in names.iter().enumerate() {
            let key = (at, path, depth);
            if let Some(known) = self.files.get(&key) {
                found = *known;
                break;
            }
            passed.push(key);
            let wanted = if depth + 1 == names.len() { What::File } else { What::Folder };
            match entry(&self.store.tree(at)?, name, wanted) {
                Some(id) if wanted == What::File => found = Some(id),
                Some(id) => at = id,
                None => break,
            }
        }
        self.files.extend(passed.into_iter().map(|key| (key, found)));
        Ok(found)
    }
}

/// The entry `name` of a tree, written in composed or decomposed letters.
fn entry(tree: &[u8], name: &[u8], wanted: What) -> Option<Id> {
    let mut alike = None;
    let mut composed: Option<String> = None;
    for entry in entries(tree) {
        let entry = entry?;
        if entry.what != wanted {
            continue;
        }
        if entry.name == name {
            return Some(entry.id);
        }
        if alike.is_none() && !name.is_ascii() && !entry.name.is_ascii() {
            let (Ok(name), Ok(other)) = (std::str::from_utf8(name), std::str::from_utf8(entry.name)) else { continue };
            let composed = composed.get_or_insert_with(|| name.nfc().collect());
            if other.nfc().eq(composed.chars()) {
                alike = Some(entry.id);
            }
        }
    }
    alike
}
