//! `study fix`: mends schedule lines by stated rules, or writes lost schedules again from the log. Shows what it would do
//! and asks first; the log knows what was done, and one undo takes all of it back.

use std::collections::HashSet;
use std::io::Write;

use super::{Context, ask};
use crate::app::error::ChangeError;
use crate::app::external;
use crate::app::moved::{self, Keep};
use crate::app::resolve::Names;
use crate::cli::FixArgs;
use crate::desk::{Decision, Desk, Refused};
use crate::error::CliError;
use crate::item::ItemId;
use crate::log::{Change, Kind, Log, Transition, Undo, What};
use crate::note::fix::{Repaired, Rules, repair};
use crate::note::{NotePath, State, edit, schedule};
use crate::problem::{Advice, Code, Finding, Problem, Severity};
use crate::schedule::Scheduled;
use crate::show::diff;
use crate::show::text::clean;
use crate::show::when::count;
use crate::vault;

/// How many notes are shown before the question; `--dry-run` shows all.
const SHOWN: usize = 20;

/// What is to be done to one note.
struct Plan {
    note: NotePath,
    step: Step,
    /// What changes, as a unified diff.
    diff: String,
    /// What is said about it.
    says: Vec<String>,
}

enum Step {
    /// The frontmatter block, before and after.
    Mend { before: String, after: String },
    /// The schedule that the log has.
    Rebuild(Scheduled),
}

/// Shows what can be mended, asks, and does it.
///
/// # Errors
/// When a named note is not found, the answer is no, or a note could not be written.
pub fn run(args: &FixArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let desk = Desk::new(&context.vault, context.journal());
    let (plans, mut refused, temporaries) = plans(args, &desk, context)?;
    if !args.dry_run {
        external::clear_away(&desk, &temporaries, context);
    }
    if plans.is_empty() {
        writeln!(out, "Nothing to {}.", if args.rebuild { "restore" } else { "mend" })?;
        return CliError::several(refused).map_or(Ok(()), Err);
    }
    show(args, &plans, out)?;
    if args.dry_run {
        return CliError::several(refused).map_or(Ok(()), Err);
    }
    if !args.yes && !ask::yes(&question(args, plans.len()), out)? {
        return Err(CliError::failed("nothing was changed").hint("`--yes` does it without asking"));
    }
    // The name that all of it has in the log.
    let notes: Vec<NotePath> = plans.iter().map(|plan| plan.note.clone()).collect();
    let kind = if args.rebuild { Kind::Rebuild } else { Kind::Fix };
    let batch = desk.batch(kind, &notes, &context.now);
    let results = desk.change_all(&notes, |at, text| {
        let plan = plans.get(at).ok_or_else(changed)?;
        let (text, what) = plan.decide(text)?;
        let change = Change { batch, ..Change::new(what, ItemId::of_note(plan.note.clone()), &context.now) };
        Ok(Decision { text, change })
    });
    external::kept(&desk, context);
    let mut done = 0;
    for (note, result) in notes.iter().zip(results) {
        match result {
            Ok(_) => done += 1,
            Err(error) => refused.push(ChangeError::new(note.clone(), error).into()),
        }
    }
    if done > 0 {
        let verb = if args.rebuild { "Restored" } else { "Mended" };
        writeln!(out, "{verb} {}; `study undo` takes it back.", count(done, "note"))?;
    }
    CliError::several(refused).map_or(Ok(()), Err)
}

type Plans = (Vec<Plan>, Vec<CliError>, Vec<NotePath>);

/// What is to be done, why some of it cannot be done, and the temporary files met on the way.
fn plans(args: &FixArgs, desk: &Desk<'_>, context: &Context) -> Result<Plans, CliError> {
    let rules = Rules { ease_x100: args.ease_x100 };
    let keep = if args.dry_run { Keep::Unlogged } else { Keep::Logged };
    let read = || moved::followed_everywhere(desk.journal().read().0, true, keep, context);
    let log = args.rebuild.then(read);
    let look = |note: &NotePath, text: &str| match &log {
        Some(log) => rebuild(note, text, log),
        None => mend(note, text, rules),
    };
    let mut found = Vec::new();
    let mut refused = Vec::new();
    let mut temporaries = Vec::new();
    if args.notes.is_empty() {
        let scan =
            context.vault.scan(&context.skip(), |note, bytes| vault::text(bytes).ok().and_then(|t| look(note, t)));
        temporaries = external::temporaries(scan.leftovers, context);
        found.extend(scan.seen.into_iter().map(|(_, plan)| plan));
    } else {
        let names = Names::new(context);
        let mut seen = HashSet::new();
        for typed in &args.notes {
            let note = names.resolve(typed)?;
            if !seen.insert(note.clone()) {
                continue;
            }
            let text = context.vault.read(&note).map_err(|f| CliError::failed(f.at(note.clone()).to_string()))?;
            found.extend(look(&note, &text));
        }
    }
    let mut plans = Vec::new();
    for plan in found {
        match plan {
            Ok(plan) => plans.push(plan),
            Err(problem) => refused.push(CliError::failed(problem.to_string())),
        }
    }
    Ok((plans, refused, temporaries))
}

