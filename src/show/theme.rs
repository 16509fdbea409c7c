//! From roles to colours: light and dark, from truecolour down to none.

use colored::{ColoredString, Colorize};
use ratatui::style::{Color, Modifier};

use super::glyphs::{ASCII, Glyphs, UNICODE};
use super::line::{Callout, Line, Page, Role, Span, Style, Task};
use crate::schedule::Grade;

/// How many colours a terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: bold, italic and reverse remain.
    None,
    /// The 16 that the terminal's own palette names.
    Ansi16,
    /// 256.
    Ansi256,
    /// 24 bits.
    True,
}

impl Depth {
    /// The colours that the environment tells of: none with `NO_COLOR` or on a dumb terminal, all with
    /// `COLORTERM=truecolor`, 256 when `TERM` says so, else 16.
    pub fn of(no_color: bool, term: &str, colorterm: &str) -> Self {
        match () {
            () if no_color || term == "dumb" => Depth::None,
            () if matches!(colorterm, "truecolor" | "24bit") || term.ends_with("-direct") => Depth::True,
            () if term.contains("256color") => Depth::Ansi256,
            () => Depth::Ansi16,
        }
    }
}

/// What a terminal's background is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shade {
    /// Dark.
    #[default]
    Dark,
    /// Light.
    Light,
}

impl Shade {
    /// The background that `COLORFGBG` tells of (`15;0`: the last number is the background); dark if it tells nothing.
    pub fn of(colorfgbg: &str) -> Self {
        match colorfgbg.rsplit(';').next().and_then(|number| number.parse::<u8>().ok()) {
            Some(7 | 15) => Shade::Light,
            _ => Shade::Dark,
        }
    }
}

/// A colour: as one of the 16, and in 24 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Colour {
    ansi: u8,
    rgb: (u8, u8, u8),
}

const fn colour(ansi: u8, rgb: u32) -> Colour {
    Colour { ansi, rgb: ((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8) }
}

/// The colours of a theme, by what they say.
struct Palette {
    dim: Colour,
    heading: [Colour; 3],
    code: Colour,
    math: Colour,
    link: Colour,
    wikilink: Colour,
    tag: Colour,
    bar: Colour,
    red: Colour,
    orange: Colour,
    green: Colour,
    blue: Colour,
    cyan: Colour,
    purple: Colour,
    /// Behind a highlight, and the text on it.
    marker: (Colour, Colour),
    /// Behind a search hit and the chosen entry, and the text on it.
    found: (Colour, Colour),
    /// The text on a grade.
    on_grade: Colour,
}

const DARK: Palette = Palette {
    dim: colour(8, 0x84_8B_98),
    heading: [colour(14, 0x7D_CF_FF), colour(12, 0x9A_B8_FF), colour(13, 0xC8_A8_FF)],
    code: colour(11, 0xE5_C0_7B),
    math: colour(13, 0xD6_A0_F0),
    link: colour(12, 0x82_B1_FF),
    wikilink: colour(14, 0x6F_D8_CE),
    tag: colour(10, 0x9E_D0_72),
    bar: colour(8, 0x6B_72_80),
    red: colour(9, 0xF4_7C_7C),
    orange: colour(11, 0xF0_B0_60),
    green: colour(10, 0x8F_D0_78),
    blue: colour(12, 0x74_B0_F8),
    cyan: colour(14, 0x60_D0_D8),
    purple: colour(13, 0xC0_98_F0),
    marker: (colour(3, 0xE8_D0_58), colour(0, 0x20_1C_08)),
    found: (colour(6, 0x3C_8C_98), colour(15, 0xFF_FF_FF)),
    on_grade: colour(0, 0x10_14_18),
};

const LIGHT: Palette = Palette {
    dim: colour(8, 0x68_6E_78),
    heading: [colour(4, 0x00_50_A0), colour(6, 0x00_62_70), colour(5, 0x6A_2C_96)],
    code: colour(1, 0x98_38_18),
    math: colour(5, 0x80_30_90),
    link: colour(4, 0x10_50_C8),
    wikilink: colour(6, 0x00_6A_68),
    tag: colour(2, 0x2E_6E_18),
    bar: colour(8, 0x90_96_A0),
    red: colour(1, 0xB8_20_20),
    orange: colour(3, 0x96_56_00),
    green: colour(2, 0x24_70_24),
    blue: colour(4, 0x14_58_B8),
    cyan: colour(6, 0x00_6C_7C),
    purple: colour(5, 0x6C_30_A8),
    marker: (colour(11, 0xFF_E8_80), colour(0, 0x20_1C_08)),
    found: (colour(6, 0x90_D8_E0), colour(0, 0x00_00_00)),
    on_grade: colour(15, 0xFF_FF_FF),
};

/// How to show lines on one terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// The colours there are.
    pub depth: Depth,
    /// The background.
    pub shade: Shade,
    /// Draw with ASCII alone.
    pub ascii: bool,
    /// Mark links so that the terminal can open them (OSC 8).
    pub hyperlinks: bool,
}

