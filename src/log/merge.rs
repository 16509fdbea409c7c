//! Many files, one log: whatever order they come in, every event once.

use std::collections::HashSet;

use serde_json::Value;

use super::entry::{Entry, Fields, Place};
use super::identity::Identities;
use super::names::Interner;
use super::query::{Log, Names};
use super::{About, EventId, Kind, LineError, RefusedLine, order};
use crate::item::{NotePath, composed};
use crate::problem::{Advice, Code, Finding, Problem, Severity};

/// The longest line that is looked at, in bytes. One with the frontmatter of a note twice is far below.
pub const MAX_LINE_BYTES: usize = 4 << 20;

/// How many bad lines of one file are told one by one.
const TOLD_PER_FILE: u32 = 20;

/// Takes the lines of all files and makes a [`Log`] of them. Lines may come file by file or in turns.
#[derive(Default)]
pub struct Merger {
    entries: Vec<Entry>,
    files: Vec<File>,
    notes: Interner,
    sr_ids: Interner,
    devices: Interner,
    problems: Vec<(u32, Finding)>,
    /// Events that name another that they come after.
    follows: Vec<(EventId, EventId)>,
    /// Moves, and where the note was before.
    from: Vec<(EventId, u32)>,
    refused: Vec<RefusedLine>,
}

struct File {
    name: String,
    bad: u32,
}

impl Merger {
    /// A file whose lines follow, under the name that problems give it.
    pub fn file(&mut self, name: &str) -> u32 {
        self.files.push(File { name: name.to_owned(), bad: 0 });
        (self.files.len() - 1) as u32
    }

    /// One line of `file`, without its line end. `number` counts lines from 1; `offset` is its first byte.
    pub fn line(&mut self, file: u32, number: usize, offset: u64, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mark = if offset == 0 && line.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let (offset, line) = (offset + mark, line.get(mark as usize..).unwrap_or_default());
        if line.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        if line.len() > MAX_LINE_BYTES {
            return self.long_line(file, number);
        }
        let place = Place { file, offset, length: line.len() as u32 };
        match Fields::parse(line) {
            Ok(fields) => {
                let entry = self.entry(&fields, place);
                self.entries.push(entry);
            }
            Err(error) => {
                self.refuse(&error, line, place, number);
                let advice = match &error {
                    LineError::Torn => "what it said is lost, every other line counts; delete it at will",
                    LineError::MergeMarker => "every event counts all the same; delete the marker",
                    LineError::Version(0) | LineError::Malformed(_) => "it is passed over; mend or delete it",
                    LineError::Version(_)
                    | LineError::Kind(_)
                    | LineError::Subject(_)
                    | LineError::Algorithm(_)
                    | LineError::Field(_) => "update `study`; it is passed over until then",
                };
                self.bad(file, number, error.to_string(), advice);
            }
        }
    }

    /// A line of `file` that is over [`MAX_LINE_BYTES`] and was not read.
    pub fn long_line(&mut self, file: u32, number: usize) {
        let message = format!("a line over {} MiB, which no event is", MAX_LINE_BYTES >> 20);
        self.bad(file, number, message, "it is passed over; delete it");
    }

    /// Another merger that knows the same files: for a part of one of them, see [`Merger::absorb`].
    #[must_use]
    pub fn part(&self) -> Self {
        let files = self.files.iter().map(|file| File { name: file.name.clone(), bad: 0 }).collect();
        Self { files, ..Self::default() }
    }

    /// Takes over what stood in a part of a file, behind the first `lines` of it, which were read here.
    pub fn absorb(&mut self, part: Self, lines: usize) {
        let numbers =
            |own: &mut Interner, its: &Interner| its.iter().map(|name| own.number(name)).collect::<Vec<u32>>();
        let notes = numbers(&mut self.notes, &part.notes);
        let sr_ids = numbers(&mut self.sr_ids, &part.sr_ids);
        let devices = numbers(&mut self.devices, &part.devices);
        let at = |own: &[u32], number: u32| own.get(number as usize).copied().unwrap_or(u32::MAX);
        self.entries.extend(part.entries.into_iter().map(|entry| Entry {
            path: at(&notes, entry.path),
            note: at(&notes, entry.path),
            sr_id: at(&sr_ids, entry.sr_id),
            device: at(&devices, entry.device),
            ..entry
        }));
        self.follows.extend(part.follows);
        self.from.extend(part.from.into_iter().map(|(id, from)| (id, at(&notes, from))));
        let moved = |refused: RefusedLine| RefusedLine { number: refused.number + lines, ..refused };
        self.refused.extend(part.refused.into_iter().map(moved));
        let mut told: Vec<u32> = self.files.iter().map(|file| file.bad).collect();
        for (file, finding) in part.problems {
            let Some(told) = told.get_mut(file as usize).filter(|told| **told < TOLD_PER_FILE) else { continue };
            *told += 1;
            self.problems.push((file, Finding { line: finding.line.map(|line| line + lines), ..finding }));
        }
        for (file, part) in self.files.iter_mut().zip(part.files) {
            file.bad = file.bad.saturating_add(part.bad);
        }
    }

