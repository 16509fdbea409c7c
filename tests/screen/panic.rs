//! A panic inside the screen: the terminal is given back, and the message is there to read.
//!
//! The program is this test itself, started again in a terminal with a session that panics when a note is graded.

use std::process::Command;
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use chrono::NaiveDate;
use study::item::ItemId;
use study::note::{NotePath, State};
use study::review::{Done, Item, Session};
use study::schedule::{Algorithm, DueLoad, Ease, Grade, Outcome, Scheduled};
use study::tui::{Ahead, Opened, Review, ReviewError};

use super::Terminal;

const CHILD: &str = "STUDY_TEST_SCREEN_THAT_PANICS";

struct Panics {
    session: Session,
    /// What reads the links.
    links: Option<JoinHandle<()>>,
}

impl Review for Panics {
    fn session(&self) -> &Session {
        &self.session
    }
    fn awaits_links(&self) -> bool {
        self.links.is_some()
    }
    fn look_for_links(&mut self) {
        if self.links.as_ref().is_some_and(JoinHandle::is_finished) {
            self.await_links();
        }
    }
    fn await_links(&mut self) {
        if let Some(thread) = self.links.take() {
            thread.join().unwrap();
        }
    }
    fn open(&mut self) -> Result<Opened, ReviewError> {
        Ok(Opened { text: "# A note\n".into(), ..Opened::default() })
    }
    fn peek(&mut self, _: &NotePath) -> Result<Opened, ReviewError> {
        Err(ReviewError::Over)
    }
    fn resolve(&mut self, _: &NotePath, _: &str) -> Option<NotePath> {
        None
    }
    fn grade(&mut self, _: Grade, _: Duration) -> Result<Outcome, ReviewError> {
        panic!("the sky fell down")
    }
    fn skip(&mut self) {}
    fn undo(&mut self) -> Result<Option<Done>, ReviewError> {
        Ok(None)
    }
    fn bury(&mut self) -> Result<(), ReviewError> {
        Ok(())
    }
    fn suspend(&mut self) -> Result<(), ReviewError> {
        Ok(())
    }
    fn set_due(&mut self, _: NaiveDate) -> Result<Scheduled, ReviewError> {
        Err(ReviewError::Over)
    }
    fn go_on(&mut self) {}
    fn jump(&mut self, _: usize) {}
    fn streak(&self) -> usize {
        0
    }
    fn ahead(&self) -> Ahead {
        Ahead::default()
    }
}

#[test]
fn a_screen_that_panics() {
    let Some(case) = std::env::var_os(CHILD) else { return };
    let links = match case.to_str() {
        Some("links") => Some(spawn(|| panic!("the links are torn"))),
        Some("waits") => Some(spawn(|| {
            loop {
                std::thread::park();
            }
        })),
        _ => None,
    };
    let today: NaiveDate = "2026-01-15".parse().unwrap();
    let item = Item::new(
        ItemId::of_note(NotePath::new("a.md")),
        State::Unscheduled,
        &Algorithm::default(),
        Ease::new(250.0).unwrap(),
    );
    let session = Session::new([item], DueLoad::of(today, []), today, Algorithm::default());
    let _ = study::tui::run(&mut Panics { session, links }, study::tui::Options::default());
}

fn start(case: &str) -> Terminal {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "panic::a_screen_that_panics", "--nocapture"]);
    command.env(CHILD, case).env("RUST_BACKTRACE", "0").env("TERM", "xterm").current_dir(".");
    Terminal::start(&command, 80, 24)
}

#[test]
fn a_panic_of_the_thread_that_reads_links_ends_the_session_in_the_same_way() {
    let mut screen = start("links");
    screen.ended();
    screen.assert_restored();
    assert!(screen.text().contains("the links are torn"), "{}", screen.text());
}

#[test]
fn whoever_quits_does_not_wait_for_links() {
    let mut screen = start("waits");
    screen.shows("A note");
    screen.press("q");
    screen.ended();
    screen.assert_restored();
}

#[test]
fn a_panic_gives_the_terminal_back_and_is_readable() {
    let mut screen = start("grade");
    screen.shows("A note");
    screen.press("3");
    screen.ended();
    screen.assert_restored();
    assert!(screen.text().contains("the sky fell down"), "{}", screen.text());
}
