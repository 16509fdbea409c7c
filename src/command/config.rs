//! `study config`: every setting in force and where it comes from.

use std::io::Write;

use serde_json::{Value, json};

use super::Context;
use crate::cli::ConfigArgs;
use crate::error::CliError;
use crate::show::text::{clean, pad, width};

/// Prints the settings.
///
/// # Errors
/// When the output cannot be written.
pub fn run(args: &ConfigArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    if args.json {
        let settings: serde_json::Map<String, Value> = context
            .rows
            .iter()
            .map(|row| (row.key.to_owned(), json!({"value": row.value, "source": row.source.to_string()})))
            .collect();
        return Ok(crate::show::json::line(&json!({"version": 1, "settings": settings}), out)?);
    }
    let rows: Vec<[String; 3]> = context
        .rows
        .iter()
        .map(|row| [row.key.to_owned(), clean(&row.value.to_string()).into_owned(), row.source.to_string()])
        .collect();
    let widest = |column: usize| rows.iter().map(|row| width(&row[column])).max().unwrap_or(0).min(60);
    let (keys, values) = (widest(0), widest(1));
    for [key, value, source] in &rows {
        writeln!(out, "{}  {}  {}", pad(key, keys), pad(value, values), clean(source))?;
    }
    Ok(())
}
