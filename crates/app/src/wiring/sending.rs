//! Sending on a thread of its own, behind everything else where processors are scarce (docs/decisions/0045).

use std::io;
use std::sync::mpsc;
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;

use crate::settings::{Database, Settings};

/// How far behind, as `nice` says it: a tenth of a processor that others want, and all of one that nobody wants.
const BEHIND: i32 = 10;

/// The thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Sending {
    handle: Handle,
    stop: CancellationToken,
}

impl Sending {
    /// Starts it where it helps: on SQLite the writing thread is busy where PostgreSQL's waits, and a third thread
    /// takes more from the two than it gives.
    pub(super) fn of(settings: &Settings) -> io::Result<Option<Self>> {
        match settings.database {
            Database::Postgres(_) => Self::start().map(Some),
            Database::Sqlite(_) => Ok(None),
        }
    }

    fn start() -> io::Result<Self> {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        // The thread makes its runtime itself: one must not be dropped among tasks, should there be no thread.
        let (tell, told) = mpsc::sync_channel(1);
        thread::Builder::new()
            .name("sending".into())
            .spawn(move || {
                step_behind();
                let runtime = match Builder::new_current_thread().enable_all().build() {
                    Ok(runtime) => runtime,
                    Err(error) => return drop(tell.send(Err(error))),
                };
                if tell.send(Ok(runtime.handle().clone())).is_ok() {
                    runtime.block_on(stopped.cancelled());
                }
                // What was left open after the drain is settled after the next start.
                runtime.shutdown_background();
            })?;
        let handle = told.recv().map_err(io::Error::other)??;
        Ok(Self { handle, stop })
    }

    /// Where its tasks go.
    pub(super) const fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Lets the other threads of this process, and others, go first. Elsewhere than on Linux that would be the whole
/// process.
fn step_behind() {
    if cfg!(target_os = "linux")
        && let Err(error) = rustix::process::nice(BEHIND)
    {
        tracing::debug!(%error, "sending does not step behind other threads");
    }
}
