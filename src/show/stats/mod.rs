//! The page of `study stats`.

mod columns;
mod heatmap;
mod table;

use chrono::NaiveDate;
use colored::{ColoredString, Colorize};

use self::table::{Table, left};
use super::text::{clean, fit, pad, width};
use super::when::{count, day, span};
use crate::stats::{Bucket, Counts, Hard, LastReviews, Period, Spread, Stats, Streak, Tally, Today};

/// How a page is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The columns of the terminal. Below 40 the page is laid out for 40.
    pub width: usize,
    /// Only ASCII in what is drawn; names of notes stay as they are.
    pub ascii: bool,
}

impl Page {
    fn columns(self) -> usize {
        self.width.max(40)
    }

    /// The drawing `plain`, or what stands for it in ASCII.
    fn draw<'a>(self, plain: &'a str, ascii: &'a str) -> &'a str {
        if self.ascii { ascii } else { plain }
    }

    /// `text` cut to at most `columns`.
    fn cut(self, text: &str, columns: usize) -> String {
        if width(text) <= columns || !self.ascii {
            return fit(text, columns).into_owned();
        }
        fit(text, columns.saturating_sub(2)).trim_end_matches('…').to_owned() + "..."
    }

    /// A bar of `value` out of `most` that is `columns` long at its longest, and never empty for a value above 0.
    fn bar(self, value: u32, most: u32, columns: usize) -> String {
        let eighths = (u64::from(value) * columns as u64 * 8).div_ceil(u64::from(most.max(1))) as usize;
        if self.ascii {
            return "#".repeat(eighths.div_ceil(8));
        }
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
        "█".repeat(eighths / 8) + parts.get(eighths % 8).copied().unwrap_or_default()
    }
}

/// The figures as a page of text, in colour where that is on.
pub fn stats(stats: &Stats, page: Page) -> String {
    let mut sections = vec![head(stats, page)];
    if stats.reviews.total.reviews > 0 {
        sections.push(reviews(stats, page));
    }
    sections.push(heatmap::heatmap(&stats.heatmap, page));
    if stats.reviews.total.reviews > 0 {
        sections.push(retention(stats, page));
    }
    if stats.notes.scheduled > 0 {
        sections.push(columns::forecast(&stats.forecast, stats.today, page));
        sections.push(spreads(stats, page));
        sections.push(last_reviews(&stats.last_reviews, page));
    }
    if !stats.hardest.is_empty() {
        sections.push(hardest(&stats.hardest, stats.today, page));
    }
    sections.join("\n")
}

fn title(text: &str) -> ColoredString {
    text.bold()
}

fn head(stats: &Stats, page: Page) -> String {
    let notes = &stats.notes;
    let dot = page.draw(" · ", " - ");
    let mut parts =
        vec![format!("{} scheduled", notes.scheduled), format!("{} new", notes.new), format!("{} due", notes.due)];
    if notes.overdue > 0 {
        parts.push(format!("{} overdue", notes.overdue));
    }
    let today = stats.today.format("%A, %-d %B %Y").to_string();
    let mut head = format!("{}\n", title(&today));
    for line in fold(&parts.join(dot), page.columns()) {
        head.push_str(&format!("{line}\n"));
    }
    head.push('\n');
    head.push_str(&streak(&stats.streak, stats.today, stats.reviews.total.reviews > 0, page));
    head
}

fn streak(streak: &Streak, today: NaiveDate, logged: bool, page: Page) -> String {
    let length = count(streak.current as usize, "day");
    let length = if streak.current > 0 { length.green().bold() } else { length.bold() };
    let state = match (streak.today, streak.current) {
        (Today::Done, _) => "today counts",
        (Today::Open, 0) => "a review today starts one",
        (Today::Open, _) => "a review today carries it on",
        (Today::Free, _) => "nothing is due today",
    };
    let mut text = format!("{} {length},", title("Streak"));
    let beside = 7 + width(&length) + 2 + width(state) <= page.columns();
    text.push_str(if beside { " " } else { "\n       " });
    text.push_str(state);
    if let Some(ended) = streak.longest_ended {
        let longest = count(streak.longest as usize, "day");
        let when =
            if streak.longest == streak.current { "this one".into() } else { format!("up to {}", day(ended, today)) };
        text.push_str(&format!("\n       longest {longest}, {when}"));
    }
    let rule = if logged {
        "a day on which nothing was due neither counts nor breaks"
    } else {
        "counted from the first review in the log on"
    };
    text.push('\n');
    text + &folded(rule, 7, page)
}

