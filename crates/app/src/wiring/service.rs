//! The service with its two listeners: the outer one for the world, the inner one for those who run
//! it.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use domain::Clock;
use engine::Engine;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Core;
use crate::settings::Settings;

/// A running service.
#[derive(Debug)]
pub struct Service {
    /// Where the outer listener stands.
    pub addr: SocketAddr,
    /// Where the inner listener stands.
    pub inner_addr: SocketAddr,
    /// The engine.
    pub engine: Engine,
    core: Core,
    closing: CancellationToken,
    listeners: Vec<JoinHandle<()>>,
}

impl Service {
    /// Starts it: it is ready when this returns. Port 0 takes a free one.
    pub async fn start(
        settings: Settings,
        clock: Arc<dyn Clock>,
        seed: u64,
    ) -> anyhow::Result<Self> {
        let mut settings = settings;
        let outer = bind(settings.web.addr, "GYMTEXT_ADDR").await?;
        let inner = bind(settings.web.inner_addr, "GYMTEXT_INNER_ADDR").await?;
        let (addr, inner_addr) = (outer.local_addr()?, inner.local_addr()?);
        // Without a public address it is the listener's own, whatever port that became.
        settings.web.addr = addr;
        let core = Core::start(&settings, clock, seed, |_, _| ()).await?;
        core.engine()
            .reset_named_factors(&settings.web.factor_reset)
            .await?;
        let closing = CancellationToken::new();
        let public = web::public_router(core.web().clone()).merge(ui::assets_router());
        let private = web::inner_router(core.web().clone());
        let listeners = vec![
            tokio::spawn(web::serve(outer, public, closing.clone(), limits())),
            tokio::spawn(web::serve(inner, private, closing.clone(), limits())),
        ];
        Ok(Self {
            addr,
            inner_addr,
            engine: core.engine().clone(),
            core,
            closing,
            listeners,
        })
    }

    /// Ends it in order (G31): no new work, open calls end and are settled, then the listeners
    /// close. `true` when nothing was left begun.
    pub async fn stop(self) -> bool {
        let quiet = self.core.drain().await;
        self.closing.cancel();
        for listener in self.listeners {
            if let Err(error) = listener.await {
                tracing::error!(%error, "a listener ended badly");
            }
        }
        drop(self.engine);
        self.core.end().await;
        quiet
    }
}

/// Files kept free for the database, the provider and the log.
const FILES_SPARE: usize = 320;

/// Bounds of a listener: no more connections than the process may have files for.
pub(crate) fn limits() -> web::ServeLimits {
    let mut limits = web::ServeLimits::default();
    if let Some(files) = files_max() {
        limits.connections_max = limits
            .connections_max
            .min(files.saturating_sub(FILES_SPARE).max(64));
    }
    limits
}

/// How many files the process may have open, where the system tells.
pub(crate) fn files_max() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

/// Takes a port, or says who may have it.
pub(crate) async fn bind(addr: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(addr).await.with_context(|| {
        format!("{addr} cannot be listened on; another process may have it. {setting} says where to listen")
    })
}

/// How many ports are tried to propose a free one.
const PORTS_TRIED: u16 = 20;

/// Takes a port on this machine, or proposes another for this command.
pub(crate) async fn bind_port(port: u16, command: &str) -> anyhow::Result<TcpListener> {
    let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let error = match TcpListener::bind(at(port)).await {
        Ok(listener) => return Ok(listener),
        Err(error) => error,
    };
    let mut free = None;
    for other in port.saturating_add(1)..=port.saturating_add(PORTS_TRIED) {
        if TcpListener::bind(at(other)).await.is_ok() {
            free = Some(other);
            break;
        }
    }
    match (error.kind(), free) {
        (std::io::ErrorKind::AddrInUse, Some(free)) => {
            anyhow::bail!("port {port} is taken by another process; try: {command} --port {free}")
        }
        (_, _) => Err(error).with_context(|| format!("port {port} cannot be listened on")),
    }
}
