//! A network of a node's own, with a packet filter in it: the machine behind the wire that is cut. Made of a
//! network namespace and a pair of virtual interfaces, so nothing outside this machine can be reached or
//! reaches it; only root can make one.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;

/// The port of PostgreSQL, as test servers have it.
const DATABASE_PORT: u16 = 5432;

/// Where the programs may be.
const FOLDERS: [&str; 4] = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];

/// The network; it goes when this is dropped.
#[derive(Debug)]
pub struct Network {
    name: String,
    ip: String,
    /// This machine's end of the wire.
    pub ours: IpAddr,
    /// The node's end.
    pub theirs: IpAddr,
}

/// Whether networks may be made here; else why not.
pub fn may_be_made() -> Result<(), &'static str> {
    let root = std::fs::metadata("/proc/self")
        .is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    if root {
        Ok(())
    } else {
        Err("only root can make a network namespace")
    }
}

impl Network {
    /// Makes one: a wire between this machine and another that is none.
    pub fn new() -> anyhow::Result<Self> {
        let id = std::process::id();
        let [_, _, high, low] = id.to_be_bytes();
        let network = Self {
            name: format!("gymtext-{id}"),
            ip: program("ip")?,
            ours: IpAddr::V4(Ipv4Addr::new(10, 128 | high, low, 1)),
            theirs: IpAddr::V4(Ipv4Addr::new(10, 128 | high, low, 2)),
        };
        let (name, ours, theirs) = (&network.name, format!("gt{id}a"), format!("gt{id}b"));
        network.ip(&format!("netns add {name}"))?;
        network.ip(&format!("link add {ours} type veth peer name {theirs}"))?;
        network.ip(&format!("link set {theirs} netns {name}"))?;
        network.ip(&format!("addr add {}/24 dev {ours}", network.ours))?;
        network.ip(&format!("link set {ours} up"))?;
        network.ip(&format!(
            "-n {name} addr add {}/24 dev {theirs}",
            network.theirs
        ))?;
        network.ip(&format!("-n {name} link set {theirs} up"))?;
        network.ip(&format!("-n {name} link set lo up"))?;
        Ok(network)
    }

    /// What runs a program in it.
    pub fn under(&self) -> Vec<String> {
        [&*self.ip, "netns", "exec", &self.name]
            .map(str::to_owned)
            .into()
    }

    /// Whoever connects to this port of their own machine reaches ours: plain HTTP goes nowhere else.
    pub fn leads_to(&self, carrier: SocketAddr) -> anyhow::Result<()> {
        let forward = [
            "sh",
            "-c",
            "echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet",
        ];
        self.inside(&forward)?;
        let (ip, port) = (carrier.ip(), carrier.port());
        self.nft("add table ip way")?;
        self.nft("add chain ip way out { type nat hook output priority -100; }")?;
        self.nft(&format!(
            "add rule ip way out ip daddr 127.0.0.1 tcp dport {port} dnat to {ip}:{port}"
        ))?;
        self.nft("add chain ip way from { type nat hook postrouting priority 100; }")?;
        self.nft(&format!("add rule ip way from ip daddr {ip} masquerade"))
    }

    /// Drops every packet to and from the database, without a word.
    pub fn cut_off_the_database(&self) -> anyhow::Result<()> {
        self.nft("add table inet cut")?;
        self.nft("add chain inet cut out { type filter hook output priority 0; }")?;
        self.nft(&format!(
            "add rule inet cut out tcp dport {DATABASE_PORT} drop"
        ))?;
        self.nft("add chain inet cut in { type filter hook input priority 0; }")?;
        self.nft(&format!(
            "add rule inet cut in tcp sport {DATABASE_PORT} drop"
        ))
    }

    /// Lets them through again.
    pub fn mend(&self) -> anyhow::Result<()> {
        self.nft("delete table inet cut")
    }

    fn nft(&self, command: &str) -> anyhow::Result<()> {
        let nft = program("nft")?;
        self.inside(&[&nft, command])
    }

    fn inside(&self, words: &[&str]) -> anyhow::Result<()> {
        let under = self.under();
        let words: Vec<&str> = under
            .iter()
            .map(String::as_str)
            .chain(words.iter().copied())
            .collect();
        run(&words)
    }

    fn ip(&self, words: &str) -> anyhow::Result<()> {
        let words: Vec<&str> = std::iter::once(&*self.ip).chain(words.split(' ')).collect();
        run(&words)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // What cannot be removed here has no other end any more.
        let _ = self.ip(&format!("netns del {}", self.name));
    }
}

fn run(words: &[&str]) -> anyhow::Result<()> {
    let (program, words) = words.split_first().context("no words")?;
    let done = Command::new(program)
        .args(words)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{program} could not be run"))?;
    anyhow::ensure!(
        done.status.success(),
        "{program} {}: {}",
        words.join(" "),
        String::from_utf8_lossy(&done.stderr)
    );
    Ok(())
}

/// Where a program of the system is.
fn program(name: &str) -> anyhow::Result<String> {
    FOLDERS
        .iter()
        .map(|folder| format!("{folder}/{name}"))
        .find(|path| Path::new(path).is_file())
        .with_context(|| format!("`{name}` is not on this machine"))
}
