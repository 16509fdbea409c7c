//! Named notes: found, checked, and graded without asking.

use std::io::Write;

use super::{Reviewer, first_ease};
use crate::cli::ReviewArgs;
use crate::command::load::{self, Loaded};
use crate::command::named::resolve;
use crate::command::{Context, due, notice};
use crate::desk::Desk;
use crate::error::CliError;
use crate::note::facts::Wanted;
use crate::note::{NotePath, State, edit, schedule};
use crate::review::{Effects, Item, NotDone, Session};
use crate::schedule::{Grade, Interval, Outcome, Scheduled};
use crate::show::text::clean;
use crate::show::{diff, when};

/// The named notes as items.
///
/// # Errors
/// When one is not found, cannot be reviewed, or is not due and `--early` is not given.
pub fn items(args: &ReviewArgs, context: &Context, loaded: &Loaded) -> Result<Vec<Item>, CliError> {
    let mut items: Vec<Item> = Vec::with_capacity(args.notes.len());
    for typed in &args.notes {
        let note = resolve(typed, context)?;
        if items.iter().all(|item| item.path != note) {
            items.push(item(&note, args.early, context, loaded).map_err(|NotDone(why)| CliError::failed(why))?);
        }
    }
    Ok(items)
}

fn item(note: &NotePath, early: bool, context: &Context, loaded: &Loaded) -> Result<Item, NotDone> {
    let text = context.vault.read(note).map_err(|finding| NotDone(finding.at(note.clone()).to_string()))?;
    let reading = schedule::read(text.as_bytes());
    if let Some(finding) = reading.refusal() {
        return Err(NotDone(finding.clone().at(note.clone()).to_string()));
    }
    let today = context.now.today;
    if let State::Scheduled(scheduled) = reading.state
        && !scheduled.is_due(today)
        && !early
    {
        let (day, distance) = (when::day(scheduled.due, today), when::distance(scheduled.due, today));
        return Err(NotDone(format!("{note}: is not due before {day}, {distance}; review it now with --early")));
    }
    let queue = &loaded.queue;
    let entry = queue.due.iter().chain(&queue.new).chain(&queue.upcoming).find(|entry| entry.path == *note);
    let weight = entry.map_or(1, |entry| entry.decks.len() as u32);
    Ok(Item::new(note.clone(), reading.state, first_ease(note, loaded, context)).counted(weight))
}

/// Grades each named note. One that is refused does not keep the others from being graded.
///
/// # Errors
/// When a note was refused, after all others were graded.
pub fn grade_all(
    args: &ReviewArgs,
    grade: Grade,
    context: &Context,
    wanted: &Wanted,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let mut refused = Vec::new();
    // Links cost as much again as the rest of the scan, and only a first review needs them.
    let is_new = |typed: &String| {
        let text = resolve(typed, context).ok().and_then(|note| context.vault.read(&note).ok());
        text.is_some_and(|text| !matches!(schedule::read(text.as_bytes()).state, State::Scheduled(_)))
    };
    let first = args.notes.iter().any(is_new);
    let loaded = if first { load::load_with_links(context, wanted) } else { load::load(context, wanted) };
    if !args.dry_run {
        notice::clear_away(&Desk::new(&context.vault, context.journal()), &loaded.temporaries, context);
    }
    let mut load = loaded.queue.load(context.now.today);
    for typed in &args.notes {
        let note = match resolve(typed, context) {
            Ok(note) => note,
            Err(error) => {
                refused.push(error);
                continue;
            }
        };
        let done = item(&note, args.early, context, &loaded).and_then(|item| {
            let session = Session::new([item.clone()], load.clone(), context.now.today, context.config.sm2);
            if args.dry_run {
                return dry_run(&item, grade, &session, context);
            }
            let mut reviewer = Reviewer::new(context, session, crate::log::Log::default(), true);
            let outcome = reviewer.grade(grade, std::time::Duration::ZERO)?;
            load = reviewer.session().load().clone();
            Ok(format!("{}: {}\n", due::name(&item.path), told(&outcome, item.before(), context)))
        });
        match done {
            Ok(text) => out.write_all(text.as_bytes())?,
            Err(NotDone(why)) => refused.push(CliError::failed(why)),
        }
    }
    CliError::several(refused).map_or(Ok(()), Err)
}

fn dry_run(item: &Item, grade: Grade, session: &Session, context: &Context) -> Result<String, NotDone> {
    let refuse = |finding: crate::problem::Finding| NotDone(finding.at(item.path.clone()).to_string());
    let text = context.vault.read(&item.path).map_err(refuse)?;
    let outcome = session.outcomes_of(item).of(grade);
    let edit = edit::set(&text, &outcome.after).map_err(refuse)?;
    Ok(diff::unified(item.path.as_str(), &text, &edit.text))
}

/// `good, next in 17 days, Sun 1 Feb (interval 7 d to 17 d, ease 250)`
pub fn told(outcome: &Outcome, before: Option<Scheduled>, context: &Context) -> String {
    let (after, today) = (outcome.after, context.now.today);
    let days = |interval: Interval| format!("{interval} d");
    let from = before.map_or(String::new(), |before| format!("{} to ", days(before.interval)));
    let next = match after.due == today {
        true => "again today".to_owned(),
        false => format!("next {}, {}", when::distance(after.due, today), when::day(after.due, today)),
    };
    let told = format!("{}, {next} (interval {from}{}, ease {})", outcome.grade, days(after.interval), after.ease);
    clean(&told).into_owned()
}
