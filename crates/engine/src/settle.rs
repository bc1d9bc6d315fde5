//! From a provider's answer to what is written: `policy::retry` says what it means, the store keeps
//! it (GUARANTEES 2.1, 2.3).

use std::time::Duration;

use domain::{Channel, ProviderAnswer, ProviderError, Seconds};
use policy::outbound::Form;
use policy::retry::{Ended, Tried, Verdict, judge};
use store::StoreError;
use store::ops::{AddressEffects, Outcome, Settle, SettleAnswer};
use store::records::ErrorNote;

use crate::Engine;
use crate::dispatch::Call;

/// How long a refused message rests when its sender is stopped: it is the switch that holds it.
const STOPPED_REST: Seconds = Seconds::new(60);

/// How long a message rests whose attempt was not made because the store went away.
const STORE_REST: Seconds = Seconds::new(1);

/// Between tries to write a settlement down while the store is away.
const STORE_PAUSE: Duration = Duration::from_millis(200);

impl Engine {
    pub(crate) async fn settle(&self, call: &Call, answer: ProviderAnswer) {
        let now = self.now();
        let tried = Tried {
            kind: call.kind,
            channel: call.plan.channel,
            as_template: matches!(call.plan.form, Form::Template { .. }),
            attempt: call.counted.saturating_add(1),
            attempts_max: call.attempts_max,
            jitter: self.inner.jitter(),
        };
        let verdict = judge(&answer, &tried);
        if let (ProviderAnswer::Refused { .. }, providers::Form::Choices { content_sid, .. }) =
            (&answer, &call.form)
        {
            // It may have been deleted there: the next message has it looked for again.
            self.forget_shape(content_sid);
        }
        let mut effects = AddressEffects::default();
        let note = note_of(&answer);
        let id_given = match &answer {
            ProviderAnswer::Accepted {
                provider_message_id,
                ..
            } => Some(provider_message_id.to_string()),
            ProviderAnswer::Refused { .. }
            | ProviderAnswer::NotStarted { .. }
            | ProviderAnswer::NoAnswer { .. } => None,
        };
        let heard = self.inner.spans.is_on().then(|| answer.clone());
        let again = |after: Seconds, counts: bool, why: &str, error: ErrorNote| Outcome::Again {
            at: now + after,
            counts,
            error,
            why: why.into(),
        };
        if call.answers_entry && matches!(verdict, Verdict::Accepted { .. }) {
            effects.free_until = Some(call.begun_at + self.inner.settings.free_entry);
        }
        let outcome = match verdict {
            Verdict::Accepted { status } => Outcome::Accepted {
                provider_message_id: id_given.unwrap_or_default(),
                status,
                segments: match answer {
                    ProviderAnswer::Accepted { segments, .. } => segments,
                    ProviderAnswer::Refused { .. }
                    | ProviderAnswer::NotStarted { .. }
                    | ProviderAnswer::NoAnswer { .. } => None,
                },
                // Of an e-mail nothing more is ever heard. What is in the web chat stands in its order,
                // whether somebody looks or not.
                lane_waits_until: match call.plan.channel {
                    Channel::Email | Channel::Web => now,
                    // What follows by another channel stands in the same lane, behind this one.
                    Channel::Sms | Channel::Whatsapp => {
                        let wait = now + self.inner.settings.receipt_wait;
                        call.passes_on_at
                            .map_or(wait, |passes_on| wait.min(passes_on))
                    }
                },
            },
            Verdict::RetryAfter {
                after,
                counts_attempt,
            } => again(after, counts_attempt, "retry", note),
            Verdict::SlowDown { limit, after } => {
                let to = (call.plan.channel, &call.plan.to.handle);
                let after = self.slow_down(limit, to, note.code, after).await;
                again(after, false, "sender_throttled", note)
            }
            Verdict::Ended { why, status } => {
                self.note_trouble(why);
                let to = (call.plan.channel, &call.plan.to.handle);
                self.rest_marketing(to, note.code).await;
                Outcome::Ended {
                    status,
                    error: note,
                    why: ended_code(why).into(),
                    provider_message_id: id_given,
                }
            }
            Verdict::OptOut { purpose, status } => {
                effects.opted_out = Some((purpose, provider_source(&note)));
                Outcome::Ended {
                    status,
                    error: note,
                    why: "opted_out".into(),
                    provider_message_id: id_given,
                }
            }
            Verdict::ReplanAsTemplate => {
                effects.window_closed = true;
                again(Seconds::ZERO, false, "window_closed", note)
            }
            Verdict::MarkUnreachable { .. } => {
                effects.unreachable = true;
                // Planned again at once: the next channel with consent, or the end with its reason.
                again(Seconds::ZERO, false, "unreachable", note)
            }
            Verdict::PauseSender { why } => {
                self.stop_sender(call.plan.channel, &why).await;
                again(STOPPED_REST, false, "sender_stopped", note)
            }
            Verdict::Unconfirmed => Outcome::Unconfirmed {
                until: now + self.inner.settings.quiet_period,
                why: note.meaning,
            },
        };
        let ended = matches!(outcome, Outcome::Ended { .. });
        let is_last = ended || matches!(outcome, Outcome::Accepted { .. });
        let settle = Settle {
            seq: call.seq,
            attempt: call.attempt,
            epoch: call.epoch,
            outcome,
            effects,
            at: now,
        };
        self.write_down(settle).await;
        if let Some(answer) = heard {
            self.trace_attempt(call, &answer, (now, self.now()), is_last);
        }
        if ended {
            self.look_at_delivery_soon(call.attempt.message);
        }
    }

