//! Other programs opened on a note: the editor, Obsidian, a browser. Always a program and its arguments, never a line
//! for a shell.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::command::context::{variable, variable_text};

/// What stays as it is in a path inside a URL.
const IN_URL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The command line that opens `file` in the editor that VISUAL or else EDITOR names.
///
/// # Errors
/// A sentence when neither is set.
pub fn editor(file: &Path) -> Result<Vec<OsString>, String> {
    let named = ["VISUAL", "EDITOR"]
        .iter()
        .map(|name| variable_text(name))
        .find(|value| !value.trim().is_empty())
        .ok_or("no editor is named; set EDITOR, for example to `nano`")?;
    // Arguments as in `code --wait`; quotes are no business of ours.
    let mut line: Vec<OsString> = named.split_whitespace().map(OsString::from).collect();
    line.push(file.into());
    Ok(line)
}

/// The URL that opens `file` in Obsidian.
///
/// # Errors
/// A sentence when the file has no absolute path that is UTF-8.
pub fn obsidian_url(file: &Path) -> Result<String, String> {
    let real = std::path::absolute(file).map_err(|e| format!("cannot tell where it is: {e}"))?;
    let path = real.to_str().ok_or("its path is not UTF-8")?;
    Ok(format!("obsidian://open?path={}", utf8_percent_encode(path, IN_URL)))
}

/// Opens `url` with the program that the system has for it (or the one that STUDY_OPENER names), and does not wait.
///
/// # Errors
/// A sentence when the URL is of a kind that is not opened, or the program cannot be started.
pub fn url(url: &str) -> Result<(), String> {
    let allowed = ["http://", "https://", "mailto:", "obsidian://"];
    let lower = url.to_ascii_lowercase();
    if !allowed.iter().any(|scheme| lower.starts_with(scheme)) || url.chars().any(char::is_control) {
        return Err("only http, https, mailto and obsidian links are opened".into());
    }
    let (program, arguments) = opener();
    let mut command = Command::new(&program);
    command.args(arguments).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        Ok(mut child) => {
            // Nobody waits for a browser; a thread reaps it so that none is left behind as a zombie.
            let _ = std::thread::Builder::new().spawn(move || child.wait());
            Ok(())
        }
        Err(error) => Err(format!("cannot start `{}`: {error}", program.to_string_lossy())),
    }
}

fn opener() -> (OsString, &'static [&'static str]) {
    if let Some(named) = variable("STUDY_OPENER").filter(|name| !name.is_empty()) {
        return (named, &[]);
    }
    if cfg!(target_os = "macos") {
        ("open".into(), &[])
    } else if cfg!(windows) {
        ("rundll32".into(), &["url.dll,FileProtocolHandler"])
    } else {
        ("xdg-open".into(), &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn obsidian_urls_are_encoded() {
        assert_eq!(
            obsidian_url(Path::new("/v/My notes/a&b=c?.md")).unwrap(),
            "obsidian://open?path=%2Fv%2FMy%20notes%2Fa%26b%3Dc%3F.md"
        );
    }

    #[test]
    fn links_of_other_kinds_are_not_opened() {
        for bad in ["javascript:alert(1)", "file:///etc/passwd", "-h", "", "http://a\nb", "HTTPS"] {
            assert!(url(bad).is_err(), "{bad}");
        }
    }
}
