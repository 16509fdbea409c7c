//! Every shape of roadmap that people write, and the outline that is read from it.

use study::roadmap::{Kind, Roadmap, Standing};

/// The outline of a roadmap as text: two blanks a level, then the state, the title, the badge in braces, `#` for a heading
/// and other letters for other shapes, `!` when it has a box to tick; each resource on a line with `*`.
fn outline(roadmap: &Roadmap) -> String {
    let mut lines = vec![format!("= {}", roadmap.title)];
    for resource in &roadmap.resources {
        lines.push(format!("* {} -> {}", resource.label, resource.target.as_str()));
    }
    for topic in &roadmap.topics {
        let state = match topic.standing {
            Standing::None => "     ",
            Standing::Open => "open ",
            Standing::Begun => "begun",
            Standing::Done => "done ",
            Standing::Dropped => "drop ",
        };
        let kind = match topic.kind {
            Kind::Heading => "#",
            Kind::Item => "-",
            Kind::Row => "|",
            Kind::Numbered => "1",
            Kind::FollowUp => "+",
        };
        let indent = "  ".repeat(topic.depth);
        let badge = if topic.badge.is_empty() { String::new() } else { format!(" {{{}}}", topic.badge) };
        let tick = if topic.mark.is_some() { "!" } else { "" };
        lines.push(format!("{state} {indent}{kind}{tick} {}{badge}", topic.title));
        for resource in &topic.resources {
            let tick = if resource.mark.is_some() { "!" } else { "" };
            lines.push(format!("      {indent}  *{tick} {} -> {}", resource.label, resource.target.as_str()));
        }
    }
    lines.join("\n")
}

#[track_caller]
fn reads(text: &str, expected: &str) {
    let outline = outline(&Roadmap::parse(text, "Note"));
    let expected = expected.trim_matches('\n');
    assert_eq!(outline, expected, "\n--- read as\n{outline}\n--- expected\n{expected}");
}

#[test]
fn shape_1_nested_checklist_with_resources() {
    reads(
        "---\ntags: [review]\nsr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n---\n\n# Gardening\n- [ ] Soil\n    - [ ] [What soil is](https://soil.example/what)\n    - [x] [[Soil basics]]\n    - [ ] Clay\n    - [ ] Sand and loam\n- [x] Seeds\n\t- [ ] [Saving seeds](seeds.pdf) from last year\n# Tools\n\n# Compost\n",
        "
= Note
      # Gardening
open    -! Soil
          *! What soil is -> https://soil.example/what
          *! Soil basics -> Soil basics
open      -! Clay
open      -! Sand and loam
done    -! Seeds
open      -! Saving seeds from last year
            * Saving seeds -> seeds.pdf
open  # Tools
open  # Compost",
    );
}

#[test]
fn shape_2_flat_tasks_under_numbered_headings() {
    reads(
        "# Bread roadmap\n## 1. Basics\n* [ ] [[Flour]]\n* [x] [[folder/Yeast]] \n### [[Sourdough overview]]\n* [/] [[Starter#Feeding|Feeding a starter]]\n* [-] [[Rye]]\n",
        "
= Bread roadmap
      # 1. Basics
open    -! Flour
          * Flour -> Flour
done    -! Yeast
          * Yeast -> folder/Yeast
        # Sourdough overview
          * Sourdough overview -> Sourdough overview
begun     -! Feeding a starter
            * Feeding a starter -> Starter#Feeding
drop      -! Rye
            * Rye -> Rye",
    );
}

#[test]
fn shape_3_core_path_with_a_folder_per_topic() {
    reads(
        "# Core path\n\n- [x] [Knots](./01-knots/readme.md)\n- [ ] [Sails & wind](./02-sails/roadmap.md)\n    - [ ] [Tacking](./02-sails/tacking.md)\n    - [ ] [Gybing](./02-sails/gybing.md)\n    - [ ] [A film of it](https://film.example)\n- [ ] [Navigation](<./03 navigation/readme.md>)\n",
        "
= Core path
done  -! Knots
        * Knots -> ./01-knots/readme.md
open  -! Sails & wind
        * Sails & wind -> ./02-sails/roadmap.md
        *! A film of it -> https://film.example
open    -! Tacking
          * Tacking -> ./02-sails/tacking.md
open    -! Gybing
          * Gybing -> ./02-sails/gybing.md
open  -! Navigation
        * Navigation -> ./03 navigation/readme.md",
    );
}

