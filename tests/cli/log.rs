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

/// A log of version 1 with an event of every kind.
const VERSION_1: &str = include_str!("../logs/version-1.jsonl");

/// What the notes of that log are like at its end, so that nothing was done elsewhere since.
fn version_1() -> Vault {
    let scheduled = |due, interval, ease| note(due, interval, ease, "Text\n");
    let waves = scheduled("2026-01-25", "18", "270").replacen("---\n", "---\nsr-id: w1\n", 1);
    let vault = Vault::new(&[
        ("chemie/Säuren.md", &scheduled("2026-01-11", "3", "210")),
        ("physics/waves.md", &waves),
        ("physics/optics.md", &scheduled("2026-02-01", "2", "250")),
        ("old.md", &scheduled("2026-01-14", "4", "250")),
        ("lost.md", "---\nsr-due: 2026-01-16\nsr-interval: 5\nsr-ease: 250\n---\nText\n"),
        ("again.md", "---\nsr-due:\nsr-interval:\nsr-ease:\n---\nText\n"),
        ("map.md", "# Map\n\n- [x] first thing\n- [ ] second thing\n"),
    ]);
    vault.write(".study/log/desk.jsonl", VERSION_1);
    vault
}

#[test]
fn a_log_of_version_1_has_its_figures_for_good() {
    let vault = version_1();
    let json = vault.run(&["stats", "--json"]).json();
    let total = &json["reviews"]["total"];
    let figures = ["reviews", "again", "hard", "good", "easy", "ungraded", "external", "days", "timed", "ms"];
    assert_eq!(figures.map(|figure| total[figure].as_u64().unwrap()), [5, 1, 1, 2, 1, 0, 1, 3, 3, 15_500], "{total}");
    assert_eq!(
        json["streak"],
        serde_json::json!({"current": 0, "longest": 1, "longest_ended": "2026-01-08", "today": "open"})
    );
    let history = |name: &str| -> Vec<(String, bool, bool)> {
        let json = vault.run(&["history", name, "--json"]).json();
        let events = json["events"].as_array().unwrap().iter();
        let row =
            |e: &serde_json::Value| (e["kind"].as_str().unwrap().to_owned(), e["counts"] == true, e["undone"] == true);
        events.map(row).collect()
    };
    let told = |rows: &[(&str, bool, bool)]| -> Vec<(String, bool, bool)> {
        rows.iter().map(|(kind, counts, undone)| ((*kind).to_owned(), *counts, *undone)).collect()
    };
    let acids = [
        ("add", false, false),
        ("review", true, false),
        ("review", true, false),
        ("review", true, false),
        ("review", false, true),
        ("undo", false, false),
        ("external", true, false),
    ];
    assert_eq!(history("Säuren"), told(&acids));
    assert_eq!(history("optics"), told(&[("external", false, false), ("suspend", false, false)]));
    let waves = ["review", "reschedule", "suspend", "resume", "bury"].map(|kind| (kind, kind == "review", false));
    assert_eq!(history("waves"), told(&waves));
    assert_eq!(history("old"), told(&[("fix", false, false), ("undo", false, false)]));
    for (name, kind) in [("lost", "rebuild"), ("again", "reset"), ("map", "tick")] {
        assert_eq!(history(name), told(&[(kind, false, false)]));
    }
    let aside = vault.run(&["due", "--aside"]);
    assert!(aside.ok().contains("optics") && aside.stdout.contains("waves"), "{aside:?}");
    assert_eq!(vault.read(".study/log/desk.jsonl"), VERSION_1, "nothing was made up");
}

#[test]
fn what_a_log_of_version_1_tells_is_taken_back_to_the_byte() {
    let vault = version_1();
    let run = vault.run(&["undo", "7"]);
    assert_eq!(run.status, 0, "{run:?}");
    let expected = [
        ("map.md", "# Map\n\n- [ ] first thing\n- [ ] second thing\n"),
        ("again.md", "---\nsr-due: 2026-01-01\nsr-interval: 9\nsr-ease: 190\n---\nText\n"),
        ("lost.md", "Text\n"),
    ];
    for (path, text) in expected {
        assert_eq!(vault.read(path), text, "{path}");
    }
    assert!(vault.read("physics/waves.md").contains("sr-due: 2026-01-20\n"));
    assert!(vault.read("old.md").contains("sr-due: 2026-01-14\n"), "it was stepped over");
}

