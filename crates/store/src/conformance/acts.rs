//! Made-up people, and shorthand for what every story does with them.

use std::sync::PoisonError;

use domain::{
    AttemptId, Channel, ConsentEvent, Content, DeliveryStatus, ErrorClass, Handle, Kind, MemberId,
    MessageId, PlaceState, ProviderName, Purpose, SessionWindow, Text, Timestamp,
};

use crate::costs::Counted;
use crate::lane::Seq;
use crate::notice::Notice;
use crate::ops::{
    Accept, AcceptAnswer, Accepted, AddressEffects, Begin, BeginAnswer, ChangeConsent,
    ConsentChange, CreateMember, CreateMemberAnswer, Elapse, ElapseAnswer, OnFailure, Outcome,
    Receipt, ReceiptAnswer, RecordInbound, RecordInboundAnswer, Settle, SettleAnswer,
};
use crate::questions::{FactsOf, MemberById, MessageById, Places};
use crate::records::{
    ConsentEntry, ErrorNote, ExpectedFacts, InboundEffects, Member, MessageDetail, MessageFacts,
    NewInbound, NewMember, NewMessage, PlaceRecord, Proof, TemplateRecord,
};

use super::world::{SENDER, World};

impl World {
    /// A member to be, with a number of their own.
    pub(crate) fn somebody(&self, name: &str) -> NewMember {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        *people += 1;
        NewMember {
            id: self.ids().member(),
            name: name.into(),
            phone: format!("+1415555{:04}", *people).parse().expect("a number"),
            country: Some("US".into()),
            email: None,
            time_zone: "America/New_York".into(),
            locale: "en".into(),
            preferred_send_hour: 7,
            preferred_channel: None,
            preferences: domain::Preferences::default(),
            cohort: None,
            programme: "starter".into(),
        }
    }

    /// A member without any consent.
    pub(crate) async fn stranger_to_consent(&self, name: &str) -> Member {
        let member = self.somebody(name);
        self.create(member, Vec::new()).await
    }

    /// A member who agreed to be texted on these channels.
    pub(crate) async fn member(&self, name: &str, channels: &[Channel]) -> Member {
        let member = self.somebody(name);
        let handle = Handle::Phone(member.phone.clone());
        let consents = channels
            .iter()
            .map(|channel| entry(*channel, &handle, ConsentEvent::OptIn))
            .collect();
        self.create(member, consents).await
    }

    pub(crate) async fn create(&self, member: NewMember, consents: Vec<ConsentEntry>) -> Member {
        let answer = self
            .submit(CreateMember {
                member,
                consents,
                idempotency: None,
                at: self.now(),
            })
            .await;
        match answer {
            CreateMemberAnswer::Created { member, .. } => *member,
            other => panic!("a new member, not {other:?}"),
        }
    }

    /// A message to somebody.
    pub(crate) fn message(&self, to: &Member, kind: Kind) -> NewMessage {
        NewMessage {
            id: self.ids().message(),
            member: to.profile.id,
            kind,
            queue: domain::QueueName::default(),
            channel: None,
            critical: false,
            content: Content::text_only("Warm up, then squats").expect("a content"),
            not_before: None,
            expires_at: None,
            in_reply_to: None,
            occasion: None,
            knocks_for: None,
            attempts_max: 3,
        }
    }

    /// Accepts one message.
    pub(crate) async fn accept(&self, message: NewMessage) -> Accepted {
        let answer = self
            .submit(Accept {
                messages: vec![message],
                idempotency: None,
                at: self.now(),
            })
            .await;
        match answer {
            AcceptAnswer::Accepted { mut results, .. } => results
                .pop()
                .expect("one result")
                .expect("nothing speaks against it"),
            AcceptAnswer::KeyReused => panic!("no key was given"),
        }
    }

    /// A template at the provider.
    pub(crate) fn template(&self, id: &str, status: &str) -> TemplateRecord {
        TemplateRecord {
            provider_template_id: id.into(),
            name: "daily_workout".into(),
            language: "pt_BR".into(),
            edition: "0a1b2c".into(),
            status: status.into(),
            category: "UTILITY".into(),
            category_asked: "UTILITY".into(),
            reason: String::new(),
            body: "Oi, {{1}}! Seu treino de {{2}} está pronto.".into(),
            variables: vec!["1".into(), "2".into()],
            created_at: self.now(),
            changed_at: self.now(),
        }
    }

    /// Accepts a daily workout.
    pub(crate) async fn workout(&self, to: &Member) -> Accepted {
        self.accept(self.message(to, Kind::DailyWorkout)).await
    }

