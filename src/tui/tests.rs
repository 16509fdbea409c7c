use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::backend::TestBackend;
use ratatui::terminal::Terminal;

use super::*;
use crate::review::Action;
use crate::show::theme::{Depth, Shade, Theme};

mod fake;

use fake::*;

#[test]
fn a_note_from_outline_to_grade() {
    let mut fake = Fake::new(&["cells", "b", "c new"]);
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    insta::assert_snapshot!("opens_with_its_outline", frame(&mut app, 80, 24));
    press(&mut app, "space space space x space");
    insta::assert_snapshot!("half_revealed", frame(&mut app, 80, 24));
    press(&mut app, "space space space space space");
    insta::assert_snapshot!("all_recalled", frame(&mut app, 80, 24));
    assert_eq!(press(&mut app, "3"), Flow::Go);
    insta::assert_snapshot!("next_note", frame(&mut app, 80, 24));
    assert_eq!(fake.asked, ["grade good cells 10"]);
}

#[test]
fn a_screen_left_open_overnight_goes_on_in_the_new_day() {
    let mut fake = Fake::new(&["cells", "b", "c"]);
    let clock = fake.clock.clone();
    let mut app = App::new(&mut fake, Options::default());
    assert!(!app.look_for_new_day());
    assert!(frame(&mut app, 80, 24).contains("5 days late"));
    clock.set(day("2026-01-17"));
    assert!(app.look_for_new_day() && !app.look_for_new_day());
    let shown = frame(&mut app, 80, 24);
    assert!(shown.contains("a new study day began, Sat 17 Jan") && shown.contains("7 days late"), "{shown}");
    press(&mut app, "2");
    assert!(!frame(&mut app, 80, 24).contains("a new study day"));
    // A key may come before the screen was looked at.
    press(&mut app, "space");
    clock.set(day("2026-01-18"));
    press(&mut app, "2");
    assert!(frame(&mut app, 80, 24).contains("a new study day began, Sun 18 Jan"));
    // A clock that is set back takes no day back.
    clock.set(day("2026-01-15"));
    assert!(!app.look_for_new_day());
    drop(app);
    let days: Vec<_> = fake
        .session
        .done()
        .iter()
        .map(|done| match done.action {
            Action::Graded(outcome) => outcome.after.inferred_last_review().unwrap(),
            _ => unreachable!(),
        })
        .collect();
    assert_eq!(days, [day("2026-01-17"), day("2026-01-18")]);
}

#[test]
fn a_held_key_grades_one_note_however_slowly_it_repeats() {
    let mut fake = Fake::new(&["a", "b", "c", "d"]);
    let mut app = App::new(&mut fake, Options::default());
    let key = |app: &mut App<'_>, key, ms| {
        app.seen(Duration::ZERO);
        app.handle(&Event::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)), Duration::from_millis(ms));
    };
    key(&mut app, '3', 1_000);
    for ms in [1_500, 1_600, 2_199] {
        key(&mut app, '3', ms);
        assert!(frame(&mut app, 80, 24).contains("3 is held, or was hit twice"));
    }
    assert_eq!(app.effects.session().graded(), 1);
    // Another grade, or something between, is meant.
    key(&mut app, '2', 2_300);
    assert_eq!(app.effects.session().graded(), 2);
    key(&mut app, ' ', 2_400);
    key(&mut app, '2', 2_500);
    assert_eq!(app.effects.session().graded(), 3);
    key(&mut app, '2', 3_100);
    assert_eq!(app.effects.session().graded(), 4);
}

