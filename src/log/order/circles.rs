//! Circles in a graph of many places: which of them lead to each other.

/// For each place those behind it.
pub(super) struct Behind {
    starts: Vec<u32>,
    behind: Vec<u32>,
}

impl Behind {
    /// Of places below `count`; each link leads from one to one behind it.
    pub fn new(count: usize, links: &[(u32, u32)]) -> Self {
        let mut starts = vec![0_u32; count + 1];
        for (from, _) in links {
            starts.get_mut(*from as usize + 1).into_iter().for_each(|start| *start += 1);
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut behind = vec![0; links.len()];
        for (from, to) in links {
            let Some(at) = next.get_mut(*from as usize) else { continue };
            behind.get_mut(*at as usize).into_iter().for_each(|slot| *slot = *to);
            *at += 1;
        }
        Self { starts, behind }
    }

    /// What is right behind `at`.
    pub fn of(&self, at: u32) -> &[u32] {
        let bound = |at: usize| self.starts.get(at).map(|start| *start as usize);
        let range = bound(at as usize).zip(bound(at as usize + 1)).map(|(from, to)| from..to);
        range.and_then(|range| self.behind.get(range)).unwrap_or_default()
    }
}

/// For each place below `count` the number of its circle: two places have the same where each leads to the other. Tarjan's
/// algorithm, without recursion: a log may be one long chain.
pub(super) fn of(count: usize, links: &[(u32, u32)]) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    let behind = Behind::new(count, links);
    let mut circles = vec![NONE; count];
    // When each place was found, and the earliest found one that it leads back to.
    let (mut found, mut low) = (vec![NONE; count], vec![NONE; count]);
    let (mut clock, mut next_circle) = (0, 0);
    let mut open: Vec<u32> = Vec::new();
    let mut path: Vec<(u32, usize)> = Vec::new();
    let get = |list: &[u32], at: u32| list.get(at as usize).copied().unwrap_or(NONE);
    let set =
        |list: &mut [u32], at: u32, value: u32| list.get_mut(at as usize).into_iter().for_each(|slot| *slot = value);
    for start in 0..count as u32 {
        if get(&found, start) != NONE {
            continue;
        }
        path.push((start, 0));
        while let Some((at, tried)) = path.pop() {
            if tried == 0 {
                set(&mut found, at, clock);
                set(&mut low, at, clock);
                clock += 1;
                open.push(at);
            }
            if let Some(next) = behind.of(at).get(tried).copied() {
                path.push((at, tried + 1));
                if get(&found, next) == NONE {
                    path.push((next, 0));
                } else if get(&circles, next) == NONE {
                    let least = get(&low, at).min(get(&found, next));
                    set(&mut low, at, least);
                }
                continue;
            }
            if get(&low, at) == get(&found, at) {
                while let Some(member) = open.pop() {
                    set(&mut circles, member, next_circle);
                    if member == at {
                        break;
                    }
                }
                next_circle += 1;
            }
            if let Some((above, _)) = path.last() {
                let least = get(&low, *above).min(get(&low, at));
                set(&mut low, *above, least);
            }
        }
    }
    circles
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn two_places_share_a_circle_where_each_leads_to_the_other(
            links in prop::collection::vec((0..12_u32, 0..12_u32), 0..24),
        ) {
            let mut leads = [[false; 12]; 12];
            for (from, to) in &links {
                leads[*from as usize][*to as usize] = true;
            }
            for over in 0..12 {
                for from in 0..12 {
                    for to in 0..12 {
                        leads[from][to] |= leads[from][over] && leads[over][to];
                    }
                }
            }
            let circles = of(12, &links);
            for a in 0..12 {
                for b in 0..12 {
                    prop_assert_eq!(a == b || leads[a][b] && leads[b][a], circles[a] == circles[b], "{} {}", a, b);
                }
            }
        }
    }

    #[test]
    fn a_chain_of_any_length_is_walked() {
        let mut links: Vec<(u32, u32)> = (1..300_000).map(|at| (at - 1, at)).collect();
        assert_ne!(of(300_000, &links)[0], of(300_000, &links)[299_999]);
        links.push((299_999, 0));
        assert!(of(300_000, &links).iter().all(|circle| *circle == 0));
    }
}
