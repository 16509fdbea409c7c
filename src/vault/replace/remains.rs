//! What a process left that died while it replaced a note, wherever its folder lies by now.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use super::super::Vault;
use super::super::dir::{Dir, Kind, Stat};
use super::super::locate::Located;
use super::super::read::Reader;
use super::Trace;
use super::leftover::Leftover;
use super::mark::Files;
use super::temporary::{Temporary, look};
use crate::note::NotePath;

/// A note that was being replaced, and the temporary file, if that is still there.
#[derive(Debug)]
pub(crate) struct Remains {
    note: Arc<Located>,
    temporary: Option<OsString>,
    /// What tells its files from any other; versions before this one did not write that down.
    files: Option<Files>,
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
    /// All this is read from a file that anybody may have written, and any file may have the name of the temporary one.
    pub(crate) fn remains(
        &self,
        note: &NotePath,
        name: &str,
        id: Option<(u64, u64)>,
        files: Option<Files>,
        moved: &mut Option<Moved>,
    ) -> Option<Remains> {
        let name = OsStr::new(name);
        let fits = Leftover::of(name) == Some(Leftover::Temporary);
        let is_file = |note: &Located| note.dir.stat(name).is_ok_and(|stat| stat.kind == Kind::File);
        let with = |note: Located, may_be_another: bool| {
            let temporary = (fits && is_file(&note)).then(|| name.to_owned());
            // The note may be gone, and the folder still be there.
            let is_there = temporary.is_some() || note.dir.stat(&note.name).is_ok();
            is_there.then(|| Remains { note: Arc::new(note), temporary, files, may_be_another })
        };
        let here = self.locate(note).ok();
        let is_same = here.as_ref().is_some_and(|located| id.is_none() || folder_id(&located.dir) == id);
        let (same, here) = if is_same { (here, None) } else { (None, here) };
        if let Some(remains) = same.and_then(|note| with(note, false)) {
            return Some(remains);
        }
        let moved = moved.get_or_insert_with(|| Moved::of(&self.real));
        let file = Path::new(note.as_str()).file_name().unwrap_or_default();
        let located = |path: &PathBuf| Some(Located { dir: self.dir().folder(path).ok()?, name: file.to_owned() });
        let by_folder = id.and_then(|id| moved.folders.get(&id)).and_then(located);
        if let Some(remains) = by_folder.and_then(|note| with(note, false)) {
            return Some(remains);
        }
        // A copy of the vault, with the file in it; or anything else that has its name.
        let is_known = |note: &Located| match files {
            Some(files) => note.dir.stat(name).is_ok_and(|stat| files.is_old(&stat) || files.is_new(&stat)),
            None => true,
        };
        let is_copy = here.as_ref().is_some_and(|note| fits && is_file(note));
        let by_file = if fits && !is_copy { moved.temporaries.get(name).and_then(located) } else { None };
        let by_file = by_file.and_then(|note| {
            let may_be_another = !is_known(&note);
            with(note, may_be_another)
        });
        by_file.or_else(|| here.and_then(|note| with(note, !is_copy)))
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
    /// What has the name of the temporary file. `is_old` and `is_new` know the bytes by sight.
    pub fn trace(&self, is_old: impl Fn(&[u8]) -> bool, is_new: impl Fn(&[u8]) -> bool) -> Trace {
        let Some(temporary) = &self.temporary else { return Trace::None };
        let stat = self.note.dir.stat(temporary);
        let is_known = |is: fn(&Files, &Stat) -> bool| match &self.files {
            Some(files) => stat.as_ref().is_ok_and(|stat| is(files, stat)),
            None => true,
        };
        match look(&self.note, temporary, &mut Reader::default()).map(|out| (is_old(out.bytes), is_new(out.bytes))) {
            Ok((true, _)) if is_known(Files::is_old) => Trace::Placed,
            Ok((_, true)) if is_known(Files::is_new) => Trace::NotPlaced,
            Ok((true, _) | (_, true)) => Trace::Copy,
            _ => Trace::Foreign,
        }
    }

    /// The bytes of the note, if it is there and can be read.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let mut reader = Reader::default();
        Some(look(&self.note, &self.note.name, &mut reader).ok()?.bytes.to_owned())
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
    pub fn rescue(&mut self) -> io::Result<Option<PathBuf>> {
        let kept = self.found().map(Temporary::keep).transpose()?;
        self.temporary = None;
        Ok(kept)
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
