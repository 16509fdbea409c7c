//! Tables: a row is a topic when a column says how far it has come.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::inline::{Inline, Link};
use super::mark::{self, Box};
use super::title::{self, Title};
use super::words::Way;
use super::{Standing, words};

/// A table while its events come in.
#[derive(Debug, Default)]
pub struct Table {
    head: Vec<Cell>,
    rows: Vec<(Range<usize>, Vec<Cell>)>,
    in_head: bool,
    cell: Option<Cell>,
    /// It has more than [`MOST_COLUMNS`] or [`MOST_CELLS`], and nothing of it is kept.
    is_too_large: bool,
}

/// A table with more columns is no list of topics.
const MOST_COLUMNS: usize = 100;
/// Nor is one with more cells.
const MOST_CELLS: usize = 200_000;

/// A row that is a topic.
#[derive(Debug)]
pub struct Row {
    /// Its bytes.
    pub range: Range<usize>,
    /// The name in its cell of topics.
    pub title: Title,
    /// What its cells say together.
    pub standing: Standing,
    /// The bytes between the brackets of the box to tick.
    pub mark: Option<Range<usize>>,
    /// Whether it has several boxes and none of them speaks for the whole.
    pub several_boxes: bool,
    /// Whether the heading above its name says that it is to be learned, or it has a box.
    pub learned: bool,
    /// The links in all its cells.
    pub links: Vec<Link>,
}

#[derive(Debug, Default)]
struct Cell {
    line: Inline,
    mark: Option<(Range<usize>, Standing)>,
}

impl Table {
    /// Takes an event inside the table.
    pub fn take(&mut self, event: &Event<'_>, range: Range<usize>, text: &str) {
        match event {
            _ if self.is_too_large => {}
            Event::Start(Tag::TableHead) => self.in_head = true,
            Event::End(TagEnd::TableHead) => {
                self.in_head = false;
                self.is_too_large = self.head.len() > MOST_COLUMNS;
                if self.is_too_large {
                    self.head.clear();
                }
            }
            Event::Start(Tag::TableRow) => {
                self.is_too_large = self.rows.len() * self.head.len() > MOST_CELLS;
                if self.is_too_large {
                    (self.head, self.rows) = Default::default();
                    return;
                }
                self.rows.push((range, Vec::with_capacity(self.head.len())));
            }
            Event::Start(Tag::TableCell) => {
                let at = mark::skip_blanks(text, range.start);
                let inner = text.get(at..range.end).unwrap_or_default().trim_end_matches([' ', '\t', '|']);
                let mark = match mark::box_at(inner, 0) {
                    Some(Box::Mark(found, content)) if content >= inner.len() => {
                        let standing = inner.get(found.clone()).map(mark::standing).unwrap_or_default();
                        Some((at + found.start..at + found.end, standing))
                    }
                    _ => None,
                };
                self.cell = Some(Cell { line: Inline::default(), mark });
            }
            Event::End(TagEnd::TableCell) => {
                let Some(mut cell) = self.cell.take() else { return };
                cell.line = cell.line.finish();
                match self.rows.last_mut() {
                    Some((_, row)) if !self.in_head => row.push(cell),
                    _ => self.head.push(cell),
                }
            }
            inline => {
                if let Some(cell) = &mut self.cell {
                    cell.line.take(inline, range, 0);
                }
            }
        }
    }

    /// The rows that are topics: none without a column of states and one of names. `named` is whether the note calls itself
    /// a roadmap: in any other, "yes", a colour or a sign is a state only below a heading that says so.
    pub fn rows(self, named: bool) -> Vec<Row> {
        let states = self.state_columns(named);
        if states.is_empty() {
            return Vec::new();
        }
        let Some(topic) = self.topic_column(&states) else { return Vec::new() };
        let headed = self.head.get(topic).is_some_and(|cell| words::is_learned_header(&cell.line.text))
            || self.head.iter().any(|cell| words::is_work_header(&cell.line.text));
        let row = |(range, cells): (Range<usize>, Vec<Cell>)| {
            let title = title::read(&cells.get(topic)?.line);
            if !title.name.chars().any(char::is_alphanumeric) {
                return None;
            }
            let (mark, boxes) = boxes(&states, &cells);
            let standing = combined(&states, &cells);
            let links = cells.into_iter().flat_map(|cell| cell.line.links).collect();
            Some(Row { range, title, standing, learned: headed || boxes > 0, mark, several_boxes: boxes > 1, links })
        };
        self.rows.into_iter().filter_map(row).collect()
    }

