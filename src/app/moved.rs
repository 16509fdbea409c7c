//! Notes that lie elsewhere than the log knows: found, and written into the log.

use std::collections::{HashMap, HashSet};

use super::workspace::Workspace;
use crate::desk::Desk;
use crate::item::{ItemId, folded};
use crate::log::{Change, Event, EventId, Log, Seen, What};
use crate::moves::{self, Look, Marks};
use crate::note::properties::id_of;
use crate::note::{Fingerprint, NotePath, State, schedule};
use crate::schedule::{Algorithm, ScheduleKey, Scheduled};

/// Of more notes than these that nothing but their text may tell, the texts are not read.
const MOST_TEXTS: usize = 500;

/// So many notes are named where several may be the same one.
const NAMED: usize = 3;

/// A note of the vault as the search for moved notes sees it.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The note.
    pub item: &'a ItemId,
    /// Its schedule, if it has one.
    pub schedule: Option<Scheduled>,
    /// Its `sr-id`, if it has one.
    pub sr_id: Option<&'a str>,
}

/// Where the moves that are found are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// In the log.
    Logged,
    /// In this run's picture of it alone: for what only reads.
    Unlogged,
}

/// What this device saw on its last run.
#[derive(Clone, Copy, Debug)]
pub enum LastSeen<'a> {
    /// Nothing, or nobody knows.
    Unknown,
    /// It is read where it matters.
    Unread,
    /// This.
    Was(&'a Seen),
    /// The same as now.
    Same,
}

