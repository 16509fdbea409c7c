//! Takes events back, in the notes and in the log: for `study undo` and for a session.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

use super::error::{ChangeError, UndoError};
use super::external;
use super::moved::{self, Keep};
use super::workspace::Workspace;
use crate::clock::Now;
use crate::desk::{Decision, Desk, Refused};
use crate::item::ItemId;
use crate::log::{Change, Entry, Event, EventId, Kind, Log, Subject, Undo};
use crate::note::NotePath;
use crate::note::properties::properties;
use crate::problem::Finding;
use crate::undo;

/// The events that wrote lines which read the same, with the numbers of these.
type Written = Vec<(EventId, u64)>;

/// What became of an event.
#[derive(Debug)]
pub enum Outcome {
    /// It was taken back.
    Done(Box<Undone>),
    /// It cannot be taken back as the note is now. The log says so, and `study undo` passes over it from now on.
    Stays {
        /// What keeps it.
        why: UndoError,
        /// The event.
        event: Box<Event>,
        /// The note that it would have to be taken back in; `None` when that is gone.
        note: Option<NotePath>,
    },
    /// The disk, another process or a newer change stood in the way. It can be tried again.
    NotNow(UndoError),
}

/// An event that was taken back.
#[derive(Debug)]
pub struct Undone {
    /// The event.
    pub event: Event,
    /// Of a dry run: the text of the note as it is, and as it would be.
    pub preview: Option<(String, String)>,
}

impl Outcome {
    fn done(event: &Event, preview: Option<(String, String)>) -> Self {
        Self::Done(Box::new(Undone { event: event.clone(), preview }))
    }
}

/// Events on their way to be taken back.
pub struct TakingBack<'a> {
    desk: &'a Desk<'a>,
    log: &'a Log,
    workspace: &'a Workspace,
    now: Now,
    /// Of a dry run: what the notes would hold, so that each event starts from the one before.
    texts: Option<HashMap<NotePath, String>>,
    /// The lines in notes that the log says were written and not taken back, once that was asked.
    written: RefCell<HashMap<usize, HashMap<String, Written>>>,
    /// What was taken back here.
    taken: RefCell<HashSet<EventId>>,
    /// The log with the moves since, once a note was not where it was.
    moved: OnceCell<Log>,
    /// Notes of which something could not be taken back now, so that nothing older of theirs is tried.
    halted: HashSet<ItemId>,
}

impl<'a> TakingBack<'a> {
    /// Takes events of `log` back at `now`, or only tells what that would do.
    pub fn new(desk: &'a Desk<'a>, log: &'a Log, workspace: &'a Workspace, now: Now, dry_run: bool) -> Self {
        Self {
            desk,
            log,
            workspace,
            now,
            texts: dry_run.then(HashMap::new),
            written: RefCell::default(),
            taken: RefCell::default(),
            moved: OnceCell::new(),
            halted: HashSet::new(),
        }
    }