fn mend(note: &NotePath, text: &str, rules: Rules) -> Option<Result<Plan, Problem>> {
    let Repaired { repairs, before, after, .. } = match repair(text, rules) {
        Ok(repaired) => repaired?,
        Err(finding) => return Some(Err(finding.at(note.clone()))),
    };
    let says = repairs.iter().map(|repair| format!("{note}:{}: {}", repair.line, repair.says)).collect();
    let diff = diff::unified(note.as_str(), &before, &after);
    Some(Ok(Plan { note: note.clone(), step: Step::Mend { before, after }, diff, says }))
}

/// A note that has lost the schedule which the log left it with.
fn rebuild(note: &NotePath, text: &str, log: &Log) -> Option<Result<Plan, Problem>> {
    let item = ItemId::of_note(note.clone());
    let lost = log.kept_schedule(&item)?;
    if !is_lost(schedule::read(text.as_bytes()).state) {
        return None;
    }
    if let Some(line) = log.doubt(&item) {
        let message = format!("{} cannot be read, and may tell of a later schedule", log.place_of(line));
        return Some(Err(refusal(message).at(note.clone())));
    }
    let edited = match edit::set(text, &lost) {
        Ok(edited) => edited,
        Err(finding) => return Some(Err(finding.at(note.clone()))),
    };
    let says = format!("{note}: due {}, interval {}, ease {} again", lost.due, lost.interval, lost.ease);
    let diff = diff::unified(note.as_str(), text, &edited.text);
    Some(Ok(Plan { note: note.clone(), step: Step::Rebuild(lost), diff, says: vec![says] }))
}

fn refusal(message: String) -> Finding {
    let advice = Advice::Do("update `study` or mend that line, or give the note a schedule by hand");
    Finding { code: Code::Log, severity: Severity::Refusal, line: None, column: None, message, advice }
}

/// Whether a note has no schedule any more. One whose owner parked it has not lost it.
fn is_lost(state: State) -> bool {
    !matches!(state, State::Scheduled(_) | State::Parked)
}

fn show(args: &FixArgs, plans: &[Plan], out: &mut dyn Write) -> Result<(), CliError> {
    let shown = if args.dry_run { plans.len() } else { SHOWN };
    for plan in plans.iter().take(shown) {
        out.write_all(plan.diff.as_bytes())?;
        for line in &plan.says {
            writeln!(out, "{}", clean(line))?;
        }
        writeln!(out)?;
    }
    if plans.len() > shown {
        writeln!(out, "… and {} more; `--dry-run` shows all of them\n", count(plans.len() - shown, "note"))?;
    }
    Ok(())
}

fn question(args: &FixArgs, notes: usize) -> String {
    let verb = if args.rebuild { "Restore" } else { "Mend" };
    format!("{verb} {}?", count(notes, "note"))
}

impl Plan {
    /// What the note becomes, if that is still what was shown.
    fn decide(&self, text: &str) -> Result<(String, What), Refused> {
        match &self.step {
            Step::Mend { before, after } => {
                let mended = [Rules::default(), Rules { ease_x100: true }]
                    .into_iter()
                    .filter_map(|rules| repair(text, rules).ok().flatten())
                    .find(|repaired| (&repaired.before, &repaired.after) == (before, after))
                    .ok_or_else(changed)?;
                let moved = Transition { before: scheduled(text), after: scheduled(&mended.text) };
                let undo = Undo::Block { before: mended.before, after: mended.after };
                Ok((mended.text, What::Fix { moved, undo }))
            }
            Step::Rebuild(to) => {
                if !is_lost(schedule::read(text.as_bytes()).state) {
                    return Err(changed());
                }
                let edited = edit::set(text, to).map_err(Refused::Unsafe)?;
                let moved = Transition { before: None, after: Some(*to) };
                Ok((edited.text, What::Rebuild { moved, undo: Undo::Values(edited.was) }))
            }
        }
    }
}

fn changed() -> Refused {
    Refused::Stale("it has changed since it was looked at".into())
}

fn scheduled(text: &str) -> Option<Scheduled> {
    match schedule::read(text.as_bytes()).state {
        State::Scheduled(scheduled) => Some(scheduled),
        _ => None,
    }
}
