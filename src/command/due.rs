//! `study due`: what is to be reviewed today.

use std::collections::BTreeSet;
use std::io::Write;

use chrono::NaiveDate;
use colored::{Color, Colorize};
use serde::Serialize;

use super::{Context, report};
use crate::app::external;
use crate::app::links::FirstEases;
use crate::app::resolve::{self, similar::similar};
use crate::app::scan::{Loaded, Request, Snapshot};
use crate::cli::{DueArgs, FilterArgs};
use crate::error::CliError;
use crate::item::folded;
use crate::note::facts::{ScheduledTags, Wanted};
use crate::note::properties::properties;
use crate::note::tags::inline_tags;
use crate::note::{NotePath, frontmatter};
use crate::problem::Problem;
use crate::queue::{Entry, Filter, Queue};
use crate::schedule::{Ease, Interval};
use crate::show::text::{clean, pad};
use crate::show::when;
use crate::vault;

/// Lists what is due, then what is new, and sums up.
///
/// # Errors
/// When a filter names a deck that is none, or the output cannot be written.
pub fn run(args: &DueArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let today = context.now.today;
    let shown_until = if args.all { NaiveDate::MAX } else { args.until.map_or(today, |day| day.max(today)) };
    let scheduled_tags =
        if args.filter.deck.is_some() || args.aside { ScheduledTags::All } else { ScheduledTags::DueBy(shown_until) };
    let mut wanted = Wanted::new(&context.config.selection, args.filter.tag.as_deref(), scheduled_tags);
    if args.json {
        wanted = wanted.titles();
    }
    // Within a day the plugin orders by page rank, which needs every link of the vault: done where its order is asked for.
    let ranked = args.ranked || args.filter.deck.is_some() || context.config.selection.strict_decks;
    // What a filter or setting leaves out is not what comes next: then every note must be known.
    let brief = !args.all
        && args.until.is_none()
        && args.filter.is_empty()
        && context.config.selection.ignore_tags.is_empty()
        && !context.journal().may_set_aside();
    let count = |due, new| if args.new { new } else { due };
    if args.count && brief && !ranked {
        let Snapshot { counted, sum, .. } = context.read(|workspace| Request::count(workspace).scan());
        external::notice_since(context, sum);
        writeln!(out, "{}", count(counted.due, counted.new))?;
        return Ok(());
    }
    let request = Request::new(context, wanted);
    let request = match (ranked, brief) {
        (true, _) => request.with_links(FirstEases::None),
        (false, true) => request.due_and_new(),
        (false, false) => request,
    };
    let (mut loaded, sum) = context.read(|workspace| {
        let snapshot = request.scan();
        let sum = snapshot.sum;
        (snapshot.queue(workspace), sum)
    });
    external::notice_since(context, sum);
    let filter = filter(&args.filter, &loaded.queue, context)?;
    loaded.queue.narrow(&filter);
    let next_day = loaded.queue.next_day().into_iter().chain(loaded.later).min();
    if !args.all && args.until.is_none() {
        loaded.queue.upcoming.clear();
    }
    loaded.queue.narrow(&Filter { until: args.until.map(|day| day.max(today)), ..Filter::default() });

    let queue = &loaded.queue;
    let total = Total {
        due: queue.due.len(),
        new: queue.new.len(),
        later: queue.upcoming.len(),
        aside: queue.aside.len(),
        next_day,
    };
    if args.count {
        writeln!(out, "{}", count(total.due, total.new))?;
        return Ok(());
    }
    let queue = &mut loaded.queue;
    for part in [&mut queue.due, &mut queue.new, &mut queue.upcoming, &mut queue.aside] {
        part.truncate(args.limit.unwrap_or(usize::MAX));
    }
    if args.new {
        loaded.queue.due.clear();
    }
    if args.json {
        // The document tells of the problems itself.
        return json(args, context, &loaded, out);
    }
    text(args, context, &loaded.queue, &total, out)?;
    let untouched = total.new + total.due + total.aside == 0 && total.next_day.is_none() && loaded.problems.is_empty();
    if untouched && args.filter.is_empty() {
        writeln!(out, "{}", how_to_begin(context))?;
    }
    report::problems(&loaded.problems, context);
    Ok(())
}

/// What was typed as a filter of the queue.
///
/// # Errors
/// When there is no deck or folder of the name given, or no note for review has the tag.
pub fn filter(args: &FilterArgs, queue: &Queue, context: &Context) -> Result<Filter, CliError> {
    if let Some(deck) = &args.deck
        && queue.deck(deck).is_none()
    {
        let decks: Vec<String> = queue.decks.iter().map(|deck| format!("`{deck}`")).collect();
        let hint =
            if decks.is_empty() { "no deck has a note".into() } else { format!("there are {}", decks.join(", ")) };
        return Err(CliError::failed(format!("there is no deck `{deck}`")).hint(hint));
    }
    let folder = args.folder.as_deref().map(|typed| resolve::folder(typed, context)).transpose()?;
    if let Some(tag) = args.tag.as_deref().filter(|tag| !queue.has_tag(tag)) {
        return Err(unknown_tag(tag.trim_start_matches('#'), context));
    }
    Ok(Filter { deck: args.deck.clone(), folder, tag: args.tag.clone(), ..Filter::default() })
}

