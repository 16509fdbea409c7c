//! When topics were ticked: told by the log, by the note itself, or by the vault's git history.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::mark::{self, Box};
use super::{Roadmap, Standing};
use crate::within::Within;

/// The text of a done topic behind its box, and the day on which it was last ticked.
pub type Days = HashMap<String, NaiveDate>;

/// The done lines of a text: what stands behind each box, and how often.
pub type Done = HashMap<String, usize>;

/// The done lines of a roadmap.
pub fn done_lines(text: &[u8]) -> Done {
    let mut done = Done::new();
    for key in text.split(|b| *b == b'\n').filter_map(|line| done_line(&String::from_utf8_lossy(line))) {
        *done.entry(key).or_default() += 1;
    }
    done
}

/// Where a version of a roadmap differs from those that it was made from: without the lines that all of them begin and end
/// with, as hardly any line changes from one version to the next.
#[derive(Clone, Debug)]
pub struct Difference<'a> {
    before: Vec<&'a [u8]>,
    after: &'a [u8],
}

impl<'a> Difference<'a> {
    /// Compares a text with those that it was made from: several where lines of work were joined, none where it is new.
    pub fn between(before: Vec<&'a [u8]>, after: &'a [u8]) -> Self {
        let is_end = |b: &u8| *b == b'\n';
        let start = before.iter().map(|text| common(text.iter(), after.iter())).min().unwrap_or(0);
        let start = after.within(..start).iter().rposition(is_end).map_or(0, |at| at + 1);
        let rest = |text: &'a [u8]| text.within(start..);
        let (mut before, mut after) = (before.into_iter().map(rest).collect::<Vec<_>>(), rest(after));
        let end = before.iter().map(|text| common(text.iter().rev(), after.iter().rev())).min().unwrap_or(0);
        let shared = after.within(after.len() - end..);
        // The first line of what is shared may be the end of lines that differ.
        let end = shared.iter().position(is_end).map_or(0, |at| shared.len() - at - 1);
        for text in before.iter_mut().chain([&mut after]) {
            *text = text.within(..text.len() - end);
        }
        Self { before, after }
    }

    /// How many bytes are to be read.
    pub fn len(&self) -> usize {
        self.before.iter().map(|text| text.len()).sum::<usize>() + self.after.len()
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was done and undone on `day`.
    pub fn step(&self, day: Option<NaiveDate>) -> Step {
        let before: Vec<Done> = self.before.iter().map(|text| done_lines(text)).collect();
        Step::new(day, &before.iter().collect::<Vec<_>>(), &done_lines(self.after))
    }
}

/// How many items both begin with.
fn common<'a>(one: impl Iterator<Item = &'a u8>, other: impl Iterator<Item = &'a u8>) -> usize {
    one.zip(other).take_while(|(a, b)| a == b).count()
}

/// What a version of a roadmap did to the done lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    day: Option<NaiveDate>,
    ticked: Vec<String>,
    gone: Vec<String>,
}

impl Step {
    /// What a version made on `day` did to those that it was made from: several where lines of work were joined, none
    /// where the roadmap is new. Ticked is what is done more often than in any of them, and gone what is less often done.
    pub fn new(day: Option<NaiveDate>, before: &[&Done], after: &Done) -> Self {
        let count = |done: &Done, key: &str| done.get(key).copied().unwrap_or(0);
        let is_ticked = |key: &&String| before.iter().all(|done| count(done, key) < count(after, key));
        let is_gone = |key: &&String| before.iter().all(|done| count(done, key) > count(after, key));
        let first = before.first();
        Self {
            day,
            ticked: after.keys().filter(is_ticked).cloned().collect(),
            gone: first.into_iter().flat_map(|first| first.keys()).filter(is_gone).cloned().collect(),
        }
    }
}

/// The days on which lines were ticked last, after all of `steps`, the earliest first.
pub fn days_of(steps: impl IntoIterator<Item = Step>) -> Days {
    let mut days = Days::new();
    for step in steps {
        for key in &step.gone {
            days.remove(key);
        }
        for key in step.ticked {
            match step.day {
                Some(day) => days.insert(key, day),
                // An earlier day is not the one either.
                None => days.remove(&key),
            };
        }
    }
    days
}

/// What stands behind the box of a line with a done one.
fn done_line(line: &str) -> Option<String> {
    let at = mark::skip_blanks(line, 0);
    let hashes = line.get(at..)?.bytes().take_while(|b| *b == b'#').count();
    let content = if hashes > 0 { mark::skip_blanks(line, at + hashes) } else { mark::item_content(line, at)? };
    match mark::box_at(line, content)? {
        Box::Mark(mark, text) if mark::standing(line.get(mark.clone())?) == Standing::Done => {
            Some(line.get(text..)?.trim().to_owned())
        }
        _ => None,
    }
}

/// Reads ticks as the log keeps them, earliest first: the day, the line before and the line after.
pub fn days_in_log<'a>(ticks: impl IntoIterator<Item = (NaiveDate, &'a str, &'a str)>) -> Days {
    let mut days = Days::new();
    for (day, before, after) in ticks {
        match (done_line(before), done_line(after)) {
            (None, Some(key)) => {
                days.insert(key, day);
            }
            (Some(key), None) => {
                days.remove(&key);
            }
            _ => {}
        }
    }
    days
}

/// When a topic of a roadmap was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The position of the topic.
    pub topic: usize,
    /// The day; `None` when nothing tells it.
    pub day: Option<NaiveDate>,
}

