//! The review log on disk: one file a device, only ever appended to; read together, whoever wrote them.

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
use std::ffi::{OsStr, OsString};
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;

use crate::clock::Now;
use crate::fault;
use crate::log::{self, Entry, Event, EventId, Log, MAX_LINE_BYTES, Merger, Place};
use crate::note::NotePath;
use crate::problem::{Advice, Code, Finding, Problem, Severity};
use crate::vault::dir::{Access, Dir, Kind, link_in_the_way};
use crate::vault::{Vault, plain};

mod folder;
mod lines;
mod writer;

use folder::Folder;

pub use writer::{OpenLog, Writer};

/// How the file is called that is locked while one process writes. It is never read and stays empty.
const LOCK_FILE: &str = ".lock";
/// How often a lock held by another process is asked for again, and how long apart.
const LOCK_TRIES: u32 = 100;
pub(crate) const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// What a device saw is a line for each scheduled note; a larger file is not that.
const MAX_SEEN_BYTES: u64 = 64 << 20;

/// How many files of the log are held open at a time: a system allows few, and a log may have thousands.
const OPEN_FILES: usize = 32;

/// The review log of a vault, as one device sees it.
#[derive(Clone, Debug)]
pub struct Journal {
    folder: Folder,
    /// The path of the folder: for messages alone.
    dir: PathBuf,
    label: String,
    device: String,
}

/// Why the log could not be written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process holds the lock.
    #[error("another `study` is writing to the review log; try again when it is done")]
    Busy,
    /// The file system refused.
    #[error("cannot {doing} {path}: {source}; the review log is not complete without it")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the log is a symlink.
    #[error(
        "`{}` is a link; the review log is written to files of its own only: replace the link by what it leads to",
        .0.display()
    )]
    Link(PathBuf),
    /// The folder of the log, or one above it in the vault, is a symlink.
    #[error(
        "`{}` is a link, and the review log is not written through one: replace it by a folder, or name the folder \
         that it leads to as `log_dir` in your own settings",
        .0.display()
    )]
    LinkedFolder(PathBuf),
    /// The file of the log has further names.
    #[error(
        "`{}` has {names} names (hard links), and the review log is written to a file of its own only: copy it to \
         a new file and rename that to it",
        .path.display()
    )]
    HardLink {
        /// The file.
        path: PathBuf,
        /// How many names it has.
        names: u64,
    },
    /// A line that was merged before is not there any more.
    #[error("{0} has changed while it was read; try again")]
    Changed(String),
}

impl Journal {
    /// The log in the folder `dir`, which is trusted, written by `device`. Problems name its files below `label`, the
    /// folder as the user knows it (relative to the vault where it lies inside). Nothing is opened yet.
    pub fn new(dir: impl Into<PathBuf>, label: impl Into<String>, device: impl Into<String>) -> Self {
        let dir = dir.into();
        Self { folder: Folder::Outside(dir.clone()), dir, label: label.into(), device: device.into() }
    }

    /// The log of `vault` that the settings name. Where it lies inside, nothing of it is read or written through a link.
    pub fn of(config: &crate::config::Config, vault: &Vault) -> Self {
        let inside = config.log_dir.strip_prefix(&config.vault).unwrap_or(&config.log_dir);
        let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        let label = if inside.is_absolute() { inside.to_string_lossy().into_owned() } else { parts.join("/") };
        let folder = Folder::of(&config.log_dir, vault);
        Self { folder, ..Self::new(&config.log_dir, label, &config.device) }
    }

    /// Whether any file may say that a note was suspended or buried: a search of bytes, so that a listing need not read
    /// the whole log. What cannot be searched may.
    pub fn may_set_aside(&self) -> bool {
        self.may_hold(&[b"\"suspend\"", b"\"bury\""])
    }

    /// Whether any file may say that a note was moved; as [`Journal::may_set_aside`].
    pub fn may_tell_of_moves(&self) -> bool {
        self.may_hold(&[b"\"move\""])
    }

    fn may_hold(&self, words: &[&[u8]]) -> bool {
        let dir = match self.folder.open() {
            Ok(None) => return false,
            Ok(Some(dir)) => dir,
            Err(_) => return true,
        };
        let Ok(names) = names(&dir) else { return true };
        names.iter().any(|name| match open_part(&dir, name) {
            Ok(part) => part.is_some_and(|file| lines::hold(file, words)),
            Err(_) => true,
        })
    }

    /// The text of what this device saw on its last run, for [`Seen::parse`](crate::log::Seen::parse); `None` before the
    /// first, or when it cannot be read or is a link.
    pub fn seen(&self) -> Option<String> {
        let bytes = self.folder.open().ok()??.read(self.beside("seen"), MAX_SEEN_BYTES).ok()?;
        String::from_utf8(bytes).ok()
    }

