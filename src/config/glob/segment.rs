//! One name of a glob: `*.md`, `[ab]?`, `@(a|b)*`.

use std::cell::Cell;

/// How deep extended globs may stand in one another; deeper ones are plain text.
const DEEPEST: usize = 3;
/// The most steps spent on one name. A pattern that needs more does not accept it.
const MOST_STEPS: u32 = 2000;

/// A compiled name pattern.
#[derive(Clone, Debug)]
pub(super) enum Segment {
    /// No magic: this very name.
    Literal(String),
    /// `*` and an end without magic.
    Suffix(String),
    /// Everything else.
    Pattern(Sequence),
}

#[derive(Clone, Debug)]
pub(super) struct Sequence {
    nodes: Vec<Node>,
    /// Starts with magic at the start of a name: then the name must not start with a dot.
    refuses_dot: bool,
}

#[derive(Clone, Debug)]
enum Node {
    Char(u16),
    AnyOne,
    AnyRun,
    Class(Class),
    /// `?(..)`, `*(..)`, `+(..)`, `@(..)`, `!(..)`.
    Choice(char, Vec<Sequence>),
    /// A class that nothing is in.
    Nothing,
}

#[derive(Clone, Debug)]
struct Class {
    negated: bool,
    ranges: Vec<(char, char)>,
    named: Vec<Named>,
}

/// A POSIX class.
#[derive(Clone, Copy, Debug)]
enum Named {
    Alnum,
    Alpha,
    Ascii,
    Blank,
    Cntrl,
    Digit,
    Graph,
    Lower,
    Print,
    Punct,
    Space,
    Upper,
    Word,
    Xdigit,
}

const NAMED: [(&str, Named); 14] = [
    ("[:alnum:]", Named::Alnum),
    ("[:alpha:]", Named::Alpha),
    ("[:ascii:]", Named::Ascii),
    ("[:blank:]", Named::Blank),
    ("[:cntrl:]", Named::Cntrl),
    ("[:digit:]", Named::Digit),
    ("[:graph:]", Named::Graph),
    ("[:lower:]", Named::Lower),
    ("[:print:]", Named::Print),
    ("[:punct:]", Named::Punct),
    ("[:space:]", Named::Space),
    ("[:upper:]", Named::Upper),
    ("[:word:]", Named::Word),
    ("[:xdigit:]", Named::Xdigit),
];

impl Named {
    fn has(self, c: char) -> bool {
        match self {
            Named::Alnum => c.is_alphanumeric(),
            Named::Alpha => c.is_alphabetic(),
            Named::Ascii => c.is_ascii(),
            Named::Blank => c == '\t' || (c.is_whitespace() && !c.is_control()),
            Named::Cntrl => c.is_control(),
            Named::Digit => c.is_numeric(),
            Named::Graph => !c.is_whitespace() && !c.is_control(),
            Named::Lower => c.is_lowercase(),
            Named::Print => !c.is_control(),
            Named::Punct => c.is_ascii_punctuation() && !"$+<=>^`|~".contains(c),
            Named::Space => c.is_whitespace(),
            Named::Upper => c.is_uppercase(),
            Named::Word => c.is_alphanumeric() || c == '_',
            Named::Xdigit => c.is_ascii_hexdigit(),
        }
    }
}

impl Class {
    fn has(&self, unit: u16) -> bool {
        let c = char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER);
        let inside = self.ranges.iter().any(|(from, to)| (*from..=*to).contains(&c))
            || self.named.iter().any(|named| named.has(c));
        inside != self.negated
    }
}

impl Segment {
    pub(super) fn new(pattern: &str) -> Self {
        let plain = |text: &str| !text.contains(['+', '@', '!', '?', '*', '[', '(']);
        let end = pattern.trim_start_matches('*');
        if end.len() < pattern.len() && plain(end) {
            // minimatch takes the end as it stands here, backslashes included.
            return Self::Suffix(end.to_owned());
        }
        let chars: Vec<char> = pattern.chars().collect();
        let (sequence, _) = parse(&chars, 0, 0, true, false);
        let text: Option<Vec<u16>> =
            sequence.nodes.iter().map(|node| if let Node::Char(unit) = node { Some(*unit) } else { None }).collect();
        match text.and_then(|units| String::from_utf16(&units).ok()) {
            Some(text) => Self::Literal(text),
            None => Self::Pattern(sequence),
        }
    }

    /// Whether the last name of `path` may be accepted, told by how it ends.
    pub(super) fn may_end(&self, path: &str) -> bool {
        match self {
            Self::Literal(end) | Self::Suffix(end) => path.ends_with(end.as_str()),
            Self::Pattern(_) => true,
        }
    }

