//! What a scan costs, counted and not timed: the same on every machine, idle or busy.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use study::clock::Now;
use study::config::Selection;
use study::graph::{LinkTable, Names, Paths};
use study::item::ItemId;
use study::log::{Change, merge};
use study::note::facts::{ScheduledTags, Wanted};
use study::note::frontmatter::find;
use study::note::links::{NoteLinks, Spare};
use study::note::{Fingerprint, NotePath, Was};
use study::schedule::{Ease, Grade, Interval, Scheduled};
use study::show::markdown::{self, render};
use study::vault::{Skip, Vault};

/// The system's allocator, with every allocation counted.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
thread_local! {
    /// Those of this thread: what the harness takes to report another test is not among them.
    static OWN_ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}
/// Bytes in use, and the most that ever were.
static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn took(bytes: usize) {
    ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
    OWN_ALLOCATIONS.set(OWN_ALLOCATIONS.get() + 1);
    let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(held, Ordering::Relaxed);
}

// SAFETY: every call is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        took(size);
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// One test at a time: what another allocates or reads would be counted too.
static ALONE: Mutex<()> = Mutex::new(());

/// Notes in a folder of the vaults made here.
const IN_A_FOLDER: usize = 50;

/// A vault of notes of which none is for review, and its size in bytes.
fn vault(notes: usize) -> (tempfile::TempDir, u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut bytes = 0;
    for i in 0..notes {
        let folder = dir.path().join(format!("folder {}/sub", i / IN_A_FOLDER));
        fs::create_dir_all(&folder).unwrap();
        let text = match i % 3 {
            0 => format!("# Note {i}\n\n{}", "Plain text with a [[link]] and `code`.\n".repeat(i % 90)),
            1 => format!("---\ntags: [a, b]\ndate: 2026-01-15\n---\n{}", "More text.\n".repeat(i % 50)),
            _ => String::new(),
        };
        bytes += text.len() as u64;
        fs::write(folder.join(format!("note {i}.md")), text).unwrap();
    }
    (dir, bytes)
}

fn wanted() -> Wanted {
    let selection = Selection { review_tags: vec!["review".into()], ..Selection::default() };
    Wanted::new(&selection, None, ScheduledTags::DueBy("2026-01-15".parse().unwrap()))
}

/// What `count` counts of a scan of the vault at `root`.
fn scanned(root: &Path, count: impl Fn() -> u64) -> u64 {
    let (vault, wanted) = (Vault::open(root).unwrap(), wanted());
    let before = count();
    let scan = vault.scan(&Skip::default(), |path, bytes| wanted.look(path, bytes));
    let after = count();
    assert!(scan.seen.is_empty() && scan.problems.is_empty());
    after - before
}

#[test]
fn a_note_that_is_not_for_review_costs_hardly_an_allocation() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (small, large) = (vault(1000).0, vault(3000).0);
    let count = || ALLOCATIONS.load(Ordering::Relaxed) as u64;
    scanned(small.path(), count);
    let more = scanned(large.path(), count) - scanned(small.path(), count);
    // Listing a folder takes three for each name in it, and a few for itself; the rest must do without.
    let each = more as f64 / 2000.0;
    assert!(each <= 3.4, "{each} allocations for each note");
}

#[test]
fn links_cost_no_allocation() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut paths = Paths::default();
    (0..1000).for_each(|i| paths.push(&format!("folder/note {i}.md")));
    let names = Names::new(paths);
    let texts: Vec<String> = (0..1000)
        .map(|i| {
            format!("---\nup: x\n---\n{}", format!("See [[note {i}|this]], [that](<note {i}.md>).\n").repeat(i % 40))
        })
        .collect();
    let (mut table, mut spare) = (LinkTable::default(), Spare::default());
    let before = OWN_ALLOCATIONS.get();
    for (text, i) in texts.iter().zip(0..) {
        let links = NoteLinks::read(text, &find(text.as_bytes()), spare);
        table.add(i, links.targets(), Some(&names));
        spare = links.into_spare();
    }
    let allocations = OWN_ALLOCATIONS.get() - before;
    // Only the lists that hold them grow.
    assert!(allocations <= 50, "{allocations} allocations for the links of 1000 notes");
}

