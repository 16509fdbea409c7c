//! The flashcards of a note, as far as they touch its ease: how many have a schedule, and how easy they are.
//!
//! Lines become cards exactly as in obsidian-spaced-repetition 1.15.4, its peculiarities included: the ease of a note
//! depends on which comment belongs to which card.

mod cloze;

use chrono::NaiveDate;

use crate::config::CardSettings;
use crate::schedule::{CardEases, round};
use crate::tag::TagSet;
use crate::within::Within;

use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter};

use super::date;
use super::trim;
use cloze::{Clozes, Effort};

const COMMENT: &str = "<!--SR:";
const CALLOUT: &str = "> [!sr|card-metadata]";

/// Reads the cards of notes under one choice of settings.
#[derive(Debug)]
pub struct CardReader<'a> {
    settings: &'a CardSettings,
    /// What stands between question and answer on one line, the longest first.
    single: Vec<(Finder<'static>, Kind)>,
    /// A byte that all of them hold.
    in_all: Option<u8>,
    clozes: Clozes,
    /// Tags of notes with cards, and of notes that are left out.
    decks: TagSet,
    ignored: TagSet,
}

/// What kind of card a text is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Basic,
    Reversed,
    Cloze,
}

impl<'a> CardReader<'a> {
    /// A reader. Cloze patterns that are none are left out.
    pub fn new(settings: &'a CardSettings) -> Self {
        let mut single = vec![(&settings.single_line, Kind::Basic), (&settings.single_line_reversed, Kind::Reversed)];
        single.retain(|(separator, _)| !separator.is_empty());
        single.sort_by_key(|(separator, _)| std::cmp::Reverse(separator.encode_utf16().count()));
        let finder = |(separator, kind): (&String, Kind)| (Finder::new(separator).into_owned(), kind);
        let mut bytes = single.first().into_iter().flat_map(|(separator, _)| separator.bytes());
        let in_all = bytes.find(|byte| single.iter().all(|(separator, _)| separator.as_bytes().contains(byte)));
        let single = single.into_iter().map(finder).collect();
        let clozes = Clozes::new(&settings.cloze_patterns);
        let (decks, ignored) = (TagSet::new(&settings.flashcard_tags), TagSet::new(&settings.ignore_tags));
        Self { settings, single, in_all, clozes, decks, ignored }
    }

    /// Whether a note in `folder` (empty: at the top of the vault) with `tags` is read for cards.
    pub fn reads(&self, folder: &str, tags: &[String]) -> bool {
        let chosen = if self.settings.folders_are_decks { !folder.is_empty() } else { self.decks.holds_any(tags) };
        chosen && !self.ignored.holds_any(tags)
    }

    /// The scheduled cards in `text`, a whole note. The sum of the eases is not a number when one of them cannot be read.
    pub fn eases(&self, text: &str) -> CardEases {
        let mut eases = CardEases::default();
        let effort = Effort::default();
        self.each(text, &effort, &mut |kind, original| {
            let schedules = schedules(original);
            let cards = match kind {
                _ if schedules.is_empty() => 0,
                Kind::Basic => 1,
                Kind::Reversed => 2,
                Kind::Cloze => self.clozes.count(&question(original), &effort),
            };
            for ease in schedules.into_iter().take(cards).flatten() {
                eases.count += 1;
                eases.sum += ease;
            }
        });
        eases
    }

    /// What kind of card `line` is by itself, if it is one.
    fn single_line(&self, line: &str) -> Option<Kind> {
        if let Some(byte) = self.in_all {
            memchr(byte, line.as_bytes())?;
        }
        self.single.iter().find(|(separator, _)| has_separator(line, separator)).map(|(_, kind)| *kind)
    }

