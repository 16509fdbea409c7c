//! Reading dates: what is read is a day of four-digit years, and reads the same when it is written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use study::note::date;

fuzz_target!(|text: &str| {
    if let Ok(day) = date::read(text) {
        let written = day.format("%Y-%m-%d").to_string();
        assert_eq!(written.len(), 10, "{text:?}");
        assert_eq!(date::read(&written).ok(), Some(day), "{text:?}");
    }
    if let Ok(day) = study::clock::parse_day(text) {
        assert_eq!(date::read(text).ok(), Some(day));
    }
});
