//! The built-in scheduler: asks the engine once in each minute of the clock for what recurs. The
//! engine's keys keep an occurrence from being enqueued twice, whoever asks.

use engine::recurring::Whose;
use std::time::Duration;

use engine::Engine;
use tokio_util::sync::CancellationToken;

/// How often the clock is looked at: the demo's may be moved.
const LOOK_EVERY: Duration = Duration::from_secs(1);

pub(super) async fn run(engine: Engine, stop: CancellationToken) {
    let mut asked = None;
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        let minute = engine.clock().now().as_seconds().div_euclid(60);
        if asked == Some(minute) {
            continue;
        }
        asked = Some(minute);
        match engine.run_daily(Whose::Ours).await {
            Ok(report) if report.enqueued > 0 => {
                tracing::info!(enqueued = report.enqueued, "daily messages are due");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "daily messages could not be enqueued; asking again in a minute");
            }
        }
        match engine.run_weekly(Whose::Ours).await {
            Ok(report) if report.enqueued > 0 => {
                tracing::info!(enqueued = report.enqueued, "weekly messages are due");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "weekly messages could not be enqueued; asking again in a minute");
            }
        }
    }
}
