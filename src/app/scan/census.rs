//! The notes that figures are computed from: where they are, their schedules, and nothing else of them.

use super::{Gathering, Request, Snapshot};
use crate::app::workspace::Workspace;
use crate::item::ItemId;
use crate::log::Log;
use crate::note::facts::{Facts, ScheduledTags, Wanted};
use crate::note::{NotePath, State};
use crate::problem::Problem;
use crate::queue::Choice;
use crate::schedule::Scheduled;
use crate::stats::Known;

/// The notes of a vault that have a schedule or are for review, in the order of their paths.
#[derive(Debug)]
pub struct Census {
    items: Vec<(ItemId, Standing)>,
    /// What is wrong with notes.
    pub problems: Vec<Problem>,
}

/// Where a note stands.
#[derive(Clone, Copy, Debug)]
struct Standing {
    /// Its schedule; `None` when it is new.
    schedule: Option<Scheduled>,
    /// Whether it is for review: a schedule that the settings leave out may still have been changed elsewhere.
    counts: bool,
}

impl Census {
    /// Scans the vault.
    pub fn take(workspace: &Workspace) -> Self {
        let selection = &workspace.config.selection;
        let wanted = Wanted::new(selection, None, ScheduledTags::None);
        let standing = |facts: Facts, path: &NotePath, choice: &Choice<'_>, gathering: &mut Gathering| {
            let state = facts.state();
            let schedule = if let State::Scheduled(schedule) = state { Some(schedule) } else { None };
            let counts = choice.takes(path, state, &facts.tags);
            gathering.problems.extend(facts.reading.findings.into_iter().map(|finding| finding.at(path.clone())));
            (counts || schedule.is_some()).then_some(Standing { schedule, counts })
        };
        let Snapshot { seen, problems, .. } = Request::new(workspace, wanted).scan_keeping(standing);
        let items = seen.into_iter().map(|(path, standing)| (ItemId::of_note(path), standing)).collect();
        Self { items, problems }
    }

    /// All items with a schedule.
    pub fn scheduled(&self) -> Vec<(&ItemId, Scheduled)> {
        self.items.iter().filter_map(|(item, standing)| Some((item, standing.schedule?))).collect()
    }

    /// The notes for review, and which of them `log` says are set aside.
    pub fn known(&self, log: &Log, workspace: &Workspace) -> Vec<Known<'_>> {
        let may_be_aside = log.may_set_aside();
        let is_aside = |item: &ItemId| may_be_aside && log.is_aside(item, workspace.now.today);
        let counted = self.items.iter().filter(|(_, standing)| standing.counts);
        counted
            .map(|(item, standing)| Known { path: &item.note, schedule: standing.schedule, is_aside: is_aside(item) })
            .collect()
    }
}
