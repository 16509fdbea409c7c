//! What starts from what: events of a note that more than one device wrote about.

use chrono::NaiveDate;
use hashbrown::{HashMap, HashSet};

use super::{Entry, Link, NONE};
use crate::schedule::Scheduled;

/// So many events that lead to one state are looked at for each that starts from it.
const FEW: usize = 32;

/// What a note is by its schedule.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum State {
    New,
    Scheduled(NaiveDate, u64, u64),
}

impl State {
    fn of(schedule: Option<Scheduled>) -> Self {
        // An interval of -0 is one of 0.
        let bits = |number: f64| (number + 0.0).to_bits();
        schedule.map_or(Self::New, |s| Self::Scheduled(s.due, bits(s.interval.days()), bits(s.ease.percent())))
    }
}

/// An event by what it does to the schedule of its note.
#[derive(Clone, Copy)]
struct Moved {
    device: u32,
    from: State,
    to: State,
    /// Whether it is part of a bulk operation.
    is_batched: bool,
}

impl Moved {
    fn of(entry: &Entry) -> Option<Self> {
        let moved = entry.schedule()?;
        Some(Self {
            device: entry.device,
            from: State::of(moved.before),
            to: State::of(moved.after),
            is_batched: entry.batch().is_some(),
        })
    }
}

/// An event of a note that led to a state, among all that led to the same.
struct Leading {
    /// Its number among the events of the note.
    number: usize,
    device: u32,
    /// Where the next one of another device is.
    other: usize,
}

/// Events, and what they start from, for notes that more than one device wrote about: what one device alone wrote is in
/// order already. `entries` are in the order so far.
pub(super) fn links(entries: &[Entry], notes: usize, how: Look) -> Vec<Link> {
    /// A note of which only one device tells, by that device.
    const SEVERAL: u32 = NONE - 1;
    let mut writers = vec![NONE; notes];
    for entry in entries {
        if let Some(writer) = writers.get_mut(entry.note as usize) {
            *writer = if *writer == NONE || *writer == entry.device { entry.device } else { SEVERAL };
        }
    }
    // The places of the events of these notes, note after note: where each note's begin, by counting them.
    let mut starts = vec![0_u32; notes + 1];
    let shared = |entry: &Entry| (writers.get(entry.note as usize) == Some(&SEVERAL)).then_some(entry.note as usize);
    for note in entries.iter().filter_map(shared) {
        starts.get_mut(note + 1).into_iter().for_each(|count| *count += 1);
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut places = vec![0_u32; sum as usize];
    let mut next = starts.clone();
    for (at, entry) in (0..).zip(entries) {
        let Some(next) = shared(entry).and_then(|note| next.get_mut(note)) else { continue };
        places.get_mut(*next as usize).into_iter().for_each(|place| *place = at);
        *next += 1;
    }
    let (mut links, mut events) = (Vec::new(), Vec::new());
    let note = |(from, to): (&u32, &u32)| places.get(*from as usize..*to as usize).filter(|places| !places.is_empty());
    for note in starts.iter().zip(starts.iter().skip(1)).filter_map(note) {
        events.clear();
        events.extend(note.iter().filter_map(|at| Some((*at, Moved::of(entries.get(*at as usize)?)?))));
        links_of_note(&events, how, &mut links);
    }
    links
}

/// How to look for what starts from what.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// To see whether anything is out of order.
    Quick,
    /// To put it in order: with no link that need not hold.
    Thorough,
}

