//! Every form of frontmatter met in real vaults, one row or more for each: what is read, and the exact text after a review.

use chrono::NaiveDate;
use study::note::schedule::read;
use study::note::{State, edit};
use study::schedule::{Ease, Interval, Scheduled};

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

/// A form that can be written: name, text, state, text after the review.
type Written = (&'static str, &'static str, &'static str, &'static str);

/// A form that is refused: name, text, state, findings.
type Refused = (&'static str, &'static str, &'static str, &'static str);

const T: &str = "2030-01-02 4 250";

const WRITTEN: &[Written] = &[
    (
        "F1 regular",
        "---\ntags: a\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\nBody",
        T,
        "---\ntags: a\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\nBody",
    ),
    (
        "F2 sorted by a linter",
        "---\nsr-due: 2030-01-02\nsr-ease: 250\nsr-interval: 4\ntags: [a, b]\n---\n",
        T,
        "---\nsr-due: 2030-02-03\nsr-ease: 250\nsr-interval: 9\ntags: [a, b]\n---\n",
    ),
    (
        "F2 split apart",
        "---\nsr-ease: 250\na: 1\n\nsr-due: 2030-01-02\n# c\nsr-interval: 4\nz:\n  - y\n---\n",
        T,
        "---\nsr-ease: 250\na: 1\n\nsr-due: 2030-02-03\n# c\nsr-interval: 9\nz:\n  - y\n---\n",
    ),
    (
        "F3 quoted",
        "---\nsr-due: \"2030-01-02\"\nsr-interval: '4'\nsr-ease:   \"250\"  \n---\n",
        T,
        "---\nsr-due: \"2030-02-03\"\nsr-interval: '9'\nsr-ease:   \"250\"  \n---\n",
    ),
    (
        "F3 quoted keys",
        "---\n\"sr-due\": 2030-01-02\n'sr-interval': 4\nsr-ease : 250\n---\n",
        T,
        "---\n\"sr-due\": 2030-02-03\n'sr-interval': 9\nsr-ease : 250\n---\n",
    ),
    (
        "F4 no schedule yet",
        "---\ntags: [review]\n---\nBody",
        "-",
        "---\ntags: [review]\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\nBody",
    ),
    ("F4 empty block", "---\n---\nBody\n", "-", "---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\nBody\n"),
    (
        "F4 only a comment and blank lines",
        "---\n# x\n\n---\nBody\n",
        "-",
        "---\n# x\n\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\nBody\n",
    ),
    (
        "F4 a list last",
        "---\ntags:\n- review\n---\n",
        "-",
        "---\ntags:\n- review\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n",
    ),
    (
        "F4 a key without a value last",
        "---\naliases:\n---\n",
        "-",
        "---\naliases:\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n",
    ),
    (
        "F4 a block of text last",
        "---\nnote: |\n  one\n\n  two\n---\n",
        "-",
        "---\nnote: |\n  one\n\n  two\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n",
    ),
    (
        "F4 a block indented as a whole",
        "---\n  a: 1\n  b: 2\n---\n",
        "-",
        "---\n  a: 1\n  b: 2\n  sr-due: 2030-02-03\n  sr-interval: 9\n  sr-ease: 250\n---\n",
    ),
    (
        "F4 nested maps and flow lists",
        "---\nimage:\n  path: /a.png # or base64\ncategories: [A, \"b, c\"]\n---\n",
        "-",
        "---\nimage:\n  path: /a.png # or base64\ncategories: [A, \"b, c\"]\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n",
    ),
    ("F5 none", "Body", "-", "---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\nBody"),
    ("F5 empty file", "", "-", "---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n"),
    ("F5 blank file", "\n", "-", "---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n\n"),
    (
        "F5 with CRLF",
        "# A\r\nB\n",
        "-",
        "---\r\nsr-due: 2030-02-03\r\nsr-interval: 9\r\nsr-ease: 250\r\n---\r\n# A\r\nB\n",
    ),
    ("F5 with a BOM", "\u{feff}A\n", "-", "\u{feff}---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\nA\n"),
    (
        "F6 placeholder",
        "---\nsr-due:\nsr-interval: \nsr-ease:  \n---\n",
        "placeholder",
        "---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250 \n---\n",
    ),
    (
        "F6 placeholder with comments",
        "---\nsr-due: # a\nsr-interval:\t\nsr-ease:  #b\n---\n",
        "placeholder",
        "---\nsr-due: 2030-02-03 # a\nsr-interval:\t9\nsr-ease: 250  #b\n---\n",
    ),
    (
        "F6 quoted placeholder",
        "---\nsr-due: \"\"\nsr-interval: ''\nsr-ease: \"\"\n---\n",
        "placeholder",
        "---\nsr-due: \"2030-02-03\"\nsr-interval: '9'\nsr-ease: \"250\"\n---\n",
    ),
    (
        "F6 parked",
        "---\nsr-due: null\nsr-interval: null # x\nsr-ease: ~\n---\n",
        "parked",
        "---\nsr-due: 2030-02-03\nsr-interval: 9 # x\nsr-ease: 250\n---\n",
    ),
    (
        "F7 only the date",
        "---\nsr-due: 2030-01-02\ntags: a\n---\n",
        "partial",
        "---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\ntags: a\n---\n",
    ),
    (
        "F7 no date",
        "---\nsr-interval: 4\nsr-ease: 250\ntags: a\n---\n",
        "partial",
        "---\nsr-interval: 9\nsr-ease: 250\nsr-due: 2030-02-03\ntags: a\n---\n",
    ),
    (
        "F7 ease empty",
        "---\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease:\n---\n",
        "partial",
        "---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n",
    ),
    (
        "F7 an empty date alone",
        "---\nsr-due:\n---\n",
        "partial",
        "---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n",
    ),
    (
        "F11 unpadded",
        "---\nsr-due: 2030-1-2\nsr-interval: 4\nsr-ease: 250\n---\n",
        T,
        "---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n",
    ),
    (
        "dates of other forms",
        "---\nsr-due: 02-01-2030\nsr-interval: 4.5\nsr-ease: 250\n---\n",
        "2030-01-02 4.5 250",
        "---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n",
    ),
    (
        "F15 another scheme",
        "---\nsr_due: 2030-01-02\nSR-due: 2030-01-02\n---\n",
        "-",
        "---\nsr_due: 2030-01-02\nSR-due: 2030-01-02\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n",
    ),
    (
        "F18 merge markers in the body",
        "---\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n",
        T,
        "---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n",
    ),
    (
        "F22 no opening fence",
        "aliases: []\nsr-due: true\n---\n",
        "-",
        "---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\naliases: []\nsr-due: true\n---\n",
    ),
    (
        "F23 a second block",
        "---\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n\n---\ntype: x\nsr-due: 2031-01-01\n---\n",
        T,
        "---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n\n---\ntype: x\nsr-due: 2031-01-01\n---\n",
    ),
    (
        "F25 text that looks like a schedule",
        "---\nnote: |\n  sr-due: 2030-01-02\n---\n",
        "-",
        "---\nnote: |\n  sr-due: 2030-01-02\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n",
    ),
    (
        "F25 a schedule beside text that looks like one",
        "---\nnote: >\n  sr-due: 2031-01-02\n  sr-ease: 1\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n",
        T,
        "---\nnote: >\n  sr-due: 2031-01-02\n  sr-ease: 1\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n",
    ),
    (
        "F28 comments",
        "---\nsr-due: 2030-01-02 # later  \nsr-interval: 4\t#x\nsr-ease: 250 #\n---\n",
        T,
        "---\nsr-due: 2030-02-03 # later  \nsr-interval: 9\t#x\nsr-ease: 250 #\n---\n",
    ),
    (
        "F29 no final line end",
        "---\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---",
        T,
        "---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---",
    ),
    (
        "F29 no final line end, no schedule",
        "---\r\na: 1\r\n---",
        "-",
        "---\r\na: 1\r\nsr-due: 2030-02-03\r\nsr-interval: 9\r\nsr-ease: 250\r\n---",
    ),
    (
        "F30 CRLF",
        "---\r\nsr-due: 2030-01-02\r\nsr-interval: 4\r\nsr-ease: 250\r\n---\r\nBody\r\n",
        T,
        "---\r\nsr-due: 2030-02-03\r\nsr-interval: 9\r\nsr-ease: 250\r\n---\r\nBody\r\n",
    ),
    (
        "F30 mixed",
        "---\nsr-due: 2030-01-02\r\nsr-interval: 4\nsr-ease: 250\r\n---\r\nBody\n",
        T,
        "---\nsr-due: 2030-02-03\r\nsr-interval: 9\nsr-ease: 250\r\n---\r\nBody\n",
    ),
    (
        "F30 mixed, lines added",
        "---\r\na: 1\nb: 2\r\n---\nBody\n",
        "-",
        "---\r\na: 1\nb: 2\r\nsr-due: 2030-02-03\r\nsr-interval: 9\r\nsr-ease: 250\r\n---\nBody\n",
    ),
    (
        "F31 BOM",
        "\u{feff}---\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n",
        T,
        "\u{feff}---\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n",
    ),
    (
        "F32 only in the body",
        "---\na: 1\n---\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n```\n---\nsr-due: 2030-01-02\n---\n```\n",
        "-",
        "---\na: 1\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n```\n---\nsr-due: 2030-01-02\n---\n```\n",
    ),
    (
        "tabs and blanks",
        "--- \nsr-due:\t2030-01-02\t\nsr-interval:  4\nsr-ease:\t 250\n---\t\n",
        T,
        "--- \nsr-due:\t2030-02-03\t\nsr-interval:  9\nsr-ease:\t 250\n---\t\n",
    ),
    (
        "an id beside the schedule",
        "---\nsr-id: k3\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n",
        T,
        "---\nsr-id: k3\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n",
    ),
    (
        "a key nested under another",
        "---\na:\n  sr-due: 2030-01-02\n---\n",
        "-",
        "---\na:\n  sr-due: 2030-01-02\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n",
    ),
    (
        "anchors and tags elsewhere",
        "---\na: &x 1\nb: !!str 2\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n",
        T,
        "---\na: &x 1\nb: !!str 2\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n",
    ),
    (
        "unicode line separators are letters",
        "---\na: x\u{2028}y\u{85}z\u{b}\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n\u{b}\u{c}\r",
        T,
        "---\na: x\u{2028}y\u{85}z\u{b}\nsr-due: 2030-02-03\nsr-interval: 9\nsr-ease: 250\n---\n\u{b}\u{c}\r",
    ),
];

