//! The files that are ours: what git tracks, and what it would track at the next `git add`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;

/// A text file of the repository.
#[derive(Debug)]
pub(super) struct File {
    /// Relative to the root, with `/`.
    pub(super) path: String,
    /// `None` where it is not UTF-8 text.
    pub(super) text: Option<String>,
}

impl File {
    #[cfg(test)]
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: Some(text.to_owned()),
        }
    }

    /// Whether the name ends in `.` and this.
    pub(super) fn is(&self, extension: &str) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|found| found == extension)
    }

    /// The last part of the path.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether somebody else wrote it and we keep it as it came.
    pub(super) fn is_vendored(&self) -> bool {
        self.path
            .split('/')
            .any(|part| part == "vendor" || part == "vendored")
    }

    /// Its lines, counted from 1; none if it is not text.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.iter().flat_map(|text| (1..).zip(text.lines()))
    }
}

/// Every file of the repository that still exists.
pub(super) fn ours(root: &Path) -> Result<Vec<File>> {
    let mut git = Command::new("git");
    git.args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
    ])
    .current_dir(root);
    let listing = shell::quietly(&mut git).context("tidy asks git which files are ours")?;
    let mut paths: Vec<&str> = listing
        .split('\0')
        .filter(|path| !path.is_empty())
        .collect();
    paths.sort_unstable();
    paths.dedup();
    let mut files = Vec::new();
    for path in paths {
        let full = root.join(path);
        // A link is judged where it points; a deleted file is still listed until it is committed.
        if !full.is_file() || full.is_symlink() {
            continue;
        }
        let bytes = fs::read(&full).with_context(|| format!("{path} could not be read"))?;
        files.push(File {
            path: path.to_owned(),
            text: String::from_utf8(bytes).ok(),
        });
    }
    Ok(files)
}
