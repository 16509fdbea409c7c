//! What lies in the vaults of the devices: notes found, written, moved and copied, and how they get from one to another.

use super::*;

impl World {
    /// The notes that count on a device, by path: copies that a synchroniser made do not, beside their originals.
    pub(super) fn notes(&self, place: Place) -> impl Iterator<Item = (&String, &File)> {
        let files = &self.replicas[&place].files;
        let is_left_out = |file: &File| file.original.as_ref().is_some_and(|path| files.contains_key(path));
        files.iter().filter(move |(_, file)| !is_left_out(file))
    }

    /// The notes that are scheduled or new.
    pub(super) fn under_review(&self, place: Place) -> Vec<Standing> {
        let standing = |(path, file): (&String, &File)| {
            let schedule = paper::schedule(&file.text);
            let counts = schedule.is_some() || paper::is_chosen(&file.text);
            let copied = self.model.copy_of(file.note);
            counts.then(|| Standing { path: path.clone(), note: file.note, schedule, copied })
        };
        self.notes(place).filter_map(standing).collect()
    }

    /// The one of the notes that fit that `number` falls on.
    pub(super) fn pick(&self, place: Place, number: u32, fits: impl Fn(&File) -> bool) -> Option<String> {
        let may_be = |(path, file): &(&String, &File)| fits(file) && !self.is_stale(path, file);
        let paths: Vec<&String> = self.notes(place).filter(may_be).map(|(path, _)| path).collect();
        paths.get(number as usize % paths.len().max(1)).map(|path| (*path).clone())
    }

    /// Several, each once.
    pub(super) fn pick_all(&self, place: Place, numbers: &[u32], fits: impl Fn(&File) -> bool) -> Vec<String> {
        let mut paths = Vec::new();
        for path in numbers.iter().filter_map(|number| self.pick(place, *number, &fits)) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }

    pub(super) fn version(&mut self) -> u64 {
        self.versions += 1;
        self.versions
    }

    /// Writes a text to a file that is there.
    pub(super) fn put(&mut self, place: Place, path: &str, text: String) {
        let version = self.version();
        let files = &mut self.replicas.get_mut(&place).unwrap().files;
        let file = files.get_mut(path).unwrap();
        (file.text, file.version) = (text, version);
        self.to_disk(place, path);
    }

