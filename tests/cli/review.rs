//! `study review NOTE... --grade`: which note is meant, what is written, what is refused.

use crate::support::{Vault, note};

fn vault() -> Vault {
    Vault::new(&[
        ("a/Alpha.md", &note("2026-01-10", "4", "250", "Body\n")),
        ("b/alpha.md", &note("2026-01-12", "3", "130", "")),
        ("b/Beta.md", &note("2026-01-15", "10", "250", "No line end")),
        ("New note.md", "First line #review\n"),
        ("later.md", &note("2026-02-01", "30", "270", "")),
        ("plain.md", "Nothing asks to review this.\n"),
        ("parked.md", "---\nsr-due: null\nsr-interval: null\nsr-ease: null\n---\n"),
    ])
}

const GOOD: &str = "b/Beta: good, next in 25 days, Mon 9 Feb (interval 10 d to 25 d, ease 250)\n";

#[test]
fn a_grade_changes_three_values_and_no_other_byte() {
    let vault = vault();
    let mut files = vault.files();
    assert_eq!(vault.run(&["review", "Beta", "--grade", "good"]).ok(), GOOD);
    files.insert(vault.path("b/Beta.md"), note("2026-02-09", "25", "250", "No line end").into_bytes());
    assert_eq!(vault.files(), files);
}

#[test]
fn a_note_is_meant_by_its_path_its_place_in_the_vault_or_its_name() {
    for typed in ["b/Beta.md", "b/Beta", "./b/Beta.md", "Beta", "Beta.md", "beta", "BETA"] {
        assert_eq!(vault().run(&["review", typed, "--grade", "good"]).ok(), GOOD, "{typed}");
    }
    let vault = vault();
    let absolute = vault.path("b/Beta.md");
    assert_eq!(vault.run(&["review", absolute.to_str().unwrap(), "--grade", "good"]).ok(), GOOD);
}

#[test]
fn a_path_is_first_one_from_the_working_directory() {
    let vault = vault();
    vault.write("b/later.md", note("2026-01-15", "10", "250", ""));
    let mut command = vault.command(&["review", "later.md", "../a/Alpha.md", "--grade", "good"]);
    command.current_dir(vault.path("b"));
    assert_eq!(
        vault.finish(&mut command, "").ok(),
        "b/later: good, next in 25 days, Mon 9 Feb (interval 10 d to 25 d, ease 250)\n\
         a/Alpha: good, next in 16 days, Sat 31 Jan (interval 4 d to 16 d, ease 250)\n"
    );
}

#[test]
fn a_name_as_written_wins_and_an_ambiguous_one_is_refused() {
    let vault = vault();
    assert_eq!(
        vault.run(&["review", "alpha", "--grade", "good"]).ok(),
        "b/alpha: good, next in 6 days, Wed 21 Jan (interval 3 d to 6 d, ease 130)\n"
    );
    assert_eq!(
        vault.run(&["review", "ALPHA", "--grade", "good"]).failed(1),
        "study: `ALPHA` is the name of 2 notes\nhint: say which by its path: `a/Alpha.md` or `b/alpha.md`\n"
    );
}

#[test]
fn an_unknown_name_gets_a_suggestion() {
    let vault = vault();
    let cases = [
        ("alp", "hint: did you mean `a/Alpha.md` or `b/alpha.md`?\n"),
        ("Bteta", "hint: did you mean `b/Beta.md`?\n"),
        ("a", "hint: for what is due in the folder: --folder a\n"),
        ("zebra", ""),
        (".", ""),
        ("", ""),
        ("../../etc/passwd", ""),
        ("/etc/passwd", ""),
    ];
    for (typed, hint) in cases {
        assert_eq!(
            vault.run(&["review", typed, "--grade", "good"]).failed(1),
            format!("study: there is no note `{typed}` in the vault\n{hint}")
        );
    }
}

