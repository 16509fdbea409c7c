//! The roadmaps of a vault and the notes behind them, from one scan.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use crate::app::external;
use crate::command::Context;
use crate::error::CliError;
use crate::graph::{Graph, Names, NoteId, Paths};
use crate::item::{ItemId, folded};
use crate::log::{Kind, Log};
use crate::note::facts::{ScheduledTags, Wanted};
use crate::note::links::{markdown_target, wiki_target};
use crate::note::{NotePath, State};
use crate::problem::Problem;
use crate::roadmap::astray::{Nearest, astray};
use crate::roadmap::progress::{Count, Found, Linked, Links, follow, total, total_with};
use crate::roadmap::{Roadmap, Target, in_note, template};
use crate::schedule::Scheduled;
use crate::show::roadmap::{Memory, Row, Sheet};
use crate::vault::{Leftover, Pace, Skip, Standing};

/// The roadmaps of a vault.
#[derive(Debug)]
pub struct Atlas {
    /// Every note that is a roadmap by itself, in the order of the paths; and those asked for by name.
    pub maps: Vec<Map>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// What is done in each roadmap.
    pub counts: HashMap<NotePath, Count>,
    graph: Graph,
    states: HashMap<NotePath, State>,
    /// What notes link to in so many words, of those that were asked whether they link back.
    back: RefCell<HashMap<NotePath, HashSet<String>>>,
    /// New notes that a tag or a folder puts under review.
    selected: HashSet<NotePath>,
    /// Notes that a cloud drive has put away.
    away: HashSet<NotePath>,
    /// How many roadmaps have each title.
    titles: HashMap<String, usize>,
}

/// A note and the roadmap in it.
#[derive(Debug)]
pub struct Map {
    /// The note.
    pub note: NotePath,
    /// What it says.
    pub roadmap: Roadmap,
}

/// What a scan for roadmaps finds beside them.
#[derive(Debug)]
pub struct Beside<T> {
    /// How many notes there are.
    pub notes: usize,
    /// What was looked for.
    pub found: Vec<(NotePath, T)>,
    /// What replacements left.
    pub leftovers: Vec<(NotePath, Leftover)>,
}

/// What the scan keeps of a note.
struct Seen {
    state: State,
    selected: bool,
    roadmap: Option<Roadmap>,
}

impl Atlas {
    /// Scans the vault.
    pub fn load(context: &Context) -> Self {
        let (atlas, beside) = Self::load_and(context, |_| None::<()>);
        external::temporaries(beside.leftovers, context);
        atlas
    }

    /// Scans the vault and takes with it what `look` finds in the bytes of each note: with the notes, in the order of the
    /// paths, comes what the scan found beside them.
    pub fn load_and<T: Send>(context: &Context, look: impl Fn(&[u8]) -> Option<T> + Sync) -> (Self, Beside<T>) {
        // What is left out is no roadmap and has no schedule, and yet a link to it is not dead.
        let skip = Skip { linked: true, ..context.skip() };
        let _reading = context.reading();
        let wanted = Wanted::new(&context.config.selection, None, ScheduledTags::None);
        let (scan, _) = context.vault.scan_gathering(&skip, Pace::Even, &mut |_| {}, |(): &mut (), note, bytes| {
            let seen = || {
                let facts = wanted.look(note.path, bytes);
                let state = facts.as_ref().map_or(State::Unscheduled, |facts| facts.reading.state);
                let selected = facts.is_some() && state == State::Unscheduled;
                (Seen { state, selected, roadmap: roadmap_in(note.path, bytes) }, look(bytes))
            };
            Some((note.standing == Standing::Note).then(seen))
        });
        let mut paths = Paths::default();
        let mut states = HashMap::with_capacity(scan.seen.len());
        let mut selected = HashSet::new();
        let mut maps: Vec<Map> = Vec::new();
        let mut beside = Beside { notes: 0, found: Vec::new(), leftovers: scan.leftovers };
        for (note, seen) in scan.seen {
            paths.push(note.as_str());
            let Some((seen, found)) = seen else { continue };
            beside.notes += 1;
            beside.found.extend(found.map(|found| (note.clone(), found)));
            states.insert(note.clone(), seen.state);
            if seen.selected {
                selected.insert(note.clone());
            }
            maps.extend(seen.roadmap.map(|roadmap| Map { note, roadmap }));
        }
        for note in &scan.away {
            paths.push(note.as_str());
        }
        let counts = maps.iter().map(|map| (map.note.clone(), total(&map.roadmap))).collect();
        let mut titles: HashMap<String, usize> = HashMap::new();
        for map in &maps {
            *titles.entry(map.roadmap.title.clone()).or_default() += 1;
        }
        let graph = Graph::new(Names::new(paths), Vec::new());
        let away = scan.away.into_iter().collect();
        let back = RefCell::default();
        (Self { maps, problems: scan.problems, counts, graph, states, selected, away, titles, back }, beside)
    }

