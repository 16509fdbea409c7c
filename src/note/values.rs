//! What the values of schedule lines say.

use std::fmt::Write as _;

use chrono::NaiveDate;

use super::lines::{Entry, Key};
use super::scalar::Scalar;
use super::strict::number;
use super::survey::{Reader, refusal};
use super::{State, date};
use crate::problem::{Advice, Code, Finding, Severity};
use crate::schedule::{Ease, Interval, Scheduled};
use crate::within::Within;

impl Reader<'_> {
    /// The last complete triple of a note in which keys come twice; `None` when none does.
    pub fn last_triple(&mut self) -> Option<State> {
        let triples = triples(&self.entries);
        if triples.len() < 2 {
            return None;
        }
        let (first, second) = (triples.first()?.first()?.number, triples.get(1)?.first()?.number);
        let kept = counting(&triples);
        let line = kept.and_then(|(n, _)| triples.get(n)).and_then(|triple| triple.first()).map(|entry| entry.number);
        let mut message = format!("the schedule stands there twice, in lines {first} and {second}");
        let _ = match line {
            Some(line) => write!(message, "; line {line} counts"),
            None => write!(message, ", and it is not sure which counts"),
        };
        let advice = if kept.is_some() { Advice::Fix } else { Advice::Do("delete one of the two by hand") };
        self.findings.push(refusal(Code::DuplicateSchedule, Some(second), message, advice));
        Some(kept.map_or(State::Damaged, |(_, scheduled)| State::Scheduled(scheduled)))
    }

    /// The state that the values add up to.
    pub fn values(&mut self) -> State {
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
        let line = self.entries.first().map_or(2, |entry| entry.number);
        self.findings.push(Finding {
            code: Code::PartialSchedule,
            severity: Severity::Notice,
            line: Some(line),
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
        let days = number(text.trim_ascii());
        let interval = days.and_then(Interval::new);
        if interval.is_none() {
            let what = if days.is_some() { "has too many" } else { "is not a number of" };
            let message = format!("sr-interval {what} days: `{}`", short(text));
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
        // A value that only YAML finds has no line of its own; the block starts in line 2.
        let mut finding = refusal(code, Some(2), message, advice);
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

/// Which of several triples counts, and what it says: the last one with all three values, if it reads well. One that could
/// not be computed does not count.
pub(super) fn counting(triples: &[Vec<&Entry>]) -> Option<(usize, Scheduled)> {
    let value = |triple: &[&Entry], key: Key| match &triple.iter().find(|entry| entry.key == key)?.scalar {
        Scalar::Text(text) if text.trim_ascii().is_empty() => None,
        Scalar::Text(text) => Some(text.trim_ascii().to_owned()),
        // Unreadable, and yet something that may count.
        Scalar::Other { .. } => Some(String::new()),
        Scalar::Empty | Scalar::Null => None,
    };
    triples
        .iter()
        .enumerate()
        .rev()
        .find_map(|(n, triple)| {
            let [due, interval, ease] =
                [value(triple, Key::Due)?, value(triple, Key::Interval)?, value(triple, Key::Ease)?];
            let computed = !(is_broken_number(&due) && is_broken_number(&interval) && is_broken_number(&ease));
            computed.then_some((n, due, interval, ease))
        })
        .and_then(|(n, due, interval, ease)| {
            let due = date::read(&due).ok()?;
            let interval = number(&interval).and_then(Interval::new)?;
            let ease = number(&ease).and_then(Ease::new).filter(|ease| ease.percent() >= 10.0)?;
            Some((n, Scheduled { due, interval, ease }))
        })
}

/// The column of byte `at` in its line, in characters from 1.
pub(super) fn column(text: &str, at: usize) -> usize {
    let before = text.within(..at);
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
        Some((at, _)) => format!("{}…", text.within(..at)),
        None => text.to_owned(),
    }
}
