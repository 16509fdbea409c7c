//! HTML in notes, reduced to its text, its links and the marks that matter.

use crate::within::Within;
use memchr::memmem;

/// A piece of HTML.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Bit<'a> {
    /// Text between tags, entities and all.
    Text(&'a str),
    /// An opening tag: its name as written, and the text of its attributes.
    Open(&'a str, &'a str),
    /// A closing tag.
    Close(&'a str),
}

/// The pieces of `html` in order, comments, declarations, scripts and style sheets left out.
pub(super) fn bits(html: &str) -> Vec<Bit<'_>> {
    let mut bits = Vec::new();
    let mut rest = html;
    // A tag that is never closed is looked at up to its limit: many such tags are none.
    let mut unclosed = 0;
    while let Some(at) = rest.find('<').filter(|_| unclosed < 64) {
        let (text, tail) = rest.split_at(at);
        push_text(&mut bits, text);
        if let Some(comment) = tail.strip_prefix("<!--") {
            rest = after(comment, "-->");
        } else if let Some(declaration) = tail.strip_prefix("<!").or_else(|| tail.strip_prefix("<?")) {
            rest = after(declaration, ">");
        } else if let Some((bit, tail)) = tag(tail) {
            let silent = matches!(&bit, Bit::Open(name, _) if is_silent(name));
            rest = match &bit {
                Bit::Open(name, _) if silent => skip_to_close(tail, name),
                _ => tail,
            };
            if !silent {
                bits.push(bit);
            }
        } else {
            unclosed += 1;
            push_text(&mut bits, "<");
            rest = tail.within(1..);
        }
    }
    push_text(&mut bits, rest);
    bits
}

fn push_text<'a>(bits: &mut Vec<Bit<'a>>, text: &'a str) {
    if !text.is_empty() {
        bits.push(Bit::Text(text));
    }
}

/// What follows the first `mark` in `text`; nothing if there is none.
fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    text.find(mark).and_then(|at| text.get(at + mark.len()..)).unwrap_or_default()
}

/// Whether what stands in this element is not for reading.
fn is_silent(name: &str) -> bool {
    ["script", "style", "template", "head"].iter().any(|silent| silent.eq_ignore_ascii_case(name))
}

fn skip_to_close<'a>(text: &'a str, name: &str) -> &'a str {
    let mut from = 0;
    while let Some(at) = memmem::find(text.as_bytes().within(from..), b"</") {
        let start = from + at;
        let tail = text.within(start..);
        if tail.get(2..2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return tail;
        }
        from = start + 2;
    }
    ""
}

/// The tag that `text` starts with, and what follows it.
fn tag(text: &str) -> Option<(Bit<'_>, &str)> {
    let inside = text.get(1..)?;
    let (closing, inside) = inside.strip_prefix('/').map_or((false, inside), |inside| (true, inside));
    let name_end = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(inside.len());
    let name = inside.get(..name_end).filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))?;
    let rest = inside.get(name_end..)?;
    let mut quote: Option<u8> = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => {
                let attributes = rest.within(..at);
                let bit = if closing { Bit::Close(name) } else { Bit::Open(name, attributes) };
                return Some((bit, rest.within(at + 1..)));
            }
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ if at > 16_384 => return None,
            _ => {}
        }
    }
    None
}

/// The value of the attribute `name`, its entities decoded.
pub(super) fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (key, tail) = rest.split_at(end);
        let tail = tail.trim_start();
        let (value, tail) = match tail.strip_prefix('=').map(str::trim_start) {
            Some(tail) => match tail.chars().next().filter(|&c| c == '"' || c == '\'') {
                Some(quote) => tail.within(1..).split_once(quote).unwrap_or((tail, "")),
                None => tail.split_at(tail.find(char::is_whitespace).unwrap_or(tail.len())),
            },
            None => ("", tail),
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(decode(value));
        }
        let next = tail.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        // Never stand still on something odd.
        rest = if next.len() < rest.len() { next } else { rest.within(1..) };
    }
    None
}

/// `text` with the entities decoded that are common in notes, and numeric ones. The result is not harmless yet.
pub(super) fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, tail) = rest.split_at(at);
        decoded.push_str(before);
        let head = tail.as_bytes().within(..tail.len().min(12));
        let end = memchr::memchr(b';', head);
        let entity = end.and_then(|end| tail.get(1..end));
        match (entity.and_then(character), end) {
            (Some(c), Some(end)) => {
                decoded.push(c);
                rest = tail.within(end + 1..);
            }
            _ => {
                decoded.push('&');
                rest = tail.within(1..);
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

fn character(entity: &str) -> Option<char> {
    if let Some(number) = entity.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "mdash" => '—',
        "ndash" => '–',
        "hellip" => '…',
        "copy" => '©',
        "rarr" => '→',
        "larr" => '←',
        "times" => '×',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_falls_into_text_and_tags() {
        assert_eq!(
            bits("a <b class='>'>c</b><!-- no --> <script>x<b></script>d < e"),
            [
                Bit::Text("a "),
                Bit::Open("b", " class='>'"),
                Bit::Text("c"),
                Bit::Close("b"),
                Bit::Text(" "),
                Bit::Close("script"),
                Bit::Text("d "),
                Bit::Text("<"),
                Bit::Text(" e"),
            ]
        );
        assert_eq!(bits("x<!-- never closed"), [Bit::Text("x")]);
    }

    #[test]
    fn attributes_are_found_in_any_quotes() {
        for text in [r#" href="a&amp;b" x"#, " href='a&amp;b'", " x=1 HREF = a&amp;b ", "/href=a&amp;b"] {
            assert_eq!(attribute(text, "href").as_deref(), Some("a&b"), "{text}");
        }
        assert_eq!(attribute(" hrefx=1 = == \"", "href"), None);
    }

    #[test]
    fn entities_decode_to_characters() {
        assert_eq!(decode("&lt;&#65;&#x1b;&nope;&&amp"), "<A\x1b&nope;&&amp");
    }

    proptest::proptest! {
        #[test]
        fn any_html_is_read(html in "[<>!/a= '\"&#;-]{0,40}") {
            for bit in bits(&html) {
                if let Bit::Open(_, attributes) = bit {
                    attribute(attributes, "a");
                }
            }
            decode(&html);
        }
    }
}
