//! Symlinks in a vault: which are followed, and to what.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::Vault;

/// Decides about symlinks met on a walk, so that each real note is listed once and loops end.
#[derive(Debug)]
pub(super) struct Links<'a> {
    vault: &'a Vault,
    follow_out: bool,
    seen: HashSet<PathBuf>,
}

/// What to do with a symlink.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// A note that no other path of the vault leads to: list it under the path of the link.
    Note,
    /// A folder that no other path leads to: walk it under the path of the link.
    Folder,
    /// Its target is listed where it really lies, was met already, lies outside, or is gone.
    Skip,
}

impl<'a> Links<'a> {
    pub(super) fn new(vault: &'a Vault, follow_out: bool) -> Self {
        Self { vault, follow_out, seen: HashSet::new() }
    }

    pub(super) fn decide(&mut self, path: &Path) -> Link {
        let Ok(real) = path.canonicalize() else { return Link::Skip };
        match real.strip_prefix(&self.vault.real) {
            // The walk comes to it under its own name, unless a hidden name keeps it out.
            Ok(inside) if !super::walk::is_hidden(inside) => return Link::Skip,
            Ok(_) => {}
            // A folder that holds the vault would bring all of it in again.
            Err(_) if !self.follow_out || self.vault.real.starts_with(&real) => return Link::Skip,
            Err(_) => {}
        }
        let (folder, file) = (real.is_dir(), real.is_file());
        if !self.seen.insert(real) {
            return Link::Skip;
        }
        match (folder, file) {
            (true, _) => Link::Folder,
            (_, true) => Link::Note,
            // A pipe or a device would be waited for without end.
            _ => Link::Skip,
        }
    }
}
