//! Ticking a box: one character between two brackets, and not another byte.

use std::ops::Range;

use thiserror::Error;

use super::find::Hit;
use super::{Kind, Roadmap, Standing, Topic};
use crate::clock::Now;
use crate::item::ItemId;
use crate::log::{Change, Undo, What};
use crate::note::NotePath;
use crate::within::Within;

/// What a box is made to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// `[x]`
    Done,
    /// `[/]`
    Begin,
    /// `[ ]`
    Reopen,
    /// `[-]`
    Drop,
}

impl Tick {
    /// The character between the brackets.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Done => "x",
            Self::Begin => "/",
            Self::Reopen => " ",
            Self::Drop => "-",
        }
    }

    /// What the topic says with it.
    pub fn standing(self) -> Standing {
        match self {
            Self::Done => Standing::Done,
            Self::Begin => Standing::Begun,
            Self::Reopen => Standing::Open,
            Self::Drop => Standing::Dropped,
        }
    }
}

/// The line that a tick changed, so that it can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineWas {
    /// The line, from 1.
    pub line: usize,
    /// The line as it was, without its line break.
    pub before: String,
    /// The line as the tick left it.
    pub after: String,
}

impl LineWas {
    /// What the log says of the tick.
    pub fn change(&self, note: NotePath, now: &Now) -> Change {
        let (before, after) = (self.before.clone(), self.after.clone());
        let undo = Undo::Line { number: self.line as u64, before, after };
        Change::new(What::Tick { undo }, ItemId::of_note(note), now)
    }
}

/// A tick that was made in a text and proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticked {
    /// The whole note with it.
    pub text: String,
    /// The bytes that were replaced, in the text before.
    pub at: Range<usize>,
    /// What takes it back.
    pub was: LineWas,
}

/// Why a box is not ticked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It has the state already.
    #[error("it is {} already", word(*.0))]
    Already(Standing),
    /// There is nothing to tick.
    #[error("line {line}: {why}")]
    NoBox {
        /// The line of the topic.
        line: usize,
        /// What it is instead, and what to do.
        why: &'static str,
    },
    /// The text is not the one that was read.
    #[error("the note does not hold the box where it was read; try again")]
    Stale,
    /// The edit would change more than the one box.
    #[error("line {line}: the note would read as other topics after it; tick it in an editor")]
    Unproved {
        /// The line of the box.
        line: usize,
    },
}

/// The word for a state.
pub fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::None => "without a state",
        Standing::Open => "open",
        Standing::Begun => "begun",
        Standing::Done => "done",
        Standing::Dropped => "dropped",
    }
}

/// `text` with the box of `hit` saying `tick`. `roadmap` is what was read from `text`, `name` the name of the note.
///
/// The result is proved: outside the one character every byte is the same, and read again the note holds the same topics
/// with the same states but for this one.
///
/// # Errors
/// When there is no box, when it says so already, and when the proof fails.
pub fn tick(text: &str, roadmap: &Roadmap, name: &str, hit: Hit, tick: Tick) -> Result<Ticked, Refusal> {
    let (mark, standing) = boxed(roadmap, hit)?;
    let line = roadmap.hit_line(hit).unwrap_or(0);
    let glyph = text.get(mark.clone()).ok_or(Refusal::Stale)?;
    if super::mark::standing(glyph) == tick.standing() && (glyph == tick.mark() || standing == tick.standing()) {
        return Err(Refusal::Already(tick.standing()));
    }
    let before = text.get(..mark.start).filter(|before| before.ends_with('[')).ok_or(Refusal::Stale)?;
    let after = text.get(mark.end..).filter(|after| after.starts_with(']')).ok_or(Refusal::Stale)?;
    let edited = [before, tick.mark(), after].concat();
    let proved = Roadmap::parse(&edited, name);
    if !same_but(roadmap, &proved, hit, tick) {
        return Err(Refusal::Unproved { line });
    }
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let head = before.within(start..);
    let tail = after.split('\n').next().unwrap_or_default();
    let tail = tail.strip_suffix('\r').unwrap_or(tail);
    let was = LineWas {
        line: before.matches('\n').count() + 1,
        before: [head, glyph, tail].concat(),
        after: [head, tick.mark(), tail].concat(),
    };
    Ok(Ticked { text: edited, at: mark, was })
}

