//! What must hold for every text.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use granit_parser::{Event, Parser};
use proptest::prelude::*;
use study::note::schedule::{read, read_fully};
use study::note::strict::Strict;
use study::note::{State, date, edit, fix, frontmatter, lint, properties, strict};
use study::schedule::{Ease, Interval, Scheduled};

const KEYS: [&str; 3] = ["sr-due", "sr-interval", "sr-ease"];

/// Lines that frontmatter is made of, and lines that break it.
fn line() -> impl Strategy<Value = String> {
    let due = prop::sample::select(vec![
        "2030-01-02",
        "\"2030-01-02\"",
        "'2030-01-02'",
        "2030-1-2",
        "2030-02-30",
        "Wed Jan 02 2030",
        "\"Wed Jan 02 2030\" ",
        "Thu Jan 02 2030",
        "Wed Jan 02 2030 # c",
        "'02-01-2030'",
        "02-01-2030",
        "",
        " ",
        "null",
        "~",
        "2030-01-02 # c",
        "\"\"",
        "[2030-01-02]",
        "&a 2030-01-02",
        "*a",
        "!!str 2030-01-02",
        "|\n  2030-01-02",
        "\n  2030-01-02",
        "1893456000",
        "NaN",
        "{a: b}",
        "\"2030-01-02",
        "2030-01-02\n  more",
        "\n- x",
        "2030-01-02-11",
        "<% x %>",
        "# c",
        "\t2030-01-02\t",
        "2030-01-02\u{a0}",
        "\"2030\\x2d01-02\"",
        "'2030-01-02' # 'c'",
    ]);
    let number = prop::sample::select(vec![
        "4", "250", "2.5", "1.6", "\"250\"", "'4'", "", " ", "null", "NaN", "-1", "1e3", "0x10", "007", "[4]", "4 # c",
        "# c", "''", "4\n\n  5", "99999999", ".5", "+4",
    ]);
    let colon = prop::sample::select(vec![": ", ":", ":  ", " : ", ":\t"]);
    let key = prop::sample::select(vec![
        "sr-due",
        "sr-interval",
        "sr-ease",
        "\"sr-due\"",
        "'sr-ease'",
        "  sr-due",
        "sr_due",
        "- sr-due",
        "? sr-due",
        "x",
    ]);
    let odd = prop::sample::select(vec![
        "",
        "  ",
        "\t",
        "# c",
        "  # c",
        "a: 1",
        "a: 1",
        "b: two words",
        "title: it's",
        "title: a: b",
        "x: [a, b]",
        "x: [a, b",
        "x: [a,",
        "]",
        "}",
        "x: {a: 1,",
        "y: \"",
        "\"",
        "'",
        "y: 'it''s",
        "z: \"q\" # \"",
        "note: |",
        "note: >-",
        "note: |+",
        "  text",
        "   deeper",
        "- item",
        "-",
        "- [a,",
        "- a: b",
        "  - c",
        "? k",
        ": v",
        "a: &a x",
        "b: *a",
        "{a: b}",
        "{a: b",
        "[x]",
        "%x",
        "@y",
        "`z`",
        "{{date}}",
        "<% tp %>",
        "key:value",
        "prose here",
        "...",
        "----",
        "---x",
        "\u{feff}",
        "tags: review",
        "tags: [review, \"x\"]",
        "date created: x",
        "\"References:\": ",
        "分类: 日本",
        "<<<<<<< HEAD",
        "=======",
        ">>>>>>> x",
        "a\rb: c",
        "c: d\u{2028}e",
        "sr-id: k",
        "sr-algorithm: fsrs",
        "\u{b}",
        "x: !t y",
        "<<: {q: r}",
        "~: x",
        "1: 2",
        "x: # [",
        "x: a #",
        "sr-due:2030-01-02",
    ]);
    let any = "[ -~\t]{0,8}";
    prop_oneof![
        4 => Just("sr-due: 2030-01-02".to_owned()),
        3 => Just("sr-interval: 4".to_owned()),
        3 => Just("sr-ease: 250".to_owned()),
        2 => (colon.clone(), due).prop_map(|(colon, due)| format!("sr-due{colon}{due}")),
        2 => (key, colon, number).prop_map(|(key, colon, number)| format!("{key}{colon}{number}")),
        9 => odd.prop_map(str::to_owned),
        1 => any.prop_map(|text| text),
    ]
}

