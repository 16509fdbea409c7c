//! What holds for the reading of any text as a roadmap, and for any tick in it.

use proptest::prelude::*;
use study::note::NotePath;
use study::problem::Finding;
use study::roadmap::find::Hit;
use study::roadmap::tick::{Tick, Ticked, boxed, tick};
use study::roadmap::{Roadmap, Standing, chart, history, next, progress, template, weak};

/// Pieces that roadmaps are made of, and pieces that break readers.
fn fragment() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "- [ ] ",
        "- [x] ",
        "- [X] ",
        "- [/] ",
        "- [-] ",
        "- [>] ",
        "- [] ",
        "* [ ] ",
        "+ ",
        "- ",
        "1. ",
        "2) ",
        "[ ]",
        "[x]",
        "[",
        "]",
        "# ",
        "## ",
        "##### ",
        "#",
        "\n",
        "\n\n",
        "\r\n",
        " ",
        "  ",
        "    ",
        "        ",
        "\t",
        "a",
        "Topic",
        "**Term**: ",
        "**",
        "*then*",
        "_x_",
        "1.2 ",
        "1.2.1. ",
        "[l](https://l.example)",
        "[f](./f.md)",
        "[[Note]]",
        "[[N#h|a]]",
        "[[",
        "]]",
        "![[e]]",
        "<a href=\"u\">",
        "</a>",
        "<a/>",
        "<i>\n",
        "<!--",
        "-->",
        "%%",
        "```\n",
        "~~~",
        "`",
        "> ",
        "> [!todo]\n",
        "| a | Status |\n|--|--|\n",
        "| x | ✅ |\n",
        "|",
        "[^1]: ",
        "---\n",
        "===\n",
        "kanban-plugin: board\n",
        "📅 2030-01-02",
        "✅ 2030-01-02",
        "✅",
        "🟢",
        "#tag",
        "^id",
        "[due:: x]",
        "==",
        "~~",
        "https://b.example/x_y",
        "日本語",
        "ü",
        "\u{feff}",
        "\u{202e}",
        "\0",
        "\u{2028}",
        "[✔\u{fe0f}] ",
        "[🇩🇪] ",
        "\\",
        "&#91; ]",
        "$$",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

fn check_outline(text: &str, roadmap: &Roadmap) -> Result<(), TestCaseError> {
    let topics = &roadmap.topics;
    let mut start = None;
    for (at, topic) in topics.iter().enumerate() {
        prop_assert!(start.is_none_or(|before| before < topic.range.start), "topics are in the order of the text");
        start = Some(topic.range.start);
        prop_assert!(topic.range.start <= topic.range.end && topic.range.end <= text.len());
        prop_assert!(text.is_char_boundary(topic.range.start) && text.is_char_boundary(topic.range.end));
        prop_assert!(topic.end > at && topic.end <= topics.len());
        prop_assert_eq!(topic.line, text[..topic.range.start].matches('\n').count() + 1);
        prop_assert!(!topic.title.contains('\n'));
        match topic.parent {
            None => prop_assert_eq!(topic.depth, 0),
            Some(parent) => {
                prop_assert!(parent < at && topics[parent].end >= topic.end);
                prop_assert_eq!(topic.depth, topics[parent].depth + 1);
                let (outer, inner) = (&topics[parent].range, &topic.range);
                prop_assert!(outer.start <= inner.start && inner.end <= outer.end, "branches are nested");
            }
        }
        if let Some(after) = topics.get(topic.end) {
            prop_assert!(topic.range.end <= after.range.start, "branches do not overlap");
        }
        let marks = topic.mark.iter().chain(topic.resources.iter().filter_map(|resource| resource.mark.as_ref()));
        for mark in marks {
            prop_assert_eq!(text.get(mark.start - 1..mark.start), Some("["));
            prop_assert_eq!(text.get(mark.end..mark.end + 1), Some("]"));
            prop_assert!(topic.range.start < mark.start && mark.end < topic.range.end);
        }
    }
    Ok(())
}

/// The text with the tick taken back by what the log keeps of it.
fn taken_back(ticked: &Ticked) -> Result<String, Finding> {
    let instant = chrono::DateTime::parse_from_rfc3339("2026-01-15T07:30:00+01:00").unwrap();
    let now = study::clock::Now { instant, today: instant.date_naive() };
    let event = ticked.was.change(NotePath::new("n.md"), &now).seal("desk", 0);
    study::undo::restored(&ticked.text, &event)
}

