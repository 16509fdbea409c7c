//! Setting and taking back a schedule in the text of a note: three values, and not one byte more.
//!
//! Every edit is proved before it is handed out: the result is read again by all readers and must hold exactly what was
//! asked, every other key as before and every other byte as before.

use super::frontmatter::{self, line_at};
use super::lines::{Entry, Key};
use super::proof::{between, nothing_else_changed, only_value_changed, splice, unproved};
use super::scalar::Scalar;
use super::strict::{self, Strict};
use super::survey::{Survey, refusal, survey};
use super::{State, Was, properties};
use crate::problem::{Advice, Code, Finding};
use crate::schedule::Scheduled;
use crate::within::Within;

/// A note with another schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The new text of the whole note.
    pub text: String,
    /// What stood there before: [`restore`] puts it back.
    pub was: Was,
}

/// A note that is to be changed: parsed once, for everything that a change asks of it.
#[derive(Debug)]
pub struct Draft<'t> {
    text: &'t str,
    survey: Survey,
}

impl<'t> Draft<'t> {
    /// Parses a note.
    pub fn new(text: &'t str) -> Self {
        Self { text, survey: survey(text) }
    }

    /// What its schedule lines say: the same as [`read`](super::schedule::read) tells.
    pub fn state(&self) -> State {
        self.survey.reading.state
    }

    /// Its `sr-id`, as [`properties`](super::properties::properties) tells it.
    pub fn id(&self) -> Option<String> {
        let inner = self.text.get(self.survey.block.as_ref()?.inner.clone())?;
        properties::of(self.survey.yaml.as_ref(), inner).id
    }

    /// The note with the schedule `to`.
    ///
    /// Only the bytes of the three values change; their quotes, blanks and comments stay. Missing lines are added below the
    /// present ones, or as the last lines of the block; a note without frontmatter gets a block at its top.
    ///
    /// # Errors
    /// When something forbids to write the note, or the edit cannot be proved.
    pub fn set(&self, to: &Scheduled) -> Result<Edit, Finding> {
        set_in(self.text, &self.survey, to)
    }
}

/// `text` with the schedule `to`, see [`Draft::set`].
///
/// # Errors
/// As [`Draft::set`].
pub fn set(text: &str, to: &Scheduled) -> Result<Edit, Finding> {
    Draft::new(text).set(to)
}

fn set_in(text: &str, before: &Survey, to: &Scheduled) -> Result<Edit, Finding> {
    writable(before)?;
    let mut was = Was { block: before.block.is_some(), ..Was::default() };
    let mut splices = Vec::new();
    let mut missing = String::new();
    let anchor = added_at(text, before);
    let indent = " ".repeat(before.column);
    for key in Key::ALL {
        let value = written(key, to);
        match before.entry(key) {
            Some(entry) => {
                let raw = text.within(entry.value.clone());
                *slot(&mut was, key) = Some(raw.to_owned());
                splices.push((entry.value.clone(), replacement(text, entry, &value)));
            }
            None => missing += &format!("{indent}{}: {value}{}", key.name(), anchor.eol),
        }
    }
    if !missing.is_empty() {
        let added = if before.block.is_some() { missing } else { format!("---{0}{missing}---{0}", anchor.eol) };
        splices.push((anchor.at..anchor.at, added));
    }
    let edited = splice(text, splices);
    prove(text, before, &edited, |after| {
        after.reading.state == State::Scheduled(*to)
            && match strict_reading(&edited, after) {
                Some(Strict::Triple(read)) => read == *to,
                other => other == Some(Strict::Unusual),
            }
    })?;
    Ok(Edit { text: edited, was })
}

