//! A transaction whose end nobody told us of: COMMIT was sent, and the connection was lost before its
//! answer. PostgreSQL knows what became of it. Until we have asked, nothing else is written; then either
//! nothing happened, or what it said to others is said now.
//!
//! Without this a node would go on as if it had been rolled back: places that are waiting would never be
//! scheduled, attempts would stay begun, shards would be its own without its knowing.

use std::time::Duration;

use domain::{AttemptId, Timestamp};
use store::committer::OpResult;
use store::ops::{AddressEffects, BeginAnswer, Outcome, Settle};
use store::records::ErrorNote;
use store::{Answer, Epoch, Notice, Op, Seq, Shards};

use crate::fault::{Done, Fault};
use crate::sql::{Sql, params};
use crate::writer::Memory;

/// How often one that is open is asked about before its callers are told that nobody knows …
const ASKS_MAX: u32 = 20;

/// … and the time in between: the server notices in a moment that a connection is gone, or never.
const PAUSE: Duration = Duration::from_millis(20);

/// What must be said and known if it was committed.
#[derive(Debug)]
pub(crate) struct Doubt {
    /// The number of the transaction.
    transaction: i64,
    /// What the scheduler is told.
    notices: Vec<Notice>,
    epoch: Epoch,
    shards: Shards,
    leaving: Shards,
    /// Attempts it began, for which nobody will make a request.
    begun: Vec<Unmade>,
}

/// An attempt that is begun, and whose caller was told that it is not: certainly no request was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unmade {
    seq: Seq,
    attempt: AttemptId,
    epoch: Epoch,
    at: Timestamp,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Committed,
    RolledBack,
    /// The server has not noticed yet that we are gone.
    Open,
}

impl Doubt {
    /// What this batch would have come to, with what the writer remembers at its end.
    pub(crate) fn about(
        memory: &Memory,
        ops: &[Op],
        answers: &[OpResult],
        notices: &[Notice],
    ) -> Self {
        let begun = ops.iter().zip(answers).filter_map(|(op, answer)| match op {
            Op::Begin(op) if is_begun(answer) => Some(Unmade {
                seq: op.seq,
                attempt: op.attempt,
                epoch: op.epoch,
                at: op.at,
            }),
            _ => None,
        });
        Self {
            transaction: memory.transaction,
            notices: notices.to_vec(),
            epoch: memory.ownership.epoch(),
            shards: memory.ownership.shards(),
            leaving: memory.leaving,
            begun: begun.collect(),
        }
    }

    /// Asks what became of it, and again for a moment while it is open.
    pub(crate) fn ask_on(&self, sql: &Sql) -> Done<Fate> {
        for _ in 1..ASKS_MAX {
            match self.ask(sql)? {
                Fate::Open => std::thread::sleep(PAUSE),
                over => return Ok(over),
            }
        }
        self.ask(sql)
    }

    fn ask(&self, sql: &Sql) -> Done<Fate> {
        let told = sql.one(
            "SELECT pg_xact_status($1::bigint::text::xid8)",
            params![self.transaction],
            |row| row.get::<Option<String>>(0),
        );
        if told.as_ref().is_err_and(Fault::is_of_the_future) {
            return Ok(Fate::RolledBack);
        }
        Ok(match told?.flatten().as_deref() {
            Some("committed") => Fate::Committed,
            Some("in progress") => Fate::Open,
            // Too long ago to be known does not happen to the newest transaction of a connection.
            Some(_) | None => Fate::RolledBack,
        })
    }

    /// It was committed: the writer knows what it would have known.
    pub(crate) fn remember(self, memory: &mut Memory) -> (Vec<Notice>, Vec<Unmade>) {
        memory.ownership.set(self.epoch, self.shards);
        memory.leaving = self.leaving;
        (self.notices, self.begun)
    }
}

fn is_begun(answer: &OpResult) -> bool {
    matches!(answer, Ok(Answer::Begin(begun)) if matches!(**begun, BeginAnswer::Begun))
}

impl Unmade {
    /// It was not made, and counts for nothing.
    pub(crate) fn settlement(self) -> Settle {
        Settle {
            seq: self.seq,
            attempt: self.attempt,
            epoch: self.epoch,
            outcome: Outcome::Again {
                at: self.at,
                counts: false,
                error: ErrorNote {
                    code: None,
                    class: None,
                    meaning: "the connection to the database was lost as it was begun, and no \
                              request was made"
                        .into(),
                },
                why: "not_started".into(),
            },
            effects: AddressEffects::default(),
            at: self.at,
        }
    }
}
