//! The settings of obsidian-spaced-repetition, as its `data.json` holds them: every generation of the file, read only.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::clock::StartOfDay;
use crate::problem::{Advice, Code, Finding, Severity};
use crate::schedule::Ease;
use crate::tag::is_tag;

/// Where the plugin keeps its settings, relative to the vault.
pub const PATH: &str = ".obsidian/plugins/obsidian-spaced-repetition/data.json";
/// Where a fork of the plugin keeps its own.
pub const FORK_PATH: &str = ".obsidian/plugins/obsidian-spaced-repetition-recall/data.json";

/// What the file says, as far as it touches notes. `None`: not said, or not understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PluginSettings {
    /// `baseEase`, in percent.
    pub base_ease: Option<Ease>,
    /// `lapsesIntervalChange`: above 0, at most 1.
    pub lapse_interval_change: Option<f64>,
    /// `easyBonus`: from 1 to 100.
    pub easy_bonus: Option<f64>,
    /// `maximumInterval`, in days: at least 1.
    pub maximum_interval: Option<f64>,
    /// `maxLinkFactor`: from 0 to 1.
    pub max_link_factor: Option<f64>,
    /// `loadBalance`.
    pub load_balance: Option<bool>,
    /// `tagsToReview`, without `#`.
    pub review_tags: Option<Vec<String>>,
    /// `noteTagsToIgnore`, without `#`.
    pub ignore_tags: Option<Vec<String>>,
    /// `noteFoldersToIgnore`, as they stand.
    pub ignore_paths: Option<Vec<String>>,
    /// `startOfDay`.
    pub start_of_day: Option<StartOfDay>,
    /// `openRandomNote`.
    pub random: Option<bool>,
    /// What tells flashcards apart.
    pub cards: PluginCards,
}

/// The flashcard settings that touch the ease of a note.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PluginCards {
    /// `flashcardTags`, without `#`.
    pub flashcard_tags: Option<Vec<String>>,
    /// `flashcardTagsToIgnore`, without `#`.
    pub ignore_tags: Option<Vec<String>>,
    /// `convertFoldersToDecks`.
    pub folders_are_decks: Option<bool>,
    /// `singleLineCardSeparator`, or `singlelineCardSeparator` in older files.
    pub single_line: Option<String>,
    /// `singleLineReversedCardSeparator`, or `singlelineReversedCardSeparator`.
    pub single_line_reversed: Option<String>,
    /// `multilineCardSeparator`.
    pub multi_line: Option<String>,
    /// `multilineReversedCardSeparator`.
    pub multi_line_reversed: Option<String>,
    /// `multilineCardEndMarker`.
    pub end_marker: Option<String>,
    /// `clozePatterns`, or what the three older switches stand for.
    pub cloze_patterns: Option<Vec<String>>,
}

