//! Named notes: found, checked, and graded without asking.

use std::io::Write;

use super::first_ease;
use super::reviewer::{CHANGED, decide, sentence};
use crate::cli::ReviewArgs;
use crate::clock::Now;
use crate::command::load::{self, Loaded};
use crate::command::named::resolve;
use crate::command::{Context, due};
use crate::desk::{Desk, Refused};
use crate::error::CliError;
use crate::log::Change;
use crate::note::facts::Wanted;
use crate::note::{NotePath, State, edit, schedule};
use crate::review::{Item, NotDone, Session};
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
    let mut load = loaded.queue.load(context.now.today);
    let mut bulk = Bulk { grade, context, desk: Desk::new(&context.vault, context.journal()), planned: Vec::new() };
    for typed in &args.notes {
        let note = match resolve(typed, context) {
            Ok(note) => note,
            Err(error) => {
                refused.push(error);
                continue;
            }
        };
        // A note that is named twice is graded twice, one after the other.
        if bulk.planned.iter().any(|(item, _)| item.path == note) {
            bulk.write(out, &mut refused)?;
        }
        let planned = item(&note, args.early, context, &loaded).and_then(|item| {
            let mut session = Session::new([item.clone()], load.clone(), context.now.today, context.config.sm2);
            if args.dry_run {
                return dry_run(&item, grade, &session, context).map(Err);
            }
            let outcome = session.outcomes_of(&item).of(grade);
            session.record_grade(outcome);
            load = session.load().clone();
            Ok(Ok((item, outcome)))
        });
        match planned {
            Ok(Ok(planned)) => bulk.planned.push(planned),
            Ok(Err(diff)) => out.write_all(diff.as_bytes())?,
            Err(NotDone(why)) => refused.push(CliError::failed(why)),
        }
    }
    bulk.write(out, &mut refused)?;
    CliError::several(refused).map_or(Ok(()), Err)
}

/// Notes that get the same grade, and what comes of it.
struct Bulk<'a> {
    grade: Grade,
    context: &'a Context,
    desk: Desk<'a>,
    planned: Vec<(Item, Outcome)>,
}

impl Bulk<'_> {
    /// Writes what is planned, and tells of it in the order in which the notes were named.
    fn write(&mut self, out: &mut dyn Write, refused: &mut Vec<CliError>) -> Result<(), CliError> {
        let planned = std::mem::take(&mut self.planned);
        if planned.is_empty() {
            return Ok(());
        }
        let notes: Vec<NotePath> = planned.iter().map(|(item, _)| item.path.clone()).collect();
        let now = Now { instant: self.context.instant(), ..self.context.now };
        let results = match self.desk.sit() {
            Ok(mut seat) => seat.change_all(&notes, |at, text| {
                let Some((item, outcome)) = planned.get(at) else { return Err(Refused::Stale(CHANGED.into())) };
                decide(text, item, &outcome.after, |edit| {
                    let (before, after) = (item.before(), outcome.after);
                    (edit.text, Change::review(item.path.clone(), &now, self.grade, before, after, edit.was))
                })
            }),
            Err(error) => {
                refused.push(CliError::failed(error.to_string()));
                return Ok(());
            }
        };
        for ((item, outcome), result) in planned.iter().zip(results) {
            match result {
                Ok(_) => writeln!(out, "{}: {}", due::name(&item.path), told(outcome, item.before(), self.context))?,
                Err(error) => refused.push(CliError::failed(sentence(&item.path, &error).0)),
            }
        }
        Ok(())
    }
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
