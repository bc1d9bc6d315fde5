//! Receipts: what became of a message, told by webhook or asked for. Applied by rank (G21), from
//! every source alike (G22).

use domain::{DeliveryStatus, ProviderName};
use policy::retry::{Tried, Verdict, judge_receipt};
use providers::{Receipt, ReceiptStatus};
use store::ops::{AddressEffects, OnFailure, ReceiptAnswer};
use store::questions::{FactsOf, MessageById};
use store::records::MessageDetail;

use crate::settle::{error_note, provider_source};
use crate::{Engine, EngineError};

impl Engine {
    /// Applies a receipt; durable when this returns. A receipt of an unknown message is kept (G23).
    pub async fn receive_receipt(
        &self,
        provider: ProviderName,
        receipt: Receipt,
    ) -> Result<(), EngineError> {
        let started = self.now();
        let status = receipt.status.known();
        let mut effects = AddressEffects::default();
        let mut on_failure = OnFailure::End;
        if status.is_some_and(DeliveryStatus::has_ended_badly) {
            (effects, on_failure) = self.judge_failure(&receipt).await?;
        }
        let word = match &receipt.status {
            ReceiptStatus::Known(status) => status.as_str().to_owned(),
            ReceiptStatus::Unknown(word) => word.to_string(),
        };
        let operation = store::ops::Receipt {
            attempt: receipt.attempt,
            provider_message_id: receipt.provider_message_id.to_string(),
            provider,
            word,
            status,
            error: receipt.error.as_ref().map(error_note),
            effects,
            on_failure,
            at: self.now(),
        };
        match self.inner.committer.submit(operation).await? {
            ReceiptAnswer::Applied(message, now) => {
                if let (Some(attempt), Some(status)) = (receipt.attempt, status) {
                    let code = receipt.error.as_ref().and_then(|error| error.code);
                    self.trace_receipt(attempt, status, code, (started, self.now()));
                }
                self.inner.in_flight.tell_decided(message);
                if now.has_ended_badly() {
                    self.look_at_delivery_soon(message);
                }
            }
            ReceiptAnswer::Repeated => {}
            ReceiptAnswer::Parked => {
                tracing::info!("a receipt of an unknown message is kept for later");
            }
        }
        Ok(())
    }

    /// What a failure heard by receipt means: only these need to look at the message first.
    async fn judge_failure(
        &self,
        receipt: &Receipt,
    ) -> Result<(AddressEffects, OnFailure), EngineError> {
        let mut effects = AddressEffects::default();
        let (Some(attempt), Some(error)) = (receipt.attempt, &receipt.error) else {
            return Ok((effects, OnFailure::End));
        };
        let Some(detail) = self
            .ask()
            .question(MessageById {
                id: attempt.message,
            })
            .await?
        else {
            return Ok((effects, OnFailure::End));
        };
        // Only the newest attempt may start another: an older one has been followed already.
        let newest = detail
            .attempts
            .last()
            .is_some_and(|last| last.number == attempt.number);
        let counted = self.counted(&detail).await?;
        let Some(tried) = self.tried(&detail, attempt.number, counted) else {
            return Ok((effects, OnFailure::End));
        };
        let status = receipt.status.known().unwrap_or(DeliveryStatus::Failed);
        let handle = detail
            .attempts
            .iter()
            .find(|one| one.number == attempt.number)
            .map(|one| one.to.clone());
        let now = self.now();
        let on_failure = match judge_receipt(error, status, &tried) {
            Verdict::RetryAfter {
                after,
                counts_attempt,
            } => OnFailure::Again {
                at: now + after,
                counts: counts_attempt,
            },
            Verdict::SlowDown { limit, after } => {
                let after = match &handle {
                    Some(handle) => {
                        let to = (tried.channel, handle);
                        self.slow_down(limit, to, error.code, after).await
                    }
                    None => after,
                };
                OnFailure::Again {
                    at: now + after,
                    counts: false,
                }
            }
            Verdict::OptOut { purpose, .. } => {
                effects.opted_out = Some((purpose, provider_source(&error_note(error))));
                OnFailure::End
            }
            Verdict::ReplanAsTemplate => {
                effects.window_closed = true;
                OnFailure::Again {
                    at: now,
                    counts: false,
                }
            }
            Verdict::MarkUnreachable { .. } => {
                effects.unreachable = true;
                OnFailure::Again {
                    at: now,
                    counts: false,
                }
            }
            Verdict::PauseSender { why } => {
                self.stop_sender(tried.channel, &why).await;
                OnFailure::Again {
                    at: now,
                    counts: false,
                }
            }
            Verdict::Ended { why, .. } => {
                self.note_trouble(why);
                if let Some(handle) = &handle {
                    self.rest_marketing((tried.channel, handle), error.code)
                        .await;
                }
                OnFailure::End
            }
            Verdict::Accepted { .. } | Verdict::Unconfirmed => OnFailure::End,
        };
        Ok((effects, if newest { on_failure } else { OnFailure::End }))
    }

    /// Attempts that counted before the newest one: refusals for now and throttles did not.
    async fn counted(&self, detail: &MessageDetail) -> Result<u8, EngineError> {
        let seqs = vec![detail.record.seq];
        let facts = self.ask().question(FactsOf { seqs }).await?;
        let place = facts.into_iter().next().flatten();
        let begun = u8::try_from(detail.attempts.len()).unwrap_or(u8::MAX);
        // Without a place it has ended: nothing more is tried, whatever the number.
        Ok(place.map_or(begun.saturating_sub(1), |facts| facts.attempts_counted))
    }

    fn tried(&self, detail: &MessageDetail, number: u8, counted: u8) -> Option<Tried> {
        let attempt = detail
            .attempts
            .iter()
            .find(|attempt| attempt.number == number)?;
        Some(Tried {
            kind: detail.record.kind?,
            channel: attempt.channel,
            as_template: attempt.template.is_some(),
            attempt: counted.saturating_add(1),
            attempts_max: self.inner.settings.attempts_max,
            jitter: self.inner.jitter(),
        })
    }
}
