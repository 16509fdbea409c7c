//! Tables: a row is a topic when a column says how far it has come.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::inline::{Inline, Link};
use super::mark::{self, Box};
use super::title::{self, Title};
use super::{Standing, words};

/// A table while its events come in.
#[derive(Debug, Default)]
pub struct Table {
    head: Vec<Cell>,
    rows: Vec<(Range<usize>, Vec<Cell>)>,
    in_head: bool,
    cell: Option<Cell>,
    /// It has more than [`MOST_COLUMNS`], and nothing of it is kept.
    is_wide: bool,
}

/// A table with more columns is no list of topics.
const MOST_COLUMNS: usize = 100;

/// A row that is a topic.
#[derive(Debug)]
pub struct Row {
    /// Its bytes.
    pub range: Range<usize>,
    /// The name in its cell of topics.
    pub title: Title,
    /// What its status cell says.
    pub standing: Option<Standing>,
    /// The bytes between the brackets, when the status is a box.
    pub mark: Option<Range<usize>>,
    /// The links in all its cells.
    pub links: Vec<Link>,
}

#[derive(Debug, Default)]
struct Cell {
    line: Inline,
    mark: Option<(Range<usize>, Standing)>,
}

impl Table {
    /// Takes an event inside the table.
    pub fn take(&mut self, event: &Event<'_>, range: Range<usize>, text: &str) {
        match event {
            _ if self.is_wide => {}
            Event::Start(Tag::TableHead) => self.in_head = true,
            Event::End(TagEnd::TableHead) => {
                self.in_head = false;
                self.is_wide = self.head.len() > MOST_COLUMNS;
                if self.is_wide {
                    self.head.clear();
                }
            }
            Event::Start(Tag::TableRow) => self.rows.push((range, Vec::new())),
            Event::Start(Tag::TableCell) => {
                let at = mark::skip_blanks(text, range.start);
                let inner = text.get(at..range.end).unwrap_or_default().trim_end_matches([' ', '\t', '|']);
                let mark = match mark::box_at(inner, 0) {
                    Some(Box::Mark(found, content)) if content >= inner.len() => {
                        let standing = inner.get(found.clone()).map(mark::standing).unwrap_or_default();
                        Some((at + found.start..at + found.end, standing))
                    }
                    _ => None,
                };
                self.cell = Some(Cell { line: Inline::default(), mark });
            }
            Event::End(TagEnd::TableCell) => {
                let Some(mut cell) = self.cell.take() else { return };
                cell.line = cell.line.finish();
                match self.rows.last_mut() {
                    Some((_, row)) if !self.in_head => row.push(cell),
                    _ => self.head.push(cell),
                }
            }
            inline => {
                if let Some(cell) = &mut self.cell {
                    cell.line.take(inline, range, 0);
                }
            }
        }
    }

    /// The rows that are topics: none without a column of states and one of names.
    pub fn rows(self) -> Vec<Row> {
        let Some(status) = self.status_column() else { return Vec::new() };
        let Some(topic) = self.topic_column(status) else { return Vec::new() };
        let row = |(range, cells): (Range<usize>, Vec<Cell>)| {
            let title = title::read(&cells.get(topic)?.line);
            if title.name.is_empty() {
                return None;
            }
            let cell = cells.get(status);
            let mark = cell.and_then(|cell| cell.mark.clone());
            let said = cell.map_or(Some(Standing::Open), |cell| words::standing(&cell.line.text));
            let standing = mark.as_ref().map(|(_, standing)| *standing).or(said).unwrap_or(Standing::Open);
            let links = cells.into_iter().flat_map(|cell| cell.line.links).collect();
            Some(Row { range, title, standing: Some(standing), mark: mark.map(|(mark, _)| mark), links })
        };
        self.rows.into_iter().filter_map(row).collect()
    }

    /// The column whose heading or whose cells say that it holds states.
    fn status_column(&self) -> Option<usize> {
        let named = self.head.iter().position(|cell| words::is_status_header(&cell.line.text));
        named.or_else(|| (0..self.head.len()).find(|&column| self.holds_states(column)))
    }

    /// Whether at least half of the cells of the column that say anything say a state.
    fn holds_states(&self, column: usize) -> bool {
        let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(column));
        let (mut said, mut states) = (0_usize, 0_usize);
        for cell in cells.filter(|cell| !cell.line.text.trim().is_empty()) {
            said += 1;
            let dash = !cell.line.text.chars().any(|c| c.is_alphanumeric() || !c.is_ascii());
            states += usize::from(cell.mark.is_some() || (!dash && words::standing(&cell.line.text).is_some()));
        }
        states > 0 && states * 2 >= said
    }

    /// The column with the names: the one whose heading says so, or the first other one that is not all numbers.
    fn topic_column(&self, status: usize) -> Option<usize> {
        let columns = || (0..self.head.len()).filter(move |&column| column != status);
        let named =
            columns().find(|&column| self.head.get(column).is_some_and(|cell| words::is_topic_header(&cell.line.text)));
        let lettered = |column: &usize| {
            let mut cells = self.rows.iter().filter_map(|(_, cells)| cells.get(*column));
            cells.any(|cell| cell.line.text.chars().any(char::is_alphabetic))
        };
        named.or_else(|| columns().find(lettered))
    }
}
