//! Cloze deletions, as far as it matters how many cards a text makes: clozecraft 0.4.0.

use std::cell::Cell;

use memchr::memmem;

/// The steps that the searches in one note may take together. What is left when they are used up has no clozes.
const MOST_STEPS: u32 = 20_000_000;

/// A longer pattern is not taken for one.
const LONGEST: usize = 200;

/// The steps taken in one note.
#[derive(Debug, Default)]
pub(super) struct Effort(Cell<u32>);

impl Effort {
    fn is_spent(&self) -> bool {
        self.0.get() >= MOST_STEPS
    }

    fn step(&self) {
        self.0.set(self.0.get().saturating_add(1));
    }
}

/// Compiled patterns like `==[123;;]answer[;;hint]==`.
#[derive(Debug)]
pub(super) struct Clozes(Vec<Pattern>);

/// The shapes of a cloze, the one that decides first.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// With a number.
    Numbered,
    /// With letters a, s and h, one for each card.
    Overlapping,
    /// With neither.
    Simple,
}

const SHAPES: [Shape; 3] = [Shape::Numbered, Shape::Overlapping, Shape::Simple];

/// A pattern for each of [`SHAPES`].
#[derive(Debug)]
struct Pattern([Vec<Token>; 3]);

#[derive(Clone, Debug)]
enum Token {
    Text(String),
    /// At least one character of a line, as few as do.
    Some,
    /// `123`: at least one digit; or at least one of a, s, h.
    Order {
        letters: bool,
    },
    /// May be missing, but is taken where it can be.
    Optional(Vec<Token>),
}

impl Clozes {
    /// Compiles `patterns`; what is none is left out.
    pub(super) fn new(patterns: &[String]) -> Self {
        Self(patterns.iter().filter_map(|pattern| Pattern::new(pattern)).collect())
    }

    /// Whether there may be a cloze in a line of `text`: all that stands in a pattern for itself stands in it.
    pub(super) fn may_be_in(&self, text: &str) -> bool {
        let has = |token: &Token| match token {
            Token::Text(literal) => memmem::find(text.as_bytes(), literal.as_bytes()).is_some(),
            _ => true,
        };
        self.0.iter().any(|pattern| pattern.0.iter().any(|tokens| tokens.iter().all(has)))
    }

    /// Whether there is a cloze in `text`.
    pub(super) fn is_in(&self, text: &str, effort: &Effort) -> bool {
        self.0.iter().any(|pattern| pattern.0.iter().any(|tokens| find(tokens, text, 0, effort).is_some()))
    }

    /// The number of cards that `text` makes.
    pub(super) fn count(&self, text: &str, effort: &Effort) -> usize {
        for (shape, at) in SHAPES.into_iter().zip(0..) {
            let mut cards = 0usize;
            let mut found = false;
            for tokens in self.0.iter().filter_map(|pattern| pattern.0.get(at)) {
                let mut from = 0;
                while let Some(Match { start, end, order }) = find(tokens, text, from, effort) {
                    found = true;
                    cards = match shape {
                        Shape::Numbered => cards.max(order.parse().unwrap_or(usize::MAX)),
                        Shape::Overlapping => cards.max(order.len()),
                        Shape::Simple => cards + 1,
                    };
                    from = end.max(start + 1);
                }
            }
            if found {
                return cards;
            }
        }
        0
    }
}

impl Pattern {
    fn new(raw: &str) -> Option<Self> {
        if raw.len() > LONGEST {
            return None;
        }
        let order = field(raw, |inside| inside.bytes().any(|b| b.is_ascii_digit()))?;
        let hint = field(raw, |inside| inside.contains("hint"))?;
        if order == hint || !raw.contains("answer") {
            return None;
        }
        let shape = |shape: Shape| {
            let mut tokens = Vec::new();
            let mut at = 0;
            let mut fields = [order.clone(), hint.clone()];
            fields.sort_by_key(|field| field.start);
            for field in fields {
                tokens.push(Token::Text(raw.get(at..field.start)?.to_owned()));
                let inside = raw.get(field.start + 1..field.end - 1)?.replace("\\[", "[").replace("\\]", "]");
                if field == hint {
                    tokens.push(Token::Optional(split(&inside, "hint", &Token::Some)));
                } else {
                    tokens.extend(order_tokens(&inside, shape));
                }
                at = field.end;
            }
            tokens.push(Token::Text(raw.get(at..)?.to_owned()));
            Some(with_answer(tokens))
        };
        Some(Self([shape(Shape::Numbered)?, shape(Shape::Overlapping)?, shape(Shape::Simple)?]))
    }
}

/// The first `[..]` of a pattern with something particular in it. A closing bracket behind a backslash ends nothing.
fn field(raw: &str, is_it: impl Fn(&str) -> bool) -> Option<std::ops::Range<usize>> {
    let bytes = raw.as_bytes();
    for (start, _) in raw.match_indices('[') {
        let mut end = start + 1;
        while let Some(byte) = bytes.get(end) {
            match byte {
                b'\\' if bytes.get(end + 1) == Some(&b']') => end += 1,
                b']' => break,
                _ => {}
            }
            end += 1;
        }
        if bytes.get(end) == Some(&b']') && is_it(raw.get(start + 1..end)?) {
            return Some(start..end + 1);
        }
    }
    None
}

fn split(text: &str, keyword: &str, token: &Token) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (i, part) in text.split(keyword).enumerate() {
        if i > 0 {
            tokens.push(token.clone());
        }
        tokens.push(Token::Text(part.to_owned()));
    }
    tokens
}

