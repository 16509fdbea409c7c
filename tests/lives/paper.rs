//! Notes as text: what this test itself reads in them, and what the plugin writes.

use chrono::{Days, NaiveDate};

/// The three values of a schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    pub due: NaiveDate,
    pub interval: f64,
    pub ease: f64,
}

impl Schedule {
    /// The day of the review that led here: the due date less the interval, halves of a day rounded up.
    pub fn reviewed(&self) -> NaiveDate {
        self.due - Days::new((self.interval + 0.5).floor() as u64)
    }
}

/// The value of a key of the frontmatter.
pub fn value<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let block = text.strip_prefix("---\n")?.split("\n---").next()?;
    block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).map(str::trim)
}

pub fn schedule(text: &str) -> Option<Schedule> {
    let number = |key| value(text, key)?.parse().ok();
    Some(Schedule {
        due: value(text, "sr-due")?.parse().ok()?,
        interval: number("sr-interval")?,
        ease: number("sr-ease")?,
    })
}

/// Whether a note that was never reviewed is for review: by its tag, or by keys without values.
pub fn is_chosen(text: &str) -> bool {
    value(text, "tags").is_some_and(|tags| tags.contains("review")) || value(text, "sr-due") == Some("")
}

/// The note without the three lines.
pub fn without_schedule(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !line.starts_with("sr-") || line.starts_with("sr-id")).collect()
}

/// The note with other values in its three lines, as the plugin leaves it.
pub fn with_schedule(text: &str, to: &Schedule) -> String {
    let plain = without_schedule(text);
    let lines = format!("sr-due: {}\nsr-interval: {}\nsr-ease: {}\n", to.due, to.interval, to.ease);
    match plain.strip_prefix("---\n").and_then(|rest| rest.find("---\n")) {
        Some(at) => format!("{}{lines}{}", &plain[..4 + at], &plain[4 + at..]),
        None => format!("---\n{lines}---\n{plain}"),
    }
}
