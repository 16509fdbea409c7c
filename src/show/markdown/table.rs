//! Tables: columns that fit the width, or one line per cell where they cannot.

use pulldown_cmark::Alignment;

use super::fold::{Frag, fold, natural};
use crate::show::glyphs::Glyphs;
use crate::show::line::{Role, Span, Style};
use crate::show::text::width;

/// A table while it is read. The first row is the head.
///
/// Where it has more columns than there are on the screen, a row is drawn as soon as it is read, and only the head is kept.
pub(super) struct Table<'a> {
    alignments: Vec<Alignment>,
    /// The columns of the screen.
    room: usize,
    glyphs: &'a Glyphs,
    rows: Vec<Row>,
    /// How many rows are drawn, the head left out.
    drawn: usize,
}

struct Row {
    at: usize,
    cells: Vec<Vec<Frag>>,
    /// Cells that are not kept.
    more: usize,
}

/// The columns that a narrow column keeps.
const NARROWEST: usize = 5;
/// The most cells of a row that get a line each.
pub(super) const MOST_CELLS: usize = 200;

impl<'a> Table<'a> {
    /// A table to be drawn in `room` columns.
    pub fn new(alignments: Vec<Alignment>, room: usize, glyphs: &'a Glyphs) -> Self {
        Self { alignments, room, glyphs, rows: vec![], drawn: 0 }
    }

    /// A row starts at byte `at`.
    pub fn row(&mut self, at: usize) {
        let cells = Vec::with_capacity(self.alignments.len().min(MOST_CELLS));
        self.rows.push(Row { at, cells, more: 0 });
    }

    /// The next cell of the row at hand.
    pub fn cell(&mut self, mut cell: Vec<Frag>) {
        // There may be as many as the note has bytes, and room for more in each would take most of the memory.
        cell.shrink_to_fit();
        let is_wide = self.is_wide();
        if let Some(row) = self.rows.last_mut() {
            if is_wide && row.cells.len() >= MOST_CELLS {
                row.more += usize::from(!cell.is_empty());
            } else {
                row.cells.push(cell);
            }
        }
    }

    /// The row at hand has ended. What can be drawn of it goes to `draw`: lines, each with the byte of its row.
    pub fn end_row(&mut self, draw: impl FnMut(usize, Vec<Span>)) {
        if self.is_wide()
            && self.rows.len() > 1
            && let Some(row) = self.rows.pop()
        {
            self.stack(&row, draw);
        }
    }

    /// The table has ended: draws what is left of it.
    pub fn end(mut self, mut draw: impl FnMut(usize, Vec<Span>)) {
        let widths = self.widths();
        let borders = self.borders();
        if widths.len() * NARROWEST + borders <= self.room || widths.iter().sum::<usize>() + borders <= self.room {
            let room = self.room.saturating_sub(borders);
            return self.grid(&shrink(widths, room), draw);
        }
        let head_alone = self.drawn == 0 && self.rows.len() == 1;
        let rows = self.rows.split_off(usize::from(!head_alone).min(self.rows.len()));
        rows.iter().for_each(|row| self.stack(row, &mut draw));
    }

    /// The columns that borders take.
    fn borders(&self) -> usize {
        self.alignments.len().saturating_sub(1) * 3
    }

    /// Whether there is not even one column for each of its own.
    fn is_wide(&self) -> bool {
        self.alignments.len() + self.borders() > self.room
    }

