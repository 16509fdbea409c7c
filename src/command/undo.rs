//! `study undo`: takes the last things back, in the notes and in the log.

use std::io::Write;

use chrono::NaiveDate;

use super::Context;
use super::due;
use crate::app::moved::{self, Keep, LastSeen};
use crate::app::resolve::resolve;
use crate::app::undo::{Outcome, TakingBack};
use crate::cli::UndoArgs;
use crate::desk::Desk;
use crate::error::CliError;
use crate::item::ItemId;
use crate::log::{Entry, Event, Log, RefusedLine, Step, Undo};
use crate::problem::{Code, shell_word};
use crate::show::text::clean;
use crate::show::{diff, refusal, when};

/// So many events at most are in hand at once; more gain nothing.
const MOST: usize = 1024;

/// Takes the last steps back, latest first.
///
/// # Errors
/// When there is nothing to take back, or a part of it could not be.
pub fn run(args: &UndoArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let desk = Desk::new(&context.vault, context.journal());
    if desk.is_unsettled() {
        // What a process that died had begun is completed first, so that it can be taken back too.
        drop(desk.sit().map_err(|refused| CliError::failed(refused.to_string()))?);
    }
    let (mut log, problems) = desk.journal().read();
    for problem in &problems {
        context.notice(problem.to_string());
    }
    let note = args.note.as_deref().map(|typed| resolve(typed, context)).transpose()?.map(ItemId::of_note);
    if let Some(item) = &note {
        let keep = if args.dry_run { Keep::Unlogged } else { Keep::Logged };
        log = moved::of_named(log, std::slice::from_ref(item), LastSeen::Unread, keep, context);
    }
    let device = Some(context.config.device.as_str());
    let wanted = args.steps as usize;
    let mut undoing = Undoing {
        context,
        dry_run: args.dry_run,
        desk: &desk,
        log: &log,
        taking: TakingBack::new(&desk, &log, context, context.now, args.dry_run),
        refused: Vec::new(),
        hint: None,
    };
    let mut unread = None;
    let found = match &note {
        Some(item) => {
            let entries = log.undoable_of(item, device);
            let entries = before(&entries, |entry| log.done_to_it_later(entry), &mut unread);
            undoing.of_note(entries, wanted, out)?
        }
        None => {
            let steps = log.undoable(wanted, device);
            let later = |step: &Step<'_>| step.entries.iter().find_map(|entry| log.done_later(entry));
            undoing.steps(before(&steps, later, &mut unread), out)?
        }
    };
    if let Some(line) = unread {
        let place = log.place_of(line);
        let why = format!("{place}: this was done later, but cannot be read, so that nothing before it was taken back");
        let hint = "update `study`, or mend the line, and undo again; `study undo --note NOTE` takes back what was done with another note";
        undoing.refuse(why, Some(hint.to_owned()));
    }
    if found == 0 && undoing.refused.is_empty() {
        let unread = problems.iter().any(|problem| problem.finding.code == Code::Unreadable);
        return Err(CliError::failed(match unread {
            true => "the log cannot be read, so nothing was taken back",
            false => "there is nothing to take back on this device",
        }));
    }
    if (1..wanted).contains(&found) {
        context.notice(format!("there was no more to take back than {}", when::count(found, "step")));
    }
    let Some(error) = CliError::several(undoing.refused) else { return Ok(()) };
    Err(match undoing.hint {
        Some(hint) => error.hint(hint),
        None => error,
    })
}

/// Those of `steps` before the first that has something later behind it that cannot be read, and that line.
fn before<'s, 'l, T>(
    steps: &'s [T],
    later: impl Fn(&T) -> Option<&'l RefusedLine>,
    unread: &mut Option<&'l RefusedLine>,
) -> &'s [T] {
    let end = steps.iter().position(|step| {
        *unread = later(step);
        unread.is_some()
    });
    steps.get(..end.unwrap_or(steps.len())).unwrap_or_default()
}

struct Undoing<'a> {
    context: &'a Context,
    dry_run: bool,
    desk: &'a Desk<'a>,
    log: &'a Log,
    taking: TakingBack<'a>,
    /// What could not be taken back, in order.
    refused: Vec<CliError>,
    /// What to do about the first of these.
    hint: Option<String>,
}

