//! The log on disk, and what must not happen to it.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::*;
use crate::clock::Now;
use crate::item::ItemId;
use crate::log::{Change, What};

fn change(note: &str) -> Change {
    let instant = chrono::DateTime::parse_from_rfc3339("2026-01-15T07:30:00+01:00").unwrap();
    let item = ItemId::of_note(NotePath::new(note));
    Change::new(What::Resume, item, &Now { instant, today: "2026-01-15".parse().unwrap() })
}

fn notes(journal: &Journal) -> (Vec<String>, Vec<String>) {
    let (log, problems) = journal.read();
    let notes = log.entries().iter().map(|entry| log.note(entry).to_owned()).collect();
    (notes, problems.iter().map(Problem::to_string).collect())
}

#[test]
fn what_is_written_down_is_read_back_in_full() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(dir.path().join(".study/log"), ".study/log", "desk");
    assert_eq!(notes(&journal), (vec![], vec![]));
    let first = journal.lock().unwrap().append_all(vec![change("a.md")]).unwrap();
    let rest = journal.lock().unwrap().append_all(vec![change("a.md"), change("b.md")]).unwrap();
    let (log, problems) = journal.read();
    assert_eq!(problems, []);
    let entries: Vec<&Entry> = log.entries().iter().collect();
    let events = journal.events(&log, &entries).unwrap();
    assert_eq!(events, [first, rest].concat());
    let text = std::fs::read_to_string(journal.file()).unwrap();
    assert_eq!(text, events.iter().map(Event::line).collect::<String>());
}

#[test]
fn a_line_cut_off_by_a_crash_costs_only_itself() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(dir.path(), "log", "desk");
    journal.lock().unwrap().append_all(vec![change("a.md"), change("b.md")]).unwrap();
    let text = std::fs::read(journal.file()).unwrap();
    std::fs::write(journal.file(), &text[..text.len() - 20]).unwrap();
    journal.lock().unwrap().append_all(vec![change("c.md")]).unwrap();
    let (notes, problems) = notes(&journal);
    assert_eq!(notes, ["a.md", "c.md"]);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("log/desk.jsonl:2: this line was not written to its end;"), "{problems:?}");
}

#[test]
fn every_file_of_the_folder_counts_but_no_other_kind() {
    let dir = tempfile::tempdir().unwrap();
    for device in ["desk", "phone"] {
        Journal::new(dir.path(), "log", device)
            .lock()
            .unwrap()
            .append_all(vec![change(&format!("{device}.md"))])
            .unwrap();
    }
    let copy = dir.path().join("phone.sync-conflict-20260115-073000-ABCDEFG.jsonl");
    std::fs::copy(dir.path().join("phone.jsonl"), &copy).unwrap();
    for name in [".phone.jsonl", "notes.md", "phone.jsonl.tmp"] {
        std::fs::write(dir.path().join(name), "nonsense").unwrap();
    }
    std::fs::create_dir(dir.path().join("old.jsonl")).unwrap();
    assert_eq!(notes(&Journal::new(dir.path(), "log", "desk")), (vec!["desk.md".into(), "phone.md".into()], vec![]));
}

/// A journal of a vault, as the settings name it.
fn inside(vault: &Vault, log_dir: &str) -> Journal {
    let folder = Folder::of(&vault.root().join(log_dir), vault);
    Journal { folder, ..Journal::new(vault.root().join(log_dir), log_dir, "desk") }
}

#[cfg(unix)]
#[test]
fn links_pipes_and_devices_are_told_and_not_read() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(dir.path(), "log", "desk");
    journal.lock().unwrap().append_all(vec![change("a.md")]).unwrap();
    assert!(!journal.may_set_aside());
    for (name, to) in [("zero", "/dev/zero"), ("dangling", "nowhere"), ("again", "desk.jsonl")] {
        symlink(to, dir.path().join(name).with_extension("jsonl")).unwrap();
    }
    rustix::fs::mknodat(rustix::fs::CWD, dir.path().join("pipe.jsonl"), rustix::fs::FileType::Fifo, 0o600.into(), 0)
        .unwrap();
    let (read, problems) = notes(&journal);
    assert_eq!(read, ["a.md"]);
    assert_eq!(problems.len(), 4, "{problems:?}");
    assert!(problems[0].starts_with("log/again.jsonl: is a link, and the review log is not read through one;"));
    assert!(problems[2].starts_with("log/pipe.jsonl: this part of the review log cannot be read: not a regular"));
    // One of them may say that a note was set aside.
    assert!(journal.may_set_aside());
    std::fs::write(journal.file(), "").unwrap();
    std::fs::rename(journal.file(), dir.path().join("moved")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, journal.file(), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert!(journal.lock().unwrap().append_all(vec![change("b.md")]).is_err());
}

