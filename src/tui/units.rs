//! What is revealed step by step: of a note its sections and the prompts in them, of a roadmap its topics.

use std::ops::Range;

use super::reading::body_of;
use crate::note::outline::{Outline, PromptKind};
use crate::roadmap::weak::tops as branches;
use crate::roadmap::{Roadmap, Standing, Topic, in_note};

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

/// What a note is made of, as far as it is recalled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// What is revealed step by step, in order, as bytes of the body.
    pub units: Vec<Unit>,
    /// Where each section starts, or each branch of a roadmap that has something to recall.
    pub stops: Vec<usize>,
    /// Whether the stops are branches of a roadmap.
    pub branches: bool,
}

/// The parts of the note `name`. `text` is the whole note, `scheduled` the lines of the topics whose note has a schedule.
pub(super) fn parts(outline: &Outline, text: &str, name: &str, scheduled: &[usize]) -> Parts {
    if let Some(roadmap) = in_note(name, text) {
        let above = text.len() - body_of(text).len();
        let units = topics(&roadmap, outline, text, scheduled);
        if !units.is_empty() {
            let starts = branches(&roadmap).into_iter().filter_map(|at| roadmap.topics.get(at));
            let mut stops: Vec<usize> = starts.filter_map(|topic| topic.range.start.checked_sub(above)).collect();
            let holds = |(at, start): (usize, usize), stops: &[usize]| {
                let end = stops.get(at + 1).copied().unwrap_or(usize::MAX);
                let first = units.partition_point(|unit| unit.start < start);
                units.get(first).is_some_and(|unit| unit.start < end)
            };
            let all = stops.clone();
            let mut at = 0..;
            stops.retain(|&start| at.next().is_some_and(|at| holds((at, start), &all)));
            // The topics of a flat list are no branches.
            if units.len() >= 2 * stops.len() {
                return Parts { units, stops, branches: true };
            }
            return Parts { units, stops: section_starts(outline), branches: false };
        }
    }
    Parts { units: sections(outline, body_of(text)), stops: section_starts(outline), branches: false }
}

fn section_starts(outline: &Outline) -> Vec<usize> {
    outline.sections.iter().map(|section| section.range.start).collect()
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

/// The topics of a roadmap that were begun or done, or of which a note is reviewed, and that hide something: the line of each
/// shows, and its own text below that is hidden.
fn topics(roadmap: &Roadmap, outline: &Outline, text: &str, scheduled: &[usize]) -> Vec<Unit> {
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
        let hides = text.get(start..end).is_some_and(|hidden| hidden.chars().any(char::is_alphanumeric));
        let hidden = start.checked_sub(above)?..end.max(start).checked_sub(above)?;
        if !hides {
            return None;
        }
        Some(Unit { start: own.start.checked_sub(above)?, hidden, counts: true, section: false })
    };
    let topics = roadmap.topics.iter().enumerate();
    let asked = |topic: &Topic| match topic.standing {
        Standing::Begun | Standing::Done => true,
        Standing::None | Standing::Open => scheduled.binary_search(&topic.line).is_ok(),
        Standing::Dropped => false,
    };
    topics.filter(|(_, topic)| asked(topic)).filter_map(|(at, _)| unit(at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::outline::outline;

    fn asked<'a>(text: &'a str, name: &str, scheduled: &[usize]) -> Vec<(&'a str, &'a str)> {
        let body = body_of(text);
        let units = parts(&outline(body, None, name), text, name, scheduled).units;
        let line = |unit: &Unit| body[unit.start..].lines().next().unwrap_or_default();
        units.iter().filter(|unit| unit.counts).map(|unit| (line(unit), body[unit.hidden.clone()].trim())).collect()
    }

    const MAP: &str = "---\ntags: [review]\n---\n# Web\n\nAn introduction.\n\n## Requests\n\nGo out.\n\n\
                       - [x] Headers\n  Lines of a name.\n  - [ ] Cookies\n- [-] Frames\n  Old.\n- [ ] Methods, [[Verbs]]\n  Get and put.\n\
                       - [/] Bodies\n- [x] **Cache**: kept ää\n\n## Empty\n";

    #[test]
    fn in_a_roadmap_what_was_begun_and_hides_something_is_asked() {
        let learned = [("- [x] Headers", "Lines of a name."), ("- [x] **Cache**: kept ää", "kept ää")];
        assert_eq!(asked(MAP, "Web roadmap", &[]), learned);
        let reviewed = [learned[0], ("- [ ] Methods, [[Verbs]]", "Get and put."), learned[1]];
        assert_eq!(asked(MAP, "Web roadmap", &[17]), reviewed);
    }

    #[test]
    fn a_roadmap_that_hides_nothing_is_asked_by_its_sections() {
        let bare = "# Web\n\n## Requests\n\nGo out.\n\n- [x] Headers\n- [ ] Bodies\n- [ ] Cookies\n";
        assert_eq!(asked(bare, "Web roadmap", &[]).len(), 1);
        assert_eq!(asked(bare, "Web roadmap", &[]), asked(bare, "Web", &[]));
    }

    #[test]
    fn the_branches_with_something_to_recall_are_the_parts() {
        let text = "# Web roadmap\n## A\n- [x] a\n  x\n- [/] e\n  v\n## B\n- [ ] b\n## C\n- [x] c\n  y\n- [x] d\n  z\n";
        let parts = parts(&outline(text, None, "n"), text, "n", &[]);
        assert_eq!(parts.units.len(), 4);
        let names: Vec<&str> = parts.stops.iter().map(|&start| &text[start..start + 4]).collect();
        assert_eq!((parts.branches, names), (true, vec!["## A", "## C"]));
    }

    #[test]
    fn in_any_other_note_its_sections_and_prompts_are() {
        let sections = asked(MAP, "Web", &[]);
        assert_eq!(
            sections.iter().map(|&(line, _)| line).collect::<Vec<_>>(),
            ["# Web", "- [x] Headers", "- [x] **Cache**: kept ää"]
        );
    }

    proptest::proptest! {
        #[test]
        fn whatever_hides_lies_in_the_note(text in "(- \\[.\\] |# |\\*\\*é\\*\\*: |\\n|  |1\\. |\\| |---|x|ä){0,60}") {
            let body = body_of(&text);
            for unit in parts(&outline(body, None, "Roadmap"), &text, "Roadmap", &[1, 2, 3]).units {
                proptest::prop_assert!(body.get(unit.hidden.clone()).is_some() && unit.start <= unit.hidden.start);
            }
        }
    }
}
