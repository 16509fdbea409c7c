//! `study stats`: what the notes and the log tell of the learning.

use std::io::Write;

use super::Context;
use super::notice::{self, Extent};
use super::roll::Roll;
use crate::cli::StatsArgs;
use crate::error::CliError;
use crate::show::stats::Page;
use crate::stats::summarize;

/// Prints the figures.
///
/// # Errors
/// When the output cannot be written.
pub fn run(args: &StatsArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    if let Some(roadmap) = &args.roadmap {
        return super::roadmap::branches(roadmap, args.json, context, out);
    }
    let (roll, held) = notice::reading(context, || Roll::take(context));
    let log = notice::outside_reviews(context, &roll.scheduled(), Extent::Whole, held);
    let stats = summarize(&roll.known(&log, context), &log, context.now.today);
    if args.json {
        crate::show::json::line(out, &stats)?;
    } else {
        let page = Page { width: context.columns(), ascii: context.config.ascii };
        out.write_all(crate::show::stats::stats(&stats, page).as_bytes())?;
    }
    roll.report(context);
    Ok(())
}
