//! `study due`: what is listed, in which order, and as what.

use std::io::Read;
use std::process::Stdio;

use crate::support::{Vault, note};

const DUE: &str = "\
Due
  7 days late        4 d   210  topics/TLS handshake
  5 days late       12 d   230  topics/SQL joins
  3 days late       17 d   250  topics/DNS
  1 day late        21 d   250  Backend Roadmap
  today              3 d   250  topics/HTTP caching
  today             35 d   250  topics/Processes and threads
  today              9 d   230  topics/TCP

";

const NEW: &str = "\
New
  2025-09-20-why-backend
  Contents of the series
  topics/Containers
  topics/Regular expressions
  topics/Transactions

";

const LATER: &str = "\
Later
  Fri 16 Jan        25 d   250  topics/Big-O
  Mon 19 Jan        30 d   270  topics/HTTP
  Wed 28 Jan        60 d   290  topics/Git objects
  Tue 3 Feb         41 d   250  topics/Indexes

";

#[test]
fn due_notes_come_oldest_first_then_new_ones() {
    assert_eq!(Vault::example().run(&["due"]).ok(), format!("{DUE}{NEW}7 due, 5 new.\n"));
}

#[test]
fn all_lists_what_is_scheduled_for_later_too() {
    let run = Vault::example().run(&["due", "--all"]);
    assert_eq!(run.ok(), format!("{DUE}{NEW}{LATER}7 due, 5 new, 4 later.\n"));
}

#[test]
fn until_lists_what_comes_until_a_day() {
    let vault = Vault::example();
    let later: String = LATER.lines().take(3).map(|line| format!("{line}\n")).collect();
    let run = vault.run(&["due", "--until", "2026-01-19"]);
    assert_eq!(run.ok(), format!("{DUE}{NEW}{later}\n7 due, 5 new, 2 more until Mon 19 Jan.\n"));
    let past = vault.run(&["due", "--until", "2020-01-01"]);
    assert_eq!(past.ok(), format!("{DUE}{NEW}7 due, 5 new, 0 more until Wed 1 Jan 2020.\n"));
}

#[test]
fn new_lists_only_what_is_new() {
    let vault = Vault::example();
    assert_eq!(vault.run(&["due", "--new"]).ok(), format!("{NEW}5 new.\n"));
    assert_eq!(vault.run(&["due", "--new", "--count"]).ok(), "5\n");
    let json = vault.run(&["due", "--new", "--json"]).json();
    assert_eq!((json["due"].as_array().unwrap().len(), json["new"].as_array().unwrap().len()), (0, 5));
}

#[test]
fn count_is_a_bare_number_and_says_nothing_of_problems() {
    let vault = Vault::example();
    vault.write("broken.md", note("soon", "4", "250", ""));
    assert_eq!(vault.run(&["due", "--count"]).ok(), "7\n");
    assert_eq!(vault.run(&["due", "--count", "--tag", "network"]).ok(), "4\n");
    assert_eq!(vault.run(&["due", "--count", "--today", "2030-01-01"]).ok(), "11\n");
}

#[test]
fn count_is_the_number_of_what_is_listed() {
    let vault = Vault::example();
    vault.write(".study/config.toml", "review_folders = [\"topics\"]\n");
    let notes = [
        ("broken.md", note("soon", "4", "250", "")),
        ("placeholder.md", note("", "", "", "")),
        ("partial.md", "---\nsr-due: 2026-01-01\n---\n".to_owned()),
        ("parked.md", "---\nsr-due: 2026-01-01\nsr-interval: 3\nsr-ease: 250\ntags: [review]\n---\n".to_owned()),
        ("topics/untagged.md", "No tag".to_owned()),
        ("nul.md", "#review \0".to_owned()),
        ("open.md", "---\ntags: review\n\nText #review".to_owned()),
        ("inline.md", "Text #review/deep and `#review`".to_owned()),
        ("no.md", "`#review`".to_owned()),
    ];
    for (path, text) in notes {
        vault.write(path, text);
    }
    let listed = vault.run(&["due", "--json"]).json();
    let [due, new] = ["due", "new"].map(|list| listed[list].as_array().unwrap().len());
    assert!(due > 7 && new > 7, "{due} {new}");
    // With a tag to be left out every note is put in the queue before it is counted.
    for config in ["", "ignore_tags = [\"nobody-has-it\"]\n"] {
        vault.write(".study/config.toml", format!("review_folders = [\"topics\"]\n{config}"));
        assert_eq!(vault.run(&["due", "--count"]).ok(), format!("{due}\n"));
        assert_eq!(vault.run(&["due", "--count", "--new"]).ok(), format!("{new}\n"));
    }
}

