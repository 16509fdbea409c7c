//! The review log on disk: one file a device, only ever appended to; read together, whoever wrote them.

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::fault;
use crate::log::{Change, Entry, Event, EventId, Log, MAX_LINE_BYTES, Merger, Place};
use crate::note::NotePath;
use crate::problem::{Advice, Code, Finding, Problem, Severity};
use crate::vault::sync_folder;

mod lines;
mod writer;

pub use writer::{OpenLog, Writer};

/// How the file is called that is locked while one process writes. It is never read and stays empty.
const LOCK_FILE: &str = ".lock";
/// How often a lock held by another process is asked for again, and how long apart.
const LOCK_TRIES: u32 = 100;
pub(crate) const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// The review log of a vault, as one device sees it.
#[derive(Clone, Debug)]
pub struct Journal {
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
        "`{0}` is a link; the review log is written to files of its own only: replace the link by what it leads to"
    )]
    Link(PathBuf),
    /// A line that was merged before is not there any more.
    #[error("{0} has changed while it was read; try again")]
    Changed(String),
}

impl Journal {
    /// The log in the folder `dir`, written by `device`. Problems name its files below `label`, the folder as the user
    /// knows it (relative to the vault where it lies inside). Nothing is opened yet.
    pub fn new(dir: impl Into<PathBuf>, label: impl Into<String>, device: impl Into<String>) -> Self {
        Self { dir: dir.into(), label: label.into(), device: device.into() }
    }

    /// The log that the settings name.
    pub fn of(config: &crate::config::Config) -> Self {
        let inside = config.log_dir.strip_prefix(&config.vault).unwrap_or(&config.log_dir);
        let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        let label = if inside.is_absolute() { inside.to_string_lossy().into_owned() } else { parts.join("/") };
        Self::new(&config.log_dir, label, &config.device)
    }

    /// Whether any file may say that a note was suspended or buried: a search of bytes, so that a listing need not read
    /// the whole log.
    pub fn may_set_aside(&self) -> bool {
        const WORDS: [&[u8]; 2] = [b"\"suspend\"", b"\"bury\""];
        let holds = |name| File::open(self.dir.join(name)).is_ok_and(|file| lines::hold(file, &WORDS));
        self.names().unwrap_or_default().into_iter().any(holds)
    }

