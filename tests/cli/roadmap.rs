//! Roadmaps: read, shown, ticked, and their topics put under review.

use std::process::Command;

use crate::support::{Vault, note};

const WEB: &str = "# Web roadmap\r\n\r\n## Basics\r\n- [x] [[Requests]]\r\n- [ ] Headers\r\n    - [ ] [All of them](https://headers.example)\r\n- [ ] [[Caching]]\r\n## Later\r\n- [ ] Basics of proxies\r\n## Empty\r\n";

fn vault() -> Vault {
    Vault::new(&[
        ("maps/Web roadmap.md", WEB),
        ("Requests.md", &note("2026-02-01", "30", "250", "# Requests\n")),
        ("Caching.md", "# Caching\n"),
        ("diary.md", "# A day\n- [ ] milk\n- [ ] bread\n"),
    ])
}

#[test]
fn all_roadmaps_are_listed_with_what_is_done() {
    let vault = vault();
    vault.write("Soil.md", "- [ ] a\n- [x] b\n".repeat(5));
    assert_eq!(
        vault.run(&["roadmap"]).ok(),
        "━━━━━━────── 5/10  Soil\n━━────────── 1/5   maps/Web roadmap\n\n2 roadmaps, 6 of 15 topics done.\n"
    );
    let json = vault.run(&["roadmap", "--json"]).json();
    assert_eq!(json["version"], 1);
    let web = &json["roadmaps"][1];
    assert_eq!((&web["path"], &web["done"], &web["total"]), (&"maps/Web roadmap.md".into(), &1.into(), &5.into()));
    assert_eq!(web["memory"]["fresh"], 1);
    assert!(Vault::new(&[("a.md", "# a\n")]).run(&["roadmap"]).ok().starts_with("No note of this vault is a roadmap."));
}

#[test]
fn one_roadmap_is_a_tree() {
    let expected = "\
Web roadmap
━━━━━━━━────────────────────────────────
1 of 5 done

· Basics               ━━━━──────── 1/3
  ✓ Requests           fresh 96%
  ○ Headers            no note  0 of 1 read
  ○ Caching            no schedule
· Later                ──────────── 0/1
  ○ Basics of proxies  no note
○ Empty                no note

✓ done, ○ open, · no state of its own
3 topics have no note; `study note \"TOPIC\"` makes one.
";
    let vault = vault();
    let by_name = vault.run(&["roadmap", "Web roadmap"]);
    assert_eq!(by_name.ok(), expected);
    assert_eq!(vault.run(&["roadmap", "web"]), by_name, "a part of the name of one roadmap will do");
    assert_eq!(vault.run(&["roadmap", "maps/Web roadmap.md"]), by_name);
    let open = vault.run(&["roadmap", "web", "--open", "--depth", "1"]);
    let titles: Vec<&str> = open.ok().lines().skip(4).take(3).map(|line| line.split("  ").next().unwrap()).collect();
    assert_eq!(titles, ["· Basics", "· Later", "○ Empty"]);
    assert!(vault.run(&["roadmap", "web", "--depth", "0"]).failed(2).contains("0 is not in 1..="));
    assert!(
        vault.run(&["roadmap", "web", "--weak"]).ok().contains("No topic has a note that is due, fading or forgotten.")
    );
    let topics = &vault.run(&["roadmap", "web", "--json"]).json()["topics"];
    assert_eq!(topics.as_array().unwrap().len(), 7);
    assert_eq!(
        (&topics[2]["title"], &topics[2]["parent"], &topics[2]["tickable"]),
        (&"Headers".into(), &0.into(), &true.into())
    );
    assert_eq!(topics[2]["resources"][0]["to"], "https://headers.example");
}

#[test]
fn a_note_without_topics_is_no_roadmap() {
    let vault = Vault::new(&[("Plain.md", "Only text.\n")]);
    assert_eq!(
        vault.run(&["roadmap", "Plain"]).failed(1),
        "study: Plain.md: holds no topics: no headings, lists or tables to learn from\n\
         hint: docs/roadmaps.md tells what is read as a topic\n"
    );
}

