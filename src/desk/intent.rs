//! Intent records: what is about to be changed, written where the next process finds it, and what that does with them.

use std::collections::HashSet;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Desk, Refused, Seat, refused};
use crate::fault;
use crate::log::{Change, Event, EventId, Undo, What};
use crate::note::{NotePath, State, schedule};
use crate::undo;
use crate::vault::{Files, Remains, Replacement, Trace, folder_id, is_short_of_something, plain, text};

#[cfg(all(test, any(target_os = "linux", target_os = "macos")))]
mod tests;

/// No file of them is longer: the changes that are made together, their lines of the log written as JSON once more.
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
    /// The folder, by what does not change when it is renamed, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    folder: Option<(u64, u64)>,
    /// What tells the note and the temporary file from any other that takes their names. Older versions did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    files: Option<Files>,
    /// The line of the log, as it will be written.
    event: String,
}

/// A change of which nobody knows how far it came.
#[derive(Debug)]
pub(super) struct Lost {
    /// The note, which cannot be found, nor can the temporary file. `None` where a later `study` alone knows what is to be
    /// logged.
    note: Option<NotePath>,
    pub(super) temporary: String,
    /// The line that says so, as it was read.
    line: Vec<u8>,
}

impl Intent {
    pub(super) fn new(old: EventId, new: EventId, to: &Replacement, event: &Event) -> Self {
        let temporary = to.name().to_owned();
        Self { old, new, temporary, folder: folder_id(to.folder()), files: Some(to.files()), event: event.line() }
    }
}

impl Desk<'_> {
    /// Writes the intent records, a line for each note, behind those of changes that are `lost`.
    pub(super) fn announce(&self, lost: &[Lost], intents: &[Intent]) -> Result<(), Refused> {
        // Not flushed: they are there for a process that dies. After a power failure, a change that the log missed is
        // noticed as one made elsewhere.
        let write = || -> io::Result<()> {
            let mut text = lines(lost);
            for intent in intents {
                serde_json::to_writer(&mut text, intent)?;
                text.push(b'\n');
            }
            fault::step("announce")?;
            self.write_intents(lost, &text)
        };
        write().map_err(|e| {
            self.clear_intents(lost);
            Refused::Disk(format!("cannot write `{}`: {}", self.intent_file().display(), plain(&e)))
        })
    }

    /// Removes the intent records, but for those of changes that are `lost`.
    pub(super) fn withdraw(&self, lost: &[Lost]) {
        if fault::step("withdraw").is_ok() {
            self.clear_intents(lost);
        }
    }

    fn clear_intents(&self, lost: &[Lost]) {
        if lost.is_empty() {
            self.journal.remove_pending();
        } else {
            let _ = self.write_intents(lost, &lines(lost));
        }
    }

    fn write_intents(&self, lost: &[Lost], text: &[u8]) -> io::Result<()> {
        if lost.is_empty() {
            return fault::write(&mut self.journal.new_pending()?, text, "announce");
        }
        // What it says of lost changes stands nowhere else: it is replaced whole.
        self.journal.replace_pending(text)
    }
}

fn lines(lost: &[Lost]) -> Vec<u8> {
    lost.iter().flat_map(|lost| [lost.line.as_slice(), b"\n"]).flatten().copied().collect()
}

