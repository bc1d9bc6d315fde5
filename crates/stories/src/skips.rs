//! Tests that need a tool which is not there: they say so where `cargo xtask test` counts it, and in
//! CI that is an error.

use std::io::Write as _;

/// The tool a test needs, from the environment that `cargo xtask test` sets. `None` was noted as a
/// skip of `test`.
pub fn tool(test: &str, variable: &str) -> Option<String> {
    let found = setting(variable);
    if found.is_none() {
        note(
            test,
            &format!("{variable} is not set: run `cargo xtask test`, which finds or installs it"),
        );
    }
    found
}

/// What the machine does not allow: noted as a skip of `test`.
pub fn not_allowed(test: &str, why: &str) {
    note(test, why);
}

/// A setting of the test run.
#[expect(
    clippy::disallowed_methods,
    reason = "tests read what xtask hands them, the service does not"
)]
pub fn setting(variable: &str) -> Option<String> {
    std::env::var(variable)
        .ok()
        .filter(|value| !value.is_empty())
}

/// Counts a skip of `test`, and says why.
pub fn note(test: &str, why: &str) {
    let Some(path) = setting("GYMTEXT_SKIPS") else {
        eprint(test, why);
        return;
    };
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path);
    if let Ok(mut file) = file {
        // A skip that cannot be counted is still printed.
        let _ = writeln!(file, "{test}: {why}");
    }
    eprint(test, why);
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn eprint(test: &str, why: &str) {
    eprintln!("SKIPPED {test}: {why}");
}
