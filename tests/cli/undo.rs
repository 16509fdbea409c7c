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

/// What is said of a step that cannot be taken back, behind its reason.
const NEXT: &str = "its review of Thu 15 Jan was stepped over\n\
     hint: the next `study undo` goes on to what was done before it; `study history a.md` tells what it was, `study undo \
     --note a.md` takes it back once the note is as it was left then\n";

#[test]
fn a_step_that_cannot_be_taken_back_is_named_and_passed_over_for_good() {
    let vault = vault();
    vault.run(&["review", "c", "b", "a", "--grade", "good"]).ok();
    let graded = vault.read("a.md");
    let edited = graded.replace("sr-interval: 16", "sr-interval: 20");
    vault.write("a.md", &edited);
    let before = vault.files();
    let run = vault.run(&["undo"]);
    assert_eq!(run.stdout, "");
    let why =
        "study: a.md:3: the schedule is no longer the one that was set; it was changed since, so it stays as it is; ";
    assert_eq!(run.failed(1), format!("{why}{NEXT}"));
    assert_eq!(vault.files(), before);
    // The review still counts, and nothing else is taken back in its place.
    assert_eq!(vault.run(&["stats", "--json"]).json()["reviews"]["total"]["reviews"], 3);
    assert!(vault.run(&["undo"]).ok().starts_with("b: review (good) of Thu 15 Jan taken back"));
    assert!(vault.run(&["undo"]).ok().starts_with("c: review (good) of Thu 15 Jan taken back"));
    assert_eq!(vault.run(&["undo"]).failed(1), NOTHING);
    // By name it is tried again: once the note says what was written, it comes back.
    let again = vault.run(&["undo", "--note", "a"]);
    assert_eq!(again.failed(1), format!("{why}{NEXT}"));
    vault.write("a.md", &graded);
    vault.run(&["undo", "--note", "a"]).ok();
    assert_eq!(vault.read("a.md"), note("2026-01-10", "4", "250", "Alpha\n"));
    assert_eq!(vault.run(&["undo", "--note", "a"]).failed(1), NOTHING);
}

#[test]
fn several_steps_are_as_many_single_ones() {
    let vault = vault();
    let before = vault.files();
    vault.run(&["review", "c", "a", "b", "--grade", "good"]).ok();
    vault.write("a.md", vault.read("a.md").replace("sr-ease: 250", "sr-ease: 251"));
    let run = vault.run(&["undo", "3"]);
    let told: Vec<&str> = run.stdout.lines().map(|line| line.split_once(" of ").unwrap().0).collect();
    assert_eq!(told, ["b: review (good)", "c: review (good)"]);
    assert!(run.failed(1).starts_with("study: a.md:3: the schedule is no longer the one that was set;"), "{run:?}");
    let after = vault.files();
    assert_eq!(after[&vault.path("b.md")], before[&vault.path("b.md")]);
    assert_eq!(after[&vault.path("c.md")], before[&vault.path("c.md")]);
}

#[test]
fn a_note_that_cannot_be_written_is_passed_over_too() {
    let vault = vault();
    let before = vault.read("a.md");
    vault.run(&["review", "a", "b", "--grade", "good"]).ok();
    std::fs::hard_link(vault.path("b.md"), vault.path("b too.md")).unwrap();
    let said = vault.run(&["undo"]);
    assert!(said.failed(1).starts_with("study: b.md: has 2 names (hard links)"), "{said:?}");
    vault.run(&["undo"]).ok();
    assert_eq!(vault.read("a.md"), before);
    std::fs::remove_file(vault.path("b too.md")).unwrap();
    vault.run(&["undo", "--note", "b"]).ok();
    assert!(vault.read("b.md").contains("sr-interval:   10"));
}

