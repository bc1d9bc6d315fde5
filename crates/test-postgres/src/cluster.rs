//! One server: its files in a directory that goes with it, its socket there too.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use tempfile::TempDir;

/// The variable that says where the binaries are, if the machine's own ways do not tell.
pub const BIN: &str = "GYMTEXT_TEST_POSTGRES_BIN";

/// What every server is told: no network, durable as a real one, room for many nodes and tests.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "max_connections=400",
    "shared_buffers=64MB",
    "deadlock_timeout=100ms",
    "log_min_messages=fatal",
];

/// A server that runs until this is dropped.
#[derive(Debug)]
pub struct Cluster {
    directory: TempDir,
    bin: PathBuf,
    server: Option<Child>,
}

impl Cluster {
    /// Makes and starts one; it takes connections when this returns.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_from(&binaries()?)
    }

    /// Makes and starts one with the binaries of this folder.
    pub fn start_from(bin: &Path) -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new().prefix("gymtext-pg").tempdir()?;
        let mut cluster = Self {
            directory,
            bin: bin.into(),
            server: None,
        };
        if let Some(user) = server_user() {
            std::os::unix::fs::chown(cluster.directory.path(), Some(user.0), Some(user.1))?;
        }
        let made = cluster
            .command("initdb")
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8"])
            .args(["--locale=C", "--no-sync", "-D"])
            .arg(cluster.data())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .context("initdb")?;
        anyhow::ensure!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        cluster.run()?;
        Ok(cluster)
    }

    /// Starts the server on the files there are, and waits until it takes connections.
    pub fn run(&mut self) -> anyhow::Result<()> {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data());
        command.arg("-k").arg(self.directory.path());
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        // It says when it is ready, and from then on only what is fatal.
        command.args(["-c", "log_min_messages=log"]);
        let mut server = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("postgres")?;
        let log = server.stderr.take().context("its log")?;
        let mut lines = BufReader::new(log).lines();
        let mut said = String::new();
        loop {
            let Some(Ok(line)) = lines.next() else {
                anyhow::bail!("the server did not start: {said}");
            };
            if line.contains("ready to accept connections") {
                break;
            }
            said.push_str(&line);
            said.push('\n');
        }
        // Read on, or it would stand still once the pipe is full.
        std::thread::spawn(move || lines.for_each(drop));
        self.server = Some(server);
        Ok(())
    }

    /// Ends it as a power cut would: no checkpoint, no farewell to those who are connected.
    pub fn crash(&mut self) -> anyhow::Result<()> {
        if let Some(mut server) = self.server.take() {
            server.kill()?;
            server.wait()?;
        }
        // Those it left behind notice and end; the next server waits for them.
        Ok(())
    }

    /// The address of the server without a database.
    pub fn server(&self) -> String {
        let socket = self
            .directory
            .path()
            .display()
            .to_string()
            .replace('/', "%2F");
        format!("postgres://postgres@{socket}")
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command
            .current_dir(self.directory.path())
            .stdin(Stdio::null());
        if let Some((user, group)) = server_user() {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // What cannot be ended here ends with its files.
        let _ = self.crash();
    }
}

/// The newest folder with the binaries.
pub(crate) fn binaries() -> anyhow::Result<PathBuf> {
    if let Some(bin) = crate::variable(BIN) {
        return Ok(bin.into());
    }
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("postgres").is_file())
        .collect();
    found.sort();
    let (_, bin) = found.pop().context(
        "PostgreSQL is not installed: `cargo xtask test` says how, or name its folder in \
         GYMTEXT_TEST_POSTGRES_BIN",
    )?;
    Ok(bin)
}

/// Root may not run a server: then it is the user the packages make, with its group.
fn server_user() -> Option<(u32, u32)> {
    let me = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").ok()?);
    if me != 0 {
        return None;
    }
    let users = std::fs::read_to_string(Path::new("/etc/passwd")).ok()?;
    let line = users
        .lines()
        .find(|line| line.starts_with("postgres:"))
        .or_else(|| users.lines().find(|line| line.starts_with("nobody:")))?;
    let mut fields = line.split(':').skip(2);
    let user = fields.next()?.parse().ok()?;
    Some((user, fields.next()?.parse().ok()?))
}
