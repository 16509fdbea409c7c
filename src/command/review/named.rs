//! Named notes: found, checked, and graded without asking.

use std::collections::HashSet;
use std::io::Write;

use super::first_ease;
use super::reviewer::sentence;
use crate::app::grade::{CHANGED, decision};
use crate::app::links::Links;
use crate::app::resolve::Names;
use crate::app::{external, scan};
use crate::cli::ReviewArgs;
use crate::clock::Now;
use crate::command::{Context, due};
use crate::desk::{Desk, Refused};
use crate::error::CliError;
use crate::item::ItemId;
use crate::log::Change;
use crate::note::facts::Wanted;
use crate::note::{NotePath, State, edit, schedule};
use crate::queue::Choice;
use crate::review::{Item, NotDone};
use crate::schedule::{DueLoad, Grade, Interval, Outcome, Scheduled};
use crate::show::text::clean;
use crate::show::{diff, when};
use crate::vault::Skip;

/// The named notes as items, before first eases are known.
///
/// # Errors
/// When one is not found, cannot be reviewed, or is not due and `--early` is not given.
pub fn items(args: &ReviewArgs, context: &Context, wanted: &Wanted) -> Result<Vec<Item>, CliError> {
    let names = Names::new(context);
    let look = Look::new(args, context, wanted);
    let mut items: Vec<Item> = Vec::with_capacity(args.notes.len());
    for typed in &args.notes {
        let note = names.resolve(typed)?;
        if items.iter().all(|item| item.id.note != note) {
            items.push(look.item(&note).map_err(|NotDone(why)| CliError::failed(why))?);
        }
    }
    Ok(items)
}

/// Looks at named notes.
struct Look<'a> {
    /// Take notes that are not due yet.
    early: bool,
    context: &'a Context,
    wanted: &'a Wanted,
    choice: Choice<'a>,
    skip: Skip,
}

impl<'a> Look<'a> {
    fn new(args: &ReviewArgs, context: &'a Context, wanted: &'a Wanted) -> Self {
        let choice = Choice::new(&context.config.selection);
        Self { early: args.early, context, wanted, choice, skip: context.skip() }
    }

    fn item(&self, note: &NotePath) -> Result<Item, NotDone> {
        let text = self.context.vault.read(note).map_err(|finding| NotDone(finding.at(note.clone()).to_string()))?;
        let reading = schedule::read(text.as_bytes());
        if let Some(finding) = reading.refusal() {
            return Err(NotDone(finding.clone().at(note.clone()).to_string()));
        }
        let today = self.context.now.today;
        if let State::Scheduled(scheduled) = reading.state
            && !scheduled.is_due(today)
            && !self.early
        {
            let (day, distance) = (when::day(scheduled.due, today), when::distance(scheduled.due, today));
            return Err(NotDone(format!("{note}: is not due before {day}, {distance}; review it now with --early")));
        }
        let facts = if self.skip.is_template(note.as_str()) { None } else { self.wanted.look(note, text.as_bytes()) };
        let weight = facts.and_then(|facts| self.choice.weight(note, facts.state(), &facts.tags)).unwrap_or(1);
        let algorithm = &self.context.config.algorithm;
        Ok(Item::before_eases(ItemId::of_note(note.clone()), reading.state, algorithm).counted(weight))
    }
}

/// Grades each named note. One that is refused does not keep the others from being graded.
///
/// # Errors
/// When a note was refused, after all others were graded.
pub fn grade_all(
    args: &ReviewArgs,
    grade: Grade,
    context: &Context,
    wanted: &Wanted,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let names = Names::new(context);
    let resolve = |typed: &String| names.resolve(typed).map_err(CliError::from);
    let mut notes: Vec<Result<NotePath, CliError>> = args.notes.iter().map(resolve).collect();
    // Links cost as much again as the rest of the scan, and only a first review needs them.
    let is_new = |note: &NotePath| {
        let text = context.vault.read(note);
        text.is_ok_and(|text| !matches!(schedule::read(text.as_bytes()).state, State::Scheduled(_)))
    };
    let new = notes.iter().flatten().filter(|note| is_new(note)).count();
    let others = context.read(|workspace| scan::load_others(workspace, new));
    let desk = Desk::new(&context.vault, context.journal());
    if !args.dry_run {
        external::clear_away(&desk, &others.temporaries, context);
    }
    let look = Look::new(args, context, wanted);
    let mut bulk = Bulk { desk: &desk, grade, context, links: others.links, load: others.load };
    let mut refused = Vec::new();
    while !notes.is_empty() {
        // A note that is named again is looked at again, after it was graded.
        let mut seen = HashSet::new();
        let together = notes.iter().take_while(|note| note.as_ref().map_or(true, |note| seen.insert(note.clone())));
        let together = together.count();
        let items = notes
            .drain(..together)
            .map(|note| note.and_then(|note| look.item(&note).map_err(|NotDone(why)| CliError::failed(why))));
        let items: Vec<Result<Item, CliError>> = items.collect();
        for done in if args.dry_run { bulk.dry_run(items) } else { bulk.grade(items) } {
            match done {
                Ok(text) => out.write_all(text.as_bytes())?,
                Err(error) => refused.push(error),
            }
        }
    }
    CliError::several(refused).map_or(Ok(()), Err)
}

