//! What the editor, Obsidian and the system's opener are given.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::command::context::{variable, variable_text};
use crate::note::NotePath;
use crate::note::address::{FILES_OF_OBSIDIAN, address};
use crate::program::{self, Launch, Started};
use crate::tui::Openers;
use crate::vault::{self, Vault};

/// What stays as it is in a path inside a URL.
const IN_URL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How long an opener is waited for. Most end within a second; one that is the browser itself ends with it.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// Looks a program up as PATH says.
fn find(name: &OsStr) -> Result<Launch, String> {
    program::find(name, &variable("PATH").unwrap_or_default())
}

/// The program that opens `file`, an absolute path, in the editor that VISUAL or else EDITOR names.
///
/// # Errors
/// A sentence when neither is set, or there is no such program.
pub fn editor(file: &Path) -> Result<Launch, String> {
    let (variable, named) = ["VISUAL", "EDITOR"]
        .iter()
        .map(|name| (name, variable_text(name)))
        .find(|(_, value)| !value.trim().is_empty())
        .ok_or("no editor is named; set EDITOR, for example to `nano`")?;
    // Arguments as in `code --wait`; quotes are no business of ours.
    let mut words = named.split_whitespace();
    let name = words.next().unwrap_or_default();
    let mut launch = find(OsStr::new(name)).map_err(|why| format!("{why}; set {variable} to one"))?;
    launch.arguments = words.map(Into::into).collect();
    launch.arguments.push(file.into());
    Ok(launch)
}

/// The URL that opens `file` in Obsidian.
///
/// # Errors
/// A sentence when the file has no absolute path that is UTF-8, or Obsidian would hand it to another program.
pub fn obsidian_url(file: &Path) -> Result<String, String> {
    let name = file.file_name().unwrap_or_default().display();
    let ending = file.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
    if !FILES_OF_OBSIDIAN.contains(&ending.as_str()) {
        return Err(format!(
            "`{name}` is not opened: Obsidian does not show such files, but hands them to other programs"
        ));
    }
    let real = std::path::absolute(file).map_err(|e| format!("cannot tell where it is: {e}"))?;
    let path = real.to_str().ok_or("its path is not UTF-8")?;
    Ok(format!("obsidian://open?path={}", utf8_percent_encode(path, IN_URL)))
}

/// Starts to open `url` with the program that the system has for it, or the one that STUDY_OPENER names.
///
/// # Errors
/// A sentence when the URL is of a kind that is not opened, or the program cannot be started.
pub fn url(url: &str) -> Result<Started, String> {
    let url = address(url)?;
    let named = variable("STUDY_OPENER").filter(|name| !name.is_empty());
    let mut launch = match &named {
        Some(name) => find(name)?,
        None if cfg!(target_os = "macos") => find(OsStr::new("open"))?,
        None if cfg!(windows) => {
            let launch = find(OsStr::new("rundll32"))?;
            Launch { arguments: vec!["url.dll,FileProtocolHandler".into()], ..launch }
        }
        None => find(OsStr::new("xdg-open"))?,
    };
    launch.arguments.push(url.into());
    program::start(&launch)
}

/// The programs of the user and the system.
#[derive(Debug)]
pub struct Programs {
    vault: Vault,
    /// The opener that was started last.
    opening: RefCell<Option<Started>>,
}

impl Programs {
    /// Those that open the notes of `vault`.
    pub fn new(vault: &Vault) -> Self {
        Self { vault: vault.clone(), opening: RefCell::new(None) }
    }
}

impl Openers for Programs {
    fn editor(&self, note: &NotePath) -> Result<Launch, String> {
        let file = std::path::absolute(self.vault.file(note)).map_err(|e| vault::plain(&e))?;
        editor(&file)
    }

    fn obsidian(&self, note: &NotePath) -> Result<(), String> {
        self.url(&obsidian_url(&self.vault.file(note))?)
    }

    fn url(&self, url: &str) -> Result<(), String> {
        *self.opening.borrow_mut() = Some(self::url(url)?);
        Ok(())
    }

    fn ended(&self, patience: Duration) -> Option<Result<(), String>> {
        let mut opening = self.opening.borrow_mut();
        let outcome = opening.as_ref()?.outcome(patience)?;
        *opening = None;
        Some(outcome)
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
        assert!(address(&obsidian_url(Path::new("/v/a&append=b.PDF")).unwrap()).is_ok());
    }

    #[test]
    fn files_that_other_programs_would_run_are_not_opened() {
        for bad in ["x.desktop", "x.sh", "x.exe", "x.lnk", "x.url", "x.html", "x.pdf.js", "x", ".md", "x.md ", "pdf"] {
            assert!(obsidian_url(&Path::new("/v").join(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn links_of_other_kinds_are_not_opened() {
        for bad in ["javascript:alert(1)", "file:///etc/passwd", "-h", "", "HTTPS", "obsidian://new?file=x"] {
            assert!(url(bad).is_err(), "{bad}");
        }
    }
}
