//! `study why`: how the next dates of a note come about.

use std::io::Write;

use chrono::{Days, NaiveDate};

use super::{Context, due};
use crate::app::links::FirstEases;
use crate::app::resolve::resolve;
use crate::app::scan::{Loaded, Request};
use crate::cli::WhyArgs;
use crate::error::CliError;
use crate::note::facts::{ScheduledTags, Wanted};
use crate::note::{NotePath, State, schedule};
use crate::schedule::{Ease, Explanation, LinkSums, Moved, Outcome, Product, Scheduled, Sm2Explanation, Sm2Step};
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
    let request = Request::new(context, wanted);
    let request = if scheduled.is_some() { request } else { request.with_links(FirstEases::One) };
    let loaded = context.read(|workspace| request.scan().queue(workspace));
    let today = context.now.today;
    let load = loaded.queue.load(today);
    let algorithm = &context.config.algorithm;
    writeln!(out, "{}", due::name(&note))?;
    let memory = match scheduled {
        Some(scheduled) => {
            writeln!(out, "  {}", standing(&scheduled, today))?;
            algorithm.resume(scheduled)
        }
        None => {
            let (line, ease) = first(&note, &loaded, context);
            writeln!(out, "  {line}")?;
            algorithm.start(ease)
        }
    };
    match algorithm.explain(&memory, today, &load) {
        Explanation::Sm2(explained) => sm2(&explained, today, context.config.ascii, out),
    }
}

/// What SM-2 makes of each grade, a line each.
fn sm2(explained: &Sm2Explanation, today: NaiveDate, ascii: bool, out: &mut dyn Write) -> Result<(), CliError> {
    let (arrow, times) = if ascii { ("->", 'x') } else { ("→", '×') };
    for step in &explained.grades {
        let Outcome { grade, after, .. } = step.outcome;
        let product =
            step.product.as_ref().map_or_else(|| "forgotten".to_owned(), |product| self::product(product, times));
        let next = match after.due == today {
            true => "again today".to_owned(),
            false => format!("{} d, {}", after.interval, when::day(after.due, today)),
        };
        let moved = moved(step, today);
        writeln!(out, "  {} {:<6} {product} {arrow} {next}; ease {}{moved}", grade.key(), grade, after.ease)?;
    }
    if !explained.is_balanced {
        writeln!(out, "  load balancing is off")?;
    }
    Ok(())
}

fn standing(scheduled: &Scheduled, today: NaiveDate) -> String {
    let late = match scheduled.days_overdue(today) {
        0 => "due today, so no days late".to_owned(),
        late if late > 0 => {
            let days = when::late(late.unsigned_abs());
            format!("{days}, of which Hard counts a quarter, Good half and Easy all")
        }
        _ => format!("{}, which counts as no days late", when::due(scheduled.due, today)),
    };
    format!("interval {} d, ease {}; {late}", scheduled.interval, scheduled.ease)
}

/// Where a first review starts from.
fn first(note: &NotePath, loaded: &Loaded, context: &Context) -> (String, Ease) {
    let algorithm = &context.config.algorithm;
    let sums = loaded.links.as_ref().map_or_else(LinkSums::default, |links| links.sums(note, context));
    let ease = algorithm.first_ease(&sums);
    let from = if sums.count > 0.0 {
        let mean = sums.total / sums.rank_total;
        let links = when::count(sums.count as usize, "link");
        let base = algorithm.sm2().base_ease;
        format!("{ease}, between the base ease {base} and the {mean:.0} of the notes linked with it by {links}")
    } else {
        format!("the base ease {ease}: no note linked with it has a schedule")
    };
    (format!("new: an interval of 1 day and an ease of {from}"), ease)
}

/// The arithmetic of a grade, before balancing and rounding.
fn product(product: &Product, times: char) -> String {
    let Product { interval, late, late_divisor, percent, factor } = product;
    let mut text = match (*late, *late_divisor) {
        (0.0, _) => format!("{interval} d"),
        (_, 1.0) => format!("({interval} + {late} late) d"),
        _ => format!("({interval} + {late} late / {late_divisor}) d"),
    };
    text.extend(percent.map(|percent| format!(" {times} {percent} %")));
    text.extend(factor.map(|factor| format!(" {times} {factor}")));
    text
}

/// What the load of the days, or the longest interval, did to the product.
fn moved(step: &Sm2Step, today: NaiveDate) -> String {
    let after = step.outcome.after;
    match step.moved {
        None => String::new(),
        Some(Moved::Held) => format!("; held at the longest interval, {} d", after.interval),
        Some(Moved::Balanced { from, items }) => {
            let there = when::count(items as usize, "note");
            let day = u64::try_from(from).ok().and_then(|days| today.checked_add_days(Days::new(days)));
            let Some(day) = day else { return String::new() };
            format!("; {} already has {there}, moved to {}", when::day(day, today), when::day(after.due, today))
        }
    }
}
