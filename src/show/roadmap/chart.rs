//! The burn-up of a roadmap, and how its branches are remembered.

use chrono::NaiveDate;
use colored::Colorize;

use super::{Layout, fold, percent};
use crate::roadmap::Roadmap;
use crate::roadmap::chart::{Chart, PACE_WEEKS};
use crate::roadmap::weak::{Branch, weakest};
use crate::show::text::{clean, fit, pad, width};
use crate::show::when;

/// What was done by the end of each week, a bar a week, and when all would be done.
pub fn chart(chart: &Chart, today: NaiveDate, layout: Layout) -> String {
    let mut page = format!("{}\n", "Burn-up".bold());
    let number = chart.total.to_string().len();
    let label = chart.weeks.iter().map(|week| width(&when::day(week.monday, today))).max().unwrap_or(0);
    let columns = layout.columns().saturating_sub(label + 2 * number + 10).clamp(10, 60);
    let glyphs = layout.glyphs();
    for week in &chart.weeks {
        let share = |done: usize| (done * columns).checked_div(chart.total).unwrap_or(0).min(columns);
        let (done, before) = (share(week.done), share(week.done.saturating_sub(week.ticked)));
        let bar = [
            glyphs.bar_done.repeat(before).green().dimmed().to_string(),
            glyphs.bar_done.repeat(done - before).green().to_string(),
            glyphs.bar_left.repeat(columns - done).dimmed().to_string(),
        ];
        let ticked = if week.ticked > 0 { format!("+{}", week.ticked) } else { String::new() };
        let line = format!(
            "  {}  {}  {:>number$}  {ticked}",
            pad(&when::day(week.monday, today), label),
            bar.concat(),
            week.done
        );
        page.push_str(&format!("{}\n", line.trim_end()));
    }
    for line in fold(&projection(chart, today), layout.columns()) {
        page.push_str(&format!("{line}\n"));
    }
    page
}

fn projection(chart: &Chart, today: NaiveDate) -> String {
    let mut text = format!("{} of {} done.", chart.done, chart.total);
    if chart.weeks.is_empty() {
        text.push_str(" Nothing tells when: not the log, not the note, not git.");
        return text;
    }
    if chart.undated > 0 {
        text.push_str(&format!(" Of {} nothing tells the day.", chart.undated));
    }
    if chart.per_week > 0.0 {
        let pace = (chart.per_week * 10.0).round() / 10.0;
        let span = match chart.weeks.len() as u64 {
            weeks if weeks >= PACE_WEEKS => format!("over the last {PACE_WEEKS} weeks"),
            _ => "since the first".to_owned(),
        };
        text.push_str(&format!(" {pace} a week {span}"));
        match chart.finish {
            Some(day) => text.push_str(&format!(": all done around {}.", when::day(day, today))),
            None if chart.done >= chart.total => text.push('.'),
            None => text.push_str(": the end is more than ten years off."),
        }
    } else {
        text.push_str(&format!(" Nothing in the last {PACE_WEEKS} weeks."));
    }
    text
}

/// How each branch is remembered, and the weakest three.
///
/// Branches of which there is no figure are left out.
pub fn branches(roadmap: &Roadmap, all: &[Branch], layout: Layout) -> String {
    let all: Vec<Branch> = all.iter().filter(|branch| branch.says_something()).copied().collect();
    if all.is_empty() {
        return "No branch has a note that is linked.\n".to_owned();
    }
    let title = |branch: &Branch| roadmap.topics.get(branch.topic).map_or("", |topic| topic.title.as_str());
    let name = all.iter().map(|branch| width(&clean(title(branch)))).max().unwrap_or(0);
    let name = name.max(6).min(layout.columns().saturating_sub(4 * 11).max(12));
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), percent);
    let head =
        format!("{}  {:>5}  {:>7}  {:>8}  {:>9}", pad("Branch", name), "notes", "reviews", "recalled", "predicted");
    let mut page = format!("{}\n", head.bold());
    for branch in &all {
        let shown = clean(title(branch)).into_owned();
        let numbers = (branch.notes, branch.reviews, share(branch.retention()), share(branch.predicted));
        let title = pad(&fit(&shown, name), name);
        page.push_str(&format!("{title}  {:>5}  {:>7}  {:>8}  {:>9}\n", numbers.0, numbers.1, numbers.2, numbers.3));
    }
    let weak = weakest(&all, 3);
    if !weak.is_empty() {
        let names: Vec<String> = weak.iter().map(|branch| clean(title(branch)).into_owned()).collect();
        page.push('\n');
        for line in fold(&format!("Weakest: {}.", names.join(", ")), layout.columns()) {
            page.push_str(&format!("{line}\n"));
        }
    }
    page
}
