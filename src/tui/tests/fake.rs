//! A vault in memory, and what a test sees of the screen and does at it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use chrono::NaiveDate;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::backend::TestBackend;
use ratatui::terminal::Terminal;

use super::super::*;
use crate::app::error::ChangeError;
use crate::app::review::{Ahead, Opened, Review, ReviewError};
use crate::desk::Refused;
use crate::item::ItemId;
use crate::note::{NotePath, State};
use crate::program::Launch;
use crate::review::{Done, Item, Session};
use crate::schedule::{Algorithm, DueLoad, Ease, Grade, Interval, Outcome, Scheduled};

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A vault in memory, and a list of what was asked of it.
pub struct Fake {
    pub session: Session,
    pub notes: BTreeMap<String, String>,
    pub asked: Vec<String>,
    pub lapses: usize,
    pub broken: Option<&'static str>,
    pub links: Rc<Cell<Links>>,
    /// The study day by the clock.
    pub clock: Rc<Cell<NaiveDate>>,
}

/// What is known of the links between the notes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// They are being read.
    Awaited,
    /// They were read, and nobody looked yet.
    There,
    Known,
}

/// Programs of which none is started.
#[derive(Debug, Default)]
pub struct Programs {
    /// How the next opening ends.
    pub ending: RefCell<Option<Result<(), String>>>,
}

impl Openers for Programs {
    fn editor(&self, note: &NotePath) -> Result<Launch, String> {
        Ok(vi(note.as_str()))
    }

    fn obsidian(&self, _: &NotePath) -> Result<(), String> {
        Err("no Obsidian here".into())
    }

    fn url(&self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn ended(&self, _: Duration) -> Option<Result<(), String>> {
        self.ending.borrow_mut().take()
    }
}

/// The usual options, with an opening that ends like that.
pub fn opening(ending: Option<Result<(), String>>) -> Options {
    Options { openers: Rc::new(Programs { ending: RefCell::new(ending) }), ..Options::default() }
}

/// A refusal that says `why`.
pub fn no(why: &str) -> ReviewError {
    ChangeError::new(NotePath::new("a.md"), Refused::Disk(why.into())).into()
}

pub fn vi(note: &str) -> Launch {
    Launch { program: "/bin/vi".into(), arguments: vec![note.into()], path: "/bin".into() }
}

pub const CELLS: &str = "---\nsr-due: 2026-01-10\n---\n# The cell\n\nAll life is made of [[Life|cells]], see [a page](https://example.org).\n\n\
                     ## Parts\n\n- **Nucleus**: holds the genome\n- **Ribosome**: builds proteins\n- **Wall**: holds the shape\n\n\
                     ## Steps\n\n1. grow\n2. copy\n3. divide\n\n## Table\n\n| part | count |\n|---|--:|\n| nucleus | 1 |\n";

impl Fake {
    pub fn new(names: &[&str]) -> Self {
        let today = day("2026-01-15");
        let item = |name: &&str| {
            let ease = Ease::new(250.0).unwrap();
            let interval = Interval::new(4.0).unwrap();
            let scheduled = Scheduled { due: day("2026-01-10"), interval, ease };
            let state = if name.contains("new") { State::Unscheduled } else { State::Scheduled(scheduled) };
            Item::new(ItemId::of_note(NotePath::new(format!("bio/{name}.md"))), state, &Algorithm::default(), ease)
        };
        let items: Vec<Item> = names.iter().map(item).collect();
        let load = DueLoad::of(today, items.iter().filter_map(Item::before).map(|s| s.due));
        let mut notes: BTreeMap<String, String> =
            names.iter().map(|name| (format!("bio/{name}.md"), format!("# Note {name}\n\ntext of {name}\n"))).collect();
        notes.insert("bio/cells.md".into(), CELLS.into());
        notes.insert("bio/Life.md".into(), "# Life\n\nis a [[cells]] thing\n\n## Late\n\nlate text\n".into());
        Self {
            session: Session::new(items, load, today, Algorithm::default()),
            notes,
            asked: vec![],
            lapses: 0,
            broken: None,
            links: Rc::new(Cell::new(Links::Known)),
            clock: Rc::new(Cell::new(today)),
        }
    }

    /// The same while links are still being read. By their ranks, the notes will stand the other way round.
    pub fn before_links(names: &[&str]) -> Self {
        let fake = Self::new(names);
        let algorithm = Algorithm::default();
        let items: Vec<Item> =
            fake.session.left().map(|item| Item::before_eases(item.id.clone(), item.shown, &algorithm)).collect();
        let session = Session::new(items, fake.session.load().clone(), fake.session.today(), algorithm);
        Self { session, links: Rc::new(Cell::new(Links::Awaited)), ..fake }
    }

    pub fn opened(&self, path: &str) -> Result<Opened, ReviewError> {
        let text = self.notes.get(path).cloned().ok_or_else(|| no(&format!("{path} is gone")))?;
        Ok(Opened {
            text,
            decks: vec!["review".into()],
            last_seen: Some(day("2026-01-06")),
            lapses: self.lapses,
            backlinks: (self.links.get() == Links::Known).then_some(3),
            ..Opened::default()
        })
    }

    pub fn path(&self) -> Result<NotePath, ReviewError> {
        self.session.current().map(|item| item.id.note.clone()).ok_or(ReviewError::Over)
    }

    pub fn ask(&mut self, what: impl Into<String>) -> Result<(), ReviewError> {
        self.asked.push(what.into());
        self.broken.map_or(Ok(()), |why| Err(no(why)))
    }
}

impl Review for Fake {
    fn session(&self) -> &Session {
        &self.session
    }

