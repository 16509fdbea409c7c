//! How far a roadmap has come, branch by branch, and how well the notes behind its topics are still known.

use chrono::NaiveDate;
use serde::Serialize;

use super::{Roadmap, Standing, Target};
use crate::note::{NotePath, State};
use crate::schedule::Algorithm;

/// How many topics of a branch stand where. Dropped topics are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Topics that are done.
    pub done: usize,
    /// Topics that are begun.
    pub begun: usize,
    /// Topics that are not begun, or do not say.
    pub open: usize,
    /// Topics that say nothing themselves and have a note that is under review.
    pub reviewed: usize,
}

impl Count {
    /// All that count.
    pub fn total(self) -> usize {
        self.done + self.begun + self.open + self.reviewed
    }

    /// Topics that are done, or under review where they cannot be done.
    pub fn learned(self) -> usize {
        self.done + self.reviewed
    }

    fn add(&mut self, other: Self) {
        self.done += other.done;
        self.begun += other.begun;
        self.open += other.open;
        self.reviewed += other.reviewed;
    }
}

/// The count of the branch of each topic, itself included, in the order of the topics, by the text alone.
pub fn counts(roadmap: &Roadmap) -> Vec<Count> {
    counts_with(roadmap, &[])
}

/// The same with what is under review. `links` are those of [`follow`], one for each topic.
pub fn counts_with(roadmap: &Roadmap, links: &[Links]) -> Vec<Count> {
    let reviewed = |at: usize| links.get(at).is_some_and(Links::under_review);
    let own = |(at, topic): (usize, &super::Topic)| match (topic.counts, topic.standing) {
        (false, _) => Count::default(),
        _ if topic.is_silent() && reviewed(at) => Count { reviewed: 1, ..Count::default() },
        (_, Standing::Done) => Count { done: 1, ..Count::default() },
        (_, Standing::Begun) => Count { begun: 1, ..Count::default() },
        _ => Count { open: 1, ..Count::default() },
    };
    let mut counts: Vec<Count> = roadmap.topics.iter().enumerate().map(own).collect();
    for (at, topic) in roadmap.topics.iter().enumerate().rev() {
        let branch = counts.get(at).copied().unwrap_or_default();
        if let Some(above) = topic.parent.and_then(|parent| counts.get_mut(parent)) {
            above.add(branch);
        }
    }
    counts
}

/// The count of the whole roadmap, by the text alone.
pub fn total(roadmap: &Roadmap) -> Count {
    total_with(roadmap, &[])
}

/// The same with what is under review.
pub fn total_with(roadmap: &Roadmap, links: &[Links]) -> Count {
    let counts = counts_with(roadmap, links);
    let mut total = Count::default();
    roadmap.children(None).filter_map(|at| counts.get(at)).for_each(|count| total.add(*count));
    total
}

/// How well a note is likely to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Recall {
    /// Predicted retention below one half: more likely gone than not.
    Forgotten,
    /// Below [`FADING_BELOW`].
    Fading,
    /// Due, and still likely to be known.
    Due,
    /// Not due yet.
    Fresh,
    /// Not under review, so nothing is known.
    Unreviewed,
    /// Parked by its owner.
    Parked,
    /// The schedule cannot be read.
    Damaged,
}

/// Below this predicted retention a note is fading.
pub const FADING_BELOW: f64 = 0.8;
/// Below this predicted retention a note is forgotten.
pub const FORGOTTEN_BELOW: f64 = 0.5;

/// How well a note in `state` is likely to be known on `today`; `retention` is predicted where it is scheduled.
fn recall(state: &State, retention: Option<f64>, today: NaiveDate) -> Recall {
    match state {
        State::Unscheduled | State::Placeholder | State::Partial => Recall::Unreviewed,
        State::Parked => Recall::Parked,
        State::Damaged => Recall::Damaged,
        State::Scheduled(scheduled) => match retention {
            Some(r) if r < FORGOTTEN_BELOW => Recall::Forgotten,
            Some(r) if r < FADING_BELOW => Recall::Fading,
            _ if scheduled.is_due(today) => Recall::Due,
            _ => Recall::Fresh,
        },
    }
}

