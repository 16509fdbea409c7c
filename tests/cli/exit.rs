//! Exit statuses, help, completions and the manual page.

use crate::support::{Vault, note};

#[test]
fn done_is_0_refused_is_1_and_misuse_is_2() {
    let vault = Vault::new(&[("a.md", &note("2026-01-15", "4", "250", "")), ("bad.md", &note("x", "4", "250", ""))]);
    let cases: [(&[&str], i32); 20] = [
        (&["due"], 0),
        (&["stats"], 0),
        (&["config"], 0),
        (&["review"], 0),
        (&["--help"], 0),
        (&["help", "due"], 0),
        (&["--version"], 0),
        (&["review", "bad", "--grade", "good"], 1),
        (&["review", "none", "--grade", "good"], 1),
        (&["undo"], 1),
        (&["due", "--deck", "none"], 1),
        (&[], 2),
        (&["deu"], 2),
        (&["due", "--al"], 2),
        (&["due", "--all", "--until", "2026-01-16"], 2),
        (&["due", "--limit", "-1"], 2),
        (&["due", "--until", "tomorrow"], 2),
        (&["due", "--today", "2026-02-30"], 2),
        (&["undo", "0"], 2),
        (&["completions"], 2),
    ];
    for (args, status) in cases {
        let run = vault.run(args);
        assert_eq!(run.status, status, "{args:?}: {run:?}");
        // What is wrong goes to stderr, what was asked for to stdout.
        assert_eq!(run.stdout.is_empty(), status != 0, "{args:?}: {run:?}");
    }
}

#[test]
fn a_wrong_clock_in_the_environment_is_told() {
    let mut vault = Vault::new(&[]);
    assert_eq!(
        vault.at("yesterday").run(&["due"]).failed(2),
        "study: STUDY_NOW is not an instant like 2026-01-31T08:00:00+01:00: `yesterday`\n"
    );
}

#[test]
fn global_options_stand_on_either_side_of_every_command() {
    let vault = Vault::example();
    let root = vault.path("");
    let global = ["--vault", root.to_str().unwrap(), "--today", "2026-01-16", "--color", "always", "-q"];
    for command in
        [&["due", "--all"] as &[&str], &["stats"], &["config"], &["review", "DNS", "--grade", "good", "--dry-run"]]
    {
        let before = vault.run(&[&global, command].concat());
        let after = vault.run(&[command, &global].concat());
        assert_eq!(before, after);
        assert_eq!(before.status, 0);
    }
}

#[test]
fn today_is_taken_as_given() {
    let vault = Vault::example();
    assert_eq!(vault.run(&["due", "--count", "--today", "2026-01-08"]).ok(), "1\n");
    vault.run(&["review", "TLS handshake", "--grade", "good", "--today", "2026-01-08"]).ok();
    assert!(vault.read(".study/log/desk.jsonl").contains("\"day\":\"2026-01-08\""));
}

#[test]
fn every_shell_has_completions() {
    let vault = Vault::new(&[]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let mut command = vault.command(&["completions", shell]);
        // They do not need a vault.
        command.current_dir("/").env_remove("STUDY_VAULT");
        let run = vault.finish(&mut command, "");
        for word in ["review", "--grade", "--until", "due"] {
            let word = if shell == "fish" { word.trim_start_matches('-') } else { word };
            assert!(run.ok().contains(word), "{shell} does not complete {word}");
        }
    }
    assert!(vault.run(&["completions", "tcsh"]).failed(2).contains("possible values: bash, elvish"));
}

/// The commands that `study --help` lists.
fn commands(vault: &Vault) -> Vec<String> {
    let run = vault.run(&["--help"]);
    let listed = run.ok().split_once("Commands:\n").unwrap().1.split_once("\n\n").unwrap().0;
    let names = listed.lines().filter_map(|line| line.split_whitespace().next().map(str::to_owned));
    names.filter(|name| name != "help").collect()
}

#[test]
fn there_is_a_manual_page_for_the_program_and_each_command() {
    let vault = Vault::new(&[]);
    let page = vault.run(&["man"]);
    for part in [
        ".TH study 1",
        ".SH SYNOPSIS",
        ".SH \"GLOBAL OPTIONS\"",
        ".SH EXAMPLES\n.nf\nEvery morning:",
        "study\\-review(1)",
    ] {
        assert!(page.ok().contains(part), "{part} is not in {}", page.stdout);
    }
    assert!(!page.ok().contains("EXTRA"));
    for command in commands(&vault) {
        let page = vault.run(&["man", &command]);
        assert!(page.ok().contains(&format!(".TH study-{command} 1")), "{}", page.stdout);
    }
    assert!(
        vault
            .run(&["man", "nothing"])
            .failed(2)
            .starts_with("study: there is no command `nothing`\nhint: the commands are `due`, ")
    );
}

#[test]
fn help_fits_a_terminal_and_teaches_by_examples() {
    let vault = Vault::new(&[]);
    for command in [vec![String::new()], commands(&vault)].concat() {
        let args: Vec<&str> = [command.as_str(), "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let run = vault.run(&args);
        let text = run.ok();
        assert!(text.contains("Usage: study"), "{text}");
        for line in text.lines() {
            assert!(line.chars().count() <= 100 && line == line.trim_end(), "{command}: {line:?}");
        }
        if ["", "due", "review"].contains(&command.as_str()) {
            assert!(text.contains(&format!("  study {}", if command.is_empty() { "due" } else { &command })), "{text}");
        }
    }
    assert_eq!(
        vault.run(&["due", "--help"]).ok(),
        "\
List what is due today and overdue, then what is new

Usage: study due [OPTIONS]

Options:
      --all           Also list everything that is scheduled for later
      --new           List only what is new
      --aside         Also list what is suspended, or buried until tomorrow
      --until <DATE>  Also list what is due until DATE
      --folder <DIR>  Only notes in this folder of the vault
      --tag <TAG>     Only notes with this tag or one below it
      --deck <DECK>   Only notes of this deck: a review tag
      --ranked        In the order of `study review`, for which all links are read; else notes of
                      one day stand by path
      --limit <N>     List at most N notes of each kind
      --count         Print only how many notes are due (with --new: how many are new)
      --json          Print JSON (docs/json.md)
  -h, --help          Print help

Global options:
      --vault <DIR>   The vault: a folder of Markdown notes (else STUDY_VAULT, else found from here
                      upwards)
      --today <DATE>  Take DATE for today: for trials and scripts
      --color <WHEN>  When to use colours: auto (on a terminal, unless NO_COLOR is set), always or
                      never
  -q, --quiet         Say nothing about problems in notes that do not matter to the command

Examples:
  study due --count              a number for a prompt or a status bar
  study due --until 2026-02-01   what comes until then, too
  study due --json | jq -r '.due[].path'
"
    );
}
