//! Leaving in the middle, wanted or not: nothing is lost, and the terminal is as it was.

use super::*;

fn one_graded() -> (Vault, Terminal) {
    let vault = vault();
    let mut screen = review(&vault, 80, 24);
    screen.shows("The cell");
    screen.press("3");
    screen.shows("Tissue");
    (vault, screen)
}

/// The grade given is in the note and in the log, and the others are still due.
#[track_caller]
fn assert_kept(vault: &Vault) {
    assert!(!vault.read("bio/cells.md").contains("sr-due: 2026-01-10"));
    assert_eq!(vault.read(".study/log/desk.jsonl").lines().count(), 1);
    let run = vault.run(&["due", "--count"]);
    assert_eq!(run.ok(), "2\n");
}

#[test]
fn ctrl_c_in_the_middle() {
    let (vault, mut screen) = one_graded();
    screen.press("\x03");
    assert_eq!(screen.ended().exit_code(), 130);
    screen.assert_restored();
    assert_kept(&vault);
}

#[test]
fn quitting_in_the_middle() {
    let (vault, mut screen) = one_graded();
    screen.press("q");
    assert_eq!(screen.ended().exit_code(), 0);
    screen.assert_restored();
    assert!(screen.text().contains("1 review: 1 good"), "{}", screen.text());
    assert_kept(&vault);
}

#[test]
fn a_hang_up() {
    for signal in ["HUP", "TERM", "INT"] {
        let (vault, mut screen) = one_graded();
        screen.signal(signal);
        assert_ne!(screen.ended().exit_code(), 0);
        screen.assert_restored();
        assert_kept(&vault);
    }
}

#[test]
fn a_window_that_is_closed_without_a_word() {
    let vault = vault();
    let mut screen = Terminal::start_in(&vault.command(&["review"]), 80, 24, false);
    screen.shows("The cell");
    screen.press("3");
    screen.shows("Tissue");
    screen.close();
    screen.ended();
    assert_kept(&vault);
}

#[test]
fn a_window_that_is_closed() {
    let (vault, mut screen) = one_graded();
    screen.close();
    screen.ended();
    assert_kept(&vault);
}
