//! What the frontmatter of a note says about its schedule, and what is wrong with it.
//!
//! Two readers see the block: [`lines`](super::lines) knows where the bytes stand, [`yaml`](super::yaml) what they mean.
//! Where the block is valid YAML, YAML decides which lines are keys; where it is not, the lines alone do. A regular
//! schedule needs neither: [`strict`](super::strict) reads it.

use std::fmt::Write as _;

use chrono::NaiveDate;
use gray_matter::Pod;
use memchr::memmem;

use super::frontmatter::{Block, Broken, Top, find};
use super::lines::{Entry, Key, Lines, scan};
use super::scalar::Scalar;
use super::strict::{self, Strict, number};
use super::{Reading, State, date, yaml};
use crate::problem::{Advice, Code, Finding, Severity};
use crate::schedule::{Ease, Interval, Scheduled};

/// Reads the schedule of a note.
///
/// Cheap for a note without schedule lines and for one with the regular three. The text is checked to be UTF-8 only if
/// it has something that begins with `sr-` in its frontmatter; see [`not_text`].
pub fn read(text: &[u8]) -> Reading {
    if memchr::memchr(0, text).is_some() {
        return not_text(text).map_or_else(|| Reading::clean(State::Damaged), refused);
    }
    match find(text) {
        Top::Bare => return Reading::clean(State::Unscheduled),
        Top::Block(block) => {
            let inner = text.get(block.inner).unwrap_or_default();
            if memmem::find(inner, b"sr-").is_none() && inner.len() <= yaml::MAX_BYTES && strict::is_ordinary(inner) {
                return Reading::clean(State::Unscheduled);
            }
            if let Strict::Triple(scheduled) = strict::read(inner)
                && inner.len() <= yaml::MAX_BYTES
                && std::str::from_utf8(text).is_ok()
            {
                return Reading::clean(State::Scheduled(scheduled));
            }
        }
        Top::Broken(_) => {}
    }
    match std::str::from_utf8(text) {
        Ok(text) => survey(text).reading,
        Err(_) => not_text(text).map_or_else(|| Reading::clean(State::Damaged), refused),
    }
}

/// Reads the schedule of a note with all readers, without the short cuts of [`read`]: slower, and the same.
pub fn read_fully(text: &str) -> Reading {
    survey(text).reading
}

/// Says so if `text` holds a NUL byte or is not UTF-8: such a file is passed over.
pub fn not_text(text: &[u8]) -> Option<Finding> {
    let message = if text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]) {
        "the note is UTF-16".to_owned()
    } else if let Some(at) = memchr::memchr(0, text) {
        format!("the note has a NUL byte at byte {at}")
    } else {
        let at = std::str::from_utf8(text).err()?.valid_up_to();
        format!("the note is not UTF-8 at byte {at}")
    };
    Some(refusal(Code::NotText, None, message, Advice::Do("save it as UTF-8 text")))
}

/// A damaged note with one finding.
fn refused(finding: Finding) -> Reading {
    Reading { state: State::Damaged, findings: vec![finding] }
}

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
        _ => ("the first `---` ends with a lone carriage return", "save the note with ordinary line ends"),
    };
    let inner = text.get(broken.inner.clone()).unwrap_or_default();
    let scheduled = Key::ALL.iter().any(|key| memmem::find(inner.as_bytes(), key.name().as_bytes()).is_some());
    let state = if scheduled { State::Damaged } else { State::Unscheduled };
    let finding = refusal(broken.code, Some(broken.line), message, Advice::Do(advice));
    Reading { state, findings: vec![finding] }
}

fn read_block(text: &str, block: Block) -> Survey {
    let inner = text.get(block.inner.clone()).unwrap_or_default();
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
                | Code::NotText
        );
        code && finding.severity == Severity::Refusal
    };
    !findings.iter().any(unsure) && !entries.iter().any(|entry| entry.continued)
}

fn too_complex(message: String, line: Option<usize>) -> Finding {
    refusal(Code::TooComplex, line, message, Advice::Do("make the frontmatter smaller"))
}

