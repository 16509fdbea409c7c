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
    let mut parts = Parts::default();
    for note in &order {
        let links = row(*note);
        let out: f64 = links.iter().map(|(_, count)| f64::from(*count)).sum();
        let place = |target: u32| places.get(target as usize).copied().unwrap_or(0);
        for (target, count) in links {
            match count {
                1 => parts.single.push(place(*target)),
                _ => parts.several.push((place(*target), f64::from(*count) / out)),
            }
        }
        parts.sources.push(Source {
            one: 1.0 / out,
            single: parts.single.len() as u32,
            several: parts.several.len() as u32,
        });
    }
    for (note, value) in order.iter().zip(parts.settle()) {
        rank.get_mut(*note as usize).into_iter().for_each(|slot| *slot = value * SCALE);
    }
    rank
}

/// What each link hands on of the rank of its source. As a source links to each target once, its links can be taken in
/// any order.
#[derive(Default)]
struct Parts {
    sources: Vec<Source>,
    /// The targets of links that stand in a note once.
    single: Vec<u32>,
    /// The others, with their parts.
    several: Vec<(u32, f64)>,
}

struct Source {
    /// The part of a single link; infinite where there is none.
    one: f64,
    /// Where the links of this source end.
    single: u32,
    several: u32,
}

impl Parts {
    /// The ranks at which handing on changes no more.
    fn settle(&self) -> Vec<f64> {
        let inverse = 1.0 / self.sources.len() as f64;
        let mut rank = vec![inverse; self.sources.len()];
        let mut before = vec![0.0; self.sources.len()];
        loop {
            std::mem::swap(&mut rank, &mut before);
            // What notes without links of their own hold is handed to all.
            let held: f64 = self
                .sources
                .iter()
                .zip(&before)
                .filter(|(source, _)| source.one.is_infinite())
                .map(|(_, rank)| rank)
                .sum();
            let share = (1.0 - DAMPING) * inverse + DAMPING * held * inverse;
            rank.fill(0.0);
            let (mut single, mut several) = (0, 0);
            for (at, (source, before)) in self.sources.iter().zip(&before).enumerate() {
                let handed = DAMPING * before;
                let one = handed * source.one;
                for target in self.single.get(single..source.single as usize).unwrap_or_default() {
                    rank.get_mut(*target as usize).into_iter().for_each(|rank| *rank += one);
                }
                for (target, part) in self.several.get(several..source.several as usize).unwrap_or_default() {
                    rank.get_mut(*target as usize).into_iter().for_each(|rank| *rank += handed * part);
                }
                rank.get_mut(at).into_iter().for_each(|rank| *rank += share);
                (single, several) = (source.single as usize, source.several as usize);
            }
            let change: f64 = rank.iter().zip(&before).map(|(now, before)| (now - before).abs()).sum();
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
    use super::*;

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
