//! The official Twilio SDKs, put into `target/test-clients/` at the versions pinned beside the scripts that use them.
//!
//! They touch nothing outside `target/`, so they are fetched for anyone who has Python or Node. A stamp with
//! the pins makes the second run free.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;
use crate::tools::System;

/// Where the scripts and the pins are.
const CLIENTS: &str = "crates/stories/clients";

/// A Python interpreter that can import the official `twilio` package.
pub(crate) fn python(system: &System) -> Result<PathBuf> {
    let pins = shell::root().join(CLIENTS).join("python/requirements.txt");
    let wanted = read(&pins)?;
    let venv = system.target.join("test-clients/python");
    let python = venv.join("bin/python");
    if is_stamped(&venv, &wanted) && imports_twilio(&python).is_ok() {
        return Ok(python);
    }
    let system_python = shell::on_path(&["python3"]).context("`python3` is not on the path")?;
    println!("  fetching the official twilio package for Python (pip, into target/)");
    clear(&venv)?;
    shell::quietly(Command::new(system_python).args(["-m", "venv"]).arg(&venv))?;
    shell::quietly(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-input",
            ])
            .arg("--requirement")
            .arg(&pins),
    )?;
    imports_twilio(&python)?;
    stamp(&venv, &wanted)?;
    Ok(python)
}

fn imports_twilio(python: &Path) -> Result<String> {
    shell::quietly(Command::new(python).args([
        "-c",
        "import twilio.rest, twilio.request_validator, aiosmtpd.controller",
    ]))
}

/// The `node_modules` folder that holds the official `twilio` package.
pub(crate) fn node(system: &System) -> Result<PathBuf> {
    let pins = shell::root().join(CLIENTS).join("node");
    let node = shell::on_path(&["node"]).context("`node` is not on the path")?;
    let wanted = read(&pins.join("package-lock.json"))?;
    let home = system.target.join("test-clients/node");
    let modules = home.join("node_modules");
    if is_stamped(&home, &wanted) && requires_twilio(&node, &home).is_ok() {
        return Ok(modules);
    }
    let npm = shell::on_path(&["npm"]).context("`npm` is not on the path")?;
    println!("  fetching the official twilio package for Node (npm, into target/)");
    clear(&home)?;
    fs::create_dir_all(&home)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(pins.join(file), home.join(file))?;
    }
    shell::quietly(
        Command::new(npm)
            .args([
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--no-update-notifier",
            ])
            .current_dir(&home),
    )?;
    requires_twilio(&node, &home)?;
    stamp(&home, &wanted)?;
    Ok(modules)
}

fn requires_twilio(node: &Path, home: &Path) -> Result<String> {
    shell::quietly(
        Command::new(node)
            .args(["-e", "require('twilio')"])
            .current_dir(home),
    )
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))
}

fn clear(home: &Path) -> Result<()> {
    if home.exists() {
        fs::remove_dir_all(home)
            .with_context(|| format!("{} could not be removed", home.display()))?;
    }
    Ok(())
}

/// Written last, so that a broken installation is never taken for a whole one.
fn stamp(home: &Path, wanted: &str) -> Result<()> {
    fs::write(home.join("pins"), wanted).context("the stamp could not be written")
}

fn is_stamped(home: &Path, wanted: &str) -> bool {
    fs::read_to_string(home.join("pins")).is_ok_and(|pins| pins == wanted)
}
