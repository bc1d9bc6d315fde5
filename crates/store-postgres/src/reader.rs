//! The reading side: connections on threads of their own, beside the writer's. One that breaks is made
//! again for the next question. Each question sees one state of the database.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use store::StoreError;
use store::questions::{Ask, BoxFuture, Reply, Request};
use tokio::sync::oneshot;

use crate::fault::Done;
use crate::read;
use crate::session::Address;
use crate::sql::{Line, Sql};

/// How many connections read.
const READERS: usize = 4;

/// How many questions may wait; past it the asker is told to come back (G29).
const WAITING_MAX: usize = 4_096;

/// How long whoever asks waits: somebody may hold a lock on what is asked for, and others wait before.
const ANSWER_MAX: Duration = Duration::from_secs(5);

struct Asked {
    request: Request,
    reply: oneshot::Sender<Result<Reply, StoreError>>,
}

/// Answers questions about a PostgreSQL store. Cheap to clone; the threads end with the last clone.
#[derive(Clone)]
pub struct PostgresReader {
    questions: SyncSender<Asked>,
}

impl std::fmt::Debug for PostgresReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostgresReader")
    }
}

impl PostgresReader {
    /// Only reads, beside whoever serves the database at `postgres://…`: its tables must be up to date. Blocks.
    pub fn alone(address: &str) -> Result<Self, StoreError> {
        let address = Address::parse(address)
            .map_err(|why| StoreError::Unavailable(format!("its address {why}")))?;
        Self::start(&Line::to(address))
    }

    pub(crate) fn start(line: &Line) -> Result<Self, StoreError> {
        let (questions, waiting) = sync_channel(WAITING_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..READERS {
            let line = line.clone();
            let waiting = Arc::clone(&waiting);
            thread::Builder::new()
                .name(format!("reader-{number}"))
                .spawn(move || answer_all(&line, &waiting))
                .map_err(|error| {
                    StoreError::Unavailable(format!("no thread to read on ({})", error.kind()))
                })?;
        }
        Ok(Self { questions })
    }
}

fn answer_all(line: &Line, waiting: &Mutex<Receiver<Asked>>) {
    let mut connection = None;
    loop {
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(asked) = next else { return };
        if asked.reply.is_closed() {
            continue; // whoever asked has stopped waiting
        }
        let reply = answer(line, &mut connection, &asked.request).map_err(StoreError::from);
        // Whoever asked may have gone away.
        let _ = asked.reply.send(reply);
    }
}

/// Answers on the connection there is, and once more on a new one should that turn out to be gone:
/// nothing is written here, so asking twice does no harm. While the server is away it is not asked.
fn answer(line: &Line, kept: &mut Option<Sql>, request: &Request) -> Done<Reply> {
    line.reach.check()?;
    if let Some(sql) = kept.take().filter(|sql| !sql.is_lost()) {
        match read::answer(&sql, request) {
            Err(fault) if fault.is_a_lost_connection() => {}
            other => {
                *kept = Some(sql);
                return other;
            }
        }
    }
    let sql = line.connect()?;
    let reply = read::answer(&sql, request);
    *kept = Some(sql);
    reply
}

impl Ask for PostgresReader {
    fn ask(&self, request: Request) -> BoxFuture<'_, Result<Reply, StoreError>> {
        let (reply, answer) = oneshot::channel();
        let asked = self.questions.try_send(Asked { request, reply });
        Box::pin(async move {
            asked.map_err(|error| match error {
                TrySendError::Full(_) => StoreError::Busy,
                TrySendError::Disconnected(_) => {
                    StoreError::Unavailable("the readers have stopped".into())
                }
            })?;
            tokio::time::timeout(ANSWER_MAX, answer)
                .await
                .map_err(|_| StoreError::Unavailable("a question was not answered in time".into()))?
                .map_err(|_| StoreError::Unavailable("the readers have stopped".into()))?
        })
    }
}
