//! Settings and where they come from.

use crate::support::Vault;

#[test]
fn every_setting_tells_where_it_comes_from() {
    let vault = Vault::new(&[(".study/config.toml", "# ours\nreview_tags = [\"#lernen\", \"review\"]\n")]);
    std::fs::write(vault.user_config(), "easy_bonus = 1.5\nreview_tags = [\"never\"]\n").unwrap();
    let run = vault.run(&["config"]);
    let line = |key: &str| {
        let line = run.ok().lines().find(|l| l.starts_with(key)).unwrap().to_owned();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("review_tags"), r#"review_tags ["lernen","review"] DIR/vault/.study/config.toml:2"#);
    assert_eq!(line("easy_bonus"), "easy_bonus 1.5 DIR/user.toml:1");
    assert_eq!(line("base_ease"), "base_ease 250 default");
    assert_eq!(line("device"), "device \"desk\" STUDY_DEVICE");
    assert_eq!(line("vault"), "vault \"DIR/vault\" STUDY_VAULT");
    assert_eq!(vault.run(&["config", "--json"]).json()["settings"]["easy_bonus"]["value"], 1.5);
}

#[test]
fn a_wrong_setting_is_an_error_with_file_and_line() {
    let vault = Vault::new(&[(".study/config.toml", "review_tags = [\"review\"]\ncolour = true\n")]);
    let stderr = vault.run(&["config"]).failed(1).to_owned();
    assert!(stderr.starts_with("study: DIR/vault/.study/config.toml:2: unknown field `colour`"), "{stderr}");
}

#[test]
fn a_key_that_makes_no_sense_is_an_error_with_file_and_line_wherever_settings_are_read() {
    let vault = Vault::new(&[(".study/config.toml", "random = true\n\n[keys]\ngood = \"g\"\neasy = \"g\"\n")]);
    for command in ["check", "config", "review", "due"] {
        let stderr = vault.run(&[command]).failed(1).to_owned();
        let said = "study: DIR/vault/.study/config.toml:4: key `g` is set twice: for `easy` and for `good`\n";
        assert!(stderr.starts_with(said), "{stderr}");
    }
}

#[test]
fn without_a_vault_the_error_says_how_to_name_one() {
    let vault = Vault::new(&[]);
    let run = vault.run(&["config", "--vault", "nowhere"]);
    assert_eq!(
        run.failed(1),
        "study: cannot open the vault `nowhere` (--vault): no such file or directory\n\
         hint: name an existing folder of notes\n"
    );
}

#[test]
fn global_options_stand_before_or_after_the_command() {
    let vault = Vault::new(&[]);
    let root = vault.path("");
    let root = root.to_str().unwrap();
    let before = vault.run(&["--vault", root, "--color", "never", "config"]);
    let after = vault.run(&["config", "--vault", root, "--color", "never"]);
    assert_eq!(before, after);
    assert!(before.ok().contains("--vault"));
}

#[test]
fn a_fork_that_keeps_schedules_elsewhere_is_told_of() {
    let path = ".obsidian/plugins/obsidian-spaced-repetition-recall/data.json";
    let vault = Vault::new(&[(path, r#"{"settings": {"dataLocation": "In Vault Folder"}}"#)]);
    let run = vault.run(&["due"]);
    let told =
        format!("study: {path}: the recall fork keeps its schedules elsewhere (`In Vault Folder`), not in the notes;");
    assert!(run.status == 0 && run.stderr.starts_with(&told), "{run:?}");
}

#[test]
fn a_locale_of_another_charset_is_obeyed_by_every_page() {
    let due = "---\nsr-due: 2026-01-10\nsr-interval: 4\nsr-ease: 250\ntags: review\n---\n# Größe → 日本\n\n- [x] Zürich\n- [ ] Öl [[x]]\n";
    let commands: [&[&str]; 12] = [
        &["due"],
        &["due", "--new"],
        &["stats"],
        &["history", "Größe"],
        &["why", "Größe"],
        &["roadmap"],
        &["roadmap", "Größe"],
        &["next", "Größe"],
        &["check", "--all"],
        &["fix", "--dry-run"],
        &["config"],
        &["review", "--plain"],
    ];
    for (name, locale) in
        [("LC_ALL", "C"), ("LC_ALL", "de_DE.ISO-8859-1"), ("LC_CTYPE", "POSIX"), ("LANG", "ja_JP.eucJP")]
    {
        let mut vault = Vault::new(&[("Größe.md", due), ("naïve.md", "---\nsr-due: morgen früh\n---\n")]);
        vault.env("LC_ALL", "");
        vault.env("LC_CTYPE", "");
        vault.env(name, locale);
        for command in commands {
            let run = vault.run_with(command, "\n3\n");
            assert!(run.stdout.is_ascii() && run.stderr.is_ascii(), "{name}={locale} {command:?}: {run:?}");
        }
        let absent = vault.run(&["history", "Göße"]);
        assert!(absent.stderr.contains("Gosse") && absent.stderr.is_ascii(), "{absent:?}");
        assert!(vault.run(&["due", "--json", "--all"]).stdout.contains("Größe"));
    }
    let mut vault = Vault::new(&[("Größe.md", due)]);
    vault.env("LC_ALL", "en_US.UTF-8");
    vault.env("LANG", "C");
    assert!(vault.run(&["due"]).stdout.contains("Größe"));
}
