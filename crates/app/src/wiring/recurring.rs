//! The built-in scheduler: asks the engine once in each minute of the clock for what recurs, and when other
//! members have become this node's: whoever takes lanes over is not a minute late with what is due. The
//! engine's keys keep an occurrence from being enqueued twice, whoever asks.

use engine::recurring::{Order, Schedule, Whose};
use std::time::Duration;

use engine::{Engine, EngineError};
use tokio_util::sync::CancellationToken;

/// How often the clock is looked at: the demo's may be moved. What failed is asked again after this too.
const LOOK_EVERY: Duration = Duration::from_secs(1);

pub(super) async fn run(engine: Engine, stop: CancellationToken) {
    let (mut asked, mut told) = (None, false);
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        let minute = engine.clock().now().as_seconds().div_euclid(60);
        let about = (minute, engine.shards());
        if asked == Some(about) {
            continue;
        }
        if engine.held().is_some() {
            continue; // asked for again as soon as the database is at home here
        }
        match ask(&engine).await {
            Ok(()) => (asked, told) = (Some(about), false),
            Err(error) => {
                if !told {
                    tracing::warn!(%error, "what recurs could not be enqueued; trying on");
                }
                told = true;
            }
        }
    }
}

async fn ask(engine: &Engine) -> Result<(), EngineError> {
    let daily = engine
        .run_schedule(Order::due(Schedule::Daily, Whose::Ours))
        .await?;
    if daily.enqueued > 0 {
        tracing::info!(enqueued = daily.enqueued, "daily messages are due");
    }
    let weekly = engine
        .run_schedule(Order::due(Schedule::Weekly, Whose::Ours))
        .await?;
    if weekly.enqueued > 0 {
        tracing::info!(enqueued = weekly.enqueued, "weekly messages are due");
    }
    let missed = engine.note_missed().await?;
    if missed > 0 {
        tracing::info!(
            occurrences = missed,
            "occurrences that were over without an end"
        );
    }
    Ok(())
}
