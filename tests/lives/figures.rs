//! Every figure of `study stats --json`, from what the model knows, by the words of `docs/json.md`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate};
use serde_json::{Value, json};

use crate::model::{Event, Known, NoteId, What};
use crate::paper::Schedule;

/// A note for review that lies on the device.
pub struct Standing {
    pub path: String,
    pub note: NoteId,
    /// `None` when it is new.
    pub schedule: Option<Schedule>,
    /// Of a copy: of which note, and the schedule that it came with.
    pub copied: Option<(NoteId, Schedule)>,
}

/// What `study stats --json` has to print.
pub fn figures(notes: &[Standing], known: &Known<'_>, today: NaiveDate) -> Value {
    let (aside, here): (Vec<_>, Vec<_>) = notes.iter().partition(|n| known.is_aside(n.note, today));
    let scheduled: Vec<(&Standing, Schedule)> = here.iter().filter_map(|n| Some((*n, n.schedule?))).collect();
    let count = |fits: &dyn Fn(&Schedule) -> bool| scheduled.iter().filter(|(_, schedule)| fits(schedule)).count();
    let reviews = known.reviews();
    let every: Vec<(&Standing, Schedule)> = here.iter().chain(&aside).filter_map(|n| Some((*n, n.schedule?))).collect();
    let (days_7, days_30, days_365) = (today - Days::new(6), today - Days::new(29), today - Days::new(364));
    let within = |from: NaiveDate| move |event: &Event| from <= event.day && event.day <= today;
    let is_due = count(&|s| s.due <= today) > 0;
    json!({
        "version": 1,
        "today": today,
        "notes": {
            "scheduled": scheduled.len(),
            "new": here.len() - scheduled.len(),
            "due": count(&|s| s.due <= today),
            "overdue": count(&|s| s.due < today),
            "mature": count(&|s| s.interval >= 21.0),
        },
        "streak": streak(&every, known, &reviews, is_due, today),
        "reviews": {
            "today": tally(&reviews, within(today)),
            "days_7": tally(&reviews, within(days_7)),
            "days_30": tally(&reviews, within(days_30)),
            "days_365": tally(&reviews, within(days_365)),
            "total": tally(&reviews, |_| true),
        },
        "heatmap": heatmap(&every, known, &reviews, today),
        "retention": {
            "today": retention(&reviews, within(today)),
            "yesterday": retention(&reviews, |event| Some(event.day) == today.pred_opt()),
            "days_7": retention(&reviews, within(days_7)),
            "days_30": retention(&reviews, within(days_30)),
            "days_365": retention(&reviews, within(days_365)),
            "total": retention(&reviews, |_| true),
        },
        "forecast": forecast(&scheduled, today),
        "intervals": spread(scheduled.iter().map(|(_, s)| s.interval).collect(), &[0, 1, 3, 7, 21, 60, 120, 240, 365]),
        "eases": spread(scheduled.iter().map(|(_, s)| s.ease).collect(), &[0, 131, 170, 210, 230, 250, 270, 290, 330]),
        "last_reviews": last_reviews(&scheduled, &reviews, today),
        "hardest": hardest(&scheduled, &reviews),
    })
}

fn tally(reviews: &[&Event], fits: impl Fn(&Event) -> bool) -> Value {
    let of: Vec<&&Event> = reviews.iter().filter(|event| fits(event)).collect();
    let graded = |grade| of.iter().filter(|event| event.grade() == grade).count();
    let times: Vec<u64> =
        of.iter().filter_map(|event| if let What::Review { ms, .. } = event.what { ms } else { None }).collect();
    json!({
        "reviews": of.len(),
        "again": graded(Some(1)),
        "hard": graded(Some(2)),
        "good": graded(Some(3)),
        "easy": graded(Some(4)),
        "ungraded": graded(None),
        "external": of.iter().filter(|event| matches!(event.what, What::External { .. })).count(),
        "days": of.iter().map(|event| event.day).collect::<BTreeSet<_>>().len(),
        "timed": times.len(),
        "ms": times.iter().sum::<u64>(),
    })
}

