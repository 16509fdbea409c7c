//! Globs with the meaning that minimatch 10 gives them by default: braces, `**`, classes, extended globs, and a star
//! that does not match a leading dot.
//!
//! Matching works on sets of positions, so no pattern takes more than polynomial time. Comments (`#`) never match and a
//! leading `!` negates, as there.

mod braces;
mod positions;
mod segment;

use std::collections::{HashMap, HashSet};

use crate::tag::Starts;
use segment::{Effort, Segment};

/// A longer pattern is not taken for a glob.
const LONGEST: usize = 1024;
/// The most alternatives, braces written out, that a list of globs stands for.
const MOST_ALTERNATIVES: usize = 10_000;
/// The most of them that have to be tried one by one.
const MOST_TRIED: usize = 200;
/// What makes a glob more than a path.
const MAGIC: [char; 7] = ['*', '?', '[', '{', '(', '!', '\\'];
/// The most steps that are spent on one path. A list that needs more does not accept it.
const MOST_STEPS: u32 = 5_000;

/// A list of globs, compiled. Globs without magic, or with no more than folders and a star in front, take no longer to
/// match when they are many.
#[derive(Clone, Debug, Default)]
pub(super) struct Globs {
    /// Whole paths: `a/b.md`.
    paths: HashSet<String>,
    /// Names in any folder: `**/a.md`.
    names: HashSet<String>,
    /// How names end, read backwards: in any folder, as `**/*.md`, and at the top, as `*.md`.
    ends: Starts,
    ends_at_top: Starts,
    /// What else begins with a plain name, by that.
    by_first: HashMap<String, Vec<Vec<Part>>>,
    /// The rest.
    tried: Vec<Vec<Part>>,
    /// The alternatives of globs with `!` in front: one accepts what none of its own does.
    negated: Vec<Vec<Vec<Part>>>,
    left_out: usize,
}

/// What stands between two slashes of a pattern.
#[derive(Clone, Debug)]
enum Part {
    /// `**`: any number of folders.
    Folders,
    /// One folder or file name.
    Name(Segment),
}

impl Globs {
    /// Compiles those of `patterns` that are globs: no comment, and neither too long nor too wide.
    pub(super) fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Self {
        let mut globs = Self::default();
        let (mut ends, mut ends_at_top) = (Vec::new(), Vec::new());
        let (mut left, mut tried_left) = (MOST_ALTERNATIVES, MOST_TRIED);
        for pattern in patterns {
            if left == 0 {
                globs.left_out += usize::from(pattern.contains(MAGIC));
                continue;
            }
            let Some((negated, alternatives)) = compile(pattern) else { continue };
            let tried = if negated { alternatives.len() } else { alternatives.iter().filter(|a| is_tried(a)).count() };
            if alternatives.len() > left || tried > tried_left {
                // None of those behind it is looked at: to write braces out takes time, too.
                globs.left_out += 1;
                left = 0;
                continue;
            }
            left -= alternatives.len();
            tried_left -= tried;
            if negated {
                globs.negated.push(alternatives);
                continue;
            }
            for parts in alternatives {
                match parts.as_slice() {
                    [Part::Folders, Part::Name(Segment::Literal(name))] => {
                        globs.names.insert(name.clone());
                    }
                    [Part::Folders, Part::Name(Segment::Suffix(end))] => ends.push(backwards(end)),
                    [Part::Name(Segment::Suffix(end))] => ends_at_top.push(backwards(end)),
                    _ => match (whole(&parts), parts.first()) {
                        (Some(path), _) => {
                            globs.paths.insert(path);
                        }
                        (None, Some(Part::Name(Segment::Literal(first)))) => {
                            globs.by_first.entry(first.clone()).or_default().push(parts);
                        }
                        _ => globs.tried.push(parts),
                    },
                }
            }
        }
        (globs.ends, globs.ends_at_top) = (Starts::new(ends), Starts::new(ends_at_top));
        globs
    }

    /// How many globs were left out because those before them stand for too many alternatives.
    pub(super) fn left_out(&self) -> usize {
        self.left_out
    }

    /// Whether one of the globs accepts `path`, a path of names separated by `/`.
    pub(super) fn accept(&self, path: &str) -> bool {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        // What begins with a dot matches no star.
        let has_end =
            |ends: &Starts| !name.is_empty() && !name.starts_with('.') && ends.start_backwards(name.as_bytes());
        if self.paths.contains(path)
            || (self.names.contains(name) || has_end(&self.ends)) && !has_dot_name(folders)
            || !path.contains('/') && has_end(&self.ends_at_top)
        {
            return true;
        }
        if self.by_first.is_empty() && self.tried.is_empty() && self.negated.is_empty() {
            return false;
        }
        let names: Vec<&str> = path.split('/').collect();
        let effort = Effort::new(MOST_STEPS);
        let by_first = names.first().and_then(|first| self.by_first.get(*first));
        by_first.into_iter().flatten().chain(&self.tried).any(|parts| accepts(parts, &names, &effort))
            || self.negated.iter().any(|alternatives| !alternatives.iter().any(|parts| accepts(parts, &names, &effort)))
    }
}

