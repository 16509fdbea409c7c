//! The tree of one roadmap.

use colored::{ColoredString, Colorize};

use super::{Layout, Memory, Sheet, dotted, fold, memory_of};
use crate::roadmap::progress::{Count, Links, Recall, counts_with, total_with};
use crate::roadmap::{Roadmap, Standing, Topic};
use crate::show::text::{clean, width};
use crate::show::when;

/// Which topics a tree shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// This many levels; deeper ones are only counted.
    pub depth: Option<usize>,
    /// What is open or begun, with what it is below.
    pub open: bool,
    /// What has a note that is due, fading or forgotten, with what it is below.
    pub weak: bool,
}

impl Only {
    /// Which topics are shown.
    pub fn pick(&self, roadmap: &Roadmap, links: &[Links]) -> Vec<bool> {
        let all = !self.open && !self.weak;
        let mut shown: Vec<bool> = vec![false; roadmap.topics.len()];
        for (at, topic) in roadmap.topics.iter().enumerate().rev() {
            let open = self.open && topic.counts && topic.standing != Standing::Done;
            let weak = self.weak && links.get(at).is_some_and(is_weak);
            let here = all || open || weak || shown.get(at).copied().unwrap_or(false);
            if let Some(slot) = shown.get_mut(at) {
                *slot = here;
            }
            if here && let Some(above) = topic.parent.and_then(|parent| shown.get_mut(parent)) {
                *above = true;
            }
        }
        let levels = self.depth.unwrap_or(usize::MAX);
        for (slot, topic) in shown.iter_mut().zip(&roadmap.topics) {
            *slot &= topic.depth < levels;
        }
        shown
    }
}

fn is_weak(links: &Links) -> bool {
    links.notes.iter().any(|linked| matches!(linked.recall, Recall::Due | Recall::Fading | Recall::Forgotten))
}

/// The columns of a bar.
const BAR: usize = 12;
/// The columns for what stands to the right of the titles.
const RIGHT: usize = 30;
/// Below this many columns it stands below them.
const NARROW: usize = 64;

/// The page of one roadmap: what is done in each branch, how each topic stands and how its note is remembered.
pub fn tree(sheet: &Sheet<'_>, only: Only, layout: Layout) -> String {
    let mut page = head(sheet, layout);
    let shown = only.pick(sheet.roadmap, sheet.links);
    let rows: Vec<Line> = lines(sheet, &shown, layout);
    let most = if layout.columns() < NARROW { layout.columns() } else { layout.columns() - RIGHT - 2 };
    let left = rows.iter().map(|row| row.natural()).max().unwrap_or(0).min(most);
    if !rows.is_empty() {
        page.push('\n');
    }
    for row in &rows {
        page.push_str(&row.text(left, layout));
    }
    if rows.is_empty() && !sheet.roadmap.topics.is_empty() {
        let kind = if only.weak { "No topic has a note that is due, fading or forgotten." } else { "Nothing is open." };
        page.push_str(&format!("\n{kind}\n"));
    }
    page.push_str(&foot(sheet, &shown, layout));
    page
}

