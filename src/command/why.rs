//! `study why`: how the next dates of a note come about.

use std::io::Write;

use chrono::{Days, NaiveDate};

use super::linked::FirstEases;
use super::load::{self, Loaded};
use super::named::resolve;
use super::{Context, due};
use crate::cli::WhyArgs;
use crate::error::CliError;
use crate::note::facts::{ScheduledTags, Wanted};
use crate::note::{NotePath, State, schedule};
use crate::schedule::{DueLoad, Grade, LinkSums, Outcome, Schedule, Scheduled, Sm2, first_ease, outcomes};
use crate::show::when;

/// Explains, in a few lines, where a review of the note starts from and what each grade leads to.
///
/// # Errors
/// When the note is not found or its schedule cannot be read.
pub fn run(args: &WhyArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let note = resolve(&args.note, context)?;
    let text = context.vault.read(&note).map_err(|f| CliError::failed(f.at(note.clone()).to_string()))?;
    let reading = schedule::read(text.as_bytes());
    if let Some(finding) = reading.refusal() {
        return Err(CliError::failed(finding.clone().at(note).to_string()));
    }
    let wanted = Wanted::new(&context.config.selection, None, ScheduledTags::All);
    let scheduled = if let State::Scheduled(scheduled) = reading.state { Some(scheduled) } else { None };
    let loaded = match scheduled {
        Some(_) => load::load(context, &wanted),
        None => load::load_with_links(context, &wanted, FirstEases::One),
    };
    let today = context.now.today;
    let load = loaded.queue.load(today);
    let sm2 = &context.config.sm2;
    writeln!(out, "{}", due::name(&note))?;
    let start = match scheduled {
        Some(scheduled) => {
            writeln!(out, "  {}", standing(&scheduled, today))?;
            Schedule::Scheduled(scheduled)
        }
        None => {
            let (line, schedule) = first(&note, &loaded, context);
            writeln!(out, "  {line}")?;
            schedule
        }
    };
    let (interval, ease, late) = match start {
        Schedule::New { ease } => (1.0, ease.percent(), 0),
        Schedule::Scheduled(s) => (s.interval.days().max(1.0), s.ease.percent(), s.days_overdue(today).max(0)),
    };
    for outcome in outcomes(start, today, sm2, Some(&load)).iter() {
        let sum = sum(outcome.grade, interval, ease, late, sm2);
        let moved = moved(&outcome, today, &load, sm2);
        let next = match outcome.after.due == today {
            true => "again today".to_owned(),
            false => format!("{} d, {}", outcome.after.interval, when::day(outcome.after.due, today)),
        };
        writeln!(
            out,
            "  {} {:<6} {sum} -> {next}; ease {}{moved}",
            outcome.grade.key(),
            outcome.grade,
            outcome.after.ease
        )?;
    }
    if !sm2.load_balance {
        writeln!(out, "  load balancing is off")?;
    }
    Ok(())
}

fn standing(scheduled: &Scheduled, today: NaiveDate) -> String {
    let late = match scheduled.days_overdue(today) {
        0 => "due today, so no days late".to_owned(),
        late if late > 0 => {
            let days = when::count(late as usize, "day");
            format!("{days} late, of which Hard counts a quarter, Good half and Easy all")
        }
        early => format!("{} early, which count as none late", when::count(early.unsigned_abs() as usize, "day")),
    };
    format!("interval {} d, ease {}; {late}", scheduled.interval, scheduled.ease)
}

/// Where a first review starts from.
fn first(note: &NotePath, loaded: &Loaded, context: &Context) -> (String, Schedule) {
    let sm2 = &context.config.sm2;
    let sums = loaded.links.as_ref().map_or_else(LinkSums::default, |links| links.sums(note, context));
    let ease = first_ease(&sums, sm2);
    let from = if sums.count > 0.0 {
        let mean = sums.total / sums.rank_total;
        let links = when::count(sums.count as usize, "link");
        format!("{ease}, between the base ease {} and the {mean:.0} of the notes that {links} tie it to", sm2.base_ease)
    } else {
        format!("the base ease {ease}: no note linked with it has a schedule")
    };
    (format!("new: an interval of 1 day and an ease of {from}"), Schedule::New { ease })
}

/// The arithmetic of a grade, before balancing and rounding.
fn sum(grade: Grade, interval: f64, ease: f64, late: i64, sm2: &Sm2) -> String {
    let with_late = |divisor: i64| match (late, divisor) {
        (0, _) => format!("{interval} d"),
        (_, 1) => format!("({interval} + {late} late) d"),
        _ => format!("({interval} + {late} late / {divisor}) d"),
    };
    match grade {
        Grade::Again => "forgotten".to_owned(),
        Grade::Hard => format!("{} x {}", with_late(4), sm2.lapse_interval_change),
        Grade::Good => format!("{} x {ease} %", with_late(2)),
        Grade::Easy => format!("{} x {} % x {}", with_late(1), ease + 20.0, sm2.easy_bonus),
    }
}

/// What the load of the days did to the interval.
fn moved(outcome: &Outcome, today: NaiveDate, load: &DueLoad, sm2: &Sm2) -> String {
    let Some(asked) = outcome.moved_from else { return String::new() };
    let found = outcome.after.interval;
    if found.days() >= sm2.maximum_interval {
        return format!("; held at the longest interval, {found} d");
    }
    let there = when::count(load.on(asked).unwrap_or(0) as usize, "note");
    let Some(day) = u64::try_from(asked).ok().and_then(|days| today.checked_add_days(Days::new(days))) else {
        return String::new();
    };
    format!("; {} already has {there}, moved to {}", when::day(day, today), when::day(outcome.after.due, today))
}