    fn state_columns(&self, named: bool) -> Vec<Column> {
        let looked_at: Vec<(usize, bool, Cells)> = (0..self.head.len())
            .map(|at| {
                let headed = self.head.get(at).is_some_and(|cell| words::is_status_header(&cell.line.text));
                (at, headed, self.cells(at))
            })
            .filter(|(_, headed, cells)| cells.hold_states(*headed, named))
            .collect();
        let lone_box = looked_at.iter().filter(|(_, _, cells)| cells.boxes > 0).count() == 1;
        let others = |at: usize| looked_at.iter().any(|(other, ..)| *other != at);
        let columns = looked_at.iter().filter(|(at, headed, cells)| *headed || !cells.are_colours() || !others(*at));
        let column = |(at, headed, cells): &(usize, bool, Cells)| Column {
            at: *at,
            headed: *headed,
            is_step: !headed && cells.words * 2 < cells.said && !(lone_box && cells.boxes > 0),
        };
        columns.map(column).collect()
    }

    fn cells(&self, column: usize) -> Cells {
        let mut cells = Cells::default();
        for cell in self.rows.iter().filter_map(|(_, cells)| cells.get(column)) {
            cells.count(cell);
        }
        cells
    }

    /// The column with the names: the one whose heading says so, or the first other one that is not all numbers.
    fn topic_column(&self, states: &[Column]) -> Option<usize> {
        let columns = || (0..self.head.len()).filter(|&column| states.iter().all(|state| state.at != column));
        let named =
            columns().find(|&column| self.head.get(column).is_some_and(|cell| words::is_topic_header(&cell.line.text)));
        let lettered = |column: &usize| {
            let mut cells = self.rows.iter().filter_map(|(_, cells)| cells.get(*column));
            cells.any(|cell| cell.line.text.chars().any(char::is_alphabetic))
        };
        named.or_else(|| columns().find(lettered))
    }
}

/// A column that says how far the topics have come.
#[derive(Clone, Copy, Debug)]
struct Column {
    at: usize,
    /// Whether its heading says so.
    headed: bool,
    /// Whether it ticks off one step of several, rather than speak for the whole topic.
    is_step: bool,
}

/// What the cells of a column say, counted.
#[derive(Debug, Default)]
struct Cells {
    said: usize,
    boxes: usize,
    words: usize,
    ticks: usize,
    colours: usize,
    percents: usize,
    /// The states that the words say: open, begun, done or dropped.
    kinds: [bool; 4],
}

impl Cells {
    fn count(&mut self, cell: &Cell) {
        let said = cell.said();
        if let Some((_, Way::Blank)) = said {
            return;
        }
        self.said += 1;
        match said {
            _ if cell.mark.is_some() => self.boxes += 1,
            Some((standing, Way::Word)) => {
                self.words += 1;
                if let Some(kind) = self.kinds.get_mut(rank(standing)) {
                    *kind = true;
                }
            }
            Some((_, Way::YesNo | Way::Sign)) => self.ticks += 1,
            Some((_, Way::Colour)) => self.colours += 1,
            Some((_, Way::Percent)) => self.percents += 1,
            Some((_, Way::Blank)) | None => {}
        }
    }

