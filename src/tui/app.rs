//! What the keys and the mouse do: the state of the screen, free of any terminal.

use std::rc::Rc;
use std::time::Duration;

use chrono::NaiveDate;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::Rect;

use super::around::{Around, Known, split};
use super::keys::{Action, Bindings, key_of};
use super::openers::{NoOpeners, Openers};
use super::picker::Picker;
use super::reading::Reading;
use super::typed::{Typed, parse_date};
use crate::app::review::{Ahead, Review, ReviewError};
use crate::note::NotePath;
use crate::program::Launch;
use crate::review;
use crate::schedule::Grade;
use crate::show::line::{Role, Target};
use crate::show::refusal;
use crate::show::theme::Theme;
use crate::show::when;

mod elsewhere;

/// How long a note is on the screen before a grade can be meant for it: shorter than anybody reacts, longer than the gap
/// between the keys that a key sends while it is held.
const GLANCE: Duration = Duration::from_millis(150);

/// How long after a grade the same key is the same press: most keys send themselves again after half a second while they are
/// held, and more often from then on.
const HELD: Duration = Duration::from_millis(600);

/// How the screen looks and behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its colours and characters.
    pub theme: Theme,
    /// Whether the text of notes is to be spelled in ASCII too.
    pub ascii_text: bool,
    /// Its keys.
    pub bindings: Bindings,
    /// Whether the mouse is used; without it the terminal selects text as ever.
    pub mouse: bool,
    /// What opens notes and addresses.
    pub openers: Rc<dyn Openers>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            theme: Theme::PLAIN,
            ascii_text: false,
            bindings: Bindings::default(),
            mouse: true,
            openers: Rc::new(NoOpeners),
        }
    }
}

/// How a session on the screen ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its end was shown and left.
    Finished,
    /// The user left before the end.
    Quit,
    /// By Ctrl-C.
    Interrupted,
    /// The terminal went away, or the process was told to end.
    HungUp,
}

/// What is to happen after an event.
#[derive(Debug, PartialEq, Eq)]
pub enum Flow {
    /// Draw, and wait for the next event.
    Go,
    /// Leave the screen.
    Leave(End),
    /// Leave the screen to the shell until the process is let go on.
    Stop,
    /// Leave the screen for a program, run it and come back with [`App::edited`].
    Run(Launch),
}

/// What lies over the note.
#[derive(Debug)]
pub(super) enum Overlay {
    /// All keys, from the given line on.
    Help(usize),
    /// The queue.
    Queue(Picker),
    /// A text to search for.
    Search(Typed),
    /// A due date.
    Date(Typed),
}

/// A word to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub text: String,
    pub role: Role,
}

/// What a click on a place of the screen does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    Grade(Grade),
    Link(u32),
    Reveal,
    Entry(usize),
    Act(Action),
}

/// What the end of a session tells, asked for once.
#[derive(Clone, Debug, Default)]
pub(super) struct Farewell {
    /// How long the session took.
    pub time: Duration,
    /// The limit was reached with notes left.
    pub time_up: bool,
    pub streak: usize,
    pub reviewed: Vec<(NaiveDate, usize)>,
    pub ahead: Ahead,
}

/// A review session on the screen.
pub struct App<'a> {
    pub(super) effects: &'a mut dyn Review,
    pub(super) options: Options,
    /// The note under review; `None` when the session is over.
    pub(super) reading: Option<Reading>,
    /// Notes that are peeked at, the one that shows last.
    pub(super) peeks: Vec<Reading>,
    pub(super) overlay: Option<Overlay>,
    pub(super) message: Option<Message>,
    /// When the note under review came up, since the start of the session.
    pub(super) opened_at: Duration,
    /// When the note under review was on the screen first; `None` while it was not yet.
    seen_at: Option<Duration>,
    /// The grade of the last key, if it was one of a grade, and when it came.
    last_grade: Option<(Grade, Duration)>,
    /// What is told at the end.
    pub(super) farewell: Farewell,
    /// Where a click does something; filled when drawing.
    pub(super) spots: Vec<(Rect, Spot)>,
    /// The columns and rows that a note had when it was drawn last.
    window: (usize, usize),
    known: Known,
    /// What is being opened by another program.
    opening: Option<String>,
    /// What shows was laid out before links were known.
    awaits_links: bool,
}

