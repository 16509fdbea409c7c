//! Looking at every note of a vault once: one thread walks, several read.
//!
//! Reading is bound by system calls and, with a cold cache, by the disk: then there are more workers than cores. They are
//! started only when there is enough to do. A worker reads each note whole into one buffer that it keeps.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use super::batch::Batch;
use super::descriptors;
use super::folder::Opener;
use super::read::{Reader, unreadable};
use super::walk::{Place, Skip, Standing};
use super::{Leftover, Vault};
use crate::note::NotePath;
use crate::problem::Problem;
use crate::threads;

/// Notes handed over at a time: enough to make the hand-over cheap, few enough to share one big folder.
const BATCH: usize = 128;

/// Batches that may wait before the thread that walks reads one itself: enough to keep everybody busy while a slow
/// folder is listed, few enough to take no memory to speak of.
const AHEAD: usize = 64;

/// A scan of fewer notes is over before the system has spread its threads well.
const SHORT: usize = 20_000;

/// What was seen of the notes of a vault.
#[derive(Debug)]
pub struct Scan<T> {
    /// What the look at each note gave, in the order of the paths (by bytes).
    pub seen: Vec<(NotePath, T)>,
    /// What could not be listed or read, in the order of the paths.
    pub problems: Vec<Problem>,
    /// What replacements left, in no order.
    pub leftovers: Vec<(NotePath, Leftover)>,
    /// Notes that a cloud drive has put away, in no order.
    pub away: Vec<NotePath>,
    /// How many notes there are.
    pub notes: usize,
}

/// A note that is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Where it is.
    pub path: &'a NotePath,
    /// What it is to the queue.
    pub standing: Standing,
    /// How many notes the walk found before it.
    pub number: u32,
}

/// What the threads of a scan do first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Notes are read as they are found.
    Even,
    /// Whoever looks at notes needs the names of all of them: nothing is to hold up the walk.
    WalkFirst,
}

/// How far the walk of a scan has come.
#[derive(Clone, Copy, Debug)]
pub enum Walked<'a> {
    /// It found a note at this path: the next one.
    Note(&'a str),
    /// There are no more.
    End,
}

impl Vault {
    /// Looks at every note. `look` gets the bytes as they are on disk and says what to keep of them, if anything.
    pub fn scan<T: Send>(&self, skip: &Skip, look: impl Fn(&NotePath, &[u8]) -> Option<T> + Sync) -> Scan<T> {
        self.scan_gathering(skip, Pace::Even, &mut |_| {}, |(): &mut (), note, bytes| look(note.path, bytes)).0
    }

    /// Looks at every note, as [`Vault::scan`] does, and gathers something on the way: a value of each thread, to which
    /// `look` can add. What the patterns leave out is not read: its bytes are empty. `walked` follows the walk, on the
    /// thread that walks while others look.
    pub fn scan_gathering<T: Send, G: Default + Send>(
        &self,
        skip: &Skip,
        pace: Pace,
        walked: &mut dyn FnMut(Walked<'_>),
        look: impl Fn(&mut G, Seen<'_>, &[u8]) -> Option<T> + Sync,
    ) -> (Scan<T>, Vec<G>) {
        let queue = Queue::default();
        let large = Mutex::default();
        let mut gathered = Vec::new();
        let mut scan =
            Scan { seen: Vec::new(), problems: Vec::new(), leftovers: Vec::new(), away: Vec::new(), notes: 0 };
        thread::scope(|scope| {
            // Else they would wait for ever for a thread that panicked.
            let _ending = Ending(&queue);
            let mut workers = Workers::default();
            let cores = thread::available_parallelism().map_or(1, NonZero::get);
            let (workers_at_once, ahead) = match pace {
                Pace::WalkFirst => (cores - 1, usize::MAX),
                Pace::Even => (cores, AHEAD),
            };
            let worker = |has_own| Work::new(self, &large).all(has_own, &queue, &look);
            let start = || descriptors::spawn(scope, worker);
            let most_workers = || queue.most_workers(workers_at_once, cores);
            let mut batch = Batch::with_capacity(BATCH, 0);
            let mut own = Work::new(self, &large);
            self.walk_places(skip, &mut |place| match place {
                Place::Problem(problem) => scan.problems.push(*problem),
                Place::Leftover(path, kind) => scan.leftovers.push((path, kind)),
                Place::Away(path) => scan.away.push(path),
                Place::Note(path, standing) => {
                    walked(Walked::Note(&path));
                    scan.notes += 1;
                    batch.push(&path, standing);
                    if batch.len() == BATCH {
                        let waiting;
                        (batch, waiting) = queue.push(std::mem::take(&mut batch), scan.notes);
                        // One worker for each batch that is waiting, as far as there may be more.
                        if !workers.add(most_workers(), start)
                            && waiting > ahead
                            && let Some(batch) = queue.try_pop()
                        {
                            own.take(&batch, &queue, &look);
                            queue.give_back(batch);
                        }
                    }
                }
            });
            queue.push_last(batch);
            // One that reads and the one that walks may be kept on one core, by turns, for as long as a short scan takes;
            // where there are more, they are spread.
            while scan.notes < SHORT && queue.is_waiting() && workers.add(queue.most_workers(cores, cores), start) {}
            walked(Walked::End);
            let mut done = None;
            while let Some(batch) = queue.pop(done) {
                own.take(&batch, &queue, &look);
                done = Some(batch);
                while queue.is_waiting() && workers.add(most_workers(), start) {}
            }
            let own = own.done();
            for part in workers.started.into_iter().map(threads::join).chain([own]) {
                scan.seen.extend(part.seen);
                scan.problems.extend(part.problems);
                gathered.push(part.gathered);
            }
        });
        // What each thread saw is in order already, which a stable sort makes use of.
        scan.seen.sort_by(|a, b| a.0.cmp(&b.0));
        scan.problems.sort_by(|a, b| a.path.cmp(&b.path));
        (scan, gathered)
    }
}

/// The threads that read.
struct Workers<'scope, T> {
    started: Vec<ScopedJoinHandle<'scope, T>>,
    /// The system has refused to start one.
    refused: bool,
}

impl<T> Default for Workers<'_, T> {
    fn default() -> Self {
        Self { started: Vec::new(), refused: false }
    }
}

