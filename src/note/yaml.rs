//! The frontmatter as YAML: `gray_matter` with an engine of our own, over the events of `granit-parser`.
//!
//! A note is untrusted: size, depth and number of values are bounded, and aliases are refused, since a few hundred bytes
//! of them can stand for gigabytes.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle};
use gray_matter::engine::Engine;
use gray_matter::{Error, Matter, Pod};

/// The largest block that is read, in bytes.
pub const MAX_BYTES: usize = 256 << 10;
/// The most values in a block.
const MAX_EVENTS: usize = 50_000;
/// The deepest nesting of a block.
const MAX_DEPTH: usize = 64;

/// Why a block was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The line in the file, from 1, when it is known.
    pub line: Option<usize>,
    /// The column in characters, from 1, when it is known.
    pub column: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// Whether it is a matter of size, not of syntax.
    pub too_complex: bool,
}

/// The keys and values of a block, `inner` being the lines between its fences.
///
/// Values stay text: a title `1.10` keeps its zero, and the numbers of a schedule are checked by one piece of code for
/// every reader. Only a plain `null`, `~` or nothing is [`Pod::Null`]. An empty block is an empty map; a block that is
/// no map comes back as what it is.
///
/// # Errors
/// When the block is not valid YAML, repeats a key, has an alias, or is over the budget.
pub fn read(inner: &str) -> Result<Pod, Invalid> {
    #[cfg(test)]
    crate::effort::count(|effort| effort.yaml += 1);
    if inner.len() > MAX_BYTES {
        let message = format!("the frontmatter is larger than {} KiB", MAX_BYTES >> 10);
        return Err(Invalid { line: None, column: None, message, too_complex: true });
    }
    // The comments keep the splitter from trimming the block, which would change indents and last values. They also
    // make line n of what the engine sees line n of the file.
    let fed = format!("---\n#\n{inner}#\n---\n");
    match Matter::<Yaml>::new().parse::<Pod>(&fed) {
        Ok(entity) => Ok(match entity.data {
            None | Some(Pod::Null) => Pod::Hash(HashMap::new()),
            Some(pod) => pod,
        }),
        Err(error) => Err(Invalid::from_error(&error)),
    }
}

impl Invalid {
    /// Takes apart what [`Yaml::parse`] put together.
    fn from_error(error: &Error) -> Self {
        let (text, too_complex) = match error {
            Error::DeserializeError(text) => (text.as_str(), false),
            Error::UnsupportedError(text) => (text.as_str(), true),
            other => return Self { line: None, column: None, message: other.to_string(), too_complex: false },
        };
        let mut parts = text.splitn(3, ':');
        let mut number = || parts.next().and_then(|part| part.parse().ok());
        let (line, column) = (number(), number());
        let message = parts.next().unwrap_or(text).to_owned();
        Self { line, column, message, too_complex }
    }
}

/// The engine: YAML events to a [`Pod`], within budgets. Its errors are `line:column:message`.
struct Yaml;

/// A list or map that is being read.
enum Level {
    List(Vec<Pod>),
    Map { map: HashMap<String, Pod>, key: Option<String> },
}