/// Days in a row: those with a review count, and those at whose end nothing was due break nothing.
fn streak(
    notes: &[(&Standing, Schedule)],
    known: &Known<'_>,
    reviews: &[&Event],
    is_due: bool,
    today: NaiveDate,
) -> Value {
    let reviewed: BTreeSet<NaiveDate> = reviews.iter().map(|event| event.day).filter(|day| *day <= today).collect();
    let due = due_days(notes, known, reviewed.first().copied().unwrap_or(today), today);
    let (mut run, mut longest, mut ended) = (0, 0, None);
    let days =
        reviewed.first().map_or_else(Vec::new, |first| first.iter_days().take_while(|day| *day <= today).collect());
    for day in days {
        if reviewed.contains(&day) {
            run += 1;
            if run >= longest {
                (longest, ended) = (run, Some(day));
            }
        } else if due.contains(&day) && day < today {
            run = 0;
        }
    }
    let state = match (reviewed.contains(&today), is_due) {
        (true, _) => "done",
        (_, true) => "open",
        _ => "free",
    };
    json!({ "current": run, "longest": longest, "longest_ended": ended, "today": state })
}

/// The days from `first` on at whose end something was due.
fn due_days(
    notes: &[(&Standing, Schedule)],
    known: &Known<'_>,
    first: NaiveDate,
    today: NaiveDate,
) -> BTreeSet<NaiveDate> {
    let now: BTreeMap<NoteId, Schedule> = notes.iter().map(|(standing, s)| (standing.note, *s)).collect();
    let ever: BTreeSet<NoteId> = known.events.iter().map(|(_, event)| event.note).chain(now.keys().copied()).collect();
    let mut due = BTreeSet::new();
    for note in ever {
        let mut mark = |from: NaiveDate, to: NaiveDate| {
            let days = from.max(first).iter_days().take_while(|day| *day <= to.min(today));
            due.extend(days.filter(|day| !known.was_aside(note, *day)));
        };
        // The schedule that the note had, and since when.
        let mut held: Option<(NaiveDate, Schedule)> = None;
        let mut last = None;
        for (_, event) in known.of(note) {
            let Some((before, after)) = event.moved else { continue };
            if last.is_none() {
                held = before.map(|before| (before.due, before));
            }
            if let Some((since, schedule)) = held {
                // Up to the end of the day before. On the day of a review it was due too, should that be taken back.
                let until = if event.is_review() { event.day } else { event.day - Days::new(1) };
                mark(schedule.due.max(since), until);
            }
            held = after.map(|after| (event.day, after));
            last = Some(event.day);
        }
        if let Some(schedule) = now.get(&note) {
            mark(last.map_or(schedule.due, |last| schedule.due.max(last)), today);
        }
    }
    due
}

fn heatmap(notes: &[(&Standing, Schedule)], known: &Known<'_>, reviews: &[&Event], today: NaiveDate) -> Value {
    let from = today - Days::new(u64::from(today.weekday().num_days_from_monday()) + 7 * 52);
    let mut days: BTreeMap<NaiveDate, (usize, usize)> = BTreeMap::new();
    for event in reviews {
        days.entry(event.day).or_default().0 += 1;
    }
    for (standing, schedule) in notes {
        let first = known.of(standing.note).find_map(|(_, event)| Some((event.day, event.moved?.0)));
        let (schedule, until) = first.map_or((Some(*schedule), today), |(day, before)| (before, day));
        // What a copy came with is known to have been done with the original.
        let is_others = standing.copied.is_some_and(|(original, came)| {
            first.is_none()
                && schedule == Some(came)
                && known.of(original).any(|(_, event)| event.after() == Some(came))
        });
        let own = schedule.filter(|_| !is_others);
        if let Some(day) = own.map(|schedule| schedule.reviewed()).filter(|day| *day <= until) {
            days.entry(day).or_default().1 += 1;
        }
    }
    let shown = days.range(from..=today);
    let days: Vec<Value> = shown
        .map(|(day, (reviews, inferred))| json!({ "day": day, "reviews": reviews, "inferred": inferred }))
        .collect();
    json!({ "from": from, "to": today, "days": days })
}