#[test]
fn what_can_be_taken_back_of_a_bulk_operation_is() {
    let bad =
        |name: &str| format!("---\ntags: [review]\nsr-due: 1768000000\nsr-interval: 4\nsr-ease: 250\n---\n{name}\n");
    let texts = ["a", "b", "c", "d", "e"].map(|name| (format!("{name}.md"), bad(name)));
    let notes: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let vault = Vault::new(&notes);
    vault.write("first.md", note("2026-01-10", "4", "250", "first\n"));
    vault.run(&["review", "first", "--grade", "good"]).ok();
    vault.run(&["fix", "--yes"]).ok();
    vault.write("b.md", vault.read("b.md").replace("[review]", "[review, edited]"));
    std::fs::remove_file(vault.path("d.md")).unwrap();
    // One of them alone.
    vault.run(&["undo", "--note", "e"]).ok();
    assert_eq!(vault.read("e.md"), bad("e"));
    assert_ne!(vault.read("a.md"), bad("a"));
    let run = vault.run(&["undo"]);
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
    let said = run.failed(1);
    assert!(said.contains("study: b.md: no safe edit: the frontmatter is no longer what was written"), "{said}");
    assert!(said.contains("study: d.md: is not there any more; its fix of Thu 15 Jan was stepped over"), "{said}");
    assert_eq!((vault.read("a.md"), vault.read("c.md")), (bad("a"), bad("c")));
    vault.run(&["undo"]).ok();
    assert_eq!(vault.read("first.md"), note("2026-01-10", "4", "250", "first\n"));
    assert_eq!(vault.run(&["undo"]).failed(1), NOTHING);
    // Put back where it was, it can be taken back by name.
    vault.write("b.md", vault.read("b.md").replace("[review, edited]", "[review]"));
    vault.run(&["undo", "--note", "b"]).ok();
    assert_eq!(vault.read("b.md"), bad("b"));
}

#[test]
fn a_dry_run_passes_nothing_over() {
    let vault = vault();
    vault.run(&["review", "a", "b", "--grade", "good"]).ok();
    std::fs::remove_file(vault.path("b.md")).unwrap();
    let log = vault.read(".study/log/desk.jsonl");
    let run = vault.run(&["undo", "2", "--dry-run"]);
    assert_eq!(run.failed(1), "study: b.md: is not there any more; its review of Thu 15 Jan would be stepped over\n");
    assert!(run.stdout.starts_with("--- a/a.md\n"), "{run:?}");
    assert_eq!(vault.read(".study/log/desk.jsonl"), log);
}

#[test]
fn a_clock_that_goes_back_keeps_nothing_from_being_taken_back() {
    let mut vault = vault();
    let before = vault.files();
    vault.at("2026-01-15T10:00:00Z").run(&["review", "a", "--grade", "again"]).ok();
    vault.at("2026-01-15T09:00:00Z").run(&["review", "a", "--grade", "good"]).ok();
    vault.at("2026-01-14T09:00:00Z").run(&["review", "b", "--early", "--grade", "good"]).ok();
    for (at, told) in [("08", "b: review (good)"), ("11", "a: review (good)"), ("09", "a: review (again)")] {
        let run = vault.at(&format!("2026-01-15T{at}:00:00Z")).run(&["undo"]);
        assert!(run.ok().starts_with(told), "{run:?}");
    }
    assert_eq!(vault.files(), before);
}

#[test]
fn what_another_device_with_a_fast_clock_suspended_is_resumed() {
    let mut vault = vault();
    let due = |vault: &Vault| vault.run(&["due", "--count"]).stdout.trim().to_owned();
    assert_eq!(due(&vault), "2");
    vault.env("STUDY_DEVICE", "phone").at("2026-01-15T09:05:00Z").run(&["suspend", "a"]).ok();
    vault.env("STUDY_DEVICE", "desk").at("2026-01-15T09:00:00Z").run(&["resume", "a"]).ok();
    vault.at("2026-01-15T12:00:00Z");
    assert_eq!(due(&vault), "2");
    // And the other way round.
    vault.env("STUDY_DEVICE", "phone").at("2026-01-15T09:04:00Z").run(&["suspend", "a"]).ok();
    vault.at("2026-01-15T12:00:00Z");
    assert_eq!(due(&vault), "1");
}