/// `name` with capitals where the bits of `which` are set.
fn with_capitals(name: &str, which: usize) -> String {
    let letter = |(at, c): (usize, char)| if which >> at & 1 == 1 { c.to_ascii_uppercase() } else { c };
    name.chars().enumerate().map(letter).collect()
}

#[test]
fn a_name_that_many_notes_have_is_looked_up_once_however_it_is_written() {
    // Comparing a path with capitals in it takes an allocation.
    let allocations = |notes: usize, ways: usize| {
        let mut paths = Paths::default();
        (0..notes).for_each(|i| paths.push(&format!("D{i:04}/s/name of all.md")));
        paths.push("source.md");
        let names = Names::new(paths);
        let ways: Vec<String> =
            (0..ways).flat_map(|i| ["name of all", "s/name of all"].map(|name| with_capitals(name, i))).collect();
        let mut table = LinkTable::default();
        let before = OWN_ALLOCATIONS.get();
        table.add(notes as u32, ways.iter().map(String::as_str), Some(&names));
        OWN_ALLOCATIONS.get() - before
    };
    let few = allocations(1000, 100);
    let (more_ways, more_notes) = (allocations(1000, 200), allocations(2000, 100));
    assert!(more_ways < few + 100 * 40, "{few}, then {more_ways}");
    assert!(more_notes < few + 1000 * 40, "{few}, then {more_notes}");
}

#[test]
fn of_large_notes_one_is_held_at_a_time() {
    const LARGE: usize = 3 << 20;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let dir = tempfile::tempdir().unwrap();
    // More than one batch, so that several threads read.
    for i in 0..600 {
        fs::write(dir.path().join(format!("{i}.md")), vec![b'x'; if i % 40 == 0 { LARGE } else { 10 }]).unwrap();
    }
    PEAK.store(HELD.load(Ordering::Relaxed), Ordering::Relaxed);
    let before = HELD.load(Ordering::Relaxed);
    scanned(dir.path(), || 0);
    let most = PEAK.load(Ordering::Relaxed) - before;
    // Growing takes the old buffer and the new one; the other threads have small ones of their own.
    assert!(most < 2 * LARGE + (6 << 20), "{most} bytes");
}

#[test]
fn a_page_takes_a_bounded_share_of_its_note_however_deep_or_wide_it_is() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let row = |cell: &str| format!("|{}\n", format!("{cell}|").repeat(200));
    let alternating = |i: usize| ">".repeat(i) + ["[!tip] t\n", "[!bug] t\n"][i % 2];
    let bombs = [
        "- ".repeat(50_000) + "x",
        "1. ".repeat(35_000) + "x",
        "> - ".repeat(25_000) + "x",
        "> ".repeat(50_000) + "x",
        "- ".repeat(500) + "a\n" + &"b\n".repeat(50_000),
        (1..30).map(alternating).collect::<String>() + &"b\n".repeat(50_000),
        [row("a"), row("-"), row("b").repeat(250)].concat(),
        "b\n".repeat(50_000),
        "==a ".repeat(25_000),
        "*a_ ".repeat(25_000),
    ];
    // A row of two letters.
    let tables = ["a|b\n-|-\n".repeat(12_500), "a|b\n-|-\n".to_owned() + &"*|*\n".repeat(25_000)];
    for (bomb, most) in bombs.into_iter().map(|bomb| (bomb, 400)).chain(tables.into_iter().map(|table| (table, 250))) {
        PEAK.store(HELD.load(Ordering::Relaxed), Ordering::Relaxed);
        let before = HELD.load(Ordering::Relaxed);
        let page = render(&bomb, &markdown::Layout::of(100));
        let share = (PEAK.load(Ordering::Relaxed) - before) / bomb.len();
        let what: String = bomb.chars().take(12).collect();
        // A line of a single letter takes some 300 bytes with its two parts, and as much again while they are made.
        assert!(share < most, "{share} bytes for each of {what:?}, {} lines", page.lines.len());
    }
}

