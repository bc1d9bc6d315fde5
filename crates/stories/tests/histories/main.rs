//! Random histories of members, clocks, templates and answers of the carrier (GUARANTEES 1): no free-form request
//! outside a window, none without consent, no template that is not approved, nothing twice, and nobody silenced
//! without a reason on record.
//!
//! `GYMTEXT_HISTORIES` says how many, `GYMTEXT_SEED` with which one they begin. A history that breaks a promise is
//! told as short as it could be made, with its seed.

mod heard;
mod history;
mod judge;
mod restraint;
mod scenes;
mod steps;

use std::time::Duration;

use anyhow::Context as _;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use stories::skips::setting;
use stories::{database, stopwatch, tell};

use history::History;
use steps::Plot;

/// Histories in CI, and in a long run.
const HISTORIES: u64 = 24;
/// Databases on a server take longer to be made.
const HISTORIES_ON_POSTGRES: u64 = 6;
const HISTORIES_OF_A_LONG_RUN: u64 = 400;

/// Histories at the same time: each waits most of its time.
const AT_ONCE: usize = 4;

/// A history that broke a promise is made shorter for so long.
const SHORTENING: Duration = Duration::from_secs(75);

fn number(variable: &str, usual: u64) -> u64 {
    setting(variable)
        .and_then(|number| number.parse().ok())
        .unwrap_or(usual)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_nothing_goes_that_may_not_and_nobody_is_silenced_without_a_reason()
-> anyhow::Result<()> {
    let usual = match setting("GYMTEXT_SOAK") {
        Some(_) => HISTORIES_OF_A_LONG_RUN,
        None if database::is_postgres() => HISTORIES_ON_POSTGRES,
        None => HISTORIES,
    };
    let (first, count) = (
        number("GYMTEXT_SEED", 20_261_127),
        number("GYMTEXT_HISTORIES", usual),
    );
    tell(&format!("seeds {first} to {}", first + count - 1));
    let begun = stopwatch();
    let counts: Vec<(usize, usize)> = stream::iter(first..first + count)
        .map(|seed| async move {
            let plot = Plot::of(seed);
            match happens(&plot).await {
                Ok(counts) => Ok(counts),
                Err(why) => Err(told(seed, plot, why).await),
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let messages: usize = counts.iter().map(|(messages, _)| messages).sum();
    let requests: usize = counts.iter().map(|(_, requests)| requests).sum();
    tell(&format!(
        "{} histories, {messages} messages asked for, {requests} requests, {:?}",
        counts.len(),
        begun.elapsed()
    ));
    // Otherwise nothing was judged.
    anyhow::ensure!(requests > counts.len(), "{requests} requests");
    Ok(())
}

/// A history and its judgement: how many messages were asked for, and how many requests were made.
async fn happens(plot: &Plot) -> anyhow::Result<(usize, usize)> {
    let mut history = History::of(plot).await?;
    let until = history.world.clock_now();
    history.ends().await?;
    let requests = judge::judge(&history, until).await?;
    let messages = history.sent.len();
    let in_order = history.world.service.stop().await;
    anyhow::ensure!(in_order, "something was left begun");
    Ok((messages, requests))
}

/// Tells of a broken promise, with as few steps as still break one.
async fn told(seed: u64, mut plot: Plot, mut why: anyhow::Error) -> anyhow::Error {
    let since = stopwatch();
    let mut size = plot.moments.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < plot.moments.len() {
            if since.elapsed() > SHORTENING {
                size = 1;
                break;
            }
            let mut shorter = plot.clone();
            let end = (at + size).min(shorter.moments.len());
            shorter.moments.drain(at..end);
            match happens(&shorter).await {
                Ok(_) => at += size,
                Err(reason) => (plot, why) = (shorter, reason),
            }
        }
        size /= 2;
    }
    let told: anyhow::Result<()> = Err(why);
    match told.with_context(|| format!("seed {seed}\n{plot}")) {
        Ok(()) => anyhow::anyhow!("seed {seed}"),
        Err(told) => told,
    }
}
