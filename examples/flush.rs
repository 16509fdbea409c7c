//! What it costs to write durably: `flush FOLDER ROUNDS`. Prints microseconds for each note, medians of rounds taken in
//! turn: the least there is for one file (a temporary file, a flush of it, a rename, a flush of the folder) against a change
//! of a note and the log, of 20 notes one by one; and one change after the other against all in one go, of 200 notes.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use study::clock::Now;
use study::desk::{Decision, Desk, Refused};
use study::item::{ItemId, NotePath};
use study::journal::Journal;
use study::log::{Change, What};
use study::vault::Vault;

const NOTES: usize = 20;
const MANY: usize = 200;
/// A round of many notes takes ten times as long as one of a few.
const ROUNDS_OF_MANY: usize = 4;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, rounds] = arguments.as_slice() else { return Err("usage: flush FOLDER ROUNDS".into()) };
    let rounds: usize = rounds.parse()?;
    let dir = tempfile::tempdir_in(folder)?;
    let vault = Vault::open(dir.path())?;
    let made = |folder: &str, count: usize| -> std::io::Result<Vec<NotePath>> {
        fs::create_dir(dir.path().join(folder))?;
        let notes: Vec<NotePath> = (0..count).map(|n| NotePath::new(format!("{folder}/{n}.md"))).collect();
        notes.iter().try_for_each(|note| fs::write(vault.file(note), [b'x'; 2000]))?;
        Ok(notes)
    };
    let (few, many) = (made("few", NOTES)?, made("many", MANY)?);
    let desk = Desk::new(&vault, Journal::new(dir.path().join(".study/log"), ".study/log", "bench"));
    let instant = chrono::DateTime::parse_from_rfc3339("2026-01-15T09:00:00+01:00")?;
    let now = Now { instant, today: "2026-01-15".parse()? };
    let decide = |note: &NotePath, text: &str| -> Result<Decision, Refused> {
        let flipped = if text.starts_with('x') { "y" } else { "x" };
        let text = format!("{flipped}{}", text.get(1..).unwrap_or_default());
        Ok(Decision { text, change: Change::new(What::Bury, ItemId::of_note(note.clone()), &now) })
    };
    let one_by_one =
        |notes: &[NotePath]| notes.iter().try_for_each(|note| desk.change(note, |text| decide(note, text)).map(drop));
    let in_one_go =
        || desk.change_all(&many, |at, text| decide(&many[at], text)).into_iter().try_for_each(|r| r.map(drop));

    let (mut bare, mut single) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        bare.push(timed(NOTES, || few.iter().try_for_each(|_| replace(&dir.path().join("few"))))?);
        single.push(timed(NOTES, || one_by_one(&few))?);
    }
    let (bare, single) = (median(bare), median(single));
    println!("bare {bare:.0}; a change {single:.0}, ratio {:.2}", single / bare);

    let (mut apart, mut together) = (Vec::new(), Vec::new());
    for _ in 0..rounds.div_ceil(ROUNDS_OF_MANY) {
        apart.push(timed(MANY, || one_by_one(&many))?);
        together.push(timed(MANY, in_one_go)?);
    }
    let (apart, together) = (median(apart), median(together));
    println!("{MANY} notes one by one {apart:.0}; in one go {together:.0}, ratio {:.2}", together / apart);
    Ok(())
}

/// The least that replacing a file durably takes.
fn replace(folder: &Path) -> std::io::Result<()> {
    let (target, temporary) = (folder.join("flush.md"), folder.join(".flush.tmp"));
    let mut file = File::create(&temporary)?;
    file.write_all(&[b'x'; 2000])?;
    file.sync_all()?;
    drop(file);
    fs::rename(&temporary, &target)?;
    File::open(folder)?.sync_all()
}

/// Microseconds for each of so many notes.
fn timed<E: Error + 'static>(notes: usize, work: impl FnOnce() -> Result<(), E>) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64() * 1e6 / notes as f64)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
