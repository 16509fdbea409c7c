//! A review session: what comes next, what each grade leads to, and what was done. Pure: whoever drives it writes the
//! note and the log first and tells the session afterwards, so that the session never claims what the disk does not hold.

mod limit;

use std::collections::VecDeque;
use std::time::Duration;

use chrono::NaiveDate;

use crate::item::ItemId;
use crate::note::State;
use crate::schedule::{Algorithm, DueLoad, Ease, Grade, Memory, Outcome, Outcomes, Scheduled};

/// How many other items come between an item graded Again and its next showing.
const AGAIN_GAP: usize = 5;

/// A note forgotten so often is a leech: as it is, it costs more time than it is worth.
pub const LEECH_LAPSES: usize = 4;

/// Something to review.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it is.
    pub id: ItemId,
    /// What its schedule lines said when it was listed.
    pub shown: State,
    /// Where the review starts from; `None` for a first one as long as its ease is not known.
    pub memory: Option<Memory>,
    /// How often it counts in the load of its day: once for each deck, as in the plugin.
    pub weight: u32,
}

impl Item {
    /// The item whose schedule is stored as `shown`; `first_ease` is what a first review starts from.
    pub fn new(id: ItemId, shown: State, algorithm: &Algorithm, first_ease: Ease) -> Self {
        let memory = match shown {
            State::Scheduled(stored) => algorithm.resume(stored),
            _ => algorithm.start(first_ease),
        };
        Self { id, shown, memory: Some(memory), weight: 1 }
    }

    /// The same before first eases are known.
    pub fn before_eases(id: ItemId, shown: State, algorithm: &Algorithm) -> Self {
        let memory = if let State::Scheduled(stored) = shown { Some(algorithm.resume(stored)) } else { None };
        Self { id, shown, memory, weight: 1 }
    }

    /// The same item, counting `weight` times in the load of its day.
    #[must_use]
    pub fn counted(self, weight: u32) -> Self {
        Self { weight: weight.max(1), ..self }
    }

    /// The schedule before the review, if there was one.
    pub fn before(&self) -> Option<Scheduled> {
        self.memory.and_then(|memory| memory.stored())
    }
}

/// Something done in a session, newest last.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// The item as it was before.
    pub item: Item,
    /// What was done with it.
    pub action: Action,
    /// Whether it could not be taken back when that was asked for: from then on it is passed over.
    pub stays: bool,
}

/// What was done with an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// It was graded, and the note and the log hold it.
    Graded(Outcome),
    /// It was passed over; it comes again at the end of the session.
    Skipped,
    /// It was put aside by a change outside the arithmetic (buried, suspended, another date set), with the schedule after.
    SetAside(Option<Scheduled>),
}

/// The state of a review session.
#[derive(Clone, Debug)]
pub struct Session {
    today: NaiveDate,
    algorithm: Algorithm,
    load: DueLoad,
    queue: VecDeque<Item>,
    done: Vec<Done>,
    again: usize,
    /// After how long no further item is offered.
    time: Option<Duration>,
}

impl Session {
    /// A session over `items` in the order given. `load` counts what is due on which day, the items themselves included.
    pub fn new(items: impl IntoIterator<Item = Item>, load: DueLoad, today: NaiveDate, algorithm: Algorithm) -> Self {
        Self { today, algorithm, load, queue: items.into_iter().collect(), done: Vec::new(), again: 0, time: None }
    }

    /// The study day of the session.
    pub fn today(&self) -> NaiveDate {
        self.today
    }

    /// Goes on in a later study day: what is graded next counts for it, by its arithmetic. Whether `today` is later.
    pub fn begin_day(&mut self, today: NaiveDate) -> bool {
        let later = (today - self.today).num_days();
        if later <= 0 {
            return false;
        }
        self.load = self.load.from_day_later(later);
        self.today = today;
        true
    }

    /// How many notes are due on which day, as the grades given so far have left it.
    pub fn load(&self) -> &DueLoad {
        &self.load
    }

    /// The item to show, or `None` when the session is over.
    pub fn current(&self) -> Option<&Item> {
        self.queue.front()
    }

