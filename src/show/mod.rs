//! What a terminal is shown: text made harmless, measured, folded and coloured.

pub mod diff;
pub mod stats;
pub mod text;
pub mod when;