    fn hold_states(&self, headed: bool, named: bool) -> bool {
        let half = |states: usize| states > 0 && states * 2 >= self.said;
        let states = self.boxes + self.words + self.ticks + self.colours;
        match (headed, named) {
            (true, _) => self.said == 0 || half(states + self.percents),
            (false, true) => half(states),
            // "Learned" and "done" fill a column of verbs too; one that tells states apart is meant.
            (false, false) => {
                half(self.boxes)
                    || (self.words * 4 >= self.said * 3 && self.kinds.iter().filter(|kind| **kind).count() > 1)
            }
        }
    }

    fn are_colours(&self) -> bool {
        self.colours * 2 > self.said
    }
}

impl Cell {
    /// What the cell says and how.
    fn said(&self) -> Option<(Standing, Way)> {
        match &self.mark {
            Some((_, standing)) => Some((*standing, Way::Sign)),
            None => words::cell(&self.line.text),
        }
    }
}

fn rank(standing: Standing) -> usize {
    match standing {
        Standing::None | Standing::Open => 0,
        Standing::Begun => 1,
        Standing::Done => 2,
        Standing::Dropped => 3,
    }
}

/// What the columns of a row say together. What speaks for the whole topic counts most; steps say that it is done when
/// all of them are, and begun when some are.
fn combined(columns: &[Column], cells: &[Cell]) -> Standing {
    let mut whole: Option<Standing> = None;
    let mut steps: Vec<Standing> = Vec::new();
    for column in columns {
        let said = cells.get(column.at).and_then(Cell::said).filter(|(_, way)| *way != Way::Blank);
        match said {
            Some((standing, _)) if column.is_step => steps.push(standing),
            Some((standing, _)) if whole.is_none_or(|before| rank(standing) > rank(before)) => whole = Some(standing),
            None if column.is_step => steps.push(Standing::Open),
            _ => {}
        }
    }
    steps.retain(|step| *step != Standing::Dropped);
    let done = steps.iter().filter(|step| **step == Standing::Done).count();
    let begun = done > 0 || steps.contains(&Standing::Begun);
    match whole {
        Some(Standing::Open) if begun => Standing::Begun,
        Some(whole) => whole,
        None if done > 0 && done == steps.len() => Standing::Done,
        None if begun => Standing::Begun,
        None => Standing::Open,
    }
}

/// The box to tick in a row, and how many there are to choose from: the one below a heading for states, else the only one.
fn boxes(columns: &[Column], cells: &[Cell]) -> (Option<Range<usize>>, usize) {
    let boxed = |headed: bool| {
        let columns = columns.iter().filter(move |column| column.headed == headed);
        columns.filter_map(|column| cells.get(column.at)?.mark.as_ref()).map(|(mark, _)| mark.clone())
    };
    if let Some(mark) = boxed(true).next() {
        return (Some(mark), 1);
    }
    let count = boxed(false).count();
    (boxed(false).next().filter(|_| count == 1), count)
}

#[cfg(test)]
mod tests {
    use crate::roadmap::{Roadmap, Standing};

    /// The titles and states that are read from a table in a note called `name`.
    fn rows(name: &str, table: &str) -> Vec<(String, Standing)> {
        let roadmap = Roadmap::parse(table, name);
        roadmap.topics.into_iter().map(|topic| (topic.title, topic.standing)).collect()
    }

    fn states(name: &str, table: &str) -> Vec<Standing> {
        rows(name, table).into_iter().map(|(_, standing)| standing).collect()
    }

    use Standing::{Begun, Done, Dropped, Open};

