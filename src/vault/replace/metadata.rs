//! What a note has besides its bytes, given to the file that takes its place.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

/// Gives `file` the owner, the extended attributes and the mode of the note `target`.
pub(super) fn keep(file: &File, target: &Path, meta: &Metadata) -> io::Result<()> {
    keep_owner(file, meta);
    keep_attributes(file, target);
    // After the owner: changing that clears the set-id bits.
    file.set_permissions(meta.permissions())
}

/// Whether the note may be written: a new file in its place needs no right to write the old one, so ask for it.
#[cfg(unix)]
pub(super) fn may_write(target: &Path, _: &Metadata) -> bool {
    rustix::fs::access(target, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
pub(super) fn may_write(_: &Path, meta: &Metadata) -> bool {
    !meta.permissions().readonly()
}

/// How many names the file has.
#[cfg(unix)]
pub(super) fn names(meta: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(meta)
}

#[cfg(not(unix))]
pub(super) fn names(_: &Metadata) -> u64 {
    1
}

/// What tells the file at `path` from every other, whatever they are called.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    std::fs::symlink_metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
pub(super) fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}

#[cfg(unix)]
fn keep_owner(file: &File, meta: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let Ok(own) = file.metadata() else { return };
    if own.uid() != meta.uid() || own.gid() != meta.gid() {
        // Only root may give a file away; the group alone may be allowed.
        let _ = fchown(file, Some(meta.uid()), Some(meta.gid())).or_else(|_| fchown(file, None, Some(meta.gid())));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) {}

/// Best effort: a file system without attributes, or one that may not be set, is no reason to refuse.
#[cfg(unix)]
fn keep_attributes(file: &File, target: &Path) {
    use xattr::FileExt;
    let Ok(names) = xattr::list(target) else { return };
    for name in names {
        if let Ok(Some(value)) = xattr::get(target, &name) {
            let _ = file.set_xattr(&name, &value);
        }
    }
}

#[cfg(not(unix))]
fn keep_attributes(_: &File, _: &Path) {}
