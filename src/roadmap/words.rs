//! The words, in several languages, by which a note calls itself a roadmap and a cell or a lane says how far a topic has come.

use super::{Standing, sign};

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

const DONE: &[&str] = &[
    "done",
    "complete",
    "completed",
    "finished",
    "learned",
    "learnt",
    "mastered",
    "fertig",
    "erledigt",
    "gelernt",
    "terminé",
    "fait",
    "fini",
    "hecho",
    "terminado",
    "completado",
    "concluído",
    "feito",
    "fatto",
    "completato",
    "готово",
    "сделано",
    "выполнено",
    "завершено",
    "зроблено",
    "ukończone",
    "zrobione",
    "hotovo",
    "klaar",
    "klar",
    "tamamlandı",
    "bitti",
    "完成",
    "已完成",
    "完了",
    "済",
    "완료",
    "تم",
    "הושלם",
];

const BEGUN: &[&str] = &[
    "doing",
    "in progress",
    "in-progress",
    "wip",
    "started",
    "ongoing",
    "learning",
    "reading",
    "studying",
    "current",
    "active",
    "begun",
    "in arbeit",
    "begonnen",
    "en cours",
    "en progreso",
    "en curso",
    "em andamento",
    "em progresso",
    "in corso",
    "в процессе",
    "в работе",
    "изучаю",
    "у процесі",
    "w toku",
    "bezig",
    "devam ediyor",
    "进行中",
    "進行中",
    "学习中",
    "学習中",
    "진행중",
    "진행 중",
    "قيد التنفيذ",
    "בתהליך",
];

const DROPPED: &[&str] = &[
    "dropped",
    "cancelled",
    "canceled",
    "skipped",
    "skip",
    "abandoned",
    "won't do",
    "wont do",
    "n/a",
    "abgebrochen",
    "abandonné",
    "annulé",
    "abandonado",
    "cancelado",
    "отменено",
    "брошено",
    "取消",
    "放弃",
    "中止",
    "취소",
];

const OPEN: &[&str] = &[
    "todo",
    "to do",
    "to-do",
    "open",
    "not started",
    "not begun",
    "planned",
    "pending",
    "backlog",
    "later",
    "next",
    "offen",
    "geplant",
    "à faire",
    "pendiente",
    "por hacer",
    "pendente",
    "a fazer",
    "da fare",
    "не начато",
    "запланировано",
    "todo ⏳",
    "do zrobienia",
    "te doen",
    "yapılacak",
    "未开始",
    "待办",
    "未着手",
    "예정",
    "할 일",
    "مخطط",
    "לביצוע",
];

const YES: &[&str] = &[
    "yes", "y", "x", "ja", "oui", "sí", "si", "sim", "sì", "да", "так", "tak", "ano", "evet", "是", "はい", "예", "네",
    "نعم", "כן",
];

const NO: &[&str] = &[
    "no",
    "n",
    "nein",
    "non",
    "não",
    "нет",
    "ні",
    "nie",
    "ne",
    "nee",
    "nej",
    "hayır",
    "否",
    "いいえ",
    "아니오",
    "لا",
    "לא",
];

const BLANK: &[&str] = &["", "-", "–", "—"];

const HEADERS: &[&str] = &[
    "status",
    "state",
    "progress",
    "done",
    "done?",
    "complete",
    "completed",
    "finished",
    "✅",
    "✔",
    "☑",
    "✔️",
    "learned?",
    "status?",
    "[ ]",
    "[x]",
    "%",
    "stand",
    "fortschritt",
    "avance",
    "estatus",
    "statut",
    "état",
    "avancement",
    "estado",
    "progreso",
    "progresso",
    "stato",
    "статус",
    "прогресс",
    "готово",
    "стан",
    "stav",
    "durum",
    "状态",
    "進捗",
    "状態",
    "进度",
    "狀態",
    "상태",
    "진행",
    "الحالة",
    "סטטוס",
];

const TOPICS: &[&str] = &[
    "topic",
    "topics",
    "name",
    "subject",
    "skill",
    "title",
    "concept",
    "module",
    "chapter",
    "lesson",
    "thema",
    "themen",
    "sujet",
    "tema",
    "temas",
    "argomento",
    "тема",
    "название",
    "temat",
    "konu",
    "主题",
    "主題",
    "内容",
    "名称",
    "トピック",
    "주제",
    "الموضوع",
    "נושא",
];

/// Whether the heading of a column says that it holds states.
pub fn is_status_header(cell: &str) -> bool {
    let plain = plain(cell);
    let word = trimmed(&plain);
    HEADERS.contains(&plain.as_str()) || HEADERS.contains(&word) || DONE.contains(&word)
}

/// What else a heading says of a column that names what there is to learn.
const LEARNED: &[&str] = &[
    "topic",
    "topics",
    "subject",
    "concept",
    "concepts",
    "chapter",
    "lesson",
    "lecture",
    "course",
    "book",
    "article",
    "paper",
    "video",
    "talk",
    "unit",
    "problem",
    "question",
    "exercise",
    "tutorial",
    "word",
    "phase",
    "kapitel",
    "lektion",
    "vorlesung",
    "kurs",
    "buch",
    "aufgabe",
    "frage",
    "übung",
    "chapitre",
    "leçon",
    "cours",
    "livre",
    "exercice",
    "capítulo",
    "lección",
    "aula",
    "curso",
    "libro",
    "livro",
    "ejercicio",
    "lezione",
    "corso",
    "глава",
    "урок",
    "курс",
    "книга",
    "задача",
    "вопрос",
    "упражнение",
    "章",
    "课程",
    "課程",
    "书名",
    "题目",
    "問題",
    "章节",
    "단원",
    "강의",
    "문제",
];

