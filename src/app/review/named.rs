//! Notes that are reviewed because they were named.

use super::ReviewError;
use crate::app::workspace::Workspace;
use crate::item::ItemId;
use crate::note::facts::Wanted;
use crate::note::{NotePath, State, schedule};
use crate::queue::Choice;
use crate::review::Item;
use crate::vault::Skip;

/// Looks at named notes.
pub struct Look<'a> {
    /// Take notes that are not due yet.
    early: bool,
    workspace: &'a Workspace,
    wanted: &'a Wanted,
    choice: Choice<'a>,
    skip: Skip,
}

impl<'a> Look<'a> {
    /// Looks at notes as `wanted` does; with `early` also at those that are not due yet.
    pub fn new(workspace: &'a Workspace, wanted: &'a Wanted, early: bool) -> Self {
        let choice = Choice::new(&workspace.config.selection);
        Self { early, workspace, wanted, choice, skip: workspace.skip() }
    }

    /// The note as an item, before its first ease is known.
    ///
    /// # Errors
    /// When it cannot be read or must not be written, or is not due.
    pub fn item(&self, note: &NotePath) -> Result<Item, ReviewError> {
        let text = self.workspace.vault.read(note).map_err(|finding| ReviewError::problem(note, finding))?;
        let reading = schedule::read(text.as_bytes());
        if let Some(finding) = reading.refusal() {
            return Err(ReviewError::problem(note, finding.clone()));
        }
        let today = self.workspace.now.today;
        if let State::Scheduled(scheduled) = reading.state
            && !scheduled.is_due(today)
            && !self.early
        {
            return Err(ReviewError::NotDue { note: note.clone(), due: scheduled.due, today });
        }
        let facts = if self.skip.is_template(note.as_str()) { None } else { self.wanted.look(note, text.as_bytes()) };
        let weight = facts.and_then(|facts| self.choice.weight(note, facts.state(), &facts.tags)).unwrap_or(1);
        let algorithm = &self.workspace.config.algorithm;
        Ok(Item::before_eases(ItemId::of_note(note.clone()), reading.state, algorithm).counted(weight))
    }
}