#[test]
fn shape_4_tables_with_a_status_column() {
    reads(
        "# Plan\n## Phase 1\n\n| # | Topic | Status | Start | Notes |\n|---|:--|---|---|---|\n| 1 | **Pots** | 🟡 In progress | 01.02.2030 | [notes](./pots.md) |\n| 2 | **Glazes** | ✅ Done | xx.xx.xx | [[Glaze\\|all about it]] |\n| 3 | Kilns | | | |\n| 4 | | Done | | |\n\n## Phase 2\n\n| Done | Name |\n|--|--|\n| [x] | Wheels |\n| [ ] | Handles |\n\n| Tool | |\n|--|--|\n| Ribs | ✅ |\n| Wires | ❌ |\n\n| Word | Meaning |\n|--|--|\n| slip | wet clay |\n",
        "
= Plan
      # Phase 1
begun   | Pots
          * notes -> ./pots.md
done    | Glazes
          * all about it -> Glaze
open    | Kilns
      # Phase 2
done    |! Wheels
open    |! Handles",
    );
}

#[test]
fn shape_5_numbered_phases_with_level_emoji() {
    reads(
        "# Roadmap to the stars\n1.  **Optics** 🟢\n    *   Lenses 🔵\n    *   Mirrors 🟣\n        *   Coatings\n2.  **Sky** 🟢\n    *   Charts ⭐⭐\n",
        "
= Roadmap to the stars
      - Optics {🟢}
        - Lenses {🔵}
        - Mirrors {🟣}
          - Coatings
      - Sky {🟢}
        - Charts {⭐⭐}",
    );
}

#[test]
fn shape_6_headings_with_link_bullets_and_prose() {
    reads(
        "# Learning paths\n\nStart [here](https://start.example).\n\n## Chess openings\n\nThe first moves matter less than one thinks.\n\n- [A gentle course](https://course.example) - one evening\n- [Database](https://games.example)\n- Play slow games against friends who talk while they play\n\n## Endgames\n- [[King and pawn]]\n- [[Rook endings]]\n\n## Tactics\n- Forks\n- Pins: a piece that cannot move\n- [Puzzles](https://puzzles.example)\n",
        "
= Learning paths
* here -> https://start.example
      # Chess openings
        * A gentle course -> https://course.example
        * Database -> https://games.example
      # Endgames
        - King and pawn
          * King and pawn -> King and pawn
        - Rook endings
          * Rook endings -> Rook endings
      # Tactics
        - Forks
        - Pins: a piece that cannot move
        - Puzzles
          * Puzzles -> https://puzzles.example",
    );
}

#[test]
fn shape_7_order_by_number_and_follow_ups_in_italics() {
    reads(
        "1) The Sea Around Us\n\t*then the atlas of tides*\n2) Coasts\n   _then a walk_\n\n   *and another*\n3) Deep water\n",
        "
= Note
      - The Sea Around Us
        + then the atlas of tides
      - Coasts
        + then a walk
        + and another
      - Deep water",
    );
}

#[test]
fn shape_8_mixed_depth_and_hand_numbers() {
    reads(
        "# Music\n- Harmony\n    - Intervals\n        - [ ] [[Thirds]]\n        - [x] Fifths\n        - [ ] \n    - Chords\n\n# Theory\n1.1 Scales\n1.1.1 Major\n1.1.2. Minor\n1.2 Modes\n\n1.2.1 Dorian\n\n- [ ] play it\n\n1. Rhythm\n1.1 Beat\n1.2 Bar\n2. Tempo\n",
        "
= Note
      # Music
        - Harmony
          - Intervals
open        -! Thirds
              * Thirds -> Thirds
done        -! Fifths
      # Theory
        1 Modes
          1 Dorian
open        -! play it",
    );
    reads(
        "# Theory roadmap\n1.1 Scales\n1.1.1 Major\n1.1.2. Minor\n1.2 Modes\n\n1.2.1 Dorian\n\n1. Rhythm\n1.1 Beat\n1.2 Bar\n2. Tempo\n",
        "
= Theory roadmap
      1 Scales
        1 Major
        1 Minor
      1 Modes
        1 Dorian
          - Rhythm
            1 Beat
            1 Bar
          - Tempo",
    );
}

