use std::fs;
use std::path::Path;

use super::*;
use crate::clock::Now;
use crate::item::ItemId;
use crate::journal::Journal;
use crate::log::Undo;
use crate::note::Was;
use crate::schedule::{Ease, Grade, Interval, Scheduled};
use crate::vault::Vault;

/// How far the process had come when it died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Died {
    /// The temporary file was written.
    Prepared,
    Announced,
    Exchanged,
    Logged,
    /// The temporary file was removed.
    Finished,
}

/// What has the name of the temporary file by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beside {
    Own,
    Nothing,
    Foreign,
    CopyOfOld,
    CopyOfNew,
}

/// What stands in the note by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Note {
    Own,
    Old,
    New,
    /// Edited, with the schedule of before.
    Edited,
    /// Edited, with the schedule of after.
    EditedNew,
    Missing,
}

fn text(day: u32, interval: u32, body: &str) -> String {
    format!("---\nsr-due: 2026-01-{day}\nsr-interval: {interval}\nsr-ease: 250\n---\n{body}\n")
}

fn scheduled(day: u32, interval: f64) -> Scheduled {
    let due = chrono::NaiveDate::from_ymd_opt(2026, 1, day).unwrap();
    Scheduled { due, interval: Interval::new(interval).unwrap(), ease: Ease::new(250.0).unwrap() }
}

/// A file of its own takes the name, as when a program saves by renaming.
fn put(at: &Path, text: &str) {
    let other = at.with_file_name("other");
    fs::write(&other, text).unwrap();
    fs::rename(other, at).unwrap();
}

/// Whether the log is to tell of the change in the end. `None` where nobody can know.
fn expected(died: Died, beside: Beside, note: Note) -> Option<bool> {
    let is_in = matches!(died, Died::Exchanged | Died::Logged | Died::Finished);
    match (died, note) {
        // Nothing was announced, and nothing done.
        (Died::Prepared, _) => Some(false),
        (Died::Logged | Died::Finished, _) => Some(true),
        (_, Note::Own) => Some(is_in),
        (_, Note::Old) => Some(false),
        (_, Note::New) => Some(true),
        // The very files that changed places tell, and no others.
        (_, _) if beside == Beside::Own => Some(is_in),
        (_, Note::Edited) => Some(false),
        (_, Note::EditedNew) => Some(true),
        (_, Note::Missing) => None,
    }
}

