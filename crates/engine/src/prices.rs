//! What providers charged is asked for: they tell some time after a message has ended, and only when
//! asked (facts/twilio.md 12). The outbox says which messages went out; nothing is written for this
//! while they do. The same answer says how far a message has come: one whose receipts were all lost, and
//! whose provider did not answer when its lane asked, is learnt of here.

use std::collections::HashSet;
use std::time::Duration;

use domain::{AttemptId, Channel, Money, ProviderName, Seconds, Timestamp};
use providers::RemoteMessage;
use store::ops::{PriceTold, RecordPrices};
use store::questions::{EventsAfter, MessageById, PricesToAsk};
use store::records::AttemptRecord;

use crate::sweep::Told;
use crate::{Engine, EngineError};

/// How many attempts are asked about in one round, one after the other: pricing takes its time, and
/// leaves the provider's attention to messages.
const ROUND_MAX: usize = 32;

/// How many events are read in one round.
const EVENTS_MAX: u32 = 500;

/// How often one attempt is asked about; four times as long passes before each further time. With 15
/// minutes that is for three and a half days.
const ASKS_MAX: u8 = 5;

/// Between two rounds.
const PAUSE: Duration = Duration::from_secs(1);

impl Engine {
    pub(crate) async fn price_loop(&self) {
        if self.inner.settings.price_wait == Seconds::ZERO {
            return;
        }
        while self.round_of_the_first(PAUSE).await {
            if let Err(error) = self.ask_for_prices().await {
                tracing::warn!(%error, "prices could not be asked for; it is tried again");
            }
        }
    }

    /// One round: what is due again, then what was not asked about yet.
    async fn ask_for_prices(&self) -> Result<(), EngineError> {
        let at = self.now();
        let limit = u32::try_from(ROUND_MAX).unwrap_or(u32::MAX);
        let known = self.ask().question(PricesToAsk { at, limit }).await?;
        let mut told = Vec::new();
        for one in &known.due {
            let id = one.attempt.message;
            let detail = self.ask().question(MessageById { id }).await?;
            let attempts = detail.iter().flat_map(|detail| &detail.attempts);
            let asking = Asking {
                attempt: one.attempt,
                open: attempts
                    .filter(|attempt| attempt.number == one.attempt.number)
                    .find_map(open),
                channel: one.channel,
                provider_message_id: &one.provider_message_id,
                begun_at: one.begun_at,
                asked: one.asked,
            };
            told.extend(self.ask_for_price(&asking).await);
        }
        let before = known.asked_to.unwrap_or(0);
        let asked_to = self.ask_about_new_ones(before, &mut told).await?;
        if told.is_empty() && asked_to == before {
            return Ok(());
        }
        let asked_to = (asked_to != before).then_some(asked_to);
        let at = self.now();
        let record = RecordPrices { told, asked_to, at };
        self.inner.committer.submit(record).await?;
        Ok(())
    }

    /// Follows the outbox up to what is old enough to have a price. Answers how far it came.
    async fn ask_about_new_ones(
        &self,
        after: i64,
        told: &mut Vec<PriceTold>,
    ) -> Result<i64, EngineError> {
        let old_enough = Timestamp::from_micros(
            self.now().as_micros() - self.inner.settings.price_wait.as_micros(),
        );
        let events = self
            .ask()
            .question(EventsAfter {
                after: Some(after),
                limit: EVENTS_MAX,
            })
            .await?;
        let mut asked_to = after;
        let mut seen = HashSet::new();
        for event in events {
            if event.at > old_enough || told.len() >= ROUND_MAX || self.inner.stop.is_cancelled() {
                break;
            }
            asked_to = event.id;
            let Some(id) = event.message.filter(|_| event.kind == "message.status") else {
                continue;
            };
            if !seen.insert(id) {
                continue;
            }
            let Some(detail) = self.ask().question(MessageById { id }).await? else {
                continue;
            };
            for attempt in &detail.attempts {
                let Some(provider_message_id) = &attempt.provider_message_id else {
                    continue;
                };
                let is_new = attempt.price.is_none() && attempt.price_asked == 0;
                let charges = matches!(
                    attempt.provider,
                    ProviderName::Twilio | ProviderName::Whatsapp
                );
                if !is_new || !charges {
                    continue;
                }
                let asking = Asking {
                    attempt: AttemptId {
                        message: id,
                        number: attempt.number,
                    },
                    open: open(attempt),
                    channel: attempt.channel,
                    provider_message_id,
                    begun_at: attempt.begun_at,
                    asked: 0,
                };
                told.extend(self.ask_for_price(&asking).await);
            }
        }
        Ok(asked_to)
    }

