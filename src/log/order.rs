//! The one order of the merged log.
//!
//! Clocks are wrong, so they come last. First, the events of one device stand as its file had them: each says how many
//! bytes came before it. Second, an event stands behind what it starts from: an undo behind what it takes back, an event
//! behind the one that it names with `follows`, and a schedule that starts from another device's result behind that. Only
//! then the clock decides.
//!
//! What a log says may be wrong or made up. Where these rules run in a circle, the clock decides inside the circle, so
//! there always is an order. It depends on the events alone, not on the files and lines in which they stand, and takes
//! O(n log n).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hashbrown::{HashMap, HashSet};

use super::{Entry, EventId, Kind};

mod circles;
mod own;
mod starts;

use starts::Look;

/// An event and one that stands behind it, both by their places.
pub(super) type Link = (u32, u32);

const NONE: u32 = u32::MAX;

/// More often than this the order is not mended.
const ROUNDS: usize = 4;

/// Puts `entries` in order. They come as the clocks have it, without copies; `follows` are events and what they name, in
/// their order.
pub(super) fn arrange(entries: &mut Vec<Entry>, follows: &[(EventId, EventId)], notes: usize) {
    let is_backward = |links: &[Link]| links.iter().any(|(before, after)| before > after);
    let mut told = named(entries, follows);
    let mut own = None;
    if is_backward(&told) || !own::are_in_order(entries) {
        let links = own::links(entries);
        if is_backward(&told) || is_backward(&links) {
            let order = sorted(entries.len(), &links, &told);
            apply(entries, &order);
            told = moved(&told, &order);
            own = Some(moved(&links, &order));
        } else {
            own = Some(links);
        }
    }
    // What starts from what is seen only once that has its place.
    for _ in 0..ROUNDS {
        let built = |how: Look| {
            let mut links = starts::links(entries, notes, how);
            links.extend(behind_batches(entries, &links));
            links
        };
        if !is_backward(&built(Look::Quick)) {
            break;
        }
        let built = built(Look::Thorough);
        let links = own.take().unwrap_or_else(|| own::links(entries));
        let (contrary, mut firm): (Vec<Link>, Vec<Link>) =
            built.into_iter().partition(|(before, after)| before > after);
        firm.extend(told.iter().chain(&links).filter(|(before, after)| before < after));
        let order = sorted(entries.len(), &firm, &contrary);
        if order.is_sorted() {
            break;
        }
        apply(entries, &order);
        told = moved(&told, &order);
        own = Some(moved(&links, &order));
    }
}

/// What stands behind an event of a bulk operation stands behind all of that, which was one deed: links from the last event
/// of each operation that `links` begin in.
fn behind_batches(entries: &[Entry], links: &[Link]) -> Vec<Link> {
    let batch = |entry: &Entry| Some((entry.device, entry.batch()?));
    let is_batched = |at: u32| entries.get(at as usize).and_then(batch).is_some();
    if !links.iter().any(|(before, _)| is_batched(*before)) {
        return Vec::new();
    }
    let mut last: HashMap<(u32, EventId), u32> = HashMap::new();
    last.extend((0..).zip(entries).filter_map(|(at, entry)| Some((batch(entry)?, at))));
    let end = |at: u32| entries.get(at as usize).and_then(batch).and_then(|batch| last.get(&batch)).copied();
    let part = |at: u32| entries.get(at as usize).and_then(batch);
    let links = links.iter().filter(|(before, after)| part(*before) != part(*after));
    links.filter_map(|(before, after)| Some((end(*before)?, *after))).collect()
}

fn apply(entries: &mut Vec<Entry>, order: &[u32]) {
    *entries = order.iter().filter_map(|at| entries.get(*at as usize).copied()).collect();
}

/// The same links, by the places that the events have after [`apply`].
fn moved(links: &[Link], order: &[u32]) -> Vec<Link> {
    let mut places = vec![NONE; order.len()];
    for (place, at) in order.iter().enumerate() {
        if let Some(slot) = places.get_mut(*at as usize) {
            *slot = place as u32;
        }
    }
    let place = |at: u32| places.get(at as usize).copied();
    links.iter().filter_map(|(before, after)| place(*before).zip(place(*after))).collect()
}

/// The links that events name: what an undo takes back, and what an event follows.
fn named(entries: &[Entry], follows: &[(EventId, EventId)]) -> Vec<Link> {
    let follows: HashMap<EventId, EventId> = follows.iter().copied().collect();
    let causes = |entry: &Entry| {
        let followed = if follows.is_empty() { None } else { follows.get(&entry.id).copied() };
        [entry.link.filter(|_| entry.kind == Kind::Undo), followed]
    };
    let wanted: HashSet<EventId> = entries.iter().flat_map(causes).flatten().collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let places: HashMap<EventId, u32> =
        (0..).zip(entries).filter(|(_, entry)| wanted.contains(&entry.id)).map(|(at, entry)| (entry.id, at)).collect();
    let links = |(at, entry): (u32, &Entry)| {
        causes(entry)
            .into_iter()
            .flatten()
            .filter_map(|id| places.get(&id).copied())
            .map(move |cause| (cause, at))
            .collect::<Vec<_>>()
    };
    (0..).zip(entries).flat_map(links).filter(|(cause, at)| cause != at).collect()
}

