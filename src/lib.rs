//! Spaced repetition for a folder of Markdown notes.
//!
//! The library is layered; a module uses only those below it:
//!
//! | layer  | modules | holds |
//! |--------|---------|-------|
//! | edge   | `cli`, `command`, `tui`, `show`, `error` | words, colours, prompts, the order of effects |
//! | disk   | `vault`, `journal` | all file access: walk, read, replace, append, lock |
//! | decide | `review`, `queue`, `stats`, `graph`, `roadmap` | pure decisions: no clock, no disk, no terminal |
//! | format | `note`, `log` | text to values and back |
//! | core   | `schedule`, `clock`, `config`, `problem` | values |

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod cli;
pub mod clock;
pub mod command;
pub mod config;
pub mod desk;
pub mod error;
pub mod external;
mod fault;
pub mod graph;
pub mod journal;
pub mod log;
pub mod note;
pub mod problem;
pub mod queue;
pub mod review;
pub mod roadmap;
pub mod schedule;
pub mod show;
pub mod stats;
pub mod tui;
pub mod undo;
pub mod vault;
