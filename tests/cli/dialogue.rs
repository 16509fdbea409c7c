//! `study review` as a dialogue on stdin and stdout: every answer, and what happens to notes that change meanwhile.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdout, Stdio};

use crate::support::{Vault, note};

const KEYS: &str = "Enter shows it; 1 to 4 grade it, s skip, u undo, e edit, o Obsidian, q quit\n";

/// Two due notes and a new one.
fn vault() -> Vault {
    Vault::new(&[
        ("one.md", &note("2026-01-10", "4", "250", "# First\n\n## Why\n\nBecause.\n\n### How\n\n- so\n")),
        ("two.md", &note("2026-01-15", "10", "250", "Second\n")),
        ("zzz.md", "Third #review\n"),
    ])
}

const ONE: &str = "\
First
one.md; 5 days late; interval 4 d, ease 250; last seen 9 days ago; tags review
- Why
  - How
";
const TWO: &str = "\
two
two.md; due today; interval 10 d, ease 250; last seen 10 days ago; tags review
";
const ZZZ: &str = "\
zzz
zzz.md; new; tags review
";

fn asked(number: usize, left: usize, head: &str) -> String {
    format!("Note {number}, {left} to go: {head}{KEYS}")
}

#[test]
fn a_whole_session_shows_grades_and_sums_up() {
    let vault = vault();
    let run = vault.run_with(&["review"], "\n3\n2\n\n4\n");
    let shown = "
# First

## Why

Because.

### How

* so

1 again, again today (interval 0 d, ease 230)
2 hard, next in 3 days, Sun 18 Jan (interval 3 d, ease 230): shorter than before
3 good, next in 16 days, Sat 31 Jan (interval 16 d, ease 250)
4 easy, next in 32 days, Mon 16 Feb (interval 32 d, ease 270)
good, next in 16 days, Sat 31 Jan (interval 4 d to 16 d, ease 250)

";
    let hard = "hard, next in 5 days, Tue 20 Jan (interval 10 d to 5 d, ease 230)\n\n";
    let third = "
Third #review

1 again, again today (interval 0 d, ease 230)
2 hard, next tomorrow, Fri 16 Jan (interval 1 d, ease 230)
3 good, next in 3 days, Sun 18 Jan (interval 3 d, ease 250)
4 easy, next in 4 days, Mon 19 Jan (interval 4 d, ease 270)
easy, next in 4 days, Mon 19 Jan (interval 4 d, ease 270)

3 reviews: 1 hard, 1 good, 1 easy.
Streak: 1 day.
Next: 1 note in 4 days, Mon 19 Jan.
";
    let expected = [asked(1, 3, ONE), shown.into(), asked(2, 2, TWO), hard.into(), asked(3, 1, ZZZ), third.into()];
    assert_eq!(run.ok(), expected.concat());
    assert_eq!(vault.run(&["due", "--count"]).ok(), "0\n");
    assert!(vault.read("two.md").contains("sr-due: 2026-01-20\nsr-interval: 5\nsr-ease: 230\n"));
}

#[test]
fn every_grade_can_be_a_key_or_a_word() {
    for (answers, tally) in [
        ("1\n2\n3\n4\n", "1 again, 1 hard, 1 good, 1 easy"),
        ("again\nHARD\n good \nEasy\n", "1 again, 1 hard, 1 good, 1 easy"),
    ] {
        let run = vault().run_with(&["review"], answers);
        assert!(run.ok().contains(&format!("4 reviews: {tally}.\n")), "{run:?}");
    }
}