    pub(super) fn accepts(&self, name: &str) -> bool {
        match self {
            Self::Literal(text) => name == text,
            Self::Suffix(end) => !name.is_empty() && !name.starts_with('.') && name.ends_with(end.as_str()),
            Self::Pattern(sequence) => {
                let name: Vec<u16> = name.encode_utf16().collect();
                let mut start = vec![false; name.len() + 1];
                start[0] = true;
                let matching = Matching { name: &name, steps: Cell::new(0) };
                let ends = matching.run(sequence, &start, true, &[]);
                ends.last().copied().unwrap_or(false) && matching.steps.get() < MOST_STEPS
            }
        }
    }
}

/// Reads a sequence from `at` on; inside an extended glob up to `|` or `)`. Returns the position behind what was read.
fn parse(pattern: &[char], mut at: usize, mut depth: usize, at_start: bool, inside: bool) -> (Sequence, usize) {
    let mut nodes = Vec::new();
    while let Some(&c) = pattern.get(at) {
        let next = pattern.get(at + 1).copied();
        match c {
            '|' | ')' if inside => break,
            '\\' => {
                push(&mut nodes, next.unwrap_or('\\'));
                at += 2;
                continue;
            }
            '?' | '*' | '+' | '@' | '!' if next == Some('(') && depth < DEEPEST => {
                let first = at_start && nodes.iter().all(|node| matches!(node, Node::Choice('!', _)));
                if let Some((choices, after)) = parse_choices(pattern, at + 2, depth + 1, first) {
                    nodes.push(Node::Choice(c, choices));
                    at = after;
                    continue;
                }
                // Never closed: what is left knows no extended globs.
                depth = DEEPEST;
                continue;
            }
            '*' => {
                if !matches!(nodes.last(), Some(Node::AnyRun)) {
                    nodes.push(Node::AnyRun);
                }
            }
            '?' => nodes.push(Node::AnyOne),
            '[' => {
                if let Some((node, after)) = parse_class(pattern, at) {
                    nodes.push(node);
                    at = after;
                    continue;
                }
                push(&mut nodes, c);
            }
            _ => push(&mut nodes, c),
        }
        at += 1;
    }
    let magic = matches!(nodes.first(), Some(Node::AnyOne | Node::AnyRun | Node::Class(_)));
    (Sequence { nodes, refuses_dot: at_start && magic }, at)
}

fn push(nodes: &mut Vec<Node>, c: char) {
    nodes.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| Node::Char(*unit)));
}

fn parse_choices(pattern: &[char], mut at: usize, depth: usize, at_start: bool) -> Option<(Vec<Sequence>, usize)> {
    let mut choices = Vec::new();
    loop {
        let (sequence, end) = parse(pattern, at, depth, at_start, true);
        choices.push(sequence);
        match pattern.get(end) {
            Some(')') => return Some((choices, end + 1)),
            Some(_) => at = end + 1,
            None => return None,
        }
    }
}

fn parse_class(pattern: &[char], open: usize) -> Option<(Node, usize)> {
    let mut class = Class { negated: false, ranges: Vec::new(), named: Vec::new() };
    let mut at = open + 1;
    if matches!(pattern.get(at), Some('!' | '^')) {
        class.negated = true;
        at += 1;
    }
    let mut from: Option<char> = None;
    let mut started = false;
    loop {
        let mut c = *pattern.get(at)?;
        if c == ']' && started {
            at += 1;
            break;
        }
        started = true;
        if c == '\\' {
            at += 1;
            c = *pattern.get(at)?;
        } else if c == '[' {
            let named =
                NAMED.iter().find(|(text, _)| text.chars().eq(pattern.iter().skip(at).take(text.len()).copied()));
            if let Some((text, named)) = named {
                if from.is_some() {
                    return Some((Node::Nothing, pattern.len()));
                }
                class.named.push(*named);
                at += text.len();
                continue;
            }
        }
        if let Some(first) = from.take() {
            if first <= c {
                class.ranges.push((first, c));
            }
        } else if pattern.get(at + 1) == Some(&'-') && pattern.get(at + 2) == Some(&']') {
            class.ranges.extend([(c, c), ('-', '-')]);
            at += 1;
        } else if pattern.get(at + 1) == Some(&'-') {
            from = Some(c);
            at += 1;
        } else {
            class.ranges.push((c, c));
        }
        at += 1;
    }
    let node = match (class.ranges.as_slice(), class.named.is_empty(), class.negated) {
        ([], true, _) => return Some((Node::Nothing, pattern.len())),
        // `[x]` is a way to write a plain x.
        ([(a, b)], true, false) if a == b && u16::try_from(u32::from(*a)).is_ok() => {
            Node::Char(u16::try_from(u32::from(*a)).unwrap_or(0))
        }
        _ => Node::Class(class),
    };
    Some((node, at))
}

