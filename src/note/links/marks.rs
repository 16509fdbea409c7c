//! Where in a text the bytes stand that matter to links.
//!
//! Each is a bit. Whole blocks of bytes are compared at once, by what the processor at hand has for it, and to look for a
//! byte from somewhere on is then a matter of a few words.

use std::ops::Range;

use fearless_simd::{Level, Simd, dispatch, prelude::*};

/// How many bytes a [`Block`] tells of.
const BLOCK: usize = 64;

/// Sets of bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mark {
    /// What begins a link, code or HTML: `[`, `` ` ``, `<` and `~`.
    Opening,
    /// What brackets on one line end at, or what makes them anything but simple.
    Stop,
    /// The end of a line.
    LineEnd,
    /// `|`.
    Bar,
    /// `$` and `\`.
    Escape,
    /// What may begin a `%%comment%%` or end a line alone: `%` and the carriage return.
    Odd,
}

/// The number of [`Mark`]s.
const MARKS: usize = 6;

/// Which bytes of a block are one of a mark, the first by the lowest bit of the first byte.
type Block = [u8; BLOCK / 8];

/// Room for the marks of one text after the other.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// Those of the text at hand, one mark after the other, and behind them perhaps some of a longer text before it.
    blocks: Vec<Block>,
}

impl Room {
    /// Finds the marks of `text`.
    pub(super) fn find(&mut self, text: &[u8]) -> Marks<'_> {
        self.find_by(Level::new(), text)
    }

    pub(super) fn find_by(&mut self, level: Level, text: &[u8]) -> Marks<'_> {
        let count = text.len() / BLOCK + 1;
        self.blocks.resize(self.blocks.len().max(MARKS * count), Block::default());
        let mut parts = self.blocks.chunks_exact_mut(count);
        let mut by_mark: [&mut [Block]; MARKS] = std::array::from_fn(|_| parts.next().unwrap_or_default());
        dispatch!(level, simd => find(simd, text, &mut by_mark));
        Marks(by_mark.map(|blocks| &*blocks))
    }

    /// Whether it took so much memory that it is better given back.
    pub(super) fn is_much(&self) -> bool {
        /// Those of two megabytes, in one and a half: more than any but the strangest of notes have.
        const MOST: usize = MARKS * (32 << 10);
        self.blocks.len() > MOST
    }
}

/// Where in a text the marks stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks<'a>([&'a [Block]; MARKS]);

fn word(block: Block) -> u64 {
    u64::from_le_bytes(block)
}

impl<'a> Marks<'a> {
    fn of(&self, mark: Mark) -> &'a [Block] {
        self.0[mark as usize]
    }

    /// Whether there is a mark anywhere.
    pub(super) fn has(&self, mark: Mark) -> bool {
        self.of(mark).iter().fold(0, |found, block| found | word(*block)) != 0
    }

    /// The first mark at or behind `from`.
    pub(super) fn next(&self, mark: Mark, from: usize) -> Option<usize> {
        let blocks = self.of(mark);
        let mut at = from / BLOCK;
        let mut found = word(*blocks.get(at)?) & u64::MAX << (from % BLOCK);
        while found == 0 {
            at += 1;
            found = word(*blocks.get(at)?);
        }
        Some(at * BLOCK + found.trailing_zeros() as usize)
    }

    /// The last mark in `range`.
    pub(super) fn last(&self, mark: Mark, range: Range<usize>) -> Option<usize> {
        let last = range.end.checked_sub(1).filter(|last| *last >= range.start)?;
        let blocks = self.of(mark);
        let mut at = last / BLOCK;
        let mut found = word(*blocks.get(at)?) & u64::MAX >> (BLOCK - 1 - last % BLOCK);
        while found == 0 {
            at = at.checked_sub(1).filter(|at| (at + 1) * BLOCK > range.start)?;
            found = word(*blocks.get(at)?);
        }
        let found = at * BLOCK + BLOCK - 1 - found.leading_zeros() as usize;
        Some(found).filter(|found| *found >= range.start)
    }

    /// Whether there is a mark in `range`.
    pub(super) fn is_in(&self, mark: Mark, range: Range<usize>) -> bool {
        let Some(last) = range.end.checked_sub(1).filter(|last| *last >= range.start) else { return false };
        let (first, end) = (range.start / BLOCK, last / BLOCK);
        let blocks = self.of(mark);
        let of = |at: usize| blocks.get(at).copied().map_or(0, word);
        let (low, high) = (u64::MAX << (range.start % BLOCK), u64::MAX >> (BLOCK - 1 - last % BLOCK));
        if first == end {
            return of(first) & low & high != 0;
        }
        let between = blocks.get(first + 1..end).unwrap_or_default();
        between.iter().fold(of(first) & low | of(end) & high, |found, block| found | word(*block)) != 0
    }

    /// The odd bytes that no line feed follows.
    pub(super) fn odd(&self) -> impl Iterator<Item = usize> + 'a {
        let line_ends = self.of(Mark::LineEnd);
        let line_ends = move |at: usize| line_ends.get(at).copied().map_or(0, word);
        let alone = move |(at, odd): (usize, &Block)| {
            let behind = line_ends(at) >> 1 | line_ends(at + 1) << (BLOCK - 1);
            Bits(word(*odd) & !behind).map(move |bit| at * BLOCK + bit)
        };
        self.of(Mark::Odd).iter().enumerate().flat_map(alone)
    }
}