#[test]
fn links_arrive_while_the_first_note_is_read() {
    let mut fake = Fake::before_links(&["cells new", "b", "c"]);
    fake.notes.insert("bio/cells new.md".into(), "# Cells\n\nof [[Life]], of [[Nothing]]\n\n## More\n\nmore\n".into());
    let links = fake.links.clone();
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    press(&mut app, "space");
    let before = frame(&mut app, 80, 24);
    assert!(
        before.contains("Cells") && before.contains("of Life, of Nothing") && before.contains("3 good"),
        "{before}"
    );
    assert!(!before.contains("Jan") && !before.contains("3 links here"), "{before}");
    assert!(!app.look_for_links() && app.awaits_links());
    links.set(Links::There);
    assert!(app.look_for_links() && !app.awaits_links() && !app.look_for_links());
    let after = frame(&mut app, 80, 24);
    assert!(
        after.contains("of Life, of Nothing") && after.contains("Jan") && after.contains("3 links here"),
        "{after}"
    );
    press(&mut app, "3");
    // From the second note on, ranks decide.
    assert!(frame(&mut app, 80, 24).contains("Note c"));
}

#[test]
fn what_leaves_the_first_note_waits_for_links() {
    for (keys, asked) in [("3", "grade good a new 10"), ("s", ""), ("l", "")] {
        let mut fake = Fake::before_links(&["a new", "b", "c"]);
        let mut app = App::new(&mut fake, opening(Some(Ok(()))));
        press(&mut app, keys);
        if keys == "l" {
            typed(&mut app, "c");
            press(&mut app, "enter");
        }
        assert!(app.look_for_links(), "{keys}");
        assert!(frame(&mut app, 80, 24).contains("Note c"), "{keys}");
        assert_eq!(fake.asked.first().map(String::as_str), Some("wait"), "{keys}");
        assert_eq!(fake.asked.get(1).map_or("", String::as_str), asked, "{keys}");
    }
    let mut fake = Fake::before_links(&["a new", "b", "c"]);
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    press(&mut app, "space enter / x esc ?");
    press(&mut app, "esc");
    assert_eq!(press(&mut app, "q"), Flow::Leave(End::Quit));
    assert!(fake.asked.is_empty());
}

#[test]
fn a_roadmap_asks_for_its_topics() {
    let mut fake = Fake::new(&["Web roadmap"]);
    let map = "# Web roadmap\n\nWhat to learn.\n\n## Requests\n\nGo out to [a server](https://example.org).\n\n\
               - [x] Headers\n  Names and values.\n  - [/] Cookies\n    Crumbs.\n  - [[Life]]\n- [-] Frames\n- [ ] Proxies\n  Stand between.\n\n\
               ## Replies\n\n- [x] Codes\n  Three digits.\n- [x] Bodies\n  The rest.\n- [x] Trailers\n";
    fake.notes.insert("bio/Web roadmap.md".into(), map.into());
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    let screen = frame(&mut app, 60, 36);
    assert!(screen.contains("What to learn.") && screen.contains("4 parts"), "{screen}");
    assert!(screen.contains("Headers") && screen.contains("## Replies") && !screen.contains("Names"), "{screen}");
    press(&mut app, "space space x");
    insta::assert_snapshot!("roadmap", frame(&mut app, 60, 24));
    press(&mut app, "space space");
    let screen = frame(&mut app, 60, 24);
    assert!(screen.contains("recalled 3 of 4") && screen.contains("[3 good]"), "{screen}");
}

#[test]
fn every_window_has_room_for_the_grades() {
    for (columns, rows) in [(40, 10), (40, 24), (60, 14), (300, 80), (20, 6), (10, 4), (4, 3), (3, 2), (1, 1)] {
        let mut fake = Fake::new(&["cells", "b"]);
        let mut app = App::new(&mut fake, opening(Some(Ok(()))));
        press(&mut app, "space space enter");
        let screen = frame(&mut app, columns, rows);
        if columns >= 40 {
            for key in ["1", "2", "3", "4"] {
                assert!(screen.lines().rev().take(4).any(|line| line.contains(key)), "{screen}");
            }
        }
        if columns == 40 {
            insta::assert_snapshot!(format!("window_{columns}x{rows}"), screen);
        }
        for key in ["?", "esc", "l", "esc", "/", "esc", "d"] {
            press(&mut app, key);
            frame(&mut app, columns, rows);
        }
    }
}

