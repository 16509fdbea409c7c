use super::*;
use crate::show::glyphs::UNICODE;
use crate::show::markdown::Alone;

const NOTE: &str = "---\ntags: review\n---\n# Cells\n\nIntro [[Life]].\n\n## Parts\n\n- **Nucleus**: genome\n- **Wall**: shell\n\n\
                    ## More\n\ntext with a [link](http://x) and NUCLEUS\n";

fn reading(text: &str) -> Reading {
    let opened = Opened { text: text.into(), ..Opened::default() };
    let mut reading = Reading::hidden(NotePath::new("a/Cells.md"), opened);
    reading.height = 5;
    reading.lay(40, false, &UNICODE, &Alone);
    reading
}

fn rows(reading: &Reading) -> Vec<String> {
    reading.rows().map(Line::text).collect()
}

#[test]
fn a_note_opens_with_its_outline_and_is_revealed_part_by_part() {
    let mut r = reading(NOTE);
    assert_eq!(r.title, "Cells");
    assert_eq!(rows(&r), ["# Cells", "… 1 line", "", "## Parts", "… 2 lines", "", "## More", "… 1 line"]);
    assert!(r.reveal(&UNICODE));
    assert_eq!(rows(&r)[..3], ["# Cells", "", "Intro Life."]);
    assert!(r.reveal(&UNICODE));
    assert!(rows(&r).contains(&"• Nucleus: …".into()) && rows(&r).contains(&"• Wall: …".into()));
    assert!(r.reveal(&UNICODE));
    assert!(rows(&r).contains(&"• Nucleus: genome".into()) && rows(&r).contains(&"• Wall: …".into()));
    assert!(r.reveal(&UNICODE) && r.reveal(&UNICODE) && r.is_revealed() && !r.reveal(&UNICODE));
    assert!(!rows(&r).concat().contains('…'));
}

#[test]
fn what_was_recalled_suggests_a_grade() {
    let mut r = reading(NOTE);
    assert_eq!((r.to_recall(), r.recalled(), r.toggle_missed()), (4, (0, 0), false));
    for _ in 0..3 {
        r.reveal(&UNICODE);
    }
    // The section with terms in it is opened, not recalled.
    assert_eq!((r.recalled(), r.suggestion()), ((2, 2), None));
    assert!(r.toggle_missed());
    assert_eq!(r.recalled(), (1, 2));
    r.reveal(&UNICODE);
    r.reveal(&UNICODE);
    assert_eq!((r.recalled(), r.suggestion()), ((3, 4), Some(Grade::Good)));
    r.toggle_missed();
    assert_eq!(r.suggestion(), Some(Grade::Hard));
    r.toggle_missed();
    assert_eq!(r.suggestion(), Some(Grade::Good));
    let marks = r.marks();
    assert_eq!(marks.len(), 2);
    assert_eq!(rows(&r)[marks[0].0], "• Nucleus: genome");
}

/// A roadmap of ten branches with as many learned topics each.
fn roadmap(topics: usize) -> Reading {
    let mut text = String::from("# Roadmap\n");
    for branch in 1..=10 {
        text += &format!("\n## Branch {branch}\n\n");
        (1..=topics).for_each(|topic| text += &format!("- [x] topic {branch}.{topic}\n  words\n"));
    }
    reading(&text)
}

#[test]
fn a_large_roadmap_is_recalled_branch_by_branch() {
    assert_eq!(roadmap(4).branch(), None);
    let mut r = roadmap(13);
    assert_eq!(r.to_recall(), 130);
    assert_eq!(r.branch(), Some(BranchPlace { shown: 0, all: 13, part: 1, parts: 10 }));
    assert!(r.go_to_section(false) && r.go_to_section(false));
    assert_eq!(rows(&r)[r.scroll], "## Branch 2");
    assert_eq!(r.branch(), Some(BranchPlace { shown: 0, all: 13, part: 2, parts: 10 }));
    for shown in 1..=13 {
        assert_eq!(r.suggestion(), None);
        assert!(r.reveal(&UNICODE));
        assert_eq!(r.branch(), Some(BranchPlace { shown, all: 13, part: 2, parts: 10 }));
    }
    assert_eq!((r.recalled(), r.suggestion()), ((13, 13), Some(Grade::Good)));
    // It goes on with the branch after it, and at the end with what was passed over.
    r.reveal(&UNICODE);
    assert_eq!((r.branch().unwrap().part, r.suggestion()), (3, None));
    while r.reveal(&UNICODE) {}
    assert_eq!((r.recalled(), r.branch().unwrap().part), ((130, 130), 1));
}

