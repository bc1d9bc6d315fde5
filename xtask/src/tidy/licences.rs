//! The licences of the crates we use, judged by the list in `deny.toml`, also where cargo-deny is not installed.
//!
//! A crate passes when its licence expression can be met with allowed licences alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

use super::Finding;
use crate::shell;

/// The parts of `deny.toml` that are read here.
#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licences {
    allow: BTreeSet<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
}

/// Check licences and bans of everything the workspace at this root is built from.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let text = fs::read_to_string(root.join("deny.toml")).context("deny.toml could not be read")?;
    let deny: Deny = toml::from_str(&text).context("deny.toml could not be understood")?;
    // `cargo metadata` also lists optional crates that no feature turns on; `cargo tree` does not.
    let words = [
        "tree",
        "--workspace",
        "--target",
        "all",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    let tree = shell::quietly(shell::cargo().args(words))?;
    let used: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let metadata = shell::quietly(shell::cargo().args(["metadata", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let licences = licences(&metadata);
    Ok(judge(&deny, &used, &licences))
}

/// The licence expression of each crate of others.
fn licences(metadata: &Value) -> BTreeMap<&str, &str> {
    let packages = metadata.get("packages").and_then(Value::as_array);
    packages
        .into_iter()
        .flatten()
        .filter(|package| package.get("source").is_some_and(Value::is_string))
        .filter_map(|package| {
            let licence = package
                .get("license")
                .and_then(Value::as_str)
                .unwrap_or_default();
            Some((package.get("name")?.as_str()?, licence))
        })
        .collect()
}

fn judge(deny: &Deny, used: &BTreeSet<&str>, licences: &BTreeMap<&str, &str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let advice = "`cargo tree --workspace --invert` shows who brings it";
    for Banned { name } in &deny.bans.deny {
        if used.contains(name.as_str()) {
            findings.push(Finding::error(
                "Cargo.lock",
                0,
                format!("`{name}` is banned; {advice}"),
            ));
        }
    }
    for (name, licence) in licences.iter().filter(|(name, _)| used.contains(*name)) {
        let exception = deny
            .licenses
            .exceptions
            .iter()
            .find(|one| one.name == *name);
        let allowed = |licence: &str| {
            deny.licenses.allow.contains(licence)
                || exception.is_some_and(|one| one.allow.contains(licence))
        };
        if !is_met(licence, &allowed) {
            let what =
                format!("`{name}` is under `{licence}`, which deny.toml does not allow; {advice}");
            findings.push(Finding::error("Cargo.lock", 0, what));
        }
    }
    findings
}

/// Whether a licence expression can be met. `AND` binds more tightly than `OR`; `/` is an old `OR`.
fn is_met(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    any(&mut words, allowed) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>, allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words, allowed);
    }
    met
}

fn all(words: &mut Words<'_>, allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Words<'_>, allowed: &dyn Fn(&str) -> bool) -> bool {
    match words.next() {
        Some("(") => any(words, allowed) && words.next() == Some(")"),
        Some(licence) => {
            // An exception (`WITH …`) only gives more freedom.
            if words.next_if_eq(&"WITH").is_some() {
                words.next();
            }
            allowed(licence)
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(expression: &str) -> bool {
        is_met(expression, &|licence| {
            ["MIT", "ISC", "Apache-2.0"].contains(&licence)
        })
    }

    #[test]
    fn a_choice_needs_one_and_a_sum_needs_all() {
        assert!(met("MIT OR GPL-3.0"));
        assert!(met("GPL-3.0/MIT"));
        assert!(!met("MIT AND GPL-3.0"));
        assert!(met("ISC AND (Apache-2.0 OR GPL-3.0)"));
        assert!(!met("(GPL-3.0 OR LGPL-2.1) AND MIT"));
        assert!(met("GPL-3.0 AND MIT OR ISC"), "AND binds more tightly");
        assert!(met("Apache-2.0 WITH LLVM-exception OR GPL-3.0"));
    }

    #[test]
    fn no_licence_is_no_permission() {
        assert!(!met(""));
        assert!(!met("(MIT"));
    }

    #[test]
    fn a_crate_is_named_with_what_is_wrong_about_it() {
        let deny = toml::from_str(
            r#"
            [licenses]
            allow = ["MIT"]
            exceptions = [{ crate = "driver", allow = ["MPL-2.0"] }]
            [bans]
            deny = [{ crate = "openssl-sys" }]
            "#,
        )
        .unwrap();
        let used = BTreeSet::from(["driver", "viral", "fine", "openssl-sys"]);
        let licences = BTreeMap::from([
            ("driver", "MPL-2.0"),
            ("viral", "GPL-3.0"),
            ("fine", "MIT"),
            ("openssl-sys", "MIT"),
            ("unused", "GPL-3.0"),
        ]);
        let found: Vec<String> = judge(&deny, &used, &licences)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("`openssl-sys` is banned"));
        assert!(found[1].contains("`viral` is under `GPL-3.0`"));
    }
}