#[test]
fn again_comes_back_until_it_is_graded_better() {
    let run = vault().run_with(&["review", "one"], "1\n1\n3\n");
    assert!(run.ok().contains("one.md; due today; interval 0 d, ease 230; last seen today; tags review\n"), "{run:?}");
    assert!(run.ok().contains("one.md; due today; interval 0 d, ease 210; last seen today; tags review\n"), "{run:?}");
    assert!(run.ok().contains("3 reviews: 2 again, 1 good.\n"), "{run:?}");
    let heads: Vec<&str> = run.ok().lines().filter(|line| line.starts_with("Note ")).collect();
    assert_eq!(heads, ["Note 1, 1 to go: First", "Note 2, 1 to go: First", "Note 3, 1 to go: First"]);
}

#[test]
fn a_skipped_note_comes_after_the_others_and_a_round_of_skips_ends_the_session() {
    let run = vault().run_with(&["review"], "s\n3\n3\n3\n");
    let heads: Vec<&str> = run.ok().lines().filter(|line| line.starts_with("Note ")).collect();
    assert_eq!(
        heads,
        ["Note 1, 3 to go: First", "Note 2, 3 to go: two", "Note 3, 2 to go: zzz", "Note 4, 1 to go: First"]
    );
    let run = vault().run_with(&["review"], &"s\n".repeat(50));
    let shown: String = [ONE, TWO, ZZZ].iter().zip(1..).map(|(head, n)| asked(n, 3, head) + "skipped\n\n").collect();
    assert_eq!(run.ok(), shown + "Nothing was graded.\nLeft for today: 2 due, 1 new.\n");
}

#[test]
fn what_is_left_for_today_is_told_and_then_what_comes() {
    let vault = vault();
    vault.write("later.md", note("2026-01-16", "4", "250", "").replace("tags: [review]", "tags: [review, x]"));
    vault.write(".study/config.toml", "review_tags = [\"review\", \"x\"]\n");
    // A note in two decks is one note.
    let run = vault.run_with(&["review"], "3\n");
    assert!(run.ok().ends_with("Left for today: 1 due, 1 new.\nNext: 1 note tomorrow, Fri 16 Jan.\n"), "{run:?}");
    let early = vault.run_with(&["review", "later", "--early"], "");
    assert!(early.ok().ends_with("Left for today: 1 due, 1 new.\nNext: 1 note tomorrow, Fri 16 Jan.\n"), "{early:?}");
}

#[test]
fn undo_takes_the_last_thing_back_to_the_byte() {
    let vault = vault();
    let before = vault.files();
    let run = vault.run_with(&["review"], "3\ns\nu\nu\nu\nq\n");
    assert_eq!(vault.files(), before);
    let expected = [
        asked(1, 3, ONE),
        "good, next in 16 days, Sat 31 Jan (interval 4 d to 16 d, ease 250)\n\n".into(),
        asked(2, 2, TWO),
        "skipped\n\n".into(),
        asked(3, 2, ZZZ),
        "taken back: two\n\n".into(),
        asked(2, 2, TWO),
        "taken back: one\n\n".into(),
        asked(1, 3, ONE),
        "nothing to take back in this session; `study undo` goes further\n".into(),
        asked(1, 3, ONE),
        "Nothing was graded.\nLeft for today: 2 due, 1 new.\n".into(),
    ];
    assert_eq!(run.ok(), expected.concat());
}

#[test]
fn what_cannot_be_taken_back_is_passed_over_in_a_session_too() {
    let mut vault = vault();
    let before = vault.read("one.md");
    let edit = format!("sed -i 's/^sr-ease: .*/sr-ease: 199/' '{}'", vault.path("two.md").display());
    let editor = vault.script("editor", &edit);
    vault.env("EDITOR", &editor);
    let run = vault.run_with(&["review"], "3\n3\ne\nu\nu\nu\nq\n");
    let why = "two.md:3: the schedule is no longer the one that was set; it was changed since, so it stays as it is; its \
               review of Thu 15 Jan was stepped over\n";
    assert!(run.ok().contains(why), "{run:?}");
    assert_eq!(run.ok().matches("taken back: one\n").count(), 1, "{run:?}");
    assert!(run.ok().contains("nothing to take back in this session"), "{run:?}");
    assert!(run.ok().contains("1 review: 1 good."), "{run:?}");
    assert_eq!(vault.read("one.md"), before);
    assert!(vault.read("two.md").contains("sr-ease: 199"));
    assert_eq!(vault.run(&["undo"]).failed(1), "study: there is nothing to take back on this device\n");
    let history = vault.run(&["history", "two"]);
    assert!(history.ok().contains("desk, could not be made"), "{history:?}");
}

