//! Lock files and package settings name no host: they must work with whatever registry or mirror a machine has.

use super::Finding;
use super::files::File;

/// The one source that cargo's own lock file names for everybody.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Settings that point a package client at a particular place.
const SETTINGS: &[&str] = &[
    "index-url",
    "replace-with",
    "trusted-host",
    "registry=",
    "registry =",
    "_authToken",
    "--index ",
];

pub(super) fn check(file: &File) -> Vec<Finding> {
    let complaint: fn(&str) -> Option<&'static str> = match file.name() {
        "Cargo.lock" => |line| {
            let source = line.trim().strip_prefix("source = ")?.trim_matches('"');
            (source != CRATES_IO).then_some("a crate from somewhere else than crates.io")
        },
        "package-lock.json" => |line| {
            line.contains("\"resolved\"").then_some("`resolved` names a registry's host; `npm install --omit-lockfile-registry-resolved`")
        },
        "requirements.txt" | "package.json" => |line| {
            (line.contains("://") || is_setting(line))
                .then_some("a dependency with a host; a name and a version are enough")
        },
        "config.toml" | ".npmrc" | "pip.conf" | "pip.ini" | ".yarnrc" => {
            |line| is_setting(line).then_some("a setting for one machine's package registry")
        }
        _ => return Vec::new(),
    };
    file.lines()
        .filter_map(|(number, line)| Some(Finding::error(&file.path, number, complaint(line)?)))
        .collect()
}

fn is_setting(line: &str) -> bool {
    SETTINGS.iter().any(|setting| line.contains(setting))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complains(path: &str, text: &str) -> bool {
        !check(&File::new(path, text)).is_empty()
    }

    #[test]
    fn a_host_in_a_lock_file_is_refused() {
        assert!(complains(
            "a/package-lock.json",
            "\"resolved\": \"https://mirror.example/x.tgz\","
        ));
        assert!(complains(
            "Cargo.lock",
            "source = \"registry+https://mirror.example/index\""
        ));
        assert!(!complains(
            "Cargo.lock",
            &format!("source = \"{CRATES_IO}\"")
        ));
    }

    #[test]
    fn a_pinned_name_is_enough() {
        assert!(!complains("requirements.txt", "twilio==9.13.0"));
        assert!(complains(
            "requirements.txt",
            "--index-url https://mirror.example/simple"
        ));
        assert!(complains(".cargo/config.toml", "replace-with = \"mirror\""));
    }
}
