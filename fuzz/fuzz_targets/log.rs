//! Merging logs: the same whatever the order of the files, every event once, and every line either read or told of.
#![no_main]

use libfuzzer_sys::fuzz_target;
use study::item::{ItemId, NotePath};
use study::log::{Event, Log, merge};

fn ids(log: &Log) -> Vec<String> {
    log.entries().iter().map(|entry| entry.id.to_string()).collect()
}

fuzz_target!(|bytes: &[u8]| {
    let middle = bytes.len() / 2;
    let (a, b) = bytes.split_at(middle);
    let (one, _) = merge(&[("a.jsonl", a), ("b.jsonl", b)]);
    let (other, _) = merge(&[("b.jsonl", b), ("a.jsonl", a)]);
    assert_eq!(ids(&one), ids(&other));
    let (twice, _) = merge(&[("a.jsonl", a), ("b.jsonl", b), ("a copy.jsonl", a)]);
    assert_eq!(ids(&one), ids(&twice));
    for entry in one.entries() {
        let note = one.note(entry);
        if note.is_empty() {
            // It is about the vault.
            continue;
        }
        let item = ItemId::of_note(NotePath::new(note));
        assert!(!note.starts_with('/') && !note.split('/').any(|part| part == ".." || part.is_empty()));
        assert!(one.of(&item).any(|other| other.id == entry.id));
        one.is_suspended(&item);
    }
    one.undoable(3, None);
    for line in bytes.split(|byte| *byte == b'\n') {
        if let Ok(event) = Event::parse(line) {
            assert_eq!(Event::parse(event.line().as_bytes()), Ok(event));
        }
    }
});
