//! What the notes around a note tell about its links, asked of the vault once each.

use std::cell::RefCell;
use std::collections::HashMap;

use super::reading::body_of;
use crate::app::review::Review;
use crate::note::NotePath;
use crate::note::outline::part;
use crate::show::markdown::Surroundings;

/// What was asked already.
#[derive(Debug, Default)]
pub(super) struct Known {
    leads: HashMap<(NotePath, String), bool>,
    embeds: HashMap<(NotePath, String), Option<String>>,
}

/// The surroundings of one note.
pub(super) struct Around<'a> {
    from: NotePath,
    inner: RefCell<(&'a mut dyn Review, &'a mut Known)>,
}

impl<'a> Around<'a> {
    pub(super) fn new(from: NotePath, effects: &'a mut dyn Review, known: &'a mut Known) -> Self {
        Self { from, inner: RefCell::new((effects, known)) }
    }
}

/// The name and the fragment of a link: `Note#Heading`.
pub(super) fn split(target: &str) -> (&str, Option<&str>) {
    match target.split_once('#') {
        Some((name, fragment)) => (name.trim(), Some(fragment.trim())),
        None => (target.trim(), None),
    }
}

impl Surroundings for Around<'_> {
    fn leads(&self, target: &str) -> bool {
        let (name, _) = split(target);
        if name.is_empty() {
            return true;
        }
        let (effects, known) = &mut *self.inner.borrow_mut();
        // What is not known to be amiss is shown as it should be.
        if effects.awaits_links() {
            return true;
        }
        let from = &self.from;
        *known.leads.entry((from.clone(), name.to_owned())).or_insert_with(|| effects.resolve(from, name).is_some())
    }

    fn embed(&self, target: &str) -> Option<String> {
        let (name, fragment) = split(target);
        if name.is_empty() {
            return None;
        }
        let (effects, known) = &mut *self.inner.borrow_mut();
        if effects.awaits_links() {
            return None;
        }
        let from = &self.from;
        let read = || {
            let note = effects.resolve(from, name)?;
            let opened = effects.peek(&note).ok()?;
            let body = body_of(&opened.text);
            let text = match fragment {
                Some(fragment) => body.get(part(body, fragment)?)?,
                None => body,
            };
            Some(text.trim_end().to_owned())
        };
        known.embeds.entry((from.clone(), target.to_owned())).or_insert_with(read).clone()
    }
}
