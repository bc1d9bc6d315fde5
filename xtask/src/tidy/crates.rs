//! Which crate may use which. Reads `cargo metadata`.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Finding;
use crate::shell;

/// What a crate of ours may use of ours (STYLE: the map).
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("policy", &["domain"]),
    ("store", &["domain"]),
    ("store-sqlite", &["store", "domain"]),
    ("store-postgres", &["store", "domain"]),
    ("providers", &["domain"]),
    ("engine", &["policy", "store", "providers", "domain"]),
    ("ui", &[]),
    ("web", &["engine", "providers", "store", "ui", "domain"]),
    ("simulator", &["domain", "ui"]),
    (
        "app",
        &[
            "domain",
            "policy",
            "store",
            "store-sqlite",
            "store-postgres",
            "providers",
            "engine",
            "ui",
            "web",
            "simulator",
        ],
    ),
    (
        "stories",
        &[
            "app",
            "domain",
            "policy",
            "store",
            "store-sqlite",
            "store-postgres",
            "providers",
            "engine",
            "ui",
            "web",
            "simulator",
            "test-postgres",
        ],
    ),
    ("test-postgres", &[]),
    ("xtask", &["test-postgres"]),
];

/// What a crate may use of ours in its tests, besides. Nobody's tests use `app` or `stories`.
const TESTS_MAY_USE: &[(&str, &[&str])] = &[
    ("store-postgres", &["test-postgres"]),
    ("engine", &["store-sqlite", "store-postgres", "simulator"]),
    (
        "web",
        &["policy", "store-sqlite", "store-postgres", "simulator"],
    ),
];

/// Crates of others that a crate of ours never uses, however useful.
const NEVER: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "serde",
            "serde_json",
            "tokio",
            "axum",
            "hyper",
            "http",
            "rusqlite",
            "tokio-postgres",
            "reqwest",
        ],
    ),
    (
        "policy",
        &[
            "tokio",
            "getrandom",
            "rand",
            "axum",
            "hyper",
            "rusqlite",
            "tokio-postgres",
            "reqwest",
        ],
    ),
    ("engine", &["axum", "hyper", "rusqlite", "tokio-postgres"]),
    ("web", &["rusqlite", "tokio-postgres"]),
    ("simulator", &["rusqlite", "tokio-postgres"]),
];

/// Check the workspace at this root.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let text =
        shell::quietly(shell::cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&text).context("cargo metadata was not JSON")?;
    Ok(borders(&metadata, &root.to_string_lossy()))
}

/// Borders that crates of ours cross.
fn borders(metadata: &Value, root: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in list(metadata, "packages") {
        let manifest = text(package, "manifest_path");
        let file = manifest
            .strip_prefix(root)
            .unwrap_or(manifest)
            .trim_start_matches('/');
        check_package(package, &short(text(package, "name")), file, &mut findings);
    }
    findings
}

fn check_package(package: &Value, name: &str, file: &str, findings: &mut Vec<Finding>) {
    let Some(allowed) = row(MAY_USE, name) else {
        let what = format!(
            "crate `{name}` is not on the map; add it to xtask/src/tidy/crates.rs and docs/ARCHITECTURE.md"
        );
        findings.push(Finding::error(file, 0, what));
        return;
    };
    let never = row(NEVER, name).unwrap_or_default();
    let in_tests = row(TESTS_MAY_USE, name).unwrap_or_default();
    for dependency in list(package, "dependencies") {
        let used = text(dependency, "name");
        let for_tests = dependency.get("kind").and_then(Value::as_str) == Some("dev");
        if dependency.get("path").is_some() {
            let used = short(used);
            if allowed.contains(&used.as_str()) || (for_tests && in_tests.contains(&used.as_str()))
            {
                continue;
            }
            let may = if allowed.is_empty() {
                "nothing of ours".to_owned()
            } else {
                allowed.join(", ")
            };
            findings.push(Finding::error(
                file,
                0,
                format!("`{name}` uses `{used}`, and may use {may}"),
            ));
        } else if !for_tests && never.contains(&used) {
            findings.push(Finding::error(
                file,
                0,
                format!("`{name}` never uses `{used}`"),
            ));
        }
    }
}

/// The name of the crate's folder.
fn short(name: &str) -> String {
    match name.strip_prefix("gymtext-") {
        Some(rest) => rest.to_owned(),
        None if name == "gymtext" => "app".to_owned(),
        None => name.to_owned(),
    }
}

fn row(table: &[(&str, &'static [&'static str])], name: &str) -> Option<&'static [&'static str]> {
    table
        .iter()
        .find(|(of, _)| *of == name)
        .map(|(_, row)| *row)
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// One crate of ours that uses one other thing.
    fn using(user: &str, dependency: &Value) -> Vec<String> {
        let metadata = json!({"packages": [{
            "name": user, "manifest_path": "/r/crates/x/Cargo.toml", "dependencies": [dependency],
        }]});
        borders(&metadata, "/r")
            .into_iter()
            .map(|finding| finding.to_string())
            .collect()
    }

    #[test]
    fn a_border_crossed_is_named() {
        let found = using(
            "gymtext-simulator",
            &json!({"name": "gymtext-providers", "kind": null, "path": "/r/p"}),
        );
        assert_eq!(
            found,
            ["error: crates/x/Cargo.toml: `simulator` uses `providers`, and may use domain, ui"]
        );
    }

    #[test]
    fn a_border_kept_is_fine() {
        let store = json!({"name": "gymtext-store", "kind": null, "path": "/r/s"});
        assert!(using("gymtext-engine", &store).is_empty());
        assert!(using("gymtext", &store).is_empty());
    }

    #[test]
    fn tests_may_use_a_little_more() {
        let sqlite =
            |kind: Value| json!({"name": "gymtext-store-sqlite", "kind": kind, "path": "/r/s"});
        assert!(using("gymtext-engine", &sqlite(json!("dev"))).is_empty());
        assert_eq!(using("gymtext-engine", &sqlite(Value::Null)).len(), 1);
    }

    #[test]
    fn the_domain_knows_no_serde_outside_its_tests() {
        assert_eq!(
            using("gymtext-domain", &json!({"name": "serde", "kind": null})).len(),
            1
        );
        assert!(using("gymtext-domain", &json!({"name": "serde", "kind": "dev"})).is_empty());
    }

    #[test]
    fn a_crate_that_is_not_on_the_map_is_refused() {
        assert_eq!(
            using("gymtext-drawer", &json!({"name": "serde", "kind": null})).len(),
            1
        );
    }
}
