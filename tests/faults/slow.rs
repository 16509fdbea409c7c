//! Another program takes its time to save a note.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::support::{Vault, note};
use crate::trial::{Stopped, events, names};

/// The note as it is, and as another program is about to save it.
fn texts() -> (String, String) {
    let old = note("2026-01-10", "4", "250", &"text\n".repeat(40));
    let new = format!("{old}A NEW PARAGRAPH\n");
    (old, new)
}

/// How a program saves, in two parts between which anything can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Save {
    /// It empties the file, and fills it later.
    Emptied,
    /// It empties the file, writes some of it, and the rest later.
    Half,
    /// It opens the file as it is, and writes over it later.
    Over,
    /// It opens the file as it is, and appends to it later.
    Append,
    /// It writes a file of its own, and gives it the name of the note later.
    Rename,
}

const ALL: [Save; 5] = [Save::Emptied, Save::Half, Save::Over, Save::Append, Save::Rename];

/// Where a program begins to write the rest.
const CUT: usize = 100;

impl Save {
    fn begin(self, path: &Path) -> File {
        let (_, new) = texts();
        match self {
            Self::Emptied => File::create(path).unwrap(),
            Self::Half => {
                let mut file = File::create(path).unwrap();
                file.write_all(&new.as_bytes()[..CUT]).unwrap();
                file
            }
            Self::Over => OpenOptions::new().write(true).open(path).unwrap(),
            Self::Append => OpenOptions::new().append(true).open(path).unwrap(),
            Self::Rename => File::create(path.with_extension("saving")).unwrap(),
        }
    }

    fn end(self, mut file: File, path: &Path) {
        let (old, new) = texts();
        let rest = match self {
            Self::Emptied | Self::Over | Self::Rename => new.as_str(),
            Self::Half => &new[CUT..],
            Self::Append => new.strip_prefix(&old).unwrap(),
        };
        file.write_all(rest.as_bytes()).unwrap();
        drop(file);
        if self == Self::Rename {
            fs::rename(path.with_extension("saving"), path).unwrap();
        }
    }
}

/// The note, and versions of it that were kept.
fn versions(vault: &Vault) -> Vec<String> {
    let mut names = names(&vault.path(""));
    names.retain(|name| name.starts_with("a.md"));
    names.iter().map(|name| vault.read(name)).collect()
}

fn reviews(vault: &Vault) -> usize {
    events(vault).iter().filter(|event| event["kind"] == "review").count()
}

/// Whether this system tells who has a file open for writing.
fn knows_writers() -> bool {
    if !cfg!(target_os = "linux") {
        eprintln!("skipped: this system does not tell who writes a file");
    }
    cfg!(target_os = "linux")
}

/// Each command comes to a note that somebody is saving, waits, and changes what was saved.
#[test]
fn a_note_that_is_open_for_writing_is_waited_for() {
    if !knows_writers() {
        return;
    }
    let commands: [(&[&str], &str); 4] = [
        (&["review", "a", "--grade", "good"], ""),
        (&["review", "--plain"], "\n3\nq\n"),
        (&["fix", "--yes"], ""),
        (&["add", "a"], ""),
    ];
    for (args, input) in commands {
        for save in [Save::Emptied, Save::Half, Save::Over, Save::Append] {
            let (old, new) = texts();
            let [old, new] = [old, new].map(|text| match args[0] {
                "fix" => text.replace("2026-01-10", "1768000000"),
                "add" => text
                    .replace("[review]", "[x]")
                    .replace("sr-due", "due")
                    .replace("sr-interval", "interval")
                    .replace("sr-ease", "ease"),
                _ => text,
            });
            // What the program has not written yet cannot be mended, nor put in a queue; what it was before can.
            if save == Save::Emptied && args[0] != "add" && args.len() != 4 {
                continue;
            }
            let vault = Vault::new(&[("a.md", &old)]);
            let path = vault.path("a.md");
            let mut writing = OpenOptions::new().write(true).append(save == Save::Append).open(&path).unwrap();
            let rest = match save {
                Save::Emptied => {
                    writing.set_len(0).unwrap();
                    &new[..]
                }
                Save::Half => {
                    writing.set_len(0).unwrap();
                    writing.write_all(&new.as_bytes()[..CUT]).unwrap();
                    &new[CUT..]
                }
                Save::Append => new.strip_prefix(&old).unwrap(),
                _ => &new[..],
            };
            let shown = format!("{args:?}, {save:?}");
            let stopped = Stopped::at(1, &mut vault.command(args), input)
                .unwrap_or_else(|done| panic!("{shown}: it did not wait: {done:?}"));
            writing.write_all(rest.as_bytes()).unwrap();
            drop(writing);
            let done = stopped.end();
            let now = vault.read("a.md");
            assert!(now.contains("A NEW PARAGRAPH"), "{shown}: {done:?}: {now}");
            assert_eq!(versions(&vault).len(), 1, "{shown}: {done:?}");
            // What was decided from half a note is not done to the whole one.
            let refused = String::from_utf8_lossy(&done.stderr).contains("changed since");
            assert_eq!(done.status.success(), !refused, "{shown}: {done:?}");
            assert_eq!(events(&vault).len(), usize::from(now != new), "{shown}: {done:?}");
            assert_eq!(now == new, refused, "{shown}: {done:?}: {now}");
        }
    }
}