#[test]
fn the_end_tells_what_was_done_and_what_comes() {
    let mut fake = Fake::new(&["a", "b"]);
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    press(&mut app, "1 3 4");
    assert!(app.is_over());
    insta::assert_snapshot!("end", frame(&mut app, 60, 16));
    press(&mut app, "u u");
    assert!(!app.is_over() && frame(&mut app, 60, 16).contains("Note b"));
    press(&mut app, "3 4");
    assert_eq!(press(&mut app, "q"), Flow::Leave(End::Finished));
}

#[test]
fn keys_and_queue_lie_over_the_note() {
    let mut fake = Fake::new(&["cells", "b", "c new"]);
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    press(&mut app, "?");
    insta::assert_snapshot!("help", frame(&mut app, 90, 36));
    press(&mut app, "esc l");
    insta::assert_snapshot!("queue", frame(&mut app, 60, 14));
    typed(&mut app, "new");
    let screen = frame(&mut app, 60, 14);
    assert!(screen.contains("c new") && !screen.contains("cells  bio"), "{screen}");
    assert!(screen.contains(" 1 of 3 left "), "{screen}");
    typed(&mut app, "er");
    let screen = frame(&mut app, 60, 14);
    assert!(screen.contains(" 0 of 3 left "), "{screen}");
    press(&mut app, "esc l");
    typed(&mut app, "new");
    press(&mut app, "enter");
    assert!(frame(&mut app, 60, 14).contains("Note c new"));
}

#[test]
fn the_keys_are_told_in_full_in_any_window() {
    for (columns, rows) in [(40, 12), (60, 20), (80, 24), (34, 8)] {
        let mut fake = Fake::new(&["cells", "b"]);
        let mut app = App::new(&mut fake, opening(Some(Ok(()))));
        press(&mut app, "enter ?");
        let mut last = String::new();
        let mut screen = frame(&mut app, columns, rows);
        let mut told = screen.clone();
        assert!(screen.contains(", j for more "), "{screen}");
        if columns == 40 {
            insta::assert_snapshot!("help_40x12", screen);
        }
        while screen != last {
            assert!(!screen.contains("cell") && !screen.contains("good ") && !screen.contains('…'), "{screen}");
            // One line further on each screen: the last line of each is new.
            told += &format!(" {}", screen.lines().rev().nth(1).unwrap().trim());
            last = screen;
            press(&mut app, "j");
            screen = frame(&mut app, columns, rows);
        }
        assert!(screen.contains(", k for back "), "{screen}");
        let words: Vec<&str> = told.split_whitespace().collect();
        for word in ["recalled:", "pagedown", "$EDITOR", "nothing", "lost"] {
            assert!(words.contains(&word), "{word}: {told}");
        }
        press(&mut app, "g");
        assert!(frame(&mut app, columns, rows).contains("1 to "));
        press(&mut app, "G");
        assert_eq!(frame(&mut app, columns, rows), screen);
    }
}

#[test]
fn a_wikilink_is_followed_and_left_again() {
    let mut fake = Fake::new(&["cells", "b"]);
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    press(&mut app, "enter tab enter");
    let screen = frame(&mut app, 80, 24);
    assert!(screen.contains("peek Life") && screen.contains("esc goes back to cells"), "{screen}");
    press(&mut app, "3");
    assert!(frame(&mut app, 80, 24).contains("this is another note"));
    press(&mut app, "tab enter");
    assert!(frame(&mut app, 80, 24).contains("peek The cell"));
    press(&mut app, "esc q");
    let screen = frame(&mut app, 80, 24);
    assert!(!screen.contains("peek") && screen.contains("The cell"), "{screen}");
    press(&mut app, "tab enter");
    let screen = frame(&mut app, 80, 24);
    assert!(screen.contains("opening https://example.org"), "{screen}");
    assert_eq!(fake.asked, Vec::<String>::new());
}

