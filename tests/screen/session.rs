//! Going through a session.

use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn a_whole_session_from_recall_to_the_end() {
    let vault = vault();
    let mut screen = review(&vault, 90, 26);
    let first = screen.shows("2 lines");
    assert!(first.contains("The cell") && first.contains("1/3") && first.contains("5 days late"), "{first}");
    assert!(first.contains("bio") && first.contains("## Parts") && !first.contains("genome"), "{first}");
    for grade in ["1 again", "2 hard", "3 good", "4 easy"] {
        assert!(first.contains(grade), "{first}");
    }
    screen.press(" ");
    screen.shows("All life is made of");
    screen.press("  ");
    let shown = screen.shows("holds the genome");
    assert!(!shown.contains("builds proteins"), "{shown}");
    screen.press("x  ");
    screen.shows("recalled 3 of 4");
    screen.press("3");
    let second = screen.shows("Tissue");
    assert!(second.contains("2/3") && second.contains("good: The cell, next"), "{second}");
    // It is on disk before the next note shows.
    assert!(!vault.read("bio/cells.md").contains("sr-due: 2026-01-10"));
    screen.press("\r1");
    screen.shows("Organs");
    screen.press("4");
    // Graded Again, it comes back.
    screen.shows("easy: Organs");
    screen.shows("# Tissue");
    screen.press("3");
    let end = screen.shows("Done for today.");
    assert!(end.contains("4 reviews in") && end.contains("1 again") && end.contains("Streak: 1 day."), "{end}");
    assert!(end.contains("Reviews: ") && end.contains('█'), "{end}");
    screen.press("q");
    assert_eq!(screen.ended().exit_code(), 0);
    screen.assert_restored();
    assert!(screen.text().contains("4 reviews: 1 again, 2 good, 1 easy."), "{}", screen.text());
}

#[test]
fn a_narrow_window_and_one_that_changes() {
    let vault = vault();
    let mut screen = review(&vault, 40, 10);
    // Nobody could let it go on: it does at once.
    screen.press("\x1a");
    let small = screen.shows("## Parts");
    assert!(small.lines().all(|line| line.chars().count() <= 40), "{small}");
    assert!(small.lines().last().is_some_and(|line| line.contains('1') && line.contains('4')), "{small}");
    screen.press("\r");
    screen.shows("All life is made of cells.");
    screen.resize(120, 30);
    let wide = screen.shows("? keys");
    assert!(wide.contains("builds proteins") && wide.contains("See a page and this."), "{wide}");
    screen.resize(24, 8);
    screen.shows("All life is made of");
    screen.resize(300, 80);
    screen.shows("? keys");
    screen.press("q");
    assert_eq!(screen.ended().exit_code(), 0);
    screen.assert_restored();
}

#[test]
fn undo_goes_back_through_the_session_and_the_files() {
    let vault = vault();
    let before = (vault.read("bio/cells.md"), vault.read("bio/tissue.md"));
    let mut screen = review(&vault, 80, 24);
    screen.shows("The cell");
    screen.press("3");
    screen.shows("Tissue");
    screen.press("1");
    screen.shows("Organs");
    screen.press("u");
    screen.shows("took back the grade again");
    screen.press("u");
    screen.shows("took back the grade good");
    screen.shows("The cell");
    assert_eq!((vault.read("bio/cells.md"), vault.read("bio/tissue.md")), before);
    screen.press("u");
    screen.shows("nothing was done in this session");
    screen.press("q");
    screen.ended();
    screen.assert_restored();
}

#[test]
fn notes_are_skipped_put_aside_and_given_a_date() {
    let vault = vault();
    let mut screen = review(&vault, 80, 24);
    screen.shows("The cell");
    screen.press("s");
    screen.shows("skipped");
    screen.shows("Tissue");
    screen.press("d");
    screen.shows("due on");
    screen.press("2026-02-01\r");
    screen.shows("Tissue: due Sun 1 Feb");
    assert!(vault.read("bio/tissue.md").contains("sr-due: 2026-02-01"));
    screen.shows("Organs");
    screen.press("b");
    screen.shows("put aside until tomorrow");
    screen.shows("The cell");
    screen.press("S");
    screen.shows("suspended");
    screen.press("q");
    assert_eq!(screen.ended().exit_code(), 0);
    // What is buried comes tomorrow, what is suspended does not.
    assert!(screen.text().contains("Next: 1 note tomorrow, Fri 16 Jan."), "{}", screen.text());
    let listed = vault.run(&["due", "--aside"]);
    let rows = "Set aside\n  suspended       bio/cells\n  until tomorrow  organs\n\n";
    assert!(listed.ok().starts_with(rows), "{listed:?}");
}

