//! `study note`: a note for a topic that has none.

use std::io::{self, BufRead, Write};

use super::Context;
use super::roadmap::atlas::Atlas;
use super::roadmap::{report, topic};
use crate::cli::NoteArgs;
use crate::error::CliError;
use crate::note::NotePath;
use crate::problem::shell_word;
use crate::roadmap::find::Hit;
use crate::roadmap::template::note_for;
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
    let new = note_for(topic, &map.note);
    let folder = map.note.folder();
    let note = NotePath::new(if folder.is_empty() { new.file.clone() } else { format!("{folder}/{}", new.file) });
    report(&atlas, context);
    for line in new.text.lines() {
        writeln!(out, "  {}", clean(line))?;
    }
    if args.dry_run {
        writeln!(out, "would be {}", clean(note.as_str()))?;
        return Ok(());
    }
    if !args.yes && !agreed(&note, out)? {
        writeln!(out, "nothing made")?;
        return Ok(());
    }
    context.vault.create(&note, new.text.as_bytes()).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => CliError::failed(format!("{note}: is there already, and is left as it is"))
            .hint(format!("link it: [[{}]] in {}", note.name(), map.note)),
        _ => CliError::failed(format!("{note}: cannot be made: {}", vault::plain(&error))),
    })?;
    writeln!(out, "made {}", clean(note.as_str()))?;
    Ok(())
}

fn agreed(note: &NotePath, out: &mut dyn Write) -> Result<bool, CliError> {
    write!(out, "make {}? [y/N] ", clean(note.as_str()))?;
    out.flush()?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line).map_err(CliError::from)?;
    if read == 0 {
        writeln!(out)?;
    }
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}
