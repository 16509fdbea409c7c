//! Spaced repetition for a folder of Markdown notes.
//!
//! A room (a module of the crate) uses rooms of its own floor or below:
//!
//! ```text
//! faces    main  cli  command  tui  show  error              words, colours, keys, the order of effects
//! app      app                                                what the program does, for any face
//! disk     desk  journal  vault  git  program                all file access: walk, read, replace, append, lock; other programs
//! decide   review  queue  stats  graph  external  moves  undo  roadmap      pure: no clock, no disk, no terminal
//! format   note  log                                         pure: text to values and back
//! core     item  tag  schedule  clock  config  problem  digest  threads  fault  effort  within      values
//! ```

#![deny(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::print_stderr, clippy::print_stdout))]

mod app;
mod cli;
pub mod clock;
mod command;
pub mod config;
#[allow(clippy::disallowed_methods, reason = "the disk layer")]
pub mod desk;
mod digest;
#[cfg(test)]
mod effort;
mod error;
mod external;
#[allow(clippy::disallowed_methods, reason = "reads STUDY_FAULT in debug builds, for tests")]
mod fault;
#[allow(clippy::disallowed_methods, reason = "the disk layer")]
mod git;
pub mod graph;
pub mod item;
#[allow(clippy::disallowed_methods, reason = "the disk layer")]
pub mod journal;
pub mod log;
mod moves;
pub mod note;
pub mod problem;
#[allow(clippy::disallowed_methods, reason = "looks programs up on the disk")]
mod program;
pub mod queue;
pub mod review;
pub mod roadmap;
pub mod schedule;
pub mod show;
mod stats;
pub mod tag;
#[allow(clippy::disallowed_methods, reason = "starts the threads")]
mod threads;
pub mod tui;
pub mod undo;
#[allow(clippy::disallowed_methods, reason = "the disk layer")]
pub mod vault;
mod within;

pub use command::main;