#[test]
fn the_queue_is_filtered_and_jumped_into() {
    let vault = vault();
    let mut screen = review(&vault, 80, 24);
    screen.shows("The cell");
    screen.press("l");
    screen.shows("3 left");
    screen.press("org");
    screen.hides("tissue");
    screen.press("\r");
    screen.shows("# Organs");
    screen.press("q");
    screen.ended();
}

#[test]
fn a_wikilink_is_followed_and_a_page_opened() {
    let mut vault = vault();
    let opened = vault.path("opened.txt");
    let opener = script(&vault, "opener", &format!("printf '%s' \"$1\" > '{}'", opened.display()));
    vault.env("STUDY_OPENER", &opener);
    let mut screen = review(&vault, 80, 24);
    screen.shows("The cell");
    screen.press("\r\t\r");
    screen.shows("It is hard to say what life is.");
    screen.press("\x1b");
    screen.hides("It is hard to say");
    screen.click("a page");
    screen.shows("opened https://example.org/cells");
    let start = std::time::Instant::now();
    while std::fs::read_to_string(&opened).unwrap_or_default().is_empty() && start.elapsed().as_secs() < 10 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(vault.read("opened.txt"), "https://example.org/cells");
    assert!(screen.written().contains("\x1b]8;;https://example.org/cells\x1b\\"));
    screen.press("q");
    screen.ended();
    screen.assert_restored();
}

#[test]
fn the_editor_gets_the_terminal_and_the_changed_note_shows() {
    let mut vault = vault();
    let editor = script(
        &vault,
        "my editor",
        "echo 'in the editor'; kill -s INT $PPID; read line; echo 'Added there.' >> \"$1\"",
    );
    // A name with a blank is no argument list: the link has none.
    let link = vault.path(".editor");
    std::os::unix::fs::symlink(&editor, &link).unwrap();
    vault.env("EDITOR", link.to_str().unwrap());
    let mut screen = review(&vault, 80, 24);
    screen.shows("The cell");
    screen.press("\re");
    let inside = screen.shows("in the editor");
    assert!(!inside.contains("again"), "{inside}");
    screen.press("done\r");
    screen.shows("Added there.");
    screen.press("3");
    screen.shows("Tissue");
    assert!(vault.read("bio/cells.md").ends_with("Added there.\n"));
    screen.press("q");
    screen.ended();
    screen.assert_restored();
}

#[test]
fn a_note_changed_behind_the_screen_is_not_overwritten() {
    let vault = vault();
    let mut screen = review(&vault, 80, 24);
    screen.shows("The cell");
    let other = note("2026-01-12", "50", "230", "# Other\n");
    vault.write("bio/cells.md", &other);
    screen.press("3");
    let again = screen.shows("has changed");
    assert!(again.contains("# Other") && again.contains("3 days late") && again.contains("ease 230"), "{again}");
    assert_eq!(vault.read("bio/cells.md"), other);
    screen.press("3");
    screen.shows("good: Other, next");
    assert!(!vault.read("bio/cells.md").contains("sr-due: 2026-01-12"));
    screen.shows("# Tissue");
    let elsewhere = note("2026-03-01", "50", "250", "# Tissue\n");
    vault.write("bio/tissue.md", &elsewhere);
    screen.press("3");
    let next = screen.shows("was reviewed elsewhere meanwhile; it is passed over");
    assert!(next.contains("# Organs"), "{next}");
    assert_eq!(vault.read("bio/tissue.md"), elsewhere);
    screen.press("q");
    screen.ended();
}

#[test]
fn a_held_key_grades_no_note_that_was_not_looked_at() {
    let vault = vault();
    let mut screen = review(&vault, 80, 24);
    screen.shows("The cell");
    screen.press("3333333333");
    screen.shows("# Tissue");
    // However long it is held.
    for _ in 0..20 {
        std::thread::sleep(std::time::Duration::from_millis(50));
        screen.press_at_once("3");
    }
    screen.shows("3 is held, or was hit twice");
    screen.press_at_once("q");
    screen.ended();
    assert!(screen.text().contains("1 review: 1 good."), "{}", screen.text());
    assert!(vault.read("bio/tissue.md").contains("sr-due: 2026-01-12"));
}

