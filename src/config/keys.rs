//! Which key does what.

use std::collections::BTreeMap;
use std::fmt;

use super::layouts::latin;
use crate::schedule::Grade;

/// Something a key does while a note is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Show the next hidden part; the one before counts as recalled.
    Reveal,
    /// Show everything, or follow the link that is chosen.
    RevealAll,
    /// The part just shown was not recalled.
    Missed,
    /// Grade the note.
    Grade(Grade),
    /// Take the last thing back.
    Undo,
    /// Pass over the note until the others are done.
    Skip,
    /// Put the note aside until tomorrow.
    Bury,
    /// Take the note out of the queue.
    Suspend,
    /// Ask for a due date.
    SetDate,
    /// Show the queue, to jump or to filter.
    Queue,
    /// Open the note in the editor.
    Editor,
    /// Open the note in Obsidian.
    Obsidian,
    /// Choose the next link.
    NextLink,
    /// Choose the link before.
    PreviousLink,
    /// Return from a note that is peeked at; forget the search and the chosen link.
    Back,
    /// Search in the note.
    Search,
    /// Go to the next hit.
    NextMatch,
    /// Go to the hit before.
    PreviousMatch,
    /// Scroll a line down.
    Down,
    /// Scroll a line up.
    Up,
    /// Scroll half a window down.
    HalfDown,
    /// Scroll half a window up.
    HalfUp,
    /// Scroll a window down.
    PageDown,
    /// Scroll a window up.
    PageUp,
    /// Go to the top.
    Top,
    /// Go to the end.
    Bottom,
    /// Go to the next section, and show the parts of it next.
    NextSection,
    /// Go to the section before.
    PreviousSection,
    /// Show all keys.
    Help,
    /// Leave; everything is saved.
    Quit,
}

/// What an action is called in the settings, its keys unless set otherwise, and what it does.
pub struct Entry {
    /// The action.
    pub action: Action,
    /// Its name in the settings.
    pub name: &'static str,
    /// Its keys unless set otherwise, with blanks between them.
    pub keys: &'static str,
    /// What it does, for the help.
    pub help: &'static str,
}

const fn entry(action: Action, name: &'static str, keys: &'static str, help: &'static str) -> Entry {
    Entry { action, name, keys, help }
}

/// All actions, in the order of the help.
pub const ENTRIES: [Entry; 33] = [
    entry(Action::Reveal, "reveal", "space", "show the next part; the one before counts as recalled"),
    entry(Action::RevealAll, "reveal-all", "enter", "show everything; with a link chosen: follow it"),
    entry(Action::Missed, "missed", "x", "the part just shown was not recalled (again: it was)"),
    entry(Action::Grade(Grade::Again), "again", "1", "forgotten: seen again in this session"),
    entry(Action::Grade(Grade::Hard), "hard", "2", "recalled with trouble: a shorter interval"),
    entry(Action::Grade(Grade::Good), "good", "3", "recalled: the interval times the ease"),
    entry(Action::Grade(Grade::Easy), "easy", "4", "recalled at once: longer still, and a higher ease"),
    entry(Action::Undo, "undo", "u", "take the last thing back, any number of times"),
    entry(Action::Skip, "skip", "s", "come back to it after the others"),
    entry(Action::Bury, "bury", "b", "put it aside until tomorrow"),
    entry(Action::Suspend, "suspend", "S", "take it out of the queue until it is resumed"),
    entry(Action::SetDate, "set-date", "d", "set its due date without a grade"),
    entry(Action::Queue, "queue", "l", "list what is left: jump to a note, filter"),
    entry(Action::Editor, "editor", "e", "open it in $EDITOR and come back"),
    entry(Action::Obsidian, "obsidian", "o", "open it in Obsidian"),
    entry(Action::NextLink, "next-link", "tab", "choose the next link; enter follows it"),
    entry(Action::PreviousLink, "previous-link", "backtab", "choose the link before"),
    entry(Action::Back, "back", "esc backspace", "return from a note that was peeked at; clear the search"),
    entry(Action::Search, "search", "/", "search in the note"),
    entry(Action::NextMatch, "next-match", "n", "the next hit"),
    entry(Action::PreviousMatch, "previous-match", "N", "the hit before"),
    entry(Action::Down, "down", "j down", "a line down"),
    entry(Action::Up, "up", "k up", "a line up"),
    entry(Action::HalfDown, "half-down", "ctrl+d", "half a window down"),
    entry(Action::HalfUp, "half-up", "ctrl+u", "half a window up"),
    entry(Action::PageDown, "page-down", "f pagedown ctrl+f right", "a window down"),
    entry(Action::PageUp, "page-up", "pageup ctrl+b left", "a window up"),
    entry(Action::Top, "top", "g home", "to the top"),
    entry(Action::Bottom, "bottom", "G end", "to the end"),
    entry(Action::NextSection, "next-section", "]", "to the next section, or branch of a roadmap, to recall that"),
    entry(Action::PreviousSection, "previous-section", "[", "to the section before"),
    entry(Action::Help, "help", "? f1", "show or hide this help"),
    entry(Action::Quit, "quit", "q", "leave; every grade is saved already"),
];

