//! Others write at the same time.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::{Vault, note};
use crate::trial::{events, names};

/// A review that somebody sits in front of.
struct Sitting {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Sitting {
    fn start(vault: &Vault) -> Self {
        let mut command = vault.command(&["review", "--plain"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    /// Reads up to a line with `mark` in it; gives what came before and that line.
    fn wait_for(&mut self, mark: &str) -> String {
        let mut seen = String::new();
        loop {
            let start = seen.len();
            assert_ne!(self.output.read_line(&mut seen).unwrap(), 0, "no `{mark}` in {seen}");
            if seen[start..].contains(mark) {
                return seen;
            }
        }
    }

    fn answer(&mut self, text: &str) {
        self.input.write_all(text.as_bytes()).unwrap();
    }

    /// The rest of what is said, and the exit status.
    fn end(mut self) -> (String, Option<i32>) {
        drop(self.input);
        let mut rest = String::new();
        while self.output.read_line(&mut rest).unwrap() > 0 {}
        (rest, self.child.wait().unwrap().code())
    }
}

const SHOWN: &str = "q quit";

#[test]
fn the_second_to_grade_a_note_is_told() {
    let vault = Vault::new(&[("a.md", &note("2026-01-10", "4", "250", "text"))]);
    let (mut first, mut second) = (Sitting::start(&vault), Sitting::start(&vault));
    first.wait_for(SHOWN);
    second.wait_for(SHOWN);
    first.answer("3\n");
    first.wait_for("good, next");
    let graded = vault.read("a.md");
    second.answer("4\n");
    assert!(
        second.wait_for("schedule").contains("a.md: its schedule has changed since it was shown; look at it again")
    );
    assert_eq!(first.end().1, Some(0));
    let (rest, status) = second.end();
    assert!(rest.contains("Nothing was graded.") && status == Some(1), "{status:?}: {rest}");
    assert_eq!(vault.read("a.md"), graded);
    assert_eq!(events(&vault).len(), 1);
}

#[test]
fn a_note_deleted_moved_or_replaced_while_it_is_shown() {
    let text = note("2026-01-10", "4", "250", "text");
    type Meddle = fn(&Vault);
    let cases: [(Meddle, &str); 4] = [
        (|vault| fs::remove_file(vault.path("a.md")).unwrap(), "a.md: cannot be read: no such file"),
        (|vault| fs::rename(vault.path("a.md"), vault.path("b.txt")).unwrap(), "a.md: cannot be read: no such file"),
        (|vault| vault.write("a.md", "replaced\n"), "a.md: its schedule has changed since it was shown"),
        (
            |vault| {
                fs::remove_file(vault.path("a.md")).unwrap();
                fs::create_dir(vault.path("a.md")).unwrap();
            },
            "a.md: cannot be read: not a regular file",
        ),
    ];
    for (meddle, said) in cases {
        let vault = Vault::new(&[("a.md", &text)]);
        let mut sitting = Sitting::start(&vault);
        sitting.wait_for(SHOWN);
        meddle(&vault);
        let before = names(&vault.path(""));
        sitting.answer("3\n");
        let (rest, status) = sitting.end();
        assert!(rest.contains(said) && status == Some(1), "{said}: {status:?} {rest}");
        assert_eq!(events(&vault).len(), 0);
        let mut after = names(&vault.path(""));
        after.retain(|name| name != ".study");
        assert_eq!(after, before.into_iter().filter(|name| name != ".study").collect::<Vec<_>>());
    }
}

#[test]
fn an_edit_of_the_text_while_it_is_shown_stays_and_the_grade_counts() {
    let text = note("2026-01-10", "4", "250", "text\n");
    let vault = Vault::new(&[("a.md", &text)]);
    let mut sitting = Sitting::start(&vault);
    sitting.wait_for(SHOWN);
    vault.write("a.md", format!("{text}more\n").replace("tags: [review]", "tags: [review, new]"));
    sitting.answer("3\n");
    sitting.wait_for("good, next");
    sitting.end();
    let now = vault.read("a.md");
    assert!(now.ends_with("text\nmore\n") && now.contains("[review, new]") && !now.contains("2026-01-10"), "{now}");
}

#[test]
fn several_at_once_grade_each_note_once() {
    const NOTES: usize = 12;
    let text = note("2026-01-10", "4", "250", "text");
    let paths: Vec<String> = (0..NOTES).map(|n| format!("{n:02}.md")).collect();
    let vault = Vault::new(&paths.iter().map(|path| (path.as_str(), text.as_str())).collect::<Vec<_>>());
    let args: Vec<&str> = ["review", "--grade", "good"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let start = |_| vault.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let children: Vec<Child> = (0..4).map(start).collect();
    let runs: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    let told: usize = runs.iter().map(|run| String::from_utf8_lossy(&run.stdout).matches("good, next").count()).sum();
    assert_eq!(told, NOTES, "{runs:#?}");
    let mut counts = BTreeMap::<String, usize>::new();
    for event in events(&vault) {
        assert_eq!(event["kind"], "review");
        *counts.entry(event["note"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(counts.len(), NOTES);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    assert_eq!(names(&vault.path(".study/log")), [".lock", "desk.jsonl"]);
}

/// How a program saves a file.
#[derive(Clone, Copy, Debug)]
enum Save {
    /// As Obsidian does: the file is emptied and filled.
    Truncate,
    /// As git, Syncthing and careful editors do: another file takes its name.
    Rename,
    /// As a shell does with `>>`.
    Append,
}

/// Saves the note again and again, with what stands above its text as found, until told to stop; gives the last text.
fn keep_saving(path: &Path, save: Save, stop: &AtomicBool) -> String {
    let mut lines = String::new();
    for number in 0.. {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let line = format!("line {number}\n");
        lines.push_str(&line);
        match save {
            Save::Append => OpenOptions::new().append(true).open(path).unwrap().write_all(line.as_bytes()).unwrap(),
            Save::Truncate | Save::Rename => {
                let now = fs::read_to_string(path).unwrap();
                let head = now.split_inclusive("\n---\n").next().unwrap();
                let text = format!("{head}{lines}");
                if matches!(save, Save::Truncate) {
                    fs::write(path, text).unwrap();
                } else {
                    let beside = path.with_extension("saving");
                    fs::write(&beside, text).unwrap();
                    fs::rename(&beside, path).unwrap();
                }
            }
        }
        // Now and then it rests, so that a machine with much else to do comes to grade in between too.
        let rest = if number % 16 == 15 { 60_000 } else { 0 };
        std::thread::sleep(Duration::from_micros(300 + 137 * (number % 11) + rest));
    }
    lines
}

/// Another start of the program, which has nothing to say but of versions that were kept.
fn look_again(vault: &Vault) {
    let run = vault.run(&["review", "--plain"]);
    assert!(
        run.status == 0
            && run.stderr.lines().all(|line| line.contains(".study-kept: ") || line.contains(".study-kept-")),
        "{run:?}"
    );
}

fn no_edit_is_lost(save: Save) {
    let vault = Vault::new(&[("a.md", &note("2026-01-10", "4", "250", ""))]);
    let stop = AtomicBool::new(false);
    let (lines, graded) = std::thread::scope(|scope| {
        let path = vault.path("a.md");
        let saver = scope.spawn({
            let stop = &stop;
            move || keep_saving(&path, save, stop)
        });
        let started = Instant::now();
        let (mut graded, mut parted) = (0, 0);
        while started.elapsed() < Duration::from_millis(1500) || (graded == 0 && started.elapsed().as_secs() < 60) {
            let run = vault.run(&["review", "a", "--grade", "hard", "--early"]);
            let busy = run.stderr.contains("changing it")
                || run.stderr.contains("changed since")
                || run.stderr.contains("is writing it")
                || run.stderr.contains("put a file of its own in its place");
            assert!(run.status == 0 || busy, "{save:?}: {run:?}");
            graded += usize::from(run.status == 0);
            parted += usize::from(run.stderr.contains(" is kept as `"));
        }
        stop.store(true, Ordering::SeqCst);
        (saver.join().unwrap(), graded..=graded + parted)
    });
    // What a run that was come between left in the note shows to the next.
    look_again(&vault);
    let now = vault.read("a.md");
    let body = now.split_once("\n---\n").unwrap_or_else(|| panic!("{save:?}: no frontmatter in {now:?}")).1;
    // Where two versions each hold something that the other lacks, the user is told, and both are there.
    let files = names(&vault.path("")).into_iter().filter(|name| name.contains(".study-kept"));
    let kept: Vec<String> = files.map(|name| vault.read(&name)).collect();
    if let Save::Append = save {
        let missing = lines.lines().find(|line| {
            let there = |text: &str| text.lines().any(|other| other == *line);
            !there(body) && !kept.iter().any(|text| there(text))
        });
        assert_eq!(missing, None);
    } else {
        assert!(body == lines, "{save:?}: the last save is not what the note holds");
    }
    assert!(*graded.start() > 0, "{save:?}");
    let logged = events(&vault).iter().filter(|event| event["kind"] == "review").count();
    assert!(graded.contains(&logged), "{save:?}: {logged} of {graded:?}");
    let mut left = names(&vault.path(""));
    left.retain(|name| name != ".study" && !name.contains(".study-kept"));
    assert_eq!(left, ["a.md"], "{save:?}");
}

#[test]
fn no_edit_is_lost_to_a_program_that_saves_all_the_time() {
    std::thread::scope(|scope| {
        for save in [Save::Truncate, Save::Rename, Save::Append] {
            scope.spawn(move || no_edit_is_lost(save));
        }
    });
}

/// One note of many is saved all the time, and may be refused; the others are graded, each once in each run.
fn one_of_many_is_saved(save: Save) {
    const OTHERS: usize = 7;
    let text = note("2026-01-10", "4", "250", "");
    let paths: Vec<String> = (0..OTHERS).map(|n| format!("{n}.md")).chain(["saved.md".into()]).collect();
    let vault = Vault::new(&paths.iter().map(|path| (path.as_str(), text.as_str())).collect::<Vec<_>>());
    let args = [&["review", "--grade", "hard", "--early", "3", "saved", "0", "1", "2", "4", "5", "6"][..]].concat();
    let stop = AtomicBool::new(false);
    let (lines, runs) = std::thread::scope(|scope| {
        let path = vault.path("saved.md");
        let stop = &stop;
        let saver = scope.spawn(move || keep_saving(&path, save, stop));
        let started = Instant::now();
        let mut runs = Vec::new();
        while started.elapsed() < Duration::from_millis(1200) || runs.len() < 3 {
            runs.push(vault.run(&args));
        }
        stop.store(true, Ordering::SeqCst);
        (saver.join().unwrap(), runs)
    });
    let told: usize = runs.iter().map(|run| run.stdout.matches("hard, ").count()).sum();
    for run in &runs {
        assert_eq!(run.stdout.lines().filter(|line| !line.starts_with("saved")).count(), OTHERS, "{save:?}: {run:?}");
        assert!(run.stderr.lines().all(|line| line.contains("saved.md")), "{save:?}: {run:?}");
    }
    look_again(&vault);
    let logged = events(&vault).iter().filter(|event| event["kind"] == "review").count();
    let parted = runs.iter().filter(|run| run.stderr.contains(" is kept as `")).count();
    assert!((told..=told + parted).contains(&logged), "{save:?}: {logged}, {told} told");
    let files = names(&vault.path("")).into_iter().filter(|name| name.starts_with("saved"));
    let versions: Vec<String> = files.map(|name| vault.read(&name)).collect();
    let is_there = |line: &str| versions.iter().any(|text| text.lines().any(|other| other == line));
    assert_eq!(lines.lines().rfind(|line| matches!(save, Save::Append) && !is_there(line)), None, "{save:?}");
    assert!(matches!(save, Save::Append) || vault.read("saved.md").ends_with(&lines), "{save:?}");
    assert!(names(&vault.path("")).iter().all(|name| !name.ends_with(".tmp")), "{save:?}");
}

#[test]
fn a_note_that_is_saved_all_the_time_keeps_no_other_from_being_graded() {
    std::thread::scope(|scope| {
        for save in [Save::Truncate, Save::Rename, Save::Append] {
            scope.spawn(move || one_of_many_is_saved(save));
        }
    });
}

#[test]
fn a_lock_ends_with_its_process_and_keeps_no_reader_waiting() {
    let vault = Vault::new(&[("a.md", &note("2026-01-10", "4", "250", "text")), (".study/log/.lock", "")]);
    let lock = OpenOptions::new().append(true).open(vault.path(".study/log/.lock")).unwrap();
    lock.lock().unwrap();
    assert!(vault.run(&["due"]).ok().ends_with("1 due, 0 new.\n"));
    vault.run(&["stats"]).ok();
    let run = vault.run(&["review", "a", "--grade", "good"]);
    assert!(
        run.failed(1).contains("another `study` is writing to the review log; try again when it is done"),
        "{run:?}"
    );
    drop(lock);
    vault.run(&["review", "a", "--grade", "good"]).ok();
}
