//! Checkpoints on a thread of their own: what the write-ahead log holds goes into the database file
//! beside the writer, which otherwise would stand still for it (STACK section 0).

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use store::StoreError;

use crate::open::connect_to_checkpoint;

/// How often the log is emptied into the file. Often enough that one round is short.
const EVERY: Duration = Duration::from_millis(200);

/// The thread; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    _stop: SyncSender<()>,
}

impl Checkpoints {
    /// Starts the thread.
    pub(crate) fn start(path: &Path) -> Result<Self, StoreError> {
        let connection = connect_to_checkpoint(path)?;
        let (stop, stopped) = sync_channel::<()>(0);
        thread::Builder::new()
            .name("checkpoints".into())
            .spawn(move || {
                let mut told = false;
                while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                    told = round(&connection, told);
                }
            })
            .map_err(|error| {
                StoreError::Unavailable(format!("no thread to checkpoint on ({})", error.kind()))
            })?;
        Ok(Self { _stop: stop })
    }
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
