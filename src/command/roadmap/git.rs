//! The history of one note in git, where the vault has one.

use std::io::Read;
use std::process::{Command, Stdio};

use crate::command::Context;
use crate::note::NotePath;
use crate::roadmap::history::{Days, GIT_LOG, days_in_git};

/// The most of the history that is read, in bytes.
const MOST: u64 = 64 << 20;

/// When the done topics of `note` were ticked, as git tells. Nothing without git, a repository, or a commit of the note.
///
/// Git is given arguments, never a line for a shell, and told not to go to the network, not to ask, and not to lock.
pub fn days(note: &NotePath, context: &Context) -> Days {
    let child = Command::new("git")
        .args(GIT_LOG)
        .arg(note.as_str())
        .current_dir(context.vault.root())
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return Days::new() };
    let mut bytes = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let _ = stdout.take(MOST).read_to_end(&mut bytes);
    }
    // What is left of a history too long to read is not waited for.
    let _ = child.kill();
    let _ = child.wait();
    days_in_git(&String::from_utf8_lossy(&bytes))
}
