//! Callouts: quotes whose first line is `[!kind] title`.

use super::fold::Frag;
use crate::show::line::{Callout, Role, Style};
use crate::within::Within;

/// The head of a callout.
pub(super) struct Head {
    pub family: Callout,
    /// The line to show: the kind, and the title if there is one.
    pub title: Vec<Frag>,
}

/// The longest kind that is taken for one, in bytes.
const LONGEST_KIND: usize = 40;

/// Reads the head of a callout off the first paragraph of a quote, and leaves the rest of it in `frags`.
pub(super) fn parse(frags: &mut Vec<Frag>) -> Option<Head> {
    let first = frags.first()?;
    let inside = first.text.strip_prefix("[!")?;
    let close = inside.find(']').filter(|&at| at > 0 && at <= LONGEST_KIND)?;
    let (kind, rest) = inside.split_at(close);
    // `[!kind|width]` carries settings of a theme.
    let kind = kind.split('|').next().unwrap_or(kind).trim().to_owned();
    let rest = rest.within(1..);
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest).to_owned();
    let family = Callout::of(&kind);

    let end = frags.iter().position(|frag| frag.hard).unwrap_or(frags.len());
    let mut head: Vec<Frag> = frags.drain(..end).collect();
    if frags.first().is_some_and(|frag| frag.hard) {
        frags.remove(0);
    }
    let role = Role::Callout(family);
    let mut title = Vec::with_capacity(head.len() + 1);
    if let Some(first) = head.first_mut() {
        let cut = first.text.len() - rest.len();
        let has_title = !rest.trim().is_empty();
        let label = if has_title || end > 1 { format!("{kind}:") } else { kind };
        title.push(Frag {
            text: label,
            style: Style { role, strong: true, ..Style::default() },
            link: None,
            at: first.at,
            hard: false,
        });
        first.text = rest;
        first.at += cut;
    }
    for frag in &mut head {
        frag.style.strong = true;
        if frag.style.role == Role::Text {
            frag.style.role = role;
        }
    }
    title.extend(head);
    Some(Head { family, title })
}
