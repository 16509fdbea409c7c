//! Reading a file line by line without ever holding much more than one of them.

use std::io::{self, BufRead, BufReader, Read};

use crate::log::{MAX_LINE_BYTES, Merger};

/// Hands every line of `file` to `merger`. A line past the limit is told of and passed over as it is read.
pub(super) fn each(file: impl Read, merger: &mut Merger, number: u32) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(256 << 10, file);
    let mut line = Vec::new();
    let (mut offset, mut count) = (0_u64, 0_usize);
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
            return Ok(());
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
    fn a_word_is_found_wherever_the_reads_part_it() {
        for start in [0, 1, 100, (64 << 10) - 3, 64 << 10, 200_000] {
            let text = [vec![b'x'; start], b"\"bury\"".to_vec(), vec![b'y'; 100_000]].concat();
            assert!(hold(text.as_slice(), &[b"none", b"\"bury\""]), "{start}");
            assert!(!hold(text.as_slice(), &[b"none", b"\"burY\""]), "{start}");
        }
        assert!(!hold(&b""[..], &[b"x"]));
    }
}
