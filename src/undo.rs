//! Taking back what the log says was done. Pure: which bytes come back, and what the log then says.

use unicode_segmentation::UnicodeSegmentation;

use crate::clock::Now;
use crate::log::{Change, Event, EventId, Kind, Subject, Transition, Undo, What};
use crate::note::Fingerprint;
use crate::note::{edit, fix};
use crate::problem::{Advice, Code, Finding, Severity};

const BY_HAND: &str = "put it back by hand where it matters; the note was not changed";

/// Whether `event` changed the text of its note, so that [`restored`] has to.
pub fn is_in_the_note(event: &Event) -> bool {
    let what = &event.change.what;
    let is_incomplete = matches!(what, What::Incomplete { .. });
    what.undo().is_some() || is_incomplete && !matches!(what.kind(), Kind::Suspend | Kind::Resume | Kind::Bury)
}

/// `text` as it was before `event`: only what the event changed is put back, whatever else was edited since.
///
/// # Errors
/// When the note no longer holds what the event left there, or the log does not say what was there before.
pub fn restored(text: &str, event: &Event) -> Result<String, Finding> {
    restored_among(text, event, 1)
}

/// The same where the log says that so many lines which read as the one of `event` were written and not taken back. Where
/// fewer are left, nobody knows whose is gone.
///
/// # Errors
/// As [`restored`].
pub fn restored_among(text: &str, event: &Event, standing: usize) -> Result<String, Finding> {
    let what = &event.change.what;
    let unknown = || refusal(None, "the log does not say what stood there before");
    match what.undo() {
        Some(Undo::Block { before, after }) => {
            let advice = Advice::Do(BY_HAND);
            fix::restore_block(text, after, before).map_err(|finding| Finding { advice, ..finding })
        }
        Some(Undo::Line { number, before, after }) => {
            // Where it is not known what the note was like, the number is all there is to go by.
            let is_same = event.change.subject.text().is_none() || is_as_it_was(text, event);
            let standing = if is_as_it_was(text, event) { 1 } else { standing };
            line(text, *number, (is_same, standing), before, after)
        }
        Some(Undo::Values(was)) => {
            let after = what.moved().and_then(|moved| moved.after).ok_or_else(unknown)?;
            edit::restore(text, &after, was)
        }
        // Only the log tells of it.
        None if what.moved().is_none() && what.kind().can_be_undone() && !is_in_the_note(event) => Ok(text.to_owned()),
        None => Err(unknown()),
    }
}

/// Whether `text` is for certain the one that `event` left.
pub fn is_as_it_was(text: &str, event: &Event) -> bool {
    event.change.subject.text().is_some_and(|then| Fingerprint::of(text.as_bytes()) == Some(then))
}

/// The event that takes `event` back now.
pub fn undo_of(event: &Event, now: &Now) -> Change {
    let moved = event.change.what.moved();
    let moved = moved.map(|moved| Transition { before: moved.after, after: moved.before });
    Change::of(event.change.subject.clone(), What::Undo { of: event.id, moved }, now)
}

/// The event that says that `event`, one of `subject`, could not be taken back now and is passed over from now on.
pub fn skip_of(event: EventId, subject: &Subject, now: &Now) -> Change {
    // What its note was like when it was edited is not what it is like now.
    let subject = subject.id().cloned().map_or(Subject::Vault, Subject::item);
    Change::of(subject, What::Skip { of: event }, now)
}

/// The line `after` becomes `before` again: wherever it alone stands now, or of several that read the same at its number,
/// if the note `is_same` as it was. `standing` lines that read so have to be there.
fn line(
    text: &str,
    number: u64,
    (is_same, standing): (bool, usize),
    before: &str,
    after: &str,
) -> Result<String, Finding> {
    let refusal = |message| refusal(Some(number), message);
    if !is_tick(before, after) {
        return Err(refusal("the log says that more than a mark was changed"));
    }
    let mut start = 0;
    let mut found = Vec::new();
    let mut is_still_open = false;
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let content = line.strip_suffix('\n').unwrap_or(line);
        let content = content.strip_suffix('\r').unwrap_or(content);
        if content == after {
            found.push((at as u64 + 1, start..start + content.len()));
        }
        is_still_open |= content == before;
        start += line.len();
    }
    let there = found.iter().find(|(at, _)| *at == number);
    let range = match (there, found.as_slice()) {
        (_, [_, ..]) if found.len() < standing => {
            return Err(refusal("the note has changed, and of several lines that were written alike one is gone"));
        }
        (None, [_]) if is_still_open && !is_same => {
            return Err(refusal("the line has moved, and another reads as it did before"));
        }
        (_, [(_, range)]) => range.clone(),
        (_, []) => return Err(refusal("the line is no longer what was written")),
        (Some((_, range)), _) if is_same => range.clone(),
        (Some(_), _) => return Err(refusal("the note has changed, and several lines now read the same")),
        (None, _) => return Err(refusal("the line has moved, and several now read the same")),
    };
    let (head, tail) = (text.get(..range.start).unwrap_or_default(), text.get(range.end..).unwrap_or_default());
    Ok([head, before, tail].concat())
}

