//! Which items a session has, and in which order.

use chrono::NaiveDate;

use crate::app::workspace::Workspace;
use crate::item::ItemId;
use crate::note::State;
use crate::queue::{Entry, Filter, Order, Queue};
use crate::review::Item;

/// What the items of a session are.
#[derive(Debug)]
pub enum Listing<'a> {
    /// Those that were named, in that order.
    Named,
    /// Those that are chosen from the queue, in an order that ranks may still change.
    Chosen(Choosing<'a>),
}

/// How the items of a session are chosen from the queue.
#[derive(Debug)]
pub struct Choosing<'a> {
    /// The vault.
    pub workspace: &'a Workspace,
    /// What is left out of the queue.
    pub filter: Filter,
    /// In which order, if not in that of due dates and page ranks.
    pub order: Option<Order>,
    /// How many new items at most.
    pub new: Option<usize>,
    /// How many items at most.
    pub limit: Option<usize>,
    /// What is stored of the schedule of new notes that say anything of one, in their order.
    pub states: Vec<(ItemId, State)>,
}

impl Choosing<'_> {
    /// The items, before first eases are known.
    pub fn items(&self, queue: &Queue) -> Vec<Item> {
        let algorithm = &self.workspace.config.algorithm;
        let chosen = self.narrow(queue.offered());
        let entries = chosen.due.into_iter().chain(chosen.new).take(self.limit.unwrap_or(usize::MAX));
        let item = |entry: Entry| {
            let weight = entry.decks.len() as u32;
            let state = self.state(&entry);
            Item::before_eases(entry.id, state, algorithm).counted(weight)
        };
        entries.map(item).collect()
    }

    fn state(&self, entry: &Entry) -> State {
        let stored = || {
            let at = self.states.binary_search_by(|(known, _)| known.cmp(&entry.id)).ok()?;
            self.states.get(at).map(|(_, state)| *state)
        };
        entry.schedule.map(State::Scheduled).or_else(stored).unwrap_or(State::Unscheduled)
    }

    /// The first day after today on which a note is due that would be chosen.
    pub fn next_day(&self, queue: Queue) -> Option<NaiveDate> {
        self.narrow(queue).next_day()
    }

    /// Applies the filter, the number of new items and the order.
    fn narrow(&self, mut queue: Queue) -> Queue {
        let now = &self.workspace.now;
        queue.narrow(&self.filter);
        if let Some(most) = self.new {
            queue.new.truncate(most);
        }
        match self.order {
            None => {}
            Some(Order::Random) => queue.shuffle(now.instant.timestamp_micros() as u64),
            Some(order) => queue.sort(order, now.today),
        }
        queue
    }
}