fn order_tokens(inside: &str, shape: Shape) -> Vec<Token> {
    let letters = match shape {
        Shape::Simple => return Vec::new(),
        Shape::Numbered => false,
        Shape::Overlapping => true,
    };
    let mut tokens = Vec::new();
    let mut rest = inside;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, digits) = rest.split_at(start);
        tokens.extend([Token::Text(before.to_owned()), Token::Order { letters }]);
        rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    tokens.push(Token::Text(rest.to_owned()));
    tokens
}

/// `tokens` with the first `answer` in their texts replaced.
fn with_answer(tokens: Vec<Token>) -> Vec<Token> {
    let mut replaced = Vec::new();
    let mut done = false;
    for token in tokens {
        match token {
            Token::Text(text) if !done && text.contains("answer") => {
                done = true;
                if let Some((before, after)) = text.split_once("answer") {
                    replaced.extend([Token::Text(before.to_owned()), Token::Some, Token::Text(after.to_owned())]);
                }
            }
            token => replaced.push(token),
        }
    }
    replaced
}

struct Match<'a> {
    start: usize,
    end: usize,
    /// The digits or letters.
    order: &'a str,
}

/// The first match of `tokens` in `text` at or after `from`.
fn find<'a>(tokens: &[Token], text: &'a str, from: usize, effort: &Effort) -> Option<Match<'a>> {
    let literal = tokens.iter().find_map(|token| match token {
        Token::Text(literal) if literal.is_empty() => None,
        Token::Text(literal) => Some(Some(literal.as_str())),
        _ => Some(None),
    });
    let mut start = from;
    while start <= text.len() && !effort.is_spent() {
        // What begins with a text can be jumped to.
        if let Some(Some(literal)) = literal {
            start += text.get(start..)?.find(literal)?;
        }
        let mut order = start..start;
        if let Some(end) = run(tokens, text, start, &mut order, effort, &|end| Some(end)) {
            return Some(Match { start, end, order: text.get(order).unwrap_or_default() });
        }
        start += text.get(start..)?.chars().next()?.len_utf8();
    }
    None
}

type Then<'t> = &'t dyn Fn(usize) -> Option<usize>;

/// Matches `tokens` at `at` and then whatever `then` asks for.
fn run(
    tokens: &[Token],
    text: &str,
    at: usize,
    order: &mut std::ops::Range<usize>,
    effort: &Effort,
    then: Then<'_>,
) -> Option<usize> {
    effort.step();
    if effort.is_spent() {
        return None;
    }
    let rest = text.get(at..)?;
    let Some((token, after)) = tokens.split_first() else { return then(at) };
    match token {
        Token::Text(literal) => {
            rest.starts_with(literal.as_str()).then_some(())?;
            run(after, text, at + literal.len(), order, effort, then)
        }
        Token::Some => {
            let is_end = |c: char| matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}');
            let mut end = at;
            for c in rest.chars().take_while(|c| !is_end(*c)) {
                end += c.len_utf8();
                if let Some(end) = run(after, text, end, order, effort, then) {
                    return Some(end);
                }
            }
            None
        }
        Token::Order { letters } => {
            let fits = |b: &u8| if *letters { matches!(b, b'a' | b's' | b'h') } else { b.is_ascii_digit() };
            let longest = rest.bytes().take_while(fits).count();
            (1..=longest).rev().find_map(|length| {
                let end = run(after, text, at + length, order, effort, then)?;
                *order = at..at + length;
                Some(end)
            })
        }
        Token::Optional(inside) => {
            let mut both = inside.clone();
            both.extend_from_slice(after);
            run(&both, text, at, order, effort, then).or_else(|| run(after, text, at, order, effort, then))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(patterns: &[&str], text: &str) -> usize {
        Clozes::new(&patterns.iter().map(|pattern| (*pattern).to_owned()).collect::<Vec<_>>())
            .count(text, &Effort::default())
    }

    #[test]
    fn the_best_shape_decides() {
        let p = ["==[123;;]answer[;;hint]=="];
        let cases = [
            ("==a== and ==b;;hint==", 2),
            ("==2;;a== and ==b==", 2),
            ("==12;;year==", 12),
            ("==ash;;a== ==as;;b== ==c==", 3),
            ("==ah;;a== ==1;;b==", 1),
            ("none ==", 0),
            ("==a\nb==", 0),
            ("====", 0),
            ("======", 1),
            ("==;;x==", 1),
        ];
        for (text, cards) in cases {
            assert_eq!(count(&p, text), cards, "{text}");
        }
        assert_eq!(count(&["==[123;;]answer[;;hint]==", "**[123;;]answer[;;hint]**"], "==a== **b** **c**"), 3);
        assert_eq!(count(&["{{[123::]answer[::hint]}}"], "{{3::a::h}}"), 3);
        assert_eq!(count(&["answer[^\\[hint\\]][\\[123\\]]"], "x^[h][2]"), 2);
        assert_eq!(count(&["no pattern", "[1]answer"], "==a=="), 0);
    }

    #[test]
    fn hostile_texts_end() {
        let p = ["==[123;;]answer[;;hint]=="];
        count(&p, &format!("=={}", ";;".repeat(1_000)));
        count(&p, &"==a".repeat(5_001));
        count(&p, &"==1;;".repeat(5_001));
        count(&[&format!("[1]answer[{}]", "hint".repeat(100_000))], "1a");
    }
}
