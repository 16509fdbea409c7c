//! The SM-2 variant of obsidian-spaced-repetition 1.15.4 (SM-2-OSR), to the last digit.
//!
//! Evaluated in doubles, left to right as written here, because the plugin's results are compared exactly.

use chrono::{Days, NaiveDate};

use super::{DueLoad, Ease, Grade, Interval, Schedule, Scheduled};

/// The lowest ease that Hard and Again lead to, in percent.
const EASE_FLOOR: f64 = 130.0;
/// What Easy adds to the ease and Hard and Again take from it, in percent.
const EASE_STEP: f64 = 20.0;

/// The numbers of the scheduler that a user can set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sm2 {
    /// The ease of a new note with nothing linked, in percent: 250 unless set.
    pub base_ease: Ease,
    /// What Hard multiplies the interval by: 0.5 unless set, above 0 and below 1.
    pub lapse_interval_change: f64,
    /// What Easy multiplies the interval by on top of the ease: 1.3 unless set, at least 1.
    pub easy_bonus: f64,
    /// The longest interval given, in days: 36525 unless set.
    pub maximum_interval: f64,
    /// Whether an interval is moved to a quieter day nearby: true unless set.
    pub load_balance: bool,
    /// How much linked notes count for the first ease, 0 to 1: 1 unless set.
    pub max_link_factor: f64,
}

impl Default for Sm2 {
    fn default() -> Self {
        Self {
            base_ease: Ease(250.0),
            lapse_interval_change: 0.5,
            easy_bonus: 1.3,
            maximum_interval: 36525.0,
            load_balance: true,
            max_link_factor: 1.0,
        }
    }
}

/// What one grade would lead to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The grade.
    pub grade: Grade,
    /// The schedule after it.
    pub after: Scheduled,
    /// The whole days that the interval asked for before the load was balanced; `None` when nothing was moved.
    pub moved_from: Option<i64>,
}

/// What each of the four grades would lead to: one computation for labels, previews and the grade taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcomes([Outcome; 4]);

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

/// The four outcomes of a review on `today`.
///
/// `load` is what is due on which day, the item itself included at its old date; `None` leaves the interval where the
/// arithmetic puts it (and with one decimal), which is not the same as an empty load.
pub fn outcomes(schedule: Schedule, today: NaiveDate, sm2: &Sm2, load: Option<&DueLoad>) -> Outcomes {
    let (interval, ease, days_late) = match schedule {
        Schedule::New { ease } => (1.0, ease.percent(), 0.0),
        Schedule::Scheduled(s) => (s.interval.days(), s.ease.percent(), s.days_overdue(today) as f64),
    };
    let load = load.filter(|_| sm2.load_balance);
    Outcomes(Grade::ALL.map(|grade| {
        let step = step(grade, interval, ease, days_late, sm2, load);
        let interval = Interval(step.interval.clamp(0.0, Interval::MAX_DAYS));
        let due = today.checked_add_days(Days::new(interval.whole_days())).unwrap_or(NaiveDate::MAX);
        let after = Scheduled { due, interval, ease: Ease(step.ease.min(Ease::MAX_PERCENT)) };
        Outcome { grade, after, moved_from: step.moved_from }
    }))
}

struct Step {
    interval: f64,
    ease: f64,
    moved_from: Option<i64>,
}

fn step(grade: Grade, interval: f64, ease: f64, days_late: f64, sm2: &Sm2, load: Option<&DueLoad>) -> Step {
    let late = days_late.floor().max(0.0);
    let base = interval.max(1.0);
    let lower = (ease - EASE_STEP).max(EASE_FLOOR);
    let (mut interval, ease) = match grade {
        Grade::Again => (0.0, lower),
        Grade::Hard => (((base + late / 4.0) * sm2.lapse_interval_change).max(1.0), lower),
        Grade::Good => ((base + late / 2.0) * ease / 100.0, ease),
        Grade::Easy => {
            let raised = ease + EASE_STEP;
            ((base + late) * raised / 100.0 * sm2.easy_bonus, raised)
        }
    };
    let mut moved_from = None;
    if let Some(load) = load {
        let asked = round(interval) as i64;
        let balanced = load.balance(asked);
        moved_from = (balanced != asked).then_some(asked);
        interval = balanced as f64;
    }
    interval = round(interval.min(sm2.maximum_interval) * 10.0) / 10.0;
    Step { interval, ease, moved_from }
}

