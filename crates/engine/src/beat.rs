//! One node among many: says that it lives, takes up and gives back lanes, learns what others wrote
//! into its own, and goes by the database's clock (G8, G28).

use std::time::Duration;

use store::StoreError;
use store::ops::{Beat, BeatAnswer};

use crate::Engine;

/// How often a node beats: what others write is heard of at the latest after this, should the
/// doorbell be lost, and it is well within any lease.
const EVERY: Duration = Duration::from_millis(500);

/// How long a leaving node tries to give its lanes back; after that they are taken when its lease
/// runs out.
const LEAVING: Duration = Duration::from_secs(5);

impl Engine {
    /// Beats until the node stops, then gives its lanes back as soon as nothing of it is open.
    pub(crate) async fn beat_loop(&self) {
        let mut told = None;
        while !self.inner.stop.is_cancelled() {
            let answer = self.beat(true).await;
            told = tell_of_beat(told, &answer);
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = self.inner.ownership.rung() => {}
                () = self.inner.stop.cancelled() => {}
            }
        }
        let give_back = async {
            while !matches!(self.beat(false).await, Ok(answer) if answer.shards == 0) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let open = self.inner.settings.planner.provider_deadline.to_duration();
        if tokio::time::timeout(open + LEAVING, give_back)
            .await
            .is_err()
        {
            tracing::warn!(
                "the lanes could not be given back; others take them when the lease ends"
            );
        }
    }

    async fn beat(&self, claims: bool) -> Result<BeatAnswer, StoreError> {
        let beat = Beat {
            claims,
            at: self.now(),
        };
        let answer = self.inner.committer.submit(beat).await?;
        if let Some(now) = answer.database_now {
            self.inner.clock.go_by(now);
        }
        // What others wrote may be in the outbox too, and an inbound message may wait for us.
        self.inner
            .outbox
            .send_modify(|changes| *changes = changes.wrapping_add(1));
        *self
            .inner
            .beat
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(answer);
        Ok(answer)
    }

    /// What the last beat told, on a database that others share.
    pub(crate) fn last_beat(&self) -> Option<BeatAnswer> {
        *self
            .inner
            .beat
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Logs what changed since the last beat.
fn tell_of_beat(
    before: Option<BeatAnswer>,
    now: &Result<BeatAnswer, StoreError>,
) -> Option<BeatAnswer> {
    match now {
        Ok(now) => {
            let seen = before.map(|before| (before.shards, before.nodes));
            if seen != Some((now.shards, now.nodes)) {
                tracing::info!(shards = now.shards, nodes = now.nodes, "this node's share");
            }
            if let Some(off) = now.clock_off
                && before.is_none_or(|before| before.clock_off.is_none())
            {
                tracing::error!(
                    seconds = off.as_f64(),
                    "this machine's clock differs from the database's by too much: nothing is \
                         sent from here until it is set right"
                );
            }
            Some(*now)
        }
        Err(error) => {
            if before.is_some() {
                tracing::warn!(%error, "this node cannot say that it lives; trying on");
            }
            None
        }
    }
}
