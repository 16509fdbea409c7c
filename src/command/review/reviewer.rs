//! What a review does to the vault: the one implementation of [`Effects`], behind every face.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use chrono::{Days, NaiveDate};

use super::first_ease;
use crate::app::external;
use crate::app::grade::decision;
use crate::app::links::Links;
use crate::clock::Now;
use crate::command::taking_back::{Outcome as TakenBack, TakingBack};
use crate::command::{Context, open};
use crate::desk::{Desk, Refused};
use crate::item::ItemId;
use crate::log::{Change, Event, Kind, Log, Transition};
use crate::note::facts::shown;
use crate::note::links::{markdown_target, wiki_target};
use crate::note::{NotePath, State, edit, properties, schedule};
use crate::program::Started;
use crate::queue::Queue;
use crate::review::{Action, Done, Effects, Item, Launch, NotDone, Opened, Session};
use crate::roadmap::{Target, Topic, in_note};
use crate::schedule::{Grade, Outcome, Scheduled};
use crate::stats::{self, Known};

/// Drives a session against the vault and the log.
#[derive(Debug)]
pub struct Reviewer<'a> {
    context: &'a Context,
    desk: Desk<'a>,
    session: Session,
    /// The log event of each thing done in the session, `None` for what is not logged.
    events: Vec<Option<Event>>,
    /// The log as it was when the session began.
    log: Log,
    /// The decks of each item.
    decks: HashMap<ItemId, Vec<String>>,
    /// Every schedule of the vault when the session began.
    scheduled: HashMap<ItemId, Scheduled>,
    /// What had been buried until tomorrow when the session began.
    buried: Vec<ItemId>,
    links: Option<Links>,
    /// Review also what is not due any more.
    early: bool,
    /// The opener that was started last.
    opening: RefCell<Option<Started>>,
}

impl<'a> Reviewer<'a> {
    /// A reviewer of `session`. `early` allows items that are not due.
    pub fn new(context: &'a Context, session: Session, log: Log, early: bool) -> Self {
        Self {
            desk: Desk::new(&context.vault, context.journal()),
            opening: RefCell::new(None),
            links: None,
            decks: HashMap::new(),
            scheduled: HashMap::new(),
            buried: Vec::new(),
            events: Vec::new(),
            context,
            session,
            log,
            early,
        }
    }

    /// Tells of the queue that the session was made from: decks, and the schedules that the streak depends on.
    pub fn know(&mut self, queue: &Queue) {
        for entry in queue.due.iter().chain(&queue.new).chain(&queue.upcoming) {
            let names = entry.decks.iter().filter_map(|deck| queue.decks.get(*deck).cloned()).collect();
            self.decks.insert(entry.id.clone(), names);
            self.scheduled.extend(entry.schedule.map(|schedule| (entry.id.clone(), schedule)));
        }
        for entry in queue.aside.iter().filter(|entry| !self.log.is_suspended(entry.id.note.as_str())) {
            self.scheduled.extend(entry.schedule.map(|schedule| (entry.id.clone(), schedule)));
            self.buried.push(entry.id.clone());
        }
    }

    /// Tells which notes link to which.
    pub fn know_links(&mut self, links: Option<Links>) {
        self.links = links;
    }

    fn now(&self) -> Now {
        // The day stays that of the session, so that a review that runs past midnight ends as it began.
        Now { instant: self.context.instant(), today: self.session.today() }
    }

    fn current_path(&self) -> Result<NotePath, NotDone> {
        self.session.current().map(|item| item.id.note.clone()).ok_or_else(|| NotDone("the session is over".into()))
    }

    fn opened(&self, note: &NotePath, text: String) -> Opened {
        let facts = shown(note, Some(&text)).unwrap_or_default();
        let title = properties::properties(text.as_bytes()).title;
        let reviews: Vec<_> = self.log.of(note.as_str()).filter(|e| e.counts()).collect();
        let state = schedule::read(text.as_bytes()).state;
        let inferred = match state {
            State::Scheduled(scheduled) => scheduled.inferred_last_review(),
            _ => None,
        };
        let lapses = reviews.iter().filter(|e| e.is_lapse()).count();
        Opened {
            title,
            tags: facts.tags,
            decks: self.decks.get(&ItemId::of_note(note.clone())).cloned().unwrap_or_default(),
            last_seen: reviews.last().map(|e| e.day).or(inferred),
            lapses,
            backlinks: self.links.as_ref().map(|links| links.backlinks(note)),
            scheduled_topics: self.scheduled_topics(note, &text),
            text,
        }
    }

