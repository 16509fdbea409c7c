//! Globs with the meaning that minimatch 10 gives them by default: braces, `**`, classes, extended globs, and a star
//! that does not match a leading dot.
//!
//! Matching works on sets of positions, so no pattern takes more than polynomial time. Comments (`#`) never match and a
//! leading `!` negates, as there.

mod braces;
mod segment;

use segment::Segment;

/// A longer pattern is not taken for a glob.
const LONGEST: usize = 1024;

/// A compiled glob.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    negated: bool,
    /// The alternatives that the braces stand for.
    alternatives: Vec<Vec<Part>>,
}

/// What stands between two slashes of a pattern.
#[derive(Clone, Debug)]
enum Part {
    /// `**`: any number of folders.
    Folders,
    /// One folder or file name.
    Name(Segment),
}

impl Glob {
    /// Compiles `pattern`; `None` when it is a comment, or too long or too wide to be one.
    pub(super) fn new(pattern: &str) -> Option<Self> {
        if pattern.starts_with('#') || pattern.len() > LONGEST {
            return None;
        }
        let body = pattern.trim_start_matches('!');
        let negated = (pattern.len() - body.len()) % 2 == 1;
        let alternatives = braces::expand(body)?.iter().map(|alternative| parts(alternative)).collect();
        Some(Self { negated, alternatives })
    }

    /// Whether the glob accepts `path`, a path of names separated by `/`.
    pub(super) fn accepts(&self, path: &str) -> bool {
        let hit = self.alternatives.iter().any(|parts| match parts.as_slice() {
            // `**/name`, by far the commonest shape.
            [Part::Folders, Part::Name(last)] if !last.may_end(path) => false,
            [Part::Folders, Part::Name(last)] => {
                let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
                last.accepts(name) && !has_dot_name(folders)
            }
            parts => accepts(parts, &path.split('/').collect::<Vec<_>>()),
        });
        hit != self.negated
    }
}

fn has_dot_name(path: &str) -> bool {
    path.starts_with('.') || path.contains("/.")
}

fn parts(pattern: &str) -> Vec<Part> {
    let mut names: Vec<&str> = Vec::new();
    let mut rest = pattern;
    loop {
        let (name, after) = rest.split_once('/').map_or((rest, None), |(name, after)| (name, Some(after)));
        match (name, names.last()) {
            ("**", Some(&"**")) => {}
            ("..", Some(&before)) if !matches!(before, ".." | "." | "**") => {
                names.pop();
            }
            _ => names.push(name),
        }
        match after {
            Some(after) => rest = after.trim_start_matches('/'),
            None => break,
        }
    }
    if names.is_empty() {
        names.push("");
    }
    names.into_iter().map(|name| if name == "**" { Part::Folders } else { Part::Name(Segment::new(name)) }).collect()
}

fn accepts(pattern: &[Part], path: &[&str]) -> bool {
    let stars = pattern.iter().filter(|part| matches!(part, Part::Folders)).count();
    let tail = pattern.iter().rev().take_while(|part| matches!(part, Part::Name(_))).count();
    // With two or more `**`, minimatch also refuses names with a leading dot that the end of the pattern spells out.
    if stars > 1 && path.iter().rev().take(tail).any(|name| name.starts_with('.')) {
        return false;
    }
    // reach[i]: the parts so far can end before path[i].
    let mut reach = vec![false; path.len() + 1];
    reach[0] = true;
    for (at, part) in pattern.iter().enumerate() {
        let mut next = vec![false; path.len() + 1];
        match part {
            Part::Folders => {
                // At the end of a pattern `**` stands for at least one name.
                let least = usize::from(at + 1 == pattern.len());
                let mut open = false;
                for i in 0..=path.len() {
                    if least == 0 {
                        next[i] = open || reach[i];
                    } else {
                        next[i] = open;
                    }
                    open = (open || reach[i]) && path.get(i).is_some_and(|name| !name.starts_with('.'));
                }
            }
            Part::Name(segment) => {
                for (i, name) in path.iter().enumerate() {
                    next[i + 1] = reach[i] && segment.accepts(name);
                }
            }
        }
        reach = next;
    }
    reach.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(pattern: &str, path: &str) -> bool {
        Glob::new(pattern).is_some_and(|glob| glob.accepts(path))
    }

    #[test]
    fn patterns_mean_what_they_mean_to_minimatch() {
        let cases = [
            ("a/**", "a", false),
            ("a/**", "a/b", true),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/.y/b", false),
            ("**/a/**", "a", false),
            ("**/a/**", "x/a/y/z", true),
            ("**/a/**/.b", "a/.b", false),
            ("**/.b", "a/.b", true),
            ("a/../b", "b", true),
            ("a//b", "a/b", true),
            ("*", ".a", false),
            ("?a", ".a", false),
            ("[.]a", ".a", true),
            ("[.x]a", ".a", false),
            (".*", ".a", true),
            ("*.md", ".md", false),
            ("a*b*c", "aXbYbc", true),
            ("[!a]x", "bx", true),
            ("[^a]x", "ax", false),
            ("[]x]", "]", true),
            ("[a-", "[a-", true),
            ("[z-a]x", "ax", false),
            ("[[:digit:]]", "7", true),
            ("[[:alpha:]]", "é", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("{a,b}/c", "b/c", true),
            ("{a,b", "{a,b", true),
            ("{a}", "{a}", true),
            ("a{1..3}", "a2", true),
            ("a{01..10..3}", "a07", true),
            ("{a..c}", "b", true),
            ("x{a,{b,c}d}", "xcd", true),
            ("a{,b}", "a", true),
            ("x!(a).md", "xb.md", true),
            ("x!(a).md", "xa.md", false),
            ("x!(a)*", "xab", false),
            ("x!(a)b", "xab", false),
            ("x!(a|!(b))", "xb", true),
            ("!!a", "a", true),
            ("!a", "a", false),
            ("?(a)b", "b", true),
            ("*(a|b)c", "abbac", true),
            ("+(a)", "", false),
            ("@(a|*b)", "xb", true),
            ("@(a|*b)", ".b", false),
            ("@(a", "@(a", true),
            ("été?", "été!", true),
            ("#a", "#a", false),
            ("\\#a", "#a", true),
        ];
        for (pattern, path, accepted) in cases {
            assert_eq!(accepts(pattern, path), accepted, "{pattern} {path}");
        }
    }

    #[test]
    fn hostile_patterns_end() {
        let name = "a".repeat(200);
        for pattern in [
            "*a".repeat(200) + "b",
            "+(+(+(a|aa)|a)|a)".repeat(20) + "b",
            "{a,b}".repeat(200),
            "{1..1000000000}".into(),
            "b!(a|!(a|!(a)))".repeat(10),
            "**/".repeat(200) + "b",
            "{".repeat(500),
            "{".repeat(500) + &"}".repeat(500),
            "{a".repeat(300) + &"}".repeat(300),
            "[".repeat(500),
            "*(".repeat(300),
        ] {
            accepts(&pattern, &name);
            accepts(&pattern, &vec!["a"; 200].join("/"));
        }
    }
}
