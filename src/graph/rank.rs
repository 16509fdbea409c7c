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
    let inverse = 1.0 / order.len() as f64;
    let out: Vec<f64> =
        (0..rank.len() as u32).map(|note| row(note).iter().map(|(_, count)| f64::from(*count)).sum()).collect();
    let mut before = rank.clone();
    set(&mut rank, &order, inverse);
    loop {
        before.copy_from_slice(&rank);
        // What notes without links of their own hold is handed to all.
        let leak: f64 =
            DAMPING * order.iter().filter(|note| at(&out, **note) == 0.0).map(|note| at(&before, *note)).sum::<f64>();
        let share = (1.0 - DAMPING) * inverse + leak * inverse;
        set(&mut rank, &order, 0.0);
        for source in &order {
            for (target, count) in row(*source) {
                let part = f64::from(*count) / at(&out, *source);
                if let Some(rank) = rank.get_mut(*target as usize) {
                    *rank += DAMPING * at(&before, *source) * part;
                }
            }
            if let Some(rank) = rank.get_mut(*source as usize) {
                *rank += share;
            }
        }
        let change: f64 = order.iter().map(|note| (at(&rank, *note) - at(&before, *note)).abs()).sum();
        // Each step shrinks the change by the damping at least, so this ends.
        if change.is_nan() || change <= TOLERANCE {
            break;
        }
    }
    rank.iter_mut().for_each(|rank| *rank *= SCALE);
    rank
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

fn at(values: &[f64], note: u32) -> f64 {
    values.get(note as usize).copied().unwrap_or(0.0)
}

fn set(values: &mut [f64], notes: &[u32], to: f64) {
    for note in notes {
        if let Some(value) = values.get_mut(*note as usize) {
            *value = to;
        }
    }
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
