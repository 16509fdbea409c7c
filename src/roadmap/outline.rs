//! From what may be a topic to the topics: what is a name, what is something to read, what is only text.

use std::collections::HashMap;
use std::ops::Range;

use super::inline::Link;
use super::mask::Source;
use super::scan::{Node, Scan};
use super::title::Class;
use super::{Bulk, Kind, Resource, Roadmap, Standing, Topic, names, words};
use crate::item::folded;
use crate::within::Within;

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
    let boxed = nodes.iter().any(has_box);
    let (fates, prose) = if boxed {
        (boxed_fates(&nodes, title, source.board), false)
    } else {
        plain_fates(&nodes, title, source.board)
    };
    let mut roadmap = Roadmap {
        title: match title.and_then(|at| nodes.get(at)) {
            Some(node) => node.title.name.clone(),
            None => source.title.clone().unwrap_or_else(|| name.to_owned()),
        },
        board: source.board,
        boxed,
        prose,
        ..Roadmap::default()
    };
    let says = |node: &&Node| (node.kind == Kind::Row && node.learned) || node.mark.is_some() || node.hollow;
    let headings = nodes.iter().filter(|node| node.kind == Kind::Heading && !source.board);
    let text = source.text.within(source.body..);
    roadmap.bulk = Bulk {
        words: text.split_whitespace().count(),
        todo: super::unlike::has_days(text, nodes.iter().filter(says).count())
            || (!source.board && text.lines().any(super::unlike::announces_errands)),
        items: nodes.iter().filter(|node| node.kind == Kind::Item).count(),
        stated: nodes.iter().filter(says).count(),
        project: source.project || super::unlike::plans_project(headings.map(|node| node.title.name.as_str())),
        rows: nodes.iter().filter(|node| node.learned).count(),
    };
    roadmap.named = source.named || names::names_roadmap(&roadmap.title);
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
    // One with a list of its own beside others like it is a part of the note.
    let is_part =
        first.lists && nodes.iter().skip(1).any(|node| node.kind == Kind::Heading && node.level == first.level);
    (alone || called || (names::names_roadmap(&first.title.name) && !is_part)).then_some(0)
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

/// Whether a node is a topic with a box that is more than a link. One is enough: from then on what has no box is text.
fn has_box(node: &Node) -> bool {
    let boxed = node.mark.is_some() || node.hollow || (node.kind == Kind::Item && node.title.boxed);
    boxed && matches!(node.title.class, Class::Name | Class::Term | Class::Sentence)
}

/// Whether a heading has nothing below it: a topic that is not begun.
fn is_empty_heading(node: &Node) -> bool {
    node.kind == Kind::Heading && !node.content
}

/// What is below an item with a box, and only something to read.
fn is_reading(node: &Node, nodes: &[Node]) -> bool {
    let parent = node.parent.and_then(|parent| nodes.get(parent));
    let task = parent.filter(|parent| parent.kind == Kind::Item && parent.standing.is_some());
    // Below an item that is itself only a link, links to notes are the next part of a path.
    task.is_some_and(|task| match node.title.class {
        Class::NoteLink => !matches!(task.title.class, Class::Reading | Class::NoteLink),
        class => class == Class::Reading,
    })
}

/// Where there are boxes: topics are what has one or says its state otherwise, and headings with nothing below them.
fn boxed_fates(nodes: &[Node], title: Option<usize>, board: bool) -> Vec<Fate> {
    let branching = branching(nodes);
    let fate = |(at, node): (usize, &Node)| {
        let branches = branching.get(at).copied().unwrap_or(false);
        let says = node.standing.is_some() || node.title.standing.is_some();
        match node.kind {
            _ if Some(at) == title => Fate::Nothing,
            Kind::Heading if board => Fate::Topic,
            _ if node.title.name.is_empty() => Fate::Nothing,
            Kind::Item if !branches && is_reading(node, nodes) => Fate::Resource,
            Kind::Heading if is_empty_heading(node) => Fate::Topic,
            _ if says => Fate::Topic,
            _ => Fate::Nothing,
        }
    };
    let mut fates: Vec<Fate> = nodes.iter().enumerate().map(fate).collect();
    keep_branches(nodes, title, &mut fates);
    fates
}

