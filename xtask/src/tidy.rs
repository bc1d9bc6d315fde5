//! `cargo xtask tidy`: the house rules that no compiler knows, each with the file and line that breaks it.

mod crates;
mod files;
mod hosts;
mod licences;
mod links;
mod paths;
mod promises;
mod sources;

use std::fmt;

use anyhow::Result;

use crate::shell;
use files::File;

/// One place that breaks a rule, or comes close.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    severity: Severity,
    file: String,
    /// Counted from 1; 0 for the file as a whole.
    line: usize,
    what: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Warning,
    Error,
}

impl Finding {
    fn error(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: file.to_owned(),
            line,
            what: what.into(),
        }
    }

    fn warning(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(file, line, what)
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        match self.line {
            0 => write!(out, "{word}: {}: {}", self.file, self.what),
            line => write!(out, "{word}: {}:{line}: {}", self.file, self.what),
        }
    }
}

/// Check everything; true when nothing is an error.
pub(crate) fn run() -> Result<bool> {
    let root = shell::root();
    let files = files::ours(&root)?;
    let mut findings = crates::check(&root)?;
    findings.extend(licences::check(&root)?);
    findings.extend(promises::check(&files));
    for file in &files {
        findings.extend(check(file, &files));
    }
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    let errors = findings
        .iter()
        .filter(|one| one.severity == Severity::Error)
        .count();
    let warnings = findings.len() - errors;
    println!(
        "tidy: {} files, {errors} errors, {warnings} warnings",
        files.len()
    );
    Ok(errors == 0)
}

/// The rules for one file.
fn check(file: &File, all: &[File]) -> Vec<Finding> {
    let mut findings = paths::check(file);
    findings.extend(hosts::check(file));
    findings.extend(sources::check(file));
    findings.extend(links::check(file, all));
    findings
}
