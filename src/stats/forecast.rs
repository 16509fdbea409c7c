//! What is due in the next days, if nothing is reviewed meanwhile.

use chrono::NaiveDate;
use serde::Serialize;

use super::{Context, Item};

/// The days that a forecast covers, today included.
pub const FORECAST_DAYS: usize = 30;

/// What is due in the next days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// Notes due before today.
    pub overdue: u32,
    /// Notes that become due on each of the next [`FORECAST_DAYS`] days, today first. The overdue are not in it.
    pub days: Vec<Load>,
    /// Notes due after that.
    pub later: u32,
    /// The first day after today on which something becomes due, however far.
    pub next: Option<NaiveDate>,
}

/// How many notes become due on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Load {
    /// The day.
    pub day: NaiveDate,
    /// The notes.
    pub due: u32,
}

pub(super) fn forecast(context: &Context<'_>) -> Forecast {
    let days = context.today.iter_days().take(FORECAST_DAYS).map(|day| Load { day, due: 0 }).collect();
    let mut forecast = Forecast { overdue: 0, days, later: 0, next: None };
    for Item { schedule, .. } in &context.scheduled {
        let count = match usize::try_from((schedule.due - context.today).num_days()) {
            Err(_) => &mut forecast.overdue,
            Ok(ahead) => forecast.days.get_mut(ahead).map_or(&mut forecast.later, |load| &mut load.due),
        };
        *count += 1;
        if schedule.due > context.today {
            forecast.next = Some(forecast.next.map_or(schedule.due, |next| next.min(schedule.due)));
        }
    }
    forecast
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{day, figure, log, note};
    use super::*;

    #[test]
    fn every_note_falls_on_one_day_or_before_or_after() {
        let notes = [
            note("a.md", "2026-01-14 4 250"),
            note("b.md", "2026-01-15 4 250"),
            note("c.md", "2026-02-13 40 250"),
            note("d.md", "2026-02-14 40 250"),
            note("e.md", ""),
        ];
        let found = figure(&notes, &log(&[]), "2026-01-15", forecast);
        assert_eq!((found.overdue, found.later, found.days.len()), (1, 1, 30));
        assert_eq!((found.days[0].due, found.days[29]), (1, Load { day: day("2026-02-13"), due: 1 }));
        assert_eq!(found.days.iter().map(|load| load.due).sum::<u32>(), 2);
        assert_eq!(found.next, Some(day("2026-02-13")));
    }
}
