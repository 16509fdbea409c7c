//! A note is the same note wherever it lies: moved, renamed, with its folder, here or elsewhere.

use std::fs;

use proptest::prelude::*;
use serde_json::Value;

use super::support::Vault;

const DUE: &str = "sr-due: 2026-01-10\nsr-interval: 4\nsr-ease: 250\n";

fn note(keys: &str, body: &str) -> String {
    format!("---\ntags: [review]\n{keys}---\n{body}\n")
}

/// Notes that are due, each with a text of its own.
fn due(paths: &[&str]) -> Vault {
    let texts: Vec<String> = paths.iter().map(|path| note(DUE, &format!("What {path} says about it"))).collect();
    Vault::new(&paths.iter().copied().zip(texts.iter().map(String::as_str)).collect::<Vec<_>>())
}

fn mv(vault: &Vault, from: &str, to: &str) {
    let to = vault.path(to);
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::rename(vault.path(from), to).unwrap();
}

fn stats(vault: &Vault) -> Value {
    vault.run(&["stats", "--json"]).json()
}

fn total(vault: &Vault) -> u64 {
    stats(vault)["reviews"]["total"]["reviews"].as_u64().unwrap()
}

/// The kinds of the events of a note.
fn history(vault: &Vault, note: &str) -> Vec<String> {
    let json = vault.run(&["history", note, "--json"]).json();
    json["events"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

/// Sets the three lines, as the plugin does.
fn set(vault: &Vault, path: &str, due: &str, interval: &str, ease: &str) {
    let text = vault.read(path);
    let line = |line: &str| match line.split(':').next().unwrap() {
        "sr-due" => format!("sr-due: {due}\n"),
        "sr-interval" => format!("sr-interval: {interval}\n"),
        "sr-ease" => format!("sr-ease: {ease}\n"),
        _ => format!("{line}\n"),
    };
    vault.write(path, text.lines().map(line).collect::<String>());
}

#[test]
fn a_folder_that_is_renamed_takes_all_its_past_along() {
    let mut vault = due(&["old/a.md", "old/b.md", "old/deep/c.md", "d.md"]);
    stats(&vault);
    vault.run(&["review", "a", "b", "c", "d", "--grade", "good"]).ok();
    let before = stats(&vault);
    mv(&vault, "old", "new");
    for now in ["2026-01-15T12:00:00+01:00", "2026-01-16T12:00:00+01:00", "2026-01-28T12:00:00+01:00"] {
        vault.at(now);
        assert_eq!(stats(&vault)["reviews"]["total"], before["reviews"]["total"], "{now}");
        let today = |stats: &Value| {
            let days = stats["heatmap"]["days"].as_array().unwrap().clone();
            days.into_iter().find(|day| day["day"] == "2026-01-15")
        };
        assert_eq!(today(&stats(&vault)), today(&before));
        assert_eq!(history(&vault, "new/deep/c.md"), ["review", "move"]);
    }
    vault.run(&["undo", "4"]).ok();
    assert!(vault.read("new/deep/c.md").contains(DUE) && vault.read("new/a.md").contains(DUE));
    assert_eq!(total(&vault), 0);
}

#[test]
fn a_renamed_note_is_known_by_its_text_and_an_edited_one_by_its_name() {
    let vault = due(&["a.md", "b.md", "c.md"]);
    vault.run(&["review", "a", "b", "--grade", "good"]).ok();
    vault.run(&["review", "c", "--grade", "easy"]).ok();
    mv(&vault, "a.md", "x.md");
    mv(&vault, "b.md", "y.md");
    mv(&vault, "c.md", "done/c.md");
    vault.write("done/c.md", vault.read("done/c.md").replace("What", "Something else that"));
    assert_eq!(total(&vault), 3);
    for note in ["x", "y", "c"] {
        assert_eq!(history(&vault, note), ["review", "move"], "{note}");
    }
    assert!(vault.run(&["history", "x"]).ok().contains("then a.md"));
}

#[test]
fn moved_and_then_reviewed_elsewhere_is_one_move_and_one_review() {
    let mut vault = due(&["a.md", "b.md", "c.md"]);
    vault.run(&["review", "a", "b", "--grade", "good"]).ok();
    stats(&vault);
    mv(&vault, "a.md", "x.md");
    mv(&vault, "b.md", "done/b.md");
    mv(&vault, "c.md", "done/c.md");
    let of = |vault: &Vault, path: &str, key: &str| {
        let text = vault.read(path);
        text.lines().find_map(|line| line.strip_prefix(&format!("{key}: "))).unwrap().to_owned()
    };
    let first = of(&vault, "x.md", "sr-due");
    vault.at(&format!("{first}T12:00:00+01:00"));
    for path in ["x.md", "done/b.md"] {
        set(&vault, path, "2026-12-01", "40", "250");
        assert_ne!(of(&vault, path, "sr-due"), first);
    }
    vault.at("2026-10-25T12:00:00+01:00");
    // The due date less the interval is the 22nd of October: reviewed then, in Obsidian.
    assert_eq!(total(&vault), 4);
    assert_eq!(history(&vault, "x"), ["review", "move", "external"]);
    assert_eq!(history(&vault, "b"), ["review", "move", "external"]);
    assert_eq!(history(&vault, "c"), Vec::<String>::new());
    assert_eq!(total(&vault), 4);
}

#[test]
fn a_copy_has_no_past_and_is_no_review() {
    let mut vault = due(&["a.md", "seen.md"]);
    vault.at("2026-01-15T08:00:00+01:00");
    stats(&vault);
    vault.run(&["review", "a", "--grade", "good"]).ok();
    // Reviewed on the phone, before it was copied.
    set(&vault, "seen.md", "2026-01-25", "10", "250");
    for (from, to) in [("a.md", "a copy.md"), ("a.md", "archive/a.md"), ("seen.md", "seen copy.md")] {
        vault.write(to, vault.read(from));
    }
    vault.at("2026-01-16T08:00:00+01:00");
    let json = stats(&vault);
    assert_eq!(json["reviews"]["total"]["reviews"], 2);
    let days = json["heatmap"]["days"].as_array().unwrap();
    let of_day = |day: &str| days.iter().find(|found| found["day"] == day).unwrap();
    assert_eq!((&of_day("2026-01-15")["reviews"], &of_day("2026-01-15")["inferred"]), (&2.into(), &0.into()));
    for copy in ["a copy", "archive/a", "seen copy"] {
        assert_eq!(history(&vault, copy), Vec::<String>::new(), "{copy}");
    }
    assert_eq!(history(&vault, "a.md"), ["review"]);
    // The copy goes its own way, and so does the note.
    fs::remove_file(vault.path("a.md")).unwrap();
    vault.run(&["review", "a copy", "--grade", "good", "--early"]).ok();
    assert_eq!(history(&vault, "a copy"), ["review"]);
    assert_eq!(total(&vault), 3);
}

#[test]
fn what_is_suspended_or_buried_stays_so() {
    for keys in [DUE, "", "sr-id: S\n", &format!("sr-id: S\n{DUE}")] {
        let vault = Vault::new(&[("a.md", &note(keys, "Body")), ("b.md", &note(DUE, "Other"))]);
        let left = |vault: &Vault| {
            let json = vault.run(&["due", "--json"]).json();
            json["due"].as_array().unwrap().len() + json["new"].as_array().unwrap().len()
        };
        vault.run(&["suspend", "a"]).ok();
        assert_eq!(left(&vault), 1);
        mv(&vault, "a.md", "deep/er/a.md");
        assert_eq!(left(&vault), 1, "{keys}");
        // Looked at, or not.
        stats(&vault);
        assert_eq!(left(&vault), 1, "{keys}");
        if !keys.is_empty() {
            mv(&vault, "deep/er/a.md", "renamed.md");
            assert_eq!(left(&vault), 1, "{keys}");
            assert_eq!(vault.run(&["resume", "renamed"]).ok(), "renamed: resumed\n");
            assert_eq!(left(&vault), 2);
        }
    }
}

#[test]
fn a_path_that_is_used_again_is_that_of_another_note() {
    let mut vault = due(&["inbox.md"]);
    stats(&vault);
    vault.run(&["review", "inbox", "--grade", "good"]).ok();
    mv(&vault, "inbox.md", "done.md");
    stats(&vault);
    vault.write("inbox.md", note("", "Something new"));
    assert_eq!(vault.run(&["history", "inbox"]).ok(), "inbox.md\n  0 events, no schedule\n  nothing in the log yet\n");
    vault.run(&["review", "inbox", "--grade", "good"]).ok();
    assert_eq!(history(&vault, "inbox"), ["review"]);
    assert_eq!(history(&vault, "done"), ["review", "move"]);
    vault.at("2026-01-16T09:00:00+01:00");
    mv(&vault, "inbox.md", "done2.md");
    vault.write("inbox.md", note("", "Something new again"));
    assert_eq!(vault.run(&["suspend", "inbox"]).ok(), "inbox: suspended\n");
    assert_eq!(history(&vault, "done2"), ["review", "move"]);
    assert_eq!(history(&vault, "inbox"), ["suspend"]);
    assert_eq!(total(&vault), 2);
}

#[test]
fn several_that_may_be_it_are_told_and_none_is_taken() {
    let mut vault = due(&["a.md"]);
    vault.at("2026-01-14T09:00:00+01:00");
    stats(&vault);
    vault.at("2026-01-15T09:00:00+01:00");
    vault.run(&["review", "a", "--grade", "good"]).ok();
    vault.write("x.md", vault.read("a.md"));
    mv(&vault, "a.md", "y.md");
    let run = vault.run(&["stats"]);
    assert!(run.stderr.contains("a.md: is not there any more, and `x.md` and `y.md` may be it"), "{run:?}");
    assert_eq!(total(&vault), 1);
    assert_eq!(history(&vault, "x"), Vec::<String>::new());
    // As it is told: put back, looked at, and moved again.
    mv(&vault, "y.md", "a.md");
    stats(&vault);
    mv(&vault, "a.md", "y.md");
    assert_eq!(vault.run(&["stats"]).stderr, "");
    assert_eq!(history(&vault, "y"), ["review", "move"]);
}

#[test]
fn the_sr_id_wins_over_the_path() {
    let text = |id: &str| note(&format!("sr-id: {id}\n{DUE}"), &format!("About {id}"));
    let mut vault = Vault::new(&[("a.md", &text("A")), ("b.md", &text("B")), ("c.md", &text("C"))]);
    vault.run(&["review", "a", "--grade", "good"]).ok();
    vault.run(&["review", "b", "--grade", "easy"]).ok();
    vault.run(&["review", "c", "--grade", "hard"]).ok();
    for (from, to) in [("a.md", "x.md"), ("b.md", "a.md"), ("x.md", "b.md"), ("c.md", "other name.md")] {
        mv(&vault, from, to);
    }
    // Another name, another text and another schedule.
    vault.write("other name.md", text("C").replace("About", "Anything but"));
    set(&vault, "other name.md", "2026-02-01", "15", "230");
    vault.at("2026-01-20T09:00:00+01:00");
    assert_eq!(total(&vault), 4);
    let grades = |vault: &Vault, note: &str| {
        let json = vault.run(&["history", note, "--json"]).json();
        let events = json["events"].as_array().unwrap().clone();
        events.iter().filter_map(|event| event["grade"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!((grades(&vault, "a"), grades(&vault, "b")), (vec!["easy".into()], vec!["good".to_owned()]));
    assert_eq!(history(&vault, "other name"), ["review", "move", "external"]);
}

#[test]
fn of_copies_with_one_sr_id_the_known_one_keeps_the_past_and_check_tells() {
    let vault = Vault::new(&[("a.md", &note(&format!("sr-id: A\n{DUE}"), "About it"))]);
    vault.run(&["review", "a", "--grade", "good"]).ok();
    vault.write("0 copy.md", vault.read("a.md"));
    assert_eq!(total(&vault), 1);
    assert_eq!((history(&vault, "a"), history(&vault, "0 copy").len()), (vec!["review".to_owned()], 0));
    vault.run(&["review", "0 copy", "--early", "--grade", "easy"]).ok();
    assert_eq!((history(&vault, "a"), history(&vault, "0 copy")), (vec!["review".into()], vec!["review".to_owned()]));
    let run = vault.run(&["check"]);
    assert_eq!(run.status, 1);
    assert!(run.stdout.contains("0 copy.md:3: has the same `sr-id` as `a.md`, which keeps the history"), "{run:?}");
    assert!(run.stdout.contains("[duplicate-id]") && !run.stdout.contains("a.md:3: has the same `sr-id` as `0"));
    assert!(vault.run(&["check", "0 copy"]).stdout.contains("[duplicate-id]"));
    assert!(!vault.run(&["check", "a.md"]).stdout.contains("[duplicate-id]"));
}

#[test]
fn a_note_with_another_sr_id_has_not_the_past_of_the_path() {
    let mut vault = Vault::new(&[("a.md", &note(&format!("sr-id: A\n{DUE}"), "About A"))]);
    stats(&vault);
    vault.run(&["review", "a", "--grade", "good"]).ok();
    // The note is deleted, and another one takes its path.
    vault.write("a.md", note("sr-id: B\n", "About B"));
    assert!(vault.run(&["fix", "--rebuild", "--yes"]).ok().contains("Nothing to restore"));
    vault.at("2026-01-16T09:00:00+01:00");
    vault.write("a.md", note("sr-id: B\nsr-due: 2026-01-19\nsr-interval: 3\nsr-ease: 250\n", "About B"));
    assert_eq!(total(&vault), 1);
    vault.at("2026-01-19T09:00:00+01:00");
    vault.run(&["review", "a", "--grade", "good"]).ok();
    assert_eq!(history(&vault, "a"), ["move", "review"]);
    assert_eq!(total(&vault), 2);
}

#[test]
fn a_lost_schedule_is_found_though_the_note_was_moved() {
    for keys in ["", "sr-id: A\n"] {
        let vault = Vault::new(&[("a.md", &note(&format!("{keys}{DUE}"), "About something"))]);
        vault.run(&["review", "a", "--grade", "good"]).ok();
        let reviewed = vault.read("a.md");
        fs::remove_file(vault.path("a.md")).unwrap();
        vault.write("sub/a.md", note(keys, "About something"));
        assert!(vault.run(&["fix", "--rebuild", "--dry-run"]).ok().contains("sub/a.md"), "{keys}");
        vault.run(&["fix", "--rebuild", "--yes"]).ok();
        assert_eq!(vault.read("sub/a.md"), reviewed);
        assert_eq!(history(&vault, "sub/a"), ["review", "move", "rebuild"]);
    }
}

#[test]
fn two_devices_find_the_same_move_and_tell_of_it_once() {
    let mut vault = due(&["a.md", "b.md"]);
    vault.run(&["review", "a", "b", "--grade", "good"]).ok();
    mv(&vault, "a.md", "sub/a.md");
    let log = vault.path(".study/log");
    let desk = fs::read(log.join("desk.jsonl")).unwrap();
    total(&vault);
    let with_move = fs::read(log.join("desk.jsonl")).unwrap();
    assert_ne!(with_move, desk);
    // The phone does not know yet what the desk found.
    fs::write(log.join("desk.jsonl"), &desk).unwrap();
    vault.env("STUDY_DEVICE", "phone").at("2026-01-16T09:00:00+01:00");
    assert_eq!(total(&vault), 2);
    fs::write(log.join("desk.jsonl"), with_move).unwrap();
    assert_eq!(total(&vault), 2);
    assert_eq!(history(&vault, "sub/a"), ["review", "move"]);
    // And a device that has not seen the move grades the note where it was.
    mv(&vault, "sub/a.md", "a.md");
    vault.env("STUDY_DEVICE", "tablet").at("2026-02-01T09:00:00+01:00");
    let moves: Vec<_> = ["desk.jsonl", "phone.jsonl"].map(|name| (name, fs::read(log.join(name)).unwrap())).into();
    fs::write(log.join("desk.jsonl"), &desk).unwrap();
    fs::remove_file(log.join("phone.jsonl")).unwrap();
    vault.run(&["review", "a", "--grade", "good"]).ok();
    mv(&vault, "a.md", "sub/a.md");
    moves.iter().for_each(|(name, bytes)| fs::write(log.join(name), bytes).unwrap());
    vault.at("2026-02-02T09:00:00+01:00");
    assert_eq!(total(&vault), 3);
    let mut kinds = history(&vault, "sub/a");
    kinds.sort();
    assert_eq!(kinds, ["move", "review", "review"]);
}

#[test]
fn letters_in_another_encoding_are_no_other_name_and_another_case_is() {
    let vault = due(&["caf\u{e9}.md", "note.md"]);
    vault.run(&["review", "caf\u{e9}", "note", "--grade", "good"]).ok();
    mv(&vault, "caf\u{e9}.md", "cafe\u{301}.md");
    mv(&vault, "note.md", "Note.md");
    assert_eq!(total(&vault), 2);
    assert_eq!(history(&vault, "cafe\u{301}"), ["review"]);
    assert_eq!(history(&vault, "Note.md"), ["review", "move"]);
}

#[test]
fn a_moved_note_that_only_this_device_saw_is_no_review() {
    let mut vault = due(&["a.md", "b.md"]);
    set(&vault, "a.md", "2026-01-18", "3", "250");
    stats(&vault);
    vault.at("2026-01-15T20:00:00+01:00");
    mv(&vault, "a.md", "sub/renamed.md");
    assert_eq!(total(&vault), 0);
    assert_eq!(total(&vault), 0);
}

#[test]
fn notes_that_change_places_keep_their_pasts() {
    let mut vault = due(&["a.md", "b.md", "c.md"]);
    vault.run(&["review", "a", "--grade", "good"]).ok();
    vault.run(&["review", "b", "--grade", "easy"]).ok();
    vault.run(&["review", "c", "--grade", "hard"]).ok();
    stats(&vault);
    // a -> b -> c -> d
    for (from, to) in [("c.md", "d.md"), ("b.md", "c.md"), ("a.md", "b.md")] {
        mv(&vault, from, to);
    }
    vault.at("2026-01-16T09:00:00+01:00");
    assert_eq!(total(&vault), 3);
    let graded = |vault: &Vault, note: &str| {
        vault.run(&["history", note, "--json"]).json()["events"][0]["grade"].as_str().map(str::to_owned)
    };
    let grades = ["b", "c", "d"].map(|note| graded(&vault, note).unwrap());
    assert_eq!(grades, ["good", "easy", "hard"]);
    for (from, to) in [("b.md", "x.md"), ("c.md", "b.md"), ("x.md", "c.md")] {
        mv(&vault, from, to);
    }
    let grades = ["c", "b", "d"].map(|note| graded(&vault, note).unwrap());
    assert_eq!(grades, ["good", "easy", "hard"]);
    assert_eq!(total(&vault), 3);
}

#[test]
fn a_note_that_was_copied_and_then_reviewed_elsewhere_is_no_moved_one() {
    let mut vault = due(&["a.md"]);
    vault.run(&["review", "a", "--grade", "good"]).ok();
    vault.write("old/a.md", vault.read("a.md"));
    vault.write("a.md", vault.read("a.md").replace("What", "All that"));
    set(&vault, "a.md", "2026-06-01", "60", "250");
    vault.at("2026-04-05T09:00:00+01:00");
    assert_eq!(total(&vault), 2);
    assert_eq!(history(&vault, "a.md"), ["review", "external"]);
    assert_eq!(history(&vault, "old/a"), Vec::<String>::new());
}

#[test]
fn a_note_that_was_renamed_and_edited_at_once_is_told_of_and_no_review() {
    let mut vault = due(&["a.md", "b.md"]);
    vault.run(&["review", "a", "--grade", "good"]).ok();
    stats(&vault);
    mv(&vault, "a.md", "x.md");
    vault.write("x.md", vault.read("x.md").replace("What", "All that"));
    vault.at("2026-01-15T12:00:00+01:00");
    let run = vault.run(&["stats", "--json"]);
    assert!(run.stderr.contains("a.md: is not there any more, and `x.md` may be it; its history"), "{run:?}");
    assert_eq!(run.json()["reviews"]["total"]["reviews"], 1);
    let day = &run.json()["heatmap"]["days"][1];
    assert_eq!((&day["day"], &day["reviews"], &day["inferred"]), (&"2026-01-15".into(), &1.into(), &0.into()));
    assert_eq!(vault.run(&["stats", "--json"]).stderr, "");
}

#[test]
fn nothing_is_written_by_what_only_reads() {
    let vault = due(&["a.md", "b.md"]);
    vault.run(&["suspend", "a"]).ok();
    mv(&vault, "a.md", "c.md");
    let before = fs::read(vault.path(".study/log/desk.jsonl")).unwrap();
    vault.run(&["roadmap"]).ok();
    assert_eq!(fs::read(vault.path(".study/log/desk.jsonl")).unwrap(), before);
    // A list of what is due notices what happened elsewhere.
    assert_eq!(vault.run(&["due", "--count"]).ok(), "1\n");
    assert_eq!(history(&vault, "c.md"), ["suspend", "move"]);
}

/// What the person does with a vault, by the numbers of notes and folders.
#[derive(Clone, Debug)]
enum Act {
    Grade(usize),
    Move(usize, usize),
    Rename(usize),
    Swap(usize, usize),
    Folder(usize),
    Copy(usize),
    Edit(usize),
    Look,
    Due,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let note = || 0..5_usize;
    let act = prop_oneof![
        4 => note().prop_map(Act::Grade),
        2 => (note(), 0..4_usize).prop_map(|(note, folder)| Act::Move(note, folder)),
        2 => note().prop_map(Act::Rename),
        1 => (note(), note()).prop_map(|(a, b)| Act::Swap(a, b)),
        1 => (0..4_usize).prop_map(Act::Folder),
        1 => note().prop_map(Act::Copy),
        1 => note().prop_map(Act::Edit),
        2 => Just(Act::Look),
        1 => Just(Act::Due),
    ];
    prop::collection::vec(act, 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_review_is_made_up_or_lost_and_none_is_given_to_another_note(acts in acts()) {
        let mut vault = Vault::new(&[]);
        // Where each note lies, and how often it was graded.
        let mut notes: Vec<(String, usize)> = Vec::new();
        // Which were edited since: these are known by their names alone.
        let mut edited = [false; 5];
        for number in 0..5 {
            let path = format!("f0/n{number}.md");
            let due = format!("sr-due: 2026-01-1{number}\nsr-interval: {}\nsr-ease: 250\n", number + 3);
            vault.write(&path, note(&due, &format!("The note of number {number} says what no other one does")));
            notes.push((path, 0));
        }
        let (mut fresh, mut day) = (0, 0);
        for act in acts {
            day += 1;
            vault.at(&format!("2026-{:02}-{:02}T09:00:00+01:00", 2 + day / 28, 1 + day % 28));
            match act {
                Act::Grade(at) => {
                    let name = notes[at].0.clone();
                    vault.run(&["review", &name, "--grade", "good", "--early"]).ok();
                    notes[at].1 += 1;
                    edited[at] = false;
                }
                Act::Move(at, folder) => {
                    let to = format!("f{folder}/{}", notes[at].0.rsplit('/').next().unwrap());
                    if to != notes[at].0 {
                        mv(&vault, &notes[at].0, &to);
                        notes[at].0 = to;
                    }
                }
                Act::Rename(at) if edited[at] => {}
                Act::Rename(at) => {
                    fresh += 1;
                    let to = format!("f1/renamed {fresh}.md");
                    mv(&vault, &notes[at].0, &to);
                    notes[at].0 = to;
                }
                Act::Swap(a, b) => {
                    // Nothing tells of notes that the log does not know.
                    if a != b && !edited[a] && !edited[b] && notes[a].1 > 0 && notes[b].1 > 0 {
                        let (of_a, of_b) = (notes[a].0.clone(), notes[b].0.clone());
                        for (from, to) in [(&*of_a, "swap.md"), (&*of_b, &*of_a), ("swap.md", &*of_b)] {
                            mv(&vault, from, to);
                        }
                        (notes[a].0, notes[b].0) = (of_b, of_a);
                    }
                }
                Act::Folder(folder) => {
                    fresh += 1;
                    let (from, to) = (format!("f{folder}/"), format!("g{fresh}/"));
                    for (path, _) in notes.iter_mut().filter(|(path, _)| path.starts_with(&from)) {
                        let new = path.replacen(&from, &to, 1);
                        mv(&vault, path, &new);
                        *path = new;
                    }
                }
                Act::Copy(at) => {
                    fresh += 1;
                    stats(&vault);
                    vault.write(&format!("copies/{fresh}.md"), vault.read(&notes[at].0));
                    stats(&vault);
                }
                Act::Edit(at) => {
                    stats(&vault);
                    let text = vault.read(&notes[at].0);
                    vault.write(&notes[at].0, format!("{text}And more of it.\n"));
                    edited[at] = true;
                }
                Act::Look => _ = stats(&vault),
                Act::Due => _ = vault.run(&["due"]).ok(),
            }
        }
        let run = vault.run(&["stats", "--json"]);
        prop_assert_eq!(run.ok().is_empty(), false);
        prop_assert_eq!(total(&vault), notes.iter().map(|(_, graded)| *graded as u64).sum::<u64>());
        for (path, graded) in &notes {
            let reviews = history(&vault, path).into_iter().filter(|kind| kind != "move").count();
            prop_assert_eq!(reviews, *graded, "{}", path);
        }
    }
}
