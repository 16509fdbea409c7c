//! Odd frontmatter through the whole binary: graded to the byte, refused untouched, taken back to the byte.

use crate::support::Vault;

/// Notes before and after a Good: `<D>`, `<I>` and `<E>` are the three values, `<+>` is where three lines are added.
const GRADED: [&str; 34] = [
    "---\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\n---\nsr-due: 1999-01-01\n\n---\nsr-ease: 1\n---\n",
    "---\nsr-ease: <E>\ntags: [a]\nsr-due: <D>\n\n# note\nsr-interval: <I>\nlast: 1\n---",
    "---\nsr-due: \"<D>\" # soon  \nsr-interval:   '<I>'\nsr-ease: <E>\t\n---\n\n",
    "\u{feff}---\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\n---\nBody",
    "---\n\"sr-due\": \"<D>\"\n'sr-interval': '<I>'\nsr-ease : <E>\n---\n",
    "---\n  tags: a\n  sr-due: <D>\n  sr-interval: <I>\n  sr-ease: <E>\n---\n",
    "---\ntitle: a: b\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\nx: [a, b\n---\n",
    "---\n\tk: tab\n@y\n`z`\n{{date}}\n<% tp %>\nkey:value\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\n---\n",
    "---\n\"References:\": x\ndate created: x\n..: \"[[x]]\"\n分类: x\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\n---\n",
    "---\ntext: |\n  sr-due: 2020-01-01\n  sr-ease: 1\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\n---\n",
    "---\nflow: [a,\n  sr-due: 2020-01-01,\n  b]\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\n---\n",
    "---\nmap:\n  sr-due: 2020-01-01\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\nsr_due: x\n---\n",
    "---\na: &a [1]\nb: *a\n<<: {c: 1}\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\ndup: 1\ndup: 2\n---\n",
    "---\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\n---\n\n---\nsr-due: x\n---\n",
    "---\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\n---\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n",
    "--- \nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\n---\t\nBody\n",
    "<+>",
    "\u{feff}<+>Text",
    "<+>Text without a line end",
    "<+>aliases: []\nsr-due: true\n---\n",
    "<+>----\nfour dashes\n----\n",
    "<+>| a |\n|---|\n\n```\nsr-due: 2020-01-01\n```\n",
    "---\n<+>---\n",
    "---\n<+>---",
    "---\n   \n<+>---\n",
    "---\n# only a comment\n<+>---\n",
    "---\ntags:\n- a\n- b\n<+>---\n",
    "---\nimage:\n  path: /a.png # c\n  alt: \"x: y\"\n<+>---\nBody",
    "---\ntext: |\n  a\n\n<+>---\n",
    "---\ntext: |+\n  a\n\n<+>---\n",
    "---\nquoted: \"a\n  b\"\nlist: [a,\n  b]\n<+>---\n",
    "---\nempty:\n<+>---\n",
    "---\nx: 1\n\n\n<+>---\n",
    "---\ntitle: a: b\n<+>---\n",
];

