//! `study undo`: back to the byte, over many steps and restarts, or refused.

use crate::support::{Vault, note};

fn vault() -> Vault {
    Vault::new(&[
        ("a.md", &note("2026-01-10", "4", "250", "Alpha\n")),
        ("b.md", "---\r\nsr-due: '2026-01-15' # soon\r\nsr-interval:   10\r\nsr-ease: 250.5\r\n---\r\nBeta"),
        ("c.md", "\u{feff}Gamma #review"),
        ("d.md", "---\nsr-due:\nsr-interval:\nsr-ease: ~\ntags: [review]\n---\n"),
    ])
}

const NOTHING: &str = "study: there is nothing to take back on this device\n";

#[test]
fn many_steps_are_taken_back_to_the_byte_latest_first() {
    let vault = vault();
    let before = vault.files();
    for (name, grade) in [("a", "again"), ("a", "hard"), ("b", "good"), ("c", "easy"), ("d", "good")] {
        vault.run(&["review", name, "--grade", grade]).ok();
    }
    assert_eq!(vault.run(&["undo"]).ok(), "d: review (good) of Thu 15 Jan taken back; new again\n");
    assert_eq!(
        vault.run(&["undo", "4"]).ok(),
        "c: review (easy) of Thu 15 Jan taken back; new again\n\
         b: review (good) of Thu 15 Jan taken back; due Thu 15 Jan, interval 10 d, ease 250.5 again\n\
         a: review (hard) of Thu 15 Jan taken back; due Thu 15 Jan, interval 0 d, ease 230 again\n\
         a: review (again) of Thu 15 Jan taken back; due Sat 10 Jan, interval 4 d, ease 250 again\n"
    );
    assert_eq!(vault.files(), before);
    assert_eq!(vault.run(&["undo"]).failed(1), NOTHING);
}

#[test]
fn there_is_nothing_to_take_back_in_a_fresh_vault() {
    let vault = vault();
    let run = vault.run(&["undo"]);
    assert_eq!((run.stdout.as_str(), run.failed(1)), ("", NOTHING));
    assert!(!vault.path(".study/log/desk.jsonl").exists());
}

#[test]
fn more_steps_than_there_are_take_back_all_and_say_so() {
    let vault = vault();
    vault.run(&["review", "a", "--grade", "good"]).ok();
    let run = vault.run(&["undo", "9"]);
    assert_eq!(run.stdout, "a: review (good) of Thu 15 Jan taken back; due Sat 10 Jan, interval 4 d, ease 250 again\n");
    assert_eq!((run.status, run.stderr.as_str()), (0, "study: there was no more to take back than 1 step\n"));
}

#[test]
fn what_was_taken_back_can_be_done_again() {
    let vault = vault();
    for _ in 0..3 {
        let before = vault.files();
        vault.run(&["review", "a", "--grade", "good"]).ok();
        vault.run(&["undo"]).ok();
        assert_eq!(vault.files(), before);
    }
    assert_eq!(vault.run(&["undo"]).failed(1), NOTHING);
}

#[test]
fn edits_of_the_text_since_are_kept() {
    let vault = vault();
    vault.run(&["review", "a", "c", "--grade", "good"]).ok();
    vault.write(
        "a.md",
        vault.read("a.md").replace("Alpha", "Alpha and more").replace("tags: [review]", "tags:\n- review\n- x"),
    );
    vault.write("c.md", vault.read("c.md") + "\nMore\n");
    vault.run(&["undo", "2"]).ok();
    assert_eq!(
        vault.read("a.md"),
        note("2026-01-10", "4", "250", "Alpha and more\n").replace("tags: [review]", "tags:\n- review\n- x")
    );
    assert_eq!(vault.read("c.md"), "\u{feff}Gamma #review\nMore\n");
}

