//! The reading side: two read-only connections on threads of their own, beside the writer, which
//! they neither wait for nor hold up. Each question sees one state of the database.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rusqlite::Connection;
use store::StoreError;
use store::questions::{Ask, BoxFuture, Reply, Request};
use tokio::sync::oneshot;

use crate::open::connect_read_only;
use crate::read;

/// How many connections read.
const READERS: usize = 2;

/// How many questions may wait; past it the asker is told to come back (G29).
const WAITING_MAX: usize = 4_096;

struct Asked {
    request: Request,
    reply: oneshot::Sender<Result<Reply, StoreError>>,
}

/// Answers questions about a SQLite store. Cheap to clone; the threads end with the last clone.
#[derive(Clone)]
pub struct SqliteReader {
    questions: SyncSender<Asked>,
}

impl std::fmt::Debug for SqliteReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteReader")
    }
}

impl SqliteReader {
    /// Only reads, beside whoever serves the database: its tables must be up to date.
    pub fn alone(path: &Path) -> Result<Self, StoreError> {
        Self::start(path)
    }

    pub(crate) fn start(path: &Path) -> Result<Self, StoreError> {
        let (questions, waiting) = sync_channel(WAITING_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..READERS {
            let connection = connect_read_only(path)?;
            let waiting = Arc::clone(&waiting);
            thread::Builder::new()
                .name(format!("reader-{number}"))
                .spawn(move || answer_all(&connection, &waiting))
                .map_err(|error| {
                    StoreError::Unavailable(format!("no thread to read on ({})", error.kind()))
                })?;
        }
        Ok(Self { questions })
    }
}

fn answer_all(connection: &Connection, waiting: &Mutex<Receiver<Asked>>) {
    loop {
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(asked) = next else { return };
        let reply = read::answer(connection, &asked.request).map_err(StoreError::from);
        // Whoever asked may have gone away.
        let _ = asked.reply.send(reply);
    }
}

impl Ask for SqliteReader {
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
