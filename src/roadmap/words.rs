//! The words, in several languages, by which a cell or a lane says how far a topic has come.

use super::{Standing, sign};

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
}
