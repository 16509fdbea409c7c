//! The binary on whole vaults, against what the plugin was measured to do with them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Run, Vault};

#[derive(Deserialize)]
struct Record {
    id: String,
    today: String,
    settings: Value,
    files: BTreeMap<String, String>,
    review: Option<Review>,
    out: Value,
}

#[derive(Deserialize)]
struct Review {
    path: String,
    response: String,
}

fn records(file: &str) -> Vec<Record> {
    let text = std::fs::read_to_string(format!("tests/vectors/{file}")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn vault(record: &Record) -> Vault {
    let notes: Vec<(&str, &str)> = record.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let vault = Vault::new(&notes);
    let settings = json!({"settings": record.settings}).to_string();
    vault.write(".obsidian/plugins/obsidian-spaced-repetition/data.json", settings);
    vault.write(".study/config.toml", "strict_decks = true\n");
    vault
}

/// The value behind `key:` in the frontmatter of a note.
fn value(text: &str, key: &str) -> String {
    let line = text.lines().find(|line| line.starts_with(&format!("{key}:"))).unwrap();
    line[key.len() + 1..].trim().to_owned()
}

/// How the note of a record is graded.
type Way = fn(&Vault, &Review, &str) -> Run;

fn at_once(vault: &Vault, Review { path, response }: &Review, today: &str) -> Run {
    vault.run(&["review", path, "--grade", response, "--early", "--today", today])
}

fn before_another(vault: &Vault, Review { path, response }: &Review, today: &str) -> Run {
    vault.write("another new one.md", "#review\n");
    vault.run(&["review", path, "another new one", "--grade", response, "--early", "--today", today])
}

fn in_a_dialogue(vault: &Vault, Review { path, response }: &Review, today: &str) -> Run {
    let key = 1 + ["again", "hard", "good", "easy"].iter().position(|grade| grade == response).unwrap();
    vault.run_with(&["review", path, "--plain", "--early", "--today", today], &format!("\n{key}\n"))
}

fn grades_as_the_plugin(file: &str, way: Way) {
    let records = records(file);
    assert_eq!(records.len(), 60);
    for record in records {
        let vault = vault(&record);
        let Review { path, .. } = record.review.as_ref().unwrap();
        let run = way(&vault, record.review.as_ref().unwrap(), &record.today);
        assert_eq!(run.status, 0, "{}: {run:#?}", record.id);
        let text = vault.read(path);
        let written = json!({
            "due": value(&text, "sr-due"),
            "interval": value(&text, "sr-interval").parse::<f64>().unwrap(),
            "ease": value(&text, "sr-ease").parse::<f64>().unwrap(),
        });
        let out = json!({
            "due": record.out["due"],
            "interval": record.out["interval"].as_f64().unwrap(),
            "ease": record.out["ease"].as_f64().unwrap(),
        });
        assert_eq!(written, out, "{}", record.id);
    }
}

#[test]
fn first_reviews_are_the_plugins() {
    grades_as_the_plugin("first-review.jsonl", at_once);
}

#[test]
fn first_reviews_of_several_notes_are_the_plugins() {
    grades_as_the_plugin("first-review.jsonl", before_another);
}

#[test]
fn first_reviews_in_a_dialogue_are_the_plugins() {
    grades_as_the_plugin("first-review.jsonl", in_a_dialogue);
}

#[test]
fn what_a_first_review_would_do_is_told_as_it_is_done() {
    for record in records("first-review.jsonl") {
        let Review { path, response } = record.review.as_ref().unwrap();
        let run = vault(&record).run(&["why", path, "--today", &record.today]);
        let line =
            run.ok().lines().find(|line| line.trim_start().get(2..).is_some_and(|line| line.starts_with(response)));
        let ease = format!("; ease {}", record.out["ease"]);
        assert!(line.unwrap().contains(&ease), "{}: {run:#?}", record.id);
    }
}

#[test]
fn later_reviews_are_the_plugins() {
    grades_as_the_plugin("note-review.jsonl", at_once);
}

#[test]
fn decks_and_their_order_are_the_plugins() {
    let records = records("queue.jsonl");
    assert_eq!(records.len(), 30);
    for record in records {
        let vault = vault(&record);
        for deck in record.out["decks"].as_array().unwrap() {
            let name = deck["name"].as_str().unwrap();
            let due = vault.run(&["due", "--all", "--deck", name, "--json", "--today", &record.today]).json();
            let paths = |part: &Value| -> Vec<Value> {
                part.as_array().unwrap().iter().map(|entry| entry["path"].clone()).collect()
            };
            let scheduled = [paths(&due["due"]), paths(&due["upcoming"])].concat();
            assert_eq!(scheduled, paths(&deck["scheduled"]), "{} {name}", record.id);
            assert_eq!(Value::from(paths(&due["new"])), deck["new"], "{} {name}", record.id);
            assert_eq!(Value::from(due["due"].as_array().unwrap().len()), deck["due_count"], "{} {name}", record.id);
        }
    }
}