/// The periods that both tables tell of, and how narrow tables may drop them.
const PERIODS: [&str; 5] = ["today", "7 days", "30 days", "365 days", "all"];

fn reviews(stats: &Stats, page: Page) -> String {
    let r = &stats.reviews;
    let periods: [&Counts; 5] = [&r.today, &r.days_7, &r.days_30, &r.days_365, &r.total];
    let mut table = Table::new("Reviews", &PERIODS);
    let row = |of: fn(&Counts) -> u32| periods.iter().map(|counts| of(counts).to_string()).collect();
    table.row("  reviews", row(|c| c.reviews));
    table.row("  days", row(|c| c.days));
    table.coloured("  again", row(|c| c.again), |text| text.red());
    table.coloured("  hard", row(|c| c.hard), |text| text.yellow());
    table.coloured("  good", row(|c| c.good), |text| text.green());
    table.coloured("  easy", row(|c| c.easy), |text| text.cyan());
    if r.total.external > 0 {
        table.row("  not told", row(|c| c.ungraded));
        table.row("  elsewhere", row(|c| c.external));
    }
    if r.total.timed > 0 {
        table.row("  time", periods.iter().map(|c| if c.timed > 0 { time(c.ms) } else { "-".into() }).collect());
        table.row("  each", periods.iter().map(|c| c.mean_ms().map_or("-".into(), time)).collect());
    }
    let mut text = table.text(page.columns());
    if r.total.external > 0 {
        let rule = "elsewhere: graded in Obsidian; its grade is told only where it is certain";
        text.push_str(&note(rule, page));
    }
    text
}

/// A time in the two units that matter.
fn time(ms: u64) -> String {
    let seconds = (ms + 500) / 1000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{} h {:02}", seconds / 3600, seconds % 3600 / 60),
    }
}

fn retention(stats: &Stats, page: Page) -> String {
    let r = &stats.retention;
    let periods: [&Period; 5] = [&r.today, &r.days_7, &r.days_30, &r.days_365, &r.total];
    let mut table = Table::new("Recalled", &PERIODS);
    let share = |tally: &Tally| tally.recalled.map_or("-".to_owned(), percent);
    let row = |of: fn(&Period) -> &Tally| periods.iter().map(|period| share(of(period))).collect();
    table.row("  young", row(|p| &p.young));
    table.row("  mature", row(|p| &p.mature));
    table.coloured("  all due", row(|p| &p.due), |text| text.bold());
    let hard = |tally: &Tally| match tally.reviews {
        0 => "-".to_owned(),
        n => percent(f64::from(tally.hard) / f64::from(n)),
    };
    table.row("  of it hard", periods.iter().map(|period| hard(&period.due)).collect());
    table.row("  reviews", periods.iter().map(|period| period.due.reviews.to_string()).collect());
    table.row("  first time", row(|p| &p.new));
    table.row("  reviews", periods.iter().map(|period| period.new.reviews.to_string()).collect());
    let rule = "the first review a day of each note that was due; Hard is recalled, though it shortens the interval; \
                mature is an interval of 21 days or more";
    table.text(page.columns()) + &note(rule, page)
}

/// A share of 0 to 1 in percent, never rounded up to all or down to nothing.
fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round();
    let tenths = if share < 1.0 { tenths.min(999.0) } else { tenths };
    let tenths = if share > 0.0 { tenths.max(1.0) } else { tenths };
    format!("{:.1}%", tenths / 10.0)
}

/// An explanation below a figure, folded and indented.
fn note(text: &str, page: Page) -> String {
    folded(text, 2, page)
}

/// `text` folded into lines that begin with `indent` blanks.
fn folded(text: &str, indent: usize, page: Page) -> String {
    let blanks = " ".repeat(indent);
    let lines = fold(text, page.columns().min(100) - indent);
    lines.iter().map(|line| format!("{blanks}{}\n", line.dimmed())).collect()
}

