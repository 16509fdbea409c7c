//! How long a long note takes: to be outlined, laid out, and veiled anew after a key.

use divan::{Bencher, black_box};
use study::note::outline::outline;
use study::show::glyphs::UNICODE;
use study::show::markdown::{Alone, Layout, render};
use study::tui::reading::Reading;

fn main() {
    divan::main();
}

/// A note with everything in it, over and over: 500 kB.
fn long() -> String {
    let once = include_str!("../tests/fixtures/everything.md");
    // The name of a footnote may be given once.
    let once = once.replace("[^1]", "");
    once.repeat(500_000 / once.len() + 1)
}

#[divan::bench]
fn outline_500_kb(bencher: Bencher<'_, '_>) {
    let note = long();
    bencher.bench(|| outline(black_box(&note), None, "long"));
}

#[divan::bench(args = [40, 80, 160])]
fn lay_out_500_kb(bencher: Bencher<'_, '_>, columns: usize) {
    let note = long();
    bencher.bench(|| render(black_box(&note), &Layout::of(columns)));
}

#[divan::bench]
fn reveal_in_500_kb(bencher: Bencher<'_, '_>) {
    let opened = study::tui::Opened { text: long(), ..Default::default() };
    bencher
        .with_inputs(|| {
            let mut reading = Reading::hidden(study::note::NotePath::new("long.md"), opened.clone());
            reading.lay(80, false, &UNICODE, &Alone);
            reading
        })
        .bench_values(|mut reading| {
            reading.reveal(&UNICODE);
            reading
        });
}