    /// Hands on each card text of a note, comment included.
    fn each(&self, text: &str, effort: &Effort, found: &mut dyn FnMut(Kind, &str)) {
        let settings = self.settings;
        let may_have_clozes = self.clozes.may_be_in(text);
        let lines = lines_without_frontmatter(text);
        let mut buffer = String::with_capacity(512);
        let mut kind: Option<Kind> = None;
        let mut at = 0;
        while let Some(line) = lines.get(at).copied() {
            at += 1;
            if line.starts_with("<!--") && !line.starts_with(COMMENT) {
                // The line after a comment goes with it.
                at = if line.contains("-->") { at + 1 } else { lines.len() };
                continue;
            }
            let trimmed = trim(line);
            let ends = !settings.end_marker.is_empty() && trimmed == settings.end_marker;
            if ends || trimmed.is_empty() && (settings.end_marker.is_empty() || kind.is_none()) {
                if let Some(kind) = kind.take() {
                    found(kind, buffer.trim_end());
                }
                buffer.clear();
                continue;
            }
            if !buffer.is_empty() {
                buffer.push('\n');
            }
            buffer.push_str(if trimmed.len() == line.len() { line } else { line.trim_end() });
            if let Some(kind_here) = self.single_line(line) {
                buffer.clear();
                buffer.push_str(line);
                let next = lines.get(at).copied().unwrap_or_default();
                let taken = if next.starts_with(COMMENT) {
                    1
                } else if next.starts_with(CALLOUT) {
                    let rest = lines.within(at..);
                    rest.iter().position(|line| line.contains(COMMENT)).map_or(rest.len(), |last| last + 1)
                } else {
                    0
                };
                for line in lines.iter().skip(at).take(taken) {
                    buffer.push('\n');
                    buffer.push_str(line);
                }
                at += taken;
                found(kind_here, &buffer);
                buffer.clear();
                kind = None;
            } else if trimmed == settings.multi_line || trimmed == settings.multi_line_reversed {
                // A separator with nothing in front of it is none, unless it is itself long enough.
                if buffer.encode_utf16().nth(1).is_some() {
                    kind = Some(if trimmed == settings.multi_line { Kind::Basic } else { Kind::Reversed });
                }
            } else if line.starts_with("```") || line.starts_with("~~~") {
                let mark = if line.starts_with('`') { '`' } else { '~' };
                let fence = line.within(..line.len() - line.trim_start_matches(mark).len());
                while let Some(line) = lines.get(at).filter(|line| !line.starts_with(fence)) {
                    buffer.push('\n');
                    buffer.push_str(line);
                    at += 1;
                }
                buffer.push('\n');
                buffer.push_str(fence);
                at += 1;
            } else if may_have_clozes && kind.is_none() && self.clozes.is_in(line, effort) {
                kind = Some(Kind::Cloze);
            }
        }
        if let Some(kind) = kind.filter(|_| !buffer.is_empty()) {
            found(kind, buffer.trim_end());
        }
    }
}

/// The lines of `text`, those of the frontmatter empty.
fn lines_without_frontmatter(text: &str) -> Vec<&str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let has_returns = memchr(b'\r', text.as_bytes()).is_some();
    // Growing by and by costs more than to count.
    let mut lines: Vec<&str> = Vec::with_capacity(memchr_iter(b'\n', text.as_bytes()).count() + 1);
    let mut start = 0;
    for end in memchr_iter(b'\n', text.as_bytes()).chain([text.len()]) {
        let line = text.within(start..end);
        start = end + 1;
        if has_returns {
            lines.extend(line.strip_suffix('\r').unwrap_or(line).split('\r'));
        } else {
            lines.push(line);
        }
    }
    if lines.first() == Some(&"---")
        && let Some(end) = lines.iter().skip(1).position(|line| *line == "---")
    {
        lines.iter_mut().take(end + 2).for_each(|line| *line = "");
    }
    lines
}

/// Whether `line` is a card by `separator`: its first occurrence does not stand between two odd numbers of backticks.
fn has_separator(line: &str, separator: &Finder<'_>) -> bool {
    let Some(at) = separator.find(line.as_bytes()) else { return false };
    let is_odd = |text: Option<&[u8]>| memchr_iter(b'`', text.unwrap_or_default()).count() % 2 == 1;
    let (before, after) = (line.as_bytes().get(..at), line.as_bytes().get(at + separator.needle().len()..));
    !(is_odd(before) && is_odd(after))
}

/// The card text without comments, deck tag and block id: what clozes are looked for in.
fn question(original: &str) -> String {
    let cut = |line: &str| match (line.find(COMMENT), line.rfind("-->")) {
        (Some(start), Some(end)) if end > start + COMMENT.len() => {
            format!("{}{}", line.within(..start), line.within(end + 3..))
        }
        _ => line.to_owned(),
    };
    let text = original.split('\n').map(cut).collect::<Vec<_>>().join("\n");
    let trimmed = text.trim_start();
    match trimmed.strip_prefix('#') {
        Some(tag) if tag.starts_with(|c: char| c != '#' && !c.is_whitespace()) => {
            let end = tag.find(|c: char| c == '#' || c.is_whitespace()).unwrap_or(tag.len());
            tag.within(end..).trim_start().to_owned()
        }
        _ => text,
    }
}

/// The eases in the schedule comment of a card text, in percent, `None` for a card that the comment calls new.
fn schedules(original: &str) -> Vec<Option<f64>> {
    if let Some(comment) = original.split('\n').find_map(comment_in) {
        return comment.split('!').map(str::trim).filter(|part| !part.is_empty()).map(ease_of).collect();
    }
    stray_schedules(original)
}

