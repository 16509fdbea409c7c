//! A line, field by field, and what is wrong with one that cannot be read.

use std::borrow::Cow;

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Change, EventId, Kind, SM2_OSR, Subject, Transition, Undo, What};
use crate::clock::parse_day;
use crate::item::{ItemId, NotePath, Part};
use crate::note::{Fingerprint, Was};
use crate::schedule::{Ease, Grade, Interval, Scheduled};

/// The version of the line format that every `study` reads.
pub(super) const VERSION: u32 = 1;

/// The version of lines that programs which know version 1 alone would take for something else.
pub(super) const LAST_VERSION: u32 = 2;

/// The fields that name what an event is about, where that is no note. Earlier programs passed over them and took the
/// event for one of the note.
const SUBJECTS: [&str; 5] = ["subject", "card", "topic", "part", "item"];

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
    let line = serde_json::from_slice(line).unwrap_or_default();
    unknown_field(&line).map_or(Ok(()), Err)
}

/// A field that is not known, in a version in which each may change the meaning.
fn unknown_field(line: &Value) -> Option<LineError> {
    let fields = line.as_object().filter(|fields| fields.get("v").and_then(Value::as_u64) != Some(VERSION.into()))?;
    fields.keys().find(|field| !FIELDS.contains(&field.as_str())).map(|field| LineError::Field(short(field)))
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
    let is_named = |field: &&&str| line.get(**field).is_some_and(|value| !value.is_null());
    let subject = SUBJECTS.iter().find(is_named);
    let algorithm = line.get("algorithm").and_then(Value::as_str).filter(|name| *name != SM2_OSR);
    version
        .map(LineError::Version)
        .or_else(|| kind.map(|kind| LineError::Kind(short(kind))))
        .or_else(|| subject.map(|field| LineError::Subject((*field).to_owned())))
        .or_else(|| algorithm.map(|name| LineError::Algorithm(short(name))))
        .or_else(|| unknown_field(line))
}

/// As much of a name from a log as a message has room for.
fn short(name: &str) -> String {
    name.chars().take(40).collect()
}

/// Every field of a line.
const FIELDS: [&str; 27] = [
    "v",
    "kind",
    "id",
    "at",
    "day",
    "device",
    "seq",
    "subject",
    "note",
    "from",
    "sr_id",
    "text",
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
pub(super) struct Line<'a> {
    #[serde(deserialize_with = "version")]
    v: u32,
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<EventId>,
    #[serde(serialize_with = "write_instant", deserialize_with = "instant")]
    at: DateTime<FixedOffset>,
    #[serde(deserialize_with = "day")]
    day: NaiveDate,
    #[serde(borrow)]
    pub device: Cow<'a, str>,
    pub seq: u64,
    #[serde(default, skip_serializing_if = "is_no_vault", deserialize_with = "subject")]
    subject: IsVault,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none", deserialize_with = "path")]
    note: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none", deserialize_with = "path")]
    from: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    sr_id: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "text_print")]
    text: Option<Fingerprint>,
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
        deserialize_with = "no_part",
        rename = "card",
        alias = "topic",
        alias = "part",
        alias = "item"
    )]
    _part: (),
}

impl<'a> Line<'a> {
    /// The line of `change`; without a name, what the name follows from.
    pub fn new(id: Option<EventId>, device: &'a str, seq: u64, change: &'a Change) -> Self {
        let (v, subject, note, sr_id, text) = match &change.subject {
            Subject::Vault => (LAST_VERSION, IsVault(true), None, None, None),
            Subject::Item { id: ItemId { note, part: Part::Note }, sr_id, text } => {
                (VERSION, IsVault(false), Some(note.as_str()), sr_id.as_deref(), *text)
            }
        };
        let what = &change.what;
        // Who does not know of moves would take the event for one of another note.
        let v = if matches!(what, What::Move { .. }) { LAST_VERSION } else { v };
        let moved = what.moved();
        let mut line = Self {
            v,
            kind: what.kind(),
            id,
            at: change.at,
            day: change.day,
            device: device.into(),
            seq,
            subject,
            note: note.map(Cow::Borrowed),
            from: None,
            sr_id: sr_id.map(Cow::Borrowed),
            text,
            grade: what.grade(),
            ms: None,
            before: moved.map(|moved| moved.before),
            after: moved.map(|moved| moved.after),
            algorithm: None,
            was: None,
            block_before: None,
            block_after: None,
            line: None,
            line_before: None,
            line_after: None,
            batch: change.batch,
            undoes: None,
            skips: None,
            follows: change.follows,
            _part: (),
        };
        match what {
            What::Review { ms, .. } => (line.ms, line.algorithm) = (*ms, Some(SM2_OSR.into())),
            What::Incomplete { ms, .. } => line.ms = *ms,
            What::Undo { of, .. } => line.undoes = Some(*of),
            What::Skip { of } => line.skips = Some(*of),
            What::Move { from } => line.from = Some(Cow::Borrowed(from.as_str())),
            _ => {}
        }
        let borrowed = |text: &'a String| Some(Cow::Borrowed(text.as_str()));
        match what.undo() {
            Some(Undo::Values(was)) => line.was = Some(Cow::Borrowed(was)),
            Some(Undo::Block { before, after }) => {
                (line.block_before, line.block_after) = (borrowed(before), borrowed(after));
            }
            Some(Undo::Line { number, before, after }) => {
                (line.line, line.line_before, line.line_after) = (Some(*number), borrowed(before), borrowed(after));
            }
            None => {}
        }
        line
    }

