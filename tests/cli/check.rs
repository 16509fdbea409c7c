//! `study check`: every problem with its place and what to do.

use std::time::{Duration, SystemTime};

use crate::support::{Vault, note};

/// One note of each kind of trouble that is told, and what is told of it.
fn troubles() -> Vec<(&'static str, String, &'static str)> {
    let scheduled = note("2030-01-02", "4", "250", "text\n");
    let with = |from: &str, to: &str| scheduled.replacen(from, to, 1);
    vec![
        ("bad due.md", with("2030-01-02", "someday"), "3:9: sr-due is not a date: `someday`"),
        ("bad ease.md", with("250", "often"), "5:10: sr-ease is not a percentage: `often`"),
        ("bad interval.md", with(": 4", ": -4"), "4:14: sr-interval is not a number of days: `-4`"),
        (
            "body conflict.md",
            format!("{scheduled}<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n"),
            "8: unresolved merge in the text",
        ),
        ("conflict.md", with("tags", "<<<<<<< a\na: 1\n=======\n>>>>>>> b\ntags"), "conflict-markers"),
        (
            "duplicate.md",
            with("---\ntext", "sr-due: 2030-01-03\nsr-interval: 5\nsr-ease: 250\n---\ntext"),
            "duplicate-schedule",
        ),
        ("ease.md", with("250", "2.5"), "ease-scale"),
        ("epoch.md", with("2030-01-02", "1893456000"), "run `study fix epoch.md` [epoch-due]"),
        ("fsrs.md", with("tags", "sr-stability: 4.2\ntags"), "foreign-schedule"),
        ("glued.md", with("---\ntext", "---text"), "glued-fence"),
        ("impossible.md", with("2030-01-02", "2030-02-30"), "3:9: sr-due is not a date: `2030-02-30`"),
        ("late.md", format!("\n{scheduled}"), "late-fence"),
        ("nul.md", "a\n\0".into(), "2: holds a NUL byte"),
        ("partial.md", "---\ntags: review\nsr-due: 2030-01-02\n---\n".into(), "partial-schedule"),
        (
            "pasted.md",
            format!("{scheduled}sr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n"),
            "8: the three schedule lines",
        ),
        ("unclosed.md", "---\nsr-due: 2030-01-02\n".into(), "1: the frontmatter is not closed"),
        ("fine.sync-conflict-20260101-101010-ABCDEFG.md", scheduled.clone(), "sync-conflict"),
        ("yaml.md", with("tags: [review]", "tags: [review]\ntitle: a: b: [c"), "invalid-yaml"),
    ]
}

#[test]
fn every_kind_of_trouble_is_told_with_its_place() {
    let troubles = troubles();
    let mut notes: Vec<(&str, &str)> = troubles.iter().map(|(path, text, _)| (*path, text.as_str())).collect();
    let fine = note("2030-01-02", "4", "250", "```\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n```\n");
    notes.push(("fine.md", &fine));
    notes.push((".trash/gone.md", "---\nsr-due: x\n"));
    let vault = Vault::new(&notes);
    let run = vault.run(&["check"]);
    assert_eq!((run.status, run.stderr.as_str()), (1, ""));
    let lines: Vec<&str> = run.stdout.lines().take_while(|line| !line.is_empty()).collect();
    for (path, _, said) in &troubles {
        let told: Vec<&&str> = lines.iter().filter(|line| line.starts_with(&format!("{path}:"))).collect();
        assert!(told.iter().any(|line| line.contains(said)), "{path}: {said}: {told:#?}");
    }
    let unknown = |line: &&&str| !troubles.iter().any(|(path, ..)| line.starts_with(&format!("{path}:")));
    assert_eq!(lines.iter().find(unknown), None);
    // Every line has a place, an advice and a code.
    assert!(lines.iter().all(|line| line.contains("; ") && line.ends_with(']')), "{lines:#?}");
    let sum = run.stdout.lines().last().unwrap();
    assert!(sum.contains(&format!("in {} files, {} notes looked at: ", troubles.len(), troubles.len())), "{sum}");
    // Nothing was touched.
    for (path, text) in &notes {
        assert_eq!(&vault.read(path), text);
    }
    assert!(!vault.path(".study").exists());
}

