//! What a note is known by when it was moved: its text without its schedules.

use std::fmt;

use memchr::memmem;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::frontmatter;
use crate::digest::Digest;
use crate::within::Within;

/// A number that stands for the text of a note, whatever its schedule says and however its lines end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u64);

const KEYS: [&[u8]; 3] = [b"sr-due", b"sr-interval", b"sr-ease"];

/// How the plugin marks the schedules of flashcards.
const CARDS: (&[u8], &[u8]) = (b"<!--SR:", b"-->");

impl Fingerprint {
    /// The fingerprint of a note. `None` where there is no text that could tell it from another.
    ///
    /// Left out are the three lines of the schedule, a frontmatter that holds nothing else, the comments in which the plugin
    /// keeps the schedules of flashcards, a byte-order mark, and all ASCII white space: a note stays the same when a
    /// schedule is added, removed or set, when its line ends are changed, and when it is indented or trimmed.
    pub fn of(note: &[u8]) -> Option<Self> {
        Self::counted(note).map(|(print, _)| print)
    }

    /// The same, and how many characters of the text there are to tell it by.
    pub fn counted(note: &[u8]) -> Option<(Self, usize)> {
        let (block, text) = match frontmatter::block(note) {
            Some(block) => (note.get(block.inner), note.get(block.end..)),
            None => (None, note.get(frontmatter::start(note)..)),
        };
        let mut digest = Digest::new();
        let mut count = 0_usize;
        let mut take = |bytes: &[u8]| {
            for byte in bytes.iter().filter(|byte| !byte.is_ascii_whitespace()) {
                digest.push(*byte);
                count += 1;
            }
        };
        let lines = block.unwrap_or_default().split(|byte| matches!(byte, b'\n' | b'\r'));
        lines.filter(|line| !is_schedule(line)).for_each(&mut take);
        let mut rest = text.unwrap_or_default();
        while let Some(start) = memmem::find(rest, CARDS.0) {
            let Some(end) = rest.get(start..).and_then(|comment| memmem::find(comment, CARDS.1)) else { break };
            take(rest.within(..start));
            rest = rest.within(start + end + CARDS.1.len()..);
        }
        take(rest);
        (count > 0).then(|| (Self(digest.finish()), count))
    }

    /// Reads exactly 16 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let bits = u64::from_str_radix(text, 16).ok()?;
        (text.len() == 16 && text.bytes().all(is_digit)).then_some(Self(bits))
    }
}

/// Whether a line of the frontmatter is one of the schedule's.
fn is_schedule(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let quote = line.first().copied().filter(|byte| matches!(byte, b'"' | b'\''));
    let line = line.within(usize::from(quote.is_some())..);
    let is_key = |key: &&[u8]| {
        let rest = line.strip_prefix(*key);
        let rest = rest.and_then(|rest| quote.map_or(Some(rest), |quote| rest.strip_prefix(&[quote])));
        rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"))
    };
    KEYS.iter().any(is_key)
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("no fingerprint of 16 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::note::edit;
    use crate::schedule::{Ease, Interval, Scheduled};

    fn of(text: &str) -> Option<String> {
        Fingerprint::of(text.as_bytes()).map(|print| print.to_string())
    }

    #[test]
    fn a_fingerprint_is_stable_for_ever() {
        assert_eq!(of("a"), Some("82a2a958a9bece5b".into()));
        assert_eq!(of("---\ntitle: x\n---\n# H\n"), Some("6218582c6493a6ab".into()));
        assert_eq!(of("a").as_deref().and_then(Fingerprint::parse), Fingerprint::of(b"a"));
        for bad in ["", "82A2A958A9BECE5B", "82a2a958a9bece5", "+2a2a958a9bece5b"] {
            assert_eq!(Fingerprint::parse(bad), None);
        }
    }

    #[test]
    fn what_says_the_same_but_for_schedules_has_one_fingerprint() {
        let same = [
            "Text <b>\n\n- x\n",
            "\u{feff}Text <b>\r\n\r\n- x",
            "---\nsr-due: 2026-01-01\nsr-interval: 4\nsr-ease: 250\n---\nText <b>\n- x\n",
            "---\r\n'sr-due' : 2026-01-01\r\n\"sr-interval\": 4\r\n sr-ease:\r\n---\r\nText <b>\r\n- x\r\n",
            "Text <b>\n- x\n<!--SR:!2026-01-01,3,250-->\n",
            "Text <b> <!--SR:!2026-01-01,3,250!2026-01-01,3,250-->\n- x\n",
        ];
        for text in same {
            assert_eq!(of(text), of(same[0]), "{text:?}");
        }
        for other in ["Text <b>\n- y\n", "---\nsr-due-x: 1\n---\nText <b>\n- x\n", "Text <b>\n- x\nsr-due: 1\n", "x"] {
            assert_ne!(of(other), of(same[0]), "{other:?}");
        }
    }

    #[test]
    fn a_note_without_text_is_like_any_other() {
        for text in ["", "\u{feff}\n", "---\nsr-due: 2026-01-01\nsr-interval: 4\nsr-ease: 250\n---\n", "---\n---\n"] {
            assert_eq!(of(text), None, "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_review_leaves_it_as_it_is(
            top in prop::sample::select(vec!["", "---\ntags: [a]\n---\n", "---\r\nx: 1\r\nsr-due:\r\n---\r\n", "---\n---\n"]),
            text in "[a-z#:\\- \n\u{fc}]{0,40}",
        ) {
            let note = format!("{top}{text}");
            let to = Scheduled {
                due: "2026-01-15".parse().unwrap(),
                interval: Interval::new(2.5).unwrap(),
                ease: Ease::new(230.0).unwrap(),
            };
            if let Ok(edit) = edit::set(&note, &to) {
                prop_assert_eq!(of(&edit.text), of(&note), "{:?}", edit.text);
            }
        }

        #[test]
        fn no_bytes_stop_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            Fingerprint::of(&bytes);
        }
    }
}