/// Reads the text of a `data.json`. Whatever is not understood is left out, with a finding that says so.
pub fn parse(text: &str) -> (PluginSettings, Vec<Finding>) {
    let mut findings = Vec::new();
    let root = match serde_json::from_str::<Value>(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        Ok(Value::Object(root)) => root,
        // What the plugin finds when it has never saved anything.
        Ok(Value::Null) => return (PluginSettings::default(), findings),
        Ok(_) => {
            findings.push(finding("the plugin's settings are no JSON object, so none of them is used", MEND));
            return (PluginSettings::default(), findings);
        }
        Err(error) => {
            findings.push(unreadable(text, &error));
            return (PluginSettings::default(), findings);
        }
    };
    let settings = match root.get("settings") {
        Some(Value::Object(settings)) => settings,
        // Some files hold the settings at the top.
        _ => &root,
    };
    let mut reader = Reader { settings, findings };
    let settings = PluginSettings {
        base_ease: reader.number("baseEase", 10.0, 10_000.0).and_then(Ease::new),
        lapse_interval_change: reader.number("lapsesIntervalChange", f64::MIN_POSITIVE, 1.0),
        easy_bonus: reader.number("easyBonus", 1.0, 100.0),
        maximum_interval: reader.number("maximumInterval", 1.0, 1_000_000.0),
        max_link_factor: reader.number("maxLinkFactor", 0.0, 1.0),
        load_balance: reader.switch("loadBalance"),
        review_tags: reader.tags("tagsToReview"),
        ignore_tags: reader.tags("noteTagsToIgnore"),
        ignore_paths: reader.ignore_paths(),
        start_of_day: reader.start_of_day(),
        random: reader.switch("openRandomNote"),
        cards: PluginCards {
            flashcard_tags: reader.tags("flashcardTags"),
            ignore_tags: reader.tags("flashcardTagsToIgnore"),
            folders_are_decks: reader.switch("convertFoldersToDecks"),
            single_line: reader.text(&["singleLineCardSeparator", "singlelineCardSeparator"]),
            single_line_reversed: reader.text(&["singleLineReversedCardSeparator", "singlelineReversedCardSeparator"]),
            multi_line: reader.text(&["multilineCardSeparator"]),
            multi_line_reversed: reader.text(&["multilineReversedCardSeparator"]),
            end_marker: reader.text(&["multilineCardEndMarker"]),
            cloze_patterns: reader.cloze_patterns(),
        },
    };
    reader.storage();
    (settings, reader.findings)
}

/// Reads the text of the `data.json` of the fork named "recall": only whether it keeps schedules where `study` does not
/// look for them.
pub fn parse_fork(text: &str) -> Vec<Finding> {
    let root = serde_json::from_str::<Value>(text.strip_prefix('\u{feff}').unwrap_or(text)).unwrap_or_default();
    let settings = root.get("settings").unwrap_or(&root);
    let mut findings = Vec::new();
    let location = settings.get("dataLocation").and_then(Value::as_str);
    if let Some(place) = location.filter(|place| *place != "Save On Note File") {
        let message = format!("the recall fork keeps its schedules elsewhere ({}), not in the notes", quoted(place));
        findings.push(finding(message, "what it schedules is not seen here"));
    }
    let algorithm = settings.get("algorithm").and_then(Value::as_str);
    if let Some(name) = algorithm.filter(|name| *name != "Default") {
        let message = format!("the recall fork schedules by {}, not by the plugin's own arithmetic", quoted(name));
        findings.push(finding(message, "review its notes in one of the two programs only"));
    }
    findings
}

const MEND: &str = "save the settings once in Obsidian, or mend the file";
const DEFAULT: &str = "the default is used; set it again in Obsidian";

fn unreadable(text: &str, error: &serde_json::Error) -> Finding {
    let conflict = text.lines().position(|line| line.starts_with("<<<<<<< "));
    match conflict {
        Some(line) => Finding {
            line: Some(line + 1),
            ..finding(
                "the plugin's settings hold an unresolved merge, so none of them is used",
                "resolve the merge in this file",
            )
        },
        None => Finding {
            line: Some(error.line()).filter(|line| *line > 0),
            column: Some(error.column()).filter(|column| *column > 0),
            ..finding("the plugin's settings are no JSON, so none of them is used", MEND)
        },
    }
}

fn finding(message: impl Into<String>, advice: &'static str) -> Finding {
    Finding {
        code: Code::Setting,
        severity: Severity::Problem,
        line: None,
        column: None,
        message: message.into(),
        advice: Advice::Do(advice),
    }
}

/// A value as it stands in a message: short, in backticks.
fn quoted(value: impl ToString) -> String {
    const LONGEST: usize = 40;
    let value = value.to_string();
    let short: String = value.chars().take(LONGEST).collect();
    if short.len() < value.len() { format!("`{short}…`") } else { format!("`{short}`") }
}

struct Reader<'a> {
    settings: &'a Map<String, Value>,
    findings: Vec<Finding>,
}

