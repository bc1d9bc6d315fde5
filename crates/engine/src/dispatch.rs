//! From a claimed head to a request: gather facts, decide, begin, call the provider (STYLE 2).
//! Heads are planned and begun in batches; each call then runs by itself.

use std::collections::HashMap;

use domain::failpoint::{self, Point};
use domain::{AttemptId, Channel, Kind, PlaceState, Seconds, Timestamp};
use policy::outbound::{Decision, Form, Judgement, Knock, SendPlan};
use policy::pacing::Take;
use policy::pricing::Estimate;
use providers::{Lettering, MayStart, SendRequest};
use rustc_hash::FxHashSet;
use store::costs::Counted;
use store::ops::{Begin, BeginAnswer, Hold, Operation, Suppress};
use store::questions::FactsOf;
use store::records::{ExpectedFacts, MessageFacts, NewMessage};
use store::{Epoch, LaneKey, Op, Seq, StoreError};
use tokio::sync::OwnedSemaphorePermit;

use crate::Engine;
use crate::facts::{Standing, Surroundings, whom_and_what};
use crate::journal;
use crate::legs::Before;
use crate::limits::{Used, people};
use crate::shapes::Look;
use crate::worker::Word;

/// How long a head rests when the store could not be asked.
const STORE_REST: Seconds = Seconds::new(1);

/// An attempt that is begun and must now be made.
pub(crate) struct Call {
    pub(crate) lane: LaneKey,
    pub(crate) seq: Seq,
    pub(crate) attempt: AttemptId,
    pub(crate) kind: Kind,
    /// What stands above and below it, where the channel has that.
    pub(crate) lettering: Option<Lettering>,
    pub(crate) counted: u8,
    pub(crate) attempts_max: u8,
    pub(crate) plan: SendPlan,
    /// What goes over the wire.
    pub(crate) form: providers::Form,
    /// When the message was accepted.
    pub(crate) accepted_at: Timestamp,
    /// What it answers.
    pub(crate) answers: Option<domain::MessageId>,
    pub(crate) begun_at: Timestamp,
    /// The last instant of the clock that nobody sets at which its request may start.
    pub(crate) starts_by: Timestamp,
    /// When another channel takes over, where nothing is heard by then.
    pub(crate) passes_on_at: Option<Timestamp>,
    /// Whether it answers somebody who came by an advertisement.
    pub(crate) answers_entry: bool,
    /// The fence it was begun with.
    pub(crate) epoch: Epoch,
}

/// What was asked of the store for one head.
enum Asked {
    Begin(Box<Call>),
    Other(LaneKey, Seq, domain::MessageId),
    /// What only accompanies another.
    Nothing,
}

/// For which messages nothing was left to take.
struct Taken {
    /// No more people may be reached, or another node was asking.
    no_room: FxHashSet<Seq>,
    /// Their kind's cap is full.
    full: FxHashSet<Seq>,
}

