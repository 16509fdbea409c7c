//! Which notes lie elsewhere now: each note of the log that is not where it was, and the note that it has become. Pure.
//!
//! What is alike in several ways is paired first. A pair has to be the only one of its kind: of two notes that may be the
//! same one, neither is taken for it.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use crate::item::folded;
use crate::note::{Fingerprint, NotePath};
use crate::schedule::{Algorithm, ScheduleKey, Scheduled};

/// A text of fewer characters may well be that of another note.
const TELLING: usize = 40;

/// More pairs than these of one kind tell nothing.
const MOST_PAIRS: usize = 10_000;

/// A note as it was, or as it is.
#[derive(Clone, Debug)]
pub struct Look {
    /// Its path.
    pub path: NotePath,
    /// Its `sr-id`.
    pub sr_id: Option<String>,
    /// Its schedule: the one that is known last.
    pub schedule: Option<Scheduled>,
    /// The fingerprint of its text, where that is known.
    pub text: Option<Fingerprint>,
    /// The characters in its text; 0 where that is not known.
    pub characters: usize,
    /// Whether it lay there when this device looked last.
    pub was_seen: bool,
    /// Of a note as it was: whether another lies at its path. Of one as it is: whether the log knows one at its path.
    pub in_place: bool,
}

/// What became of the notes that are gone, by their places in the lists.
#[derive(Debug, Default, PartialEq)]
pub struct Pairing {
    /// Those that were found again.
    pub pairs: Vec<(usize, usize)>,
    /// Those that may be one of several notes, or of which several may be the same note.
    pub doubtful: Vec<(usize, Vec<usize>)>,
}

/// Which of the notes that `came` each of those is that are `gone`. With `lost`, a note without a schedule may be one that
/// had one.
pub fn pair(gone: &[Look], came: &[Look], lost: bool, algorithm: &Algorithm) -> Pairing {
    let mut matching = Matching {
        gone,
        came,
        lost,
        open: (vec![true; gone.len()], vec![true; came.len()]),
        folders: HashSet::new(),
        found: Pairing::default(),
    };
    let name = |look: &Look| folded(look.path.name());
    let schedule = |look: &Look| look.schedule.map(Scheduled::key);
    matching.by(|look| look.sr_id.clone(), |_, _| true);
    matching.by(|look| Some((schedule(look)?, look.text?, name(look))), |_, _| true);
    matching.by(|look| Some((schedule(look)?, look.text?)), |_, _| true);
    // Where the path says something else, nothing less will do.
    let is_free = |gone: &Look, came: &Look| !gone.in_place && !came.in_place;
    matching.by(|look| Some((schedule(look)?, name(look))), is_free);
    matching.by(|look| Some((look.text?, name(look))), is_free);
    let is_a_step = |before: Option<Scheduled>, after: Option<Scheduled>| {
        let (before, after) = before.zip(after)?;
        let day = after.inferred_last_review()?;
        Some(!algorithm.grades_between(before, after, day).is_empty())
    };
    matching.by(
        |look| look.text,
        |gone, came| {
            let is_news = !came.was_seen && (gone.was_seen || gone.schedule.is_none());
            let is_alike = came.characters >= TELLING || is_a_step(gone.schedule, came.schedule) == Some(true);
            is_free(gone, came) && (is_news || is_alike)
        },
    );
    // Another name and another text: what was moved and edited at once looks like that, and so does another note.
    matching.doubt(|look| schedule(look), |gone, came| is_free(gone, came) && gone.was_seen && !came.was_seen);
    matching.found
}

/// The schedules and names by which one of `gone` may be found again.
#[derive(Debug, Default)]
pub struct Marks {
    schedules: HashSet<ScheduleKey>,
    names: HashSet<String>,
}

impl Marks {
    /// Of these notes, each with its schedule.
    pub fn of<'a>(notes: impl Iterator<Item = (&'a NotePath, Option<Scheduled>)>) -> Self {
        let mut marks = Self::default();
        for (path, schedule) in notes {
            marks.schedules.extend(schedule.map(Scheduled::key));
            marks.names.insert(folded(path.name()));
        }
        marks
    }

    /// Whether a note has one of them.
    pub fn are_on(&self, path: &NotePath, schedule: Option<Scheduled>) -> bool {
        schedule.is_some_and(|schedule| self.schedules.contains(&schedule.key()))
            || self.names.contains(&folded(path.name()))
    }
}

/// Notes that are gone, each with those that it may be.
type Group = Vec<(usize, Vec<usize>)>;

struct Matching<'a> {
    gone: &'a [Look],
    came: &'a [Look],
    lost: bool,
    /// Which of both are not settled yet.
    open: (Vec<bool>, Vec<bool>),
    /// From which folder to which another notes were moved.
    folders: HashSet<(&'a str, &'a str)>,
    found: Pairing,
}

