//! Signs that say how far a topic has come: one table for status cells, titles and boxes.

use super::Standing::{self, Begun, Done, Dropped, Open};

/// Where a sign says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// In a cell, beside a title and in a box.
    Everywhere,
    /// In a cell and in a box. Beside a title it is a level or a priority, and everybody makes up their own.
    Level,
    /// In a cell only. Elsewhere people decorate with it.
    Cell,
}

use Reach::{Cell, Everywhere, Level};

/// Each sign with the names that it has between colons.
const SIGNS: &[(char, &[&str], Standing, Reach)] = &[
    ('✅', &["white_check_mark"], Done, Everywhere),
    ('✔', &["heavy_check_mark", "check_mark"], Done, Everywhere),
    ('☑', &["ballot_box_with_check"], Done, Everywhere),
    ('✓', &[], Done, Everywhere),
    ('🗸', &[], Done, Everywhere),
    ('🗹', &[], Done, Everywhere),
    ('🚧', &["construction"], Begun, Everywhere),
    ('⏳', &["hourglass_flowing_sand"], Begun, Everywhere),
    ('⌛', &["hourglass"], Begun, Everywhere),
    ('🔄', &["arrows_counterclockwise"], Begun, Cell),
    ('🔃', &["arrows_clockwise"], Begun, Cell),
    ('◐', &[], Begun, Everywhere),
    ('◑', &[], Begun, Everywhere),
    ('☐', &[], Open, Everywhere),
    ('⬜', &["white_large_square"], Open, Everywhere),
    ('🔲', &["black_square_button"], Open, Everywhere),
    ('🔳', &["white_square_button"], Open, Everywhere),
    ('✗', &[], Open, Everywhere),
    ('✘', &[], Open, Everywhere),
    ('✖', &["heavy_multiplication_x"], Open, Everywhere),
    ('☒', &[], Open, Everywhere),
    ('❌', &["x", "cross_mark"], Open, Everywhere),
    ('❎', &["negative_squared_cross_mark"], Open, Everywhere),
    ('🚫', &["no_entry_sign"], Dropped, Everywhere),
    ('⛔', &["no_entry"], Dropped, Everywhere),
    ('🟢', &["green_circle"], Done, Level),
    ('🟩', &["green_square"], Done, Level),
    ('🟡', &["yellow_circle"], Begun, Level),
    ('🟠', &["orange_circle"], Begun, Level),
    ('🔵', &["blue_circle", "large_blue_circle"], Begun, Level),
    ('🟨', &["yellow_square"], Begun, Level),
    ('🟧', &["orange_square"], Begun, Level),
    ('🟦', &["blue_square"], Begun, Level),
    ('🔴', &["red_circle"], Open, Level),
    ('⚪', &["white_circle"], Open, Level),
    ('⚫', &["black_circle"], Open, Level),
    ('🟥', &["red_square"], Open, Level),
    ('⬛', &["black_large_square"], Open, Level),
    ('🏁', &["checkered_flag"], Done, Cell),
    ('🎉', &["tada"], Done, Cell),
    ('💯', &["100"], Done, Cell),
    ('👍', &["+1", "thumbsup"], Done, Cell),
    ('🏗', &["building_construction"], Begun, Cell),
    ('📖', &["book", "open_book"], Begun, Cell),
    ('📚', &["books"], Begun, Cell),
    ('🕐', &["clock1"], Begun, Cell),
    ('○', &[], Open, Cell),
    ('📅', &["date"], Open, Cell),
    ('🔜', &["soon"], Open, Cell),
    ('🗑', &["wastebasket"], Dropped, Cell),
    ('⏭', &["next_track_button"], Dropped, Cell),
];

fn of(c: char) -> Option<(Standing, Reach)> {
    SIGNS.iter().find(|(sign, ..)| *sign == c).map(|(_, _, standing, reach)| (*standing, *reach))
}

/// What `word` says if it is one sign, written as such or as a name between colons.
fn read(word: &str) -> Option<(Standing, Reach)> {
    if let Some(name) = word.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')) {
        let name = name.to_ascii_lowercase();
        let found = SIGNS.iter().find(|(_, names, ..)| names.contains(&name.as_str()));
        return found.map(|(_, _, standing, reach)| (*standing, *reach));
    }
    let mut chars = word.trim_end_matches(['\u{fe0f}', '\u{fe0e}']).chars();
    let only = chars.next().filter(|_| chars.next().is_none())?;
    of(only)
}

/// What a word beside a title says.
pub fn beside_title(word: &str) -> Option<Standing> {
    read(word).filter(|(_, reach)| *reach == Everywhere).map(|(standing, _)| standing)
}

/// What a sign between the brackets of a box says.
pub fn in_box(mark: &str) -> Option<Standing> {
    read(mark).filter(|(_, reach)| *reach != Cell).map(|(standing, _)| standing)
}

/// What the first sign in a cell says.
pub fn in_cell(cell: &str) -> Option<Standing> {
    let in_word =
        |word: &str| read(word).map(|(standing, _)| standing).or_else(|| word.chars().find_map(of).map(|(s, _)| s));
    cell.split_whitespace().find_map(in_word)
}

/// Whether `word` is a box drawn as one character.
pub fn is_ballot_box(word: &str) -> bool {
    matches!(word.trim_end_matches(['\u{fe0f}', '\u{fe0e}']), "☐" | "☑" | "☒" | "🗹")
}

/// Whether a character tells a level or a priority beside a title.
pub fn is_level(c: char) -> bool {
    let other =
        matches!(c, '🟣' | '🟤' | '🟪' | '🟫' | '🔶' | '🔷' | '🔸' | '🔹' | '⭐' | '🌟' | '★' | '☆' | '\u{fe0f}');
    other || of(c).is_some_and(|(_, reach)| reach == Level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_says_the_same_in_a_cell_beside_a_title_and_in_a_box() {
        let signs = [
            ("✓", Done),
            ("✔\u{fe0f}", Done),
            ("☑", Done),
            ("✅", Done),
            (":white_check_mark:", Done),
            (":heavy_check_mark:", Done),
            ("🚧", Begun),
            (":construction:", Begun),
            ("☐", Open),
            ("✗", Open),
            ("✘", Open),
            ("❌", Open),
            (":x:", Open),
            (":X:", Open),
            ("🚫", Dropped),
        ];
        for (sign, standing) in signs {
            assert_eq!(in_cell(sign), Some(standing), "{sign}");
            assert_eq!(beside_title(sign), Some(standing), "{sign}");
            assert_eq!(in_box(sign), Some(standing), "{sign}");
        }
    }

    #[test]
    fn colours_beside_a_title_are_levels_and_pictures_are_decoration() {
        assert_eq!((in_cell("🟢"), in_box("🟢"), beside_title("🟢")), (Some(Done), Some(Done), None));
        assert_eq!((in_cell("📖 chapter 3"), in_box("📖"), beside_title("📖")), (Some(Begun), None, None));
        assert!(is_level('🟢') && is_level('⭐') && !is_level('✅') && !is_level('📖'));
        for word in [":smile:", "::", ":", "ok", "✅✅", ""] {
            assert_eq!(beside_title(word), None, "{word}");
        }
    }

    #[test]
    fn every_sign_and_every_name_stands_there_once() {
        let mut names: Vec<String> = SIGNS.iter().map(|(sign, ..)| sign.to_string()).collect();
        names.extend(SIGNS.iter().flat_map(|(_, names, ..)| names.iter().map(|name| format!(":{name}:"))));
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(names.iter().all(|name| read(name).is_some()));
    }
}
