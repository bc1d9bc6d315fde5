//! Rules for source files: an opening line, a bearable length, nothing unfinished, no sleeping tests.

use super::Finding;
use super::files::File;

/// Past this, ask which two things a file holds.
const LINES_WARNING: usize = 400;
/// Past this, it holds two.
const LINES_ERROR: usize = 600;

/// Unfinished work, and the tests of it that nobody runs. Written in halves, or this file would accuse itself.
const UNFINISHED: &[&str] = &[
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[", "ignore"),
];

/// Waiting for time instead of for an event.
const SLEEPS: &[&str] = &[concat!("thread::", "sleep"), concat!("time::", "sleep")];

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.is_vendored() {
        return findings;
    }
    if ["rs", "py", "mjs", "js", "css", "html", "sql"]
        .iter()
        .any(|extension| file.is(extension))
    {
        findings.extend(length(file));
    }
    if file.is("rs") {
        findings.extend(opening(file));
        findings.extend(unfinished(file));
    }
    findings
}

fn length(file: &File) -> Option<Finding> {
    let lines = file.lines().count();
    let advice = "which two things does it hold?";
    if lines > LINES_ERROR {
        let what = format!("{lines} lines, {LINES_ERROR} at most; {advice}");
        return Some(Finding::error(&file.path, 0, what));
    }
    let long = lines > LINES_WARNING;
    long.then(|| Finding::warning(&file.path, 0, format!("{lines} lines; {advice}")))
}

fn opening(file: &File) -> Option<Finding> {
    let first = file
        .lines()
        .map(|(_, line)| line)
        .find(|line| !line.trim().is_empty());
    match first {
        Some(line) if line.starts_with("//!") => None,
        _ => Some(Finding::error(
            &file.path,
            1,
            "a file opens with `//!`: what it is, and what is not in it",
        )),
    }
}

fn unfinished(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut in_tests = file
        .path
        .split('/')
        .any(|part| part == "tests" || part == "stories");
    for (number, line) in file.lines() {
        in_tests |= line.trim_start().starts_with("#[cfg(test)]");
        let code = line.split("//").next().unwrap_or_default();
        if let Some(word) = UNFINISHED.iter().find(|word| code.contains(*word)) {
            findings.push(Finding::error(
                &file.path,
                number,
                format!("`{word}`: finish it or leave it out"),
            ));
        }
        if in_tests && sleeps(code) {
            findings.push(Finding::error(
                &file.path,
                number,
                "a test waits for an event, it does not sleep",
            ));
        }
    }
    findings
}

fn sleeps(code: &str) -> bool {
    let imported = code.contains("time::{") && code.contains("sleep");
    imported || SLEEPS.iter().any(|word| code.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        check(&File::new(path, text))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_sleeping_test_is_refused_with_its_line() {
        let text = format!("//! Doc.\n{}(x);\n", SLEEPS[1]);
        let found = findings("crates/web/tests/a.rs", &text);
        assert_eq!(
            found,
            ["error: crates/web/tests/a.rs:2: a test waits for an event, it does not sleep"]
        );
        assert!(
            findings("crates/web/src/a.rs", &text).is_empty(),
            "code that is no test may"
        );
    }

    #[test]
    fn the_tests_within_a_file_count_as_tests() {
        let text = format!("//! Doc.\n#[cfg(test)]\nmod tests {{ {}; }}\n", SLEEPS[0]);
        assert_eq!(findings("crates/web/src/a.rs", &text).len(), 1);
    }

    #[test]
    fn unfinished_work_is_refused_but_may_be_talked_about() {
        for word in UNFINISHED {
            assert_eq!(findings("a.rs", &format!("//! Doc.\n{word}\n")).len(), 1);
            assert!(findings("a.rs", &format!("//! Doc.\n// {word}\n")).is_empty());
        }
    }

    #[test]
    fn a_file_opens_with_what_it_is() {
        assert_eq!(findings("a.rs", "fn main() {}\n").len(), 1);
    }

    #[test]
    fn length_warns_first_and_refuses_later() {
        let of = |lines: usize| findings("a.sql", &"select 1;\n".repeat(lines));
        assert!(of(400).is_empty());
        assert!(of(401)[0].starts_with("warning"));
        assert!(of(601)[0].starts_with("error"));
    }

    #[test]
    fn what_others_wrote_is_left_alone() {
        assert!(findings("crates/ui/assets/vendor/x.js", &"x\n".repeat(9000)).is_empty());
    }
}
