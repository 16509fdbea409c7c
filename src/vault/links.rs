//! Links on disk: what a Markdown link leads to, which symlinks are followed, and to what.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::Vault;
use super::encoding::on_disk;
use crate::item::NotePath;

impl Vault {
    /// What lies where a Markdown link in `note` leads (`destination`, decoded): as seen from the note, else from the top
    /// of the vault. With every symlink resolved; never anything outside the vault.
    pub fn linked(&self, destination: &str, note: &NotePath) -> Option<PathBuf> {
        let relative = destination.trim_start_matches('/');
        if relative.is_empty() {
            return None;
        }
        let inside = |path: PathBuf| path.canonicalize().ok().filter(|real| real.starts_with(&self.real));
        let file = self.file(note);
        let folder = file.parent().filter(|_| relative.len() == destination.len());
        let in_folder = folder.and_then(|folder| inside(folder.join(&*on_disk(folder, relative))));
        in_folder.or_else(|| inside(self.root.join(&*on_disk(&self.root, relative))))
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_what_lies_in_the_vault() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("vault");
        std::fs::create_dir_all(root.join("maps")).unwrap();
        for file in ["vault/maps/near.pdf", "vault/top.pdf", "vault/maps/both.pdf", "vault/both.pdf", "outside.pdf"] {
            std::fs::write(dir.path().join(file), "").unwrap();
        }
        let vault = Vault::open(&root).unwrap();
        let linked = |destination: &str| {
            let real = vault.linked(destination, &NotePath::new("maps/map.md"))?;
            Some(real.strip_prefix(root.canonicalize().unwrap()).unwrap().to_string_lossy().replace('\\', "/"))
        };
        assert_eq!(linked("near.pdf").as_deref(), Some("maps/near.pdf"));
        assert_eq!(linked("top.pdf").as_deref(), Some("top.pdf"));
        assert_eq!(linked("both.pdf").as_deref(), Some("maps/both.pdf"));
        assert_eq!(linked("/both.pdf").as_deref(), Some("both.pdf"));
        let outside = dir.path().join("outside.pdf");
        for none in ["", "/", "gone.pdf", "../../outside.pdf", outside.to_str().unwrap()] {
            assert_eq!(linked(none), None, "{none}");
        }
    }
}
