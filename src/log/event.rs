//! One event in full, and its line.

use std::borrow::Cow;

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{EventId, Kind};
use crate::clock::{Now, parse_day};
use crate::note::{NotePath, Was};
use crate::schedule::{Ease, Grade, Interval, Scheduled};

/// The version of the line format that every `study` reads.
pub(super) const VERSION: u32 = 1;

/// The last version that is read here.
pub(super) const LAST_VERSION: u32 = 2;

/// The fields that name what an event is about, where that is no note. Earlier programs passed over them and took the
/// event for one of the note.
const SUBJECTS: [&str; 5] = ["subject", "card", "topic", "part", "item"];

/// How the log names the plugin's SM-2 variant.
pub const SM2_OSR: &str = "sm2-osr";

/// How an event moved the schedule of a note. `None` is a note without a readable schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Transition {
    /// The schedule before.
    pub before: Option<Scheduled>,
    /// The schedule after.
    pub after: Option<Scheduled>,
}

/// What happened to a note: an event that no device has written down yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What kind of event.
    pub kind: Kind,
    /// The instant, with the local offset from UTC.
    pub at: DateTime<FixedOffset>,
    /// The study day it counts for.
    pub day: NaiveDate,
    /// The note.
    pub note: NotePath,
    /// The `sr-id` of the note, where it has one.
    pub sr_id: Option<String>,
    /// The grade, where there was one and it is known.
    pub grade: Option<Grade>,
    /// Milliseconds from showing the note to its grade.
    pub ms: Option<u32>,
    /// How the schedule moved; `None` when the event is not about the schedule.
    pub schedule: Option<Transition>,
    /// The algorithm that computed the schedule after, see [`SM2_OSR`].
    pub algorithm: Option<String>,
    /// What stood in the three lines before.
    pub was: Option<Was>,
    /// The frontmatter block before, from the first byte after a byte-order mark to the end of the closing fence's line.
    pub block_before: Option<String>,
    /// The frontmatter block after.
    pub block_after: Option<String>,
    /// The number of the line changed, from 1.
    pub line: Option<u64>,
    /// That line before, without its line end.
    pub line_before: Option<String>,
    /// That line after.
    pub line_after: Option<String>,
    /// What the events of one bulk operation have in common: they are taken back together.
    pub batch: Option<EventId>,
    /// The event that is taken back.
    pub undoes: Option<EventId>,
    /// The event that could not be taken back, of an undo that was not made.
    pub skips: Option<EventId>,
    /// An event of another device that this one comes after, where the clocks say otherwise.
    pub follows: Option<EventId>,
    /// The name, where it must be the same whichever device writes the event down.
    pub fixed_id: Option<EventId>,
}

impl Change {
    /// A change of `note` now, with nothing else said.
    pub fn new(kind: Kind, note: NotePath, now: &Now) -> Self {
        Self {
            kind,
            at: now.instant,
            day: now.today,
            note,
            sr_id: None,
            grade: None,
            ms: None,
            schedule: None,
            algorithm: None,
            was: None,
            block_before: None,
            block_after: None,
            line: None,
            line_before: None,
            line_after: None,
            batch: None,
            undoes: None,
            skips: None,
            follows: None,
            fixed_id: None,
        }
    }

    /// A note graded now. `before` is `None` for its first review; `was` is what the edit replaced.
    pub fn review(
        note: NotePath,
        now: &Now,
        grade: Grade,
        before: Option<Scheduled>,
        after: Scheduled,
        was: Was,
    ) -> Self {
        Self {
            grade: Some(grade),
            schedule: Some(Transition { before, after: Some(after) }),
            algorithm: Some(SM2_OSR.to_owned()),
            was: Some(was),
            ..Self::new(Kind::Review, note, now)
        }
    }

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
    /// When the line is torn, of another version, of an unknown kind, or says something impossible.
    pub fn parse(line: &[u8]) -> Result<Self, LineError> {
        let line: Line = read(line)?;
        let id = line.id.ok_or_else(|| LineError::Malformed("the id is missing".into()))?;
        let schedule = match (line.before, line.after) {
            (None, None) => None,
            (before, after) => Some(Transition { before: before.flatten(), after: after.flatten() }),
        };
        let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        let change = Change {
            kind: line.kind,
            at: line.at,
            day: line.day,
            note: NotePath::new(line.note),
            sr_id: owned(line.sr_id),
            grade: line.grade,
            ms: line.ms,
            schedule,
            algorithm: owned(line.algorithm),
            was: line.was.map(Cow::into_owned),
            block_before: owned(line.block_before),
            block_after: owned(line.block_after),
            line: line.line,
            line_before: owned(line.line_before),
            line_after: owned(line.line_after),
            batch: line.batch,
            undoes: line.undoes,
            skips: line.skips,
            follows: line.follows,
            fixed_id: None,
        };
        Ok(Self { id, device: line.device.into_owned(), seq: line.seq, change })
    }
}

