//! The top of the screen: which note this is, where it stands, and how far the session has come.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint;
use crate::review::{Action, LEECH_LAPSES};
use crate::show::line::{Role, Span};
use crate::show::when;
use crate::tui::app::App;

/// The rows of the header in a window of this size.
pub(super) fn height(app: &App<'_>, area: Rect) -> u16 {
    match area.height {
        0..=11 => 1,
        12..=15 => 2,
        _ => 3 + u16::from(leech(app).is_some()) + 1,
    }
}

/// How far a session has come.
pub(super) struct Progress {
    pub done: usize,
    pub again: usize,
    pub left: usize,
}

impl Progress {
    pub(super) fn of(app: &App<'_>) -> Self {
        let session = app.effects.session();
        let finished = session.done().iter().filter(|done| match done.action {
            Action::Graded(outcome) => outcome.grade.is_recalled(),
            Action::Skipped => false,
            Action::SetAside(_) => true,
        });
        let again = session.again();
        Self { done: finished.count(), again, left: session.left().len().saturating_sub(again) }
    }

    pub(super) fn total(&self) -> usize {
        self.done + self.again + self.left
    }
}

pub(super) fn draw(buffer: &mut Buffer, area: Rect, app: &mut App<'_>, now: Duration) {
    let theme = app.options.theme;
    let row = |offset: u16| Rect { y: area.y + offset, height: 1, ..area };
    let progress = Progress::of(app);
    title(buffer, row(0), app, &progress);
    if area.height >= 2 {
        crumbs(buffer, row(1), app, now);
    }
    if area.height >= 3 {
        bar(buffer, row(2), &progress, app);
    }
    if let Some(text) = leech(app).filter(|_| area.height >= 5) {
        let place = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..row(3) };
        paint::text(buffer, place, &text, Role::Warning.style(), &theme);
    }
}

fn title(buffer: &mut Buffer, area: Rect, app: &mut App<'_>, progress: &Progress) {
    let theme = app.options.theme;
    let inside = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let count = format!(" {}/{}", progress.done + 1, progress.total());
    let taken = paint::right(buffer, inside, vec![Span::new(count, Role::Dim.style())], &theme);
    let depth = app.peeks.len();
    let Some(reading) = app.top() else { return };
    let mut place = Rect { width: inside.width.saturating_sub(taken), ..inside };
    if depth > 0 {
        let x = paint::spans(buffer, place, vec![Span::new("peek ", Role::Warning.style())], &theme);
        place = Rect { x, width: place.right().saturating_sub(x), ..place };
    }
    let title = reading.title.clone();
    paint::text(buffer, place, &title, Role::Title.style(), &theme);
}

/// Folder, decks, links to it, last seen, interval and ease; at the right the time on this note and what is left.
fn crumbs(buffer: &mut Buffer, area: Rect, app: &mut App<'_>, now: Duration) {
    let theme = app.options.theme;
    let glyphs = theme.glyphs();
    let today = app.effects.session().today();
    let inside = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let times = times(app, now);
    let taken = if inside.width >= 50 {
        paint::right(buffer, inside, vec![Span::new(format!(" {times}"), Role::Dim.style())], &theme)
    } else {
        0
    };
    let peeking = !app.peeks.is_empty();
    let standing = app.effects.current().filter(|_| !peeking).map(|item| match item.before() {
        Some(before) => {
            format!("{}, {}, ease {}", when::due(before.due, today), when::span(before.interval), before.ease)
        }
        None => "new".to_owned(),
    });
    let Some(reading) = app.top() else { return };
    let opened = &reading.opened;
    let mut parts: Vec<String> = Vec::new();
    let folder = reading.path.folder();
    if !folder.is_empty() {
        parts.push(folder.replace('/', &format!(" {} ", glyphs.pointer)));
    }
    parts.extend(opened.decks.iter().map(|deck| format!("#{deck}")));
    parts.extend(standing);
    parts.extend(opened.last_seen.map(|day| format!("seen {}", when::distance(day, today))));
    parts.extend(opened.backlinks.map(|links| format!("{} here", when::count(links, "link"))));
    let text = parts.join(&format!(" {} ", glyphs.dot));
    let place = Rect { width: inside.width.saturating_sub(taken), ..inside };
    paint::text(buffer, place, &text, Role::Dim.style(), &theme);
}

/// The time on this note, and how long the rest will take at the pace so far.
fn times(app: &App<'_>, now: Duration) -> String {
    let session = app.effects.session();
    let here = clock(now.saturating_sub(app.opened_at));
    let graded = u32::try_from(session.graded()).unwrap_or(u32::MAX);
    match app.opened_at.checked_div(graded) {
        Some(pace) => {
            let left = u32::try_from(session.left().len()).unwrap_or(u32::MAX);
            format!("{here}, {} a note, {} left", clock(pace), clock(pace.saturating_mul(left)))
        }
        None => here,
    }
}

/// `0:42`, `12:05`, `1 h 20`.
pub(super) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours} h {:02}", seconds / 60 % 60),
    }
}

/// Done, again and left as parts of one bar.
pub(super) fn bar(buffer: &mut Buffer, area: Rect, progress: &Progress, app: &App<'_>) {
    let theme = app.options.theme;
    let glyphs = theme.glyphs();
    let columns = usize::from(area.width.saturating_sub(2));
    let total = progress.total().max(1);
    let done = columns * progress.done / total;
    let again = (columns * (progress.done + progress.again) / total).saturating_sub(done);
    let left = columns - done - again;
    let part = |glyph: &str, columns: usize, role: Role| Span::new(glyph.repeat(columns), role.style());
    let spans = vec![
        part(glyphs.bar_done, done, Role::BarDone),
        part(glyphs.bar_again, again, Role::BarAgain),
        part(glyphs.bar_left, left, Role::BarLeft),
    ];
    paint::spans(buffer, Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }, spans, &theme);
}

/// What to say of a note that is forgotten again and again.
fn leech(app: &App<'_>) -> Option<String> {
    let reading = app.reading.as_ref().filter(|_| app.peeks.is_empty())?;
    let lapses = reading.opened.lapses;
    if lapses < LEECH_LAPSES {
        return None;
    }
    let hint = |action| app.options.bindings.hint(action);
    Some(format!(
        "leech: forgotten {lapses} times. Split or rewrite it ({}), link it to what you know, or suspend it ({}).",
        hint(crate::tui::keys::Action::Editor),
        hint(crate::tui::keys::Action::Suspend)
    ))
}
