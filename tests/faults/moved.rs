//! Folders that are renamed, or exchanged for links, while notes in them change.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{Vault, note};
use crate::trial::{Stopped, Trial, died, events, names, notes};

const NOTES: [&str; 4] = ["a.md", "sub/b.md", "sub/c.md", "sub/deep/d.md"];

fn trial() -> Trial {
    let text = |path: &str| note("2026-01-10", "4", "250", &format!("{path}\n"));
    Trial {
        notes: NOTES.into_iter().map(|path| (path, text(path))).collect(),
        before: vec![],
        lost: false,
        command: ([&["review", "--grade", "good"], &NOTES[..]].concat(), ""),
        kind: "review",
    }
}

/// How many notes were graded, wherever they are; no file is left beside them.
fn graded(vault: &Vault, shown: &str) -> usize {
    let now = notes(vault);
    assert_eq!(
        now.keys().map(|path| path.rsplit('/').next().unwrap()).collect::<Vec<_>>().len(),
        NOTES.len(),
        "{shown}: {now:?}"
    );
    let texts = now.values().map(|bytes| String::from_utf8(bytes.clone()).unwrap());
    texts.filter(|text| !text.contains("2026-01-10")).count()
}

fn logged(vault: &Vault) -> usize {
    let events = events(vault);
    assert!(events.iter().all(|event| event["kind"] == "review"), "{events:?}");
    events.len()
}

const MOVES: [(&str, &str); 3] = [("sub", "moved"), ("sub/deep", "deep"), ("sub", ".trash")];

#[test]
fn a_folder_is_renamed_at_any_step() {
    let trial = trial();
    let steps = trial.steps();
    assert!(steps > 30);
    for step in 1..=steps {
        for (from, to) in MOVES {
            let vault = trial.vault();
            let Ok(stopped) = Stopped::at(step, &mut vault.command(&trial.command.0), "") else { continue };
            fs::rename(vault.path(from), vault.path(to)).unwrap();
            let shown = format!("{from} to {to} at step {step}: {:?}", stopped.end());
            assert_eq!(graded(&vault, &shown), logged(&vault), "{shown}");
            assert!(!vault.path(".study/log/desk.pending").exists(), "{shown}");
        }
    }
}

#[test]
fn a_folder_is_renamed_after_a_crash_at_any_step() {
    let trial = trial();
    for step in 1..=trial.steps() {
        for (from, to) in MOVES {
            let vault = trial.vault();
            let done = trial.run(&vault, Some(&format!("die:{step}")));
            assert!(died(&done), "{done:?}");
            fs::rename(vault.path(from), vault.path(to)).unwrap();
            let next = vault.run(&["fix", "--yes"]);
            let shown = format!("{from} to {to} after step {step}: {next:?}");
            // What lies in a hidden folder is not cleared away before it is in sight again.
            if to == ".trash" {
                fs::rename(vault.path(to), vault.path(from)).unwrap();
                vault.run(&["fix", "--yes"]);
            }
            assert_eq!(graded(&vault, &shown), logged(&vault), "{shown}");
            assert!(!vault.path(".study/log/desk.pending").exists(), "{shown}");
        }
    }
}

/// Nobody can say what became of the notes until the folder is back.
#[test]
fn a_folder_is_gone_after_a_crash_and_comes_back() {
    let trial = trial();
    let mut told = 0;
    for step in 1..=trial.steps() {
        let vault = trial.vault();
        trial.run(&vault, Some(&format!("die:{step}")));
        let away = vault.path("../away");
        fs::rename(vault.path("sub"), &away).unwrap();
        let pending = vault.path(".study/log/desk.pending");
        let runs = [vault.run(&["fix", "--yes"]), vault.run(&["review", "a", "--early", "--grade", "hard"])];
        let shown = format!("step {step}: {runs:?}");
        for note in &NOTES[1..] {
            let said = format!("{note}: was being changed when `study` was interrupted, and cannot be found");
            let is_told = runs[0].stderr.contains(&said);
            let word = fs::read_to_string(&pending).unwrap_or_default();
            assert_eq!(word.contains(note), is_told, "{shown}: {word}");
            assert_eq!(runs[1].stderr.contains(&said), is_told, "{shown}");
            told += usize::from(is_told);
        }
        assert_eq!(runs[1].status, 0, "{shown}");
        fs::rename(&away, vault.path("sub")).unwrap();
        vault.run(&["fix", "--yes"]);
        let events = events(&vault).iter().filter(|event| event["note"] != "a.md").count();
        let changed = notes(&vault)
            .into_iter()
            .filter(|(path, bytes)| path != "a.md" && !String::from_utf8_lossy(bytes).contains("2026-01-10"));
        assert_eq!(changed.count(), events, "{shown}");
        assert_eq!(notes(&vault).len(), NOTES.len(), "{shown}: a file is left");
        assert!(!pending.exists(), "{shown}");
    }
    assert!(told > 6, "{told}");
}

/// A link that leads out of the vault takes the name of a folder, or of a note.
#[test]
fn a_link_takes_the_place_of_a_folder_or_note_at_any_step() {
    let trial = trial();
    for step in 1..=trial.steps() {
        for link in ["sub", "sub/b.md", "a.md"] {
            let vault = trial.vault();
            let outside = vault.path("../outside");
            fs::create_dir_all(outside.join("deep")).unwrap();
            for (path, text) in &trial.notes {
                fs::write(outside.join(path.trim_start_matches("sub/")), text).unwrap();
            }
            let Ok(stopped) = Stopped::at(step, &mut vault.command(&trial.command.0), "") else { continue };
            let place = vault.path(link);
            let to = if link == "sub" { outside.clone() } else { outside.join(link.trim_start_matches("sub/")) };
            let away = vault.path("away");
            fs::rename(&place, &away).unwrap();
            symlink(&to, &place).unwrap();
            let shown = format!("{link} at step {step}: {:?}", stopped.end());
            for (path, text) in &trial.notes {
                let file = outside.join(path.trim_start_matches("sub/"));
                assert_eq!(fs::read_to_string(file).unwrap(), *text, "{shown}");
            }
            assert_eq!(names(&outside), ["a.md", "b.md", "c.md", "deep"], "{shown}");
            assert_eq!(names(&outside.join("deep")), ["d.md"], "{shown}");
            fs::remove_file(&place).unwrap();
            fs::rename(&away, &place).unwrap();
            vault.run(&["fix", "--yes"]);
            assert_eq!(graded(&vault, &shown), logged(&vault), "{shown}");
        }
    }
}