/// Why a line of the log was passed over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The line ends in the middle: it was being written when the power or the process went.
    #[error("this line was not written to its end")]
    Torn,
    /// A mark that a version control system left in the file.
    #[error("a merge marker")]
    MergeMarker,
    /// Another version of the format.
    #[error("an event of version {0}, which this `study` does not know")]
    Version(u64),
    /// A kind of event that is not known here.
    #[error("an event of the unknown kind `{0}`")]
    Kind(String),
    /// A subject that is not known here, by the field that names it.
    #[error("an event of something other than a note (`{0}`), which this `study` does not know")]
    Subject(String),
    /// An algorithm that is not known here.
    #[error("a schedule by the unknown algorithm `{0}`")]
    Algorithm(String),
    /// A field that is not known here, in a version in which each may change the meaning.
    #[error("an event with the unknown field `{0}`")]
    Field(String),
    /// Anything else.
    #[error("not an event: {0}")]
    Malformed(String),
}

/// Reads one line as `T`, and tells why not.
pub(super) fn read<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, LineError> {
    let read = serde_json::from_slice(line).map_err(|error| explain(line, &error))?;
    // In a line of version 1 an unknown field says nothing that matters. Most lines begin like this.
    if !line.starts_with(br#"{"v":1,"#) {
        refuse_unknown_fields(line)?;
    }
    Ok(read)
}

fn refuse_unknown_fields(line: &[u8]) -> Result<(), LineError> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(line) else { return Ok(()) };
    if fields.get("v").and_then(Value::as_u64) == Some(u64::from(VERSION)) {
        return Ok(());
    }
    match fields.keys().find(|field| !FIELDS.contains(&field.as_str())) {
        Some(field) => Err(LineError::Field(short(field))),
        None => Ok(()),
    }
}

/// The reason for which a line could not be read. Only called for such lines, so it may take its time.
fn explain(line: &[u8], error: &serde_json::Error) -> LineError {
    let marker = [&b"<<<<<<<"[..], b"=======", b">>>>>>>", b"|||||||"];
    if marker.iter().any(|mark| line.starts_with(mark)) {
        return LineError::MergeMarker;
    }
    if error.is_eof() {
        return LineError::Torn;
    }
    let unknown = serde_json::from_slice(line).ok().and_then(|line: Value| unknown(&line));
    unknown.unwrap_or_else(|| {
        // serde_json counts lines from the start of what it was given, which is always one line.
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        LineError::Malformed(message.chars().take(120).collect())
    })
}

/// What in a line is known to later programs alone.
fn unknown(line: &Value) -> Option<LineError> {
    let version = line.get("v").and_then(Value::as_u64).filter(|v| !(1..=LAST_VERSION.into()).contains(v));
    let kind = line.get("kind").and_then(Value::as_str);
    let kind = kind.filter(|kind| !Kind::ALL.iter().any(|known| known.word() == *kind));
    let subject = SUBJECTS.iter().find(|field| line.get(field).is_some_and(|value| !value.is_null()));
    let algorithm = line.get("algorithm").and_then(Value::as_str).filter(|name| *name != SM2_OSR);
    version
        .map(LineError::Version)
        .or_else(|| kind.map(|kind| LineError::Kind(short(kind))))
        .or_else(|| subject.map(|field| LineError::Subject((*field).to_owned())))
        .or_else(|| algorithm.map(|name| LineError::Algorithm(short(name))))
}

/// As much of a name from a log as a message has room for.
fn short(name: &str) -> String {
    name.chars().take(40).collect()
}

/// Every field of a line.
const FIELDS: [&str; 24] = [
    "v",
    "kind",
    "id",
    "at",
    "day",
    "device",
    "seq",
    "note",
    "sr_id",
    "grade",
    "ms",
    "before",
    "after",
    "algorithm",
    "was",
    "block_before",
    "block_after",
    "line",
    "line_before",
    "line_after",
    "batch",
    "undoes",
    "skips",
    "follows",
];

/// A line, field by field, in the order in which the fields are written.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(deserialize_with = "version")]
    v: u32,
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<EventId>,
    #[serde(serialize_with = "write_instant", deserialize_with = "instant")]
    at: DateTime<FixedOffset>,
    #[serde(deserialize_with = "day")]
    day: NaiveDate,
    #[serde(borrow)]
    device: Cow<'a, str>,
    seq: u64,
    #[serde(borrow, deserialize_with = "path")]
    note: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    sr_id: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grade: Option<Grade>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ms: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "schedule")]
    before: Option<Option<Scheduled>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "schedule")]
    after: Option<Option<Scheduled>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "algorithm")]
    algorithm: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    was: Option<Cow<'a, Was>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    block_before: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    block_after: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    line_before: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    line_after: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batch: Option<EventId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undoes: Option<EventId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    skips: Option<EventId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    follows: Option<EventId>,
    #[serde(
        default,
        skip_serializing,
        deserialize_with = "no_subject",
        rename = "subject",
        alias = "card",
        alias = "topic",
        alias = "part",
        alias = "item"
    )]
    _subject: (),
}

