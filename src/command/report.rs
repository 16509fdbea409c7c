//! What is wrong with notes, as every command tells of it.

use super::Context;
use crate::problem::{Problem, Severity};

/// Says on stderr what is wrong with notes, a line each: refusals up to a limit, then notices, the rest as a number.
pub fn problems(all: &[Problem], context: &Context) {
    /// Enough to act on, few enough to read.
    const LISTED: usize = 10;
    for severity in [Severity::Refusal, Severity::Problem, Severity::Notice] {
        let mut problems: Vec<&Problem> = all.iter().filter(|p| p.finding.severity == severity).collect();
        problems.sort_by(|a, b| a.path.cmp(&b.path));
        problems.dedup_by(|next, first| next.path == first.path);
        for problem in problems.iter().take(LISTED) {
            context.notice(problem.to_string());
        }
        let more = problems.len().saturating_sub(LISTED);
        if more > 0 {
            let what = if severity == Severity::Notice { "notices" } else { "problems" };
            let notes = if more == 1 { "1 more note has" } else { &format!("{more} more notes have") };
            context.notice(format!("{notes} {what}; `study check` lists them all"));
        }
    }
}
