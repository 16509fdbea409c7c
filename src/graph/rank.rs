//! PageRank over weighted links, as pagerank.js 1.0.2 computes it for obsidian-spaced-repetition 1.15.4.

/// How much of a rank is handed on along links.
const DAMPING: f64 = 0.85;
/// The change of all ranks together at which the computation ends.
const TOLERANCE: f64 = 1e-6;
/// A whole vault has this much rank.
const SCALE: f64 = 10_000.0;

/// The ranks of notes whose links are given by source, as in [`super::Graph`]: those of the notes that a link starts from
/// or leads to add up to 10,000, all others are 0.
///
/// Notes and sums are taken in the order of the original, so that notes of equal rank there are of equal rank here.
pub(super) fn ranks(starts: &[u32], links: &[(u32, u32)]) -> Vec<f64> {
    let row = |note: u32| {
        let range = starts.get(note as usize).zip(starts.get(note as usize + 1));
        range.and_then(|(start, end)| links.get(*start as usize..*end as usize)).unwrap_or_default()
    };
    let order = order(starts, row);
    let mut rank = vec![0.0; starts.len().saturating_sub(1)];
    if order.is_empty() {
        return rank;
    }
    // Notes by their place in the order, so that each step goes through memory from front to back.
    let mut places = vec![0_u32; rank.len()];
    for (note, place) in order.iter().zip(0..) {
        places.get_mut(*note as usize).into_iter().for_each(|slot| *slot = place);
    }
    for (note, value) in order.iter().zip(Flow::new(&order, &places, row).settle()) {
        rank.get_mut(*note as usize).into_iter().for_each(|slot| *slot = value * SCALE);
    }
    rank
}

/// What each note receives, by places in the order. Each sum takes what was handed on in the order of the original, and so
/// is the same to the last bit, though it is made by the note that receives and not by those that give.
struct Flow {
    /// The part of its rank that each note hands on by a link that stands in it once; infinite where it has no links.
    one: Vec<f64>,
    /// The links that stand in a note more than once: the note, and the part they hand on.
    several: Vec<(u32, f64)>,
    /// What each note receives: places in `one`, behind them in `several`, and behind those the share that all receive.
    received: Vec<u32>,
    /// For each note, where in `received` its own ends.
    ends: Vec<u32>,
}

impl Flow {
    fn new<'a>(order: &[u32], places: &[u32], row: impl Fn(u32) -> &'a [(u32, u32)]) -> Self {
        let place = |target: u32| places.get(target as usize).copied().unwrap_or(0) as usize;
        // Each note receives the share, and something from each note that links to it.
        let mut ends = vec![1_u32; order.len()];
        let mut one = Vec::with_capacity(order.len());
        let mut several = Vec::new();
        for (note, source) in order.iter().zip(0..) {
            let out: f64 = row(*note).iter().map(|(_, count)| f64::from(*count)).sum();
            one.push(1.0 / out);
            for (target, count) in row(*note) {
                ends.get_mut(place(*target)).into_iter().for_each(|end| *end += 1);
                if *count != 1 {
                    several.push((source, f64::from(*count) / out));
                }
            }
        }
        let mut sum = 0;
        // Where each note receives next.
        let mut next: Vec<u32> = Vec::with_capacity(order.len());
        for end in &mut ends {
            next.push(sum);
            sum += *end;
            *end = sum;
        }
        let share = (order.len() + several.len()) as u32;
        let mut received = vec![0_u32; sum as usize];
        let mut give = |to: usize, giver: u32| {
            let Some(next) = next.get_mut(to) else { return };
            received.get_mut(*next as usize).into_iter().for_each(|slot| *slot = giver);
            *next += 1;
        };
        let mut giver_of_several = order.len() as u32;
        for (note, source) in order.iter().zip(0_u32..) {
            for (target, count) in row(*note) {
                let mut giver = source;
                if *count != 1 {
                    giver = giver_of_several;
                    giver_of_several += 1;
                }
                give(place(*target), giver);
            }
            give(source as usize, share);
        }
        Self { one, several, received, ends }
    }

    /// The ranks at which handing on changes no more.
    fn settle(&self) -> Vec<f64> {
        let inverse = 1.0 / self.one.len() as f64;
        let mut rank = vec![inverse; self.one.len()];
        let mut handed: Vec<f64> = self.one.iter().map(|one| DAMPING * inverse * one).collect();
        let mut next = handed.clone();
        let mut held: f64 = self.one.iter().filter(|one| one.is_infinite()).map(|_| inverse).sum();
        loop {
            let rank_of = |note: u32| rank.get(note as usize).copied().unwrap_or(0.0);
            handed.truncate(self.one.len());
            handed.extend(self.several.iter().map(|(note, part)| DAMPING * rank_of(*note) * part));
            // What notes without links of their own hold is handed to all.
            handed.push((1.0 - DAMPING) * inverse + DAMPING * held * inverse);
            let (mut start, mut change) = (0, 0.0);
            held = 0.0;
            for (((rank, end), one), next) in rank.iter_mut().zip(&self.ends).zip(&self.one).zip(&mut next) {
                let received = self.received.get(start..*end as usize).unwrap_or_default();
                start = *end as usize;
                let of = |giver: &u32| handed.get(*giver as usize).copied().unwrap_or(0.0);
                let sum = received.iter().fold(0.0, |sum, giver| sum + of(giver));
                change += (sum - *rank).abs();
                *rank = sum;
                *next = DAMPING * sum * one;
                if one.is_infinite() {
                    held += sum;
                }
            }
            std::mem::swap(&mut handed, &mut next);
            // Each step shrinks the change by the damping at least, so this ends.
            if change.is_nan() || change <= TOLERANCE {
                return rank;
            }
        }
    }
}

