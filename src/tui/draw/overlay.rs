//! What lies over the note: the keys, and the queue.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

use super::paint;
use crate::show::line::{Role, Span, Style};
use crate::show::roadmap::fold;
use crate::show::text::{pad, width};
use crate::show::when;
use crate::tui::app::{App, Overlay, Spot};
use crate::tui::keys::{Action, ENTRIES};

pub(super) fn draw(buffer: &mut Buffer, area: Rect, app: &mut App<'_>) {
    match app.overlay.take() {
        Some(Overlay::Help(line)) => {
            let line = help(buffer, area, app, line);
            app.overlay = Some(Overlay::Help(line));
        }
        Some(Overlay::Queue(picker)) => {
            queue(buffer, area, app, &picker);
            app.overlay = Some(Overlay::Queue(picker));
        }
        other => app.overlay = other,
    }
}

/// A box in the middle of `area` with a title, its inside blank; the inside.
fn window(buffer: &mut Buffer, area: Rect, columns: u16, rows: u16, title: &str, app: &App<'_>) -> Rect {
    let theme = app.options.theme;
    let glyphs = theme.glyphs();
    let width = columns.saturating_add(4).min(area.width);
    let height = rows.saturating_add(2).min(area.height);
    let outside = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    blank(buffer, surely(outside, area));
    let border = Role::Border.style();
    let across = usize::from(width);
    for y in [outside.top(), outside.bottom().saturating_sub(1)] {
        let row = Rect { y, height: 1, ..outside };
        paint::text(buffer, row, &glyphs.horizontal.repeat(across), border, &theme);
    }
    let head = Rect { x: outside.x + 2, width: width.saturating_sub(4), height: 1, ..outside };
    paint::text(buffer, head, &format!(" {title} "), Role::Title.style(), &theme);
    Rect { x: outside.x + 2, y: outside.y + 1, width: width.saturating_sub(4), height: height.saturating_sub(2) }
}

/// What a window at `outside` blanks out: itself and a column at each side; up to the edges of `area` where only pieces of
/// what is behind would show.
fn surely(outside: Rect, area: Rect) -> Rect {
    const LEAST: u16 = 5;
    let sides = outside.x - area.x;
    let (left, right) =
        if sides < LEAST { (area.left(), area.right()) } else { (outside.left() - 1, outside.right() + 1) };
    let above = outside.y - area.y;
    let (top, bottom) = if above < 2 { (area.top(), area.bottom()) } else { (outside.top(), outside.bottom()) };
    Rect { x: left, y: top, width: right - left, height: bottom - top }
}

fn blank(buffer: &mut Buffer, place: Rect) {
    for y in place.top()..place.bottom() {
        // The right half of a wide character may stand here.
        let before = place.left().checked_sub(1).filter(|&x| buffer.cell((x, y)).is_some_and(is_wide));
        for x in before.into_iter().chain(place.left()..place.right()) {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.reset();
            }
        }
    }
}

fn is_wide(cell: &Cell) -> bool {
    width(cell.symbol()) > 1
}

