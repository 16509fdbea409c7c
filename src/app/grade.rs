//! Grading: what a grade does to items, written to their notes and the log.

use chrono::NaiveDate;

use super::error::{ChangeError, ReviewError};
use super::external;
use super::links::{Links, first_ease};
use super::workspace::Workspace;
use crate::clock::Now;
use crate::desk::{Decision, Desk, Refused};
use crate::log::{Change, Event, Log};
use crate::note::NotePath;
use crate::note::edit::{self, Draft, Edit};
use crate::review::Item;
use crate::schedule::{DueLoad, Grade, Outcome, Scheduled};

/// A grade for one item or many, whichever face it comes from.
#[derive(Debug)]
pub struct Grading<'a> {
    /// The vault.
    pub workspace: &'a Workspace,
    /// Where its notes are changed.
    pub desk: &'a Desk<'a>,
    /// The grade that they get.
    pub grade: Grade,
    /// For how many milliseconds an item was looked at.
    pub ms: Option<u32>,
    /// The study day.
    pub today: NaiveDate,
    /// Which notes link to which, as far as first reviews need it.
    pub links: Option<&'a Links>,
    /// How many items are due on which day, as the grades given so far leave it.
    pub load: DueLoad,
    /// The log before the grade.
    pub log: &'a Log,
}

/// What became of an item that was graded.
#[derive(Debug)]
pub struct Graded {
    /// The grade and the schedule that it led to.
    pub outcome: Outcome,
    /// What the log says of it.
    pub event: Event,
}

impl Grading<'_> {
    /// Grades an item.
    ///
    /// # Errors
    /// When the note was not written.
    pub fn one(&mut self, item: &Item) -> Result<Graded, ChangeError> {
        self.grade(&[item]).pop().unwrap_or_else(|| {
            debug_assert!(false, "an item without a result");
            Err(ChangeError::new(item.id.note.clone(), Refused::Stale(CHANGED.into())))
        })
    }

    /// Grades items, and gives the results in their order. One that is refused keeps no other from being graded.
    pub fn grade(&mut self, items: &[&Item]) -> Vec<Result<Graded, ChangeError>> {
        let paths: Vec<NotePath> = items.iter().map(|item| item.id.note.clone()).collect();
        let mut outcomes: Vec<Option<Outcome>> = vec![None; items.len()];
        let (desk, grade, ms) = (self.desk, self.grade, self.ms);
        let results = desk.change_all(&paths, |at, text| {
            let (Some(item), Some(known)) = (items.get(at), outcomes.get_mut(at)) else {
                debug_assert!(false, "a note that nobody asked for");
                return Err(Refused::Stale(CHANGED.into()));
            };
            // Asked again, the answer is the same.
            let outcome = known.unwrap_or_else(|| self.outcome(item));
            let now = Now { instant: self.workspace.instant(), today: self.today };
            let decision = decision(item, outcome.after, text, |edit| {
                let (id, before) = (item.id.clone(), item.before());
                let follows = self.log.last_elsewhere(&id, &self.workspace.config.device);
                let review = Change::review(id, &now, grade, ms, before, outcome.after, edit.was);
                (edit.text, Change { follows, ..review })
            })?;
            if known.replace(outcome).is_none() {
                let from = item.before().map(|before| before.due);
                self.load.shift(self.today, item.weight, from, Some(outcome.after.due));
                self.learn(item, Some(outcome.after));
            }
            Ok(decision)
        });
        external::kept(desk, self.workspace);
        debug_assert_eq!(results.len(), items.len(), "each note has a result");
        // What was refused in the end moves no load, and lends no ease.
        for ((item, result), outcome) in items.iter().zip(&results).zip(&outcomes) {
            if let (Err(_), Some(outcome)) = (result, outcome) {
                let back = item.before().map(|before| before.due);
                self.load.shift(self.today, item.weight, Some(outcome.after.due), back);
                self.learn(item, item.before());
            }
        }
        let graded = |((item, result), outcome): ((&&Item, Result<Event, Refused>), Option<Outcome>)| {
            let event = result.map_err(|refused| ChangeError::new(item.id.note.clone(), refused))?;
            debug_assert!(outcome.is_some(), "a note was changed without a decision");
            Ok(Graded { outcome: outcome.unwrap_or_else(|| self.outcome(item)), event })
        };
        items.iter().zip(results).zip(outcomes).map(graded).collect()
    }

    /// The text of the note of an item as it is, and as the grade would leave it.
    ///
    /// # Errors
    /// When the note cannot be read or safely edited.
    pub fn preview(&mut self, item: &Item) -> Result<(String, String), ReviewError> {
        let note = &item.id.note;
        let problem = |finding| ReviewError::problem(note, finding);
        let text = self.workspace.vault.read(note).map_err(problem)?;
        let after = self.outcome(item).after;
        let edit = edit::set(&text, &after).map_err(problem)?;
        self.load.shift(self.today, item.weight, item.before().map(|before| before.due), Some(after.due));
        self.learn(item, Some(after));
        Ok((text, edit.text))
    }

    /// Lets the first reviews of linked notes start from what the note of an item says now.
    fn learn(&self, item: &Item, now: Option<Scheduled>) {
        if let Some(links) = self.links {
            links.learn(&item.id.note, now.map(|now| now.ease));
        }
    }

    /// What the grade does to an item.
    fn outcome(&self, item: &Item) -> Outcome {
        let algorithm = &self.workspace.config.algorithm;
        let start = || algorithm.start(first_ease(&item.id.note, self.links, self.workspace));
        algorithm.outcomes(&item.memory.unwrap_or_else(start), self.today, Some(&self.load)).of(self.grade)
    }
}

/// What is said of a note whose schedule is not the one shown.
const CHANGED: &str = "its schedule has changed since it was shown";

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
        assert_eq!(effort, Effort { opened: 5, glances: 0, parses: 2, yaml: 2, listed: 0 });
        assert_eq!(effort_of_a_grade("Body\n"), Effort { yaml: 1, ..effort });
    }
}
