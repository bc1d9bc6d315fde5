//! File names without drawers, and text without the paths of anyone's machine.

use super::Finding;
use super::files::File;

/// Names that say nothing about what is inside.
const DRAWERS: &[&str] = &[
    "util", "utils", "helper", "helpers", "common", "misc", "types",
];

/// Folders that exist on somebody's machine only.
const MACHINES: &[&str] = &["/work/", "/root/", "/home/"];

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !file.is_vendored() {
        findings.extend(drawer(file));
    }
    for (number, line) in file.lines() {
        if let Some(machine) = MACHINES.iter().find(|machine| names_machine(line, machine)) {
            findings.push(Finding::error(
                &file.path,
                number,
                format!("a path of one machine: `{machine}…`"),
            ));
        }
    }
    findings
}

fn drawer(file: &File) -> Option<Finding> {
    let part = file.path.split('/').find(|part| {
        let stem = part.split('.').next().unwrap_or(part);
        DRAWERS.contains(&stem)
    })?;
    Some(Finding::error(
        &file.path,
        0,
        format!("`{part}` is a drawer; name it after what is inside"),
    ))
}

/// Whether an absolute path into this folder stands in the line. `example.com/home/x` and `a/work/b` are none.
fn names_machine(line: &str, machine: &str) -> bool {
    line.match_indices(machine).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line
            .get(at + machine.len()..)
            .and_then(|text| text.chars().next());
        let begins =
            before.is_none_or(|letter| !letter.is_alphanumeric() && !"/._-}~*".contains(letter));
        let goes_on =
            after.is_some_and(|letter| letter.is_alphanumeric() || "._-$".contains(letter));
        begins && goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complains(path: &str, text: &str) -> bool {
        !check(&File::new(path, text)).is_empty()
    }

    #[test]
    fn a_drawer_is_refused_as_a_file_and_as_a_folder() {
        assert!(complains("crates/web/src/utils.rs", ""));
        assert!(complains("crates/web/tests/common/mod.rs", ""));
        assert!(!complains("crates/web/src/commonplace.rs", ""));
    }

    #[test]
    fn a_path_of_one_machine_is_refused() {
        let home = ["open(\"", "/home", "/maria/x\")"].concat();
        assert!(complains("a.py", &home));
        assert!(!complains(
            "a.md",
            "see https://example.com/home/index and target/work/x"
        ));
    }
}
