//! The same words to many (docs/decisions/0032): made as a draft, tried out, started, and watched. Its audience is taken
//! once, when it starts; each of it has one message ever. What may happen to a broadcast is judged by
//! `policy::broadcast`; what is written is written only while it stands as it was seen to.

pub mod estimate;
mod runner;

use domain::{BroadcastId, Kind, MemberId, QueueName, Timestamp};
use policy::admission::{Proposal, check};
use policy::broadcast::{Event, after, starts_at};
use store::ops::{
    Accepted, MoveBroadcast, MoveBroadcastAnswer, SaveBroadcast, SaveBroadcastAnswer, SetSwitch,
};
use store::questions::{BroadcastById, BroadcastMembers, BroadcastProgress, Broadcasts};
pub use store::records::{
    BroadcastCounts, BroadcastMemberRecord, BroadcastPlan, BroadcastRecord, PASSED_OVER, TO_COME,
};
use store::records::{BroadcastStanding, Idempotency};

use crate::audit::Note;
use crate::{Draft, Engine, EngineError};

/// How often a change is tried on something that others change meanwhile.
const TRIES: usize = 5;

/// The queue of messages that only try a broadcast out.
const TEST_QUEUE: &str = "broadcast-test";

/// The queue of a broadcast's messages: its own, so that one switch holds them and nothing else.
pub fn queue_of(id: BroadcastId) -> QueueName {
    id.to_string().parse().unwrap_or_default()
}

/// The kill switch of that queue.
fn scope_of(id: BroadcastId) -> String {
    format!("queue:{id}")
}

impl Engine {
    /// Broadcasts, the newest first.
    pub async fn broadcasts(
        &self,
        before: Option<BroadcastId>,
        limit: u32,
    ) -> Result<Vec<BroadcastRecord>, EngineError> {
        let page = Broadcasts {
            active: false,
            before,
            limit,
        };
        Ok(self.ask().question(page).await?)
    }

    /// One of them.
    pub async fn broadcast(&self, id: BroadcastId) -> Result<BroadcastRecord, EngineError> {
        let found = self.ask().question(BroadcastById { id }).await?;
        found.ok_or(EngineError::UnknownBroadcast)
    }

    /// What came of one so far; of one stage, from 0, where it is named.
    pub async fn broadcast_progress(
        &self,
        id: BroadcastId,
        stage: Option<u8>,
    ) -> Result<BroadcastCounts, EngineError> {
        Ok(self.ask().question(BroadcastProgress { id, stage }).await?)
    }

    /// What came of one for each member of its audience, in its order.
    pub async fn broadcast_members(
        &self,
        page: BroadcastMembers,
    ) -> Result<Vec<BroadcastMemberRecord>, EngineError> {
        Ok(self.ask().question(page).await?)
    }

    /// Makes a draft; whether an earlier call with the same key is answered again.
    pub async fn make_broadcast(
        &self,
        plan: BroadcastPlan,
        key: Option<Idempotency>,
    ) -> Result<(BroadcastRecord, bool), EngineError> {
        let id = self.inner.ids.broadcast();
        self.save_broadcast(id, plan, None, key, "broadcast.make")
            .await
    }

    /// Edits a draft that is still at revision `base`.
    pub async fn edit_broadcast(
        &self,
        id: BroadcastId,
        plan: BroadcastPlan,
        base: u32,
    ) -> Result<BroadcastRecord, EngineError> {
        let (record, _) = self
            .save_broadcast(id, plan, Some(base), None, "broadcast.edit")
            .await?;
        Ok(record)
    }

