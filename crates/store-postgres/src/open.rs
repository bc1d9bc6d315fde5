//! Opening a database: what its server must be, its tables, the node.

use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;
use store::{Ownership, Shards, StoreError};

use crate::doorbell::Bell;
use crate::fault::{Done, corrupt};
use crate::migrate;
use crate::outbox;
use crate::presence;
use crate::reader::PostgresReader;
use crate::recent::{RecentIds, RecentNumbers};
use crate::session::Address;
use crate::sql::{Line, Sql, params};
use crate::writer::{Memory, PostgresWriter};

/// The oldest server we know our way around in.
const VERSION_MIN: i64 = 140_000;

/// How to open a database.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether to apply missing migrations; refused with a hint otherwise.
    pub migrate: bool,
    /// How long this node is a node without a beat; others take its lanes after that.
    pub lease: Duration,
    /// Its name, which no other living node may have: one that comes back under its name takes its
    /// lanes up at once, instead of waiting for the lease it had before.
    pub name: String,
    /// Fence every other node and take all lanes at once: for a database that is known to be nobody
    /// else's.
    pub take_over: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            migrate: true,
            lease: Duration::from_secs(30),
            name: format!("process {}", std::process::id()),
            take_over: false,
        }
    }
}

/// The store on a PostgreSQL database.
#[derive(Clone, Copy, Debug)]
pub struct PostgresStore;

impl PostgresStore {
    /// Opens the database at `postgres://…`. Nothing of the lanes is this node's before its first beat,
    /// unless it takes over.
    ///
    /// Blocks: not to be called on a thread that drives tasks.
    pub fn open(
        address: &str,
        options: &Options,
    ) -> Result<(PostgresWriter, PostgresReader, Arc<Ownership>), StoreError> {
        let address = Address::parse(address)
            .map_err(|why| StoreError::Unavailable(format!("its address {why}")))?;
        let line = Line::to(address);
        let sql = line.connect()?;
        check_server(&sql)?;
        presence::serve(&sql)?;
        if options.migrate {
            migrate::apply_missing(&sql)?;
        } else if !migrate::is_current(&sql)? {
            return Err(StoreError::Unavailable(
                "its tables are not up to date; run `gymtext migrate up`".into(),
            ));
        }
        outbox::go_on(&sql)?;
        let ownership = Arc::new(Ownership::shared());
        let memory = Memory {
            ownership: Arc::clone(&ownership),
            leaving: Shards::NONE,
            switches_version: 0,
            any_parked: false,
            transaction: 0,
            events_from: 0,
            counts: FxHashMap::default(),
            costs: store::costs::CostChanges::default(),
            activity: store::activity::ActivityChanges::default(),
            events: 0,
            told_others: false,
            recent: RecentIds::load(&sql)?,
            numbers: RecentNumbers::default(),
            hash_key: hash_key(&sql)?,
            spares_until: 0,
            lease: options.lease,
            name: options.name.clone(),
            here: None,
        };
        let bell = Bell::hang(line.clone(), Arc::clone(&ownership))?;
        let mut writer = PostgresWriter::new(line.clone(), sql, memory, bell);
        if options.take_over {
            writer.take_over()?;
        }
        let reader = PostgresReader::start(&line)?;
        Ok((writer, reader, ownership))
    }
}

/// What is acknowledged must be on a disk (G1), and must be writable.
pub(crate) fn check_server(sql: &Sql) -> Done<()> {
    let found = sql.one(
        "SELECT current_setting('server_version_num')::bigint, current_setting('fsync'),
           pg_is_in_recovery(), current_setting('full_page_writes'),
           current_setting('synchronous_commit')",
        params![],
        |row| {
            Ok((
                row.get::<i64>(0)?,
                row.get::<String>(1)?,
                row.get::<bool>(2)?,
                row.get::<String>(3)?,
                row.get::<String>(4)?,
            ))
        },
    )?;
    let Some((version, fsync, standby, full_pages, synchronous)) = found else {
        return Ok(());
    };
    let why = if version < VERSION_MIN {
        format!(
            "PostgreSQL {} is too old; 14 or newer is needed",
            version / 10_000
        )
    } else if standby {
        "this PostgreSQL only reads (a standby?); give the address of the primary".into()
    } else if fsync != "on" || full_pages != "on" || synchronous == "off" {
        "PostgreSQL runs with fsync, full_page_writes or synchronous_commit off and would lose messages when its \
         machine fails; turn them on"
            .into()
    } else {
        return Ok(());
    };
    Err(StoreError::Unavailable(why).into())
}

/// The key under which addresses of erased members are hashed (G18): one for all nodes.
pub(crate) fn hash_key(sql: &Sql) -> Done<[u8; 32]> {
    let key = sql.one("SELECT hash_key FROM instance", params![], |row| {
        row.get::<&[u8]>(0)?
            .try_into()
            .map_err(|_| corrupt("instance.hash_key", "not 32 bytes"))
    })?;
    key.ok_or_else(|| corrupt("instance", "no row"))
}
