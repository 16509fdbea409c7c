//! Roadmaps as JSON, documented in `docs/json.md`. The topics stand in one flat list with the position of their parent:
//! an outline thousands of levels deep is no deeper a document.

use chrono::NaiveDate;
use serde::Serialize;

use super::{Memory, Only, Row, Sheet};
use crate::note::{NotePath, State};
use crate::roadmap::chart::Chart;
use crate::roadmap::next::Next;
use crate::roadmap::progress::{Count, Linked, Links, Recall, counts_with, total_with};
use crate::roadmap::weak::{Branch, weakest};
use crate::roadmap::{Kind, Resource, Roadmap, Standing, Target, Topic};
use crate::schedule::Interval;

/// `study roadmap --json`
#[derive(Debug, Serialize)]
pub struct List<'a> {
    version: u32,
    today: NaiveDate,
    roadmaps: &'a [Row],
}

impl<'a> List<'a> {
    /// The list of all roadmaps.
    pub fn new(roadmaps: &'a [Row], today: NaiveDate) -> Self {
        Self { version: 1, today, roadmaps }
    }
}

/// `study roadmap NOTE --json`
#[derive(Debug, Serialize)]
pub struct One<'a> {
    version: u32,
    today: NaiveDate,
    path: &'a NotePath,
    title: &'a str,
    board: bool,
    #[serde(flatten)]
    count: Total,
    memory: Memory,
    last_active: Option<NaiveDate>,
    resources: Vec<ResourceRow<'a>>,
    topics: Vec<TopicRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chart: Option<&'a Chart>,
}

impl<'a> One<'a> {
    /// The tree of a roadmap, the chart where asked for.
    pub fn new(sheet: &Sheet<'a>, only: Only, chart: Option<&'a Chart>) -> Self {
        let roadmap = sheet.roadmap;
        let counts = counts_with(roadmap, sheet.links);
        let shown = only.pick(roadmap, sheet.links);
        // The position of each shown topic among the shown ones.
        let mut places: Vec<Option<usize>> = Vec::with_capacity(shown.len());
        let mut topics = Vec::new();
        for (at, topic) in roadmap.topics.iter().enumerate() {
            let is_shown = shown.get(at).copied().unwrap_or(false);
            places.push(is_shown.then_some(topics.len()));
            if is_shown {
                let parent = topic.parent.and_then(|parent| places.get(parent).copied().flatten());
                let count = counts.get(at).copied().unwrap_or_default();
                topics.push(TopicRow::new(topic, parent, count, sheet.links.get(at)));
            }
        }
        Self {
            version: 1,
            today: sheet.today,
            path: sheet.note,
            title: &roadmap.title,
            board: roadmap.board,
            count: total_with(roadmap, sheet.links).into(),
            memory: Memory::of(sheet.links),
            last_active: sheet.last,
            resources: roadmap.resources.iter().map(ResourceRow::new).collect(),
            topics,
            chart,
        }
    }
}

/// `study next --json`
#[derive(Debug, Serialize)]
pub struct NextRow<'a> {
    version: u32,
    today: NaiveDate,
    due: usize,
    path: &'a NotePath,
    title: &'a str,
    above: Vec<&'a str>,
    topic: Option<TopicRow<'a>>,
    held: Vec<HeldRow<'a>>,
}

#[derive(Debug, Serialize)]
struct HeldRow<'a> {
    title: &'a str,
    line: usize,
    waits_for: NoteRow<'a>,
}

impl<'a> NextRow<'a> {
    /// What is next, and what waits. `due` counts the notes of the vault that are due.
    pub fn new(sheet: &Sheet<'a>, next: &'a Next, due: usize) -> Self {
        let roadmap = sheet.roadmap;
        let above = next.topic.map_or_else(Vec::new, |at| roadmap.ancestors(at));
        let topic = next.topic.and_then(|at| {
            let count = counts_with(roadmap, sheet.links).get(at).copied().unwrap_or_default();
            Some(TopicRow::new(roadmap.topics.get(at)?, None, count, sheet.links.get(at)))
        });
        let held = next.held.iter().filter_map(|held| {
            let topic = roadmap.topics.get(held.topic)?;
            Some(HeldRow { title: &topic.title, line: topic.line, waits_for: NoteRow::new(&held.note) })
        });
        Self {
            version: 1,
            today: sheet.today,
            due,
            path: sheet.note,
            title: &roadmap.title,
            above: above.iter().filter_map(|up| roadmap.topics.get(*up)).map(|up| up.title.as_str()).collect(),
            topic,
            held: held.collect(),
        }
    }
}