#[test]
fn setting_aside_and_taking_back() {
    let mut fake = Fake::new(&["a", "b", "c", "d"]);
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    press(&mut app, "s b S d");
    typed(&mut app, "nonsense");
    press(&mut app, "enter");
    assert!(frame(&mut app, 80, 24).contains("`nonsense` is no day"));
    press(&mut app, "d");
    typed(&mut app, "2w");
    press(&mut app, "enter");
    assert!(frame(&mut app, 80, 24).contains("Note d: due Thu 29 Jan"));
    press(&mut app, "u u u u u");
    assert!(frame(&mut app, 80, 24).contains("nothing was done"));
    assert!(frame(&mut app, 80, 24).contains("Note a"));
    assert_eq!(fake.asked[..3], ["bury", "suspend", "due 2026-01-29"]);
}

#[test]
fn how_an_opening_ended_is_said_once_it_has() {
    let follow = |ending: Option<Result<(), String>>| {
        let mut fake = Fake::new(&["cells"]);
        let mut app = App::new(&mut fake, opening(ending));
        press(&mut app, "enter tab tab enter");
        assert!(frame(&mut app, 80, 24).contains("opening https://example.org"));
        let is_new = app.look_after_opening();
        (is_new, frame(&mut app, 80, 24))
    };
    let (is_new, screen) = follow(Some(Ok(())));
    assert!(is_new && screen.contains("opened https://example.org"), "{screen}");
    let (is_new, screen) = follow(Some(Err("`xdg-open` ended with exit status: 3".into())));
    assert!(is_new && screen.contains("`xdg-open` ended with exit status: 3"), "{screen}");
    let (is_new, screen) = follow(None);
    assert!(!is_new && screen.contains("opening https://example.org"), "{screen}");
}

#[test]
fn what_was_not_done_is_said_and_nothing_moves() {
    let mut fake = Fake::new(&["a", "b"]);
    fake.broken = Some("the note has changed");
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    for key in ["3", "u", "b", "S", "o"] {
        press(&mut app, key);
        let screen = frame(&mut app, 80, 24);
        assert!(screen.contains("Note a") && screen.contains(if key == "o" { "no Obsidian" } else { "has changed" }));
    }
}

#[test]
fn notes_that_are_gone_are_passed_over_with_a_word() {
    let mut fake = Fake::new(&["a", "b"]);
    fake.notes.remove("bio/a.md");
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    let screen = frame(&mut app, 80, 24);
    assert!(screen.contains("Note b") && screen.contains("bio/a.md is gone"), "{screen}");
    let mut fake = Fake::new(&["a"]);
    fake.notes.remove("bio/a.md");
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    assert!(app.is_over() && frame(&mut app, 80, 24).contains("is gone"));
}

#[test]
fn the_editor_is_run_and_the_changed_note_shown() {
    let mut fake = Fake::new(&["cells"]);
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    press(&mut app, "space");
    assert_eq!(press(&mut app, "e"), Flow::Run(vi("bio/cells.md")));
    app.edited(Err("`vi` ended with 1".into()), Duration::ZERO);
    let screen = frame(&mut app, 80, 24);
    assert!(screen.contains("ended with 1") && screen.contains("All life") && screen.contains('…'), "{screen}");
}

#[test]
fn a_leech_says_so() {
    let mut fake = Fake::new(&["a"]);
    fake.lapses = 4;
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    assert!(frame(&mut app, 100, 24).contains("leech: forgotten 4 times"));
}

#[test]
fn a_limit_ends_the_session_between_two_notes() {
    let mut fake = Fake::new(&["a", "b"]);
    fake.session = fake.session.limited_to(Some(Duration::from_secs(5)));
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    assert!(!app.is_over());
    press(&mut app, "3");
    assert!(app.is_over() && frame(&mut app, 80, 24).contains("Time is up: 1 note left."));
    press(&mut app, "space");
    assert!(frame(&mut app, 80, 24).contains("Note b"));
}

