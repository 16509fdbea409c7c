//! What happened to one note, event by event: `study history NOTE`.

use chrono::{DateTime, FixedOffset, NaiveDate};
use colored::{ColoredString, Colorize};
use serde::Serialize;

use super::text::{clean, fit, pad, width};
use super::when::{count, day, distance};
use crate::item::ItemId;
use crate::log::{Entry, EventId, Kind, Log};
use crate::note::NotePath;
use crate::schedule::{Ease, Grade, Interval, Scheduled};

/// The history of a note, as in JSON (`docs/json.md`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct History {
    /// The version of this shape: 1.
    pub version: u32,
    /// The study day.
    pub today: NaiveDate,
    /// The note.
    pub path: NotePath,
    /// What its frontmatter says now; `None` when it has no readable schedule.
    pub schedule: Option<Scheduled>,
    /// The last review before the first event, as the schedule found then tells it: due date less interval.
    pub inferred_review: Option<NaiveDate>,
    /// Every event, earliest first, those taken back included.
    pub events: Vec<Row>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Its name in the log.
    pub id: EventId,
    /// The instant, with the offset from UTC that the device had.
    pub at: DateTime<FixedOffset>,
    /// The study day it counts for.
    pub day: NaiveDate,
    /// What kind of event.
    pub kind: Kind,
    /// The grade; `None` where there was none or it is not certain.
    pub grade: Option<Grade>,
    /// Milliseconds taken.
    pub ms: Option<u32>,
    /// Whether the event is about the schedule.
    pub moves: bool,
    /// The schedule before.
    pub before: Option<Scheduled>,
    /// The schedule after.
    pub after: Option<Scheduled>,
    /// The device that wrote it down.
    pub device: String,
    /// The path that the note had then.
    pub path: NotePath,
    /// Whether it was taken back.
    pub undone: bool,
    /// Whether it counts as a review.
    pub counts: bool,
    /// Whether it is an undo that could not be made.
    #[serde(skip)]
    pub skips: bool,
    /// Whether a line that cannot be read may tell of the same change.
    #[serde(skip)]
    pub doubtful: bool,
    /// The topic of a roadmap that was ticked. Untrusted text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

/// The history of the note `path`, wherever it lay then.
pub fn history(log: &Log, path: &NotePath, now: Option<Scheduled>, today: NaiveDate) -> History {
    let entries: Vec<&Entry> = log.of(&ItemId::of_note(path.clone())).collect();
    let first = entries.iter().find_map(|entry| entry.schedule());
    let found = first.map_or(now, |moved| moved.before);
    let inferred = found.and_then(|schedule| schedule.inferred_last_review());
    let before = |day: &NaiveDate| entries.first().map_or(*day <= today, |entry| *day < entry.day);
    let row = |entry: &&Entry| Row {
        id: entry.id,
        at: entry.at,
        day: entry.day,
        kind: entry.kind,
        grade: entry.grade,
        ms: entry.ms(),
        moves: entry.schedule().is_some(),
        before: entry.schedule().and_then(|moved| moved.before),
        after: entry.schedule().and_then(|moved| moved.after),
        device: log.device(entry).to_owned(),
        path: NotePath::new(log.path_then(entry)),
        undone: entry.is_undone(),
        counts: entry.counts(),
        skips: entry.skips().is_some(),
        doubtful: entry.is_doubtful(),
        topic: None,
    };
    History {
        version: 1,
        today,
        path: path.clone(),
        schedule: now,
        inferred_review: inferred.filter(before),
        events: entries.iter().map(row).collect(),
    }
}

/// The history as text for a terminal of `columns`, one line an event. `ascii` draws no other characters.
pub fn text(history: &History, columns: usize, ascii: bool) -> String {
    let mut text = format!("{}\n", clean(history.path.as_str()).bold());
    text.push_str(&format!("  {}\n", standing(history)));
    let arrow = if ascii { "->" } else { "→" };
    if let Some(reviewed) = history.inferred_review {
        let from = "before the log, from the schedule: due date less interval";
        text.push_str(&format!("  {reviewed}  {}\n", from.dimmed()));
    }
    let moves: Vec<String> = history.events.iter().map(|row| interval(row, arrow)).collect();
    let widest = moves.iter().map(|text| width(text)).max().unwrap_or(0);
    for (row, moved) in history.events.iter().zip(&moves) {
        let plain = format!("  {}  {:<10}  {}  {:<9}  ", row.day, word(row), pad(moved, widest), ease(row));
        let by = fit(&remark(row, history), columns.saturating_sub(width(&plain)).max(12)).into_owned();
        let coloured = format!(
            "  {}  {}{}  {}  {:<9}  {}",
            row.day,
            shade(row),
            " ".repeat(10_usize.saturating_sub(width(word(row)))),
            pad(moved, widest),
            ease(row),
            by.dimmed()
        );
        text.push_str(coloured.trim_end());
        text.push('\n');
    }
    if history.events.is_empty() {
        text.push_str("  nothing in the log yet\n");
    }
    text
}

fn standing(history: &History) -> String {
    let events = count(history.events.len(), "event");
    match &history.schedule {
        None => format!("{events}, no schedule"),
        Some(schedule) => {
            let due = day(schedule.due, history.today);
            let far = distance(schedule.due, history.today);
            format!("{events}, due {due} ({far}), interval {} d, ease {}", schedule.interval, schedule.ease)
        }
    }
}

/// The grade of a review, else the kind of event.
fn word(row: &Row) -> &'static str {
    match (row.kind, row.grade) {
        (Kind::Review | Kind::External, Some(grade)) => grade.word(),
        (kind, _) => kind.word(),
    }
}