impl<'a> App<'a> {
    /// A session at its first note.
    pub fn new(effects: &'a mut dyn Review, options: Options) -> Self {
        let mut app = Self {
            awaits_links: effects.awaits_links(),
            effects,
            options,
            reading: None,
            peeks: vec![],
            overlay: None,
            message: None,
            opened_at: Duration::ZERO,
            seen_at: None,
            last_grade: None,
            farewell: Farewell::default(),
            spots: vec![],
            window: (80, 20),
            known: Known::default(),
            opening: None,
        };
        app.next(Duration::ZERO);
        app
    }

    /// Whether the session is over and its end is shown.
    pub fn is_over(&self) -> bool {
        self.reading.is_none()
    }

    /// The note that shows: one that is peeked at, else the one under review.
    pub(super) fn top(&mut self) -> Option<&mut Reading> {
        self.peeks.last_mut().or(self.reading.as_mut())
    }

    pub(super) fn say(&mut self, text: impl Into<String>, role: Role) {
        self.message = Some(Message { text: text.into(), role });
    }

    fn refuse(&mut self, why: &ReviewError) {
        self.say(refusal::of_review(why), Role::Error);
    }

    /// Takes up the current item of the session, or ends it.
    pub(super) fn next(&mut self, now: Duration) {
        self.peeks.clear();
        self.overlay = None;
        self.known = Known::default();
        self.seen_at = None;
        let time_up = self.effects.session().is_time_up(now);
        self.reading = if time_up { None } else { self.open() };
        if self.reading.is_some() {
            self.opened_at = now;
            return;
        }
        self.farewell = Farewell {
            time: now,
            time_up,
            streak: self.effects.streak(),
            reviewed: self.effects.reviewed(),
            ahead: self.effects.ahead(),
        };
    }

    /// Opens the current item. What cannot be opened is passed over with a word.
    fn open(&mut self) -> Option<Reading> {
        while self.effects.current().is_some() {
            let left = self.effects.session().left().len();
            match self.effects.open() {
                Ok(opened) => {
                    // The session may have been brought up to date meanwhile.
                    let path = self.effects.current()?.id.note.clone();
                    return Some(Reading::hidden(path, opened));
                }
                Err(why) => self.refuse(&why),
            }
            if self.effects.session().left().len() >= left {
                break;
            }
        }
        None
    }

    /// Tells that what is to be shown is on the screen since `now`.
    pub fn seen(&mut self, now: Duration) {
        self.seen_at.get_or_insert(now);
    }

    /// Whether an action puts away a note that nobody can have looked at: its key is held, or was hit for the note before.
    fn is_hasty(&self, action: Action, now: Duration) -> bool {
        leaves_note(action) && self.seen_at.is_none_or(|seen| now.saturating_sub(seen) < GLANCE)
    }

    /// Lays out the note that shows, if the window has another width than before.
    pub(super) fn lay(&mut self, columns: usize, height: usize) {
        let theme = self.options.theme;
        self.window = (columns, height);
        let Some(reading) = self.peeks.last_mut().or(self.reading.as_mut()) else { return };
        reading.height = height.max(1);
        if reading.needs_layout(columns, theme.ascii) {
            let around = Around::new(reading.path.clone(), self.effects, &mut self.known);
            reading.lay(columns, theme.ascii, theme.glyphs(), &around);
        }
        reading.clamp();
    }

