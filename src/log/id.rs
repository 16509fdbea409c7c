//! The name of an event.

use std::fmt;
use std::num::NonZeroU64;

use crate::digest::Digest;

/// The name of an event, equal in every copy of the log: 64 bits, written as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(NonZeroU64);

impl EventId {
    /// The name that follows from `parts`, each told apart from its neighbours.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut digest = Digest::new();
        for part in parts {
            (part.len() as u64).to_le_bytes().into_iter().for_each(|byte| digest.push(byte));
            part.iter().for_each(|byte| digest.push(*byte));
        }
        Self(NonZeroU64::new(digest.finish()).unwrap_or(NonZeroU64::MIN))
    }

    /// Reads exactly 16 lower-case hexadecimal digits, not all zero.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: &[u8; 16] = text.as_bytes().try_into().ok()?;
        let values = digits.map(|byte| DIGITS[usize::from(byte)]);
        let bits = values.iter().fold(0_u64, |bits, value| (bits << 4) | u64::from(value & 15));
        let are_digits = values.iter().all(|value| *value < 16);
        NonZeroU64::new(bits).filter(|_| are_digits).map(Self)
    }
}

/// What each byte is worth as a lower-case hexadecimal digit; 255 for others. In names digits and letters come in no order
/// that a processor could guess.
const DIGITS: [u8; 256] = {
    let mut digits = [255; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl serde::Serialize for EventId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for EventId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;
        impl serde::de::Visitor<'_> for Digits {
            type Value = EventId;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id of 16 hexadecimal digits")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<EventId, E> {
                EventId::parse(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_stable_for_ever() {
        assert_eq!(EventId::of(&[]).to_string(), "efd01f60ba992926");
        assert_eq!(EventId::of(&[b"a", b"bc"]).to_string(), "028d4aba4bf993b3");
        assert_ne!(EventId::of(&[b"a", b"bc"]), EventId::of(&[b"ab", b"c"]));
        assert_ne!(EventId::of(&[b""]), EventId::of(&[]));
    }

    #[test]
    fn a_name_reads_back_and_nothing_else_is_one() {
        let id = EventId::of(&[b"x"]);
        assert_eq!(EventId::parse(&id.to_string()), Some(id));
        for text in
            ["", "0000000000000000", "00000000000000001", "ABCDEF0123456789", "+123456789abcdef", "é23456789abcdef"]
        {
            assert_eq!(EventId::parse(text), None, "{text}");
        }
    }
}
