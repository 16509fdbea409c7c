//! The screen as it is drawn: header, note, grades, and what lies over them.

mod end;
mod footer;
mod header;
mod overlay;
mod paint;

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::terminal::Frame;

use super::app::{App, Spot};
use crate::show::line::{Role, Span};
use paint::Over;

/// The widest a text gets: longer lines are hard to read.
const WIDEST: u16 = 100;

/// Draws the screen. `now` is the time since the start of the session.
pub fn draw(frame: &mut Frame<'_>, app: &mut App<'_>, now: Duration) {
    let area = frame.area();
    app.spots.clear();
    if area.width < 4 || area.height < 3 {
        return;
    }
    let buffer = frame.buffer_mut();
    if app.is_over() {
        end::draw(buffer, area, app);
    } else {
        review(buffer, area, app, now);
    }
    overlay::draw(buffer, area, app);
    if app.options.ascii_text {
        paint::spell(buffer);
    }
}

/// Header, note and footer, each as high as the window allows.
fn review(buffer: &mut Buffer, area: Rect, app: &mut App<'_>, now: Duration) {
    let top = header::height(app, area);
    let bottom = footer::height(app, area);
    let middle = Rect { y: area.y + top, height: area.height.saturating_sub(top + bottom), ..area };
    note(buffer, middle, app);
    header::draw(buffer, Rect { height: top, ..area }, app, now);
    footer::draw(buffer, Rect { y: area.bottom().saturating_sub(bottom), height: bottom, ..area }, app);
}

/// The part of a window that text takes: a margin for marks at its left, not too wide, in the middle.
fn column(area: Rect) -> Rect {
    let margin = if area.width >= 30 { 2 } else { 1 };
    let width = area.width.saturating_sub(margin + 1).min(WIDEST);
    let x = area.x + margin + (area.width.saturating_sub(margin + 1 + width)) / 2;
    Rect { x, width, ..area }
}

fn note(buffer: &mut Buffer, area: Rect, app: &mut App<'_>) {
    let column = column(area);
    app.lay(usize::from(column.width), usize::from(area.height));
    let theme = app.options.theme;
    let mut spots = Vec::new();
    let Some(reading) = app.top() else { return };
    let marks = reading.marks();
    let search = reading.search.as_ref();
    let shown = reading.rows().enumerate().skip(reading.scroll).take(usize::from(area.height));
    for ((row, line), y) in shown.zip(area.y..) {
        let over: Vec<Over> = search
            .map(|search| {
                let hits = search.hits.iter().enumerate();
                let first = search.hits.partition_point(|hit| hit.row < row);
                let here = |index| if index == search.here { Role::MatchHere } else { Role::Match };
                hits.skip(first)
                    .take_while(|(_, hit)| hit.row == row)
                    .map(|(index, hit)| Over { range: hit.range.clone(), role: here(index) })
                    .collect()
            })
            .unwrap_or_default();
        let place = Rect { y, height: 1, ..column };
        let links = paint::line(buffer, place, line, Some(reading.page()), &over, reading.focus, &theme);
        if line.spans.iter().any(|span| span.style.role == Role::Hidden) {
            spots.push((place, Spot::Reveal));
        }
        spots.extend(links.into_iter().map(|(place, link)| (place, Spot::Link(link))));
        for &(_, missed, last) in marks.iter().filter(|&&(at, ..)| at == row) {
            let glyphs = theme.glyphs();
            let mark =
                if missed { Span::new("x", Role::Error.style()) } else { Span::new(glyphs.pointer, Role::Key.style()) };
            if missed || last {
                let x = column.x.saturating_sub(if area.width >= 30 { 2 } else { 1 });
                paint::spans(buffer, Rect { x, width: 1, ..place }, vec![mark], &theme);
            }
        }
    }
    app.spots.extend(spots);
}
