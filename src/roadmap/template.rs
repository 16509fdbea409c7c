//! The note that a topic gets when it has none.

use super::{Target, Topic};
use crate::note::NotePath;

/// A note to be made. Whoever makes it never overwrites one that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNote {
    /// The file name, with `.md`.
    pub file: String,
    /// The whole text.
    pub text: String,
}

/// The longest file name that is made, in bytes, without `.md`: short of the 255 that file systems take, for the copies
/// that synchronisers make.
const NAME_BYTES: usize = 120;

/// The note for `topic` of the roadmap at `roadmap`: a heading, the resources as a list, a link back.
pub fn note_for(topic: &Topic, roadmap: &NotePath) -> NewNote {
    let name = file_name(&topic.title);
    let text = text_of(topic, roadmap, &NotePath::new(beside(roadmap, &format!("{name}.md"))));
    NewNote { file: format!("{name}.md"), text }
}

/// Where the note is made to which a link of the roadmap leads, so that the link finds it; `None` when no note could be
/// made there.
pub fn place_of(target: &Target, roadmap: &NotePath) -> Option<NotePath> {
    let (to, relative) = match target {
        Target::Url(_) => return None,
        // A path in a wikilink begins at the top of the vault; a bare name may be anywhere.
        Target::Wiki(to) => (to.clone(), !to.contains('/')),
        Target::File(to) => {
            (percent_encoding::percent_decode_str(to).decode_utf8().ok()?.into_owned(), !to.starts_with('/'))
        }
    };
    let to = to.split('#').next().unwrap_or_default();
    let to = to.strip_suffix(".md").unwrap_or(to);
    let folder = if relative { roadmap.folder() } else { "" };
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in to.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match part {
            ".." => drop(parts.pop()?),
            part if file_name(part) == part => parts.push(part),
            _ => return None,
        }
    }
    let name = to.rsplit('/').next().filter(|name| !name.is_empty() && *name != "." && *name != "..")?;
    (parts.last() == Some(&name)).then(|| NotePath::new(format!("{}.md", parts.join("/"))))
}

/// `file` in the folder of `roadmap`.
pub fn beside(roadmap: &NotePath, file: &str) -> String {
    match roadmap.folder() {
        "" => file.to_owned(),
        folder => format!("{folder}/{file}"),
    }
}

/// The text of the note for `topic` at `note`: its links lead where they lead in the roadmap, but for one to itself.
pub fn text_of(topic: &Topic, roadmap: &NotePath, note: &NotePath) -> String {
    let title = one_line(&topic.title);
    let mut text = format!("# {}\n", if title.is_empty() { "Untitled" } else { &title });
    let itself = |target: &Target| match target {
        Target::Wiki(to) => {
            let name = to.split('#').next().unwrap_or(to).rsplit('/').next().unwrap_or(to);
            name.strip_suffix(".md").unwrap_or(name).to_lowercase() == note.name().to_lowercase()
        }
        target => place_of(target, roadmap).as_ref() == Some(note),
    };
    let others: Vec<_> = topic.resources.iter().filter(|resource| !itself(&resource.target)).collect();
    if !others.is_empty() {
        text.push('\n');
    }
    for resource in others {
        let target = match &resource.target {
            Target::File(to) => Target::File(from_elsewhere(to, roadmap, note)),
            other => other.clone(),
        };
        text.push_str("- ");
        text.push_str(&link(&target, &one_line(&resource.label)));
        text.push('\n');
    }
    text.push_str(&format!("\nFrom [[{}]].\n", wiki_text(roadmap.name())));
    text
}

/// A relative path in `roadmap` as it is written in `note`.
fn from_elsewhere(to: &str, roadmap: &NotePath, note: &NotePath) -> String {
    if to.starts_with('/') || roadmap.folder() == note.folder() {
        return to.to_owned();
    }
    let depth = note.folder().split('/').filter(|part| !part.is_empty()).count();
    format!("{}{}", "../".repeat(depth), beside(roadmap, to.trim_start_matches("./")))
}