#[test]
fn rubbish_is_no_answer_and_changes_nothing() {
    let vault = vault();
    let before = vault.files();
    let run = vault.run_with(&["review", "--limit", "1"], "5\n33\n-1\nyes\x1b[31m\n0\n");
    let said = |text: &str| format!("`{text}` is no answer\n{KEYS}");
    let expected = asked(1, 1, ONE)
        + &["5", "33", "-1", "yes␛[31m", "0"].map(said).concat()
        + "Nothing was graded.\nLeft for today: 2 due, 1 new.\n";
    assert_eq!(run.ok(), expected);
    assert_eq!(vault.files(), before);
}

#[test]
fn the_end_of_input_ends_the_session_and_keeps_what_was_graded() {
    let vault = vault();
    for input in ["", "q\n", "quit\n", "\n"] {
        let run = vault.run_with(&["review", "--limit", "1"], input);
        assert!(run.ok().ends_with("Nothing was graded.\nLeft for today: 2 due, 1 new.\n"), "{run:?}");
    }
    // No line end behind the last answer, and line ends of the other kind.
    let run = vault.run_with(&["review"], "3\r\n4");
    assert!(
        run.ok().contains(
            "2 reviews: 1 good, 1 easy.\nStreak: 1 day.\nLeft for today: 1 new.\nNext: 1 note in 16 days, Sat 31 Jan.\n"
        ),
        "{run:?}"
    );
    assert_eq!(vault.run(&["due", "--count"]).ok(), "0\n");
}

#[test]
fn filters_and_limits_choose_what_is_asked() {
    let vault = Vault::example();
    let heads = |args: &[&str]| -> Vec<String> {
        let run = vault.run_with(&[&["review"], args].concat(), &"s\n".repeat(50));
        run.ok().lines().filter_map(|line| Some(line.strip_prefix("Note ")?.split_once(": ")?.1.to_owned())).collect()
    };
    assert_eq!(heads(&["--limit", "2"]), ["TLS handshake", "SQL joins"]);
    assert_eq!(heads(&["--tag", "network", "--limit", "3"]), ["TLS handshake", "DNS", "HTTP caching"]);
    assert_eq!(heads(&["--tag", "data"]), ["SQL joins", "Transactions"]);
    assert_eq!(heads(&["--folder", "topics", "--new", "1"]).len(), 7);
    assert_eq!(heads(&["--new", "0"]).len(), 7);
    assert_eq!(heads(&["--deck", "review"]).len(), 11);
}

#[test]
fn the_editor_gets_the_file_and_the_note_is_shown_as_it_is_afterwards() {
    let mut vault = vault();
    let editor =
        vault.script("editor", &format!("echo \"$@\" > {}\necho '## Added' >> \"$2\"", vault.path("../log").display()));
    vault.env("EDITOR", &format!("{editor} --wait"));
    let run = vault.run_with(&["review", "--limit", "1"], "e\n3\n");
    let edited = ONE.to_owned() + "- Added\n";
    let good = "good, next in 16 days, Sat 31 Jan (interval 4 d to 16 d, ease 250)\n\n";
    assert!(run.ok().starts_with(&(asked(1, 1, ONE) + &asked(1, 1, &edited) + good)), "{run:?}");
    assert_eq!(vault.beside("log"), format!("--wait {}\n", vault.path("one.md").display()));
    assert!(vault.read("one.md").ends_with("- so\n## Added\n"));

    vault.env("VISUAL", "/no/such/editor");
    let run = vault.run_with(&["review", "--limit", "1"], "e\n");
    assert!(run.ok().contains("cannot start `/no/such/editor`: "), "{run:?}");
    let failing = vault.script("failing", "exit 3");
    vault.env("VISUAL", &failing);
    let run = vault.run_with(&["review", "--limit", "1"], "e\n");
    assert!(run.ok().contains("failing` ended with exit status: 3\n"), "{run:?}");
    vault.env("VISUAL", "").env("EDITOR", " ");
    let run = vault.run_with(&["review", "--limit", "1"], "e\n");
    assert!(run.ok().contains("no editor is named; set EDITOR, for example to `nano`\n"), "{run:?}");
}

