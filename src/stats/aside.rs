//! On which days a note was set aside: suspended, or buried for the day.

use chrono::{Days, NaiveDate};

use crate::log::{Entry, EventId, Kind};

/// The days on which a note was set aside at their end, from and to, in order and apart.
///
/// `entries` are the events of the note, earliest first. What takes an event back counts from its own day on, so that no
/// day that is over changes.
pub(super) fn days_aside<'e>(
    entries: impl Iterator<Item = &'e Entry>,
    today: NaiveDate,
) -> Vec<(NaiveDate, NaiveDate)> {
    let mut suspensions: Vec<(EventId, Kind)> = Vec::new();
    let mut buried: Vec<(EventId, NaiveDate)> = Vec::new();
    let (mut since, mut day): (Option<NaiveDate>, Option<NaiveDate>) = (None, None);
    let mut spans = Vec::new();
    for entry in entries {
        // What a clock that was wrong put before the last event is taken to be of its day.
        let of = day.map_or(entry.day, |last: NaiveDate| last.max(entry.day));
        match (entry.kind, entry.undoes()) {
            (Kind::Suspend | Kind::Resume, _) => suspensions.push((entry.id, entry.kind)),
            (Kind::Bury, _) => buried.push((entry.id, entry.day)),
            (Kind::Undo, Some(undone)) => {
                suspensions.retain(|(id, _)| *id != undone);
                buried.retain(|(id, of)| *id != undone || *of < entry.day);
            }
            _ => continue,
        }
        day = Some(of);
        let is_suspended = suspensions.last().is_some_and(|(_, kind)| *kind == Kind::Suspend);
        match since {
            None if is_suspended => since = Some(of),
            Some(from) if !is_suspended => {
                spans.extend(of.checked_sub_days(Days::new(1)).filter(|to| from <= *to).map(|to| (from, to)));
                since = None;
            }
            _ => {}
        }
    }
    spans.extend(since.map(|from| (from, today.max(from))));
    spans.extend(buried.into_iter().map(|(_, day)| (day, day)));
    spans.sort_unstable();
    let mut apart: Vec<(NaiveDate, NaiveDate)> = Vec::with_capacity(spans.len());
    for (from, to) in spans {
        match apart.last_mut() {
            Some((_, last)) if from <= *last => *last = to.max(*last),
            _ => apart.push((from, to)),
        }
    }
    apart
}
