use super::*;
use crate::show::glyphs::ASCII;

fn text(body: &str, columns: usize) -> String {
    let page = render(body, &Layout::of(columns));
    page.lines.iter().map(|line| line.text() + "\n").collect()
}

fn role_of(body: &str, part: &str) -> Option<Style> {
    let page = render(body, &Layout::of(80));
    page.lines.iter().flat_map(|line| &line.spans).find(|span| span.text.contains(part)).map(|span| span.style)
}

/// Everything that a note can hold, once.
const EVERYTHING: &str = include_str!("../../../tests/fixtures/everything.md");

#[test]
fn a_note_with_everything_at_three_widths() {
    for columns in [80, 40, 20] {
        insta::assert_snapshot!(format!("everything_{columns}"), text(EVERYTHING, columns));
    }
}

#[test]
fn a_note_with_everything_in_ascii() {
    let page = render(EVERYTHING, &Layout { glyphs: &ASCII, ..Layout::of(60) });
    for span in page.lines.iter().flat_map(|line| &line.spans).filter(|span| span.at.is_none()) {
        assert!(span.text.is_ascii(), "{span:?}");
    }
}

#[test]
fn roles_are_told_apart() {
    let cases = [
        ("# a", "a", Role::Heading(1)),
        ("`a`", "a", Role::Code),
        ("    a", "a", Role::CodeBlock),
        ("$a$", "a", Role::Math),
        ("[a](http://x)", "a", Role::Link),
        ("<http://a.b>", "a.b", Role::Link),
        ("see http://a.b/c_d_e.", "http://a.b/c_d_e", Role::Link),
        ("[[a]]", "a", Role::Wikilink),
        ("#a/b-c x", "#a/b-c", Role::Tag),
        ("#12 x", "#12 x", Role::Text),
        ("a#b x", "a#b x", Role::Text),
        ("- [/] a", "[/]", Role::Task(Task::Started)),
        ("- [ ] a", "[ ]", Role::Task(Task::Open)),
        ("1. [x] a", "1. [x]", Role::Task(Task::Done)),
        ("> [!bug]- a", "bug:", Role::Callout(Callout::Danger)),
        ("![[a.png|300]]", "[image: a.png]", Role::Image),
        ("|a|\n|-|\n|b|", "a", Role::TableHead),
    ];
    for (body, part, role) in cases {
        assert_eq!(role_of(body, part).map(|style| style.role), Some(role), "{body:?}\n{}", text(body, 80));
    }
    assert!(role_of("==a **b**==", "b").is_some_and(|style| style.highlight && style.strong));
    assert!(role_of("a == b == c", "a == b").is_some_and(|style| !style.highlight));
    assert!(role_of("~~a~~ *b*", "a").is_some_and(|style| style.struck));
}

#[test]
fn line_ends_stay_unless_the_text_was_wrapped_by_hand() {
    let wrapped = "Every answer carries a time to live. Until it runs out, resolvers keep the\nold answer. Lower it.\n";
    assert_eq!(
        text(wrapped, 60),
        "Every answer carries a time to live. Until it runs out,\nresolvers keep the old answer. Lower it.\n"
    );
    for kept in ["a verse\nanother\n", &format!("{}\nnext\n", "long ".repeat(30))] {
        assert_eq!(text(kept, 200).lines().count(), 2, "{kept}");
    }
}

#[test]
fn links_lead_where_they_say() {
    let body = "[[A b#C|x]] [y](D%20e.md) [z](javascript:x) <a href='http://h'>h</a> | [^1]";
    let links: Vec<Target> = render(body, &Layout::of(80)).links.iter().map(|link| (**link).clone()).collect();
    assert_eq!(links, [Target::Note("A b#C".into()), Target::Note("D e.md".into()), Target::Url("http://h".into())]);
}

struct Around;

impl Surroundings for Around {
    fn leads(&self, target: &str) -> bool {
        target == "There"
    }

    fn embed(&self, target: &str) -> Option<String> {
        (target == "There").then(|| "inner [[Gone]]\n\n![[There]]".into())
    }
}

#[test]
fn dangling_links_show_and_embeds_are_put_in_place_once() {
    let layout = Layout { surroundings: &Around, ..Layout::of(40) };
    let page = render("[[Gone]]\n\n![[There]]\n\n![[Nowhere]]", &layout);
    let lines: Vec<String> = page.lines.iter().map(Line::text).collect();
    assert_eq!(lines, ["Gone", "", "┊ ![[There]]", "┊ inner Gone", "┊ ", "┊ ![[There]]", "", "![[Nowhere]]"]);
    let dangling = page.lines.iter().flat_map(|line| &line.spans).filter(|span| span.style.role == Role::Dangling);
    assert_eq!(dangling.count(), 3);
    for span in page.lines.iter().flat_map(|line| &line.spans).filter(|span| span.link.is_some()) {
        assert!(page.target(span).is_some());
    }
}

#[test]
fn nothing_a_terminal_obeys_gets_through() {
    let hostile = "&#27;[31m &#x1b;]52;c;x\x07 `\x1b[2J` [a](<http://x/\x1b]> \"t\x1b\") ![&#27;[1m](y)\n\n\
                   <a href=\"http://&#27;]\">&#27;</a>\n\n```\n\x1b[0m\n```\n\n    \x1b\u{202e}\n\n$\x1b$ [[a\x1b|b\x1b]] [^&#27;]\n\n\
                   [^\x1b]: z\n\n> [!no\x1bte] t\n\n- [\x1b] x\n\n|\x1b|\n|-|\n|\x1b|\n\n# \x1b\u{9b}";
    for columns in [10, 80] {
        let page = render(hostile, &Layout::of(columns));
        for line in &page.lines {
            assert!(!line.text().chars().any(char::is_control), "{line:?}");
        }
        for url in page.links.iter().filter_map(|link| link.url()) {
            assert!(url.bytes().all(|b| b.is_ascii_graphic()), "{url:?}");
        }
    }
}

