//! PageRank over weighted links, as pagerank.js 1.0.2 computes it for obsidian-spaced-repetition 1.15.4.

use std::ops::Range;

use crate::threads;
use crate::within::Within;

/// How much of a rank is handed on along links.
const DAMPING: f64 = 0.85;
/// The change of all ranks together at which the computation ends.
const TOLERANCE: f64 = 1e-6;
/// How near to it, as a part of it, a change must be summed in the order of the original to tell on which side it lies:
/// far more than the sums of up to a thousand million notes in different orders differ by. In tests so much that both ways
/// are taken.
const NEAR: f64 = if cfg!(test) { 0.1 } else { 1e-6 };
/// A whole vault has this much rank.
const SCALE: f64 = 10_000.0;

/// The ranks of notes whose links are given by source, as in [`super::Graph`]: those of the notes that a link starts from
/// or leads to add up to 10,000, all others are 0.
///
/// Notes and sums are taken in the order of the original, so that notes of equal rank there are of equal rank here.
pub(super) fn ranks(rows: &[Range<u32>], links: &[(u32, u32)]) -> Vec<f64> {
    let row = |note: u32| super::row(rows.get(note as usize).cloned(), links);
    let is_much = links.len() > super::MANY;
    let (order, givers) = if is_much {
        threads::both(|| Order::new(rows.len(), row), || givers(rows.len(), row))
    } else {
        (Order::new(rows.len(), row), givers(rows.len(), row))
    };
    if order.notes.is_empty() {
        return vec![0.0; rows.len()];
    }
    let flow = Flow::new(&order, givers, rows, links);
    let settled = flow.settle();
    let mut rank = vec![0.0; rows.len()];
    for (note, place) in order.notes.iter().zip(&flow.places) {
        let value = settled.get(*place as usize).copied().unwrap_or(0.0) * SCALE;
        rank.get_mut(*note as usize).into_iter().for_each(|slot| *slot = value);
    }
    rank
}

/// The notes with a link, in the order in which the links first name them: each source before its targets.
struct Order {
    notes: Vec<u32>,
    /// How many links stand in a note more than once.
    several: usize,
}

impl Order {
    fn new<'a>(count: usize, row: impl Fn(u32) -> &'a [(u32, u32)]) -> Self {
        let mut order = Self { notes: Vec::with_capacity(count), several: 0 };
        let mut is_named = vec![false; count];
        let mut name = |note: u32| {
            if is_named.get_mut(note as usize).is_some_and(|is_named| !std::mem::replace(is_named, true)) {
                order.notes.push(note);
            }
        };
        for source in 0..count as u32 {
            let links = row(source);
            if links.is_empty() {
                continue;
            }
            name(source);
            for (target, count) in links {
                order.several += usize::from(*count != 1);
                name(*target);
            }
        }
        order
    }
}

/// From how many each note receives: from each note that links to it, and the share that all receive.
fn givers<'a>(count: usize, row: impl Fn(u32) -> &'a [(u32, u32)]) -> Vec<u32> {
    let mut givers = vec![1; count];
    for (target, _) in (0..count as u32).flat_map(row) {
        givers.get_mut(*target as usize).into_iter().for_each(|givers| *givers += 1);
    }
    givers
}

/// What each note receives. Each sum takes what was handed on in the order of the original, and so is the same to the last
/// bit, though it is made by the note that receives and not by those that give.
///
/// Notes have places by the number of those they receive from, so that sums of one length are made side by side: one
/// addition waits for the one before.
struct Flow {
    /// The place of each note, in the order of the original.
    places: Vec<u32>,
    /// The part of its rank that each note hands on by a link that stands in it once; infinite where it has no links.
    one: Vec<f64>,
    /// The links that stand in a note more than once: the note, and the part they hand on.
    several: Vec<(u32, f64)>,
    /// What each note receives: places in `one`, behind them in `several`, and behind those the share that all receive.
    received: Vec<u32>,
    runs: Vec<Run>,
}