/// Whether two lines differ in nothing but the character between two brackets: other machines write the log, too.
fn is_tick(before: &str, after: &str) -> bool {
    let is_mark = |mark: &str| mark.graphemes(true).count() == 1 && !mark.contains(['\n', '\r']);
    let same = before.bytes().zip(after.bytes()).take_while(|(before, after)| before == after).count();
    // The mark begins where the lines part, or a little before: characters may begin with the same bytes.
    let Some(open) = before.as_bytes().get(..same).and_then(|same| memchr::memrchr(b'[', same)) else { return false };
    let parts = |line: &'_ str| {
        let (mark, tail) = line.get(open + 1..)?.split_once(']')?;
        is_mark(mark).then(|| (line.get(..=open).map(str::to_owned), tail.to_owned()))
    };
    parts(before).is_some_and(|rest| parts(after) == Some(rest))
}

fn refusal(line: Option<u64>, message: &str) -> Finding {
    Finding {
        code: Code::UneditableSchedule,
        severity: Severity::Refusal,
        line: line.and_then(|line| usize::try_from(line).ok()),
        column: None,
        message: message.to_owned(),
        advice: Advice::Do(BY_HAND),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::{ItemId, NotePath};
    use crate::note::Was;
    use crate::schedule::{Ease, Grade, Interval, Scheduled};

    fn now() -> Now {
        let instant = chrono::DateTime::parse_from_rfc3339("2026-01-15T07:30:00+01:00").unwrap();
        Now { instant, today: "2026-01-15".parse().unwrap() }
    }

    fn scheduled(due: &str, interval: f64, ease: f64) -> Scheduled {
        Scheduled {
            due: due.parse().unwrap(),
            interval: Interval::new(interval).unwrap(),
            ease: Ease::new(ease).unwrap(),
        }
    }

    fn item() -> ItemId {
        ItemId::of_note(NotePath::new("a.md"))
    }

    fn change(what: What) -> Change {
        Change::new(what, item(), &now())
    }

    fn fixed(before: &str, after: &str) -> Event {
        let undo = Undo::Block { before: before.to_owned(), after: after.to_owned() };
        change(What::Fix { moved: Transition::default(), undo }).seal("desk", 0)
    }

    fn ticked(number: u64, before: &str, after: &str) -> Event {
        let undo = Undo::Line { number, before: before.to_owned(), after: after.to_owned() };
        change(What::Tick { undo }).seal("desk", 0)
    }

    #[test]
    fn a_grade_is_taken_back_byte_for_byte_among_later_edits() {
        let (before, after) = (scheduled("2026-01-10", 4.0, 250.0), scheduled("2026-01-25", 10.0, 250.0));
        let old = "---\ntitle: x # y\nsr-due: '2026-01-10'\nsr-interval: 4\nsr-ease: 250\n---\nText\n";
        let edit = edit::set(old, &after).unwrap();
        let review = Change::review(item(), &now(), Grade::Good, None, Some(before), after, edit.was);
        let event = review.seal("desk", 0);
        assert_eq!(restored(&edit.text, &event).as_deref(), Ok(old));
        let later = edit.text.replace("Text", "More text");
        assert_eq!(restored(&later, &event), Ok(old.replace("Text", "More text")));
        let again = edit::set(&edit.text, &before).unwrap().text;
        let refused = restored(&again, &event).unwrap_err();
        assert_eq!(refused.message, "the schedule is no longer the one that was set");
    }

    #[test]
    fn the_log_says_what_was_taken_back() {
        let (before, after) = (scheduled("2026-01-10", 4.0, 250.0), scheduled("2026-01-25", 10.0, 250.0));
        let review = Change::review(item(), &now(), Grade::Good, None, Some(before), after, Was::default());
        let event = review.seal("desk", 0);
        let undo = undo_of(&event, &now());
        let moved = Some(Transition { before: Some(after), after: Some(before) });
        assert_eq!(undo.what, What::Undo { of: event.id, moved });
        assert_eq!(undo_of(&change(What::Suspend).seal("desk", 0), &now()).what.moved(), None);
    }

    #[test]
    fn a_repair_is_taken_back_as_a_whole_block() {
        let event = fixed("---\nsr-due: 1700000000\n---\n", "---\nsr-due: 2023-11-14\n---\n");
        let text = "\u{feff}---\nsr-due: 2023-11-14\n---\nbody, edited since";
        let old = "\u{feff}---\nsr-due: 1700000000\n---\nbody, edited since";
        assert_eq!(restored(text, &event).as_deref(), Ok(old));
        let refused = restored("---\nsr-due: 2023-11-15\n---\n", &event).unwrap_err();
        assert_eq!(refused.message, "no safe edit: the frontmatter is no longer what was written");
    }

    #[test]
    fn a_tick_is_taken_back_where_its_line_is_now() {
        let event = ticked(2, "- [ ] b", "- [x] b");
        let cases = [
            ("# h\r\n- [x] b\r\n", Ok("# h\r\n- [ ] b\r\n")),
            ("# h\nnew line\n- [x] b", Ok("# h\nnew line\n- [ ] b")),
            ("- [x] b\n- [x] b\n", Ok("- [x] b\n- [ ] b\n")),
            ("- [x] b\n\n- [x] b\n", Err("the line has moved, and several now read the same")),
            ("- [x] b!\n", Err("the line is no longer what was written")),
        ];
        for (text, expected) in cases {
            let found = restored(text, &event).map_err(|finding| finding.message);
            assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{text:?}");
        }
    }

    #[test]
    fn of_lines_that_read_the_same_none_is_taken_for_another_once_the_note_has_changed() {
        let two = |one: &str, other: &str| format!("## One\n- [{one}] Exercises\n## Two\n- [{other}] Exercises\n");
        let mut event = ticked(4, "- [ ] Exercises", "- [x] Exercises");
        let then = two("x", "x");
        event.change = event.change.known_by(None, Fingerprint::of(then.as_bytes()));
        assert_eq!(restored(&then, &event), Ok(two("x", " ")));
        let said = |text: String| restored(&text, &event).unwrap_err().message;
        assert_eq!(said(format!("new\nlines\n{then}")), "the note has changed, and several lines now read the same");
        assert_eq!(said(two("x", " ")), "the line has moved, and another reads as it did before");
        assert_eq!(restored(&two("-", "x"), &event), Ok(two("-", " ")));
    }

    #[test]
    fn what_a_log_says_changes_nothing_but_schedules_and_marks() {
        for (before, after, text) in [
            ("- [ ] a\nmore", "- [x] a", "- [x] a\n"),
            ("- [\n] a", "- [x] a", "- [x] a\n"),
            ("anything", "# Title", "# Title\n"),
            ("- [x] other", "- [ ] a", "- [ ] a\n"),
        ] {
            assert!(restored(text, &ticked(1, before, after)).is_err(), "{before:?}");
        }
        let text = "---\na: 1\nsr-due:\n---\nbody";
        for before in ["---\na: 2\n---\n", "", "more", "---\na: 1\n---\nmore\n"] {
            assert!(restored(text, &fixed(before, "---\na: 1\nsr-due:\n---\n")).is_err(), "{before:?}");
        }
    }

    #[test]
    fn what_is_only_in_the_log_leaves_the_note_alone() {
        for what in [What::Suspend, What::Resume, What::Bury] {
            let event = change(what).seal("desk", 0);
            assert!(!is_in_the_note(&event));
            assert_eq!(restored("any text", &event).as_deref(), Ok("any text"));
        }
        let moved = Transition::default();
        let of = EventId::of(&[]);
        let reset = What::Incomplete { kind: Kind::Reset, grade: None, ms: None, moved: Some(moved) };
        for what in [What::External { grade: None, moved }, What::Undo { of, moved: None }, What::Skip { of }, reset] {
            assert!(restored("any text", &change(what).seal("desk", 0)).is_err());
        }
        // A line that lacks what its kind needs tells of a change to the note all the same.
        let tick = What::Incomplete { kind: Kind::Tick, grade: None, ms: None, moved: None };
        for what in [tick, What::Incomplete { kind: Kind::Review, grade: None, ms: None, moved: Some(moved) }] {
            let event = change(what).seal("desk", 0);
            assert!(is_in_the_note(&event) && restored("any text", &event).is_err());
        }
    }
}
