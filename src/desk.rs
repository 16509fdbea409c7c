//! Where a note and the review log change together: the one way in which `study` writes.
//!
//! The order is: lock, read, decide, write the new text to a temporary file, write an intent record, put the new text
//! in place, append to the log, remove the temporary file and the intent record. Many notes go through each of
//! these steps together. A process that dies in between leaves every note in its old or its new bytes; whoever takes the
//! lock next finds the record, sees from the temporary files how far it came, and completes the log or clears away.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::Instant;

use crate::clock::Now;
use crate::fault;
use crate::journal::{Journal, JournalError, LOCK_PAUSE, Writer};
use crate::log::{Change, Event, EventId, Kind};
use crate::note::NotePath;
use crate::problem::Finding;
use crate::schedule::Scheduled;
use crate::vault::{Moved, ReplaceError, Vault};

mod at_once;
mod identity;
mod intent;
mod round;
mod watch;

use intent::Lost;
use round::{Outcome, Turn, all};
use watch::{Before, PAUSE, Watch};

/// How often a note that another program keeps changing is read again before giving up.
const READS: usize = 5;

/// After so many rounds in a row a pause lets in whoever waits for the lock, and asks for it only from time to time. Even
/// where a flush takes 20 ms, that comes before a waiter gives up.
const ROUNDS: usize = 4;

/// Why a note was not changed. Neither the note nor the log has a trace of the attempt.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The note says something else than what the user saw.
    #[error("{0}")]
    Stale(String),
    /// The note cannot be edited safely.
    #[error("{}", .0.message)]
    Unsafe(Finding),
    /// The note had this schedule when it was last seen, and has none now: it is not a new one.
    #[error(
        "had a schedule (due {}, interval {}, ease {}) and has none now; `study fix --rebuild` puts back what the log \
         knows, and with an empty `sr-due:` line the note starts over",
        .0.due, .0.interval, .0.ease
    )]
    Lost(Scheduled),
    /// The note cannot be replaced as it is: read-only, a hard link, or too large.
    #[error("{0}")]
    Unfit(String),
    /// The disk or another process stood in the way.
    #[error("{0}")]
    Disk(String),
    /// The log could not be written; the note was put back to what it was.
    #[error(transparent)]
    Log(#[from] JournalError),
}

/// What to write, as decided from the text of a note.
#[derive(Debug)]
pub struct Decision {
    /// The whole new text.
    pub text: String,
    /// What the log says of it.
    pub change: Change,
}

/// The vault and its log, for writing.
#[derive(Debug)]
pub struct Desk<'a> {
    vault: &'a Vault,
    journal: Journal,
    kept: RefCell<Vec<PathBuf>>,
    /// Changes of which nobody knows here how far they came, by their notes, and whether that was told.
    lost: RefCell<BTreeMap<Option<NotePath>, bool>>,
    /// Where folders are that were renamed, once that was asked.
    moved: RefCell<Option<Moved>>,
    before: Before,
    moves: identity::Moves,
}

/// The right to change notes: as long as it lives, no other `study` does.
#[derive(Debug)]
pub struct Seat<'a> {
    desk: &'a Desk<'a>,
    writer: Writer<'a>,
    /// Changes that a process began which died, and that cannot be found: their intent records stay.
    lost: Vec<Lost>,
}

impl<'a> Desk<'a> {
    /// The desk of a vault with the given log.
    pub fn new(vault: &'a Vault, journal: Journal) -> Self {
        let (kept, lost, moved) = (RefCell::default(), RefCell::default(), RefCell::default());
        Self { vault, journal, kept, lost, moved, before: Before::default(), moves: identity::Moves::default() }
    }

