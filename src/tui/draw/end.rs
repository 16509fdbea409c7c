//! The end of a session: what was done, the streak, what comes next.

use std::time::Duration;

use chrono::{Days, NaiveDate};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::header::{Progress, bar, clock};
use super::{column, paint};
use crate::review::tally;
use crate::schedule::Grade;
use crate::show::glyphs::Glyphs;
use crate::show::line::{Line, Role, Span, Style};
use crate::show::when;
use crate::tui::app::App;
use crate::tui::keys::Action;

pub(super) fn draw(buffer: &mut Buffer, area: Rect, app: &mut App<'_>) {
    let theme = app.options.theme;
    let column = column(area);
    let progress = Progress::of(app);
    let lines = lines(app, usize::from(column.width));
    let tall = usize::from(area.height) > lines.len() + 4;
    let mut y = area.y + u16::from(tall);
    if tall {
        bar(buffer, Rect { y, height: 1, ..area }, &progress, app);
        y += 2;
    }
    let last = area.bottom().saturating_sub(1);
    for line in lines {
        if y >= last {
            break;
        }
        paint::line(buffer, Rect { y, height: 1, ..column }, &line, None, &[], None, &theme);
        y += 1;
    }
    let row = Rect { y: last, height: 1, ..column };
    if let Some(message) = app.message.as_ref().filter(|_| last > y) {
        paint::text(buffer, Rect { y: last - 1, ..row }, &message.text, message.role.style(), &theme);
    }
    let hint = |action| Span::new(app.options.bindings.hint(action), Role::Key.style());
    let dim = |text: &str| Span::new(text, Role::Dim.style());
    let mut spans = vec![hint(Action::Quit), dim(" leave   "), hint(Action::Undo), dim(" undo")];
    if app.effects.current().is_some() {
        spans.extend([dim("   "), hint(Action::Reveal), dim(" go on")]);
    }
    paint::spans(buffer, row, spans, &theme);
}

fn lines(app: &App<'_>, columns: usize) -> Vec<Line> {
    let session = app.effects.session();
    let glyphs = app.options.theme.glyphs();
    let graded = session.graded();
    let left = session.left().len();
    let mut lines = Vec::new();
    let head = match () {
        () if app.farewell.time_up => format!("Time is up: {} left.", when::count(left, "note")),
        () if left > 0 => format!("Stopped: {} left.", when::count(left, "note")),
        () if app.farewell.ahead.due > 0 => "This session is done.".to_owned(),
        () if graded == 0 => "Nothing left to review.".to_owned(),
        () => "Done for today.".to_owned(),
    };
    lines.push(Line::of(head, Role::Heading(1)));
    lines.push(Line::default());
    if graded > 0 {
        lines.push(grades(tally(session.done()), graded, app.farewell.time));
    }
    let streak = app.farewell.streak;
    if streak > 0 {
        lines.push(Line::of(format!("Streak: {}.", when::count(streak, "day")), Role::Text));
    }
    let today = session.today();
    let reviewed = &app.farewell.reviewed;
    if !reviewed.is_empty() {
        lines.push(row("Reviews: ", reviewed, today, columns, true, glyphs));
    }
    let ahead = &app.farewell.ahead;
    lines.extend(when::left(ahead.due, ahead.new).map(|text| Line::of(text, Role::Text)));
    lines.extend(coming(&ahead.days, today, columns, glyphs));
    lines
}

/// `12 reviews in 8:20: 1 again, 0 hard, 9 good, 2 easy`
fn grades(counts: [usize; 4], graded: usize, time: Duration) -> Line {
    let mut spans =
        vec![Span::new(format!("{} in {}: ", when::count(graded, "review"), clock(time)), Style::default())];
    let given = Grade::ALL.into_iter().zip(counts).filter(|&(_, count)| count > 0);
    for (index, (grade, count)) in given.enumerate() {
        if index > 0 {
            spans.push(Span::new("  ", Style::default()));
        }
        spans.push(Span::new(format!(" {count} {grade} "), Role::Grade(grade).style()));
    }
    Line::new(spans)
}

/// Tomorrow's load, the next date, and the coming days as a row of bars.
fn coming(days: &[(NaiveDate, usize)], today: NaiveDate, columns: usize, glyphs: &Glyphs) -> Vec<Line> {
    let Some(&(next, count)) = days.iter().find(|&&(day, count)| day > today && count > 0) else {
        return vec![Line::of("Nothing else is scheduled.", Role::Text)];
    };
    let tomorrow = today.checked_add_days(Days::new(1));
    let text = if Some(next) == tomorrow {
        format!("Tomorrow: {}.", when::count(count, "note"))
    } else {
        format!("Tomorrow: nothing. Next: {}, {}.", when::day(next, today), when::count(count, "note"))
    };
    vec![Line::of(text, Role::Text), row("Coming:  ", days, today, columns, false, glyphs)]
}

/// Counts of the days up to today or from tomorrow on as a row of steps.
fn row(name: &str, days: &[(NaiveDate, usize)], today: NaiveDate, columns: usize, past: bool, glyphs: &Glyphs) -> Line {
    let room = columns.saturating_sub(name.len()).min(30);
    let counts: Vec<usize> = (0..u64::try_from(room).unwrap_or(0))
        .map(|step| {
            let day = if past {
                today.checked_sub_days(Days::new(room as u64 - 1 - step))
            } else {
                today.checked_add_days(Days::new(step + 1))
            };
            days.iter().filter(|(date, _)| Some(*date) == day).map(|&(_, count)| count).sum()
        })
        .collect();
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let mut spans = vec![Span::new(name, Role::Dim.style())];
    for count in counts {
        let top = glyphs.steps.len() - 1;
        let step = if count == 0 { 0 } else { (count * top).div_ceil(most).clamp(1, top) };
        let role = if count == 0 { Role::Dim } else { Role::BarDone };
        spans.push(Span::new(glyphs.steps.get(step).copied().unwrap_or(" "), role.style()));
    }
    Line::new(spans)
}
