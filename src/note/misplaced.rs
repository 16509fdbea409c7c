//! A schedule in a block that nobody reads, and how that block gets to where it is read.
//!
//! Three things are certain enough to be mended:
//! - Blank lines, further byte order marks or invisible characters above the first `---` are deleted.
//! - Two carriage returns at each line end of the block become one.
//! - A block with a schedule below another block, or below comments, moves up: its lines to the end of the other block where
//!   no key is in both, else the block as a whole.
//!
//! No other line of the note is changed, added or lost.

use std::ops::Range;

use gray_matter::Pod;

use super::frontmatter::{self, Top, is_invisible, line_at};
use super::lines::Key;
use super::survey::survey;
use super::{Reading, State, yaml};
use crate::problem::{Advice, Code, Severity};
use crate::within::Within;

/// A note with its block in place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// The new text of the whole note.
    pub text: String,
    /// What was replaced in the note as it was: from its first byte, behind a byte order mark.
    pub before: Range<usize>,
    /// What stands there now.
    pub after: Range<usize>,
    /// The line of the fence that was none, from 1.
    pub line: usize,
    /// What was wrong.
    pub code: Code,
    /// What is done about it.
    pub says: &'static str,
}

/// Puts the block with the schedule where it is read; `None` where it is, and where it is not certain how.
pub(super) fn place(text: &str) -> Option<Placed> {
    let Top::Broken(broken) = frontmatter::find(text.as_bytes()) else { return None };
    let start = frontmatter::start(text.as_bytes());
    let (old, new, says) = [uncovered, with_one_return, moved_up].iter().find_map(|way| way(text, start))?;
    let before = start..start + old;
    let placed = Placed {
        text: [text.get(..start)?, &new, text.get(before.end..)?].concat(),
        after: start..start + new.len(),
        before,
        line: broken.line,
        code: broken.code,
        says,
    };
    let Reading { state, findings } = survey(&placed.text).reading;
    let is_sound = findings.iter().all(|finding| finding.severity < Severity::Refusal && finding.advice != Advice::Fix);
    let is_read = matches!(state, State::Scheduled(_)) && is_sound;
    let kept = lines(text.get(placed.before.clone())?) == lines(&new);
    (is_read && kept).then_some(placed)
}

