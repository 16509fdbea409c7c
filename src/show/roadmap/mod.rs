//! Pages about roadmaps: the tree of one, the list of all, what is next, the burn-up, the weakest branches.

mod chart;
mod fold;
pub mod json;
mod list;
mod next;
mod tree;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use colored::{Color, ColoredString, Colorize};

use super::glyphs::{ASCII, Glyphs, UNICODE};
use super::text::width;
use crate::note::{NotePath, State};
use crate::roadmap::progress::{Count, Linked, Links, Recall};
use crate::roadmap::{Roadmap, Standing};

pub use chart::{branches, chart};
pub use fold::fold;
pub use list::{Row, list};
pub use next::{next, resources};
pub use tree::{Only, tree};

/// How a page is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The columns of the terminal. Below 40 the page is laid out for 40.
    pub width: usize,
    /// Only ASCII in what is drawn; titles stay as they are.
    pub ascii: bool,
}

impl Layout {
    fn columns(self) -> usize {
        self.width.max(40)
    }

    fn glyphs(self) -> &'static Glyphs {
        if self.ascii { &ASCII } else { &UNICODE }
    }

    /// The mark of a state, one column (three in ASCII).
    fn mark(self, standing: Standing) -> ColoredString {
        let sign = self.sign(standing);
        match standing {
            Standing::Done => sign.green(),
            Standing::Begun => sign.yellow(),
            Standing::Open => sign.normal(),
            Standing::Dropped | Standing::None => sign.dimmed(),
        }
    }

    fn sign(self, standing: Standing) -> &'static str {
        let (sign, ascii) = match standing {
            Standing::Done => ("✓", "[x]"),
            Standing::Begun => ("◐", "[/]"),
            Standing::Open => ("○", "[ ]"),
            Standing::Dropped => ("✗", "[-]"),
            Standing::None => ("·", " - "),
        };
        if self.ascii { ascii } else { sign }
    }

    fn mark_width(self) -> usize {
        if self.ascii { 3 } else { 1 }
    }

    /// A bar of `columns` for a count; never full before all is done, never empty after the first.
    fn bar(self, count: Count, columns: usize) -> String {
        let share = |part: usize| (part * columns).checked_div(count.total()).unwrap_or(0);
        let mut done = share(count.done);
        if count.done > 0 {
            done = done.max(1);
        }
        let mut reviewed = share(count.reviewed);
        if count.reviewed > 0 {
            reviewed = reviewed.max(1);
        }
        let reviewed = reviewed.min(columns.saturating_sub(done));
        let begun = share(count.begun).min(columns.saturating_sub(done + reviewed));
        let left = columns.saturating_sub(done + reviewed + begun);
        let glyphs = self.glyphs();
        let part = |glyph: &str, times: usize, color: Color| match times {
            0 => String::new(),
            times => glyph.repeat(times).color(color).to_string(),
        };
        [
            part(glyphs.bar_done, done, Color::Green),
            part(glyphs.bar_done, reviewed, Color::Cyan),
            part(if self.ascii { "=" } else { "╍" }, begun, Color::Yellow),
            glyphs.bar_left.repeat(left).dimmed().to_string(),
        ]
        .concat()
    }
}

/// A roadmap with what is known around it.
#[derive(Clone, Copy, Debug)]
pub struct Sheet<'a> {
    /// Its note.
    pub note: &'a NotePath,
    /// What it says.
    pub roadmap: &'a Roadmap,
    /// What the links of each topic lead to.
    pub links: &'a [Links],
    /// The counts of other roadmaps that topics lead to.
    pub others: &'a HashMap<NotePath, Count>,
    /// The study day.
    pub today: NaiveDate,
    /// The last day on which something was ticked in it or a note behind it was reviewed.
    pub last: Option<NaiveDate>,
    /// Whether another roadmap has its title.
    pub shared_title: bool,
}

impl Sheet<'_> {
    /// What the roadmap is called: its title, or its path where another has that title. Untrusted text.
    fn name(&self) -> &str {
        let path = self.note.as_str();
        match self.shared_title {
            true => path.get(..path.len().saturating_sub(3)).filter(|name| !name.is_empty()).unwrap_or(path),
            false => &self.roadmap.title,
        }
    }
}

/// How many notes behind a roadmap, each once, are in each state of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Memory {
    /// Notes behind its topics.
    pub notes: usize,
    /// Not due yet.
    pub fresh: usize,
    /// Due, and likely known.
    pub due: usize,
    /// Due, and fading.
    pub fading: usize,
    /// Due, and likely forgotten.
    pub forgotten: usize,
}

impl Memory {
    /// The memory of the notes that `links` lead to.
    pub fn of(links: &[Links]) -> Self {
        let mut seen = HashSet::new();
        let mut memory = Self::default();
        for linked in links.iter().flat_map(|links| &links.notes).filter(|linked| seen.insert(&linked.note)) {
            memory.notes += 1;
            match linked.recall {
                Recall::Fresh => memory.fresh += 1,
                Recall::Due => memory.due += 1,
                Recall::Fading => memory.fading += 1,
                Recall::Forgotten => memory.forgotten += 1,
                Recall::Unreviewed | Recall::Parked | Recall::Damaged => {}
            }
        }
        memory
    }

    /// Notes that are to be reviewed today.
    pub fn to_review(self) -> usize {
        self.due + self.fading + self.forgotten
    }
}

/// A share of 0 to 1 in whole percent, never rounded up to all or down to nothing.
fn percent(share: f64) -> String {
    let percent = (share * 100.0).round();
    let percent = if share < 1.0 { percent.min(99.0) } else { percent };
    let percent = if share > 0.0 { percent.max(1.0) } else { percent };
    format!("{percent}%")
}

/// How a note is remembered, in a word or two.
fn memory_of(linked: &Linked) -> (String, Color) {
    let share = || linked.retention.map_or(String::new(), |share| format!(" {}", percent(share)));
    match linked.recall {
        Recall::Fresh => (format!("fresh{}", share()), Color::Green),
        Recall::Due => (format!("due{}", share()), Color::Cyan),
        Recall::Fading => (format!("fading{}", share()), Color::Yellow),
        Recall::Forgotten => (format!("forgotten{}", share()), Color::Red),
        Recall::Unreviewed if !linked.under_review() && linked.state == State::Unscheduled => {
            ("no schedule".to_owned(), Color::BrightBlack)
        }
        Recall::Unreviewed => ("new".to_owned(), Color::Blue),
        Recall::Parked => ("parked".to_owned(), Color::BrightBlack),
        Recall::Damaged => ("schedule damaged".to_owned(), Color::Red),
    }
}

/// `parts` with a dot between them, folded into lines of `columns`; each line begins with `indent` blanks.
fn dotted(parts: &[String], indent: usize, layout: Layout) -> String {
    let dot = format!(" {} ", layout.glyphs().dot);
    let room = layout.columns().saturating_sub(indent);
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if width(line) + dot.len() + width(part) <= room => line.extend([dot.as_str(), part.as_str()]),
            _ => lines.push(part.clone()),
        }
    }
    lines.iter().map(|line| format!("{}{line}\n", " ".repeat(indent))).collect()
}

#[cfg(test)]
mod tests;