/// Many notes that get one grade.
struct Bulk<'a> {
    desk: &'a Desk<'a>,
    grade: Grade,
    context: &'a Context,
    /// Which notes link to which, where one of them is new.
    links: Option<Links>,
    /// How many notes are due on which day, as the grades given so far leave it.
    load: DueLoad,
}

impl Bulk<'_> {
    /// Grades the items, and tells of each in their order.
    fn grade(&mut self, items: Vec<Result<Item, CliError>>) -> Vec<Result<String, CliError>> {
        let fine: Vec<&Item> = items.iter().flatten().collect();
        let paths: Vec<NotePath> = fine.iter().map(|item| item.id.note.clone()).collect();
        let mut outcomes: Vec<Option<Outcome>> = vec![None; fine.len()];
        let (desk, context, grade) = (self.desk, self.context, self.grade);
        let results = desk.change_all(&paths, |at, text| {
            let (Some(item), Some(known)) = (fine.get(at), outcomes.get_mut(at)) else {
                return Err(Refused::Stale(CHANGED.into()));
            };
            // Asked again, the answer is the same; and what was refused moves no load.
            let outcome = known.unwrap_or_else(|| self.outcome(item));
            let now = Now { instant: context.instant(), today: context.now.today };
            let decision = decision(item, outcome.after, text, |edit| {
                (edit.text, Change::review(item.id.clone(), &now, grade, None, item.before(), outcome.after, edit.was))
            })?;
            if known.replace(outcome).is_none() {
                let from = item.before().map(|before| before.due);
                self.load.shift(now.today, item.weight, from, Some(outcome.after.due));
            }
            Ok(decision)
        });
        external::kept(desk, context);
        let told = |item: &Item, outcome: Option<Outcome>| {
            let told = outcome.map_or_else(String::new, |outcome| told(&outcome, item.before(), context));
            format!("{}: {told}\n", due::name(&item.id.note))
        };
        let mut results = results.into_iter().zip(outcomes);
        let tell = |item: Result<Item, CliError>| {
            let item = item?;
            match results.next() {
                Some((Ok(_), outcome)) => Ok(told(&item, outcome)),
                Some((Err(refused), _)) => Err(CliError::failed(sentence(&item.id.note, &refused).0)),
                None => Err(CliError::failed(format!("{}: was not graded", item.id.note))),
            }
        };
        items.into_iter().map(tell).collect()
    }

    /// What grading the items would change, as unified diffs.
    fn dry_run(&self, items: Vec<Result<Item, CliError>>) -> Vec<Result<String, CliError>> {
        let preview = |item: Item| dry_run(&item, &self.outcome(&item), self.context);
        let tell = |item: Result<Item, CliError>| preview(item?).map_err(|NotDone(why)| CliError::failed(why));
        items.into_iter().map(tell).collect()
    }

    fn outcome(&self, item: &Item) -> Outcome {
        let (algorithm, today) = (&self.context.config.algorithm, self.context.now.today);
        let start = || algorithm.start(first_ease(&item.id.note, self.links.as_ref(), self.context));
        algorithm.outcomes(&item.memory.unwrap_or_else(start), today, Some(&self.load)).of(self.grade)
    }
}

fn dry_run(item: &Item, outcome: &Outcome, context: &Context) -> Result<String, NotDone> {
    let refuse = |finding: crate::problem::Finding| NotDone(finding.at(item.id.note.clone()).to_string());
    let text = context.vault.read(&item.id.note).map_err(refuse)?;
    let edit = edit::set(&text, &outcome.after).map_err(refuse)?;
    Ok(diff::unified(item.id.note.as_str(), &text, &edit.text))
}

/// `good, next in 17 days, Sun 1 Feb (interval 7 d to 17 d, ease 250)`
pub fn told(outcome: &Outcome, before: Option<Scheduled>, context: &Context) -> String {
    let (after, today) = (outcome.after, context.now.today);
    let days = |interval: Interval| format!("{interval} d");
    let from = before.map_or(String::new(), |before| format!("{} to ", days(before.interval)));
    let next = match after.due == today {
        true => "again today".to_owned(),
        false => format!("next {}, {}", when::distance(after.due, today), when::day(after.due, today)),
    };
    let told = format!("{}, {next} (interval {from}{}, ease {})", outcome.grade, days(after.interval), after.ease);
    clean(&told).into_owned()
}
