//! A page with parts of it hidden, for recall before reading.

use std::ops::Range;

use super::glyphs::Glyphs;
use super::line::{Line, Page, Role, Span};
use crate::within::Within;

/// A part of the source that is hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Veil {
    /// The bytes of the source.
    pub range: Range<usize>,
    /// Say how many lines wait: for whole sections.
    pub counted: bool,
}

/// A line that shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A line of the page, by its index.
    Whole(usize),
    /// What a veil leaves of a line.
    Part(Line),
}

impl Row {
    /// The line, which may be one of `page`.
    pub fn line<'a>(&'a self, page: &'a Page) -> Option<&'a Line> {
        match self {
            Row::Whole(index) => page.lines.get(*index),
            Row::Part(line) => Some(line),
        }
    }
}

/// What shows of `page` when `veils` hide parts of its source. Each veil leaves one mark where it starts.
pub fn veiled(page: &Page, veils: &[Veil], glyphs: &Glyphs) -> Vec<Row> {
    let veils = outermost(veils);
    let mut shown: Vec<Row> = Vec::with_capacity(page.lines.len());
    // The veil that left a mark last, where the mark is, and the lines it hides.
    let mut mark: Option<(usize, usize, usize)> = None;
    for (index, line) in page.lines.iter().enumerate() {
        let cover = |at: usize| {
            let index = veils.partition_point(|veil| veil.range.start <= at).checked_sub(1)?;
            veils.get(index).filter(|veil| at < veil.range.end).map(|_| index)
        };
        let mut content = line.spans.iter().filter_map(|span| span.at).peekable();
        if content.peek().is_none() {
            match cover(line.at) {
                None => shown.push(Row::Whole(index)),
                // What hides a rule or an item with nothing in it leaves a mark as well; blank lines just go.
                Some(veil) if !line.is_blank() => hide(&mut shown, &mut mark, veil, &[], glyphs, &veils),
                Some(_) => {}
            }
            continue;
        }
        let Some((first, veil)) =
            line.spans.iter().enumerate().find_map(|(place, span)| Some((place, cover(span.at?)?)))
        else {
            shown.push(Row::Whole(index));
            continue;
        };
        let before = line.spans.within(..first);
        let marked = mark.is_some_and(|(last, ..)| last == veil);
        let alone = before.iter().all(|span| span.at.is_none());
        if alone {
            hide(&mut shown, &mut mark, veil, before, glyphs, &veils);
            continue;
        }
        let mut spans = before.to_vec();
        if !marked {
            spans.push(Span::new(format!(" {}", glyphs.ellipsis), Role::Hidden.style()));
            mark = Some((veil, shown.len(), 1));
        }
        shown.push(Row::Part(Line { spans, at: line.at }));
    }
    count(&mut shown, mark, &veils);
    shown
}

/// A line is hidden whole: the first one leaves a mark behind what stands before it.
fn hide(
    shown: &mut Vec<Row>,
    mark: &mut Option<(usize, usize, usize)>,
    veil: usize,
    before: &[Span],
    glyphs: &Glyphs,
    veils: &[Veil],
) {
    if let Some((last, _, lines)) = mark
        && *last == veil
    {
        *lines += 1;
        return;
    }
    count(shown, mark.take(), veils);
    let counted = veils.get(veil).is_some_and(|veil| veil.counted);
    let mut spans = if counted { Vec::new() } else { before.to_vec() };
    spans.push(Span::new(glyphs.ellipsis, Role::Hidden.style()));
    *mark = Some((veil, shown.len(), 1));
    let at = veils.get(veil).map_or(0, |veil| veil.range.start);
    shown.push(Row::Part(Line { spans, at }));
}

/// Adds to a mark how many lines it stands for.
fn count(shown: &mut [Row], mark: Option<(usize, usize, usize)>, veils: &[Veil]) {
    let Some((veil, at, lines)) = mark else { return };
    if veils.get(veil).is_some_and(|veil| veil.counted)
        && let Some(Row::Part(line)) = shown.get_mut(at)
    {
        let words = if lines == 1 { " 1 line".to_owned() } else { format!(" {lines} lines") };
        line.spans.push(Span::new(words, Role::Hidden.style()));
    }
}

/// The veils that lie in no other, in order.
fn outermost(veils: &[Veil]) -> Vec<Veil> {
    let mut sorted: Vec<&Veil> = veils.iter().filter(|veil| !veil.range.is_empty()).collect();
    sorted.sort_by_key(|veil| (veil.range.start, std::cmp::Reverse(veil.range.end)));
    let mut outer: Vec<Veil> = Vec::new();
    for veil in sorted {
        if outer.last().is_none_or(|last| veil.range.start >= last.range.end) {
            outer.push(veil.clone());
        }
    }
    outer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::outline::outline;
    use crate::show::glyphs::UNICODE;
    use crate::show::markdown::{Layout, render};

    fn shown(body: &str, sections: &[usize], prompts: &[usize]) -> Vec<String> {
        let outline = outline(body, None, "n");
        let all: Vec<_> = outline.sections.iter().flat_map(|section| &section.prompts).collect();
        let cuts: Vec<usize> = all.iter().map(|prompt| prompt.hidden.start).collect();
        let mut veils: Vec<Veil> =
            sections.iter().map(|&i| Veil { range: outline.sections[i].content.clone(), counted: true }).collect();
        veils.extend(prompts.iter().map(|&i| Veil { range: all[i].hidden.clone(), counted: false }));
        let page = render(body, &Layout { cuts: &cuts, ..Layout::of(40) });
        veiled(&page, &veils, &UNICODE).iter().filter_map(|row| row.line(&page)).map(Line::text).collect()
    }

    const BODY: &str = "# A\n\ntext\n\n- **Term**: what it is, long enough to be folded in two\n- **Other**: this\n\n\
                        ## B\n\n1. one\n2. two\n\n## C\n\n- [x] task\n  - below\n\n| a | b |\n|---|---|\n| c | d |\n";

    #[test]
    fn sections_hide_behind_their_heading() {
        assert_eq!(
            shown(BODY, &[0, 1, 2], &[]),
            ["# A", "… 4 lines", "", "## B", "… 2 lines", "", "## C", "… 5 lines"]
        );
    }

    #[test]
    fn definitions_hide_behind_their_term() {
        assert_eq!(
            shown(BODY, &[1, 2], &[0]),
            ["# A", "", "text", "", "• Term: …", "• Other: this", "", "## B", "… 2 lines", "", "## C", "… 5 lines"]
        );
        assert_eq!(
            shown(BODY, &[0], &[2, 3, 4]),
            [
                "# A",
                "… 4 lines",
                "",
                "## B",
                "",
                "1. …",
                "2. …",
                "",
                "## C",
                "",
                "[x] task",
                "    ◦ …",
                "",
                "a │ b",
                "──┼──",
                "c │ d"
            ]
        );
    }

    #[test]
    fn without_veils_a_page_is_whole() {
        let page = render(BODY, &Layout::of(40));
        assert_eq!(veiled(&page, &[], &UNICODE).len(), page.lines.len());
    }
}
