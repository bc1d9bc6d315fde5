//! One node among many: says that it lives, takes up and gives back lanes, learns what others wrote
//! into its own, and goes by the database's clock (G8, G28). On a database of its own it beats only
//! while that is not at home here, to hear of its confirmation (G33).

use std::sync::atomic::Ordering;
use std::time::Duration;

use store::StoreError;
use store::home::Held;
use store::ops::{Beat, BeatAnswer};

use tokio::time::Instant;

use crate::Engine;

/// How often a node beats: what others write is heard of at the latest after this, should the
/// doorbell be lost, and it is well within any lease.
const EVERY: Duration = Duration::from_millis(500);

/// Beats are at least this far apart: whoever rings more often mostly wants its notices taken out, which
/// every transaction does.
const APART: Duration = Duration::from_millis(100);

/// How long a leaving node tries to give its lanes back; after that they are taken when its lease
/// runs out.
const LEAVING: Duration = Duration::from_secs(5);

impl Engine {
    /// Beats until the node stops, then gives its lanes back as soon as nothing of it is open.
    pub(crate) async fn beat_loop(&self) {
        let mut told = None;
        while !self.inner.stop.is_cancelled() {
            let answer = self.beat(true).await;
            told = Self::tell_of_beat(told, &answer);
            if !self.inner.ownership.is_shared() && self.held().is_none() {
                return; // nothing else can change here
            }
            self.rest_between_beats().await;
        }
        if !self.inner.ownership.is_shared() {
            return;
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

    /// Until it is time to beat again. What others left is taken out whenever they ring.
    async fn rest_between_beats(&self) {
        let begun = Instant::now();
        let mut until = begun + EVERY;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return,
                () = self.inner.ownership.rung() => {
                    until = until.min(begun + APART);
                    self.inner.answering.notify_one();
                    if Instant::now() >= until {
                        return;
                    }
                    // Away it is told again: by the next beat, and by whoever writes.
                    let _ = self.inner.committer.prove().await;
                    self.look_into_outbox();
                }
                () = self.inner.stop.cancelled() => return,
            }
        }
    }

    /// What others wrote may be in the outbox too.
    fn look_into_outbox(&self) {
        self.inner
            .outbox
            .send_modify(|changes| *changes = changes.wrapping_add(1));
    }

    async fn beat(&self, claims: bool) -> Result<BeatAnswer, StoreError> {
        let beat = Beat {
            claims,
            at: self.now(),
        };
        let asked = self.inner.clock.steady();
        let answer = self.inner.committer.submit(beat).await?;
        if let Some(told) = answer.database_now {
            self.inner.clock.go_by(told, asked);
        }
        self.stand(answer.held);
        self.look_into_outbox();
        if self.inner.ownership.is_shared() {
            // Should the bell be lost, or a shard have come to us with what waits in it.
            self.inner.answering.notify_one();
        }
        *self
            .inner
            .beat
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(answer);
        Ok(answer)
    }

    /// Whether the database is at home here. Once it turns out to be, what others were told while it was
    /// not is asked for before the first message goes out: somebody may have said STOP.
    fn stand(&self, held: Option<Held>) {
        let before = self.held();
        self.inner.ownership.hold(held);
        if held == Some(Held::Unread) && !self.inner.coming_home.swap(true, Ordering::AcqRel) {
            let engine = self.clone();
            self.inner.tasks.spawn(async move {
                engine.come_home().await;
                engine.inner.coming_home.store(false, Ordering::Release);
            });
        }
        if before.is_some() && held.is_none() {
            tracing::warn!("this is the home of the database now: what waited is sent");
            self.inner.answering.notify_one();
        }
    }

    /// Why nothing is sent from here, though all else is served: the database is not at home (G33).
    pub fn held(&self) -> Option<Held> {
        self.inner.ownership.held()
    }

    /// What the last beat told, on a database that others share.
    pub(crate) fn last_beat(&self) -> Option<BeatAnswer> {
        *self
            .inner
            .beat
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Logs what changed since the last beat.
    fn tell_of_beat(
        before: Option<BeatAnswer>,
        now: &Result<BeatAnswer, StoreError>,
    ) -> Option<BeatAnswer> {
        if let Ok(now) = now {
            let was = before.and_then(|before| before.held);
            match (was, now.held) {
                (None, Some(held)) if held.is_at_home() => tracing::warn!("{}", held.sentence()),
                (None, Some(held)) => tracing::error!("{}", held.sentence()),
                (Some(_), _) | (None, None) => {}
            }
        }
        tell_of_share(before, now)
    }
}

/// Logs what changed of this node's share.
fn tell_of_share(
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
