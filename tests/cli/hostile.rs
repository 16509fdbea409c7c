//! Notes, names and settings that mean harm: shown harmlessly by every command, and obeyed by none.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::{Run, Vault, note};

/// What a terminal would obey, or show as something else: escapes of 7 and 8 bits, a bell, a title, a clipboard, a line
/// that goes back, right-to-left overrides, isolates, invisible characters and tags.
const EVIL: &str = "\u{1b}[31mred\u{1b}]0;title\u{7}\u{1b}]52;c;aGk=\u{1b}\\\u{9b}2J\u{9d}0;x\u{9c}\u{8}\u{7f}\u{202e}gpj\u{2066}\u{200f}\u{2028}\u{200b}\u{e0041}";

/// Every way in which a command prints something of a vault.
const COMMANDS: &[&[&str]] = &[
    &["due"],
    &["due", "--json"],
    &["due", "--all"],
    &["due", "--new", "--limit", "3"],
    &["due", "--deck", "\u{1b}[31m"],
    &["due", "--folder", "\u{1b}[31m"],
    &["due", "--tag", "\u{9b}x"],
    &["stats"],
    &["stats", "--json"],
    &["check"],
    &["check", "--all"],
    &["check", "--json"],
    &["fix", "--dry-run"],
    &["fix", "--ease-x100"],
    &["fix", "--rebuild", "--dry-run"],
    &["config"],
    &["config", "--json"],
    &["history", "evil"],
    &["history", "evil", "--json"],
    &["why", "evil"],
    &["why", "\u{1b}[31m"],
    &["roadmap"],
    &["roadmap", "--json"],
    &["next"],
    &["next", "--json"],
    &["review", "\u{1b}]0;x\u{7}", "--grade", "good"],
    &["review", "evil", "--grade", "good", "--dry-run"],
    &["review", "evil", "--grade", "good"],
    &["history", "evil"],
    &["suspend", "evil"],
    &["resume", "evil"],
    &["undo", "--dry-run"],
    &["undo", "3"],
    &["completions", "bash"],
    &["man"],
];

fn vault() -> Vault {
    let scheduled = |title: &str, body: &str| {
        note("2026-01-10", "4", "250", body)
            .replace("tags: [review]", &format!("title: \"{title}\"\ntags: [review, \"{title}\"]"))
    };
    // YAML takes escapes where it does not take the characters.
    let escaped = r"\e[31mred\e]0;title\a\x9b2J\u202egpj\u2028\x7f\b\0";
    let body = format!(
        "# Heading {EVIL}\n\n{EVIL} &#27;[31m &#x1b;]52;c;aGk=&#7; &#x9b;2J\n\n- [ ] task {EVIL} [[{EVIL}|{EVIL}]]\n\n\
         ```{EVIL}\n{EVIL}\n```\n\n| a{EVIL} | b |\n|---|---|\n| {EVIL} | #{EVIL} |\n\n[x](http://a/{EVIL}) ![[{EVIL}]]\n"
    );
    Vault::new(&[
        ("evil.md", &scheduled(escaped, &body)),
        (&format!("evil {}.md", EVIL.replace(['\\', '/'], "")), &scheduled("x", &body)),
        ("line\nbreak\r.md", &scheduled("x", "text")),
        ("-rf.md", &scheduled("x", "text")),
        ("'; touch pwned; $(touch pwned) `touch pwned`.md", &scheduled("x", "text")),
        ("שלום עולם.md", &scheduled("مرحبا بالعالم", "טקסט\n")),
        ("日本語のとても長い題名👨‍👩‍👧‍👦🇪🇺.md", &scheduled("日本語👨‍👩‍👧‍👦", "全角\n")),
        ("z\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}.md", &scheduled("e\u{301}", "x")),
        ("bad.md", &format!("---\ntags: [review]\nsr-due: {EVIL}\nsr-interval: {EVIL}\nsr-ease: \"{EVIL}\"\n---\n{EVIL}")),
        ("epoch.md", &format!("---\ntitle: {}\nsr-due: 1893456000\nsr-interval: 4\nsr-ease: 2.5\n---\n", "\u{202e}x")),
        ("yaml.md", &format!("---\n{EVIL}: [{EVIL}\n---\n")),
        ("nul.md", &format!("---\nsr-due: 2026-01-01\n---\n\0{EVIL}")),
        ("long.md", &scheduled("long", &format!("# {}\n\n{} {}\n", "x".repeat(1 << 20), "日".repeat(1 << 18), "word ".repeat(1 << 17)))),
        ("long title.md", &scheduled(&"t".repeat(1 << 17), "x")),
        (&format!("roadmap {}.md", EVIL.replace(['\\', '/'], "")), &format!("# Roadmap {EVIL}\n- [ ] [[evil]] {EVIL}\n- [x] {EVIL}\n    - [ ] [[nowhere {EVIL}]]\n")),
        ("Roadmap.md", &format!("# Roadmap\n- [ ] [[evil|{EVIL}]]\n- [x] {EVIL}\n")),
        (&format!("folder {}/x.md", EVIL.replace(['\\', '/'], "")), &scheduled("x", "x")),
        (
            ".obsidian/plugins/obsidian-spaced-repetition/data.json",
            &serde_json::json!({ "settings": {
                "tagsToReview": ["#review", format!("#{EVIL}")], "baseEase": EVIL, "noteFoldersToIgnore": [EVIL], EVIL: EVIL,
            } })
            .to_string(),
        ),
        (
            ".study/log/other.jsonl",
            &format!(
                "{}\n{EVIL}\n",
                serde_json::json!({
                    "v": 1, "kind": "review", "id": "5b1c0d0f2a7e9d43", "at": "2026-01-15T07:30:12+01:00", "day": "2026-01-15",
                    "device": EVIL, "seq": 1, "note": "evil.md", "grade": "good", "algorithm": EVIL,
                    "before": null, "after": {"due": "2026-01-25", "interval": 10, "ease": 250},
                })
            ),
        ),
        (&format!(".study/log/{}.jsonl", EVIL.replace(['\\', '/'], "")), "{"),
    ])
}

