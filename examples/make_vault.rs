//! Makes a vault to measure with: `make_vault FOLDER NOTES [EVENTS]`.
//!
//! The same arguments give the same bytes. Three in ten notes have a schedule, one in fifty is due on 2026-01-15, one in
//! ten is new by a `#review` in its text, one in four has no frontmatter; sizes spread as in real vaults, with a median of
//! about 1.6 kB and a few notes of hundreds of kilobytes. With EVENTS the review log holds that many reviews. Prints what
//! `study due --today 2026-01-15` has to find.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use chrono::{Days, NaiveDate};
use study::clock::Now;
use study::item::{ItemId, NotePath};
use study::log::Change;
use study::note::{Fingerprint, Was};
use study::schedule::{Ease, Grade, Interval, Scheduled};

const WORDS: &[&str] = &[
    "memory",
    "graph",
    "kernel",
    "market",
    "river",
    "melody",
    "proof",
    "field",
    "cell",
    "signal",
    "index",
    "policy",
    "the",
    "of",
    "and",
    "in",
    "is",
    "that",
    "for",
    "with",
    "under",
    "between",
    "often",
    "Größe",
    "заметка",
    "学习",
];

/// SplitMix64: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn word(&mut self) -> &'static str {
        WORDS.get(self.below(WORDS.len())).copied().unwrap_or_default()
    }

    /// Bytes of a note: each doubling beyond 700 half as likely as the one before, up to a megabyte.
    fn size(&mut self) -> usize {
        let mut size = 350 + self.below(700);
        while size < 1_000_000 && self.chance(48) {
            size = size * 2 + self.below(400);
        }
        size
    }
}

struct Note {
    path: String,
    schedule: Option<Scheduled>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (root, count) = match arguments.as_slice() {
        [root, count, ..] => (Path::new(root), count.parse::<usize>()?),
        _ => return Err("usage: make_vault FOLDER NOTES [EVENTS]".into()),
    };
    let events = arguments.get(2).map_or(Ok(0), |events| events.parse::<usize>())?;
    let today: NaiveDate = "2026-01-15".parse()?;
    let mut random = Random(1);
    let folders = folders(&mut random, count.div_ceil(25));
    for folder in &folders {
        fs::create_dir_all(root.join(folder))?;
    }
    fs::create_dir_all(root.join(".obsidian"))?;
    fs::write(root.join(".obsidian/app.json"), "{}")?;
    let (mut due, mut new) = (0, 0);
    let mut notes = Vec::with_capacity(count);
    for n in 0..count {
        // A third of the folders holds most of the notes.
        let folder = if random.chance(70) { random.below(folders.len() / 3 + 1) } else { random.below(folders.len()) };
        let folder = folders.get(folder).map_or("", String::as_str);
        let path =
            format!("{folder}{}{} {} {n}.md", if folder.is_empty() { "" } else { "/" }, random.word(), random.word());
        let kind = random.below(100);
        let schedule = (kind < 30).then(|| schedule(&mut random, today)).flatten();
        let is_new = (30..40).contains(&kind);
        due += usize::from(schedule.is_some_and(|schedule| schedule.is_due(today)));
        new += usize::from(is_new);
        fs::write(root.join(&path), text(&mut random, schedule, is_new, kind >= 75, count))?;
        notes.push(Note { path, schedule });
    }
    if events > 0 {
        write_log(root, &notes, events, &mut random)?;
    }
    println!("{due} due, {new} new.");
    Ok(())
}

/// Paths of folders up to five deep; the first is the vault itself.
fn folders(random: &mut Random, count: usize) -> Vec<String> {
    let mut folders = vec![String::new()];
    for n in 0..count {
        let parent = folders.get(random.below(folders.len())).cloned().unwrap_or_default();
        let deep = parent.matches('/').count() >= 4 || parent.is_empty();
        let name = format!("{} {n}", random.word());
        folders.push(if deep { name } else { format!("{parent}/{name}") });
    }
    folders
}

