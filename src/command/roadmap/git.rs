//! When the topics of a roadmap were ticked, as the vault's git history tells.

use std::rc::Rc;

use crate::command::Context;
use crate::git::{Before, Id, Limits, Repository, Version};
use crate::note::NotePath;
use crate::roadmap::history::{Days, Difference, Step, days_of};

/// How many bytes that differ between versions are read in all.
const MOST_READ: usize = 32 << 20;

/// How many bytes of texts that a version was made from are held at a time.
const MOST_HELD: usize = 64 << 20;

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
    let mut texts = Texts { repository, last: Vec::new(), left: MOST_READ };
    // What was ticked before a version that cannot be read, cannot be told.
    let steps: Vec<Step> = history.versions.iter().map_while(|version| texts.step(version)).collect();
    if history.is_cut || steps.len() < history.versions.len() {
        context.notice("the git history is not all there or too long to be read whole; earlier ticks have no day");
    }
    days_of(steps.into_iter().rev())
}

type Text = Rc<Vec<u8>>;

/// The texts of versions.
struct Texts {
    repository: Repository,
    /// Those that the last version was made from: one of them is, most often, the next.
    last: Vec<(Id, Text)>,
    /// How much may still be read.
    left: usize,
}

impl Texts {
    /// What a version did to the done lines; `None` when it cannot be told.
    fn step(&mut self, version: &Version) -> Option<Step> {
        let after = self.of(version.file)?;
        let mut held = after.len();
        let mut before = Vec::with_capacity(version.before.len());
        for earlier in &version.before {
            let (id, text) = match *earlier {
                Before::File(id) => (Some(id), self.of(Some(id))?),
                Before::Absent => (None, Text::default()),
                Before::Unknown => return None,
            };
            held += text.len();
            before.push((id, text));
            if held > MOST_HELD {
                return None;
            }
        }
        let difference = Difference::between(before.iter().map(|(_, text)| text.as_slice()).collect(), &after);
        self.left = self.left.checked_sub(difference.len())?;
        let step = difference.step(version.authored.map(|at| at.date_naive()));
        self.last = before.into_iter().filter_map(|(id, text)| Some((id?, text))).collect();
        Some(step)
    }

    /// The text of a file; `None` when it cannot be read.
    fn of(&mut self, file: Option<Id>) -> Option<Text> {
        let Some(id) = file else { return Some(Text::default()) };
        match self.last.iter().find(|(known, _)| *known == id) {
            Some((_, text)) => Some(Rc::clone(text)),
            None => self.repository.bytes(id),
        }
    }
}