#[cfg(unix)]
#[test]
fn nothing_is_read_or_written_through_a_link_on_the_way_to_the_log() {
    use std::os::unix::fs::symlink;
    for (link, to, log_dir) in [
        (".study", "outside", ".study/log"),
        (".study/log", "outside", ".study/log"),
        (".study/log", "outside/new/sub", ".study/log"),
        ("history", "outside", "history/a/log"),
        ("history/a", "outside", "history/a/log"),
        ("history", "vault/real", "history"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(base.join("vault/real")).unwrap();
        std::fs::create_dir(base.join("outside")).unwrap();
        let text = change("secret.md").seal("desk", 0).line();
        for name in ["desk.jsonl", "desk.seen", "desk.pending"] {
            std::fs::write(base.join("outside").join(name), &text).unwrap();
        }
        std::fs::create_dir_all(base.join("vault").join(link).parent().unwrap()).unwrap();
        symlink(base.join(to), base.join("vault").join(link)).unwrap();
        let vault = Vault::open(&base.join("vault")).unwrap();
        let journal = inside(&vault, log_dir);
        let (read, problems) = notes(&journal);
        assert_eq!((read.len(), problems.len()), (0, 1), "{link}: {problems:?}");
        assert!(problems[0].starts_with(&format!("{link}: is a link, and the review log is not read")), "{problems:?}");
        assert!(matches!(journal.lock(), Err(JournalError::LinkedFolder(path)) if path == Path::new(link)));
        assert!(matches!(journal.keep_seen("x"), Err(JournalError::LinkedFolder(_))));
        assert!(journal.seen().is_none() && !journal.has_pending() && journal.may_set_aside());
        assert!(journal.new_pending().is_err() && journal.pending(100).is_err());
        journal.remove_pending();
        let left = std::fs::read_dir(base.join("outside")).unwrap().map(|e| e.unwrap().file_name());
        assert_eq!(left.count(), 3, "{link}");
        assert_eq!(std::fs::read_to_string(base.join("outside/desk.jsonl")).unwrap(), text);
        assert_eq!(std::fs::read_dir(base.join("vault/real")).unwrap().count(), 0);
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_takes_the_place_of_the_folder_while_it_is_written_leads_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().canonicalize().unwrap();
    std::fs::create_dir_all(base.join("vault/.study/log")).unwrap();
    std::fs::create_dir(base.join("outside")).unwrap();
    let vault = Vault::open(&base.join("vault")).unwrap();
    let journal = inside(&vault, ".study/log");
    let mut writer = journal.lock().unwrap();
    std::fs::rename(base.join("vault/.study/log"), base.join("vault/.study/moved")).unwrap();
    std::os::unix::fs::symlink(base.join("outside"), base.join("vault/.study/log")).unwrap();
    writer.append_all(vec![change("a.md")]).unwrap();
    assert_eq!(std::fs::read_dir(base.join("outside")).unwrap().count(), 0);
    assert!(std::fs::read_to_string(base.join("vault/.study/moved/desk.jsonl")).unwrap().contains("a.md"));
    assert!(matches!(journal.lock(), Err(JournalError::LinkedFolder(_))));
}

#[cfg(unix)]
#[test]
fn a_user_may_name_a_folder_outside_that_a_link_leads_to() {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().canonicalize().unwrap();
    for folder in ["vault", "outside", "link to vault's parent"] {
        std::fs::create_dir(base.join(folder)).unwrap();
    }
    std::os::unix::fs::symlink(base.join("outside"), base.join("link")).unwrap();
    let vault = Vault::open(&base.join("vault")).unwrap();
    for (log_dir, file) in [("../link/log", "outside/log"), ("../new/log", "new/log")] {
        let journal = inside(&vault, log_dir);
        journal.lock().unwrap().append_all(vec![change("a.md")]).unwrap();
        assert!(base.join(file).join("desk.jsonl").exists());
        assert_eq!(notes(&journal), (vec!["a.md".to_owned()], vec![]));
    }
    // Another way to name the vault leads through no link of the vault's all the same.
    std::os::unix::fs::symlink(&base, base.join("link to vault's parent/up")).unwrap();
    std::os::unix::fs::symlink(base.join("outside"), base.join("vault/out")).unwrap();
    let journal = inside(&vault, "../link to vault's parent/up/vault/out");
    assert!(matches!(journal.lock(), Err(JournalError::LinkedFolder(path)) if path == Path::new("out")));
}

#[cfg(unix)]
#[test]
fn a_log_that_is_another_file_as_well_is_not_written() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(dir.path().join("log"), "log", "desk");
    drop(journal.lock().unwrap());
    std::fs::write(dir.path().join("precious"), "text\n").unwrap();
    std::fs::hard_link(dir.path().join("precious"), journal.file()).unwrap();
    let refused = journal.lock().unwrap().append_all(vec![change("a.md")]);
    assert!(matches!(refused, Err(JournalError::HardLink { names: 2, .. })), "{refused:?}");
    assert_eq!(std::fs::read_to_string(dir.path().join("precious")).unwrap(), "text\n");
}

#[cfg(unix)]
#[test]
fn a_log_that_is_deleted_or_replaced_while_it_is_written_is_told() {
    for replace in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::new(dir.path(), "log", "desk");
        let mut writer = journal.lock().unwrap();
        let mut log = writer.open().unwrap();
        let events = log.seal([change("a.md")]);
        log.write(events).unwrap();
        std::fs::remove_file(journal.file()).unwrap();
        if replace {
            std::fs::write(journal.file(), "").unwrap();
        }
        assert!(log.flush().is_err() && log.take_back());
    }
}

