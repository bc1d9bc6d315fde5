//! Answering what members write. Every inbound message that needs an answer is stored as such and
//! stays so until it is answered or dismissed with a reason: none is forgotten over a crash, none is
//! answered twice (G24).

use std::time::Duration;

use domain::{Content, Kind};
use policy::conversation::{Speaker, answer, intent};
use store::StoreError;
use store::ops::{AnswerInbound, Operation};
use store::questions::Unanswered;
use store::records::UnansweredInbound;

use crate::{Draft, Engine};

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
        let operations = waiting
            .iter()
            .map(|inbound| self.answer_to(inbound).into_op())
            .collect();
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

    fn answer_to(&self, inbound: &UnansweredInbound) -> AnswerInbound {
        let now = self.now();
        let profile = &inbound.member.profile;
        let said = inbound
            .button
            .as_deref()
            .filter(|_| inbound.text.as_str().trim().is_empty());
        let intent = intent(said.unwrap_or_else(|| inbound.text.as_str()));
        let speaker = Speaker {
            name: profile.name.as_str(),
            locale: &profile.locale,
        };
        let workout =
            policy::programme::workout(self.local_date(&profile.time_zone), &profile.locale);
        let text = answer(intent, &speaker, workout.text);
        let (replies, dismissed) = match Content::text_only(&text) {
            Ok(content) => {
                let mut draft = Draft::new(profile.id, content);
                draft.kind = Kind::ChatReply;
                draft.queue = "chat".parse().unwrap_or_default();
                draft.channel = Some(inbound.channel);
                draft.in_reply_to = Some(inbound.id);
                draft.occasion = Some(format!("reply:{}", inbound.id));
                (vec![self.new_message(draft)], None)
            }
            Err(error) => (
                Vec::new(),
                Some(format!("no answer could be made: {error}")),
            ),
        };
        AnswerInbound {
            inbound: inbound.id,
            replies,
            dismissed,
            at: now,
        }
    }

    /// The member's local date; a zone that is unknown by now counts as UTC.
    pub(crate) fn local_date(&self, time_zone: &str) -> jiff::civil::Date {
        let zone = policy::schedule::zone(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        self.now().to_jiff().to_zoned(zone).date()
    }
}