impl<'scope, T> Workers<'scope, T> {
    /// Starts one more if there are fewer than `most` and the system allows it. Whether it did.
    fn add(&mut self, most: usize, start: impl FnOnce() -> Option<ScopedJoinHandle<'scope, T>>) -> bool {
        if self.refused || self.started.len() >= most {
            return false;
        }
        let worker = start();
        self.refused = worker.is_none();
        self.started.extend(worker);
        !self.refused
    }
}

/// What one thread does: it opens, reads and looks.
struct Work<'a, T, G> {
    opener: Opener<'a>,
    reader: Reader,
    /// Where a large note is read, one at a time.
    large: &'a Mutex<Vec<u8>>,
    /// The path of the note at hand.
    path: NotePath,
    part: Part<T, G>,
}

/// What one thread saw.
struct Part<T, G> {
    seen: Vec<(NotePath, T)>,
    problems: Vec<Problem>,
    gathered: G,
}

impl<'a, T, G: Default> Work<'a, T, G> {
    fn new(vault: &'a Vault, large: &'a Mutex<Vec<u8>>) -> Self {
        Self {
            opener: Opener::new(vault),
            reader: Reader::default(),
            large,
            path: NotePath::new(""),
            part: Part { seen: Vec::new(), problems: Vec::new(), gathered: G::default() },
        }
    }

    /// All that a thread which was started for it can do. It may have a table of open files of its own.
    fn all(mut self, has_own: bool, queue: &Queue, look: &impl Fn(&mut G, Seen<'_>, &[u8]) -> Option<T>) -> Part<T, G> {
        queue.own_tables.fetch_or(has_own, Ordering::Relaxed);
        let mut done = None;
        while let Some(batch) = queue.pop(done) {
            self.take(&batch, queue, look);
            done = Some(batch);
        }
        self.done()
    }

    fn done(mut self) -> Part<T, G> {
        self.part.seen.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        self.part
    }

    /// Does the work on a batch.
    fn take(&mut self, batch: &Batch, queue: &Queue, look: &impl Fn(&mut G, Seen<'_>, &[u8]) -> Option<T>) {
        self.opener.close_together(queue.own_tables.load(Ordering::Relaxed));
        queue.time(|| self.read(batch, look));
    }

    fn read(&mut self, batch: &Batch, look: &impl Fn(&mut G, Seen<'_>, &[u8]) -> Option<T>) {
        let Part { seen, problems, gathered } = &mut self.part;
        for note in batch.iter() {
            self.path.set(note.folder, note.name);
            let at_hand = Seen { path: &self.path, standing: note.standing, number: note.number };
            let mut seen_as = |bytes: &[u8]| look(gathered, at_hand, bytes);
            let kept = match note.standing {
                Standing::Ignored => Ok(seen_as(&[])),
                _ => self.opener.open(note).map_err(|e| unreadable(&e)).and_then(|file| {
                    let kept = self.reader.look(&file, self.large, seen_as);
                    self.opener.close(file);
                    kept
                }),
            };
            match kept {
                Ok(kept) => seen.extend(kept.map(|kept| (self.path.clone(), kept))),
                Err(finding) => problems.push(finding.at(self.path.clone())),
            }
        }
        self.opener.close_all();
    }
}

/// A batch in which a thread waits for longer is slow.
const SLOW: Duration = Duration::from_millis(5);

/// After so many of them the disk is taken to be what is waited for.
const IN_A_ROW: u32 = 3;

/// How long this thread has kept a processor busy; nothing where the system does not tell.
fn busy() -> Duration {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "macos", target_os = "freebsd"))]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.max(0) as u64, time.tv_nsec.max(0) as u32)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos", target_os = "freebsd")))]
    Duration::ZERO
}