#[test]
fn sections_are_gone_to_one_by_one() {
    let mut r = reading(NOTE);
    let first = |r: &Reading| rows(r)[r.scroll].clone();
    assert!(!r.go_to_section(true));
    assert!(r.go_to_section(false));
    assert_eq!(first(&r), "## Parts");
    r.reveal(&UNICODE);
    assert!(rows(&r).contains(&"• Nucleus: …".into()), "what was gone to is shown first: {:?}", rows(&r));
    assert!(r.go_to_section(false) && !r.go_to_section(false));
    r.reveal(&UNICODE);
    assert!(rows(&r).concat().contains("text with a link"));
    assert!(r.go_to_section(true) && r.go_to_section(true) && !r.go_to_section(true));
    while r.reveal(&UNICODE) {}
    assert!(r.is_revealed() && !rows(&r).concat().contains('…'));
}

#[test]
fn what_is_shown_at_once_counts_neither_way() {
    let mut r = reading(NOTE);
    r.reveal(&UNICODE);
    r.reveal_all(&UNICODE);
    assert_eq!((r.recalled(), r.suggestion()), ((1, 1), None));
    let mut r = reading(NOTE);
    r.reveal_all(&UNICODE);
    assert_eq!(r.suggestion(), None);
}

#[test]
fn the_window_follows_what_is_revealed() {
    let mut r = reading(NOTE);
    r.height = 4;
    for _ in 0..5 {
        r.reveal(&UNICODE);
        let shown = rows(&r);
        assert!(r.scroll + 4 <= shown.len().max(4), "{}", r.scroll);
    }
    assert!(rows(&r)[r.scroll..].concat().contains("text with a link"));
}

#[test]
fn a_search_finds_what_shows_in_any_case() {
    let mut r = reading(NOTE);
    r.find("nucleus");
    assert!(r.search.as_ref().unwrap().hits.is_empty());
    r.reveal_all(&UNICODE);
    assert_eq!(r.search.as_ref().unwrap().hits.len(), 2);
    r.next_hit(false);
    assert_eq!(r.search.as_ref().unwrap().here, 1);
    assert!(rows(&r)[r.scroll..r.scroll + 5].concat().contains("NUCLEUS"));
    r.next_hit(false);
    assert_eq!(r.search.as_ref().unwrap().here, 0);
    assert_eq!(hits("ÄÖäö", &['ä', 'ö']), [0..4, 4..8]);
}

#[test]
fn links_that_show_can_be_chosen() {
    let mut r = reading(NOTE);
    r.choose_link(false);
    assert_eq!(r.focus, None);
    r.reveal_all(&UNICODE);
    let target = |r: &Reading| (*r.target(r.focus.unwrap()).unwrap()).clone();
    r.choose_link(false);
    assert_eq!(target(&r), Target::Note("Life".into()));
    r.choose_link(false);
    assert_eq!(target(&r), Target::Url("http://x".into()));
    r.choose_link(false);
    assert_eq!(target(&r), Target::Note("Life".into()));
    r.choose_link(true);
    assert_eq!(target(&r), Target::Url("http://x".into()));
}

#[test]
fn a_new_width_keeps_the_place() {
    let long = (0..50).map(|i| format!("paragraph {i} with some words in it\n\n")).collect::<String>();
    let mut r = reading(&long);
    r.reveal_all(&UNICODE);
    r.scroll_by(40);
    let before = rows(&r)[r.scroll].clone();
    r.lay(20, false, &UNICODE, &Alone);
    assert!(before.starts_with(rows(&r)[r.scroll].as_str()), "{before}");
    r.scroll_to_end(true);
    assert_eq!(r.scroll, rows(&r).len() - 5);
}
