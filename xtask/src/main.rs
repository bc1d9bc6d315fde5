//! Chores of this repository, in Rust: `cargo xtask test`, `ci`, `tidy`, `soak`.
//!
//! Nothing here is part of the product. Each chore says what it does, what it found, and what to do next.
#![expect(
    clippy::print_stdout,
    reason = "a chore talks to the person who started it"
)]

mod checks;
mod clients;
mod counts;
mod scratch;
mod shell;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chores of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Chores {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Run every test: find or install what they need, build once, test, and name whatever was skipped
    #[command(after_help = "Example: cargo xtask test --filter stop_word")]
    Test {
        /// Run only tests whose name contains this
        #[arg(long)]
        filter: Option<String>,
    },
    /// What CI checks after the tests: format, lints, documentation, tidy, licences
    Ci,
    /// Check the house rules that no compiler knows
    Tidy,
    /// The same stories, larger and longer (`GYMTEXT_SOAK=1`)
    #[command(after_help = "Example: cargo xtask soak --filter crash")]
    Soak {
        /// Run only stories whose name contains this
        #[arg(long)]
        filter: Option<String>,
    },
}

fn main() -> ExitCode {
    let done = match Chores::parse().chore {
        Chore::Test { filter } => test::run(&test::Scope::Everything, filter.as_deref()),
        Chore::Soak { filter } => test::run(&test::Scope::Soak, filter.as_deref()),
        Chore::Ci => checks::run(),
        Chore::Tidy => tidy::run(),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
