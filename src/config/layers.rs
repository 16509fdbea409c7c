//! Settings from several places, one over the other, each value with the place it came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Serialize;
use serde_json::{Value, json};

use super::plugin::PluginSettings;
use super::{CardSettings, Config, Selection};
use crate::clock::StartOfDay;
use crate::schedule::{Algorithm, Ease, Sm2};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An option on the command line, such as `--vault`.
    Flag(&'static str),
    /// An environment variable.
    Environment(&'static str),
    /// A settings file, with the line where that is known.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: Option<usize>,
    },
    /// Found without being told, in the way that the text says.
    Found(&'static str),
    /// Nothing said otherwise.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Flag(name) | Source::Environment(name) | Source::Found(name) => f.write_str(name),
            Source::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Source::File { path, line: None } => write!(f, "{}", path.display()),
            Source::Default => f.write_str("default"),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub source: Source,
}

impl<T> Sourced<T> {
    /// A value of the given source.
    pub fn new(value: T, source: Source) -> Self {
        Self { value, source }
    }
}

/// The colours of the review screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeName {
    /// For a dark background.
    #[default]
    Dark,
    /// For a light background.
    Light,
}

impl FromStr for ThemeName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "dark" => Ok(Self::Dark),
            "light" => Ok(Self::Light),
            _ => Err(format!("`{text}` is no theme; there are dark and light")),
        }
    }
}

/// What one place says: nothing, or a checked value, for each setting.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "each field is the setting of the same name in `Config`")]
pub struct Settings {
    pub vault: Option<Sourced<PathBuf>>,
    pub device: Option<Sourced<String>>,
    pub log_dir: Option<Sourced<PathBuf>>,
    pub start_of_day: Option<Sourced<StartOfDay>>,
    pub review_tags: Option<Sourced<Vec<String>>>,
    pub ignore_tags: Option<Sourced<Vec<String>>>,
    pub review_folders: Option<Sourced<Vec<String>>>,
    pub ignore_paths: Option<Sourced<Vec<String>>>,
    pub strict_decks: Option<Sourced<bool>>,
    pub follow_links: Option<Sourced<bool>>,
    pub base_ease: Option<Sourced<Ease>>,
    pub lapse_interval_change: Option<Sourced<f64>>,
    pub easy_bonus: Option<Sourced<f64>>,
    pub maximum_interval: Option<Sourced<f64>>,
    pub load_balance: Option<Sourced<bool>>,
    pub max_link_factor: Option<Sourced<f64>>,
    pub random: Option<Sourced<bool>>,
    pub theme: Option<Sourced<ThemeName>>,
    pub ascii: Option<Sourced<bool>>,
    pub keys: Option<Sourced<BTreeMap<String, String>>>,
    pub cards: Option<Sourced<CardSettings>>,
}

impl Settings {
    /// What the plugin's settings say, all from `source`.
    pub fn from_plugin(plugin: PluginSettings, source: &Source) -> Self {
        fn from<T>(source: &Source, value: Option<T>) -> Option<Sourced<T>> {
            value.map(|value| Sourced::new(value, source.clone()))
        }
        Self {
            base_ease: from(source, plugin.base_ease),
            lapse_interval_change: from(source, plugin.lapse_interval_change),
            easy_bonus: from(source, plugin.easy_bonus),
            maximum_interval: from(source, plugin.maximum_interval),
            max_link_factor: from(source, plugin.max_link_factor),
            load_balance: from(source, plugin.load_balance),
            review_tags: from(source, plugin.review_tags),
            ignore_tags: from(source, plugin.ignore_tags),
            ignore_paths: from(source, plugin.ignore_paths),
            start_of_day: from(source, plugin.start_of_day),
            random: from(source, plugin.random),
            cards: from(source, Some(CardSettings::from_plugin(plugin.cards))),
            ..Self::default()
        }
    }
}

/// One setting in force, for `study config`.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The name, as in the settings file.
    pub key: &'static str,
    /// The value.
    pub value: Value,
    /// Where it came from.
    pub source: Source,
}

