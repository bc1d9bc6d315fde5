//! What members choose: by a tap, a number, the word or nearly the word, it is the same, and is done
//! together with the answer to it, in one transaction.

mod saying;

use std::borrow::Cow;

use domain::content::{Content, Rich};
use domain::{Channel, DeliveryStatus, Direction, Kind, MemberId, MessageId, Seconds, Timestamp};
use policy::choices::{Action, action};
use policy::coach::reading::{Reading, parts};
use policy::conversation::choosing::{Outcome, PUT_OFF_HOURS, other_times, told};
use policy::conversation::{Intent, Speaker, answer, intent, safe_reply};
use policy::keywords::Keyword;
use policy::outbound::Reason;
use policy::safety::{self, Before, REPLY_ONCE_WITHIN, Topic};
use store::StoreError;
use store::ops::{Act, ActWhat, AnswerInbound, ChangeConsent, Chosen, Left};
use store::questions::Messages;
use store::records::{ConsentEntry, NewMessage, Proof, UnansweredInbound, WITH_PERSON};

use saying::{Says, says};

use crate::coach::{Asking, Decision};
use crate::coaching::{Coached, exercises};
use crate::receive;
use crate::recurring::end_of;
use crate::{Draft, Engine};

/// How long a workout that was moved is worth sending after its new time.
const WORTH_AFTER: Seconds = Seconds::new(4 * 3600);

/// A workout older than this is not sent again when somebody asks for another time.
const TODAYS: Seconds = Seconds::new(24 * 3600);

/// What becomes of a burst.
pub(crate) enum Answering {
    /// It is answered.
    Now(Box<AnswerInbound>),
    /// A model is asked about it first.
    Asks(Asking),
}

/// A text, and what goes with it.
pub(crate) type Said = (String, Option<Rich>);

/// What is to be written for an inbound message.
#[derive(Default)]
pub(crate) struct Reply {
    pub(crate) said: Vec<Said>,
    pub(crate) prefers: Option<Channel>,
    pub(crate) act: Option<Act>,
    /// Said instead, where `act` finds nothing to do it to.
    pub(crate) otherwise: Vec<Said>,
    /// Sent besides, in that case.
    pub(crate) also: Option<NewMessage>,
    /// Why a person has to look.
    pub(crate) left: Option<Cow<'static, str>>,
}

impl Reply {
    pub(crate) fn says(text: String) -> Self {
        Self {
            said: vec![(text, None)],
            ..Self::default()
        }
    }
}

