//! Where notes lie now that the log knows by another path.

use std::collections::HashMap;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::workspace::Workspace;
use crate::item::{ItemId, composed};
use crate::log::{Event, EventId, Log, Subject};
use crate::note::properties::properties;
use crate::note::{Fingerprint, NotePath, State, schedule};

/// The notes of a vault by what stays with them when they are moved.
pub struct Moved {
    by_id: HashMap<String, Vec<NotePath>>,
    by_name: HashMap<String, Vec<NotePath>>,
    log: Log,
    /// Where each event stands in the order of all.
    places: HashMap<EventId, usize>,
}

impl Moved {
    /// Looks at every note once.
    pub fn new(workspace: &Workspace) -> Self {
        static ID: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("sr-id"));
        let id = |bytes: &[u8]| ID.find(bytes).and_then(|_| properties(bytes).id);
        let scan = workspace.vault.scan(&workspace.skip(), |_, bytes| Some(id(bytes)));
        let (log, _) = workspace.journal().read();
        let places = log.entries().iter().enumerate().map(|(at, entry)| (entry.id, at)).collect();
        let mut moved = Self { by_id: HashMap::new(), by_name: HashMap::new(), log, places };
        for (path, id) in scan.seen {
            if let Some(id) = id {
                moved.by_id.entry(id).or_default().push(path.clone());
            }
            moved.by_name.entry(composed(path.name()).into_owned()).or_default().push(path);
        }
        moved
    }

    /// The event, of which the note is not under its path, about the note where it lies now: where one note alone has its
    /// `sr-id` or, moved to another folder, its name and the schedule that the event left it with. `None` when the note is
    /// gone. A note that the log knew by its own path before the event is another one, and so is one with another text.
    pub fn follow(&self, event: &Event, workspace: &Workspace) -> Option<Event> {
        let change = &event.change;
        let after = change.what.moved().and_then(|moved| moved.after);
        let may_be = match change.subject.sr_id() {
            Some(id) => self.by_id.get(id),
            None => self.by_name.get(&*composed(change.note()?.name())),
        };
        let place = |id: EventId| self.places.get(&id);
        let was_there_before = |path: &NotePath| {
            self.log.of(&ItemId::of_note(path.clone())).next().is_some_and(|first| place(first.id) < place(event.id))
        };
        // What they hold may have changed since.
        let is_it = |path: &&NotePath| {
            if change.subject.sr_id().is_none() && was_there_before(path) {
                return false;
            }
            let text = workspace.vault.read(path).unwrap_or_default();
            match change.subject.sr_id() {
                Some(id) => properties(text.as_bytes()).id.as_deref() == Some(id),
                None => {
                    let then = change.subject.text();
                    then.is_none_or(|then| Fingerprint::of(text.as_bytes()) == Some(then))
                        && after.is_some_and(|after| schedule::read(text.as_bytes()).state == State::Scheduled(after))
                }
            }
        };
        let found: Vec<&NotePath> = may_be.into_iter().flatten().filter(is_it).collect();
        let [path] = found.as_slice() else { return None };
        let mut event = event.clone();
        if let Subject::Item { id, .. } = &mut event.change.subject {
            id.note = (*path).clone();
        }
        Some(event)
    }
}