/// A key with what is held down beside it. Shift is part of a character and of what it makes of Tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The key itself.
    pub code: KeyCode,
    /// Whether Ctrl is held down.
    pub ctrl: bool,
    /// Whether Alt is held down.
    pub alt: bool,
    /// Whether Shift is held down, for a key to which it makes no difference. No setting asks for it.
    pub shift: bool,
}

/// A key by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they are called what is printed on them")]
pub enum KeyCode {
    /// The character that it types.
    Char(char),
    Enter,
    Tab,
    /// Tab with Shift.
    BackTab,
    Esc,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    /// A function key, from 1.
    F(u8),
}

/// What keys are called in the settings, but for those that are a character.
const NAMES: [(&str, KeyCode); 19] = [
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("esc", KeyCode::Esc),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("plus", KeyCode::Char('+')),
    ("f1", KeyCode::F(1)),
    ("f2", KeyCode::F(2)),
];

impl Key {
    /// Reads a key as it is written in the settings: a character, or a name, after `ctrl+` or `alt+`.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut ctrl, mut alt) = (false, false);
        let mut rest = text;
        loop {
            let lower = rest.to_ascii_lowercase();
            if lower.len() > 5 && lower.starts_with("ctrl+") {
                ctrl = true;
                rest = rest.get(5..)?;
            } else if lower.len() > 4 && lower.starts_with("alt+") {
                alt = true;
                rest = rest.get(4..)?;
            } else {
                break;
            }
        }
        let mut characters = rest.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(c), None) if !c.is_control() => KeyCode::Char(c),
            _ => NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(rest)).map(|&(_, code)| code)?,
        };
        Some(Self { code, ctrl, alt, shift: false })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl+")?;
        }
        if self.alt {
            f.write_str("alt+")?;
        }
        match (NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, KeyCode::F(number)) => write!(f, "f{number}"),
            (None, code) => write!(f, "{code:?}"),
        }
    }
}

/// A key binding of the settings that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadBinding {
    /// The action as the settings name it. Untrusted text.
    pub name: String,
    /// What is wrong with it, in lower case.
    pub message: String,
}

/// Which key does what.
#[derive(Clone, Debug)]
pub struct Bindings(Vec<(Key, Action)>);

impl Default for Bindings {
    fn default() -> Self {
        let keys =
            |entry: &Entry| entry.keys.split(' ').filter_map(Key::parse).map(|key| (key, entry.action)).collect();
        Self(ENTRIES.iter().flat_map(|entry| -> Vec<_> { keys(entry) }).collect())
    }
}

impl Bindings {
    /// The bindings with those of `settings` in place of what they name: from the name of an action to its keys, with
    /// blanks between them; no keys: the action has none.
    ///
    /// # Errors
    /// When a name is no action, a key is none, or one key is to do two things.
    pub fn parse(settings: &BTreeMap<String, String>) -> Result<Self, BadBinding> {
        let bad = |name: &str, message| Err(BadBinding { name: name.to_owned(), message });
        let mut set: Vec<(Key, Action)> = Vec::new();
        let mut named: Vec<Action> = Vec::new();
        for (name, keys) in settings {
            let Some(entry) = ENTRIES.iter().find(|entry| entry.name == name) else {
                let names: Vec<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
                return bad(name, format!("`{name}` is nothing that a key can do; there are {}", names.join(", ")));
            };
            named.push(entry.action);
            for text in keys.split_whitespace() {
                let Some(key) = Key::parse(text) else {
                    let names = "write a character or a name such as space, enter, esc, up, ctrl+d";
                    return bad(name, format!("`{text}`, set for `{name}`, is no key; {names}"));
                };
                if let Some((_, other)) = set.iter().find(|(taken, _)| *taken == key) {
                    let message = format!("key `{key}` is set twice: for `{}` and for `{name}`", name_of(*other));
                    return bad(name, message);
                }
                set.push((key, entry.action));
            }
        }
        let free =
            |(key, action): &(Key, Action)| !named.contains(action) && !set.iter().any(|(taken, _)| taken == key);
        let kept: Vec<_> = Self::default().0.into_iter().filter(free).collect();
        Ok(Self(set.into_iter().chain(kept).collect()))
    }

