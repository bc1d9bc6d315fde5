//! The real binary as a process: started with settings, killed without warning, started again.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::{ManualClock, Timestamp};
use tokio::process::{Child, Command};

use crate::database::Database;
use crate::http::Http;
use crate::ports::free_addr;
use crate::running::Running;
use crate::sandbox::{ACCOUNT, OUR_NUMBER, TOKEN};
use crate::skips::setting;

/// The API key of all stories; made up.
pub const API_KEY: &str = "gt_test_key_for_stories_only";

/// The binary: where `cargo xtask test` says, else beside the test's own executable.
pub fn path() -> anyhow::Result<PathBuf> {
    if let Some(path) = setting("GYMTEXT_BIN") {
        return Ok(PathBuf::from(path));
    }
    let mut path = std::env::current_exe()?;
    while path.pop() {
        let candidate = path.join("gymtext");
        if candidate.is_file() {
            return Ok(candidate);
        }
    }
    anyhow::bail!(
        "the binary is not built: run `cargo build -p gymtext` first, or `cargo xtask test`"
    )
}

/// How the service is run.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What it keeps everything in.
    pub database: Database,
    /// The folder of its files.
    pub data: PathBuf,
    /// Its outer listener.
    pub addr: SocketAddr,
    /// Its inner listener.
    pub inner: SocketAddr,
    /// The carrier.
    pub carrier: SocketAddr,
    /// Further settings.
    pub settings: Vec<(String, String)>,
    /// A program that starts it and becomes it, with its words: a tracer, a shell in a namespace.
    pub under: Vec<String>,
}

impl Setup {
    /// A service with a database in `data` and this carrier.
    pub fn new(data: &Path, addr: SocketAddr, carrier: SocketAddr) -> anyhow::Result<Self> {
        Self::on(Database::fresh(data)?, data, addr, carrier)
    }

