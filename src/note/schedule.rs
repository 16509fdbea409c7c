//! Reading the schedule of a note: a short way for the regular one, and the whole survey for all others.

use std::sync::LazyLock;

use memchr::memchr;
use memchr::memmem::Finder;

use super::frontmatter::Top;
use super::raw::Raw;
use super::strict::{self, Strict};
use super::survey::{refusal, survey};
use super::{Reading, State, yaml};
use crate::problem::{Advice, Code, Finding};

/// Reads the schedule of a note.
///
/// Cheap for a note without schedule lines and for one with the regular three. The text is checked to be UTF-8 only if
/// it has something that begins with `sr-` in its frontmatter; see [`not_text`].
pub fn read(text: &[u8]) -> Reading {
    read_raw(&Raw::new(text))
}

/// The same of a note of which more is asked.
pub fn read_raw(note: &Raw<'_>) -> Reading {
    #[cfg(test)]
    crate::effort::count(|effort| effort.glances += 1);
    let no_text = || not_text(note.bytes()).map_or_else(|| Reading::clean(State::Damaged), refused);
    if memchr(0, note.bytes()).is_some() {
        return no_text();
    }
    if is_missing(note) {
        return Reading::clean(State::Unscheduled);
    }
    let inner = note.inner();
    if inner.len() <= yaml::MAX_BYTES
        && let Strict::Triple(scheduled) = strict::read(inner)
        && note.text().is_some()
    {
        return Reading::clean(State::Scheduled(scheduled));
    }
    note.text().map_or_else(no_text, |text| survey(text).reading)
}

/// Whether the frontmatter, with a glance at it, cannot hold a schedule or anything wrong with one.
pub fn is_missing(note: &Raw<'_>) -> bool {
    /// What all keys of a schedule begin with.
    static PREFIX: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("sr-"));
    match note.top() {
        Top::Bare => true,
        Top::Block(_) => {
            let inner = note.inner();
            PREFIX.find(inner).is_none() && inner.len() <= yaml::MAX_BYTES && strict::is_ordinary(inner)
        }
        Top::Broken(_) => false,
    }
}

/// Reads the schedule of a note with all readers, without the short cuts of [`read`]: slower, and the same.
pub fn read_fully(text: &str) -> Reading {
    survey(text).reading
}

/// Says so if `text` holds a NUL byte or is not UTF-8: such a file is passed over.
pub fn not_text(text: &[u8]) -> Option<Finding> {
    let (at, what) = flaw(text)?;
    let message = if at == 0 { what.to_owned() } else { format!("{what} at byte {at}") };
    Some(refusal(Code::NotText, None, message, NOT_TEXT))
}

/// What to do about a file that is no text.
pub const NOT_TEXT: Advice = Advice::Do("save the note as UTF-8 text");

/// Where `text` ceases to be text, in bytes, and what it does there.
pub fn flaw(text: &[u8]) -> Option<(usize, &'static str)> {
    if text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]) {
        Some((0, "is UTF-16"))
    } else if let Some(at) = memchr(0, text) {
        Some((at, "holds a NUL byte"))
    } else if simdutf8::basic::from_utf8(text).is_ok() {
        None
    } else {
        Some((std::str::from_utf8(text).err()?.valid_up_to(), "is not UTF-8"))
    }
}

/// A damaged note with one finding.
pub(super) fn refused(finding: Finding) -> Reading {
    Reading { state: State::Damaged, findings: vec![finding] }
}