impl Engine {
    /// The answer to a burst of one member on one channel, or to its beginning, with all that it does.
    pub(crate) async fn answer_to(
        &self,
        burst: &[&UnansweredInbound],
    ) -> Result<Answering, StoreError> {
        let now = self.now();
        let said: Vec<Says<'_>> = burst.iter().map(|inbound| says(inbound, now)).collect();
        let is_words = |says: &&Says<'_>| matches!(says, Says::Words(_));
        let words = said.iter().take_while(is_words).count();
        let stops = |says: &Says<'_>| match says {
            Says::Chosen { id, title, .. } => action(Some(id), title) == Some(Action::Stop),
            Says::OneOf(_) | Says::Words(_) => false,
        };
        let Some((first, rest)) = burst.split_first() else {
            return Err(StoreError::Corrupt("nothing to answer".into()));
        };
        let kept = burst.iter().any(|inbound| inbound.keeper.is_some());
        match said.first() {
            // A STOP is obeyed whoever keeps the conversation.
            Some(choice @ (Says::Chosen { .. } | Says::OneOf(_))) if !kept || stops(choice) => {
                let answer = self.answer_choice(first, choice, now).await?;
                Ok(Answering::Now(answer.into()))
            }
            Some(_) if kept => {
                let before = said.iter().take_while(|says| !stops(says)).count();
                let all: Vec<_> = burst.iter().take(before).copied().collect();
                Ok(Answering::Now(left_with_person(&all, now).into()))
            }
            _ => {
                let run: Vec<_> = [first]
                    .into_iter()
                    .chain(rest)
                    .take(words.max(1))
                    .copied()
                    .collect();
                if let Some(asking) = self.to_ask(&run).await? {
                    return Ok(Answering::Asks(asking));
                }
                let answer = self.answer_words(&run, now, None).await?;
                Ok(Answering::Now(answer.into()))
            }
        }
    }

    /// A tap, or what means one.
    async fn answer_choice(
        &self,
        inbound: &UnansweredInbound,
        says: &Says<'_>,
        now: Timestamp,
    ) -> Result<AnswerInbound, StoreError> {
        let (wanted, chosen) = match says {
            Says::Chosen { id, title, offer } => {
                let chosen = Chosen {
                    id: (*id).to_owned(),
                    offer: *offer,
                };
                (action(Some(id), title), Some(chosen))
            }
            Says::OneOf(_) | Says::Words(_) => (None, None),
        };
        let reply = match (wanted, says) {
            (Some(Action::Stop), _) => {
                self.stopped_by_choice(inbound).await?;
                return Ok(AnswerInbound {
                    chosen,
                    dismissed: Some("stop".into()),
                    ..AnswerInbound::with(inbound.id, Vec::new(), now)
                });
            }
            (Some(wanted), _) => self.does(inbound, wanted, now).await?,
            (None, Says::OneOf(offer)) => Reply {
                said: vec![(
                    told(Outcome::Which, &speaker(inbound)),
                    Some(Rich {
                        choices: Some(offer.choices.clone()),
                        ..Rich::default()
                    }),
                )],
                ..Reply::default()
            },
            // A choice says what its title says.
            (None, Says::Chosen { title, .. }) => {
                self.answers_intent(inbound, intent(title)).await?
            }
            (None, Says::Words(words)) => self.answers_intent(inbound, intent(words)).await?,
        };
        let answer = self.written(&[inbound], vec![(vec![inbound.id], reply)], now);
        Ok(AnswerInbound { chosen, ..answer })
    }

    /// What was said in words, in one message or several: one answer to all of it. What the rules do not understand is
    /// answered as it was decided, or else left to a person.
    pub(crate) async fn answer_words(
        &self,
        run: &[&UnansweredInbound],
        now: Timestamp,
        decided: Option<&Decision>,
    ) -> Result<AnswerInbound, StoreError> {
        let Some(last) = run.last() else {
            return Err(StoreError::Corrupt("nothing to answer".into()));
        };
        let library = self.programmes().await?;
        let exercises = exercises(&library, &last.member);
        let date = self.local_date(&last.member.profile.time_zone);
        let lines: Vec<&str> = run.iter().map(|inbound| inbound.text.as_str()).collect();
        let mut replies: Vec<(Vec<MessageId>, Reply)> = Vec::new();
        for part in parts(&lines, &exercises, date) {
            let of: Vec<&UnansweredInbound> = part
                .lines
                .iter()
                .filter_map(|at| run.get(*at).copied())
                .collect();
            let Some(inbound) = of.last() else { continue };
            let reply = match part.reading {
                Reading::Topic(topic) => answers_topic(inbound, topic, now),
                // In words it was a keyword when it came in; one that was not is for a person.
                Reading::Act(Action::Stop) => self.answers_intent(inbound, Intent::Unknown).await?,
                Reading::Act(wanted) => self.does(inbound, wanted, now).await?,
                Reading::Channel(channel) => self.moves(inbound, channel).await?,
                Reading::Logs(work) => Reply::says(self.log_work(inbound, work, date).await?),
                Reading::Wish(wish) => {
                    let coached = self.coach(inbound, wish, &library, date).await?;
                    if let Some(coached) = coached {
                        self.coached(coached, inbound)
                    } else {
                        let intent = intent(&part.words);
                        self.not_understood(inbound, intent, decided).await?
                    }
                }
                Reading::Intent(intent) => self.not_understood(inbound, intent, decided).await?,
            };
            // One thing is done with one answer: what is to be done besides is the next answer's.
            if reply.act.is_some() && replies.iter().any(|(_, before)| before.act.is_some()) {
                break;
            }
            replies.push((of.iter().map(|inbound| inbound.id).collect(), reply));
        }
        let answered =
            |inbound: &&UnansweredInbound| replies.iter().any(|(ids, _)| ids.contains(&inbound.id));
        let run: Vec<_> = run.iter().copied().filter(answered).collect();
        Ok(self.written(&run, replies, now))
    }

    /// One message of what was said about each part, with all that is done.
    fn written(
        &self,
        run: &[&UnansweredInbound],
        replies: Vec<(Vec<MessageId>, Reply)>,
        now: Timestamp,
    ) -> AnswerInbound {
        let Some((last, before)) = run.split_last() else {
            return AnswerInbound::with(self.inner.ids.message(), Vec::new(), now);
        };
        let (mut said, mut otherwise) = (Vec::new(), Vec::new());
        let (mut prefers, mut act, mut also, mut left) = (None, None, None, None);
        for (ids, reply) in replies {
            if reply.act.is_some() {
                otherwise.extend(reply.otherwise);
                also = reply.also;
                act = reply.act;
            } else {
                otherwise.extend(reply.said.iter().cloned());
            }
            said.extend(reply.said);
            prefers = prefers.or(reply.prefers);
            if let Some(why) = reply.left {
                left = Some((why, ids));
            }
        }
        let mut otherwise = if act.is_some() {
            self.reply(last, otherwise)
        } else {
            Vec::new()
        };
        otherwise.extend(also);
        let replies = self.reply(last, said);
        let nothing = replies.is_empty() && act.is_none() && left.is_none();
        AnswerInbound {
            also: before.iter().map(|inbound| inbound.id).collect(),
            left: left.map(|(why, only)| Left {
                unless_replied_since: is_topic(&why).then(|| now - REPLY_ONCE_WITHIN),
                why: why.into_owned(),
                only,
            }),
            prefers,
            act,
            otherwise,
            dismissed: nothing.then(|| "no answer could be made".into()),
            ..AnswerInbound::with(last.id, replies, now)
        }
    }

    /// One of our own buttons.
    pub(crate) async fn does(
        &self,
        inbound: &UnansweredInbound,
        wanted: Action,
        now: Timestamp,
    ) -> Result<Reply, StoreError> {
        let profile = &inbound.member.profile;
        let speaker = speaker(inbound);
        let text = |outcome| vec![(told(outcome, &speaker), None)];
        let in_hours = |hours: u8| now + Seconds::new(u32::from(hours) * 3600);
        let moved = |hours| {
            let to = in_hours(hours);
            ActWhat::Move {
                to,
                until: to + WORTH_AFTER,
                why: Reason::Rescheduled.code().into(),
            }
        };
        // Nothing waits to be moved: what they have already comes once more, or they are told.
        let or_told = |said: &[Said], again: Option<&NewMessage>| match again {
            Some(_) => said.to_vec(),
            None => text(Outcome::NothingWaits),
        };
        let mut also = None;
        let (what, said, otherwise) = match wanted {
            Action::StartWorkout => {
                let started = self.answers_intent(inbound, Intent::Ready).await?;
                (ActWhat::Release, Vec::new(), started.said)
            }
            Action::SkipToday => (
                ActWhat::Skip {
                    why: Reason::SkippedByMember.code().into(),
                },
                text(Outcome::Skipped),
                text(Outcome::NothingWaits),
            ),
            Action::Later { hours } => {
                let said = text(Outcome::Moved { hours });
                also = self.again(inbound, in_hours(hours)).await?;
                let otherwise = or_told(&said, also.as_ref());
                (moved(hours), said, otherwise)
            }
            Action::Reschedule => {
                let rich = Rich {
                    choices: other_times(&profile.locale),
                    ..Rich::default()
                };
                let said = vec![(told(Outcome::PutOff, &speaker), Some(rich))];
                also = self.again(inbound, in_hours(PUT_OFF_HOURS)).await?;
                let otherwise = or_told(&said, also.as_ref());
                (moved(PUT_OFF_HOURS), said, otherwise)
            }
            // A stop is no answer with an act: see `answer_choice`.
            Action::Stop => return Ok(Reply::default()),
        };
        Ok(Reply {
            said,
            otherwise,
            also,
            act: Some(self.about_today(inbound, what)),
            ..Reply::default()
        })
    }

    /// What their coach says by rule.
    pub(crate) fn coached(&self, coached: Coached, inbound: &UnansweredInbound) -> Reply {
        let act = coached.skips_today.then(|| {
            let what = ActWhat::Skip {
                why: Reason::SkippedByMember.code().into(),
            };
            self.about_today(inbound, what)
        });
        let reply = Reply::says(coached.text);
        Reply {
            otherwise: reply.said.clone(),
            act,
            ..reply
        }
    }

    /// Something done about today's workout.
    pub(crate) fn about_today(&self, inbound: &UnansweredInbound, what: ActWhat) -> Act {
        let time_zone = &inbound.member.profile.time_zone;
        let zone = policy::schedule::zone(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let end_of_day = end_of(self.local_date(time_zone), &zone);
        let soon = self.now() + WORTH_AFTER;
        Act {
            kind: Kind::DailyWorkout,
            // What was moved past midnight is still today's.
            before: end_of_day.map_or(soon, |end| end.max(soon)),
            what,
        }
    }

    /// They ask to be written to on another channel.
    async fn moves(
        &self,
        inbound: &UnansweredInbound,
        channel: Channel,
    ) -> Result<Reply, StoreError> {
        let (words, done) = self.asked_for(inbound, channel).await?;
        Ok(Reply {
            prefers: done.then_some(channel),
            ..Reply::says(words)
        })
    }

    /// Everything else is answered by what it seems to want; a person has to look at what is not understood.
    pub(crate) async fn answers_intent(
        &self,
        inbound: &UnansweredInbound,
        intent: Intent,
    ) -> Result<Reply, StoreError> {
        let workout = if intent.asks_for_the_workout() {
            let today = self.todays_training(&inbound.member).await?;
            today
                .and_then(|today| today.workout)
                .map(|workout| workout.text)
        } else {
            None
        };
        let text = answer(intent, &speaker(inbound), &workout.unwrap_or_default());
        Ok(Reply {
            left: intent.left_to_a_person().map(Cow::Borrowed),
            ..Reply::says(text)
        })
    }

    /// One message of all that is said; the choices of the last that offers some.
    fn reply(&self, inbound: &UnansweredInbound, said: Vec<Said>) -> Vec<NewMessage> {
        if said.is_empty() {
            return Vec::new();
        }
        let mut rich = None;
        let mut texts = Vec::with_capacity(said.len());
        for (text, more) in said {
            texts.push(text);
            rich = more.or(rich);
        }
        let rich = rich.unwrap_or_default();
        let content = match Content::of(texts.join("\n\n").into(), Vec::new(), None, rich) {
            Ok(content) => content,
            Err(error) => {
                tracing::error!(message.id = %inbound.id, %error, "no answer could be made");
                return Vec::new();
            }
        };
        let mut draft = Draft::new(inbound.member.profile.id, content);
        draft.kind = Kind::ChatReply;
        draft.queue = "chat".parse().unwrap_or_default();
        draft.channel = Some(inbound.channel);
        draft.in_reply_to = Some(inbound.id);
        draft.occasion = Some(format!("reply:{}", inbound.id));
        vec![self.new_message(draft)]
    }

    /// Today's workout once more at another time, for somebody who has it already.
    async fn again(
        &self,
        inbound: &UnansweredInbound,
        at: Timestamp,
    ) -> Result<Option<NewMessage>, StoreError> {
        let member: MemberId = inbound.member.profile.id;
        let newest = self
            .ask()
            .question(Messages {
                member: Some(member),
                kind: Some(Kind::DailyWorkout),
                direction: Some(Direction::Outbound),
                limit: 1,
                ..Messages::default()
            })
            .await?;
        let Some(record) = newest.into_iter().next() else {
            return Ok(None);
        };
        let left = matches!(
            record.status,
            DeliveryStatus::Accepted
                | DeliveryStatus::Sent
                | DeliveryStatus::Delivered
                | DeliveryStatus::Read
                | DeliveryStatus::Played
        );
        if !left || record.created_at + TODAYS < self.now() || record.template.is_some() {
            return Ok(None);
        }
        let media = record.media.iter().filter_map(|url| url.parse().ok());
        let media = media.map(|url: domain::MediaUrl| url.into()).collect();
        let rich = record.blocks.unwrap_or_default();
        let Ok(content) = Content::of(record.text, media, None, rich) else {
            return Ok(None);
        };
        let mut draft = Draft::new(member, content);
        draft.kind = Kind::DailyWorkout;
        draft.queue = record.queue.unwrap_or_default();
        draft.not_before = Some(at);
        draft.expires_at = Some(at + WORTH_AFTER);
        draft.occasion = Some(format!("again:{}", inbound.id));
        Ok(Some(self.new_message(draft)))
    }

    /// A STOP among the choices, answered by number or word: tapped or written out it was one when it
    /// came in. Done before the message counts as answered, so that a crash between does it again.
    async fn stopped_by_choice(&self, inbound: &UnansweredInbound) -> Result<(), StoreError> {
        let Some(handle) = inbound.member.handle(inbound.channel) else {
            return Ok(());
        };
        let change = self
            .for_answer(ChangeConsent {
                entry: ConsentEntry {
                    channel: inbound.channel,
                    handle: handle.clone(),
                    purpose: domain::Purpose::All,
                    event: domain::ConsentEvent::OptOut,
                    own_act: true,
                    source: format!("{}_choice", inbound.channel),
                    wording: Some(inbound.text.clone()),
                    actor: "member".into(),
                    proof: Proof {
                        evidence: Some(inbound.id.to_string()),
                        ..Proof::default()
                    },
                    opens: None,
                },
                at: self.now(),
            })
            .await?;
        self.wait_for_begun(&change.begun).await;
        // Confirmed by the inbound message: two nodes that answer it confirm it once.
        let member = inbound.member.profile.id;
        self.confirm(
            member,
            inbound.id,
            inbound.channel,
            &handle,
            receive::Said::Keyword(Keyword::Stop),
            None,
        )
        .await;
        Ok(())
    }
}

