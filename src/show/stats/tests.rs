use super::*;
use crate::log::Log;
use crate::note::NotePath;
use crate::schedule::Scheduled;
use crate::stats::fixture::{day as date, log, note};
use crate::stats::{Known, summarize};

type Note = (NotePath, Option<Scheduled>);

fn shown(notes: &[Note], log: &Log, width: usize, ascii: bool) -> String {
    colored::control::set_override(false);
    let known: Vec<Known> = notes
        .iter()
        .map(|(path, schedule)| Known { path, schedule: *schedule, is_aside: false, is_copy: false })
        .collect();
    stats(&summarize(&known, log, date("2026-01-15")), Page { width, ascii })
}

/// Twelve notes and a log of ten events around the turn of the year.
fn vault() -> (Vec<Note>, Log) {
    let notes = vec![
        note("algebra/groups.md", "2026-01-12 10 250"),
        note("algebra/rings.md", "2026-01-15 6 210"),
        note("algebra/fields.md", "2026-01-15 0 190"),
        note("日本語/かな.md", "2026-01-17 2 130"),
        note("os/scheduling.md", "2026-01-25 10 250"),
        note("os/paging\x1b[31m.md", "2026-01-25 10 270"),
        note("os/a note whose name is longer than any column of the page has room for.md", "2026-02-02 20 170"),
        note("net/tcp.md", "2026-02-13 30 250"),
        note("net/udp.md", "2026-06-01 200 290"),
        note("net/dns.md", "2027-06-01 600 330"),
        note("net/tls.md", ""),
        note("net/http.md", ""),
    ];
    let log = log(&[
        "2025-11-03 net/tcp.md good 2025-11-03/4/250 2025-11-13/10/250 61000",
        "2025-11-03 net/udp.md easy 2025-11-03/40/270 2026-06-01/200/290 4000",
        "2026-01-05 algebra/groups.md good 2026-01-02/4/250 2026-01-12/10/250 30000",
        "external 2026-01-09 algebra/rings.md hard 2026-01-08/12/230 2026-01-15/6/210",
        "external 2026-01-13 net/tcp.md - 2026-01-13/10/250 2026-02-13/30/250",
        "2026-01-13 os/a hard 2026-01-13/40/190 2026-02-02/20/170 20000",
        "2026-01-15 algebra/fields.md again 2026-01-15/30/210 2026-01-15/0/190 90000",
        "2026-01-15 日本語/かな.md good 2026-01-15/1/130 2026-01-17/2/130 12000",
        "2026-01-15 os/scheduling.md good 2026-01-15/4/250 2026-01-25/10/250 8000",
        "2026-01-15 os/paging\x1b[31m.md easy - 2026-01-25/10/270 5000",
    ]);
    (notes, log)
}

#[test]
fn the_page_in_80_columns() {
    let (notes, log) = vault();
    insta::assert_snapshot!("page-80", shown(&notes, &log, 80, false));
}

#[test]
fn the_page_in_40_columns_of_ascii() {
    let (notes, log) = vault();
    insta::assert_snapshot!("page-40-ascii", shown(&notes, &log, 40, true));
}

#[test]
fn the_page_in_130_columns() {
    let (notes, log) = vault();
    insta::assert_snapshot!("page-130", shown(&notes, &log, 130, false));
}

#[test]
fn without_a_log_the_page_tells_what_the_notes_tell() {
    let (notes, _) = vault();
    insta::assert_snapshot!("page-without-log", shown(&notes, &Log::default(), 80, false));
}

#[test]
fn an_empty_vault_has_a_page() {
    insta::assert_snapshot!("page-empty", shown(&[], &Log::default(), 80, false));
}

#[test]
fn no_line_is_wider_than_the_page_and_nothing_reaches_the_terminal_raw() {
    let (notes, log) = vault();
    for columns in (40..=200).step_by(7) {
        for ascii in [false, true] {
            for line in shown(&notes, &log, columns, ascii).lines() {
                assert!(width(line) <= columns, "{columns}: {line:?}");
                assert!(!line.chars().any(char::is_control), "{line:?}");
                assert_eq!(line.trim_end(), line);
            }
        }
    }
}

#[test]
fn ascii_is_all_that_is_drawn() {
    let (notes, log) = vault();
    let own = shown(&notes, &log, 80, true).replace("日本語/かな.md", "");
    assert!(own.is_ascii(), "{own}");
}

#[test]
fn shares_are_never_rounded_to_all_or_nothing() {
    for (share, text) in [(1.0, "100.0%"), (0.9999, "99.9%"), (0.0001, "0.1%"), (0.0, "0.0%"), (0.6667, "66.7%")] {
        assert_eq!(percent(share), text);
    }
}

#[test]
fn times_are_told_in_the_units_that_matter() {
    for (ms, text) in [(499, "0 s"), (59_499, "59 s"), (60_000, "1 min"), (3_599_000, "60 min"), (3_900_000, "1 h 05")]
    {
        assert_eq!(time(ms), text);
    }
}

#[test]
fn a_bar_is_in_proportion_and_never_empty_for_something() {
    let page = Page { width: 80, ascii: false };
    assert_eq!((page.bar(0, 8, 4), page.bar(8, 8, 4), page.bar(4, 8, 4)), (String::new(), "████".into(), "██".into()));
    assert_eq!(page.bar(1, 1_000_000, 4), "▏");
    assert_eq!(Page { ascii: true, ..page }.bar(1, 1_000_000, 4), "#");
}