    /// Does what an event asks for. `now` is the time since the start of the session.
    pub fn handle(&mut self, event: &Event, now: Duration) -> Flow {
        // Keys typed ahead come before the note they are for was drawn.
        let (columns, height) = self.window;
        self.lay(columns, height);
        let day = self.effects.begin_day();
        let flow = self.event(event, now);
        if let Some(day) = day {
            self.tell_new_day(day);
        }
        flow
    }

    fn event(&mut self, event: &Event, now: Duration) -> Flow {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(key, now),
            Event::Mouse(mouse) => self.mouse(mouse, now),
            Event::Paste(text) => {
                self.paste(text);
                Flow::Go
            }
            _ => Flow::Go,
        }
    }

    fn key(&mut self, event: &KeyEvent, now: Duration) -> Flow {
        if event.modifiers.contains(KeyModifiers::CONTROL) {
            match event.code {
                KeyCode::Char('c') => return Flow::Leave(End::Interrupted),
                KeyCode::Char('z') => return Flow::Stop,
                _ => {}
            }
        }
        let action = key_of(event).and_then(|key| self.options.bindings.action(key));
        let held = event.kind == KeyEventKind::Repeat;
        let before = self.last_grade.take();
        if let Some(Action::Grade(grade)) = action.filter(|_| self.overlay.is_none() && self.peeks.is_empty()) {
            self.last_grade = Some((grade, now));
            let is_same = |(last, at): (Grade, Duration)| last == grade && now.saturating_sub(at) < HELD;
            // Each press that is sent by a held key starts the time anew.
            if before.is_some_and(is_same) && !self.is_over() {
                let key = self.options.bindings.hint(Action::Grade(grade));
                self.say(
                    format!("{key} is held, or was hit twice: it grades one note; press it again for this one"),
                    Role::Warning,
                );
                return Flow::Go;
            }
        }
        let ignored = |action| !self.is_over() && (held && leaves_note(action) || self.is_hasty(action, now));
        if self.overlay.is_none() && action.is_some_and(ignored) {
            return Flow::Go;
        }
        self.message = None;
        if let Some(overlay) = self.overlay.take() {
            self.overlay_key(overlay, event, now);
            return Flow::Go;
        }
        if self.is_over() {
            return self.end_key(event, action, now);
        }
        action.map_or(Flow::Go, |action| self.act(action, now))
    }

    fn end_key(&mut self, event: &KeyEvent, action: Option<Action>, now: Duration) -> Flow {
        match (action, event.code) {
            (Some(Action::Undo), _) => self.undo(now),
            (Some(Action::Reveal), _) if self.effects.current().is_some() => {
                self.effects.go_on();
                self.next(now);
            }
            (Some(Action::Help), _) => self.overlay = Some(Overlay::Help(0)),
            (Some(Action::Quit | Action::Back | Action::RevealAll | Action::Reveal), _) | (_, KeyCode::Enter) => {
                return Flow::Leave(End::Finished);
            }
            _ => {}
        }
        Flow::Go
    }

    /// Does what a key stands for while a note is shown.
    pub(super) fn act(&mut self, action: Action, now: Duration) -> Flow {
        if self.is_hasty(action, now) {
            return Flow::Go;
        }
        let glyphs = self.options.theme.glyphs();
        let peeking = !self.peeks.is_empty();
        if peeking
            && matches!(action, Action::Grade(_) | Action::Skip | Action::Bury | Action::Suspend | Action::SetDate)
        {
            let back = self.options.bindings.hint(Action::Back);
            self.say(format!("this is another note; {back} goes back to the one under review"), Role::Warning);
            return Flow::Go;
        }
        let height = self.top().map_or(1, |reading| reading.height);
        let page = isize::try_from(height.saturating_sub(1).max(1)).unwrap_or(1);
        let half = isize::try_from((height / 2).max(1)).unwrap_or(1);
        match action {
            Action::Reveal => {
                let Some(reading) = self.top() else { return Flow::Go };
                if !reading.reveal(glyphs) {
                    reading.scroll_by(page);
                }
            }
            Action::RevealAll => match self.top().and_then(|reading| reading.focus) {
                Some(link) => self.follow(link),
                None => {
                    if let Some(reading) = self.top() {
                        reading.reveal_all(glyphs);
                    }
                }
            },
            Action::Missed => {
                if self.top().is_some_and(|reading| !reading.toggle_missed()) {
                    let reveal = self.options.bindings.hint(Action::Reveal);
                    self.say(format!("nothing was shown yet; {reveal} shows the first part"), Role::Dim);
                }
            }
            Action::Grade(grade) => self.grade(grade, now),
            Action::Undo => self.undo(now),
            Action::Skip if self.effects.session().left().len() == 1 => {
                self.say("it is the last one: grade it, or leave and find it due the next time", Role::Dim);
            }
            Action::Skip => {
                self.effects.skip();
                self.next(now);
                self.remark("skipped: it comes again at the end");
            }
            Action::Bury => self.set_aside(now, |effects| effects.bury(), "put aside until tomorrow"),
            Action::Suspend => self.set_aside(now, |effects| effects.suspend(), "suspended until it is resumed"),
            Action::SetDate => self.overlay = Some(Overlay::Date(Typed::default())),
            Action::Queue => {
                self.effects.await_links();
                self.overlay = Some(Overlay::Queue(Picker::of(self.effects.session())));
            }
            Action::Editor => return self.editor(),
            Action::Obsidian => {
                if let Some(path) = self.top().map(|reading| reading.path.clone()) {
                    match self.options.openers.obsidian(&path) {
                        Ok(()) => self.opening("it in Obsidian".into()),
                        Err(why) => self.say(why, Role::Error),
                    }
                }
            }
            Action::NextLink | Action::PreviousLink => {
                if let Some(reading) = self.top() {
                    reading.choose_link(action == Action::PreviousLink);
                    if reading.focus.is_none() {
                        self.say("no links in what is shown", Role::Dim);
                    }
                }
            }
            Action::Back => self.back(),
            Action::Search => self.overlay = Some(Overlay::Search(Typed::default())),
            Action::NextMatch | Action::PreviousMatch => {
                if let Some(reading) = self.top() {
                    reading.next_hit(action == Action::PreviousMatch);
                }
            }
            Action::Down => self.scroll(1),
            Action::Up => self.scroll(-1),
            Action::HalfDown => self.scroll(half),
            Action::HalfUp => self.scroll(-half),
            Action::PageDown => self.scroll(page),
            Action::PageUp => self.scroll(-page),
            Action::Top | Action::Bottom => {
                if let Some(reading) = self.top() {
                    reading.scroll_to_end(action == Action::Bottom);
                }
            }
            Action::NextSection | Action::PreviousSection => {
                let back = action == Action::PreviousSection;
                if self.top().is_some_and(|reading| !reading.go_to_section(back)) {
                    self.say(if back { "this is the first section" } else { "this is the last section" }, Role::Dim);
                }
            }
            Action::Help => self.overlay = Some(Overlay::Help(0)),
            Action::Quit if peeking => self.back(),
            Action::Quit => return Flow::Leave(End::Quit),
        }
        Flow::Go
    }

    pub(super) fn scroll(&mut self, rows: isize) {
        if let Some(reading) = self.top() {
            reading.scroll_by(rows);
        }
    }

    /// Returns from a peek; else lets go of the link and the search.
    fn back(&mut self) {
        if self.peeks.pop().is_some() {
            return;
        }
        if let Some(reading) = self.top()
            && reading.focus.take().is_none()
        {
            reading.find("");
        }
    }

    // Changing the session.

    /// Says what happened to the note before, unless something about the next one is more pressing.
    fn remark(&mut self, text: impl Into<String>) {
        if self.message.is_none() {
            self.say(text, Role::Dim);
        }
    }

    fn title(&self) -> String {
        self.reading.as_ref().map(|reading| reading.title.clone()).unwrap_or_default()
    }

    fn grade(&mut self, grade: Grade, now: Duration) {
        let title = self.title();
        let today = self.effects.session().today();
        match self.effects.grade(grade, now.saturating_sub(self.opened_at)) {
            Ok(outcome) => {
                self.next(now);
                let due = outcome.after.due;
                let next = match grade {
                    Grade::Again => "again in this session".to_owned(),
                    _ => format!("next {} ({})", when::day(due, today), when::span(outcome.after.interval)),
                };
                self.remark(format!("{grade}: {title}, {next}"));
            }
            Err(why) => self.look_again(why, now),
        }
    }

    /// Says why the note was not written and opens it anew: it may say something else by now, or not be due any more.
    fn look_again(&mut self, why: ReviewError, now: Duration) {
        self.edited(Err(refusal::of_review(&why)), now);
    }

    fn undo(&mut self, now: Duration) {
        match self.effects.undo() {
            Ok(Some(done)) => {
                self.next(now);
                let what = match done.action {
                    review::Action::Graded(outcome) => format!("the grade {}", outcome.grade),
                    review::Action::Skipped => "skipping it".into(),
                    review::Action::SetAside(_) => "setting it aside".into(),
                };
                self.remark(format!("took back {what}"));
            }
            Ok(None) => self.say("nothing was done in this session that could be taken back", Role::Dim),
            Err(why) => self.refuse(&why),
        }
    }

    fn set_aside(&mut self, now: Duration, act: fn(&mut dyn Review) -> Result<(), ReviewError>, said: &str) {
        let title = self.title();
        match act(self.effects) {
            Ok(()) => {
                self.next(now);
                self.remark(format!("{title}: {said}"));
            }
            Err(why) => self.refuse(&why),
        }
    }

    pub(super) fn set_due(&mut self, typed: &str, now: Duration) {
        let today = self.effects.session().today();
        let title = self.title();
        let date = match parse_date(typed, today) {
            Ok(date) => date,
            Err(why) => return self.say(why, Role::Error),
        };
        match self.effects.set_due(date) {
            Ok(after) => {
                self.next(now);
                self.remark(format!("{title}: due {}", when::day(after.due, today)));
            }
            Err(why) => self.look_again(why, now),
        }
    }

    /// Whether links, and what follows from them, are still to come.
    pub fn awaits_links(&self) -> bool {
        self.awaits_links
    }

    /// Shows what links tell of what is on the screen, once they are known. Gives whether anything is to be drawn anew.
    pub fn look_for_links(&mut self) -> bool {
        if !self.awaits_links {
            return false;
        }
        self.effects.look_for_links();
        self.awaits_links = self.effects.awaits_links();
        if self.awaits_links {
            return false;
        }
        self.known = Known::default();
        for reading in self.reading.iter_mut().chain(&mut self.peeks) {
            reading.know_links(self.effects.backlinks(&reading.path));
        }
        true
    }

    /// Goes on in the study day that it is by now. Gives whether anything is to be drawn anew.
    pub fn look_for_new_day(&mut self) -> bool {
        let day = if self.is_over() { None } else { self.effects.begin_day() };
        if let Some(day) = day {
            self.tell_new_day(day);
        }
        day.is_some()
    }

    /// Says that a day began, before whatever else is said.
    fn tell_new_day(&mut self, day: NaiveDate) {
        let said = self.message.take().map(|message| format!("; {}", message.text)).unwrap_or_default();
        self.say(when::new_day(day) + &said, Role::Warning);
    }

    /// The note under review, as the session knows it.
    pub(super) fn current_path(&self) -> Option<&NotePath> {
        self.reading.as_ref().map(|reading| &reading.path)
    }
}

/// Whether an action is a verdict on the note under review, after which it shows no more.
fn leaves_note(action: Action) -> bool {
    matches!(action, Action::Grade(_) | Action::Bury | Action::Suspend)
}
