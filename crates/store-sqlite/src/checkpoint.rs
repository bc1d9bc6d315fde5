//! Checkpoints on a thread of their own: what the write-ahead log holds goes into the database file
//! beside the writer, which otherwise would stand still for it (STACK section 0). The same thread notes beside the file
//! how far it has come.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;
use store::StoreError;

use crate::home::Far;
use crate::open::{connect_to_checkpoint, lock_path};

/// How often the log is emptied into the file. Often enough that one round is short.
const EVERY: Duration = Duration::from_millis(200);

/// The thread; it has ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Starts the thread.
    pub(crate) fn start(path: &Path) -> Result<Self, StoreError> {
        let connection = connect_to_checkpoint(path)?;
        // Not the handle that holds the lock: it is given back with the writer.
        let lock = OpenOptions::new().write(true).open(lock_path(path)).ok();
        let (stop, stopped) = sync_channel::<()>(0);
        let thread = thread::Builder::new()
            .name("checkpoints".into())
            .spawn(move || {
                let (mut told, mut noted) = (false, None);
                while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                    told = round(&connection, told);
                    noted = note(&connection, lock.as_ref(), noted);
                }
            })
            .map_err(|error| {
                StoreError::Unavailable(format!("no thread to checkpoint on ({})", error.kind()))
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Checkpoints {
    /// Whoever opens the file next must not have its note written over.
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It has said why where it panicked.
            let _ = thread.join();
        }
    }
}

/// Notes beside the file how far it has come, where it has come further. Of a copy that was made in between and is put
/// back, the guard sees by that what is missing (G33). One that cannot be written is tried again in the next round.
fn note(connection: &Connection, lock: Option<&File>, noted: Option<Far>) -> Option<Far> {
    let (Some(lock), Ok(far)) = (lock, Far::of(connection)) else {
        return noted;
    };
    if noted == Some(far) {
        return noted;
    }
    far.note(lock).ok().map(|()| far)
}

/// One round. It waits for nobody: what a reader still needs is left to the next, and the writer's
/// own limit stands behind it. `told` is whether a failure was logged and goes on; so is the answer.
fn round(connection: &Connection, told: bool) -> bool {
    let checkpoint = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    match checkpoint {
        Ok(()) => false,
        Err(error) => {
            if !told {
                tracing::warn!(
                    code = ?error.sqlite_error_code(),
                    "the log could not be emptied into the database file; trying on"
                );
            }
            true
        }
    }
}
