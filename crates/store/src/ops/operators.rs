//! Operations of the team: who belongs to it, who is logged in, and what is kept of what they change.

use domain::{OperatorId, Timestamp};

use super::{
    Answer, AnswerByPersonAnswer, CancelAnswer, CreateMemberAnswer, ImportSuppressionsAnswer,
    MoveBroadcastAnswer, Op, Operation, RetryAnswer, SaveBroadcastAnswer, SaveProgrammeAnswer,
    SaveSegmentAnswer, TakeAnswer, UpdateMemberAnswer,
};
use crate::records::{AuditEntry, OperatorRecord};

/// See [`Op::SaveOperator`].
#[derive(Clone, Debug)]
pub struct SaveOperator {
    /// As they are to be; one with this id is changed.
    pub operator: OperatorRecord,
}

/// Answer to [`SaveOperator`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveOperatorAnswer {
    /// As they are now.
    Saved(OperatorRecord),
    /// Somebody else has that phone.
    PhoneTaken(OperatorRecord),
}

/// See [`Op::RemoveOperator`].
#[derive(Clone, Copy, Debug)]
pub struct RemoveOperator {
    /// Whom.
    pub id: OperatorId,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::OpenOperatorSession`].
#[derive(Clone, Copy, Debug)]
pub struct OpenOperatorSession {
    /// Hash of what the browser keeps.
    pub key: [u8; 32],
    /// Who is logged in.
    pub operator: OperatorId,
    /// Until when.
    pub expires_at: Timestamp,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::EndOperatorSessions`].
#[derive(Clone, Copy, Debug)]
pub struct EndOperatorSessions {
    /// Whose.
    pub operator: OperatorId,
    /// Only this one.
    pub only: Option<[u8; 32]>,
}

/// See [`Op::Audited`].
#[derive(Clone, Debug)]
pub struct Audited {
    /// What is done.
    pub operation: Op,
    /// What is kept of it.
    pub entry: AuditEntry,
    /// Now.
    pub at: Timestamp,
}

/// An operation together with what is kept of it, with the operation's own answer.
#[derive(Clone, Debug)]
pub struct AuditedAs<O> {
    /// What is done.
    pub operation: O,
    /// What is kept of it.
    pub entry: AuditEntry,
    /// Now.
    pub at: Timestamp,
}

impl<O: Operation> Operation for AuditedAs<O> {
    type Answer = O::Answer;

    fn into_op(self) -> Op {
        Op::Audited(Box::new(Audited {
            operation: self.operation.into_op(),
            entry: self.entry,
            at: self.at,
        }))
    }

    fn from_answer(answer: Answer) -> Option<Self::Answer> {
        match answer {
            Answer::Audited(answer) => O::from_answer(*answer),
            _ => None,
        }
    }
}

impl Audited {
    /// What is kept of it now that this is its answer: nothing where nothing was changed, and of many members a
    /// line for each.
    pub fn kept(&self, answer: &Answer) -> Vec<AuditEntry> {
        match answer {
            Answer::CreateMembers(answer) => {
                let line = |member: domain::MemberId| AuditEntry {
                    subject: member.to_string(),
                    member: Some(member),
                    ..self.entry.clone()
                };
                answer.made().map(line).collect()
            }
            answer if answer.is_change() => vec![self.entry.clone()],
            _ => Vec::new(),
        }
    }
}

impl Op {
    /// What is done, without what is kept of it and what it is done for.
    pub const fn plain(&self) -> &Self {
        match self {
            Self::Audited(audited) => &audited.operation,
            Self::ForAnswer(done) => &done.operation,
            other => other,
        }
    }
}

impl Answer {
    /// Whether something was changed: what was refused is not kept in the audit log.
    pub fn is_change(&self) -> bool {
        match self {
            Self::TakeConversation(answer) => matches!(**answer, Some(TakeAnswer::Taken(_))),
            Self::HandBack(answer) => answer.is_some(),
            Self::AnswerByPerson(answer) => matches!(
                **answer,
                AnswerByPersonAnswer::Done {
                    replayed: false,
                    ..
                }
            ),
            Self::Cancel(answer) => **answer == CancelAnswer::Cancelled,
            Self::Retry(answer) => **answer == RetryAnswer::Waiting,
            Self::UpdateMember(answer) => matches!(**answer, UpdateMemberAnswer::Updated(_)),
            Self::SaveSegment(answer) => matches!(
                **answer,
                SaveSegmentAnswer::Saved {
                    replayed: false,
                    ..
                }
            ),
            Self::CreateMember(answer) => matches!(
                **answer,
                CreateMemberAnswer::Created {
                    replayed: false,
                    ..
                }
            ),
            Self::CreateMembers(answer) => answer.made().next().is_some(),
            Self::SaveBroadcast(answer) => matches!(
                **answer,
                SaveBroadcastAnswer::Saved {
                    replayed: false,
                    ..
                }
            ),
            Self::ImportSuppressions(answer) => matches!(
                **answer,
                ImportSuppressionsAnswer::Listed {
                    replayed: false,
                    ..
                }
            ),
            Self::MoveBroadcast(answer) => matches!(**answer, MoveBroadcastAnswer::Moved(_)),
            Self::SaveProgramme(answer) => matches!(**answer, SaveProgrammeAnswer::Saved { .. }),
            Self::OpenCheckout(answer) => answer.is_some(),
            Self::SaveOperator(answer) => matches!(**answer, SaveOperatorAnswer::Saved(_)),
            Self::WorkDeadLetters(done) => **done > 0,
            Self::EraseMember(done)
            | Self::KeepNote(done)
            | Self::RemoveNote(done)
            | Self::Enrol(done)
            | Self::SetPauses(done)
            | Self::RemoveOperator(done)
            | Self::DeleteSegment(done)
            | Self::SaveEndpoint(done)
            | Self::RemoveEndpoint(done)
            | Self::MoveEndpoint(done)
            | Self::RepeatDelivery(done)
            | Self::SaveKey(done)
            | Self::RevokeKey(done)
            | Self::KeepSecondFactor(done)
            | Self::ConfirmSecondFactor(done)
            | Self::DropSecondFactor(done)
            | Self::RenewRecovery(done)
            | Self::OpenOperatorEntry(done)
            | Self::EnterWithFactor(done)
            | Self::OpenLook(done)
            | Self::EndLook(done)
            | Self::OpenOperatorSession(done) => **done,
            Self::EndOperatorSessions(ended) => **ended > 0,
            _ => true,
        }
    }
}