#[test]
fn limit_cuts_each_section_and_tells_how_much_is_left_out() {
    let vault = Vault::example();
    assert_eq!(
        vault.run(&["due", "--all", "--limit", "2"]).ok(),
        "Due\n  7 days late        4 d   210  topics/TLS handshake\n  5 days late       12 d   230  topics/SQL joins\n  … and 5 more\n\n\
         New\n  2025-09-20-why-backend\n  Contents of the series\n  … and 3 more\n\n\
         Later\n  Fri 16 Jan        25 d   250  topics/Big-O\n  Mon 19 Jan        30 d   270  topics/HTTP\n  … and 2 more\n\n\
         7 due, 5 new, 4 later.\n"
    );
    assert_eq!(vault.run(&["due", "--limit", "0"]).ok(), "7 due, 5 new.\n");
    let json = vault.run(&["due", "--json", "--limit", "1"]).json();
    assert_eq!((json["due"].as_array().unwrap().len(), json["new"].as_array().unwrap().len()), (1, 1));
}

#[test]
fn filters_narrow_what_is_listed() {
    let vault = Vault::example();
    let network = "Due\n  7 days late        4 d   210  topics/TLS handshake\n  3 days late       17 d   250  topics/DNS\n  \
                   today              3 d   250  topics/HTTP caching\n  today              9 d   230  topics/TCP\n\n4 due, 0 new.\n";
    for tag in ["network", "#network"] {
        assert_eq!(vault.run(&["due", "--tag", tag]).ok(), network);
    }
    let security = "Due\n  7 days late        4 d   210  topics/TLS handshake\n\n1 due, 0 new.\n";
    assert_eq!(vault.run(&["due", "--tag", "network/security"]).ok(), security);
    let run = vault.run(&["due", "--tag", "#net"]);
    assert_eq!((run.status, run.stdout.as_str()), (1, ""));
    let said = run.stderr.as_str();
    assert!(said.starts_with("study: no note for review has the tag `#net`\nhint: did you mean `#network`"), "{said}");
    let run = vault.run(&["review", "--tag", "qqqqqqqq"]);
    assert_eq!((run.status, run.stderr.as_str()), (1, "study: no note for review has the tag `#qqqqqqqq`\n"));
    for deck in ["review", "#review"] {
        assert_eq!(vault.run(&["due", "--count", "--deck", deck]).ok(), "7\n");
    }
    for folder in ["topics", "topics/", "./topics", vault.path("topics").to_str().unwrap()] {
        assert_eq!(vault.run(&["due", "--count", "--folder", folder]).ok(), "6\n", "{folder}");
    }
    let mut inside = vault.command(&["due", "--count", "--folder", "."]);
    inside.current_dir(vault.path("topics"));
    assert_eq!(vault.finish(&mut inside, "").ok(), "6\n");
}

#[test]
fn a_deck_or_folder_that_is_not_there_is_an_error() {
    let vault = Vault::example();
    assert_eq!(
        vault.run(&["due", "--deck", "math"]).failed(1),
        "study: there is no deck `math`\nhint: there are `review`\n"
    );
    for folder in ["topic", "..", "topics/DNS.md", "/"] {
        assert_eq!(
            vault.run(&["due", "--folder", folder]).failed(1),
            format!(
                "study: there is no folder `{folder}` in the vault\nhint: name it by its path in the vault, or as seen from here\n"
            )
        );
    }
}

