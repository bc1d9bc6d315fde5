//! The writing side of a node: one connection, one transaction for each batch.
//!
//! A transaction begins by asking whether this node still is one; whoever took over its lanes has
//! removed its row, and then nothing is written (docs/decisions/0009). A batch whose every statement works is
//! committed as it is. If one fails the batch is rolled back and each operation is applied again in
//! a transaction of its own, so that only the bad one answers with an error. While the server is away the batch
//! fails as a whole, at once.

use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;
use store::activity::ActivityChanges;
use store::committer::{Apply, OpResult};
use store::costs::CostChanges;
use store::home::{Held, Here};
use store::{Answer, Epoch, Notice, Op, Ownership, Shards, StoreError};

use crate::doorbell::Bell;
use crate::fault::{Done, Fault};
use crate::home;
use crate::lease;
use crate::outbox;
use crate::presence;
use crate::recall::Beside;
use crate::recent::{RecentIds, RecentNumbers};
use crate::session::{Address, LOCK_MS};
use crate::sql::{Line, Sql};
use crate::tx::Tx;
use crate::unheard::{self, End, Unheard};
use crate::write;

/// How often what lost against another node is tried again.
const RACES_MAX: u32 = 5;

/// How long an operation that is applied alone waits for a lock: those behind it wait too.
const LOCK_ALONE_MS: u32 = 300;

/// How many operations go into one transaction at most. Twice as much costs the same for each message, and has a provider wait longer
/// for an answer to its webhook (docs/PERFORMANCE.md).
const OPERATIONS_MAX: usize = 128;

/// A transaction costs something whatever is in it; waiting for more of it to do costs time (docs/PERFORMANCE.md).
const REST: Duration = Duration::from_millis(1);

/// What the writer remembers between operations so that the hot path need not ask. Read again at the
/// start of each transaction, where others may change it.
#[derive(Debug)]
pub(crate) struct Memory {
    /// The fence, and the shards that are ours.
    pub(crate) ownership: Arc<Ownership>,
    /// Shards that are about to be let go: nothing begins there any more.
    pub(crate) leaving: Shards,
    /// Version of the kill switches.
    pub(crate) switches_version: u32,
    /// Whether receipts are parked.
    pub(crate) any_parked: bool,
    /// Changes of the counters in this transaction.
    pub(crate) counts: FxHashMap<(&'static str, &'static str), i64>,
    /// Changes of the costs in this transaction.
    pub(crate) costs: CostChanges,
    /// What happened in this transaction.
    pub(crate) activity: ActivityChanges,
    /// Number of this transaction.
    pub(crate) transaction: i64,
    /// What is added to it where the outbox is numbered: a dump may have been read into a younger server.
    pub(crate) events_from: i64,
    /// Rows this transaction added to the outbox.
    pub(crate) events: i64,
    /// Whether this transaction left a notice for another node.
    pub(crate) told_others: bool,
    /// Provider ids of the newest attempts.
    pub(crate) recent: RecentIds,
    /// Numbers of the messages that were begun last.
    pub(crate) numbers: RecentNumbers,
    /// Key of the hashes of erased addresses.
    pub(crate) hash_key: [u8; 32],
    /// Until when nobody is taken for dead, by the database's clock, in microseconds since 1970.
    pub(crate) spares_until: i64,
    /// How long this node is a node without a beat.
    pub(crate) lease: Duration,
    /// What others call it.
    pub(crate) name: String,
    /// Where this process runs and what the database's address is, for whoever guards against copies.
    pub(crate) here: Option<(Here, Address)>,
}

/// The writing side of a node on PostgreSQL.
#[derive(Debug)]
pub struct PostgresWriter {
    line: Line,
    sql: Option<Sql>,
    memory: Memory,
    bell: Bell,
    /// The last transaction, if nobody knows yet what became of it.
    unheard: Option<Unheard>,
    /// Notices of one that turned out to be committed; they go before any other.
    owed: Vec<Notice>,
}

impl PostgresWriter {
    pub(crate) fn new(line: Line, sql: Sql, memory: Memory, bell: Bell) -> Self {
        Self {
            line,
            sql: Some(sql),
            memory,
            bell,
            unheard: None,
            owed: Vec::new(),
        }
    }

