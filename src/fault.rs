//! Faults on demand, so that tests can put one between any two steps of a write. In release builds there is none of it.
//!
//! A debug build reads `STUDY_FAULT`. `die:N` kills the process, as SIGKILL does, at the N-th step of writing that it
//! comes to; `stop:N` stops it there, as SIGSTOP does, until it is continued; `fail:N` makes the N-th step fail as a broken
//! disk would, and `fail:N,M` both; `broken:N` makes the N-th and every later step fail. `threads:N` lets N threads be
//! started and no more, as a container's limit does. Steps are counted from 1 through the life of the process. A process
//! that ends by itself had fewer than N.

use std::fs::File;
use std::io::{self, Write};

/// A place where the process can die and the disk can fail. `name` says what comes next, for an error message.
///
/// # Errors
/// In debug builds, when a fault is asked for here.
#[cfg(debug_assertions)]
pub(crate) fn step(name: &str) -> io::Result<()> {
    asked::step(name)
}

/// A place where a test build can fail; this one cannot.
///
/// # Errors
/// Never.
#[cfg(not(debug_assertions))]
#[inline]
pub(crate) fn step(_: &str) -> io::Result<()> {
    Ok(())
}

/// Whether one more thread can be started: in debug builds no longer once as many were as were asked for.
pub(crate) fn may_start_thread() -> bool {
    #[cfg(debug_assertions)]
    return asked::may_start_thread();
    #[cfg(not(debug_assertions))]
    true
}

/// Writes `bytes`: at once, or where a fault is asked for in two halves with a step before each, so that half of them can
/// be left.
///
/// # Errors
/// As writing does.
pub(crate) fn write(file: &mut File, bytes: &[u8], name: &str) -> io::Result<()> {
    #[cfg(debug_assertions)]
    let is_asked = asked::is_asked();
    #[cfg(not(debug_assertions))]
    let is_asked = false;
    if !is_asked {
        return file.write_all(bytes);
    }
    let (first, rest) = bytes.split_at(bytes.len() / 2);
    step(name)?;
    file.write_all(first)?;
    step(name)?;
    file.write_all(rest)
}

#[cfg(debug_assertions)]
mod asked {
    use std::io;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[derive(Clone, Copy)]
    enum Fault {
        Die(u32),
        Stop(u32),
        Fail(u32, u32),
        Broken(u32),
        Threads(u32),
    }

    static ASKED: OnceLock<Option<Fault>> = OnceLock::new();
    static STEPS: AtomicU32 = AtomicU32::new(0);
    static THREADS: AtomicU32 = AtomicU32::new(0);

    fn asked() -> Option<Fault> {
        let text = std::env::var("STUDY_FAULT").ok()?;
        let (word, number) = text.split_once(':')?;
        let (number, second) = number.split_once(',').unwrap_or((number, "0"));
        let (number, second) = (number.parse().ok()?, second.parse().ok()?);
        match word {
            "die" => Some(Fault::Die(number)),
            "stop" => Some(Fault::Stop(number)),
            "fail" => Some(Fault::Fail(number, second)),
            "broken" => Some(Fault::Broken(number)),
            "threads" => Some(Fault::Threads(number)),
            _ => None,
        }
    }

    /// Whether any fault is asked for.
    pub fn is_asked() -> bool {
        ASKED.get_or_init(asked).is_some()
    }

    pub fn step(name: &str) -> io::Result<()> {
        let Some(fault) = *ASKED.get_or_init(asked) else { return Ok(()) };
        let at = STEPS.fetch_add(1, Ordering::SeqCst) + 1;
        let failed = || Err(io::Error::other(format!("fault on demand at step {at}, {name}")));
        match fault {
            Fault::Die(n) if n == at => die(),
            Fault::Stop(n) if n == at => {
                stop();
                Ok(())
            }
            Fault::Fail(n, m) if n == at || m == at => failed(),
            Fault::Broken(n) if n <= at => failed(),
            _ => Ok(()),
        }
    }

    pub fn may_start_thread() -> bool {
        match *ASKED.get_or_init(asked) {
            Some(Fault::Threads(most)) => THREADS.fetch_add(1, Ordering::SeqCst) < most,
            _ => true,
        }
    }

    fn stop() {
        #[cfg(unix)]
        {
            use rustix::process::{Signal, getpid, kill_process};
            let _ = kill_process(getpid(), Signal::STOP);
        }
    }

    fn die() -> ! {
        #[cfg(unix)]
        {
            use rustix::process::{Signal, getpid, kill_process};
            let _ = kill_process(getpid(), Signal::KILL);
        }
        std::process::abort()
    }
}
