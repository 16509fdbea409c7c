//! What a review does to the vault: the one implementation of [`Review`], behind every face.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use chrono::{Days, NaiveDate};

use super::listing::Listing;
use super::{Ahead, Opened, Review, ReviewError};
use crate::app::error::ChangeError;
use crate::app::external;
use crate::app::grade::{Grading, decision};
use crate::app::links::{Links, first_ease};
use crate::app::undo::{Outcome as TakenBack, TakingBack};
use crate::app::workspace::Workspace;
use crate::clock::Now;
use crate::desk::Desk;
use crate::item::ItemId;
use crate::log::{Change, Event, EventId, Kind, Log, Transition, Undo, What};
use crate::note::facts::shown;
use crate::note::links::{markdown_target, wiki_target};
use crate::note::{NotePath, State, edit, properties, schedule};
use crate::queue::{Entry, Queue};
use crate::review::{Action, Done, Item, Session};
use crate::roadmap::{Target, Topic, in_note};
use crate::schedule::{Grade, Outcome, Scheduled};
use crate::stats::{self, Known};
use crate::threads::Later;

/// Drives a session against the vault and the log.
#[derive(Debug)]
pub struct Reviewer<'a> {
    workspace: &'a Workspace,
    desk: Desk<'a>,
    session: Session,
    /// The log event of each thing done in the session, `None` for what is not logged.
    events: Vec<Option<Event>>,
    /// The log as it was when the session began.
    log: Log,
    /// What the session was made from: decks, and the schedules that the streak depends on.
    queue: Queue,
    /// Which notes link to which.
    links: Later<Links>,
    /// How the items are listed once links are known; nothing when they are.
    listing: Option<Listing<'a>>,
    /// Review also what is not due any more.
    early: bool,
}

/// What a session waits for, and how it is brought up to date then.
#[derive(Debug)]
pub struct Awaited<'a> {
    pub links: Later<Links>,
    pub listing: Listing<'a>,
    /// Review also what is not due.
    pub early: bool,
}

impl<'a> Reviewer<'a> {
    /// A reviewer of `session`, which was made from `queue` before links were known.
    pub fn new(workspace: &'a Workspace, session: Session, log: Log, queue: Queue, awaited: Awaited<'a>) -> Self {
        let Awaited { links, listing, early } = awaited;
        Self {
            desk: Desk::new(&workspace.vault, workspace.journal()),
            listing: Some(listing),
            events: Vec::new(),
            workspace,
            session,
            log,
            queue,
            links,
            early,
        }
    }

    /// Which notes link to which, as far as that is known.
    fn links(&self) -> Option<&Links> {
        self.listing.is_none().then(|| self.links.get())
    }

    /// The names of the decks of a note.
    fn decks(&self, note: &NotePath) -> Vec<String> {
        let queue = &self.queue;
        let entry = queue.due.iter().chain(&queue.new).chain(&queue.upcoming).find(|entry| entry.id.note == *note);
        entry.into_iter().flat_map(|entry| &entry.decks).filter_map(|deck| queue.decks.get(*deck).cloned()).collect()
    }

    /// What had been buried until tomorrow when the session began.
    fn buried(&self) -> impl Iterator<Item = &Entry> {
        self.queue.aside.iter().filter(|entry| !self.log.is_suspended(&entry.id))
    }

    /// Every schedule of the vault when the session began, but of what was suspended.
    fn scheduled(&self) -> HashMap<&ItemId, Scheduled> {
        let Queue { due, upcoming, .. } = &self.queue;
        let entries = due.iter().chain(upcoming).chain(self.buried());
        entries.filter_map(|entry| Some((&entry.id, entry.schedule?))).collect()
    }

    fn now(&self) -> Now {
        // Faces let the session begin a new day; until then, dates are those that were shown.
        Now { instant: self.workspace.instant(), today: self.session.today() }
    }

    fn current_item(&self) -> Result<Item, ReviewError> {
        self.session.current().cloned().ok_or(ReviewError::Over)
    }