/// `study stats --roadmap NOTE --json`
#[derive(Debug, Serialize)]
pub struct Branches<'a> {
    version: u32,
    today: NaiveDate,
    path: &'a NotePath,
    title: &'a str,
    branches: Vec<BranchRow<'a>>,
    weakest: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct BranchRow<'a> {
    title: &'a str,
    line: usize,
    notes: usize,
    reviews: usize,
    recalled: usize,
    retention: Option<f64>,
    predicted: Option<f64>,
}

impl<'a> Branches<'a> {
    /// How the branches are remembered.
    pub fn new(sheet: &Sheet<'a>, branches: &[Branch]) -> Self {
        let roadmap: &'a Roadmap = sheet.roadmap;
        let row = |branch: &Branch| {
            let topic = roadmap.topics.get(branch.topic)?;
            Some(BranchRow {
                title: &topic.title,
                line: topic.line,
                notes: branch.notes,
                reviews: branch.reviews,
                recalled: branch.recalled,
                retention: branch.retention().map(rounded),
                predicted: branch.predicted.map(rounded),
            })
        };
        let weak = weakest(branches, 3);
        Self {
            version: 1,
            today: sheet.today,
            path: sheet.note,
            title: &roadmap.title,
            branches: branches.iter().filter_map(row).collect(),
            weakest: weak.iter().filter_map(|branch| Some(roadmap.topics.get(branch.topic)?.title.as_str())).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Total {
    #[serde(flatten)]
    count: Count,
    total: usize,
}

impl From<Count> for Total {
    fn from(count: Count) -> Self {
        Self { count, total: count.total() }
    }
}

#[derive(Debug, Serialize)]
struct TopicRow<'a> {
    title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    badge: &'a str,
    depth: usize,
    parent: Option<usize>,
    line: usize,
    kind: Kind,
    state: Standing,
    counts: bool,
    tickable: bool,
    finished: Option<NaiveDate>,
    #[serde(flatten)]
    count: Total,
    resources: Vec<ResourceRow<'a>>,
    notes: Vec<NoteRow<'a>>,
}

impl<'a> TopicRow<'a> {
    fn new(topic: &'a Topic, parent: Option<usize>, count: Count, links: Option<&'a Links>) -> Self {
        let dead = links.map_or(&[][..], |links| links.dead.as_slice());
        let unwritten = links.map_or(&[][..], |links| links.unwritten.as_slice());
        let resources = topic.resources.iter().enumerate();
        Self {
            title: &topic.title,
            badge: &topic.badge,
            depth: topic.depth,
            parent,
            line: topic.line,
            kind: topic.kind,
            state: topic.standing,
            counts: topic.counts,
            tickable: topic.mark.is_some(),
            finished: topic.finished,
            count: count.into(),
            resources: resources
                .map(|(at, resource)| ResourceRow {
                    dead: dead.binary_search(&at).is_ok(),
                    unwritten: unwritten.binary_search(&at).is_ok(),
                    ..ResourceRow::new(resource)
                })
                .collect(),
            notes: links.map_or(&[][..], |links| links.notes.as_slice()).iter().map(NoteRow::new).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct ResourceRow<'a> {
    #[serde(flatten)]
    target: &'a Target,
    label: &'a str,
    state: Standing,
    line: usize,
    dead: bool,
    unwritten: bool,
}

impl<'a> ResourceRow<'a> {
    fn new(resource: &'a Resource) -> Self {
        let Resource { target, label, standing, line, .. } = resource;
        Self { target, label, state: *standing, line: *line, dead: false, unwritten: false }
    }
}

#[derive(Debug, Serialize)]
struct NoteRow<'a> {
    path: &'a NotePath,
    recall: Recall,
    retention: Option<f64>,
    due: Option<NaiveDate>,
    interval: Option<Interval>,
}

impl<'a> NoteRow<'a> {
    fn new(linked: &'a Linked) -> Self {
        let scheduled = match &linked.state {
            State::Scheduled(scheduled) => Some(scheduled),
            _ => None,
        };
        Self {
            path: &linked.note,
            recall: linked.recall,
            retention: linked.retention.map(rounded),
            due: scheduled.map(|scheduled| scheduled.due),
            interval: scheduled.map(|scheduled| scheduled.interval),
        }
    }
}

/// A share to three decimals: what an estimate is good for.
fn rounded(share: f64) -> f64 {
    (share * 1000.0).round() / 1000.0
}
