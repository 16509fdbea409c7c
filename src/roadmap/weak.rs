//! How the branches of a roadmap are remembered: reviews of the notes behind their topics, and the weakest branches.

use std::collections::{HashMap, HashSet};

use super::Roadmap;
use super::progress::Links;
use crate::note::NotePath;

/// What is known of the memory of a branch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Branch {
    /// The position of its topic.
    pub topic: usize,
    /// The notes behind its topics, each once.
    pub notes: usize,
    /// Reviews of these notes.
    pub reviews: usize,
    /// Of these, the ones that were not forgotten.
    pub recalled: usize,
    /// The mean of the predicted retention of the notes that are scheduled, from 0 to 1.
    pub predicted: Option<f64>,
}

impl Branch {
    /// Whether there is any figure to tell.
    pub fn says_something(&self) -> bool {
        self.notes > 0 || self.reviews > 0
    }

    /// The share of reviews that were recalled, from 0 to 1.
    pub fn retention(&self) -> Option<f64> {
        (self.reviews > 0).then(|| self.recalled as f64 / self.reviews as f64)
    }
}

/// The memory of each branch of `roadmap`, in its order.
///
/// The branches are the topmost topics; where there is only one, those below it. `links` are those of
/// [`follow`](super::progress::follow); `reviews` says of each review that counts which note it was of and whether the note was
/// recalled. A note that stands in two branches counts in both.
pub fn branches<'a>(
    roadmap: &Roadmap,
    links: &[Links],
    reviews: impl IntoIterator<Item = (&'a NotePath, bool)>,
) -> Vec<Branch> {
    let tops = tops(roadmap);
    let mut branches: Vec<Branch> =
        tops.iter().map(|&topic| Branch { topic, notes: 0, reviews: 0, recalled: 0, predicted: None }).collect();
    let mut places: HashMap<&NotePath, Vec<usize>> = HashMap::new();
    for (place, branch) in branches.iter_mut().enumerate() {
        let end = roadmap.topics.get(branch.topic).map_or(0, |topic| topic.end);
        let linked = links.get(branch.topic..end).unwrap_or_default().iter().flat_map(|links| &links.notes);
        let mut seen: HashSet<&NotePath> = HashSet::new();
        let (mut sum, mut scheduled) = (0.0, 0_usize);
        for note in linked.filter(|linked| seen.insert(&linked.note)) {
            branch.notes += 1;
            places.entry(&note.note).or_default().push(place);
            if let Some(retention) = note.retention {
                sum += retention;
                scheduled += 1;
            }
        }
        branch.predicted = (scheduled > 0).then(|| sum / scheduled as f64);
    }
    for (note, recalled) in reviews {
        for place in places.get(note).into_iter().flatten() {
            if let Some(branch) = branches.get_mut(*place) {
                branch.reviews += 1;
                branch.recalled += usize::from(recalled);
            }
        }
    }
    branches
}

/// The topmost topics, or, below a single one, those one step down.
pub fn tops(roadmap: &Roadmap) -> Vec<usize> {
    let mut above = None;
    loop {
        let tops: Vec<usize> = roadmap.children(above).collect();
        match tops.as_slice() {
            [only] if roadmap.children(Some(*only)).nth(1).is_some() => above = Some(*only),
            _ => return tops,
        }
    }
}

/// The `most` branches that are known worst, the worst first: by the lower of measured and predicted retention. Branches
/// of which nothing is known, or nothing was forgotten, are not among them.
pub fn weakest(branches: &[Branch], most: usize) -> Vec<Branch> {
    let worth = |branch: &Branch| match (branch.retention(), branch.predicted) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    let mut known: Vec<(f64, Branch)> =
        branches.iter().filter_map(|branch| Some((worth(branch).filter(|worth| *worth < 0.995)?, *branch))).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    known.into_iter().take(most).map(|(_, branch)| branch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::State;
    use crate::roadmap::progress::{Linked, Recall};

    fn links(roadmap: &Roadmap, known: &[(&str, f64)]) -> Vec<Links> {
        let linked = |name: &str| Linked {
            note: NotePath::new(name),
            state: State::Damaged,
            recall: Recall::Fresh,
            retention: known.iter().find(|(note, _)| *note == name).map(|(_, r)| *r),
            selected: false,
        };
        let notes = |topic: &crate::roadmap::Topic| topic.resources.iter().map(|r| linked(r.target.as_str())).collect();
        roadmap.topics.iter().map(|topic| Links { notes: notes(topic), ..Links::default() }).collect()
    }

    #[test]
    fn branches_sum_the_reviews_of_their_notes() {
        let roadmap = Roadmap::parse("# R\n## A\n- [ ] [[a]]\n- [ ] [[b]]\n## B\n- [ ] [[a]]\n## C\n- [ ] c", "n");
        let links = links(&roadmap, &[("a", 0.5), ("b", 0.9)]);
        let (a, b, other) = (NotePath::new("a"), NotePath::new("b"), NotePath::new("other"));
        let reviews = [(&a, true), (&a, false), (&b, true), (&other, false)];
        let branches = branches(&roadmap, &links, reviews);
        let sums: Vec<_> = branches.iter().map(|b| (b.notes, b.reviews, b.recalled, b.predicted)).collect();
        assert_eq!(sums, [(2, 3, 2, Some(0.7)), (1, 2, 1, Some(0.5)), (0, 0, 0, None)]);
        let weak: Vec<_> = weakest(&branches, 3).iter().map(|b| roadmap.topics[b.topic].title.clone()).collect();
        assert_eq!(weak, ["B", "A"]);
    }

    #[test]
    fn a_single_topmost_topic_is_looked_into() {
        let roadmap = Roadmap::parse("- [ ] all\n    - [ ] a\n    - [ ] b\n", "n");
        assert_eq!(branches(&roadmap, &[], []).len(), 2);
        assert!(weakest(&branches(&roadmap, &[], []), 3).is_empty());
        assert!(branches(&Roadmap::default(), &[], []).is_empty());
    }
}