    /// The text of what this device saw on its last run, for [`Seen::parse`](crate::log::Seen::parse); `None` before the
    /// first, or when it cannot be read or is a link.
    pub fn seen(&self) -> Option<String> {
        let path = self.file().with_extension("seen");
        // What a link leads to, or a pipe, may never end.
        let is_file = fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_file());
        is_file.then(|| fs::read_to_string(path).ok()).flatten()
    }

    /// Keeps what this device sees now, as [`Seen::text`](crate::log::Seen::text) tells it. A crash may lose it, and while another process writes nothing is kept: then
    /// changes made elsewhere since are not told apart.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn keep_seen(&self, seen: &str) -> Result<(), JournalError> {
        let path = self.file().with_extension("seen");
        let fail = |source| failed("write", &path, source);
        create_folder(&self.dir)?;
        let Some(_alone) = self.try_lock()? else { return Ok(()) };
        // One name, so that a crash leaves one file at most, and the next run takes it away.
        let new = self.dir.join(".seen.tmp");
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail(error)),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).open(&new).map_err(fail)?;
        let written = fault::write(&mut file, seen.as_bytes(), "write what was seen");
        let renamed = written.and_then(|()| fault::step("rename what was seen")).and_then(|()| fs::rename(&new, &path));
        renamed.map_err(|error| {
            let _ = fs::remove_file(&new);
            fail(error)
        })
    }

    /// The name of this device, as its events carry it.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Some letters and digits that follow from the name of this device: they mark its temporary files.
    pub fn mark(&self) -> String {
        EventId::of(&[self.device.as_bytes()]).to_string().chars().take(6).collect()
    }

    /// A name for the bulk operation that `changes` belong to, see [`Change::batch`].
    pub fn batch(&self, changes: &[Change]) -> Option<EventId> {
        let first = changes.first()?.clone().seal(&self.device, 0);
        Some(EventId::of(&[b"batch", first.line().as_bytes(), &changes.len().to_le_bytes()]))
    }

    /// The file that this device writes.
    pub fn file(&self) -> PathBuf {
        self.dir.join(format!("{}.jsonl", file_stem(&self.device)))
    }

    /// Reads every file of the folder, copies that a synchroniser made of conflicting edits included.
    ///
    /// Nothing here is fatal: no folder is an empty log, and whatever cannot be read is a problem. Never waits for a lock.
    pub fn read(&self) -> (Log, Vec<Problem>) {
        let mut merger = Merger::default();
        let mut problems = Vec::new();
        let names = match self.names() {
            Ok(names) => names,
            Err(error) => {
                problems.push(self.problem(None, format!("the review log cannot be listed: {error}")));
                Vec::new()
            }
        };
        for name in names {
            let shown = self.shown(&name);
            let file = merger.file(&shown);
            let read = File::open(self.dir.join(&name)).and_then(|opened| lines::each(opened, &mut merger, file));
            if let Err(error) = read {
                problems
                    .push(self.problem(Some(&shown), format!("this part of the review log cannot be read: {error}")));
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
        let names = self.names().map_err(|source| failed("read", &self.dir, source))?;
        let mut open: HashMap<u32, (PathBuf, File)> = HashMap::new();
        let mut events = Vec::with_capacity(entries.len());
        for entry in entries {
            let place = entry.place;
            let shown = log.files().get(place.file as usize).map_or("", String::as_str);
            let changed = || JournalError::Changed(shown.to_owned());
            let (path, file) = match open.entry(place.file) {
                MapEntry::Occupied(known) => known.into_mut(),
                MapEntry::Vacant(new) => {
                    let path = self.dir.join(names.iter().find(|name| self.shown(name) == shown).ok_or_else(changed)?);
                    let file = File::open(&path).map_err(|source| failed("read", &path, source))?;
                    new.insert((path, file))
                }
            };
            let event = match event_at(file, place) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(changed()),
                read => read.map_err(|source| failed("read", path, source))?,
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
        create_folder(&self.dir)?;
        for _ in 0..LOCK_TRIES {
            if let Some(writer) = self.try_lock()? {
                return Ok(writer);
            }
            std::thread::sleep(LOCK_PAUSE);
        }
        Err(JournalError::Busy)
    }

    /// The right to write, if nobody has it.
    fn try_lock(&self) -> Result<Option<Writer<'_>>, JournalError> {
        let path = self.dir.join(LOCK_FILE);
        refuse_link(&path)?;
        let mut open = OpenOptions::new();
        let lock = open.create(true).append(true).open(&path).map_err(|source| failed("open", &path, source))?;
        let alone = match lock.try_lock() {
            // A synchroniser may have put another file there since it was opened.
            Ok(()) if is_still(&lock, &path) => true,
            Ok(()) | Err(TryLockError::WouldBlock) => return Ok(None),
            // A file system that knows no locks is written to without.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => false,
            Err(TryLockError::Error(source)) => return Err(failed("lock", &path, source)),
        };
        Ok(Some(Writer { journal: self, alone, _lock: lock }))
    }

    /// The names of the files that hold events, in their order. A folder that is not there has none.
    fn names(&self) -> io::Result<Vec<std::ffi::OsString>> {
        let listing = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            listing => listing?,
        };
        let mut names = Vec::new();
        for found in listing {
            let found = found?;
            let name = found.file_name();
            let bytes = name.as_encoded_bytes();
            let ending = bytes.len().checked_sub(6).and_then(|at| bytes.get(at..));
            if ending.is_some_and(|ending| ending.eq_ignore_ascii_case(b".jsonl"))
                && !bytes.starts_with(b".")
                // A pipe or a device would never end.
                && fs::metadata(found.path()).is_ok_and(|target| target.is_file())
            {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn shown(&self, name: &std::ffi::OsStr) -> String {
        format!("{}/{}", self.label, name.to_string_lossy())
    }

    fn problem(&self, path: Option<&str>, message: String) -> Problem {
        let advice = Advice::Do("its reviews are not counted; see who may read it");
        Finding { code: Code::Unreadable, severity: Severity::Notice, line: None, column: None, message, advice }
            .at(NotePath::new(path.unwrap_or(&self.label)))
    }
}

/// The event in the line at `place`, if there is one.
fn event_at(file: &mut File, place: Place) -> io::Result<Option<Event>> {
    let mut line = vec![0; (place.length as usize).min(MAX_LINE_BYTES)];
    file.seek(SeekFrom::Start(place.offset))?;
    file.read_exact(&mut line)?;
    Ok(Event::parse(&line).ok())
}

/// Refuses a symlink: a vault from elsewhere could have one that leads to a file of the user's.
fn refuse_link(path: &Path) -> Result<(), JournalError> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_symlink() => Err(JournalError::Link(path.to_owned())),
        _ => Ok(()),
    }
}

/// Whether `path` still leads to the open file.
#[cfg(unix)]
fn is_still(open: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same = |a: fs::Metadata, b: fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    open.metadata().ok().zip(fs::symlink_metadata(path).ok()).is_some_and(|(a, b)| same(a, b))
}

#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> bool {
    true
}