/// `text` with the schedule that it had before an edit, byte for byte, wherever the lines have moved since.
///
/// # Errors
/// When the three lines no longer say `now`, or the result cannot be proved.
pub fn restore(text: &str, now: &Scheduled, was: &Was) -> Result<String, Finding> {
    let before = survey(text);
    if before.reading.state != State::Scheduled(*now) {
        let line = before.entries.first().map(|entry| entry.number);
        let advice = Advice::Do("it was changed since, so it stays as it is");
        return Err(refusal(Code::UneditableSchedule, line, "the schedule is no longer the one that was set", advice));
    }
    writable(&before)?;
    let Some(block) = before.block.clone() else { return Err(unproved("there is no frontmatter")) };
    let mut splices = Vec::new();
    let lines: usize = before.entries.iter().map(|entry| entry.line.len()).sum();
    if !was.block && lines == block.inner.len() {
        splices.push((block.start..block.end, String::new()));
    } else {
        for entry in &before.entries {
            match was_of(was, entry.key) {
                None => splices.push((entry.line.clone(), String::new())),
                Some(raw) if raw.contains(['\n', '\r']) => return Err(unproved("what stood there is not one line")),
                Some(raw) if frontmatter::is_blank(raw.as_bytes()) => splices.push((between(text, entry), raw.clone())),
                Some(raw) => splices.push((entry.value.clone(), raw.clone())),
            }
        }
    }
    let restored = splice(text, splices);
    prove(text, &before, &restored, |after| {
        let raw = |key| after.entry(key).and_then(|entry| restored.get(entry.value.clone())).map(str::to_owned);
        let same = Key::ALL.iter().all(|key| raw(*key) == *was_of(was, *key));
        same && after.entries.len() == Key::ALL.iter().filter(|key| was_of(was, **key).is_some()).count()
    })?;
    Ok(restored)
}

/// Refuses what must not be written.
fn writable(before: &Survey) -> Result<(), Finding> {
    if let Some(finding) = before.reading.refusal() {
        return Err(finding.clone());
    }
    match before.reading.state {
        State::Damaged => Err(unproved("the schedule cannot be read")),
        _ => Ok(()),
    }
}

fn strict_reading(text: &str, survey: &Survey) -> Option<Strict> {
    let inner = text.get(survey.block.as_ref()?.inner.clone())?;
    Some(strict::read(inner.as_bytes()))
}

/// The value as it is written.
fn written(key: Key, to: &Scheduled) -> String {
    match key {
        Key::Due => to.due.format("%Y-%m-%d").to_string(),
        Key::Interval => to.interval.to_string(),
        Key::Ease => to.ease.to_string(),
    }
}

fn slot(was: &mut Was, key: Key) -> &mut Option<String> {
    match key {
        Key::Due => &mut was.due,
        Key::Interval => &mut was.interval,
        Key::Ease => &mut was.ease,
    }
}

fn was_of(was: &Was, key: Key) -> &Option<String> {
    match key {
        Key::Due => &was.due,
        Key::Interval => &was.interval,
        Key::Ease => &was.ease,
    }
}

/// What takes the place of the value bytes of `entry`.
fn replacement(text: &str, entry: &Entry, value: &str) -> String {
    let raw = text.within(entry.value.clone());
    let commented = text.as_bytes().get(entry.value.end) == Some(&b'#');
    match (&entry.scalar, raw.as_bytes().first()) {
        (Scalar::Empty, Some(first)) if !commented => {
            format!("{}{value}{}", char::from(*first), raw.within(1..))
        }
        (Scalar::Empty, _) => format!(" {value}{raw}"),
        (_, Some(quote @ (b'"' | b'\''))) => format!("{0}{value}{0}", char::from(*quote)),
        _ => value.to_owned(),
    }
}

struct Anchor<'a> {
    at: usize,
    eol: &'a str,
}

/// Where lines are added, and with which line end.
fn added_at<'a>(text: &'a str, before: &Survey) -> Anchor<'a> {
    let Some(block) = &before.block else {
        let at = frontmatter::start(text.as_bytes());
        let first = line_at(text.as_bytes(), at);
        let eol = text.get(first.content_end..first.next).filter(|eol| !eol.is_empty()).unwrap_or("\n");
        return Anchor { at, eol };
    };
    let at = before.entries.iter().map(|entry| entry.line.end).max().unwrap_or(block.inner.end);
    let above = text.within(..at);
    Anchor { at, eol: if above.ends_with("\r\n") { "\r\n" } else { "\n" } }
}

