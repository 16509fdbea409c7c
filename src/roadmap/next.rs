//! What to learn next.

use super::progress::{Linked, Links};
use super::{Kind, Roadmap, Standing};

/// What to learn next, and what has to wait.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Next {
    /// The position of the first open topic whose prerequisites are not forgotten.
    pub topic: Option<usize>,
    /// Open topics above it that wait for a note to be reviewed.
    pub held: Vec<Held>,
}

/// An open topic that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Its position.
    pub topic: usize,
    /// The topic whose note is forgotten: above it in the branch, or itself.
    pub by: usize,
    /// The note to review first.
    pub note: Linked,
}

/// The first open topic in the order of the roadmap whose prerequisites are not forgotten.
///
/// Its prerequisites are its own notes and those of the topics above it in its branch: the ones it is below, and all that
/// come before it in the branch. Topmost headings are branches of their own: none is a prerequisite of the next.
///
/// A topic that does not say how far it has come is offered while none of its notes is under review, unless it is a heading
/// or something is written below it; in a roadmap in which no topic says anything, these are offered too.
///
/// `links` are those of [`follow`](super::progress::follow), one for each topic.
pub fn next(roadmap: &Roadmap, links: &[Links]) -> Next {
    let silent = roadmap.topics.iter().all(|topic| topic.standing == Standing::None);
    let root = roadmap.topics.len();
    // For each topic, and for the whole: the first forgotten topic in the branches below it that were passed.
    let mut passed: Vec<Option<usize>> = vec![None; root + 1];
    // For each topic: the forgotten one that it and everything below it waits for.
    let mut above: Vec<Option<usize>> = Vec::with_capacity(root);
    let mut next = Next::default();
    for (at, topic) in roadmap.topics.iter().enumerate() {
        let own = links.get(at);
        let forgotten = own.and_then(Links::forgotten).map(|_| at);
        let inherited = topic.parent.and_then(|parent| above.get(parent).copied().flatten());
        let before = passed.get(topic.parent.unwrap_or(root)).copied().flatten();
        let waits_for = inherited.or(before).or(forgotten);
        above.push(waits_for);
        let open = match topic.standing {
            _ if topic.is_silent() && own.is_some_and(Links::under_review) => false,
            Standing::None => silent || (topic.kind != Kind::Heading && !topic.written),
            standing => standing.is_open(),
        };
        if open && topic.counts && next.topic.is_none() {
            let held = waits_for.and_then(|by| {
                let note = links.get(by)?.forgotten()?.clone();
                Some(Held { topic: at, by, note })
            });
            match held {
                Some(held) => next.held.push(held),
                None => next.topic = Some(at),
            }
        }
        if forgotten.is_some() {
            pass(roadmap, &mut passed, at);
        }
    }
    next
}

/// Notes in every branch that holds the forgotten topic at `at` that what comes after it waits.
fn pass(roadmap: &Roadmap, passed: &mut [Option<usize>], at: usize) {
    let root = roadmap.topics.len();
    let mut child = Some(at);
    while let Some(topic) = child.and_then(|child| roadmap.topics.get(child)) {
        if topic.parent.is_none() && topic.kind == Kind::Heading {
            return;
        }
        match passed.get_mut(topic.parent.unwrap_or(root)) {
            // What is noted in a branch is noted in all around it.
            Some(Some(_)) | None => return,
            Some(slot) => *slot = Some(at),
        }
        child = topic.parent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::{NotePath, State};
    use crate::roadmap::progress::Recall;

    /// The title of the next topic, and those that wait, when the notes named `old` are forgotten.
    fn names(text: &str, old: &[&str]) -> (Option<String>, Vec<String>) {
        let roadmap = Roadmap::parse(text, "n");
        let title = |at: usize| roadmap.topics[at].title.clone();
        let links: Vec<Links> = roadmap
            .topics
            .iter()
            .map(|topic| {
                let forgotten = topic.resources.iter().find(|resource| old.contains(&resource.target.as_str()));
                let notes = forgotten.map(|resource| Linked {
                    note: NotePath::new(resource.target.as_str()),
                    state: State::Damaged,
                    recall: Recall::Forgotten,
                    retention: Some(0.1),
                    selected: false,
                });
                Links { notes: notes.into_iter().collect(), ..Links::default() }
            })
            .collect();
        let next = next(&roadmap, &links);
        (next.topic.map(title), next.held.iter().map(|held| title(held.topic)).collect())
    }

    const TEXT: &str = "# A\n- [x] [[one]]\n- [ ] two\n    - [ ] three\n# B\n- [/] four\n";

    #[test]
    fn the_first_open_topic_is_next() {
        assert_eq!(names(TEXT, &[]), (Some("two".into()), vec![]));
        assert_eq!(names("- [x] a\n- [-] b", &[]), (None, vec![]));
        assert_eq!(names("", &[]), (None, vec![]));
    }

    #[test]
    fn a_forgotten_note_holds_what_comes_after_it_in_its_branch() {
        let (next, held) = names(TEXT, &["one"]);
        assert_eq!(next.as_deref(), Some("four"));
        assert_eq!(held, ["two", "three"]);
        let nested = "- [x] a\n    - [x] b [[deep]]\n- [ ] c\n- [ ] d\n    - [ ] e";
        assert_eq!(names(nested, &["deep"]).0, None);
        assert_eq!(names(nested, &["deep"]).1, ["c", "d", "e"]);
        assert_eq!(names("# [[top]]\n- [ ] a\n# B\n- [ ] b", &["top"]).0.as_deref(), Some("b"));
        assert_eq!(names("- [ ] [[own]]\n- [ ] b", &["own"]).1, ["own", "b"]);
    }

    #[test]
    fn outlines_without_marks_have_a_next_topic_too() {
        assert_eq!(names("# R\n## A\ntext\n## B\ntext", &[]).0.as_deref(), Some("A"));
        assert_eq!(names("# R\n## A\ntext\n## B\n", &[]).0.as_deref(), Some("B"));
        assert_eq!(names("# R\n## A\n1. a\n2. b\n## B\n", &[]).0.as_deref(), Some("a"));
    }
}
