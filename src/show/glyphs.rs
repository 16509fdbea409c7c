//! The characters that lines are drawn with, for terminals with and without Unicode.

/// A set of characters for bars, bullets, borders and marks. Each takes as many columns as its width says; all but
/// `ellipsis` take one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// What stands for something left out.
    pub ellipsis: &'static str,
    /// The marks of list items, by depth; the last serves all deeper ones.
    pub bullets: [&'static str; 3],
    /// The bar beside a quote.
    pub quote: &'static str,
    /// The bar beside a callout.
    pub callout: &'static str,
    /// The bar beside an embedded note.
    pub embed: &'static str,
    /// The bar beside code.
    pub code: &'static str,
    /// A horizontal rule; also the border of a table.
    pub horizontal: &'static str,
    /// The border between two columns.
    pub vertical: &'static str,
    /// Where two borders cross.
    pub cross: &'static str,
    /// The part of a bar for what is done.
    pub bar_done: &'static str,
    /// The part of a bar for what comes again.
    pub bar_again: &'static str,
    /// The part of a bar for what is left.
    pub bar_left: &'static str,
    /// Between parts of a status line.
    pub dot: &'static str,
    /// From something to something.
    pub arrow: &'static str,
    /// Marks the chosen entry of a list.
    pub pointer: &'static str,
    /// Steps of a bar chart, lowest first.
    pub steps: [&'static str; 5],
}

/// For terminals that show Unicode.
pub const UNICODE: Glyphs = Glyphs {
    ellipsis: "…",
    bullets: ["•", "◦", "▪"],
    quote: "│",
    callout: "▌",
    embed: "┊",
    code: "▏",
    horizontal: "─",
    vertical: "│",
    cross: "┼",
    bar_done: "━",
    bar_again: "━",
    bar_left: "─",
    dot: "·",
    arrow: "→",
    pointer: "▸",
    steps: ["·", "▂", "▄", "▆", "█"],
};

/// For terminals that show ASCII alone.
pub const ASCII: Glyphs = Glyphs {
    ellipsis: "...",
    bullets: ["*", "-", "+"],
    quote: "|",
    callout: "|",
    embed: ":",
    code: "|",
    horizontal: "-",
    vertical: "|",
    cross: "+",
    bar_done: "#",
    bar_again: "!",
    bar_left: ".",
    dot: "-",
    arrow: ">",
    pointer: ">",
    steps: [".", ":", "+", "*", "#"],
};
