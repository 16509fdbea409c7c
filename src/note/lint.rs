//! What `study check` tells about a note beyond what reading its schedule tells.

use super::frontmatter::{Top, find, line_at, lines_in};
use super::lines::Key;
use super::survey::survey;
use crate::problem::{Advice, Code, Finding, Severity};
use crate::within::Within;

/// Everything odd about the frontmatter, the schedule and the text of a note, in the order of the lines.
pub fn lint(text: &str) -> Vec<Finding> {
    let survey = survey(text);
    let mut findings = survey.reading.findings;
    // A refusal names the cause already.
    if let Some(invalid) = survey.invalid.filter(|_| findings.iter().all(|f| f.severity == Severity::Notice)) {
        let code = if invalid.too_complex { Code::TooComplex } else { Code::InvalidYaml };
        let not = if invalid.too_complex { "not read as" } else { "not valid" };
        let message = format!("the frontmatter is {not} YAML: {}", invalid.message);
        let advice = Advice::Do("mend that line; other programs may see none of the properties");
        findings.push(Finding { column: invalid.column, ..notice(code, invalid.line, message, advice) });
    }
    findings.extend(body(text));
    findings.sort_by_key(|finding| finding.line);
    findings
}

fn notice(code: Code, line: Option<usize>, message: String, advice: Advice) -> Finding {
    Finding { code, severity: Severity::Notice, line, column: None, message, advice }
}

/// Schedule lines and merge markers in the text below the frontmatter, code left out.
fn body(text: &str) -> Vec<Finding> {
    let bytes = text.as_bytes();
    let start = match find(bytes) {
        Top::Block(block) => block.end,
        Top::Bare => 0,
        Top::Broken(_) => return Vec::new(),
    };
    let mut number = 1 + lines_in(bytes, 0..start);
    let mut at = start;
    let mut fence: Option<(u8, usize)> = None;
    let mut run = Run::default();
    let mut pasted = Vec::new();
    let mut conflict = [None; 3];
    while at < bytes.len() {
        let line = line_at(bytes, at);
        let content = bytes.within(at..line.content_end);
        at = line.next;
        match (fence, code_fence(content)) {
            (None, Some(opened)) => fence = Some(opened),
            (Some((mark, length)), Some((closing, n))) if closing == mark && n >= length && is_bare_fence(content) => {
                fence = None;
            }
            _ => {}
        }
        let key = Key::ALL.into_iter().find(|key| fence.is_none() && is_key_line(content, *key));
        pasted.extend(run.line(number, key));
        for (mark, line) in [b"<<<<<<< ".as_slice(), b"=======", b">>>>>>> "].iter().zip(&mut conflict) {
            if fence.is_none() && content.starts_with(mark) {
                line.get_or_insert(number);
            }
        }
        number += 1;
    }
    pasted.extend(run.line(number, None));
    let mut findings = Vec::new();
    if let Some(first) = pasted.first() {
        let message = match pasted.len() {
            1 => "the three schedule lines stand in the text of the note".to_owned(),
            n => format!("the three schedule lines stand in the text of the note, {n} times"),
        };
        let advice = Advice::Do("delete them if they were pasted by mistake; only the frontmatter counts");
        findings.push(notice(Code::PastedSchedule, Some(*first), message, advice));
    }
    if let [Some(ours), Some(middle), Some(theirs)] = conflict
        && ours < middle
        && middle < theirs
    {
        let advice = Advice::Do("resolve the merge by hand");
        findings.push(notice(Code::ConflictMarkers, Some(ours), "unresolved merge in the text".into(), advice));
    }
    findings
}

/// Schedule lines that follow one another.
#[derive(Default)]
struct Run {
    first: usize,
    keys: Vec<Key>,
}

impl Run {
    /// Takes in a line; gives the first line of a run that held all three keys and has ended.
    fn line(&mut self, number: usize, key: Option<Key>) -> Option<usize> {
        match key {
            Some(key) if !self.keys.contains(&key) => {
                if self.keys.is_empty() {
                    self.first = number;
                }
                self.keys.push(key);
                None
            }
            _ => {
                let whole = self.keys.len() == Key::ALL.len();
                let first = self.first;
                self.keys.clear();
                if let Some(key) = key {
                    self.keys.push(key);
                    self.first = number;
                }
                whole.then_some(first)
            }
        }
    }
}

/// `sr-due: ...` at the start of a line.
fn is_key_line(content: &[u8], key: Key) -> bool {
    content.strip_prefix(key.name().as_bytes()).is_some_and(|rest| rest == b":" || rest.starts_with(b": "))
}

/// The mark of a code fence and how often it stands there.
fn code_fence(content: &[u8]) -> Option<(u8, usize)> {
    let text = content.trim_ascii_start();
    let mark = *text.first().filter(|mark| matches!(mark, b'`' | b'~'))?;
    let count = text.iter().take_while(|b| **b == mark).count();
    (count >= 3 && content.len() - text.len() <= 3).then_some((mark, count))
}

/// A code fence with nothing behind it.
fn is_bare_fence(content: &[u8]) -> bool {
    content.trim_ascii().iter().all(|b| matches!(b, b'`' | b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIPLE: &str = "sr-due: 2030-01-02\nsr-interval: 4\nsr-ease: 250\n";

    fn codes(text: &str) -> String {
        let show = |f: &Finding| format!("{}:{}", f.code.word(), f.line.unwrap_or(0));
        lint(text).iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_sound_note_has_no_findings() {
        assert_eq!(codes(&format!("---\na: 1\n{TRIPLE}---\n# Text\n\n| a |\n|---|\n")), "");
        assert_eq!(codes("Text\n\n---\n\nmore\n"), "");
    }

    #[test]
    fn pasted_schedules_are_noticed_outside_code() {
        let note = format!("---\n{TRIPLE}---\nText\n");
        assert_eq!(codes(&format!("{note}{TRIPLE}---\nmore\n")), "pasted-schedule:7");
        assert_eq!(codes(&format!("{note}{TRIPLE}---\n{TRIPLE}{TRIPLE}")), "pasted-schedule:7");
        assert!(lint(&format!("{note}{TRIPLE}---\n{TRIPLE}{TRIPLE}"))[0].message.ends_with("3 times"));
        assert_eq!(codes(&format!("{note}```yaml\n{TRIPLE}```\n~~~~\n{TRIPLE}~~~\n{TRIPLE}~~~~\n")), "");
        assert_eq!(codes(&format!("{note}sr-due: 2030-01-02\n\nsr-ease: 250\n")), "");
        assert_eq!(codes(&format!("a: 1\n{TRIPLE}---\n")), "pasted-schedule:2");
        assert_eq!(codes("aliases: []\nsr-due: true\n---\n"), "");
    }

    #[test]
    fn invalid_yaml_is_noticed_beside_a_schedule() {
        assert_eq!(codes(&format!("---\na: b: c\n{TRIPLE}---\n")), "invalid-yaml:2");
        assert_eq!(codes(&format!("---\na: &a x\n{TRIPLE}b: *a\n---\n")), "too-complex:6");
        assert_eq!(codes("---\nsr-due: a: b\n---\n"), "bad-due:2");
    }

    #[test]
    fn merge_markers_in_the_text_are_noticed() {
        let note = format!("---\n{TRIPLE}---\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n");
        assert_eq!(codes(&note), "conflict-markers:6");
        assert_eq!(codes(&format!("---\n{TRIPLE}---\nTitle\n=======\n")), "");
    }
}