/// Notes that are refused, and a word of the reason.
const REFUSED: [(&str, &str); 20] = [
    (
        "---\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\nt: x\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\n---\n",
        "twice",
    ),
    ("---\nsr-due: Invalid date\nsr-interval: NaN\nsr-ease: NaN\n---\n", "not a date"),
    ("---\nsr-due: 1893456000\nsr-interval: <I>\nsr-ease: <E>\n---\n", "seconds since 1970"),
    ("---\nsr-due: 2030-28-08\nsr-interval: <I>\nsr-ease: <E>\n---\n", "not a date"),
    ("---\nsr-due: 2030-01-02-11-56\nsr-interval: 1.6\nsr-ease: <E>\n---\n", "not a date"),
    ("---\nsr-due: <D>\nsr-interval: <I>\nsr-ease: 2.5\n---\n", "a factor"),
    ("---\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\nsr-stability: 4.2\n---\n", "another scheduler"),
    ("---\nsr-due: true\nsr-interval: <I>\nsr-ease: <E>\n---\n", "not a date"),
    ("---\nsr-due: [<D>]\nsr-interval: <I>\nsr-ease: <E>\n---\n", "is a list"),
    ("---\nsr-due: |\n  <D>\nsr-interval: <I>\nsr-ease: <E>\n---\n", "a block of text"),
    ("---\nsr-due: &d <D>\nsr-interval: <I>\nsr-ease: <E>\n---\n", "an anchor"),
    ("---\n{sr-due: <D>, sr-interval: <I>, sr-ease: <E>}\n---\n", "no lines like"),
    ("---\n<<<<<<< HEAD\nsr-due: <D>\n=======\nsr-due: <D>\n>>>>>>> x\nsr-interval: <I>\nsr-ease: <E>\n---\n", "merge"),
    ("---\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\n---> [!info] text\n", "not alone on its line"),
    ("---\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\n\nBody\n", "not closed"),
    ("\n---\nsr-due: <D>\nsr-interval: <I>\nsr-ease: <E>\n---\n", "does not start in the first line"),
    ("---\nProse below a rule.\n\n---\nMore.\n", "rule"),
    ("---\nsr-due: <% tp.date.now() %>\nsr-interval: <I>\nsr-ease: <E>\n---\n", "template"),
    ("+++\ntitle = \"x\"\n+++\n", "TOML"),
    ("---\rsr-due: <D>\r---\r", "carriage return"),
];

fn filled(form: &str, [due, interval, ease]: [&str; 3], added: &str) -> String {
    form.replace("<D>", due).replace("<I>", interval).replace("<E>", ease).replace("<+>", added)
}

fn before(form: &str) -> String {
    filled(form, ["2026-01-10", "4", "250"], "")
}

fn after(form: &str) -> String {
    let lines = "sr-due: 2026-01-18\nsr-interval: 2.5\nsr-ease: 250\n";
    let block = !form.trim_start_matches('\u{feff}').starts_with("<+>");
    let added = if block { lines.to_owned() } else { format!("---\n{lines}---\n") };
    filled(form, ["2026-01-31", "16.3", "250"], &added)
}

fn vault(texts: &[String]) -> (Vault, Vec<String>) {
    // The day that suits the others best is no concern of these tests.
    let vault = Vault::new(&[(".study/config.toml", "load_balance = false\n")]);
    let names: Vec<String> = (0..texts.len()).map(|n| format!("{n}.md")).collect();
    for (name, text) in names.iter().zip(texts) {
        vault.write(name, text);
    }
    (vault, names)
}

fn run(vault: &Vault, command: &[&str], names: &[String]) -> crate::support::Run {
    let args: Vec<&str> = command.iter().copied().chain(names.iter().map(String::as_str)).collect();
    vault.run(&args)
}

#[test]
fn every_form_is_graded_and_taken_back_to_the_byte() {
    for eol in ["\n", "\r\n"] {
        // A note with no line end at all gets the usual one.
        let forms: Vec<&str> = GRADED.into_iter().filter(|form| eol == "\n" || form.contains('\n')).collect();
        let texts: Vec<String> = forms.iter().map(|form| before(form).replace('\n', eol)).collect();
        let (vault, names) = vault(&texts);
        let graded = run(&vault, &["review", "--early", "--grade", "good"], &names);
        assert_eq!((graded.status, graded.stderr.as_str()), (0, ""));
        for (name, form) in names.iter().zip(&forms) {
            assert_eq!(vault.read(name), after(form).replace('\n', eol), "{form:?}");
        }
        assert_eq!(vault.run(&["undo", &names.len().to_string()]).status, 0);
        for (name, text) in names.iter().zip(&texts) {
            assert_eq!(&vault.read(name), text);
        }
    }
}

