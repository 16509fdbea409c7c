//! The review screen in a terminal, as a person sees and drives it.
#![cfg(unix)]

mod leaving;
mod panic;
mod session;
#[allow(dead_code)]
#[path = "../cli/support.rs"]
mod support;
mod terminal;

use support::{Vault, note};
use terminal::Terminal;

const CELLS: &str = "# The cell\n\nAll life is made of [[Life|cells]].\n\n## Parts\n\n- **Nucleus**: holds the genome\n\
                     - **Ribosome**: builds proteins\n\n## Notes\n\nSee [a page](https://example.org/cells) and ==this==.\n";

/// Three notes due, and one that is linked to.
fn vault() -> Vault {
    Vault::new(&[
        ("bio/cells.md", &note("2026-01-10", "4", "250", CELLS)),
        ("bio/tissue.md", &note("2026-01-12", "10", "270", "# Tissue\n\nMany cells.\n")),
        ("organs.md", &note("2026-01-14", "20", "230", "# Organs\n\nMany tissues.\n")),
        ("bio/Life.md", "# Life\n\nIt is hard to say what life is.\n"),
    ])
}

fn review(vault: &Vault, columns: u16, rows: u16) -> Terminal {
    Terminal::start(&vault.command(&["review"]), columns, rows)
}