#[test]
fn shape_9_kanban_board() {
    reads(
        "---\n\nkanban-plugin: board\n\n---\n\n## Backlog\n\n- [ ] [[Looms]]\n- [ ] Dyes @{2030-01-02}\n\n\n## Doing\n\n- [ ] [[Spinning]]\n\n\n## Finished things\n\n**Complete**\n- [x] Carding\n- [ ] Washing\n\n\n***\n\n## Archive\n\n- [x] Shearing\n\n%% kanban:settings\n```\n{\"kanban-plugin\":\"board\",\"list\":[\"- [ ] no topic\"]}\n```\n%%\n",
        "
= Note
      # Backlog
open    -! Looms
          * Looms -> Looms
open    -! Dyes @{2030-01-02}
      # Doing
begun   -! Spinning
          * Spinning -> Spinning
      # Finished things
done    -! Carding
done    -! Washing
      # Archive
done    -! Shearing",
    );
}

#[test]
fn shape_10_query_notes_have_no_topics() {
    reads("```dataview\nTASK FROM #learn\n- [ ] no\n```\n\n```dataviewjs\ndv.pages()\n```\n", "= Note");
    reads("> [!todo]+ Open\n> - [ ] no topic\n> ```tasks\n> not done\n> ```\n", "= Note");
}

#[test]
fn numbered_lists_of_html_links() {
    reads(
        "# <a href=\"https://series.example\">Weather — all parts<a/>\n<img src=\"https://pic.example/a.png\"/>\n\n## <i>Foreword</i>\n<i>\nHello,<br>\nread <a href=\"https://map.example\">the map</a> first.\n</i>\n\n## Air\n1. <a href=\"https://air.example/1\">What is wind?</a>\n2. <a href='https://air.example/2'>Fronts</a\n3. <a href=https://air.example/3>Storms<a>\n4. Is it warm?\n\n## Water\n",
        "
= Weather — all parts
* Weather — all parts -> https://series.example
* the map -> https://map.example
      # Air
        - What is wind?
          * What is wind? -> https://air.example/1
        - Fronts
          * Fronts -> https://air.example/2
        - Storms
          * Storms -> https://air.example/3
        - Is it warm?
open  # Water",
    );
}

#[test]
fn where_there_are_boxes_what_has_none_is_text() {
    reads(
        "# Learning roadmap\n- [Deutsch](README-de.md)\n## Required\n* Patience\n## Contents\n- [Arrays](#arrays)\n- Sorting\n    - selection\n## Arrays\n- [x] Read about arrays\n",
        "
= Learning roadmap
* Deutsch -> README-de.md
      # Arrays
done    -! Read about arrays",
    );
    reads(
        "# Garden\n## Why\nBecause.\n## How\n1. Dig\n2. [Sow](https://sow.example)\n## Beds\nSome words.\n- Sunny\n    - [x] Roses\n    - thorns\n- Shady\n- [ ] Ferns\n    - fronds, see [here](https://f.example)\n- **Moss**: a plant\n- Peat ✅\n## Pond\n## [Meadow](https://m.example)\n### Hay 🚧\ntext\n",
        "
= Garden
* Sow -> https://sow.example
      # Beds
        - Sunny
done      -! Roses
open    -! Ferns
          * here -> https://f.example
done    - Peat
open  # Pond
      # Meadow
        * Meadow -> https://m.example
begun   # Hay",
    );
    // Boxes before nothing but links say what was read: the plain items are the topics.
    reads(
        "# Garden\n## Beds\n- Roses\n- Ferns\n## Books\n- [x] [All of it](https://a.example)\n",
        "
= Garden
      # Beds
        - Roses
        - Ferns
      # Books
done    -! All of it
          * All of it -> https://a.example",
    );
    // A box may be drawn as one character.
    reads("- ☐ Ash\n- ✓ Oak\n- bring water\n- ✗ Fig\n", "= Note\nopen  - Ash\ndone  - Oak\nopen  - Fig");
}

#[test]
fn headings_that_hold_only_text_are_no_topics() {
    reads(
        "# Baking roadmap\n## Introduction\nAll about it, and [more](https://m.example).\n## Contents\n- [Why](#why)\n## Why\n- Because it is good, and because it is warm in the kitchen.\n- It smells.\n## Doughs\n- Rye\n- Wheat\n### What is a dough?\nFlour and water.\n## Films\n- [One](https://o.example) of many\n## Ovens\n",
        "
= Baking roadmap
* more -> https://m.example
      # Why
      # Doughs
        - Rye
        - Wheat
      # Films
        * One -> https://o.example
open  # Ovens",
    );
    reads("# Baking roadmap\n## Doughs\nFlour.\n## Ovens\nHeat.\n", "= Baking roadmap\n      # Doughs\n      # Ovens");
}

