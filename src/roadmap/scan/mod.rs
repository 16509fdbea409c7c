//! From Markdown events to the places in a note that may be topics.

mod folds;
mod lines;

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use self::folds::Folds;
use super::inline::{Inline, Link};
use super::mark::{self, Box};
use super::mask::Source;
use super::table::Table;
use super::title::Title;
use super::{Kind, Standing, names};
use crate::note::visible::Shallow;
use crate::within::Within;

/// The Markdown that is read. Task lists are not among it: the parser knows two marks, and people use many.
pub const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_WIKILINKS);

/// A place in the text that may be a topic.
#[derive(Clone, Debug)]
pub struct Node {
    /// The shape.
    pub kind: Kind,
    /// The level of a heading, from 1; 0 for others.
    pub level: usize,
    /// Whether it is an item of a numbered list.
    pub ordered: bool,
    /// The node it is below.
    pub parent: Option<usize>,
    /// The list it is an item of.
    pub list: usize,
    /// What its line says.
    pub title: Title,
    /// What its box or its status cell says.
    pub standing: Option<Standing>,
    /// The bytes between the brackets of its box.
    pub mark: Option<Range<usize>>,
    /// A box `[]`.
    pub hollow: bool,
    /// The links in its line and its text.
    pub links: Vec<Link>,
    /// Whether anything but topics stands below its title.
    pub content: bool,
    /// Whether there is text below its title.
    pub written: bool,
    /// A lane of a board that completes its cards.
    pub completes: bool,
    /// A heading with items or rows right below it.
    pub lists: bool,
    /// A row with several boxes, none of which speaks for the whole.
    pub several_boxes: bool,
    /// A row of a table that names what is to be learned, or has a box.
    pub learned: bool,
    /// Its first byte.
    pub start: usize,
    /// The byte after its own last one.
    pub end: usize,
}

/// Everything found in a note. Positions are those of the note.
#[derive(Debug, Default)]
pub struct Scan {
    /// In the order of the text.
    pub nodes: Vec<Node>,
    /// Links above the first heading and the first item.
    pub links: Vec<Link>,
}

/// Reads the body of a note.
pub fn scan(source: &Source<'_>) -> Scan {
    let text = source.text.within(source.body..);
    let mut reader = Reader::new(text, source);
    // What stands too deep for the parser is read by its column.
    let shallow = Shallow::with_blanks(text);
    for (event, range) in Parser::new_ext(shallow.text(), OPTIONS).into_offset_iter() {
        reader.take(event, range);
    }
    reader.flush();
    reader.close_headings(0, text.len());
    let mut found = reader.found;
    for node in &mut found.nodes {
        let move_by = |range: &mut usize| *range += source.body;
        move_by(&mut node.start);
        move_by(&mut node.end);
        node.links.iter_mut().filter_map(|link| link.at.as_mut()).for_each(move_by);
        if let Some(mark) = &mut node.mark {
            *mark = mark.start + source.body..mark.end + source.body;
        }
    }
    found.links.iter_mut().filter_map(|link| link.at.as_mut()).for_each(|at| *at += source.body);
    found
}

/// Where the line that is being read goes.
#[derive(Clone, Copy)]
enum Into {
    Title(usize),
    Prose(Option<usize>),
}

struct Pending {
    into: Into,
    /// Where the title begins, after a box.
    content: usize,
    /// Where the line begins.
    from: usize,
    line: Inline,
}

struct ListFrame {
    id: usize,
    ordered: bool,
    /// The column of the first item, which holds for all of a numbered list.
    column: Option<usize>,
    /// The hand-made numbers outside the list.
    numbers: Vec<(usize, usize)>,
}

struct ItemFrame {
    node: usize,
    titled: bool,
}