    /// What `begin` is called with when everything is as it should be.
    pub(crate) async fn begin_of(
        &self,
        accepted: Accepted,
        to: &Member,
        channel: Channel,
    ) -> Begin {
        let facts = self.facts(accepted.seq).await.expect("it has a place");
        let handle = to.handle(channel).expect("an address there");
        let consent_version = facts
            .consents
            .iter()
            .find(|consent| {
                consent.channel == channel
                    && consent.handle == handle
                    && consent.purpose == Purpose::All
            })
            .map_or(0, |consent| consent.version);
        Begin {
            seq: accepted.seq,
            attempt: AttemptId {
                message: accepted.id,
                number: facts.attempts_begun + 1,
            },
            epoch: self.epoch(),
            channel,
            provider: provider(channel),
            from: SENDER.parse().expect("a number"),
            to: handle,
            template: None,
            segments: Some(1),
            expected: ExpectedFacts {
                consent_version,
                window_ends_at: None,
                switches_version: facts.switches_version,
            },
            cost: Counted(None),
            decision: r#"{"decision":"send"}"#.into(),
            at: self.now(),
        }
    }

    /// Begins the next attempt by SMS.
    pub(crate) async fn begin(&self, accepted: Accepted, to: &Member) -> AttemptId {
        let begin = self.begin_of(accepted, to, Channel::Sms).await;
        let attempt = begin.attempt;
        assert_eq!(self.submit(begin).await, BeginAnswer::Begun);
        attempt
    }

    /// Settles an attempt.
    pub(crate) async fn settle(
        &self,
        seq: Seq,
        attempt: AttemptId,
        outcome: Outcome,
    ) -> SettleAnswer {
        self.submit(self.settle_of(seq, attempt, outcome)).await
    }

    pub(crate) fn settle_of(&self, seq: Seq, attempt: AttemptId, outcome: Outcome) -> Settle {
        Settle {
            seq,
            attempt,
            epoch: self.epoch(),
            outcome,
            effects: AddressEffects::default(),
            at: self.now(),
        }
    }

    /// The provider took it and named it `name`.
    pub(crate) fn taken(&self, name: &str) -> Outcome {
        Outcome::Accepted {
            provider_message_id: name.into(),
            status: DeliveryStatus::Accepted,
            segments: Some(1),
            lane_waits_until: self.after(600),
        }
    }

    /// It certainly did not go; try again in a minute.
    pub(crate) fn again(&self, counts: bool) -> Outcome {
        Outcome::Again {
            at: self.after(60),
            counts,
            error: error(20429, ErrorClass::RateLimited),
            why: "busy".into(),
        }
    }

    /// No answer came.
    pub(crate) fn silence(&self) -> Outcome {
        Outcome::Unconfirmed {
            until: self.after(1_200),
            why: "the connection broke".into(),
        }
    }

    /// It is over.
    pub(crate) fn refused(status: DeliveryStatus) -> Outcome {
        Outcome::Ended {
            status,
            error: error(21211, ErrorClass::InvalidNumber),
            why: "invalid_number".into(),
            provider_message_id: None,
        }
    }

    /// A message that the provider has taken.
    pub(crate) async fn sent(&self, to: &Member, name: &str) -> (Accepted, AttemptId) {
        let accepted = self.workout(to).await;
        let attempt = self.begin(accepted, to).await;
        let answer = self.settle(accepted.seq, attempt, self.taken(name)).await;
        assert_eq!(answer, SettleAnswer::Settled(DeliveryStatus::Accepted));
        (accepted, attempt)
    }

    /// A receipt that carries our attempt id.
    pub(crate) fn receipt_of(&self, attempt: AttemptId, status: DeliveryStatus) -> Receipt {
        Receipt {
            attempt: Some(attempt),
            provider_message_id: "SM-by-receipt".into(),
            provider: ProviderName::Twilio,
            word: status.as_str().into(),
            status: Some(status),
            error: None,
            effects: AddressEffects::default(),
            on_failure: OnFailure::End,
            at: self.now(),
        }
    }

    /// Hands in a receipt.
    pub(crate) async fn receipt(
        &self,
        attempt: AttemptId,
        status: DeliveryStatus,
    ) -> ReceiptAnswer {
        self.submit(self.receipt_of(attempt, status)).await
    }

    /// Lets a place's timer run out.
    pub(crate) async fn elapse(&self, seq: Seq) -> ElapseAnswer {
        self.submit(Elapse {
            seq,
            epoch: self.epoch(),
            quiet_until: self.after(1_200),
            at: self.now(),
        })
        .await
    }

    /// Something a member writes.
    pub(crate) fn inbound(&self, from: &Member, channel: Channel, text: &str) -> NewInbound {
        let id = self.ids().message();
        NewInbound {
            id,
            provider: provider(channel),
            account: "AC1".into(),
            provider_message_id: format!("SM{id}"),
            channel,
            from: from.handle(channel).expect("an address there"),
            to: SENDER.parse().expect("a number"),
            text: Text::from(text),
            media: Vec::new(),
            button: None,
            metadata: "{}".into(),
            received_at: self.now(),
        }
    }

