//! Where the links of a shown note lead, from the names of all notes.

use std::cell::OnceCell;

use crate::command::Context;
use crate::graph::{Graph, LinkTable};
use crate::note::NotePath;
use crate::vault::Listing;

/// The names of all notes, listed when the first link is asked for.
#[derive(Debug, Default)]
pub(super) struct Links(OnceCell<Graph>);

impl Links {
    /// The note that `target` in `from` means, without its heading.
    pub(super) fn resolve(&self, from: &NotePath, target: &str, context: &Context) -> Option<NotePath> {
        let names = self.0.get_or_init(|| names(context));
        // A note that was made meanwhile resolves its links as any other does.
        let source = names.note(from.as_str()).or_else(|| names.notes().next())?;
        let note = names.resolve(target, source)?;
        Some(NotePath::new(names.path(note)))
    }
}

fn names(context: &Context) -> Graph {
    let mut table = LinkTable::default();
    context.vault.walk(&context.skip(), &mut |listing| {
        if let Listing::Note(note) = listing {
            table.add(note.as_str(), std::iter::empty::<&str>());
        }
    });
    Graph::new(vec![table])
}