    /// The log.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Takes the lock and completes what a process that died had begun.
    ///
    /// # Errors
    /// When another process is writing for longer than two seconds, or the log cannot be written.
    pub fn sit(&self) -> Result<Seat<'_>, Refused> {
        let mut seat = Seat { desk: self, writer: self.journal.lock()?, lost: Vec::new() };
        seat.settle()?;
        Ok(seat)
    }

    /// A name that the events of one bulk operation share, see [`Journal::batch`].
    pub fn batch(&self, kind: Kind, notes: &[NotePath], now: &Now) -> Option<EventId> {
        self.journal.batch(kind, notes, now)
    }

    /// Reads a note, asks `decide` what it becomes, replaces it and appends to the log.
    ///
    /// When another program changes the note in between, it is read again and `decide` asked again: it sees the newer
    /// text and refuses if the schedule is not the one shown any more. A program that is saving the note is waited for, a
    /// few seconds at most.
    ///
    /// # Errors
    /// As [`Desk::sit`], what `decide` refuses, and what keeps the note or the log from being written.
    pub fn change(
        &self,
        note: &NotePath,
        mut decide: impl FnMut(&str) -> Result<Decision, Refused>,
    ) -> Result<Event, Refused> {
        let results = self.change_all(std::slice::from_ref(note), |_, text| decide(text));
        results.into_iter().next().unwrap_or_else(|| Err(busy()))
    }

    /// Changes many notes, and gives the results in their order. `decide` gets the place of a note in `notes` and its
    /// text, and may be asked again as for [`Desk::change`]; a note that is named twice is changed twice.
    ///
    /// As many as go together are written, flushed and logged together: a round, during which no other process writes.
    /// What keeps one note from being changed keeps no other from it, and those that another program is saving come last.
    pub fn change_all(
        &self,
        notes: &[NotePath],
        mut decide: impl FnMut(usize, &str) -> Result<Decision, Refused>,
    ) -> Vec<Result<Event, Refused>> {
        let mut left: VecDeque<Turn<'_>> = notes.iter().enumerate().map(|(at, note)| Turn::new(at, note)).collect();
        let mut saved: Vec<Turn<'_>> = Vec::new();
        let mut results: Vec<Option<Result<Event, Refused>>> = notes.iter().map(|_| None).collect();
        for round in 0_usize.. {
            if left.is_empty() {
                if saved.is_empty() {
                    break;
                }
                let _ = fault::step("wait for a program that is saving");
                std::thread::sleep(PAUSE);
                left.extend(saved.drain(..));
            } else if round > 0 && round.is_multiple_of(ROUNDS) {
                self.let_others_in();
            }
            let outcomes = match self.sit() {
                Ok(mut seat) => seat.round(left.make_contiguous(), &mut decide),
                Err(refused) => all(left.iter().map(|turn| turn.number).collect(), refused),
            };
            // Those that came to their turn are the first of what was left.
            let mut came: Vec<Turn<'_>> = left.drain(..outcomes.len().min(left.len())).collect();
            let mut again = Vec::new();
            for (number, outcome) in outcomes {
                let Some(at) = came.iter().position(|turn| turn.number == number) else { continue };
                let mut turn = came.swap_remove(at);
                let result = match outcome {
                    Outcome::Done(result) => *result,
                    Outcome::Changed if turn.reads + 1 < READS => {
                        turn.reads += 1;
                        again.push(turn);
                        continue;
                    }
                    Outcome::Changed => Err(busy()),
                    Outcome::Saved(stamp) if turn.watch.goes_on(stamp, Instant::now()) => {
                        saved.push(turn);
                        continue;
                    }
                    Outcome::Saved(_) => Err(refused(ReplaceError::Busy)),
                };
                if let Some(place) = results.get_mut(number) {
                    *place = Some(result);
                }
            }
            again.sort_unstable_by_key(|turn| turn.number);
            again.into_iter().rev().for_each(|turn| left.push_front(turn));
        }
        if results.iter().any(|result| matches!(result, Some(Err(_)))) && self.is_unsettled() {
            // What is in a note after all is logged at once, where that goes by now.
            let _ = self.sit();
        }
        results.into_iter().map(|result| result.unwrap_or_else(|| Err(busy()))).collect()
    }

    /// Gives others who wait for the lock time to get it.
    fn let_others_in(&self) {
        #[cfg(test)]
        tests::between_rounds();
        std::thread::sleep(LOCK_PAUSE + LOCK_PAUSE / 2);
    }

    /// Versions of notes that other programs wrote in the moment of a change and that could not be put back: each is
    /// kept under a name of its own beside the note. Told once. Empty, but for the rarest of accidents.
    pub fn take_kept(&self) -> Vec<PathBuf> {
        self.kept.take()
    }

    /// Notes that a process was changing when it died, and that cannot be found since, so that nobody knows whether the
    /// log lacks that change; `None` for those that only a later `study` can complete. Each is told once; the intent record
    /// stays.
    pub fn take_lost(&self) -> Vec<Option<NotePath>> {
        let mut lost = self.lost.borrow_mut();
        lost.iter_mut().filter_map(|(note, told)| (!std::mem::replace(told, true)).then(|| note.clone())).collect()
    }

    /// Whether a process died while it changed a note.
    pub fn is_unsettled(&self) -> bool {
        self.journal.has_pending()
    }

    /// Where the intent records of unfinished changes stand.
    pub fn intent_file(&self) -> PathBuf {
        self.journal.file().with_extension("pending")
    }
}

