//! A vault in a temporary folder, a pinned clock, and the binary run on it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The instant that every run takes for now: a Thursday morning.
pub const NOW: &str = "2026-01-15T09:00:00+01:00";

/// A vault of given notes.
pub struct Vault {
    dir: tempfile::TempDir,
    now: String,
    env: Vec<(String, String)>,
}

/// What a run printed and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub status: i32,
}

impl Run {
    /// The output, of a run that succeeded and said nothing on stderr.
    #[track_caller]
    pub fn ok(&self) -> &str {
        assert_eq!((self.status, self.stderr.as_str()), (0, ""), "{self:#?}");
        &self.stdout
    }

    /// What was said on stderr by a run that failed with `status`.
    #[track_caller]
    pub fn failed(&self, status: i32) -> &str {
        assert_eq!(self.status, status, "{self:#?}");
        &self.stderr
    }

    /// The output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.status, 0, "{self:#?}");
        serde_json::from_str(&self.stdout).unwrap()
    }
}

impl Vault {
    /// A vault with the given notes: path and text.
    pub fn new(notes: &[(&str, &str)]) -> Self {
        // Every grade is made to reach the disk: in memory that costs nothing.
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::new_in(memory, notes) } else { Self::new_in(&std::env::temp_dir(), notes) }
    }

    /// The same somewhere below `base`.
    pub fn new_in(base: &Path, notes: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir_in(base).unwrap();
        let vault = Self { dir, now: NOW.to_owned(), env: Vec::new() };
        fs::create_dir_all(vault.path("")).unwrap();
        for (path, text) in notes {
            vault.write(path, text);
        }
        vault
    }

    /// A copy of the example vault.
    pub fn example() -> Self {
        fn copy(from: &Path, to: &Path) {
            fs::create_dir_all(to).unwrap();
            for entry in fs::read_dir(from).unwrap() {
                let entry = entry.unwrap();
                let target = to.join(entry.file_name());
                if entry.file_type().unwrap().is_dir() {
                    copy(&entry.path(), &target);
                } else {
                    fs::copy(entry.path(), target).unwrap();
                }
            }
        }
        let vault = Self::new(&[]);
        copy(Path::new("examples/vault"), &vault.path(""));
        vault
    }

    /// The same vault at another instant.
    pub fn at(&mut self, now: &str) -> &mut Self {
        self.now = now.to_owned();
        self
    }

    /// The same vault with an environment variable set for every run.
    pub fn env(&mut self, name: &str, value: &str) -> &mut Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Every file of the vault outside `.study`, with its bytes: to compare before and after.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        fn collect(dir: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in fs::read_dir(dir).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() && entry.file_name() != ".study" {
                    collect(&entry.path(), files);
                } else if entry.file_type().unwrap().is_file() {
                    files.insert(entry.path(), fs::read(entry.path()).unwrap());
                }
            }
        }
        let mut files = BTreeMap::new();
        collect(&self.path(""), &mut files);
        files
    }

    /// An executable script beside the vault: stands in for an editor or an opener.
    pub fn script(&self, name: &str, body: &str) -> String {
        let path = self.dir.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        path.to_str().unwrap().to_owned()
    }

    /// The text of a file beside the vault.
    pub fn beside(&self, name: &str) -> String {
        fs::read_to_string(self.dir.path().join(name)).unwrap_or_default()
    }

    /// A path in the vault.
    pub fn path(&self, note: &str) -> PathBuf {
        let vault = self.dir.path().join("vault");
        if note.is_empty() { vault } else { vault.join(note) }
    }

    /// The folder of the user's settings.
    pub fn user_config(&self) -> PathBuf {
        self.dir.path().join("user.toml")
    }

    pub fn write(&self, note: &str, text: impl AsRef<[u8]>) {
        let path = self.path(note);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[track_caller]
    pub fn read(&self, note: &str) -> String {
        fs::read_to_string(self.path(note)).unwrap()
    }

    /// The command with everything pinned.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_study"));
        command.args(args).current_dir(self.path(""));
        for name in
            ["STUDY_VAULT", "NO_COLOR", "CLICOLOR_FORCE", "EDITOR", "VISUAL", "COLUMNS", "COLORTERM", "STUDY_OPENER"]
        {
            command.env_remove(name);
        }
        command
            .env("STUDY_NOW", &self.now)
            .env("STUDY_DEVICE", "desk")
            .env("STUDY_CONFIG", self.user_config())
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm-256color");
        if !self.path(".obsidian").exists() {
            command.env("STUDY_VAULT", self.path(""));
        }
        for (name, value) in &self.env {
            command.env(name, value);
        }
        command
    }

    /// Runs `study` with nothing on stdin.
    pub fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, "")
    }

    /// Runs `study` with `input` on stdin.
    pub fn run_with(&self, args: &[&str], input: &str) -> Run {
        self.finish(&mut self.command(args), input)
    }

    /// Runs a command made by [`Vault::command`] with `input` on stdin.
    pub fn finish(&self, command: &mut Command, input: &str) -> Run {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A program that does not read its input closes the pipe: no concern of the test.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap().replace(self.dir.path().to_str().unwrap(), "DIR");
        Run { stdout: text(stdout), stderr: text(stderr), status: status.code().unwrap_or(-1) }
    }
}

/// A note with a schedule.
pub fn note(due: &str, interval: &str, ease: &str, body: &str) -> String {
    format!("---\ntags: [review]\nsr-due: {due}\nsr-interval: {interval}\nsr-ease: {ease}\n---\n{body}")
}
