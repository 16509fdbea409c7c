//! `study suspend` and `study resume`: notes taken out of the queue and put back. The log says so; the notes stay as
//! they are, and the plugin goes on offering them.

use std::collections::HashSet;
use std::io::Write;

use super::{Context, due};
use crate::app::moved::{self, Keep, LastSeen};
use crate::app::resolve::Names;
use crate::cli::NotesArgs;
use crate::desk::Desk;
use crate::error::CliError;
use crate::item::ItemId;
use crate::log::{Change, Kind, What};
use crate::note::NotePath;

/// Suspends or resumes the named notes, all of them or none.
///
/// # Errors
/// When a note is not found or the log cannot be written.
pub fn run(args: &NotesArgs, kind: Kind, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let names = Names::new(context);
    let mut notes: Vec<NotePath> = args.notes.iter().map(|typed| names.resolve(typed)).collect::<Result<_, _>>()?;
    let mut seen = HashSet::new();
    notes.retain(|note| seen.insert(note.clone()));
    let desk = Desk::new(&context.vault, context.journal());
    let standing: Vec<ItemId> = notes.iter().map(|note| ItemId::of_note(note.clone())).collect();
    let log = moved::of_named(desk.journal().read().0, &standing, LastSeen::Unread, Keep::Logged, context);
    let suspend = kind == Kind::Suspend;
    let (to_change, as_they_are): (Vec<_>, Vec<_>) =
        notes.into_iter().partition(|note| log.is_suspended(&ItemId::of_note(note.clone())) != suspend);
    let change = |note: &NotePath| {
        let follows = log.followed(&ItemId::of_note(note.clone()), context.now.instant);
        let what = if suspend { What::Suspend } else { What::Resume };
        let change = Change::new(what, ItemId::of_note(note.clone()), &context.now);
        desk.known_by_note(Change { follows, ..change }, &log)
    };
    let changes: Vec<Change> = to_change.iter().map(change).collect();
    if !changes.is_empty() {
        desk.sit()
            .and_then(|mut seat| {
                let batch = desk.batch(kind, &to_change, &context.now);
                seat.record(changes.into_iter().map(|change| Change { batch, ..change }).collect())
            })
            .map_err(|refused| CliError::failed(refused.to_string()))?;
    }
    let word = if suspend { "suspended" } else { "resumed" };
    for note in &to_change {
        writeln!(out, "{}: {word}", due::name(note))?;
    }
    for note in &as_they_are {
        let why = if suspend { "is suspended already" } else { "is not suspended" };
        writeln!(out, "{}: {why}", due::name(note))?;
    }
    Ok(())
}
