//! Editing the schedule of any text: nothing but the three values changes, and it can be taken back byte for byte.
#![no_main]

use chrono::NaiveDate;
use libfuzzer_sys::fuzz_target;
use study::note::fix::{Rules, repair, restore_block};
use study::note::{State, edit, lint, properties, schedule};
use study::schedule::{Ease, Interval, Scheduled};

fn to() -> Scheduled {
    let due = NaiveDate::from_ymd_opt(2031, 5, 6).expect("a day");
    Scheduled { due, interval: Interval::new(12.5).expect("an interval"), ease: Ease::new(270.0).expect("an ease") }
}

fuzz_target!(|bytes: &[u8]| {
    let reading = schedule::read(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    lint::lint(text);
    properties::properties(bytes);
    let to = to();
    if let Ok(edited) = edit::set(text, &to) {
        assert!(reading.refusal().is_none(), "a refusal was edited");
        let after = schedule::read(edited.text.as_bytes());
        assert_eq!(after.state, State::Scheduled(to));
        assert_eq!(edit::restore(&edited.text, &to, &edited.was).as_deref(), Ok(text));
        // Setting the same once more changes nothing.
        assert_eq!(edit::set(&edited.text, &to).map(|again| again.text), Ok(edited.text.clone()));
        // What the text says below the frontmatter is untouched.
        let body = |text: &str| text[study::note::frontmatter::body(text.as_bytes())..].to_owned();
        assert!(edited.text.ends_with(&body(text)));
    }
    for rules in [Rules::default(), Rules { ease_x100: true }] {
        let Ok(Some(repaired)) = repair(text, rules) else { continue };
        assert!(!repaired.repairs.is_empty());
        assert_ne!(repaired.text, text);
        assert_eq!(restore_block(&repaired.text, &repaired.after, &repaired.before).as_deref(), Ok(text));
    }
});
