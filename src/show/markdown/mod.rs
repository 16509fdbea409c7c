//! A note as lines: Markdown as Obsidian writes it, folded to a width.
//!
//! Linear in the size of the note, and without recursion: containers are a stack, and only as many of them are drawn as
//! fit half the width. A line takes little more memory than its text, however deep it stands.

mod callout;
mod fold;
mod html;
mod inline;
mod layout;
mod links;
mod math;
mod table;

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use super::glyphs::Glyphs;
use super::line::{Callout, Line, Page, Role, Span, Style, Target, Task};
use super::text::{clean, width};
use crate::note::visible::{Shallow, parser, shown, without_comments};
use crate::within::Within;
use fold::{Frag, cut, fold};
use inline::Inline;
pub use layout::{Alone, Layout, Surroundings};
use table::Table;

/// The most columns of bars and indents before a text.
const DEEPEST: usize = 40;
/// The most styles of bars before a text: further in, they look like the last of these.
const BAR_STYLES: usize = 4;
/// The most bytes of other notes that are put into one.
const EMBED_BUDGET: usize = 256 * 1024;
/// The most embeds that are put in place.
const EMBEDS: usize = 64;

/// Lays out `body`, the text of a note without its frontmatter.
pub fn render(body: &str, layout: &Layout<'_>) -> Page {
    let mut budget = EMBED_BUDGET;
    render_within(body, layout, Some(&mut budget))
}

/// Lays out a body; without a budget, embeds are shown by name.
fn render_within(body: &str, layout: &Layout<'_>, budget: Option<&mut usize>) -> Page {
    let text = Shallow::new(without_comments(body));
    let mut renderer = Renderer::new(text.text(), layout, budget);
    for (event, range) in parser(&text).into_offset_iter() {
        renderer.event(event, range);
    }
    renderer.end_block();
    renderer.page
}

/// What blocks stand in.
struct Container {
    kind: Kind,
    /// The columns it takes; 0 when there is no room for it.
    columns: usize,
    /// How many lines there were when it was opened.
    opened_at: usize,
    /// The mark of its first line, until that is drawn.
    marker: Option<Span>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// An item of a list, a footnote, a heading: indented.
    Indent,
    /// A quote, until its first line says whether it is a callout.
    FreshQuote,
    Quote,
    Callout(Callout),
    Embed,
}

struct Code {
    /// The lines with their offsets.
    text: Vec<(usize, String)>,
    at: usize,
    /// Its language was named on a line before it.
    labelled: bool,
}

struct Renderer<'a, 'b> {
    body: &'a str,
    layout: &'a Layout<'a>,
    budget: Option<&'b mut usize>,
    embeds: usize,
    page: Page,
    inline: Inline,
    /// Where the block at hand starts.
    block_at: usize,
    containers: Vec<Container>,
    /// How many containers, from the outermost, are drawn, and the columns they take.
    drawn: usize,
    columns: usize,
    /// How many containers, from the outermost, have no marker left to draw.
    unmarked: usize,
    lists: Vec<Option<u64>>,
    table: Option<Table<'a>>,
    code: Option<Code>,
    html: Option<(usize, String)>,
    /// A block that always stands apart has ended.
    apart: bool,
}

