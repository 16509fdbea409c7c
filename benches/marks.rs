//! How fast the bytes that matter to links are found, with each instruction set of the processor.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use fearless_simd::Level;

// The module alone, since it is private to the crate and nothing outside chooses the instructions.
#[allow(dead_code)]
#[path = "../src/note/links/marks.rs"]
mod marks;

fn main() {
    divan::main();
}

/// What the processor has, by name, the least of it first.
fn level(name: &str) -> Option<Level> {
    let best = Level::new();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return match name {
        "sse2" => best.as_sse2().map(Level::Sse2),
        "sse4.2" => best.as_sse4_2().map(Level::Sse4_2),
        "avx2" => best.as_avx2().map(Level::Avx2),
        "avx512" => best.as_avx512().map(Level::Avx512),
        _ => None,
    };
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    return (name == "best").then_some(best);
}

fn levels() -> impl Iterator<Item = &'static str> {
    ["sse2", "sse4.2", "avx2", "avx512", "best"].into_iter().filter(|name| level(name).is_some())
}

#[divan::bench(args = levels())]
fn find(bencher: Bencher<'_, '_>, name: &str) {
    // 4 kB, with a link in every other line.
    let text =
        "A plain paragraph that goes on for a while, as most of them do in notes.\nA [[link|to]] another.\n".repeat(41);
    let (Some(level), mut room) = (level(name), marks::Room::default()) else { return };
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| {
        black_box(room.find_by(level, black_box(text.as_bytes())));
    });
}
