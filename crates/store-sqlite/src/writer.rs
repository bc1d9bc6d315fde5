//! The writing side: one connection, one transaction for each batch, `BEGIN IMMEDIATE`.
//!
//! A batch whose every statement works is committed as it is. If one fails unexpectedly the batch
//! is rolled back and each operation is applied again in a transaction of its own, so that only
//! the bad one answers with an error. A full disk or a foreign lock fails the batch as a whole.

use rusqlite::Connection;
use rustc_hash::FxHashMap;
use store::committer::{Apply, OpResult};
use store::{Answer, Epoch, Notice, Op, StoreError};

use crate::checkpoint::Checkpoints;
use crate::fault::{Done, Fault};
use crate::open::Lock;
use crate::recent::RecentIds;
use crate::tx::Tx;
use crate::write;

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
    /// Whether this transaction added rows to the outbox.
    pub(crate) events: bool,
    /// Provider ids of the newest attempts.
    pub(crate) recent: RecentIds,
    /// Key of the hashes of erased addresses.
    pub(crate) hash_key: [u8; 32],
}

/// The writing side of a SQLite store.
#[derive(Debug)]
pub struct SqliteWriter {
    connection: Connection,
    memory: Memory,
    _checkpoints: Checkpoints,
    _lock: Lock,
}

impl SqliteWriter {
    pub(crate) fn new(
        connection: Connection,
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
            events: false,
            recent: RecentIds::load(&connection)?,
            hash_key,
        };
        let mut writer = Self {
            connection,
            memory,
            _checkpoints: checkpoints,
            _lock: lock,
        };
        writer.recall()?;
        Ok(writer)
    }

    /// Reads again what is remembered.
    fn recall(&mut self) -> Done<()> {
        let memory = &mut self.memory;
        memory.counts.clear();
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
        for op in ops {
            let mut tx = Tx {
                connection: &self.connection,
                memory: &mut self.memory,
                notices,
            };
            match write::apply(&mut tx, op) {
                Ok(answer) => answers.push(Ok(answer)),
                // Refused before anything of it was written.
                Err(Fault::Found(error @ StoreError::Fenced)) => answers.push(Err(error)),
                Err(fault) => return Err(fault),
            }
        }
        let mut tx = Tx {
            connection: &self.connection,
            memory: &mut self.memory,
            notices,
        };
        tx.write_counts()?;
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
