//! The writing side: one connection, one transaction for each batch, `BEGIN IMMEDIATE`.
//!
//! A batch whose every statement works is committed as it is. If one fails unexpectedly the batch
//! is rolled back and each operation is applied again in a transaction of its own, so that only
//! the bad one answers with an error. A full disk or a foreign lock fails the batch as a whole.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Timestamp;
use rusqlite::Connection;
use rustc_hash::FxHashMap;
use store::activity::ActivityChanges;
use store::committer::{Apply, OpResult};
use store::costs::CostChanges;
use store::home::{Held, Here, Prints};
use store::{Answer, Epoch, Notice, Op, StoreError};

use crate::checkpoint::Checkpoints;
use crate::fault::{Done, Fault};
use crate::home::{self, Far};
use crate::open::Lock;
use crate::recent::RecentIds;
use crate::statements::Statements;
use crate::tx::Tx;
use crate::write;
use crate::write::{activity, costs};

/// How long readers are waited for when the writer ends.
const AT_THE_END: Duration = Duration::from_millis(500);

/// What the writer remembers between operations so that the hot path need not ask. Read again
/// after each rollback.
#[derive(Debug)]
pub(crate) struct Memory {
    /// The fence.
    pub(crate) epoch: Epoch,
    /// Version of the kill switches.
    pub(crate) switches_version: u32,
    /// How many receipts are parked.
    pub(crate) parked: u32,
    /// How many addresses are known to be unreachable.
    pub(crate) unreachable: u32,
    /// Changes of the counters in this transaction.
    pub(crate) counts: FxHashMap<(&'static str, &'static str), i64>,
    /// Changes of the costs in this transaction.
    pub(crate) costs: CostChanges,
    /// What happened in this transaction.
    pub(crate) activity: ActivityChanges,
    /// Whether this transaction added rows to the outbox.
    pub(crate) events: bool,
    /// Provider ids of the newest attempts.
    pub(crate) recent: RecentIds,
    /// Key of the hashes of erased addresses.
    pub(crate) hash_key: [u8; 32],
    /// Where this is, for whoever guards against copies.
    pub(crate) home: Option<Prints>,
    /// Why nothing is begun.
    pub(crate) held: Option<Held>,
}

/// The writing side of a SQLite store.
#[derive(Debug)]
pub struct SqliteWriter {
    connection: Connection,
    path: PathBuf,
    memory: Memory,
    _checkpoints: Checkpoints,
    lock: Lock,
}

impl SqliteWriter {
    pub(crate) fn new(
        connection: Connection,
        path: &Path,
        lock: Lock,
        checkpoints: Checkpoints,
        epoch: Epoch,
        hash_key: [u8; 32],
    ) -> Done<Self> {
        let memory = Memory {
            epoch,
            switches_version: 0,
            parked: 0,
            unreachable: 0,
            counts: FxHashMap::default(),
            costs: CostChanges::default(),
            activity: ActivityChanges::default(),
            events: false,
            recent: RecentIds::load(&connection)?,
            hash_key,
            home: None,
            held: None,
        };
        let mut writer = Self {
            connection,
            path: path.into(),
            memory,
            _checkpoints: checkpoints,
            lock,
        };
        writer.recall()?;
        Ok(writer)
    }

    /// From now on begins nothing while the database is not at home here (G33), and answers whether it
    /// is. A new database makes this its home.
    pub fn guard(&mut self, here: &Here, at: Timestamp) -> Result<Option<Held>, StoreError> {
        let home = home::of(&self.path, here)?.prints(&self.memory.hash_key);
        let held = home::standing(&self.connection, &home, at)?;
        self.memory.home = Some(home);
        self.memory.held = held;
        Ok(held)
    }