/// The bytes of the box of `hit`, and what it says.
///
/// # Errors
/// When it has none, with the reason.
pub fn boxed(roadmap: &Roadmap, hit: Hit) -> Result<(Range<usize>, Standing), Refusal> {
    let (at, step) = match hit {
        Hit::Topic(at) => (at, None),
        Hit::Resource(at, step) => (at, Some(step)),
    };
    let topic = roadmap.topics.get(at).ok_or(Refusal::Stale)?;
    let (mark, standing, line) = match step {
        None => (&topic.mark, topic.standing, topic.line),
        Some(step) => {
            let resource = topic.resources.get(step).ok_or(Refusal::Stale)?;
            (&resource.mark, resource.standing, resource.line)
        }
    };
    match mark {
        _ if step.is_none() && topic.struck => {
            Err(Refusal::NoBox { line, why: "its title is struck out; take away the `~~` around it first" })
        }
        Some(mark) => Ok((mark.clone(), standing)),
        None => Err(Refusal::NoBox { line, why: why_not(topic) }),
    }
}

fn why_not(topic: &Topic) -> &'static str {
    match topic.kind {
        _ if topic.hollow => "the box `[]` has no character between the brackets; write `[ ]`",
        Kind::Row if topic.several_boxes => "the row has several boxes; tick them in an editor",
        Kind::Heading => "a heading has no box; tick what is below it, or write `## [ ] title`",
        Kind::Item => "the item has no box; write `- [ ]` before it",
        Kind::Row => "the table says the state in words or emoji; change the cell in an editor",
        Kind::Numbered | Kind::FollowUp => "the line has no box; write it as `- [ ]`",
    }
}

/// The name of what stands on `line`, which has a box.
pub fn title_in(line: &str) -> Option<String> {
    let named = |text: &str| {
        Roadmap::parse(text, "").topics.into_iter().map(|topic| topic.title).find(|title| !title.is_empty())
    };
    let line = line.trim();
    if !line.starts_with('|') {
        return named(line);
    }
    // Without the head of its table, a row is text: its first cell with a name tells it.
    let cells = line.split('|').map(str::trim).filter(|cell| cell.len() > 3 || !cell.starts_with('['));
    cells.filter(|cell| cell.chars().any(char::is_alphabetic)).find_map(|cell| named(&format!("- [ ] {cell}")))
}