/// Title, bar, counts.
fn head(sheet: &Sheet<'_>, layout: Layout) -> String {
    let mut head = String::new();
    for line in fold(&sheet.roadmap.title, layout.columns()) {
        head.push_str(&format!("{}\n", line.bold()));
    }
    if sheet.shared_title {
        for line in fold(sheet.name(), layout.columns()) {
            head.push_str(&format!("{}\n", line.dimmed()));
        }
    }
    let count = total_with(sheet.roadmap, sheet.links);
    let memory = Memory::of(sheet.links);
    let mut parts = vec![format!("{} of {} done", count.done, count.total())];
    if count.reviewed > 0 {
        parts.push(format!("{} under review", count.reviewed));
    }
    if count.begun > 0 {
        parts.push(format!("{} begun", count.begun));
    }
    for (number, word) in [(memory.due, "due"), (memory.fading, "fading"), (memory.forgotten, "forgotten")] {
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    if let Some(last) = sheet.last {
        parts.push(format!("last active {}", when::distance(last, sheet.today)));
    }
    let columns = (layout.columns() - 2).min(40);
    head.push_str(&format!("{}\n", layout.bar(count, columns)));
    head + &dotted(&parts, 0, layout)
}

/// What the signs before the titles that are shown say.
fn legend(roadmap: &Roadmap, shown: &[bool], layout: Layout) -> Option<String> {
    let shown = || roadmap.topics.iter().zip(shown).filter(|(_, shown)| **shown).map(|(topic, _)| topic.standing);
    let signs = [
        (Standing::Done, "done"),
        (Standing::Begun, "begun"),
        (Standing::Open, "open"),
        (Standing::Dropped, "dropped"),
        (Standing::None, "no state of its own"),
    ];
    let told = signs.iter().filter(|(standing, _)| shown().any(|shown| shown == *standing));
    let told: Vec<String> = told.map(|(standing, word)| format!("{} {word}", layout.sign(*standing))).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// How many topics that count have no note.
fn without_note(sheet: &Sheet<'_>) -> usize {
    let pairs = sheet.roadmap.topics.iter().zip(sheet.links);
    pairs.filter(|(topic, links)| topic.counts && links.notes.is_empty() && links.away.is_empty()).count()
}

/// Whether each topic without a note says so, or there are so many that the foot says it for all.
fn tells_of_no_note(sheet: &Sheet<'_>) -> bool {
    /// As many can be looked over.
    const FEW: usize = 10;
    let (without, all) = (without_note(sheet), sheet.roadmap.topics.iter().filter(|topic| topic.counts).count());
    without <= FEW || without * 2 < all
}

/// What is missing: notes, and what links lead to.
fn foot(sheet: &Sheet<'_>, shown: &[bool], layout: Layout) -> String {
    let mut foot = String::new();
    for line in legend(sheet.roadmap, shown, layout).iter().flat_map(|legend| fold(legend, layout.columns())) {
        foot.push_str(&format!("{}\n", line.dimmed()));
    }
    let pairs = || sheet.roadmap.topics.iter().zip(sheet.links);
    let without = without_note(sheet);
    if without > 0 {
        let verb = if without == 1 { "has" } else { "have" };
        let line = format!("{} {verb} no note; `study note \"TOPIC\"` makes one.", when::count(without, "topic"));
        for line in fold(&line, layout.columns()) {
            foot.push_str(&format!("{}\n", line.dimmed()));
        }
    }
    let dead: Vec<String> = pairs()
        .flat_map(|(topic, links)| links.dead.iter().filter_map(|at| topic.resources.get(*at)))
        .map(|resource| format!("line {}: {}", resource.line, clean(resource.target.as_str())))
        .collect();
    if !dead.is_empty() {
        foot.push_str(&format!("{}\n", format!("{}:", when::count(dead.len(), "dead link")).red()));
        /// More are told of by `study check`.
        const LISTED: usize = 20;
        for link in dead.iter().take(LISTED) {
            for line in fold(link, layout.columns() - 2) {
                foot.push_str(&format!("  {line}\n"));
            }
        }
        if dead.len() > LISTED {
            foot.push_str(&format!("  {} {} more\n", layout.glyphs().ellipsis, dead.len() - LISTED));
        }
    }
    if foot.is_empty() { foot } else { format!("\n{foot}") }
}

/// A topic in the tree.
struct Line<'a> {
    topic: &'a Topic,
    title: String,
    indent: usize,
    mark: usize,
    /// What stands to the right, and the columns that it takes.
    right: Vec<(String, usize)>,
}

fn lines<'a>(sheet: &Sheet<'a>, shown: &[bool], layout: Layout) -> Vec<Line<'a>> {
    let counts = counts_with(sheet.roadmap, sheet.links);
    let linked = sheet.links.iter().any(|links| !links.notes.is_empty());
    let tells = tells_of_no_note(sheet);
    let without = |links: Option<&Links>| tells && (linked || links.is_some_and(|links| !links.unwritten.is_empty()));
    // A third of the page at most goes into indents.
    let deepest = layout.columns() / 6;
    let topics = sheet.roadmap.topics.iter().enumerate().filter(|(at, _)| shown.get(*at).copied().unwrap_or(false));
    let line = |(at, topic): (usize, &'a Topic)| {
        let count = counts.get(at).copied().unwrap_or_default();
        let links = sheet.links.get(at);
        let title = match (topic.title.as_str(), topic.badge.as_str()) {
            ("", _) => "(no title)".to_owned(),
            (title, "") => title.to_owned(),
            (title, badge) => format!("{title} {badge}"),
        };
        Line {
            topic,
            title,
            indent: topic.depth.min(deepest) * 2,
            mark: layout.mark_width(),
            right: right(sheet, topic, topic.end > at + 1, count, links, without(links), layout),
        }
    };
    topics.map(line).collect()
}

