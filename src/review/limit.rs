//! After how long a session offers no further item.

use std::time::Duration;

use super::Session;

impl Session {
    /// The session with a limit: after so long it offers no further item.
    #[must_use]
    pub fn limited_to(self, time: Option<Duration>) -> Self {
        Self { time, ..self }
    }

    /// Whether items are left that are no longer offered, `elapsed` after the start. An item that was offered before may
    /// still be graded.
    pub fn is_time_up(&self, elapsed: Duration) -> bool {
        self.time.is_some_and(|time| elapsed >= time) && self.current().is_some()
    }

    /// Lifts the limit.
    pub fn go_on(&mut self) {
        self.time = None;
    }
}
