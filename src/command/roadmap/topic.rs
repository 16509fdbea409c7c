//! Which topic is meant by what was typed.

use std::collections::HashMap;
use std::ops::Range;

use super::atlas::{Atlas, Map};
use crate::app::resolve;
use crate::app::resolve::similar::similar;
use crate::command::Context;
use crate::error::CliError;
use crate::item::folded;
use crate::problem::shell_word;
use crate::roadmap::Roadmap;
use crate::roadmap::find::{Hit, Lookup, find, split};
use crate::show::text::{clean, fit};

/// How many candidates an error lists.
const LISTED: usize = 8;

/// The roadmap and the topic meant by `typed`: a title or part of one, `A > B`, `:LINE`, or any of these behind
/// `ROADMAP#`. `roadmap` names the note where it was given apart. `wanted` is what is looked for where several have the name.
///
/// # Errors
/// When there is nothing of the name, or several things are.
pub fn resolve(
    typed: &str,
    roadmap: Option<&str>,
    atlas: &mut Atlas,
    context: &Context,
    wanted: impl Fn(&Roadmap, Hit) -> bool,
) -> Result<(usize, Hit), CliError> {
    let (named, name) = match roadmap {
        Some(roadmap) => (Some(roadmap), typed.trim()),
        None => split(typed),
    };
    let maps = match named {
        Some(named) => {
            let at = map(named, atlas, context)?;
            at..at + 1
        }
        None => 0..atlas.maps.len(),
    };
    let mut hits: Vec<(usize, Hit)> = Vec::new();
    for at in maps.clone() {
        let Some(map) = atlas.maps.get(at) else { continue };
        match find(&map.roadmap, name, |hit| wanted(&map.roadmap, hit)) {
            Lookup::One(hit) => hits.push((at, hit)),
            Lookup::Many(many) => hits.extend(many.into_iter().map(|hit| (at, hit))),
            Lookup::Nothing => {}
        }
    }
    // Another roadmap may hold the name only as a part of a title.
    let whole = |(at, hit): &&(usize, Hit)| {
        atlas.maps.get(*at).is_some_and(|map| folded(map.roadmap.hit_name(*hit)) == folded(name))
    };
    let exact: Vec<(usize, Hit)> = hits.iter().filter(whole).copied().collect();
    let hits = if exact.is_empty() { hits } else { exact };
    let fit = |(at, hit): &&(usize, Hit)| atlas.maps.get(*at).is_some_and(|map| wanted(&map.roadmap, *hit));
    let some: Vec<(usize, Hit)> = hits.iter().filter(fit).copied().collect();
    let hits = if some.is_empty() { hits } else { some };
    match hits.as_slice() {
        [one] => Ok(*one),
        [] => {
            let near = near(name, maps.clone(), atlas);
            let place = match (named, maps.is_empty()) {
                (Some(named), _) => format!("in `{named}`"),
                (None, true) => "in the vault: no note of it is a roadmap".to_owned(),
                (None, false) => "in any roadmap".to_owned(),
            };
            let error = CliError::failed(format!("there is no topic `{name}` {place}"));
            Err(if near.is_empty() { error } else { error.hint(format!("did you mean {}?", list(&near, atlas))) })
        }
        many => Err(CliError::failed(format!("`{name}` is the name of {} topics", many.len()))
            .hint(format!("say which: {}", list(many, atlas)))),
    }
}

/// What has a name like `name` in the roadmaps at `maps`, the closest first.
fn near(name: &str, maps: Range<usize>, atlas: &Atlas) -> Vec<(usize, Hit)> {
    let wanted = name.rsplit(" > ").next().unwrap_or(name).trim().to_lowercase();
    let mut named: HashMap<String, Vec<(usize, Hit)>> = HashMap::new();
    for at in maps {
        let Some(map) = atlas.maps.get(at) else { continue };
        for hit in map.roadmap.hits() {
            named.entry(map.roadmap.hit_name(hit).to_lowercase()).or_default().push((at, hit));
        }
    }
    let names = similar(&wanted, named.keys().map(String::as_str));
    names.into_iter().filter_map(|name| named.get(name)).flatten().copied().collect()
}

/// The position of the roadmap meant by `typed`: a note as every command takes it, or a part of the name or the title of
/// only one roadmap.
///
/// # Errors
/// When there is no such note, or it holds no topics.
pub fn map(typed: &str, atlas: &mut Atlas, context: &Context) -> Result<usize, CliError> {
    let note = match resolve::resolve(typed, context) {
        Ok(note) => note,
        Err(error) => {
            let part = folded(typed.trim());
            let holds = |text: &str| !part.is_empty() && folded(text).contains(&part);
            let named = |map: &&Map| holds(map.note.name()) || holds(&map.roadmap.title);
            let mut alike = atlas.maps.iter().filter(named);
            match (alike.next(), alike.next()) {
                (Some(map), None) => map.note.clone(),
                _ => return Err(error.into()),
            }
        }
    };
    atlas.open(&note, context)
}

/// The candidates as they can be typed.
fn list(hits: &[(usize, Hit)], atlas: &Atlas) -> String {
    let name = |(at, hit): &(usize, Hit)| {
        let map = atlas.maps.get(*at)?;
        let path = match hit {
            Hit::Topic(topic) => map.roadmap.path(*topic),
            Hit::Resource(topic, _) => format!("{} > {}", map.roadmap.path(*topic), map.roadmap.hit_name(*hit)),
        };
        Some(format!("{} ({})", shell_word(&reference(map, *hit)), clean(&fit(&path, 80))))
    };
    let mut names: Vec<String> = hits.iter().take(LISTED).filter_map(name).collect();
    if hits.len() > LISTED {
        names.push(format!("{} more", hits.len() - LISTED));
    }
    names.join(", ")
}

/// `maps/Web.md#:12`: a hit by the line it stands on.
pub fn reference(map: &Map, hit: Hit) -> String {
    format!("{}#:{}", map.note, map.roadmap.hit_line(hit).unwrap_or(0))
}