/// The bits of a word that are set, the lowest first.
struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let bit = self.0.trailing_zeros() as usize;
        self.0 &= self.0.checked_sub(1)?;
        Some(bit)
    }
}

#[inline(always)]
fn find<S: Simd>(simd: S, text: &[u8], by_mark: &mut [&mut [Block]; MARKS]) {
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let mut last = [b' '; BLOCK];
    last.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
    let mut by_mark = by_mark.each_mut().map(|blocks| blocks.as_flattened_mut());
    find_in_blocks(simd, blocks.as_flattened(), 0, &mut by_mark);
    find_in_blocks(simd, &last, size_of_val(blocks) / 8, &mut by_mark);
}

/// Finds the marks of `bytes`, which are whole blocks, and stores the bits from byte `at` of each mark on.
///
/// The bits of each vector are stored on their own. Combined into a word of 64 first, they make LLVM move every byte by
/// itself for AVX2, which is twenty times slower: `cargo bench --bench marks` shows it.
#[inline(always)]
fn find_in_blocks<S: Simd>(simd: S, bytes: &[u8], mut at: usize, by_mark: &mut [&mut [u8]; MARKS]) {
    const { assert!(BLOCK.is_multiple_of(S::u8s::LEN)) }
    let len = S::u8s::LEN / 8;
    // All in macros: what is not inlined here is not compiled for the processor at hand.
    for vector in bytes.chunks_exact(S::u8s::LEN) {
        let vector = S::u8s::from_slice(simd, vector);
        macro_rules! are {
            ($byte:expr) => {
                vector.simd_eq(S::u8s::splat(simd, $byte))
            };
        }
        let (line_end, bar, carriage_return) = (are!(b'\n'), are!(b'|'), are!(b'\r'));
        let escape = are!(b'$') | are!(b'\\');
        let opening = are!(b'[') | are!(b'`') | are!(b'<');
        let stop = opening | escape | line_end | bar | carriage_return | are!(b']') | are!(b'#') | are!(0);
        macro_rules! set {
            ($mark:expr, $found:expr) => {
                if let Some(slot) = by_mark[$mark as usize].get_mut(at..at + len) {
                    slot.copy_from_slice(&$found.to_bitmask().to_le_bytes()[..len]);
                }
            };
        }
        set!(Mark::Opening, opening | are!(b'~'));
        set!(Mark::Stop, stop);
        set!(Mark::LineEnd, line_end);
        set!(Mark::Bar, bar);
        set!(Mark::Escape, escape);
        set!(Mark::Odd, carriage_return | are!(b'%'));
        at += len;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [(Mark, &[u8]); MARKS] = [
        (Mark::Opening, b"[`<~"),
        (Mark::Stop, b"[]`<$\\\n\r\0|#"),
        (Mark::LineEnd, b"\n"),
        (Mark::Bar, b"|"),
        (Mark::Escape, b"$\\"),
        (Mark::Odd, b"%\r"),
    ];

    /// What the processor at hand can do, the least of it too.
    fn levels() -> Vec<Level> {
        let best = Level::new();
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        let less =
            [best.as_sse2().map(Level::Sse2), best.as_sse4_2().map(Level::Sse4_2), best.as_avx2().map(Level::Avx2)];
        #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
        let less = [None::<Level>];
        less.into_iter().flatten().chain([best]).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

        #[test]
        fn marks_are_where_the_bytes_are(
            text in prop::collection::vec(prop_oneof![3 => any::<u8>(), 1 => prop::sample::select(&b"[`<~]#$\\\n\r\0|%"[..])], 0..400),
            longer in 0_usize..500,
            from in 0_usize..450,
            length in 0_usize..450,
        ) {
            for level in levels() {
                let mut room = Room::default();
                room.find_by(level, &vec![b'['; longer]);
                let marks = room.find_by(level, &text);
                let (start, end) = (from.min(text.len()), (from + length).min(text.len()));
                for (mark, bytes) in ALL {
                    let is_one = |at: &usize| bytes.contains(&text[*at]);
                    prop_assert_eq!(marks.has(mark), (0..text.len()).any(|at| is_one(&at)));
                    prop_assert_eq!(marks.next(mark, from), (start..text.len()).find(is_one));
                    prop_assert_eq!(marks.last(mark, start..end), (start..end).rfind(is_one));
                    prop_assert_eq!(marks.is_in(mark, start..end), (start..end).any(|at| is_one(&at)));
                }
                let odd = (0..text.len()).filter(|at| b"%\r".contains(&text[*at]) && text.get(at + 1) != Some(&b'\n'));
                prop_assert!(marks.odd().eq(odd));
            }
        }
    }
}
