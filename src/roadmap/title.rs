//! The name of a topic, freed of what people write beside it: dates, priorities, tags, block ids, levels, states.

use chrono::NaiveDate;
use unicode_width::UnicodeWidthStr;

use super::Standing;
use super::inline::Inline;
use super::sign;
use crate::clock::parse_day;

/// What a line says when it is read as the title of a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Title {
    /// The name.
    pub name: String,
    /// Emoji that are no part of it.
    pub badge: String,
    /// What a sign or a strike says about the topic.
    pub standing: Option<Standing>,
    /// Whether all of it is struck out.
    pub struck: bool,
    /// Whether it begins with a box drawn as one character, `☐`.
    pub boxed: bool,
    /// When it was done.
    pub finished: Option<NaiveDate>,
    /// How the line reads.
    pub class: Class,
}

/// How a line reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Class {
    /// The name of something.
    #[default]
    Name,
    /// A term in bold with its definition.
    Term,
    /// Running text.
    Sentence,
    /// Only links, at least one of them out of the vault; or such a link with something said about it.
    Reading,
    /// Only links, all to notes and files.
    NoteLink,
    /// Only links to places in the same note: a table of contents.
    Contents,
    /// Nothing.
    Empty,
}

/// Reads a finished line as a title.
pub fn read(line: &Inline) -> Title {
    let (term, definition) = term(line).unzip();
    let mut title = tidy(term.unwrap_or(&line.text));
    if line.is_struck() {
        title.standing = Some(Standing::Dropped);
        title.struck = true;
    }
    if title.finished.is_none()
        && let Some(definition) = definition
    {
        title.finished = tidy(definition).finished;
    }
    title.class = class(line, &title.name, term.is_some());
    title
}

/// The bold term that the line begins with and its definition, when it is one: `**Term**: ...`, `**Term:** ...`.
fn term(line: &Inline) -> Option<(&str, &str)> {
    let lead = line.lead?;
    let term = line.text.get(..lead)?.trim();
    let rest = line.text.get(lead..)?.trim_start();
    let said = rest.trim_start_matches([':', '：', '-', '–', '—', '=', '→']);
    let colon =
        term.ends_with([':', '：']) || rest.starts_with([':', '：', '–', '—', '=', '→']) || rest.starts_with("- ");
    (colon && !said.trim().is_empty() && term.chars().any(char::is_alphanumeric))
        .then_some((term.trim_end_matches([':', '：']), said))
}

fn class(line: &Inline, name: &str, is_term: bool) -> Class {
    use super::Target::Url;
    let outside = tidy(&line.outside).name.chars().any(char::is_alphanumeric);
    let external = line.links.iter().any(|link| matches!(link.target, Url(_)));
    let leads_out = external
        && line.links.first().is_some_and(|link| {
            matches!(link.target, Url(_))
                && !link.label.is_empty()
                && line.text.trim_start().starts_with(link.label.split(' ').next().unwrap_or_default())
        });
    match () {
        () if is_term => Class::Term,
        () if !outside && line.links.is_empty() && line.inner_links > 0 => Class::Contents,
        () if external && (!outside || leads_out) => Class::Reading,
        () if !outside && !line.links.is_empty() => Class::NoteLink,
        () if name.is_empty() => Class::Empty,
        () if is_sentence(name) => Class::Sentence,
        () => Class::Name,
    }
}

/// Running text rather than a name: it ends like a sentence, or is too long to be called by.
fn is_sentence(name: &str) -> bool {
    let words = name.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
    let stopped = name.ends_with(['.', '。', ';', '!', '！']) && (words > 1 || name.width() > 12);
    let question = name.ends_with(['?', '？']);
    stopped || (!question && words > 7) || words > 14 || (words < 4 && name.width() > 60)
}

/// `raw` as a name: one line, without what stands beside it.
fn tidy(raw: &str) -> Title {
    let mut title = Title::default();
    let mut words: Vec<&str> = raw.split_whitespace().collect();
    if let Some(cut) = words.iter().position(|word| word.starts_with('🔁')) {
        let rest = words.split_off(cut);
        words.extend(rest.into_iter().skip_while(|word| !word.starts_with(DATED) || word.starts_with('🔁')));
    }
    let most = words.len().saturating_sub(1);
    let signs = words.iter().take(most).take_while(|word| title.sign(word)).count();
    title.boxed = words.iter().take(signs).any(|word| sign::is_ballot_box(word));
    words.drain(..signs);
    while let Some(last) = words.last().copied() {
        let before = words.len().checked_sub(2).and_then(|at| words.get(at)).copied();
        let day = parse_day(last).ok();
        if let (Some(day), Some(before)) = (day, before)
            && is_dated(before)
        {
            title.dated(before, day);
            words.truncate(words.len() - 2);
        } else if last.starts_with(DATED)
            && let Ok(day) = parse_day(last.trim_start_matches(|c: char| !c.is_ascii_digit()))
        {
            title.dated(last, day);
            words.pop();
        } else if let Some(length) = field(&words) {
            let field = words.split_off(words.len() - length).join(" ");
            title.field(&field);
        } else if words.len() > 1 && (is_tag(last) || is_block_id(last) || title.sign(last)) || is_priority(last) {
            words.pop();
        } else {
            break;
        }
    }
    let name = words.join(" ");
    let name = if name.matches("==").count() >= 2 { name.replace("==", "") } else { name };
    title.name = name.trim_end_matches([':', '：']).trim().to_owned();
    title
}

