//! What a note says: its schedule, tags, links and outline. Pure: text in, values and edits out.

mod blocks;
pub mod cards;
mod comments;
pub mod date;
pub mod edit;
pub mod facts;
pub mod fix;
pub mod frontmatter;
pub mod lines;
pub mod links;
pub mod lint;
mod markdown;
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

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::problem::{Finding, Severity};
use crate::schedule::Scheduled;

/// The path of a note: relative to the vault, with `/` between folders, UTF-8, never empty, never starting with `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NotePath(String);

impl NotePath {
    /// The path as given. The caller has made it relative.
    pub fn new(path: impl Into<String>) -> Self {
        Self(path.into())
    }

    /// Makes this another path, in the room of the old one: a folder, with its slash if it is one, and a file name.
    pub(crate) fn set(&mut self, folder: &str, name: &str) {
        self.0.clear();
        self.0.push_str(folder);
        self.0.push_str(name);
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file name without `.md`: what a wikilink calls the note and what stands in for a title.
    pub fn name(&self) -> &str {
        let file = self.0.rsplit('/').next().unwrap_or(&self.0);
        match file.len().checked_sub(3) {
            Some(at) if at > 0 && file.is_char_boundary(at) && file[at..].eq_ignore_ascii_case(".md") => &file[..at],
            _ => file,
        }
    }

    /// Whether the file name ends in `.md`, in any case: no other file is a note.
    pub fn is_markdown(&self) -> bool {
        let name = self.0.as_bytes();
        name.len().checked_sub(3).and_then(|at| name.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(b".md"))
    }

    /// The folder, without a final `/`; empty at the top of the vault.
    pub fn folder(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

impl fmt::Display for NotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

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

/// As [`str::trim`], in no time where there is nothing to trim.
fn trim(text: &str) -> &str {
    let is_plain = |b: Option<&u8>| b.is_some_and(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if is_plain(bytes.first()) && is_plain(bytes.last()) { text } else { text.trim() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_a_name_and_a_folder() {
        let cases = [("a.md", "a", ""), ("x/y/Ä b.MD", "Ä b", "x/y"), (".md", ".md", ""), ("x/日本", "日本", "x")];
        for (path, name, folder) in cases {
            let path = NotePath::new(path);
            assert_eq!((path.name(), path.folder()), (name, folder));
        }
    }
}
