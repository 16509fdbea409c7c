//! `study review`: the queue, or named notes, one by one.

mod named;
mod plain;
mod reviewer;
mod screen;

use std::io::{self, IsTerminal, Write};

use super::Context;
use super::due::filter;
use crate::app::external::{self, Extent};
use crate::app::links::{FirstEases, Links};
use crate::app::scan::{self, Loaded};
use crate::cli::ReviewArgs;
use crate::desk::Desk;
use crate::error::CliError;
use crate::note::facts::{ScheduledTags, Wanted};
use crate::note::{NotePath, State};
use crate::queue::{Entry, Order, Queue};
use crate::review::{Effects, Item, Session, tally};
use crate::schedule::{Ease, Grade, LinkSums};
use crate::show::when;

pub use reviewer::{Reviewer, sentence};

/// Reviews what was asked for.
///
/// # Errors
/// When a named note is not found, not due or cannot be written; or the output cannot be written.
pub fn run(args: &ReviewArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    // Of notes due later, the tags matter to a filter, and where a note counts once for each of its decks.
    let needs_all = args.early || !args.filter.is_empty() || context.config.selection.review_tags.len() > 1;
    let tags = if needs_all { ScheduledTags::All } else { ScheduledTags::DueBy(context.now.today) };
    let wanted = Wanted::new(&context.config.selection, args.filter.tag.as_deref(), tags);
    if let Some(grade) = args.grade {
        return named::grade_all(args, grade, context, &wanted, out);
    }
    let mut loaded = context.read(|workspace| scan::load_with_links(workspace, &wanted, FirstEases::Many));
    external::clear_away(&Desk::new(&context.vault, context.journal()), &loaded.temporaries, context);
    let log = external::outside_reviews(context, &external::scheduled(&loaded.states), Extent::Whole, None);
    let load = loaded.queue.load(context.now.today);
    let mut next_day = None;
    let items = if args.notes.is_empty() {
        let chosen = narrow(args, context, loaded.queue.clone())?;
        let entries = chosen.due.iter().chain(&chosen.new).take(args.limit.unwrap_or(usize::MAX));
        let items = entries.map(|entry| item(entry, &loaded, context)).collect();
        next_day = chosen.next_day();
        items
    } else {
        named::items(args, context, &wanted, loaded.links.as_ref())?
    };
    let session = Session::new(items, load, context.now.today, context.config.algorithm.clone());
    let mut reviewer = Reviewer::new(context, session, log, args.early);
    reviewer.know(&loaded.queue);
    if reviewer.session().current().is_none() {
        let next = next_day.map_or("nothing is scheduled".into(), |day| {
            format!("next on {}, {}", when::day(day, context.now.today), when::distance(day, context.now.today))
        });
        writeln!(out, "Nothing to review; {next}.")?;
        return Ok(());
    }
    reviewer.know_links(loaded.links.take());
    drop(loaded);
    let interactive = io::stdin().is_terminal() && io::stdout().is_terminal();
    if interactive && !args.plain && screen::can(context) {
        return screen::run(&mut reviewer, args, context, out);
    }
    plain::run(&mut reviewer, context, &mut io::stdin().lock(), out, interactive)
}

/// Applies the filters and limits of the command line and the random order of the settings.
fn narrow(args: &ReviewArgs, context: &Context, mut queue: Queue) -> Result<Queue, CliError> {
    let filter = filter(&args.filter, &queue, context)?;
    queue.narrow(&filter);
    if let Some(most) = args.new {
        queue.new.truncate(most);
    }
    if let Some(order) = args.order.filter(|order| *order != Order::Random) {
        queue.sort(order, context.now.today);
    } else if args.random || args.order == Some(Order::Random) || (args.order.is_none() && context.config.random) {
        let seed = context.now.instant.timestamp_micros();
        queue.shuffle(seed as u64);
    }
    Ok(queue)
}

/// The item of an entry of the queue.
fn item(entry: &Entry, loaded: &Loaded, context: &Context) -> Item {
    let state = loaded.state(&entry.id).unwrap_or(State::Unscheduled);
    let first_ease = first_ease(&entry.id.note, loaded.links.as_ref(), context);
    Item::new(entry.id.clone(), state, &context.config.algorithm, first_ease).counted(entry.decks.len() as u32)
}

/// What the first review of a note starts from.
fn first_ease(note: &NotePath, links: Option<&Links>, context: &Context) -> Ease {
    let algorithm = &context.config.algorithm;
    algorithm.first_ease(&links.map_or_else(LinkSums::default, |links| links.sums(note, context)))
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
        format!("{}: {}.", when::count(session.graded(), "review"), grades.join(", "))
    });
    let streak = effects.streak();
    if streak > 0 {
        lines.push(format!("Streak: {}.", when::count(streak, "day")));
    }
    let left = session.left().len();
    if left > 0 {
        lines.push(format!("{} left in this session.", when::count(left, "note")));
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