#[test]
fn the_mouse_grades_reveals_and_follows() {
    let mut fake = Fake::new(&["cells", "b"]);
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    let screen = frame(&mut app, 80, 24);
    click(&mut app, &screen, "… 1 line");
    let screen = frame(&mut app, 80, 24);
    assert!(screen.contains("All life"), "{screen}");
    click(&mut app, &screen, "cells, see");
    let screen = frame(&mut app, 80, 24);
    assert!(screen.contains("peek Life"), "{screen}");
    click(&mut app, &screen, "goes back");
    let screen = frame(&mut app, 80, 24);
    click(&mut app, &screen, "4 easy");
    assert_eq!(fake.asked, ["grade easy cells 10"]);
}

#[test]
fn a_held_key_grades_one_note() {
    let mut fake = Fake::new(&["a", "b", "c", "d"]);
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    let at = Duration::from_millis;
    let key = |kind| {
        let code = KeyCode::Char('3');
        Event::Key(KeyEvent { kind, ..KeyEvent::new(code, KeyModifiers::NONE) })
    };
    let pressed = key(KeyEventKind::Press);
    // Before the first note was drawn at all.
    app.handle(&pressed, at(900));
    app.seen(at(1000));
    app.handle(&pressed, at(1149));
    app.handle(&key(KeyEventKind::Repeat), at(2000));
    assert!(frame(&mut app, 80, 24).contains("Note a"));
    app.handle(&pressed, at(2600));
    // Read from the input before the next note was drawn, however long that took.
    app.handle(&pressed, at(3500));
    app.seen(at(4000));
    // A note stays seen from its first frame on.
    app.seen(at(4140));
    app.handle(&pressed, at(4149));
    let screen = frame(&mut app, 80, 24);
    assert!(screen.contains("Note b") && screen.contains("good: Note a, next"), "{screen}");
    app.handle(&Event::Key(KeyEvent::new(KeyCode::Char('4'), KeyModifiers::NONE)), at(4150));
    assert!(frame(&mut app, 80, 24).contains("Note c"));
    // Other keys are not held back.
    app.handle(&Event::Key(KeyEvent::new(KeyCode::Char('s'), KeyModifiers::NONE)), at(4151));
    assert!(frame(&mut app, 80, 24).contains("Note d"));
    // Neither are they where text is typed.
    app.handle(&Event::Key(KeyEvent::new(KeyCode::Char('/'), KeyModifiers::NONE)), at(4152));
    app.handle(&key(KeyEventKind::Repeat), at(4153));
    assert!(frame(&mut app, 80, 24).contains("search: 3"));
    assert_eq!(fake.asked.len(), 2);
}

#[test]
fn leaving_is_told_apart() {
    let mut fake = Fake::new(&["a"]);
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    assert_eq!(press(&mut app, "q"), Flow::Leave(End::Quit));
    assert_eq!(press(&mut app, "/ ctrl+c"), Flow::Leave(End::Interrupted));
}

#[test]
fn a_search_is_typed_and_walked_through() {
    let mut fake = Fake::new(&["cells"]);
    let mut app = App::new(&mut fake, opening(Some(Ok(()))));
    press(&mut app, "enter /");
    typed(&mut app, "HOLDS");
    assert!(frame(&mut app, 80, 24).contains("search: HOLDS"));
    press(&mut app, "enter");
    assert!(frame(&mut app, 80, 24).contains("1 of 2 for `HOLDS`"));
    press(&mut app, "n");
    assert!(frame(&mut app, 80, 24).contains("2 of 2 for `HOLDS`"));
    press(&mut app, "esc");
    assert!(!frame(&mut app, 80, 24).contains("for `"));
    press(&mut app, "/");
    typed(&mut app, "zebra");
    press(&mut app, "enter");
    assert!(frame(&mut app, 80, 24).contains("`zebra` is not in what is shown"));
}

