//! `gymtext serve`: the service.

use std::sync::Arc;

use domain::Clock;

use crate::clock::{DatabaseClock, SystemClock};
use crate::settings::{Database, Loaded};
use crate::wiring::{Service, until_stopped};
use crate::{chance, failpoints, logging, runtime};

const EXAMPLES: &str = "\
Examples:
  gymtext serve
  gymtext --config /etc/gymtext.toml serve
  GYMTEXT_PROVIDER=local GYMTEXT_API_KEY=$(openssl rand -hex 24) gymtext serve     (sends nothing)

`gymtext config` shows the settings, `gymtext doctor` tries them. SIGTERM or Ctrl-C ends it in order;
a second one at once.";

/// Arguments of `gymtext serve`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {}

pub(crate) fn run(_args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    let (settings, warnings) = loaded.for_service()?;
    logging::start(&settings.log);
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    failpoints::arm_from_environment()?;
    runtime::for_service()?.block_on(async {
        let clock: Arc<dyn Clock> = match settings.database {
            Database::Sqlite(_) => Arc::new(SystemClock),
            Database::Postgres(_) => Arc::new(DatabaseClock::default()),
        };
        let service = Service::start(settings, clock, chance::seed()?).await?;
        tracing::info!(addr = %service.addr, inner_addr = %service.inner_addr, "ready");
        until_stopped().await?;
        tracing::info!("stopping: no new work, open calls end; a second signal ends it at once");
        let quiet = service.stop().await;
        if quiet {
            tracing::info!("stopped");
        } else {
            tracing::warn!("stopped with calls still open; they are settled after the next start");
        }
        Ok(())
    })
}
