//! An object as a change of another.

/// The length of the object that `delta` makes, when it is a change of one of `base` bytes.
pub(super) fn length(delta: &[u8], base: usize) -> Option<usize> {
    let (from, rest) = number(delta)?;
    let (to, _) = number(rest)?;
    (from == base).then_some(to)
}

/// Applies `delta` to `base`.
pub(super) fn apply(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let (_, rest) = number(delta)?;
    let (length, mut rest) = number(rest)?;
    let mut out = Vec::with_capacity(length);
    while let Some((&code, behind)) = rest.split_first() {
        rest = behind;
        let piece = if code & 0x80 == 0 {
            // Zero is kept for later use.
            let (new, behind) = rest.split_at_checked(usize::from(code)).filter(|(new, _)| !new.is_empty())?;
            rest = behind;
            new
        } else {
            let mut word = |bits: std::ops::Range<u8>| {
                let mut value = 0_usize;
                for (place, bit) in bits.enumerate() {
                    if code & 1 << bit != 0 {
                        let (&byte, behind) = rest.split_first()?;
                        rest = behind;
                        value |= usize::from(byte) << (8 * place);
                    }
                }
                Some(value)
            };
            let (at, size) = (word(0..4)?, word(4..7)?);
            base.get(at..at.checked_add(if size == 0 { 0x1_0000 } else { size })?)?
        };
        if piece.len() > length - out.len() {
            return None;
        }
        out.extend_from_slice(piece);
    }
    (out.len() == length).then_some(out)
}

/// A number in groups of seven bits, the lowest first, and what follows it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_usize;
    for (place, byte) in bytes.iter().enumerate().take(9) {
        value |= usize::from(byte & 0x7f).checked_shl(7 * u32::try_from(place).ok()?)?;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(place + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_copied_and_added() {
        let base = b"one two three";
        let delta = [13, 11, 0x90, 4, 3, b'a', b'n', b'd', 0x91, 3, 4];
        assert_eq!(length(&delta, 13), Some(11));
        assert_eq!(apply(base, &delta).unwrap(), b"one and two");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let base = b"0123456789";
        for bad in [
            &[][..],
            &[10],
            // Less, and more, than was announced.
            &[10, 3, 2, b'a', b'b'],
            &[10, 1, 2, b'a', b'b'],
            // Beyond the base; beyond the delta; the code that has no meaning.
            &[10, 4, 0x91, 8, 4],
            &[10, 4, 5, b'a'],
            &[10, 0, 0],
            &[10, 4, 0x91],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        ] {
            assert_eq!(apply(base, bad), None, "{bad:?}");
        }
        assert_eq!(length(&[9, 1], 10), None);
    }
}