#[test]
fn json_says_the_same() {
    let troubles = troubles();
    let notes: Vec<(&str, &str)> = troubles.iter().map(|(path, text, _)| (*path, text.as_str())).collect();
    let vault = Vault::new(&notes);
    let run = vault.run(&["check", "--json"]);
    assert_eq!((run.status, run.stderr.as_str()), (1, ""));
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["version"], 1);
    let problems = json["problems"].as_array().unwrap();
    let text = vault.run(&["check", "--all"]).stdout;
    assert_eq!(problems.len(), text.lines().take_while(|line| !line.is_empty()).count());
    let epoch = problems.iter().find(|problem| problem["path"] == "epoch.md").unwrap();
    assert_eq!(
        epoch,
        &serde_json::json!({
            "path": "epoch.md", "line": 3, "column": 9, "code": "epoch-due", "severity": "refusal",
            "message": "sr-due is not a date: `1893456000` (seconds since 1970, 2030-01-01)",
            "advice": "run `study fix epoch.md`", "fix": true
        })
    );
    let counted: u64 = json["counts"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(counted, problems.len() as u64);
}

#[test]
fn a_sound_vault_has_no_problems() {
    let vault = Vault::new(&[("a.md", &note("2026-01-10", "4", "250", "text")), ("b/c.md", "#review\ntext")]);
    vault.run(&["review", "a", "--grade", "good"]).ok();
    assert_eq!(vault.run(&["check"]).ok(), "No problems in 2 notes.\n");
    assert_eq!(vault.run(&["check", "--json"]).json()["problems"], serde_json::json!([]));
}

#[test]
fn notes_can_be_named() {
    let vault = Vault::new(&[("a.md", "---\nsr-due: x\n"), ("b.md", "text")]);
    assert_eq!(vault.run(&["check", "b"]).ok(), "No problems in 1 note.\n");
    let run = vault.run(&["check", "a"]);
    assert!(run.status == 1 && run.stdout.starts_with("a.md:1: the frontmatter is not closed"), "{run:?}");
    assert!(vault.run(&["check", "c"]).failed(1).contains("there is no note `c`"));
}

#[test]
fn settings_log_and_leftovers_are_looked_at_too() {
    let vault = Vault::new(&[
        (".obsidian/plugins/obsidian-spaced-repetition/data.json", "<<<<<<< HEAD\n{"),
        (".study/log/desk.jsonl", "{\"v\":1\n<<<<<<< HEAD\n{\"v\":9}\n"),
        (".study/log/desk.pending", "{}"),
        ("a.md.study-kept", "version"),
        ("folder/.study-abcdef-x.tmp", "left"),
        ("folder/.study-abcdef-y.tmp", "in use"),
    ]);
    let left = std::fs::File::options().append(true).open(vault.path("folder/.study-abcdef-x.tmp")).unwrap();
    left.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
    let run = vault.run(&["check"]);
    assert_eq!((run.status, run.stderr.as_str()), (1, ""), "{run:?}");
    let places: Vec<&str> =
        run.stdout.lines().filter_map(|line| line.split_once(": ")).map(|(place, _)| place).collect();
    assert_eq!(
        places[..7],
        [
            ".obsidian/plugins/obsidian-spaced-repetition/data.json:1",
            ".study/log/desk.jsonl:1",
            ".study/log/desk.jsonl:2",
            ".study/log/desk.jsonl:3",
            ".study/log/desk.pending",
            "a.md.study-kept",
            "folder/.study-abcdef-x.tmp",
        ],
        "{}",
        run.stdout
    );
}

/// Whoever kept it may have died before saying so.
#[test]
fn a_kept_version_is_told_of_until_it_is_gone() {
    let note = "---\nsr-due: 2026-01-10\nsr-interval: 4\nsr-ease: 250\n---\n- [ ] topic\n";
    let vault = Vault::new(&[("f/a.md", note), ("f/a.md.study-kept", "version")]);
    let commands: &[&[&str]] = &[
        &["due"],
        &["fix"],
        &["review", "a", "--grade", "good"],
        &["review", "--plain"],
        &["suspend", "a"],
        &["roadmap"],
        &["stats"],
    ];
    for command in commands {
        let run = vault.run(command);
        assert_eq!(run.stderr.matches("f/a.md.study-kept: is a version of the note").count(), 1, "{command:?} {run:?}");
    }
    for n in 2..=9 {
        std::fs::write(vault.path(&format!("f/a.md.study-kept-{n}")), "version").unwrap();
    }
    let run = vault.run(&["fix"]);
    assert!(run.stderr.contains("4 more such versions of notes are kept"), "{run:?}");
    for name in std::iter::once("f/a.md.study-kept".to_owned()).chain((2..=9).map(|n| format!("f/a.md.study-kept-{n}")))
    {
        std::fs::remove_file(vault.path(&name)).unwrap();
    }
    assert_eq!(vault.run(&["fix"]).ok(), "Nothing to mend.\n");
}

