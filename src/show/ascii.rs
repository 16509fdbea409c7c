//! Text for terminals that know no more than ASCII.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::within::Within;
use unicode_normalization::UnicodeNormalization;
use unicode_width::UnicodeWidthChar;

/// `text` in ASCII: letters without their accents, signs by those that look like them, and `?` for each column of all else.
pub fn spelled(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut spelled = String::with_capacity(text.len());
    text.chars().for_each(|c| spell(c, &mut spelled));
    Cow::Owned(spelled)
}

fn spell(c: char, spelled: &mut String) {
    if c.is_ascii() {
        spelled.push(c);
        return;
    }
    let columns = c.width().unwrap_or(0);
    let like = match c {
        '‐'..='―' | '−' | '·' | '─' | '━' => "-",
        '‘' | '’' | '‚' | '′' => "'",
        '“' | '”' | '„' | '″' | '«' | '»' => "\"",
        '•' | '◦' | '▪' | '×' => "*",
        '…' => "...",
        '→' => ">",
        '←' => "<",
        '│' | '▌' | '▏' => "|",
        'ß' => "ss",
        'æ' => "ae",
        'Æ' => "AE",
        'œ' => "oe",
        'Œ' => "OE",
        'ø' => "o",
        'Ø' => "O",
        'ł' => "l",
        'Ł' => "L",
        'đ' => "d",
        'Đ' => "D",
        'ı' => "i",
        _ if columns == 0 => "",
        _ => {
            let before = spelled.len();
            spelled.extend(std::iter::once(c).nfkd().filter(|part| part.is_ascii() && !part.is_ascii_control()));
            if spelled.len() == before {
                spelled.push_str(&"??"[..columns.min(2)]);
            }
            return;
        }
    };
    spelled.push_str(like);
}

/// Writes in ASCII what it is given in UTF-8.
pub struct Speller<'a> {
    out: &'a mut dyn Write,
    /// The start of a character whose end has not come yet.
    begun: Vec<u8>,
}

impl<'a> Speller<'a> {
    /// Writes to `out`.
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self { out, begun: Vec::new() }
    }
}

impl Write for Speller<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.begun.is_empty() && bytes.is_ascii() {
            self.out.write_all(bytes)?;
            return Ok(bytes.len());
        }
        let mut rest = std::mem::take(&mut self.begun);
        rest.extend_from_slice(bytes);
        let mut rest = rest.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.out.write_all(spelled(text).as_bytes())?;
                    break;
                }
                Err(error) => {
                    let (valid, other) = rest.split_at(error.valid_up_to());
                    self.out.write_all(spelled(&String::from_utf8_lossy(valid)).as_bytes())?;
                    let Some(wrong) = error.error_len() else {
                        self.begun = other.to_vec();
                        break;
                    };
                    self.out.write_all(b"?")?;
                    rest = other.within(wrong..);
                }
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ascii_has_something_like_is_spelled_with_it() {
        assert_eq!(spelled("Größe – “naïve” … ½ e\u{301}"), "Grosse - \"naive\" ... 12 e");
        assert_eq!(spelled("日本 Ελ \u{200d}x"), "???? ?? x");
        assert!(matches!(spelled("plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn characters_may_come_in_pieces() {
        let mut out = Vec::new();
        let mut speller = Speller::new(&mut out);
        for byte in "aé日\u{fffd}b".as_bytes() {
            speller.write_all(&[*byte]).unwrap();
        }
        speller.write_all(b"\xffc\xe2").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "ae???b?c");
    }
}
