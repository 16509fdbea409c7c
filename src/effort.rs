//! How often notes are opened and parsed, counted for tests.

use std::cell::Cell;

/// What is counted, of the work of this thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effort {
    /// Files of notes, and what takes their place, that were opened.
    pub opened: usize,
    /// Looks at the schedule of a note with the fast reader.
    pub glances: usize,
    /// Readings of a note with all readers.
    pub parses: usize,
    /// Readings of a frontmatter as YAML, also as a part of [`Effort::parses`].
    pub yaml: usize,
    /// Folders that were listed for the originals of copies.
    pub listed: usize,
}

thread_local! {
    static EFFORT: Cell<Effort> = const { Cell::new(Effort { opened: 0, glances: 0, parses: 0, yaml: 0, listed: 0 }) };
}

/// Counts something.
pub(crate) fn count(what: impl FnOnce(&mut Effort)) {
    let mut effort = EFFORT.get();
    what(&mut effort);
    EFFORT.set(effort);
}

/// What this thread did since it was asked last.
pub(crate) fn take() -> Effort {
    EFFORT.take()
}
