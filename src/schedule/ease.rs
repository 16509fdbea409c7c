//! The ease a note starts from, as obsidian-spaced-repetition 1.15.4 derives it from linked notes and from flashcards.
//!
//! Evaluated in doubles, left to right as written here, because the plugin's results are compared exactly.

use super::round;
use super::{Ease, Sm2};

/// The scheduled flashcards of one note.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CardEases {
    /// How many cards have a schedule.
    pub count: u32,
    /// The sum of their eases, in percent.
    pub sum: f64,
}

/// The known eases around a note: sums over the notes that link to it and the notes it links to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkSums {
    /// Links times rank times ease.
    pub total: f64,
    /// Links times rank.
    pub rank_total: f64,
    /// Links.
    pub count: f64,
}

impl LinkSums {
    /// Adds a note with a known `ease`, in percent and already rounded, and `links` links to or from it.
    pub fn add(&mut self, links: u32, rank: f64, ease: f64) {
        let links = f64::from(links);
        self.total += links * rank * ease;
        self.rank_total += rank * links;
        self.count += links;
    }
}

/// How much `count` links or cards weigh: 0 to 1 as the count grows to 64, below 0 for none.
fn weight(count: f64) -> f64 {
    ((count + 0.5).ln() / 64_f64.ln()).min(1.0)
}

/// The ease that a note with a schedule lends to the notes it is linked with: its own, mixed with that of its cards,
/// rounded. `None` when the plugin takes the note for one without an ease.
pub fn known_ease(own: Ease, cards: CardEases, base: Ease) -> Option<f64> {
    let own = own.percent();
    let mut ease = own;
    if cards.count > 0 {
        let count = f64::from(cards.count);
        let part = weight(count);
        let of_cards = cards.sum / count * part + base.percent() * (1.0 - part);
        if of_cards != 0.0 && !of_cards.is_nan() {
            ease = (of_cards + own) / 2.0;
        }
    }
    let ease = round(ease);
    (ease.is_finite() && ease != 0.0).then_some(ease)
}

/// The ease that the first review of a note starts from, given the eases around it.
pub fn first_ease(links: &LinkSums, sm2: &Sm2) -> Ease {
    let base = sm2.base_ease.percent();
    let part = sm2.max_link_factor * weight(links.count);
    let linked = if links.count > 0.0 { part * links.total / links.rank_total } else { part * base };
    Ease::new(round((1.0 - part) * base + linked)).unwrap_or(sm2.base_ease)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_linked_is_the_base_ease() {
        assert_eq!(first_ease(&LinkSums::default(), &Sm2::default()), Sm2::default().base_ease);
    }

    #[test]
    fn links_pull_the_ease_towards_theirs() {
        let mut links = LinkSums::default();
        links.add(1, 2000.0, 130.0);
        // ln(1.5) / ln(64) is 0.0975.
        assert_eq!(first_ease(&links, &Sm2::default()).percent(), 238.0);
        links.add(100, 10.0, 130.0);
        assert_eq!(first_ease(&links, &Sm2::default()).percent(), 130.0);
        assert_eq!(first_ease(&links, &Sm2 { max_link_factor: 0.0, ..Sm2::default() }).percent(), 250.0);
    }

    #[test]
    fn cards_take_half_of_a_known_ease() {
        let ease = |percent| Ease::new(percent).unwrap();
        assert_eq!(known_ease(ease(200.5), CardEases::default(), ease(250.0)), Some(201.0));
        assert_eq!(known_ease(ease(200.0), CardEases { count: 64, sum: 64.0 * 130.0 }, ease(250.0)), Some(165.0));
        assert_eq!(known_ease(ease(0.4), CardEases::default(), ease(250.0)), None);
    }
}
