//! One name of a glob: `*.md`, `[ab]?`, `@(a|b)*`.

use std::cell::Cell;

use super::positions::Positions;

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

    pub(super) fn accepts(&self, name: &str, effort: &Effort) -> bool {
        match self {
            Self::Literal(text) => name == text,
            Self::Suffix(end) => !name.is_empty() && !name.starts_with('.') && name.ends_with(end.as_str()),
            Self::Pattern(sequence) => {
                let name: Vec<u16> = name.encode_utf16().take(Positions::LONGEST_NAME + 1).collect();
                let matching = Matching { name: &name, own: Effort::new(MOST_STEPS), all: effort };
                name.len() <= Positions::LONGEST_NAME
                    && matching.run(sequence, Positions::of(0), true, &[]).has(name.len())
                    && matching.own.step()
                    && effort.step()
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

/// How much work a pattern may still cause.
#[derive(Debug)]
pub(super) struct Effort(Cell<u32>);

impl Effort {
    /// Of so many steps.
    pub(super) fn new(steps: u32) -> Self {
        Self(Cell::new(steps))
    }

    /// Takes a step, if there is one left.
    fn step(&self) -> bool {
        self.steps(1)
    }

    /// Takes so many steps, if as many are left.
    pub(super) fn steps(&self, count: usize) -> bool {
        let left = self.0.get().checked_sub(u32::try_from(count).unwrap_or(u32::MAX));
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// One name being matched.
struct Matching<'a> {
    /// In UTF-16, as JavaScript counts characters.
    name: &'a [u16],
    /// What is left for this name.
    own: Effort,
    /// What is left for all names and patterns.
    all: &'a Effort,
}

impl Matching<'_> {
    /// The positions where `sequence` can end when it begins at one of `from`. `rest` is what follows it in the pattern, the
    /// nearest last: only `!(..)` looks that far.
    fn run(&self, sequence: &Sequence, from: Positions, dot_guard: bool, rest: &[&[Node]]) -> Positions {
        let mut at = from;
        if dot_guard && sequence.refuses_dot && self.has_dot() {
            at.remove(0);
        }
        for (i, node) in sequence.nodes.iter().enumerate() {
            if at.is_empty() {
                break;
            }
            at = self.step(node, sequence.nodes.get(i + 1..).unwrap_or(&[]), at, dot_guard, rest);
        }
        at
    }

    fn has_dot(&self) -> bool {
        self.name.first() == Some(&u16::from(b'.'))
    }

    fn step(&self, node: &Node, after: &[Node], from: Positions, dot_guard: bool, rest: &[&[Node]]) -> Positions {
        let mut to = Positions::default();
        if !self.own.step() || !self.all.step() {
            return to;
        }
        let one = |has: &dyn Fn(u16) -> bool| {
            let mut to = Positions::default();
            let fits = |at: &usize| self.name.get(*at).is_some_and(|unit| has(*unit));
            from.iter().filter(fits).for_each(|at| to.insert(at + 1));
            to
        };
        match node {
            Node::Nothing => {}
            Node::Char(c) => to = one(&|unit| unit == *c),
            Node::AnyOne => to = one(&|_| true),
            Node::Class(class) => to = one(&|unit| class.has(unit)),
            Node::AnyRun => to = from.first().map_or(to, |first| Positions::between(first, self.name.len())),
            Node::Choice('!', choices) => {
                let mut rest = rest.to_vec();
                rest.push(after);
                let dot = dot_guard && self.has_dot();
                let empty = choices.iter().all(|choice| choice.nodes.is_empty());
                for i in from.iter().filter(|i| !(dot && *i == 0)) {
                    let start = Positions::of(i);
                    let excluded =
                        !empty && choices.iter().any(|choice| self.to_the_end(choice, start, dot_guard, &rest));
                    if !excluded {
                        to |= Positions::between(i + usize::from(empty), self.name.len());
                    }
                }
            }
            Node::Choice(kind, choices) => {
                let mut rest = rest.to_vec();
                rest.push(after);
                let any = |from: Positions, dot_guard: bool| {
                    let mut to = Positions::default();
                    choices.iter().for_each(|choice| to |= self.run(choice, from, dot_guard, &rest));
                    to
                };
                let mut last = any(from, dot_guard);
                to = last;
                let mut grows = matches!(kind, '*' | '+');
                while grows {
                    // The second time round a dot is nothing special.
                    last = any(last, false);
                    let before = to;
                    to |= last;
                    grows = to != before;
                }
                if matches!(kind, '*' | '?') {
                    to |= from;
                }
            }
        }
        to
    }

    /// Whether `choice` and then all that follows can reach the end of the name.
    fn to_the_end(&self, choice: &Sequence, start: Positions, dot_guard: bool, rest: &[&[Node]]) -> bool {
        let mut at = self.run(choice, start, dot_guard, &[]);
        for (depth, nodes) in rest.iter().enumerate().rev() {
            for (i, node) in nodes.iter().enumerate() {
                if at.is_empty() {
                    return false;
                }
                at =
                    self.step(node, nodes.get(i + 1..).unwrap_or(&[]), at, dot_guard, rest.get(..depth).unwrap_or(&[]));
            }
        }
        at.has(self.name.len())
    }
}
