//! `study stats`: what the notes and the log tell of the learning.

use std::io::Write;

use super::notice::{self, Extent};
use super::{Context, load};
use crate::cli::StatsArgs;
use crate::error::CliError;
use crate::note::facts::{ScheduledTags, Wanted};
use crate::show::stats::Page;
use crate::stats::{Known, summarize};

/// Prints the figures.
///
/// # Errors
/// When the output cannot be written.
pub fn run(args: &StatsArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    if let Some(roadmap) = &args.roadmap {
        return super::roadmap::branches(roadmap, args.json, context, out);
    }
    let today = context.now.today;
    let wanted = Wanted::new(&context.config.selection, None, ScheduledTags::DueBy(today));
    let (loaded, held) = notice::reading(context, || load::load(context, &wanted));
    let log = notice::outside_reviews(context, &loaded.states, Extent::Whole, held);
    let queue = &loaded.queue;
    let entries = queue.due.iter().chain(&queue.new).chain(&queue.upcoming);
    let notes: Vec<Known> = entries.map(|entry| Known { path: &entry.path, schedule: entry.schedule }).collect();
    let stats = summarize(&notes, &log, today);
    if args.json {
        crate::show::json::line(out, &stats)?;
    } else {
        let page = Page { width: context.columns(), ascii: context.config.ascii };
        out.write_all(crate::show::stats::stats(&stats, page).as_bytes())?;
    }
    loaded.report(context);
    Ok(())
}