    /// What each grade would do to the current item; `None` also as long as its first ease is not known.
    pub fn outcomes(&self) -> Option<Outcomes> {
        let memory = self.current()?.memory?;
        Some(self.algorithm.outcomes(&memory, self.today, Some(&self.load)))
    }

    /// Takes over the order of `items`, in which the session would have begun had all been known. The current item, which
    /// was shown, stays the current one; if it is not among them, it takes the place of the last.
    ///
    /// For a session in which nothing was done yet: whoever leaves the first item asks for the order first.
    pub fn reorder(&mut self, items: impl IntoIterator<Item = Item>) {
        let shown = self.queue.pop_front();
        self.queue = items.into_iter().collect();
        let Some(shown) = shown else { return };
        match self.queue.iter().position(|item| item.id == shown.id) {
            Some(at) => self.queue.remove(at),
            None => self.queue.pop_back(),
        };
        self.queue.push_front(shown);
    }

    /// Lets every item know where its first review starts from.
    pub fn know_eases(&mut self, first_ease: impl Fn(&ItemId) -> Ease) {
        for item in self.queue.iter_mut().filter(|item| item.memory.is_none()) {
            item.memory = Some(self.algorithm.start(first_ease(&item.id)));
        }
    }

    /// Lets those of the items that were never graded and of which `is_one` know where their first reviews start from now.
    pub fn start_again(&mut self, is_one: impl Fn(&ItemId) -> bool, first_ease: impl Fn(&ItemId) -> Ease) {
        let is_new = |item: &Item| item.memory.is_some_and(|memory| memory.stored().is_none());
        for item in self.queue.iter_mut().filter(|item| is_new(item) && is_one(&item.id)) {
            item.memory = Some(self.algorithm.start(first_ease(&item.id)));
        }
    }

    /// The items still to come, the current one first.
    pub fn left(&self) -> impl ExactSizeIterator<Item = &Item> {
        self.queue.iter()
    }

    /// How many items in the queue were graded Again and come once more.
    pub fn again(&self) -> usize {
        self.again
    }

    /// What was done so far, oldest first.
    pub fn done(&self) -> &[Done] {
        &self.done
    }

    /// How many grades were given.
    pub fn graded(&self) -> usize {
        self.done.iter().filter(|done| matches!(done.action, Action::Graded(_))).count()
    }

    /// Moves on after the current item was graded and the outcome is on disk. Graded Again, it comes back after a few
    /// others, until it is graded better.
    pub fn record_grade(&mut self, outcome: Outcome) {
        let Some(item) = self.take_current() else { return };
        self.move_load(item.weight, item.before(), Some(outcome.after));
        if !outcome.grade.is_recalled() {
            let again = Item {
                id: item.id.clone(),
                shown: State::Scheduled(outcome.after),
                memory: Some(self.algorithm.after(&outcome)),
                weight: item.weight,
            };
            self.queue.insert(AGAIN_GAP.min(self.queue.len()), again);
            self.again += 1;
        }
        self.done.push(Done { item, action: Action::Graded(outcome), stays: false });
    }

    /// Moves on past the current item, which comes again after all others.
    pub fn skip(&mut self) {
        let Some(item) = self.queue.pop_front() else { return };
        self.done.push(Done { item: item.clone(), action: Action::Skipped, stays: false });
        self.queue.push_back(item);
    }

    /// Moves on after the current item was buried, suspended or given another date: it does not come again.
    pub fn record_set_aside(&mut self, after: Option<Scheduled>) {
        let Some(item) = self.take_current() else { return };
        self.move_load(item.weight, item.before(), after);
        self.done.push(Done { item, action: Action::SetAside(after), stays: false });
    }

    /// Drops the current item without a trace: it cannot be reviewed (gone, damaged, changed beyond reviewing).
    pub fn drop_current(&mut self) {
        self.take_current();
    }

    /// Shows `item` instead of the current one, after its note was found to say something else than when it was listed.
    pub fn replace_current(&mut self, item: Item) {
        if let Some(current) = self.queue.front_mut() {
            *current = item;
        }
    }

