//! What a note has besides its bytes, given to the file that takes its place.

use std::fs::{File, Metadata};
use std::io;

use super::super::locate::Located;

/// Gives `file` the owner, the extended attributes and the mode of the open note `target`.
pub(super) fn keep(file: &File, target: &File, meta: &Metadata) -> io::Result<()> {
    keep_owner(file, meta);
    keep_attributes(file, target);
    // After the owner: changing that clears the set-id bits.
    file.set_permissions(meta.permissions())
}

/// Whether the note may be written: a new file in its place needs no right to write the old one, so ask for it.
#[cfg(unix)]
pub(super) fn may_write(note: &Located, _: &Metadata) -> bool {
    use rustix::fs::{Access, AtFlags, accessat};
    accessat(&note.dir, &note.name, Access::WRITE_OK, AtFlags::empty()).is_ok()
}

#[cfg(not(unix))]
pub(super) fn may_write(_: &Located, meta: &Metadata) -> bool {
    !meta.permissions().readonly()
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
fn keep_attributes(file: &File, target: &File) {
    use xattr::FileExt;
    let Ok(names) = target.list_xattr() else { return };
    for name in names {
        if let Ok(Some(value)) = target.get_xattr(&name) {
            let _ = file.set_xattr(&name, &value);
        }
    }
}

#[cfg(not(unix))]
fn keep_attributes(_: &File, _: &File) {}
