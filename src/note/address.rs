//! Addresses in a note that may be opened by another program, or given to a terminal that opens them.

use percent_encoding::percent_decode_str;

/// The longest address that is opened. Browsers and servers hardly take longer ones.
const LONGEST: usize = 4096;

/// What an address in an Obsidian URL may ask for: to show something. Others write notes, or run commands of plugins.
const SHOWN_BY_OBSIDIAN: [&str; 3] = ["open", "search", "vault"];

/// The endings of files that Obsidian shows itself. Others it hands to whatever the system has for them.
pub(crate) const FILES_OF_OBSIDIAN: [&str; 25] = [
    "3gp", "avif", "base", "bmp", "canvas", "flac", "gif", "jpeg", "jpg", "m4a", "md", "mkv", "mov", "mp3", "mp4",
    "oga", "ogg", "ogv", "opus", "pdf", "png", "svg", "wav", "webm", "webp",
];

/// What such an URL may say besides: nothing that adds to a note or calls another program afterwards.
const SAID_TO_OBSIDIAN: [&str; 5] = ["vault", "file", "path", "query", "panetype"];

/// What an address for mail may say besides. Some mail programs attach a file that is named there.
const SAID_TO_MAIL: [&str; 6] = ["to", "cc", "bcc", "subject", "body", "in-reply-to"];

/// `text` as an address that may be opened, with everything percent-encoded that does not belong into one.
///
/// # Errors
/// Why it may not be.
pub fn address(text: &str) -> Result<String, &'static str> {
    const OTHER: &str = "only http, https, mailto and obsidian links are opened";
    let text = text.trim();
    let (scheme, rest) = text.split_once(':').ok_or(OTHER)?;
    let says = |query: &str, allowed: &[&str]| {
        let keys = query.split('&').map(|pair| pair.split_once('=').map_or(pair, |(key, _)| key));
        keys.filter(|key| !key.is_empty()).all(|key| allowed.contains(&decoded(key).as_str()))
    };
    let (front, query) = rest.split_once('?').unwrap_or((rest, ""));
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => {
            let host = rest.strip_prefix("//").ok_or(OTHER)?;
            if host.split(['/', '?', '#']).next().is_none_or(str::is_empty) {
                return Err(OTHER);
            }
        }
        "mailto" if says(query, &SAID_TO_MAIL) => {}
        "mailto" => return Err("a link for mail that says more than to whom and what is not opened"),
        "obsidian" => {
            let action = front.strip_prefix("//").ok_or(OTHER)?.split(['/', '#']).next().unwrap_or_default();
            if !SHOWN_BY_OBSIDIAN.contains(&decoded(action).as_str()) || !says(query, &SAID_TO_OBSIDIAN) {
                return Err("of obsidian links, only those that show something are opened");
            }
            // A path that leads back could lead to another action.
            let path = front.get(2..).and_then(|path| path.split_once('/')).map_or("", |(_, path)| path);
            let is_vault = decoded(action) == "vault";
            if (!is_vault && !path.is_empty()) || decoded(path).split(['/', '\\']).any(|part| part == "..") {
                return Err("of obsidian links, only those that show something are opened");
            }
            let values = query.split('&').filter_map(|pair| pair.split_once('='));
            let files = values.filter(|(key, _)| ["file", "path"].contains(&decoded(key).as_str()));
            if !files.map(|(_, file)| file).chain([path]).all(is_shown_by_obsidian) {
                return Err("Obsidian may not show such a file, but hand it to another program");
            }
        }
        _ => return Err(OTHER),
    }
    let encoded = encoded(text);
    if encoded.len() > LONGEST { Err("the address is too long to be opened") } else { Ok(encoded) }
}

