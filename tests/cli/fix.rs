//! `study fix`: shows, asks, mends, and can be taken back.

use crate::support::{Vault, note};

fn broken() -> Vec<(&'static str, String)> {
    let scheduled = note("2030-01-02", "4", "250", "text\n");
    vec![
        ("epoch.md", scheduled.replace("2030-01-02", "1893456000")),
        ("fine.md", scheduled.clone()),
        ("nan.md", scheduled.replace("2030-01-02", "Invalid date").replace(": 4", ": NaN").replace("250", "NaN")),
        ("twice.md", scheduled.replace("---\ntext", "sr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 270\n---\ntext")),
    ]
}

fn vault() -> Vault {
    let notes = broken();
    Vault::new(&notes.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>())
}

fn bytes(vault: &Vault) -> Vec<String> {
    broken().iter().map(|(path, _)| vault.read(path)).collect()
}

fn old() -> Vec<String> {
    broken().into_iter().map(|(_, text)| text).collect()
}

fn new() -> Vec<String> {
    let scheduled = note("2030-01-02", "4", "250", "text\n");
    vec![
        scheduled.replace("2030-01-02", "2030-01-01"),
        scheduled.clone(),
        "---\ntags: [review]\n---\ntext\n".into(),
        note("2030-02-03", "9", "270", "text\n"),
    ]
}

#[test]
fn a_dry_run_shows_the_difference_and_changes_nothing() {
    let vault = vault();
    let run = vault.run(&["fix", "--dry-run"]);
    assert!(run.ok().starts_with(
        "--- a/epoch.md\n+++ b/epoch.md\n@@ -1,6 +1,6 @@\n ---\n tags: [review]\n-sr-due: 1893456000\n+sr-due: 2030-01-01\n \
         sr-interval: 4\n sr-ease: 250\n ---\nepoch.md:3: `sr-due: 1893456000` becomes 2030-01-01\n\n"
    ), "{}", run.stdout);
    assert!(!run.stdout.contains("fine.md"));
    assert_eq!(bytes(&vault), old());
    assert!(!vault.path(".study").exists());
}

#[test]
fn it_asks_and_no_means_no() {
    let vault = vault();
    for answer in ["n\n", "\n", "", "yesterday\n", "\u{9b}y\n"] {
        let run = vault.run_with(&["fix"], answer);
        // The error starts its own line where no answer did.
        let end = if answer.is_empty() { "\n" } else { "" };
        assert!(run.stdout.ends_with(&format!("Mend 3 notes? [y/N] {end}")), "{run:?}");
        assert_eq!(run.failed(1), "study: nothing was changed\nhint: `--yes` does it without asking\n");
        assert_eq!(bytes(&vault), old());
    }
    assert_eq!(vault.run_with(&["fix"], "y\n").status, 0);
    assert_eq!(bytes(&vault), new());
}

#[test]
fn one_undo_takes_all_of_it_back() {
    let vault = vault();
    assert!(vault.run(&["fix", "--yes"]).ok().ends_with("Mended 3 notes; `study undo` takes it back.\n"));
    assert_eq!(bytes(&vault), new());
    assert_eq!(vault.run(&["fix"]).ok(), "Nothing to mend.\n");
    assert!(vault.run(&["check"]).ok().starts_with("No problems"));
    // Text that was added since stays.
    vault.write("nan.md", new()[2].replace("text", "more text"));
    let run = vault.run(&["undo"]);
    assert_eq!(run.ok().lines().count(), 3, "{run:?}");
    vault.write("nan.md", vault.read("nan.md").replace("more text", "text"));
    assert_eq!(bytes(&vault), old());
    let log = vault.read(".study/log/desk.jsonl");
    let kinds: Vec<&str> =
        log.lines().map(|line| if line.contains("\"kind\":\"fix\"") { "fix" } else { "undo" }).collect();
    assert_eq!(kinds, ["fix", "fix", "fix", "undo", "undo", "undo"]);
}

#[test]
fn named_notes_alone() {
    let vault = vault();
    vault.run(&["fix", "epoch", "fine", "--yes"]).ok();
    let (old, new) = (old(), new());
    assert_eq!(bytes(&vault), [new[0].clone(), old[1].clone(), old[2].clone(), old[3].clone()]);
    let twice = vault.run(&["fix", "nan", "nan.md", "--yes"]);
    assert!(twice.ok().ends_with("Mended 1 note; `study undo` takes it back.\n"), "{twice:?}");
    assert!(vault.run(&["fix", "nowhere", "--yes"]).failed(1).contains("there is no note `nowhere`"));
}

#[test]
fn an_ease_that_is_a_factor_is_changed_only_if_asked() {
    let text = note("2030-01-02", "4", "2.5", "text\n");
    let vault = Vault::new(&[("a.md", &text)]);
    assert_eq!(vault.run(&["fix", "--yes"]).ok(), "Nothing to mend.\n");
    vault.run(&["fix", "--yes", "--ease-x100"]).ok();
    assert_eq!(vault.read("a.md"), note("2030-01-02", "4", "250", "text\n"));
    vault.run(&["undo"]).ok();
    assert_eq!(vault.read("a.md"), text);
}