fn eol() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just("\n"), 2 => Just("\r\n")]
}

fn lines(max: usize) -> impl Strategy<Value = String> {
    prop::collection::vec((line(), eol()), 0..max)
        .prop_map(|lines| lines.into_iter().map(|(line, eol)| line + eol).collect())
}

/// Notes with every kind of top, block and body.
fn note() -> impl Strategy<Value = String> {
    let top = prop::sample::select(vec!["", "", "", "", "", "\u{feff}", "\n", " "]);
    let open = prop_oneof![12 => Just("---\n"), 2 => Just("---\r\n"), 1 => Just("--- \n"), 1 => Just("")];
    let close = prop_oneof![
        9 => Just("---\n"), 2 => Just("---\r\n"), 2 => Just("---"), 1 => Just("---\t\n"), 1 => Just(""), 1 => Just("---> x\n"),
        1 => Just("...\n"),
    ];
    (top, open, lines(9), close, lines(3))
        .prop_map(|(top, open, inner, close, body)| [top, open, &inner, close, &body].concat())
}

/// Notes that are nearly always regular.
fn regular() -> impl Strategy<Value = String> {
    let extra = prop::collection::vec(line(), 0..2);
    (extra, Just(vec!["sr-due: 2030-01-02", "sr-interval: 4", "sr-ease: 250", "a: 1", "tags: [x]"]), eol()).prop_map(
        |(extra, mut all, eol)| {
            all.extend(extra.iter().map(String::as_str));
            format!("---{eol}{}{eol}---{eol}Body", all.join(eol))
        },
    )
}

fn any_note() -> impl Strategy<Value = String> {
    prop_oneof![6 => note(), 2 => regular(), 1 => ".{0,40}", 1 => lines(12)]
}

fn any_schedule() -> impl Strategy<Value = Scheduled> {
    (1i32..800_000, 0u32..100_000, 100u32..9_000).prop_map(|(day, interval, ease)| Scheduled {
        due: NaiveDate::from_num_days_from_ce_opt(day).unwrap(),
        interval: Interval::new(f64::from(interval) / 10.0).unwrap(),
        ease: Ease::new(f64::from(ease) / 10.0).unwrap(),
    })
}

/// The keys of a block with the events of their values, by a reading of the events alone. `None` if it is not valid.
fn events(text: &str) -> Option<Vec<(String, String)>> {
    let frontmatter::Top::Block(block) = frontmatter::find(text.as_bytes()) else { return Some(Vec::new()) };
    let (mut depth, mut documents) = (0, 0);
    let mut parts: Vec<String> = Vec::new();
    for next in Parser::new_from_str(&text[block.inner]) {
        let (event, _) = next.ok()?;
        let shown = match &event {
            Event::DocumentStart(..) if documents > 0 => return None,
            Event::DocumentStart(..) => {
                documents += 1;
                continue;
            }
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => continue,
            Event::Scalar(text, style, ..) => format!("{style:?} {text}"),
            other => format!("{other:?}"),
        };
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                depth += 1;
                match depth {
                    1 if !matches!(event, Event::MappingStart(..)) => return None,
                    1 => continue,
                    2 => parts.push(shown),
                    _ => parts.last_mut()?.push_str(&shown),
                }
            }
            Event::MappingEnd | Event::SequenceEnd => {
                depth -= 1;
                if depth > 0 {
                    parts.last_mut()?.push_str(&shown);
                }
            }
            _ if depth == 1 => parts.push(shown),
            _ => parts.last_mut()?.push_str(&shown),
        }
    }
    Some(parts.chunks(2).map(|pair| (pair[0].clone(), pair.get(1).cloned().unwrap_or_default())).collect())
}

fn schedule_key(key: &str) -> Option<&'static str> {
    KEYS.into_iter().find(|name| key.split_once(' ').is_some_and(|(_, text)| text == *name))
}

/// Which of the three keys a line may be of.
fn key_of(line: &str) -> Option<&'static str> {
    let line = line.trim_start().trim_start_matches(['"', '\'']);
    KEYS.into_iter().find(|key| line.starts_with(key))
}

