//! `study history`: every review of a note.

use std::io::Write;

use super::Context;
use super::named::resolve;
use super::notice::{self, Extent};
use crate::cli::HistoryArgs;
use crate::error::CliError;
use crate::item::ItemId;
use crate::note::properties::properties;
use crate::note::{State, schedule};
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
    let scheduled: Vec<_> = now.map(|now| (&item, now)).into_iter().collect();
    let log = notice::outside_reviews(context, &scheduled, Extent::Some, None);
    let id = properties(text.as_bytes()).id;
    let history = history::history(&log, &note, id.as_deref(), now, context.now.today);
    if args.json {
        crate::show::json::line(out, &history)?;
    } else {
        out.write_all(history::text(&history, context.columns(), context.config.ascii).as_bytes())?;
    }
    Ok(())
}