/// What stands in the first `<!--SR:..-->` of a line.
fn comment_in(line: &str) -> Option<&str> {
    let (_, after) = line.split_once(COMMENT)?;
    // At least one character stands in a comment. Where the first one has no end, no later one has.
    let least = after.chars().next()?.len_utf8();
    let end = after.get(least..)?.find("-->")?;
    after.get(..least + end)
}

fn ease_of(part: &str) -> Option<f64> {
    let mut fields = part.split(',');
    let first = fields.next().unwrap_or_default();
    if first == "fsrs" {
        let (due, difficulty) = (fields.next(), fields.nth(2));
        return (due != Some("-")).then(|| ease_of_difficulty(number(difficulty.unwrap_or_default(), true)));
    }
    (!means_new(first)).then(|| number(fields.nth(1).unwrap_or_default(), false))
}

/// A card that was never reviewed beside others that were.
fn means_new(due: &str) -> bool {
    NaiveDate::from_ymd_opt(2000, 1, 1).is_some_and(|new| date::read(due) == Ok(new))
}

/// From a difficulty of FSRS, 1 to 10, to the ease that the plugin takes it for, in percent.
fn ease_of_difficulty(difficulty: f64) -> f64 {
    if difficulty.is_nan() {
        return f64::NAN;
    }
    let easiness = (10.0 - difficulty.clamp(1.0, 10.0)) / 9.0;
    round(130.0 + easiness * 240.0)
}

/// The number at the start of `text`, as JavaScript's parseInt and parseFloat find it; not a number if there is none.
fn number(text: &str, fraction: bool) -> f64 {
    let text = text.trim_start();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(unsigned);
    if fraction && unsigned.as_bytes().get(length) == Some(&b'.') {
        length += 1 + digits(unsigned.within(length + 1..));
    }
    let sign = text.len() - unsigned.len();
    text.get(..sign + length).and_then(|number| number.parse().ok()).unwrap_or(f64::NAN)
}