/// Of the notes that were due, by the first review of each on a day, the share not graded Again.
fn retention(reviews: &[&Event], fits: impl Fn(&Event) -> bool) -> Value {
    let mut met: BTreeSet<(NoteId, NaiveDate)> = BTreeSet::new();
    let first: Vec<&&Event> = reviews.iter().filter(|event| met.insert((event.note, event.day))).collect();
    let (mut new, mut young, mut mature) = (Vec::new(), Vec::new(), Vec::new());
    for event in first.into_iter().filter(|event| fits(event)) {
        let (Some(grade), Some((before, _))) = (event.grade(), event.moved) else { continue };
        match before {
            None => new.push(grade),
            Some(before) if before.due > event.day => {}
            Some(before) if before.interval >= 21.0 => mature.push(grade),
            Some(_) => young.push(grade),
        }
    }
    let due = [young.clone(), mature.clone()].concat();
    let shares = |grades: &[u8]| {
        let of = |grade| grades.iter().filter(|given| **given == grade).count();
        let share = (grades.len() - of(1)) as f64 / grades.len() as f64;
        let recalled = (!grades.is_empty()).then(|| (share * 10_000.0).round() / 10_000.0);
        json!({
            "reviews": grades.len(), "again": of(1), "hard": of(2), "good": of(3), "easy": of(4), "recalled": recalled,
        })
    };
    json!({ "new": shares(&new), "young": shares(&young), "mature": shares(&mature), "due": shares(&due) })
}

fn forecast(scheduled: &[(&Standing, Schedule)], today: NaiveDate) -> Value {
    let on = |fits: &dyn Fn(NaiveDate) -> bool| scheduled.iter().filter(|(_, s)| fits(s.due)).count();
    let days: Vec<Value> =
        today.iter_days().take(30).map(|day| json!({ "day": day, "due": on(&|due| due == day) })).collect();
    json!({
        "overdue": on(&|due| due < today),
        "days": days,
        "later": on(&|due| due > today + Days::new(29)),
        "next": scheduled.iter().map(|(_, s)| s.due).filter(|due| *due > today).min(),
    })
}

fn buckets(values: &[f64], bounds: &[u32]) -> Value {
    let below = |at: usize| bounds.get(at + 1).copied();
    let fits = |at: usize, value: f64| {
        f64::from(bounds[at]) <= value && below(at).is_none_or(|below| value < f64::from(below))
    };
    let bucket = |at: usize| {
        let notes = values.iter().filter(|value| fits(at, **value)).count();
        json!({ "from": bounds[at], "below": below(at), "notes": notes })
    };
    (0..bounds.len()).map(bucket).collect()
}

fn spread(values: Vec<f64>, bounds: &[u32]) -> Value {
    let mean = (!values.is_empty()).then(|| (values.iter().sum::<f64>() / values.len() as f64 * 10.0).round() / 10.0);
    json!({ "buckets": buckets(&values, bounds), "mean": mean, "median": median(&values) })
}

/// The value in the middle, or half-way between the two there.
fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

fn last_reviews(scheduled: &[(&Standing, Schedule)], reviews: &[&Event], today: NaiveDate) -> Value {
    let (mut logged, mut inferred, mut unknown, mut ago) = (0, 0, 0, Vec::new());
    for (standing, schedule) in scheduled {
        let of = reviews.iter().filter(|event| event.note == standing.note);
        let day = match (of.map(|event| event.day).filter(|day| *day <= today).max(), schedule.reviewed()) {
            (Some(day), _) => {
                logged += 1;
                day
            }
            (None, day) if day <= today => {
                inferred += 1;
                day
            }
            _ => {
                unknown += 1;
                continue;
            }
        };
        ago.push((today - day).num_days() as f64);
    }
    let days_ago = buckets(&ago, &[0, 7, 30, 90, 180, 365]);
    json!({ "logged": logged, "inferred": inferred, "unknown": unknown, "days_ago": days_ago })
}

fn hardest(scheduled: &[(&Standing, Schedule)], reviews: &[&Event]) -> Value {
    let usual = median(&scheduled.iter().map(|(_, s)| s.ease).collect::<Vec<_>>()).unwrap_or(0.0);
    let mut hard: Vec<(f64, usize, &str, Value)> = Vec::new();
    for (standing, schedule) in scheduled {
        let of: Vec<&&Event> = reviews.iter().filter(|event| event.note == standing.note).collect();
        // Again once more in one sitting, on an interval of 0, is not another lapse.
        let had_interval =
            |event: &Event| event.moved.and_then(|(before, _)| before).is_some_and(|b| b.interval >= 1.0);
        let lapses = of.iter().filter(|event| event.grade() == Some(1) && had_interval(event)).count();
        if schedule.ease < usual || lapses > 0 {
            let Schedule { due, interval, ease } = *schedule;
            let row = json!({
                "path": standing.path, "ease": ease, "interval": interval, "due": due,
                "lapses": lapses, "reviews": of.len(),
            });
            hard.push((ease, lapses, &standing.path, row));
        }
    }
    hard.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)).then(a.2.cmp(b.2)));
    hard.into_iter().take(10).map(|(.., row)| row).collect()
}
