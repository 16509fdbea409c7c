//! The system allows few threads, or none: everything is done all the same.

use std::fmt::Write;

use crate::support::{Vault, note};

/// More notes than one thread is given at a time, and more links than one thread puts together.
fn vault() -> Vault {
    let notes: Vec<(String, String)> = (0..400)
        .map(|i| {
            let mut body = String::new();
            (1..40).for_each(|step| write!(body, "[[n{}]] ", (i + step) % 400).unwrap());
            let text = if i % 4 == 0 { format!("#review\n{body}\n") } else { note("2026-01-10", "4", "250", &body) };
            (format!("f{}/n{i}.md", i % 9), text)
        })
        .collect();
    let mut notes: Vec<(&str, &str)> = notes.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    notes.push(("R.md", "# Roadmap\n\n- [x] [[n1]]\n- [ ] [[n2]]\n"));
    Vault::new(&notes)
}

#[test]
fn whatever_needs_threads_does_without() {
    let commands: [&[&str]; 9] = [
        &["due", "--count"],
        &["due", "--json"],
        &["due", "--new", "--json"],
        &["stats", "--json"],
        &["check"],
        &["roadmap", "--json"],
        &["next", "R", "--json"],
        &["fix", "--dry-run"],
        &["review", "n1", "n2", "n3", "n4", "n8", "n12", "--grade", "good", "--dry-run"],
    ];
    let mut vault = vault();
    let run = |vault: &Vault| commands.map(|command| vault.run(command).ok().to_owned());
    let with_all = run(&vault);
    for most in ["threads:0", "threads:1", "threads:2"] {
        vault.env("STUDY_FAULT", most);
        for ((command, all), few) in commands.iter().zip(&with_all).zip(run(&vault)) {
            assert!(*all == few, "{most}: {command:?} says another thing");
        }
    }
}

#[test]
fn a_dialogue_goes_through_the_same_notes_in_the_same_order() {
    let run = |most: &str| {
        let mut vault = vault();
        vault.env("STUDY_FAULT", most);
        vault.run_with(&["review", "--limit", "9", "--order", "hardest"], &"3\n".repeat(9)).ok().to_owned()
    };
    let with_all = run("threads:99");
    for most in ["threads:0", "threads:1", "threads:2"] {
        assert!(with_all == run(most), "{most}");
    }
}

#[test]
fn a_bulk_is_written_and_taken_back() {
    let mut vault = vault();
    let before = vault.files();
    vault.env("STUDY_FAULT", "threads:0");
    let names: Vec<String> = (0..100).filter(|i| i % 4 != 0).map(|i| format!("n{i}")).collect();
    let mut command = vec!["review", "--grade", "good"];
    command.extend(names.iter().map(String::as_str));
    vault.run(&command).ok();
    let changed = vault.files().iter().filter(|(path, bytes)| before.get(*path) != Some(bytes)).count();
    assert_eq!(changed, names.len());
    vault.run(&["undo", &names.len().to_string()]).ok();
    assert!(vault.files() == before);
}