    /// The lines of the topics whose note has a schedule, if the note is a roadmap.
    fn scheduled_topics(&self, note: &NotePath, text: &str) -> Vec<usize> {
        let (Some(links), Some(roadmap)) = (&self.links, in_note(note.name(), text)) else { return Vec::new() };
        let leads_to_one = |target: &Target| {
            let dest = match target {
                Target::Url(_) => return false,
                Target::Wiki(to) => wiki_target(Cow::Borrowed(to)),
                Target::File(to) => markdown_target(Cow::Borrowed(to)),
            };
            let found = dest.and_then(|dest| links.resolve(note, &dest)).filter(|found| found != note);
            found.is_some_and(|found| self.scheduled.contains_key(&ItemId::of_note(found)))
        };
        let is_one = |topic: &&Topic| topic.resources.iter().any(|resource| leads_to_one(&resource.target));
        roadmap.topics.iter().filter(is_one).map(|topic| topic.line).collect()
    }

    /// Changes the current note through the desk and gives the event.
    fn write(
        &self,
        item: &Item,
        to: Scheduled,
        change: impl Fn(edit::Edit) -> (String, Change),
    ) -> Result<Event, NotDone> {
        let result = self.desk.change(&item.id.note, |text| decision(item, to, text, &change));
        external::kept(&self.desk, self.context);
        result.map_err(|refused| sentence(&item.id.note, &refused))
    }

    fn log_only(&mut self, kind: Kind) -> Result<(), NotDone> {
        let path = self.current_path()?;
        let now = self.now();
        let follows = self.log.followed(path.as_str(), now.instant).filter(|_| kind == Kind::Suspend);
        let change = Change { follows, ..Change::new(kind, path.clone(), &now) };
        let events = self.desk.sit().and_then(|mut seat| seat.record(vec![change])).map_err(|r| sentence(&path, &r))?;
        let before = self.session.current().and_then(Item::before);
        self.session.record_set_aside(before);
        self.events.push(events.into_iter().next());
        Ok(())
    }
}

/// A refusal as a sentence that names the note and says what to do.
pub fn sentence(note: &NotePath, refused: &Refused) -> NotDone {
    NotDone(match refused {
        Refused::Unsafe(finding) => finding.clone().at(note.clone()).to_string(),
        Refused::Stale(what) => format!("{note}: {what}; look at it again"),
        other => format!("{note}: {other}"),
    })
}