    fn opened(&mut self, note: &NotePath, text: String) -> Opened {
        let scheduled_topics = self.scheduled_topics(note, &text);
        let facts = shown(note, Some(&text)).unwrap_or_default();
        let title = properties::properties(text.as_bytes()).title;
        let reviews: Vec<_> = self.log.of(&ItemId::of_note(note.clone())).filter(|e| e.counts()).collect();
        let state = schedule::read(text.as_bytes()).state;
        let inferred = match state {
            State::Scheduled(scheduled) => scheduled.inferred_last_review(),
            _ => None,
        };
        let lapses = reviews.iter().filter(|e| e.is_lapse()).count();
        Opened {
            title,
            tags: facts.tags,
            decks: self.decks(note),
            last_seen: reviews.last().map(|e| e.day).or(inferred),
            lapses,
            backlinks: self.backlinks(note),
            scheduled_topics,
            text,
        }
    }

    /// The lines of the topics whose note has a schedule, if the note is a roadmap.
    fn scheduled_topics(&mut self, note: &NotePath, text: &str) -> Vec<usize> {
        let Some(roadmap) = in_note(note.name(), text) else { return Vec::new() };
        // What is recalled of it depends on them.
        self.await_links();
        let Some(links) = self.links() else { return Vec::new() };
        let scheduled = self.scheduled();
        let leads_to_one = |target: &Target| {
            let dest = match target {
                Target::Url(_) => return false,
                Target::Wiki(to) => wiki_target(Cow::Borrowed(to)),
                Target::File(to) => markdown_target(Cow::Borrowed(to)),
            };
            let found = dest.and_then(|dest| links.resolve(note, &dest)).filter(|found| found != note);
            found.is_some_and(|found| scheduled.contains_key(&ItemId::of_note(found)))
        };
        let is_one = |topic: &&Topic| topic.resources.iter().any(|resource| leads_to_one(&resource.target));
        roadmap.topics.iter().filter(is_one).map(|topic| topic.line).collect()
    }

    /// Lets the items know where their first reviews start from, if links are known.
    fn know_eases(&mut self) {
        if self.listing.is_none() {
            let (links, workspace) = (self.links.get(), self.workspace);
            self.session.know_eases(|id| first_ease(&id.note, Some(links), workspace));
        }
    }

    /// Lets new items know where their first reviews start from, now that a note that they are linked with has another ease.
    fn know_eases_around(&mut self, note: &NotePath) {
        if self.listing.is_some() || !self.session.left().any(|item| item.before().is_none()) {
            return;
        }
        let (links, workspace) = (self.links.get(), self.workspace);
        let around = links.around(note);
        self.session.start_again(|id| around.contains(&id.note), |id| first_ease(&id.note, Some(links), workspace));
    }

    /// Drops the current item, which cannot be reviewed. What comes next is known by then.
    fn drop_current(&mut self) {
        self.await_links();
        self.session.drop_current();
    }

    /// Changes the current note through the desk and gives the event.
    fn write(
        &self,
        item: &Item,
        to: Scheduled,
        change: impl Fn(edit::Edit) -> (String, Change),
    ) -> Result<Event, ReviewError> {
        let result = self.desk.change(&item.id.note, |text| decision(item, to, text, &change));
        external::kept(&self.desk, self.workspace);
        result.map_err(|refused| ChangeError::new(item.id.note.clone(), refused).into())
    }

    fn last_elsewhere(&self, item: &Item) -> Option<EventId> {
        self.log.last_elsewhere(&item.id, &self.workspace.config.device)
    }

    fn log_only(&mut self, what: What) -> Result<(), ReviewError> {
        self.await_links();
        let item = self.current_item()?;
        let path = item.id.note;
        let now = self.now();
        let item = ItemId::of_note(path.clone());
        let follows = match what {
            What::Suspend => self.log.followed(&item, now.instant),
            _ => self.log.last_move(&item),
        };
        let change = Change { follows, ..Change::new(what, item, &now) };
        let change = self.desk.known_by_note(change, &self.log);
        let events = self.desk.sit().and_then(|mut seat| seat.record(vec![change]));
        let events = events.map_err(|refused| ChangeError::new(path, refused))?;
        let before = self.session.current().and_then(Item::before);
        self.session.record_set_aside(before);
        self.events.push(events.into_iter().next());
        Ok(())
    }
}

