//! Throw-away PostgreSQL for tests: a real server from the machine's own binaries, and a fresh
//! database for each test.
//!
//! `cargo xtask test` starts one server for all tests and names it in `GYMTEXT_TEST_POSTGRES`;
//! without it each process starts its own, which takes a second or two.

mod cluster;
mod look;

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::process::id;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use anyhow::Context as _;

pub use cluster::{BIN, Cluster, Stop};
use look::alone;
pub use look::{rows, run, schema};

/// The variable that names a server that runs already.
pub const SERVER: &str = "GYMTEXT_TEST_POSTGRES";

/// A database nobody else uses. It goes with its last owner, or with its server.
#[derive(Clone, Debug)]
pub struct Database {
    /// Its address: `postgres://…`.
    pub address: String,
    made: Arc<Made>,
}

/// What was made, and goes.
#[derive(Debug)]
struct Made {
    address: String,
    /// The server of this process; `None` for one that others use, too.
    own: Option<Arc<Cluster>>,
}

impl Made {
    fn at(address: String, own: Option<Arc<Cluster>>) -> Database {
        let made = Arc::new(Self {
            address: address.clone(),
            own,
        });
        Database { address, made }
    }
}

impl Drop for Made {
    /// A thousand databases of a whole run would fill the memory that a fast server keeps its files in.
    fn drop(&mut self) {
        if self.own.is_none()
            && let Some((server, name)) = self.address.rsplit_once('/')
        {
            // It may be gone with its server: then that is done, too.
            let _ = run(
                &format!("{server}/postgres"),
                &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            );
        }
    }
}

/// The server of this process, while somebody has a database on it.
static OWN: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
static MADE: AtomicU32 = AtomicU32::new(0);

/// Makes a database. Blocks.
pub fn database() -> anyhow::Result<Database> {
    let (server, cluster) = if let Some(server) = variable(SERVER) {
        (server, None)
    } else {
        let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
        let cluster = match own.upgrade() {
            Some(cluster) => cluster,
            None => Arc::new(Cluster::start()?),
        };
        *own = Arc::downgrade(&cluster);
        (cluster.server(), Some(cluster))
    };
    Ok(Made::at(database_on(&server)?, cluster))
}

/// A database as `make` leaves a fresh one. On a server that others use it is made once under this name, and copied
/// for everybody who asks: a copy is made in a third of the time that migrations take. Blocks.
pub fn database_as(
    name: &str,
    make: impl FnOnce(&str) -> anyhow::Result<()> + Send,
) -> anyhow::Result<Database> {
    let Some(server) = variable(SERVER) else {
        let database = database()?;
        make(&database.address)?;
        return Ok(database);
    };
    let address = format!("{server}/{}", new_name());
    if copy(&address, name).is_err() {
        once(&server, name, make)?;
        copy(&address, name)?;
    }
    Ok(Made::at(address, None))
}

/// Makes a model for copies, unless somebody else has, or is about to.
fn once(
    server: &str,
    name: &str,
    make: impl FnOnce(&str) -> anyhow::Result<()> + Send,
) -> anyhow::Result<()> {
    let all = format!("{server}/postgres");
    alone(&all, || {
        let known = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
        if !rows(&all, &known)?.is_empty() {
            return Ok(());
        }
        let unfinished = format!("{name}_unfinished");
        run(&all, &format!("DROP DATABASE IF EXISTS {unfinished}"))?;
        create(server, &unfinished)?;
        make(&format!("{server}/{unfinished}"))?;
        let finished = format!("ALTER DATABASE {unfinished} RENAME TO {name}");
        run(&all, &finished)
    })
}

/// Makes a database at this address as a copy of another of the same server.
fn copy(address: &str, original: &str) -> anyhow::Result<()> {
    let (server, name) = address.rsplit_once('/').context("an address")?;
    run(
        &format!("{server}/postgres"),
        &format!("CREATE DATABASE {name} TEMPLATE {original}"),
    )
    .context("a database could not be copied")
}

/// Makes a database on a server of the caller's own, which may be stopped under it; its address. Blocks.
pub fn database_on(server: &str) -> anyhow::Result<String> {
    let name = new_name();
    create(server, &name)?;
    Ok(format!("{server}/{name}"))
}

/// A name that no other database has, not even that of a test that has ended, since databases go with their server:
/// numbers of processes come again within one run, as every connection to a server is one.
fn new_name() -> String {
    let chance = RandomState::new().build_hasher().finish();
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    format!("t{}_{made}_{chance:016x}", id())
}

impl Database {
    /// A copy of it on the same server, as the server makes one: nobody may be connected to it. Blocks.
    pub fn copied(&self) -> anyhow::Result<Self> {
        let (server, original) = self.address.rsplit_once('/').context("an address")?;
        let address = format!("{server}/{}", new_name());
        copy(&address, original)?;
        Ok(Made::at(address, self.made.own.clone()))
    }

    /// Runs statements on it, as somebody else who uses it. Blocks.
    pub fn execute(&self, statements: &str) -> anyhow::Result<()> {
        run(&self.address, statements)
    }
}

/// A connection of somebody else's. It ends when it is dropped.
pub async fn connect(address: &str) -> anyhow::Result<tokio_postgres::Client> {
    let (client, connection) = tokio_postgres::connect(address, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests read what xtask hands them, the service does not"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn create(server: &str, name: &str) -> anyhow::Result<()> {
    let server = format!("{server}/postgres");
    // With the order of texts that most machines have, where the server knows it (15 and newer): what is to
    // be ordered by bytes has to say so.
    let ordered = format!(
        "CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'"
    );
    run(&server, &ordered)
        .or_else(|_| run(&server, &format!("CREATE DATABASE {name}")))
        .context("a database for a test could not be made")
}
