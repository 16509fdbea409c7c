//! The notes that figures are computed from: where they are, their schedules, and nothing else of them.

use super::{Gathering, Request, Snapshot};
use crate::app::copies::Copies;
use crate::app::moved;
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
#[derive(Clone, Debug)]
struct Standing {
    /// Its schedule; `None` when it is new.
    schedule: Option<Scheduled>,
    /// Whether it is for review: a schedule that the settings leave out may still have been changed elsewhere.
    counts: bool,
    sr_id: Option<Box<str>>,
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
            let findings = facts.reading.findings;
            gathering.problems.extend(findings.into_iter().map(|finding| finding.at(path.clone())));
            (counts || schedule.is_some()).then_some(Standing { schedule, counts, sr_id: facts.sr_id })
        };
        let Snapshot { seen, problems, .. } = Request::new(workspace, wanted).scan_keeping(standing);
        let items = seen.into_iter().map(|(path, standing)| (ItemId::of_note(path), standing)).collect();
        Self { items, problems }
    }

    /// All items, as far as they can be known again when they are moved.
    pub fn standing(&self) -> Vec<moved::Standing<'_>> {
        self.items
            .iter()
            .map(|(item, standing)| moved::Standing {
                item,
                schedule: standing.schedule,
                sr_id: standing.sr_id.as_deref(),
            })
            .collect()
    }

    /// The notes for review, and which of them `log` says are set aside.
    pub fn known(&self, log: &Log, workspace: &Workspace) -> Vec<Known<'_>> {
        let may_be_aside = log.may_set_aside();
        let is_aside = |item: &ItemId| may_be_aside && log.is_aside(item, workspace.now.today);
        let counted = || self.items.iter().filter(|(_, standing)| standing.counts);
        let mut numbers = log.numbers();
        let unknown = counted().filter_map(|(item, standing)| {
            let number = numbers.of(item.note.composed()).unwrap_or(usize::MAX);
            log.of_number(number).next().is_none().then_some((item, standing.schedule?))
        });
        let copies = Copies::new(log, workspace).of_logged(unknown, |_| true);
        counted()
            .map(|(item, standing)| Known {
                path: &item.note,
                schedule: standing.schedule,
                is_aside: is_aside(item),
                is_copy: copies.contains(item),
            })
            .collect()
    }
}
