//! What a process left that died while it replaced a note, wherever its folder lies by now.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use super::super::Vault;
use super::super::dir::{Dir, Kind};
use super::super::locate::Located;
use super::super::read::{Reader, text};
use super::Trace;
use super::leftover::Leftover;
use super::temporary::{Temporary, look};
use crate::note::NotePath;

/// A note that was being replaced, and the temporary file, if that is still there.
#[derive(Debug)]
pub(crate) struct Remains {
    note: Arc<Located>,
    temporary: Option<OsString>,
    /// The note lies in another folder than the one that was being written in, and that is not to be found.
    pub may_be_another: bool,
}

/// Where the folders and the temporary files of a vault are: asked only when one is not where it was.
#[derive(Debug, Default)]
pub(crate) struct Moved {
    folders: HashMap<(u64, u64), PathBuf>,
    temporaries: HashMap<OsString, PathBuf>,
}

impl Vault {
    /// What is left of the replacement of `note` that used the temporary file `name` in the folder `id`. The folder may
    /// have been renamed since: then it is looked for in the whole vault, by itself or by the file. `None` where neither
    /// it nor the note can be found.
    ///
    /// All this is read from a file that anybody may have written.
    pub(crate) fn remains(
        &self,
        note: &NotePath,
        name: &str,
        id: Option<(u64, u64)>,
        moved: &mut Option<Moved>,
    ) -> Option<Remains> {
        let name = OsStr::new(name);
        let fits = Leftover::of(name) == Some(Leftover::Temporary);
        // The note may be gone, and the folder still be there.
        let here = self.locate(note).ok();
        if let Some(located) = &here
            && fits
            && located.dir.stat(name).is_ok_and(|stat| stat.kind == Kind::File)
        {
            return here.map(|note| Remains {
                note: Arc::new(note),
                temporary: Some(name.to_owned()),
                may_be_another: false,
            });
        }
        let is_there = |located: &Located| located.dir.stat(&located.name).is_ok();
        let here = here.filter(is_there);
        let is_same = |located: &Located| id.is_none() || folder_id(&located.dir) == id;
        if here.as_ref().is_some_and(is_same) {
            return here.map(|note| Remains { note: Arc::new(note), temporary: None, may_be_another: false });
        }
        let moved = moved.get_or_insert_with(|| Moved::of(&self.real));
        let file = Path::new(note.as_str()).file_name().unwrap_or_default();
        let located = |path: &PathBuf| Some(Located { dir: self.dir().folder(path).ok()?, name: file.to_owned() });
        if fits && let Some(note) = moved.temporaries.get(name).and_then(located) {
            return Some(Remains { note: Arc::new(note), temporary: Some(name.to_owned()), may_be_another: false });
        }
        let elsewhere = id.and_then(|id| moved.folders.get(&id)).and_then(located).filter(is_there);
        let may_be_another = elsewhere.is_none();
        elsewhere.or(here).map(|note| Remains { note: Arc::new(note), temporary: None, may_be_another })
    }
}

impl Moved {
    fn of(root: &Path) -> Self {
        let mut moved = Self::default();
        let walk = WalkDir::new(root).into_iter().filter_entry(|entry| entry.file_name() != ".git");
        for entry in walk.flatten() {
            let Ok(path) = entry.path().strip_prefix(root) else { continue };
            if entry.file_type().is_dir() {
                let id = Dir::open_root(entry.path()).ok().and_then(|dir| folder_id(&dir));
                moved.folders.extend(id.map(|id| (id, path.to_owned())));
            } else if entry.file_type().is_file() && Leftover::of(entry.file_name()) == Some(Leftover::Temporary) {
                let folder = path.parent().unwrap_or(Path::new("")).to_owned();
                moved.temporaries.insert(entry.file_name().to_owned(), folder);
            }
        }
        moved
    }
}

impl Remains {
    /// How far the replacement came. `is_old` and `is_new` know the bytes by sight.
    pub fn trace(&self, is_old: impl Fn(&[u8]) -> bool, is_new: impl Fn(&[u8]) -> bool) -> Trace {
        let Some(temporary) = &self.temporary else { return Trace::None };
        match look(&self.note, temporary, &mut Reader::default()).map(|out| (is_old(out.bytes), is_new(out.bytes))) {
            Ok((true, _)) => Trace::Placed,
            Ok((_, true)) => Trace::NotPlaced,
            _ => Trace::Foreign,
        }
    }

    /// The text of the note, if it is there and is one.
    pub fn text(&self) -> Option<String> {
        let mut reader = Reader::default();
        let looked = look(&self.note, &self.note.name, &mut reader).ok()?;
        text(looked.bytes).ok().map(str::to_owned)
    }

    /// Removes the temporary file. If a program still has it open for writing, it is kept under a name of its own, which
    /// is given.
    pub fn clear(&self) -> Option<PathBuf> {
        let temporary = self.found()?;
        let is_busy = temporary.look(&mut Reader::default()).is_ok_and(|out| out.is_busy);
        if is_busy { temporary.keep().ok() } else { None }
    }

    /// Keeps what another program wrote in the moment of the replacement under a name of its own, which is given. It is not
    /// put into the note: nobody knows any more what it was written for, and the note may hold all there is of its text.
    ///
    /// # Errors
    /// When the file system refuses; then everything stays where it is.
    pub fn rescue(&self) -> io::Result<Option<PathBuf>> {
        self.found().map(Temporary::keep).transpose()
    }

    fn found(&self) -> Option<Temporary> {
        self.temporary.as_ref().map(|name| Temporary::found(&self.note, name.clone()))
    }
}

/// What tells a folder from every other, also when it is renamed; `None` where the system does not say.
#[cfg(unix)]
pub(crate) fn folder_id(dir: &Dir) -> Option<(u64, u64)> {
    super::super::dir::Stat::of(dir).ok().map(|stat| stat.id)
}

#[cfg(not(unix))]
pub(crate) fn folder_id(_: &Dir) -> Option<(u64, u64)> {
    None
}
