//! Several waits for the disk at the same time.

use crate::threads;

/// A disk gathers the flushes that wait for it; more than eight gain nothing.
const THREADS: usize = 8;

/// Does `work` for each item, on several threads where there is more than one, and gives the results in the order of the
/// items. Where no thread can be started, this one does it all.
pub(super) fn at_once<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    threads::map(items, THREADS, work)
}
