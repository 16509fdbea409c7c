//! What is due in the next days: a column a day.

use chrono::{Datelike, NaiveDate, Weekday};
use colored::Colorize;

use super::{Page, note, title};
use crate::show::when::{day, distance};
use crate::stats::Forecast;

/// Lines of the tallest column.
const HEIGHT: u32 = 6;

pub(super) fn forecast(forecast: &Forecast, today: NaiveDate, page: Page) -> String {
    let most = forecast.days.iter().map(|load| load.due).max().unwrap_or(0);
    let number = most.to_string().len().max(2);
    let room = page.columns().saturating_sub(number + 4);
    let cell = (room / forecast.days.len().max(1)).clamp(1, 3);
    let mut text = format!("{}\n", title("Due in the next 30 days"));
    if most > 0 {
        for level in (0..HEIGHT).rev() {
            let label = if level == HEIGHT - 1 { most.to_string() } else { String::new() };
            let mut line = format!("  {} ", format!("{label:>number$}").dimmed());
            for load in &forecast.days {
                let mark = tip(load.due, most, level, page);
                let gap = " ".repeat(usize::from(cell > 1));
                let column = mark.repeat(if cell > 1 { cell - 1 } else { 1 });
                line.push_str(&format!("{}{gap}", column.cyan()));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text.push_str(&format!("{}\n", days(forecast, number, cell).dimmed()));
    }
    let in_days: u32 = forecast.days.iter().map(|load| load.due).sum();
    let mut parts = Vec::new();
    if forecast.overdue > 0 {
        parts.push(format!("{} overdue", forecast.overdue));
    }
    parts.push(format!("{in_days} in 30 days"));
    if let Some(tomorrow) = forecast.days.get(1) {
        parts.push(format!("{} of them tomorrow", tomorrow.due));
    }
    parts.push(format!("{} later", forecast.later));
    let mut line = parts.join(", ");
    if in_days == 0
        && let Some(next) = forecast.next
    {
        line.push_str(&format!("; the next {}, {}", distance(next, today), day(next, today)));
    }
    text + &note(&line, page)
}

/// What a column of `due` shows at `level` lines from the bottom.
fn tip(due: u32, most: u32, level: u32, page: Page) -> &'static str {
    let eighths = (u64::from(due) * u64::from(HEIGHT) * 8).div_ceil(u64::from(most.max(1)));
    match eighths.saturating_sub(u64::from(level) * 8) {
        0 => " ",
        _ if page.ascii => "#",
        1 => "▁",
        2 => "▂",
        3 => "▃",
        4 => "▄",
        5 => "▅",
        6 => "▆",
        7 => "▇",
        _ => "█",
    }
}

/// The days of the month under today and under each Monday.
fn days(forecast: &Forecast, number: usize, cell: usize) -> String {
    let mut line = " ".repeat(number + 3);
    for (at, load) in forecast.days.iter().enumerate() {
        let column = number + 3 + at * cell;
        let first = at == 0;
        if first || (load.day.weekday() == Weekday::Mon && column > line.trim_end().len()) {
            line.truncate(line.trim_end().len().max(number + 3));
            line.push_str(&" ".repeat(column.saturating_sub(line.len())));
            line.push_str(&load.day.day().to_string());
        }
    }
    line
}