#[test]
fn ten_thousand_broken_notes_give_a_readable_summary() {
    let vault = Vault::new(&[]);
    for n in 0..10_000 {
        let text = if n % 2 == 0 {
            "---\nsr-due: 1893456000\nsr-interval: 4\nsr-ease: 250\n---\n"
        } else {
            "---\nsr-due: x\n"
        };
        std::fs::write(vault.path(&format!("{n:05}.md")), text).unwrap();
    }
    let run = vault.run(&["check"]);
    assert_eq!(run.status, 1);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 43, "{:#?}", lines.last());
    assert_eq!(lines[40], "… and 9960 more of the same kinds; `study check --all` lists them");
    assert_eq!(
        lines[42],
        "10000 problems in 10000 files, 10000 notes looked at: 5000 unclosed-fence, 5000 epoch-due. \
         `study fix` mends 5000 files of them."
    );
    // Other commands tell of them in a few lines, too.
    let run = vault.run(&["due"]);
    assert!(run.status == 0 && run.stderr.lines().count() < 25, "{}", run.stderr);
    let run = vault.run_with(&["fix"], "n\n");
    assert!(run.status == 1 && run.stdout.contains("… and 4980 notes more") && run.stdout.lines().count() < 400);
}

#[test]
fn links_of_a_roadmap_that_lead_nowhere_are_told() {
    let vault = Vault::new(&[
        ("Roadmap.md", "# Roadmap\n- [ ] [[Here]]\n- [ ] [[Nowhere]]\n- [x] [Gone](gone.md)\n"),
        ("Here.md", "text [[Elsewhere]]\n"),
    ]);
    assert_eq!(
        vault.run(&["check"]).ok(),
        "Roadmap.md:3: 2 links lead to notes that are not written yet; `study note TOPIC` makes one when its turn comes [unwritten-note]\n\n\
         1 notice in 1 file, 2 notes looked at: 1 unwritten-note.\n"
    );
}

#[test]
fn links_of_a_roadmap_to_what_was_moved_or_mistyped_are_problems() {
    let vault = Vault::new(&[
        (
            "Roadmap.md",
            "# Roadmap\n- [ ] [[Cachng]]\n- [ ] [Soil](old/Soil.md)\n- [ ] [[OLTP]]\n- [ ] [plan](plan.pdf)\n- [ ] [gone](gone.pdf)\n- [ ] a\n",
        ),
        ("Caching.md", "text\n"),
        ("new/Soil.md", "text\n"),
        ("files/plan.pdf", ""),
    ]);
    let run = vault.run(&["check"]);
    assert_eq!(
        (run.status, run.stdout.as_str()),
        (
            1,
            "Roadmap.md:2: the link `[[Cachng]]` leads nowhere, and there is `Caching.md`; mend the link if that is meant [dead-link]\n\
             Roadmap.md:3: the link `old/Soil.md` leads nowhere, and there is `new/Soil.md`; mend the link if that is meant [dead-link]\n\
             Roadmap.md:4: 1 link leads to a note that is not written yet; `study note TOPIC` makes one when its turn comes [unwritten-note]\n\
             Roadmap.md:5: the link `plan.pdf` leads nowhere, and there is `files/plan.pdf`; mend the link if that is meant [dead-link]\n\
             Roadmap.md:6: 1 link leads to a file that is not there; put the file there, or mend the link [dead-link]\n\n\
             3 problems and 2 notices in 1 file, 3 notes looked at: 4 dead-link, 1 unwritten-note.\n"
        )
    );
    let problems = vault.run(&["check", "--json"]);
    assert!(problems.stdout.contains(r#""severity":"problem""#) && problems.stdout.contains(r#""severity":"notice""#));
}

#[test]
fn dead_links_of_roadmaps_are_told_and_links_to_what_is_left_out_are_none() {
    let vault = Vault::new(&[
        ("Road map.md", "- [ ] [[Gone]]\n- [ ] [[Drawing.excalidraw]]\n- [ ] [[Here]]\n"),
        ("Drawing.excalidraw.md", ""),
        ("Here.md", "[[Nowhere]]"),
    ]);
    let told = "Road map.md:1: 1 link leads to a note that is not written yet; ";
    let run = vault.run(&["check"]);
    assert!(run.ok().starts_with(told) && run.stdout.contains("1 notice in 1 file"), "{run:?}");
    assert!(vault.run(&["check", "Road map"]).ok().starts_with(told));
    vault.run(&["check", "Here"]).ok();
}
