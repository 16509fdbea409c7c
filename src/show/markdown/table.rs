//! Tables: columns that fit the width, or one line per cell where they cannot.

use pulldown_cmark::Alignment;

use super::fold::{Frag, fold, natural};
use crate::show::glyphs::Glyphs;
use crate::show::line::{Role, Span, Style};
use crate::show::text::width;

/// A table while it is read. The first row is the head.
pub(super) struct Table {
    alignments: Vec<Alignment>,
    rows: Vec<Row>,
}

struct Row {
    at: usize,
    cells: Vec<Vec<Frag>>,
}

/// The columns that a narrow column keeps.
const NARROWEST: usize = 5;

impl Table {
    pub fn new(alignments: Vec<Alignment>) -> Self {
        Self { alignments, rows: vec![] }
    }

    /// A row starts at byte `at`.
    pub fn row(&mut self, at: usize) {
        self.rows.push(Row { at, cells: vec![] });
    }

    /// The next cell of the row at hand.
    pub fn cell(&mut self, cell: Vec<Frag>) {
        if let Some(row) = self.rows.last_mut() {
            row.cells.push(cell);
        }
    }

    /// The table as lines of at most `columns`, each with the byte of its row.
    pub fn lines(&self, columns: usize, glyphs: &Glyphs) -> Vec<(usize, Vec<Span>)> {
        let widths = self.widths();
        let count = widths.len();
        let borders = count.saturating_sub(1) * 3;
        if count * NARROWEST + borders > columns && widths.iter().sum::<usize>() + borders > columns {
            return self.stacked(columns);
        }
        self.grid(&shrink(widths, columns.saturating_sub(borders)), glyphs)
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

    fn grid(&self, widths: &[usize], glyphs: &Glyphs) -> Vec<(usize, Vec<Span>)> {
        let border = Role::Border.style();
        let mut lines = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            let none: &[Frag] = &[];
            let cells: Vec<Vec<Vec<Span>>> = widths
                .iter()
                .enumerate()
                .map(|(column, &width)| fold(row.cells.get(column).map_or(none, Vec::as_slice), width))
                .collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(1);
            for step in 0..height {
                let mut spans = Vec::new();
                for (column, (cell, &room)) in cells.iter().zip(widths).enumerate() {
                    if column > 0 {
                        spans.push(Span::new(format!(" {} ", glyphs.vertical), border));
                    }
                    let text = cell.get(step).map_or(&[][..], Vec::as_slice);
                    let last = column + 1 == widths.len();
                    aligned(text, room, self.alignments.get(column), last, &mut spans);
                }
                lines.push((row.at, spans));
            }
            if index == 0 {
                let cross = format!("{0}{1}{0}", glyphs.horizontal, glyphs.cross);
                let parts: Vec<String> = widths.iter().map(|&width| glyphs.horizontal.repeat(width)).collect();
                lines.push((row.at, vec![Span::new(parts.join(&cross), border)]));
            }
        }
        lines
    }

    /// One line per cell, with the head of its column before it.
    fn stacked(&self, columns: usize) -> Vec<(usize, Vec<Span>)> {
        let Some((head, rows)) = self.rows.split_first() else { return vec![] };
        let rows = if rows.is_empty() { std::slice::from_ref(head) } else { rows };
        let mut lines = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            if index > 0 {
                lines.push((row.at, vec![]));
            }
            for (column, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let mut frags = Vec::new();
                if !std::ptr::eq(row, head)
                    && let Some(name) = head.cells.get(column).filter(|name| !name.is_empty())
                {
                    let mut last = cell.first().map_or(row.at, |frag| frag.at);
                    for frag in name {
                        // The words stand in the row, so that they are hidden and shown with it.
                        frags.push(Frag { at: last, ..frag.clone() });
                        last = last.max(frag.at);
                    }
                    let colon = ": ".to_owned();
                    frags.push(Frag {
                        text: colon,
                        style: Role::TableHead.style(),
                        link: None,
                        at: row.at,
                        hard: false,
                    });
                }
                frags.extend(cell.iter().cloned());
                lines.extend(fold(&frags, columns).into_iter().map(|spans| (row.at, spans)));
            }
        }
        lines
    }
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