/// `title` as the name of a file that every system, and a wikilink, can hold; never empty, never hidden.
pub fn file_name(title: &str) -> String {
    let safe = title.chars().map(|c| match c {
        // What Windows forbids in names, and what ends the target of a wikilink.
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '#' | '^' | '[' | ']' => ' ',
        c if c.is_control() || is_invisible(c) => ' ',
        c => c,
    });
    let words: String = safe.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    let mut name = String::new();
    for c in words.trim_matches(['.', ' ', '~', '-']).chars() {
        if name.len() + c.len_utf8() > NAME_BYTES {
            break;
        }
        name.push(c);
    }
    let name = name.trim_end_matches(['.', ' ']);
    let stem = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4
            && (stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.ends_with(|c: char| c.is_ascii_digit()));
    match name {
        "" => "Untitled".to_owned(),
        name if device => format!("{name} note"),
        name => name.to_owned(),
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
}

fn one_line(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() || is_invisible(c) { ' ' } else { c });
    plain.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A link as Markdown: a label with brackets escaped, a destination in angle brackets where it has to be.
fn link(target: &Target, label: &str) -> String {
    match target {
        Target::Wiki(to) if label.is_empty() || label == to => format!("[[{}]]", wiki_text(to)),
        Target::Wiki(to) => format!("[[{}|{}]]", wiki_text(to), wiki_text(label)),
        Target::Url(to) if label.is_empty() && !to.contains([' ', '<', '>', '\n']) => format!("<{to}>"),
        Target::Url(to) | Target::File(to) => {
            let label = if label.is_empty() { one_line(to) } else { label.to_owned() };
            let label = label.replace('\\', r"\\").replace('[', r"\[").replace(']', r"\]");
            format!("[{label}]({})", destination(&one_line(to)))
        }
    }
}

fn destination(to: &str) -> String {
    match to.contains([' ', '(', ')', '<', '>', '\\']) {
        true => format!("<{}>", to.replace('\\', r"\\").replace('<', "%3C").replace('>', "%3E")),
        false => to.to_owned(),
    }
}

/// `text` with nothing in it that would end a wikilink.
fn wiki_text(text: &str) -> String {
    one_line(&text.replace(['[', ']', '|'], " "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::roadmap::Roadmap;

    #[test]
    fn a_note_has_a_heading_the_resources_and_a_way_back() {
        let text = "- [ ] HTTP: verbs/headers\n    - [ ] [the \\[RFC\\]](https://u.example/a_(b))\n    - [ ] [[Notes/Web|web]]\n    - [ ] [[TLS]]\n    - [ ] <https://v.example>\n    - [ ] [x](<a b.pdf>)\n";
        let roadmap = Roadmap::parse(text, "n");
        let note = note_for(&roadmap.topics[0], &NotePath::new("maps/Web Roadmap.md"));
        assert_eq!(note.file, "HTTP verbs headers.md");
        assert_eq!(
            note.text,
            "# HTTP: verbs/headers\n\n- [the \\[RFC\\]](<https://u.example/a_(b)>)\n- [[Notes/Web|web]]\n- [[TLS]]\n- [https://v.example](https://v.example)\n- [x](<a b.pdf>)\n\nFrom [[Web Roadmap]].\n"
        );
        let read = Roadmap::parse(&note.text, "n");
        let targets: Vec<_> = read
            .resources
            .iter()
            .chain(read.topics.iter().flat_map(|t| &t.resources))
            .map(|r| r.target.as_str())
            .collect();
        assert_eq!(
            targets,
            ["Web Roadmap", "https://u.example/a_(b)", "Notes/Web", "TLS", "https://v.example", "a b.pdf"]
        );
    }

    #[test]
    fn a_note_is_made_where_its_link_leads_and_does_not_link_to_itself() {
        let here = NotePath::new("maps/Web Roadmap.md");
        let cases = [
            (Target::Wiki("OLTP".into()), Some("maps/OLTP.md")),
            (Target::Wiki("OLTP#Part".into()), Some("maps/OLTP.md")),
            (Target::Wiki("db/OLTP.md".into()), Some("db/OLTP.md")),
            (Target::File("./02-db/read%20me.md".into()), Some("maps/02-db/read me.md")),
            (Target::File("../db/x.md".into()), Some("db/x.md")),
            (Target::File("../../x.md".into()), None),
            (Target::Wiki("../../x".into()), None),
            (Target::Wiki("a:b".into()), None),
            (Target::Wiki(".hidden/x".into()), None),
            (Target::File("..".into()), None),
            (Target::Url("https://u.example".into()), None),
        ];
        for (target, expected) in cases {
            assert_eq!(place_of(&target, &here).as_ref().map(NotePath::as_str), expected, "{target:?}");
        }
        let roadmap = Roadmap::parse("- [ ] Transactions, see [[db/OLTP]]\n    - [ ] [x](x.pdf)\n", "n");
        let note = NotePath::new("db/OLTP.md");
        assert_eq!(
            text_of(&roadmap.topics[0], &here, &note),
            "# Transactions, see OLTP\n\n- [x](../maps/x.pdf)\n\nFrom [[Web Roadmap]].\n"
        );
        let named = Roadmap::parse("- [ ] [[OLTP]]\n", "n");
        assert_eq!(note_for(&named.topics[0], &here).text, "# OLTP\n\nFrom [[Web Roadmap]].\n");
    }

    #[test]
    fn file_names_are_safe_everywhere() {
        let long = "ü".repeat(200);
        let cases = [
            ("../../etc/passwd", "etc passwd"),
            ("C:\\x", "C x"),
            ("con", "con note"),
            ("lpt1.txt", "lpt1.txt note"),
            (".hidden", "hidden"),
            ("...", "Untitled"),
            ("", "Untitled"),
            ("a\u{202e}b\n[[c]]#d^e", "a b c d e"),
            ("What is HTTP?", "What is HTTP"),
            ("日本語", "日本語"),
        ];
        for (title, expected) in cases {
            assert_eq!(file_name(title), expected, "{title:?}");
        }
        assert_eq!(file_name(&long).len(), NAME_BYTES);
    }

    proptest! {
        #[test]
        fn no_title_leaves_the_folder(title in any::<String>()) {
            let name = file_name(&title);
            prop_assert!(!name.is_empty() && !name.starts_with('.') && name.len() <= NAME_BYTES + " note".len());
            prop_assert!(!name.contains(['/', '\\', '\0', '\n']));
        }
    }
}