#[test]
fn next_says_what_is_due_and_then_the_first_open_topic() {
    let vault = vault();
    assert_eq!(
        vault.run(&["next"]).ok(),
        "Web roadmap > Basics\n○ Headers\n   1 ○ All of them\n       https://headers.example\n"
    );
    vault.write("Requests.md", note("2025-11-01", "3", "250", ""));
    assert_eq!(
        vault.run(&["next"]).ok(),
        "1 note due today; `study review` first.\n\nWeb roadmap > Later\n○ Basics of proxies\n\n\
         Headers waits: Requests is forgotten 6%\nCaching waits: Requests is forgotten 6%\n"
    );
    let json = vault.run(&["next", "web", "--json"]).json();
    assert_eq!((&json["due"], &json["topic"]["title"]), (&1.into(), &"Basics of proxies".into()));
    assert_eq!(json["held"][0]["waits_for"]["recall"], "forgotten");
    assert!(Vault::new(&[]).run(&["next"]).failed(1).starts_with("study: no note of this vault is a roadmap\n"));
}

#[test]
fn a_resource_is_opened_by_its_number() {
    let mut vault = vault();
    vault.env("STUDY_OPENER", "true");
    assert_eq!(vault.run(&["next", "web", "--open", "1"]).ok(), "opened https://headers.example\n");
    let stderr = vault.run(&["next", "web", "--open", "2"]).failed(1).to_owned();
    assert_eq!(stderr, "study: `Headers` has no resource 2\nhint: it has 1\n");
}

#[test]
fn done_changes_one_character_and_undo_puts_it_back() {
    let vault = vault();
    assert!(vault.run(&["done", "headers", "--dry-run"]).ok().contains("+- [x] Headers"));
    assert_eq!(vault.read("maps/Web roadmap.md"), WEB);
    assert_eq!(
        vault.run(&["done", "headers"]).ok(),
        "maps/Web roadmap: Headers is done, 2 of 5\nto make a note of it: study note 'maps/Web roadmap.md#:5'\n"
    );
    assert_eq!(vault.read("maps/Web roadmap.md"), WEB.replace("- [ ] Headers", "- [x] Headers"));
    assert_eq!(vault.run(&["done", "headers"]).failed(1), "study: maps/Web roadmap.md: `Headers` is done already\n");
    assert_eq!(vault.run(&["begin", "web#Caching"]).ok(), "maps/Web roadmap: Caching is begun, 2 of 5\n");
    assert_eq!(
        vault.run(&["done", "All of them"]).ok(),
        "maps/Web roadmap: All of them is done, a link to read under Basics > Headers, 2 of 5\n"
    );
    assert!(vault.read("maps/Web roadmap.md").contains("- [/] [[Caching]]\r\n"));
    vault.run(&["undo", "3"]).ok();
    assert_eq!(vault.read("maps/Web roadmap.md"), WEB);
}

#[test]
fn a_topic_that_cannot_be_ticked_is_refused_with_the_reason() {
    let vault = vault();
    assert_eq!(
        vault.run(&["done", "empty"]).failed(1),
        "study: maps/Web roadmap.md:10: `Empty` cannot be ticked; a heading has no box; tick what is below it, or write `## [ ] title`\n"
    );
    assert_eq!(
        vault.run(&["done", "nothing like it"]).failed(1),
        "study: there is no topic `nothing like it` in any roadmap\n"
    );
    assert_eq!(vault.read("maps/Web roadmap.md"), WEB);
    assert!(!vault.path(".study").exists(), "nothing was logged");
}

#[test]
fn an_ambiguous_name_lists_what_can_be_typed_instead() {
    let vault = Vault::new(&[("Road map.md", "# A\n- [ ] sets\n# B\n- [ ] sets\n# C\n- [ ] maps\n")]);
    let stderr = vault.run(&["done", "sets"]).failed(1).to_owned();
    assert_eq!(
        stderr,
        "study: `sets` is the name of 2 topics\nhint: say which: 'Road map.md#:2' (A > sets), 'Road map.md#:4' (B > sets)\n"
    );
    vault.run(&["done", "Road map.md#:4"]).ok();
    assert_eq!(vault.read("Road map.md"), "# A\n- [ ] sets\n# B\n- [x] sets\n# C\n- [ ] maps\n");
    // The other one is all that is left to tick.
    vault.run(&["done", "sets"]).ok();
    vault.run(&["begin", "C > maps"]).ok();
    assert_eq!(vault.read("Road map.md"), "# A\n- [x] sets\n# B\n- [x] sets\n# C\n- [/] maps\n");
}

