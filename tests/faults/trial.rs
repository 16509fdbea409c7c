//! A command run again and again on the same vault, each time with a fault at another step.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use serde_json::Value;

use crate::support::Vault;

/// The bytes of every file of a vault but those in `.study`, by path.
pub type Notes = BTreeMap<String, Vec<u8>>;

/// What to try.
pub struct Trial {
    /// The notes that every vault starts with.
    pub notes: Vec<(&'static str, String)>,
    /// Commands that run without a fault first, with their input.
    pub before: Vec<(Vec<&'static str>, &'static str)>,
    /// Notes that lose what those commands made of them.
    pub lost: bool,
    /// The command that meets the fault, and its input.
    pub command: (Vec<&'static str>, &'static str),
    /// The kind of the events that it logs.
    pub kind: &'static str,
}

impl Trial {
    pub fn vault(&self) -> Vault {
        let notes: Vec<(&str, &str)> = self.notes.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let vault = Vault::new_in(&base(), &notes);
        for (args, input) in &self.before {
            vault.run_with(args, input).ok();
        }
        for (path, text) in notes.iter().filter(|_| self.lost) {
            vault.write(path, text);
        }
        vault
    }

    pub fn run(&self, vault: &Vault, fault: Option<&str>) -> Output {
        let mut command = vault.command(&self.command.0);
        if let Some(fault) = fault {
            command.env("STUDY_FAULT", fault);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(self.command.1.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// What the vault holds after a run without a fault.
    pub fn outcome(&self) -> (Notes, Notes) {
        let vault = self.vault();
        let old = notes(&vault);
        let done = self.run(&vault, None);
        assert!(done.status.success(), "{done:?}");
        let new = notes(&vault);
        assert_ne!(old, new);
        (old, new)
    }

    /// Tries a fault at every step; gives how many steps there are.
    pub fn at_every_step(&self, fault: &str) -> u32 {
        let (old, new) = self.outcome();
        let steps = self.steps();
        for step in 1..=steps {
            let vault = self.vault();
            let logged_before = events(&vault).len();
            // A second one in a row is that of what is done about the first.
            let asked = if fault == "twice" { format!("fail:{step},{}", step + 1) } else { format!("{fault}:{step}") };
            let done = self.run(&vault, Some(&asked));
            assert_eq!(died(&done), fault == "die", "{asked}: {done:?}");
            assert!(died(&done) || done.status.code().is_some_and(|code| code < 2), "{asked}: {done:?}");
            let shown = format!("{asked}: {}", String::from_utf8_lossy(&done.stderr));
            self.check(&vault, &old, &new, logged_before, &shown);
        }
        steps
    }

    /// How many steps the command takes.
    pub fn steps(&self) -> u32 {
        let dies = |step: u32| died(&self.run(&self.vault(), Some(&format!("die:{step}"))));
        let (mut some, mut too_many) = (0, 128);
        assert!(!dies(too_many));
        while too_many - some > 1 {
            let middle = some.midpoint(too_many);
            if dies(middle) {
                some = middle;
            } else {
                too_many = middle;
            }
        }
        some
    }

    fn check(&self, vault: &Vault, old: &Notes, new: &Notes, logged_before: usize, shown: &str) {
        let now = without_temporaries(notes(vault));
        assert_eq!(now.keys().collect::<Vec<_>>(), old.keys().collect::<Vec<_>>(), "{shown}");
        for (path, bytes) in &now {
            let whole = bytes == &old[path] || bytes == &new[path];
            assert!(whole, "{shown}: {path} is neither old nor new: {}", String::from_utf8_lossy(bytes));
        }
        // The next start.
        let next = vault.run(&["review", "--plain"]);
        assert_eq!(next.status, 0, "{shown}: {next:?}");
        assert_eq!(notes(vault), now, "{shown}: the next start changed a note, or left a file");
        let log = vault.path(".study/log");
        let left: Vec<_> = names(&log)
            .into_iter()
            .filter(|name| ![".lock", "desk.jsonl", "desk.seen"].contains(&name.as_str()))
            .collect();
        assert_eq!(left, Vec::<String>::new(), "{shown}");
        let logged: Vec<Value> = events(vault).split_off(logged_before);
        let told: BTreeSet<&str> = logged.iter().map(|event| event["note"].as_str().unwrap()).collect();
        assert_eq!(told.len(), logged.len(), "{shown}: an event twice: {logged:?}");
        let changed: BTreeSet<&str> =
            now.iter().filter(|(path, b)| *b != &old[*path]).map(|(p, _)| p.as_str()).collect();
        assert_eq!(told, changed, "{shown}: note and log do not agree: {logged:?}");
        assert!(logged.iter().all(|event| event["kind"] == self.kind), "{shown}: {logged:?}");
        // What is done can be taken back, and what is not can be done.
        if self.kind != "undo" && !changed.is_empty() {
            // What was done with one command is taken back with one, unless it was several reviews.
            let steps = if self.kind == "review" { changed.len() } else { 1 };
            vault.run(&["undo", &steps.to_string()]);
            assert_eq!(&notes(vault), old, "{shown}");
        }
        let again = self.run(vault, None);
        if self.kind != "undo" {
            assert_eq!((&notes(vault), again.status.success()), (new, true), "{shown}: {again:?}");
        }
    }
}

/// A command that has stopped at one of its steps.
pub struct Stopped(Child);

impl Stopped {
    /// Starts `command` with `input`, and waits until it stops at the step `step`, or until it ends: then, what it said.
    pub fn at(step: u32, command: &mut Command, input: &str) -> Result<Self, Output> {
        command.env("STUDY_FAULT", format!("stop:{step}"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let (id, options) = (
            WaitId::Pid(Pid::from_child(&child)),
            WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
        );
        let status = waitid(id, options).unwrap().unwrap();
        if status.stopped() { Ok(Self(child)) } else { Err(child.wait_with_output().unwrap()) }
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        kill_process(Pid::from_child(&self.0), Signal::CONT).unwrap();
    }

    /// Lets it go on to its end.
    pub fn end(self) -> Output {
        self.go_on();
        self.0.wait_with_output().unwrap()
    }
}

pub fn died(done: &Output) -> bool {
    done.status.signal() == Some(9)
}

/// A folder in memory where there is one: quicker, and another file system than that of the folder of the program.
fn base() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// Every file of the vault outside `.study`.
pub fn notes(vault: &Vault) -> Notes {
    fn collect(root: &Path, dir: &Path, notes: &mut Notes) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                if name != ".study" {
                    collect(root, &path, notes);
                }
            } else {
                notes.insert(name, fs::read(&path).unwrap_or_default());
            }
        }
    }
    let mut notes = Notes::new();
    let root = vault.path("");
    collect(&root, &root, &mut notes);
    notes
}

fn without_temporaries(mut notes: Notes) -> Notes {
    notes.retain(|path, _| !path.rsplit('/').next().unwrap().starts_with(".study-"));
    notes
}

pub fn names(dir: &Path) -> Vec<String> {
    let Ok(listing) = fs::read_dir(dir) else { return Vec::new() };
    let mut names: Vec<String> = listing.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every event of the log. Half a line is passed over if it is not the last of the file, as reading it does.
pub fn events(vault: &Vault) -> Vec<Value> {
    let text = fs::read_to_string(vault.path(".study/log/desk.jsonl")).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