/// The links between the events of one note, which are given with their places.
fn links_of_note(events: &[(u32, Moved)], how: Look, links: &mut Vec<Link>) {
    // Mostly each starts from the one before it, and so all from the first: nothing is out of order among them.
    let is_one_sequence =
        how == Look::Quick && events.windows(2).all(|pair| matches!(pair, [(_, a), (_, b)] if a.to == b.from));
    if is_one_sequence {
        // But what came behind one of a bulk operation may stand among that.
        let batched = events.windows(2).filter(|pair| pair.first().is_some_and(|(_, moved)| moved.is_batched));
        links.extend(batched.filter_map(|pair| Some((pair.first()?.0, pair.get(1)?.0))));
        return;
    }
    let mut led: HashMap<State, Vec<Leading>> = HashMap::new();
    let mut causes: Vec<Option<usize>> = Vec::with_capacity(events.len());
    // What starts from something else than the note has by then, and what had started from the same before.
    let mut doubtful: Vec<(usize, Option<usize>)> = Vec::new();
    let mut left: HashMap<State, usize> = HashMap::new();
    let mut began: HashSet<State> = HashSet::new();
    let mut now = None;
    for (number, (at, moved)) in events.iter().enumerate() {
        let before = led.get(&moved.from).map_or(&[][..], Vec::as_slice);
        causes.push(before.last().map(|cause| cause.number));
        // One of these came before it, unless the note was like that before anything that the log has.
        let one = before.first().filter(|_| !began.contains(&moved.from));
        links.extend(one.and_then(|one| events.get(one.number)).map(|(one, _)| (*one, *at)));
        if before.is_empty() {
            began.insert(moved.from);
        }
        if now != Some(moved.from) {
            doubtful.push((number, left.get(&moved.from).copied()));
        }
        now = Some(moved.to);
        if moved.from != moved.to {
            left.insert(moved.from, number);
            led.entry(moved.to).or_default().push(Leading { number, device: moved.device, other: usize::MAX });
        }
    }
    for led in led.values_mut() {
        let mut next: Option<(usize, u32, usize)> = None;
        for (place, leading) in led.iter_mut().enumerate().rev() {
            leading.other = match next {
                Some((_, device, other)) if device == leading.device => other,
                Some((place, ..)) => place,
                None => usize::MAX,
            };
            next = Some((place, leading.device, leading.other));
        }
    }
    let descent = Descent::new(&causes);
    let event = |number: usize| events.get(number).copied();
    for (number, other) in doubtful {
        let Some((at, moved)) = event(number) else { continue };
        let Some(led) = led.get(&moved.from) else { continue };
        let later = led.partition_point(|leading| leading.number <= number);
        // Some other event leads to what this one starts from, though only behind it: then its clock is slow. Unless that
        // came from it in turn.
        let mut next = later;
        let mut slow = None;
        // More than a few can only be made up.
        for _ in 0..FEW {
            let Some(leading) = led.get(next) else { break };
            if leading.device == moved.device {
                next = leading.other;
            } else if descent.is_from(leading.number, number) {
                next += 1;
            } else {
                slow = event(leading.number).map(|(before, _)| (before, at));
                break;
            }
        }
        // Or it went and came back before the other event started, and the clock of that is slow.
        let other = other.filter(|_| slow.is_none()).and_then(event);
        let back = || led.iter().skip(later).take(FEW).find(|leading| descent.is_from(leading.number, number));
        let slow = slow.or_else(|| {
            let (at, moved) = other?;
            let (back, by) = back().and_then(|back| event(back.number))?;
            (by.device != moved.device).then_some((back, at))
        });
        links.extend(slow);
    }
}

/// Which events came from which, through others perhaps.
struct Descent {
    /// Where each event stands when all that came from one stand together behind it, and how many those are, with itself.
    places: Vec<(usize, usize)>,
}

impl Descent {
    /// Of events that each came from one before them, by their numbers.
    fn new(causes: &[Option<usize>]) -> Self {
        let mut sizes = vec![1; causes.len()];
        for (number, cause) in causes.iter().enumerate().rev() {
            let size = sizes.get(number).copied().unwrap_or(0);
            let above = cause.and_then(|cause| sizes.get_mut(cause));
            above.into_iter().for_each(|above| *above += size);
        }
        // Where the next that comes from each is to stand.
        let mut free: Vec<usize> = Vec::with_capacity(causes.len());
        let mut next_first = 0;
        let mut places = Vec::with_capacity(causes.len());
        for (cause, size) in causes.iter().zip(sizes) {
            let next = cause.and_then(|cause| free.get_mut(cause)).unwrap_or(&mut next_first);
            let place = std::mem::replace(next, *next + size);
            places.push((place, size));
            free.push(place + 1);
        }
        Self { places }
    }

    fn is_from(&self, later: usize, earlier: usize) -> bool {
        let place = |number: usize| self.places.get(number).copied();
        place(later).zip(place(earlier)).is_some_and(|((at, _), (from, size))| (from..from + size).contains(&at))
    }
}