impl<'a, 'b> Renderer<'a, 'b> {
    fn new(body: &'a str, layout: &'a Layout<'a>, budget: Option<&'b mut usize>) -> Self {
        Self {
            body,
            layout,
            budget,
            embeds: 0,
            page: Page::default(),
            inline: Inline::default(),
            block_at: 0,
            containers: vec![],
            drawn: 0,
            columns: 0,
            unmarked: 0,
            lists: vec![],
            table: None,
            code: None,
            html: None,
            apart: false,
        }
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag, range),
            Event::Text(text) => self.text(&text, range, None),
            Event::Code(text) => self.text(&text, range, Some(Role::Code)),
            Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text(&math::readable(&text), range, Some(Role::Math));
            }
            Event::Html(text) => match &mut self.html {
                Some((_, html)) => html.push_str(&text),
                None => self.html(&text, range.start),
            },
            Event::InlineHtml(text) => self.html(&text, range.start),
            Event::FootnoteReference(name) => {
                let link = self.link(Some(Target::Footnote(name.to_string())));
                let style = Style { role: Role::Footnote, ..self.inline.style() };
                self.inline.push(&format!("[{}]", clean(&name)), style, link, range.start, false);
            }
            Event::SoftBreak if is_wrapped(self.body, &range) => {
                let (style, link) = (self.inline.style(), self.inline.link);
                self.inline.push(" ", style, link, range.start, false);
            }
            // Obsidian shows the line ends of a paragraph.
            Event::SoftBreak | Event::HardBreak => self.inline.frags.push(Frag::hard(range.start)),
            Event::Rule => {
                self.end_block();
                self.block_at = range.start;
                self.gap(false);
                let columns = self.width();
                self.emit(vec![Span::new(self.layout.glyphs.horizontal.repeat(columns), Role::Rule.style())]);
            }
            Event::TaskListMarker(done) => self.task(if done { 'x' } else { ' ' }),
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Paragraph | Tag::DefinitionListTitle | Tag::DefinitionListDefinition => {
                self.end_block();
                self.block_at = range.start;
            }
            Tag::Heading { level, .. } => {
                self.end_block();
                self.block_at = range.start;
                self.gap(true);
                let role = Role::Heading(level as u8);
                self.inline.base = Some(role);
                let marker = Span::new(format!("{} ", "#".repeat(level as usize)), role.style());
                self.open(Kind::Indent, marker.text.len(), Some(marker));
            }
            Tag::BlockQuote(_) => {
                self.end_block();
                self.block_at = range.start;
                self.open(Kind::FreshQuote, 2, None);
            }
            Tag::CodeBlock(kind) => {
                self.end_block();
                self.block_at = range.start;
                self.code = Some(Code { text: vec![], at: range.start, labelled: false });
                if let CodeBlockKind::Fenced(language) = kind
                    && matches!(language.trim(), "dataview" | "dataviewjs" | "mermaid" | "query")
                {
                    self.gap(false);
                    self.emit(vec![Span::new(language.trim(), Role::Dim.style())]);
                    if let Some(code) = &mut self.code {
                        code.labelled = true;
                    }
                }
            }
            Tag::HtmlBlock => {
                self.end_block();
                self.block_at = range.start;
                self.html = Some((range.start, String::new()));
            }
            Tag::List(first) => {
                self.end_block();
                self.lists.push(first);
            }
            Tag::Item => {
                self.end_block();
                self.block_at = range.start;
                self.gap(false);
                let marker = self.item_marker();
                self.open(Kind::Indent, width(&marker.text), Some(marker));
            }
            Tag::FootnoteDefinition(name) => {
                self.end_block();
                self.block_at = range.start;
                self.gap(false);
                let marker = Span::new(format!("[{name}] "), Role::Footnote.style());
                self.open(Kind::Indent, width(&marker.text), Some(marker));
            }
            Tag::Table(alignments) => {
                self.end_block();
                self.block_at = range.start;
                self.gap(false);
                self.table = Some(Table::new(alignments, self.width(), self.layout.glyphs));
            }
            Tag::TableHead => {
                self.inline.base = Some(Role::TableHead);
                if let Some(table) = &mut self.table {
                    table.row(range.start);
                }
            }
            Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.row(range.start);
                }
            }
            Tag::TableCell => self.inline.frags.clear(),
            Tag::Emphasis => self.inline.emphasis += 1,
            Tag::Strong => self.inline.strong += 1,
            Tag::Strikethrough => self.inline.struck += 1,
            Tag::Link { link_type, dest_url, .. } => self.start_link(link_type, &dest_url),
            Tag::Image { link_type, dest_url, .. } => self.inline.start_image(link_type, &dest_url, range.start),
            Tag::DefinitionList | Tag::Superscript | Tag::Subscript | Tag::MetadataBlock(_) => {}
        }
    }

    fn end(&mut self, tag: TagEnd, range: Range<usize>) {
        match tag {
            TagEnd::Heading(_) => {
                self.end_block();
                self.inline.base = None;
                self.close();
            }
            TagEnd::BlockQuote(_) | TagEnd::Item | TagEnd::FootnoteDefinition => {
                self.end_block();
                // An item with nothing in it is still an item.
                if self.containers.last().is_some_and(|last| last.marker.is_some()) {
                    self.emit(vec![]);
                }
                self.close();
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::HtmlBlock => {
                if let Some((at, html)) = self.html.take() {
                    self.html(&html, at);
                }
                self.end_block();
            }
            TagEnd::List(_) => {
                self.end_block();
                self.lists.pop();
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                self.inline.base = None;
                if let Some(mut table) = self.table.take() {
                    table.end_row(|at, spans| self.emit_at(at, spans));
                    self.table = Some(table);
                }
            }
            TagEnd::TableCell => {
                let cell = self.finished_inline();
                if let Some(table) = &mut self.table {
                    table.cell(cell);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    table.end(|at, spans| self.emit_at(at, spans));
                }
            }
            TagEnd::Emphasis => self.inline.emphasis = self.inline.emphasis.saturating_sub(1),
            TagEnd::Strong => self.inline.strong = self.inline.strong.saturating_sub(1),
            TagEnd::Strikethrough => self.inline.struck = self.inline.struck.saturating_sub(1),
            TagEnd::Link => self.inline.link = None,
            TagEnd::Image => self.end_image(range),
            TagEnd::Paragraph | TagEnd::DefinitionListTitle | TagEnd::DefinitionListDefinition => self.end_block(),
            TagEnd::DefinitionList | TagEnd::Superscript | TagEnd::Subscript | TagEnd::MetadataBlock(_) => {}
        }
    }

    // Blocks and containers.

    /// The columns that are left for text.
    fn width(&self) -> usize {
        self.layout.width.max(10).saturating_sub(self.columns).max(1)
    }

    fn open(&mut self, kind: Kind, columns: usize, marker: Option<Span>) {
        let room = self.columns + columns <= (self.layout.width.max(10) / 2).min(DEEPEST);
        let drawn = room && self.drawn == self.containers.len();
        if drawn {
            self.drawn += 1;
            self.columns += columns;
        }
        let columns = if drawn { columns } else { 0 };
        self.containers.push(Container { kind, columns, opened_at: self.page.lines.len(), marker });
    }

    fn close(&mut self) {
        if let Some(container) = self.containers.pop() {
            self.columns = self.columns.saturating_sub(container.columns);
            self.drawn = self.drawn.min(self.containers.len());
            self.unmarked = self.unmarked.min(self.containers.len());
        }
    }

    fn item_marker(&mut self) -> Span {
        let depth = self.lists.len().saturating_sub(1);
        match self.lists.last_mut() {
            Some(Some(number)) => {
                let marker = Span::new(format!("{number}. "), Role::Bullet.style());
                *number = number.saturating_add(1);
                marker
            }
            _ => {
                let bullets = &self.layout.glyphs.bullets;
                let bullet = bullets.get(depth).or(bullets.last()).copied().unwrap_or("*");
                Span::new(format!("{bullet} "), Role::Bullet.style())
            }
        }
    }

    /// The item at hand is a task: its box takes the place of the bullet.
    fn task(&mut self, mark: char) {
        let numbered = matches!(self.lists.last(), Some(Some(_)));
        let Some(item) = self.containers.last_mut() else { return };
        let Some(marker) = &mut item.marker else { return };
        let bullet = if numbered { marker.text.clone() } else { String::new() };
        let box_of = Span::new(format!("{bullet}[{mark}] "), Role::Task(Task::of(mark)).style());
        if item.columns > 0 {
            self.columns = self.columns - item.columns + width(&box_of.text);
            item.columns = width(&box_of.text);
        }
        *marker = box_of;
    }

    /// A blank line before the block at hand, if it stands apart in the source or has to.
    fn gap(&mut self, always: bool) {
        let apart = std::mem::take(&mut self.apart) || always || blank_before(self.body, self.block_at);
        let first = self.page.lines.last().is_none_or(Line::is_blank);
        // The marker of an item that has no line yet belongs to the block.
        if !apart || first || self.containers.last().is_some_and(|last| last.marker.is_some()) {
            return;
        }
        let count = self.page.lines.len();
        let outer = self.containers.iter().take(self.drawn).take_while(|container| container.opened_at < count);
        let mut spans = Vec::new();
        outer.for_each(|container| add_bar(container, self.layout.glyphs, &mut spans));
        self.page.lines.push(Line { spans, at: self.block_at });
    }

    /// Adds a line of the block that starts at byte `at`.
    fn emit_at(&mut self, at: usize, spans: Vec<Span>) {
        self.block_at = at;
        self.emit(spans);
    }

    /// Adds a line inside the containers that are open.
    fn emit(&mut self, spans: Vec<Span>) {
        let mut line = Vec::new();
        let (outer, marked) = self.containers.split_at_mut(self.unmarked);
        for container in outer.iter().take(self.drawn) {
            add_bar(container, self.layout.glyphs, &mut line);
        }
        let drawn = self.drawn.saturating_sub(self.unmarked);
        let last = marked.len().saturating_sub(1);
        for (at, container) in marked.iter_mut().enumerate() {
            // Of those without room, the innermost shows its marker.
            match container.marker.take() {
                Some(marker) if at < drawn || at == last => line.push(marker),
                None if at < drawn => add_bar(container, self.layout.glyphs, &mut line),
                _ => {}
            }
        }
        self.unmarked = self.containers.len();
        if line.is_empty() {
            line = spans;
            line.shrink_to_fit();
        } else {
            line.reserve_exact(spans.len());
            line.extend(spans);
        }
        self.page.lines.push(Line { spans: line, at: self.block_at });
    }

    /// The text of the block at hand, its marks worked out.
    fn finished_inline(&mut self) -> Vec<Frag> {
        self.inline.finish(&mut self.page.links)
    }

    /// Draws the text that was collected for the block at hand.
    fn end_block(&mut self) {
        if self.table.is_some() {
            return;
        }
        if self.inline.frags.is_empty() {
            return;
        }
        let embed = self.inline.only_embed();
        let mut frags = self.finished_inline();
        if frags.iter().all(|frag| frag.text.trim().is_empty()) {
            return;
        }
        if let Some(mark) = inline::task_mark(&mut frags, self.containers.last().is_some_and(|c| c.marker.is_some())) {
            self.task(mark);
        }
        self.gap(false);
        if let Some(target) = embed
            && self.embed(&target, &frags)
        {
            return;
        }
        if let Some(container) = self.containers.last_mut()
            && container.kind == Kind::FreshQuote
        {
            container.kind = Kind::Quote;
            if let Some(callout) = callout::parse(&mut frags) {
                container.kind = Kind::Callout(callout.family);
                let title = fold(&callout.title, self.width());
                for spans in title {
                    self.emit(spans);
                }
                if frags.is_empty() {
                    return;
                }
            }
        }
        // A paragraph may have very many lines: one after the other.
        for line in frags.split(|frag| frag.hard) {
            for spans in fold(line, self.width()) {
                self.emit(spans);
            }
        }
    }

    fn end_code(&mut self) {
        let Some(code) = self.code.take() else { return };
        self.block_at = code.at;
        if !code.labelled {
            self.gap(false);
        }
        let style = Role::CodeBlock.style();
        let columns = self.width().saturating_sub(2).max(1);
        for (at, text) in code.text {
            let text = text.trim_end_matches('\n').replace('\t', "    ");
            let frag = Frag { text: clean(&text).into_owned(), style, link: None, at, hard: false };
            for span in cut(&frag, columns) {
                let bar = Span::new(format!("{} ", self.layout.glyphs.code), Role::Border.style());
                self.emit(vec![bar, span]);
            }
        }
    }

    // Text.

    fn text(&mut self, text: &str, range: Range<usize>, role: Option<Role>) {
        let text = shown(text);
        if let Some(code) = &mut self.code {
            let mut at = range.start;
            for line in text.split_inclusive('\n') {
                let text = line.strip_suffix('\n').unwrap_or(line).trim_end_matches('\r');
                match code.text.last_mut() {
                    // A line may come in several events.
                    Some((_, last)) if !last.ends_with('\n') => last.push_str(text),
                    _ => code.text.push((at, text.to_owned())),
                }
                if line.ends_with('\n')
                    && let Some((_, last)) = code.text.last_mut()
                {
                    last.push('\n');
                }
                at += line.len();
            }
            return;
        }
        if self.inline.in_image(&text) {
            return;
        }
        let mut style = self.inline.style();
        if let Some(role) = role
            && style.role == Role::Text
        {
            style.role = role;
        }
        let link = self.inline.link;
        let code = role.is_some();
        let same = text.len() == range.len();
        let mut start = 0;
        if same {
            let first = self.layout.cuts.partition_point(|&cut| cut <= range.start);
            for cut in self.layout.cuts.iter().skip(first).take_while(|&&cut| cut < range.end) {
                let end = cut - range.start;
                self.inline.push(text.within(start..end), style, link, range.start + start, true);
                start = end;
            }
        }
        self.inline.push(text.within(start..), style, link, range.start + start, start > 0 || code);
    }
}