pub(crate) fn speaker(inbound: &UnansweredInbound) -> Speaker<'_> {
    Speaker {
        name: inbound.member.profile.name.as_str(),
        locale: &inbound.member.profile.locale,
    }
}

/// What a person has to see at once: one careful reply, and no other until they have.
fn answers_topic(inbound: &UnansweredInbound, topic: Topic, now: Timestamp) -> Reply {
    let before = inbound.left.iter().find(|left| left.why == topic.code());
    let before = before.map_or_else(Before::default, |left| Before {
        is_open: left.is_open,
        replied_at: left.replied_at,
    });
    let said = if safety::replies(before, now) {
        vec![(safe_reply(topic, &speaker(inbound)), None)]
    } else {
        Vec::new()
    };
    Reply {
        said,
        left: Some(topic.code().into()),
        ..Reply::default()
    }
}

/// What is said while a person keeps the conversation is theirs.
fn left_with_person(burst: &[&UnansweredInbound], now: Timestamp) -> AnswerInbound {
    let mut ids: Vec<MessageId> = burst.iter().map(|inbound| inbound.id).collect();
    let last = ids.pop();
    AnswerInbound {
        also: ids,
        left: Some(Left {
            why: WITH_PERSON.into(),
            only: Vec::new(),
            unless_replied_since: None,
        }),
        ..AnswerInbound::with(
            last.unwrap_or_else(|| MessageId::from_bytes([0; 16])),
            Vec::new(),
            now,
        )
    }
}

pub(crate) fn is_topic(why: &str) -> bool {
    Topic::ALL.iter().any(|topic| topic.code() == why)
}
