//! The one interface to the arithmetic: what everything outside this room knows of an algorithm.

use chrono::NaiveDate;

use super::sm2::{self, Sm2Explanation};
use super::{CardEases, DueLoad, Ease, Grade, LinkSums, Scheduled, Sm2, first_ease, known_ease};

/// What computes intervals, with the numbers that it computes by.
#[derive(Clone, Debug, PartialEq)]
pub enum Algorithm {
    /// The SM-2 variant of obsidian-spaced-repetition.
    Sm2(Sm2),
}

/// What an algorithm knows of an item when it is reviewed: where its arithmetic starts from.
///
/// It is made from what is stored with the item, by [`Algorithm::start`] or [`Algorithm::resume`], and is itself stored
/// nowhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Memory {
    /// SM-2 knows what is stored and nothing else.
    Sm2(Standing),
}

/// Where an item stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing {
    /// Never graded.
    New {
        /// The ease that the first review starts from: the base ease, or one derived from linked notes.
        ease: Ease,
    },
    /// Graded before.
    Scheduled(Scheduled),
}

impl Memory {
    /// The schedule that is stored with the item; `None` when it was never graded.
    pub fn stored(&self) -> Option<Scheduled> {
        match self {
            Self::Sm2(Standing::Scheduled(scheduled)) => Some(*scheduled),
            Self::Sm2(Standing::New { .. }) => None,
        }
    }
}

/// What one grade would lead to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The grade.
    pub grade: Grade,
    /// The schedule to store.
    pub after: Scheduled,
    /// The whole days that the interval asked for before the load was balanced; `None` when nothing was moved.
    pub moved_from: Option<i64>,
}

/// What each of the four grades would lead to: one computation for labels, previews and the grade taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcomes(pub(super) [Outcome; 4]);

impl Outcomes {
    /// The outcome of `grade`.
    pub fn of(&self, grade: Grade) -> Outcome {
        self.0[grade as usize]
    }

    /// The four outcomes, worst grade first.
    pub fn iter(&self) -> impl Iterator<Item = Outcome> + '_ {
        self.0.iter().copied()
    }
}

/// How the outcomes of a review come about, in the terms of the algorithm: values for a face to put into words.
#[derive(Clone, Debug, PartialEq)]
pub enum Explanation {
    /// By SM-2.
    Sm2(Sm2Explanation),
}

impl Algorithm {
    /// The numbers of the plugin's arithmetic. By it, Obsidian grades a note whatever the algorithm here.
    pub fn sm2(&self) -> &Sm2 {
        match self {
            Self::Sm2(sm2) => sm2,
        }
    }

    /// The ease that the first review of an item starts from, given the eases around it.
    pub fn first_ease(&self, around: &LinkSums) -> Ease {
        first_ease(around, self.sm2())
    }

    /// The ease that a note with a schedule lends to the notes it is linked with: its own, mixed with that of its cards,
    /// rounded. `None` when the plugin takes the note for one without an ease.
    pub fn known_ease(&self, own: Ease, cards: CardEases) -> Option<f64> {
        known_ease(own, cards, self.sm2().base_ease)
    }

    /// What is known of an item that was never graded, and whose first review starts from `ease`.
    pub fn start(&self, ease: Ease) -> Memory {
        match self {
            Self::Sm2(_) => Memory::Sm2(Standing::New { ease }),
        }
    }

    /// What is known of an item with which a schedule is stored.
    pub fn resume(&self, stored: Scheduled) -> Memory {
        match self {
            Self::Sm2(_) => Memory::Sm2(Standing::Scheduled(stored)),
        }
    }

    /// What is known of an item after a review had this outcome.
    pub fn after(&self, outcome: &Outcome) -> Memory {
        match self {
            Self::Sm2(_) => self.resume(outcome.after),
        }
    }

    /// The four outcomes of a review on `today`.
    ///
    /// `load` is what is due on which day, the item itself included at its old date; `None` leaves the interval where the
    /// arithmetic puts it (and with one decimal), which is not the same as an empty load.
    pub fn outcomes(&self, memory: &Memory, today: NaiveDate, load: Option<&DueLoad>) -> Outcomes {
        match (self, memory) {
            (Self::Sm2(sm2), Memory::Sm2(standing)) => sm2.outcomes(*standing, today, load),
        }
    }

    /// The share of items like this one that would be recalled on `today`, from 0 to 1; `None` when it was never graded.
    pub fn retrievability(&self, memory: &Memory, today: NaiveDate) -> Option<f64> {
        match (self, memory) {
            (Self::Sm2(_), Memory::Sm2(_)) => memory.stored().map(|stored| sm2::retrievability(&stored, today)),
        }
    }

    /// How the outcomes of a review on `today` come about. `load` as in [`Algorithm::outcomes`].
    pub fn explain(&self, memory: &Memory, today: NaiveDate, load: &DueLoad) -> Explanation {
        match (self, memory) {
            (Self::Sm2(sm2), Memory::Sm2(standing)) => Explanation::Sm2(sm2.explain(*standing, today, load)),
        }
    }

    /// The grades, given in Obsidian on `day`, that can lead from `before` to `after`; more than one leaves the grade
    /// uncertain.
    pub fn grades_between(&self, before: Scheduled, after: Scheduled, day: NaiveDate) -> Vec<Grade> {
        self.sm2().grades_between(before, after, day)
    }
}

impl Default for Algorithm {
    fn default() -> Self {
        Self::Sm2(Sm2::default())
    }
}
