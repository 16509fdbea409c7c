//! `study next`: the next thing to learn.

use std::io::{self, IsTerminal, Write};

use super::roadmap::atlas::{Active, Atlas, Map};
use super::roadmap::{layout, print, read_log, report, topic};
use super::{Context, ask, open};
use crate::app::resolve;
use crate::app::scan::Request;
use crate::cli::NextArgs;
use crate::error::CliError;
use crate::note::NotePath;
use crate::note::facts::{ScheduledTags, Wanted};
use crate::roadmap::next::{Next, next};
use crate::roadmap::progress::Links;
use crate::roadmap::{Resource, Target, Topic};
use crate::show::roadmap::{self as show, json};
use crate::show::text::clean;

/// A roadmap with what is next in it.
struct Choice<'a> {
    map: &'a Map,
    links: Vec<Links>,
    next: Next,
}

/// Shows the next topic of a roadmap and offers to open its resources.
///
/// # Errors
/// When the note is not found or holds no topics, a resource cannot be opened, or the output cannot be written.
pub fn run(args: &NextArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let mut atlas = Atlas::load(context);
    let log = read_log(&atlas, context);
    let active = Active::of(&log);
    let only = args.note.as_deref().map(|typed| topic::map(typed, &mut atlas, context)).transpose()?;
    let choice = choose(&atlas, only, &active, context).ok_or_else(|| {
        CliError::failed("no note of this vault is a roadmap")
            .hint("`study next NOTE` takes any outline for one; docs/roadmaps.md tells what is read as a topic")
    })?;
    let wanted = Wanted::new(&context.config.selection, None, ScheduledTags::DueBy(context.now.today));
    let due = context.read(|workspace| Request::new(workspace, wanted).scan().queue(workspace)).queue.due.len();
    let sheet = atlas.sheet(choice.map, &choice.links, &active, context);
    if args.json {
        return print(&json::NextRow::new(&sheet, &choice.next, due), out);
    }
    let found = choice.next.topic.and_then(|at| choice.map.roadmap.topics.get(at).zip(choice.links.get(at)));
    if args.open.is_none() {
        out.write_all(show::next(&sheet, &choice.next, due, layout(context)).as_bytes())?;
        out.flush()?;
    }
    report(&atlas, context);
    let Some((topic, links)) = found else { return Ok(()) };
    match args.open {
        Some(number) => {
            let resource = number.checked_sub(1).and_then(|at| topic.resources.get(at));
            let resource = resource.ok_or_else(|| {
                let there = topic.resources.len();
                CliError::failed(format!("`{}` has no resource {number}", topic.title)).hint(format!("it has {there}"))
            })?;
            let said = open_resource(resource, choice.map, context).map_err(CliError::failed)?;
            writeln!(out, "{}", clean(&said))?;
            Ok(())
        }
        None if io::stdin().is_terminal() && io::stdout().is_terminal() => ask(topic, links, choice.map, context, out),
        None => Ok(()),
    }
}

/// The roadmap asked for; else, of those with something open, the one in which something was done last, or anything is
/// begun or done.
fn choose<'a>(atlas: &'a Atlas, only: Option<usize>, active: &Active, context: &Context) -> Option<Choice<'a>> {
    let choice = |map: &'a Map| {
        let links = atlas.links(map, context);
        let next = next(&map.roadmap, &links);
        Choice { map, links, next }
    };
    if let Some(at) = only {
        return atlas.maps.get(at).map(choice);
    }
    let mut best: Option<Choice<'a>> = None;
    for map in &atlas.maps {
        let this = choice(map);
        let key = |choice: &Choice<'_>| {
            let under_way = atlas.counts.get(&choice.map.note).is_some_and(|count| count.done + count.begun > 0);
            (choice.next.topic.is_some(), active.last(choice.map, &choice.links), under_way)
        };
        if best.as_ref().is_none_or(|best| key(&this) > key(best)) {
            best = Some(this);
        }
    }
    best
}

/// Asks what to open until nothing is typed.
fn ask(topic: &Topic, links: &Links, map: &Map, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let note = links.note().map(|linked| &linked.note);
    let keys = match (topic.resources.len(), note) {
        (0, None) => return Ok(()),
        (0, Some(_)) => "n opens its note".to_owned(),
        (1, None) => "1 opens it".to_owned(),
        (1, Some(_)) => "1 opens it, n its note".to_owned(),
        (many, None) => format!("1-{many} opens one"),
        (many, Some(_)) => format!("1-{many} opens one, n its note"),
    };
    loop {
        let Some(line) = ask::line(&format!("{keys}, Enter nothing: "), out)? else { return Ok(()) };
        let done = match line.trim() {
            "" | "q" => return Ok(()),
            "n" => note.map_or(Err("it has no note".to_owned()), |note| open_note(note, context)),
            typed => match typed.parse::<usize>().ok().and_then(|n| topic.resources.get(n.checked_sub(1)?)) {
                Some(resource) => open_resource(resource, map, context),
                None => Err(format!("there is no `{typed}`")),
            },
        };
        let (Ok(said) | Err(said)) = done;
        writeln!(out, "{}", clean(&said))?;
    }
}

/// Opens an address with the system's opener, anything of the vault in Obsidian. Says what was done.
fn open_resource(resource: &Resource, map: &Map, context: &Context) -> Result<String, String> {
    match &resource.target {
        Target::Url(url) => open_url(url, url),
        Target::Wiki(name) => {
            let name = name.split('#').next().unwrap_or(name);
            let note = resolve::resolve(name, context).map_err(|error| error.to_string())?;
            open_note(&note, context)
        }
        Target::File(path) => {
            let path = path.split('#').next().unwrap_or(path);
            let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned();
            match context.vault.linked(&path, &map.note) {
                Some(file) => open_url(&open::obsidian_url(&file)?, &format!("{path} in Obsidian")),
                None => Err(format!("`{path}` is not there")),
            }
        }
    }
}

fn open_note(note: &NotePath, context: &Context) -> Result<String, String> {
    open_url(&open::obsidian_url(&context.vault.file(note))?, &format!("{note} in Obsidian"))
}

fn open_url(url: &str, what: &str) -> Result<String, String> {
    match open::url(url)?.outcome(open::PATIENCE) {
        Some(ended) => ended.map(|()| format!("opened {what}")),
        None => Ok(format!("opening {what}")),
    }
}
