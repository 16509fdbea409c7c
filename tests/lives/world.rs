//! The devices of a person: their vaults on the disk, the synchroniser between them, the clock, and `study` itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde_json::Value;
use study::desk::{Decision, Desk, Refused};
use study::item::ItemId;
use study::journal::Journal;
use study::log::{Change, Transition, Undo, What as Logged};
use study::note::NotePath;
use study::note::edit::Draft;
use study::schedule::{Algorithm, DueLoad, Ease, Grade, Interval, Scheduled, Sm2};
use study::vault::Vault;

use crate::compare::differences;
use crate::figures::{Standing, figures};
use crate::model::{Event, EventId, Model, NoteId, What};
use crate::paper::{self, Schedule};
use crate::person::{Deed, Life, NewNote, Place};
use crate::sync::{File, Files, Replica, sync};

mod files;

const FOLDERS: [&str; 4] = ["", "math/", "languages/Český/", "math/sets/"];
const NAMES: [&str; 8] = ["Group", "Über", "Ring of rings", "field", "Ideal", "Sheaf", "Naïve", "knot"];

/// What went wrong, in words.
pub type Wrong = String;

/// A review as it truly was.
#[derive(Clone, Debug)]
struct Truth {
    day: NaiveDate,
    grade: u8,
    /// The event that tells of it; none for what was done on the phone.
    event: Option<EventId>,
}

/// Everything there is.
pub struct World {
    root: tempfile::TempDir,
    replicas: BTreeMap<Place, Replica>,
    hub: Files,
    /// What the hub has of the log of each device: its bytes, and how many events those are.
    logs: BTreeMap<Place, (Vec<u8>, usize)>,
    model: Model,
    truth: Vec<Truth>,
    start_of_day: &'static str,
    algorithm: Algorithm,
    is_calm: bool,
    begin: NaiveDate,
    now: DateTime<FixedOffset>,
    versions: u64,
    notes: usize,
    /// Where notes were moved to.
    moved: BTreeMap<NoteId, String>,
    /// Notes that are copies, or have any.
    twins: BTreeSet<NoteId>,
}

impl World {
    /// The world at the beginning of a life: every device has the notes.
    pub fn new(life: &Life) -> Self {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let begin = NaiveDate::from_ymd_opt(2025, 1, 6).unwrap_or_default() + Days::new(life.seed % 300);
        let mut world = Self {
            root: tempfile::tempdir_in(base).unwrap(),
            replicas: Place::ALL.map(|place| (place, Replica::default())).into(),
            hub: Files::new(),
            logs: Place::DEVICES.map(|place| (place, (Vec::new(), 0))).into(),
            model: Model::default(),
            truth: Vec::new(),
            start_of_day: life.start_of_day,
            algorithm: Algorithm::Sm2(Sm2 { load_balance: life.load_balance, ..Sm2::default() }),
            is_calm: life.is_calm,
            begin,
            now: begin.and_hms_opt(0, 0, 0).unwrap_or_default().and_utc().fixed_offset(),
            versions: 0,
            notes: 0,
            moved: BTreeMap::new(),
            twins: BTreeSet::new(),
        };
        for device in Place::DEVICES {
            let study = world.vault(device).join(".study");
            fs::create_dir_all(&study).unwrap();
            let settings = format!("start_of_day = \"{}\"\nload_balance = {}\n", life.start_of_day, life.load_balance);
            fs::write(study.join("config.toml"), settings).unwrap();
        }
        for note in &life.notes {
            world.write(Place::Desk, note, begin);
        }
        for place in Place::ALL {
            world.sync(place, true);
        }
        world
    }

    fn vault(&self, place: Place) -> PathBuf {
        self.root.path().join(place.name())
    }

    /// Sets the clock to `minute` of a day; it never goes back.
    pub fn set_clock(&mut self, day: u32, minute: u32, offset: i32) {
        let zone = FixedOffset::east_opt(offset * 3600).unwrap();
        let midnight = (self.begin + Days::new(u64::from(day))).and_time(NaiveTime::MIN);
        let local = midnight + TimeDelta::minutes(i64::from(minute));
        let then = local.and_local_timezone(zone).single().unwrap();
        // Every deed takes a while.
        self.now = then.max(self.now.with_timezone(&zone) + TimeDelta::seconds(20));
    }