fn shade(row: &Row) -> ColoredString {
    let word = word(row);
    if row.undone {
        return word.strikethrough().dimmed();
    }
    match row.grade {
        Some(Grade::Again) => word.red(),
        Some(Grade::Hard) => word.yellow(),
        Some(Grade::Good) => word.green(),
        Some(Grade::Easy) => word.cyan(),
        None => word.normal(),
    }
}

fn interval(row: &Row, arrow: &str) -> String {
    if !row.moves {
        return String::new();
    }
    let days = |schedule: Option<Scheduled>| schedule.map_or("new".into(), |s| format!("{} d", rounded(s.interval)));
    format!("{} {arrow} {}", days(row.before), days(row.after))
}

fn rounded(interval: Interval) -> f64 {
    (interval.days() * 10.0).round() / 10.0
}

/// The ease after, and how it changed.
fn ease(row: &Row) -> String {
    let shown = |ease: Ease| (ease.percent() * 10.0).round() / 10.0;
    let Some(after) = row.after.map(|schedule| shown(schedule.ease)) else { return String::new() };
    match row.before.map(|schedule| after - shown(schedule.ease)) {
        Some(change) if change.abs() >= 0.05 => format!("{after} ({:+})", (change * 10.0).round() / 10.0),
        _ => after.to_string(),
    }
}

/// Who wrote it down, and what is special about it.
fn remark(row: &Row, history: &History) -> String {
    let mut remark = clean(&row.device).into_owned();
    if let Some(topic) = &row.topic {
        remark = format!("{}, {remark}", clean(topic));
    }
    if row.kind == Kind::External {
        let doubt = if row.doubtful { "in doubt and not counted" } else { "elsewhere" };
        remark = format!("{doubt}, noticed on {remark}");
    }
    if row.undone {
        remark.push_str(", taken back");
    }
    if row.skips {
        remark.push_str(", could not be made");
    }
    if row.path != history.path {
        remark.push_str(&format!(", then {}", clean(row.path.as_str())));
    }
    remark
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Change, Event, merge};
    use crate::stats::fixture::{day as date, log, scheduled};

    fn shown(log: &Log, path: &str, now: Option<Scheduled>) -> String {
        colored::control::set_override(false);
        text(&history(log, &NotePath::new(path), now, date("2026-01-15")), 80, false)
    }

    #[test]
    fn one_line_an_event() {
        let log = log(&[
            "2026-01-05 a.md good 2026-01-02/4/250 2026-01-15/10.4/250",
            "external 2026-01-09 a.md hard 2026-01-15/10.4/250 2026-01-14/5/230",
            "reset 2026-01-10 a.md - 2026-01-14/5/230",
            "2026-01-15 a.md easy - 2026-01-19/4/270 61000",
            "bury 2026-01-15 b.md",
        ]);
        let now = scheduled("2026-01-19", 4.0, 270.0);
        assert_eq!(
            shown(&log, "a.md", Some(now)),
            "a.md\n  4 events, due Mon 19 Jan (in 4 days), interval 4 d, ease 270\n  \
             2025-12-29  before the log, from the schedule: due date less interval\n  \
             2026-01-05  good        4 d → 10.4 d  250        desk\n  \
             2026-01-09  hard        10.4 d → 5 d  230 (-20)  elsewhere, noticed on desk\n  \
             2026-01-10  reset       5 d → new                desk\n  \
             2026-01-15  easy        new → 4 d     270        desk\n"
        );
    }

    #[test]
    fn a_note_without_events_has_a_history_all_the_same() {
        let now = scheduled("2026-01-19", 10.0, 270.0);
        assert_eq!(
            shown(&Log::default(), "a\x1b.md", Some(now)),
            "a␛.md\n  0 events, due Mon 19 Jan (in 4 days), interval 10 d, ease 270\n  \
             2026-01-09  before the log, from the schedule: due date less interval\n  nothing in the log yet\n"
        );
        assert_eq!(shown(&Log::default(), "a.md", None), "a.md\n  0 events, no schedule\n  nothing in the log yet\n");
    }

    #[test]
    fn what_was_taken_back_is_told() {
        let now = crate::clock::Now {
            instant: DateTime::parse_from_rfc3339("2026-01-15T08:00:00+01:00").unwrap(),
            today: date("2026-01-15"),
        };
        let (before, after) = (scheduled("2026-01-15", 4.0, 250.0), scheduled("2026-01-25", 10.0, 250.0));
        let was = crate::note::Was::default();
        let review =
            Change::review(ItemId::of_note(NotePath::new("a.md")), &now, Grade::Good, None, Some(before), after, was)
                .seal("desk", 0);
        let undo = crate::undo::undo_of(&review, &now).seal("desk", 1);
        let lines = [review.line(), undo.line()].concat();
        let (log, _) = merge(&[("desk.jsonl", lines.as_bytes())]);
        let shown = shown(&log, "a.md", Some(before));
        assert!(shown.contains("good        4 d → 10 d  250        desk, taken back\n"), "{shown}");
        assert!(shown.ends_with("undo        10 d → 4 d  250        desk\n"), "{shown}");
        let json = serde_json::to_value(history(&log, &NotePath::new("a.md"), Some(before), now.today)).unwrap();
        assert_eq!(json["events"][0]["undone"], true);
        assert_eq!(json["events"][0]["counts"], false);
        assert_eq!(Event::parse(review.line().as_bytes()).unwrap().id.to_string(), json["events"][0]["id"]);
    }
}
