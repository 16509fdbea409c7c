//! Several waits for the disk at the same time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A disk gathers the flushes that wait for it; more than eight gain nothing.
const THREADS: usize = 8;

/// Does `work` for each item, on several threads where there is more than one, and gives the results in the order of the
/// items. Where no thread can be started, this one does it all.
pub(super) fn at_once<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let some = || {
        let mut done = Vec::new();
        while let at = next.fetch_add(1, Ordering::Relaxed)
            && let Some(item) = items.get(at)
        {
            done.push((at, work(item)));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..items.len().min(THREADS))
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, some).ok())
            .collect();
        let own = some();
        let join = |other: thread::ScopedJoinHandle<'_, _>| {
            other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        others.into_iter().flat_map(join).chain(own).collect::<Vec<_>>()
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once_and_the_results_stand_in_order() {
        for count in [0, 1, 2, 7, 8, 9, 300] {
            let items: Vec<usize> = (0..count).collect();
            let calls = AtomicUsize::new(0);
            let results = at_once(&items, |item| {
                calls.fetch_add(1, Ordering::Relaxed);
                item * 2
            });
            assert_eq!(results, items.iter().map(|item| item * 2).collect::<Vec<_>>());
            assert_eq!(calls.into_inner(), count);
        }
    }
}
