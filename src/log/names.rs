//! Names that come again and again, each kept once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Many names in one text.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Texts {
    text: String,
    ends: Vec<usize>,
}

impl Texts {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The name of this number; empty past the last.
    pub fn get(&self, number: usize) -> &str {
        self.name(number).unwrap_or_default()
    }

    pub fn name(&self, number: usize) -> Option<&str> {
        let start = number.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start..*self.ends.get(number)?)
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|number| self.get(number))
    }

    fn push(&mut self, name: &str) {
        self.text.push_str(name);
        self.ends.push(self.text.len());
    }

    /// In names in their order, the first from `from` on that is not before `name`. Cheap where that is near.
    pub fn first_not_before(&self, name: &str, from: usize) -> usize {
        let is_before = |at: usize| self.name(at).is_some_and(|other| other < name);
        // Steps that double until one goes too far, and halves of that one.
        let (mut low, mut step) = (from, 1);
        while is_before(low + step - 1) {
            low += step;
            step *= 2;
        }
        let mut high = low + step - 1;
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(middle) { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// Gives each name a number, in the order in which they come.
#[derive(Debug, Default)]
pub(super) struct Interner {
    names: Texts,
    known: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Interner {
    pub fn number(&mut self, name: &str) -> u32 {
        let hash = self.hasher.hash_one(name);
        if let Some(number) = self.known.find(hash, |number| self.names.get(*number as usize) == name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(name);
        let (names, hasher) = (&self.names, &self.hasher);
        self.known.insert_unique(hash, number, |number| hasher.hash_one(names.get(*number as usize)));
        number
    }

    /// The names in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter()
    }

    /// The names in their order, and for each number given before the place in it.
    pub fn sorted(self) -> (Texts, Vec<u32>) {
        let Self { names, known, .. } = self;
        drop(known);
        // The first bytes tell most names apart without a look at the text.
        let start = |name: &str| {
            let mut bytes = [0; 8];
            bytes.iter_mut().zip(name.bytes()).for_each(|(slot, byte)| *slot = byte);
            u64::from_be_bytes(bytes)
        };
        let mut numbers: Vec<(u64, u32)> =
            names.iter().enumerate().map(|(number, name)| (start(name), number as u32)).collect();
        let name = |number: u32| names.get(number as usize);
        numbers.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| name(a.1).cmp(name(b.1))));
        let mut sorted = Texts { text: String::with_capacity(names.text.len()), ends: Vec::with_capacity(names.len()) };
        let mut order = vec![0; numbers.len()];
        for (place, (_, number)) in numbers.into_iter().enumerate() {
            sorted.push(name(number));
            if let Some(slot) = order.get_mut(number as usize) {
                *slot = place as u32;
            }
        }
        (sorted, order)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_has_one_number_and_the_names_are_sorted() {
        let mut interner = Interner::default();
        let names = ["longer than eight: b", "", "longer than eight: a", "ü", "a\0", "a", "longer than eight: b"];
        let numbers = names.map(|name| interner.number(name));
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 0]);
        let (sorted, order) = interner.sorted();
        let found: Vec<&str> = sorted.iter().collect();
        assert_eq!(found, ["", "a", "a\0", "longer than eight: a", "longer than eight: b", "ü"]);
        for (name, number) in names.iter().zip(numbers) {
            assert_eq!(sorted.get(order[number as usize] as usize), *name);
        }
        assert_eq!((sorted.name(6), sorted.get(usize::MAX)), (None, ""));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_place_of_a_name_is_found_from_wherever_the_search_begins(
            names in prop::collection::btree_set("[a-c]{0,3}", 0..40), name in "[a-d]{0,3}", from in 0..40_usize,
        ) {
            let mut texts = Texts::default();
            names.iter().for_each(|name| texts.push(name));
            let place = names.iter().take_while(|other| **other < name).count();
            let from = from.min(names.len());
            prop_assert_eq!(texts.first_not_before(&name, from), place.max(from));
        }
    }
}
