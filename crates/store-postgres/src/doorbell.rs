//! The doorbell between nodes: a NOTIFY after what was written for others, at most one in a while,
//! on a connection of its own. It only wakes; whoever misses it looks by itself at its next beat.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use store::{Ownership, StoreError};
use tokio_postgres::AsyncMessage;

use crate::session::{Address, connect_listening};

/// At most one ring in this time: each takes a lock of the whole cluster when it commits.
const PAUSE: Duration = Duration::from_millis(20);

/// Between tries to connect again.
const AGAIN: Duration = Duration::from_secs(1);

/// The bell of this node: rings at the others', and hears theirs.
#[derive(Debug)]
pub(crate) struct Bell {
    rings: SyncSender<()>,
}

impl Bell {
    /// Hangs it up. Its thread ends when this is dropped.
    pub(crate) fn hang(address: Address, ownership: Arc<Ownership>) -> Result<Self, StoreError> {
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
            .spawn(move || runtime.block_on(listen(address, ownership, &mut wanted_here)))
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
    address: Address,
    ownership: Arc<Ownership>,
    wanted: &mut tokio::sync::mpsc::Receiver<()>,
) {
    loop {
        if let Ok((client, mut messages)) = connect_listening(&address).await {
            loop {
                tokio::select! {
                    message = messages.recv() => match message {
                        Some(AsyncMessage::Notification(_)) => ownership.ring(),
                        Some(_) => {}
                        None => break,
                    },
                    ring = wanted.recv() => {
                        if ring.is_none() {
                            return;
                        }
                        if client.batch_execute("NOTIFY gymtext_lanes").await.is_err() {
                            break;
                        }
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            ring = wanted.recv() => if ring.is_none() { return },
        }
    }
}
