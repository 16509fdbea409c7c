//! Lines put on a screen.

use std::num::NonZeroU16;
use std::ops::Range;

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::show::ascii::spelled;
use crate::show::line::{Line, Page, Role, Span, Style};
use crate::show::text::{clean, fit, width};
use crate::show::theme::{Theme, hyperlink};
use crate::within::Within;

/// What is laid over the text of a line.
#[derive(Clone, Debug)]
pub(super) struct Over {
    /// The bytes of the text of the line.
    pub range: Range<usize>,
    /// How it looks instead.
    pub role: Role,
}

/// Draws `line` in the first row of `area`; where its links came to stand.
pub(super) fn line(
    buffer: &mut Buffer,
    area: Rect,
    line: &Line,
    page: Option<&Page>,
    over: &[Over],
    focus: Option<u32>,
    theme: &Theme,
) -> Vec<(Rect, u32)> {
    let mut links = Vec::new();
    let mut x = area.x;
    let mut at = 0;
    for span in &line.spans {
        let start = x;
        for (text, role) in pieces(&span.text, at, over) {
            let mut style = match role {
                Some(role) => Style { role, ..span.style },
                None => span.style,
            };
            if span.link.is_some() && span.link == focus {
                style = Style { role: Role::Selected, strong: true, ..Style::default() };
            }
            let room = usize::from(area.right().saturating_sub(x));
            (x, _) = buffer.set_stringn(x, area.y, text, room, theme.screen(style));
        }
        at += span.text.len();
        if let Some(link) = span.link.filter(|_| x > start) {
            links.push((Rect::new(start, area.y, x - start, 1), link));
            if let Some(url) = page.and_then(|page| page.target(span)).filter(|_| theme.hyperlinks) {
                mark(buffer, start..x, area.y, url.url());
            }
        }
        if x >= area.right() {
            break;
        }
    }
    links
}

/// Makes cells carry a link. Each cell does on its own, as any of them may be drawn without the others.
fn mark(buffer: &mut Buffer, columns: Range<u16>, y: u16, url: Option<&str>) {
    let Some(url) = url else { return };
    let mut x = columns.start;
    while x < columns.end {
        let Some(cell) = buffer.cell_mut((x, y)) else { return };
        let columns = u16::try_from(cell.symbol().width()).unwrap_or(1).max(1);
        let linked = hyperlink(url, cell.symbol());
        cell.set_symbol(&linked);
        if let Some(columns) = NonZeroU16::new(columns) {
            cell.set_diff_option(CellDiffOption::ForcedWidth(columns));
        }
        x += columns;
    }
}

/// Spells what cells show in ASCII. Of what takes several characters, the first one has to do.
pub(super) fn spell(buffer: &mut Buffer) {
    for cell in buffer.content.iter_mut().filter(|cell| !cell.symbol().is_ascii()) {
        let shown = spelled(cell.symbol()).chars().next().unwrap_or(' ');
        cell.set_char(shown);
    }
}

/// `text`, which starts at byte `at` of its line, cut where something lies over it.
fn pieces<'a>(text: &'a str, at: usize, over: &[Over]) -> Vec<(&'a str, Option<Role>)> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for Over { range, role } in over.iter().filter(|over| over.range.end > at && over.range.start < at + text.len()) {
        let start = range.start.saturating_sub(at).max(from);
        let end = (range.end - at).min(text.len());
        pieces.push((text.within(from..start), None));
        pieces.push((text.within(start..end), Some(*role)));
        from = end.max(from);
    }
    pieces.push((text.within(from..), None));
    pieces.retain(|(text, _)| !text.is_empty());
    pieces
}

/// Draws `text` at the left of `area`, cut to fit. The text is made harmless.
pub(super) fn text(buffer: &mut Buffer, area: Rect, text: &str, style: Style, theme: &Theme) -> u16 {
    let shown = shortened(&clean(text), area.width, theme);
    let (x, _) = buffer.set_stringn(area.x, area.y, shown, usize::from(area.width), theme.screen(style));
    x
}

/// `text` cut to `columns`, with a mark that the terminal has where something was left out.
fn shortened(text: &str, columns: u16, theme: &Theme) -> String {
    let columns = usize::from(columns);
    let shown = fit(text, columns);
    if theme.ascii && width(text) > columns {
        shown.trim_end_matches('…').to_owned() + "."
    } else {
        shown.into_owned()
    }
}

/// Draws `spans` from the left of `area`; the column after them.
pub(super) fn spans(buffer: &mut Buffer, area: Rect, spans: Vec<Span>, theme: &Theme) -> u16 {
    let row = Line::new(spans);
    line(buffer, area, &row, None, &[], None, theme);
    area.x.saturating_add(u16::try_from(row.width()).unwrap_or(u16::MAX)).min(area.right())
}

/// Draws `spans` at the right of `area`; the columns they take.
pub(super) fn right(buffer: &mut Buffer, area: Rect, parts: Vec<Span>, theme: &Theme) -> u16 {
    let columns: usize = parts.iter().map(|span| width(&span.text)).sum();
    let columns = u16::try_from(columns).unwrap_or(u16::MAX).min(area.width);
    let area = Rect { x: area.right() - columns, width: columns, ..area };
    spans(buffer, area, parts, theme);
    columns
}

/// Draws `text` in the middle of `area` on the colours of its style, from edge to edge.
pub(super) fn button(buffer: &mut Buffer, area: Rect, label: &str, style: Style, theme: &Theme) {
    let look = theme.screen(style);
    buffer.set_style(area, look);
    let shown = shortened(label, area.width, theme);
    let before = usize::from(area.width).saturating_sub(width(&shown)) / 2;
    let x = area.x + u16::try_from(before).unwrap_or(0);
    buffer.set_stringn(x, area.y, shown, usize::from(area.right().saturating_sub(x)), look);
}
