//! Positions in a name while a pattern is matched.

use std::ops::BitOrAssign;

/// A set of positions in a name, from 0 before its first character to the number of its characters behind the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Positions([u64; 4]);

impl Positions {
    /// The most characters of a name that is matched. No file system has longer names.
    pub const LONGEST_NAME: usize = 255;

    /// The one position `at`.
    pub fn of(at: usize) -> Self {
        let mut positions = Self::default();
        positions.insert(at);
        positions
    }

    /// All positions from `first` to `last`.
    pub fn between(first: usize, last: usize) -> Self {
        let mut positions = Self::default();
        for (word, start) in positions.0.iter_mut().zip([0, 64, 128, 192]) {
            let (from, to) = (first.saturating_sub(start), (last + 1).saturating_sub(start).min(64));
            if from < to {
                *word = u64::MAX << from & u64::MAX >> (64 - to);
            }
        }
        positions
    }

    pub fn insert(&mut self, at: usize) {
        self.0.get_mut(at / 64).into_iter().for_each(|word| *word |= 1 << (at % 64));
    }

    pub fn remove(&mut self, at: usize) {
        self.0.get_mut(at / 64).into_iter().for_each(|word| *word &= !(1 << (at % 64)));
    }

    pub fn has(self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    pub fn is_empty(self) -> bool {
        self.0 == [0; 4]
    }

    /// The positions in order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().zip([0, 64, 128, 192]).flat_map(|(word, first)| {
            let next = |word: &u64| Some(word & word.wrapping_sub(1)).filter(|word| *word != 0);
            let words = std::iter::successors(Some(word).filter(|word| *word != 0), next);
            words.map(move |word| first + word.trailing_zeros() as usize)
        })
    }

    pub fn first(self) -> Option<usize> {
        self.iter().next()
    }
}

impl BitOrAssign for Positions {
    fn bitor_assign(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own |= other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_told_in_order() {
        let places = [0, 1, 63, 64, 128, 191, 254, 255];
        let mut positions = Positions::default();
        places.iter().rev().for_each(|at| positions.insert(*at));
        assert_eq!(positions.iter().collect::<Vec<_>>(), places);
        assert!(places.iter().all(|at| positions.has(*at)) && !positions.has(2) && !positions.has(256));
        positions.remove(0);
        assert_eq!(positions.first(), Some(1));
        assert_eq!(Positions::between(60, 70).iter().collect::<Vec<_>>(), (60..=70).collect::<Vec<_>>());
        for (first, last) in [(0, 0), (0, 63), (1, 64), (63, 64), (64, 127), (0, 255), (200, 255), (255, 255), (3, 2)] {
            let all = Positions::between(first, last).iter().collect::<Vec<_>>();
            assert_eq!(all, (first..=last).collect::<Vec<_>>());
        }
        assert!(Positions::default().is_empty() && !Positions::of(255).is_empty());
    }
}