impl Effects for Reviewer<'_> {
    fn session(&self) -> &Session {
        &self.session
    }

    fn open(&mut self) -> Result<Opened, NotDone> {
        let item = self.session.current().cloned().ok_or_else(|| NotDone("the session is over".into()))?;
        let text = match self.context.vault.read(&item.id.note) {
            Ok(text) => text,
            Err(finding) => {
                self.session.drop_current();
                return Err(NotDone(finding.at(item.id.note).to_string()));
            }
        };
        let reading = schedule::read(text.as_bytes());
        if let Some(finding) = reading.refusal() {
            self.session.drop_current();
            return Err(NotDone(finding.clone().at(item.id.note).to_string()));
        }
        if reading.state != item.shown {
            let first_ease = first_ease(&item.id.note, self.links.as_ref(), self.context);
            let algorithm = &self.context.config.algorithm;
            let fresh = Item::new(item.id.clone(), reading.state, algorithm, first_ease).counted(item.weight);
            let due = fresh.before().is_none_or(|scheduled| scheduled.is_due(self.session.today()));
            if !due && !self.early {
                self.session.drop_current();
                return Err(NotDone(format!("{}: was reviewed elsewhere meanwhile; it is passed over", item.id.note)));
            }
            self.session.replace_current(fresh);
        }
        Ok(self.opened(&item.id.note, text))
    }

    fn peek(&mut self, note: &NotePath) -> Result<Opened, NotDone> {
        let text = self.context.vault.read(note).map_err(|finding| NotDone(finding.at(note.clone()).to_string()))?;
        Ok(self.opened(note, text))
    }

    fn resolve(&mut self, from: &NotePath, target: &str) -> Option<NotePath> {
        self.links.as_ref()?.resolve(from, target)
    }

    fn grade(&mut self, grade: Grade, taken: Duration) -> Result<Outcome, NotDone> {
        let item = self.session.current().cloned().ok_or_else(|| NotDone("the session is over".into()))?;
        let outcome = self.session.outcomes_of(&item).of(grade);
        let now = self.now();
        let ms = u32::try_from(taken.as_millis()).ok().filter(|ms| *ms > 0);
        let event = self.write(&item, outcome.after, |edit| {
            let change = Change::review(item.id.note.clone(), &now, grade, item.before(), outcome.after, edit.was);
            (edit.text, Change { ms, ..change })
        })?;
        self.session.record_grade(outcome);
        self.events.push(Some(event));
        Ok(outcome)
    }

    fn skip(&mut self) {
        if self.session.current().is_some() {
            self.session.skip();
            self.events.push(None);
        }
    }

    fn undo(&mut self) -> Result<Option<Done>, NotDone> {
        let Some(last) = self.session.last_done() else { return Ok(None) };
        if let Some(event) = self.events.get(last).cloned().flatten() {
            let mut taking = TakingBack::new(&self.desk, self.context, self.now(), false);
            match taking.take_back(vec![event], &HashSet::new()).pop() {
                Some(TakenBack::Done(_)) => {}
                Some(TakenBack::NotNow(why)) => return Err(NotDone(why)),
                Some(TakenBack::Stays { why, .. }) => {
                    self.session.record_stays();
                    return Err(NotDone(why));
                }
                None => return Err(NotDone("nothing was taken back".into())),
            }
        }
        if last < self.events.len() {
            self.events.remove(last);
        }
        Ok(self.session.record_undo())
    }

    fn bury(&mut self) -> Result<(), NotDone> {
        self.log_only(Kind::Bury)
    }

    fn suspend(&mut self) -> Result<(), NotDone> {
        self.log_only(Kind::Suspend)
    }

    fn set_due(&mut self, due: NaiveDate) -> Result<Scheduled, NotDone> {
        let item = self.session.current().cloned().ok_or_else(|| NotDone("the session is over".into()))?;
        let Some(before) = item.before() else {
            return Err(NotDone(format!("{}: is new and has no date yet; grade it first", item.id.note)));
        };
        let after = Scheduled { due, ..before };
        let now = self.now();
        let event = self.write(&item, after, |edit| {
            let change = Change {
                schedule: Some(Transition { before: Some(before), after: Some(after) }),
                was: Some(edit.was),
                ..Change::new(Kind::Reschedule, item.id.note.clone(), &now)
            };
            (edit.text, change)
        })?;
        self.session.record_set_aside(Some(after));
        self.events.push(Some(event));
        Ok(after)
    }

    fn jump(&mut self, index: usize) {
        self.session.jump(index);
    }

    fn editor(&self, note: &NotePath) -> Result<Launch, NotDone> {
        let file = std::path::absolute(self.context.vault.file(note)).map_err(|e| NotDone(e.to_string()))?;
        open::editor(&file).map_err(NotDone)
    }

    fn open_in_obsidian(&self, note: &NotePath) -> Result<(), NotDone> {
        let url = open::obsidian_url(&self.context.vault.file(note)).map_err(NotDone)?;
        self.open_url(&url)
    }

    fn open_url(&self, url: &str) -> Result<(), NotDone> {
        let started = open::url(url).map_err(NotDone)?;
        *self.opening.borrow_mut() = Some(started);
        Ok(())
    }

    fn opening(&self, patience: Duration) -> Option<Result<(), NotDone>> {
        let mut opening = self.opening.borrow_mut();
        let outcome = opening.as_ref()?.outcome(patience)?;
        *opening = None;
        Some(outcome.map_err(NotDone))
    }

    fn streak(&self) -> usize {
        let (log, _) = self.desk.journal().read();
        let mut now = self.scheduled.clone();
        for done in self.session.done() {
            let after = match done.action {
                Action::Graded(outcome) => Some(outcome.after),
                Action::SetAside(after) => after,
                Action::Skipped => continue,
            };
            now.extend(after.map(|after| (done.item.id.clone(), after)));
        }
        let notes: Vec<Known> =
            now.iter().map(|(id, s)| Known { path: &id.note, schedule: Some(*s), is_aside: false }).collect();
        stats::streak(&notes, &log, self.session.today()).current as usize
    }

    fn reviewed(&self) -> Vec<(NaiveDate, usize)> {
        let first = self.session.today().checked_sub_days(Days::new(60));
        let (log, _) = self.desk.journal().read();
        let mut days: BTreeMap<NaiveDate, usize> = BTreeMap::new();
        for review in log.reviews().filter(|review| first.is_none_or(|first| review.day >= first)) {
            *days.entry(review.day).or_default() += 1;
        }
        days.into_iter().collect()
    }

    fn coming(&self) -> Vec<(NaiveDate, usize)> {
        let today = self.session.today();
        let mut due: HashMap<&ItemId, NaiveDate> = self.scheduled.iter().map(|(id, s)| (id, s.due)).collect();
        let mut held: HashSet<&ItemId> = self.buried.iter().collect();
        for (done, event) in self.session.done().iter().zip(&self.events) {
            let (id, kind) = (&done.item.id, event.as_ref().map(|event| event.change.kind));
            match done.action {
                Action::Graded(outcome) => {
                    due.insert(id, outcome.after.due);
                }
                Action::SetAside(_) if kind == Some(Kind::Suspend) => {
                    due.remove(id);
                }
                Action::SetAside(_) if kind == Some(Kind::Bury) => {
                    held.insert(id);
                }
                Action::SetAside(after) => due.extend(after.map(|after| (id, after.due))),
                Action::Skipped => {}
            }
        }
        held.extend(self.session.left().map(|item| &item.id));
        // What is left, and what was buried, is for tomorrow unless it is due later anyway.
        if let Some(tomorrow) = today.checked_add_days(Days::new(1)) {
            for id in held {
                let day = due.entry(id).or_insert(tomorrow);
                *day = tomorrow.max(*day);
            }
        }
        let mut days: BTreeMap<NaiveDate, usize> = BTreeMap::new();
        for day in due.into_values().filter(|day| *day > today) {
            *days.entry(day).or_default() += 1;
        }
        days.into_iter().collect()
    }
}