/// Notes in a row that receive from equally many.
#[derive(Clone, Debug)]
struct Run {
    givers: usize,
    notes: Range<usize>,
    /// Where in `received` the first of them begins.
    start: usize,
}

impl Flow {
    fn new(order: &Order, givers: Vec<u32>, rows: &[Range<u32>], links: &[(u32, u32)]) -> Self {
        let givers_of = |note: u32| givers.get(note as usize).copied().unwrap_or(0) as usize;
        // How many notes have each number of givers; then the next place of such a note, and where that receives.
        let mut numbers = vec![(0_u32, 0_u32); givers.iter().max().map_or(0, |most| *most as usize + 1)];
        for note in &order.notes {
            numbers.get_mut(givers_of(*note)).into_iter().for_each(|(number, _)| *number += 1);
        }
        let (mut runs, mut place, mut start) = (Vec::new(), 0, 0);
        for (givers, number) in numbers.iter_mut().enumerate() {
            let (count, _) = std::mem::replace(number, (place as u32, start as u32));
            let count = count as usize;
            if count > 0 {
                runs.push(Run { givers, notes: place..place + count, start });
            }
            place += count;
            start += count * givers;
        }
        let received_by_all = start;
        // By note, where it receives next.
        let mut starts = vec![0_u32; givers.len()];
        let mut places = Vec::with_capacity(order.notes.len());
        for note in &order.notes {
            let givers = givers_of(*note);
            let Some((place, start)) = numbers.get_mut(givers) else { continue };
            starts.get_mut(*note as usize).into_iter().for_each(|slot| *slot = *start);
            places.push(*place);
            *place += 1;
            *start += givers as u32;
        }
        let mut flow = Self {
            one: vec![0.0; places.len()],
            several: Vec::with_capacity(order.several),
            received: vec![0; received_by_all],
            places,
            runs,
        };
        // Found before they are gone through, so that one need not wait for where the next stands.
        let own = |note: &u32| rows.get(*note as usize).cloned().unwrap_or_default();
        let rows: Vec<Range<u32>> = order.notes.iter().map(own).collect();
        let share = (flow.one.len() + order.several) as u32;
        let received = &mut flow.received;
        let mut give = |to: u32, giver: u32| {
            let Some(next) = starts.get_mut(to as usize) else { return };
            received.get_mut(*next as usize).into_iter().for_each(|slot| *slot = giver);
            *next += 1;
        };
        for ((note, source), own) in order.notes.iter().zip(&flow.places).zip(rows) {
            let links = super::row(Some(own), links);
            let out: u64 = links.iter().map(|(_, count)| u64::from(*count)).sum();
            flow.one.get_mut(*source as usize).into_iter().for_each(|one| *one = 1.0 / out as f64);
            for (target, count) in links {
                let mut giver = *source;
                if *count != 1 {
                    giver = (flow.one.len() + flow.several.len()) as u32;
                    flow.several.push((*source, f64::from(*count) / out as f64));
                }
                give(*target, giver);
            }
            give(*note, share);
        }
        flow
    }