#[test]
fn one_process_writes_at_a_time_and_reading_never_waits() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(dir.path(), "log", "desk");
    let mut writer = journal.lock().unwrap();
    writer.append_all(vec![change("a.md")]).unwrap();
    let lock = OpenOptions::new().append(true).open(dir.path().join(LOCK_FILE)).unwrap();
    assert!(matches!(lock.try_lock(), Err(TryLockError::WouldBlock)));
    assert_eq!(notes(&journal).0, ["a.md"]);
    drop(writer);
    lock.try_lock().unwrap();
}

#[test]
fn the_name_of_the_next_event_is_known_before_it_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(dir.path(), "log", "desk");
    for torn in ["", "half a li"] {
        let mut writer = journal.lock().unwrap();
        let mut file = OpenOptions::new().create(true).append(true).open(journal.file()).unwrap();
        file.write_all(torn.as_bytes()).unwrap();
        let log = writer.open().unwrap();
        let sealed = log.seal([change("a.md"), change("b.md")]);
        assert_eq!(writer.append_all(vec![change("a.md"), change("b.md")]).unwrap(), sealed);
    }
}

#[test]
fn events_keep_their_names_when_one_before_them_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(dir.path(), "log", "desk");
    let mut writer = journal.lock().unwrap();
    writer.append_all(vec![change("before.md")]).unwrap();
    let mut log = writer.open().unwrap();
    let mut sealed = log.seal(["a.md", "b.md", "c.md"].map(change));
    sealed.remove(0);
    let ids: Vec<EventId> = sealed.iter().map(|event| event.id).collect();
    let before = std::fs::metadata(journal.file()).unwrap().len();
    let written = log.write(sealed).unwrap();
    assert_eq!(written.iter().map(|event| event.id).collect::<Vec<_>>(), ids);
    assert_eq!(written[0].seq, before);
    assert_eq!(notes(&journal).0, ["before.md", "b.md", "c.md"]);
    assert!(log.take_back());
    assert_eq!(std::fs::metadata(journal.file()).unwrap().len(), before);
    // What another process wrote behind it, where no lock holds, is not cut off with it.
    let mut log = writer.open().unwrap();
    let events = log.seal([change("a.md")]);
    log.write(events).unwrap();
    OpenOptions::new().append(true).open(journal.file()).unwrap().write_all(b"more\n").unwrap();
    assert!(!log.take_back());
    assert!(std::fs::read_to_string(journal.file()).unwrap().ends_with("}\nmore\n"));
}

