//! The settings file, `.study/config.toml` in the vault and `study/config.toml` of the user: TOML, checked line by line.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::keys::Bindings;
use super::layers::{Settings, Source, Sourced};
use crate::clock::StartOfDay;
use crate::schedule::Ease;

/// A settings file that cannot be used, with file and line.
#[derive(Debug, thiserror::Error)]
#[error("{}:{line}: {message}", path.display())]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it, in lower case.
    pub message: String,
}

/// Whose file it is: some keys belong to one of them only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// `.study/config.toml`, which travels with the vault.
    Vault,
    /// The user's own file, which stays on the machine.
    User,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    vault: Option<Spanned<String>>,
    device: Option<Spanned<String>>,
    log_dir: Option<Spanned<String>>,
    start_of_day: Option<Spanned<String>>,
    review_tags: Option<Spanned<Vec<String>>>,
    ignore_tags: Option<Spanned<Vec<String>>>,
    review_folders: Option<Spanned<Vec<String>>>,
    ignore_paths: Option<Spanned<Vec<String>>>,
    strict_decks: Option<Spanned<bool>>,
    follow_links: Option<Spanned<bool>>,
    base_ease: Option<Spanned<f64>>,
    lapse_interval_change: Option<Spanned<f64>>,
    easy_bonus: Option<Spanned<f64>>,
    maximum_interval: Option<Spanned<f64>>,
    load_balance: Option<Spanned<bool>>,
    max_link_factor: Option<Spanned<f64>>,
    random: Option<Spanned<bool>>,
    theme: Option<Spanned<String>>,
    ascii: Option<Spanned<bool>>,
    keys: Option<Spanned<BTreeMap<String, Spanned<String>>>>,
}

/// Reads a settings file.
///
/// # Errors
/// [`ConfigError`] at the first line that is not TOML, names an unknown key or has a value out of range.
pub fn parse(path: &Path, text: &str, owner: Owner) -> Result<Settings, ConfigError> {
    let file = File { path, text };
    let raw: Raw = toml::from_str(text).map_err(|e| {
        let at = e.span().map_or(0, |span| span.start);
        file.error(at, e.message().lines().collect::<Vec<_>>().join(" "))
    })?;
    let misplaced = match owner {
        Owner::Vault => raw
            .vault
            .as_ref()
            .map(|v| (v.span().start, "vault"))
            .or(raw.device.as_ref().map(|d| (d.span().start, "device"))),
        Owner::User => None,
    };
    let leads_out = match owner {
        // A vault may come from a stranger: what lets `study` write outside of it is for the user to say.
        Owner::Vault => raw
            .follow_links
            .as_ref()
            .filter(|follow| *follow.get_ref())
            .map(|follow| (follow.span().start, "`follow_links` lets notes outside the vault be written"))
            .or(raw
                .log_dir
                .as_ref()
                .filter(|dir| !is_inside(dir.get_ref()))
                .map(|dir| (dir.span().start, "`log_dir` leads out of the vault"))),
        Owner::User => None,
    };
    if let Some((at, what)) = leads_out {
        return Err(file.error(at, format!("{what}; that belongs in the user's config")));
    }
    if let Some((at, key)) = misplaced {
        return Err(file.error(at, format!("`{key}` differs from machine to machine; it belongs in the user's config")));
    }
    Ok(Settings {
        vault: file.check(raw.vault, |v| nonempty(v).map(PathBuf::from))?,
        device: file.check(raw.device, nonempty)?,
        log_dir: file.check(raw.log_dir, |v| nonempty(v).map(PathBuf::from))?,
        start_of_day: file.check(raw.start_of_day, |v| StartOfDay::parse(&v))?,
        review_tags: file.check(raw.review_tags, tags)?,
        ignore_tags: file.check(raw.ignore_tags, tags)?,
        review_folders: file.check(raw.review_folders, folders)?,
        ignore_paths: file.check(raw.ignore_paths, |v| v.into_iter().map(nonempty).collect())?,
        strict_decks: file.check(raw.strict_decks, Ok)?,
        follow_links: file.check(raw.follow_links, Ok)?,
        base_ease: file.check(raw.base_ease, |v| {
            between(v, 130.0, 1000.0, "percent")?;
            Ease::new(v).ok_or_else(|| "not an ease".into())
        })?,
        lapse_interval_change: file.check(raw.lapse_interval_change, |v| between(v, 0.01, 0.99, ""))?,
        easy_bonus: file.check(raw.easy_bonus, |v| between(v, 1.0, 10.0, ""))?,
        maximum_interval: file.check(raw.maximum_interval, |v| between(v, 1.0, 36525.0, "days"))?,
        load_balance: file.check(raw.load_balance, Ok)?,
        max_link_factor: file.check(raw.max_link_factor, |v| between(v, 0.0, 1.0, ""))?,
        random: file.check(raw.random, Ok)?,
        theme: file.check(raw.theme, |v| v.parse())?,
        ascii: file.check(raw.ascii, Ok)?,
        keys: file.keys(raw.keys)?,
        cards: None,
    })
}

