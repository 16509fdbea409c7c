//! JSON for scripts that is harmless on a terminal as well.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::text::is_harmless;

/// Writes `value` as one line of JSON. What a terminal would obey is escaped as `\u009b`, which JSON leaves open for C1
/// controls and for what turns the direction of text; to a reader of JSON it is the same text.
///
/// # Errors
/// When `out` cannot be written to.
pub fn line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Escaped))?;
    writeln!(out)
}

struct Escaped;

impl Formatter for Escaped {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(|c| !is_harmless(c)) {
            let (plain, from) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut chars = from.chars();
            for unit in chars.next().into_iter().flat_map(|c| c.encode_utf16(&mut [0; 2]).to_vec()) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_terminal_obeys_gets_through_and_nothing_is_lost() {
        let hostile = "a\x1b[31m \u{9b}31m\x7f \u{202e}b\u{2066}\u{e0041} \"日本\" ünï 👨‍👩‍👧 \\ \n";
        let mut out = Vec::new();
        line(&[hostile], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            concat!(r#"["a\u001b[31m \u009b31m\u007f \u202eb\u2066\udb40\udc41 \"日本\" ünï 👨‍👩‍👧 \\ \n"]"#, "\n")
        );
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), [hostile]);
    }
}
