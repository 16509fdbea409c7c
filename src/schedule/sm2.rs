//! The SM-2 variant of obsidian-spaced-repetition 1.15.4 (SM-2-OSR), to the last digit.
//!
//! Evaluated in doubles, left to right as written here, because the plugin's results are compared exactly.

use chrono::{Days, NaiveDate};

use super::{DueLoad, Ease, Grade, Interval, Outcome, Outcomes, Scheduled, Standing};

/// The lowest ease that Hard and Again lead to, in percent.
const EASE_FLOOR: f64 = 130.0;
/// What Easy adds to the ease and Hard and Again take from it, in percent.
const EASE_STEP: f64 = 20.0;
/// The share that is recalled on the due date: an interval ends when one item in ten would have been forgotten.
const AT_DUE: f64 = 0.9;

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

/// How the outcomes of a review come about.
#[derive(Clone, Debug, PartialEq)]
pub struct Sm2Explanation {
    /// Where the review starts from.
    pub standing: Standing,
    /// What each grade makes of it, worst grade first.
    pub grades: [Sm2Step; 4],
    /// Whether intervals are moved to quieter days.
    pub is_balanced: bool,
}

/// How the outcome of one grade comes about.
#[derive(Clone, Debug, PartialEq)]
pub struct Sm2Step {
    /// What it comes to.
    pub outcome: Outcome,
    /// The product that makes the interval; `None` for one that is forgotten and seen again today.
    pub product: Option<Product>,
    /// What was done to the product, other than rounding.
    pub moved: Option<Moved>,
}

/// `(interval + late / late_divisor) x percent / 100 x factor`, in days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Product {
    /// The days between the last two reviews, at least 1.
    pub interval: f64,
    /// Whole days that the review is late, at least 0.
    pub late: f64,
    /// How many days late make one day of the interval.
    pub late_divisor: f64,
    /// A percentage, where there is one.
    pub percent: Option<f64>,
    /// A factor, where there is one.
    pub factor: Option<f64>,
}

impl Product {
    fn days(&self) -> f64 {
        let mut days = self.interval + self.late / self.late_divisor;
        if let Some(percent) = self.percent {
            days = days * percent / 100.0;
        }
        if let Some(factor) = self.factor {
            days *= factor;
        }
        days
    }
}

/// Why an interval is not the one that the product makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It was moved to a quieter day.
    Balanced {
        /// The whole days that were asked for.
        from: i64,
        /// How many items are due on that day.
        items: u32,
    },
    /// It was cut to the longest that is given.
    Held,
}

struct Step {
    interval: f64,
    ease: f64,
    product: Option<Product>,
    moved_from: Option<i64>,
    is_held: bool,
}

impl Sm2 {
    /// The four outcomes of a review on `today`, see [`Algorithm::outcomes`](super::Algorithm::outcomes).
    pub(super) fn outcomes(&self, standing: Standing, today: NaiveDate, load: Option<&DueLoad>) -> Outcomes {
        let steps = self.steps(standing, today, load);
        Outcomes(Grade::ALL.map(|grade| outcome(grade, &steps[grade as usize], today)))
    }

    /// How they come about.
    pub(super) fn explain(&self, standing: Standing, today: NaiveDate, load: &DueLoad) -> Sm2Explanation {
        let steps = self.steps(standing, today, Some(load));
        let grades = Grade::ALL.map(|grade| {
            let step = &steps[grade as usize];
            let balanced = |from| Moved::Balanced { from, items: load.on(from).unwrap_or(0) };
            let moved = if step.is_held { Some(Moved::Held) } else { step.moved_from.map(balanced) };
            Sm2Step { outcome: outcome(grade, step, today), product: step.product, moved }
        });
        Sm2Explanation { standing, grades, is_balanced: self.load_balance }
    }

    fn steps(&self, standing: Standing, today: NaiveDate, load: Option<&DueLoad>) -> [Step; 4] {
        let (interval, ease, days_late) = match standing {
            Standing::New { ease } => (1.0, ease.percent(), 0.0),
            Standing::Scheduled(s) => (s.interval.days(), s.ease.percent(), s.days_overdue(today) as f64),
        };
        let load = load.filter(|_| self.load_balance);
        Grade::ALL.map(|grade| self.step(grade, interval, ease, days_late, load))
    }

    fn step(&self, grade: Grade, interval: f64, ease: f64, days_late: f64, load: Option<&DueLoad>) -> Step {
        let late = days_late.floor().max(0.0);
        let base = interval.max(1.0);
        let lower = (ease - EASE_STEP).max(EASE_FLOOR);
        let raised = ease + EASE_STEP;
        let product = |late_divisor, percent, factor| Product { interval: base, late, late_divisor, percent, factor };
        let (product, ease) = match grade {
            Grade::Again => (None, lower),
            Grade::Hard => (Some(product(4.0, None, Some(self.lapse_interval_change))), lower),
            Grade::Good => (Some(product(2.0, Some(ease), None)), ease),
            Grade::Easy => (Some(product(1.0, Some(raised), Some(self.easy_bonus))), raised),
        };
        let mut interval = product.map_or(0.0, |product| product.days());
        if grade == Grade::Hard {
            interval = interval.max(1.0);
        }
        let mut moved_from = None;
        if let Some(load) = load {
            let asked = round(interval) as i64;
            let balanced = load.balance(asked);
            moved_from = (balanced != asked).then_some(asked);
            interval = balanced as f64;
        }
        let is_held = interval > self.maximum_interval;
        interval = round(interval.min(self.maximum_interval) * 10.0) / 10.0;
        Step { interval, ease, product, moved_from, is_held }
    }

