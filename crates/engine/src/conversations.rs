//! Conversations that a person takes over from the coach's rules, answers in, and hands back. While a person keeps one
//! the rules say nothing; what members write meanwhile waits where everybody sees it (docs/decisions/0027).

use domain::{Kind, MemberId, MessageId};
use store::ops::{
    Accepted, AnswerByPerson, AnswerByPersonAnswer, HandBack, HandBackAnswer, TakeAnswer,
    TakeConversation,
};
use store::questions::{ConversationOf, Conversations, MessageById};
use store::records::{ConversationRecord, ConversationsPage, Idempotency, KeeperRecord};

use crate::audit::Note;
use crate::{Draft, Engine, EngineError};

pub use store::records::{
    ConversationFilter, ConversationState, LEFT_WAITING, NeedRecord, WITH_PERSON,
};

/// What a person's answer is about.
#[derive(Clone, Debug)]
pub struct Answers {
    /// The messages it answers: all of one member.
    pub inbound: Vec<MessageId>,
    /// Who answers.
    pub by: String,
    /// Whether to go on where somebody has answered before.
    pub anyway: bool,
}

impl Engine {
    /// A page of conversations.
    pub async fn conversations(
        &self,
        state: ConversationState,
        mut only: ConversationFilter,
        after: Option<(i64, MemberId)>,
        limit: u32,
    ) -> Result<ConversationsPage, EngineError> {
        if !only.programmes.is_empty() {
            let library = self.programmes().await?;
            let names = only.programmes.iter();
            only.programmes = names.flat_map(|slug| library.names_of(slug)).collect();
        }
        let page = Conversations {
            state,
            only,
            after,
            limit,
        };
        Ok(self.ask().question(page).await?)
    }

    /// One conversation.
    pub async fn conversation(&self, member: MemberId) -> Result<ConversationRecord, EngineError> {
        let found = self.ask().question(ConversationOf { member }).await?;
        found.ok_or(EngineError::UnknownMember)
    }

    /// Gives a conversation to a person.
    pub async fn take_conversation(
        &self,
        member: MemberId,
        by: String,
        takes_over: bool,
    ) -> Result<KeeperRecord, EngineError> {
        let at = self.now();
        let take = TakeConversation {
            member,
            by,
            until: at + self.inner.settings.hand_over,
            takes_over,
            at,
        };
        let note = || Note::of_member("conversation.take", member);
        match self.submit(take, note).await? {
            None => Err(EngineError::UnknownMember),
            Some(TakeAnswer::Taken(keeper)) => Ok(keeper),
            Some(TakeAnswer::KeptBy(other)) => Err(EngineError::KeptBy(other)),
        }
    }

    /// Gives a conversation back to the rules.
    pub async fn hand_back(
        &self,
        member: MemberId,
        by: String,
    ) -> Result<HandBackAnswer, EngineError> {
        let at = self.now();
        let note = || Note::of_member("conversation.hand_back", member);
        let answer = self.submit(HandBack { member, by, at }, note).await?;
        answer.ok_or(EngineError::UnknownMember)
    }

    /// Sends a person's answer through the planner, like any message; what it answers is answered in the same
    /// transaction. Where no channel is asked for, it goes where the newest of these came from.
    pub async fn answer_as_person(
        &self,
        mut draft: Draft,
        answers: Answers,
        key: Option<Idempotency>,
    ) -> Result<(Accepted, bool), EngineError> {
        self.refuse_while_draining()?;
        let mut newest = None;
        for id in &answers.inbound {
            let found = self.ask().question(MessageById { id: *id }).await?;
            let record = found.map(|detail| detail.record);
            let record = record.filter(|record| record.member == draft.member);
            let record = record.ok_or(EngineError::NotTheirs(*id))?;
            let is_newer = newest.as_ref().is_none_or(|(seq, _, _)| *seq < record.seq);
            if is_newer {
                newest = Some((record.seq, record.id, record.channel));
            }
        }
        if let Some((_, id, channel)) = newest {
            draft.in_reply_to = Some(id);
            if draft.channel.is_none() && draft.kind == Kind::ChatReply {
                draft.channel = channel;
            }
        }
        if let Some(Err(refusal)) = self.judge_drafts(std::slice::from_ref(&draft)).pop() {
            return Err(EngineError::Refused(refusal));
        }
        let member = draft.member;
        let reply = self.new_message(draft);
        let done = self
            .answers(answers, member, Some(reply), None, key)
            .await?;
        match done {
            (Some(accepted), replayed) => Ok((accepted, replayed)),
            (None, _) => Err(EngineError::UnknownMessage),
        }
    }

    /// Dismisses a message, with the reason a person gives.
    pub async fn dismiss(
        &self,
        inbound: MessageId,
        by: String,
        why: String,
    ) -> Result<(), EngineError> {
        let answers = Answers {
            inbound: vec![inbound],
            by,
            anyway: false,
        };
        let found = self.ask().question(MessageById { id: inbound }).await?;
        let member = found.ok_or(EngineError::UnknownMessage)?.record.member;
        match self.answers(answers, member, None, Some(why), None).await {
            Ok(_) => Ok(()),
            Err(EngineError::NotTheirs(_)) => Err(EngineError::UnknownMessage),
            Err(error) => Err(error),
        }
    }

    async fn answers(
        &self,
        answers: Answers,
        member: MemberId,
        reply: Option<store::records::NewMessage>,
        why: Option<String>,
        idempotency: Option<Idempotency>,
    ) -> Result<(Option<Accepted>, bool), EngineError> {
        let at = self.now();
        let subject: Vec<String> = answers.inbound.iter().map(ToString::to_string).collect();
        let reply_id = reply.as_ref().map(|reply| reply.id);
        let (action, after) = match reply_id {
            Some(id) => ("conversation.answer", id.to_string()),
            None => ("message.dismiss", why.clone().unwrap_or_default()),
        };
        let note = || Note {
            subject: subject.join(" "),
            ..Note::of_member(action, member).after(after)
        };
        let answer = AnswerByPerson {
            inbound: answers.inbound,
            by: answers.by,
            reply,
            why,
            anyway: answers.anyway,
            until: at + self.inner.settings.hand_over,
            idempotency,
            at,
        };
        match self.submit(answer, note).await? {
            AnswerByPersonAnswer::Done { accepted, replayed } => Ok((accepted, replayed)),
            AnswerByPersonAnswer::AnsweredBefore { inbound, by } => {
                Err(EngineError::AnsweredBefore { inbound, by })
            }
            AnswerByPersonAnswer::KeptBy(other) => Err(EngineError::KeptBy(other)),
            AnswerByPersonAnswer::Unknown(id) => Err(EngineError::NotTheirs(id)),
            AnswerByPersonAnswer::KeyReused => Err(EngineError::KeyReused),
        }
    }
}