/// One name being matched.
struct Matching<'a> {
    /// In UTF-16, as JavaScript counts characters.
    name: &'a [u16],
    steps: Cell<u32>,
}

impl Matching<'_> {
    /// The positions where `sequence` can end when it begins at one of `from`. `rest` is what follows it in the pattern, the
    /// nearest last: only `!(..)` looks that far.
    fn run(&self, sequence: &Sequence, from: &[bool], dot_guard: bool, rest: &[&[Node]]) -> Vec<bool> {
        let mut at = from.to_vec();
        if dot_guard && sequence.refuses_dot && self.name.first() == Some(&u16::from(b'.')) {
            at[0] = false;
        }
        for (i, node) in sequence.nodes.iter().enumerate() {
            if !at.contains(&true) {
                break;
            }
            at = self.step(node, sequence.nodes.get(i + 1..).unwrap_or(&[]), &at, dot_guard, rest);
        }
        at
    }

    fn step(&self, node: &Node, after: &[Node], from: &[bool], dot_guard: bool, rest: &[&[Node]]) -> Vec<bool> {
        let mut to = vec![false; from.len()];
        self.steps.set(self.steps.get().saturating_add(1));
        if self.steps.get() >= MOST_STEPS {
            return to;
        }
        let one = |to: &mut Vec<bool>, has: &dyn Fn(u16) -> bool| {
            for (i, unit) in self.name.iter().enumerate() {
                to[i + 1] = from[i] && has(*unit);
            }
        };
        match node {
            Node::Nothing => {}
            Node::Char(c) => one(&mut to, &|unit| unit == *c),
            Node::AnyOne => one(&mut to, &|_| true),
            Node::Class(class) => one(&mut to, &|unit| class.has(unit)),
            Node::AnyRun => {
                let mut open = false;
                for (i, begins) in from.iter().enumerate() {
                    open |= begins;
                    to[i] = open;
                }
            }
            Node::Choice('!', choices) => {
                let mut rest = rest.to_vec();
                rest.push(after);
                let dot = dot_guard && self.name.first() == Some(&u16::from(b'.'));
                let empty = choices.iter().all(|choice| choice.nodes.is_empty());
                for (i, _) in from.iter().enumerate().filter(|(i, begins)| **begins && !(dot && *i == 0)) {
                    let mut start = vec![false; from.len()];
                    start[i] = true;
                    let excluded =
                        !empty && choices.iter().any(|choice| self.to_the_end(choice, &start, dot_guard, &rest));
                    if !excluded {
                        to[i + usize::from(empty)..].fill(true);
                    }
                }
            }
            Node::Choice(kind, choices) => {
                let mut rest = rest.to_vec();
                rest.push(after);
                let any = |from: &[bool], dot_guard: bool| {
                    let mut to = vec![false; from.len()];
                    for choice in choices {
                        let ends = self.run(choice, from, dot_guard, &rest);
                        to.iter_mut().zip(ends).for_each(|(to, end)| *to |= end);
                    }
                    to
                };
                let mut last = any(from, dot_guard);
                to.clone_from(&last);
                let mut grows = matches!(kind, '*' | '+');
                while grows {
                    // The second time round a dot is nothing special.
                    last = any(&last, false);
                    grows = last.iter().zip(&to).any(|(new, old)| *new && !old);
                    to.iter_mut().zip(&last).for_each(|(to, new)| *to |= new);
                }
                if matches!(kind, '*' | '?') {
                    to.iter_mut().zip(from).for_each(|(to, from)| *to |= from);
                }
            }
        }
        to
    }

    /// Whether `choice` and then all that follows can reach the end of the name.
    fn to_the_end(&self, choice: &Sequence, start: &[bool], dot_guard: bool, rest: &[&[Node]]) -> bool {
        let mut at = self.run(choice, start, dot_guard, &[]);
        for (depth, nodes) in rest.iter().enumerate().rev() {
            for (i, node) in nodes.iter().enumerate() {
                if !at.contains(&true) {
                    return false;
                }
                at = self.step(node, nodes.get(i + 1..).unwrap_or(&[]), &at, dot_guard, &rest[..depth]);
            }
        }
        at.last().copied().unwrap_or(false)
    }
}