    fn begin_day(&mut self) -> Option<NaiveDate> {
        let today = self.clock.get();
        self.session.begin_day(today).then_some(today)
    }

    fn open(&mut self) -> Result<Opened, ReviewError> {
        let path = self.path()?;
        let opened = self.opened(path.as_str());
        if opened.is_err() {
            self.session.drop_current();
        }
        opened
    }

    fn peek(&mut self, note: &NotePath) -> Result<Opened, ReviewError> {
        self.opened(note.as_str())
    }

    fn resolve(&mut self, _: &NotePath, target: &str) -> Option<NotePath> {
        let path = format!("bio/{target}.md");
        self.notes.contains_key(&path).then(|| NotePath::new(path))
    }

    fn awaits_links(&self) -> bool {
        self.links.get() != Links::Known
    }

    fn look_for_links(&mut self) {
        if self.links.get() == Links::There {
            self.await_links();
        }
    }

    fn await_links(&mut self) {
        if self.links.get() == Links::Awaited {
            self.asked.push("wait".into());
        }
        if self.links.get() != Links::Known {
            self.links.set(Links::Known);
            let items: Vec<Item> = self.session.left().cloned().collect();
            self.session.reorder(items.into_iter().rev());
            self.session.know_eases(|_| Ease::new(300.0).unwrap());
        }
    }

    fn backlinks(&self, _: &NotePath) -> Option<usize> {
        (self.links.get() == Links::Known).then_some(3)
    }

    fn grade(&mut self, grade: Grade, taken: Duration) -> Result<Outcome, ReviewError> {
        self.await_links();
        let path = self.path()?;
        self.ask(format!("grade {grade} {} {}", path.name(), taken.as_secs()))?;
        let outcome = self.session.outcomes().unwrap().of(grade);
        self.session.record_grade(outcome);
        Ok(outcome)
    }

    fn skip(&mut self) {
        self.await_links();
        self.session.skip();
    }

    fn undo(&mut self) -> Result<Option<Done>, ReviewError> {
        self.ask("undo")?;
        Ok(self.session.record_undo())
    }

    fn bury(&mut self) -> Result<(), ReviewError> {
        self.ask("bury")?;
        self.session.record_set_aside(None);
        Ok(())
    }

    fn suspend(&mut self) -> Result<(), ReviewError> {
        self.ask("suspend")?;
        self.session.record_set_aside(None);
        Ok(())
    }

    fn set_due(&mut self, due: NaiveDate) -> Result<Scheduled, ReviewError> {
        self.ask(format!("due {due}"))?;
        let before = self.session.current().and_then(Item::before).ok_or_else(|| no("it is new"))?;
        let after = Scheduled { due, ..before };
        self.session.record_set_aside(Some(after));
        Ok(after)
    }

    fn go_on(&mut self) {
        self.session.go_on();
    }

    fn jump(&mut self, index: usize) {
        self.session.jump(index);
    }

    fn streak(&self) -> usize {
        7
    }

    fn ahead(&self) -> Ahead {
        let days = vec![(day("2026-01-16"), 4), (day("2026-01-18"), 1), (day("2026-01-30"), 9)];
        Ahead { due: self.session.left().len(), new: 0, days }
    }

    fn reviewed(&self) -> Vec<(NaiveDate, usize)> {
        vec![(day("2026-01-10"), 12), (day("2026-01-15"), 3)]
    }
}

/// The screen as text, blanks at the ends of lines cut off.
pub fn frame(app: &mut App<'_>, columns: u16, rows: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(frame, app, Duration::from_secs(75))).unwrap();
    let buffer = terminal.backend().buffer();
    let mut lines = Vec::new();
    for y in 0..rows {
        let mut line = String::new();
        let mut x = 0;
        while x < columns {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(crate::show::text::width(symbol)).unwrap().max(1);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

pub fn press(app: &mut App<'_>, keys: &str) -> Flow {
    let mut last = Flow::Go;
    for key in keys.split(' ') {
        let (code, held) = match key {
            "space" => (KeyCode::Char(' '), KeyModifiers::NONE),
            "enter" => (KeyCode::Enter, KeyModifiers::NONE),
            "esc" => (KeyCode::Esc, KeyModifiers::NONE),
            "tab" => (KeyCode::Tab, KeyModifiers::NONE),
            "down" => (KeyCode::Down, KeyModifiers::NONE),
            "ctrl+c" => (KeyCode::Char('c'), KeyModifiers::CONTROL),
            key => (KeyCode::Char(key.chars().next().unwrap()), KeyModifiers::NONE),
        };
        app.seen(Duration::ZERO);
        last = app.handle(&Event::Key(KeyEvent::new(code, held)), Duration::from_secs(10));
    }
    last
}

pub fn typed(app: &mut App<'_>, text: &str) {
    for c in text.chars() {
        app.handle(&Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)), Duration::from_secs(10));
    }
}

pub fn click(app: &mut App<'_>, screen: &str, text: &str) -> Flow {
    let (row, line) = screen.lines().enumerate().find(|(_, line)| line.contains(text)).unwrap();
    let column = line[..line.find(text).unwrap()].chars().count();
    let event = MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column: u16::try_from(column).unwrap(),
        row: u16::try_from(row).unwrap(),
        modifiers: KeyModifiers::NONE,
    };
    app.seen(Duration::ZERO);
    app.handle(&Event::Mouse(event), Duration::from_secs(10))
}