/// Reads the result of an edit as if it were any note, and compares everything that must not have changed.
fn prove(text: &str, before: &Survey, edited: &str, holds: impl FnOnce(&Survey) -> bool) -> Result<(), Finding> {
    let after = survey(edited);
    if let Some(finding) = after.reading.refusal() {
        return Err(unproved(&format!("the result would be refused: {}", finding.message)));
    }
    if !holds(&after) {
        return Err(unproved("the result would not be read as meant"));
    }
    nothing_else_changed(text, before, edited, &after)?;
    for key in Key::ALL {
        if let (Some(old), Some(new)) = (before.entry(key), after.entry(key)) {
            only_value_changed(text, old, edited, new)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Ease, Interval};

    fn schedule(due: &str, interval: f64) -> Scheduled {
        let (interval, ease) = (Interval::new(interval).unwrap(), Ease::new(250.0).unwrap());
        Scheduled { due: due.parse().unwrap(), interval, ease }
    }

    fn now() -> Scheduled {
        schedule("2030-02-03", 9.0)
    }

    const OLD: &str = "---\na: 1\nsr-due: \"2030-1-2\" # x\nsr-interval: 4\nsr-ease: 250\n---\nBody\n";

    #[test]
    fn an_edit_is_taken_back_wherever_its_lines_are() {
        let edit = set(OLD, &now()).unwrap();
        assert_eq!(edit.was.due.as_deref(), Some("\"2030-1-2\""));
        // Sorted, written anew without quotes, another key and another body.
        let later = "---\nb: 2\nsr-due: 2030-02-03\nsr-ease: 250\nsr-interval: 9\na: 1\n---\nOther\n";
        let back = "---\nb: 2\nsr-due: \"2030-1-2\"\nsr-ease: 250\nsr-interval: 4\na: 1\n---\nOther\n";
        assert_eq!(restore(later, &now(), &edit.was).as_deref(), Ok(back));
    }

    #[test]
    fn added_lines_and_an_added_block_are_taken_away() {
        let edit = set("Body", &now()).unwrap();
        assert_eq!(restore(&edit.text, &now(), &edit.was).as_deref(), Ok("Body"));
        let later = edit.text.replacen("---\n", "---\ntags: x\n", 1);
        assert_eq!(restore(&later, &now(), &edit.was).as_deref(), Ok("---\ntags: x\n---\nBody"));
        let edit = set("---\n---\nBody", &now()).unwrap();
        assert_eq!(restore(&edit.text, &now(), &edit.was).as_deref(), Ok("---\n---\nBody"));
    }

    #[test]
    fn another_schedule_is_not_taken_back() {
        let edit = set(OLD, &now()).unwrap();
        for (from, to) in [("2030-02-03", "2030-02-04"), (": 9", ": 10"), ("sr-ease: 250\n", ""), ("---\na", "a")] {
            let later = edit.text.replacen(from, to, 1);
            assert!(restore(&later, &now(), &edit.was).is_err(), "{later:?}");
        }
        assert!(restore(&edit.text, &schedule("2030-02-03", 8.0), &edit.was).is_err());
    }

    #[test]
    fn what_a_log_says_cannot_change_other_lines() {
        let text = set(OLD, &now()).unwrap().text;
        for due in ["x\na: 2", "2030-01-02 # y", "[", "\"", "2030-01-02\r", "x: y", "---", "", " #", "&a b"] {
            let was = Was { due: Some(due.into()), ..set(OLD, &now()).unwrap().was };
            if let Ok(restored) = restore(&text, &now(), &was) {
                let rest = |text: &str| text.lines().filter(|l| !l.starts_with("sr-")).collect::<Vec<_>>().join("\n");
                assert_eq!((rest(&restored), due), (rest(OLD), ""), "{restored:?}");
            }
        }
    }

    #[test]
    fn a_due_date_past_the_year_9999_is_not_written() {
        let due = chrono::NaiveDate::from_ymd_opt(10_000, 1, 1).unwrap();
        assert!(set(OLD, &Scheduled { due, ..now() }).is_err());
    }
}