impl Review for Reviewer<'_> {
    fn session(&self) -> &Session {
        &self.session
    }

    fn begin_day(&mut self) -> Option<NaiveDate> {
        let today = self.workspace.today();
        self.session.begin_day(today).then_some(today)
    }

    fn open(&mut self) -> Result<Opened, ReviewError> {
        let item = self.current_item()?;
        let text = match self.workspace.vault.read(&item.id.note) {
            Ok(text) => text,
            Err(finding) => {
                self.drop_current();
                return Err(ReviewError::problem(&item.id.note, finding));
            }
        };
        let reading = schedule::read(text.as_bytes());
        if let Some(finding) = reading.refusal() {
            self.drop_current();
            return Err(ReviewError::problem(&item.id.note, finding.clone()));
        }
        if reading.state != item.shown {
            let algorithm = &self.workspace.config.algorithm;
            let fresh = Item::before_eases(item.id.clone(), reading.state, algorithm).counted(item.weight);
            let due = fresh.before().is_none_or(|scheduled| scheduled.is_due(self.session.today()));
            if !due && !self.early {
                self.drop_current();
                return Err(ReviewError::ReviewedElsewhere(item.id.note));
            }
            self.session.replace_current(fresh);
            self.know_eases();
        }
        Ok(self.opened(&item.id.note, text))
    }

    fn peek(&mut self, note: &NotePath) -> Result<Opened, ReviewError> {
        let text = self.workspace.vault.read(note).map_err(|finding| ReviewError::problem(note, finding))?;
        Ok(self.opened(note, text))
    }

    fn resolve(&mut self, from: &NotePath, target: &str) -> Option<NotePath> {
        self.await_links();
        self.links()?.resolve(from, target)
    }

    fn grade(&mut self, grade: Grade, taken: Duration) -> Result<Outcome, ReviewError> {
        self.await_links();
        let item = self.current_item()?;
        let mut grading = Grading {
            workspace: self.workspace,
            desk: &self.desk,
            grade,
            ms: u32::try_from(taken.as_millis()).ok().filter(|ms| *ms > 0),
            today: self.session.today(),
            links: self.links(),
            load: self.session.load().clone(),
            log: &self.log,
        };
        let graded = grading.one(&item)?;
        self.session.record_grade(graded.outcome);
        self.events.push(Some(graded.event));
        self.know_eases_around(&item.id.note);
        Ok(graded.outcome)
    }

    fn skip(&mut self) {
        self.await_links();
        if self.session.current().is_some() {
            self.session.skip();
            self.events.push(None);
        }
    }

    fn undo(&mut self) -> Result<Option<Done>, ReviewError> {
        self.await_links();
        let Some(last) = self.session.last_done() else { return Ok(None) };
        if let Some(event) = self.events.get(last).cloned().flatten() {
            let mut taking = TakingBack::new(&self.desk, &self.log, self.workspace, self.now(), false);
            for outcome in taking.take_back(vec![event], &HashSet::new()) {
                match outcome {
                    TakenBack::Done(_) => {}
                    TakenBack::NotNow(why) => return Err(ReviewError::Undo(Box::new(why))),
                    TakenBack::Stays { why, event, .. } => {
                        self.session.record_stays();
                        let (why, today) = (Box::new(why), self.session.today());
                        return Err(ReviewError::Stays {
                            why,
                            kind: event.change.kind(),
                            day: event.change.day,
                            today,
                        });
                    }
                }
            }
        }
        if last < self.events.len() {
            self.events.remove(last);
        }
        let undone = self.session.record_undo();
        if let Some(item) = self.session.current().filter(|_| undone.is_some()).cloned() {
            if let Some(links) = self.links() {
                links.learn(&item.id.note, item.before().map(|before| before.ease));
            }
            self.know_eases_around(&item.id.note);
        }
        Ok(undone)
    }

    fn bury(&mut self) -> Result<(), ReviewError> {
        self.log_only(What::Bury)
    }

    fn suspend(&mut self) -> Result<(), ReviewError> {
        self.log_only(What::Suspend)
    }

    fn set_due(&mut self, due: NaiveDate) -> Result<Scheduled, ReviewError> {
        self.await_links();
        let item = self.current_item()?;
        let Some(before) = item.before() else {
            return Err(ReviewError::New(item.id.note));
        };
        let after = Scheduled { due, ..before };
        let now = self.now();
        let event = self.write(&item, after, |edit| {
            let moved = Transition { before: Some(before), after: Some(after) };
            let what = What::Reschedule { moved, undo: Undo::Values(edit.was) };
            let follows = self.last_elsewhere(&item);
            (edit.text, Change { follows, ..Change::new(what, item.id.clone(), &now) })
        })?;
        self.session.record_set_aside(Some(after));
        self.events.push(Some(event));
        Ok(after)
    }

    fn go_on(&mut self) {
        self.session.go_on();
    }

    fn jump(&mut self, index: usize) {
        self.await_links();
        self.session.jump(index);
    }

    fn awaits_links(&self) -> bool {
        self.listing.is_some()
    }

    fn look_for_links(&mut self) {
        if self.links.is_there() {
            self.await_links();
        }
    }

    fn await_links(&mut self) {
        let Some(listing) = self.listing.take() else { return };
        let links = self.links.get();
        if let Listing::Chosen(choosing) = listing {
            self.queue.rank(|id| links.rank(&id.note));
            self.session.reorder(choosing.items(&self.queue));
        }
        self.know_eases();
    }

    fn backlinks(&self, note: &NotePath) -> Option<usize> {
        self.links().map(|links| links.backlinks(note))
    }

    fn streak(&self) -> usize {
        let (log, _) = self.desk.journal().read();
        let mut now = self.scheduled();
        for done in self.session.done() {
            let after = match done.action {
                Action::Graded(outcome) => Some(outcome.after),
                Action::SetAside(after) => after,
                Action::Skipped => continue,
            };
            now.extend(after.map(|after| (&done.item.id, after)));
        }
        let mut notes: Vec<Known> = now
            .into_iter()
            .map(|(id, s)| Known { path: &id.note, schedule: Some(s), is_aside: false, is_copy: false })
            .collect();
        // They were due before they were suspended.
        let suspended = self.queue.aside.iter().filter(|entry| self.log.is_suspended(&entry.id));
        notes.extend(suspended.map(|entry| Known {
            path: &entry.id.note,
            schedule: entry.schedule,
            is_aside: true,
            is_copy: false,
        }));
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

    fn ahead(&self) -> Ahead {
        let today = self.session.today();
        // `None` for what is new.
        let mut items: HashMap<&ItemId, Option<NaiveDate>> = HashMap::new();
        items.extend(self.queue.new.iter().map(|entry| (&entry.id, None)));
        items.extend(self.scheduled().into_iter().map(|(id, scheduled)| (id, Some(scheduled.due))));
        // A note that was named need not be one that is listed.
        let left = self.session.left().filter_map(|item| Some((&item.id, item.before()?.due)));
        items.extend(left.map(|(id, due)| (id, Some(due))));
        // What was buried on the day before, when this session began, is due again.
        let buried = self.buried().filter(|entry| self.log.is_buried(&entry.id, today));
        let mut held: HashSet<&ItemId> = buried.map(|entry| &entry.id).collect();
        for (done, event) in self.session.done().iter().zip(&self.events) {
            let id = &done.item.id;
            let change = event.as_ref().map(|event| &event.change);
            match (done.action, change.map(Change::kind)) {
                (Action::Graded(outcome), _) => _ = items.insert(id, Some(outcome.after.due)),
                (Action::SetAside(_), Some(Kind::Suspend)) => _ = items.remove(id),
                (Action::SetAside(_), Some(Kind::Bury)) => {
                    if change.is_some_and(|change| change.day == today) {
                        held.insert(id);
                    }
                }
                (Action::SetAside(after), _) => items.extend(after.map(|after| (id, Some(after.due)))),
                (Action::Skipped, _) => {}
            }
        }
        if let Some(tomorrow) = today.checked_add_days(Days::new(1)) {
            for id in held {
                let day = items.entry(id).or_insert(None);
                *day = Some(day.map_or(tomorrow, |day| tomorrow.max(day)));
            }
        }
        let mut ahead = Ahead::default();
        let mut days: BTreeMap<NaiveDate, usize> = BTreeMap::new();
        for day in items.into_values() {
            match day {
                None => ahead.new += 1,
                Some(day) if day <= today => ahead.due += 1,
                Some(day) => *days.entry(day).or_default() += 1,
            }
        }
        ahead.days.extend(days);
        ahead
    }
}