impl Theme {
    /// No colours, no hyperlinks: what a pipe gets.
    pub const PLAIN: Theme = Theme { depth: Depth::None, shade: Shade::Dark, ascii: false, hyperlinks: false };

    /// The theme for a terminal that `TERM` and `COLORTERM` describe.
    pub fn of(shade: Shade, no_color: bool, term: &str, colorterm: &str) -> Self {
        let ascii = term.starts_with("vt1");
        // The console prints the address of a link instead of hiding it.
        let hyperlinks = !matches!(term, "linux" | "dumb" | "") && !term.starts_with("vt");
        Self { depth: Depth::of(no_color, term, colorterm), shade, ascii, hyperlinks }
    }

    /// The characters to draw with.
    pub fn glyphs(&self) -> &'static Glyphs {
        if self.ascii { &ASCII } else { &UNICODE }
    }

    /// What a style looks like.
    pub fn look(&self, style: Style) -> Look {
        let palette = match self.shade {
            Shade::Dark => &DARK,
            Shade::Light => &LIGHT,
        };
        let mut look = role_look(style.role, palette);
        look.bold |= style.strong;
        look.italic |= style.emphasis;
        look.struck |= style.struck;
        if style.highlight {
            (look.back, look.fore) = (Some(palette.marker.0), Some(palette.marker.1));
            look.reverse = true;
        }
        if self.depth != Depth::None {
            // Reverse stands in for a background where there are no colours.
            look.reverse = false;
        }
        look
    }

    /// `line` as text with the escapes that this theme wants. `page` tells where links lead.
    ///
    /// Whether colours come out at all is for `colored`'s own switch, which `--color` sets.
    pub fn paint(&self, line: &Line, page: Option<&Page>) -> String {
        let mut painted = String::new();
        for span in &line.spans {
            let text = self.paint_span(span);
            let url = page.filter(|_| self.hyperlinks).and_then(|page| page.target(span)).and_then(|to| to.url());
            match url {
                Some(url) => painted.push_str(&hyperlink(url, &text)),
                None => painted.push_str(&text),
            }
        }
        painted
    }

    fn paint_span(&self, span: &Span) -> String {
        if self.depth == Depth::None {
            return span.text.clone();
        }
        let look = self.look(span.style);
        let mut text = ColoredString::from(span.text.as_str());
        if let Some(fore) = look.fore {
            text = text.color(self.colored(fore));
        }
        if let Some(back) = look.back {
            text = text.on_color(self.colored(back));
        }
        for (on, apply) in [
            (look.bold, ColoredString::bold as fn(ColoredString) -> ColoredString),
            (look.italic, ColoredString::italic),
            (look.underline, ColoredString::underline),
            (look.struck, ColoredString::strikethrough),
        ] {
            if on {
                text = apply(text);
            }
        }
        text.to_string()
    }

    fn colored(&self, colour: Colour) -> colored::Color {
        const NAMED: [colored::Color; 16] = [
            colored::Color::Black,
            colored::Color::Red,
            colored::Color::Green,
            colored::Color::Yellow,
            colored::Color::Blue,
            colored::Color::Magenta,
            colored::Color::Cyan,
            colored::Color::White,
            colored::Color::BrightBlack,
            colored::Color::BrightRed,
            colored::Color::BrightGreen,
            colored::Color::BrightYellow,
            colored::Color::BrightBlue,
            colored::Color::BrightMagenta,
            colored::Color::BrightCyan,
            colored::Color::BrightWhite,
        ];
        let (r, g, b) = colour.rgb;
        match self.depth {
            Depth::True => colored::Color::TrueColor { r, g, b },
            Depth::Ansi256 => colored::Color::AnsiColor(nearest_256(r, g, b)),
            Depth::Ansi16 | Depth::None => {
                NAMED.get(usize::from(colour.ansi)).copied().unwrap_or(colored::Color::White)
            }
        }
    }

    /// A style for the full screen.
    pub fn screen(&self, style: Style) -> ratatui::style::Style {
        let look = self.look(style);
        let mut result = ratatui::style::Style::default();
        if self.depth != Depth::None {
            result.fg = look.fore.map(|colour| self.screen_colour(colour));
            result.bg = look.back.map(|colour| self.screen_colour(colour));
        }
        for (on, modifier) in [
            (look.bold, Modifier::BOLD),
            (look.italic, Modifier::ITALIC),
            (look.underline, Modifier::UNDERLINED),
            (look.struck, Modifier::CROSSED_OUT),
            (look.reverse, Modifier::REVERSED),
        ] {
            if on {
                result = result.add_modifier(modifier);
            }
        }
        result
    }

    fn screen_colour(&self, colour: Colour) -> Color {
        let (r, g, b) = colour.rgb;
        match self.depth {
            Depth::True => Color::Rgb(r, g, b),
            Depth::Ansi256 => Color::Indexed(nearest_256(r, g, b)),
            Depth::Ansi16 | Depth::None => Color::Indexed(colour.ansi),
        }
    }
}