/// All places below `count`, as early as `firm` and `loose` links let them. `firm` ones make no circle; `loose` ones that
/// are part of one are passed over.
fn sorted(count: usize, firm: &[Link], loose: &[Link]) -> Vec<u32> {
    let mut kept = firm.to_vec();
    if !loose.is_empty() {
        let all: Vec<Link> = firm.iter().chain(loose).copied().collect();
        let circles = circles::of(count, &all);
        let circle = |at: u32| circles.get(at as usize);
        kept.extend(loose.iter().filter(|(before, after)| circle(*before) != circle(*after)));
    }
    let behind = circles::Behind::new(count, &kept);
    let mut waiting = vec![0_u32; count];
    for (_, after) in &kept {
        waiting.get_mut(*after as usize).into_iter().for_each(|count| *count += 1);
    }
    let mut ready: BinaryHeap<Reverse<u32>> =
        (0..).zip(&waiting).filter(|(_, count)| **count == 0).map(|(at, _)| Reverse(at)).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        for after in behind.of(at) {
            let Some(count) = waiting.get_mut(*after as usize) else { continue };
            *count = count.saturating_sub(1);
            if *count == 0 {
                ready.push(Reverse(*after));
            }
        }
    }
    debug_assert_eq!(order.len(), count, "firm links make a circle");
    order
}

#[cfg(test)]
mod tests {
    use crate::clock::Now;
    use crate::item::{ItemId, NotePath};
    use crate::log::{Change, Event, EventId, Kind, Log, Transition, What, merge};
    use crate::schedule::{Ease, Interval, Scheduled};

    /// A device's file as it grows.
    struct File(&'static str, u64, String);

    impl File {
        fn of(device: &'static str) -> Self {
            Self(device, 0, String::new())
        }

        fn write(&mut self, minute: i64, note: &str, change: impl FnOnce(Change) -> Change) -> Event {
            let start = chrono::DateTime::parse_from_rfc3339("2026-01-15T08:00:00Z").unwrap();
            let now = Now { instant: start + chrono::TimeDelta::minutes(minute), today: "2026-01-15".parse().unwrap() };
            let event =
                change(Change::new(What::Bury, ItemId::of_note(NotePath::new(note)), &now)).seal(self.0, self.1);
            self.1 += event.line().len() as u64;
            self.2.push_str(&event.line());
            event
        }

        /// A review that leads from one interval to another.
        fn review(&mut self, minute: i64, note: &str, from: f64, to: f64) -> Event {
            let schedule = |days| Scheduled {
                due: "2026-01-20".parse().unwrap(),
                interval: Interval::new(days).unwrap(),
                ease: Ease::new(250.0).unwrap(),
            };
            let moved = Transition { before: Some(schedule(from)), after: Some(schedule(to)) };
            let what = What::Incomplete { kind: Kind::Review, grade: None, ms: None, moved: Some(moved) };
            self.write(minute, note, |change| Change { what, ..change })
        }
    }

    fn merged(files: &[File]) -> Log {
        let files: Vec<(&str, &[u8])> = files.iter().map(|file| (file.0, file.2.as_bytes())).collect();
        merge(&files).0
    }

    fn ids(log: &Log) -> Vec<EventId> {
        log.entries().iter().map(|entry| entry.id).collect()
    }

    fn of(events: &[&Event]) -> Vec<EventId> {
        events.iter().map(|event| event.id).collect()
    }

    #[test]
    fn a_device_keeps_its_order_when_its_clock_goes_back() {
        let (mut desk, mut phone) = (File::of("desk"), File::of("phone"));
        let a = desk.review(60, "a.md", 1.0, 2.0);
        let other = phone.review(30, "b.md", 1.0, 2.0);
        let b = desk.review(0, "a.md", 2.0, 3.0);
        assert_eq!(ids(&merged(&[desk, phone])), of(&[&other, &a, &b]));
    }

    #[test]
    fn what_starts_from_the_result_of_a_fast_clock_comes_behind_it() {
        let (mut desk, mut phone) = (File::of("desk"), File::of("phone"));
        let before = phone.review(0, "b.md", 1.0, 2.0);
        let a = desk.review(10, "a.md", 1.0, 2.0);
        let b = phone.review(7, "a.md", 2.0, 3.0);
        let c = phone.review(8, "b.md", 2.0, 3.0);
        let back = desk.review(9, "a.md", 3.0, 2.0);
        assert_eq!(ids(&merged(&[desk, phone])), of(&[&before, &a, &b, &c, &back]));
    }

    #[test]
    fn a_missing_line_does_not_loosen_the_order_of_a_file() {
        let mut desk = File::of("desk");
        let a = desk.review(60, "a.md", 1.0, 2.0);
        let lost = desk.review(50, "b.md", 1.0, 2.0);
        let c = desk.review(40, "c.md", 1.0, 2.0);
        desk.2 = desk.2.replace(&lost.line(), "torn\n");
        assert_eq!(ids(&merged(&[desk])), of(&[&a, &c]));
    }

    #[test]
    fn a_note_that_swings_between_two_states_on_two_devices_is_in_order_soon() {
        // However much they have in common, only a few are looked at for each.
        let (mut desk, mut phone) = (File::of("desk"), File::of("phone"));
        for at in 0..4_000 {
            let (from, to) = if at % 2 == 0 { (1.0, 2.0) } else { (2.0, 1.0) };
            desk.review(-at, "a.md", from, to);
            phone.review(at % 7, "a.md", to, from);
        }
        assert_eq!(merged(&[desk, phone]).entries().len(), 8_000);
    }
}