impl Seat<'_> {
    /// Appends events that are about no edit of ours.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn record(&mut self, changes: Vec<Change>) -> Result<Vec<Event>, Refused> {
        Ok(self.writer.append_all(changes)?)
    }

    /// Removes temporary files that a process of this device left when it died. Says how many.
    pub fn sweep<'f>(&self, temporaries: impl IntoIterator<Item = &'f NotePath>) -> usize {
        let mark = self.desk.journal.mark();
        let mark = self.writer.is_alone().then_some(mark.as_str());
        // What became of a change is told by the file alone where the note cannot be found.
        let is_of = |file: &NotePath, name: &str| !name.is_empty() && file.as_str().ends_with(name);
        let is_needed = |file: &NotePath| self.lost.iter().any(|lost| is_of(file, &lost.temporary));
        temporaries.into_iter().filter(|file| !is_needed(file) && self.desk.vault.sweep(file, mark)).count()
    }
}

fn busy() -> Refused {
    Refused::Disk("another program keeps changing it; try again when it is done".into())
}

fn refused(error: ReplaceError) -> Refused {
    match error {
        ReplaceError::Refused(why) => Refused::Unfit(why),
        error => Refused::Disk(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::clock::Now;
    use crate::item::ItemId;
    use crate::log::{MAX_LINE_BYTES, Undo, What};
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    use crate::vault::meddle;

    fn vault(notes: usize) -> (tempfile::TempDir, Vault, Vec<NotePath>) {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let notes: Vec<NotePath> = (0..notes).map(|at| NotePath::new(format!("{}/{at}.md", at % 3))).collect();
        for note in &notes {
            fs::create_dir_all(vault.file(note).parent().unwrap()).unwrap();
            fs::write(vault.file(note), "text").unwrap();
        }
        (dir, vault, notes)
    }

    fn change(note: &NotePath) -> Change {
        let instant = chrono::DateTime::parse_from_rfc3339("2026-01-15T07:30:00+01:00").unwrap();
        let undo = Undo::Line { number: 1, before: String::new(), after: String::new() };
        let item = ItemId::of_note(note.clone());
        Change::new(What::Tick { undo }, item, &Now { instant, today: "2026-01-15".parse().unwrap() })
    }

    fn desk(vault: &Vault) -> Desk<'_> {
        Desk::new(vault, Journal::new(vault.root().join(".study/log"), ".study/log", "desk"))
    }

    /// The notes of the log in its order, and whether every event is written as it was given.
    fn logged(desk: &Desk<'_>, results: &[Result<Event, Refused>]) -> Vec<String> {
        let (log, problems) = desk.journal().read();
        assert_eq!(problems, []);
        let events = desk.journal().events(&log, &log.entries().iter().collect::<Vec<_>>()).unwrap();
        for event in results.iter().flatten() {
            assert!(events.contains(event), "{event:?}");
        }
        assert!(events.is_sorted_by_key(|event| event.seq));
        events.iter().map(|event| event.change.subject.to_string()).collect()
    }

    #[test]
    fn many_notes_change_in_several_rounds_and_each_is_logged_once() {
        let (_dir, vault, notes) = vault(300);
        let desk = desk(&vault);
        let results = desk
            .change_all(&notes, |at, text| Ok(Decision { text: format!("{text} {at}"), change: change(&notes[at]) }));
        for (at, (note, result)) in notes.iter().zip(&results).enumerate() {
            assert_eq!(result.as_ref().unwrap().change.note(), Some(note));
            assert_eq!(fs::read_to_string(vault.file(note)).unwrap(), format!("text {at}"));
        }
        assert_eq!(logged(&desk, &results), notes.iter().map(NotePath::to_string).collect::<Vec<_>>());
        let left = |dir: &str| fs::read_dir(vault.root().join(dir)).unwrap().count();
        assert_eq!([left("0"), left("1"), left("2"), left(".study/log")], [100, 100, 100, 2]);
    }

    thread_local! {
        static PAUSED: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
    }

    /// Does what a test has asked for in the first pause that this thread makes.
    pub(super) fn between_rounds() {
        if let Some(deed) = PAUSED.take() {
            deed();
        }
    }

    #[test]
    fn others_get_their_turn_beside_a_long_bulk() {
        use std::sync::mpsc::channel;
        let (_dir, vault, mut notes) = vault(1_700);
        let other = notes.pop().unwrap();
        let ((paused, pause), (go_on, goes_on)) = (channel(), channel());
        let write = |note: &NotePath| Ok(Decision { text: "new".into(), change: change(note) });
        std::thread::scope(|scope| {
            let bulk = scope.spawn(|| {
                PAUSED.set(Some(Box::new(move || {
                    paused.send(()).unwrap();
                    goes_on.recv().unwrap();
                })));
                let results = desk(&vault).change_all(&notes, |at, _| write(&notes[at]));
                // Had it not been asked for, nobody would wait for it.
                PAUSED.take();
                assert!(results.iter().all(Result::is_ok));
            });
            pause.recv().expect("it made no pause");
            // The lock is free while the rest of the bulk is still to come.
            desk(&vault).change(&other, |_| write(&other)).unwrap();
            let last = notes.last().unwrap();
            assert_eq!(fs::read_to_string(vault.file(last)).unwrap(), "text", "it had to wait for all of them");
            go_on.send(()).unwrap();
            bulk.join().unwrap();
            assert_eq!(fs::read_to_string(vault.file(last)).unwrap(), "new");
        });
    }

    #[test]
    fn what_is_refused_gone_or_unchanged_leaves_the_others_alone() {
        let (_dir, vault, notes) = vault(5);
        let desk = desk(&vault);
        fs::remove_file(vault.file(&notes[3])).unwrap();
        let results = desk.change_all(&notes, |at, text| match at {
            1 => Err(Refused::Stale("not this one".into())),
            2 => Ok(Decision { text: text.to_owned(), change: change(&notes[at]) }),
            _ => Ok(Decision { text: "new".into(), change: change(&notes[at]) }),
        });
        let said: Vec<String> =
            results.iter().map(|result| result.as_ref().err().map_or_else(String::new, Refused::to_string)).collect();
        let [first, refused, unchanged, gone, last] = said.as_slice() else { panic!("{said:?}") };
        assert_eq!([first, refused, unchanged, last], ["", "not this one", "", ""]);
        assert!(gone.starts_with("cannot be read: "), "{gone}");
        assert_eq!(logged(&desk, &results), ["0/0.md", "2/2.md", "1/4.md"]);
        assert_eq!(fs::read_to_string(vault.file(&notes[1])).unwrap(), "text");
    }

    #[test]
    fn a_note_that_is_changed_meanwhile_is_decided_again() {
        let (_dir, vault, notes) = vault(4);
        let desk = desk(&vault);
        let mut asked = [0; 4];
        let results = desk.change_all(&notes, |at, text| {
            asked[at] += 1;
            if at == 1 && asked[1] == 1 || at == 2 {
                fs::write(vault.file(&notes[at]), format!("edited {}", asked[at])).unwrap();
            }
            Ok(Decision { text: format!("{text} and graded"), change: change(&notes[at]) })
        });
        assert_eq!(asked, [1, 2, 5, 1]);
        let text = |at: usize| fs::read_to_string(vault.file(&notes[at])).unwrap();
        let texts = ["text and graded", "edited 1 and graded", "edited 5", "text and graded"];
        assert_eq!([text(0), text(1), text(2), text(3)], texts);
        assert_eq!(results[2].as_ref().unwrap_err().to_string(), busy().to_string());
        // Notes that were left out move the ones behind them to another place, under the name that was announced.
        assert_eq!(logged(&desk, &results), ["0/0.md", "0/3.md", "1/1.md"]);
    }

    #[test]
    fn a_note_that_is_named_twice_is_changed_twice() {
        let (_dir, vault, mut notes) = vault(2);
        notes.push(notes[0].clone());
        let desk = desk(&vault);
        let results = desk
            .change_all(&notes, |at, text| Ok(Decision { text: format!("{text} {at}"), change: change(&notes[at]) }));
        assert_eq!(fs::read_to_string(vault.file(&notes[0])).unwrap(), "text 0 2");
        assert_eq!(logged(&desk, &results), ["0/0.md", "1/1.md", "0/0.md"]);
    }

    /// The record of one change as one line without an end, as it was left by versions that knew no other.
    #[test]
    fn a_word_is_understood_with_and_without_the_end_of_its_line() {
        for (end, half) in [("", ""), ("\n", ""), ("\n", "{\"old\":\"0123456789abcdef\",")] {
            let (_dir, vault, notes) = vault(1);
            let desk = desk(&vault);
            drop(desk.sit().unwrap());
            fs::write(vault.file(&notes[0]), "new").unwrap();
            let [old, new] = [&b"text"[..], b"new"].map(|bytes| EventId::of(&[bytes]).to_string());
            let event = change(&notes[0]).seal("desk", 0);
            let word =
                serde_json::json!({ "old": old, "new": new, "temporary": ".study-x.tmp", "event": event.line() });
            fs::write(desk.intent_file(), format!("{word}{end}{half}")).unwrap();
            assert!(desk.is_unsettled());
            drop(desk.sit().unwrap());
            assert!(!desk.is_unsettled());
            let (log, _) = desk.journal().read();
            assert!(log.find(event.id).is_some() && log.entries().len() == 1);
        }
    }

    /// The folder in which a process died was moved away, and a copy with the old note has taken its place.
    #[cfg(unix)]
    #[test]
    fn a_copy_of_a_note_does_not_tell_how_far_a_change_of_it_came() {
        let (_dir, vault, notes) = vault(1);
        let desk = desk(&vault);
        drop(desk.sit().unwrap());
        let [old, new] = [&b"text"[..], b"new"].map(|bytes| EventId::of(&[bytes]).to_string());
        let event = change(&notes[0]).seal("desk", 0);
        let record = |folder: [u64; 2]| {
            let temporary = ".study-x.tmp";
            serde_json::json!({ "old": old, "new": new, "temporary": temporary, "folder": folder, "event": event.line() })
        };
        fs::write(desk.intent_file(), record([0, 1]).to_string()).unwrap();
        drop(desk.sit().unwrap());
        assert_eq!((desk.take_lost(), desk.is_unsettled()), (vec![Some(notes[0].clone())], true));
        // The same, should the change be in it.
        fs::write(vault.file(&notes[0]), "new").unwrap();
        drop(desk.sit().unwrap());
        assert!(!desk.is_unsettled());
        assert!(desk.journal().read().0.find(event.id).is_some());
    }

    #[test]
    fn a_change_that_the_log_cannot_hold_is_refused() {
        let (_dir, vault, notes) = vault(3);
        let desk = desk(&vault);
        let results = desk.change_all(&notes, |at, _| {
            let after = if at == 1 { "x".repeat(MAX_LINE_BYTES) } else { String::new() };
            let what = What::Tick { undo: Undo::Line { number: 1, before: String::new(), after } };
            Ok(Decision { text: "new".into(), change: Change { what, ..change(&notes[at]) } })
        });
        let said = results[1].as_ref().unwrap_err().to_string();
        assert!(said.starts_with("what changes is too long for the log"), "{said}");
        assert_eq!(logged(&desk, &results), ["0/0.md", "2/2.md"]);
        assert_eq!(fs::read_to_string(vault.file(&notes[1])).unwrap(), "text");
        assert_eq!(fs::read_dir(vault.root().join("1")).unwrap().count(), 1);
    }

    #[test]
    fn a_word_that_cannot_be_read_is_not_written_over() {
        let (_dir, vault, notes) = vault(1);
        let desk = desk(&vault);
        drop(desk.sit().unwrap());
        fs::File::create(desk.intent_file()).unwrap().set_len(65 << 20).unwrap();
        let refused = desk.change(&notes[0], |_| Ok(Decision { text: "new".into(), change: change(&notes[0]) }));
        let said = refused.unwrap_err().to_string();
        assert!(said.contains("desk.pending`") && said.ends_with("; move it away"), "{said}");
        assert_eq!(fs::metadata(desk.intent_file()).unwrap().len(), 65 << 20);
        assert_eq!(fs::read_to_string(vault.file(&notes[0])).unwrap(), "text");
    }

    /// One program replaces the note, another writes to what was just put there.
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    #[test]
    fn a_change_that_two_programs_came_between_is_logged_if_the_note_holds_it() {
        use std::io::Write;
        let (dir, vault, notes) = vault(1);
        let (desk, file, saved) = (desk(&vault), vault.file(&notes[0]), dir.path().join("saved"));
        let [old, new] = [10, 20].map(|day| format!("---\nsr-due: 2026-01-{day}\nsr-interval: 4\nsr-ease: 250\n---\n"));
        fs::write(&file, &old).unwrap();
        fs::write(&saved, "saved").unwrap();
        let (replaced, appended) = (file.clone(), file.clone());
        let replace = move || fs::rename(saved, replaced).unwrap();
        let append = move || fs::File::options().append(true).open(appended).unwrap().write_all(b"more").unwrap();
        meddle::plan([Box::new(replace) as Box<dyn FnOnce()>, Box::new(append)]);
        let refused = desk.change(&notes[0], |_| {
            let undo = Undo::Block { before: old.clone(), after: new.clone() };
            let change = Change { what: What::Add { moved: None, undo }, ..change(&notes[0]) };
            Ok(Decision { text: new.clone(), change })
        });
        assert!(refused.unwrap_err().to_string().contains("0.md.study-kept`: "));
        assert_eq!(fs::read_to_string(&file).unwrap(), format!("{new}more"));
        assert_eq!(fs::read_to_string(file.with_extension("md.study-kept")).unwrap(), "saved");
        drop(desk.sit().unwrap());
        assert_eq!(logged(&desk, &[]), ["0/0.md"]);
        assert!(!desk.is_unsettled());
    }
}