/// The nearest whole number, halves towards plus infinity (JavaScript's `Math.round`).
pub(crate) fn round(x: f64) -> f64 {
    let floor = x.floor();
    if x - floor >= 0.5 { floor + 1.0 } else { floor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Settings {
        base_ease: f64,
        lapses_interval_change: f64,
        easy_bonus: f64,
        maximum_interval: f64,
        load_balance: bool,
    }

    #[derive(serde::Deserialize)]
    struct Record {
        id: String,
        response: Grade,
        interval: f64,
        ease: f64,
        delay_days: f64,
        settings: Settings,
        histogram: Option<std::collections::BTreeMap<String, u32>>,
        out: Out,
    }

    #[derive(serde::Deserialize)]
    struct Out {
        interval: f64,
        ease: f64,
    }

    fn sm2(settings: &Settings) -> Sm2 {
        Sm2 {
            base_ease: Ease::new(settings.base_ease).unwrap(),
            lapse_interval_change: settings.lapses_interval_change,
            easy_bonus: settings.easy_bonus,
            maximum_interval: settings.maximum_interval,
            load_balance: settings.load_balance,
            ..Sm2::default()
        }
    }

    fn load(histogram: &std::collections::BTreeMap<String, u32>) -> DueLoad {
        histogram.iter().map(|(day, n)| (day.parse().unwrap(), *n)).collect()
    }

    #[test]
    fn every_measured_step_is_the_same_to_the_last_digit() {
        let text = std::fs::read_to_string("tests/vectors/schedule.jsonl").unwrap();
        let mut records = 0;
        for line in text.lines() {
            let r: Record = serde_json::from_str(line).unwrap();
            let sm2 = sm2(&r.settings);
            let load = r.histogram.as_ref().map(load).filter(|_| sm2.load_balance);
            let step = step(r.response, r.interval, r.ease, r.delay_days, &sm2, load.as_ref());
            assert_eq!((step.interval, step.ease), (r.out.interval, r.out.ease), "{}", r.id);
            records += 1;
        }
        assert_eq!(records, 3000);
    }

    #[test]
    fn every_measured_note_review_is_the_same_from_its_histogram() {
        #[derive(serde::Deserialize)]
        struct Review {
            response: Grade,
        }
        #[derive(serde::Deserialize)]
        struct Debug {
            histogram: std::collections::BTreeMap<String, u32>,
        }
        #[derive(serde::Deserialize)]
        struct NoteReview {
            id: String,
            today: NaiveDate,
            settings: Settings,
            review: Review,
            before: Scheduled,
            out: Scheduled,
            debug: Debug,
        }
        let text = std::fs::read_to_string("tests/vectors/note-review.jsonl").unwrap();
        let mut records = 0;
        for line in text.lines() {
            let r: NoteReview = serde_json::from_str(line).unwrap();
            let load = load(&r.debug.histogram);
            let out = outcomes(Schedule::Scheduled(r.before), r.today, &sm2(&r.settings), Some(&load));
            assert_eq!(out.of(r.review.response).after, r.out, "{}", r.id);
            records += 1;
        }
        assert_eq!(records, 60);
    }

    #[test]
    fn rounding_takes_halves_up() {
        let cases = [(2.5, 3.0), (2.4, 2.0), (0.49999999999999994, 0.0), (4503599627370495.5, 4503599627370496.0)];
        for (x, rounded) in cases {
            assert_eq!(round(x), rounded, "{x}");
        }
    }

    #[test]
    fn no_schedule_leads_past_the_calendar() {
        let due = NaiveDate::from_ymd_opt(2023, 1, 1).unwrap();
        let today = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
        let s = Scheduled { due, interval: Interval(Interval::MAX_DAYS), ease: Ease(Ease::MAX_PERCENT) };
        let sm2 = Sm2 { maximum_interval: 1e18, ..Sm2::default() };
        for outcome in outcomes(Schedule::Scheduled(s), today, &sm2, Some(&DueLoad::default())).iter() {
            assert!(outcome.after.interval.days() <= Interval::MAX_DAYS);
        }
    }
}
