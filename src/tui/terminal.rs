//! The terminal taken over for the screen, and given back whatever happens.

use std::io::{self, Stdout, Write, stderr, stdout};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
#[cfg(unix)]
use std::time::Duration;

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute};
use ratatui::terminal::Terminal;
use ratatui_crossterm::CrosstermBackend;

use super::End;

/// How long the screen has to leave by itself.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(2);

/// The terminal while the screen has it. Dropped, it is as it was.
pub(super) struct Screen {
    pub(super) terminal: Terminal<CrosstermBackend<Stdout>>,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal: raw mode, alternate screen, mouse. A panic gives it back before it prints its message.
    pub(super) fn take(mouse: bool) -> io::Result<Self> {
        hook();
        *lock(&OWNER) = Some(thread::current().id());
        let screen = Self { terminal: Terminal::new(CrosstermBackend::new(stdout()))?, mouse };
        screen.enter()?;
        Ok(screen)
    }

    fn enter(&self) -> io::Result<()> {
        enable_raw_mode()?;
        execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        if self.mouse {
            execute!(stdout(), EnableMouseCapture)?;
        }
        Ok(())
    }

    /// Gives the terminal back while `work` runs.
    pub(super) fn lend<T>(&mut self, work: impl FnOnce() -> T) -> io::Result<T> {
        give_back();
        let result = work();
        self.take_again()?;
        Ok(result)
    }

    /// Takes the terminal again after the process was stopped, or lent it: draws everything anew.
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        // A shell may have set the terminal for itself: what is set is not what was set last.
        disable_raw_mode()?;
        self.enter()?;
        // A fresh one draws everything; to clear the old one would ask the terminal where its cursor is.
        execute!(stdout(), Clear(ClearType::All))?;
        self.terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
        *lock(&OWNER) = None;
    }
}

/// The thread that has the screen.
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);

/// What other threads said when they panicked while the screen was there, on which it would be drawn over.
static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts the terminal back as it was. Errors are of no use: the terminal may be gone.
fn give_back() {
    let _ = execute!(stdout(), DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    let _ = disable_raw_mode();
    for said in lock(&SAID).drain(..) {
        let _ = writeln!(stderr(), "{said}");
    }
}

/// Makes panics leave the alternate screen first: a message printed inside is lost with it. Of a panic elsewhere the thread
/// that has the screen learns when it asks for what was to come from there.
fn hook() {
    static HOOKED: AtomicBool = AtomicBool::new(false);
    if HOOKED.swap(true, Ordering::SeqCst) {
        return;
    }
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if lock(&OWNER).is_some_and(|owner| owner != thread::current().id()) {
            lock(&SAID).push(info.to_string());
            return;
        }
        give_back();
        before(info);
    }));
}

/// Whether the process was told to end, or was interrupted.
#[derive(Clone, Debug, Default)]
pub(super) struct Ending {
    told: Arc<AtomicBool>,
    interrupted: Arc<AtomicBool>,
}

impl Ending {
    /// Listens for hang-up, termination and interruption from now on.
    #[cfg(unix)]
    pub(super) fn listen() -> io::Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let ending = Self::default();
        for (signal, flag) in [(SIGHUP, &ending.told), (SIGTERM, &ending.told), (SIGINT, &ending.interrupted)] {
            signal_hook::flag::register(signal, flag.clone())?;
        }
        let watched = ending.clone();
        std::thread::Builder::new().name("ending".into()).spawn(move || watched.insist())?;
        Ok(ending)
    }

    /// Ends the process when it was told to and does not: reading from a terminal that was closed may never return.
    /// What was graded is on disk, and a grade under way has had its time.
    #[cfg(unix)]
    fn insist(&self) {
        while !self.told.load(Ordering::SeqCst) {
            std::thread::sleep(GRACE / 10);
            // A process that is not of the terminal's session gets no signal when the terminal is closed.
            if is_closed() {
                self.told.store(true, Ordering::SeqCst);
            }
        }
        std::thread::sleep(GRACE);
        // As a shell reports a process that was hung up: 128 and the number of the signal.
        std::process::exit(129);
    }

    /// There is nothing to listen for: a closed console ends the process.
    #[cfg(not(unix))]
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self::default())
    }

    /// How the session has to end at once, if it has to.
    pub(super) fn due(&self) -> Option<End> {
        match () {
            () if self.told.load(Ordering::SeqCst) => Some(End::HungUp),
            () if self.interrupted.load(Ordering::SeqCst) => Some(End::Interrupted),
            () => None,
        }
    }

    /// Forgets an interruption that was meant for a program on the same terminal.
    pub(super) fn forget_interruption(&self) {
        self.interrupted.store(false, Ordering::SeqCst);
    }
}

/// Whether the terminal on stdin is gone.
#[cfg(unix)]
fn is_closed() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = io::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::empty())];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut fds, Some(&at_once)).is_ok() && fds.iter().any(|fd| fd.revents().contains(PollFlags::HUP))
}