#[test]
fn nothing_due_tells_when_the_next_is() {
    let vault = Vault::new(&[("later.md", &note("2026-01-20", "9", "250", ""))]);
    assert_eq!(vault.run(&["due"]).ok(), "Nothing due, 0 new; next on Tue 20 Jan, in 5 days.\n");
    assert_eq!(
        vault.run(&["due", "--today", "2026-01-19"]).ok(),
        "Nothing due, 0 new; next on Tue 20 Jan, tomorrow.\n"
    );
    assert_eq!(
        vault.run(&["due", "--until", "2026-01-17"]).ok(),
        "Nothing due, 0 new, 0 more until Sat 17 Jan; next on Tue 20 Jan, in 5 days.\n"
    );
    assert_eq!(vault.run(&["review"]).ok(), "Nothing to review; next on Tue 20 Jan, in 5 days.\n");
}

#[test]
fn a_vault_with_nothing_under_review_tells_how_to_begin() {
    let vault = Vault::new(&[("a.md", "Text\n")]);
    assert_eq!(
        vault.run(&["due"]).ok(),
        "Nothing due, 0 new, nothing scheduled.\nTo begin, tag notes #review, or review any note by its name: study review NOTE\n"
    );
    assert_eq!(
        vault.run(&["due", "--json"]).ok(),
        "{\"version\":1,\"today\":\"2026-01-15\",\"due\":[],\"new\":[],\"problems\":[]}\n"
    );
    assert_eq!(vault.run(&["review"]).ok(), "Nothing to review; nothing is scheduled.\n");
}

#[test]
fn json_is_the_documented_document() {
    let vault = Vault::new(&[
        ("b.md", &note("2026-01-10", "4", "250", "# A *title*\n\n#math/sets and `#code`\n")),
        ("sub/a.md", &note("2026-01-15", "1.5", "231", "")),
        ("new.md", "---\ntitle: Named\ntags: review\n---\n"),
        ("later.md", &note("2026-02-01", "30", "270", "")),
        ("broken.md", &note("soon", "4", "250", "")),
    ]);
    let due = r##"{"version":1,"today":"2026-01-15","due":[{"path":"b.md","title":"A title","due":"2026-01-10","overdue_days":5,"interval":4,"ease":250,"tags":["review","math/sets"],"decks":["review"]},{"path":"sub/a.md","title":"a","due":"2026-01-15","overdue_days":0,"interval":1.5,"ease":231,"tags":["review"],"decks":["review"]}],"new":[{"path":"new.md","title":"Named","tags":["review"],"decks":["review"]}],"##;
    let later = r##""upcoming":[{"path":"later.md","title":"later","due":"2026-02-01","overdue_days":-17,"interval":30,"ease":270,"tags":["review"],"decks":["review"]}],"##;
    let problems = r##""problems":[{"path":"broken.md","line":3,"column":9,"code":"bad-due","message":"sr-due is not a date: `soon`"}]}"##;
    assert_eq!(vault.run(&["due", "--json"]).ok(), format!("{due}{problems}\n"));
    assert_eq!(vault.run(&["due", "--json", "--all"]).ok(), format!("{due}{later}{problems}\n"));
    assert_eq!(vault.run(&["due", "--json", "--until", "2026-02-01"]).ok(), format!("{due}{later}{problems}\n"));
    assert_eq!(
        vault.run(&["due", "--json", "--until", "2026-01-31"]).ok(),
        format!("{due}\"upcoming\":[],{problems}\n")
    );
}