#[test]
fn the_sr_id_tells_which_note_it_was() {
    let with_id = |id: &str| format!("---\nsr-id: {id}\nsr-due: 2026-01-10\nsr-interval: 4\nsr-ease: 250\n---\n{id}\n");
    let vault = Vault::new(&[("a.md", &with_id("A")), ("b.md", &with_id("B")), ("c.md", &with_id("C"))]);
    vault.run(&["review", "a", "b", "c", "--grade", "again"]).ok();
    // Two change places, and the third makes room for a new note.
    for (from, to) in [("a.md", "x.md"), ("b.md", "a.md"), ("x.md", "b.md"), ("c.md", "d.md")] {
        std::fs::rename(vault.path(from), vault.path(to)).unwrap();
    }
    vault.write("c.md", "new\n");
    // By its name now, a note has the past of its `sr-id`.
    assert!(vault.run(&["undo", "--note", "a"]).ok().starts_with("a: review (again)"));
    assert_eq!(vault.read("a.md"), with_id("B"));
    vault.run(&["undo", "2"]).ok();
    assert_eq!((vault.read("b.md"), vault.read("d.md")), (with_id("A"), with_id("C")));
    assert_eq!(vault.read("c.md"), "new\n");
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

/// Two notes of one name in two folders, graded alike; the one whose grade is taken back was deleted.
#[test]
fn what_was_done_with_a_note_that_is_gone_is_not_taken_back_in_another_of_its_name() {
    let vault = Vault::new(&[
        ("a/Index.md", &note("2026-01-10", "4", "250", "a\n")),
        ("b/Index.md", "---\nsr-due: \"2026-01-10\"\nsr-interval: 4\nsr-ease: 250\n---\nb\n"),
    ]);
    vault.write(".study/config.toml", "load_balance = false\n");
    let old = vault.read("b/Index.md");
    vault.run(&["review", "b/Index", "--grade", "good"]).ok();
    let graded = vault.read("b/Index.md");
    vault.run(&["review", "a/Index", "--grade", "good"]).ok();
    std::fs::remove_file(vault.path("a/Index.md")).unwrap();
    let run = vault.run(&["undo"]);
    assert_eq!(run.failed(1), "study: a/Index.md: is not there any more; its review of Thu 15 Jan was stepped over\n");
    assert_eq!(vault.read("b/Index.md"), graded);
    vault.run(&["undo"]).ok();
    assert_eq!(vault.read("b/Index.md"), old);
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

/// Of two ticks of lines that read the same, one line was deleted: nobody knows whose is left.
#[test]
fn a_tick_is_not_taken_back_in_the_line_of_another_tick() {
    let roadmap = "# R\n\n## One\n- [ ] E\n\n## Two\n- [ ] E\n";
    for edited in ["# R\n\n## One\n\n## Two\n- [x] E\n", "# R\n\n## Two\n- [x] E\n", "# R\n\n\nmore\n- [x] E\n"] {
        let vault = Vault::new(&[("R.md", roadmap)]);
        vault.run(&["done", "R#Two > E"]).ok();
        vault.run(&["done", "R#One > E"]).ok();
        std::fs::write(vault.path("R.md"), edited).unwrap();
        let run = vault.run(&["undo", "--dry-run"]);
        assert!(run.failed(1).contains("of several lines that were written alike one is gone"), "{run:?}");
        for _ in 0..2 {
            let run = vault.run(&["undo"]);
            assert!(run.failed(1).contains("of several lines that were written alike one is gone"), "{run:?}");
            assert_eq!(vault.read("R.md"), edited);
        }
    }
}

#[test]
fn a_line_that_was_ticked_twice_is_one_line() {
    let vault = Vault::new(&[("R.md", "# R\n- [ ] E\n- [ ] F\n")]);
    vault.run(&["done", "R#E"]).ok();
    std::fs::write(vault.path("R.md"), "# R\n- [ ] E\n- [ ] F\n").unwrap();
    vault.run(&["done", "R#E"]).ok();
    std::fs::write(vault.path("R.md"), "# R\nmore\n- [x] E\n- [ ] F\n").unwrap();
    vault.run(&["undo"]).ok();
    assert_eq!(vault.read("R.md"), "# R\nmore\n- [ ] E\n- [ ] F\n");
}

#[test]
fn two_ticks_of_lines_that_read_the_same_are_taken_back_together() {
    let roadmap = "# R\n\n## One\n- [ ] E\n\n## Two\n- [ ] E\n";
    let vault = Vault::new(&[("R.md", roadmap)]);
    vault.run(&["done", "R#Two > E"]).ok();
    vault.run(&["done", "R#One > E"]).ok();
    vault.run(&["undo", "2"]).ok();
    assert_eq!(vault.read("R.md"), roadmap);
    // One after the other, where the first can be told apart by what reads as before.
    vault.run(&["done", "R#Two > E"]).ok();
    vault.run(&["done", "R#One > E"]).ok();
    vault.run(&["undo"]).ok();
    std::fs::write(vault.path("R.md"), vault.read("R.md").replace("## One\n- [ ] E\n", "## One\n")).unwrap();
    vault.run(&["undo"]).ok();
    assert_eq!(vault.read("R.md"), "# R\n\n## One\n\n## Two\n- [ ] E\n");
}
