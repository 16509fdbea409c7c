//! A year of reviews: a column a week, a row a weekday.

use std::collections::HashMap;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use colored::{ColoredString, Colorize};

use super::{Page, note, title};
use crate::show::when::count;
use crate::stats::Heatmap;

/// The columns of the names of the weekdays, with their margin.
const NAMES: usize = 6;

pub(super) fn heatmap(map: &Heatmap, page: Page) -> String {
    let on: HashMap<NaiveDate, u32> = map.days.iter().map(|d| (d.day, d.reviews.saturating_add(d.inferred))).collect();
    let most = on.values().copied().max().unwrap_or(0);
    let weeks = (map.to - map.from).num_days() as usize / 7 + 1;
    // A cell is two columns wide where there is room: closer to a square.
    let cell = if page.columns() >= NAMES + 2 * weeks { 2 } else { 1 };
    let weeks_shown = weeks.min((page.columns() - NAMES) / cell);
    let skipped = (weeks - weeks_shown) as u64;
    let from = map.from.checked_add_days(Days::new(7 * skipped)).unwrap_or(map.from);

    let mut text = format!("{}\n{}", title("Reviews by day"), months(from, map.to, weeks_shown, cell).dimmed());
    for row in 0..7 {
        let weekday = Weekday::try_from(row as u8).unwrap_or(Weekday::Mon);
        let name = if row % 2 == 0 { weekday.to_string() } else { String::new() };
        let mut line = format!("  {} ", format!("{name:<3}").dimmed());
        for week in 0..weeks_shown as u64 {
            let day = from.checked_add_days(Days::new(7 * week + row)).filter(|day| *day <= map.to);
            match day {
                Some(day) => line.push_str(&shade(on.get(&day).copied().unwrap_or(0), most, cell, page).to_string()),
                None => break,
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let scale: Vec<String> = (0..=4).map(|level| shade(level, 4, cell, page).to_string()).collect();
    let logged: u32 = map.days.iter().map(|day| day.reviews).sum();
    let inferred: u32 = map.days.iter().map(|day| day.inferred).sum();
    text.push_str(&format!("  {} {} {}\n", "less".dimmed(), scale.join(""), legend(most).dimmed()));
    if inferred > 0 {
        let rule = format!(
            "{} in the log, {inferred} from the schedules alone: due date less interval",
            count(logged as usize, "review")
        );
        text.push_str(&note(&rule, page));
    }
    text
}

fn legend(most: u32) -> String {
    if most == 0 { "more".into() } else { format!("more, {most} at most") }
}

/// The line of months: the name of each over its first whole week.
fn months(from: NaiveDate, to: NaiveDate, weeks: usize, cell: usize) -> String {
    let mut line = " ".repeat(NAMES);
    let mut shown = None;
    for (week, monday) in from.iter_days().step_by(7).take(weeks).enumerate() {
        let at = NAMES + week * cell;
        let begins = monday.day() <= 7 && shown != Some(monday.month());
        let room = at > line.trim_end().len();
        if begins && room && monday <= to && at + 3 <= NAMES + weeks * cell {
            line.truncate(line.trim_end().len().max(NAMES));
            line.push_str(&" ".repeat(at.saturating_sub(line.len())));
            line.push_str(&monday.format("%b").to_string());
            shown = Some(monday.month());
        }
    }
    line.truncate(line.trim_end().len());
    line + "\n"
}

/// The cell of a day with `reviews` where the busiest has `most`.
fn shade(reviews: u32, most: u32, cell: usize, page: Page) -> ColoredString {
    let level = (u64::from(reviews) * 4).div_ceil(u64::from(most.max(1)));
    let of = |plain, ascii| page.draw(plain, ascii).repeat(cell);
    match level {
        0 => {
            let dot = page.draw("·", ".");
            format!("{dot}{}", " ".repeat(cell - 1)).dimmed()
        }
        1 => of("░", ":").green(),
        2 => of("▒", "+").green(),
        3 => of("▓", "*").bright_green(),
        _ => of("█", "#").bright_green(),
    }
}
