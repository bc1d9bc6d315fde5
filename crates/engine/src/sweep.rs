//! What nobody tells us must be asked for: timers of places, receipts that never came, inbound
//! messages whose webhook was lost (see `lists`), and rows that are past keeping.

use std::time::Duration;

use domain::{AttemptId, Channel, PlaceState, ProviderName, Seconds};
use providers::RemoteMessage;
use store::ops::{Elapse, ElapseAnswer, Tidy};
use store::questions::{FactsOf, MessageById};
use store::records::AttemptRecord;
use store::{LaneKey, Seq, StoreError};

use crate::worker::Word;
use crate::{Engine, EngineError};

/// How often a provider is asked about one message before its lane goes on without an answer: it is
/// not asked again, so one lost answer must not leave the message open for good.
const FETCHES_MAX: u32 = 4;

/// Between these.
const FETCH_PAUSE: Duration = Duration::from_millis(250);

/// Rows past keeping are looked for once in this many sweeps.
const TIDY_EVERY: u32 = 60;

/// Which attempt a provider was asked about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'a> {
    pub(crate) attempt: AttemptId,
    pub(crate) channel: Channel,
    pub(crate) provider: ProviderName,
    pub(crate) provider_message_id: &'a str,
}

/// What [`Engine::check_stalled`] found.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct StalledReport {
    /// Inbound messages that were on the provider's list and not with us.
    pub inbound_found: u32,
    /// Places waiting now.
    pub waiting: u64,
    /// Places held now.
    pub held: u64,
    /// Places unconfirmed now.
    pub unconfirmed: u64,
    /// How long the oldest waiting place has waited, in seconds.
    pub oldest_waiting_seconds: Option<f64>,
}

impl Engine {
    /// Waits for the next round of what whoever has the first shard does for all; `false` when the service ends.
    pub(crate) async fn round_of_the_first(&self, pause: Duration) -> bool {
        let every = self.inner.settings.sweep_every.to_duration().min(pause);
        loop {
            tokio::select! {
                () = tokio::time::sleep(every.max(Duration::from_millis(50))) => {}
                () = self.inner.stop.cancelled() => return false,
            }
            if self.inner.ownership.has_the_first() && self.held().is_none() {
                return true;
            }
        }
    }

