//! `study add`: puts notes under review, by name or as those behind the topics of a roadmap.

use std::io::Write;

use super::roadmap::atlas::Atlas;
use super::roadmap::{report, topic};
use super::{Context, due, named};
use crate::cli::AddArgs;
use crate::desk::{Decision, Desk, Refused, Seat};
use crate::error::CliError;
use crate::log::{Change, Kind};
use crate::note::facts::{ScheduledTags, Wanted};
use crate::note::{NotePath, State, placeholder};
use crate::roadmap::Standing;
use crate::roadmap::find::{Hit, split};
use crate::show::diff;
use crate::show::text::clean;

/// Puts notes under review.
///
/// # Errors
/// When a note or topic is not found, a topic has no note, or a note cannot be written.
pub fn run(args: &AddArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let notes = notes(args, context)?;
    if notes.is_empty() {
        writeln!(out, "No done topic has a note.")?;
        return Ok(());
    }
    let mut refused = Vec::new();
    let (mut added, mut already) = (Vec::new(), 0_usize);
    for note in notes {
        match is_under_review(&note, context) {
            Ok(true) => already += 1,
            Ok(false) => added.push(note),
            Err(why) => refused.push(why),
        }
    }
    let desk = Desk::new(&context.vault, context.journal());
    let mut done = 0_usize;
    if args.dry_run {
        for note in &added {
            match preview(note, context) {
                Ok(text) => out.write_all(text.as_bytes())?,
                Err(why) => refused.push(why),
            }
        }
    } else if !added.is_empty() {
        let mut seat = desk.sit().map_err(|error| CliError::failed(error.to_string()))?;
        let changes: Vec<Change> =
            added.iter().map(|note| Change::new(Kind::Add, note.clone(), &context.now)).collect();
        let batch = if changes.len() > 1 { seat.batch(&changes) } else { None };
        for change in changes {
            let note = change.note.clone();
            match add(&mut seat, Change { batch, ..change }) {
                Ok(()) => {
                    done += 1;
                    writeln!(out, "{}: under review", due::name(&note))?;
                }
                Err(why) => refused.push(why),
            }
        }
    }
    if already > 0 && !args.dry_run {
        let note = if already == 1 { "note was" } else { "notes were" };
        writeln!(out, "{already} {note} under review already")?;
    }
    if done > 0 {
        writeln!(out, "`study review` offers new notes after those that are due.")?;
    }
    CliError::several(refused.into_iter().map(CliError::failed).collect()).map_or(Ok(()), Err)
}

/// The notes that are meant, each once.
fn notes(args: &AddArgs, context: &Context) -> Result<Vec<NotePath>, CliError> {
    let mut notes: Vec<NotePath> = Vec::new();
    let mut push = |note: NotePath| {
        if !notes.contains(&note) {
            notes.push(note);
        }
    };
    let is_topic = |typed: &str| split(typed).0.is_some() && named::resolve(typed, context).is_err();
    if args.notes.iter().any(|typed| is_topic(typed)) || args.done_topics.is_some() {
        let mut atlas = Atlas::load(context);
        for typed in args.notes.iter().filter(|typed| is_topic(typed)) {
            push(behind(typed, &mut atlas, context)?);
        }
        if let Some(roadmap) = &args.done_topics {
            let at = topic::map(roadmap, &mut atlas, context)?;
            if let Some(map) = atlas.maps.get(at) {
                let links = atlas.links(map, context);
                let done = map.roadmap.topics.iter().zip(&links).filter(|(topic, _)| topic.standing == Standing::Done);
                done.filter_map(|(_, links)| links.note()).for_each(|linked| push(linked.note.clone()));
            }
        }
        report(&atlas, context);
    }
    for typed in args.notes.iter().filter(|typed| !is_topic(typed)) {
        push(named::resolve(typed, context)?);
    }
    Ok(notes)
}

/// The note behind `ROADMAP#Topic`.
fn behind(typed: &str, atlas: &mut Atlas, context: &Context) -> Result<NotePath, CliError> {
    let (at, hit) = topic::resolve(typed, None, atlas, context, |_, hit| matches!(hit, Hit::Topic(_)))?;
    let none = || {
        CliError::failed(format!("the topic `{}` has no note", split(typed).1))
            .hint(format!("`study note {}` makes one", crate::problem::shell_word(typed)))
    };
    let (Some(map), Hit::Topic(topic)) = (atlas.maps.get(at), hit) else { return Err(none()) };
    let links = atlas.links(map, context);
    links.get(topic).and_then(|links| links.note()).map(|linked| linked.note.clone()).ok_or_else(none)
}

fn is_under_review(note: &NotePath, context: &Context) -> Result<bool, String> {
    let text = context.vault.read(note).map_err(|finding| finding.at(note.clone()).to_string())?;
    let facts = Wanted::new(&context.config.selection, None, ScheduledTags::All).look(note, text.as_bytes());
    Ok(facts.is_some_and(|facts| facts.reading.state != State::Damaged))
}

fn preview(note: &NotePath, context: &Context) -> Result<String, String> {
    let text = context.vault.read(note).map_err(|finding| finding.at(note.clone()).to_string())?;
    let added = placeholder::add(&text).map_err(|finding| finding.at(note.clone()).to_string())?;
    Ok(diff::unified(note.as_str(), &text, &added.text))
}

fn add(seat: &mut Seat<'_>, change: Change) -> Result<(), String> {
    let note = change.note.clone();
    let done = seat.change(&note, |text| {
        let added = placeholder::add(text).map_err(Refused::Unsafe)?;
        let change =
            Change { block_before: Some(added.block_before), block_after: Some(added.block_after), ..change.clone() };
        Ok(Decision { text: added.text, change })
    });
    match done {
        Ok(_) => Ok(()),
        Err(Refused::Unsafe(finding)) => Err(clean(&finding.at(note).to_string()).into_owned()),
        Err(error) => Err(format!("{note}: {error}")),
    }
}