#[test]
fn follow_ups_are_read_however_deep() {
    let all = "
= Reading roadmap
      - Alder
        + Then start - Birch
          + Then start - Cedar
      - Dogwood
        + Then - Elm
          + Then - Fir
      - Ginkgo
        + Then Hazel
          + Then Ivy";
    let tight = "# Reading roadmap\n1) Alder\n\t*Then start - Birch*\n\t\t*Then start - Cedar*\n2) Dogwood\n\t**Then - Elm**\n\t\t_Then - Fir_\n3) Ginkgo\n\t***Then Hazel***\n\t\t__Then Ivy__\n";
    reads(tight, all);
    // With blank lines between them, Markdown takes the deeper ones for code.
    reads(&tight.replace('\n', "\n\n"), all);
    reads(&tight.replace(") ", ". "), all);
    reads(&tight.replace("1)", "-").replace("2)", "-").replace("3)", "-").replace('\n', "\n\n"), all);
    let roadmap = Roadmap::parse(tight, "Note");
    assert!(roadmap.topics.iter().all(|topic| topic.counts), "what comes after a topic does not stand for it");
    reads("- Alder\n\n        let code = 1;\n", "= Note\n      - Alder");
}

#[test]
fn foldable_parts_are_branches() {
    reads(
        "# Tools\n\n## Spade\n\n- [ ] Grip\n\n<details>\n<summary><b>Hoe</b></summary>\n\n- [ ] Handle\n\n### Blades\n\n- [x] Blade\n\n</details>\n\n## Rake\n<details open><summary>Teeth ✅</summary>\n\n- [x] Iron\n<details>\n<summary>\nWooden\n</summary>\n\n- [ ] Ash\n</details>\n</details>\n<DETAILS><SUMMARY>Shaft</SUMMARY>\n\n- [ ] Oak\n\n</DETAILS>\n",
        "
= Tools
      # Spade
open    -! Grip
      # Hoe
open    -! Handle
        # Blades
done      -! Blade
      # Rake
done    # Teeth
done      -! Iron
          # Wooden
open        -! Ash
        # Shaft
open      -! Oak",
    );
    // One that is never closed ends with its section.
    reads(
        "## A\n<details><summary>B</summary>\n\n- [ ] c\n\n## D\n- [ ] e\n",
        "= Note\n      # A\n        # B\nopen      -! c\n      # D\nopen    -! e",
    );
}

#[test]
fn terms_with_definitions() {
    reads(
        "# Networks roadmap\n## Words\n- **Frame**: a piece of data with addresses on it.\n- **Switch:** sends frames where they belong, see [this](https://switch.example).\n- **Bridge** — older.\n  - **Port**: one of many.\n  - Ports have numbers, and the numbers have meanings to those who wrote them.\n- **All in bold**\n",
        "
= Networks roadmap
      # Words
        - Frame
        - Switch
          * this -> https://switch.example
        - Bridge
          - Port
        - All in bold",
    );
}

#[test]
fn levels_may_jump_and_empty_headings_are_not_begun() {
    reads(
        "# Stones\n## Granite\n##### Feldspar\n### Quartz\nIt is hard.\n###### Amethyst ✅\n## \n## Basalt 🚧\n",
        "
= Stones
      # Granite
open    # Feldspar
        # Quartz
done      # Amethyst
begun # Basalt",
    );
}

#[test]
fn marks_and_indents() {
    reads(
        "- [ ] a\n - [x] one blank\n- [X] b\n   - [/] three\n     - [-] five\n       - [>] seven\n- [!] c\n        - [p] eight at once\n\t- [?] tab\n- [ ] d\n  continued below\n* [ ] e\n+ [x] f\n1. [ ] g\n- [] hollow\n- [C](https://c.example)\n- [>] - greater than\n- [ ]\n",
        "
= Note
* C -> https://c.example
open  -! a
done    -! one blank
done  -! b
begun   -! three
drop      -! five
open        -! seven
open  -! c
open    -! eight at once
open    -! tab
open  -! d
open  -! e
done  -! f
open  -! g
open  - hollow",
    );
}