impl<'a> Matching<'a> {
    /// Pairs those that have the same `key` and of which `also` holds.
    fn by<K: Hash + Eq>(&mut self, key: impl Fn(&Look) -> Option<K>, also: impl Fn(&Look, &Look) -> bool) {
        let mut left = self.groups(key, also);
        left.iter_mut().for_each(|group| self.settle(group));
        // What else was moved from one folder to another tells twins apart.
        let (gone, came) = (self.gone, self.came);
        for group in &mut left {
            let folder = |looks: &'a [Look], at: usize| looks.get(at).map_or("", |look| look.path.folder());
            let is_same_way = |a: usize, b: usize| self.folders.contains(&(folder(gone, a), folder(came, b)));
            let mut same_way: Group = group
                .iter()
                .map(|(a, fit)| (*a, fit.iter().copied().filter(|b| is_same_way(*a, *b)).collect::<Vec<_>>()))
                .collect();
            self.settle(&mut same_way);
            group.retain(|(a, _)| self.open.0.get(*a) == Some(&true));
        }
        self.leave(left);
    }

    /// Keeps in doubt those that have the same `key` and of which `also` holds.
    fn doubt<K: Hash + Eq>(&mut self, key: impl Fn(&Look) -> Option<K>, also: impl Fn(&Look, &Look) -> bool) {
        let groups = self.groups(key, also);
        self.leave(groups);
    }

    fn leave(&mut self, groups: Vec<Group>) {
        for (a, fit) in groups.into_iter().flatten() {
            self.close(a, &fit);
            self.found.doubtful.push((a, fit));
        }
    }

    /// Those that are open and have the same `key`, each of what is gone with all that it may be.
    fn groups<K: Hash + Eq>(
        &mut self,
        key: impl Fn(&Look) -> Option<K>,
        also: impl Fn(&Look, &Look) -> bool,
    ) -> Vec<Group> {
        let mut groups: HashMap<K, (Vec<usize>, Vec<usize>)> = HashMap::new();
        let (gone, came) = (self.gone, self.came);
        for (at, _) in self.open.0.iter().enumerate().filter(|(_, open)| **open) {
            if let Some(key) = gone.get(at).and_then(&key) {
                groups.entry(key).or_default().0.push(at);
            }
        }
        for (at, _) in self.open.1.iter().enumerate().filter(|(_, open)| **open) {
            if let Some(group) = came.get(at).and_then(&key).and_then(|key| groups.get_mut(&key)) {
                group.1.push(at);
            }
        }
        let mut groups: Vec<(Vec<usize>, Vec<usize>)> =
            groups.into_values().filter(|(gone, came)| !gone.is_empty() && !came.is_empty()).collect();
        groups.sort_unstable();
        let mut left = Vec::new();
        for (gone_here, came_here) in groups {
            if gone_here.len().saturating_mul(came_here.len()) > MOST_PAIRS {
                left.push(gone_here.iter().map(|at| (*at, came_here.clone())).collect());
                continue;
            }
            let fits =
                |a: usize, b: usize| gone.get(a).zip(came.get(b)).is_some_and(|(a, b)| self.may_be(a, b) && also(a, b));
            let candidates = |a: &usize| (*a, came_here.iter().copied().filter(|b| fits(*a, *b)).collect::<Vec<_>>());
            left.push(gone_here.iter().map(candidates).filter(|(_, fit)| !fit.is_empty()).collect());
        }
        left
    }

    /// Pairs those of a group that have only each other.
    fn settle(&mut self, group: &mut Group) {
        let mut wanted: HashMap<usize, usize> = HashMap::new();
        for b in group.iter().flat_map(|(_, fit)| fit) {
            *wanted.entry(*b).or_default() += 1;
        }
        group.retain(|(a, fit)| {
            let [b] = fit.as_slice() else { return true };
            if wanted.get(b) != Some(&1) {
                return true;
            }
            self.close(*a, fit);
            if let Some((from, to)) = self.gone.get(*a).zip(self.came.get(*b)) {
                self.folders.insert((from.path.folder(), to.path.folder()));
            }
            self.found.pairs.push((*a, *b));
            false
        });
    }

    fn close(&mut self, gone: usize, came: &[usize]) {
        self.open.0.get_mut(gone).into_iter().for_each(|open| *open = false);
        for at in came {
            self.open.1.get_mut(*at).into_iter().for_each(|open| *open = false);
        }
    }

