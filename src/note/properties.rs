//! The properties of a note that matter here: title, aliases and tags.

use gray_matter::Pod;

use super::frontmatter::{Top, block, find, line_at};
use super::lines::key;
use super::yaml;
use crate::within::Within;

/// What the frontmatter says about a note.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties {
    /// `title`, if it is a text that is not empty.
    pub title: Option<String>,
    /// `aliases` and `alias`.
    pub aliases: Vec<String>,
    /// `sr-id`: a name that stays when the note is renamed.
    pub id: Option<String>,
    /// `tags` and `tag`, without `#`, in their order. Not checked for characters that a tag cannot have.
    pub tags: Vec<String>,
}

/// The `sr-id` of a note. Most have none, which their frontmatter tells without being parsed.
pub fn id_of(text: &[u8]) -> Option<String> {
    let block = block(text)?;
    let may_be = text.get(block.inner)?.windows(5).any(|name| name.eq_ignore_ascii_case(b"sr-id"));
    if may_be { properties(text).id } else { None }
}

/// Reads the properties of a note. The case of the keys does not count.
///
/// Where the frontmatter is not valid YAML, its lines are read one by one, so that an odd line hides only itself. A note
/// without frontmatter, or one whose fences are not in order, has no properties. Text that is not UTF-8 is read with
/// substitutes.
pub fn properties(text: &[u8]) -> Properties {
    let Top::Block(block) = find(text) else { return Properties::default() };
    let inner = String::from_utf8_lossy(text.within(block.inner));
    of(yaml::read(&inner).ok().as_ref(), &inner)
}

/// The properties in the lines `inner` of a frontmatter, which are `yaml` if they are valid YAML.
pub(super) fn of(yaml: Option<&Pod>, inner: &str) -> Properties {
    let mut properties = Properties::default();
    match yaml {
        Some(Pod::Hash(map)) => {
            let mut keys: Vec<_> = map.iter().collect();
            keys.sort_by_key(|(name, _)| *name);
            for (name, value) in keys {
                properties.take(name, texts(value));
            }
        }
        Some(_) => {}
        None => by_line(inner, &mut properties),
    }
    properties
}

/// The values of one key.
enum Texts {
    One(String),
    Many(Vec<String>),
}

fn texts(value: &Pod) -> Texts {
    let text = |pod: &Pod| match pod {
        Pod::String(text) => Some(text.trim().to_owned()),
        _ => None,
    };
    match value {
        Pod::Array(list) => Texts::Many(list.iter().filter_map(text).collect()),
        other => Texts::One(text(other).unwrap_or_default()),
    }
}

impl Properties {
    fn take(&mut self, name: &str, texts: Texts) {
        match (name.trim().to_lowercase().as_str(), texts) {
            ("title", Texts::One(text)) if !text.is_empty() => self.title = Some(text),
            ("sr-id", Texts::One(text)) if !text.is_empty() => self.id = Some(text),
            ("aliases" | "alias", Texts::One(text)) => self.aliases.extend(text.split(',').filter_map(filled)),
            ("aliases" | "alias", Texts::Many(list)) => self.aliases.extend(list.iter().filter_map(|t| filled(t))),
            ("tags" | "tag", Texts::One(text)) => {
                self.tags.extend(text.split(|c: char| c == ',' || c.is_whitespace()).filter_map(tag));
            }
            ("tags" | "tag", Texts::Many(list)) => self.tags.extend(list.iter().filter_map(|t| tag(t))),
            _ => {}
        }
    }
}

fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A tag as it stands in a list, without `#` and a final `/`.
pub(super) fn tag(text: &str) -> Option<String> {
    let text = text.trim();
    filled(text.strip_prefix('#').unwrap_or(text).trim_end_matches('/'))
}

