//! The disk fails, is full, or may not be written.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::support::{Vault, note};
use crate::trial::{Trial, events, names, notes};

fn two() -> Vec<(&'static str, String)> {
    vec![("a.md", note("2026-01-10", "4", "250", "one\n")), ("b.md", "#review\nnew".to_owned())]
}

fn bulk() -> Trial {
    Trial {
        notes: two(),
        before: vec![],
        command: (vec!["review", "a", "b", "--grade", "good"], ""),
        kind: "review",
        lost: false,
    }
}

fn undo() -> Trial {
    let before = vec![(vec!["review", "a", "b", "--grade", "hard"], "")];
    Trial { before, command: (vec!["undo", "2"], ""), kind: "undo", ..bulk() }
}

#[test]
fn one_step_fails() {
    assert!(bulk().at_every_step("fail") >= 24);
    assert!(undo().at_every_step("fail") >= 24);
}

/// The log cannot be written, nor what was written of it taken back.
#[test]
fn two_steps_in_a_row_fail() {
    assert!(bulk().at_every_step("twice") >= 24);
    assert!(undo().at_every_step("twice") >= 24);
}

#[test]
fn everything_fails_from_some_step_on() {
    assert!(bulk().at_every_step("broken") >= 24);
    assert!(undo().at_every_step("broken") >= 24);
}

/// The program with limits that a shell sets, or as another user: told apart by what it can do.
fn shell(vault: &Vault, script: &str) -> std::process::Output {
    let study = vault.command(&[]);
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg("sh").arg(env!("CARGO_BIN_EXE_study")).current_dir(vault.path(""));
    command.env_clear().envs(study.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.output().unwrap()
}

#[test]
fn no_room_for_the_note() {
    let vault = Vault::new(&[("a.md", &note("2026-01-10", "4", "250", &"long\n".repeat(4000)))]);
    let old = notes(&vault);
    // The signal is ignored, so that writing fails as it does on a full disk; then not, so that it kills.
    for script in
        ["trap '' XFSZ; ulimit -f 4; \"$1\" review a --grade good", "ulimit -f 4; \"$1\" review a --grade good"]
    {
        let done = shell(&vault, script);
        assert!(!done.status.success(), "{done:?}");
        vault.run(&["review", "--plain"]).ok();
        assert_eq!(notes(&vault), old);
        assert_eq!(events(&vault).len(), 0);
    }
}

#[test]
fn no_room_for_the_log_means_no_grade() {
    let vault = Vault::new(&[("a.md", &note("2026-01-10", "4", "250", "text"))]);
    // Blank lines say nothing, and take room.
    vault.write(".study/log/desk.jsonl", "\n".repeat(100_000));
    let old = notes(&vault);
    let done = shell(&vault, "trap '' XFSZ; ulimit -f 16; \"$1\" review a --grade good");
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert!(stderr.contains("cannot write") && stderr.contains("the review log is not complete"), "{stderr}");
    assert_eq!(notes(&vault), old);
    assert_eq!(names(&vault.path(".study/log")), [".lock", "desk.jsonl"]);
    assert_eq!(vault.read(".study/log/desk.jsonl").len(), 100_000);
}

#[test]
fn a_full_file_system() {
    let dir = tempfile::tempdir().unwrap();
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "study"]).arg(dir.path()).output();
    if !mount.is_ok_and(|done| done.status.success()) {
        eprintln!("skipped: this user may not mount a small file system");
        return;
    }
    let tried = std::panic::catch_unwind(|| {
        let vault = Vault::new_in(dir.path(), &[("a.md", &note("2026-01-10", "4", "250", &"x\n".repeat(6000)))]);
        let mut filler = 64 << 10;
        // As full as it gets, page by page.
        while filler > 0 && fs::write(dir.path().join(format!("filler{filler}")), vec![b'x'; 4096]).is_ok() {
            filler -= 4096;
        }
        let old = notes(&vault);
        let run = vault.run(&["review", "a", "--grade", "good"]);
        assert!(run.failed(1).contains("no space left on device"), "{run:?}");
        assert_eq!(notes(&vault), old);
        assert!(events(&vault).is_empty());
        for entry in fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap()).filter(|e| e.path().is_file()) {
            fs::remove_file(entry.path()).unwrap();
        }
        vault.run(&["review", "a", "--grade", "good"]).ok();
        assert_eq!(events(&vault).len(), 1);
    });
    Command::new("umount").arg(dir.path()).status().unwrap();
    tried.unwrap();
}

/// The program as a user that the rights of files bind: root is nobody here.
fn as_user(vault: &Vault, args: &[&str]) -> Option<std::process::Output> {
    let mut command = vault.command(args);
    if rustix_is_root() {
        // Everything belongs to that user, so that only what a test forbids is forbidden.
        let top = vault.path("").parent().unwrap().to_owned();
        Command::new("chown").args(["-R", "65534:65534"]).arg(&top).status().unwrap();
        command.uid(65534).gid(65534);
    }
    match command.output() {
        Ok(output) => Some(output),
        Err(error) => {
            eprintln!("skipped: another user cannot start the program here: {error}");
            None
        }
    }
}

fn rustix_is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

#[test]
fn rights_are_respected() {
    let texts: Vec<String> = (0..4).map(|n| note("2026-01-10", "4", "250", &format!("{n}"))).collect();
    let paths = ["read-only.md", "folder/a.md", "unreadable.md", "fine.md"];
    let vault = Vault::new(&paths.iter().copied().zip(texts.iter().map(String::as_str)).collect::<Vec<_>>());
    let mode = |path: &str, mode: u32| fs::set_permissions(vault.path(path), Permissions::from_mode(mode)).unwrap();
    mode("read-only.md", 0o444);
    mode("folder", 0o555);
    mode("unreadable.md", 0o000);
    let Some(done) = as_user(&vault, &["review", "read-only", "a", "unreadable", "fine", "--grade", "good"]) else {
        return;
    };
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(1), "{stderr}");
    for said in [
        "read-only.md: is read-only; make it writable first",
        "folder/a.md: cannot be written: permission denied",
        "unreadable.md: cannot be read: permission denied; check its permissions",
    ] {
        assert!(stderr.contains(said), "{said}: {stderr}");
    }
    mode("folder", 0o755);
    mode("unreadable.md", 0o644);
    for (path, text) in paths.iter().zip(&texts).take(3) {
        assert_eq!(&vault.read(path), text, "{path}");
    }
    assert_ne!(vault.read("fine.md"), texts[3]);
    assert_eq!(names(&vault.path("folder")), ["a.md"]);
    assert_eq!(events(&vault).len(), 1);

    // Without a log nothing is graded.
    let again = vault.read("fine.md");
    mode(".study/log/desk.jsonl", 0o444);
    let done = as_user(&vault, &["review", "fine", "--early", "--grade", "good"]).unwrap();
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    mode(".study/log", 0o555);
    let done = as_user(&vault, &["review", "fine", "--early", "--grade", "good"]).unwrap();
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    assert_eq!(vault.read("fine.md"), again);
    assert_eq!(events(&vault).len(), 1);
    // Reading needs no right to write.
    let done = as_user(&vault, &["due"]).unwrap();
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    mode(".study/log", 0o755);
}