#[test]
fn a_line_of_the_log_costs_no_allocation() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Now { instant: "2026-01-15T09:00:00+01:00".parse().unwrap(), today: "2026-01-15".parse().unwrap() };
    let to = Scheduled {
        due: "2026-01-25".parse().unwrap(),
        interval: Interval::new(10.0).unwrap(),
        ease: Ease::new(250.0).unwrap(),
    };
    let log = |events: u64| -> String {
        let event = |n: u64| {
            let note = ItemId::of_note(NotePath::new(format!("folder/note {}.md", n % 50)));
            let review = Change::review(note, &now, Grade::Good, Some(5120), Some(to), to, Was::default());
            review.known_by(None, Fingerprint::of(b"text")).seal("desk", n).line()
        };
        (0..events).map(event).collect()
    };
    let allocations = |log: &str| {
        let before = OWN_ALLOCATIONS.get();
        let (merged, problems) = merge(&[("desk.jsonl", log.as_bytes())]);
        let after = OWN_ALLOCATIONS.get();
        assert!(problems.is_empty() && merged.entries().len() == log.lines().count());
        after - before
    };
    let (few, many) = (log(1000), log(4000));
    let more = allocations(&many).saturating_sub(allocations(&few));
    // Only the lists that hold them all grow.
    assert!(more <= 30, "{more} allocations for 3000 lines");
}

#[test]
#[cfg(target_os = "linux")]
fn every_byte_is_read_once() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (dir, bytes) = vault(2000);
    let count = || {
        let io = fs::read_to_string("/proc/self/io").unwrap_or_default();
        let read = io.lines().find_map(|line| line.strip_prefix("rchar: ")).and_then(|n| n.trim().parse().ok());
        read.unwrap_or(0)
    };
    if count() == 0 {
        eprintln!("skipped: this system does not tell how many bytes a process has read");
        return;
    }
    // Asking for the number reads a few bytes, as does finding out how many cores there are.
    let read = scanned(dir.path(), count);
    assert!((bytes..bytes + 16_384).contains(&read), "{read} bytes read of {bytes}");
}

/// The system calls of `study due` on the vault at `root`, and whether files were closed together; `None` where `strace` is
/// not there or may not be used.
fn system_calls(root: &Path, report: &Path) -> Option<(u64, bool)> {
    let study = env!("CARGO_BIN_EXE_study");
    let run = Command::new("strace")
        // A build with debug assertions asks of each file whether it is open before it closes it.
        .args(["-f", "-e", "trace=!fcntl", "-c", "-o"])
        .arg(report)
        .arg(study)
        .args(["due", "--count", "--vault"])
        .arg(root)
        .env("STUDY_CONFIG", report.with_extension("none"))
        .output();
    if !run.is_ok_and(|run| run.status.success() && run.stdout == b"0\n") {
        return None;
    }
    let text = fs::read_to_string(report).ok()?;
    let total = text.lines().rfind(|line| line.ends_with("total"))?;
    // `100.00    0.010000           5      2000        12 total`, where the errors may be missing.
    let together = text.lines().find(|line| line.ends_with("close_range"));
    // A number more when some were refused.
    let together = together.is_some_and(|line| line.split_whitespace().count() == 5);
    Some((total.split_whitespace().nth(3)?.parse().ok()?, together))
}

#[test]
fn a_note_costs_two_system_calls_and_a_share_of_its_folder() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (small, large) = (vault(1000).0, vault(3000).0);
    let reports = tempfile::tempdir().unwrap();
    let report = reports.path().join("calls");
    let Some((few, together)) = system_calls(small.path(), &report) else {
        eprintln!("skipped: strace is not installed, or not allowed here");
        return;
    };
    let Some((many, _)) = system_calls(large.path(), &report) else { panic!("strace ran once and not twice") };
    let each = (many - few) as f64 / 2000.0;
    // Without it each is closed by itself.
    let most = if together { 2.6 } else { 3.5 };
    assert!(each <= most, "{each} system calls for each note: {few} for 1000, {many} for 3000");
}

/// Adds notes that are due, all in one folder; gives their paths.
fn add_due(root: &Path, notes: usize) -> Vec<String> {
    fs::create_dir_all(root.join("due")).unwrap();
    let add = |i| {
        let path = format!("due/{i}.md");
        let text = format!("---\nsr-due: 2026-01-10\nsr-interval: 4\nsr-ease: 250\n---\nText {i}\n");
        fs::write(root.join(&path), text).unwrap();
        path
    };
    (0..notes).map(add).collect()
}

