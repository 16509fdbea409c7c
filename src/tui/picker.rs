//! The queue as a list to choose from, narrowed by what is typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::typed::Typed;
use crate::item::folded;
use crate::review::Session;

/// The list.
#[derive(Clone, Debug)]
pub(super) struct Picker {
    /// The items in order: name, folder, and the same in lower case for the filter.
    items: Vec<Entry>,
    typed: Typed,
    /// The items that match, by place in the queue.
    found: Vec<usize>,
    /// Which of the found ones is chosen.
    at: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub name: String,
    pub folder: String,
    /// Days overdue; `None` for a new note.
    pub overdue: Option<i64>,
    folded: String,
}

impl Picker {
    pub(super) fn of(session: &Session) -> Self {
        let items: Vec<Entry> = session
            .left()
            .map(|item| Entry {
                name: item.id.note.name().to_owned(),
                folder: item.id.note.folder().to_owned(),
                overdue: item.before().map(|before| before.days_overdue(session.today())),
                folded: folded(item.id.note.as_str()),
            })
            .collect();
        let found = (0..items.len()).collect();
        Self { items, typed: Typed::default(), found, at: 0 }
    }

    /// What was typed to narrow the list.
    pub(super) fn typed(&self) -> &str {
        self.typed.text()
    }

    /// How many entries there are, whether they match or not.
    pub(super) fn total(&self) -> usize {
        self.items.len()
    }

    /// The entries that match, each with its place in the queue and whether it is chosen.
    pub(super) fn entries(&self) -> impl ExactSizeIterator<Item = (usize, &Entry, bool)> {
        let chosen = self.chosen();
        self.found
            .iter()
            .filter_map(move |&index| self.items.get(index).map(|entry| (index, entry, chosen == Some(index))))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// Which of the entries is chosen, counted among those that match.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The place in the queue of the chosen entry.
    pub(super) fn chosen(&self) -> Option<usize> {
        self.found.get(self.at).copied()
    }

    pub(super) fn step(&mut self, by: isize) {
        self.at = self.at.saturating_add_signed(by).min(self.found.len().saturating_sub(1));
    }

    pub(super) fn key(&mut self, event: &KeyEvent) {
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        match event.code {
            KeyCode::Down | KeyCode::Tab => self.step(1),
            KeyCode::Up | KeyCode::BackTab => self.step(-1),
            KeyCode::Char('n' | 'j') if control => self.step(1),
            KeyCode::Char('p' | 'k') if control => self.step(-1),
            KeyCode::PageDown => self.step(10),
            KeyCode::PageUp => self.step(-10),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.step(isize::MAX),
            _ => {
                self.typed.key(event);
                self.narrow();
            }
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.typed.paste(text);
        self.narrow();
    }

    /// Keeps the entries whose path holds every typed word.
    fn narrow(&mut self) {
        let typed = folded(self.typed.text());
        let words: Vec<&str> = typed.split_whitespace().collect();
        let matches = |entry: &Entry| words.iter().all(|word| entry.folded.contains(word));
        self.found = self.items.iter().enumerate().filter(|(_, entry)| matches(entry)).map(|(i, _)| i).collect();
        self.at = 0;
    }
}
