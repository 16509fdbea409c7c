//! From what may be a topic to the topics: what is a name, what is something to read, what is only text.

use std::collections::HashMap;
use std::ops::Range;

use super::inline::Link;
use super::mask::Source;
use super::scan::{Node, Scan};
use super::title::Class;
use super::{Kind, Resource, Roadmap, Standing, Topic, words};
use crate::item::folded;

/// What becomes of a place in the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Topic,
    /// Its links are resources of the topic above.
    Resource,
    Nothing,
}

/// The roadmap that a scan found. `name` is that of the note.
pub fn build(scan: Scan, source: &Source<'_>, name: &str) -> Roadmap {
    let Scan { nodes, links } = scan;
    let title = title_heading(&nodes, source.board, name);
    let fates = fates(&nodes, title);
    let mut roadmap = Roadmap {
        title: match title.and_then(|at| nodes.get(at)) {
            Some(node) => node.title.name.clone(),
            None => source.title.clone().unwrap_or_else(|| name.to_owned()),
        },
        board: source.board,
        ..Roadmap::default()
    };
    roadmap.resources = links.into_iter().map(|link| resource(link, source, &Item::default())).collect();
    let branching: Vec<bool> = branching(&nodes);
    // The topic that each node is, or is below.
    let mut places: Vec<Option<usize>> = Vec::with_capacity(nodes.len());
    // What the lane of each topic says about the cards in it.
    let mut lanes: Vec<Option<Standing>> = Vec::new();
    for ((node, fate), branches) in nodes.into_iter().zip(fates).zip(branching) {
        let above = node.parent.and_then(|parent| places.get(parent).copied().flatten());
        match fate {
            Fate::Topic => {
                places.push(Some(roadmap.topics.len()));
                let depth = above.and_then(|at| roadmap.topics.get(at)).map_or(0, |topic| topic.depth + 1);
                let lane = above.and_then(|at| lanes.get(at).copied().flatten());
                lanes.push(lane_says(&node, source.board));
                roadmap.topics.push(topic(node, source, above, depth, branches, lane));
            }
            Fate::Resource | Fate::Nothing => {
                places.push(above);
                let item = Item {
                    standing: node.standing.filter(|_| fate == Fate::Resource).unwrap_or_default(),
                    mark: node.mark.filter(|_| fate == Fate::Resource),
                    start: node.start,
                };
                let found = node.links.into_iter().map(|link| resource(link, source, &item));
                match above.and_then(|at| roadmap.topics.get_mut(at)) {
                    Some(topic) => {
                        // Markdown can end an item before what stands below it; a box out there is nobody's to tick.
                        let range = topic.range.clone();
                        let inside = |mark: &Range<usize>| range.start < mark.start && mark.end < range.end;
                        topic.resources.extend(
                            found.map(|resource| Resource { mark: resource.mark.clone().filter(inside), ..resource }),
                        );
                        topic.written |= fate == Fate::Nothing;
                    }
                    None => roadmap.resources.extend(found),
                }
            }
        }
    }
    close(&mut roadmap);
    roadmap
}

/// The heading that names the note: the first thing in it, and alone on its level above all others, or called like the
/// note, or a roadmap by its own words. Boards have none.
fn title_heading(nodes: &[Node], board: bool, name: &str) -> Option<usize> {
    let first = nodes.first().filter(|node| !board && node.kind == Kind::Heading && node.mark.is_none())?;
    let mut others = nodes.iter().skip(1).filter(|node| node.kind == Kind::Heading);
    let alone = others.all(|node| node.level > first.level) && first.level == 1;
    let called = !first.title.name.is_empty() && folded(&first.title.name) == folded(name);
    (alone || called || words::names_roadmap(&first.title.name)).then_some(0)
}

/// Whether each node has others below it, titles without text aside.
fn branching(nodes: &[Node]) -> Vec<bool> {
    let mut branching = vec![false; nodes.len()];
    for node in nodes {
        if let Some(parent) = node.parent.and_then(|parent| branching.get_mut(parent)) {
            *parent = true;
        }
    }
    branching
}

/// How many items of a plain list are names, and how many there are.
#[derive(Clone, Copy, Default)]
struct Names {
    names: usize,
    items: usize,
}

