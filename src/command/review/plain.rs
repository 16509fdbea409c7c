//! The review as a dialogue, line by line: for scripts, pipes and screen readers. Nothing is redrawn, nothing boxed.

use std::collections::HashSet;
use std::io::{BufRead, Write};
use std::time::Instant;

use super::named::told;
use super::summary;
use crate::command::open::PATIENCE;
use crate::command::{Context, due};
use crate::error::CliError;
use crate::note::outline::Section;
use crate::note::{frontmatter, outline};
use crate::program;
use crate::review::{Effects, Item, LEECH_LAPSES, NotDone, Opened};
use crate::schedule::{Grade, Outcome, Outcomes};
use crate::show::markdown::{Layout, render};
use crate::show::text::clean;
use crate::show::theme::Theme;
use crate::show::when;

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

/// Asks for each item until the session is over, `q` is typed or the input ends.
///
/// # Errors
/// When the output cannot be written.
pub fn run(
    effects: &mut dyn Effects,
    context: &Context,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
    interactive: bool,
) -> Result<(), CliError> {
    let theme = Theme { ascii: true, ..Theme::PLAIN };
    // How many notes in a row were passed over: when that is all that are left, they are not shown again now.
    let mut passed = 0;
    let mut refused = HashSet::new();
    'items: while effects.current().is_some() {
        let opened = match effects.open() {
            Ok(opened) => opened,
            Err(NotDone(why)) => {
                writeln!(out, "{}", clean(&why))?;
                continue;
            }
        };
        let Some(item) = effects.current().cloned() else { continue };
        let number = effects.session().done().len() + 1;
        let left = effects.session().left().len();
        head(&item, &opened, number, left, context, out)?;
        let shown_at = Instant::now();
        let mut revealed = false;
        let chances = loop {
            if revealed {
                effects.await_links();
                choices(effects, &item, context, out)?;
            } else {
                writeln!(out, "Enter shows it; 1 to 4 grade it, s skip, u undo, e edit, o Obsidian, q quit")?;
            }
            match ask(input, out, interactive)? {
                None | Some(Answer::Quit) => break 'items,
                Some(Answer::Show) if revealed => {}
                Some(Answer::Show) => {
                    revealed = true;
                    body(&opened, &theme, context.columns().min(COLUMNS), out)?;
                }
                Some(Answer::Grade(grade)) => match effects.grade(grade, shown_at.elapsed()) {
                    Ok(outcome) => {
                        writeln!(out, "{}\n", told(&outcome, item.before(), context))?;
                        passed = 0;
                        refused.remove(&item.id);
                        continue 'items;
                    }
                    Err(NotDone(why)) => {
                        writeln!(out, "{}\n", clean(&why))?;
                        refused.insert(item.id.clone());
                        match effects.open() {
                            // What is said of it once need not be said again.
                            Err(NotDone(gone)) if gone == why => continue 'items,
                            Err(NotDone(gone)) => {
                                writeln!(out, "{}", clean(&gone))?;
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
                        Err(NotDone(why)) => writeln!(out, "{}", clean(&why))?,
                    }
                    continue 'items;
                }
                Some(Answer::Edit) => {
                    out.flush()?;
                    if let Err(NotDone(why)) = edit(effects, &item) {
                        writeln!(out, "{}", clean(&why))?;
                    }
                    continue 'items;
                }
                Some(Answer::Obsidian) => {
                    let opened = effects.open_in_obsidian(&item.id.note).map(|()| effects.opening(PATIENCE));
                    match opened {
                        Ok(Some(Ok(()))) => writeln!(out, "opened in Obsidian")?,
                        Ok(None) => writeln!(out, "opening it in Obsidian")?,
                        Ok(Some(Err(NotDone(why)))) | Err(NotDone(why)) => writeln!(out, "{}", clean(&why))?,
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
    let word = line.trim().to_lowercase();
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
        _ => Answer::Unknown(line.trim().to_owned()),
    }
}

/// What is known of the note before it is shown, and its headings to recall from.
fn head(
    item: &Item,
    opened: &Opened,
    number: usize,
    left: usize,
    context: &Context,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let today = context.now.today;
    let outline = outline_of(item, opened);
    writeln!(out, "Note {number}, {left} to go: {}", clean(&outline.title))?;
    let mut facts = vec![clean(item.id.note.as_str()).into_owned()];
    match item.before() {
        None => facts.push("new".into()),
        Some(scheduled) => {
            facts.push(match scheduled.days_overdue(today) {
                0 => "due today".into(),
                late if late > 0 => format!("{} late", when::count(late as usize, "day")),
                early => format!("{} early", when::count(early.unsigned_abs() as usize, "day")),
            });
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
fn choices(effects: &dyn Effects, item: &Item, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let before = item.before();
    for outcome in effects.session().outcomes().iter().flat_map(Outcomes::iter) {
        let shorter = before.is_some_and(|before| outcome.after.interval < before.interval);
        let remark = if shorter && outcome.grade == Grade::Hard { ": shorter than before" } else { "" };
        writeln!(out, "{} {}{remark}", outcome.grade.key(), label(&outcome, context))?;
    }
    Ok(())
}

fn label(outcome: &Outcome, context: &Context) -> String {
    told(outcome, None, context)
}

fn edit(effects: &dyn Effects, item: &Item) -> Result<(), NotDone> {
    program::run(&effects.editor(&item.id.note)?).map_err(NotDone)
}
