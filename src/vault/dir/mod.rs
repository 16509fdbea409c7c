//! A folder that is held open, and all that is done in it: by descriptor, never by a path that others can change.
//!
//! A vault may come from a stranger, and other programs write in it at any moment. A path that was checked can lead
//! elsewhere when it is used: a folder on it was exchanged for a symlink. So the top of the vault is opened once, and
//! everything below is reached from it one name at a time, without following a symlink. What is open stays what it is.
//!
//! On systems other than Unix the same checks are made on paths, and the gap between check and use remains
//! (docs/safety.md).

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

#[cfg(not(unix))]
mod paths;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(crate) use paths::Dir;
#[cfg(unix)]
pub(crate) use unix::Dir;

/// What carries a name in a folder. A symlink is a symlink here, whatever it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    Link,
    /// A pipe, a socket or a device.
    Other,
}

impl Kind {
    /// That of what `meta` is of.
    pub(crate) fn of(meta: &Metadata) -> Self {
        match meta.file_type() {
            kind if kind.is_symlink() => Self::Link,
            kind if kind.is_dir() => Self::Folder,
            kind if kind.is_file() => Self::File,
            _ => Self::Other,
        }
    }
}

/// What the system knows of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    pub kind: Kind,
    pub size: u64,
    /// How many names (hard links) it has.
    pub names: u64,
    /// Device and number of the file: two that are equal are one file. Zero where the system does not tell.
    pub id: (u64, u64),
    pub modified: Option<SystemTime>,
}

impl Stat {
    /// Whether it is of the same file, with nothing written to it between: where a file was removed, the system gives its
    /// number to the next.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (self.kind, self.size, self.id, self.modified) == (other.kind, other.size, other.id, other.modified)
    }
}

/// What an open file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    /// Reading anywhere, writing at the end.
    Append,
    /// Reading and writing anywhere.
    Write,
}

/// A symlink where there must be none. The reason inside an [`io::Error`], see [`link_in_the_way`].
#[derive(Debug, thiserror::Error)]
#[error("`{}` is a link", .0.display())]
struct IsLink(PathBuf);

/// The symlink that kept something from being opened, if it was one.
pub(crate) fn link_in_the_way(error: &io::Error) -> Option<&Path> {
    Some(&error.get_ref()?.downcast_ref::<IsLink>()?.0)
}

fn is_link(path: PathBuf) -> io::Error {
    io::Error::other(IsLink(path))
}

fn not_regular() -> io::Error {
    io::Error::other("not a regular file")
}

/// The names on a relative path.
///
/// # Errors
/// When it could lead out of the folder that it starts from.
fn names_on(path: &Path) -> io::Result<Vec<&OsStr>> {
    let mut names = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => names.push(name),
            Component::CurDir => {}
            _ => return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path leads out of its folder")),
        }
    }
    Ok(names)
}

/// `name`, if it is the name of one file and no path.
fn single(name: &OsStr) -> io::Result<&OsStr> {
    match names_on(Path::new(name))?.as_slice() {
        [only] if *only == name => Ok(name),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file")),
    }
}

impl Dir {
    /// The folder at `beneath`, a relative path, without following symlinks.
    ///
    /// # Errors
    /// When it is not there, is no folder, leads out, or any part of it is a symlink ([`link_in_the_way`]).
    pub(crate) fn folder(&self, beneath: &Path) -> io::Result<Self> {
        let names = names_on(beneath)?;
        if let Some(open) = self.folder_at_once(beneath) {
            return Ok(open);
        }
        names.iter().try_fold(self.again()?, |dir, name| dir.step(name))
    }