impl Seat<'_> {
    /// Completes the log for a process that died after it had replaced notes and before it had logged that, and clears
    /// away what it left.
    pub(super) fn settle(&mut self) -> Result<(), Refused> {
        let file = self.desk.intent_file();
        // What it says may be all that is known of a change: it is not written over.
        let bytes = self.desk.journal.pending(LARGEST).map_err(|error| {
            let advice = if is_short_of_something(&error) { "try again" } else { "move it away" };
            Refused::Disk(format!("cannot read `{}`: {}; {advice}", file.display(), plain(&error)))
        })?;
        let Some(bytes) = bytes else { return Ok(()) };
        let (log, _) = self.desk.journal.read();
        let known: HashSet<EventId> = log.entries().iter().map(|entry| entry.id).collect();
        let (mut missing, mut settled, mut lost) = (Vec::new(), Vec::new(), Vec::new());
        for line in bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_owned) {
            // Half a line was written before anything was done.
            let Ok(json @ Value::Object(_)) = serde_json::from_slice(&line) else { continue };
            let temporary = json.get("temporary").and_then(Value::as_str).unwrap_or_default().to_owned();
            let intent = serde_json::from_value(json).ok();
            let read = intent.and_then(|i: Intent| Event::parse(i.event.as_bytes()).ok().map(|event| (i, event)));
            // What is not understood in full cannot be written down.
            let read = read.filter(|(_, event)| !matches!(event.change.what, What::Incomplete { .. }));
            let with_note = read.and_then(|(intent, event)| Some((event.change.note()?.clone(), intent, event)));
            let Some((note, intent, event)) = with_note else {
                lost.push(Lost { note: None, temporary, line });
                continue;
            };
            let logged = known.contains(&event.id);
            let note = &note;
            let moved = &mut self.desk.moved.borrow_mut();
            let mut remains = self.desk.vault.remains(note, &intent.temporary, intent.folder, intent.files, moved);
            let placed = match &mut remains {
                Some(remains) => self.is_placed(remains, &intent, &event)?,
                None => None,
            };
            match placed {
                None if !logged => {
                    lost.push(Lost { note: Some(note.clone()), temporary: intent.temporary, line });
                    continue;
                }
                // Under the name it was announced with, so that a crash in this very moment does not log it twice.
                Some(true) if !logged => missing.push(Change { fixed_id: Some(event.id), ..event.change }),
                _ => {}
            }
            settled.extend(remains);
        }
        if !missing.is_empty() {
            self.writer.append_all(missing)?;
        }
        let mut told = self.desk.lost.borrow_mut();
        for lost in &lost {
            told.entry(lost.note.clone()).or_insert(false);
        }
        // Where nothing is settled, it says what it said.
        if !settled.is_empty() || lost.is_empty() {
            self.desk.withdraw(&lost);
        }
        self.lost = lost;
        let kept = settled.iter().filter_map(Remains::clear);
        self.desk.kept.borrow_mut().extend(kept);
        Ok(())
    }

    /// Whether what was announced was put into the note. `None` where nothing tells. What has the name of the temporary
    /// file and may be of use to somebody is kept.
    fn is_placed(&self, remains: &mut Remains, intent: &Intent, event: &Event) -> Result<Option<bool>, Refused> {
        let is = |id: EventId| move |bytes: &[u8]| EventId::of(&[bytes]) == id;
        let trace = remains.trace(is(intent.old), is(intent.new));
        let note = remains.bytes();
        // The note itself has the first word: the log is to agree with it, whatever lies beside it.
        let said = match &note {
            Some(bytes) if is(intent.new)(bytes) => Some(true),
            Some(bytes) if is(intent.old)(bytes) => Some(false),
            _ => None,
        };
        if trace == Trace::Foreign || trace == Trace::Copy && said.is_none() {
            let kept = remains.rescue().map_err(|e| refused(e.into()))?;
            self.desk.kept.borrow_mut().extend(kept);
        }
        let edited = || note.as_deref().and_then(|bytes| Some(holds(text(bytes).ok()?, event)));
        let placed = match (said, trace) {
            (Some(said), _) => Some(said),
            (None, Trace::Placed) => Some(true),
            (None, Trace::NotPlaced) => Some(false),
            (None, Trace::None | Trace::Copy | Trace::Foreign) => edited(),
        };
        // A copy that has taken the place of the folder says nothing of the one that was written in.
        Ok(placed.filter(|placed| *placed || !remains.may_be_another))
    }
}

/// Whether a note that was edited since says that the change was made: by the schedule, if the change moved it; else by
/// what the log says that was written.
fn holds(text: &str, event: &Event) -> bool {
    let what = &event.change.what;
    let Some(after) = what.moved().filter(|moved| moved.before != moved.after).map(|moved| moved.after) else {
        return !matches!(what.undo(), Some(Undo::Values(_)))
            && undo::restored(text, event).is_ok_and(|before| before != text);
    };
    matches!(schedule::read(text.as_bytes()).state, State::Scheduled(scheduled) if after == Some(scheduled))
}
