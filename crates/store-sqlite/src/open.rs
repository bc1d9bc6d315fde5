//! Opening a database: the lock beside it, the settings of a connection, the epoch.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use store::home::Guard;
use store::{Epoch, StoreError};

use crate::checkpoint::Checkpoints;
use crate::fault::{Done, store_error};
use crate::home::{self, Far};
use crate::migrate;
use crate::reader::SqliteReader;
use crate::writer::SqliteWriter;

/// Prepared statements a connection keeps: more than there are statements.
const STATEMENTS_MAX: usize = 256;

/// Pages the writing connection keeps, in KiB: what is written at the end of each table, and the
/// index pages between. The rest is the system's cache to keep. More is no gain: a transaction that moved rows between
/// pages ends by walking over all that are kept.
const WRITER_CACHE_KIB: u32 = 4 * 1024;

/// Pages a reading connection keeps, in KiB.
const READER_CACHE_KIB: u32 = 4 * 1024;

/// How long a statement waits for another connection's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a transaction waits for a lock of another program: short enough for a webhook's answer behind
/// another (G3). What could not be written is tried again by whoever asked for it.
const WRITER_WAITS: Duration = Duration::from_millis(900);

/// How to open a database.
#[derive(Clone)]
pub struct Options {
    /// The key under which addresses of erased members are hashed (G18). The same for the life of
    /// the database: with another key they are not recognised any more.
    pub hash_key: [u8; 32],
    /// Whether to apply missing migrations; refused with a hint otherwise.
    pub migrate: bool,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("migrate", &self.migrate)
            .finish_non_exhaustive()
    }
}

/// The store on one SQLite file.
#[derive(Clone, Copy, Debug)]
pub struct SqliteStore;

impl SqliteStore {
    /// Opens or makes the database, refuses when another process has it open, and raises the
    /// epoch. The lock is the writer's: it goes when the writer is dropped.
    pub fn open(
        path: &Path,
        options: &Options,
    ) -> Result<(SqliteWriter, SqliteReader, Epoch), StoreError> {
        let lock = Lock::take(path)?;
        let mut connection = connect(path)?;
        if options.migrate {
            migrate::apply_missing(&mut connection)?;
        } else if !migrate::is_current(&connection)? {
            return Err(StoreError::Unavailable(
                "its tables are not up to date; run `gymtext migrate up`".into(),
            ));
        }
        let epoch = raise_epoch(&connection, &lock)?;
        let checkpoints = Checkpoints::start(path)?;
        connection
            .busy_timeout(WRITER_WAITS)
            .map_err(|error| store_error(&error))?;
        let writer =
            SqliteWriter::new(connection, path, lock, checkpoints, epoch, options.hash_key)?;
        let reader = SqliteReader::start(path)?;
        Ok((writer, reader, epoch))
    }
}

/// The next epoch. A file that has not come as far as the one that was last open here has been put back: it does
/// not know what has been sent since, and is at home nowhere any more (G33).
fn raise_epoch(connection: &Connection, lock: &Lock) -> Done<Epoch> {
    let before = Far::of(connection)?;
    let last = Far::beside(&lock.0);
    // One that was never opened was made anew, and holds nothing.
    if before.epoch > 0 && last.is_some_and(|last| before < last) {
        home::forget_all(connection, Guard::Restored)?;
    }
    let epoch = before.epoch.max(last.map_or(0, |last| last.epoch)) + 1;
    connection.execute("UPDATE instance SET epoch = ?1 WHERE id = 1", [epoch])?;
    if let Err(error) = (Far { epoch, ..before }).note(&lock.0) {
        tracing::warn!(
            kind = %error.kind(),
            "how far the database has come could not be written beside it: an older copy put in its place \
             would not be noticed by it"
        );
    }
    Ok(Epoch(epoch))
}

/// The lock file beside a database. The system gives it back when the process ends, however.
#[derive(Debug)]
pub(crate) struct Lock(pub(crate) File);

impl Lock {
    /// Takes it or says who is in the way.
    pub(crate) fn take(path: &Path) -> Result<Self, StoreError> {
        let beside = lock_path(path);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&beside)
            .map_err(|error| {
                StoreError::Unavailable(format!(
                    "the lock file beside it cannot be opened ({})",
                    error.kind()
                ))
            })?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::Unavailable(format!(
                "another process has it open (it holds {}); stop that one first",
                beside.display()
            ))),
            Err(TryLockError::Error(error)) => Err(StoreError::Unavailable(format!(
                "the lock file beside it cannot be locked ({})",
                error.kind()
            ))),
        }
    }
}

/// Where the lock of a file stands.
pub(crate) fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

/// A connection that may write.
pub(crate) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| store_error(&error))?;
    prepare(
        &connection,
        WRITER_CACHE_KIB,
        "PRAGMA page_size = 4096;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 64000;", // 256 MiB: should the other thread not keep up
    )?;
    Ok(connection)
}

/// A connection that empties the log into the file, and does nothing else.
pub(crate) fn connect_to_checkpoint(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| store_error(&error))?;
    prepare(
        &connection,
        READER_CACHE_KIB,
        "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;",
    )?;
    Ok(connection)
}

/// A connection that only reads.
pub(crate) fn connect_read_only(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| store_error(&error))?;
    prepare(&connection, READER_CACHE_KIB, "PRAGMA query_only = ON;")?;
    Ok(connection)
}

fn prepare(connection: &Connection, cache_kib: u32, more: &str) -> Result<(), StoreError> {
    let settle = || {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        // Plans do not depend on the values bound: otherwise statements are parsed again whenever
        // one changes, at a third of the writer's time and half of the readers'.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.execute_batch(&format!(
            "PRAGMA cache_size = -{cache_kib}; PRAGMA temp_store = MEMORY;"
        ))?;
        connection.execute_batch(more)
    };
    settle().map_err(|error| store_error(&error))
}
