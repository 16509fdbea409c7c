//! The bottom of the screen: what was recalled, the grades, and the keys to begin with.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint;
use crate::schedule::Grade;
use crate::show::line::{Role, Span, Style};
use crate::show::text::width;
use crate::show::when;
use crate::tui::app::{App, Overlay, Spot};
use crate::tui::keys::Action;

/// The rows of the footer in a window of this size.
pub(super) fn height(_: &App<'_>, area: Rect) -> u16 {
    match area.height {
        0..=11 => 2,
        12..=15 => 3,
        _ => 4,
    }
}

pub(super) fn draw(buffer: &mut Buffer, area: Rect, app: &mut App<'_>) {
    let row = |offset: u16, height: u16| Rect { y: area.y + offset, height, ..area };
    status(buffer, row(0, 1), app);
    let tall = if area.height >= 3 { 2 } else { 1 };
    if app.peeks.is_empty() {
        buttons(buffer, row(1, tall), app);
    } else {
        peeking(buffer, row(1, tall), app);
    }
    if area.height >= 4 {
        hints(buffer, row(3, 1), app);
    }
}

/// What is typed, or a word to the user, or what was recalled; at the right where the window stands.
fn status(buffer: &mut Buffer, area: Rect, app: &mut App<'_>) {
    let theme = app.options.theme;
    let inside = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let typed = match &app.overlay {
        Some(Overlay::Search(typed)) => Some(("search: ", typed.text().to_owned())),
        Some(Overlay::Date(typed)) => Some(("due on (2026-01-31, tomorrow, 3d, 2w): ", typed.text().to_owned())),
        _ => None,
    };
    if let Some((prompt, typed)) = typed {
        let prompt =
            if inside.width < 60 { prompt.split(" (").next().map_or(prompt.into(), colon) } else { prompt.into() };
        let spans = vec![
            Span::new(prompt, Role::Key.style()),
            Span::new(typed, Style::default()),
            Span::new(" ", Role::Selected.style()),
        ];
        paint::spans(buffer, inside, spans, &theme);
        return;
    }
    let taken = place(buffer, inside, app);
    let room = Rect { width: inside.width.saturating_sub(taken), ..inside };
    if let Some(message) = &app.message {
        paint::text(buffer, room, &message.text, message.role.style(), &theme);
        return;
    }
    let spans = recall(app);
    paint::spans(buffer, room, spans, &theme);
}

fn colon(text: &str) -> String {
    if text.ends_with(": ") { text.to_owned() } else { format!("{text}: ") }
}

fn recall(app: &mut App<'_>) -> Vec<Span> {
    let bindings = &app.options.bindings;
    let reveal = bindings.hint(Action::Reveal);
    let missed = bindings.hint(Action::Missed);
    let dot = app.options.theme.glyphs().dot;
    let peeking = !app.peeks.is_empty();
    let Some(reading) = app.top() else { return vec![] };
    if let Some(search) = &reading.search {
        let at = if search.hits.is_empty() { 0 } else { search.here + 1 };
        return vec![Span::new(format!("{at} of {} for `{}`", search.hits.len(), search.text), Role::Dim.style())];
    }
    if peeking {
        return vec![];
    }
    let (recalled, shown) = reading.recalled();
    let all = reading.to_recall();
    let dim = Role::Dim.style();
    let part = reading.branch().map(|at| format!("{}/{} {dot} part {} of {}", at.shown, at.all, at.part, at.parts));
    match (shown, reading.is_revealed(), reading.suggestion()) {
        (0, true, _) => vec![Span::new("how well did you recall it?", dim)],
        (0, false, _) => vec![
            Span::new("recall, then ", dim),
            Span::new(reveal, Role::Key.style()),
            Span::new(format!(" {dot} {}", part.unwrap_or_else(|| when::count(all, "part"))), dim),
        ],
        (_, _, Some(grade)) => vec![
            Span::new(part.map_or_else(String::new, |part| format!("{part} {dot} ")), dim),
            Span::new(format!("recalled {recalled} of {shown} {dot} "), dim),
            Span::new("suggests ", dim),
            Span::new(format!(" {} {grade} ", grade.key()), Role::Grade(grade).style()),
        ],
        (_, true, None) => vec![Span::new(format!("recalled {recalled} of {shown}"), dim)],
        (_, false, None) => vec![
            Span::new(
                match part {
                    Some(part) => format!("{part} {dot} recalled {recalled} of {shown} {dot} "),
                    None => format!("recalled {recalled} of {shown}, {} to come {dot} ", all.saturating_sub(shown)),
                },
                dim,
            ),
            Span::new(reveal, Role::Key.style()),
            Span::new(" had it, ", dim),
            Span::new(missed, Role::Key.style()),
            Span::new(" missed", dim),
        ],
    }
}

