//! The index of a pack (version 2): where each of its objects begins.

use std::fs::File;

use super::object::Id;
use super::read::read_at;

const HEADER: &[u8] = b"\xfftOc\0\0\0\x02";
const FANOUT: u64 = 8;
const NAMES: u64 = FANOUT + 4 * 256;

/// The counts that an index begins with.
#[derive(Debug)]
pub(super) struct Index {
    /// How many names begin with a byte of at most the place.
    counts: Vec<u32>,
}

impl Index {
    /// Reads the beginning of an index.
    pub fn open(file: &File) -> Option<Self> {
        let mut head = vec![0; usize::try_from(NAMES).ok()?];
        if read_at(file, 0, &mut head).ok()? != head.len() {
            return None;
        }
        let counts: Vec<u32> = head
            .strip_prefix(HEADER)?
            .chunks_exact(4)
            .filter_map(|count| count.try_into().ok().map(u32::from_be_bytes))
            .collect();
        counts.is_sorted().then_some(Self { counts })
    }

    fn len(&self) -> u64 {
        self.counts.last().copied().unwrap_or(0).into()
    }

    /// Where the object `id` begins in the pack; `None` when it is not in it.
    pub fn find(&self, file: &File, id: &Id) -> Option<u64> {
        let first = usize::from(id.bytes()[0]);
        let mut low = match first.checked_sub(1) {
            Some(before) => u64::from(*self.counts.get(before)?),
            None => 0,
        };
        let mut high = u64::from(*self.counts.get(first)?);
        while low < high {
            let middle = low + (high - low) / 2;
            let mut name = [0; Id::LENGTH];
            read_exact(file, NAMES + middle * Id::LENGTH as u64, &mut name)?;
            match name.cmp(id.bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return self.offset(file, middle),
            }
        }
        None
    }

    fn offset(&self, file: &File, place: u64) -> Option<u64> {
        // Behind the names stands a checksum of four bytes for each.
        let offsets = NAMES + self.len() * (Id::LENGTH as u64 + 4);
        let mut short = [0; 4];
        read_exact(file, offsets + 4 * place, &mut short)?;
        let short = u32::from_be_bytes(short);
        if short & 0x8000_0000 == 0 {
            return Some(short.into());
        }
        let mut long = [0; 8];
        read_exact(file, offsets + 4 * self.len() + 8 * u64::from(short & 0x7fff_ffff), &mut long)?;
        Some(u64::from_be_bytes(long))
    }
}

fn read_exact(file: &File, at: u64, buffer: &mut [u8]) -> Option<()> {
    (read_at(file, at, buffer).ok()? == buffer.len()).then_some(())
}
