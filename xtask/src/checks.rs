//! `cargo xtask ci`: what CI checks after the tests. Every check runs, also after one has failed.

use std::process::Command;

use anyhow::Result;

use crate::shell::{self, Stopwatch, seconds};
use crate::tidy;

/// One check and how it is run.
type Check = (&'static str, fn() -> Result<bool>);

const CHECKS: &[Check] = &[
    ("tidy", tidy::run),
    ("format", || {
        shell::run(shell::cargo().args(["fmt", "--all", "--check"]))
    }),
    ("lints", || {
        let words = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ];
        shell::run(shell::cargo().args(words))
    }),
    ("documentation", || {
        let mut command = shell::cargo();
        command.args(["doc", "--no-deps", "--workspace", "--keep-going"]);
        shell::run(command.env("RUSTDOCFLAGS", "--deny warnings"))
    }),
    ("licences, bans and sources", deny),
];

/// Run every check; true when all are fine.
pub(crate) fn run() -> Result<bool> {
    let mut lines = Vec::new();
    let mut all = true;
    for (name, check) in CHECKS {
        shell::heading(name);
        let clock = Stopwatch::start();
        let fine = check()?;
        all &= fine;
        let word = if fine { "ok    " } else { "FAILED" };
        lines.push(format!("{word}  {name} ({})", seconds(clock.elapsed())));
    }
    shell::heading("Checks");
    println!("{}", lines.join("\n"));
    Ok(all)
}

/// `cargo deny`, where it is installed; `tidy` has applied the same lists already.
fn deny() -> Result<bool> {
    if shell::on_path(&["cargo-deny"]).is_none() {
        println!("cargo-deny is not installed; tidy has judged licences and bans by deny.toml");
        return Ok(true);
    }
    let mut command: Command = shell::cargo();
    shell::run(command.args(["deny", "--offline", "check", "licenses", "bans", "sources"]))
}
