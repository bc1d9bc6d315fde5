//! What the tests need from the machine: found where it usually is, or installed from the system's packages.
//!
//! Packages are installed only when this runs as root or in CI, and only Debian's `apt-get` is known. The
//! official SDK clients are [`clients`], because they go into `target/` and not into the system.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::clients;
use crate::shell;

/// Something a test needs, and the environment variable that tells it where it is.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// The variable that the tests read.
    pub(crate) variable: &'static str,
    /// Debian's packages.
    packages: &'static [&'static str],
    find: fn(&System) -> Result<PathBuf>,
}

impl Tool {
    /// How to have it.
    pub(crate) fn advice(&self) -> String {
        format!(
            "on Debian or Ubuntu: apt-get install {}",
            self.packages.join(" ")
        )
    }
}

/// Where a tool is, or why it is not to be had.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) tool: &'static Tool,
    pub(crate) result: Result<PathBuf>,
}

/// Everything the tests may need.
const TOOLS: &[Tool] = &[
    Tool {
        name: "PostgreSQL server",
        variable: "GYMTEXT_TEST_POSTGRES_BIN",
        packages: &["postgresql"],
        find: |_| postgres_bin(),
    },
    Tool {
        name: "strace",
        variable: "GYMTEXT_TEST_STRACE",
        packages: &["strace"],
        find: |_| program(&["strace"]),
    },
    Tool {
        name: "Chromium",
        variable: "GYMTEXT_TEST_CHROMIUM",
        packages: &["chromium"],
        find: |_| {
            program(&[
                "chromium",
                "chromium-browser",
                "google-chrome-stable",
                "google-chrome",
            ])
        },
    },
    Tool {
        name: "chromedriver",
        variable: "GYMTEXT_TEST_CHROMEDRIVER",
        packages: &["chromium-driver"],
        find: |_| program(&["chromedriver", "chromium.chromedriver"]),
    },
    Tool {
        name: "nftables and iproute2, to cut a node off",
        variable: "GYMTEXT_TEST_NFT",
        packages: &["nftables", "iproute2"],
        find: |_| {
            program(&["ip"])?;
            program(&["nft"])
        },
    },
    Tool {
        name: "libfaketime, for clocks that disagree",
        variable: "GYMTEXT_TEST_FAKETIME",
        packages: &["libfaketime"],
        find: |_| faketime(),
    },
    Tool {
        name: "Python with the official twilio package",
        variable: "GYMTEXT_TEST_PYTHON",
        packages: &["python3", "python3-venv"],
        find: clients::python,
    },
    Tool {
        name: "Node with the official twilio package",
        variable: "GYMTEXT_TEST_NODE_MODULES",
        packages: &["nodejs", "npm"],
        find: clients::node,
    },
];

/// Find every tool, installing what is missing where that is allowed.
pub(crate) fn find_all(system: &System) -> Vec<Search> {
    TOOLS
        .iter()
        .map(|tool| {
            let mut result = (tool.find)(system);
            if result.is_err() && system.may_install() {
                result = system
                    .install(tool.packages)
                    .and_then(|()| (tool.find)(system));
            }
            match &result {
                Ok(path) => println!("  found    {}: {}", tool.name, path.display()),
                Err(why) => println!(
                    "  missing  {}: {why:#}\n           {}",
                    tool.name,
                    tool.advice()
                ),
            }
            Search { tool, result }
        })
        .collect()
}

/// The system's package manager, as far as we may use it.
#[derive(Debug)]
pub(crate) struct System {
    /// Where build output goes, and the SDK clients beside it.
    pub(crate) target: PathBuf,
    apt: Option<Vec<&'static str>>,
    updated: Cell<bool>,
}

impl System {
    pub(crate) fn new(target: PathBuf) -> Self {
        let root = shell::quietly(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
        let apt = if shell::on_path(&["apt-get"]).is_none() {
            None
        } else if root {
            Some(vec!["apt-get"])
        } else if shell::in_ci() && shell::on_path(&["sudo"]).is_some() {
            Some(vec!["sudo", "-n", "apt-get"])
        } else {
            None
        };
        Self {
            target,
            apt,
            updated: Cell::new(false),
        }
    }

    pub(crate) fn may_install(&self) -> bool {
        self.apt.is_some()
    }

    /// Install Debian packages; the package lists are fetched once a run.
    pub(crate) fn install(&self, packages: &[&str]) -> Result<()> {
        println!(
            "  installing {} from the system's packages",
            packages.join(", ")
        );
        if !self.updated.get() {
            shell::quietly(&mut self.apt(&["update", "-q"])?)?;
            self.updated.set(true);
        }
        let mut words = vec!["install", "-q", "-y", "--no-install-recommends"];
        words.extend(packages);
        shell::quietly(&mut self.apt(&words)?)?;
        Ok(())
    }

    fn apt(&self, words: &[&str]) -> Result<Command> {
        let Some([program, before @ ..]) = self.apt.as_deref() else {
            bail!("system packages are installed only as root or in CI");
        };
        let mut command = Command::new(program);
        command
            .args(before)
            .args(words)
            .env("DEBIAN_FRONTEND", "noninteractive");
        Ok(command)
    }
}

/// The newest folder that holds both `initdb` and `postgres`.
///
/// Debian keeps them off the path, one folder a major version.
fn postgres_bin() -> Result<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, bin)| has_server(bin))
        .collect();
    versions.sort();
    if let Some((_, bin)) = versions.pop() {
        return Ok(bin);
    }
    let initdb = shell::on_path(&["initdb"]).and_then(|path| path.canonicalize().ok());
    match initdb.as_deref().and_then(Path::parent) {
        Some(bin) if has_server(bin) => Ok(bin.to_path_buf()),
        _ => bail!("`initdb` and `postgres` are neither on the path nor under /usr/lib/postgresql"),
    }
}

fn has_server(bin: &Path) -> bool {
    bin.join("initdb").is_file() && bin.join("postgres").is_file()
}

/// The library that a process is given to see another time of day.
///
/// Debian keeps it off the loader's path, in a folder of each architecture.
fn faketime() -> Result<PathBuf> {
    let found = std::fs::read_dir("/usr/lib")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("faketime/libfaketime.so.1"))
        .find(|path| path.is_file());
    match found {
        Some(path) => Ok(path),
        None => bail!("there is no `faketime/libfaketime.so.1` under /usr/lib"),
    }
}

fn program(names: &[&str]) -> Result<PathBuf> {
    match shell::on_path(names) {
        Some(path) => Ok(path),
        None => bail!("none of {} is on the path", names.join(", ")),
    }
}