    /// The study day: of the calendar, or the one before until the day starts.
    fn today(&self) -> NaiveDate {
        let start = NaiveTime::parse_from_str(self.start_of_day, "%H:%M").unwrap();
        let local = self.now.naive_local();
        if local.time() < start { local.date() - Days::new(1) } else { local.date() }
    }

    fn at(&self) -> DateTime<Utc> {
        self.now.to_utc()
    }

    /// Where the person is in time, for messages.
    pub fn moment(&self) -> String {
        format!("{} (study day {})", self.now.format("%a %Y-%m-%d %H:%M:%S %:z"), self.today())
    }

    /// Does one thing.
    ///
    /// # Errors
    /// When the program does not do what it should, or tells a figure that is not true.
    pub fn live(&mut self, deed: &Deed) -> Result<(), Wrong> {
        if self.is_calm {
            self.meet();
            for device in Place::DEVICES {
                self.look(device)?;
            }
        }
        match deed {
            Deed::Grade { at, grade, notes, early } => self.grade(*at, *grade, notes, *early),
            Deed::Session { at, grades } => self.session(*at, grades),
            Deed::Plugin { notes, balanced } => {
                self.plugin(notes, *balanced);
                Ok(())
            }
            Deed::Suspend { at, notes } => self.set_aside(*at, notes, true),
            Deed::Resume { at, notes } => self.set_aside(*at, notes, false),
            Deed::Bury { at, note } => self.bury(*at, *note),
            Deed::Reschedule { at, note, days } => self.reschedule(*at, *note, *days),
            Deed::Undo { at, steps } => self.undo(*at, *steps),
            Deed::Add { at, notes } => self.add(*at, notes),
            Deed::Write { at, note } => {
                let today = self.today();
                self.write(*at, note, today);
                Ok(())
            }
            Deed::Edit { at, note } => {
                if let Some(path) = self.pick(*at, *note, |file| !self.twins.contains(&file.note)) {
                    let text = format!("{}More of it.\n", self.replicas[at].files[&path].text);
                    self.put(*at, &path, text);
                }
                Ok(())
            }
            Deed::Delete { at, note } => {
                if let Some(path) = self.pick(*at, *note, |file| !self.twins.contains(&file.note))
                    && !self.has_copies(&path)
                {
                    self.remove(*at, &path);
                }
                Ok(())
            }
            Deed::Move { at, note, folder, name } => {
                if let Some(path) = self.pick(*at, *note, |_| true) {
                    let file = &self.replicas[at].files[&path];
                    let (folder_now, name_now) =
                        path.rsplit_once('/').map_or(("", &*path), |(folder, name)| (folder, name));
                    let name = match name.map(|name| NAMES[name as usize % NAMES.len()]) {
                        Some(name) if name_now.starts_with(name) => name_now.to_lowercase(),
                        Some(name) => format!("{name} {}.md", file.note),
                        None => name_now.to_owned(),
                    };
                    let folder = folder.map_or_else(
                        || if folder_now.is_empty() { String::new() } else { format!("{folder_now}/") },
                        |folder| FOLDERS[folder as usize % FOLDERS.len()].to_owned(),
                    );
                    self.relocate(*at, &[(path.clone(), format!("{folder}{name}"))]);
                }
                Ok(())
            }
            Deed::MoveFolder { at, folder } => {
                let files = &self.replicas[at].files;
                let folders: BTreeSet<&str> = files.keys().filter_map(|path| Some(path.rsplit_once('/')?.0)).collect();
                let folder = folders.iter().nth(*folder as usize % folders.len().max(1));
                if let Some(folder) = folder.map(|folder| format!("{folder}/")) {
                    let renamed = format!("{}-{}/", folder.trim_end_matches('/'), self.versions % 10);
                    let inside = files.keys().filter(|path| path.starts_with(&folder));
                    let moves: Vec<_> =
                        inside.map(|path| (path.clone(), path.replacen(&folder, &renamed, 1))).collect();
                    self.relocate(*at, &moves);
                }
                Ok(())
            }
            Deed::Copy { at, note } => {
                self.copy(*at, *note);
                Ok(())
            }
            Deed::Tidy { at } => {
                let is_copy = |(path, file): (&String, &File)| file.original.is_some().then(|| path.clone());
                let copies: Vec<String> = self.replicas[at].files.iter().filter_map(is_copy).collect();
                copies.iter().for_each(|path| self.remove(*at, path));
                Ok(())
            }
            Deed::Sync { at, logs } => {
                self.sync(*at, *logs);
                Ok(())
            }
            Deed::Look { at } => self.look(*at),
        }
    }