#[derive(Debug, Default)]
struct Queue {
    batches: Mutex<Batches>,
    changed: Condvar,
    /// How many batches were waited for since one was not.
    slow: AtomicU32,
    /// Whether the disk is waited for.
    is_slow: AtomicBool,
    /// Whether the workers have tables of open files of their own, so that nobody shares that of the thread that walks.
    own_tables: AtomicBool,
}

/// Tells the workers, when the thread that walks is done or panics, that nothing more will come.
struct Ending<'a>(&'a Queue);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

#[derive(Debug, Default)]
struct Batches {
    waiting: Vec<Batch>,
    /// Those that were read, to be filled again.
    spare: Vec<Batch>,
    /// Whether the walk is at its end.
    closed: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Batches> {
        // Nothing panics while holding the lock, and a batch is never half pushed.
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// At least one, and else `at_once` while all notes are in memory, as more only stand in each other's way. Seven beside
    /// the thread that walks hide the latency of a cold disk even on two cores, and more than fifteen gain nothing.
    fn most_workers(&self, at_once: usize, cores: usize) -> usize {
        if self.is_slow.load(Ordering::Relaxed) { cores.clamp(8, 16) - 1 } else { at_once.clamp(1, 15) }
    }

    /// Does the work on a batch and remembers whether it was slow.
    fn time(&self, work: impl FnOnce()) {
        let (start, busy_before) = (Instant::now(), busy());
        work();
        let waited = start.elapsed().saturating_sub(busy() - busy_before);
        // Other programs may have had the processor meanwhile, though hardly for so long and time after time.
        if waited < SLOW {
            self.slow.store(0, Ordering::Relaxed);
        } else if self.slow.fetch_add(1, Ordering::Relaxed) + 1 == IN_A_ROW {
            self.is_slow.store(true, Ordering::Relaxed);
        }
    }

    fn is_waiting(&self) -> bool {
        !self.lock().waiting.is_empty()
    }

    /// Adds a batch, and gives an empty one for the notes from number `next` on, and how many wait.
    fn push(&self, batch: Batch, next: usize) -> (Batch, usize) {
        let mut batches = self.lock();
        batches.waiting.push(batch);
        self.changed.notify_one();
        let empty = batches.spare.pop().map(|spare| spare.emptied(next));
        (empty.unwrap_or_else(|| Batch::with_capacity(BATCH, next)), batches.waiting.len())
    }

    /// Adds the last batch.
    fn push_last(&self, batch: Batch) {
        let mut batches = self.lock();
        batches.waiting.push(batch);
        batches.closed = true;
        self.changed.notify_all();
    }

    fn try_pop(&self) -> Option<Batch> {
        self.lock().waiting.pop()
    }

    /// Takes back a batch that was read.
    fn give_back(&self, batch: Batch) {
        self.lock().spare.push(batch);
    }

    /// Waits for a batch, and gives back the one that is `done`; `None` once there are no more.
    fn pop(&self, done: Option<Batch>) -> Option<Batch> {
        let mut batches = self.lock();
        if !batches.closed {
            batches.spare.extend(done);
        }
        loop {
            if let Some(batch) = batches.waiting.pop() {
                return Some(batch);
            }
            if batches.closed {
                return None;
            }
            batches = self.changed.wait(batches).unwrap_or_else(PoisonError::into_inner);
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

    #[test]
    fn a_panic_where_the_vault_is_walked_ends_the_scan() {
        let dir = tempfile::tempdir().unwrap();
        (0..500).for_each(|i| fs::write(dir.path().join(format!("{i}.md")), "x").unwrap());
        let vault = Vault::open(dir.path()).unwrap();
        let walked = std::cell::Cell::new(0);
        let scan = || {
            let mut walked = |_: Walked<'_>| {
                walked.set(walked.get() + 1);
                assert!(walked.get() < 400, "on purpose");
            };
            vault.scan_gathering(&Skip::default(), Pace::Even, &mut walked, |(): &mut (), _, _| Some(())).0.seen.len()
        };
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(scan)).is_err());
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