/// Draws the keys from `from` on; the line that it really starts at.
fn help(buffer: &mut Buffer, area: Rect, app: &App<'_>, from: usize) -> usize {
    let theme = app.options.theme;
    let keys: Vec<(String, &str)> = ENTRIES
        .iter()
        .map(|entry| {
            let keys: Vec<String> = app.options.bindings.keys(entry.action).map(|key| key.to_string()).collect();
            (keys.join(" "), entry.help)
        })
        .chain([("ctrl+c".to_owned(), "leave at once; nothing is lost")])
        .filter(|(keys, _)| !keys.is_empty())
        .collect();
    let room = usize::from(area.width.saturating_sub(4));
    // In a narrow window the keys are folded too: what they do is longer.
    let first = keys.iter().map(|(keys, _)| width(keys)).max().unwrap_or(0).min(24).min((room / 3).max(9));
    let longest = keys.iter().map(|(_, help)| width(help)).max().unwrap_or(0);
    let second = longest.min(room.saturating_sub(first + 2)).max(4);
    let lines: Vec<(String, String)> = keys.iter().flat_map(|(keys, help)| rows(keys, help, first, second)).collect();
    let columns = u16::try_from(first + 2 + second).unwrap_or(u16::MAX);
    let inside = window(buffer, area, columns, u16::try_from(lines.len()).unwrap_or(u16::MAX), "keys", app);
    let height = usize::from(inside.height);
    let from = from.min(lines.len().saturating_sub(height));
    for ((keys, help), y) in lines.iter().skip(from).zip(inside.top()..inside.bottom()) {
        let row = Rect { y, height: 1, ..inside };
        let x = paint::text(buffer, row, &pad(keys, first + 2), Role::Key.style(), &theme);
        let rest = Rect { x, width: row.right().saturating_sub(x), ..row };
        paint::text(buffer, rest, help, Style::default(), &theme);
    }
    if height < lines.len() {
        let hint = |action| app.options.bindings.hint(action);
        let to = from + height;
        let (key, way) = if to < lines.len() { (hint(Action::Down), "more") } else { (hint(Action::Up), "back") };
        let way = if key.is_empty() { String::new() } else { format!(", {key} for {way}") };
        let place = Rect { y: inside.bottom(), height: 1, ..inside };
        paint::text(
            buffer,
            place,
            &format!(" {} to {to} of {}{way} ", from + 1, lines.len()),
            Role::Title.style(),
            &theme,
        );
    }
    from
}

/// The lines of one entry: its keys and what they do, each folded to its column.
fn rows(keys: &str, help: &str, first: usize, second: usize) -> Vec<(String, String)> {
    let mut keys = fold(keys, first).into_iter();
    let mut help = fold(help, second).into_iter();
    std::iter::from_fn(|| match (keys.next(), help.next()) {
        (None, None) => None,
        (keys, help) => Some((keys.unwrap_or_default(), help.unwrap_or_default())),
    })
    .collect()
}

fn queue(buffer: &mut Buffer, area: Rect, app: &mut App<'_>, picker: &crate::tui::picker::Picker) {
    let theme = app.options.theme;
    let glyphs = theme.glyphs();
    let entries: Vec<_> = picker.entries().collect();
    let title = match picker.typed().trim().is_empty() {
        true => format!("{} left", picker.total()),
        false => format!("{} of {} left", entries.len(), picker.total()),
    };
    let rows = u16::try_from(entries.len()).unwrap_or(u16::MAX).saturating_add(1).clamp(6, area.height.max(6));
    let inside = window(buffer, area, area.width.min(90).saturating_sub(6), rows, &title, app);
    let prompt = vec![
        Span::new("filter: ", Role::Key.style()),
        Span::new(picker.typed(), Style::default()),
        Span::new(" ", Role::Selected.style()),
    ];
    paint::spans(buffer, Rect { height: 1, ..inside }, prompt, &theme);
    let list = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
    let height = usize::from(list.height).max(1);
    let from = picker.at().saturating_sub(height / 2).min(entries.len().saturating_sub(height));
    for (&(index, entry, chosen), y) in entries.iter().skip(from).zip(list.top()..list.bottom()) {
        let row = Rect { y, height: 1, ..list };
        let standing = match entry.overdue {
            None => "new".to_owned(),
            Some(0) => "today".to_owned(),
            Some(days) if days > 0 => when::late(days.unsigned_abs()),
            Some(_) => "early".to_owned(),
        };
        let role = if chosen { Role::Selected } else { Role::Text };
        if chosen {
            buffer.set_style(row, theme.screen(role.style()));
        }
        let right = if chosen { Role::Selected } else { Role::Dim };
        let taken = paint::right(buffer, row, vec![Span::new(format!(" {standing}"), right.style())], &theme);
        let mark = if chosen { glyphs.pointer } else { " " };
        let place = Rect { width: row.width.saturating_sub(taken), ..row };
        let x = paint::text(buffer, place, &format!("{mark} {}", entry.name), role.style(), &theme);
        let rest = Rect { x, width: place.right().saturating_sub(x), ..place };
        if !entry.folder.is_empty() && rest.width > 4 {
            paint::text(buffer, rest, &format!("  {}", entry.folder), right.style(), &theme);
        }
        app.spots.push((row, Spot::Entry(index)));
    }
}
