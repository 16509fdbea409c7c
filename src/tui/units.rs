//! What is revealed step by step: of a note its sections and the prompts in them, of a roadmap its topics.

use std::ops::Range;

use super::reading::body_of;
use crate::note::outline::{Outline, PromptKind};
use crate::roadmap::{Roadmap, Standing, in_note};

/// Something that is revealed in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// Where what shows of it starts.
    pub start: usize,
    /// What it hides; nothing where all of it is the question.
    pub hidden: Range<usize>,
    /// Whether it is something to recall: a prompt, or a section without one.
    pub counts: bool,
    /// A whole section.
    pub section: bool,
}

/// The units of the note `name` in their order, as bytes of its body. `text` is the whole note.
pub(super) fn units(outline: &Outline, text: &str, name: &str) -> Vec<Unit> {
    match in_note(name, text) {
        Some(roadmap) => topics(&roadmap, outline, text),
        None => sections(outline, body_of(text)),
    }
}

fn sections(outline: &Outline, body: &str) -> Vec<Unit> {
    let mut units = Vec::new();
    for section in outline.sections.iter().filter(|section| !section.is_empty(body)) {
        let counts = section.prompts.is_empty();
        units.push(Unit { start: section.range.start, hidden: section.content.clone(), counts, section: true });
        units.extend(section.prompts.iter().map(|prompt| Unit {
            start: prompt.shown.start,
            hidden: prompt.hidden.clone(),
            counts: true,
            section: false,
        }));
    }
    units
}

/// The topics of a roadmap, but for those given up: the line of each shows, and its own text below that is hidden.
fn topics(roadmap: &Roadmap, outline: &Outline, text: &str) -> Vec<Unit> {
    let above = text.len() - body_of(text).len();
    let prompts = || outline.sections.iter().flat_map(|section| &section.prompts);
    // A definition stands on the line of its term.
    let definitions: Vec<usize> =
        prompts().filter(|prompt| prompt.kind == PromptKind::Term).map(|prompt| prompt.hidden.start + above).collect();
    let unit = |at: usize| {
        let own = roadmap.own_range(at)?;
        let part = text.get(own.clone())?;
        let line = own.start + part.find('\n').unwrap_or(part.len());
        let definition = definitions.get(definitions.partition_point(|&start| start < own.start));
        let start = definition.copied().filter(|&start| start < line).unwrap_or(line);
        let end = own.start + part.trim_end().len();
        let hidden = start.checked_sub(above)?..end.max(start).checked_sub(above)?;
        Some(Unit { start: own.start.checked_sub(above)?, hidden, counts: true, section: false })
    };
    let topics = roadmap.topics.iter().enumerate();
    topics.filter(|(_, topic)| topic.standing != Standing::Dropped).filter_map(|(at, _)| unit(at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::outline::outline;

    fn asked<'a>(text: &'a str, name: &str) -> Vec<(&'a str, &'a str)> {
        let body = body_of(text);
        let units = units(&outline(body, None, name), text, name);
        let line = |unit: &Unit| body[unit.start..].lines().next().unwrap_or_default();
        units.iter().filter(|unit| unit.counts).map(|unit| (line(unit), body[unit.hidden.clone()].trim())).collect()
    }

    const MAP: &str = "---\ntags: [review]\n---\n# Web\n\nAn introduction.\n\n## Requests\n\nGo out.\n\n\
                       - [x] Headers\n  Lines of a name.\n  - [ ] Cookies\n- [-] Frames\n- **Cache**: kept ää\n\n## Empty\n";

    #[test]
    fn in_a_roadmap_the_topics_are_asked() {
        assert_eq!(
            asked(MAP, "Web roadmap"),
            [
                ("## Requests", "Go out."),
                ("- [x] Headers", "Lines of a name."),
                ("- [ ] Cookies", ""),
                ("- **Cache**: kept ää", "kept ää"),
                ("## Empty", ""),
            ]
        );
    }

    #[test]
    fn in_any_other_note_its_sections_and_prompts_are() {
        let sections = asked(MAP, "Web");
        assert_eq!(
            sections.iter().map(|&(line, _)| line).collect::<Vec<_>>(),
            ["# Web", "- [x] Headers", "- **Cache**: kept ää"]
        );
    }

    proptest::proptest! {
        #[test]
        fn whatever_hides_lies_in_the_note(text in "(- \\[.\\] |# |\\*\\*é\\*\\*: |\\n|  |1\\. |\\| |---|x|ä){0,60}") {
            let body = body_of(&text);
            for unit in units(&outline(body, None, "Roadmap"), &text, "Roadmap") {
                proptest::prop_assert!(body.get(unit.hidden.clone()).is_some() && unit.start <= unit.hidden.start);
            }
        }
    }
}
