//! What a tag is, and which tags lie below which.

mod set;
mod starts;

pub use set::TagSet;
pub(crate) use starts::Starts;

/// Whether `c` can be part of a tag. Obsidian ends a tag at white space, at most ASCII punctuation and at the general
/// and supplemental punctuation of Unicode.
pub fn is_tag_char(c: char) -> bool {
    match c {
        '/' | '_' | '-' => true,
        c if c.is_ascii() => c.is_ascii_alphanumeric(),
        '\u{2000}'..='\u{206f}' | '\u{2e00}'..='\u{2e7f}' => false,
        c => !c.is_whitespace() && !c.is_control() && c != '\u{feff}',
    }
}

/// Whether `tag`, without `#`, is one: tag characters only, and not only digits.
pub fn is_tag(tag: &str) -> bool {
    tag.chars().all(is_tag_char) && tag.bytes().any(|b| !b.is_ascii_digit())
}

/// Whether `tag` equals `parent` or is nested below it. Case matters, as in the plugin; neither has a `#`.
pub fn is_at_or_below(tag: &str, parent: &str) -> bool {
    tag.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_by_slash_and_case_matters() {
        assert!(is_at_or_below("review", "review"));
        assert!(is_at_or_below("review/a/b", "review"));
        assert!(!is_at_or_below("reviewed", "review"));
        assert!(!is_at_or_below("Review", "review"));
        assert!(!is_at_or_below("review", "review/a"));
    }
}
