//! Names whose letters are encoded in two ways: composed, as keyboards write them, and decomposed, as Macs may.

use crate::support::{Vault, note};

const COMPOSED: &str = "Br\u{fc}cke";
const DECOMPOSED: &str = "Bru\u{308}cke";
const FORMS: [(&str, &str); 2] = [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)];

fn due_note() -> String {
    note("2026-01-15", "4", "250", "#review\n")
}

#[test]
fn a_note_is_found_whatever_form_its_name_is_typed_in() {
    for (on_disk, typed) in FORMS {
        let path = format!("{on_disk}/{on_disk}.md");
        let vault = Vault::new(&[(&path, &due_note())]);
        for name in [typed.to_owned(), format!("{typed}.md"), format!("{typed}/{typed}"), format!("{typed}/{typed}.md")]
        {
            let why = vault.run(&["why", &name]);
            assert_eq!(why.ok().lines().next().unwrap(), path.trim_end_matches(".md"), "{name}");
        }
        let folder = vault.run(&["due", "--folder", typed, "--json"]);
        assert_eq!(folder.json()["due"][0]["path"], path.as_str());
        vault.run(&["review", typed, "--grade", "good"]).ok();
        assert!(vault.read(&path).contains("sr-interval: 10"));
        assert_eq!(vault.files().keys().filter(|path| path.extension().is_some_and(|end| end == "md")).count(), 1);
        let near = vault.run(&["why", &format!("{}x", typed.to_uppercase())]);
        assert!(near.failed(1).contains(&format!("did you mean `{path}`?")), "{}", near.stderr);
    }
}

#[test]
fn what_was_logged_under_one_form_is_of_the_note_in_the_other() {
    for (before, after) in FORMS {
        let vault = Vault::new(&[(&format!("{before}.md"), &due_note()), ("other.md", &due_note())]);
        let text = vault.read(&format!("{before}.md"));
        vault.run(&["review", before, "--grade", "good"]).ok();
        // A synchroniser brings it back under the other form.
        std::fs::rename(vault.path(&format!("{before}.md")), vault.path(&format!("{after}.md"))).unwrap();
        let history = vault.run(&["history", after]).ok().to_owned();
        assert!(history.contains("good") && !history.contains("elsewhere"), "{history}");
        assert_eq!(vault.run(&["stats", "--json"]).json()["reviews"]["days_7"]["reviews"], 1);
        vault.run(&["undo"]).ok();
        assert_eq!(vault.read(&format!("{after}.md")), text);
        vault.run(&["suspend", before]).ok();
        let due = vault.run(&["due", "--json"]).json();
        assert_eq!(due["due"].as_array().unwrap().len(), 1, "{due}");
        vault.run(&["resume", after]).ok();
        assert_eq!(vault.run(&["due", "--json"]).json()["due"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn a_review_elsewhere_is_noticed_once_on_two_devices() {
    for (here, there) in FORMS {
        let vault = Vault::new(&[(&format!("{here}.md"), &due_note())]);
        vault.run(&["review", here, "--grade", "good"]).ok();
        // Reviewed in Obsidian, and noticed by both.
        let mut files = vec![format!("{here}.md"), format!("{there}.md")];
        for (file, device) in files.drain(..).zip(["one", "two"]) {
            let now =
                vault.files().keys().find(|path| path.extension().is_some_and(|end| end == "md")).unwrap().clone();
            std::fs::rename(&now, vault.path(&file)).unwrap();
            vault.write(&file, note("2026-02-10", "16", "270", "#review\n"));
            let mut command = vault.command(&["stats", "--today", "2026-02-01"]);
            let run = vault.finish(command.env("STUDY_DEVICE", device), "");
            run.ok();
        }
        let history = vault.run(&["history", here, "--json"]).json();
        assert_eq!(history["events"].as_array().unwrap().len(), 2, "{history}");
    }
}

#[test]
fn links_and_roadmaps_lead_to_notes_in_either_form() {
    for (on_disk, written) in FORMS {
        let map = format!(
            "# Roadmap\n\n- [ ] {written}\n- [ ] [[{written}]] again\n- [ ] [{written}](<{written}.md>) and [b](<B{written}.pdf>)\n"
        );
        let vault = Vault::new(&[
            (&format!("{on_disk}.md"), &note("2026-01-15", "4", "130", &format!("#review [[Roadmap {written}]]\n"))),
            (&format!("Roadmap {on_disk}.md"), &map),
            (&format!("B{on_disk}.pdf"), ""),
            ("new.md", &format!("#review [[{written}]]\n")),
        ]);
        let why = vault.run(&["why", "new"]).ok().to_owned();
        assert!(why.contains("of the notes linked with it by 1 link"), "{why}");
        let roadmap = vault.run(&["roadmap", &format!("Roadmap {written}"), "--json"]).json().to_string();
        assert_eq!(roadmap.matches(r#""recall":"due""#).count(), 3, "{roadmap}");
        assert_eq!(vault.run(&["check"]).stdout, "No problems in 3 notes.\n");
        let made = vault.run(&["note", &format!("Roadmap {written}#:3"), "--yes"]);
        assert!(made.failed(1).contains("has a note"), "{}", made.stderr);
        vault.run(&["done", &written.to_uppercase()]).ok();
        assert!(vault.read(&format!("Roadmap {on_disk}.md")).contains(&format!("- [x] {written}\n")));
    }
}

#[test]
fn settings_name_folders_in_either_form() {
    for (on_disk, written) in FORMS {
        let vault = Vault::new(&[
            (&format!("{on_disk}/a.md"), "Text.\n"),
            (&format!("x{on_disk}/a.md"), &due_note()),
            (".study/config.toml", &format!("review_folders = [\"{written}\"]\nignore_paths = [\"x{written}/\"]\n")),
        ]);
        let due = vault.run(&["due", "--json"]).json();
        assert_eq!((due["new"].as_array().unwrap().len(), due["due"].as_array().unwrap().len()), (1, 0), "{due}");
    }
}

/// Where the file system takes both for two names.
#[cfg(target_os = "linux")]
#[test]
fn of_two_notes_with_one_name_the_decomposed_is_told_of_and_left_alone() {
    let vault = Vault::new(&[
        (&format!("{COMPOSED}.md"), &due_note()),
        (&format!("{DECOMPOSED}.md"), &note("2026-01-14", "9", "210", "#review\n")),
    ]);
    let due = vault.run(&["due", "--json"]);
    assert_eq!(due.json()["due"].as_array().unwrap().len(), 1);
    let check = vault.run(&["check"]);
    assert_eq!(check.status, 1);
    assert!(check.stdout.contains("another file: only the encoding of the letters differs"), "{}", check.stdout);
    let before = vault.read(&format!("{DECOMPOSED}.md"));
    let run = vault.run(&["review", DECOMPOSED, "--grade", "good"]);
    assert!(run.failed(1).contains("is the name of 2 notes"), "{}", run.stderr);
    vault.run(&["review", COMPOSED, "--grade", "good"]).ok();
    assert_eq!(vault.read(&format!("{DECOMPOSED}.md")), before);
}
