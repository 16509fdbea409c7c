//! Every form of frontmatter met in real vaults, one row or more for each: what is read, and the exact text after a review.

mod refused;
mod written;

use chrono::NaiveDate;
use study::note::schedule::read;
use study::note::{State, edit};
use study::schedule::{Ease, Interval, Scheduled};

use refused::REFUSED;
use written::{T, WRITTEN};

/// What every review below leads to.
fn good() -> Scheduled {
    scheduled("2030-02-03", 9.0, 250.0)
}

fn scheduled(due: &str, interval: f64, ease: f64) -> Scheduled {
    let due: NaiveDate = due.parse().unwrap();
    Scheduled { due, interval: Interval::new(interval).unwrap(), ease: Ease::new(ease).unwrap() }
}

fn state(text: &[u8]) -> String {
    match read(text).state {
        State::Scheduled(s) => format!("{} {} {}", s.due, s.interval, s.ease),
        State::Unscheduled => "-".into(),
        other => format!("{other:?}").to_lowercase(),
    }
}

/// The codes of all findings with their lines; `!` marks a refusal.
fn findings(text: &[u8]) -> String {
    let show = |f: &study::problem::Finding| {
        let mark = if f.severity == study::problem::Severity::Refusal { "!" } else { "" };
        format!("{mark}{}:{}", f.code.word(), f.line.unwrap_or(0))
    };
    read(text).findings.iter().map(show).collect::<Vec<_>>().join(" ")
}

#[test]
fn forms_that_are_written() {
    let mut wrong = Vec::new();
    for (name, text, expected, out) in WRITTEN {
        if state(text.as_bytes()) != *expected {
            wrong.push(format!("{name}: read as {} {}", state(text.as_bytes()), findings(text.as_bytes())));
        }
        match edit::set(text, &good()) {
            Ok(edit) if edit.text != *out => wrong.push(format!("{name}: written {:?}", edit.text)),
            Ok(edit) => {
                let again = edit::set(&edit.text, &good()).map(|e| e.text);
                if again.as_deref() != Ok(*out) {
                    wrong.push(format!("{name}: written again {again:?}"));
                }
                let back = edit::restore(&edit.text, &good(), &edit.was);
                if back.as_deref() != Ok(*text) {
                    wrong.push(format!("{name}: taken back {back:?}"));
                }
            }
            Err(finding) => wrong.push(format!("{name}: {finding:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// F25 and F26: whatever another line says, the schedule is read and written.
#[test]
fn odd_lines_beside_the_schedule() {
    let odd = [
        "title: a: b",
        "\tx: 1",
        "x: [a, b",
        "x: \"a",
        "x: @y",
        "x: `z`",
        "@y",
        "`z`",
        "{{date}}",
        "x: {{date}}",
        "<% tp.file.title %>",
        "up: [[A]], [[B]]",
        "x: *gone",
        "a: 1\na: 2",
        "\"References:\": ",
        "date created: x",
        "..: \"[[x]]\"",
        "分类: x",
        "key:value",
        "a stray line",
        "tags: #x",
        "x: 'it''s'",
        "%x",
        "? y",
    ];
    for line in odd {
        let text = |due: &str, interval: &str| {
            format!("---\n{line}\nsr-due: {due}\nsr-interval: {interval}\nsr-ease: 250\n{line}x\n---\nBody\n")
        };
        let before = text("2030-01-02", "4");
        assert_eq!((state(before.as_bytes()).as_str(), findings(before.as_bytes()).as_str()), (T, ""), "{line:?}");
        let edit = edit::set(&before, &good()).unwrap_or_else(|finding| panic!("{line:?}: {finding:?}"));
        assert_eq!(edit.text, text("2030-02-03", "9"), "{line:?}");
        assert_eq!(edit::restore(&edit.text, &good(), &edit.was).as_deref(), Ok(before.as_str()), "{line:?}");
    }
}

/// The same lines, where the three have to be added.
#[test]
fn odd_lines_without_a_schedule() {
    let odd = [
        "title: a: b",
        "\tx: 1",
        "x: [a, b",
        "x: \"a",
        "x: @y",
        "@y",
        "{{date}}",
        "x: {{date}}",
        "<% tp.file.title %>",
        "up: [[A]], [[B]]",
        "x: *gone",
        "a: 1\na: 2",
        "\"References:\": ",
        "date created: x",
        "..: \"[[x]]\"",
        "分类: x",
        "key:value",
        "tags: #x",
        "x: |\n  text\n\n",
        "x: [a,\n  b]",
        "x: >+\n  text\n",
        "x:\n  - y: z\n\n# end",
        "x: \"a\n  b\"",
    ];
    let triple = "sr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n";
    for line in odd {
        let before = format!("---\na0: 1\n{line}\n---\nBody\n");
        assert_eq!((state(before.as_bytes()).as_str(), findings(before.as_bytes()).as_str()), ("-", ""), "{line:?}");
        let edit = edit::set(&before, &good()).unwrap_or_else(|finding| panic!("{line:?}: {finding:?}"));
        assert_eq!(edit.text, format!("---\na0: 1\n{line}\n{triple}---\nBody\n"), "{line:?}");
        assert_eq!(edit::restore(&edit.text, &good(), &edit.was).as_deref(), Ok(before.as_str()), "{line:?}");
    }
}

#[test]
fn forms_that_are_refused() {
    let mut wrong = Vec::new();
    for (name, text, expected, codes) in REFUSED {
        let (read, found) = (state(text.as_bytes()), findings(text.as_bytes()));
        if (read.as_str(), found.as_str()) != (*expected, *codes) {
            wrong.push(format!("{name}: read as {read:?}, {found:?}"));
        }
        if let Ok(edit) = edit::set(text, &good()) {
            wrong.push(format!("{name}: written {:?}", edit.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_that_are_no_text() {
    for bytes in [b"\xff\xfe-\0-\0-\0".as_slice(), b"---\nsr-due: 2030-01-02\n---\n\xff", b"a\0"] {
        assert_eq!(findings(bytes), "!not-text:0");
    }
}

#[test]
fn bombs_are_findings() {
    let triple = "sr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n";
    let bombs = [
        format!("---\n{triple}{}---\n", "a: x\n".repeat(100_000)),
        format!("---\n{triple}a: {}\n---\n", "x".repeat(3 << 20)),
        format!("---\n{triple}{}---\n", "a: [x\n".repeat(40_000)),
    ];
    for bomb in &bombs {
        let reading = read(bomb.as_bytes());
        assert_eq!(reading.refusal().map(|f| f.code), Some(study::problem::Code::TooComplex));
        assert!(edit::set(bomb, &good()).is_err());
    }
    // A bomb in another value is only invalid YAML: the lines are found without it.
    for value in [
        format!("a: {}", "[".repeat(50_000)),
        format!("a:\n  {}x", "- ".repeat(20_000)),
        "a: &a [x]\nb: [*a, *a]".into(),
    ] {
        let text = format!("---\n{value}\n{triple}---\n");
        assert_eq!(state(text.as_bytes()), T);
        assert!(edit::set(&text, &good()).is_ok());
    }
}