    /// Asks the provider about one attempt; `None` when no sender of ours is on its channel now.
    async fn ask_for_price(&self, asking: &Asking<'_>) -> Option<PriceTold> {
        let sender = self.inner.senders.on(asking.channel)?;
        let price = match sender.carrier.fetch(asking.provider_message_id).await {
            Ok(None) => None,
            Ok(Some(remote)) => {
                let price = charged(&remote);
                self.hear_what_is_open(asking, remote).await;
                price
            }
            Err(error) => {
                tracing::debug!(message.id = %asking.attempt.message, %error, "a price could not be asked for");
                None
            }
        };
        Some(asking.told(price, self.inner.settings.price_wait, self.now()))
    }

    /// Takes the answer as a receipt, where none has told how the attempt ended.
    async fn hear_what_is_open(&self, asking: &Asking<'_>, remote: RemoteMessage) {
        let Some(provider) = asking.open else { return };
        let told = Told {
            attempt: asking.attempt,
            channel: asking.channel,
            provider,
            provider_message_id: asking.provider_message_id,
        };
        if let Err(error) = self.hear(told, remote).await {
            tracing::warn!(message.id = %asking.attempt.message, %error, "what the provider says of a message could not be stored");
        }
    }

    /// Keeps the price that came with an answer to another question, if one did.
    pub(crate) async fn keep_price(&self, attempt: AttemptId, remote: &RemoteMessage, asked: u8) {
        let Some(price) = charged(remote) else { return };
        let told = PriceTold {
            attempt,
            price: Some(price),
            asked: asked.saturating_add(1),
            ask_at: None,
        };
        let record = RecordPrices {
            told: vec![told],
            asked_to: None,
            at: self.now(),
        };
        if let Err(error) = self.inner.committer.submit(record).await {
            tracing::warn!(message.id = %attempt.message, %error, "a price could not be kept; it is asked for again");
        }
    }
}

/// Who carries an attempt of which nobody has told how it ended.
fn open(attempt: &AttemptRecord) -> Option<ProviderName> {
    let ended = attempt.status.has_arrived() || attempt.status.has_ended_badly();
    (!ended).then_some(attempt.provider)
}

/// What is asked about.
struct Asking<'a> {
    attempt: AttemptId,
    open: Option<ProviderName>,
    channel: Channel,
    provider_message_id: &'a str,
    begun_at: Timestamp,
    asked: u8,
}

impl Asking<'_> {
    fn told(&self, price: Option<Money>, wait: Seconds, now: Timestamp) -> PriceTold {
        let asked = self.asked.saturating_add(1);
        let longer = wait
            .as_micros()
            .saturating_mul(4_i64.saturating_pow(u32::from(asked)));
        let ask_at = (price.is_none() && asked < ASKS_MAX).then(|| {
            let planned = self.begun_at + Seconds::from_micros(longer);
            planned.max(now + wait)
        });
        PriceTold {
            attempt: self.attempt,
            price,
            asked,
            ask_at,
        }
    }
}

/// The charge of a message as the provider shows it: positive, while they write it negative.
fn charged(remote: &RemoteMessage) -> Option<Money> {
    let currency = remote.price_unit.as_deref()?.parse().ok()?;
    match Money::parse(remote.price.as_deref()?, currency) {
        Ok(price) => Some(price.negated()),
        Err(error) => {
            tracing::warn!(%error, "the provider wrote a price that cannot be kept exactly");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_asked_for_ever_more_seldom_and_not_for_ever() {
        let wait = Seconds::new(900);
        let begun_at = Timestamp::from_seconds(1_795_348_800);
        let mut asking = Asking {
            attempt: AttemptId {
                message: domain::MessageId::from_bytes([7; 16]),
                number: 1,
            },
            open: None,
            channel: Channel::Sms,
            provider_message_id: "SM1",
            begun_at,
            asked: 0,
        };
        let mut now = begun_at + wait;
        let mut hours = Vec::new();
        while let Some(at) = asking.told(None, wait, now).ask_at {
            hours.push(at.since(begun_at).as_micros() / 3_600_000_000);
            (now, asking.asked) = (at, asking.asked + 1);
        }
        assert_eq!(hours, [1, 4, 16, 64]);
        let price = Some(Money::from_micros(1, domain::Currency::USD));
        asking.asked = 0;
        assert_eq!(asking.told(price, wait, now).ask_at, None);
        // Asked long after it was begun: not at once again.
        let late = begun_at + Seconds::new(864_000);
        assert_eq!(asking.told(None, wait, late).ask_at, Some(late + wait));
    }
}
