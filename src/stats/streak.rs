//! How many study days in a row.
//!
//! A day counts when something was reviewed on it. A day at whose end nothing was due neither counts nor breaks; what was
//! due then is derived from the log and, after the last event of a note, from the note itself. While a note is set aside it
//! is not due. A note that is not in the vault any more was due up to its last event only. Counting starts with the first
//! review in the log.

use chrono::NaiveDate;
use serde::Serialize;

use super::aside::days_aside;
use super::{Context, Item};
use crate::schedule::Scheduled;

/// How many study days in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Streak {
    /// Days up to today. Today counts once something is reviewed, and never breaks.
    pub current: u32,
    /// Days of the longest streak there ever was.
    pub longest: u32,
    /// The last day of the longest streak; of several, the latest.
    pub longest_ended: Option<NaiveDate>,
    /// Where today stands.
    pub today: Today,
}

/// Where today stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Today {
    /// Something was reviewed: the day counts.
    Done,
    /// Something is due and nothing was reviewed yet.
    Open,
    /// Nothing is due: the day neither counts nor breaks.
    Free,
}

pub(super) fn streak(context: &Context<'_>) -> Streak {
    let due_now = context.scheduled.iter().any(|item| item.schedule.is_due(context.today));
    let past = context.log.reviews().map(|entry| entry.day).filter(|day| *day <= context.today);
    let Some(first) = past.min() else {
        let today = if due_now { Today::Open } else { Today::Free };
        return Streak { current: 0, longest: 0, longest_ended: None, today };
    };
    let days = days(context, first);

    let (mut run, mut longest, mut longest_ended) = (0, 0, None);
    for (day, reviewed, due) in days.iter() {
        if reviewed {
            run += 1;
            if run >= longest {
                (longest, longest_ended) = (run, Some(day));
            }
        } else if due && day < context.today {
            run = 0;
        }
    }
    let today = match days.iter().last() {
        Some((_, true, _)) => Today::Done,
        _ if due_now => Today::Open,
        _ => Today::Free,
    };
    Streak { current: run, longest, longest_ended, today }
}

/// What happened on the days from `first` to today.
fn days(context: &Context<'_>, first: NaiveDate) -> Span {
    let mut days = Span::new(first, context.today);
    for entry in context.log.reviews() {
        days.review(entry.day);
    }
    mark_due(context, &mut days);
    days
}

/// Marks the days at whose end some note was due.
fn mark_due(context: &Context<'_>, days: &mut Span) {
    let mut now: Vec<Option<Scheduled>> = vec![None; context.log.note_count()];
    for Item { schedule, number, .. } in context.scheduled.iter().chain(&context.aside) {
        match number.and_then(|number| now.get_mut(number)) {
            Some(slot) => *slot = Some(*schedule),
            None => days.due(schedule.due, context.today),
        }
    }
    let may_be_aside = context.log.may_set_aside();
    for (number, now) in now.into_iter().enumerate() {
        let entries = || context.log.of_number(number);
        let aside = if may_be_aside { days_aside(entries(), context.today) } else { Vec::new() };
        let mut due = |from: NaiveDate, to: NaiveDate| due_but(days, &aside, from, to);
        let mut held: Option<(NaiveDate, Scheduled)> = None;
        let mut moved = None;
        for entry in entries() {
            let Some(schedule) = entry.schedule() else { continue };
            if moved.is_none() {
                held = schedule.before.map(|before| (before.due, before));
            }
            if let Some((from, schedule)) = held {
                // A review that is taken back later leaves behind a day on which the note was due.
                let to = if entry.is_review() { Some(entry.day) } else { entry.day.pred_opt() };
                to.into_iter().for_each(|to| due(schedule.due.max(from), to));
            }
            held = schedule.after.map(|schedule| (entry.day, schedule));
            moved = Some(entry.day);
        }
        if let Some(schedule) = now {
            due(moved.map_or(schedule.due, |day| schedule.due.max(day)), context.today);
        }
    }
}

/// Marks a note as due from `from` to `to`, but on the days on which it was set aside.
fn due_but(days: &mut Span, aside: &[(NaiveDate, NaiveDate)], mut from: NaiveDate, to: NaiveDate) {
    for (first, last) in aside {
        if *last < from {
            continue;
        }
        let before = first.pred_opt().map_or(to, |day| day.min(to));
        if from <= before {
            days.due(from, before);
        }
        from = last.succ_opt().unwrap_or(*last).max(from);
    }
    if from <= to {
        days.due(from, to);
    }
}