/// The topics that are done and count, each with its day: the one in the log, else the one in the text, else the one in
/// git. `text` is what the roadmap was read from.
pub fn finished(roadmap: &Roadmap, text: &str, logged: &Days, git: &Days) -> Vec<Finished> {
    let done = roadmap.topics.iter().enumerate();
    done.filter(|(_, topic)| topic.counts && topic.standing == Standing::Done)
        .map(|(at, topic)| {
            let line =
                topic.mark.as_ref().and_then(|mark| text.get(mark.end + 1..)).and_then(|rest| rest.lines().next());
            let day_in = |days: &Days| line.and_then(|line| days.get(line.trim()).copied());
            Finished { topic: at, day: day_in(logged).or(topic.finished).or_else(|| day_in(git)) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn day(text: &str) -> NaiveDate {
        crate::clock::parse_day(text).unwrap()
    }

    /// The days after versions of a text, each made from the one before.
    fn in_a_row(versions: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut steps = Vec::new();
        let mut before: Option<&[u8]> = None;
        for (on, text) in versions {
            let difference = Difference::between(before.into_iter().collect(), text.as_bytes());
            steps.push(difference.step(clock::parse_day(on).ok()));
            before = Some(text.as_bytes());
        }
        let mut days: Vec<_> = days_of(steps).into_iter().map(|(key, day)| (key, day.to_string())).collect();
        days.sort();
        days
    }

    fn pairs(days: &[(&str, &str)]) -> Vec<(String, String)> {
        days.iter().map(|(key, day)| ((*key).to_owned(), (*day).to_owned())).collect()
    }

    #[test]
    fn a_tick_is_found_and_moving_a_line_is_none() {
        let days = in_a_row(&[
            ("2026-02-01", "- [ ] one\n- [X] two\n- [x] gone\n"),
            ("2026-03-03", "# Web\n- [x] one\n    - [x] two\n"),
        ]);
        assert_eq!(days, pairs(&[("one", "2026-03-03"), ("two", "2026-02-01")]));
        // Taken back and done again; a second topic of the same name; a commit without a date.
        let days = in_a_row(&[
            ("2026-01-01", "- [x] a\n- [x] b\n"),
            ("2026-01-02", "- [ ] a\n- [x] b\n- [x] b\n"),
            ("2026-01-03", "- [x] a\n- [x] b\n- [x] b\n"),
            ("no day", "- [x] a\n- [x] b\n- [x] b\n- [x] c\n"),
        ]);
        assert_eq!(days, pairs(&[("a", "2026-01-03"), ("b", "2026-01-02")]));
    }

    #[test]
    fn only_lines_that_differ_are_read() {
        let left = |before: &[&str], after: &str| {
            let difference = Difference::between(before.iter().map(|text| text.as_bytes()).collect(), after.as_bytes());
            let texts = difference.before.iter().chain([&difference.after]);
            texts.map(|text| std::str::from_utf8(text).unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(left(&["a\nb\nc\nd\n"], "a\nx\nc\nd\n"), ["b\n", "x\n"]);
        assert_eq!(left(&["a\nb\nc\n"], "a\nc\n"), ["b\nc\n", "c\n"]);
        assert_eq!(left(&["a\na\n"], "a\na\na\n"), ["", "a\n"]);
        assert_eq!(left(&["- [ ] a\nz"], "- [x] a\nz"), ["- [ ] a\n", "- [x] a\n"]);
        assert_eq!(left(&["same\n"], "same\n"), ["", ""]);
        assert_eq!(left(&["xa"], "ya"), ["xa", "ya"]);
        assert_eq!(left(&["a\nb\n", "a\nc\n", "b\n"], "a\nb\n"), ["a\nb\n", "a\nc\n", "b\n", "a\nb\n"]);
        assert_eq!(left(&[], "a\n"), ["a\n"]);
    }

    #[test]
    fn joining_two_lines_of_work_ticks_nothing_anew() {
        let [base, one, two, both] = [
            "- [ ] a\n- [ ] b\n- [ ] c\n",
            "- [x] a\n- [ ] b\n- [ ] c\n",
            "- [ ] a\n- [x] b\n- [ ] c\n",
            "- [x] a\n- [x] b\n- [x] c\n",
        ]
        .map(|text| done_lines(text.as_bytes()));
        let steps = [
            Step::new(Some(day("2026-01-01")), &[], &base),
            Step::new(Some(day("2026-01-02")), &[&base], &one),
            Step::new(Some(day("2026-01-03")), &[&base], &two),
            Step::new(Some(day("2026-01-04")), &[&one, &two], &both),
        ];
        let mut days: Vec<_> = days_of(steps).into_iter().map(|(key, day)| (key, day.to_string())).collect();
        days.sort();
        assert_eq!(days, pairs(&[("a", "2026-01-02"), ("b", "2026-01-03"), ("c", "2026-01-04")]));
    }

    #[test]
    fn the_log_counts_before_the_text_and_the_text_before_git() {
        let text = "- [x] one\n- [x] two ✅ 2026-02-20\n- [x] three\n- [x] four\n- [ ] five\n";
        let roadmap = Roadmap::parse(text, "n");
        let logged = days_in_log([
            (day("2026-03-01"), "- [ ] three", "- [x] three"),
            (day("2026-03-02"), "- [ ] four", "- [x] four"),
            (day("2026-03-03"), "- [x] four", "- [ ] four"),
        ]);
        let git = Days::from([("one".to_owned(), day("2026-03-03")), ("two".to_owned(), day("2026-02-01"))]);
        let days: Vec<_> =
            finished(&roadmap, text, &logged, &git).iter().map(|f| f.day.map(|d| d.to_string())).collect();
        assert_eq!(days, [Some("2026-03-03".into()), Some("2026-02-20".into()), Some("2026-03-01".into()), None]);
    }
}