#[test]
fn the_mouse_grades_and_keys_can_be_set() {
    let vault = vault();
    std::fs::create_dir_all(vault.path(".study")).unwrap();
    vault.write(".study/config.toml", "[keys]\nquit = \"ctrl+x\"\n");
    let mut screen = review(&vault, 80, 24);
    screen.click("4 easy");
    screen.shows("Tissue");
    screen.press("q?");
    screen.shows("ctrl+x");
    screen.press("?\x18");
    assert_eq!(screen.ended().exit_code(), 0);
    screen.assert_restored();
}

#[test]
fn without_colours_there_are_none() {
    let mut vault = vault();
    vault.env("NO_COLOR", "1");
    let mut screen = review(&vault, 80, 24);
    screen.shows("4 easy");
    screen.press("q");
    screen.ended();
    let written = screen.written();
    for colour in ["\x1b[38;", "\x1b[48;", "\x1b[31m", "\x1b[32m"] {
        assert!(!written.contains(colour), "{colour:?}");
    }
}

#[test]
fn hostile_notes_do_not_reach_the_terminal() {
    let vault = Vault::new(&[(
        "\u{1b}]0;x\u{7}.md",
        &note("2026-01-10", "4", "250", "# t\u{1b}[31m\n\n&#27;]52;c;eA==&#7; `\u{9b}2J`\n"),
    )]);
    let mut screen = review(&vault, 80, 24);
    screen.shows("4 easy");
    screen.press("\r");
    screen.shows("]52;c;eA==");
    screen.press("q");
    screen.ended();
    for escape in ["\x1b]0;", "\x1b]52", "\u{9b}"] {
        assert!(!screen.written().contains(escape), "{escape:?}");
    }
}

/// An executable script in the vault.
fn script(vault: &Vault, name: &str, body: &str) -> String {
    let path = vault.path("").parent().unwrap().join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Notes due on one day and new ones. Both `z` are linked most.
fn ranked() -> Vault {
    let due = |body: &str| note("2026-01-10", "4", "250", body);
    let new = |body: &str| format!("#review\n{body}");
    Vault::new(&[
        ("a.md", &due("# Due a\n\n[[z]] [[y new]]\n")),
        ("b.md", &due("# Due b\n\n[[z]] [[z new]]\n")),
        ("c.md", &due("# Due c\n\n[[z]] [[z new]]\n")),
        ("z.md", &due("# Due z\n\n[[z new]]\n")),
        ("y new.md", &new("# New y\n")),
        ("z new.md", &new("# New z\n")),
    ])
}

#[test]
fn ranks_decide_from_the_second_note_on() {
    // Without threads, links are read while the first note waits.
    for threads in ["99", "2", "0"] {
        let mut vault = ranked();
        vault.env("STUDY_FAULT", &format!("threads:{threads}"));
        let mut screen = review(&vault, 80, 24);
        for title in ["Due a", "Due z", "Due b", "Due c", "New z", "New y"] {
            screen.shows(title);
            screen.press("3");
        }
        screen.shows("Done for today.");
        screen.press("q");
        screen.ended();
        screen.assert_restored();
    }
}

#[test]
fn a_new_note_that_comes_first_is_graded_from_the_ease_of_its_links() {
    let graded = |links: bool| {
        let vault = ranked();
        vault.write("a.md", note("2027-01-10", "4", "130", "# Due a\n\n[[y new]]\n"));
        if !links {
            vault.write("a.md", note("2027-01-10", "4", "130", "# Due a\n"));
        }
        for late in ["b.md", "c.md", "z.md"] {
            vault.write(late, "# Not for review\n");
        }
        let mut screen = review(&vault, 80, 24);
        screen.shows("New y");
        screen.shows("4 easy");
        screen.press("4");
        screen.shows("New z");
        let alone = vault.read("y new.md");
        let without_screen = {
            vault.run(&["undo"]).ok();
            vault.run(&["review", "y new", "--grade", "easy"]).ok();
            vault.read("y new.md")
        };
        assert_eq!(alone, without_screen);
        alone
    };
    assert_ne!(graded(true), graded(false));
}

#[test]
fn a_locale_without_utf_8_gets_ascii_alone() {
    let mut vault = Vault::new(&[(
        "Größe.md",
        &note("2026-01-10", "4", "250", "# Größe\n\nÖl, 日本 [ö](https://example.org/ö)\n"),
    )]);
    vault.env("LC_ALL", "de_DE.ISO-8859-1");
    let mut screen = review(&vault, 80, 24);
    screen.shows("Grose");
    screen.press("\r");
    screen.shows("Ol, ? ?  o");
    screen.press("q");
    screen.ended();
    assert!(screen.written().is_ascii(), "{:?}", screen.written());
}
