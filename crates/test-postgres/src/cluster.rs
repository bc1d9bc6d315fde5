//! One server: its files in a directory that goes with it, its socket there too.

use std::fs::Permissions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use tempfile::TempDir;

/// The variable that says where the binaries are, if the machine's own ways do not tell.
pub const BIN: &str = "GYMTEXT_TEST_POSTGRES_BIN";

/// What every server is told: durable as a real one, room for many nodes and tests.
const SETTINGS: &[&str] = &[
    "max_connections=400",
    "shared_buffers=64MB",
    // Its files may be in memory.
    "max_wal_size=512MB",
    "deadlock_timeout=100ms",
    "max_prepared_transactions=4",
    "log_min_messages=fatal",
];

/// A server that runs until this is dropped.
#[derive(Debug)]
pub struct Cluster {
    directory: TempDir,
    bin: PathBuf,
    server: Option<Child>,
    /// Processes that stand still.
    frozen: Vec<u32>,
    /// Where it is reached besides its socket.
    listens: Option<IpAddr>,
    port: u16,
    encrypted: bool,
}

/// How a server is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Connections are ended, what is open is taken back, the files are left in order.
    Fast,
    /// At once; the next start recovers.
    Immediate,
}

impl Cluster {
    /// Makes and starts one; it takes connections when this returns.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_from(&binaries()?, &std::env::temp_dir())
    }

    /// Makes and starts one with the binaries of a folder, with its files in another.
    pub fn start_from(bin: &Path, place: &Path) -> anyhow::Result<Self> {
        let mut cluster = Self::make(bin, place, None)?;
        cluster.run()?;
        Ok(cluster)
    }

    /// Makes and starts one that also listens at this address of the machine, and trusts whoever reaches it
    /// there: for a network that ends on this machine.
    pub fn start_at(ip: IpAddr) -> anyhow::Result<Self> {
        let mut cluster = Self::make(&binaries()?, &std::env::temp_dir(), Some(ip))?;
        cluster.trust(&format!("host all all {ip}/24 trust"))?;
        cluster.run()?;
        Ok(cluster)
    }

    /// Makes and starts one that is reached over this machine's own network, by TLS alone. Both are PEM.
    pub fn start_encrypted(certificate: &str, key: &str) -> anyhow::Result<Self> {
        let mut cluster = Self::make(
            &binaries()?,
            &std::env::temp_dir(),
            Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        )?;
        // Free now; somebody else would have to take it within the blink of an eye.
        cluster.port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        cluster.encrypted = true;
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let path = cluster.data().join(name);
            std::fs::write(&path, text)?;
            std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
            if let Some((user, group)) = server_user() {
                chown(&path, Some(user), Some(group))?;
            }
        }
        // The first line that fits decides, and the one `initdb` wrote trusts whoever comes.
        std::fs::write(
            cluster.data().join("pg_hba.conf"),
            "local all all trust\nhostssl all all 127.0.0.1/32 trust\n",
        )?;
        cluster.run()?;
        Ok(cluster)
    }

    /// Makes and starts one that trusts its owner, `postgres`, and wants to see a password of everybody else, in a way
    /// of `pg_hba.conf`.
    pub fn start_with_passwords(how: &str) -> anyhow::Result<Self> {
        let mut cluster = Self::make(&binaries()?, &std::env::temp_dir(), None)?;
        std::fs::write(
            cluster.data().join("pg_hba.conf"),
            format!("local all postgres trust\nlocal all all {how}\n"),
        )?;
        cluster.run()?;
        Ok(cluster)
    }

    fn make(bin: &Path, place: &Path, listens: Option<IpAddr>) -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("gymtext-pg")
            .tempdir_in(place)?;
        let cluster = Self {
            directory,
            bin: bin.into(),
            server: None,
            frozen: Vec::new(),
            listens,
            port: 5432,
            encrypted: false,
        };
        if let Some((user, group)) = server_user() {
            chown(cluster.directory.path(), Some(user), Some(group))?;
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
        Ok(cluster)
    }

    fn trust(&self, line: &str) -> anyhow::Result<()> {
        let mut trusted = std::fs::OpenOptions::new()
            .append(true)
            .open(self.data().join("pg_hba.conf"))?;
        writeln!(trusted, "{line}")?;
        Ok(())
    }

    /// Starts the server on the files there are, and waits until it takes connections.
    pub fn run(&mut self) -> anyhow::Result<()> {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data());
        command.arg("-k").arg(self.directory.path());
        let listens = self.listens.map(|ip| ip.to_string()).unwrap_or_default();
        command.args(["-c", &format!("listen_addresses={listens}")]);
        command.args(["-c", &format!("port={}", self.port)]);
        if self.encrypted {
            command.args(["-c", "ssl=on"]);
        }
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

    /// Stops it as an operator does. It can be run again.
    pub fn stop(&mut self, how: Stop) -> anyhow::Result<()> {
        let mode = match how {
            Stop::Fast => "fast",
            Stop::Immediate => "immediate",
        };
        let stopped = self
            .command("pg_ctl")
            .args(["stop", "-w", "-m", mode, "-D"])
            .arg(self.data())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .context("pg_ctl")?;
        anyhow::ensure!(
            stopped.status.success(),
            "pg_ctl stop: {}",
            String::from_utf8_lossy(&stopped.stderr)
        );
        if let Some(mut server) = self.server.take() {
            server.wait()?;
        }
        Ok(())
    }

    /// Makes it stand still with all its connections, as behind a cut network: nothing is refused and
    /// nothing is answered.
    pub fn freeze(&mut self) -> anyhow::Result<()> {
        let server = self.server.as_ref().context("it does not run")?.id();
        signal("STOP", &[server])?;
        self.frozen.push(server);
        // It makes no further ones now.
        let children = std::fs::read_to_string(format!("/proc/{server}/task/{server}/children"))?;
        let children: Vec<u32> = children
            .split_whitespace()
            .filter_map(|id| id.parse().ok())
            .collect();
        self.frozen.extend(&children);
        signal("STOP", &children)
    }

    /// Lets it go on.
    pub fn thaw(&mut self) -> anyhow::Result<()> {
        signal("CONT", &std::mem::take(&mut self.frozen))
    }

    /// Makes a fresh database on it and answers its address. Blocks.
    pub fn database(&self) -> anyhow::Result<String> {
        crate::create(&self.server(), "gymtext")?;
        Ok(format!("{}/gymtext", self.server()))
    }

    /// The address of the server without a database.
    pub fn server(&self) -> String {
        let socket = self
            .directory
            .path()
            .display()
            .to_string()
            .replace('/', "%2F");
        format!("postgres://postgres@{socket}:{}", self.port)
    }

    /// Host and port where it is reached by TLS, if it was started so.
    pub fn encrypted_at(&self) -> Option<String> {
        self.encrypted.then(|| format!("localhost:{}", self.port))
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.directory
            .path()
            .join(format!(".s.PGSQL.{}", self.port))
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
        let _ = self.thaw();
    }
}

fn signal(name: &str, processes: &[u32]) -> anyhow::Result<()> {
    if processes.is_empty() {
        return Ok(());
    }
    let status = Command::new("kill")
        .arg(format!("-{name}"))
        .args(processes.iter().map(u32::to_string))
        .stderr(Stdio::null())
        .status()
        .context("kill")?;
    // One that has ended meanwhile needs no signal.
    anyhow::ensure!(
        status.success() || name == "CONT",
        "SIG{name} could not be sent"
    );
    Ok(())
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
