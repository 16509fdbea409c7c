//! Tags or folders of the settings, to be compared with those of many notes: a look costs about as much in a long list as in
//! a short one.

use std::cmp::Ordering;

use super::is_at_or_below;

/// Names of which others are nested below: `a/b` lies below `a`.
#[derive(Clone, Debug, Default)]
pub struct TagSet {
    /// The names, each right behind the one that it lies below, and their places in the list that they came in.
    names: Vec<(String, usize)>,
    /// For each name the nearest before it that it equals or lies below.
    parents: Vec<Option<usize>>,
}

impl TagSet {
    /// The names in `list`.
    pub fn new<S: AsRef<str>>(list: impl IntoIterator<Item = S>) -> Self {
        let mut names: Vec<(String, usize)> =
            list.into_iter().enumerate().map(|(place, name)| (name.as_ref().to_owned(), place)).collect();
        names.sort_by(|(a, _), (b, _)| nested_order(a, b));
        let mut parents: Vec<Option<usize>> = Vec::with_capacity(names.len());
        for (at, (name, _)) in names.iter().enumerate() {
            let mut parent = at.checked_sub(1);
            while let Some(before) = parent
                && !names.get(before).is_some_and(|(before, _)| is_at_or_below(name, before))
            {
                parent = parents.get(before).copied().flatten();
            }
            parents.push(parent);
        }
        Self { names, parents }
    }

    /// The places in the list of the names that `tag` equals or lies below.
    pub fn above<'a>(&'a self, tag: &'a str) -> impl Iterator<Item = usize> + 'a {
        // All of them are the name that comes before `tag`, or lie above that one.
        let nearest = self.names.partition_point(|(name, _)| nested_order(name, tag).is_le()).checked_sub(1);
        let up = |at: &usize| self.parents.get(*at).copied().flatten();
        let names = std::iter::successors(nearest, up).filter_map(|at| self.names.get(at));
        names.filter(|(name, _)| is_at_or_below(tag, name)).map(|(_, place)| *place)
    }

    /// Whether `tag` equals or lies below one of the names.
    pub fn holds(&self, tag: &str) -> bool {
        self.above(tag).next().is_some()
    }

    /// Whether one of `tags` does.
    pub fn holds_any(&self, tags: &[String]) -> bool {
        tags.iter().any(|tag| self.holds(tag))
    }
}

/// By bytes, the slash before all others: so nothing comes between a name and what lies below it.
fn nested_order(a: &str, b: &str) -> Ordering {
    let differ = a.bytes().zip(b.bytes()).find(|(a, b)| a != b);
    differ.map_or(a.len().cmp(&b.len()), |(a, b)| (a != b'/', a).cmp(&(b != b'/', b)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

        #[test]
        fn a_set_holds_what_its_names_are_above(names in prop::collection::vec("[a./ä]{0,5}", 0..8), tag in "[a./ä]{0,6}") {
            let set = TagSet::new(&names);
            let mut above: Vec<usize> = set.above(&tag).collect();
            above.sort_unstable();
            let expected: Vec<usize> = (0..names.len()).filter(|at| is_at_or_below(&tag, &names[*at])).collect();
            prop_assert_eq!(above, expected, "{:?} in {:?}", tag, names);
        }
    }
}