    /// Settles an attempt whose request was certainly not made and for no fault of its own: where it was not
    /// even begun this changes nothing.
    pub(crate) async fn settle_not_made(&self, call: &Call) {
        let now = self.now();
        let error = ErrorNote {
            code: None,
            class: None,
            meaning: "the store went away before the request".into(),
        };
        let outcome = Outcome::Again {
            at: now + STORE_REST,
            counts: false,
            error,
            why: "retry".into(),
        };
        self.write_down(Settle {
            seq: call.seq,
            attempt: call.attempt,
            epoch: call.epoch,
            outcome,
            effects: AddressEffects::default(),
            at: now,
        })
        .await;
    }

    /// Writes a settlement down, however long the store is away: what is known of an attempt must
    /// not be lost while this process lives. A process that ends leaves the attempt begun, which the
    /// next one reads as unconfirmed.
    async fn write_down(&self, settle: Settle) {
        let mut tries: u32 = 0;
        loop {
            match self.inner.committer.submit(settle.clone()).await {
                Ok(SettleAnswer::Settled(_)) => return,
                Ok(SettleAnswer::Fenced) => {
                    tracing::warn!(attempt.id = %settle.attempt, "an attempt was settled already, or was never begun");
                    return;
                }
                Err(StoreError::Busy | StoreError::Unavailable(_) | StoreError::Statement(_))
                    if !self.inner.stop.is_cancelled() || tries < 25 =>
                {
                    tries += 1;
                    if tries == 1 {
                        tracing::warn!(attempt.id = %settle.attempt, "the store cannot take a settlement yet; trying on");
                    }
                    tokio::time::sleep(STORE_PAUSE).await;
                }
                Err(error) => {
                    tracing::error!(attempt.id = %settle.attempt, %error, "a settlement could not be written");
                    return;
                }
            }
        }
    }
}

/// The error of an answer, in words that name nobody.
pub(crate) fn note_of(answer: &ProviderAnswer) -> ErrorNote {
    match answer {
        ProviderAnswer::Accepted {
            error: Some(error), ..
        }
        | ProviderAnswer::Refused { error, .. } => error_note(error),
        ProviderAnswer::Accepted { error: None, .. } => ErrorNote {
            code: None,
            class: None,
            meaning: String::new(),
        },
        ProviderAnswer::NotStarted { why } | ProviderAnswer::NoAnswer { why } => ErrorNote {
            code: None,
            class: None,
            meaning: why.to_string(),
        },
    }
}

pub(crate) fn error_note(error: &ProviderError) -> ErrorNote {
    ErrorNote {
        code: error.code,
        class: Some(error.class),
        meaning: error.meaning.to_string(),
    }
}

/// The source of an opt-out the provider told us of.
pub(crate) fn provider_source(note: &ErrorNote) -> String {
    note.code
        .map_or_else(|| "provider".to_owned(), |code| format!("provider:{code}"))
}

pub(crate) const fn ended_code(why: Ended) -> &'static str {
    match why {
        Ended::RefusedForGood => "refused_for_good",
        Ended::AttemptsUsedUp => "attempts_used_up",
        Ended::TemplateProblem => "template_problem",
        Ended::NotOnWhatsapp => "not_on_whatsapp",
        Ended::InvalidNumber => "invalid_number",
        Ended::Landline => "landline",
    }
}