#[test]
fn obsidian_is_opened_by_a_url_with_the_path_of_the_note() {
    let mut vault = Vault::new(&[("a b/ü&c.md", &note("2026-01-15", "4", "250", ""))]);
    let opener =
        vault.script("opener", &format!("echo \"$#:$1\" > {0}.new && mv {0}.new {0}", vault.path("../log").display()));
    vault.env("STUDY_OPENER", &opener);
    let run = vault.run_with(&["review"], "o\nq\n");
    assert_eq!(run.ok().matches(KEYS).count(), 2, "{run:?}");
    let started = std::time::Instant::now();
    while vault.beside("log").is_empty() && started.elapsed().as_secs() < 10 {
        std::thread::yield_now();
    }
    let said = vault.beside("log");
    assert!(said.starts_with("1:obsidian://open?path=%2F") && said.ends_with("%2Fa%20b%2F%C3%BC%26c.md\n"), "{said}");

    vault.env("STUDY_OPENER", "/no/such/opener");
    let run = vault.run_with(&["review"], "o\nq\n");
    assert!(run.ok().contains("cannot start `/no/such/opener`: "), "{run:?}");
}

/// A dialogue that is driven answer by answer.
struct Talk {
    child: std::process::Child,
    out: BufReader<ChildStdout>,
    said: String,
}

impl Talk {
    fn start(vault: &Vault, args: &[&str]) -> Self {
        let mut command = vault.command(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out, said: String::new() }
    }

    /// Reads until the keys are offered.
    fn wait(&mut self) {
        while !self.said.ends_with(KEYS) {
            assert!(self.out.read_line(&mut self.said).unwrap() > 0, "{}", self.said);
        }
    }

    fn say(&mut self, line: &str) {
        self.said.clear();
        writeln!(self.child.stdin.as_ref().unwrap(), "{line}").unwrap();
    }

    fn end(mut self) -> (String, Option<i32>) {
        drop(self.child.stdin.take());
        while self.out.read_line(&mut self.said).unwrap() > 0 {}
        (self.said, self.child.wait().unwrap().code())
    }
}

#[test]
fn a_note_whose_text_changes_while_it_is_shown_is_graded_with_its_new_text() {
    let vault = vault();
    let mut talk = Talk::start(&vault, &["review", "--limit", "1"]);
    talk.wait();
    let text = vault.read("one.md");
    vault.write(
        "one.md",
        text.replace("Because.", "Because it changed.").replace("tags: [review]", "tags: [review, x]"),
    );
    talk.say("3");
    assert!(talk.end().0.starts_with("good, next in 16 days"));
    assert_eq!(
        vault.read("one.md"),
        text.replace("Because.", "Because it changed.")
            .replace("tags: [review]", "tags: [review, x]")
            .replace("2026-01-10", "2026-01-31")
            .replace("sr-interval: 4", "sr-interval: 16")
    );
}

