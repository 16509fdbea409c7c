//! Mending schedule lines by stated rules, and taking that back.
//!
//! The rules:
//! - A schedule that stands there twice: the last complete one stays, the lines of the others are deleted.
//! - A `sr-due` that can mean one day only (seconds since 1970 in UTC, other separators, a link, month and day swapped
//!   where that is the only reading, an unpadded or English date) becomes that day as `YYYY-MM-DD`.
//! - A line with `NaN` or `Invalid date` is deleted: nothing is left in it. Without any line left, the note is new.
//! - A block with a schedule that nobody reads gets to where it is read, see the module for misplaced blocks.
//! - Only if asked: an ease that is a factor (2.5) becomes a percentage (250).
//!
//! Nothing is mended in frontmatter with merge markers, another scheduler's keys or lines that cannot be edited.

use std::ops::Range;

use super::date;
use super::frontmatter::{Top, find, start};
use super::lines::{Entry, Key};
use super::misplaced::{self, Placed};
use super::proof::{nothing_else_changed, only_value_changed, splice, unproved};
use super::scalar::Scalar;
use super::strict::number;
use super::survey::{Survey, is_mendable, survey};
use super::values::{counting, is_broken_number, short, triples};
use crate::problem::{Code, Finding};
use crate::within::Within;

/// Which rules apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Turn an ease below 10 into a percentage.
    pub ease_x100: bool,
}

/// One thing that is mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The line, from 1.
    pub line: usize,
    /// What kind of problem it was.
    pub code: Code,
    /// What is done about it, in lower case and without a final stop. May quote the note: untrusted text.
    pub says: String,
}

/// A note with its schedule lines mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// The new text of the whole note.
    pub text: String,
    /// What was done, in the order of the lines; never empty.
    pub repairs: Vec<Repair>,
    /// The frontmatter block before, fences included: what [`restore_block`] puts back. Of a block that was not read, all
    /// from the start of the note to its end.
    pub before: String,
    /// The frontmatter block after.
    pub after: String,
}

/// Mends what the rules mend; `None` when there is nothing for them.
///
/// # Errors
/// When the result cannot be proved to differ in nothing but schedule lines.
pub fn repair(text: &str, rules: Rules) -> Result<Option<Repaired>, Finding> {
    if let Some(placed) = misplaced::place(text) {
        let Placed { line, code, says, .. } = placed;
        return Ok(Some(Repaired {
            before: text.get(placed.before).unwrap_or_default().to_owned(),
            after: placed.text.get(placed.after).unwrap_or_default().to_owned(),
            repairs: vec![Repair { line, code, says: says.to_owned() }],
            text: placed.text,
        }));
    }
    let before = survey(text);
    let Some(block) = before.block.clone().filter(|_| is_mendable(&before.reading.findings, &before.entries)) else {
        return Ok(None);
    };
    let mut plan = Plan { text, rules, changes: Vec::new() };
    plan.make(&before.entries);
    let Plan { changes, .. } = plan;
    if changes.is_empty() {
        return Ok(None);
    }
    let splices = changes.iter().map(|change| (change.range.clone(), change.new.clone())).collect();
    let mended = splice(text, splices);
    let after = survey(&mended);
    nothing_else_changed(text, &before, &mended, &after)?;
    prove_lines(text, &before, &mended, &after, &changes)?;
    let Some(end) = after.block.as_ref().map(|block| block.start..block.end) else {
        return Err(unproved("the frontmatter would be gone"));
    };
    Ok(Some(Repaired {
        before: text.within(block.start..block.end).to_owned(),
        after: mended.get(end).unwrap_or_default().to_owned(),
        repairs: changes.into_iter().filter_map(|change| change.repair).collect(),
        text: mended,
    }))
}

