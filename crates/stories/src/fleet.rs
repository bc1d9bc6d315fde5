//! Several nodes on one PostgreSQL, with one carrier, behind one address; and the same load on them as on
//! one service alone.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use simulator::Timing;

use crate::binary::{Service, Setup};
use crate::database::Database;
use crate::front::Front;
use crate::load::{Load, TIMES};
use crate::ports::free_addr;
use crate::sandbox::{Sandbox, SystemClock};
use crate::{stopwatch, tick};

/// Longer than nodes take to share the shards out.
const PATIENCE: Duration = Duration::from_secs(40);

/// Of all shards.
const SHARDS: u64 = 64;

/// The nodes.
#[derive(Debug)]
pub struct Fleet {
    /// What is put on them, and their carrier. Its service is whoever the front chooses.
    pub load: Load,
    /// How each is run.
    pub nodes: Vec<Setup>,
    /// What stands before them.
    pub front: Front,
}

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The word of its health.
    pub status: String,
    /// Its fence.
    pub epoch: i64,
    /// How many shards it has.
    pub shards: u64,
    /// How many nodes it knows of.
    pub nodes: u64,
    /// By how many seconds its clock is off, if that is too much.
    pub clock_off: Option<f64>,
}

impl Fleet {
    /// Sets up so many nodes on a fresh database, and starts none.
    pub async fn of(count: usize) -> anyhow::Result<Self> {
        let on = tokio::task::spawn_blocking(Database::on_postgres).await??;
        Self::on(on, count).await
    }

    /// Sets up so many nodes on this database, and starts none.
    pub async fn on(database: Database, count: usize) -> anyhow::Result<Self> {
        let front = Front::at(IpAddr::V4(Ipv4Addr::LOCALHOST)).await?;
        let url = format!("http://{}", front.addr);
        let sandbox = Sandbox::start(&url, Arc::new(SystemClock), Timing::instant()).await?;
        let data = tempfile::tempdir()?;
        let mut setup =
            Setup::on(database, data.path(), front.addr, sandbox.addr)?.with("PUBLIC_URL", &url);
        for (name, value) in TIMES {
            setup = setup.with(name, value);
        }
        let load = Load::before(setup, sandbox, data);
        let mut fleet = Self {
            load,
            nodes: Vec::new(),
            front,
        };
        for number in 0..count {
            fleet.adds(free_addr()?, &format!("node-{number}"))?;
        }
        Ok(fleet)
    }

    /// Sets up one more node, with a folder of its own.
    pub fn adds(&mut self, addr: SocketAddr, name: &str) -> anyhow::Result<&mut Setup> {
        let data: PathBuf = self.load.setup.data.join(name);
        std::fs::create_dir(&data)?;
        let node = self.load.setup.beside(&data, addr)?;
        self.front.stands_before(addr);
        // Whoever asks for the ledger asks the first.
        if self.nodes.is_empty() {
            self.load.setup.inner = node.inner;
        }
        self.nodes.push(node);
        self.nodes.last_mut().context("the node that was added")
    }

    /// Gives every node one more setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        for node in &mut self.nodes {
            *node = node.clone().with(name, value);
        }
        self.load.setup = self.load.setup.with(name, value);
        self
    }

    /// A node.
    pub fn node(&self, number: usize) -> anyhow::Result<&Setup> {
        self.nodes.get(number).context("there is no such node")
    }

    /// Starts all, and waits until they have shared the shards out.
    pub async fn start(&self) -> anyhow::Result<Vec<Service>> {
        let mut services = Vec::new();
        for node in &self.nodes {
            services.push(node.start().await?);
        }
        let all: Vec<usize> = (0..self.nodes.len()).collect();
        self.share_out(&all).await?;
        Ok(services)
    }

    /// What a node says of itself.
    pub async fn share(&self, number: usize) -> anyhow::Result<Share> {
        share_of(self.node(number)?).await
    }

    /// Waits until these have all shards between them, none of them too many.
    pub async fn share_out(&self, numbers: &[usize]) -> anyhow::Result<Vec<Share>> {
        let fair = SHARDS.div_ceil(numbers.len() as u64);
        let since = stopwatch();
        loop {
            let mut shares = Vec::new();
            for number in numbers {
                if let Ok(share) = self.share(*number).await {
                    shares.push(share);
                }
            }
            let sum: u64 = shares.iter().map(|share| share.shards).sum();
            let is_fair = shares.iter().all(|share| share.shards <= fair);
            if shares.len() == numbers.len() && sum == SHARDS && is_fair {
                return Ok(shares);
            }
            anyhow::ensure!(
                since.elapsed() < PATIENCE,
                "the shards are not shared out: {shares:?}"
            );
            tick().await;
        }
    }

    /// Ends these in order; each must do so in peace.
    pub async fn end(services: Vec<Service>) -> anyhow::Result<()> {
        for service in services {
            let status = service.terminate().await?;
            anyhow::ensure!(status.success(), "a node ended with {status}");
        }
        Ok(())
    }
}

/// What a node says of itself.
pub async fn share_of(node: &Setup) -> anyhow::Result<Share> {
    let health = node.inner_http().get("/inner/health").await?.json();
    let number = |name: &str| health.pointer(&format!("/node/{name}"));
    let count = |name: &str| number(name).and_then(Value::as_u64).context("a count");
    Ok(Share {
        status: crate::world::text(&health, "status"),
        epoch: number("epoch")
            .and_then(Value::as_i64)
            .context("an epoch")?,
        shards: count("shards")?,
        nodes: count("nodes")?,
        clock_off: number("clock_off_seconds").and_then(Value::as_f64),
    })
}
