//! The order that each device's own file had.

use super::{Entry, Link};

/// Whether the clock has every device's events as its file had them.
pub(super) fn are_in_order(entries: &[Entry]) -> bool {
    let mut ends: Vec<u128> = Vec::new();
    entries.iter().all(|entry| {
        let device = entry.device as usize;
        if ends.len() <= device {
            ends.resize(device + 1, 0);
        }
        ends.get_mut(device).is_some_and(|last| std::mem::replace(last, end(entry)) <= begin(entry))
    })
}

/// How many bytes the file had behind the event.
fn end(entry: &Entry) -> u128 {
    begin(entry) + u128::from(entry.place.length) + 1
}

/// How many bytes the file had before the event.
fn begin(entry: &Entry) -> u128 {
    u128::from(entry.seq)
}

/// For each event the one that its device wrote before it.
///
/// That is the one whose line ends where this one begins. Of several, as there are where a log began anew, where
/// conflicting copies of a file went on apart, or where two devices have one name, the clock chooses.
pub(super) fn links(entries: &[Entry]) -> Vec<Link> {
    let mut events: Vec<(&Entry, u32)> = entries.iter().zip(0..).collect();
    events.sort_unstable_by_key(|(entry, at)| (entry.device, entry.seq, *at));
    let mut links = Vec::new();
    for device in events.chunk_by(|a, b| a.0.device == b.0.device) {
        let mut ends: Vec<(u128, u32)> = device.iter().map(|(entry, at)| (end(entry), *at)).collect();
        ends.sort_unstable();
        let ends_at = |end: u128| {
            let from = ends.partition_point(|(other, _)| *other < end);
            let to = ends.partition_point(|(other, _)| *other <= end);
            ends.get(from..to).unwrap_or_default()
        };
        // No two lines of one file share a byte.
        let is_one_file = device.is_sorted_by(|a, b| end(a.0) <= begin(b.0));
        for same in device.chunk_by(|a, b| a.0.seq == b.0.seq) {
            let Some(seq) = same.first().map(|(entry, _)| begin(entry)) else { continue };
            let exact = ends_at(seq);
            if exact.len() == same.len() {
                links.extend(exact.iter().zip(same).map(|((_, before), (_, at))| (*before, *at)));
                continue;
            }
            // The line between is not readable, or gone.
            let last = ends.partition_point(|(other, _)| *other <= seq).checked_sub(1).and_then(|at| ends.get(at));
            let candidates = if exact.is_empty() { last.map_or(&[][..], |(end, _)| ends_at(*end)) } else { exact };
            for (_, at) in same {
                let earlier = candidates.partition_point(|(_, before)| before < at).checked_sub(1);
                let chosen = earlier.or_else(|| (!exact.is_empty() || is_one_file).then_some(0));
                let before = chosen.and_then(|chosen| candidates.get(chosen));
                links.extend(before.map(|(_, before)| (*before, *at)));
            }
        }
    }
    links
}
