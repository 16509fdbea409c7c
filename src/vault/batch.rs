//! Notes on their way from the walk to those who read them.

use super::walk::Standing;

/// The paths of some notes, in one text: handing them over costs no allocation for each.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The number of the first note among all that the walk finds.
    first: u32,
    text: String,
    notes: Vec<Place>,
}

/// Where the path of a note stands in the text of its batch.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Where the file name starts.
    name: u32,
    end: u32,
    standing: Standing,
    /// The note before it lies in the same folder.
    is_sibling: bool,
}

/// A note in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting<'a> {
    pub path: &'a str,
    /// Where in `path` the file name starts.
    pub name: usize,
    pub standing: Standing,
    /// How many notes the walk found before.
    pub number: u32,
    /// The next note lies in the same folder.
    pub has_sibling: bool,
}

impl<'a> Waiting<'a> {
    /// The folder, empty at the top, and the file name.
    pub fn folder_and_name(&self) -> (&'a str, &'a str) {
        let folder = self.path.get(..self.name.saturating_sub(1)).unwrap_or_default();
        (folder, self.path.get(self.name..).unwrap_or_default())
    }
}

impl Batch {
    /// Room for `notes` notes with paths of the usual length, of which the first has the number `first`.
    pub fn with_capacity(notes: usize, first: usize) -> Self {
        Self { first: first as u32, text: String::with_capacity(notes * 80), notes: Vec::with_capacity(notes) }
    }

    /// The same without the notes, for others of which the first has the number `first`.
    pub fn emptied(mut self, first: usize) -> Self {
        self.first = first as u32;
        self.text.clear();
        self.notes.clear();
        self
    }

    pub fn push(&mut self, path: &str, standing: Standing) {
        let start = self.text.len();
        let name = memchr::memrchr(b'/', path.as_bytes()).map_or(0, |slash| slash + 1);
        let before = self.notes.iter().rev().nth(1).map_or(0, |before| before.end as usize);
        let is_sibling =
            self.notes.last().is_some_and(|last| self.text.get(before..last.name as usize) == path.get(..name));
        self.text.push_str(path);
        let (name, end) = ((start + name) as u32, self.text.len() as u32);
        self.notes.push(Place { name, end, standing, is_sibling });
    }

    pub fn len(&self) -> usize {
        self.notes.len()
    }

    /// The notes in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = Waiting<'_>> {
        let mut start = 0;
        self.notes.iter().enumerate().zip(self.first..).map(move |((at, place), number)| {
            let path = self.text.get(start..place.end as usize).unwrap_or_default();
            let name = place.name as usize - start;
            start = place.end as usize;
            let has_sibling = self.notes.get(at + 1).is_some_and(|next| next.is_sibling);
            Waiting { path, name, standing: place.standing, number, has_sibling }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_gives_back_what_was_put_in() {
        let mut batch = Batch::with_capacity(2, 7);
        let paths = ["a.md", "b/c.md", "b/d.md", "b/d/e.md", "ü/日.md", "ü/x.md"];
        for path in paths {
            batch.push(path, Standing::Note);
        }
        assert_eq!(batch.len(), paths.len());
        assert_eq!(batch.iter().map(|note| note.path).collect::<Vec<_>>(), paths);
        assert!(batch.iter().map(|note| note.number).eq(7..13));
        let siblings: Vec<bool> = batch.iter().map(|note| note.has_sibling).collect();
        assert_eq!(siblings, [false, true, false, false, true, false]);
        let split: Vec<_> = batch.iter().map(|note| note.folder_and_name()).collect();
        let names = ["a.md", "c.md", "d.md", "e.md", "日.md", "x.md"];
        assert!(split.iter().map(|(_, name)| *name).eq(names));
        assert!(split.iter().map(|(folder, _)| *folder).eq(["", "b", "b", "b/d", "ü", "ü"]));
        let batch = batch.emptied(3);
        assert_eq!((batch.len(), batch.iter().count()), (0, 0));
    }
}