/// What is settled before any file is read.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The vault.
    pub vault: Sourced<PathBuf>,
    /// The name of this machine, used when no setting names a device.
    pub host: String,
}

/// The settings in force: of each, the value of the first layer that has one.
pub fn resolve(layers: &[Settings], ground: Ground) -> (Config, Vec<Row>) {
    let mut rows = Vec::new();
    let vault = ground.vault.value.clone();
    rows.push(Row { key: "vault", value: json!(vault.to_string_lossy()), source: ground.vault.source });
    macro_rules! pick {
        ($key:ident, $default:expr) => {{
            let picked = layers.iter().find_map(|layer| layer.$key.clone());
            let picked = picked.unwrap_or_else(|| Sourced::new($default, Source::Default));
            rows.push(Row { key: stringify!($key), value: shown(json!(picked.value)), source: picked.source });
            picked.value
        }};
    }
    let (sm2, selection) = (Sm2::default(), Selection::default());
    let device = pick!(device, ground.host);
    let log_dir = pick!(log_dir, PathBuf::from(".study/log"));
    let cards = layers.iter().find_map(|layer| layer.cards.clone());
    let cards = cards.unwrap_or_else(|| Sourced::new(CardSettings::default(), Source::Default));
    rows.push(Row { key: "flashcard_tags", value: json!(cards.value.flashcard_tags), source: cards.source });
    let cards = cards.value;
    let config = Config {
        log_dir: vault.join(log_dir),
        device,
        start_of_day: pick!(start_of_day, StartOfDay::default()),
        selection: Selection {
            review_tags: pick!(review_tags, selection.review_tags),
            ignore_tags: pick!(ignore_tags, selection.ignore_tags),
            review_folders: pick!(review_folders, selection.review_folders),
            ignore_paths: pick!(ignore_paths, selection.ignore_paths),
            strict_decks: pick!(strict_decks, selection.strict_decks),
        },
        follow_links: pick!(follow_links, false),
        algorithm: Algorithm::Sm2(Sm2 {
            base_ease: pick!(base_ease, sm2.base_ease),
            lapse_interval_change: pick!(lapse_interval_change, sm2.lapse_interval_change),
            easy_bonus: pick!(easy_bonus, sm2.easy_bonus),
            maximum_interval: pick!(maximum_interval, sm2.maximum_interval),
            load_balance: pick!(load_balance, sm2.load_balance),
            max_link_factor: pick!(max_link_factor, sm2.max_link_factor),
        }),
        random: pick!(random, false),
        theme: pick!(theme, ThemeName::default()),
        ascii: pick!(ascii, false),
        keys: pick!(keys, BTreeMap::new()),
        cards,
        vault,
    };
    (config, rows)
}

/// A number as people write it: 250, not 250.0.
fn shown(value: Value) -> Value {
    match value.as_f64() {
        Some(x) if x.fract() == 0.0 && x.abs() < 1e15 => json!(x as i64),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_layer_that_says_something_wins() {
        let vault_file = Settings {
            easy_bonus: Some(Sourced::new(1.5, Source::File { path: "v.toml".into(), line: Some(3) })),
            ..Settings::default()
        };
        let user_file = Settings {
            easy_bonus: Some(Sourced::new(1.2, Source::Default)),
            device: Some(Sourced::new("desk".into(), Source::File { path: "u.toml".into(), line: None })),
            ..Settings::default()
        };
        let ground = Ground { vault: Sourced::new("/v".into(), Source::Flag("--vault")), host: "host".into() };
        let (config, rows) = resolve(&[vault_file, user_file], ground);
        assert_eq!((config.algorithm.sm2().easy_bonus, config.device.as_str()), (1.5, "desk"));
        assert_eq!(config.log_dir, PathBuf::from("/v/.study/log"));
        let source = |key: &str| rows.iter().find(|r| r.key == key).unwrap().source.to_string();
        assert_eq!((source("easy_bonus"), source("device")), ("v.toml:3".into(), "u.toml".into()));
        assert_eq!(source("base_ease"), "default");
    }
}