#[test]
fn topics_come_under_review_through_their_notes() {
    let vault = vault();
    assert_eq!(
        vault.run(&["add", "web#Caching"]).ok(),
        "Caching: under review\n`study review` offers new notes after those that are due.\n"
    );
    assert_eq!(vault.read("Caching.md"), "---\nsr-due:\nsr-interval:\nsr-ease:\n---\n# Caching\n");
    assert_eq!(vault.run(&["due", "--new"]).ok(), "New\n  Caching\n\n1 new.\n");
    assert_eq!(vault.run(&["add", "Caching"]).ok(), "1 note was under review already\n");
    vault.run(&["undo"]).ok();
    assert_eq!(vault.read("Caching.md"), "# Caching\n");
    assert_eq!(
        vault.run(&["add", "web#Headers"]).failed(1),
        "study: the topic `Headers` has no note\nhint: `study note 'web#Headers'` makes one\n"
    );
}

#[test]
fn the_notes_of_done_topics_are_added_and_taken_back_together() {
    let vault = Vault::new(&[
        ("Road map.md", "- [x] [[A]]\n- [x] [[B]]\n- [ ] [[C]]\n- [x] d\n"),
        ("A.md", "a\n"),
        ("B.md", "---\ntags: [x] # y\n---\nb"),
        ("C.md", "c\n"),
    ]);
    vault.run(&["add", "--done-topics", "Road map", "--dry-run"]).ok();
    assert_eq!(vault.read("A.md"), "a\n");
    vault.run(&["add", "--done-topics", "Road map"]).ok();
    assert!(vault.read("A.md").starts_with("---\nsr-due:\n"));
    assert_eq!(vault.read("B.md"), "---\ntags: [x] # y\nsr-due:\nsr-interval:\nsr-ease:\n---\nb");
    assert_eq!(vault.read("C.md"), "c\n");
    vault.run(&["undo"]).ok();
    assert_eq!((vault.read("A.md").as_str(), vault.read("B.md").as_str()), ("a\n", "---\ntags: [x] # y\n---\nb"));
}

#[test]
fn a_topic_gets_a_note_when_that_is_wanted_and_nothing_is_overwritten() {
    let vault = vault();
    let text = "# Headers\n\n- [All of them](https://headers.example)\n\nFrom [[Web roadmap]].\n";
    let declined = vault.run_with(&["note", "headers"], "n\n");
    assert!(declined.ok().ends_with("make maps/Headers.md? [y/N] nothing made\n"), "{declined:?}");
    assert!(!vault.path("maps/Headers.md").exists());
    assert!(vault.run(&["note", "headers"]).ok().ends_with("nothing made\n"), "the end of the input is no yes");
    assert!(
        vault
            .run_with(&["note", "headers"], "y\n")
            .ok()
            .ends_with("made maps/Headers.md\nit is not under review; to review it: study add maps/Headers.md\n")
    );
    assert_eq!(vault.read("maps/Headers.md"), text);
    // From now on it is the topic's note.
    assert!(
        vault
            .run(&["note", "headers", "--yes"])
            .failed(1)
            .starts_with("study: `Headers` has a note: maps/Headers.md\n")
    );
    assert!(vault.run(&["roadmap", "web"]).ok().contains("○ Headers            no schedule  0 of 1 read\n"));
    vault.write("maps/Basics of proxies.md", "mine");
    assert_eq!(
        vault.run(&["note", "basics of proxies", "--yes"]).failed(1),
        "study: maps/Basics of proxies.md: is there already, and is left as it is\nhint: link it: [[Basics of proxies]] in maps/Web roadmap.md\n"
    );
    assert_eq!(vault.read("maps/Basics of proxies.md"), "mine");
}

