//! Lines fit for a terminal: text with a role in each part, free of colours and escapes.

use std::sync::Arc;

use super::text::width;
use crate::note::address::address;
use crate::schedule::Grade;

/// What a part of a line is, from which a theme makes colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// Running text.
    #[default]
    Text,
    /// Secondary text: marks, hints, folded parts.
    Dim,
    /// A heading with its level from 1 to 6.
    Heading(u8),
    /// Code in running text.
    Code,
    /// A line of a code block.
    CodeBlock,
    /// A formula.
    Math,
    /// A link out of the vault.
    Link,
    /// A link to a note that exists.
    Wikilink,
    /// A link to a note that does not exist.
    Dangling,
    /// A `#tag`.
    Tag,
    /// A picture or other file that is shown by name.
    Image,
    /// The mark and the number of a footnote.
    Footnote,
    /// The mark of a list item.
    Bullet,
    /// The box of a task.
    Task(Task),
    /// The bar beside a quote.
    Quote,
    /// The bar beside a callout and its title.
    Callout(Callout),
    /// The bar beside the text of another note.
    Embed,
    /// The lines of a table.
    Border,
    /// The head of a table.
    TableHead,
    /// A horizontal rule.
    Rule,
    /// What stands in place of a part that waits to be revealed.
    Hidden,
    /// The name of what is reviewed.
    Title,
    /// A key that can be pressed.
    Key,
    /// A grade.
    Grade(Grade),
    /// The part of a bar for what is done.
    BarDone,
    /// The part of a bar for what comes again.
    BarAgain,
    /// The part of a bar for what is left.
    BarLeft,
    /// A search hit.
    Match,
    /// The search hit at hand.
    MatchHere,
    /// The entry of a list that is chosen.
    Selected,
    /// Something that asks for attention.
    Warning,
    /// Something that went wrong.
    Error,
}

/// The state of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// `[ ]`
    Open,
    /// `[x]`
    Done,
    /// `[/]`, under way.
    Started,
    /// `[-]`, given up.
    Cancelled,
    /// Any other mark.
    Other,
}

impl Task {
    /// The state that the character between the brackets stands for.
    pub fn of(mark: char) -> Self {
        match mark {
            ' ' => Task::Open,
            'x' | 'X' => Task::Done,
            '/' => Task::Started,
            '-' => Task::Cancelled,
            _ => Task::Other,
        }
    }
}

/// The families of callouts, each of one colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Callout {
    /// note, info, todo, and every unknown kind
    Note,
    /// abstract, summary, tldr, tip, hint, important
    Tip,
    /// success, check, done
    Success,
    /// question, help, faq
    Question,
    /// warning, caution, attention
    Warning,
    /// failure, fail, missing, danger, error, bug
    Danger,
    /// example
    Example,
    /// quote, cite
    Quote,
}

impl Callout {
    /// The family of a kind as written between `[!` and `]`, in any case.
    pub fn of(kind: &str) -> Self {
        match kind.to_ascii_lowercase().as_str() {
            "abstract" | "summary" | "tldr" | "tip" | "hint" | "important" => Callout::Tip,
            "success" | "check" | "done" => Callout::Success,
            "question" | "help" | "faq" => Callout::Question,
            "warning" | "caution" | "attention" => Callout::Warning,
            "failure" | "fail" | "missing" | "danger" | "error" | "bug" => Callout::Danger,
            "example" => Callout::Example,
            "quote" | "cite" => Callout::Quote,
            _ => Callout::Note,
        }
    }
}

/// How a part of a line looks: its role, and what is laid over it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Style {
    /// What the part is.
    pub role: Role,
    /// Bold.
    pub strong: bool,
    /// Italic.
    pub emphasis: bool,
    /// Struck out.
    pub struck: bool,
    /// On a marker's colour.
    pub highlight: bool,
}

impl Role {
    /// A style with this role and nothing laid over it.
    pub fn style(self) -> Style {
        Style { role: self, ..Style::default() }
    }
}

