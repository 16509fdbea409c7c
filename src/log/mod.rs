//! The review log: one event a line, merged from the files of all devices. Pure: bytes in, values out.
//!
//! `docs/log-format.md` describes the lines. The schedule's truth is the note; the truth about what happened is here.

mod change;
mod entry;
mod event;
mod id;
mod identity;
mod kind;
mod line;
mod merge;
mod names;
mod order;
mod query;
mod refused;
mod regular;
mod seen;

pub use change::{Change, SM2_OSR, Subject, Transition, Undo, What};
pub use entry::{Entry, Place};
pub use event::Event;
pub use id::EventId;
pub use kind::Kind;
pub use line::LineError;
pub use merge::{MAX_LINE_BYTES, Merger, merge};
pub use query::{Log, Numbers, Step};
pub use refused::{About, RefusedLine};
pub use seen::{Seen, Sum};
