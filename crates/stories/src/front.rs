//! What stands before several nodes, as a company's load balancer does: deals connections out to those
//! that take them, and knows nothing of what is said on them.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::stopwatch;

/// A node that does not take a connection within this is passed over.
const CONNECT: Duration = Duration::from_millis(300);

/// A listener in front of others; it stops when dropped.
#[derive(Debug)]
pub struct Front {
    /// Where it listens.
    pub addr: SocketAddr,
    state: Arc<State>,
    stop: CancellationToken,
}

#[derive(Debug)]
struct State {
    behind: Mutex<Vec<Arc<Behind>>>,
    next: AtomicUsize,
    since: std::time::Instant,
    /// When something was said to those behind last, in microseconds since the start.
    said: AtomicU64,
}

#[derive(Debug)]
struct Behind {
    addr: SocketAddr,
    left_out: AtomicBool,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Front {
    /// Listens at this address, before nobody yet.
    pub async fn at(ip: IpAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((ip, 0)).await?;
        let addr = listener.local_addr()?;
        let state = Arc::new(State {
            behind: Mutex::default(),
            next: AtomicUsize::new(0),
            since: stopwatch(),
            said: AtomicU64::new(0),
        });
        let stop = CancellationToken::new();
        let (dealing, stopped) = (Arc::clone(&state), stop.clone());
        tokio::spawn(async move {
            loop {
                let client = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = stopped.cancelled() => return,
                };
                let Ok((client, _)) = client else { continue };
                let (state, stopped) = (Arc::clone(&dealing), stopped.clone());
                tokio::spawn(async move {
                    tokio::select! {
                        () = state.deal(client) => {}
                        () = stopped.cancelled() => {}
                    }
                });
            }
        });
        Ok(Self { addr, state, stop })
    }

    /// One more behind it.
    pub fn stands_before(&self, addr: SocketAddr) {
        self.state.behind().push(Arc::new(Behind {
            addr,
            left_out: AtomicBool::new(false),
        }));
    }

    /// Sends nobody new there, or does again.
    pub fn leave_out(&self, addr: SocketAddr, is_out: bool) {
        for one in self.state.behind().iter().filter(|one| one.addr == addr) {
            one.left_out.store(is_out, Ordering::SeqCst);
        }
    }

    /// How long nothing was said to those behind it.
    pub fn silent_for(&self) -> Duration {
        let said = Duration::from_micros(self.state.said.load(Ordering::SeqCst));
        self.state.since.elapsed().saturating_sub(said)
    }
}

impl State {
    fn behind(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Behind>>> {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a connection to the next that takes it; to nobody, and it is closed.
    async fn deal(&self, client: TcpStream) {
        let all: Vec<_> = self.behind().clone();
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        for turn in 0..all.len() {
            let Some(one) = all.get((first + turn) % all.len()) else {
                return;
            };
            if one.left_out.load(Ordering::SeqCst) {
                continue;
            }
            let connecting = tokio::time::timeout(CONNECT, TcpStream::connect(one.addr)).await;
            if let Ok(Ok(node)) = connecting {
                self.relay(client, node, one).await;
                return;
            }
        }
    }

    /// Carries bytes both ways until either side ends, or is left out: a balancer that takes a node out
    /// ends what it holds there.
    async fn relay(&self, client: TcpStream, node: TcpStream, behind: &Behind) {
        let _ = (client.set_nodelay(true), node.set_nodelay(true));
        let (from_client, mut to_client) = client.into_split();
        let (mut from_node, to_node) = node.into_split();
        let left_out = async {
            while !behind.left_out.load(Ordering::SeqCst) {
                crate::after(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            () = self.tell(from_client, to_node) => {}
            _ = copy(&mut from_node, &mut to_client) => {}
            () = left_out => {}
        }
    }

    async fn tell(&self, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
        let mut bytes = vec![0; 16_384];
        while let Ok(count @ 1..) = from.read(&mut bytes).await {
            let since = u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.said.store(since, Ordering::SeqCst);
            let Some(said) = bytes.get(..count) else {
                return;
            };
            if to.write_all(said).await.is_err() {
                return;
            }
        }
    }
}
