//! What tells the two files of a replacement from any other that takes their names.

use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::super::dir::Stat;

/// A file, by what stays the same when it is renamed. The device is left out: its number changes when a disk is mounted
/// again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// Zero where the system does not tell.
    number: u64,
    size: u64,
    /// Seconds and nanoseconds. `None` where the file system does not tell.
    modified: Option<(u64, u32)>,
}

impl Mark {
    fn of(stat: &Stat) -> Self {
        let since = stat.modified.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Self { number: stat.id.1, size: stat.size, modified: since.map(|s| (s.as_secs(), s.subsec_nanos())) }
    }
}

/// The two files that change places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Files {
    /// The note, as it was read.
    old: Mark,
    /// The temporary file, as it was written.
    new: Mark,
}

impl Files {
    pub(super) fn new(old: &Stat, new: &Stat) -> Self {
        Self { old: Mark::of(old), new: Mark::of(new) }
    }

    /// Whether it is the file that was the note before.
    pub(super) fn is_old(&self, file: &Stat) -> bool {
        self.old == Mark::of(file)
    }

    /// Whether it is the file that was made.
    pub(super) fn is_new(&self, file: &Stat) -> bool {
        self.new == Mark::of(file)
    }
}
