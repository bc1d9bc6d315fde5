//! Answering what members write. Every inbound message that needs an answer is stored as such and
//! stays so until it is answered or dismissed with a reason: none is forgotten over a crash, none is
//! answered twice (G24). What the answer is, and what it does, stands in `choosing`.

use std::time::Duration;

use store::StoreError;
use store::ops::Operation;
use store::questions::Unanswered;

use crate::Engine;

/// How many are answered in one go.
const BATCH: u32 = 64;

/// Answering is woken by each inbound message; this is for the case that the wake-up was lost.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How long it rests when the store could not be asked.
const STORE_REST: Duration = Duration::from_secs(1);

impl Engine {
    pub(crate) async fn answer_loop(&self) {
        let mut rest = LOOK_EVERY;
        loop {
            tokio::select! {
                () = self.inner.answering.notified() => {}
                () = tokio::time::sleep(rest) => {}
                () = self.inner.stop.cancelled() => return,
            }
            rest = LOOK_EVERY;
            loop {
                match self.answer_some().await {
                    Ok(0) => break,
                    Ok(_) if self.inner.stop.is_cancelled() => return,
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "members could not be answered; trying again soon");
                        rest = STORE_REST;
                        break;
                    }
                }
            }
        }
    }

    /// Answers a batch of what waits; how many were answered. One that cannot be answered stays
    /// visibly waiting and holds up nobody else.
    async fn answer_some(&self) -> Result<usize, StoreError> {
        if self.held().is_some() {
            return Ok(0);
        }
        let waiting = self.ask().question(Unanswered { limit: BATCH }).await?;
        let mut operations = Vec::with_capacity(waiting.len());
        for inbound in &waiting {
            operations.push(self.answer_to(inbound).await?.into_op());
        }
        let answers = self.inner.committer.submit_all(operations).await?;
        let mut answered = 0;
        for (inbound, answer) in waiting.iter().zip(answers) {
            match answer {
                Ok(_) => answered += 1,
                Err(error) => {
                    tracing::error!(message.id = %inbound.id, %error, "a member could not be answered");
                }
            }
        }
        Ok(answered)
    }

    /// The member's local date; a zone that is unknown by now counts as UTC.
    pub(crate) fn local_date(&self, time_zone: &str) -> jiff::civil::Date {
        let zone = policy::schedule::zone(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        self.now().to_jiff().to_zoned(zone).date()
    }
}