/// Nothing in the output is obeyed by a terminal, but for colours where they were asked for.
#[track_caller]
fn assert_harmless(run: &Run, colored: bool, what: &dyn std::fmt::Debug) {
    assert!((0..=2).contains(&run.status), "{what:?} ended with {}: {}", run.status, run.stderr);
    assert!(!run.stderr.contains("panicked"), "{what:?}: {}", run.stderr);
    for text in [&run.stdout, &run.stderr] {
        let plain = if colored { without_colors(text) } else { text.clone() };
        let harmful = |c: &char| *c != '\n' && (c.is_control() || study::show::text::is_harmful(*c));
        let found = plain.char_indices().find(|(_, c)| harmful(c));
        let near = found.map(|(at, _)| {
            plain[..at].chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect::<String>()
        });
        assert_eq!((found, near), (None, None), "{what:?}");
    }
}

/// Removes `ESC [ digits ; digits m`, and links as terminals know them, if they lead to a plain address.
fn without_colors(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        let (before, behind) = rest.split_at(at);
        plain.push_str(before);
        let end = behind[2..].find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(0) + 2;
        if behind[end..].starts_with('m') {
            rest = &behind[end + 1..];
        } else {
            plain.push('\u{1b}');
            rest = &behind[1..];
        }
    }
    plain + rest
}

#[test]
fn every_command_shows_hostile_text_harmlessly() {
    let vault = vault();
    for command in COMMANDS {
        assert_harmless(&vault.run(command), false, command);
    }
    for command in COMMANDS.iter().filter(|command| !command.contains(&"--json") && command[0] != "completions") {
        let args: Vec<&str> = ["--color", "always"].iter().chain(command.iter()).copied().collect();
        assert_harmless(&vault.run(&args), true, &args);
    }
    assert!(!vault.path("pwned").exists());
}

#[test]
fn the_dialogue_shows_hostile_notes_harmlessly() {
    let vault = vault();
    let run = vault.run_with(&["review", "--plain"], &"\n3\n".repeat(20));
    assert_harmless(&run, false, &"review --plain");
    let run =
        vault.run_with(&["review", "--plain", "--color", "always", "evil", "--early"], &format!("\n{EVIL}\ns\nu\nq\n"));
    assert_harmless(&run, true, &"review --plain --color always");
    vault.run(&["undo", "30"]);
}

