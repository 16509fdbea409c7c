//! Links, tags, headings and roadmaps of any text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use study::note::{NotePath, links, outline, tags};

fuzz_target!(|text: &str| {
    for target in links::targets(text) {
        assert!(!target.is_empty());
    }
    links::body_links(text);
    links::property_links(text);
    for tag in tags::inline_tags(text) {
        assert!(tags::is_tag(&tag), "{tag:?}");
    }
    outline::outline(text, None, "note");
    let path = NotePath::new(text);
    path.name();
    path.folder();
});
