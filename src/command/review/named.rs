//! Named notes: found, checked, and graded without asking.

use std::collections::HashSet;
use std::io::Write;

use chrono::NaiveDate;

use crate::app::external::{self, Extent};
use crate::app::grade::Grading;
use crate::app::moved::Standing;
use crate::app::resolve::Names;
use crate::app::review::named::Look;
use crate::app::scan::Request;
use crate::cli::ReviewArgs;
use crate::command::{Context, due};
use crate::desk::Desk;
use crate::error::CliError;
use crate::log::Log;
use crate::note::NotePath;
use crate::note::facts::Wanted;
use crate::review::Item;
use crate::schedule::{Grade, Interval, Outcome, Scheduled};
use crate::show::text::clean;
use crate::show::{diff, when};

/// The named notes as items, before first eases are known.
///
/// # Errors
/// When one is not found, cannot be reviewed, or is not due and `--early` is not given.
pub fn items(args: &ReviewArgs, context: &Context, wanted: &Wanted) -> Result<Vec<Item>, CliError> {
    let names = Names::new(context);
    let look = Look::new(context, wanted, args.early);
    let mut items: Vec<Item> = Vec::with_capacity(args.notes.len());
    for typed in &args.notes {
        let note = names.resolve(typed)?;
        if items.iter().all(|item| item.id.note != note) {
            items.push(look.item(&note)?);
        }
    }
    Ok(items)
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
    let names = Names::new(context);
    let resolve = |typed: &String| names.resolve(typed).map_err(CliError::from);
    let mut notes: Vec<Result<NotePath, CliError>> = args.notes.iter().map(resolve).collect();
    let look = Look::new(context, wanted, args.early);
    let look = |note: Result<NotePath, CliError>| Ok(look.item(&note?)?);
    let mut items = together(&mut notes, look);
    // Links cost as much again as the rest of the scan, and only a first review needs them.
    let new = items.iter().flatten().filter(|item| item.before().is_none()).count();
    let others = context.read(|workspace| Request::others(workspace, new).scan().others(workspace));
    let desk = Desk::new(&context.vault, context.journal());
    if !args.dry_run {
        external::clear_away(&desk, &others.temporaries, context);
    }
    let (today, links) = (context.now.today, others.links.as_ref());
    let mut load = others.load;
    let mut refused = Vec::new();
    while !items.is_empty() {
        // What was done elsewhere with them comes before their grades.
        let log = if args.dry_run { Log::default() } else { noticed(&items, context) };
        let mut grading = Grading { workspace: context, desk: &desk, grade, ms: None, today, links, load, log: &log };
        let done = if args.dry_run { preview(items, &mut grading) } else { graded(items, &mut grading, context) };
        load = grading.load;
        for done in done {
            match done {
                Ok(text) => out.write_all(text.as_bytes())?,
                Err(error) => refused.push(error),
            }
        }
        items = together(&mut notes, look);
    }
    CliError::several(refused).map_or(Ok(()), Err)
}

/// A named note as an item, or why it is none.
type Named = Result<Item, CliError>;

/// The next notes, none of them twice: a note that is named again is looked at again, after it was graded.
fn together(
    notes: &mut Vec<Result<NotePath, CliError>>,
    look: impl Fn(Result<NotePath, CliError>) -> Named,
) -> Vec<Named> {
    let mut seen = HashSet::new();
    let once = notes.iter().take_while(|note| note.as_ref().map_or(true, |note| seen.insert(note.clone())));
    let once = once.count();
    notes.drain(..once).map(look).collect()
}

/// Logs what was done elsewhere with the items since, and gives the log.
fn noticed(items: &[Named], context: &Context) -> Log {
    let standing = items.iter().flatten();
    let mut notes: Vec<Standing<'_>> =
        standing.map(|item| Standing { item: &item.id, schedule: item.before(), sr_id: None }).collect();
    notes.sort_unstable_by_key(|note| note.item);
    external::outside_reviews(context, &notes, Extent::Some, None)
}

/// Grades the items, and tells of each in their order.
fn graded(items: Vec<Named>, grading: &mut Grading<'_>, context: &Context) -> Vec<Result<String, CliError>> {
    let fine: Vec<&Item> = items.iter().flatten().collect();
    let mut results = grading.grade(&fine).into_iter();
    let mut tell = |item: Named| {
        let item = item?;
        let Some(graded) = results.next().transpose()? else {
            debug_assert!(false, "an item without a result");
            return Ok(String::new());
        };
        let told = told(&graded.outcome, item.before(), context.now.today);
        Ok(format!("{}: {told}\n", due::name(&item.id.note)))
    };
    items.into_iter().map(&mut tell).collect()
}

/// What grading the items would change, as unified diffs.
fn preview(items: Vec<Named>, grading: &mut Grading<'_>) -> Vec<Result<String, CliError>> {
    let mut tell = |item: Named| {
        let item = item?;
        let (old, new) = grading.preview(&item)?;
        Ok(diff::unified(item.id.note.as_str(), &old, &new))
    };
    items.into_iter().map(&mut tell).collect()
}

/// `good, next in 17 days, Sun 1 Feb (interval 7 d to 17 d, ease 250)`
pub fn told(outcome: &Outcome, before: Option<Scheduled>, today: NaiveDate) -> String {
    let after = outcome.after;
    let days = |interval: Interval| format!("{interval} d");
    let from = before.map_or(String::new(), |before| format!("{} to ", days(before.interval)));
    let next = match after.due == today {
        true => "again today".to_owned(),
        false => format!("next {}, {}", when::distance(after.due, today), when::day(after.due, today)),
    };
    let told = format!("{}, {next} (interval {from}{}, ease {})", outcome.grade, days(after.interval), after.ease);
    clean(&told).into_owned()
}