/// `log` with every move that `notes`, which are all that are scheduled or for review, tell of.
pub fn followed(log: Log, notes: &[Standing<'_>], seen: LastSeen<'_>, keep: Keep, workspace: &Workspace) -> Log {
    let desk = Desk::new(&workspace.vault, workspace.journal());
    let search = |log: &Log| Search { log, seen, lost: false, texts: None, desk: &desk, workspace }.run(notes);
    with_moves(log, search, keep, &desk, workspace)
}

/// The same where only some notes were looked at, in whatever order: the others are looked at if one of these seems to have
/// moved, or to be another one.
fn followed_for(log: Log, some: &[Standing<'_>], seen: LastSeen<'_>, keep: Keep, workspace: &Workspace) -> Log {
    let algorithm = &workspace.config.algorithm;
    if log.is_empty() || some.iter().all(|note| is_known(note, &log, algorithm)) {
        return log;
    }
    let is_changed = |note: &Standing<'_>| log.of(note.item).next().is_some() && !is_known(note, &log, algorithm);
    let desk = Desk::new(&workspace.vault, workspace.journal());
    let seem_moved = || {
        let found = Search { log: &log, seen, lost: false, texts: None, desk: &desk, workspace }.run(some);
        !found.moves.is_empty() || !found.doubts.is_empty()
    };
    let may_have_moved = some.iter().any(is_changed) || seem_moved();
    if may_have_moved { followed_everywhere(log, false, keep, workspace) } else { log }
}

/// The same of notes that were named.
pub fn of_named(log: Log, items: &[ItemId], seen: LastSeen<'_>, keep: Keep, workspace: &Workspace) -> Log {
    if log.is_empty() {
        return log;
    }
    let look = |item: &ItemId| {
        let text = workspace.vault.read(&item.note).unwrap_or_default();
        let state = schedule::read(text.as_bytes()).state;
        let schedule = if let State::Scheduled(schedule) = state { Some(schedule) } else { None };
        (schedule, id_of(text.as_bytes()))
    };
    let looks: Vec<_> = items.iter().map(|item| (item, look(item))).collect();
    let notes: Vec<Standing<'_>> = looks
        .iter()
        .map(|(item, (schedule, sr_id))| Standing { item, schedule: *schedule, sr_id: sr_id.as_deref() })
        .collect();
    followed_for(log, &notes, seen, keep, workspace)
}

/// The same after a look at every note, whether it is for review or not. With `lost`, a note without a schedule may be one
/// that had one.
pub fn followed_everywhere(log: Log, lost: bool, keep: Keep, workspace: &Workspace) -> Log {
    if log.is_empty() {
        return log;
    }
    let look = |_: &NotePath, bytes: &[u8]| {
        let state = schedule::read(bytes).state;
        let schedule = if let State::Scheduled(schedule) = state { Some(schedule) } else { None };
        Some((schedule, id_of(bytes), Fingerprint::counted(bytes)))
    };
    let scan = workspace.vault.scan(&workspace.skip(), look);
    let looks: Vec<_> = scan.seen.into_iter().map(|(path, look)| (ItemId::of_note(path), look)).collect();
    let standing = looks.iter().map(|(item, (schedule, sr_id, _))| Standing {
        item,
        schedule: *schedule,
        sr_id: sr_id.as_deref(),
    });
    let notes: Vec<Standing<'_>> = standing.collect();
    let texts: HashMap<&ItemId, Text> = looks.iter().map(|(item, (.., text))| (item, *text)).collect();
    let desk = Desk::new(&workspace.vault, workspace.journal());
    let seen = LastSeen::Unread;
    let search = |log: &Log| Search { log, seen, lost, texts: Some(&texts), desk: &desk, workspace }.run(&notes);
    with_moves(log, search, keep, &desk, workspace)
}

/// Whether the path of a note is that under which the log knows it, as far as the note itself tells.
fn is_known(note: &Standing<'_>, log: &Log, algorithm: &Algorithm) -> bool {
    let last = log.last_schedule(note.item).flatten();
    let is_next = |last: Scheduled| {
        let now = note.schedule.filter(|now| *now != last)?;
        let day = now.inferred_last_review().filter(|day| Some(*day) > last.inferred_last_review())?;
        Some(!algorithm.grades_between(last, now, day).is_empty())
    };
    let may_be_another = last.is_some_and(|last| note.schedule != Some(last) && is_next(last) != Some(true));
    log.of(note.item).next().is_some()
        && !may_be_another
        && !is_other(note, log)
        && note.sr_id.and_then(|id| log.of_sr_id(id)).is_none_or(|number| Some(number) == log.number_of(note.item))
}

/// Whether the log knows another note at the path of this one.
fn is_other(note: &Standing<'_>, log: &Log) -> bool {
    let then = log.number_of(note.item).and_then(|number| log.last_sr_id(number));
    then.zip(note.sr_id).is_some_and(|(then, now)| then != now)
}

/// Whether no note lies at `path`, here or in the cloud.
fn is_away(path: &NotePath, workspace: &Workspace) -> bool {
    !workspace.vault.has_note(path) && !workspace.vault.is_away(path)
}

/// Completes `log` by the moves that `search` finds, and tells of what is in doubt.
fn with_moves(log: Log, search: impl Fn(&Log) -> Found, keep: Keep, desk: &Desk<'_>, workspace: &Workspace) -> Log {
    let found = search(&log);
    found.doubts.into_iter().for_each(|doubt| workspace.notice(doubt));
    if found.moves.is_empty() {
        return log;
    }
    let mut moves = found.moves;
    if keep == Keep::Logged {
        // Asked again under the lock: another process may have found the same.
        let recorded = desk.sit().and_then(|mut seat| {
            moves = search(&desk.journal().read().0).moves;
            if moves.is_empty() { Ok(Vec::new()) } else { seat.record(moves.clone()) }
        });
        match recorded {
            Ok(_) => return desk.journal().read().0,
            Err(refused) => workspace.notice(format!("notes were moved, and the log could not be told: {refused}")),
        }
    }
    // Behind all that the device wrote.
    let events = (0..).zip(moves).map(|(at, change)| change.seal(desk.journal().device(), u64::MAX / 2 + at));
    desk.journal().read_with(&events.collect::<Vec<Event>>()).0
}

/// The fingerprint of a text, and how many characters it was made of.
type Text = Option<(Fingerprint, usize)>;

#[derive(Default)]
struct Found {
    moves: Vec<Change>,
    doubts: Vec<String>,
}

/// What lies at the path of a note of the log.
#[derive(Clone, Copy)]
enum There<'a> {
    /// No note that was looked at.
    Nothing,
    /// A note.
    Note(Standing<'a>),
    /// It does not matter: of the note of the log is known where it lies.
    Known,
}

/// A note of the log that is not where it was, or of which that is not certain.
#[derive(Clone)]
struct Lost<'a> {
    number: usize,
    path: NotePath,
    /// The schedule that it had last.
    schedule: Option<Scheduled>,
    /// What lies there now, if it is for review.
    there: Option<Standing<'a>>,
}

#[derive(Clone, Copy)]
struct Search<'a> {
    log: &'a Log,
    seen: LastSeen<'a>,
    lost: bool,
    /// The texts of all notes, where they are known.
    texts: Option<&'a HashMap<&'a ItemId, Text>>,
    desk: &'a Desk<'a>,
    workspace: &'a Workspace,
}

