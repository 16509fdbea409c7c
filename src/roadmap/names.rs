//! The names and tags, in several languages, by which a note calls itself a roadmap.

/// What roadmaps are called, in lower case.
const NAMES: [&str; 27] = [
    "roadmap",
    "road map",
    "road-map",
    "learning path",
    "learning plan",
    "study plan",
    "lernpfad",
    "lernplan",
    "feuille de route",
    "hoja de ruta",
    "plan de estudio",
    "piano di studio",
    "дорожная карта",
    "роадмап",
    "план обучения",
    "路线图",
    "路線圖",
    "学习路线",
    "学习计划",
    "學習路線",
    "學習計畫",
    "ロードマップ",
    "学習計画",
    "로드맵",
    "خارطة طريق",
    "خريطة طريق",
    "מפת דרכים",
];

/// Whether `name` calls what it names a roadmap.
pub fn names_roadmap(name: &str) -> bool {
    let name = name.to_lowercase().replace('_', " ");
    // A page about roadmaps, or a program for study planning, is none itself.
    let ends = |at: usize| !name.get(at..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
    NAMES.iter().any(|word| name.match_indices(word).any(|(at, _)| ends(at + word.len())))
}

/// What stands before the word in the name of a roadmap.
const OWN: [&str; 16] = [
    "my", "our", "the", "a", "mein", "meine", "unser", "mi", "mis", "ma", "mon", "il mio", "meu", "minha", "мой", "моя",
];

/// Whether `name` begins or ends with what calls it a roadmap, or does so before a colon or a dash.
pub fn is_named_roadmap(name: &str) -> bool {
    let name = name.to_lowercase();
    let parts = parts(&name);
    let whole = trimmed_name(&name);
    // `a-b-roadmap` beside other words is the name of what the note belongs to.
    let is_slug = |part: &str| parts.len() > 1 && !part.contains(' ') && part.matches(['-', '_']).count() > 1;
    let ends = |part: &str| NAMES.iter().any(|word| part.replace('_', " ").ends_with(word));
    let begins = |part: &str| {
        let words = part.trim_start_matches(|c: char| !c.is_alphabetic());
        let own = OWN.iter().find_map(|own| words.strip_prefix(own)?.strip_prefix([' ', '-', '_']));
        let rest = NAMES.iter().find_map(|word| own.unwrap_or(words).strip_prefix(word));
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    };
    let first = |part: &str| parts.first().is_some_and(|first| *first == part);
    let slug = parts.iter().any(|part| is_slug(part));
    parts.iter().any(|part| !is_slug(part) && (ends(part) || (first(part) && begins(part)))) || (!slug && ends(whole))
}

/// Whether `title` calls the note `name` by another name than that of a roadmap: "Learning roadmap — Questions" in
/// `questions`.
pub fn names_other(title: &str, name: &str) -> bool {
    let (title, name) = (title.to_lowercase(), name.to_lowercase());
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let named = words(&name);
    let within = |some: &[String], all: &[String]| !some.is_empty() && some.iter().all(|word| all.contains(word));
    !names_roadmap(&name)
        && parts(&title).into_iter().filter(|part| !names_roadmap(part)).any(|part| {
            let part = words(part);
            within(&part, &named) || within(&named, &part)
        })
}

/// Whether a part of `name` says what the note is, beside a roadmap that it is about: "Research — Backend roadmap".
pub fn is_about(name: &str) -> bool {
    const KINDS: [&str; 12] = [
        "research",
        "review",
        "summary",
        "questions",
        "faq",
        "feedback",
        "critique",
        "implementation plan",
        "spec",
        "resumen",
        "zusammenfassung",
        "обзор",
    ];
    parts(&name.to_lowercase()).iter().any(|part| KINDS.contains(part))
}

/// The parts of a name or a title: what stands between colons, dashes and the like.
fn parts(name: &str) -> Vec<&str> {
    let parts = name.split([':', '—', '–', '(', '|']).flat_map(|part| part.split(" - ")).map(trimmed_name);
    parts.filter(|part| !part.is_empty()).collect()
}

fn trimmed_name(name: &str) -> &str {
    name.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Whether one of `tags` calls the note a roadmap.
pub fn tags_roadmap(tags: &[String]) -> bool {
    tags.iter().any(|tag| tag.split('/').any(|part| part.eq_ignore_ascii_case("roadmap")))
}

/// Whether one of `tags` says that the note is about a project: `project`, `project/active`.
pub fn tags_project(tags: &[String]) -> bool {
    const PROJECT: [&str; 6] = ["project", "projects", "projekt", "projet", "proyecto", "проект"];
    tags.iter().any(|tag| tag.split('/').any(|part| PROJECT.contains(&part.to_lowercase().as_str())))
}

/// Whether any name of a roadmap stands in `bytes`: in lower case, with a capital, or ROADMAP.
pub fn may_name_roadmap(bytes: &[u8]) -> bool {
    let rest =
        |word: &'static str| word.char_indices().nth(1).and_then(|(second, _)| word.get(second..)).unwrap_or(word);
    let found = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    found("ROADMAP") || NAMES.iter().any(|word| found(rest(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roadmaps_are_known_by_name() {
        assert!(names_roadmap("My Backend Road-Map"));
        assert!(names_roadmap("学习路线 2026"));
        assert!(!names_roadmap("Road trip"));
        assert!(!names_roadmap("Resources / Roadmaps"));
        assert!(is_named_roadmap("roadmap-docker") && is_named_roadmap("Plan: the roadmap (2026)"));
        assert!(!is_named_roadmap("ADR-015-mvp-vs-roadmap-whole"));
        assert!(names_roadmap("HLD_Study_Plan") && is_named_roadmap("HLD_Study_Plan"));
        assert!(!is_named_roadmap("RoadMapper: plans for all") && !is_named_roadmap("Changes: roadmap update"));
        assert!(is_named_roadmap("Roadmap of Go: basics") && is_named_roadmap("2. Roadmap - Go"));
        assert!(is_named_roadmap("2030-01-02-my-roadmap-to-learn-go") && is_named_roadmap("My Roadmap to Go - Part 1"));
        assert!(!names_roadmap("AI study planner") && !names_roadmap("Roadmapping"));
        assert!(is_named_roadmap("my-data-roadmap") && !is_named_roadmap("Rules for modules – my-data-roadmap"));
        assert!(is_about("Research - Go roadmap") && !is_about("Research roadmap"));
        assert!(names_other("Learning roadmap — Questions to ask", "questions"));
        assert!(names_other("Rules for modules – roadmap", "rules-for-modules"));
        assert!(!names_other("Learning roadmap: Go", "go-roadmap") && !names_other("Learning roadmap", "readme"));
        for text in ["# Roadmap", "# ROADMAP", "My Learning path", "Дорожная карта", "学习路线"] {
            assert!(may_name_roadmap(text.as_bytes()) && names_roadmap(text), "{text}");
        }
        assert!(!may_name_roadmap(b"roa"));
    }
}