#[test]
fn roadmaps_may_link_to_each_other() {
    let vault = Vault::new(&[
        ("A roadmap.md", "- [ ] [[B roadmap]]\n- [ ] [[A roadmap]]\n- [x] c\n"),
        ("B roadmap.md", "- [x] [[A roadmap]]\n- [ ] [01](./01/roadmap.md)\n- [ ] c\n"),
        ("01/roadmap.md", "# One\n- [x] [[B roadmap]]\n- [x] x\n- [ ] y\n"),
    ]);
    assert!(vault.run(&["roadmap"]).ok().ends_with("3 roadmaps, 4 of 9 topics done.\n"));
    let tree = vault.run(&["roadmap", "B roadmap"]);
    assert!(tree.ok().contains("✓ A roadmap  no schedule  → 1/3\n"), "{tree:?}");
    assert!(tree.ok().contains("○ 01         no schedule  → 2/3\n"), "{tree:?}");
    vault.run(&["next"]).ok();
}

#[test]
fn dead_links_are_told_with_their_lines() {
    let vault = Vault::new(&[
        ("Road map.md", "- [ ] [[Gone]]\n- [ ] [here](here.pdf)\n- [ ] [gone](gone.pdf)\n"),
        ("here.pdf", ""),
    ]);
    let tree = vault.run(&["roadmap", "Road map"]);
    assert!(tree.ok().ends_with("1 dead link:\n  line 3: gone.pdf\n"), "{tree:?}");
}

#[test]
fn the_chart_takes_days_from_log_note_and_git() {
    let vault = Vault::new(&[("Road map.md", "- [ ] a\n- [ ] b\n- [x] c ✅ 2026-01-02\n- [ ] d\n- [x] e\n")]);
    vault.run(&["done", "b"]).ok();
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(vault.path("")).args(["-c", "user.name=n", "-c", "user.email=e@example"]).args(args);
        command.env("GIT_AUTHOR_DATE", "2025-12-30T12:00:00Z").env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.output().is_ok_and(|output| output.status.success())
    };
    let in_git = git(&["init", "-q"]) && git(&["add", "Road map.md"]) && git(&["commit", "-qm", "x"]);
    let chart = vault.run(&["roadmap", "Road map", "--chart", "--json"]).json()["chart"].clone();
    assert_eq!(chart["done"], 3);
    let weeks: Vec<_> = chart["weeks"].as_array().unwrap().iter().map(|week| week["ticked"].clone()).collect();
    if in_git {
        assert_eq!((weeks, chart["undated"].clone()), (vec![2.into(), 0.into(), 1.into()], 0.into()));
    } else {
        assert_eq!((weeks, chart["undated"].clone()), (vec![1.into(), 0.into(), 1.into()], 1.into()));
    }
    assert!(vault.run(&["roadmap", "Road map", "--chart"]).ok().starts_with("Burn-up\n"));
}

#[test]
fn branches_are_told_by_their_reviews() {
    let vault = vault();
    vault.run(&["review", "Requests", "--early", "--grade", "again"]).ok();
    assert_eq!(
        vault.run(&["stats", "--roadmap", "web"]).ok(),
        "Branch  notes  reviews  recalled  predicted\n\
         Basics      2        1        0%       100%\n\
         \nWeakest: Basics.\n"
    );
    let json = vault.run(&["stats", "--roadmap", "web", "--json"]).json();
    assert_eq!((&json["branches"][0]["reviews"], &json["weakest"][0]), (&1.into(), &"Basics".into()));
}

#[test]
fn hostile_titles_are_shown_harmlessly() {
    let vault = Vault::new(&[(
        "Road map.md",
        "# \u{1b}[31mA\u{202e}\n- [ ] \u{1b}]0;x\u{7} a\n- [ ] &#27;[2J b\n- [ ] [\u{1b}c](https://u.example/\u{1b}[m)\n",
    )]);
    for args in
        [&["roadmap"][..], &["roadmap", "Road map"], &["next"], &["done", "b"], &["begin", "zzz"], &["done", ""]]
    {
        let run = vault.run(args);
        let text = format!("{}{}", run.stdout, run.stderr);
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{args:?} {text:?}");
    }
}

