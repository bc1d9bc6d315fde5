//! Past conversations once more, with an engine and a prompt of today: what members wrote, what they were answered, and what they
//! would be answered now. Nothing is written, done or sent; the database is only read.
//!
//! What the rules understand is not asked about and not worded again: it is told that they would answer. What stood in a
//! programme on that day is told as the programme stands now.

use std::borrow::Cow;

use domain::{Direction, MemberId, MessageId, Timestamp};
use policy::choices::Action;
use policy::coach::reading::{Reading, parts};
use policy::coach::{Wish, replies};
use policy::conversation::{Intent, intent};
use policy::keywords::{Keyword, recognise};
use store::questions::{MemberById, MessageById, Messages, Programmes};
use store::records::MessageDetail;
use store::{Ask, Seq, StoreError};

use super::asking::is_for_a_model;
use super::turn::{About, gather};
use super::{Act, Coach, Outcome, Report};
use crate::coaching::exercises;
use crate::programmes::Library;

/// How many messages are read in one go.
const PAGE: u32 = 200;

/// The most messages that are one burst.
const BURST_MAX: usize = 32;

/// What a member was answered, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// These words, and what is done.
    Words {
        /// What.
        text: String,
        /// What is done, as codes.
        acts: Vec<&'static str>,
    },
    /// By rule, as these codes say.
    Rules(Vec<&'static str>),
    /// A person has to look, for this reason.
    Person(Cow<'static, str>),
    /// Nothing.
    Nothing,
}

/// A burst of the past.
#[derive(Clone, Debug)]
pub struct Past {
    /// Whose.
    pub member: MemberId,
    /// Its messages, the first one first.
    pub messages: Vec<MessageId>,
    /// When the last of them came.
    pub at: Timestamp,
    /// What they wrote, line by line.
    pub words: Vec<String>,
    /// What they were answered.
    pub was: Answer,
    /// The person who answered, where one did.
    pub by: Option<String>,
    channel: Option<domain::Channel>,
    first: Seq,
}

/// The same burst now.
#[derive(Clone, Debug)]
pub struct Now {
    /// What they would be answered.
    pub answer: Answer,
    /// How that came about, where a model was asked.
    pub report: Option<Report>,
}

impl Past {
    /// Whether it would come to the same. What the rules answer is what they answered, if they did.
    pub fn is_same(&self, now: &Now) -> bool {
        match (&self.was, &now.answer) {
            (Answer::Words { text: was, .. }, Answer::Words { text, .. }) => {
                was.trim() == text.trim()
            }
            (Answer::Words { .. } | Answer::Rules(_), Answer::Rules(_))
            | (Answer::Person(_), Answer::Person(_))
            | (Answer::Nothing, Answer::Nothing) => true,
            (
                Answer::Words { .. } | Answer::Rules(_) | Answer::Person(_) | Answer::Nothing,
                Answer::Words { .. } | Answer::Rules(_) | Answer::Person(_) | Answer::Nothing,
            ) => false,
        }
    }
}

/// The newest bursts that were answered or left to a person, at most `limit`, of one member or of all; the oldest first.
pub async fn past(
    ask: &(dyn Ask + 'static),
    member: Option<MemberId>,
    limit: usize,
) -> Result<Vec<Past>, StoreError> {
    let mut found: Vec<Past> = Vec::new();
    let mut before = None;
    loop {
        let page = ask
            .question(Messages {
                member,
                direction: Some(Direction::Inbound),
                before,
                limit: PAGE,
                ..Messages::default()
            })
            .await?;
        let Some(last) = page.last() else { break };
        before = Some(last.seq);
        for record in &page {
            let question = MessageById { id: record.id };
            let Some(detail) = ask.question(question).await? else {
                continue;
            };
            let Some(one) = heard(ask, &detail).await? else {
                continue;
            };
            let of_theirs = found.iter().rposition(|known| known.member == one.member);
            let burst = of_theirs.and_then(|at| found.get_mut(at));
            if let Some(known) = burst.filter(|known| is_one_burst(known, &one)) {
                // The newest come first.
                known.messages.insert(0, record.id);
                known.words.splice(0..0, one.words);
                known.first = one.first;
                continue;
            }
            if found.len() >= limit {
                found.reverse();
                return Ok(found);
            }
            found.push(one);
        }
    }
    found.reverse();
    Ok(found)
}

/// A message that a member wrote and that was answered, by words.
async fn heard(
    ask: &(dyn Ask + 'static),
    detail: &MessageDetail,
) -> Result<Option<Past>, StoreError> {
    let record = &detail.record;
    let text = record.text.as_str();
    let is_talk = record.button.is_none()
        && record.redacted_at.is_none()
        && !text.trim().is_empty()
        && recognise(text, None) == Keyword::None;
    let Some(standing) = detail.standing.as_ref().filter(|_| is_talk) else {
        return Ok(None);
    };
    let was = match (&standing.left_to, standing.answer) {
        (Some(why), _) => Answer::Person(why.clone().into()),
        (None, Some(answer)) => {
            let answer = ask.question(MessageById { id: answer }).await?;
            answer.map_or(Answer::Nothing, |answer| Answer::Words {
                text: answer.record.text.as_str().to_owned(),
                acts: Vec::new(),
            })
        }
        (None, None) if standing.answered_at.is_some() => Answer::Nothing,
        (None, None) => return Ok(None),
    };
    Ok(Some(Past {
        member: record.member,
        messages: vec![record.id],
        at: record.created_at,
        words: vec![text.to_owned()],
        was,
        by: standing.answered_by.clone(),
        channel: record.channel,
        first: record.seq,
    }))
}

/// Whether an earlier message was answered together with a burst.
fn is_one_burst(known: &Past, earlier: &Past) -> bool {
    let is_said = matches!(known.was, Answer::Words { .. });
    is_said
        && known.was == earlier.was
        && known.channel == earlier.channel
        && known.messages.len() < BURST_MAX
}

/// What the programmes are now; `default` is followed by who was given none.
pub async fn library(ask: &(dyn Ask + 'static), default: &str) -> Result<Library, StoreError> {
    let kept = ask.question(Programmes { known: None }).await?;
    Ok(Library::of(
        kept.stamp,
        kept.programmes.unwrap_or_default(),
        default,
    ))
}

/// What a burst of the past would be answered now. `None` where its member is gone.
pub async fn again(
    ask: &(dyn Ask + 'static),
    library: &Library,
    coach: &dyn Coach,
    past: &Past,
) -> Result<Option<Now>, StoreError> {
    let Some(member) = ask.question(MemberById { id: past.member }).await? else {
        return Ok(None);
    };
    let exercises = exercises(library, &member);
    let zone = policy::schedule::zone(&member.profile.time_zone);
    let zone = zone.unwrap_or(jiff::tz::TimeZone::UTC);
    let date = past.at.to_jiff().to_zoned(zone).date();
    let lines: Vec<&str> = past.words.iter().map(String::as_str).collect();
    let mut codes = Vec::new();
    for part in parts(&lines, &exercises, date) {
        let intent = match part.reading {
            Reading::Topic(topic) => {
                return Ok(Some(Now {
                    answer: Answer::Person(topic.code().into()),
                    report: None,
                }));
            }
            Reading::Act(action) => {
                codes.push(action_code(action));
                continue;
            }
            Reading::Channel(_) => {
                codes.push("channel");
                continue;
            }
            Reading::Logs(_) => {
                codes.push("log_sets");
                continue;
            }
            Reading::Wish(Wish::Exercise(about, exercise))
                if replies::about(about, exercise, &member.profile.locale).is_none() =>
            {
                intent(&part.words)
            }
            Reading::Wish(wish) => {
                codes.push(wish.code());
                continue;
            }
            Reading::Intent(intent) => intent,
        };
        if !is_for_a_model(intent) {
            codes.push(intent.code());
            continue;
        }
        return considered(ask, library, coach, past, &part.words, intent)
            .await
            .map(Some);
    }
    Ok(Some(Now {
        answer: Answer::Rules(codes),
        report: None,
    }))
}

async fn considered(
    ask: &(dyn Ask + 'static),
    library: &Library,
    coach: &dyn Coach,
    past: &Past,
    words: &str,
    intent: Intent,
) -> Result<Now, StoreError> {
    let member = ask.question(MemberById { id: past.member }).await?;
    let (Some(member), Some(channel)) = (member, past.channel) else {
        return Ok(Now {
            answer: Answer::Nothing,
            report: None,
        });
    };
    let about = About {
        member: &member,
        channel,
        first: past.first,
        words,
        intent,
        at: past.at,
    };
    let turn = gather(ask, library, about).await?;
    let considered = coach.consider(&turn).await;
    let decision = considered.decision;
    let answer = match decision.left {
        Some(why) => Answer::Person(why.into()),
        None => Answer::Words {
            text: decision.text,
            acts: decision.acts.iter().map(Act::code).collect(),
        },
    };
    let is_asked = considered.report.outcome != Outcome::Rules;
    Ok(Now {
        answer,
        report: is_asked.then_some(considered.report),
    })
}

const fn action_code(action: Action) -> &'static str {
    match action {
        Action::StartWorkout => "start_workout",
        Action::SkipToday => "skip_today",
        Action::Reschedule => "reschedule",
        Action::Later { .. } => "later",
        Action::Stop => "stop",
    }
}
