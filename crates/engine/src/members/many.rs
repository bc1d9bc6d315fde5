//! Many members at once: each stands or falls for itself, all that stand share one transaction.

use domain::{ConsentEvent, MemberId};
use rustc_hash::FxHashMap;
use store::StoreError;
use store::ops::{CreateMember, CreateMemberAnswer, CreateMembers, CreateMembersAnswer, Joined};
use store::questions::OwnersOf;
use store::records::{ConsentEntry, Idempotency, NewMember};

use crate::audit::Note;
use crate::{Engine, EngineError};

/// A member to be, with what they are said to have agreed to.
pub type Newcomer = (NewMember, Vec<ConsentEntry>);

/// What came of a call that makes many.
#[derive(Debug)]
pub struct Joining {
    /// One for each, in order.
    pub results: Vec<Result<Joined, EngineError>>,
    /// Whether an earlier call with the same key is answered again.
    pub replayed: bool,
}

impl Engine {
    /// Makes many members; those that are made are durable when this returns. Who has a number already is left as they are.
    /// A call that was judged otherwise when its key was used first is refused as one with another body.
    pub async fn create_members(
        &self,
        newcomers: Vec<Newcomer>,
        key: Option<Idempotency>,
    ) -> Result<Joining, EngineError> {
        self.refuse_while_draining()?;
        let judged = self.judge_newcomers(&newcomers).await?;
        let mut members = Vec::with_capacity(newcomers.len());
        for ((member, consents), verdict) in newcomers.into_iter().zip(&judged) {
            if verdict.is_ok() {
                let consents = consents
                    .into_iter()
                    .map(|entry| self.asked_first(entry, &member))
                    .collect();
                members.push((member, consents));
            }
        }
        let count = members.len();
        let (stored, replayed) = if members.is_empty() {
            (Vec::new(), false)
        } else {
            self.store_members(members, key).await?
        };
        if stored.len() != count {
            return Err(EngineError::KeyReused);
        }
        let mut stored = stored.into_iter();
        let results = judged
            .into_iter()
            .map(|verdict| {
                verdict.and_then(|()| stored.next().unwrap_or(Err(EngineError::KeyReused)))
            })
            .collect();
        Ok(Joining { results, replayed })
    }

    /// Makes those who may be made, in one transaction. Where the database refuses one of them (one that was taken over
    /// may want every e-mail address once), each is made alone, so that it fails nobody else.
    async fn store_members(
        &self,
        members: Vec<Newcomer>,
        key: Option<Idempotency>,
    ) -> Result<(Vec<Result<Joined, EngineError>>, bool), EngineError> {
        let operation = CreateMembers {
            members: members.clone(),
            idempotency: key,
            at: self.now(),
        };
        // Each that is made has a line of its own, with its id.
        let note = || Note::of("member.create", "members");
        match self.submit(operation, note).await {
            Ok(CreateMembersAnswer::Done { results, replayed }) => {
                Ok((results.into_iter().map(Ok).collect(), replayed))
            }
            Ok(CreateMembersAnswer::KeyReused) => Err(EngineError::KeyReused),
            Err(StoreError::EmailTaken | StoreError::Statement(_)) => {
                let mut results = Vec::with_capacity(members.len());
                for (member, consents) in members {
                    results.push(self.store_member(member, consents).await);
                }
                Ok((results, false))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn store_member(
        &self,
        member: NewMember,
        consents: Vec<ConsentEntry>,
    ) -> Result<Joined, EngineError> {
        let id = member.id;
        let operation = CreateMember {
            member,
            consents,
            idempotency: None,
            at: self.now(),
        };
        let note = || Note::of_member("member.create", id);
        match self.submit(operation, note).await? {
            CreateMemberAnswer::Created { member, .. } => Ok(Joined::Made(member.profile.id)),
            CreateMemberAnswer::PhoneTaken(owner) => Ok(Joined::Known(owner)),
            CreateMemberAnswer::KeyReused => Err(EngineError::KeyReused),
        }
    }

    /// What [`Self::create_members`] would come to, with nothing changed: who has the number already, or `None` where a
    /// member would be made.
    pub async fn would_create_members(
        &self,
        newcomers: &[Newcomer],
    ) -> Result<Vec<Result<Option<MemberId>, EngineError>>, EngineError> {
        let judged = self.judge_newcomers(newcomers).await?;
        let phones = newcomers.iter().map(|(member, _)| member.phone.clone());
        let asked = OwnersOf {
            phones: phones.collect(),
        };
        let owners = self.ask().question(asked).await?;
        let verdicts = judged.into_iter().zip(owners);
        Ok(verdicts
            .map(|(verdict, owner)| verdict.map(|()| owner))
            .collect())
    }

    /// Whether they would be asked by a message to confirm something they are said to have agreed to.
    pub fn would_be_asked(&self, (member, consents): &Newcomer) -> bool {
        consents.iter().any(|entry| {
            let asked = self.asked_first(entry.clone(), member);
            asked.event == ConsentEvent::OptInAsked
        })
    }

    /// Whether each may be made.
    async fn judge_newcomers(
        &self,
        newcomers: &[Newcomer],
    ) -> Result<Vec<Result<(), EngineError>>, EngineError> {
        let mut programmes: FxHashMap<&str, bool> = FxHashMap::default();
        let mut judged = Vec::with_capacity(newcomers.len());
        for (member, _) in newcomers {
            let slug = member.programme.as_str();
            if !programmes.contains_key(slug) {
                let is_known = match self.known_programme(slug).await {
                    Ok(()) => true,
                    Err(EngineError::UnknownProgramme(_)) => false,
                    Err(error) => return Err(error),
                };
                programmes.insert(slug, is_known);
            }
            let is_known = programmes.get(slug) == Some(&true);
            judged.push(match policy::schedule::zone(&member.time_zone) {
                Err(error) => Err(error.into()),
                Ok(_) if !is_known => Err(EngineError::UnknownProgramme(slug.to_owned())),
                Ok(_) => Ok(()),
            });
        }
        Ok(judged)
    }
}