#[test]
fn a_note_that_stays_open_for_writing_is_refused() {
    if !knows_writers() {
        return;
    }
    let (old, _) = texts();
    let vault = Vault::new(&[("a.md", &old), ("b.md", &old)]);
    let file = fs::metadata(vault.path("a.md")).unwrap().ino();
    let mut writing = OpenOptions::new().append(true).open(vault.path("a.md")).unwrap();
    let run = vault.run(&["review", "a", "b", "--grade", "good"]);
    assert_eq!(run.failed(1), "study: a.md: another program is writing it; try again when it is done\n");
    assert!(run.stdout.starts_with("b: good"), "{run:?}");
    writing.write_all(b"late\n").unwrap();
    assert_eq!(vault.read("a.md"), format!("{old}late\n"));
    assert_eq!((fs::metadata(vault.path("a.md")).unwrap().ino(), reviews(&vault)), (file, 1));
}

/// A program begins to save at one step of a grade, and ends while that goes on.
#[test]
fn a_save_that_begins_at_any_step_loses_nothing() {
    for save in ALL {
        let mut steps = 0;
        for step in 1..60 {
            let (old, new) = texts();
            let vault = Vault::new(&[("a.md", &old)]);
            let path = vault.path("a.md");
            let Ok(stopped) = Stopped::at(step, &mut vault.command(&["review", "a", "--grade", "good"]), "") else {
                break;
            };
            steps = step;
            // What it may start from: the note as it is then.
            let before = vault.read("a.md");
            let writing = save.begin(&path);
            stopped.go_on();
            save.end(writing, &path);
            let done = stopped.end();
            let shown = format!("{save:?} at step {step}: {done:?}");
            vault.run(&["review", "--plain"]);
            let all = versions(&vault);
            assert!(all.iter().any(|text| text.contains("A NEW PARAGRAPH")), "{shown}: {all:?}");
            assert!(all.iter().any(|text| text.matches("text\n").count() == 40), "{shown}: {all:?}");
            let now = vault.read("a.md");
            let graded = now.contains("sr-due: ") && !now.contains("sr-due: 2026-01-10");
            assert!(!graded || reviews(&vault) == 1, "{shown}: {now}");
            // The other program may have saved over the grade, as it does after every grade that it has not seen.
            assert!(
                graded
                    || reviews(&vault) == 0
                    || (before != old && now == new)
                    || all.len() > 1
                    || save == Save::Rename,
                "{shown}: {now}"
            );
            let left = names(&vault.path(""));
            assert!(left.iter().all(|name| !name.ends_with(".tmp") && !name.ends_with(".saving")), "{shown}: {left:?}");
        }
        assert!(steps >= 10, "{save:?}: {steps}");
    }
}