/// What to say of a tag that no note for review has: which other tags of the vault are like it.
fn unknown_tag(tag: &str, context: &Context) -> CliError {
    let tags_of = |_: &NotePath, bytes: &[u8]| {
        let mut tags = properties(bytes).tags;
        tags.extend(inline_tags(vault::text(bytes.get(frontmatter::body(bytes)..)?).ok()?));
        (!tags.is_empty()).then_some(tags)
    };
    let seen = context.vault.scan(&context.skip(), tags_of).seen;
    let known: BTreeSet<String> = seen.into_iter().flat_map(|(_, tags)| tags).map(|tag| folded(&tag)).collect();
    let wanted = folded(tag);
    let error = CliError::failed(format!("no note for review has the tag `#{tag}`"));
    if known.contains(&wanted) {
        return error.hint("the notes that have it are not under review");
    }
    let near: Vec<String> = similar(&wanted, known.iter().map(String::as_str))
        .into_iter()
        .take(NEAREST)
        .map(|tag| format!("`#{tag}`"))
        .collect();
    if near.is_empty() { error } else { error.hint(format!("did you mean {}?", near.join(", "))) }
}

/// How many tags are offered for one that was mistyped.
const NEAREST: usize = 3;

struct Total {
    due: usize,
    new: usize,
    later: usize,
    aside: usize,
    next_day: Option<NaiveDate>,
}

fn text(args: &DueArgs, context: &Context, queue: &Queue, total: &Total, out: &mut dyn Write) -> Result<(), CliError> {
    let today = context.now.today;
    let narrow = context.columns() < NARROW;
    let decks = |entry: &Entry| decks(entry, queue);
    section(out, "Due", &queue.due, total.due, |entry| scheduled(entry, today, narrow), decks)?;
    section(out, "New", &queue.new, total.new, |_| String::new(), decks)?;
    section(out, "Later", &queue.upcoming, total.later, |entry| scheduled(entry, today, narrow), decks)?;
    if args.aside {
        let (log, _) = context.journal().read();
        let until = |entry: &Entry| match log.is_suspended(&entry.id) {
            true => "suspended       ",
            false => "until tomorrow  ",
        };
        section(out, "Set aside", &queue.aside, total.aside, |entry| until(entry).to_owned(), decks)?;
    }
    writeln!(out, "{}", sum_up(args, total, today))?;
    Ok(())
}

fn section(
    out: &mut dyn Write,
    title: &str,
    entries: &[Entry],
    total: usize,
    columns: impl Fn(&Entry) -> String,
    decks: impl Fn(&Entry) -> String,
) -> Result<(), CliError> {
    if entries.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", title.bold())?;
    for entry in entries {
        writeln!(out, "  {}{}{}", columns(entry), name(&entry.id.note), decks(entry))?;
    }
    if entries.len() < total {
        writeln!(out, "  {}", format!("… and {} more", total - entries.len()).dimmed())?;
    }
    writeln!(out)?;
    Ok(())
}

/// The decks of a note, behind its name; nothing where there is one deck only.
fn decks(entry: &Entry, queue: &Queue) -> String {
    if queue.decks.len() < 2 || entry.decks.is_empty() {
        return String::new();
    }
    let names = entry.decks.iter().filter_map(|deck| queue.decks.get(*deck));
    let names: Vec<String> = names.map(|name| format!("#{}", clean(name))).collect();
    format!("  {}", names.join(" ").dimmed())
}

/// Below so many columns, interval and ease are left out for the names.
const NARROW: usize = 60;

/// The columns before the name: how late, and interval and ease unless it is `narrow`.
fn scheduled(entry: &Entry, today: NaiveDate, narrow: bool) -> String {
    let Some(schedule) = entry.schedule else { return String::new() };
    let late = schedule.days_overdue(today);
    let (when, color) = match late {
        0 => ("today".to_owned(), Color::Green),
        1.. => (when::late(late.unsigned_abs()), if late > 30 { Color::Red } else { Color::Yellow }),
        _ => (when::day(schedule.due, today), Color::White),
    };
    let when = pad(&when, 13).color(color);
    if narrow {
        return format!("{when} ");
    }
    let interval = format!("{} d", schedule.interval);
    format!("{when}  {:>7}  {:>4}  ", interval.dimmed(), schedule.ease.to_string().dimmed())
}

