//! What `HEAD` names: a branch, in a file of its own or packed with others, or a commit.

use std::io;
use std::path::Path;

use super::object::Id;
use super::read::read_at;
use crate::vault::dir::{Access, Dir};

/// A reference that leads to another, which leads to another, ends somewhere.
const MOST_STEPS: usize = 5;

/// The most that is read of a file with a single reference.
const ONE: usize = 4 << 10;

/// The most that is read of the packed references.
const PACKED: usize = 32 << 20;

/// The commit that `HEAD` leads to.
pub(super) fn head(git: &Dir) -> Option<Id> {
    let mut name = "HEAD".to_owned();
    for _ in 0..MOST_STEPS {
        let Some(text) = loose(git, &name) else { return packed(git, &name) };
        let text = text.trim_ascii();
        match text.strip_prefix(b"ref:") {
            None => return Id::from_hex(text),
            Some(next) => name = std::str::from_utf8(next.trim_ascii()).ok().filter(|name| is_safe(name))?.to_owned(),
        }
    }
    None
}

/// Whether a reference names a file beneath `refs` in all circumstances.
fn is_safe(name: &str) -> bool {
    let is_plain = |part: &str| !(part.is_empty() || part.starts_with('.') || part.contains(['\\', ':', '\0']));
    name.len() < 1024 && name.starts_with("refs/") && name.split('/').all(is_plain)
}

/// What a reference's own file says.
fn loose(git: &Dir, name: &str) -> Option<Vec<u8>> {
    let Some((folders, last)) = name.rsplit_once('/') else { return read(git, name, ONE).ok() };
    read(&git.folder(Path::new(folders)).ok()?, last, ONE).ok()
}

/// Finds a reference among the packed ones.
fn packed(git: &Dir, name: &str) -> Option<Id> {
    let bytes = read(git, "packed-refs", PACKED).ok()?;
    let lines = bytes.split(|b| *b == b'\n').filter(|line| !line.starts_with(b"#") && !line.starts_with(b"^"));
    for line in lines {
        let Some(space) = line.iter().position(|b| *b == b' ') else { continue };
        let (id, named) = line.split_at(space);
        if named.trim_ascii() == name.as_bytes() {
            return Id::from_hex(id);
        }
    }
    None
}

fn read(folder: &Dir, name: &str, most: usize) -> io::Result<Vec<u8>> {
    let file = folder.open(name, Access::Read)?;
    let size = file.metadata()?.len();
    let mut bytes = vec![0; usize::try_from(size).unwrap_or(most).min(most)];
    let filled = read_at(&file, 0, &mut bytes)?;
    bytes.truncate(filled);
    Ok(bytes)
}
