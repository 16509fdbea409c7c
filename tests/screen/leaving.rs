//! Leaving in the middle, wanted or not: nothing is lost, and the terminal is as it was.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

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

/// The screen under a shell with job control, which says `back in the shell` when the job stops, and continues it at a line.
fn job(vault: &Vault) -> (Terminal, String) {
    let id = vault.path("id");
    let script =
        "set -m; sh -c 'echo $$ > \"$0\"; exec \"$@\"' \"$0\" \"$@\"; echo back in the shell; read line; fg; echo over";
    let review = vault.command(&["review"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(&id).arg(review.get_program()).args(review.get_args());
    shell.current_dir(vault.path(""));
    for (name, value) in review.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let mut screen = Terminal::start(&shell, 80, 24);
    screen.shows("The cell");
    let id = fs::read_to_string(id).unwrap().trim().to_owned();
    (screen, id)
}

fn send(signal: &str, id: &str) {
    assert!(Command::new("kill").args(["-s", signal, id]).status().unwrap().success());
}

/// Continues the job from the shell, and goes on with the review: no key needs Enter, and none is lost.
#[track_caller]
fn continue_and_grade(screen: &mut Terminal) {
    screen.press_at_once("\n");
    screen.hides("back in the shell");
    screen.shows("4 easy");
    screen.press("3");
    screen.shows("Tissue");
    screen.press_at_once("q");
    screen.shows("over");
    assert_eq!(screen.ended().exit_code(), 0);
    assert!(screen.text().contains("1 review: 1 good."), "{}", screen.text());
    screen.assert_restored();
}

#[test]
fn a_stop_from_outside_gives_the_terminal_back() {
    let vault = vault();
    let (mut screen, id) = job(&vault);
    send("TSTP", &id);
    screen.shows("back in the shell");
    screen.assert_restored();
    continue_and_grade(&mut screen);
}

#[test]
fn ctrl_z_gives_the_terminal_back() {
    let vault = vault();
    let (mut screen, _) = job(&vault);
    screen.press("\x1a");
    screen.shows("back in the shell");
    screen.assert_restored();
    continue_and_grade(&mut screen);
}

#[test]
fn a_stop_that_nobody_can_prepare_for_is_mended_when_it_is_over() {
    let vault = vault();
    let (mut screen, id) = job(&vault);
    send("STOP", &id);
    screen.shows("back in the shell");
    continue_and_grade(&mut screen);
}

#[test]
fn an_editor_is_stopped_together_with_the_screen() {
    let mut vault = vault();
    let editor = vault.path("editor");
    fs::write(&editor, "#!/bin/sh\necho in the editor; read line; echo 'Added there.' >> \"$1\"\n").unwrap();
    fs::set_permissions(&editor, PermissionsExt::from_mode(0o755)).unwrap();
    vault.env("EDITOR", editor.to_str().unwrap());
    let (mut screen, _) = job(&vault);
    screen.press("\re");
    screen.shows("in the editor");
    screen.press("\x1a");
    screen.shows("back in the shell");
    screen.press_at_once("\n");
    screen.press_at_once("done\n");
    screen.shows("Added there.");
    screen.press_at_once("q");
    screen.shows("over");
    screen.ended();
    screen.assert_restored();
}