    /// Brings the item at place `index` of [`Session::left`] to the front.
    pub fn jump(&mut self, index: usize) {
        if let Some(item) = self.queue.remove(index) {
            self.queue.push_front(item);
        }
    }

    /// What [`Session::record_undo`] would take back, as its place in [`Session::done`]: the last thing done that does not
    /// stay.
    pub fn last_done(&self) -> Option<usize> {
        self.done.iter().rposition(|done| !done.stays)
    }

    /// Passes over the last thing, which cannot be taken back: the one before it is the next to be.
    pub fn record_stays(&mut self) {
        let last = self.last_done().and_then(|at| self.done.get_mut(at));
        last.into_iter().for_each(|done| done.stays = true);
    }

    /// Takes the last thing back after note and log hold it: its item is the current one again, as it was before.
    pub fn record_undo(&mut self) -> Option<Done> {
        let last = self.last_done()?;
        let id = &self.done.get(last)?.item.id;
        if let Some(at) = self.queue.iter().position(|item| item.id == *id) {
            let queued = self.queue.remove(at);
            if queued.is_some_and(|q| self.was_again(&q)) {
                self.again = self.again.saturating_sub(1);
            }
        }
        let done = self.done.remove(last);
        match done.action {
            Action::Graded(outcome) => self.move_load(done.item.weight, Some(outcome.after), done.item.before()),
            Action::SetAside(after) => self.move_load(done.item.weight, after, done.item.before()),
            Action::Skipped => {}
        }
        if self.was_again(&done.item) {
            self.again += 1;
        }
        self.queue.push_front(done.item.clone());
        Some(done)
    }

    fn take_current(&mut self) -> Option<Item> {
        let item = self.queue.pop_front()?;
        if self.was_again(&item) {
            self.again = self.again.saturating_sub(1);
        }
        Some(item)
    }

    /// Whether `item` stands in the queue because it was graded Again in this session.
    fn was_again(&self, item: &Item) -> bool {
        self.done.iter().rev().any(|done| {
            done.item.id == item.id
                && matches!(done.action, Action::Graded(o) if !o.grade.is_recalled() && Some(o.after) == item.before())
        })
    }

    fn move_load(&mut self, weight: u32, from: Option<Scheduled>, to: Option<Scheduled>) {
        let due = |schedule: Option<Scheduled>| schedule.map(|schedule| schedule.due);
        self.load.shift(self.today, weight, due(from), due(to));
    }
}

/// How many grades of each kind were given, worst first.
pub fn tally(done: &[Done]) -> [usize; 4] {
    let mut counts = [0; 4];
    for done in done {
        if let Action::Graded(outcome) = done.action {
            counts[outcome.grade as usize] += 1;
        }
    }
    counts
}

