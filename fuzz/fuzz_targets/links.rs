//! Links, tags, headings and roadmaps of any text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use study::note::frontmatter::find;
use study::note::{NotePath, links, outline, tags};

fuzz_target!(|text: &str| {
    // The quick reader says what Markdown says.
    let found = links::body_links(text);
    assert_eq!(found, links::read_markdown(text));
    assert!(found.iter().all(|link| text.get(link.range.clone()).is_some()));
    links::NoteLinks::read(text, &find(text.as_bytes()), links::Spare::default()).targets().count();
    links::property_links(text);
    for tag in tags::inline_tags(text) {
        assert!(study::tag::is_tag(&tag), "{tag:?}");
    }
    outline::outline(text, None, "note");
    let path = NotePath::new(text);
    path.name();
    path.folder();
});
