//! When the topics of a roadmap were ticked, as the vault's git history tells.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::command::Context;
use crate::git::{Before, Id, Limits, Repository};
use crate::note::NotePath;
use crate::roadmap::history::{Days, Done, Step, days_of, done_lines};

/// Versions whose done lines are remembered: those that the next ones were made from, most often.
const REMEMBERED: usize = 8;

/// When the done topics of `note` were ticked. Nothing without a repository, or a commit of the note.
pub fn days(note: &NotePath, context: &Context) -> Days {
    let mut repository = match Repository::of(&context.vault, Limits::default()) {
        Ok(Some(repository)) => repository,
        Ok(None) => return Days::new(),
        Err(ignored) => {
            context.notice(ignored.to_string());
            return Days::new();
        }
    };
    let history = repository.history(note);
    let mut is_cut = history.is_cut;
    let mut lines = Lines { repository, remembered: VecDeque::new() };
    let mut steps = Vec::new();
    for version in &history.versions {
        let before: Option<Vec<Rc<Done>>> = version.before.iter().map(|before| lines.before(*before)).collect();
        let (Some(after), Some(before)) = (lines.of(version.file), before) else {
            // What was ticked here, and when what was ticked before, cannot be told.
            is_cut = true;
            break;
        };
        let before: Vec<&Done> = before.iter().map(Rc::as_ref).collect();
        steps.push(Step::new(version.authored.map(|at| at.date_naive()), &before, &after));
    }
    if is_cut {
        context.notice("the git history is not all there or too long to be read whole; earlier ticks have no day");
    }
    days_of(steps.into_iter().rev())
}

/// The done lines of versions.
struct Lines {
    repository: Repository,
    remembered: VecDeque<(Id, Rc<Done>)>,
}

impl Lines {
    /// The done lines of a file; `None` when it cannot be read.
    fn of(&mut self, file: Option<Id>) -> Option<Rc<Done>> {
        let Some(id) = file else { return Some(Rc::default()) };
        if let Some((_, known)) = self.remembered.iter().find(|(known, _)| *known == id) {
            return Some(Rc::clone(known));
        }
        let done = Rc::new(done_lines(&String::from_utf8_lossy(&self.repository.bytes(id)?)));
        if self.remembered.len() >= REMEMBERED {
            self.remembered.pop_front();
        }
        self.remembered.push_back((id, Rc::clone(&done)));
        Some(done)
    }

    fn before(&mut self, before: Before) -> Option<Rc<Done>> {
        match before {
            Before::File(id) => self.of(Some(id)),
            Before::Absent => Some(Rc::default()),
            Before::Unknown => None,
        }
    }
}