fn hits(roadmap: &Roadmap) -> Vec<Hit> {
    let resources = |at: usize| (0..roadmap.topics[at].resources.len()).map(move |step| Hit::Resource(at, step));
    (0..roadmap.topics.len()).flat_map(|at| std::iter::once(Hit::Topic(at)).chain(resources(at))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_search_for_roadmaps_misses_none(piece in fragment(), times in 1_usize..30) {
        let text = format!("{piece}\n").repeat(times);
        let listed = Roadmap::parse(&text, "Note").is_one("Note", false);
        prop_assert!(!listed || study::roadmap::may_be_one("Note", text.as_bytes()), "{}", text);
    }

    #[test]
    fn any_text_is_read_and_its_topics_are_nested(text in prop_oneof![4 => fragment(), 1 => any::<String>()]) {
        let roadmap = Roadmap::parse(&text, "Topic");
        check_outline(&text, &roadmap)?;
        let links = vec![progress::Links::default(); roadmap.topics.len()];
        let total = progress::total(&roadmap);
        prop_assert_eq!(total.total(), roadmap.topics.iter().filter(|topic| topic.counts).count());
        if let Some(at) = next::next(&roadmap, &links).topic {
            prop_assert!(!matches!(roadmap.topics[at].standing, Standing::Done | Standing::Dropped));
        }
        weak::branches(&roadmap, &links, []);
        for topic in &roadmap.topics {
            template::note_for(topic, &NotePath::new("n.md"));
        }
    }

    #[test]
    fn a_tick_changes_one_character_or_is_refused(text in fragment(), pick in any::<prop::sample::Index>(), to in 0..4_usize) {
        let to = [Tick::Done, Tick::Begin, Tick::Reopen, Tick::Drop][to];
        let roadmap = Roadmap::parse(&text, "Topic");
        let hits = hits(&roadmap);
        if hits.is_empty() {
            return Ok(());
        }
        let hit = hits[pick.index(hits.len())];
        let Ok(ticked) = tick(&text, &roadmap, "Topic", hit, to) else { return Ok(()) };
        let (mark, _) = boxed(&roadmap, hit).unwrap();
        prop_assert_eq!(&ticked.at, &mark);
        prop_assert_eq!(&ticked.text[..mark.start], &text[..mark.start]);
        prop_assert_eq!(&ticked.text[mark.start..mark.start + 1], to.mark());
        prop_assert_eq!(&ticked.text[mark.start + 1..], &text[mark.end..]);
        let after = Roadmap::parse(&ticked.text, "Topic");
        check_outline(&ticked.text, &after)?;
        let changed = (0..roadmap.topics.len()).filter(|&at| after.topics[at].standing != roadmap.topics[at].standing).count();
        prop_assert!(changed <= 1);
        prop_assert!(tick(&ticked.text, &after, "Topic", hit, to).is_err(), "a second tick has nothing to do");
        prop_assert_eq!(taken_back(&ticked), Ok(text));
    }

    #[test]
    fn any_versions_are_read(texts in prop::collection::vec(prop_oneof![any::<String>(), fragment()], 1..5)) {
        let done: Vec<_> = texts.iter().map(|text| history::done_lines(text.as_bytes())).collect();
        let day = chrono::NaiveDate::from_ymd_opt(2026, 1, 1);
        let steps = done.windows(2).map(|pair| history::Step::new(day, &[&pair[0]], &pair[1]));
        let first = history::Step::new(day, &[], &done[0]);
        let days = history::days_of(std::iter::once(first).chain(steps));
        // To leave out the lines that did not change makes no difference.
        let text = |at: usize| texts[at].as_bytes();
        let between = |at: usize| history::Difference::between(at.checked_sub(1).map(text).into_iter().collect(), text(at));
        prop_assert_eq!(&days, &history::days_of((0..texts.len()).map(|at| between(at).step(day))));
        let last = done.last().unwrap();
        prop_assert!(days.len() == last.len() && days.keys().all(|key| last.contains_key(key)));
        let dated: Vec<_> = days.values().copied().map(Some).collect();
        chart::chart(&dated, 10, chrono::NaiveDate::from_ymd_opt(2026, 3, 1).unwrap(), 60);
    }
}

/// One word for "topic 12" or so in thirty languages and more scripts.
const WORDS: [&str; 30] = [
    "Thema",
    "sujet",
    "tema",
    "argomento",
    "тема",
    "θέμα",
    "konu",
    "موضوع",
    "נושא",
    "विषय",
    "বিষয়",
    "பொருள்",
    "విషయం",
    "หัวข้อ",
    "主题",
    "主題",
    "トピック",
    "주제",
    "chủ đề",
    "téma",
    "temat",
    "tēma",
    "teema",
    "aihe",
    "efni",
    "թեմա",
    "თემა",
    "ርዕስ",
    "mada",
    "mavzu",
];

#[test]
fn three_thousand_lines_in_thirty_languages_are_read_whole() {
    let mut text = String::from("# Roadmap\n");
    let (mut lines, mut done, mut total) = (1, 0, 0);
    'all: for part in 0.. {
        text.push_str(&format!("\n## {} {part}\n", WORDS[part % 30]));
        lines += 2;
        for i in 0..28 {
            let word = WORDS[(part + i) % 30];
            match i % 4 {
                0 => text.push_str(&format!("- [ ] {word} {part}.{i}\n")),
                1 => text.push_str(&format!("    - [x] {word} {part}.{i} ✅ 2026-01-02\n")),
                2 => text.push_str(&format!("\t- [/] **{word}** {part}.{i}\n")),
                _ => text.push_str(&format!("    - [ ] [{word}](https://l.example/{part}/{i})\n")),
            }
            total += usize::from(i % 4 != 3);
            done += usize::from(i % 4 == 1);
            lines += 1;
            if lines == 3000 {
                break 'all;
            }
        }
    }
    assert_eq!(text.lines().count(), 3000);
    let roadmap = Roadmap::parse(&text, "n");
    check_outline(&text, &roadmap).unwrap();
    let count = progress::total(&roadmap);
    assert_eq!((count.done, count.total()), (done, total));
    assert_eq!(
        roadmap.topics.iter().map(|topic| topic.resources.len()).sum::<usize>(),
        3000 - 1 - 2 * roadmap.children(None).count() - total
    );
    let last = roadmap.topics.len() - 1;
    assert!(roadmap.path(last).contains(" > "));
    let hit = Hit::Topic(
        roadmap
            .topics
            .iter()
            .position(|topic| {
                topic.title.starts_with("ርዕስ") && topic.mark.is_some() && topic.standing == Standing::Open
            })
            .unwrap(),
    );
    let ticked = tick(&text, &roadmap, "n", hit, Tick::Done).unwrap();
    assert_eq!(ticked.text.len(), text.len());
    assert_eq!(taken_back(&ticked), Ok(text));
}