#[test]
fn what_stands_beside_a_name_is_left_out() {
    reads(
        "- [ ] Ferns 📅 2030-01-02 #garden/wet ^f1\n- [x] Moss ✅ 2030-01-02\n- [ ] ==Lichen== [due:: 2030-01-02]\n- [ ] `let` and *var* <!--SR:!2030-01-02,4,270-->\n- [ ] ~~Algae~~\n- ~~Fungi~~\n- [ ] See https://see.example/a_b for more\n- [ ] %%hidden%% Roots\n",
        "
= Note
open  -! Ferns
done  -! Moss
open  -! Lichen
open  -! let and var
drop  -! Algae
drop  - Fungi
open  -! See for more
        *  -> https://see.example/a_b
open  -! Roots",
    );
}

#[test]
fn code_comments_quotes_and_contents_are_no_topics() {
    reads(
        "# Map\n- [One](#one)\n- [[#Two]]\n\n## One\n```\n- [ ] in a fence\n# heading\n```\n\n    - [ ] in indented code\n\n> - [ ] in a quote\n\n%%\n- [ ] in a comment\n\n## hidden\n%%\n\n<!--\n- [ ] in a comment\n-->\n\n[^1]: - [ ] in a footnote\n\n~~~\n%%\n~~~\n- [ ] real\n%%- [ ] not%%\n\n## Two\n",
        "
= Map
      # One
open    -! real
open  # Two",
    );
}

#[test]
fn wrapped_titles_go_on_and_described_ones_end() {
    reads(
        "- [ ] A title that is so long that its writer broke it at the usual eighty\n  columns of a terminal\n- [ ] Short\n  with a description and a [link](https://l.example)\n",
        "
= Note
open  -! A title that is so long that its writer broke it at the usual eighty columns of a terminal
open  -! Short
        * link -> https://l.example",
    );
}

#[test]
fn line_ends_and_byte_order_marks_do_not_matter() {
    let text = "---\ntitle: x\n---\n# A\n- [x] one\n    - [ ] [two](https://t.example)\n\n1.1 three\n1.2 four\n";
    let plain = outline(&Roadmap::parse(text, "Note"));
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(outline(&Roadmap::parse(&windows, "Note")), plain);
    let old = text.replace("---\n# A", "---\n\n# A");
    let (top, body) = old.split_at(old.find("# A").unwrap());
    assert_eq!(outline(&Roadmap::parse(&(top.to_owned() + &body.replace('\n', "\r")), "Note")), plain);
}

#[test]
fn items_that_hold_nothing_but_another_are_no_topics() {
    reads(
        "# A\n- - - x\n-\n- - [ ] [y](y.md)\n- [ ] \n  - z\n",
        "= A\n      - x\nopen  -! y\n        * y -> y.md\nopen  -! \n        - z",
    );
    reads("# A\n- - - x\n- - [ ] y\n- [ ] \n  - [ ] z\n- [ ] \n  - z\n", "= A\nopen  -! y\nopen  -! \nopen    -! z");
    let nested = |depth: usize| Roadmap::parse(&("- ".repeat(depth) + "x\n"), "Note").topics;
    assert_eq!((nested(100).len(), nested(100)[0].depth), (1, 0));
    // What begins behind column 256 is no topic.
    assert_eq!(nested(10_000).len(), 0);
}

#[test]
fn a_very_wide_table_has_no_topics() {
    let table = |columns: usize| {
        let row = |first: &str, cell: &str| format!("|{first}|{}\n", format!("{cell}|").repeat(columns - 1));
        let text = [row("Status", "Topic"), row("-", "-"), row("[x]", "a")].concat();
        Roadmap::parse(&text, "Note").topics.len()
    };
    assert_eq!((table(100), table(101)), (1, 0));
}

#[test]
fn what_is_listed_as_a_roadmap() {
    let is_one = |text: &str, name: &str, tagged: bool| Roadmap::parse(text, name).is_one(name, tagged);
    let tasks: String = (0..10).map(|n| format!("- [ ] x{n}\n")).collect();
    assert!(is_one(&tasks, "Anything", false));
    assert!(!is_one(&"- [ ] x\n".repeat(9), "Anything", false));
    assert!(!is_one(&"## x\n".repeat(30), "Anything", false), "headings alone are an outline like any");
    assert!(is_one("## a\n## b\n## c\n", "My roadmap", false));
    assert!(is_one("## a\n## b\n## c\n", "Anything", true));
    assert!(!is_one("## a\n## b\n", "My roadmap", false));
}