    async fn save_broadcast(
        &self,
        id: BroadcastId,
        plan: BroadcastPlan,
        base: Option<u32>,
        idempotency: Option<Idempotency>,
        action: &'static str,
    ) -> Result<(BroadcastRecord, bool), EngineError> {
        self.refuse_while_draining()?;
        let at = self.now();
        self.check_plan(&plan, at)?;
        let name = plan.name.clone();
        let save = SaveBroadcast {
            id,
            plan,
            base,
            by: self.actor_name(),
            idempotency,
            at,
        };
        let note = || Note::of(action, id.to_string()).after(name);
        match self.submit(save, note).await? {
            SaveBroadcastAnswer::Saved { record, replayed } => Ok((*record, replayed)),
            SaveBroadcastAnswer::Stale(now) => Err(stale(&now, Event::Edit)),
            SaveBroadcastAnswer::Unknown => Err(EngineError::UnknownBroadcast),
            SaveBroadcastAnswer::KeyReused => Err(EngineError::KeyReused),
        }
    }

    /// Refuses what could not be sent to anybody.
    fn check_plan(&self, plan: &BroadcastPlan, now: Timestamp) -> Result<(), EngineError> {
        let registry = self.registry();
        let from = starts_at(&plan.when, now);
        let proposal = Proposal {
            kind: Kind::Broadcast,
            content: &plan.content,
            channel_wish: plan.channel,
            not_before: Some(from).filter(|from| *from > now),
            expires_at: None,
        };
        Ok(check(&proposal, &registry.facts(), now)?)
    }

    /// Starts a draft that is still at this revision: now, or when its time comes.
    pub async fn start_broadcast(
        &self,
        id: BroadcastId,
        revision: u32,
    ) -> Result<BroadcastRecord, EngineError> {
        self.refuse_while_draining()?;
        let draft = self.broadcast(id).await?;
        let now = self.now();
        let event = Event::Start {
            is_due: starts_at(&draft.plan.when, now) <= now,
        };
        if draft.revision != revision {
            return Err(stale(&draft, event));
        }
        self.check_plan(&draft.plan, now)?;
        self.move_broadcast(id, event, None, "broadcast.start")
            .await
    }

    /// Goes on with the next stage.
    pub async fn next_stage(&self, id: BroadcastId) -> Result<BroadcastRecord, EngineError> {
        self.move_broadcast(id, Event::GoOn, None, "broadcast.next_stage")
            .await
    }

    /// Stops one for now: nothing more is made of it, and what waits is held.
    pub async fn pause_broadcast(
        &self,
        id: BroadcastId,
        why: &str,
    ) -> Result<BroadcastRecord, EngineError> {
        let why = Some(why.to_owned());
        self.move_broadcast(id, Event::Pause, why, "broadcast.pause")
            .await
    }

    /// Lets a paused one go on.
    pub async fn resume_broadcast(&self, id: BroadcastId) -> Result<BroadcastRecord, EngineError> {
        self.move_broadcast(id, Event::Resume, None, "broadcast.resume")
            .await
    }

    /// Takes one back: what has not left is cancelled, what has stays on record.
    pub async fn cancel_broadcast(&self, id: BroadcastId) -> Result<BroadcastRecord, EngineError> {
        self.move_broadcast(id, Event::Cancel, None, "broadcast.cancel")
            .await
    }

    /// Sends what a broadcast says to one member now, as a message of its kind in a queue of its own. It is no part of the
    /// broadcast: they get that too.
    pub async fn test_broadcast(
        &self,
        id: BroadcastId,
        member: MemberId,
        key: Option<Idempotency>,
    ) -> Result<Accepted, EngineError> {
        let plan = self.broadcast(id).await?.plan;
        let draft = Draft {
            kind: Kind::Broadcast,
            queue: TEST_QUEUE.parse().unwrap_or_default(),
            channel: plan.channel,
            ..Draft::new(member, plan.content)
        };
        self.accept(draft, key).await
    }

    /// Lets something happen to a broadcast, whatever happens to it meanwhile.
    async fn move_broadcast(
        &self,
        id: BroadcastId,
        event: Event,
        why: Option<String>,
        action: &'static str,
    ) -> Result<BroadcastRecord, EngineError> {
        let mut record = self.broadcast(id).await?;
        for _ in 0..TRIES {
            match self.try_move(&record, event, why.clone(), action).await? {
                MoveBroadcastAnswer::Moved(moved) => return Ok(*moved),
                MoveBroadcastAnswer::Stale(now) => record = *now,
                MoveBroadcastAnswer::Unknown => return Err(EngineError::UnknownBroadcast),
            }
        }
        Err(stale(&record, event))
    }