/// What stands to the right of a title: the bar of a branch, the memory of the note, what was read of the resources.
fn right(
    sheet: &Sheet<'_>,
    topic: &Topic,
    branches: bool,
    count: Count,
    links: Option<&Links>,
    tells: bool,
    layout: Layout,
) -> Vec<(String, usize)> {
    let mut parts = Vec::new();
    let mut push = |text: String, columns: usize| parts.push((text, columns));
    if branches && count.total() > 0 {
        let numbers = format!("{}/{}", count.learned(), count.total());
        push(format!("{} {numbers}", layout.bar(count, BAR)), BAR + 1 + numbers.len());
    }
    let note = links.and_then(Links::note);
    if let Some(note) = note {
        let (text, color) = memory_of(note);
        push(text.color(color).to_string(), text.len());
        if let Some(other) = sheet.others.get(&note.note).filter(|_| note.note != *sheet.note) {
            let text = format!("{} {}/{}", layout.glyphs().arrow, other.learned(), other.total());
            push(text.dimmed().to_string(), width(&text));
        }
    } else if links.is_some_and(|links| !links.away.is_empty()) {
        push("not downloaded".dimmed().to_string(), 14);
    } else if tells && topic.counts {
        push("no note".dimmed().to_string(), 7);
    }
    let dead = links.map_or(0, |links| links.dead.len());
    if dead > 0 {
        let text = when::count(dead, "dead link");
        push(text.red().to_string(), text.len());
    }
    let steps = topic.resources.iter().filter(|resource| resource.standing != Standing::None).count();
    let read = topic.resources.iter().filter(|resource| resource.standing == Standing::Done).count();
    if steps > 0 {
        let text = format!("{read} of {steps} read");
        push(text.dimmed().to_string(), text.len());
    }
    parts
}

impl Line<'_> {
    /// The columns that mark and title take when they are not folded.
    fn natural(&self) -> usize {
        self.indent + self.mark + 1 + width(&clean(&self.title))
    }

    fn text(&self, left: usize, layout: Layout) -> String {
        let head = self.indent + self.mark + 1;
        let below = layout.columns() < NARROW;
        let titles = fold(&self.title, left.saturating_sub(head));
        let rights = self.right_lines(layout.columns().saturating_sub(if below { head } else { left + 2 }).max(10));
        let mut text = String::new();
        let lines = if below { titles.len() + rights.len() } else { titles.len().max(rights.len()) };
        for at in 0..lines {
            let title = titles.get(at).map_or("", String::as_str);
            let right = if below { at.checked_sub(titles.len()) } else { Some(at) };
            match at {
                0 => text.push_str(&format!("{}{} ", " ".repeat(self.indent), layout.mark(self.topic.standing))),
                _ => text.push_str(&" ".repeat(head)),
            }
            if !title.is_empty() {
                text.push_str(&self.paint(title).to_string());
            }
            if let Some(right) = right.and_then(|right| rights.get(right)) {
                let gap = if below { 0 } else { (left + 2).saturating_sub(head + width(title)) };
                text.push_str(&format!("{}{right}", " ".repeat(gap)));
            }
            text.push('\n');
        }
        text
    }

    fn paint(&self, title: &str) -> ColoredString {
        match (self.topic.depth, self.topic.standing) {
            (_, Standing::Dropped) => title.dimmed().strikethrough(),
            (_, Standing::Done) => title.dimmed(),
            (0, _) => title.bold(),
            _ => title.normal(),
        }
    }

    /// The right side as lines of at most `room` columns.
    fn right_lines(&self, room: usize) -> Vec<String> {
        let mut lines: Vec<(String, usize)> = Vec::new();
        for (text, columns) in &self.right {
            match lines.last_mut() {
                Some((line, used)) if *used + 2 + columns <= room => {
                    line.push_str("  ");
                    line.push_str(text);
                    *used += 2 + columns;
                }
                _ => lines.push((text.clone(), *columns)),
            }
        }
        lines.into_iter().map(|(line, _)| line).collect()
    }
}
