//! Links that lead nowhere: to something that was moved or mistyped, or to something that is not there yet.

use std::collections::{HashMap, HashSet};

use super::progress::Links;
use super::{Resource, Roadmap, Target};
use crate::problem::{Advice, Code, Finding, Severity};
use crate::within::Within;

/// The names in a vault, to be found by what is nearly their name.
#[derive(Debug, Default)]
pub struct Nearest {
    paths: Vec<String>,
    /// Positions of the paths by their name, in letters and digits alone.
    by_name: HashMap<String, Vec<usize>>,
    /// The same by the name less any one character.
    by_less: HashMap<String, Vec<usize>>,
}

/// Names of files of which every folder has one: another of them is not the one that was meant.
const COMMON: [&str; 5] = ["readme", "index", "roadmap", "notes", "untitled"];

/// The length from which one letter more, less or another is a slip and not another word.
const LONG: usize = 5;

impl Nearest {
    /// The names of the files at `paths`.
    pub fn of(paths: impl Iterator<Item = String>) -> Self {
        let mut nearest = Self::default();
        for path in paths {
            let at = nearest.paths.len();
            let name = plain(&path);
            for less in less_one(&name) {
                nearest.by_less.entry(less).or_default().push(at);
            }
            nearest.by_name.entry(name).or_default().push(at);
            nearest.paths.push(path);
        }
        nearest
    }

    /// The only file whose name is that of `target`, elsewhere or written otherwise, or is a slip away from it.
    pub fn find(&self, target: &str) -> Option<&str> {
        let wanted = plain(target);
        if wanted.is_empty() || COMMON.contains(&wanted.as_str()) {
            return None;
        }
        let places = |map: &HashMap<String, Vec<usize>>, name: &str| map.get(name).cloned().unwrap_or_default();
        let same = places(&self.by_name, &wanted);
        if !same.is_empty() {
            return self.only(same.into_iter());
        }
        let mut near: HashSet<usize> = places(&self.by_less, &wanted).into_iter().collect();
        for less in less_one(&wanted) {
            near.extend(places(&self.by_name, &less));
            near.extend(places(&self.by_less, &less));
        }
        let slips =
            near.into_iter().filter(|at| self.paths.get(*at).is_some_and(|path| is_slip(&wanted, &plain(path))));
        self.only(slips)
    }

    fn only(&self, mut places: impl Iterator<Item = usize>) -> Option<&str> {
        let only = places.next()?;
        places.next().is_none().then(|| self.paths.get(only).map(String::as_str))?
    }
}

/// The name at the end of a path or a link, in letters and digits alone: how words are put together does not count.
fn plain(path: &str) -> String {
    let path = path.split('#').next().unwrap_or(path);
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let name = decoded.rsplit('/').next().unwrap_or_default();
    let stem =
        name.rsplit_once('.').filter(|(_, end)| end.len() <= 5 && !end.contains(' ')).map_or(name, |(stem, _)| stem);
    stem.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(80).collect()
}

/// `name` less each of its characters.
fn less_one(name: &str) -> impl Iterator<Item = String> + '_ {
    name.char_indices().map(|(at, c)| [name.get(..at), name.get(at + c.len_utf8()..)].into_iter().flatten().collect())
}

/// Whether two names differ by a slip of the fingers: two letters the wrong way round, or, in a long word, one more, less or
/// another behind the first. Digits tell names apart.
fn is_slip(a: &str, b: &str) -> bool {
    let [a, b]: [Vec<char>; 2] = [a, b].map(|name| name.chars().collect());
    let same_start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let [a_rest, b_rest] = [&a, &b].map(|name| name.within(same_start..));
    let same_end = a_rest.iter().rev().zip(b_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let [a_odd, b_odd] = [a_rest, b_rest].map(|rest| rest.within(..rest.len() - same_end));
    let letters = a_odd.iter().chain(b_odd).all(|c| c.is_alphabetic());
    let long = a.len().min(b.len()) >= LONG && same_start > 0;
    letters
        && match (a_odd, b_odd) {
            ([a1, a2], [b1, b2]) => a1 == b2 && a2 == b1,
            ([_], [_]) | ([_], []) | ([], [_]) => long,
            _ => false,
        }
}

/// The links of a roadmap that lead nowhere, as findings for its note: each to something that was moved or mistyped, as far
/// as `notes` and `files` know anything like it; of the rest only how many there are.
pub fn astray(roadmap: &Roadmap, links: &[Links], notes: &Nearest, files: &Nearest) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (mut unwritten, mut missing) = (Rest::default(), Rest::default());
    for (topic, links) in roadmap.topics.iter().zip(links) {
        let resources = |places: &[usize]| -> Vec<Resource> {
            places.iter().filter_map(|at| topic.resources.get(*at).cloned()).collect()
        };
        for (found, names, rest) in
            [(resources(&links.unwritten), notes, &mut unwritten), (resources(&links.dead), files, &mut missing)]
        {
            for resource in found {
                match names.find(resource.target.as_str()) {
                    Some(path) => findings.push(mistaken(&resource, path)),
                    None => rest.count(&resource),
                }
            }
        }
    }
    findings.extend(unwritten.told(
        Code::UnwrittenNote,
        ["a note that is not written yet", "notes that are not written yet"],
        ["`study note TOPIC` makes one when its turn comes"; 2],
    ));
    findings.extend(missing.told(
        Code::DeadLink,
        ["a file that is not there", "files that are not there"],
        ["put the file there, or mend the link", "put the files there, or mend the links"],
    ));
    findings
}

