//! How a note takes a new schedule.

use crate::desk::{Decision, Refused};
use crate::log::Change;
use crate::note::edit::{Draft, Edit};
use crate::review::Item;
use crate::schedule::Scheduled;

/// What is said of a note whose schedule is not the one shown.
pub const CHANGED: &str = "its schedule has changed since it was shown";

/// What a note becomes whose schedule is set `to` another, if it still says what was shown.
///
/// # Errors
/// When it does not, or cannot be edited safely.
pub fn decision(
    item: &Item,
    to: Scheduled,
    text: &str,
    change: impl Fn(Edit) -> (String, Change),
) -> Result<Decision, Refused> {
    let draft = Draft::new(text);
    if draft.state() != item.shown {
        return Err(Refused::Stale(CHANGED.into()));
    }
    let (text, change) = change(draft.set(&to).map_err(Refused::Unsafe)?);
    Ok(Decision { text, change: change.known_by(draft.id(), None) })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::clock::Now;
    use crate::desk::Desk;
    use crate::effort::{self, Effort};
    use crate::item::{ItemId, NotePath};
    use crate::journal::Journal;
    use crate::note::schedule;
    use crate::schedule::{Algorithm, Ease, Grade};
    use crate::vault::Vault;

    /// Grades a note with `text` and gives what that took, once the log and the folders exist.
    fn effort_of_a_grade(text: &str) -> Effort {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let desk = Desk::new(&vault, Journal::new(dir.path().join(".study/log"), ".study/log", "desk"));
        let instant = chrono::DateTime::parse_from_rfc3339("2026-01-15T07:30:00+01:00").unwrap();
        let now = Now { instant, today: "2026-01-15".parse().unwrap() };
        let grade = |name: &str| {
            let note = NotePath::new(name);
            fs::write(vault.file(&note), text).unwrap();
            let shown = schedule::read(text.as_bytes()).state;
            let algorithm = Algorithm::default();
            let item = Item::new(ItemId::of_note(note.clone()), shown, &algorithm, Ease::new(250.0).unwrap());
            let after = algorithm.outcomes(&item.memory.unwrap(), now.today, None).of(Grade::Good).after;
            effort::take();
            desk.change(&note, |text| {
                decision(&item, after, text, |edit| {
                    let change =
                        Change::review(item.id.clone(), &now, Grade::Good, None, item.before(), after, edit.was);
                    (edit.text, change)
                })
            })
            .unwrap();
            effort::take()
        };
        grade("first.md");
        grade("second.md")
    }

    /// docs/safety.md says why each of them is needed.
    #[test]
    fn a_note_is_parsed_once_on_its_way_to_new_bytes_and_once_as_proof() {
        let scheduled = "---\ntags: [a]\nsr-id: x\nsr-due: 2026-01-10\nsr-interval: 12\nsr-ease: 250\n---\nBody\n";
        let effort = effort_of_a_grade(scheduled);
        assert_eq!(effort, Effort { opened: 5, glances: 0, parses: 2, yaml: 2 });
        assert_eq!(effort_of_a_grade("Body\n"), Effort { yaml: 1, ..effort });
    }
}
