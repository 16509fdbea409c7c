//! A note while it is read: what is revealed, what was recalled, where the window stands, what is searched for.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::app::review::Opened;
use crate::note::NotePath;
use crate::note::frontmatter;
use crate::note::outline::{Outline, outline, part};
use crate::review::suggested_grade;
use crate::schedule::Grade;
use crate::show::glyphs::Glyphs;
use crate::show::line::{Line, Page, Role, Target};
use crate::show::markdown::{Layout, Surroundings, render};
use crate::show::veil::{Row, Veil, veiled};
use crate::tui::units::{Parts, parts};
use crate::within::Within;

/// A place where the search text stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The row.
    pub row: usize,
    /// The bytes of its text.
    pub range: Range<usize>,
}

/// What is searched for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub hits: Vec<Hit>,
    /// The hit at hand.
    pub here: usize,
}

/// Where the recall of a roadmap stands: in one of its branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BranchPlace {
    /// How many topics of the branch were shown.
    pub shown: usize,
    /// How many there are.
    pub all: usize,
    /// Which branch it is, from 1.
    pub part: usize,
    /// How many branches there are.
    pub parts: usize,
}

/// A note while it is read.
#[derive(Debug)]
pub struct Reading {
    /// The note.
    pub path: NotePath,
    /// What is known of it beside its text.
    pub opened: Opened,
    /// Its title.
    pub title: String,
    body: String,
    outline: Outline,
    parts: Parts,
    /// Which units are revealed.
    shown: Vec<bool>,
    /// The unit that is looked at first for the next to reveal.
    cursor: usize,
    /// The unit revealed last.
    last: Option<usize>,
    /// The section that was gone to.
    stop: Option<usize>,
    /// Everything was revealed at once: what was left over counts neither way.
    whole: bool,
    /// The units that were not recalled.
    missed: BTreeSet<usize>,
    page: Page,
    /// What the page was laid out for.
    laid: Option<(usize, bool)>,
    rows: Vec<Row>,
    /// For each row, the byte of the source that it starts at.
    row_at: Vec<usize>,
    /// The first row of the window.
    pub scroll: usize,
    /// How many rows the window had when it was drawn last.
    pub height: usize,
    /// What is searched for, if anything.
    pub search: Option<Search>,
    /// The link that is chosen.
    pub focus: Option<u32>,
    /// A heading or block to go to once the note is laid out.
    goal: Option<String>,
}

impl Reading {
    /// A note as it is when its review starts: with all its contents hidden.
    pub fn hidden(path: NotePath, opened: Opened) -> Self {
        Self::new(path, opened, true)
    }

    /// A note to look at, open from the start at the heading or block that `fragment` names.
    pub fn open(path: NotePath, opened: Opened, fragment: Option<&str>) -> Self {
        Self { goal: fragment.map(str::to_owned), ..Self::new(path, opened, false) }
    }

    fn new(path: NotePath, opened: Opened, hides: bool) -> Self {
        let body = body_of(&opened.text).to_owned();
        let outline = outline(&body, opened.title.as_deref(), path.name());
        let mut parts = parts(&outline, &opened.text, path.name(), &opened.scheduled_topics);
        if !hides {
            parts.units.clear();
        }
        Self {
            title: outline.title.clone(),
            path,
            opened,
            body,
            outline,
            shown: vec![false; parts.units.len()],
            parts,
            cursor: 0,
            last: None,
            stop: None,
            whole: !hides,
            missed: BTreeSet::new(),
            page: Page::default(),
            laid: None,
            rows: vec![],
            row_at: vec![],
            scroll: 0,
            height: 1,
            search: None,
            focus: None,
            goal: None,
        }
    }

    /// The text of the note without its frontmatter.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The sections and prompts of the note.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// Takes over what was revealed and where the window stood, after the note was edited.
    pub fn resume(&mut self, before: &Reading) {
        for (shown, before) in self.shown.iter_mut().zip(&before.shown) {
            *shown = *before;
        }
        let shown = |unit: &usize| self.shown.get(*unit).copied().unwrap_or(false);
        self.cursor = before.cursor.min(self.shown.len());
        self.last = before.last.filter(shown);
        self.missed = before.missed.iter().copied().filter(shown).collect();
        self.whole = before.whole;
        self.scroll = before.scroll;
    }

    // Laying out.

    /// Whether the note has to be laid out again for a window of this width.
    pub fn needs_layout(&self, columns: usize, ascii: bool) -> bool {
        self.laid != Some((columns, ascii))
    }

