//! What a file was called before: the file that was removed as it appeared, and that holds much of the same.

use std::collections::{HashMap, HashSet};

use super::object::{Entry, Id, What, entries};
use super::store::{Store, Trouble};
use super::versions::Path;

/// Folders in folders are looked into to this depth.
const DEEPEST: usize = 32;

/// Removed files that are looked at.
const MOST: usize = 2000;

/// Removed files that are read and compared.
const MOST_READ: usize = 100;

/// A file that was removed.
struct Removed {
    id: Id,
    path: Path,
}

/// The file that became `file`, which is at `path` in the tree `new` and not in `old`: the one that is equal, else the one
/// that is most like it, by half at least.
pub(super) fn find(store: &mut Store, old: Id, new: Id, file: Id, path: &Path) -> Result<Option<(Id, Path)>, Trouble> {
    let mut search = Search { store, at: Path::new(), met: HashSet::new(), removed: Vec::new() };
    if search.collect(old, Some(new)) == Err(Trouble::Spent) {
        return Err(Trouble::Spent);
    }
    let mut removed = search.removed;
    // Those that kept their name, but not their folder, are first.
    removed.sort_by_key(|removed| removed.path.last() != path.last());
    if let Some(at) = removed.iter().position(|removed| removed.id == file) {
        return Ok(Some((file, removed.swap_remove(at).path)));
    }
    let text = match store.blob(file) {
        Ok(text) => text,
        Err(Trouble::Missing) => return Ok(None),
        Err(Trouble::Spent) => return Err(Trouble::Spent),
    };
    let mut best: Option<(u64, Removed)> = None;
    for candidate in removed.into_iter().take(MOST_READ) {
        let alike = match store.blob(candidate.id) {
            Ok(other) => {
                store.pay((text.len() + other.len()) as u64)?;
                permille_alike(&text, &other)
            }
            Err(Trouble::Missing) => continue,
            Err(Trouble::Spent) => return Err(Trouble::Spent),
        };
        if alike >= 500 && best.as_ref().is_none_or(|(so_far, _)| alike > *so_far) {
            best = Some((alike, candidate));
        }
    }
    Ok(best.map(|(_, removed)| (removed.id, removed.path)))
}

/// A comparison of two trees.
struct Search<'a> {
    store: &'a mut Store,
    /// The folder that is compared.
    at: Path,
    /// What was compared.
    met: HashSet<(Id, Option<Id>)>,
    removed: Vec<Removed>,
}

impl Search<'_> {
    /// Lists the notes of `old` that are not in `new`. Folders that are equal in both are not opened.
    fn collect(&mut self, old: Id, new: Option<Id>) -> Result<(), Trouble> {
        let is_over = self.at.len() > DEEPEST || self.removed.len() >= MOST;
        if new == Some(old) || is_over || !self.met.insert((old, new)) {
            return Ok(());
        }
        let old = self.store.tree(old)?;
        let new = new.map(|new| self.store.tree(new)).transpose()?;
        let entries_of_new = entries(new.as_ref().map_or(&[], |new| new.as_slice()));
        let known: HashMap<&[u8], Entry<'_>> = entries_of_new.map_while(|e| e).map(|e| (e.name, e)).collect();
        let mut folders = Vec::new();
        for entry in entries(&old).map_while(|entry| entry) {
            let now = known.get(entry.name).filter(|now| now.what == entry.what);
            match entry.what {
                What::File if now.is_none() && is_note(entry.name) && self.removed.len() < MOST => {
                    let path = self.at.iter().cloned().chain([entry.name.to_vec()]).collect();
                    self.removed.push(Removed { id: entry.id, path });
                }
                What::Folder if now.is_none_or(|now| now.id != entry.id) => {
                    folders.push((entry, now.map(|now| now.id)));
                }
                _ => {}
            }
        }
        for (entry, now) in folders {
            self.at.push(entry.name.to_vec());
            let inside = self.collect(entry.id, now);
            self.at.pop();
            if inside == Err(Trouble::Spent) {
                return inside;
            }
        }
        Ok(())
    }
}

fn is_note(name: &[u8]) -> bool {
    name.len().checked_sub(3).and_then(|at| name.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(b".md"))
}

/// How much of the larger of two texts is lines that are in the other, in thousandths.
fn permille_alike(one: &[u8], other: &[u8]) -> u64 {
    let longer = one.len().max(other.len()) as u64;
    if (one.len().min(other.len()) as u64) < longer / 2 {
        return 0;
    }
    let is_end = |b: &u8| *b == b'\n';
    let mut count: HashMap<&[u8], usize> = HashMap::new();
    for line in one.split_inclusive(is_end) {
        *count.entry(line).or_default() += 1;
    }
    let mut shared = 0;
    for line in other.split_inclusive(is_end) {
        if let Some(left) = count.get_mut(line).filter(|left| **left > 0) {
            *left -= 1;
            shared += line.len() as u64;
        }
    }
    (shared * 1000).checked_div(longer).unwrap_or(0)
}