impl Search<'_> {
    fn run(&self, notes: &[Standing<'_>]) -> Found {
        let mut found = Found::default();
        if self.log.is_empty() {
            return found;
        }
        let mut numbers = self.log.numbers();
        let mut there: Vec<There<'_>> = vec![There::Nothing; self.log.note_count()];
        let mut new = Vec::new();
        for note in notes {
            let number = numbers.of(note.item.note.composed());
            match number.filter(|number| self.log.of_number(*number).next().is_some()) {
                Some(number) => there.get_mut(number).into_iter().for_each(|there| *there = There::Note(*note)),
                None => new.push(*note),
            }
        }
        if self.log.knows_sr_ids() {
            self.by_sr_id(notes, &mut there, &mut new, &mut found);
        }
        let lost: Vec<Lost<'_>> = self
            .log
            .notes()
            .enumerate()
            .filter_map(|(number, path)| {
                let there = there.get(number)?;
                self.lost(number, path, there)
            })
            .collect();
        if lost.is_empty() || (new.is_empty() && lost.iter().all(|lost| lost.there.is_none())) {
            return found;
        }
        let read = || self.desk.journal().seen().and_then(|text| Seen::parse(&text));
        let read = if let LastSeen::Unread = self.seen { read() } else { None };
        let seen = read.as_ref().map_or(self.seen, LastSeen::Was);
        Search { seen, ..*self }.by_looks(lost, new, &mut found);
        found
    }

    /// The note of this number, unless what lies at its path says what the log left it with.
    fn lost<'n>(&self, number: usize, path: &str, there: &There<'n>) -> Option<Lost<'n>> {
        let last = || self.log.of_number(number).rev().find_map(|entry| Some(entry.schedule()?.after));
        let (schedule, there) = match there {
            There::Known => return None,
            There::Nothing => {
                self.log.of_number(number).next()?;
                (last().flatten(), None)
            }
            There::Note(note) => (Some(last()??).filter(|last| note.schedule != Some(*last)), Some(*note)),
        };
        // What lies there without a schedule of the log's cannot be told to be another note.
        if there.is_some() && schedule.is_none() {
            return None;
        }
        Some(Lost { number, path: NotePath::new(path), schedule, there })
    }

    /// Finds notes by their `sr-id`, and takes them out of the lists.
    fn by_sr_id<'n>(
        &self,
        notes: &[Standing<'n>],
        there: &mut [There<'n>],
        new: &mut Vec<Standing<'n>>,
        found: &mut Found,
    ) {
        let log = self.log;
        let mut having: HashMap<&str, Vec<&Standing<'_>>> = HashMap::new();
        for note in notes {
            if let Some(id) = note.sr_id {
                having.entry(id).or_default().push(note);
            }
        }
        let mut having: Vec<_> = having.into_iter().collect();
        having.sort_unstable_by_key(|(id, _)| *id);
        let mut settled: HashSet<&ItemId> = HashSet::new();
        for (id, notes) in having {
            let Some(number) = log.of_sr_id(id) else { continue };
            let Some(last) = log.of_number(number).next_back() else { continue };
            let was = NotePath::new(log.note(last));
            let lies_there =
                |path: &NotePath| self.workspace.vault.read(path).ok().and_then(|text| id_of(text.as_bytes()));
            if log.number_of(&ItemId::of_note(was.clone())) == Some(number)
                && (notes.iter().any(|note| note.item.note == was) || lies_there(&was).as_deref() == Some(id))
            {
                // All others are copies.
                continue;
            }
            match notes.as_slice() {
                [note] => {
                    found.moves.push(self.moved(number, &was, note));
                    settled.insert(note.item);
                }
                several => {
                    found.doubts.push(doubt(&was, several.iter().map(|note| &note.item.note), "have its `sr-id`"));
                    settled.extend(several.iter().map(|note| note.item));
                }
            }
            there.get_mut(number).into_iter().for_each(|there| *there = There::Known);
        }
        new.retain(|note| !settled.contains(note.item));
        for note in notes.iter().filter(|note| !settled.contains(note.item) && is_other(note, log)) {
            // Whatever became of the note that lay there, this is not that.
            if let Some(number) = log.number_of(note.item) {
                found.moves.push(self.moved(number, &note.item.note, note));
            }
        }
    }

    /// Finds notes by schedule, text and name.
    fn by_looks(&self, mut lost: Vec<Lost<'_>>, new: Vec<Standing<'_>>, found: &mut Found) {
        if let LastSeen::Was(seen) = self.seen {
            for lost in lost.iter_mut().filter(|lost| lost.schedule.is_none()) {
                lost.schedule = seen.of(&ItemId::of_note(lost.path.clone()));
            }
        }
        let (changed, gone): (Vec<_>, Vec<_>) = lost.into_iter().partition(|lost| lost.there.is_some());
        let now = |lost: &Lost<'_>| lost.there.and_then(|there| there.schedule);
        let schedules_now: HashSet<ScheduleKey> =
            new.iter().map(|note| note.schedule).chain(changed.iter().map(now)).flatten().map(Scheduled::key).collect();
        let schedules_then: HashSet<ScheduleKey> =
            gone.iter().chain(&changed).filter_map(|lost| lost.schedule).map(Scheduled::key).collect();
        let is_one_of = |schedule: Option<Scheduled>, all: &HashSet<ScheduleKey>| {
            schedule.is_some_and(|schedule| all.contains(&schedule.key()))
        };
        let changed = changed
            .into_iter()
            .filter(|lost| is_one_of(lost.schedule, &schedules_now) || is_one_of(now(lost), &schedules_then));
        let changed: Vec<Lost<'_>> = changed.collect();

        let marks = Marks::of(gone.iter().map(|lost| (&lost.path, lost.schedule)));
        let (marked, others): (Vec<_>, Vec<_>) = new.into_iter().partition(|note| {
            marks.are_on(&note.item.note, note.schedule) || is_one_of(note.schedule, &schedules_then)
        });
        let others = self.by_text_alone(others);
        if marked.is_empty() && others.is_empty() && changed.is_empty() {
            return;
        }
        let mut gone = gone;
        if others.is_empty() {
            let marks = Marks::of(marked.iter().map(|note| (&note.item.note, note.schedule)));
            gone.retain(|lost| marks.are_on(&lost.path, lost.schedule) || is_one_of(lost.schedule, &schedules_now));
        }
        let now: Vec<Standing<'_>> = marked.into_iter().chain(others).collect();
        let cases: HashMap<String, &NotePath> =
            now.iter().map(|note| (folded(note.item.note.as_str()), &note.item.note)).collect();
        // Where case does not count, a file is found by its old name too.
        let is_renamed = |path: &NotePath| {
            let now = cases.get(&folded(path.as_str()));
            now.is_some_and(|now| self.workspace.vault.real_note(path).as_ref() == Some(now))
        };
        let (gone, in_place): (Vec<_>, Vec<_>) =
            gone.into_iter().partition(|lost| is_away(&lost.path, self.workspace) || is_renamed(&lost.path));
        // A note of which nothing but its path speaks against it has taken the place of another.
        let in_place = in_place.into_iter().filter(|lost| is_one_of(lost.schedule, &schedules_now)).chain(changed);
        let lost: Vec<Lost<'_>> = gone.iter().cloned().chain(in_place).collect();
        if lost.is_empty() {
            return;
        }
        let mut then: Vec<Look> = Vec::new();
        let texts = self.texts_then(&lost);
        let mut now: Vec<(Standing<'_>, bool)> = now.into_iter().map(|note| (note, false)).collect();
        let mut kept: Vec<Lost<'_>> = Vec::new();
        for (at, (lost, text)) in lost.into_iter().zip(texts).enumerate() {
            let in_place = at >= gone.len();
            if in_place && (text.is_none() || text == self.text_at(&lost.path)) {
                continue;
            }
            now.extend(lost.there.map(|there| (there, true)));
            then.push(Look {
                path: lost.path.clone(),
                sr_id: self.log.last_sr_id(lost.number).map(str::to_owned),
                schedule: lost.schedule,
                text,
                characters: 0,
                was_seen: matches!(self.seen, LastSeen::Was(seen) if seen.of(&ItemId::of_note(lost.path.clone())).is_some()),
                in_place,
            });
            kept.push(lost);
        }
        let looks: Vec<Look> = now.iter().map(|(note, in_place)| self.look(note, *in_place)).collect();
        let pairing = moves::pair(&then, &looks, self.lost, &self.workspace.config.algorithm);
        let taken: HashSet<&ItemId> = pairing.pairs.iter().filter_map(|(_, at)| Some(now.get(*at)?.0.item)).collect();
        for (lost, (note, _)) in pairing.pairs.iter().filter_map(|(a, b)| kept.get(*a).zip(now.get(*b))) {
            // A note that has a schedule and is no other one of the log is still what its path says.
            if lost.there.is_none_or(|there| there.schedule.is_none() || taken.contains(there.item)) {
                found.moves.push(self.moved(lost.number, &lost.path, note));
            }
        }
        for (a, fit) in pairing.doubtful {
            // Told while it is news.
            let is_news = |look: &&Look| look.was_seen || matches!(self.seen, LastSeen::Unknown | LastSeen::Unread);
            let Some(look) = then.get(a).filter(|look| !look.in_place).filter(is_news) else { continue };
            let like = fit.iter().filter_map(|at| Some(&now.get(*at)?.0.item.note));
            found.doubts.push(doubt(&look.path, like, "may be it"));
        }
    }

    fn look(&self, note: &Standing<'_>, in_place: bool) -> Look {
        let text = self.text_now(note.item);
        Look {
            path: note.item.note.clone(),
            sr_id: note.sr_id.map(str::to_owned),
            schedule: note.schedule,
            text: text.map(|(print, _)| print),
            characters: text.map_or(0, |(_, characters)| characters),
            // What was seen there was another note.
            was_seen: !in_place && self.was_seen(note),
            in_place,
        }
    }

    /// The fingerprint of what lies at a path.
    fn text_at(&self, path: &NotePath) -> Option<Fingerprint> {
        self.text_now(&ItemId::of_note(path.clone())).map(|(print, _)| print)
    }

    /// Those of `notes` that only their texts may tell, few enough to be read.
    fn by_text_alone<'n>(&self, notes: Vec<Standing<'n>>) -> Vec<Standing<'n>> {
        let mut new: Vec<Standing<'n>> = notes.into_iter().filter(|note| !self.was_seen(note)).collect();
        if self.texts.is_none() && new.len() > MOST_TEXTS {
            new.clear();
        }
        new
    }

    /// Whether a note lay where it does when this device looked last, as far as that is known.
    fn was_seen(&self, note: &Standing<'_>) -> bool {
        match self.seen {
            LastSeen::Unknown | LastSeen::Unread => false,
            LastSeen::Same => note.schedule.is_some(),
            LastSeen::Was(seen) => seen.of(note.item).is_some(),
        }
    }

    /// The fingerprint that each note had by the log, as far as the last events tell.
    fn texts_then(&self, lost: &[Lost<'_>]) -> Vec<Option<Fingerprint>> {
        /// So many events are looked at for it: some kinds have none.
        const LAST: usize = 4;
        let of = |number: usize| self.log.of_number(number).rev().take(LAST);
        let entries: Vec<_> = lost.iter().flat_map(|lost| of(lost.number)).collect();
        let events = self.desk.journal().events(self.log, &entries).unwrap_or_default();
        let texts: HashMap<EventId, Fingerprint> =
            events.iter().filter_map(|event| Some((event.id, event.change.subject.text()?))).collect();
        lost.iter().map(|lost| of(lost.number).find_map(|entry| texts.get(&entry.id).copied())).collect()
    }

    fn text_now(&self, item: &ItemId) -> Text {
        match self.texts {
            Some(texts) => texts.get(item).copied().flatten(),
            None => Fingerprint::counted(self.workspace.vault.read(&item.note).ok()?.as_bytes()),
        }
    }

    /// The event that says that the note of this number, which was at `from`, is `note` now. At the same path, it says that
    /// another note lies there.
    fn moved(&self, number: usize, from: &NotePath, note: &Standing<'_>) -> Change {
        let last = self.log.of_number(number).next_back().map(|entry| entry.id);
        let to = note.item.note.composed();
        let name = last.map(|id| id.to_string()).unwrap_or_default();
        // Each device that finds it writes the same event.
        let fixed_id = Some(EventId::of(&[b"move", from.composed().as_bytes(), to.as_bytes(), name.as_bytes()]));
        let text = self.text_now(note.item).map(|(print, _)| print);
        let change = Change::new(What::Move { from: from.clone() }, note.item.clone(), &self.workspace.now);
        Change { follows: last, fixed_id, ..change }.known_by(note.sr_id.map(str::to_owned), text)
    }
}

/// What is said of a note that may be one of several.
fn doubt<'a>(was: &NotePath, like: impl Iterator<Item = &'a NotePath>, why: &str) -> String {
    let mut like: Vec<String> = like.map(|path| format!("`{path}`")).collect();
    let more = like.len().saturating_sub(NAMED);
    like.truncate(NAMED);
    let last = if more > 0 { Some(format!("{more} more")) } else { like.pop() };
    let like = [like.join(", "), last.unwrap_or_default()].join(" and ");
    let like = like.trim_start_matches(" and ");
    format!(
        "{was}: is not there any more, and {like} {why}; its history was given to none: put the right one back there, run \
         `study stats`, and move it again"
    )
}