#[test]
fn ascii_screens_are_ascii_and_colourless_ones_have_no_colour() {
    let mut fake = Fake::new(&["cells", "b"]);
    let theme = Theme { ascii: true, ..Theme::PLAIN };
    let mut app = App::new(&mut fake, Options { theme, ..Options::default() });
    for key in ["space", "space", "?", "esc", "l", "esc", "enter", "3", "1"] {
        press(&mut app, key);
        let screen = frame(&mut app, 80, 24);
        assert!(screen.is_ascii(), "{screen}");
    }
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| draw(frame, &mut app, Duration::ZERO)).unwrap();
    let colours = |cell: &ratatui::buffer::Cell| (cell.fg, cell.bg);
    let plain = (ratatui::style::Color::Reset, ratatui::style::Color::Reset);
    assert!(terminal.backend().buffer().content().iter().all(|cell| colours(cell) == plain));
}

#[test]
fn links_carry_their_address_where_the_terminal_knows() {
    let mut fake = Fake::new(&["cells"]);
    let theme = Theme { depth: Depth::True, shade: Shade::Light, ascii: false, hyperlinks: true };
    let mut app = App::new(&mut fake, Options { theme, ..Options::default() });
    press(&mut app, "enter");
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| draw(frame, &mut app, Duration::ZERO)).unwrap();
    let linked =
        terminal.backend().buffer().content().iter().filter(|cell| cell.symbol().contains("8;;https://example.org"));
    assert_eq!(linked.count(), "a page".len());
}

#[test]
fn hostile_notes_reach_no_terminal() {
    let mut fake = Fake::new(&["a"]);
    fake.notes.insert("bio/a.md".into(), "# \u{1b}]0;x\u{7}\u{202e}t\n\n&#27;[2J `\u{9b}` [[\u{1b}|x]]\n".into());
    let theme = Theme { depth: Depth::True, shade: Shade::Dark, ascii: false, hyperlinks: true };
    let mut app = App::new(&mut fake, Options { theme, ..Options::default() });
    press(&mut app, "enter tab enter");
    let screen = frame(&mut app, 80, 24);
    assert!(!screen.chars().any(|c| c.is_control() && c != '\n'), "{screen:?}");
}

/// Everything that a key or the mouse can start.
const KEYS: &str = "1234 xusbSdloe\t/nNjkgGfq?\r\u{1b}\u{8}\u{4}\u{15}a-7w";

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(60))]
    #[test]
    fn no_keys_in_any_window_bring_it_down(
        keys in proptest::collection::vec(0..KEYS.chars().count(), 1..60),
        columns in 1_u16..120,
        rows in 1_u16..40,
    ) {
        let mut fake = Fake::new(&["cells", "b", "c new", "d"]);
        fake.session = fake.session.limited_to(Some(Duration::from_secs(600)));
        let mut app = App::new(&mut fake, opening(Some(Ok(()))));
        for (step, index) in keys.into_iter().enumerate() {
            let (code, held) = match KEYS.chars().nth(index).unwrap() {
                '\r' => (KeyCode::Enter, KeyModifiers::NONE),
                '\t' => (KeyCode::Tab, KeyModifiers::NONE),
                '\u{1b}' => (KeyCode::Esc, KeyModifiers::NONE),
                '\u{8}' => (KeyCode::Backspace, KeyModifiers::NONE),
                '\u{4}' => (KeyCode::Char('d'), KeyModifiers::CONTROL),
                '\u{15}' => (KeyCode::Char('u'), KeyModifiers::CONTROL),
                key => (KeyCode::Char(key), KeyModifiers::NONE),
            };
            let now = Duration::from_secs(step as u64 * 20);
            app.seen(now.saturating_sub(Duration::from_secs(10)));
            if let Flow::Run(_) = app.handle(&Event::Key(KeyEvent::new(code, held)), now) {
                app.edited(Ok(()), now);
            }
            let down = MouseEventKind::Down(MouseButton::Left);
            for kind in [MouseEventKind::ScrollDown, down] {
                let mouse = MouseEvent { kind, column: columns / 2, row: rows / 3, modifiers: KeyModifiers::NONE };
                if step % 5 == 4 {
                    app.handle(&Event::Mouse(mouse), now);
                }
            }
            // A window that keeps changing.
            frame(&mut app, 1 + (columns + step as u16 * 7) % 120, rows);
        }
    }
}
