//! Work on several threads where the system allows it, and on this one where it does not.
//!
//! A container or a shell may limit the number of threads, and `std::thread::scope` panics when one cannot be started.
//! Threads that share work are started here: without them everything is done all the same, only later.

use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread::{self, JoinHandle, Scope, ScopedJoinHandle};

use crate::fault;

/// Starts a thread with `work`; `None` where the system allows no more, and then `work` is dropped.
pub(crate) fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Option<ScopedJoinHandle<'scope, T>> {
    if !fault::may_start_thread() {
        return None;
    }
    thread::Builder::new().spawn_scoped(scope, work).ok()
}

/// Waits for a thread. Its panic goes on in this one.
pub(crate) fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Does both at the same time: `there` on another thread if one can be started, else here, before `here`.
pub(crate) fn both<A, B: Send>(here: impl FnOnce() -> A, there: impl Fn() -> B + Sync) -> (A, B) {
    thread::scope(|scope| match start(scope, &there) {
        Some(thread) => {
            let here = here();
            (here, join(thread))
        }
        None => {
            let there = there();
            (here(), there)
        }
    })
}

/// A value that another thread works out while this one goes on. Dropped before, the work is left to itself.
pub(crate) struct Later<T> {
    value: Arc<LazyLock<T, Work<T>>>,
    /// `None` where the system allows no more threads: then the value is worked out when it is asked for.
    thread: Option<JoinHandle<()>>,
}

type Work<T> = Box<dyn FnOnce() -> T + Send>;

impl<T: Send + Sync + 'static> Later<T> {
    /// Starts to work the value out.
    pub(crate) fn start(work: impl FnOnce() -> T + Send + 'static) -> Self {
        let value: Arc<LazyLock<T, Work<T>>> = Arc::new(LazyLock::new(Box::new(work)));
        let there = value.clone();
        let force = move || {
            LazyLock::force(&there);
        };
        let thread = if fault::may_start_thread() { thread::Builder::new().spawn(force).ok() } else { None };
        Self { value, thread }
    }

    /// Whether nobody has to wait for the other thread any more.
    pub(crate) fn is_there(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// The value, waited for. A panic of the other thread is one here.
    pub(crate) fn get(&self) -> &T {
        &self.value
    }
}

impl<T> fmt::Debug for Later<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Later").field("thread", &self.thread).finish_non_exhaustive()
    }
}

/// What `work` makes of each of `parts`, in their order, on up to `most` threads, of which this is one.
pub(crate) fn map<P: Send, I: Iterator<Item = P> + Send, R: Send>(
    parts: impl IntoIterator<IntoIter = I>,
    most: usize,
    work: impl Fn(P) -> R + Sync,
) -> Vec<R> {
    let parts = parts.into_iter();
    let most = parts.size_hint().1.unwrap_or(usize::MAX).min(most);
    if most <= 1 {
        return parts.map(work).collect();
    }
    let parts = Mutex::new(parts.enumerate());
    let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
    let some = || std::iter::from_fn(|| next().map(|(at, part)| (at, work(part)))).collect::<Vec<_>>();
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..most).map_while(|_| start(scope, some)).collect();
        let own = some();
        others.into_iter().flat_map(join).chain(own).collect::<Vec<_>>()
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn every_part_is_worked_on_once_and_the_results_stand_in_order() {
        for (count, most) in [(0, 8), (1, 8), (2, 8), (7, 8), (9, 8), (300, 8), (300, 1), (3, 0)] {
            let calls = AtomicUsize::new(0);
            let results = map(0..count, most, |part| {
                calls.fetch_add(1, Ordering::Relaxed);
                part * 2
            });
            assert_eq!(results, (0..count).map(|part| part * 2).collect::<Vec<_>>());
            assert_eq!(calls.into_inner(), count);
        }
    }

    #[test]
    fn what_comes_later_is_waited_for() {
        let (tell, told) = mpsc::channel();
        let later = Later::start(move || told.recv());
        assert!(!later.is_there());
        tell.send(7).unwrap();
        assert_eq!(later.get(), &Ok(7));
        assert_eq!(later.get(), &Ok(7));
    }

    #[test]
    fn what_is_not_asked_for_is_not_waited_for() {
        let (tell, told) = mpsc::channel::<()>();
        // This never ends as long as somebody could tell.
        drop(Later::start(move || told.recv()));
        drop(tell);
    }

    #[test]
    fn a_panic_of_the_other_thread_is_one_here() {
        let later: Later<()> = Later::start(|| panic!("on purpose"));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| later.get())).is_err());
    }

    #[test]
    fn both_give_what_they_make() {
        let mut here = 0;
        assert_eq!(both(|| here += 1, || "there"), ((), "there"));
        assert_eq!(here, 1);
    }
}