impl Engine {
    /// Plans, begins and makes the calls of claimed heads; one permit for each.
    pub(crate) async fn dispatch(
        &self,
        heads: Vec<(LaneKey, Seq)>,
        mut permits: OwnedSemaphorePermit,
    ) {
        failpoint::pass(Point::Claimed);
        let seqs = heads.iter().map(|(_, seq)| *seq).collect();
        let facts = match self.ask().question(FactsOf { seqs }).await {
            Ok(facts) => facts,
            Err(error) => return self.rest(heads.iter().copied(), &error),
        };
        let before = match self.before_all(&facts).await {
            Ok(before) => before,
            Err(error) => return self.rest(heads.iter().copied(), &error),
        };
        let standing = match self.standing_for(&facts).await {
            Ok(standing) => standing,
            Err(error) => {
                let error = StoreError::Unavailable(error.to_string());
                return self.rest(heads.iter().copied(), &error);
            }
        };
        let now = self.now();
        let mut spending = self.inner.limits.planned.begin();
        let used = match self.used(whom_and_what(&facts), now).await {
            Ok(used) => used,
            Err(error) => return self.rest(heads.iter().copied(), &error),
        };
        let taken = self.take_places(&facts, &before, (&standing, &used), now);
        let taken = match taken.await {
            Ok(taken) => taken,
            Err(error) => return self.rest(heads.iter().copied(), &error),
        };
        let mut ops = Vec::with_capacity(heads.len());
        let mut asked = Vec::with_capacity(heads.len());
        // What is written with this batch decides about these.
        let mut again = Vec::new();
        {
            let around = self.surroundings(&standing, &used, now);
            for ((lane, seq), facts) in heads.into_iter().zip(facts) {
                match facts {
                    Some(_) if taken.full.contains(&seq) => again.push((lane, seq)),
                    Some(_) if taken.no_room.contains(&seq) => {
                        self.tell(Word::GiveBack(lane, seq, Some(now + people::SOON)));
                    }
                    Some(facts) => {
                        let chain = before
                            .get(&facts.message.id)
                            .map(Before::chain)
                            .unwrap_or_default();
                        let judgement = self.judge(&facts, &around, chain, now);
                        if !spending.pays(&facts, &judgement, &used.purses) {
                            again.push((lane, seq));
                            continue;
                        }
                        let head = (lane, seq);
                        self.plan_one(head, &facts, judgement, &around, now, &mut ops, &mut asked);
                        if let Some(moves) = self.moves_to_sms(&facts, now) {
                            self.move_soon(moves);
                        }
                    }
                    None => self.tell(Word::Gone(lane, seq)),
                }
            }
        }
        if !ops.is_empty() {
            match self.inner.committer.submit_all(ops).await {
                Ok(answers) => {
                    for (asked, answer) in asked.into_iter().zip(answers) {
                        self.go_on(asked, answer, &mut permits);
                    }
                }
                Err(error) => {
                    for asked in asked {
                        self.go_on(asked, Err(error.clone()), &mut permits);
                    }
                }
            }
        }
        drop(spending);
        for (lane, seq) in again {
            self.tell(Word::GiveBack(lane, seq, None));
        }
        drop(permits);
        self.tell(Word::Room);
    }

    /// Takes what is counted before anything is begun.
    async fn take_places(
        &self,
        facts: &[Option<MessageFacts>],
        before: &HashMap<domain::MessageId, Before>,
        around: (&Standing, &Used),
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        Ok(Taken {
            no_room: self.take_room(facts, before, around, now).await?,
            full: self.count_sends(facts, before, around, now).await?,
        })
    }