/// What a link of a roadmap leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A note of the vault.
    Note(NotePath),
    /// A note that a cloud drive has put away: its place is there, its text is not.
    Away(NotePath),
    /// Something else that is there.
    File,
    /// A note that is not written yet.
    Unwritten,
    /// A file that is not there.
    Missing,
}

/// A note that a topic links to.
#[derive(Clone, Debug, PartialEq)]
pub struct Linked {
    /// The note.
    pub note: NotePath,
    /// What its schedule lines say.
    pub state: State,
    /// How well it is likely to be known.
    pub recall: Recall,
    /// The predicted retention, from 0 to 1, when it is scheduled.
    pub retention: Option<f64>,
    /// Whether a tag or a folder puts it under review, be it scheduled or new.
    pub selected: bool,
}

impl Linked {
    /// The note of which the schedule lines say `state`, as it stands on `today`.
    pub fn new(note: NotePath, state: State, algorithm: &Algorithm, today: NaiveDate) -> Self {
        let retention = match state {
            State::Scheduled(stored) => algorithm.retrievability(&algorithm.resume(stored), today),
            _ => None,
        };
        Self { recall: recall(&state, retention, today), note, state, retention, selected: false }
    }

    /// Whether it is offered for review, now or when it is due.
    pub fn under_review(&self) -> bool {
        match self.state {
            State::Scheduled(_) | State::Placeholder | State::Partial => true,
            State::Unscheduled => self.selected,
            State::Parked | State::Damaged => false,
        }
    }
}

/// What the links of a topic lead to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Links {
    /// The notes, each once, in the order of the links. The first is the topic's own note.
    pub notes: Vec<Linked>,
    /// The positions of the resources that lead to a file that is not there.
    pub dead: Vec<usize>,
    /// The positions of the resources that lead to a note that is not written yet.
    pub unwritten: Vec<usize>,
    /// The notes that a cloud drive has put away.
    pub away: Vec<NotePath>,
}

impl Links {
    /// The topic's own note.
    pub fn note(&self) -> Option<&Linked> {
        self.notes.first()
    }

    /// The first note that is likely forgotten.
    pub fn forgotten(&self) -> Option<&Linked> {
        self.notes.iter().find(|linked| linked.recall == Recall::Forgotten)
    }

    /// Whether a note of the topic is under review.
    pub fn under_review(&self) -> bool {
        self.notes.iter().any(Linked::under_review)
    }
}

