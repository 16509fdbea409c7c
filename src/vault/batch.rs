//! Notes on their way from the walk to those who read them.

use super::walk::Standing;

/// The paths of some notes, in one text with each folder once: handing them over costs no allocation for each.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The number of the first note among all that the walk finds.
    first: u32,
    /// The path of a folder, the names of its notes, the path of the next one.
    text: String,
    notes: Vec<Place>,
}

/// Where the path of a note stands in the text of its batch.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Where the folder begins and ends, the slash included.
    folder: (u32, u32),
    /// Where the name ends. It begins where the one before ends, or at the end of the folder.
    end: u32,
    standing: Standing,
}

/// A note in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting<'a> {
    /// The folder with a slash behind it, or nothing.
    pub folder: &'a str,
    pub name: &'a str,
    pub standing: Standing,
    /// How many notes the walk found before.
    pub number: u32,
    /// The next note lies in the same folder.
    pub has_sibling: bool,
}

impl Batch {
    /// Room for `notes` notes with names of the usual length, of which the first has the number `first`.
    pub fn with_capacity(notes: usize, first: usize) -> Self {
        Self { first: first as u32, text: String::with_capacity(notes * 40), notes: Vec::with_capacity(notes) }
    }

    /// The same without the notes, for others of which the first has the number `first`.
    pub fn emptied(mut self, first: usize) -> Self {
        self.first = first as u32;
        self.text.clear();
        self.notes.clear();
        self
    }

    pub fn push(&mut self, path: &str, standing: Standing) {
        let name = memchr::memrchr(b'/', path.as_bytes()).map_or(0, |slash| slash + 1);
        let (folder, name) = path.split_at(name);
        let known = self.notes.last().map(|last| last.folder);
        let folder = known.filter(|known| self.part(*known) == folder).unwrap_or_else(|| {
            let start = self.text.len() as u32;
            self.text.push_str(folder);
            (start, self.text.len() as u32)
        });
        self.text.push_str(name);
        self.notes.push(Place { folder, end: self.text.len() as u32, standing });
    }

    pub fn len(&self) -> usize {
        self.notes.len()
    }

    /// The notes in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = Waiting<'_>> {
        let mut end = 0;
        self.notes.iter().enumerate().zip(self.first..).map(move |((at, place), number)| {
            let name = self.part((place.folder.1.max(end), place.end));
            end = place.end;
            let has_sibling = self.notes.get(at + 1).is_some_and(|next| next.folder == place.folder);
            Waiting { folder: self.part(place.folder), name, standing: place.standing, number, has_sibling }
        })
    }

    fn part(&self, (start, end): (u32, u32)) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
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
        assert!(batch.iter().map(|note| format!("{}{}", note.folder, note.name)).eq(paths));
        assert!(batch.iter().map(|note| note.number).eq(7..13));
        let siblings: Vec<bool> = batch.iter().map(|note| note.has_sibling).collect();
        assert_eq!(siblings, [false, true, false, false, true, false]);
        assert!(batch.iter().map(|note| note.folder).eq(["", "b/", "b/", "b/d/", "ü/", "ü/"]));
        let batch = batch.emptied(3);
        assert_eq!((batch.len(), batch.iter().count()), (0, 0));
    }
}
