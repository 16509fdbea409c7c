//! Folders of the settings.

use super::path::{NotePath, composed};
use crate::tag::TagSet;

/// Folders, relative to the vault, in which notes are looked for. A look takes about as long for many as for one.
#[derive(Clone, Debug)]
pub struct Folders {
    /// The vault itself is one of them.
    all: bool,
    named: TagSet,
}

impl Folders {
    /// The folders in `list`. The empty one holds everything.
    pub fn new(list: &[String]) -> Self {
        let list: Vec<_> = list.iter().map(|folder| composed(trimmed(folder))).collect();
        Self { all: list.iter().any(|folder| folder.is_empty()), named: TagSet::new(list) }
    }

    /// Whether a note lies in one of them or below it.
    pub fn hold(&self, path: &NotePath) -> bool {
        self.all || self.named.holds(&composed(path.folder()))
    }
}

/// `folder` without what may stand before and behind its name.
pub(super) fn trimmed(folder: &str) -> &str {
    folder.trim_start_matches("./").trim_matches('/')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

        #[test]
        fn folders_hold_what_one_of_them_does(
            folders in prop::collection::vec("(\\./)?[ab/]{0,4}/?", 0..4), path in "([ab]{1,2}/){0,3}[ab]\\.md"
        ) {
            let path = NotePath::new(path);
            let one = folders.iter().any(|folder| path.is_in(folder));
            prop_assert_eq!(Folders::new(&folders).hold(&path), one, "{} in {:?}", path, folders);
        }
    }
}
