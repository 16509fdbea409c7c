//! Parts of texts and lists, by ranges that were found in them.

use std::slice::SliceIndex;

/// Takes parts by ranges that cannot lead out of what they are taken from.
pub(crate) trait Within {
    /// The part at `range`. A range that leads out of it, or cuts a character in two, is a mistake of the program: loud where it
    /// is tested, and an empty part elsewhere.
    #[track_caller]
    fn within<R: SliceIndex<Self, Output = Self>>(&self, range: R) -> &Self;
}

impl Within for str {
    #[track_caller]
    fn within<R: SliceIndex<Self, Output = Self>>(&self, range: R) -> &Self {
        let part = self.get(range);
        debug_assert!(part.is_some(), "a range that leads out of a text of {} bytes, or into a character", self.len());
        part.unwrap_or_default()
    }
}

impl<T> Within for [T] {
    #[track_caller]
    fn within<R: SliceIndex<Self, Output = Self>>(&self, range: R) -> &Self {
        let part = self.get(range);
        debug_assert!(part.is_some(), "a range that leads out of {} parts", self.len());
        part.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_within_is_given() {
        assert_eq!(("text".within(1..3), "text".within(4..), [1, 2, 3].within(..2)), ("ex", "", &[1, 2][..]));
    }

    #[test]
    #[cfg(debug_assertions)]
    fn what_is_not_is_a_mistake() {
        for range in [2..9, 1..2] {
            assert!(std::panic::catch_unwind(|| "aßb".within(range.clone())).is_err(), "{range:?}");
        }
        assert!(std::panic::catch_unwind(|| [1, 2].within(3..)).is_err());
    }
}