fn schedule(random: &mut Random, today: NaiveDate) -> Option<Scheduled> {
    let interval = 1 + random.below(60);
    let due = match random.chance(7) {
        true => today.checked_sub_days(Days::new(random.below(40) as u64)),
        false => today.checked_add_days(Days::new(1 + random.below(interval) as u64)),
    };
    Some(Scheduled {
        due: due?,
        interval: Interval::new(interval as f64)?,
        ease: Ease::new((130 + 5 * random.below(38)) as f64)?,
    })
}

fn text(random: &mut Random, schedule: Option<Scheduled>, is_new: bool, bare: bool, notes: usize) -> String {
    let mut text = String::new();
    if !bare {
        text.push_str("---\n");
        match random.below(3) {
            0 => text.push_str("tags:\n  - source/book\n  - inbox\n"),
            1 => text.push_str("tags: [area/home, todo]\n"),
            _ => {}
        }
        if random.chance(40) {
            let _ = writeln!(text, "title: \"{}: a \\\"{}\\\"\"", random.word(), random.word());
        }
        if random.chance(30) {
            let _ = writeln!(text, "aliases:\n  - {}\n  - {} {}", random.word(), random.word(), random.word());
        }
        text.push_str("date: 2025-06-01\n");
        if let Some(schedule) = schedule {
            let Scheduled { due, interval, ease } = schedule;
            let due = if random.chance(3) { due.format("%d-%m-%Y").to_string() } else { due.to_string() };
            let _ = write!(text, "sr-due: {due}\nsr-interval: {interval}\nsr-ease: {ease}\n");
        }
        text.push_str("---\n");
    }
    let size = random.size();
    while text.len() < size {
        match random.below(12) {
            0 => {
                let _ = write!(text, "## {} {}\n\n", random.word(), random.word());
            }
            1 if random.chance(3) => text.push_str("```sh\ngrep -r needle . # no #review tag\n```\n\n"),
            1 => text.push_str("```sh\ngrep -r needle .\n```\n\n"),
            2 | 3 => {
                let _ = write!(
                    text,
                    "- {} [[{} {}]]\n- [ ] {}\n\n",
                    random.word(),
                    random.word(),
                    random.below(notes),
                    random.word()
                );
            }
            _ => {
                for _ in 0..5 + random.below(40) {
                    let _ = write!(text, "{} ", random.word());
                }
                text.push_str(if random.chance(10) { "`code` [[memory]].\n\n" } else { ".\n\n" });
            }
        }
    }
    if is_new {
        text.push_str("\n#review\n");
    }
    text
}

/// A log of reviews over the last two years, in which the last review of each note led to its schedule.
fn write_log(root: &Path, notes: &[Note], events: usize, random: &mut Random) -> Result<(), Box<dyn Error>> {
    let scheduled: Vec<&Note> = notes.iter().filter(|note| note.schedule.is_some()).collect();
    let start = chrono::DateTime::parse_from_rfc3339("2024-01-15T07:30:00+01:00")?;
    let step = chrono::Duration::days(729) / i32::try_from(events)?.max(1);
    let mut text = String::new();
    let mut known: Vec<Option<Scheduled>> = vec![None; scheduled.len()];
    for n in 0..events {
        let instant = start + step * i32::try_from(n)?;
        let now = Now { instant, today: instant.date_naive() };
        let at = random.below(scheduled.len());
        let (Some(note), Some(slot)) = (scheduled.get(at), known.get_mut(at)) else { continue };
        // Every review but the first leaves the schedule that stands in the note.
        let (before, Some(after)) = (*slot, note.schedule) else { continue };
        *slot = Some(after);
        let grade = Grade::ALL.get(random.below(4)).copied().unwrap_or(Grade::Good);
        let item = ItemId::of_note(NotePath::new(note.path.clone()));
        let change = Change::review(item, &now, grade, None, before, after, Was::default());
        let change = change.known_by(None, Fingerprint::of(note.path.as_bytes()));
        text.push_str(&change.seal("bench", text.len() as u64).line());
    }
    fs::create_dir_all(root.join(".study/log"))?;
    fs::write(root.join(".study/log/bench.jsonl"), text)?;
    Ok(())
}
