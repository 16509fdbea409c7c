//! The outline of a note: its title, its sections, and what can be asked inside each before it is shown.
//!
//! All ranges are bytes of the body that was given, which is the text of the note without its frontmatter; add where the
//! body starts to get positions in the file. All texts are as the note has them: untrusted.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

use super::visible::{Shallow, parser, shown, without_comments};
use crate::within::Within;

/// What a note is about, from top to bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The title of the frontmatter, else the first heading of level 1, else the name of the file.
    pub title: String,
    /// The sections in order. Their ranges follow one another without a gap and cover the whole body.
    pub sections: Vec<Section>,
}

/// A heading and what stands below it, down to the next heading of any level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The level of the heading from 1 to 6; 0 for what stands above the first heading.
    pub level: u8,
    /// The text of the heading on one line; empty for level 0.
    pub title: String,
    /// The section with its heading.
    pub range: Range<usize>,
    /// The section without its heading: what is hidden until it is revealed.
    pub content: Range<usize>,
    /// What can be asked inside, in order.
    pub prompts: Vec<Prompt>,
}

impl Section {
    /// Whether there is nothing but blanks below the heading.
    pub fn is_empty(&self, body: &str) -> bool {
        body.within(self.content.clone()).trim().is_empty()
    }
}

/// What makes an item of a list a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptKind {
    /// `**Term**: definition`.
    Term,
    /// An item of a numbered list, with its number.
    Numbered(u64),
    /// A checklist item that is done.
    Done,
}

/// A question inside a section: the part that shows, and the part that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// What makes it a question.
    pub kind: PromptKind,
    /// The text of the part that shows: the term, the number with what follows it, the task.
    pub text: String,
    /// The bytes that show.
    pub shown: Range<usize>,
    /// The bytes that wait; empty when the whole item is the question. May hold other prompts, which come later.
    pub hidden: Range<usize>,
}

/// Reads the outline of `body`. `title` is the one the frontmatter gives, `name` the file's without `.md`.
pub fn outline(body: &str, title: Option<&str>, name: &str) -> Outline {
    let text = Shallow::new(without_comments(body));
    let mut reader = Reader::default();
    for (event, range) in parser(&text).into_offset_iter() {
        reader.read(&event, range, text.text());
    }
    reader.finish(body.len(), title, name)
}

/// The part of `body` that a link with `#fragment` names: a heading (`Heading`, or `Outer#Inner`) with all below it down
/// to the next heading of its level, or the block that ends with `^name`. Case and punctuation of headings do not count.
pub fn part(body: &str, fragment: &str) -> Option<Range<usize>> {
    if let Some(name) = fragment.strip_prefix('^') {
        return block(body, name);
    }
    let wanted = fragment.rsplit('#').next().unwrap_or(fragment);
    let wanted = heading_key(wanted);
    let sections = outline(body, None, "").sections;
    let first = sections.iter().position(|section| section.level > 0 && heading_key(&section.title) == wanted)?;
    let section = sections.get(first)?;
    let after = sections.iter().skip(first + 1).find(|next| next.level <= section.level);
    Some(section.range.start..after.map_or(body.len(), |next| next.range.start))
}

/// A heading as links name it: Obsidian leaves out what would end the link.
fn heading_key(title: &str) -> String {
    let letters = title.chars().filter(|c| c.is_alphanumeric() || c.is_whitespace());
    letters.flat_map(char::to_lowercase).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The paragraph, item or table that the name of a block stands behind.
fn block(body: &str, name: &str) -> Option<Range<usize>> {
    let mark = format!("^{name}");
    let mut start = 0;
    let mut at = 0;
    // What stands before a name that has a line to itself.
    let mut last = None;
    for line in body.split_inclusive('\n') {
        let end = at + line.len();
        let text = line.trim();
        let item = text.starts_with(['-', '*', '+']) || text.starts_with(|c: char| c.is_ascii_digit());
        if text.is_empty() {
            if start < at {
                last = Some(start..at);
            }
            start = end;
        } else {
            let heading = text.starts_with('#');
            if item || heading {
                start = at;
            }
            if text == mark && start == at {
                return last;
            }
            if text.strip_suffix(&mark).is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace))
            {
                return Some(start..end);
            }
            if heading {
                start = end;
            }
        }
        at = end;
    }
    None
}

#[derive(Default)]
struct Reader {
    headings: Vec<Heading>,
    heading: Option<Heading>,
    /// How many quotes, lists and footnotes are open: a heading in one is no section.
    depth: usize,
    lists: Vec<Option<u64>>,
    items: Vec<Item>,
    prompts: Vec<Prompt>,
}

