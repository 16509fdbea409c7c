//! The review on a full screen.

use std::io::Write;
use std::rc::Rc;

use super::summary;
use crate::app::review::Review;
use crate::command::Context;
use crate::command::context::{other_charset, variable_text};
use crate::command::open::Programs;
use crate::config::{Source, ThemeName};
use crate::error::CliError;
use crate::show::theme::{Shade, Theme};
use crate::tui::keys::Bindings;
use crate::tui::{self, End, Options};

/// Whether the terminal can do more than print lines.
pub fn can(_: &Context) -> bool {
    !matches!(variable_text("TERM").as_str(), "" | "dumb") || cfg!(windows)
}

/// Goes through the session on the screen, and says at the end what was done.
///
/// # Errors
/// When a key binding of the settings makes no sense, or the terminal cannot be used.
pub fn run(effects: &mut dyn Review, context: &Context, out: &mut dyn Write) -> Result<(), CliError> {
    let bindings =
        Bindings::parse(&context.config.keys).map_err(|why| CliError::failed(format!("setting `keys`: {why}")))?;
    let options = Options {
        theme: theme(context),
        bindings,
        ascii_text: other_charset().is_some(),
        openers: Rc::new(Programs::new(&context.vault)),
        ..Options::default()
    };
    out.flush()?;
    let end = tui::run(effects, options).map_err(|error| {
        CliError::failed(format!("cannot use the terminal: {}", crate::vault::plain(&error))).hint("try --plain")
    })?;
    if end != End::HungUp {
        writeln!(out, "{}", summary(effects))?;
    }
    match end {
        End::Finished | End::Quit => Ok(()),
        End::Interrupted | End::HungUp => Err(CliError::interrupted()),
    }
}

/// The colours of the settings, as far as the terminal has them.
fn theme(context: &Context) -> Theme {
    let set = context.rows.iter().any(|row| row.key == "theme" && row.source != Source::Default);
    let shade = match context.config.theme {
        ThemeName::Dark if !set => Shade::of(&variable_text("COLORFGBG")),
        ThemeName::Dark => Shade::Dark,
        ThemeName::Light => Shade::Light,
    };
    let colors = colored::control::SHOULD_COLORIZE.should_colorize();
    let theme = Theme::of(shade, !colors, &variable_text("TERM"), &variable_text("COLORTERM"));
    let hyperlinks = theme.hyperlinks && other_charset().is_none();
    Theme { ascii: theme.ascii || context.config.ascii, hyperlinks, ..theme }
}