/// Whether the heading of a column says that what it names is to be learned: that of a part of a program does not.
pub fn is_learned_header(cell: &str) -> bool {
    const ANYTHING: [&str; 6] = ["name", "module", "skill", "title", "название", "名称"];
    let plain = plain(cell);
    let mut words = plain.split(|c: char| !c.is_alphanumeric());
    (TOPICS.contains(&plain.as_str()) && !ANYTHING.contains(&plain.as_str()))
        || words.any(|word| LEARNED.contains(&word))
}

/// Whether the heading of a column says that the titles beside it are those of something to read.
pub fn is_work_header(cell: &str) -> bool {
    const WORKS: [&str; 14] = [
        "author",
        "authors",
        "pages",
        "url",
        "link",
        "autor",
        "autore",
        "auteur",
        "seiten",
        "páginas",
        "автор",
        "страниц",
        "作者",
        "著者",
    ];
    plain(cell).split(|c: char| !c.is_alphanumeric()).any(|word| WORKS.contains(&word))
}

/// Whether the heading of a column says that it holds the names of topics.
pub fn is_topic_header(cell: &str) -> bool {
    TOPICS.contains(&plain(cell).as_str())
}

/// How a cell says what it says about a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// In words for a state: "In progress".
    Word,
    /// Yes or no.
    YesNo,
    /// By a sign: ✅.
    Sign,
    /// By a colour: 🟡.
    Colour,
    /// As a share: 40 %.
    Percent,
    /// By being empty.
    Blank,
}

/// What a status cell says and how: a word counts before a sign; `None` when it says nothing that is known.
pub fn cell(cell: &str) -> Option<(Standing, Way)> {
    let words = plain(cell);
    let word = trimmed(&words);
    let listed = [
        (DONE, Standing::Done, Way::Word),
        (BEGUN, Standing::Begun, Way::Word),
        (DROPPED, Standing::Dropped, Way::Word),
        (OPEN, Standing::Open, Way::Word),
        (YES, Standing::Done, Way::YesNo),
        (NO, Standing::Open, Way::YesNo),
    ];
    let shortcode = words.split(' ').find(|word| word.starts_with(':')).and_then(sign::in_cell);
    let has_word = shortcode.is_none() && word.chars().any(char::is_alphanumeric);
    if has_word && let Some((_, standing, way)) = listed.iter().find(|(list, ..)| list.contains(&word)) {
        return Some((*standing, *way));
    }
    if let Some(percent) = word.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok()) {
        let standing = match percent {
            _ if percent >= 100.0 => Standing::Done,
            _ if percent > 0.0 => Standing::Begun,
            _ => Standing::Open,
        };
        return Some((standing, Way::Percent));
    }
    if let Some(standing) = sign::in_cell(cell) {
        let colour = cell.chars().any(sign::is_level);
        return Some((standing, if colour { Way::Colour } else { Way::Sign }));
    }
    (!has_word && BLANK.contains(&word)).then_some((Standing::Open, Way::Blank))
}

/// `words` without what stands around its letters.
fn trimmed(words: &str) -> &str {
    words.trim_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '%' | '/' | '-' | '–' | '—' | '\'' | '?'))).trim()
}

/// What the name of a lane of a board says about the cards in it.
pub fn lane(name: &str) -> Option<Standing> {
    match cell(name)?.0 {
        Standing::Open => None,
        known => Some(known),
    }
}

fn plain(cell: &str) -> String {
    cell.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_say_how_far_a_topic_is() {
        let cases = [
            ("🟡 In progress", Some(Standing::Begun)),
            ("🔴 Done", Some(Standing::Done)),
            ("✅", Some(Standing::Done)),
            ("✔\u{fe0f}", Some(Standing::Done)),
            ("❌", Some(Standing::Open)),
            ("", Some(Standing::Open)),
            ("—", Some(Standing::Open)),
            ("40 %", Some(Standing::Begun)),
            ("100%", Some(Standing::Done)),
            ("Готово", Some(Standing::Done)),
            ("进行中", Some(Standing::Begun)),
            ("n/a", Some(Standing::Dropped)),
            ("a book", None),
        ];
        for (text, expected) in cases {
            assert_eq!(cell(text).map(|(standing, _)| standing), expected, "{text}");
        }
        assert_eq!(cell("yes"), Some((Standing::Done, Way::YesNo)));
        assert_eq!(cell(":x:"), Some((Standing::Open, Way::Sign)));
        assert_eq!(cell("🟡"), Some((Standing::Begun, Way::Colour)));
        for header in ["Status", "✅ Done", "Done?", "Fertig", "进度", "Выполнено"] {
            assert!(is_status_header(header), "{header}");
        }
        for header in ["Abelian yes/no", "Colour", "Infinitive", ""] {
            assert!(!is_status_header(header), "{header}");
        }
        assert_eq!(lane("✅ Done"), Some(Standing::Done));
        assert_eq!(lane("Backlog"), None);
    }

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
