//! Proving an edit: the result is read as if it were any note, and compared with what was there before.

use std::ops::Range;

use gray_matter::Pod;

use super::lines::{Entry, Key};
use super::scalar::Scalar;
use super::survey::{Survey, refusal};
use crate::problem::{Advice, Code, Finding};
use crate::within::Within;

/// `text` with each range replaced. The ranges do not overlap.
pub(super) fn splice(text: &str, mut splices: Vec<(Range<usize>, String)>) -> String {
    splices.sort_by_key(|(range, _)| (range.start, range.end));
    let mut result = String::with_capacity(text.len() + 80);
    let mut done = 0;
    for (range, replacement) in splices {
        result += text.within(done..range.start);
        result += &replacement;
        done = range.end;
    }
    result + text.within(done..)
}

/// Makes sure that nothing but schedule lines differs between `text` and `edited`.
pub(super) fn nothing_else_changed(text: &str, before: &Survey, edited: &str, after: &Survey) -> Result<(), Finding> {
    match (&before.yaml, &after.yaml) {
        (Some(old), Some(new)) if others(old) != others(new) => return Err(unproved("another key would change")),
        (Some(_), None) if after.block.is_some() => return Err(unproved("the frontmatter would not be valid YAML")),
        _ => {}
    }
    if before.block.is_none() && after.yaml.as_ref().is_some_and(|pod| others(pod).is_some_and(|map| !map.is_empty())) {
        return Err(unproved("another key would appear"));
    }
    if outside(text, before, after) != outside(edited, after, before) {
        return Err(unproved("bytes outside the schedule would change"));
    }
    Ok(())
}

/// Makes sure that only the value differs between two states of a schedule line.
pub(super) fn only_value_changed(text: &str, old: &Entry, edited: &str, new: &Entry) -> Result<(), Finding> {
    if old.key == new.key && around(text, old, new) == around(edited, new, old) {
        Ok(())
    } else {
        Err(unproved("bytes beside a value would change"))
    }
}

/// The refusal of an edit that cannot be proved.
pub(super) fn unproved(what: &str) -> Finding {
    let advice = Advice::Do("edit the three sr- lines by hand");
    refusal(Code::UneditableSchedule, None, format!("no safe edit: {what}"), advice)
}

/// Everything between the colon of `entry` and the comment or the end of its line.
pub(super) fn between(text: &str, entry: &Entry) -> Range<usize> {
    let bytes = text.as_bytes();
    let blank = |at: usize| matches!(bytes.get(at), Some(b' ' | b'\t'));
    let (mut start, mut end) = (entry.value.start, entry.value.end);
    while start > entry.line.start && blank(start - 1) {
        start -= 1;
    }
    while blank(end) {
        end += 1;
    }
    start..end
}

/// All keys but the three.
fn others(pod: &Pod) -> Option<Vec<(&String, &Pod)>> {
    let Pod::Hash(map) = pod else { return None };
    let mut others: Vec<_> = map.iter().filter(|(name, _)| Key::named(name.as_bytes()).is_none()).collect();
    others.sort_by_key(|(name, _)| *name);
    Some(others)
}

/// The note without its schedule lines; and without its block if `other` has none.
fn outside(text: &str, survey: &Survey, other: &Survey) -> String {
    let removed = match (&survey.block, &other.block) {
        (Some(block), None) => vec![(block.start..block.end, String::new())],
        _ => survey.entries.iter().map(|entry| (entry.line.clone(), String::new())).collect(),
    };
    splice(text, removed)
}

/// A schedule line without its value; where one of two values is empty, without the blanks around it.
fn around<'a>(text: &'a str, entry: &Entry, other: &Entry) -> (&'a str, &'a str) {
    let empty = entry.scalar == Scalar::Empty || other.scalar == Scalar::Empty;
    let between = if empty { between(text, entry) } else { entry.value.clone() };
    let before = text.within(entry.line.start..between.start);
    let behind = text.within(between.end..entry.line.end);
    (before, behind)
}