    /// The start of the same, with its first line; `None` also where there is no log.
    pub fn seen_start(&self) -> Option<Vec<u8>> {
        use std::io::Read;
        let dir = self.folder.open().ok()??;
        let mut start = Vec::new();
        let file = dir.open(self.beside("seen"), Access::Read);
        // Nothing was seen yet, and there is a log.
        let Ok(file) = file else { return Some(start) };
        file.take(256).read_to_end(&mut start).ok()?;
        Some(start)
    }

    /// Keeps what this device sees now, as [`Seen::text`](crate::log::Seen::text) tells it. A crash may lose it, and while another process writes nothing is kept: then
    /// changes made elsewhere since are not told apart.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn keep_seen(&self, seen: &str) -> Result<(), JournalError> {
        let name = self.beside("seen");
        let fail = |source| self.failed("write", name.as_ref(), source);
        let Some(alone) = self.try_lock(self.make_folder()?)? else { return Ok(()) };
        let dir = &alone.dir;
        // One name, so that a crash leaves one file at most, and the next run takes it away.
        const NEW: &str = ".seen.tmp";
        match dir.remove(NEW) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail(error)),
            _ => {}
        }
        let mut file = dir.create(NEW, Access::Write).map_err(fail)?;
        let written = fault::write(&mut file, seen.as_bytes(), "write what was seen");
        let renamed =
            written.and_then(|()| fault::step("rename what was seen")).and_then(|()| dir.rename(NEW, dir, &name));
        renamed.map_err(|error| {
            let _ = dir.remove(NEW);
            fail(error)
        })
    }

    /// What a process left that was about to change notes (see `desk::intent`), if it is there: at most `most` bytes. A
    /// link is nobody's.
    ///
    /// # Errors
    /// When it cannot be read, or is longer.
    pub(crate) fn pending(&self, most: u64) -> io::Result<Option<Vec<u8>>> {
        let Some(dir) = self.folder.open()? else { return Ok(None) };
        match dir.read(self.beside("pending"), most) {
            Err(error) if error.kind() == io::ErrorKind::NotFound || link_in_the_way(&error).is_some() => Ok(None),
            read => read.map(Some),
        }
    }

    /// A new file for what is about to happen, in place of one that says nothing any more.
    ///
    /// # Errors
    /// When the file system refuses.
    pub(crate) fn new_pending(&self) -> io::Result<File> {
        let (dir, name) = (self.folder.make()?, self.beside("pending"));
        match dir.create(&name, Access::Write) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                dir.remove(&name)?;
                dir.create(&name, Access::Write)
            }
            created => created,
        }
    }

    /// Writes that file whole, in one step in place of the one that is there: what that says stands nowhere else.
    ///
    /// # Errors
    /// When the file system refuses; then the old one is still there.
    pub(crate) fn replace_pending(&self, text: &[u8]) -> io::Result<()> {
        // One name, so that a crash leaves one file at most, and the next run takes it away.
        const NEW: &str = ".pending.tmp";
        let dir = self.folder.make()?;
        match dir.remove(NEW) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fault::write(&mut dir.create(NEW, Access::Write)?, text, "announce")?;
        dir.rename(NEW, &dir, self.beside("pending"))
    }

    /// Takes that file away.
    pub(crate) fn remove_pending(&self) {
        if let Ok(Some(dir)) = self.folder.open() {
            let _ = dir.remove(self.beside("pending"));
        }
    }

    /// Whether it is there.
    pub(crate) fn has_pending(&self) -> bool {
        let stat = |dir: Dir| dir.stat(self.beside("pending"));
        self.folder.open().ok().flatten().is_some_and(|dir| stat(dir).is_ok_and(|stat| stat.kind != Kind::Link))
    }

    /// The name of this device, as its events carry it.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Some letters and digits that follow from the name of this device: they mark its temporary files.
    pub fn mark(&self) -> String {
        EventId::of(&[self.device.as_bytes()]).to_string().chars().take(6).collect()
    }

    /// A name for a bulk operation on `notes`, see [`Change::batch`](log::Change::batch).
    pub fn batch(&self, kind: log::Kind, notes: &[NotePath], now: &Now) -> Option<EventId> {
        let (first, count) = (notes.first()?, notes.len() as u64);
        let (at, device) = (now.instant.to_rfc3339(), self.device.as_bytes());
        let what = [b"batch", at.as_bytes(), device, kind.word().as_bytes(), first.as_str().as_bytes()];
        Some(EventId::of(&[&what[..], &[&count.to_le_bytes()]].concat()))
    }

    /// The file that this device writes.
    pub fn file(&self) -> PathBuf {
        self.dir.join(self.beside("jsonl"))
    }

    /// The name of this device's file with that ending.
    fn beside(&self, ending: &str) -> String {
        format!("{}.{ending}", file_stem(&self.device))
    }

    /// Reads every file of the folder, copies that a synchroniser made of conflicting edits included.
    ///
    /// Nothing here is fatal: no folder is an empty log, and whatever cannot be read is a problem. Never waits for a lock.
    pub fn read(&self) -> (Log, Vec<Problem>) {
        self.read_with(&[])
    }

    /// The same as if `events` stood there too.
    pub fn read_with(&self, events: &[Event]) -> (Log, Vec<Problem>) {
        let mut merger = Merger::default();
        let mut problems = Vec::new();
        let listed =
            self.folder.open().and_then(|dir| dir.map(|dir| names(&dir).map(|names| (dir, names))).transpose());
        let listed = listed.unwrap_or_else(|error| {
            problems.push(self.unlisted(&error));
            None
        });
        for (dir, name) in listed.iter().flat_map(|(dir, names)| names.iter().map(move |name| (dir, name))) {
            let shown = self.shown(name);
            let read = open_part(dir, name).and_then(|part| {
                let Some(part) = part else { return Ok(()) };
                let file = merger.file(&shown);
                lines::all(&part, &mut merger, file)
            });
            if let Err(error) = read {
                problems.push(self.unread(&shown, &error));
            }
        }
        if !events.is_empty() {
            let file = merger.file("");
            for (number, event) in (1..).zip(events) {
                merger.line(file, number, 0, event.line().trim_end_matches('\n').as_bytes());
            }
        }
        let (log, more) = merger.finish();
        problems.extend(more);
        (log, problems)
    }

    /// The events of `entries` in full, read again from their lines, in the same order.
    ///
    /// # Errors
    /// When a file cannot be read or is not the one any more that `log` was read from.
    pub fn events(&self, log: &Log, entries: &[&Entry]) -> Result<Vec<Event>, JournalError> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let fail = |name: &OsStr, source| self.failed("read", name, source);
        let dir = self.folder.open().map_err(|error| self.failed_folder("open", error))?;
        let names = dir.as_ref().map_or_else(|| Ok(Vec::new()), names);
        let names = names.map_err(|error| self.failed_folder("list", error))?;
        let names: HashMap<String, &OsString> = names.iter().map(|name| (self.shown(name), name)).collect();
        let mut open: HashMap<u32, (&OsStr, File)> = HashMap::new();
        let mut events = Vec::with_capacity(entries.len());
        for entry in entries {
            let place = entry.place;
            let shown = log.files().get(place.file as usize).map_or("", String::as_str);
            let changed = || JournalError::Changed(shown.to_owned());
            if open.len() >= OPEN_FILES && !open.contains_key(&place.file) {
                open.clear();
            }
            let (name, file) = match open.entry(place.file) {
                MapEntry::Occupied(known) => known.into_mut(),
                MapEntry::Vacant(new) => {
                    let name = *names.get(shown).ok_or_else(changed)?;
                    let dir = dir.as_ref().ok_or_else(changed)?;
                    new.insert((name, dir.open(name, Access::Read).map_err(|error| fail(name, error))?))
                }
            };
            let event = match event_at(file, place) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(changed()),
                read => read.map_err(|error| fail(name, error))?,
            };
            events.push(event.filter(|event| event.id == entry.id).ok_or_else(changed)?);
        }
        Ok(events)
    }

    /// Waits its turn to write, two seconds at most. Nobody else writes until the value is dropped or the process ends;
    /// reading goes on as before.
    ///
    /// # Errors
    /// When another process keeps the lock, or the folder cannot be made.
    pub fn lock(&self) -> Result<Writer<'_>, JournalError> {
        for _ in 0..LOCK_TRIES {
            // Opened again each time: a synchroniser may have put another folder there.
            if let Some(writer) = self.try_lock(self.make_folder()?)? {
                return Ok(writer);
            }
            std::thread::sleep(LOCK_PAUSE);
        }
        Err(JournalError::Busy)
    }

    /// The right to write in the folder, if nobody has it.
    fn try_lock(&self, dir: Dir) -> Result<Option<Writer<'_>>, JournalError> {
        let fail = |doing, source| self.failed(doing, LOCK_FILE.as_ref(), source);
        let (lock, _) = dir.open_or_create(LOCK_FILE, Access::Append).map_err(|error| fail("open", error))?;
        let alone = match lock.try_lock() {
            // A synchroniser may have put another file there since it was opened.
            Ok(()) if dir.leads_to(LOCK_FILE, &lock) => true,
            Ok(()) | Err(TryLockError::WouldBlock) => return Ok(None),
            // A file system that knows no locks is written to without.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => false,
            Err(TryLockError::Error(source)) => return Err(fail("lock", source)),
        };
        Ok(Some(Writer { journal: self, dir, alone, _lock: lock }))
    }

    fn make_folder(&self) -> Result<Dir, JournalError> {
        self.folder.make().map_err(|error| self.failed_folder("make or open the folder", error))
    }

    fn shown(&self, name: &OsStr) -> String {
        format!("{}/{}", self.label, name.to_string_lossy())
    }

    /// Why something could not be done to the file `name` of the folder.
    fn failed(&self, doing: &'static str, name: &OsStr, source: io::Error) -> JournalError {
        let path = self.dir.join(name);
        if link_in_the_way(&source).is_some() { JournalError::Link(path) } else { io_error(doing, path, source) }
    }

    fn failed_folder(&self, doing: &'static str, source: io::Error) -> JournalError {
        match link_in_the_way(&source) {
            Some(link) => JournalError::LinkedFolder(self.folder.shown(link).to_owned()),
            None => io_error(doing, self.dir.clone(), source),
        }
    }

    /// The problem of a folder that cannot be listed.
    fn unlisted(&self, error: &io::Error) -> Problem {
        let Some(link) = link_in_the_way(error) else {
            return unreadable(&self.label, format!("the review log cannot be listed: {}", plain(error)), PERMISSIONS);
        };
        let link = self.folder.shown(link).to_string_lossy().replace('\\', "/");
        let advice = "replace it by a folder, or name the folder that it leads to as `log_dir` in your own settings";
        unreadable(&link, "is a link, and the review log is not read through one".into(), advice)
    }

    /// The problem of a file that cannot be read.
    fn unread(&self, shown: &str, error: &io::Error) -> Problem {
        if link_in_the_way(error).is_some() {
            let message = "is a link, and the review log is not read through one";
            return unreadable(shown, message.into(), "replace it by what it leads to, or delete it");
        }
        unreadable(shown, format!("this part of the review log cannot be read: {}", plain(error)), PERMISSIONS)
    }
}

