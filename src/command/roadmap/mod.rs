//! `study roadmap`: what has been learned, what is being forgotten, what is left.

pub mod atlas;
mod git;
pub mod topic;

use std::io::Write;

use serde::Serialize;

use self::atlas::{Active, Atlas, Map};
use super::Context;
use crate::app::moved::{self, Keep, LastSeen, Standing};
use crate::cli::RoadmapArgs;
use crate::error::CliError;
use crate::item::ItemId;
use crate::log::{Kind, Log, Undo};
use crate::note::NotePath;
use crate::roadmap::chart::{Chart, chart};
use crate::roadmap::history::{Days, days_in_log, finished};
use crate::roadmap::progress::total;
use crate::roadmap::weak;
use crate::schedule::Grade;
use crate::show::roadmap::{self as show, Layout, Only, json};

/// The weeks that a burn-up shows at most.
const WEEKS: usize = 26;

/// Shows all roadmaps, or one.
///
/// # Errors
/// When the note is not found or holds no topics, or the output cannot be written.
pub fn run(args: &RoadmapArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let mut atlas = Atlas::load(context);
    let log = read_log(&atlas, context);
    match &args.note {
        Some(typed) => {
            let at = topic::map(typed, &mut atlas, context)?;
            one(args, at, &atlas, &log, context, out)?;
        }
        None => all(args, &atlas, &log, context, out)?,
    }
    report(&atlas, context);
    Ok(())
}

/// The layout of a page for the terminal.
pub fn layout(context: &Context) -> Layout {
    Layout { width: context.columns(), ascii: context.config.ascii }
}

/// The log, its problems remarked, with what was moved since. Nothing is written.
pub fn read_log(atlas: &Atlas, context: &Context) -> Log {
    let (log, problems) = context.journal().read();
    for problem in &problems {
        context.notice(problem.to_string());
    }
    let items = atlas.items();
    let notes: Vec<Standing<'_>> =
        items.iter().map(|(item, schedule)| Standing { item, schedule: *schedule, sr_id: None }).collect();
    moved::followed(log, &notes, LastSeen::Unread, Keep::Unlogged, context)
}

/// Says on stderr what of the vault could not be read.
pub fn report(atlas: &Atlas, context: &Context) {
    /// `study check` tells of all.
    const LISTED: usize = 10;
    for problem in atlas.problems.iter().take(LISTED) {
        context.notice(problem.to_string());
    }
}

/// Writes a value as a line of JSON.
pub fn print(value: &impl Serialize, out: &mut dyn Write) -> Result<(), CliError> {
    crate::show::json::line(out, value)?;
    Ok(())
}

fn all(args: &RoadmapArgs, atlas: &Atlas, log: &Log, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let active = Active::of(log);
    let rows: Vec<show::Row> = atlas.maps.iter().map(|map| atlas.row(map, &active, context)).collect();
    let today = context.now.today;
    if args.json {
        return print(&json::List::new(&rows, today), out);
    }
    out.write_all(show::list(&rows, today, layout(context)).as_bytes())?;
    Ok(())
}

fn one(
    args: &RoadmapArgs,
    at: usize,
    atlas: &Atlas,
    log: &Log,
    context: &Context,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let Some(map) = atlas.maps.get(at) else { return Ok(()) };
    let links = atlas.links(map, context);
    let sheet = atlas.sheet(map, &links, &Active::of(log), context);
    let only = Only { depth: args.depth.map(usize::from), open: args.open, weak: args.weak };
    let burn_up = if args.chart { Some(burn_up(map, log, context)?) } else { None };
    if args.json {
        return print(&json::One::new(&sheet, only, burn_up.as_ref()), out);
    }
    let page = match &burn_up {
        Some(burn_up) => show::chart(burn_up, context.now.today, layout(context)),
        None => show::tree(&sheet, only, layout(context)),
    };
    out.write_all(page.as_bytes())?;
    Ok(())
}

/// The burn-up of a roadmap from the log, its own text and git.
fn burn_up(map: &Map, log: &Log, context: &Context) -> Result<Chart, CliError> {
    let text =
        context.vault.read(&map.note).map_err(|finding| CliError::failed(finding.at(map.note.clone()).to_string()))?;
    let logged = logged(&map.note, log, context);
    let days = finished(&map.roadmap, &text, &logged, &git::days(&map.note, context));
    let days: Vec<_> = days.iter().map(|finished| finished.day).collect();
    Ok(chart(&days, total(&map.roadmap).total(), context.now.today, WEEKS))
}

/// The ticks of a note that the log has and that were not taken back.
fn logged(note: &NotePath, log: &Log, context: &Context) -> Days {
    let ticks: Vec<_> =
        log.of(&ItemId::of_note(note.clone())).filter(|entry| entry.kind == Kind::Tick && !entry.is_undone()).collect();
    let events = match context.journal().events(log, &ticks) {
        Ok(events) => events,
        Err(error) => {
            context.notice(error.to_string());
            Vec::new()
        }
    };
    days_in_log(events.iter().filter_map(|event| match event.change.what.undo()? {
        Undo::Line { before, after, .. } => Some((event.change.day, before.as_str(), after.as_str())),
        _ => None,
    }))
}

/// How each branch of the roadmap in `note` is remembered: `study stats --roadmap NOTE`.
///
/// # Errors
/// When the note is not found or holds no topics, or the output cannot be written.
pub fn branches(typed: &str, as_json: bool, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let mut atlas = Atlas::load(context);
    let at = topic::map(typed, &mut atlas, context)?;
    let Some(map) = atlas.maps.get(at) else { return Ok(()) };
    let log = read_log(&atlas, context);
    let links = atlas.links(map, context);
    let reviews: Vec<(NotePath, bool)> = log
        .reviews()
        .filter_map(|entry| Some((NotePath::new(log.note(entry)), entry.grade? != Grade::Again)))
        .collect();
    let branches = weak::branches(&map.roadmap, &links, reviews.iter().map(|(note, recalled)| (note, *recalled)));
    if as_json {
        let sheet = atlas.sheet(map, &links, &Active::of(&log), context);
        print(&json::Branches::new(&sheet, &branches), out)?;
    } else {
        out.write_all(show::branches(&map.roadmap, &branches, layout(context)).as_bytes())?;
    }
    report(&atlas, context);
    Ok(())
}