/// What stands in the file that was exchanged for the note is written to before that is let go.
#[test]
fn what_is_written_to_the_file_that_came_out_is_kept() {
    let mut late = 0;
    for step in 1..60 {
        for hold in [false, true] {
            let (old, _) = texts();
            let vault = Vault::new(&[("a.md", &old)]);
            let command = &mut vault.command(&["review", "a", "--grade", "good"]);
            let Ok(stopped) = Stopped::at(step, command, "") else {
                assert!(late >= 4, "{late}");
                return;
            };
            let out = names(&vault.path("")).into_iter().find(|name| name.ends_with(".tmp"));
            let out = out.filter(|name| vault.read(name) == old);
            let Some(out) = out else {
                stopped.end();
                continue;
            };
            late += 1;
            let mut writing = OpenOptions::new().write(true).open(vault.path(&out)).unwrap();
            writing.seek(SeekFrom::End(0)).unwrap();
            let done = if hold {
                // It is still open when the other is long done.
                stopped.go_on();
                writing.write_all(b"LATE\n").unwrap();
                drop(writing);
                stopped.end()
            } else {
                writing.write_all(b"LATE\n").unwrap();
                drop(writing);
                stopped.end()
            };
            let all = versions(&vault);
            assert!(all.iter().any(|text| text.ends_with("LATE\n")), "step {step}: {done:?}: {all:?}");
            let graded = !vault.read("a.md").contains("2026-01-10");
            assert_eq!(reviews(&vault), usize::from(graded), "step {step}: {done:?}");
            assert!(all.len() == 1 || String::from_utf8_lossy(&done.stderr).contains("study-kept"), "{done:?}");
        }
    }
}

/// A note that was scheduled is emptied and closed, and filled a little later: in between it is not a new note.
#[test]
fn a_note_that_is_empty_in_between_is_not_started_over() {
    let mut waited = 0;
    for left in ["", "---\ntags: [rev", "---\ntags: [review]\n---\ntext\n"] {
        for _ in 0..20 {
            let vault = Vault::new(&[("a.md", &texts().0)]);
            vault.run(&["review", "a", "--grade", "good"]).ok();
            let graded = vault.read("a.md");
            vault.write("a.md", left);
            let command = &mut vault.command(&["review", "a", "--grade", "good", "--early"]);
            match Stopped::at(1, command, "") {
                Ok(stopped) => {
                    vault.write("a.md", graded.replace("text\n", "other\n"));
                    let done = stopped.end();
                    // What it said before is not what it says now, and that is told.
                    assert!(String::from_utf8_lossy(&done.stderr).contains("changed since"), "{done:?}");
                    assert_eq!(vault.read("a.md"), graded.replace("text\n", "other\n"));
                    waited += 1;
                    break;
                }
                // On a machine with much else to do, the seconds in which it is waited for were over.
                Err(done) => assert_eq!((done.status.code(), vault.read("a.md").as_str()), (Some(1), left), "{done:?}"),
            }
        }
    }
    assert!(waited > 0);
}

#[test]
fn a_note_that_has_lost_its_schedule_is_not_reviewed_as_a_new_one() {
    let vault = Vault::new(&[("a.md", &texts().0)]);
    vault.run(&["review", "a", "--grade", "good"]).ok();
    let graded = vault.read("a.md");
    vault.write("a.md", "#review\ntext\n");
    let run = vault.run(&["review", "a", "--grade", "good"]);
    let said = run.failed(1);
    assert!(
        said.starts_with("study: a.md: had a schedule (due 2026-") && said.contains("`study fix --rebuild`"),
        "{said}"
    );
    assert_eq!((vault.read("a.md").as_str(), reviews(&vault)), ("#review\ntext\n", 1));
    // Both ways out of it.
    vault.run(&["fix", "--rebuild", "--yes"]).ok();
    let due = |text: &str| text.lines().find(|line| line.starts_with("sr-due")).map(str::to_owned);
    assert_eq!(due(&vault.read("a.md")), due(&graded));
    vault.write("a.md", "---\nsr-due:\n---\n#review\ntext\n");
    let run = vault.run(&["review", "a", "--grade", "good"]);
    assert_eq!((run.status, reviews(&vault)), (0, 2), "{run:?}");
}
