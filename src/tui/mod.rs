//! The full-screen face of a review session.
//!
//! [`App`] is the screen without a terminal: events in, effects asked for, a frame drawn. [`run`] gives it one.

mod app;
mod around;
mod draw;
pub mod keys;
mod openers;
mod overlays;
mod picker;
pub mod reading;
mod stops;
mod terminal;
#[cfg(test)]
mod tests;
mod typed;
mod units;

use std::io;
use std::time::{Duration, Instant};

use crossterm::event;

pub use crate::app::review::{Ahead, Opened, Review, ReviewError};
pub use crate::program::Launch;
pub use app::{App, End, Flow, Options};
pub use draw::draw;
pub use openers::Openers;

use crate::program;
use stops::Stops;
use terminal::{Ending, Screen};

/// How long to wait for an event before the clock on the screen is drawn anew and signals are looked at.
const TICK: Duration = Duration::from_millis(200);

/// The same while links are still to come: the dates on the buttons may wait for them.
const SOON: Duration = Duration::from_millis(10);

/// Runs a review session on the terminal that stdin and stdout are, until it is over or left.
///
/// Every grade is on disk when the next note shows, so that leaving in any way loses nothing.
///
/// # Errors
/// When the terminal cannot be taken over or drawn on.
pub fn run(effects: &mut dyn Review, options: Options) -> io::Result<End> {
    let mut started = Instant::now();
    let ending = Ending::listen()?;
    let stops = Stops::listen()?;
    let mut screen = Screen::take(options.mouse)?;
    let mut app = App::new(effects, options);
    let mut drawn = None;
    loop {
        if let Some(end) = ending.due() {
            return Ok(end);
        }
        if stops.take_asked() {
            pause(&mut screen, &mut started, || stops.stop())?;
            drawn = None;
        }
        if stops.take_continued() {
            screen.take_again()?;
            drawn = None;
        }
        let now = started.elapsed();
        if app.look_after_opening() | app.look_for_links() | app.look_for_new_day() {
            drawn = None;
        }
        // Between events, only the clock moves.
        if drawn != Some(now.as_secs()) {
            screen.terminal.draw(|frame| draw(frame, &mut app, now))?;
            drawn = Some(now.as_secs());
            app.seen(started.elapsed());
        }
        match event::poll(if app.awaits_links() { SOON } else { TICK }) {
            Ok(false) => continue,
            Ok(true) => {}
            Err(error) => return ending.due().map_or_else(|| gone(error), Ok),
        }
        drawn = None;
        // What was typed ahead is worked off before the next frame; grades among it are for no note that was seen.
        while event::poll(Duration::ZERO)? {
            let event = match event::read() {
                Ok(event) => event,
                Err(error) => return gone(error),
            };
            match app.handle(&event, started.elapsed()) {
                Flow::Go => {}
                Flow::Leave(end) => return Ok(end),
                Flow::Stop => pause(&mut screen, &mut started, || stops.stop_job())?,
                Flow::Run(launch) => {
                    let outcome = screen.lend(|| stops.while_lent(|| program::run(&launch)))?;
                    ending.forget_interruption();
                    app.edited(outcome, started.elapsed());
                }
            }
        }
    }
}

/// Gives the terminal back while `stop` stops the process. The time until it is continued counts for nothing.
fn pause(screen: &mut Screen, started: &mut Instant, stop: impl FnOnce()) -> io::Result<()> {
    let stopped = Instant::now();
    screen.lend(stop)?;
    *started += stopped.elapsed();
    Ok(())
}

/// A terminal that was closed is an end, not a failure.
fn gone(error: io::Error) -> io::Result<End> {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => Ok(End::HungUp),
        // EIO: the other side of a pseudo-terminal is closed.
        _ if error.raw_os_error() == Some(5) => Ok(End::HungUp),
        _ => Err(error),
    }
}