    pub(crate) async fn sweep_loop(&self) {
        let every = self
            .inner
            .settings
            .sweep_every
            .to_duration()
            .max(Duration::from_millis(50));
        let mut round: u32 = 0;
        let mut first = true;
        loop {
            if self.held().is_none() {
                match self.replan_without_whatsapp(first).await {
                    Ok(_) => first = false,
                    Err(error) => {
                        tracing::warn!(%error, "what waits for WhatsApp could not be planned again yet");
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = self.inner.stop.cancelled() => return,
            }
            if !self.inner.ownership.has_the_first() || self.held().is_some() {
                continue;
            }
            self.end_codes().await;
            match self.sweep_inbound().await {
                Ok(swept) => swept.tell(),
                Err(error) => {
                    tracing::warn!(%error, "the sweep over inbound messages failed; the next one goes on");
                }
            }
            if let Err(error) = self.look_at_deliveries().await {
                tracing::warn!(%error, "messages that may go on by another channel could not be looked at; they are looked at again");
            }
            if let Err(error) = self.prune_events().await {
                tracing::warn!(%error, "the outbox could not be pruned; it is tried again");
            }
            round = round.wrapping_add(1);
            if round % TIDY_EVERY != 1 {
                continue;
            }
            if let Err(error) = self.inner.committer.submit(Tidy { at: self.now() }).await {
                tracing::warn!(%error, "old rows could not be removed");
            }
            if let Err(error) = self.redact().await {
                tracing::warn!(%error, "words past keeping could not be taken out yet");
            }
        }
    }

    /// Fetches what the provider has and we have not, looks at what may go on by another channel, and says
    /// how things stand.
    pub async fn check_stalled(&self) -> Result<StalledReport, EngineError> {
        self.refuse_while_held()?;
        self.look_at_deliveries().await?;
        let swept = self.sweep_inbound().await?;
        swept.tell();
        self.redact().await?;
        self.prune_events().await?;
        let stats = self.stats().await?;
        Ok(StalledReport {
            inbound_found: swept.found,
            waiting: stats.waiting,
            held: stats.held,
            unconfirmed: stats.unconfirmed,
            oldest_waiting_seconds: stats.oldest_waiting.map(Seconds::as_f64),
        })
    }

    /// A place's timer ran out. Before the lane goes on without a receipt, the provider is asked
    /// once what became of the message.
    pub(crate) async fn elapse(&self, lane: LaneKey, seq: Seq) {
        domain::failpoint::pass(domain::failpoint::Point::Sweep);
        if let Err(error) = self.ask_for_receipt(seq).await {
            // Nobody asks again once the lane has gone on: the message would stay open for good.
            tracing::warn!(%error, "a receipt could not be asked for; it is tried again");
            return self.watch_again(lane, seq, Seconds::new(1));
        }
        let now = self.now();
        let elapse = Elapse {
            seq,
            epoch: self.inner.ownership.epoch(),
            quiet_until: now + self.inner.settings.quiet_period,
            at: now,
        };
        match self.inner.committer.submit(elapse).await {
            Ok(ElapseAnswer::Freed | ElapseAnswer::Waiting | ElapseAnswer::Unconfirmed) => {}
            // A receipt or a settlement came first and has told the scheduler itself; should it not
            // have, this place is looked at again.
            Ok(ElapseAnswer::Unchanged) => self.watch_again(lane, seq, Seconds::new(30)),
            Err(error) => {
                tracing::warn!(%error, "a timer could not be run; it is tried again");
                self.watch_again(lane, seq, Seconds::new(1));
            }
        }
    }

    fn watch_again(&self, lane: LaneKey, seq: Seq, after: Seconds) {
        self.tell(Word::WatchAgain(lane, seq, self.now() + after));
    }

    /// Fails when the store cannot take part; what the provider does not tell is no failure.
    async fn ask_for_receipt(&self, seq: Seq) -> Result<(), StoreError> {
        let facts = self.ask().question(FactsOf { seqs: vec![seq] }).await?;
        let Some(facts) = facts.into_iter().next().flatten() else {
            return Ok(());
        };
        if facts.place != PlaceState::AwaitingReceipt {
            return Ok(());
        }
        let id = facts.message.id;
        let Some(detail) = self.ask().question(MessageById { id }).await? else {
            return Ok(());
        };
        let known = |attempt: &&AttemptRecord| attempt.provider_message_id.is_some();
        let Some(attempt) = detail.attempts.iter().rev().find(known) else {
            return Ok(());
        };
        let Some(provider_id) = attempt.provider_message_id.clone() else {
            return Ok(());
        };
        let Some(sender) = self.inner.senders.on(attempt.channel) else {
            return Ok(());
        };
        let mut fetched = sender.carrier.fetch(&provider_id).await;
        for _ in 1..FETCHES_MAX {
            if fetched.is_ok() || self.inner.stop.is_cancelled() {
                break;
            }
            tokio::time::sleep(FETCH_PAUSE).await;
            fetched = sender.carrier.fetch(&provider_id).await;
        }
        match fetched {
            Ok(Some(remote)) => {
                let asked_about = AttemptId {
                    message: id,
                    number: attempt.number,
                };
                self.keep_price(asked_about, &remote, attempt.price_asked)
                    .await;
                let told = Told {
                    attempt: asked_about,
                    channel: attempt.channel,
                    provider: attempt.provider,
                    provider_message_id: &provider_id,
                };
                match self.hear(told, remote).await {
                    Ok(()) => {}
                    Err(EngineError::Store(
                        error @ (StoreError::Busy | StoreError::Unavailable(_)),
                    )) => return Err(error),
                    Err(error) => {
                        tracing::warn!(message.id = %id, %error, "what the provider says of a message could not be stored");
                    }
                }
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(message.id = %id, %error, "the provider could not be asked about a message; its lane goes on");
            }
        }
        Ok(())
    }

    /// Takes what a provider shows of a message, when asked, as the receipt that never came.
    pub(crate) async fn hear(
        &self,
        told: Told<'_>,
        remote: RemoteMessage,
    ) -> Result<(), EngineError> {
        let receipt = providers::Receipt {
            attempt: Some(told.attempt),
            provider_message_id: told.provider_message_id.into(),
            account: remote.account.unwrap_or_default(),
            status: remote.status,
            error: remote.error,
            channel: told.channel,
            to: None,
            from: None,
            at: remote.updated_at,
            carrier_time: None,
        };
        let provider = match told.channel {
            Channel::Whatsapp => ProviderName::Whatsapp,
            Channel::Sms | Channel::Email | Channel::Web => told.provider,
        };
        self.receive_receipt(provider, receipt).await
    }
}