/// The signs of the Tasks plugin that a date follows.
const DATED: [char; 8] = ['📅', '🗓', '📆', '✅', '❌', '⏳', '🛫', '➕'];

fn is_dated(word: &str) -> bool {
    let mut chars = word.trim_end_matches('\u{fe0f}').chars();
    chars.next().is_some_and(|c| DATED.contains(&c)) && chars.next().is_none()
}

fn is_priority(word: &str) -> bool {
    matches!(word.trim_end_matches('\u{fe0f}'), "🔺" | "⏫" | "🔼" | "🔽" | "⏬")
}

fn is_tag(word: &str) -> bool {
    let tag = word.strip_prefix('#').unwrap_or_default();
    !tag.is_empty()
        && tag.chars().any(|c| !c.is_ascii_digit())
        && tag.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '/'))
}

fn is_block_id(word: &str) -> bool {
    word.strip_prefix('^').is_some_and(|id| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}

/// How many words at the end are a field `[key:: value]` or `(key:: value)`.
fn field(words: &[&str]) -> Option<usize> {
    let close = words.last()?.chars().next_back()?;
    let open = match close {
        ']' => '[',
        ')' => '(',
        _ => return None,
    };
    // A field is a few words; looking further would make a long line slow.
    let start = words.iter().rev().take(12).position(|word| word.starts_with(open))?;
    let first = words.get(words.len() - 1 - start)?;
    first.contains("::").then_some(start + 1)
}

impl Title {
    fn dated(&mut self, sign: &str, day: NaiveDate) {
        match sign.chars().next() {
            Some('✅') => self.finished = Some(day),
            Some('❌') => self.standing = Some(Standing::Dropped),
            _ => {}
        }
    }

    fn field(&mut self, field: &str) {
        let inner = field.trim_matches(['[', ']', '(', ')']);
        let Some((key, value)) = inner.split_once("::") else { return };
        if key.trim().eq_ignore_ascii_case("completion")
            && let Ok(day) = parse_day(value.trim())
        {
            self.finished = Some(day);
        }
    }

    /// Whether `word` is a sign beside the name; what it says is kept.
    fn sign(&mut self, word: &str) -> bool {
        if let Some(standing) = sign::beside_title(word) {
            self.standing = Some(standing);
        } else if !word.is_empty() && word.chars().all(sign::is_level) {
            if !self.badge.is_empty() {
                self.badge.push(' ');
            }
            self.badge.push_str(word);
        } else {
            return false;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_freed_of_what_stands_beside_them() {
        let cases = [
            ("Sets 📅 2030-01-02", "Sets", ""),
            ("Sets ⏫ 🔁 every week 📅2030-01-02 #math/sets ^ab-1", "Sets", ""),
            ("Sets [due:: 2030-01-02] (estimate:: 2 h)", "Sets", ""),
            ("🟢 Sets ⭐⭐", "Sets", "🟢 ⭐⭐"),
            ("C#", "C#", ""),
            ("Issue #12", "Issue #12", ""),
            ("==Sets== and maps:", "Sets and maps", ""),
            ("a   b", "a b", ""),
            ("[1, 2]", "[1, 2]", ""),
            ("🟢", "🟢", ""),
        ];
        for (raw, name, badge) in cases {
            let title = tidy(raw);
            assert_eq!((title.name.as_str(), title.badge.as_str()), (name, badge), "{raw}");
        }
    }

    #[test]
    fn the_day_it_was_done_is_kept() {
        let day = NaiveDate::from_ymd_opt(2030, 1, 2);
        for raw in ["Sets ✅ 2030-01-02", "Sets ➕ 2029-12-01 ✅ 2030-01-02", "Sets [completion:: 2030-01-02]"] {
            assert_eq!((tidy(raw).finished, tidy(raw).name.as_str()), (day, "Sets"), "{raw}");
        }
        assert_eq!(tidy("Sets ✅").standing, Some(Standing::Done));
        assert_eq!(tidy("Sets ❌ 2030-01-02").standing, Some(Standing::Dropped));
    }

    #[test]
    fn sentences_are_no_names() {
        for text in [
            "It stores rows and columns.",
            "Rows that hold what the columns of the table are called",
            "これは文章です。これは文章です。",
        ] {
            assert!(is_sentence(text), "{text}");
        }
        for text in
            ["Node.js", "What is a relational database and why would one ever use it?", "Sets, maps and trees", "集合"]
        {
            assert!(!is_sentence(text), "{text}");
        }
    }
}
