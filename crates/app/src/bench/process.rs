//! The two processes that are measured: children of this one, of the same binary, ended by their
//! handles.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use domain::Secret;
use serde::Deserialize;

use super::http::Client;
use crate::chance;
use crate::settings::declared::SETTINGS;

/// The service's own number.
pub(super) const NUMBER: &str = "+14155550199";

/// How long a process may take until it answers.
const START_MAX: Duration = Duration::from_secs(20);

/// Clock ticks a second in `/proc/PID/stat`: 100 on every Linux we build for.
const TICKS: f64 = 100.0;

/// A child that ends with its handle.
#[derive(Debug)]
struct Process {
    child: Child,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Memory of a process in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    pub(super) now: u64,
    pub(super) peak: u64,
}

impl Process {
    fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .context("a process cannot be started")?;
        Ok(Self { child })
    }

    /// Kills it. Gone already is as good.
    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// CPU-seconds used so far.
    fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = std::fs::read_to_string(&path).context("a measured process has ended")?;
        let (_, own, _) = cpu_of(&stat).context("the system's figures are not understood")?;
        Ok(own)
    }

    fn memory(&self) -> anyhow::Result<Memory> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(&path).context("a measured process has ended")?;
        let kibibytes = |name: &str| -> Option<u64> {
            status
                .lines()
                .find_map(|line| line.strip_prefix(name))?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        };
        Ok(Memory {
            now: kibibytes("VmRSS:").context("the system tells no memory")? * 1024,
            peak: kibibytes("VmHWM:").context("the system tells no memory")? * 1024,
        })
    }
}

/// Name, own CPU seconds, and those of its ended children, of a line of `/proc/PID/stat`. The name stands
/// in brackets and may hold anything; the figures are the 12th to 15th after it.
fn cpu_of(stat: &str) -> Option<(&str, f64, f64)> {
    let (before, fields) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    let mut ticks = fields
        .split_whitespace()
        .skip(11)
        .map_while(|field| field.parse::<u32>().ok())
        .map(f64::from);
    let mut two = || Some((ticks.next()? + ticks.next()?) / TICKS);
    Some((name, two()?, two()?))
}

/// CPU seconds of every PostgreSQL process of this machine: the server's are not our children.
fn postgres_cpu_seconds() -> anyhow::Result<f64> {
    let processes = std::fs::read_dir("/proc").context("the system tells of no processes")?;
    Ok(processes
        .filter_map(|process| std::fs::read_to_string(process.ok()?.path().join("stat")).ok())
        .filter_map(|stat| match cpu_of(&stat)? {
            ("postgres", own, children) => Some(own + children),
            _ => None,
        })
        .sum())
}

#[derive(Debug, Deserialize)]
struct Ready {
    url: String,
    account_sid: String,
    auth_token: String,
}

/// The pretend carrier.
#[derive(Debug)]
pub(super) struct Sandbox {
    process: Process,
    pub(super) address: String,
    pub(super) account_sid: String,
    pub(super) auth_token: Secret,
}

impl Sandbox {
    pub(super) fn start(directory: &Path, messages: u32) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("this program's own file is not known")?;
        let mut command = Command::new(program);
        without_settings(&mut command)
            .args([
                "sandbox",
                "--port",
                "0",
                "--instant",
                "--json",
                "--seed",
                "1",
                "--number",
                NUMBER,
                "--keep",
            ])
            .arg((messages.saturating_mul(4)).max(100_000).to_string())
            .current_dir(directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = Process::spawn(&mut command)?;
        let stdout = process
            .child
            .stdout
            .take()
            .context("the sandbox has no output")?;
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .context("the sandbox said nothing")?;
        let ready: Ready = serde_json::from_str(&line).context("the sandbox did not start")?;
        let address = ready
            .url
            .strip_prefix("http://")
            .context("the sandbox has no address")?
            .to_owned();
        Ok(Self {
            process,
            address,
            account_sid: ready.account_sid,
            auth_token: Secret::new(ready.auth_token),
        })
    }

    pub(super) fn cpu_seconds(&self) -> anyhow::Result<f64> {
        self.process.cpu_seconds()
    }
}

/// Where the nodes keep what they know.
#[derive(Clone, Copy, Debug)]
pub(super) enum Database<'a> {
    /// A file of their own.
    Sqlite,
    /// An empty database on a server.
    Postgres(&'a str),
}

impl Database<'_> {
    fn address(&self) -> &str {
        match self {
            Self::Sqlite => "sqlite://bench.db",
            Self::Postgres(address) => address,
        }
    }
}

/// The service: as many nodes as asked for, on one database.
#[derive(Debug)]
pub(super) struct Service {
    nodes: Vec<Node>,
    pub(super) key: String,
    on_postgres: bool,
}

