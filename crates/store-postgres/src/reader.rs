//! The reading side: connections on threads of their own, beside the writer's. One that breaks is made
//! again for the next question. Each question sees one state of the database.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use store::StoreError;
use store::questions::{Ask, BoxFuture, Reply, Request};
use tokio::sync::oneshot;

use crate::fault::Done;
use crate::read;
use crate::session::Address;
use crate::sql::Sql;

/// How many connections read.
const READERS: usize = 4;

/// How many questions may wait; past it the asker is told to come back (G29).
const WAITING_MAX: usize = 4_096;

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
    pub(crate) fn start(address: &Address) -> Result<Self, StoreError> {
        let (questions, waiting) = sync_channel(WAITING_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..READERS {
            let address = address.clone();
            let waiting = Arc::clone(&waiting);
            thread::Builder::new()
                .name(format!("reader-{number}"))
                .spawn(move || answer_all(&address, &waiting))
                .map_err(|error| {
                    StoreError::Unavailable(format!("no thread to read on ({})", error.kind()))
                })?;
        }
        Ok(Self { questions })
    }
}

fn answer_all(address: &Address, waiting: &Mutex<Receiver<Asked>>) {
    let mut connection = None;
    loop {
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(asked) = next else { return };
        let reply = answer(address, &mut connection, &asked.request).map_err(StoreError::from);
        // Whoever asked may have gone away.
        let _ = asked.reply.send(reply);
    }
}

/// Answers on the connection there is, and once more on a new one should that turn out to be gone:
/// nothing is written here, so asking twice does no harm.
fn answer(address: &Address, kept: &mut Option<Sql>, request: &Request) -> Done<Reply> {
    if let Some(sql) = kept.take_if(|sql| !sql.is_lost()) {
        match read::answer(&sql, request) {
            Err(fault) if fault.is_of_the_whole() => {}
            other => {
                *kept = Some(sql);
                return other;
            }
        }
    }
    let sql = Sql::connect_by_key(address)?;
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
            answer
                .await
                .map_err(|_| StoreError::Unavailable("the readers have stopped".into()))?
        })
    }
}