    /// The ranks, by place, at which handing on changes no more.
    fn settle(&self) -> Vec<f64> {
        let inverse = 1.0 / self.one.len() as f64;
        let mut rank = vec![inverse; self.one.len()];
        let mut before = rank.clone();
        let mut handed: Vec<f64> = self.one.iter().map(|one| DAMPING * inverse * one).collect();
        let mut next = handed.clone();
        // Notes without links of their own.
        let is_end = |place: &u32| self.one.get(*place as usize).is_some_and(|one| one.is_infinite());
        let ends: Vec<u32> = self.places.iter().copied().filter(is_end).collect();
        let mut held: f64 = ends.iter().map(|_| inverse).sum();
        // Two threads make the sums.
        let (runs_a, runs_b) = self.halves();
        let half = runs_b.first().map_or(rank.len(), |run| run.notes.start);
        let threads = if self.received.len() > super::MANY { 2 } else { 1 };
        loop {
            let rank_of = |note: u32| rank.get(note as usize).copied().unwrap_or(0.0);
            handed.truncate(self.one.len());
            handed.extend(self.several.iter().map(|(note, part)| DAMPING * rank_of(*note) * part));
            // What notes without links of their own hold is handed to all.
            handed.push((1.0 - DAMPING) * inverse + DAMPING * held * inverse);
            std::mem::swap(&mut rank, &mut before);
            next.truncate(self.one.len());
            let (rank_a, rank_b) = rank.split_at_mut(half);
            let (next_a, next_b) = next.split_at_mut(half);
            let halves = [(0, &runs_a, rank_a, next_a), (half, &runs_b, rank_b, next_b)];
            let changes = threads::map(halves, threads, |(first, runs, rank, next)| {
                runs.iter()
                    .for_each(|run| self.receive(run, &handed, rank.get_mut(within(run, first)).unwrap_or_default()));
                let known = before.iter().zip(&self.one).skip(first);
                next.iter_mut().zip(rank).zip(known).fold(0.0, |change, ((next, rank), (before, one))| {
                    *next = DAMPING * *rank * one;
                    change + (*rank - before).abs()
                })
            });
            let rank_of = |place: &u32| rank.get(*place as usize).copied().unwrap_or(0.0);
            held = ends.iter().map(rank_of).sum();
            std::mem::swap(&mut handed, &mut next);
            let mut change: f64 = changes.iter().sum();
            if (change - TOLERANCE).abs() < TOLERANCE * NEAR {
                let before_of = |place: &u32| before.get(*place as usize).copied().unwrap_or(0.0);
                change = self.places.iter().fold(0.0, |sum, place| sum + (rank_of(place) - before_of(place)).abs());
            }
            // Each step shrinks the change by the damping at least, so this ends.
            if change.is_nan() || change <= TOLERANCE {
                return rank;
            }
        }
    }

    /// The runs in two parts with about as much to do: a note takes as long as what it receives from one.
    fn halves(&self) -> (Vec<Run>, Vec<Run>) {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        let half = (self.received.len() + self.one.len()) / 2;
        for run in &self.runs {
            let here = half.saturating_sub(run.start + run.notes.start).div_ceil(run.givers + 1).min(run.notes.len());
            let middle = run.notes.start + here;
            first.push(Run { notes: run.notes.start..middle, ..run.clone() });
            second.push(Run { notes: middle..run.notes.end, start: run.start + here * run.givers, ..run.clone() });
        }
        first.retain(|run| !run.notes.is_empty());
        second.retain(|run| !run.notes.is_empty());
        (first, second)
    }

    /// What the notes of a run receive of what was `handed` on: their ranks.
    fn receive(&self, run: &Run, handed: &[f64], rank: &mut [f64]) {
        let received = self.received.within(run.start..run.start + run.notes.len() * run.givers);
        let part = |giver: &u32| handed.get(*giver as usize).copied().unwrap_or(0.0);
        let givers = run.givers.max(1);
        for (ranks, received) in rank.chunks_mut(4).zip(received.chunks(4 * givers)) {
            let mut own = received.chunks_exact(givers);
            if let ([a, b, c, d], [Some(from_a), Some(from_b), Some(from_c), Some(from_d)]) =
                (&mut *ranks, [own.next(), own.next(), own.next(), own.next()])
            {
                let mut sums = [0.0; 4];
                for (((from_a, from_b), from_c), from_d) in from_a.iter().zip(from_b).zip(from_c).zip(from_d) {
                    let parts = [part(from_a), part(from_b), part(from_c), part(from_d)];
                    sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
                }
                [*a, *b, *c, *d] = sums;
                continue;
            }
            for (rank, own) in ranks.iter_mut().zip(received.chunks_exact(givers)) {
                *rank = own.iter().fold(0.0, |sum, giver| sum + part(giver));
            }
        }
    }
}