#[test]
fn what_is_not_sure_is_left_alone() {
    let scheduled = note("1893456000", "4", "250", "text\n");
    let cases = [
        scheduled.replace("tags", "<<<<<<< a\n=======\n>>>>>>> b\ntags"),
        scheduled.replace("tags", "sr-stability: 4\ntags"),
        scheduled.replace("---\ntext", "text"),
        note("someday", "4", "250", "text\n"),
        note("01/02/2030", "4", "250", "text\n"),
    ];
    for text in cases {
        let vault = Vault::new(&[("a.md", &text)]);
        vault.run(&["fix", "--yes", "--ease-x100"]);
        assert_eq!(vault.read("a.md"), text);
    }
}

#[test]
fn lost_schedules_come_back_from_the_log() {
    let (a, b) = (note("2026-01-10", "4", "250", "a\n"), "#review\nb\n".to_owned());
    let vault = Vault::new(&[("a.md", &a), ("b.md", &b), ("c.md", &a), ("parked.md", &a), ("undone.md", &b)]);
    vault.run(&["review", "a", "b", "c", "parked", "--grade", "good"]).ok();
    vault.run(&["review", "undone", "--grade", "good"]).ok();
    vault.run(&["undo"]).ok();
    let (graded_a, graded_b) = (vault.read("a.md"), vault.read("b.md"));
    // A tool has thrown the frontmatter away; another has emptied the values.
    vault.write("a.md", "a\n");
    vault.write("b.md", &b);
    let parked = "---\nsr-due: null\nsr-interval: null\nsr-ease: null\n---\n";
    vault.write("parked.md", parked);
    let run = vault.run_with(&["fix", "--rebuild"], "y\n");
    assert!(run.ok().ends_with("Restore 2 notes? [y/N] Restored 2 notes; `study undo` takes it back.\n"), "{run:?}");
    let lines = |text: &str| text.lines().filter(|line| line.starts_with("sr-")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&vault.read("a.md")), lines(&graded_a));
    assert_eq!(vault.read("b.md"), graded_b);
    assert_eq!((vault.read("undone.md"), vault.read("parked.md").as_str()), (b.clone(), parked));
    assert_eq!(vault.run(&["fix", "--rebuild", "--yes"]).ok(), "Nothing to restore.\n");
    vault.run(&["undo"]).ok();
    assert_eq!((vault.read("a.md").as_str(), vault.read("b.md")), ("a\n", b));
}

#[test]
fn temporary_files_are_swept_on_the_way() {
    let vault = Vault::new(&[("a/x.md", "text"), ("a/.study-00-x.tmp", "stays: nobody knows whose it is")]);
    // The mark of this device is in the name of the files that it makes.
    vault.run(&["review", "x", "--grade", "good"]).ok();
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    vault.write("a/.study-00-y.tmp", "an hour old");
    std::fs::File::options().append(true).open(vault.path("a/.study-00-y.tmp")).unwrap().set_modified(old).unwrap();
    vault.run(&["fix"]).ok();
    assert!(vault.path("a/.study-00-x.tmp").exists());
    assert!(!vault.path("a/.study-00-y.tmp").exists());
}

#[test]
fn a_schedule_that_nobody_reads_is_refused_and_put_where_it_is_read() {
    let schedule = "sr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n";
    let block = format!("---\n{schedule}---\n");
    let notes = [
        ("comment.md", format!("<!-- of mine -->\n{block}text\n")),
        ("late.md", format!("\n\n{block}text\n")),
        ("marks.md", format!("\u{feff}\u{feff}{block}text\n")),
        ("returns.md", format!("{block}text\n").replace('\n', "\r\r\n")),
        ("second.md", format!("---\ntags: [review]\n---\n{block}text\n")),
        ("unclear.md", format!("Words\n{block}text\n")),
    ];
    let vault = Vault::new(&notes.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>());
    let due = vault.run(&["due"]);
    for (path, text) in &notes {
        assert!(due.stderr.contains(path), "{due:?}");
        let review = vault.run(&["review", path.trim_end_matches(".md"), "--grade", "good"]);
        let advice = if *path == "unclear.md" { "move it into the block at the top" } else { "run `study fix " };
        assert!(review.failed(1).contains(advice), "{review:?}");
        assert_eq!(vault.read(path), *text);
    }
    assert!(vault.run(&["fix", "--yes"]).ok().contains("Mended 5 notes"));
    for (path, _) in notes.iter().filter(|(path, _)| *path != "unclear.md") {
        assert!(vault.run(&["why", path]).ok().contains("interval 4 d"), "{path}");
    }
    assert_eq!(vault.read("second.md"), format!("---\ntags: [review]\n{schedule}---\ntext\n"));
    assert_eq!(vault.read("unclear.md"), notes[5].1);
    vault.run(&["undo"]).ok();
    for (path, text) in &notes {
        assert_eq!(vault.read(path), *text);
    }
}
