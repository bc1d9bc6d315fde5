//! The doorbell between nodes: a NOTIFY after what was written for others, at most one in a while,
//! on a connection of its own. It only wakes; whoever misses it looks by itself at its next beat.
//!
//! The same connection is the node's pulse: it finds out for all others whether the server answers
//! ([`crate::reach`]), and is the only one that tries to connect while it does not.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use store::{Ownership, StoreError};
use tokio_postgres::{AsyncMessage, Client};

use crate::reach::Reach;
use crate::session::{SILENT, connect_listening, refusal};
use crate::sql::Line;

/// At most one ring in this time: each takes a lock of the whole cluster when it commits.
const PAUSE: Duration = Duration::from_millis(20);

/// Between tries to connect again.
const AGAIN: Duration = Duration::from_millis(250);

/// How often the server is asked whether it lives, when nothing else is to be said.
const PULSE: Duration = Duration::from_millis(250);

/// How long it may take to answer: with the pulse before, below a webhook's two seconds (G3).
const PATIENCE: Duration = Duration::from_millis(1_200);

/// The bell of this node: rings at the others', and hears theirs.
#[derive(Debug)]
pub(crate) struct Bell {
    rings: SyncSender<()>,
}

impl Bell {
    /// Hangs it up. Its thread ends when this is dropped.
    pub(crate) fn hang(line: Line, ownership: Arc<Ownership>) -> Result<Self, StoreError> {
        let (rings, wanted) = sync_channel::<()>(1);
        let (forward, mut wanted_here) = tokio::sync::mpsc::channel::<()>(1);
        let no_thread = |error: std::io::Error| {
            StoreError::Unavailable(format!("no thread for the doorbell ({})", error.kind()))
        };
        std::thread::Builder::new()
            .name("doorbell-out".into())
            .spawn(move || {
                while wanted.recv().is_ok() {
                    if forward.blocking_send(()).is_err() {
                        return;
                    }
                }
            })
            .map_err(no_thread)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(no_thread)?;
        std::thread::Builder::new()
            .name("doorbell".into())
            .spawn(move || runtime.block_on(listen(line, ownership, &mut wanted_here)))
            .map_err(no_thread)?;
        Ok(Self { rings })
    }

    /// Lets the others know, soon. One ring that waits is as good as many.
    pub(crate) fn ring(&self) {
        let _ = self.rings.try_send(());
    }
}

/// Until nobody can ring here any more.
async fn listen(
    line: Line,
    ownership: Arc<Ownership>,
    wanted: &mut tokio::sync::mpsc::Receiver<()>,
) {
    let Line { address, reach } = line;
    loop {
        match connect_listening(&address).await {
            Ok((client, mut messages)) => {
                reach.is_back();
                if !attend(&client, &mut messages, &ownership, &reach, wanted).await {
                    return;
                }
                // A connection may break while the server goes on: it is away when it takes no other.
                continue;
            }
            Err(fault) => reach.is_away(refusal(fault)),
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            ring = wanted.recv() => if ring.is_none() { return },
        }
    }
}

/// Until this connection is of no use; `false` when nobody can ring any more.
async fn attend(
    client: &Client,
    messages: &mut tokio::sync::mpsc::Receiver<AsyncMessage>,
    ownership: &Ownership,
    reach: &Reach,
    wanted: &mut tokio::sync::mpsc::Receiver<()>,
) -> bool {
    loop {
        tokio::select! {
            message = messages.recv() => match message {
                Some(AsyncMessage::Notification(_)) => ownership.ring(),
                Some(_) => {}
                None => return true,
            },
            ring = wanted.recv() => {
                if ring.is_none() {
                    return false;
                }
                if !says(client, "NOTIFY gymtext_lanes", reach).await {
                    return true;
                }
                tokio::time::sleep(PAUSE).await;
            }
            () = tokio::time::sleep(PULSE) => if !says(client, "SELECT 1", reach).await {
                return true;
            },
        }
    }
}

/// Says something to the server; `false` when it did not answer, or the connection is gone.
async fn says(client: &Client, what: &str, reach: &Reach) -> bool {
    let said = client.batch_execute(what);
    tokio::pin!(said);
    loop {
        let answers = reach.answers();
        match tokio::time::timeout(PATIENCE, said.as_mut()).await {
            Ok(answer) => return answer.is_ok(),
            // Busy, but it answers others.
            Err(_) if reach.answers() != answers => {}
            Err(_) => {
                reach.is_away(SILENT);
                return false;
            }
        }
    }
}
