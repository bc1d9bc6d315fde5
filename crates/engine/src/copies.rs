//! What an erased member wrote and was sent is deleted at the providers too (G39). Erasing notes every copy
//! they have, or may have; each is asked to be deleted until it is gone. Whoever has the first shard asks.

use std::time::Duration;

use domain::{Seconds, Timestamp};
use store::ops::{CopyTold, RecordCopies};
use store::questions::CopiesToDelete;
use store::records::ProviderCopy;

use crate::{Engine, EngineError};

/// How many copies are asked to be deleted in one round, one after the other: messages come first.
const ROUND_MAX: u32 = 32;

/// Between two rounds.
const PAUSE: Duration = Duration::from_secs(1);

/// Before a copy is asked for a second time; four times as long passes before each further time.
const FIRST_WAIT: Seconds = Seconds::new(60);

/// The longest time between two. A provider may refuse for up to fourteen days (facts/twilio.md 1.6).
const LONGEST_WAIT: Seconds = Seconds::new(86_400);

/// An attempt whose id at the provider nobody has told in this time has no copy there. Receipts and the
/// provider's list tell within days.
const ID_KNOWN_WITHIN: Seconds = Seconds::new(14 * 86_400);

/// The promise: past it somebody has to look.
const GONE_WITHIN: Seconds = Seconds::new(30 * 86_400);

impl Engine {
    pub(crate) async fn copies_loop(&self) {
        while self.round_of_the_first(PAUSE).await {
            if let Err(error) = self.delete_copies().await {
                tracing::warn!(%error, "what providers keep of erased members could not be deleted; it is tried again");
            }
        }
    }

    async fn delete_copies(&self) -> Result<(), EngineError> {
        let (at, limit) = (self.now(), ROUND_MAX);
        let due = self.ask().question(CopiesToDelete { at, limit }).await?;
        let mut told = Vec::with_capacity(due.len());
        for copy in &due {
            if self.inner.stop.is_cancelled() {
                break;
            }
            let is_gone = self.delete_copy(copy).await;
            told.push(told_of(copy, is_gone, self.now()));
        }
        if told.is_empty() {
            return Ok(());
        }
        self.inner.committer.submit(RecordCopies { told }).await?;
        Ok(())
    }

    /// Whether the provider has it no more.
    async fn delete_copy(&self, copy: &ProviderCopy) -> bool {
        let Some(id) = &copy.provider_message_id else {
            return false;
        };
        let Some(sender) = self.inner.senders.on(copy.id.channel) else {
            return false;
        };
        match sender.carrier.delete(id).await {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!(%error, "a provider did not delete a message yet");
                false
            }
        }
    }
}

/// What is kept of an answer.
fn told_of(copy: &ProviderCopy, is_gone: bool, now: Timestamp) -> CopyTold {
    let asked = copy.asked.saturating_add(1);
    let age = now.since(copy.erased_at);
    let never_was = copy.provider_message_id.is_none() && age > ID_KNOWN_WITHIN;
    let over = is_gone || never_was;
    if !over && age > GONE_WITHIN {
        tracing::warn!(
            channel = %copy.id.channel,
            asked,
            "a provider still keeps a message of a member who was erased more than thirty days ago; delete it in the provider's console, or look at why it refuses"
        );
    }
    let factor = 4_i64.saturating_pow(u32::from(copy.asked));
    let wait = FIRST_WAIT.as_micros().saturating_mul(factor);
    let wait = Seconds::from_micros(wait.min(LONGEST_WAIT.as_micros()));
    CopyTold {
        copy: copy.id.clone(),
        asked,
        ask_at: (!over).then(|| now + wait),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Channel;
    use store::records::CopyId;

    fn copy(id: Option<&str>) -> ProviderCopy {
        ProviderCopy {
            id: CopyId {
                channel: Channel::Sms,
                attempt: 257,
                received: String::new(),
            },
            provider_message_id: id.map(str::to_owned),
            erased_at: Timestamp::from_seconds(1_795_348_800),
            asked: 0,
        }
    }

    #[test]
    fn what_is_not_gone_is_asked_for_again_within_a_minute_and_then_at_least_daily() {
        let mut copy = copy(Some("SM1"));
        let mut now = copy.erased_at;
        let mut minutes = Vec::new();
        for _ in 0..8 {
            let told = told_of(&copy, false, now);
            let at = told.ask_at.expect("it is still there");
            minutes.push(at.since(now).as_micros() / 60_000_000);
            (now, copy.asked) = (at, told.asked);
        }
        assert_eq!(minutes, [1, 4, 16, 64, 256, 1_024, 1_440, 1_440]);
        copy.asked = u8::MAX;
        let late = copy.erased_at + Seconds::new(60 * 86_400);
        assert!(
            told_of(&copy, false, late).ask_at.is_some(),
            "never given up"
        );
        assert_eq!(told_of(&copy, true, late).ask_at, None);
    }

    #[test]
    fn what_no_provider_ever_named_is_given_up_after_two_weeks() {
        let copy = copy(None);
        let later = |days: u32| copy.erased_at + Seconds::new(days * 86_400);
        assert!(told_of(&copy, false, later(13)).ask_at.is_some());
        assert_eq!(told_of(&copy, false, later(15)).ask_at, None);
    }
}
