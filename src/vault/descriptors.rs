//! The open files of a thread that reads very many: half of what reading a small note costs is to open and close it.
//!
//! One of the two modules with unsafe code, beside `lease`: what it asks of the system has no safe form.

#![cfg_attr(target_os = "linux", expect(unsafe_code, reason = "close_range(2)"))]

use std::fs::File;
#[cfg(target_os = "linux")]
use std::os::fd::{AsRawFd, IntoRawFd, RawFd};
use std::thread::{Scope, ScopedJoinHandle};

use crate::threads;

/// How many files wait to be closed together: more gain nothing.
const TOGETHER: usize = 32;

/// Starts a thread that has a table of open files of its own, with none but the three standard ones, where the system (Linux
/// from 5.9 on) allows it: as long as threads share one, each open, read and close is kept from those of the others. `work`
/// is told whether it has. `None` where no thread can be started.
///
/// It must not use files that other threads opened, nor hand on its own: there they would be none, or others.
pub(super) fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce(bool) -> T + Send + 'scope,
) -> Option<ScopedJoinHandle<'scope, T>> {
    threads::start(scope, || work(own_table()))
}

/// How many files the process may have open at a time.
#[cfg(unix)]
pub(crate) fn allowed() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}

/// How many files the process may have open at a time: here as many as it likes.
#[cfg(not(unix))]
pub(crate) fn allowed() -> usize {
    usize::MAX
}

/// Gives this thread, which has just been started and shares its table with the one that waits for it, a table of its own.
/// What is closed in it stays open in the other.
#[cfg(target_os = "linux")]
fn own_table() -> bool {
    close_range(3, RawFd::MAX, libc::CLOSE_RANGE_UNSHARE)
}

#[cfg(not(target_os = "linux"))]
fn own_table() -> bool {
    false
}

/// Files that were read and wait to be closed, in one go where the system can.
#[derive(Debug, Default)]
pub(super) struct Spent {
    files: Vec<File>,
    /// Whether they wait at all. Only in a table that no other reader fills as well: one has not room for many files.
    pub together: bool,
}

impl Spent {
    /// Closes `file`, now or a little later.
    pub fn push(&mut self, file: File) {
        self.files.push(file);
        if self.files.len() >= TOGETHER || !self.together {
            self.close();
        }
    }

    /// Closes all that wait.
    pub fn close(&mut self) {
        #[cfg(target_os = "linux")]
        if let Some((first, last)) = in_a_row(&self.files)
            && close_range(first, last, 0)
        {
            for closed in self.files.drain(..) {
                let _ = closed.into_raw_fd();
            }
        }
        self.files.clear();
    }
}

impl Drop for Spent {
    fn drop(&mut self) {
        self.close();
    }
}

/// The first and the last descriptor of `files`, where there are several and every one between is of them too.
#[cfg(target_os = "linux")]
fn in_a_row(files: &[File]) -> Option<(RawFd, RawFd)> {
    let first = files.iter().map(File::as_raw_fd).min()?;
    let last = files.iter().map(File::as_raw_fd).max()?;
    // They are all different, as all are open.
    (files.len() > 1 && usize::try_from(last - first) == Ok(files.len() - 1)).then_some((first, last))
}

/// Closes the descriptors from `first` to `last`, which nothing in this thread's table uses any more; `false` where the
/// system cannot, and then none is closed.
#[cfg(target_os = "linux")]
fn close_range(first: RawFd, last: RawFd, flags: libc::c_uint) -> bool {
    let [first, last] = [first, last].map(libc::c_long::from);
    // SAFETY: the system call reads and writes no memory. Without flags, all descriptors in the range are owned by the
    // caller, who gives them up. To unshare the table it is called in a thread that shares it with another, so that the
    // system makes a copy, in which nobody owns any.
    unsafe { libc::syscall(libc::SYS_close_range, first, last, libc::c_long::from(flags)) == 0 }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn is_open(fd: RawFd) -> bool {
        std::fs::symlink_metadata(format!("/proc/thread-self/fd/{fd}")).is_ok()
    }

    fn open() -> File {
        File::open("/dev/null").unwrap()
    }

    /// In a thread with its own table nothing else opens or closes anything. Skipped where a sandbox refuses it.
    fn alone(test: impl FnOnce() + Send) {
        let has_own = std::thread::scope(|scope| {
            let thread = spawn(scope, |has_own| {
                if has_own {
                    test();
                }
                has_own
            });
            thread.unwrap().join().unwrap()
        });
        if !has_own {
            eprintln!("skipped: this system does not allow close_range");
        }
    }

    #[test]
    fn a_thread_with_its_own_table_leaves_that_of_the_others_alone() {
        let ours = open();
        alone(|| assert!(!is_open(ours.as_raw_fd())));
        assert!(is_open(ours.as_raw_fd()) && ours.metadata().is_ok());
    }

    #[test]
    fn in_a_shared_table_no_file_waits() {
        let mut spent = Spent::default();
        for _ in 0..3 {
            spent.push(open());
            assert!(spent.files.is_empty());
        }
    }

    #[test]
    fn files_in_a_row_are_closed_together() {
        alone(|| {
            let kept = open();
            let mut spent = Spent { files: Vec::new(), together: true };
            let files: Vec<File> = (0..5).map(|_| open()).collect();
            let fds: Vec<RawFd> = files.iter().map(File::as_raw_fd).collect();
            let behind = open();
            // In no order.
            for file in files.into_iter().rev() {
                spent.push(file);
            }
            assert_eq!(in_a_row(&spent.files), Some((fds[0], fds[4])));
            assert!(fds.iter().all(|fd| is_open(*fd)));
            spent.close();
            assert!(!fds.iter().any(|fd| is_open(*fd)));
            assert!(is_open(kept.as_raw_fd()) && is_open(behind.as_raw_fd()));
        });
    }

    #[test]
    fn what_stands_between_them_stays_open() {
        alone(|| {
            let mut spent = Spent { files: Vec::new(), together: true };
            let files = [open(), open(), open(), open()];
            let fds = files.each_ref().map(File::as_raw_fd);
            let [a, between, b, c] = files;
            for file in [a, b, c] {
                spent.push(file);
            }
            assert_eq!(in_a_row(&spent.files), None);
            drop(spent);
            assert_eq!(fds.map(is_open), [false, true, false, false]);
            assert!(between.metadata().is_ok());
        });
    }

    #[test]
    fn few_wait_at_a_time() {
        alone(|| {
            let mut spent = Spent { files: Vec::new(), together: true };
            for _ in 0..10 * TOGETHER {
                spent.push(open());
                assert!(spent.files.len() < TOGETHER);
            }
        });
    }
}
