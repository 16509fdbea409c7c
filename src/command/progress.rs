//! A word on stderr when something takes longer than a person waits without wondering.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// How long nothing is said.
const PATIENCE: Duration = Duration::from_millis(500);

/// As long as it lives, and longer than half a second, stderr says what is going on, if it is a terminal.
#[derive(Debug)]
pub struct Progress(Option<(Sender<()>, JoinHandle<()>)>);

impl Progress {
    /// Starts to wait. `what` is the program's own text.
    pub fn start(what: &'static str, quiet: bool) -> Self {
        if quiet || !io::stderr().is_terminal() {
            return Self(None);
        }
        let (done, told) = channel();
        let speaker = Builder::new().spawn(move || {
            if told.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let mut stderr = io::stderr();
            let _ = write!(stderr, "{what} ...").and_then(|()| stderr.flush());
            let _ = told.recv();
            // The line is taken back: it was true only while it stood there.
            let _ = write!(stderr, "\r\x1b[K").and_then(|()| stderr.flush());
        });
        Self(speaker.ok().map(|speaker| (done, speaker)))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, speaker)) = self.0.take() {
            drop(done);
            let _ = speaker.join();
        }
    }
}