    pub(super) fn to_disk(&self, place: Place, path: &str) {
        if place == Place::Phone {
            return;
        }
        let file = self.vault(place).join(path);
        match self.replicas[&place].files.get(path) {
            Some(note) => {
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, &note.text).unwrap();
            }
            None => drop(fs::remove_file(file)),
        }
    }

    /// Deletes a note, and the copies that the synchroniser made of it.
    pub(super) fn remove(&mut self, place: Place, path: &str) {
        let files = &mut self.replicas.get_mut(&place).unwrap().files;
        let is_part =
            |(at, file): (&String, &File)| (at == path || file.original.as_deref() == Some(path)).then(|| at.clone());
        let gone: Vec<String> = files.iter().filter_map(is_part).collect();
        for path in gone {
            self.replicas.get_mut(&place).unwrap().files.remove(&path);
            self.to_disk(place, &path);
        }
    }

    pub(super) fn write(&mut self, place: Place, new: &NewNote, today: NaiveDate) {
        let note = self.notes;
        self.notes += 1;
        let path = format!("{}{} {note}.md", FOLDERS[new.folder as usize % 4], NAMES[note % NAMES.len()]);
        let tags = if new.tagged { "tags: [review, topic]\n" } else { "tags: [topic]\n" };
        let id = if new.known { format!("sr-id: n{note:05}\n") } else { String::new() };
        let text = format!("---\n{tags}{id}---\n# Topic {note}\n\nWhat there is to know about topic number {note}.\n");
        let text = match new.past {
            Some((interval, ease, ago)) => {
                let due = today + Days::new(interval.into()) - Days::new(ago.into());
                let past = Schedule { due, interval: interval.into(), ease: ease.into() };
                paper::with_schedule(&text, &past)
            }
            None => text,
        };
        let file = File { note, text, version: self.version(), original: None };
        self.replicas.get_mut(&place).unwrap().files.insert(path.clone(), file);
        self.to_disk(place, &path);
    }

    /// Reads what `study` left of the notes, and takes what it changed for a new version.
    pub(super) fn read_back(&mut self, place: Place) -> Result<(), Wrong> {
        let vault = self.vault(place);
        let mut changed = Vec::new();
        for (path, file) in &self.replicas[&place].files {
            let text = fs::read_to_string(vault.join(path)).map_err(|error| format!("{path}: {error}"))?;
            if paper::without_schedule(&text) != paper::without_schedule(&file.text) {
                return Err(format!("{path}: more than the schedule was changed:\n{}\n---->\n{text}", file.text));
            }
            if text != file.text {
                changed.push((path.clone(), text));
            }
        }
        for (path, text) in changed {
            let version = self.version();
            if let Some(file) = self.replicas.get_mut(&place).and_then(|replica| replica.files.get_mut(&path)) {
                (file.text, file.version) = (text, version);
            }
        }
        Ok(())
    }

    pub(super) fn schedule(&self, place: Place, path: &str) -> Option<Schedule> {
        self.replicas[&place].files.get(path).and_then(|file| paper::schedule(&file.text))
    }

    /// Whether a note lies at one path on every device, and says the same on all. Then nothing that is done with it later can be
    /// mixed up with its move.
    pub(super) fn is_in_step(&self, path: &str, file: &File) -> bool {
        let everywhere = self.replicas.values().map(|replica| &replica.files).chain([&self.hub]);
        let is_same = |there: &File| there.note == file.note && there.text == file.text;
        everywhere.into_iter().all(|files| files.get(path).is_some_and(is_same)) && !self.has_copies(path)
    }

    /// Whether the synchroniser made copies of a note, on whatever device: without it beside them they would be notes.
    pub(super) fn has_copies(&self, path: &str) -> bool {
        let everywhere = self.replicas.values().map(|replica| &replica.files).chain([&self.hub]);
        everywhere.into_iter().flat_map(Files::values).any(|file| file.original.as_deref() == Some(path))
    }

    /// Moves notes to other paths, if they are in step and nothing is there: all of them or none.
    pub(super) fn relocate(&mut self, place: Place, moves: &[(String, String)]) {
        let files = &self.replicas[&place].files;
        let can_move = |(from, to): &(String, String)| {
            let is_free = self.replicas.values().all(|replica| !replica.files.contains_key(to));
            is_free
                && files.get(from).is_some_and(|file| self.is_in_step(from, file) && !self.twins.contains(&file.note))
        };
        if !moves.iter().all(can_move) {
            return;
        }
        for (from, to) in moves {
            let version = self.version();
            let files = &mut self.replicas.get_mut(&place).unwrap().files;
            let Some(file) = files.remove(from) else { continue };
            self.moved.insert(file.note, to.clone());
            files.insert(to.clone(), File { version, ..file });
            self.to_disk(place, from);
            self.to_disk(place, to);
        }
    }

    /// Copies a note beside itself. From then on neither is moved, deleted or edited: nobody could tell which of the two that
    /// was, nor that one is a copy.
    pub(super) fn copy(&mut self, place: Place, number: u32) {
        let Some(path) = self.pick(place, number, |file| {
            paper::value(&file.text, "sr-id").is_none() && !self.twins.contains(&file.note)
        }) else {
            return;
        };
        let file = self.replicas[&place].files[&path].clone();
        let to = format!("{} copy {}.md", path.trim_end_matches(".md"), self.notes);
        if !self.is_in_step(&path, &file) {
            return;
        }
        let text = file.text.clone();
        let copy = File { note: self.notes, text, version: self.version(), original: None };
        self.notes += 1;
        self.twins.extend([file.note, copy.note]);
        if let Some(schedule) = paper::schedule(&file.text) {
            self.model.copied(copy.note, file.note, schedule);
        }
        self.replicas.get_mut(&place).unwrap().files.insert(to.clone(), copy);
        self.to_disk(place, &to);
    }

    /// Whether a note has been moved on another device and is still at its old path here. Who knows that leaves it alone.
    pub(super) fn is_stale(&self, path: &str, file: &File) -> bool {
        self.moved.get(&file.note).is_some_and(|now| now != path)
    }

    /// Whether any note is.
    pub(super) fn has_stale(&self, place: Place) -> bool {
        self.replicas[&place].files.iter().any(|(path, file)| self.is_stale(path, file))
    }

    /// The note had a schedule, as far as the device knows, and has none now: `study` does not take it for new.
    pub(super) fn is_lost(&self, place: Place, path: &str) -> bool {
        let file = &self.replicas[&place].files[path];
        let is_bare = paper::value(&file.text, "sr-due").is_none();
        is_bare && self.model.had_schedule(place, file.note)
    }

    // The synchroniser.

    /// Brings all devices in step.
    pub(super) fn meet(&mut self) {
        for _ in 0..2 {
            for place in Place::ALL {
                self.sync(place, true);
            }
        }
    }

    pub(super) fn sync(&mut self, place: Place, with_logs: bool) {
        let stamp = self.now.format("%Y%m%d-%H%M%S").to_string();
        let mut replica = self.replicas.remove(&place).unwrap();
        let old = replica.files.clone();
        let (mut versions, mut notes) = (self.versions, self.notes);
        sync(&mut replica, &mut self.hub, |path, lost| {
            versions += 1;
            notes += 1;
            let name = format!("{}.sync-conflict-{stamp}-{}.md", path.trim_end_matches(".md"), place.name());
            // As long as the original is beside it, it is no note; and then another.
            let file = File { note: notes - 1, version: versions, original: Some(path.to_owned()), ..lost.clone() };
            (name, file)
        });
        (self.versions, self.notes) = (versions, notes);
        let changed: Vec<String> = old
            .keys()
            .chain(replica.files.keys())
            .filter(|path| old.get(*path) != replica.files.get(*path))
            .cloned()
            .collect();
        self.replicas.insert(place, replica);
        for path in changed {
            self.to_disk(place, &path);
        }
        if !with_logs || place == Place::Phone {
            return;
        }
        let vault = self.vault(place);
        let log = |of: Place| vault.join(".study/log").join(format!("{}.jsonl", of.name()));
        if let Ok(bytes) = fs::read(log(place)) {
            self.logs.insert(place, (bytes, self.model.written(place)));
        }
        for other in Place::DEVICES.into_iter().filter(|other| *other != place) {
            let (bytes, count) = &self.logs[&other];
            if *count > 0 {
                fs::create_dir_all(vault.join(".study/log")).unwrap();
                fs::write(log(other), bytes).unwrap();
                self.model.arrive(other, place, *count);
            }
        }
    }

    // The program.
}
