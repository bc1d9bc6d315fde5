//! The writing side of a node: one connection, one transaction for each batch.
//!
//! A transaction begins by asking whether this node still is one; whoever took over its lanes has
//! removed its row, and then nothing is written (docs/decisions/0009). A batch whose every statement works is
//! committed as it is. If one fails the batch is rolled back and each operation is applied again in
//! a transaction of its own, so that only the bad one answers with an error. Where the connection is lost at
//! the very end, PostgreSQL is asked what became of the transaction ([`crate::doubt`]).

use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;
use store::committer::{Apply, OpResult};
use store::ops::Operation as _;
use store::{Answer, Notice, Op, Ownership, Shards, StoreError};

use crate::doorbell::Bell;
use crate::doubt::{Doubt, Fate, Unmade};
use crate::fault::{Done, Fault};
use crate::lease;
use crate::recent::RecentIds;
use crate::session::Address;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::write;

/// How often what lost against another node is tried again.
const RACES_MAX: u32 = 5;

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
    /// Rows this transaction added to the outbox.
    pub(crate) events: i64,
    /// Whether this transaction left a notice for another node.
    pub(crate) told_others: bool,
    /// Provider ids of the newest attempts.
    pub(crate) recent: RecentIds,
    /// Key of the hashes of erased addresses.
    pub(crate) hash_key: [u8; 32],
    /// How long this node is a node without a beat.
    pub(crate) lease: Duration,
    /// What others call it.
    pub(crate) name: String,
    /// The number of the transaction.
    pub(crate) transaction: i64,
}

/// The writing side of a node on PostgreSQL.
#[derive(Debug)]
pub struct PostgresWriter {
    address: Address,
    sql: Option<Sql>,
    memory: Memory,
    bell: Bell,
    /// A transaction of which we do not know yet whether it was committed.
    doubt: Option<Doubt>,
    /// What the scheduler has still to be told of one that was.
    owed: Vec<Notice>,
    /// Attempts it began and nobody will make.
    unmade: Vec<Unmade>,
}

impl PostgresWriter {
    pub(crate) fn new(address: Address, sql: Sql, memory: Memory, bell: Bell) -> Self {
        Self {
            address,
            sql: Some(sql),
            memory,
            bell,
            doubt: None,
            owed: Vec::new(),
            unmade: Vec::new(),
        }
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

    /// The connection, made again if it was lost.
    fn connection(&mut self) -> Done<&Sql> {
        if self.sql.as_ref().is_none_or(Sql::is_lost) {
            self.sql = None;
            self.sql = Some(Sql::connect_by_key(&self.address)?);
        }
        let none = || StoreError::Unavailable("there is no connection".into());
        Ok(self.sql.as_ref().ok_or_else(none)?)
    }

    /// Finds out what became of the transaction whose end we were not told of. Fails as long as nobody
    /// can tell.
    fn clear_up(&mut self) -> Done<Fate> {
        let Some(doubt) = self.doubt.take() else {
            return Ok(Fate::RolledBack);
        };
        let fate = self.connection().and_then(|sql| doubt.ask_on(sql));
        match fate {
            Ok(Fate::Committed) => {
                let (notices, unmade) = doubt.remember(&mut self.memory);
                self.owed.extend(notices);
                self.unmade.extend(unmade);
                // Those who should look at it were not rung either.
                self.bell.ring();
            }
            Ok(Fate::RolledBack) => {}
            Ok(Fate::Open) => {
                self.doubt = Some(doubt);
                let why = "the database has not ended the transaction of a lost connection yet";
                return Err(StoreError::Unavailable(why.into()).into());
            }
            Err(_) => self.doubt = Some(doubt),
        }
        fate
    }

    /// All in one transaction.
    fn batch(&mut self, ops: &[Op], notices: &mut Vec<Notice>) -> Done<Vec<OpResult>> {
        self.connection()?;
        let Some(sql) = &self.sql else {
            return Err(StoreError::Unavailable("there is no connection".into()).into());
        };
        sql.plan_again()?;
        let before = notices.len();
        let memory = &mut self.memory;
        forget(memory);
        let mut tx = Tx::new(sql, memory, notices);
        tx.start(ops)?;
        for attempt in &self.unmade {
            write::apply(&mut tx, &attempt.settlement().into_op())?;
        }
        let mut answers = Vec::with_capacity(ops.len());
        for op in ops {
            match write::apply(&mut tx, op) {
                Ok(answer) => answers.push(Ok(answer)),
                // Refused before anything of it was written.
                Err(Fault::Found(error @ StoreError::Fenced)) => answers.push(Err(error)),
                Err(fault) => return Err(fault),
            }
        }
        let (events, told_others) = (tx.memory.events, tx.memory.told_others);
        let finished = tx.finish();
        if events > 0 {
            notices.push(Notice::Events);
        }
        if let Err(fault) = finished {
            if !fault.is_a_lost_connection() {
                return Err(fault);
            }
            let told = notices.get(before..).unwrap_or_default();
            self.doubt = Some(Doubt::about(&self.memory, ops, &answers, told));
            self.sql = None;
            if self.clear_up()? != Fate::Committed {
                return Err(fault);
            }
            // It was committed, and it is not too late to say so.
            notices.truncate(before);
            self.unmade.clear();
        } else {
            self.unmade.clear();
        }
        if told_others {
            self.bell.ring();
        }
        // What was committed earlier is told first.
        let later = notices.split_off(before);
        notices.append(&mut self.owed);
        notices.extend(later);
        Ok(answers)
    }

    /// Takes everything back.
    fn roll_back(&mut self, notices: &mut Vec<Notice>, length: usize) {
        notices.truncate(length);
        forget(&mut self.memory);
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
        self.clear_up()?;
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
}

/// What belongs to one transaction only.
fn forget(memory: &mut Memory) {
    memory.counts.clear();
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
        if ops.len() == 1 {
            return Ok(vec![Err(fault.into())]);
        }
        tracing::warn!(
            operations = ops.len(),
            "a statement failed; each operation of the batch is applied alone"
        );
        let mut answers: Vec<OpResult> = Vec::with_capacity(ops.len());
        for op in ops {
            answers.push(match self.batch_again(std::slice::from_ref(op), notices) {
                Ok(mut answer) => answer.pop().unwrap_or_else(no_answer),
                Err(fault) => Err(fault.into()),
            });
        }
        Ok(answers)
    }
}

fn no_answer() -> Result<Answer, StoreError> {
    Err(StoreError::Corrupt("no answer to an operation".into()))
}
