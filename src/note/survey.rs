//! The whole reading of a note: where its schedule lines stand, what they say, and what is wrong with them.
//!
//! Two readers see the block: [`lines`](super::lines) knows where the bytes stand, [`yaml`](super::yaml) what they mean.
//! Where the block is valid YAML, YAML decides which lines are keys; where it is not, the lines alone do.

use gray_matter::Pod;
use memchr::memmem;

use super::frontmatter::{Block, Broken, Top, find, start};
use super::lines::{Entry, Key, Lines, scan};
use super::scalar::Scalar;
use super::schedule::{not_text, refused};
use super::{Reading, State, misplaced, yaml};
use crate::problem::{Advice, Code, Finding, Severity};
use crate::within::Within;

pub(super) fn refusal(code: Code, line: Option<usize>, message: impl Into<String>, advice: Advice) -> Finding {
    Finding { code, severity: Severity::Refusal, line, column: None, message: message.into(), advice }
}

/// Everything that reading and editing need to know about a note.
#[derive(Clone, Debug)]
pub(super) struct Survey {
    pub block: Option<Block>,
    /// The schedule lines that count, in their order. A key comes twice only if there is a refusal for it.
    pub entries: Vec<Entry>,
    /// The column of the keys.
    pub column: usize,
    /// All keys and values, if the block is valid YAML.
    pub yaml: Option<Pod>,
    /// Why it is not, if it is not.
    pub invalid: Option<yaml::Invalid>,
    pub reading: Reading,
}

impl Survey {
    fn new(reading: Reading) -> Self {
        Self { block: None, entries: Vec::new(), column: 0, yaml: None, invalid: None, reading }
    }