#[test]
fn no_file_under_the_name_of_the_temporary_one_makes_the_log_say_what_is_not_so() {
    use {Beside as B, Died as D, Note as N};
    let mut cases = 0;
    for died in [D::Prepared, D::Announced, D::Exchanged, D::Logged, D::Finished] {
        for beside in [B::Own, B::Nothing, B::Foreign, B::CopyOfOld, B::CopyOfNew] {
            for note in [N::Own, N::Old, N::New, N::Edited, N::EditedNew, N::Missing] {
                check(died, beside, note, false);
                // Records of older versions do not say which files they were.
                if matches!(beside, B::Own | B::Nothing) {
                    check(died, beside, note, true);
                }
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 150);
}

fn check(died: Died, beside: Beside, note: Note, is_of_before: bool) {
    let case = format!("{died:?}, {beside:?} beside, note {note:?}, old record: {is_of_before}");
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path()).unwrap();
    let path = NotePath::new("a.md");
    let file = vault.file(&path);
    let (old, new) = (text(10, 4, "body"), text(25, 10, "body"));
    fs::write(&file, &old).unwrap();
    let desk = Desk::new(&vault, Journal::new(vault.root().join(".study/log"), ".study/log", "desk"));
    let instant = chrono::DateTime::parse_from_rfc3339("2026-01-15T07:30:00+01:00").unwrap();
    let now = Now { instant, today: "2026-01-15".parse().unwrap() };
    let item = ItemId::of_note(path.clone());
    let (before, after) = (scheduled(10, 4.0), scheduled(25, 10.0));
    let change = Change::review(item, &now, Grade::Good, None, Some(before), after, Was::default());
    assert!(matches!(change.what.undo(), Some(Undo::Values(_))));
    let event = change.clone().seal("desk", 0);

    let mut seat = desk.sit().unwrap();
    let mut held = vault.hold(&path).unwrap();
    held.read().unwrap();
    let mut replacement = held.prepare(old.as_bytes(), new.as_bytes(), &desk.journal.mark()).unwrap();
    let temporary = dir.path().join(replacement.name());
    let [is_old, is_new] = [&old, &new].map(|text| EventId::of(&[text.as_bytes()]));
    if died != Died::Prepared {
        desk.announce(&[], &[Intent::new(is_old, is_new, &replacement, &event)]).unwrap();
    }
    if !matches!(died, Died::Prepared | Died::Announced) {
        replacement.place().unwrap();
    }
    if matches!(died, Died::Logged | Died::Finished) {
        seat.writer.append_all(vec![Change { fixed_id: Some(event.id), ..change }]).unwrap();
    }
    assert_eq!(replacement.abandon(), None);
    if died == Died::Finished {
        fs::remove_file(&temporary).unwrap();
    }
    drop(seat);
    if is_of_before && died != Died::Prepared {
        let mut record: Value = serde_json::from_slice(&fs::read(desk.intent_file()).unwrap()).unwrap();
        assert!(record.as_object_mut().unwrap().remove("files").is_some());
        fs::write(desk.intent_file(), record.to_string()).unwrap();
    }

    match beside {
        Beside::Own => {}
        Beside::Nothing => _ = fs::remove_file(&temporary),
        Beside::Foreign => put(&temporary, "foreign"),
        Beside::CopyOfOld => put(&temporary, &old),
        Beside::CopyOfNew => put(&temporary, &new),
    }
    match note {
        Note::Own => {}
        Note::Old => put(&file, &old),
        Note::New => put(&file, &new),
        Note::Edited => put(&file, &text(10, 4, "edited")),
        Note::EditedNew => put(&file, &text(25, 10, "edited")),
        Note::Missing => fs::remove_file(&file).unwrap(),
    }
    // What was removed before is no file of ours.
    let beside = if (beside, died) == (Beside::Own, Died::Finished) { Beside::Nothing } else { beside };
    let was = fs::read(&file).ok();
    let held_beside = fs::read(&temporary).ok();

    // Twice: nothing is logged again, and nothing is told that is over.
    for turn in 0..2 {
        drop(desk.sit().unwrap());
        let logged = desk.journal().read().0.entries().len();
        let expected = expected(died, beside, note);
        assert_eq!(logged, usize::from(expected == Some(true)), "{case}");
        assert_eq!(desk.is_unsettled(), expected.is_none(), "{case}");
        let lost = if turn == 0 && expected.is_none() { vec![Some(path.clone())] } else { Vec::new() };
        assert_eq!(desk.take_lost(), lost, "{case}");
        assert_eq!(fs::read(&file).ok(), was, "{case}");
        if died == Died::Prepared {
            // Of a file without a record nothing is known; `study fix` clears it away.
            assert_eq!(fs::read(&temporary).ok(), held_beside, "{case}");
            continue;
        }
        assert!(!temporary.exists(), "{case}");
        let kept = desk.take_kept();
        let is_copy = matches!(beside, Beside::CopyOfOld | Beside::CopyOfNew);
        let is_of_use = beside == Beside::Foreign || is_copy && !matches!(note, Note::Own | Note::Old | Note::New);
        assert_eq!(kept.len(), usize::from(turn == 0 && is_of_use), "{case}: {kept:?}");
        let left = fs::read(file.with_extension("md.study-kept")).ok();
        assert_eq!(left, held_beside.clone().filter(|_| is_of_use), "{case}");
    }
}
