//! What must hold for every session: in which order it goes through the queue, whenever that order becomes known.

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use study::config::Selection;
use study::item::{ItemId, NotePath};
use study::note::State;
use study::queue::{Candidate, Filter, Queue};
use study::review::{Item, Session};
use study::schedule::{Algorithm, Ease, Grade, Interval, Scheduled};

fn today() -> NaiveDate {
    "2026-01-15".parse().unwrap()
}

/// A note: how many days ago it was due, if it has a schedule, and its page rank.
type Note = (Option<u64>, u8);

fn candidate(number: usize, (late, rank): Note, ranked: bool) -> Candidate {
    let scheduled = |late| Scheduled {
        due: today() - Days::new(late),
        interval: Interval::new(4.0).unwrap(),
        ease: Ease::new(250.0).unwrap(),
    };
    Candidate {
        id: ItemId::of_note(NotePath::new(format!("{number:02}.md"))),
        state: late.map_or(State::Placeholder, |late| State::Scheduled(scheduled(late))),
        tags: vec!["review".into()],
        rank: if ranked { f64::from(rank) } else { 0.0 },
    }
}

fn queue(notes: &[Note], ranked: bool) -> Queue {
    let candidates = notes.iter().enumerate().map(|(number, note)| candidate(number, *note, ranked)).collect();
    Queue::new(candidates, &Selection::default(), today())
}

/// The items of a session, as options of the command line narrow the queue.
fn items(queue: &Queue, new: usize, limit: usize) -> Vec<Item> {
    let mut chosen = queue.offered();
    chosen.narrow(&Filter::default());
    chosen.new.truncate(new);
    let item = |entry: study::queue::Entry| {
        let state = entry.schedule.map_or(State::Placeholder, State::Scheduled);
        Item::before_eases(entry.id, state, &Algorithm::default())
    };
    chosen.due.into_iter().chain(chosen.new).take(limit).map(item).collect()
}

fn session(queue: &Queue, new: usize, limit: usize) -> Session {
    Session::new(items(queue, new, limit), queue.load(today()), today(), Algorithm::default())
}

/// An ease that differs from note to note.
fn first_ease(id: &ItemId) -> Ease {
    Ease::new(200.0 + f64::from(id.note.as_str().as_bytes()[1])).unwrap()
}

/// One step of a session.
fn step(session: &mut Session, what: u8) {
    match what {
        0..=3 => {
            if let Some(outcomes) = session.outcomes() {
                session.record_grade(outcomes.of(Grade::ALL[usize::from(what)]));
            }
        }
        4 => session.skip(),
        5 => session.record_set_aside(session.current().and_then(Item::before)),
        6 => session.drop_current(),
        7 => session.jump(2),
        _ => drop(session.record_undo()),
    }
}

fn shape(session: &Session) -> (Vec<Item>, Vec<study::review::Done>, usize) {
    (session.left().cloned().collect(), session.done().to_vec(), session.again())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn ranks_that_arrive_late_lead_to_the_same_queue(notes in prop::collection::vec((prop::option::of(0..3_u64), 0..4_u8), 0..24)) {
        let (mut late, from_the_start) = (queue(&notes, false), queue(&notes, true));
        late.rank(|id| f64::from(notes[id.note.name().parse::<usize>().unwrap()].1));
        prop_assert_eq!(late, from_the_start);
    }

    #[test]
    fn a_session_begun_without_ranks_goes_on_as_if_they_had_been_known(
        notes in prop::collection::vec((prop::option::of(0..3_u64), 0..4_u8), 1..24),
        new in 0..24_usize,
        limit in 1..24_usize,
        steps in prop::collection::vec(0..9_u8, 0..30),
    ) {
        let (unranked, ranked) = (queue(&notes, false), queue(&notes, true));
        let mut late = session(&unranked, new, limit);
        let shown = late.current().map(|item| item.id.clone());
        late.reorder(items(&ranked, new, limit));
        late.know_eases(first_ease);

        let mut from_the_start = session(&ranked, new, limit);
        from_the_start.know_eases(first_ease);
        prop_assert_eq!(late.left().len(), from_the_start.left().len());
        // The note on the screen stays there, and everything else stands where it would.
        let Some(shown) = shown else { return Ok(()) };
        let others = |session: &Session, not: &ItemId| {
            session.left().map(|item| item.id.clone()).filter(|id| id != not).collect::<Vec<_>>()
        };
        let at = from_the_start.left().position(|item| item.id == shown);
        prop_assert_eq!(late.current().map(|item| item.id.clone()), Some(shown.clone()));
        match at {
            Some(at) => {
                prop_assert_eq!(others(&late, &shown), others(&from_the_start, &shown));
                // From then on the two are one.
                from_the_start.jump(at);
                for what in steps {
                    step(&mut late, what);
                    step(&mut from_the_start, what);
                    prop_assert_eq!(shape(&late), shape(&from_the_start));
                    prop_assert_eq!(late.outcomes(), from_the_start.outcomes());
                }
            }
            // A limit leaves it out: it takes the place of the last.
            None => {
                let mut expected = others(&from_the_start, &shown);
                expected.pop();
                prop_assert_eq!(others(&late, &shown), expected);
            }
        }
    }

    #[test]
    fn what_is_known_of_the_first_note_is_kept(late in prop::option::of(0..3_u64), changed in 0..3_u64) {
        let notes = [(late, 0), (late, 3)];
        let mut session = session(&queue(&notes, false), 9, 9);
        // It was found to say something else when it was opened.
        let Candidate { id, state, .. } = candidate(0, (Some(changed), 0), false);
        let fresh = Item::before_eases(id, state, &Algorithm::default());
        session.replace_current(fresh.clone());
        session.reorder(items(&queue(&notes, true), 9, 9));
        session.know_eases(first_ease);
        prop_assert_eq!(session.current(), Some(&fresh));
        prop_assert!(session.left().all(|item| item.memory.is_some()));
    }
}