    /// The line of `key`.
    pub fn entry(&self, key: Key) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

/// Reads a note with both full readers.
pub(super) fn survey(text: &str) -> Survey {
    #[cfg(test)]
    crate::effort::count(|effort| effort.parses += 1);
    if let Some(finding) = not_text(text.as_bytes()) {
        return Survey::new(refused(finding));
    }
    match find(text.as_bytes()) {
        Top::Bare => Survey::new(Reading::clean(State::Unscheduled)),
        Top::Broken(broken) => Survey::new(read_broken(text, &broken)),
        Top::Block(block) => read_block(text, block),
    }
}

/// Fences that are none. If there are schedule lines, they cannot be trusted.
fn read_broken(text: &str, broken: &Broken) -> Reading {
    let (message, advice) = match broken.code {
        Code::GluedFence => ("the closing `---` is not alone on its line", "put the rest on a line of its own"),
        Code::UnclosedFence => ("the frontmatter is not closed", "add a line `---` below it, or a blank line above it"),
        Code::LateFence => ("the frontmatter does not start in the first line", "delete the blank lines above it"),
        Code::HiddenSchedule if broken.inner.start == start(text.as_bytes()) => (
            "a schedule stands below this line, which is no `---`",
            "write `---` and nothing else in it, and `---` below the last property",
        ),
        Code::HiddenSchedule => (
            "the schedule stands in a block that is not read: something else stands above it",
            "move it into the block at the top, or delete what stands above its `---`",
        ),
        _ if text.trim_start_matches('\u{feff}').starts_with("+++") => {
            ("the frontmatter is TOML between `+++`", "turn it into YAML between `---`")
        }
        _ if text.trim_start_matches('\u{feff}').starts_with('{') => {
            ("the frontmatter is JSON", "turn it into YAML between `---`")
        }
        _ if text.starts_with("\u{feff}\u{feff}") => {
            ("a second byte order mark stands before the first `---`", "save the note as UTF-8 with one or none")
        }
        _ if text.contains("\r\r\n") => {
            ("its lines end with two carriage returns", "save the note with ordinary line ends")
        }
        _ => ("the first `---` ends with a lone carriage return", "save the note with ordinary line ends"),
    };
    let inner = text.within(broken.inner.clone());
    let scheduled = Key::ALL.iter().any(|key| memmem::find(inner.as_bytes(), key.name().as_bytes()).is_some());
    let state = if scheduled { State::Damaged } else { State::Unscheduled };
    let advice = if scheduled && misplaced::place(text).is_some() { Advice::Fix } else { Advice::Do(advice) };
    let finding = refusal(broken.code, Some(broken.line), message, advice);
    Reading { state, findings: vec![finding] }
}

fn read_block(text: &str, block: Block) -> Survey {
    let inner = text.within(block.inner.clone());
    let named = memmem::find(inner.as_bytes(), b"sr-").is_some();
    if inner.len() > yaml::MAX_BYTES {
        let finding = too_complex(format!("the frontmatter is larger than {} KiB", yaml::MAX_BYTES >> 10), None);
        let state = if named { State::Damaged } else { State::Unscheduled };
        let reading = Reading { state, findings: vec![finding] };
        return Survey { block: Some(block), ..Survey::new(reading) };
    }
    let lines = scan(text.as_bytes(), block.inner.clone(), 2);
    let (yaml, invalid) = match yaml::read(inner) {
        Ok(pod) => (Some(pod), None),
        Err(invalid) => (None, Some(invalid)),
    };
    let mut reader = Reader { text, findings: Vec::new(), entries: lines.entries.clone(), only_yaml: Vec::new() };
    if let Some(pod) = &yaml {
        reader.agree(pod, lines.keys);
    }
    let state = reader.block(&lines, yaml.as_ref());
    let Reader { mut findings, entries, .. } = reader;
    if !is_mendable(&findings, &entries) {
        for finding in findings.iter_mut().filter(|finding| finding.advice == Advice::Fix) {
            finding.advice = Advice::Do("mend it by hand");
        }
    }
    findings.sort_by_key(|finding| finding.line);
    Survey { block: Some(block), entries, column: lines.column, yaml, invalid, reading: Reading { state, findings } }
}

/// Whether the place and the meaning of every schedule line is sure, so that `study fix` may touch them.
pub(super) fn is_mendable(findings: &[Finding], entries: &[Entry]) -> bool {
    let unsure = |finding: &Finding| {
        let code = matches!(
            finding.code,
            Code::ConflictMarkers
                | Code::TooComplex
                | Code::UneditableSchedule
                | Code::ForeignSchedule
                | Code::AmbiguousRule
                | Code::HiddenSchedule
                | Code::NotText
        );
        code && finding.severity == Severity::Refusal
    };
    !findings.iter().any(unsure) && !entries.iter().any(|entry| entry.continued)
}

fn too_complex(message: String, line: Option<usize>) -> Finding {
    refusal(Code::TooComplex, line, message, Advice::Do("make the frontmatter smaller"))
}

/// Collects what is wrong while a block is read.
pub(super) struct Reader<'a> {
    pub text: &'a str,
    pub findings: Vec<Finding>,
    pub entries: Vec<Entry>,
    /// Values that YAML knows and no line holds.
    pub only_yaml: Vec<(Key, Scalar)>,
}

