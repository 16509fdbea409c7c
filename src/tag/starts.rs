//! Texts of which one may be the start of another.

/// A list of texts, to be asked whether one of them starts a text. A look takes about as long in a long list as in a short one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Starts(Vec<Box<[u8]>>);

impl Starts {
    /// The texts in `list`.
    pub fn new<T: Into<Box<[u8]>>>(list: impl IntoIterator<Item = T>) -> Self {
        let mut texts: Vec<Box<[u8]>> = list.into_iter().map(Into::into).collect();
        texts.sort_unstable();
        // In order, what starts with another stands behind it.
        texts.dedup_by(|text, before| text.starts_with(before));
        Self(texts)
    }

    /// Whether one of them starts `text`.
    pub fn start(&self, text: &[u8]) -> bool {
        self.start_of(text.iter())
    }

    /// Whether one of them starts `text` read backwards.
    pub fn start_backwards(&self, text: &[u8]) -> bool {
        self.start_of(text.iter().rev())
    }

    fn start_of<'t>(&self, text: impl Iterator<Item = &'t u8> + Clone) -> bool {
        let before = self.0.partition_point(|start| start.iter().le(text.clone())).checked_sub(1);
        let before = before.and_then(|at| self.0.get(at));
        before.is_some_and(|start| start.iter().eq(text.take(start.len())))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

        #[test]
        fn one_starts_a_text_when_any_does(list in prop::collection::vec("[ab]{0,4}", 0..8), text in "[abc]{0,6}") {
            let any = list.iter().any(|start| text.starts_with(start));
            let starts = Starts::new(list.iter().map(|start| start.as_bytes()));
            prop_assert_eq!(starts.start(text.as_bytes()), any, "{:?} in {:?}", text, list);
            let backwards: Vec<u8> = text.bytes().rev().collect();
            prop_assert_eq!(starts.start_backwards(&backwards), any);
        }
    }
}