    /// Reads again what is remembered.
    fn recall(&mut self) -> Done<()> {
        let memory = &mut self.memory;
        memory.counts.clear();
        memory.costs.clear();
        memory.activity.clear();
        memory.events = false;
        let (epoch, switches_version, parked, unreachable) = self.connection.query_row(
            "SELECT epoch, switches_version, (SELECT count(*) FROM parked_receipts),
               (SELECT count(*) FROM unreachable_addresses) FROM instance",
            [],
            |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )?;
        memory.switches_version = switches_version;
        memory.parked = parked;
        memory.unreachable = unreachable;
        if epoch != memory.epoch.0 {
            return Err(StoreError::Fenced.into());
        }
        Ok(())
    }

    /// All in one transaction.
    fn batch(&mut self, ops: &[Op], notices: &mut Vec<Notice>) -> Done<Vec<OpResult>> {
        self.connection
            .prepare_cached("BEGIN IMMEDIATE")?
            .execute([])?;
        if ops.is_empty() {
            prove(&self.connection)?;
        }
        let mut answers = Vec::with_capacity(ops.len());
        let mut tx = Tx {
            connection: &self.connection,
            statements: Statements::default(),
            memory: &mut self.memory,
            notices,
        };
        for op in ops {
            match write::apply(&mut tx, op) {
                Ok(answer) => answers.push(Ok(answer)),
                // Refused before anything of it was written.
                Err(Fault::Found(error @ StoreError::Fenced)) => answers.push(Err(error)),
                Err(fault) => return Err(fault),
            }
        }
        tx.write_counts()?;
        costs::write(&mut tx)?;
        activity::write(&mut tx)?;
        drop(tx);
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        if self.memory.events {
            self.memory.events = false;
            notices.push(Notice::Events);
        }
        Ok(answers)
    }

    /// Takes everything back.
    fn roll_back(&mut self, notices: &mut Vec<Notice>, length: usize) -> Done<()> {
        notices.truncate(length);
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        self.recall()
    }
}

/// Writes the first page as it is: only what is written shows that the disk takes it.
fn prove(connection: &Connection) -> Done<()> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    connection.execute_batch(&format!("PRAGMA user_version = {version}"))?;
    Ok(())
}

/// What is left in the log goes into the file, so that a service that was stopped leaves one whole file: people
/// copy that and forget the log. Whoever reads just now is not waited for long; the next opening does it.
impl Drop for SqliteWriter {
    fn drop(&mut self) {
        let emptied = self.connection.busy_timeout(AT_THE_END).and_then(|()| {
            self.connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        });
        if let Err(error) = emptied {
            tracing::debug!(code = ?error.sqlite_error_code(), "the log is left to the next opening");
        }
        // What came since the last note; without it an older copy of these moments is not noticed. What a thread that
        // panicked had begun is no part of the file.
        if self.connection.is_autocommit()
            && let Ok(far) = Far::of(&self.connection)
        {
            let _ = far.note(&self.lock.0);
        }
    }
}

impl Apply for SqliteWriter {
    fn apply(
        &mut self,
        ops: &[Op],
        notices: &mut Vec<Notice>,
    ) -> Result<Vec<OpResult>, StoreError> {
        let length = notices.len();
        let fault = match self.batch(ops, notices) {
            Ok(answers) => return Ok(answers),
            Err(fault) => fault,
        };
        self.roll_back(notices, length)?;
        if fault.is_of_the_whole() {
            return Err(fault.into());
        }
        match ops.len() {
            0 => return Err(fault.into()),
            1 => return Ok(vec![Err(fault.into())]),
            _ => {}
        }
        tracing::warn!(
            operations = ops.len(),
            "a statement failed; each operation of the batch is applied alone"
        );
        let mut answers: Vec<OpResult> = Vec::with_capacity(ops.len());
        for op in ops {
            let length = notices.len();
            match self.batch(std::slice::from_ref(op), notices) {
                Ok(mut answer) => answers.push(answer.pop().unwrap_or_else(no_answer)),
                Err(fault) => {
                    self.roll_back(notices, length)?;
                    answers.push(Err(fault.into()));
                }
            }
        }
        Ok(answers)
    }
}

fn no_answer() -> Result<Answer, StoreError> {
    Err(StoreError::Corrupt("no answer to an operation".into()))
}