fn mistaken(resource: &Resource, path: &str) -> Finding {
    let shown = match &resource.target {
        Target::Wiki(to) => format!("[[{to}]]"),
        other => other.as_str().to_owned(),
    };
    Finding {
        code: Code::DeadLink,
        severity: Severity::Problem,
        line: Some(resource.line),
        column: None,
        message: format!("the link `{shown}` leads nowhere, and there is `{path}`"),
        advice: Advice::Do("mend the link if that is meant"),
    }
}

/// Links of which only the number is told.
#[derive(Default)]
struct Rest {
    links: usize,
    first: Option<usize>,
}

impl Rest {
    fn count(&mut self, resource: &Resource) {
        self.links += 1;
        self.first.get_or_insert(resource.line);
    }

    /// What is told of the links; of `to` and `advice` the first goes with one link, the second with several.
    fn told(&self, code: Code, to: [&str; 2], advice: [&'static str; 2]) -> Option<Finding> {
        let ([one, many], [advice_one, advice_many]) = (to, advice);
        let (message, advice) = match self.links {
            1 => (format!("1 link leads to {one}"), advice_one),
            links => (format!("{links} links lead to {many}"), advice_many),
        };
        (self.links > 0).then_some(Finding {
            code,
            severity: Severity::Notice,
            line: self.first,
            column: None,
            message,
            advice: Advice::Do(advice),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_moved_or_mistyped_is_found() {
        let paths = [
            "notes/Caching.md",
            "Clay.md",
            "maps/Soil_basics.md",
            "a/readme.md",
            "Redis 2.md",
            "HTTPS.md",
            "x/Twin.md",
            "y/Twin.md",
        ];
        let nearest = Nearest::of(paths.into_iter().map(str::to_owned));
        let cases = [
            ("old/Caching", Some("notes/Caching.md")),
            ("Cachng", Some("notes/Caching.md")),
            ("Cachinng#Part", Some("notes/Caching.md")),
            ("Cacheng.md", Some("notes/Caching.md")),
            ("Clya", Some("Clay.md")),
            ("soil-Basics", Some("maps/Soil_basics.md")),
            ("./Soil%20basics.md", Some("maps/Soil_basics.md")),
            ("OLTP", None),
            ("Play", None),
            ("HTTP", None),
            ("Redis 3", None),
            ("b/readme.md", None),
            ("z/Twin", None),
            ("", None),
        ];
        for (target, expected) in cases {
            assert_eq!(nearest.find(target), expected, "{target}");
        }
    }

    #[test]
    fn what_is_not_there_yet_is_summed_up() {
        let roadmap =
            Roadmap::parse("- [ ] a [[Gone]]\n- [ ] b [[Cachng]]\n- [ ] c [[Lost]]\n- [ ] d [f](f.pdf)\n", "n");
        let links: Vec<Links> = (0..4)
            .map(|at| match at {
                3 => Links { dead: vec![0], ..Links::default() },
                _ => Links { unwritten: vec![0], ..Links::default() },
            })
            .collect();
        let notes = Nearest::of(["Caching.md".to_owned()].into_iter());
        let found = astray(&roadmap, &links, &notes, &Nearest::default());
        let told: Vec<_> = found.iter().map(|f| (f.line, f.severity, f.message.as_str())).collect();
        assert_eq!(
            told,
            [
                (Some(2), Severity::Problem, "the link `[[Cachng]]` leads nowhere, and there is `Caching.md`"),
                (Some(1), Severity::Notice, "2 links lead to notes that are not written yet"),
                (Some(4), Severity::Notice, "1 link leads to a file that is not there"),
            ]
        );
    }
}