    /// What a key does: what it is bound to, else what the Latin key in its place is.
    pub fn action(&self, key: Key) -> Option<Action> {
        let bound = |key| self.0.iter().find(|(bound, _)| *bound == key).map(|&(_, action)| action);
        bound(key).or_else(|| match key.code {
            KeyCode::Char(c) => bound(Key { code: KeyCode::Char(latin(c)?), ..key }),
            _ => None,
        })
    }

    /// The keys of an action, the first one first.
    pub fn keys(&self, action: Action) -> impl Iterator<Item = Key> + '_ {
        self.0.iter().filter(move |(_, bound)| *bound == action).map(|&(key, _)| key)
    }

    /// The first key of an action, for hints; empty if it has none.
    pub fn hint(&self, action: Action) -> String {
        self.keys(action).next().map(|key| key.to_string()).unwrap_or_default()
    }
}

fn name_of(action: Action) -> &'static str {
    ENTRIES.iter().find(|entry| entry.action == action).map_or("", |entry| entry.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, keys)| ((*name).to_owned(), (*keys).to_owned())).collect()
    }

    #[test]
    fn every_action_has_keys_that_nothing_else_has() {
        let bindings = Bindings::default();
        for (index, (key, action)) in bindings.0.iter().enumerate() {
            assert!(!bindings.0.iter().skip(index + 1).any(|(other, _)| other == key), "{key}");
            assert_eq!(bindings.action(*key), Some(*action));
            assert_eq!(Key::parse(&key.to_string()), Some(*key));
        }
        for entry in &ENTRIES {
            assert_eq!(bindings.keys(entry.action).count(), entry.keys.split(' ').count(), "{}", entry.name);
        }
    }

    #[test]
    fn the_documentation_lists_every_action() {
        let documented = include_str!("../../docs/review.md");
        for entry in &ENTRIES {
            let keys: Vec<String> = entry.keys.split(' ').map(|key| format!("`{key}`")).collect();
            let row = format!("| `{}` | {} | {} |", entry.name, keys.join(" "), entry.help);
            assert!(documented.contains(&row), "{row}");
        }
    }

    #[test]
    fn settings_replace_the_keys_of_what_they_name() {
        let bindings = Bindings::parse(&settings(&[("good", "g Ctrl+G"), ("undo", "")])).unwrap();
        let action = |text| bindings.action(Key::parse(text).unwrap());
        assert_eq!(action("g"), Some(Action::Grade(Grade::Good)));
        assert_eq!(action("home"), Some(Action::Top));
        assert_eq!((action("3"), action("u")), (None, None));
    }

    #[test]
    fn a_key_of_another_layout_does_what_the_latin_one_does_unless_it_is_bound_itself() {
        let bindings = Bindings::parse(&settings(&[("good", "ы 3"), ("skip", "s")])).unwrap();
        let action = |text| bindings.action(Key::parse(text).unwrap());
        assert_eq!(action("ы"), Some(Action::Grade(Grade::Good)));
        assert_eq!(action("３"), Some(Action::Grade(Grade::Good)));
        assert_eq!(
            (action("й"), action("Ы"), action("ctrl+в")),
            (Some(Action::Quit), Some(Action::Suspend), Some(Action::HalfDown))
        );
        assert_eq!(action("日"), None);
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        let cases = [
            (&[("god", "g")][..], "`god` is nothing that a key can do"),
            (&[("good", "hyper+x")], "`hyper+x`, set for `good`, is no key"),
            (&[("easy", "g"), ("good", "g")], "key `g` is set twice: for `easy` and for `good`"),
        ];
        for (pairs, message) in cases {
            let error = Bindings::parse(&settings(pairs)).unwrap_err();
            assert!(error.message.starts_with(message), "{error}");
            assert_eq!(error.name, pairs.last().unwrap().0);
        }
    }
}
