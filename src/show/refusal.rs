//! Why something was not done, as a sentence: lower case, no final stop. Untrusted text.

use chrono::NaiveDate;

use super::when;
use crate::app::error::ReviewError;
use crate::log::Kind;

/// Why something of a review was not done.
pub fn of_review(error: &ReviewError) -> String {
    match error {
        ReviewError::NotDue { note, due, today } => {
            let (day, distance) = (when::day(*due, *today), when::distance(*due, *today));
            format!("{note}: is not due before {day}, {distance}; review it now with --early")
        }
        ReviewError::Stays { why, kind, day, today } => format!("{why}; {}", stepped_over(*kind, *day, *today, false)),
        other => other.to_string(),
    }
}

/// `its review of Thu 15 Jan was stepped over`
pub fn stepped_over(kind: Kind, day: NaiveDate, today: NaiveDate, dry_run: bool) -> String {
    let was = if dry_run { "would be" } else { "was" };
    format!("its {kind} of {} {was} stepped over", when::day(day, today))
}