/// Schedules outside of a proper comment, which the plugin still reads: `!2030-01-02,4,270`.
fn stray_schedules(original: &str) -> Vec<Option<f64>> {
    let mut found = Vec::new();
    let mut rest = original;
    while let Some((_, after)) = rest.split_once('!') {
        rest = after;
        let run = |text: &str, is: fn(&u8) -> bool| text.bytes().take_while(is).count();
        let due = run(after, |b| b.is_ascii_digit() || *b == b'-');
        let Some(interval) = after.get(due..).and_then(|text| text.strip_prefix(',')) else { continue };
        let days = run(interval, u8::is_ascii_digit);
        let Some(ease) = interval.get(days..).and_then(|text| text.strip_prefix(',')) else { continue };
        let percent = run(ease, u8::is_ascii_digit);
        if due > 0 && days > 0 && percent > 0 && !means_new(after.within(..due)) {
            found.push(Some(number(ease, false)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::note::properties::properties;

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Settings {
        flashcard_tags: Vec<String>,
        convert_folders_to_decks: bool,
        cloze_patterns: Vec<String>,
        single_line_card_separator: String,
        single_line_reversed_card_separator: String,
        multiline_card_separator: String,
        multiline_reversed_card_separator: String,
        multiline_card_end_marker: String,
    }

    #[derive(serde::Deserialize)]
    struct Schedule {
        ease: Option<f64>,
    }

    #[derive(serde::Deserialize)]
    struct Card {
        schedule: Option<Schedule>,
    }

    #[derive(serde::Deserialize)]
    struct Question {
        cards: Vec<Card>,
    }

    #[derive(serde::Deserialize)]
    struct Out {
        questions: Vec<Question>,
        text_after_load: Option<String>,
    }

    #[derive(serde::Deserialize)]
    struct Record {
        id: String,
        settings: Settings,
        path: String,
        text: String,
        out: Out,
    }

    #[test]
    fn every_measured_card_schedule_is_found() {
        let text = std::fs::read_to_string("tests/vectors/cards.jsonl").unwrap();
        let (mut records, mut cards) = (0, 0);
        for line in text.lines() {
            let r: Record = serde_json::from_str(line).unwrap();
            let settings = CardSettings {
                flashcard_tags: r
                    .settings
                    .flashcard_tags
                    .iter()
                    .map(|tag| tag.trim_start_matches('#').to_owned())
                    .collect(),
                folders_are_decks: r.settings.convert_folders_to_decks,
                single_line: r.settings.single_line_card_separator,
                single_line_reversed: r.settings.single_line_reversed_card_separator,
                multi_line: r.settings.multiline_card_separator,
                multi_line_reversed: r.settings.multiline_reversed_card_separator,
                end_marker: r.settings.multiline_card_end_marker,
                cloze_patterns: r.settings.cloze_patterns,
                ..CardSettings::default()
            };
            // The plugin drops the schedules of cards that are gone, and then describes what it wrote.
            let text = r.out.text_after_load.unwrap_or(r.text);
            let mut expected = CardEases::default();
            for schedule in
                r.out.questions.iter().flat_map(|question| &question.cards).filter_map(|card| card.schedule.as_ref())
            {
                expected.count += 1;
                expected.sum += schedule.ease.unwrap_or(f64::NAN);
            }
            let mut tags = properties(text.as_bytes()).tags;
            // The measurement took every `#` for a tag, in code too.
            let ends = |c: char| c == '#' || c.is_whitespace();
            tags.extend(text.split('#').skip(1).filter_map(|tag| tag.split(ends).next().map(str::to_owned)));
            let is_read = CardReader::new(&settings).reads(crate::note::NotePath::new(r.path).folder(), &tags);
            let found = if is_read { CardReader::new(&settings).eases(&text) } else { CardEases::default() };
            assert_eq!(found.count, expected.count, "{}\n{text}", r.id);
            assert!(found.sum == expected.sum || found.sum.is_nan() && expected.sum.is_nan(), "{}", r.id);
            records += 1;
            cards += found.count;
        }
        assert_eq!(records, 100);
        assert_eq!(cards, 231);
    }

    fn eases(text: &str) -> (u32, f64) {
        let eases = CardReader::new(&CardSettings::default()).eases(text);
        (eases.count, eases.sum)
    }

    #[test]
    fn schedules_are_read_in_all_their_forms() {
        let cases = [
            ("Q::A\n<!--SR:!2030-01-02,4,270-->", (1, 270.0)),
            ("Q::A <!--SR:2030-01-02,4,270-->", (1, 270.0)),
            ("Q:::A\n<!--SR:!2030-01-02,4,270!2000-01-01,1,250-->", (1, 270.0)),
            ("Q::A\n<!--SR:!2030-01-02,4,270!2030-01-02,4,130-->", (1, 270.0)),
            ("Q::A\r\n<!--SR:!2030-01-02,4,270.9-->\r\n", (1, 270.0)),
            ("Q::A\n<!--SR:!fsrs,2030-01-02T00:00:00.000Z,4,4.2,10,2,3,0,0,2029-12-29T00:00:00.000Z-->", (1, 130.0)),
            ("Q::A\n<!--SR:!2030-01-02,4,250--", (1, 250.0)),
            ("Q\n?\nA\n<!--SR:!2030-01-02,4,270-->", (1, 270.0)),
            ("==a== ==b==\n<!--SR:!2030-01-02,4,270!2030-01-02,4,130!2030-01-02,4,130-->", (2, 400.0)),
            ("---\nx: ==a==\n---\nQ::A\n> [!sr|card-metadata]\n> <!--SR:!2030-01-02,4,270-->", (1, 270.0)),
            ("Q::A\n\n<!--SR:!2030-01-02,4,270-->", (0, 0.0)),
            ("Q::A <!--SR:<!--SR:<!--SR:", (0, 0.0)),
            ("no card\n<!--SR:!2030-01-02,4,270-->", (0, 0.0)),
            ("==99999999999999999999;;x==\n<!--SR:!2030-01-02,4,270-->", (1, 270.0)),
        ];
        for (text, found) in cases {
            assert_eq!(eases(text), found, "{text:?}");
        }
        assert!(eases("Q::A\n<!--SR:!2030-01-02,4,p250-->").1.is_nan());
    }

    #[test]
    fn notes_with_cards_are_told_by_tag_or_folder() {
        let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
        let settings = CardSettings { ignore_tags: vec!["flashcards/old".into()], ..CardSettings::default() };
        assert!(CardReader::new(&settings).reads("", &tags(&["flashcards/a"])));
        assert!(!CardReader::new(&settings).reads("x", &tags(&["flash"])));
        assert!(!CardReader::new(&settings).reads("", &tags(&["flashcards", "flashcards/old/x"])));
        let settings = CardSettings { folders_are_decks: true, ..settings };
        assert!(CardReader::new(&settings).reads("x", &[]));
        assert!(!CardReader::new(&settings).reads("", &tags(&["flashcards"])));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

        #[test]
        fn no_text_is_too_strange(text in "(<!--SR:|-->|!|,|::|==|;;|\\?\n|\n|```|[0-9]{1,4}|#|\\PC){0,40}") {
            eases(&text);
        }
    }
}