    /// Whether nothing speaks against it.
    fn may_be(&self, gone: &Look, came: &Look) -> bool {
        if gone.sr_id.is_some() {
            return gone.sr_id == came.sr_id;
        }
        // A note that lay beside it was a copy.
        !(gone.was_seen && came.was_seen) && (self.lost || came.schedule.is_some() || gone.schedule.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Ease, Interval};

    const LONG: &str = "A text that is long enough to be that of one note alone, or so one hopes";

    /// A note by its path, the interval that it has, and its text.
    fn look(path: &str, interval: Option<f64>, text: &str) -> Look {
        let schedule = interval.map(|days| Scheduled {
            due: "2026-01-20".parse().unwrap(),
            interval: Interval::new(days).unwrap(),
            ease: Ease::new(250.0).unwrap(),
        });
        let text = Fingerprint::counted(text.as_bytes());
        Look {
            path: NotePath::new(path),
            sr_id: None,
            schedule,
            text: text.map(|(print, _)| print),
            characters: text.map_or(0, |(_, characters)| characters),
            was_seen: false,
            in_place: false,
        }
    }

    fn pairs(gone: &[Look], came: &[Look]) -> Pairing {
        let mut pairing = pair(gone, came, false, &Algorithm::default());
        pairing.pairs.sort_unstable();
        pairing
    }

    #[test]
    fn what_is_alike_in_most_ways_is_paired_first() {
        let gone = [look("a.md", Some(4.0), "x"), look("b.md", Some(4.0), "x"), look("c.md", Some(4.0), "y")];
        let came =
            [look("n/b.md", Some(4.0), "x"), look("n/c.md", Some(4.0), "edited"), look("n/a.md", Some(4.0), "x")];
        assert_eq!(pairs(&gone, &came), Pairing { pairs: vec![(0, 2), (1, 0), (2, 1)], doubtful: Vec::new() });
    }

    #[test]
    fn of_twins_none_is_taken_unless_others_went_the_same_way() {
        let twins = |folder: &str| look(&format!("{folder}/index.md"), Some(4.0), "x");
        let gone = [twins("a"), twins("b")];
        let came = [twins("y"), twins("z")];
        let found = pairs(&gone, &came);
        assert_eq!((found.pairs, found.doubtful), (vec![], vec![(0, vec![0, 1]), (1, vec![0, 1])]));
        let gone = [twins("a"), twins("b"), look("a/1.md", Some(5.0), "1"), look("b/2.md", Some(6.0), "2")];
        let came = [twins("y"), twins("z"), look("z/1.md", Some(5.0), "1"), look("y/2.md", Some(6.0), "2")];
        assert_eq!(pairs(&gone, &came).pairs, [(0, 1), (1, 0), (2, 2), (3, 3)]);
    }

    #[test]
    fn one_that_became_two_or_two_that_became_one_is_in_doubt() {
        let (a, b) = (look("a.md", Some(4.0), LONG), look("b.md", Some(4.0), LONG));
        let (c, d) = (look("c.md", Some(4.0), LONG), look("d.md", Some(4.0), LONG));
        assert_eq!(pairs(std::slice::from_ref(&a), &[c.clone(), d]).doubtful, [(0, vec![0, 1])]);
        assert_eq!(pairs(&[a, b], &[c]).doubtful, [(0, vec![0]), (1, vec![0])]);
    }

    #[test]
    fn the_text_alone_tells_where_it_is_long_or_the_schedule_follows() {
        let found = |gone: Look, came: Look| pairs(&[gone], &[came]).pairs.len();
        assert_eq!(found(look("a.md", Some(4.0), LONG), look("b.md", Some(900.0), LONG)), 1);
        assert_eq!(found(look("a.md", Some(4.0), "short"), look("b.md", Some(900.0), "short")), 0);
        assert_eq!(found(look("a.md", Some(4.0), "short"), look("n/a.md", Some(900.0), "short")), 1);
        let later = Look { was_seen: true, ..look("a.md", Some(4.0), "short") };
        assert_eq!(found(later, look("b.md", Some(900.0), "short")), 1);
        // Nothing is told by texts that say nothing, nor by a name alone.
        assert_eq!(found(look("a.md", Some(4.0), ""), look("b.md", Some(9.0), "")), 0);
        assert_eq!(found(look("a.md", Some(4.0), "x"), look("n/a.md", Some(9.0), "y")), 0);
        assert_eq!(found(look("a.md", None, "x"), look("n/a.md", None, "y")), 0);
        // What has lost its schedule is found where that is looked for.
        let (gone, came) = ([look("a.md", Some(4.0), LONG)], [look("n/a.md", None, LONG)]);
        assert_eq!(pairs(&gone, &came).pairs.len(), 0);
        assert_eq!(pair(&gone, &came, true, &Algorithm::default()).pairs.len(), 1);
    }

    #[test]
    fn what_speaks_against_it_is_heard() {
        let (gone, came) = (look("a.md", Some(4.0), LONG), look("n/a.md", Some(4.0), LONG));
        let found = |gone: Look, came: Look| pairs(&[gone], &[came]).pairs.len();
        assert_eq!(found(gone.clone(), came.clone()), 1);
        // It lay beside the other: a copy.
        let seen = |look: &Look| Look { was_seen: true, ..look.clone() };
        assert_eq!(found(seen(&gone), seen(&came)), 0);
        assert_eq!(found(gone.clone(), seen(&came)), 1);
        let with_id = |look: &Look, id: &str| Look { sr_id: Some(id.into()), ..look.clone() };
        assert_eq!(found(with_id(&gone, "A"), with_id(&came, "B")), 0);
        assert_eq!(found(with_id(&gone, "A"), came.clone()), 0);
        assert_eq!(found(with_id(&gone, "A"), with_id(&look("z.md", None, "y"), "A")), 1);
        assert_eq!(found(gone.clone(), with_id(&came, "B")), 1);
        // Where the path tells something else, schedule and text have to agree.
        let in_place = Look { in_place: true, ..gone.clone() };
        assert_eq!(found(in_place.clone(), came), 1);
        assert_eq!(found(in_place, look("n/a.md", Some(4.0), "edited")), 0);
    }
}
