//! Relative links in documents lead to files and headings that exist. Links to other sites are not followed.

use std::collections::BTreeSet;

use super::Finding;
use super::files::File;

pub(super) fn check(file: &File, all: &[File]) -> Vec<Finding> {
    if !file.is("md") || file.is_vendored() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut fenced = false;
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for target in targets(line) {
            if let Some(what) = complaint(file, &target, all) {
                findings.push(Finding::error(&file.path, number, what));
            }
        }
    }
    findings
}

/// The targets of `[text](target)` and `[name]: target` outside of code spans.
fn targets(line: &str) -> Vec<String> {
    let text: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
    let mut found: Vec<String> = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .filter_map(|(target, _)| target.split_whitespace().next())
        .map(|target| target.trim_matches(['<', '>']).to_owned())
        .collect();
    if let Some((name, target)) = text.split_once("]: ")
        && name.starts_with('[')
        && let Some(target) = target.split_whitespace().next()
    {
        found.push(target.to_owned());
    }
    found
}

fn complaint(file: &File, target: &str, all: &[File]) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target
        .split_once('#')
        .map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let Some(wanted) = resolve(&file.path, path) else {
        return Some(format!("the link `{target}` leads out of the repository"));
    };
    let folder = format!("{wanted}/");
    let found = all.iter().find(|one| one.path == wanted);
    if found.is_none() && !wanted.is_empty() && !all.iter().any(|one| one.path.starts_with(&folder))
    {
        return Some(format!("the link `{target}` leads nowhere"));
    }
    let (Some(anchor), Some(found)) = (anchor, found) else {
        return None;
    };
    let known = !found.is("md") || headings(found).contains(anchor);
    (!known).then(|| format!("`{wanted}` has no heading `#{anchor}`"))
}

/// The path of a link, seen from the root; `None` when it climbs out.
fn resolve(from: &str, path: &str) -> Option<String> {
    if path.is_empty() {
        return Some(from.to_owned());
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if path.starts_with('/') {
        parts.clear();
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The anchors of a document's headings, as GitHub makes them.
fn headings(file: &File) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut fenced = false;
    for (_, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced || !line.starts_with('#') {
            continue;
        }
        let anchor: String = line
            .trim_start_matches('#')
            .trim()
            .chars()
            .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
            .map(|letter| if letter == ' ' { '-' } else { letter })
            .flat_map(char::to_lowercase)
            .collect();
        anchors.insert(anchor);
    }
    anchors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(line: &str) -> usize {
        let readme = File::new("docs/README.md", line);
        let scale = File::new("docs/SCALE.md", "# Scale\n## How far, and then?\n");
        let all = [
            File::new("docs/README.md", line),
            scale,
            File::new("crates/app/src/main.rs", ""),
        ];
        check(&readme, &all).len()
    }

    #[test]
    fn a_link_to_a_file_or_folder_that_exists_is_fine() {
        for line in [
            "[a](SCALE.md)",
            "[a](../crates/app)",
            "[a](/docs/SCALE.md#how-far-and-then)",
            "[a](#)",
            "[a](https://x.example/y)",
        ] {
            let expected = usize::from(line == "[a](#)");
            assert_eq!(findings(line), expected, "{line}");
        }
    }

    #[test]
    fn a_link_that_leads_nowhere_is_named() {
        for line in [
            "[a](GONE.md)",
            "[a](SCALE.md#gone)",
            "[a](../../x)",
            "[a]: gone.md",
        ] {
            assert_eq!(findings(line), 1, "{line}");
        }
    }

    #[test]
    fn code_is_not_a_link() {
        assert_eq!(findings("`[a](GONE.md)`"), 0);
        assert_eq!(findings("```\n[a](GONE.md)\n```"), 0);
    }
}