#[test]
fn hostile_notes_stay_linear() {
    let deep = [
        ">".repeat(50_000),
        "- ".repeat(50_000),
        "[".repeat(50_000),
        "*a _".repeat(30_000),
        "==a ".repeat(50_000),
        "%%a ".repeat(50_000),
        "$^{$ ".repeat(20_000),
        format!("${}$", "^{\\frac{".repeat(20_000)),
        "<a '".repeat(50_000),
        format!("<div>\n{}", "<a '".repeat(50_000)),
        "&#".repeat(50_000),
        format!("|{}\n|{}\n|x|\n", "a|".repeat(5_000), "-|".repeat(5_000)),
        "![[x]]\n\n".repeat(10_000),
        "日".repeat(100_000),
        "e\u{301}\u{301}".repeat(50_000),
        "1. ".repeat(30_000),
        "> [!a]\n".repeat(20_000),
        "x".repeat(300_000),
    ];
    for body in deep {
        let page = render(&body, &Layout::of(40));
        let drawn: usize = page.lines.iter().map(|line| line.text().len()).sum();
        assert!(drawn <= 20 * body.len(), "{drawn} bytes for {:?}", body.get(..20));
    }
}

#[test]
fn depth_costs_no_parts_and_no_lines_of_its_own() {
    let many = "b\n".repeat(1000);
    let lines = (0..1000).map(|i| format!("{}- t\n", " ".repeat(i))).collect::<String>();
    for (body, most_lines) in [
        ("- ".repeat(10_000) + "x", 1),
        ("1. ".repeat(10_000) + "x", 1),
        ("> ".repeat(10_000) + "x", 1),
        ("> - ".repeat(10_000) + "x", 1),
        ("- > ".repeat(2_000) + "a\n" + &many, 1001),
        ((1..30).map(|i| ">".repeat(i) + ["[!tip] t\n", "[!bug] t\n"][i % 2]).collect::<String>() + &many, 1060),
        (lines, 1000),
    ] {
        for columns in [20, 80, 400] {
            let page = render(&body, &Layout::of(columns));
            assert!(page.lines.len() <= most_lines, "{} lines for {:?}", page.lines.len(), body.get(..20));
            // The first line has the markers of all that is drawn.
            let parts = page.lines.iter().skip(1).map(|line| line.spans.len()).max().unwrap_or(0);
            assert!(parts <= BAR_STYLES + 2, "{parts} parts for {:?}", body.get(..20));
            let widest = page.lines.iter().map(Line::width).max().unwrap_or(0);
            assert!(widest <= DEEPEST + 8, "{widest} columns for {:?}", body.get(..20));
        }
    }
    // Of items that hold nothing but another, the innermost is drawn, and none is lost that stands alone.
    assert_eq!(text("- - x\n-\n- y\n", 40), "• ◦ x\n•\n• y\n".replace("•\n", "• \n"));
}

#[test]
fn a_carriage_return_ends_a_line_as_a_line_feed_does() {
    let body = "# A\n\nOne line\nand another, a long one that somebody wrapped by hand at some sixty columns\nor so.\n\n- a\n- b\n\n```\ncode\n```\n";
    assert_eq!(text(&body.replace('\n', "\r"), 60), text(body, 60));
}

#[test]
fn a_table_wider_than_the_screen_is_drawn_row_by_row() {
    let row = |cell: &str| format!("|{}\n", format!("{cell}|").repeat(1000));
    let page = text(&[row("a"), row("-"), row("b"), row("c")].concat(), 80);
    let lines: Vec<&str> = page.lines().collect();
    assert_eq!(lines.len(), 2 * (table::MOST_CELLS + 1) + 1);
    assert_eq!([lines[0], lines[table::MOST_CELLS]], ["a: b", "… 800 more cells"]);
    assert_eq!(lines[table::MOST_CELLS + 1..][..2], ["", "a: c"]);
    // A head alone is drawn, too.
    assert!(text(&[row("a"), row("-")].concat(), 80).starts_with("a\na\n"));
}

#[test]
fn spans_know_their_place_in_the_source() {
    let body = "- **Term**: what it is, at some length so that it folds\n";
    let at = body.find(": what").unwrap() + 1;
    let page = render(body, &Layout { cuts: &[at], ..Layout::of(30) });
    let (before, after): (Vec<&Span>, Vec<&Span>) = page
        .lines
        .iter()
        .flat_map(|line| &line.spans)
        .filter(|span| span.at.is_some())
        .partition(|span| span.at < Some(at));
    assert_eq!(before.iter().map(|span| span.text.as_str()).collect::<String>(), "Term:");
    assert!(after.iter().map(|span| span.text.as_str()).collect::<String>().starts_with(" what it is"));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(400))]
    #[test]
    fn any_note_fits_its_width(body in "([-#*>|`=%$~!x1. a日\\\\]|\\[\\[|\\]\\]|\n|\\[x\\] |&#27;|<b>|\\[\\^1\\]|: ){0,60}", columns in 20_usize..60) {
        for line in render(&body, &Layout::of(columns)).lines {
            let text = line.text();
            proptest::prop_assert!(!text.chars().any(char::is_control));
            proptest::prop_assert!(width(&text) <= columns, "{:?} is {} wide", text, width(&text));
        }
    }
}
