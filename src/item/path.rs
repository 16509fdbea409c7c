//! The path of a note, and the one form in which names are compared.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize, Serializer};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::folders::trimmed;

/// `text` in composed Unicode (NFC): what names are compared in.
///
/// Macs and some synchronisers write `ü` as `u` and a combining mark where keyboards and other systems write one
/// character. Both look alike and mean the same note.
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || text.chars().all(is_stable) || is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// `text` in decomposed Unicode (NFD): what a name on disk may be written in.
pub(crate) fn decomposed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfd().collect()) }
}

/// `text` in lower case and composed form: what is searched for whatever way it is typed.
pub fn folded(text: &str) -> String {
    let lowered = text.to_lowercase();
    if let Cow::Owned(folded) = composed(&lowered) {
        return folded;
    }
    lowered
}

/// Whether `c` stays as it is in composed form, whatever stands around it, unless the next character is composed with it: so
/// are the Latin, Cyrillic, Japanese, Chinese and Korean letters that are one character, which tells most names at once.
fn is_stable(c: char) -> bool {
    matches!(c, '\0'..='\u{2ff}' | '\u{400}'..='\u{482}' | '\u{2010}'..='\u{201f}' | '\u{3001}'..='\u{3029}'
        | '\u{3041}'..='\u{3096}' | '\u{309b}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// The path of a note: relative to the vault, with `/` between folders, UTF-8, never empty, never starting with `/`.
///
/// It keeps the bytes it was made of, which open the file, and is compared, ordered and hashed in [`composed`] form.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct NotePath {
    text: String,
    /// The composed form, where that is another: few names are decomposed, and those are compared many times.
    composed: Option<Box<str>>,
}

impl NotePath {
    /// The path as given. The caller has made it relative.
    pub fn new(path: impl Into<String>) -> Self {
        let text = path.into();
        Self { composed: other_form(&text), text }
    }

    /// Makes this another path, reusing the allocation: a folder, with its slash if it is one, and a file name.
    pub(crate) fn set(&mut self, folder: &str, name: &str) {
        self.text.clear();
        self.text.push_str(folder);
        self.text.push_str(name);
        self.composed = other_form(&self.text);
    }

    /// The path as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path in the form in which paths are compared.
    pub fn composed(&self) -> &str {
        self.composed.as_deref().unwrap_or(&self.text)
    }

    /// The file name without `.md`: what a wikilink calls the note and what stands in for a title.
    pub fn name(&self) -> &str {
        let file = self.text.rsplit('/').next().unwrap_or(&self.text);
        match file.len().checked_sub(3) {
            Some(at) if at > 0 && file.is_char_boundary(at) && file[at..].eq_ignore_ascii_case(".md") => &file[..at],
            _ => file,
        }
    }

    /// Whether the file name ends in `.md`, in any case: no other file is a note.
    pub fn is_markdown(&self) -> bool {
        let name = self.text.as_bytes();
        name.len().checked_sub(3).and_then(|at| name.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(b".md"))
    }

    /// The folder, without a final `/`; empty at the top of the vault.
    pub fn folder(&self) -> &str {
        self.text.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Whether it lies in `folder` or below it. The empty folder holds everything.
    pub fn is_in(&self, folder: &str) -> bool {
        is_below(self.composed(), folder)
    }
}

/// The composed form of a text that is not in it.
fn other_form(text: &str) -> Option<Box<str>> {
    match composed(text) {
        Cow::Owned(form) => Some(form.into_boxed_str()),
        Cow::Borrowed(_) => None,
    }
}

/// Whether `path` lies in `folder` or below it. The empty folder holds everything.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    let folder = composed(trimmed(folder));
    folder.is_empty() || composed(path).strip_prefix(&*folder).is_some_and(|rest| rest.starts_with('/'))
}

impl From<String> for NotePath {
    fn from(path: String) -> Self {
        Self::new(path)
    }
}

impl Serialize for NotePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl fmt::Debug for NotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NotePath").field(&self.text).finish()
    }
}

