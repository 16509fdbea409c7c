//! The whole binary on vaults of given texts: exact output, exit status and bytes of the notes.

mod support;

mod config;
mod dialogue;
mod due;
mod exit;
mod review;
mod roadmap;
mod stats;
mod undo;
mod vault;
mod vectors;
