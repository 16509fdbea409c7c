//! What a person plans to do: a year, day by day, made up from a seed.
//!
//! A deed names notes by any number; which note that is shows when it is done. So a life still makes sense when days of it are
//! left out.

use crate::dice::Dice;

/// Where something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A computer with `study`.
    Desk,
    /// Another one.
    Laptop,
    /// Obsidian with its plugin, and nothing else.
    Phone,
}

impl Place {
    pub const ALL: [Place; 3] = [Place::Desk, Place::Laptop, Place::Phone];
    /// Where `study` runs.
    pub const DEVICES: [Place; 2] = [Place::Desk, Place::Laptop];

    pub fn name(self) -> &'static str {
        match self {
            Place::Desk => "desk",
            Place::Laptop => "laptop",
            Place::Phone => "phone",
        }
    }
}

/// One thing that is done. Numbers stand for notes: of those that there is a choice of, the one that the number falls on.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// `study review NOTE... --grade GRADE`; `early` also before they are due.
    Grade {
        at: Place,
        grade: u8,
        notes: Vec<u32>,
        early: bool,
    },
    /// `study review --plain`, with these keys.
    Session {
        at: Place,
        grades: Vec<u8>,
    },
    /// Reviews in Obsidian: which note, and the grade.
    Plugin {
        notes: Vec<(u32, u8)>,
        balanced: bool,
    },
    Suspend {
        at: Place,
        notes: Vec<u32>,
    },
    Resume {
        at: Place,
        notes: Vec<u32>,
    },
    Bury {
        at: Place,
        note: u32,
    },
    /// Sets the due date by hand, on the screen.
    Reschedule {
        at: Place,
        note: u32,
        days: u32,
    },
    Undo {
        at: Place,
        steps: u32,
    },
    Add {
        at: Place,
        notes: Vec<u32>,
    },
    Write {
        at: Place,
        note: NewNote,
    },
    Edit {
        at: Place,
        note: u32,
    },
    Delete {
        at: Place,
        note: u32,
    },
    /// Moves a note to another folder, renames it, or both.
    Move {
        at: Place,
        note: u32,
        folder: Option<u32>,
        name: Option<u32>,
    },
    /// Renames a folder.
    MoveFolder {
        at: Place,
        folder: u32,
    },
    /// Copies a note.
    Copy {
        at: Place,
        note: u32,
    },
    /// Deletes the copies that the synchroniser made.
    Tidy {
        at: Place,
    },
    /// The synchroniser runs. Logs may be late.
    Sync {
        at: Place,
        logs: bool,
    },
    /// `study stats --json`, held to the model.
    Look {
        at: Place,
    },
}

/// A note as it is written for the first time.
#[derive(Clone, Debug, PartialEq)]
pub struct NewNote {
    pub folder: u32,
    /// Whether it has the tag that puts it under review.
    pub tagged: bool,
    /// Whether it has an `sr-id`.
    pub known: bool,
    /// Reviewed elsewhere before it came here: interval, ease, and days since.
    pub past: Option<(u32, u32, u32)>,
}

/// A deed and when it is done: minutes after midnight, past 1440 in the night.
pub type Timed = (u32, Deed);

/// A day on which something is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// Days since the beginning.
    pub number: u32,
    /// Hours from UTC.
    pub offset: i32,
    pub deeds: Vec<Timed>,
}

/// A life.
#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    pub seed: u64,
    /// When a study day starts.
    pub start_of_day: &'static str,
    pub load_balance: bool,
    /// Every device is in step before and after anything is done: then what truly happened is known to all.
    pub is_calm: bool,
    /// The notes that are there at the beginning.
    pub notes: Vec<NewNote>,
    pub days: Vec<Day>,
}

/// Whether notes are moved, renamed and copied.
pub const WITH_MOVES: bool = false;