/// Makes topics of what has topics below it.
fn keep_branches(nodes: &[Node], title: Option<usize>, fates: &mut [Fate]) {
    for at in (0..nodes.len()).rev() {
        if fates.get(at) != Some(&Fate::Topic) {
            continue;
        }
        let Some(parent) = nodes.get(at).and_then(|node| node.parent).filter(|parent| Some(*parent) != title) else {
            continue;
        };
        let named = nodes
            .get(parent)
            .is_some_and(|node| !node.title.name.is_empty() || (node.kind == Kind::Item && node.standing.is_some()));
        if let Some(fate) = fates.get_mut(parent).filter(|_| named) {
            *fate = Fate::Topic;
        }
    }
}

/// Where there are no boxes: headings, items and what else has a name; and whether these are only headings with text.
fn plain_fates(nodes: &[Node], title: Option<usize>, board: bool) -> (Vec<Fate>, bool) {
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
        // A box without a name still says how far what is below it has come; an item without either, as in `- - name`, is
        // nothing.
        let says = branches && node.kind != Kind::Heading && node.standing.is_some();
        if Some(at) == title || (node.title.name.is_empty() && !says) {
            return Fate::Nothing;
        }
        if node.kind != Kind::Item {
            return Fate::Topic;
        }
        let below_topic = node.parent.is_some() && node.parent != title;
        match node.title.class {
            _ if branches => Fate::Topic,
            _ if is_reading(node, nodes) => Fate::Resource,
            _ if node.standing.is_some() || node.ordered => Fate::Topic,
            Class::Contents => Fate::Nothing,
            // A list straight below the title has no topic that it could be read for.
            Class::Reading if below_topic && !named(node) => Fate::Resource,
            Class::Sentence | Class::Empty if !named(node) => Fate::Nothing,
            Class::Name if !named(node) => Fate::Nothing,
            _ => Fate::Topic,
        }
    };
    let mut fates: Vec<Fate> = nodes.iter().enumerate().map(fate).collect();
    let prose = if board { Vec::new() } else { prose_headings(nodes, &fates) };
    // Where nothing else is a topic, headings with text are what there is to learn.
    let other =
        fates.iter().enumerate().any(|(at, fate)| *fate == Fate::Topic && !prose.get(at).copied().unwrap_or(false));
    if other {
        for (fate, _) in fates.iter_mut().zip(&prose).filter(|(_, prose)| **prose) {
            *fate = Fate::Nothing;
        }
    }
    (fates, !other)
}

/// Which headings hold only text: nothing to learn, nothing to read it from.
fn prose_headings(nodes: &[Node], fates: &[Fate]) -> Vec<bool> {
    let mut prose: Vec<bool> = nodes
        .iter()
        .map(|node| {
            node.kind == Kind::Heading && node.content && node.standing.is_none() && node.title.standing.is_none()
        })
        .collect();
    for at in (0..nodes.len()).rev() {
        let Some(node) = nodes.get(at) else { continue };
        // A list of remarks is more than prose: somebody has begun to learn what the heading names.
        let remark = node.kind == Kind::Item && !matches!(node.title.class, Class::Contents | Class::Empty);
        let holds = remark || (fates.get(at) != Some(&Fate::Nothing) && !prose.get(at).copied().unwrap_or(false));
        let parent = node.parent;
        if let Some(parent) = parent.filter(|_| holds).and_then(|parent| prose.get_mut(parent)) {
            *parent = false;
        }
    }
    prose
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
    let empty = !is_lane && !branches && is_empty_heading(&node);
    let said = node.standing.or(node.title.standing).or(empty.then_some(Standing::Open));
    let standing = match (said, lane) {
        _ if node.title.struck => Standing::Dropped,
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
        struck: node.title.struck,
        several_boxes: node.several_boxes,
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
    // What comes after a topic does not stand for it, as what is below it does.
    let mut branches = vec![false; topics.len()];
    for topic in topics.iter().filter(|topic| topic.kind != Kind::FollowUp) {
        if let Some(parent) = topic.parent.and_then(|parent| branches.get_mut(parent)) {
            *parent = true;
        }
    }
    // For each topic: whether it or one above it says something, and whether it or one above it was dropped.
    let mut told: Vec<(bool, bool)> = Vec::with_capacity(topics.len());
    for (topic, branches) in topics.iter_mut().zip(branches) {
        let lane = roadmap.board && topic.kind == Kind::Heading;
        let (stated, dropped) = topic.parent.and_then(|parent| told.get(parent).copied()).unwrap_or_default();
        let dropped = dropped || topic.standing == Standing::Dropped;
        told.push((stated || topic.standing != Standing::None, dropped));
        topic.counts = match topic.standing {
            _ if dropped => false,
            Standing::None => !lane && !stated && !branches,
            _ => true,
        };
    }
}