#[test]
fn a_schedule_changed_since_is_left_alone() {
    let vault = vault();
    vault.run(&["review", "b", "a", "--grade", "good"]).ok();
    let edited = vault.read("a.md").replace("sr-interval: 16", "sr-interval: 20");
    vault.write("a.md", &edited);
    let run = vault.run(&["undo", "2"]);
    assert_eq!(run.stdout, "");
    assert_eq!(
        run.failed(1),
        "study: a.md:3: the schedule is no longer the one that was set; it was changed since, so it stays as it is\n\
         hint: nothing older was taken back; `study history a.md` tells what it was, `study undo --note NOTE` takes back \
         what was done with another note\n"
    );
    assert_eq!(vault.read("a.md"), edited);
    assert!(vault.read("b.md").contains("sr-interval:   25"));
    // The way out that the hint names.
    vault.run(&["undo", "--note", "b"]).ok();
    assert!(vault.read("b.md").contains("sr-interval:   10"));
}

#[test]
fn what_is_taken_back_behind_one_that_cannot_be_is_told() {
    let vault = vault();
    let before = vault.read("a.md");
    vault.run(&["review", "a", "b", "--grade", "good"]).ok();
    std::fs::hard_link(vault.path("b.md"), vault.path("b too.md")).unwrap();
    let run = vault.run(&["undo", "2"]);
    assert!(run.stdout.starts_with("a: review (good) of Thu 15 Jan taken back"), "{run:?}");
    assert_eq!(vault.read("a.md"), before);
    let said = run.failed(1);
    assert!(said.starts_with("study: b.md: has 2 names (hard links)"), "{said}");
    assert!(said.contains("hint: 1 older change taken back all the same; `study history b.md`"), "{said}");
}

#[test]
fn suspended_together_and_taken_back_together() {
    let vault = vault();
    assert_eq!(vault.run(&["suspend", "a", "b", "a.md"]).ok(), "a: suspended\nb: suspended\n");
    vault.run(&["review", "c", "--grade", "good"]).ok();
    vault.run(&["suspend", "d"]).ok();
    std::fs::remove_file(vault.path("b.md")).unwrap();
    let run = vault.run(&["undo", "3"]);
    let told: Vec<&str> = run.ok().lines().map(|line| line.split_once(" of ").unwrap().0).collect();
    assert_eq!(told, ["d: suspend", "c: review (good)", "b: suspend", "a: suspend"]);
    assert_eq!(vault.run(&["undo"]).failed(1), NOTHING);
}

#[test]
fn a_note_that_is_gone_is_told_of() {
    let vault = vault();
    vault.run(&["review", "a", "--grade", "good"]).ok();
    std::fs::remove_file(vault.path("a.md")).unwrap();
    let run = vault.run(&["undo"]);
    assert_eq!(run.failed(1), "study: a.md: is not there any more; its review of Thu 15 Jan was stepped over\n");
}

#[test]
fn a_note_alone_can_be_taken_back_whatever_was_done_since() {
    let vault = vault();
    let before = vault.read("a.md");
    vault.run(&["review", "a", "--grade", "again"]).ok();
    vault.run(&["review", "a", "--grade", "good"]).ok();
    vault.run(&["review", "b", "--grade", "good"]).ok();
    let run = vault.run(&["undo", "2", "--note", "a"]);
    assert_eq!(run.ok().lines().count(), 2, "{run:?}");
    assert_eq!(vault.read("a.md"), before);
    assert_eq!(vault.run(&["undo", "--note", "a"]).failed(1), NOTHING);
    assert!(vault.run(&["undo"]).ok().starts_with("b: review (good)"));
}

#[test]
fn a_dry_run_shows_the_diff_and_changes_nothing() {
    let vault = vault();
    vault.run(&["review", "a", "--grade", "good"]).ok();
    let (before, log) = (vault.files(), vault.read(".study/log/desk.jsonl"));
    assert_eq!(
        vault.run(&["undo", "--dry-run"]).ok(),
        "--- a/a.md\n+++ b/a.md\n@@ -1,7 +1,7 @@\n ---\n tags: [review]\n-sr-due: 2026-01-31\n-sr-interval: 16\n\
         +sr-due: 2026-01-10\n+sr-interval: 4\n sr-ease: 250\n ---\n Alpha\n"
    );
    assert_eq!((vault.files(), vault.read(".study/log/desk.jsonl")), (before, log));
}

