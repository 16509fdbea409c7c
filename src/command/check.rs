//! `study check`: what is wrong with notes, settings and the review log, as compilers print it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use colored::Colorize;
use serde::Serialize;

use super::Context;
use super::roadmap::atlas::Atlas;
use crate::app::resolve::resolve;
use crate::cli::CheckArgs;
use crate::desk::Desk;
use crate::error::CliError;
use crate::item::ItemId;
use crate::log::Log;
use crate::note::NotePath;
use crate::note::lint::lint;
use crate::note::properties::id_of;
use crate::problem::{Advice, Code, Finding, Problem, Severity};
use crate::show::json;
use crate::show::text::clean;
use crate::show::when::count;
use crate::vault::{self, Leftover};

/// How many problems of one kind are listed unless all are asked for: enough to see what they are about.
const LISTED: usize = 20;

/// Lists what is wrong.
///
/// # Errors
/// When anything is wrong, when a named note is not found, or the output cannot be written.
pub fn run(args: &CheckArgs, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let (notes, mut problems) = if args.notes.is_empty() { everything(context) } else { named(args, context)? };
    problems.sort_by(|a, b| {
        let place = |p: &Problem| (p.finding.line, p.finding.column, p.finding.code);
        a.path.cmp(&b.path).then_with(|| place(a).cmp(&place(b)))
    });
    if args.json {
        as_json(notes, &problems, out)?;
    } else {
        as_text(notes, &problems, args.all, out)?;
    }
    // What is wrong was said; the exit status is left to tell. What is only worth knowing is no failure.
    let wrong = problems.iter().any(|problem| problem.finding.severity != Severity::Notice);
    if wrong { Err(CliError::failed("")) } else { Ok(()) }
}

/// The problems of the whole vault, and how many notes it has.
fn everything(context: &Context) -> (usize, Vec<Problem>) {
    let _reading = context.reading();
    let (mut atlas, beside) = Atlas::load_and(context, |bytes| {
        let (findings, id) = (look(bytes), sr_id(bytes));
        (!findings.is_empty() || id.is_some()).then_some((findings, id))
    });
    let mut problems = std::mem::take(&mut atlas.problems);
    let mut ids = Vec::new();
    for (path, (findings, id)) in beside.found {
        problems.extend(findings.into_iter().map(|finding| finding.at(path.clone())));
        ids.extend(id.map(|id| (path, id)));
    }
    problems.extend(beside.leftovers.into_iter().filter_map(|(path, kind)| leftover(path, kind, context)));
    let desk = Desk::new(&context.vault, context.journal());
    if desk.is_unsettled() {
        problems.push(unsettled(&desk.intent_file(), context));
    }
    let (log, bad_lines) = desk.journal().read();
    problems.extend(bad_lines);
    problems.extend(duplicate_ids(&ids, &log));
    problems.extend(context.settings_problems().iter().cloned());
    problems.extend(atlas.astray(context));
    (beside.notes, problems)
}

fn named(args: &CheckArgs, context: &Context) -> Result<(usize, Vec<Problem>), CliError> {
    let (atlas, beside) = Atlas::load_and(context, sr_id);
    let mut problems = atlas.astray(context);
    let log = Desk::new(&context.vault, context.journal()).journal().read().0;
    problems.extend(duplicate_ids(&beside.found, &log));
    let notes = args.notes.iter().map(|typed| resolve(typed, context)).collect::<Result<Vec<_>, _>>()?;
    problems.retain(|problem| notes.contains(&problem.path));
    for note in notes {
        let findings = match context.vault.read(&note) {
            Ok(text) => lint(&text),
            Err(finding) => vec![finding],
        };
        problems.extend(findings.into_iter().map(|finding| finding.at(note.clone())));
    }
    Ok((args.notes.len(), problems))
}

/// The `sr-id` of a note, and its line.
fn sr_id(bytes: &[u8]) -> Option<(String, usize)> {
    let id = id_of(bytes)?;
    let is_key = |line: &[u8]| line.get(..5).is_some_and(|key| key.eq_ignore_ascii_case(b"sr-id"));
    let at = bytes.split(|byte| *byte == b'\n').position(|line| is_key(line.trim_ascii_start()));
    Some((id, at.map_or(1, |at| at + 1)))
}

/// Of notes that share an `sr-id`, all but the one that the log knows by it.
fn duplicate_ids(ids: &[(NotePath, (String, usize))], log: &Log) -> Vec<Problem> {
    let mut having: BTreeMap<&str, Vec<(&NotePath, usize)>> = BTreeMap::new();
    for (path, (id, line)) in ids {
        having.entry(id).or_default().push((path, *line));
    }
    let mut problems = Vec::new();
    for (id, notes) in having.into_iter().filter(|(_, notes)| notes.len() > 1) {
        let known = log.of_sr_id(id);
        let is_known = |path: &NotePath| known.is_some() && log.number_of(&ItemId::of_note(path.clone())) == known;
        let first = notes.iter().map(|(path, _)| *path).find(|path| is_known(path));
        for (path, line) in notes.iter().filter(|(path, _)| Some(*path) != first) {
            let other = first.or_else(|| notes.iter().map(|(other, _)| *other).find(|other| other != path));
            let Some(other) = other else { continue };
            let keeps = if first.is_some() { ", which keeps the history" } else { "" };
            let finding = Finding {
                line: Some(*line),
                ..finding(
                    Code::DuplicateId,
                    &format!("has the same `sr-id` as `{other}`{keeps}"),
                    "delete the line `sr-id` in the copy, or give it another value",
                )
            };
            problems.push(finding.at((*path).clone()));
        }
    }
    problems
}