#[test]
fn one_refused_note_does_not_keep_the_others_from_being_graded() {
    let vault = vault();
    vault.write("broken.md", note("soon", "4", "250", ""));
    let run = vault.run(&["review", "alp", "Beta", "broken", "later", "a/Alpha", "--grade", "hard"]);
    assert_eq!(
        run.stdout,
        "b/Beta: hard, next in 5 days, Tue 20 Jan (interval 10 d to 5 d, ease 230)\n\
         a/Alpha: hard, next in 3 days, Sun 18 Jan (interval 4 d to 3 d, ease 230)\n"
    );
    assert_eq!(
        run.failed(1),
        "study: there is no note `alp` in the vault\n\
         hint: did you mean `a/Alpha.md` or `b/alpha.md`?\n\
         study: broken.md:3: sr-due is not a date: `soon`; write a day, as in `sr-due: 2030-01-02`\n\
         study: later.md: is not due before Sun 1 Feb, in 17 days; review it now with --early\n"
    );
}

#[test]
fn a_note_that_is_not_due_needs_early() {
    let vault = vault();
    let before = vault.files();
    let refusal = "study: later.md: is not due before Sun 1 Feb, in 17 days; review it now with --early\n";
    assert_eq!(vault.run(&["review", "later", "--grade", "easy"]).failed(1), refusal);
    assert_eq!(vault.run(&["review", "later"]).failed(1), refusal);
    assert_eq!(vault.files(), before);
    assert_eq!(
        vault.run(&["review", "later", "--grade", "hard", "--early"]).ok(),
        "later: hard, next in 15 days, Fri 30 Jan (interval 30 d to 15 d, ease 250)\n"
    );
}

#[test]
fn a_second_grade_on_the_same_day_is_refused() {
    let vault = vault();
    let run = vault.run(&["review", "Beta", "beta", "--grade", "good"]);
    let refusal = "study: b/Beta.md: is not due before Mon 9 Feb, in 25 days; review it now with --early\n";
    assert_eq!((run.stdout.as_str(), run.failed(1)), (GOOD, refusal));
    assert_eq!(vault.run(&["review", "Beta", "--grade", "good"]).failed(1), refusal);
}

#[test]
fn again_is_due_today_and_can_be_graded_again() {
    let vault = vault();
    let again = vault.run(&["review", "Beta", "--grade", "again"]);
    assert_eq!(again.ok(), "b/Beta: again, again today (interval 10 d to 0 d, ease 230)\n");
    assert_eq!(vault.read("b/Beta.md"), note("2026-01-15", "0", "230", "No line end"));
    let good = vault.run(&["review", "Beta", "--grade", "good"]);
    assert_eq!(good.ok(), "b/Beta: good, next in 2 days, Sat 17 Jan (interval 0 d to 2 d, ease 230)\n");
}

#[test]
fn grades_are_words_or_keys_in_any_case() {
    for grade in ["good", "Good", "GOOD", "3"] {
        assert_eq!(vault().run(&["review", "Beta", "--grade", grade]).ok(), GOOD);
    }
    let stderr = vault().run(&["review", "Beta", "--grade", "god"]).failed(2).to_owned();
    assert!(stderr.contains("[possible values: again, hard, good, easy]"), "{stderr}");
}

#[test]
fn a_dry_run_shows_the_diff_and_leaves_everything_as_it_is() {
    let vault = vault();
    vault.write("crlf.md", "---\r\nsr-due: \"2026-01-15\"  \r\nsr-interval: 4 # days\r\nsr-ease: 250\r\n---\r\n");
    let before = vault.files();
    assert_eq!(
        vault.run(&["review", "Beta", "New note", "crlf", "--grade", "good", "--dry-run"]).ok(),
        "\
--- a/b/Beta.md
+++ b/b/Beta.md
@@ -1,7 +1,7 @@
 ---
 tags: [review]
-sr-due: 2026-01-15
-sr-interval: 10
+sr-due: 2026-02-09
+sr-interval: 25
 sr-ease: 250
 ---
 No line end
\\ No newline at end of file
--- a/New note.md
+++ b/New note.md
@@ -1 +1,6 @@
+---
+sr-due: 2026-01-18
+sr-interval: 3
+sr-ease: 250
+---
 First line #review
--- a/crlf.md
+++ b/crlf.md
@@ -1,5 +1,5 @@
 ---␍
-sr-due: \"2026-01-15\"  ␍
-sr-interval: 4 # days␍
+sr-due: \"2026-01-25\"  ␍
+sr-interval: 10 # days␍
 sr-ease: 250␍
 ---␍
"
    );
    assert_eq!(vault.files(), before);
    assert!(!vault.path(".study").exists());
}