/// `text` marked as a link to `url`, which is an allowed address ([`super::line::Target::url`]).
pub fn hyperlink(url: &str, text: &str) -> String {
    format!("\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\")
}

/// What a style looks like, before it is known which colours there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    fore: Option<Colour>,
    back: Option<Colour>,
    bold: bool,
    italic: bool,
    underline: bool,
    struck: bool,
    reverse: bool,
}

impl Look {
    fn fore(colour: Colour) -> Self {
        Self { fore: Some(colour), ..Self::default() }
    }

    fn on((back, fore): (Colour, Colour)) -> Self {
        Self { fore: Some(fore), back: Some(back), reverse: true, ..Self::default() }
    }

    fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    fn underline(self) -> Self {
        Self { underline: true, ..self }
    }
}

fn role_look(role: Role, palette: &Palette) -> Look {
    let grade = |grade: Grade| match grade {
        Grade::Again => palette.red,
        Grade::Hard => palette.orange,
        Grade::Good => palette.green,
        Grade::Easy => palette.blue,
    };
    let [first, second, third] = palette.heading;
    match role {
        Role::Text => Look::default(),
        Role::Dim | Role::Hidden | Role::BarLeft | Role::Image => Look::fore(palette.dim),
        Role::Heading(1) => Look::fore(first).bold(),
        Role::Heading(2) => Look::fore(second).bold(),
        Role::Heading(_) => Look::fore(third).bold(),
        Role::Title => Look::default().bold(),
        Role::Code | Role::CodeBlock => Look::fore(palette.code),
        Role::Math => Look { italic: true, ..Look::fore(palette.math) },
        Role::Link => Look::fore(palette.link).underline(),
        Role::Wikilink => Look::fore(palette.wikilink).underline(),
        Role::Dangling => Look { italic: true, ..Look::fore(palette.dim).underline() },
        Role::Tag => Look::fore(palette.tag),
        Role::Task(Task::Done) | Role::BarDone => Look::fore(palette.green),
        Role::Footnote => Look::fore(palette.cyan),
        Role::Bullet | Role::Quote | Role::Embed | Role::Border | Role::Rule => Look::fore(palette.bar),
        Role::Task(Task::Started) | Role::BarAgain | Role::Warning => Look::fore(palette.orange),
        Role::Task(Task::Cancelled) => Look::fore(palette.dim),
        Role::Task(Task::Open | Task::Other) => Look::fore(palette.cyan),
        Role::Callout(family) => Look::fore(match family {
            Callout::Note => palette.blue,
            Callout::Tip => palette.cyan,
            Callout::Success => palette.green,
            Callout::Question | Callout::Warning => palette.orange,
            Callout::Danger => palette.red,
            Callout::Example => palette.purple,
            Callout::Quote => palette.dim,
        }),
        Role::TableHead => Look::default().bold(),
        Role::Key => Look::fore(palette.cyan).bold(),
        Role::Grade(of) => Look::on((grade(of), palette.on_grade)).bold(),
        Role::Match => Look::default().underline().bold(),
        Role::MatchHere | Role::Selected => Look::on(palette.found),
        Role::Error => Look::fore(palette.red).bold(),
    }
}

