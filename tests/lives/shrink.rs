//! Lives a life, and cuts one that goes wrong down to the days that matter.

use std::fmt::Write;

use crate::person::Life;
use crate::world::World;

/// Where a life went wrong.
pub struct End {
    /// The day in the life and the deed of it; behind the last where only the end shows it.
    day: usize,
    deed: usize,
    /// When that was, and what was wrong.
    told: String,
    /// What of it stays the same in a shorter life that goes wrong in the same way.
    kind: String,
}

impl End {
    fn new(day: usize, deed: usize, why: &str, world: &World) -> Self {
        let figure = why.lines().find_map(|line| line.strip_prefix("  .")?.split([':', '[']).next());
        let kind = figure.or_else(|| why.split(['`', '"', '\n']).next()).unwrap_or_default().to_owned();
        Self { day, deed, told: format!("{}: {why}", world.moment()), kind }
    }
}

/// So many shorter lives are tried at most.
const TRIALS: u32 = 100;

/// Lives through a life.
///
/// # Errors
/// When something was wrong.
pub fn live(life: &Life) -> Result<(), End> {
    let mut world = World::new(life);
    for (number, day) in life.days.iter().enumerate() {
        for (at, (minute, deed)) in day.deeds.iter().enumerate() {
            world.set_clock(day.number, *minute, day.offset);
            if let Err(why) = world.live(deed) {
                return Err(End::new(number, at, &why, &world));
            }
        }
    }
    let end = life.days.len();
    world.set_clock(366, 0, 1);
    world.settle().map_err(|why| End::new(end, 0, &why, &world))
}

/// The shortest life found that still goes wrong, told.
pub fn smallest(mut life: Life, mut end: End) -> String {
    let seed = life.seed;
    cut_end(&mut life, &end);
    let mut trials = TRIALS;
    let mut attempt = |life: &mut Life, end: &mut End, shorter: Life| {
        if trials == 0 {
            return false;
        }
        trials -= 1;
        match live(&shorter) {
            Err(found) if found.kind == end.kind => {
                (*life, *end) = (shorter, found);
                cut_end(life, end);
                true
            }
            _ => false,
        }
    };
    // What is wrong often began a few days before it showed.
    for days in [3, 8, 20, 60] {
        let mut shorter = life.clone();
        shorter.days.drain(..life.days.len().saturating_sub(days));
        if shorter.days.len() < life.days.len() && attempt(&mut life, &mut end, shorter) {
            break;
        }
    }
    // Then days, many at once and fewer; single deeds; and notes of the beginning.
    let mut size = life.days.len() / 2;
    while size > 0 {
        let mut from = 0;
        while from < life.days.len() {
            let mut shorter = life.clone();
            shorter.days.drain(from..(from + size).min(life.days.len()));
            if !attempt(&mut life, &mut end, shorter) {
                from += size;
            }
        }
        size /= 2;
    }
    for day in (0..life.days.len()).rev() {
        let mut deed = life.days.get(day).map_or(0, |day| day.deeds.len());
        while deed > 0 {
            deed -= 1;
            let mut shorter = life.clone();
            let Some(day) = shorter.days.get_mut(day).filter(|day| deed < day.deeds.len()) else { continue };
            day.deeds.remove(deed);
            attempt(&mut life, &mut end, shorter);
        }
    }
    for note in (0..life.notes.len()).rev() {
        let mut shorter = life.clone();
        shorter.notes.remove(note);
        attempt(&mut life, &mut end, shorter);
    }
    let mut text = format!("life {seed} (STUDY_LIFE={seed}), cut down to {} days:\n", life.days.len());
    let Life { start_of_day, load_balance, is_calm, notes, days, .. } = &life;
    let _ = writeln!(text, "start of day {start_of_day}, load balance {load_balance}, calm {is_calm}");
    for note in notes {
        let _ = writeln!(text, "  {note:?}");
    }
    for day in days {
        for (minute, deed) in &day.deeds {
            let _ = writeln!(
                text,
                "  day {} {:02}:{:02} ({:+}) {deed:?}",
                day.number,
                minute / 60,
                minute % 60,
                day.offset
            );
        }
    }
    text + &end.told
}

/// Leaves out what comes after the end.
fn cut_end(life: &mut Life, end: &End) {
    life.days.truncate(end.day + 1);
    if let Some(last) = life.days.get_mut(end.day) {
        last.deeds.truncate(end.deed + 1);
    }
}
