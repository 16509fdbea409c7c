//! Putting a note under review: the three keys with nothing behind them, which make it new.

use chrono::NaiveDate;

use super::edit::{self, Edit};
use super::{State, frontmatter, schedule};
use crate::problem::{Advice, Code, Finding, Severity};
use crate::schedule::{Ease, Interval, Scheduled};

/// A note put under review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The new text of the whole note.
    pub text: String,
    /// The frontmatter block before, from the first byte after a byte-order mark to the end of the closing fence's line;
    /// empty when there was none.
    pub block_before: String,
    /// The block after.
    pub block_after: String,
}

/// `text` with the three keys, empty: as the last lines of its frontmatter, or in a new block at its top.
///
/// The lines are placed and proved by [`edit::set`]; then their values are taken out again, and the note is read once more.
///
/// # Errors
/// When it has schedule lines already, or cannot be edited safely.
pub fn add(text: &str) -> Result<Added, Finding> {
    let reading = schedule::read(text.as_bytes());
    if let Some(finding) = reading.refusal() {
        return Err(finding.clone());
    }
    if reading.state != State::Unscheduled {
        return Err(refusal("it has schedule lines already", "review it by its name"));
    }
    let Some(stand_in) = stand_in() else { return Err(unproved()) };
    let Edit { text: filled, .. } = edit::set(text, &stand_in)?;
    let block = frontmatter::block(filled.as_bytes()).ok_or_else(unproved)?;
    let (Some(head), Some(inner), Some(tail)) =
        (filled.get(..block.inner.start), filled.get(block.inner.clone()), filled.get(block.inner.end..))
    else {
        return Err(unproved());
    };
    // The note had no schedule lines, so that those added are the last three, whatever stands in the lines above.
    let mut lines: Vec<&str> = inner.split_inclusive('\n').collect();
    let added = lines.split_off(lines.len().saturating_sub(3));
    let emptied: Option<String> = added.into_iter().map(without_value).collect();
    let emptied = lines.concat() + &emptied.ok_or_else(unproved)?;
    let text_after = [head, &emptied, tail].concat();
    let read = schedule::read(text_after.as_bytes());
    if read.state != State::Placeholder || read.refusal().is_some() {
        return Err(unproved());
    }
    Ok(Added { block_before: block_of(text), block_after: block_of(&text_after), text: text_after })
}

/// A schedule that no note has: it holds the place of the lines while they are put in.
fn stand_in() -> Option<Scheduled> {
    Some(Scheduled {
        due: NaiveDate::from_ymd_opt(1970, 1, 1)?,
        interval: Interval::new(1.0)?,
        ease: Ease::new(250.0)?,
    })
}

/// `sr-due: 1970-01-01` as `sr-due:`, with the indent and the line end that it has.
fn without_value(line: &str) -> Option<String> {
    let (key, value) = line.split_once(':')?;
    let eol = value.find(['\r', '\n']).and_then(|at| value.get(at..))?;
    Some(format!("{key}:{eol}"))
}

fn block_of(text: &str) -> String {
    let block = frontmatter::block(text.as_bytes());
    block.and_then(|block| text.get(block.start..block.end)).unwrap_or_default().to_owned()
}

fn unproved() -> Finding {
    refusal("the three lines cannot be added without changing how the note reads", "add `sr-due:` by hand")
}

fn refusal(message: &str, advice: &'static str) -> Finding {
    Finding {
        code: Code::UneditableSchedule,
        severity: Severity::Refusal,
        line: None,
        column: None,
        message: message.to_owned(),
        advice: Advice::Do(advice),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn three_empty_keys_are_added_and_nothing_else() {
        let cases = [
            ("Text", "---\nsr-due:\nsr-interval:\nsr-ease:\n---\nText"),
            ("---\ntags: [a] # b\n---\nText\n", "---\ntags: [a] # b\nsr-due:\nsr-interval:\nsr-ease:\n---\nText\n"),
            ("---\r\nx: 1\r\n---\r\n", "---\r\nx: 1\r\nsr-due:\r\nsr-interval:\r\nsr-ease:\r\n---\r\n"),
            ("\u{feff}a", "\u{feff}---\nsr-due:\nsr-interval:\nsr-ease:\n---\na"),
            (
                "---\na: |\n  sr-due: 1970-01-01\n  sr-ease: 250\n---\n",
                "---\na: |\n  sr-due: 1970-01-01\n  sr-ease: 250\nsr-due:\nsr-interval:\nsr-ease:\n---\n",
            ),
        ];
        for (text, expected) in cases {
            let added = add(text).unwrap();
            assert_eq!(added.text, expected, "{text:?}");
            let back = added.text.replacen(&added.block_after, &added.block_before, 1);
            assert_eq!(back, text);
        }
    }

    #[test]
    fn notes_with_a_schedule_are_refused() {
        for text in [
            "---\nsr-due: 2026-01-01\nsr-interval: 1\nsr-ease: 250\n---\n",
            "---\nsr-due:\n---\n",
            "---\nnever closed\n",
        ] {
            assert!(add(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_can_be_put_back(text in "(---\n)?([a-z]+: ?[a-z0-9'\"\\[-]*\r?\n){0,4}(---\n)?.{0,20}") {
            if let Ok(added) = add(&text) {
                prop_assert_eq!(added.text.replacen(&added.block_after, &added.block_before, 1), text);
                prop_assert_eq!(schedule::read(added.text.as_bytes()).state, State::Placeholder);
            }
        }
    }
}
