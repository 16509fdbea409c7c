//! Records the review screen on the example vault, as the pictures in the documentation: `scripts/screens`.
//!
//! Takes the binary and the folder to write to.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[allow(dead_code)]
#[path = "../tests/screen/terminal.rs"]
mod terminal;

use terminal::Terminal;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(study), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("usage: screens STUDY FOLDER".into());
    };
    let study = study.canonicalize()?;
    let vault = tempfile::tempdir()?;
    copy(Path::new("examples/vault"), vault.path())?;
    fs::create_dir_all(&out)?;

    let mut command = Command::new(&study);
    command.args(["review", "topics/DNS.md", "topics/HTTP caching.md", "topics/TCP.md"]).current_dir(vault.path());
    command
        .env("STUDY_VAULT", vault.path())
        .env("STUDY_CONFIG", vault.path().join("none.toml"))
        .env("STUDY_NOW", "2026-01-15T08:00:00+01:00")
        .env("STUDY_DEVICE", "desk")
        .env("TERM", "xterm-256color")
        .env("COLORTERM", "truecolor")
        .env_remove("NO_COLOR");

    let mut screen = Terminal::start(&command, 84, 26);
    screen.shows("? keys");
    let picture = |screen: &Terminal, name: &str| -> Result<(), Box<dyn Error>> {
        let path = out.join(format!("{name}.svg"));
        fs::write(&path, svg(&screen.screen()))?;
        println!("{}", path.display());
        Ok(())
    };
    screen.press("   ");
    screen.shows("1. The resolver");
    screen.press(" x ");
    screen.shows("recalled 3 of 4");
    picture(&screen, "review-recall")?;
    screen.press("      ");
    screen.shows("suggests");
    picture(&screen, "review-revealed")?;
    screen.press("?");
    screen.shows("recalled at once: longer still");
    picture(&screen, "review-keys")?;
    screen.press("?3");
    screen.shows("2/3");
    screen.press("3");
    screen.shows("3/3");
    screen.press("4");
    screen.shows("This session is done.");
    picture(&screen, "review-end")?;
    screen.press("q");
    screen.ended();
    Ok(())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The width and height of a character, in pixels.
const CELL: (f32, f32) = (8.4, 18.0);
const BACK: &str = "#16181d";
const FORE: &str = "#d8dce4";

/// What a screen shows as a picture.
fn svg(screen: &vt100::Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let (width, height) = (f32::from(columns) * CELL.0 + 24.0, f32::from(rows) * CELL.1 + 24.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACK}\"/>\n"
    );
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            let Some(first) = screen.cell(row, column) else { break };
            let look = Look::of(first);
            let start = column;
            let mut text = String::new();
            while let Some(cell) = screen.cell(row, column).filter(|cell| Look::of(cell) == look) {
                if !cell.is_wide_continuation() {
                    text.push_str(if cell.has_contents() { cell.contents() } else { " " });
                }
                column += 1;
            }
            look.draw(&text, row, start, column - start, &mut svg);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// How a cell looks.
#[derive(PartialEq)]
struct Look {
    fore: String,
    back: String,
    bold: bool,
    italic: bool,
    underline: bool,
}

impl Look {
    fn of(cell: &vt100::Cell) -> Self {
        let (fore, back) = (colour(cell.fgcolor(), FORE), colour(cell.bgcolor(), BACK));
        let (fore, back) = if cell.inverse() { (back, fore) } else { (fore, back) };
        Self { fore, back, bold: cell.bold(), italic: cell.italic(), underline: cell.underline() }
    }

    fn draw(&self, text: &str, row: u16, column: u16, columns: u16, svg: &mut String) {
        let (x, y) = (f32::from(column) * CELL.0 + 12.0, f32::from(row) * CELL.1 + 12.0);
        let width = f32::from(columns) * CELL.0;
        if self.back != BACK {
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{}\"/>",
                CELL.1, self.back
            );
        }
        if text.trim().is_empty() {
            return;
        }
        let mut style = String::new();
        for (on, attribute) in [
            (self.bold, " font-weight=\"bold\""),
            (self.italic, " font-style=\"italic\""),
            (self.underline, " text-decoration=\"underline\""),
        ] {
            if on {
                style.push_str(attribute);
            }
        }
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" fill=\"{}\" xml:space=\"preserve\"{style}>{text}</text>",
            y + 13.5,
            self.fore
        );
    }
}

fn colour(colour: vt100::Color, default: &str) -> String {
    match colour {
        vt100::Color::Default => default.to_owned(),
        vt100::Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        vt100::Color::Idx(index) => format!("#{0:02x}{0:02x}{0:02x}", index),
    }
}
