//! When topics were ticked: told by the log, by the note itself, or by the vault's git history.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate};

use super::mark::{self, Box};
use super::{Roadmap, Standing};

/// The arguments of `git` that print what [`days_in_git`] reads; the path of the note follows them. None of the programs
/// that a repository's settings may name is run for them.
pub const GIT_LOG: [&str; 14] = [
    "--no-pager",
    "--literal-pathspecs",
    "-c",
    "log.showSignature=false",
    "log",
    "--follow",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--patch",
    "--unified=0",
    "--max-count=5000",
    "--format=%x01%aI",
    "--",
];

/// The text of a done topic behind its box, and the day on which it was last ticked.
pub type Days = HashMap<String, NaiveDate>;

/// Reads what `git` printed for [`GIT_LOG`]: newest commit first, each a line `\x01` and the author's date, then the
/// patch. Lines that are no part of that are passed over. The day is the one on the author's clock.
pub fn days_in_git(log: &str) -> Days {
    let mut commits: Vec<Commit> = Vec::new();
    // The removed and the added lines that are left in the hunk.
    let mut left = (0_usize, 0_usize);
    for line in log.lines() {
        if let Some(date) = line.strip_prefix('\u{1}') {
            left = (0, 0);
            let day = DateTime::parse_from_rfc3339(date.trim()).ok().map(|instant| instant.date_naive());
            commits.push(Commit { day, ..Commit::default() });
        } else if let Some(removed) = line.strip_prefix('-').filter(|_| left.0 > 0) {
            left.0 -= 1;
            if let (Some(commit), Some(key)) = (commits.last_mut(), done_line(removed)) {
                commit.removed.push(key);
            }
        } else if let Some(added) = line.strip_prefix('+').filter(|_| left.1 > 0) {
            left.1 -= 1;
            if let (Some(commit), Some(key)) = (commits.last_mut(), done_line(added)) {
                commit.added.push(key);
            }
        } else if let Some(hunk) = line.strip_prefix("@@ ") {
            left = hunk_lines(hunk).unwrap_or_default();
        }
    }
    let mut days = Days::new();
    for commit in commits.into_iter().rev() {
        let Some(day) = commit.day else { continue };
        // A done line that is removed and added again has only moved.
        let mut moved: HashMap<String, NaiveDate> =
            commit.removed.into_iter().filter_map(|key| days.remove(&key).map(|day| (key, day))).collect();
        for key in commit.added {
            let day = moved.remove(&key).unwrap_or(day);
            days.insert(key, day);
        }
    }
    days
}

#[derive(Default)]
struct Commit {
    day: Option<NaiveDate>,
    removed: Vec<String>,
    added: Vec<String>,
}

/// The numbers of removed and added lines in `-1,2 +3 @@`.
fn hunk_lines(hunk: &str) -> Option<(usize, usize)> {
    let count = |part: &str| part.split_once(',').map_or(Some(1), |(_, count)| count.parse().ok());
    let mut parts = hunk.split(' ');
    Some((count(parts.next()?.strip_prefix('-')?)?, count(parts.next()?.strip_prefix('+')?)?))
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

    const LOG: &str = "\u{1}2026-03-03T23:30:00-05:00\n\ndiff --git a/R.md b/R.md\nindex 1..2 100644\n--- a/R.md\n+++ b/R.md\n@@ -1,2 +1,2 @@ # Web\n-- [ ] one\n-- [x] two\n+- [x] one\n+    - [x] two\n@@ -9 +8,0 @@\n-- [x] gone\n\u{1}2026-02-01T08:00:00+01:00\n\ndiff --git a/R.md b/R.md\n--- a/R.md\n+++ b/R.md\n@@ -0,0 +1,3 @@\n+- [ ] one\n+- [X] two\n+- [x] gone\n\\ No newline at end of file\n";

    fn day(text: &str) -> NaiveDate {
        crate::clock::parse_day(text).unwrap()
    }

    #[test]
    fn ticks_are_found_in_git_and_moving_a_line_is_none() {
        let days = days_in_git(LOG);
        let mut found: Vec<_> = days.iter().map(|(key, day)| (key.as_str(), *day)).collect();
        found.sort();
        assert_eq!(found, [("one", day("2026-03-03")), ("two", day("2026-02-01"))]);
    }

    #[test]
    fn other_text_is_passed_over() {
        for text in [
            "",
            "fatal: not a git repository",
            "\u{1}no date\n@@ -a +b @@\n+- [x] a",
            "+- [x] a",
            "@@ -0,0 +1 @@\n+- [x] a",
        ] {
            assert!(days_in_git(text).is_empty(), "{text}");
        }
        // Lines beyond those that the hunk announces are headers of the next file.
        assert!(days_in_git("\u{1}2026-01-01T00:00:00Z\n@@ -0,0 +1 @@\n+a\n+- [x] b").is_empty());
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
        let days: Vec<_> =
            finished(&roadmap, text, &logged, &days_in_git(LOG)).iter().map(|f| f.day.map(|d| d.to_string())).collect();
        assert_eq!(days, [Some("2026-03-03".into()), Some("2026-02-20".into()), Some("2026-03-01".into()), None]);
    }
}