    /// The columns that each column takes when nothing is folded.
    fn widths(&self) -> Vec<usize> {
        let mut widths = vec![1; self.alignments.len()];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(&row.cells) {
                *width = natural(cell).0.max(*width);
            }
        }
        widths
    }

    fn grid(self, widths: &[usize], mut draw: impl FnMut(usize, Vec<Span>)) {
        let (glyphs, border) = (self.glyphs, Role::Border.style());
        for (index, row) in self.rows.into_iter().enumerate() {
            let none: &[Frag] = &[];
            let cells: Vec<Vec<Vec<Span>>> = widths
                .iter()
                .enumerate()
                .map(|(column, &width)| fold(row.cells.get(column).map_or(none, Vec::as_slice), width))
                .collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(1);
            for step in 0..height {
                let mut spans = Vec::with_capacity(2 * widths.len());
                for (column, (cell, &room)) in cells.iter().zip(widths).enumerate() {
                    if column > 0 {
                        spans.push(Span::new(format!(" {} ", glyphs.vertical), border));
                    }
                    let text = cell.get(step).map_or(&[][..], Vec::as_slice);
                    let last = column + 1 == widths.len();
                    aligned(text, room, self.alignments.get(column), last, &mut spans);
                }
                draw(row.at, spans);
            }
            if index == 0 {
                let cross = format!("{0}{1}{0}", glyphs.horizontal, glyphs.cross);
                let parts: Vec<String> = widths.iter().map(|&width| glyphs.horizontal.repeat(width)).collect();
                draw(row.at, vec![Span::new(parts.join(&cross), border)]);
            }
        }
    }

    /// One line per cell of `row`, with the head of its column before it.
    fn stack(&mut self, row: &Row, mut draw: impl FnMut(usize, Vec<Span>)) {
        if self.drawn > 0 {
            draw(row.at, vec![]);
        }
        self.drawn += 1;
        // It is not there where the head is all there is.
        let head = self.rows.first().map_or(&[][..], |head| &head.cells);
        for (column, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let mut frags = Vec::new();
            if let Some(name) = head.get(column).filter(|name| !name.is_empty()) {
                let mut last = cell.first().map_or(row.at, |frag| frag.at);
                for frag in name {
                    // The words stand in the row, so that they are hidden and shown with it.
                    frags.push(Frag { at: last, ..frag.clone() });
                    last = last.max(frag.at);
                }
                frags.push(added(": ", Role::TableHead, row.at));
            }
            frags.extend(cell.iter().cloned());
            fold(&frags, self.room).into_iter().for_each(|spans| draw(row.at, spans));
        }
        if row.more > 0 {
            let more = added(&format!("{} {} more cells", self.glyphs.ellipsis, row.more), Role::Dim, row.at);
            fold(&[more], self.room).into_iter().for_each(|spans| draw(row.at, spans));
        }
    }
}

/// Text of the program's own that stands at byte `at`.
fn added(text: &str, role: Role, at: usize) -> Frag {
    Frag { text: text.to_owned(), style: role.style(), link: None, at, hard: false }
}

/// `text` in `room` columns as the column is aligned; the last column needs no blanks at its end.
fn aligned(text: &[Span], room: usize, alignment: Option<&Alignment>, last: bool, spans: &mut Vec<Span>) {
    let used: usize = text.iter().map(|span| width(&span.text)).sum();
    let free = room.saturating_sub(used);
    let before = match alignment {
        Some(Alignment::Right) => free,
        Some(Alignment::Center) => free / 2,
        _ => 0,
    };
    let blank = |columns: usize| Span::new(" ".repeat(columns), Style::default());
    if before > 0 {
        spans.push(blank(before));
    }
    spans.extend_from_slice(text);
    if free > before && !last {
        spans.push(blank(free - before));
    }
}

/// Takes columns from the widest until all fit into `room`.
fn shrink(mut widths: Vec<usize>, room: usize) -> Vec<usize> {
    if widths.iter().sum::<usize>() <= room {
        return widths;
    }
    // The level at which the wide ones are cut: what is left after the narrow ones, shared among the wide.
    let mut sorted = widths.clone();
    sorted.sort_unstable();
    let mut left = room;
    let mut level = room / widths.len().max(1);
    for (index, &width) in sorted.iter().enumerate() {
        let share = left / (sorted.len() - index);
        if width > share {
            level = share;
            break;
        }
        left -= width;
    }
    for width in &mut widths {
        *width = (*width).min(level.max(1));
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_columns_give_first() {
        assert_eq!(shrink(vec![3, 50, 4], 27), [3, 20, 4]);
        assert_eq!(shrink(vec![30, 50], 20), [10, 10]);
        assert_eq!(shrink(vec![3, 5], 20), [3, 5]);
    }
}