    /// Takes `events` back, latest first, each on its own: what keeps one keeps no other. Gives the outcomes in the same
    /// order. The log says already of those in `skipped` that they are passed over.
    pub fn take_back(&mut self, events: Vec<Event>, skipped: &HashSet<EventId>) -> Vec<Outcome> {
        let events = put_where_they_are(events, self.log);
        let ids: Vec<(EventId, Subject)> =
            events.iter().map(|event| (event.id, event.change.subject.clone())).collect();
        let mut outcomes = Vec::with_capacity(events.len());
        let mut together = Vec::new();
        let mut skips = Vec::new();
        for event in events {
            if !undo::is_in_the_note(&event) || self.is_where_it_was(&event) {
                together.push(event);
                continue;
            }
            // Where a note is now may show only when what was done with it later is taken back.
            outcomes.extend(self.take_back_there(std::mem::take(&mut together)));
            let event = self.follow(event);
            match self.is_where_it_was(&event) {
                true => outcomes.extend(self.take_back_there(vec![event])),
                false => {
                    let why = UndoError::Gone(event.change.subject.clone());
                    outcomes.push(Outcome::Stays { why, event: Box::new(event), note: None });
                }
            }
        }
        outcomes.extend(self.take_back_there(together));
        for (outcome, (id, subject)) in outcomes.iter_mut().zip(&ids) {
            match outcome {
                Outcome::Done(_) => {}
                Outcome::NotNow(_) => self.halted.extend(subject.id().cloned()),
                Outcome::Stays { .. } if subject.id().is_some_and(|id| self.halted.contains(id)) => {
                    *outcome = Outcome::NotNow(UndoError::Newer(subject.clone()));
                }
                Outcome::Stays { .. } if skipped.contains(id) => {}
                Outcome::Stays { .. } => skips.push(undo::skip_of(*id, subject, &self.now)),
            }
        }
        if !skips.is_empty()
            && self.texts.is_none()
            && let Err(refused) = self.desk.sit().and_then(|mut seat| seat.record(skips))
        {
            // The next undo comes to each of them again.
            let said = refused.to_string();
            for outcome in outcomes.iter_mut().filter(|outcome| matches!(outcome, Outcome::Stays { .. })) {
                *outcome = Outcome::NotNow(UndoError::Log(Refused::Disk(said.clone())));
            }
        }
        outcomes
    }

    /// The event about its note where that lies now, after a look at the whole vault.
    fn follow(&self, event: Event) -> Event {
        let keep = if self.texts.is_some() { Keep::Unlogged } else { Keep::Logged };
        let read = || moved::followed_everywhere(self.desk.journal().read().0, false, keep, self.workspace);
        put_where_they_are(vec![event.clone()], self.moved.get_or_init(read)).pop().unwrap_or(event)
    }

    /// Whether the note lies where it did, as far as its path and its `sr-id` tell.
    fn is_where_it_was(&self, event: &Event) -> bool {
        let vault = &self.workspace.vault;
        let Some(note) = event.change.note() else { return true };
        match event.change.subject.sr_id() {
            // One that cannot be read is refused for that; it is not looked for elsewhere.
            Some(_) => vault.read(note).map_or_else(|_| vault.has_note(note), |text| is_same(event, &text)),
            None => vault.has_note(note),
        }
    }

    /// Takes back events of notes that lie where the events say.
    fn take_back_there(&mut self, events: Vec<Event>) -> Vec<Outcome> {
        if self.texts.is_some() {
            return events.iter().map(|event| self.dry_run(event)).collect();
        }
        let mut done: Vec<Result<Event, Refused>> = Vec::with_capacity(events.len());
        for run in events.chunk_by(|a, b| undo::is_in_the_note(a) == undo::is_in_the_note(b)) {
            let are_in_notes = run.first().is_some_and(undo::is_in_the_note);
            done.extend(if are_in_notes { self.in_notes(run) } else { self.in_the_log(run) });
        }
        external::kept(self.desk, self.workspace);
        let outcome = |(event, done): (&Event, Result<Event, Refused>)| match done {
            Ok(_) => Outcome::done(event, None),
            Err(refused) => refusal(event, refused),
        };
        events.iter().zip(done).map(outcome).collect()
    }

    fn in_notes(&self, events: &[Event]) -> Vec<Result<Event, Refused>> {
        let log = self.moved.get().unwrap_or(self.log);
        // Only notes are edited.
        let notes: Vec<NotePath> = events.iter().filter_map(|event| event.change.note().cloned()).collect();
        self.desk.change_all(&notes, |at, text| {
            let event = events.get(at).ok_or_else(|| Refused::Stale("it was not asked for".into()))?;
            if !is_same(event, text) {
                return Err(Refused::Stale("another note has taken its place".into()));
            }
            let restored = self.restored(text, event).map_err(Refused::Unsafe)?;
            let device = &self.workspace.config.device;
            let follows = event.change.subject.id().and_then(|item| log.last_elsewhere(item, device));
            Ok(Decision { text: restored, change: Change { follows, ..undo::undo_of(event, &self.now) } })
        })
    }