impl<'a> Line<'a> {
    fn new(id: Option<EventId>, device: &'a str, seq: u64, change: &'a Change) -> Self {
        let borrowed = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
        Self {
            v: VERSION,
            kind: change.kind,
            id,
            at: change.at,
            day: change.day,
            device: device.into(),
            seq,
            note: change.note.as_str().into(),
            sr_id: borrowed(&change.sr_id),
            grade: change.grade,
            ms: change.ms,
            before: change.schedule.map(|s| s.before),
            after: change.schedule.map(|s| s.after),
            algorithm: borrowed(&change.algorithm),
            was: change.was.as_ref().map(Cow::Borrowed),
            block_before: borrowed(&change.block_before),
            block_after: borrowed(&change.block_after),
            line: change.line,
            line_before: borrowed(&change.line_before),
            line_after: borrowed(&change.line_after),
            batch: change.batch,
            undoes: change.undoes,
            skips: change.skips,
            follows: change.follows,
            _subject: (),
        }
    }

    fn text(&self) -> String {
        // Plain values and strings: there is nothing that JSON could refuse.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A version that is known.
pub(super) fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        known @ VERSION..=LAST_VERSION => Ok(known),
        other => Err(serde::de::Error::custom(format_args!("version {other}"))),
    }
}

/// No subject but the note.
pub(super) fn no_subject<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    match Option::<IgnoredAny>::deserialize(deserializer)? {
        None => Ok(()),
        Some(_) => Err(serde::de::Error::custom("an unknown subject")),
    }
}

/// An algorithm that is known, or none.
pub(super) fn algorithm<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
    match Option::<Name<'_>>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Name(name)) if name == SM2_OSR => Ok(Some(name)),
        Some(_) => Err(serde::de::Error::custom("an unknown algorithm")),
    }
}

/// An RFC 3339 instant of a year that has four digits.
pub(super) fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<FixedOffset>, D::Error> {
    let text = text(deserializer)?;
    DateTime::parse_from_rfc3339(&text)
        .map_err(|_| serde::de::Error::custom("`at` is not an instant like 2026-01-31T07:30:00+01:00"))
}

fn write_instant<S: Serializer>(at: &DateTime<FixedOffset>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, false))
}

/// A study day, strictly `YYYY-MM-DD`.
pub(super) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    parse_day(&text(deserializer)?).map_err(serde::de::Error::custom)
}

/// Whether `path` cannot lead out of the vault: the log comes from other machines, and undo writes where it points.
pub(super) fn is_path(path: &str) -> bool {
    let bytes = path.as_bytes();
    let is_refused = |part: usize| {
        let rest = bytes.get(part..).unwrap_or_default();
        matches!(rest, [] | [b'/', ..] | [b'.'] | [b'.', b'/', ..] | [b'.', b'.'] | [b'.', b'.', b'/', ..])
    };
    !is_refused(0)
        && memchr::memchr_iter(b'/', bytes).all(|slash| !is_refused(slash + 1))
        && memchr::memchr(0, bytes).is_none()
}

pub(super) fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    let path = text(deserializer)?;
    if is_path(&path) { Ok(path) } else { Err(serde::de::Error::custom("`note` is no path in the vault")) }
}

/// Text, borrowed from the line where it stands there without escapes.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    Text::deserialize(deserializer).map(|text| text.0)
}

/// A field that is there: `null` says that there was no schedule, which is not the same as no word about it.
pub(super) fn schedule<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Scheduled>>, D::Error> {
    #[derive(Deserialize)]
    struct Read {
        #[serde(deserialize_with = "day")]
        due: NaiveDate,
        interval: Interval,
        ease: Ease,
    }
    let read = Option::<Read>::deserialize(deserializer)?;
    Ok(Some(read.map(|Read { due, interval, ease }| Scheduled { due, interval, ease })))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let mut change = Change::review(NotePath::new("math/sets.md"), &now, Grade::Good, Some(before), after, was);
        change.ms = Some(5120);
        change.seal("desk", 0)
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
        let mut change = review().change;
        change.schedule = Some(Transition { before: None, after: None });
        let event = change.clone().seal("desk", 0);
        assert!(event.line().contains(r#""before":null,"after":null"#));
        assert_eq!(Event::parse(event.line().as_bytes()), Ok(event));
        change.schedule = None;
        let event = change.seal("desk", 0);
        assert!(!event.line().contains("before"));
        assert_eq!(Event::parse(event.line().as_bytes()), Ok(event));
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

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

        #[test]
        fn a_path_is_one_by_all_its_parts(path in "[a./\0]{0,9}") {
            let by_parts = path.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains('\0'));
            proptest::prop_assert_eq!(is_path(&path), by_parts);
        }
    }
}
