//! Which paths a list of ignore patterns covers.

use super::glob::Globs;
use crate::item::composed;
use crate::tag::Starts;

/// Patterns of paths that are left out, compiled once.
///
/// A path is covered when it starts with a pattern as plain text (`archive` covers `archive.md` and `archive-old/a.md`
/// too, and the empty pattern everything), or when the pattern taken as a glob accepts it. Both as in
/// obsidian-spaced-repetition 1.15.4 with minimatch 10.
#[derive(Clone, Debug, Default)]
pub struct IgnorePaths {
    starts: Starts,
    globs: Globs,
}

impl IgnorePaths {
    /// Compiles `patterns`. What is no glob still covers the paths that start with it.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Self {
        let patterns: Vec<_> = patterns.iter().map(|pattern| composed(pattern.as_ref())).collect();
        let starts = Starts::new(patterns.iter().map(|pattern| pattern.as_bytes()));
        Self { starts, globs: Globs::new(patterns.iter().map(|pattern| &**pattern)) }
    }

    /// How many of the patterns were not taken as globs because there are too many.
    pub fn left_out(&self) -> usize {
        self.globs.left_out()
    }

    /// Whether `path`, relative to the vault with `/` between folders, is left out.
    pub fn covers(&self, path: &str) -> bool {
        let path = composed(path);
        self.starts.start(path.as_bytes()) || self.globs.accept(&path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measured_pattern_covers_the_same_paths() {
        #[derive(serde::Deserialize)]
        struct Record {
            id: String,
            pattern: String,
            paths: Vec<String>,
            matches: Vec<String>,
        }
        let text = std::fs::read_to_string("tests/vectors/ignore-paths.jsonl").unwrap();
        let mut records = 0;
        for line in text.lines() {
            let r: Record = serde_json::from_str(line).unwrap();
            let ignore = IgnorePaths::new(&[&r.pattern]);
            let covered: Vec<String> = r.paths.into_iter().filter(|path| ignore.covers(path)).collect();
            assert_eq!(covered, r.matches, "{}: {}", r.id, r.pattern);
            records += 1;
        }
        assert_eq!(records, 32);
    }

    #[test]
    fn a_pattern_covers_names_in_either_form() {
        for [pattern, path] in [["Br\u{fc}cken/", "Bru\u{308}cken/a.md"], ["*/u\u{308}.md", "x/\u{fc}.md"]] {
            assert!(IgnorePaths::new(&[pattern]).covers(path));
        }
    }

    #[test]
    fn no_pattern_covers_nothing() {
        assert!(!IgnorePaths::new::<&str>(&[]).covers("a.md"));
    }
}