    /// Keeps what can be known of a line that is whole.
    fn refuse(&mut self, error: &LineError, line: &[u8], place: Place, number: usize) {
        let Ok(json @ Value::Object(_)) = serde_json::from_slice(line) else { return };
        let refused = RefusedLine::new(&json, place, number);
        // What is just wrong, and about nothing that can be named, says nothing of any note.
        if !matches!(error, LineError::Malformed(_)) || matches!(refused.about, About::Note(_)) {
            self.refused.push(refused);
        }
    }

    fn bad(&mut self, file: u32, number: usize, message: String, advice: &'static str) {
        let Some(at) = self.files.get_mut(file as usize) else { return };
        at.bad = at.bad.saturating_add(1);
        if at.bad <= TOLD_PER_FILE {
            self.problems.push((file, finding(Some(number), message, advice)));
        }
    }

    fn entry(&mut self, fields: &Fields<'_>, place: Place) -> Entry {
        let skips = fields.skips.filter(|_| fields.kind == Kind::Undo && fields.undoes.is_none());
        self.follows.extend(fields.follows.map(|followed| (fields.id, followed)));
        if let Some(from) = fields.from.as_deref().filter(|_| fields.kind == Kind::Move) {
            self.from.push((fields.id, self.notes.number(&composed(from))));
        }
        let path = fields.note.as_deref().map_or(u32::MAX, |note| self.notes.number(&composed(note)));
        Entry {
            id: fields.id,
            at: fields.at,
            day: fields.day,
            kind: fields.kind,
            grade: fields.grade,
            moves: fields.before.is_some() || fields.after.is_some(),
            before: fields.before.flatten(),
            after: fields.after.flatten(),
            ms: fields.ms.unwrap_or(u32::MAX),
            path,
            note: path,
            sr_id: fields.sr_id.as_deref().map_or(u32::MAX, |id| self.sr_ids.number(id)),
            device: self.devices.number(&fields.device),
            seq: fields.seq,
            link: fields.undoes.or(skips).or(fields.batch),
            skips: skips.is_some(),
            place,
            undone: false,
            skipped: false,
            explained: false,
            doubtful: false,
        }
    }

    /// The merged log, and what was passed over, by file and line.
    pub fn finish(self) -> (Log, Vec<Problem>) {
        let Self { mut entries, files, notes, sr_ids, devices, problems, mut follows, mut from, refused } = self;
        // Numbers were given in the order of reading; names in their own order make them independent of it.
        let (notes, note_order) = notes.sorted();
        let (sr_ids, sr_id_order) = sr_ids.sorted();
        let (devices, device_order) = devices.sorted();
        let at = |order: &[u32], number: u32| order.get(number as usize).copied().unwrap_or(u32::MAX);
        for entry in &mut entries {
            entry.path = at(&note_order, entry.path);
            entry.note = entry.path;
            entry.sr_id = at(&sr_id_order, entry.sr_id);
            entry.device = at(&device_order, entry.device);
        }
        entries.sort_unstable_by(|a, b| {
            let when = |e: &Entry| (e.at, e.device, e.seq, e.id);
            // The rest only tells copies apart that claim one name and differ all the same.
            let rest = |e: &Entry| (e.note, e.kind, e.grade, e.day, e.link, e.ms, e.sr_id, e.place);
            when(a).cmp(&when(b)).then_with(|| rest(a).cmp(&rest(b)))
        });
        from.iter_mut().for_each(|(_, from)| *from = at(&note_order, *from));
        drop_copies(&mut entries);
        follows.sort_unstable();
        from.sort_unstable();
        order::arrange(&mut entries, &follows, notes.len());
        let identities = Identities::resolve(&mut entries, &follows, &from, notes.len());

        let mut told: Vec<Problem> =
            problems.into_iter().filter_map(|(file, f)| Some(f.at(path(files.get(file as usize)?)))).collect();
        for file in files.iter().filter(|file| file.bad > TOLD_PER_FILE) {
            let message = format!("{} more lines are no events", file.bad - TOLD_PER_FILE);
            told.push(finding(None, message, "they are passed over; see whether the file is a log").at(path(file)));
        }
        told.sort_by(|a, b| {
            // The summary of a file, which has no line, comes after its lines.
            let key = |p: &Problem| p.finding.line.unwrap_or(usize::MAX);
            a.path.cmp(&b.path).then(key(a).cmp(&key(b)))
        });
        let files = files.into_iter().map(|file| file.name).collect();
        (Log::new(entries, Names { notes, sr_ids, devices, files }, identities, refused), told)
    }
}

