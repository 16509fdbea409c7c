//! What real life does to a vault: crashes between any two steps, disks that fail, programs that write at the same time.
//! After each of them every note has its old or its new bytes, and the log tells the truth.

#![cfg(unix)]

#[path = "../cli/support.rs"]
#[allow(dead_code)]
mod support;

mod crash;
mod disk;
mod kept;
mod moved;
mod races;
mod slow;
mod threads;
mod trial;
