//! `study review`: the queue, or named notes, one by one.

mod named;
mod plain;
mod reviewer;

use std::io::{self, IsTerminal, Write};

use super::Context;
use super::due::filter;
use super::load::{self, Loaded};
use crate::cli::ReviewArgs;
use crate::error::CliError;
use crate::note::facts::{ScheduledTags, Wanted};
use crate::note::{NotePath, State};
use crate::queue::{Entry, Filter};
use crate::review::{Effects, Item, Session, tally};
use crate::schedule::Grade;
use crate::show::when;

pub use reviewer::{Reviewer, sentence, undo_event};

/// Reviews what was asked for.
///
/// # Errors
/// When a named note is not found, not due or cannot be written; or the output cannot be written.
pub fn run(args: &ReviewArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let wanted = Wanted::new(&context.config.selection, args.filter.tag.as_deref(), ScheduledTags::All);
    let mut loaded = load::load(context, &wanted);
    if let Some(grade) = args.grade {
        if !args.dry_run {
            load::catch_up(context, &loaded);
        }
        return named::grade_all(args, grade, context, loaded, out);
    }
    let load = loaded.queue.load(context.now.today);
    let items = if args.notes.is_empty() {
        narrow(args, context, &mut loaded)?;
        let (due, new) = (&loaded.queue.due, &loaded.queue.new);
        due.iter()
            .chain(new)
            .take(args.limit.unwrap_or(usize::MAX))
            .map(|entry| item(entry, &loaded, context))
            .collect()
    } else {
        named::items(args, context, &loaded)?
    };
    let session = Session::new(items, load, context.now.today, context.config.sm2);
    let log = load::catch_up(context, &loaded);
    let mut reviewer = Reviewer::new(context, session, log, args.early);
    reviewer.know(&loaded.queue);
    if reviewer.session().current().is_none() {
        let next = loaded.queue.next_day();
        let next = next.map_or("nothing is scheduled".into(), |day| {
            format!("next on {}, {}", when::day(day, context.now.today), when::distance(day, context.now.today))
        });
        writeln!(out, "Nothing to review; {next}.")?;
        return Ok(());
    }
    drop(loaded);
    let interactive = io::stdin().is_terminal() && io::stdout().is_terminal();
    plain::run(&mut reviewer, context, &mut io::stdin().lock(), out, interactive)
}

/// Applies the filters and limits of the command line and the random order of the settings.
fn narrow(args: &ReviewArgs, context: &Context, loaded: &mut Loaded) -> Result<(), CliError> {
    let filter = filter(&args.filter, &loaded.queue)?;
    loaded.queue.narrow(&Filter { until: Some(context.now.today), ..filter });
    if let Some(most) = args.new {
        loaded.queue.new.truncate(most);
    }
    if context.config.random {
        let seed = context.now.instant.timestamp_micros();
        loaded.queue.shuffle(seed as u64);
    }
    Ok(())
}

/// The item of an entry of the queue.
fn item(entry: &Entry, loaded: &Loaded, context: &Context) -> Item {
    let state = loaded.states.get(&entry.path).copied().unwrap_or(State::Unscheduled);
    Item::new(entry.path.clone(), state, first_ease(&entry.path, loaded, context)).counted(entry.decks.len() as u32)
}

/// What the first review of a note starts from.
fn first_ease(_note: &NotePath, _loaded: &Loaded, context: &Context) -> crate::schedule::Ease {
    context.config.sm2.base_ease
}

/// What was done in a session, in a line or three.
fn summary(effects: &dyn Effects) -> String {
    let session = effects.session();
    let counts = tally(session.done());
    let grades: Vec<String> = Grade::ALL
        .into_iter()
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .map(|(grade, count)| format!("{count} {grade}"))
        .collect();
    let mut lines = Vec::new();
    lines.push(if grades.is_empty() {
        "Nothing was graded.".to_owned()
    } else {
        format!("{} graded: {}.", when::count(session.graded(), "review"), grades.join(", "))
    });
    let streak = effects.streak();
    if streak > 0 {
        lines.push(format!("Streak: {}.", when::count(streak, "day")));
    }
    let left = session.left().len();
    if left > 0 {
        lines.push(format!("{} left for today.", when::count(left, "note")));
    }
    if let Some((day, count)) = effects.coming().first() {
        let today = session.today();
        lines.push(format!(
            "Next: {} {}, {}.",
            when::count(*count, "note"),
            when::distance(*day, today),
            when::day(*day, today)
        ));
    }
    lines.join("\n")
}
