//! Throw-away PostgreSQL for tests: a real server from the machine's own binaries, and a fresh
//! database for each test.
//!
//! `cargo xtask test` starts one server for all tests and names it in `GYMTEXT_TEST_POSTGRES`;
//! without it each process starts its own, which takes a second or two.

mod cluster;

use std::process::id;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use anyhow::Context as _;

pub use cluster::{BIN, Cluster, Stop};

/// The variable that names a server that runs already.
pub const SERVER: &str = "GYMTEXT_TEST_POSTGRES";

/// A database nobody else uses. It goes with its server.
#[derive(Clone, Debug)]
pub struct Database {
    /// Its address: `postgres://…`.
    pub address: String,
    _server: Option<Arc<Cluster>>,
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
    Ok(Database {
        address: database_on(&server)?,
        _server: cluster,
    })
}

/// Makes a database on a server of the caller's own, which may be stopped under it; its address. Blocks.
pub fn database_on(server: &str) -> anyhow::Result<String> {
    let name = format!("t{}_{}", id(), MADE.fetch_add(1, Ordering::Relaxed));
    create(server, &name)?;
    Ok(format!("{server}/{name}"))
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

/// Runs statements on a database, for a test that plays somebody else's part. Blocks.
///
/// On a thread of its own: tests call it from within their runtimes.
pub fn run(address: &str, statements: &str) -> anyhow::Result<()> {
    let (address, statements) = (address.to_owned(), statements.to_owned());
    let made = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&address, tokio_postgres::NoTls).await?;
            let driving = tokio::spawn(connection);
            client.batch_execute(&statements).await?;
            drop(client);
            driving.await??;
            anyhow::Ok(())
        })
    });
    made.join()
        .map_err(|_| anyhow::anyhow!("the thread that talks to the database panicked"))?
}