const PERMISSIONS: &str = "its reviews are not counted; check its permissions";

fn unreadable(path: &str, message: String, advice: &'static str) -> Problem {
    let (code, severity, advice) = (Code::Unreadable, Severity::Problem, Advice::Do(advice));
    Finding { code, severity, line: None, column: None, message, advice }.at(NotePath::new(path))
}

/// The names of the files that may hold events, in their order.
fn names(dir: &Dir) -> io::Result<Vec<OsString>> {
    let is_part = |name: &OsString| {
        let bytes = name.as_encoded_bytes();
        let ending = bytes.len().checked_sub(6).and_then(|at| bytes.get(at..));
        ending.is_some_and(|ending| ending.eq_ignore_ascii_case(b".jsonl")) && !bytes.starts_with(b".")
    };
    let mut names: Vec<OsString> = dir.names()?.into_iter().filter(is_part).collect();
    names.sort_unstable();
    Ok(names)
}

/// Opens a file of events; `None` for a folder of that name.
fn open_part(dir: &Dir, name: &OsStr) -> io::Result<Option<File>> {
    match dir.open(name, Access::Read) {
        Err(_) if dir.stat(name).is_ok_and(|stat| stat.kind == Kind::Folder) => Ok(None),
        opened => opened.map(Some),
    }
}

