//! The floors of the program: a room uses rooms of its own floor or below, and no two rooms need each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

/// The floors, top first: name, rooms, what they hold. ARCHITECTURE.md and src/lib.rs show this very text.
const FLOORS: &str = "\
faces    main  cli  command  tui  show  error              words, colours, keys, the order of effects
app      app                                                what the program does, for any face
disk     desk  journal  vault  git  program                all file access: walk, read, replace, append, lock; other programs
decide   review  queue  stats  graph  external  moves  undo  roadmap      pure: no clock, no disk, no terminal
format   note  log                                         pure: text to values and back
core     item  tag  schedule  clock  config  problem  digest  threads  fault  effort  within      values
";

/// Crates that only faces may use: those of the command line, the terminal and colours.
const OF_FACES: [&str; 6] = ["clap", "clap_complete", "clap_mangen", "colored", "crossterm", "ratatui"];

/// The rooms of each floor, top first.
fn floors() -> Vec<Vec<&'static str>> {
    let rooms = |line: &'static str| {
        let words = line.split_once(' ').map_or("", |(_, rest)| rest).trim_start();
        // Two blanks stand between rooms, more before what they hold.
        words.split("   ").next().unwrap().split_whitespace().collect()
    };
    FLOORS.lines().map(rooms).collect()
}

/// A module of the program.
struct Module {
    file: PathBuf,
    /// Its path in the crate: `["note", "links", "scan"]`.
    path: Vec<String>,
    text: String,
}

/// Every module of `src`, but for the root of the library.
fn modules() -> Vec<Module> {
    fn walk(folder: &Path, modules: &mut Vec<Module>) {
        for entry in fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            if file.is_dir() {
                walk(&file, modules);
            } else if file.extension().is_some_and(|end| end == "rs") && !file.ends_with("src/lib.rs") {
                let inside = file.with_extension("");
                let mut path: Vec<String> = inside
                    .components()
                    .map(|part| part.as_os_str().to_str().unwrap().to_owned())
                    .skip_while(|part| part != "src")
                    .skip(1)
                    .collect();
                if path.last().is_some_and(|last| last == "mod") {
                    path.pop();
                }
                let text = fs::read_to_string(&file).unwrap();
                modules.push(Module { file, path, text });
            }
        }
    }
    let mut modules = Vec::new();
    walk(Path::new("src"), &mut modules);
    modules.sort_by(|a, b| a.file.cmp(&b.file));
    modules
}

/// A word, or a sign that matters here, with its line.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Colons,
    Sign(char),
}

/// The tokens of Rust source, without comments and literals.
fn tokens(text: &str) -> Vec<(usize, Token<'_>)> {
    let bytes = text.as_bytes();
    let (mut tokens, mut at, mut line) = (Vec::new(), 0, 1);
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    while let Some(&byte) = bytes.get(at) {
        let rest = &text[at..];
        let end = if rest.starts_with("//") {
            at + rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            at + rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = literal(rest, at.checked_sub(1).is_none_or(|before| !is_word(bytes[before]))) {
            at + length
        } else if is_word(byte) {
            let end = at + rest.bytes().position(|byte| !is_word(byte)).unwrap_or(rest.len());
            tokens.push((line, Token::Word(&text[at..end])));
            end
        } else if rest.starts_with("::") {
            tokens.push((line, Token::Colons));
            at + 2
        } else {
            if !byte.is_ascii_whitespace() {
                tokens.push((line, Token::Sign(byte as char)));
            }
            at + 1
        };
        line += text[at..end].matches('\n').count();
        at = end;
    }
    tokens
}

/// The length of the string or character that `text` starts with, if it does.
fn literal(text: &str, may_have_prefix: bool) -> Option<usize> {
    let prefix = text.bytes().take_while(|byte| matches!(byte, b'b' | b'r' | b'c')).count();
    let (prefix, raw) = if may_have_prefix { (prefix.min(2), text[..prefix.min(2)].contains('r')) } else { (0, false) };
    let rest = &text[prefix..];
    if raw {
        let marks = rest.bytes().take_while(|byte| *byte == b'#').count();
        let end = format!("\"{}", "#".repeat(marks));
        return rest[marks..].strip_prefix('"')?.find(&end).map(|at| prefix + marks + 1 + at + end.len());
    }
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => _ = chars.next(),
            c if c == quote => return Some(prefix + at + 1),
            // A lifetime.
            _ if quote == '\'' && at > 1 && !rest[1..].starts_with('\\') => return None,
            _ => {}
        }
    }
    None
}