/// `text` in lines of at most `columns`, broken between words.
fn fold(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => line.extend([" ", word]),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Both spreads, side by side where there is room.
fn spreads(stats: &Stats, page: Page) -> String {
    let dash = page.draw("–", "-");
    let label = |bucket: &Bucket| match bucket.below.map(|below| below.saturating_sub(1)) {
        None => format!("{}+", bucket.from),
        Some(last) if last == bucket.from => format!("{last}"),
        Some(last) => format!("{}{dash}{last}", bucket.from),
    };
    let lowest = |bucket: &Bucket| {
        if bucket.from == 0 { format!("{} 130", page.draw("≤", "<=")) } else { label(bucket) }
    };
    let side_by_side = page.columns() >= 76;
    let columns = if side_by_side { ((page.columns() - 4) / 2).min(60) } else { page.columns().min(60) };
    let intervals = spread("Intervals, in days", &stats.intervals, label, columns, page);
    let eases = spread("Eases, in percent", &stats.eases, lowest, columns, page);
    if !side_by_side {
        return format!("{}\n\n{}\n", intervals.join("\n"), eases.join("\n"));
    }
    let lines = intervals.iter().zip(&eases).map(|(a, b)| format!("{}    {b}", left(a, columns)));
    lines.map(|line| line.trim_end().to_owned() + "\n").collect()
}

fn spread(name: &str, spread: &Spread, label: impl Fn(&Bucket) -> String, columns: usize, page: Page) -> Vec<String> {
    let most = spread.buckets.iter().map(|bucket| bucket.notes).max().unwrap_or(0);
    let number = most.to_string().len();
    let mut lines = vec![title(name).to_string()];
    for bucket in &spread.buckets {
        let bar = page.bar(bucket.notes, most, columns.saturating_sub(12 + number));
        let line = format!("  {} {:>number$} {}", pad(&label(bucket), 8), bucket.notes, bar.cyan());
        lines.push(line.trim_end().to_owned());
    }
    if let (Some(mean), Some(median)) = (spread.mean, spread.median) {
        let middle = format!("mean {mean}, median {}", (median * 10.0).round() / 10.0);
        lines.push(format!("  {}", middle.dimmed()));
    }
    lines
}

fn last_reviews(last: &LastReviews, page: Page) -> String {
    let most = last.days_ago.iter().map(|bucket| bucket.notes).max().unwrap_or(0);
    let number = most.to_string().len();
    let mut text = format!("{}\n", title("Last seen"));
    let words = ["this week", "this month", "3 months", "6 months", "a year", "longer ago"];
    for (bucket, word) in last.days_ago.iter().zip(words) {
        let bar = page.bar(bucket.notes, most, page.columns().min(60) - 16 - number);
        text.push_str(format!("  {} {:>number$} {}", pad(word, 11), bucket.notes, bar.cyan()).trim_end());
        text.push('\n');
    }
    if last.inferred > 0 {
        let rule = format!("{} from the schedule alone: due date less interval", count(last.inferred as usize, "note"));
        text.push_str(&note(&rule, page));
    }
    if last.unknown > 0 {
        let notes = count(last.unknown as usize, "note");
        text.push_str(&note(&format!("{notes} left out: the schedule points to a review still to come"), page));
    }
    text
}

fn hardest(hardest: &[Hard], today: NaiveDate, page: Page) -> String {
    let name = page.columns().saturating_sub(42).clamp(12, 60);
    let mut text = format!("{}\n", title("Hardest notes"));
    let narrow = page.columns() < 60;
    let head = if narrow { "ease forgotten" } else { "ease  interval  forgotten  due" };
    text.push_str(&format!("  {}  {}\n", pad("", name), head.dimmed()));
    for hard in hardest {
        let path = pad(&page.cut(&clean(hard.path.as_str()), name), name);
        let ease = format!("{:>4}", (hard.ease.percent()).round());
        let line = if narrow {
            format!("  {path}  {} {:>9}", ease.yellow(), hard.lapses)
        } else {
            let due = day(hard.due, today);
            format!("  {path}  {}  {:>8}  {:>9}  {due}", ease.yellow(), span(hard.interval), hard.lapses)
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests;
