//! What kinds of event there are.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What happened to a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It was graded with `study`.
    Review,
    /// Its schedule changed without `study`: graded in Obsidian, or edited by hand.
    External,
    /// An earlier event was taken back.
    Undo,
    /// Its frontmatter was repaired.
    Fix,
    /// A lost schedule was written again from the log.
    Rebuild,
    /// It became new again.
    Reset,
    /// Its due date was set without a grade.
    Reschedule,
    /// It was taken out of the queue.
    Suspend,
    /// It was put back into the queue.
    Resume,
    /// It was put aside until the next study day.
    Bury,
    /// It was put under review.
    Add,
    /// A checkbox in it was marked.
    Tick,
    /// It was moved or renamed.
    Move,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 13] = [
        Kind::Review,
        Kind::External,
        Kind::Undo,
        Kind::Fix,
        Kind::Rebuild,
        Kind::Reset,
        Kind::Reschedule,
        Kind::Suspend,
        Kind::Resume,
        Kind::Bury,
        Kind::Add,
        Kind::Tick,
        Kind::Move,
    ];

    /// The word for this kind, as in the log.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Review => "review",
            Kind::External => "external",
            Kind::Undo => "undo",
            Kind::Fix => "fix",
            Kind::Rebuild => "rebuild",
            Kind::Reset => "reset",
            Kind::Reschedule => "reschedule",
            Kind::Suspend => "suspend",
            Kind::Resume => "resume",
            Kind::Bury => "bury",
            Kind::Add => "add",
            Kind::Tick => "tick",
            Kind::Move => "move",
        }
    }

    /// Whether `study` changed a note, so that the change can be taken back.
    pub fn can_be_undone(self) -> bool {
        !matches!(self, Kind::Undo | Kind::External | Kind::Move)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_what_the_log_says() {
        let words = "review external undo fix rebuild reset reschedule suspend resume bury add tick move";
        assert_eq!(Kind::ALL.map(Kind::word).join(" "), words);
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        }
    }
}