    /// The same, with folders that are missing made, and made to last.
    ///
    /// # Errors
    /// As [`Dir::folder`], or when one cannot be made.
    pub(crate) fn make_folder(&self, beneath: &Path) -> io::Result<Self> {
        names_on(beneath)?.iter().try_fold(self.again()?, |dir, name| match dir.step(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match dir.make_one(name) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                    _ => {}
                }
                let _ = dir.sync();
                dir.step(name)
            }
            step => step,
        })
    }

    /// Opens the file `name`, which is made if it is missing. Says whether it was made.
    ///
    /// # Errors
    /// As [`Dir::open`].
    pub(crate) fn open_or_create(&self, name: impl AsRef<OsStr>, access: Access) -> io::Result<(File, bool)> {
        let name = name.as_ref();
        match self.open(name, access) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => match self.create(name, access) {
                // Another process was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok((self.open(name, access)?, false)),
                created => Ok((created?, true)),
            },
            opened => Ok((opened?, false)),
        }
    }

    /// The bytes of the file `name`.
    ///
    /// # Errors
    /// As [`Dir::open`], or when there are more than `most`.
    pub(crate) fn read(&self, name: impl AsRef<OsStr>, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(name, Access::Read)?.take(most + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {most} bytes")));
        }
        Ok(bytes)
    }

    /// Whether `name` is still the name of `file`.
    pub(crate) fn leads_to(&self, name: impl AsRef<OsStr>, file: &File) -> bool {
        self.stat(name).ok().zip(Stat::of(file).ok()).is_some_and(|(named, open)| named.id == open.id)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::symlink;

    use super::*;

    /// A folder with a folder, a file and an outside.
    fn place() -> (tempfile::TempDir, Dir) {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir_all(temp.path().join("top/a/b")).unwrap();
        fs::create_dir_all(temp.path().join("outside/b")).unwrap();
        fs::write(temp.path().join("top/a/b/file"), "inside").unwrap();
        fs::write(temp.path().join("outside/b/file"), "precious").unwrap();
        let dir = Dir::open_root(&temp.path().join("top")).unwrap();
        (temp, dir)
    }

    fn fifo(path: &Path) {
        rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    }

    #[test]
    fn a_path_through_a_link_is_refused_at_every_part_of_it() {
        let (temp, dir) = place();
        symlink("../outside", temp.path().join("top/out")).unwrap();
        symlink("a", temp.path().join("top/in")).unwrap();
        symlink("../../outside/b", temp.path().join("top/a/out")).unwrap();
        symlink("b/file", temp.path().join("top/a/link")).unwrap();
        for (path, link) in
            [("out", "out"), ("out/b", "out"), ("in/b", "in"), ("a/out", "a/out"), ("a/out/new", "a/out")]
        {
            for error in [dir.folder(Path::new(path)), dir.make_folder(Path::new(path))].map(Result::unwrap_err) {
                let found = link_in_the_way(&error).unwrap_or_else(|| panic!("{path}: {error}"));
                assert_eq!(found, temp.path().join("top").join(link), "{path}");
            }
        }
        let a = dir.folder(Path::new("a")).unwrap();
        for access in [Access::Read, Access::Append, Access::Write] {
            assert!(link_in_the_way(&a.open("link", access).unwrap_err()).is_some());
            assert!(link_in_the_way(&a.open_or_create("link", access).unwrap_err()).is_some());
            assert_eq!(a.create("link", access).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(a.stat("link").unwrap().kind, Kind::Link);
        assert_eq!(dir.folder(Path::new("a/./b")).unwrap().read("file", 10).unwrap(), b"inside");
        assert!(!temp.path().join("outside/b/new").exists());
    }

    #[test]
    fn a_path_that_leads_out_by_name_is_refused() {
        let (temp, dir) = place();
        for path in ["..", "../outside", "a/../../outside", "/", temp.path().to_str().unwrap()] {
            for opened in [dir.folder(Path::new(path)), dir.make_folder(Path::new(path))] {
                assert_eq!(opened.unwrap_err().kind(), io::ErrorKind::InvalidInput, "{path}");
            }
        }
        for name in ["", ".", "..", "/", "a/b", "a/", "./a", "../outside/b/file"] {
            assert_eq!(dir.open(name, Access::Read).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{name:?}");
            assert_eq!(dir.remove(name).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{name:?}");
            assert_eq!(dir.rename("a", &dir, name).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{name:?}");
        }
    }

    #[test]
    fn an_open_folder_stays_what_it_is_when_a_link_takes_its_name() {
        let (temp, dir) = place();
        let b = dir.folder(Path::new("a/b")).unwrap();
        fs::rename(temp.path().join("top/a"), temp.path().join("top/moved")).unwrap();
        symlink("../outside", temp.path().join("top/a")).unwrap();
        b.create("new", Access::Append).unwrap().write_all(b"x").unwrap();
        assert_eq!(b.read("file", 10).unwrap(), b"inside");
        b.rename("file", &b, "renamed").unwrap();
        b.rename_new("new", &b, "newer").unwrap();
        b.remove("renamed").unwrap();
        b.sync().unwrap();
        assert_eq!(b.names().unwrap(), ["newer"]);
        assert_eq!(fs::read(temp.path().join("top/moved/b/newer")).unwrap(), b"x");
        assert_eq!(fs::read_dir(temp.path().join("outside/b")).unwrap().count(), 1);
        assert_eq!(fs::read(temp.path().join("outside/b/file")).unwrap(), b"precious");
    }

    #[test]
    fn what_is_no_regular_file_neither_opens_nor_waits() {
        let (temp, dir) = place();
        fifo(&temp.path().join("top/pipe"));
        for access in [Access::Read, Access::Append, Access::Write] {
            for name in ["pipe", "a"] {
                assert!(dir.open(name, access).is_err(), "{name} {access:?}");
                assert!(dir.open_or_create(name, access).is_err(), "{name} {access:?}");
            }
        }
        assert!(dir.folder(Path::new("pipe")).is_err());
        assert_eq!(dir.stat("pipe").unwrap().kind, Kind::Other);
        assert_eq!(dir.stat("a").unwrap().kind, Kind::Folder);
    }

    #[test]
    fn missing_folders_are_made_and_files_read_up_to_a_limit() {
        let (temp, dir) = place();
        let made = dir.make_folder(Path::new("x/y/z")).unwrap();
        let (mut file, is_new) = made.open_or_create("f", Access::Append).unwrap();
        file.write_all(b"12345").unwrap();
        assert!(is_new && made.leads_to("f", &file));
        assert!(!made.open_or_create("f", Access::Append).unwrap().1);
        assert_eq!(fs::read(temp.path().join("top/x/y/z/f")).unwrap(), b"12345");
        assert_eq!(made.read("f", 5).unwrap(), b"12345");
        assert_eq!(made.read("f", 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        fs::remove_file(temp.path().join("top/x/y/z/f")).unwrap();
        fs::write(temp.path().join("top/x/y/z/f"), "other").unwrap();
        assert!(!made.leads_to("f", &file));
        assert_eq!(dir.folder(Path::new("x/gone")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(dir.folder(Path::new("")).unwrap().names().unwrap().len(), 2);
    }

    #[test]
    fn a_rename_to_a_new_name_replaces_nothing_and_an_exchange_loses_nothing() {
        let (temp, dir) = place();
        fs::write(temp.path().join("top/one"), "1").unwrap();
        fs::write(temp.path().join("top/two"), "2").unwrap();
        assert_eq!(dir.rename_new("one", &dir, "two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(dir.stat("one").unwrap().names, 1);
        let b = dir.folder(Path::new("a/b")).unwrap();
        if dir.exchange("one", &b, "file").unwrap() {
            assert_eq!(dir.read("one", 9).unwrap(), b"inside");
            assert_eq!(b.read("file", 9).unwrap(), b"1");
        }
        dir.rename("two", &dir, "one").unwrap();
        assert_eq!(dir.read("one", 9).unwrap(), b"2");
    }
}
