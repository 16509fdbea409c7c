//! `study undo`: takes the last things back, in the notes and in the log.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::io::Write;

use super::review::sentence;
use super::whereabouts::Whereabouts;
use super::{Context, due, named, notice};
use crate::cli::UndoArgs;
use crate::desk::{Decision, Desk, Refused};
use crate::error::CliError;
use crate::log::Event;
use crate::note::NotePath;
use crate::problem::shell_word;
use crate::review::NotDone;
use crate::show::text::clean;
use crate::show::{diff, when};
use crate::undo;

/// Takes the last steps back, newest first. Stops at the first that cannot be taken back.
///
/// # Errors
/// When there is nothing to take back, or a note no longer holds what was written.
pub fn run(args: &UndoArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let desk = Desk::new(&context.vault, context.journal());
    if desk.is_unsettled() {
        // What a process that died had begun is completed first, so that it can be taken back too.
        drop(desk.sit().map_err(|refused| CliError::failed(refused.to_string()))?);
    }
    let (log, problems) = desk.journal().read();
    for problem in &problems {
        context.notice(problem.to_string());
    }
    let only = args.note.as_deref().map(|typed| named::resolve(typed, context)).transpose()?;
    let wanted = args.steps as usize;
    let mut steps = log.undoable(only.as_ref().map_or(wanted, |_| usize::MAX), Some(&context.config.device));
    if let Some(note) = &only {
        steps.retain(|step| step.entries.iter().all(|entry| log.note(entry) == note.composed()));
        steps.truncate(wanted);
    }
    if steps.is_empty() {
        return Err(CliError::failed("there is nothing to take back on this device"));
    }
    if steps.len() < wanted {
        let there = when::count(steps.len(), "step");
        context.notice(format!("there was no more to take back than {there}"));
    }
    let mut undoing = Undoing {
        desk: &desk,
        context,
        together: Vec::new(),
        texts: args.dry_run.then(HashMap::new),
        whereabouts: OnceCell::new(),
        missing: Vec::new(),
    };
    for step in &steps {
        for event in desk.journal().events(&log, &step.entries).map_err(|e| CliError::failed(e.to_string()))? {
            undoing.push(event, out)?;
        }
    }
    undoing.flush(out)?;
    CliError::several(undoing.missing).map_or(Ok(()), Err)
}

/// Events on their way to be taken back, those of neighbouring steps together.
struct Undoing<'a> {
    desk: &'a Desk<'a>,
    context: &'a Context,
    /// Events about notes that lie where they did, or of which only the log tells.
    together: Vec<Event>,
    /// Of a dry run: what the notes would hold, so that each step starts from the one before.
    texts: Option<HashMap<NotePath, String>>,
    /// Where notes lie now, once one was not where it was.
    whereabouts: OnceCell<Whereabouts>,
    /// What was said of notes that are gone.
    missing: Vec<CliError>,
}

impl Undoing<'_> {
    /// Adds an event, which is taken back now or later.
    fn push(&mut self, event: Event, out: &mut dyn Write) -> Result<(), CliError> {
        /// More in hand at once gain nothing.
        const MOST: usize = 1024;
        if !undo::is_in_the_note(&event) || self.context.vault.has_note(&event.change.note) {
            self.together.push(event);
            return if self.together.len() < MOST { Ok(()) } else { self.flush(out) };
        }
        // Where a note is now may show only when what was done with it later is taken back.
        self.flush(out)?;
        let whereabouts = self.whereabouts.get_or_init(|| Whereabouts::new(self.context));
        let Some(event) = whereabouts.follow(&event, self.context) else {
            // A note that is gone must not keep what was done with others from being taken back.
            let (note, day) = (&event.change.note, when::day(event.change.day, self.context.now.today));
            let what = format!("{note}: is not there any more; its {} of {day} was stepped over", event.change.kind);
            self.missing.push(CliError::failed(what));
            return Ok(());
        };
        self.together.push(event);
        self.flush(out)
    }

    /// Takes back what is in hand, and tells of it. An error at the first that cannot be taken back.
    fn flush(&mut self, out: &mut dyn Write) -> Result<(), CliError> {
        let events = std::mem::take(&mut self.together);
        let results = match &mut self.texts {
            Some(texts) => events.iter().map(|event| dry_run(event, self.context, texts)).collect(),
            None => take_back(self.desk, &events, self.context),
        };
        let mut stopped: Option<(CliError, String)> = None;
        // What goes through the steps together with one that fails may come through.
        let mut older = 0;
        for (event, result) in events.iter().zip(results) {
            match result {
                Ok(text) => {
                    older += usize::from(stopped.is_some());
                    out.write_all(text.as_bytes())?;
                }
                Err(NotDone(why)) if stopped.is_none() => {
                    stopped = Some((CliError::failed(why), shell_word(event.change.note.as_str())));
                }
                Err(_) => {}
            }
        }
        let Some((error, word)) = stopped else { return Ok(()) };
        let older = match older {
            0 => "nothing older was taken back".to_owned(),
            _ => format!("{} taken back all the same", when::count(older, "older change")),
        };
        Err(error.hint(format!(
            "{older}; `study history {word}` tells what it was, `study undo --note NOTE` takes back what was done with \
             another note"
        )))
    }
}

