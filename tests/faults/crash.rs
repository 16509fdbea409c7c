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
    assert!(bulk().at_every_step("die") >= 30);
}

/// Many notes go through each step together, on several threads.
fn crowd() -> Trial {
    let notes = ["a.md", "b.md", "c.md", "one/d.md", "one/e.md", "one/f.md", "two/g.md", "two/h.md"];
    let text = |at: usize| note("2026-01-10", "4", "250", &format!("note {at}\n"));
    Trial {
        notes: notes.into_iter().enumerate().map(|(at, path)| (path, text(at))).collect(),
        command: ([&["review", "--grade", "again"], &notes[..]].concat(), ""),
        ..bulk()
    }
}

#[test]
fn killed_between_any_two_steps_of_a_crowd() {
    assert!(crowd().at_every_step("die") >= 65);
}

#[test]
fn a_step_of_a_crowd_fails() {
    assert!(crowd().at_every_step("fail") >= 65);
}

#[test]
fn everything_fails_from_some_step_of_a_crowd_on() {
    assert!(crowd().at_every_step("broken") >= 65);
}

#[test]
fn killed_between_any_two_steps_of_a_dialogue() {
    assert!(dialogue().at_every_step("die") >= 30);
}

#[test]
fn killed_between_any_two_steps_of_an_undo() {
    assert!(undo().at_every_step("die") >= 24);
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
    assert!(trial.at_every_step("die") >= 24);
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
    assert!(trial.at_every_step("die") >= 24);
}

/// From outside, at any moment: also between steps that have no name.
fn killed_at_any_moment(trial: &Trial) {
    let (old, new) = trial.outcome();
    let started = std::time::Instant::now();
    trial.run(&trial.vault(), None);
    let whole = started.elapsed();
    for round in 0..40_u32 {
        let vault = trial.vault();
        let mut child = vault
            .command(&trial.command.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(trial.command.1.as_bytes());
        std::thread::sleep(Duration::from_millis(1) + whole * round / 40);
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

#[test]
fn a_dialogue_killed_at_any_moment() {
    killed_at_any_moment(&Trial {
        notes: (0..8).map(many).collect(),
        command: (vec!["review", "--plain"], "3\n3\n3\n3\n3\n3\n3\n3\n"),
        ..bulk()
    });
}

#[test]
fn a_bulk_review_killed_at_any_moment() {
    killed_at_any_moment(&crowd());
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
