//! Asking about a member's words, beside everything else: the loop that answers members begins a turn in the store and goes on with
//! everybody else; the turn is considered in a task of its own. What was decided is kept before it is done, so that a
//! crash between does the same again and asks nobody twice; it is done and said as by rule, in one answer.

use std::time::Duration;

use domain::{MessageId, Seconds};
use policy::choices::Action;
use policy::coach::reading::{Reading, parts};
use policy::coach::{Wish, replies};
use policy::conversation::{Intent, intent};
use policy::keywords::{Keyword, recognise};
use policy::outbound::Reason;
use store::StoreError;
use store::ops::{ActWhat, AnswerInbound, BeginTurn, BeginTurnAnswer, KeepTurn, LogWork};
use store::records::{MemberChanges, UnansweredInbound};
use tokio::sync::OwnedSemaphorePermit;

use super::turn::{About, gather};
use super::{Act, Considered, Decision, Outcome, tools};
use crate::Engine;
use crate::choosing::{Reply, is_topic};
use crate::coaching::exercises;

/// How many turns may be under way or waiting in one process; what comes on top is left to a person at once.
pub(crate) const TURNS_MAX: usize = 256;

/// What the claim of a turn leaves beside its patience, for what is read and written around it.
const SPARE: Duration = Duration::from_secs(10);

/// Words that a model is to be asked about.
pub(crate) struct Asking {
    /// The burst they are part of.
    run: Vec<UnansweredInbound>,
    /// The words that the rules do not understand.
    words: String,
    /// What the rules take them for.
    intent: Intent,
}

impl Asking {
    /// The first message of the burst, by which the turn is known.
    pub(crate) fn first(&self) -> MessageId {
        let first = self.run.first();
        first.map_or(MessageId::from_bytes([0; 16]), |inbound| inbound.id)
    }
}

impl Engine {
    /// Whether members' words may go to a language model.
    pub fn asks_a_model(&self) -> bool {
        self.inner.coach.is_model()
    }

    /// How models were asked by this process.
    pub fn coach_counts(&self) -> Option<&super::Counts> {
        self.inner
            .coach
            .is_model()
            .then_some(&self.inner.coach_counts)
    }

    /// What of a run of words a model has to be asked about. What the rules understand is theirs, and so is what may mean a
    /// stop; what a person has to see goes to nobody else, and while they have to, nothing else of that member does.
    pub(crate) async fn to_ask(
        &self,
        run: &[&UnansweredInbound],
    ) -> Result<Option<Asking>, StoreError> {
        if !self.inner.coach.is_model() {
            return Ok(None);
        }
        let Some(last) = run.last() else {
            return Ok(None);
        };
        let may_mean_stop =
            |one: &&UnansweredInbound| recognise(one.text.as_str(), None) != Keyword::None;
        let waits_for_care = last
            .left
            .iter()
            .any(|left| left.is_open && is_topic(&left.why));
        if waits_for_care || run.iter().any(may_mean_stop) {
            return Ok(None);
        }
        let profile = &last.member.profile;
        let exercises = exercises(&*self.programmes().await?, &last.member);
        let date = self.local_date(&profile.time_zone);
        let lines: Vec<&str> = run.iter().map(|inbound| inbound.text.as_str()).collect();
        let asked = parts(&lines, &exercises, date)
            .into_iter()
            .find_map(|part| {
                let intent = match part.reading {
                    Reading::Intent(intent) => intent,
                    Reading::Wish(Wish::Exercise(about, exercise))
                        if replies::about(about, exercise, &profile.locale).is_none() =>
                    {
                        intent(&part.words)
                    }
                    _ => return None,
                };
                let has_words = part.words.chars().any(char::is_alphanumeric);
                (is_for_a_model(intent) && has_words).then_some((part.words, intent))
            });
        Ok(asked.map(|(words, intent)| Asking {
            run: run.iter().map(|inbound| (*inbound).clone()).collect(),
            words,
            intent,
        }))
    }

