//! What is wrong with a file, where, and what to do about it.

use std::fmt;

use serde::Serialize;

use crate::item::NotePath;

/// What kind of problem it is: a stable word for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// A file or folder that cannot be read.
    Unreadable,
    /// Bytes that are not UTF-8 text, or NUL bytes.
    NotText,
    /// A file larger than is looked at.
    TooLarge,
    /// A name that is not UTF-8.
    UnreadableName,
    /// An opening `---` without a closing one.
    UnclosedFence,
    /// Text on the line of the closing `---`.
    GluedFence,
    /// Frontmatter that starts below the first line.
    LateFence,
    /// A first line `---` that is a rule, not a fence.
    AmbiguousRule,
    /// A block with a schedule below something else: nobody reads it.
    HiddenSchedule,
    /// Unresolved merge markers.
    ConflictMarkers,
    /// A copy that a synchroniser made of a conflicting edit.
    SyncConflict,
    /// A name that differs from another only in how its letters are encoded.
    TwinName,
    /// Frontmatter that is not valid YAML, beside the schedule.
    InvalidYaml,
    /// Frontmatter over the budget for depth, size or number of values.
    TooComplex,
    /// The schedule stands there twice.
    DuplicateSchedule,
    /// Some of the three lines are missing.
    PartialSchedule,
    /// A `sr-due` that is no date.
    BadDue,
    /// A `sr-due` in seconds since 1970.
    EpochDue,
    /// A `sr-interval` that is no number of days.
    BadInterval,
    /// A `sr-ease` that is no percentage.
    BadEase,
    /// A `sr-ease` on the scale of 2.5 instead of 250.
    EaseScale,
    /// Keys of another scheduler beside the schedule.
    ForeignSchedule,
    /// Schedule lines in a shape that cannot be edited safely.
    UneditableSchedule,
    /// A template placeholder where a value belongs.
    Template,
    /// Schedule lines pasted into the text of a note.
    PastedSchedule,
    /// An `sr-id` that several notes have.
    DuplicateId,
    /// A file that a change of a note left behind.
    Leftover,
    /// A link in a roadmap that leads nowhere.
    DeadLink,
    /// Links in a roadmap to notes that are not written yet.
    UnwrittenNote,
    /// A setting that was not understood.
    Setting,
    /// A line of the review log that cannot be read.
    Log,
}

impl Code {
    /// The stable word, as in JSON.
    pub fn word(self) -> String {
        serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is held back.
    Notice,
    /// Something is wrong; nothing is held back.
    Problem,
    /// The note is not written until this is mended.
    Refusal,
}

/// What the user can do about a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// `study fix NOTE` mends it by a stated rule.
    Fix,
    /// A sentence that completes "...; ".
    Do(&'static str),
}

/// A problem inside one text, before it is known which file the text came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of problem.
    pub code: Code,
    /// Whether it keeps the note from being written.
    pub severity: Severity,
    /// The line, from 1; `None` when it is about the whole file.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// What is wrong, in lower case, without the file and without a final stop. May quote the note: untrusted text.
    pub message: String,
    /// What to do.
    pub advice: Advice,
}

impl Finding {
    /// The finding as a problem of the file `path`.
    pub fn at(self, path: NotePath) -> Problem {
        Problem { path, finding: self }
    }
}

/// A finding in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, relative to the vault.
    pub path: NotePath,
    /// What was found in it.
    pub finding: Finding,
}

/// `math/sets.md:4: sr-due is not a date: ...; run study fix math/sets.md`, columns left out.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path)?;
        if let Some(line) = self.finding.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}; {}", self.finding.message, self.advice())
    }
}

impl Problem {
    /// What to do about it, as words that end a sentence.
    pub fn advice(&self) -> String {
        match &self.finding.advice {
            Advice::Fix => format!("run `study fix {}`", shell_word(self.path.as_str())),
            Advice::Do(sentence) => (*sentence).to_owned(),
        }
    }
}

/// `word` as a POSIX shell takes it for one argument: quoted where it has to be.
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | ',' | ':' | '@' | '%' | '+');
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        word.to_owned()
    } else if word.starts_with('-') {
        format!("'./{}'", word.replace('\'', r"'\''"))
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_file_and_line_and_says_what_to_do() {
        let finding = Finding {
            code: Code::BadDue,
            severity: Severity::Refusal,
            line: Some(4),
            column: Some(9),
            message: "sr-due is not a date: `2023-28-08`".into(),
            advice: Advice::Fix,
        };
        assert_eq!(
            finding.at(NotePath::new("my math/sets.md")).to_string(),
            "my math/sets.md:4: sr-due is not a date: `2023-28-08`; run `study fix 'my math/sets.md'`"
        );
    }

    #[test]
    fn words_are_quoted_for_a_shell_only_where_needed() {
        let cases = [
            ("a/b.md", "a/b.md"),
            ("it's.md", r"'it'\''s.md'"),
            ("$(rm).md", "'$(rm).md'"),
            ("-n.md", "'./-n.md'"),
            ("日本.md", "日本.md"),
        ];
        for (word, quoted) in cases {
            assert_eq!(shell_word(word), quoted);
        }
    }

    #[test]
    fn codes_are_stable_words() {
        assert_eq!(Code::DuplicateSchedule.word(), "duplicate-schedule");
    }
}