#[test]
fn any_note_can_be_reviewed_by_name() {
    let vault = vault();
    let run = vault.run(&["review", "plain", "parked", "--grade", "easy"]);
    assert_eq!(
        run.ok(),
        "plain: easy, next in 4 days, Mon 19 Jan (interval 4 d, ease 270)\n\
         parked: easy, next in 4 days, Mon 19 Jan (interval 4 d, ease 270)\n"
    );
    assert_eq!(
        vault.read("plain.md"),
        "---\nsr-due: 2026-01-19\nsr-interval: 4\nsr-ease: 270\n---\nNothing asks to review this.\n"
    );
    assert_eq!(vault.read("parked.md"), "---\nsr-due: 2026-01-19\nsr-interval: 4\nsr-ease: 270\n---\n");
}

#[cfg(unix)]
#[test]
fn a_note_in_a_read_only_folder_is_refused_and_nothing_is_logged() {
    use std::os::unix::fs::PermissionsExt;
    let vault = vault();
    let mode = |mode| std::fs::set_permissions(vault.path("b"), std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o555);
    if std::fs::write(vault.path("b/probe"), "").is_ok() {
        mode(0o755); // The superuser may write everywhere: nothing to see here.
        return;
    }
    let run = vault.run(&["review", "Beta", "--grade", "good"]);
    mode(0o755);
    assert!(run.failed(1).starts_with("study: b/Beta.md: "), "{run:?}");
    assert_eq!(vault.run(&["undo"]).failed(1), "study: there is nothing to take back on this device\n");
}

#[test]
fn options_of_the_queue_make_no_sense_with_named_notes() {
    let vault = vault();
    for options in [["--limit", "1"], ["--new", "1"], ["--folder", "b"], ["--tag", "x"], ["--deck", "review"]] {
        let run = vault.run(&[&["review", "Beta"], &options as &[&str]].concat());
        assert!(run.failed(2).contains("cannot be used with"), "{run:?}");
    }
    for args in [&["review", "--grade", "good"] as &[&str], &["review", "--early"], &["review", "Beta", "--dry-run"]] {
        vault.run(args).failed(2);
    }
}

/// The three shapes of a roadmap, through a first or a next review and back.
mod shapes {
    use super::Vault;

