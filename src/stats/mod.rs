//! Figures about a vault: one context, one pure function a figure. `docs/json.md` describes what comes out.

mod activity;
mod aside;
mod forecast;
mod hardest;
mod last;
mod retention;
mod spread;
mod streak;

use chrono::{Days, NaiveDate};
use serde::Serialize;

use crate::log::{Entry, Log};
use crate::note::NotePath;
use crate::schedule::Scheduled;
use crate::threads;

pub use activity::{Activity, Counts, Heatmap};
pub use forecast::Forecast;
pub use hardest::Hard;
pub use last::LastReviews;
pub use retention::{MATURE_DAYS, Period, Retention, Tally};
pub use spread::{Bucket, Spread};
pub use streak::{Streak, Today};

/// A note as the figures see it.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The note.
    pub path: &'a NotePath,
    /// Its schedule; `None` when it is new.
    pub schedule: Option<Scheduled>,
    /// Whether it is set aside today: it counts for days that are over alone.
    pub is_aside: bool,
    /// Whether it is a copy of a note in the log: what its schedule tells of was done with that.
    pub is_copy: bool,
}

/// What every figure is computed from. `notes` are all that are scheduled or new; parked and damaged ones are left out.
#[derive(Debug)]
struct Context<'a> {
    /// The notes that have a schedule, those aside left out.
    scheduled: Vec<Item<'a>>,
    /// The notes with a schedule that are set aside today.
    aside: Vec<Item<'a>>,
    /// How many have none.
    new: usize,
    log: &'a Log,
    today: NaiveDate,
}

/// A scheduled note.
#[derive(Clone, Copy, Debug)]
struct Item<'a> {
    path: &'a NotePath,
    schedule: Scheduled,
    /// Its number in the log, see [`Log::number_of`].
    number: Option<usize>,
    is_copy: bool,
}

impl<'a> Context<'a> {
    fn new(notes: &[Known<'a>], log: &'a Log, today: NaiveDate) -> Self {
        let mut numbers = log.numbers();
        let (mut scheduled, mut aside, mut new) = (Vec::with_capacity(notes.len()), Vec::new(), 0);
        for note in notes {
            match note.schedule {
                Some(schedule) => {
                    let number = numbers.of(note.path.as_str());
                    let item = Item { path: note.path, schedule, number, is_copy: note.is_copy };
                    if note.is_aside { aside.push(item) } else { scheduled.push(item) }
                }
                None => new += usize::from(!note.is_aside),
            }
        }
        Self { scheduled, aside, new, log, today }
    }

    /// The events of a note, earliest first.
    fn events(&self, item: &Item<'_>) -> impl DoubleEndedIterator<Item = &'a Entry> + use<'a> {
        // A number past the last stands for no note.
        self.log.of_number(item.number.unwrap_or(usize::MAX))
    }

    /// The first day of the `days` days that end today.
    fn days_ago(&self, days: u64) -> NaiveDate {
        self.today.checked_sub_days(Days::new(days.saturating_sub(1))).unwrap_or(NaiveDate::MIN)
    }
}

/// All figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stats {
    /// The version of this shape: 1.
    pub version: u32,
    /// The study day they are for.
    pub today: NaiveDate,
    /// How many notes there are.
    pub notes: Notes,
    /// How many study days in a row.
    pub streak: Streak,
    /// What was reviewed lately.
    pub reviews: Activity,
    /// A year of reviews, day by day.
    pub heatmap: Heatmap,
    /// How much was recalled of what was due.
    pub retention: Retention,
    /// What is due in the next days.
    pub forecast: Forecast,
    /// How the intervals are spread, in days.
    pub intervals: Spread,
    /// How the eases are spread, in percent.
    pub eases: Spread,
    /// When the notes were last seen.
    pub last_reviews: LastReviews,
    /// The notes that give most trouble, worst first.
    pub hardest: Vec<Hard>,
}

/// How many notes there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Notes {
    /// Notes with a schedule.
    pub scheduled: usize,
    /// Notes for review that were never graded.
    pub new: usize,
    /// Notes due today or before.
    pub due: usize,
    /// Notes due before today.
    pub overdue: usize,
    /// Notes with an interval of [`MATURE_DAYS`] or more.
    pub mature: usize,
}

