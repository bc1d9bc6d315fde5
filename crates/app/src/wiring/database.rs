//! The database as the settings name it, opened: a SQLite file of this process, or a PostgreSQL that
//! many nodes share.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::Context as _;
use domain::{Clock as _, Secret};
use store::committer::{Apply, NoticeSink};
use store::home::Held;
use store::{Ask, Committer, Ownership, StoreError};
use store_postgres::PostgresStore;
use store_sqlite::SqliteStore;

use super::{hash_key, home};
use crate::clock::SystemClock;
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
        Database::Sqlite(path) => sqlite(path, settings)?,
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

/// Only reads it, beside whoever serves it. Blocks.
pub(crate) fn reader(settings: &Settings) -> anyhow::Result<Arc<dyn Ask>> {
    Ok(match &settings.database {
        Database::Sqlite(path) => {
            let failed = |error| anyhow::anyhow!("{}: {error}", path.display());
            Arc::new(store_sqlite::SqliteReader::alone(path).map_err(failed)?)
        }
        Database::Postgres(address) => {
            let failed = |error| anyhow::anyhow!("DATABASE_URL: {error}");
            Arc::new(store_postgres::PostgresReader::alone(address.expose()).map_err(failed)?)
        }
    })
}

type Parts = (Box<dyn Apply>, Arc<dyn Ask>, Arc<Ownership>);

fn sqlite(path: &Path, settings: &Settings) -> anyhow::Result<Parts> {
    make_directory(path)?;
    let options = store_sqlite::Options {
        hash_key: hash_key::of(path)?,
        migrate: true,
    };
    let failed = |error| anyhow::anyhow!("{}: {error}", path.display());
    let (mut writer, reader, epoch) = SqliteStore::open(path, &options).map_err(failed)?;
    let ownership = Arc::new(Ownership::alone(epoch));
    if settings.guarded {
        let now = SystemClock.now();
        let held = writer.guard(&home::here(settings), now).map_err(failed)?;
        hold(&ownership, held).map_err(failed)?;
    }
    Ok((Box::new(writer), Arc::new(reader), ownership))
}

fn postgres(address: &Secret, settings: &Settings) -> anyhow::Result<Parts> {
    let options = store_postgres::Options {
        lease: settings.times.lease.to_duration(),
        name: name_of(settings),
        ..store_postgres::Options::default()
    };
    let failed = |error| anyhow::anyhow!("DATABASE_URL: {error}");
    let (mut writer, reader, ownership) =
        PostgresStore::open(address.expose(), &options).map_err(failed)?;
    if settings.guarded {
        let held = writer.guard(&home::here(settings)).map_err(failed)?;
        hold(&ownership, held).map_err(failed)?;
    }
    Ok((Box::new(writer), Arc::new(reader), ownership))
}

/// Away from home it is served and nothing is sent from it (G33). Half of a copy is not even served: what
/// is written into it would not be what was copied.
fn hold(ownership: &Ownership, held: Option<Held>) -> Result<(), StoreError> {
    if held == Some(Held::Copying) {
        return Err(StoreError::Unavailable(Held::Copying.sentence().into()));
    }
    ownership.hold(held);
    Ok(())
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