/// Whether two readings hold the same topics and resources, but for the state of `hit`, which is that of `tick`.
fn same_but(old: &Roadmap, new: &Roadmap, hit: Hit, tick: Tick) -> bool {
    let place = |at: usize| match hit {
        Hit::Topic(topic) => (topic == at).then_some(None),
        Hit::Resource(topic, step) => (topic == at).then_some(Some(step)),
    };
    let same = |(at, (old, new)): (usize, (&Topic, &Topic))| {
        let hit = place(at);
        let own = hit == Some(None);
        let shape = old.title == new.title
            && old.struck == new.struck
            && old.badge == new.badge
            && (old.depth, old.parent, old.end, old.line) == (new.depth, new.parent, new.end, new.line)
            && old.kind == new.kind
            && old.mark.is_some() == new.mark.is_some()
            && old.finished == new.finished
            && old.resources.len() == new.resources.len();
        // A card in a lane keeps what the lane says, whatever its box says.
        let standing = if own {
            new.standing == tick.standing() || new.standing == old.standing
        } else {
            old.standing == new.standing
        };
        let resources = old.resources.iter().zip(&new.resources).enumerate().all(|(step, (old, new))| {
            let own = hit == Some(Some(step));
            let standing = if own { tick.standing() } else { old.standing };
            old.target == new.target && old.label == new.label && old.line == new.line && new.standing == standing
        });
        shape && standing && resources
    };
    old.title == new.title
        && old.resources == new.resources
        && old.topics.len() == new.topics.len()
        && old.topics.iter().zip(&new.topics).enumerate().all(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roadmap::find::{Lookup, find};

    fn made(text: &str, name: &str, to: Tick) -> Result<Ticked, Refusal> {
        let roadmap = Roadmap::parse(text, "n");
        let Lookup::One(hit) = find(&roadmap, name, |hit| boxed(&roadmap, hit).is_ok()) else {
            panic!("{name} in {text}")
        };
        tick(text, &roadmap, "n", hit, to)
    }

    /// The text with the tick taken back by what the log keeps of it.
    fn undone(ticked: &Ticked) -> String {
        let instant = chrono::DateTime::parse_from_rfc3339("2026-01-15T07:30:00+01:00").unwrap();
        let now = crate::clock::Now { instant, today: instant.date_naive() };
        let event = ticked.was.change(crate::note::NotePath::new("n.md"), &now).seal("desk", 0);
        crate::undo::restored(&ticked.text, &event).unwrap()
    }

    #[test]
    fn one_character_changes_and_comes_back() {
        let cases = [
            ("- [ ] a\n- [ ] b\n", "b", Tick::Done, "- [ ] a\n- [x] b\n"),
            ("---\r\nx: y\r\n---\r\n* [ ] a\r\n", "a", Tick::Begin, "---\r\nx: y\r\n---\r\n* [/] a\r\n"),
            ("- [✔\u{fe0f}] a", "a", Tick::Reopen, "- [ ] a"),
            ("## [ ] a\ntext", "a", Tick::Done, "## [x] a\ntext"),
            ("- [ ] a\n\t- [ ] [b](https://u.example)", "b", Tick::Done, "- [ ] a\n\t- [x] [b](https://u.example)"),
            ("| Done | Topic |\n|--|--|\n| [ ] | a |", "a", Tick::Done, "| Done | Topic |\n|--|--|\n| [x] | a |"),
            ("- [>] a", "a", Tick::Drop, "- [-] a"),
            ("- x\n        - [ ] a", "a", Tick::Done, "- x\n        - [x] a"),
        ];
        for (text, name, to, expected) in cases {
            let ticked = made(text, name, to).unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
            assert_eq!(ticked.text, expected);
            assert_eq!(undone(&ticked), text);
        }
    }

    #[test]
    fn what_has_no_box_is_refused_with_the_reason() {
        let cases = [
            ("# R\n## a\n", "a", "line 2: a heading has no box; tick what is below it, or write `## [ ] title`"),
            ("1. a\n2. b", "a", "line 1: the item has no box; write `- [ ]` before it"),
            ("- [] a", "a", "line 1: the box `[]` has no character between the brackets; write `[ ]`"),
            ("- [X] a", "a", "it is done already"),
            ("- [-] - a", "a", "line 1: the item has no box; write `- [ ]` before it"),
            ("- [ ] ~~a~~", "a", "line 1: its title is struck out; take away the `~~` around it first"),
            (
                "| Topic | Film | Book |\n|--|--|--|\n| a | [ ] | [ ] |",
                "a",
                "line 3: the row has several boxes; tick them in an editor",
            ),
            (
                "| Topic | Status |\n|--|--|\n| a | ✅ |",
                "a",
                "line 3: the table says the state in words or emoji; change the cell in an editor",
            ),
        ];
        for (text, name, reason) in cases {
            assert_eq!(made(text, name, Tick::Done).unwrap_err().to_string(), reason, "{text}");
        }
    }

    #[test]
    fn a_line_that_was_ticked_names_its_topic() {
        let cases = [
            ("  - [x] **Sets** and maps ✅ 2030-01-02", Some("Sets and maps")),
            ("\t* [x] [[Notes/TLS|TLS]]", Some("TLS")),
            ("## [x] Part", Some("Part")),
            ("| [x] | 1 | Wheels | soon |", Some("Wheels")),
            ("- [x]", None),
        ];
        for (line, expected) in cases {
            assert_eq!(title_in(line).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn an_edit_that_changes_how_the_note_reads_is_refused() {
        // With a dash between the brackets the item explains the mark, and has no box.
        let refusal = made("- [ ] - a\n- [ ] b", "- a", Tick::Drop).unwrap_err();
        assert_eq!(refusal, Refusal::Unproved { line: 1 });
    }
}