/// What the released 0.1.0 takes a line for: an event by its kind, its note and the schedules before and after. It reads
/// version 1 alone and passes over fields that it does not know.
fn read_by_0_1_0(line: &str) -> Option<(String, String, serde_json::Value, serde_json::Value)> {
    #[derive(serde::Deserialize)]
    #[allow(dead_code)]
    struct Line {
        v: u32,
        kind: String,
        id: String,
        at: chrono::DateTime<chrono::FixedOffset>,
        day: chrono::NaiveDate,
        device: String,
        seq: u64,
        note: String,
        sr_id: Option<String>,
        grade: Option<String>,
        ms: Option<u32>,
        #[serde(default)]
        before: serde_json::Value,
        #[serde(default)]
        after: serde_json::Value,
        algorithm: Option<String>,
        batch: Option<String>,
        undoes: Option<String>,
        skips: Option<String>,
        follows: Option<String>,
    }
    const KINDS: &str = "review external undo fix rebuild reset reschedule suspend resume bury add tick";
    let line: Line = serde_json::from_str(line).ok()?;
    let is_known = line.v == 1 && KINDS.split(' ').any(|kind| kind == line.kind) && line.id.len() == 16;
    is_known.then_some((line.kind, line.note, line.before, line.after))
}

/// Two lines that 0.1.0 wrote on "phone": a review of `b.md`, and one of `c.md` that it took back.
const BY_0_1_0: &str = concat!(
    r#"{"v":1,"kind":"review","id":"32fb23019122e10f","at":"2026-01-15T09:30:00+01:00","day":"2026-01-15","device":"phone","#,
    r#""seq":0,"note":"b.md","grade":"hard","before":{"due":"2026-01-14","interval":4,"ease":250},"#,
    r#""after":{"due":"2026-01-17","interval":2,"ease":230},"algorithm":"sm2-osr","#,
    r#""was":{"block":true,"due":"2026-01-14","interval":"4","ease":"250"}}"#,
    "\n",
    r#"{"v":1,"kind":"review","id":"f215ad37a151d073","at":"2026-01-15T09:31:00+01:00","day":"2026-01-15","device":"phone","#,
    r#""seq":362,"note":"c.md","grade":"hard","before":null,"after":{"due":"2026-01-16","interval":1,"ease":230},"#,
    r#""algorithm":"sm2-osr","was":{"block":false,"due":null,"interval":null,"ease":null}}"#,
    "\n",
    r#"{"v":1,"kind":"undo","id":"105b9f8d6f3af78f","at":"2026-01-15T09:32:00+01:00","day":"2026-01-15","device":"phone","#,
    r#""seq":667,"note":"c.md","before":{"due":"2026-01-16","interval":1,"ease":230},"after":null,"#,
    r#""undoes":"f215ad37a151d073"}"#,
    "\n",
);

#[test]
fn the_format_of_0_1_0_and_this_program_live_in_one_vault() {
    let fresh = note("2026-01-14", "4", "250", "Text\n");
    let mut vault = Vault::new(&[("a.md", &fresh), ("b.md", &fresh), ("c.md", "Text #review\n"), ("d.md", "Text\n")]);
    // Here, a week of everything that there is.
    for (day, args) in [
        ("15", &["review", "a", "d", "--grade", "good"][..]),
        ("15", &["undo"]),
        ("15", &["suspend", "d"]),
        ("15", &["resume", "d"]),
        ("15", &["add", "d"]),
    ] {
        vault.at(&format!("2026-01-{day}T09:00:00+01:00")).run(args).ok();
    }
    // There, 0.1.0, whose changes and log arrive together.
    vault.write("b.md", note("2026-01-17", "2", "230", "Text\n"));
    vault.write(".study/log/phone.jsonl", BY_0_1_0);
    vault.at("2026-01-16T09:00:00+01:00");
    let json = vault.run(&["stats", "--json"]).json();
    let total = &json["reviews"]["total"];
    assert_eq!((&total["reviews"], &total["external"]), (&2.into(), &0.into()), "{total}");
    // Both go on with the other's note.
    vault.at("2026-01-17T09:00:00+01:00").run(&["review", "b", "--grade", "good"]).ok();
    let log = vault.read(".study/log/desk.jsonl");
    let read: Vec<_> = log.lines().map(|line| read_by_0_1_0(line).unwrap_or_else(|| panic!("{line}"))).collect();
    assert!(log.contains("\"text\":") && !log.contains("\"external\""), "{log}");
    let (kind, name, before, after) = read.last().unwrap();
    assert_eq!((kind.as_str(), name.as_str(), &before["due"]), ("review", "b.md", &"2026-01-17".into()));
    // To 0.1.0 every note says what the last line about it left there: it makes nothing up.
    let says = |path: &str, due: &serde_json::Value| {
        let due = due.as_str().map_or_else(|| "sr-due:\n".to_owned(), |due| format!("sr-due: {due}\n"));
        assert!(vault.read(path).contains(&due), "{path}: {}", vault.read(path));
    };
    says("b.md", &after["due"]);
    says("a.md", &read.iter().rfind(|(_, name, ..)| name == "a.md").unwrap().3["due"]);
    let json = vault.run(&["stats", "--json"]).json();
    assert_eq!(json["reviews"]["total"]["reviews"], 3);
    assert_eq!(vault.read(".study/log/phone.jsonl"), BY_0_1_0);
}

