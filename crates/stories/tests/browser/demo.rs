//! `gymtext demo` as a process, on a free port, with a directory of its own.

use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use stories::binary;
use stories::http::Http;
use tempfile::TempDir;
use tokio::process::{Child, Command};

const DEADLINE: Duration = Duration::from_secs(30);

/// A running demo.
pub(crate) struct Demo {
    /// Where it is.
    pub(crate) url: String,
    child: Child,
    _data: TempDir,
}

impl Demo {
    /// Starts it, and waits until it answers.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let addr: SocketAddr = stories::ports::free_addr()?;
        let log = std::fs::File::create(data.path().join("demo.log"))?;
        let child = Command::new(binary::path()?)
            .args([
                "demo",
                "--no-browser",
                "--port",
                &addr.port().to_string(),
                "--data",
            ])
            .arg(data.path().join("demo"))
            .env_clear()
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("the demo could not be started")?;
        let mut demo = Self {
            url: format!("http://{addr}"),
            child,
            _data: data,
        };
        tokio::time::timeout(DEADLINE, demo.answers())
            .await
            .context("the demo was not ready in time")??;
        Ok(demo)
    }

    async fn answers(&mut self) -> anyhow::Result<()> {
        let http = Http::new(&self.url);
        while http.get("/api/health").await.is_err() {
            if let Some(status) = self.child.try_wait()? {
                anyhow::bail!("the demo ended at its start: {status}");
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Asks it to stop, and waits for its end.
    pub(crate) async fn end(mut self) -> anyhow::Result<ExitStatus> {
        let id = self.child.id().context("it has ended already")?;
        Command::new("kill")
            .args(["-TERM", &id.to_string()])
            .status()
            .await?;
        let ended = tokio::time::timeout(DEADLINE, self.child.wait()).await;
        Ok(ended.context("the demo did not end in time")??)
    }
}
