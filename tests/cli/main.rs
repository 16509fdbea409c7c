//! The whole binary on vaults of given texts: exact output, exit status and bytes of the notes.

#[allow(dead_code)]
mod support;

mod config;