const REFUSED: &[Refused] = &[
    (
        "F8 twice",
        "---\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\ntags: a\nsr-due: 2030-03-04\nsr-interval: 5\nsr-ease: 230\n---\n",
        "2030-03-04 5 230",
        "!duplicate-schedule:6",
    ),
    (
        "F8 the second incomplete",
        "---\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\nsr-due: 2030-03-04\n---\n",
        T,
        "!duplicate-schedule:5",
    ),
    ("F8 none complete", "---\nsr-due: 2030-01-02\nsr-due: 2030-03-04\n---\n", "damaged", "!duplicate-schedule:3"),
    (
        "F9 not computed",
        "---\nsr-due: Invalid date\nsr-interval: NaN\nsr-ease: NaN\n---\n",
        "damaged",
        "!bad-due:2 !bad-interval:3 !bad-ease:4",
    ),
    ("F10 seconds", "---\nsr-due: 1893456000\nsr-interval: 4\nsr-ease: 250\n---\n", "damaged", "!epoch-due:2"),
    ("F11 swapped", "---\nsr-due: 2030-28-08\nsr-interval: 4\nsr-ease: 250\n---\n", "damaged", "!bad-due:2"),
    (
        "F12 a time",
        "---\nsr-due: 2030-01-02-11-56\nsr-interval: 1.6\nsr-ease: 250\n---\n",
        "2030-01-02 1.6 250",
        "!bad-due:2",
    ),
    ("F13 factor", "---\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 2.5\n---\n", "damaged", "!ease-scale:4"),
    (
        "F14 another scheduler",
        "---\nsr-algorithm: fsrs\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n",
        T,
        "!foreign-schedule:2",
    ),
    (
        "F14 another scheduler's state",
        "---\nsr-due: 2030-01-02\nsr-stability: 4.2\n---\n",
        "partial",
        "partial-schedule:2 !foreign-schedule:3",
    ),
    ("F16 true", "---\nsr-due: true\nsr-interval: 4\nsr-ease: 250\n---\n", "damaged", "!bad-due:2"),
    ("F16 list", "---\nsr-due: [2030-01-02]\nsr-interval: 4\nsr-ease: 250\n---\n", "damaged", "!bad-due:2"),
    ("F16 block list", "---\nsr-due:\n- 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n", "damaged", "!bad-due:2"),
    ("F16 map", "---\nsr-due: {a: 1}\nsr-interval: 4\nsr-ease: 250\n---\n", "damaged", "!bad-due:2"),
    ("F16 link", "---\nsr-due: [[2030-01-02]]\nsr-interval: 4\nsr-ease: 250\n---\n", "damaged", "!bad-due:2"),
    (
        "F17 unresolved merge",
        "---\n<<<<<<< HEAD\nsr-due: 2030-01-02\n=======\nsr-due: 2030-01-03\n>>>>>>> x\nsr-interval: 4\nsr-ease: 250\n---\n",
        "damaged",
        "!conflict-markers:2",
    ),
    (
        "F17 beside the schedule",
        "---\n<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> x\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n",
        T,
        "!conflict-markers:2",
    ),
    (
        "F19 glued",
        "---\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---> [!info] x\n",
        "damaged",
        "!glued-fence:5",
    ),
    ("F20 not closed", "---\ntags: a\n\nBody\n", "-", "!unclosed-fence:1"),
    (
        "F20 not closed, scheduled",
        "---\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n\nx\n",
        "damaged",
        "!unclosed-fence:1",
    ),
    ("F21 below a blank line", "\n---\ntags: a\n---\n", "-", "!late-fence:2"),
    ("F24 a rule and prose", "---\nJust some words\n\nand more: of it\n---\nBody\n", "-", "!ambiguous-rule:2"),
    ("F24 a list", "---\n- a\n- b\n---\nBody\n", "-", "!ambiguous-rule:1"),
    ("F27 template", "---\nsr-due: <% tp.date.now() %>\nsr-interval: 1\nsr-ease: 250\n---\n", "damaged", "!template:2"),
    ("F27 other template", "---\nsr-due: {{date}}\nsr-interval: 1\nsr-ease: 250\n---\n", "damaged", "!template:2"),
    ("F31 NUL", "---\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n\0", "damaged", "!not-text:0"),
    ("one map in braces", "---\n{a: b}\n---\n", "-", "!uneditable-schedule:2"),
    (
        "schedule in braces",
        "---\n{sr-due: 2030-01-02, sr-interval: 4, sr-ease: 250}\n---\n",
        T,
        "!uneditable-schedule:2",
    ),
    (
        "value on the next line",
        "---\nsr-due:\n  2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n",
        T,
        "!uneditable-schedule:2",
    ),
    (
        "value in a block",
        "---\nsr-due: >-\n  2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n",
        T,
        "!uneditable-schedule:2",
    ),
    ("anchor", "---\nsr-due: &a 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n", T, "!uneditable-schedule:2"),
    ("tag", "---\nsr-due: !!str 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n", T, "!uneditable-schedule:2"),
    ("escapes", "---\nsr-due: \"2030\\x2d01-02\"\nsr-interval: 4\nsr-ease: 250\n---\n", T, "!uneditable-schedule:2"),
    ("no blank behind the colon", "---\nsr-due:2030-01-02\n---\n", "damaged", "!bad-due:2"),
    (
        "no blank behind one colon",
        "---\nsr-due: 2030-01-02\n'sr-ease':4\n---\n",
        "damaged",
        "partial-schedule:2 !bad-due:3",
    ),
    ("a map without a blank", "---\nsr-interval: 4\nsr-due:{a: b}\n---\n", "damaged", "partial-schedule:2 !bad-due:3"),
    ("no colon", "---\na: 1\nsr-due 2030-01-02\n---\n", "damaged", "!bad-due:3"),
    (
        "one key indented below another",
        "---\nsr-interval: 4\n  sr-due:  2030-01-02\n---\n",
        "partial",
        "!uneditable-schedule:2 partial-schedule:2",
    ),
    (
        "a quoted key again",
        "---\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n\"sr-due\": x\n---\n",
        T,
        "!duplicate-schedule:5",
    ),
    ("a hard blank behind the colon", "---\nsr-due:\u{a0}2030-01-02\na: 1\n---\n", "damaged", "!bad-due:2"),
    (
        "a hard blank behind the value",
        "---\nsr-due: 2030-01-02\u{a0}\nsr-interval: 4\nsr-ease: 250\n---\n",
        T,
        "!bad-due:2",
    ),
    (
        "a lone CR",
        "---\na: 1\rb: 2\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n",
        T,
        "!uneditable-schedule:2",
    ),
    ("negative", "---\nsr-due: 2030-01-02\nsr-interval: -4\nsr-ease: 250\n---\n", "damaged", "!bad-interval:3"),
    ("a comma", "---\nsr-due: 2030-01-02\nsr-interval: 1,5\nsr-ease: 250\n---\n", "damaged", "!bad-interval:3"),
];

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