    /// A service with this database, its files in `data`, and this carrier.
    pub fn on(
        database: Database,
        data: &Path,
        addr: SocketAddr,
        carrier: SocketAddr,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            data: data.to_path_buf(),
            database,
            addr,
            inner: free_addr()?,
            carrier,
            settings: Vec::new(),
            under: Vec::new(),
        })
    }

    /// One more like this on the same database: its own listeners, its own folder.
    pub fn beside(&self, data: &Path, addr: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self {
            data: data.to_path_buf(),
            addr,
            inner: SocketAddr::new(addr.ip(), free_addr()?.port()),
            ..self.clone()
        })
    }

    /// One more setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A client of its API.
    pub fn api(&self) -> Http {
        Http::new(&format!("http://{}", self.addr)).with_key(API_KEY)
    }

    /// A client of its inner listener.
    pub fn inner_http(&self) -> Http {
        Http::new(&format!("http://{}", self.inner))
    }

    /// What it is told: each setting once, the further ones last.
    fn variables(&self) -> BTreeMap<String, String> {
        let own = [
            ("DATABASE_URL", self.database.url.clone()),
            ("PUBLIC_URL", format!("http://{}", self.addr)),
            ("GYMTEXT_ADDR", self.addr.to_string()),
            ("GYMTEXT_INNER_ADDR", self.inner.to_string()),
            ("TWILIO_ACCOUNT_SID", ACCOUNT.to_owned()),
            ("TWILIO_AUTH_TOKEN", TOKEN.to_owned()),
            ("TWILIO_PHONE_NUMBER", OUR_NUMBER.to_owned()),
            ("WHATSAPP_ENABLED", "true".to_owned()),
            ("WHATSAPP_PHONE_NUMBER", OUR_NUMBER.to_owned()),
            ("TWILIO_API_URL", format!("http://{}", self.carrier)),
            ("GYMTEXT_API_KEY", API_KEY.to_owned()),
            // Stories about nights set them; to the others the hour is all one.
            ("GYMTEXT_QUIET_HOURS", "off".to_owned()),
            ("GYMTEXT_BURST_GAP", "0".to_owned()),
            ("GYMTEXT_FREQUENCY_CAPS", "off".to_owned()),
        ];
        own.into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .chain(self.settings.iter().cloned())
            .collect()
    }

    /// The same service in the test's own process, at a time of the test's choosing.
    pub async fn start_at(&self, at: Timestamp) -> anyhow::Result<Running> {
        let clock = Arc::new(ManualClock::at(at));
        Running::start(self.variables().into_iter().collect(), clock).await
    }

    /// Starts it, and does not wait: it may die before it answers.
    pub fn launch(&self) -> anyhow::Result<Service> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.data.join("service.log"))?;
        let binary = path()?;
        let mut command = match self.under.split_first() {
            None => Command::new(binary),
            Some((program, words)) => {
                let mut command = Command::new(program);
                command.args(words).arg(binary);
                command
            }
        };
        command
            .arg("serve")
            .current_dir(&self.data)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .envs(self.variables())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        let child = command.spawn().context("the binary could not be started")?;
        Ok(Service { child })
    }

    /// Starts it, and waits until it answers.
    pub async fn start(&self) -> anyhow::Result<Service> {
        let mut service = self.launch()?;
        let api = self.api();
        let ready = async {
            loop {
                if let Ok(Some(status)) = service.child.try_wait() {
                    anyhow::bail!(
                        "the service ended at its start: {status}; {}",
                        self.log_tail()
                    );
                }
                if matches!(api.get("/api/health").await, Ok(response) if response.status == 200) {
                    return Ok(());
                }
                crate::tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), ready)
            .await
            .with_context(|| format!("the service was not ready in 20 s; {}", self.log_tail()))??;
        Ok(service)
    }

    /// Runs another command with the same settings, and waits for its end.
    pub async fn command(&self, arguments: &[&str]) -> anyhow::Result<std::process::Output> {
        Command::new(path()?)
            .args(arguments)
            .current_dir(&self.data)
            .env_clear()
            .envs(self.variables())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .context("the binary could not be started")
    }

    /// As [`Self::command`], which must do well; its JSON.
    pub async fn json(&self, arguments: &[&str]) -> anyhow::Result<serde_json::Value> {
        let output = self.command(arguments).await?;
        anyhow::ensure!(
            output.status.success(),
            "{arguments:?}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// The last lines it logged, for a failing test.
    pub fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(self.data.join("service.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(15).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

/// A running service.
#[derive(Debug)]
pub struct Service {
    child: Child,
}

impl Service {
    /// Kills it as a power cut would.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("kill -9")
    }

    /// Asks it to stop.
    pub async fn ask_to_stop(&self) -> anyhow::Result<()> {
        self.signal("TERM").await
    }

    /// Lets it stand still, in the midst of whatever it does.
    pub async fn freeze(&self) -> anyhow::Result<()> {
        self.signal("STOP").await
    }

    /// Lets it go on.
    pub async fn thaw(&self) -> anyhow::Result<()> {
        self.signal("CONT").await
    }

    async fn signal(&self, name: &str) -> anyhow::Result<()> {
        let id = self.child.id().context("it has ended already")?;
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &id.to_string()])
            .status()
            .await?;
        anyhow::ensure!(sent.success(), "SIG{name} could not be sent");
        Ok(())
    }

    /// Asks it to stop, and waits for its end.
    pub async fn terminate(self) -> anyhow::Result<std::process::ExitStatus> {
        self.ask_to_stop().await?;
        self.ended().await
    }

    /// The number of its process.
    pub fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("it has ended already")
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Waits for its end.
    pub async fn ended(mut self) -> anyhow::Result<std::process::ExitStatus> {
        tokio::time::timeout(Duration::from_secs(30), self.child.wait())
            .await
            .context("it did not end within 30 s")?
            .context("its end could not be read")
    }
}
