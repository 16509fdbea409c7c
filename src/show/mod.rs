//! What a terminal is shown: text made harmless, measured, folded and coloured.

pub mod ascii;
pub mod diff;
pub mod glyphs;
pub mod history;
pub mod json;
pub mod line;
pub mod markdown;
pub mod refusal;
pub mod roadmap;
pub mod stats;
pub mod text;
pub mod theme;
pub mod veil;
pub mod when;
