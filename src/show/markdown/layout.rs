//! How a note is laid out, and what its surroundings tell of it.

use crate::show::glyphs::{Glyphs, UNICODE};

/// What the notes around a note can tell about its links.
pub trait Surroundings {
    /// Whether a link to `target` (`Note`, `folder/Note#Heading`) leads to something.
    fn leads(&self, target: &str) -> bool;

    /// The text that `![[target]]` puts in place, if it is a note or a part of one.
    fn embed(&self, target: &str) -> Option<String>;
}

/// A note on its own: all its links lead somewhere, and nothing can be embedded.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Surroundings for Alone {
    fn leads(&self, _: &str) -> bool {
        true
    }

    fn embed(&self, _: &str) -> Option<String> {
        None
    }
}

/// How a note is laid out.
#[derive(Clone, Copy)]
pub struct Layout<'a> {
    /// The columns of a line; taken as 10 at least.
    pub width: usize,
    /// The characters to draw with.
    pub glyphs: &'a Glyphs,
    /// Bytes of the body, in order, at which no span goes on: where prompts start to hide.
    pub cuts: &'a [usize],
    /// What links lead to.
    pub surroundings: &'a dyn Surroundings,
}

impl<'a> Layout<'a> {
    /// A layout of `width` columns, for a note on its own.
    pub fn of(width: usize) -> Layout<'a> {
        Layout { width, glyphs: &UNICODE, cuts: &[], surroundings: &Alone }
    }
}
