//! What docs/RUNNING.md says is put in place: the unit of systemd and the least of settings.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A file of the project.
fn file(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap()
}

/// What the unit says of this.
fn unit(name: &str) -> String {
    let unit = file("deploy/gymtext.service");
    let mut values = unit.lines().filter_map(|line| {
        let (found, value) = line.split_once('=')?;
        (found == name).then(|| value.to_owned())
    });
    values.next().unwrap_or_else(|| panic!("no {name}"))
}

/// The settings that the guide begins with.
fn least() -> String {
    let guide = file("docs/RUNNING.md");
    let (_, block) = guide.split_once("```toml\n").unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

/// The unit's program with its words, the settings in this file and the last word another one.
fn run(settings: &str, last: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("gymtext.toml");
    fs::write(&config, settings).unwrap();
    let line = unit("ExecStart");
    let mut words = line.split(' ');
    assert!(words.next().unwrap().ends_with("/gymtext"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_gymtext"));
    command.env_clear().current_dir(folder.path());
    for word in words {
        match word {
            "/etc/gymtext/gymtext.toml" => command.arg(&config),
            "serve" => command.arg(last),
            word => command.arg(word),
        };
    }
    command.output().unwrap()
}

#[test]
fn the_least_of_settings_is_enough() {
    let shown = run(&least(), "config");
    let said = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.status.success(), "{said}");
    assert!(said.contains("sqlite:///var/lib/gymtext/gymtext.db"));
    assert!(!said.contains("0c5e0ff4"), "a secret is not shown");
}

#[test]
fn wrong_settings_are_not_tried_again() {
    let wrong = least().replace("GYMTEXT_API_KEY = \"", "GYMTEXT_ADDR = \"nowhere ");
    let ended = run(&wrong, "serve");
    assert_eq!(
        ended.status.code().unwrap().to_string(),
        unit("RestartPreventExitStatus"),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}