    const CHECKLIST: &str = "\
# Map of the territory

## Front door
- [x] Requests
- [ ] Replies
\t- [ ] [long ones](https://example.org/long)

## Cellar
- [ ] [[Storage]]
";

    const CONTENTS: &str = "\
<div align=\"center\"><h1>The whole course</h1></div>
<ol>
<li><a href=\"#one\">One</a></li>
</ol>

1. First part
   1. Opening
   2. Closing
2. Second part  
";

    const POST: &str = "\
---
title: \"Where I go: a map\"
description: What to learn, and why: a list.
date: 2023-10-02 08:30:00 +0200
categories: [Learning, Plans]   # at most two
tags: [map, review]
image:
  path: /img/cover.png
  lqip: data:image/webp;base64,UklGRpoAAABXRUJQ # small
  alt: \"A map: folded\"
pin: true # for now
---

Text with --- in it.

---

sr-due: 1999-01-01
";

    fn checklist(due: &str, interval: &str, ease: &str) -> String {
        format!(
            "---\ntags:\n  - review\naliases: []\nsr-due: {due}\nsr-interval: {interval}\nsr-ease: {ease}\n---\n{CHECKLIST}"
        )
    }

    fn vault() -> Vault {
        Vault::new(&[
            ("My map.md", &checklist("2023-11-06", "173", "231")),
            ("Contents - all parts.md", CONTENTS),
            ("2023-10-02-where-i-go.md", POST),
        ])
    }

    #[test]
    fn a_roadmap_is_due_is_graded_by_three_values_and_restored_to_the_byte() {
        let vault = vault();
        let before = vault.files();
        let day = ["--today", "2023-11-06"];
        let run = |args: &[&str]| vault.run(&[args, &day].concat());
        assert_eq!(
            run(&["due"]).ok(),
            "Due\n  today            173 d   231  My map\n\nNew\n  2023-10-02-where-i-go\n\n1 due, 1 new.\n"
        );
        assert_eq!(
            run(&["review", "My map", "--grade", "good"]).ok(),
            "My map: good, next in 400 days, Tue 10 Dec 2024 (interval 173 d to 400 d, ease 231)\n"
        );
        assert_eq!(vault.read("My map.md"), checklist("2024-12-10", "400", "231"));
        assert_eq!(run(&["due", "--count"]).ok(), "0\n");
        assert_eq!(
            run(&["undo"]).ok(),
            "My map: review (good) of Mon 6 Nov taken back; due Mon 6 Nov, interval 173 d, ease 231 again\n"
        );
        assert_eq!(vault.files(), before);
    }

    #[test]
    fn a_post_gains_three_lines_before_its_closing_fence() {
        let vault = vault();
        let before = vault.files();
        vault.run(&["review", "2023-10-02-where-i-go", "--grade", "good", "--today", "2023-11-06"]).ok();
        let added = "pin: true # for now\nsr-due: 2023-11-09\nsr-interval: 3\nsr-ease: 250\n---\n";
        assert_eq!(vault.read("2023-10-02-where-i-go.md"), POST.replacen("pin: true # for now\n---\n", added, 1));
        assert_eq!(
            vault.run(&["undo", "--today", "2023-11-06"]).ok(),
            "2023-10-02-where-i-go: review (good) of Mon 6 Nov taken back; new again\n"
        );
        assert_eq!(vault.files(), before);
    }

    #[test]
    fn a_table_of_contents_gains_a_block_on_top() {
        let vault = vault();
        let before = vault.files();
        vault.run(&["review", "Contents - all parts", "--grade", "hard", "--today", "2023-11-06"]).ok();
        assert_eq!(
            vault.read("Contents - all parts.md"),
            format!("---\nsr-due: 2023-11-07\nsr-interval: 1\nsr-ease: 230\n---\n{CONTENTS}")
        );
        vault.run(&["undo"]).ok();
        assert_eq!(vault.files(), before);
    }
}

/// Notes in two folders and several decks whose grades move each other's days.
fn crowd() -> (Vault, Vec<String>) {
    let text = |n: usize| match n % 7 {
        // New notes link to each other: where a first review starts from depends on what was graded before.
        6 => format!("#review\nnew, [[1]] [[{}]] [[{}]]\n", n + 7, n + 14),
        _ => note("2026-01-10", ["8", "9.5", "30"][n % 3], "250", &format!("text {n}, [[{}]]\n", n / 2)),
    };
    let notes: Vec<(String, String)> = (0..40).map(|n| (format!("{}/{n}.md", n % 2), text(n))).collect();
    let files: Vec<(&str, &str)> = notes.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    (Vault::new(&files), notes.iter().map(|(path, _)| path.clone()).collect())
}

/// What many commands, one for each of `items`, leave in the notes and in the log is what one command leaves.
fn one_by_one_or_at_once(start: &[&[&str]], one: impl Fn(&str) -> Vec<String>, once: Vec<String>, items: &[String]) {
    let outcome = |commands: Vec<Vec<String>>| {
        let (vault, paths) = crowd();
        for command in start {
            vault.run(command).ok();
        }
        let said: String = commands
            .iter()
            .map(|command| vault.run(&command.iter().map(String::as_str).collect::<Vec<_>>()).ok().to_owned())
            .collect();
        let notes: Vec<String> = paths.iter().map(|path| vault.read(path)).collect();
        (said, notes, vault.read(".study/log/desk.jsonl"))
    };
    assert_eq!(outcome(items.iter().map(|item| one(item)).collect()), outcome(vec![once]));
}

#[test]
fn many_notes_are_graded_at_once_as_they_are_one_by_one() {
    let (_, paths) = crowd();
    let names: Vec<String> = paths.iter().map(|path| path[2..].trim_end_matches(".md").to_owned()).rev().collect();
    for grade in ["again", "hard", "good", "easy"] {
        let command = |names: &[String]| [&["review".into(), "--grade".into(), grade.into()][..], names].concat();
        one_by_one_or_at_once(&[], |name| command(&[name.to_owned()]), command(&names), &names);
    }
}

#[test]
fn a_session_grades_new_notes_as_commands_one_by_one_do() {
    let (session, paths) = crowd();
    // The fourth grade is taken back and given again.
    let answers = ["\n3\n", "\n4\n", "\n2\n", "\n4\n", "u\n", "\n4\n", "\n1\ns\n"].concat() + &"\n3\n".repeat(40);
    session.run_with(&["review", "--plain"], &answers).ok();
    let (single, _) = crowd();
    let log = session.read(".study/log/desk.jsonl");
    let events: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let undone: Vec<&serde_json::Value> = events.iter().filter_map(|event| event.get("undoes")).collect();
    let mut new = 0;
    for event in events.iter().filter(|event| event["kind"] == "review" && !undone.contains(&&event["id"])) {
        let (note, grade) = (event["note"].as_str().unwrap(), event["grade"].as_str().unwrap());
        single.run(&["review", note, "--grade", grade, "--early"]).ok();
        new += usize::from(event["before"].is_null());
    }
    assert!(new >= 5, "{new}");
    for path in &paths {
        assert_eq!(session.read(path), single.read(path), "{path}");
    }
}

#[test]
fn many_steps_are_taken_back_at_once_as_they_are_one_by_one() {
    let (_, paths) = crowd();
    let mut first = vec!["review", "--grade", "good"];
    first.extend(paths.iter().take(20).map(String::as_str));
    // Some of them twice: what was done last is taken back first.
    let second = [&["review", "--grade", "hard", "--early"][..], &first[10..18]].concat();
    let start: [&[&str]; 3] = [&first, &second, &["suspend", "3", "5"]];
    let steps: Vec<String> = (0..29).map(|_| String::new()).collect();
    one_by_one_or_at_once(&start, |_| vec!["undo".into()], vec!["undo".into(), "29".into()], &steps);
}

/// `study why` counts what is due on each day in the queue, a grade by name in less than that.
#[test]
fn the_load_of_the_days_is_that_of_the_queue() {
    let settings = [
        "",
        "review_tags = [\"review\", \"learn\", \"learn/more\"]",
        "review_tags = [\"review\", \"learn\", \"learn\"]\nignore_tags = [\"skip\"]",
        "strict_decks = true",
        "review_tags = [\"learn\", \"review\"]\nstrict_decks = true\nignore_tags = [\"skip\"]",
        "ignore_tags = [\"skip\"]",
        "ignore_paths = [\"old\"]",
    ];
    let kinds = ["", "#review", "#review #learn", "#learn/more #skip", "#learn/more", "#skip", "\0", "\\#review"];
    let folders = ["", "old/", "Templates/", "x/"];
    let mut moved = std::collections::BTreeSet::new();
    for settings in settings {
        let vault = Vault::new(&[(".study/config.toml", settings)]);
        vault.write("fresh.md", "#review #learn [[own]]\n");
        vault.write(".obsidian/templates.json", "{\"folder\": \"Templates\"}");
        let mut state = 1_u32;
        let mut random = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        for i in 0..150 {
            let (day, folder) = (1 + random(28), folders[random(4) as usize]);
            let body = kinds[random(8) as usize];
            vault.write(&format!("{folder}n{i}.md"), note(&format!("2026-02-{day:02}"), "4", "250", body));
        }
        for day in ["05", "08", "09", "20"] {
            let name = format!("aside {day}");
            vault.write(&format!("{name}.md"), note(&format!("2026-02-{day}"), "4", "250", "#review #learn"));
            vault.run(&["suspend", &name]).ok();
        }
        let mut found = Vec::new();
        for interval in 6..16 {
            vault.write("own.md", note("2026-01-15", &interval.to_string(), "250", "#review #learn"));
            let why = vault.run(&["why", "own"]).ok().to_owned();
            let good = why.lines().find(|line| line.contains(" good ")).unwrap();
            let days = good.split(" → ").nth(1).unwrap().split(" d").next().unwrap();
            // With a new note, links are read and so are templates.
            for names in [&["own"][..], &["own", "fresh"]] {
                let args = [&["review", "--grade", "good", "--dry-run"], names].concat();
                let diff = vault.run(&args).ok().to_owned();
                assert!(diff.contains(&format!("\n+sr-interval: {days}\n")), "{settings}: {why}{diff}");
            }
            found.push(days.to_owned());
        }
        moved.insert(found);
    }
    // The settings matter.
    assert!(moved.len() > 3, "{moved:?}");
}

#[test]
fn why_shows_the_arithmetic_of_each_grade() {
    let busy = note("2026-02-14", "5", "250", "#review");
    let vault = Vault::new(&[
        ("a.md", &note("2026-01-11", "10", "250", "#review")),
        ("b.md", &busy),
        ("c.md", &busy),
        ("new.md", "#review"),
        (".study/config.toml", "maximum_interval = 40\n"),
    ]);
    assert_eq!(
        vault.run(&["why", "a", "--today", "2026-01-15"]).ok(),
        concat!(
            "a\n",
            "  interval 10 d, ease 250; 4 days late, of which Hard counts a quarter, Good half and Easy all\n",
            "  1 again  forgotten → again today; ease 230\n",
            "  2 hard   (10 + 4 late / 4) d × 0.5 → 6 d, Wed 21 Jan; ease 230\n",
            "  3 good   (10 + 4 late / 2) d × 250 % → 29 d, Fri 13 Feb; ease 250; Sat 14 Feb already has 2 notes, moved to Fri 13 Feb\n",
            "  4 easy   (10 + 4 late) d × 270 % × 1.3 → 40 d, Tue 24 Feb; ease 270; held at the longest interval, 40 d\n",
        )
    );
    assert_eq!(
        vault.run(&["why", "new", "--today", "2026-01-15"]).ok(),
        concat!(
            "new\n",
            "  new: an interval of 1 day and an ease of the base ease 250: no note linked with it has a schedule\n",
            "  1 again  forgotten → again today; ease 230\n",
            "  2 hard   1 d × 0.5 → 1 d, Fri 16 Jan; ease 230\n",
            "  3 good   1 d × 250 % → 3 d, Sun 18 Jan; ease 250\n",
            "  4 easy   1 d × 270 % × 1.3 → 4 d, Mon 19 Jan; ease 270\n",
        )
    );
    vault.write(".study/config.toml", "maximum_interval = 40\nload_balance = false\n");
    assert_eq!(
        vault.run(&["why", "b", "--today", "2026-02-10"]).ok(),
        concat!(
            "b\n",
            "  interval 5 d, ease 250; due in 4 days, which counts as no days late\n",
            "  1 again  forgotten → again today; ease 230\n",
            "  2 hard   5 d × 0.5 → 2.5 d, Fri 13 Feb; ease 230\n",
            "  3 good   5 d × 250 % → 12.5 d, Mon 23 Feb; ease 250\n",
            "  4 easy   5 d × 270 % × 1.3 → 17.6 d, Sat 28 Feb; ease 270\n",
            "  load balancing is off\n",
        )
    );
}