/// Takes events back in their order, up to the first of which the note says something else.
fn take_back(desk: &Desk<'_>, events: &[Event], context: &Context) -> Vec<Result<String, NotDone>> {
    let mut done: Vec<Result<Event, Refused>> = Vec::with_capacity(events.len());
    for run in events.chunk_by(|a, b| undo::is_in_the_note(a) == undo::is_in_the_note(b)) {
        let are_in_notes = run.first().is_some_and(undo::is_in_the_note);
        done.extend(if are_in_notes { in_notes(desk, run, context) } else { in_the_log(desk, run, context) });
        if done.iter().any(Result::is_err) {
            break;
        }
    }
    done.resize_with(events.len(), || Err(newer()));
    notice::kept(desk, context);
    let tell = |(event, done): (&Event, Result<Event, Refused>)| {
        let note = &event.change.note;
        done.map(|_| format!("{}: {}\n", due::name(note), told(event, context)))
            .map_err(|refused| sentence(note, &refused))
    };
    events.iter().zip(done).map(tell).collect()
}

fn in_notes(desk: &Desk<'_>, events: &[Event], context: &Context) -> Vec<Result<Event, Refused>> {
    let notes: Vec<NotePath> = events.iter().map(|event| event.change.note.clone()).collect();
    let mut stopped = false;
    desk.change_all(&notes, |at, text| {
        let event = events.get(at).filter(|_| !stopped).ok_or_else(newer)?;
        let restored = undo::restored(text, event).map_err(Refused::Unsafe);
        stopped = restored.is_err();
        Ok(Decision { text: restored?, change: undo::undo_of(event, &context.now) })
    })
}

/// Of what only the log tells. Where that fails, one error stands for all.
fn in_the_log(desk: &Desk<'_>, events: &[Event], context: &Context) -> Vec<Result<Event, Refused>> {
    let changes = events.iter().map(|event| undo::undo_of(event, &context.now)).collect();
    match desk.sit().and_then(|mut seat| seat.record(changes)) {
        Ok(events) => events.into_iter().map(Ok).collect(),
        Err(refused) => vec![Err(refused)],
    }
}

fn newer() -> Refused {
    Refused::Stale("something newer could not be taken back".into())
}

fn dry_run(event: &Event, context: &Context, texts: &mut HashMap<NotePath, String>) -> Result<String, NotDone> {
    let note: &NotePath = &event.change.note;
    if !undo::is_in_the_note(event) {
        return Ok(format!("{}: {}\n", due::name(note), told(event, context)));
    }
    let refuse = |finding: crate::problem::Finding| NotDone(finding.at(note.clone()).to_string());
    let text = match texts.remove(note) {
        Some(text) => text,
        None => context.vault.read(note).map_err(refuse)?,
    };
    let restored = undo::restored(&text, event).map_err(refuse)?;
    let shown = diff::unified(note.as_str(), &text, &restored);
    texts.insert(note.clone(), restored);
    Ok(shown)
}

/// `review (good) of Thu 15 Jan taken back; due Sat 10 Jan, interval 12 d, ease 230 again`
fn told(event: &Event, context: &Context) -> String {
    let (change, today) = (&event.change, context.now.today);
    let grade = change.grade.map_or(String::new(), |grade| format!(" ({grade})"));
    let back = match change.schedule.map(|moved| moved.before) {
        Some(Some(s)) => format!("; due {}, interval {} d, ease {} again", when::day(s.due, today), s.interval, s.ease),
        // Before a repair, what stood there was no schedule, but not nothing either.
        Some(None) if change.block_before.is_some() => String::new(),
        Some(None) => "; new again".to_owned(),
        None => String::new(),
    };
    clean(&format!("{}{grade} of {} taken back{back}", change.kind, when::day(change.day, today))).into_owned()
}