    /// Every note with its schedule, in the order of their paths.
    pub fn items(&self) -> Vec<(ItemId, Option<Scheduled>)> {
        let schedule = |state: &State| if let State::Scheduled(schedule) = state { Some(*schedule) } else { None };
        let mut items: Vec<_> =
            self.states.iter().map(|(note, state)| (ItemId::of_note(note.clone()), schedule(state))).collect();
        items.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        items
    }

    /// The position of the roadmap in `note`; a note that is not listed as one is read all the same.
    ///
    /// # Errors
    /// When it cannot be read, or holds no topics.
    pub fn open(&mut self, note: &NotePath, context: &Context) -> Result<usize, CliError> {
        if let Some(at) = self.maps.iter().position(|map| map.note == *note) {
            return Ok(at);
        }
        let text =
            context.vault.read(note).map_err(|finding| CliError::failed(finding.at(note.clone()).to_string()))?;
        let roadmap = Roadmap::parse(&text, note.name());
        if roadmap.topics.is_empty() {
            return Err(CliError::failed(format!(
                "{note}: holds no topics: no headings, lists or tables to learn from"
            ))
            .hint("docs/roadmaps.md tells what is read as a topic"));
        }
        self.counts.insert(note.clone(), total(&roadmap));
        *self.titles.entry(roadmap.title.clone()).or_default() += 1;
        self.maps.push(Map { note: note.clone(), roadmap });
        Ok(self.maps.len() - 1)
    }

    /// What the links of the topics of `map` lead to. A topic without a note is given the one of its name that links back
    /// to the roadmap, as `study note` makes it.
    pub fn links(&self, map: &Map, context: &Context) -> Vec<Links> {
        let (algorithm, today) = (&context.config.algorithm, context.now.today);
        let source = self.graph.note(map.note.as_str());
        let resolve = |target: &Target| self.resolve(target, source, &map.note, context);
        let state = |note: &NotePath| self.states.get(note).copied();
        let mut links = follow(&map.roadmap, &map.note, algorithm, today, resolve, state);
        for (topic, links) in map.roadmap.topics.iter().zip(&mut links) {
            if !topic.counts || !links.notes.is_empty() || !links.away.is_empty() {
                continue;
            }
            let name = template::file_name(&topic.title);
            let own = source.and_then(|source| self.note(self.graph.resolve(&name, source)?, source));
            if let Some(note) = own.filter(|note| self.links_back(note, &map.note, context)) {
                let state = state(&note).unwrap_or(State::Unscheduled);
                links.notes.push(Linked::new(note, state, algorithm, today));
                links.unwritten.clear();
            }
        }
        for linked in links.iter_mut().flat_map(|links| &mut links.notes) {
            linked.selected = self.selected.contains(&linked.note);
        }
        links
    }

    /// The links of all roadmaps that lead nowhere: those to something that was moved or mistyped, and how many others.
    pub fn astray(&self, context: &Context) -> Vec<Problem> {
        let links: Vec<Vec<Links>> = self.maps.iter().map(|map| self.links(map, context)).collect();
        let (mut notes, mut files) = (Nearest::default(), Nearest::default());
        let all = || links.iter().flatten();
        if all().any(|links| !links.unwritten.is_empty()) {
            notes = Nearest::of(self.graph.notes().map(|note| self.graph.path(note).to_owned()));
        }
        if all().any(|links| !links.dead.is_empty()) {
            files = Nearest::of(context.vault.attachments().into_iter());
        }
        let found = |(map, links): (&Map, &Vec<Links>)| {
            let findings = astray(&map.roadmap, links, &notes, &files);
            findings.into_iter().map(|finding| finding.at(map.note.clone())).collect::<Vec<_>>()
        };
        self.maps.iter().zip(&links).flat_map(found).collect()
    }