/// Day by day from the first review to today.
struct Span {
    first: NaiveDate,
    reviewed: Vec<bool>,
    /// How many notes become due on a day less how many cease to be.
    change: Vec<i32>,
}

impl Span {
    fn new(first: NaiveDate, last: NaiveDate) -> Self {
        let days = usize::try_from((last - first).num_days()).unwrap_or(0) + 1;
        Self { first, reviewed: vec![false; days], change: vec![0; days + 1] }
    }

    fn index(&self, day: NaiveDate) -> i64 {
        (day - self.first).num_days()
    }

    fn review(&mut self, day: NaiveDate) {
        if let Some(slot) = usize::try_from(self.index(day)).ok().and_then(|at| self.reviewed.get_mut(at)) {
            *slot = true;
        }
    }

    /// Something was due on every day from `from` to `to`, both included.
    fn due(&mut self, from: NaiveDate, to: NaiveDate) {
        let from = self.index(from).max(0);
        let end = self.index(to).saturating_add(1).min(self.reviewed.len() as i64);
        if from < end {
            for (at, step) in [(from, 1), (end, -1)] {
                if let Some(slot) = usize::try_from(at).ok().and_then(|at| self.change.get_mut(at)) {
                    *slot += step;
                }
            }
        }
    }

    /// Each day, whether something was reviewed on it, and whether something was due.
    fn iter(&self) -> impl Iterator<Item = (NaiveDate, bool, bool)> + '_ {
        let due = self.change.iter().scan(0, |sum, step| {
            *sum += step;
            Some(*sum > 0)
        });
        self.first.iter_days().zip(&self.reviewed).zip(due).map(|((day, reviewed), due)| (day, *reviewed, due))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{day, figure, log, note};
    use super::*;

    #[test]
    fn days_in_a_row_count_and_a_missed_one_breaks() {
        let notes = [note("a.md", "2026-01-20 4 250"), note("b.md", "2026-01-21 4 250")];
        let log = log(&[
            "2026-01-10 a.md good 2026-01-10/1/250 2026-01-11/1/250",
            "2026-01-11 a.md good 2026-01-11/1/250 2026-01-12/1/250",
            "2026-01-12 a.md good 2026-01-12/1/250 2026-01-13/1/250",
            // Due on the 13th and 14th, and not reviewed.
            "2026-01-15 a.md good 2026-01-13/1/250 2026-01-20/5/250",
            "2026-01-16 b.md good - 2026-01-21/5/250",
        ]);
        assert_eq!(
            figure(&notes, &log, "2026-01-16", streak),
            Streak { current: 2, longest: 3, longest_ended: Some(day("2026-01-12")), today: Today::Done }
        );
    }

    #[test]
    fn a_day_with_nothing_due_neither_counts_nor_breaks() {
        let notes = [note("a.md", "2026-01-20 5 250")];
        let log = log(&[
            "2026-01-10 a.md good 2026-01-10/1/250 2026-01-15/5/250",
            "2026-01-15 a.md good 2026-01-15/5/250 2026-01-20/5/250",
        ]);
        let streak = |today| figure(&notes, &log, today, streak);
        assert_eq!((streak("2026-01-15").current, streak("2026-01-15").today), (2, Today::Done));
        assert_eq!((streak("2026-01-19").current, streak("2026-01-19").today), (2, Today::Free));
        assert_eq!((streak("2026-01-20").current, streak("2026-01-20").today), (2, Today::Open));
        assert_eq!((streak("2026-01-21").current, streak("2026-01-21").today), (0, Today::Open));
        assert_eq!(streak("2026-01-21").longest, 2);
    }

    #[test]
    fn a_note_that_was_never_logged_is_due_all_the_same() {
        let log = log(&[
            "2026-01-10 a.md good 2026-01-10/1/250 2026-01-12/2/250",
            "2026-01-12 a.md good 2026-01-12/2/250 2026-01-22/10/250",
        ]);
        let alone = [note("a.md", "2026-01-22 10 250")];
        assert_eq!(figure(&alone, &log, "2026-01-12", streak).current, 2);
        let more = [note("a.md", "2026-01-22 10 250"), note("old.md", "2025-12-01 10 250")];
        assert_eq!(figure(&more, &log, "2026-01-12", streak).current, 1);
    }

    #[test]
    fn a_note_that_is_gone_is_not_due_for_ever() {
        let log = log(&["2026-01-10 a.md good 2026-01-10/1/250 2026-01-12/2/250"]);
        assert_eq!(figure(&[], &log, "2026-01-20", streak).current, 1);
    }