#[test]
fn notes_that_nobody_meant_are_no_roadmaps() {
    let listed = |text: &str, name: &str| study::roadmap::in_note(name, text).is_some();
    let many = || (1..=12).map(|n| format!("- [ ] some thing {n}\n")).collect::<String>();
    let tasks = many();
    for name in ["2026-01-15", "2026-01-15 Thursday", "15.01.2026", "TODO", "Weekly 3", "Blog checklist"] {
        assert!(!listed(&tasks, name), "{name}");
    }
    assert!(!listed(&format!("# Meeting with Ann\n{tasks}"), "Ann"));
    let table = |head: &str, row: &str| {
        let rows: String = (1..=12).map(|n| row.replacen(" |", &format!(" {n} |"), 1)).collect();
        format!("| Thing | {head} |\n|--|--|\n{rows}")
    };
    assert!(!listed(&table("Abelian yes/no", "| a group | yes |\n"), "Groups"));
    assert!(!listed(&table("Participle", "| to do | done |\n"), "Verbs"));
    assert!(!listed(&table("Colour", "| a pin | 🟢 |\n"), "Pins"));
    assert!(!listed(
        &table("Status", "| | done |\n").replace(|c: char| c.is_ascii_digit(), ""),
        "Rows without a title"
    ));
    // A table of the parts of a program says nothing about learning; one of topics does, or a box.
    assert!(!listed(&table("Status", "| a thing | done |\n"), "Things"));
    assert!(listed(&table("Status", "| a thing | done |\n").replace("Thing", "Topic"), "Things"));
    assert!(listed(&table("Status", "| a thing | [x] |\n"), "Things"));
    // Signs before the points of an article are decoration.
    assert!(!listed(&"- ✅ a good point\n".repeat(12), "An article"));
    let article = format!("{}\n{tasks}", "Words and words and more of them. ".repeat(300));
    assert!(!listed(&article, "An article"));
    assert!(!listed(&format!("{tasks}{}", "- a remark\n".repeat(40)), "An article"));
    assert!(listed(&tasks, "Soil") && listed(&tasks, "2026-01-15 my roadmap"));
    assert!(!listed("- [ ] a\n- [ ] b\n- [ ] c\n", "2026-01-15 about the roadmap"));
    // A recipe, and a plan for a product.
    assert!(
        !listed(&format!("# Ingredients\n{tasks}"), "Bread") && !listed(&"- [ ] 250 g flour\n".repeat(12), "Bread")
    );
    let product = "# Roadmap\n## Shipped in v1.2\n- [x] a\n## Planned for v2.0\n- [ ] b\n## Known issues\n- [ ] c\n";
    assert!(!listed(product, "Roadmap") && listed(&product.replace("v", "").replace("Known", "More"), "Roadmap"));
    // A quiz, whatever stands before its answers, and a note about a project.
    let quiz = "1. What is a set?\n    - [ ] one\n    - [ ] two\n    - [ ] three\n    - [ ] four\n".repeat(20);
    assert!(!listed(&quiz, "Sets"));
    assert!(!listed(&format!("**Question 1**\n{}", "- [ ] A) one\n- [ ] B) two\n".repeat(6)), "Sets"));
    assert!(!listed(&format!("---\ntags: [project/active]\n---\n{}", many()), "Sets") && listed(&many(), "Sets"));
    // What belongs to a roadmap is not it, nor is a note that has one among its parts.
    let prose = "Words and words and words and more of them, beyond the ten that there may be for each.\n\n".repeat(3);
    let text = |title: &str| format!("# {title}\n## A\n{prose}- x\n- y\n");
    assert!(!listed(&text("Learning roadmap — Questions"), "questions"));
    assert!(!listed(&text("Map of files – my-data-roadmap"), "map"));
    assert!(listed(&text("Learning roadmap — Go"), "start") && listed(&text("Study plan"), "x"));
    assert!(!listed(&format!("# Roadmap\n{prose}- a\n# Films\n{prose}- b\n# Books\n{prose}- c\n"), "Resources"));
    assert!(listed("- [ ] a\n- [ ] b\n- [ ] c\n", "The roadmap"));
}

/// In time that grows with the length alone: with its square, this would go on for minutes.
#[test]
fn a_line_full_of_marks_is_looked_at_once() {
    for mark in ["a</details>", "a<details>", "<summary>a", "x <details><summary>a</summary>", "*a*</details>"] {
        let text = format!("# A\n- [ ] b\n{}\n- [x] c\n", mark.repeat(1_000_000 / mark.len()));
        assert!(text.len() > 900_000 && !Roadmap::parse(&text, "Note").topics.is_empty(), "{mark}");
    }
}