/// Checks by comparing lines that an edit changed or added at most one line for each key.
fn only_schedule_lines_differ(before: &str, after: &str) -> Result<(), TestCaseError> {
    let (old, new): (Vec<_>, Vec<_>) = (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let mut touched: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a == b => (i, j) = (i + 1, j + 1),
            (Some(a), Some(b)) if key_of(a).is_some() && key_of(a) == key_of(b) => {
                prop_assert_eq!(a.split(':').next(), b.split(':').next());
                let comment = |line: &str| line.split_once(" #").map(|(_, comment)| comment.to_owned());
                prop_assert_eq!(comment(a), comment(b));
                *touched.entry(key_of(a).unwrap()).or_default() += 1;
                (i, j) = (i + 1, j + 1);
            }
            (_, Some(b)) if key_of(b).is_some() => {
                *touched.entry(key_of(b).unwrap()).or_default() += 1;
                j += 1;
            }
            (a, b) => prop_assert!(false, "{a:?} became {b:?}"),
        }
    }
    prop_assert!(touched.values().all(|n| *n == 1), "{touched:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_is_refused_or_proved(text in any_note(), to in any_schedule()) {
        let Ok(edit) = edit::set(&text, &to) else { return Ok(()) };
        prop_assert!(read(text.as_bytes()).refusal().is_none());
        prop_assert_eq!(read(edit.text.as_bytes()), study::note::Reading::clean(State::Scheduled(to)));
        // Every other byte.
        if edit.was.block {
            only_schedule_lines_differ(&text, &edit.text)?;
        } else {
            let rest = text.strip_prefix('\u{feff}').unwrap_or(&text);
            let top = edit.text.strip_suffix(rest).expect("the whole note below the block");
            let top = top.strip_prefix('\u{feff}').unwrap_or(top).replace("\r\n", "\n");
            let due = to.due.format("%Y-%m-%d");
            prop_assert_eq!(top, format!("---\nsr-due: {due}\nsr-interval: {}\nsr-ease: {}\n---\n", to.interval, to.ease));
        }
        // Every other key, and the three.
        if let (Some(old), Some(new)) = (events(&text), events(&edit.text)) {
            let others = |all: &[(String, String)]| {
                all.iter().filter(|(key, _)| schedule_key(key).is_none()).cloned().collect::<Vec<_>>()
            };
            prop_assert_eq!(others(&old), others(&new));
            let ours: BTreeMap<_, _> = new.iter().filter_map(|(key, value)| Some((schedule_key(key)?, value.clone()))).collect();
            let value = |key: &str| ours.get(key).and_then(|value| value.split_once(' ')).map(|(_, text)| text.to_owned());
            prop_assert_eq!(value("sr-due"), Some(to.due.format("%Y-%m-%d").to_string()));
            prop_assert_eq!(value("sr-interval"), Some(to.interval.to_string()));
            prop_assert_eq!(value("sr-ease"), Some(to.ease.to_string()));
        }
        // Line ends: none of another kind appears.
        let lone = |text: &str| text.matches('\n').count() - text.matches("\r\n").count();
        if !text.contains('\n') || lone(&text) > 0 {
            prop_assert!(edit.text.matches("\r\n").count() >= text.matches("\r\n").count());
        } else {
            prop_assert_eq!(lone(&edit.text), 0);
        }
    }

    #[test]
    fn an_edit_made_twice_is_the_edit_made_once(text in any_note(), to in any_schedule()) {
        let Ok(edit) = edit::set(&text, &to) else { return Ok(()) };
        prop_assert_eq!(edit::set(&edit.text, &to).map(|again| again.text), Ok(edit.text));
    }

    #[test]
    fn restore_takes_an_edit_back(text in any_note(), first in any_schedule(), then in any_schedule()) {
        let Ok(edit) = edit::set(&text, &first) else { return Ok(()) };
        prop_assert_eq!(edit::restore(&edit.text, &first, &edit.was), Ok(text.clone()));
        // Two edits, taken back one by one; not in the other order unless nothing changed.
        let second = edit::set(&edit.text, &then).expect("what was written can be written");
        if first != then {
            prop_assert!(edit::restore(&second.text, &first, &edit.was).is_err());
        }
        prop_assert_eq!(edit::restore(&second.text, &then, &second.was), Ok(edit.text.clone()));
        // The body has changed meanwhile.
        if text.ends_with('\n') || text.is_empty() {
            let later = format!("{}\nmore\n", edit.text);
            prop_assert_eq!(edit::restore(&later, &first, &edit.was), Ok(format!("{text}\nmore\n")));
        }
    }

    #[test]
    fn restore_finds_moved_lines(text in any_note(), to in any_schedule()) {
        let Ok(edit) = edit::set(&text, &to) else { return Ok(()) };
        let with_title = |text: &str| text.replacen("---\n", "---\ntitle: new\n", 1);
        if edit.was.block
            && edit.text.starts_with("---\n")
            && let Ok(restored) = edit::restore(&with_title(&edit.text), &to, &edit.was)
        {
            prop_assert_eq!(restored, with_title(&text));
        }
    }

    #[test]
    fn the_readers_agree(text in any_note()) {
        prop_assert_eq!(read(text.as_bytes()).state, read_fully(&text).state);
        prop_assert_eq!(read(text.as_bytes()).refusal().is_some(), read_fully(&text).refusal().is_some());
        let frontmatter::Top::Block(block) = frontmatter::find(text.as_bytes()) else { return Ok(()) };
        let (Strict::Triple(ours), Some(all)) = (strict::read(&text.as_bytes()[block.inner]), events(&text)) else {
            return Ok(());
        };
        let value = |name| {
            let all: Vec<_> = all.iter().filter(|(key, _)| schedule_key(key) == Some(name)).collect();
            all.first().filter(|_| all.len() == 1).and_then(|(_, value)| value.split_once(' ')).map(|(_, text)| text.to_owned())
        };
        prop_assert_eq!(Ok(ours.due), date::read(&value("sr-due").unwrap()));
        prop_assert_eq!(Some(ours.interval.days()), strict::number(&value("sr-interval").unwrap()));
        prop_assert_eq!(Some(ours.ease.percent()), strict::number(&value("sr-ease").unwrap()));
    }

    #[test]
    fn no_text_panics(text in any_note(), bytes in prop::collection::vec(any::<u8>(), 0..60), to in any_schedule(), was in any_note()) {
        let _ = read(&bytes);
        let _ = properties::properties(&bytes);
        let _ = properties::properties(text.as_bytes());
        let _ = lint::lint(&text);
        let _ = date::read(&text);
        let was = study::note::Was { block: text.len() % 2 == 0, due: Some(was.clone()), interval: None, ease: Some(was) };
        if let Ok(edit) = edit::set(&text, &to) {
            // A log is untrusted too: whatever it says stood there, only the three lines can change.
            if let Ok(restored) = edit::restore(&edit.text, &to, &was) {
                prop_assert!(!read(restored.as_bytes()).findings.iter().any(|f| f.severity == study::problem::Severity::Refusal));
            }
        }
        if let Ok(mut text) = String::from_utf8(bytes) {
            text.insert_str(0, "---\n");
            let _ = edit::set(&text, &to);
        }
    }
    #[test]
    fn a_repair_changes_only_schedule_lines(text in any_note(), ease_x100: bool) {
        let rules = fix::Rules { ease_x100 };
        let repaired = fix::repair(&text, rules);
        let findings = read_fully(&text).findings;
        let fixable = findings.iter().any(|finding| finding.advice == study::problem::Advice::Fix);
        let Ok(Some(repaired)) = repaired else {
            // What `study fix` is said to mend, it mends, unless something else is in the way.
            prop_assert!(!fixable || findings.iter().any(|finding| finding.advice != study::problem::Advice::Fix));
            return Ok(());
        };
        prop_assert_eq!(fix::repair(&repaired.text, rules), Ok(None));
        prop_assert_eq!(fix::restore_block(&repaired.text, &repaired.after, &repaired.before), Ok(text.clone()));
        // A block that nobody read moves as a whole; else every other line stays where it is.
        use study::problem::Code;
        let moves = matches!(repaired.repairs[0].code, Code::LateFence | Code::HiddenSchedule | Code::AmbiguousRule);
        let rest = |text: &str| {
            let mut lines: Vec<String> =
                text.split_inclusive('\n').filter(|line| key_of(line).is_none()).map(str::to_owned).collect();
            if moves {
                lines.iter_mut().for_each(|line| *line = line.replace('\u{feff}', "").trim().to_owned());
                lines.retain(|line| !line.is_empty() && line != "---");
                lines.sort_unstable();
            }
            lines
        };
        prop_assert_eq!(rest(&text), rest(&repaired.text));
        let lines = |text: &str| text.lines().filter(|line| key_of(line).is_some()).count();
        prop_assert!(lines(&repaired.text) <= lines(&text));
    }
}
