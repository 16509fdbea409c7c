//! The words, in several languages, by which a note calls itself a roadmap and a cell or a lane says how far a topic has come.

use super::Standing;

/// What roadmaps are called, in lower case.
const NAMES: [&str; 19] = [
    "roadmap",
    "road map",
    "road-map",
    "learning path",
    "lernpfad",
    "lernplan",
    "feuille de route",
    "hoja de ruta",
    "дорожная карта",
    "роадмап",
    "路线图",
    "路線圖",
    "学习路线",
    "學習路線",
    "ロードマップ",
    "로드맵",
    "خارطة طريق",
    "خريطة طريق",
    "מפת דרכים",
];

/// Whether `name` calls what it names a roadmap.
pub fn names_roadmap(name: &str) -> bool {
    let name = name.to_lowercase();
    NAMES.iter().any(|word| name.contains(word))
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
    "yes",
    "y",
    "x",
    "100%",
    "fertig",
    "erledigt",
    "gelernt",
    "ja",
    "terminé",
    "fait",
    "fini",
    "oui",
    "hecho",
    "terminado",
    "completado",
    "sí",
    "concluído",
    "feito",
    "sim",
    "fatto",
    "completato",
    "готово",
    "сделано",
    "выполнено",
    "завершено",
    "да",
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
    "",
    "-",
    "–",
    "—",
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
    "no",
    "n",
    "0%",
    "offen",
    "nein",
    "geplant",
    "à faire",
    "non",
    "pendiente",
    "por hacer",
    "pendente",
    "a fazer",
    "da fare",
    "не начато",
    "запланировано",
    "нет",
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
    "stand",
    "erledigt",
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
    HEADERS.contains(&plain(cell).as_str())
}

/// Whether the heading of a column says that it holds the names of topics.
pub fn is_topic_header(cell: &str) -> bool {
    TOPICS.contains(&plain(cell).as_str())
}

/// What a status cell says: a word counts before an emoji; `None` when it says nothing that is known.
pub fn standing(cell: &str) -> Option<Standing> {
    let words = plain(cell);
    let word = words
        .trim_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '%' | '/' | '-' | '–' | '—' | '\'' | '?')))
        .trim();
    let listed =
        [(DONE, Standing::Done), (BEGUN, Standing::Begun), (DROPPED, Standing::Dropped), (OPEN, Standing::Open)];
    let has_word = word.chars().any(char::is_alphanumeric);
    if has_word && let Some((_, standing)) = listed.iter().find(|(list, _)| list.contains(&word)) {
        return Some(*standing);
    }
    if let Some(percent) = word.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok()) {
        return Some(if percent >= 100.0 {
            Standing::Done
        } else if percent > 0.0 {
            Standing::Begun
        } else {
            Standing::Open
        });
    }
    cell.chars().find_map(sign).or_else(|| (!has_word && OPEN.contains(&word)).then_some(Standing::Open))
}

/// What the name of a lane of a board says about the cards in it.
pub fn lane(name: &str) -> Option<Standing> {
    match standing(name)? {
        Standing::Open => None,
        known => Some(known),
    }
}

/// What a single sign in a status cell says.
fn sign(c: char) -> Option<Standing> {
    match c {
        '✅' | '✔' | '☑' | '✓' | '🟢' | '🟩' | '🏁' | '🎉' | '💯' | '👍' => Some(Standing::Done),
        '🟡' | '🟠' | '🔵' | '🟨' | '🟧' | '🟦' | '🚧' | '⏳' | '⌛' | '🔄' | '🔃' | '🏗' | '📖' | '📚' | '🕐' | '◐'
        | '◑' => Some(Standing::Begun),
        '🔴' | '⚪' | '⚫' | '⬜' | '⬛' | '🔲' | '🔳' | '☐' | '❌' | '✗' | '✘' | '❎' | '🟥' | '📅' | '🔜' | '○' => {
            Some(Standing::Open)
        }
        '🚫' | '🗑' | '⏭' | '⛔' => Some(Standing::Dropped),
        _ => None,
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
        for (cell, expected) in cases {
            assert_eq!(standing(cell), expected, "{cell}");
        }
        assert_eq!(lane("✅ Done"), Some(Standing::Done));
        assert_eq!(lane("Backlog"), None);
    }

    #[test]
    fn roadmaps_are_known_by_name() {
        assert!(names_roadmap("My Backend Road-Map"));
        assert!(names_roadmap("学习路线 2026"));
        assert!(!names_roadmap("Road trip"));
        for text in ["# Roadmap", "# ROADMAP", "My Learning path", "Дорожная карта", "学习路线"] {
            assert!(may_name_roadmap(text.as_bytes()) && names_roadmap(text), "{text}");
        }
        assert!(!may_name_roadmap(b"roa"));
    }
}