    /// Takes over how many notes link here, and has the links be laid out again.
    pub fn know_links(&mut self, backlinks: Option<usize>) {
        self.opened.backlinks = backlinks;
        self.laid = None;
    }

    /// Lays the note out for `columns`, keeping what is read in the window.
    pub fn lay(&mut self, columns: usize, ascii: bool, glyphs: &Glyphs, surroundings: &dyn Surroundings) {
        let mut cuts: Vec<usize> = self.parts.units.iter().map(|unit| unit.hidden.start).collect();
        cuts.sort_unstable();
        let top = self.row_at.get(self.scroll).copied();
        self.page = render(&self.body, &Layout { width: columns, glyphs, cuts: &cuts, surroundings });
        self.laid = Some((columns, ascii));
        self.veil(glyphs);
        if let Some(top) = top.filter(|_| self.scroll > 0) {
            self.scroll = self.row_of(top);
        }
        if let Some(goal) = self.goal.take() {
            self.go_to(&goal);
        }
        self.clamp();
    }

    /// Works out again what shows.
    fn veil(&mut self, glyphs: &Glyphs) {
        let units = self.parts.units.iter().zip(&self.shown);
        let hidden = units.filter(|(_, shown)| !self.whole && !**shown).map(|(unit, _)| unit);
        let veils: Vec<Veil> = hidden.map(|unit| Veil { range: unit.hidden.clone(), counted: unit.section }).collect();
        self.rows = veiled(&self.page, &veils, glyphs);
        self.row_at = self.rows.iter().filter_map(|row| row.line(&self.page)).map(start_of).collect();
        self.find_again();
    }

