//! What README.md and docs/ show of the program is what the program prints.
//!
//! In a block marked `console`, each line `$ study ...` (or `$ printf ... | study ...`) is run in a fresh copy of
//! `examples/vault`, one copy a block, with the clock pinned, and what follows it must be the output, stderr included.
//! A line `…` stands for any lines. With `UPDATE_DOCS=1` the files are rewritten with what the program prints.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The instant at which everything in the documents happens.
const NOW: &str = "2026-01-15T09:00:00+01:00";
const LEFT_OUT: &str = "…";

/// The documents, as far as they exist.
fn documents() -> Vec<PathBuf> {
    let mut files = vec![PathBuf::from("README.md")];
    files.extend(fs::read_dir("docs").into_iter().flatten().flatten().map(|entry| entry.path()));
    files.retain(|path| path.is_file() && path.extension().is_some_and(|end| end == "md"));
    files.sort();
    files
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What `line` prints in the vault below `home`, without the final line end.
fn output(line: &str, home: &Path) -> String {
    let bin = Path::new(env!("CARGO_BIN_EXE_study")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{{ {line}\n}} 2>&1")).current_dir(home.join("vault"));
    for name in ["STUDY_VAULT", "NO_COLOR", "CLICOLOR_FORCE", "EDITOR", "VISUAL", "STUDY_OPENER"] {
        command.env_remove(name);
    }
    command.env("PATH", path).env("HOME", home).env("STUDY_CONFIG", home.join("config.toml"));
    command
        .env("STUDY_NOW", NOW)
        .env("STUDY_DEVICE", "laptop")
        .env("COLUMNS", "80")
        .env("TZ", "UTC")
        .env("LC_ALL", "C.UTF-8");
    let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
    text.replace(home.to_str().unwrap(), "~").trim_end().to_owned()
}

/// Whether a line of a block is a command that is run.
fn command(line: &str) -> Option<&str> {
    let typed = line.strip_prefix("$ ")?;
    (typed.starts_with("study") || typed.contains("| study")).then_some(typed)
}

/// Whether `printed` is what `shown` says, where a line `…` stands for any lines.
fn matches(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first.trim() == LEFT_OUT => (0..=printed.len()).any(|n| matches(rest, &printed[n..])),
        Some((first, rest)) => {
            printed.split_first().is_some_and(|(next, more)| first.trim_end() == next.trim_end() && matches(rest, more))
        }
    }
}

/// The text with what the program prints in every console block, and a sentence for each command that printed something
/// else than the text says.
fn renewed(text: &str) -> (String, Vec<String>) {
    let (mut fresh, mut wrong) = (String::new(), Vec::new());
    let mut lines = text.lines().peekable();
    let mut home = None;
    while let Some(line) = lines.next() {
        fresh.push_str(line);
        fresh.push('\n');
        match (line.trim(), &home) {
            ("```console", None) => {
                let dir = tempfile::tempdir().unwrap();
                copy(Path::new("examples/vault"), &dir.path().join("vault"));
                home = Some(dir);
            }
            ("```", Some(_)) => home = None,
            (_, Some(dir)) => {
                let Some(typed) = command(line) else { continue };
                let mut shown = Vec::new();
                while let Some(next) = lines.next_if(|next| next.trim() != "```" && !next.starts_with("$ ")) {
                    shown.push(next);
                }
                // Blank lines before the next command are for the eye.
                let end = shown.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
                let blanks = shown.split_off(end);
                let printed = output(typed, dir.path());
                let printed: Vec<&str> = printed.lines().collect();
                let right = matches(&shown, &printed);
                for line in if right { &shown } else { &printed } {
                    fresh.push_str(line.trim_end());
                    fresh.push('\n');
                }
                fresh.extend(blanks.iter().map(|_| '\n'));
                if !right {
                    wrong.push(format!("`{typed}` prints\n{}", printed.join("\n")));
                }
            }
            _ => {}
        }
    }
    (fresh, wrong)
}

#[test]
fn documents_show_what_the_program_prints() {
    let mut wrong = Vec::new();
    for path in documents() {
        let text = fs::read_to_string(&path).unwrap();
        let (fresh, mistakes) = renewed(&text);
        if std::env::var_os("UPDATE_DOCS").is_some() && fresh != text {
            fs::write(&path, fresh).unwrap();
        } else {
            wrong.extend(mistakes.into_iter().map(|mistake| format!("{}: {mistake}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "UPDATE_DOCS=1 mends this:\n{}", wrong.join("\n\n"));
}

#[test]
fn a_block_is_run_in_one_vault_and_compared_line_by_line() {
    let right = "Text\n```console\n$ study due --count\n7\n\n$ study review DNS --grade good >/dev/null\n\
                 $ study due --count\n6\n```\n```console\n$ cargo install study\n$ study due\nDue\n…\n7 due, 5 new.\n```\n";
    assert_eq!(renewed(right), (right.to_owned(), vec![]));
    let (fresh, wrong) = renewed("```console\n$ study due --count\n8\n9\n```\n");
    assert_eq!(fresh, "```console\n$ study due --count\n7\n```\n");
    assert_eq!(wrong, ["`study due --count` prints\n7"]);
    assert!(!renewed("```console\n$ study due\nDue\n…\n8 due, 5 new.\n```\n").1.is_empty());
    assert_eq!(renewed("```sh\n$ study due\nanything\n```\n").1, Vec::<String>::new());
}

#[test]
fn every_link_between_the_documents_leads_somewhere() {
    let mut files = documents();
    files.extend(["ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md"].map(PathBuf::from));
    let mut dead = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap();
            let outside = target.contains(':') || !path.contains('.') || target.contains(' ');
            if !outside && !file.parent().unwrap().join(path).exists() {
                dead.push(format!("{}: {target}", file.display()));
            }
        }
    }
    assert_eq!(dead, Vec::<String>::new());
}
