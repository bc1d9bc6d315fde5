//! The life of a message as a trace (decision 0035). Its trace id is its own id, and the ids of its spans follow from that
//! and from what they are: every process adds its part without being told of the others, and what is told twice is the
//! same span. Spans have ids, codes and times; never words, numbers or names.

use domain::{AttemptId, Channel, DeliveryStatus, Kind, MessageId, ProviderAnswer, Timestamp};
use providers::otlp::{Span, SpanKind, Value};

use crate::Engine;
use crate::dispatch::Call;

/// What a span tells of; with a number, the last byte of its id.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The whole way from us to the provider, or to its end here.
    Message,
    /// Until its first attempt began.
    Wait,
    /// It was decided that it waits.
    Hold,
    /// One request.
    Attempt(u8),
    /// What came of it was written down.
    Settle(u8),
    /// The provider told how far it is.
    Receipt(u8, DeliveryStatus),
    /// Somebody wrote to us.
    Inbound,
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Wait => "wait",
            Self::Hold => "hold",
            Self::Attempt(_) => "attempt",
            Self::Settle(_) => "settle",
            Self::Receipt(..) => "receipt",
            Self::Inbound => "inbound",
        }
    }

    const fn kind(self) -> SpanKind {
        match self {
            Self::Message => SpanKind::Producer,
            Self::Wait | Self::Hold | Self::Settle(_) => SpanKind::Internal,
            Self::Attempt(_) => SpanKind::Client,
            Self::Receipt(..) | Self::Inbound => SpanKind::Server,
        }
    }

    /// Told apart within one trace: the step, the attempt, and how far it is.
    fn mark(self) -> u64 {
        let [step, attempt, rank] = match self {
            Self::Message | Self::Inbound => [0, 0, 0],
            Self::Wait => [1, 0, 0],
            Self::Hold => [2, 0, 0],
            Self::Attempt(number) => [3, number, 0],
            Self::Settle(number) => [4, number, 0],
            Self::Receipt(number, status) => [5, number, place_of(status)],
        };
        u64::from_be_bytes([0, 0, 0, 0, 0, rank, attempt, step])
    }

    /// The id of this span of a message. The last eight bytes of a message's id are random.
    fn id(self, message: MessageId) -> u64 {
        let last = message.as_bytes().iter().skip(8);
        let random = last.fold(0, |sum: u64, byte| (sum << 8) | u64::from(*byte));
        random.wrapping_add(self.mark())
    }
}

/// Its place among all statuses.
fn place_of(status: DeliveryStatus) -> u8 {
    let place = DeliveryStatus::ALL.iter().position(|one| *one == status);
    place
        .and_then(|place| u8::try_from(place).ok())
        .unwrap_or(u8::MAX)
}

impl Engine {
    /// Tells of one step, if this message's trace is kept.
    fn tell_step(
        &self,
        message: MessageId,
        step: Step,
        (start, end): (Timestamp, Timestamp),
        more: impl FnOnce(&mut Span),
    ) {
        let spans = &self.inner.spans;
        if !spans.keeps(message.as_bytes()) {
            return;
        }
        let first = Step::Message.id(message);
        let id = step.id(message);
        let mut span = Span {
            trace: *message.as_bytes(),
            id,
            parent: (id != first).then_some(first),
            follows: None,
            name: step.name(),
            kind: step.kind(),
            start,
            end,
            failed: None,
            attributes: Vec::with_capacity(6),
        };
        if id == first {
            let own = Value::Text(message.to_string().into());
            span.attributes.push(("gymtext.message_id", own));
        }
        more(&mut span);
        spans.put(span);
    }

