//! Running other programs: echoed, timed, streamed, captured.
//!
//! The only place of `xtask` that reads the environment and the clock.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// An environment variable, if it is set, is UTF-8 and is not empty.
#[expect(
    clippy::disallowed_methods,
    reason = "chores have no settings; this is their one door to the environment"
)]
pub(crate) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether this is a run of continuous integration.
pub(crate) fn in_ci() -> bool {
    env("CI").is_some_and(|value| value != "false" && value != "0")
}

/// A stopwatch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "chores measure real time")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Seconds and tenths, for people.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// A heading, so that long output can be scanned.
pub(crate) fn heading(text: &str) {
    println!("\n==> {text}");
}

/// The cargo that started us, or the one on the path.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// The first program of these names on the path.
pub(crate) fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().find_map(|name| {
        places
            .iter()
            .map(|place| place.join(name))
            .find(|file| file.is_file())
    })
}

/// Run a program that speaks for itself; true when it succeeded.
pub(crate) fn run(command: &mut Command) -> Result<bool> {
    echo(command);
    let status = command
        .status()
        .with_context(|| format!("{} could not be started", name(command)))?;
    Ok(status.success())
}

/// Run a program quietly. Its output is the error when it fails.
pub(crate) fn quietly(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} could not be started", name(command)))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let both = format!("{text}\n{complaint}");
    let lines: Vec<&str> = both
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let tail = lines
        .get(lines.len().saturating_sub(12)..)
        .unwrap_or_default();
    bail!(
        "{} failed ({}): {}",
        name(command),
        output.status,
        tail.join("\n")
    )
}

/// Run a program, pass on what it prints line by line, and keep it.
pub(crate) fn tee(command: &mut Command) -> Result<(bool, String)> {
    let mut out = std::io::stdout().lock();
    // A reader that went away is no reason to stop testing.
    stream(command, |line| {
        drop(out.write_all(line).and_then(|()| out.flush()));
    })
}

/// Run a program and keep what it prints, to be shown if it fails.
pub(crate) fn keep(command: &mut Command) -> Result<(bool, String)> {
    stream(command, |_| ())
}

/// Both streams become one, in the order they arrive.
fn stream(command: &mut Command, mut see: impl FnMut(&[u8])) -> Result<(bool, String)> {
    echo(command);
    let (reader, writer) = std::io::pipe().context("no pipe could be opened")?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = command
        .spawn()
        .with_context(|| format!("{} could not be started", name(command)))?;
    // Our copies of the writing end must go, or the reader never sees the end.
    command.stdout(Stdio::null()).stderr(Stdio::null());

    let mut kept = String::new();
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        see(&line);
        kept.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok((child.wait()?.success(), kept))
}

fn echo(command: &Command) {
    let arguments = command.get_args().collect::<Vec<_>>().join(OsStr::new(" "));
    println!("$ {} {}", name(command), arguments.to_string_lossy());
}

fn name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned()
}
