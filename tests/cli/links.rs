//! Symlinks, pipes and further names where the log, the settings and new notes go: nothing outside the vault is read or
//! written through them, whatever command runs, and every command that only reads does its work.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::{Vault, note};

const SECRET: &str = "secret_token = \"hunter2\"";

/// A vault with a note that is due, and a folder beside it with a file of the user's.
fn vault() -> (Vault, PathBuf, String) {
    let text = note("2026-01-10", "4", "250", "text");
    let vault = Vault::new(&[("a.md", &text), (".obsidian/app.json", "{}")]);
    let outside = vault.path("").with_file_name("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("precious"), SECRET).unwrap();
    (vault, outside, text)
}

fn link(vault: &Vault, name: &str, to: impl AsRef<Path>) {
    let path = vault.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    symlink(to, path).unwrap();
}

fn pipe(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Every file below `dir`, with what it says.
fn everything(dir: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.symlink_metadata().unwrap() {
            meta if meta.is_dir() => {
                found.push((path.clone(), String::new()));
                found.extend(everything(&path));
            }
            _ => found.push((path.clone(), fs::read_to_string(&path).unwrap())),
        }
    }
    found.sort();
    found
}

/// Whatever writes to the log.
const WRITING: &[&[&str]] =
    &[&["review", "a", "--grade", "good"], &["suspend", "a"], &["add", "b"], &["fix", "--yes"], &["undo"]];

#[test]
fn a_log_folder_behind_a_link_is_neither_read_nor_written() {
    // What is a link, what it leads to, and what the vault's settings say.
    let cases: &[(&str, &str, Option<&str>)] = &[
        (".study", "../outside", None),
        (".study/log", "../../outside", None),
        (".study/log", "../../outside/new/sub", None),
        ("history", "../outside", Some("history/log")),
        ("history", "../outside", Some("history")),
        ("deep/history", "../../outside", Some("deep/history/of/reviews")),
        // One that stays in the vault may be led out at any time.
        ("history", "notes", Some("history")),
    ];
    for (name, to, log_dir) in cases {
        let (vault, outside, text) = vault();
        fs::create_dir(vault.path("notes")).unwrap();
        vault.write("b.md", "text\n");
        if let Some(log_dir) = log_dir {
            vault.write(".study/config.toml", format!("log_dir = \"{log_dir}\"\n"));
        }
        link(&vault, name, to);
        let suspended = vault_log_line("a.md");
        fs::write(outside.join("desk.jsonl"), &suspended).unwrap();
        let before = everything(&outside);
        for command in WRITING {
            let run = vault.run(command);
            assert!((0..2).contains(&run.status) && !run.stderr.contains("panicked"), "{name} {command:?}: {run:?}");
            if command[0] == "review" {
                let said = format!("`{name}` is a link, and the review log is not written through one: replace it by");
                assert!(run.failed(1).contains(&said), "{name}: {run:?}");
            }
            assert_eq!((vault.read("a.md"), vault.read("b.md")), (text.clone(), "text\n".to_owned()), "{command:?}");
        }
        for command in [&["due"][..], &["stats"], &["check"], &["history", "a"], &["due", "--json"]] {
            let run = vault.run(command);
            // `check` is there to find problems.
            assert_eq!(run.status, i32::from(command[0] == "check"), "{name} {command:?}: {run:?}");
            let told = format!("{name}: is a link, and the review log is not read through one");
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!(command[0] == "history" || said.matches(&told).count() == 1, "{name} {command:?}: {run:?}");
        }
        // What the file outside says of the note does not count.
        assert_eq!(vault.run(&["due", "--count"]).stdout, "1\n", "{name}");
        assert_eq!(everything(&outside), before, "{name}");
        assert_eq!(fs::read_dir(vault.path("notes")).unwrap().count(), 0, "{name}");
    }
}

/// A line that sets a note aside.
fn vault_log_line(note: &str) -> String {
    let event = serde_json::json!({
        "v": 1, "kind": "suspend", "id": "5b1c0d0f2a7e9d43", "at": "2026-01-14T07:30:12+01:00", "day": "2026-01-14",
        "device": "phone", "seq": 0, "note": note,
    });
    format!("{event}\n")
}

#[test]
fn settings_of_the_user_may_keep_the_log_behind_a_link_outside() {
    let (vault, outside, _) = vault();
    symlink(&outside, outside.with_file_name("alias")).unwrap();
    let named = outside.with_file_name("alias").join("log");
    fs::write(vault.user_config(), format!("log_dir = \"{}\"\n", named.display())).unwrap();
    vault.run(&["review", "a", "--grade", "good"]).ok();
    assert!(outside.join("log").is_dir());
    assert!(vault.run(&["history", "a"]).ok().contains("good"));
    vault.run(&["undo"]).ok();
    // A vault that is named by a link is as good as any.
    let link = vault.path("").with_file_name("link");
    symlink(vault.path(""), &link).unwrap();
    fs::remove_file(vault.user_config()).unwrap();
    vault.run(&["--vault", link.to_str().unwrap(), "review", "a", "--grade", "good"]).ok();
    assert!(vault.path(".study/log").is_dir());
}

#[test]
fn files_of_the_log_that_are_links_or_pipes_hold_nothing_up_and_lead_nowhere() {
    for name in [".lock", "desk.jsonl", "desk.pending", "desk.seen", ".seen.tmp", "phone.jsonl"] {
        for kind in ["link", "dangling", "pipe", "device", "folder", "hard link"] {
            let (vault, outside, text) = vault();
            let path = vault.path(".study/log").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match kind {
                "link" => symlink(outside.join("precious"), &path).unwrap(),
                "dangling" => symlink(outside.join("new"), &path).unwrap(),
                "pipe" => pipe(&path),
                "device" => symlink("/dev/full", &path).unwrap(),
                "folder" => fs::create_dir(&path).unwrap(),
                _ => fs::hard_link(outside.join("precious"), &path).unwrap(),
            }
            let before = everything(&outside);
            for command in [
                &["due"][..],
                &["stats"],
                &["check"],
                &["review", "a", "--grade", "good"],
                &["history", "a"],
                &["undo"],
            ] {
                let run = vault.run(command);
                let what = format!("{name} {kind} {command:?}: {run:?}");
                assert!((0..2).contains(&run.status) && !run.stderr.contains("panicked"), "{what}");
                if command[0] == "review" {
                    let is_graded = vault.read("a.md") != text;
                    let log = (name, kind) != ("desk.jsonl", "folder");
                    let logged = log
                        && path.with_file_name("desk.jsonl").symlink_metadata().is_ok_and(|meta| meta.is_file())
                        && fs::read_to_string(path.with_file_name("desk.jsonl")).unwrap().contains("\"review\"");
                    assert_eq!((is_graded, logged), (run.status == 0, run.status == 0), "{what}");
                }
            }
            assert_eq!(vault.read("a.md"), text, "{name} {kind}");
            assert_eq!(everything(&outside), before, "{name} {kind}");
        }
    }
}

#[test]
fn a_log_that_has_further_names_says_what_to_do() {
    let (vault, outside, text) = vault();
    fs::create_dir_all(vault.path(".study/log")).unwrap();
    fs::hard_link(outside.join("precious"), vault.path(".study/log/desk.jsonl")).unwrap();
    let run = vault.run(&["review", "a", "--grade", "good"]);
    let said = "has 2 names (hard links), and the review log is written to a file of its own only: copy it";
    assert!(run.failed(1).contains(said), "{run:?}");
    assert_eq!(vault.read("a.md"), text);
    assert_eq!(fs::read_to_string(outside.join("precious")).unwrap(), SECRET);
}

#[test]
fn settings_behind_a_link_out_of_the_vault_are_told_and_not_read() {
    const PLUGIN: &str = ".obsidian/plugins/obsidian-spaced-repetition";
    for (name, file) in [
        (".study/config.toml", ".study/config.toml"),
        (".study", ".study/config.toml"),
        (&format!("{PLUGIN}/data.json"), &format!("{PLUGIN}/data.json")),
        (PLUGIN, &format!("{PLUGIN}/data.json")),
        (".obsidian/templates.json", ".obsidian/templates.json"),
        (".obsidian/plugins", ".obsidian/templates.json"),
    ] {
        let (vault, outside, _) = vault();
        fs::write(outside.join("config.toml"), SECRET).unwrap();
        fs::write(outside.join("data.json"), SECRET).unwrap();
        let to = if name == file { outside.join("precious") } else { outside.clone() };
        link(&vault, name, to);
        for command in [
            &["due"][..],
            &["stats"],
            &["check"],
            &["config"],
            &["review", "a", "--grade", "good", "--dry-run"],
            &["roadmap"],
        ] {
            let run = vault.run(command);
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!((0..2).contains(&run.status), "{name} {command:?}: {run:?}");
            assert!(!said.contains("secret") && !said.contains("hunter2"), "{name} {command:?}: {run:?}");
            if command[0] == "due" && name != ".obsidian/plugins" {
                let told = format!("{file}: lies behind a link out of the vault, and is not read");
                assert_eq!((run.status, run.stderr.matches(&told).count()), (0, 1), "{name}: {run:?}");
                assert!(run.stdout.contains("a.md") || run.stdout.contains(" a"), "{run:?}");
            }
        }
    }
}

#[test]
fn the_user_may_have_settings_behind_links_read() {
    let (vault, outside, _) = vault();
    fs::write(outside.join("config.toml"), "review_folders = [\"more\"]\n").unwrap();
    vault.write("more/new.md", "text\n");
    link(&vault, ".study/config.toml", outside.join("config.toml"));
    assert_eq!(vault.run(&["due", "--new", "--count"]).stdout, "0\n");
    fs::write(vault.user_config(), "follow_links = true\n").unwrap();
    assert_eq!(vault.run(&["due", "--new", "--count"]).ok(), "1\n");
    // In the vault they may be a link to another file of it without asking.
    fs::remove_file(vault.user_config()).unwrap();
    fs::remove_file(vault.path(".study/config.toml")).unwrap();
    vault.write("settings/study.toml", "review_folders = [\"more\"]\n");
    link(&vault, ".study/config.toml", "../settings/study.toml");
    assert_eq!(vault.run(&["due", "--new", "--count"]).ok(), "1\n");
}

#[test]
fn a_new_note_is_not_made_behind_a_link_out_of_the_vault() {
    let (vault, outside, _) = vault();
    vault.write("maps/Roadmap.md", "# Roadmap\n\n- [ ] Topic\n- [ ] Another\n- [x] Done\n");
    fs::rename(vault.path("maps"), vault.path(".maps")).unwrap();
    link(&vault, "maps", ".maps");
    // The topic's note would carry the name of a link that leads to a file that is not there yet.
    link(&vault, ".maps/Topic.md", outside.join("new.md"));
    let run = vault.run(&["note", "Topic", "--yes"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(!outside.join("new.md").exists());
    fs::remove_file(vault.path(".maps/Topic.md")).unwrap();
    vault.run(&["note", "Topic", "--yes"]).ok();
    assert!(vault.path(".maps/Topic.md").is_file());
}

/// While another process exchanges folders of the vault for links, and back, as fast as it can.
#[test]
fn folders_that_turn_into_links_while_it_runs_lead_nowhere() {
    let (vault, outside, text) = vault();
    vault.write("notes/b.md", &text);
    fs::create_dir_all(vault.path(".study/log")).unwrap();
    fs::write(outside.join("b.md"), &text).unwrap();
    let before = everything(&outside);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let swap = |name: &str| {
                let (real, away) = (vault.path(name), vault.path(&format!("{name}.away")));
                let _ = fs::rename(&real, &away);
                let _ = symlink(&outside, &real);
                let _ = fs::remove_file(&real);
                let _ = fs::rename(&away, &real);
            };
            while !done.load(Ordering::Relaxed) {
                for name in [".study/log", ".study", "notes"] {
                    swap(name);
                }
            }
        });
        for _ in 0..40 {
            for command in [&["review", "notes/b.md", "--grade", "good", "--early"][..], &["undo"], &["stats"]] {
                let run = vault.run(command);
                assert!((0..2).contains(&run.status) && !run.stderr.contains("panicked"), "{command:?}: {run:?}");
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(everything(&outside), before);
}
