//! Questions that a command asks at the terminal.

use std::io::{self, BufRead, Write};

use crate::error::CliError;
use crate::vault;

/// Whether the answer to `question` is yes. No answer is no.
///
/// # Errors
/// When the question cannot be written or the answer cannot be read.
pub fn yes(question: &str, out: &mut dyn Write) -> Result<bool, CliError> {
    let line = line(&format!("{question} [y/N] "), out)?;
    Ok(matches!(line.as_deref().map(str::trim), Some("y" | "Y" | "yes" | "Yes" | "YES")))
}

/// The line that is typed behind `prompt`; `None` at the end of the input.
///
/// # Errors
/// When the prompt cannot be written or the line cannot be read.
pub fn line(prompt: &str, out: &mut dyn Write) -> Result<Option<String>, CliError> {
    write!(out, "{prompt}")?;
    out.flush()?;
    let mut line = Vec::new();
    let read = io::stdin().lock().read_until(b'\n', &mut line);
    if read.map_err(|error| CliError::failed(format!("cannot read the answer: {}", vault::plain(&error))))? == 0 {
        // What comes next starts its own line.
        writeln!(out)?;
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}
