//! The plugin's settings: anything may stand in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use study::config::{Settings, Source, plugin};

fuzz_target!(|text: &str| {
    let (settings, findings) = plugin::parse(text);
    assert!(findings.iter().all(|finding| !finding.message.is_empty()));
    let _ = Settings::from_plugin(settings, &Source::Default);
    plugin::parse_fork(text);
});
