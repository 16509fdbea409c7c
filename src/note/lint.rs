//! What `study check` tells beyond what reading a note tells.

use super::schedule::survey;
use crate::problem::{Advice, Code, Finding, Severity};

/// Everything odd about the frontmatter and the schedule of a note, in the order of the lines.
pub fn lint(text: &str) -> Vec<Finding> {
    let survey = survey(text);
    let mut findings = survey.reading.findings;
    if let Some(invalid) = survey.invalid.filter(|_| findings.iter().all(|f| f.severity == Severity::Notice)) {
        findings.push(Finding {
            code: if invalid.too_complex { Code::TooComplex } else { Code::InvalidYaml },
            severity: Severity::Notice,
            line: invalid.line,
            column: invalid.column,
            message: format!("the frontmatter is not valid YAML: {}", invalid.message),
            advice: Advice::Do("mend that line; Obsidian shows none of the properties as it is"),
        });
    }
    findings.sort_by_key(|finding| finding.line);
    findings
}
