//! The user's and the vault's settings.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use study::config::{Owner, ignore::IgnorePaths, parse};

fuzz_target!(|text: &str| {
    for owner in [Owner::User, Owner::Vault] {
        match parse(Path::new("config.toml"), text, owner) {
            Ok(_) => {}
            Err(error) => assert!(error.line <= 1 + text.lines().count(), "{error:?}"),
        }
    }
    // Patterns of paths end, whatever stands in them.
    if let Some((pattern, path)) = text.split_once('\n') {
        IgnorePaths::new(&[pattern.to_owned()]).covers(path);
    }
});
