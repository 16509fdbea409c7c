//! Lines of text: where a title ends, what is said below it, and which lines are topics that Markdown takes for text.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::{Into, OPTIONS, Pending, Reader};
use crate::roadmap::Kind;
use crate::roadmap::inline::{Inline, Link};
use crate::roadmap::mark::{self, Box};
use crate::roadmap::title;
use crate::within::Within;

/// The columns from which a line is taken for one that was wrapped, so that the next line goes on with the title.
const WRAPPED: usize = 60;

impl Reader<'_> {
    /// Begins a line at `at`, in a paragraph or straight in an item.
    pub(super) fn begin(&mut self, at: usize) {
        if let Some(item) = self.items.last_mut().filter(|item| !item.titled) {
            item.titled = true;
            let node = item.node;
            let start = self.found.nodes.get(node).map_or(at, |node| node.start);
            let content = mark::item_content(self.text, start).unwrap_or(at);
            let content = match mark::box_at(self.text, content) {
                Some(Box::Mark(_, content) | Box::Hollow(content)) => content,
                None => content,
            };
            self.pending = Some(Pending { into: Into::Title(node), content, from: start, line: Inline::default() });
        } else if !self.begin_topic(mark::skip_blanks(self.text, at)) {
            self.pending =
                Some(Pending { into: Into::Prose(self.owner()), content: 0, from: at, line: Inline::default() });
        }
    }

    /// Begins a topic at `at` if the line there is one that Markdown takes for text: numbered by hand, a follow-up in
    /// italics or bold, or an item indented so far that it runs on with the text above.
    fn begin_topic(&mut self, at: usize) -> bool {
        // A line is looked at from its start alone, however often text begins in it.
        if self.looked_at.start < at && at < self.looked_at.end {
            return false;
        }
        let end = memchr::memchr2(b'\n', b'\r', self.text.as_bytes().within(at..)).map_or(self.text.len(), |n| at + n);
        self.looked_at = at..end;
        let item = self.items.last().map(|item| item.node);
        let (node, content) = if let Some((parts, content)) = mark::hand_number(self.text, at) {
            while self.numbers.last().is_some_and(|(above, _)| *above >= parts) {
                self.numbers.pop();
            }
            let parent = self.owner();
            let node = self.add(Kind::Numbered, parent, at..end);
            self.numbers.push((parts, node));
            (node, content)
        } else if item.is_some() && mark::item_content(self.text, at).is_some_and(|content| content < end) {
            let column = self.column(at);
            let node = self.open_item(column, at..end);
            let content = mark::item_content(self.text, at).unwrap_or(at);
            (node, self.read_box(node, content))
        } else if item.is_some() && mark::whole_emphasis(self.text, at).is_some() {
            (self.follow_up(at..end), at)
        } else {
            return false;
        };
        self.pending = Some(Pending { into: Into::Title(node), content, from: at, line: Inline::default() });
        true
    }

    /// A new follow-up of the item at hand. One that is indented deeper comes below the one before it.
    fn follow_up(&mut self, range: Range<usize>) -> usize {
        let column = self.column(range.start);
        while self.follow_ups.last().is_some_and(|(above, _)| *above >= column) {
            self.follow_ups.pop();
        }
        let parent = self.follow_ups.last().map(|(_, node)| *node).or(self.items.last().map(|item| item.node));
        let node = self.add(Kind::FollowUp, parent, range);
        self.follow_ups.push((column, node));
        node
    }

    /// Reads the follow-ups in `range`, which Markdown takes for code because they are indented so deep. False when it is
    /// code.
    pub(super) fn deep_follow_ups(&mut self, range: Range<usize>) -> bool {
        let text = self.text;
        let block = text.within(range.clone());
        let mut lines = Vec::new();
        let mut at = range.start;
        for line in block.split_inclusive('\n') {
            let start = mark::skip_blanks(text, at);
            match mark::whole_emphasis(line, 0) {
                Some(said) => lines.push((start..at + line.trim_end().len(), said)),
                None if line.trim().is_empty() => {}
                None => return false,
            }
            at += line.len();
        }
        for (range, said) in lines {
            let node = self.follow_up(range);
            let mut line = Inline::default();
            for (event, range) in Parser::new_ext(said, OPTIONS).into_offset_iter() {
                if !matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)) {
                    line.take(&event, range, 0);
                }
            }
            let line = line.finish();
            if let Some(node) = self.found.nodes.get_mut(node) {
                node.title = title::read(&line);
                node.links = line.links.into_iter().map(|link| Link { at: None, ..link }).collect();
            }
        }
        true
    }

    pub(super) fn line_break(&mut self, event: &Event<'_>, range: Range<usize>) {
        let Some(pending) = &mut self.pending else { return };
        let rest = self.text.as_bytes().within(range.start..);
        let end = memchr::memchr2(b'\n', b'\r', rest);
        let length = |end: usize| if rest.get(end..end + 2) == Some(b"\r\n") { end + 2 } else { end + 1 };
        let next = range.start + end.map_or(rest.len(), length);
        let wrapped = matches!(event, Event::SoftBreak) && range.start.saturating_sub(pending.from) >= WRAPPED;
        let into = pending.into;
        let closed = pending.line.depth == 0;
        let heading =
            matches!(into, Into::Title(node) if self.found.nodes.get(node).is_some_and(|n| n.kind == Kind::Heading));
        if closed && !heading {
            let at = mark::skip_blanks(self.text, next);
            let held = self.pending.take();
            if self.begin_topic(at) {
                let begun = self.pending.take();
                self.pending = held;
                self.flush();
                self.pending = begun;
                return;
            }
            self.pending = held;
        }
        if let (Into::Title(node), true, false, false) = (into, closed, heading, wrapped) {
            self.flush();
            self.pending =
                Some(Pending { into: Into::Prose(Some(node)), content: 0, from: next, line: Inline::default() });
        } else if let Some(pending) = &mut self.pending {
            pending.line.take(event, range, pending.content);
            pending.from = next;
        }
    }

    /// Ends the line that is being read and gives it to its topic.
    pub(super) fn flush(&mut self) {
        let Some(pending) = self.pending.take() else { return };
        let line = pending.line.finish();
        match pending.into {
            Into::Title(node) => {
                if let Some(node) = self.found.nodes.get_mut(node) {
                    node.title = title::read(&line);
                    node.links.extend(line.links);
                }
            }
            Into::Prose(_) if line.is_empty() && !line.pictures => {}
            Into::Prose(owner) => {
                let complete = self.board && line.text.trim() == "Complete";
                match owner.and_then(|owner| self.found.nodes.get_mut(owner)) {
                    Some(node) => {
                        node.content = true;
                        node.written |= !line.outside.trim().is_empty();
                        node.completes |= complete;
                        node.links.extend(line.links);
                    }
                    None => self.found.links.extend(line.links),
                }
                if self.items.is_empty() {
                    self.outline.clear();
                }
            }
        }
    }
}
