//! The review as a dialogue, line by line: for scripts, pipes and screen readers. Nothing is redrawn, nothing boxed.

use std::collections::HashSet;
use std::io::{BufRead, Write};
use std::time::Duration;

use chrono::NaiveDate;

use super::named::told;
use super::summary;
use crate::app::review::{Opened, Review};
use crate::command::open::{PATIENCE, Programs};
use crate::command::{Context, due};
use crate::config::layouts::latin;
use crate::error::CliError;
use crate::note::outline::Section;
use crate::note::{frontmatter, outline};
use crate::program;
use crate::review::{Item, LEECH_LAPSES};
use crate::schedule::{Grade, Outcomes};
use crate::show::markdown::{Layout, render};
use crate::show::refusal;
use crate::show::text::clean;
use crate::show::theme::Theme;
use crate::show::when;
use crate::tui::Openers;

/// The columns that a note is folded to at most.
const COLUMNS: usize = 80;

/// What was typed.
enum Answer {
    Show,
    Grade(Grade),
    Skip,
    Undo,
    Edit,
    Obsidian,
    Quit,
    Unknown(String),
}

/// Where a dialogue is held.
pub struct Dialogue<'a> {
    /// Where the answers come from.
    pub input: &'a mut dyn BufRead,
    /// Where the questions go.
    pub out: &'a mut dyn Write,
    /// Somebody is at a terminal.
    pub interactive: bool,
    /// A stopwatch: how long ago the session began.
    pub elapsed: &'a dyn Fn() -> Duration,
}

/// Asks for each item until the session is over or its time is up, `q` is typed or the input ends.
///
/// # Errors
/// When the output cannot be written.
pub fn run(effects: &mut dyn Review, context: &Context, dialogue: &mut Dialogue<'_>) -> Result<(), CliError> {
    let Dialogue { input, out, interactive, elapsed } = dialogue;
    let programs = Programs::new(&context.vault);
    let theme = Theme { ascii: true, ..Theme::PLAIN };
    // How many notes in a row were passed over: when that is all that are left, they are not shown again now.
    let mut passed = 0;
    let mut refused = HashSet::new();
    'items: while effects.current().is_some() {
        if effects.session().is_time_up(elapsed()) {
            writeln!(out, "Time is up.")?;
            break;
        }
        let opened = match effects.open() {
            Ok(opened) => opened,
            Err(why) => {
                writeln!(out, "{}", clean(&refusal::of_review(&why)))?;
                continue;
            }
        };
        let Some(item) = effects.current().cloned() else { continue };
        let number = effects.session().done().len() + 1;
        let left = effects.session().left().len();
        let today = effects.session().today();
        head(&item, &opened, number, left, today, out)?;
        let shown_at = elapsed();
        let mut revealed = false;
        let chances = loop {
            if revealed {
                effects.await_links();
                choices(effects, &item, out)?;
            } else {
                writeln!(out, "Enter shows it; 1 to 4 grade it, s skip, u undo, e edit, o Obsidian, q quit")?;
            }
            let answer = ask(*input, *out, *interactive)?;
            // It may have been given the next morning.
            if let Some(day) = effects.begin_day() {
                writeln!(out, "{}", when::new_day(day))?;
            }
            match answer {
                None | Some(Answer::Quit) => break 'items,
                Some(Answer::Show) if revealed => {}
                Some(Answer::Show) => {
                    revealed = true;
                    body(&opened, &theme, context.columns().min(COLUMNS), out)?;
                }
                Some(Answer::Grade(grade)) => match effects.grade(grade, elapsed().saturating_sub(shown_at)) {
                    Ok(outcome) => {
                        writeln!(out, "{}\n", told(&outcome, item.before(), effects.session().today()))?;
                        passed = 0;
                        refused.remove(&item.id);
                        continue 'items;
                    }
                    Err(why) => {
                        writeln!(out, "{}\n", clean(&refusal::of_review(&why)))?;
                        refused.insert(item.id.clone());
                        match effects.open() {
                            // What is said of it once need not be said again.
                            Err(gone) if gone.finding().is_some() && gone.finding() == why.finding() => continue 'items,
                            Err(gone) => {
                                writeln!(out, "{}", clean(&refusal::of_review(&gone)))?;
                                continue 'items;
                            }
                            Ok(_) if effects.current().is_none_or(|now| now.shown != item.shown) => continue 'items,
                            Ok(_) => break 1,
                        }
                    }
                },
                Some(Answer::Skip) => {
                    writeln!(out, "skipped\n")?;
                    break 0;
                }
                Some(Answer::Undo) => {
                    passed = 0;
                    match effects.undo() {
                        Ok(Some(done)) => writeln!(out, "taken back: {}\n", due::name(&done.item.id.note))?,
                        Ok(None) => writeln!(out, "nothing to take back in this session; `study undo` goes further")?,
                        Err(why) => writeln!(out, "{}", clean(&refusal::of_review(&why)))?,
                    }
                    continue 'items;
                }
                Some(Answer::Edit) => {
                    out.flush()?;
                    let edited = programs.editor(&item.id.note).and_then(|launch| program::run(&launch));
                    if let Err(why) = edited {
                        writeln!(out, "{}", clean(&why))?;
                    }
                    continue 'items;
                }
                Some(Answer::Obsidian) => {
                    let opened = programs.obsidian(&item.id.note).map(|()| programs.ended(PATIENCE));
                    match opened {
                        Ok(Some(Ok(()))) => writeln!(out, "opened in Obsidian")?,
                        Ok(None) => writeln!(out, "opening it in Obsidian")?,
                        Ok(Some(Err(why))) | Err(why) => writeln!(out, "{}", clean(&why))?,
                    }
                }
                Some(Answer::Unknown(text)) => {
                    writeln!(out, "`{}` is no answer", clean(&text))?;
                }
            }
        };
        effects.skip();
        passed += 1;
        if passed >= effects.session().left().len() + chances {
            break;
        }
    }
    writeln!(out, "{}", summary(effects))?;
    match refused.len() {
        0 => Ok(()),
        some => Err(CliError::failed(format!("{} not graded, as told above", when::count(some, "note")))),
    }
}