/// The notes with a link, in the order in which the links first name them: each source before its targets.
fn order<'a>(starts: &[u32], row: impl Fn(u32) -> &'a [(u32, u32)]) -> Vec<u32> {
    let mut order = Vec::new();
    let mut known = vec![false; starts.len()];
    for source in 0..starts.len().saturating_sub(1) as u32 {
        let links = row(source);
        let own = Some(source).filter(|_| !links.is_empty());
        for note in own.into_iter().chain(links.iter().map(|(target, _)| *target)) {
            if let Some(known) = known.get_mut(note as usize)
                && !std::mem::replace(known, true)
            {
                order.push(note);
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The ranks as the original computes them: each note in turn gives to those it links to.
    fn by_giving(starts: &[u32], links: &[(u32, u32)]) -> Vec<f64> {
        let row = |note: u32| &links[starts[note as usize] as usize..starts[note as usize + 1] as usize];
        let order = order(starts, row);
        let mut rank = vec![0.0; starts.len() - 1];
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
            let mut starts = vec![0];
            let mut links = Vec::new();
            for row in rows {
                links.extend(row.into_iter().rev());
                starts.push(links.len() as u32);
            }
            prop_assert_eq!(ranks(&starts, &links), by_giving(&starts, &links));
        }
    }

    #[test]
    fn ranks_of_a_small_cycle_are_equal_and_strangers_have_none() {
        // 0 -> 1 -> 0, 2 alone.
        let ranks = ranks(&[0, 1, 2, 2], &[(1, 3), (0, 1)]);
        assert_eq!(ranks, [5000.0, 5000.0, 0.0]);
    }

    #[test]
    fn all_rank_stays_in_the_vault() {
        // 0 -> 1 twice, 0 -> 2, 1 -> 1; 2 leads nowhere.
        let ranks = ranks(&[0, 2, 3, 3], &[(1, 2), (2, 1), (1, 1)]);
        assert!((ranks.iter().sum::<f64>() - 10_000.0).abs() < 1e-6);
        assert!(ranks[1] > ranks[2] && ranks[2] > ranks[0]);
    }

    #[test]
    fn nothing_linked_is_nothing_ranked() {
        assert_eq!(ranks(&[0, 0, 0], &[]), [0.0, 0.0]);
        assert!(ranks(&[], &[]).is_empty());
    }
}
