//! What to learn next.

use colored::Colorize;

use super::{Layout, Sheet, fold, memory_of};
use crate::note::NotePath;
use crate::roadmap::next::Next;
use crate::roadmap::progress::Links;
use crate::roadmap::{Roadmap, Standing, Topic};
use crate::show::text::clean;
use crate::show::when;

/// The next topic with its place, its note and its resources, numbered as they are opened; before it, what is due in the
/// whole vault; after it, what waits. `due` counts the notes due today.
pub fn next(sheet: &Sheet<'_>, next: &Next, due: usize, layout: Layout) -> String {
    let mut page = String::new();
    if due > 0 {
        let line = format!("{} due today; `study review` first.", when::count(due, "note"));
        page.push_str(&format!("{}\n\n", line.cyan()));
    }
    let roadmap = sheet.roadmap;
    let Some((at, topic)) = next.topic.and_then(|at| Some((at, roadmap.topics.get(at)?))) else {
        let line = if next.held.is_empty() {
            format!("Nothing is open in {}.", clean(sheet.name()))
        } else {
            format!("Everything open in {} waits for a review.", clean(sheet.name()))
        };
        page.push_str(&lines(&line, 0, layout));
        return page + &held(roadmap, next, layout);
    };
    for line in fold(&place(sheet, at), layout.columns()) {
        page.push_str(&format!("{}\n", line.dimmed()));
    }
    let title = fold(&topic.title, layout.columns() - layout.mark_width() - 1);
    for (i, line) in title.iter().enumerate() {
        let start = if i == 0 { layout.mark(topic.standing).to_string() } else { " ".repeat(layout.mark_width()) };
        page.push_str(&format!("{start} {}\n", line.bold()));
    }
    if let Some(note) = sheet.links.get(at).and_then(Links::note) {
        let (memory, color) = memory_of(note);
        page.push_str(&format!("  {} {}\n", clean(note.note.as_str()), memory.color(color)));
    }
    page.push_str(&resources(topic, layout));
    page + &held(roadmap, next, layout)
}

/// `Roadmap > Databases > SQL`, without the topic itself.
fn place(sheet: &Sheet<'_>, at: usize) -> String {
    let mut names = vec![sheet.name()];
    names.extend(
        sheet.roadmap.ancestors(at).iter().filter_map(|up| sheet.roadmap.topics.get(*up)).map(|up| up.title.as_str()),
    );
    names.join(" > ")
}

/// The resources of a topic, numbered from 1.
pub fn resources(topic: &Topic, layout: Layout) -> String {
    let mut text = String::new();
    for (i, resource) in topic.resources.iter().enumerate() {
        let number = format!("{:>4} ", i + 1);
        let indent = number.len() + layout.mark_width() + 1;
        let mark = match resource.standing {
            Standing::None => " ".repeat(layout.mark_width()),
            standing => layout.mark(standing).to_string(),
        };
        for (j, line) in fold(resource.name(), layout.columns().saturating_sub(indent)).iter().enumerate() {
            let start = if j == 0 { format!("{}{mark} ", number.cyan()) } else { " ".repeat(indent) };
            text.push_str(&format!("{start}{line}\n"));
        }
        if !resource.label.is_empty() && resource.label != resource.target.as_str() {
            text.push_str(&" ".repeat(indent));
            let target = crate::show::text::clean(resource.target.as_str()).into_owned();
            text.push_str(&format!("{}\n", crate::show::text::fit(&target, layout.columns() - indent).dimmed()));
        }
    }
    text
}

/// What waits, and for which review. At most three.
fn held(roadmap: &Roadmap, next: &Next, layout: Layout) -> String {
    const LISTED: usize = 3;
    let title = |at: usize| roadmap.topics.get(at).map_or("", |topic| topic.title.as_str());
    let name = |note: &NotePath| note.name().to_owned();
    let mut text = String::new();
    if !next.held.is_empty() {
        text.push('\n');
    }
    for held in next.held.iter().take(LISTED) {
        let (memory, _) = memory_of(&held.note);
        let line = format!("{} waits: {} is {memory}", title(held.topic), name(&held.note.note));
        text.push_str(&lines(&line, 0, layout));
    }
    if next.held.len() > LISTED {
        text.push_str(&format!("and {} more wait\n", next.held.len() - LISTED));
    }
    text
}

fn lines(text: &str, indent: usize, layout: Layout) -> String {
    let blanks = " ".repeat(indent);
    fold(text, layout.columns() - indent).iter().map(|line| format!("{blanks}{line}\n")).collect()
}
