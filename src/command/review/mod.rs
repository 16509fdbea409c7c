//! `study review`: the queue, or named notes, one by one.

mod named;
mod plain;
mod screen;

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use super::Context;
use super::due::filter;
use crate::app::external::{self, Extent};
use crate::app::review::Review;
use crate::app::review::listing::{Choosing, Listing};
use crate::app::review::reviewer::{Awaited, Reviewer};
use crate::app::scan::Request;
use crate::cli::ReviewArgs;
use crate::desk::Desk;
use crate::error::CliError;
use crate::note::State;
use crate::note::facts::{ScheduledTags, Wanted};
use crate::queue::{Order, Queue};
use crate::review::{Session, tally};
use crate::schedule::Grade;
use crate::show::when;

use plain::Dialogue;

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
    let request = Request::new(context, wanted.clone()).with_links_later();
    let load = |workspace: &_| external::reading(workspace, || request.scan().queue_before_links(workspace));
    let ((mut loaded, links), held) = context.read(load);
    external::clear_away(&Desk::new(&context.vault, context.journal()), &loaded.temporaries, context);
    let log = external::outside_reviews(context, &loaded.standing(), Extent::Whole, held);
    // What a new note says is asked for; most of them say nothing.
    loaded.states.retain(|(_, state)| !matches!(state, State::Scheduled(_) | State::Unscheduled));
    let load = loaded.queue.load(context.now.today);
    let (items, listing) = if args.notes.is_empty() {
        let filter = filter(&args.filter, &loaded.queue, context)?;
        let (order, new, limit) = (order(args, context), args.new, args.limit);
        let choosing = Choosing { workspace: context, filter, order, new, limit, states: loaded.states };
        let items = choosing.items(&loaded.queue);
        if items.is_empty() {
            writeln!(out, "{}", nothing(&choosing, loaded.queue, args, context))?;
            return Ok(());
        }
        (items, Listing::Chosen(choosing))
    } else {
        (named::items(args, context, &wanted)?, Listing::Named)
    };
    let session = Session::new(items, load, context.now.today, context.config.algorithm.clone());
    let session = session.limited_to(args.minutes.map(|minutes| Duration::from_secs(u64::from(minutes) * 60)));
    let mut reviewer =
        Reviewer::new(context, session, log, loaded.queue, Awaited { links, listing, early: args.early });
    let interactive = io::stdin().is_terminal() && io::stdout().is_terminal();
    if interactive && !args.plain && screen::can(context) {
        return screen::run(&mut reviewer, context, out);
    }
    // Nobody waits at a screen: the order is the plugin's from the first note on.
    if !interactive {
        reviewer.await_links();
    }
    let started = Instant::now();
    let mut dialogue = Dialogue { input: &mut io::stdin().lock(), out, interactive, elapsed: &|| started.elapsed() };
    plain::run(&mut reviewer, context, &mut dialogue)
}

/// Why there is nothing to review: the limits leave out what there is, or nothing is due before a later day.
fn nothing(choosing: &Choosing<'_>, mut queue: Queue, args: &ReviewArgs, context: &Context) -> String {
    let today = context.now.today;
    queue.narrow(&choosing.filter);
    let kinds = [(queue.due.len(), "due"), (queue.new.len(), "new")];
    let left_out: Vec<String> =
        kinds.iter().filter(|(notes, _)| *notes > 0).map(|(notes, kind)| format!("{notes} {kind}")).collect();
    if !left_out.is_empty() {
        return format!("Nothing to review within these limits; {} without them.", left_out.join(", "));
    }
    match choosing.next_day(queue) {
        Some(day) => format!("Nothing to review; next on {}, {}.", when::day(day, today), when::distance(day, today)),
        None if args.filter.is_empty() => "Nothing to review; nothing is scheduled.".to_owned(),
        None => "Nothing to review; nothing is scheduled there.".to_owned(),
    }
}

/// The order asked for, if any.
fn order(args: &ReviewArgs, context: &Context) -> Option<Order> {
    let random = args.random || (args.order.is_none() && context.config.random);
    args.order.or(random.then_some(Order::Random))
}

/// What was done in a session, in a line or three.
fn summary(effects: &dyn Review) -> String {
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
    let ahead = effects.ahead();
    lines.extend(when::left(ahead.due, ahead.new));
    if let Some((day, count)) = ahead.days.first() {
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
