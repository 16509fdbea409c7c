//! A note as it was read, of which everybody asks only what they need, and the costly things are found out once.

use std::cell::OnceCell;

use super::frontmatter::{self, Top};
use crate::within::Within;

/// The bytes of a note and what is known of them.
#[derive(Debug)]
pub struct Raw<'a> {
    bytes: &'a [u8],
    top: Top,
    text: OnceCell<Option<&'a str>>,
}

impl<'a> Raw<'a> {
    /// A note with these bytes, of which the top is looked at.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, top: frontmatter::find(bytes), text: OnceCell::new() }
    }

    /// All its bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What stands at its top.
    pub fn top(&self) -> &Top {
        &self.top
    }

    /// The lines between the fences of its frontmatter; none where it has none.
    pub fn inner(&self) -> &'a [u8] {
        let Top::Block(block) = &self.top else { return &[] };
        self.bytes.within(block.inner.clone())
    }

    /// Its text; `None` when it is not UTF-8.
    pub fn text(&self) -> Option<&'a str> {
        *self.text.get_or_init(|| simdutf8::basic::from_utf8(self.bytes).ok())
    }
}