impl Undoing<'_> {
    /// Takes steps back, each whole as far as its notes let it. Gives how many there were.
    fn steps(&mut self, steps: &[Step<'_>], out: &mut dyn Write) -> Result<usize, CliError> {
        let mut together: Vec<&Entry> = Vec::new();
        for (number, step) in steps.iter().enumerate() {
            together.extend(&step.entries);
            if together.len() < MOST && number + 1 < steps.len() {
                continue;
            }
            for outcome in self.take_back(&std::mem::take(&mut together))? {
                self.tell(outcome, out)?;
            }
        }
        Ok(steps.len())
    }

    /// Takes back the last `wanted` of `entries`, all of one note. What was stepped over before is tried again, and counts
    /// if it can be taken back by now. Gives how many there were.
    fn of_note(&mut self, entries: &[&Entry], wanted: usize, out: &mut dyn Write) -> Result<usize, CliError> {
        let mut rest = entries;
        let mut found = 0;
        let mut still = None;
        while found < wanted && !rest.is_empty() && self.refused.is_empty() {
            let (now, later) = rest.split_at((wanted - found).min(MOST).min(rest.len()));
            rest = later;
            for (entry, outcome) in now.iter().zip(self.take_back(now)?) {
                if entry.is_skipped() && matches!(outcome, Outcome::Stays { .. }) {
                    still = still.or(Some(outcome));
                } else {
                    found += 1;
                    self.tell(outcome, out)?;
                }
            }
        }
        if let Some(outcome) = still.filter(|_| found == 0) {
            self.tell(outcome, out)?;
        }
        Ok(found)
    }

    fn take_back(&mut self, entries: &[&Entry]) -> Result<Vec<Outcome>, CliError> {
        let events =
            self.desk.journal().events(self.log, entries).map_err(|error| CliError::failed(error.to_string()))?;
        let skipped = entries.iter().filter(|entry| entry.is_skipped()).map(|entry| entry.id);
        Ok(self.taking.take_back(events, &skipped.collect()))
    }

    fn tell(&mut self, outcome: Outcome, out: &mut dyn Write) -> Result<(), CliError> {
        let today = self.context.now.today;
        let (why, hint) = match outcome {
            Outcome::Done(done) => {
                let text = match &done.preview {
                    Some((old, new)) => diff::unified(&done.event.change.subject.to_string(), old, new),
                    None => told(&done.event, today, self.dry_run),
                };
                return Ok(out.write_all(text.as_bytes())?);
            }
            Outcome::Stays { why, event, note } => {
                let change = &event.change;
                let stepped_over = refusal::stepped_over(change.kind(), change.day, today, self.dry_run);
                let hint = note.map(|note| {
                    let word = shell_word(note.as_str());
                    format!(
                        "the next `study undo` goes on to what was done before it; `study history {word}` tells what it was, \
                         `study undo --note {word}` takes it back once the note is as it was left then"
                    )
                });
                (format!("{why}; {stepped_over}"), hint)
            }
            Outcome::NotNow(why) => {
                let hint =
                    "`study undo` tries it again; `study undo --note NOTE` takes back what was done with another note";
                (why.to_string(), Some(hint.to_owned()))
            }
        };
        self.refuse(why, hint);
        Ok(())
    }

    fn refuse(&mut self, why: String, hint: Option<String>) {
        if self.hint.is_none() {
            self.hint = hint;
        }
        self.refused.push(CliError::failed(why));
    }
}

/// `a: review (good) of Thu 15 Jan taken back; due Sat 10 Jan, interval 12 d, ease 230 again`
fn told(event: &Event, today: NaiveDate, dry_run: bool) -> String {
    let change = &event.change;
    let grade = change.what.grade().map_or(String::new(), |grade| format!(" ({grade})"));
    let back = match change.what.moved().map(|moved| moved.before) {
        Some(Some(s)) => format!("; due {}, interval {} d, ease {} again", when::day(s.due, today), s.interval, s.ease),
        // Before a repair, what stood there was no schedule, but not nothing either.
        Some(None) if matches!(change.what.undo(), Some(Undo::Block { .. })) => String::new(),
        Some(None) => "; new again".to_owned(),
        None => String::new(),
    };
    let taken = if dry_run { "would be taken back" } else { "taken back" };
    let what = format!("{}{grade} of {} {taken}{back}", change.kind(), when::day(change.day, today));
    let name = change.note().map_or_else(|| change.subject.to_string(), due::name);
    format!("{name}: {}\n", clean(&what))
}
