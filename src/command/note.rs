//! `study note`: a note for a topic that has none.

use std::io::{self, Write};

use super::roadmap::atlas::Atlas;
use super::roadmap::{report, topic};
use super::{Context, ask};
use crate::cli::NoteArgs;
use crate::error::CliError;
use crate::note::facts::{ScheduledTags, Wanted};
use crate::note::{NotePath, placeholder};
use crate::problem::shell_word;
use crate::roadmap::find::Hit;
use crate::roadmap::template::{beside, file_name, place_of, text_of};
use crate::show::text::clean;
use crate::vault;

/// Shows the note and makes it when that is wanted.
///
/// # Errors
/// When the topic is not found or has a note, a file of that name is there, or it cannot be written.
pub fn run(args: &NoteArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let mut atlas = Atlas::load(context);
    let is_topic = |_: &_, hit| matches!(hit, Hit::Topic(_));
    let (at, hit) = topic::resolve(&args.topic, args.roadmap.as_deref(), &mut atlas, context, is_topic)?;
    let (Some(map), Hit::Topic(at)) = (atlas.maps.get(at), hit) else {
        return Err(CliError::failed(format!("`{}` is something to read, and no topic", args.topic)));
    };
    let Some(topic) = map.roadmap.topics.get(at) else { return Ok(()) };
    let links = atlas.links(map, context);
    if let Some(linked) = links.get(at).and_then(|links| links.note()) {
        return Err(CliError::failed(format!("`{}` has a note: {}", topic.title, linked.note)).hint(format!(
            "`study add {}` puts it under review",
            shell_word(&super::roadmap::topic::reference(map, hit))
        )));
    }
    let own = links.get(at).and_then(|links| {
        let unwritten = links.unwritten.iter().filter_map(|at| topic.resources.get(*at));
        unwritten
            .filter(|resource| resource.line == topic.line)
            .find_map(|resource| place_of(&resource.target, &map.note))
    });
    let by_title = || NotePath::new(beside(&map.note, &format!("{}.md", file_name(&topic.title))));
    let note = own.unwrap_or_else(by_title);
    let away = links.get(at).and_then(|links| links.away.first());
    if let Some(away) = away.or(Some(&note).filter(|note| context.vault.is_away(note))) {
        return Err(CliError::failed(format!("{away}: is in iCloud and not downloaded; no note is made over it"))
            .hint("open its folder in Finder and download it"));
    }
    let mut text = text_of(topic, &map.note, &note);
    if args.review {
        text = placeholder::add(&text).map_err(|f| CliError::failed(f.at(note.clone()).to_string()))?.text;
    }
    report(&atlas, context);
    for line in text.lines() {
        writeln!(out, "  {}", clean(line))?;
    }
    if args.dry_run {
        writeln!(out, "would be {}", clean(note.as_str()))?;
        return Ok(());
    }
    if !args.yes && !ask::yes(&format!("make {}?", clean(note.as_str())), out)? {
        writeln!(out, "nothing made")?;
        return Ok(());
    }
    context.vault.create(&note, text.as_bytes()).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => CliError::failed(format!("{note}: is there already, and is left as it is"))
            .hint(format!("link it: [[{}]] in {}", note.name(), map.note)),
        _ => CliError::failed(format!("{note}: cannot be made: {}", vault::plain(&error))),
    })?;
    writeln!(out, "made {}", clean(note.as_str()))?;
    let wanted = Wanted::new(&context.config.selection, None, ScheduledTags::None);
    match wanted.look(&note, text.as_bytes()) {
        Some(_) => writeln!(out, "it is under review, and new")?,
        None => {
            let typed = shell_word(note.as_str());
            writeln!(out, "it is not under review; to review it: study add {}", clean(&typed))?;
        }
    }
    Ok(())
}