    /// Lets something happen to a broadcast that stands as it was seen to.
    async fn try_move(
        &self,
        record: &BroadcastRecord,
        event: Event,
        why: Option<String>,
        action: &'static str,
    ) -> Result<MoveBroadcastAnswer, EngineError> {
        let from = record.standing.clone();
        let state = after(from.state, from.held, event)?;
        let at = self.now();
        let to = standing_after(record, event, state, why, at);
        let (before, after) = (from.state.as_str(), told(&to));
        let switch = self.switch_with(record, event, &to, at);
        let turns = switch.is_some();
        let operation = MoveBroadcast {
            id: record.id,
            revision: record.revision,
            from,
            to,
            switch,
            at,
        };
        let note = || {
            Note::of(action, record.id.to_string())
                .before(before)
                .after(after)
        };
        let answer = self.submit(operation, note).await?;
        if turns {
            self.load_switches().await?;
        }
        Ok(answer)
    }

    /// How the switch of its queue is turned with an event.
    fn switch_with(
        &self,
        record: &BroadcastRecord,
        event: Event,
        to: &BroadcastStanding,
        at: Timestamp,
    ) -> Option<SetSwitch> {
        let (on, reason) = match event {
            Event::Pause => {
                let why = to.why.as_deref().unwrap_or_default();
                (true, format!("broadcast `{}`: {why}", record.plan.name))
            }
            Event::Cancel if to.winds_up => (
                true,
                format!("broadcast `{}` is cancelled", record.plan.name),
            ),
            Event::Resume => (false, String::new()),
            Event::Cancel
            | Event::Edit
            | Event::Start { .. }
            | Event::Due
            | Event::StageMade
            | Event::GoOn
            | Event::Over => return None,
        };
        Some(SetSwitch {
            scope: scope_of(record.id),
            on,
            reason,
            actor: self.actor_name(),
            at,
        })
    }
}

/// How it stands after an event that is allowed.
fn standing_after(
    record: &BroadcastRecord,
    event: Event,
    state: domain::BroadcastState,
    why: Option<String>,
    at: Timestamp,
) -> BroadcastStanding {
    let mut to = BroadcastStanding {
        state,
        ..record.standing.clone()
    };
    match event {
        Event::Edit => {}
        Event::Start { is_due } => {
            to.starts_at = Some(starts_at(&record.plan.when, at));
            to.started_at = is_due.then_some(at);
        }
        Event::Due => to.started_at = Some(at),
        Event::StageMade => to.stage_at = Some(at),
        Event::GoOn => {
            to.stage = to.stage.saturating_add(1);
            to.stage_at = None;
        }
        Event::Over => to.ended_at = Some(at),
        Event::Pause => {
            to.held = Some(record.standing.state);
            to.why = why;
        }
        Event::Resume => {
            // Between two stages a person has looked, and a person says when it goes on.
            to.stage_at = None;
            to.held = None;
            to.why = None;
        }
        Event::Cancel => {
            to.ended_at = Some(at);
            to.held = None;
            to.why = None;
            // One that was paused has its switch on, started or not.
            let was_paused = record.standing.state == domain::BroadcastState::Paused;
            to.winds_up = to.started_at.is_some() || was_paused;
        }
    }
    to
}

/// How it stands, for the audit log.
fn told(standing: &BroadcastStanding) -> String {
    match &standing.why {
        Some(why) => format!("{}: {why}", standing.state),
        None => format!("{}, stage {}", standing.state, standing.stage + 1),
    }
}

/// Why something does not happen to one that stands otherwise than it was seen to.
fn stale(now: &BroadcastRecord, event: Event) -> EngineError {
    match after(now.standing.state, now.standing.held, event) {
        Err(refused) => refused.into(),
        Ok(_) => EngineError::BroadcastChanged {
            revision: now.revision,
            by: now.changed_by.clone(),
        },
    }
}