/// All figures of a vault on `today`.
///
/// `notes` are all that are scheduled or new, in whatever order; in that of their paths they are found in the log
/// soonest. With an empty log, everything that follows from the schedules is there all the same.
pub fn summarize(notes: &[Known<'_>], log: &Log, today: NaiveDate) -> Stats {
    let context = &Context::new(notes, log, today);
    // Going through the events note by note takes about as long as all else.
    let by_note = || (streak::streak(context), activity::heatmap(context), last::last_reviews(context));
    let rest = || {
        let (reviews, retention) = (activity::activity(context), retention::retention(context));
        let (intervals, eases) = (spread::intervals(context), spread::eases(context));
        let (forecast, hardest, notes) = (forecast::forecast(context), hardest::hardest(context), count(context));
        (reviews, retention, intervals, eases, forecast, hardest, notes)
    };
    let ((reviews, retention, intervals, eases, forecast, hardest, notes), (streak, heatmap, last_reviews)) =
        threads::both(rest, by_note);
    Stats {
        version: 1,
        today,
        notes,
        streak,
        reviews,
        heatmap,
        retention,
        forecast,
        intervals,
        eases,
        last_reviews,
        hardest,
    }
}

/// How many study days in a row, up to `today`. `notes` as for [`summarize`].
pub fn streak(notes: &[Known<'_>], log: &Log, today: NaiveDate) -> Streak {
    streak::streak(&Context::new(notes, log, today))
}

fn count(context: &Context<'_>) -> Notes {
    let mut notes = Notes { scheduled: context.scheduled.len(), new: context.new, ..Notes::default() };
    for Item { schedule, .. } in &context.scheduled {
        notes.due += usize::from(schedule.is_due(context.today));
        notes.overdue += usize::from(schedule.due < context.today);
        notes.mature += usize::from(schedule.interval.days() >= MATURE_DAYS);
    }
    notes
}

#[cfg(test)]
pub(crate) mod fixture {
    //! Vaults and logs in a few words, for the tests of every figure.

    use super::*;
    use crate::clock::Now;
    use crate::item::ItemId;
    use crate::log::{Change, Event, Kind, Transition, What, merge};
    use crate::schedule::{Ease, Grade, Interval};

    pub fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    pub fn scheduled(due: &str, interval: f64, ease: f64) -> Scheduled {
        Scheduled { due: day(due), interval: Interval::new(interval).unwrap(), ease: Ease::new(ease).unwrap() }
    }

    /// A note and its schedule as `due interval ease`; empty for a new one.
    pub fn note(path: &str, schedule: &str) -> (NotePath, Option<Scheduled>) {
        let schedule = match schedule.split_whitespace().collect::<Vec<_>>().as_slice() {
            [due, interval, ease] => Some(scheduled(due, interval.parse().unwrap(), ease.parse().unwrap())),
            _ => None,
        };
        (NotePath::new(path), schedule)
    }

    /// Events told as `day note grade before -> after ms`, with `-` for what is missing.
    pub fn log(lines: &[&str]) -> Log {
        let events: Vec<Event> = lines.iter().enumerate().map(|(at, line)| event(line, at)).collect();
        let text: String = events.iter().map(Event::line).collect();
        let (log, problems) = merge(&[("desk.jsonl", text.as_bytes())]);
        assert_eq!(problems, []);
        log
    }

    /// `2026-01-15 a.md good 2026-01-10/4/250 2026-01-25/10/250 1200`, optionally the kind in front of it all.
    fn event(line: &str, at: usize) -> Event {
        let mut words = line.split_whitespace().peekable();
        let kind = match words.peek() {
            Some(word) if !word.starts_with('2') => serde_json::from_value(words.next().unwrap().into()).unwrap(),
            _ => Kind::Review,
        };
        let today = day(words.next().unwrap());
        let minute = at % 60;
        let instant = format!("{today}T08:{minute:02}:00+00:00");
        let now = Now { instant: chrono::DateTime::parse_from_rfc3339(&instant).unwrap(), today };
        let item = ItemId::of_note(NotePath::new(words.next().unwrap()));
        let grade = words.next().and_then(|word| Grade::ALL.into_iter().find(|grade| grade.word() == word));
        let mut schedule = || {
            let parts: Vec<&str> = words.next()?.split('/').collect();
            let [due, interval, ease] = parts.as_slice() else { return None };
            Some(scheduled(due, interval.parse().unwrap(), ease.parse().unwrap()))
        };
        let moved = Transition { before: schedule(), after: schedule() };
        let moved = (moved.before.is_some() || moved.after.is_some()).then_some(moved);
        let ms = words.next().map(|ms| ms.parse().unwrap());
        Change::new(What::Incomplete { kind, grade, ms, moved }, item, &now).seal("desk", at as u64)
    }

    /// The figure `f` of these notes and this log.
    pub(in crate::stats) fn figure<T>(
        notes: &[(NotePath, Option<Scheduled>)],
        log: &Log,
        today: &str,
        f: impl Fn(&Context<'_>) -> T,
    ) -> T {
        let notes: Vec<Known> = notes
            .iter()
            .map(|(path, schedule)| Known { path, schedule: *schedule, is_aside: false, is_copy: false })
            .collect();
        f(&Context::new(&notes, log, day(today)))
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::{figure, log, note};
    use super::*;

    #[test]
    fn notes_are_counted_by_where_they_stand() {
        let notes = [
            note("a.md", "2026-01-14 4 250"),
            note("b.md", "2026-01-15 21 250"),
            note("c.md", "2026-01-16 20.9 250"),
            note("d.md", ""),
        ];
        let counted = figure(&notes, &log(&[]), "2026-01-15", count);
        assert_eq!(counted, Notes { scheduled: 3, new: 1, due: 2, overdue: 1, mature: 1 });
    }
}