/// A command of the program on the vault at `root`, with the clock pinned.
fn study(program: &[&str], root: &Path, args: &[&str]) -> Command {
    let program = [program, &[env!("CARGO_BIN_EXE_study")]].concat();
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).args(args).arg("--vault").arg(root);
    command.env("STUDY_CONFIG", root.join("none.toml")).env("STUDY_DEVICE", "desk");
    command.env("STUDY_NOW", "2026-01-15T09:00:00+01:00").env_remove("STUDY_VAULT");
    command
}

#[test]
#[cfg(target_os = "linux")]
fn between_two_notes_a_review_reads_no_other() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (dir, _) = vault(1000);
    add_due(dir.path(), 2);
    let mut command = study(&[], dir.path(), &["review", "--plain"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    // Reads and writes so far, once the program waits for a grade.
    let mut calls_when_asked = || {
        let mut line = String::new();
        while !line.contains("q quit") {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0);
        }
        let io = fs::read_to_string(format!("/proc/{}/io", child.id())).unwrap_or_default();
        let number = |key| io.lines().find_map(|line| line.strip_prefix(key)?.trim().parse::<u64>().ok());
        number("syscr: ").zip(number("syscw: ")).map_or(0, |(read, written)| read + written)
    };
    let first = calls_when_asked();
    input.write_all(b"3\n").unwrap();
    let second = calls_when_asked();
    drop(input);
    child.wait().unwrap();
    if first == 0 {
        eprintln!("skipped: this system does not tell how often a process has read");
        return;
    }
    assert!(first > 1000, "{first}");
    assert!(second - first < 60, "{} reads and writes for a grade", second - first);
}

/// How many files the program opens; `None` where `strace` is not there or may not be used.
fn opened(root: &Path, report: &Path, args: &[&str]) -> Option<usize> {
    let strace = ["strace", "-f", "-e", "trace=/^open", "-o", report.to_str()?];
    let run = study(&strace, root, args).output();
    let text = run.is_ok_and(|run| run.status.success()).then(|| fs::read_to_string(report).ok())??;
    Some(text.lines().filter(|line| line.contains("open") && !line.contains("resumed")).count())
}

#[test]
fn the_note_of_many_topics_is_read_once() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let reports = tempfile::tempdir().unwrap();
    let open = |topics: usize| {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("Web roadmap.md"), "# Web\n".to_owned() + &"- [ ] HTTP\n".repeat(topics)).unwrap();
        fs::write(dir.path().join("HTTP.md"), "[[Web roadmap]]\n").unwrap();
        opened(dir.path(), &reports.path().join("calls"), &["roadmap"])
    };
    let (Some(few), Some(many)) = (open(10), open(300)) else {
        eprintln!("skipped: strace is not installed, or not allowed here");
        return;
    };
    assert!(many < few + 10, "{few} files opened for 10 topics, {many} for 300");
}

/// How often the program waits for the disk; `None` where `strace` is not there or may not be used.
fn flushes(root: &Path, args: &[&str]) -> Option<usize> {
    let report = root.join("flushes");
    let strace = ["strace", "-f", "-e", "trace=fsync,fdatasync", "-o", report.to_str()?];
    let run = study(&strace, root, args).output();
    let text = run.is_ok_and(|run| run.status.success()).then(|| fs::read_to_string(&report).ok())??;
    Some(text.lines().filter(|line| line.contains("sync(") && !line.contains("resumed")).count())
}

#[test]
fn what_is_changed_together_is_flushed_once_for_each_note_and_once_for_all() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let dir = tempfile::tempdir().unwrap();
    let notes = add_due(dir.path(), 50);
    let names: Vec<&str> = notes.iter().map(String::as_str).collect();
    let grade = |names: &[&str]| flushes(dir.path(), &[&["review", "--grade", "good"], names].concat());
    // The first makes the log and its folders last, too.
    if grade(&names[..1]).is_none() {
        eprintln!("skipped: strace is not installed, or not allowed here");
        return;
    }
    assert_eq!(grade(&names[1..2]), Some(3), "a note, its folder, the log");
    assert_eq!(grade(&names[2..]), Some(48 + 2), "each note, their folder, the log");
    // Of these only the log tells.
    assert_eq!(flushes(dir.path(), &[&["suspend"], names.as_slice()].concat()), Some(1));
    assert_eq!(flushes(dir.path(), &["undo"]), Some(1));
}