/// Reads `key: value` lines and the lists below them, without regard to YAML.
fn by_line(inner: &str, properties: &mut Properties) {
    let mut at = 0;
    let mut open: Option<(String, Vec<String>)> = None;
    while at < inner.len() {
        let line = line_at(inner.as_bytes(), at);
        let content = inner.within(at..line.content_end);
        at = line.next;
        let trimmed = content.trim_start();
        if let Some(item) = trimmed.strip_prefix("- ") {
            if let Some((_, items)) = &mut open {
                items.push(plain(item).to_owned());
            }
            continue;
        }
        if trimmed.is_empty() || trimmed.starts_with('#') || trimmed == "-" {
            continue;
        }
        if let Some((name, items)) = open.take() {
            properties.take(&name, Texts::Many(items));
        }
        let Some((name, behind)) = key(content.as_bytes()) else { continue };
        let name = String::from_utf8_lossy(name).into_owned();
        let value = plain(content.within(behind..));
        if value.is_empty() {
            open = Some((name, Vec::new()));
        } else if let Some(list) = value.strip_prefix('[').map(|list| list.strip_suffix(']').unwrap_or(list)) {
            properties.take(&name, Texts::Many(list.split(',').map(|item| plain(item).to_owned()).collect()));
        } else {
            properties.take(&name, Texts::One(value.to_owned()));
        }
    }
    if let Some((name, items)) = open {
        properties.take(&name, Texts::Many(items));
    }
}

/// A value without its comment and quotes.
fn plain(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inside) = value.strip_prefix(quote)
            && let Some((inside, _)) = inside.split_once(quote)
        {
            return inside;
        }
    }
    if value.starts_with('#') && value.get(1..).is_none_or(|rest| rest.starts_with(' ') || rest.is_empty()) {
        return "";
    }
    value.split(" #").next().unwrap_or(value).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(inner: &str) -> Vec<String> {
        properties(format!("---\n{inner}\n---\n#body\n").as_bytes()).tags
    }

    #[test]
    fn tags_in_every_shape() {
        let both = ["review", "a/b"];
        for inner in [
            "tags: review, a/b",
            "tags: review a/b",
            "tags: \"#review, #a/b\"",
            "Tags: [review, a/b]",
            "TAG: [\"#review\", '#a/b/']",
            "tags:\n- review\n- a/b",
            "tags:\n  - \"#review\"\n  - a/b # x",
            "tag: review\ntags: a/b",
            "\"tags\": [review,\n  a/b]",
        ] {
            assert_eq!(tags(inner), both, "{inner:?}");
        }
        for inner in
            ["tags:", "tags: #review", "tags: []", "tags: null", "x: review", "a:\n  tags: review", "# tags: x"]
        {
            assert!(tags(inner).is_empty(), "{inner:?}");
        }
        assert_eq!(tags("tags: [2024, 1.10, true]"), ["2024", "1.10", "true"]);
        assert_eq!(tags("tags:\n- two words"), ["two words"]);
    }

    #[test]
    fn an_odd_line_hides_only_itself() {
        for odd in ["title: a: b", "x: [a, b", "{{date}}", "x: @y", "a: 1\na: 2", "\tx"] {
            for shape in [
                "tags: review, a/b",
                "tags: [review, \"a/b\"] # x",
                "Tags:\n  - \"#review\"\n- a/b # x",
                "tag: '#review a/b'",
            ] {
                assert_eq!(tags(&format!("{odd}\n{shape}\n{odd}")), ["review", "a/b"], "{odd:?} {shape:?}");
            }
        }
    }

    #[test]
    fn titles_and_aliases() {
        let read = |inner: &str| properties(format!("---\n{inner}\n---\n").as_bytes());
        assert_eq!(read("title: 1.10").title.as_deref(), Some("1.10"));
        assert_eq!(read("Title: \"a: b\"").title.as_deref(), Some("a: b"));
        assert_eq!(read("title: a: b").title.as_deref(), Some("a: b"));
        assert_eq!(read("title:").title, None);
        assert_eq!(read("aliases: [x, \"y z\"]").aliases, ["x", "y z"]);
        assert_eq!(read("alias: x, y").aliases, ["x", "y"]);
        assert_eq!(properties(b"no frontmatter"), Properties::default());
    }
}
