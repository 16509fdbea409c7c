//! The word about changes that are about to happen, left where the next process finds it, and what that does with it.

use std::io;

use serde::{Deserialize, Serialize};

use super::{Desk, Refused, Seat, refused};
use crate::fault;
use crate::log::{Change, Event, EventId};
use crate::note::{State, schedule};
use crate::undo;
use crate::vault::{Replacement, Trace, plain};

/// No word is longer: the changes that are made together, their lines of the log written as JSON once more.
const LARGEST: u64 = 64 << 20;

/// What is about to happen to a note.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Intent {
    /// Stands for the bytes of the note before.
    old: EventId,
    /// Stands for the bytes of the note after.
    new: EventId,
    /// The temporary file, in the folder of the note.
    temporary: String,
    /// The line of the log, as it will be written.
    event: String,
}

impl Intent {
    pub(super) fn new(old: EventId, new: EventId, to: &Replacement, event: &Event) -> Self {
        Self { old, new, temporary: to.name().to_owned(), event: event.line() }
    }
}

impl Desk<'_> {
    /// Leaves the word, a line for each note.
    pub(super) fn announce(&self, intents: &[Intent]) -> Result<(), Refused> {
        let path = self.intent_file();
        // Not flushed: it is there for a process that dies. After a power failure, a change that the log missed is
        // noticed as one made elsewhere.
        let write = || -> io::Result<()> {
            let mut text = Vec::new();
            for intent in intents {
                serde_json::to_writer(&mut text, intent)?;
                text.push(b'\n');
            }
            fault::step("announce")?;
            let mut file = self.journal.new_pending()?;
            fault::write(&mut file, &text, "announce")
        };
        write().map_err(|e| {
            self.journal.remove_pending();
            Refused::Disk(format!("cannot write `{}`: {}", path.display(), plain(&e)))
        })
    }

    /// Takes the word away.
    pub(super) fn withdraw(&self) {
        if fault::step("withdraw").is_ok() {
            self.journal.remove_pending();
        }
    }
}

impl Seat<'_> {
    /// Completes the log for a process that died after it had replaced notes and before it had logged that, and clears
    /// away what it left.
    pub(super) fn settle(&mut self) -> Result<(), Refused> {
        let file = self.desk.intent_file();
        // What it says may be all that is known of a change: it is not written over.
        let bytes = self.desk.journal.pending(LARGEST).map_err(|error| {
            Refused::Disk(format!("cannot read `{}`: {}; move it away", file.display(), plain(&error)))
        })?;
        let Some(bytes) = bytes else { return Ok(()) };
        // Half a line was written before anything was done.
        let parse = |line: &[u8]| {
            let intent: Intent = serde_json::from_slice(line).ok()?;
            let event = Event::parse(intent.event.as_bytes()).ok()?;
            Some((intent, event))
        };
        let intents: Vec<(Intent, Event)> = bytes.split(|byte| *byte == b'\n').filter_map(parse).collect();
        let (log, _) = self.desk.journal.read();
        let mut missing = Vec::new();
        for (intent, event) in &intents {
            let logged = log.find(event.id).is_some();
            if self.is_placed(intent, event, logged)? && !logged {
                // Under the name it was announced with, so that a crash in this very moment does not log it twice.
                missing.push(Change { fixed_id: Some(event.id), ..event.change.clone() });
            }
        }
        if !missing.is_empty() {
            self.writer.append_all(missing)?;
        }
        self.desk.withdraw();
        for (intent, event) in &intents {
            self.desk.vault.clear(&event.change.note, &intent.temporary);
        }
        Ok(())
    }

    /// Whether what was announced was put into the note.
    fn is_placed(&self, intent: &Intent, event: &Event, logged: bool) -> Result<bool, Refused> {
        let (vault, note) = (self.desk.vault, &event.change.note);
        let is = |id: EventId| move |bytes: &[u8]| EventId::of(&[bytes]) == id;
        Ok(match vault.trace(note, &intent.temporary, is(intent.old), is(intent.new)) {
            Trace::Placed => true,
            Trace::NotPlaced => false,
            Trace::None => self.is_in_the_note(intent, event),
            Trace::Foreign => {
                let rescue = vault.rescue(note, &intent.temporary, |bytes| !logged && is(intent.new)(bytes));
                self.desk.kept.borrow_mut().extend(rescue.map_err(|e| refused(e.into()))?);
                logged
            }
        })
    }

    /// Whether the note says that the change was made. Asked where no temporary file tells it.
    fn is_in_the_note(&self, intent: &Intent, event: &Event) -> bool {
        let Ok(text) = self.desk.vault.read(&event.change.note) else { return false };
        let now = EventId::of(&[text.as_bytes()]);
        if now == intent.new || now == intent.old {
            return now == intent.new;
        }
        // Edited since. The schedule tells, if the change moved it; else what the log says that was written.
        let Some(after) = event.change.schedule.filter(|moved| moved.before != moved.after).map(|moved| moved.after)
        else {
            return event.change.was.is_none() && undo::restored(&text, event).is_ok_and(|before| before != text);
        };
        matches!(schedule::read(text.as_bytes()).state, State::Scheduled(scheduled) if after == Some(scheduled))
    }
}
