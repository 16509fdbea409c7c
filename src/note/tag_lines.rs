//! The fast reader of the tags in frontmatter: the common shapes, without YAML.
//!
//! It answers only for a block that [`strict`](super::strict) understands line by line, with one `tags:` of a shape that
//! leaves no doubt. Otherwise [`properties`](super::properties) reads it.

use super::frontmatter::line_at;
use super::lines::{LineKind, key, kind};
use super::properties::tag;
use super::strict::{self, Strict};

/// The tags of a block, `inner` being the lines between its fences; `None` where this reader is not the one to ask.
pub(super) fn read(inner: &str) -> Option<Vec<String>> {
    if strict::read(inner.as_bytes()) == Strict::Unusual {
        return None;
    }
    let mut tags = Vec::new();
    let mut seen = false;
    let mut below = Below::OtherKey;
    let mut at = 0;
    while at < inner.len() {
        let line = line_at(inner.as_bytes(), at);
        let content = inner.get(at..line.content_end)?;
        at = line.next;
        match kind(content.as_bytes()) {
            LineKind::Blank | LineKind::Comment => {}
            LineKind::Key if !content.starts_with(['"', '\'']) => {
                let (name, behind) = key(content.as_bytes())?;
                below = Below::OtherKey;
                if !name.eq_ignore_ascii_case(b"tags") && !name.eq_ignore_ascii_case(b"tag") {
                    continue;
                }
                if std::mem::replace(&mut seen, true) {
                    return None;
                }
                let value = content.get(behind..)?.trim_ascii();
                below = if value.is_empty() { Below::List(None) } else { Below::Value };
                one_line(value, &mut tags)?;
            }
            LineKind::Indented | LineKind::Item => {
                let item = content.trim_ascii_start();
                match &mut below {
                    // Where another line keeps the block from being YAML, this one would be taken for a key.
                    Below::OtherKey if is_tag_key(item) => return None,
                    Below::OtherKey => {}
                    Below::List(indent) => {
                        let own = content.len() - item.len();
                        if *indent.get_or_insert(own) != own || content.starts_with('\t') {
                            return None;
                        }
                        tags.extend(tag(word(item.strip_prefix("- ")?.trim_ascii())?));
                    }
                    Below::Value => return None,
                }
            }
            _ => return None,
        }
    }
    Some(tags)
}

/// What indented lines and list items belong to.
enum Below {
    OtherKey,
    /// The items of `tags:`, with their indent.
    List(Option<usize>),
    /// A value on the line of `tags:` itself.
    Value,
}

/// `tags: a, b`, `tags: [a, "#b"]`, or nothing.
fn one_line(value: &str, tags: &mut Vec<String>) -> Option<()> {
    if value.is_empty() || value == "[]" {
        return Some(());
    }
    if let Some(list) = value.strip_prefix('[') {
        for item in list.strip_suffix(']')?.split(',') {
            tags.extend(tag(word(item.trim_ascii())?));
        }
        return Some(());
    }
    for item in value.split([',', ' ']).filter(|item| !item.is_empty()) {
        if item.starts_with(['"', '\'']) {
            return None;
        }
        tags.extend(tag(word(item)?));
    }
    Some(())
}

/// A tag with nothing about it that YAML could read in another way. In quotes it may have its `#`.
fn word(text: &str) -> Option<&str> {
    let quoted = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    let text = quoted.map_or(text, |inside| inside.strip_prefix('#').unwrap_or(inside));
    let plain = text.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '/'));
    (plain && !text.eq_ignore_ascii_case("null")).then_some(text)
}

fn is_tag_key(text: &str) -> bool {
    text.as_bytes().get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"tag")) || text.starts_with(['"', '\''])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::properties::properties;
    use super::*;

    #[test]
    fn the_common_shapes_are_read() {
        for inner in [
            "tags: review, a/b\n",
            "tags: review a/b",
            "Tags: [review, a/b]\r\n",
            "TAG: [\"#review\", '#a/b/']",
            "tags:\n- review\n- a/b\n",
            "x: y\ntags:\n  - \"#review\"\n\n  # c\n  - a/b\ndate: 2030-01-02\n",
            "title: \"a \\\"b\\\" c\"\nsummary: |\n  one\n  two\ntags: [review, a/b]\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n",
        ] {
            assert_eq!(read(inner), Some(vec!["review".into(), "a/b".into()]), "{inner:?}");
        }
        for inner in ["", "x: y\n", "tags:\n", "tags: []\nx: y\n"] {
            assert_eq!(read(inner), Some(vec![]), "{inner:?}");
        }
    }

    #[test]
    fn anything_else_is_left_to_yaml() {
        for inner in [
            "tags: \"a, b\"",
            "tags: #a",
            "tags: null",
            "tags: [a, [b]]",
            "tags: [a,]",
            "tags: a\n  b",
            "tags:\n  - a\n - b",
            "tags:\n  - a\n    - b",
            "tags:\n  - a: b",
            "tags: a\nTag: b",
            "tags:\n  - two words",
            "\"tags\": a",
            "x:\n  tags: a",
            "tags: a # b",
            "tags: -a",
            "tags: [a,\n  b]",
        ] {
            assert_eq!(read(inner), None, "{inner:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn what_is_read_is_what_yaml_reads(pieces in prop::collection::vec(prop::sample::select(vec![
            "tags:", "Tag:", "tags: ", "\"tags\": ", "x: ", "x:", "y: |", "- ", "  - ", "  ", "a", "b/c", "#d", "\"e\"", "'#f'",
            "\n", "\n", "\n", "[", "]", ", ", " ", "null", "~", "2024", "é", ":", "# c", "-", "\t", "\r\n", "/", "&", "x: 1\n",
        ]), 0..14)) {
            let inner = pieces.concat();
            if let Some(tags) = read(&inner) {
                let note = format!("---\n{inner}\n---\n");
                prop_assert_eq!(tags, properties(note.as_bytes()).tags, "{:?}", inner);
            }
        }
    }
}
