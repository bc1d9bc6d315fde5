//! The service in the test's own process: the same wiring as `gymtext serve`, on the story's clock.

use std::ffi::OsString;
use std::sync::Arc;

use domain::Clock;
use gymtext::settings::Loaded;
use gymtext::wiring::Service;
use tokio::sync::watch;

/// A running service.
#[derive(Debug)]
pub struct Running {
    service: Service,
}

impl Running {
    /// Starts it with these settings.
    pub async fn start(
        settings: Vec<(String, String)>,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let environment = settings
            .into_iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let (settings, _warnings) = Loaded::from(None, environment)
            .for_service()
            .map_err(|problems| anyhow::anyhow!("{problems}"))?;
        let service = Service::start(settings, clock, 20_261_122).await?;
        Ok(Self { service })
    }

    /// Changes whenever the service has written something.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.service.engine.outbox_changes()
    }

    /// Its engine, for what nobody can ask from outside.
    pub fn engine(&self) -> &engine::Engine {
        &self.service.engine
    }

    /// Where its inner listener stands.
    pub fn inner(&self) -> std::net::SocketAddr {
        self.service.inner_addr
    }

    /// Ends it in order; `true` when nothing was left begun.
    pub async fn stop(self) -> bool {
        self.service.stop().await
    }
}
