//! What an edit changes, as a unified diff.

use colored::Colorize;
use similar::{ChangeTag, TextDiff};

use super::text::clean;

/// The lines that change between two texts of the file `path`, with three lines around them; empty when none does.
/// Text of the note is made harmless; a line end other than LF is shown as its picture.
pub fn unified(path: &str, old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut shown = String::new();
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        if shown.is_empty() {
            let path = clean(path);
            shown.push_str(&format!("--- a/{path}\n+++ b/{path}\n").bold().to_string());
        }
        shown.push_str(&format!("{}\n", hunk.header().to_string().trim_end().cyan()));
        for change in hunk.iter_changes() {
            let line = change.value();
            let (text, missing_end) = match line.strip_suffix('\n') {
                Some(text) => (text, false),
                None => (line, true),
            };
            let text = clean(&text.replace('\r', "␍")).into_owned();
            let line = match change.tag() {
                ChangeTag::Delete => format!("-{text}").red(),
                ChangeTag::Insert => format!("+{text}").green(),
                ChangeTag::Equal => format!(" {text}").normal(),
            };
            shown.push_str(&format!("{line}\n"));
            if missing_end {
                shown.push_str("\\ No newline at end of file\n");
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_is_shown_and_it_is_harmless() {
        colored::control::set_override(false);
        let old = "---\nsr-due: 2026-01-15\r\ntitle: \x1b[31m\n---\nbody";
        let new = "---\nsr-due: 2026-01-25\r\ntitle: \x1b[31m\n---\nbody";
        assert_eq!(
            unified("a\nb.md", old, new),
            "--- a/a b.md\n+++ b/a b.md\n@@ -1,5 +1,5 @@\n ---\n-sr-due: 2026-01-15␍\n+sr-due: 2026-01-25␍\n \
             title: ␛[31m\n ---\n body\n\\ No newline at end of file\n"
        );
        assert_eq!(unified("a.md", old, old), "");
    }
}