    #[test]
    fn reviews_from_outside_count_and_those_of_a_day_to_come_do_not() {
        let notes = [note("a.md", "2026-01-16 5 250")];
        let log = log(&[
            "external 2026-01-11 a.md - 2026-01-10/1/250 2026-01-16/5/250",
            "2027-01-01 b.md good - 2027-01-03/3/250",
        ]);
        assert_eq!(
            figure(&notes, &log, "2026-01-11", streak),
            Streak { current: 1, longest: 1, longest_ended: Some(day("2026-01-11")), today: Today::Done }
        );
    }

    #[test]
    fn without_a_log_there_is_no_streak_yet() {
        let notes = [note("a.md", "2026-01-16 5 250")];
        let empty = log(&[]);
        let none = |today| Streak { current: 0, longest: 0, longest_ended: None, today };
        assert_eq!(figure(&notes, &empty, "2026-01-16", streak), none(Today::Open));
        assert_eq!(figure(&notes, &empty, "2026-01-15", streak), none(Today::Free));
    }

    #[test]
    fn days_on_which_all_that_was_due_was_set_aside_break_nothing_then_and_later() {
        let reviews = [
            "2026-01-10 a.md good - 2026-01-11/1/250",
            "2026-01-11 a.md good 2026-01-11/1/250 2026-01-13/2/250",
            "suspend 2026-01-12 a.md -",
        ];
        let notes = [note("a.md", "2026-01-13 2 250")];
        let suspended = log(&reviews);
        assert_eq!(figure(&notes, &suspended, "2026-01-16", streak).current, 2);
        let resumed = log(&[&reviews[..], &["resume 2026-01-16 a.md -"]].concat());
        let streak = |log, today| figure(&notes, log, today, streak).current;
        assert_eq!(streak(&resumed, "2026-01-16"), 2, "it is due again, and the day is not over");
        assert_eq!(streak(&resumed, "2026-01-17"), 0);
        let buried = log(&[&reviews[..2], &["bury 2026-01-13 a.md -"]].concat());
        assert_eq!([streak(&buried, "2026-01-14"), streak(&buried, "2026-01-15")], [2, 0]);
    }

    #[test]
    fn what_is_suspended_later_was_due_before() {
        let notes = [note("a.md", "2026-01-13 2 250")];
        let log = log(&["2026-01-11 a.md good 2026-01-11/1/250 2026-01-13/2/250", "suspend 2026-01-15 a.md -"]);
        let set_aside: Vec<super::super::Known<'_>> = notes
            .iter()
            .map(|(path, schedule)| super::super::Known { path, schedule: *schedule, is_aside: true, is_copy: false })
            .collect();
        let streak = super::super::streak(&set_aside, &log, day("2026-01-15"));
        assert_eq!((streak.current, streak.today), (0, Today::Free));
    }

    #[test]
    fn a_due_date_that_was_moved_on_its_day_breaks_nothing() {
        let notes = [note("a.md", "2026-01-20 2 250")];
        let log = log(&[
            "2026-01-11 a.md good - 2026-01-13/2/250",
            "reschedule 2026-01-13 a.md - 2026-01-13/2/250 2026-01-20/2/250",
        ]);
        assert_eq!(figure(&notes, &log, "2026-01-15", streak).current, 1);
    }

    mod later {
        //! Nothing that happens later changes a day that is over.

        use std::collections::HashMap;

        use chrono::TimeDelta;
        use proptest::prelude::*;

        use super::super::super::fixture::{day, scheduled};
        use super::super::*;
        use crate::clock::Now;
        use crate::item::{ItemId, NotePath};
        use crate::log::{Change, Event, EventId, Kind, Log, Transition, Undo, What, merge};
        use crate::note::Was;
        use crate::schedule::Grade;
        use crate::stats::Known;

        /// What may be done with one of the notes.
        #[derive(Clone, Copy, Debug)]
        enum Deed {
            Review(Grade),
            Suspend,
            Resume,
            Bury,
            /// Takes back the last thing done with it, if that was no review of a day that is over.
            Undo,
            /// Puts the due date off by days, without a review.
            Reschedule(i64),
            /// The next day comes.
            Sleep,
        }

        fn deed() -> impl Strategy<Value = (usize, Deed)> {
            let deed = prop_oneof![
                4 => prop::sample::select(Grade::ALL.to_vec()).prop_map(Deed::Review),
                1 => Just(Deed::Suspend),
                1 => Just(Deed::Resume),
                1 => Just(Deed::Bury),
                2 => Just(Deed::Undo),
                1 => (-3..5_i64).prop_map(Deed::Reschedule),
                6 => Just(Deed::Sleep),
            ];
            (0..3_usize, deed)
        }