struct Heading {
    level: u8,
    title: String,
    range: Range<usize>,
}

/// An item of a list while it is read.
#[derive(Default)]
struct Item {
    range: Range<usize>,
    number: Option<u64>,
    done: bool,
    /// The text of the first paragraph.
    lead: String,
    /// Where the first paragraph starts and ends.
    lead_at: Option<Range<usize>>,
    /// Inside the emphasis that the item starts with.
    in_strong: bool,
    /// Where that emphasis ends, and the text in it.
    strong: Option<(usize, String)>,
    /// Where the definition starts.
    definition: Option<usize>,
    paragraphs: usize,
    /// Where the first block after the first paragraph starts.
    child: Option<usize>,
}

impl Reader {
    fn read(&mut self, event: &Event<'_>, range: Range<usize>, body: &str) {
        match event {
            Event::Start(Tag::Heading { level, .. }) if self.depth == 0 => {
                self.heading = Some(Heading { level: depth_of(*level), title: String::new(), range });
            }
            Event::End(TagEnd::Heading(_)) => self.headings.extend(self.heading.take()),
            Event::Start(Tag::List(first)) => {
                self.child(range.start);
                self.depth += 1;
                self.lists.push(*first);
            }
            Event::End(TagEnd::List(_)) => {
                self.depth = self.depth.saturating_sub(1);
                self.lists.pop();
            }
            Event::Start(Tag::Item) => {
                let number = self.lists.last_mut().and_then(Option::as_mut).map(|next| {
                    let number = *next;
                    *next = next.saturating_add(1);
                    number
                });
                self.items.push(Item { range, number, ..Item::default() });
            }
            Event::End(TagEnd::Item) => {
                if let Some(item) = self.items.pop() {
                    self.prompts.extend(prompt(item, body));
                }
            }
            Event::Start(Tag::BlockQuote(_) | Tag::FootnoteDefinition(_)) => {
                self.child(range.start);
                self.depth += 1;
            }
            Event::End(TagEnd::BlockQuote(_) | TagEnd::FootnoteDefinition) => {
                self.depth = self.depth.saturating_sub(1);
            }
            Event::Start(Tag::CodeBlock(_) | Tag::Table(_) | Tag::HtmlBlock | Tag::Heading { .. }) | Event::Rule => {
                self.child(range.start);
            }
            Event::Start(Tag::Paragraph) => {
                if let Some(item) = self.items.last_mut() {
                    item.paragraphs += 1;
                    if item.paragraphs > 1 || !item.lead.is_empty() {
                        item.child.get_or_insert(range.start);
                    }
                }
            }
            Event::TaskListMarker(done) => {
                if let Some(item) = self.items.last_mut() {
                    item.done = *done;
                }
            }
            Event::Start(Tag::Strong) => {
                if let Some(item) = self.items.last_mut()
                    && item.child.is_none()
                    && item.lead.trim().is_empty()
                {
                    item.in_strong = true;
                    item.extend_lead(&range);
                }
            }
            Event::End(TagEnd::Strong) => {
                if let Some(item) = self.items.last_mut()
                    && std::mem::take(&mut item.in_strong)
                {
                    item.strong = Some((range.end, item.lead.clone()));
                    if item.lead.trim_end().ends_with([':', '：']) {
                        item.definition = Some(range.end);
                    }
                }
            }
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text(&shown(text), &range, matches!(event, Event::Text(_)));
            }
            Event::SoftBreak | Event::HardBreak => self.text(" ", &range, false),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, range: &Range<usize>, plain: bool) {
        if let Some(heading) = &mut self.heading {
            heading.title.push_str(text);
            return;
        }
        let Some(item) = self.items.last_mut() else { return };
        if item.child.is_some() {
            return;
        }
        let after_strong = item.strong.as_ref().is_some_and(|(end, _)| *end == range.start);
        if plain && after_strong && item.definition.is_none() {
            item.definition = separator(text).map(|length| range.start + length);
        }
        item.extend_lead(range);
        item.lead.push_str(text);
    }

    /// A block starts at `at`: the first one after its first paragraph ends the lead of an item.
    fn child(&mut self, at: usize) {
        if let Some(item) = self.items.last_mut() {
            item.child.get_or_insert(at);
        }
    }

