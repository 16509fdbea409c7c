//! Names similar to one that was typed.

use std::cmp::Ordering;

use similar::TextDiff;

/// The share of letters that two names have in common, at least.
const CLOSE: f32 = 0.75;

/// Of longer names, in letters, only those that hold what was typed are found: to compare two takes as many steps as the
/// product of their lengths.
const LONGEST: usize = 256;

/// Names that have so much less in common than the closest one are not what was meant.
const MUCH: f32 = 0.1;

/// Those of `names` that hold `wanted`, else those that differ by a slip of the fingers; the closest first, then in
/// alphabetical order. All in lower case.
pub fn similar<'n>(wanted: &str, names: impl Iterator<Item = &'n str> + Clone) -> Vec<&'n str> {
    if wanted.is_empty() {
        return Vec::new();
    }
    // What they have in common is all that was wanted.
    let share = |name: &str| 2.0 * wanted.len() as f32 / (wanted.len() + name.len()) as f32;
    let holding: Vec<(f32, &str)> =
        names.clone().filter(|name| name.contains(wanted)).map(|name| (share(name), name)).collect();
    if !holding.is_empty() {
        return sorted(holding);
    }
    let letters = Letters::of(wanted);
    if letters.total > LONGEST {
        return Vec::new();
    }
    let near = names.filter(|name| letters.most_in_common(&Letters::of(name)) >= CLOSE);
    let mut near: Vec<(f32, &str)> = near.map(|name| (closeness(wanted, name), name)).collect();
    let best = near.iter().map(|(closeness, _)| *closeness).fold(CLOSE, f32::max);
    near.retain(|(closeness, _)| *closeness >= CLOSE.max(best - MUCH));
    sorted(near)
}

fn closeness(a: &str, b: &str) -> f32 {
    TextDiff::from_chars(a, b).ratio()
}

fn sorted(mut found: Vec<(f32, &str)>) -> Vec<&str> {
    found.sort_by(|(a, a_name), (b, b_name)| match b.total_cmp(a) {
        Ordering::Equal => a_name.cmp(b_name),
        order => order,
    });
    found.into_iter().map(|(_, name)| name).collect()
}

/// How often each letter stands in a name, letters in groups: what two names can have in common at most is told by it
/// in a hundredth of the time that it takes to compare them.
struct Letters {
    counts: [u16; 64],
    total: usize,
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut letters = Self { counts: [0; 64], total: 0 };
        for letter in text.chars() {
            letters.total += 1;
            let group = letters.counts.get_mut(letter as usize % 64);
            group.into_iter().for_each(|count| *count = count.saturating_add(1));
        }
        letters
    }

    /// The closeness of two names is no more.
    fn most_in_common(&self, other: &Self) -> f32 {
        let common: usize = self.counts.iter().zip(&other.counts).map(|(a, b)| usize::from(*a.min(b))).sum();
        2.0 * common as f32 / (self.total + other.total).max(1) as f32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_closest_come_first() {
        let names = ["formal sleep bridge", "formal sleep ledger", "sleep", "the sleep ledger", "über"];
        let similar = |wanted| super::similar(wanted, names.into_iter());
        assert_eq!(similar("sleep"), ["sleep", "the sleep ledger", "formal sleep bridge", "formal sleep ledger"]);
        assert_eq!(similar("formal sleep ledgerr"), ["formal sleep ledger"]);
        assert_eq!(similar("formla sleep ledger"), ["formal sleep ledger"]);
        assert_eq!(similar("ubre"), [""; 0]);
        assert_eq!(similar("übre"), ["über"]);
        assert_eq!(similar(""), [""; 0]);
    }

    #[test]
    fn a_long_name_is_not_compared_letter_by_letter() {
        let names = ["ab".repeat(5000), "ba".repeat(5000)];
        let wanted = "ab".repeat(4999);
        let found = similar(&wanted, names.iter().map(String::as_str));
        assert_eq!(found, [&names[0], &names[1]]);
        assert_eq!(similar(&("c".to_owned() + &wanted), names.iter().map(String::as_str)), [""; 0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

        #[test]
        fn letters_never_rule_out_what_is_close(a in "[a-dä日]{0,12}", b in "[a-dä日]{0,12}") {
            prop_assert!(Letters::of(&a).most_in_common(&Letters::of(&b)) >= closeness(&a, &b) || a.is_empty() && b.is_empty());
        }
    }
}