/// Where the notes of `run` stand in what begins with the note at the place `first`.
fn within(run: &Run, first: usize) -> Range<usize> {
    run.notes.start - first..run.notes.end - first
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// The ranks as the original computes them: each note in turn gives to those it links to.
    fn by_giving(rows: &[Range<u32>], links: &[(u32, u32)]) -> Vec<f64> {
        let row = |note: u32| &links[rows[note as usize].start as usize..rows[note as usize].end as usize];
        let order = Order::new(rows.len(), row).notes;
        let mut rank = vec![0.0; rows.len()];
        let inverse = 1.0 / order.len() as f64;
        let out: Vec<f64> =
            (0..rank.len() as u32).map(|n| row(n).iter().map(|(_, count)| f64::from(*count)).sum()).collect();
        order.iter().for_each(|note| rank[*note as usize] = inverse);
        while !order.is_empty() {
            let before = rank.clone();
            let held: f64 = order.iter().filter(|n| out[**n as usize] == 0.0).map(|n| before[*n as usize]).sum();
            let share = (1.0 - DAMPING) * inverse + DAMPING * held * inverse;
            order.iter().for_each(|note| rank[*note as usize] = 0.0);
            for source in &order {
                for (target, count) in row(*source) {
                    let part = f64::from(*count) / out[*source as usize];
                    rank[*target as usize] += DAMPING * before[*source as usize] * part;
                }
                rank[*source as usize] += share;
            }
            if order.iter().map(|n| (rank[*n as usize] - before[*n as usize]).abs()).sum::<f64>() <= TOLERANCE {
                break;
            }
        }
        rank.iter().map(|rank| rank * SCALE).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

        #[test]
        fn receiving_is_giving_to_the_last_bit(
            rows in prop::collection::vec(prop::collection::btree_map(0_u32..12, 1_u32..4, 0..6), 12),
        ) {
            let mut links = Vec::new();
            let mut row = |row: BTreeMap<u32, u32>| {
                let start = links.len() as u32;
                links.extend(row.into_iter().rev());
                start..links.len() as u32
            };
            let rows: Vec<Range<u32>> = rows.into_iter().map(&mut row).collect();
            prop_assert_eq!(ranks(&rows, &links), by_giving(&rows, &links));
        }
    }

    #[test]
    fn two_threads_make_the_same_sums() {
        let mut state = 7_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        };
        let mut links = Vec::new();
        let mut row = |_| {
            let start = links.len() as u32;
            let own: BTreeMap<u32, u32> = (0..random() % 9).map(|_| (random() % 5_000, 1 + random() % 3)).collect();
            links.extend(own);
            start..links.len() as u32
        };
        let rows: Vec<Range<u32>> = (0..5_000).map(&mut row).collect();
        assert!(links.len() > super::super::MANY);
        assert_eq!(ranks(&rows, &links), by_giving(&rows, &links));
    }

    #[test]
    fn ranks_of_a_small_cycle_are_equal_and_strangers_have_none() {
        // 0 -> 1 -> 0, 2 alone.
        let ranks = ranks(&[0..1, 1..2, 2..2], &[(1, 3), (0, 1)]);
        assert_eq!(ranks, [5000.0, 5000.0, 0.0]);
    }

    #[test]
    fn all_rank_stays_in_the_vault() {
        // 0 -> 1 twice, 0 -> 2, 1 -> 1; 2 leads nowhere.
        let ranks = ranks(&[0..2, 2..3, 3..3], &[(1, 2), (2, 1), (1, 1)]);
        assert!((ranks.iter().sum::<f64>() - 10_000.0).abs() < 1e-6);
        assert!(ranks[1] > ranks[2] && ranks[2] > ranks[0]);
    }

    #[test]
    fn nothing_linked_is_nothing_ranked() {
        assert_eq!(ranks(&[0..0, 0..0], &[]), [0.0, 0.0]);
        assert!(ranks(&[], &[]).is_empty());
    }
}