/// The entry of the 6x6x6 cube or of the greys that is nearest to a colour.
fn nearest_256(r: u8, g: u8, b: u8) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let level = |value: u8| {
        let distance = |&(_, &level): &(usize, &u8)| level.abs_diff(value);
        LEVELS.iter().enumerate().min_by_key(distance).map_or((0, 0), |(index, &level)| (index as u8, level))
    };
    let squared = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    let (red, green, blue) = (level(r), level(g), level(b));
    let cube = squared(red.1, r) + squared(green.1, g) + squared(blue.1, b);
    let mean = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let step = (mean.saturating_sub(3) / 10).min(23) as u8;
    let grey = 8 + 10 * step;
    if squared(grey, r) + squared(grey, g) + squared(grey, b) < cube {
        232 + step
    } else {
        16 + 36 * red.0 + 6 * green.0 + blue.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::line::Target;

    fn theme(depth: Depth) -> Theme {
        Theme { depth, ..Theme::PLAIN }
    }

    #[test]
    fn the_environment_tells_the_colours() {
        let cases = [
            (true, "xterm-256color", "truecolor", Depth::None),
            (false, "dumb", "truecolor", Depth::None),
            (false, "xterm", "truecolor", Depth::True),
            (false, "xterm-256color", "", Depth::Ansi256),
            (false, "xterm", "", Depth::Ansi16),
        ];
        for (no_color, term, colorterm, depth) in cases {
            assert_eq!(Depth::of(no_color, term, colorterm), depth, "{term} {colorterm}");
        }
        assert_eq!(Shade::of("0;15"), Shade::Light);
        assert_eq!(Shade::of("15;default;0"), Shade::Dark);
        assert_eq!(Shade::of(""), Shade::Dark);
    }

    #[test]
    fn colours_come_down_to_what_there_is() {
        let style = Role::Grade(Grade::Good).style();
        assert_eq!(theme(Depth::True).screen(style).bg, Some(Color::Rgb(0x8F, 0xD0, 0x78)));
        assert_eq!(theme(Depth::Ansi256).screen(style).bg, Some(Color::Indexed(114)));
        assert_eq!(theme(Depth::Ansi16).screen(style).bg, Some(Color::Indexed(10)));
        let none = theme(Depth::None).screen(style);
        assert_eq!((none.fg, none.bg), (None, None));
        assert!(none.add_modifier.contains(Modifier::REVERSED | Modifier::BOLD));
    }

    #[test]
    fn the_cube_and_the_greys_are_hit_exactly() {
        assert_eq!(nearest_256(255, 0, 0), 196);
        assert_eq!(nearest_256(95, 135, 175), 67);
        assert_eq!(nearest_256(128, 128, 128), 244);
        assert_eq!(nearest_256(0, 0, 0), 16);
    }

    #[test]
    fn only_addresses_become_hyperlinks() {
        let page =
            Page { links: vec![Target::Url("http://x".into()).into(), Target::Note("n".into()).into()], lines: vec![] };
        let span = |link| Span { link: Some(link), ..Span::new("t", Style::default()) };
        let line = Line::new(vec![span(0), span(1), span(7)]);
        let theme = Theme { hyperlinks: true, ..Theme::PLAIN };
        assert_eq!(theme.paint(&line, Some(&page)), "\x1b]8;;http://x\x1b\\t\x1b]8;;\x1b\\tt");
        assert_eq!(Theme::PLAIN.paint(&line, Some(&page)), "ttt");
    }
}
