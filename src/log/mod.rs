//! The review log: one event a line, merged from the files of all devices. Pure: bytes in, values out.
//!
//! `docs/log-format.md` describes the lines. The schedule's truth is the note; the truth about what happened is here.

mod entry;
mod event;
mod id;
mod kind;
mod merge;
mod names;
mod order;
mod query;
mod refused;
mod regular;
mod seen;

pub use entry::{Entry, Place};
pub use event::{Change, Event, LineError, SM2_OSR, Transition};
pub use id::EventId;
pub use kind::Kind;
pub use merge::{MAX_LINE_BYTES, Merger, merge};
pub use query::{Log, Numbers, Step};
pub use refused::{About, RefusedLine};
pub use seen::Seen;