#[test]
fn json_is_json_and_says_what_the_vault_says() {
    let vault = vault();
    let due = vault.run(&["due", "--json"]).json();
    let paths: Vec<&str> = due["due"].as_array().unwrap().iter().map(|row| row["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&"line\nbreak\r.md") && paths.contains(&"-rf.md"));
    assert!(paths.iter().any(|path| path.contains('\u{202e}') && path.contains('\u{9b}')), "{paths:?}");
}

#[test]
fn settings_that_are_wrong_are_quoted_harmlessly() {
    for text in [
        format!("\"{}\" = 1\n", r"\u001b[31m\u009b2J\u202e"),
        format!("review_tags = [\"{EVIL}\"]\n"),
        format!("{EVIL} = 1\n"),
        format!("log_dir = \"{}\"\nreview_tags = [\"{}\"]\ntheme = \"{}\"\n", r"\u001b[31m", r"\u202ex", r"\u009b"),
    ] {
        let vault = Vault::new(&[(".study/config.toml", &text), ("a.md", "#review")]);
        for command in [&["config"][..], &["due"], &["config", "--json"]] {
            assert_harmless(&vault.run(command), false, &(command, &text));
        }
        let vault = Vault::new(&[("a.md", "#review")]);
        fs::write(vault.user_config(), &text).unwrap();
        assert_harmless(&vault.run(&["config"]), false, &text);
    }
    let mut vault = Vault::new(&[("a.md", "#review\n")]);
    vault.env("STUDY_DEVICE", EVIL);
    for command in [&["config"][..], &["review", "a", "--grade", "good"], &["history", "a"], &["check"]] {
        assert_harmless(&vault.run(command), false, &command);
    }
    assert_harmless(&vault.run(&["--vault", EVIL, "due"]), false, &"--vault");
}

#[cfg(unix)]
#[test]
fn editor_and_opener_get_arguments_and_no_shell() {
    use std::os::unix::fs::PermissionsExt;
    let name = "'; touch pwned; $(touch pwned) `touch pwned` | & > pwned.md";
    let mut vault = Vault::new(&[(name, &note("2026-01-10", "4", "250", "text"))]);
    let log = vault.user_config().with_file_name("arguments");
    let program = vault.user_config().with_file_name("program");
    // Says how many arguments there are, and each of them, with no newline between that a name could imitate.
    let script = format!("#!/bin/sh\nprintf '%s\\0' \"$#\" \"$@\" >> '{}'\n", log.display());
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let program = program.to_str().unwrap().to_owned();
    vault.env("EDITOR", &format!("{program} --wait")).env("STUDY_OPENER", &program);
    let run = vault.run_with(&["review", "--plain"], "e\nq\n");
    assert_eq!(run.status, 0, "{run:?}");
    let arguments = || fs::read(&log).map(|bytes| String::from_utf8(bytes).unwrap()).unwrap_or_default();
    let file = vault.path(name);
    assert_eq!(arguments(), format!("2\0--wait\0{}\0", file.display()));
    fs::remove_file(&log).unwrap();
    let run = vault.run_with(&["review", "--plain"], "o\nq\n");
    assert!(run.stdout.contains("\nopened in Obsidian\n"), "{run:?}");
    let said = arguments();
    let url = said.strip_prefix("1\0obsidian://open?path=").and_then(|rest| rest.strip_suffix('\0')).unwrap();
    assert!(url.chars().all(|c| c.is_ascii_alphanumeric() || "-._~%".contains(c)), "{url}");
    assert!(!vault.path("pwned").exists() && !Path::new("pwned").exists());
}

/// Links of a roadmap and what is handed to the opener for each; nothing is for most.
#[cfg(unix)]
#[test]
fn only_what_shows_something_is_opened() {
    let links = [
        ("https://a.example/x", Some("https://a.example/x")),
        ("obsidian://search?query=x", Some("obsidian://search?query=x")),
        ("obsidian://advanced-uri?eval=x", None),
        ("obsidian://new?file=x&overwrite=true", None),
        ("mailto:a@b.example?attach=/etc/passwd", None),
        ("file:///etc/passwd", None),
        ("javascript:alert(1)", None),
        ("doc.pdf", Some("/doc.pdf")),
        ("run.desktop", None),
        ("run.sh", None),
        ("run%2Esh", None),
        ("page.html", None),
        ("link.pdf", None),
        ("../outside.pdf", None),
        ("%2E%2E/outside.pdf", None),
        ("-rf.pdf", Some("/-rf.pdf")),
    ];
    let list: String = links.iter().map(|(link, _)| format!("    - [ ] [x]({link})\n")).collect();
    let mut vault = Vault::new(&[("R.md", &format!("# Roadmap\n- [ ] topic\n{list}")), ("../outside.pdf", "")]);
    for name in ["doc.pdf", "run.desktop", "run.sh", "page.html", "-rf.pdf"] {
        vault.write(name, "");
    }
    std::os::unix::fs::symlink("../outside.pdf", vault.path("link.pdf")).unwrap();
    let said = vault.path("../said");
    let opener = vault.script("opener", &format!("printf '%s\\n' \"$#\" \"$@\" > '{}'", said.display()));
    vault.env("STUDY_OPENER", &opener);
    let resources = vault.run(&["next", "R", "--json"]).json()["topic"]["resources"].as_array().unwrap().len();
    assert_eq!(resources, links.len());
    for (at, (link, opened)) in links.iter().enumerate() {
        let run = vault.run(&["next", "R", "--open", &(at + 1).to_string()]);
        let arguments = vault.beside("said");
        let _ = fs::remove_file(&said);
        match opened {
            None => assert_eq!((run.status, arguments.as_str()), (1, ""), "{link}: {run:?}"),
            Some(url) if url.contains(':') => {
                assert_eq!((run.ok(), arguments), (&*format!("opened {url}\n"), format!("1\n{url}\n")))
            }
            Some(file) => {
                let end = format!("vault%2F{}\n", &file[1..]);
                assert!(
                    arguments.starts_with("1\nobsidian://open?path=%2F") && arguments.ends_with(&end),
                    "{arguments}"
                );
                assert_eq!(run.ok(), format!("opened {link} in Obsidian\n"));
            }
        }
    }
}

/// Programs in the vault that are called like those that are looked for.
#[cfg(unix)]
#[test]
fn no_program_of_the_vault_is_run_for_another() {
    let mut vault = Vault::new(&[
        ("-n.md", &note("2026-01-10", "4", "250", "text")),
        ("R.md", "# Roadmap\n- [ ] topic\n    - [ ] [x](https://a.example)\n"),
    ]);
    let ran = vault.path("../ran");
    for name in ["ed", "xdg-open", "open", "git", "sh"] {
        fs::copy(vault.script("program", &format!("echo $0 >> '{}'", ran.display())), vault.path(name)).unwrap();
    }
    vault.env("PATH", ":.:./:../vault:").env("EDITOR", "ed");
    let run = vault.run_with(&["review", "--plain"], "e\no\nq\n");
    assert!(run.stdout.contains("there is no program `ed` in the folders of PATH; set EDITOR to one"), "{run:?}");
    vault.run(&["next", "R", "--open", "1"]).failed(1);
    vault.run(&["roadmap", "R", "--chart"]);
    for relative in ["./ed", "../vault/ed"] {
        vault.env("EDITOR", relative).env("STUDY_OPENER", relative);
        let run = vault.run_with(&["review", "--plain"], "e\no\nq\n");
        assert!(run.stdout.contains("is no name of a program and no absolute path"), "{run:?}");
    }
    assert!(!ran.exists());
    // The one that is meant gets an absolute path, which is no option, and a PATH without the vault.
    let editor = vault.script("editor", "echo \"$#:$1:$PATH\" > \"${0%/*}/said\"");
    vault.env("PATH", ":.:/usr/bin:/bin").env("EDITOR", &editor);
    vault.run_with(&["review", "--plain"], "e\nq\n").ok();
    assert_eq!(vault.beside("said"), format!("1:{}:/usr/bin:/bin\n", vault.path("-n.md").display()));
}

#[cfg(unix)]
#[test]
fn an_opener_that_fails_is_told_of() {
    let mut vault = Vault::new(&[
        ("a.md", &note("2026-01-10", "4", "250", "text")),
        ("R.md", "# Roadmap\n- [ ] topic\n    - [ ] [x](https://a.example)\n"),
    ]);
    let opener = vault.script("opener", "exit 3");
    vault.env("STUDY_OPENER", &opener);
    assert_eq!(vault.run(&["next", "R", "--open", "1"]).failed(1), "study: `DIR/opener` ended with exit status: 3\n");
    let run = vault.run_with(&["review", "--plain"], "o\nq\n");
    assert!(
        run.stdout.contains("`DIR/opener` ended with exit status: 3\n") && !run.stdout.contains("opened"),
        "{run:?}"
    );
}

#[cfg(unix)]
#[test]
fn odd_paths_lead_to_the_same_notes() {
    use std::os::unix::ffi::OsStringExt;
    let vault = Vault::new(&[("-n.md", &note("2026-01-10", "4", "250", "a")), ("sub/--help.md", "#review")]);
    let root = vault.path("");
    let link = root.with_file_name("link");
    std::os::unix::fs::symlink(&root, &link).unwrap();
    let roundabout = root.join("sub/../../vault/./");
    for path in [link.to_str().unwrap(), roundabout.to_str().unwrap()] {
        let run = vault.run(&["--vault", path, "due", "--count"]);
        assert_eq!(run.ok(), "1\n", "{path}");
        vault.run(&["--vault", path, "review", "--grade", "good", "--", "-n.md"]).ok();
        vault.run(&["--vault", path, "undo"]).ok();
    }
    assert_eq!(vault.read("-n.md"), note("2026-01-10", "4", "250", "a"));
    let run = vault.run(&["review", "--grade", "good", "./-n.md", "sub/--help"]);
    assert_eq!(run.status, 0, "{run:?}");
    for outside in ["../user.toml", "sub/../../user.toml", "/etc/passwd", ".study/log/desk.jsonl"] {
        let run = vault.run(&["review", "--grade", "good", "--", outside]);
        assert_eq!(run.status, 1, "{outside}: {run:?}");
    }

    let name = std::ffi::OsString::from_vec(b"bad \xff\xfe name.md".to_vec());
    if fs::write(root.join(&name), "---\nsr-due: 2026-01-01\n---\n").is_err() {
        eprintln!("skipped: this file system has names in UTF-8 only");
        return;
    }
    let run = vault.run(&["check"]);
    assert!(run.stdout.contains("name.md: its name is not UTF-8; rename the file [unreadable-name]"), "{run:?}");
    let run = vault.run(&["due", "--count"]);
    assert_eq!((run.status, run.stdout.as_str()), (0, "0\n"), "{run:?}");
    let typed = Command::new(env!("CARGO_BIN_EXE_study")).arg("history").arg(&name).output().unwrap();
    assert!(matches!(typed.status.code(), Some(1 | 2)), "{typed:?}");
}

/// Everything that has the name of a note and is none.
#[cfg(unix)]
#[test]
fn pipes_devices_and_folders_with_the_names_of_notes_hold_nothing_up() {
    use std::os::unix::fs::symlink;
    let vault = Vault::new(&[("a.md", "#review"), ("folder.md/b.md", "#review"), (".hidden/x", "")]);
    assert!(Command::new("mkfifo").arg(vault.path("pipe.md")).status().unwrap().success());
    assert!(Command::new("mkfifo").arg(vault.path(".hidden/pipe")).status().unwrap().success());
    symlink(".hidden/pipe", vault.path("to a pipe.md")).unwrap();
    symlink("/dev/zero", vault.path("zero.md")).unwrap();
    symlink(".", vault.path("loop.md")).unwrap();
    symlink("self.md", vault.path("self.md")).unwrap();
    fs::write(vault.user_config(), "follow_links = true\n").unwrap();
    fs::create_dir_all(vault.path(".study/log")).unwrap();
    symlink("/dev/zero", vault.path(".study/log/zero.jsonl")).unwrap();
    assert!(Command::new("mkfifo").arg(vault.path(".study/log/pipe.jsonl")).status().unwrap().success());
    assert!(vault.run(&["due", "--new"]).stdout.contains("2 new"));
    for command in [&["check"][..], &["stats"], &["fix"], &["review", "--plain"], &["roadmap"]] {
        assert!((0..2).contains(&vault.run(command).status), "{command:?}");
    }
    for name in ["pipe.md", "to a pipe.md", "zero.md", "self.md", "folder.md"] {
        assert_eq!(vault.run(&["review", name, "--grade", "good"]).status, 1, "{name}");
    }
}

/// A repository in which everything that git obeys names something else. Nothing of it is run, opened or waited for.
#[cfg(unix)]
#[test]
fn the_history_is_read_and_no_program_is_run() {
    let mut vault = Vault::new(&[("R.md", "# Roadmap\n- [x] one\n- [ ] two\n")]);
    let ran = vault.path("../ran");
    let program = vault.script("program", &format!("echo \"$0 $*\" >> '{}'", ran.display()));
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(vault.path("")).args([
            "-c",
            "user.name=n",
            "-c",
            "user.email=e@example",
            "-c",
            "commit.gpgSign=false",
        ]);
        command.args(args).env("GIT_AUTHOR_DATE", "2026-01-05T12:00:00Z").env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.output().is_ok_and(|output| output.status.success())
    };
    if !(git(&["init", "-q"]) && git(&["add", "R.md"]) && git(&["commit", "-qm", "x"])) {
        eprintln!("skipped: there is no git");
        return;
    }
    let config = format!(
        "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = {program}\n\tpager = {program}\n\tsshCommand = {program}\n\
         \tattributesFile = /dev/zero\n\thooksPath = hooks\n[diff]\n\texternal = {program}\n\torderFile = /dev/zero\n\
         [diff \"x\"]\n\ttextconv = {program}\n\tcommand = {program}\n[filter \"x\"]\n\tsmudge = {program}\n\tclean = {program}\n\
         [mailmap]\n\tfile = /dev/zero\n[gpg]\n\tprogram = {program}\n[log]\n\tshowSignature = true\n[alias]\n\tlog = !{program}\n\
         [include]\n\tpath = /dev/zero\n[credential]\n\thelper = {program}\n[remote \"o\"]\n\turl = ext::{program}\n\tpromisor = true\n"
    );
    vault.write(".git/config", config);
    vault.write(".gitattributes", "*.md diff=x filter=x\n");
    vault.write(".mailmap", "a <b> c <d>\n");
    assert!(Command::new("mkfifo").arg(vault.path(".git/objects/info/alternates")).status().unwrap().success());
    // A git that would be found, if one were looked for.
    fs::copy(&program, vault.path("../git")).unwrap();
    let path = vault.path("..");
    vault.env("PATH", path.to_str().unwrap());
    let chart = vault.run(&["roadmap", "R", "--chart", "--json"]).json()["chart"].clone();
    assert_eq!((&chart["done"], &chart["undated"]), (&1.into(), &0.into()), "{chart}");
    assert!(!ran.exists(), "{}", fs::read_to_string(&ran).unwrap());
    // A repository that leads elsewhere is told of.
    fs::rename(vault.path(".git"), vault.path("../away")).unwrap();
    std::os::unix::fs::symlink("../away", vault.path(".git")).unwrap();
    let run = vault.run(&["roadmap", "R", "--chart", "--json"]);
    assert_eq!(run.json()["chart"]["undated"], 1);
    assert!(run.stderr.starts_with("study: the git history is not read: `.git` is no folder"), "{run:?}");
}

/// What a command does in the vault under a limit of `ulimit`.
#[cfg(unix)]
fn limited(vault: &Vault, limit: &str, args: &str) -> Output {
    let study = vault.command(&[]);
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit {limit}; exec \"$1\" {args}"));
    command.arg("sh").arg(env!("CARGO_BIN_EXE_study")).current_dir(vault.path(""));
    command.env_clear().envs(study.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.output().unwrap()
}