/// Which part of the note the window shows; the columns taken.
fn place(buffer: &mut Buffer, area: Rect, app: &mut App<'_>) -> u16 {
    let theme = app.options.theme;
    let Some(reading) = app.top() else { return 0 };
    let rows = reading.rows().len();
    let end = reading.scroll + reading.height;
    let text = match () {
        () if rows <= reading.height => return 0,
        () if reading.scroll == 0 => " top".to_owned(),
        () if end >= rows => " end".to_owned(),
        () => format!(" {}%", end * 100 / rows.max(1)),
    };
    paint::right(buffer, area, vec![Span::new(text, Role::Dim.style())], &theme)
}

/// The four grades side by side, each with its key and what it leads to.
fn buttons(buffer: &mut Buffer, area: Rect, app: &mut App<'_>) {
    let theme = app.options.theme;
    let outcomes = app.effects.session().outcomes();
    if app.effects.current().is_none() {
        return;
    }
    let today = app.effects.session().today();
    let suggested = app.reading.as_ref().and_then(|reading| reading.suggestion());
    let revealed = app.reading.as_ref().is_some_and(|reading| reading.is_revealed());
    let inside = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let each = inside.width.saturating_sub(3) / 4;
    for (index, grade) in (0_u16..).zip(Grade::ALL) {
        let after = outcomes.map(|outcomes| outcomes.of(grade).after);
        let place = Rect { x: inside.x + index * (each + 1), width: each, ..inside };
        let key = app.options.bindings.hint(Action::Grade(grade));
        let name = format!("{key} {grade}");
        let (interval, long) = match after {
            _ if grade == Grade::Again => ("now".to_owned(), "this session".to_owned()),
            Some(after) => {
                let interval = when::span(after.interval);
                let long = format!("{}, {interval}", when::day(after.due, today));
                (interval, long)
            }
            // Soon known.
            None => (String::new(), String::new()),
        };
        let room = usize::from(each);
        // Until the note is shown the grades stay in the background.
        let style = match (revealed, suggested) {
            (true, Some(best)) if best != grade => Style { strong: false, ..Role::Grade(grade).style() },
            _ => Style { strong: true, ..Role::Grade(grade).style() },
        };
        let name = if suggested == Some(grade) && width(&name) + 2 <= room { format!("[{name}]") } else { name };
        if place.height >= 2 {
            let first = Rect { height: 1, ..place };
            let second = Rect { y: place.y + 1, height: 1, ..place };
            paint::button(buffer, first, &name, style, &theme);
            let label = if width(&long) <= room { &long } else { &interval };
            paint::button(buffer, second, label, style, &theme);
        } else {
            let whole = [format!("{name} {long}"), format!("{name} {interval}"), format!("{key} {interval}")];
            let label = whole.iter().find(|label| width(label) <= room).unwrap_or(&name);
            paint::button(buffer, place, label, style, &theme);
        }
        app.spots.push((place, Spot::Grade(grade)));
    }
}

/// In place of the grades, while another note is shown.
fn peeking(buffer: &mut Buffer, area: Rect, app: &mut App<'_>) {
    let theme = app.options.theme;
    let back = app.options.bindings.hint(Action::Back);
    let under = app.current_path().map(|path| path.name().to_owned()).unwrap_or_default();
    let inside = Rect { x: area.x + 1, width: area.width.saturating_sub(2), height: 1, ..area };
    let spans = vec![
        Span::new(back, Role::Key.style()),
        Span::new(" goes back to ", Role::Dim.style()),
        Span::new(under, Role::Title.style()),
    ];
    paint::spans(buffer, inside, spans, &theme);
    app.spots.push((inside, Spot::Act(Action::Back)));
}

fn hints(buffer: &mut Buffer, area: Rect, app: &mut App<'_>) {
    const HINTS: [(Action, &str); 10] = [
        (Action::Help, "keys"),
        (Action::Reveal, "next part"),
        (Action::RevealAll, "all"),
        (Action::Missed, "missed"),
        (Action::Undo, "undo"),
        (Action::Skip, "skip"),
        (Action::Quit, "quit"),
        (Action::Editor, "edit"),
        (Action::NextLink, "links"),
        (Action::Search, "search"),
    ];
    let theme = app.options.theme;
    let mut x = area.x + 1;
    for (action, word) in HINTS {
        let key = app.options.bindings.hint(action);
        let columns = u16::try_from(width(&key) + 1 + width(word)).unwrap_or(u16::MAX);
        if key.is_empty() || x.saturating_add(columns) >= area.right() {
            continue;
        }
        let place = Rect { x, y: area.y, width: columns, height: 1 };
        let spans = vec![Span::new(key, Role::Key.style()), Span::new(format!(" {word}"), Role::Dim.style())];
        paint::spans(buffer, place, spans, &theme);
        app.spots.push((place, Spot::Act(action)));
        x = x.saturating_add(columns + 2);
    }
}