/// Puts the frontmatter block `before` back in place of `after`, whatever else changed in the note since. An empty `before`
/// takes the block away.
///
/// # Errors
/// When the block is no longer `after`, or more than schedule lines differ between the two.
pub fn restore_block(text: &str, after: &str, before: &str) -> Result<String, Finding> {
    let start = start(text.as_bytes());
    let (mark, note) = text.split_at_checked(start).unwrap_or(("", text));
    if let Some(rest) = note.strip_prefix(after)
        && misplaced::place(&[mark, before].concat()).is_some_and(|placed| placed.text == [mark, after].concat())
    {
        return Ok([mark, before, rest].concat());
    }
    let Top::Block(block) = find(text.as_bytes()) else {
        return Err(unproved("there is no frontmatter to put back"));
    };
    if text.get(block.start..block.end) != Some(after) {
        return Err(unproved("the frontmatter is no longer what was written"));
    }
    let now = survey(after);
    if before.is_empty() {
        let lines: usize = now.entries.iter().map(|entry| entry.line.len()).sum();
        if now.block.is_none_or(|block| block.inner.len() != lines) {
            return Err(unproved("more than schedule lines would go"));
        }
    } else {
        match find(before.as_bytes()) {
            Top::Block(old) if (old.start, old.end) == (0, before.len()) => {}
            _ => return Err(unproved("what is put back is no frontmatter")),
        }
        // In the direction of the repair: what is put back may well be what YAML refuses.
        nothing_else_changed(before, &survey(before), after, &now)?;
    }
    Ok(splice(text, vec![(block.start..block.end, before.to_owned())]))
}

/// A range that is replaced.
struct Change {
    range: Range<usize>,
    new: String,
    /// The line, by the place of its entry among all.
    entry: usize,
    /// What is told about it; one of several changes speaks for all.
    repair: Option<Repair>,
}

struct Plan<'a> {
    text: &'a str,
    rules: Rules,
    changes: Vec<Change>,
}

impl Plan<'_> {
    fn make(&mut self, entries: &[Entry]) {
        let triples = triples(entries);
        let kept = counting(&triples).map(|(kept, _)| kept);
        match kept {
            Some(kept) if triples.len() > 1 => {
                let line = triples.get(kept).and_then(|triple| triple.first()).map_or(0, |entry| entry.number);
                let mut place = 0;
                for (n, triple) in triples.iter().enumerate() {
                    for entry in triple {
                        if n != kept {
                            let says =
                                format!("{} is deleted, as the schedule in line {line} counts", self.shown(entry));
                            self.delete(place, entry, Code::DuplicateSchedule, says);
                        } else {
                            self.value(place, entry);
                        }
                        place += 1;
                    }
                }
            }
            // Two schedules, and none that could stay.
            _ if triples.len() > 1 => {}
            _ => {
                for (place, entry) in entries.iter().enumerate() {
                    self.value(place, entry);
                }
            }
        }
    }

    fn value(&mut self, place: usize, entry: &Entry) {
        let Scalar::Text(text) = &entry.scalar else { return };
        let code = match entry.key {
            Key::Due => Code::BadDue,
            Key::Interval => Code::BadInterval,
            Key::Ease => Code::BadEase,
        };
        if is_broken_number(text) {
            let says = format!("{} is deleted, as it could not be computed", self.shown(entry));
            return self.delete(place, entry, code, says);
        }
        match entry.key {
            Key::Due => {
                let (day, code) = match date::read(text) {
                    // A time behind the day is more than would be written.
                    Ok(day) if !text.contains(['T', 't', ':']) || !text.starts_with(|c: char| c.is_ascii_digit()) => {
                        (day, code)
                    }
                    Err(date::NoDate { certain: Some(day), code, .. }) => (day, code),
                    _ => return,
                };
                self.replace(place, entry, day.format("%Y-%m-%d").to_string(), code);
            }
            Key::Ease if self.rules.ease_x100 => {
                if let Some(factor) = number(text.trim_ascii()).filter(|ease| (1.0..10.0).contains(ease)) {
                    let percent = (factor * 10_000.0).round() / 100.0;
                    self.replace(place, entry, percent.to_string(), Code::EaseScale);
                }
            }
            _ => {}
        }
    }

    fn shown(&self, entry: &Entry) -> String {
        let value = self.text.within(entry.value.clone()).trim();
        format!("`{}: {}`", entry.key.name(), short(value))
    }

    fn replace(&mut self, place: usize, entry: &Entry, value: String, code: Code) {
        let raw = self.text.within(entry.value.clone());
        let quote = raw.chars().next().filter(|c| matches!(c, '"' | '\'')).map(String::from).unwrap_or_default();
        let new = format!("{quote}{value}{quote}");
        if new == raw {
            return;
        }
        let says = format!("{} becomes {value}", self.shown(entry));
        let repair = Some(Repair { line: entry.number, code, says });
        self.changes.push(Change { range: entry.value.clone(), new, entry: place, repair });
    }

    fn delete(&mut self, place: usize, entry: &Entry, code: Code, says: String) {
        let repair = Some(Repair { line: entry.number, code, says });
        self.changes.push(Change { range: entry.line.clone(), new: String::new(), entry: place, repair });
    }
}