#[test]
fn every_other_form_is_refused_with_the_reason_and_left_alone() {
    let texts: Vec<String> = REFUSED.iter().map(|(form, _)| before(form)).collect();
    let (vault, names) = vault(&texts);
    let files = vault.files();
    for (name, (form, reason)) in names.iter().zip(REFUSED) {
        let refused = vault.run(&["review", name, "--early", "--grade", "good"]);
        let stderr = refused.failed(1);
        assert!(stderr.starts_with(&format!("study: {name}:")) && stderr.contains(reason), "{form:?}: {stderr}");
    }
    assert_eq!(vault.files(), files);
    assert_eq!(vault.run(&["undo"]).failed(1), "study: there is nothing to take back on this device\n");
}

#[test]
fn what_was_meant_as_a_schedule_is_refused_and_told() {
    let triple = "sr-due: 2026-01-10\nsr-interval: 4\nsr-ease: 250\n";
    let cases = [
        (format!(" ---\n{triple}---\nBody\n"), "the frontmatter does not start in the first line"),
        (format!("\n---\njust words\n{triple}---\nBody\n"), "the frontmatter does not start in the first line"),
        (format!("---\n\u{200b}{triple}---\nBody\n"), "sr-due"),
    ];
    for (text, why) in cases {
        let vault = Vault::new(&[("a.md", &text)]);
        let run = vault.run(&["review", "a", "--grade", "good", "--early"]);
        assert!(run.failed(1).contains(why), "{text:?}: {run:#?}");
        assert_eq!(vault.read("a.md"), text);
    }
}

#[test]
fn a_note_under_a_rule_is_told_of_and_not_offered() {
    let vault = Vault::new(&[("a.md", "---\nProse under a rule. #review\n\n---\nMore.\n")]);
    let run = vault.run(&["due"]);
    assert!(run.stderr.starts_with("study: a.md:"), "{run:#?}");
    assert!(!run.stdout.contains("a\n"), "{run:#?}");
}

#[test]
fn a_schedule_that_nobody_reads_is_never_started_over() {
    let schedule = "---\ntags: review\nsr-due: 2026-01-10\nsr-interval: 10\nsr-ease: 250\n---\nBody\n";
    let cases = [
        (
            "block.md",
            format!("---\ncreated: 2026-01-01\n---\n{schedule}"),
            "4: the schedule stands in a block that is not read",
        ),
        (
            "comment.md",
            format!("<!-- made elsewhere -->\n{schedule}"),
            "2: the schedule stands in a block that is not read",
        ),
        ("json.md", "{\n  \"title\": \"x\"\n}\n\n#review\n".to_owned(), "1: the frontmatter is JSON"),
        ("mark.md", format!("\u{feff}\u{feff}{schedule}"), "1: a second byte order mark stands before"),
        ("returns.md", schedule.replace('\n', "\r\r\n"), "1: its lines end with two carriage returns"),
        ("text.md", format!("Words\n\n{schedule}"), "3: the schedule stands in a block that is not read"),
        ("toml.md", "+++\ntitle = \"x\"\n+++\n\n#review\n".to_owned(), "1: the frontmatter is TOML"),
    ];
    let vault = Vault::new(&cases.each_ref().map(|(path, text, _)| (*path, text.as_str())));
    let before = vault.files();
    let due = vault.run(&["due"]);
    for (path, _, said) in &cases {
        assert!(due.stderr.contains(&format!("study: {path}:{said}")), "{path}: {}", due.stderr);
        let run = vault.run(&["review", path, "--grade", "good"]);
        assert_eq!(run.status, 1, "{path}");
        assert!(run.stderr.contains(said), "{path}: {}", run.stderr);
    }
    assert_eq!(vault.files(), before);
    // What only looks like that is none of it.
    let rule = "# Oak\n\nWords\n\n---\n\n#review\n";
    let code = "```yaml\n---\nsr-due: 2026-01-10\n---\n```\n#review\n";
    let vault = Vault::new(&[("rule.md", rule), ("code.md", code), ("brace.md", "{a}\n#review\n")]);
    let run = vault.run(&["review", "--grade", "good", "rule", "code", "brace"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
}
