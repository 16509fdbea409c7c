//! Finding a topic by what a person types.

use unicode_segmentation::UnicodeSegmentation;

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
    /// Nothing.
    Nothing,
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

/// Finds what `name` calls, in any case: a title, else one that begins with it, else one of which words begin with the words
/// of `name` in their order. Titles of topics come before things to read. `A > B` is the topic B below A, and `:12` what
/// stands on line 12.
///
/// Where several have the name and `wanted` takes some of them, the others are left aside.
pub fn find(roadmap: &Roadmap, name: &str, wanted: impl Fn(Hit) -> bool) -> Lookup {
    if let Some(line) = name.trim().strip_prefix(':').and_then(|line| line.parse::<usize>().ok()) {
        let hits = roadmap.hits().filter(|hit| roadmap.hit_line(*hit) == Some(line)).collect();
        return narrow(hits, &wanted).unwrap_or(Lookup::Nothing);
    }
    let parts: Vec<String> = name.split(" > ").map(fold).filter(|part| !part.is_empty()).collect();
    let Some((last, above)) = parts.split_last() else { return Lookup::Nothing };
    let folded: Vec<(Hit, String)> = roadmap.hits().map(|hit| (hit, fold(roadmap.hit_name(hit)))).collect();
    let whole = fold(name);
    let exact: &dyn Fn(&str) -> bool = &|title| title == last || title == whole;
    let prefix: &dyn Fn(&str) -> bool = &|title| title.starts_with(last.as_str()) && words_begin(title, last);
    let words: &dyn Fn(&str) -> bool = &|title| words_begin(title, last);
    for resources in [false, true] {
        for matches in [exact, prefix, words] {
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
    Lookup::Nothing
}

/// Whether each word of `typed` begins a word of `title`, in their order.
fn words_begin(title: &str, typed: &str) -> bool {
    // Signs within a word part it: `js` begins a word of "Node.js". Scripts without blanks have bounds of their own.
    let mut bounds = title.split_word_bound_indices().map(|(at, _)| at).peekable();
    let mut before = None;
    let mut starts = title.char_indices().filter_map(move |(at, c)| {
        let bound = bounds.next_if_eq(&at).is_some();
        let parted = before.replace(c).is_none_or(|before: char| !before.is_alphanumeric());
        (bound || parted).then_some(at)
    });
    let mut from = 0;
    typed.split_whitespace().all(|word| {
        let found = starts.find(|&at| at >= from && title.get(at..).is_some_and(|rest| rest.starts_with(word)));
        from = found.map_or(from, |at| at + word.len());
        found.is_some()
    })
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
    /// Everything that has a name: the topics, and what there is to read with a box of its own; in the order of the text.
    pub fn hits(&self) -> impl Iterator<Item = Hit> + '_ {
        self.topics.iter().enumerate().flat_map(|(at, topic)| {
            let steps = topic.resources.iter().enumerate().filter(|(_, resource)| resource.standing != Standing::None);
            std::iter::once(Hit::Topic(at)).chain(steps.map(move |(step, _)| Hit::Resource(at, step)))
        })
    }

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
            Lookup::Nothing => vec![],
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
            ("the basics", &[]),
            ("", &[]),
        ];
        for (name, expected) in cases {
            assert_eq!(look(name), expected, "{name}");
        }
    }

    #[test]
    fn words_begin_words_and_titles_come_before_reading() {
        let text = "- [ ] Where to host\n    - [ ] [Where to Host a Fullstack Project on a Budget](https://h.example)\n\
                    - [ ] Getting started\n    - [ ] [Get](https://g.example)\n- [ ] Node.js and C++\n- [ ] 数据库索引\n- [ ] Budget\n";
        let roadmap = Roadmap::parse(text, "n");
        let cases = [
            ("get", "Getting started"),
            ("budget", "Budget"),
            ("host budget", "Where to Host a Fullstack Project on a Budget"),
            ("wh ho", "Where to host"),
            ("js c++", "Node.js and C++"),
            ("索引", "数据库索引"),
            ("Getting started > get", "Get"),
        ];
        for (name, expected) in cases {
            let Lookup::One(hit) = find(&roadmap, name, |_| true) else { panic!("{name}: not one") };
            assert_eq!(roadmap.hit_name(hit), expected, "{name}");
        }
        for name in ["udget", "host where", "tarted", "get get"] {
            assert_eq!(find(&roadmap, name, |_| true), Lookup::Nothing, "{name}");
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
