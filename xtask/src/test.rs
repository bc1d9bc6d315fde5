//! `cargo xtask test` and `soak`: build once, run every test, and account for each one.
//!
//! A test whose tool is missing writes its name and the reason into the file named by `GYMTEXT_SKIPS`. Such
//! tests are named and counted at the end, and they are an error in CI.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::counts::Counts;
use crate::scratch::Scratch;
use crate::shell::{self, Stopwatch, seconds};
use crate::tools::{self, Search, System};

/// Which tests to run, and how large.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Every test of every crate, documentation tests included.
    Everything,
    /// The stories alone, scaled up.
    Soak,
}

/// Run tests; true when all passed and, in CI, none was skipped.
pub(crate) fn run(scope: &Scope, filter: Option<&str>) -> Result<bool> {
    let clock = Stopwatch::start();
    shell::heading("What the tests need");
    let target = target_directory()?;
    let system = System::new(target.clone());
    let found = tools::find_all(&system);

    shell::heading("Building the binary and the tests");
    let building = Stopwatch::start();
    // Binaries and tests in one go, so that both are built with the same features and only once.
    if !shell::run(shell::cargo().args(["build", "--workspace", "--bins", "--tests"]))? {
        println!("\nThe build failed; no test ran.");
        return Ok(false);
    }
    println!("built in {}", seconds(building.elapsed()));

    let skips = target.join("test-skips.txt");
    fs::write(&skips, "").with_context(|| format!("{} could not be written", skips.display()))?;
    let binary = target.join("debug/gymtext");
    let scratch = Scratch::new()?;
    let tell = |command: &mut Command| {
        scratch.tell(command);
        command
            .env("GYMTEXT_SKIPS", &skips)
            .env("GYMTEXT_BIN", &binary);
        for Search { tool, result } in &found {
            match result {
                Ok(path) => command.env(tool.variable, path),
                Err(_) => command.env_remove(tool.variable),
            };
        }
        if *scope == Scope::Soak {
            command.env("GYMTEXT_SOAK", "1");
        }
    };

    let testing = Stopwatch::start();
    // One server for all tests; it goes when this function returns.
    let postgres = start_postgres(&found, &scratch)?;
    let tell = |command: &mut Command| {
        tell(command);
        if let Some(postgres) = &postgres {
            command.env(test_postgres::SERVER, postgres.server());
        }
    };
    let (mut passing, mut counts) = run_tests(scope, &packages_of(scope)?, filter, &tell)?;
    if postgres.is_some() {
        shell::heading("The stories once more, on PostgreSQL");
        let tell = |command: &mut Command| {
            tell(command);
            command.env("GYMTEXT_STORIES_ON", "postgres");
        };
        let (fine, told) = run_tests(scope, &stories_of_a_database()?, filter, &tell)?;
        passing &= fine;
        counts = counts.plus(told);
    }
    if *scope == Scope::Everything {
        let (fine, documented) = run_doctests(filter, &tell)?;
        passing &= fine;
        counts = counts.plus(documented);
    }

    let skipped = skipped_tests(&skips)?;
    let missing: Vec<&Search> = found
        .iter()
        .filter(|search| search.result.is_err())
        .collect();
    shell::heading("Summary");
    println!(
        "tests took {}, everything {}",
        seconds(testing.elapsed()),
        seconds(clock.elapsed())
    );
    Ok(close(
        &Account {
            passing,
            counts,
            filtered: filter.is_some(),
        },
        &skipped,
        &missing,
    ))
}

/// How the runners ended.
struct Account {
    passing: bool,
    counts: Counts,
    filtered: bool,
}

/// Print what was skipped and the closing line; true when the run may be called good.
fn close(account: &Account, skipped: &BTreeSet<String>, missing: &[&Search]) -> bool {
    for search in missing {
        println!("missing: {}; {}", search.tool.name, search.tool.advice());
    }
    for line in skipped {
        println!("skipped: {line}");
    }
    let counts = account.counts;
    let skips = u64::try_from(skipped.len()).unwrap_or(u64::MAX);
    // A test that stood down has passed in its runner's eyes, though not in ours.
    let passed = counts.passed.saturating_sub(skips);
    let mut left_out = skips;
    if account.filtered {
        println!("left out by the filter: {}", counts.left_out);
    } else {
        left_out += counts.left_out;
    }
    let nothing_ran = passed + counts.failed == 0;
    let unpardoned = shell::in_ci() && (left_out > 0 || !missing.is_empty());
    if nothing_ran {
        println!("No test ran.");
    }
    if unpardoned {
        println!("In CI nothing may be skipped or missing.");
    }
    if !account.passing && counts.failed == 0 {
        println!("A test runner failed before it could count; see above.");
    }
    println!(
        "{passed} passed, {} failed, {left_out} skipped",
        counts.failed
    );
    account.passing && counts.failed == 0 && !unpardoned && !nothing_ran
}

