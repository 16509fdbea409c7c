//! Notes on their way from the walk to those who read them.

use super::walk::Standing;

/// The paths of some notes, in one text: handing them over costs no allocation for each.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The number of the first note among all that the walk finds.
    first: u32,
    text: String,
    /// Where each path ends.
    notes: Vec<(usize, Standing)>,
}

/// A note in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting<'a> {
    pub path: &'a str,
    pub standing: Standing,
    /// How many notes the walk found before.
    pub number: u32,
    /// The next note lies in the same folder.
    pub has_sibling: bool,
}

impl Batch {
    /// Room for `notes` notes with paths of the usual length, of which the first has the number `first`.
    pub fn with_capacity(notes: usize, first: usize) -> Self {
        Self { first: first as u32, text: String::with_capacity(notes * 80), notes: Vec::with_capacity(notes) }
    }

    pub fn push(&mut self, path: &str, standing: Standing) {
        self.text.push_str(path);
        self.notes.push((self.text.len(), standing));
    }

    pub fn len(&self) -> usize {
        self.notes.len()
    }

    /// The notes in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = Waiting<'_>> {
        let mut start = 0;
        let numbered = self.notes.iter().enumerate().zip(self.first..);
        numbered.map(move |((at, (end, standing)), number)| {
            let path = self.text.get(start..*end).unwrap_or_default();
            start = *end;
            let next = self.notes.get(at + 1).and_then(|(next, _)| self.text.get(*end..*next));
            let has_sibling = next.is_some_and(|next| folder_and_name(next).0 == folder_and_name(path).0);
            Waiting { path, standing: *standing, number, has_sibling }
        })
    }
}

/// The folder of a path, empty at the top, and the file name.
pub(super) fn folder_and_name(path: &str) -> (&str, &str) {
    let slash = memchr::memrchr(b'/', path.as_bytes());
    slash
        .and_then(|at| path.split_at_checked(at))
        .map_or(("", path), |(folder, name)| (folder, name.trim_start_matches('/')))
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
    }
}