#[cfg(unix)]
#[test]
fn nothing_of_the_log_is_written_or_remembered_through_a_link() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(dir.path().join("log"), "log", "desk");
    drop(journal.lock().unwrap());
    let precious = dir.path().join("precious");
    std::fs::write(&precious, "text").unwrap();
    std::os::unix::fs::symlink(&precious, journal.file()).unwrap();
    let refused = journal.lock().unwrap().append_all(vec![change("a.md")]);
    assert!(matches!(refused, Err(JournalError::Link(path)) if path == journal.file()));
    std::os::unix::fs::symlink(&precious, journal.file().with_extension("seen")).unwrap();
    assert_eq!(journal.seen(), None);
    journal.keep_seen("seen").unwrap();
    assert_eq!(journal.seen().as_deref(), Some("seen"));
    std::fs::remove_file(dir.path().join("log/.lock")).unwrap();
    std::os::unix::fs::symlink(&precious, dir.path().join("log/.lock")).unwrap();
    assert!(matches!(journal.lock(), Err(JournalError::Link(_))));
    assert_eq!(std::fs::read_to_string(precious).unwrap(), "text");
}

#[test]
fn events_of_a_log_that_has_changed_since_are_not_made_up() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(dir.path(), "log", "desk");
    journal.lock().unwrap().append_all(vec![change("a.md"), change("b.md")]).unwrap();
    let (log, _) = journal.read();
    let entries: Vec<&Entry> = log.entries().iter().collect();
    std::fs::write(journal.file(), "{}\n").unwrap();
    assert!(matches!(journal.events(&log, &entries), Err(JournalError::Changed(file)) if file == "log/desk.jsonl"));
}

#[test]
fn lines_of_any_length_are_read_past() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(dir.path(), "log", "desk");
    std::fs::write(journal.file(), "x".repeat(MAX_LINE_BYTES + 5) + "\n").unwrap();
    journal.lock().unwrap().append_all(vec![change("a.md")]).unwrap();
    let (log, problems) = journal.read();
    assert_eq!(problems.len(), 1);
    assert_eq!(journal.events(&log, &[&log.entries()[0]]).unwrap()[0].change, change("a.md"));
}

#[test]
fn a_device_name_makes_a_file_name_everywhere() {
    for plain in ["desk", "Anna's".trim_end_matches("'s"), "büro-2", "my laptop", "a.b"] {
        assert_eq!(file_stem(plain), plain);
    }
    let cases = [
        ("../../etc", "-..-etc-"),
        ("a/b", "a-b-"),
        ("", "device-"),
        ("...", "device-"),
        ("con", "device-con-"),
        ("lpt1.x", "device-lpt1.x-"),
        ("nul\0", "nul--"),
        ("line\nbreak", "line-break-"),
    ];
    for (device, start) in cases {
        let stem = file_stem(device);
        assert!(stem.starts_with(start) && stem.len() == start.len() + 6, "{device:?}: {stem}");
    }
    assert_ne!(file_stem("a/b"), file_stem("a\\b"));
    assert!(file_stem(&"日".repeat(500)).len() <= 71);
}

#[test]
fn half_a_line_of_a_program_that_takes_no_lock_costs_no_event() {
    for half in ["{\"v\":1,\"kind\":\"rev", "a whole line\n", "a line\nand half"] {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::new(dir.path(), "log", "desk");
        journal.lock().unwrap().append_all(vec![change("a.md")]).unwrap();
        let mut writer = journal.lock().unwrap();
        let mut log = writer.open().unwrap();
        OpenOptions::new().append(true).open(journal.file()).unwrap().write_all(half.as_bytes()).unwrap();
        let events = log.seal([change("b.md"), change("c.md")]);
        log.write(events).unwrap();
        log.flush().unwrap();
        assert_eq!(notes(&journal).0, ["a.md", "b.md", "c.md"], "{half}");
    }
}
