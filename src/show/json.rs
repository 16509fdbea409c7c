//! JSON that does no harm where it is printed to a terminal, and is the same JSON to whoever reads it.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::text::is_harmful;
use crate::within::Within;

/// Writes `value` on one line. What a terminal would obey is written as an escape, also where JSON would not ask for it.
///
/// # Errors
/// When the output cannot be written.
pub fn line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Escaping)).map_err(io::Error::from)?;
    writeln!(out)
}

struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| is_harmful(*c)) {
            out.write_all(fragment.within(plain..at).as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            plain = at + c.len_utf8();
        }
        out.write_all(fragment.within(plain..).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_was_written_and_nothing_obeys_it() {
        let hostile = "a\x1b[31m\u{9b}2J\u{202e}\u{2028}\0\n\"\\\u{e0041}\u{7f}日本é";
        let mut out = Vec::new();
        line(&mut out, &serde_json::json!({ hostile: [hostile, 1.5, null] })).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.trim_end().chars().any(is_harmful), "{text:?}");
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back[hostile][0], hostile);
        assert!(text.contains("日本é"));
    }
}