    /// Records what a member writes; on WhatsApp it opens the window.
    pub(crate) async fn writes(
        &self,
        from: &Member,
        channel: Channel,
        text: &str,
        consent: Option<ConsentEvent>,
    ) -> (MessageId, Option<ConsentChange>, u32) {
        let inbound = self.inbound(from, channel, text);
        let id = inbound.id;
        let window = (channel == Channel::Whatsapp)
            .then(|| SessionWindow::opened_by(None, inbound.received_at));
        let answer = self
            .submit(RecordInbound {
                inbound,
                effects: InboundEffects {
                    consent,
                    window,
                    needs_answer: consent.is_none(),
                    ..InboundEffects::default()
                },
            })
            .await;
        match answer {
            RecordInboundAnswer::Recorded {
                consent, released, ..
            } => (id, consent.map(|change| *change), released),
            RecordInboundAnswer::Repeated => panic!("a new inbound message"),
        }
    }

    /// Changes a member's consent.
    pub(crate) async fn consent(
        &self,
        of: &Member,
        channel: Channel,
        event: ConsentEvent,
    ) -> ConsentChange {
        let handle = of.handle(channel).expect("an address there");
        self.submit(ChangeConsent {
            entry: entry(channel, &handle, event),
            at: self.now(),
        })
        .await
    }

    /// The facts of a place, while it lives.
    pub(crate) async fn facts(&self, seq: Seq) -> Option<MessageFacts> {
        let mut facts = self.ask(FactsOf { seqs: vec![seq] }).await;
        assert_eq!(facts.len(), 1);
        facts.pop().flatten()
    }

    /// The state of a place, while it lives.
    pub(crate) async fn state(&self, accepted: Accepted) -> Option<PlaceState> {
        self.facts(accepted.seq).await.map(|facts| facts.place)
    }

    /// A message with everything.
    pub(crate) async fn detail(&self, id: MessageId) -> MessageDetail {
        self.ask(MessageById { id })
            .await
            .expect("the message exists")
    }

    /// A message's status.
    pub(crate) async fn status(&self, accepted: Accepted) -> DeliveryStatus {
        self.detail(accepted.id).await.record.status
    }

    /// All places.
    pub(crate) async fn places(&self) -> Vec<PlaceRecord> {
        self.ask(Places {
            after: Seq(0),
            limit: 1_000,
        })
        .await
    }

    /// A member as they are now.
    pub(crate) async fn member_now(&self, id: MemberId) -> Option<Member> {
        self.ask(MemberById { id }).await
    }
}

/// A consent entry made by the person.
pub(crate) fn entry(channel: Channel, handle: &Handle, event: ConsentEvent) -> ConsentEntry {
    ConsentEntry {
        channel,
        handle: handle.clone(),
        purpose: Purpose::All,
        event,
        own_act: true,
        source: "join_page".into(),
        wording: Some(Text::from("I agree to be texted")),
        actor: "member".into(),
        proof: Proof::default(),
        opens: None,
    }
}

/// A provider's error.
pub(crate) fn error(code: u32, class: ErrorClass) -> ErrorNote {
    ErrorNote {
        code: Some(code),
        class: Some(class),
        meaning: "it could not be sent".into(),
    }
}

/// Who carries a channel in these stories.
pub(crate) const fn provider(channel: Channel) -> ProviderName {
    match channel {
        Channel::Sms => ProviderName::Twilio,
        Channel::Whatsapp => ProviderName::Whatsapp,
        Channel::Email => ProviderName::Local,
        Channel::Web => ProviderName::Websocket,
    }
}

/// Whether the scheduler was told that the place is over.
pub(crate) fn freed(notices: &[Notice], place: Seq) -> bool {
    notices
        .iter()
        .any(|notice| matches!(notice, Notice::Freed { seq, .. } if *seq == place))
}

/// Whether the scheduler was told that the place waits, and until when.
pub(crate) fn waiting(notices: &[Notice], place: Seq) -> Option<Option<Timestamp>> {
    notices.iter().rev().find_map(|notice| match notice {
        Notice::Waiting { seq, due, .. } if *seq == place => Some(*due),
        _ => None,
    })
}

/// Whether the scheduler was told that the place keeps its lane, and until when.
pub(crate) fn occupied(notices: &[Notice], place: Seq) -> Option<Option<Timestamp>> {
    notices.iter().rev().find_map(|notice| match notice {
        Notice::Occupied { seq, until, .. } if *seq == place => Some(*until),
        _ => None,
    })
}
