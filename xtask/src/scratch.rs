//! Where the tests keep their files: in memory, where this machine has room there. They write as durably as they always
//! do; only the disk does not keep them waiting, which is half of the time they take.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, id};

use anyhow::{Context as _, Result};

use crate::shell;

/// Where Linux keeps files in memory.
const IN_MEMORY: &str = "/dev/shm";

/// How much room there has to be, in KiB.
const ROOM: u64 = 4 * 1024 * 1024;

/// What its folders are called, before the number of the process.
const PREFIX: &str = "gymtext-tests-";

/// A folder for the tests of one run; it goes when it is dropped.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: Option<PathBuf>,
}

impl Scratch {
    /// A folder in memory; without room there, or where `TMPDIR` says otherwise, the system's own.
    pub(crate) fn new() -> Result<Self> {
        if shell::env("TMPDIR").is_some() || !has_room(Path::new(IN_MEMORY)) {
            return Ok(Self { folder: None });
        }
        remove_left_behind(Path::new(IN_MEMORY));
        let folder = Path::new(IN_MEMORY).join(format!("{PREFIX}{}", id()));
        let made = || format!("{} could not be made", folder.display());
        fs::create_dir_all(&folder).with_context(made)?;
        // The database's server runs as somebody else.
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).with_context(made)?;
        println!("the tests keep their files in memory, {}", folder.display());
        Ok(Self {
            folder: Some(folder),
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(std::env::temp_dir)
    }

    /// Has a test's files there.
    pub(crate) fn tell(&self, command: &mut Command) {
        if let Some(folder) = &self.folder {
            command.env("TMPDIR", folder);
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // What is left goes with the next run.
            let _ = fs::remove_dir_all(folder);
        }
    }
}

fn has_room(place: &Path) -> bool {
    let asked = Command::new("df")
        .args(["--output=avail", "-k"])
        .arg(place)
        .output();
    asked.is_ok_and(|told| {
        let lines = String::from_utf8_lossy(&told.stdout).into_owned();
        let free = lines
            .lines()
            .nth(1)
            .and_then(|line| line.trim().parse().ok());
        free.is_some_and(|free: u64| free >= ROOM)
    })
}

/// Folders of runs that were ended from outside.
fn remove_left_behind(place: &Path) {
    let Ok(entries) = fs::read_dir(place) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        if let Some(owner) = owner
            && owner.parse::<u32>().is_ok()
            && !Path::new("/proc").join(owner).exists()
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