#[test]
fn where_all_boxes_are_ticked_all_is_done() {
    let vault = Vault::new(&[(
        "README.md",
        "# Learning roadmap\n- [Deutsch](README-de.md)\n## Required\n* Patience\n## Contents\n- [Arrays](#arrays)\n- Sorting\n    - selection\n## Arrays\n- [x] Read about arrays\n",
    )]);
    assert!(vault.run(&["roadmap", "README"]).ok().contains("\n1 of 1 done\n"));
    assert_eq!(vault.run(&["next", "README"]).ok(), "Nothing is open in Learning roadmap.\n");
}

#[test]
fn what_cannot_be_ticked_counts_when_its_note_is_under_review() {
    let vault = Vault::new(&[
        (
            "Road map.md",
            "# Road map\n## Introduction\nAll about it.\n## Web\n- [[HTTP]]\n- [[TLS]]\n- [[DNS]]\n- [[New]]\n",
        ),
        ("HTTP.md", &note("2026-02-01", "30", "250", "text")),
        ("TLS.md", &note("2026-02-01", "30", "250", "text")),
        ("DNS.md", "text"),
        ("New.md", "#review\n"),
    ]);
    let tree = vault.run(&["roadmap", "Road map"]);
    assert!(
        tree.ok().starts_with("Road map\n━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━──────────\n0 of 4 done · 3 under review\n"),
        "{tree:?}"
    );
    assert!(tree.ok().contains("· Web     ━━━━━━━━━─── 3/4\n") && !tree.ok().contains("Introduction"), "{tree:?}");
    assert!(
        vault.run(&["roadmap"]).ok().ends_with("3/4  Road map\n\n1 roadmap, 0 of 4 topics done, 3 under review.\n")
    );
    assert!(vault.run(&["next", "Road map"]).ok().contains("· DNS\n"));
    assert_eq!(vault.run(&["roadmap", "Road map", "--json"]).json()["reviewed"], 3);
}

#[test]
fn typed_words_begin_words_and_a_link_is_told_from_a_topic() {
    let map = "# Road map\n- [ ] Hosting\n    - [ ] [Where to Host a Fullstack Project on a Budget](https://h.example)\n- [ ] Caching\n- [ ] Other\n";
    let vault = Vault::new(&[("Road map.md", map)]);
    assert_eq!(
        vault.run(&["done", "Get"]).failed(1).lines().next(),
        Some("study: there is no topic `Get` in any roadmap")
    );
    assert_eq!(vault.read("Road map.md"), map);
    assert_eq!(
        vault.run(&["done", "where budget"]).ok(),
        "Road map: Where to Host a Fullstack Project on a Budget is done, a link to read under Hosting, 0 of 3\n"
    );
    assert_eq!(
        vault.run(&["done", "cachign"]).failed(1),
        "study: there is no topic `cachign` in any roadmap\nhint: did you mean 'Road map.md#:4' (Caching)?\n"
    );
}

#[test]
fn the_advice_after_done_fits_what_is_true_of_the_note() {
    let vault = Vault::new(&[
        (
            "Road map.md",
            "- [ ] a thing [[A]]\n- [ ] b thing [[B]]\n- [ ] c thing [[C]]\n- [ ] d thing [[D]]\n- [ ] e thing [[E]]\n- [ ] f thing [[F]]\n",
        ),
        ("A.md", &note("2026-02-01", "30", "250", "text")),
        ("B.md", "#review\n"),
        ("C.md", "text"),
        ("D.md", "---\nsr-due: x\nsr-interval: 4\nsr-ease: 250\n---\n"),
        (".E.md.icloud", "x"),
    ]);
    let advice = |topic: &str| vault.run(&["done", topic]).ok().lines().nth(1).unwrap_or_default().to_owned();
    assert_eq!(advice("a"), "its note A is under review, due Sun 1 Feb");
    assert_eq!(advice("b"), "its note B is under review, and new: study review B.md");
    assert_eq!(advice("c"), "to review it: study add 'Road map.md#:3'");
    assert_eq!(advice("d"), "the schedule of its note D cannot be read; study check D.md says why");
    assert_eq!(advice("e"), "its note E is not downloaded");
    assert_eq!(advice("f"), "to make a note of it: study note 'Road map.md#:6'");
}

