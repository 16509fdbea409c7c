//! The binary on whole vaults, against what the plugin was measured to do with them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::Vault;

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

fn grades_as_the_plugin(file: &str) {
    let records = records(file);
    assert_eq!(records.len(), 60);
    for record in records {
        let vault = vault(&record);
        let Review { path, response } = record.review.as_ref().unwrap();
        let run = vault.run(&["review", path, "--grade", response, "--early", "--today", &record.today]);
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
    grades_as_the_plugin("first-review.jsonl");
}

#[test]
fn later_reviews_are_the_plugins() {
    grades_as_the_plugin("note-review.jsonl");
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