/// The event in the line at `place`, if there is one.
fn event_at(file: &mut File, place: Place) -> io::Result<Option<Event>> {
    let mut line = vec![0; (place.length as usize).min(MAX_LINE_BYTES)];
    file.seek(SeekFrom::Start(place.offset))?;
    file.read_exact(&mut line)?;
    Ok(Event::parse(&line).ok())
}

fn io_error(doing: &'static str, path: PathBuf, source: io::Error) -> JournalError {
    JournalError::Io { doing, path, source }
}

/// The device name as a file name that every system takes. A name that had to be changed ends in a few digits that
/// follow from it, so that two devices never share a file.
pub fn file_stem(device: &str) -> String {
    const LONGEST: usize = 64;
    let fit = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    let mut stem: String = device.chars().map(|c| if fit(c) { c } else { '-' }).collect();
    while stem.len() > LONGEST {
        stem.pop();
    }
    let trimmed = stem.trim_matches(|c: char| c == '.' || c == ' ');
    let base = trimmed.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let numbered =
        |prefix: &str| base.strip_prefix(prefix).is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()));
    let reserved = matches!(base.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT");
    if !trimmed.is_empty() && trimmed == device && !reserved {
        return stem;
    }
    let digits = EventId::of(&[device.as_bytes()]).to_string();
    let name = if trimmed.is_empty() { "device" } else { trimmed };
    let mark = digits.get(..6).unwrap_or_default();
    if reserved { format!("device-{name}-{mark}") } else { format!("{name}-{mark}") }
}

#[cfg(test)]
mod tests;
