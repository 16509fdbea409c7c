//! What keys do in what lies over the note, and what the mouse does everywhere.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::app::{App, Flow, Overlay, Spot};
use super::keys::{Action, key_of};
use crate::show::line::Role;

impl App<'_> {
    pub(super) fn overlay_key(&mut self, overlay: Overlay, event: &KeyEvent, now: Duration) {
        let action = key_of(event).and_then(|key| self.options.bindings.action(key));
        match overlay {
            Overlay::Help(line) => {
                // No line is scrolled past unseen.
                let page = self.top().map_or(8, |reading| reading.height.clamp(1, 8));
                let moved = match action {
                    Some(Action::Down) => Some(line.saturating_add(1)),
                    Some(Action::Up) => Some(line.saturating_sub(1)),
                    Some(Action::PageDown | Action::HalfDown | Action::Reveal) => Some(line.saturating_add(page)),
                    Some(Action::PageUp | Action::HalfUp) => Some(line.saturating_sub(page)),
                    Some(Action::Top) => Some(0),
                    Some(Action::Bottom) => Some(usize::MAX),
                    _ => None,
                };
                self.overlay = moved.map(Overlay::Help);
            }
            Overlay::Queue(mut picker) => match event.code {
                KeyCode::Esc => {}
                KeyCode::Enter => self.jump(picker.chosen(), now),
                _ => {
                    picker.key(event);
                    self.overlay = Some(Overlay::Queue(picker));
                }
            },
            Overlay::Search(mut typed) => match event.code {
                KeyCode::Esc => {
                    if let Some(reading) = self.top() {
                        reading.find("");
                    }
                }
                KeyCode::Enter => self.report_search(),
                _ => {
                    typed.key(event);
                    if let Some(reading) = self.top() {
                        reading.find(typed.text());
                    }
                    self.overlay = Some(Overlay::Search(typed));
                }
            },
            Overlay::Date(mut typed) => match event.code {
                KeyCode::Esc => {}
                KeyCode::Enter => self.set_due(typed.text(), now),
                _ => {
                    typed.key(event);
                    self.overlay = Some(Overlay::Date(typed));
                }
            },
        }
    }

    fn report_search(&mut self) {
        let Some(search) = self.top().and_then(|reading| reading.search.as_ref()) else { return };
        if search.hits.is_empty() {
            let text = format!("`{}` is not in what is shown", search.text);
            self.say(text, Role::Warning);
        }
    }

    fn jump(&mut self, index: Option<usize>, now: Duration) {
        if let Some(index) = index.filter(|&index| index > 0) {
            self.effects.jump(index);
            self.next(now);
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        let line = text.lines().next().unwrap_or_default();
        match &mut self.overlay {
            Some(Overlay::Search(typed)) => {
                typed.paste(line);
                let text = typed.text().to_owned();
                if let Some(reading) = self.top() {
                    reading.find(&text);
                }
            }
            Some(Overlay::Date(typed)) => typed.paste(line),
            Some(Overlay::Queue(picker)) => picker.paste(line),
            _ => {}
        }
    }

    pub(super) fn mouse(&mut self, event: &MouseEvent, now: Duration) -> Flow {
        let rows = match event.kind {
            MouseEventKind::ScrollDown => 3,
            MouseEventKind::ScrollUp => -3,
            MouseEventKind::Down(MouseButton::Left) => return self.click(event, now),
            _ => return Flow::Go,
        };
        match &mut self.overlay {
            Some(Overlay::Help(line)) => *line = line.saturating_add_signed(rows),
            Some(Overlay::Queue(picker)) => picker.step(rows),
            _ => self.scroll(rows),
        }
        Flow::Go
    }

    fn click(&mut self, event: &MouseEvent, now: Duration) -> Flow {
        let at = Position::new(event.column, event.row);
        let spot = self.spots.iter().rev().find(|(area, _)| area.contains(at)).map(|&(_, spot)| spot);
        self.message = None;
        match spot {
            Some(Spot::Entry(index)) => {
                self.overlay = None;
                self.jump(Some(index), now);
            }
            _ if self.overlay.is_some() => self.overlay = None,
            Some(Spot::Grade(grade)) => return self.act(Action::Grade(grade), now),
            Some(Spot::Act(action)) => return self.act(action, now),
            Some(Spot::Link(link)) => self.follow(link),
            Some(Spot::Reveal) => return self.act(Action::Reveal, now),
            None => {}
        }
        Flow::Go
    }
}
