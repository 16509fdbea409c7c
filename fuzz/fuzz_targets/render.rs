//! Laying out any Markdown: it ends, fits the width, and nothing in it is obeyed by a terminal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use study::show::markdown::{Layout, render};
use study::show::text::{clean, fit, is_harmful, width};
use study::show::theme::Theme;

fuzz_target!(|text: &str| {
    let theme = Theme::PLAIN;
    for columns in [20, 80] {
        let page = render(text, &Layout::of(columns));
        for line in &page.lines {
            let painted = theme.paint(line, None);
            assert!(!painted.chars().any(is_harmful), "{painted:?}");
        }
    }
    let cleaned = clean(text);
    assert!(!cleaned.chars().any(is_harmful));
    for columns in [0, 1, 7, 80] {
        assert!(width(&fit(&cleaned, columns)) <= columns);
    }
});