    /// An attempt was answered, and that is written down since `written`. After the last one the whole way is told.
    pub(crate) fn trace_attempt(
        &self,
        call: &Call,
        answer: &ProviderAnswer,
        (answered, written): (Timestamp, Timestamp),
        is_last: bool,
    ) {
        let AttemptId { message, number } = call.attempt;
        if !self.inner.spans.keeps(message.as_bytes()) {
            return;
        }
        if number == 1 {
            self.tell_step(
                message,
                Step::Wait,
                (call.accepted_at, call.begun_at),
                |_| {},
            );
        }
        let (outcome, code) = outcome_of(answer);
        let is_taken = matches!(answer, ProviderAnswer::Accepted { .. });
        let failed = (!is_taken).then(|| match code {
            Some(code) => code.to_string().into(),
            None => outcome.into(),
        });
        let of_attempt = |span: &mut Span| {
            span.attributes.extend([
                ("gymtext.attempt", Value::Number(i64::from(number))),
                ("gymtext.channel", Value::Word(call.plan.channel.as_str())),
                ("gymtext.provider", Value::Word(call.plan.provider.as_str())),
                ("gymtext.outcome", Value::Word(outcome)),
            ]);
            if let Some(code) = code {
                let code = Value::Text(code.to_string().into());
                span.attributes.push(("gymtext.provider_code", code));
            }
        };
        self.tell_step(
            message,
            Step::Attempt(number),
            (call.begun_at, answered),
            |span| {
                of_attempt(span);
                span.failed.clone_from(&failed);
            },
        );
        self.tell_step(message, Step::Settle(number), (answered, written), |_| {});
        if !is_last {
            return;
        }
        let follows = call.answers;
        self.tell_step(
            message,
            Step::Message,
            (call.accepted_at, written),
            |span| {
                of_attempt(span);
                span.attributes
                    .push(("gymtext.kind", Value::Word(call.kind.as_str())));
                span.failed = failed;
                span.follows = follows.map(|one| (*one.as_bytes(), Step::Inbound.id(one)));
            },
        );
    }

    /// It was decided that a message waits.
    pub(crate) fn trace_hold(&self, message: MessageId, at: Timestamp, why: &'static str) {
        self.tell_step(message, Step::Hold, (at, at), |span| {
            span.attributes.push(("gymtext.reason", Value::Word(why)));
        });
    }

    /// It was decided that a message is not sent.
    pub(crate) fn trace_suppressed(
        &self,
        (message, kind): (MessageId, Kind),
        span: (Timestamp, Timestamp),
        why: &'static str,
    ) {
        self.tell_step(message, Step::Message, span, |span| {
            span.attributes.extend([
                ("gymtext.kind", Value::Word(kind.as_str())),
                ("gymtext.outcome", Value::Word("suppressed")),
                ("gymtext.reason", Value::Word(why)),
            ]);
        });
    }

    /// A receipt moved a message.
    pub(crate) fn trace_receipt(
        &self,
        attempt: AttemptId,
        status: DeliveryStatus,
        code: Option<u32>,
        span: (Timestamp, Timestamp),
    ) {
        let step = Step::Receipt(attempt.number, status);
        self.tell_step(attempt.message, step, span, |span| {
            let number = Value::Number(i64::from(attempt.number));
            span.attributes.extend([
                ("gymtext.attempt", number),
                ("gymtext.status", Value::Word(status.as_str())),
            ]);
            if let Some(code) = code {
                let code = Value::Text(code.to_string().into());
                span.attributes.push(("gymtext.provider_code", code));
            }
            if status.has_ended_badly() {
                span.failed = Some(status.as_str().into());
            }
        });
    }

    /// Somebody wrote to us, and it is kept.
    pub(crate) fn trace_inbound(
        &self,
        message: MessageId,
        channel: Channel,
        span: (Timestamp, Timestamp),
    ) {
        self.tell_step(message, Step::Inbound, span, |span| {
            span.attributes
                .push(("gymtext.channel", Value::Word(channel.as_str())));
        });
    }

    /// How many spans the collector took, and how many it never saw; `None` where traces are off.
    pub fn spans_told(&self) -> Option<providers::otlp::Told> {
        self.inner.spans.told()
    }
}

fn outcome_of(answer: &ProviderAnswer) -> (&'static str, Option<u32>) {
    match answer {
        ProviderAnswer::Accepted { .. } => ("accepted", None),
        ProviderAnswer::Refused { error, .. } => ("refused", error.code),
        ProviderAnswer::NotStarted { .. } => ("not_started", None),
        ProviderAnswer::NoAnswer { .. } => ("no_answer", None),
    }
}