#[test]
fn what_another_device_did_is_not_taken_back_here() {
    let mut vault = vault();
    vault.env("STUDY_DEVICE", "laptop");
    vault.run(&["review", "a", "--grade", "good"]).ok();
    vault.env("STUDY_DEVICE", "desk");
    assert_eq!(vault.run(&["undo"]).failed(1), NOTHING);
    vault.env("STUDY_DEVICE", "laptop");
    vault.run(&["undo"]).ok();
    assert_eq!(vault.read("a.md"), note("2026-01-10", "4", "250", "Alpha\n"));
}

#[test]
fn a_torn_last_line_of_the_log_is_told_of_and_loses_nothing_else() {
    let vault = vault();
    vault.run(&["review", "a", "--grade", "good"]).ok();
    let log = vault.read(".study/log/desk.jsonl");
    vault.write(".study/log/desk.jsonl", log.clone() + "{\"v\":1,\"kind\":\"rev");
    let run = vault.run(&["undo"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.starts_with("study: .study/log/desk.jsonl:2: "), "{run:?}");
    assert_eq!(vault.read("a.md"), note("2026-01-10", "4", "250", "Alpha\n"));
    vault.run(&["review", "a", "--grade", "good"]);
    assert_eq!(vault.run(&["undo"]).status, 0);
}

#[test]
fn a_note_that_was_moved_is_found_and_one_that_is_gone_is_stepped_over() {
    let vault = Vault::new(&[
        ("a.md", &note("2026-01-10", "4", "250", "a\n")),
        ("b.md", &note("2026-01-10", "4", "250", "b\n")),
        ("c.md", &note("2026-01-10", "4", "250", "c\n")),
    ]);
    vault.run(&["review", "a", "b", "c", "--grade", "good"]).ok();
    std::fs::create_dir(vault.path("Archive")).unwrap();
    std::fs::rename(vault.path("c.md"), vault.path("Archive/c.md")).unwrap();
    std::fs::remove_file(vault.path("b.md")).unwrap();
    let run = vault.run(&["undo", "3"]);
    assert_eq!(run.failed(1), "study: b.md: is not there any more; its review of Thu 15 Jan was stepped over\n");
    assert_eq!(
        run.stdout,
        "Archive/c: review (good) of Thu 15 Jan taken back; due Sat 10 Jan, interval 4 d, ease 250 again\n\
         a: review (good) of Thu 15 Jan taken back; due Sat 10 Jan, interval 4 d, ease 250 again\n"
    );
    assert_eq!(vault.read("Archive/c.md"), note("2026-01-10", "4", "250", "c\n"));
    assert_eq!(vault.read("a.md"), note("2026-01-10", "4", "250", "a\n"));
}

#[test]
fn a_folder_that_was_renamed_keeps_nothing_from_being_taken_back() {
    let with_id = |id: &str| format!("---\nsr-due: 2026-01-10\nsr-interval: 4\nsr-ease: 250\nsr-id: {id}\n---\n{id}\n");
    let vault = Vault::new(&[
        ("old/a.md", &note("2026-01-10", "4", "250", "a\n")),
        ("old/b.md", &with_id("first")),
        ("old/c.md", &with_id("second")),
        ("a.md", &note("2026-01-10", "4", "250", "another a\n")),
    ]);
    vault.run(&["review", "old/a", "old/b", "old/c", "--grade", "good"]).ok();
    vault.run(&["review", "old/b", "--grade", "easy", "--early"]).ok();
    std::fs::rename(vault.path("old"), vault.path("new")).unwrap();
    std::fs::rename(vault.path("new/b.md"), vault.path("new/renamed.md")).unwrap();
    vault.run(&["undo", "4"]).ok();
    assert_eq!(vault.read("new/a.md"), note("2026-01-10", "4", "250", "a\n"));
    assert_eq!(vault.read("new/renamed.md"), with_id("first"));
    assert_eq!(vault.read("new/c.md"), with_id("second"));
    assert_eq!(vault.read("a.md"), note("2026-01-10", "4", "250", "another a\n"));
}
