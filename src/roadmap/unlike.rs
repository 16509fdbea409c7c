//! Names of notes that hold things to do and not things to learn: days, meetings, errands.

use std::collections::HashSet;

/// Words that say so, alone or with others.
const WORDS: &[&str] = &[
    "todo",
    "todos",
    "to-do",
    "to-dos",
    "task",
    "tasks",
    "inbox",
    "daily",
    "weekly",
    "monthly",
    "diary",
    "journal",
    "meeting",
    "meetings",
    "standup",
    "sprint",
    "backlog",
    "changelog",
    "groceries",
    "shopping",
    "packing",
    "chores",
    "errands",
    "goals",
    "week",
    "schedule",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonntag",
    "jadwal",
    "任务清单",
    "checklist",
    "checklists",
    "idea",
    "ideas",
    "wishlist",
    "address",
    "addresses",
    "portfolio",
    "worklog",
    "resolutions",
    "playbook",
    "runbook",
    "ingredients",
    "recipe",
    "recipes",
    "zutaten",
    "rezept",
    "ingrédients",
    "recette",
    "ingredientes",
    "receta",
    "ingredienti",
    "ricetta",
    "ингредиенты",
    "рецепт",
    "składniki",
    "przepis",
    "食材",
    "project",
    "projects",
    "aufgaben",
    "einkaufsliste",
    "tagebuch",
    "réunion",
    "tâches",
    "tareas",
    "tarefas",
    "reunión",
    "задачи",
    "дневник",
    "待办",
];

/// The first letters of the months in the languages that most share.
const MONTHS: &[&str] = &[
    "jan", "feb", "fév", "mar", "mär", "apr", "avr", "abr", "may", "mai", "jun", "jui", "jul", "aug", "aoû", "ago",
    "sep", "set", "oct", "okt", "out", "nov", "dec", "dez", "déc", "dic",
];

