//! Reading a note: whole, once, into a buffer that is used again.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::Vault;
use crate::note::NotePath;
use crate::problem::{Advice, Code, Finding, Severity};

/// The largest note that is looked at, in bytes. The largest note met in public vaults has half a megabyte.
pub const MAX_NOTE_BYTES: usize = 32 << 20;

const FIRST_READ: usize = 64 << 10;

/// Reads files one after the other into one buffer.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    /// The bytes of the file at `path`.
    ///
    /// # Errors
    /// A finding when it cannot be opened or read, is no regular file, or is larger than [`MAX_NOTE_BYTES`].
    pub fn read(&mut self, path: &Path) -> Result<&[u8], Finding> {
        let file = File::open(path).map_err(|e| unreadable(&e))?;
        self.read_open(file)
    }

    /// The bytes of an open file, from where it stands to its end.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn read_open(&mut self, mut file: File) -> Result<&[u8], Finding> {
        if self.buffer.len() < FIRST_READ {
            self.buffer.resize(FIRST_READ, 0);
        }
        let mut filled = 0;
        loop {
            let room = self.buffer.len() - filled;
            let got = match file.read(&mut self.buffer[filled..]) {
                Ok(got) => got,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(unreadable(&e)),
            };
            filled += got;
            // A regular file gives less than asked for only at its end: no second read to be told so.
            if got < room {
                break;
            }
            // Asked only of notes that fill the first buffer: hardly any.
            let size = file.metadata().map_or(0, |meta| meta.len());
            if filled.max(usize::try_from(size).unwrap_or(usize::MAX)) > MAX_NOTE_BYTES {
                self.buffer = Vec::new();
                return Err(too_large());
            }
            let grown = (self.buffer.len() * 2).min(MAX_NOTE_BYTES + FIRST_READ);
            self.buffer.resize(grown, 0);
        }
        Ok(&self.buffer[..filled])
    }
}

impl Vault {
    /// The text of a note.
    ///
    /// # Errors
    /// A finding when the file cannot be read, is too large, or is not UTF-8 text without NUL bytes.
    pub fn read(&self, note: &NotePath) -> Result<String, Finding> {
        let file = self.file(note);
        // Opening a pipe would wait without end.
        if std::fs::metadata(&file).map_err(|e| unreadable(&e))?.is_file() {
            return text(Reader::default().read(&file)?).map(str::to_owned);
        }
        Err(unreadable(&io::Error::other("not a regular file")))
    }
}

impl Vault {
    /// Whether another program may be in the middle of writing the note: it is empty, and has been for no longer than a
    /// writer needs between emptying a file and filling it.
    pub fn is_being_filled(&self, note: &NotePath) -> bool {
        const GAP: std::time::Duration = std::time::Duration::from_millis(100);
        std::fs::metadata(self.file(note)).is_ok_and(|meta| {
            let age = meta.modified().ok().and_then(|at| at.elapsed().ok());
            meta.len() == 0 && age.is_some_and(|age| age < GAP)
        })
    }
}

/// `bytes` as the text of a note.
///
/// # Errors
/// A finding when they are not UTF-8 or hold a NUL byte.
pub fn text(bytes: &[u8]) -> Result<&str, Finding> {
    let not_text = |at: usize, what: &str| Finding {
        code: Code::NotText,
        severity: Severity::Refusal,
        line: Some(1 + memchr::memchr_iter(b'\n', &bytes[..at]).count()),
        column: None,
        message: what.to_owned(),
        advice: Advice::Do("save the note as UTF-8 text"),
    };
    if let Some(at) = memchr::memchr(0, bytes) {
        return Err(not_text(at, "holds a NUL byte"));
    }
    std::str::from_utf8(bytes).map_err(|e| not_text(e.valid_up_to(), "is not UTF-8 text"))
}

fn unreadable(error: &io::Error) -> Finding {
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
        let mut reader = Reader::default();
        for size in [0, 1, FIRST_READ - 1, FIRST_READ, FIRST_READ + 1, 3 * FIRST_READ, 5] {
            let bytes: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
            assert_eq!(reader.read(file_of(&bytes).path()).unwrap(), bytes, "{size}");
        }
    }

    #[test]
    fn a_file_over_the_limit_is_refused_without_reading_all_of_it() {
        let file = file_of(b"");
        file.as_file().set_len(1 << 40).unwrap();
        let mut reader = Reader::default();
        assert_eq!(reader.read(file.path()).unwrap_err().code, Code::TooLarge);
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