#[test]
fn a_review_made_elsewhere_comes_before_the_grade_of_one_named_note() {
    let mut vault = graded();
    vault.write("a.md", note("2026-01-26", "10", "250", "Alpha\n"));
    vault.at("2026-01-26T09:00:00+01:00").run(&["review", "a", "--grade", "good"]).ok();
    let kinds = |vault: &Vault| -> Vec<String> {
        let json = vault.run(&["history", "a", "--json"]).json();
        let events = json["events"].as_array().unwrap().iter();
        events.map(|event| format!("{} {}", event["kind"].as_str().unwrap(), event["counts"])).collect()
    };
    assert_eq!(kinds(&vault), ["review true", "external true", "review true"]);
    // What was taken back here and graded the same elsewhere was graded once more.
    let graded_here = vault.read("a.md");
    vault.run(&["undo"]).ok();
    vault.write("a.md", &graded_here);
    vault.run(&["review", "a", "--grade", "hard", "--early"]).ok();
    let all = ["review true", "external true", "review false", "undo false", "external true", "review true"];
    assert_eq!(kinds(&vault), all);
    vault.run(&["stats"]).ok();
    assert_eq!(kinds(&vault), all, "and each is noticed once");
}

#[test]
fn an_event_names_the_one_of_another_device_that_it_starts_from() {
    let mut vault = graded();
    vault.at("2026-01-25T09:00:00+01:00");
    let mut command = vault.command(&["review", "a", "--grade", "good", "--early"]);
    command.env("STUDY_DEVICE", "phone");
    let run = vault.finish(&mut command, "");
    assert_eq!(run.status, 0, "{run:?}");
    let first: serde_json::Value = serde_json::from_str(&vault.read(".study/log/desk.jsonl")).unwrap();
    let second: serde_json::Value = serde_json::from_str(&vault.read(".study/log/phone.jsonl")).unwrap();
    assert_eq!(second["follows"], first["id"]);
    // Their own events are in order already.
    let mut command = vault.command(&["review", "a", "--grade", "hard", "--early"]);
    command.env("STUDY_DEVICE", "phone");
    assert_eq!(vault.finish(&mut command, "").status, 0);
    assert_eq!(vault.read(".study/log/phone.jsonl").matches("follows").count(), 1);
}

#[test]
fn a_list_of_what_is_due_notices_reviews_made_elsewhere_once() {
    let mut vault = Vault::new(&[("a.md", &note("2026-01-10", "4", "250", "text")), ("b.md", "#review\n")]);
    vault.run(&["due"]).ok();
    vault.run(&["due", "--count"]).ok();
    // Where nothing was ever logged, nothing is written.
    assert!(!vault.path(".study").exists());
    vault.run(&["review", "a", "--grade", "good"]).ok();
    let total = |vault: &Vault| vault.run(&["stats", "--json"]).json()["reviews"]["total"]["reviews"].clone();
    // Graded twice in Obsidian, with a list between: each of them counts.
    vault.at("2026-01-31T09:00:00+01:00");
    vault.write("a.md", note("2026-03-09", "37", "250", "text"));
    vault.run(&["due", "--count"]).ok();
    vault.run(&["due"]).ok();
    vault.at("2026-03-09T09:00:00+01:00");
    vault.write("a.md", note("2026-06-10", "93", "250", "text"));
    vault.run(&["due", "--json"]).json();
    vault.run(&["due", "--all"]).ok();
    assert_eq!(total(&vault), 3);
}
