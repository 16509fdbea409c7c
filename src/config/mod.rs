//! Settings, as every other module sees them: one checked value each, whatever source it came from.

pub mod ascii;
mod file;
mod glob;
pub mod ignore;
pub mod keys;
mod layers;
pub mod layouts;
pub mod plugin;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::clock::StartOfDay;
use crate::schedule::Algorithm;

pub use file::{ConfigError, Owner, parse};
pub use layers::{Ground, Row, Settings, Source, Sourced, ThemeName, resolve};

/// The settings in force for one command.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The vault, as found: an existing folder.
    pub vault: PathBuf,
    /// The name under which this machine keeps its part of the review log.
    pub device: String,
    /// The folder of the review log.
    pub log_dir: PathBuf,
    /// The local time at which a study day starts.
    pub start_of_day: StartOfDay,
    /// What computes intervals.
    pub algorithm: Algorithm,
    /// Which notes are for review.
    pub selection: Selection,
    /// Follow symlinks that lead out of the vault.
    pub follow_links: bool,
    /// Offer due and new notes in random order.
    pub random: bool,
    /// The colours of the review screen.
    pub theme: ThemeName,
    /// Draw with ASCII characters only.
    pub ascii: bool,
    /// Key bindings of the review screen: action to key.
    pub keys: BTreeMap<String, String>,
    /// How the plugin's flashcards are told apart, as far as they touch the ease of a note.
    pub cards: CardSettings,
}

/// Which notes are for review, and in which decks.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// Tags without `#`; a note with one of them or a tag below it is for review, in the deck of that name.
    pub review_tags: Vec<String>,
    /// Tags without `#`; a note with one of them or a tag below it is never offered.
    pub ignore_tags: Vec<String>,
    /// Folders, vault-relative with `/` and without a final one; every note below is for review.
    pub review_folders: Vec<String>,
    /// Patterns of paths that are left out altogether: text the path starts with, or a glob.
    pub ignore_paths: Vec<String>,
    /// Only notes in a deck are offered, as the plugin has it: a schedule alone does not do.
    pub strict_decks: bool,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            review_tags: vec!["review".into()],
            ignore_tags: Vec::new(),
            review_folders: Vec::new(),
            ignore_paths: vec!["**/*.excalidraw.md".into()],
            strict_decks: false,
        }
    }
}

/// How flashcards are marked in a note; names and defaults are the plugin's.
#[derive(Clone, Debug, PartialEq)]
pub struct CardSettings {
    /// Tags without `#` of notes that hold cards.
    pub flashcard_tags: Vec<String>,
    /// Tags without `#` of notes whose cards do not count.
    pub ignore_tags: Vec<String>,
    /// Every folder is a deck, whatever the tags.
    pub folders_are_decks: bool,
    /// Between question and answer on one line.
    pub single_line: String,
    /// The same, asked both ways.
    pub single_line_reversed: String,
    /// The line between question and answer.
    pub multi_line: String,
    /// The same, asked both ways.
    pub multi_line_reversed: String,
    /// The line that ends a card; empty: a blank line does.
    pub end_marker: String,
    /// Patterns of cloze deletions.
    pub cloze_patterns: Vec<String>,
}

impl CardSettings {
    /// The plugin's settings, its defaults where it says nothing.
    fn from_plugin(plugin: plugin::PluginCards) -> Self {
        let default = Self::default();
        Self {
            flashcard_tags: plugin.flashcard_tags.unwrap_or(default.flashcard_tags),
            ignore_tags: plugin.ignore_tags.unwrap_or(default.ignore_tags),
            folders_are_decks: plugin.folders_are_decks.unwrap_or(default.folders_are_decks),
            single_line: plugin.single_line.unwrap_or(default.single_line),
            single_line_reversed: plugin.single_line_reversed.unwrap_or(default.single_line_reversed),
            multi_line: plugin.multi_line.unwrap_or(default.multi_line),
            multi_line_reversed: plugin.multi_line_reversed.unwrap_or(default.multi_line_reversed),
            end_marker: plugin.end_marker.unwrap_or(default.end_marker),
            cloze_patterns: plugin.cloze_patterns.unwrap_or(default.cloze_patterns),
        }
    }
}

impl Default for CardSettings {
    fn default() -> Self {
        Self {
            flashcard_tags: vec!["flashcards".into()],
            ignore_tags: Vec::new(),
            folders_are_decks: false,
            single_line: "::".into(),
            single_line_reversed: ":::".into(),
            multi_line: "?".into(),
            multi_line_reversed: "??".into(),
            end_marker: String::new(),
            cloze_patterns: vec!["==[123;;]answer[;;hint]==".into()],
        }
    }
}