#[cfg(unix)]
#[test]
fn a_log_may_have_more_files_than_may_be_open() {
    let notes: Vec<String> = (0..150).map(|i| format!("n{i}.md")).collect();
    let text = note("2026-01-10", "4", "250", "text");
    let vault = Vault::new(&notes.iter().map(|name| (name.as_str(), text.as_str())).collect::<Vec<_>>());
    let mut review = vec!["review", "--grade", "good"];
    review.extend(notes.iter().map(String::as_str));
    vault.run(&review).ok();
    // As a synchroniser could leave it: an event in each file.
    let log = vault.read(".study/log/desk.jsonl");
    for (i, line) in log.lines().enumerate() {
        vault.write(&format!(".study/log/desk {i}.jsonl"), format!("{line}\n"));
    }
    fs::remove_file(vault.path(".study/log/desk.jsonl")).unwrap();
    let done = limited(&vault, "-n 90", "undo 150");
    assert_eq!((done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned()), (Some(0), String::new()));
    assert!(notes.iter().all(|name| vault.read(name) == text));
}

#[test]
fn more_globs_than_are_matched_are_told_of() {
    let vault = Vault::new(&[("a.md", "#review"), ("d7/a.md", "#review"), ("d20000/a.md", "#review")]);
    let patterns: Vec<String> = (0..20_001).map(|i| format!("\"d{i}/*\"")).collect();
    vault.write(".study/config.toml", format!("ignore_paths = [{}]\n", patterns.join(", ")));
    let due = vault.run(&["due", "--count", "--new"]);
    assert_eq!((due.stdout.as_str(), due.status), ("2\n", 0));
    assert!(due.stderr.contains("stand for too many globs: 10002 of them"), "{}", due.stderr);
}

