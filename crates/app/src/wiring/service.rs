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
    pub async fn start(settings: Settings, clock: Arc<dyn Clock>, seed: u64) -> anyhow::Result<Self> {
        let mut settings = settings;
        let outer = bind(settings.web.addr, "GYMTEXT_ADDR").await?;
        let inner = bind(settings.web.inner_addr, "GYMTEXT_INNER_ADDR").await?;
        let (addr, inner_addr) = (outer.local_addr()?, inner.local_addr()?);
        // Without a public address it is the listener's own, whatever port that became.
        settings.web.addr = addr;
        let core = Core::start(&settings, clock, seed, |_, _| ()).await?;
        let closing = CancellationToken::new();
        let limits = web::ServeLimits::default();
        let listeners = vec![
            tokio::spawn(web::serve(outer, web::public_router(core.web().clone()), limits, closing.clone())),
            tokio::spawn(web::serve(inner, web::inner_router(core.web().clone()), limits, closing.clone())),
        ];
        Ok(Self { addr, inner_addr, engine: core.engine().clone(), core, closing, listeners })
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

/// Takes a port, or says who may have it.
pub(crate) async fn bind(addr: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(addr).await.with_context(|| {
        format!("{addr} cannot be listened on; another process may have it. {setting} says where to listen")
    })
}