impl Engine for Yaml {
    fn parse(content: &str) -> Result<Pod, Error> {
        let mut options = Options::default();
        options.set_emit_comments(false);
        options.disallow_directives = true;
        options.flow_nesting_limit = MAX_DEPTH;
        options.block_nesting_limit = MAX_DEPTH;
        let mut levels: Vec<Level> = Vec::new();
        let mut root = None;
        let mut documents = 0;
        for (events, next) in Parser::new_from_str_with_options(content, options).enumerate() {
            let (event, span) = next.map_err(|error| {
                let at = error.marker();
                let message = format!("{}:{}:{}", at.line(), at.col() + 1, error.info());
                match error.kind() {
                    ErrorKind::RecursionLimitExceeded => Error::UnsupportedError(message),
                    _ => Error::DeserializeError(message),
                }
            })?;
            let located = |message: &str| format!("{}:{}:{message}", span.start.line(), span.start.col() + 1);
            let syntax = |message: &str| Error::DeserializeError(located(message));
            let size = |message: &str| Error::UnsupportedError(located(message));
            if events > MAX_EVENTS {
                return Err(size("the frontmatter has too many values"));
            }
            let value = match event {
                Event::Scalar(text, style, ..) => scalar(&text, style),
                Event::SequenceStart(..) | Event::MappingStart(..) if levels.len() >= MAX_DEPTH => {
                    return Err(size("the frontmatter is nested too deeply"));
                }
                Event::SequenceStart(..) => {
                    levels.push(Level::List(Vec::new()));
                    continue;
                }
                Event::MappingStart(..) => {
                    levels.push(Level::Map { map: HashMap::new(), key: None });
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => match levels.pop() {
                    Some(Level::List(list)) => Pod::Array(list),
                    Some(Level::Map { map, .. }) => Pod::Hash(map),
                    None => return Err(syntax("an end without a start")),
                },
                Event::Alias(_) | Event::UnresolvedAlias(_) => return Err(size("aliases are not supported")),
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(syntax("more than one document"));
                    }
                    continue;
                }
                _ => continue,
            };
            match levels.last_mut() {
                None => root = Some(value),
                Some(Level::List(list)) => list.push(value),
                Some(Level::Map { map, key }) => match key.take() {
                    None => *key = Some(name(value).ok_or_else(|| syntax("a key that is a list or map"))?),
                    Some(name) => {
                        if map.contains_key(&name) {
                            return Err(syntax(&format!("the key `{name}` stands there twice")));
                        }
                        map.insert(name, value);
                    }
                },
            }
        }
        Ok(root.unwrap_or(Pod::Null))
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Pod {
    match (style, text) {
        (ScalarStyle::Plain, "" | "~" | "null" | "Null" | "NULL") => Pod::Null,
        _ => Pod::String(text.to_owned()),
    }
}

/// A key as text.
fn name(key: Pod) -> Option<String> {
    match key {
        Pod::String(text) => Some(text),
        Pod::Null => Some("null".into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(inner: &str, key: &str) -> Pod {
        match read(inner).unwrap() {
            Pod::Hash(map) => map[key].clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn values_stay_text() {
        let text = |t: &str| Pod::String(t.into());
        assert_eq!(value("a: 1.10\n", "a"), text("1.10"));
        assert_eq!(value("a: 2030-01-02 # x\n", "a"), text("2030-01-02"));
        assert_eq!(value("a: 'null'\n", "a"), text("null"));
        assert_eq!(value("a: yes\n", "a"), text("yes"));
        assert_eq!(value("a: \"\"\n", "a"), text(""));
        assert_eq!(value("a:\n", "a"), Pod::Null);
        assert_eq!(value("a: ~\n", "a"), Pod::Null);
        assert_eq!(value("a: #foo\n", "a"), Pod::Null);
        assert_eq!(value("a:\tb\n", "a"), text("b"));
        assert_eq!(value("  a: 1\n  b: 2\n", "b"), text("2"));
        assert_eq!(value("a: b\u{a0}\n", "a"), text("b\u{a0}"));
        assert_eq!(value("a: [x, [y]]\n", "a"), Pod::Array(vec![text("x"), Pod::Array(vec![text("y")])]));
        assert_eq!(value("a: |\n  x\n", "a"), text("x\n"));
        assert_eq!(value("\r\na: b\r\n", "a"), text("b"));
    }

    #[test]
    fn a_block_without_keys_is_empty_or_what_it_is() {
        let empty = Pod::Hash(HashMap::new());
        assert_eq!(read("").unwrap(), empty);
        assert_eq!(read("# x\n\n").unwrap(), empty);
        assert_eq!(read("prose\n").unwrap(), Pod::String("prose".into()));
        assert!(matches!(read("- a\n").unwrap(), Pod::Array(_)));
    }

    #[test]
    fn errors_name_the_line_in_the_file() {
        for (inner, line) in [("a: 1\nb: c: d\n", 3), ("a: 1\n\na: 2\n", 4), ("a: @x\n", 2), ("a: 1\nb: *x\n", 3)] {
            let invalid = read(inner).unwrap_err();
            assert_eq!(invalid.line, Some(line), "{inner:?}: {invalid:?}");
            assert!(!invalid.message.is_empty());
        }
        assert!(read("a: 1\n...\nb: 2\n").is_err());
        assert!(read("%YAML 1.2\na: 1\n").is_err());
    }

    #[test]
    fn bombs_are_errors() {
        let laughs = "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n".to_owned();
        let lists = format!("a: {}x\n", "- ".repeat(5000));
        let nested = format!("a:\n  {}x\n", "- ".repeat(5000));
        let flow = format!("a: {}\n", "[".repeat(100_000));
        let many = "- x\n".repeat(60_000);
        let large = format!("a: {}\n", "x".repeat(MAX_BYTES));
        for (bomb, complex) in
            [(laughs, true), (lists, false), (nested, true), (flow, true), (many, true), (large, true)]
        {
            let invalid = read(&bomb).unwrap_err();
            assert_eq!(invalid.too_complex, complex, "{invalid:?}");
        }
    }
}