/// Starts a PostgreSQL for the tests, where there is one to start.
fn start_postgres(found: &[Search], scratch: &Scratch) -> Result<Option<test_postgres::Cluster>> {
    let bin = found
        .iter()
        .filter(|search| search.tool.variable == test_postgres::BIN)
        .find_map(|search| search.result.as_ref().ok());
    bin.map(|bin| {
        test_postgres::Cluster::start_from(bin, &scratch.path())
            .context("PostgreSQL could not be started for the tests")
    })
    .transpose()
}

/// Stories that only a database for many nodes tells: they are no part of the pass on SQLite, so nothing
/// stands down there.
const OF_MANY_NODES: &str = "many_nodes";

/// Stories that no service with a database tells: those of the sandbox's clients, and those of the demo,
/// which is SQLite's.
const OF_NO_DATABASE: [&str; 2] = ["official_sdks", "browser"];

/// What is tested first, on SQLite where a database is needed.
fn packages_of(scope: &Scope) -> Result<Vec<String>> {
    let (packages, roots): (&[&str], Vec<PathBuf>) = match scope {
        Scope::Everything => (&["--workspace"], packages()?),
        Scope::Soak => (&["--package", "gymtext-stories"], vec![stories()]),
    };
    let mut words: Vec<String> = [packages, &["--lib", "--bins"]]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let mut names = BTreeSet::new();
    for root in roots {
        names.extend(tests_of(&root)?);
    }
    names.remove(OF_MANY_NODES);
    for name in names {
        words.extend(["--test".to_owned(), name]);
    }
    Ok(words)
}

/// The stories that a service with a database tells.
fn stories_of_a_database() -> Result<Vec<String>> {
    let mut words = vec!["--package".to_owned(), "gymtext-stories".to_owned()];
    for name in tests_of(&stories())? {
        if !OF_NO_DATABASE.contains(&name.as_str()) {
            words.extend(["--test".to_owned(), name]);
        }
    }
    Ok(words)
}

fn stories() -> PathBuf {
    shell::root().join("crates/stories")
}

/// The folders of all packages.
fn packages() -> Result<Vec<PathBuf>> {
    let mut found = vec![shell::root().join("xtask")];
    for entry in fs::read_dir(shell::root().join("crates"))? {
        found.push(entry?.path());
    }
    Ok(found)
}

/// The names of a package's test programs: files in its `tests`, and folders there with a `main.rs`.
fn tests_of(package: &Path) -> Result<BTreeSet<String>> {
    let folder = package.join("tests");
    let mut names = BTreeSet::new();
    if !folder.is_dir() {
        return Ok(names);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_file = path.extension().is_some_and(|extension| extension == "rs");
        let name = path.file_stem().and_then(|name| name.to_str());
        if let Some(name) = name.filter(|_| is_file || path.join("main.rs").is_file()) {
            names.insert(name.to_owned());
        }
    }
    Ok(names)
}

fn run_tests(
    scope: &Scope,
    packages: &[String],
    filter: Option<&str>,
    tell: &dyn Fn(&mut Command),
) -> Result<(bool, Counts)> {
    let mut command = shell::cargo();
    tell(&mut command);
    if shell::on_path(&["cargo-nextest"]).is_some() {
        shell::heading("Tests (cargo-nextest)");
        let config = shell::root().join("xtask/nextest.toml");
        command
            .args([
                "nextest",
                "run",
                "--no-tests",
                "pass",
                "--status-level",
                "slow",
            ])
            .arg("--tool-config-file")
            .arg(format!("xtask:{}", config.display()))
            .args(packages)
            .args(filter);
        if *scope == Scope::Soak {
            command.args(["--profile", "soak"]);
        }
        let (fine, output) = shell::tee(&mut command)?;
        return Ok((fine, Counts::of_nextest(&output)));
    }
    shell::heading("Tests (cargo test, because cargo-nextest is not installed)");
    command
        .args(["test", "--no-fail-fast"])
        .args(packages)
        .args(filter);
    let (fine, output) = shell::tee(&mut command)?;
    Ok((fine, Counts::of_libtest(&output)))
}

fn run_doctests(filter: Option<&str>, tell: &dyn Fn(&mut Command)) -> Result<(bool, Counts)> {
    shell::heading("Examples in the documentation");
    let mut command = shell::cargo();
    tell(&mut command);
    command
        .args(["test", "--doc", "--workspace", "--no-fail-fast"])
        .args(filter);
    let (fine, output) = shell::keep(&mut command)?;
    let counts = Counts::of_libtest(&output);
    if fine {
        println!("{} passed", counts.passed);
    } else {
        println!("{output}");
    }
    Ok((fine, counts))
}

/// The tests that stood down, each once.
fn skipped_tests(file: &Path) -> Result<BTreeSet<String>> {
    let text = fs::read_to_string(file)
        .with_context(|| format!("{} could not be read", file.display()))?;
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect())
}

fn target_directory() -> Result<PathBuf> {
    let mut command = shell::cargo();
    let text = shell::quietly(command.args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&text)?;
    let target = metadata.get("target_directory").and_then(Value::as_str);
    target
        .map(PathBuf::from)
        .context("cargo metadata names no target directory")
}