    /// From now on takes no lanes while the database is not at home here (G33), and answers whether it
    /// is. A new database makes this its home.
    pub fn guard(&mut self, here: &Here) -> Result<Option<Held>, StoreError> {
        let Some(sql) = &self.sql else {
            return Err(StoreError::Unavailable("there is no connection".into()));
        };
        let guard = || {
            let home = home::of(sql, &self.line.address, here)?.prints(&self.memory.hash_key);
            home::standing(sql, &home)
        };
        sql.batch("BEGIN")?;
        let held = guard();
        sql.batch(if held.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        self.memory.here = Some((here.clone(), self.line.address.clone()));
        Ok(held?)
    }

    /// Becomes the only node: every other is fenced, all shards are this one's.
    pub(crate) fn take_over(&mut self) -> Done<()> {
        let Some(sql) = &self.sql else {
            return Err(StoreError::Unavailable("there is no connection".into()).into());
        };
        sql.batch("BEGIN")?;
        // Told to nobody: who runs on this store reads the places.
        let mut notices = Vec::new();
        let mut tx = Tx::new(sql, &mut self.memory, &mut notices);
        lease::take_over(&mut tx)?;
        tx.flush()?;
        drop(tx);
        sql.batch("COMMIT")
    }

    /// Connects if there is no connection, and hears what became of the transaction before.
    fn be_connected(&mut self) -> Done<()> {
        self.line.reach.check()?;
        if self.sql.as_ref().is_none_or(Sql::is_lost) {
            self.sql = None;
            let sql = self.line.connect()?;
            presence::serve(&sql)?;
            outbox::go_on(&sql)?;
            self.sql = Some(sql);
        }
        if let (Some(unheard), Some(sql)) = (&self.unheard, &self.sql) {
            let end = unheard.end(sql)?;
            // What a beat took may be in no notice: there may have been nothing to tell of it.
            let is_known =
                end != End::Unknown || unheard::is_as_believed(sql, &self.memory.ownership)?;
            let unheard = self.unheard.take();
            let memory = &mut self.memory;
            match (end, unheard) {
                (End::Committed, Some(unheard)) => {
                    memory.ownership.set(unheard.epoch, unheard.shards);
                    memory.leaving = unheard.leaving;
                    self.owed.extend(unheard.notices);
                }
                (End::Unknown, Some(unheard)) if !is_known || !unheard.notices.is_empty() => {
                    // As one that was fenced: the next beat registers again and reads all places.
                    memory.ownership.set(Epoch(0), Shards::NONE);
                    memory.leaving = Shards::NONE;
                    self.owed.push(Notice::Lost(Shards::ALL));
                }
                (End::Committed | End::NotCommitted | End::Unknown, _) => {}
            }
        }
        Ok(())
    }

    /// All in one transaction.
    fn batch(&mut self, ops: &[Op], notices: &mut Vec<Notice>) -> Done<Vec<OpResult>> {
        let length = notices.len();
        let Some(sql) = &self.sql else {
            return Err(StoreError::Unavailable("there is no connection".into()).into());
        };
        sql.plan_again()?;
        let memory = &mut self.memory;
        forget(memory);
        let mut tx = Tx::new(sql, memory, notices);
        tx.start(ops)?;
        let mut answers = Vec::with_capacity(ops.len());
        for op in ops {
            match write::apply(&mut tx, op) {
                Ok(answer) => answers.push(Ok(answer)),
                // Refused before anything of it was written.
                Err(Fault::Found(error @ StoreError::Fenced)) => answers.push(Err(error)),
                Err(fault) => return Err(fault),
            }
        }
        let witness = tx.witness();
        let finished = tx.finish();
        if self.memory.events > 0 {
            notices.push(Notice::Events);
        }
        if let Err(fault) = finished {
            if fault.is_a_lost_connection() {
                let memory = &self.memory;
                self.unheard = Some(Unheard {
                    transaction: memory.transaction,
                    witness,
                    notices: notices.split_off(length),
                    epoch: memory.ownership.epoch(),
                    shards: memory.ownership.shards(),
                    leaving: memory.leaving,
                });
            }
            return Err(fault);
        }
        if self.memory.told_others {
            self.bell.ring();
        }
        notices.splice(length..length, self.owed.drain(..));
        Ok(answers)
    }

    /// Takes everything back.
    fn roll_back(&mut self, notices: &mut Vec<Notice>, length: usize) {
        notices.truncate(length);
        forget(&mut self.memory);
        // That it moved may have been told by what is taken back.
        self.memory.switches_version = 0;
        // A connection that cannot even do that is given up.
        if self
            .sql
            .as_ref()
            .is_some_and(|sql| sql.is_lost() || sql.batch("ROLLBACK").is_err())
        {
            self.sql = None;
        }
    }

    /// As [`Self::batch`], as often as it loses against another node.
    fn batch_again(&mut self, ops: &[Op], notices: &mut Vec<Notice>) -> Done<Vec<OpResult>> {
        self.be_connected()?;
        let (length, known) = (notices.len(), self.memory.ownership.shards());
        let (epoch, leaving) = (self.memory.ownership.epoch(), self.memory.leaving);
        let mut tries = 0;
        loop {
            let fault = match self.batch(ops, notices) {
                Ok(answers) => return Ok(answers),
                Err(fault) => fault,
            };
            self.roll_back(notices, length);
            self.memory.ownership.set(epoch, known);
            self.memory.leaving = leaving;
            tries += 1;
            if !fault.is_a_lost_race() || tries > RACES_MAX {
                return Err(fault);
            }
        }
    }

    /// How long the next transactions wait for a lock.
    fn wait_for_locks(&mut self, millis: u32) {
        let said = self
            .sql
            .as_ref()
            .map(|sql| sql.batch(&format!("SET lock_timeout = '{millis}ms'")));
        if matches!(said, Some(Err(_))) {
            self.sql = None; // the next connection waits as every new one does
        }
    }

    /// Each in a transaction of its own. One that waits for a lock of somebody else's is refused; from the
    /// second on it is a lock on more than a row, and nobody would fare better. Whoever waited for everybody is no sign of that.
    fn one_by_one(
        &mut self,
        ops: &[Op],
        notices: &mut Vec<Notice>,
    ) -> Result<Vec<OpResult>, StoreError> {
        let mut answers: Vec<OpResult> = Vec::with_capacity(ops.len());
        let mut locked = 0;
        for op in ops {
            let error = match self.batch_again(std::slice::from_ref(op), notices) {
                Ok(mut answer) => {
                    answers.push(answer.pop().unwrap_or_else(no_answer));
                    continue;
                }
                Err(fault) => {
                    let waited_for_all = Beside::of(std::slice::from_ref(op)) == Beside::Nobody;
                    locked += u32::from(fault.is_a_foreign_lock() && !waited_for_all);
                    let is_of_one = !fault.is_of_the_whole() && locked <= 1;
                    let error = StoreError::from(fault);
                    if is_of_one {
                        answers.push(Err(error));
                        continue;
                    }
                    error
                }
            };
            if answers.iter().all(Result::is_err) {
                return Err(error);
            }
            answers.resize_with(ops.len(), || Err(error.clone()));
            break;
        }
        Ok(answers)
    }
}

/// What belongs to one transaction only.
fn forget(memory: &mut Memory) {
    memory.counts.clear();
    memory.costs.clear();
    memory.activity.clear();
    memory.events = 0;
    memory.told_others = false;
}

impl Apply for PostgresWriter {
    fn apply(
        &mut self,
        ops: &[Op],
        notices: &mut Vec<Notice>,
    ) -> Result<Vec<OpResult>, StoreError> {
        let fault = match self.batch_again(ops, notices) {
            Ok(answers) => return Ok(answers),
            Err(fault) => fault,
        };
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
        self.wait_for_locks(LOCK_ALONE_MS);
        let answers = self.one_by_one(ops, notices);
        self.wait_for_locks(LOCK_MS);
        answers
    }

    fn batch_max(&self) -> usize {
        OPERATIONS_MAX
    }

    fn rest(&self) -> Duration {
        REST
    }
}

fn no_answer() -> Result<Answer, StoreError> {
    Err(StoreError::Corrupt("no answer to an operation".into()))
}