/// A part of a line in one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The text: harmless to a terminal ([`super::text::clean`]).
    pub text: String,
    /// How it looks.
    pub style: Style,
    /// Where it leads: an index into [`Page::links`].
    pub link: Option<u32>,
    /// The byte of the source where the text stands; `None` for what the renderer adds, as bars, bullets and borders.
    pub at: Option<usize>,
}

impl Span {
    /// A part that the renderer adds. The text is made harmless.
    pub fn new(text: impl AsRef<str>, style: Style) -> Self {
        Self { text: super::text::clean(text.as_ref()).into_owned(), style, link: None, at: None }
    }
}

/// One line on a screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The parts from left to right.
    pub spans: Vec<Span>,
    /// The byte of the source where the block that the line belongs to starts.
    pub at: usize,
}

impl Line {
    /// A line of these parts that belongs to no source.
    pub fn new(spans: Vec<Span>) -> Self {
        Self { spans, at: 0 }
    }

    /// A line with one part.
    pub fn of(text: impl AsRef<str>, role: Role) -> Self {
        Self::new(vec![Span::new(text, role.style())])
    }

    /// The text without styles.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    /// The columns that the line takes.
    pub fn width(&self) -> usize {
        self.spans.iter().map(|span| width(&span.text)).sum()
    }

    /// Whether nothing is to be seen on it.
    pub fn is_blank(&self) -> bool {
        self.spans.iter().all(|span| span.text.trim().is_empty())
    }
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A note or file of the vault as the link names it, with `#heading` or `#^block`.
    Note(String),
    /// An address that may be opened: [`Target::of`] made it.
    Url(String),
    /// A footnote of the same note.
    Footnote(String),
}

impl Target {
    /// The target of a link whose destination is `destination`: an address if it is one that may be
    /// opened (see [`address`]), a note if it has no scheme, and nothing otherwise.
    pub fn of(destination: &str) -> Option<Self> {
        let destination = destination.trim();
        let scheme = destination.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| is_scheme(scheme));
        match scheme {
            Some(_) => address(destination).ok().map(Target::Url),
            None if destination.is_empty() || destination.starts_with("//") => None,
            None => {
                let path = percent_encoding::percent_decode_str(destination).decode_utf8_lossy();
                Some(Target::Note(path.into_owned()))
            }
        }
    }

    /// The address, if it leads to one.
    pub fn url(&self) -> Option<&str> {
        match self {
            Target::Url(url) => Some(url),
            _ => None,
        }
    }
}

/// Whether `text` is a scheme as RFC 3986 section 3.1 has it; one letter is a drive, not a scheme.
fn is_scheme(text: &str) -> bool {
    text.len() > 1
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// A note as lines of a given width.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The lines from top to bottom.
    pub lines: Vec<Line>,
    /// Where the links lead, in the order in which they stand.
    pub links: Vec<Arc<Target>>,
}

impl Page {
    /// Where `span` leads.
    pub fn target(&self, span: &Span) -> Option<&Arc<Target>> {
        self.links.get(usize::try_from(span.link?).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_allowed_schemes_lead_out() {
        let url = |text: &str| Some(Target::Url(text.into()));
        let note = |text: &str| Some(Target::Note(text.into()));
        let cases = [
            ("https://a.b/c d", url("https://a.b/c%20d")),
            ("HTTP://x", url("HTTP://x")),
            ("mailto:a@b", url("mailto:a@b")),
            ("obsidian://open?vault=v", url("obsidian://open?vault=v")),
            ("http://a\x1b]8;;\x07b", url("http://a%1B]8;;%07b")),
            ("http://ü", url("http://%C3%BC")),
            ("javascript:alert(1)", None),
            ("file:///home/x.desktop", None),
            ("obsidian://advanced-uri?eval=x", None),
            ("data:text/html,x", None),
            ("//host/x", None),
            ("", None),
            ("My%20Note.md#Part", note("My Note.md#Part")),
            ("#Part", note("#Part")),
            ("日本: one", note("日本: one")),
        ];
        for (destination, target) in cases {
            assert_eq!(Target::of(destination), target, "{destination:?}");
        }
    }
}