fn fates(nodes: &[Node], title: Option<usize>) -> Vec<Fate> {
    let branching = branching(nodes);
    let plain = |node: &Node| node.kind == Kind::Item && node.standing.is_none() && !node.ordered;
    let mut lists: HashMap<(Option<usize>, usize), Names> = HashMap::new();
    for (node, branches) in nodes.iter().zip(&branching).filter(|(node, _)| plain(node)) {
        let list = lists.entry((node.parent, node.list)).or_default();
        list.items += 1;
        let name = matches!(node.title.class, Class::Name | Class::Term | Class::NoteLink) || *branches;
        list.names += usize::from(name);
    }
    let named = |node: &Node| lists.get(&(node.parent, node.list)).is_none_or(|list| list.names * 2 > list.items);
    let fate = |(at, node): (usize, &Node)| {
        let branches = branching.get(at).copied().unwrap_or(false);
        let parent = node.parent.and_then(|parent| nodes.get(parent));
        // A box without a name still says how far what is below it has come; an item without either, as in `- - name`, is
        // nothing.
        let says = branches && node.kind != Kind::Heading && node.standing.is_some();
        if Some(at) == title || (node.title.name.is_empty() && !says) {
            return Fate::Nothing;
        }
        if node.kind != Kind::Item {
            return Fate::Topic;
        }
        let is_link = |class: Class| matches!(class, Class::Reading | Class::NoteLink);
        let task = parent.filter(|parent| parent.kind == Kind::Item && parent.standing.is_some());
        // Below an item that is itself only a link, links to notes are the next part of a path.
        let reading = task.is_some_and(|task| match node.title.class {
            Class::NoteLink => !is_link(task.title.class),
            class => class == Class::Reading,
        });
        let below_topic = node.parent.is_some() && node.parent != title;
        match node.title.class {
            _ if branches => Fate::Topic,
            _ if reading => Fate::Resource,
            _ if node.standing.is_some() || node.ordered => Fate::Topic,
            Class::Contents => Fate::Nothing,
            // A list straight below the title has no topic that it could be read for.
            Class::Reading if below_topic && !named(node) => Fate::Resource,
            Class::Sentence | Class::Empty if !named(node) => Fate::Nothing,
            Class::Name if !named(node) => Fate::Nothing,
            _ => Fate::Topic,
        }
    };
    nodes.iter().enumerate().map(fate).collect()
}

/// What a lane of a board says about the cards in it.
fn lane_says(node: &Node, board: bool) -> Option<Standing> {
    match board && node.kind == Kind::Heading {
        true if node.completes => Some(Standing::Done),
        true => words::lane(&node.title.name),
        false => None,
    }
}

fn topic(
    node: Node,
    source: &Source<'_>,
    parent: Option<usize>,
    depth: usize,
    branches: bool,
    lane: Option<Standing>,
) -> Topic {
    let is_lane = source.board && node.kind == Kind::Heading;
    let empty = node.kind == Kind::Heading && !is_lane && !branches && !node.content && node.links.is_empty();
    let said = node.standing.or(node.title.standing).or(empty.then_some(Standing::Open));
    let standing = match (said, lane) {
        (Some(done @ (Standing::Done | Standing::Dropped)), _) => done,
        (_, Some(lane)) => lane,
        (said, None) => said.unwrap_or_default(),
    };
    let item = Item { start: node.start, ..Item::default() };
    Topic {
        title: node.title.name,
        badge: node.title.badge,
        depth,
        parent,
        end: 0,
        kind: node.kind,
        standing,
        mark: node.mark,
        hollow: node.hollow,
        resources: node.links.into_iter().map(|link| resource(link, source, &item)).collect(),
        finished: node.title.finished,
        written: node.written || node.title.class == Class::Term,
        counts: false,
        range: node.start..node.end,
        line: source.line(node.start),
    }
}

/// The item that a link stands in.
#[derive(Default)]
struct Item {
    /// What its box says, when it is nothing but the link.
    standing: Standing,
    mark: Option<Range<usize>>,
    start: usize,
}

fn resource(link: Link, source: &Source<'_>, item: &Item) -> Resource {
    Resource {
        line: source.line(link.at.unwrap_or(item.start)),
        target: link.target,
        label: link.label,
        standing: item.standing,
        mark: item.mark.clone(),
    }
}

/// Finds where each branch ends, in the outline and in the text, and what counts.
fn close(roadmap: &mut Roadmap) {
    let topics = &mut roadmap.topics;
    let mut next: Vec<usize> = vec![topics.len(); topics.len()];
    // From the last to the first, what is below a topic is closed before it.
    for at in (0..topics.len()).rev() {
        let Some(topic) = topics.get_mut(at) else { continue };
        topic.end = topic.end.max(at + 1);
        let (parent, end, last) = (topic.parent, topic.end, topic.range.end);
        if let Some(parent) = parent.and_then(|parent| topics.get_mut(parent)) {
            parent.end = parent.end.max(end);
            parent.range.end = parent.range.end.max(last);
        }
        if let Some(next) = next.get_mut(at) {
            *next = end;
        }
    }
    // A branch reaches to the next topic that is not in it, at most.
    let starts: Vec<usize> = topics.iter().map(|topic| topic.range.start).collect();
    for (topic, next) in topics.iter_mut().zip(next) {
        if let Some(&start) = starts.get(next) {
            topic.range.end = topic.range.end.min(start);
        }
    }
    // For each topic: whether it or one above it says something, and whether it or one above it was dropped.
    let mut told: Vec<(bool, bool)> = Vec::with_capacity(topics.len());
    for (at, topic) in topics.iter_mut().enumerate() {
        let lane = roadmap.board && topic.kind == Kind::Heading;
        let (stated, dropped) = topic.parent.and_then(|parent| told.get(parent).copied()).unwrap_or_default();
        let dropped = dropped || topic.standing == Standing::Dropped;
        told.push((stated || topic.standing != Standing::None, dropped));
        topic.counts = match topic.standing {
            _ if dropped => false,
            Standing::None => !lane && !stated && topic.end == at + 1,
            _ => true,
        };
    }
}
