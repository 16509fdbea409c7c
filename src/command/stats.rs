//! `study stats`: what the notes and the log tell of the learning.

use std::io::Write;

use super::{Context, report};
use crate::app::external::{self, Extent};
use crate::app::scan::census::Census;
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
    let (census, held) = external::reading(context, || context.read(Census::take));
    let log = external::outside_reviews(context, &census.standing(), Extent::Whole, held);
    let stats = summarize(&census.known(&log, context), &log, context.now.today);
    if args.json {
        crate::show::json::line(out, &stats)?;
    } else {
        let page = Page { width: context.columns(), ascii: context.config.ascii };
        out.write_all(crate::show::stats::stats(&stats, page).as_bytes())?;
    }
    report::problems(&census.problems, context);
    Ok(())
}