    // Notes.

    /// Runs `study` on a device.
    fn run(&self, place: Place, args: &[&str], input: &str) -> Result<(String, String), Wrong> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_study"));
        command
            .args(args)
            .current_dir(self.vault(place))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "STUDY_FAULT"] {
            command.env_remove(name);
        }
        command
            .env("STUDY_VAULT", self.vault(place))
            .env("STUDY_CONFIG", self.root.path().join("user.toml"))
            .env("STUDY_DEVICE", place.name())
            .env("STUDY_NOW", self.now.to_rfc3339())
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8");
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        if let Some(mut stdin) = child.stdin.take() {
            let _ = std::io::Write::write_all(&mut stdin, input.as_bytes());
        }
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        match output.status.code() {
            Some(0 | 1) => Ok((out, err)),
            status => Err(format!("study {args:?} ended with {status:?}\n{out}{err}")),
        }
    }

    fn grades_between(&self, before: Schedule, after: Schedule, day: NaiveDate) -> Vec<u8> {
        let grades = self.algorithm.grades_between(scheduled(before), scheduled(after), day);
        grades.into_iter().map(|grade| grade as u8 + 1).collect()
    }

    /// What `study` notices of these notes, by path, or of all.
    fn notice(&mut self, place: Place, paths: Option<&[String]>) {
        let mut notes: Vec<(&String, NoteId, Schedule)> = Vec::new();
        for (path, file) in self.notes(place) {
            if paths.is_none_or(|paths| paths.contains(path)) {
                notes.extend(paper::schedule(&file.text).map(|schedule| (path, file.note, schedule)));
            }
        }
        let notes: Vec<(NoteId, Schedule)> = notes.into_iter().map(|(_, note, schedule)| (note, schedule)).collect();
        let (now, today) = (self.at(), self.today());
        let mut model = std::mem::take(&mut self.model);
        let grades = |before, after, day| self.grades_between(before, after, day);
        model.notice(place, &notes, paths.is_none(), now, today, &grades);
        self.model = model;
    }

    fn event(&self, place: Place, path: &str, what: What) -> Event {
        let note = self.replicas[&place].files[path].note;
        Event { device: place, at: self.at(), day: self.today(), note, what, moved: None, batch: None }
    }

    /// Writes down that a note was reviewed with `study`.
    fn reviewed(&mut self, place: Place, path: &str, review: (u8, Option<u64>), moved: (Option<Schedule>, Schedule)) {
        let (grade, ms) = review;
        let event = self.event(place, path, What::Review { grade, ms });
        let event = self.model.write(Event { moved: Some((moved.0, Some(moved.1))), ..event });
        self.truth.push(Truth { day: self.today(), grade, event: Some(event) });
    }

    fn grade(&mut self, place: Place, grade: u8, numbers: &[u32], early: bool) -> Result<(), Wrong> {
        let today = self.today();
        let is_asked = |file: &File| match paper::schedule(&file.text) {
            Some(schedule) => early || schedule.due <= today,
            None => paper::is_chosen(&file.text),
        };
        let paths = self.pick_all(place, numbers, is_asked);
        if paths.is_empty() {
            return Ok(());
        }
        self.notice(place, Some(&paths));
        let word = grade_word(grade);
        let mut args = vec!["review", "--grade", word];
        args.extend(early.then_some("--early"));
        args.extend(paths.iter().map(String::as_str));
        let before: Vec<(Option<Schedule>, bool)> =
            paths.iter().map(|path| (self.schedule(place, path), self.is_lost(place, path))).collect();
        let (out, err) = self.run(place, &args, "")?;
        self.read_back(place)?;
        for (path, (before, is_lost)) in paths.iter().zip(before) {
            if is_lost && err.contains(&format!("{path}: had a schedule")) && self.schedule(place, path).is_none() {
                continue;
            }
            let start = format!("{}: {word}, ", path.trim_end_matches(".md"));
            let told = out.lines().find_map(|line| told(line.strip_prefix(&start)?, today));
            let after = self.schedule(place, path);
            match (told, after) {
                (Some(told), Some(after)) if told == after => {
                    self.reviewed(place, path, (grade, None), (before, after));
                }
                _ => return Err(format!("{args:?}\n{path} says {after:?}, and not what was told:\n{out}{err}")),
            }
        }
        Ok(())
    }

    fn session(&mut self, place: Place, grades: &[u8]) -> Result<(), Wrong> {
        let today = self.today();
        if self.has_stale(place) {
            return Ok(());
        }
        self.notice(place, None);
        let mut input: String = grades.iter().map(|grade| format!("{grade}\n")).collect();
        input.push_str("q\n");
        let mut now: BTreeMap<String, Option<Schedule>> =
            self.under_review(place).into_iter().map(|note| (note.path, note.schedule)).collect();
        let lost: Vec<String> = now.keys().filter(|path| self.is_lost(place, path)).cloned().collect();
        let (out, err) = self.run(place, &["review", "--plain"], &input)?;
        self.read_back(place)?;
        let mut left = grades.iter();
        let mut done = Vec::new();
        let is_head = |line: &&str| line.starts_with("Note ") && line.contains(" to go: ");
        let lines: Vec<&str> = out.lines().skip_while(|line| !is_head(line)).collect();
        for part in lines.chunk_by(|_, next| !is_head(next)) {
            let path = part.get(1).and_then(|line| line.split_once(';')).map_or("", |(path, _)| path).to_owned();
            let Some(grade) = left.next() else { break };
            let start = format!("{}, ", grade_word(*grade));
            let after = part.iter().find_map(|line| told(line.strip_prefix(&start)?, today));
            match (now.get(&path).copied(), after) {
                (Some(before), Some(after)) => {
                    now.insert(path.clone(), Some(after));
                    done.push((path, *grade, before, after));
                }
                (Some(None), None) if lost.contains(&path) => {}
                _ => return Err(format!("the session went wrong at `{path}`:\n{out}{err}")),
            }
        }
        let times = self.times(place, done.len())?;
        for ((path, grade, before, after), ms) in done.into_iter().zip(times) {
            self.reviewed(place, &path, (grade, ms), (before, after));
        }
        match now.iter().find(|(path, schedule)| self.schedule(place, path) != **schedule) {
            Some((path, schedule)) => Err(format!("`{path}` should say {schedule:?}:\n{out}{err}")),
            None => Ok(()),
        }
    }

    /// How long the last `count` reviews in the log of a device took: the one thing that only it can know.
    fn times(&self, place: Place, count: usize) -> Result<Vec<Option<u64>>, Wrong> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let log = self.vault(place).join(".study/log").join(format!("{}.jsonl", place.name()));
        let log = fs::read_to_string(log).map_err(|error| error.to_string())?;
        let line = |line: &str| serde_json::from_str::<Value>(line).map_err(|error| format!("{error}: {line}"));
        let lines: Vec<Value> = log.lines().map(line).collect::<Result<_, _>>()?;
        let times: Vec<Option<u64>> =
            lines.iter().filter(|line| line["kind"] == "review").map(|line| line["ms"].as_u64()).collect();
        Ok(times[times.len().saturating_sub(count)..].to_vec())
    }

    /// Reviews in Obsidian.
    fn plugin(&mut self, notes: &[(u32, u8)], balanced: bool) {
        // The plugin leaves the start of the day out, which matters at night.
        let today = if self.is_calm { self.today() } else { self.now.date_naive() };
        let mut done: Vec<String> = Vec::new();
        for (number, grade) in notes {
            let is_offered = |file: &File| match paper::schedule(&file.text) {
                Some(schedule) => schedule.due <= today,
                None => paper::is_chosen(&file.text),
            };
            let Some(path) = self.pick(Place::Phone, *number, is_offered) else { return };
            let file = self.replicas[&Place::Phone].files[&path].clone();
            let before = paper::schedule(&file.text);
            let ease = Ease::new(250.0).unwrap();
            let memory = before.map_or_else(|| self.algorithm.start(ease), |s| self.algorithm.resume(scheduled(s)));
            let dues = self.notes(Place::Phone).filter_map(|(_, file)| Some(paper::schedule(&file.text)?.due));
            let load = DueLoad::of(today, dues);
            let outcomes = self.algorithm.outcomes(&memory, today, balanced.then_some(&load));
            let after = outcomes.of(Grade::ALL[usize::from(*grade) - 1]).after;
            let after = Schedule { due: after.due, interval: after.interval.days(), ease: after.ease.percent() };
            // What leaves no trace, or looks like an older copy, nobody can notice; nor two reviews in a row.
            let known = self.model.known(Place::Desk);
            let was = known
                .of(file.note)
                .filter_map(|(_, event)| event.moved)
                .any(|(a, b)| a == Some(after) || b == Some(after));
            if self.is_calm && (was || before == Some(after) || done.contains(&path)) {
                continue;
            }
            self.put(Place::Phone, &path, paper::with_schedule(&file.text, &after));
            self.truth.push(Truth { day: today, grade: *grade, event: None });
            done.push(path);
        }
    }

    fn set_aside(&mut self, place: Place, numbers: &[u32], suspend: bool) -> Result<(), Wrong> {
        let known = self.model.known(place);
        let fits = |file: &File| {
            let is_chosen = paper::schedule(&file.text).is_some() || paper::is_chosen(&file.text);
            is_chosen && known.is_suspended(file.note) != suspend && !self.twins.contains(&file.note)
        };
        let paths = self.pick_all(place, numbers, fits);
        if paths.is_empty() {
            return Ok(());
        }
        let mut args = vec![if suspend { "suspend" } else { "resume" }];
        args.extend(paths.iter().map(String::as_str));
        let (out, err) = self.run(place, &args, "")?;
        let word = if suspend { ": suspended" } else { ": resumed" };
        if out.lines().filter(|line| line.ends_with(word)).count() != paths.len() {
            return Err(format!("{args:?}\n{out}{err}"));
        }
        let batch = Some(self.model.new_batch());
        for path in paths {
            let event = self.event(place, &path, if suspend { What::Suspend } else { What::Resume });
            self.model.write(Event { batch, ..event });
        }
        Ok(())
    }

    fn add(&mut self, place: Place, numbers: &[u32]) -> Result<(), Wrong> {
        let fits = |file: &File| paper::schedule(&file.text).is_none() && !paper::is_chosen(&file.text);
        let paths = self.pick_all(place, numbers, fits);
        if paths.is_empty() {
            return Ok(());
        }
        let mut args = vec!["add"];
        args.extend(paths.iter().map(String::as_str));
        let (out, err) = self.run(place, &args, "")?;
        self.read_back(place)?;
        if out.lines().filter(|line| line.ends_with(": under review")).count() != paths.len() {
            return Err(format!("{args:?}\n{out}{err}"));
        }
        let batch = Some(self.model.new_batch());
        for path in paths {
            let event = self.event(place, &path, What::Add);
            self.model.write(Event { batch, ..event });
        }
        Ok(())
    }

    // What only the screen offers is done as the screen does it.

    fn study_now(&self) -> study::clock::Now {
        study::clock::Now { instant: self.now, today: self.today() }
    }

    fn at_desk<T>(&self, place: Place, work: impl FnOnce(&Desk<'_>) -> T) -> T {
        let vault = Vault::open(&self.vault(place)).unwrap();
        let journal = Journal::new(vault.root().join(".study/log"), ".study/log", place.name());
        work(&Desk::new(&vault, journal))
    }

    fn bury(&mut self, place: Place, number: u32) -> Result<(), Wrong> {
        let today = self.today();
        let known = self.model.known(place);
        let is_shown = |file: &File| {
            let is_due = paper::schedule(&file.text).map_or_else(|| paper::is_chosen(&file.text), |s| s.due <= today);
            is_due && !known.is_aside(file.note, today) && !self.twins.contains(&file.note)
        };
        let Some(path) = self.pick(place, number, is_shown) else { return Ok(()) };
        let change = Change::new(Logged::Bury, ItemId::of_note(NotePath::new(path.as_str())), &self.study_now());
        let logged = self.at_desk(place, |desk| desk.sit().and_then(|mut seat| seat.record(vec![change])));
        logged.map_err(|refused| refused.to_string())?;
        let event = self.event(place, &path, What::Bury);
        self.model.write(event);
        Ok(())
    }

    fn reschedule(&mut self, place: Place, number: u32, days: u32) -> Result<(), Wrong> {
        let today = self.today();
        let is_shown = |file: &File| paper::schedule(&file.text).is_some_and(|s| s.due <= today);
        let Some(path) = self.pick(place, number, is_shown) else { return Ok(()) };
        self.notice(place, None);
        // A session notices before it shows anything.
        self.run(place, &["review", "--plain"], "q\n")?;
        let before = self.schedule(place, &path).ok_or("no schedule")?;
        let after = Schedule { due: today + Days::new(days.into()), ..before };
        if after == before {
            return Ok(());
        }
        let note = NotePath::new(path.as_str());
        let now = self.study_now();
        let result = self.at_desk(place, |desk| {
            let item = ItemId::of_note(note.clone());
            let follows = desk.journal().read().0.last_elsewhere(&item, place.name());
            desk.change(&note, |text| {
                let draft = Draft::new(text);
                let edit = draft.set(&scheduled(after)).map_err(Refused::Unsafe)?;
                let moved = Transition { before: Some(scheduled(before)), after: Some(scheduled(after)) };
                let what = Logged::Reschedule { moved, undo: Undo::Values(edit.was) };
                let change = Change { follows, ..Change::new(what, item.clone(), &now) };
                Ok(Decision { text: edit.text, change: change.known_by(draft.id(), None) })
            })
        });
        result.map_err(|refused| refused.to_string())?;
        self.read_back(place)?;
        let event = self.event(place, &path, What::Reschedule);
        self.model.write(Event { moved: Some((Some(before), Some(after))), ..event });
        Ok(())
    }

    fn undo(&mut self, place: Place, steps: u32) -> Result<(), Wrong> {
        let events = self.model.undoable(place, steps);
        // Of two devices that went on from one schedule, one that takes its review back seems to be where the other began.
        let is_doubtful = |id: &EventId| {
            let (own, other) = (&self.model.events[*id], Place::DEVICES.into_iter().find(|device| *device != place));
            let goes_on = |event: &Event| {
                Some(event.device) == other
                    && event.note == own.note
                    && event.at > own.at
                    && event.moved.map(|(before, _)| before) == own.moved.map(|(before, _)| before)
            };
            own.moved.is_some() && self.model.events.iter().any(goes_on)
        };
        if self.has_stale(place) || events.iter().any(is_doubtful) {
            return Ok(());
        }
        let steps = steps.to_string();
        let (out, err) = self.run(place, &["undo", &steps], "")?;
        if events.is_empty() {
            let is_told = err.contains("there is nothing to take back on this device");
            return if is_told { Ok(()) } else { Err(format!("undo, of nothing:\n{out}{err}")) };
        }
        // What stands in the note has to be what the event left there.
        let mut texts: BTreeMap<String, (Option<Schedule>, bool)> = self
            .notes(place)
            .map(|(path, file)| {
                (path.clone(), (paper::schedule(&file.text), paper::value(&file.text, "sr-due") == Some("")))
            })
            .collect();
        let paths: BTreeMap<NoteId, String> = self.notes(place).map(|(path, file)| (file.note, path.clone())).collect();
        for id in events {
            let event = self.model.events[id].clone();
            let there = paths.get(&event.note).and_then(|path| texts.get_mut(path));
            let fits = match (&event.what, event.moved, there) {
                (What::Suspend | What::Resume | What::Bury, ..) => true,
                (What::Add, _, Some((None, is_empty @ true))) => {
                    *is_empty = false;
                    true
                }
                (_, Some((before, after)), Some((now, _))) if *now == after => {
                    *now = before;
                    true
                }
                _ => false,
            };
            let moved = event.moved.map(|(before, after)| (after, before)).filter(|_| fits);
            let what = if fits { What::Undo { of: id } } else { What::Skip { of: id } };
            let undo = Event { device: place, at: self.at(), day: self.today(), what, moved, batch: None, ..event };
            self.model.write(undo);
            if fits {
                self.truth.retain(|truth| truth.event != Some(id));
            }
        }
        self.read_back(place)?;
        match texts.iter().find(|(path, (schedule, _))| self.schedule(place, path) != *schedule) {
            Some((path, (schedule, _))) => {
                let says = self.schedule(place, path);
                Err(format!("undo {steps} left {says:?} in `{path}`, and not {schedule:?}:\n{out}{err}"))
            }
            None => Ok(()),
        }
    }

    // Figures.

    fn look(&mut self, place: Place) -> Result<(), Wrong> {
        self.notice(place, None);
        let (out, err) = self.run(place, &["stats", "--json"], "")?;
        let told: Value = serde_json::from_str(&out).map_err(|error| format!("{error}:\n{out}{err}"))?;
        let expected = figures(&self.under_review(place), &self.model.known(place), self.today());
        let differences = differences(&told, &expected);
        if differences.is_empty() {
            return Ok(());
        }
        Err(format!(
            "study stats --json on the {} tells what is not true:\n{}\n{}",
            place.name(),
            differences.join("\n"),
            brief(&err)
        ))
    }

    /// Of a calm life: that every review counts once, on its day, with its grade where that is told at all.
    pub fn settle(&mut self) -> Result<(), Wrong> {
        for _ in 0..2 {
            self.meet();
            for place in Place::DEVICES {
                self.look(place)?;
            }
        }
        if !self.is_calm {
            return Ok(());
        }
        let (out, err) = self.run(Place::Desk, &["stats", "--json"], "")?;
        let told: Value = serde_json::from_str(&out).map_err(|error| format!("{error}:\n{out}{err}"))?;
        let total = &told["reviews"]["total"];
        let count = |key: &str| total[key].as_u64().unwrap_or(u64::MAX) as usize;
        let of = |grade| self.truth.iter().filter(|truth| truth.grade == grade).count();
        let days: BTreeSet<NaiveDate> = self.truth.iter().map(|truth| truth.day).collect();
        let certain = ["again", "hard", "good", "easy"];
        let too_many = certain.into_iter().zip(1..).find(|(word, grade)| count(word) > of(*grade));
        if count("reviews") != self.truth.len() || count("days") != days.len() || too_many.is_some() {
            let (reviews, days) = (self.truth.len(), days.len());
            return Err(format!(
                "truly there were {reviews} reviews on {days} days, by grade {:?}:\n{total}",
                [1, 2, 3, 4].map(of)
            ));
        }
        Ok(())
    }
}

/// What was said on stderr, without what is said of copies.
fn brief(err: &str) -> String {
    err.lines().filter(|line| !line.contains("is a copy that a synchroniser made")).collect::<Vec<_>>().join("\n")
}

fn grade_word(grade: u8) -> &'static str {
    ["again", "hard", "good", "easy"][usize::from(grade) - 1]
}

fn scheduled(schedule: Schedule) -> Scheduled {
    Scheduled {
        due: schedule.due,
        interval: Interval::new(schedule.interval).unwrap(),
        ease: Ease::new(schedule.ease).unwrap(),
    }
}

/// The schedule that `next in 4 days, Fri 2 Jan (interval 2 d to 4 d, ease 250)` tells of.
fn told(line: &str, today: NaiveDate) -> Option<Schedule> {
    let (_, inner) = line.rsplit_once("(interval ")?;
    let (interval, ease) = inner.strip_suffix(')')?.split_once(" d, ease ")?;
    let interval: f64 = interval.rsplit(' ').next()?.parse().ok()?;
    let due = today + Days::new((interval + 0.5).floor() as u64);
    Some(Schedule { due, interval, ease: ease.parse().ok()? })
}