/// Long inputs that make a careless reader quadratic or overflow its stack: with either this test would not end.
#[test]
fn hostile_texts_are_read_in_linear_time() {
    let n = 20_000;
    let deep: String = (0..2_000).map(|i| format!("{}- [ ] a\n", "  ".repeat(i % 400))).collect();
    let texts = [
        "- ".repeat(n),
        "- [ ] ".repeat(n),
        "1. ".repeat(n),
        "> ".repeat(n),
        "%%a".repeat(n),
        "%%\n".repeat(n),
        "a %% ".repeat(n),
        "<!--\n".repeat(n),
        "a <!-- ".repeat(n),
        format!("- [ ] {}", "https://a.example ".repeat(n)),
        format!("- [ ] {}", "🟢 ".repeat(n)),
        format!("- [ ] a {}", "#t ".repeat(n)),
        format!("- [ ] a {}", "x) ".repeat(n)),
        format!("- [ ] {}", "<a href=u>x".repeat(n)),
        format!("- [ ] {}", "[[x]]".repeat(n)),
        format!("| Status | T |\n|--|--|\n{}", "| ✅ | a |\n".repeat(n)),
        format!("|{}\n|{}\n", "a|".repeat(n), "-|".repeat(n)),
        "1.1 a\n".repeat(n),
        "- a\n        - b\n".repeat(n),
        "- [ ] a\n".repeat(n),
        "# a\n###### b\n".repeat(n),
        format!("- a\n{}", "  *b*\n".repeat(n)),
        deep,
    ];
    for text in texts {
        let roadmap = Roadmap::parse(&text, "n");
        let links = vec![progress::Links::default(); roadmap.topics.len()];
        progress::counts(&roadmap);
        next::next(&roadmap, &links);
        weak::branches(&roadmap, &links, []);
    }
}
