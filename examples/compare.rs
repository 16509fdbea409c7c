//! Runs commands in turn, shuffled anew in every round, and compares them with the first: `compare ROUNDS NAME COMMAND..
//! :: NAME COMMAND..`. Output goes to a file, since some programs do less when nobody looks at it.
//!
//! Prints a line for each: name, median milliseconds, the median of its ratios to the first in the same round, the ratio
//! of processor time, and peak memory in MB. Linux only for the last two.

use std::error::Error;
use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

struct Entry<'a> {
    name: &'a str,
    command: &'a [String],
    millis: Vec<f64>,
    /// Processor time of all rounds, in ticks of the system.
    ticks: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rounds, rest @ ..] = arguments.as_slice() else { return Err("usage: compare ROUNDS NAME COMMAND ..".into()) };
    let rounds: usize = rounds.parse()?;
    let mut entries: Vec<Entry<'_>> = rest
        .split(|argument| argument == "::")
        .filter_map(|part| part.split_first())
        .map(|(name, command)| Entry { name, command, millis: Vec::new(), ticks: 0 })
        .collect();
    let mut order: Vec<usize> = (0..entries.len()).collect();
    let mut state = 1_u64;
    // The first round warms the cache.
    for round in 0..=rounds {
        for last in (1..order.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(last, (state >> 33) as usize % (last + 1));
        }
        for at in &order {
            let Some(entry) = entries.get_mut(*at) else { continue };
            let (before, start) = (ticks_of_children(), Instant::now());
            start_one(entry.command)?.wait()?;
            if round > 0 {
                entry.millis.push(start.elapsed().as_secs_f64() * 1000.0);
                entry.ticks += ticks_of_children() - before;
            }
        }
    }
    let first: Vec<f64> = entries.first().map(|entry| entry.millis.clone()).unwrap_or_default();
    let first_ticks = entries.first().map_or(0, |entry| entry.ticks);
    for entry in &entries {
        let ratios = entry.millis.iter().zip(&first).map(|(own, first)| own / first).collect();
        println!(
            "{:<28} {:>9.1} ms {:>6.2} {:>6.2} cpu {:>7.1} MB",
            entry.name,
            median(entry.millis.clone()),
            median(ratios),
            entry.ticks as f64 / first_ticks.max(1) as f64,
            peak(entry.command)?
        );
    }
    Ok(())
}

fn start_one(command: &[String]) -> Result<std::process::Child, Box<dyn Error>> {
    let (program, arguments) = command.split_first().ok_or("a command is missing")?;
    let out = File::create(std::env::temp_dir().join("compare.out"))?;
    Ok(Command::new(program).args(arguments).stdin(Stdio::null()).stdout(out).stderr(Stdio::null()).spawn()?)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// User and system time of all children that have ended.
fn ticks_of_children() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    fields.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// The most memory that a run of its own had, as last seen before it ended.
fn peak(command: &[String]) -> Result<f64, Box<dyn Error>> {
    let mut child = start_one(command)?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0;
    while child.try_wait()?.is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        peak = kib.map_or(peak, |kib| kib / 1024.0);
        std::thread::sleep(Duration::from_micros(500));
    }
    Ok(peak)
}