    /// Of what only the log tells.
    fn in_the_log(&self, events: &[Event]) -> Vec<Result<Event, Refused>> {
        let changes = events.iter().map(|event| undo::undo_of(event, &self.now)).collect();
        match self.desk.sit().and_then(|mut seat| seat.record(changes)) {
            Ok(events) => events.into_iter().map(Ok).collect(),
            Err(refused) => events.iter().map(|_| Err(Refused::Disk(refused.to_string()))).collect(),
        }
    }

    fn restored(&self, text: &str, event: &Event) -> Result<String, Finding> {
        let standing = if undo::is_as_it_was(text, event) { 1 } else { self.standing(event) };
        let restored = undo::restored_among(text, event, standing)?;
        self.taken.borrow_mut().insert(event.id);
        Ok(restored)
    }

    /// How many lines that read as the one of `event` the log says were written in its note and not taken back. Those that
    /// had the same number are taken for one line, written again.
    fn standing(&self, event: &Event) -> usize {
        let Some(Undo::Line { after, .. }) = event.change.what.undo() else { return 1 };
        let Some(entry) = self.log.find(event.id) else { return 1 };
        let note = self.log.note_number(entry);
        let mut written = self.written.borrow_mut();
        let lines = written.entry(note).or_insert_with(|| self.written_in(note));
        let taken = self.taken.borrow();
        let alike = lines.get(after).into_iter().flatten().filter(|(id, _)| *id == event.id || !taken.contains(id));
        alike.map(|(_, number)| number).collect::<HashSet<_>>().len()
    }

    fn written_in(&self, note: usize) -> HashMap<String, Written> {
        let entries: Vec<&Entry> =
            self.log.of_number(note).filter(|entry| entry.kind == Kind::Tick && !entry.is_undone()).collect();
        let mut lines: HashMap<String, Written> = HashMap::new();
        for event in self.desk.journal().events(self.log, &entries).unwrap_or_default() {
            if let Some(Undo::Line { number, after, .. }) = event.change.what.undo() {
                lines.entry(after.clone()).or_default().push((event.id, *number));
            }
        }
        lines
    }

    fn dry_run(&mut self, event: &Event) -> Outcome {
        let note = event.change.note().filter(|_| undo::is_in_the_note(event));
        let (Some(note), Some(texts)) = (note, &self.texts) else { return Outcome::done(event, None) };
        let text = texts.get(note).cloned().map_or_else(|| self.workspace.vault.read(note), Ok);
        match text.and_then(|text| Ok((self.restored(&text, event)?, text))) {
            Ok((restored, text)) => {
                self.texts.get_or_insert_default().insert(note.clone(), restored.clone());
                Outcome::done(event, Some((text, restored)))
            }
            Err(finding) => refusal(event, Refused::Unsafe(finding)),
        }
    }
}

fn refusal(event: &Event, refused: Refused) -> Outcome {
    let Some(note) = event.change.note() else { return Outcome::NotNow(UndoError::Log(refused)) };
    let stays = matches!(refused, Refused::Unsafe(_) | Refused::Unfit(_) | Refused::Lost(_));
    let why = ChangeError::new(note.clone(), refused).into();
    match stays {
        true => Outcome::Stays { why, event: Box::new(event.clone()), note: Some(note.clone()) },
        false => Outcome::NotNow(why),
    }
}

/// The events about their notes where `log` knows these now.
fn put_where_they_are(mut events: Vec<Event>, log: &Log) -> Vec<Event> {
    let places: HashMap<EventId, usize> = events.iter().enumerate().map(|(at, event)| (event.id, at)).collect();
    for entry in log.entries() {
        let event = places.get(&entry.id).and_then(|at| events.get_mut(*at));
        if let Some(Subject::Item { id, .. }) = event.map(|event| &mut event.change.subject)
            && id.note.composed() != log.note(entry)
        {
            id.note = NotePath::new(log.note(entry));
        }
    }
    events
}

/// Whether `text` is that of the note of `event`, as far as its `sr-id` tells.
fn is_same(event: &Event, text: &str) -> bool {
    event.change.subject.sr_id().is_none_or(|id| properties(text.as_bytes()).id.as_deref() == Some(id))
}
