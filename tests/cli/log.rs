//! Lines of the log that only a later `study` knows: refused with their place, and nothing is made up behind them.

use std::fs;

use crate::support::{Vault, note};

/// A vault whose only note was graded on "desk" on 15 January: due on the 25th, interval 10.
fn graded() -> Vault {
    let vault = Vault::new(&[("a.md", &note("2026-01-14", "4", "250", "Alpha\n"))]);
    vault.run(&["review", "a", "--grade", "good"]).ok();
    vault
}

/// What is graded with Good in Obsidian on 25 January, ten days later.
fn grade_elsewhere(vault: &mut Vault) {
    vault.write("a.md", note("2026-02-19", "25", "250", "Alpha\n"));
    vault.at("2026-01-26T09:00:00+01:00");
}

/// A line of another device as a later version may write it, of 20 January, with `what` in it.
fn later(what: &str) -> String {
    format!(
        "{{{what},\"id\":\"00000000000000aa\",\"at\":\"2026-01-20T09:00:00+01:00\",\"day\":\"2026-01-20\",\
         \"device\":\"phone\",\"seq\":0,\"grade\":\"good\",\"before\":null,\"after\":null}}\n"
    )
}

const ABOUT_THE_NOTE: [(&str, &str); 6] = [
    (r#""v":1,"kind":"review","note":"a.md","card":"q1""#, "an event of something other than a note (`card`)"),
    (r#""v":1,"kind":"review","note":"a.md","algorithm":"fsrs-6""#, "a schedule by the unknown algorithm `fsrs-6`"),
    (r#""v":1,"kind":"advance","note":"a.md""#, "an event of the unknown kind `advance`"),
    (r#""v":2,"kind":"review","note":"a.md","stability":4.5"#, "an event with the unknown field `stability`"),
    (r#""v":3,"kind":"review","note":"a.md""#, "an event of version 3"),
    (r#""v":3,"kind":"review","item":{"path":"a.md"}"#, "an event of version 3"),
];

fn external(vault: &Vault) -> bool {
    vault.read(".study/log/desk.jsonl").contains("\"external\"")
}

#[test]
fn nothing_is_inferred_behind_a_line_that_may_tell_of_the_note() {
    for (what, said) in ABOUT_THE_NOTE {
        let mut vault = graded();
        grade_elsewhere(&mut vault);
        vault.write(".study/log/phone.jsonl", later(what));
        let run = vault.run(&["stats", "--json"]);
        assert_eq!((run.status, external(&vault)), (0, false), "{what}: {run:?}");
        let said = format!("study: .study/log/phone.jsonl:1: {said}");
        assert!(run.stderr.starts_with(&said), "{what}: {run:?}");
        let doubt = "a.md: the schedule is another than the log knows, but .study/log/phone.jsonl:1 cannot be read";
        assert!(run.stderr.contains(doubt), "{what}: {run:?}");
        assert_eq!(run.json()["reviews"]["days_30"]["reviews"], 1, "{what}: {}", run.stderr);
        assert_eq!(vault.read(".study/log/phone.jsonl"), later(what));
        // Once nothing is unread, it is noticed all the same.
        fs::remove_file(vault.path(".study/log/phone.jsonl")).unwrap();
        vault.run(&["stats"]).ok();
        assert!(external(&vault), "{what}");
    }
}

#[test]
fn a_line_about_the_vault_or_another_note_keeps_nothing_from_being_noticed() {
    for what in [r#""v":2,"kind":"pause","subject":"vault""#, r#""v":3,"kind":"review","note":"b.md""#] {
        let mut vault = graded();
        grade_elsewhere(&mut vault);
        vault.write(".study/log/phone.jsonl", later(what));
        let run = vault.run(&["stats", "--json"]);
        assert_eq!(run.json()["reviews"]["days_30"]["reviews"], 2, "{what}: {}", run.stderr);
        assert!(external(&vault) && run.stderr.starts_with("study: .study/log/phone.jsonl:1: "), "{what}: {run:?}");
    }
}

#[test]
fn what_an_earlier_program_noticed_behind_a_refused_line_is_not_counted() {
    for (what, _) in &ABOUT_THE_NOTE[..5] {
        let mut vault = graded();
        grade_elsewhere(&mut vault);
        vault.run(&["stats"]).ok();
        assert!(external(&vault));
        vault.write(".study/log/phone.jsonl", later(what));
        let run = vault.run(&["stats", "--json"]);
        assert_eq!(run.json()["reviews"]["days_30"]["reviews"], 1, "{what}: {}", run.stderr);
        let history = vault.run(&["history", "a"]);
        assert!(history.stdout.contains("in doubt and not counted"), "{history:?}");
    }
}

#[test]
fn what_the_same_device_did_with_the_note_since_tells_where_it_stands() {
    let mut vault = graded();
    let log = vault.read(".study/log/desk.jsonl");
    let refused = later(r#""v":1,"kind":"review","note":"a.md","card":"q1""#).replace("phone", "desk");
    vault.write(".study/log/desk.jsonl", refused.clone() + &log);
    grade_elsewhere(&mut vault);
    let run = vault.run(&["stats", "--json"]);
    assert_eq!(run.json()["reviews"]["days_30"]["reviews"], 2, "{}", run.stderr);
    assert!(vault.read(".study/log/desk.jsonl").starts_with(&refused));
}

#[test]
fn a_schedule_that_a_refused_line_names_is_no_news() {
    let mut vault = graded();
    grade_elsewhere(&mut vault);
    let line = later(r#""v":1,"kind":"review","note":"a.md","algorithm":"fsrs-6""#);
    let line = line.replace("\"after\":null", r#""after":{"due":"2026-02-19","interval":25,"ease":250}"#);
    vault.write(".study/log/phone.jsonl", &line);
    let run = vault.run(&["stats"]);
    assert_eq!((run.stderr.lines().count(), external(&vault)), (1, false), "{run:?}");
}

#[test]
fn undo_does_not_go_past_what_it_cannot_read() {
    let vault = graded();
    vault.write("b.md", note("2026-01-14", "4", "250", "Beta\n"));
    vault.run(&["review", "b", "--grade", "good"]).ok();
    let log = vault.read(".study/log/desk.jsonl");
    let line = later(r#""v":1,"kind":"review","note":"a.md","card":"q1""#).replace("phone", "desk");
    vault.write(".study/log/desk.jsonl", log + &line);
    let before = vault.files();
    for args in [&["undo"][..], &["undo", "9"], &["undo", "--note", "a"]] {
        let run = vault.run(args);
        let said = ".study/log/desk.jsonl:3: this was done later, but cannot be read";
        assert!(run.failed(1).contains(said) && run.stderr.contains("update `study`"), "{run:?}");
        assert_eq!((run.stdout.as_str(), vault.files() == before), ("", true));
    }
    let run = vault.run(&["undo", "--note", "b"]);
    assert_eq!((run.status, run.stdout.starts_with("b: review (good)")), (0, true), "{run:?}");
    // What is done after it can be taken back.
    vault.run(&["review", "b", "--grade", "hard"]);
    assert_eq!(vault.run(&["undo"]).status, 0);
}

#[test]
fn a_lost_schedule_is_not_rebuilt_from_before_a_refused_line() {
    let vault = graded();
    vault.write("a.md", "Alpha\n");
    vault.write(".study/log/phone.jsonl", later(ABOUT_THE_NOTE[1].0));
    let run = vault.run(&["fix", "--rebuild", "--yes"]);
    assert!(run.stderr.contains("a.md: .study/log/phone.jsonl:1 cannot be read"), "{run:?}");
    assert_eq!(vault.read("a.md"), "Alpha\n");
}

#[test]
fn what_a_later_version_was_about_to_do_stays_for_it() {
    let vault = graded();
    vault.write("b.md", note("2026-01-14", "4", "250", "Beta\n"));
    let event = later(ABOUT_THE_NOTE[0].0).replace('"', "\\\"").replace('\n', "\\n");
    let record = format!(
        "{{\"old\":\"00000000000000ab\",\"new\":\"00000000000000ac\",\"temporary\":\".study-x.tmp\",\"event\":\"{event}\"}}\n"
    );
    vault.write(".study/log/desk.pending", &record);
    vault.write(".study-x.tmp", "what only the later version understands");
    let run = vault.run(&["review", "b", "--grade", "good"]);
    assert!(run.stderr.contains("only that can complete the log"), "{run:?}");
    assert_eq!((run.status, vault.read(".study/log/desk.pending")), (0, record));
    assert!(vault.path(".study-x.tmp").exists());
    assert!(vault.read(".study/log/desk.jsonl").contains("\"b.md\""));
}