        /// What was done, on which day, and how it moved the schedule.
        type Done = (EventId, Kind, NaiveDate, Option<Transition>);

        #[derive(Default)]
        struct Life {
            events: Vec<Event>,
            done: HashMap<usize, Vec<Done>>,
            schedules: [Option<Scheduled>; 3],
        }

        impl Life {
            fn log(&self) -> Log {
                let text: String = self.events.iter().map(Event::line).collect();
                merge(&[("desk.jsonl", text.as_bytes())]).0
            }

            fn path(note: usize) -> NotePath {
                NotePath::new(format!("{note}.md"))
            }

            fn happen(&mut self, note: usize, deed: Deed, today: NaiveDate) {
                let minute = TimeDelta::minutes(self.events.len() as i64);
                let instant = (today.and_hms_opt(5, 0, 0).unwrap() + minute).and_utc().fixed_offset();
                let change = |what| Change::new(what, ItemId::of_note(Self::path(note)), &Now { instant, today });
                let before = self.schedules[note];
                let moved = |after| Transition { before, after: Some(after) };
                let undo = || Undo::Values(Was::default());
                let change = match deed {
                    Deed::Review(grade) => {
                        let days = match grade {
                            Grade::Again => 0,
                            Grade::Hard => 1,
                            Grade::Good => 3,
                            Grade::Easy => 6,
                        };
                        let after = scheduled(&(today + TimeDelta::days(days)).to_string(), days as f64, 250.0);
                        change(What::Review { grade, ms: None, moved: moved(after), undo: undo() })
                    }
                    Deed::Reschedule(days) => match before {
                        Some(known) => {
                            let after = Scheduled { due: today + TimeDelta::days(days), ..known };
                            change(What::Reschedule { moved: moved(after), undo: undo() })
                        }
                        None => return,
                    },
                    Deed::Suspend => change(What::Suspend),
                    Deed::Resume => change(What::Resume),
                    Deed::Bury => change(What::Bury),
                    Deed::Undo => {
                        let Some((id, kind, of, was)) = self.done.get(&note).and_then(|done| done.last().copied())
                        else {
                            return;
                        };
                        if kind == Kind::Review && of != today {
                            return;
                        }
                        self.done.entry(note).or_default().pop();
                        let back = was.map(|was| Transition { before: was.after, after: was.before });
                        if let Some(back) = back {
                            self.schedules[note] = back.after;
                        }
                        let change = change(What::Undo { of: id, moved: back });
                        self.events.push(change.seal("desk", self.events.len() as u64));
                        return;
                    }
                    Deed::Sleep => return,
                };
                let (kind, moved) = (change.kind(), change.what.moved());
                if let Some(moved) = moved {
                    self.schedules[note] = moved.after;
                }
                let event = change.seal("desk", self.events.len() as u64);
                self.done.entry(note).or_default().push((event.id, kind, today, moved));
                self.events.push(event);
            }

            /// Of each day from the first review to `today`: whether something was reviewed, and whether something was due.
            fn days(&self, today: NaiveDate) -> Vec<(NaiveDate, bool, bool)> {
                let log = self.log();
                let paths = [0, 1, 2].map(Self::path);
                let notes: Vec<Known<'_>> = paths
                    .iter()
                    .zip(self.schedules)
                    .map(|(path, schedule)| Known {
                        path,
                        schedule,
                        is_copy: false,
                        is_aside: log.is_aside(&ItemId::of_note(path.clone()), today),
                    })
                    .collect();
                let first = log.reviews().map(|entry| entry.day).min();
                let context = Context::new(&notes, &log, today);
                first.map_or_else(Vec::new, |first| super::super::days(&context, first).iter().collect())
            }
        }

        proptest! {
            #[test]
            fn a_day_that_is_over_stays_as_it_was(deeds in prop::collection::vec(deed(), 1..60)) {
                let mut life = Life::default();
                let mut today = day("2026-01-15");
                let mut over: HashMap<NaiveDate, (bool, bool)> = HashMap::new();
                for (note, deed) in deeds {
                    life.happen(note, deed, today);
                    if matches!(deed, Deed::Sleep) {
                        let days = life.days(today);
                        for (day, reviewed, due) in days {
                            let known = *over.entry(day).or_insert((reviewed, due));
                            // On a day with a review nobody asks whether something was due.
                            prop_assert_eq!((day, known.0, known.1 && !known.0), (day, reviewed, due && !reviewed));
                        }
                        today += TimeDelta::days(1);
                    }
                }
            }
        }
    }
}
