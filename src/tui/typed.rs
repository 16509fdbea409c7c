//! A line that the user types.

use chrono::{Days, NaiveDate};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;

use crate::clock::parse_day;
use crate::config::layouts::same;

/// The most bytes that are taken.
const LONGEST: usize = 256;

/// A line while it is typed. The cursor stays at its end.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed(String);

impl Typed {
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    pub(super) fn key(&mut self, event: &KeyEvent) {
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        match event.code {
            KeyCode::Char('u') if control => self.0.clear(),
            KeyCode::Char('w') if control => {
                let kept = self.0.trim_end().rfind(' ').map_or(0, |at| at + 1);
                self.0.truncate(kept);
            }
            KeyCode::Char(c) if !control => self.paste(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => {
                let last = self.0.grapheme_indices(true).next_back().map_or(0, |(at, _)| at);
                self.0.truncate(last);
            }
            _ => {}
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        if self.0.len() + text.len() <= LONGEST {
            self.0.extend(text.chars().filter(|c| !c.is_control()));
        }
    }
}

/// Reads a day as people type it: `2026-02-01`, `tomorrow`, `3` or `+3` or `3d` days, `2w` weeks, `1m` months.
pub(super) fn parse_date(text: &str, today: NaiveDate) -> Result<NaiveDate, String> {
    let text: String = text.trim().chars().map(|c| same(c).unwrap_or(c)).collect();
    let text = text.to_lowercase();
    let days = match text.as_str() {
        "today" => Some(0),
        "tomorrow" => Some(1),
        _ => {
            let number = text.strip_prefix('+').unwrap_or(&text);
            let (number, unit) = match number.chars().last() {
                Some('d') => (number.trim_end_matches('d'), 1),
                Some('w') => (number.trim_end_matches('w'), 7),
                Some('m') => (number.trim_end_matches('m'), 30),
                _ => (number, 1),
            };
            number.trim_end().parse::<u64>().ok().and_then(|number| number.checked_mul(unit))
        }
    };
    let date = match days {
        Some(days) => today.checked_add_days(Days::new(days)),
        None => parse_day(&text).ok(),
    };
    let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or(NaiveDate::MAX);
    match date {
        Some(date) if date < today => Err(format!("{date} is past; name a day from today on")),
        Some(date) if date <= last => Ok(date),
        _ => Err(format!("`{text}` is no day; write 2026-01-31, tomorrow, 3d, 2w or 1m")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_type_them() {
        let today: NaiveDate = "2026-01-15".parse().unwrap();
        let cases = [
            ("2026-02-01", Some("2026-02-01")),
            (" Tomorrow ", Some("2026-01-16")),
            ("3", Some("2026-01-18")),
            ("+3d", Some("2026-01-18")),
            ("2w", Some("2026-01-29")),
            ("1m", Some("2026-02-14")),
            ("0", Some("2026-01-15")),
            ("2026-01-14", None),
            ("99999999999999999999", None),
            ("18446744073709551615w", None),
            ("9999999", None),
            ("soon", None),
            ("", None),
        ];
        for (text, day) in cases {
            assert_eq!(parse_date(text, today).ok().map(|d| d.to_string()).as_deref(), day, "{text}");
        }
    }

    #[test]
    fn a_line_is_typed_and_taken_back() {
        let mut line = Typed::default();
        let press = |line: &mut Typed, code, held| line.key(&KeyEvent::new(code, held));
        for c in "a é👨‍👩‍👧".chars() {
            press(&mut line, KeyCode::Char(c), KeyModifiers::NONE);
        }
        press(&mut line, KeyCode::Backspace, KeyModifiers::NONE);
        assert_eq!(line.text(), "a é");
        press(&mut line, KeyCode::Char('w'), KeyModifiers::CONTROL);
        assert_eq!(line.text(), "a ");
        line.paste("\x1b[31mx");
        assert_eq!(line.text(), "a [31mx");
    }
}
