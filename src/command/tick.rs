//! `study done`, `study begin`: marks a topic of a roadmap.

use std::io::Write;

use colored::Colorize;

use super::roadmap::atlas::{Atlas, Map};
use super::roadmap::{report, topic};
use super::{Context, due};
use crate::cli::TickArgs;
use crate::desk::{Decision, Desk, Refused};
use crate::error::CliError;
use crate::note::{NotePath, State};
use crate::problem::{Advice, Code, Finding, Severity, shell_word};
use crate::roadmap::Roadmap;
use crate::roadmap::find::Hit;
use crate::roadmap::progress::{Links, total_with};
use crate::roadmap::tick::{Refusal, Tick, boxed, tick, word};
use crate::show::diff;
use crate::show::text::clean;
use crate::show::when;

/// Changes the one character between the brackets.
///
/// # Errors
/// When the topic is not found, has no box or says so already; or the note cannot be written.
pub fn run(args: &TickArgs, to: Tick, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let mut atlas = Atlas::load(context);
    let tickable =
        |roadmap: &Roadmap, hit: Hit| boxed(roadmap, hit).is_ok_and(|(_, standing)| standing != to.standing());
    let (at, hit) = topic::resolve(&args.topic, args.roadmap.as_deref(), &mut atlas, context, tickable)?;
    let Some(map) = atlas.maps.get(at) else { return Ok(()) };
    // Refused before anything is locked or written.
    let text = context.vault.read(&map.note).map_err(|f| CliError::failed(f.at(map.note.clone()).to_string()))?;
    let ticked = tick(&text, &map.roadmap, map.note.name(), hit, to).map_err(|refusal| refused(map, hit, &refusal))?;
    if args.dry_run {
        out.write_all(diff::unified(map.note.as_str(), &text, &ticked.text).as_bytes())?;
        return Ok(());
    }
    let desk = Desk::new(&context.vault, context.journal());
    let mut why = None;
    let mut after = None;
    let changed = desk.change(&map.note, |text| {
        let now = Roadmap::parse(text, map.note.name());
        let ticked = found_again(&map.roadmap, &now, hit)
            .ok_or(Refusal::Stale)
            .and_then(|hit| tick(text, &now, map.note.name(), hit, to));
        match ticked {
            Ok(ticked) => {
                after = Some(Roadmap::parse(&ticked.text, map.note.name()));
                let change = ticked.was.change(map.note.clone(), &context.now);
                Ok(Decision { text: ticked.text, change })
            }
            Err(refusal) => {
                let stale = Refused::Stale(refusal.to_string());
                why = Some(refusal);
                Err(stale)
            }
        }
    });
    if let Some(refusal) = &why {
        return Err(refused(map, hit, refusal));
    }
    changed.map_err(|error| CliError::failed(format!("{}: {error}", map.note)))?;
    let links = atlas.links(map, context);
    let count = total_with(after.as_ref().unwrap_or(&map.roadmap), &links);
    let name = clean(map.roadmap.hit_name(hit)).into_owned();
    let reading = match hit {
        Hit::Topic(_) => String::new(),
        Hit::Resource(topic, _) => format!(", a link to read under {}", clean(&map.roadmap.path(topic))),
    };
    writeln!(
        out,
        "{}: {} is {}{reading}, {} of {}",
        due::name(&map.note),
        name.bold(),
        word(to.standing()),
        count.learned(),
        count.total()
    )?;
    if to == Tick::Done {
        offer_review(&links, map, hit, context, out)?;
    }
    report(&atlas, context);
    Ok(())
}

/// The same thing in a newer reading of the note: the same name on the same line, or the only one of its name.
fn found_again(old: &Roadmap, new: &Roadmap, hit: Hit) -> Option<Hit> {
    let (name, line) = (old.hit_name(hit), old.hit_line(hit));
    let all: Vec<Hit> = match hit {
        Hit::Topic(_) => (0..new.topics.len()).map(Hit::Topic).collect(),
        Hit::Resource(..) => {
            let steps = |(at, topic): (usize, &crate::roadmap::Topic)| {
                (0..topic.resources.len()).map(move |step| Hit::Resource(at, step)).collect::<Vec<_>>()
            };
            new.topics.iter().enumerate().flat_map(steps).collect()
        }
    };
    let named: Vec<Hit> = all.into_iter().filter(|hit| new.hit_name(*hit) == name).collect();
    let there = named.iter().find(|hit| new.hit_line(**hit) == line);
    there.or(if named.len() == 1 { named.first() } else { None }).copied()
}

fn refused(map: &Map, hit: Hit, refusal: &Refusal) -> CliError {
    let name = map.roadmap.hit_name(hit);
    match refusal {
        Refusal::NoBox { line, why } => problem(&map.note, Some(*line), format!("`{name}` cannot be ticked"), why),
        Refusal::Already(standing) => {
            CliError::failed(format!("{}: `{name}` is {} already", map.note, word(*standing)))
        }
        Refusal::Unproved { line } => problem(
            &map.note,
            Some(*line),
            format!("ticking `{name}` would change how the note reads"),
            "tick it in an editor",
        ),
        Refusal::Stale => problem(&map.note, None, format!("`{name}` is no longer where it was"), "try again"),
    }
}

fn problem(note: &NotePath, line: Option<usize>, message: String, advice: &'static str) -> CliError {
    let finding = Finding {
        code: Code::UneditableSchedule,
        severity: Severity::Refusal,
        line,
        column: None,
        message,
        advice: Advice::Do(advice),
    };
    CliError::failed(finding.at(note.clone()).to_string())
}

/// Says how to keep what was learned: what is true of the topic's own note, and what to do next.
fn offer_review(links: &[Links], map: &Map, hit: Hit, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let Hit::Topic(at) = hit else { return Ok(()) };
    let Some(links) = links.get(at) else { return Ok(()) };
    let reference = shell_word(&topic::reference(map, hit));
    let advice = match (links.note(), links.away.first()) {
        (Some(linked), _) => {
            let (name, typed) = (due::name(&linked.note), shell_word(linked.note.as_str()));
            match linked.state {
                State::Scheduled(scheduled) => {
                    let day = when::day(scheduled.due, context.now.today);
                    format!("its note {name} is under review, due {day}")
                }
                State::Parked => format!("its note {name} is suspended; to go on with it: study resume {typed}"),
                State::Damaged => {
                    format!("the schedule of its note {name} cannot be read; study check {typed} says why")
                }
                _ if linked.under_review() => format!("its note {name} is under review, and new: study review {typed}"),
                _ => format!("to review it: study add {reference}"),
            }
        }
        (None, Some(away)) => format!("its note {} is not downloaded", due::name(away)),
        (None, None) => format!("to make a note of it: study note {reference}"),
    };
    writeln!(out, "{}", clean(&advice))?;
    Ok(())
}
