//! The whole binary on vaults of given texts: exact output, exit status and bytes of the notes.

#[allow(dead_code)]
mod support;

mod check;
mod config;
mod dialogue;
mod due;
mod encoding;
mod exit;
mod fix;
mod forms;
mod hostile;
#[cfg(unix)]
mod links;
mod log;
mod moves;
mod review;
mod roadmap;
mod stats;
mod undo;
mod vault;
mod vectors;