/// The months that need no year beside them to be known.
const MONTH_NAMES: &[&str] = &[
    "january",
    "february",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "januar",
    "februar",
    "juni",
    "juli",
    "oktober",
    "dezember",
    "janvier",
    "février",
    "avril",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// Whether a note of this name is no roadmap, whatever boxes it has, unless it calls itself one.
pub fn is_other(name: &str) -> bool {
    let name = name.to_lowercase();
    let is_list = |word: &str| matches!(word, "list" | "kanban");
    let list = name.split([' ', '-', '_']).any(is_list) && !LEARNING.iter().any(|word| name.contains(word));
    let words =
        || name.split(|c: char| !c.is_alphanumeric() && c != '-').flat_map(|word| [word, word.trim_matches('-')]);
    // `sprint-12`, but not `task-switching`.
    let numbered = |word: &str| {
        let stem = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
        stem.len() < word.len() && WORDS.contains(&stem)
    };
    words().any(|word| WORDS.contains(&word) || numbered(word))
        || name.split([' ', '_', '.']).any(|word| WORDS.contains(&word))
        || list
        || name.contains("to do")
        || is_dated(&name)
}

/// What a list is of that is for learning.
const LEARNING: &[&str] =
    &["reading", "read", "study", "learn", "topic", "book", "watch", "course", "subject", "skill", "question"];

/// Whether a line says that what follows is to be done: `TODO:`, `To do`.
pub fn announces_errands(line: &str) -> bool {
    let line = line.trim_start_matches(['#', ' ', '\t', '*', '_']);
    let rest =
        ["TODO", "To do", "To-do", "TO DO", "To Do", "List to do"].iter().find_map(|word| line.strip_prefix(word));
    rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// Whether a third of the `boxes` in `text`, or more, have a day on which they are to be done.
pub fn has_days(text: &str, boxes: usize) -> bool {
    let days = ["📅", "🛫", "➕", "⏳ 2", "[due::", "[scheduled::", "@{"]
        .iter()
        .map(|sign| text.matches(sign).count())
        .sum::<usize>();
    boxes > 0 && days * 3 >= boxes
}

/// What people write first when they remind themselves of something to do.
const ERRANDS: &[&str] = &[
    "add", "apply", "ask", "book", "buy", "call", "cancel", "change", "check", "choose", "clean", "confirm", "contact",
    "delete", "deploy", "email", "fill", "finish", "fix", "get", "give", "meet", "migrate", "move", "order",
    "organize", "pack", "pay", "pick", "post", "prepare", "print", "refactor", "register", "remove", "rename", "renew",
    "reply", "return", "schedule", "send", "ship", "submit", "take", "talk", "task", "tell", "text", "update",
    "upload", "wash",
];

/// Whether these are the answers of a quiz, a third or more labelled `A)` or `b.`, or boxes of which hardly one in six has
/// a name of its own.
pub fn are_answers<'a>(titles: impl Iterator<Item = &'a str>) -> bool {
    let (mut all, mut labelled, mut names) = (0_usize, 0_usize, HashSet::new());
    for title in titles {
        all += 1;
        let mut chars = title.trim_start_matches(['*', '_', '(']).chars();
        let label = chars.next().is_some_and(|c| matches!(c, 'a'..='f' | 'A'..='F'));
        labelled +=
            usize::from(label && matches!(chars.next(), Some(')' | '.')) && matches!(chars.next(), Some(' ') | None));
        names.insert(title);
    }
    labelled * 3 > all || names.len() * 6 < all
}

/// What things to buy or to cook are measured in.
const MEASURES: &[&str] = &[
    "g",
    "gr",
    "kg",
    "mg",
    "ml",
    "l",
    "cl",
    "dl",
    "oz",
    "lb",
    "lbs",
    "cup",
    "cups",
    "tsp",
    "tbsp",
    "teaspoon",
    "teaspoons",
    "tablespoon",
    "tablespoons",
    "pinch",
    "pcs",
    "el",
    "tl",
    "stück",
    "prise",
    "cuillère",
    "taza",
    "г",
    "гр",
    "кг",
    "мл",
    "л",
    "ст",
    "ч",
    "шт",
    "克",
    "毫升",
];

/// Whether `title` is so much of something: `250 g flour`, `1/4 kg sugar`, `3 tbsp oil`.
fn is_quantity(title: &str) -> bool {
    let rest = title.trim_start_matches(|c: char| c.is_numeric() || matches!(c, '.' | ',' | '/' | '-' | '–' | '~'));
    let unit: String =
        rest.trim_start().chars().take_while(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    rest.len() < title.len() && MEASURES.contains(&unit.as_str())
}

/// What a plan for a product or a project speaks of in its headings, and one for learning hardly ever.
const PROJECT: &[&str] = &[
    "executive summary",
    "stakeholder",
    "out of scope",
    "non-goals",
    "will not build",
    "acceptance criteria",
    "success metrics",
    "success criteria",
    "current state",
    "what exists today",
    "current status",
    "what's shipped",
    "shipped",
    "go-to-market",
    "monetization",
    "revenue",
    "pricing",
    "customer",
    "tech debt",
    "technical debt",
    "known issues",
    "open decisions",
    "changelog",
    "release notes",
    "mailing list",
    "contributing",
    "sprint",
    "poc",
    "mvp",
    "pull request",
    "deuda técnica",
    "estado actual",
    "fases hechas",
    "pendiente",
    "aktueller stand",
    "état actuel",
    "текущее состояние",
];

/// Whether these are the headings of a plan for a product or a project: three different ones say so, versions among them.
pub fn plans_project<'a>(headings: impl Iterator<Item = &'a str>) -> bool {
    let mut said: Vec<&str> = Vec::new();
    let mut versions = 0_usize;
    for heading in headings {
        let heading = heading.to_lowercase();
        let words = || heading.split(|c: char| !c.is_alphanumeric() && c != '.').filter(|word| !word.is_empty());
        versions += usize::from(words().any(is_version));
        let found = PROJECT.iter().filter(|sign| match sign.len() {
            ..5 => words().any(|word| word == **sign),
            _ => heading.contains(**sign),
        });
        for sign in found {
            if !said.contains(sign) {
                said.push(sign);
            }
        }
    }
    said.len() + versions.min(3) >= 3
}

/// `v1.2`: the word "v" with numbers.
fn is_version(word: &str) -> bool {
    let number = word.strip_prefix('v').unwrap_or_default();
    number.contains('.') && number.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether these are things to do: one in five begins with such a word, one in three is a whole sentence or so much of
/// something, or most are addresses.
pub fn are_errands<'a>(titles: impl Iterator<Item = &'a str>) -> bool {
    let (mut all, mut errands, mut long, mut addresses) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut quantities = 0_usize;
    for title in titles {
        all += 1;
        let first = title.split_whitespace().next().unwrap_or_default().to_lowercase();
        errands += usize::from(title.contains(' ') && ERRANDS.contains(&first.as_str()));
        let words = title.split_whitespace().count();
        quantities += usize::from(is_quantity(title));
        addresses += usize::from(words == 1 && title.matches(['.', '/', '@']).count() > 1);
        long += usize::from(words > 8 && !title.ends_with(['?', '？']));
    }
    errands * 5 > all || long * 3 >= all || quantities * 3 >= all || addresses * 2 > all
}

/// Whether a name in lower case holds a day: `2026-01-31`, `31.1.2026`, `20260131`, `31 January 2026`, `2026-W05`.
fn is_dated(name: &str) -> bool {
    let parts: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let number = |part: &str, from: u32, to: u32| {
        let digits = part.trim_end_matches(|c: char| c.is_alphabetic());
        digits.parse::<u32>().is_ok_and(|number| (from..=to).contains(&number)) && part.len() - digits.len() <= 2
    };
    let year = |part: &str| part.len() == 4 && number(part, 1900, 2199);
    let day = |part: &str| part.len() <= 4 && number(part, 1, 31);
    let month = |part: &str| {
        (part.len() <= 2 && number(part, 1, 12))
            || (part.len() > 2 && MONTHS.iter().any(|month| part.starts_with(month)))
    };
    let week = |part: &str| part.strip_prefix('w').is_some_and(|week| number(week, 1, 53));
    let whole = |part: &str| {
        part.len() == 8
            && part.bytes().all(|b| b.is_ascii_digit())
            && part.get(..4).is_some_and(year)
            && part.get(4..6).is_some_and(month)
    };
    let day_of_three = |parts: &[&str]| match parts {
        [a, b, c] => (year(a) && month(b) && day(c)) || (year(c) && ((month(a) && day(b)) || (day(a) && month(b)))),
        _ => false,
    };
    let named_month = |part: &str| part.len() > 2 && MONTH_NAMES.contains(&part);
    let day_of_two = |pair: &[&str]| matches!(pair, [a, b] if (named_month(a) && day(b)) || (day(a) && named_month(b)));
    parts.windows(3).any(day_of_three)
        || parts.windows(2).any(day_of_two)
        || parts.windows(2).any(|pair| matches!(pair, [a, b] if year(a) && week(b)))
        || parts.iter().any(|part| whole(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errands_are_told_from_topics() {
        let list = |titles: &[&str]| are_errands(titles.iter().copied());
        assert!(list(&["mail.example.org", "git.example.org", "Node.js"]));
        assert!(list(&["Buy clothes", "Dasi", "Submit the form"]));
        assert!(list(&["the prefix of the columns has to be the one that we agreed upon last week"]));
        assert!(!list(&["Sets", "Maps", "Trees and how to walk them", "Heaps", "Call stack"]));
        assert!(!list(&["What is a relational database and why would one ever use it?", "Sets"]));
        assert!(!list(&["Read about arrays", "Watch the film", "Add", "Get"]));
        assert!(list(&["250g of flour", "1/4 kg sugar", "2 tbsp oil", "Salt", "½ l milk"]));
        assert!(!list(&["27 Remove an element", "3 Laws of motion", "1984", "2.1 Groups", "G-test"]));
    }

    #[test]
    fn answers_are_told_from_topics() {
        let answers = |list: &[&str]| are_answers(list.iter().copied());
        assert!(answers(&["A) push", "B) pop", "C. peek", "a) none", "Stacks"]));
        assert!(answers(&["x"; 12]) && !answers(&["Sets", "Maps", "B trees", "C", "C++", "A. Turing"]));
    }

    #[test]
    fn plans_for_products_are_told_from_plans_to_learn() {
        let plan = |headings: &[&str]| plans_project(headings.iter().copied());
        assert!(plan(&["Shipped in v1.3.0", "Planned — v2.0", "Contributing"]));
        assert!(plan(&["Executive summary", "Stakeholders", "MVP"]));
        assert!(!plan(&["Java 8", "Kubernetes 1.30", "HTTP/2", "Docker v2"]));
        assert!(!plan(&["Current state", "Poco", "Sprinting", "Deployment"]));
    }

    #[test]
    fn what_has_its_day_is_an_errand() {
        assert!(has_days("- [ ] a 📅 2030-01-02\n- [ ] b\n- [ ] c ⏳ 2030-01-02\n", 3));
        assert!(!has_days("- [x] a ✅ 2030-01-02\n- [ ] b\n", 2) && !has_days("", 0));
    }

    #[test]
    fn a_line_may_say_that_errands_follow() {
        for line in ["TODO:", "### TODO", "**To do**", "TODO Core:", "List to do:"] {
            assert!(announces_errands(line), "{line}");
        }
        for line in ["- TODO lists", "Todos los temas", "To document", "Today"] {
            assert!(!announces_errands(line), "{line}");
        }
    }

    #[test]
    fn days_and_errands_are_told_from_subjects() {
        for name in [
            "2024-01-18-Thursday",
            "01-06-2026 Tech Weekly",
            "2023-05-31",
            "31.1.2026",
            "1/31/2026",
            "20260131",
            "January 18, 2024",
            "18th jan 2024",
            "2024-W05",
            "Week April 15",
            "Monday September 16th",
            "TODO",
            "My tasks",
            "To do List",
            "Magic Mirror list",
            "to-do list",
            "Meeting with Ann",
            "sprint-12",
            "Kanban of the app",
        ] {
            assert!(is_other(name), "{name}");
        }
        for name in [
            "Soil",
            "Anything",
            "CS50 2024",
            "Semester 1 2024",
            "March of the penguins",
            "Redis 7.2.4",
            "Taskwarrior",
            "Reading list",
            "12 factor app",
            "Multitasking",
        ] {
            assert!(!is_other(name), "{name}");
        }
    }
}