/// Whether a path stays below the folder that it starts from.
fn is_inside(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn check<T, U>(
        &self,
        value: Option<Spanned<T>>,
        check: impl Fn(T) -> Result<U, String>,
    ) -> Result<Option<Sourced<U>>, ConfigError> {
        let Some(value) = value else { return Ok(None) };
        let at = value.span().start;
        let value = check(value.into_inner()).map_err(|message| self.error(at, message))?;
        Ok(Some(Sourced { value, source: Source::File { path: self.path.to_owned(), line: Some(self.line(at)) } }))
    }

    /// The key bindings: each is checked where it stands, not where the table begins.
    fn keys(
        &self,
        table: Option<Spanned<BTreeMap<String, Spanned<String>>>>,
    ) -> Result<Option<Sourced<BTreeMap<String, String>>>, ConfigError> {
        let places: BTreeMap<String, usize> = table
            .iter()
            .flat_map(|table| table.get_ref())
            .map(|(name, keys)| (name.clone(), keys.span().start))
            .collect();
        let read = self.check(table, |table| {
            Ok(table.into_iter().map(|(name, keys)| (name, keys.into_inner())).collect::<BTreeMap<_, _>>())
        })?;
        if let Some(Err(bad)) = read.as_ref().map(|read| Bindings::parse(&read.value)) {
            let at = places.get(&bad.name).copied().unwrap_or(0);
            return Err(self.error(at, bad.message));
        }
        Ok(read)
    }

    fn line(&self, at: usize) -> usize {
        1 + memchr::memchr_iter(b'\n', &self.text.as_bytes()[..at.min(self.text.len())]).count()
    }

    fn error(&self, at: usize, message: String) -> ConfigError {
        ConfigError { path: self.path.to_owned(), line: self.line(at), message }
    }
}

fn nonempty(value: String) -> Result<String, String> {
    if value.trim().is_empty() { Err("the value is empty".into()) } else { Ok(value) }
}

fn tags(values: Vec<String>) -> Result<Vec<String>, String> {
    values.into_iter().map(|tag| tag_name(&tag).ok_or_else(|| format!("`{tag}` is not a tag"))).collect()
}

/// A tag without its `#` and without slashes at its end, or `None` when nothing or blanks are left.
pub(crate) fn tag_name(tag: &str) -> Option<String> {
    let name = tag.trim().trim_start_matches('#').trim_end_matches('/');
    let bad = |c: char| c.is_whitespace() || c == '#' || c == ',' || c.is_control();
    (!name.is_empty() && !name.contains(bad)).then(|| name.to_owned())
}

fn folders(values: Vec<String>) -> Result<Vec<String>, String> {
    let folder = |value: String| {
        let name = value.trim_matches('/').to_owned();
        let inside = !name.split('/').any(|part| part == ".." || part == ".");
        (inside && !name.is_empty()).then_some(name).ok_or_else(|| format!("`{value}` is not a folder of the vault"))
    };
    values.into_iter().map(folder).collect()
}

fn between(value: f64, low: f64, high: f64, unit: &str) -> Result<f64, String> {
    if (low..=high).contains(&value) {
        return Ok(value);
    }
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    Err(format!("{value} is not between {low} and {high}{unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str, owner: Owner) -> String {
        parse(Path::new("config.toml"), text, owner).unwrap_err().to_string()
    }

    #[test]
    fn values_remember_their_line() {
        let settings = parse(Path::new("c.toml"), "# mine\nreview_tags = [\"#review\", \"lernen/\"]\n", Owner::User);
        let tags = settings.unwrap().review_tags.unwrap();
        assert_eq!(tags.value, ["review", "lernen"]);
        assert_eq!(tags.source.to_string(), "c.toml:2");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        assert!(
            error("a = 1", Owner::User).starts_with("config.toml:1: unknown field `a`"),
            "{}",
            error("a = 1", Owner::User)
        );
        assert_eq!(error("\nbase_ease = 2.5", Owner::User), "config.toml:2: 2.5 is not between 130 and 1000 percent");
        assert_eq!(
            error("start_of_day = \"25:00\"", Owner::User),
            "config.toml:1: `25:00` is not a time of day like 04:00"
        );
        assert!(error("base_ease = \"x\"", Owner::User).starts_with("config.toml:1: invalid type"));
        assert!(error("review_tags = [\n\"a\"\n", Owner::User).starts_with("config.toml:"));
        assert_eq!(error("review_tags = [\"\"]", Owner::User), "config.toml:1: `` is not a tag");
        for text in ["follow_links = true", "log_dir = \"/tmp\"", "log_dir = \"a/../../b\""] {
            assert!(error(text, Owner::Vault).ends_with("; that belongs in the user's config"));
            assert!(parse(Path::new("config.toml"), text, Owner::User).is_ok());
        }
        for text in ["follow_links = false", "log_dir = \"./log/study\""] {
            assert!(parse(Path::new("config.toml"), text, Owner::Vault).is_ok());
        }
        assert!(error("device = \"x\"", Owner::Vault).contains("belongs in the user's config"));
        for (keys, message) in [
            ("undo = \"u\"\nlaunch = \"z\"", "config.toml:3: `launch` is nothing that a key can do"),
            ("good = \"hyper+x\"", "config.toml:2: `hyper+x`, set for `good`, is no key"),
            ("easy = \"g\"\n\ngood = \"g\"", "config.toml:4: key `g` is set twice: for `easy` and for `good`"),
            ("good = 3", "config.toml:2: invalid type"),
        ] {
            let error = error(&format!("[keys]\n{keys}\n"), Owner::Vault);
            assert!(error.starts_with(message), "{error}");
        }
        assert!(error("review_folders = [\"../x\"]", Owner::Vault).contains("is not a folder of the vault"));
    }
}
