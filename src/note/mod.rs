//! What a note says: its schedule, tags, links and outline. Pure: text in, values and edits out.

pub mod address;
mod blocks;
pub mod cards;
mod comments;
pub mod date;
pub mod edit;
pub mod facts;
mod fingerprint;
pub mod fix;
pub mod frontmatter;
pub mod lines;
pub mod links;
pub mod lint;
mod markdown;
mod misplaced;
pub mod outline;
pub mod placeholder;
mod proof;
pub mod properties;
pub mod raw;
pub mod scalar;
pub mod schedule;
pub mod strict;
mod survey;
mod tag_lines;
pub mod tags;
mod values;
pub mod visible;
pub mod yaml;

use serde::{Deserialize, Serialize};

pub use crate::item::NotePath;
use crate::problem::{Finding, Severity};
use crate::schedule::Scheduled;
pub use fingerprint::Fingerprint;

/// What the `sr-*` lines of a note say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    /// There is none of the three lines.
    Unscheduled,
    /// The three keys with nothing behind them: a placeholder for a note that is to be reviewed.
    Placeholder,
    /// The three keys are `null`: the owner parked the note.
    Parked,
    /// Some of the three lines are there and read well, others are missing or empty: new, with a notice.
    Partial,
    /// All three read well.
    Scheduled(Scheduled),
    /// There are schedule lines, and they cannot be read.
    Damaged,
}

/// What was read from the frontmatter of a note, and what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What the schedule lines say.
    pub state: State,
    /// Everything odd about them, in the order of the lines. One with [`Severity::Refusal`] means: not to be written.
    pub findings: Vec<Finding>,
}

impl Reading {
    /// A reading with nothing wrong.
    pub fn clean(state: State) -> Self {
        Self { state, findings: Vec::new() }
    }

    /// The first finding that forbids to write the note.
    pub fn refusal(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Refusal)
    }
}

/// What stood in a note before an edit of its schedule, so that the edit can be taken back byte for byte.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Was {
    /// Whether there was a frontmatter block.
    pub block: bool,
    /// The bytes of the value of `sr-due` (quotes included); `None` when there was no such line. For a line without a
    /// value: the blanks behind its colon, which may be none.
    pub due: Option<String>,
    /// The bytes of the value of `sr-interval`.
    pub interval: Option<String>,
    /// The bytes of the value of `sr-ease`.
    pub ease: Option<String>,
}

impl Was {
    /// Whether there was none of the three lines.
    pub fn is_empty(&self) -> bool {
        self.due.is_none() && self.interval.is_none() && self.ease.is_none()
    }
}

/// As [`str::trim`], in no time where there is nothing to trim.
fn trim(text: &str) -> &str {
    let is_plain = |b: Option<&u8>| b.is_some_and(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if is_plain(bytes.first()) && is_plain(bytes.last()) { text } else { text.trim() }
}
