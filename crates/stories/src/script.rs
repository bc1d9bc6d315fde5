//! Programs of other languages beside our own: official SDKs, a mail server. `cargo xtask test` puts what they need
//! into `target/test-clients/`.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::skips;

/// A language with scripts in `clients/`.
#[derive(Clone, Copy, Debug)]
pub struct Language {
    /// The folder of its scripts.
    pub folder: &'static str,
    /// Tells where its packages are.
    variable: &'static str,
    /// Where `xtask` puts them, below `target/`.
    usual_place: &'static str,
    /// The program, when the variable does not name it.
    program: Option<&'static str>,
}

/// Python.
pub const PYTHON: Language = Language {
    folder: "python",
    variable: "GYMTEXT_TEST_PYTHON",
    usual_place: "test-clients/python/bin/python",
    program: None,
};

/// Node.
pub const NODE: Language = Language {
    folder: "node",
    variable: "GYMTEXT_TEST_NODE_MODULES",
    usual_place: "test-clients/node/node_modules",
    program: Some("node"),
};

impl Language {
    /// Where its packages are; `tmpdir` is the caller's `CARGO_TARGET_TMPDIR`. `None` when this test has been
    /// counted as skipped; without anybody who counts that is an error.
    pub fn locate(self, test: &str, tmpdir: &str) -> anyhow::Result<Option<PathBuf>> {
        if let Some(told) = skips::setting(self.variable) {
            return Ok(Some(told.into()));
        }
        let target = Path::new(tmpdir).parent();
        let usual = target.map(|target| target.join(self.usual_place));
        if let Some(usual) = usual.filter(|usual| usual.exists()) {
            return Ok(Some(usual));
        }
        let why = format!("no packages for {} ({})", self.folder, self.variable);
        anyhow::ensure!(
            skips::setting("GYMTEXT_SKIPS").is_some(),
            "{why}; `cargo xtask test` installs them"
        );
        skips::note(test, &why);
        Ok(None)
    }

    /// A script of this language, without the machine's proxies between it and what it talks to. It ends
    /// with its owner.
    pub fn script(self, packages: &Path, script: &str) -> Command {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("clients")
            .join(self.folder);
        let mut command = match self.program {
            Some(program) => Command::new(program),
            None => Command::new(packages),
        };
        for proxy in [
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "ALL_PROXY",
            "http_proxy",
            "https_proxy",
            "all_proxy",
        ] {
            command.env_remove(proxy);
        }
        command
            .arg(folder.join(script))
            .env(self.variable, packages)
            .env("NO_PROXY", "127.0.0.1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .kill_on_drop(true);
        command
    }
}

/// How long a line may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A script that serves on a port of this machine, and says a line of JSON for each thing it gets.
#[derive(Debug)]
pub struct Server {
    /// Its port.
    pub port: u64,
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Server {
    /// Starts a script in Python; `None` when this test is counted as skipped.
    pub async fn start(test: &str, tmpdir: &str, script: &str) -> anyhow::Result<Option<Self>> {
        let Some(packages) = PYTHON.locate(test, tmpdir)? else {
            return Ok(None);
        };
        let mut child = PYTHON
            .script(&packages, script)
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().context("its output")?;
        let mut server = Self {
            port: 0,
            lines: BufReader::new(out).lines(),
            _child: child,
        };
        server.port = server
            .next()
            .await?
            .get("port")
            .and_then(Value::as_u64)
            .context("its port")?;
        Ok(Some(server))
    }

    /// The next thing it got.
    pub async fn next(&mut self) -> anyhow::Result<Value> {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await??;
        Ok(serde_json::from_str(&line.context("it has ended")?)?)
    }
}