/// Follows the links of every topic, one step: a roadmap behind a link is a note like any other.
///
/// `resolve` says what a link within the vault leads to; addresses are not asked about. `schedule_of` says what the
/// schedule lines of a note say, `None` when it cannot be read. `here` is the roadmap's own note: links to it are no notes
/// of a topic.
pub fn follow(
    roadmap: &Roadmap,
    here: &NotePath,
    algorithm: &Algorithm,
    today: NaiveDate,
    mut resolve: impl FnMut(&Target) -> Found,
    mut schedule_of: impl FnMut(&NotePath) -> Option<State>,
) -> Vec<Links> {
    let follow = |topic: &super::Topic| {
        let mut links = Links::default();
        let inside =
            topic.resources.iter().enumerate().filter(|(_, resource)| !matches!(resource.target, Target::Url(_)));
        for (at, resource) in inside {
            match resolve(&resource.target) {
                Found::Missing => links.dead.push(at),
                Found::Unwritten => links.unwritten.push(at),
                Found::Away(note) => links.away.push(note),
                Found::Note(note) if note != *here && links.notes.iter().all(|linked| linked.note != note) => {
                    let state = schedule_of(&note).unwrap_or(State::Unscheduled);
                    links.notes.push(Linked::new(note, state, algorithm, today));
                }
                Found::Note(_) | Found::File => {}
            }
        }
        links
    };
    roadmap.topics.iter().map(follow).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Ease, Interval, Scheduled};

    fn day(text: &str) -> NaiveDate {
        crate::clock::parse_day(text).unwrap()
    }

    fn scheduled(due: &str, interval: f64) -> Scheduled {
        Scheduled { due: day(due), interval: Interval::new(interval).unwrap(), ease: Ease::new(250.0).unwrap() }
    }

    #[test]
    fn recall_falls_from_fresh_to_forgotten() {
        let state = State::Scheduled(scheduled("2026-01-11", 10.0));
        let recall_of =
            |state, today| Linked::new(NotePath::new("a.md"), state, &Algorithm::default(), day(today)).recall;
        let cases = [
            ("2026-01-10", Recall::Fresh),
            ("2026-01-11", Recall::Due),
            ("2026-01-22", Recall::Due),
            ("2026-01-23", Recall::Fading),
            ("2026-03-07", Recall::Fading),
            ("2026-03-09", Recall::Forgotten),
        ];
        for (today, expected) in cases {
            assert_eq!(recall_of(state, today), expected, "{today}");
        }
        assert_eq!(recall_of(State::Placeholder, "2026-01-01"), Recall::Unreviewed);
    }

    #[test]
    fn branches_count_what_is_below_them() {
        let text = "# A\n- [x] a\n  - [ ] b\n- [-] c\n  - [/] d\n- [x] e\n  - plain\n# B\n- x\n- y\n# C\n";
        let roadmap = Roadmap::parse(text, "n");
        let counts = counts(&roadmap);
        // What is below a dropped topic is dropped with it, and what is plain below a done one is part of it.
        assert_eq!(counts[0], Count { done: 2, open: 1, ..Count::default() });
        // Items without a box are text, and so is a heading that holds no others.
        assert_eq!(total(&roadmap), Count { done: 2, open: 2, ..Count::default() });
    }

    #[test]
    fn what_cannot_be_ticked_counts_when_its_note_is_under_review() {
        let roadmap = Roadmap::parse("# R\n## A\n- [[a]]\n- [[b]]\n- [[c]]\n- [[new]]\n## [[d]]\n", "n");
        let resolve = |target: &Target| Found::Note(NotePath::new(target.as_str()));
        let state = |note: &NotePath| {
            Some(match note.as_str() {
                "a" | "d" => State::Scheduled(scheduled("2026-01-11", 10.0)),
                "new" => State::Placeholder,
                "b" => State::Parked,
                _ => State::Unscheduled,
            })
        };
        let links = follow(&roadmap, &NotePath::new("R.md"), &Algorithm::default(), day("2026-01-01"), resolve, state);
        let count = total_with(&roadmap, &links);
        assert_eq!(count, Count { reviewed: 3, open: 2, ..Count::default() });
        assert_eq!((count.learned(), count.total()), (3, 5));
        let boxed = Roadmap::parse("- [ ] a thing, [[a]]\n- [x] b\n", "n");
        let links = follow(&boxed, &NotePath::new("R.md"), &Algorithm::default(), day("2026-01-01"), resolve, state);
        assert_eq!(
            total_with(&boxed, &links),
            Count { done: 1, open: 1, ..Count::default() },
            "a box speaks for itself"
        );
    }

    #[test]
    fn links_are_followed_one_step() {
        let roadmap =
            Roadmap::parse("- [ ] a [[Here]] [[A]] [[A|again]] [[Gone]] [u](https://u.example)\n- [ ] [b](b.pdf)", "n");
        let here = NotePath::new("Here.md");
        let resolve = |target: &Target| match target.as_str() {
            "Gone" => Found::Missing,
            "b.pdf" => Found::File,
            name => Found::Note(NotePath::new(format!("{name}.md"))),
        };
        let links = follow(&roadmap, &here, &Algorithm::default(), day("2026-03-09"), resolve, |_| {
            Some(State::Scheduled(scheduled("2026-01-11", 10.0)))
        });
        assert_eq!(links[0].notes.len(), 1);
        assert_eq!(links[0].dead, [3]);
        assert_eq!(links[0].forgotten().unwrap().note.as_str(), "A.md");
        assert_eq!(links[1], Links::default());
    }
}