    /// What says that a turn begins.
    pub(crate) fn begin_turn(&self, asking: &Asking) -> Option<BeginTurn> {
        let first = asking.run.first()?;
        let profile = &first.member.profile;
        let at = self.now();
        Some(BeginTurn {
            member: profile.id,
            channel: first.channel,
            message: first.id,
            on_date: self.local_date(&profile.time_zone),
            most: self.inner.settings.coach.budget,
            until: at + self.claim(),
            at,
        })
    }

    /// Goes on with a turn as the store answered; whether anything becomes of it now.
    pub(crate) async fn takes_turn(&self, asking: Asking, begun: BeginTurnAnswer) -> bool {
        let outcome = match begun {
            BeginTurnAnswer::Elsewhere => return false,
            BeginTurnAnswer::Spent => Outcome::Budget,
            BeginTurnAnswer::Begun { .. } | BeginTurnAnswer::Decided(_) => {
                let turns = std::sync::Arc::clone(&self.inner.turns);
                match turns.try_acquire_owned() {
                    Ok(room) => {
                        let engine = self.clone();
                        let turn = async move { engine.considers(asking, begun, room).await };
                        self.inner.tasks.spawn(turn);
                        return true;
                    }
                    Err(_) => Outcome::Busy,
                }
            }
        };
        self.inner.coach_counts.count(outcome);
        let decision = Decision::left(outcome.left().unwrap_or_default());
        self.ends(&asking, &decision).await;
        true
    }

