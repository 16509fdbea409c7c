//! `study stats`: what the notes tell without a log, and what the log adds.

use crate::support::{Vault, note};

#[test]
fn without_a_log_the_schedules_alone_tell() {
    let vault = Vault::example();
    let before = vault.files();
    let run = vault.run(&["stats"]);
    let text = run.ok();
    assert!(
        text.starts_with(
            "Thursday, 15 January 2026\n11 scheduled · 5 new · 7 due · 4 overdue\n\n\
             Streak 0 days, a review today starts one\n       counted from the first review in the log on\n\n\
             Reviews by day\n"
        ),
        "{text}"
    );
    assert!(text.contains("  0 reviews in the log, 11 from the schedules alone: due date less interval\n"), "{text}");
    assert!(text.contains("  4 overdue, 7 in 30 days, 1 of them tomorrow, 0 later\n"), "{text}");
    assert!(text.contains("  11 notes from the schedule alone: due date less interval\n"), "{text}");
    assert!(!text.contains("Recalled"), "{text}");
    assert_eq!(vault.files(), before);
}

#[test]
fn the_log_adds_streak_reviews_and_retention() {
    let mut vault = Vault::example();
    vault.at("2026-01-14T20:00:00+01:00");
    vault.run(&["review", "TLS handshake", "--grade", "again"]).ok();
    vault.run(&["review", "TLS handshake", "SQL joins", "--grade", "good"]).ok();
    vault.at("2026-01-15T08:00:00+01:00");
    vault.run(&["review", "DNS", "--grade", "hard"]).ok();
    vault.run(&["review", "Containers", "--grade", "easy"]).ok();
    vault.run(&["review", "TCP", "--grade", "good"]).ok();
    vault.run(&["undo"]).ok();

    let run = vault.run(&["stats"]);
    let text = run.ok();
    assert!(text.contains("Streak 2 days, today counts\n       longest 2 days, this one\n"), "{text}");
    let reviews = "\
Reviews       today   7 days  30 days 365 days      all
  reviews         2        5        5        5        5
  days            1        2        2        2        2
  again           0        1        1        1        1
  hard            1        1        1        1        1
  good            0        2        2        2        2
  easy            1        1        1        1        1
";
    assert!(text.contains(reviews), "{text}");

    let json = vault.run(&["stats", "--json"]).json();
    assert_eq!((&json["version"], &json["today"]), (&1.into(), &"2026-01-15".into()));
    assert_eq!(json["streak"]["current"], 2);
    assert_eq!(json["reviews"]["today"]["reviews"], 2);
    assert_eq!(json["reviews"]["days_7"]["again"], 1);
    assert_eq!(json["notes"]["scheduled"], 12);
}

#[test]
fn a_review_made_in_obsidian_counts_as_one_made_elsewhere() {
    let mut vault = Vault::new(&[("a.md", &note("2026-01-10", "4", "250", ""))]);
    vault.at("2026-01-14T20:00:00+01:00").run(&["stats"]).ok();
    vault.write("a.md", note("2026-01-31", "17", "250", ""));
    let json = vault.at("2026-01-15T08:00:00+01:00").run(&["stats", "--json"]).json();
    assert_eq!(json["reviews"]["days_7"]["external"], 1, "{json}");
    let run = vault.run(&["history", "a"]);
    assert!(run.ok().contains("external    4 d → 17 d  250        elsewhere, noticed on desk"), "{run:?}");
    // It was not done by `study`, so there is nothing to take back.
    assert_eq!(vault.run(&["undo"]).failed(1), "study: there is nothing to take back on this device\n");
}

#[test]
fn an_empty_vault_has_figures_too() {
    let vault = Vault::new(&[]);
    assert!(vault.run(&["stats"]).ok().starts_with("Thursday, 15 January 2026\n0 scheduled · 0 new · 0 due\n"));
    let json = vault.run(&["stats", "--json"]).json();
    assert_eq!(json["notes"]["scheduled"], 0);
}

#[test]
fn the_page_keeps_to_the_columns_there_are() {
    let mut vault = Vault::example();
    vault.write(
        "topics/A very long name of a note that goes on and on, longer than any column there is.md",
        note("2026-01-01", "3", "130", ""),
    );
    for columns in ["40", "80", "200"] {
        vault.env("COLUMNS", columns);
        let limit: usize = columns.parse().unwrap();
        for line in vault.run(&["stats"]).ok().lines() {
            assert!(line.chars().count() <= limit, "{columns}: {line:?}");
        }
    }
    vault.env("COLUMNS", "rubbish");
    vault.run(&["stats"]).ok();
}