    /// The rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &Line> {
        let empty = const { &Line { spans: Vec::new(), at: 0 } };
        self.rows.iter().map(move |row| row.line(&self.page).unwrap_or(empty))
    }

    /// The rows and the page that their links belong to.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// The first row of what starts at byte `at` of the source, without the blank ones before it.
    fn row_of(&self, at: usize) -> usize {
        let first = self.row_at.partition_point(|&start| start < at);
        let blank =
            |row: &&Row| row.line(&self.page).is_some_and(|line| line.spans.iter().all(|span| span.at.is_none()));
        let blanks = self.rows.iter().skip(first).take_while(blank).count();
        if first + blanks < self.rows.len() { first + blanks } else { first }
    }

    // Recalling.

    /// Whether nothing is hidden any more.
    pub fn is_revealed(&self) -> bool {
        self.whole || self.shown.iter().all(|shown| *shown)
    }

    /// Shows the next hidden part, from the section on that was gone to. False when there is none.
    pub fn reveal(&mut self, glyphs: &Glyphs) -> bool {
        if self.whole {
            return false;
        }
        let hidden = |from: usize| Some(from + self.shown.get(from..)?.iter().position(|shown| !shown)?);
        let Some(unit) = hidden(self.cursor).or_else(|| hidden(0)) else { return false };
        if let Some(shown) = self.shown.get_mut(unit) {
            *shown = true;
        }
        self.cursor = unit + 1;
        self.last = Some(unit);
        self.veil(glyphs);
        self.bring_unit_into_view();
        true
    }

    /// Shows everything.
    pub fn reveal_all(&mut self, glyphs: &Glyphs) {
        self.whole = true;
        self.veil(glyphs);
        self.clamp();
    }

    /// The part just shown was not recalled; or, said twice, it was. False when nothing was shown yet.
    pub fn toggle_missed(&mut self) -> bool {
        let Some(unit) = self.last_counted() else { return false };
        if !self.missed.remove(&unit) {
            self.missed.insert(unit);
        }
        true
    }

    /// How many of the parts shown one by one were recalled, and how many there were.
    pub fn recalled(&self) -> (usize, usize) {
        let shown = self.count(0..self.shown.len()).0;
        (shown - self.missed.len().min(shown), shown)
    }

    /// How many parts there are to recall.
    pub fn to_recall(&self) -> usize {
        self.count(0..self.shown.len()).1
    }

    /// Of the units in `range` that are to be recalled, how many were shown, and how many there are.
    fn count(&self, range: Range<usize>) -> (usize, usize) {
        let units = self.parts.units.iter().zip(&self.shown).skip(range.start).take(range.len());
        let counted = units.filter(|(unit, _)| unit.counts);
        counted.fold((0, 0), |(shown, all), (_, is_shown)| (shown + usize::from(*is_shown), all + 1))
    }

    /// Where the recall of a large roadmap stands: branch by branch. `None` for any other note.
    pub fn branch(&self) -> Option<BranchPlace> {
        /// As many are recalled in one go.
        const FEW: usize = 40;
        if !self.parts.branches || self.parts.stops.len() < 2 || self.parts.units.len() <= FEW {
            return None;
        }
        let cursor = self.cursor.saturating_sub(usize::from(self.last.is_some_and(|last| last + 1 == self.cursor)));
        let start = self.parts.units.get(cursor).or(self.parts.units.last())?.start;
        let part = self.parts.stops.partition_point(|&stop| stop <= start).saturating_sub(1);
        let first = |part: usize| match self.parts.stops.get(part) {
            Some(&stop) if part > 0 => self.parts.units.partition_point(|unit| unit.start < stop),
            Some(_) => 0,
            None => self.parts.units.len(),
        };
        let (shown, all) = self.count(first(part)..first(part + 1));
        Some(BranchPlace { shown, all, part: part + 1, parts: self.parts.stops.len() })
    }

    /// The grade that the share recalled suggests, once all parts were shown one by one, or all of a branch.
    pub fn suggestion(&self) -> Option<Grade> {
        let (recalled, shown) = self.recalled();
        let done = self.shown.iter().all(|shown| *shown) || self.branch().is_some_and(|at| at.shown == at.all);
        if done { suggested_grade(recalled, shown) } else { None }
    }

    /// The unit that a verdict is about: the one shown last, or the last before it that counts.
    fn last_counted(&self) -> Option<usize> {
        let units = self.parts.units.iter().zip(&self.shown).take(self.last? + 1);
        units.enumerate().rfind(|(_, (unit, shown))| unit.counts && **shown).map(|(at, _)| at)
    }

    /// The rows beside which a mark stands: whether the part that starts there was missed, and whether it is the last.
    pub fn marks(&self) -> Vec<(usize, bool, bool)> {
        let last = self.last_counted();
        let mut marks: Vec<(usize, bool, bool)> = self
            .missed
            .iter()
            .copied()
            .chain(last.filter(|unit| !self.missed.contains(unit)))
            .filter_map(|unit| {
                let start = self.parts.units.get(unit)?.start;
                Some((self.row_of(start), self.missed.contains(&unit), last == Some(unit)))
            })
            .collect();
        marks.sort_unstable();
        marks
    }

    fn bring_unit_into_view(&mut self) {
        let Some(unit) = self.last.and_then(|last| self.parts.units.get(last)) else { return };
        let first = self.row_of(unit.start);
        let last = self.row_of(unit.hidden.end).saturating_sub(1).max(first);
        if last >= self.scroll + self.height {
            self.scroll = (last + 1).saturating_sub(self.height);
        }
        if first < self.scroll {
            self.scroll = first;
        }
        self.clamp();
    }

    // Moving.

    /// Moves the window by `rows`, down if positive.
    pub fn scroll_by(&mut self, rows: isize) {
        self.scroll = self.scroll.saturating_add_signed(rows);
        self.clamp();
    }

    /// Moves the window to the top or to the end.
    pub fn scroll_to_end(&mut self, end: bool) {
        self.scroll = if end { usize::MAX } else { 0 };
        self.clamp();
    }

    /// Keeps the window on the rows. To be called when its height has changed.
    pub fn clamp(&mut self) {
        self.scroll = self.scroll.min(self.rows.len().saturating_sub(self.height.max(1)));
    }

    /// Goes to the next section, or the one before; what is revealed next is in it. False when there is none.
    pub fn go_to_section(&mut self, back: bool) -> bool {
        let rows: Vec<usize> = self.parts.stops.iter().map(|&stop| self.row_of(stop)).collect();
        let top = |row: usize| row.min(self.rows.len().saturating_sub(self.height.max(1)));
        // The last sections may be too short to come to the top of the window.
        let here = self.stop.filter(|&stop| rows.get(stop).is_some_and(|&row| top(row) == self.scroll));
        let next = match (here, back) {
            (Some(here), false) => Some(here + 1),
            (Some(here), true) => here.checked_sub(1),
            (None, false) => Some(rows.partition_point(|&row| row <= self.scroll)),
            (None, true) => rows.partition_point(|&row| row < self.scroll).checked_sub(1),
        };
        let Some((stop, &row)) = next.and_then(|next| Some((next, rows.get(next)?))) else { return false };
        self.stop = Some(stop);
        let start = self.parts.stops.get(stop).copied().unwrap_or_default();
        self.cursor = self.parts.units.partition_point(|unit| unit.start < start);
        self.scroll = row;
        self.clamp();
        true
    }

    fn show_row(&mut self, row: usize) {
        if row < self.scroll || row >= self.scroll + self.height {
            self.scroll = row.saturating_sub(self.height / 3);
        }
        self.clamp();
    }

    /// Goes to the heading or block that a link names after `#`. False when there is none.
    pub fn go_to(&mut self, fragment: &str) -> bool {
        let Some(part) = part(&self.body, fragment) else { return false };
        self.scroll = self.row_of(part.start);
        self.clamp();
        true
    }

    // Searching.

    /// Searches for `text`, from the window on. No text ends the search.
    pub fn find(&mut self, text: &str) {
        if text.is_empty() {
            self.search = None;
            return;
        }
        self.search = Some(Search { text: text.to_owned(), ..Search::default() });
        self.find_again();
        let scroll = self.scroll;
        if let Some(search) = &mut self.search {
            search.here = search.hits.partition_point(|hit| hit.row < scroll);
            if search.here >= search.hits.len() {
                search.here = 0;
            }
        }
        self.show_hit();
    }

    /// Goes to the next hit, or to the one before.
    pub fn next_hit(&mut self, back: bool) {
        if let Some(search) = &mut self.search
            && !search.hits.is_empty()
        {
            let count = search.hits.len();
            search.here = (search.here + if back { count - 1 } else { 1 }) % count;
        }
        self.show_hit();
    }

    fn show_hit(&mut self) {
        let row = self.search.as_ref().and_then(|search| search.hits.get(search.here)).map(|hit| hit.row);
        if let Some(row) = row {
            self.show_row(row);
        }
    }

    fn find_again(&mut self) {
        let Some(mut search) = self.search.take() else { return };
        search.hits.clear();
        let wanted: Vec<char> = search.text.chars().map(folded).collect();
        for (row, line) in self.rows().enumerate() {
            let text = line.text();
            search.hits.extend(hits(&text, &wanted).into_iter().map(|range| Hit { row, range }));
        }
        search.here = search.here.min(search.hits.len().saturating_sub(1));
        self.search = Some(search);
    }

    // Links.

    /// Chooses the next link that shows, or the one before; the first in the window if none is chosen.
    pub fn choose_link(&mut self, back: bool) {
        let mut links: Vec<(usize, u32)> = Vec::new();
        for (row, line) in self.rows().enumerate() {
            for link in line.spans.iter().filter_map(|span| span.link) {
                if links.last().is_none_or(|&(_, last)| last != link) {
                    links.push((row, link));
                }
            }
        }
        let here = self.focus.and_then(|focus| links.iter().position(|&(_, link)| link == focus));
        let next = match (here, back) {
            (Some(here), false) => (here + 1) % links.len().max(1),
            (Some(here), true) => (here + links.len() - 1) % links.len().max(1),
            (None, false) => links.iter().position(|&(row, _)| row >= self.scroll).unwrap_or(0),
            (None, true) => links.partition_point(|&(row, _)| row < self.scroll + self.height).saturating_sub(1),
        };
        self.focus = links.get(next).map(|&(_, link)| link);
        if let Some(&(row, _)) = links.get(next) {
            self.show_row(row);
        }
    }

    /// Where a link leads.
    pub fn target(&self, link: u32) -> Option<Arc<Target>> {
        self.page.links.get(usize::try_from(link).ok()?).cloned()
    }

    /// Goes to the text of a footnote. False when it has none.
    pub fn go_to_footnote(&mut self, name: &str) -> bool {
        let mark = format!("[{name}] ");
        let row = self.rows().position(|line| {
            line.spans.iter().any(|span| span.style.role == Role::Footnote && span.at.is_none() && span.text == mark)
        });
        if let Some(row) = row {
            self.show_row(row);
        }
        row.is_some()
    }
}

/// The text of a note without its frontmatter.
pub(super) fn body_of(text: &str) -> &str {
    text.within(frontmatter::body(text.as_bytes())..)
}

fn start_of(line: &Line) -> usize {
    line.spans.iter().find_map(|span| span.at).unwrap_or(line.at)
}

/// A character as a search compares it: without case.
fn folded(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Where `wanted` stands in `text`, in bytes, without overlaps.
fn hits(text: &str, wanted: &[char]) -> Vec<Range<usize>> {
    let letters: Vec<(usize, char)> = text.char_indices().map(|(at, c)| (at, folded(c))).collect();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(window) = letters.get(from..from + wanted.len()).filter(|window| !window.is_empty()) {
        if window.iter().map(|&(_, c)| c).eq(wanted.iter().copied()) {
            let start = window.first().map_or(0, |&(at, _)| at);
            let end = letters.get(from + wanted.len()).map_or(text.len(), |&(at, _)| at);
            found.push(start..end);
            from += wanted.len();
        } else {
            from += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests;
