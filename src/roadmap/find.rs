//! Finding a topic by what a person types.

use super::{Roadmap, Standing};
use crate::item::folded;

/// Something in a roadmap that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// The topic at a position.
    Topic(usize),
    /// A resource of a topic: the position of the topic, and of the resource in it.
    Resource(usize, usize),
}

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// One thing.
    One(Hit),
    /// Several, in the order of the text: the name is ambiguous.
    Many(Vec<Hit>),
    /// Nothing. Topics that share a word with the name, a few at most.
    Nothing(Vec<usize>),
}

/// `ROADMAP#Topic` as its two parts; a name without `#` has no roadmap. `C#` and `#1` have none either.
pub fn split(name: &str) -> (Option<&str>, &str) {
    match name.split_once('#') {
        Some((roadmap, topic)) if !roadmap.trim().is_empty() && !topic.trim().is_empty() && !topic.starts_with(' ') => {
            (Some(roadmap.trim()), topic.trim())
        }
        _ => (None, name.trim()),
    }
}

/// Finds what `name` calls, in any case: a title, else the only one that begins with it, else the only one that holds it.
/// Topics come before resources. `A > B` is the topic B below A, and `:12` what stands on line 12.
///
/// Where several have the name and `wanted` takes some of them, the others are left aside.
pub fn find(roadmap: &Roadmap, name: &str, wanted: impl Fn(Hit) -> bool) -> Lookup {
    if let Some(line) = name.trim().strip_prefix(':').and_then(|line| line.parse::<usize>().ok()) {
        let hits = everything(roadmap).filter(|hit| roadmap.hit_line(*hit) == Some(line)).collect();
        return narrow(hits, &wanted).unwrap_or(Lookup::Nothing(Vec::new()));
    }
    let parts: Vec<String> = name.split(" > ").map(fold).filter(|part| !part.is_empty()).collect();
    let Some((last, above)) = parts.split_last() else { return Lookup::Nothing(Vec::new()) };
    let folded: Vec<(Hit, String)> = everything(roadmap).map(|hit| (hit, fold(roadmap.hit_name(hit)))).collect();
    let whole = fold(name);
    let exact: &dyn Fn(&str) -> bool = &|title| title == last || title == whole;
    let prefix: &dyn Fn(&str) -> bool = &|title| title.starts_with(last.as_str());
    let inside: &dyn Fn(&str) -> bool = &|title| title.contains(last.as_str());
    for matches in [exact, prefix, inside] {
        for resources in [false, true] {
            let hits = folded.iter().filter(|(hit, title)| {
                matches!(hit, Hit::Resource(..)) == resources
                    && matches(title)
                    && (title == &whole || is_below(roadmap, *hit, above))
            });
            if let Some(found) = narrow(hits.map(|(hit, _)| *hit).collect(), &wanted) {
                return found;
            }
        }
    }
    let words: Vec<&str> = last.split_whitespace().filter(|word| word.chars().count() > 3).collect();
    let near = folded.iter().filter_map(|(hit, title)| match hit {
        Hit::Topic(at) if title.split_whitespace().any(|word| words.contains(&word)) => Some(*at),
        _ => None,
    });
    Lookup::Nothing(near.take(3).collect())
}

fn narrow(hits: Vec<Hit>, wanted: &impl Fn(Hit) -> bool) -> Option<Lookup> {
    let some: Vec<Hit> = hits.iter().copied().filter(|hit| wanted(*hit)).collect();
    let hits = if some.is_empty() { hits } else { some };
    match hits.as_slice() {
        [] => None,
        [one] => Some(Lookup::One(*one)),
        _ => Some(Lookup::Many(hits)),
    }
}

fn everything(roadmap: &Roadmap) -> impl Iterator<Item = Hit> + '_ {
    roadmap.topics.iter().enumerate().flat_map(|(at, topic)| {
        let steps = topic.resources.iter().enumerate().filter(|(_, resource)| resource.standing != Standing::None);
        std::iter::once(Hit::Topic(at)).chain(steps.map(move |(step, _)| Hit::Resource(at, step)))
    })
}

/// Whether the names in `above` are those of topics around the hit, in their order.
fn is_below(roadmap: &Roadmap, hit: Hit, above: &[String]) -> bool {
    let around = match hit {
        Hit::Topic(at) => roadmap.topics.get(at).and_then(|topic| topic.parent),
        Hit::Resource(at, _) => Some(at),
    };
    let mut around = std::iter::successors(around, |&up| roadmap.topics.get(up)?.parent);
    above
        .iter()
        .rev()
        .all(|name| around.any(|up| roadmap.topics.get(up).is_some_and(|topic| fold(&topic.title) == *name)))
}

fn fold(name: &str) -> String {
    folded(&name.split_whitespace().collect::<Vec<_>>().join(" "))
}

impl Roadmap {
    /// What a hit is called. Untrusted text.
    pub fn hit_name(&self, hit: Hit) -> &str {
        match hit {
            Hit::Topic(at) => self.topics.get(at).map_or("", |topic| topic.title.as_str()),
            Hit::Resource(at, step) => {
                self.topics.get(at).and_then(|topic| topic.resources.get(step)).map_or("", |resource| resource.name())
            }
        }
    }

    /// The line of a hit, from 1.
    pub fn hit_line(&self, hit: Hit) -> Option<usize> {
        match hit {
            Hit::Topic(at) => self.topics.get(at).map(|topic| topic.line),
            Hit::Resource(at, step) => self.topics.get(at)?.resources.get(step).map(|resource| resource.line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Web\n- [ ] Web\n    - [ ] [intro](https://u.example)\n- [ ] Caching\n    - [ ] Basics\n# Data\n- [ ] Basics\n- [ ] Caches\n- [ ] a > b\n";

    fn look(name: &str) -> Vec<String> {
        let roadmap = Roadmap::parse(TEXT, "n");
        let boxed = |hit: Hit| match hit {
            Hit::Topic(at) => roadmap.topics[at].mark.is_some(),
            Hit::Resource(..) => true,
        };
        let shown = |hit: Hit| format!("{}:{}", roadmap.hit_name(hit), roadmap.hit_line(hit).unwrap());
        match find(&roadmap, name, boxed) {
            Lookup::One(hit) => vec![shown(hit)],
            Lookup::Many(hits) => hits.into_iter().map(shown).collect(),
            Lookup::Nothing(near) => near.into_iter().map(|at| format!("near {}", roadmap.topics[at].title)).collect(),
        }
    }

    #[test]
    fn names_lead_to_one_thing_or_list_the_candidates() {
        let cases: [(&str, &[&str]); 11] = [
            ("web", &["Web:2"]),
            ("cachi", &["Caching:4"]),
            ("cach", &["Caching:4", "Caches:8"]),
            ("basics", &["Basics:5", "Basics:7"]),
            ("data > basics", &["Basics:7"]),
            ("Caching > Basics", &["Basics:5"]),
            (":5", &["Basics:5"]),
            ("INTRO", &["intro:3"]),
            ("a > b", &["a > b:9"]),
            ("the basics", &["near Basics", "near Basics"]),
            ("", &[]),
        ];
        for (name, expected) in cases {
            assert_eq!(look(name), expected, "{name}");
        }
    }

    #[test]
    fn a_roadmap_is_named_before_the_hash() {
        assert_eq!(split("Web Roadmap#HTTP"), (Some("Web Roadmap"), "HTTP"));
        for name in ["C#", "#1", "C# basics", "HTTP"] {
            assert_eq!(split(name), (None, name));
        }
    }
}