impl<'a> Reader<'a> {
    fn get(&self, key: &str) -> Option<&'a Value> {
        self.settings.get(key).filter(|value| !value.is_null())
    }

    fn refuse(&mut self, key: &str, value: &Value, wanted: &str) {
        self.findings
            .push(finding(format!("{key} of the plugin's settings is {}, not {wanted}", quoted(value)), DEFAULT));
    }

    fn number(&mut self, key: &str, least: f64, most: f64) -> Option<f64> {
        let value = self.get(key)?;
        let number = value.as_f64().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let wanted = match least {
                f64::MIN_POSITIVE => format!("a number above 0 and up to {most}"),
                _ => format!("a number from {least} to {most}"),
            };
            self.refuse(key, value, &wanted);
        }
        number
    }

    fn switch(&mut self, key: &str) -> Option<bool> {
        let value = self.get(key)?;
        if value.as_bool().is_none() {
            self.refuse(key, value, "true or false");
        }
        value.as_bool()
    }

    /// The first of `keys` that is there: newer names come first.
    fn text(&mut self, keys: &[&str]) -> Option<String> {
        let (key, value) = keys.iter().find_map(|key| Some((*key, self.get(key)?)))?;
        if !value.is_string() {
            self.refuse(key, value, "a text");
        }
        value.as_str().map(str::to_owned)
    }

    fn list(&mut self, key: &str) -> Option<Vec<&'a str>> {
        let value = self.get(key)?;
        match value {
            Value::Array(items) => {
                if let Some(odd) = items.iter().find(|item| !item.is_string()) {
                    let message = format!("{key} of the plugin's settings holds {}, which is no text", quoted(odd));
                    self.findings.push(finding(message, "it is left out"));
                }
                Some(items.iter().filter_map(Value::as_str).collect())
            }
            // One text, as it is typed into the settings.
            Value::String(text) => Some(text.split_whitespace().collect()),
            _ => {
                self.refuse(key, value, "a list");
                None
            }
        }
    }

    fn tags(&mut self, key: &str) -> Option<Vec<String>> {
        let mut tags: Vec<String> = Vec::new();
        let mut known = HashSet::new();
        for item in self.list(key)? {
            let tag = item.trim();
            let tag = tag.strip_prefix('#').unwrap_or(tag);
            if is_tag(tag) {
                if known.insert(tag) {
                    tags.push(tag.to_owned());
                }
            } else if !tag.is_empty() {
                let message = format!("{key} of the plugin's settings holds {}, which is no tag", quoted(item));
                self.findings.push(finding(message, "it is left out; mend it in Obsidian"));
            }
        }
        Some(tags)
    }

    fn ignore_paths(&mut self) -> Option<Vec<String>> {
        let key = "noteFoldersToIgnore";
        let patterns = match self.get(key)? {
            // A folder may have blanks in it.
            Value::String(text) => text.lines().map(str::trim).filter(|line| !line.is_empty()).collect(),
            _ => self.list(key)?,
        };
        if patterns.contains(&"") {
            let message = format!("{key} of the plugin's settings has an empty entry, which covers every note");
            self.findings.push(finding(message, "take it out in Obsidian, or set ignore_paths in .study/config.toml"));
        }
        Some(patterns.into_iter().map(str::to_owned).collect())
    }

    fn start_of_day(&mut self) -> Option<StartOfDay> {
        let value = self.get("startOfDay")?;
        let time = value.as_str().and_then(|text| StartOfDay::parse(text).ok());
        if time.is_none() {
            self.refuse("startOfDay", value, "a time of day like 04:00:00");
        }
        time
    }

    fn cloze_patterns(&mut self) -> Option<Vec<String>> {
        if self.get("clozePatterns").is_some() {
            return Some(self.list("clozePatterns")?.into_iter().map(str::to_owned).collect());
        }
        let older = [
            ("convertHighlightsToClozes", "==[123;;]answer[;;hint]=="),
            ("convertBoldTextToClozes", "**[123;;]answer[;;hint]**"),
            ("convertCurlyBracketsToClozes", "{{[123;;]answer[;;hint]}}"),
        ];
        let known = older.iter().any(|(key, _)| self.get(key).is_some());
        let on = |key: &str| self.get(key).and_then(Value::as_bool) == Some(true);
        known.then(|| older.iter().filter(|(key, _)| on(key)).map(|(_, pattern)| (*pattern).to_owned()).collect())
    }

    fn storage(&mut self) {
        if let Some(store) = self.get("dataStore").filter(|store| store.as_str() != Some("NOTES")) {
            let message =
                format!("the plugin keeps its schedules elsewhere (dataStore is {}), not in the notes", quoted(store));
            self.findings
                .push(finding(message, "what it schedules is not seen here; set its storage to notes in Obsidian"));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn messages(text: &str) -> Vec<String> {
        parse(text).1.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_whole_file_is_read() {
        let (s, findings) = parse(
            r##"{"settings": {"baseEase": 230, "lapsesIntervalChange": 0.7, "easyBonus": 1, "maximumInterval": 365.5,
            "maxLinkFactor": 0, "loadBalance": false, "tagsToReview": ["#review", "#study/a", "plain", "", "#review"],
            "noteTagsToIgnore": ["#skip"], "noteFoldersToIgnore": ["**/*.excalidraw.md", "archive"], "startOfDay": "04:30:00",
            "openRandomNote": true, "flashcardTags": ["#🧠"], "flashcardTagsToIgnore": [], "convertFoldersToDecks": false,
            "singleLineCardSeparator": ";;", "singlelineCardSeparator": "::", "multilineCardEndMarker": "---",
            "clozePatterns": ["{{[123;;]answer[;;hint]}}"], "unheard": {"of": []}}, "buryList": [], "historyDeck": null}"##,
        );
        assert_eq!(findings, []);
        assert_eq!(s.base_ease, Ease::new(230.0));
        assert_eq!((s.lapse_interval_change, s.easy_bonus, s.maximum_interval), (Some(0.7), Some(1.0), Some(365.5)));
        assert_eq!((s.max_link_factor, s.load_balance, s.random), (Some(0.0), Some(false), Some(true)));
        assert_eq!(s.review_tags.unwrap(), ["review", "study/a", "plain"]);
        assert_eq!(s.ignore_tags.unwrap(), ["skip"]);
        assert_eq!(s.ignore_paths.unwrap(), ["**/*.excalidraw.md", "archive"]);
        assert_eq!(s.start_of_day.unwrap().to_string(), "04:30");
        assert_eq!(s.cards.flashcard_tags.unwrap(), ["🧠"]);
        assert_eq!(s.cards.single_line.unwrap(), ";;");
        assert_eq!(s.cards.multi_line, None);
        assert_eq!(s.cards.cloze_patterns.unwrap(), ["{{[123;;]answer[;;hint]}}"]);
    }

    #[test]
    fn older_generations_are_read() {
        let (s, findings) = parse(r#"{"baseEase": 240, "tagsToReview": "\#a \#b"}"#.replace("\\#", "#").as_str());
        assert_eq!((s.base_ease, findings.len()), (Ease::new(240.0), 0));
        assert_eq!(s.review_tags.unwrap(), ["a", "b"]);
        let old = r#"{"settings": {"singlelineCardSeparator": "--", "convertBoldTextToClozes": true,
            "convertHighlightsToClozes": false}, "buryDate": "", "buryList": []}"#;
        let cards = parse(old).0.cards;
        assert_eq!(cards.single_line.unwrap(), "--");
        assert_eq!(cards.cloze_patterns.unwrap(), ["**[123;;]answer[;;hint]**"]);
        for nothing in ["null", "{}", "\u{feff}{}", r#"{"settings": {}}"#, r#"{"settings": {"baseEase": null}}"#] {
            assert_eq!(parse(nothing), (PluginSettings::default(), vec![]), "{nothing}");
        }
    }

    #[test]
    fn hostile_values_are_refused_with_a_notice() {
        let cases = [
            (
                r#"{"settings": {"baseEase": -5}}"#,
                "baseEase of the plugin's settings is `-5`, not a number from 10 to 10000",
            ),
            (
                r#"{"settings": {"baseEase": "250"}}"#,
                "baseEase of the plugin's settings is `\"250\"`, not a number from 10 to 10000",
            ),
            (
                r#"{"settings": {"lapsesIntervalChange": 0}}"#,
                "lapsesIntervalChange of the plugin's settings is `0`, not a number above 0 and up to 1",
            ),
            (
                r#"{"settings": {"maximumInterval": 0.5}}"#,
                "maximumInterval of the plugin's settings is `0.5`, not a number from 1 to 1000000",
            ),
            (r#"{"settings": {"loadBalance": 1}}"#, "loadBalance of the plugin's settings is `1`, not true or false"),
            (
                r##"{"settings": {"tagsToReview": ["#a,"]}}"##,
                "tagsToReview of the plugin's settings holds `#a,`, which is no tag",
            ),
            (
                r#"{"settings": {"tagsToReview": [7]}}"#,
                "tagsToReview of the plugin's settings holds `7`, which is no text",
            ),
            (r#"{"settings": {"tagsToReview": 7}}"#, "tagsToReview of the plugin's settings is `7`, not a list"),
            (
                r#"{"settings": {"startOfDay": "4 am"}}"#,
                "startOfDay of the plugin's settings is `\"4 am\"`, not a time of day like 04:00:00",
            ),
            (
                r#"{"settings": {"noteFoldersToIgnore": [""]}}"#,
                "noteFoldersToIgnore of the plugin's settings has an empty entry, which covers every note",
            ),
            (
                r#"{"settings": {"dataStore": "PLUGIN_DATA"}}"#,
                "the plugin keeps its schedules elsewhere (dataStore is `\"PLUGIN_DATA\"`), not in the notes",
            ),
            ("[1]", "the plugin's settings are no JSON object, so none of them is used"),
            ("{\n\"settings\": oops}", "the plugin's settings are no JSON, so none of them is used"),
            ("{\n<<<<<<< HEAD\n", "the plugin's settings hold an unresolved merge, so none of them is used"),
            ("", "the plugin's settings are no JSON, so none of them is used"),
        ];
        for (text, message) in cases {
            assert_eq!(messages(text), [message], "{text}");
        }
        assert_eq!(parse("{\n\"settings\": oops}").1[0].line, Some(2));
        assert_eq!(parse(r#"{"settings": {"tagsToReview": [""]}}"#).0.review_tags, Some(vec![]));
        assert!(parse(&"[".repeat(100_000)).1.len() == 1);
    }

    #[test]
    fn the_fork_is_noticed_where_it_differs() {
        assert_eq!(parse_fork(r#"{"settings": {"dataLocation": "Save On Note File", "algorithm": "Default"}}"#), []);
        assert_eq!(parse_fork("broken"), []);
        assert_eq!(parse_fork(r#"{"settings": {"dataLocation": "In Vault Folder", "algorithm": "Fsrs"}}"#).len(), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

        #[test]
        fn any_value_in_any_place_is_tolerated(key in "(baseEase|tagsToReview|startOfDay|clozePatterns|settings|noteFoldersToIgnore|[a-z]{1,4})",
            value in "(-?[0-9]{1,30}(\\.[0-9]{1,9})?|\"\\PC{0,9}\"|\\[\"\\PC{0,5}\",null,1\\]|\\{\\}|null|true|\\PC{0,8})")
        {
            parse(&format!("{{\"settings\": {{\"{key}\": {value}}}}}"));
            parse(&format!("{{\"{key}\": {value}}}"));
        }
    }
}