/// The alternatives of `pattern`, and whether it is negated; `None` when it is no glob.
fn compile(pattern: &str) -> Option<(bool, Vec<Vec<Part>>)> {
    if pattern.starts_with('#') || pattern.len() > LONGEST {
        return None;
    }
    let body = pattern.trim_start_matches('!');
    let negated = (pattern.len() - body.len()) % 2 == 1;
    Some((negated, braces::expand(body)?.iter().map(|alternative| parts(alternative)).collect()))
}

/// Whether an alternative has to be tried with every path.
fn is_tried(parts: &[Part]) -> bool {
    let is_looked_up = matches!(
        parts,
        [Part::Name(Segment::Literal(_)), ..]
            | [Part::Name(Segment::Suffix(_))]
            | [Part::Folders, Part::Name(Segment::Literal(_) | Segment::Suffix(_))]
    );
    !is_looked_up
}

/// The path that an alternative without magic stands for.
fn whole(parts: &[Part]) -> Option<String> {
    let name = |part: &Part| if let Part::Name(Segment::Literal(name)) = part { Some(name.clone()) } else { None };
    Some(parts.iter().map(name).collect::<Option<Vec<_>>>()?.join("/"))
}

fn backwards(text: &str) -> Box<[u8]> {
    text.bytes().rev().collect()
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

fn accepts(pattern: &[Part], path: &[&str], effort: &Effort) -> bool {
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
        if !effort.steps(1 + path.len() / 16) {
            return false;
        }
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
                    next[i + 1] = reach[i] && segment.accepts(name, effort);
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
        Globs::new([pattern]).accept(path)
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
    fn a_list_of_too_many_is_cut_and_counted() {
        let many = |count: usize, pattern: fn(usize) -> String| {
            let patterns: Vec<String> = (0..count).map(pattern).collect();
            let globs = Globs::new(patterns.iter().map(String::as_str));
            (globs.left_out(), globs.accept(&pattern(count - 1).replace('*', "x")))
        };
        assert_eq!(many(5000, |i| format!("d{i}/*.md")), (0, true));
        assert_eq!(many(5000, |i| format!("**/{i}.md")), (0, true));
        assert_eq!(many(5000, |i| format!("*a{i:05}*")), (4800, false));
        assert_eq!(many(20_000, |i| format!("d{i}/*.md")), (10_000, false));
        // What holds no magic covers what it says by itself.
        assert_eq!(many(20_000, |i| format!("d{i}/a.md")), (0, false));
        let braces = "{a,b}".repeat(9);
        assert_eq!(Globs::new(std::iter::repeat_n(braces.as_str(), 100)).left_out(), 100 - MOST_ALTERNATIVES / 512);
    }

    #[test]
    fn a_list_takes_a_bounded_number_of_steps() {
        let patterns: Vec<String> = (0..MOST_TRIED).map(|i| format!("{}{i}", "*a".repeat(60))).collect();
        let globs = Globs::new(patterns.iter().map(String::as_str));
        let (effort, name) = (Effort::new(MOST_STEPS), "a".repeat(250));
        assert!(!globs.accept(&name));
        assert!(!globs.tried.iter().any(|parts| super::accepts(parts, &[&name], &effort)));
        assert!(!effort.steps(1));
    }

    proptest::proptest! {
        #[test]
        fn a_list_accepts_what_one_of_it_does(
            patterns in proptest::collection::vec("!?((\\*\\*|[ab*?.]{1,2}|\\{a,b\\}|[ab])/){0,2}[ab*.?]{1,3}", 1..6),
            path in "([ab.]{1,2}/){0,2}[ab.]{1,3}",
        ) {
            let one = patterns.iter().any(|pattern| {
                compile(pattern).is_some_and(|(negated, alternatives)| {
                    let names: Vec<&str> = path.split('/').collect();
                    let effort = Effort::new(u32::MAX);
                    alternatives.iter().any(|parts| super::accepts(parts, &names, &effort)) != negated
                })
            });
            let globs = Globs::new(patterns.iter().map(String::as_str));
            proptest::prop_assert_eq!(globs.accept(&path), one, "{:?} {}", patterns, path);
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
