//! The process is killed.

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use crate::support::note;
use crate::trial::{Trial, events, notes};

fn three() -> Vec<(&'static str, String)> {
    vec![
        ("a.md", note("2026-01-10", "4", "250", "one\n")),
        ("folder/b.md", note("2026-01-11", "12", "\"230\"", "two").replace('\n', "\r\n")),
        ("folder/new.md", "#review\nno frontmatter".to_owned()),
    ]
}

fn bulk() -> Trial {
    Trial {
        notes: three(),
        before: vec![],
        lost: false,
        command: (vec!["review", "a", "folder/b.md", "new", "--grade", "good"], ""),
        kind: "review",
    }
}

fn dialogue() -> Trial {
    Trial { notes: three().split_off(1), command: (vec!["review", "--plain"], "3\n\n4\n"), ..bulk() }
}

fn undo() -> Trial {
    let before = vec![(vec!["review", "a", "new", "--grade", "hard"], "")];
    Trial { before, command: (vec!["undo", "2"], ""), kind: "undo", ..bulk() }
}

#[test]
fn killed_between_any_two_steps_of_a_bulk_review() {
    assert!(bulk().at_every_step("die") >= 45);
}

#[test]
fn killed_between_any_two_steps_of_a_dialogue() {
    assert!(dialogue().at_every_step("die") >= 30);
}

#[test]
fn killed_between_any_two_steps_of_an_undo() {
    assert!(undo().at_every_step("die") >= 30);
}

#[test]
fn killed_between_any_two_steps_of_a_repair() {
    let broken = |due: &str| note(due, "4", "250", "text\n");
    let trial = Trial {
        notes: vec![("a.md", broken("1767225600")), ("folder/b.md", broken("2026/01/02").replace('\n', "\r\n"))],
        before: vec![],
        lost: false,
        command: (vec!["fix", "--yes"], ""),
        kind: "fix",
    };
    assert!(trial.at_every_step("die") >= 30);
}

#[test]
fn killed_between_any_two_steps_of_a_rebuild() {
    let trial = Trial {
        notes: vec![("a.md", "#review\ntext".into()), ("b.md", "---\ntitle: b\n---\n".into())],
        before: vec![(vec!["review", "a", "b", "--grade", "good"], "")],
        lost: true,
        command: (vec!["fix", "--rebuild", "--yes"], ""),
        kind: "rebuild",
    };
    assert!(trial.at_every_step("die") >= 30);
}

/// From outside, at any moment: also between steps that have no name.
#[test]
fn killed_at_any_moment() {
    let trial = Trial {
        notes: (0..8).map(many).collect(),
        command: (vec!["review", "--plain"], "3\n3\n3\n3\n3\n3\n3\n3\n"),
        ..bulk()
    };
    let (old, new) = trial.outcome();
    for round in 0..40_u64 {
        let vault = trial.vault();
        let mut child = vault
            .command(&["review", "--plain"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(trial.command.1.as_bytes());
        std::thread::sleep(Duration::from_micros(2_000 + round * 700));
        let _ = child.kill();
        child.wait().unwrap();
        vault.run(&["review", "--plain"]).ok();
        let now = notes(&vault);
        let changed: Vec<&String> = now.keys().filter(|path| now[*path] != old[*path]).collect();
        assert!(now.iter().all(|(path, bytes)| bytes == &old[path] || bytes == &new[path]), "round {round}");
        assert_eq!(now.len(), old.len(), "round {round}: a file is left");
        let mut logged: Vec<String> =
            events(&vault).iter().map(|event| event["note"].as_str().unwrap().to_owned()).collect();
        logged.sort();
        assert_eq!(logged.iter().collect::<Vec<_>>(), changed, "round {round}");
    }
}

fn many(number: usize) -> (&'static str, String) {
    let name = ["a.md", "b.md", "c.md", "d.md", "e.md", "f.md", "g.md", "h.md"][number];
    (name, note("2026-01-10", "4", "250", &format!("note {number}\n")))
}

#[test]
fn killed_again_while_the_log_is_completed() {
    let trial =
        Trial { notes: three().split_off(2), command: (vec!["review", "new", "--grade", "good"], ""), ..bulk() };
    let mut completed = 0;
    for first in 1..30 {
        for second in 1..12 {
            let vault = trial.vault();
            // A torn line moves everything that is appended.
            vault.write(".study/log/desk.jsonl", "{\"v\":1,");
            trial.run(&vault, Some(&format!("die:{first}")));
            let graded = notes(&vault)["folder/new.md"] != trial.notes[0].1.as_bytes();
            let mut again = vault.command(&["review", "--plain"]);
            again.env("STUDY_FAULT", format!("die:{second}")).stdin(Stdio::null()).output().unwrap();
            vault.run(&["review", "--plain"]);
            let logged = events(&vault).iter().filter(|event| event["kind"] == "review").count();
            assert_eq!(logged, usize::from(graded), "die:{first}, then die:{second}");
            completed += usize::from(graded);
        }
    }
    assert!(completed > 50);
}