    /// Whether a note has a wikilink to the roadmap. Each note is read once, however many topics have its name.
    fn links_back(&self, note: &NotePath, roadmap: &NotePath, context: &Context) -> bool {
        let mut back = self.back.borrow_mut();
        let links = back.entry(note.clone()).or_insert_with(|| {
            let text = folded(&context.vault.read(note).unwrap_or_default());
            wikilinks(&text).map(str::to_owned).collect()
        });
        links.contains(&folded(roadmap.name()))
    }

    fn note(&self, id: NoteId, source: NoteId) -> Option<NotePath> {
        (id != source).then(|| NotePath::new(self.graph.path(id)))
    }

    fn resolve(&self, target: &Target, source: Option<NoteId>, here: &NotePath, context: &Context) -> Found {
        let dest = match target {
            Target::Url(_) => return Found::File,
            Target::Wiki(to) => wiki_target(Cow::Borrowed(to)),
            Target::File(to) => markdown_target(Cow::Borrowed(to)),
        };
        let (Some(dest), Some(source)) = (dest, source) else { return Found::File };
        if let Some(note) = self.graph.resolve(&dest, source) {
            let note = NotePath::new(self.graph.path(note));
            return if self.away.contains(&note) { Found::Away(note) } else { Found::Note(note) };
        }
        let end = dest.rsplit_once('.').map_or("", |(_, end)| end);
        let other = !end.is_empty() && end.len() <= 5 && !end.eq_ignore_ascii_case("md") && !end.contains(['/', ' ']);
        match target {
            // Where Obsidian finds an attachment cannot be told without listing every file.
            Target::Wiki(_) if other => Found::File,
            Target::File(_) if context.vault.linked(&dest, here).is_some() => Found::File,
            Target::File(_) if other => Found::Missing,
            _ => Found::Unwritten,
        }
    }

    /// The roadmap at `at` with what is known around it.
    pub fn sheet<'a>(&'a self, map: &'a Map, links: &'a [Links], active: &Active, context: &Context) -> Sheet<'a> {
        Sheet {
            note: &map.note,
            roadmap: &map.roadmap,
            links,
            others: &self.counts,
            today: context.now.today,
            last: active.last(map, links),
            shared_title: self.titles.get(&map.roadmap.title).is_some_and(|roadmaps| *roadmaps > 1),
        }
    }

    /// The line of a roadmap in the list.
    pub fn row(&self, map: &Map, active: &Active, context: &Context) -> Row {
        let links = self.links(map, context);
        let count = total_with(&map.roadmap, &links);
        Row {
            path: map.note.clone(),
            title: map.roadmap.title.clone(),
            count,
            total: count.total(),
            memory: Memory::of(&links),
            last_active: active.last(map, &links),
        }
    }
}

/// The roadmap in a note that is one by itself. Most are none, and need not be read as text.
fn roadmap_in(path: &NotePath, bytes: &[u8]) -> Option<Roadmap> {
    let text = crate::roadmap::may_be_one(path.name(), bytes).then(|| crate::vault::text(bytes).ok()).flatten()?;
    in_note(path.name(), text)
}

/// What stands between two brackets that open and the next two that close.
fn wikilinks(text: &str) -> impl Iterator<Item = &str> {
    let before_close = text.split("]]");
    before_close.filter_map(|before| before.rfind("[[").and_then(|open| before.get(open + 2..)))
}

/// When something was last done about each note, as the log tells.
#[derive(Debug, Default)]
pub struct Active(HashMap<NotePath, NaiveDate>);

impl Active {
    /// The last review or tick of each note.
    pub fn of(log: &Log) -> Self {
        let mut last = HashMap::new();
        let counts = |entry: &&crate::log::Entry| entry.counts() || (entry.kind == Kind::Tick && !entry.is_undone());
        for entry in log.entries().iter().filter(counts) {
            let day = last.entry(NotePath::new(log.note(entry))).or_insert(entry.day);
            *day = entry.day.max(*day);
        }
        Self(last)
    }

    /// The last day on which something was ticked in a roadmap, or it or a note behind it was reviewed.
    pub fn last(&self, map: &Map, links: &[Links]) -> Option<NaiveDate> {
        let notes = links.iter().flat_map(|links| &links.notes).map(|linked| &linked.note);
        notes.chain([&map.note]).filter_map(|note| self.0.get(note).copied()).max()
    }
}
