//! The whole binary on vaults of given texts: exact output, exit status and bytes of the notes.

mod support;

mod config;
mod roadmap;
mod vectors;
