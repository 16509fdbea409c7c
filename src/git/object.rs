//! Commits and trees as git writes them.

use std::fmt;

use chrono::{DateTime, FixedOffset};

/// The name of an object: its SHA-1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id([u8; Id::LENGTH]);

impl Id {
    /// The bytes of a name.
    pub(super) const LENGTH: usize = 20;

    /// The name whose bytes start `bytes`.
    pub(super) fn from_start(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().copied().map(Self)
    }

    /// The name in hexadecimal digits, all of `text`.
    pub(super) fn from_hex(text: &[u8]) -> Option<Self> {
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        if text.len() != 2 * Self::LENGTH {
            return None;
        }
        let mut id = [0; Self::LENGTH];
        for (byte, pair) in id.iter_mut().zip(text.chunks_exact(2)) {
            let [high, low] = pair else { return None };
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Some(Self(id))
    }

    /// The bytes of the name.
    pub(super) fn bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The kind of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Commit,
    Tree,
    Blob,
    Tag,
}

/// What matters of a commit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Commit {
    pub tree: Id,
    pub parents: Vec<Id>,
    /// When it was made, on the author's clock; `None` when that is no date.
    pub authored: Option<DateTime<FixedOffset>>,
    /// When it was committed, in seconds since 1970.
    pub committed: i64,
}

impl Commit {
    /// The commit that `bytes` hold.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = bytes.split(|b| *b == b'\n').take_while(|line| !line.is_empty());
        let tree = Id::from_hex(lines.next()?.strip_prefix(b"tree ")?)?;
        let mut commit = Self { tree, parents: Vec::new(), authored: None, committed: 0 };
        for line in lines {
            if let Some(parent) = line.strip_prefix(b"parent ") {
                commit.parents.push(Id::from_hex(parent)?);
            } else if let Some(author) = line.strip_prefix(b"author ") {
                commit.authored = when(author).and_then(|(seconds, minutes)| {
                    let offset = FixedOffset::east_opt(minutes * 60)?;
                    Some(DateTime::from_timestamp(seconds, 0)?.with_timezone(&offset))
                });
            } else if let Some(committer) = line.strip_prefix(b"committer ") {
                commit.committed = when(committer).map_or(0, |(seconds, _)| seconds);
                break;
            }
        }
        Some(commit)
    }
}

/// The seconds since 1970 and the minutes east of Greenwich in `Name <mail> 1767225600 +0100`.
fn when(line: &[u8]) -> Option<(i64, i32)> {
    let at = line.iter().rposition(|b| *b == b'>')?;
    let mut words = std::str::from_utf8(line.get(at + 1..)?).ok()?.split_ascii_whitespace();
    let seconds = words.next()?.parse().ok()?;
    let zone: i32 = words.next().and_then(|zone| zone.parse().ok()).filter(|zone: &i32| zone.abs() <= 2359)?;
    Some((seconds, zone / 100 * 60 + zone % 100))
}

/// An entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub what: What,
    pub name: &'a [u8],
    pub id: Id,
}

/// What an entry of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Folder,
    File,
    /// A symlink, or a commit of another repository.
    Other,
}

/// The entries of a tree. The first that cannot be read is `None`, and the last.
pub(super) fn entries(tree: &[u8]) -> impl Iterator<Item = Option<Entry<'_>>> {
    let mut rest = Some(tree);
    std::iter::from_fn(move || {
        let bytes = rest.take().filter(|bytes| !bytes.is_empty())?;
        let Some((found, left)) = entry(bytes) else { return Some(None) };
        rest = Some(left);
        Some(Some(found))
    })
}

/// The first entry of a tree, and what follows it.
fn entry(bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let nul = memchr::memchr(0, bytes)?;
    let (head, rest) = (bytes.get(..nul)?, bytes.get(nul + 1..)?);
    let space = memchr::memchr(b' ', head)?;
    let what = match head.get(..space)? {
        b"40000" | b"040000" => What::Folder,
        mode if mode.starts_with(b"100") => What::File,
        _ => What::Other,
    };
    let entry = Entry { what, name: head.get(space + 1..)?, id: Id::from_start(rest)? };
    Some((entry, rest.get(Id::LENGTH..)?))
}
