//! `study history`: every review of a note.

use std::collections::{HashMap, HashSet};
use std::io::Write;

use super::Context;
use crate::app::external::{self, Extent};
use crate::app::moved::Standing;
use crate::app::resolve::resolve;
use crate::cli::HistoryArgs;
use crate::error::CliError;
use crate::item::ItemId;
use crate::log::{Event, Kind, Log, Undo};
use crate::note::properties::id_of;
use crate::note::{State, schedule};
use crate::roadmap::tick::title_in;
use crate::show::history;

/// Prints the events of a note, earliest first.
///
/// # Errors
/// When the note is not found or cannot be read.
pub fn run(args: &HistoryArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let note = resolve(&args.note, context)?;
    let text = context.vault.read(&note).map_err(|f| CliError::failed(f.at(note.clone()).to_string()))?;
    let state = schedule::read(text.as_bytes()).state;
    let now = if let State::Scheduled(scheduled) = state { Some(scheduled) } else { None };
    let item = ItemId::of_note(note.clone());
    let id = id_of(text.as_bytes());
    let standing = [Standing { item: &item, schedule: now, sr_id: id.as_deref() }];
    let log = external::outside_reviews(context, &standing, Extent::Some, None);
    let mut history = history::history(&log, &note, now, context.now.today);
    name_topics(&mut history, &log, context);
    if args.json {
        crate::show::json::line(out, &history)?;
    } else {
        out.write_all(history::text(&history, context.columns(), context.config.ascii).as_bytes())?;
    }
    Ok(())
}

/// Gives each tick the name of its topic, which stands in the log as the line that was ticked.
fn name_topics(history: &mut history::History, log: &Log, context: &Context) {
    let ticked: HashSet<_> = history.events.iter().filter(|row| row.kind == Kind::Tick).map(|row| row.id).collect();
    if ticked.is_empty() {
        return;
    }
    let entries: Vec<_> = log.entries().iter().filter(|entry| ticked.contains(&entry.id)).collect();
    let events = match context.journal().events(log, &entries) {
        Ok(events) => events,
        Err(error) => return context.notice(error.to_string()),
    };
    let line = |event: &Event| match event.change.what.undo()? {
        Undo::Line { after, .. } => Some((event.id, title_in(after)?)),
        _ => None,
    };
    let topics: HashMap<_, _> = events.iter().filter_map(line).collect();
    for row in &mut history.events {
        row.topic = topics.get(&row.id).cloned();
    }
}