/// How long the start of the note is that is replaced, by what, and how that is told.
type Way = (usize, String, &'static str);

/// The block without what nobody sees above it.
fn uncovered(text: &str, start: usize) -> Option<Way> {
    let note = text.get(start..)?;
    let rest = note.trim_start_matches(|c: char| c.is_ascii_whitespace() || is_invisible(c));
    let above = note.len() - rest.len();
    let Top::Block(block) = frontmatter::find(rest.as_bytes()) else { return None };
    let says = "what stands above the first `---` is deleted: it is blank";
    (above > 0).then(|| Some((above + block.end, rest.get(..block.end)?.to_owned(), says)))?
}

/// The block with one carriage return at the ends of its lines.
fn with_one_return(text: &str, start: usize) -> Option<Way> {
    let note = text.get(start..)?;
    let mended = note.replace("\r\r\n", "\r\n");
    let Top::Block(block) = frontmatter::find(mended.as_bytes()) else { return None };
    let new = mended.get(..block.end)?;
    let old: usize = note.split_inclusive('\n').take(new.matches('\n').count()).map(str::len).sum();
    let says = "the lines of the frontmatter end with one carriage return again";
    (old != new.len() && note.get(..old)?.replace("\r\r\n", "\r\n") == new).then(|| (old, new.to_owned(), says))
}

/// The schedule in the block at the top.
fn moved_up(text: &str, start: usize) -> Option<Way> {
    let Top::Broken(broken) = frontmatter::find(text.as_bytes()) else { return None };
    if broken.code != Code::HiddenSchedule {
        return None;
    }
    let close = line_at(text.as_bytes(), broken.inner.end);
    let open = text.get(..broken.inner.start.checked_sub(1)?)?.rfind('\n').map_or(start, |at| at + 1);
    let (inner, block) = (text.get(broken.inner.clone())?, text.get(open..close.next)?);
    let above = text.get(start..open)?;
    let Some(top) = frontmatter::first_block(text.as_bytes()) else {
        let says = "the block with the schedule moves above the comments";
        return (is_comments(above) && block.ends_with('\n'))
            .then(|| (close.next - start, [block, above].concat(), says));
    };
    let between = text.get(top.end..open)?;
    let keys = |block: &str| match yaml::read(block).ok()? {
        Pod::Hash(map) => Some(map.len()),
        Pod::Null => Some(0),
        _ => None,
    };
    let head_inner = text.get(top.inner.clone())?;
    let all = keys(&[head_inner, inner].concat());
    let is_disjoint = all.is_some() && all == keys(head_inner).zip(keys(inner)).map(|(a, b)| a + b);
    let (head, fence) = (text.get(start..top.inner.end)?, text.get(top.inner.end..top.end)?);
    let says = "the lines of the second block move into the block at the top";
    (is_disjoint && is_comments(between)).then(|| (close.next - start, [head, inner, fence, between].concat(), says))
}

/// Nothing but comments that end, and blank lines.
fn is_comments(text: &str) -> bool {
    let mut rest = text.trim_ascii_start();
    while !rest.is_empty() {
        let [open, close] = if rest.starts_with("%%") { ["%%", "%%"] } else { ["<!--", "-->"] };
        let Some((_, behind)) = rest.strip_prefix(open).and_then(|inside| inside.split_once(close)) else {
            return false;
        };
        rest = behind.trim_ascii_start();
    }
    true
}

/// All lines but fences and blank ones, in an order of their own, without what may be deleted.
fn lines(text: &str) -> Vec<&str> {
    let bare = |line: &'_ str| line.trim_end_matches(['\r', '\n']).len();
    let mut lines: Vec<&str> = text.split_inclusive('\n').filter_map(|line| line.get(..bare(line))).collect();
    for line in &mut lines {
        *line = line.trim_start_matches(is_invisible);
    }
    lines.retain(|line| !line.trim_ascii().is_empty() && line.trim_ascii() != "---");
    lines.sort_unstable();
    lines
}

/// Whether all three keys of a schedule stand in `text` in the way of some front matter: `sr-due:`, `"sr-due" :`, `sr-due =`.
pub(super) fn names_schedule(text: &[u8]) -> bool {
    Key::ALL.iter().all(|key| {
        let name = key.name().as_bytes();
        memchr::memmem::find_iter(text, name).any(|at| {
            let before = at.checked_sub(1).and_then(|at| text.get(at));
            let starts =
                before.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'{' | b',' | 0x80..));
            let behind = text.within(at + name.len()..);
            let behind = behind.strip_prefix(b"\"").or(behind.strip_prefix(b"'")).unwrap_or(behind).trim_ascii_start();
            let sets = matches!(behind, [b':' | b'=', next, ..] if next != &b':');
            starts && sets
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::fix::{Rules, repair, restore_block};

    const S: &str = "sr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n";

    /// The text mended, checked to be taken back exactly, also with something added below.
    fn mended(text: &str) -> Option<String> {
        let repaired = repair(text, Rules::default()).unwrap()?;
        assert_eq!(repair(&repaired.text, Rules::default()), Ok(None), "{text:?}");
        assert_eq!(restore_block(&repaired.text, &repaired.after, &repaired.before).as_deref(), Ok(text));
        let later = format!("{}\nmore", repaired.text);
        assert_eq!(restore_block(&later, &repaired.after, &repaired.before), Ok(format!("{text}\nmore")));
        let other = repaired.text.replacen("2030-01-02", "2030-01-03", 1);
        assert!(restore_block(&other, &repaired.after, &repaired.before).is_err());
        Some(repaired.text)
    }

    #[test]
    fn what_nobody_sees_above_the_fence_is_deleted() {
        let sound = format!("---\ntags: [a]\n{S}---\n\nBody\n");
        for above in ["\n", "\r\n \t\n\n", "\u{feff}\u{feff}", "\u{200b}", "\n\u{2060}"] {
            let mark = if above.starts_with('\u{feff}') { "\u{feff}" } else { "" };
            assert_eq!(mended(&format!("{above}{sound}")), Some(format!("{mark}{sound}")), "{above:?}");
        }
    }

    #[test]
    fn doubled_carriage_returns_of_the_block_become_one() {
        let sound = format!("---\ntags: [a]\n{S}---\n");
        let text = format!("{sound}\nBody\n").replace('\n', "\r\r\n");
        let crlf = sound.replace('\n', "\r\n");
        assert_eq!(mended(&text), Some(format!("{crlf}\r\r\nBody\r\r\n")));
    }

    #[test]
    fn a_block_below_another_or_below_comments_moves_up() {
        for (text, expected) in [
            (format!("---\na: 1\n---\n---\n{S}---\nBody"), format!("---\na: 1\n{S}---\nBody")),
            (format!("---\na: 1\n---\n\n---\nb: 1\n{S}---\n\nBody"), format!("---\na: 1\nb: 1\n{S}---\n\n\nBody")),
            (
                format!("---\r\na: 1\r\n---\r\n%% x %%\r\n---\r\n{}---\r\n", S.replace('\n', "\r\n")),
                format!("---\r\na: 1\r\n{}---\r\n%% x %%\r\n", S.replace('\n', "\r\n")),
            ),
            (format!("<!-- a\nb -->\n\n---\n{S}---\nBody"), format!("---\n{S}---\n<!-- a\nb -->\n\nBody")),
            (format!("\u{feff}%% x %%\n---\n{S}---\n"), format!("\u{feff}---\n{S}---\n%% x %%\n")),
        ] {
            assert_eq!(mended(&text), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_certain_stays() {
        for text in [
            format!("Title\n---\n{S}---\nBody"),
            format!("---\na: 1\n---\n---\na: 2\n{S}---\nBody"),
            format!("<!-- a\n---\n{S}---\n-->\n"),
            format!("<!-- a -->\n---\n{S}---"),
            format!("---json\n{S}---\n"),
            format!("----\n{S}----\n"),
            format!("\n---\na: 1\n---\n---\n{S}---\nBody"),
            "\n---\na: 1\n---\nBody".to_owned(),
            "\n---\nsr-due: soon\nsr-interval: 4\nsr-ease: 250\n---\nBody".to_owned(),
            format!("+++\n{S}+++\n"),
        ] {
            assert_eq!(mended(&text), None, "{text:?}");
            assert!(survey(&text).reading.refusal().is_some(), "{text:?}");
        }
    }

    #[test]
    fn a_schedule_is_named_as_front_matter_names_it() {
        for (text, expected) in [
            (S, true),
            ("{\"sr-due\": 1,\"sr-interval\" : 2, 'sr-ease':3 }", true),
            ("sr-due=\"2030\"\nsr-interval = 4\nsr-ease =4 ", true),
            ("sr-due: 1\nsr-interval: 2\n", false),
            ("sr-due:: 1\nsr-interval:: 2\nsr-ease:: 4\n", false),
            ("words of sr-due, sr-interval and sr-ease: they are three", false),
            ("xsr-due: 1\nsr-interval: 2\nsr-ease: 3\n", false),
        ] {
            assert_eq!(names_schedule(text.as_bytes()), expected, "{text:?}");
        }
    }
}