/// With a bound on the memory of the process, where a shell can set one.
#[cfg(target_os = "linux")]
#[test]
fn huge_files_take_no_huge_memory() {
    let vault = Vault::new(&[("fine.md", &note("2026-01-10", "4", "250", "text"))]);
    for n in 0..12 {
        fs::File::create(vault.path(&format!("huge {n}.md"))).unwrap().set_len(1 << 30).unwrap();
    }
    let lines: String = (0..100_000).map(|n| format!("key{n}: [value, {n}]\n")).collect();
    vault.write("many lines.md", format!("---\n{lines}sr-due: 2026-01-10\nsr-interval: 4\nsr-ease: 250\n---\ntext\n"));
    vault.write(
        "deep.md",
        format!("---\na: {}\nsr-due: 2026-01-10\nsr-interval: 4\nsr-ease: 250\n---\n", "[".repeat(50_000)),
    );
    vault
        .write("deeper.md", format!("---\n{}x\nsr-due: 2026-01-10\n---\n{}", "- ".repeat(50_000), "> ".repeat(50_000)));
    vault.write(
        "laughs.md",
        "---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\nsr-due: 2026-01-10\n---\n",
    );
    for args in ["due --all", "check", "stats", "fix --dry-run", "roadmap", "review fine --grade good"] {
        let done = limited(&vault, "-v 700000", args);
        let stderr = String::from_utf8_lossy(&done.stderr);
        assert!(matches!(done.status.code(), Some(0 | 1)), "{args}: {:?} {stderr}", done.status);
        assert!(!stderr.contains("panicked"), "{args}: {stderr}");
    }
    assert!(vault.run(&["check"]).stdout.contains("huge 3.md: is larger than 32 MiB"));
}

#[cfg(unix)]
#[test]
fn few_files_may_be_open_and_every_note_is_read() {
    let vault = Vault::new(&[]);
    for n in 0..1_500 {
        vault.write(&format!("folder {}/{n}.md", n / 60), note("2026-01-10", "4", "250", "[[0]]"));
    }
    // With a deck the links are read too.
    for args in ["due --count", "due --count --deck review"] {
        let done = limited(&vault, "-n 64", args);
        assert_eq!(String::from_utf8_lossy(&done.stderr), "");
        assert_eq!(String::from_utf8_lossy(&done.stdout), "1500\n", "{args}");
    }
}