/// Adds what stands before the second and later lines in a container: to the bar before it, if both can be one part.
fn add_bar(container: &Container, glyphs: &Glyphs, line: &mut Vec<Span>) {
    let (glyph, role) = match container.kind {
        Kind::Indent => ("", Role::Text),
        Kind::FreshQuote | Kind::Quote => (glyphs.quote, Role::Quote),
        Kind::Callout(family) => (glyphs.callout, Role::Callout(family)),
        Kind::Embed => (glyphs.embed, Role::Embed),
    };
    let columns = container.columns - container.columns.min(width(glyph));
    let text = || std::iter::once(glyph).chain(std::iter::repeat_n(" ", columns));
    let several = line.len() >= BAR_STYLES;
    match line.last_mut() {
        // Blanks have no colour of their own.
        Some(last) if is_bar(last) && (glyph.is_empty() || last.style.role == role || several) => {
            last.text.extend(text())
        }
        _ => line.push(Span { text: text().collect(), style: role.style(), link: None, at: None }),
    }
}

/// Whether `span`, one before the text of a line, is a bar or blanks and not the marker of an item.
fn is_bar(span: &Span) -> bool {
    matches!(span.style.role, Role::Text | Role::Quote | Role::Callout(_) | Role::Embed)
}

/// Whether the line that ends at `end` looks wrapped by hand at a usual width: long, but not longer than people wrap, and
/// the next word would not have fit.
fn is_wrapped(body: &str, end: &Range<usize>) -> bool {
    const WRAPPED: Range<usize> = 60..101;
    const NARROWEST_WIDTH: usize = 72;
    // A line of more bytes than this is too long in any script.
    let start = end.start.saturating_sub(WRAPPED.end * 4);
    let before = body.as_bytes().within(start..end.start);
    let line = before.rsplit(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or_default();
    let columns = width(String::from_utf8_lossy(line).trim_end());
    let next = body.within(end.end..);
    let next: usize = next.chars().take(NARROWEST_WIDTH).take_while(|c| !c.is_whitespace()).count();
    WRAPPED.contains(&columns) && columns + 1 + next > NARROWEST_WIDTH
}

/// Whether the line before the one that holds byte `at` is blank but for the marks of quotes.
fn blank_before(body: &str, at: usize) -> bool {
    // Marks further back than this belong to no sane note.
    let before = body.as_bytes().within(at.saturating_sub(256)..at);
    let mut lines = before.rsplit(|&b| b == b'\n').skip(1);
    lines.next().is_some_and(|line| line.iter().all(|b| matches!(b, b' ' | b'\t' | b'>' | b'\r')))
}

#[cfg(test)]
mod tests;