fn ask(input: &mut dyn BufRead, out: &mut dyn Write, interactive: bool) -> Result<Option<Answer>, CliError> {
    if interactive {
        write!(out, "> ")?;
    }
    out.flush()?;
    let mut line = Vec::new();
    let read = input.read_until(b'\n', &mut line);
    match read {
        Ok(0) => {
            if interactive {
                writeln!(out)?;
            }
            Ok(None)
        }
        Ok(_) => Ok(Some(answer(&String::from_utf8_lossy(&line)))),
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Err(CliError::interrupted()),
        Err(error) => Err(CliError::failed(format!("cannot read the answer: {}", crate::vault::plain(&error)))),
    }
}

fn answer(line: &str) -> Answer {
    let typed = line.trim();
    match meant(typed) {
        // It may have been typed with another layout.
        Answer::Unknown(_) => match meant(&typed.chars().map(|c| latin(c).unwrap_or(c)).collect::<String>()) {
            Answer::Unknown(_) => Answer::Unknown(typed.to_owned()),
            known => known,
        },
        known => known,
    }
}

fn meant(typed: &str) -> Answer {
    let word = typed.to_lowercase();
    let mut chars = word.chars();
    if let (Some(key), None) = (chars.next(), chars.next())
        && let Some(grade) = Grade::from_key(key)
    {
        return Answer::Grade(grade);
    }
    if let Some(grade) = Grade::ALL.into_iter().find(|grade| grade.word() == word) {
        return Answer::Grade(grade);
    }
    match word.as_str() {
        "" | "show" => Answer::Show,
        "s" | "skip" => Answer::Skip,
        "u" | "undo" => Answer::Undo,
        "e" | "edit" => Answer::Edit,
        "o" | "open" => Answer::Obsidian,
        "q" | "quit" => Answer::Quit,
        _ => Answer::Unknown(typed.to_owned()),
    }
}

