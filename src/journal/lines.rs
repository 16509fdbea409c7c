//! Reading a file line by line without ever holding more than one of them.

use std::io::{self, BufRead, BufReader, Read};

use crate::log::{MAX_LINE_BYTES, Merger};

/// Hands every line of `file` to `merger`. A line past the limit is told of and passed over as it is read.
pub(super) fn each(file: impl Read, merger: &mut Merger, number: u32) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(256 << 10, file);
    let mut line = Vec::new();
    let (mut offset, mut count) = (0_u64, 0_usize);
    loop {
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