struct Reader<'a> {
    text: &'a str,
    board: bool,
    /// Whether the note calls itself a roadmap.
    named: bool,
    found: Scan,
    headings: Vec<(usize, usize)>,
    /// Items by the column of their marker: deeper is below, also where Markdown sees siblings.
    outline: Vec<(usize, usize)>,
    numbers: Vec<(usize, usize)>,
    lists: Vec<ListFrame>,
    items: Vec<ItemFrame>,
    /// Follow-ups of the item at hand by their column.
    follow_ups: Vec<(usize, usize)>,
    /// The line in which a topic was looked for last.
    looked_at: Range<usize>,
    folds: Folds,
    list_count: usize,
    pending: Option<Pending>,
    table: Option<Table>,
    /// How deep inside something that is no outline: a quote, code, a footnote.
    skip: usize,
    /// The column of a position, and the position.
    column: (usize, usize),
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, source: &Source<'_>) -> Self {
        Self {
            text,
            board: source.board,
            named: source.named,
            found: Scan::default(),
            headings: Vec::new(),
            outline: Vec::new(),
            numbers: Vec::new(),
            lists: Vec::new(),
            items: Vec::new(),
            follow_ups: Vec::new(),
            looked_at: 0..0,
            folds: Folds::new(text),
            list_count: 0,
            pending: None,
            table: None,
            skip: 0,
            column: (0, 0),
        }
    }

    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        if self.skip > 0 {
            match event {
                Event::Start(_) => self.skip += 1,
                Event::End(_) => self.skip -= 1,
                _ => {}
            }
            return;
        }
        if let Some(table) = &mut self.table
            && !matches!(event, Event::End(TagEnd::Table))
        {
            return table.take(&event, range, self.text);
        }
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented))
                if !self.items.is_empty() && self.deep_follow_ups(range.clone()) =>
            {
                self.skip = 1;
            }
            Event::Html(ref html) | Event::InlineHtml(ref html) if folds::has_tag(html) => self.fold(html, range.start),
            Event::Start(
                Tag::BlockQuote(_) | Tag::CodeBlock(_) | Tag::FootnoteDefinition(_) | Tag::MetadataBlock(_),
            ) => {
                self.flush();
                self.content(true);
                self.skip = 1;
            }
            Event::Start(Tag::Heading { level, .. }) if self.items.is_empty() => self.heading(level, range),
            Event::Start(Tag::Heading { .. } | Tag::Paragraph | Tag::HtmlBlock) => {
                self.flush();
                self.begin(range.start);
            }
            Event::End(TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::HtmlBlock) => self.flush(),
            Event::Start(Tag::List(first)) => self.list(first.is_some()),
            Event::End(TagEnd::List(_)) => {
                self.flush();
                if let Some(list) = self.lists.pop() {
                    self.numbers = list.numbers;
                }
            }
            Event::Start(Tag::Item) => self.item(range),
            Event::End(TagEnd::Item) => {
                self.flush();
                self.items.pop();
                self.follow_ups.clear();
                self.numbers.clear();
            }
            Event::Start(Tag::Table(_)) => {
                self.flush();
                self.content(false);
                self.table = Some(Table::default());
            }
            Event::End(TagEnd::Table) => self.end_table(),
            Event::Rule => {
                self.flush();
                self.outline.clear();
            }
            Event::SoftBreak | Event::HardBreak => self.line_break(&event, range),
            inline => {
                if self.pending.is_none() {
                    self.begin(range.start);
                }
                if let Some(pending) = &mut self.pending {
                    pending.line.take(&inline, range, pending.content);
                }
            }
        }
    }

    /// The node that a paragraph belongs to.
    fn owner(&self) -> Option<usize> {
        match self.items.last() {
            Some(item) => self.numbers.last().map(|(_, node)| *node).or(Some(item.node)),
            None => self.base(),
        }
    }

    /// The node that a list or a table is below.
    fn base(&self) -> Option<usize> {
        self.numbers.last().or(self.headings.last()).map(|(_, node)| *node)
    }

    /// Notes that something stands below the title of the owner.
    fn content(&mut self, written: bool) {
        let owner = self.owner();
        if let Some(node) = owner.and_then(|owner| self.found.nodes.get_mut(owner)) {
            node.content = true;
            node.written |= written;
        }
        if self.items.is_empty() {
            self.outline.clear();
        }
    }

    fn add(&mut self, kind: Kind, parent: Option<usize>, range: Range<usize>) -> usize {
        if let Some(parent) = parent.and_then(|parent| self.found.nodes.get_mut(parent)) {
            parent.content = true;
            parent.lists |= kind != Kind::Heading;
        }
        self.found.nodes.push(Node {
            kind,
            level: 0,
            ordered: false,
            parent,
            list: 0,
            title: Title::default(),
            standing: None,
            mark: None,
            hollow: false,
            links: Vec::new(),
            content: false,
            written: false,
            completes: false,
            lists: false,
            several_boxes: false,
            learned: false,
            start: range.start,
            end: range.end,
        });
        self.found.nodes.len() - 1
    }

    /// Reads the box at `at` for `node`; returns where the title begins.
    fn read_box(&mut self, node: usize, at: usize) -> usize {
        let found = mark::box_at(self.text, at);
        let Some(node) = self.found.nodes.get_mut(node) else { return at };
        match found {
            Some(Box::Mark(mark, content)) => {
                node.standing = self.text.get(mark.clone()).map(mark::standing);
                node.mark = Some(mark);
                content
            }
            Some(Box::Hollow(content)) => {
                node.standing = Some(Standing::Open);
                node.hollow = true;
                content
            }
            None => at,
        }
    }

    fn heading(&mut self, level: HeadingLevel, range: Range<usize>) {
        self.flush();
        let level = level as usize;
        let keep = self.headings.iter().rposition(|(above, _)| *above < level).map_or(0, |above| above + 1);
        self.close_headings(keep.max(self.folds.floor()), range.start);
        let node = self.add(Kind::Heading, self.headings.last().map(|(_, node)| *node), range.clone());
        if let Some(node) = self.found.nodes.get_mut(node) {
            node.level = level;
        }
        self.headings.push((level, node));
        let from = mark::skip_blanks(self.text, range.start);
        let hashes = self.text.get(from..).map_or(0, |rest| rest.bytes().take_while(|b| *b == b'#').count());
        let content = self.read_box(node, mark::skip_blanks(self.text, from + hashes));
        self.pending = Some(Pending { into: Into::Title(node), content, from, line: Inline::default() });
    }

    /// Ends all headings but the outermost `keep`, at the byte `at`.
    fn close_headings(&mut self, keep: usize, at: usize) {
        for (_, node) in self.headings.drain(keep.min(self.headings.len())..) {
            if let Some(node) = self.found.nodes.get_mut(node) {
                node.end = at;
            }
        }
        self.outline.clear();
        self.numbers.clear();
    }

    fn list(&mut self, ordered: bool) {
        self.flush();
        self.list_count += 1;
        let numbers = self.numbers.clone();
        self.lists.push(ListFrame { id: self.list_count, ordered, column: None, numbers });
    }

    fn item(&mut self, range: Range<usize>) {
        self.flush();
        // After a tab the range of an item begins before its line does.
        let rest = self.text.within(range.start..);
        let at = range.start + (rest.len() - rest.trim_start().len());
        let mut column = self.column(at);
        if let Some(list) = self.lists.last_mut() {
            let first = *list.column.get_or_insert(column);
            if list.ordered {
                column = first;
            }
        }
        let node = self.open_item(column, at..range.end);
        self.numbers.clear();
        self.follow_ups.clear();
        self.items.push(ItemFrame { node, titled: false });
    }

    /// A new item whose marker is at the start of `range`, in `column`.
    fn open_item(&mut self, column: usize, range: Range<usize>) -> usize {
        while self.outline.last().is_some_and(|(above, _)| *above >= column) {
            self.outline.pop();
        }
        let parent = self.outline.last().map(|(_, node)| *node).or_else(|| self.outer());
        let start = range.start;
        let node = self.add(Kind::Item, parent, range);
        self.outline.push((column, node));
        let list = self.lists.last().map_or((0, false), |list| (list.id, list.ordered));
        if let Some(node) = self.found.nodes.get_mut(node) {
            (node.list, node.ordered) = list;
        }
        if let Some(content) = mark::item_content(self.text, start) {
            self.read_box(node, content);
        }
        node
    }

    /// What the outermost list is below.
    fn outer(&self) -> Option<usize> {
        let numbers = self.lists.first().map_or(&self.numbers, |list| &list.numbers);
        numbers.last().or(self.headings.last()).map(|(_, node)| *node)
    }

    /// The column of `at`, counted on from the last one asked for in the same line.
    fn column(&mut self, at: usize) -> usize {
        let (known, from) = self.column;
        let between = self.text.within(from.min(at)..at);
        let column = match between.rfind('\n') {
            None if from <= at => mark::columns(between, known),
            Some(newline) if from <= at => mark::columns(between.within(newline + 1..), 0),
            _ => mark::column(self.text, at),
        };
        self.column = (column, at);
        column
    }

    fn end_table(&mut self) {
        let Some(table) = self.table.take() else { return };
        let parent = match self.items.last() {
            Some(item) => Some(item.node),
            None => self.base(),
        };
        let first = self.found.nodes.first().filter(|node| node.kind == Kind::Heading);
        let named = self.named || first.is_some_and(|node| names::names_roadmap(&node.title.name));
        for row in table.rows(named) {
            let node = self.add(Kind::Row, parent, row.range);
            if let Some(node) = self.found.nodes.get_mut(node) {
                node.title = row.title;
                node.standing = Some(row.standing);
                node.several_boxes = row.several_boxes;
                node.learned = named || row.learned;
                node.mark = row.mark;
                node.links = row.links;
            }
        }
    }
}