/// What is known of the note before it is shown, and its headings to recall from.
fn head(
    item: &Item,
    opened: &Opened,
    number: usize,
    left: usize,
    today: NaiveDate,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let outline = outline_of(item, opened);
    writeln!(out, "Note {number}, {left} to go: {}", clean(&outline.title))?;
    let mut facts = vec![clean(item.id.note.as_str()).into_owned()];
    match item.before() {
        None => facts.push("new".into()),
        Some(scheduled) => {
            facts.push(when::due(scheduled.due, today));
            facts.push(format!("interval {} d, ease {}", scheduled.interval, scheduled.ease));
        }
    }
    if let Some(day) = opened.last_seen {
        facts.push(format!("last seen {}", when::distance(day, today)));
    }
    if opened.lapses >= LEECH_LAPSES {
        facts.push(format!("forgotten {} times: a leech, think of splitting it", opened.lapses));
    }
    if !opened.tags.is_empty() {
        facts.push(format!("tags {}", clean(&opened.tags.join(", "))));
    }
    writeln!(out, "{}", facts.join("; "))?;
    // The heading that is the title has been told above.
    let title = outline.sections.iter().position(|section| section.level == 1);
    let asked = |(place, section): (usize, &'_ Section)| section.level > 0 && Some(place) != title;
    let sections: Vec<&Section> =
        outline.sections.iter().enumerate().filter(|&pair| asked(pair)).map(|(_, section)| section).collect();
    let outermost = sections.iter().map(|section| section.level).min().unwrap_or(1);
    for section in sections {
        let indent = usize::from(section.level - outermost) * 2;
        writeln!(out, "{:indent$}- {}", "", clean(&section.title))?;
    }
    Ok(())
}

fn outline_of(item: &Item, opened: &Opened) -> outline::Outline {
    outline::outline(body_of(&opened.text), opened.title.as_deref(), item.id.note.name())
}

fn body_of(text: &str) -> &str {
    text.get(frontmatter::body(text.as_bytes())..).unwrap_or_default()
}

fn body(opened: &Opened, theme: &Theme, columns: usize, out: &mut dyn Write) -> Result<(), CliError> {
    let layout = Layout { glyphs: theme.glyphs(), ..Layout::of(columns) };
    let page = render(body_of(&opened.text), &layout);
    writeln!(out)?;
    for line in &page.lines {
        writeln!(out, "{}", theme.paint(line, None).trim_end())?;
    }
    writeln!(out)?;
    Ok(())
}

/// What each grade does, a line each.
fn choices(effects: &dyn Review, item: &Item, out: &mut dyn Write) -> Result<(), CliError> {
    let before = item.before();
    for outcome in effects.session().outcomes().iter().flat_map(Outcomes::iter) {
        let shorter = before.is_some_and(|before| outcome.after.interval < before.interval);
        let remark = if shorter && outcome.grade == Grade::Hard { ": shorter than before" } else { "" };
        writeln!(out, "{} {}{remark}", outcome.grade.key(), told(&outcome, None, effects.session().today()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;
    use std::sync::atomic::AtomicU32;
    use std::sync::atomic::Ordering::SeqCst;

    use super::*;
    use crate::app::links::{FirstEases, Gatherer};
    use crate::app::workspace::{Surroundings, Workspace};
    use crate::clock::{Clock, Now};
    use crate::item::{ItemId, NotePath};
    use crate::log::Log;
    use crate::note::schedule;
    use crate::queue::Queue;
    use crate::review::Session;
    use crate::schedule::DueLoad;
    use crate::threads::Later;

    use crate::app::review::listing::Listing;
    use crate::app::review::reviewer::{Awaited, Reviewer};

    const NOTE: &str = "---\nsr-due: 2026-01-10\nsr-interval: 4\nsr-ease: 250\n---\nBody\n";

    /// The work begins in the evening, and the clock goes on by `pace` with each answer that is given.
    fn context(vault: &std::path::Path, pace: Duration, given: Arc<AtomicU32>) -> Context {
        let evening = chrono::DateTime::parse_from_rfc3339("2026-01-15T22:00:00+01:00").unwrap();
        let now = move |start| Now::at(evening + pace * given.load(SeqCst), start);
        let workspace = Workspace::open(Surroundings {
            vault: Some(vault.to_owned()),
            vault_variable: None,
            user_config: Some(vault.join("no settings")),
            device: Some("desk".into()),
            other_charset: None,
            host: "desk".into(),
            folder: vault.to_owned(),
            clock: Clock::new(now),
            today: None,
        });
        Context::of(workspace.unwrap())
    }

    /// What a dialogue with `input` says, each answer a minute after the one before, and the log after it.
    fn dialogue(minutes: Option<u64>, input: &str) -> (String, Log) {
        dialogue_at(Duration::from_secs(60), minutes, input)
    }

    fn dialogue_at(pace: Duration, minutes: Option<u64>, input: &str) -> (String, Log) {
        let dir = tempfile::tempdir().unwrap();
        let given = Arc::new(AtomicU32::new(0));
        let context = context(dir.path(), pace, given.clone());
        let item = |name: &str| {
            let note = NotePath::new(name);
            fs::write(context.vault.file(&note), NOTE).unwrap();
            let state = schedule::read(NOTE.as_bytes()).state;
            Item::before_eases(ItemId::of_note(note), state, &context.config.algorithm)
        };
        let (today, algorithm) = (context.now.today, context.config.algorithm.clone());
        let session = Session::new(["a.md", "b.md", "c.md"].map(item), DueLoad::of(today, []), today, algorithm)
            .limited_to(minutes.map(|minutes| Duration::from_secs(60 * minutes)));
        let links = Gatherer::new(&context.config, FirstEases::Many).collect([]).link();
        let awaited = Awaited { links: Later::start(|| links), listing: Listing::Named, early: false };
        let mut reviewer = Reviewer::new(&context, session, Log::default(), Queue::default(), awaited);
        let answers = Answers { text: input.as_bytes(), given: given.clone() };
        let mut out = Vec::new();
        let elapsed = || pace * given.load(SeqCst);
        let mut input = &answers;
        let mut dialogue = Dialogue {
            input: &mut std::io::BufReader::with_capacity(2, &mut input),
            out: &mut out,
            interactive: false,
            elapsed: &elapsed,
        };
        run(&mut reviewer, &context, &mut dialogue).unwrap();
        (String::from_utf8(out).unwrap(), context.journal().read().0)
    }

    /// Answers of one letter, each read on its own, and how many were given.
    struct Answers<'t> {
        text: &'t [u8],
        given: Arc<AtomicU32>,
    }

    impl std::io::Read for &Answers<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let at = self.given.load(SeqCst) as usize * 2;
            let answer = self.text.get(at..at + 2).unwrap_or_default();
            buffer[..answer.len()].copy_from_slice(answer);
            self.given.fetch_add((answer.len() / 2) as u32, SeqCst);
            Ok(answer.len())
        }
    }

    #[test]
    fn answers_of_other_keyboards_are_understood() {
        assert!(matches!(answer("３\n"), Answer::Grade(Grade::Good)));
        assert!(matches!(answer(" й"), Answer::Quit));
        assert!(matches!(answer("ｇｏｏｄ"), Answer::Grade(Grade::Good)));
        assert!(matches!(answer("Ы"), Answer::Skip));
        assert!(matches!(answer("日\n"), Answer::Unknown(text) if text == "日"));
    }

    #[test]
    fn no_note_is_offered_after_the_time_is_up() {
        let (said, log) = dialogue(Some(2), "3\n3\n3\n");
        assert!(said.contains("Note 2, 2 to go"), "{said}");
        assert!(!said.contains("Note 3"), "{said}");
        assert!(said.contains("Time is up.\n2 reviews: 2 good."), "{said}");
        assert!(said.contains("Left for today: 1 due."), "{said}");
        assert_eq!(log.entries().len(), 2);
    }

    #[test]
    fn a_session_goes_on_in_the_study_day_in_which_it_is_answered() {
        // At 22:00 it begins; the answers come at 02:00, 06:00 and 10:00.
        let (said, log) = dialogue_at(Duration::from_secs(4 * 60 * 60), None, "3\n3\n3\n");
        let days: Vec<_> = log.reviews().map(|review| (review.day.to_string(), review.at.to_rfc3339())).collect();
        assert!(days.iter().all(|(day, at)| at.starts_with(day)), "{days:?}");
        assert_eq!(days.iter().filter(|(day, _)| day == "2026-01-16").count(), 3, "{days:?}");
        assert_eq!(said.matches("a new study day began").count(), 1, "{said}");
        assert!(said.contains("6 days late"), "{said}");
    }

    #[test]
    fn a_note_that_was_offered_in_time_is_still_graded() {
        // The first two answers are none.
        let (said, log) = dialogue(Some(1), "x\nx\n3\n3\n");
        assert!(said.contains("Time is up.\n1 review: 1 good."), "{said}");
        assert_eq!(log.reviews().count(), 1);
    }

    #[test]
    fn without_a_limit_there_is_time_for_all() {
        let (said, log) = dialogue(None, "3\n3\n3\n");
        assert!(!said.contains("Time is up"), "{said}");
        assert_eq!(log.reviews().count(), 3);
    }
}
