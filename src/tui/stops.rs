//! Job control: the process is stopped, by Ctrl-Z or by another program, and continued.

use std::io;

/// Watches for stops that were asked for from outside and for the process being continued.
#[cfg(unix)]
#[derive(Debug, Default)]
pub(super) struct Stops {
    /// To stop was asked for.
    asked: Flag,
    /// Stop without giving the terminal back: another program has it.
    at_once: Flag,
    /// The process was continued.
    continued: Flag,
}

#[cfg(unix)]
type Flag = std::sync::Arc<std::sync::atomic::AtomicBool>;

#[cfg(unix)]
mod unix {
    use std::sync::atomic::Ordering::SeqCst;

    use rustix::process::{Signal, getpgrp, getsid, kill_process_group};
    use signal_hook::consts::{SIGCONT, SIGSTOP, SIGTSTP};
    use signal_hook::{flag, low_level};

    use super::{Stops, io};

    impl Stops {
        /// Listens from now on.
        pub(in crate::tui) fn listen() -> io::Result<Self> {
            let stops = Self::default();
            flag::register_conditional_default(SIGTSTP, stops.at_once.clone())?;
            flag::register(SIGTSTP, stops.asked.clone())?;
            flag::register(SIGCONT, stops.continued.clone())?;
            Ok(stops)
        }

        /// Whether the process is to stop; asked once.
        pub(in crate::tui) fn take_asked(&self) -> bool {
            self.asked.swap(false, SeqCst)
        }

        /// Whether the process was continued after a stop that it could not prepare for; asked once. Whoever continued it
        /// may have set the terminal for itself.
        pub(in crate::tui) fn take_continued(&self) -> bool {
            self.continued.swap(false, SeqCst)
        }

        /// Stops this process until it is continued.
        pub(in crate::tui) fn stop(&self) {
            if can_be_continued() {
                // SIGTSTP would come to the handler above; this one cannot be caught.
                let _ = low_level::raise(SIGSTOP);
            }
            self.forget();
        }

        /// Stops all processes that the shell sees as one job, as Ctrl-Z does elsewhere.
        pub(in crate::tui) fn stop_job(&self) {
            if can_be_continued() {
                let _ = kill_process_group(getpgrp(), Signal::TSTP);
            }
            self.stop();
        }

        /// Does `work`, during which another program has the terminal: a stop is one of both.
        pub(in crate::tui) fn while_lent<T>(&self, work: impl FnOnce() -> T) -> T {
            self.at_once.store(can_be_continued(), SeqCst);
            let result = work();
            self.at_once.store(false, SeqCst);
            self.forget();
            result
        }

        fn forget(&self) {
            self.asked.store(false, SeqCst);
            self.continued.store(false, SeqCst);
        }
    }

    impl Drop for Stops {
        fn drop(&mut self) {
            self.at_once.store(can_be_continued(), SeqCst);
        }
    }

    /// Whether a shell with job control started this process. Only such a one puts jobs into groups of their own, and only
    /// it lets a stopped process go on.
    fn can_be_continued() -> bool {
        getsid(None).is_ok_and(|session| session != getpgrp())
    }
}

/// There are no stops to watch for.
#[cfg(not(unix))]
#[derive(Debug, Default)]
pub(super) struct Stops;

#[cfg(not(unix))]
#[allow(clippy::unused_self, reason = "as on Unix")]
impl Stops {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) fn take_asked(&self) -> bool {
        false
    }

    pub(super) fn take_continued(&self) -> bool {
        false
    }

    pub(super) fn stop(&self) {}

    pub(super) fn stop_job(&self) {}

    pub(super) fn while_lent<T>(&self, work: impl FnOnce() -> T) -> T {
        work()
    }
}
