//! What members choose: by a tap, a number, the word or nearly the word, it is the same, and is done
//! together with the answer to it, in one transaction.

use domain::content::{Content, Rich};
use domain::{Channel, DeliveryStatus, Direction, Kind, MemberId, MessageId, Seconds, Timestamp};
use policy::choices::{Action, Meant, Offer, action, meant};
use policy::conversation::choosing::{Outcome, PUT_OFF_HOURS, other_times, told};
use policy::conversation::{Speaker, answer, intent};
use policy::keywords::{Keyword, recognise};
use policy::moving::wished;
use policy::outbound::Reason;
use store::StoreError;
use store::ops::{Act, ActWhat, AnswerInbound, ChangeConsent, Chosen};
use store::questions::Messages;
use store::records::{ConsentEntry, NewMessage, OfferRecord, Proof, UnansweredInbound};

use crate::receive::Said;
use crate::recurring::end_of;
use crate::{Draft, Engine};

/// How long a workout that was moved is worth sending after its new time.
const WORTH_AFTER: Seconds = Seconds::new(4 * 3600);

/// A workout older than this is not sent again when somebody asks for another time.
const TODAYS: Seconds = Seconds::new(24 * 3600);

/// What an inbound message says.
enum Says<'a> {
    Chosen {
        id: &'a str,
        title: &'a str,
        offer: Option<MessageId>,
    },
    /// One of these, and it cannot be told which.
    OneOf(&'a OfferRecord),
    Words(&'a str),
}

/// What is to be written for an inbound message.
#[derive(Default)]
struct Reply {
    replies: Vec<NewMessage>,
    prefers: Option<Channel>,
    act: Option<Act>,
    otherwise: Vec<NewMessage>,
}

impl Engine {
    /// The answer to an inbound message, with all that it does.
    pub(crate) async fn answer_to(
        &self,
        inbound: &UnansweredInbound,
    ) -> Result<AnswerInbound, StoreError> {
        let now = self.now();
        let says = says(inbound, now);
        let (wanted, chosen) = match &says {
            Says::Chosen { id, title, offer } => {
                let chosen = Chosen {
                    id: (*id).to_owned(),
                    offer: *offer,
                };
                (action(Some(id), title), Some(chosen))
            }
            Says::OneOf(_) => (None, None),
            Says::Words(words) => (action(None, words), None),
        };
        let reply = match wanted {
            Some(Action::Stop) => {
                self.stopped_by_choice(inbound).await?;
                return Ok(AnswerInbound {
                    chosen,
                    dismissed: Some("stop".into()),
                    ..AnswerInbound::with(inbound.id, Vec::new(), now)
                });
            }
            Some(wanted) => self.does(inbound, wanted, now).await?,
            None if asks_for(&says).is_some() => self.moves(inbound, &says).await?,
            None => Reply {
                replies: self.says_something(inbound, &says).await?,
                ..Reply::default()
            },
        };
        let nothing = reply.replies.is_empty() && reply.act.is_none();
        Ok(AnswerInbound {
            chosen,
            prefers: reply.prefers,
            act: reply.act,
            otherwise: reply.otherwise,
            dismissed: nothing.then(|| "no answer could be made".into()),
            ..AnswerInbound::with(inbound.id, reply.replies, now)
        })
    }

    /// One of our own buttons.
    async fn does(
        &self,
        inbound: &UnansweredInbound,
        wanted: Action,
        now: Timestamp,
    ) -> Result<Reply, StoreError> {
        let profile = &inbound.member.profile;
        let speaker = speaker(inbound);
        let text = |outcome| self.reply(inbound, &told(outcome, &speaker), None);
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
        let sent_again = |replies: &[NewMessage], again: Option<NewMessage>| match again {
            Some(again) => [replies, &[again]].concat(),
            None => text(Outcome::NothingWaits),
        };
        let (what, replies, otherwise) = match wanted {
            Action::StartWorkout => (
                ActWhat::Release,
                Vec::new(),
                self.says_something(inbound, &Says::Words("start my workout"))
                    .await?,
            ),
            Action::SkipToday => (
                ActWhat::Skip {
                    why: Reason::SkippedByMember.code().into(),
                },
                text(Outcome::Skipped),
                text(Outcome::NothingWaits),
            ),
            Action::Later { hours } => {
                let replies = text(Outcome::Moved { hours });
                let again = self.again(inbound, in_hours(hours)).await?;
                let otherwise = sent_again(&replies, again);
                (moved(hours), replies, otherwise)
            }
            Action::Reschedule => {
                let words = told(Outcome::PutOff, &speaker);
                let rich = Rich {
                    choices: other_times(&profile.locale),
                    ..Rich::default()
                };
                let replies = self.reply(inbound, &words, Some(rich));
                let again = self.again(inbound, in_hours(PUT_OFF_HOURS)).await?;
                let otherwise = sent_again(&replies, again);
                (moved(PUT_OFF_HOURS), replies, otherwise)
            }
            // A stop is no answer with an act: see `answer_to`.
            Action::Stop => return Ok(Reply::default()),
        };
        let zone = policy::schedule::zone(&profile.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let end_of_day = end_of(self.local_date(&profile.time_zone), &zone);
        let soon = now + WORTH_AFTER;
        Ok(Reply {
            replies,
            prefers: None,
            otherwise,
            act: Some(Act {
                kind: Kind::DailyWorkout,
                // What was moved past midnight is still today's.
                before: end_of_day.map_or(soon, |end| end.max(soon)),
                what,
            }),
        })
    }

    /// They ask to be written to on another channel.
    async fn moves(
        &self,
        inbound: &UnansweredInbound,
        says: &Says<'_>,
    ) -> Result<Reply, StoreError> {
        let Some(channel) = asks_for(says) else {
            return Ok(Reply::default());
        };
        let (words, done) = self.asked_for(inbound, channel).await?;
        Ok(Reply {
            replies: self.reply(inbound, &words, None),
            prefers: done.then_some(channel),
            ..Reply::default()
        })
    }

    /// Everything else is answered by rule; a choice says what its title says.
    async fn says_something(
        &self,
        inbound: &UnansweredInbound,
        says: &Says<'_>,
    ) -> Result<Vec<NewMessage>, StoreError> {
        let speaker = speaker(inbound);
        let words = match says {
            Says::OneOf(offer) => {
                let rich = Rich {
                    choices: Some(offer.choices.clone()),
                    ..Rich::default()
                };
                return Ok(self.reply(inbound, &told(Outcome::Which, &speaker), Some(rich)));
            }
            Says::Chosen { title, .. } => *title,
            Says::Words(words) => *words,
        };
        let intent = intent(words);
        let workout = if intent.asks_for_the_workout() {
            let today = self.todays_training(&inbound.member).await?;
            today
                .and_then(|today| today.workout)
                .map(|workout| workout.text)
        } else {
            None
        };
        let workout = workout.unwrap_or_default();
        Ok(self.reply(inbound, &answer(intent, &speaker, &workout), None))
    }

    fn reply(
        &self,
        inbound: &UnansweredInbound,
        text: &str,
        rich: Option<Rich>,
    ) -> Vec<NewMessage> {
        let rich = rich.unwrap_or_default();
        let content = match Content::of(text.into(), Vec::new(), None, rich) {
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
            .inner
            .committer
            .submit(ChangeConsent {
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
            Said::Keyword(Keyword::Stop),
            None,
        )
        .await;
        Ok(())
    }
}

fn speaker(inbound: &UnansweredInbound) -> Speaker<'_> {
    Speaker {
        name: inbound.member.profile.name.as_str(),
        locale: &inbound.member.profile.locale,
    }
}

/// The channel it asks for, in words of their own.
fn asks_for(says: &Says<'_>) -> Option<Channel> {
    match says {
        Says::Words(words) => wished(words),
        Says::Chosen { .. } | Says::OneOf(_) => None,
    }
}

/// What it says, by what was offered before.
fn says(inbound: &UnansweredInbound, now: Timestamp) -> Says<'_> {
    let text = inbound.text.as_str();
    let offer = inbound.offer.as_ref().filter(|offer| arrived(offer.status));
    let tapped = inbound.button.as_deref();
    // What may be a wish to stop, or anything else for a person to look at, is no choice.
    let may_choose = tapped.is_some() || recognise(text, None) == Keyword::None;
    let found = offer.filter(|_| may_choose).map(|offer| {
        let offered = Offer {
            choices: offer.choices.all(),
            offered_at: offer.offered_at,
            is_last_said: offer.is_last_said,
        };
        (
            offer,
            meant(text, tapped, &offered, inbound.received_at.min(now)),
        )
    });
    match (found, tapped) {
        (Some((offer, Meant::Choice(choice))), _) => Says::Chosen {
            id: choice.id(),
            title: choice.title(),
            offer: Some(offer.message),
        },
        (Some((offer, Meant::Ambiguous)), _) => Says::OneOf(offer),
        // A button of a template, or of a message before the last offer.
        (Some((_, Meant::Other)) | None, Some(id)) => Says::Chosen {
            id,
            title: if text.trim().is_empty() { id } else { text },
            offer: None,
        },
        (Some((_, Meant::Other)) | None, None) => Says::Words(text),
    }
}

/// Whether the member may have what was offered.
fn arrived(status: DeliveryStatus) -> bool {
    match status {
        DeliveryStatus::Pending
        | DeliveryStatus::Accepted
        | DeliveryStatus::Sent
        | DeliveryStatus::Delivered
        | DeliveryStatus::Read
        | DeliveryStatus::Played
        | DeliveryStatus::Unconfirmed => true,
        DeliveryStatus::Undelivered
        | DeliveryStatus::Failed
        | DeliveryStatus::Suppressed
        | DeliveryStatus::Expired
        | DeliveryStatus::Cancelled => false,
    }
}
