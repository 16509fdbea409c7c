//! The other properties of a note: title, aliases and tags.

use gray_matter::Pod;

use super::{frontmatter, yaml};

/// The properties that `study` uses besides the schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties {
    /// `title`.
    pub title: Option<String>,
    /// `aliases` or `alias`.
    pub aliases: Vec<String>,
    /// `tags` or `tag`, without `#`.
    pub tags: Vec<String>,
}

/// Reads the properties of a note.
pub fn read(text: &str) -> Properties {
    let mut properties = Properties::default();
    let frontmatter::Top::Block(block) = frontmatter::find(text.as_bytes()) else { return properties };
    let Ok(Pod::Hash(map)) = yaml::read(&text[block.inner]) else { return properties };
    for (key, value) in map {
        match key.to_lowercase().as_str() {
            "title" => {
                if let Pod::String(title) = value {
                    properties.title = Some(title);
                }
            }
            "tags" | "tag" => {
                let items = match value {
                    Pod::Array(items) => items.into_iter().filter_map(|p| p.as_string().ok()).collect(),
                    Pod::String(text) => text.split([',', ' ']).map(str::to_owned).collect::<Vec<_>>(),
                    _ => vec![],
                };
                properties.tags.extend(
                    items.iter().map(|t| t.trim().trim_start_matches('#').to_owned()).filter(|t| !t.is_empty()),
                );
            }
            _ => {}
        }
    }
    properties
}
