//! The database as the settings name it, opened: a SQLite file of this process, or a PostgreSQL that
//! many nodes share.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::Context as _;
use domain::Secret;
use store::committer::{Apply, NoticeSink};
use store::{Ask, Committer, Ownership};
use store_postgres::PostgresStore;
use store_sqlite::SqliteStore;

use super::hash_key;
use crate::commands::migrate::make_directory;
use crate::settings::{Database, Settings};

/// A database that is open.
pub(super) struct Open {
    /// The way in.
    pub(super) committer: Committer,
    /// The writing thread.
    pub(super) writer: JoinHandle<()>,
    /// The reading side.
    pub(super) ask: Arc<dyn Ask>,
    /// What of the lanes is this process's.
    pub(super) ownership: Arc<Ownership>,
}

/// Opens it, and brings its tables up to date. Blocks: a connection is made and files are read.
pub(super) fn open(settings: &Settings, sink: NoticeSink) -> anyhow::Result<Open> {
    let (writer, ask, ownership) = match &settings.database {
        Database::Sqlite(path) => sqlite(path)?,
        Database::Postgres(address) => postgres(address, settings)?,
    };
    let (committer, writer) =
        Committer::start(writer, sink).context("the writing thread cannot be started")?;
    Ok(Open {
        committer,
        writer,
        ask,
        ownership,
    })
}

type Parts = (Box<dyn Apply>, Arc<dyn Ask>, Arc<Ownership>);

fn sqlite(path: &Path) -> anyhow::Result<Parts> {
    make_directory(path)?;
    let options = store_sqlite::Options {
        hash_key: hash_key::of(path)?,
        migrate: true,
    };
    let (writer, reader, epoch) = SqliteStore::open(path, &options)
        .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    let ownership = Arc::new(Ownership::alone(epoch));
    Ok((Box::new(writer), Arc::new(reader), ownership))
}

fn postgres(address: &Secret, settings: &Settings) -> anyhow::Result<Parts> {
    let options = store_postgres::Options {
        lease: settings.times.lease.to_duration(),
        name: name_of(settings),
        ..store_postgres::Options::default()
    };
    let (writer, reader, ownership) = PostgresStore::open(address.expose(), &options)
        .map_err(|error| anyhow::anyhow!("DATABASE_URL: {error}"))?;
    Ok((Box::new(writer), Arc::new(reader), ownership))
}

/// What no other living process is: who listens on this address, in this network, of this run of this
/// machine. Names of machines alone are not enough: clones and containers often share theirs, and two nodes
/// of one name would fence each other for ever.
fn name_of(settings: &Settings) -> String {
    let system = rustix::system::uname();
    let network = std::fs::read_link("/proc/self/ns/net").unwrap_or_default();
    let run = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    format!(
        "{} {} {} {}",
        system.nodename().to_string_lossy(),
        settings.web.addr,
        network.display(),
        run.trim(),
    )
}
