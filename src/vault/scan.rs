//! Looking at every note of a vault once: one thread walks, several read.
//!
//! Reading is bound by system calls and, with a cold cache, by the disk, so there are more workers than cores; they are
//! started only when there is enough to do. A worker reads each note whole into one buffer that it keeps.

use std::num::NonZero;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::read::Reader;
use super::walk::{Listing, Skip};
use super::{Leftover, Vault};
use crate::note::NotePath;
use crate::problem::Problem;

/// Notes handed over at a time: enough to make the hand-over cheap, few enough to share one big folder.
const BATCH: usize = 128;

/// What was seen of the notes of a vault.
#[derive(Debug)]
pub struct Scan<T> {
    /// What the look at each note gave, in the order of the paths (by bytes).
    pub seen: Vec<(NotePath, T)>,
    /// What could not be listed or read, in the order of the paths.
    pub problems: Vec<Problem>,
    /// What replacements left, in no order.
    pub leftovers: Vec<(NotePath, Leftover)>,
    /// How many notes there are.
    pub notes: usize,
}

impl Vault {
    /// Looks at every note. `look` gets the bytes as they are on disk and says what to keep of them, if anything.
    pub fn scan<T: Send>(&self, skip: &Skip, look: impl Fn(&NotePath, &[u8]) -> Option<T> + Sync) -> Scan<T> {
        let queue = Queue::default();
        let mut scan = Scan { seen: Vec::new(), problems: Vec::new(), leftovers: Vec::new(), notes: 0 };
        thread::scope(|scope| {
            let mut workers = Vec::new();
            let mut batch = Vec::with_capacity(BATCH);
            self.walk(skip, &mut |listing| match listing {
                Listing::Problem(problem) => scan.problems.push(problem),
                Listing::Leftover(path, kind) => scan.leftovers.push((path, kind)),
                Listing::Note(note) => {
                    scan.notes += 1;
                    batch.push(note);
                    if batch.len() == BATCH {
                        queue.push(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)));
                        // One worker for each batch that is waiting, as far as there may be more.
                        if workers.len() < worker_limit() {
                            workers.push(scope.spawn(|| self.work(&queue, &look)));
                        }
                    }
                }
            });
            queue.push(batch);
            queue.close();
            let own = self.work(&queue, &look);
            for (seen, problems) in workers.into_iter().map(join).chain([own]) {
                scan.seen.extend(seen);
                scan.problems.extend(problems);
            }
        });
        scan.seen.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        scan.problems.sort_by(|a, b| a.path.cmp(&b.path));
        scan
    }

    fn work<T>(&self, queue: &Queue, look: &impl Fn(&NotePath, &[u8]) -> Option<T>) -> Seen<T> {
        let (mut seen, mut problems) = (Vec::new(), Vec::new());
        let mut reader = Reader::default();
        let mut file = self.root().to_owned();
        while let Some(batch) = queue.pop() {
            for note in batch {
                file.push(note.as_str());
                match reader.read(&file) {
                    Ok(bytes) => {
                        if let Some(kept) = look(&note, bytes) {
                            seen.push((note, kept));
                        }
                    }
                    Err(finding) => problems.push(finding.at(note)),
                }
                file.clear();
                file.push(self.root());
            }
        }
        (seen, problems)
    }
}

type Seen<T> = (Vec<(NotePath, T)>, Vec<Problem>);

fn join<T>(worker: thread::ScopedJoinHandle<'_, T>) -> T {
    worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Eight workers hide the latency of a cold disk even on two cores; more than sixteen gain nothing.
fn worker_limit() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).clamp(8, 16) - 1
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<(Vec<Vec<NotePath>>, bool)>,
    changed: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, (Vec<Vec<NotePath>>, bool)> {
        // Nothing panics while holding the lock, and a batch is never half pushed.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, batch: Vec<NotePath>) {
        self.lock().0.push(batch);
        self.changed.notify_one();
    }

    fn close(&self) {
        self.lock().1 = true;
        self.changed.notify_all();
    }

    fn pop(&self) -> Option<Vec<NotePath>> {
        let mut waiting = self.lock();
        loop {
            if let Some(batch) = waiting.0.pop() {
                return Some(batch);
            }
            if waiting.1 {
                return None;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn every_note_is_seen_once_and_in_order() {
        let dir = tempfile::tempdir().unwrap();
        for i in 0..1000 {
            let folder = dir.path().join(format!("f{}", i % 7));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(format!("{i}.md")), format!("note {i}")).unwrap();
        }
        let vault = Vault::open(dir.path()).unwrap();
        let scan = vault.scan(&Skip::default(), |_, bytes| Some(String::from_utf8(bytes.to_vec()).unwrap()));
        assert_eq!((scan.notes, scan.seen.len()), (1000, 1000));
        assert!(scan.seen.is_sorted_by(|a, b| a.0 < b.0));
        assert!(scan.seen.iter().all(|(path, text)| *text == format!("note {}", path.name())));
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_read_is_a_problem_and_stops_nothing() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("good.md"), "x").unwrap();
        fs::create_dir(dir.path().join("folder.md")).unwrap();
        let huge = fs::File::create(dir.path().join("huge.md")).unwrap();
        huge.set_len(1 << 40).unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let scan = vault.scan(&Skip::default(), |_, bytes| Some(bytes.len()));
        assert_eq!(scan.seen, [(NotePath::new("good.md"), 1)]);
        assert_eq!(scan.problems.len(), 1);
        assert_eq!(scan.problems[0].path.as_str(), "huge.md");
    }
}