impl Reader<'_> {
    /// Lets YAML decide which lines are keys, and notes where the two readers differ.
    fn agree(&mut self, pod: &Pod, keys: bool) {
        let Pod::Hash(map) = pod else {
            self.entries.clear();
            return;
        };
        self.entries.retain(|entry| map.contains_key(entry.key.name()));
        for key in Key::ALL {
            let Some(value) = map.get(key.name()) else { continue };
            let read = match value {
                Pod::Null => Scalar::Empty,
                Pod::String(text) => Scalar::Text(text.clone()),
                Pod::Array(_) => Scalar::Other { what: "a list", raw: String::new() },
                _ => Scalar::Other { what: "a map", raw: String::new() },
            };
            let mut lines = self.entries.iter_mut().filter(|entry| entry.key == key);
            let (first, more) = (lines.next(), lines.next().is_some());
            let agreed = match first {
                _ if more => false,
                None => false,
                Some(entry) => match (&entry.scalar, &read) {
                    (Scalar::Empty | Scalar::Null, Scalar::Empty) => true,
                    (line, read) => line == read,
                },
            };
            if !agreed {
                // A list or map that is one to both is not a date, and no matter of editing.
                let raw = self.entries.iter().find(|e| e.key == key).map(|e| (e.scalar.clone(), e.number));
                if let (Scalar::Other { .. }, Some((Scalar::Other { .. }, _))) = (&read, &raw) {
                    continue;
                }
                let what = match &raw {
                    Some((Scalar::Other { what, .. }, _)) => what,
                    _ => "not on a line of its own",
                };
                // A block without lines of keys is refused as a whole.
                if keys {
                    let message = format!("{} is {what}", key.name());
                    self.uneditable(raw.map(|(_, number)| number), message);
                }
                self.only_yaml.push((key, read));
            }
        }
    }

    pub fn uneditable(&mut self, line: Option<usize>, message: String) {
        let advice = Advice::Do("write `sr-due: 2030-01-02` and the like, each on a line of its own");
        self.findings.push(refusal(Code::UneditableSchedule, line.or(Some(2)), message, advice));
    }

    /// The state of the block; adds what is wrong.
    fn block(&mut self, lines: &Lines, yaml: Option<&Pod>) -> State {
        if let Some((first, last)) = lines.conflict {
            let advice = Advice::Do("resolve the merge by hand");
            self.findings.push(refusal(
                Code::ConflictMarkers,
                Some(first),
                "unresolved merge in the frontmatter",
                advice,
            ));
            // Between the markers nobody knows which side counts.
            if self.entries.iter().any(|entry| (first..=last).contains(&entry.number)) {
                return State::Damaged;
            }
        }
        if lines.too_complex {
            self.findings.push(too_complex("too many values in the frontmatter are left open".into(), None));
        }
        if let Some(line) = lines.lone_cr {
            let advice = Advice::Do("save the note with ordinary line ends");
            let message = "a carriage return in the middle of a line of the frontmatter";
            self.findings.push(refusal(Code::UneditableSchedule, Some(line), message, advice));
        }
        self.foreign(lines);
        let whole = self.entries.len() + self.only_yaml.len() > 0;
        let state = match self.last_triple() {
            Some(state) => state,
            None => self.values(),
        };
        if matches!(state, State::Unscheduled | State::Partial)
            && let Some(line) = lines.glued
        {
            let advice = Advice::Do("write it like `sr-due: 2030-01-02`, at the start of a line");
            self.findings.push(refusal(Code::BadDue, Some(line), "a schedule line that is no `key: value`", advice));
            self.findings.retain(|finding| finding.code != Code::PartialSchedule);
            return State::Damaged;
        }
        self.shape(lines, yaml, whole);
        state
    }

    /// Refuses a block that is none, or that has no place for three more lines.
    fn shape(&mut self, lines: &Lines, yaml: Option<&Pod>, has_schedule: bool) {
        let advice = Advice::Do("write it like `a: b`, or put a blank line above the first `---` if that is a rule");
        let message = match yaml {
            Some(Pod::Hash(map)) if map.is_empty() => None,
            Some(Pod::Hash(_)) if lines.keys => None,
            Some(Pod::Hash(_)) => {
                let advice = Advice::Do("write its keys on lines of their own");
                let message = "the frontmatter has no lines like `key: value`";
                self.findings.push(refusal(Code::UneditableSchedule, Some(2), message, advice));
                None
            }
            Some(_) => Some("what stands below the first `---` is no `key: value`"),
            None if has_schedule => None,
            None => lines.prose.map(|_| "the first `---` is followed by prose; it may be a rule and no frontmatter"),
        };
        if let Some(message) = message {
            self.findings.push(refusal(Code::AmbiguousRule, lines.prose.or(Some(1)), message, advice));
        }
    }

    /// Keys of another scheduler.
    fn foreign(&mut self, lines: &Lines) {
        const FOREIGN: [&str; 11] = [
            "sr-algorithm",
            "sr-stability",
            "sr-difficulty",
            "sr-state",
            "sr-reps",
            "sr-lapses",
            "sr-last-review",
            "sr-learning-steps",
            "sr-scheduled-days",
            "sr-elapsed-days",
            "sr-retrievability",
        ];
        let foreign = lines.others.iter().find(|(name, value, _)| {
            let ours = name == "sr-algorithm" && value.to_ascii_lowercase().contains("sm-2");
            FOREIGN.contains(&name.as_str()) && !ours
        });
        if let Some((name, _, line)) = foreign {
            let message = format!("`{name}` is of another scheduler, whose state would no longer fit");
            let advice = Advice::Do("review it with that scheduler, or delete its keys");
            self.findings.push(refusal(Code::ForeignSchedule, Some(*line), message, advice));
        }
    }
}