    /// Reads a line, with or without its line end.
    pub fn parse(line: &'a [u8]) -> Result<Self, LineError> {
        let read: Self = read(line)?;
        check_subject(read.v, read.kind, read.note.is_some(), read.subject.0)?;
        Ok(read)
    }

    pub fn text(&self) -> String {
        // Plain values and strings: there is nothing that JSON could refuse.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What happened, as the line tells it.
    pub fn change(self) -> Change {
        let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        let moved = match (self.before, self.after) {
            (None, None) => None,
            (before, after) => Some(Transition { before: before.flatten(), after: after.flatten() }),
        };
        let undo = match (self.block_before.zip(self.block_after), self.line_before.zip(self.line_after), self.was) {
            (Some((before, after)), ..) => Some(Undo::Block { before: before.into_owned(), after: after.into_owned() }),
            (None, Some((before, after)), _) => {
                let (before, after) = (before.into_owned(), after.into_owned());
                self.line.map(|number| Undo::Line { number, before, after })
            }
            (None, None, was) => was.map(|was| Undo::Values(was.into_owned())),
        };
        let (kind, grade, ms) = (self.kind, self.grade, self.ms);
        let known = match (kind, moved, undo) {
            (Kind::Review, Some(moved), Some(undo)) => grade.map(|grade| What::Review { grade, ms, moved, undo }),
            (Kind::External, Some(moved), _) => Some(What::External { grade, moved }),
            (Kind::Undo, moved, _) => match (self.undoes, self.skips) {
                (Some(of), _) => Some(What::Undo { of, moved }),
                (None, of) => of.map(|of| What::Skip { of }),
            },
            (Kind::Fix, Some(moved), Some(undo)) => Some(What::Fix { moved, undo }),
            (Kind::Rebuild, Some(moved), Some(undo)) => Some(What::Rebuild { moved, undo }),
            (Kind::Reset, Some(moved), Some(undo)) => Some(What::Reset { moved, undo }),
            (Kind::Reschedule, Some(moved), Some(undo)) => Some(What::Reschedule { moved, undo }),
            (Kind::Suspend, None, _) => Some(What::Suspend),
            (Kind::Resume, None, _) => Some(What::Resume),
            (Kind::Bury, None, _) => Some(What::Bury),
            (Kind::Add, moved, Some(undo)) => Some(What::Add { moved, undo }),
            (Kind::Tick, None, Some(undo)) => Some(What::Tick { undo }),
            (Kind::Move, None, _) => self.from.map(|from| What::Move { from: NotePath::new(from) }),
            _ => None,
        };
        let subject = match self.note {
            None => Subject::Vault,
            Some(note) => {
                Subject::Item { id: ItemId::of_note(NotePath::new(note)), sr_id: owned(self.sr_id), text: self.text }
            }
        };
        Change {
            at: self.at,
            day: self.day,
            subject,
            batch: self.batch,
            follows: self.follows,
            fixed_id: None,
            what: known.unwrap_or(What::Incomplete { kind, grade, ms, moved }),
        }
    }
}

/// What a line is about has to be said in one of two ways: by a note, or by `"subject":"vault"`, which programs that know
/// version 1 alone would pass over. Of what is known here, only an undo can be about the vault.
pub(super) fn check_subject(v: u32, kind: Kind, has_note: bool, is_vault: bool) -> Result<(), LineError> {
    match (has_note, is_vault) {
        (true, false) => Ok(()),
        (false, true) if v > VERSION && kind == Kind::Undo => Ok(()),
        (_, true) => Err(LineError::Subject("subject".to_owned())),
        (false, false) => Err(LineError::Malformed("missing field `note`".to_owned())),
    }
}

/// Whether a line says that it is about the vault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct IsVault(pub bool);

fn is_no_vault(subject: &IsVault) -> bool {
    !subject.0
}

impl Serialize for IsVault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("vault")
    }
}

/// A version that is known.
pub(super) fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        known @ VERSION..=LAST_VERSION => Ok(known),
        other => Err(serde::de::Error::custom(format_args!("version {other}"))),
    }
}

/// No subject, or the vault.
pub(super) fn subject<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IsVault, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        None => Ok(IsVault(false)),
        Some(Value::String(vault)) if vault == "vault" => Ok(IsVault(true)),
        Some(_) => Err(serde::de::Error::custom("an unknown subject")),
    }
}

/// No part of a note, nor anything else that is no note.
pub(super) fn no_part<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    match Option::<IgnoredAny>::deserialize(deserializer)? {
        None => Ok(()),
        Some(_) => Err(serde::de::Error::custom("an unknown subject")),
    }
}

/// A fingerprint, or nothing: it is of use where it is one, and does no harm where it is not.
fn text_print<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Fingerprint>, D::Error> {
    let text = Option::<Value>::deserialize(deserializer)?;
    Ok(text.as_ref().and_then(Value::as_str).and_then(Fingerprint::parse))
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

pub(super) fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    let path = text(deserializer)?;
    if is_path(&path) { Ok(Some(path)) } else { Err(serde::de::Error::custom("`note` is no path in the vault")) }
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

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

        #[test]
        fn a_path_is_one_by_all_its_parts(path in "[a./\0]{0,9}") {
            let by_parts = path.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains('\0'));
            proptest::prop_assert_eq!(is_path(&path), by_parts);
        }
    }
}