impl PartialEq for NotePath {
    fn eq(&self, other: &Self) -> bool {
        self.composed() == other.composed()
    }
}

impl Eq for NotePath {}

impl Hash for NotePath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.composed().hash(state);
    }
}

impl Ord for NotePath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.composed().cmp(other.composed())
    }
}

impl PartialOrd for NotePath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for NotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use unicode_normalization::char::canonical_combining_class;
    use unicode_normalization::{IsNormalized, is_nfc_quick};

    use super::*;

    #[test]
    fn a_path_has_a_name_and_a_folder() {
        let cases = [("a.md", "a", ""), ("x/y/Ä b.MD", "Ä b", "x/y"), (".md", ".md", ""), ("x/日本", "日本", "x")];
        for (path, name, folder) in cases {
            let path = NotePath::new(path);
            assert_eq!((path.name(), path.folder()), (name, folder));
        }
    }

    #[test]
    fn the_folder_of_a_path_may_be_written_in_either_form() {
        let path = NotePath::new("Bru\u{308}cken/a.md");
        assert!(path.is_in("Br\u{fc}cken/") && path.is_in("./Bru\u{308}cken") && path.is_in(""));
        assert!(!path.is_in("Br\u{fc}cke") && !NotePath::new("box/a.md").is_in("bo"));
    }

    #[test]
    fn a_path_keeps_its_bytes() {
        let path = NotePath::new("Bru\u{308}cke.md");
        assert_eq!((path.as_str(), path.composed()), ("Bru\u{308}cke.md", "Br\u{fc}cke.md"));
        assert_eq!(path, NotePath::new("Br\u{fc}cke.md"));
        assert_ne!(path, NotePath::new("Brucke.md"));
    }

    #[test]
    fn a_stable_character_stays_as_it_is() {
        for c in ('\0'..=char::MAX).filter(|c| is_stable(*c)) {
            assert_eq!(is_nfc_quick([c].into_iter()), IsNormalized::Yes, "{c:?}");
            assert_eq!(canonical_combining_class(c), 0, "{c:?}");
        }
    }

    #[test]
    fn what_is_searched_for_has_one_form() {
        for text in ["BRU\u{308}CKE", "Br\u{fc}cke", "br\u{dc}cke"] {
            assert_eq!(folded(text), "br\u{fc}cke");
        }
        assert_eq!(folded("J\u{30c}"), folded("\u{1f0}"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

        #[test]
        fn equality_order_and_hash_go_by_the_composed_form(
            same in "[aAK\u{308}\u{fc}\u{c4}u/\u{ac00}\u{1100}\u{1161}\u{11a8}\u{212a}\u{212b}\u{3b1}\u{345}]{0,4}",
            a in "[aAK\u{308}\u{fc}\u{c4}u/\u{ac00}\u{1100}\u{1161}\u{11a8}\u{212a}\u{212b}\u{3b1}\u{345}]{0,4}",
            b in "[aAK\u{308}\u{fc}\u{c4}u/\u{ac00}\u{1100}\u{1161}\u{11a8}\u{212a}\u{212b}\u{3b1}\u{345}]{0,4}",
        ) {
            let (a, b) = (format!("{same}{a}"), format!("{same}{b}"));
            let form = |text: &str| text.nfc().collect::<String>();
            let (left, right) = (NotePath::new(a.as_str()), NotePath::new(b.as_str()));
            prop_assert_eq!(left.cmp(&right), form(&a).cmp(&form(&b)));
            prop_assert_eq!(left == right, form(&a) == form(&b));
            prop_assert_eq!(left.composed(), form(&a));
            let apart: HashSet<NotePath> = [left.clone(), NotePath::new(a.nfd().collect::<String>())].into();
            prop_assert_eq!(apart.len(), 1);
            prop_assert_eq!(left.as_str(), a.as_str());
        }
    }
}
