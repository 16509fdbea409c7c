//! Reading a note: whole, once, into a buffer that is used again.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::Vault;
use super::dir::Access;
use super::folder::open;
use super::locate::leads_out;
use crate::note::NotePath;
use crate::note::schedule::{NOT_TEXT, flaw};
use crate::problem::{Advice, Code, Finding, Severity};

/// The largest note that is looked at, in bytes. The largest note met in public vaults has half a megabyte.
pub const MAX_NOTE_BYTES: usize = 32 << 20;

/// What is asked for at once: more than nearly all notes have.
const FIRST_READ: usize = 64 << 10;

/// What the buffer of one reader of many grows to.
const OWN: usize = 256 << 10;

/// Reads files one after the other into one buffer.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
}

/// When the end of a file is taken to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// When a read says so. What is written again must be all there is, on whatever file system.
    Told,
    /// When a read gives less than there is room for, as those of regular files on local disks do only at the end: one
    /// system call less for each note.
    Short,
}

impl Reader {
    /// The bytes of the file at `path`.
    ///
    /// # Errors
    /// A finding when it cannot be opened or read, is no regular file, or is larger than [`MAX_NOTE_BYTES`].
    pub fn read(&mut self, path: &Path) -> Result<&[u8], Finding> {
        self.read_open(&open(path).map_err(|e| unreadable(&e))?)
    }

    /// The bytes of an open file.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub(crate) fn read_open(&mut self, file: &File) -> Result<&[u8], Finding> {
        let (Filled::All(length) | Filled::Begun(length)) = fill(&mut self.buffer, 0, file, End::Told, usize::MAX)?;
        Ok(self.buffer.get(..length).unwrap_or_default())
    }

    /// Has a mere look at the bytes of an open file. A large note is read into the buffer that all readers share, so that
    /// one of them is held at a time.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub(super) fn look<T>(
        &mut self,
        file: &File,
        shared: &Mutex<Vec<u8>>,
        look: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, Finding> {
        let begun = match fill(&mut self.buffer, 0, file, End::Short, OWN)? {
            Filled::All(length) => return Ok(look(self.buffer.get(..length).unwrap_or_default())),
            Filled::Begun(length) => self.buffer.get(..length).unwrap_or_default(),
        };
        // A look that panicked has left nothing that is not overwritten.
        let mut large = shared.lock().unwrap_or_else(PoisonError::into_inner);
        if large.len() < begun.len() {
            large.resize(begun.len(), 0);
        }
        if let Some(start) = large.get_mut(..begun.len()) {
            start.copy_from_slice(begun);
        }
        let (Filled::All(length) | Filled::Begun(length)) =
            fill(&mut large, begun.len(), file, End::Short, usize::MAX)?;
        Ok(look(large.get(..length).unwrap_or_default()))
    }
}

/// How far a file was read.
enum Filled {
    /// To its end: this many bytes.
    All(usize),
    /// This many bytes, and the buffer would have to grow too large for the rest.
    Begun(usize),
}

/// Reads on at `filled`, into a buffer that grows to `most` bytes.
fn fill(buffer: &mut Vec<u8>, mut filled: usize, file: &File, end: End, most: usize) -> Result<Filled, Finding> {
    if buffer.len() < FIRST_READ {
        buffer.resize(FIRST_READ, 0);
    }
    loop {
        if filled == buffer.len() {
            // A large note: its size says how much room it needs, or that it need not be read any further.
            let size = file.metadata().map_or(0, |meta| meta.len());
            if filled > MAX_NOTE_BYTES || size > MAX_NOTE_BYTES as u64 {
                return Err(too_large());
            }
            let grown = (size as usize + 1).max(filled * 2).min(MAX_NOTE_BYTES + FIRST_READ);
            if grown > most {
                return Ok(Filled::Begun(filled));
            }
            buffer.resize(grown, 0);
        }
        let room = buffer.len() - filled;
        let got = match read_some(file, &mut buffer[filled..]) {
            Ok(got) => got,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(unreadable(&e)),
        };
        filled += got;
        if got == 0 || (end == End::Short && got < room) {
            return Ok(Filled::All(filled));
        }
    }
}

#[cfg(unix)]
fn read_some(file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::io::read(file, buffer)?)
}

#[cfg(not(unix))]
fn read_some(mut file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    io::Read::read(&mut file, buffer)
}

