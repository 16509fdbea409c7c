//! `study undo`: takes the last things back, in the notes and in the log.

use std::collections::{HashMap, HashSet};
use std::io::Write;

use super::review::{restore, sentence, undo_event};
use super::{Context, due, named};
use crate::cli::UndoArgs;
use crate::desk::{Desk, Refused};
use crate::error::CliError;
use crate::log::Event;
use crate::note::NotePath;
use crate::problem::shell_word;
use crate::review::NotDone;
use crate::show::text::clean;
use crate::show::{diff, when};
use crate::undo;

/// Takes the last steps back, newest first. Stops at the first that cannot be taken back.
///
/// # Errors
/// When there is nothing to take back, or a note no longer holds what was written.
pub fn run(args: &UndoArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let desk = Desk::new(&context.vault, context.journal());
    if desk.is_unsettled() {
        // What a process that died had begun is completed first, so that it can be taken back too.
        drop(desk.sit().map_err(|refused| CliError::failed(refused.to_string()))?);
    }
    let (log, problems) = desk.journal().read();
    for problem in &problems {
        context.notice(problem.to_string());
    }
    let only = args.note.as_deref().map(|typed| named::resolve(typed, context)).transpose()?;
    let wanted = args.steps as usize;
    let mut steps = log.undoable(only.as_ref().map_or(wanted, |_| usize::MAX), Some(&context.config.device));
    if let Some(note) = &only {
        steps.retain(|step| step.entries.iter().all(|entry| log.note(entry) == note.as_str()));
        steps.truncate(wanted);
    }
    if steps.is_empty() {
        return Err(CliError::failed("there is nothing to take back on this device"));
    }
    if steps.len() < wanted {
        let there = when::count(steps.len(), "step");
        context.notice(format!("there was no more to take back than {there}"));
    }
    let entries: Vec<_> = steps.iter().flat_map(|step| step.entries.iter().copied()).collect();
    let events = desk.journal().events(&log, &entries).map_err(|e| CliError::failed(e.to_string()))?;
    let refused = |event: &Event, NotDone(why): NotDone| {
        let word = shell_word(event.change.note.as_str());
        CliError::failed(why).hint(format!(
            "nothing older was taken back; `study history {word}` tells what it was, `study undo --note NOTE` takes back \
             what was done with another note"
        ))
    };
    if args.dry_run {
        // What the notes would hold, so that each step of a dry run starts from the one before.
        let mut texts = HashMap::new();
        for event in &events {
            let text = dry_run(event, context, &mut texts).map_err(|why| refused(event, why))?;
            out.write_all(text.as_bytes())?;
        }
        return Ok(());
    }
    let mut left = events.as_slice();
    while let Some((first, _)) = left.split_first() {
        let (together, rest) = left.split_at_checked(apart(left)).unwrap_or((left, &[]));
        left = rest;
        if together.len() < 2 {
            let text = take_back(&desk, first, context).map_err(|why| refused(first, why))?;
            out.write_all(text.as_bytes())?;
            continue;
        }
        for (event, result) in together.iter().zip(take_all_back(&desk, together, context)?) {
            match result {
                Ok(_) => writeln!(out, "{}: {}", due::name(&event.change.note), told(event, context))?,
                Err(why) => return Err(refused(event, sentence(&event.change.note, &why))),
            }
        }
    }
    Ok(())
}

/// How many events from the first on can be taken back together: those that changed a note each, no note twice.
fn apart(events: &[Event]) -> usize {
    let mut notes = HashSet::new();
    let own = |event: &&Event| undo::is_in_the_note(event) && notes.insert(event.change.note.as_str().to_owned());
    events.iter().take_while(own).count().max(1)
}

/// Takes events back up to the first that cannot be.
fn take_all_back(
    desk: &Desk<'_>,
    events: &[Event],
    context: &Context,
) -> Result<Vec<Result<Event, Refused>>, CliError> {
    let failed = |refused: Refused| CliError::failed(refused.to_string());
    let mut seat = desk.sit().map_err(failed)?;
    let restorable = |event: &&Event| {
        let text = context.vault.read(&event.change.note);
        text.is_ok_and(|text| undo::restored(&text, event).is_ok())
    };
    let good = events.iter().take_while(restorable).count();
    // The first that cannot be taken back is asked too, for its reason.
    let asked = events.get(..events.len().min(good + 1)).unwrap_or_default();
    let notes: Vec<NotePath> = asked.iter().map(|event| event.change.note.clone()).collect();
    Ok(seat.change_all(&notes, |at, text| {
        let event = asked.get(at).ok_or_else(|| Refused::Stale("is not in the log".into()))?;
        restore(text, event, &context.now)
    }))
}

fn take_back(desk: &Desk<'_>, event: &Event, context: &Context) -> Result<String, NotDone> {
    let note = &event.change.note;
    undo_event(desk, event, &context.now).map_err(|refused| sentence(note, &refused))?;
    Ok(format!("{}: {}\n", due::name(note), told(event, context)))
}

fn dry_run(event: &Event, context: &Context, texts: &mut HashMap<NotePath, String>) -> Result<String, NotDone> {
    let note: &NotePath = &event.change.note;
    if !undo::is_in_the_note(event) {
        return Ok(format!("{}: {}\n", due::name(note), told(event, context)));
    }
    let refuse = |finding: crate::problem::Finding| NotDone(finding.at(note.clone()).to_string());
    let text = match texts.remove(note) {
        Some(text) => text,
        None => context.vault.read(note).map_err(refuse)?,
    };
    let restored = undo::restored(&text, event).map_err(refuse)?;
    let shown = diff::unified(note.as_str(), &text, &restored);
    texts.insert(note.clone(), restored);
    Ok(shown)
}

/// `review (good) of Thu 15 Jan taken back; due Sat 10 Jan, interval 12 d, ease 230 again`
fn told(event: &Event, context: &Context) -> String {
    let (change, today) = (&event.change, context.now.today);
    let grade = change.grade.map_or(String::new(), |grade| format!(" ({grade})"));
    let back = match change.schedule.map(|moved| moved.before) {
        Some(Some(s)) => format!("; due {}, interval {} d, ease {} again", when::day(s.due, today), s.interval, s.ease),
        Some(None) => "; new again".to_owned(),
        None => String::new(),
    };
    clean(&format!("{}{grade} of {} taken back{back}", change.kind, when::day(change.day, today))).into_owned()
}
