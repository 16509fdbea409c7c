//! What a terminal is shown: text made harmless, measured, folded and coloured.

pub mod text;