impl Service {
    pub(super) async fn start(
        directory: &Path,
        sandbox: &Sandbox,
        database: Database<'_>,
        nodes: u32,
    ) -> anyhow::Result<Self> {
        let key = chance::hex_digits(32)?;
        let mut started = Vec::new();
        for number in 0..nodes {
            started.push(Node::start(directory, sandbox, database, &key, number).await?);
        }
        Ok(Self {
            nodes: started,
            key,
            on_postgres: matches!(database, Database::Postgres(_)),
        })
    }

    /// The address of a node; callers are dealt out among them.
    pub(super) fn address(&self, caller: u32) -> &str {
        let index = caller as usize % self.nodes.len().max(1);
        self.nodes.get(index).map_or("", |node| &node.address)
    }

    /// Of all nodes together, and of the database's server where it is another process.
    pub(super) fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let nodes: anyhow::Result<f64> = self
            .nodes
            .iter()
            .map(|node| node.process.cpu_seconds())
            .sum();
        let server = if self.on_postgres {
            postgres_cpu_seconds()?
        } else {
            0.0
        };
        Ok(nodes? + server)
    }

    /// Of the node that has most.
    pub(super) fn memory(&self) -> anyhow::Result<Memory> {
        let mut most = Memory { now: 0, peak: 0 };
        for node in &self.nodes {
            let memory = node.process.memory()?;
            most.now = most.now.max(memory.now);
            most.peak = most.peak.max(memory.peak);
        }
        Ok(most)
    }

    /// Kills the first node and starts it again; how long it was gone.
    pub(super) async fn restart_the_first(&mut self) -> anyhow::Result<Duration> {
        let node = self.nodes.first_mut().context("there is a node")?;
        let begun = tokio::time::Instant::now();
        node.process.end();
        node.process = Process::spawn(&mut node.command)?;
        node.is_ready().await?;
        Ok(begun.elapsed())
    }

    /// The ends of their logs.
    pub(super) fn last_words(&self) -> Option<String> {
        let words: Vec<String> = self.nodes.iter().filter_map(Node::last_words).collect();
        (!words.is_empty()).then(|| words.join("\n"))
    }
}

/// One process of it.
#[derive(Debug)]
struct Node {
    process: Process,
    command: Command,
    address: String,
    log: PathBuf,
}

impl Node {
    async fn start(
        directory: &Path,
        sandbox: &Sandbox,
        database: Database<'_>,
        key: &str,
        number: u32,
    ) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("this program's own file is not known")?;
        let (address, inner) = (free_address()?, free_address()?);
        let settings = directory.join("empty.toml");
        std::fs::write(&settings, "")?;
        let log = directory.join(format!("service-{number}.log"));
        let mut command = Command::new(program);
        without_settings(&mut command)
            .arg("--config")
            .arg(&settings)
            .arg("serve")
            .current_dir(directory)
            .envs([
                ("DATABASE_URL", database.address()),
                ("GYMTEXT_ADDR", address.as_str()),
                ("GYMTEXT_INNER_ADDR", inner.as_str()),
                ("GYMTEXT_API_KEY", key),
                ("GYMTEXT_LOG", "warn"),
                // As deploy/gymtext.service has it.
                ("MIMALLOC_PURGE_DELAY", "1"),
                // It may be night where the made-up members live.
                ("GYMTEXT_QUIET_HOURS", "off"),
                ("GYMTEXT_BURST_GAP", "0"),
                ("GYMTEXT_FREQUENCY_CAPS", "off"),
                ("TWILIO_ACCOUNT_SID", sandbox.account_sid.as_str()),
                ("TWILIO_AUTH_TOKEN", sandbox.auth_token.expose()),
                ("TWILIO_PHONE_NUMBER", NUMBER),
                (
                    "TWILIO_API_URL",
                    format!("http://{}", sandbox.address).as_str(),
                ),
            ])
            .stdout(Stdio::null())
            .stderr(File::create(&log)?);
        let process = Process::spawn(&mut command)?;
        let node = Self {
            process,
            command,
            address,
            log,
        };
        node.is_ready().await?;
        Ok(node)
    }

    /// Waits until it answers.
    async fn is_ready(&self) -> anyhow::Result<()> {
        let wait = async {
            loop {
                if let Ok(mut client) = Client::connect(&self.address).await
                    && client
                        .get("/api/health", None)
                        .await
                        .is_ok_and(|(status, _)| status == 200)
                {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(START_MAX, wait).await.is_err() {
            bail!(
                "the service did not start: {}",
                self.last_words().unwrap_or_default()
            );
        }
        Ok(())
    }

    /// The end of its log.
    fn last_words(&self) -> Option<String> {
        let log = std::fs::read_to_string(&self.log).ok()?;
        let lines: Vec<&str> = log.lines().rev().take(5).collect();
        (!lines.is_empty()).then(|| lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
    }
}

/// The caller's own settings must not leak in.
fn without_settings(command: &mut Command) -> &mut Command {
    for setting in SETTINGS {
        command.env_remove(setting.name);
    }
    command.env_remove("GYMTEXT_CONFIG")
}

/// An address nobody has: taken and let go again.
fn free_address() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    Ok(listener.local_addr()?.to_string())
}