impl Life {
    /// The life that follows from `seed`.
    pub fn new(seed: u64) -> Self {
        let dice = &mut Dice::new(seed);
        let is_calm = dice.chance(30);
        let notes = (0..dice.between(6, 24)).map(|_| new_note(dice)).collect();
        let mut life = Self {
            seed,
            start_of_day: dice.one_of(&["00:00", "04:00", "03:30", "05:15"]),
            load_balance: dice.chance(60),
            is_calm,
            notes,
            days: Vec::new(),
        };
        let is_diligent = dice.between(20, 60);
        let travels = dice.chance(40) && !is_calm;
        let (mut number, mut offset) = (0, 1);
        while number < 365 {
            if dice.chance(2) {
                number += dice.between(4, 20);
            }
            if travels && dice.chance(4) {
                offset = dice.one_of(&[-8, -5, 0, 1, 2, 5, 9, 12]);
            }
            if dice.chance(is_diligent) {
                life.days.push(Day { number, offset, deeds: day(dice, is_calm) });
            }
            number += 1;
        }
        life
    }
}

fn new_note(dice: &mut Dice) -> NewNote {
    let past = dice.chance(35).then(|| {
        let interval = dice.one_of(&[0, 1, 2, 4, 7, 12, 20, 21, 35, 90]);
        (interval, dice.one_of(&[130, 150, 190, 210, 230, 250, 250, 270, 310]), dice.below(interval.max(1) + 6))
    });
    NewNote { folder: dice.below(4), tagged: dice.chance(75), known: dice.chance(30), past }
}

fn day(dice: &mut Dice, is_calm: bool) -> Vec<Timed> {
    let night = 24 * 60;
    let mut times: Vec<u32> = (0..dice.between(1, 3))
        .map(|_| if dice.chance(12) { dice.between(night - 10, night + 340) } else { dice.between(6 * 60, 23 * 60) })
        .collect();
    times.sort_unstable();
    let mut deeds = Vec::new();
    for time in times {
        if !is_calm && dice.chance(60) {
            deeds.push((time, sync(dice)));
        }
        deeds.push((time, deed(dice)));
        if !is_calm && dice.chance(35) {
            deeds.push((time, Deed::Look { at: dice.one_of(&Place::DEVICES) }));
        }
        if !is_calm && dice.chance(60) {
            deeds.push((time, sync(dice)));
        }
    }
    deeds
}

fn sync(dice: &mut Dice) -> Deed {
    Deed::Sync { at: dice.one_of(&Place::ALL), logs: dice.chance(75) }
}

fn several(dice: &mut Dice, most: u32) -> Vec<u32> {
    (0..dice.between(1, most)).map(|_| dice.below(1000)).collect()
}

fn grade(dice: &mut Dice) -> u8 {
    dice.weighted(&[(18, 1), (12, 2), (50, 3), (20, 4)])
}

fn deed(dice: &mut Dice) -> Deed {
    let at = dice.one_of(&[Place::Desk, Place::Desk, Place::Laptop]);
    let anywhere = dice.one_of(&Place::ALL);
    let note = dice.below(1000);
    let moves = if WITH_MOVES { 1 } else { 0 };
    match dice.below(108 + moves * 14) {
        0..30 => Deed::Grade { at, grade: grade(dice), notes: several(dice, 5), early: dice.chance(15) },
        30..46 => Deed::Session { at, grades: (0..dice.between(1, 6)).map(|_| grade(dice)).collect() },
        46..66 => {
            let notes = several(dice, 4).into_iter().map(|note| (note, grade(dice))).collect();
            Deed::Plugin { notes, balanced: dice.chance(50) }
        }
        66..70 => Deed::Suspend { at, notes: several(dice, 3) },
        70..74 => Deed::Resume { at, notes: several(dice, 3) },
        74..77 => Deed::Bury { at, note },
        77..79 => Deed::Reschedule { at, note, days: dice.below(40) },
        79..89 => Deed::Undo { at, steps: dice.one_of(&[1, 1, 1, 2, 3]) },
        89..91 => Deed::Add { at, notes: several(dice, 3) },
        91..95 => Deed::Write { at: anywhere, note: new_note(dice) },
        95..98 => Deed::Edit { at: anywhere, note },
        98..100 => Deed::Delete { at: anywhere, note },
        100..108 => Deed::Tidy { at: anywhere },
        108..114 => {
            let (folder, name) = dice.one_of(&[(true, false), (false, true), (true, true)]);
            let folder = folder.then(|| dice.below(4));
            Deed::Move { at: anywhere, note, folder, name: name.then(|| dice.below(8)) }
        }
        114..117 => Deed::MoveFolder { at: anywhere, folder: dice.below(4) },
        _ => Deed::Copy { at: anywhere, note },
    }
}