/// Keeps the first entry of each name, in entries in their order.
fn drop_copies(entries: &mut Vec<Entry>) {
    // Copies of a line say the same, and so stand side by side.
    entries.dedup_by(|next, first| next.id == first.id);
    let mut ids: Vec<EventId> = entries.iter().map(|entry| entry.id).collect();
    ids.sort_unstable();
    let claimed: HashSet<EventId> = ids.windows(2).filter_map(|pair| (pair[0] == pair[1]).then_some(pair[0])).collect();
    if claimed.is_empty() {
        return;
    }
    // Of each of these the first is to be kept.
    let mut first = claimed.clone();
    entries.retain(|entry| !claimed.contains(&entry.id) || first.remove(&entry.id));
}

fn path(file: &File) -> NotePath {
    NotePath::new(file.name.as_str())
}

fn finding(line: Option<usize>, message: String, advice: &'static str) -> Finding {
    Finding { code: Code::Log, severity: Severity::Problem, line, column: None, message, advice: Advice::Do(advice) }
}

/// The log in `files`, each given by the name that problems give it and its bytes.
///
/// The order of the files does not matter, nor that the same event stands in several. What cannot be read is a problem.
pub fn merge(files: &[(&str, &[u8])]) -> (Log, Vec<Problem>) {
    let mut files = files.to_vec();
    files.sort_unstable();
    let mut merger = Merger::default();
    for (name, bytes) in files {
        let file = merger.file(name);
        let mut offset = 0;
        for (index, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
            merger.line(file, index + 1, offset as u64, line);
            offset += line.len() + 1;
        }
    }
    merger.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(note: &str, minute: u32) -> String {
        let id = super::super::EventId::of(&[note.as_bytes(), &minute.to_le_bytes()]);
        format!(
            concat!(
                r#"{{"v":1,"kind":"review","id":"{id}","at":"2026-01-15T08:{minute:02}:00Z","day":"2026-01-15","#,
                r#""device":"desk","seq":0,"note":"{note}","grade":"good","before":null,"after":null}}"#,
            ),
            id = id,
            minute = minute,
            note = note,
        )
    }

    fn notes(log: &Log) -> Vec<&str> {
        log.entries().iter().map(|entry| log.note(entry)).collect()
    }

    #[test]
    fn copies_of_a_file_add_only_what_is_new_in_them() {
        let (a, b, c) = (line("a.md", 1), line("b.md", 2), line("c.md", 3));
        let own = format!("{a}\n{b}\n");
        let copy = format!("{a}\n{c}\n");
        let (log, problems) =
            merge(&[("desk.jsonl", own.as_bytes()), ("desk.sync-conflict-20260115-081500-ABC.jsonl", copy.as_bytes())]);
        assert_eq!((notes(&log), problems), (vec!["a.md", "b.md", "c.md"], vec![]));
    }

    #[test]
    fn bad_lines_are_told_with_their_place_and_lose_nothing_else() {
        let torn = line("b.md", 2);
        let text = format!(
            "\u{feff}{}\r\n\n{}\n<<<<<<< HEAD\n{}\n{{\"v\":1,\"kind\":\"dream\"}}\n{}",
            line("a.md", 1),
            &torn[..60],
            line("c.md", 3),
            &torn[..70],
        );
        let (log, problems) = merge(&[(".study/log/desk.jsonl", text.as_bytes())]);
        assert_eq!(notes(&log), ["a.md", "c.md"]);
        let told: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(
            told,
            [
                ".study/log/desk.jsonl:3: this line was not written to its end; what it said is lost, every other line counts; delete it at will",
                ".study/log/desk.jsonl:4: a merge marker; every event counts all the same; delete the marker",
                ".study/log/desk.jsonl:6: an event of the unknown kind `dream`; update `study`; it is passed over until then",
                ".study/log/desk.jsonl:7: this line was not written to its end; what it said is lost, every other line counts; delete it at will",
            ]
        );
    }

    #[test]
    fn the_place_of_an_event_is_where_its_line_is() {
        let text = format!("\u{feff}{}\r\n{}\n", line("a.md", 1), line("ü.md", 2));
        let (log, _) = merge(&[("desk.jsonl", text.as_bytes())]);
        for entry in log.entries() {
            let at = entry.place.offset as usize;
            let event = crate::log::Event::parse(&text.as_bytes()[at..at + entry.place.length as usize]).unwrap();
            assert_eq!((event.id, event.change.subject.to_string().as_str()), (entry.id, log.note(entry)));
        }
    }

    #[test]
    fn a_file_that_is_no_log_does_not_flood() {
        let (log, problems) = merge(&[("x.jsonl", "nonsense\n".repeat(1000).as_bytes())]);
        assert!(log.is_empty());
        assert_eq!(problems.len(), 21);
        assert_eq!(
            problems[20].to_string(),
            "x.jsonl: 980 more lines are no events; they are passed over; see whether the file is a log"
        );
    }
}