    #[test]
    fn what_is_no_state_elsewhere_needs_a_heading_or_a_roadmap() {
        let groups = "| Group | Abelian yes/no |\n|--|--|\n| C6 | yes |\n| S3 | no |\n";
        let verbs =
            "| Infinitive | Past | Participle |\n|--|--|--|\n| do | did | done |\n| learn | learned | learned |\n";
        let pins = "| Pin | Colour |\n|--|--|\n| 1 | 🔴 |\n| 2 | 🟢 |\n";
        let signs = "| Tool | Fits |\n|--|--|\n| Rib | ✅ |\n| Wire | ❌ |\n";
        let shares = "| Channel | Growth |\n|--|--|\n| Mail | 12 % |\n| Web | 100 % |\n";
        let machine = "| State | Meaning |\n|--|--|\n| LISTEN | waits |\n| CLOSED | gone |\n";
        for table in [groups, verbs, pins, signs, shares, machine] {
            assert_eq!(rows("Notes", table), [], "{table}");
        }
        assert_eq!(states("My roadmap", groups), [Done, Open]);
        assert_eq!(states("My roadmap", signs), [Done, Open]);
        assert_eq!(states("Notes", &signs.replace("Fits", "Done")), [Done, Open]);
        assert_eq!(
            states("Notes", &pins.replace("Colour", "Progress").replace("| 1", "| red").replace("| 2", "| x y")),
            [Open, Done]
        );
        assert_eq!(states("Notes", &shares.replace("Growth", "Fortschritt")), [Begun, Done]);
        let told = "| Part | How |\n|--|--|\n| a | in progress |\n| b | done |\n| c | |\n";
        assert_eq!(states("Notes", told), [Begun, Done, Open]);
    }

    #[test]
    fn all_columns_of_states_are_combined_in_any_order() {
        let rows = [
            ("a", "[ ]", "In progress", Begun),
            ("b", "[ ]", "Completed", Done),
            ("c", "[x]", "Not started", Done),
            ("d", "[ ]", "", Open),
            ("e", "[x]", "Cancelled", Dropped),
        ];
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]] {
            let line = |cells: [&str; 3]| {
                let cells: Vec<&str> = order.iter().map(|&at| cells[at]).collect();
                format!("| {} |\n", cells.join(" | "))
            };
            let mut table = line(["Topic", "Done", "Status"]) + "|--|--|--|\n";
            rows.iter().for_each(|(topic, mark, word, _)| table += &line([topic, mark, word]));
            assert_eq!(states("Notes", &table), rows.map(|(.., expected)| expected), "{table}");
            let roadmap = Roadmap::parse(&table, "Notes");
            assert!(roadmap.topics.iter().all(|topic| topic.mark.is_some()), "{table}");
        }
    }

    #[test]
    fn half_of_the_steps_is_begun() {
        let table = "| Topic | Film | Exercise | Status |\n|--|--|--|--|\n| a | ✅ | ✅ | |\n| b | ✅ | | |\n| c | | | |\n| d | | | done |\n| e | ✓ | ✓ | in progress |\n";
        assert_eq!(states("My roadmap", table), [Done, Begun, Open, Done, Begun]);
        let boxes =
            "| Topic | Film | Exercise |\n|--|--|--|\n| a | [x] | [x] |\n| b | [x] | [ ] |\n| c | [ ] | [ ] |\n";
        assert_eq!(states("Notes", boxes), [Done, Begun, Open]);
        let begun =
            "| Topic | Started | Finished |\n|--|--|--|\n| a | [x] | [ ] |\n| b | [x] | [x] |\n| c | [ ] | [ ] |\n";
        assert_eq!(states("Notes", begun), [Begun, Done, Open]);
        let ticked = Roadmap::parse(begun, "Notes");
        assert_eq!(&begun[ticked.topics[0].mark.clone().unwrap()], " ", "the box below `Finished` is the one to tick");
    }

    #[test]
    fn names_between_colons_are_signs_and_rows_without_a_title_are_no_topics() {
        let table = "| Tree | Done |\n|--|--|\n| Alder | :white_check_mark: |\n| Birch | :x: |\n| Cedar | :construction: |\n| | ✅ |\n| -- | ✅ |\n| ~~Elm~~ | ✅ |\n";
        let rows = rows("Notes", table);
        let rows: Vec<(&str, Standing)> = rows.iter().map(|(title, standing)| (title.as_str(), *standing)).collect();
        assert_eq!(rows, [("Alder", Done), ("Birch", Open), ("Cedar", Begun), ("Elm", Dropped)]);
    }
}