/// The grade that recalling `recalled` of `prompts` suggests: the person decides.
///
/// All: Good. Three quarters or more: Good; half or more: Hard; less: Again. Nothing to recall suggests nothing.
pub fn suggested_grade(recalled: usize, prompts: usize) -> Option<Grade> {
    if prompts == 0 {
        return None;
    }
    Some(match recalled * 4 {
        share if share >= prompts * 3 => Grade::Good,
        share if share >= prompts * 2 => Grade::Hard,
        _ => Grade::Again,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_day_is_one_in_which_the_session_might_have_begun() {
        let item = |due| {
            let [interval, ease] = [10.0, 250.0];
            let (interval, ease) = (Interval::new(interval).unwrap(), Ease::new(ease).unwrap());
            let scheduled = Scheduled { due: day(due), interval, ease };
            Item::new(ItemId::of_note(NotePath::new(due)), State::Scheduled(scheduled), &Algorithm::default(), ease)
        };
        let dues = ["2026-01-10", "2026-01-14", "2026-01-15", "2026-02-09", "2026-02-10"];
        let begun = |today| {
            let load = DueLoad::of(day(today), dues.map(day));
            Session::new(dues.iter().take(3).map(|due| item(due)), load, day(today), Algorithm::default())
        };
        let (mut overnight, fresh) = (begun("2026-01-15"), begun("2026-01-17"));
        assert!(!overnight.begin_day(day("2026-01-15")) && !overnight.begin_day(day("2026-01-14")));
        assert!(overnight.begin_day(day("2026-01-17")));
        assert_eq!((overnight.today(), overnight.load()), (fresh.today(), fresh.load()));
        assert_eq!(overnight.outcomes(), fresh.outcomes());
    }
    use crate::item::NotePath;
    use crate::schedule::Interval;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn item(name: &str, interval: f64) -> Item {
        let due = day("2026-01-10");
        let scheduled = Scheduled { due, interval: Interval::new(interval).unwrap(), ease: Ease::new(250.0).unwrap() };
        Item::new(
            ItemId::of_note(NotePath::new(name)),
            State::Scheduled(scheduled),
            &Algorithm::default(),
            scheduled.ease,
        )
    }

    fn session(names: &[&str]) -> Session {
        let today = day("2026-01-15");
        let items: Vec<Item> = names.iter().map(|name| item(name, 4.0)).collect();
        let load = DueLoad::of(today, items.iter().filter_map(|i| i.before()).map(|s| s.due));
        Session::new(items, load, today, Algorithm::default())
    }

    fn grade(session: &mut Session, grade: Grade) {
        let outcome = session.outcomes().unwrap().of(grade);
        session.record_grade(outcome);
    }

    fn names(session: &Session) -> Vec<&str> {
        session.left().map(|item| item.id.note.as_str()).collect()
    }

    #[test]
    fn an_item_graded_again_comes_back_until_it_is_recalled() {
        let mut s = session(&["a", "b", "c", "d", "e", "f", "g"]);
        grade(&mut s, Grade::Again);
        assert_eq!(names(&s), ["b", "c", "d", "e", "f", "a", "g"]);
        assert_eq!(s.again(), 1);
        for _ in 0..5 {
            grade(&mut s, Grade::Good);
        }
        let again = s.current().unwrap();
        assert_eq!(again.before().unwrap().interval.days(), 0.0);
        assert_eq!(again.before().unwrap().due, s.today());
        grade(&mut s, Grade::Good);
        assert_eq!((names(&s), s.again()), (vec!["g"], 0));
    }

    #[test]
    fn undo_walks_back_through_everything_that_was_done() {
        let mut s = session(&["a", "b", "c"]);
        let start = s.clone();
        grade(&mut s, Grade::Again);
        s.skip();
        grade(&mut s, Grade::Easy);
        s.record_set_aside(None);
        assert_eq!(s.done().len(), 4);
        while s.record_undo().is_some() {}
        assert_eq!(names(&s), names(&start));
        assert_eq!((s.again(), &s.load), (0, &start.load));
        assert_eq!(s.outcomes(), start.outcomes());
    }

    #[test]
    fn each_grade_moves_the_load_that_the_next_is_balanced_over() {
        let mut s = session(&["a", "b"]);
        let first = s.outcomes().unwrap().of(Grade::Good);
        s.record_grade(first);
        let second = s.outcomes().unwrap().of(Grade::Good);
        assert_ne!(first.after.due, second.after.due);
        assert!(second.moved_from.is_some());
    }

    #[test]
    fn a_session_is_up_when_its_time_is_and_something_is_left() {
        let (before, after) = (Duration::from_secs(59), Duration::from_secs(60));
        let mut s = session(&["a"]).limited_to(Some(after));
        assert_eq!((s.is_time_up(before), s.is_time_up(after)), (false, true));
        s.go_on();
        assert!(!s.is_time_up(after));
        let mut s = session(&["a"]).limited_to(Some(after));
        grade(&mut s, Grade::Good);
        assert!(!s.is_time_up(after));
        assert!(!session(&["a"]).is_time_up(Duration::MAX));
    }

    #[test]
    fn the_share_recalled_suggests_a_grade() {
        let cases = [(9, 9, Grade::Good), (7, 9, Grade::Good), (5, 9, Grade::Hard), (4, 9, Grade::Again)];
        for (recalled, prompts, grade) in cases {
            assert_eq!(suggested_grade(recalled, prompts), Some(grade), "{recalled} of {prompts}");
        }
        assert_eq!(suggested_grade(0, 0), None);
    }
}