struct Reader<'a> {
    text: &'a str,
    findings: Vec<Finding>,
    entries: Vec<Entry>,
    /// Values that YAML knows and no line holds.
    only_yaml: Vec<(Key, Scalar)>,
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

    fn uneditable(&mut self, line: Option<usize>, message: String) {
        let advice = Advice::Do("write `sr-due: 2030-01-02` and the like, each on a line of its own");
        self.findings.push(refusal(Code::UneditableSchedule, line, message, advice));
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
            let advice = Advice::Do("put a colon and a blank behind its name");
            self.findings.push(refusal(
                Code::BadDue,
                Some(line),
                "a schedule line without a colon and a blank behind its name",
                advice,
            ));
            return State::Damaged;
        }
        self.shape(lines, yaml, whole);
        state
    }

    /// Refuses a block that is none, or that has no place for three more lines.
    fn shape(&mut self, lines: &Lines, yaml: Option<&Pod>, has_schedule: bool) {
        let advice = Advice::Do("put a blank line above the first `---` if it is a rule");
        let message = match yaml {
            Some(Pod::Hash(map)) if map.is_empty() => None,
            Some(Pod::Hash(_)) if lines.keys => None,
            Some(Pod::Hash(_)) => {
                let advice = Advice::Do("write its keys on lines of their own");
                let message = "the frontmatter is one map in braces";
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

    /// The last complete triple of a note in which keys come twice; `None` when none does.
    fn last_triple(&mut self) -> Option<State> {
        let triples = triples(&self.entries);
        if triples.len() < 2 {
            return None;
        }
        let (first, second) = (triples.first()?.first()?.number, triples.get(1)?.first()?.number);
        let kept = triples.iter().rev().find_map(|triple| Some((complete(triple)?, triple.first()?.number)));
        let message = match kept {
            Some((_, line)) => {
                format!("the schedule stands there twice, in lines {first} and {second}; line {line} counts")
            }
            None => format!("the schedule stands there twice, in lines {first} and {second}, and neither is complete"),
        };
        let advice = if kept.is_some() { Advice::Fix } else { Advice::Do("delete one of the two by hand") };
        self.findings.push(refusal(Code::DuplicateSchedule, Some(second), message, advice));
        Some(kept.map_or(State::Damaged, |(scheduled, _)| State::Scheduled(scheduled)))
    }

    /// The state that the values add up to.
    fn values(&mut self) -> State {
        let value = |key: Key| -> Option<Scalar> {
            let yaml = self.only_yaml.iter().find(|(k, _)| *k == key).map(|(_, scalar)| scalar.clone());
            yaml.or_else(|| self.entries.iter().find(|e| e.key == key).map(|e| e.scalar.clone()))
        };
        let scalars = Key::ALL.map(value);
        let present = scalars.iter().flatten().count();
        if present == 0 {
            return State::Unscheduled;
        }
        let blank = |s: &Scalar| match s {
            Scalar::Empty | Scalar::Null => true,
            Scalar::Text(text) => text.trim_ascii().is_empty(),
            Scalar::Other { .. } => false,
        };
        if scalars.iter().flatten().all(blank) {
            return match &scalars {
                [Some(Scalar::Null), ..] => State::Parked,
                _ if present == 3 => State::Placeholder,
                _ => self.partial(&scalars.map(|s| s.is_some())),
            };
        }
        let filled = scalars.map(|s| s.filter(|s| !blank(s)));
        let [due, interval, ease] = &filled;
        let due = due.as_ref().map(|s| self.due(s));
        let interval = interval.as_ref().map(|s| self.interval(s));
        let ease = ease.as_ref().map(|s| self.ease(s));
        match (due, interval, ease) {
            (Some(None), ..) | (_, Some(None), _) | (_, _, Some(None)) => State::Damaged,
            (Some(Some(due)), Some(Some(interval)), Some(Some(ease))) => {
                State::Scheduled(Scheduled { due, interval, ease })
            }
            _ => self.partial(&filled.map(|s| s.is_some())),
        }
    }

    fn partial(&mut self, has: &[bool; 3]) -> State {
        if let Some(number) = self.entries.iter().find(|entry| entry.continued).map(|entry| entry.number) {
            self.uneditable(Some(number), "a schedule line goes on in the next line".into());
        }
        let mut missing = String::new();
        for (key, _) in Key::ALL.iter().zip(has).filter(|(_, has)| !**has) {
            let _ = write!(missing, "{}{}", if missing.is_empty() { "" } else { " and " }, key.name());
        }
        let line = self.entries.first().map(|entry| entry.number);
        self.findings.push(Finding {
            code: Code::PartialSchedule,
            severity: Severity::Notice,
            line,
            column: None,
            message: if missing.is_empty() {
                "the schedule is empty".into()
            } else {
                format!("no value for {missing}")
            },
            advice: Advice::Do("the note counts as new; its next review fills them in"),
        });
        State::Partial
    }

    fn due(&mut self, scalar: &Scalar) -> Option<NaiveDate> {
        let Scalar::Text(text) = scalar else {
            return self.no_value(Key::Due, Code::BadDue, scalar, "is not a date");
        };
        if is_template(text) {
            return self.template(Key::Due, text);
        }
        match date::read(text) {
            Ok(date) => Some(date),
            Err(no) => {
                let message = format!("sr-due is not a date: `{}`{}", short(text), reason(&no.why));
                let advice = match (no.certain, no.listed, no.code) {
                    (Some(_), ..) => Advice::Fix,
                    (_, Some(_), _) => Advice::Do("write the day alone, as in `sr-due: 2030-01-02`"),
                    _ if is_broken_number(text) => Advice::Fix,
                    _ => Advice::Do("write a day, as in `sr-due: 2030-01-02`"),
                };
                self.bad(Key::Due, no.code, message, advice);
                no.listed
            }
        }
    }

    fn interval(&mut self, scalar: &Scalar) -> Option<Interval> {
        let Scalar::Text(text) = scalar else {
            return self.no_value(Key::Interval, Code::BadInterval, scalar, "is not a number of days");
        };
        if is_template(text) {
            return self.template(Key::Interval, text);
        }
        let interval = number(text.trim_ascii()).and_then(Interval::new);
        if interval.is_none() {
            let message = format!("sr-interval is not a number of days: `{}`", short(text));
            self.bad(
                Key::Interval,
                Code::BadInterval,
                message,
                number_advice(text, "write days, as in `sr-interval: 4`"),
            );
        }
        interval
    }

    fn ease(&mut self, scalar: &Scalar) -> Option<Ease> {
        let Scalar::Text(text) = scalar else {
            return self.no_value(Key::Ease, Code::BadEase, scalar, "is not a percentage");
        };
        if is_template(text) {
            return self.template(Key::Ease, text);
        }
        match number(text.trim_ascii()).and_then(Ease::new) {
            Some(ease) if ease.percent() >= 10.0 => Some(ease),
            Some(ease) => {
                let message = format!("sr-ease is {ease}, a factor and not a percentage as in 250");
                let advice = Advice::Do("run `study fix --ease-x100` on it if no other tool needs the factor");
                self.bad(Key::Ease, Code::EaseScale, message, advice);
                None
            }
            None => {
                let message = format!("sr-ease is not a percentage: `{}`", short(text));
                self.bad(
                    Key::Ease,
                    Code::BadEase,
                    message,
                    number_advice(text, "write a percentage, as in `sr-ease: 250`"),
                );
                None
            }
        }
    }

    fn template<T>(&mut self, key: Key, text: &str) -> Option<T> {
        let message = format!("{} is a template: `{}`", key.name(), short(text));
        let advice = Advice::Do("keep templates in the template folder, or fill it in");
        self.bad(key, Code::Template, message, advice);
        None
    }

    /// A list, a map and the like. Not a day in any reading.
    fn no_value<T>(&mut self, key: Key, code: Code, scalar: &Scalar, not: &str) -> Option<T> {
        let Scalar::Other { what, raw } = scalar else { return None };
        if is_template(raw) {
            return self.template(key, raw);
        }
        let quoted = if raw.is_empty() { String::new() } else { format!(" `{}`", short(raw)) };
        self.bad(key, code, format!("{} {not}:{quoted} is {what}", key.name()), Advice::Do("write one plain value"));
        None
    }

    fn bad(&mut self, key: Key, code: Code, message: String, advice: Advice) {
        let mut finding = refusal(code, None, message, advice);
        if let Some(entry) = self.entries.iter().find(|entry| entry.key == key) {
            finding.line = Some(entry.number);
            finding.column = Some(column(self.text, entry.value.start));
        }
        self.findings.push(finding);
    }
}

/// The schedule lines, split where a key comes again.
pub(super) fn triples(entries: &[Entry]) -> Vec<Vec<&Entry>> {
    let mut triples: Vec<Vec<&Entry>> = Vec::new();
    for entry in entries {
        match triples.last_mut().filter(|triple| triple.iter().all(|e| e.key != entry.key)) {
            Some(triple) => triple.push(entry),
            None => triples.push(vec![entry]),
        }
    }
    triples
}

/// What three lines say, if all three are there and read well.
pub(super) fn complete(triple: &[&Entry]) -> Option<Scheduled> {
    let text = |key: Key| match &triple.iter().find(|entry| entry.key == key)?.scalar {
        Scalar::Text(text) => Some(text.as_str()),
        _ => None,
    };
    Some(Scheduled {
        due: date::read(text(Key::Due)?).ok()?,
        interval: number(text(Key::Interval)?.trim_ascii()).and_then(Interval::new)?,
        ease: number(text(Key::Ease)?.trim_ascii()).and_then(Ease::new).filter(|ease| ease.percent() >= 10.0)?,
    })
}

/// The column of byte `at` in its line, in characters from 1.
pub(super) fn column(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    1 + before.rsplit('\n').next().unwrap_or_default().chars().filter(|c| *c != '\u{feff}').count()
}

/// `<% tp.date.now() %>` or `{{date}}`
pub(super) fn is_template(text: &str) -> bool {
    text.contains("<%") || text.contains("{{")
}

/// What a scheduler wrote that could not compute: such a schedule goes back to new.
pub(super) fn is_broken_number(text: &str) -> bool {
    let lower = text.trim_ascii().to_ascii_lowercase();
    matches!(lower.as_str(), "nan" | ".nan" | "invalid date" | "nan-nan-nan" | "undefined")
}

fn number_advice(text: &str, otherwise: &'static str) -> Advice {
    if is_broken_number(text) { Advice::Fix } else { Advice::Do(otherwise) }
}

fn reason(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(" ({why})") }
}

/// At most 60 characters of `text`.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