/// Makes the folder and makes it last.
fn create_folder(dir: &Path) -> Result<(), JournalError> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(dir).map_err(|source| failed("make the folder", dir, source))?;
    // The names of new folders stand in those above them.
    for above in dir.ancestors().skip(1).take(2) {
        let _ = sync_folder(above);
    }
    Ok(())
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> JournalError {
    JournalError::Io { doing, path: path.to_owned(), source }
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
mod tests {
    use std::io::Write;

    use super::*;
    use crate::clock::Now;
    use crate::log::Kind;

    fn change(note: &str) -> Change {
        let instant = chrono::DateTime::parse_from_rfc3339("2026-01-15T07:30:00+01:00").unwrap();
        Change::new(Kind::Tick, NotePath::new(note), &Now { instant, today: "2026-01-15".parse().unwrap() })
    }

    fn notes(journal: &Journal) -> (Vec<String>, Vec<String>) {
        let (log, problems) = journal.read();
        let notes = log.entries().iter().map(|entry| log.note(entry).to_owned()).collect();
        (notes, problems.iter().map(Problem::to_string).collect())
    }

    #[test]
    fn what_is_written_down_is_read_back_in_full() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::new(dir.path().join(".study/log"), ".study/log", "desk");
        assert_eq!(notes(&journal), (vec![], vec![]));
        let first = journal.lock().unwrap().append_all(vec![change("a.md")]).unwrap();
        let rest = journal.lock().unwrap().append_all(vec![change("a.md"), change("b.md")]).unwrap();
        let (log, problems) = journal.read();
        assert_eq!(problems, []);
        let entries: Vec<&Entry> = log.entries().iter().collect();
        let events = journal.events(&log, &entries).unwrap();
        assert_eq!(events, [first, rest].concat());
        let text = std::fs::read_to_string(journal.file()).unwrap();
        assert_eq!(text, events.iter().map(Event::line).collect::<String>());
    }

    #[test]
    fn a_line_cut_off_by_a_crash_costs_only_itself() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::new(dir.path(), "log", "desk");
        journal.lock().unwrap().append_all(vec![change("a.md"), change("b.md")]).unwrap();
        let text = std::fs::read(journal.file()).unwrap();
        std::fs::write(journal.file(), &text[..text.len() - 20]).unwrap();
        journal.lock().unwrap().append_all(vec![change("c.md")]).unwrap();
        let (notes, problems) = notes(&journal);
        assert_eq!(notes, ["a.md", "c.md"]);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("log/desk.jsonl:2: this line was not written to its end;"), "{problems:?}");
    }

    #[test]
    fn every_file_of_the_folder_counts_but_no_other_kind() {
        let dir = tempfile::tempdir().unwrap();
        for device in ["desk", "phone"] {
            Journal::new(dir.path(), "log", device)
                .lock()
                .unwrap()
                .append_all(vec![change(&format!("{device}.md"))])
                .unwrap();
        }
        let copy = dir.path().join("phone.sync-conflict-20260115-073000-ABCDEFG.jsonl");
        std::fs::copy(dir.path().join("phone.jsonl"), &copy).unwrap();
        for name in [".phone.jsonl", "notes.md", "phone.jsonl.tmp"] {
            std::fs::write(dir.path().join(name), "nonsense").unwrap();
        }
        std::fs::create_dir(dir.path().join("old.jsonl")).unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/dev/zero", dir.path().join("zero.jsonl")).unwrap();
            std::os::unix::fs::symlink("nowhere", dir.path().join("dangling.jsonl")).unwrap();
        }
        assert_eq!(
            notes(&Journal::new(dir.path(), "log", "desk")),
            (vec!["desk.md".into(), "phone.md".into()], vec![])
        );
    }

    #[test]
    fn one_process_writes_at_a_time_and_reading_never_waits() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::new(dir.path(), "log", "desk");
        let mut writer = journal.lock().unwrap();
        writer.append_all(vec![change("a.md")]).unwrap();
        let lock = OpenOptions::new().append(true).open(dir.path().join(LOCK_FILE)).unwrap();
        assert!(matches!(lock.try_lock(), Err(TryLockError::WouldBlock)));
        assert_eq!(notes(&journal).0, ["a.md"]);
        drop(writer);
        lock.try_lock().unwrap();
    }

    #[test]
    fn the_name_of_the_next_event_is_known_before_it_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::new(dir.path(), "log", "desk");
        for torn in ["", "half a li"] {
            let mut writer = journal.lock().unwrap();
            let mut file = OpenOptions::new().create(true).append(true).open(journal.file()).unwrap();
            file.write_all(torn.as_bytes()).unwrap();
            let log = writer.open().unwrap();
            let sealed = log.seal([change("a.md"), change("b.md")]);
            assert_eq!(writer.append_all(vec![change("a.md"), change("b.md")]).unwrap(), sealed);
        }
    }

    #[test]
    fn events_keep_their_names_when_one_before_them_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::new(dir.path(), "log", "desk");
        let mut writer = journal.lock().unwrap();
        writer.append_all(vec![change("before.md")]).unwrap();
        let mut log = writer.open().unwrap();
        let mut sealed = log.seal(["a.md", "b.md", "c.md"].map(change));
        sealed.remove(0);
        let ids: Vec<EventId> = sealed.iter().map(|event| event.id).collect();
        let before = std::fs::metadata(journal.file()).unwrap().len();
        let written = log.write(sealed).unwrap();
        assert_eq!(written.iter().map(|event| event.id).collect::<Vec<_>>(), ids);
        assert_eq!(written[0].seq, before);
        assert_eq!(notes(&journal).0, ["before.md", "b.md", "c.md"]);
        assert!(log.take_back());
        assert_eq!(std::fs::metadata(journal.file()).unwrap().len(), before);
        // What another process wrote behind it, where no lock holds, is not cut off with it.
        let mut log = writer.open().unwrap();
        let events = log.seal([change("a.md")]);
        log.write(events).unwrap();
        OpenOptions::new().append(true).open(journal.file()).unwrap().write_all(b"more\n").unwrap();
        assert!(!log.take_back());
        assert!(std::fs::read_to_string(journal.file()).unwrap().ends_with("}\nmore\n"));
    }

    #[cfg(unix)]
    #[test]
    fn nothing_of_the_log_is_written_or_remembered_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::new(dir.path().join("log"), "log", "desk");
        drop(journal.lock().unwrap());
        let precious = dir.path().join("precious");
        std::fs::write(&precious, "text").unwrap();
        std::os::unix::fs::symlink(&precious, journal.file()).unwrap();
        let refused = journal.lock().unwrap().append_all(vec![change("a.md")]);
        assert!(matches!(refused, Err(JournalError::Link(path)) if path == journal.file()));
        std::os::unix::fs::symlink(&precious, journal.file().with_extension("seen")).unwrap();
        assert_eq!(journal.seen(), None);
        journal.keep_seen("seen").unwrap();
        assert_eq!(journal.seen().as_deref(), Some("seen"));
        std::fs::remove_file(dir.path().join("log/.lock")).unwrap();
        std::os::unix::fs::symlink(&precious, dir.path().join("log/.lock")).unwrap();
        assert!(matches!(journal.lock(), Err(JournalError::Link(_))));
        assert_eq!(std::fs::read_to_string(precious).unwrap(), "text");
    }

    #[test]
    fn events_of_a_log_that_has_changed_since_are_not_made_up() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::new(dir.path(), "log", "desk");
        journal.lock().unwrap().append_all(vec![change("a.md"), change("b.md")]).unwrap();
        let (log, _) = journal.read();
        let entries: Vec<&Entry> = log.entries().iter().collect();
        std::fs::write(journal.file(), "{}\n").unwrap();
        assert!(matches!(journal.events(&log, &entries), Err(JournalError::Changed(file)) if file == "log/desk.jsonl"));
    }

    #[test]
    fn lines_of_any_length_are_read_past() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::new(dir.path(), "log", "desk");
        std::fs::write(journal.file(), "x".repeat(MAX_LINE_BYTES + 5) + "\n").unwrap();
        journal.lock().unwrap().append_all(vec![change("a.md")]).unwrap();
        let (log, problems) = journal.read();
        assert_eq!(problems.len(), 1);
        assert_eq!(journal.events(&log, &[&log.entries()[0]]).unwrap()[0].change, change("a.md"));
    }

    #[test]
    fn a_device_name_makes_a_file_name_everywhere() {
        for plain in ["desk", "Anna's".trim_end_matches("'s"), "büro-2", "my laptop", "a.b"] {
            assert_eq!(file_stem(plain), plain);
        }
        let cases = [
            ("../../etc", "-..-etc-"),
            ("a/b", "a-b-"),
            ("", "device-"),
            ("...", "device-"),
            ("con", "device-con-"),
            ("lpt1.x", "device-lpt1.x-"),
            ("nul\0", "nul--"),
            ("line\nbreak", "line-break-"),
        ];
        for (device, start) in cases {
            let stem = file_stem(device);
            assert!(stem.starts_with(start) && stem.len() == start.len() + 6, "{device:?}: {stem}");
        }
        assert_ne!(file_stem("a/b"), file_stem("a\\b"));
        assert!(file_stem(&"日".repeat(500)).len() <= 71);
    }
}