    /// The grades on `day` that can lead from `before` to `after`.
    ///
    /// The ease says most: only Easy raises it, only Hard and Again lower it, and Again alone leads to an interval of 0.
    /// The interval has to agree as well, up to what load balancing may have moved; else more than one review lies between.
    pub(super) fn grades_between(&self, before: Scheduled, after: Scheduled, day: NaiveDate) -> Vec<Grade> {
        let exact = self.outcomes(Standing::Scheduled(before), day, None);
        // An empty load moves nothing, and still makes whole days.
        let whole = self.outcomes(Standing::Scheduled(before), day, Some(&DueLoad::default()));
        let near = |asked: Interval| {
            let (asked, found) = (asked.days(), after.interval.days());
            found.fract() == 0.0 && (found - asked).abs() <= DueLoad::reach(asked as i64) as f64
        };
        let fits = |grade: &Grade| {
            let expected = exact.of(*grade).after;
            let whole = whole.of(*grade).after.interval;
            expected.ease == after.ease
                && (after.interval == expected.interval
                    || after.interval == whole
                    || (self.load_balance && near(whole)))
        };
        Grade::ALL.into_iter().filter(fits).collect()
    }
}

fn outcome(grade: Grade, step: &Step, today: NaiveDate) -> Outcome {
    let interval = Interval(step.interval.clamp(0.0, Interval::MAX_DAYS));
    let due = today.checked_add_days(Days::new(interval.whole_days())).unwrap_or(NaiveDate::MAX);
    let after = Scheduled { due, interval, ease: Ease(step.ease.min(Ease::MAX_PERCENT)) };
    Outcome { grade, after, moved_from: step.moved_from }
}

/// The share of items like this one that would be recalled on `today`, from 0 to 1.
///
/// `R(t) = 0.9^(t / I)`, `t` the days since the last review (due date minus interval) and `I` the interval in days, at
/// least one. This is the exponential forgetting curve `R = exp(-t / S)` of Ebbinghaus as Woźniak uses it
/// ("Two components of long-term memory", 1995), with the stability `S` chosen so that retention is 90 % at the end of
/// the interval: the retention that SM-2 style schedulers aim at. SM-2 itself has no model of forgetting, so this is an
/// estimate for colouring a map and decides no date.
pub(super) fn retrievability(scheduled: &Scheduled, today: NaiveDate) -> f64 {
    let whole = i64::try_from(scheduled.interval.whole_days()).unwrap_or(i64::MAX);
    let elapsed = whole.saturating_add(scheduled.days_overdue(today)).max(0);
    AT_DUE.powf(elapsed as f64 / scheduled.interval.days().max(1.0))
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
            let step = sm2.step(r.response, r.interval, r.ease, r.delay_days, load.as_ref());
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
            let out = sm2(&r.settings).outcomes(Standing::Scheduled(r.before), r.today, Some(&load));
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
        for outcome in sm2.outcomes(Standing::Scheduled(s), today, Some(&DueLoad::default())).iter() {
            assert!(outcome.after.interval.days() <= Interval::MAX_DAYS);
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn scheduled(due: &str, interval: f64) -> Scheduled {
        Scheduled { due: day(due), interval: Interval(interval), ease: Ease(250.0) }
    }

    #[test]
    fn nine_in_ten_are_recalled_on_the_due_date() {
        let cases = [
            ("2026-01-11", 10.0, "2026-01-11", 0.9),
            ("2026-01-11", 10.0, "2026-01-01", 1.0),
            ("2026-01-11", 10.0, "2026-01-21", 0.81),
            ("2026-01-11", 10.0, "2025-01-01", 1.0),
            ("2026-01-11", 0.0, "2026-01-12", 0.9),
        ];
        for (due, interval, today, expected) in cases {
            let r = retrievability(&scheduled(due, interval), day(today));
            assert!((r - expected).abs() < 1e-9, "{due} {interval} {today}: {r}");
        }
        assert!(retrievability(&scheduled("0001-01-01", 1.0), NaiveDate::MAX) >= 0.0);
    }

    #[test]
    fn an_explanation_comes_to_the_outcomes_it_explains() {
        let (standing, today) = (Standing::Scheduled(scheduled("2026-01-11", 10.0)), day("2026-01-13"));
        let load = DueLoad::of(today, [day("2026-02-10"); 3].into_iter().chain([day("2026-02-09"), day("2026-02-11")]));
        let sm2 = Sm2 { maximum_interval: 40.0, ..Sm2::default() };
        let explained = sm2.explain(standing, today, &load);
        let outcomes: Vec<Outcome> = explained.grades.iter().map(|step| step.outcome).collect();
        assert_eq!(outcomes, sm2.outcomes(standing, today, Some(&load)).iter().collect::<Vec<_>>());
        let moved = explained.grades.each_ref().map(|step| step.moved);
        assert_eq!(moved, [None, None, Some(Moved::Balanced { from: 28, items: 3 }), Some(Moved::Held)]);
        let days = explained.grades.each_ref().map(|step| step.product.map(|product| product.days()));
        assert_eq!(days[..3], [None, Some(5.25), Some(27.5)]);
    }
}