impl Vault {
    /// The text of a note.
    ///
    /// # Errors
    /// A finding when the file cannot be read, is too large, or is not UTF-8 text without NUL bytes.
    pub fn read(&self, note: &NotePath) -> Result<String, Finding> {
        let file = self.locate(note).and_then(|located| located.open(Access::Read));
        let file = file.map_err(|error| unreadable(&error))?;
        text(Reader::default().read_open(&file)?).map(str::to_owned)
    }
}

/// `bytes` as the text of a note.
///
/// # Errors
/// A finding when they are not UTF-8 or hold a NUL byte.
pub fn text(bytes: &[u8]) -> Result<&str, Finding> {
    if let Some((at, what)) = flaw(bytes) {
        return Err(Finding {
            code: Code::NotText,
            severity: Severity::Refusal,
            line: Some(1 + memchr::memchr_iter(b'\n', bytes.get(..at).unwrap_or_default()).count()),
            column: None,
            message: what.to_owned(),
            advice: NOT_TEXT,
        });
    }
    // Only bytes that are UTF-8 come here.
    Ok(simdutf8::basic::from_utf8(bytes).unwrap_or_default())
}

/// A note that the system does not let be read.
pub(crate) fn unreadable(error: &io::Error) -> Finding {
    if leads_out(error).is_some() {
        return Finding {
            code: Code::Unreadable,
            severity: Severity::Refusal,
            line: None,
            column: None,
            message: "is a link out of the vault".to_owned(),
            advice: Advice::Do("set `follow_links = true` in your own settings to have such notes read and written"),
        };
    }
    Finding {
        code: Code::Unreadable,
        severity: Severity::Refusal,
        line: None,
        column: None,
        message: format!("cannot be read: {}", plain(error)),
        advice: Advice::Do("check its permissions"),
    }
}

fn too_large() -> Finding {
    Finding {
        code: Code::TooLarge,
        severity: Severity::Refusal,
        line: None,
        column: None,
        message: format!("is larger than {} MiB", MAX_NOTE_BYTES >> 20),
        advice: Advice::Do("split it, or keep it outside the vault"),
    }
}

/// Whether the system had no room for one more open file, or no memory.
#[cfg(unix)]
pub(crate) fn is_short_of_something(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let short = [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::NOBUFS];
    Errno::from_io_error(error).is_some_and(|errno| short.contains(&errno))
}

#[cfg(not(unix))]
pub(crate) fn is_short_of_something(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::OutOfMemory
}

/// An I/O error in words, lower case, without the number of the operating system.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_of(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    #[test]
    fn a_buffer_is_used_again_for_files_of_every_size() {
        let (mut reader, shared) = (Reader::default(), Mutex::default());
        for size in
            [0, 1, FIRST_READ - 1, FIRST_READ, FIRST_READ + 1, 3 * FIRST_READ, OWN - 1, OWN, 2 * OWN, OWN + 1, 5]
        {
            let bytes: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
            let file = file_of(&bytes);
            assert_eq!(Reader::default().read(file.path()).unwrap(), bytes, "{size}");
            let seen = reader.look(&open(file.path()).unwrap(), &shared, |seen| seen == bytes);
            assert_eq!(seen, Ok(true), "{size}");
        }
        assert!(reader.buffer.len() <= OWN);
    }

    #[test]
    fn a_file_over_the_limit_is_refused_without_reading_all_of_it() {
        let file = file_of(b"");
        file.as_file().set_len(1 << 40).unwrap();
        let mut reader = Reader::default();
        assert_eq!(reader.read(file.path()).unwrap_err().code, Code::TooLarge);
        let looked = Reader::default().look(&open(file.path()).unwrap(), &Mutex::default(), |_| ());
        assert_eq!(looked.map_err(|finding| finding.code), Err(Code::TooLarge));
        file.as_file().set_len(MAX_NOTE_BYTES as u64).unwrap();
        assert_eq!(reader.read(file.path()).unwrap().len(), MAX_NOTE_BYTES);
    }

    #[test]
    fn what_is_not_text_says_on_which_line() {
        let finding = text(b"a\nb\xff").unwrap_err();
        assert_eq!((finding.line, finding.code), (Some(2), Code::NotText));
        assert_eq!(text(b"a\0").unwrap_err().line, Some(1));
    }
}