/// Whether Obsidian shows a file that one of its links names. Without an ending, and with one that only looks like it, that is
/// a note.
fn is_shown_by_obsidian(file: &str) -> bool {
    let file = decoded(file).replace('\\', "/");
    let file = file.split(['#', '|', '?']).next().unwrap_or(&file);
    // Windows takes no notice of these at the end of a name.
    let name = file.rsplit('/').next().unwrap_or(file).trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    let Some((_, ending)) = name.rsplit_once('.') else { return true };
    let is_word = !ending.contains(char::is_whitespace) && !ending.bytes().all(|byte| byte.is_ascii_digit());
    !is_word || FILES_OF_OBSIDIAN.contains(&ending)
}

/// A word of an address as whoever takes it will read it, in lower case.
fn decoded(word: &str) -> String {
    percent_decode_str(word).decode_utf8_lossy().to_lowercase()
}

/// `text` with everything percent-encoded that is no printable ASCII character, or must not stand in an address.
fn encoded(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) {
            safe.push(char::from(byte));
        } else {
            safe.push_str(&format!("%{byte:02X}"));
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_something_is_opened() {
        for (text, expected) in [
            ("https://a.b/c d?e=f#g", "https://a.b/c%20d?e=f#g"),
            (" HTTP://x ", "HTTP://x"),
            ("https://en.example/wiki/O'Brien_(x)", "https://en.example/wiki/O'Brien_(x)"),
            ("http://a/`x`$(y)\"<\\", "http://a/%60x%60$(y)%22%3C%5C"),
            ("http://a\n-b\0", "http://a%0A-b%00"),
            ("mailto:a@b?subject=c&body=d", "mailto:a@b?subject=c&body=d"),
            ("obsidian://open?vault=v&file=a%20b", "obsidian://open?vault=v&file=a%20b"),
            ("obsidian://search?query=x", "obsidian://search?query=x"),
            ("obsidian://vault/v/n", "obsidian://vault/v/n"),
            ("obsidian://vault/v/a/Version%201.2", "obsidian://vault/v/a/Version%201.2"),
            ("obsidian://open?file=a.MD%23x.exe", "obsidian://open?file=a.MD%23x.exe"),
            ("obsidian://open?vault=v.exe&file=Dr.%20Who", "obsidian://open?vault=v.exe&file=Dr.%20Who"),
            ("obsidian://open?path=/v/a.pdf", "obsidian://open?path=/v/a.pdf"),
        ] {
            assert_eq!(address(text).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn what_does_something_is_not() {
        for text in [
            "",
            "-h",
            "http",
            "http:",
            "http://",
            "http:///etc",
            "http:x",
            "https//a",
            "http%3A//a",
            "--http://a",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "FILE:evil.desktop",
            "smb://a/b",
            "vscode://x",
            "ms-msdt:/id",
            "jar:http://a!/b",
            "view-source:http://a",
            "mailto:a?attach=/etc/passwd",
            "mailto:a?subject=x&%61ttach=/etc/passwd",
            "mailto:a?ATTACHMENT=x",
            "obsidian:open",
            "obsidian://",
            "obsidian://new?file=x&content=y&overwrite=true",
            "obsidian://shell-commands/?execute=1",
            "obsidian://advanced-uri?eval=x",
            "obsidian://Advanced-URI/open?commandid=x",
            "obsidian://adv%61nced-uri?eval=x",
            "obsidian://open?file=a&append&content=x",
            "obsidian://open?vault=v&file=x.desktop",
            "obsidian://open?vault=v&file=a/x%2edesktop",
            "obsidian://open?file=a&file=X.BAT",
            "obsidian://open?vault=v&file=x.lnk%23a.md",
            "obsidian://open?vault=v&file=x.exe%7Ca",
            "obsidian://open?file=x.exe.%20",
            "obsidian://open?path=C:%5Ca%5Cx.ps1",
            "obsidian://vault/v/x.desktop",
            "obsidian://open/../advanced-uri?vault=v",
            "obsidian://vault/%2e%2e/advanced-uri",
            "obsidian://vault/v/a%2Fx.html",
            "obsidian://open?vault=v&x-success=file:///etc",
            "obsidian://open?vault=v&%78-success=file:///etc",
            &format!("http://a/{}", "x".repeat(5000)),
        ] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