    /// Decides about one head and says what to ask of the store.
    #[expect(
        clippy::too_many_arguments,
        reason = "the two vectors are filled in one pass over the batch"
    )]
    fn plan_one(
        &self,
        (lane, seq): (LaneKey, Seq),
        facts: &MessageFacts,
        judgement: Judgement,
        around: &Surroundings<'_>,
        now: Timestamp,
        ops: &mut Vec<Op>,
        asked: &mut Vec<Asked>,
    ) {
        let decision = journal::write(&judgement);
        let cost = Counted(judgement.price().and_then(Estimate::amount));
        let id = facts.message.id;
        let epoch = self.inner.ownership.epoch();
        match judgement.decision {
            Decision::Send(plan) => {
                let Some(form) = self.wire_form(&plan, (lane, seq), now) else {
                    return;
                };
                if let Take::Wait(until) = self.take_turn(&plan, now) {
                    self.tell(Word::GiveBack(lane, seq, Some(until)));
                    return;
                }
                let Some(number) = facts.attempts_begun.checked_add(1) else {
                    tracing::error!(message.id = %id, "a message has used 255 attempts and is left where it is");
                    return;
                };
                let attempt = AttemptId {
                    message: id,
                    number,
                };
                let goes_on = judgement.goes_on;
                let call = Call {
                    lane,
                    seq,
                    attempt,
                    kind: facts.message.kind,
                    lettering: self.lettering(facts, &plan),
                    counted: facts.attempts_counted,
                    attempts_max: facts.message.attempts_max,
                    accepted_at: facts.created_at,
                    answers: facts.message.in_reply_to,
                    begun_at: now,
                    starts_by: self.inner.clock.steady() + self.inner.settings.start_grace,
                    passes_on_at: goes_on.then(|| self.passes_on_at(facts, now)).flatten(),
                    answers_entry: self.free_entry_of(facts, &plan.to).awaits_answer(now),
                    epoch,
                    plan,
                    form,
                };
                let begin = Begin {
                    seq,
                    attempt,
                    epoch,
                    channel: call.plan.channel,
                    provider: call.plan.provider,
                    from: call.plan.sender.clone(),
                    to: call.plan.to.handle.clone(),
                    template: match &call.plan.form {
                        Form::Template { name, .. } => Some(name.to_string()),
                        Form::Text { .. } | Form::Interactive { .. } | Form::Location { .. } => {
                            None
                        }
                    },
                    segments: call.plan.segments.as_ref().map(|segments| segments.count),
                    expected: self.expected(facts, &call.plan, around),
                    cost,
                    decision,
                    at: now,
                };
                self.inner.in_flight.open(attempt);
                ops.push(begin.into_op());
                asked.push(Asked::Begin(Box::new(call)));
                if goes_on && let Some(watch) = self.watch_for(facts, now) {
                    ops.push(watch.into_op());
                    asked.push(Asked::Nothing);
                }
            }
            Decision::Hold { until, why, knock } => {
                self.trace_hold(id, now, why.code());
                let knock = knock.and_then(|knock| self.knock_message(facts, knock));
                let hold = Hold {
                    seq,
                    epoch,
                    until,
                    why: why.code().into(),
                    released_by_reply: matches!(
                        why,
                        policy::outbound::Reason::BehindKnock
                            | policy::outbound::Reason::WindowClosed
                            | policy::outbound::Reason::TemplateNotApproved
                    ),
                    decision,
                    knock,
                    at: now,
                };
                ops.push(hold.into_op());
                asked.push(Asked::Other(lane, seq, id));
            }
            Decision::Suppress { why, status } => {
                let span = (facts.created_at, now);
                self.trace_suppressed((id, facts.message.kind), span, why.code());
                let suppress = Suppress {
                    seq,
                    epoch,
                    status,
                    why: why.code().into(),
                    decision,
                    at: now,
                };
                ops.push(suppress.into_op());
                asked.push(Asked::Other(lane, seq, id));
            }
        }
    }

    /// The facts a plan rests on, as `begin` compares them.
    fn expected(
        &self,
        facts: &MessageFacts,
        plan: &SendPlan,
        around: &Surroundings<'_>,
    ) -> ExpectedFacts {
        ExpectedFacts {
            consent_version: u32::try_from(plan.versions.consent).unwrap_or(u32::MAX),
            window_ends_at: (plan.channel == Channel::Whatsapp && plan.form.is_free())
                .then(|| self.window_of(facts, &plan.to).map(|window| window.ends_at))
                .flatten(),
            switches_version: around.switches_version,
        }
    }

    fn lettering(&self, facts: &MessageFacts, plan: &SendPlan) -> Option<Lettering> {
        let locale = &facts.member.as_ref()?.profile.locale;
        (plan.channel == Channel::Email).then(|| {
            let service = &self.inner.settings.service_name;
            Lettering {
                subject: policy::outbound::subject(facts.message.kind, locale, service).into(),
                ending: policy::outbound::ending(locale, service).into(),
            }
        })
    }

    /// The template that asks the member to open the window for a held body.
    fn knock_message(&self, facts: &MessageFacts, knock: Knock) -> Option<NewMessage> {
        let content =
            domain::Content::new(domain::Text::default(), Vec::new(), Some(knock.template)).ok()?;
        Some(NewMessage {
            id: self.inner.ids.message(),
            member: facts.message.member,
            kind: Kind::Knock,
            queue: "knock".parse().unwrap_or_default(),
            channel: Some(knock.channel),
            critical: false,
            content,
            not_before: None,
            expires_at: facts.message.expires_at,
            in_reply_to: None,
            occasion: Some(format!("knock:{}", facts.message.id)),
            knocks_for: Some(facts.message.id),
            attempts_max: facts.message.attempts_max,
        })
    }

    /// What goes over the wire; `None` where the head waits until the provider knows its buttons.
    fn wire_form(
        &self,
        plan: &SendPlan,
        head: (LaneKey, Seq),
        now: Timestamp,
    ) -> Option<providers::Form> {
        let words = |text: &domain::Text| providers::Form::Text {
            text: text.clone(),
            media: Vec::new(),
        };
        Some(match &plan.form {
            Form::Text { text, media } => providers::Form::Text {
                text: text.clone(),
                media: media.clone(),
            },
            Form::Template {
                provider_template_id,
                variables,
                ..
            } => providers::Form::Template {
                content_sid: provider_template_id.clone(),
                variables: variables.clone(),
            },
            Form::Interactive {
                body,
                choices,
                numbered,
            } if plan.channel == Channel::Web => words(numbered),
            Form::Interactive {
                body,
                choices,
                numbered,
            } => match self.look_for_shape(plan.channel, body, choices, head, now) {
                Look::By(content_sid, variables) => providers::Form::Choices {
                    content_sid,
                    variables,
                },
                Look::Words => words(numbered),
                Look::Wait => return None,
            },
            Form::Location { place, words } => providers::Form::Location {
                place: place.clone(),
                words: words.clone(),
            },
        })
    }

    fn go_on(
        &self,
        asked: Asked,
        answer: Result<store::Answer, StoreError>,
        permits: &mut OwnedSemaphorePermit,
    ) {
        match asked {
            Asked::Begin(call) => match answer.map(Begin::from_answer) {
                Ok(Some(BeginAnswer::Begun)) => {
                    let permit = permits.split(1);
                    let engine = self.clone();
                    self.inner
                        .tasks
                        .spawn(async move { engine.call(*call, permit).await });
                }
                Ok(Some(BeginAnswer::FactsMoved(fact))) => {
                    self.not_begun(&call);
                    tracing::debug!(message.id = %call.attempt.message, ?fact, "a fact moved: decided again");
                    if fact == store::ops::MovedFact::Switches {
                        let engine = self.clone();
                        self.inner.tasks.spawn(async move {
                            engine.decide_again(call.lane, call.seq).await;
                        });
                    } else {
                        self.tell(Word::GiveBack(call.lane, call.seq, None));
                    }
                }
                Ok(Some(BeginAnswer::Gone)) => {
                    self.not_begun(&call);
                    let engine = self.clone();
                    self.inner
                        .tasks
                        .spawn(async move { engine.look_again(call.lane, call.seq).await });
                }
                Ok(None) => {
                    self.not_begun(&call);
                    tracing::error!("the store answered something else than was asked");
                }
                // Refused before anything was written: there is no room, or the lane is another node's now.
                Err(error @ (StoreError::Busy | StoreError::Fenced)) => {
                    self.not_begun(&call);
                    self.rest(std::iter::once((call.lane, call.seq)), &error);
                }
                Err(error) => {
                    tracing::warn!(message.id = %call.attempt.message, %error, "nobody can tell whether an attempt was begun; it is not made");
                    let engine = self.clone();
                    self.inner
                        .tasks
                        .spawn(async move { engine.take_back(*call).await });
                }
            },
            // Without a watch a message does not go on by another channel; it is sent all the same.
            Asked::Nothing => {
                if let Err(error) = answer {
                    tracing::warn!(%error, "a message could not be watched");
                }
            }
            Asked::Other(lane, seq, id) => match answer {
                Ok(_) => self.inner.in_flight.tell_decided(id),
                Err(error) => self.rest(std::iter::once((lane, seq)), &error),
            },
        }
    }

    /// An attempt was certainly not begun: nobody waits for it, and its turn is another's.
    fn not_begun(&self, call: &Call) {
        self.inner.in_flight.close(call.attempt);
        self.give_turn_back(&call.plan);
    }

    /// Makes the one request of an attempt, and settles what came of it. Once it is answered there is room for
    /// another call.
    async fn call(&self, call: Call, permit: Option<OwnedSemaphorePermit>) {
        failpoint::pass(Point::Begun);
        let settings = &self.inner.settings;
        let answer = match self.inner.senders.on(call.plan.channel) {
            Some(sender) => {
                let is_sms = call.plan.channel == Channel::Sms;
                let request = SendRequest {
                    attempt: call.attempt,
                    from: call.plan.sender.clone(),
                    to: call.plan.to.clone(),
                    form: call.form.clone(),
                    validity: is_sms
                        .then(|| settings.validity.unwrap_or_else(|| call.kind.validity())),
                    status_callback: sender
                        .callback
                        .as_ref()
                        .map(|callback| callback.for_attempt(call.attempt)),
                    lettering: call.lettering.clone(),
                    smart_encoded: false,
                    may_start: MayStart::Until {
                        clock: std::sync::Arc::clone(&self.inner.clock),
                        by: call.begun_at + settings.start_grace,
                        steadily_by: call.starts_by,
                    },
                };
                sender.carrier.send(request).await
            }
            None => domain::ProviderAnswer::NotStarted {
                why: "no sender carries this channel".into(),
            },
        };
        drop(permit);
        self.tell(Word::Room);
        failpoint::pass(Point::Answered);
        self.settle(&call, answer).await;
        failpoint::pass(Point::Settled);
        self.inner.in_flight.close(call.attempt);
        self.inner.in_flight.tell_decided(call.attempt.message);
        self.tell(Word::Room);
    }

    /// Switches or templates are not what they were: they are read, and then the head comes again.
    async fn decide_again(&self, lane: LaneKey, seq: Seq) {
        match self.load_switches().await {
            Ok(()) => self.tell(Word::GiveBack(lane, seq, None)),
            Err(error) => {
                tracing::error!(%error, "the kill switches and templates could not be read");
                let due = Some(self.now() + STORE_REST);
                self.tell(Word::GiveBack(lane, seq, due));
            }
        }
    }

    /// The store went away over a begin, which may have been written all the same. What is certain is
    /// that no request was made: once the store is back that is settled, and the head goes back.
    async fn take_back(&self, call: Call) {
        self.settle_not_made(&call).await;
        self.inner.in_flight.close(call.attempt);
        let due = Some(self.now() + STORE_REST);
        self.tell(Word::GiveBack(call.lane, call.seq, due));
    }

    /// A place could not be begun though its facts stood: either it is over, or it changed since
    /// it was claimed.
    async fn look_again(&self, lane: LaneKey, seq: Seq) {
        match self.ask().question(FactsOf { seqs: vec![seq] }).await {
            Ok(facts) => match facts.into_iter().next().flatten() {
                None => self.tell(Word::Gone(lane, seq)),
                Some(facts) => match facts.place {
                    PlaceState::Waiting | PlaceState::Held => {
                        self.tell(Word::GiveBack(lane, seq, facts.due));
                    }
                    PlaceState::Ended => self.tell(Word::Gone(lane, seq)),
                    // Somebody began it: what they commit tells the scheduler.
                    PlaceState::Begun | PlaceState::Unconfirmed | PlaceState::AwaitingReceipt => {}
                },
            },
            Err(error) => self.rest(std::iter::once((lane, seq)), &error),
        }
    }

    /// The store could not be asked: the heads come again in a moment.
    fn rest(&self, heads: impl Iterator<Item = (LaneKey, Seq)>, error: &StoreError) {
        tracing::warn!(%error, "the store could not be asked; what was claimed goes back");
        let due = Some(self.now() + STORE_REST);
        for (lane, seq) in heads {
            self.tell(Word::GiveBack(lane, seq, due));
        }
    }
}
