//! PageRank over weighted links, as pagerank.js 1.0.2 computes it for obsidian-spaced-repetition 1.15.4.

/// How much of a rank is handed on along links.
const DAMPING: f64 = 0.85;
/// The change of all ranks together at which the computation ends.
const TOLERANCE: f64 = 1e-6;
/// A whole vault has this much rank.
const SCALE: f64 = 10_000.0;

/// The ranks of notes whose links are given by source, as in [`super::Graph`]: those of the notes that a link starts from
/// or leads to add up to 10,000, all others are 0.
pub(super) fn ranks(starts: &[u32], links: &[(u32, u32)]) -> Vec<f64> {
    let rows = || {
        starts.windows(2).map(|pair| match pair {
            [start, end] => links.get(*start as usize..*end as usize).unwrap_or_default(),
            _ => &[],
        })
    };
    let mut linked: Vec<bool> = rows().map(|row| !row.is_empty()).collect();
    for (target, _) in links {
        if let Some(linked) = linked.get_mut(*target as usize) {
            *linked = true;
        }
    }
    let out: Vec<f64> = rows().map(|row| row.iter().map(|(_, count)| f64::from(*count)).sum()).collect();
    let count = linked.iter().filter(|linked| **linked).count() as f64;
    if count == 0.0 {
        return vec![0.0; linked.len()];
    }
    let mut rank: Vec<f64> = linked.iter().map(|linked| if *linked { 1.0 / count } else { 0.0 }).collect();
    let mut next = vec![0.0; rank.len()];
    loop {
        // What notes without links of their own hold is handed to all.
        let leak: f64 = linked
            .iter()
            .zip(&out)
            .zip(&rank)
            .filter(|((linked, out), _)| **linked && **out == 0.0)
            .map(|(_, rank)| rank)
            .sum();
        let share = (1.0 - DAMPING) / count + DAMPING * leak / count;
        for (next, linked) in next.iter_mut().zip(&linked) {
            *next = if *linked { share } else { 0.0 };
        }
        for ((row, out), rank) in rows().zip(&out).zip(&rank) {
            for (target, links) in row {
                if let Some(next) = next.get_mut(*target as usize) {
                    *next += DAMPING * rank * (f64::from(*links) / out);
                }
            }
        }
        let change: f64 = next.iter().zip(&rank).map(|(next, rank)| (next - rank).abs()).sum();
        std::mem::swap(&mut rank, &mut next);
        // Each step shrinks the change by the damping at least, so this ends.
        if change.is_nan() || change <= TOLERANCE {
            break;
        }
    }
    rank.iter_mut().for_each(|rank| *rank *= SCALE);
    rank
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
