//! What a note has besides its bytes, given to the file that takes its place.

use std::fs::{File, Metadata, Permissions};
use std::io;

use super::super::locate::Located;

/// The mode, and what the system has besides: owner and extended attributes.
#[derive(Debug, PartialEq)]
pub(super) struct Kept {
    permissions: Permissions,
    beside: Beside,
}

impl Kept {
    /// What an open note has.
    pub fn of(note: &File) -> io::Result<Self> {
        let meta = note.metadata()?;
        Ok(Self { permissions: meta.permissions(), beside: Beside::of(note, &meta) })
    }

    /// Gives it to `file`.
    pub fn give(&self, file: &File) -> io::Result<()> {
        self.beside.give(file);
        // After the owner: changing that clears the set-id bits.
        file.set_permissions(self.permissions.clone())
    }
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

/// Owner and group, and the extended attributes.
#[cfg(unix)]
#[derive(Debug, PartialEq)]
struct Beside {
    owner: (u32, u32),
    attributes: Vec<(std::ffi::OsString, Vec<u8>)>,
}

#[cfg(unix)]
impl Beside {
    fn of(note: &File, meta: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        use xattr::FileExt;
        let value = |name| Some((note.get_xattr(&name).ok()??, name)).map(|(value, name)| (name, value));
        let attributes = note.list_xattr().map(|names| names.filter_map(value).collect()).unwrap_or_default();
        Self { owner: (meta.uid(), meta.gid()), attributes }
    }

    /// Best effort: a file system without attributes, or one that may not be set, is no reason to refuse.
    fn give(&self, file: &File) {
        use std::os::unix::fs::{MetadataExt, fchown};
        use xattr::FileExt;
        let (user, group) = self.owner;
        if file.metadata().is_ok_and(|own| (own.uid(), own.gid()) != self.owner) {
            // Only root may give a file away; the group alone may be allowed.
            let _ = fchown(file, Some(user), Some(group)).or_else(|_| fchown(file, None, Some(group)));
        }
        for (name, value) in &self.attributes {
            let _ = file.set_xattr(name, value);
        }
    }
}

#[cfg(not(unix))]
#[derive(Debug, PartialEq)]
struct Beside;

#[cfg(not(unix))]
impl Beside {
    fn of(_: &File, _: &Metadata) -> Self {
        Self
    }

    fn give(&self, _: &File) {}
}
