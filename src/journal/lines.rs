//! Reading a file line by line without ever holding much more than one of them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use crate::log::{MAX_LINE_BYTES, Merger};
use crate::threads;

/// A file of so many bytes is read in two halves at the same time.
const LARGE: u64 = 4 << 20;

/// Hands every line of `file`, which is that of `number`, to `merger`. A line past the limit is told of and passed over.
pub(super) fn all(file: &File, merger: &mut Merger, number: u32) -> io::Result<()> {
    match middle(file) {
        Some(middle) => halves(file, middle, merger, number),
        None => each(Part { file, at: 0, end: u64::MAX }, merger, number).map(drop),
    }
}

/// Where the first line behind the middle of a large file begins, if that is near.
fn middle(file: &File) -> Option<u64> {
    let half = file.metadata().ok().map(|meta| meta.len() / 2).filter(|half| *half >= LARGE / 2)?;
    let mut text = vec![0; 64 << 10];
    let read = read_at(file, &mut text, half).ok()?;
    let end = memchr::memchr(b'\n', text.get(..read)?)?;
    Some(half + end as u64 + 1)
}

/// Reads the lines before `middle`, where a line begins, and those behind it at the same time.
fn halves(file: &File, middle: u64, merger: &mut Merger, number: u32) -> io::Result<()> {
    let beginning = merger.part();
    let second = || {
        let mut part = beginning.part();
        let read = each(Part { file, at: middle, end: u64::MAX }, &mut part, number);
        (part, read)
    };
    let first = || each(Part { file, at: 0, end: middle }, merger, number);
    let (lines, (part, read)) = threads::both(first, second);
    // What stands behind a line that cannot be read is not read either.
    merger.absorb(part, lines?);
    read.map(drop)
}

/// Some bytes of a file, read without moving where others read it.
struct Part<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let room = room.get_mut(..left.min(room.len())).unwrap_or_default();
        let read = read_at(self.file, room, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

fn read_at(file: &File, room: &mut [u8], at: u64) -> io::Result<usize> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_at(file, room, at);
    #[cfg(not(unix))]
    return std::os::windows::fs::FileExt::seek_read(file, room, at);
}

/// Hands every line of `part` to `merger`, and gives how many there were.
fn each(part: Part<'_>, merger: &mut Merger, number: u32) -> io::Result<usize> {
    let (mut offset, mut count) = (part.at, 0_usize);
    let mut reader = BufReader::with_capacity(256 << 10, part);
    let mut line = Vec::new();
    loop {
        let text = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            text => text?,
        };
        // Whole lines are read where they stand.
        let mut whole = 0;
        for end in memchr::memchr_iter(b'\n', text) {
            count += 1;
            merger.line(number, count, offset, text.get(whole..end).unwrap_or_default());
            offset += (end + 1 - whole) as u64;
            whole = end + 1;
        }
        reader.consume(whole);
        // The one that goes on behind the buffer is put together.
        line.clear();
        let length = (&mut reader).take(MAX_LINE_BYTES as u64 + 1).read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok(count);
        }
        count += 1;
        let start = offset;
        offset += length as u64;
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if length > MAX_LINE_BYTES {
            merger.long_line(number, count);
            offset += reader.skip_until(b'\n')? as u64;
            continue;
        }
        merger.line(number, count, start, &line);
    }
}

/// Whether one of `words` stands anywhere in `file`. What cannot be read holds none.
pub(super) fn hold(mut file: impl Read, words: &[&[u8]]) -> bool {
    let finders: Vec<_> = words.iter().map(memchr::memmem::Finder::new).collect();
    let overlap = words.iter().map(|word| word.len()).max().unwrap_or(0);
    let mut buffer = vec![0; 64 << 10];
    let mut filled = 0;
    loop {
        let Some(room) = buffer.get_mut(filled..) else { return false };
        match file.read(room) {
            Ok(0) => return false,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return false,
            Ok(read) => filled += read,
        }
        let text = buffer.get(..filled).unwrap_or_default();
        if finders.iter().any(|finder| finder.find(text).is_some()) {
            return true;
        }
        // A word may go on in what is read next.
        let kept = filled.min(overlap);
        buffer.copy_within(filled - kept..filled, 0);
        filled = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_halves_are_the_same_as_the_whole() {
        let line = |at: usize| match at % 7 {
            3 => "not an event".to_owned(),
            5 => String::new(),
            6 => format!(r#"{{"v":9,"kind":"review","note":"n{at}","at":"2026-01-15T07:30:12Z"}}"#),
            _ => {
                let (id, note, device, minute) = (at + 1, at % 5, at % 3, at % 60);
                format!(
                    concat!(
                        r#"{{"v":1,"kind":"review","id":"{id:016x}","at":"2026-01-15T07:{minute:02}:12Z","day":"2026-01-15","#,
                        r#""device":"d{device}","seq":{at},"note":"n{note}","before":null,"after":null}}"#
                    ),
                    id = id,
                    at = at,
                    device = device,
                    minute = minute,
                    note = note
                )
            }
        };
        let text: String = (0..120).map(|at| line(at) + if at % 2 == 0 { "\r\n" } else { "\n" }).collect();
        let text = format!("\u{feff}{text}{}", line(59).get(..50).unwrap_or_default());
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        let merged = |read: &dyn Fn(&mut Merger, u32)| {
            let mut merger = Merger::default();
            merger.file("other.jsonl");
            let number = merger.file("desk.jsonl");
            read(&mut merger, number);
            merger.finish()
        };
        let whole = merged(&|merger, number| all(&file, merger, number).unwrap());
        assert!(whole.0.entries().len() > 30 && whole.1.len() > 20);
        for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
            assert!(whole == merged(&|merger, number| halves(&file, end as u64 + 1, merger, number).unwrap()), "{end}");
        }
    }

    #[test]
    fn the_middle_of_a_large_file_is_where_a_line_begins() {
        let mut file = tempfile::tempfile().unwrap();
        let text = "twelve bytes\n".repeat(LARGE as usize / 13 + 1);
        io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        let found = middle(&file).unwrap();
        assert!(found.is_multiple_of(13) && (LARGE / 2..LARGE / 2 + 26).contains(&found));
        file.set_len(LARGE - 2).unwrap();
        assert_eq!(middle(&file), None);
        file.set_len(LARGE * 4).unwrap();
        assert_eq!(middle(&file), None);
    }

    #[test]
    fn a_word_is_found_wherever_the_reads_part_it() {
        for start in [0, 1, 100, (64 << 10) - 3, 64 << 10, 200_000] {
            let text = [vec![b'x'; start], b"\"bury\"".to_vec(), vec![b'y'; 100_000]].concat();
            assert!(hold(text.as_slice(), &[b"none", b"\"bury\""]), "{start}");
            assert!(!hold(text.as_slice(), &[b"none", b"\"burY\""]), "{start}");
        }
        assert!(!hold(&b""[..], &[b"x"]));
    }
}
