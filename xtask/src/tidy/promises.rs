//! A test that a promise names exists: who renames one mends the document too.

use std::collections::BTreeSet;

use super::Finding;
use super::files::File;

/// The documents that name tests.
const DOCUMENTS: [&str; 2] = ["docs/PROMISES.md", "docs/PITFALLS.md"];

/// Fewer words than this may be anything: a setting, a column.
const WORDS: usize = 4;

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let functions: BTreeSet<&str> = files
        .iter()
        .filter(|file| file.is("rs"))
        .flat_map(File::lines)
        .filter_map(|(_, line)| function(line))
        .collect();
    let mut findings = Vec::new();
    for file in files {
        if !DOCUMENTS.contains(&file.path.as_str()) {
            continue;
        }
        for (number, line) in file.lines() {
            for name in names(line) {
                if !functions.contains(name) {
                    let what = format!("there is no function `{name}`");
                    findings.push(Finding::error(&file.path, number, what));
                }
            }
        }
    }
    findings
}

/// The name of the function that begins in this line.
fn function(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("fn ")?;
    rest.split(['(', '<']).next()
}

/// What stands in backticks and reads like the name of a test.
fn names(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter(|text| {
        text.split('_').count() >= WORDS
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_is_not_there_is_told_with_its_line() {
        let code = File::new(
            "crates/a/src/b.rs",
            "    async fn it_holds_after_all() -> u8 {",
        );
        let document = File::new(
            "docs/PROMISES.md",
            "| G1 | `it_holds_after_all`, `kill.rs`, `delivery_status` |\n| G2 | `it_never_was_there` |",
        );
        let findings = check(&[code, document]);
        assert_eq!(
            findings,
            [Finding::error(
                "docs/PROMISES.md",
                2,
                "there is no function `it_never_was_there`"
            )]
        );
    }
}
