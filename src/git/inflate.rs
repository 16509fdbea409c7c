//! Unpacking a zlib stream in a file, into as many bytes as it is said to hold.

use std::fs::File;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

use super::read::read_at;

/// What is read at once. Most objects are smaller.
const WINDOW: usize = 8 << 10;

/// A stream at some point of a file.
pub(super) struct Inflate<'a> {
    file: &'a File,
    /// Where the window ends in the file.
    at: u64,
    window: Vec<u8>,
    /// How much of the window is used.
    used: usize,
    /// What may still be read: a stream can go on without end and yield nothing.
    may_read: u64,
    state: Box<DecompressorOxide>,
    is_over: bool,
    filled: usize,
}

impl<'a> Inflate<'a> {
    /// The stream that begins at `at`.
    pub fn new(file: &'a File, at: u64) -> Self {
        Self { file, at, window: Vec::new(), used: 0, may_read: 0, state: Box::default(), is_over: false, filled: 0 }
    }

    /// Unpacks on behind what `out` holds, until it is full or the stream ends. `out` must start with what was unpacked
    /// before. Returns how many bytes it holds.
    pub fn fill(&mut self, out: &mut [u8]) -> Option<usize> {
        // Data that cannot be packed grows by less than a thousandth.
        let most = out.len() as u64;
        self.may_read = most + most / 256 + 2 * WINDOW as u64;
        while self.filled < out.len() && !self.is_over {
            if self.used == self.window.len() {
                self.refill()?;
            }
            self.step(out)?;
        }
        Some(self.filled)
    }

    /// Whether the stream ends here, with nothing more to come and its checksum right.
    pub fn ends(mut self, out: &mut [u8]) -> bool {
        while !self.is_over {
            if self.used == self.window.len() && self.refill().is_none() {
                return false;
            }
            if self.step(out).is_none() {
                return false;
            }
        }
        true
    }

    fn step(&mut self, out: &mut [u8]) -> Option<()> {
        let flags = inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER
            | inflate_flags::TINFL_FLAG_HAS_MORE_INPUT
            | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF
            | inflate_flags::TINFL_FLAG_COMPUTE_ADLER32;
        let (status, used, made) = decompress(&mut self.state, self.window.get(self.used..)?, out, self.filled, flags);
        self.used += used;
        self.filled += made;
        match status {
            TINFLStatus::Done => self.is_over = true,
            TINFLStatus::NeedsMoreInput => {}
            // More is there than there is room for.
            TINFLStatus::HasMoreOutput if self.filled == out.len() && made > 0 => {}
            _ => return None,
        }
        Some(())
    }

    fn refill(&mut self) -> Option<()> {
        self.window.resize(WINDOW, 0);
        let got = read_at(self.file, self.at, &mut self.window).ok()?;
        self.window.truncate(got);
        self.used = 0;
        self.at = self.at.checked_add(got as u64)?;
        self.may_read = self.may_read.checked_sub(got as u64)?;
        (got > 0).then_some(())
    }
}