#[test]
fn notes_of_one_day_come_in_the_order_of_their_paths() {
    let text = note("2026-01-15", "4", "250", "");
    let vault =
        Vault::new(&["b.md", "B.md", "a/z.md", "a.md", "ä.md", "10.md", "9.md"].map(|name| (name, text.as_str())));
    let json = vault.run(&["due", "--json"]).json();
    let paths: Vec<&str> = json["due"].as_array().unwrap().iter().map(|row| row["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["10.md", "9.md", "B.md", "a.md", "a/z.md", "b.md", "ä.md"]);
}

#[test]
fn a_review_day_begins_when_the_settings_say() {
    let mut vault = Vault::new(&[
        (".study/config.toml", "start_of_day = \"04:00\"\n"),
        ("a.md", &note("2026-01-15", "4", "250", "")),
    ]);
    assert_eq!(vault.at("2026-01-15T03:59:59+01:00").run(&["due", "--count"]).ok(), "0\n");
    assert_eq!(vault.at("2026-01-15T04:00:00+01:00").run(&["due", "--count"]).ok(), "1\n");
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let mut vault = Vault::new(&[("a.md", &note("2026-01-10", "4", "250", ""))]);
    let plain = vault.run(&["due"]).ok().to_owned();
    assert!(!plain.contains('\x1b'));
    let painted = vault.run(&["due", "--color", "always"]).ok().to_owned();
    assert!(painted.contains("\x1b["));
    assert_eq!(vault.run(&["--color", "never", "due"]).ok(), plain);
    vault.env("CLICOLOR_FORCE", "1");
    assert_eq!(vault.run(&["due"]).ok(), painted);
    vault.env("NO_COLOR", "1");
    assert_eq!(vault.run(&["due"]).ok(), plain);
    assert_eq!(vault.run(&["due", "--color", "always"]).ok(), painted, "what is typed wins");
}

#[test]
fn in_few_columns_the_names_have_the_room() {
    let mut vault =
        Vault::new(&[("a.md", &note("2026-01-10", "4", "250", "")), ("b.md", &note("2026-02-03", "4", "250", ""))]);
    vault.env("COLUMNS", "40");
    assert_eq!(
        vault.run(&["due", "--all"]).ok(),
        "Due\n  5 days late   a\n\nLater\n  Tue 3 Feb     b\n\n1 due, 0 new, 1 later.\n"
    );
}

#[test]
fn a_closed_pipe_is_a_quiet_success() {
    // More than a pipe holds, so that the writer meets the closed end.
    let text = note("2026-01-15", "4", "250", "");
    let names: Vec<String> = (0..400).map(|n| format!("{}/{n}.md", "a long name ".repeat(18).trim_end())).collect();
    let notes: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), text.as_str())).collect();
    let vault = Vault::new(&notes);
    for args in [&["due"] as &[&str], &["due", "--json"]] {
        let mut child = vault.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 3];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    }
}

#[test]
fn decks_are_named_where_there_is_more_than_one() {
    let tagged = |tags: &str| format!("---\ntags: [{tags}]\nsr-due: 2026-01-15\nsr-interval: 1\nsr-ease: 250\n---\n");
    let both = tagged("learn, review/x");
    let vault = Vault::new(&[
        (".study/config.toml", "review_tags = [\"review\", \"learn\"]\n"),
        ("a.md", &both),
        ("b.md", &tagged("learn")),
        ("c.md", &tagged("other")),
    ]);
    assert_eq!(
        vault.run(&["due"]).ok(),
        "Due\n  today              1 d   250  a  #review #learn\n  today              1 d   250  b  #learn\n  \
         today              1 d   250  c\n\n3 due, 0 new.\n"
    );
}

#[test]
fn json_is_harmless_on_a_terminal() {
    let name = "c1 \u{9b}31m \u{202e}.md";
    let vault = Vault::new(&[(name, &note("2026-01-10", "4", "250", ""))]);
    for args in [&["due", "--json"][..], &["stats", "--json"], &["config", "--json"], &["history", name, "--json"]] {
        let run = vault.run(args);
        let hostile = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!run.ok().contains(hostile), "{args:?}: {}", run.ok().escape_debug());
    }
    assert_eq!(vault.run(&["due", "--json"]).json()["due"][0]["path"], name);
}

