//! How the vault is found, what is passed over, and what a broken note does to the others.

use std::fs;

use crate::support::{Run, Vault, note};

/// A vault with one due note of the given name.
fn holding(name: &str) -> Vault {
    Vault::new(&[(&format!("{name}.md"), &note("2026-01-15", "4", "250", "Body\n"))])
}

fn due(run: &Run) -> Vec<String> {
    let json = run.json();
    let rows = json["due"].as_array().unwrap();
    rows.iter().map(|row| row["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_vault_is_the_flag_else_the_variable_else_the_folder_else_the_config() {
    let [flag, variable, folder, config] = ["flag", "variable", "folder", "config"].map(holding);
    fs::create_dir_all(folder.path(".obsidian")).unwrap();
    fs::create_dir_all(folder.path("a/b")).unwrap();
    fs::write(folder.user_config(), format!("vault = {:?}\n", config.path(""))).unwrap();
    let nowhere = tempfile::tempdir().unwrap();

    let mut command = folder.command(&["due", "--json"]);
    command.current_dir(folder.path("a/b")).env("STUDY_VAULT", variable.path(""));
    command.arg("--vault").arg(flag.path(""));
    assert_eq!(due(&folder.finish(&mut command, "")), ["flag.md"]);

    let mut command = folder.command(&["due", "--json"]);
    command.current_dir(folder.path("a/b")).env("STUDY_VAULT", variable.path(""));
    assert_eq!(due(&folder.finish(&mut command, "")), ["variable.md"]);

    let mut command = folder.command(&["due", "--json"]);
    command.current_dir(folder.path("a/b")).env("STUDY_VAULT", "");
    assert_eq!(due(&folder.finish(&mut command, "")), ["folder.md"]);

    let mut command = folder.command(&["due", "--json"]);
    command.current_dir(nowhere.path());
    assert_eq!(due(&folder.finish(&mut command, "")), ["config.md"]);
}

#[test]
fn a_study_folder_marks_a_vault_and_the_nearest_one_wins() {
    let outer = holding("outer");
    outer.write(".obsidian/app.json", "{}");
    outer.write("inner/.study/config.toml", "");
    outer.write("inner/deep/near.md", note("2026-01-15", "4", "250", ""));
    let mut command = outer.command(&["due", "--json"]);
    command.current_dir(outer.path("inner/deep"));
    assert_eq!(due(&outer.finish(&mut command, "")), ["deep/near.md"]);
}

#[test]
fn without_a_vault_every_command_says_how_to_name_one() {
    let vault = holding("note");
    let nowhere = tempfile::tempdir().unwrap();
    for args in [&["due"] as &[&str], &["review"], &["stats"], &["undo"], &["config"], &["history", "x"]] {
        let mut command = vault.command(args);
        command.current_dir(nowhere.path()).env_remove("STUDY_VAULT");
        assert_eq!(
            vault.finish(&mut command, "").failed(1),
            "study: no vault here: neither this folder nor one above it holds `.obsidian` or `.study`\n\
             hint: name one with --vault DIR, set STUDY_VAULT, or put `vault = \"DIR\"` into the user's config\n"
        );
    }
}

#[test]
fn a_named_vault_that_cannot_be_opened_tells_who_named_it() {
    let mut vault = holding("note");
    vault.write("file", "");
    let hint = "hint: name an existing folder of notes\n";
    assert_eq!(
        vault.run(&["due", "--vault", "file"]).failed(1),
        format!("study: cannot open the vault `file` (--vault): not a folder\n{hint}")
    );
    vault.env("STUDY_VAULT", "gone");
    assert_eq!(
        vault.run(&["due"]).failed(1),
        format!("study: cannot open the vault `gone` (STUDY_VAULT): no such file or directory\n{hint}")
    );
    vault.env("STUDY_VAULT", "");
    fs::write(vault.user_config(), "vault = \"/no/such/folder\"\n").unwrap();
    assert_eq!(
        vault.run(&["due"]).failed(1),
        format!(
            "study: cannot open the vault `/no/such/folder` (the user's config): no such file or directory\n{hint}"
        )
    );
}

#[test]
fn a_vault_in_which_every_note_is_broken_in_another_way_lists_the_good_one() {
    let schedule = |due: &str, interval: &str, ease: &str| note(due, interval, ease, "Body\n");
    let bomb: String = ('b'..='j')
        .zip('a'..='i')
        .map(|(name, of)| format!("{name}: &{name} [{}]\n", vec![format!("*{of}"); 9].join(", ")))
        .collect();
    let vault = Vault::new(&[
        ("good.md", &schedule("2026-01-10", "4", "250")),
        ("bomb.md", &format!("---\na: &a [x, x]\n{bomb}sr-due: [*j]\nsr-interval: 4\nsr-ease: 250\n---\n")),
        ("deep.md", &format!("---\nsr-due: {}{}\n---\n", "[".repeat(9000), "]".repeat(9000))),
        ("empty.md", ""),
        ("ends.md", "---\n"),
        ("epoch.md", &schedule("1767225600", "4", "250")),
        ("factor.md", &schedule("2026-01-01", "4", "2.5")),
        ("glued.md", "---\nsr-due: 2026-01-01\nsr-interval: 4\nsr-ease: 250\n---> [!info] text\n"),
        (
            "huge.md",
            &format!("---\nx: {}\nsr-due: 2026-01-01\nsr-interval: 4\nsr-ease: 250\n---\n", "y".repeat(3 << 20)),
        ),
        ("late.md", &format!("\n{}", schedule("2026-01-01", "4", "250"))),
        ("list.md", &schedule("[2026-01-01]", "4", "250")),
        (
            "merge.md",
            "---\n<<<<<<< HEAD\nsr-due: 2026-01-01\n=======\nsr-due: 2026-01-02\n>>>>>>> x\nsr-interval: 4\nsr-ease: 250\n---\n",
        ),
        ("nan.md", &schedule("Invalid date", "NaN", "NaN")),
        ("negative.md", &schedule("2026-01-01", "-4", "250")),
        ("never.md", &schedule("2026-02-30", "4", "250")),
        ("open.md", "---\nsr-due: 2026-01-01\nsr-interval: 4\nsr-ease: 250\n\nBody\n"),
        ("word.md", &schedule("soon", "4", "250")),
    ]);
    vault.write("nul.md", b"#review\0");
    vault.write("wide.md", b"\xff\xfe-\0-\0-\0\n\0");
    fs::create_dir(vault.path("folder.md")).unwrap();
    let before = vault.files();

    let run = vault.run(&["due"]);
    assert_eq!(run.status, 0);
    assert_eq!(run.stdout, "Due\n  5 days late        4 d   250  good\n\n1 due, 0 new.\n");
    let json = vault.run(&["due", "--json"]).json();
    let told: Vec<_> = json["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["path"].as_str().unwrap(), p["code"].as_str().unwrap()))
        .collect();
    for name in [
        "bomb", "deep", "epoch", "factor", "glued", "huge", "late", "list", "merge", "nan", "negative", "never", "nul",
        "open", "wide", "word",
    ] {
        assert!(told.iter().any(|(path, _)| *path == format!("{name}.md")), "{name} is not told of: {told:?}");
    }
    for (path, _) in told {
        assert!(!["good.md", "empty.md", "folder.md"].contains(&path), "{path}");
    }
    // Each note is named once, ten of them in full.
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(lines.len(), 11, "{}", run.stderr);
    assert!(lines[10].ends_with("more notes have problems; `study check` lists them all"), "{}", lines[10]);
    assert!(vault.run(&["due", "--quiet"]).stderr.is_empty());

    // No command writes to a broken note, and the good one is graded among them.
    let names: Vec<String> = before.keys().map(|path| path.to_str().unwrap().to_owned()).collect();
    let mut args = vec!["review", "--grade", "good"];
    args.extend(names.iter().map(String::as_str).filter(|name| !name.ends_with("empty.md")));
    let run = vault.run(&args);
    assert_eq!(
        (run.status, run.stdout.as_str()),
        (1, "good: good, next in 16 days, Sat 31 Jan (interval 4 d to 16 d, ease 250)\n")
    );
    let mut after = vault.files();
    after.insert(vault.path("good.md"), before[&vault.path("good.md")].clone());
    assert_eq!(before, after);
}

#[test]
fn what_is_no_note_of_the_vault_is_passed_over() {
    let text = note("2026-01-15", "4", "250", "Body\n");
    let copy = "a.sync-conflict-20260110-101010-ABCDEFG.md";
    let vault = Vault::new(&[
        (".obsidian/templates.json", r#"{"folder": "meta/templates"}"#),
        (".obsidian/plugins/templater-obsidian/data.json", r#"{"templates_folder": "/meta/templater/"}"#),
        (
            ".obsidian/plugins/obsidian-spaced-repetition/data.json",
            r#"{"settings": {"noteFoldersToIgnore": ["archive/**", "**/*.draft.md", "**/*.excalidraw.md"]}}"#,
        ),
        ("a.md", &text),
        ("sub/B.MD", &text),
        ("meta/c.md", &text),
        (copy, &text),
        ("meta/c (Ann's Conflicted Copy 2026-01-10).md", &text),
        (".trash/deleted.md", &text),
        (".obsidian/hidden.md", &text),
        ("sub/.dot/hidden.md", &text),
        ("sub/.hidden.md", &text),
        ("drawing.excalidraw.md", &text),
        ("meta/templates/t.md", &text),
        ("meta/templater/deep/t.md", &text),
        ("archive/old.md", &text),
        ("sub/x.draft.md", &text),
        ("text.txt", &text),
    ]);
    let run = vault.run(&["due", "--json"]);
    assert_eq!(due(&run), ["a.md", "meta/c.md", "sub/B.MD"]);
    let stderr = vault.run(&["due"]).stderr;
    let other = "meta/c (Ann's Conflicted Copy 2026-01-10).md";
    let said = |original: &str| {
        format!(
            "is a copy that a synchroniser made of `{original}`, and is passed over; merge it into the note and delete it"
        )
    };
    assert_eq!(stderr, format!("study: {copy}: {}\nstudy: {other}: {}\n", said("a.md"), said("meta/c.md")));
    let run = vault.run(&["review", other, "--grade", "good"]);
    assert_eq!(run.status, 1);
    assert_eq!(
        run.stderr,
        format!(
            "study: {other}: is a copy that a synchroniser made of `meta/c.md`\nhint: merge it into the note and delete it\n"
        )
    );
}

#[test]
fn a_name_like_that_of_a_copy_is_a_name_where_there_is_no_original() {
    let text = note("2026-01-15", "4", "250", "Body\n");
    let names = ["Deal (conflicted copy 2026-01-10).md", "Note (1).md", "Note 2.md", "Note-LAPTOP.md", "Note.md"];
    let vault = Vault::new(&names.map(|name| (name, text.as_str())));
    let run = vault.run(&["due", "--json"]);
    assert_eq!(due(&run), names);
    assert_eq!(run.stderr, "");
}

#[test]
fn any_folder_is_a_vault_when_it_is_named() {
    let vault = holding("note");
    let run = vault.run(&["due", "--count", "--vault", vault.path("").to_str().unwrap()]);
    assert_eq!(run.ok(), "1\n");
    assert!(!vault.path(".study").exists(), "looking leaves nothing behind");
}

#[test]
fn odd_names_are_listed_and_graded() {
    let names = ["日本語/メモ", "with space ", "it's", "-dash", "a#b", "emoji 🌱", "q?*", "x.y", "100%", "[[link]]"];
    let text = note("2026-01-15", "4", "250", "");
    let vault = Vault::new(
        &names.map(|name| (format!("{name}.md"), text.clone())).each_ref().map(|(n, t)| (n.as_str(), t.as_str())),
    );
    assert_eq!(vault.run(&["due", "--count"]).ok(), "10\n");
    for name in names {
        let run = vault.run(&["review", "--grade", "good", "--", name]);
        assert!(run.ok().starts_with(&format!("{name}: good, next in ")), "{run:?}");
    }
    assert_eq!(vault.run(&["due", "--count"]).ok(), "0\n");
}

#[cfg(unix)]
#[test]
fn a_name_that_would_command_the_terminal_is_shown_harmless() {
    let vault = Vault::new(&[("a\x1b[31m\nb\u{202e}.md", &note("2026-01-15", "4", "250", "# x\x1b]0;y\x07\n"))]);
    let run = vault.run_with(&["review", "--plain"], "\n3\n");
    let all = format!("{}{}", vault.run(&["due"]).stdout, run.stdout);
    assert!(all.contains("a␛[31m b"), "{all}");
    assert!(!all.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{all:?}");
}

#[cfg(unix)]
#[test]
fn a_symlinked_note_counts_once_and_is_written_through() {
    use std::os::unix::fs::symlink;
    let vault = holding("real");
    symlink("real.md", vault.path("alias.md")).unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("far.md"), note("2026-01-15", "4", "250", "")).unwrap();
    symlink(outside.path().join("far.md"), vault.path("far.md")).unwrap();
    symlink(vault.path(""), vault.path("loop")).unwrap();
    assert_eq!(due(&vault.run(&["due", "--json"])), ["real.md"]);
    assert!(vault.run(&["review", "alias", "--grade", "good"]).ok().starts_with("real: good"));
    assert!(vault.path("alias.md").is_symlink());
    assert!(vault.read("real.md").contains("sr-interval: 1"), "{}", vault.read("real.md"));
}
