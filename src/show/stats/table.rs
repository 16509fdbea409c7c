//! A table of figures by period.

use colored::{ColoredString, Colorize};

use crate::show::text::width;

/// A table: a title, columns with a head, and rows with a label.
pub(super) struct Table {
    title: &'static str,
    heads: &'static [&'static str],
    rows: Vec<Row>,
}

struct Row {
    label: &'static str,
    cells: Vec<String>,
    colour: fn(&str) -> ColoredString,
}

impl Table {
    pub fn new(title: &'static str, heads: &'static [&'static str]) -> Self {
        Self { title, heads, rows: Vec::new() }
    }

    pub fn row(&mut self, label: &'static str, cells: Vec<String>) {
        self.coloured(label, cells, |text| text.normal());
    }

    pub fn coloured(&mut self, label: &'static str, cells: Vec<String>, colour: fn(&str) -> ColoredString) {
        self.rows.push(Row { label, cells, colour });
    }

    /// The table, with as many of the first columns as fit into `columns`.
    pub fn text(&self, columns: usize) -> String {
        let label = self.rows.iter().map(|row| width(row.label)).max().unwrap_or(0).max(width(self.title)) + 1;
        let widths: Vec<usize> = self
            .heads
            .iter()
            .enumerate()
            .map(|(at, head)| {
                let cells = self.rows.iter().filter_map(|row| row.cells.get(at)).map(|cell| width(cell));
                cells.max().unwrap_or(0).max(width(head)).max(8)
            })
            .collect();
        let mut used = label;
        let fitting = widths.iter().take_while(|width| {
            used += *width + 1;
            used <= columns
        });
        let shown = fitting.count();

        let mut text = left(&self.title.bold().to_string(), label);
        for (head, width) in self.heads.iter().zip(&widths).take(shown) {
            text.push_str(&format!(" {}", right(&head.dimmed(), *width)));
        }
        text.push('\n');
        for row in &self.rows {
            text.push_str(&left(row.label, label));
            for (cell, width) in row.cells.iter().zip(&widths).take(shown) {
                let none = matches!(cell.as_str(), "0" | "-");
                let cell = if none { cell.dimmed() } else { (row.colour)(cell) };
                text.push_str(&format!(" {}", right(&cell, *width)));
            }
            text.push('\n');
        }
        text
    }
}

/// Coloured text on the left of `columns` columns.
pub(super) fn left(text: &str, columns: usize) -> String {
    let blanks = columns.saturating_sub(shown_width(text));
    format!("{text}{}", " ".repeat(blanks))
}

/// Coloured text on the right of `columns` columns.
fn right(text: &ColoredString, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The columns of a text that may hold colours.
fn shown_width(text: &str) -> usize {
    let mut plain = String::new();
    let mut rest = text;
    // The only sequences in it are our own: `ESC [ ... m`.
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain.push_str(rest);
    width(&plain)
}