/// How a note is called in listings: its path without `.md`, which every command takes as a name.
pub fn name(path: &NotePath) -> String {
    match path.folder() {
        "" => clean(path.name()).into_owned(),
        folder => format!("{}{}", clean(&format!("{folder}/")).dimmed(), clean(path.name())),
    }
}

fn sum_up(args: &DueArgs, total: &Total, today: NaiveDate) -> String {
    let new = format!("{} new", total.new);
    if args.new {
        return format!("{new}.");
    }
    let next = |day| format!("next on {}, {}", when::day(day, today), when::distance(day, today));
    let later = match args.until {
        Some(until) => format!(", {} more until {}", total.later, when::day(until, today)),
        None if args.all => format!(", {} later", total.later),
        None => String::new(),
    };
    let aside = if total.aside > 0 { format!(", {} set aside", total.aside) } else { String::new() };
    match (total.due, total.next_day) {
        (0, Some(day)) => format!("Nothing due, {new}{later}{aside}; {}.", next(day)),
        // With a filter it says nothing of other notes.
        (0, None) if !args.filter.is_empty() => format!("Nothing due, {new}{aside}, nothing scheduled there."),
        (0, None) => format!("Nothing due, {new}{aside}, nothing scheduled."),
        (due, _) => format!("{due} due, {new}{later}{aside}."),
    }
}

/// What to say of a vault in which nothing is under review yet.
fn how_to_begin(context: &Context) -> String {
    let tags: Vec<String> = context.config.selection.review_tags.iter().map(|tag| format!("#{tag}")).collect();
    let tags = if tags.is_empty() { String::new() } else { format!("tag notes {}, or ", tags.join(" or ")) };
    clean(&format!("To begin, {tags}review any note by its name: study review NOTE")).into_owned()
}

#[derive(Serialize)]
struct Json<'a> {
    version: u32,
    today: NaiveDate,
    due: Vec<Row<'a>>,
    new: Vec<Row<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upcoming: Option<Vec<Row<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aside: Option<Vec<Aside<'a>>>,
    problems: Vec<ProblemRow>,
}

#[derive(Serialize)]
struct Row<'a> {
    path: &'a NotePath,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overdue_days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<Interval>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ease: Option<Ease>,
    tags: &'a [String],
    decks: Vec<&'a str>,
}

/// A note that was set aside.
#[derive(Serialize)]
struct Aside<'a> {
    #[serde(flatten)]
    row: Row<'a>,
    suspended: bool,
}

/// A problem as JSON, with the text made harmless.
#[derive(Serialize)]
pub struct ProblemRow {
    path: String,
    line: Option<usize>,
    column: Option<usize>,
    code: String,
    message: String,
}

impl From<&Problem> for ProblemRow {
    fn from(problem: &Problem) -> Self {
        Self {
            path: problem.path.as_str().to_owned(),
            line: problem.finding.line,
            column: problem.finding.column,
            code: problem.finding.code.word(),
            message: clean(&problem.finding.message).into_owned(),
        }
    }
}

fn json(args: &DueArgs, context: &Context, loaded: &Loaded, out: &mut dyn Write) -> Result<(), CliError> {
    let queue = &loaded.queue;
    let json = Json {
        version: 1,
        today: context.now.today,
        due: rows(&queue.due, loaded, context.now.today),
        new: rows(&queue.new, loaded, context.now.today),
        upcoming: (args.all || args.until.is_some()).then(|| rows(&queue.upcoming, loaded, context.now.today)),
        aside: args.aside.then(|| {
            let (log, _) = context.journal().read();
            let aside =
                |entry| Aside { row: row(entry, loaded, context.now.today), suspended: log.is_suspended(&entry.id) };
            queue.aside.iter().map(aside).collect()
        }),
        problems: loaded.problems.iter().map(ProblemRow::from).collect(),
    };
    crate::show::json::line(out, &json)?;
    Ok(())
}

fn rows<'a>(entries: &'a [Entry], loaded: &'a Loaded, today: NaiveDate) -> Vec<Row<'a>> {
    entries.iter().map(|entry| row(entry, loaded, today)).collect()
}

fn row<'a>(entry: &'a Entry, loaded: &'a Loaded, today: NaiveDate) -> Row<'a> {
    let shown = loaded.shown.get(&entry.id.note);
    let schedule = entry.schedule;
    Row {
        path: &entry.id.note,
        title: shown.map_or(entry.id.note.name(), |shown| &shown.title),
        due: schedule.map(|s| s.due),
        overdue_days: schedule.map(|s| s.days_overdue(today)),
        interval: schedule.map(|s| s.interval),
        ease: schedule.map(|s| s.ease),
        tags: shown.map_or(&entry.tags, |shown| &shown.tags),
        decks: entry.decks.iter().filter_map(|deck| loaded.queue.decks.get(*deck)).map(String::as_str).collect(),
    }
}