#[test]
fn what_is_suspended_is_not_due() {
    let vault = Vault::new(&[
        ("a.md", &note("2026-01-10", "4", "250", "")),
        ("b.md", &note("2026-01-20", "4", "250", "")),
        ("c.md", "#review\n"),
    ]);
    assert!(vault.run(&["due"]).ok().ends_with("1 due, 1 new.\n"));
    vault.run(&["suspend", "a", "b", "c"]).ok();
    assert_eq!(vault.run(&["due"]).ok(), "Nothing due, 0 new, 3 set aside, nothing scheduled.\n");
    let listed = vault.run(&["due", "--aside"]);
    let rows = "Set aside\n  suspended       a\n  suspended       c\n  suspended       b\n\n";
    assert_eq!(listed.ok(), format!("{rows}Nothing due, 0 new, 3 set aside, nothing scheduled.\n"));
    let limited = vault.run(&["due", "--aside", "--limit", "1"]);
    assert!(limited.ok().starts_with("Set aside\n  suspended       a\n  … and 2 more\n"), "{limited:?}");
    let json = vault.run(&["due", "--aside", "--json"]).json();
    assert_eq!((&json["aside"][0]["path"], &json["aside"][0]["suspended"]), (&"a.md".into(), &true.into()));
    assert_eq!((&json["aside"][0]["due"], json["aside"].as_array().unwrap().len()), (&"2026-01-10".into(), 3));
    assert_eq!(vault.run(&["due", "--json"]).json().get("aside"), None);
    vault.run(&["resume", "a"]).ok();
    assert!(vault.run(&["due"]).ok().ends_with("1 due, 0 new, 2 set aside.\n"));
}

#[test]
fn limits_and_filters_are_no_reason_to_call_nothing_due() {
    let due = note("2026-01-15", "4", "250", "Body\n");
    let vault = Vault::new(&[("a.md", &due), ("b.md", "#review\n"), ("sub/c.md", "plain\n#tag\n")]);
    let review = |args: &[&str]| vault.run(&[&["review"], args].concat()).ok().to_owned();
    assert_eq!(review(&["--limit", "0"]), "Nothing to review within these limits; 1 due, 1 new without them.\n");
    assert_eq!(review(&["--folder", "sub"]), "Nothing to review; nothing is scheduled there.\n");
    assert_eq!(vault.run(&["due", "--folder", "sub"]).ok(), "Nothing due, 0 new, nothing scheduled there.\n");
    let run = vault.run(&["due", "--tag", "tag"]);
    assert_eq!(
        (run.status, run.stderr.as_str()),
        (1, "study: no note for review has the tag `#tag`\nhint: the notes that have it are not under review\n")
    );
}

#[test]
fn ranked_notes_stand_in_the_order_of_a_review() {
    let text = |n: usize| match n % 3 {
        0 => format!("#review\n[[{}]] [[{}]]\n", n / 2, (n * 7) % 30),
        _ => note("2026-01-10", "8", "250", &format!("[[{}]]\n", n / 3)),
    };
    let notes: Vec<(String, String)> = (0..30).map(|n| (format!("{n}.md"), text(n))).collect();
    let vault = Vault::new(&notes.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>());
    let listed = |args: &[&str]| -> Vec<String> {
        let due = vault.run(&[&["due", "--json"], args].concat()).json();
        let notes = due["due"].as_array().unwrap().iter().chain(due["new"].as_array().unwrap());
        notes.map(|note| note["path"].as_str().unwrap().to_owned()).collect()
    };
    let ranked = listed(&["--ranked"]);
    assert_ne!(ranked, listed(&[]));
    vault.run_with(&["review", "--plain"], &"\n3\n".repeat(30)).ok();
    let log = vault.read(".study/log/desk.jsonl");
    let asked = log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["note"].clone());
    assert_eq!(asked.map(|note| note.as_str().unwrap().to_owned()).collect::<Vec<_>>(), ranked);
}
