//! The four answers to "how well did you recall it?".

use std::fmt;

use serde::{Deserialize, Serialize};

/// How well an item was recalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Forgotten: seen again today.
    Again,
    /// Recalled with trouble: the interval gets shorter and the ease lower.
    Hard,
    /// Recalled: the interval is multiplied by the ease.
    Good,
    /// Recalled at once: a longer interval and a higher ease.
    Easy,
}

impl Grade {
    /// All grades, worst first, in the order of their keys.
    pub const ALL: [Grade; 4] = [Grade::Again, Grade::Hard, Grade::Good, Grade::Easy];

    /// The key that gives this grade: `1` to `4`.
    pub fn key(self) -> char {
        match self {
            Grade::Again => '1',
            Grade::Hard => '2',
            Grade::Good => '3',
            Grade::Easy => '4',
        }
    }

    /// The grade behind a key, if it is one of `1` to `4`.
    pub fn from_key(key: char) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.key() == key)
    }

    /// The word for this grade, in lower case, as in the log and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Grade::Again => "again",
            Grade::Hard => "hard",
            Grade::Good => "good",
            Grade::Easy => "easy",
        }
    }

    /// Whether the item was recalled at all.
    pub fn is_recalled(self) -> bool {
        self != Grade::Again
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