/// Makes sure that the schedule lines after are those before, but for the changes.
fn prove_lines(text: &str, before: &Survey, mended: &str, after: &Survey, changes: &[Change]) -> Result<(), Finding> {
    let mut new = after.entries.iter();
    for (place, old) in before.entries.iter().enumerate() {
        let change = changes.iter().find(|change| change.entry == place);
        if change.is_some_and(|change| change.new.is_empty()) {
            continue;
        }
        let Some(new) = new.next() else { return Err(unproved("a schedule line would be gone")) };
        only_value_changed(text, old, mended, new)?;
        let expected = change.map_or_else(|| text.within(old.value.clone()), |change| &change.new);
        if mended.get(new.value.clone()) != Some(expected) {
            return Err(unproved("a value would not be read as meant"));
        }
    }
    match new.next() {
        Some(_) => Err(unproved("a schedule line would appear")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::schedule::read;

    const X100: Rules = Rules { ease_x100: true };

    /// The text mended, checked to be mended for good and to be taken back exactly.
    fn mended(text: &str, rules: Rules) -> Option<String> {
        let repaired = repair(text, rules).unwrap()?;
        assert_eq!(repair(&repaired.text, rules), Ok(None), "{text:?}");
        assert_eq!(restore_block(&repaired.text, &repaired.after, &repaired.before).as_deref(), Ok(text));
        let later = format!("{}\nmore", repaired.text);
        assert_eq!(restore_block(&later, &repaired.after, &repaired.before), Ok(format!("{text}\nmore")));
        Some(repaired.text)
    }

    fn note(due: &str, interval: &str, ease: &str) -> String {
        format!("---\na: b: c\nsr-due: {due}\nsr-interval: {interval} # x\nsr-ease: {ease}\nz: 1\n---\nBody")
    }

    #[test]
    fn dates_that_can_mean_one_day_become_that_day() {
        for (due, day) in [
            ("1893456000", "2030-01-01"),
            ("\"1893456000000\"", "\"2030-01-01\""),
            ("2030-1-2", "2030-01-02"),
            ("2030-28-08", "2030-08-28"),
            ("02-01-2030", "2030-01-02"),
            ("Wed Jan 02 2030", "2030-01-02"),
            ("2030/01/02", "2030-01-02"),
            ("\"[[2030-01-02]]\"", "\"2030-01-02\""),
            ("2030-01-02\u{a0}", "2030-01-02"),
        ] {
            let fixed = mended(&note(due, "4", "250"), Rules::default());
            assert_eq!(fixed, Some(note(day, "4", "250")), "{due}");
        }
        for due in [
            "2030-01-02",
            "'2030-01-02'",
            "2030-01-02T10:00",
            "2030-02-30",
            "02/01/2030",
            "23-11-06",
            "true",
            "",
            "null",
            "[2030-1-2]",
            "2030-01-02-11-56",
        ] {
            assert_eq!(mended(&note(due, "4", "250"), Rules::default()), None, "{due}");
        }
    }

    #[test]
    fn what_was_not_computed_is_deleted() {
        let text = "---\r\na: 1\r\nsr-due: Invalid date\r\nsr-interval: NaN\r\nsr-ease: .NaN # x\r\n---\r\nBody";
        assert_eq!(mended(text, Rules::default()).as_deref(), Some("---\r\na: 1\r\n---\r\nBody"));
        let text = "---\nsr-due: 2030-01-02\nsr-interval: NaN\nsr-ease: 250\n---\n";
        assert_eq!(mended(text, Rules::default()).as_deref(), Some("---\nsr-due: 2030-01-02\nsr-ease: 250\n---\n"));
    }

    #[test]
    fn the_last_complete_schedule_stays() {
        let triple = |due: &str| format!("sr-due: {due}\nsr-interval: 4\nsr-ease: 250\n");
        let (first, last) = (triple("2030-01-02"), triple("2030-3-4"));
        let text = format!("---\n{first}a: 1\n{last}---\nBody");
        let fixed = mended(&text, Rules::default()).unwrap();
        assert_eq!(fixed, format!("---\na: 1\n{}---\nBody", triple("2030-03-04")));
        assert!(read(fixed.as_bytes()).findings.is_empty());
        let text = format!("---\n{first}a: 1\nsr-due: NaN\n---\n");
        assert_eq!(mended(&text, Rules::default()), Some(format!("---\n{first}a: 1\n---\n")));
        let says: Vec<_> = repair(&format!("---\n{first}{last}---\n"), Rules::default())
            .unwrap()
            .unwrap()
            .repairs
            .into_iter()
            .collect();
        assert_eq!(says.len(), 4);
        assert_eq!(says[0].line, 2);
        assert_eq!(says[0].says, "`sr-due: 2030-01-02` is deleted, as the schedule in line 5 counts");
        assert_eq!(says[3].says, "`sr-due: 2030-3-4` becomes 2030-03-04");
        assert_eq!(mended("---\nsr-due: 2030-01-02\nsr-due: 2030-01-03\n---\n", Rules::default()), None);
    }

    #[test]
    fn a_factor_becomes_a_percentage_only_if_asked() {
        let text = note("2030-01-02", "4", "2.3");
        assert_eq!(mended(&text, Rules::default()), None);
        assert_eq!(mended(&text, X100), Some(note("2030-01-02", "4", "230")));
        assert_eq!(mended(&note("2030-01-02", "4", "'2.55'"), X100), Some(note("2030-01-02", "4", "'255'")));
        assert_eq!(mended(&note("2030-01-02", "4", "250"), X100), None);
        assert_eq!(mended(&note("2030-01-02", "4", "0.5"), X100), None);
    }

    #[test]
    fn unsure_notes_are_left_alone() {
        for text in [
            "---\nsr-algorithm: fsrs\nsr-due: 1893456000\nsr-interval: 4\nsr-ease: 250\n---\n",
            "---\n<<<<<<< a\nsr-due: 1893456000\n=======\n>>>>>>> b\n---\n",
            "---\nsr-due: &a 1893456000\n---\n",
            "---\nsr-due: 2030-1-2\n  more\nsr-ease: 4\n---\n",
            "---\nsr-due: 1893456000\n---> x\n",
            "sr-due: 1893456000\n",
            "---\nnote: |\n  sr-due: 1893456000\n---\n",
            "",
        ] {
            assert_eq!(repair(text, X100), Ok(None), "{text:?}");
        }
    }

    #[test]
    fn a_block_that_changed_is_not_put_back() {
        let repaired = repair(&note("2030-1-2", "4", "250"), Rules::default()).unwrap().unwrap();
        let changed = repaired.text.replace("z: 1", "z: 2");
        assert!(restore_block(&changed, &repaired.after, &repaired.before).is_err());
        assert!(restore_block(&repaired.text, &repaired.after, "---\nother: 1\n---\n").is_err());
        assert!(restore_block(&repaired.text, &repaired.after, &format!("{}more", repaired.before)).is_err());
        assert!(restore_block(&repaired.text, &repaired.after, "").is_err());
    }
}