/// The paths from the root of the crate that `module` names, as far as they go without braces, with their lines; and the
/// crates that it names.
fn named<'a>(module: &Module, tokens: &[(usize, Token<'a>)]) -> Vec<(usize, Root, &'a str)> {
    let mut named = Vec::new();
    // How deep in modules each open brace stands.
    let mut open: Vec<usize> = Vec::new();
    let mut depth = module.path.len();
    let mut at = 0;
    let word = |at: usize| match tokens.get(at) {
        Some((_, Token::Word(word))) => Some(*word),
        _ => None,
    };
    let is = |at: usize, token: Token<'_>| tokens.get(at).is_some_and(|(_, found)| *found == token);
    while let Some((line, token)) = tokens.get(at) {
        match token {
            Token::Sign('{') => {
                open.push(depth);
                let is_module = at >= 2 && word(at - 2) == Some("mod") && word(at - 1).is_some();
                depth += usize::from(is_module);
            }
            Token::Sign('}') => depth = open.pop().unwrap_or(depth),
            Token::Word(first) if is(at + 1, Token::Colons) && !(at > 0 && is(at - 1, Token::Colons)) => {
                let mut next = at + 2;
                let mut supers = usize::from(*first == "super");
                while supers > 0 && word(next) == Some("super") && is(next + 1, Token::Colons) {
                    supers += 1;
                    next += 2;
                }
                let is_crate = *first == "crate" || (supers > 0 && supers == depth);
                assert!(supers <= depth, "{}:{line}: too many `super`", module.file.display());
                if !is_crate {
                    if supers == 0 {
                        named.push((*line, Root::Any, *first));
                    }
                } else if let Some(room) = word(next) {
                    named.push((*line, Root::Crate, room));
                } else if is(next, Token::Sign('{')) {
                    let mut level = 0;
                    for inside in next.. {
                        match tokens.get(inside).map(|(_, token)| *token) {
                            Some(Token::Sign('{')) => level += 1,
                            Some(Token::Sign('}')) if level == 1 => break,
                            Some(Token::Sign('}')) => level -= 1,
                            Some(Token::Word(room))
                                if level == 1
                                    && !is(inside - 1, Token::Colons)
                                    && room != "as"
                                    && word(inside - 1) != Some("as") =>
                            {
                                named.push((*line, Root::Crate, room));
                            }
                            None => break,
                            _ => {}
                        }
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    named
}

/// What a path starts from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Root {
    /// The crate: what follows is a room.
    Crate,
    /// A name in scope, which may be another crate.
    Any,
}

/// What every module names: its file, the line, from where and what.
fn all_named(each: &mut dyn FnMut(&Module, usize, Root, &str)) {
    for module in modules() {
        for (line, root, name) in named(&module, &tokens(&module.text)) {
            each(&module, line, root, name);
        }
    }
}

#[test]
fn every_room_stands_on_a_floor() {
    let floors = floors();
    let rooms: BTreeSet<String> = modules().into_iter().map(|module| module.path[0].clone()).collect();
    let listed: BTreeSet<String> = floors.iter().flatten().map(|room| (*room).to_owned()).collect();
    assert_eq!(rooms, listed, "src and the floors differ");
    assert_eq!(listed.len(), floors.iter().flatten().count(), "a room stands on two floors");
}

#[test]
fn no_import_goes_up() {
    let floors = floors();
    let floor = |room: &str| floors.iter().position(|rooms| rooms.contains(&room));
    let mut up = Vec::new();
    all_named(&mut |module, line, root, name| {
        let own = floor(&module.path[0]);
        if root == Root::Crate && floor(name) < own && floor(name).is_some() {
            up.push(format!("{}:{line}: `{}` uses `{name}`", module.file.display(), module.path[0]));
        }
        if root == Root::Any && OF_FACES.contains(&name) && own != Some(0) {
            up.push(format!(
                "{}:{line}: `{}` uses `{name}`, which is for faces",
                module.file.display(),
                module.path[0]
            ));
        }
    });
    assert!(up.is_empty(), "imports that go up:\n{}", up.join("\n"));
}

#[test]
fn no_rooms_need_each_other() {
    let known: Vec<&str> = floors().concat();
    let mut uses: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    all_named(&mut |module, line, root, name| {
        let room = &module.path[0];
        if root == Root::Crate && name != room && known.contains(&name) {
            let at = format!("{}:{line}: `{room}` uses `{name}`", module.file.display());
            uses.entry(room.clone()).or_default().entry(name.to_owned()).or_insert(at);
        }
    });
    let circle = uses.keys().find_map(|room| circle(room, &uses)).unwrap_or_default();
    assert!(circle.is_empty(), "rooms that need each other:\n{}", circle.join("\n"));
}

/// The shortest way from `room` back to itself, step by step, if there is one.
fn circle(room: &str, uses: &BTreeMap<String, BTreeMap<String, String>>) -> Option<Vec<String>> {
    let mut ways = VecDeque::from([vec![room.to_owned()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for used in uses.get(way.last()?).into_iter().flat_map(BTreeMap::keys) {
            let longer: Vec<String> = way.iter().chain([used]).cloned().collect();
            if used == room {
                return Some(longer.windows(2).map(|step| uses[&step[0]][&step[1]].clone()).collect());
            }
            if seen.insert(used.clone()) {
                ways.push_back(longer);
            }
        }
    }
    None
}

#[test]
fn the_documents_show_these_floors() {
    let text = fs::read_to_string("ARCHITECTURE.md").unwrap();
    assert!(
        text.contains(&format!("```text\n{FLOORS}```\n")),
        "ARCHITECTURE.md shows other floors than tests/floors.rs"
    );
}

#[test]
fn paths_are_found_in_every_shape() {
    let text = r##"
        use crate::{note::{NotePath, tags}, queue as q, vault::Vault as V};
        // use crate::tui;
        fn f<'a>(x: &'a str) -> char { let _ = ("crate::show", r#"crate::cli "x" "#, b"\"crate::cli", '"', '\''); 'c' }
        use super::super::config;
        use super::sibling;
        fn g() -> crate::log::Log { std::mem::take(&mut crate::stats::x()) }
        mod tests { use super::*; use super::super::super::desk; use super::super::sibling; }
        use clap::Parser;
    "##;
    let module =
        Module { file: "src/room/inner.rs".into(), path: vec!["room".into(), "inner".into()], text: text.into() };
    let found: Vec<(&str, usize)> = named(&module, &tokens(&module.text))
        .into_iter()
        .filter(|(_, root, _)| *root == Root::Crate)
        .map(|(line, _, name)| (name, line))
        .collect();
    let expected = [("note", 2), ("queue", 2), ("vault", 2), ("config", 5), ("log", 7), ("stats", 7), ("desk", 8)];
    assert_eq!(found, expected);
    let others: Vec<&str> = named(&module, &tokens(&module.text))
        .into_iter()
        .filter(|(_, root, name)| *root == Root::Any && OF_FACES.contains(name))
        .map(|(_, _, name)| name)
        .collect();
    assert_eq!(others, ["clap"]);
}
