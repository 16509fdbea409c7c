//! One event in full.

use super::line::{Line, LineError};
use super::{Change, EventId};

impl Change {
    /// The event as `device` writes it down behind `seq` bytes of its log.
    pub fn seal(self, device: &str, seq: u64) -> Event {
        // Every event but those with a fixed name has its own place in the log of its device, and so its own name.
        let id = self.fixed_id.unwrap_or_else(|| {
            let body = Line::new(None, device, seq, &self).text();
            EventId::of(&[body.as_bytes()])
        });
        Event { id, device: device.to_owned(), seq, change: self }
    }
}

/// An event of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its name, the same in every copy of the log.
    pub id: EventId,
    /// The device that wrote it down.
    pub device: String,
    /// The bytes that the log of the device had before: orders the events of one device.
    pub seq: u64,
    /// What happened.
    pub change: Change,
}

impl Event {
    /// The line of the event, with its line end: no other line break in it, fields in the documented order.
    pub fn line(&self) -> String {
        let mut line = Line::new(Some(self.id), &self.device, self.seq, &self.change).text();
        line.push('\n');
        line
    }

    /// Reads a line, with or without its line end.
    ///
    /// # Errors
    /// When the line is torn, of something that is not known here, or says something impossible.
    pub fn parse(line: &[u8]) -> Result<Self, LineError> {
        let line = Line::parse(line)?;
        let id = line.id.ok_or_else(|| LineError::Malformed("the id is missing".into()))?;
        Ok(Self { id, device: line.device.clone().into_owned(), seq: line.seq, change: line.change() })
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::clock::Now;
    use crate::item::{ItemId, NotePath};
    use crate::log::{Kind, Subject, Transition, What};
    use crate::note::Was;
    use crate::schedule::{Ease, Grade, Interval, Scheduled};

    fn scheduled(due: &str, interval: f64, ease: f64) -> Scheduled {
        Scheduled {
            due: due.parse().unwrap(),
            interval: Interval::new(interval).unwrap(),
            ease: Ease::new(ease).unwrap(),
        }
    }

    fn review() -> Event {
        let now = Now {
            instant: DateTime::parse_from_rfc3339("2026-01-15T07:30:12.345+01:00").unwrap(),
            today: "2026-01-15".parse().unwrap(),
        };
        let was = Was {
            block: true,
            due: Some("2026-01-10".into()),
            interval: Some("4".into()),
            ease: Some("\"250\"".into()),
        };
        let (before, after) = (scheduled("2026-01-10", 4.0, 250.0), scheduled("2026-01-31", 16.3, 250.0));
        let item = ItemId::of_note(NotePath::new("math/sets.md"));
        Change::review(item, &now, Grade::Good, Some(5120), Some(before), after, was).seal("desk", 0)
    }

    const REVIEW: &str = concat!(
        r#"{"v":1,"kind":"review","id":"ID","at":"2026-01-15T07:30:12.345+01:00","day":"2026-01-15","#,
        r#""device":"desk","seq":0,"note":"math/sets.md","grade":"good","ms":5120,"#,
        r#""before":{"due":"2026-01-10","interval":4,"ease":250},"#,
        r#""after":{"due":"2026-01-31","interval":16.3,"ease":250},"algorithm":"sm2-osr","#,
        r#""was":{"block":true,"due":"2026-01-10","interval":"4","ease":"\"250\""}}"#,
        "\n"
    );

    #[test]
    fn a_review_is_one_line_in_a_fixed_order() {
        let event = review();
        assert_eq!(event.line(), REVIEW.replace("ID", &event.id.to_string()));
        assert_eq!(Event::parse(event.line().as_bytes()), Ok(event));
    }

    #[test]
    fn the_name_follows_from_what_where_and_when() {
        let event = review();
        assert_eq!(event.id, review().id);
        assert_ne!(event.id, event.change.clone().seal("phone", 0).id);
        assert_ne!(event.id, event.change.clone().seal("desk", 1).id);
        let fixed = Change { fixed_id: Some(EventId::of(&[])), ..event.change };
        assert_eq!(fixed.clone().seal("desk", 0).id, fixed.seal("phone", 9).id);
    }

    #[test]
    fn no_schedule_and_no_word_about_it_are_told_apart() {
        let undo = |moved| Change { what: What::Undo { of: EventId::of(&[]), moved }, ..review().change };
        let event = undo(Some(Transition { before: None, after: None })).seal("desk", 0);
        assert!(event.line().contains(r#""before":null,"after":null"#));
        assert_eq!(Event::parse(event.line().as_bytes()), Ok(event));
        let event = undo(None).seal("desk", 0);
        assert!(!event.line().contains("before"));
        assert_eq!(Event::parse(event.line().as_bytes()), Ok(event));
    }

    #[test]
    fn an_event_about_the_vault_is_of_version_2_and_no_other_is() {
        let now = Now { instant: review().change.at, today: review().change.day };
        let undo = Change::of(Subject::Vault, What::Undo { of: EventId::of(&[]), moved: None }, &now).seal("desk", 0);
        assert!(undo.line().starts_with(r#"{"v":2,"kind":"undo","id":""#), "{}", undo.line());
        assert!(undo.line().contains(r#""seq":0,"subject":"vault","undoes":""#), "{}", undo.line());
        assert_eq!(Event::parse(undo.line().as_bytes()), Ok(undo.clone()));
        let refused = |line: &str| Event::parse(line.as_bytes()).unwrap_err().to_string();
        let not_known = "an event of something other than a note (`subject`), which this `study` does not know";
        for (from, to) in
            [(r#""v":2"#, r#""v":1"#), ("\"undo\"", "\"bury\""), ("\"vault\"", "\"vault\",\"note\":\"a.md\"")]
        {
            assert_eq!(refused(&undo.line().replacen(from, to, 1)), not_known, "{to}");
        }
        let nothing = undo.line().replacen(r#""subject":"vault","#, "", 1);
        assert_eq!(refused(&nothing), "not an event: missing field `note`");
    }

    #[test]
    fn what_lacks_something_counts_by_what_it_has() {
        for (field, kind) in [
            (r#""grade":"good","#, Kind::Review),
            (r#","was":{"block":true,"due":"2026-01-10","interval":"4","ease":"\"250\""}"#, Kind::Review),
        ] {
            let line = review().line().replacen(field, "", 1);
            let event = Event::parse(line.as_bytes()).unwrap();
            assert!(
                matches!(event.change.what, What::Incomplete { kind: found, ms: Some(5120), moved: Some(_), .. } if found == kind)
            );
        }
    }

    #[test]
    fn bad_lines_say_what_is_wrong() {
        let id = review().id.to_string();
        let line = REVIEW.replace("ID", &id);
        let cases = [
            ("\"v\":1", "\"v\":3", "an event of version 3, which this `study` does not know"),
            (
                "\"note\"",
                "\"card\":\"x\",\"note\"",
                "an event of something other than a note (`card`), which this `study` does not know",
            ),
            (
                "\"note\"",
                "\"subject\":\"vault\",\"x\"",
                "an event of something other than a note (`subject`), which this `study` does not know",
            ),
            ("sm2-osr", "fsrs-6", "a schedule by the unknown algorithm `fsrs-6`"),
            ("{\"v\":1", "{\"mood\":1,\"v\":2", "an event with the unknown field `mood`"),
            ("{\"v\":1", "{\"v\":2,\"mood\":1", "an event with the unknown field `mood`"),
            ("\"review\"", "\"dream\"", "an event of the unknown kind `dream`"),
            ("math/sets.md", "../sets.md", "not an event: `note` is no path in the vault"),
            ("math/sets.md", "/etc/passwd", "not an event: `note` is no path in the vault"),
            (
                "2026-01-15\",\"device",
                "2026-1-15\",\"device",
                "not an event: `2026-1-15` is not a date like 2026-01-31",
            ),
            ("T07:30", "T27:30", "not an event: `at` is not an instant like 2026-01-31T07:30:00+01:00"),
            ("16.3", "-1", "not an event: -1 is no interval in days"),
            ("16.3", "1e400", "not an event: number out of range"),
            (
                "\"good\"",
                "\"best\"",
                "not an event: unknown variant `best`, expected one of `again`, `hard`, `good`, `easy`",
            ),
            (id.as_str(), "x", "not an event: invalid value: string \"x\", expected an id of 16 hexadecimal digits"),
            ("\"seq\":0,", "", "not an event: missing field `seq`"),
        ];
        for (from, to, message) in cases {
            let bad = line.replacen(from, to, 1);
            assert_eq!(Event::parse(bad.as_bytes()).unwrap_err().to_string(), message);
        }
        let torn = &line[..line.len() - 10];
        assert_eq!(Event::parse(torn.as_bytes()), Err(LineError::Torn));
        assert_eq!(Event::parse(b"<<<<<<< HEAD"), Err(LineError::MergeMarker));
        assert!(matches!(Event::parse(b"\0\0\0\0"), Err(LineError::Malformed(_))));
        assert!(matches!(Event::parse(b"[]"), Err(LineError::Malformed(_))));
    }

    #[test]
    fn fields_that_a_later_version_adds_do_no_harm() {
        let line = review().line().replacen("{", r#"{"mood":{"a":[1]},"#, 1);
        assert_eq!(Event::parse(line.as_bytes()), Ok(review()));
    }
}