    fn finish(mut self, length: usize, title: Option<&str>, name: &str) -> Outline {
        for heading in &mut self.headings {
            heading.title = heading.title.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        let first = self.headings.iter().find(|heading| heading.level == 1 && !heading.title.is_empty());
        let given = title.map(str::trim).filter(|title| !title.is_empty());
        let title = given.or(first.map(|heading| heading.title.as_str())).unwrap_or(name).to_owned();

        let start = self.headings.first().map_or(length, |heading| heading.range.start);
        let mut sections = Vec::with_capacity(self.headings.len() + 1);
        if start > 0 || self.headings.is_empty() {
            let whole = 0..start;
            sections.push(Section {
                level: 0,
                title: String::new(),
                range: whole.clone(),
                content: whole,
                prompts: vec![],
            });
        }
        let ends: Vec<usize> =
            self.headings.iter().skip(1).map(|heading| heading.range.start).chain([length]).collect();
        for (heading, end) in self.headings.into_iter().zip(ends) {
            let content = heading.range.end.min(end)..end;
            let range = heading.range.start..end;
            sections.push(Section { level: heading.level, title: heading.title, range, content, prompts: vec![] });
        }
        // An inner item ends before the outer one does; the reader meets the outer one first.
        self.prompts.sort_by_key(|prompt| (prompt.shown.start, std::cmp::Reverse(prompt.hidden.end)));
        let mut current = 0;
        for prompt in self.prompts {
            while sections.get(current + 1).is_some_and(|next| next.range.start <= prompt.shown.start) {
                current += 1;
            }
            if let Some(section) = sections.get_mut(current) {
                section.prompts.push(prompt);
            }
        }
        Outline { title, sections }
    }
}

impl Item {
    fn extend_lead(&mut self, range: &Range<usize>) {
        match &mut self.lead_at {
            Some(lead) => lead.end = lead.end.max(range.end),
            None => self.lead_at = Some(range.clone()),
        }
    }
}

fn depth_of(level: HeadingLevel) -> u8 {
    level as u8
}

/// The bytes of what stands between a term and its definition, if `text` starts with it.
fn separator(text: &str) -> Option<usize> {
    let trimmed = text.trim_start();
    let blanks = text.len() - trimmed.len();
    let mark = trimmed.chars().next()?;
    match mark {
        ':' | '：' => Some(blanks + mark.len_utf8()),
        // A dash is one only with blanks around it.
        '-' | '–' | '—' if blanks > 0 && trimmed[mark.len_utf8()..].starts_with(' ') => {
            Some(blanks + mark.len_utf8())
        }
        _ => None,
    }
}

/// The question that `item` is, if it is one.
fn prompt(item: Item, body: &str) -> Option<Prompt> {
    let end = item.range.start + body.get(item.range.clone())?.trim_end().len();
    let lead_end = item.lead_at.as_ref().map_or(end, |lead| lead.end).min(end);
    let start = item.range.start;
    let definition = item.definition.filter(|&at| body.get(at..end).is_some_and(|text| !text.trim().is_empty()));
    if let (Some(at), Some((_, term))) = (definition, item.strong) {
        let text = term.trim().trim_end_matches([':', '：']).trim_end().to_owned();
        return Some(Prompt { kind: PromptKind::Term, text, shown: start..at, hidden: at..end });
    }
    let kind = match item.number {
        Some(number) => PromptKind::Numbered(number),
        None if item.done => PromptKind::Done,
        None => return None,
    };
    let lead = item.lead.split_whitespace().collect::<Vec<_>>().join(" ");
    let child = item.child.filter(|&at| at < end).map(|at| at.max(lead_end));
    let (text, waits) = match (kind, child) {
        (_, Some(at)) => (lead, at.min(end)),
        // The steps of a list are the answer, unless they are questions themselves.
        (PromptKind::Numbered(_), None) if !lead.ends_with(['?', '？']) => {
            (String::new(), item.lead_at.as_ref().map_or(end, |lead| lead.start))
        }
        _ => (lead, end),
    };
    Some(Prompt { kind, text, shown: start..waits, hidden: waits..end })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections(body: &str) -> Vec<(u8, String, &str)> {
        let outline = outline(body, None, "file");
        outline.sections.into_iter().map(|s| (s.level, s.title, &body[s.content])).collect()
    }

    fn prompts(body: &str) -> Vec<(PromptKind, String, &str)> {
        let outline = outline(body, None, "file");
        let all = outline.sections.into_iter().flat_map(|section| section.prompts);
        all.map(|p| (p.kind, p.text, &body[p.hidden])).collect()
    }

    #[test]
    fn a_title_is_the_one_given_or_the_first_heading_of_level_one() {
        let cases = [
            ("# b\n", Some("given"), "given"),
            ("## a\n# The *real* `one`\n# b\n", None, "The real one"),
            ("## a\n", Some(" given "), "given"),
            ("# \n", Some(" "), "file"),
            ("```\n# no\n```\n", None, "file"),
            ("> # no\n", None, "file"),
            ("# <a href=\"x\">Linked</a> %%hidden%% [[Note|title]]\n", None, "Linked title"),
        ];
        for (body, given, title) in cases {
            assert_eq!(outline(body, given, "file").title, title, "{body:?}");
        }
    }

    #[test]
    fn sections_tile_the_body() {
        let body = "intro\n\n# A\nx\n## B\n\nSetext\n---\ny\n```\n# code\n```\n";
        let found = sections(body);
        assert_eq!(
            found,
            [
                (0, String::new(), "intro\n\n"),
                (1, "A".into(), "x\n"),
                (2, "B".into(), "\n"),
                (2, "Setext".into(), "y\n```\n# code\n```\n"),
            ]
        );
        assert_eq!(sections(""), [(0, String::new(), "")]);
    }

    #[test]
    fn a_term_waits_with_its_definition() {
        let body = "- **Term**: what it *is*\n- **Other** — dashed\n- **Third:** inside\n- **none** of it\n- plain: no\n\
                    - **A**: x\n  - nested\n";
        let found = prompts(body);
        let term = PromptKind::Term;
        assert_eq!(
            found,
            [
                (term, "Term".into(), " what it *is*"),
                (term, "Other".into(), " dashed"),
                (term, "Third".into(), " inside"),
                (term, "A".into(), " x\n  - nested"),
            ]
        );
    }

    #[test]
    fn numbered_items_and_finished_tasks_are_questions() {
        let body = "1. First step\n2. What is it?\n3. With more\n   - below\n\n- [x] Done\n  - [x] inner\n  - [ ] open\n- [ ] no\n- [X] alone\n";
        assert_eq!(
            prompts(body),
            [
                (PromptKind::Numbered(1), String::new(), "First step"),
                (PromptKind::Numbered(2), "What is it?".into(), ""),
                (PromptKind::Numbered(3), "With more".into(), "- below"),
                (PromptKind::Done, "Done".into(), "- [x] inner\n  - [ ] open"),
                (PromptKind::Done, "inner".into(), ""),
                (PromptKind::Done, "alone".into(), ""),
            ]
        );
    }

    #[test]
    fn a_link_names_a_part() {
        let body = "# A\n\n## The *Part*: one\ntext\n### In\nmore ^b1\n\n- x\n- y ^b2\n## Next\n\n|t|\n|-|\n\n^t1\n";
        let whole = "## The *Part*: one\ntext\n### In\nmore ^b1\n\n- x\n- y ^b2\n";
        let cases = [
            ("The Part one", Some(whole)),
            ("A#the part: one", Some(whole)),
            ("In", Some("### In\nmore ^b1\n\n- x\n- y ^b2\n")),
            ("^b1", Some("more ^b1\n")),
            ("^b2", Some("- y ^b2\n")),
            ("^t1", Some("|t|\n|-|\n")),
            ("^b", None),
            ("Gone", None),
        ];
        for (fragment, text) in cases {
            assert_eq!(part(body, fragment).map(|range| &body[range]), text, "{fragment}");
        }
    }

    #[test]
    fn deep_nesting_is_read_in_bounded_space() {
        let body = format!("{}x\n{}y", ">".repeat(20_000), "- ".repeat(20_000));
        assert_eq!(outline(&body, None, "file").sections.len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn sections_and_prompts_lie_in_the_body(body in "[-#*:>\\[\\]x1. a\n日`%|]{0,80}") {
            let outline = outline(&body, None, "n");
            let mut at = 0;
            for section in outline.sections {
                proptest::prop_assert_eq!(section.range.start, at);
                at = section.range.end;
                proptest::prop_assert!(body.get(section.content).is_some());
                for prompt in section.prompts {
                    proptest::prop_assert!(body.get(prompt.shown.clone()).is_some());
                    proptest::prop_assert!(body.get(prompt.hidden.clone()).is_some());
                    proptest::prop_assert!(prompt.shown.end <= prompt.hidden.start);
                }
            }
            proptest::prop_assert_eq!(at, body.len());
        }
    }
}