#[test]
fn a_note_that_is_not_written_yet_is_no_error() {
    let vault =
        Vault::new(&[("db/Road map.md", "# Road map\n- [ ] [[OLTP]]\n- [ ] Sand\n- [ ] [[other/OLAP|Analysis]]\n")]);
    let tree = vault.run(&["roadmap", "Road map"]);
    assert!(tree.ok().contains("○ OLTP      no note\n") && !tree.ok().contains("dead"), "{tree:?}");
    assert_eq!(
        vault.run(&["note", "OLTP", "--yes"]).ok(),
        "  # OLTP\n  \n  From [[Road map]].\nmade db/OLTP.md\nit is not under review; to review it: study add db/OLTP.md\n"
    );
    assert_eq!(vault.read("db/OLTP.md"), "# OLTP\n\nFrom [[Road map]].\n");
    let made = vault.run(&["note", "Analysis", "--yes", "--review"]);
    assert!(made.ok().ends_with("made other/OLAP.md\nit is under review, and new\n"), "{made:?}");
    assert_eq!(
        vault.read("other/OLAP.md"),
        "---\nsr-due:\nsr-interval:\nsr-ease:\n---\n# Analysis\n\nFrom [[Road map]].\n"
    );
    assert!(vault.run(&["due", "--new"]).ok().contains("OLAP"));
    assert!(vault.run(&["roadmap", "Road map"]).ok().contains("○ Analysis  new\n"));
    assert!(vault.run(&["check"]).ok().starts_with("No problems"));
}

#[test]
fn no_note_is_made_over_one_that_was_put_away() {
    let vault = Vault::new(&[
        ("Road map.md", "- [ ] [[Clay]]\n- [ ] Sand\n- [ ] Silt\n"),
        (".Clay.md.icloud", "x"),
        (".Sand.md.icloud", "x"),
    ]);
    assert!(vault.run(&["roadmap", "Road map"]).ok().contains("○ Clay  not downloaded\n"));
    for topic in ["Clay", "Sand"] {
        assert_eq!(
            vault.run(&["note", topic, "--yes"]).failed(1),
            format!(
                "study: {topic}.md: is in iCloud and not downloaded; no note is made over it\nhint: open its folder in Finder and download it\n"
            )
        );
        assert!(!vault.path(&format!("{topic}.md")).exists());
    }
    assert!(vault.run(&["check"]).ok().starts_with("No problems"));
}

#[test]
fn roadmaps_of_one_title_are_told_apart_and_ticks_are_named() {
    let long = "## A branch with quite a long name\n### And another below it with a longer one still\n#### That goes on and on until no line holds it\n- [ ] leaf\n- [ ] b\n- [ ] c\n";
    let vault = Vault::new(&[
        ("README.md", &format!("# The roadmap\n{long}")),
        ("translations/README-de.md", &format!("# The roadmap\n{long}")),
    ]);
    let next = vault.run(&["next", "translations/README-de.md"]);
    let trail = next.ok().split('○').next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        trail,
        "translations/README-de > A branch with quite a long name > And another below it with a longer one still > That goes on and on until no line holds it"
    );
    assert!(vault.run(&["roadmap", "README.md"]).ok().starts_with("The roadmap\nREADME\n"));
    vault.run(&["done", "README.md#leaf"]).ok();
    assert!(vault.run(&["history", "README.md"]).ok().contains("leaf, "), "{:?}", vault.run(&["history", "README.md"]));
    assert_eq!(vault.run(&["history", "README.md", "--json"]).json()["events"][0]["topic"], "leaf");
}

#[test]
fn a_tree_is_not_flooded_by_what_has_no_note() {
    let boxes: String = (1..=30).map(|n| format!("- [ ] topic {n}\n")).collect();
    let vault = Vault::new(&[("Road map.md", &format!("- [ ] [[A]]\n{boxes}")), ("A.md", "text")]);
    let tree = vault.run(&["roadmap", "Road map"]);
    assert_eq!(tree.ok().matches("no note").count(), 1, "{tree:?}");
    assert!(tree.ok().contains("30 topics have no note"), "{tree:?}");
}