#[test]
fn a_note_reviewed_elsewhere_while_it_is_shown_is_not_overwritten() {
    let vault = vault();
    let mut talk = Talk::start(&vault, &["review", "--limit", "1"]);
    talk.wait();
    let elsewhere = note("2026-03-01", "45", "270", "Reviewed elsewhere\n");
    vault.write("one.md", &elsewhere);
    talk.say("3");
    let (said, status) = talk.end();
    assert_eq!(vault.read("one.md"), elsewhere);
    assert!(said.starts_with("one.md: its schedule has changed since it was shown; look at it again\n\none.md: was reviewed elsewhere meanwhile; it is passed over\n"), "{said}");
    assert_eq!(status, Some(1));
}

#[test]
fn a_note_put_off_to_today_elsewhere_is_shown_again_as_it_is_now() {
    let vault = vault();
    let mut talk = Talk::start(&vault, &["review", "--limit", "2"]);
    talk.wait();
    vault.write("one.md", note("2026-01-15", "7", "210", "Other\n"));
    talk.say("3");
    talk.wait();
    // At once, not after the others.
    assert!(talk.said.contains("one.md; due today; interval 7 d, ease 210; "), "{}", talk.said);
    assert!(!talk.said.contains("two.md"), "{}", talk.said);
    talk.say("3");
    talk.wait();
    assert!(
        talk.said.starts_with("good, next in 15 days, Fri 30 Jan (interval 7 d to 15 d, ease 210)\n"),
        "{}",
        talk.said
    );
    assert_eq!(talk.end().1, Some(0));
    assert_eq!(vault.read("one.md"), note("2026-01-30", "15", "210", "Other\n"));
}

#[test]
fn a_note_deleted_while_another_is_shown_is_passed_over() {
    let vault = vault();
    let mut talk = Talk::start(&vault, &["review", "--limit", "2"]);
    talk.wait();
    std::fs::remove_file(vault.path("two.md")).unwrap();
    talk.say("3");
    let (said, status) = talk.end();
    assert!(said.contains("two.md: cannot be read: no such file or directory"), "{said}");
    assert!(said.contains("1 review: 1 good.\n"), "{said}");
    assert_eq!(status, Some(0));
    assert!(!vault.path("two.md").exists());
}

#[test]
fn a_note_deleted_while_it_is_shown_is_told_of_and_not_made_again() {
    let vault = vault();
    let mut talk = Talk::start(&vault, &["review", "--limit", "1"]);
    talk.wait();
    std::fs::remove_file(vault.path("one.md")).unwrap();
    talk.say("3");
    let (said, status) = talk.end();
    assert!(said.starts_with("one.md: cannot be read: no such file or directory"), "{said}");
    assert_eq!(status, Some(1));
    assert!(!vault.path("one.md").exists());
}

#[test]
fn each_grade_is_on_disk_before_the_next_note_is_shown() {
    let vault = vault();
    let mut talk = Talk::start(&vault, &["review"]);
    talk.wait();
    talk.say("3");
    talk.wait();
    assert!(vault.read("one.md").contains("sr-due: 2026-01-31"));
    assert!(vault.read(".study/log/desk.jsonl").contains("\"one.md\""));
    talk.child.kill().unwrap();
    assert_eq!(vault.run(&["undo"]).status, 0);
    assert!(vault.read("one.md").contains("sr-due: 2026-01-10"));
}

#[test]
fn a_damaged_note_in_the_queue_is_told_of_and_passed_over() {
    let twice = "---\nsr-due: 2026-01-01\nsr-interval: 4\nsr-ease: 250\ntags: [review]\nsr-due: 2026-01-05\nsr-interval: 5\nsr-ease: 250\n---\n";
    let vault = Vault::new(&[("twice.md", twice), ("good.md", &note("2026-01-15", "4", "250", ""))]);
    let run = vault.run_with(&["review"], "3\n3\n");
    assert!(run.stdout.starts_with("twice.md:6: the schedule stands there twice, in lines 2 and 6; line 6 counts; run `study fix twice.md`\nNote 1, 1 to go: good\n"), "{run:?}");
    assert_eq!(vault.read("twice.md"), twice);
}
