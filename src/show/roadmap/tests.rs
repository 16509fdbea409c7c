use super::*;
use crate::clock::parse_day;
use crate::roadmap::chart as burn;
use crate::roadmap::progress::{Found, follow};
use crate::roadmap::weak;
use crate::schedule::{Algorithm, Ease, Interval, Scheduled};

const TEXT: &str = "\
# Sailing roadmap
## Basics
- [x] [[Knots]]
- [/] Reading the wind, the clouds and the water before anything else is decided on a day like this one
    - [x] [Wind](https://wind.example)
    - [ ] [[Clouds]]
- [-] Morse code
## الملاحة
- [ ] 海図の読み方と潮汐表の使い方についての長い題名 ⭐
    - [ ] [[Lost chart]]
- [ ] [[Stars]]
## Empty
";

fn layout(width: usize) -> Layout {
    colored::control::set_override(false);
    Layout { width, ascii: false }
}

fn day(text: &str) -> NaiveDate {
    parse_day(text).unwrap()
}

fn with_sheet<T>(text: &str, then: impl FnOnce(&Sheet<'_>) -> T) -> T {
    let roadmap = Roadmap::parse(text, "Sailing");
    let note = NotePath::new("maps/Sailing.md");
    let resolve = |target: &crate::roadmap::Target| match target.as_str() {
        "Lost chart" => Found::Missing,
        name => Found::Note(NotePath::new(format!("{name}.md"))),
    };
    let state = |note: &NotePath| {
        let (due, interval) = match note.as_str() {
            "Knots.md" => ("2026-02-01", 30.0),
            "Clouds.md" => ("2026-01-01", 5.0),
            _ => return None,
        };
        Some(State::Scheduled(Scheduled {
            due: day(due),
            interval: Interval::new(interval).unwrap(),
            ease: Ease::new(250.0).unwrap(),
        }))
    };
    let links = follow(&roadmap, &note, &Algorithm::default(), day("2026-01-15"), resolve, state);
    let others = HashMap::from([(NotePath::new("Stars.md"), Count { done: 2, open: 7, ..Count::default() })]);
    let sheet = Sheet {
        note: &note,
        roadmap: &roadmap,
        links: &links,
        others: &others,
        today: day("2026-01-15"),
        last: Some(day("2026-01-12")),
        shared_title: false,
    };
    then(&sheet)
}

/// The page without blanks at the ends of lines; no line is wider than the layout.
#[track_caller]
fn narrow(page: &str, width: usize) -> String {
    for line in page.lines() {
        assert!(crate::show::text::width(line) <= width, "{line}");
    }
    page.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn a_tree_shows_bars_states_and_memory() {
    with_sheet(TEXT, |sheet| {
        insta::assert_snapshot!("tree_80", narrow(&tree(sheet, Only::default(), layout(80)), 80));
        insta::assert_snapshot!("tree_200", narrow(&tree(sheet, Only::default(), layout(200)), 200));
        let ascii = Layout { ascii: true, ..layout(40) };
        insta::assert_snapshot!("tree_40_ascii", narrow(&tree(sheet, Only::default(), ascii), 40));
    });
}

#[test]
fn a_tree_shows_some_topics_with_what_they_are_below() {
    with_sheet(TEXT, |sheet| {
        let titles = |only: Only| {
            let shown = only.pick(sheet.roadmap, sheet.links);
            let topics = sheet.roadmap.topics.iter().zip(shown).filter(|(_, shown)| *shown);
            topics.map(|(topic, _)| topic.title.chars().take(7).collect::<String>()).collect::<Vec<_>>()
        };
        assert_eq!(titles(Only { depth: Some(1), ..Only::default() }), ["Basics", "الملاحة", "Empty"]);
        assert_eq!(
            titles(Only { open: true, ..Only::default() }),
            ["Basics", "Reading", "الملاحة", "海図の読み方と", "Stars", "Empty"]
        );
        assert_eq!(titles(Only { weak: true, ..Only::default() }), ["Basics", "Reading"]);
        assert_eq!(titles(Only { weak: true, depth: Some(1), ..Only::default() }), ["Basics"]);
    });
}

#[test]
fn what_is_next_has_its_place_and_its_resources() {
    with_sheet(TEXT, |sheet| {
        let found = crate::roadmap::next::next(sheet.roadmap, sheet.links);
        insta::assert_snapshot!("next", narrow(&next(sheet, &found, 2, layout(60)), 60));
    });
    with_sheet("- [x] a", |sheet| {
        let found = crate::roadmap::next::next(sheet.roadmap, sheet.links);
        assert_eq!(next(sheet, &found, 0, layout(60)), "Nothing is open in Sailing.\n");
    });
}

#[test]
fn a_chart_has_a_bar_a_week_and_a_projection() {
    let days = ["2025-12-29", "2026-01-08", "2026-01-08", "2026-01-14"].map(|text| Some(day(text)));
    let today = day("2026-01-15");
    let burn_up = burn::chart(&days, 10, today, 52);
    insta::assert_snapshot!("chart", narrow(&chart(&burn_up, today, layout(60)), 60));
    let none = burn::chart(&[None], 10, today, 52);
    assert_eq!(
        chart(&none, today, layout(80)),
        "Burn-up\n1 of 10 done. Nothing tells when: not the log, not the note, not git.\n"
    );
}

#[test]
fn branches_and_the_weakest_of_them() {
    with_sheet(TEXT, |sheet| {
        let note = NotePath::new("Knots.md");
        let all = weak::branches(sheet.roadmap, sheet.links, [(&note, true), (&note, false)]);
        insta::assert_snapshot!("branches", narrow(&branches(sheet.roadmap, &all, layout(80)), 80));
    });
}

#[test]
fn the_list_of_roadmaps_fits_its_page() {
    let row = |path: &str, done: usize, due: usize, last: Option<&str>| Row {
        path: NotePath::new(path),
        title: String::new(),
        count: Count { done, begun: 1, open: 8, reviewed: 0 },
        total: done + 9,
        memory: Memory { notes: 5, due, ..Memory::default() },
        last_active: last.map(day),
    };
    let rows = [
        row("maps/Sailing.md", 3, 2, Some("2026-01-14")),
        row("a/very/long/folder/name/海図の読み方と潮汐表.md", 120, 0, None),
    ];
    insta::assert_snapshot!("list", narrow(&list(&rows, day("2026-01-15"), layout(60)), 60));
    assert!(list(&[], day("2026-01-15"), layout(60)).starts_with("No note"));
}

#[test]
fn json_is_flat_and_complete() {
    with_sheet(TEXT, |sheet| {
        let json =
            serde_json::to_string_pretty(&json::One::new(sheet, Only { depth: Some(2), ..Only::default() }, None))
                .unwrap();
        insta::assert_snapshot!("one_json", json);
        let found = crate::roadmap::next::next(sheet.roadmap, sheet.links);
        insta::assert_snapshot!("next_json", serde_json::to_string(&json::NextRow::new(sheet, &found, 2)).unwrap());
    });
}

#[test]
fn hostile_titles_stay_on_the_page() {
    let text = format!("- [ ] a\u{1b}[2Jb\u{202e}c &#27;]0;x&#7;\n{}- [ ] deep\n", "- ".repeat(300));
    with_sheet(&text, |sheet| {
        let page = narrow(&tree(sheet, Only::default(), layout(80)), 80);
        assert!(!page.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{page:?}");
    });
}