fn look(bytes: &[u8]) -> Vec<Finding> {
    match vault::text(bytes) {
        Ok(text) => lint(text),
        Err(finding) => vec![finding],
    }
}

fn leftover(path: NotePath, kind: Leftover, context: &Context) -> Option<Problem> {
    let (message, advice) = match kind {
        // One that is being written right now is no problem.
        Leftover::Temporary if context.vault.is_fresh(&path) => return None,
        Leftover::Temporary => ("is a temporary file of a change that was broken off", "run `study fix`, or delete it"),
        Leftover::Kept => (
            "is a version of a note that another program wrote in the moment of a change",
            "merge it into the note and delete it",
        ),
    };
    Some(finding(Code::Leftover, message, advice).at(path))
}

fn unsettled(file: &Path, context: &Context) -> Problem {
    let message = "tells of a change that was broken off";
    let shown = file.strip_prefix(context.vault.root()).unwrap_or(file).to_string_lossy().into_owned();
    finding(Code::Leftover, message, "run `study fix`: it completes the log").at(NotePath::new(shown))
}

fn finding(code: Code, message: &str, advice: &'static str) -> Finding {
    let message = message.to_owned();
    Finding { code, severity: Severity::Problem, line: None, column: None, message, advice: Advice::Do(advice) }
}

fn as_text(notes: usize, problems: &[Problem], all: bool, out: &mut dyn Write) -> Result<(), CliError> {
    let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
    for problem in problems {
        let of_kind = counts.entry(problem.finding.code).or_default();
        *of_kind += 1;
        if all || *of_kind <= LISTED {
            writeln!(out, "{}", told(problem))?;
        }
    }
    let left_out: usize = counts.values().map(|count| count.saturating_sub(LISTED)).sum();
    if !all && left_out > 0 {
        writeln!(out, "… and {left_out} more of the same kinds; `study check --all` lists them")?;
    }
    if problems.is_empty() {
        writeln!(out, "No problems in {}.", count(notes, "note"))?;
        return Ok(());
    }
    let kinds: Vec<String> = counts.iter().map(|(code, count)| format!("{count} {}", code.word())).collect();
    let files = distinct(problems.iter());
    let fixed = distinct(problems.iter().filter(|problem| problem.finding.advice == Advice::Fix));
    let fix = match fixed {
        0 => String::new(),
        n => format!(" `study fix` mends {} of them.", count(n, "file")),
    };
    let notices = problems.iter().filter(|problem| problem.finding.severity == Severity::Notice).count();
    let number = match (problems.len() - notices, notices) {
        (problems, 0) => count(problems, "problem"),
        (0, notices) => count(notices, "notice"),
        (problems, notices) => format!("{} and {}", count(problems, "problem"), count(notices, "notice")),
    };
    let files = count(files, "file");
    writeln!(out, "\n{number} in {files}, {} looked at: {}.{fix}", count(notes, "note"), kinds.join(", "))?;
    Ok(())
}

/// How many files the problems, sorted by path, are in.
fn distinct<'a>(problems: impl Iterator<Item = &'a Problem>) -> usize {
    let mut last = None;
    problems.filter(|problem| last.replace(&problem.path) != Some(&problem.path)).count()
}

/// `path:line:column: message; advice [code]`
fn told(problem: &Problem) -> String {
    let Finding { line, column, message, code, .. } = &problem.finding;
    let mut place = format!("{}:", clean(problem.path.as_str()));
    for number in [*line, line.and(*column)].into_iter().flatten() {
        place += &format!("{number}:");
    }
    let code = format!("[{}]", code.word());
    format!("{} {}; {} {}", place.bold(), clean(message), clean(&problem.advice()), code.dimmed())
}

#[derive(Serialize)]
struct Json {
    version: u32,
    notes: usize,
    problems: Vec<Row>,
    counts: BTreeMap<String, usize>,
}

#[derive(Serialize)]
struct Row {
    path: String,
    line: Option<usize>,
    column: Option<usize>,
    code: String,
    severity: Severity,
    message: String,
    advice: String,
    fix: bool,
}

fn as_json(notes: usize, problems: &[Problem], out: &mut dyn Write) -> Result<(), CliError> {
    let mut counts = BTreeMap::new();
    for problem in problems {
        *counts.entry(problem.finding.code.word()).or_default() += 1;
    }
    let row = |problem: &Problem| Row {
        path: problem.path.as_str().to_owned(),
        line: problem.finding.line,
        column: problem.finding.column,
        code: problem.finding.code.word(),
        severity: problem.finding.severity,
        message: clean(&problem.finding.message).into_owned(),
        advice: clean(&problem.advice()).into_owned(),
        fix: problem.finding.advice == Advice::Fix,
    };
    let json = Json { version: 1, notes, problems: problems.iter().map(row).collect(), counts };
    Ok(json::line(out, &json)?)
}
