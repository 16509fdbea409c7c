//! `study add`: puts notes under review, by name or as those behind the topics of a roadmap.

use std::io::Write;

use super::roadmap::atlas::Atlas;
use super::roadmap::{report, topic};
use super::{Context, due};
use crate::app::external;
use crate::app::resolve::Names;
use crate::cli::AddArgs;
use crate::clock::Now;
use crate::desk::{Decision, Desk, Refused};
use crate::error::CliError;
use crate::item::ItemId;
use crate::log::{Change, EventId, Kind, Undo, What};
use crate::note::facts::{ScheduledTags, Wanted};
use crate::note::{NotePath, State, placeholder};
use crate::roadmap::Standing;
use crate::roadmap::find::{Hit, split};
use crate::show::diff;

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
        let batch = if added.len() > 1 { desk.batch(Kind::Add, &added, &context.now) } else { None };
        let results = desk.change_all(&added, |at, text| {
            let note = added.get(at).ok_or_else(|| Refused::Stale("it was not asked for".into()))?;
            add(text, note, batch, &context.now)
        });
        external::kept(&desk, context);
        for (note, result) in added.iter().zip(results) {
            match result {
                Ok(_) => {
                    done += 1;
                    writeln!(out, "{}: under review", due::name(note))?;
                }
                Err(Refused::Unsafe(finding)) => refused.push(finding.at(note.clone()).to_string()),
                Err(error) => refused.push(format!("{note}: {error}")),
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
    let names = Names::new(context);
    let mut notes: Vec<NotePath> = Vec::new();
    let mut push = |note: NotePath| {
        if !notes.contains(&note) {
            notes.push(note);
        }
    };
    let is_topic = |typed: &str| split(typed).0.is_some() && names.resolve(typed).is_err();
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
        push(names.resolve(typed)?);
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

fn add(text: &str, note: &NotePath, batch: Option<EventId>, now: &Now) -> Result<Decision, Refused> {
    let added = placeholder::add(text).map_err(Refused::Unsafe)?;
    let undo = Undo::Block { before: added.block_before, after: added.block_after };
    let what = What::Add { moved: None, undo };
    let change = Change { batch, ..Change::new(what, ItemId::of_note(note.clone()), now) };
    Ok(Decision { text: added.text, change })
}
