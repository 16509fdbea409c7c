//! `{a,b}` and `{1..3}`: the texts that a pattern with braces stands for.

/// The most texts that one pattern may stand for.
const MOST: usize = 512;
/// The deepest braces in braces.
const DEEPEST: usize = 16;

/// The texts that `pattern` stands for, in order; itself alone when no braces in it list or count anything.
/// `None` when there are too many, or braces stand too deep in one another.
pub(super) fn expand(pattern: &str) -> Option<Vec<String>> {
    if deepest(pattern) > DEEPEST {
        return None;
    }
    if let Some(rest) = pattern.strip_prefix("{}") {
        // As in Bash, braces at the very start that hold nothing stand for themselves.
        return Some(expand_at(rest, 0)?.into_iter().map(|end| format!("{{}}{end}")).collect());
    }
    expand_at(pattern, 0)
}

/// How deep the opening braces of `pattern` stand in one another, closed or not.
fn deepest(pattern: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in pattern.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn expand_at(text: &str, depth: usize) -> Option<Vec<String>> {
    if depth > DEEPEST {
        return None;
    }
    let mut heads = vec![String::new()];
    let mut rest = text;
    while let Some((open, close)) = group(rest) {
        let (before, body, after) = (&rest[..open], &rest[open + 1..close], &rest[close + 1..]);
        let values = match (before.ends_with('$'), sequence(body)) {
            (true, _) => None,
            (false, Some(values)) => Some(values?),
            (false, None) => list(body, depth)?,
        };
        match values {
            Some(values) => heads = combine(&heads, before, &values)?,
            // Nothing to choose from: the opening brace stands for itself.
            None => heads = combine(&heads, &rest[..=open], &[String::new()])?,
        }
        rest = if before.ends_with('$') || !is_choice(body) { &rest[open + 1..] } else { after };
    }
    combine(&heads, rest, &[String::new()])
}

fn is_choice(body: &str) -> bool {
    sequence(body).is_some()
        || top_commas(body).len() > 1
        || group(body).is_some_and(|(open, close)| is_choice(&body[open + 1..close]))
}

fn combine(heads: &[String], middle: &str, values: &[String]) -> Option<Vec<String>> {
    if heads.len().saturating_mul(values.len()) > MOST {
        return None;
    }
    Some(heads.iter().flat_map(|head| values.iter().map(move |value| format!("{head}{middle}{value}"))).collect())
}

/// The first pair of braces that belong together.
fn group(text: &str) -> Option<(usize, usize)> {
    let mut open = Vec::new();
    let mut first: Option<(usize, usize)> = None;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'{' => open.push(at),
            b'}' => {
                if let Some(start) = open.pop() {
                    if open.is_empty() {
                        return Some((start, at));
                    }
                    if first.is_none_or(|(earlier, _)| start < earlier) {
                        first = Some((start, at));
                    }
                }
            }
            _ => {}
        }
    }
    first
}

/// `body` split at the commas that stand in no further braces.
fn top_commas(body: &str) -> Vec<&str> {
    let (mut depth, mut start, mut escaped) = (0usize, 0, false);
    let mut found = Vec::new();
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                found.push(&body[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&body[start..]);
    found
}

/// The values of a comma list; `Some(None)` when `body` is none, `None` when there are too many.
fn list(body: &str, depth: usize) -> Option<Option<Vec<String>>> {
    let items = top_commas(body);
    if items.len() == 1 && !is_choice(body) {
        return Some(None);
    }
    let single = items.len() == 1;
    let mut values = Vec::new();
    for item in items {
        values.extend(expand_at(item, depth + 1)?);
        if values.len() > MOST {
            return None;
        }
    }
    if single {
        // `{{a,b}}` keeps the outer braces.
        values = values.into_iter().map(|value| format!("{{{value}}}")).collect();
    }
    Some(Some(values))
}

/// The values of `1..5`, `01..10..3` or `a..e`: `None` when `body` is no sequence, `Some(None)` when it is too long.
#[allow(clippy::option_option, reason = "three answers: no sequence, one too long, one to use")]
fn sequence(body: &str) -> Option<Option<Vec<String>>> {
    let parts: Vec<&str> = body.split("..").collect();
    let (from, to, step) = match parts.as_slice() {
        [from, to] => (*from, *to, "1"),
        [from, to, step] => (*from, *to, *step),
        _ => return None,
    };
    let number = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let shaped = !digits.is_empty() && digits.len() < 10 && digits.bytes().all(|b| b.is_ascii_digit());
        shaped.then(|| text.parse::<i64>().ok()).flatten()
    };
    let letter = |text: &str| match text.as_bytes() {
        [b] if b.is_ascii_alphabetic() => Some(i64::from(*b)),
        _ => None,
    };
    let (first, last, letters) = match (number(from), number(to)) {
        (Some(first), Some(last)) => (first, last, false),
        _ => (letter(from)?, letter(to)?, true),
    };
    let step = number(step)?.abs().max(1);
    let count = usize::try_from((last - first).abs() / step + 1).unwrap_or(usize::MAX);
    if count > MOST {
        return Some(None);
    }
    let padded = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        digits.len() > 1 && digits.starts_with('0')
    };
    let width = if parts.iter().any(|part| padded(part)) { from.len().max(to.len()) } else { 0 };
    let step = if last < first { -step } else { step };
    let value = |i: usize| {
        let n = first + step * i64::try_from(i).unwrap_or(0);
        match u8::try_from(n) {
            Ok(b'\\') if letters => String::new(),
            Ok(b) if letters => char::from(b).to_string(),
            _ => format!("{n:0width$}"),
        }
    };
    Some(Some((0..count).map(value).collect()))
}