    async fn considers(&self, asking: Asking, begun: BeginTurnAnswer, _room: OwnedSemaphorePermit) {
        let decided = match begun {
            BeginTurnAnswer::Begun { time } => self.decides(&asking, time).await,
            BeginTurnAnswer::Decided(kept) => {
                let read = serde_json::from_str(&kept);
                let unread = || Decision::left(Outcome::Malformed.left().unwrap_or_default());
                Ok(Some(read.unwrap_or_else(|_| unread())))
            }
            BeginTurnAnswer::Elsewhere | BeginTurnAnswer::Spent => Ok(None),
        };
        match decided {
            Ok(Some(decision)) => self.ends(&asking, &decision).await,
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(message.id = %asking.first(), %error, "a turn is taken up again when its time is over");
            }
        }
        self.inner.answering.notify_one();
    }

    /// What is to be done and said, kept. `None` where a person was faster, or the process ends.
    async fn decides(&self, asking: &Asking, time: u32) -> Result<Option<Decision>, StoreError> {
        let Some(first) = asking.run.first() else {
            return Ok(None);
        };
        let library = self.programmes().await?;
        let about = About {
            member: &first.member,
            channel: first.channel,
            first: first.seq,
            words: &asking.words,
            intent: asking.intent,
            at: self.now(),
        };
        let turn = gather(self.ask(), &library, about).await?;
        let Considered { decision, report } = tokio::select! {
            considered = self.inner.coach.consider(&turn) => considered,
            () = self.inner.stop.cancelled() => return Ok(None),
        };
        self.inner.coach_counts.note(&report);
        tracing::info!(
            message.id = %first.id, outcome = report.outcome.code(), prompt = report.prompt,
            elapsed_ms = report.took.as_millis(), "a model was asked"
        );
        let decision = Decision {
            messages: asking.run.iter().map(|one| one.id.to_string()).collect(),
            ..decision
        };
        let kept = serde_json::to_string(&decision);
        let at = self.now();
        let keep = KeepTurn {
            message: first.id,
            time,
            decision: kept.map_err(|error| StoreError::Corrupt(error.to_string()))?,
            outcome: report.outcome.code().to_owned(),
            prompt: report.prompt,
            model: report.model,
            tokens_in: report.tokens_in,
            tokens_out: report.tokens_out,
            millis: u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
            until: at + self.claim(),
            at,
        };
        let is_ours = self.inner.committer.submit(keep).await?;
        Ok(is_ours.then_some(decision))
    }

    /// Does and says what was decided.
    async fn ends(&self, asking: &Asking, decision: &Decision) {
        let run: Vec<&UnansweredInbound> = asking
            .run
            .iter()
            .filter(|one| {
                decision.messages.is_empty() || decision.messages.contains(&one.id.to_string())
            })
            .collect();
        let ended = async {
            let answer = AnswerInbound {
                turn: Some(asking.first()),
                ..self.answer_words(&run, self.now(), Some(decision)).await?
            };
            domain::failpoint::pass(domain::failpoint::Point::CoachActed);
            self.inner.committer.submit(answer).await
        };
        if let Err(error) = ended.await {
            tracing::error!(message.id = %asking.first(), %error, "a member could not be answered");
        }
    }

    /// How long nobody else takes a turn up.
    fn claim(&self) -> Seconds {
        let claim = self.inner.settings.coach.patience + SPARE;
        Seconds::from_millis(u32::try_from(claim.as_millis()).unwrap_or(u32::MAX))
    }

    /// What the rules do not understand: answered as it was decided, or left to a person.
    pub(crate) async fn not_understood(
        &self,
        inbound: &UnansweredInbound,
        intent: Intent,
        decided: Option<&Decision>,
    ) -> Result<Reply, StoreError> {
        let Some(decision) = decided.filter(|_| is_for_a_model(intent)) else {
            return self.answers_intent(inbound, intent).await;
        };
        if let Some(why) = &decision.left {
            let reply = self.answers_intent(inbound, intent).await?;
            return Ok(Reply {
                left: Some(why.clone().into()),
                ..reply
            });
        }
        let mut reply = Reply::says(decision.text.clone());
        for act in &decision.acts {
            self.acts(inbound, act, decision, &mut reply).await?;
        }
        Ok(reply)
    }

    /// Does one thing; again, after a crash, to the same end.
    async fn acts(
        &self,
        inbound: &UnansweredInbound,
        act: &Act,
        decision: &Decision,
        reply: &mut Reply,
    ) -> Result<(), StoreError> {
        let member = &inbound.member;
        let date = self.local_date(&member.profile.time_zone);
        let change = |changes| self.change(member.profile.id, changes);
        match act {
            Act::LogSets { sets } => {
                let first = decision.messages.first().and_then(|id| id.parse().ok());
                let log = LogWork {
                    member: member.profile.id,
                    message: first.unwrap_or(inbound.id),
                    done_on: date,
                    work: sets.iter().filter_map(tools::work).collect(),
                    at: self.now(),
                };
                self.inner.committer.submit(log).await?;
            }
            Act::SkipToday => self.todays(inbound, Action::SkipToday, reply).await?,
            Act::Later { hours } => {
                let later = Action::Later { hours: *hours };
                self.todays(inbound, later, reply).await?;
            }
            Act::Pause { until } => {
                let until = until.as_deref().and_then(|until| until.parse().ok());
                self.begin_holiday(member, date, until).await?;
                let what = ActWhat::Skip {
                    why: Reason::SkippedByMember.code().into(),
                };
                reply.act = Some(self.about_today(inbound, what));
                reply.otherwise.clone_from(&reply.said);
            }
            Act::Resume => {
                self.end_holiday(member).await?;
            }
            Act::Hour { hour } => {
                change(MemberChanges {
                    preferred_send_hour: Some(*hour),
                    ..MemberChanges::default()
                })
                .await?;
            }
            Act::Language { language } => {
                let spoken = tools::spoken(language);
                let is_other = |one| policy::language::Language::of(&member.profile.locale) != one;
                if let Some(spoken) = spoken.filter(|one| is_other(*one)) {
                    change(MemberChanges {
                        locale: Some(spoken.tag().to_owned()),
                        ..MemberChanges::default()
                    })
                    .await?;
                }
            }
        }
        Ok(())
    }

    /// Something about today's workout, in the same transaction as the answer; where there is none, the member is told so by
    /// rule.
    async fn todays(
        &self,
        inbound: &UnansweredInbound,
        wanted: Action,
        reply: &mut Reply,
    ) -> Result<(), StoreError> {
        let done = self.does(inbound, wanted, self.now()).await?;
        reply.act = done.act;
        reply.otherwise = done.otherwise;
        reply.also = done.also;
        Ok(())
    }
}

/// What the rules leave to a person because they do not understand it.
pub(super) const fn is_for_a_model(intent: Intent) -> bool {
    match intent {
        Intent::Question | Intent::Unknown => true,
        Intent::Greeting
        | Intent::TodaysWorkout
        | Intent::Done
        | Intent::Ready
        | Intent::Thanks
        | Intent::Injury => false,
    }
}
