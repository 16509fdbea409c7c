//! All roadmaps of a vault.

use chrono::NaiveDate;
use colored::Colorize;
use serde::Serialize;

use super::{Layout, Memory};
use crate::note::NotePath;
use crate::roadmap::progress::Count;
use crate::show::text::{clean, fit, pad, width};
use crate::show::when;

/// A roadmap in the list.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its note.
    pub path: NotePath,
    /// What it is called. Untrusted text.
    pub title: String,
    /// What is done.
    #[serde(flatten)]
    pub count: Count,
    /// Topics that count.
    pub total: usize,
    /// How the notes behind it are remembered.
    pub memory: Memory,
    /// The last day on which something was ticked or reviewed.
    pub last_active: Option<NaiveDate>,
}

/// The list of all roadmaps, one a line, and a line that sums up.
pub fn list(rows: &[Row], today: NaiveDate, layout: Layout) -> String {
    if rows.is_empty() {
        return "No note of this vault is a roadmap. `study roadmap NOTE` reads any outline as one.\n".to_owned();
    }
    let columns: Vec<[String; 3]> = rows
        .iter()
        .map(|row| {
            let due = match row.memory.to_review() {
                0 => String::new(),
                due => format!("{due} due"),
            };
            let last = row.last_active.map_or(String::new(), |day| when::distance(day, today));
            [format!("{}/{}", row.count.learned(), row.total), due, last]
        })
        .collect();
    let widest =
        |column: usize| columns.iter().filter_map(|row| row.get(column)).map(|text| width(text)).max().unwrap_or(0);
    let widths = [widest(0), widest(1), widest(2)];
    let bar = if layout.columns() < 60 { 6 } else { 12 };
    let used = bar + 1 + widths.iter().map(|w| if *w > 0 { w + 2 } else { 0 }).sum::<usize>();
    let room = layout.columns().saturating_sub(used).max(12);
    let mut text = String::new();
    for (row, [count, due, last]) in rows.iter().zip(&columns) {
        let path = row.path.as_str();
        let name =
            clean(path.get(..path.len().saturating_sub(3)).filter(|_| path.len() > 3).unwrap_or(path)).into_owned();
        text.push_str(&layout.bar(row.count, bar));
        text.push_str(&format!(" {}  ", pad(count, widths[0])));
        if widths[1] > 0 {
            text.push_str(&format!("{}  ", pad(due, widths[1]).cyan()));
        }
        if widths[2] > 0 {
            text.push_str(&format!("{}  ", pad(last, widths[2]).dimmed()));
        }
        text.push_str(&format!("{}\n", fit(&name, room)));
    }
    let sum = |of: fn(&Row) -> usize| rows.iter().map(of).sum::<usize>();
    let reviewed = match sum(|row| row.count.reviewed) {
        0 => String::new(),
        reviewed => format!(", {reviewed} under review"),
    };
    text + &format!(
        "\n{}, {} of {} topics done{reviewed}.\n",
        when::count(rows.len(), "roadmap"),
        sum(|row| row.count.done),
        sum(|row| row.total)
    )
}
